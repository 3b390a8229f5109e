"""A drop as planned: its rows in order, what is wrong with each, and what must become of it.

The truth is counted here, from the plan; the pipeline has no part in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Literal

from samples.assaults import Assault

Cell = str | int | float | bool | date | time | datetime | None
Column = tuple[str, Callable[[Assault], Cell]]
Fate = Literal["accepted", "held", "duplicate", "out_of_scope"]
Kind = Literal["header", "blank", "note", "refused"]

ERRORS = {
    "source_record_id.required",
    "source_record_id.pattern",
    "source_record_id.repeated",
    "occurred_on.required",
    "occurred_on.unexplained",
    "occurred_on.in_future",
    "offence.required",
    "scope.unexplained",
    "force_id.another_force",
    "line.refused",
}
NOTES = {"row.duplicate", "injury.hurt_in_class_without"}


def severity_of(rule: str) -> str:
    """Return what breaking a rule does to the row."""
    if rule in ERRORS:
        return "error"
    return "note" if rule in NOTES else "query"


@dataclass(frozen=True)
class Row:
    """A row of a drop: its cells by column, the assaults it tells of, and the rules it breaks."""

    cells: Mapping[str, Cell]
    assaults: tuple[Assault, ...]
    rules: tuple[str, ...] = ()
    fate: Fate = "accepted"

    def spoilt(self, cells: Mapping[str, Cell], *rules: str) -> Row:
        """Return the row with other cells and the rules it then breaks; an error means it must be held."""
        broken = (*self.rules, *rules)
        held = any(rule in ERRORS for rule in broken)
        return replace(self, cells={**self.cells, **cells}, rules=broken, fate="held" if held else self.fate)

    def dated(self, day: date) -> Row:
        """Return the row as an accepted one whose day is mistaken: its assaults count on the day it gives."""
        return replace(self, assaults=tuple(replace(one, occurred_on=day) for one in self.assaults))

    def repeated(self) -> Row:
        """Return the row as sent a second time."""
        return replace(self, rules=(*self.rules, "row.duplicate"), fate="duplicate")


@dataclass(frozen=True)
class Loose:
    """A line that is no row of the table: a title, a footnote, a blank line, a line that cannot be read."""

    cells: tuple[Cell, ...]
    kind: Kind
    text: str | None = None


@dataclass(frozen=True)
class Drop:
    """One file of one force for one book: title lines, header, then rows and loose lines in order."""

    force_id: str
    book: str
    file: str
    columns: tuple[str, ...]
    lines: tuple[Row | Loose, ...]
    write: Callable[[Drop], Written]
    titles: tuple[Loose, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def rows(self) -> list[Row]:
        return [line for line in self.lines if isinstance(line, Row)]


@dataclass(frozen=True)
class Written:
    """The bytes of a drop, the number of each of its rows and, in a text file, how many lines each fills."""

    content: bytes
    row_numbers: tuple[int, ...]
    spans: tuple[int, ...] = ()
    header_lines: int = 0


def said(name: str, words: Mapping[str, Cell]) -> Callable[[Assault], Cell]:
    """Return how a system words one fact of an assault."""
    return lambda one: words[getattr(one, name)]


def done(manner: str, yes: Cell, no: Cell) -> Callable[[Assault], Cell]:
    """Return how a system answers whether something was done to the victim."""
    return lambda one: yes if manner in one.manner else no


def names_of(columns: Sequence[Column]) -> tuple[str, ...]:
    """Return the header of a layout."""
    return tuple(name for name, _ in columns)


def rendered(columns: Sequence[Column], assault: Assault) -> Row:
    """Return the row a force's system writes of an assault."""
    return Row({name: cell(assault) for name, cell in columns}, (assault,))


def scattered(rng: random.Random, rows: Iterable[Row], *more: Row | Loose) -> list[Row | Loose]:
    """Return the rows with others put in between at places of chance, their order kept."""
    lines: list[Row | Loose] = list(rows)
    places = sorted(rng.randint(1, len(lines)) for _ in more)
    for behind, (place, line) in enumerate(zip(places, more, strict=True)):
        lines.insert(place + behind, line)
    return lines


def truth(drop: Drop, written: Written) -> dict[str, object]:
    """Return what must be found of a drop: its sums, and each finding by row, field, rule and severity."""
    numbered = list(zip(written.row_numbers, drop.lines, strict=True))
    rows = drop.rows
    fates = {
        fate: sum(row.fate == fate for row in rows)
        for fate in ("accepted", "held", "duplicate", "out_of_scope")
    }
    sums: dict[str, int] = {}
    if written.spans:
        spans = list(zip(written.spans, drop.lines, strict=True))
        loose = {
            kind: sum(span for span, line in spans if isinstance(line, Loose) and line.kind == kind)
            for kind in ("header", "blank", "note", "refused")
        }
        parsed = sum(span for span, line in spans if isinstance(line, Row))
        sums = {
            "lines": written.header_lines + parsed + sum(loose.values()),
            "header": written.header_lines + loose["header"],
            "blank": loose["blank"],
            "notes": loose["note"],
            "parsed_lines": parsed,
            "refused": loose["refused"],
        }
    broken = [
        (number, rule)
        for number, line in numbered
        for rule in (line.rules if isinstance(line, Row) else ("line.refused",) * (line.kind == "refused"))
    ]
    return {
        "force_id": drop.force_id,
        "book": drop.book,
        "file": drop.file,
        "sums": {
            **sums,
            "rows": len(rows),
            **fates,
            "records_accepted": sum(len(row.assaults) for row in rows if row.fate == "accepted"),
        },
        "findings": [
            {"row": number, "field": field_of(rule), "rule": rule, "severity": severity_of(rule)}
            for number, rule in broken
        ],
    }


def field_of(rule: str) -> str:
    """Return the field a rule is about."""
    return rule.split(".")[0]
