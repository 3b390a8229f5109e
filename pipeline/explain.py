"""One row's way through: `collate explain` reads it from the archive again and says what became of every cell, and why.

What is personal or could be is masked: references by their shape, collar numbers wholly, and words that nothing
explains, for a cell pushed into the wrong column may hold anything. Nothing is written.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.masks import Context, check, decode
from pipeline.again.standing import table_of, withdrawn_of
from pipeline.again.taken_back import TAKES_BACK
from pipeline.cells import prepared
from pipeline.engine import BATCH, Engine, open_engine
from pipeline.home import Home
from pipeline.intake import UNKNOWN, WORKFORCE, fingerprint, registered
from pipeline.judge import named_values
from pipeline.ledger import DropRecord, Ledger
from pipeline.mapping.profile import masked
from pipeline.period import stated_period
from pipeline.personal.guard import Guard
from pipeline.read import Export, Refused
from pipeline.read.windows import windows
from pipeline.returned.marked_export import open_sent, stated_by
from pipeline.store import Store, StoreFault
from pipeline.story import BESIDE, Story
from pipeline.version import VERSION
from pipeline.whence import (
    CLASSIFICATION,
    CLASSIFIED,
    COUNTED,
    FORCE,
    KEPT,
    LATE,
    MENDED,
    NOT_COLLECTED,
    NOT_TAKEN,
    PSEUDONYM,
    REFERENCES,
    SCOPE,
    UNDECIDED,
    UNEXPLAINED,
    How,
    Said,
    Source,
    how,
    line_in,
    spelled,
)
from schemas.assault import ASSAULT
from schemas.catalogue import Retired, find
from schemas.drop import DUPLICATE, REPEATED, rules_of
from schemas.force import Book, Force, fold, load_forces
from schemas.personal import NOT_KEPT
from schemas.table import Rule
from transforms.by_word import DAY
from transforms.convert import convert
from transforms.functions import judged_on, period_begins, period_ends
from transforms.mend import NEXT_DAY
from transforms.rename import cell_name
from transforms.resolve import resolve

HIDDEN = "*****"

# A text kept as it stands is shown up to this length; a longer one is no title and no place.
LONGEST_SHOWN = 120

# A drop may be named by so many of its first characters, if no other begins with them.
SHORTEST_NAME = 4


class NotAsked(Exception):
    """The question cannot be answered; the sentence says why and what to ask instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Judged:
    """Everything the explanation of a drop's rows looks at."""

    drop: DropRecord
    book: Book
    raw: Path
    force_file: Path
    store: Store
    later: Sequence[DropRecord]


def explain(home: Home, label: str, row: int) -> dict[str, Any]:
    """Return one row's way through, masked: its fields by victim, its findings, and what became of it.

    Raises NotAsked where there is no such drop or row, or where nothing of the drop was judged; StoreFault where its
    raw file has left the archive.
    """
    if row < 1:
        raise NotAsked("Rows are counted from 1: the line of the file, or the row of the sheet.")
    judged = judged_drop(home, label)
    try:
        with TemporaryDirectory(prefix="collate-explain-") as folder, open_engine(Path(folder)) as engine:
            return {**headed(judged, row), **row_or_line(judged, row, engine)}
    except Refused as refused:
        raise NotAsked(
            f"The file of this drop can no longer be read as {judged.force_file.name} says now. {refused.sentence}"
        ) from refused


def judged_drop(home: Home, label: str) -> Judged:
    """Return a drop that was judged, with its raw file, as its force's file has it now.

    Raises NotAsked where there is no such drop, or where nothing of it was judged; StoreFault where its raw file has
    left the archive.
    """
    home.must_be()
    home.prepare()
    store = Store(home)
    with Ledger.open(home.ledger_url) as ledger:
        drop = known_drop(ledger, label)
        refuse_unjudged(drop)
        raw = raw_file(store, ledger, drop)
        later = [
            each
            for each in ledger.drops(drop.force_id, drop.book)
            if each.state != "arrived" and (each.standing == "stands" or each.drop_id == drop.drop_id)
        ]
    book = book_of(load_forces(home.forces), drop, home)
    return Judged(drop, book, raw, home.forces / f"{drop.force_id}.toml", store, later)


