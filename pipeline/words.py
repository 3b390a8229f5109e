"""Words: each different word of a column converted once, however many rows say it.

The rows keep only the place of their word among the words known, a number; what the transforms make of a word is
looked up by that number, a column at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.joint import Together
from pipeline.read.windows import windows as wider
from transforms.by_word import DAY, Part
from transforms.mend import NEXT_DAY

if TYPE_CHECKING:
    from pipeline.story import Story

Places = npt.NDArray[np.int64]
Key = tuple[str, ...]

# Words are remembered up to so many a part; past that the memory of the part starts afresh.
MOST_REMEMBERED = 200_000
# Past so many different answers a batch carries a list of its own, not one of all.
MOST_DIFFERENT = 65_536

Ask = Callable[[pa.Table], pa.Table]


@dataclass
class Known:
    """What is known of one part: the place of each combination of words, and the answers in that order."""

    part: Part
    ask: Ask
    # Of each mask, the bits of the rules that look at this part alone.
    bits: Mapping[str, int] = field(default_factory=dict)
    places: dict[Key, int] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    answers: dict[str, Answers] = field(default_factory=dict)
    # How many rows said each combination, in the order of `keys`.
    rows: Places = field(default_factory=lambda: np.zeros(0, np.int64))
    # How often it has forgotten all.
    age: int = 0
    # How many of them are of the next day, as their time is the 24:00 of a day that stands in another cell.
    late: Places = field(default_factory=lambda: np.zeros(0, np.int64))

    def forget(self) -> None:
        self.places.clear()
        self.keys.clear()
        self.answers.clear()
        self.rows = np.zeros(0, np.int64)
        self.age += 1
        self.late = np.zeros(0, np.int64)

    def count(self, places: Places) -> None:
        """Count the rows that stand at some places."""
        # What every row says alike need not be counted.
        alike = len(self.keys) == 1
        more = np.array([len(places)]) if alike else np.bincount(places, minlength=len(self.keys))
        more[: len(self.rows)] += self.rows
        self.rows = more

    def count_late(self, places: Places) -> None:
        """Count the rows of the next day that stand at some places."""
        more = np.bincount(places, minlength=len(self.keys))
        more[: len(self.late)] += self.late
        self.late = more


class Answers:
    """The answers of one column, in the order of the words; texts as places in a list of the different ones."""

    def __init__(self, kind: pa.DataType) -> None:
        self._different: dict[str | None, int] | None = {} if pa.types.is_string(kind) else None
        self._values = pa.array([], pa.int32() if pa.types.is_string(kind) else kind)
        self._list = pa.array([], pa.string())

    def extend(self, values: pa.Array) -> None:
        if self._different is not None:
            for word in values.drop_null().unique().to_pylist():
                self._different.setdefault(word, len(self._different))
            self._list = pa.array(list(self._different), pa.string())
            values = pc.index_in(values, self._list)
        self._values = pa.concat_arrays([self._values, values])

    def any(self) -> bool:
        """Return whether any answer so far is yes."""
        return bool(pc.any(self._values).as_py())

    def at(self, places: npt.NDArray[np.int32]) -> pa.Array:
        """Return the answers at some places, a column as long as these."""
        # The places are our own: to look whether each is in the list costs as much as to take them.
        chosen = pc.take(self._values, pa.array(places), boundscheck=False)
        if self._different is None:
            return chosen
        if len(self._list) > MOST_DIFFERENT:
            return self._list.take(chosen).dictionary_encode()
        return pa.DictionaryArray.from_arrays(chosen, self._list)


class Words:
    """The words of a file, met batch by batch.

    Each lot of parts has a function that converts a table of words: text under the names of `columns` beside
    `row_number`, answered in its order. The part that gives the day of the assault is the first of the first lot.
    """

    def __init__(
        self,
        lots: Sequence[tuple[Sequence[Part], Ask]],
        columns: Sequence[str],
        turns: Sequence[date],
        bits: Mapping[Part, Mapping[str, int]],
        story: Story | None = None,
        together: Together | None = None,
    ) -> None:
        self._story = story
        self._together = together
        self._known = [Known(part, ask, bits.get(part, {})) for parts, ask in lots for part in parts]
        self._columns = columns
        self._turns = [np.datetime64(turn) for turn in turns]

    def of(self, batch: pa.RecordBatch) -> Said:
        """Return what the rows of a batch of trimmed cells say."""
        read = {column for known in self._known for column in known.part.columns}
        cells = {name: encoded(batch.column(name)) for name in read}
        first, *others = self._known
        # The day comes first: other parts depend on it.
        places = [self._place([first], [self._spell(first, cells, batch.num_rows, None)])[0]]
        days = self._days(first, places[0])
        spelled = [self._spell(known, cells, batch.num_rows, days) for known in others]
        places += self._place(others, spelled)
        if self._story is not None:
            self._story.records += batch.num_rows
            for known, rows in zip(self._known, places, strict=True):
                known.count(rows)
            self._count_late(places)
        lots = [
            ({**known.answers}, rows.astype(np.int32))
            for known, rows in zip(self._known, places, strict=True)
        ]
        if self._together is None:
            return Said(lots)
        sizes, ages = [len(known.keys) for known in self._known], [known.age for known in self._known]
        return Said(lots, together=self._together.of(lots, sizes, ages))

    def _count_late(self, places: Sequence[Places]) -> None:
        """Count the rows whose day is the one after that of their words, few as they are."""
        for known, rows in zip(self._known, places, strict=True):
            late = known.answers.get(NEXT_DAY)
            if late is not None and late.any():
                of_next_day = late.at(rows.astype(np.int32)).to_numpy(zero_copy_only=False).astype(bool)
                self._known[0].count_late(places[0][of_next_day])

    def tell_all(self) -> None:
        """Have the story count what is known of every part and not counted yet."""
        for known in self._known:
            self._tell(known)

    def _tell(self, known: Known) -> None:
        """Have the story count what the rows so far said in one part."""
        # What these rows said is counted only once it is forgotten, or at the end.
        if self._story is None or not known.keys or not len(known.rows):
            return
        told = len(known.rows)
        names = self._columns_of(known)
        columns = zip(*known.keys[:told], strict=True)
        cells = {n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)}
        every = np.arange(told, dtype=np.int32)
        answers = {n: each.at(every) for n, each in known.answers.items() if n not in known.bits}
        days = self._days_said(known, cells) if self._story.asks_day(answers) else None
        on_time = known.rows.copy()
        on_time[: len(known.late)] -= known.late
        self._story.add_words(cells, answers, days, on_time)
        if len(known.late):
            late = np.zeros(told, np.int64)
            late[: len(known.late)] = known.late
            day_after = pc.add(answers[DAY].cast(pa.int32()), pa.scalar(1, pa.int32())).cast(pa.date32())
            self._story.add_words(cells, {**answers, DAY: day_after}, days, late)
        known.rows = np.zeros(0, np.int64)
        known.late = np.zeros(0, np.int64)

    def _columns_of(self, known: Known) -> tuple[str, ...]:
        """Return the columns whose words make up the keys of a part."""
        return known.part.columns + (self._known[0].part.columns if known.part.by_day else ())

    def _days_said(self, known: Known, cells: Mapping[str, pa.Array]) -> pa.Array:
        """Return the day that goes with each combination of a part's words."""
        first = self._known[0]
        wide = len(known.part.columns)
        rows = len(known.rows)
        if known.part.by_day:
            places = [first.places.get(key[wide:], -1) for key in known.keys[:rows]]
            if min(places) >= 0:
                return first.answers[DAY].at(np.array(places, np.int32))
        texts = {name: cells.get(name, pa.nulls(rows, pa.string())) for name in self._columns}
        return (
            first.ask(pa.table({"row_number": pa.array(np.arange(rows)), **texts}))
            .column(DAY)
            .combine_chunks()
        )

    def _spell(
        self,
        known: Known,
        cells: Mapping[str, pa.DictionaryArray],
        rows: int,
        days: tuple[Places, list[Key]] | None,
    ) -> tuple[Places, list[Key]]:
        """Return each row's place in a list of the batch's combinations of words, and that list."""
        columns = [places_and_words(cells[name]) for name in known.part.columns]
        if known.part.by_day and days is not None:
            columns.append(days)
        return combined(columns, rows)

    def _days(self, known: Known, places: Places) -> tuple[Places, list[Key]]:
        """Return each row's day as the place of a word whose day lies between the same two turning days."""
        days = known.answers[DAY]
        every = pc.cast(days.at(np.arange(len(known.keys), dtype=np.int32)), pa.date32()).to_numpy(
            zero_copy_only=False
        )
        side = np.searchsorted(self._turns, every, side="right")
        side[np.isnat(every)] = -1
        _, first = np.unique(side, return_index=True)
        stands_for = {int(side[place]): int(place) for place in first}
        lookup = np.array([stands_for[int(each)] for each in side], np.int64)
        return lookup[places], known.keys

    def _place(self, all_known: Sequence[Known], spelled: Sequence[tuple[Places, list[Key]]]) -> list[Places]:
        """Return each row's place among the words known of each part, once the new ones are converted."""
        new: list[tuple[Known, list[Key]]] = []
        for known, (_, keys) in zip(all_known, spelled, strict=True):
            if len(known.keys) + len(keys) > MOST_REMEMBERED:
                self._tell(known)
                known.forget()
            unknown = [key for key in keys if key not in known.places]
            if unknown:
                new.append((known, unknown))
        for ask in dict.fromkeys(known.ask for known, _ in new):
            self._learn(ask, [each for each in new if each[0].ask is ask])
        return [
            np.array([known.places[key] for key in keys], np.int64)[rows]
            for known, (rows, keys) in zip(all_known, spelled, strict=True)
        ]

    def _learn(self, ask: Ask, new: Sequence[tuple[Known, list[Key]]]) -> None:
        size = sum(len(keys) for _, keys in new)
        texts: dict[str, list[str | None]] = {name: [None] * size for name in self._columns}
        start = 0
        for known, keys in new:
            names = self._columns_of(known)
            for name, column in zip(names, zip(*keys, strict=True), strict=True):
                texts[name][start : start + len(keys)] = column
            start += len(keys)
        table = {
            "row_number": pa.array(np.arange(size)),
            **{n: pa.array(t, pa.string()) for n, t in texts.items()},
        }
        answered = ask(pa.table(table))
        start = 0
        for known, keys in new:
            for key in keys:
                known.places[key] = len(known.keys)
                known.keys.append(key)
            for name in known.part.gives:
                if name in answered.column_names:
                    values = answered.column(name).slice(start, len(keys)).combine_chunks()
                    known.answers.setdefault(name, Answers(values.type)).extend(values)
            for mask, bits in known.bits.items():
                marks = answered.column(mask).slice(start, len(keys)).to_numpy().astype(np.int64) & bits
                known.answers.setdefault(mask, Answers(pa.int64())).extend(pa.array(marks))
            start += len(keys)


