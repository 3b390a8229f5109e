"""Tables whose rows stand in memory as text: which of a file's tables is read, and where in it the rows are.

As in a workbook, rows above the header are titles, a blank row is blank wherever it stands, a row equal to the
header is a header, and a footnote (one filled cell) or a totals row is a note where no row follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from pipeline.read import layout
from pipeline.read.export import Export, Reading
from pipeline.read.noticed import SHOWN_ROWS, Noticed
from pipeline.read.refused import Refused

BATCH = 16_384
DAMAGE = "\ufffd"


@dataclass
class Row:
    """One row: its cells, and the text of those that a cell further up reaches down over, by place.

    `broken_off` where the file ends in the middle of it.
    """

    cells: list[str]
    covered: dict[int, str] = field(default_factory=dict)
    hidden: bool = False
    broken_off: bool = False

    def filled(self) -> int:
        return sum(1 for cell in self.cells if cell.strip())


@dataclass
class Grid:
    """A table by the name its sender knows it by; its rows are numbered from one."""

    name: str
    rows: list[Row]
    hidden: bool = False

    def top(self) -> list[list[str]]:
        return [row.cells for row in self.rows[: layout.SEARCHED_ROWS]]

    def is_filled(self) -> bool:
        return any(row.filled() for row in self.rows)

    def holds_table(self) -> bool:
        return sum(1 for row in self.rows[: layout.SEARCHED_ROWS] if row.filled() > 1) > 1

    def known_words(self, expected: Collection[str], reading: Reading) -> int:
        top = self.top()
        return max(layout.known_words(top, row, expected, reading.header_rows) for row in range(len(top)))


def open_grid(
    name: str,
    form: str,
    grids: Sequence[Grid],
    reading: Reading,
    expected: Collection[str],
    encoding: str | None = None,
) -> Export:
    """Return the export of the one table among several that is meant.

    A pinned one is taken; else the only filled one; else the only one with two rows of two filled cells; else
    the only one whose header has most of the expected words. Raises Refused where that leaves none or several.
    """
    grid = chosen(name, grids, reading, expected)
    # Spaces beyond a row's own cells are blank, as a browser shows them.
    width = max(len(row.cells) for row in grid.rows)
    rows = [
        row if len(row.cells) == width else replace(row, cells=row.cells + [""] * (width - len(row.cells)))
        for row in grid.rows
    ]
    grid = replace(grid, rows=rows)
    export = GridExport(form, grid, _header_row(grid, reading, expected), reading.header_rows, encoding)
    passed = [
        f'"{each.name}"' for each in grids if each is not grid and each.name != grid.name and each.is_filled()
    ]
    if passed:
        listed = ", ".join(passed[:6]) + (f" and {len(passed) - 6} more" if len(passed) > 6 else "")
        export.noticed.append(
            Noticed("second_table", f'"{grid.name}" is read; not read is {listed}.', count=len(passed))
        )
    if grid.hidden:
        export.noticed.append(Noticed("hidden_sheet", f'"{grid.name}" is hidden; it is read all the same.'))
    return export


def chosen(name: str, grids: Sequence[Grid], reading: Reading, expected: Collection[str]) -> Grid:
    """Return the table that is meant."""
    if reading.sheet is not None:
        pinned = [grid for grid in grids if grid.name == reading.sheet]
        if not pinned:
            raise Refused(f'{name} has no table "{reading.sheet}"; it has {_listed(grids)}.')
        grids = pinned
    filled = [grid for grid in grids if grid.is_filled()]
    if not filled:
        raise Refused(f"{name} holds no table with anything in it; look at it and export it again.")
    tables = filled if len(filled) == 1 else [grid for grid in filled if grid.holds_table()]
    if len(tables) > 1 and expected:
        known = [grid.known_words(expected, reading) for grid in tables]
        best = max(known)
        if best > 1 and known.count(best) == 1:
            return tables[known.index(best)]
    if len(tables) != 1:
        raise Refused(
            f"{name} holds several tables ({_listed(tables or filled)}), and which one to read is not said; "
            "send one table, or name it in the force file as its sheet."
        )
    return tables[0]


class GridExport(Export):
    """One table whose header is known."""

    def __init__(
        self, form: str, grid: Grid, header_row: int, header_rows: int, encoding: str | None
    ) -> None:
        self._grid = grid
        self._below = header_row - 1 + header_rows
        self._encoding = encoding
        header = [row.cells for row in grid.rows[header_row - 1 : self._below]]
        self._header = {layout.header_words(cells) for cells in header}
        self._turnable = layout.names_in_order(header[-1])
        self._places = self._table_columns(header)
        names = layout.column_names(
            [[cells[place] for place in self._places] for cells in header], self._places[0]
        )
        super().__init__(form, header_row, names, sheet=grid.name)
        self._notice("hidden_rows", "are hidden; they are read all the same", lambda row: row.hidden)
        self._notice(
            "merged_cells",
            "lie under a cell that reaches down over several rows; its text is theirs too",
            lambda row: bool(row.covered),
        )

    @property
    def encoding(self) -> str | None:
        """Return the encoding of the text the table is in."""
        return self._encoding

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
        """Yield the rows of the table with their numbers, counting all others."""
        foot: list[tuple[int, Row]] = []
        for number, row in enumerate(self._grid.rows, 1):
            self.sums.lines += 1
            if layout.is_blank(row.cells):
                self.sums.blank += 1
            elif number <= self._below or layout.header_words(row.cells) in self._header:
                self.sums.header += 1
            elif layout.is_turned(row.cells, self._turnable):
                for held in foot:
                    yield from self._counted(*held)
                last = len(self._grid.rows)
                self.sums.lines += last - number
                self._refuse(number, last, layout.said_of_turned("Row", number, last))
                return
            elif _may_be_foot(row.cells) and not row.broken_off:
                foot.append((number, row))
            else:
                for held in foot:
                    yield from self._counted(*held)
                foot.clear()
                yield from self._counted(number, row)
        self.sums.notes += len(foot)

    def _counted(self, number: int, row: Row) -> Iterator[tuple[int, Row]]:
        if any(DAMAGE in cell for cell in row.cells):
            self._refuse(
                number,
                number,
                f"Row {number} is damaged: it holds bytes that are no characters in the file's encoding; "
                "export the file again.",
            )
            return
        if row.broken_off:
            self._refuse(
                number,
                number,
                f"Row {number} breaks off: the file ends in the middle of it; export the file again.",
            )
            return
        self.sums.rows += 1
        self.sums.parsed_lines += 1
        yield number, row

    def _table_columns(self, header: list[list[str]]) -> range:
        """Return the table's columns: all but those at the edges that are empty in and below the header."""
        filled = [place for cells in header for place, cell in enumerate(cells) if cell.strip()]
        left, right = min(filled, default=0), max(filled, default=0) + 1
        for row in self._grid.rows[self._below :]:
            if right - left == len(row.cells):
                break
            edges = [*range(left), *range(right, len(row.cells))]
            beyond = [place for place in edges if row.cells[place].strip()]
            if beyond and not _may_be_foot(row.cells):
                left, right = min(left, beyond[0]), max(right, beyond[-1] + 1)
        return range(left, right)

    def _notice(self, kind: str, sentence: str, is_so: Callable[[Row], bool]) -> None:
        numbers = [
            number
            for number, row in enumerate(self._grid.rows, 1)
            if number > self._below and is_so(row) and not layout.is_blank(row.cells)
        ]
        if numbers:
            first = ", ".join(map(str, numbers[:3]))
            self.noticed.append(
                Noticed(
                    kind,
                    f"{len(numbers):,} row{'s' if len(numbers) > 1 else ''} (first {first}) {sentence}.",
                    rows=tuple(numbers[:SHOWN_ROWS]),
                    count=len(numbers),
                )
            )


