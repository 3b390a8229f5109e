"""Marks no sound value holds, looked for in columns of every type."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.read.damage.cells import Cells, Numbers
from pipeline.read.damage.column import Column
from pipeline.read.damage.shapes import Type

ERRORS = (
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA",
    "#BLOCKED!", "#FIELD!", "#UNKNOWN!", "#CONNECT!", "Err:502", "Err:504", "Err:508", "Err:522",
)  # fmt: skip


def look(column: Column, cells: Cells, numbers: Numbers) -> None:
    """Count error cells, cells too narrow to show, numbers in scientific notation and line breaks."""
    for kind, found in _found(column, cells):
        words = found.to_numpy(zero_copy_only=False).astype(np.bool_)
        if words.any() and len(cells.rows(words)):
            cells.tally(column.tally(kind), words, numbers)


def _found(column: Column, cells: Cells) -> Iterator[tuple[str, pa.Array]]:
    """Return the kinds of mark whose characters are somewhere in the text, each with the words it is in."""
    text = cells.text
    if b"#" in text or (column.type is not Type.TEXT and b"Err:" in text):
        # An array of the type the words have: `is_in` takes no other.
        trimmed = pc.utf8_trim_whitespace(cells.words)
        yield "error", pc.is_in(trimmed, pa.array(ERRORS, trimmed.type))
        yield "too_narrow", pc.match_substring_regex(cells.words, r"^\s*#{3,}\s*$")
    if b"+" in text and (b"E+" in text or b"e+" in text):
        yield (
            "scientific",
            pc.match_substring_regex(cells.words, r"^\s*\d(?:[.,]\d+)?[Ee]\+\d{1,3}\s*$"),
        )
    if b"\n" in text or b"\r" in text:
        yield "broken", pc.match_substring_regex(pc.utf8_trim_whitespace(cells.words), r"[\r\n]")
