"""Parquet: every type as text, rows numbered from one."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.read import Reading, Refused, open_export


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array(["a", None, ""]), ["a", "", ""]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array([True, False, None]), ["TRUE", "FALSE", ""]),
        (pa.array([1, None, 3]), ["1", "", "3"]),
        (pa.array([1.0, 2.5, None]), ["1", "2.5", ""]),
        (pa.array([Decimal("1.50"), None, Decimal("2.00")]), ["1.50", "", "2.00"]),
        (pa.array([datetime.date(2018, 7, 4), None, None]), ["2018-07-04", "", ""]),
        (
            pa.array([datetime.datetime(2018, 7, 4), datetime.datetime(2018, 7, 4, 13, 5), None]),
            ["2018-07-04", "2018-07-04 13:05:00", ""],
        ),
        (pa.array([datetime.time(13, 5), None, None]), ["13:05:00", "", ""]),
        (pa.array([["alcohol", "drugs"], [], None]), ['["alcohol", "drugs"]', "[]", ""]),
    ],
)
def test_a_column_is_read_as_text(tmp_path: Path, values: pa.Array, texts: list[str]) -> None:
    pq.write_table(pa.table({"other": [1, 2, 3], "value": values}), tmp_path / "drop.parquet")
    export = open_export(tmp_path / "drop.parquet", Reading())
    table = export.batches(["value"]).read_all()
    assert table.to_pydict() == {"row_number": [1, 2, 3], "value": texts}
    assert table.schema.field("value").type == pa.string()
    assert (export.sums.lines, export.sums.rows, export.sums.header) == (3, 3, 0)
    assert export.sums.balanced


def test_rows_can_be_counted_without_any_column(tmp_path: Path) -> None:
    pq.write_table(pa.table({"ref": ["a", "b"]}), tmp_path / "drop.parquet")
    assert open_export(tmp_path / "drop.parquet", Reading()).batches([]).read_all().num_rows == 2


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "drop.parquet"
    pq.write_table(pa.table({"ref": ["a", "b"]}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Refused, match="drop.parquet cannot be read as Parquet"):
        open_export(path, Reading())


def test_a_value_too_long_is_refused_also_in_a_column_nobody_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLATE_LIMIT_CELL_CHARACTERS", "1000")
    path = tmp_path / "drop.parquet"
    for long in (pa.array(["a", "b" * 1001]), pa.array(["a", "b" * 1001]).dictionary_encode()):
        pq.write_table(pa.table({"other": [1, 2], "value": long}), path)
        with pytest.raises(
            Refused, match='Row 2, column "value", holds a value of more than 1,000 characters'
        ):
            open_export(path, Reading()).batches(["other"]).read_all()
    pq.write_table(pa.table({"other": [*range(1000)], "value": [f"short {n}" for n in range(1000)]}), path)
    assert open_export(path, Reading()).batches(["other"]).read_all().num_rows == 1000
