"""JSON lines: keys in order of appearance, values as they stand, lines that are no object refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.read import Export, Reading, Refused, open_export

Rows = list[tuple[int | str, ...]]


def read(folder: Path, content: str | bytes) -> tuple[Export, Rows]:
    path = folder / "drop.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    export = open_export(path, Reading())
    rows = [tuple(row.values()) for row in export.batches(export.columns).read_all().to_pylist()]
    assert export.sums.balanced, export.sums
    assert export.sums.rows == len(rows)
    return export, rows


def test_columns_are_the_keys_in_order_of_first_appearance(tmp_path: Path) -> None:
    export, rows = read(tmp_path, '{"ref": "A1", "town": "Bath"}\n{"days": 3, "ref": "A2"}\n')
    assert export.columns == ("ref", "town", "days")
    assert rows == [(1, "A1", "Bath", ""), (2, "A2", "", "3")]
    assert (export.format, export.header_row, export.sums.header) == ("jsonl", 0, 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        ("12345678901234567890", "12345678901234567890"),
        ("true", "true"),
        ("null", ""),
        ('""', ""),
        ('"café \\n two"', "café \n two"),
        ('["Alcohol", 1.5]', '["Alcohol", 1.5]'),
        ('{"a": {"b": [true, null]}}', '{"a": {"b": [true, null]}}'),
    ],
)
def test_a_value_is_text_as_it_stands(tmp_path: Path, value: str, text: str) -> None:
    assert read(tmp_path, f'{{"ref": "A1", "value": {value}}}')[1] == [(1, "A1", text)]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"ref": "A2"', "is not JSON, or is cut short"),
        ("ref,town", "is not JSON, or is cut short"),
        ('["A2"]', "is JSON but not an object"),
        ('{"ref": "A2", "ref": "A3"}', "names a key twice"),
        ('{"ref": ' + "[" * 100_000 + "}", "is not JSON, or is cut short"),
    ],
)
def test_a_line_that_is_no_object_is_refused_and_the_others_go_on(
    tmp_path: Path, line: str, fault: str
) -> None:
    export, rows = read(tmp_path, f'{{"ref": "A1"}}\n\n{line}\n{{"ref": "A4"}}\n')
    assert rows == [(1, "A1"), (4, "A4")]
    (refusal,) = export.refusals
    assert refusal.row_number == 3
    assert refusal.sentence == f"Line 3 {fault}; write each row as one object on one line."
    assert export.sums.blank == 1


def test_utf_16_with_a_mark_is_read(tmp_path: Path) -> None:
    export, rows = read(tmp_path, b"\xff\xfe" + '{"ref": "Łódź"}\r\n'.encode("utf-16-le"))
    assert rows == [(1, "Łódź")]
    assert export.encoding == "utf-16-le"


def test_rows_of_several_blocks_keep_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.read.text.BLOCK", 64)
    monkeypatch.setattr("pipeline.read.text.SLIVER", 8)
    _, rows = read(tmp_path, "".join(f'{{"ref": "A{number}"}}\n' for number in range(1, 101)))
    assert rows == [(number, f"A{number}") for number in range(1, 101)]


def test_a_file_whose_keys_are_data_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.read.jsonl.MOST_COLUMNS", 3)
    with pytest.raises(Refused, match="more than 3 different keys"):
        read(tmp_path, '{"a": 1, "b": 2}\n{"c": 3, "d": 4}\n')


def test_a_file_without_any_object_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "drop.jsonl"
    path.write_text("[1]\n2\n")
    with pytest.raises(Refused, match="holds no JSON object"):
        open_export(path, Reading(format="jsonl"))
