"""Workbooks (xlsx, xlsm, xlsb, xls, ods), read by calamine: one sheet, numbered as it numbers its rows.

Rows above the header are titles, a blank row is blank wherever it stands, a row equal to the header is a
header, and a footnote (one filled cell) or a totals row is a note where no row follows it. All else below the
header is a row.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from pipeline.read import layout
from pipeline.read.export import Export, Reading, Refused
from pipeline.read.noticed import Noticed, Tally, rows_said
from pipeline.read.sheet_xml import SheetMarks, read_marks

Cell = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta
Row = Sequence[Cell]

BATCH = 16_384
# Rows are converted a few at a time, while the processor's cache still holds them.
SLICE = 512
# One table this many times as large as any other of its workbook is the one meant.
DWARFED = 10
# Past this a whole float has lost digits, and is shown as what it is.
EXACT = 10**15


def open_workbook(path: Path, format: str, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export on the one sheet that holds a table.

    A pinned sheet is taken; else the only filled sheet; else the only one with a table (two rows of two
    filled cells); else the only one whose header has most of the expected words; else the only visible one; else,
    where no words are expected, one that dwarfs the others. What is hidden or not read is in `noticed`. Raises
    Refused for a workbook that is encrypted, damaged or empty, and where the sheet or its header is in doubt.
    """
    try:
        chosen = _chosen(_book(path, format), path, format, reading, expected)
    except PasswordError:
        raise Refused(
            f"{path.name} is protected by a password, so it cannot be read; send it again without one."
        ) from None
    except CalamineError:
        raise Refused(
            f"{path.name} is damaged or is not the workbook its name says; "
            "open it, save it as .xlsx and send it again."
        ) from None
    return WorkbookExport(path, format, chosen, reading, expected)


@dataclass(frozen=True)
class Chosen:
    """The sheet to read, what its XML says (once it was looked through), and what was odd about the choice."""

    sheet: CalamineSheet
    marks: Future[SheetMarks]
    noticed: list[Noticed]


@dataclass(frozen=True)
class _Found:
    """The sheet row the header, or without one the first row, stands on."""

    first: int
    header_rows: int
    noticed: list[Noticed]


