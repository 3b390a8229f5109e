"""What sound rows said, for the few of them that other rows decide about: a held record stands beside what was sent.

While a file is judged word by word, the place of every row's words goes to a file on disk, a byte or two each; a row
is looked up there. Where that was not possible, the row is read from the raw file again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.cells import prepared
from pipeline.engine import Engine
from pipeline.personal.guard import Guard
from pipeline.read import Export
from pipeline.words import Answers, Said
from schemas.force import Book
from transforms.rename import rename, sent

SENT_ROWS = pa.schema(
    [("row_number", pa.int64()), ("victim_number", pa.int64()), ("sent", pa.list_(pa.string()))]
)

# The words of so many lots forgotten are kept alive; a file of so many different words is read again instead.
MOST_FORGOTTEN = 4

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Places on disk: where they begin, how many, of which type, and the answers they stand for."""

    begins: int
    count: int
    kind: np.dtype[Any]
    answers: dict[str, Answers]


class Recall:
    """Keeps on disk what rows said, window by window."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "places.bin"
        self._file: BinaryIO | None = None
        self._windows: list[tuple[Block, list[Block]]] = []
        self._met: dict[str, Answers] = {}
        self._forgotten = 0
        self.whole = False

    def add(self, numbers: pa.Array, said: Said) -> None:
        """Keep what the rows of some numbers said."""
        if not self._windows:
            self.whole = True
        if not self.whole:
            return
        if self._file is None:
            self._file = self._path.open("wb")
        blocks = [self._put(numbers.to_numpy(), {})]
        for answers, places in said.lots:
            mine = {name: each for name, each in answers.items() if name.startswith(sent(""))}
            if mine:
                self._forgotten += any(self._met.get(name, each) is not each for name, each in mine.items())
                self._met |= mine
                blocks.append(self._put(places, mine))
        self._windows.append((blocks[0], blocks[1:]))
        if self._forgotten > MOST_FORGOTTEN:
            self.whole = False
            self._windows = [(blocks[0], [])]

    def _put(self, places: npt.NDArray[Any], answers: dict[str, Answers]) -> Block:
        assert self._file is not None
        small = places.astype(np.min_scalar_type(int(places.max(initial=0))))
        begins = self._file.tell()
        small.tofile(self._file)
        return Block(begins, len(small), small.dtype, answers)

    def _get(self, block: Block) -> npt.NDArray[Any]:
        return np.fromfile(self._path, block.kind, block.count, offset=block.begins)

    def sent(self, rows: Rows, references: pa.Table, shown: Sequence[str]) -> pa.Table:
        """Return what some rows sent, as `SENT_ROWS`: the values of the shown fields, in that order.

        `references` gives the fields read row by row, with `row_number`.
        """
        if self._file is not None:
            self._file.flush()
        found: list[pa.Table] = []
        for numbers, blocks in self._windows:
            every = self._get(numbers).astype(np.int64)
            at = np.flatnonzero(np.isin(every, rows))
            if not len(at):
                continue
            columns: dict[str, pa.Array] = {"row_number": pa.array(every[at])}
            for block in blocks:
                places = self._get(block)[at].astype(np.int32)
                columns |= {name: text(each.at(places)) for name, each in block.answers.items()}
            found.append(pa.table(columns))
        if not found:
            return SENT_ROWS.empty_table()
        table = pa.concat_tables(found).join(references, "row_number").sort_by("row_number")
        lists = [
            list(row) for row in zip(*(table.column(n).to_pylist() for n in map(sent, shown)), strict=True)
        ]
        victims = pa.nulls(table.num_rows, pa.int64())
        return pa.table(
            [table.column("row_number"), victims, pa.array(lists, pa.list_(pa.string()))], schema=SENT_ROWS
        )


def read_again(
    engine: Engine,
    export: Export,
    book: Book,
    rows: Rows,
    shown: Sequence[str],
    wanted: Sequence[str],
    guard: Guard | None = None,
) -> pa.Table:
    """Return what some rows sent, as `SENT_ROWS`, read from a file opened anew; with the victim of each record."""

    def chosen() -> Iterator[pa.RecordBatch]:
        last = int(rows.max(initial=0))
        for batch in export.batches(wanted):
            numbers = batch.column("row_number").to_numpy()
            yield batch.filter(pa.array(np.isin(numbers, rows)))
            if len(numbers) and numbers[-1] >= last:
                return

    texts = pa.schema([("row_number", pa.int64()), *((name, pa.string()) for name in wanted)])
    # What becomes a pseudonym is never shown, so no secret is needed.
    cells = prepared(pa.RecordBatchReader.from_batches(texts, chosen()), book, b"not kept", guard)
    values = rename(engine.read_batches("again", cells), book)
    words = ibis.array([values[sent(name)] for name in shown])
    victim = values["victim_number"] if book.victims > 1 else ibis.null("int64")
    return engine.arrow(values.select("row_number", victim_number=victim, sent=words)).cast(SENT_ROWS)


def text(values: pa.Array) -> pa.Array:
    return values.cast(pa.string())
