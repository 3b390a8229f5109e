"""Which form a file is in, by its first bytes whatever its name ends in, and the reader of each form."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from pipeline.read.csv import open_csv
from pipeline.read.export import Export, Reading
from pipeline.read.html import open_html
from pipeline.read.json import is_document, open_json
from pipeline.read.jsonl import open_jsonl
from pipeline.read.limits import Limits
from pipeline.read.locked import unlocked
from pipeline.read.noticed import Noticed
from pipeline.read.packed import gunzipped, unzipped, workbook_form
from pipeline.read.parquet import open_parquet
from pipeline.read.refused import Refused
from pipeline.read.spreadsheetml import open_spreadsheetml
from pipeline.read.workbook import open_workbook
from pipeline.read.xml import open_xml

WORKBOOKS = ("xlsx", "xlsm", "xlsb", "xls", "ods")
PINNED = ("csv", "json", "jsonl", "html", "xml", "parquet", *WORKBOOKS)
# Read by code of our own and the standard library's, a piece at a time: no process of their own is needed.
IN_PROCESS = ("csv", "json", "jsonl")

START = 1 << 16
_PACKED = ("zip", "gz")
_OLE = b"\xd0\xcf\x11\xe0"
_NOT_READ = (
    (b"%PDF", "a PDF, which holds no table to read; export it as CSV or as a workbook."),
    (b"Rar!", "a RAR archive; unpack it and send the file inside."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it and send the file inside."),
    (b"BZh9", "a bzip2 archive; unpack it and send the file inside."),
    (b"\xfd7zXZ", "an xz archive; unpack it and send the file inside."),
    (b"\x28\xb5\x2f\xfd", "a zstd archive; unpack it and send the file inside."),
    (b"MIME-Version:", "a web archive; open it in Excel and save it as .xlsx or CSV."),
)
_HTML = frozenset(
    b"html head body table thead tbody tr td th meta style title div p center font span link script".split()
)
_BEFORE_ROOT = re.compile(rb"(\s+|<!--.*?-->|<\?.*?\?>|<!\[.*?\]>)*+", re.DOTALL)
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)(?=[\s/>])[^>]*>?")
_DOCTYPE = re.compile(rb"<!doctype\s+([\w:.-]+)", re.IGNORECASE)


def form_of(path: Path, pinned: str | None = None) -> str:
    """Return the form of a file, which is the pinned one unless the file is an archive.

    "zip" is any zip archive, a workbook too. Raises Refused for a form that is not read.
    """
    if pinned is not None and pinned not in PINNED:
        raise Refused(f'The force file pins the format "{pinned}"; write {", ".join(PINNED[:-1])} or ods.')
    with path.open("rb") as file:
        start = file.read(START)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return "zip"
    if start.startswith(b"\x1f\x8b"):
        return "gz"
    if pinned is not None:
        return pinned
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(_OLE):
        return "xls"
    for mark, what in _NOT_READ:
        if start.startswith(mark):
            raise Refused(f"{path.name} is {what}")
    if start[257:262] == b"ustar":
        raise Refused(f"{path.name} is a tar archive; unpack it and send the file inside.")
    return _text_form(_opening_text(start))


def open_form(path: Path, form: str, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export in a file of a known form; raises Refused where it cannot be read safely.

    An archive or a locked workbook is opened into the working folder, which is its reading's own.
    """
    limits = Limits.from_environment()
    if form == "zip":
        form = workbook_form(path, limits) or form
        if form == "zip":
            return _inside(path, unzipped(path, Path.cwd(), limits), reading, expected)
    if form == "gz":
        return _inside(path, gunzipped(path, Path.cwd(), limits), reading, expected)
    if form in WORKBOOKS:
        return _open_workbook(path, form, reading, expected, limits)
    match form:
        case "csv":
            return open_csv(path, reading, expected)
        case "jsonl":
            return open_jsonl(path, reading)
        case "json":
            return open_json(path, reading)
        case "html":
            return open_html(path, reading, expected)
        case "xml":
            return open_xml(path, reading, expected)
        case "spreadsheetml":
            return open_spreadsheetml(path, reading, expected)
        case "parquet":
            return open_parquet(path)
    raise ValueError(form)


def _open_workbook(
    path: Path, form: str, reading: Reading, expected: Collection[str], limits: Limits
) -> Export:
    if not _is_ole(path):
        return open_workbook(path, form, reading, expected)
    opened = unlocked(path, Path.cwd(), reading)
    if not _is_ole(opened):
        found = workbook_form(opened, limits)
        if found is None:
            raise Refused(f"{path.name} holds no workbook; send the workbook itself.")
        form = found
    export = open_workbook(opened, form, reading, expected)
    if opened != path:
        export.noticed.append(Noticed("locked", "The workbook is protected by a password, which opened it."))
    return export


def _inside(archive: Path, path: Path, reading: Reading, expected: Collection[str]) -> Export:
    """Return the export in the file that was in an archive."""
    form = form_of(path, reading.format)
    if form == "gz" or (form == "zip" and workbook_form(path, Limits.from_environment()) is None):
        raise Refused(f"{archive.name} is an archive with an archive inside; send the data file itself.")
    export = open_form(path, form, replace(reading, format=None), expected)
    export.noticed.append(Noticed("packed", f'The table is in "{path.name}" inside the archive.'))
    return export


def _is_ole(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_OLE)) == _OLE


def _text_form(text: bytes) -> str:
    """Return the form of a text that begins so."""
    if text.startswith(b"<"):
        return _markup_form(text) or "csv"
    if text.startswith(b"[") and text[1:].lstrip()[:1] in (b"{", b"[", b"]"):
        return "json"
    if text.startswith(b"{") and text[1:].lstrip()[:1] in (b'"', b"}"):
        return "json" if is_document(text) else "jsonl"
    return "csv"


def _markup_form(text: bytes) -> str | None:
    """Return "html", "xml" or "spreadsheetml", None for a text that merely begins with a bracket."""
    stated = text.startswith(b"<?xml")
    text = text[_BEFORE_ROOT.match(text).end() :]  # type: ignore[union-attr]
    kind = _DOCTYPE.match(text)
    if kind:
        return "html" if kind[1].lower() == b"html" else "xml"
    root = _ROOT.match(text)
    if root is None:
        return "xml" if stated else None
    name = root[1].lower()
    if name in _HTML and not (stated and b"xhtml" not in root[0] and name != b"html"):
        return "html"
    if name == b"workbook" and b"urn:schemas-microsoft-com:office:spreadsheet" in root[0]:
        return "spreadsheetml"
    below = text[root.end() :].lstrip()
    return "xml" if stated or below.startswith(b"<") else None


def _opening_text(start: bytes) -> bytes:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = start.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return start.removeprefix(codecs.BOM_UTF8).lstrip()
