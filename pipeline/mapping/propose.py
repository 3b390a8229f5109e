"""A force's file proposed from its export: which column is which field, and what its words mean.

`propose` reads as the method: open the file, profile its columns, weigh every column against every field, solve the
assignment as a whole, then say what is sure and what a person has to decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from pipeline.mapping.codings import LONGEST, OFTEN, Coding, explained, words_for_missing
from pipeline.mapping.evidence import (
    OF_THE_SUSPECT,
    OFFERED,
    SURE,
    Claim,
    Column,
    claim,
    column_of,
    header_says,
    ignore,
    sure_codings,
    twins,
)
from pipeline.mapping.headers import likeness, phrases, spelt_out
from pipeline.mapping.learnt import Learnt, learn
from pipeline.mapping.profile import MOMENTS, Profile, counted, parsed, profile
from pipeline.mapping.shapes import Cell, Ticks, cell_of, ticked, together, victims_side_by_side
from pipeline.mapping.words import ASSAULT_WORDS, NO_WORDS, SCOPE, YES_WORDS
from pipeline.read import Export, Reading, open_export
from schemas.assault import ASSAULT
from schemas.force import Force, fold, given_names
from schemas.register import force_by_name

# A rival this near makes a mapping doubtful.
NEAR = 0.05

# Places lie within places: a second column that may name them is a rival from further off.
NEAR_PLACE = 0.22

# A column without values has only its header to speak for it.
SURE_UNSEEN = 0.87

# A coded column of which less is known may be another thing altogether.
LEAST_KNOWN = 0.6

# Rows looked at to see whether one date comes before another.
ROWS_IN_ORDER = 5_000

LIST_FIELDS = ("impact_factors", "hate_strands")
PERSON_FIELDS = ("sex", "age_band", "rank", "injury", "victim_type", "victim_id", "treatment")


@dataclass
class Mapped:
    """A field's proposed source: a TOML table without its codes, the codes, and why."""

    field: str
    spec: dict[str, Any]
    score: float
    reasons: tuple[str, ...]
    codes: list[Coding] = made(default_factory=list)
    missing: list[str] = made(default_factory=list)
    doubts: list[str] = made(default_factory=list)

    @property
    def sure(self) -> bool:
        return not self.doubts

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns it is read from, in order."""
        if "flags" in self.spec:
            return tuple(self.spec["flags"])
        return (self.spec["column"],) if "column" in self.spec else ()


@dataclass
class Condition:
    """A proposed condition of scope."""

    column: str
    inside: list[str]
    outside: list[str]
    score: float
    reason: str
    sure: bool


@dataclass
class Proposal:
    """What a force's export most likely means, and what nobody but a person can say."""

    force_id: str
    book: str
    file: str
    rows: int
    columns: tuple[str, ...]
    read: dict[str, Any]
    victims: int = 1
    mapped: dict[str, Mapped] = made(default_factory=dict)
    cells: list[tuple[Cell, bool]] = made(default_factory=list)
    ignored: dict[str, str] = made(default_factory=dict)
    unplaced: dict[str, str] = made(default_factory=dict)
    scope: list[Condition] = made(default_factory=list)
    own_force: tuple[str, list[str], bool] | None = None
    held: dict[str, Profile] = made(default_factory=dict)
    judged: dict[str, Column] = made(default_factory=dict)

    def sure_fields(self) -> set[str]:
        """Return the fields that are mapped without a doubt, those a cell of several words sets among them."""
        return {name for name, each in self.mapped.items() if each.sure} | {
            name for cell, sure in self.cells if sure for name in cell.fields
        }

    def open_requirements(self) -> list[str]:
        """Return what a force's file must say and this one does not yet, each in a sentence."""
        sure = self.sure_fields()
        said = [
            f"No column is surely {name} ({described(name)}), and every record needs it."
            for name in given_names()
            if ASSAULT[name].required and name not in sure
        ]
        if self.book == "crime" and not {"offence_code", "offence_title"} & sure:
            said.append("No column is surely offence_code or offence_title, and a crime needs one of them.")
        return said


def described(name: str) -> str:
    text = ASSAULT[name].description.rstrip(".")
    return text[0].lower() + text[1:]


def propose(path: Path, force_id: str, book: str, forces: Mapping[str, Force]) -> Proposal:
    """Return what an export most likely means, judged by what the force files teach.

    Raises Refused for a file that cannot be read, with the sentence for its sender.
    """
    export, counts, rows = opened(path)
    read = pins(export)
    return propose_columns(path.name, force_id, book, counts, rows, learn(forces), read, export)


