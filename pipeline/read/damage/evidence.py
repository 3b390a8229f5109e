"""The look at an export's batches as they pass, column by column."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from pipeline.read.damage import classes, digits, marks
from pipeline.read.damage.cells import Cells
from pipeline.read.damage.column import Column
from pipeline.read.damage.findings import findings, of_pushed_rows
from pipeline.read.damage.pushed import Pushed
from pipeline.read.damage.shapes import Type
from pipeline.read.noticed import Noticed

# Whether numbers rise is looked at anew after so many rows.
LAP = 50_000


class Evidence:
    """Looks at the batches of one export as they pass; `noticed` says what was seen."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = [Column(name) for name in columns]
        self._pushed = Pushed(self._columns)
        self._lap_rows = 0

    def look(self, batch: pa.RecordBatch) -> None:
        """Count what a batch (`row_number`, then the columns as text) shows."""
        if not batch.num_rows:
            return
        numbers = batch.column(0).to_numpy()
        unfit = {}
        for place, column in enumerate(self._columns):
            cells = Cells(batch.column(place + 1))
            if column.type is Type.UNKNOWN:
                column.sample(cells)
            marks.look(column, cells, numbers)
            if column.type is Type.DIGITS:
                if not self._lap_rows:
                    column.rising.begin()
                digits.look(column, cells, numbers)
            elif column.type in classes.CLASSIFIERS:
                rows = classes.look(column, cells, numbers)
                if rows is not None:
                    unfit[place] = rows
        self._pushed.look(batch, unfit)
        self._lap_rows += batch.num_rows
        if self._lap_rows >= LAP:
            self._lap_rows = 0

    def noticed(self) -> list[Noticed]:
        """Return what was seen, column by column."""
        found = [each for column in self._columns for each in findings(column)]
        return [*found, *of_pushed_rows(self._pushed.tally)]
