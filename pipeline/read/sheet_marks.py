"""What a workbook says of a sheet beside its values: what is hidden, what is an error, what was never calculated."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.read.noticed import Tally

# Error cells past this many are counted, and no more kept.
MOST_ERRORS = 100_000


@dataclass
class SheetMarks:
    """What one sheet's file says beside its values; rows are the sheet's own, columns of `errors` from nought.

    `searched` is whether the sheet was found and looked through. `hidden_columns` are from and to, from one;
    `stated_rows` is the last row of the range the sheet states, and `last_row` the last that stands in it, filled
    or not. `in_order` is whether its rows stand from the first down; `repeated_row` stands in it twice, nought
    where none does. `unplaced` errors do not say which cell they are in.
    """

    searched: bool = False
    is_1904: bool = False
    stated_rows: int | None = None
    last_row: int = 0
    in_order: bool = True
    repeated_row: int = 0
    hidden_rows: Tally = field(default_factory=Tally)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    error_count: int = 0
    unplaced: int = 0
    _rows: set[int] = field(default_factory=set)
    uncached: Tally = field(default_factory=Tally)

    def add_rows(self, numbers: Sequence[int]) -> None:
        """Count rows as they follow in the file, in whatever order."""
        above = self.last_row
        for number in numbers:
            if number <= above:
                self.in_order = False
            above = number
            if number in self._rows:
                self.repeated_row = self.repeated_row or number
            self._rows.add(number)
        self.last_row = max(self.last_row, *numbers, 0)

    def add_error(self, row: int, column: int, text: str) -> None:
        """Count an error cell, and keep its text as it is shown."""
        self.error_count += 1
        if self.error_count <= MOST_ERRORS:
            self.errors.setdefault(row, {})[column] = text


def read_marks(path: Path, form: str, sheet: str) -> SheetMarks:
    """Return what a workbook says of a sheet; `searched` is false where it cannot be looked through.

    The reader of the values has the last word on a damaged file.
    """
    marks = SheetMarks()
    try:
        match form:
            case "xlsx" | "xlsm":
                from pipeline.read.sheet_xml import look
            case "xlsb":
                from pipeline.read.sheet_xlsb import look
            case "xls":
                from pipeline.read.sheet_xls import look
            case "ods":
                from pipeline.read.sheet_ods import look
            case _:
                return marks
        look(path, sheet, marks)
    except (
        KeyError, IndexError, ValueError, OSError, EOFError, struct.error, zipfile.BadZipFile, zlib.error,
        NotImplementedError, RuntimeError,
    ):  # fmt: skip
        return marks
    return marks
