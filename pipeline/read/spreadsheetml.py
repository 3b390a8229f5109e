"""XML spreadsheets (Excel 2003's own, often named .xls): one worksheet, numbered as Excel numbers its rows.

Rows and cells that the file leaves out by an index are blank ones; a merged cell has its value in its first
place only, as in a workbook. Dates are ISO text.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pipeline.read.export import Export, Reading
from pipeline.read.grid import Grid, Row, open_grid
from pipeline.read.limits import Limits
from pipeline.read.markup import Local, parsed
from pipeline.read.refused import Refused

# As many as Excel has.
MOST_ROWS = 1_048_576
_TRUTH = {"0": "FALSE", "1": "TRUE"}


def open_spreadsheetml(path: Path, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export of the one worksheet that holds a table; raises Refused."""
    limits = Limits.from_environment()
    sheets = _Sheets(path.name, limits)
    for _ in parsed(path, reading.encoding, sheets):
        pass
    return open_grid(path.name, "xml", sheets.grids, reading, expected)


class _Sheets:
    """The worksheets of a file as they come."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.grids: list[Grid] = []
        self._name = name
        self._limits = limits
        self._local = Local()
        self._depth = 0
        self._place = 0
        self._after = 0
        self._kind = ""
        self._data: list[str] | None = None
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._limits.nesting:
            raise self._limits.nested_too_deep(self._name)
        given = {self._local[each]: text for each, text in attributes.items()}
        tag = self._local[name]
        if tag == "Worksheet":
            self.grids.append(Grid(given.get("Name", f"table {len(self.grids) + 1}"), []))
        elif not self.grids:
            return
        elif tag == "Row":
            self._begin_row(given)
        elif tag == "Cell" and self.grids[-1].rows:
            self._begin_cell(given)
        elif tag == "Data" and self.grids[-1].rows:
            self._kind, self._data, self._length = given.get("Type", "String"), [], 0
        elif tag == "Visible":
            self._data = []

    def end(self, name: str) -> None:
        self._depth -= 1
        tag = self._local[name]
        if tag == "Data" and self._data is not None and self.grids and self.grids[-1].rows:
            cells = self.grids[-1].rows[-1].cells
            if self._place <= len(cells):
                cells[self._place - 1] = self._value("".join(self._data))
            self._data = None
        elif tag == "Visible" and self._data is not None:
            self.grids[-1].hidden = "".join(self._data).strip() in ("SheetHidden", "SheetVeryHidden")
            self._data = None

    def text(self, text: str) -> None:
        if self._data is not None:
            self._data.append(text)
            self._length += len(text)
            if self._length > self._limits.cell_characters:
                raise self._limits.cell_too_long(f"{self._name}, row {len(self.grids[-1].rows)},")

    def _begin_row(self, given: dict[str, str]) -> None:
        rows = self.grids[-1].rows
        index = self._index(given, "Index", len(rows) + 1, MOST_ROWS)
        # Rows are never many: what is left out is made up for up to the last a sheet can have.
        rows.extend(Row([]) for _ in range(len(rows) + 1, index))
        rows.append(Row([], {}, given.get("Hidden") == "1"))
        self._after = 0

    def _begin_cell(self, given: dict[str, str]) -> None:
        cells = self.grids[-1].rows[-1].cells
        self._place = self._index(given, "Index", self._after + 1, self._limits.columns)
        self._after = self._place + self._index(given, "MergeAcross", 0, self._limits.columns)
        self._limits.check_columns(self._name, self._after)
        cells.extend("" for _ in range(len(cells), self._after))

    def _index(self, given: dict[str, str], name: str, usual: int, most: int) -> int:
        stated = given.get(name)
        if stated is None:
            return usual
        if not (stated.isascii() and stated.isdecimal()) or not usual <= int(stated[:9]) <= most:
            raise Refused(
                f'{self._name} places a row or a cell at "{stated[:20]}", where none can be; '
                "open it in Excel, save it as .xlsx and send that."
            )
        return int(stated)

    def _value(self, text: str) -> str:
        if self._kind == "DateTime":
            day, _, time = text.partition("T")
            time = time.partition(".")[0]
            return f"{day} {time}" if time not in ("", "00:00:00") else day
        if self._kind == "Boolean":
            return _TRUTH.get(text, text)
        return text
