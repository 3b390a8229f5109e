"""Workbooks (xlsx, xlsm, xlsb, xls, ods), read by calamine: one sheet, numbered as it numbers its rows.

Rows above the header are titles, a blank row is blank wherever it stands, a row equal to the header is a
header, and a footnote (one filled cell) or a totals row is a note where no row follows it. All else below the
header is a row.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from pipeline.read import layout
from pipeline.read.export import Export, Reading, Refused

Cell = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta
Row = Sequence[Cell]

BATCH = 32_768
# Past this a whole float has lost digits, and is shown as what it is.
EXACT = 10**15


def open_workbook(path: Path, format: str, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export on the one sheet that holds a table.

    A pinned sheet is taken; else the only filled sheet; else the only one with a table (two rows of two
    filled cells); else the only one whose header has most of the expected words. Raises Refused for a
    workbook that is encrypted, damaged or empty, and where the sheet or its header is in doubt.
    """
    try:
        sheet = _chosen(_book(path, format), path.name, reading, expected)
    except PasswordError:
        raise Refused(
            f"{path.name} is protected by a password, so it cannot be read; send it again without one."
        ) from None
    except CalamineError:
        raise Refused(
            f"{path.name} is damaged or is not the workbook its name says; "
            "open it, save it as .xlsx and send it again."
        ) from None
    first = _header_row(sheet, reading, expected)
    return WorkbookExport(format, sheet, first, reading.header_rows)


class WorkbookExport(Export):
    """One sheet of a workbook whose header is known."""

    def __init__(self, format: str, sheet: CalamineSheet, header_row: int, header_rows: int) -> None:
        self._sheet = sheet
        self._below = header_row + header_rows
        header = [list(row) for row in islice(sheet.iter_rows(), header_row - 1, self._below - 1)]
        self._header = header
        cells = [[cell_text(cell) for cell in row] for row in header]
        self._places = _table_columns(sheet, cells, self._below)
        first = (sheet.start or (0, 0))[1] + self._places[0]
        names = layout.column_names([[row[place] for place in self._places] for row in cells], first)
        super().__init__(format, header_row, names, sheet=sheet.name)

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        places = [self._places[self.columns.index(column)] for column in columns]
        numbers: list[int] = []
        rows: list[Row] = []
        for number, row in self._table_rows():
            numbers.append(number)
            rows.append(row)
            if len(rows) == BATCH:
                yield _batch(numbers, rows, places, schema)
                numbers, rows = [], []
        yield _batch(numbers, rows, places, schema)

    def _table_rows(self) -> Iterator[tuple[int, Row]]:
        """Yield the rows of the table with their sheet rows, counting all others."""
        foot: list[tuple[int, Row]] = []
        for number, row in enumerate(self._sheet.iter_rows(), 1):
            self.sums.lines += 1
            if _is_blank(row):
                self.sums.blank += 1
            elif number < self._below or row in self._header:
                self.sums.header += 1
            elif _may_be_foot(row):
                foot.append((number, row))
            else:
                for held in foot:
                    yield self._counted(held)
                foot.clear()
                yield self._counted((number, row))
        self.sums.notes += len(foot)

    def _counted(self, row: tuple[int, Row]) -> tuple[int, Row]:
        self.sums.rows += 1
        self.sums.parsed_lines += 1
        return row


def cell_text(cell: Cell) -> str:
    """Return a cell as text: ISO dates and times, whole numbers without a point, TRUE and FALSE."""
    return cell if type(cell) is str else _TEXT[type(cell)](cell)


def _float_text(cell: float) -> str:
    return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT else repr(cell)


def _datetime_text(cell: datetime.datetime) -> str:
    moment = _to_second(cell)
    return (
        moment.strftime("%Y-%m-%d %H:%M:%S")
        if moment.time() != datetime.time()
        else moment.date().isoformat()
    )


def _time_text(cell: datetime.time) -> str:
    second = cell.hour * 3600 + cell.minute * 60 + cell.second + (cell.microsecond >= 500_000)
    return _clock(min(second, 86_399))


def _duration_text(cell: datetime.timedelta) -> str:
    return _clock(round(cell.total_seconds()))


def _clock(second: int) -> str:
    sign = "-" if second < 0 else ""
    minutes, seconds = divmod(abs(second), 60)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def _to_second(moment: datetime.datetime) -> datetime.datetime:
    """Return a moment without the fractions a spreadsheet's day numbers leave behind."""
    whole = moment.replace(microsecond=0)
    return whole + datetime.timedelta(seconds=1) if moment.microsecond >= 500_000 else whole


