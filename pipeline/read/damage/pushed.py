"""Rows in which values stand one column to the left or right of where the other rows have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from pipeline.read.damage.cells import Cells, Numbers
from pipeline.read.damage.column import Column
from pipeline.read.damage.shapes import LONGEST, Type, type_of
from pipeline.read.noticed import Tally

# So many different words that stand beside a value that does not fit are looked at, a file.
MOST_LOOKED = 5_000


class Pushed:
    """Counts the rows in which a value that does not fit its column stands where its own is expected beside it."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.tally = Tally()
        self._columns = columns
        self._types: dict[str, Type] = {}

    def look(self, batch: pa.RecordBatch, unfit: Mapping[int, Numbers]) -> None:
        """Count the pushed rows of a batch among those, by column, whose value does not fit it."""
        rows: set[int] = set()
        for place, unfitting in unfit.items():
            for beside in (place - 1, place + 1):
                if 0 <= beside < len(self._columns):
                    rows.update(self._own_beside(batch, place, beside, unfitting).tolist())
        self.tally.add(batch.column(0).take(pa.array(sorted(rows), pa.int64())).to_pylist(), len(rows))

    def _own_beside(self, batch: pa.RecordBatch, place: int, beside: int, rows: Numbers) -> Numbers:
        """Return the rows whose own value stands beside it, where the rest of the rows hold something else."""
        own = self._columns[place].type
        if own not in (Type.DATE, Type.TIME) or self._columns[beside].type is own:
            return rows[:0]
        cells = Cells(batch.column(beside + 1)).at(rows)
        return rows[np.array([self._type_of(cell) is own for cell in cells.texts()], np.bool_)]

    def _type_of(self, word: str) -> Type:
        known = self._types.get(word)
        if known is None:
            if len(self._types) == MOST_LOOKED or len(word) > LONGEST or not word.strip():
                return Type.UNKNOWN
            known = self._types[word] = type_of(word)
        return known
