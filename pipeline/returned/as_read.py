"""The rows of a file as they were read, for those that cannot be given back as they were sent."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from pipeline.harmless import runs
from pipeline.read import Export
from pipeline.returned.marks import Marks, Rows, shown
from pipeline.returned.sheet import letters_of
from pipeline.returned.workbook import mark_workbook

# The rows of a sheet, one of which is the header's.
MOST_ROWS = 1_048_575
SHEET = "As read"

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WRITTEN = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SKELETON = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
    f'<sheet name="{SHEET}" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font>'
    '</fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
    '</fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" '
    'fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" '
    'xfId="0"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def workbook_as_read(export: Export, marks: Marks, rows: Rows, folder: Path, out: Path) -> int:
    """Write the rows as text into a new workbook, marked; return how many cells were.

    The rows stand from row 2; `collate row` is each one's row in the file that was sent.
    """
    plain = folder / "as_read.xlsx"
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written:
        for name, text in _SKELETON.items():
            written.writestr(zipfile.ZipInfo(name), _HEAD + text, zipfile.ZIP_DEFLATED)
        with written.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            sheet.write(_row(1, (*export.columns, *rows.headings)))
            place = 1
            states = dict(rows.pairs())
            for batch in export.batches(export.columns):
                numbers, *columns = (column.to_pylist() for column in batch.columns)
                for number, *values in zip(numbers, *columns, strict=True):
                    place += 1
                    added = rows.added(number, states[number], marks.said(number))
                    sheet.write(_row(place, (*values, *added)))
            sheet.write(b"</sheetData></worksheet>")
    # The marks stand where the rows now do, and the added columns are there already.
    places = {number: place for place, number in enumerate(rows.numbers.tolist(), 2)}
    moved = Marks(cells={places[row]: cells for row, cells in marks.cells.items() if row in places})
    here = rows.moved()
    try:
        return mark_workbook(plain, SHEET, 0, 1, moved, here, out, adds=False)
    finally:
        plain.unlink()


def plain_workbook(out: Path, name: str, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Write a new workbook of one sheet, each row of texts on its own line, counted from 1 and in order."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written:
        for part, text in _SKELETON.items():
            named = text.replace(f'name="{SHEET}"', f"name={quoteattr(name)}")
            written.writestr(zipfile.ZipInfo(part), _HEAD + named, zipfile.ZIP_DEFLATED)
        with written.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for line, values in rows:
                sheet.write(_row(line, tuple(values)))
            sheet.write(b"</sheetData></worksheet>")


def text_as_read(export: Export, marks: Marks, rows: Rows, out: Path) -> int:
    """Write the rows as read into a new CSV in UTF-8, for more rows than a sheet has.

    A cell that a spreadsheet would run gets an apostrophe; return how many did.
    """
    states = dict(rows.pairs())
    changed = 0
    with out.open("w", encoding="utf-8-sig", newline="") as lines:
        written = csv.writer(lines)
        written.writerow([shown(name) for name in (*export.columns, *rows.headings)])
        for batch in export.batches(export.columns):
            numbers, *columns = (column.to_pylist() for column in batch.columns)
            for number, *values in zip(numbers, *columns, strict=True):
                harmless = [f"'{value}" if runs(value) else value for value in values]
                changed += sum(map(len, harmless)) - sum(map(len, values))
                written.writerow([*harmless, *rows.added(number, states[number], marks.said(number))])
    return changed


def _row(line: int, values: tuple[str | int, ...]) -> bytes:
    cells = "".join(
        f'<c r="{letters_of(place)}{line}"><v>{value}</v></c>'
        if isinstance(value, int)
        else f'<c r="{letters_of(place)}{line}" t="inlineStr"><is><t xml:space="preserve">{_text(value)}</t></is></c>'
        for place, value in enumerate(values, 1)
        if value != ""
    )
    return f'<row r="{line}">{cells}</row>'.encode("utf-8", "replace")


def _text(value: str) -> str:
    """Return a value as XML holds it; a control character, which it cannot, as workbooks write it."""
    # What looks like a written control character must not become one.
    value = _WRITTEN.sub("_x005F_", value)
    if not value.isprintable():
        value = "".join(f"_x{ord(c):04X}_" if ord(c) < 32 and c not in "\t\n" else c for c in value)
    return escape(value)
