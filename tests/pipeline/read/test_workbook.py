"""Workbooks: where the table stands, what its cells say as text, and workbooks that cannot be read."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from pipeline.read import Export, Reading, Refused, open_export

Rows = list[tuple[int | str, ...]]


def workbook(folder: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    """Return the path of a new workbook with these sheets, each from its cell A1."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    path = folder / "drop.xlsx"
    book.save(path)
    return path


def read(path: Path, reading: Reading | None = None, expected: tuple[str, ...] = ()) -> tuple[Export, Rows]:
    export = open_export(path, reading or Reading(), expected)
    rows = [tuple(row.values()) for row in export.batches(export.columns).read_all().to_pylist()]
    assert export.sums.balanced, export.sums
    assert export.sums.rows == len(rows)
    return export, rows


def test_titles_blank_rows_repeated_headers_and_footnotes_are_counted_and_are_no_rows(tmp_path: Path) -> None:
    rows = [
        ["Assaults on police"],
        [],
        ["Ref", "Town", "Days"],
        ["A1", "Bath", 1],
        [" ", None, None],
        ["Ref", "Town", "Days"],
        ["A2", "Hull", 2],
        [],
        ["Total", None, 3],
        ["Source: crime system"],
    ]
    export, read_rows = read(workbook(tmp_path, Sheet1=rows))
    assert read_rows == [(4, "A1", "Bath", "1"), (7, "A2", "Hull", "2")]
    assert export.header_row == 3
    assert export.sheet == "Sheet1"
    sums = export.sums
    assert (sums.lines, sums.header, sums.blank, sums.notes, sums.parsed_lines) == (10, 3, 3, 2, 2)


def test_a_header_repeated_in_another_order_ends_what_is_read(tmp_path: Path) -> None:
    rows = [
        ["Ref", "Town", "Days"],
        ["A1", "Bath", 1],
        ["Town", "Ref", "Days"],
        ["Hull", "A2", 2],
        ["Goole", "A3", 3],
    ]
    export, read_rows = read(workbook(tmp_path, Sheet1=rows))
    assert read_rows == [(2, "A1", "Bath", "1")]
    (refusal,) = export.refusals
    assert refusal.sentence.startswith(
        "Row 3 repeats the header with its columns in another order, so rows 3 to 5 were not read"
    )
    assert export.sums.refused == 3


def test_a_row_with_one_filled_cell_stays_a_row_while_rows_follow_it(tmp_path: Path) -> None:
    rows = [["Ref", "Town", "Days"], ["Total", None, None], ["A1", "Bath", 1]]
    assert [row[1] for row in read(workbook(tmp_path, Sheet1=rows))[1]] == ["Total", "A1"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (datetime.date(2018, 7, 4), "2018-07-04"),
        (datetime.datetime(2018, 7, 4, 13, 5), "2018-07-04 13:05:00"),
        (datetime.datetime(2018, 7, 4, 23, 59, 59), "2018-07-04 23:59:59"),
        (datetime.time(13, 5), "13:05:00"),
        (datetime.timedelta(hours=25, minutes=30), "25:30:00"),
        (3.0, "3"),
        (2.5, "2.5"),
        (10**14, "100000000000000"),
        (True, "TRUE"),
        (False, "FALSE"),
        ("007", "007"),
        (" padded ", " padded "),
        (None, ""),
    ],
)
def test_a_cell_is_read_as_text(tmp_path: Path, cell: object, text: str) -> None:
    _, rows = read(workbook(tmp_path, Sheet1=[["Ref", "Value", "Town"], ["A1", cell, "Bath"]]))
    assert rows == [(2, "A1", text, "Bath")]