def known_drop(ledger: Ledger, label: str) -> DropRecord:
    """Return the drop of an id or of a label, `force/id/file` or `force/id`, of which the beginning of the id will do.

    Raises NotAsked where there is none, or more than one.
    """
    parts = [part.strip() for part in label.split("/")]
    drop_id = parts[min(1, len(parts) - 1)].lower()
    ours = [each for each in ledger.drops() if len(parts) == 1 or each.force_id == parts[0]]
    if exact := next((each for each in ours if each.drop_id == drop_id), None):
        return exact
    near = [each for each in ours if len(drop_id) >= SHORTEST_NAME and each.drop_id.startswith(drop_id)]
    if len(near) > 1:
        raise NotAsked(
            f"{len(near)} drops begin with {drop_id}. Give more of the id: it is in the drop's receipt.json."
        )
    if not near:
        raise NotAsked(f"The ledger knows no drop {label}. Its id is the drop_id in the drop's receipt.json.")
    return near[0]


def refuse_unjudged(drop: DropRecord) -> None:
    """Raise NotAsked for a drop no row of which was judged."""
    if drop.book == WORKFORCE:
        raise NotAsked(
            f"{drop.file} is a workforce table of the Home Office, not an export of assaults: it has no rows to explain."
        )
    if drop.state == "arrived":
        raise NotAsked(f"{drop.file} is not judged yet. Run collate receive first.")
    if drop.state == "refused":
        raise NotAsked(f"The whole file {drop.file} was refused, so no row of it was judged. {drop.sentence}")
    if drop.state == "nil":
        raise NotAsked(f"{drop.file} is a nil return: it has no rows.")


def raw_file(store: Store, ledger: Ledger, drop: DropRecord) -> Path:
    """Return the raw file of a drop; raises StoreFault where the archive has lost it."""
    try:
        raw = registered(store, ledger, drop.drop_id).raw
    except FileNotFoundError:
        raw = None
    if raw is None or not raw.is_file():
        raise StoreFault(
            f"The raw file of drop {drop.drop_id} is no longer in {store.home.archive}. Restore it from a backup."
        )
    return raw


def book_of(forces: Mapping[str, Force], drop: DropRecord, home: Home) -> Book:
    """Return the book a drop was judged by, as the force's file has it now; raises NotAsked where it has none."""
    force = forces.get(drop.force_id)
    book = force.books.get(drop.book) if force else None
    if book is None or drop.book == UNKNOWN:
        raise NotAsked(
            f"{home.forces} has no file for {drop.force_id} with a book {drop.book} any more, so its rows cannot be explained."
        )
    return book.on(drop.arrived_at.date())


def headed(judged: Judged, row: int) -> dict[str, Any]:
    """Return what is said of the drop itself, first of all what has changed since it was judged."""
    drop = judged.drop
    changed = []
    if drop.mapping_fingerprint != fingerprint(judged.book):
        changed.append(
            f"{judged.force_file.name} has changed since this drop was judged; what is said here is by the file as it is now."
        )
    if drop.code_version != VERSION:
        changed.append(
            f"This drop was judged by version {drop.code_version} of the pipeline; what is said here is by version {VERSION}."
        )
    return {
        "drop_id": drop.drop_id,
        "force_id": drop.force_id,
        "book": drop.book,
        "file": drop.file,
        "row": row,
        "changed_since": changed,
    }


