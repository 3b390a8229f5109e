"""How a delimited text file is written: its delimiter and its header, found from its first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.read import layout
from pipeline.read.export import Reading, Refused
from pipeline.read.text import LONGEST_LINE, is_readable

if TYPE_CHECKING:
    from _csv import Reader as Lexer

DELIMITERS = (",", ";", "\t", "|")

# The standard library's own limit of 131,072 characters is below what a free-text column holds.
csv.field_size_limit(LONGEST_LINE)


class Dialect:
    """How a line splits into cells."""

    def __init__(self, delimiter: str, quote: str) -> None:
        self.delimiter = delimiter
        self.quote = quote
        mark, cut = re.escape(quote), re.escape(delimiter)
        value = f"[^{mark}{cut}\\r\\n]*+"
        if quote:
            value = f"(?:{mark}(?:[^{mark}]|{mark}{mark})*+{mark}|{value})"
        self._clean = re.compile(f"{value}(?:{cut}{value})*+[\\r\\n]*")

    def lines(self, lines: Iterable[str]) -> Lexer:
        """Return the standard library's reader of these lines, which lexes as pyarrow does."""
        if not self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)
        return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote)

    def lex(self, *lines: str) -> tuple[list[str], bool]:
        """Return the cells of one row's lines, and whether its last value is left open at their end."""
        if len(lines) == 1 and (not self.quote or self.quote not in lines[0]):
            return lines[0].rstrip("\r\n").split(self.delimiter), False
        # A row that closes its values leaves the blank line after it unread.
        lexer = self.lines((*lines, ""))
        cells: list[str] = next(lexer, [])
        return cells, lexer.line_num > len(lines)

    def is_clean(self, line: str) -> bool:
        """Return true where every quotation mark of a line opens, closes or is doubled inside a value."""
        return self._clean.fullmatch(line) is not None


@dataclass(frozen=True)
class Head:
    """The top of a file, down to the last line of its header."""

    dialect: Dialect
    header: list[list[str]]
    header_row: int
    lines: int
    blank: int


@dataclass(frozen=True)
class _Row:
    first: int
    last: int
    cells: list[str]


def find_head(lines: Sequence[bytes], reading: Reading, expected: Collection[str]) -> Head:
    """Return the dialect and the header of a file that begins with these lines.

    The delimiter is the pinned one, else the one that makes a header of most expected words, else the one
    that splits most lines into the same number of cells. Raises Refused where there is no header to read.
    """
    text = [line.decode("utf-8", "replace") for line in lines]
    candidates = [Dialect(mark, reading.quote) for mark in _delimiters(reading)]
    samples = [(dialect, _sample(dialect, text)) for dialect in candidates]
    dialect, rows = max(samples, key=lambda sample: _evidence(sample[1], reading, expected))
    filled = [row for row in rows if not layout.is_blank(row.cells)]
    if not filled:
        raise Refused(
            "The file holds nothing but blank lines. Export it again and look at it before sending it."
        )
    found = _header_index(filled, reading, expected)
    header = filled[found : found + reading.header_rows]
    first, last = header[0].first, header[-1].last
    for number in range(first, last + 1):
        if not is_readable(lines[number - 1]):
            raise Refused(
                f"The header on line {number} holds bytes that are no characters in the file's encoding. "
                "Export the file as UTF-8, or state its encoding in the force file."
            )
    blank = sum(1 for row in rows if row.last < first and layout.is_blank(row.cells))
    width = _width(header, filled[found + len(header) :])
    cells = [(row.cells + [""] * width)[:width] for row in header]
    return Head(dialect, cells, first, last, blank)


def _delimiters(reading: Reading) -> tuple[str, ...]:
    if reading.delimiter is None:
        return DELIMITERS
    if len(reading.delimiter) != 1 or not reading.delimiter.isascii() or reading.delimiter in '\r\n"':
        raise Refused('The force file pins a delimiter that is not a single character such as "," or ";".')
    return (reading.delimiter,)


def _sample(dialect: Dialect, text: list[str]) -> list[_Row]:
    """Return the first rows as the dialect splits them, up to a value no reader would hold."""
    rows: list[_Row] = []
    lexer = dialect.lines(text)
    try:
        for cells in lexer:
            rows.append(_Row(rows[-1].last + 1 if rows else 1, lexer.line_num, cells))
            if len(rows) == layout.SEARCHED_ROWS:
                break
    except csv.Error:
        pass
    return rows


def _evidence(rows: list[_Row], reading: Reading, expected: Collection[str]) -> tuple[int, float]:
    """Return how many expected words a dialect finds in one row, and how evenly it splits the rows."""
    cells = [row.cells for row in rows if not layout.is_blank(row.cells)]
    if not cells:
        return 0, 0.0
    known = 0
    if expected:
        known = max(
            layout.known_words(cells, row, expected, reading.header_rows) for row in range(len(cells))
        )
    widths = Counter(len(row) for row in cells if len(row) > 1)
    width, times = widths.most_common(1)[0] if widths else (1, 0)
    return known if known > 1 else 0, times / len(cells) * (1 - 1 / width)


def _header_index(rows: list[_Row], reading: Reading, expected: Collection[str]) -> int:
    if reading.header_row is None:
        found = layout.find_header([row.cells for row in rows], expected, reading.header_rows)
    else:
        pinned = [index for index, row in enumerate(rows) if row.first == reading.header_row]
        if not pinned:
            raise Refused(
                f"The force file says the header is on line {reading.header_row}, but no row starts there; "
                "state the line it is on, or leave it out to have it found."
            )
        found = pinned[0]
    if found + reading.header_rows > len(rows):
        raise Refused(
            f"The force file says the header has {reading.header_rows} rows, but the file ends before them."
        )
    return found


def _width(header: list[_Row], below: list[_Row]) -> int:
    """Return the number of columns: the header's, give or take empty cells the rows below do not share.

    Some systems end every row, but not the header, with a delimiter, or the header and not the rows.
    """
    width = max(len(row.cells) for row in header)
    widths = Counter(len(row.cells) for row in below if len(row.cells) > 1)
    usual = widths.most_common(1)[0][0] if widths else width
    if usual > width:
        surplus = [cell for row in below if len(row.cells) == usual for cell in row.cells[width:]]
    else:
        surplus = [cell for row in header for cell in row.cells[usual:]]
    return width if any(cell.strip() for cell in surplus) else usual
