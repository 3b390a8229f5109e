"""The key of a row in a marked file: which row of which drop it was, what became of it, and what it said when sent.

A key is `<drop_id>-<row>-<state><hash>[-<places>]`, as `9f2c41d07b6a3e58-14-h5d41402abc4b-3.7`: the drop, the row in
its file, the first letter of what became of the row, twelve digits of the SHA-256 of what it said, and the places of
the cells (from 1) that were given an apostrophe. The heading of its column says which book and period the drop is of.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.harmless import runs
from pipeline.period import Period, period_words

HEADING = "collate key"
DIGITS = 12

HELD, QUERIED, ACCEPTED, NOT_COUNTED = "h", "q", "a", "n"

_KEY = re.compile(rf"([0-9a-f]{{16}})-([1-9]\d{{0,8}})-([hqan])([0-9a-f]{{{DIGITS}}})(?:-(\d+(?:\.\d+)*))?")
_HEADING = re.compile(
    rf"{HEADING}(?: ([a-z_]+))?(?: (\d{{4}}-\d\d-\d\d) to (\d{{4}}-\d\d-\d\d))?", re.IGNORECASE
)
# What a value must begin with for a spreadsheet to run it, whatever quotation marks it takes off first.
_SUSPECT = r"^[\s\x{FEFF}\"]*[=@+\-＝＠＋－]"


@dataclass(frozen=True)
class Origin:
    """The drop that a marked file comes from: its id, its book, and the period its name states, if it states one."""

    drop_id: str
    book: str
    period: Period | None

    @property
    def heading(self) -> str:
        """Return the heading of the column of keys."""
        return " ".join(filter(None, (HEADING, self.book, period_words(self.period))))


@dataclass(frozen=True)
class Key:
    """A key that was read back; `places` are those of the cells with an apostrophe of ours, from 1."""

    drop_id: str
    row: int
    state: str
    hash: str
    places: tuple[int, ...] = ()


def key_in(text: str) -> Key | None:
    """Return the key a cell holds, None where it holds none."""
    found = _KEY.fullmatch(text.strip())
    if found is None:
        return None
    places = tuple(int(place) for place in found[5].split(".")) if found[5] else ()
    return Key(found[1], int(found[2]), found[3], found[4], places)


def said_in(heading: str) -> tuple[str, Period | None] | None:
    """Return the book and the period that the heading of a column of keys says; None for another heading.

    The book is empty where none is said.
    """
    found = _HEADING.fullmatch(" ".join(heading.split()))
    if found is None:
        return None
    period = None
    if found[2]:
        try:
            first, last = date.fromisoformat(found[2]), date.fromisoformat(found[3])
        except ValueError:
            return None
        period = (first, last) if first <= last else None
    return (found[1] or "").lower(), period


def keys_of(
    origin: Origin, batch: pa.RecordBatch, known: Collection[str], states: dict[int, str]
) -> list[tuple[int, str]]:
    """Return the key of each row of a batch of an export, whose first column is the row's number.

    `known` are the columns that are read, of which the hash is; `states` is the state of each row.
    """
    numbers = batch.column(0).to_pylist()
    names = batch.schema.names[1:]
    hashed = hashes(batch.select([name for name in names if name in {*known}]))
    places = apostrophes_in(batch)
    return [
        (number, f"{origin.drop_id}-{number}-{states[number][:1]}{digits}{places.get(at, '')}")
        for at, (number, digits) in enumerate(zip(numbers, hashed, strict=True))
    ]


def hashes(cells: pa.RecordBatch) -> list[str]:
    """Return the digits that two rows share when they say the same: in any order of columns, however spaced."""
    if not cells.num_columns:
        return [""] * cells.num_rows
    parts = []
    for name in sorted(cells.schema.names):
        said = cells.column(name)
        if pa.types.is_dictionary(said.type):
            said = said.dictionary_decode()
        said = pc.utf8_trim_whitespace(pc.replace_substring_regex(said, r"\s+", " "))
        named = pc.binary_join_element_wise(pa.scalar(name), said, "\x1e")
        parts.append(pc.if_else(pc.equal(said, ""), pa.scalar(None, pa.string()), named))
    # An empty cell is as good as none, so that a column added for nothing changes no row.
    joined = pc.binary_join_element_wise(*parts, "\x1f", null_handling="skip")
    return [sha256(row.encode()).hexdigest()[:DIGITS] for row in joined.to_pylist()]


def apostrophes_in(batch: pa.RecordBatch) -> dict[int, str]:
    """Return, for the rows with cells that a spreadsheet would run, the end of their keys that names the cells."""
    found: dict[int, list[int]] = {}
    for place, column in enumerate(batch.columns[1:], 1):
        suspect = pc.match_substring_regex(column, _SUSPECT)
        for at in cast(list[int], pc.indices_nonzero(suspect.fill_null(False)).to_pylist()):
            value = column[at].as_py()
            if runs(value) or runs(value.strip('"')):
                found.setdefault(at, []).append(place)
    return {at: "-" + ".".join(map(str, places)) for at, places in found.items()}
