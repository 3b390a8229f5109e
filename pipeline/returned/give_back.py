"""Giving a force its own file back: as it was sent where that can be done, else as it was read."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq

from pipeline.read import Export, Reading, Refused
from pipeline.read.forms import form_of
from pipeline.returned.as_read import MOST_ROWS, text_as_read, workbook_as_read
from pipeline.returned.comments import MOST
from pipeline.returned.delimited import apostrophes, mark_text
from pipeline.returned.key import Origin, keys_of
from pipeline.returned.marked_export import MarkedExport, open_sent
from pipeline.returned.marks import Marks, Numbers, Rows, read_marks, states_of
from pipeline.returned.same import reads_the_same
from pipeline.returned.sheet import OtherwiseWritten
from pipeline.returned.workbook import BOOK, formulas_in, mark_workbook
from schemas.force import Book

NAME = "marked"

Opened = Callable[[Path], Export]


@dataclass(frozen=True)
class GivenBack:
    """A marked file: where it is, how many of its cells are marked, and what to know about it."""

    path: Path
    cells: int
    said: tuple[str, ...]


def give_back(
    raw: Path, book: Book, findings: Path, accepted: Path, held: Path, out: Path, origin: Origin
) -> GivenBack:
    """Write marked.xlsx, marked.xlsm or marked.csv into the folder `out`.

    `origin` is the drop the file is, which the key of every row names. `findings`, `accepted` and `held` are what judging wrote of the file; one that is not there has no rows. Raises
    Refused where the file cannot be read, or is itself a marked one in that folder.
    """
    reading = Reading(**book.read, force_id=book.force_id)

    def opened(path: Path) -> Export:
        return open_sent(path, book)

    if raw.stem == NAME and raw.resolve().parent == out.resolve():
        raise Refused(f"{raw} would be written over by its own marked copy; name another folder.")
    export = opened(raw)
    marks = read_marks(findings, export.columns, book.victims, export.first_column)
    rows = states_of(numbers_in(export), rows_of(accepted), rows_of(held), marks)
    rows = keyed(opened(raw), rows, origin, book.columns)
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob(f"{NAME}.*"):
        if old.suffix in (".xlsx", ".xlsm", ".csv"):
            old.unlink()
    with TemporaryDirectory(dir=out, prefix=".marking-") as folder:
        given = _as_sent(raw, export, reading, marks, rows, Path(folder))
        if given is not None and same(opened(raw), given.path, opened):
            return _placed(given, out)
        given = _as_read(raw, opened(raw), marks, rows, Path(folder))
        return _placed(given, out)


def numbers_in(export: Export) -> Numbers:
    """Return the number of every row of an export, in order."""
    parts = [batch.column(0).to_numpy() for batch in export.batches(export.columns[:1])]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def rows_of(records: Path) -> Numbers:
    """Return the row numbers in a file of records, none where there is no such file."""
    if not records.exists():
        return np.zeros(0, np.int64)
    column = pq.ParquetFile(records).read(columns=["row_number"]).column("row_number")
    return np.unique(column.to_numpy().astype(np.int64))


def keyed(export: Export, rows: Rows, origin: Origin, known: Collection[str]) -> Rows:
    """Return the rows of an export with their keys; what they say in the known columns goes into these."""
    states = dict(rows.pairs())
    keys: dict[int, str] = {}
    for batch in export.batches(export.columns):
        keys.update(keys_of(origin, batch, known, states))
    return replace(rows, keys=keys, heading=origin.heading)


def same(sent: Export, path: Path, opened: Opened) -> bool:
    """Return true where a marked file can be read and has the values that were sent."""
    try:
        return reads_the_same(sent, opened(path))
    except Refused:
        return False


def _as_sent(
    raw: Path, export: Export, reading: Reading, marks: Marks, rows: Rows, folder: Path
) -> GivenBack | None:
    """Return the file as it was sent, marked; None where it is of a kind that is not written so.

    One that we marked before is not: it would get a second set of our columns.
    """
    if isinstance(export, MarkedExport):
        return None
    form = form_of(raw, reading.format)
    if form == "csv" and export.format == "csv" and export.delimiter and export.header_row:
        path = folder / f"{NAME}.csv"
        encoding = export.encoding or "utf-8"
        torn = {refusal.last_row for refusal in export.refusals}
        changed = mark_text(
            raw, encoding, export.delimiter, reading.quote, export.header_row, marks, rows, path, torn
        )
        return GivenBack(path, marks.count, _said_of_apostrophes(changed))
    if form == "zip" and export.format in ("xlsx", "xlsm") and export.sheet and _is_workbook(raw):
        path = folder / f"{NAME}.{export.format}"
        try:
            cells = mark_workbook(
                raw, export.sheet, export.header_row, export.first_column, marks, rows, path
            )
        except OtherwiseWritten:
            path.unlink(missing_ok=True)
            return None
        return GivenBack(path, cells, (*_said_of_many(cells), *_said_of_formulas(formulas_in(path))))
    return None


def _as_read(raw: Path, export: Export, marks: Marks, rows: Rows, folder: Path) -> GivenBack:
    again = isinstance(export, MarkedExport)
    said = [
        "What you sent was a marked file, so this one is a new one of its rows as they were read: the values are text, "
        'and "collate row" is the row in the file you sent.'
        if again
        else f"{raw.name} cannot be written as it was sent, so the marked file is a new one of its rows as they were read: "
        'the values are text, and "collate row" is the row in the file you sent.'
    ]
    if any(noticed.kind == "locked" for noticed in export.noticed):
        said.append("What you sent had a password; the marked file has none, so keep it as safely.")
    if len(rows.numbers) > MOST_ROWS or (again and export.format == "csv"):
        path = folder / f"{NAME}.csv"
        changed = text_as_read(export, marks, rows, path)
        return GivenBack(path, marks.count, (*said, *_said_of_apostrophes(changed)))
    path = folder / f"{NAME}.xlsx"
    cells = workbook_as_read(export, marks, rows, folder, path)
    return GivenBack(path, cells, (*said, *_said_of_many(cells)))


def _said_of_apostrophes(changed: int) -> tuple[str, ...]:
    if not changed:
        return ()
    return (
        f"{apostrophes(changed)} Every other cell is as you sent it. The apostrophe is not part of the value; it "
        "is taken off again when you send this file back.",
    )


def _said_of_formulas(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    own, they = (
        ("1 formula of its own, which was", "it")
        if count == 1
        else (f"{count:,} formulas of its own, which were", "they")
    )
    return (f"The file has {own} left as {they} {'was' if count == 1 else 'were'}.",)


def _said_of_many(cells: int) -> tuple[str, ...]:
    if cells <= MOST:
        return ()
    return (
        f"The first {MOST:,} marked cells have comments; the others are coloured only, and what is wrong with them "
        'stands in "collate says".',
    )


def _placed(given: GivenBack, out: Path) -> GivenBack:
    path = given.path.replace(out / given.path.name)
    return GivenBack(path, given.cells, given.said)


def _is_workbook(raw: Path) -> bool:
    with zipfile.ZipFile(raw) as archive:
        return BOOK in archive.namelist()
