"""Workbooks (xlsx, xlsm, xlsb, xls, ods), read by calamine: one sheet, numbered as it numbers its rows.

Rows above the header are titles, a blank row is blank wherever it stands, a row equal to the header is a
header, and a footnote (one filled cell) or a totals row is a note where no row follows it. All else below the
header is a row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.read import layout, sheet_said
from pipeline.read.book import Book
from pipeline.read.cell_text import Column, column
from pipeline.read.export import Export, Reading
from pipeline.read.noticed import Noticed, Tally
from pipeline.read.refused import Refused
from pipeline.read.sheet_marks import SheetMarks
from pipeline.read.sheet_rows import SheetRows
from pipeline.read.sheet_table import SheetTable, find_table
from pipeline.read.sheets import chosen

BATCH = 8_192


def open_workbook(path: Path, form: str, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export on the one sheet that holds a table; what is hidden or not read is in `noticed`.

    Raises Refused for a workbook that is encrypted, damaged or empty, and where the sheet or its header is in doubt.
    """
    return workbook_export(Book(path, form, reading), reading, expected)


def workbook_export(book: Book, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export on the one sheet of an opened workbook that holds a table; raises Refused."""
    sheet, noticed = chosen(book, reading, expected)
    marks = book.marks(sheet.name)
    table = find_table(sheet, reading, expected)
    return WorkbookExport(book.form, table, marks, noticed)


class WorkbookExport(Export):
    """One sheet of a workbook whose header is known."""

    def __init__(
        self, form: str, table: SheetTable, marks: Future[SheetMarks], noticed: Sequence[Noticed]
    ) -> None:
        header_row = table.first if table.header else 0
        first = table.left + (table.places[0] if table.places else 0) + 1
        super().__init__(form, header_row, table.names, sheet=table.sheet.name, first_column=first)
        self._table = table
        self._marks = marks
        self.noticed.extend([*noticed, *table.noticed])

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        # Rows are cut to the table's columns, in their order.
        places = [self.columns.index(name) for name in columns]
        marks = self._marks.result()
        if marks.repeated_row:
            raise Refused(
                f'Sheet "{self.sheet}" has row {marks.repeated_row} twice, so that one of them lies over the other; open '
                "the workbook in Excel, look at that row, save it and send it again."
            )
        rows = SheetRows(self._table, self.sums, marks.errors)
        mixed = [Mixed() for _ in places]
        slices: list[list[pa.Array]] = []
        count = 0
        for numbers, across in rows.slices():
            lines = pa.array(np.asarray(numbers, dtype=np.int64))
            read = [column(across[place]) for place in places]
            for each, seen in zip(read, mixed, strict=True):
                seen.add(each, numbers)
            slices.append([lines, *(each.text for each in read)])
            count += len(numbers)
            if count >= BATCH:
                yield _joined(slices, schema)
                slices, count = [], 0
        yield _joined(slices, schema)
        if rows.second:
            self._refuse_second(rows.second, rows.last, rows.turned)
        said = sheet_said.said_of_marks(self._table, marks)
        for name, seen in zip(columns, mixed, strict=True):
            said.extend(sheet_said.said_of_numbers(name, seen.numbers, seen.as_text))
        self.noticed.extend(said)

    def _refuse_second(self, first: int, last: int, turned: bool) -> None:
        """Refuse the rows of another table below the one that is read, or of the same with its columns turned."""
        sentence = (
            f'Rows {first} to {last} of sheet "{self.sheet}" are another table below the one that was read; send '
            "it on a sheet or in a file of its own."
        )
        if turned:
            sentence = layout.said_of_turned("Row", first, last)
        self._refuse(first, last, sentence)
        self.noticed.append(Noticed("second_table", sentence, rows=(first,), count=last - first + 1))


class Mixed:
    """How many numbers a column of numbers and text holds, and the numbers among the texts."""

    def __init__(self) -> None:
        self.numbers = 0
        self.as_text = Tally()

    def add(self, read: Column, numbers: Sequence[int]) -> None:
        self.numbers += read.numbers
        self.as_text.add((numbers[place] for place in read.numbers_as_text), len(read.numbers_as_text))


def _joined(slices: list[list[pa.Array]], schema: pa.Schema) -> pa.RecordBatch:
    if not slices:
        return pa.RecordBatch.from_pylist([], schema=schema)
    return pa.RecordBatch.from_arrays(
        [pa.concat_arrays(parts) for parts in zip(*slices, strict=True)], schema=schema
    )