class Said:
    """What some rows say: for each part its answers, and each row's place among them."""

    def __init__(
        self,
        lots: Sequence[tuple[Mapping[str, Answers], npt.NDArray[np.int32]]],
        changed: Mapping[str, pa.Array] = MappingProxyType({}),
        together: Mapping[str, Places] = MappingProxyType({}),
    ) -> None:
        self._lots = lots
        # Of each mask, the rules broken by what several parts say together.
        self._together = together
        # Columns of which some rows say something else than their words do.
        self._changed = changed
        self._lot = {name: number for number, (answers, _) in enumerate(lots) for name in answers}

    def broken(self, mask: str) -> npt.NDArray[np.int64]:
        """Return the bits of the rules each row's words break."""
        none = np.zeros(len(self._lots[0][1]), np.int64)
        marks = self._together[mask].copy() if mask in self._together else none
        for answers, places in self._lots:
            if mask in answers:
                marks |= answers[mask].at(places).to_numpy()
        return marks

    @property
    def lots(self) -> Sequence[tuple[Mapping[str, Answers], npt.NDArray[np.int32]]]:
        """Return for each part its answers, and each row's place among them."""
        return self._lots

    def __contains__(self, name: str) -> bool:
        return name in self._lot

    def column(self, name: str) -> pa.Array:
        """Return a converted column, a text as a dictionary array."""
        if name in self._changed:
            return self._changed[name]
        answers, places = self._lots[self._lot[name]]
        return answers[name].at(places)

    def where(self, rows: npt.NDArray[np.bool_]) -> Said:
        """Return what only some of the rows say."""
        if rows.all():
            return self
        chosen = np.flatnonzero(rows)
        changed = {name: values.take(pa.array(chosen)) for name, values in self._changed.items()}
        together = {mask: marks[chosen] for mask, marks in self._together.items()}
        return Said([(answers, places.take(chosen)) for answers, places in self._lots], changed, together)

    def with_next_days(self) -> Said:
        """Return the same with the day after where the time is the 24:00 of a day that stands in another cell."""
        answers, places = self._lots[self._lot[NEXT_DAY]] if NEXT_DAY in self else ({}, np.zeros(0, np.int32))
        # Few files have such a time, and the words are fewer than the rows.
        if not answers or not answers[NEXT_DAY].any():
            return self
        days = self.column(DAY).cast(pa.int32())
        late = answers[NEXT_DAY].at(places).cast(pa.int32())
        moved = {**self._changed, DAY: pc.add(days, late).cast(pa.date32())}
        return Said(self._lots, moved, self._together)