class WorkbookExport(Export):
    """One sheet of a workbook whose header is known."""

    def __init__(
        self, path: Path, format: str, chosen: Chosen, reading: Reading, expected: Collection[str]
    ) -> None:
        self._sheet = sheet = chosen.sheet
        self._marks = chosen.marks
        found = _find_table(sheet, reading, expected)
        self._below = found.first + found.header_rows
        header = [list(row) for row in islice(sheet.iter_rows(), found.first - 1, self._below - 1)]
        self._header = header
        cells = [[cell_text(cell) for cell in row] for row in header]
        places = _table_columns(sheet, cells, self._below)
        first = (sheet.start or (0, 0))[1]
        self._left = first
        self._places: Sequence[int] = places
        if cells:
            kept = _beside(cells[-1], places, expected)
            names = layout.column_names([[row[place] for place in kept] for row in cells], first + kept[0])
            self._places = kept
        else:
            names = layout.numbered_columns(len(places))
        super().__init__(format, found.first if header else 0, names, sheet=sheet.name)
        self.noticed.extend(chosen.noticed)
        self.noticed.extend(found.noticed)
        if len(self._places) < len(places):
            self.noticed.append(
                Noticed(
                    "second_table",
                    f'Sheet "{sheet.name}" holds another table beside the one that was read, from row '
                    f"{found.first} on; it was not read. Send one table a sheet.",
                    rows=(found.first,),
                    count=1,
                )
            )
        self._kinds: list[str] = []

    def refuse_second(self, first: int, last: int) -> None:
        """Refuse the rows of another table below the one that is read."""
        sentence = (
            f'Rows {first} to {last} of sheet "{self._sheet.name}" are another table below the one that was read; send '
            "it on a sheet or in a file of its own."
        )
        self._refuse(first, last, sentence)
        self.noticed.append(Noticed("second_table", sentence, rows=(first,), count=last - first + 1))

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        places = [self._places[self.columns.index(column)] for column in columns]
        marks = self._marks.result()
        text_numbers = [Tally() for _ in places]
        numeric = [0 for _ in places]
        table = _Table(self, marks)
        slices: list[list[pa.Array]] = []
        for numbers, rows in table.batches():
            lines = np.array(numbers, dtype=np.int64)
            arrays: list[pa.Array] = []
            across = list(zip(*rows, strict=True))
            for at, place in enumerate(places):
                cells = across[place] if rows else ()
                types = set(map(type, cells))
                arrays.append(pa.array(_texts(cells, types), pa.string()))
                if len(types) > 1 and types & _NUMBERS:
                    kinds = list(map(type, cells))
                    numeric[at] += kinds.count(float) + kinds.count(int)
                    strings = [line for line, kind in enumerate(kinds) if kind is str]
                    found = [line for line in strings if _NUMBER.fullmatch(str(cells[line]))]
                    text_numbers[at].add(lines[found[:20]], len(found))
            slices.append([pa.array(lines), *arrays])
            if len(slices) * SLICE >= BATCH:
                yield _joined(slices, schema)
                slices = []
        yield _joined(slices, schema)
        self._say(marks, [self.columns[self._places.index(place)] for place in places], text_numbers, numeric)

    def _say(
        self, marks: SheetMarks, columns: Sequence[str], text_numbers: Sequence[Tally], numeric: Sequence[int]
    ) -> None:
        """Add what the sheet's XML and the types of its cells show."""
        sheet = self._sheet.name
        hidden, uncached = marks.hidden_rows, marks.uncached
        if hidden.count:
            self.noticed.append(
                Noticed(
                    "hidden_rows",
                    f'Sheet "{sheet}" hides {rows_said(hidden.count, hidden.rows)}; they were read like the others. If '
                    "they are not meant to be sent, take them out of the sheet.",
                    rows=hidden.rows,
                    count=hidden.count,
                )
            )
        for left, right in marks.hidden_columns:
            inside = [place for place in self._places if left <= place + self._left + 1 <= right]
            for place in inside:
                name = self.columns[self._places.index(place)]
                self.noticed.append(
                    Noticed(
                        "hidden_column",
                        f'Column "{name}" is hidden in the sheet; it was read.',
                        name,
                        count=1,
                    )
                )
        if uncached.count:
            self.noticed.append(
                Noticed(
                    "uncached_formulas",
                    f'Sheet "{sheet}", {rows_said(uncached.count, uncached.rows)}: a formula has no value saved with it, '
                    "so its cell was read as empty. Open the workbook, let it calculate, save it and send it again; "
                    "better, paste the values.",
                    rows=uncached.rows,
                    count=uncached.count,
                )
            )
        if marks.is_1904:
            self.noticed.append(
                Noticed(
                    "dates_from_1904",
                    "The workbook counts its days from 1904; its date cells were read so. Day numbers pasted in from "
                    "another workbook would be four years out.",
                )
            )
        last = (self._sheet.end or (0, 0))[0] + 1
        if marks.stated_rows is not None and marks.stated_rows > last:
            self.noticed.append(
                Noticed(
                    "fewer_rows_than_stated",
                    f'Sheet "{sheet}" states a range down to row {marks.stated_rows:,}, but its last filled row is '
                    f"{last:,}. If rows are missing, run the export again.",
                    count=marks.stated_rows - last,
                )
            )
        for column, tally, others in zip(columns, text_numbers, numeric, strict=True):
            if tally.count:
                self.noticed.append(
                    Noticed(
                        "numbers_as_text",
                        f'In column "{column}", {rows_said(tally.count, tally.rows)}: the number is stored as text, where '
                        f"{others:,} others are numbers. They were read alike; if they are codes, store all of "
                        "them as text so that leading noughts are kept.",
                        column,
                        tally.rows,
                        tally.count,
                    )
                )


