"""HTML tables, as many systems write them under the name .xls: the one table of a page that is meant.

A row has its number among the rows of its table, from one. Cells are the text a browser shows: runs of white
space are one space, a line break is a line break, scripts and styles are nothing. A cell that reaches down over
several rows gives each row its text; one that reaches right has it in its first column. A table inside another
is a table of its own. Nothing a page points to is fetched.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection
from pathlib import Path

from lxml import etree

from pipeline.read.export import Export, Reading
from pipeline.read.grid import DAMAGE, Grid, Row, open_grid
from pipeline.read.limits import Limits
from pipeline.read.noticed import Noticed
from pipeline.read.refused import Refused
from pipeline.read.text import Text

_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_BREAKS = frozenset(("br", "p", "div", "li"))
_SILENT = frozenset(("script", "style"))
# As far as a browser lets a cell reach down.
FURTHEST = 65_534


def open_html(path: Path, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export in the table of a page; raises Refused where there is none, or several are in doubt."""
    text = Text(path, reading.encoding or _charset(path))
    tables = _Tables(path.name, Limits.from_environment())
    parser = etree.HTMLParser(target=tables, encoding="utf-8", no_network=True, huge_tree=True)
    try:
        for piece in text.pieces():
            parser.feed(piece.replace("\udcff", DAMAGE).replace("\0", DAMAGE).encode("utf-8", "replace"))
        tables.page_ends()
        parser.close()
    except etree.LxmlError:
        raise Refused(
            f"{path.name} is a web page that cannot be read to its end; save its table as CSV or as a workbook."
        ) from None
    grids = [Grid(f"table {number}", rows) for number, rows in enumerate(tables.found, 1)]
    if not any(grid.is_filled() for grid in grids):
        raise Refused(
            f"{path.name} is a web page without a table; it may be an error page in place of the export. "
            "Open it, and export the file again."
        )
    export = open_grid(path.name, "html", grids, reading, expected, text.encoding)
    unended = [grid.name for grid in grids if any(grid.rows is rows for rows in tables.broken_off)]
    if export.sheet in unended:
        export.noticed.append(
            Noticed(
                "cut_short",
                f'The page ends before "{export.sheet}" is closed, so rows may be missing. Check that the export had '
                "finished, and send the whole file.",
            )
        )
    return export


class _Tables:
    """What the parser tells of a page, kept as the rows of its tables."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.found: list[list[Row]] = []
        # Tables the page ends in the middle of: a browser closes them, and nobody sees that the rest is missing.
        self.broken_off: list[list[Row]] = []
        self._name = name
        self._limits = limits
        self._open: list[_Table] = []
        self._depth = 0
        self._silent = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._limits.nesting:
            raise self._limits.nested_too_deep(self._name)
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            rows: list[Row] = []
            self.found.append(rows)
            self._open.append(_Table(self._name, rows, self._limits))
        elif self._open:
            table = self._open[-1]
            if tag == "tr":
                table.begin_row("display:none" in attributes.get("style", "").replace(" ", "").lower())
            elif tag in ("td", "th"):
                table.begin_cell(
                    _count(attributes.get("colspan")), _count(attributes.get("rowspan"), FURTHEST)
                )
            elif tag in _BREAKS:
                table.add("\n")

    def end(self, tag: str) -> None:
        self._depth -= 1
        if tag in _SILENT:
            self._silent -= 1
        elif self._open:
            table = self._open[-1]
            if tag == "table":
                table.end_row()
                self._open.pop()
            elif tag == "tr":
                table.end_row()
            elif tag in ("td", "th"):
                table.end_cell()
            elif tag in _BREAKS:
                table.add("\n")

    def data(self, text: str) -> None:
        if self._open and not self._silent:
            # Only a break ends a line.
            self._open[-1].add(text.replace("\n", " ") if "\n" in text else text)

    def comment(self, text: str) -> None:
        """A comment says nothing."""

    def page_ends(self) -> None:
        """Take it that the whole page is told: what is still open now, the page itself never closes."""
        for table in self._open:
            self.broken_off.append(table.rows)
            table.break_off()

    def close(self) -> None:
        while self._open:
            self._open.pop().end_row()


class _Table:
    """The rows of one table as they come."""

    def __init__(self, name: str, rows: list[Row], limits: Limits) -> None:
        self._name = name
        self.rows = rows
        self._limits = limits
        self._row: Row | None = None
        self._cell: list[str] | None = None
        self._length = 0
        self._reach = (1, 1)
        # For each column a cell still reaches down over: its text, and how many rows more.
        self._hanging: dict[int, tuple[str, int]] = {}

    def begin_row(self, hidden: bool = False) -> None:
        self.end_row()
        self._row = Row([], {}, hidden)

    def break_off(self) -> None:
        """Mark the row that is open as one that does not stand here whole."""
        if self._row is not None:
            self._row.broken_off = True

    def begin_cell(self, right: int, down: int) -> None:
        self.end_cell()
        if self._row is None:
            self.begin_row()
        self._cell, self._length, self._reach = [], 0, (right, down)

    def add(self, text: str) -> None:
        if self._cell is not None:
            self._cell.append(text)
            self._length += len(text)
            if self._length > self._limits.cell_characters:
                raise self._limits.cell_too_long(f"{self._name}, row {len(self.rows) + 1},")

    def end_cell(self) -> None:
        if self._cell is None or self._row is None:
            return
        text = "".join(self._cell)
        if "\n" in text:
            lines = (" ".join(line.split()) for line in text.split("\n"))
            text = "\n".join(line for line in lines if line)
        else:
            text = " ".join(text.split())
        right, down = self._reach
        self._cell = None
        if self._hanging:
            self._cover(self._row)
        place = len(self._row.cells)
        self._limits.check_columns(self._name, place + right)
        self._row.cells.append(text)
        if right > 1:
            self._row.cells += [""] * (right - 1)
        if down > 1:
            self._hanging |= {place + step: (text if not step else "", down) for step in range(right)}

    def end_row(self) -> None:
        self.end_cell()
        if self._row is None:
            return
        for place in sorted(self._hanging):
            self._row.cells += [""] * (place - len(self._row.cells))
            self._cover(self._row)
        self.rows.append(self._row)
        self._row = None
        self._hanging = {place: (text, left - 1) for place, (text, left) in self._hanging.items() if left > 1}

    def _cover(self, row: Row) -> None:
        """Step over the next places that a cell further up reaches down over."""
        while (place := len(row.cells)) in self._hanging and place not in row.covered:
            text = self._hanging[place][0]
            row.cells.append("")
            if text:
                row.covered[place] = text


def _count(stated: str | None, most: int | None = None) -> int:
    """Return how many columns or rows a cell reaches over; a number that is none is one, as in a browser."""
    if stated is None:
        return 1
    text = stated.strip()
    if not text.isascii() or not text.isdecimal():
        return 1
    count = int(text[:9])
    if most is None:
        return max(count, 1)
    return min(count or most, most)


def _charset(path: Path) -> str | None:
    """Return the encoding a page states and we know; a mark of the file's own goes before it."""
    with path.open("rb") as file:
        start = file.read(4096)
    stated = _CHARSET.search(start)
    if stated is None or start.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    try:
        name = codecs.lookup(stated[1].decode("ascii")).name
    except LookupError:
        return None
    # What says so in single bytes is no UTF-16, and what says Latin-1 is cp1252, as in a browser.
    if name.startswith(("utf-16", "utf-32")):
        return None
    return "cp1252" if name in ("iso8859-1", "ascii") else name
