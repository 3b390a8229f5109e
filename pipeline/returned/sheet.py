"""A worksheet's XML written anew with marks in it: rows are cut out of the bytes, and only what is marked is changed.

No XML is parsed, so no entity is expanded, and what is not marked stays byte for byte as it was. XML written in a way
that cannot be cut up so safely raises OtherwiseWritten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO
from xml.sax.saxutils import escape

from pipeline.returned.marks import Mark

CHUNK = 1 << 20
# A row may be longer than that, but what never ends is none.
LONGEST = 64 << 20
MOST_COLUMNS = 16_384
WIDTHS = (16, 40, 12, 90, 44)

_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROW = re.compile(rb"<row\b([^>]*?)(/>|>(.*?)</row\s*>)", re.DOTALL)
_CELL = re.compile(rb"<c\b([^>]*?)(/>|>(.*?)</c\s*>)", re.DOTALL)
_REFERENCE = re.compile(rb'\sr="([A-Z]{1,3})(\d+)"')
_NUMBER = re.compile(rb'\sr="(\d+)"')
_SPANS = re.compile(rb'\sspans="[^"]*"')
_STYLE = re.compile(rb'\ss="(\d+)"')
_DIMENSION = re.compile(
    rb'<dimension\b[^>]*?\bref="([A-Z]+\d+)(?::([A-Z]+)(\d+))?"[^>]*?(?:/>|></dimension>)'
)
_COLS = re.compile(rb"<cols\s*>(.*?)</cols\s*>", re.DOTALL)
_COL = re.compile(rb"<col\b[^>]*/>")
_MIN = re.compile(rb'\bmin="(\d+)"')
_MAX = re.compile(rb'\bmax="(\d+)"')
_LEGACY = re.compile(rb'<legacyDrawing\b[^>]*?\s\w+:id="([^"]*)"')
# A drawing of comments stands before the first of these.
_AFTER = re.compile(
    rb"<(?:legacyDrawingHF|drawingHF|picture|oleObjects|controls|webPublishItems|tableParts|extLst|"
    rb"mc:AlternateContent)\b|</worksheet\s*>"
)


class OtherwiseWritten(Exception):
    """The workbook's XML is written in a way that is not changed in place."""


@dataclass(frozen=True)
class Sheet:
    """What is to be changed: cells by row and column (from 1), and what is added by row, text or number."""

    cells: Mapping[int, Mapping[int, Mark]]
    added: Callable[[int], tuple[str | int, ...] | None]
    style: Callable[[int, str], int]


def widest(stream: IO[bytes]) -> int:
    """Return the last column of a sheet that any cell stands in, from 1; raises OtherwiseWritten."""
    last = 0
    for kind, text in pieces(stream):
        if kind != "rows":
            continue
        for row in _ROW.finditer(text):
            cells = row[3]
            if not cells:
                continue
            place = cells.rfind(b"<c ")
            reference = _REFERENCE.search(cells, place) if place >= 0 else None
            if reference is None:
                raise OtherwiseWritten
            last = max(last, number_of(reference[1]))
    return last


def rewrite(stream: IO[bytes], out: IO[bytes], sheet: Sheet, after: int, drawing: str | None) -> int:
    """Write a sheet with its marks and its added columns after one; return how many cells were marked.

    `drawing` is the relation of a new drawing of comments. Raises OtherwiseWritten.
    """
    marked = 0
    for kind, text in pieces(stream):
        if kind == "top":
            out.write(_top(text, after))
        elif kind == "tail":
            out.write(_tail(text, drawing))
        else:
            parts: list[bytes] = []
            place = 0
            for row in _ROW.finditer(text):
                between = text[place : row.start()]
                if between.strip():
                    raise OtherwiseWritten
                written, count = _row(row, sheet, after)
                parts += (between, written)
                marked += count
                place = row.end()
            if text[place:].strip():
                raise OtherwiseWritten
            out.write(b"".join((*parts, text[place:])))
    return marked


def legacy_drawing(stream: IO[bytes]) -> str | None:
    """Return the relation of the drawing of comments a sheet already has; raises OtherwiseWritten."""
    for kind, text in pieces(stream):
        if kind == "tail" and (found := _LEGACY.search(text)):
            return found[1].decode()
    return None