_TEXT: dict[type, Callable[..., str]] = {
    bool: lambda cell: "TRUE" if cell else "FALSE",
    int: str,
    float: _float_text,
    datetime.datetime: _datetime_text,
    datetime.date: datetime.date.isoformat,
    datetime.time: _time_text,
    datetime.timedelta: _duration_text,
}


def _batch(numbers: list[int], rows: list[Row], places: list[int], schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.array([cell_text(row[place]) for row in rows], pa.string()) for place in places]
    return pa.RecordBatch.from_arrays([pa.array(np.array(numbers, dtype=np.int64)), *columns], schema=schema)


def _is_blank(row: Row) -> bool:
    first = row[0]
    if not isinstance(first, str) or first.strip():
        return False
    return not any(not isinstance(cell, str) or cell.strip() for cell in row)


def _may_be_foot(row: Row) -> bool:
    """Return true for a row that is a footnote or a totals row if no row follows it."""
    filled = [cell for cell in row if cell != ""]
    if len(row) < 3 or not isinstance(filled[0], str):
        return False
    return layout.is_total([filled[0]]) or (len(filled) == 1 and layout.is_note([filled[0]]))


def _book(path: Path, format: str) -> CalamineWorkbook:
    # Read by a path that says what it is, calamine tells a password from damage; a file it reads by content.
    if path.suffix.lower() == f".{format}":
        return CalamineWorkbook.from_path(path)
    with path.open("rb") as file:
        return CalamineWorkbook.from_filelike(file)


def _chosen(book: CalamineWorkbook, name: str, reading: Reading, expected: Collection[str]) -> CalamineSheet:
    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if reading.sheet is not None:
        if reading.sheet not in names:
            raise Refused(f'{name} has no sheet "{reading.sheet}"; its sheets are {_listed(names)}.')
        names = [reading.sheet]
    filled = [
        sheet
        for sheet in map(book.get_sheet_by_name, names)
        if any(not _is_blank(row) for row in _top(sheet))
    ]
    if not filled:
        raise Refused(
            f"{name} holds no table: {'the sheet' if reading.sheet else 'every sheet'} in it is empty."
        )
    tables = filled if len(filled) == 1 else [sheet for sheet in filled if _holds_table(sheet)]
    if len(tables) > 1 and expected:
        known = [_known(sheet, expected, reading) for sheet in tables]
        best = max(known)
        if best > 1 and known.count(best) == 1:
            return tables[known.index(best)]
    if len(tables) != 1:
        names = [sheet.name for sheet in tables or filled]
        raise Refused(
            f"{name} holds tables on several sheets ({_listed(names)}), and which one to read is not said; "
            "send one table, or name the sheet in the force file."
        )
    return tables[0]


def _header_row(sheet: CalamineSheet, reading: Reading, expected: Collection[str]) -> int:
    rows = {number: row for number, row in enumerate(_top(sheet), 1) if not _is_blank(row)}
    first = reading.header_row
    if first is None:
        texts = [[cell_text(cell) for cell in row] for row in rows.values()]
        first = list(rows)[layout.find_header(texts, expected, reading.header_rows)]
    if first not in rows or first + reading.header_rows - 1 > (sheet.end or (0, 0))[0] + 1:
        raise Refused(
            f'The force file says the header is on row {first} of sheet "{sheet.name}", '
            "where there is none; state the row it is on, or leave it out to have it found."
        )
    return first


def _table_columns(sheet: CalamineSheet, header: list[list[str]], below: int) -> range:
    """Return the table's columns: all but those at the edges that are empty in and below the header."""
    named = [place for place in range(len(header[0])) if any(row[place].strip() for row in header)]
    left, right = (named[0], named[-1] + 1) if named else (0, 0)
    for row in islice(sheet.iter_rows(), below - 1, None) if right - left < len(header[0]) else ():
        edges = [*range(left), *range(right, len(row))]
        filled = [place for place in edges if row[place] != ""]
        if filled and not _may_be_foot(row):
            left, right = min(left, filled[0]), max(right, filled[-1] + 1)
    return range(left, right)


def _known(sheet: CalamineSheet, expected: Collection[str], reading: Reading) -> int:
    texts = [[cell_text(cell) for cell in row] for row in _top(sheet)]
    return max(layout.known_words(texts, row, expected, reading.header_rows) for row in range(len(texts)))


def _holds_table(sheet: CalamineSheet) -> bool:
    return sum(1 for row in _top(sheet) if len(row) - list(row).count("") > 1) > 1


def _top(sheet: CalamineSheet) -> list[list[Cell]]:
    return list(islice(sheet.iter_rows(), layout.SEARCHED_ROWS)) if sheet.start else []


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:6])
    return shown if len(names) <= 6 else f"{shown} and {len(names) - 6} more"