def opened(path: Path) -> tuple[Export, dict[str, Counter[str]], int]:
    """Return the export, opened once, with its values counted."""
    export = open_export(path, Reading())
    counts, rows = counted(export)
    return export, counts, rows


def pins(export: Export) -> dict[str, Any]:
    """Return how the file is written, as a force's file pins it."""
    read: dict[str, Any] = {"format": export.format}
    if export.format == "csv":
        if export.encoding:
            read["encoding"] = export.encoding
        if export.delimiter:
            read["delimiter"] = export.delimiter
    if export.sheet:
        read["sheet"] = export.sheet
    return read


def propose_columns(
    file: str,
    force_id: str,
    book: str,
    counts: Mapping[str, Counter[str]],
    rows: int,
    learnt: Learnt,
    read: dict[str, Any] | None = None,
    export: Export | None = None,
) -> Proposal:
    """Return the proposal for columns whose values are counted (all empty where only the names are known)."""
    victims, families = victims_side_by_side(list(counts))
    inside = {name for columns in families.values() for name in columns}
    spelt = spelt_out([*(name for name in counts if name not in inside), *families])
    columns: list[Column] = []
    for position, name in enumerate(counts):
        if name not in inside:
            columns.append(column_of(name, position, profile(counts[name], rows), spelt[name]))
    for template, names in families.items():
        position = list(counts).index(names[0])
        columns.append(column_of(template, position, profile(together(counts, names), rows), spelt[template]))
    columns.sort(key=lambda column: column.position)
    made_of = Proposal(force_id, book, file, rows, tuple(counts), read or {}, victims)
    made_of.held = {column.name: column.held for column in columns}
    made_of.judged = {column.name: column for column in columns}
    place(made_of, columns, learnt)
    if export is not None:
        check_order(made_of, export)
        number_victims(made_of, export, learnt)
    return made_of


def place(proposal: Proposal, columns: Sequence[Column], learnt: Learnt) -> None:
    """Give each column its place: a field, a special shape, ignored, or left for a person."""
    left = list(columns)
    left = without(left, place_force(proposal, left))
    left = without(left, place_scope(proposal, left))
    taken: set[str] = set()
    for field in LIST_FIELDS:
        block = ticked(left, field)
        if block:
            place_ticks(proposal, block)
            left = without(left, block.columns)
            taken.add(field)
    for column in left:
        cell = several(column, learnt, taken, proposal.book)
        if cell is not None:
            place_cell(proposal, column, cell, learnt)
            taken.update(cell.fields)
            left = without(left, (column.name,))
            break
    claims = {
        (column.name, name): claim(column, name, proposal.book, learnt)
        for column in left
        for name in given_names()
        if name not in taken and name not in LIST_FIELDS
    }
    blocks = in_blocks(left)
    for column in left:
        for name in LIST_FIELDS:
            if name not in taken:
                claims[column.name, name] = list_claim(column, name, proposal.book, learnt)
    for (column_name, name), each in claims.items():
        if column_name in blocks and ASSAULT[name].codes is not None:
            claims[column_name, name] = replace(each, score=0.0)
    shunned = {column.name: ignore(column, learnt) for column in left}
    best = {
        column.name: max(claims[key].score for key in claims if key[0] == column.name) if claims else 0.0
        for column in left
    }
    for column in left:
        score, reason = shunned[column.name]
        # What the suspect did may be what was done to the victim: offered, where a field asks for it.
        done = max(
            claims[column.name, name].score for name in OF_THE_SUSPECT if (column.name, name) in claims
        )
        if (
            reason.startswith("about")
            and done >= max(OFFERED, best[column.name])
            and not column.held.personal
        ):
            score = min(score, done - 0.01)
        if score >= 0.8 and (score >= best[column.name] or column.held.personal):
            proposal.ignored[column.name] = reason
    left = without(left, proposal.ignored)
    chosen = assigned(left, [n for n in given_names() if n not in taken], claims)
    for each in chosen:
        column = next(one for one in left if one.name == each.column)
        mapped = mapping_of(column, each, learnt)
        mapped.doubts += doubts_of(column, each, claims, chosen, columns, proposal, learnt)
        proposal.mapped[each.field] = mapped
    share_columns(proposal, left, columns, learnt)
    used = {name for each in proposal.mapped.values() for name in each.columns}
    for column in left:
        if column.name not in used:
            nearest = max(
                (claims[key] for key in claims if key[0] == column.name),
                key=lambda one: one.score,
                default=None,
            )
            said = (
                f"nearest is {nearest.field}, {nearest.score:.2f}" if nearest and nearest.score > 0.3 else ""
            )
            proposal.unplaced[column.name] = said


