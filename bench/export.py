"""The synthetic export: one force's file of 20 text columns, the same for the same number of rows.

About 4 % of the rows break an error rule and about 8 % raise a query, as in a force's real file; a handful repeat
another row or its reference. One column is personal and is never read. Written by DuckDB, apart from the pipeline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE / "out"

FIRST_DAY = "2024-04-01"
DAYS = 360

# Rows that say again what the row this far above says, and rows that give its reference to something else.
COPIES = REPEATS = 12
COPIED_FROM, REFERENCE_FROM = 17, 23


@dataclass(frozen=True)
class Offence:
    """An offence as a force words it, with the code it writes, for a kind of victim and so many rows in a hundred."""

    share: int
    code: str
    title: str
    victim: str


OFFENCES = (
    Offence(28, "008/73", "Assault or assault by beating of a constable", "constable"),
    Offence(2, "00873", "Assault or assault by beating of a constable", "constable"),
    Offence(
        15, "008/73", "Assault or assault by beating of an emergency worker (except a constable)", "staff"
    ),
    Offence(13, "008/06", "Assault occasioning actual bodily harm", "anyone"),
    Offence(8, "008/06", "Assault with injury on a constable", "constable"),
    Offence(9, "104/23", "Assault a constable in the execution of his/her duty", "constable"),
    Offence(
        4, "105/08", "Assaulting a designated or accredited person in the execution of their duty", "staff"
    ),
    Offence(5, "105/01", "Common assault and battery", "staff"),
    Offence(4, "005/01", "Wounding with intent to do grievous bodily harm", "anyone"),
    Offence(3, "008/01", "Malicious wounding: wounding or inflicting GBH (s.20)", "anyone"),
    Offence(1, "008/06", "Attempted - Assault occasioning actual bodily harm", "anyone"),
    Offence(4, "", "Assault on a constable - Police Act 1996 Sec 89(1)", "constable"),
    Offence(
        4,
        "008/73",
        "Assault or assault by beating on a constable - Criminal Justice Act 1988 Sec 39 as added by Assaults on "
        "Emergency Workers (Offences) Act 2018 Sec 1",
        "constable",
    ),
)

CONSTABLES = (
    ["Police Officer"] * 14 + ["Student Officer"] * 3 + ["Special Constable", "police officer", "N/K"]
)
STAFF = ["PCSO"] * 9 + ["Detention Officer"] * 5 + ["Police Staff"] * 4 + ["NHS / Fire / Prison", " PCSO"]
ROLES = {"constable": CONSTABLES, "staff": STAFF, "anyone": CONSTABLES * 4 + STAFF}

# What goes with the offence, the injury and the role: a record contradicts itself only where a fault makes it.
RANKS = ["PC"] * 14 + ["PS"] * 3 + ["INSP", ""]
NO_RANKS = ["N/A"] * 4 + [""]
HURT, UNHURT = (
    ["Slight"] * 11 + ["Serious"] * 2 + ["slight", "Not recorded"],
    ["No injury"] * 19 + ["Not recorded"],
)
WITH_INJURY = ("008/06", "005/01", "008/01")
TREATMENTS = {
    "slight": ["None"] * 8 + ["First aid"] * 9 + ["Hospital"] * 2 + [""],
    "serious": ["Hospital"] * 9 + [""],
    "": ["None"] * 19 + [""],
}

# The words of the columns whose words do not hang together with others', some more often than others.
WORDS: dict[str, list[str]] = {
    "Gender": ["M"] * 12 + ["F"] * 7 + ["U"],
    "Weapon": ["None"] * 26
    + ["Knife/blade", "Blunt instrument", "Bottle/glass", "Vehicle", "Other weapon", "N/K"],
    "Spat At": ["No"] * 16 + ["Yes"] * 3 + [""],
    "Location Type": ["Street/road"] * 9
    + ["Victim's or suspect's home"] * 6
    + [
        "Pub - licensed premises",
        "Custody block",
        "Custody block",
        "Hospital/A&E",
        "Police vehicle",
        "Shop/retail",
    ],
    "BWV": ["Worn - recording"] * 12 + ["Worn - off"] * 3 + ["Not worn"] * 4 + ["N/K"],
    "Outcome": ["1 Charged/summonsed"] * 13
    + ["1A Charged - alternate offence", "3 Adult caution", "8 Community resolution", "10 Not in PI (police)"]
    + [
        "14 Evidential - unidentified",
        "15 Evidential - victim supports",
        "16 Evidential - victim does not support",
    ]
    + ["18 Investigation complete", "Not yet assigned", "Not yet assigned", ""],
    "MO": [
        "Kicked out when held down",
        "Struck once, no mark seen",
        "Resisted handcuffing",
        "Lashed out in the cell",
    ]
    + ["Spat at from the rear of the van while being taken to the station"],
}


@dataclass(frozen=True)
class Fault:
    """Something wrong in so many rows of 10,000: these words stand in the columns instead of what should."""

    share: int
    columns: tuple[str, ...]
    words: tuple[str, ...]


def fault(share: int, column: str, *words: str) -> Fault:
    return Fault(share, (column,), words)


FAULTS = (
    # These hold a row back.
    fault(70, "Crime Ref", ""),
    fault(60, "Crime Ref", "see note", "22WM-00001234-24", "TBC"),
    fault(90, "Date Committed", "31/02/2024", "13/25/2024", "unknown", "45292"),
    fault(60, "Date Committed", ""),
    fault(80, "Date Committed", "04/07/2094", "12/11/2088"),
    Fault(40, ("HO Code", "Offence"), ("",)),
    # These raise a query.
    fault(15, "Date Committed", "12/02/2023", "03/04/1999"),
    fault(40, "Time Committed", "2530", "25:10", "night"),
    fault(80, "Date Recorded", "14/03/2024"),
    fault(30, "Date Recorded", "30/02/2025", "as above"),
    fault(15, "Date Recorded", "01/05/2091"),
    fault(60, "HO Code", "999/99", "8A/99", "ASSAULT"),
    fault(50, "HO Code", "104/23"),
    Fault(25, ("HO Code", "Offence"), ("Assault",)),
    fault(70, "Victim Role", "Traffic warden", "Ofc", "PO"),
    fault(60, "Victim Role", "PCSO"),
    fault(30, "Rank", "Acting PS", "DC"),
    fault(20, "Gender", "Male", "X"),
    fault(30, "Service (yrs)", "99", "-1"),
    fault(20, "Service (yrs)", "ten", "3.5"),
    fault(60, "Injury Level", "Bruising", "Minor", "2"),
    fault(25, "Treatment", "Ambulance", "GP"),
    fault(20, "Days Lost", "4000", "-3"),
    fault(20, "Days Lost", "2 weeks"),
    fault(40, "Weapon", "Shod foot", "Teeth"),
    fault(20, "Spat At", "Maybe", "Attempted"),
    fault(40, "Location Type", "Field", "Marina"),
    fault(30, "BWV", "Flat battery"),
    fault(40, "Outcome", "99 Other", "Charged?"),
    # These contradict what stands beside them, in some of the rows; a few raise but a note.
    Fault(15, ("HO Code", "Offence"), ("Common assault and battery",)),
    fault(15, "Injury Level", "No injury"),
    fault(10, "Injury Level", "Serious"),
    fault(5, "Injury Level", "Fatal"),
    fault(10, "Treatment", "Hospital", "First aid"),
    fault(10, "Days Lost", "2", "9"),
    fault(10, "Rank", "N/A", "INSP"),
    fault(10, "Service (yrs)", "14"),
    fault(10, "Date Recorded", "31/12/2025"),
    fault(10, "Outcome", "7 Cannabis warning"),
)

COLUMNS = (
    "Crime Ref", "Date Committed", "Time Committed", "Date Recorded", "HO Code", "Offence", "Victim Role", "Rank",
    "Collar No", "Gender", "Service (yrs)", "Injury Level", "Treatment", "Days Lost", "Weapon", "Spat At", "MO",
    "Location Type", "BWV", "Outcome",
)  # fmt: skip


def ensure_export(rows: int, folder: Path = OUT) -> Path:
    """Return the export of so many rows, written if it is not there from an earlier run."""
    import duckdb

    query = export_query(rows)
    mark = sha256(f"{duckdb.__version__} {query}".encode()).hexdigest()[:8]
    export = folder / f"bench_2024-25_{rows}_{mark}.csv"
    if not export.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = export.with_suffix(".partial")
        duckdb.connect().execute(f"COPY ({query}) TO {quoted(str(partial))} (FORMAT csv, HEADER)")
        partial.replace(export)
    return export


def export_query(rows: int) -> str:
    """Return the SQL whose rows are the export."""
    copies, repeats = spread(rows, COPIES, 0.3), spread(rows, REPEATS, 0.7)
    spared = {
        *copies,
        *repeats,
        *(row - COPIED_FROM for row in copies),
        *(row - REFERENCE_FROM for row in repeats),
    }
    base = expressions()
    columns = ", ".join(f"nullif({with_faults(name, base[name])}, '') AS \"{name}\"" for name in COLUMNS)
    return f"""
        SELECT {columns}
        FROM (
            SELECT n, reference, day,
                CASE WHEN i IN ({listed(spared)}) THEN 9999 ELSE {dice("n", "fault", 10_000)} END AS fault,
                {dice("n", "offence", 100)} AS chance
            FROM (
                SELECT i,
                    CASE WHEN i IN ({listed(copies)}) THEN i - {COPIED_FROM} ELSE i END AS n,
                    CASE WHEN i IN ({listed(repeats)}) THEN i - {REFERENCE_FROM} ELSE n END AS reference,
                    DATE '{FIRST_DAY}' + {dice("n", "day", DAYS)} AS day
                FROM range({rows}) AS numbers(i)
            )
        )"""


def expressions() -> dict[str, str]:
    """Return what stands in each column of a sound row, as SQL; nothing in it contradicts anything else."""
    offence = {
        name: by_offence([quoted(getattr(each, name)) for each in OFFENCES]) for name in ("code", "title")
    }
    role = by_offence([pick(ROLES[each.victim], "role") for each in OFFENCES])
    injury = by_offence([pick(HURT if each.code in WITH_INJURY else UNHURT, "injury") for each in OFFENCES])
    student = f"{role} = 'Student Officer'"
    written = {
        "Crime Ref": "'22WM/' || lpad(reference::VARCHAR, 8, '0') || '/24'",
        "Date Committed": "strftime(day, '%d/%m/%Y')",
        "Time Committed": f"lpad({dice('n', 'hour', 24)}::VARCHAR, 2, '0') || ':' || "
        f"lpad({dice('n', 'minute', 60)}::VARCHAR, 2, '0')",
        "Date Recorded": f"strftime(day + {dice('n', 'delay', 5)}, '%d/%m/%Y')",
        "HO Code": offence["code"],
        "Offence": offence["title"],
        "Victim Role": role,
        "Rank": f"CASE WHEN {role} IN ({texts(STAFF)}) THEN {pick(NO_RANKS, 'rank')} ELSE {pick(RANKS, 'rank')} END",
        "Collar No": f"({dice('n', 'collar', 9000)} + 1000)::VARCHAR",
        "Service (yrs)": f"({dice('n', 'service', 31)} % (CASE WHEN {student} THEN 3 ELSE 31 END))::VARCHAR",
        "Injury Level": injury,
        "Treatment": f"CASE lower({injury}) WHEN 'slight' THEN {pick(TREATMENTS['slight'], 'treatment')} "
        f"WHEN 'serious' THEN {pick(TREATMENTS['serious'], 'treatment')} "
        f"ELSE {pick(TREATMENTS[''], 'treatment')} END",
        "Days Lost": f"(CASE WHEN lower({injury}) IN ('slight', 'serious') AND {dice('n', 'off', 5)} < 2 "
        f"THEN {dice('n', 'days', 60)} ELSE 0 END)::VARCHAR",
    }
    return written | {name: pick(words, name) for name, words in WORDS.items()}


def with_faults(column: str, sound: str) -> str:
    """Return a column's SQL with what its faults write in place of the sound words."""
    branches, low = [], 0
    for each in FAULTS:
        high = low + each.share
        if column in each.columns:
            word = "''" if column != each.columns[-1] else pick(each.words, "wrong")
            branches.append(f"WHEN fault BETWEEN {low} AND {high - 1} THEN {word}")
        low = high
    return f"CASE {' '.join(branches)} ELSE {sound} END" if branches else sound


