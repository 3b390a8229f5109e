"""`collate read`: how a file is read without a force's file, for people and for machines.

The values shown are the force's own, so they go to the person who asked and nowhere else: nothing is stored but a
nameless working file that ends with the reading, and nothing is logged.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.personal.column import different, of_unread
from pipeline.read import Export, Noticed, Reading, Refusal, Refused, Sums, open_export
from pipeline.read.windows import windows
from pipeline.visible import visible
from schemas.personal import KINDS

# What a person is shown of a file: rows beside one another, refused lines, characters of a value.
FIRST_ROWS = 3
LISTED = 20
LONGEST = 40
# One file's answer is held back until it is whole: in memory up to so many bytes, then on the disk.
IN_MEMORY = 32 << 20

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", ":": "colon", " ": "space", "  ": "spaces"}  # fmt: skip


@dataclass
class Look:
    """How one file was read: complete, with the first rows only."""

    file: str
    export: Export
    first_rows: list[tuple[int, list[str]]] = field(default_factory=list)
    # The columns whose first rows hold personal data, and of what kind; no value.
    personal: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sums(self) -> Sums:
        return self.export.sums

    @property
    def refusals(self) -> list[Refusal]:
        return self.export.refusals

    @property
    def noticed(self) -> list[Noticed]:
        return self.export.noticed


def look(path: Path, sheet: str | None = None) -> Look:
    """Return how a file is read, all of it once, a batch at a time.

    Raises Refused where it cannot be read safely, OSError where it cannot be reached.
    """
    export = opened(path, sheet)
    seen = Look(path.name, export)
    for batch in windows(export.batches(export.columns)):
        if not seen.first_rows:
            seen.personal = personal_in(batch)
        left = batch.slice(0, FIRST_ROWS - len(seen.first_rows))
        numbers = left.column(0).to_pylist()
        seen.first_rows += zip(numbers, map(list, rows_of(left)), strict=True)
    return seen


def personal_in(batch: pa.RecordBatch) -> list[tuple[str, str]]:
    """Return the columns whose first rows hold personal data, each with its kind."""
    return [
        (name, KINDS[hit.kind][1])
        for name in batch.schema.names[1:]
        for hit in of_unread(name, different(batch.column(name)), date.today())
    ]


def opened(path: Path, sheet: str | None) -> Export:
    """Return a file opened with nothing pinned but its sheet; raises Refused where it has no sheets."""
    export = open_export(path, Reading(sheet=sheet))
    if sheet is not None and export.sheet is None:
        raise Refused(f"{path.name} is no workbook and has no sheets; leave --sheet out.")
    return export


def has_no_header(export: Export) -> bool:
    """Return true for a table that names no columns; records of JSON, XML or Parquet name theirs without a row."""
    return any(noticed.kind == "no_header" for noticed in export.noticed)


def rows_of(batch: pa.RecordBatch) -> Iterator[tuple[str, ...]]:
    """Return the rows of a batch as text, its row numbers left out."""
    return zip(*(column.to_pylist() for column in batch.columns[1:]), strict=True)


def write_json(path: Path, sheet: str | None, out: IO[bytes]) -> Sums:
    """Write one line of JSON, `{"header": [...], "rows": [[...]], "findings": [...]}`; return the line sums.

    Every cell is text as it stands in the file. The JSON is ASCII, so that no terminal, encoding or line reader
    changes it. Nothing is written of a file that is refused on the way. Raises Refused and OSError.
    """
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as answer:
        export = opened(path, sheet)
        # Names that were made up for a file without a header do not stand in it.
        header = () if has_no_header(export) else export.columns
        answer.write(b'{"header": ' + json.dumps(header).encode() + b', "rows": [')
        between = b""
        for batch in export.batches(export.columns):
            if batch.num_rows:
                answer.write(between + json.dumps([*rows_of(batch)], separators=(",", ":"))[1:-1].encode())
                between = b","
        findings = [*map(refused_line, export.refusals), *map(oddity, export.noticed)]
        answer.write(b'], "findings": ' + json.dumps(findings).encode() + b"}\n")
        answer.seek(0)
        while piece := answer.read(1 << 20):
            out.write(piece)
    out.flush()
    return export.sums


def write_refused(kind: str, sentence: str, out: IO[bytes]) -> None:
    """Write the line of JSON for a file of which nothing can be given."""
    findings = [oddity(Noticed(kind, sentence))]
    out.write(json.dumps({"header": [], "rows": [], "findings": findings}).encode() + b"\n")
    out.flush()


def oddity(noticed: Noticed) -> dict[str, Any]:
    """Return one finding as machines are given it; a column of "" is the whole file."""
    return {
        "kind": noticed.kind,
        "sentence": noticed.sentence,
        "column": noticed.column,
        "rows": list(noticed.rows),
        "count": noticed.count,
    }


def refused_line(refusal: Refusal) -> dict[str, Any]:
    """Return the finding for lines that could not be read as a row: their first numbers, and how many they are."""
    lines = range(refusal.row_number, refusal.last_row + 1)
    return oddity(Noticed("refused_line", refusal.sentence, rows=tuple(lines[:LISTED]), count=len(lines)))


def serve(paths: Iterable[bytes], sheet: str | None, out: IO[bytes]) -> None:
    """Answer each path with one line of JSON, in order, whatever becomes of the file: the next is answered too."""
    for line in paths:
        with told(out):
            write_json(found(Path(os.fsdecode(line.rstrip(b"\r\n")))), sheet, out)


def found(path: Path) -> Path:
    """Return a path at which there is a file; raises NoFile. Devices and pipes are no files: they may never end."""
    if not path.is_file():
        raise NoFile(f"There is no file {path}. Check the name and the folder.")
    return path


class NoFile(Exception):
    """There is no file at a path that was asked for."""


@contextmanager
def told(out: IO[bytes]) -> Iterator[None]:
    """Write what keeps a file from being read as its line of JSON."""
    try:
        yield
    except BrokenPipeError:
        # Nobody listens any more, so there is nothing to tell.
        raise
    except Refused as refused:
        write_refused("refused_file", refused.sentence, out)
    except NoFile as missing:
        write_refused("no_file", str(missing), out)
    except OSError as error:
        write_refused(
            "no_file", f"The file could not be read: {error.strerror or type(error).__name__}.", out
        )
    except Exception as error:
        # The error's own words may hold a value.
        said = f"A fault in the pipeline itself ({type(error).__name__}) kept the file from being read; please report it."
        write_refused("fault", said, out)


def show(seen: Look, console: Console) -> None:
    """Print how a file was read: the outcome first, then where and how the table stands, then what is wrong."""
    sums, export = seen.sums, seen.export
    mark = "[bold yellow]Read, but not every line[/]" if sums.refused else "[bold green]Read[/]"
    console.print(f"{mark}  {escape(visible(seen.file))}", highlight=False)
    for label, said in (
        ("Written as", written_as(export)),
        ("Table", place_of(export)),
        ("Lines", lines_said(sums)),
        ("Rows", f"{sums.rows:,}, of {len(export.columns):,} columns"),
    ):
        console.print(f"  {label:<11}{escape(visible(said))}", highlight=False, soft_wrap=True)
    show_first_rows(seen, console)
    if seen.refusals:
        console.print("\n[bold]Lines that could not be read as rows[/]")
        for refusal in seen.refusals[:LISTED]:
            console.print(f"  {escape(visible(refusal.sentence))}", highlight=False, soft_wrap=True)
        more = len(seen.refusals) - LISTED
        if more > 0:
            console.print(f"  {more:,} more are not listed here; --json lists them.", highlight=False)
    if seen.personal:
        console.print("\n[bold]What looks like personal data[/]")
        for name, kind in seen.personal:
            console.print(f'  Column "{escape(visible(name))}": {kind}', highlight=False, soft_wrap=True)
        console.print(
            "  A force's file maps such a column to a field made for it, or has it under ignored.",
            highlight=False,
        )
    if seen.noticed:
        console.print("\n[bold]What was odd[/]")
        for each in seen.noticed:
            console.print(f"  {escape(visible(each.sentence))}", highlight=False, soft_wrap=True)
    if not seen.refusals and not seen.noticed:
        console.print("\nNothing odd was found.")


def show_refused(name: str, sentence: str, console: Console) -> None:
    """Print why a file is not read at all."""
    console.print(f"[bold red]Refused[/]  {escape(visible(name))}", highlight=False)
    console.print(escape(visible(sentence)), highlight=False, soft_wrap=True)


def written_as(export: Export) -> str:
    """Return the format, encoding and delimiter in words."""
    parts = [export.format]
    if export.encoding:
        parts.append(export.encoding)
    if export.delimiter:
        named = DELIMITERS.get(export.delimiter)
        parts.append(f"{named} between values" if named else f'"{export.delimiter}" between values')
    return ", ".join(parts)


def place_of(export: Export) -> str:
    """Return where the table stands in its file."""
    sheet = f'"{export.sheet}", ' if export.sheet is not None else ""
    if has_no_header(export):
        return f"{sheet}no header row, so the columns are numbered here"
    if not export.header_row:
        return f"{sheet}each record names its own columns"
    return f"{sheet}header on row {export.header_row:,}"


def lines_said(sums: Sums) -> str:
    """Return the sum that every line of the file is in."""
    return (
        f"{sums.lines:,} = {sums.header:,} header + {sums.blank:,} blank + {sums.notes:,} notes + "
        f"{sums.parsed_lines:,} in rows + {sums.refused:,} refused"
    )


def show_first_rows(seen: Look, console: Console) -> None:
    """Print the header down the side and the first rows beside it: forces' tables are wider than screens."""
    table = Table(title="Header and first rows", title_justify="left")
    table.add_column("Column", overflow="fold")
    for number, _ in seen.first_rows:
        table.add_column(f"Row {number:,}", overflow="fold")
    for place, name in enumerate(seen.export.columns):
        cells = [shortened(cells[place]) for _, cells in seen.first_rows]
        table.add_row(escape(visible(name)), *(escape(visible(cell)) for cell in cells))
    console.print()
    console.print(table)


def shortened(cell: str) -> str:
    return cell if len(cell) <= LONGEST else cell[: LONGEST - 3] + "..."
