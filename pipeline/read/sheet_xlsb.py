"""What the records of an XLSB sheet say beside its values ([MS-XLSB]: BIFF12 parts in a zip archive).

A formula always has a value with it there, so one that was never calculated cannot be told.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.read.biff import error_text
from pipeline.read.sheet_marks import SheetMarks
from pipeline.read.sheet_xml import target

_ROW, _ERROR, _FORMULA_ERROR, _COLUMNS = 0, 3, 11, 60
_DIMENSIONS, _BOOK_PROPERTIES, _SHEET, _ROWS_END = 148, 153, 156, 146
_NUMBER = struct.Struct("<I")
_PAIR = struct.Struct("<II")


def look(path: Path, sheet: str, marks: SheetMarks) -> None:
    """Add what a sheet's records say; raises what a damaged archive makes its reader raise."""
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.bin")
        relation = None
        for kind, at, length in _records(book):
            if kind == _BOOK_PROPERTIES and length >= 4:
                marks.is_1904 = bool(book[at] & 1)
            elif kind == _SHEET and length >= 12:
                identity, after = _text(book, at + 8)
                if _text(book, after)[0] == sheet:
                    relation = identity
        part = target(archive.read("xl/_rels/workbook.bin.rels"), relation)
        if part is not None:
            _look(archive.read(part), marks)
            marks.searched = True


def _look(content: bytes, marks: SheetMarks) -> None:
    row = 0
    for kind, at, length in _records(content):
        if kind == _ROW and length >= 12:
            row = marks.last_row = _NUMBER.unpack_from(content, at)[0] + 1
            if content[at + 11] & 0x10:
                marks.hidden_rows.add([row], 1)
        elif kind in (_ERROR, _FORMULA_ERROR) and length >= 9:
            marks.add_error(row, _NUMBER.unpack_from(content, at)[0], error_text(content[at + 8]))
        elif kind == _COLUMNS and length >= 18:
            if content[at + 16] & 1:
                first, last = _PAIR.unpack_from(content, at)
                marks.hidden_columns.append((first + 1, last + 1))
        elif kind == _DIMENSIONS and length >= 8:
            marks.stated_rows = _PAIR.unpack_from(content, at)[1] + 1
        elif kind == _ROWS_END:
            return


def _records(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each record's kind, where its content begins, and its length."""
    at, size = 0, len(content)
    while at < size:
        kind = content[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | (content[at] & 0x7F) << 7
            at += 1
        length = shift = 0
        while True:
            byte = content[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift == 28:
                break
        yield kind, at, length
        at += length


def _text(content: bytes, at: int) -> tuple[str, int]:
    """Return a text that its length in letters goes before, and where the next begins."""
    (length,) = _NUMBER.unpack_from(content, at)
    end = at + 4 + 2 * length
    return content[at + 4 : end].decode("utf-16-le", "replace"), end
