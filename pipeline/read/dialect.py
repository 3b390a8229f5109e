"""How a delimited text file is written: its delimiter and its header, found from its first lines."""

from __future__ import annotations

import csv
import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.read import header as headers
from pipeline.read import layout
from pipeline.read.export import Reading, Refused
from pipeline.read.noticed import SHOWN_ROWS, Noticed, rows_said
from pipeline.read.recast import DELIMITER, QUOTE, Recast
from pipeline.read.text import LONGEST_LINE, is_readable

if TYPE_CHECKING:
    from _csv import Reader as Lexer

DELIMITERS = (",", ";", "\t", "|")
# A table below another is as even as the first: rows in runs of one width, so many of them, are believed too.
IN_RUNS = 0.9
SHORTEST_RUN = 3
# Looked at only where none of the usual ones splits the lines evenly: times, prose and web addresses hold them too.
UNUSUAL = (":", "^", "~", " ", "\x1f", "\x01", "¬", "§", "||", "::", ";;", "\\t", "  ")
# A delimiter that splits this share of the lines alike is believed without another witness.
EVEN = 0.8
WITNESSED = 20_000
# Lines longer, or of more cells, are not looked at for the one way they may be meant.
LONGEST_DOUBT = 20_000
MOST_DOUBT = 200

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
        # As clean, but that a value which does not begin with a mark may hold some.
        value = f"(?:{mark}(?:[^{mark}]|{mark}{mark})*+{mark}|(?!{mark})[^{cut}\\r\\n]*+)" if quote else value
        self._loose = re.compile(f"{value}(?:{cut}{value})*+[\\r\\n]*")
        inside, end = f"[^{cut}{mark}\\r\\n]", f"(?={cut}|[\\r\\n]|\\Z)"
        self._joined = re.compile(
            f"{inside}{mark}[^\\W\\d_]{inside}*+(?:{cut}{inside}*+)*?{cut}{inside}++{mark}{end}"
        )

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

    def only_way(self, line: str, width: int) -> list[str] | None:
        """Return the cells of a line whose marks are not all in order, where it splits so in one way only.

        A value that begins with a mark goes on to a mark before a delimiter or the end, whatever marks it holds; one
        that does not goes on to the next delimiter. None where no way, or more than one, gives that many cells.
        """
        line = line.rstrip("\r\n")
        if not self.quote or len(line) > LONGEST_DOUBT or width > MOST_DOUBT or self.is_clean(line):
            return None
        size, cut = len(line), self.delimiter
        ways: dict[int, list[list[str]]] = {-1: [[]]}
        starts = [-1]
        for _ in range(width):
            further: dict[int, list[list[str]]] = {}
            for start in starts:
                begin = start + 1
                if start >= size:
                    continue
                for end, cell in self._values(line, begin, cut):
                    # Two ways to one place are two ways on from it, and a third tells nothing more.
                    known = further.setdefault(end, [])
                    known.extend([*way, cell] for way in ways[start][: 2 - len(known)])
            ways, starts = further, list(further)
        ends = ways.get(size, [])
        return ends[0] if len(ends) == 1 else None

    def _values(self, line: str, begin: int, cut: str) -> Iterator[tuple[int, str]]:
        """Yield the ends (the place of the delimiter, or the line's) and texts of the values that may begin here."""
        if line[begin : begin + 1] != self.quote:
            end = line.find(cut, begin)
            end = len(line) if end < 0 else end
            yield end, line[begin:end]
            return
        close = line.find(self.quote, begin + 1)
        while close >= 0:
            if close + 1 == len(line) or line[close + 1] == cut:
                yield close + 1, line[begin + 1 : close].replace(self.quote * 2, self.quote)
            close = line.find(self.quote, close + 1)

    def is_torn(self, line: str) -> bool:
        """Return true where a quotation mark leaves open where a value ends, though the line may split into its columns.

        A quoted value goes on after its closing mark, or one that begins in the middle of another holds delimiters.
        """
        return bool(self.quote) and (
            self._loose.fullmatch(line) is None or self._joined.search(line) is not None
        )

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
    noticed: tuple[Noticed, ...] = ()
    recast: Recast | None = None
    names: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    # Columns without a name or a value as far as was looked; values further down are told.
    empty: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Row:
    first: int
    last: int
    cells: list[str]


