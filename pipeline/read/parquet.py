"""Parquet: columns as text, rows numbered from one, read a row group's piece at a time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.read import layout
from pipeline.read.export import Export, Refused
from pipeline.read.limits import Limits

BATCH = 65_536


def open_parquet(path: Path) -> Export:
    """Return the export in a Parquet file; raises Refused where it is damaged or has no columns."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError):
        raise Refused(
            f"{path.name} cannot be read as Parquet: it is damaged, cut short or encrypted; write it again."
        ) from None
    names = file.schema_arrow.names
    if not names or len(set(names)) < len(names):
        fault = "holds no columns" if not names else "holds two columns of one name"
        raise Refused(f"{path.name} {fault}; write it again with one name a column.")
    return ParquetExport(file, layout.column_names([names]))


class ParquetExport(Export):
    """A Parquet file; it has no header line, so its lines are its rows."""

    def __init__(self, file: pq.ParquetFile, columns: tuple[str, ...]) -> None:
        super().__init__("parquet", 0, columns)
        self._file = file

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        names = self._file.schema_arrow.names
        wanted = [names[self.columns.index(column)] for column in columns]
        self._check_others([name for name in names if name not in wanted])
        # One column is always read, if only to count the rows by.
        for batch in self._file.iter_batches(BATCH, columns=wanted or names[:1]):
            first = self.sums.rows + 1
            self.sums.rows += batch.num_rows
            self.sums.lines = self.sums.parsed_lines = self.sums.rows
            numbers = pa.array(np.arange(first, first + batch.num_rows))
            texts = [_text(batch.column(name)) for name in wanted]
            yield pa.RecordBatch.from_arrays([numbers, *texts], schema=schema)

    def _check_others(self, names: Sequence[str]) -> None:
        """Raise Refused for a longer value than is read in a column nobody asks for; few have bytes enough for one."""
        limits = Limits.from_environment()
        schema, metadata = self._file.schema_arrow, self._file.metadata
        sizes: Counter[str] = Counter()
        for group in range(metadata.num_row_groups):
            for place in range(metadata.num_columns):
                chunk = metadata.row_group(group).column(place)
                sizes[chunk.path_in_schema.partition(".")[0]] += chunk.total_uncompressed_size
        long = [
            name
            for name in names
            if sizes[name] > limits.cell_characters and _is_text(schema.field(name).type)
        ]
        row = 1
        for batch in self._file.iter_batches(BATCH, columns=long) if long else ():
            columns = [self.columns[schema.get_field_index(name)] for name in batch.schema.names]
            numbers = pa.array(np.arange(row, row + batch.num_rows))
            texts = [_text(column) for column in batch.columns]
            limits.check_cells(pa.RecordBatch.from_arrays([numbers, *texts], ["row_number", *columns]))
            row += batch.num_rows


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return pa.types.is_nested(kind) or any(is_one(kind) for is_one in texts)


def _text(values: pa.Array) -> pa.Array:
    """Return any column as text, as a workbook's cells are written: nested values as JSON, nothing as ""."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _text(values.dictionary_decode())
    if pa.types.is_boolean(kind):
        text = pc.if_else(values, "TRUE", "FALSE")
    elif pa.types.is_timestamp(kind):
        seconds = pc.cast(values, pa.timestamp("s", kind.tz), safe=False)
        text = pc.replace_substring(pc.strftime(seconds, "%Y-%m-%d %H:%M:%S"), " 00:00:00", "")
    elif pa.types.is_time(kind):
        text = pc.replace_substring_regex(pc.cast(values, pa.string()), r"\.\d+$", "")
    elif pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        cells = values.to_pylist()
        text = pa.array([None if cell is None else _json(cell) for cell in cells], pa.string())
    else:
        text = pc.cast(values, pa.string())
    return pc.fill_null(text, "")


def _json(cell: object) -> str:
    return json.dumps(cell, ensure_ascii=False, default=str)
