"""What every reader gives: an export, its line sums and refused lines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from pipeline.read.damage import Evidence
from pipeline.read.limits import Limits
from pipeline.read.noticed import Noticed as Noticed
from pipeline.read.reading import Reading as Reading
from pipeline.read.refused import Refused as Refused
from pipeline.read.windows import windows

# A file in which every line is refused must not fill the memory with sentences.
MOST_REFUSALS = 10_000

# Past its first rows a file is looked at in so many rows of each batch, up to so many rows in all.
LATER_OF_EACH = 250
LATER_UP_TO = 20_000

WORDS = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True)
class Refusal:
    """Lines first to last of a file that could not be read as a row, and why."""

    row_number: int
    last_row: int
    sentence: str


@dataclass
class Sums:
    """The physical lines of a file by what became of them, and the rows parsed from them.

    Title and header lines count in `header`, footnotes and totals in `notes`; a row may span several lines.
    """

    lines: int = 0
    header: int = 0
    blank: int = 0
    notes: int = 0
    parsed_lines: int = 0
    refused: int = 0
    rows: int = 0

    @property
    def balanced(self) -> bool:
        """Return true where every physical line is accounted for."""
        return self.lines == self.header + self.blank + self.notes + self.parsed_lines + self.refused


class Export(ABC):
    """A force's file, opened: its header is known, its rows are still in the file."""

    # Whether the reader can give columns dictionary-encoded.
    encodes = False
    # Whether the values are looked at here for a spreadsheet's damage, not where the rows come from.
    looks = True

    def __init__(
        self,
        format: str,
        header_row: int,
        columns: tuple[str, ...],
        *,
        delimiter: str | None = None,
        sheet: str | None = None,
        first_column: int = 1,
    ) -> None:
        self.format = format
        self.header_row = header_row
        self.columns = columns
        self.delimiter = delimiter
        self.sheet = sheet
        # Which of the sheet's columns, from 1, the first of ours is; they follow one another.
        self.first_column = first_column
        self.sums = Sums()
        self.refusals: list[Refusal] = []
        # What is odd about the file as a whole is known when it is opened, what is odd about its rows after them.
        self.noticed: list[Noticed] = []
        self._opened_with: list[Noticed] | None = None

    @property
    def encoding(self) -> str | None:
        """Return the character encoding of a text file, None for a workbook or Parquet.

        Until a byte beyond ASCII settles it, a text file without a mark or a pin is "utf-8".
        """
        return None

    def batches(self, columns: Sequence[str], words: Collection[str] = ()) -> pa.RecordBatchReader:
        """Return the rows in file order: `row_number` int64, then each wanted column as text.

        Columns named in `words` may come dictionary-encoded, where that costs the reader less.

        `row_number` is the 1-based physical line or sheet row of the row's first line; an empty cell is "".
        Columns not asked for are not converted. `sums` and `refusals` are complete once the reader is
        exhausted, and start afresh at each call; so is `noticed`, of the wanted columns. Raises KeyError for a
        column the export does not have.
        """
        for column in columns:
            if column not in self.columns:
                raise KeyError(column)
        schema = pa.schema(
            [
                pa.field("row_number", pa.int64()),
                *(
                    pa.field(name, WORDS if self.encodes and name in words else pa.string())
                    for name in columns
                ),
            ]
        )
        return pa.RecordBatchReader.from_batches(schema, self._afresh(columns, schema))

    def first_rows(self, columns: Sequence[str], at_most: int) -> pa.Table:
        """Return the first rows alone, as `batches` gives them, read apart: it changes nothing of what `batches` finds."""
        return self.some_rows(columns, at_most)[0]

    def some_rows(self, columns: Sequence[str], at_most: int) -> tuple[pa.Table, pa.Table]:
        """Return the first rows and a few from further down, without their numbers; read apart as `first_rows`."""
        schema = pa.schema([("row_number", pa.int64()), *((name, pa.string()) for name in columns)])
        before = self.sums, self.refusals, list(self.noticed)
        self.sums, self.refusals = Sums(), []
        first: list[pa.RecordBatch] = []
        later: list[pa.RecordBatch] = []
        rows = self._some(columns, schema, at_most)
        for is_first, batch in rows:
            (first if is_first else later).append(batch)
        self.sums, self.refusals, self.noticed = before
        further = pa.Table.from_batches(later, schema).drop_columns("row_number")
        return pa.Table.from_batches(first, schema), further

    def _some(
        self, columns: Sequence[str], schema: pa.Schema, at_most: int
    ) -> Iterator[tuple[bool, pa.RecordBatch]]:
        """Yield the first rows, and some of each batch further down, with whether they are the first."""
        count = 0
        for batch in self._rows(columns, schema):
            left = max(at_most - count, 0)
            yield True, batch.slice(0, left)
            rest = batch.slice(left)
            few = min(LATER_OF_EACH, rest.num_rows)
            stride = max(1, rest.num_rows // max(few, 1))
            yield False, rest.take(pa.array(range(0, rest.num_rows, stride), pa.int64()))
            count += batch.num_rows
            if count >= LATER_UP_TO:
                return

    def _afresh(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        self.sums = Sums()
        self.refusals = []
        if self._opened_with is None:
            self._opened_with = list(self.noticed)
        self.noticed = list(self._opened_with)
        limits = Limits.from_environment()
        evidence = Evidence(columns)
        batches = self._within(limits, self._rows(columns, schema))
        # Of encoded columns the words are looked at, here and by who asked for them: the fewer times the better.
        if WORDS in schema.types:
            batches = windows(batches)
        for batch in batches:
            if self.looks:
                evidence.look(batch)
            yield batch
        self.noticed.extend(evidence.noticed())

    def _within(self, limits: Limits, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            limits.check_cells(batch)
            yield batch

    @abstractmethod
    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """Yield the rows as batches of the schema, adding to `sums` and `refusals` on the way."""

    def _refuse(self, first: int, last: int, sentence: str) -> None:
        """Add lines that are no row to the sums and the refusals, past a limit as one lengthening entry."""
        self.sums.refused += last - first + 1
        if len(self.refusals) < MOST_REFUSALS:
            self.refusals.append(Refusal(first, last, sentence))
            return
        # The entry past the limit is replaced by one that reaches further.
        start = first if len(self.refusals) == MOST_REFUSALS else self.refusals.pop().row_number
        more = (
            f"More lines from line {start} to line {last} could not be read as rows; mend those listed first."
        )
        self.refusals.append(Refusal(start, last, more))
