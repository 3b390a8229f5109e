"""Reading what forces send: one module a format behind `open_export`.

The format is the pinned one, else what the file's first bytes say, whatever its name ends in; a format that
is not read yet is refused by name.
"""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Collection
from pathlib import Path

from pipeline.read.csv import open_csv
from pipeline.read.export import Export, Reading, Refusal, Refused, Sums
from pipeline.read.jsonl import open_jsonl
from pipeline.read.parquet import open_parquet
from pipeline.read.workbook import open_workbook

__all__ = ["Export", "Reading", "Refusal", "Refused", "Sums", "open_export"]

_WORKBOOKS = ("xlsx", "xls", "ods")
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<meta", b"<table", b"<style")


def open_export(path: Path, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return a force's file opened for reading: its header is found, its rows are read by `Export.batches`.

    `expected` are header words the force file knows, used as evidence for where the header is. Raises
    Refused, with the sentence to send back, for a file that cannot be read safely; OSError where the file
    cannot be reached.
    """
    form = reading.format or _form(path)
    if form == "csv":
        return open_csv(path, reading, expected)
    if form == "jsonl":
        return open_jsonl(path, reading)
    if form == "parquet":
        return open_parquet(path)
    if form in _WORKBOOKS:
        return open_workbook(path, form, reading, expected)
    raise Refused(f'The force file pins the format "{form}"; write csv, xlsx, xls, ods, jsonl or parquet.')


def _form(path: Path) -> str:
    """Return the format the first bytes of a file show; raises Refused for one that is not read."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped_form(path)
    if start.startswith(b"\x1f\x8b"):
        raise Refused(f"{path.name} is a gzip archive; unpack it and send the file inside.")
    if start.startswith(b"%PDF"):
        raise Refused(
            f"{path.name} is a PDF, which holds no table to read; export it as CSV or as a workbook."
        )
    text = _opening_text(start)
    if text.lower().startswith(_MARKUP):
        raise Refused(
            f"{path.name} is a web page or XML, whatever its name says; save it as CSV or as a workbook."
        )
    if text.startswith(b"[") and text[1:].lstrip()[:1] in (b"{", b"]"):
        raise Refused(f"{path.name} is one JSON array; write it as JSON lines, one object a line.")
    return "jsonl" if text.startswith(b"{") and text[1:].lstrip()[:1] in (b'"', b"}") else "csv"


def _zipped_form(path: Path) -> str:
    """Return which workbook a zip archive is."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        raise Refused(f"{path.name} is damaged or cut short; send it again, or save it anew first.") from None
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    raise Refused(f"{path.name} is a zip archive; unpack it and send the file inside.")


def _opening_text(start: bytes) -> bytes:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = start.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return start.removeprefix(codecs.BOM_UTF8).lstrip()
