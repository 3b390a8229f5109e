"""Columns left out as empty: any value that turns up in one of them further down is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.read.layout import letters
from pipeline.read.noticed import Noticed, Tally, rows_said


class Watched:
    """The columns of these places, which have no name and had no value as far as was looked."""

    def __init__(self, places: Sequence[int]) -> None:
        self._tallies = {place: Tally() for place in places}

    def look(self, columns: Sequence[pa.Array], numbers: npt.NDArray[np.int64]) -> None:
        """Count the values of a batch's columns, whose rows have these numbers."""
        for tally, values in zip(self._tallies.values(), columns, strict=True):
            filled = np.flatnonzero(pc.not_equal(pc.utf8_trim_whitespace(values), "").to_numpy(False))
            tally.add(numbers[filled], len(filled))

    def noticed(self) -> list[Noticed]:
        """Return what is said of the columns that do hold values."""
        return [
            Noticed(
                "unnamed_column",
                f"Column {letters(place)} has no name and is empty at first, but {rows_said(tally.count, tally.rows)} "
                "of it hold a value, which was not read. Give the column a name.",
                rows=tally.rows,
                count=tally.count,
            )
            for place, tally in self._tallies.items()
            if tally.count
        ]
