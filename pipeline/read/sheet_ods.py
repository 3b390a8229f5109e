"""What the XML of an ODS sheet says beside its values.

Rows and columns that are alike stand in the file once, with how often they are repeated. The document is parsed a
piece at a time and follows nothing; a document type is not allowed in it.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.parsers import expat

from pipeline.read.noticed import SHOWN_ROWS
from pipeline.read.sheet_marks import MOST_ERRORS, SheetMarks

PIECE = 1 << 18
_HIDDEN = ("collapse", "filter")
_MARKS = (b'="collapse"', b'="filter"', b'="error"', b" table:formula=")
_CELLS = ("table:table-cell", "table:covered-table-cell")
# No sheet has more rows or columns.
_MOST = 1 << 20


def look(path: Path, sheet: str, marks: SheetMarks) -> None:
    """Add what the XML of a sheet says of it; raises what a damaged archive makes its reader raise."""
    marks.searched = not _says_something(path)
    if marks.searched:
        return
    found = _Sheet(sheet, marks)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.text
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
        try:
            while (piece := content.read(PIECE)) and not found.over:
                parser.Parse(piece, False)
        except expat.ExpatError:
            return
    marks.searched = found.over


def _says_something(path: Path) -> bool:
    """Return true where anything in the document is hidden, an error or a formula: a look at every cell takes long."""
    rest = b""
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
        while piece := content.read(PIECE):
            text = rest + piece
            if any(mark in text for mark in _MARKS):
                return True
            rest = text[-32:]
    return False


def _refuse(*_: object) -> None:
    raise ValueError


class _Sheet:
    """Follows the rows and cells of one sheet."""

    def __init__(self, name: str, marks: SheetMarks) -> None:
        self.over = False
        self._name = name
        self._marks = marks
        self._inside = False
        self._row = self._column = self._rows = 0
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "table:table":
            self._inside = given.get("table:name") == self._name
        elif not self._inside:
            return
        elif name == "table:table-row":
            self._row += self._rows
            self._rows = _repeated(given, "table:number-rows-repeated")
            self._column = 0
            self._hidden = given.get("table:visibility") in _HIDDEN
            self._filled = False
        elif name == "table:table-column":
            count = _repeated(given, "table:number-columns-repeated")
            if given.get("table:visibility") in _HIDDEN:
                self._marks.hidden_columns.append((self._column + 1, self._column + count))
            self._column += count
        elif name in _CELLS:
            self._cell, self._text = given, []

    def end(self, name: str) -> None:
        if not self._inside:
            return
        if name in _CELLS and self._cell is not None:
            self._read_cell(self._cell, "".join(self._text))
            self._cell = None
        elif name == "table:table-row" and self._hidden and self._filled:
            first = self._row + 1
            self._marks.hidden_rows.add(range(first, first + min(self._rows, SHOWN_ROWS)), self._rows)
        elif name == "table:table":
            self.over, self._inside = True, False

    def text(self, text: str) -> None:
        if self._cell is not None:
            self._text.append(text)

    def _read_cell(self, given: dict[str, str], text: str) -> None:
        column = self._column
        self._column += _repeated(given, "table:number-columns-repeated")
        kind = given.get("office:value-type")
        self._filled |= kind is not None or bool(text)
        if given.get("calcext:value-type") == "error" and text:
            for row in range(self._row + 1, self._row + 1 + self._rows):
                for place in range(column, self._column):
                    self._marks.add_error(row, place, text)
                    if self._marks.error_count > MOST_ERRORS:
                        return
        elif "table:formula" in given and kind is None and not text:
            self._marks.uncached.add([self._row + 1], 1)


def _repeated(given: dict[str, str], name: str) -> int:
    stated = given.get(name, "1")
    return min(int(stated[:9]), _MOST) if stated.isascii() and stated.isdecimal() else 1