def in_blocks(columns: Sequence[Column]) -> set[str]:
    """Return the yes/no columns of wide blocks ("Outcome: Arrested"), each of which is one word of a list and no field."""
    groups: dict[str, list[str]] = {}
    for column in columns:
        group, mark, _ = column.name.partition(": ")
        if mark and (column.held.empty or column.held.yes_no >= 0.8):
            groups.setdefault(group, []).append(column.name)
    return {name for names in groups.values() if len(names) >= 2 for name in names}


def without(columns: Iterable[Column], names: Iterable[str]) -> list[Column]:
    gone = set(names)
    return [column for column in columns if column.name not in gone]


def assigned(
    columns: Sequence[Column], fields: Sequence[str], claims: Mapping[tuple[str, str], Claim]
) -> list[Claim]:
    """Return the claims of the best assignment as a whole: each column one field at most, each field one column."""
    if not columns or not fields:
        return []
    scores = np.zeros((len(columns), len(fields)))
    for row, column in enumerate(columns):
        for place_, name in enumerate(fields):
            score = claims[column.name, name].score
            # Cubed, so that one sure claim outweighs two doubtful ones.
            scores[row, place_] = score**3 if score >= OFFERED else 0.0
    rows, places = linear_sum_assignment(scores, maximize=True)
    return [
        claims[columns[row].name, fields[place_]]
        for row, place_ in zip(rows, places, strict=True)
        if scores[row, place_] > 0
    ]


def doubts_of(
    column: Column,
    chosen: Claim,
    claims: Mapping[tuple[str, str], Claim],
    all_chosen: Sequence[Claim],
    columns: Sequence[Column],
    proposal: Proposal,
    learnt: Learnt,
) -> list[str]:
    """Return why a claim is not sure: weak evidence, a rival as near, or a person it may not be about."""
    doubts = []
    if chosen.score < (SURE_UNSEEN if column.held.empty else SURE):
        doubts.append("the evidence is thin")
    taken = {each.column: each for each in all_chosen}
    given = {each.field: each for each in all_chosen}
    for (name, field), rival in claims.items():
        near = NEAR_PLACE if chosen.field == field == "district" else NEAR
        if rival.score < chosen.score - near or rival.score < OFFERED:
            continue
        other = taken.get(name)
        if field == chosen.field and name != column.name and not (other and other.score > rival.score + NEAR):
            doubts.append(f'"{name}" is as like it')
        elif name == column.name and field != chosen.field:
            held_by = given.get(field)
            # A cell with day and time, or code and title, is both.
            if twins(field, chosen.field):
                continue
            if not (held_by and held_by.score > rival.score + NEAR):
                doubts.append(f"it is as like {field}")
    if little := little_known(column, chosen.field, learnt):
        doubts.append(little)
    if fuller := in_more_words(column, chosen.field, columns, taken, learnt):
        doubts.append(f'"{fuller}" says it in more words')
    if ASSAULT[chosen.field].type == "integer" and column.held.distinct == 1 and column.held.filled >= 20:
        doubts.append("it is the same number on every row")
    if chosen.field in PERSON_FIELDS and (
        proposal.book == "use_of_force" or chosen.field not in ("injury", "treatment")
    ):
        whose = whose_column(column, columns, proposal.book)
        if whose:
            doubts.append(whose)
    return doubts


def little_known(column: Column, field: str, learnt: Learnt) -> str | None:
    """Return a doubt where most words of a coded column are none we know."""
    if ASSAULT[field].codes is None or ASSAULT[field].type == "list" or column.held.empty:
        return None
    found = sure_codings(column, field, learnt)
    # Yes and no need not both say something: of a crew, "no" leaves open how many they were.
    if column.held.yes_no >= 0.8 and any(each.sure for each in found):
        return None
    known = explained(found)
    return f"only {known:.0%} of its words are known" if known < LEAST_KNOWN else None