def find_head(lines: Sequence[bytes], reading: Reading, expected: Collection[str]) -> Head:
    """Return the dialect and the header of a file that begins with these lines.

    The delimiter is the pinned one, else the one that makes a header of most expected words, else the one
    that splits most lines into the same number of cells; an unusual one, another quotation mark and what CleverCSV
    finds are weighed where no usual one splits the lines evenly. Raises Refused where there is no header to read.
    """
    text = [line.decode("utf-8", "replace") for line in lines]
    dialect, rows, recast = _best_dialect(text, reading, expected)
    if recast is not None:
        anew, _ = recast.whole("".join(line.decode("utf-8", "surrogateescape") for line in lines), True)
        lines = anew.encode("utf-8", "surrogateescape").splitlines(keepends=True)
    rows, marked = _past_stray_mark(dialect, text, rows, expected) if recast is None else (rows, 0)
    filled = [row for row in rows if not layout.is_blank(row.cells)]
    if not filled:
        raise Refused(
            "The file holds nothing but blank lines. Export it again and look at it before sending it."
        )
    found = _header_index(filled, reading, expected)
    if not marked:
        _refuse_open_header(dialect, lines, filled, found)
    count, noticed = reading.header_rows, []
    cells = [row.cells for row in filled]
    if reading.header_row is None:
        if layout.lacks_header(cells, found, expected):
            return _headless(dialect, text, rows, filled, found, expected, recast)
        if count == 1:
            found, count = layout.grouped(cells, found, expected)
        noticed = layout.tables_above(cells[:found], [row.first for row in filled])
    header = filled[found : found + count]
    first, last = header[0].first, header[-1].last
    for number in range(first, last + 1):
        if not is_readable(lines[number - 1]):
            raise Refused(
                f"The header on line {number} holds bytes that are no characters in the file's encoding. "
                "Export the file as UTF-8, or state its encoding in the force file."
            )
    blank = sum(1 for row in rows if row.last < first and layout.is_blank(row.cells))
    named = [row.cells for row in header]
    numbered: tuple[str, ...] = ()
    below = cells[found + len(header) :]
    drawn = recast is None and not dialect.is_clean("".join(text[first - 1 : last]))
    if marked == first or drawn:
        noticed.append(headers.said_of_mark(first))
    if count == 1:
        fitted = headers.fitted(named[0], below, first, dialect.quote, expected)
        named = [fitted.names]
        numbered = tuple(fitted.names) if fitted.numbered else ()
        noticed += fitted.noticed
    width = _width(named, below)
    named = [(row + [""] * width)[:width] for row in named]
    if width == 1 and reading.delimiter is None:
        noticed += _one_column(text)
    if reading.quote == QUOTE == dialect.quote:
        noticed += _between_apostrophes(filled)
    rows_below = [row for row in below if len(row) == width]
    kinds = layout.column_kinds(rows_below)
    empty = layout.empty_columns(named, rows_below)
    return Head(dialect, named, first, last, blank, tuple(noticed), recast, numbered, tuple(kinds), empty)


def _one_column(text: list[str]) -> list[Noticed]:
    """Return what is said of a file read as one column, though its lines hold what may be delimiters."""
    lines = [line for line in text[: layout.SEARCHED_ROWS] if line.strip()]
    parted = sum(1 for line in lines if any(mark in line for mark in (*DELIMITERS, "^", "~")))
    if parted * 2 < len(lines) or parted < 2:
        return []
    sentence = (
        "No delimiter splits the lines alike, so the file was read as one column. If it has several, state its "
        "delimiter in the force file, or export it again as CSV."
    )
    return [Noticed("one_column", sentence)]


