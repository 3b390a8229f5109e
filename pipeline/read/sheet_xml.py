"""What the XML of an XLSX or XLSM sheet says beside its values.

The sheet is streamed and searched as bytes: no XML is parsed, so no entity is expanded and no link followed.
"""

from __future__ import annotations

import html
import re
import zipfile
from pathlib import Path
from typing import IO

from pipeline.read.sheet_marks import SheetMarks

# What is searched several times is better still in the processor's cache.
CHUNK = 1 << 18
# A row may be longer than that, but what never ends is none.
LONGEST = 32 << 20

_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_NAME = re.compile(rb'\bname="([^"]*)"')
_RELATION_ID = re.compile(rb'\b\w+:id="([^"]*)"')
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ID = re.compile(rb'\bId="([^"]*)"')
_TARGET = re.compile(rb'\bTarget="([^"]*)"')
_1904 = re.compile(rb'<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"')
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\b[^>]*\bref="(?:[A-Z]+\d+:)?[A-Z]+(\d+)"')
_ROW = re.compile(rb'<row\s(?:[^>]*?\s)?r="(\d+)"')
_NAMED_ROW = re.compile(rb'<\w+:row\s(?:[^>]*?\s)?r="(\d+)"')
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="(\d+)"')
_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\b(?=[^>]*\bhidden="(?:1|true)")[^>]*>')
_FROM = re.compile(rb'\bmin="(\d+)"')
_TO = re.compile(rb'\bmax="(\d+)"')
_ERROR = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"[^>]*>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<',
    re.DOTALL,
)
_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b[^>]*\br="([A-Z]+)(\d+)"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</)"
)


def look(path: Path, sheet: str, marks: SheetMarks) -> None:
    """Add what the XML of a sheet says of it; raises what a damaged archive makes its reader raise."""
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.xml")
        marks.is_1904 = bool(_1904.search(book))
        part = part_of(archive, sheet)
        if part is not None:
            with archive.open(part) as stream:
                _search(stream, marks)
            marks.searched = True


def part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the part of an archive a sheet is in, None where the workbook does not say."""
    relation = _relation(archive.read("xl/workbook.xml"), sheet)
    return target(archive.read("xl/_rels/workbook.xml.rels"), relation)


def target(relations: bytes, wanted: bytes | str | None) -> str | None:
    """Return the part of an archive that a relation of the workbook leads to, None where none does."""
    wanted = wanted.encode() if isinstance(wanted, str) else wanted
    for tag in _RELATION.findall(relations):
        known, leads_to = _ID.search(tag), _TARGET.search(tag)
        if known and leads_to and known[1] == wanted:
            text = leads_to[1].decode("utf-8", "replace")
            return text.lstrip("/") if text.startswith("/") else f"xl/{text}"
    return None


def _relation(book: bytes, sheet: str) -> bytes | None:
    for tag in _SHEET.findall(book):
        name, relation = _NAME.search(tag), _RELATION_ID.search(tag)
        if name and relation and html.unescape(name[1].decode("utf-8", "replace")) == sheet:
            return relation[1]
    return None


def _search(stream: IO[bytes], marks: SheetMarks) -> None:
    rest, first = b"", True
    row, row_end = _ROW, b"</row>"
    while chunk := stream.read(CHUNK):
        text = rest + chunk
        if first:
            _search_top(text, marks)
            row = _NAMED_ROW if _NAMED_ROW.search(text) else _ROW
            row_end = b":row>" if row is _NAMED_ROW else b"</row>"
            first = False
        end = text.rfind(row_end) + len(row_end)
        if end < len(row_end):
            end = 0 if len(text) < LONGEST else len(text)
        _search_rows(text[:end], row, marks)
        rest = text[end:]
    _search_rows(rest, row, marks)


def _search_top(text: bytes, marks: SheetMarks) -> None:
    if stated := _DIMENSION.search(text):
        marks.stated_rows = int(stated[1])
    for tag in _HIDDEN_COLUMN.findall(text):
        left, right = _FROM.search(tag), _TO.search(tag)
        if left and right:
            marks.hidden_columns.append((int(left[1]), int(right[1])))


def _search_rows(text: bytes, row: re.Pattern[bytes], marks: SheetMarks) -> None:
    if not text:
        return
    if b' hidden="' in text:
        rows = [int(found) for found in _HIDDEN_ROW.findall(text)]
        marks.hidden_rows.add(rows, len(rows))
    marks.add_rows([int(number) for number in row.findall(text)])
    if errors := text.count(b' t="e"'):
        for letters, number, value in _ERROR.findall(text):
            marks.add_error(int(number), _place(letters), html.unescape(value.decode("utf-8", "replace")))
            errors -= 1
        marks.unplaced += errors
    # Two searches for a longer mark take less time than one for the shorter.
    if b"</f>" in text or b"<f " in text:
        rows = [int(number) for _, number in _FORMULA.findall(text)]
        marks.uncached.add(rows, len(rows))


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1
