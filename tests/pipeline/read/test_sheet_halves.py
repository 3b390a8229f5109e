"""A sheet read by halves is the sheet read whole; where a half could be another thing, it is read whole."""

from __future__ import annotations

import zipfile
from concurrent.futures import Future
from pathlib import Path

import pytest
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from pipeline.read import sheet_halves
from pipeline.read.sheet_halves import HalvedSheet, Sheet, read_sheet
from pipeline.read.sheet_marks import read_marks

PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://'
    'schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Assaults" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
SHEET = "xl/worksheets/sheet1.xml"
WHOLE_BOTTOM = "</sheetData></worksheet>"


@pytest.fixture(autouse=True)
def _short_sheets_are_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_halves, "LEAST_BYTES", 1)
    monkeypatch.setattr(sheet_halves, "MOST_BESIDE", 1000)
    monkeypatch.setattr(sheet_halves, "CHUNK", 256)
    monkeypatch.setattr(sheet_halves.os, "cpu_count", lambda: 2)


def row(number: int, *columns: str, after: str = "") -> str:
    cells = "".join(
        f'<c r="{column}{number}" t="inlineStr"><is><t>{column} of {number}</t></is></c>'
        for column in columns
    )
    return f'<row r="{number}">{cells}{after}</row>'


def workbook(folder: Path, rows: list[str], bottom: str = WHOLE_BOTTOM) -> Path:
    """Return a workbook of one sheet of rows as they are written."""
    top = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    path = folder / "drop.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        archive.writestr(SHEET, top + "".join(rows) + bottom)
    return path


def read(path: Path) -> Sheet:
    marks: Future[object] = Future()
    marks.set_result(read_marks(path, "xlsx", "Assaults"))
    scratch = path.parent / "scratch"
    scratch.mkdir()
    sheet = read_sheet(CalamineWorkbook.from_path(path), path, "Assaults", scratch, lambda: marks)  # type: ignore[arg-type,return-value]
    assert list(scratch.iterdir()) == []
    return sheet


def assert_same_as_whole(sheet: Sheet, path: Path) -> None:
    whole = CalamineWorkbook.from_path(path).get_sheet_by_name("Assaults")
    for fact in ("name", "start", "end", "height", "width", "merged_cell_ranges"):
        assert getattr(sheet, fact) == getattr(whole, fact), fact
    assert list(sheet.iter_rows()) == list(whole.iter_rows())


def test_two_halves_are_the_sheet_with_its_empty_rows_and_merged_cells(tmp_path: Path) -> None:
    rows = [row(number, "B", "C", "D") for number in [*range(3, 60), *range(64, 130)]]
    merged = '</sheetData><mergeCells count="1"><mergeCell ref="B3:D3"/></mergeCells></worksheet>'
    path = workbook(tmp_path, rows, merged)
    sheet = read(path)
    assert isinstance(sheet, HalvedSheet)
    assert_same_as_whole(sheet, path)


@pytest.mark.parametrize(("upper", "lower"), [("BC", "ABCD"), ("ABCD", "BC"), ("AB", "CD")])
def test_halves_of_other_columns_are_as_wide_as_the_sheet(tmp_path: Path, upper: str, lower: str) -> None:
    path = workbook(tmp_path, [row(n, *(upper if n < 60 else lower)) for n in range(1, 120)])
    sheet = read(path)
    assert isinstance(sheet, HalvedSheet)
    assert_same_as_whole(sheet, path)


def test_a_gap_where_the_sheet_is_cut_stays_a_gap(tmp_path: Path) -> None:
    path = workbook(tmp_path, [row(n if n < 50 else n + 7, "A", "B") for n in range(1, 101)])
    sheet = read(path)
    assert isinstance(sheet, HalvedSheet)
    assert_same_as_whole(sheet, path)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(
            [row(n, "A", "B", after="<!-- </row> -->" if n == 9 else "") for n in range(1, 99)], id="comment"
        ),
        pytest.param(
            [row(n, "A", "B", after="<?of </row>?>" if n == 90 else "") for n in range(1, 99)],
            id="instruction",
        ),
        pytest.param([row(n, "A", "B") for n in [*range(50, 99), *range(1, 50)]], id="lower half first"),
        pytest.param([row(n, "A", "B") for n in [*range(1, 10), 12, 11, *range(13, 99)]], id="out of order"),
        pytest.param([row(n, "A", "B") for n in [*range(1, 60), *range(40, 99)]], id="rows twice"),
        pytest.param([row(n, "A", "B").replace(f' r="{n}"', "", 1) for n in range(1, 99)], id="no numbers"),
        pytest.param(
            [row(n, "A", "B") if n < 40 else f'<row r="{n}"></row>' for n in range(1, 500)], id="no cells"
        ),
    ],
)
def test_a_sheet_whose_halves_are_in_doubt_is_read_whole(tmp_path: Path, rows: list[str]) -> None:
    path = workbook(tmp_path, rows)
    sheet = read(path)
    assert isinstance(sheet, CalamineSheet)
    assert_same_as_whole(sheet, path)


def test_a_damaged_half_is_a_damaged_sheet(tmp_path: Path) -> None:
    rows = [row(n, "A", "B") for n in range(1, 99)]
    path = workbook(tmp_path, rows, '<row r="99"><c r="A99"><v>1</c></row></sheetData></worksheet>')
    with pytest.raises(CalamineError):
        read(path)


def test_a_comment_that_is_parted_by_the_reading_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(n, "A", "B", after="<!-- -->" if n == 9 else "") for n in range(1, 99)]
    path = workbook(tmp_path, rows)
    with zipfile.ZipFile(path) as archive:
        mark = archive.read(SHEET).index(b"<!")
    monkeypatch.setattr(sheet_halves, "CHUNK", mark + 1)
    assert isinstance(read(path), CalamineSheet)
