"""Where the table stands on a sheet: its header's rows, its columns, and what stands beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from pipeline.read import layout
from pipeline.read.cell_text import row_texts
from pipeline.read.noticed import Noticed
from pipeline.read.reading import Reading
from pipeline.read.refused import Refused
from pipeline.read.sheet_halves import Sheet
from pipeline.read.sheets import Row, is_blank, top


@dataclass(frozen=True)
class SheetTable:
    """A table by its place: rows from one as the sheet numbers them, columns from nought in the reader's rows.

    `first` is the row of its header, or of its first row where it has none and `header` is empty; `below` is the
    row below the header; `left` is which of the sheet's columns the reader's first is.
    """

    sheet: Sheet
    first: int
    below: int
    header: list[Row]
    places: Sequence[int]
    names: tuple[str, ...]
    left: int
    noticed: list[Noticed]


def find_table(sheet: Sheet, reading: Reading, expected: Collection[str]) -> SheetTable:
    """Return where the table is; raises Refused where a pinned header is not there, or one is needed and none is."""
    first, header_rows, noticed = _find_header(sheet, reading, expected)
    below = first + header_rows
    header: list[Row] = list(islice(sheet.iter_rows(), first - 1, below - 1))
    texts = row_texts(header)
    every: Sequence[int] = _table_columns(sheet, texts, below)
    left = (sheet.start or (0, 0))[1]
    if not texts:
        names = layout.numbered_columns(len(every))
        return SheetTable(sheet, first, below, header, every, names, left, noticed)
    places = _beside(texts[-1], every, expected)
    names = layout.column_names([[row[place] for place in places] for row in texts], left + places[0])
    if len(places) < len(every):
        noticed.append(
            Noticed(
                "second_table",
                f'Sheet "{sheet.name}" holds another table beside the one that was read, from row {first} on; it was '
                "not read. Send one table a sheet.",
                rows=(first,),
                count=1,
            )
        )
    return SheetTable(sheet, first, below, header, places, names, left, noticed)


def may_be_foot(row: Row) -> bool:
    """Return true for a row that is a footnote or a totals row if no row follows it."""
    filled = [cell for cell in row if cell != ""]
    if len(row) < 3 or not filled or not isinstance(filled[0], str):
        return False
    return layout.is_total([filled[0]]) or (len(filled) == 1 and layout.is_note([filled[0]]))


def _find_header(sheet: Sheet, reading: Reading, expected: Collection[str]) -> tuple[int, int, list[Noticed]]:
    """Return the header's first row, its number of rows, and what is said of it."""
    rows = {number: row for number, row in enumerate(top(sheet), 1) if not is_blank(row)}
    numbers = list(rows)
    texts = row_texts(list(rows.values()))
    first, count = reading.header_row, reading.header_rows
    noticed: list[Noticed] = []
    if first is None:
        place = layout.find_header(texts, expected, count)
        if layout.lacks_header(texts, place, expected):
            noticed.append(layout.headerless(expected, f'Sheet "{sheet.name}"'))
            return numbers[place], 0, noticed
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
    return first, count, noticed


def _merged(sheet: Sheet, numbers: Sequence[int]) -> frozenset[int]:
    """Return which of the rows hold cells merged over several columns."""
    merged = sheet.merged_cell_ranges or []
    across = {start[0] + 1 for start, end in merged if start[0] == end[0] and end[1] - start[1] > 0}
    widest = {
        start[0] + 1
        for start, end in merged
        if start[0] == end[0] and end[1] - start[1] + 1 >= max(2, sheet.width - 1)
    }
    return frozenset(place for place, number in enumerate(numbers) if number in across - widest)


def _beside(header: Sequence[str], places: Sequence[int], expected: Collection[str]) -> Sequence[int]:
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


def _table_columns(sheet: Sheet, header: list[list[str]], below: int) -> range:
    """Return the table's columns: all but those at the edges that are empty in and below the header."""
    if not header:
        return range(len(next(iter(sheet.iter_rows()))))
    named = [place for place in range(len(header[0])) if any(row[place].strip() for row in header)]
    left, right = (named[0], named[-1] + 1) if named else (0, 0)
    for row in islice(sheet.iter_rows(), below - 1, None) if right - left < len(header[0]) else ():
        edges = [*range(left), *range(right, len(row))]
        filled = [place for place in edges if row[place] != ""]
        if filled and not may_be_foot(row):
            left, right = min(left, filled[0]), max(right, filled[-1] + 1)
    return range(left, right)
