"""What a sheet's XML says that its reader does not pass on: hidden rows, error cells, formulas without a value.

The sheet is streamed and searched as bytes: no XML is parsed, so no entity is expanded and no link followed.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pipeline.read.noticed import Tally

CHUNK = 4 << 20
# Error cells past this many are counted, and no more kept.
MOST_ERRORS = 100_000

_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_NAME = re.compile(rb'\bname="([^"]*)"')
_RELATION_ID = re.compile(rb'\b\w+:id="([^"]*)"')
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ID = re.compile(rb'\bId="([^"]*)"')
_TARGET = re.compile(rb'\bTarget="([^"]*)"')
_1904 = re.compile(rb'<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"')
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\b[^>]*\bref="(?:[A-Z]+\d+:)?[A-Z]+(\d+)"')
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


@dataclass
class SheetMarks:
    """What one sheet's XML says beside its values; rows are the sheet's own."""

    is_1904: bool = False
    stated_rows: int | None = None
    hidden_rows: Tally = field(default_factory=Tally)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    error_count: int = 0
    uncached: Tally = field(default_factory=Tally)


def read_marks(path: Path, sheet: str) -> SheetMarks:
    """Return what the XML of a sheet says of it; nothing where the workbook is not written as XLSX is."""
    marks = SheetMarks()
    try:
        with zipfile.ZipFile(path) as archive:
            book = archive.read("xl/workbook.xml")
            marks.is_1904 = bool(_1904.search(book))
            part = _part(book, archive.read("xl/_rels/workbook.xml.rels"), sheet)
            if part is not None:
                with archive.open(part) as stream:
                    _search(stream, marks)
    except (KeyError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        # The reader of the values has the last word on a damaged file.
        return marks
    return marks


def _part(book: bytes, relations: bytes, sheet: str) -> str | None:
    wanted = None
    for tag in _SHEET.findall(book):
        name, relation = _NAME.search(tag), _RELATION_ID.search(tag)
        if name and relation and html.unescape(name[1].decode("utf-8", "replace")) == sheet:
            wanted = relation[1]
    for tag in _RELATION.findall(relations):
        known, target = _ID.search(tag), _TARGET.search(tag)
        if known and target and known[1] == wanted:
            text = target[1].decode("utf-8", "replace")
            return text.lstrip("/") if text.startswith("/") else f"xl/{text}"
    return None


def _search(stream: IO[bytes], marks: SheetMarks) -> None:
    rest, first = b"", True
    while chunk := stream.read(CHUNK):
        text = rest + chunk
        if first:
            _search_top(text[: 1 << 16], marks)
            first = False
        end = text.rfind(b"</row>") + 6
        if end < 6:
            end = text.rfind(b"<") if len(text) < 8 * CHUNK else len(text)
        _search_rows(text[:end], marks)
        rest = text[end:]
    _search_rows(rest, marks)


def _search_top(text: bytes, marks: SheetMarks) -> None:
    if stated := _DIMENSION.search(text):
        marks.stated_rows = int(stated[1])
    for tag in _HIDDEN_COLUMN.findall(text):
        left, right = _FROM.search(tag), _TO.search(tag)
        if left and right:
            marks.hidden_columns.append((int(left[1]), int(right[1])))


def _search_rows(text: bytes, marks: SheetMarks) -> None:
    if not text:
        return
    if b' hidden="' in text:
        rows = [int(found) for found in _HIDDEN_ROW.findall(text)]
        marks.hidden_rows.add(rows, len(rows))
    if b't="e"' in text:
        for letters, row, value in _ERROR.findall(text):
            marks.error_count += 1
            if marks.error_count <= MOST_ERRORS:
                cells = marks.errors.setdefault(int(row), {})
                cells[_place(letters)] = html.unescape(value.decode("utf-8", "replace"))
    if b"<f" in text:
        rows = [int(row) for _, row in _FORMULA.findall(text)]
        marks.uncached.add(rows, len(rows))


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1
