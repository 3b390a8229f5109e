"""The rows of a sheet's table, a slice at a time, and what every other row of the sheet is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from pipeline.read import layout
from pipeline.read.cell_text import Cell, row_texts
from pipeline.read.export import Sums
from pipeline.read.sheet_table import SheetTable, may_be_foot
from pipeline.read.sheets import Row, is_blank

# Rows are taken a few at a time, while the processor's cache still holds them.
SLICE = 2048
# What a totals row, or one that is blank but for spaces, begins with.
_DOUBTFUL = frozenset(["", *" \t\r\n\v\f\u00a0tTgGsS"])


class SheetRows:
    """Tells the rows of a table from blank ones, repeated headers, footnotes and another table below.

    `sums` count what became of each; `second` is the row on which another table begins, nought where none does, or
    with `turned` the same one with its columns in another order; `last` is the sheet's last row once all are read.
    Rows are cut to the table's columns.
    """

    def __init__(self, table: SheetTable, sums: Sums, errors: Mapping[int, Mapping[int, str]]) -> None:
        self.second = 0
        self.turned = False
        self.last = 0
        self._table = table
        self._sums = sums
        self._errors = errors
        self._left = table.places[0]
        self._cut = slice(table.places[0], table.places[-1] + 1)
        self._header = [row[self._cut] for row in table.header]
        self._names = layout.names_in_order(row_texts(self._header)[-1]) if self._header else []
        names = self._header[-1] if self._names else []
        self._starts = {cell for cell in (*(row[0] for row in self._header), *names) if isinstance(cell, str)}
        self._foot: list[tuple[int, Row]] = []
        self._kinds: list[str] | None = None
        self._below_blank = False

    def slices(self) -> Iterator[tuple[Sequence[int], Sequence[Sequence[Cell]]]]:
        """Yield the numbers the sheet gives the rows of the table, and their cells column by column."""
        for first, rows in self._all():
            numbers: Sequence[int] = range(first, first + len(rows))
            columns = list(zip(*rows, strict=True))
            plain = first >= self._table.below and not (self.second or self._below_blank or self._foot)
            if not plain or self._are_doubtful(columns):
                numbers, rows = self._judged(first, rows)
                columns = list(zip(*rows, strict=True))
            if numbers:
                self._sums.rows += len(numbers)
                self._sums.parsed_lines += len(numbers)
                yield numbers, columns
        self._sums.lines += self.last
        self._sums.notes += len(self._foot)

    def _all(self) -> Iterator[tuple[int, Sequence[Row]]]:
        rows: list[Row]
        width = self._cut.stop - self._cut.start
        sheet = self._table.sheet.iter_rows()
        while rows := list(islice(sheet, SLICE)):
            first = self.last + 1
            if width < len(rows[0]):
                rows = [row[self._cut] for row in rows]
            if self._errors:
                rows = [self._with_errors(number, row) for number, row in enumerate(rows, first)]
            self.last += len(rows)
            yield first, rows

    def _are_doubtful(self, columns: Sequence[Sequence[Cell]]) -> bool:
        """Return true where some row may be no row of the table, by its first cell and its number of empty ones."""
        firsts = columns[0]
        # Where two columns have no empty cell, no row has fewer than two filled ones.
        filled = (column for column in columns if "" not in column)
        if next(filled, None) is None or next(filled, None) is None:
            return True
        if not self._starts.isdisjoint(firsts):
            return True
        texts = [cell for cell in firsts if type(cell) is str]
        if _DOUBTFUL.isdisjoint([text[:1] for text in texts]):
            return False
        return any(not text.strip() or layout.is_total([text]) for text in texts if text[:1] in _DOUBTFUL)

    def _judged(self, first: int, rows: Sequence[Row]) -> tuple[list[int], list[Row]]:
        numbers: list[int] = []
        kept: list[Row] = []
        for number, row in enumerate(rows, first):
            for held_number, held in self._judge(number, row):
                numbers.append(held_number)
                kept.append(held)
        return numbers, kept

    def _judge(self, number: int, row: Row) -> Iterator[tuple[int, Row]]:
        """Yield the rows of the table that are known to be such once this row was looked at."""
        if self.second:
            return
        if is_blank(row):
            self._sums.blank += 1
            self._below_blank = number > self._table.below
        elif number < self._table.below or row in self._header:
            self._sums.header += 1
            self._below_blank = False
        elif row[0] in self._starts and layout.is_turned(row_texts([row])[0], self._names):
            self.second, self.turned = number, True
            yield from self._foot
            self._foot.clear()
        elif may_be_foot(row):
            self._foot.append((number, row))
        elif self._below_blank and self._begins_another(number):
            self.second = number
        else:
            self._below_blank = False
            yield from self._foot
            self._foot.clear()
            yield number, row

    def _begins_another(self, number: int) -> bool:
        """Return true where a row below a blank one reads as the header of another table."""
        # What stands beside the table tells too, and what stood above is given out: the sheet is looked at anew.
        sheet, below = self._table.sheet, self._table.below
        if self._kinds is None:
            above = islice(sheet.iter_rows(), below - 1, min(number - 1, below + layout.KINDS_FROM - 1))
            self._kinds = layout.column_kinds(row_texts(list(above)))
        row, *under = row_texts(list(islice(sheet.iter_rows(), number - 1, number + 20)))
        header = row_texts(self._table.header)[-1] if self._table.header else []
        return layout.begins_another(row, self._kinds, under, header)

    def _with_errors(self, number: int, row: Row) -> Row:
        """Return a row with its error cells as they are shown, which the reader leaves empty."""
        errors = self._errors.get(number)
        if errors is None:
            return row
        cells = list(row)
        for column, text in errors.items():
            place = column - self._table.left - self._left
            if 0 <= place < len(cells) and cells[place] == "":
                cells[place] = text
        return cells