def in_more_words(
    column: Column, field: str, columns: Sequence[Column], taken: Mapping[str, Claim], learnt: Learnt
) -> str | None:
    """Return a column of no other field that holds the words of a coded one, of which a yes/no column was chosen."""
    if ASSAULT[field].codes is None or ASSAULT[field].type == "list" or column.held.yes_no < 0.8:
        return None
    for other in columns:
        plain = other.held.coded and other.held.yes_no < 0.5 and other.held.whole < 0.5
        if other.name in taken or other.header.about or not plain:
            continue
        if explained(sure_codings(other, field, learnt)) >= LEAST_KNOWN:
            return other.name
    return None


def whose_column(column: Column, columns: Sequence[Column], book: str) -> str | None:
    """Return a doubt where a bare column follows columns about somebody else, or may be anybody's."""
    if "victim" in column.header.words or column.header.about or "collar" in column.header.words:
        return None
    before = [one for one in columns if one.position < column.position]
    for one in reversed(before):
        if one.header.about:
            return f"it stands after a column about {one.header.about}"
        if {"victim", "collar"} & set(one.header.words):
            return None
    if book == "use_of_force":
        return "it may be the subject's"
    if any(one.header.about for one in columns) and not any("victim" in one.header.words for one in columns):
        return "the file does not say whose it is"
    return None


def mapping_of(column: Column, chosen: Claim, learnt: Learnt) -> Mapped:
    """Return the field's source in the words of a force's file."""
    declared = ASSAULT[chosen.field]
    mapped = Mapped(chosen.field, {"column": column.name}, chosen.score, chosen.reasons)
    held = column.held
    if declared.type == "date":
        add_format(mapped, held, "%d/%m/%Y")
    elif declared.type == "time":
        add_format(mapped, held, "%H:%M")
    elif declared.type == "list":
        cell = cell_of(column, learnt, (chosen.field,))
        mapped.spec["separator"] = cell.separator if cell else ";"
        if cell:
            mapped.codes = [
                Coding(each.word, each.count, bare(each.code, chosen.field), each.score, each.reason)
                for each in cell.words
                if each.code != ""
            ]
            mapped.missing = [each.word for each in cell.words if each.code == ""]
    elif declared.codes is not None or declared.type == "boolean":
        mapped.codes = sure_codings(column, chosen.field, learnt)
        mapped.missing = words_for_missing(mapped.codes, held.missing)
        if declared.type == "boolean" and all(each.sure for each in mapped.codes):
            mapped.codes = []
        if chosen.field == "outcome_type" and all(
            fold(each.word) == fold(each.code or "") for each in mapped.codes
        ):
            mapped.codes = []
    elif chosen.field in ("offence_code", "offence_title"):
        take_part(mapped, held)
    if declared.type in ("date", "time", "integer"):
        mapped.missing = list(held.missing)
    return mapped


def bare(code: str | None, field: str) -> str | None:
    """Return a cell's target as a code of one list field, None where it is another's."""
    return code.partition(".")[2] if code and code.startswith(f"{field}.") else None


def add_format(mapped: Mapped, held: Profile, default: str) -> None:
    """Say how dates or times are written, where that is not understood already; months first are for a person."""
    form = held.date_format if ASSAULT[mapped.field].type == "date" or held.with_time else held.time_format
    if held.empty or form is None:
        return
    iso = form.startswith("%Y-%m-%d") and form[8:] in ("", " %H:%M:%S", "T%H:%M:%S")
    if form not in (default, "%H:%M:%S") and not iso:
        mapped.spec["format"] = form
    if held.date < 0.98 and ASSAULT[mapped.field].type == "date":
        mapped.reasons = (*mapped.reasons, f"{1 - held.date:.1%} are not read")


def take_part(mapped: Mapped, held: Profile) -> None:
    """Say which part of a cell is the code and which the title, where one cell holds both."""
    if held.code_first >= 0.4 and held.ho_code < 0.4:
        part = (
            r"^(?:HO ?)?(\d{1,3}/\d{1,2})"
            if mapped.field == "offence_code"
            else r"^[HO ]*\d{1,3}/\d{1,2}[-–:, ]*(.*)$"
        )
        mapped.spec["take"] = part
    elif held.code_last >= 0.4 and held.ho_code < 0.4:
        part = (
            r"(\d{1,3}/\d{2})\)?$" if mapped.field == "offence_code" else r"^(.*?)[-–:, (]*\d{1,3}/\d{2}\)?$"
        )
        mapped.spec["take"] = part


