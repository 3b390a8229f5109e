"""Columns of digits: how long their numbers are, and what a spreadsheet took from them."""

from __future__ import annotations

import re

import numpy as np
import pyarrow.compute as pc

from pipeline.read.damage.cells import Cells, Numbers
from pipeline.read.damage.column import Column
from pipeline.read.damage.shapes import DIGITS
from pipeline.read.noticed import SHOWN_ROWS, Tally

# A spreadsheet keeps so many digits.
KEPT = 15
# Longer numbers are not told apart by their length.
LONGEST = 99

_ID_WORDS = re.compile(
    r"\b(?:id|ref|reference|code|collar|no|number|crime|urn|phone|telephone|mobile|payroll|pin|shoulder)\b|_id$|_no$|_ref$",
    re.I,
)


def look(column: Column, cells: Cells, numbers: Numbers) -> None:
    """Count how long a column's numbers are, if it is named as one of ids, and the long ones that end in noughts."""
    if cells.lengths.max() > KEPT:
        _look_at_long(column, cells, numbers)
    if _ID_WORDS.search(column.name):
        _look_at_ids(column, cells, numbers)


def _look_at_long(column: Column, cells: Cells, numbers: Numbers) -> None:
    rounded = pc.match_substring_regex(cells.words, r"^\s*[1-9]\d{14}0+\s*$").to_numpy(zero_copy_only=False)
    long = pc.match_substring_regex(cells.words, r"^\s*\d{16,}\s*$").to_numpy(zero_copy_only=False)
    cells.tally(column.tally("rounded"), rounded.astype(np.bool_), numbers)
    column.seen["long"] += int(cells.counts[long.astype(np.bool_)].sum())


def _look_at_ids(column: Column, cells: Cells, numbers: Numbers) -> None:
    lengths = np.minimum(cells.lengths, LONGEST)
    for length, count in enumerate(cells.sums(lengths, LONGEST + 1).tolist()):
        tally = column.lengths.setdefault(length, Tally()) if count else None
        if tally is not None and len(tally.rows) < SHOWN_ROWS:
            cells.tally(tally, lengths == length, numbers)
        elif tally is not None:
            tally.add((), count)
    if not column.leading_zero and b"0" in cells.text:
        begun = pc.starts_with(cells.words, "0").to_numpy(zero_copy_only=False).astype(np.bool_)
        column.leading_zero = bool(len(cells.rows(begun)))
    if column.rising.left > 0 and column.rising.holds:
        first = cells.first(column.rising.left)
        # So long a number is no id, and too long to be counted with.
        risen = [int(cell) for cell in first if len(cell) <= LONGEST and DIGITS.fullmatch(cell)]
        column.rising.add(risen, len(first))
