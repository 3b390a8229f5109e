"""Judged records at rest while a drop is settled: the sound ones as they will be kept, the flagged ones apart.

Nearly every record is sound and says the words that others say, so it goes to its place in one writing, without
having been a row of text in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from pipeline.words import Said
from schemas.arrow import TYPES
from schemas.assault import ASSAULT
from transforms.rename import SENT, sent

ROW_GROUP = 122_880
PAGE = 1 << 22
# To cut a few records out of a batch costs less than to copy the others, many do not.
MOST_CUTS = 100
# A value of its own on every row, of which a dictionary would only be a second copy.
DIFFERENT = frozenset({"source_record_id", "row_number"})
# What a reader looks for by its least and greatest value.
SOUGHT = frozenset({"row_number", "occurred_on", "recorded_on"})

Bits = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LaidOut:
    """What one pass over a file left behind: `sound` records break no error rule and are in scope.

    `flagged` records break some rule or are out of scope, with the masks and the values as sent; a record that breaks
    only rules of lesser weight is in both. `clean` is how many are in `sound` alone. `suspects` are the rows of sound
    records whose `key` stands more than once.
    """

    sound: Spool
    flagged: Path
    clean: int
    suspects: Numbers


@dataclass(frozen=True)
class Columns:
    """What a judged batch holds beside `row_number`: filled fields, masks with their error bits, fields as sent."""

    filled: Sequence[str]
    masks: Mapping[str, int]
    shown: Sequence[str]
    same: Mapping[str, str]

    def flagged(self) -> pa.Schema:
        kinds = [("row_number", pa.int64())]
        kinds += [(name, TYPES[ASSAULT[name].type]) for name in self.filled]
        kinds += [(mask, pa.int64()) for mask in self.masks]
        return pa.schema([*kinds, ("out_of_scope", pa.int64()), ("sent", pa.list_(pa.string()))])


class Judged:
    """A batch of judged records: what the engine said of them, beside what their words say if it was not asked."""

    def __init__(self, batch: pa.RecordBatch, said: Said | None = None) -> None:
        self._batch = batch
        self._said = said
        self.rows: int = batch.num_rows

    def column(self, name: str) -> pa.Array:
        """Return a column by name; what a field of `by_row` holds is also what was sent for it."""
        names = self._batch.schema.names
        if name in names or self._said is None or name not in self._said:
            return self._batch.column(name if name in names else name.removeprefix(SENT))
        return self._said.column(name)

    def has(self, name: str) -> bool:
        return name in self._batch.schema.names

    def beside(self, columns: Mapping[str, pa.Array]) -> Judged:
        """Return the same records with some columns in place of those they have."""
        table = {**{name: self._batch.column(name) for name in self._batch.schema.names}, **columns}
        return Judged(pa.RecordBatch.from_pydict(table), self._said)

    def where(self, rows: Bits) -> Judged:
        """Return some of the records."""
        if rows.all():
            return self
        return Judged(self._batch.filter(pa.array(rows)), self._said.where(rows) if self._said else None)


def lay_out(batches: Iterable[Judged], columns: Columns, folder: Path) -> LaidOut:
    """Return where the records of judged batches were written, in the order of the file."""
    flagged_file = folder / "flagged.parquet"
    clean = 0
    keys: list[npt.NDArray[np.uint64]] = []
    with Spool(folder / "sound.arrow") as sound, writing(flagged_file, columns.flagged()) as flagged:
        for batch in batches:
            broken = {mask: batch.column(mask).to_numpy() for mask in columns.masks}
            marked: Bits = reduce(or_, [mask != 0 for mask in broken.values()])
            wrong: Bits = reduce(or_, [(broken[mask] & bits) != 0 for mask, bits in columns.masks.items()])
            outside = batch.column("out_of_scope").is_valid().to_numpy(zero_copy_only=False)
            is_sound, is_flagged = ~(wrong | outside), marked | outside
            clean += int(np.count_nonzero(is_sound & ~is_flagged))
            keys.append(batch.column("key").to_numpy()[is_sound])
            sound.add(kept(batch.where(is_sound), columns))
            flagged.add(noted(batch.where(is_flagged), columns))
    return LaidOut(sound, flagged_file, clean, sound.rows_at(repeated(keys)))


def repeated(keys: Sequence[npt.NDArray[np.uint64]]) -> Numbers:
    """Return the places of the keys that stand more than once."""
    every = np.concatenate([np.zeros(0, np.uint64), *keys])
    ordered = np.sort(every)
    return np.flatnonzero(np.isin(every, np.unique(ordered[1:][ordered[1:] == ordered[:-1]])))


class Spool:
    """The sound records until it is known which of them others contradict: as they are in memory, one after another.

    To put them into Parquet is most of the work of writing them, and is done once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = pa.OSFile(str(path), "wb")
        self._writer: pa.RecordBatchStreamWriter | None = None

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
        self._file.close()

    def add(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._file, table.schema)
        self._writer.write_table(table)

    def keep(self, path: Path, left_out: Numbers) -> None:
        """Write the records to a Parquet file, but for those of some rows of the file that was judged."""
        with writing(path, SOUND) as kept:
            for batch in self._batches(pa.OSFile):
                places = standing_at(batch.column("row_number").to_numpy(), left_out)
                if len(places) > MOST_CUTS:
                    batch = batch.take(pa.array(np.delete(np.arange(batch.num_rows), places)))
                    places = places[:0]
                begins = 0
                for place in places.tolist():
                    kept.add(pa.table(batch.slice(begins, place - begins)))
                    begins = place + 1
                kept.add(pa.table(batch.slice(begins)))

    def of_rows(self, rows: Numbers) -> pa.RecordBatchReader:
        """Return the records of some rows of the file that was judged, in their order."""

        def found() -> Iterator[pa.RecordBatch]:
            for batch in self._batches(pa.memory_map):
                here = standing_at(batch.column("row_number").to_numpy(), rows)
                if len(here):
                    yield from pa.table(batch.take(pa.array(here))).cast(SOUND).to_batches()

        return pa.RecordBatchReader.from_batches(SOUND, found())

    def every(self) -> pa.RecordBatchReader:
        """Return row number and reference of every record, in order."""
        schema = pa.schema([("row_number", pa.int64()), ("source_record_id", pa.string())])
        named = (pa.table(batch.select(schema.names)).cast(schema) for batch in self._batches(pa.memory_map))
        return pa.RecordBatchReader.from_batches(
            schema, (batch for table in named for batch in table.to_batches())
        )

    def rows_at(self, places: Numbers) -> Numbers:
        """Return the different rows, of the file that was judged, of the records at some places."""
        rows = [batch.column("row_number") for batch in self._batches(pa.memory_map)] if len(places) else []
        return np.unique(pa.chunked_array(rows, pa.int64()).take(pa.array(places)).to_numpy())

    def _batches(self, opened: Callable[[str], pa.NativeFile]) -> Iterator[pa.RecordBatch]:
        """Yield the records; mapped into memory where a few are looked for, read where all are."""
        if self._writer is not None:
            with opened(str(self._path)) as file:
                yield from pa.ipc.open_stream(file)