def share_columns(
    proposal: Proposal, left: Sequence[Column], columns: Sequence[Column], learnt: Learnt
) -> None:
    """Let a column that holds day and time, or code and title, feed the second field too."""
    by_name = {column.name: column for column in left}
    day = proposal.mapped.get("occurred_on")
    if day and "occurred_time" not in proposal.mapped:
        column = by_name[day.columns[0]]
        if column.held.date_format in MOMENTS and column.held.with_time >= 0.3:
            claimed = Claim(column.name, "occurred_time", day.score, ("the cell holds the time too",))
            mapped = mapping_of(column, claimed, learnt)
            mapped.doubts = list(day.doubts)
            proposal.mapped["occurred_time"] = mapped
    for one, other in (("offence_code", "offence_title"), ("offence_title", "offence_code")):
        if one in proposal.mapped and other not in proposal.mapped:
            column = by_name[proposal.mapped[one].columns[0]]
            if max(column.held.code_first, column.held.code_last) >= 0.4 and column.held.ho_code < 0.4:
                claimed = Claim(
                    column.name, other, proposal.mapped[one].score, ("the cell holds code and title",)
                )
                mapped = mapping_of(column, claimed, learnt)
                mapped.doubts = list(proposal.mapped[one].doubts)
                proposal.mapped[other] = mapped


def list_claim(column: Column, field: str, book: str, learnt: Learnt) -> Claim:
    """Return the evidence that a column is a list field, by its header and the words its cells are made of."""
    said, said_by = header_says(column.header, field, book, learnt)
    if column.held.empty:
        return Claim(column.name, field, said * 0.95, (said_by,))
    cell = cell_of(column, learnt, (field,))
    if cell is None:
        return Claim(column.name, field, 0.0, ())
    hits = sum(each.count for each in cell.words if each.sure and each.code and each.code.startswith(field))
    total = sum(each.count for each in cell.words if each.code != "") or 1
    value = hits / total
    if not hits or (column.held.prose > 0.5 and value < 0.5):
        return Claim(column.name, field, 0.0, ())
    score = 0.6 * said + 0.42 * value
    return Claim(column.name, field, min(1.0, score), (said_by, f"{value:.0%} of its words known"))


def several(column: Column, learnt: Learnt, taken: set[str], book: str) -> Cell | None:
    """Return a column as a cell that sets several fields, where its words are of more than one kind."""
    if column.held.prose > 0.6 or column.held.offence > 0.5:
        return None
    cell = cell_of(column, learnt)
    if cell is None or cell.score < 0.7 or set(cell.fields) & taken:
        return None
    manners = [name for name in cell.fields if name not in LIST_FIELDS]
    factors = {
        each.code for each in cell.words if each.code and each.code.startswith("impact_factors") and each.sure
    }
    nothing = any(each.code == "" for each in cell.words)
    said, _ = header_says(column.header, "impact_factors", book, learnt)
    if len(manners) >= 2 or (manners and factors):
        return cell
    return cell if nothing and factors and said >= 0.6 and not manners else None


def place_ticks(proposal: Proposal, block: Ticks) -> None:
    mapped = Mapped(
        block.field,
        {"flags": dict(block.columns)},
        0.95,
        (f"{len(block.columns)} yes/no columns that name its codes",),
    )
    if not block.sure:
        mapped.doubts.append("one column alone")
    proposal.mapped[block.field] = mapped


def place_cell(proposal: Proposal, column: Column, cell: Cell, learnt: Learnt) -> None:
    proposal.cells.append((cell, cell.score >= 0.75))


def place_force(proposal: Proposal, columns: Sequence[Column]) -> list[str]:
    """Say which column names the force, where its words are names of forces."""
    for column in columns:
        words = column.held.words
        if not words or len(words) > 50:
            continue
        known = {word: force_by_name(word) for word in words}
        rows = sum(words.values())
        own = [word for word, force in known.items() if force == proposal.force_id]
        header = bool({"force", "service"} & set(column.header.words)) and len(column.header.words) <= 2
        mostly = sum(words[word] for word in known if known[word]) >= 0.6 * rows
        if header and own and mostly and sum(words[word] for word in own) >= 0.5 * rows:
            proposal.own_force = (column.name, own, True)
            return [column.name]
        if header and mostly:
            proposal.own_force = (column.name, sorted(words, key=lambda word: -words[word])[:1], False)
            return [column.name]
    return []


