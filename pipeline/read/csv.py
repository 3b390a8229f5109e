"""Delimited text: parsed in blocks ahead of the consumer, every physical line accounted for.

Blank lines (nothing but delimiters, quotation marks and white space) are counted and are no rows, nor is a
repeated header. A line with one filled cell that reads as a footnote is a note when it is not of full width,
or when no row follows it; so is a full-width totals row that no row follows. All else of the wrong width is
refused.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from pipeline.read import layout
from pipeline.read.blocks import Parsed, Parser, last_line
from pipeline.read.cut import ends_unlike, has_long_line
from pipeline.read.dialect import Head, find_head
from pipeline.read.export import WORDS, Export, Reading
from pipeline.read.limits import Limits
from pipeline.read.noticed import Noticed, Tally, rows_said
from pipeline.read.recast import RecastText
from pipeline.read.text import Text, count_lines
from pipeline.read.watched import Watched
from pipeline.read.wrapped import Wrapping

THREADS = 2
# Blocks parsed ahead of the one being consumed.
AHEAD = 6
# A control character that is none of ASCII's, in UTF-8.
_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
# So much of the first block is looked at for the first rows alone.
FIRST = 1 << 20
# So much of the next block is looked at for the rows of a table that begins at the end of one.
NEXT = 1 << 14


def open_csv(path: Path, reading: Reading, expected: Collection[str] = ()) -> Export:
    """Return the export in a delimited text file; raises Refused where no header can be read in it."""
    text = Text(path, reading.encoding)
    lines = text.head()
    wrapping = Wrapping(lines, reading)
    lines = [wrapping.off(line) for line in lines]
    head = find_head(lines, reading, expected)
    if head.recast is not None:
        text = RecastText(text, head.recast)
        return CsvExport(text, head, sum(len(line) for line in text.head()[: head.lines]))
    return CsvExport(text, head, sum(len(line) for line in lines[: head.lines]), wrapping)


class CsvExport(Export):
    """A delimited text file whose dialect and header are known."""

    encodes = True

    def __init__(self, text: Text, head: Head, top: int, wrapping: Wrapping | None = None) -> None:
        names = head.names or layout.column_names(head.header)
        self._places = [place for place in range(len(names)) if place not in head.empty]
        columns = tuple(names[place] for place in self._places)
        delimiter = head.recast.delimiter if head.recast else head.dialect.delimiter
        super().__init__("csv", head.header_row, columns, delimiter=delimiter)
        self.noticed.extend(head.noticed)
        self._text = text
        self._head = head
        self._top = top
        self._wrapping = wrapping
        self._marked = Tally()
        self._limits = Limits()

    @property
    def encoding(self) -> str | None:
        """Return the encoding the text is read in."""
        return self._text.encoding

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        places = [self._places[self.columns.index(column)] for column in columns]
        watched = Watched(self._head.empty)
        controls = Tally()
        words = [place for place, kind in zip(places, schema.types[1:], strict=True) if kind == WORDS]
        self._limits = Limits.from_environment()
        parser = Parser(self._head, [*places, *self._head.empty], words, self._limits.cell_characters)
        self._marked = Tally()
        self.sums.lines = self._head.lines
        self.sums.blank = self._head.blank
        self.sums.header = self._head.lines - self._head.blank
        number = self._head.lines + 1
        carried = b""
        second: int | None = None
        turned = False
        ended, after_blank = True, False
        parsed: Parsed | None = None
        block = b""
        for block, last, future, following in self._ahead(parser):
            ended = block.endswith((b"\n", b"\r"))
            if second is not None:
                number += count_lines(block)
                continue
            parsed = None if carried else future.result()
            if parsed is None:
                block = carried + block
                parsed, carried = parser.mend(block, last)
            if not block.isascii() and (control := _CONTROL.search(block)):
                controls.add((number + count_lines(block[: control.end()]) - 1,), 1)
            self._check_long(parser, parsed, block, number)
            above = self._above_another(parser, parsed, block, following, after_blank)
            if parsed.turned and (above is None or len(above.splitlines()) > min(parsed.turned)):
                above = b"".join(block.splitlines(keepends=True)[: min(parsed.turned)])
                turned = True
            after_blank = parsed.kinds["blank"] > 0 and parser.is_blank(last_line(block))
            if above is not None:
                parsed, _ = parser.mend(above, True)
                second = number + parsed.lines
            if last or second is not None:
                parser.set_foot_apart(parsed, block if above is None else above)
            self._count(parsed, number)
            watched.look(parsed.rows[len(places) :], parsed.starts + number)
            wanted = parsed.rows[: len(places)]
            rows = [_as(kind, values) for kind, values in zip(schema.types[1:], wanted, strict=True)]
            yield pa.RecordBatch.from_arrays([pa.array(parsed.starts + number), *rows], schema=schema)
            number += parsed.lines if second is None else count_lines(block)
        if second is not None:
            self._refuse_another(second, number - 1, turned)
        elif not ended and self.refusals and self.refusals[-1].last_row == number - 1:
            self._say_cut(number - 1)
        elif not ended and parsed is not None and ends_unlike(parser, parsed, block):
            self._say_short(number - 1)
        self._say_marked()
        self.noticed.extend(watched.noticed())
        self.noticed.extend(self._text.noticed)
        self.noticed.extend(self._wrapping.noticed() if self._wrapping else ())
        if controls.count:
            self.noticed.append(_said_of_controls(controls.rows[0]))

    def _some(
        self, columns: Sequence[str], schema: pa.Schema, at_most: int
    ) -> Iterator[tuple[bool, pa.RecordBatch]]:
        parser = Parser(self._head, [self._places[self.columns.index(column)] for column in columns])
        block, last = next(self._below_header())
        lines = block[:FIRST].splitlines(keepends=True)
        if len(block) > FIRST:
            del lines[-1:]
        some = b"".join(lines[: 2 * at_most])
        parsed = parser.parse(some) or parser.mend(some, last and len(some) == len(block))[0]
        numbers = pa.array(parsed.starts + self._head.lines + 1)
        batch = pa.RecordBatch.from_arrays([numbers, *parsed.rows], schema=schema)
        yield True, batch.slice(0, at_most)
        if self._head.recast is not None:
            return
        for piece in self._text.further(self._top + len(some)):
            further = parser.parse(self._wrapping.off(piece) if self._wrapping else piece)
            # A piece that begins within a quoted value is not to be trusted.
            if further is not None and not further.lost:
                numbers = pa.array(further.starts)
                yield False, pa.RecordBatch.from_arrays([numbers, *further.rows], schema=schema)

    def _above_another(
        self, parser: Parser, parsed: Parsed, block: bytes, following: bytes, after_blank: bool
    ) -> bytes | None:
        """Return the lines of a block above another table's header, or None where there is no such."""
        if not (parsed.kinds["blank"] or parsed.lost or after_blank):
            return None
        lines = block.splitlines(keepends=True)[: parsed.lines]
        lost = {first for first, last, _ in parsed.lost if first == last}
        more = following.splitlines(keepends=True)[:20] if parsed.lines else []
        place = parser.other_table([*lines, *more], self._head.kinds, lost, after_blank)
        return None if place is None or place >= len(lines) else b"".join(lines[:place])

    def _check_long(self, parser: Parser, parsed: Parsed, block: bytes, number: int) -> None:
        """Raise Refused for a longer value than is read, also in a column nobody asks for."""
        most = self._limits.cell_characters
        if parsed.too_long is not None:
            line, place = parsed.too_long
            raise self._limits.cell_too_long(f'Row {number + line}, column "{self._named(place)}",')
        if not has_long_line(block, most):
            return
        for line, text in enumerate(block.splitlines(keepends=True)[: parsed.lines]):
            cells = parser.dialect.lex(text.decode("utf-8", "replace"))[0] if len(text) > most else []
            for place, cell in enumerate(cells if len(cells) == parser.width else []):
                if len(cell) > most:
                    raise self._limits.cell_too_long(f'Row {number + line}, column "{self._named(place)}",')

    def _named(self, place: int) -> str:
        return self.columns[self._places.index(place)] if place in self._places else str(place + 1)

    def _refuse_another(self, first: int, last: int, turned: bool) -> None:
        """Refuse the lines of another table below the one that is read, as one."""
        self.sums.lines += last - first + 1
        sentence = f"Lines {first} to {last} are another table below the one that was read; send it in a file of its own."
        if turned:
            sentence = layout.said_of_turned("Line", first, last)
        self._refuse(first, last, sentence)
        self.noticed.append(Noticed("second_table", sentence, rows=(first,), count=last - first + 1))

    def _say_cut(self, line: int) -> None:
        self.noticed.append(
            Noticed(
                "cut_short",
                f"The file breaks off in line {line}, without the end of the line and some of its values. Check that the "
                "export had finished, and send the whole file.",
                rows=(line,),
                count=1,
            )
        )

    def _say_short(self, line: int) -> None:
        self.noticed.append(
            Noticed(
                "cut_short",
                f"The file does not end with a line end, as its other lines do, and the last value of line {line} looks "
                "like the beginning of one: the row may be cut short. Check that the export had finished; if it had "
                "not, send the whole file.",
                rows=(line,),
                count=1,
            )
        )

    def _say_marked(self) -> None:
        if self._marked.count:
            self.noticed.append(
                Noticed(
                    "stray_mark",
                    f"In {rows_said(self._marked.count, self._marked.rows)} a quotation mark stands inside a quoted value "
                    "without being doubled. The values were read in the one way that gives every column its value; have "
                    "the system double such marks.",
                    rows=self._marked.rows,
                    count=self._marked.count,
                )
            )

    def _ahead(self, parser: Parser) -> Iterator[tuple[bytes, bool, Future[Parsed | None], bytes]]:
        """Yield the blocks below the header in order, each with its parse under way and the start of the next."""
        window: deque[tuple[bytes, bool, Future[Parsed | None]]] = deque()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="parse") as pool:
            try:
                for block, last in self._below_header():
                    window.append((block, last, pool.submit(parser.parse, block)))
                    if len(window) > AHEAD:
                        yield *window.popleft(), window[0][0][:NEXT]
                while window:
                    yield *window.popleft(), window[0][0][:NEXT] if window else b""
            finally:
                # A consumer that stops early does not wait for blocks nobody will read.
                for _, _, future in window:
                    future.cancel()

    def _below_header(self) -> Iterator[tuple[bytes, bool]]:
        blocks = self._text.blocks()
        if self._wrapping is not None:
            wrapping = self._wrapping
            wrapping.values = wrapping.rows = 0
            blocks = ((wrapping.off(block), last) for block, last in blocks)
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
        self._marked.add((line + number for line in parsed.marked), len(parsed.marked))
        for start, end, reason in sorted(parsed.lost):
            first, last = start + number, end + number
            where = f"Line {first}" if first == last else f"Lines {first} to {last}"
            self._refuse(first, last, f"{where} {reason}")


def _said_of_controls(line: int) -> Noticed:
    return Noticed(
        "control_characters",
        f"From line {line} on the text holds control characters (U+0080 to U+009F), which nobody writes: it was read in "
        "a wrong encoding before it was exported. They are kept as they stand; look at those values at the source.",
        rows=(line,),
        count=1,
    )


def _as(kind: pa.DataType, values: pa.Array) -> pa.Array:
    """Return a column as it is to be given; one whose lines were read singly is text until here."""
    return values if values.type == kind else values.dictionary_encode()
