"""Values as formulas and rows quoted whole, which spreadsheets write to keep text as it is, are read as what they hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.read import Export, Reading, open_export


def read(folder: Path, content: str) -> tuple[Export, list[list[str]]]:
    path = folder / "drop.csv"
    path.write_text(content, encoding="utf-8", newline="")
    export = open_export(path, Reading())
    rows = [list(row.values())[1:] for row in export.batches(export.columns).read_all().to_pylist()]
    assert export.sums.balanced
    return export, rows


@pytest.mark.slow
@pytest.mark.parametrize("first", ['="0130"', '"=""0130"""'])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_value_kept_as_a_formula_is_read_with_its_noughts(tmp_path: Path, first: str, mark: str) -> None:
    rows = [
        ["Ref", "Time", "Town"],
        ['="007"', first, "York"],
        ["A2", "2215", "Bath"],
        ["A3", first, '="Hull"'],
    ]
    export, got = read(tmp_path, "".join(mark.join(row) + "\r\n" for row in rows))
    assert got == [["007", "0130", "York"], ["A2", "2215", "Bath"], ["A3", "0130", "Hull"]]
    said = {each.kind: each.count for each in export.noticed}
    assert said["formula_texts"] == 4
    assert "4 values are written as a formula" in export.noticed[0].sentence


def test_a_formula_with_a_delimiter_inside_is_one_value_and_its_header_a_name(tmp_path: Path) -> None:
    export, got = read(tmp_path, '="Ref",Name\n="1",="Selby, town"\n="2",x\n')
    assert (export.columns, got) == (("Ref", "Name"), [["1", "Selby, town"], ["2", "x"]])


def test_other_equals_signs_are_left_as_they_stand(tmp_path: Path) -> None:
    content = 'Ref,Note\n1,a="b"\n2,=A1+B1\n3,"say =""x"", or not"\n4,"y,=""z"",w"\n'
    export, got = read(tmp_path, content)
    assert [row[1] for row in got] == ['a="b"', "=A1+B1", 'say ="x", or not', 'y,="z",w']
    assert export.noticed == []


def test_rows_quoted_whole_are_read_as_their_columns(tmp_path: Path) -> None:
    content = '"Ref,Town,Note"\n"1,York,""Hit, twice"""\n"2,Bath,none"\n"3,Hull,"\n'
    export, got = read(tmp_path, content)
    assert export.columns == ("Ref", "Town", "Note")
    assert got == [["1", "York", "Hit, twice"], ["2", "Bath", "none"], ["3", "Hull", ""]]
    assert [each.kind for each in export.noticed] == ["rows_quoted_whole"]


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ('"Name"\n"Smith, PC, Selby"\n"Jones, PC, York"\n', 1),
        ('"Ref","Town","Note"\n"1","York","a"\n"2","Bath","b"\n', 3),
        ('"Smith, PC"\n"Jones, PC"\n', 1),
    ],
)
def test_quoted_values_are_no_quoted_rows(tmp_path: Path, content: str, columns: int) -> None:
    export, _ = read(tmp_path, content)
    assert len(export.columns) == columns
    assert "rows_quoted_whole" not in [each.kind for each in export.noticed]