def row_or_line(judged: Judged, row: int, engine: Engine) -> dict[str, Any]:
    """Return the way of a row, or what a line is that is no row."""
    book = judged.book
    export = open_sent(judged.raw, book)
    wanted = [column for column in export.columns if column in set(book.columns)]
    if row <= export.header_row:
        what = "the header" if row == export.header_row else "above the header, or part of it"
        return no_row(
            f"Line {row} is {what} (the header ends on line {export.header_row}): it holds no record."
        )
    guard = Guard(book)
    found, before = find_row(export, wanted, row, guard)
    if found is None:
        return no_row(what_line(export, row, before))
    story = Story(book, export.columns)
    records = records_of(engine, found, judged, story, export, guard)
    stored = stored_records(judged, row)
    fate = fate_of(judged, row, records, stored, engine)
    toml = judged.force_file.read_text(encoding="utf-8") if judged.force_file.is_file() else ""
    return {
        "state": fate[0],
        "outcome": fate[1],
        "victims": [
            {
                "victim": (kept or record)["victim_number"],
                "fields": [*fields_of(story, record, kept, judged, toml)],
                "not_collected": [s.field for s in story.sources if s.whole == NOT_COLLECTED],
            }
            for record, kept in beside(records, stored[1])
        ],
        "findings": findings_of(judged, row, records),
    }


def no_row(sentence: str) -> dict[str, Any]:
    return {"state": "no_row", "outcome": sentence, "victims": [], "findings": []}


def find_row(
    export: Export, wanted: Sequence[str], row: int, guard: Guard
) -> tuple[pa.RecordBatch | None, int | None]:
    """Return the row that begins on a line, the file read no further; and the last row before it where there is none.

    The guard learns from the first rows on the way, as it did when the file was judged.
    """
    before: int | None = None
    for batch in windows(export.batches(wanted)):
        guard.learn(batch)
        numbers = batch.column("row_number").to_numpy()
        if not len(numbers):
            continue
        place = int(np.searchsorted(numbers, row))
        if place < len(numbers) and numbers[place] == row:
            return batch.slice(place, 1), before
        before = int(numbers[place - 1]) if place else before
    return None, before


def what_line(export: Export, row: int, before: int | None) -> str:
    """Return what a line under the header is that no row begins on, from what is known once the file is read."""
    refusal = next((r for r in export.refusals if r.row_number <= row <= r.last_row), None)
    if refusal is not None:
        return f"Line {row} could not be read as a row. {refusal.sentence}"
    sums = export.sums
    if row > sums.lines:
        raise NotAsked(f"There is no row {row}: the file ends on line {sums.lines}.")
    kinds = [
        *(["blank"] if sums.blank else []),
        *(["a note or a total"] if sums.notes else []),
        # Above the table's rows stand so many lines, header or blank; what is more stands among them.
        *(["a repeated header"] if sums.header > 1 and sums.header + sums.blank > export.header_row else []),
        *(
            [f"part of the row that begins on line {before}"]
            if before and sums.parsed_lines > sums.rows
            else []
        ),
    ]
    return f"Line {row} is {' or '.join(kinds) or 'no row'}: no record begins there."


def records_of(
    engine: Engine, found: pa.RecordBatch, judged: Judged, story: Story, export: Export, guard: Guard
) -> list[dict[str, Any]]:
    """Return the records of one row, converted and checked as the whole file is, with their cells."""
    drop, book = judged.drop, judged.book
    stated = stated_period(drop.file, book) or stated_by(export)
    engine.tell(
        this_drop=drop.drop_id,
        judged_on=drop.arrived_at.date(),
        period_begins=stated and stated[0],
        period_ends=stated and stated[1],
    )
    context = Context(judged_on(), (period_begins(), period_ends()) if stated else None)
    batches = pa.RecordBatchReader.from_batches(found.schema, [found])
    # Pseudonyms are not shown, so they need no secret.
    cells = prepared(batches, book, b"explained, not kept", guard)
    values = named_values(engine.read_batches("export", cells), export, book, story.columns)
    judged_table = check(convert(values, book), book, context)
    return [row for batch in engine.stream(judged_table, BATCH) for row in batch.to_pylist()]