def _between_apostrophes(rows: list[_Row]) -> list[Noticed]:
    """Return what is said of values between apostrophes, too few to know that they are quotation marks."""
    framed = [row.first for row in rows if any(_is_between(cell, "'") for cell in row.cells)]
    if not framed:
        return []
    shown = tuple(framed[:SHOWN_ROWS])
    sentence = (
        f"In {rows_said(len(framed), shown)} a value stands between apostrophes, which were kept as part of it. If your "
        "system writes ' for a quotation mark, state it as quote in the force file."
    )
    return [Noticed("apostrophes", sentence, rows=shown, count=len(framed))]


def _past_stray_mark(
    dialect: Dialect, text: list[str], rows: list[_Row], expected: Collection[str]
) -> tuple[list[_Row], int]:
    """Return the rows with a line of names read despite a stray quotation mark in it, and that line's number, or 0.

    Such a mark would swallow the rows below the header up to the next mark.
    """
    if not dialect.quote:
        return rows, 0
    for place, row in enumerate(rows[: layout.MOST_TITLES]):
        if dialect.is_clean("".join(text[row.first - 1 : row.last])):
            continue
        below = [
            _Row(row.first + each.first, row.first + each.last, each.cells)
            for each in _sample(dialect, text[row.first :])
        ]
        widths = Counter(len(each.cells) for each in below if len(each.cells) > 1)
        usual, times = widths.most_common(1)[0] if widths else (0, 0)
        if times * 2 <= widths.total():
            break
        names = headers.despite_mark(dialect, text[row.first - 1], usual, expected)
        if names is None:
            break
        return [*rows[:place], _Row(row.first, row.first, names), *below], row.first
    return rows, 0


def _refuse_open_header(dialect: Dialect, lines: Sequence[bytes], filled: list[_Row], found: int) -> None:
    """Raise Refused where a line above the header would be as wide, were it not for a stray quotation mark."""
    width = len(filled[found].cells)
    for row in filled[max(found - 1, 0) : found + 1]:
        line = lines[row.first - 1].decode("utf-8", "replace")
        stray = dialect.quote and line.count(dialect.quote) and not dialect.is_clean(line)
        if (
            stray
            and len(row.cells) != line.count(dialect.delimiter) + 1 >= width > 1
            and row.first == row.last
        ):
            raise Refused(
                f"The header on line {row.first} has a quotation mark that is not closed, so its columns cannot be told "
                "apart; remove the mark, or close it, and send the file again."
            )


def _headless(
    dialect: Dialect,
    text: list[str],
    rows: list[_Row],
    filled: list[_Row],
    found: int,
    expected: Collection[str],
    recast: Recast | None,
) -> Head:
    """Return the top of a file without a header, whose columns are numbered, unless another dialect's line names them."""
    above = filled[found].first - 1
    width = Counter(len(row.cells) for row in filled[found:]).most_common(1)[0][0]
    blank = sum(1 for row in rows if row.last <= above and layout.is_blank(row.cells))
    if found and recast is None:
        last = filled[found - 1]
        others = [Dialect(mark, QUOTE) for mark in (*DELIMITERS, " ") if mark != dialect.delimiter]
        names = headers.elsewise(others, text[last.first - 1], width) if last.first == last.last else None
        if names is not None:
            kinds = layout.column_kinds([row.cells for row in filled[found:] if len(row.cells) == width])
            noticed = headers.said_of_dialect(last.first)
            return Head(dialect, [names], last.first, above, blank, (noticed,), kinds=tuple(kinds))
    noticed = layout.headerless(expected, "The file")
    numbered = layout.numbered_columns(width)
    return Head(dialect, [list(numbered)], 0, above, blank, (noticed,), recast, numbered)


