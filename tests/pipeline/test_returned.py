"""The force's own file back: what is wrong is marked, and nothing else is changed."""

from __future__ import annotations

import csv
import io
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from python_calamine import CalamineWorkbook

from pipeline.returned.drop import give_back_drop
from pipeline.returned.key import key_in
from pipeline.returned.marks import ADDED, Marks, place_of, places_of, read_marks, shown
from pipeline.returned.styles import COLOURS
from tests.office import COLUMNS, FORCE, ROW, Office, export

# The files are of July 2018, by their names.
HEADING = "collate key crime 2018-07-01 to 2018-07-31"

RED, AMBER = COLOURS["error"], COLOURS["query"]
# Each changes one cell of its own row: the first is an error, the others are queries.
FAULTS = ({"Date": "31/02/2018"}, {"Injury": "Ouch"}, {"Days lost": "3.5"}, {"Spat at": "Perhaps"})


def rows_with(faults: int, rows: int = 40) -> list[dict[str, str]]:
    """Return rows so many of which are at fault, in one cell each."""
    return [
        dict(FAULTS[number // 2 % len(FAULTS)]) if number % 2 and number // 2 < faults else {}
        for number in range(rows)
    ]


def workbook(path: Path, rows: list[dict[str, str]], top: int = 3, left: int = 2) -> Path:
    """Write a workbook of two sheets whose table begins below a title and beside an empty column, with formulas."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Crimes & more"
    sheet.cell(1, left, "Assaults on officers").font = Font(bold=True)
    for place, name in enumerate(COLUMNS):
        sheet.cell(top, left + place, name)
    for number, changed in enumerate(rows):
        values = {**ROW, "Ref": f"{1001 + number}/18", "Collar": f"C{4471 + number}", **changed}
        values["Force"] = "North Yorkshire"
        for place, name in enumerate(COLUMNS):
            cell = sheet.cell(top + 1 + number, left + place)
            if name == "MO":
                cell.value = f'=CONCATENATE("row ",{number})'
            elif values[name]:
                cell.value = values[name]
    sheet.cell(top + 1, left).fill = PatternFill("solid", fgColor="FF00FF00")
    sheet.column_dimensions["Z"].hidden = True
    other = book.create_sheet("Notes")
    other["A1"], other["B2"] = "made by hand", datetime(2018, 7, 1)
    book.save(path)
    return path


def marked_cells(path: Path, sheet: str | None = None) -> dict[str, str]:
    """Return the cells of a sheet filled with a colour of ours."""
    book = openpyxl.load_workbook(path)
    table = book[sheet] if sheet else book.worksheets[0]
    return {
        cell.coordinate: cell.fill.fgColor.rgb
        for row in table.iter_rows()
        for cell in row
        if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in (RED, AMBER)
    }


def check_marked(collate: Callable[..., Any], file: Path, out: Path) -> Path:
    ended = collate("check", file, "--force", FORCE, "--book", "crime", "--marked", out)
    assert ended.code in (0, 1), ended.err
    (only,) = out.iterdir()
    return only


@pytest.mark.slow
@pytest.mark.parametrize("faults", [0, 19])
def test_k_faults_mark_k_cells(
    office: Office, collate: Callable[..., Any], tmp_path: Path, faults: int
) -> None:
    sent = workbook(tmp_path / "crime_2018-07.xlsx", rows_with(faults))
    marked = check_marked(collate, sent, tmp_path / "out")
    cells = marked_cells(marked)
    seeded = {
        openpyxl.utils.get_column_letter(2 + COLUMNS.index(name)) + str(4 + number)
        for number, changed in enumerate(rows_with(faults))
        for name in changed
    }
    red = {place for place in seeded if place.startswith("C")}
    assert (set(cells), len(cells)) == (seeded, faults)
    assert cells == {place: RED if place in red else AMBER for place in seeded}
    table = openpyxl.load_workbook(marked).worksheets[0]
    commented = {cell.coordinate for row in table.iter_rows() for cell in row if cell.comment}
    assert commented == seeded


@pytest.mark.slow
def test_what_is_not_marked_is_as_it_was(office: Office, collate: Callable[..., Any], tmp_path: Path) -> None:
    sent = workbook(tmp_path / "crime_2018-07.xlsx", rows_with(5))
    marked = check_marked(collate, sent, tmp_path / "out")
    before, after = CalamineWorkbook.from_path(sent), CalamineWorkbook.from_path(marked)
    assert before.sheet_names == after.sheet_names
    for name in before.sheet_names:
        rows = before.get_sheet_by_name(name).to_python()
        width = len(rows[0])
        assert [row[:width] for row in after.get_sheet_by_name(name).to_python()] == rows
    old, new = openpyxl.load_workbook(sent), openpyxl.load_workbook(marked)
    for table in old.worksheets:
        for row in table.iter_rows():
            for cell in row:
                assert new[table.title][cell.coordinate].value == cell.value
    assert new.worksheets[0]["Q4"].value == '=CONCATENATE("row ",0)'
    assert new.worksheets[0]["B4"].fill.fgColor.rgb == "FF00FF00"
    with zipfile.ZipFile(sent) as one, zipfile.ZipFile(marked) as other:
        changed = {name for name in one.namelist() if one.read(name) != other.read(name)}
    assert changed == {"[Content_Types].xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"}


@pytest.mark.slow
def test_rows_say_their_state_their_number_and_what_is_wrong(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    rows = [{}, {"Date": "31/02/2018"}, {"Ref": "1001/18", "Collar": "C4471"}, {"Injury": "Ouch"}]
    marked = check_marked(collate, workbook(tmp_path / "crime_2018-07.xlsx", rows), tmp_path / "out")
    table = openpyxl.load_workbook(marked).worksheets[0]
    # Column Z is hidden in what was sent; the added columns come after the last that is filled.
    added = [[table.cell(row, column).value for column in range(18, 23)] for row in (3, 4, 5, 6, 7)]
    assert added[0] == [*ADDED, HEADING]
    assert added[1][:4] == ["accepted", None, 4, None]
    assert added[2][:3] == ["held back", None, 5]
    assert added[2][3].startswith("Date: ")
    assert added[3][:3] == ["not counted", None, 6]
    assert added[4][:3] == ["query", None, 7]
    keys = [key_in(each[4]) for each in added[1:]]
    assert [key and (key.row, key.state) for key in keys] == [(4, "a"), (5, "h"), (6, "n"), (7, "q")]
    assert not table.column_dimensions["R"].hidden


@pytest.mark.slow
def test_comments_that_were_there_stay(office: Office, collate: Callable[..., Any], tmp_path: Path) -> None:
    sent = workbook(tmp_path / "crime_2018-07.xlsx", rows_with(3))
    book = openpyxl.load_workbook(sent)
    sheet = book.worksheets[0]
    sheet["C4"].comment, sheet["C5"].comment = Comment("mine", "me"), Comment("mine too", "me")
    book.save(sent)
    marked = check_marked(collate, sent, tmp_path / "out")
    table = openpyxl.load_workbook(marked).worksheets[0]
    assert table["C4"].comment.text == "mine"
    assert len(marked_cells(marked)) == 3
    texts = {cell.coordinate: cell.comment.text for row in table.iter_rows() for cell in row if cell.comment}
    assert set(texts) == {"C4", "C5", *marked_cells(marked)}
    assert texts["C5"].startswith("mine too")


@pytest.mark.slow
def test_an_empty_cell_that_must_be_filled_is_marked(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    marked = check_marked(
        collate, workbook(tmp_path / "crime_2018-07.xlsx", [{}, {"Date": ""}]), tmp_path / "out"
    )
    assert set(marked_cells(marked)) == {"C5"}


@pytest.mark.slow
def test_macros_are_kept(office: Office, collate: Callable[..., Any], tmp_path: Path) -> None:
    plain = workbook(tmp_path / "plain.xlsx", rows_with(2))
    sent = tmp_path / "crime_2018-07.xlsm"
    with zipfile.ZipFile(plain) as one, zipfile.ZipFile(sent, "w") as other:
        for name in one.namelist():
            text = one.read(name)
            if name == "[Content_Types].xml":
                text = text.replace(
                    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                    b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
                )
            other.writestr(name, text)
        other.writestr("xl/vbaProject.bin", b"\x00macros")
    marked = check_marked(collate, sent, tmp_path / "out")
    assert marked.name.startswith("marked.xls")
    assert zipfile.ZipFile(marked).read("xl/vbaProject.bin") == b"\x00macros"
    assert len(marked_cells(marked)) == 2


@pytest.mark.slow
def test_xml_written_otherwise_is_given_back_as_read(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    plain = workbook(tmp_path / "plain.xlsx", rows_with(4))
    sent = tmp_path / "crime_2018-07.xlsx"
    with zipfile.ZipFile(plain) as one, zipfile.ZipFile(sent, "w") as other:
        for name in one.namelist():
            other.writestr(name, one.read(name).replace(b"<sheetData>", b"<sheetData><!-- a note -->"))
    ended = collate("check", sent, "--force", FORCE, "--book", "crime", "--marked", tmp_path / "out")
    assert "cannot be written as it was sent" in ended.out
    marked = tmp_path / "out" / "marked.xlsx"
    assert len(marked_cells(marked)) == 4
    rows = CalamineWorkbook.from_path(marked).get_sheet_by_index(0).to_python()
    assert rows[0] == [*COLUMNS, *ADDED, HEADING]
    assert [row[-3] for row in rows[1:]] == [float(number) for number in range(4, 44)]


@pytest.mark.slow
def test_a_web_page_is_given_back_as_a_new_workbook(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    rows = list(csv.reader(io.StringIO(export(*rows_with(3, 10)))))
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    sent = tmp_path / "crime_2018-07.xls"
    sent.write_text(f"<html><body><table>{body}</table></body></html>", encoding="utf-8")
    marked = check_marked(collate, sent, tmp_path / "out")
    assert marked.name == "marked.xlsx"
    assert len(marked_cells(marked)) == 3


def back(sent: bytes, marked: bytes, encoding: str) -> list[list[str]]:
    """Return the values added to each line, after asserting that each line begins as it was sent."""
    old, new = sent.decode(encoding).splitlines(), marked.decode(encoding).splitlines()
    assert len(old) == len(new)
    assert all(after.startswith(before) for before, after in zip(old, new, strict=True))
    return [
        after[len(before) :].split(after[len(before) : len(before) + 1])[1:]
        for before, after in zip(old, new, strict=True)
        if after != before
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "delimiter", "end"),
    [("cp1252", ";", "\r\n"), ("utf-8-sig", ",", "\n"), ("utf-16", "\t", "\r\n")],
)
def test_text_comes_back_in_its_own_encoding_and_delimiter(
    office: Office, collate: Callable[..., Any], tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    rows: list[Mapping[str, str]] = [*rows_with(4, 12), {"Station": "Selby – Köln", "Surname": "O’Hara £5"}]
    table = csv.reader(io.StringIO(export(*rows)))
    sent = tmp_path / "crime_2018-07.csv"
    sent.write_bytes("".join(delimiter.join(row) + end for row in table).encode(encoding))
    marked = check_marked(collate, sent, tmp_path / "out")
    added = back(sent.read_bytes(), marked.read_bytes(), encoding)
    assert added[0] == [*ADDED, HEADING]
    assert [each[2] for each in added[1:]] == [str(number) for number in range(2, 15)]
    assert [each[0] for each in added[1:8:2]] == ["accepted"] * 4
    assert [each[0] for each in added[2:9:2]] == ["held back", "query", "query", "query"]
    assert (
        marked.read_bytes().count(end.encode(encoding.replace("utf-16", "utf-16-le").removesuffix("-sig")))
        == 14
    )


@pytest.mark.slow
def test_rows_over_several_lines_footnotes_and_refused_lines_stay(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    text = (
        export({}, {"MO": 'He said "no"\nand,\nran'}, {"Injury": "Ouch"})
        + "torn,line\n"
        + export({"Collar": "C4480"}).splitlines()[1]
    )
    text = text.replace("1001/18", "2001/18", 1) + "\n\n"
    sent = tmp_path / "crime_2018-07.csv"
    sent.write_text(text, encoding="utf-8")
    marked = check_marked(collate, sent, tmp_path / "out")
    rows = list(csv.reader(io.StringIO(marked.read_text(encoding="utf-8"))))
    before = list(csv.reader(io.StringIO(text)))
    # A line that was refused has the added columns, empty: it is a row once it has all its values.
    before[4] += [""] * 5
    assert [row[: len(COLUMNS)] for row in rows] == before
    assert [row[-3] for row in rows[1:4]] == ["2", "3", "6"]
    assert [row[-5] for row in rows[1:4]] == ["accepted", "accepted", "query"]


@pytest.mark.slow
def test_what_is_added_is_never_a_formula(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    forces = office.forces / f"{FORCE}.toml"
    forces.write_text(forces.read_text("utf-8").replace('"Injury"', '"=Injury"'), encoding="utf-8")
    text = export({"Injury": '=cmd|" /C calc"!A0'}, {"Injury": "-2+3"}).replace("Injury", "=Injury", 1)
    sent = tmp_path / "crime_2018-07.csv"
    sent.write_text(text, encoding="utf-8")
    marked = check_marked(collate, sent, tmp_path / "out")
    rows = list(csv.reader(io.StringIO(marked.read_text(encoding="utf-8"))))
    assert [row[-2][:9] for row in rows[1:]] == ["'=Injury:"] * 2
    for text in ("=1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert shown(text).startswith("'")
    assert not Marks(says={1: [" =1+1"]}).said(1).startswith("=")


@pytest.mark.slow
def test_a_drop_is_marked_from_the_archive_when_it_is_asked_for(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    receipt = office.receipt(export(*rows_with(3, 10)))
    at_rest = office.at_rest()
    ended = collate("marked", "--drop", receipt["drop_id"], "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    lines = (tmp_path / "out" / "marked.csv").read_text(encoding="utf-8").splitlines()
    assert sum(",held back," in line for line in lines) == 1
    assert sum(",query," in line for line in lines) == 2
    assert office.at_rest() == at_rest
    assert collate("marked", "--drop", "nosuch", "--out", tmp_path / "out").code == 2


def test_a_marked_file_is_not_written_over_what_it_is_made_from(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    sent = tmp_path / "marked.csv"
    sent.write_text(export({}), encoding="utf-8")
    ended = collate("check", sent, "--force", FORCE, "--book", "crime", "--marked", tmp_path)
    assert (ended.code, sent.read_text(encoding="utf-8")) == (2, export({}))


def test_columns_whose_names_hold_commas_are_found() -> None:
    columns = ("Code", "Offence, in full", "Title")
    assert places_of("Code, Offence, in full", columns) == (0, 1)
    assert places_of("Offence, in full", columns) == (1,)
    assert places_of("Nowhere", columns) == ()


def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe_and_no_other(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    live = ["=cmd|' /c calc'!A0", '=HYPERLINK("http://x","y")', "@SUM(1+1)", "+1+1", "-2+3", "\t=1+1"]
    still = ["-", "+44 7700", "-5", "a=b", '"=1"', "'=1"]
    rows = [{"MO": value, "Ref": f"{1001 + number}/18"} for number, value in enumerate(live + still)]
    sent = tmp_path / "crime_2018-07.csv"
    sent.write_text(export(*rows, {"Injury": "Ouch"}), encoding="utf-8")
    ended = collate(
        "check",
        sent,
        "--force",
        FORCE,
        "--book",
        "crime",
        "--marked",
        tmp_path / "out",
        "--out",
        tmp_path / "out",
    )
    assert "6 cells were given an apostrophe so that no spreadsheet runs them" in ended.out.replace("\n", " ")
    assert "6 cells were given an apostrophe" in (tmp_path / "out" / "letter.md").read_text(encoding="utf-8")
    marked = tmp_path / "out" / "marked.csv"
    before = list(csv.reader(io.StringIO(sent.read_text(encoding="utf-8"))))
    after = list(csv.reader(io.StringIO(marked.read_text(encoding="utf-8"))))
    place = COLUMNS.index("MO")
    assert [row[place] for row in after[1:-1]] == [*(f"'{value}" for value in live), *still]
    assert [row[: len(COLUMNS)] for row in after[7:]] == before[7:]
    assert all("1 cell was given an apostrophe" in row[-2] for row in after[1:7])
    assert after[7][-2] == ""


@pytest.mark.slow
def test_formulas_of_the_force_stay_and_are_said(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    sent = workbook(tmp_path / "crime_2018-07.xlsx", rows_with(2, 5))
    ended = collate("check", sent, "--force", FORCE, "--book", "crime", "--marked", tmp_path / "out")
    assert "5 formulas of its own, which were left as they were" in ended.out.replace("\n", " ")


@pytest.mark.slow
def test_a_received_workbook_is_marked_beside_its_receipt_the_same_bytes_each_time(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file with columns that the force's file has ignored is not marked unasked.
    monkeypatch.setattr(sys.modules[__name__], "COLUMNS", COLUMNS[:-2])
    sent = workbook(tmp_path / "crime_2018-07.xlsx", rows_with(2, 5))
    # The force's files are named so; what they are is seen by their bytes.
    receipt = office.receipt(sent.read_bytes(), "crime_2018-07.csv")
    back = office.store().return_path(FORCE, receipt["drop_id"])
    assert len(marked_cells(back / "marked.xlsx")) == 2
    assert "**marked.xlsx**" in (back / "letter.md").read_text(encoding="utf-8")
    again = give_back_drop(office.home, receipt["drop_id"], tmp_path / "again")
    # Two seconds are the grain of a clock in an archive.
    time.sleep(2.1)
    later = give_back_drop(office.home, receipt["drop_id"], tmp_path / "later")
    assert (back / "marked.xlsx").read_bytes() == again.path.read_bytes() == later.path.read_bytes()


def test_the_cell_that_findings_name_is_the_one_that_is_marked(tmp_path: Path) -> None:
    findings = tmp_path / "findings.csv"
    columns = ("Ref", "Code", "Offence", "Role")
    lines = (
        ("16", "D16", "Offence, Role"),
        ("17", "", "Code, Offence"),
        ("18", "F18", "elsewhere"),
        ("19", "B19", "Ref"),
    )
    with findings.open("w", encoding="utf-8", newline="") as written:
        rows = csv.DictWriter(
            written, ("row", "cell", "column", "severity", "message", "mend", "victim"), restval=""
        )
        rows.writeheader()
        for row, cell, column in lines:
            rows.writerow({"row": row, "cell": cell, "column": column, "severity": "query"})
    marks = read_marks(findings, columns, 1, first_column=2)
    assert {row: [*cells] for row, cells in marks.cells.items()} == {16: [2], 17: [1, 2], 19: [0]}
    assert [place_of(cell, 1) for cell in ("4", "AA7", "", "?")] == [3, 26, None, None]
