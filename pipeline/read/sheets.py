"""Which sheet of a workbook holds the table that is meant, and what is said of the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice

from pipeline.read import layout
from pipeline.read.book import Book, listed
from pipeline.read.cell_text import Cell, row_texts
from pipeline.read.noticed import Noticed
from pipeline.read.reading import Reading
from pipeline.read.refused import Refused
from pipeline.read.sheet_halves import Sheet

Row = Sequence[Cell]

# One table this many times as large as any other of its workbook is the one meant.
DWARFED = 10
# So many sheets beside a pinned one are looked at.
MOST_BESIDE = 20


def chosen(book: Book, reading: Reading, expected: Collection[str]) -> tuple[Sheet, list[Noticed]]:
    """Return the one sheet that holds a table, and what was odd about the choice.

    A pinned sheet is taken; else the only filled one; else the only one with a table (two rows of two filled
    cells); else the only one whose header has most of the expected words; else the only visible one; else,
    where no words are expected, one that dwarfs the others. Raises Refused where that leaves none or several.
    """
    name = book.path.name
    filled = [sheet for sheet in book.sheets() if any(not is_blank(row) for row in top(sheet))]
    if not filled:
        which = "the sheet" if reading.sheet else "every sheet"
        raise Refused(f"{name} holds no table: {which} in it is empty. Look at it and export it again.")
    tables = filled if len(filled) == 1 else [sheet for sheet in filled if _holds_table(sheet)] or filled
    sheet = _best(tables, book.visible, name, reading, expected)
    return sheet, [*_others(sheet, tables, book.visible), *_beside(sheet, book)]


def top(sheet: Sheet) -> list[list[Cell]]:
    """Return the rows of a sheet in which its header is looked for, from its first."""
    return list(islice(sheet.iter_rows(), layout.SEARCHED_ROWS)) if sheet.start else []


def is_blank(row: Row) -> bool:
    """Return true for a row with nothing but white space in it."""
    first = row[0]
    if not isinstance(first, str) or first.strip():
        return False
    return not any(not isinstance(cell, str) or cell.strip() for cell in row)


def _best(
    tables: Sequence[Sheet],
    visible: Mapping[str, bool],
    name: str,
    reading: Reading,
    expected: Collection[str],
) -> Sheet:
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
        f"{name} holds tables on several sheets ({listed(sheet.name for sheet in tables)}), and which one to read is "
        "not said; send one table, or name the sheet in the force file."
    )


def _others(read: Sheet, tables: Sequence[Sheet], visible: Mapping[str, bool]) -> list[Noticed]:
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


def _beside(read: Sheet, book: Book) -> list[Noticed]:
    """Return what is said of the sheets beside a pinned one whose header is the same, or that nobody looked at."""
    headers = {texts for row in row_texts(top(read)) if len(texts := _filled(row)) > 1}
    noticed = []
    for name in book.beside[:MOST_BESIDE]:
        sheet = book.other(name)
        said, rows = f'Sheet "{name}" is too large to be looked at beside "{read.name}", and was not read.', 0
        if sheet is not None:
            place = next(
                (place for place, row in enumerate(row_texts(top(sheet))) if _filled(row) in headers), None
            )
            rows = 0 if place is None else sheet.height - place - 1
            said = f'Sheet "{name}" has the same header and {rows:,} row{"s" * (rows != 1)}, and was not read; "{read.name}" was.'
            if rows < 1:
                continue
        noticed.append(
            Noticed("other_sheet", f"{said} If it is meant too, send it in a file of its own.", count=rows)
        )
    return noticed


def _filled(row: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for cell in row if (text := cell.strip().lower()))


def _known(sheet: Sheet, expected: Collection[str], reading: Reading) -> int:
    texts = row_texts(top(sheet))
    return max(layout.known_words(texts, row, expected, reading.header_rows) for row in range(len(texts)))


def _holds_table(sheet: Sheet) -> bool:
    return sum(1 for row in top(sheet) if len(row) - list(row).count("") > 1) > 1
