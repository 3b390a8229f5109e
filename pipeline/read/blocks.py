"""Blocks of delimited text to rows and the physical lines they start on.

A block is proved as it is parsed: where its physical lines are as many as the rows and the odd lines parsed
from it, every line is one row and the row numbers are the line numbers. Only a block that does not add up is
looked into: its lines with an odd number of quotation marks are read one at a time, the rest again by
pyarrow.

A quoted value may hold line breaks; its row has the number of its first line. The opening quotation mark is
taken for a stray one, and its line alone refused, where a line it would swallow looks like a record (it
splits into the full number of values and is not prose, in which a space follows the delimiters), where the
value would run for more than fifty lines, or where it never closes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from pipeline.read import layout
from pipeline.read.dialect import Head
from pipeline.read.export import WORDS
from pipeline.read.text import count_lines, is_readable

LONGEST_RUN = 50
# Footnotes below the table are looked for among this many last lines.
FOOT_LINES = 64
FOOT_BYTES = 1 << 16

_STRAY = (
    "opens a quotation mark that is not closed before the next row begins; "
    "remove the mark, or close it, and send the line again."
)
_TORN = (
    "has a quotation mark in the middle of a value, so where the value ends cannot be told; "
    "remove the mark, or double it, and send the line again."
)
_DAMAGED = (
    "is damaged: it holds bytes that are no characters in the file's encoding, or runs on without end; "
    "export the file again."
)

Lines = npt.NDArray[np.int64]


@dataclass
class Parsed:
    """One block, parsed: its rows, the line of the block each starts on, and what its other lines are."""

    lines: int
    rows: list[pa.Array]
    starts: Lines
    parsed_lines: int
    kinds: Counter[str] = field(default_factory=Counter)
    lost: list[tuple[int, int, str]] = field(default_factory=list)
    # Lines whose marks other readers would drop from the value or take for its end.
    marked: list[int] = field(default_factory=list)
    # Lines that repeat the header with its names in another order.
    turned: list[int] = field(default_factory=list)
    # The line and the column, from 0, of a value read line by line that is longer than any that is read.
    too_long: tuple[int, int] | None = None

    def keep(self, kept: npt.NDArray[np.bool_]) -> None:
        """Drop the rows not kept, each of which is one line."""
        mask = pa.array(kept)
        self.rows = [values.filter(mask) for values in self.rows]
        self.parsed_lines -= int(np.count_nonzero(~kept))
        self.starts = self.starts[kept]


class Parser:
    """Parses one export's blocks for the columns wanted, of which `words` come dictionary-encoded.

    It keeps no state, so threads may share it.
    """

    def __init__(
        self, head: Head, wanted: Sequence[int], words: Sequence[int] = (), longest: int | None = None
    ) -> None:
        self.dialect = head.dialect
        self.longest = longest
        self.width = len(head.header[-1])
        self._edges = np.zeros(256, dtype=np.bool_)
        self._edges[list(b"\r\n" + self.dialect.delimiter.encode())] = True
        self._header = head.header
        self._header_words = {layout.header_words(cells) for cells in head.header}
        self._names_in_order = layout.names_in_order(head.header[-1])
        self._either_name = pa.array([cell.strip() for cell in head.header[-1]], pa.string())
        self._prose_header = _reads_as_prose(head.header[-1])
        self._wanted = [str(position) for position in wanted]
        # One column is always parsed, if only to count the rows by.
        self._probed = self._wanted or ["0"]
        self._names = [str(position) for position in range(self.width)]
        self._convert = arrow_csv.ConvertOptions(
            column_types={
                **dict.fromkeys(self._names, pa.string()),
                **{str(position): WORDS for position in words},
            },
            include_columns=list(dict.fromkeys(self._probed)),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
            check_utf8=False,
        )

    def parse(self, block: bytes) -> Parsed | None:
        """Return the block as rows of one line each, or None where it does not add up to that."""
        lines = count_lines(block)
        if not lines:
            return Parsed(0, self.columns([]), np.arange(0), 0)
        if not is_readable(block) or self._is_left_open(block) or not self._is_well_quoted(block):
            return None
        odd: list[tuple[int, str]] = []
        table = self._table(block, odd)
        if table is None or table.num_rows + len(odd) != lines:
            return None
        starts = np.delete(np.arange(lines), [line for line, _ in odd])
        probed = [_array(table, name) for name in self._probed]
        parsed = Parsed(lines, probed[: len(self._wanted)], starts, len(starts))
        for line, text in odd:
            self._place_odd(parsed, line, text)
        doubtful = self._doubtful(probed)
        if len(doubtful):
            self._set_apart(parsed, block, doubtful)
        return parsed

    def mend(self, block: bytes, last: bool) -> tuple[Parsed, bytes]:
        """Return a block that does not add up, and its last lines if they begin a value closed further on."""
        lines = block.splitlines(keepends=True)
        quote = self.dialect.quote.encode()
        odd = (
            {line for line, text in enumerate(lines) if quote in text and self._is_odd(text)}
            if quote
            else set()
        )
        if not is_readable(block):
            odd.update(line for line, text in enumerate(lines) if not is_readable(text))
        singly = _Singly(self, lines, last)
        for line in sorted(odd):
            if line >= singly.next:
                singly.read(line)
        even = np.setdiff1d(np.arange(singly.end), np.array(singly.read_lines, dtype=np.int64))
        # One line end for all: a CR and a line of only LF, once neighbours, would be a CRLF.
        rest = self.parse(b"".join(lines[line].rstrip(b"\r\n") + b"\n" for line in even))
        if rest is None:
            # A line may leave a value open though the number of its quotation marks is even.
            singly = _Singly(self, lines, last)
            while singly.next < singly.end:
                singly.read(singly.next)
            rest, even = Parsed(0, self.columns([]), np.arange(0), 0), np.arange(0)
        return singly.joined(rest, even), b"".join(lines[singly.end :])

    def set_foot_apart(self, parsed: Parsed, block: bytes) -> None:
        """Take the footnotes and totals that no row follows from the rows of a file's last block."""
        if self.width < 3:
            return
        tail = _last_lines(block)
        foot = []
        for line, text in zip(range(parsed.lines - 1, -1, -1), reversed(tail), strict=False):
            cells, _ = self.dialect.lex(text.decode("utf-8", "replace"))
            if layout.is_note(cells) or layout.is_total(cells):
                foot.append(line)
            elif not layout.is_blank(cells):
                break
        rows = np.isin(parsed.starts, np.array(foot, dtype=np.int64))
        parsed.kinds["note"] += int(np.count_nonzero(rows))
        parsed.keep(~rows)

    def kind(self, cells: Sequence[str]) -> str:
        """Return what a line with these cells is: blank, header, turned (in another order), row, note, or lost."""
        if layout.is_blank(cells):
            return "blank"
        if len(cells) == self.width:
            # In a file of one column a value may well be the column's name.
            words = layout.header_words(cells)
            if self.width > 1 and words in self._header_words:
                return "header"
            return "turned" if layout.is_turned(cells, self._names_in_order) else "row"
        return "note" if self.width > 2 and layout.is_note(cells) else "lost"

    def looks_like_record(self, line: str) -> bool:
        """Return true where a line alone splits into the full number of values and is not prose.

        The last of the values may go on over the next line: a record may end in a longer text of its own.
        """
        if self.width < 2:
            return False
        cells, _ = self.dialect.lex(line)
        return len(cells) == self.width and (self._prose_header or not _reads_as_prose(cells))

    def wrong_width(self, count: int) -> str:
        """Return what is said of a row with too few or too many values."""
        delimiter = "comma" if self.dialect.delimiter == "," else "delimiter"
        if count > self.width:
            cause = f"an extra {delimiter} or a missing quotation mark"
        else:
            cause = f"a missing {delimiter} or a line broken in two"
        values = f"{count} value{'' if count == 1 else 's'}"
        return f"{values} where the header has {self.width}; {cause} is the usual cause."

    def columns(self, rows: Sequence[Sequence[str]]) -> list[pa.Array]:
        """Return rows read one at a time as the wanted columns."""
        return [pa.array([cells[int(position)] for cells in rows], pa.string()) for position in self._wanted]

    def _table(self, block: bytes, odd: list[tuple[int, str]]) -> pa.Table | None:
        """Return the rows of full width, the others put into `odd` with their place among the rows."""

        def keep_odd(row: arrow_csv.InvalidRow) -> str:
            odd.append((row.number - 1, row.text))
            return "skip"

        parse = arrow_csv.ParseOptions(
            delimiter=self.dialect.delimiter,
            quote_char=self.dialect.quote or False,
            ignore_empty_lines=False,
            invalid_row_handler=keep_odd,
        )
        # Rows are numbered only on a single thread; the threads are ours, one a block.
        read = arrow_csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=self._names)
        try:
            return arrow_csv.read_csv(pa.BufferReader(block), read, parse, self._convert)
        except pa.ArrowInvalid:
            return None

    def _is_left_open(self, block: bytes) -> bool:
        quote = self.dialect.quote.encode()
        line = _last_lines(block)[-1]
        return bool(quote) and quote in line and self.dialect.lex(line.decode("utf-8", "replace"))[1]

    def _is_well_quoted(self, block: bytes) -> bool:
        """Return true where every mark opens or closes a value, or is doubled inside one.

        Where the marks at the edges of values are all there are, no line is looked at.
        """
        quote = self.dialect.quote.encode()
        if not quote or quote not in block:
            return True
        text = np.frombuffer(block, dtype=np.uint8)
        marks = np.flatnonzero(text == quote[0])
        # A mark that opens follows an edge and the next one comes before an edge, turn and turn about.
        opening, closing = marks[0::2], marks[1::2]
        if opening[0] == 0:
            opening = opening[1:]
        if len(closing) and closing[-1] == len(text) - 1:
            closing = closing[:-1]
        edges = self._edges
        if not len(marks) % 2 and edges[text[opening - 1]].all() and edges[text[closing + 1]].all():
            return True
        return not any(quote in line and self._is_odd(line) for line in block.splitlines(keepends=True))

    def _is_odd(self, line: bytes) -> bool:
        return not self.dialect.is_clean(line.decode("utf-8", "replace"))

    def other_table(
        self, lines: Sequence[bytes], kinds: Sequence[str], lost: Collection[int], after_blank: bool
    ) -> int | None:
        """Return the line on which the header of another table stands, if any does.

        It stands below a blank one, which may be the last of the block before, or is one of those `lost` for their
        width. The rows below it may be the first of the next block.
        """
        blank, inside = after_blank, False
        quote = self.dialect.quote.encode()
        for number, text in enumerate(lines):
            # A blank line inside a quoted value parts no tables.
            within = inside
            inside ^= bool(quote) and text.count(quote) % 2 == 1
            if within:
                blank = False
                continue
            before, blank = blank, self.is_blank(text)
            if blank or not (before or number in lost):
                continue
            cells, left_open = self.dialect.lex(text.decode("utf-8", "replace"))
            if left_open or layout.header_words(cells) in self._header_words:
                continue
            below = [self._cells(line) for line in lines[number + 1 : number + 21]]
            if before and layout.begins_another(cells, kinds, below, self._header[-1]):
                return number
            if number in lost and layout.begins_wider_or_narrower(cells, below, self.width):
                return number
        return None

    def is_blank(self, line: bytes) -> bool:
        """Return true for a line of white space, delimiters and quotation marks only."""
        return not line.strip(b" \t\r\n\"'" + self.dialect.delimiter.encode())

    def _cells(self, line: bytes) -> list[str]:
        return self.dialect.lex(line.decode("utf-8", "replace"))[0]

    def _place_odd(self, parsed: Parsed, line: int, text: str) -> None:
        cells, _ = self.dialect.lex(text)
        kind = self.kind(cells)
        if kind == "lost":
            parsed.lost.append((line, line, f"has {self.wrong_width(len(cells))}"))
        else:
            parsed.kinds[kind] += 1

    def _doubtful(self, probed: list[pa.Array]) -> Lines:
        """Return the rows that are blank, equal to a header, or one of its names, in every column parsed.

        Hardly any block has such a row, so the look at the column of the fewest words is nearly always the last.
        """
        likenesses = [[""] * self.width, *self._header]
        # The last are the rows of names in any order.
        found = [np.ones(len(probed[0]), dtype=np.bool_) for _ in range(len(likenesses) + 1)]
        for name, values in sorted(zip(self._probed, probed, strict=True), key=lambda one: _words(one[1])):
            encoded = pa.types.is_dictionary(values.type)
            trimmed = pc.utf8_trim_whitespace(values.dictionary if encoded else values)
            for place, rows in enumerate(found):
                if rows.any():
                    if place < len(likenesses):
                        alike = pc.equal(trimmed, likenesses[place][int(name)].strip())
                    else:
                        alike = pc.is_in(trimmed, self._either_name)
                    alike = alike.take(values.indices) if encoded else alike
                    rows &= alike.to_numpy(zero_copy_only=False)
            if not any(rows.any() for rows in found):
                break
        return np.flatnonzero(np.logical_or.reduce(found))

    def _set_apart(self, parsed: Parsed, block: bytes, doubtful: Lines) -> None:
        """Take the blank lines and repeated headers among the doubtful rows out of the rows."""
        lines = block.splitlines(keepends=True)
        kept = np.ones(len(parsed.starts), dtype=np.bool_)
        for row in doubtful:
            kind = self.kind(self.dialect.lex(lines[parsed.starts[row]].decode("utf-8"))[0])
            if kind == "turned":
                parsed.turned.append(int(parsed.starts[row]))
            elif kind != "row":
                kept[row] = False
                parsed.kinds[kind] += 1
        parsed.keep(kept)