class _Table:
    """The rows of an export's table, in batches, and all other rows counted in its sums."""

    def __init__(self, export: WorkbookExport, marks: SheetMarks) -> None:
        self._export = export
        self._sums = export.sums
        self._errors = marks.errors
        self._width = len(export._places)
        self._first, self._last = export._places[0], export._places[-1]
        self._foot: list[tuple[int, Row]] = []
        self._kinds: list[str] | None = None
        self._below_blank = False
        self._second = 0

    def batches(self) -> Iterator[tuple[list[int], list[Row]]]:
        """Yield the rows of the table with their sheet rows."""
        numbers: list[int] = []
        rows: list[Row] = []
        first, full = (
            self._first,
            len(self._export._sheet.to_python(nrows=1)[0]) if self._export._sheet.start else 0,
        )
        starts = {row[first] for row in self._export._header if isinstance(row[first], str)}
        below, errors = self._export._below, self._errors
        number = 0
        row: Row
        for number, row in enumerate(self._export._sheet.iter_rows(), 1):
            if number in errors:
                row = _with_errors(row, errors[number], self._export._left)
            start = row[first]
            # Nearly every row is told from the others by its first cell and its number of empty ones.
            if (
                number >= below
                and not self._second
                and not self._below_blank
                and not self._foot
                and row.count("") < full - 1
                and (type(start) is not str or (start not in starts and start[:1] not in _DOUBTFUL))
            ):
                numbers.append(number)
                rows.append(row)
            else:
                for held_number, held in self._judge(number, row):
                    numbers.append(held_number)
                    rows.append(held)
            if len(rows) >= SLICE:
                yield self._counted(numbers, rows)
                numbers, rows = [], []
        self._sums.lines += number
        self._sums.notes += len(self._foot)
        if self._second:
            self._export.refuse_second(self._second, number)
        yield self._counted(numbers, rows)

    def _counted(self, numbers: list[int], rows: list[Row]) -> tuple[list[int], list[Row]]:
        self._sums.rows += len(rows)
        self._sums.parsed_lines += len(rows)
        if self._kinds is None:
            self._kinds = layout.column_kinds([[cell_text(cell) for cell in row] for row in rows[:100]])
        return numbers, rows

    def _judge(self, number: int, row: Row) -> Iterator[tuple[int, Row]]:
        """Yield the rows of the table that are known to be such once this row was looked at."""
        if self._second:
            return
        if _is_blank(row):
            self._sums.blank += 1
            self._below_blank = number > self._export._below
        elif number < self._export._below or row in self._export._header:
            self._sums.header += 1
            self._below_blank = False
        elif _may_be_foot(row[self._first : self._last + 1]):
            self._foot.append((number, row))
        elif self._below_blank and self._begins_another(number, row):
            self._second = number
        else:
            self._below_blank = False
            yield from self._foot
            self._foot.clear()
            yield number, row

    def _begins_another(self, number: int, row: Row) -> bool:
        """Return true where a row below a blank one reads as the header of another table."""
        # What stood above is in a batch that may not be full, so a look back is a look at the sheet.
        sheet = self._export._sheet
        if self._kinds is None:
            above = islice(
                sheet.iter_rows(), self._export._below - 1, min(number - 1, self._export._below + 99)
            )
            self._kinds = layout.column_kinds([[cell_text(cell) for cell in each] for each in above])
        below = [
            [cell_text(cell) for cell in each] for each in islice(sheet.iter_rows(), number, number + 20)
        ]
        header = [cell_text(cell) for cell in self._export._header[-1]] if self._export._header else []
        return layout.begins_another([cell_text(cell) for cell in row], self._kinds, below, header)


