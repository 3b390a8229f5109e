"""Opening a file of a known form: whatever holds it is opened first, and its form's reader is imported."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.read.forms import WORKBOOKS, form_of, is_ole
from pipeline.read.limits import Limits
from pipeline.read.noticed import Noticed
from pipeline.read.packed import gunzipped, unzipped, workbook_form
from pipeline.read.reading import Reading
from pipeline.read.refused import Refused

if TYPE_CHECKING:
    from pipeline.read.export import Export

# Every reader; a process that opens several files imports them all beforehand.
READERS = ("csv", "html", "json", "jsonl", "locked", "parquet", "spreadsheetml", "workbook", "xml")


def open_form(path: Path, form: str, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export in a file of a known form; raises Refused where it cannot be read safely.

    An archive or a locked workbook is opened into the working folder, which is its reading's own.
    """
    limits = Limits.from_environment()
    if form == "zip":
        form = workbook_form(path, limits) or form
        if form == "zip":
            inside, locked = unzipped(path, Path.cwd(), limits, reading)
            export = _inside(path, inside, reading, expected)
            if locked:
                said = "The archive is protected by a password, which opened it."
                export.noticed.append(Noticed("locked", said))
            return export
    if form == "gz":
        return _inside(path, gunzipped(path, Path.cwd(), limits), reading, expected)
    if form in WORKBOOKS:
        return _open_workbook(path, form, reading, expected, limits)
    match form:
        case "csv":
            from pipeline.read.csv import open_csv

            return open_csv(path, reading, expected)
        case "jsonl":
            from pipeline.read.jsonl import open_jsonl

            return open_jsonl(path, reading)
        case "json":
            from pipeline.read.json import open_json

            return open_json(path, reading)
        case "html":
            from pipeline.read.html import open_html

            return open_html(path, reading, expected)
        case "xml":
            from pipeline.read.xml import open_xml

            return open_xml(path, reading, expected)
        case "spreadsheetml":
            from pipeline.read.spreadsheetml import open_spreadsheetml

            return open_spreadsheetml(path, reading, expected)
        case "parquet":
            from pipeline.read.parquet import open_parquet

            return open_parquet(path)
    raise ValueError(form)


def _open_workbook(
    path: Path, form: str, reading: Reading, expected: Collection[str], limits: Limits
) -> Export:
    from pipeline.read.book import Book

    opened = path
    if is_ole(path):
        from pipeline.read.locked import unlocked

        opened = unlocked(path, Path.cwd(), reading)
        if not is_ole(opened):
            found = workbook_form(opened, limits)
            if found is None:
                raise Refused(f"{path.name} holds no workbook; send the workbook itself.")
            form = found
    # The sheets are being read while all the rest is imported.
    book = Book(opened, form, reading, Path.cwd())
    from pipeline.read.workbook import workbook_export

    export = workbook_export(book, reading, expected)
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
