"""One column of one batch by its words: what is looked at is a word, what is counted are the rows it stands in."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.read.noticed import SHOWN_ROWS, Tally

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Cells:
    """The cells of a column in a batch; its `words` are the different ones where it came encoded, else all."""

    def __init__(self, values: pa.Array) -> None:
        # A missing cell has no place among the words.
        if pa.types.is_dictionary(values.type) and values.indices.null_count:
            values = values.dictionary_decode()
        self.values = values
        self.encoded = pa.types.is_dictionary(values.type)
        self.words: pa.Array = values.dictionary if self.encoded else values

    def by_word(self) -> Cells:
        """Return the same cells with each word once."""
        return self if self.encoded else Cells(pc.dictionary_encode(self.values, null_encoding="encode"))

    def first(self, count: int) -> list[str]:
        """Return so many of the first cells, or all there are; a missing one is empty."""
        return self.at(np.arange(min(count, len(self.values)))).texts()

    def at(self, rows: Numbers) -> Cells:
        """Return the cells at these places, by words that need not be different."""
        places = pa.array(rows)
        return Cells(
            self.words.take(self.values.indices.take(places)) if self.encoded else self.values.take(places)
        )

    def texts(self) -> list[str]:
        """Return the words; a missing one is empty."""
        texts: list[str] = self.words.to_pylist()
        return [text or "" for text in texts] if self.words.null_count else texts

    @cached_property
    def text(self) -> bytes:
        """The words in one piece, to look for a mark in all of them at once."""
        data = self.words.buffers()[2] if len(self.words) else None
        return b"" if data is None else data.to_pybytes()

    @cached_property
    def lengths(self) -> Numbers:
        """How many bytes each word has."""
        lengths: Numbers = pc.fill_null(pc.binary_length(self.words), 0).to_numpy(zero_copy_only=False)
        return lengths

    @cached_property
    def counts(self) -> Numbers:
        """In how many rows each word stands."""
        if self.encoded:
            return np.bincount(self._places, minlength=len(self.words))
        return np.ones(len(self.words), np.int64)

    def sums(self, groups: Numbers, count: int) -> Numbers:
        """Return in how many rows a word of each group stands; `groups` has one for each word, below `count`."""
        return np.bincount(groups, weights=self.counts, minlength=count).astype(np.int64)

    def rows(self, words: Mask) -> Numbers:
        """Return the places of the rows in which one of these words stands, in order."""
        return np.flatnonzero(words.take(self._places) if self.encoded else words)

    def tally(self, tally: Tally, words: Mask, numbers: Numbers) -> None:
        """Count the rows in which one of these words stands, and keep the first few of their numbers."""
        count = int(self.counts[words].sum())
        wanted = count and len(tally.rows) < SHOWN_ROWS
        tally.add(numbers[self.rows(words)[:SHOWN_ROWS]] if wanted else (), count)

    @cached_property
    def _places(self) -> Numbers:
        places: Numbers = self.values.indices.to_numpy()
        return places