def _best_dialect(
    text: list[str], reading: Reading, expected: Collection[str]
) -> tuple[Dialect, list[_Row], Recast | None]:
    """Return the dialect that splits the first lines best, the lines so split, and how they are written anew."""
    usual = [_tried(text, mark, reading.quote, reading, expected) for mark in _delimiters(reading)]
    best = max(usual, key=lambda trial: trial.evidence)
    if reading.delimiter is None and sum(1 for line in text[:50] if line.strip(" \t\r\n,;|\"'")) > 1:
        others = []
        if reading.quote == QUOTE and _quotes_with(text, "'"):
            others += [_tried(text, mark, "'", reading, expected) for mark in DELIMITERS]
        doubled = best.delimiter * 2
        if best.delimiter != "," and sum(line.count(doubled) for line in text[:50]) * 2 == sum(
            line.count(best.delimiter) for line in text[:50]
        ):
            others.append(_tried(text, doubled, reading.quote, reading, expected))
            best = others[-1] if others[-1].evidence[1] > 0 else best
        uneven = best.evidence[1] < EVEN * (1 - 1 / max(best.width, 2)) and best.in_runs < IN_RUNS
        if best.evidence[0] < 2 and uneven:
            for mark in DELIMITERS:
                if any(mark + " " + reading.quote in line for line in text[:50]) and reading.quote:
                    recast = Recast(mark + " ", reading.quote, padded=True)
                    others.append(_tried(text, recast.delimiter, reading.quote, reading, expected, recast))
            others += [_tried(text, mark, reading.quote, reading, expected) for mark in UNUSUAL]
            others += _witness(text, reading, expected)
        # A delimiter that is no usual one must do clearly better, and split nearly every line.
        for trial in others:
            known, even = trial.evidence
            least = 0.7 if best.share else 0.3
            if (known, even) > (best.evidence[0], best.evidence[1] + 0.05) and trial.share > least:
                best = trial
    if reading.quote == QUOTE == best.dialect.quote and _is_framed(best.rows, "'"):
        best = _tried(text, best.delimiter, "'", reading, expected)
    padded = bool(best.delimiter.strip()) and _is_padded(best.rows)
    if (
        not padded
        and best.recast is None
        and any(cell.startswith(" " + QUOTE) for row in best.rows for cell in row.cells)
    ):
        recast = Recast(best.delimiter + " ", best.dialect.quote, padded=True)
        trial = _tried(text, recast.delimiter, best.dialect.quote, reading, expected, recast)
        padded = trial.share > best.share
    escape = "\\" if reading.quote and _is_escaped(text, best.dialect.quote) else ""
    if best.recast is None and (padded or escape):
        delimiter = best.delimiter + " " if padded else best.delimiter
        best = _tried(
            text,
            delimiter,
            best.dialect.quote,
            reading,
            expected,
            Recast(delimiter, best.dialect.quote, escape, padded=padded),
        )
    return best.dialect, best.rows, best.recast


@dataclass(frozen=True)
class _Trial:
    delimiter: str
    dialect: Dialect
    rows: list[_Row]
    evidence: tuple[int, float]
    width: int
    share: float
    recast: Recast | None

    @property
    def in_runs(self) -> float:
        """Return the share of the rows that stand in a run of rows of the same width."""
        widths = [len(row.cells) for row in self.rows if not layout.is_blank(row.cells)]
        runs = [(width, sum(1 for _ in run)) for width, run in groupby(widths)]
        return sum(size for width, size in runs if width > 1 and size >= SHORTEST_RUN) / max(len(widths), 1)


def _tried(
    text: list[str],
    delimiter: str,
    quote: str,
    reading: Reading,
    expected: Collection[str],
    recast: Recast | None = None,
) -> _Trial:
    """Return how well a delimiter and a quotation mark split the first lines."""
    if recast is None and (len(delimiter) > 1 or not delimiter.isascii()):
        recast = Recast(delimiter, quote)
    if recast is None:
        dialect = Dialect(delimiter, quote)
        rows = _sample(dialect, text)
    else:
        dialect = Dialect(DELIMITER, QUOTE)
        anew, _ = recast.whole("".join(text[: layout.SEARCHED_ROWS * 2]), True)
        rows = _sample(dialect, anew.encode().decode().splitlines(keepends=True))
    widths = Counter(len(row.cells) for row in rows if not layout.is_blank(row.cells))
    width, times = widths.most_common(1)[0] if widths else (1, 0)
    share = times / max(sum(widths.values()), 1) if width > 1 else 0.0
    return _Trial(delimiter, dialect, rows, _evidence(rows, reading, expected), width, share, recast)