class _Singly:
    """Lines of one block read one at a time, each either a row's, or what it is instead."""

    def __init__(self, parser: Parser, lines: list[bytes], last: bool) -> None:
        self._parser = parser
        self._lines = lines
        self._last = last
        self._rows: list[list[str]] = []
        self._starts: list[int] = []
        self._parsed_lines = 0
        self._kinds: Counter[str] = Counter()
        self._lost: list[tuple[int, int, str]] = []
        self._marked: list[int] = []
        self._turned: list[int] = []
        self._too_long: tuple[int, int] | None = None
        self.read_lines: list[int] = []
        self.next = 0
        self.end = len(lines)

    def read(self, line: int) -> None:
        """Read the row that starts on a line, and move `next` below it, or `end` to it if it stays open."""
        text = self._text(line)
        if text is None:
            self._lose(line, 1, _DAMAGED)
            return
        cells, left_open = self._parser.dialect.lex(text)
        meant = self._parser.dialect.only_way(text, self._parser.width)
        if left_open:
            self._read_over_lines(line, text, meant)
        elif meant is not None and meant != cells:
            self._place_marked(line, meant)
        elif self._parser.kind(cells) == "row" and self._is_torn(text):
            self._lose(line, 1, _TORN)
        else:
            self._place(line, 1, cells)

    def joined(self, rest: Parsed, positions: Lines) -> Parsed:
        """Return what was read singly and the rest, whose lines stood at these positions, in file order."""
        starts = np.concatenate([positions[rest.starts], np.array(self._starts, dtype=np.int64)])
        order = np.argsort(starts)
        rows = [
            pa.concat_arrays([several.cast(pa.string()), single]).take(pa.array(order))
            for several, single in zip(rest.rows, self._parser.columns(self._rows), strict=True)
        ]
        moved = [(int(positions[first]), int(positions[last]), reason) for first, last, reason in rest.lost]
        parsed_lines = rest.parsed_lines + self._parsed_lines
        kinds = rest.kinds + self._kinds
        turned = sorted([*(int(positions[line]) for line in rest.turned), *self._turned])
        lost = moved + self._lost
        return Parsed(
            self.end, rows, starts[order], parsed_lines, kinds, lost, self._marked, turned, self._too_long
        )

    def _read_over_lines(self, first: int, text: str, meant: list[str] | None) -> None:
        """Read a value that goes on over the next lines, unless one of these is a row of its own.

        `meant` are the cells of the line alone if a stray mark in it can be read in one way only.
        """
        run, left_open = [text], True
        while left_open:
            following = first + len(run)
            if following == len(self._lines) and not self._last:
                self.end, self.next = first, following
                return
            more = self._text(following) if following < len(self._lines) else None
            if more is None or len(run) == LONGEST_RUN or self._is_clean_record(more):
                self._read_alone(first, meant)
                return
            run.append(more)
            cells, left_open = self._parser.dialect.lex(*run)
        if self._is_two_rows(run) or (meant is not None and self._parser.kind(cells) == "lost"):
            self._read_alone(first, meant)
        else:
            self._place(first, len(run), cells)

    def _read_alone(self, line: int, meant: list[str] | None) -> None:
        if meant is None:
            self._lose(line, 1, _STRAY)
        else:
            self._place_marked(line, meant)

    def _place_marked(self, line: int, cells: list[str]) -> None:
        self._place(line, 1, cells)
        self._marked.append(line)

    def _is_torn(self, text: str) -> bool:
        """Return true where a line is as wide as the others by chance: a mark in it leaves open where a value ends."""
        dialect = self._parser.dialect
        return not dialect.is_clean(text) and dialect.is_torn(text)

    def _is_clean_record(self, line: str) -> bool:
        return self._parser.dialect.is_clean(line) and self._parser.looks_like_record(line)

    def _is_two_rows(self, run: list[str]) -> bool:
        """Return true where the opening line and a swallowed one are full rows once marks mean nothing.

        Two stray marks can make a well-formed value between them; every reader is fooled by it.
        """
        full = run[0].count(self._parser.dialect.delimiter) == self._parser.width - 1
        return full and any(self._parser.looks_like_record(line) for line in run[1:])

    def _text(self, line: int) -> str | None:
        text = self._lines[line]
        return text.decode("utf-8") if is_readable(text) else None

    def _place(self, first: int, count: int, cells: list[str]) -> None:
        kind = self._parser.kind(cells)
        if kind == "lost":
            verb = "has" if count == 1 else "together have"
            self._lose(first, count, f"{verb} {self._parser.wrong_width(len(cells))}")
            return
        self._take(first, count)
        longest = self._parser.longest
        if longest is not None and self._too_long is None:
            long = next((place for place, cell in enumerate(cells) if len(cell) > longest), None)
            self._too_long = None if long is None else (first, long)
        if kind == "turned":
            self._turned.append(first)
        if kind in ("row", "turned"):
            self._rows.append(cells)
            self._starts.append(first)
            self._parsed_lines += count
        else:
            self._kinds[kind] += count

    def _lose(self, first: int, count: int, reason: str) -> None:
        self._take(first, count)
        self._lost.append((first, first + count - 1, reason))

    def _take(self, first: int, count: int) -> None:
        self.read_lines.extend(range(first, first + count))
        self.next = first + count


def _array(table: pa.Table, name: str) -> pa.Array:
    return table.column(name).combine_chunks()


def last_line(block: bytes) -> bytes:
    """Return the last line of a block."""
    return (_last_lines(block) or [b""])[-1]


def _words(values: pa.Array) -> int:
    """Return how many words are looked at where a column is."""
    return len(values.dictionary if pa.types.is_dictionary(values.type) else values)


def _last_lines(block: bytes) -> list[bytes]:
    """Return some whole lines from the end of a block, its last one at least."""
    lines = block[-FOOT_BYTES:].splitlines(keepends=True)
    if len(block) <= FOOT_BYTES:
        return lines[-FOOT_LINES:]
    return lines[1:][-FOOT_LINES:] or block.splitlines(keepends=True)[-1:]


def _reads_as_prose(cells: Sequence[str]) -> bool:
    """Return true where a space follows most delimiters, as it does after commas in a sentence."""
    return sum(cell.startswith(" ") for cell in cells[1:]) * 2 > len(cells) - 1
