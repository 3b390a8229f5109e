"""What has been seen of one column, and its type by a sample of its values."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import pyarrow.compute as pc

from pipeline.read.damage.cells import Cells
from pipeline.read.damage.shapes import Type, fits, is_serial, type_of
from pipeline.read.noticed import Tally

SAMPLE = 400
# A sample of fewer values is filled up with different values from further down.
ENOUGH = 20

_TIME_WORDS = re.compile(r"\b(?:time|hour)\b|time$", re.I)
_DATE_WORDS = re.compile(r"\b(?:date|day|dob|when)\b|date$|_on$|\bon$", re.I)


@dataclass
class Rising:
    """Whether the first numbers of every lap only rise."""

    holds: bool = True
    left: int = 0
    last: int = 0

    def begin(self) -> None:
        """Begin another lap."""
        self.left, self.last = SAMPLE, 0

    def add(self, numbers: list[int], cells: int) -> None:
        """Look at the numbers in so many cells more."""
        self.left -= cells
        for number in numbers:
            self.holds = self.holds and number >= self.last
            self.last = number


@dataclass
class Column:
    """What has been seen of one column."""

    name: str
    type: Type = Type.UNKNOWN
    sampled: list[str] = field(default_factory=list)
    # The words met, each by the number of its set of classes; `sets` has the sets by their numbers.
    known: dict[str, int] = field(default_factory=dict)
    sets: dict[frozenset[str], int] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    tallies: dict[str, Tally] = field(default_factory=dict)
    # Rows by how many bytes their number has.
    lengths: dict[int, Tally] = field(default_factory=dict)
    leading_zero: bool = False
    rising: Rising = field(default_factory=Rising)

    @property
    def is_coded(self) -> bool:
        """Return true where nearly all sampled values are a word or two on one line."""
        short = sum(1 for cell in self.sampled if len(cell) <= 40 and len(cell.split()) <= 4)
        return short >= 0.9 * len(self.sampled)

    def tally(self, kind: str) -> Tally:
        """Return the tally of a kind, begun with its first row."""
        return self.tallies.setdefault(kind, Tally())

    def sample(self, cells: Cells) -> None:
        """Add the first filled values of a batch to the sample, and type the column by it once there are any."""
        if not cells.lengths.any():
            return
        self.sampled.extend(cell for cell in cells.first(SAMPLE) if cell.strip())
        if len(self.sampled) < ENOUGH and len(cells.values) > SAMPLE:
            words = pc.unique(cells.values).to_pylist()[:SAMPLE]
            self.sampled.extend(word for word in words if word and word.strip())
        if self.sampled:
            self.type = _typed(self.name, self.sampled)


def _typed(name: str, sampled: list[str]) -> Type:
    types: Counter[Type] = Counter()
    for cell, count in Counter(sampled).items():
        types[type_of(cell)] += count
    enough = len(sampled) * 0.5
    if types[Type.DATE] >= enough:
        # A day that became a range is not yet a column of days.
        return Type.RANGE if types[Type.RANGE] else Type.DATE
    if types[Type.RANGE] >= enough or (types[Type.RANGE] and types[Type.RANGE] + types[Type.DATE] > enough):
        return Type.RANGE
    if types[Type.TIME] >= enough:
        return Type.TIME if _TIME_WORDS.search(name) or _has_colons(sampled) else Type.TEXT
    serial = sum(1 for cell in sampled if is_serial(cell)) if _DATE_WORDS.search(name) else 0
    if types[Type.DIGITS] >= enough:
        if _TIME_WORDS.search(name) and all(fits(Type.TIME, cell) for cell in sampled):
            return Type.TIME
        return Type.DATE if serial + types[Type.DATE] >= 0.9 * len(sampled) else Type.DIGITS
    return Type.DATE if serial >= 0.9 * len(sampled) else Type.TEXT


def _has_colons(sampled: list[str]) -> bool:
    return sum(1 for cell in sampled if ":" in cell) * 2 >= len(sampled)
