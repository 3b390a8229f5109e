"""Writing a planned drop as each kind of file, the same bytes every time.

Workbooks are zip archives whose entries and properties carry the time of writing: they are packed again
without compression and with one fixed time, so that no clock and no zlib version shows in them.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

import openpyxl
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from samples.drops import Cell, Drop, Loose, Row, Written

WRITTEN_AT = datetime(2018, 10, 15, 9, 30)
CORE_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def cells_of(drop: Drop, line: Row | Loose) -> list[Cell]:
    """Return a line's cells in the drop's order of columns."""
    if isinstance(line, Loose):
        return list(line.cells)
    return [line.cells[column] for column in drop.columns]


def text_of(cell: Cell) -> str:
    """Return a cell as an export in text writes it: dates day first, blanks empty."""
    match cell:
        case None:
            return ""
        case datetime():
            return cell.strftime("%d/%m/%Y %H:%M")
        case date():
            return cell.strftime("%d/%m/%Y")
        case time():
            return cell.strftime("%H:%M")
    return str(cell)


def separated(
    delimiter: str = ",", encoding: str = "utf-8", *, end: str = "\r\n"
) -> Callable[[Drop], Written]:
    """Return a writer of separated text in an encoding; utf-8-sig and utf-16 write their byte order mark."""

    def line_text(cells: Sequence[Cell]) -> str:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator=end).writerow([text_of(cell) for cell in cells])
        return text.getvalue()

    def loose_text(line: Loose) -> str:
        if line.text is not None:
            return line.text + end
        return line_text(line.cells) if line.cells else end

    def write(drop: Drop) -> Written:
        parts = [loose_text(title) for title in drop.titles] + [line_text(drop.columns)]
        header_lines = "".join(parts).count("\n")
        number, numbers, spans = header_lines + 1, [], []
        for line in drop.lines:
            text = loose_text(line) if isinstance(line, Loose) else line_text(cells_of(drop, line))
            numbers.append(number)
            spans.append(text.count("\n"))
            number += spans[-1]
            parts.append(text)
        return Written("".join(parts).encode(encoding), tuple(numbers), tuple(spans), header_lines)

    return write


def json_lines(drop: Drop) -> Written:
    """Return the drop as one JSON object a line."""
    parts = []
    for line in drop.lines:
        if isinstance(line, Loose):
            parts.append(line.text or "")
        else:
            shown = {
                name: cell if isinstance(cell, bool | int | float | None) else json_text(cell)
                for name, cell in line.cells.items()
            }
            parts.append(json.dumps(shown, ensure_ascii=False))
    numbers = tuple(range(1, len(parts) + 1))
    return Written("".join(f"{part}\n" for part in parts).encode(), numbers, (1,) * len(parts), 0)


def json_text(cell: str | date | time | datetime) -> str:
    """Return a cell as JSON has it: dates and times in ISO form."""
    return cell if isinstance(cell, str) else cell.isoformat()


def sheet_lines(drop: Drop) -> tuple[list[list[Cell]], tuple[int, ...]]:
    """Return every line of the sheet as cells, and the sheet row of each line after the header."""
    head: list[list[Cell]] = [list(title.cells) for title in drop.titles]
    if drop.groups:
        head.append(list(drop.groups))
        # a column without a group has its name in the upper row alone, as a merged cell reads
        head.append([column.partition(" / ")[2] for column in drop.columns])
    else:
        head.append(list(drop.columns))
    body = [cells_of(drop, line) for line in drop.lines]
    return head + body, tuple(range(len(head) + 1, len(head) + len(body) + 1))


def xlsx(sheet: str, front: Sequence[str] = ()) -> Callable[[Drop], Written]:
    """Return a writer of a workbook; `front` is the text of a cover sheet before the table."""

    def write(drop: Drop) -> Written:
        lines, numbers = sheet_lines(drop)
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        if front:
            page.title = "About"
            for text in front:
                page.append([text])
            page = book.create_sheet(sheet)
        page.title = sheet
        for cells in lines:
            page.append(cells)
        for row in page.iter_rows():
            for cell in row:
                if isinstance(cell.value, datetime):
                    cell.number_format = "dd/mm/yyyy hh:mm"
                elif isinstance(cell.value, date):
                    cell.number_format = "dd/mm/yyyy"
                elif isinstance(cell.value, time):
                    cell.number_format = "hh:mm"
        book.properties.creator = "Synthetic sample"
        stream = io.BytesIO()
        book.save(stream)
        return Written(repacked(stream.getvalue()), numbers)

    return write


def ods(sheet: str) -> Callable[[Drop], Written]:
    """Return a writer of an OpenDocument spreadsheet with real date and time cells."""

    def write(drop: Drop) -> Written:
        lines, numbers = sheet_lines(drop)
        book = OpenDocumentSpreadsheet()
        page = Table(name=sheet)
        for cells in lines:
            row = TableRow()
            for cell in cells:
                row.addElement(ods_cell(cell))
            page.addElement(row)
        book.spreadsheet.addElement(page)
        stream = io.BytesIO()
        book.write(stream)
        return Written(repacked(stream.getvalue()), numbers)

    return write


def ods_cell(cell: Cell) -> TableCell:
    """Return a cell of an OpenDocument sheet with its value type and the text shown."""
    match cell:
        case None | "":
            return TableCell()
        case bool():
            made = TableCell(valuetype="boolean", booleanvalue=str(cell).lower())
        case int() | float():
            made = TableCell(valuetype="float", value=str(cell))
        case datetime() | date():
            made = TableCell(valuetype="date", datevalue=cell.isoformat())
        case time():
            made = TableCell(
                valuetype="time", timevalue=f"PT{cell.hour:02}H{cell.minute:02}M{cell.second:02}S"
            )
        case _:
            made = TableCell(valuetype="string")
    made.addElement(P(text=text_of(cell)))
    return made


def xls(sheet: str) -> Callable[[Drop], Written]:
    """Return a writer of an old binary workbook."""

    def write(drop: Drop) -> Written:
        lines, numbers = sheet_lines(drop)
        book = xlwt.Workbook(encoding="cp1252")
        page = book.add_sheet(sheet)
        day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
        for down, cells in enumerate(lines):
            for along, cell in enumerate(cells):
                if isinstance(cell, date):
                    page.write(down, along, cell, day)
                elif isinstance(cell, time):
                    page.write(down, along, text_of(cell))
                elif cell is not None and cell != "":
                    page.write(down, along, cell)
        stream = io.BytesIO()
        book.save(stream)
        return Written(stream.getvalue(), numbers)

    return write


def repacked(archive: bytes) -> bytes:
    """Return a zip archive with the same entries, uncompressed, all of one fixed time."""
    stamp = WRITTEN_AT.isoformat().encode() + b"Z"
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = CORE_TIMES.sub(rb"\g<1>" + stamp + rb"\g<2>", content)
            entry = zipfile.ZipInfo(name, WRITTEN_AT.timetuple()[:6])
            entry.create_system = 0
            new.writestr(entry, content)
    return out.getvalue()