def _witness(text: list[str], reading: Reading, expected: Collection[str]) -> list[_Trial]:
    """Return the dialect CleverCSV finds, to be weighed like the others: it may misread a stray mark."""
    from clevercsv.detect import Detector
    from clevercsv.exceptions import Error

    try:
        found = Detector().detect("".join(text)[:WITNESSED])
    except Error:
        # Its own word for a text that is no table.
        return []
    except Exception as error:
        # The usual dialects were weighed without it; the kind of the fault is seen, its words may hold a value.
        logging.getLogger(__name__).warning("The dialect's witness failed with %s.", type(error).__name__)
        return []
    delimiter = (found.delimiter if found else None) or ""
    if found is None or len(delimiter) != 1 or delimiter.isalnum() or delimiter in "\r\n\"'":
        return []
    return [_tried(text, delimiter, found.quotechar or reading.quote, reading, expected)]


def _quotes_with(text: list[str], mark: str) -> bool:
    """Return true where values seem to be quoted with this mark: it opens and closes cells often."""
    sample = "".join(text[: layout.SEARCHED_ROWS])
    opens = len(re.findall(rf"(?:^|[,;\t|]){mark}", sample, re.MULTILINE))
    closes = len(re.findall(rf"{mark}(?:[,;\t|]|\r?$)", sample, re.MULTILINE))
    return opens > 1 and closes > 1 and opens <= 2 * closes and closes <= 2 * opens


def _is_framed(rows: list[_Row], mark: str) -> bool:
    """Return true where every value that begins with this mark ends with it, and none begins with the usual one.

    Pairs of marks with nothing between them are what was written, as far as nothing else speaks for a frame.
    """
    cells = [cell for row in rows for cell in row.cells if cell]
    opening = [cell for cell in cells if cell.startswith(mark)]
    framed = [cell for cell in opening if _is_between(cell, mark)]
    is_framed = len(opening) == len(framed) > 2 and any(len(cell) > 2 for cell in framed)
    return is_framed and not any(cell.startswith(QUOTE) for cell in cells)


def _is_between(cell: str, mark: str) -> bool:
    return len(cell) > 1 and cell.startswith(mark) and cell.endswith(mark)


def _is_padded(rows: list[_Row]) -> bool:
    """Return true where a space follows nearly every delimiter, and not for the values' own sake."""
    cells = [cell for row in rows for cell in row.cells[1:] if cell.strip()]
    spaced = sum(cell.startswith(" ") for cell in cells)
    return len(cells) > 1 and spaced >= 0.8 * len(cells) and not any(cell.startswith("  ") for cell in cells)


def _is_escaped(text: list[str], quote: str) -> bool:
    """Return true where marks inside values are escaped by a backslash and none is doubled."""
    if not quote or not any("\\" + quote in line for line in text):
        return False
    sample = "".join(text)
    doubled = re.search(rf"[^,;\t|\s{quote}]{quote}{quote}[^,;\t|\r\n{quote}]", sample)
    return doubled is None and re.search(rf"\\{quote}[^,;\t|\r\n]", sample) is not None


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


def _width(header: list[list[str]], below: Sequence[Sequence[str]]) -> int:
    """Return the number of columns: the header's, give or take empty cells the rows below do not share.

    Some systems end every row, but not the header, with a delimiter, or the header and not the rows.
    """
    width = max(len(row) for row in header)
    widths = Counter(len(row) for row in below if len(row) > 1)
    usual = widths.most_common(1)[0][0] if widths else width
    if usual > width:
        surplus = [cell for row in below if len(row) == usual for cell in row[width:]]
    else:
        surplus = [cell for row in header for cell in row[usual:]]
    return width if any(cell.strip() for cell in surplus) else usual
