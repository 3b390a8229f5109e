"""Which form a file is in, by its first bytes whatever its name ends in."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from pipeline.read.refused import Refused

WORKBOOKS = ("xlsx", "xlsm", "xlsb", "xls", "ods")
PINNED = ("csv", "json", "jsonl", "html", "xml", "parquet", *WORKBOOKS)
# Read by code of our own and the standard library's, a piece at a time: no process of their own is needed.
IN_PROCESS = ("csv", "json", "jsonl")

START = 1 << 16
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


def is_ole(path: Path) -> bool:
    """Return true for a file in Microsoft's old container, in which a locked workbook of any kind is too."""
    with path.open("rb") as file:
        return file.read(len(_OLE)) == _OLE


def _text_form(text: bytes) -> str:
    """Return the form of a text that begins so."""
    if text.startswith(b"<"):
        return _markup_form(text) or "csv"
    if text.startswith(b"[") and text[1:].lstrip()[:1] in (b"{", b"[", b"]"):
        return "json"
    if text.startswith(b"{") and text[1:].lstrip()[:1] in (b'"', b"}"):
        from pipeline.read.json import is_document

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
