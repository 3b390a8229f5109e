"""The same work as the pipeline does, as a competent analyst would write it for this one file with plain pandas.

It reads the export, maps it to the assault table by `bench.toml`, evaluates every rule as a boolean mask, finds
repeats, and writes accepted and held rows as Parquet. It knows only the offences this file holds. It keeps no
archive, counts no lines, and writes neither findings with their words nor a ledger.
"""

from __future__ import annotations

import hmac
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from schemas.assault import ASSAULT
from schemas.beyond import IN_ONE_PLACE, MINUTES, ONE_REFERENCE
from schemas.codes import CONSTABLES
from schemas.drop import DUPLICATE, REPEATED, rules_of
from schemas.force import load_force
from schemas.mend import Mended
from schemas.offences import EMERGENCY_WORKERS, classes_by_code, offences
from schemas.personal import NotPersonal
from schemas.table import (
    AtLeast,
    AtMost,
    Between,
    Condition,
    Decided,
    Explained,
    Given,
    Implies,
    InPeriod,
    Is,
    IsNot,
    Matches,
    Needs,
    NotBefore,
    NotEarlierThan,
    NotInFuture,
    NotLongAfter,
    NotTogether,
    OneOf,
    Required,
    RequiredOneOf,
    Rule,
    Severity,
)

Mask = np.ndarray[Any, np.dtype[np.bool_]]

FIRST_OF_1990 = pd.Timestamp("1990-01-01")
# Where an officer takes a suspect, and may be assaulted again minutes later.
TAKEN_TO = ("custody", "police_station", "police_vehicle", "hospital", "other", "unknown")
FORCE_FILE = Path(__file__).parent / "bench.toml"
PERIOD = (pd.Timestamp("2024-04-01"), pd.Timestamp("2025-03-31"))
YES_NO = {
    "yes": True,
    "y": True,
    "true": True,
    "1": True,
    "no": False,
    "n": False,
    "false": False,
    "0": False,
}

# Whom each title of the file names, whether it tells of injury, and the code whose class it stands for alone.
TITLES: dict[str, tuple[str | None, bool | None, str | None]] = {
    "assault or assault by beating of a constable": ("constable", False, "104/23"),
    "assault or assault by beating of an emergency worker (except a constable)": ("staff", False, "105/08"),
    "assault occasioning actual bodily harm": (None, True, "008/06"),
    "attempted - assault occasioning actual bodily harm": (None, True, "008/06"),
    "assault with injury on a constable": ("constable", True, "008/06"),
    "assault a constable in the execution of his/her duty": ("constable", False, "104/23"),
    "assaulting a designated or accredited person in the execution of their duty": ("staff", None, "105/08"),
    "common assault and battery": (None, False, "105/01"),
    "wounding with intent to do grievous bodily harm": (None, True, "005/01"),
    "malicious wounding: wounding or inflicting gbh (s.20)": (None, True, "008/01"),
    "assault on a constable - police act 1996 sec 89(1)": ("constable", None, "104/23"),
    "assault or assault by beating on a constable - criminal justice act 1988 sec 39 as added by assaults on "
    "emergency workers (offences) act 2018 sec 1": ("constable", False, "104/23"),
}

# The class of each code of the file by victim, and by no known victim; a victim left out contradicts the code.
CLASSES = {
    "008/73": {"constable": "104", "staff": "105A"},
    "104/23": {"constable": "104", "": "104"},
    "105/08": {"staff": "105A", "": "105A"},
    "105/01": {"constable": "105A", "staff": "105A", "": "105A"},
    "008/06": {"constable": "8S", "staff": "8T"},
    "008/01": {"constable": "8S", "staff": "8T"},
    "005/01": {"constable": "8S", "staff": "8T"},
}
TELLS_INJURY = {
    "008/73": False,
    "104/23": False,
    "105/08": False,
    "105/01": False,
    "008/06": True,
    "008/01": True,
    "005/01": True,
}

# The class of the same codes before the classes for police and emergency workers; no day of the file lies between.
SINCE = pd.Timestamp("2020-04-01")
EARLIER = {"008/73": None, "008/06": "8N", "008/01": "8N", "005/01": "5D"}
MEASURES = {
    "8S": "constable_with_injury",
    "104": "constable_without_injury",
    "8T": "emergency_worker_with_injury",
    "105A": "emergency_worker_without_injury",
}