def by_offence(choices: Sequence[str]) -> str:
    """Return the choice that stands at the place of the row's offence, as SQL."""
    branches, high = [], 0
    for offence, choice in zip(OFFENCES, choices, strict=True):
        high += offence.share
        branches.append(f"WHEN chance < {high} THEN {choice}")
    return f"CASE {' '.join(branches)} END"


def pick(words: Sequence[str], purpose: str) -> str:
    """Return one of some words by the row's number, as SQL."""
    if len(words) == 1:
        return quoted(words[0])
    return f"[{', '.join(quoted(word) for word in words)}][1 + {dice('n', purpose, len(words))}]"


def dice(number: str, purpose: str, sides: int) -> str:
    """Return a number from 0 to below `sides` that a row's number always throws for one purpose, as SQL."""
    salt = int.from_bytes(sha256(purpose.encode()).digest()[:4], "big")
    return f"(hash({number} * 4294967311 + {salt}) % {sides})::INTEGER"


def spread(rows: int, count: int, offset: float) -> list[int]:
    """Return the numbers of `count` rows spread over the file, none of the first."""
    return sorted(
        {int((each + offset) * rows / count) for each in range(1, count)} | {rows - 1 - int(offset * 100)}
    )


def listed(numbers: Sequence[int] | set[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers))


def texts(words: Sequence[str]) -> str:
    return ", ".join(quoted(word) for word in dict.fromkeys(words))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
