"""A delimited text given back as it was sent: every line as it is, the lines of rows a few values longer."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path

from pipeline.harmless import runs
from pipeline.returned.marks import Marks, Rows

ENDS = ("\r\n", "\n", "\r")


def mark_text(
    raw: Path,
    encoding: str,
    delimiter: str,
    quote: str,
    header_row: int,
    marks: Marks,
    rows: Rows,
    out: Path,
    torn: Collection[int] = (),
) -> int:
    """Write a delimited text with the added columns, in its own encoding, with its own line ends.

    A cell that a spreadsheet would run gets an apostrophe; return how many did.

    Lines that are no rows stay as they are, but that those in `torn`, the last of each that was refused, get the added
    columns empty, so that it is a row once its values are mended; a header that is repeated gets the new names each time. What is
    written has still to be read again: where a line's end is in doubt, it may be cut otherwise than the reader did.
    """
    coding = codecs.lookup(encoding).name.replace("utf-8-sig", "utf-8")
    forgiving = "surrogatepass" if coding.startswith("utf-16") else "surrogateescape"
    starts = [header_row, *rows.numbers.tolist()]
    following = dict(pairwise(starts))
    states = dict(rows.pairs())
    names = _said(rows.headings, delimiter, quote, coding)
    header = ""
    fields = Fields(delimiter, quote)
    with (
        raw.open(encoding=coding, errors=forgiving, newline="") as lines,
        out.open("w", encoding=coding, errors=forgiving, newline="") as written,
    ):
        numbered = enumerate(lines, 1)
        for number, line in numbered:
            if number == header_row:
                text = _whole(number, line, numbered, following.get(number), quote)
                header = _cut(text)[0].removeprefix("\ufeff")
                written.write(_longer(fields.harmless(text)[0], names))
            elif number in states:
                text = _whole(number, line, numbered, following.get(number), quote)
                text, count = fields.harmless(text)
                said = " ".join(filter(None, (marks.said(number), apostrophes(count))))
                added = tuple(map(str, rows.added(number, states[number], said)))
                written.write(_longer(text, _said(added, delimiter, quote, coding)))
            elif _cut(line)[0] == header:
                written.write(_longer(fields.harmless(line)[0], names))
            elif number in torn:
                empty = _said(("",) * len(rows.headings), delimiter, quote, coding)
                written.write(_longer(fields.harmless(line)[0], empty))
            else:
                written.write(fields.harmless(line)[0])
    return fields.changed


def apostrophes(count: int) -> str:
    """Return what is said of cells that got an apostrophe; nothing of none."""
    if not count:
        return ""
    cells, them = ("1 cell was", "it") if count == 1 else (f"{count:,} cells were", "them")
    return f"{cells} given an apostrophe so that no spreadsheet runs {them} as a formula."


class Fields:
    """The fields of lines of text, in which those that a spreadsheet would run are given an apostrophe."""

    def __init__(self, delimiter: str, quote: str) -> None:
        cut, mark = re.escape(delimiter), re.escape(quote)
        self._delimiter, self._quote = delimiter, quote
        quoted = f"{mark}(?:[^{mark}]|{mark}{mark})*+{mark}[^{cut}]*|" if quote else ""
        self._field = re.compile(f"{quoted}[^{cut}]*")
        # Most lines hold nothing that could be one.
        self._suspect = re.compile(rf"(?:^|{cut})[\s\ufeff\"{mark}]*[=@+\-＝＠＋－]")
        self.changed = 0

    def harmless(self, text: str) -> tuple[str, int]:
        """Return a row in which nothing is run, and how many of its fields were changed for that."""
        if not self._suspect.search(text):
            return text, 0
        row, end = _cut(text)
        parts: list[str] = []
        done, at = 0, len(row) - len(row.lstrip("\ufeff"))
        count = 0
        while at <= len(row) and (field := self._field.match(row, at)):
            value, start = field[0], at
            if self._quote and value.startswith(self._quote):
                value, start = value[1:].rstrip().removesuffix(self._quote), at + 1
            # A spreadsheet takes off quotation marks that are none to us.
            if runs(value if self._quote == '"' else value.strip('"')):
                parts += (row[done:start], "'")
                done, count = start, count + 1
            at = field.end() + len(self._delimiter)
        self.changed += count
        return "".join((*parts, row[done:], end)), count


def _whole(
    number: int, line: str, lines: Iterator[tuple[int, str]], following: int | None, quote: str
) -> str:
    """Return a row from its first line to the line that closes its last quotation mark."""
    if not quote:
        return line
    text, marks = line, line.count(quote)
    while marks % 2 and (following is None or number + 1 < following):
        number, line = next(lines, (number, ""))
        if not line:
            break
        text += line
        marks += line.count(quote)
    return text


def _longer(text: str, added: str) -> str:
    row, end = _cut(text)
    return f"{row}{added}{end}"


def _cut(text: str) -> tuple[str, str]:
    """Return a line without its end, and its end."""
    for end in ENDS:
        if text.endswith(end):
            return text[: -len(end)], end
    return text, ""


def _said(values: tuple[str, ...], delimiter: str, quote: str, coding: str) -> str:
    """Return values of ours as they follow a row: in one line, quoted where they must be."""
    return "".join(delimiter + _value(value, delimiter, quote, coding) for value in values)


def _value(value: str, delimiter: str, quote: str, coding: str) -> str:
    text = " ".join(value.split())
    # What the file's encoding has no character for, such as a word quoted from our own lists.
    text = text.encode(coding, "replace").decode(coding)
    if not quote:
        return text.replace(delimiter, " ")
    if delimiter in text or quote in text:
        return f"{quote}{text.replace(quote, quote * 2)}{quote}"
    return text