def collate(export: Path, folder: Path, secret: str, as_of: date) -> dict[str, Any]:
    """Return the sums and the findings by rule, with accepted.parquet and held.parquet written in a folder."""
    rows = pd.read_csv(export, dtype=str, keep_default_na=False)
    book = load_force(FORCE_FILE).books["crime"]
    with FORCE_FILE.open("rb") as force_file:
        fields = tomllib.load(force_file)["crime"]["fields"]
    sent, records = convert(rows, fields, set(book.missing), secret)
    classify(records)
    unexplained = find_unexplained(sent, records, set(book.missing))
    rules = [rule for rule in rules_of(book) if rule.field in (*fields, "offence", "offence_class")]
    broken = {
        rule.name: mask
        for rule in rules
        if (mask := mask_of(rule, records, unexplained, pd.Timestamp(as_of))) is not None
    }
    errors = np.zeros(len(records), dtype=bool)
    for rule in rules:
        if rule.name in broken and rule.severity is Severity.ERROR:
            errors |= broken[rule.name]
    duplicate, repeated = find_repeats(records, errors)
    held = errors | repeated
    broken[REPEATED.name], broken[DUPLICATE.name] = repeated, duplicate
    broken |= find_beyond(records, ~held & ~duplicate)
    types = {"date": "date32[pyarrow]", "time": "time64[us][pyarrow]", "integer": "Int64"}
    for declared in ASSAULT.fields:
        if declared.name not in records:
            records[declared.name] = None
        elif declared.type in types:
            records[declared.name] = written_as(records[declared.name], types[declared.type])
    records = records[list(ASSAULT.names)]
    records[~held & ~duplicate].to_parquet(folder / "accepted.parquet", compression="zstd", index=False)
    back = records[held].copy()
    back["rules"] = rule_lists(held, broken)
    back.to_parquet(folder / "held.parquet", compression="zstd", index=False)
    counts = {name: int(mask.sum()) for name, mask in broken.items()}
    return {
        "rows": len(records),
        "accepted": int((~held & ~duplicate).sum()),
        "held": int(held.sum()),
        "duplicates": int(duplicate.sum()),
        "findings": {name: count for name, count in counts.items() if count},
        "accepted_file": str(folder / "accepted.parquet"),
        "held_file": str(folder / "held.parquet"),
    }


