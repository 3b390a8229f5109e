"""A workbook given back as it was sent: its sheet with marks, comments and a few columns more, all else copied."""

from __future__ import annotations

import posixpath
import shutil
import zipfile
import zlib
from pathlib import Path

from lxml import etree

from pipeline.read.sheet_xml import part_of, target
from pipeline.returned.comments import (
    added_comments,
    added_drawing,
    new_comments,
    new_drawing,
)
from pipeline.returned.marks import Mark, Marks, Rows
from pipeline.returned.sheet import OtherwiseWritten, Sheet, legacy_drawing, rewrite, widest
from pipeline.returned.styles import Styles, parsed

RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
COMMENTS = "xl/comments_collate.xml"
DRAWING = "xl/drawings/vmlDrawing_collate.vml"
BOOK = "xl/workbook.xml"
CONTENT = "[Content_Types].xml"
# The parts that are read whole are small; the sheet and what is only copied are not among them.
LARGEST = 64 << 20


def mark_workbook(
    raw: Path,
    name: str,
    header_row: int,
    first_column: int,
    marks: Marks,
    rows: Rows,
    out: Path,
    adds: bool = True,
) -> int:
    """Write a workbook with a sheet's cells marked; return how many were.

    `adds` is whether columns are added. Rows are the sheet's own; the first column of the table is `first_column`, from 1. Raises OtherwiseWritten where
    the workbook is not written in a way that can be changed in place.
    """
    try:
        with zipfile.ZipFile(raw) as archive:
            return _Changed(archive, name, header_row, first_column, marks, rows, adds).write(out)
    except (
        KeyError,
        ValueError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
    ):
        # A damaged archive, which the reader of its values forgave.
        raise OtherwiseWritten from None


def formulas_in(path: Path) -> int:
    """Return how many cells of a workbook's sheets hold a formula."""
    count = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
                continue
            with archive.open(name) as part:
                rest = b""
                while chunk := part.read(1 << 20):
                    text = rest + chunk
                    count += sum(map(text.count, (b"<f>", b"<f ", b"<f/>")))
                    rest = text[-2:] if text.endswith(b"<f") else text[-1:]
    return count


