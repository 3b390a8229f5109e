"""Small literal tables through the real engine: an export of a few cells, by a force's file of a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from pipeline.cells import prepared
from pipeline.engine import open_engine
from schemas.assault import ASSAULT
from schemas.force import Book, load_force
from transforms import convert as converting
from transforms.convert import convert
from transforms.rename import rename

IDENTITY = {
    "source_record_id": 'source_record_id = { column = "Ref" }',
    "occurred_on": 'occurred_on = { column = "Date" }',
    "offence_code": 'offence_code = { column = "Code" }',
}


def book_of(
    folder: Path,
    fields: str = "",
    tables: str = "",
    options: str = "",
    sets: Sequence[str] = (),
    name: str = "crime",
) -> Book:
    """Return a book that maps Ref, Date and Code unless told otherwise, and the fields written out.

    `fields` are lines of [crime.fields], `tables` stand after it, `options` before it; `sets` names the fields that
    `tables` map. Every other field is not collected.
    """
    written = {
        line.partition("=")[0].strip().partition(".")[0] for line in fields.splitlines() if "=" in line
    }
    told = written | set(sets)
    identity = [line for field, line in IDENTITY.items() if field not in told]
    absent = [each.name for each in ASSAULT.given if each.name not in told and each.name not in IDENTITY]
    path = folder / "north_yorkshire.toml"
    path.write_text(
        'name = "North Yorkshire Police"\n'
        f'[{name}]\nsystem = "niche"\nfiles = ["*.csv"]\nmissing = ["N/K"]\nnot_collected = {absent}\n{options}\n'
        f"[{name}.fields]\n" + "\n".join([*identity, fields, tables]) + "\n",
        encoding="utf-8",
    )
    return load_force(path).books[name]


def values_of(book: Book, folder: Path, *rows: dict[str, str]) -> list[dict[str, Any]]:
    """Return what `rename` makes of rows of cells; Ref, Date and Code are given where a row leaves them out."""
    return through(book, folder, rows, converted=False)


def records_of(book: Book, folder: Path, *rows: dict[str, str]) -> list[dict[str, Any]]:
    """Return what `rename` and `convert` make of rows of cells, but for the class of the offence."""
    with pytest.MonkeyPatch.context() as patched:
        # Classifying takes most of the time of a small query, and has tests of its own.
        patched.setattr(converting, "classify", unclassified)
        return through(book, folder, rows, converted=True)


def classified_records_of(book: Book, folder: Path, *rows: dict[str, str]) -> list[dict[str, Any]]:
    """Return what `rename` and `convert` make of rows of cells, the class of the offence with it."""
    return through(book, folder, rows, converted=True)


def unclassified(records: ir.Table) -> ir.Table:
    """Return records as if every code were known and no class decided."""
    return records.mutate(offence_code_known=ibis.literal(True))


def through(
    book: Book, folder: Path, rows: Sequence[dict[str, str]], converted: bool
) -> list[dict[str, Any]]:
    given = {"Ref": "A1", "Date": "03/07/2018", "Code": "104/23"}
    own = {column for row in rows for column in row}
    given = {column: cell for column, cell in given.items() if column in book.columns or column in own}
    columns = list(dict.fromkeys([*given, *(column for row in rows for column in row)]))
    table = pa.table(
        {
            "row_number": pa.array(range(2, len(rows) + 2), pa.int64()),
            **{
                column: pa.array([{**given, **row}.get(column, "") for row in rows], pa.string())
                for column in columns
            },
        }
    )
    with open_engine(folder) as engine:
        export = engine.read_batches("export", prepared(table.to_reader(), book, b"key of a test"))
        values = rename(export, book)
        return engine.rows(convert(values, book) if converted else values)
