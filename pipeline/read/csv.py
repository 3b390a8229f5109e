"""Delimited text: parsed in blocks ahead of the consumer, every physical line accounted for.

Blank lines (nothing but delimiters, quotation marks and white space) are counted and are no rows, nor is a
repeated header. A line with one filled cell that reads as a footnote is a note when it is not of full width,
or when no row follows it; so is a full-width totals row that no row follows. All else of the wrong width is
refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from pipeline.read import layout
from pipeline.read.blocks import Parsed, Parser
from pipeline.read.dialect import Head, find_head
from pipeline.read.export import WORDS, Export, Reading
from pipeline.read.text import Text

THREADS = 2
# Blocks parsed ahead of the one being consumed.
AHEAD = 6


def open_csv(path: Path, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export in a delimited text file; raises Refused where no header can be read in it."""
    text = Text(path, reading.encoding)
    lines = text.head()
    head = find_head(lines, reading, expected)
    return CsvExport(text, head, sum(len(line) for line in lines[: head.lines]))


class CsvExport(Export):
    """A delimited text file whose dialect and header are known."""

    encodes = True

    def __init__(self, text: Text, head: Head, top: int) -> None:
        columns = layout.column_names(head.header)
        super().__init__("csv", head.header_row, columns, delimiter=head.dialect.delimiter)
        self._text = text
        self._head = head
        self._top = top

    @property
    def encoding(self) -> str | None:
        """Return the encoding the text is read in."""
        return self._text.encoding

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        places = [self.columns.index(column) for column in columns]
        words = [place for place, kind in zip(places, schema.types[1:], strict=True) if kind == WORDS]
        parser = Parser(self._head, places, words)
        self.sums.lines = self._head.lines
        self.sums.blank = self._head.blank
        self.sums.header = self._head.lines - self._head.blank
        number = self._head.lines + 1
        carried = b""
        for block, last, future in self._ahead(parser):
            parsed = None if carried else future.result()
            if parsed is None:
                block = carried + block
                parsed, carried = parser.mend(block, last)
            if last:
                parser.set_foot_apart(parsed, block)
            self._count(parsed, number)
            rows = [_as(kind, values) for kind, values in zip(schema.types[1:], parsed.rows, strict=True)]
            yield pa.RecordBatch.from_arrays([pa.array(parsed.starts + number), *rows], schema=schema)
            number += parsed.lines

    def _ahead(self, parser: Parser) -> Iterator[tuple[bytes, bool, Future[Parsed | None]]]:
        """Yield the blocks below the header in order, each with its parse under way in another thread."""
        window: deque[tuple[bytes, bool, Future[Parsed | None]]] = deque()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="parse") as pool:
            try:
                for block, last in self._below_header():
                    window.append((block, last, pool.submit(parser.parse, block)))
                    if len(window) > AHEAD:
                        yield window.popleft()
                while window:
                    yield window.popleft()
            finally:
                # A consumer that stops early does not wait for blocks nobody will read.
                for _, _, future in window:
                    future.cancel()

    def _below_header(self) -> Iterator[tuple[bytes, bool]]:
        blocks = self._text.blocks()
        block, last = next(blocks)
        yield block[self._top :], last
        yield from blocks

    def _count(self, parsed: Parsed, number: int) -> None:
        """Add a block that starts on this line number to the sums and the refusals."""
        self.sums.lines += parsed.lines
        self.sums.parsed_lines += parsed.parsed_lines
        self.sums.rows += len(parsed.starts)
        self.sums.blank += parsed.kinds["blank"]
        self.sums.header += parsed.kinds["header"]
        self.sums.notes += parsed.kinds["note"]
        for start, end, reason in sorted(parsed.lost):
            first, last = start + number, end + number
            where = f"Line {first}" if first == last else f"Lines {first} to {last}"
            self._refuse(first, last, f"{where} {reason}")


def _as(kind: pa.DataType, values: pa.Array) -> pa.Array:
    """Return a column as it is to be given; one whose lines were read singly is text until here."""
    return values if values.type == kind else values.dictionary_encode()