def convert(
    rows: pd.DataFrame, fields: dict[str, Any], missing: set[str], secret: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the trimmed values as sent, blank ones missing, and the records they become."""
    sent = pd.DataFrame({name: rows[mapped["column"]].str.strip() for name, mapped in fields.items()})
    sent = sent.mask(sent == "")
    for name in ("source_record_id", "offence_code", "offence_title", "victim_id"):
        sent[name] = sent[name].mask(sent[name].str.lower().isin(missing))
    records = pd.DataFrame(index=rows.index)
    records["force_id"], records["book"] = "bench", "crime"
    records["victim_number"] = 1
    records["row_number"] = np.arange(2, len(rows) + 2)
    for name, mapped in fields.items():
        declared = ASSAULT[name]
        if declared.type == "date":
            day = pd.to_datetime(sent[name], format=mapped["format"], errors="coerce")
            records[name] = day.where(day >= pd.Timestamp("1900-01-01"))
        elif declared.type == "time":
            records[name] = pd.to_datetime(sent[name], format=mapped["format"], errors="coerce")
        elif declared.type == "integer":
            number = pd.to_numeric(sent[name], errors="coerce")
            records[name] = number.where(number == np.floor(number))
        elif declared.type == "boolean":
            records[name] = sent[name].str.lower().map(YES_NO).astype("boolean")
        elif declared.codes is not None:
            records[name] = (
                sent[name].str.lower().map({word.lower(): code for word, code in mapped["codes"].items()})
            )
        elif declared.pseudonym:
            records[name] = sent[name].map(pseudonyms(sent[name], secret))
        else:
            records[name] = sent[name]
    return sent, records


def pseudonyms(collars: pd.Series[str], secret: str) -> dict[str, str]:
    """Return the keyed hash of each distinct collar number."""
    key = hmac.digest(secret.encode(), b"bench", "sha256")
    return {
        collar: hmac.new(key, collar.encode(), "sha256").hexdigest()[:32]
        for collar in collars.dropna().unique()
    }


def classify(records: pd.DataFrame) -> None:
    """Set class and measure of the offences, from code, title, victim and day."""
    bare = records["offence_code"].str.upper()
    parts = bare.str.extract(r"^(\d{3})(\d{2})$|^(\d{1,3}) */ *(\d{1,2})$")
    first, second = parts[0].fillna(parts[2]), parts[1].fillna(parts[3])
    code = first.str.zfill(3) + "/" + second.str.zfill(2)
    known = code.isin({*classes_by_code(), *(offence.code for offence in offences())})
    records["offence_code_known"] = known
    title = records["offence_title"].str.lower()
    rule = code.where(known, title.map({words: said[2] for words, said in TITLES.items()}))
    named = title.map({words: said[0] for words, said in TITLES.items()})
    kinds = dict.fromkeys(CONSTABLES, "constable") | dict.fromkeys(EMERGENCY_WORKERS, "staff")
    victim = named.fillna(records["victim_type"].map(kinds)).fillna("")
    victim = victim.mask(rule == "105/08", named.fillna("staff"))
    victim = victim.mask((rule == "104/23") & named.isna(), "")
    classes = {
        f"{name} {whom}": cls for name, by_victim in CLASSES.items() for whom, cls in by_victim.items()
    }
    offence_class = (rule + " " + victim).map(classes)
    dated = rule.isin(EARLIER) & ~(records["occurred_on"] >= SINCE)
    earlier = rule.map(EARLIER).where(records["occurred_on"].notna())
    offence_class = offence_class.mask(dated, earlier)
    by_code, by_title = rule.map(TELLS_INJURY), title.map({words: said[1] for words, said in TITLES.items()})
    contradicted = by_code.notna() & by_title.notna() & (by_code != by_title)
    records["offence_class"] = offence_class.mask(contradicted)
    measure = (
        records["offence_class"].map(MEASURES).mask((offence_class == "105A") & (victim != "staff"), "other")
    )
    records["measure"] = measure.mask(measure.isna() & records["offence_class"].notna(), "other")
    records["attempted"] = title.str.startswith("attempt").astype("boolean").mask(title.isna())
    records["offence_code"] = code.where(known)


def find_unexplained(sent: pd.DataFrame, records: pd.DataFrame, missing: set[str]) -> pd.DataFrame:
    """Return where something was sent, not a word for missing, that became nothing."""
    marks = pd.DataFrame(index=records.index)
    for name in sent.columns:
        lost = records[name].isna() if name != "offence_code" else ~records["offence_code_known"]
        lost &= sent[name].notna()
        lost[lost] = ~sent.loc[lost, name].str.lower().isin(missing)
        marks[name] = lost
    return marks


def mask_of(rule: Rule, records: pd.DataFrame, unexplained: pd.DataFrame, as_of: pd.Timestamp) -> Mask | None:
    """Return where a rule is broken; None where it cannot be.

    The maps to codes were checked against these, no time of this file is 24:00, which alone is mended unasked, and no
    text that is read is about a person.
    """
    value: Any = records.get(rule.field)
    match rule.constraint:
        case OneOf() | Mended() | NotPersonal():
            return None
        case NotTogether(conditions=conditions) | Needs(conditions=conditions) if lacks(records, conditions):
            return None
        case Explained():
            broken: Any = unexplained[rule.field]
        case Required():
            broken = value.isna() & ~unexplained[rule.field]
        case NotInFuture():
            broken = value > as_of
        case NotEarlierThan(day=day):
            broken = value < pd.Timestamp(day)
        case InPeriod():
            broken = (value < PERIOD[0]) | (value > PERIOD[1])
        case NotBefore(other=other):
            broken = value < records[other]
        case Between(low=low, high=high):
            broken = (value < low) | (value > high)
        case Matches(pattern=pattern):
            broken = value.notna() & ~value.str.fullmatch(pattern).fillna(True).astype(bool)
        case RequiredOneOf():
            broken = records["offence_code"].isna() & records["offence_title"].isna()
        case Decided():
            unread = unexplained[["offence_code", "victim_type"]].any(axis=1) | records["occurred_on"].isna()
            nothing = records["offence_code"].isna() & records["offence_title"].isna()
            broken = value.isna() & ~nothing & ~unread
        case Implies(when=when, values=values, then=then, allowed=allowed):
            broken = records[when].isin(values) & records[then].notna() & ~records[then].isin(allowed)
        case NotLongAfter(other=other, days=days):
            broken = (value - records[other]).dt.days > days
        case NotTogether(conditions=conditions):
            broken = all_hold(records, conditions)
        case Needs(conditions=conditions):
            broken = all_hold(records, conditions) & value.isna() & ~unexplained[rule.field]
        case other:
            raise TypeError(f"No mask is written for {type(other).__name__}.")
    if rule.constraint.since is not None:
        broken &= records["occurred_on"] >= pd.Timestamp(rule.constraint.since)
    if rule.constraint.until is not None:
        broken &= records["occurred_on"] <= pd.Timestamp(rule.constraint.until)
    mask: Mask = broken.fillna(False).to_numpy(dtype=bool)
    return mask


def lacks(records: pd.DataFrame, conditions: tuple[Condition, ...]) -> bool:
    """Return whether this file has no column for something that would have to hold."""
    return any(each.field not in records for each in conditions if not isinstance(each, IsNot))


def all_hold(records: pd.DataFrame, conditions: tuple[Condition, ...]) -> Any:
    """Return where all of some conditions hold."""
    every = np.ones(len(records), dtype=bool)
    for condition in conditions:
        match condition:
            case IsNot(field=name) if name not in records:
                continue
            case Is(field=name, values=values):
                every &= records[name].isin(values).to_numpy()
            case IsNot(field=name, values=values):
                every &= ~records[name].isin(values).to_numpy()
            case Given(field=name):
                every &= records[name].notna().to_numpy()
            case AtLeast(field=name, low=low):
                every &= (records[name] >= low).fillna(False).to_numpy(dtype=bool)
            case AtMost(field=name, high=high):
                every &= (records[name] <= high).fillna(False).to_numpy(dtype=bool)
    return pd.Series(every, index=records.index)


def find_repeats(records: pd.DataFrame, errors: Mask) -> tuple[Mask, Mask]:
    """Return which sound rows say again what an earlier one says, and which share a reference with another row."""
    sound = records[~errors]
    again = sound[sound.duplicated("source_record_id", keep=False)]
    content = again[[name for name in records.columns if name != "row_number"]]
    versions = content.drop_duplicates().groupby("source_record_id").size()
    differing = again["source_record_id"].map(versions) > 1
    repeated, duplicate = np.zeros(len(records), dtype=bool), np.zeros(len(records), dtype=bool)
    repeated[again.index[differing]] = True
    duplicate[again.index[content.duplicated() & ~differing]] = True
    return duplicate, repeated


def find_beyond(records: pd.DataFrame, accepted: Mask) -> dict[str, Mask]:
    """Return which accepted rows say of one officer what two rows cannot both say, by the rules that look at several."""
    known = records[accepted & records[["victim_id", "occurred_on", "occurred_time"]].notna().all(axis=1)]
    time = known["occurred_time"].dt
    moment = (known["occurred_on"] - FIRST_OF_1990).dt.days * 1440 + time.hour * 60 + time.minute
    offence = known["offence_class"].fillna(known["offence_code"]).fillna(known["offence_title"]).fillna("")
    same = [known["victim_id"], moment, offence]
    twice = known["source_record_id"].groupby(same).transform("nunique") > 1
    one_reference, in_one_place = np.zeros((2, len(records)), dtype=bool)
    one_reference[known.index[twice]] = True
    placed = known[known["location_type"].notna() & ~known["location_type"].isin(TAKEN_TO)]
    placed = placed.assign(moment=moment).sort_values(["victim_id", "moment"])
    victims, moments, places, references = (
        placed[name].to_numpy() for name in ("victim_id", "moment", "location_type", "source_record_id")
    )
    for apart in range(1, len(placed)):
        near = (victims[apart:] == victims[:-apart]) & (moments[apart:] - moments[:-apart] <= MINUTES)
        if not near.any():
            break
        both = near & (places[apart:] != places[:-apart]) & (references[apart:] != references[:-apart])
        for rows in (placed.index[apart:][both], placed.index[:-apart][both]):
            in_one_place[rows] = True
    return {ONE_REFERENCE.name: one_reference, IN_ONE_PLACE.name: in_one_place}


def rule_lists(held: Mask, broken: dict[str, Mask]) -> list[list[str]]:
    """Return the rules each held row breaks, in their order; rows that break the same rules share a list."""
    names = np.array(list(broken))
    masks = np.column_stack([mask[held] for mask in broken.values()])
    combinations, place = np.unique(masks, axis=0, return_inverse=True)
    lists = [list(names[combination]) for combination in combinations]
    return [lists[each] for each in place]


def written_as(values: Any, dtype: str) -> Any:
    """Return dates, times and whole numbers in the type they are stored in."""
    if dtype.startswith("time"):
        values = values.astype("timestamp[us][pyarrow]")
    return values.astype(dtype)