def _with_errors(row: Row, errors: dict[int, str], left: int) -> Row:
    """Return a row with its error cells as they are shown, which the reader leaves empty."""
    cells = list(row)
    for place, text in errors.items():
        if 0 <= place - left < len(cells) and cells[place - left] == "":
            cells[place - left] = text
    return cells


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


_STRINGS = {str}
_NUMBERS = {int, float}
_NUMBER = re.compile(r"\s*-?\d+(?:\.\d+)?\s*")
# Cells a blank row, a totals row or a note may begin with; all other rows need no second look.
_DOUBTFUL = frozenset("") | frozenset([""]) | frozenset(" \t\n\u00a0tTgGsS")


def _joined(slices: list[list[pa.Array]], schema: pa.Schema) -> pa.RecordBatch:
    if not slices:
        return pa.RecordBatch.from_pylist([], schema=schema)
    return pa.RecordBatch.from_arrays(
        [pa.concat_arrays(parts) for parts in zip(*slices, strict=True)], schema=schema
    )


def _texts(cells: Sequence[Cell], types: set[type]) -> Sequence[object]:
    """Return a column's cells as text, each distinct value converted once."""
    if types <= _STRINGS:
        return cells
    if len(types - _STRINGS) > 1:
        return [cell_text(cell) for cell in cells]
    known = {cell: cell_text(cell) for cell in set(cells)}
    return [known[cell] for cell in cells]


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


def _chosen(
    book: CalamineWorkbook, path: Path, format: str, reading: Reading, expected: Collection[str]
) -> Chosen:
    name = path.name
    visible = {
        sheet.name: sheet.visible == SheetVisibleEnum.Visible
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet
    }
    names = list(visible)
    if reading.sheet is not None:
        if reading.sheet not in names:
            raise Refused(f'{name} has no sheet "{reading.sheet}"; its sheets are {_listed(names)}.')
        names = [reading.sheet]
    # While the values are read, another thread looks at what the sheet says beside them.
    pool = ThreadPoolExecutor(1, thread_name_prefix="marks")
    early = pool.submit(_marks, path, format, names[0]) if len(names) == 1 else None
    filled = [
        sheet
        for sheet in map(book.get_sheet_by_name, names)
        if any(not _is_blank(row) for row in _top(sheet))
    ]
    if not filled:
        raise Refused(
            f"{name} holds no table: {'the sheet' if reading.sheet else 'every sheet'} in it is empty."
        )
    tables = filled if len(filled) == 1 else [sheet for sheet in filled if _holds_table(sheet)] or filled
    sheet = _best(tables, visible, name, reading, expected)
    marks = early or pool.submit(_marks, path, format, sheet.name)
    pool.shutdown(wait=False)
    return Chosen(sheet, marks, _others(sheet, tables, visible))


def _marks(path: Path, format: str, sheet: str) -> SheetMarks:
    return read_marks(path, sheet) if format == "xlsx" else SheetMarks()


def _best(
    tables: Sequence[CalamineSheet],
    visible: Mapping[str, bool],
    name: str,
    reading: Reading,
    expected: Collection[str],
) -> CalamineSheet:
    """Return the sheet whose header has most expected words, else the only visible one, else by far the largest."""
    if len(tables) == 1:
        return tables[0]
    if expected:
        known = [_known(sheet, expected, reading) for sheet in tables]
        best = max(known)
        if best > 1 and known.count(best) == 1:
            return tables[known.index(best)]
    shown = [sheet for sheet in tables if visible[sheet.name]]
    # What is hidden is a list beside the table, unless it is longer: then the one shown may be a report on it.
    if len(shown) == 1 and shown[0].height == max(sheet.height for sheet in tables):
        return shown[0]
    if not expected and len(shown) > 1:
        # Beside a table, lists of codes and notes are small; two tables of a kind are not told apart by size.
        sizes = sorted(((sheet.height * sheet.width, sheet.name) for sheet in shown), reverse=True)
        if sizes[0][0] >= DWARFED * sizes[1][0]:
            return next(sheet for sheet in shown if sheet.name == sizes[0][1])
    raise Refused(
        f"{name} holds tables on several sheets ({_listed([sheet.name for sheet in tables])}), and which one to read is "
        "not said; send one table, or name the sheet in the force file."
    )


