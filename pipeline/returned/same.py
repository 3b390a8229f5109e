"""Whether a file written anew still reads as the one that was sent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

import pyarrow as pa

from pipeline.harmless import runs
from pipeline.read import Export

SLICE = 65_536


def reads_the_same(sent: Export, written: Export) -> bool:
    """Return true where the rows, their numbers and all values of the file sent stand first in the one written.

    A value that a spreadsheet would run may have an apostrophe before it.
    """
    columns = written.columns[: len(sent.columns)]
    if len(columns) < len(sent.columns) or sent.header_row != written.header_row:
        return False
    pairs = zip_longest(_slices(sent, sent.columns), _slices(written, columns))
    return all(
        before is not None
        and after is not None
        and before.num_rows == after.num_rows
        and all(_same(a, b) for a, b in zip(before.columns, after.columns, strict=True))
        for before, after in pairs
    )


def _same(sent: pa.ChunkedArray, written: pa.ChunkedArray) -> bool:
    """Return true for the same values, or with an apostrophe before those a spreadsheet would run."""
    if sent.equals(written) or sent.type != pa.string():
        return bool(sent.equals(written))
    return all(
        before == after
        or (
            before is not None
            and runs(before)
            and (after or "").replace("'", "", 1).strip() == before.strip()
        )
        for before, after in zip(sent.to_pylist(), written.to_pylist(), strict=True)
    )


def _slices(export: Export, columns: tuple[str, ...]) -> Iterator[pa.Table]:
    """Yield the rows of an export in tables of one size, but for the last."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in export.batches(columns):
        waiting.append(batch)
        rows += batch.num_rows
        while rows >= SLICE:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, SLICE)
            waiting, rows = table.slice(SLICE).to_batches(), rows - SLICE
    if rows:
        yield pa.Table.from_batches(waiting)
