"""Sharing: a file like a force's own, judged alike row by row, with invented values.

The file is judged, the copy is written and judged too, and what the two are told is compared. Rows for which the copy
was told something else are made again, closer to the original where lists of codes allow it; what still differs is said.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from expectations.masks import columns_of as read_by
from pipeline.judge import judge
from pipeline.judgement import Judgement
from pipeline.read import Export, Reading, Refused, open_export
from pipeline.returned.give_back import rows_of
from pipeline.shared.good import Candidates
from pipeline.shared.invent import Column, Inventor, columns_of
from pipeline.shared.write import suffix_of, write_copy
from schemas.catalogue import code_of
from schemas.drop import rules_of
from schemas.force import Book

# A copy has at most so many rows; of a larger file, the first that break each rule and those beside them.
MOST_ROWS = 20_000
MOST_OF_EACH = 200
# Made again, closer to the original, so often.
ATTEMPTS = 3
# A copy of which a greater share of rows is judged otherwise is not kept.
UNFIT = 0.1
OFFENCE = frozenset({"offence_code", "offence_title", "victim_type", "occurred_on", "charged_under"})
KEY = b"shared, not kept"

Told = Mapping[int, Counter[str]]


@dataclass(frozen=True)
class Shared:
    """A shared copy: where it is, how many of the file's rows are in it, and the rules told otherwise, with rows.

    `path` is None where the copy was judged so differently that it is of no use, and was not kept.
    """

    path: Path | None
    rows: int
    of: int
    findings: int
    differing: Mapping[str, tuple[int, ...]]

    @property
    def said(self) -> list[str]:
        """Return what to know about the copy, in sentences."""
        if self.path is None:
            return [
                "No copy was written: the one that was made is not judged as your file is, so it would mislead whoever "
                "helps you.",
                *self._otherwise,
                "Ask for help with the codes of the rules and the numbers of the rows from receipt.json instead, and "
                "send nobody the file. Mend first what is said of a whole column, such as personal data in it: that is "
                "what an invented value cannot stand for.",
            ]
        part = "every row" if self.rows == self.of else f"{self.rows:,} of the {self.of:,} rows"
        said = [f"{self.path} has {part} of your file, with invented values; each row has its own number."]
        if not self.differing:
            said.append(
                f"It was judged: the same rules are broken on the same rows, {self.findings:,} times in all."
            )
        else:
            return said
        said += self._otherwise
        return [*said, "The copy is fit to be used for everything else; say this too when you send it."]

    @property
    def _otherwise(self) -> list[str]:
        """Return what the copy is told otherwise than the file, in sentences."""
        said = []
        for rule, rows in self.differing.items():
            first = ", ".join(f"{row:,}" for row in rows[:5] if row)
            where = f"on rows {first}{', ...' if len(rows) > 5 else ''}" if first else "of the whole file"
            said.append(
                f"Rule {code_of(rule)} ({rule}) finds something else in the copy than in your file, {where}."
            )
        return said


def share_file(file: Path, book: Book, out: Path, as_of: date, work: Path) -> Shared:
    """Write the shared copy of a file into the folder `out`; `work` is where the working files may be.

    Raises Refused where the file cannot be judged, or would be written over.
    """
    if file.resolve().parent == out.resolve():
        raise Refused(f"{file} would be written over by its shared copy; name another folder.")
    first = _folder(work, "sent")
    judgement = judge(file, file.name, book, "shared", KEY, as_of, first)
    told = told_by_row(judgement.findings_file)
    reading = Reading(**book.read, force_id=book.force_id)
    export = open_export(file, reading, expected=book.columns)
    chosen, of = _chosen(export, told)
    columns = columns_of(book, export.columns)
    accepted = set(rows_of(first / "accepted.parquet").tolist())
    known = accepted | set(rows_of(first / "held.parquet").tolist()) | set(told)
    target = out / Path(file.name).with_suffix(suffix_of(export, file.name)).name
    copied = replace(book, read={name: value for name, value in book.read.items() if name != "format"})
    making = Making(file, copied, export, reading, columns, chosen, told, known, as_of, work)
    rows = making.rows(judgement)
    findings = sum(map(Counter.total, making.wanted.values()))
    if unfit(making.differing, len(chosen)):
        return Shared(None, len(chosen), of, findings, making.differing)
    write_copy(file, export, reading, rows, work / target.name)
    out.mkdir(parents=True, exist_ok=True)
    (work / target.name).replace(target)
    return Shared(target, len(chosen), of, findings, making.differing)


def unfit(differing: Mapping[str, Sequence[int]], rows: int) -> bool:
    """Return whether a copy is of no use: something of the whole file is told otherwise, or more than a row in ten."""
    told = {row for each in differing.values() for row in each}
    return 0 in told or len(told) > UNFIT * rows


def told_by_row(findings: Path | None) -> dict[int, Counter[str]]:
    """Return how often each rule is broken, by row; what is said of no row stands under nought."""
    told: dict[int, Counter[str]] = {}
    if findings is None or not findings.exists():
        return told
    csv.field_size_limit(sys.maxsize)
    with findings.open(encoding="utf-8", newline="") as lines:
        for each in csv.DictReader(lines):
            told.setdefault(int(each["row"] or 0), Counter())[each["rule"]] += 1
    return told


def _folder(work: Path, name: str) -> Path:
    folder = work / name
    folder.mkdir()
    return folder


def _chosen(export: Export, told: Told) -> tuple[dict[int, list[str]], int]:
    """Return the cells of the rows that are copied, by row number, and how many rows there are."""
    of = sum(batch.num_rows for batch in export.batches(export.columns[:1]))
    wanted = None
    if of > MOST_ROWS:
        seen: Counter[str] = Counter()
        picked: set[int] = set()
        for row, rules in sorted(told.items()):
            if any(seen[rule] < MOST_OF_EACH for rule in rules):
                picked |= {row - 1, row, row + 1}
            seen.update(rules.keys())
        wanted = np.array(sorted(picked)[:MOST_ROWS], np.int64)
    rows: dict[int, list[str]] = {}
    for batch in export.batches(export.columns):
        if wanted is not None:
            batch = batch.filter(pa.array(np.isin(batch.column(0).to_numpy(), wanted)))
        numbers, *cells = (column.to_pylist() for column in batch.columns)
        rows |= {number: list(values) for number, *values in zip(numbers, *cells, strict=True)}
    return rows, of


class Making:
    """Makes the rows of a copy, and judges what it made."""

    def __init__(
        self, file: Path, book: Book, export: Export, reading: Reading, columns: Sequence[Column],
        chosen: Mapping[int, list[str]], told: Told, known: Collection[int], as_of: date, work: Path,
    ) -> None:  # fmt: skip
        self._file, self._book, self._export, self._reading = file, book, export, reading
        self._columns, self._sent, self._known = columns, chosen, known
        self._as_of, self._work, self._judged = as_of, work, 0
        refused = {refusal.row_number for refusal in export.refusals}
        self.wanted = {
            row: rules for row, rules in told.items() if row in chosen or row in refused or not row
        }
        sent = {
            column.name: {values[place].strip() for values in chosen.values()}
            for place, column in enumerate(columns)
        }
        self._inventor = Inventor(book, columns, sent, as_of)
        self._reads = {
            rule.name: {name.partition("_")[2] if name.startswith(("unexplained_", "mended_")) else name
                        for name in read_by(rule)} | {rule.field}
            for rule in rules_of(book)
        }  # fmt: skip
        self.differing: dict[str, tuple[int, ...]] = {}

    def rows(self, judgement: Judgement) -> dict[int, list[str]]:
        """Return the rows of the copy, made again until it is judged as the file was, or can be made no closer."""
        tied = self._tied()
        made = {
            row: self._like(row, closeness=0) for row in self._sent if row in tied or row not in self._known
        }
        good = self._good(judgement)
        clean = [row for row in self._sent if row not in made]
        for number, row in enumerate(clean):
            made[row] = self._named(good[number % len(good)], row) if good else self._like(row, closeness=0)
        for closeness in range(1, ATTEMPTS + 1):
            wrong = self._wrong(made)
            self.differing = {}
            for row in sorted(wrong):
                for rule in sorted(
                    (wrong[row] - self.wanted.get(row, Counter()))
                    | (self.wanted.get(row, Counter()) - wrong[row])
                ):
                    self.differing[rule] = (*self.differing.get(rule, ()), row)
            again = {row for row in wrong if row in self._sent}
            if not again or closeness == ATTEMPTS:
                break
            made |= {row: self._like(row, closeness) for row in again}
        return made

    def _tied(self) -> set[int]:
        """Return the rows that break a rule, and those with the reference of one."""
        places = [place for place, column in enumerate(self._columns) if "source_record_id" in column.fields]
        broken = {row for row in self.wanted if row in self._sent}
        references = {self._sent[row][place].strip() for row in broken for place in places} - {""}
        return broken | {
            row
            for row, values in self._sent.items()
            if any(values[place].strip() in references for place in places)
        }

    def _like(self, row: int, closeness: int) -> list[str]:
        """Return a row that breaks what a row breaks.

        At first only the cells that play a part in it are filled; closer, every cell that is read.
        """
        rules = self.wanted.get(row, Counter())
        unread = {rule.rpartition(".")[0] for rule in rules if rule.endswith(".unexplained")}
        if row not in self._known:
            needed: set[str] = {"scope", "source_record_id"}
        else:
            needed = {"source_record_id", "victim_id", "victim_number", "force_id", "scope", "occurred_on"}
            needed |= {"offence_code", "offence_title", "victim_type"}
            for rule in rules:
                needed |= self._reads.get(rule, {rule.rpartition(".")[0]})
            if needed & {"offence_class", "measure", "offence"}:
                needed |= OFFENCE
        blank = set()
        for column in self._columns:
            used = {*column.fields} & needed if closeness == 0 or row not in self._known else {*column.fields}
            if column.is_ignored or (column.is_read and not used):
                blank.add(column.name)
        return self._inventor.row(self._columns, self._sent[row], unread, blank)

    def _named(self, values: Sequence[str], row: int) -> list[str]:
        """Return a good row with the reference and the officer that stand for those of a row."""
        own = self._sent[row]
        return [
            self._inventor.cell(column, own[place].strip(), ())
            if {*column.fields} & {"source_record_id", "victim_id", "victim_number"}
            else value
            for place, (column, value) in enumerate(zip(self._columns, values, strict=True))
        ]

    def _good(self, judgement: Judgement) -> list[list[str]]:
        """Return invented rows that break no rule and are accepted."""
        if judgement.period is None:
            return []
        candidates = Candidates(self._book, self._columns, *judgement.period)
        tried = candidates.rows(self._offences())
        reference = next((p for p, c in enumerate(self._columns) if "source_record_id" in c.fields), None)
        samples = [row for row in self._sent if row in self._known and row not in self.wanted]
        if reference is None or not samples:
            return []
        top = self._export.header_row + self._reading.header_rows
        rows = {}
        for number, values in enumerate(tried[: len(samples)]):
            rows[top + number] = self._named(values, samples[number])
        wrong, accepted = self._judge(rows)
        return [tried[row - top] for row in rows if row not in wrong and row in accepted]

    def _offences(self) -> list[dict[str, str]]:
        """Return the cells of rows without a fault that say an offence, as they may be shown: in public words."""
        places = [
            (place, column)
            for place, column in enumerate(self._columns)
            if {*column.fields} & {"offence_code", "offence_title"}
        ]
        found: dict[tuple[str, ...], None] = {}
        for row, values in self._sent.items():
            if row in self._known and row not in self.wanted and len(found) < MOST_OF_EACH:
                found[
                    tuple(self._inventor.cell(column, values[place].strip(), ()) for place, column in places)
                ] = None
        return [
            {column.name: cell for (_, column), cell in zip(places, cells, strict=True)} for cells in found
        ]

    def _wrong(self, made: Mapping[int, list[str]]) -> dict[int, Counter[str]]:
        """Return the rows that the copy is told something else of than the file was, with what it is told."""
        told, _ = self._judge(made)
        return {
            row: told.get(row, Counter())
            for row in {*told, *self.wanted}
            if told.get(row, Counter()) != self.wanted.get(row, Counter())
        }

    def _judge(self, rows: Mapping[int, list[str]]) -> tuple[dict[int, Counter[str]], set[int]]:
        self._judged += 1
        with TemporaryDirectory(dir=self._work) as name:
            folder = Path(name)
            copy = folder / f"copy{suffix_of(self._export, self._file.name)}"
            write_copy(self._file, self._export, self._reading, rows, copy)
            judgement = judge(copy, self._file.name, self._book, "shared", KEY, self._as_of, folder)
            accepted = set(rows_of(folder / "accepted.parquet").tolist())
            return told_by_row(judgement.findings_file), accepted
