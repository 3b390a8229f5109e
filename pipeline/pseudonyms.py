"""Pseudonyms: collar and staff numbers are replaced as they are read, before the engine sees them."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator
from hashlib import sha256

import pyarrow as pa

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


def pseudonymised(batches: pa.RecordBatchReader, book: Book, key: bytes) -> pa.RecordBatchReader:
    """Return batches with every cell of a personal column replaced by its pseudonym, blank where it is missing."""
    personal = personal_columns(book)
    places = [place for place, name in enumerate(batches.schema.names) if name in personal]
    if not places:
        return batches
    mapped = [name for name in book.fields if ASSAULT[name].pseudonym]
    missing = {*book.missing, *(word for name in mapped for word in book.fields[name].missing)}
    hashing = Hashing(key, missing)

    def replaced() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            columns = batch.columns
            for place in places:
                columns[place] = hashing.of(columns[place])
            yield pa.RecordBatch.from_arrays(columns, schema=batches.schema)

    return pa.RecordBatchReader.from_batches(batches.schema, replaced())


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
                number = word.strip()
                self._known[word] = "" if fold(number) in self._missing else pseudonym(self._key, number)
        return pa.array([self._known[word] for word in words], pa.string()).take(encoded.indices)