def _others(
    read: CalamineSheet, tables: Sequence[CalamineSheet], visible: Mapping[str, bool]
) -> list[Noticed]:
    noticed = []
    for sheet in tables:
        hidden = not visible[sheet.name]
        if sheet.name == read.name and hidden:
            said = f'Sheet "{sheet.name}", which was read, is hidden in the workbook.'
            noticed.append(Noticed("hidden_sheet", said, count=sheet.height))
        elif sheet.name != read.name:
            said = (
                f'{"Hidden sheet" if hidden else "Sheet"} "{sheet.name}" holds a table of {sheet.height:,} rows too, '
                f'which was not read; "{read.name}" was. If it is meant, name it in the force file.'
            )
            noticed.append(Noticed("hidden_sheet" if hidden else "other_sheet", said, count=sheet.height))
    return noticed


def _find_table(sheet: CalamineSheet, reading: Reading, expected: Collection[str]) -> _Found:
    """Return where the header is; raises Refused where a pinned one is not there, or none is, and one is needed."""
    rows = {number: row for number, row in enumerate(_top(sheet), 1) if not _is_blank(row)}
    numbers = list(rows)
    texts = [[cell_text(cell) for cell in row] for row in rows.values()]
    first, count = reading.header_row, reading.header_rows
    noticed: list[Noticed] = []
    if first is None:
        place = layout.find_header(texts, expected, count)
        if layout.lacks_header(texts, place, expected):
            noticed.append(layout.headerless(expected, f'Sheet "{sheet.name}"'))
            return _Found(numbers[place], 0, noticed)
        if count == 1:
            place, count = layout.grouped(texts, place, expected, _merged(sheet, numbers))
        noticed.extend(layout.tables_above(texts[:place], numbers))
        first = numbers[place]
        count = count if numbers[place : place + count] == list(range(first, first + count)) else 1
    if first not in rows or first + count - 1 > (sheet.end or (0, 0))[0] + 1:
        raise Refused(
            f'The force file says the header is on row {first} of sheet "{sheet.name}", '
            "where there is none; state the row it is on, or leave it out to have it found."
        )
    return _Found(first, count, noticed)


def _merged(sheet: CalamineSheet, numbers: Sequence[int]) -> frozenset[int]:
    """Return which of the rows hold cells merged over several columns."""
    merged = sheet.merged_cell_ranges or []
    across = {start[0] + 1 for start, end in merged if start[0] == end[0] and end[1] - start[1] > 0}
    widest = {
        start[0] + 1
        for start, end in merged
        if start[0] == end[0] and end[1] - start[1] + 1 >= max(2, sheet.width - 1)
    }
    return frozenset(place for place, number in enumerate(numbers) if number in across - widest)


def _beside(header: Sequence[str], places: range, expected: Collection[str]) -> Sequence[int]:
    """Return the columns of the one of several tables side by side that has the expected words, else all."""
    groups: list[list[int]] = [[]]
    for place in places:
        if header[place].strip():
            groups[-1].append(place)
        elif groups[-1]:
            groups.append([])
    groups = [group for group in groups if group]
    wanted = {layout.folded(word).casefold() for word in expected}
    known = [
        len(wanted.intersection(layout.header_words([header[place] for place in group]))) for group in groups
    ]
    at_hand = [group for group, words in zip(groups, known, strict=True) if words]
    if len(groups) > 1 and len(at_hand) == 1 and max(known) > 1:
        return at_hand[0]
    return places


def _table_columns(sheet: CalamineSheet, header: list[list[str]], below: int) -> range:
    """Return the table's columns: all but those at the edges that are empty in and below the header."""
    if not header:
        return range(len(next(iter(sheet.iter_rows()))))
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