def windows(batches: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Return the same rows in batches of many, so that words are met as new less often."""
    return pa.RecordBatchReader.from_batches(batches.schema, wider(batches))


def in_background(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Return the same batches, the next one always under way in another thread, the first from now on."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    first = thread.submit(next, batches, None)

    def come() -> Iterator[pa.RecordBatch]:
        with thread:
            coming = first
            while (batch := coming.result()) is not None:
                coming = thread.submit(next, batches, None)
                yield batch

    return come()


def encoded(column: pa.Array) -> pa.DictionaryArray:
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def places_and_words(column: pa.DictionaryArray) -> tuple[Places, list[Key]]:
    return column.indices.to_numpy().astype(np.int64), [(word,) for word in column.dictionary.to_pylist()]


def combined(columns: Sequence[tuple[Places, list[Key]]], rows: int) -> tuple[Places, list[Key]]:
    """Return the combinations of several columns' words that occur, and each row's place among them."""
    if not columns:
        return np.zeros(rows, np.int64), [()] if rows else []
    places, keys = columns[0]
    for more, words in columns[1:]:
        pairs = pa.array(places * len(words) + more).dictionary_encode()
        places = pairs.indices.to_numpy().astype(np.int64)
        keys = [keys[pair // len(words)] + words[pair % len(words)] for pair in pairs.dictionary.to_pylist()]
    return used(places, keys) if len(columns) == 1 else (places, keys)


def used(places: Places, keys: list[Key]) -> tuple[Places, list[Key]]:
    """Return the same without words no row says, and each word once: trimmed cells may have become alike."""
    first: dict[Key, int] = {}
    lookup = np.array([first.setdefault(key, len(first)) for key in keys], np.int64)
    return (lookup[places] if len(places) else places), list(first)