def _header_row(grid: Grid, reading: Reading, expected: Collection[str]) -> int:
    rows = {number: cells for number, cells in enumerate(grid.top(), 1) if not layout.is_blank(cells)}
    first = reading.header_row
    if first is None:
        first = list(rows)[layout.find_header(list(rows.values()), expected, reading.header_rows)]
    if first not in rows or first + reading.header_rows - 1 > len(grid.rows):
        raise Refused(
            f'The force file says the header is on row {first} of "{grid.name}", where there is none; '
            "state the row it is on, or leave it out to have it found."
        )
    return first


def _may_be_foot(cells: list[str]) -> bool:
    """Return true for a row that is a footnote or a totals row if no row follows it."""
    return len(cells) > 2 and (layout.is_total(cells) or layout.is_note(cells))


def _batch(numbers: list[int], rows: list[Row], places: list[int], schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        pa.array([row.covered.get(place, row.cells[place]) for row in rows], pa.string()) for place in places
    ]
    return pa.RecordBatch.from_arrays([pa.array(np.array(numbers, dtype=np.int64)), *columns], schema=schema)


def _listed(grids: Sequence[Grid]) -> str:
    shown = ", ".join(f'"{grid.name}"' for grid in grids[:6])
    return shown if len(grids) <= 6 else f"{shown} and {len(grids) - 6} more"
