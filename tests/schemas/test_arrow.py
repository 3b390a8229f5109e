"""A table as an Arrow schema."""

import json

import pyarrow as pa

from schemas.arrow import arrow_schema
from schemas.assault import ASSAULT
from schemas.dictionary import EVERY_TABLE
from schemas.national import ASSAULTS_BY_FORCE
from schemas.table import Field, Table


def test_columns_stand_in_the_declared_order() -> None:
    assert tuple(arrow_schema(ASSAULT).names) == ASSAULT.names


def test_each_type_of_a_declaration_has_its_arrow_type() -> None:
    kinds = ("string", "date", "time", "timestamp", "integer", "number", "boolean", "list")
    table = Table("kinds", "One of each.", tuple(Field(kind, kind, "A field.") for kind in kinds))
    assert arrow_schema(table).types == [
        pa.string(),
        pa.date32(),
        pa.time64("us"),
        pa.timestamp("us", tz="UTC"),
        pa.int64(),
        pa.float64(),
        pa.bool_(),
        pa.list_(pa.string()),
    ]


def test_a_column_carries_its_description_and_unit() -> None:
    metadata = arrow_schema(ASSAULT).field("days_lost").metadata
    assert metadata[b"description"] == b"Working days lost through the assault so far."
    assert metadata[b"unit"] == b"days"


def test_a_coded_column_carries_each_code_with_its_meaning() -> None:
    codes = json.loads(arrow_schema(ASSAULT).field("treatment").metadata[b"codes"])
    assert list(codes) == ["none", "first_aid", "hospital", "unknown"]
    assert codes["hospital"] == "Hospital treatment"


def test_a_free_column_carries_no_codes_and_no_unit() -> None:
    assert set(arrow_schema(ASSAULT).field("district").metadata) == {b"description"}


def test_a_required_column_says_so_and_may_still_be_null_in_a_held_record() -> None:
    column = arrow_schema(ASSAULT).field("occurred_on")
    assert column.metadata[b"required"] == b"true"
    assert column.nullable


def test_the_schema_carries_what_one_row_is_and_the_key() -> None:
    metadata = arrow_schema(ASSAULTS_BY_FORCE).metadata
    assert metadata[b"table"] == b"assaults_by_force"
    assert metadata[b"description"] == ASSAULTS_BY_FORCE.description.encode()
    assert json.loads(metadata[b"key"]) == list(ASSAULTS_BY_FORCE.key)


def test_a_parquet_file_keeps_the_metadata(tmp_path) -> None:
    import pyarrow.parquet as pq

    schema = arrow_schema(ASSAULT)
    pq.write_table(schema.empty_table(), tmp_path / "assaults.parquet")
    kept = pq.read_schema(tmp_path / "assaults.parquet")
    assert kept.field("injury").metadata == schema.field("injury").metadata
    assert kept.metadata[b"description"] == ASSAULT.description.encode()


def test_every_table_has_an_arrow_schema() -> None:
    for table in EVERY_TABLE:
        assert tuple(arrow_schema(table).names) == table.names
