"""A text that breaks off inside its last value, a header repeated in another order, a value longer than is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.read import Export, Reading, Refused, open_export, text

WORDS = ["None", "Slight", "Serious"]


def rows_with(column: str, values: list[str]) -> str:
    return f"Ref,{column}\n" + "".join(f"A{n},{value}\n" for n, value in enumerate(values))


def read(folder: Path, content: str | bytes, *columns: str) -> tuple[Export, list[tuple[str, ...]]]:
    path = folder / "drop.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    export = open_export(path, Reading())
    rows = [tuple(row.values()) for row in export.batches(columns or export.columns).read_all().to_pylist()]
    assert export.sums.balanced
    return export, rows


def kinds(export: Export) -> list[str]:
    return [each.kind for each in export.noticed]


@pytest.mark.parametrize(
    ("values", "last"),
    [
        (WORDS * 10, "Slig"),
        (WORDS * 10, ""),
        (["03/07/2018", "04/07/2018", "05/07/2018", "06/07/2018"], "07/07/20"),
        (["22:15", "23:15", "22:17", "21:15"], "20:"),
    ],
)
def test_a_last_value_without_a_line_end_that_begins_another_is_said(
    tmp_path: Path, values: list[str], last: str
) -> None:
    export, rows = read(tmp_path, rows_with("Last", values) + f"Z9,{last}", "Ref")
    assert (len(rows), kinds(export)) == (len(values) + 1, ["cut_short"])
    assert export.noticed[0].rows == (len(values) + 2,)
    assert export.noticed[0].sentence == (
        "The file does not end with a line end, as its other lines do, and the last value of line "
        f"{len(values) + 2} looks like the beginning of one: the row may be cut short. Check that the export had "
        "finished; if it had not, send the whole file."
    )


@pytest.mark.parametrize(
    ("values", "end"),
    [
        (WORDS * 10, "Slig\n"),
        (WORDS * 10, "Slight"),
        (WORDS * 10, "Grave"),
        (WORDS * 10, '"Slig"'),
        (WORDS, ""),
        (["1", "12", "123", "1234"], "1"),
        (["Leeds town", "Hull", "York", "Selby town"], "Leeds"),
        ([*WORDS * 10, ""], ""),
    ],
)
def test_a_file_without_a_last_line_end_is_usual_and_no_oddity_by_itself(
    tmp_path: Path, values: list[str], end: str
) -> None:
    export, rows = read(tmp_path, rows_with("Last", values) + f"Z9,{end}")
    assert (len(rows), kinds(export)) == (len(values) + 1, [])


NAMES = ("Ref", "Injury", "Town")
TURNED = "Injury,Town,Ref"
FIRST = "".join(f"A{n},Slight,York\n" for n in range(4))
THEN = "".join(f"Slight,York,B{n}\n" for n in range(3))


@pytest.mark.parametrize("columns", [NAMES, ("Injury",), ()])
@pytest.mark.parametrize("last", [THEN, '"Slight, or not",York,B1\nSlight,"Yo\nrk",B2\n', ""])
def test_below_a_header_in_another_order_nothing_is_read_into_the_wrong_columns(
    tmp_path: Path, columns: tuple[str, ...], last: str
) -> None:
    export, rows = read(tmp_path, ",".join(NAMES) + f"\n{FIRST}{TURNED}\n{last}", *columns)
    until = 6 + last.count("\n")
    assert [row[0] for row in rows] == [2, 3, 4, 5]
    assert [(each.row_number, each.last_row) for each in export.refusals] == [(6, until)]
    assert export.refusals[0].sentence.startswith(
        f"Line 6 repeats the header with its columns in another order, so lines 6 to {until} were not read"
    )


def test_a_header_in_another_order_is_found_in_a_later_block_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "BLOCK", 64)
    monkeypatch.setattr(text, "SLIVER", 8)
    content = ",".join(NAMES) + f"\n{FIRST * 5}{TURNED}\n{THEN * 5}"
    export, rows = read(tmp_path, content)
    assert len(rows) == 20
    assert [(each.row_number, each.last_row) for each in export.refusals] == [(22, 37)]


def test_a_header_repeated_in_its_own_order_is_still_a_header(tmp_path: Path) -> None:
    export, rows = read(tmp_path, ",".join(NAMES) + f"\n{FIRST}Ref,Injury,Town\n{FIRST}")
    assert (len(rows), export.sums.header, export.refusals) == (8, 2, [])


@pytest.mark.parametrize("cell", ["x" * 60, '"' + "y\n" * 30 + '"'])
def test_a_value_too_long_is_refused_also_in_a_column_nobody_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str
) -> None:
    monkeypatch.setenv("COLLATE_LIMIT_CELL_CHARACTERS", "50")
    content = f"Ref,Note,Town\nA1,short,York\nA2,{cell},York\nA3,short,York\n"
    for columns in (["Ref"], ["Note"], ["Ref", "Note", "Town"]):
        with pytest.raises(Refused, match='Row 3, column "Note", holds a value of more than 50 characters'):
            read(tmp_path, content, *columns)
    assert len(read(tmp_path, content.replace(cell, "x" * 50), "Ref")[1]) == 3


@pytest.mark.parametrize("end", ["\n\x1a", "\r\n\x1a\r\n", "\x1a", "\n\x1a\x1a"])
@pytest.mark.parametrize("head", ["Ref,Town\nA1,York\nA2,Hull", "Ref\nA1\nA2"])
def test_an_old_mark_for_the_end_of_a_file_is_no_row(tmp_path: Path, head: str, end: str) -> None:
    export, rows = read(tmp_path, head + end)
    assert [row[1:] for row in rows] == [("A1", "York"), ("A2", "Hull")] or [row[1:] for row in rows] == [
        ("A1",),
        ("A2",),
    ]
    assert (export.refusals, kinds(export)) == ([], ["end_mark"])


def test_a_mark_for_the_end_inside_a_file_is_left_where_it_stands(tmp_path: Path) -> None:
    _, rows = read(tmp_path, "Ref,Town\nA1,Yo\x1ark\nA2,Hull\n")
    assert [row[2] for row in rows] == ["Yo\x1ark", "Hull"]


def test_a_header_in_another_order_is_told_in_a_table_of_a_web_page_too(tmp_path: Path) -> None:
    lines = [",".join(NAMES), *FIRST.split(), TURNED, *THEN.split()]
    cells = "".join(f"<tr><td>{line.replace(',', '<td>')}</tr>" for line in lines)
    path = tmp_path / "drop.html"
    path.write_text(f"<table>{cells}</table>")
    export = open_export(path, Reading())
    table = export.batches(["Ref"]).read_all()
    assert table.column("Ref").to_pylist() == ["A0", "A1", "A2", "A3"]
    assert export.sums.balanced
    assert [(each.row_number, each.last_row) for each in export.refusals] == [(6, 9)]
    assert export.refusals[0].sentence.startswith(
        "Row 6 repeats the header with its columns in another order"
    )