class _Changed:
    """A workbook and the parts of it that are to be written otherwise."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        name: str,
        header_row: int,
        first_column: int,
        marks: Marks,
        rows: Rows,
        adds: bool,
    ) -> None:
        self._archive = archive
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise OtherwiseWritten
        part = part_of(archive, name)
        if part is None or part not in names:
            raise OtherwiseWritten
        self._part = part
        self._names = frozenset(names)
        folder, base = posixpath.split(part)
        self._sheet_relations = f"{folder}/_rels/{base}.rels"
        self._cells: dict[int, dict[int, Mark]] = {
            row: {first_column + place: mark for place, mark in cells.items()}
            for row, cells in marks.cells.items()
        }
        self._rows = rows
        self._states = dict(rows.pairs())
        # A mark on what is no row has no cell.
        self._cells = {row: cells for row, cells in self._cells.items() if row in self._states}
        self._marks = marks
        self._header_row = header_row
        self._adds = adds
        self._parts: dict[str, bytes] = {}

    def write(self, out: Path) -> int:
        styles_part = self._styles_part()
        styles = Styles(self._read(styles_part))
        with self._archive.open(self._part) as stream:
            after = widest(stream)
        drawing = self._comment() if self._cells else None
        changed = Sheet(self._cells, self._added, styles.filled)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as written:
            with (
                self._archive.open(self._part) as stream,
                written.open(self._part, "w", force_zip64=True) as sheet,
            ):
                marked = rewrite(
                    stream, sheet, changed, after if self._adds else after - len(self._rows.headings), drawing
                )
            self._parts[styles_part] = styles.xml()
            for info in self._archive.infolist():
                if info.filename in self._parts or info.filename == self._part or info.is_dir():
                    continue
                with self._archive.open(info) as part, written.open(info.filename, "w") as copy:
                    shutil.copyfileobj(part, copy, 1 << 20)
            for part_name, text in self._parts.items():
                # Without the time of day, so that the same file is the same bytes.
                written.writestr(zipfile.ZipInfo(part_name), text, zipfile.ZIP_DEFLATED)
        return marked

    def _added(self, row: int) -> tuple[str | int, ...] | None:
        """Return what is added to a row, None for one that is left alone."""
        if not self._adds:
            return () if row in self._cells else None
        if row == self._header_row:
            return self._rows.headings
        state = self._states.get(row)
        return None if state is None else self._rows.added(row, state, self._marks.said(row))

    def _styles_part(self) -> str:
        relations = parsed(self._read("xl/_rels/workbook.xml.rels"))
        for relation in relations:
            if relation.get("Type") == f"{KINDS}styles":
                part = target(self._read("xl/_rels/workbook.xml.rels"), relation.get("Id"))
                if part in self._names:
                    return part
        raise OtherwiseWritten

    def _comment(self) -> str | None:
        """Put the comments into the parts; return the relation of their drawing where the sheet had none."""
        with self._archive.open(self._part) as stream:
            drawn = legacy_drawing(stream)
        relations = self._relations()
        there = {relation.get("Type"): relation for relation in relations}
        comments = there.get(f"{KINDS}comments")
        drawing = next((each for each in relations if each.get("Id") == drawn), None) if drawn else None
        if (drawn is None) != (comments is None) or (drawn and drawing is None):
            raise OtherwiseWritten
        if comments is not None and drawing is not None:
            where, box = self._leads_to(comments), self._leads_to(drawing)
            self._parts[where], boxes = added_comments(self._read(where), self._cells)
            self._parts[box] = added_drawing(self._read(box), boxes)
            return None
        if self._names & {COMMENTS, DRAWING}:
            raise OtherwiseWritten
        known = {relation.get("Id") for relation in relations}
        own = next(name for number in range(1, 1 << 20) if (name := f"rIdCollate{number}") not in known)
        for name, kind, part in ((own, "vmlDrawing", DRAWING), (f"{own}c", "comments", COMMENTS)):
            etree.SubElement(
                relations, f"{RELATIONS}Relationship", Id=name, Type=f"{KINDS}{kind}", Target=f"/{part}"
            )
        self._parts[self._sheet_relations] = _xml(relations)
        self._parts[COMMENTS], self._parts[DRAWING] = new_comments(self._cells), new_drawing(self._cells)
        self._declare()
        return own

    def _relations(self) -> etree._Element:
        if self._sheet_relations in self._names:
            return parsed(self._read(self._sheet_relations))
        return etree.Element(f"{RELATIONS}Relationships", nsmap={None: RELATIONS[1:-1]})

    def _leads_to(self, relation: etree._Element) -> str:
        leads = relation.get("Target") or ""
        folder = posixpath.dirname(self._part)
        part = leads.lstrip("/") if leads.startswith("/") else posixpath.normpath(f"{folder}/{leads}")
        if part not in self._names:
            raise OtherwiseWritten
        return part

    def _declare(self) -> None:
        """Say in the list of content types what the new parts are."""
        types = parsed(self._read(CONTENT))
        defaults = {(each.get("Extension") or "").lower() for each in types.findall(f"{TYPES}Default")}
        if "vml" not in defaults:
            default = etree.Element(f"{TYPES}Default", Extension="vml", ContentType=DRAWING_TYPE)
            types.insert(0, default)
        etree.SubElement(types, f"{TYPES}Override", PartName=f"/{COMMENTS}", ContentType=COMMENTS_TYPE)
        self._parts[CONTENT] = _xml(types)

    def _read(self, part: str) -> bytes:
        with self._archive.open(part) as stream:
            text = stream.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise OtherwiseWritten
        return text


def _xml(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