def pieces(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield a sheet as its top, up to its first row, its rows a whole number at a time, and its tail."""
    text = b""
    while (start := re.search(rb"<sheetData\s*(/?)>", text)) is None:
        chunk = stream.read(CHUNK)
        if not chunk or len(text) > LONGEST:
            raise OtherwiseWritten
        text += _plain(chunk, text)
    if (
        start[1]
        or _MAIN not in text[: start.start()]
        or re.search(rb"<\w+:worksheet\b", text[: start.start()])
    ):
        raise OtherwiseWritten
    if re.match(rb"\s*<\?xml[^>]*encoding=[\"'](?!utf-8|UTF-8)", text.removeprefix(b"\xef\xbb\xbf")):
        raise OtherwiseWritten
    yield "top", text[: start.end()]
    text = text[start.end() :]
    while True:
        end = text.find(b"</sheetData")
        if end >= 0:
            yield "rows", text[:end]
            break
        # A row's end, or that of a row without a cell.
        cut = max(text.rfind(b"</row>") + 6, 0) if b"</row>" in text else 0
        if cut:
            yield "rows", text[:cut]
            text = text[cut:]
        chunk = stream.read(CHUNK)
        if not chunk or len(text) > LONGEST:
            raise OtherwiseWritten
        text += _plain(chunk, text)
    text = text[end:]
    while chunk := stream.read(CHUNK):
        text += _plain(chunk, text)
        if len(text) > LONGEST:
            raise OtherwiseWritten
    yield "tail", text


def _plain(chunk: bytes, before: bytes) -> bytes:
    """Return a piece of XML that holds no comment, no unparsed text and no declaration of a type."""
    if b"<!" in before[-1:] + chunk:
        raise OtherwiseWritten
    return chunk


def _row(row: re.Match[bytes], sheet: Sheet, after: int) -> tuple[bytes, int]:
    number = _NUMBER.search(row[1])
    if number is None:
        raise OtherwiseWritten
    line = int(number[1])
    added = sheet.added(line)
    if added is None:
        return row[0], 0
    cells, marks = row[3] or b"", sheet.cells.get(line)
    if marks:
        cells = _marked(cells, line, marks, sheet.style)
    new = b"".join(_cell(after + place, line, value) for place, value in enumerate(added, 1) if value != "")
    head = _SPANS.sub(b"", row[1])
    return b"".join((b"<row", head, b">", cells, new, b"</row>")), len(marks or ())


def _marked(cells: bytes, line: int, marks: Mapping[int, Mark], style: Callable[[int, str], int]) -> bytes:
    """Return a row's cells with the marked ones styled; one that is not there is put in its place, empty."""
    left = sorted(marks)
    parts: list[bytes] = []
    end = 0
    for cell in _CELL.finditer(cells):
        reference = _REFERENCE.search(cell[1])
        if reference is None or cells[end : cell.start()].strip():
            raise OtherwiseWritten
        column = number_of(reference[1])
        parts.append(cells[end : cell.start()])
        end = cell.end()
        while left and left[0] < column:
            absent = left.pop(0)
            parts.append(_empty(absent, line, style(0, marks[absent].severity)))
        if left and left[0] == column:
            left.pop(0)
            found = _STYLE.search(cell[1])
            number = style(int(found[1]) if found else 0, marks[column].severity)
            parts.append(b'<c%s s="%d"%s' % (_STYLE.sub(b"", cell[1]), number, cell[2]))
        else:
            parts.append(cell[0])
    parts += [_empty(absent, line, style(0, marks[absent].severity)) for absent in left]
    parts.append(cells[end:])
    return b"".join(parts)


def _empty(column: int, line: int, style: int) -> bytes:
    return b'<c r="%s%d" s="%d"/>' % (letters_of(column).encode(), line, style)


def _cell(column: int, line: int, value: str | int) -> bytes:
    reference = f"{letters_of(column)}{line}".encode()
    if isinstance(value, int):
        return b'<c r="%s"><v>%d</v></c>' % (reference, value)
    text = escape(value).encode()
    return b'<c r="%s" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>' % (reference, text)


def _top(text: bytes, after: int) -> bytes:
    """Return what stands above the rows, with the added columns in the sheet's range and its widths."""
    if after + len(WIDTHS) > MOST_COLUMNS:
        raise OtherwiseWritten
    if stated := _DIMENSION.search(text):
        row = (stated[3] or re.sub(rb"\D", b"", stated[1])).decode()
        left = stated[1].decode()
        ref = f'<dimension ref="{left}:{letters_of(after + len(WIDTHS))}{row}"/>'.encode()
        text = text[: stated.start()] + ref + text[stated.end() :]
    own = b"".join(
        b'<col min="%d" max="%d" width="%d" customWidth="1"/>' % (after + place, after + place, width)
        for place, width in enumerate(WIDTHS, 1)
    )
    found = _COLS.search(text)
    if found is None:
        if b"<cols" in text:
            raise OtherwiseWritten
        at = text.rindex(b"<sheetData")
        return text[:at] + b"<cols>" + own + b"</cols>" + text[at:]
    kept = []
    for tag in _COL.findall(found[1]):
        kept += _without(tag, after + 1, after + len(WIDTHS))
    kept.append((after + 1, own))
    cols = b"".join(each for _, each in sorted(kept, key=lambda pair: pair[0]))
    return text[: found.start()] + b"<cols>" + cols + b"</cols>" + text[found.end() :]


def _without(tag: bytes, first: int, last: int) -> list[tuple[int, bytes]]:
    """Return what is said of columns without those from first to last, which are ours: they may be hidden there."""
    low, high = _MIN.search(tag), _MAX.search(tag)
    if low is None or high is None:
        raise OtherwiseWritten
    begin, end = int(low[1]), int(high[1])
    spans = [(begin, min(end, first - 1)), (max(begin, last + 1), end)]
    return [(a, _MAX.sub(b'max="%d"' % b, _MIN.sub(b'min="%d"' % a, tag))) for a, b in spans if a <= b]


def _tail(text: bytes, drawing: str | None) -> bytes:
    if drawing is None:
        return text
    place = _AFTER.search(text)
    if place is None:
        raise OtherwiseWritten
    tag = (
        '<legacyDrawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        f'r:id="{drawing}"/>'
    ).encode()
    return text[: place.start()] + tag + text[place.start() :]


def number_of(letters: bytes) -> int:
    """Return a column's number, from 1, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def letters_of(number: int) -> str:
    """Return a column's letters by its number, from 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
