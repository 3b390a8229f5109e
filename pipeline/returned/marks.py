"""Which cells of a file are to be marked, and what is said of each row, from its findings."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

STATUS, ANSWER, ROW, SAYS = "collate status", "collate answer", "collate row", "collate says"
# After them comes the column of keys, whose heading says which drop the file comes from.
ADDED = (STATUS, ANSWER, ROW, SAYS)

ERROR, QUERY = "error", "query"
# The states of a row, by the number `Rows` gives them.
STATES = ("not counted", "accepted", "query", "held back")

# A longer text does not fit into a cell of a workbook.
LONGEST = 4_000

_CELL = re.compile(r"(?:([A-Z]{1,3}))?\d{1,9}")
_FORMULA = re.compile(r"^[=+@\t\r\n]|^-")
# What no XML may hold, and no spreadsheet shows.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass
class Mark:
    """One cell to be marked: how grave it is, and the sentences about it."""

    severity: str
    sentences: list[str] = field(default_factory=list)

    def add(self, severity: str, sentence: str) -> None:
        if severity == ERROR:
            self.severity = ERROR
        if sentence not in self.sentences:
            self.sentences.append(sentence)

    @property
    def text(self) -> str:
        return shown("\n".join(self.sentences))


@dataclass
class Marks:
    """The cells to mark by row and by place in the file's columns, from nought; `says` is each row's sentences."""

    cells: dict[int, dict[int, Mark]] = field(default_factory=dict)
    says: dict[int, list[str]] = field(default_factory=dict)
    queried: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)

    @property
    def count(self) -> int:
        return sum(map(len, self.cells.values()))

    def said(self, row: int) -> str:
        """Return what is said of a row, in one line and harmless to a spreadsheet."""
        return shown(" ".join(" ".join(self.says.get(row, ())).split()))


@dataclass(frozen=True)
class Rows:
    """The rows that were read, in their order, and what became of each: its place in STATES.

    `keys` are their keys by number, `heading` is the heading of the column of these.
    """

    numbers: Numbers
    states: NDArray[np.int8]
    keys: Mapping[int, str] = field(default_factory=dict)
    heading: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """Return the headings of the columns that are added."""
        return (*ADDED, self.heading)

    def added(self, number: int, state: str, said: str) -> tuple[str | int, ...]:
        """Return what is added to a row; the answer is left to be filled in."""
        return state, "", number, said, self.keys[number]

    def moved(self) -> Rows:
        """Return the rows as they stand one below the other under a header."""
        return Rows(np.arange(2, len(self.numbers) + 2), self.states)

    def pairs(self) -> Iterator[tuple[int, str]]:
        """Yield each row's number and state."""
        for number, state in zip(self.numbers.tolist(), self.states.tolist(), strict=True):
            yield number, STATES[state]


def states_of(numbers: Numbers, accepted: Numbers, held: Numbers, marks: Marks) -> Rows:
    """Return what became of each row read: those neither accepted nor held are repeats or out of scope."""
    states = np.zeros(len(numbers), np.int8)
    states[np.isin(numbers, accepted)] = STATES.index("accepted")
    queried = np.fromiter(marks.queried, np.int64, len(marks.queried))
    states[np.isin(numbers, queried) & (states > 0)] = STATES.index("query")
    states[np.isin(numbers, held)] = STATES.index("held back")
    return Rows(numbers, states)


def read_marks(findings: Path, columns: Sequence[str], victims: int, first_column: int = 1) -> Marks:
    """Return the marks of a findings.csv, empty where there is none; a note is said and marks no cell.

    `first_column` is the place in its sheet of the first of the columns, from 1.
    """
    marks = Marks()
    if not findings.exists():
        return marks
    csv.field_size_limit(sys.maxsize)
    known: dict[str, tuple[int, ...]] = {}
    with findings.open(encoding="utf-8", newline="") as lines:
        for found in csv.DictReader(lines):
            # What is said of a column or of the whole file stands in no row.
            if not found["row"]:
                continue
            row, severity, column = int(found["row"]), found["severity"], sent(found["column"] or "", columns)
            sentence = found["message"] if not column else f"{column}: {found['message']}"
            says = marks.says.setdefault(row, [])
            if sentence not in says:
                says.append(sentence)
            if found.get("answer"):
                answered = f"You have answered: {found['answer']}"
                if answered not in says:
                    says.append(answered)
                continue
            if severity not in (ERROR, QUERY):
                continue
            (marks.failed if severity == ERROR else marks.queried).add(row)
            if column not in known:
                known[column] = places_of(column, columns)
            places = known[column]
            # Where victims stand side by side, the cell is the one of the victim found wrong.
            victim = found["victim"] or ""
            named = place_of(found["cell"] or "", first_column)
            if named is not None and named < len(columns):
                places = (named,)
            elif victims > 1 and len(places) == victims and victim.isdecimal():
                places = (places[int(victim) - 1],) if int(victim) <= victims else places
            for place in places:
                mark = marks.cells.setdefault(row, {}).setdefault(place, Mark(severity))
                mark.add(severity, f"{found['message']} {found['mend'] or ''}".strip())
    return marks


def place_of(cell: str, first_column: int) -> int | None:
    """Return the place in a file's columns, from nought, of a cell as "G16" or of a column's number; None for none."""
    found = _CELL.fullmatch(cell)
    if found is None:
        return None
    if found[1] is None:
        return int(cell) - 1
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - 64
    return number - first_column if number >= first_column else None


def sent(column: str, columns: Sequence[str]) -> str:
    """Return a column's name as the file has it, without what was put before it to keep it from being a formula."""
    return column[1:] if column[:1] == "'" and column not in columns and column[1:] in columns else column


def places_of(column: str, columns: Sequence[str]) -> tuple[int, ...]:
    """Return where the columns a finding names stand; several are written with a comma between."""
    if column in columns:
        return (columns.index(column),)
    parts, places, begin = column.split(", "), [], 0
    while begin < len(parts):
        # A column's own name may hold a comma: the longest name there is.
        for end in range(len(parts), begin, -1):
            name = ", ".join(parts[begin:end])
            if name in columns:
                places.append(columns.index(name))
                begin = end
                break
        else:
            begin += 1
    return tuple(places)


def shown(text: str) -> str:
    """Return a text of ours as it may stand in a cell: no formula, no control character, not too long."""
    text = _CONTROL.sub(" ", text)
    if len(text) > LONGEST:
        text = text[:LONGEST].rstrip() + " ... The rest is in findings.csv."
    return f"'{text}" if _FORMULA.match(text) else text
