"""A marked file that comes back: opened without what we added to it, and with the keys of its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.harmless import runs
from pipeline.period import Period
from pipeline.read import Export, Noticed, Reading, Refused, open_export
from pipeline.read.export import WORDS
from pipeline.returned.key import HEADING, Key, hashes, key_in, said_in
from pipeline.returned.marks import ADDED, ANSWER, ROW, STATUS
from schemas.force import Book

# In so many bytes of a text its header stands, if it has one.
FIRST = 1 << 20


@dataclass(frozen=True)
class Row:
    """A row of a marked file: its number in it, its key, the hash of what it says now, and the answer beside it."""

    number: int
    key: Key | None
    hash: str
    answer: str


class MarkedExport(Export):
    """An export that is a marked file of ours: the added columns are not among its own, nor are our apostrophes.

    `book` and `period` are those of the drop it comes from, as the heading of its keys says; `is_keyed` is whether it
    still has the keys.
    """

    looks = False

    def __init__(self, inner: Export, known: Collection[str]) -> None:
        self._inner = inner
        self._ours = ours(inner.columns)
        self._key = next((name for name in self._ours if said_in(name) is not None), "")
        self._answer = next((name for name in self._ours if same_word(name, ANSWER)), "")
        # Its own name of each column, by the name we go by: a heading, too, may have been given an apostrophe.
        self._names = {plain(name, known): name for name in inner.columns if name not in self._ours}
        super().__init__(
            inner.format,
            inner.header_row,
            tuple(self._names),
            delimiter=inner.delimiter,
            sheet=inner.sheet,
            first_column=inner.first_column,
        )
        self.encodes = inner.encodes
        self.noticed = self._without_ours()
        self.is_keyed = bool(self._key)
        self.book, self.period = said_in(self._key) or ("", None)

    @classmethod
    def of(cls, export: Export) -> MarkedExport:
        """Return an export that is known to be a marked file."""
        assert isinstance(export, cls)
        return export

    @property
    def encoding(self) -> str | None:
        return self._inner.encoding

    def marked_rows(self, known: Collection[str]) -> Iterator[Row]:
        """Yield every row with its key, its answer, and the hash of what its known columns say."""
        columns = [name for name in self.columns if name in {*known}]
        asked = [*columns, *filter(None, (self._answer,))]
        for batch in self._changed(asked, ()):
            own, keys = batch
            numbers = own.column(0).to_pylist()
            hashed = hashes(own.select(columns))
            answers = own.column(self._answer).to_pylist() if self._answer else [""] * own.num_rows
            for number, key, digits, answer in zip(numbers, keys, hashed, answers, strict=True):
                yield Row(number, key_in(key), digits, " ".join(answer.split()))

    def _afresh(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        words = [each.name for each in schema if each.type == WORDS]
        for own, _ in self._changed(columns, words):
            yield own
        self.sums, self.refusals = self._inner.sums, self._inner.refusals
        self.noticed = self._without_ours()

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        yield from (own for own, _ in self._changed(columns, ()))

    def _changed(
        self, columns: Sequence[str], words: Collection[str]
    ) -> Iterator[tuple[pa.RecordBatch, list[str]]]:
        """Yield the rows without our apostrophes, each batch with the text of its keys."""
        wanted = [self._names.get(name, name) for name in columns]
        asked = list(dict.fromkeys([*wanted, *filter(None, (self._key,))]))
        encoded = {self._names[name] for name in words}
        for batch in self._inner.batches(asked, encoded):
            keys = batch.column(self._key).to_pylist() if self._key else [""] * batch.num_rows
            cells = [batch.column(0), *(batch.column(name) for name in wanted)]
            own = pa.RecordBatch.from_arrays(cells, names=["row_number", *columns])
            yield self._plain(own, keys), keys

    def _plain(self, own: pa.RecordBatch, keys: Sequence[str]) -> pa.RecordBatch:
        """Return rows without the apostrophes that their keys tell of."""
        places: dict[str, list[int]] = {}
        for at, text in enumerate(keys):
            # Few rows have any: the others' keys end with their hash.
            if text.count("-") < 3:
                continue
            key = key_in(text)
            for place in key.places if key else ():
                if place <= len(self.columns):
                    places.setdefault(self.columns[place - 1], []).append(at)
        for name, rows in places.items():
            if name not in own.schema.names:
                continue
            at_column = own.schema.names.index(name)
            column = own.column(at_column)
            values = (column.dictionary_decode() if column.type == WORDS else column).to_pylist()
            for at in rows:
                values[at] = without_apostrophe(values[at])
            mended = pa.array(values, pa.string())
            own = own.set_column(
                at_column, own.schema.field(at_column), mended.cast(column.type) if column.type != WORDS
                else pc.dictionary_encode(mended).cast(WORDS),
            )  # fmt: skip
        return own

    def _without_ours(self) -> list[Noticed]:
        return [each for each in self._inner.noticed if each.column not in self._ours]


def open_sent(path: Path, book: Book) -> Export:
    """Return what a force sent, opened as its book says; a marked file of ours as what it was made from.

    A marked file need not be written as the force writes its own. Raises Refused where it cannot be read safely.
    """
    reading = Reading(**book.read, force_id=book.force_id)
    known = {*book.columns, *book.ignored}
    try:
        export = open_export(path, reading, expected=book.columns)
    except Refused:
        other = _otherwise(path, reading, book)
        if other is None:
            raise
        return other
    if ours(export.columns):
        return MarkedExport(export, known)
    if known.isdisjoint(export.columns):
        return _otherwise(path, reading, book) or export
    return export


def _otherwise(path: Path, reading: Reading, book: Book) -> MarkedExport | None:
    """Return a marked file that is not written as the force writes its own; None where it is none."""
    found = Reading(force_id=reading.force_id, password=reading.password)
    if found == reading:
        return None
    try:
        export = open_export(path, found, expected=book.columns)
    except Refused:
        return None
    return MarkedExport(export, {*book.columns, *book.ignored}) if ours(export.columns) else None


def stated_by(export: Export) -> Period | None:
    """Return the period that a marked file says it is of."""
    return export.period if isinstance(export, MarkedExport) else None


def origin_of(path: Path, books: Mapping[str, Book]) -> tuple[str, Period | None] | None:
    """Return the book and the period a marked file says it is of, where it is one and the book is among these."""
    if not may_be_ours(path):
        return None
    for book in books.values():
        try:
            export = open_sent(path, book)
        except (Refused, OSError):
            continue
        if isinstance(export, MarkedExport) and export.book in books:
            return export.book, export.period
    return None


def may_be_ours(path: Path) -> bool:
    """Return whether a file can be a marked one, by its first bytes: most others need not be opened for it."""
    with path.open("rb") as content:
        first = content.read(FIRST)
    if first.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return True
    return any(HEADING.encode(coding) in first for coding in ("utf-8", "utf-16-le", "utf-16-be"))


def ours(columns: Sequence[str]) -> frozenset[str]:
    """Return the columns that we added, none where the file is not one we marked."""
    keys = {name for name in columns if said_in(name) is not None}
    named = {name for name in columns if any(same_word(name, word) for word in ADDED)}
    # Somebody may have taken the keys out, and then it is still no column of the force's.
    marked = keys or {*map(folded, named)} >= {STATUS, ROW}
    return frozenset(keys | named) if marked else frozenset()


def same_word(name: str, word: str) -> bool:
    return folded(name) == word


def folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def plain(name: str, known: Collection[str]) -> str:
    """Return a heading without the apostrophe we put before it."""
    rest = name[1:]
    if name[:1] != "'" or name in known:
        return name
    return rest if rest in known or runs(rest) or rest[:1] in "=+@-" else name


def without_apostrophe(value: str) -> str:
    """Return a cell that had been given an apostrophe; one that has been changed since is left alone."""
    rest = value[1:]
    return rest if value[:1] == "'" and (runs(rest) or runs(rest.strip('"'))) else value