def standing_at(numbers: npt.NDArray[Any], sought: npt.NDArray[Any]) -> Numbers:
    """Return the places, in order, at which any of those sought stand among numbers; both in order."""
    begins, ends = (np.searchsorted(numbers, sought, side) for side in ("left", "right"))
    return np.concatenate(
        [np.zeros(0, np.int64), *map(np.arange, begins[begins < ends], ends[begins < ends])]
    )


def write_held(batches: Iterable[pa.RecordBatch], columns: Columns, path: Path) -> None:
    """Write held records: the assault table's fields, `rules`, and as `sent` the values of the shown fields as sent."""
    with writing(path, SOUND) as held:
        for batch in batches:
            said = as_map(batch.column("sent"), columns.shown)
            table = kept(Judged(batch), columns).append_column("rules", batch.column("rules"))
            held.add(table.append_column("sent", said))


def as_map(lists: pa.ListArray, shown: Sequence[str]) -> pa.MapArray:
    """Return lists that are each null or as long as `shown` as maps from its names."""
    items = lists.flatten()
    sizes = np.where(lists.is_valid().to_numpy(zero_copy_only=False), len(shown), 0)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    names = pa.array(list(shown), pa.string()).take(
        pa.array(np.tile(np.arange(len(shown)), len(items) // max(len(shown), 1)))
    )
    gone = np.append(~lists.is_valid().to_numpy(zero_copy_only=False), False)
    return pa.MapArray.from_arrays(pa.array(starts, mask=gone), names, items)


SOUND = pa.schema([(name, TYPES[ASSAULT[name].type]) for name in ASSAULT.names])


def kept(batch: Judged, columns: Columns) -> pa.Table:
    """Return the assault table's columns of a batch: what the force does not collect is null."""
    present = {*columns.filled, "row_number"}
    zeros = pa.array(np.zeros(batch.rows, np.int32))

    def column(name: str) -> pa.Array:
        if name in columns.same:
            return pa.DictionaryArray.from_arrays(zeros, pa.array([columns.same[name]], pa.string()))
        if name in present:
            return as_declared(batch.column(name), name)
        return pa.nulls(batch.rows, TYPES[ASSAULT[name].type])

    return pa.table({name: column(name) for name in ASSAULT.names})


def noted(batch: Judged, columns: Columns) -> pa.Table:
    """Return the columns of flagged records; `sent` is there where a rule is broken."""
    schema = columns.flagged()
    given = {name: batch.column(name) for name in schema.names if name != "sent"}
    sent_words = batch.column("sent") if batch.has("sent") else as_sent(batch, columns)
    return pa.table({**given, "sent": sent_words}).cast(schema)


def as_sent(batch: Judged, columns: Columns) -> pa.ListArray:
    """Return the values of the shown fields as sent, as one list a record; null where no rule is broken."""
    marked = reduce(or_, [batch.column(mask).to_numpy() != 0 for mask in columns.masks])
    rows, width = batch.rows, len(columns.shown)
    values = [batch.column(sent(name)).cast(pa.string()) for name in columns.shown]
    order = (np.arange(rows)[:, None] + rows * np.arange(width)).ravel()
    one_by_one = pa.concat_arrays([pa.array([], pa.string()), *values]).take(pa.array(order, pa.int64()))
    starts = pa.array(np.arange(rows + 1, dtype=np.int32) * width)
    return pa.ListArray.from_arrays(starts, one_by_one, mask=pa.array(~marked))


def as_declared(values: pa.Array, name: str) -> pa.Array:
    """Return a column with its declared type, texts dictionary-encoded or not, as they are."""
    kind = TYPES[ASSAULT[name].type]
    return values if values.type == kind or pa.types.is_dictionary(values.type) else values.cast(kind)


@contextmanager
def writing(path: Path, schema: pa.Schema) -> Iterator[RowGroups]:
    """Open a Parquet file to add tables to; `schema` is that of a file nothing is added to."""
    groups = RowGroups(path, schema)
    with ThreadPoolExecutor(1, thread_name_prefix="write") as thread:
        groups.thread = thread
        try:
            yield groups
            groups.finish()
        finally:
            groups.close()


class RowGroups:
    """Writes tables as row groups of one size, in a thread of its own: same rows, same bytes, however they come."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.thread: ThreadPoolExecutor
        self._path = path
        self._schema = schema
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._under_way: Future[None] | None = None

    def add(self, table: pa.Table) -> None:
        """Add the rows of a table."""
        self._waiting.append(table)
        self._rows += table.num_rows
        while self._rows >= ROW_GROUP:
            self._write(ROW_GROUP)

    def finish(self) -> None:
        if self._rows or self._writer is None:
            self._write(self._rows)
        if self._under_way:
            self._under_way.result()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _write(self, rows: int) -> None:
        table = pa.concat_tables(self._waiting) if self._waiting else self._schema.empty_table()
        self._waiting = [table.slice(rows)]
        self._rows -= rows
        if self._under_way:
            self._under_way.result()
        self._under_way = self.thread.submit(self._write_group, table.slice(0, rows))

    def _write_group(self, table: pa.Table) -> None:
        if self._writer is None:
            # Nothing of how we hold the columns goes into the file: readers get plain text.
            self._writer = pq.ParquetWriter(
                self._path,
                table.schema,
                compression="zstd",
                store_schema=False,
                use_dictionary=[name for name in table.column_names if name not in DIFFERENT],
                write_statistics=[name for name in table.column_names if name in SOUGHT],
                data_page_size=PAGE,
                write_batch_size=ROW_GROUP,
            )
        self._writer.write_table(table.unify_dictionaries().combine_chunks(), row_group_size=ROW_GROUP)
