"""Batches put together until they have many rows, so that words are met as new, and looked at, less often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

# Rows of a window: what is asked of the words of one costs the same for many rows as for few.
WINDOW = 262_144


def windows(batches: Iterable[pa.RecordBatch], rows: int = WINDOW) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of at least so many, but for the last, and none empty."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        if batch.num_rows:
            waiting.append(batch)
            count += batch.num_rows
        if count >= rows:
            yield _in_one(waiting)
            waiting, count = [], 0
    if count:
        yield _in_one(waiting)


def _in_one(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Return batches as one, each encoded column with one list of different words."""
    if len(batches) == 1:
        return batches[0]
    table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    return pa.RecordBatch.from_arrays(
        [column.combine_chunks() for column in table.columns], schema=table.schema
    )
