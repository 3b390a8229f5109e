"""What is said of a sheet's hidden parts, formulas, dates and stated range, and of numbers stored as text."""

from __future__ import annotations

from pipeline.read.noticed import Noticed, Tally, rows_said
from pipeline.read.sheet_marks import SheetMarks
from pipeline.read.sheet_table import SheetTable


def said_of_marks(table: SheetTable, marks: SheetMarks) -> list[Noticed]:
    """Return what a sheet's file shows beside its values."""
    name = table.sheet.name
    return [
        *_not_searched(name, marks),
        *_hidden_rows(name, marks.hidden_rows),
        *_hidden_columns(table, marks),
        *_uncached(name, marks.uncached),
        *_unplaced(name, marks),
        *_dates(marks),
        *_missing_rows(table, marks),
    ]


def said_of_numbers(column: str, numbers: int, as_text: Tally) -> list[Noticed]:
    """Return what is said of a column in which some numbers are stored as text and others are not."""
    if not as_text.count or not numbers:
        return []
    return [
        Noticed(
            "numbers_as_text",
            f'In column "{column}", {rows_said(as_text.count, as_text.rows)}: the number is stored as text, where '
            f"{numbers:,} others are numbers. They were read alike; if they are codes, store all of "
            "them as text so that leading noughts are kept.",
            column,
            as_text.rows,
            as_text.count,
        )
    ]


def _not_searched(sheet: str, marks: SheetMarks) -> list[Noticed]:
    if marks.searched:
        return []
    return [
        Noticed(
            "sheet_not_searched",
            f'What sheet "{sheet}" hides, and which of its cells are errors (such as #N/A), cannot be told from this '
            "workbook; an error cell may have been read as empty. Open it in Excel, save it as .xlsx and send that.",
        )
    ]


def _hidden_rows(sheet: str, hidden: Tally) -> list[Noticed]:
    if not hidden.count:
        return []
    return [
        Noticed(
            "hidden_rows",
            f'Sheet "{sheet}" hides {rows_said(hidden.count, hidden.rows)}; what is hidden was read like the rest. If it '
            "is not meant to be sent, take it out of the sheet.",
            rows=hidden.rows,
            count=hidden.count,
        )
    ]


def _hidden_columns(table: SheetTable, marks: SheetMarks) -> list[Noticed]:
    hidden = [
        name
        for place, name in zip(table.places, table.names, strict=True)
        if any(first <= place + table.left + 1 <= last for first, last in marks.hidden_columns)
    ]
    return [
        Noticed("hidden_column", f'Column "{name}" is hidden in the sheet; it was read.', name, count=1)
        for name in hidden
    ]


def _uncached(sheet: str, uncached: Tally) -> list[Noticed]:
    if not uncached.count:
        return []
    return [
        Noticed(
            "uncached_formulas",
            f'Sheet "{sheet}", {rows_said(uncached.count, uncached.rows)}: a formula has no value saved with it, '
            "so its cell was read as empty. Open the workbook, let it calculate, save it and send it again; "
            "better, paste the values.",
            rows=uncached.rows,
            count=uncached.count,
        )
    ]


def _unplaced(sheet: str, marks: SheetMarks) -> list[Noticed]:
    if not marks.unplaced:
        return []
    return [
        Noticed(
            "error_cells",
            f'Sheet "{sheet}" holds errors (such as #N/A) that do not say in which cell they stand, {marks.unplaced:,} in '
            "all; their cells were read as empty. Open the workbook in Excel, save it and send it again.",
            count=marks.unplaced,
        )
    ]


def _dates(marks: SheetMarks) -> list[Noticed]:
    if not marks.is_1904:
        return []
    return [
        Noticed(
            "dates_from_1904",
            "The workbook counts its days from 1904; its date cells were read so. Day numbers pasted in from "
            "another workbook would be four years out.",
        )
    ]


def _missing_rows(table: SheetTable, marks: SheetMarks) -> list[Noticed]:
    last = (table.sheet.end or (0, 0))[0] + 1
    # Rows that are there but empty are no missing ones.
    if marks.stated_rows is None or marks.stated_rows <= max(last, marks.last_row):
        return []
    return [
        Noticed(
            "fewer_rows_than_stated",
            f'Sheet "{table.sheet.name}" states a range down to row {marks.stated_rows:,}, but its last filled row is '
            f"{last:,}. If rows are missing, run the export again.",
            count=marks.stated_rows - last,
        )
    ]
