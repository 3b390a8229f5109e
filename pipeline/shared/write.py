"""A shared copy written as the file was: the same kind, the same columns, every row on its own line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pipeline.read import Export, Reading
from pipeline.returned.as_read import plain_workbook

Rows = Mapping[int, Sequence[str]]

# Letters and digits of a line that could not be read are no part of why.
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")


def suffix_of(export: Export, name: str) -> str:
    """Return the ending of the copy's name: its own for a text, else that of a workbook."""
    return Path(name).suffix if export.format in ("csv", "jsonl") else ".xlsx"


def write_copy(raw: Path, export: Export, reading: Reading, rows: Rows, out: Path) -> None:
    """Write rows of the export's columns, each on the line it has in the file that was sent."""
    if export.format == "csv":
        _write_lines(raw, export, _delimited(export, reading, rows), out)
    elif export.format == "jsonl":
        lines = {
            row: json.dumps(dict(zip(export.columns, values, strict=True)), ensure_ascii=False)
            for row, values in rows.items()
        }
        _write_lines(raw, export, lines, out)
    else:
        header: list[tuple[int, Sequence[str]]] = [(export.header_row, export.columns)]
        if reading.header_rows == 2:
            grouped = [name.partition(" / ") for name in export.columns]
            above = [group if between else "" for group, between, _ in grouped]
            below = [name if between else group for group, between, name in grouped]
            header = [(export.header_row, above), (export.header_row + 1, below)]
            if min(rows, default=export.header_row + 2) <= export.header_row + 1:
                header = [(export.header_row - 1, above), (export.header_row, below)]
        plain_workbook(out, reading.sheet or "Shared", [*header, *sorted(rows.items())])


def _delimited(export: Export, reading: Reading, rows: Rows) -> dict[int, str]:
    lines = {}
    for row, values in [(export.header_row, export.columns), *rows.items()]:
        text = io.StringIO()
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if reading.quote else csv.QUOTE_NONE
        csv.writer(
            text,
            delimiter=export.delimiter or ",",
            quotechar=reading.quote or None,
            quoting=quoting,
            escapechar=None if reading.quote else "\\",
            lineterminator="",
        ).writerow(values)
        lines[row] = text.getvalue()
    return lines


def _write_lines(raw: Path, export: Export, lines: Mapping[int, str], out: Path) -> None:
    encoding = export.encoding or "utf-8"
    written = {**lines, **_refused_lines(raw, export, encoding)}
    with out.open("w", encoding=encoding, errors="replace", newline="") as file:
        if encoding.lower().replace("_", "-").startswith("utf-16-"):
            file.write("\ufeff")
        number = 1
        for row in sorted(written):
            # Lines that are no rows, and rows that are left out, are blank, so that each row keeps its number.
            file.write("\n" * (row - number))
            file.write(written[row] + "\n")
            number = row + 1 + written[row].count("\n")


def _refused_lines(raw: Path, export: Export, encoding: str) -> dict[int, str]:
    """Return the lines that could not be read, their letters and digits all alike."""
    wanted = {line for refusal in export.refusals for line in range(refusal.row_number, refusal.last_row + 1)}
    if not wanted:
        return {}
    found = {}
    with raw.open(encoding=encoding, errors="replace", newline="\n") as text:
        for number, line in enumerate(text, 1):
            if number in wanted:
                found[number] = _DIGIT.sub("0", _LETTER.sub("x", line.rstrip("\r\n")))
            elif number > max(wanted):
                break
    return found
