"""The transform map of a drop: field by field, what was sent, what it became, on how many records, and by what.

It is counted while the file is judged: word by word from the places its rows keep of their words, or batch by batch
where rows are converted one by one. It shows values as sent, so it goes back to the force and nowhere else.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.harmless import harmless_text
from pipeline.whence import (
    BLANK,
    KEPT,
    NOT_LISTED,
    PSEUDONYM,
    How,
    Said,
    Source,
    how,
    sources,
    span,
    spelled,
)
from schemas.assault import ASSAULT
from schemas.force import Book
from transforms.by_word import DAY, turns
from transforms.rename import cell_name

MAP_FILE = "transform_map.csv"
COLUMNS = ("field", "column", "as_sent", "standard", "records", "by", "detail")

# A field lists so many different values; how many records hold others is said.
MOST_LISTED = 10_000

# Between the cells of several columns that a field is read from.
BESIDE = " | "

# Stands for a filled cell whose value is never shown.
VEIL = "*"

# What records said in a field: its cells, what they became, whether it could be read, and the span its day lies in.
Line = tuple[tuple[str, ...], Any, bool, int | None]


@dataclass(frozen=True)
class Tally:
    """How many records have a value in a field, and how many of them say each standard value."""

    filled: int
    codes: Mapping[Any, int]


class Story:
    """Counts what the records of one drop said, field by field, in bounded memory."""

    def __init__(self, book: Book, present: Sequence[str]) -> None:
        self.book = book
        self.sources = sources(book, present)
        self.turns = turns(book)
        self.records = 0
        self._counted = [source for source in self.sources if source.whole is None]
        self._lines: dict[str, Counter[Line]] = {source.field: Counter() for source in self._counted}
        self._left: Counter[str] = Counter()
        # Of the records whose values are not listed: how many have a value, and how many one nobody could read.
        self._left_filled: Counter[str] = Counter()

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of the file that are counted, in the spelling of the force's file."""
        return tuple(dict.fromkeys(column for source in self._counted for column in source.columns))

    @property
    def answers(self) -> tuple[str, ...]:
        """Return the columns of converted records that are counted."""
        return tuple(dict.fromkeys((*(name for source in self._counted for name in source.answers), DAY)))

    def asks_day(self, answers: Mapping[str, pa.Array]) -> bool:
        """Return whether any field that has its answers here depends on the day of the assault."""
        return any(source.dated and source.answers[0] in answers for source in self._counted)

    def add_words(
        self,
        cells: Mapping[str, pa.Array],
        answers: Mapping[str, pa.Array],
        days: pa.Array | None,
        records: npt.NDArray[np.int64],
    ) -> None:
        """Count what some combinations of words became: their cells by column, and how many records say each.

        Only the fields whose answers are among these are counted. `days` is a day of the span each lies in.
        """
        for source in self._counted:
            if source.answers[0] in answers:
                self._count(source, cells, answers, days if source.dated else None, records)

    def listened(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield batches of records that hold `answers` and the cells of `columns`, each counted on its way."""
        for batch in batches:
            names = set(batch.schema.names)
            cells = {column: batch.column(cell_name(number)) for number, column in enumerate(self.columns)}
            answers = {name: batch.column(name) for name in self.answers if name in names}
            self.records += batch.num_rows
            self.add_words(cells, answers, answers[DAY], np.ones(batch.num_rows, np.int64))
            yield batch

    def columns_of(self, name: str) -> tuple[str, ...]:
        """Return the columns of the file that a field is counted by; none where its values are never shown."""
        found = (source for source in self._counted if source.field == name and not source.veiled)
        return next((source.columns for source in found), ())

    def said(self, name: str, at_most: int = MOST_LISTED) -> list[tuple[str, Any, bool, int]] | None:
        """Return what the records say in a field of one column: word, standard, whether it was not read, and records.

        None where it is read from several columns or none, is never shown, or says more than so many things.
        """
        if len(self.columns_of(name)) != 1 or self._left[name] or len(self._lines[name]) > at_most:
            return None
        lines = self._lines[name].items()
        return [(cells[0], standard, unread, records) for (cells, standard, unread, _), records in lines]

    def tally(self, name: str) -> Tally:
        """Return how many records have a value in a field, and how many say each standard value that is listed."""
        codes: Counter[Any] = Counter()
        for (_, standard, _, _), records in self._lines[name].items():
            if standard is not None and standard != "":
                codes[standard] += records
        return Tally(codes.total() + self._left_filled[name], codes)

    def lists_all(self, name: str) -> bool:
        """Return whether every value of a field is listed."""
        return not self._left[name]

    def told(self, name: str) -> Iterator[tuple[str, Any, bool, int]]:
        """Yield what is listed of a field: its first cell, what it became, whether nobody could read it, and records."""
        for (cells, standard, unread, _), records in self._lines.get(name, {}).items():
            yield cells[0] if cells else "", standard, unread, records

    def _count(
        self,
        source: Source,
        cells: Mapping[str, pa.Array],
        answers: Mapping[str, pa.Array],
        days: pa.Array | None,
        records: npt.NDArray[np.int64],
    ) -> None:
        count = len(records)
        parts = [veiled(cells[column]) if source.veiled else cells[column] for column in source.columns]
        became = plain(answers[source.answers[0]])
        parts.append(
            pc.if_else(pc.is_null(became), pa.scalar(None, pa.string()), VEIL) if source.veiled else became
        )
        unread = answers.get(source.answers[1]) if len(source.answers) > 1 else answers[source.answers[0]]
        parts.append(pc.fill_null(unread, False) if unread is not None else pa.array(np.zeros(count, bool)))
        if days is not None:
            parts.append(pa.array(self._sides(days)))
        names = [str(place) for place in range(len(parts))]
        table = pa.table([*parts, pa.array(records)], names=[*names, "records"])
        grouped = table.group_by(names, use_threads=False).aggregate([("records", "sum")])
        wide = len(source.columns)
        # A reader may name words that no row says.
        grouped = grouped.filter(pc.greater(grouped.column("records_sum"), 0))
        told = list(zip(*(column.to_pylist() for column in grouped.select(names).columns), strict=True))
        self._keep(
            source.field,
            [
                (line[:wide], line[wide], line[wide + 1], line[wide + 2] if days is not None else None)
                for line in told
            ],
            grouped.column("records_sum").to_pylist(),
        )

    def _keep(self, name: str, lines: Sequence[Line], records: Sequence[int]) -> None:
        """Add lines to those of a field; once it lists all it may, no new one is taken in, so that each is whole."""
        known = self._lines[name]
        new = [place for place, line in enumerate(lines) if line not in known]
        room = MOST_LISTED - len(known) if not self._left[name] else 0
        if len(new) > room:
            new.sort(key=lambda place: (-records[place], lines[place][0], str(lines[place])))
            shut = set(new[room:])
            self._left[name] += sum(records[place] for place in shut)
            self._left_filled[name] += sum(
                records[place] for place in shut if lines[place][1] is not None and lines[place][1] != ""
            )
        else:
            shut = set()
        for place, (line, count) in enumerate(zip(lines, records, strict=True)):
            if place not in shut:
                known[line] += count

    def _sides(self, days: pa.Array) -> npt.NDArray[np.int64]:
        """Return how many turning days each day has behind it, -1 for a missing day."""
        every = pc.cast(days, pa.date32()).to_numpy(zero_copy_only=False).astype("datetime64[D]")
        side: npt.NDArray[np.int64] = np.searchsorted(
            np.array(self.turns, "datetime64[D]"), every, side="right"
        )
        side[np.isnat(every)] = -1
        return side

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of the map, field by field, the most frequent first; of one field they sum to all records."""
        for source in self.sources:
            column = BESIDE.join(source.columns)
            if source.whole is not None:
                yield line_of(source, column, "", "", self.records, How(source.whole))
                continue
            yield from self._lines_of(source, column)
            if left := self._left[source.field]:
                others = How(
                    NOT_LISTED,
                    f"the first {MOST_LISTED:,} different values are listed, these records hold others",
                )
                yield line_of(source, column, "", "", left, others)

    def _lines_of(self, source: Source, column: str) -> Iterator[dict[str, Any]]:
        known = self._lines[source.field]
        # The day is told only where the same words became different things on different days.
        spans: dict[tuple[tuple[str, ...], Any, bool], dict[int | None, int]] = {}
        became: dict[tuple[str, ...], set[Any]] = {}
        for (cells, standard, unread, side), records in known.items():
            spans.setdefault((cells, standard, unread), {})[side] = records
            became.setdefault(cells, set()).add(standard)
        ordered = sorted(
            spans.items(), key=lambda each: (-sum(each[1].values()), each[0][0], str(each[0][1]), each[0][2])
        )
        for (cells, standard, unread), sides in ordered:
            said = [
                Said(cells, standard, unread, self._begins(side))
                for side in sorted(sides, key=lambda s: (s is None, s))
            ]
            found = (
                veiled_how(source, cells, standard)
                if source.veiled
                else one_of([how(source, each, self.book) for each in said])
            )
            if (
                source.dated
                and len(became[cells]) > 1
                and (days := span(self.turns, [side for side in sides if side is not None]))
            ):
                found = How(found.by, f"{found.detail}; " * bool(found.detail) + f"assault {days}")
            shown = "" if source.veiled else BESIDE.join(cells)
            text = "" if source.veiled else spelled(source, standard, self.book)
            yield line_of(source, column, shown, text, sum(sides.values()), found)

    def _begins(self, side: int | None) -> date | None:
        return self.turns[side - 1] if side is not None and side > 0 else None

    def write(self, path: Path) -> None:
        """Write the map as UTF-8 CSV; no spreadsheet takes a value in it for a formula."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows([harmless(line[name]) for name in COLUMNS] for line in self.lines())


def line_of(
    source: Source, column: str, sent: str, standard: str, records: int, found: How
) -> dict[str, Any]:
    return {
        "field": source.field,
        "column": column,
        "as_sent": sent,
        "standard": standard,
        "records": records,
        "by": found.by,
        "detail": found.detail,
    }


def veiled_how(source: Source, cells: Sequence[str], standard: object) -> How:
    """Return by what a value became what it is that is never shown."""
    if standard is None:
        return How(BLANK)
    return How(PSEUDONYM if ASSAULT[source.field].pseudonym else KEPT)


def one_of(found: Sequence[How]) -> How:
    """Return what explains a value in every span of days its records lie in."""
    details = dict.fromkeys(each.detail for each in found if each.detail)
    return How(found[0].by, " / ".join(details))


def veiled(cells: pa.Array) -> pa.Array:
    """Return cells without what they say: blank or not."""
    return pc.if_else(pc.equal(plain(cells), ""), "", VEIL)


def plain(values: pa.Array) -> pa.Array:
    """Return values as something that can be grouped: texts as such, lists of codes as one text."""
    if pa.types.is_dictionary(values.type):
        return values.cast(values.type.value_type)
    if pa.types.is_list(values.type):
        return pc.binary_join(values, "; ")
    return values


def harmless(value: object) -> object:
    """Return a value that no spreadsheet takes for a formula; a negative number is none."""
    return harmless_text(value) if isinstance(value, str) else value
