"""What the records of an XLS sheet say beside its values ([MS-XLS]: BIFF8 in an OLE container).

The records are walked by their lengths and only a few kinds are looked into. A formula always has a value with
it there, so one that was never calculated cannot be told.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import olefile

from pipeline.read.biff import error_text
from pipeline.read.sheet_marks import SheetMarks

_BEGIN, _EOF, _BOUNDSHEET, _DATE_1904, _DIMENSIONS = 0x809, 0x0A, 0x85, 0x22, 0x200
_ROW, _COLUMNS, _ERROR, _FORMULA = 0x208, 0x7D, 0x205, 0x06
_HEAD = struct.Struct("<HH")
_PLACE = struct.Struct("<HH")


def look(path: Path, sheet: str, marks: SheetMarks) -> None:
    """Add what a sheet's records say; raises what damage makes the container's reader raise."""
    with olefile.OleFileIO(path) as container:
        stream = next((name for name in ("Workbook", "Book") if container.exists(name)), None)
        if stream is None:
            return
        with container.openstream(stream) as file:
            book = file.read()
    start = None
    for kind, at, length in _records(book, 0):
        if kind == _DATE_1904 and length >= 2:
            marks.is_1904 = book[at] == 1
        elif kind == _BOUNDSHEET and length >= 8 and _name(book[at + 6 : at + length]) == sheet:
            (start,) = struct.unpack_from("<I", book, at)
    if start is not None:
        _look(book, start, marks)
        marks.searched = True


def _look(book: bytes, start: int, marks: SheetMarks) -> None:
    depth = 0
    for kind, at, length in _records(book, start, through_parts=True):
        # A chart on the sheet is a part of its own between a beginning and an end.
        if kind == _BEGIN:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if not depth:
                return
        elif depth != 1:
            continue
        elif kind == _ROW and length >= 16:
            row = _PLACE.unpack_from(book, at)[0] + 1
            marks.last_row = max(marks.last_row, row)
            if book[at + 12] & 0x20:
                marks.hidden_rows.add([row], 1)
        elif kind == _COLUMNS and length >= 10:
            if book[at + 8] & 1:
                first, last = _PLACE.unpack_from(book, at)
                marks.hidden_columns.append((first + 1, last + 1))
        elif kind == _ERROR and length >= 8:
            if book[at + 7]:
                row, column = _PLACE.unpack_from(book, at)
                marks.add_error(row + 1, column, error_text(book[at + 6]))
        elif kind == _FORMULA and length >= 14:
            # A value that is no number says so in its last two bytes, and what it is in its first.
            if book[at + 12] == book[at + 13] == 0xFF and book[at + 6] == 2:
                row, column = _PLACE.unpack_from(book, at)
                marks.add_error(row + 1, column, error_text(book[at + 8]))
        elif kind == _DIMENSIONS and length >= 8:
            (marks.stated_rows,) = struct.unpack_from("<I", book, at + 4)


def _records(book: bytes, at: int, *, through_parts: bool = False) -> Iterator[tuple[int, int, int]]:
    """Yield each record's kind, where its content begins, and its length."""
    unpack, size = _HEAD.unpack_from, len(book)
    while at + 4 <= size:
        kind, length = unpack(book, at)
        at += 4
        yield kind, at, length
        at += length
        if kind == _EOF and not through_parts:
            return


def _name(content: bytes) -> str:
    """Return a sheet's name from its length, its flag and its letters."""
    length, wide = content[0], content[1] & 1
    if wide:
        return content[2 : 2 + 2 * length].decode("utf-16-le", "replace")
    return content[2 : 2 + length].decode("latin-1")