def stored_records(judged: Judged, row: int) -> tuple[str | None, list[dict[str, Any]]]:
    """Return where the records of a row are at rest, accepted or held, and the records; none where they are neither."""
    drop = judged.drop
    for kind in ("accepted", "held"):
        path = judged.store.records_path(kind, drop.force_id, drop.book, drop.drop_id)
        if path.is_file():
            found = pq.read_table(path, filters=[("row_number", "=", row)], partitioning=None).to_pylist()
            if found:
                return kind, sorted(found, key=lambda record: record["victim_number"] or 0)
    return None, []


def beside(
    records: Sequence[dict[str, Any]], stored: Sequence[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Yield each record of a row with the one at rest, if it has one."""
    for place, record in enumerate(records):
        yield record, stored[place] if len(stored) == len(records) else None


def fields_of(
    story: Story, record: Mapping[str, Any], kept: Mapping[str, Any] | None, judged: Judged, toml: str
) -> Iterator[dict[str, Any]]:
    """Yield what became of each field the row was read for."""
    book = story.book
    cells = {column: record[cell_name(number)] for number, column in enumerate(story.columns)}
    said = {source.field: said_in(source, record, cells, story) for source in story.sources}
    by = {source.field: how(source, said[source.field], book) for source in story.sources}
    doubtful = {
        column
        for source in story.sources
        if by[source.field].by in (UNEXPLAINED, NOT_TAKEN) or said[source.field].unexplained
        for column in source.columns
    }
    for source in story.sources:
        found = by[source.field]
        if found.by == NOT_COLLECTED:
            continue
        mine = said[source.field]
        standard = mine.standard if source.field in (SCOPE, FORCE) else record.get(source.field)
        if source.field == DAY and record.get(NEXT_DAY) and standard is not None:
            # The rules are asked of the day as the file has it; the day kept is the one the time belongs to.
            standard += timedelta(days=1)
            found = replace(found, by=MENDED, detail=LATE)
        fresh = shown_standard(source, standard, found, book)
        line = {
            "field": source.field,
            "column": BESIDE.join(source.columns),
            "as_sent": BESIDE.join(
                shown_cell(source, column, cell, column in doubtful, book)
                for column, cell in zip(source.columns, mine.cells, strict=bool(mine.cells))
            ),
            "standard": fresh,
            "by": found.by,
            "detail": detail_of(source, found, record),
            "line": line_in(toml, (book.name, *found.place), found.words) if found.place else None,
        }
        if source.whole == KEPT:
            line["as_sent"] = fresh
        if source.whole == COUNTED:
            line["standard"] = "" if kept is None else str(kept[source.field])
        elif kept is not None and source.field in kept and source.field != FORCE:
            at_rest = shown_standard(source, kept[source.field], found, book)
            if at_rest != fresh:
                line |= {"standard": at_rest, "now": fresh}
        yield line


def said_in(source: Source, record: Mapping[str, Any], cells: Mapping[str, str], story: Story) -> Said:
    """Return what a record says in one field."""
    mine = tuple(cells.get(column, "") for column in source.columns)
    if source.whole is not None:
        return Said((), None)
    day = record.get("occurred_on")
    passed = [turn for turn in story.turns if day is not None and turn <= day]
    unread = record.get(source.answers[-1])
    return Said(mine, record.get(source.answers[0]), unread is True, passed[-1] if passed else None)


def shown_cell(source: Source, column: str, cell: str, doubtful: bool, book: Book) -> str:
    """Return a cell as it may be shown."""
    if not cell or NOT_KEPT in cell:
        return cell
    if source.field in REFERENCES:
        return masked(cell)
    if source.field not in CLASSIFIED and source.field in ASSAULT.names and ASSAULT[source.field].pseudonym:
        return HIDDEN
    if source.field == SCOPE:
        known = {w for c in book.scope if c.column == column for w in (*c.inside, *c.outside)}
        return cell if fold(cell) in known else masked(cell)
    return masked(cell) if doubtful or len(cell) > LONGEST_SHOWN else cell


def shown_standard(source: Source, standard: Any, found: How, book: Book) -> str:
    """Return a standard value as it may be shown."""
    if source.field == SCOPE and found.by == UNEXPLAINED:
        return ""
    text = spelled(source, standard, book)
    if not text:
        return ""
    if found.by == PSEUDONYM:
        return HIDDEN
    if source.field in REFERENCES or (found.by == KEPT and len(text) > LONGEST_SHOWN):
        return masked(text)
    return text


def detail_of(source: Source, found: How, record: Mapping[str, Any]) -> str:
    """Return the detail of how, for a classified offence from what it was classified."""
    if source.field not in CLASSIFIED or found.by not in (CLASSIFICATION, UNDECIDED):
        return found.detail
    parts = (
        ("code", "code", record.get("offence_code")),
        ("victim", "role", record.get("victim_type")),
        ("assault on", "day", record.get("occurred_on")),
    )
    return ", ".join(
        f"no {lacking}" if value is None else f"{name} {value}" for name, lacking, value in parts
    )


def findings_of(judged: Judged, row: int, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the findings of a row as the force was told them, without values."""
    path = judged.store.return_path(judged.drop.force_id, judged.drop.drop_id) / "findings.csv"
    kept = ("victim", "field", "column", "rule", "severity", "message", "mend")
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            return [{n: line[n] for n in kept} for line in csv.DictReader(file) if line["row"] == str(row)]
    if (judged.drop.sums is not None) and any(masks_of(record) for record in records):
        return [told(rule, record) for record in records for rule in broken(judged.book, record)]
    return []


def masks_of(record: Mapping[str, Any]) -> list[int]:
    return [value for name, value in sorted(record.items()) if name.startswith("broken_") and value]


def broken(book: Book, record: Mapping[str, Any]) -> tuple[Rule, ...]:
    rules = rules_of(book)
    masks = [
        record[name]
        for name in sorted((n for n in record if n.startswith("broken_")), key=lambda n: int(n[7:]))
    ]
    return decode(masks, rules)


def told(rule: Rule, record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "victim": str(record["victim_number"] or ""),
        "field": rule.field,
        "column": "",
        "rule": rule.name,
        "severity": rule.severity.value,
        "message": rule.sentence,
        "mend": rule.remedy,
    }


def fate_of(
    judged: Judged,
    row: int,
    records: Sequence[Mapping[str, Any]],
    stored: tuple[str | None, list[dict[str, Any]]],
    engine: Engine,
) -> tuple[str, str]:
    """Return what became of a row, as a word and as a sentence."""
    kind, at_rest = stored
    if kind == "accepted":
        if judged.drop.standing != "stands":
            return judged.drop.standing, f"Accepted, but its drop is in no release. {judged.drop.because}"
        later = replaced_by(judged, at_rest, engine)
        if later is not None:
            return (
                "replaced",
                f"Accepted, and replaced since by the same record in a later drop: {later.file} (drop {later.drop_id}).",
            )
        if is_withdrawn(judged, at_rest, engine):
            return (
                "withdrawn",
                "Accepted, and withdrawn since: a later file of its period no longer holds it.",
            )
        return "accepted", "Accepted: it counts in the national figures."
    if kind == "held":
        return "held", held_because(judged.book, at_rest)
    outside = [record["out_of_scope"] for record in records]
    if outside and all(place is not None for place in outside):
        column = judged.book.scope[outside[0] - 1].column
        if judged.book.actions and outside[0] == TAKES_BACK:
            return "withdrawn", f'Taken back: the column "{column}" says that its record counts no longer.'
        return "out_of_scope", f'Left out: the column "{column}" says it is no assault, so it counts nowhere.'
    reference = [record["source_record_id"] for record in records]
    twin = first_alike(judged, row, reference[0] if reference else None)
    if twin is not None:
        return (
            "duplicate",
            f"Counted once: it repeats row {twin} of the file word for word, and that row is the one that counts. {DUPLICATE.remedy}",
        )
    if judged.book.actions and takes_back(judged, reference[0] if reference else None):
        return (
            "withdrawn",
            "Taken back: a later row of the same file takes its reference back, so it counts nowhere.",
        )
    return (
        "unknown",
        "It is neither accepted nor held: the rules it was judged by have changed since. Send the file again to have it judged anew.",
    )


def held_because(book: Book, records: Sequence[Mapping[str, Any]]) -> str:
    """Return why a row is held, rule by rule."""
    rules = {rule.name: rule for rule in (*rules_of(book), REPEATED)}
    errors = {
        name: rules[name].sentence
        for record in records
        for name in record["rules"]
        if name in rules and (rules[name].severity == "error")
    }
    # A rule that was withdrawn since is still why this row was held.
    errors |= {
        old.name: old.sentence
        for record in records
        for name in record["rules"]
        if isinstance(old := find(name), Retired)
    }
    reasons = " ".join(f"{sentence} ({name})" for name, sentence in errors.items())
    return f"Held back: it counts nowhere until it is mended and sent again. {reasons}".strip()


def replaced_by(judged: Judged, at_rest: Sequence[Mapping[str, Any]], engine: Engine) -> DropRecord | None:
    """Return the later drop whose record has taken the place of one of these, or None."""
    drop = judged.drop
    paths = {
        each.drop_id: judged.store.records_path("accepted", each.force_id, each.book, each.drop_id)
        for each in judged.later
    }
    here = [path for path in paths.values() if path.is_file()]
    references = sorted({record["source_record_id"] for record in at_rest})
    everything = engine.read_parquet(*here)
    same = everything.filter(everything["source_record_id"].isin(references))
    alike = engine.read_arrow("alike", engine.arrow(same))
    current = engine.rows(resolve(alike, table_of(judged.later, engine)))
    mine = {(r["source_record_id"], r["victim_number"]) for r in at_rest}
    left = {(r["source_record_id"], r["victim_number"]) for r in current if r["drop_id"] == drop.drop_id}
    if mine <= left:
        return None
    sequences = {each.drop_id: each for each in judged.later}
    holders = {
        r["drop_id"] for r in engine.rows(alike) if (r["source_record_id"], r["victim_number"]) in mine - left
    }
    after = [sequences[d] for d in holders if sequences[d].sequence > drop.sequence]
    return max(after, key=lambda each: each.sequence, default=None)


def is_withdrawn(judged: Judged, at_rest: Sequence[Mapping[str, Any]], engine: Engine) -> bool:
    """Return whether later drops take away every one of these records, by leaving them out or taking them back."""
    own = judged.store.records_path("accepted", judged.drop.force_id, judged.drop.book, judged.drop.drop_id)
    everything = engine.read_parquet(own)
    references = sorted({record["source_record_id"] for record in at_rest})
    same = engine.read_arrow(
        "same", engine.arrow(everything.filter(everything["source_record_id"].isin(references)))
    )
    gone = withdrawn_of(judged.later, same, judged.store, engine)
    if gone is None:
        return False
    taken = {(r["source_record_id"], r["victim_number"]) for r in engine.rows(gone)}
    return all((r["source_record_id"], r["victim_number"] or 0) in taken for r in at_rest)


def takes_back(judged: Judged, reference: str | None) -> bool:
    """Return whether the drop, a file of changes, takes a reference back."""
    drop = judged.drop
    path = judged.store.records_path("withdrawn", drop.force_id, drop.book, drop.drop_id)
    if reference is None or not path.is_file():
        return False
    filters = [("source_record_id", "=", reference)]
    return bool(pq.read_table(path, columns=["drop_id"], filters=filters, partitioning=None).num_rows)


def first_alike(judged: Judged, row: int, reference: str | None) -> int | None:
    """Return the earlier row of the drop that an accepted record with this reference stands in."""
    drop = judged.drop
    path = judged.store.records_path("accepted", drop.force_id, drop.book, drop.drop_id)
    if reference is None or not path.is_file():
        return None
    filters = [("source_record_id", "=", reference), ("row_number", "<", row)]
    found = pq.read_table(path, columns=["row_number"], filters=filters, partitioning=None)
    rows = found.column("row_number").to_pylist()
    return min(rows, default=None)
