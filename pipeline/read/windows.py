"""Batches put together until they have many rows, so that words are met as new, and looked at, less often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

# Rows of a window: what is asked of the words of one costs the same for many rows as for few.
WINDOW = 131_072
# Rows of the first: each may be twice as large as the one before, so that nothing waits for a large one to be read.
FIRST = 32_768


def windows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of many, but for the last, and none empty."""
    waiting: list[pa.RecordBatch] = []
    count, enough = 0, FIRST
    for batch in batches:
        if batch.num_rows:
            waiting.append(batch)
            count += batch.num_rows
        if count >= enough:
            yield waiting[0] if len(waiting) == 1 else in_one(pa.Table.from_batches(waiting))
            waiting, count, enough = [], 0, min(2 * enough, WINDOW)
    if count:
        yield waiting[0] if len(waiting) == 1 else in_one(pa.Table.from_batches(waiting))


def in_one(table: pa.Table) -> pa.RecordBatch:
    """Return a table as one batch, each encoded column with one list of different words."""
    columns = [column.combine_chunks() for column in table.unify_dictionaries().combine_chunks().columns]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)