def place_scope(proposal: Proposal, columns: Sequence[Column]) -> list[str]:
    """Say which rows are assaults, in a book that holds more, where a column tells."""
    import re

    if proposal.book == "crime":
        return []
    found: list[tuple[float, Condition]] = []
    for column in columns:
        said = max(
            likeness(column.header.words, phrase) * surety
            for pattern, surety in SCOPE
            for phrase in phrases(pattern)
        )
        held = column.held
        by_words = held.coded and held.offence >= 0.1 and not column.header.about
        if (said < 0.7 and not by_words) or "weapon" in column.header.words or held.distinct > 40:
            continue
        if held.empty or held.yes_no >= 0.8:
            if said >= 0.7 and "assault" in column.header.words:
                inside = [word for word in held.words if fold(word) in YES_WORDS] or ["Yes"]
                outside = [word for word in held.words if fold(word) in NO_WORDS] or ["No"]
                found.append(
                    (said, Condition(column.name, inside, outside, said, "yes or no", not held.empty))
                )
            continue
        inside = [word for word in held.words if re.search(ASSAULT_WORDS, word, re.I)]
        # What few rows say may have slipped in from another column; it is held and shown by collate check.
        plain = {word for word, count in held.words.items() if count >= OFTEN and len(word) <= 40}
        inside = [word for word in inside if len(word) <= LONGEST]
        outside = [word for word in held.words if word not in inside and word in plain]
        if inside and outside and (held.coded or held.prose < 0.5):
            reason = "its words name assaults beside other things"
            found.append((said, Condition(column.name, inside, outside, said, reason, False)))
    if not found:
        return []
    _, best = max(found, key=lambda pair: pair[0])
    proposal.scope.append(best)
    return [best.column]


def check_order(proposal: Proposal, export: Export) -> None:
    """Doubt dates that stand in no order a record can have: recorded before it occurred, on most rows."""
    first = proposal.mapped.get("occurred_on")
    for later in ("recorded_on", "outcome_on"):
        other = proposal.mapped.get(later)
        if not first or not other or {*first.columns, *other.columns} - set(export.columns):
            continue
        one, two = first.columns[0], other.columns[0]
        seen = in_order = 0
        for batch in export.batches(list(dict.fromkeys((one, two)))):
            for earlier, after in zip(
                batch.column(one).to_pylist(), batch.column(two).to_pylist(), strict=True
            ):
                start = parsed(str(earlier).strip(), proposal.held[one].date_format)
                end = parsed(str(after).strip(), proposal.held[two].date_format)
                if start and end:
                    seen += 1
                    in_order += end.date() >= start.date()
            if seen >= ROWS_IN_ORDER:
                break
        if seen >= 5 and in_order < 0.75 * seen:
            said = f"it lies before the day of the assault on {seen - in_order:,} of {seen:,} rows"
            other.doubts.append(said)
            first.doubts.append(f'"{two}" lies before it on {seen - in_order:,} of {seen:,} rows')
        elif seen:
            other.reasons = (*other.reasons, f"on or after the assault on {in_order / seen:.0%} of rows")


def number_victims(proposal: Proposal, export: Export, learnt: Learnt) -> None:
    """Count victims within a reference, where a reference stands on rows that name different victims."""
    reference = proposal.mapped.get("source_record_id")
    if not reference or proposal.victims > 1 or "victim_number" in proposal.mapped:
        return
    whose = [
        name
        for field in ("victim_id", "victim_type", "injury", "sex", "age_band")
        if field in proposal.mapped
        for name in proposal.mapped[field].columns
    ]
    held = proposal.held[reference.columns[0]]
    if not whose or held.distinct >= held.filled:
        return
    victims: dict[str, set[tuple[str, ...]]] = {}
    rows = 0
    for batch in export.batches([reference.columns[0], *whose]):
        cells = [batch.column(name).to_pylist() for name in (reference.columns[0], *whose)]
        for record, *said in zip(*cells, strict=True):
            if record and rows < 200_000:
                rows += 1
                victims.setdefault(record, set()).add(tuple(said))
    several_rows = sum(1 for each in victims.values() if len(each) > 1)
    if several_rows == 0:
        return
    share = several_rows / len(victims)
    mapped = Mapped(
        "victim_number",
        {"count_within": "source_record_id"},
        min(0.95, 0.6 + share * 3),
        (f"{several_rows:,} of {len(victims):,} references stand on rows of different victims",),
    )
    if share < 0.05:
        mapped.doubts.append("so few may be slips")
    mapped.doubts += reference.doubts
    proposal.mapped["victim_number"] = mapped
