"""A table as an Arrow schema: the types of Parquet at rest, each column carrying what it means."""

from __future__ import annotations

import json

import pyarrow as pa

from schemas.table import Field, Table

TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "list": pa.list_(pa.string()),
}


def arrow_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of a table, one field a column in the declared order.

    The schema's metadata names and describes the table and lists its key. Every field may be null, for held
    records share the schema and lack what they are held for; `required` in a field's metadata marks those
    that are always there once accepted.
    """
    metadata = {"table": table.name, "description": table.description, "key": json.dumps(table.key)}
    return pa.schema([arrow_field(declared) for declared in table.fields], metadata=metadata)


def arrow_field(declared: Field) -> pa.Field:
    """Return one column: its type, and in its metadata the description, the unit and what each code means."""
    metadata = {"description": declared.description}
    if declared.unit:
        metadata["unit"] = declared.unit
    if declared.required:
        metadata["required"] = "true"
    if declared.codes is not None:
        meanings = {code.code: code.meaning for code in declared.codes.codes}
        metadata["codes"] = json.dumps(meanings, ensure_ascii=False)
    return pa.field(declared.name, TYPES[declared.type], metadata=metadata)
