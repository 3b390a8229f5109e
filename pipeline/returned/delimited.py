"""A delimited text given back as it was sent: every line as it is, the lines of rows three values longer."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from pipeline.returned.marks import ADDED, Marks, Rows

ENDS = ("\r\n", "\n", "\r")


def mark_text(
    raw: Path, encoding: str, delimiter: str, quote: str, header_row: int, marks: Marks, rows: Rows, out: Path
) -> None:
    """Write a delimited text with the added columns, in its own encoding, with its own line ends.

    Lines that are no rows stay as they are; a header that is repeated gets the new names each time. What is
    written has still to be read again: where a line's end is in doubt, it may be cut otherwise than the reader did.
    """
    coding = codecs.lookup(encoding).name.replace("utf-8-sig", "utf-8")
    forgiving = "surrogatepass" if coding.startswith("utf-16") else "surrogateescape"
    starts = [header_row, *rows.numbers.tolist()]
    following = dict(pairwise(starts))
    states = dict(rows.pairs())
    names = _said(ADDED, delimiter, quote, coding)
    header = ""
    with (
        raw.open(encoding=coding, errors=forgiving, newline="") as lines,
        out.open("w", encoding=coding, errors=forgiving, newline="") as written,
    ):
        numbered = enumerate(lines, 1)
        for number, line in numbered:
            if number == header_row:
                text = _whole(number, line, numbered, following.get(number), quote)
                header = _cut(text)[0].removeprefix("\ufeff")
                written.write(_longer(text, names))
            elif number in states:
                text = _whole(number, line, numbered, following.get(number), quote)
                added = (states[number], str(number), marks.said(number))
                written.write(_longer(text, _said(added, delimiter, quote, coding)))
            elif _cut(line)[0] == header:
                written.write(_longer(line, names))
            else:
                written.write(line)


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
