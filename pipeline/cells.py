"""Cells as the engine gets them: without outer white space, collar and staff numbers replaced by pseudonyms."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.personal.guard import Guard
from schemas.assault import ASSAULT
from schemas.force import Book, fold

# Half of SHA-256: 128 bits keep apart every officer there will ever be.
DIGITS = 32

# A file with more different numbers than this starts its memory of them afresh.
MOST_REMEMBERED = 200_000


def pseudonym(key: bytes, number: str) -> str:
    """Return the keyed hash of a collar or staff number: 32 hexadecimal digits of HMAC-SHA-256 (RFC 2104)."""
    return hmac.digest(key, number.encode(), sha256).hex()[:DIGITS]


def personal_columns(book: Book) -> frozenset[str]:
    """Return the columns of a book whose cells become pseudonyms."""
    return frozenset(
        column
        for name, mapped in book.fields.items()
        if ASSAULT[name].pseudonym
        for written in mapped.names
        for column in book.numbered(written)
    )


def prepared(
    batches: pa.RecordBatchReader, book: Book, key: bytes, guard: Guard | None = None
) -> pa.RecordBatchReader:
    """Return batches with every cell trimmed, and those of personal columns replaced by their pseudonyms.

    What else is personal is put aside by the guard, which learns from the first batch unless it has learnt before.
    All are done here because it is cheaper than in the engine, and because what the engine never sees it can neither
    spill nor say. A missing number is blank.
    """
    personal = personal_columns(book)
    mapped = [name for name in book.fields if ASSAULT[name].pseudonym]
    missing = {*book.missing, *(word for name in mapped for word in book.fields[name].missing)}
    hashing = Hashing(key, missing)
    watch = guard or Guard(book)

    def cell(name: str, column: pa.Array) -> pa.Array:
        if pa.types.is_dictionary(column.type):
            return pa.DictionaryArray.from_arrays(column.indices, cell(name, column.dictionary))
        if not pa.types.is_string(column.type):
            return column
        trimmed = pc.utf8_trim_whitespace(column)
        return hashing.of(trimmed) if name in personal else watch.clean(name, trimmed)

    def cells() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            watch.learn(batch)
            columns = [
                cell(name, column) for name, column in zip(batch.schema.names, batch.columns, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=batches.schema)

    return pa.RecordBatchReader.from_batches(batches.schema, cells())


class Hashing:
    """Hashes each different number once and remembers it: a force has few officers and many rows."""

    def __init__(self, key: bytes, missing: Collection[str]) -> None:
        self._key = key
        self._missing = frozenset(missing)
        self._known: dict[str, str] = {}

    def of(self, numbers: pa.Array) -> pa.Array:
        """Return the pseudonym of each number of a column."""
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        encoded = numbers.dictionary_encode()
        words = encoded.dictionary.to_pylist()
        for word in words:
            if word not in self._known:
                self._known[word] = "" if fold(word) in self._missing else pseudonym(self._key, word)
        return pa.array([self._known[word] for word in words], pa.string()).take(encoded.indices)