def test_a_table_away_from_the_corner_keeps_its_sheet_rows_and_letters(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for place, value in {
        "C4": "Ref",
        "E4": "Town",
        "C5": "A1",
        "D5": "x",
        "E5": "Bath",
        "C7": "A2",
        "E7": "Hull",
    }.items():
        book.active[place] = value
    book.save(tmp_path / "drop.xlsx")
    export, rows = read(tmp_path / "drop.xlsx")
    assert export.columns == ("Ref", "column D", "Town")
    assert rows == [(5, "A1", "x", "Bath"), (7, "A2", "", "Hull")]
    assert (export.sums.lines, export.sums.blank) == (7, 4)


def test_empty_columns_beside_a_table_under_a_title_are_no_columns(tmp_path: Path) -> None:
    rows = [["A long title"], [None, "Ref", "Town", "Days"], [None, "A1", "Bath", 1], [None, "A2", "Hull", 2]]
    export, _ = read(workbook(tmp_path, Sheet1=rows))
    assert export.columns == ("Ref", "Town", "Days")


def test_a_column_without_a_name_that_is_filled_far_down_is_a_column(tmp_path: Path) -> None:
    rows = [
        ["Ref", "Town", None],
        *([f"A{number}", "Bath", None] for number in range(300)),
        ["B1", "Hull", "x"],
    ]
    export, read_rows = read(workbook(tmp_path, Sheet1=rows))
    assert export.columns == ("Ref", "Town", "column C")
    assert read_rows[-1] == (302, "B1", "Hull", "x")


def test_grouped_merged_headers_are_carried_right(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Ref", "Injury", None, "Town"], [None, "Head", "Arm", None], ["A1", "Y", "N", "Bath"]):
        sheet.append(row)
    for cells in ("A1:A2", "B1:C1", "D1:D2"):
        sheet.merge_cells(cells)
    book.save(tmp_path / "drop.xlsx")
    export, rows = read(tmp_path / "drop.xlsx", Reading(header_rows=2))
    assert export.columns == ("Ref", "Injury / Head", "Injury / Arm", "Town")
    assert rows == [(3, "A1", "Y", "N", "Bath")]


def test_a_line_break_inside_a_header_is_one_space(tmp_path: Path) -> None:
    export, _ = read(workbook(tmp_path, Sheet1=[["Ref", "Date\ncommitted "], ["A1", "x"]]))
    assert export.columns == ("Ref", "Date committed")


def test_a_pinned_header_row_wins(tmp_path: Path) -> None:
    export, rows = read(
        workbook(tmp_path, Sheet1=[["a", "b"], ["Ref", "Town"], ["A1", "x"]]), Reading(header_row=2)
    )
    assert export.columns == ("Ref", "Town")
    assert rows == [(3, "A1", "x")]


def test_empty_sheets_and_sheets_of_notes_are_passed_over(tmp_path: Path) -> None:
    path = workbook(tmp_path, Cover=[["About this file"]], Empty=[], Table=[["Ref", "Town"], ["A1", "Bath"]])
    export, rows = read(path)
    assert export.sheet == "Table"
    assert rows == [(2, "A1", "Bath")]


def test_two_tables_are_refused_by_name(tmp_path: Path) -> None:
    path = workbook(tmp_path, April=[["Ref", "Town"], ["A1", "x"]], May=[["Ref", "Town"], ["A2", "y"]])
    with pytest.raises(Refused) as refused:
        open_export(path, Reading(), ("Ref", "Town"))
    assert refused.value.sentence.startswith('drop.xlsx holds tables on several sheets ("April", "May")')


def test_of_two_tables_the_one_with_the_expected_words_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path, Codes=[["Code", "Meaning"], ["1", "x"]], Rows=[["Ref", "Town"], ["A1", "Bath"]])
    export, _ = read(path, expected=("Ref", "Town", "Days"))
    assert export.sheet == "Rows"


def test_a_pinned_sheet_wins(tmp_path: Path) -> None:
    path = workbook(tmp_path, April=[["Ref", "Town"], ["A1", "x"]], May=[["Ref", "Town"], ["A2", "y"]])
    _, rows = read(path, Reading(sheet="May"))
    assert rows == [(2, "A2", "y")]


def test_a_sheet_with_the_same_header_beside_a_pinned_one_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, rows in {"First": 3, "Second": 5, "Codes": 4}.items():
        sheet = book.create_sheet(name)
        sheet.append(["Assaults of the month"])
        sheet.append([])
        sheet.append(["Code", "Meaning"] if name == "Codes" else ["Ref", "Date", "Injury"])
        for number in range(rows):
            sheet.append([f"{name}{number}", "03/07/2018", "None"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    said = [each.sentence for each in open_export(path, Reading(sheet="First")).noticed]
    assert [each for each in said if "Second" in each] == [
        'Sheet "Second" has the same header and 5 rows, and was not read; "First" was. If it is meant too, send it in '
        "a file of its own."
    ]
    assert not [each for each in said if "Codes" in each]


def test_a_pinned_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    path = workbook(tmp_path, April=[["Ref", "Town"], ["A1", "x"]])
    with pytest.raises(Refused, match='no sheet "June"; its sheets are "April"'):
        open_export(path, Reading(sheet="June"))


def test_a_pinned_header_row_that_is_blank_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, April=[["Ref", "Town"], ["A1", "x"]])
    with pytest.raises(Refused, match='on row 9 of sheet "April", where there is none'):
        open_export(path, Reading(header_row=9))


def test_a_header_alone_has_columns_and_no_rows(tmp_path: Path) -> None:
    export, rows = read(workbook(tmp_path, Sheet1=[["Ref", "Town"]]))
    assert (export.columns, rows) == (("Ref", "Town"), [])


def test_a_workbook_is_known_by_its_content_whatever_its_name_says(tmp_path: Path) -> None:
    path = workbook(tmp_path, Sheet1=[["Ref", "Town"], ["A1", "Bath"]])
    export, rows = read(path.rename(tmp_path / "drop.xls"))
    assert export.format == "xlsx"
    assert rows == [(2, "A1", "Bath")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("drop.xlsx", b"PK\x03\x04 cut short"),
        ("drop.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut short"),
    ],
)
def test_a_damaged_workbook_is_refused_by_its_name_alone(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused) as refused:
        open_export(tmp_path / name, Reading())
    assert refused.value.sentence.startswith(f"{name} is damaged")


def test_a_workbook_cut_in_half_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, Sheet1=[["Ref", "Town"], ["A1", "Bath"]])
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(Refused, match="damaged"):
        open_export(path, Reading())


def test_a_workbook_without_a_filled_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="every sheet in it is empty"):
        open_export(workbook(tmp_path, Sheet1=[], Sheet2=[]), Reading())
