"""Rules that look at several parts of a row at once, asked of each different combination of what the parts say.

Two million rows hold a few dozen combinations of injury and treatment: the rows keep the place of theirs, as they do
for a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Places = npt.NDArray[np.int64]
Ask = Callable[[pa.Table], pa.Table]

# A combination is one number; so many are looked up in a table, more in a sorted list.
FLAT = 1 << 21
# The words of so many parts make numbers that fit; rules that look at more are asked row by row.
MOST_PARTS = 3


class Answered(Protocol):
    """The answers of one column, in the order of the words of its part."""

    def at(self, places: npt.NDArray[np.int32]) -> pa.Array:
        """Return the answers at some places."""
        ...


@dataclass
class Joint:
    """What is known of some parts together: which rules each combination met so far breaks.

    `parts` are the numbers of the parts, `bits` of each mask those of the rules that look at these parts together.
    """

    parts: tuple[int, ...]
    bits: Mapping[str, int]
    fields: Mapping[str, int]
    keys: Places = field(default_factory=lambda: np.zeros(0, np.int64))
    # Of each mask, the rules broken by each combination, in the order of `keys`.
    broken: dict[str, Places] = field(default_factory=dict)
    widths: tuple[int, ...] = ()
    # Of each combination its place among the keys, -1 of one not met; none where there would be too many.
    table: npt.NDArray[np.int32] | None = None

    def forget(self) -> None:
        self.keys = np.zeros(0, np.int64)
        self.broken = {}
        self.widths = ()
        self.table = None

    def widen(self, sizes: Sequence[int]) -> None:
        """Make room for as many words as the parts know; what was known of combinations goes by their new numbers."""
        if len(self.widths) == len(sizes) and all(
            size <= width for size, width in zip(sizes, self.widths, strict=True)
        ):
            return
        # Room to grow, so that few windows make the numbers anew.
        widths = tuple(max(4, 2 * size) for size in sizes)
        apart = split(self.keys, self.widths) if len(self.keys) else []
        self.widths = widths
        if apart:
            # The order of the combinations is the same in any room, and so is that of what is known of them.
            self.keys = joined(apart, widths)
        room = int(np.prod([float(width) for width in widths]))
        self.table = np.full(room, -1, np.int32) if room <= FLAT else None
        if self.table is not None:
            self.table[self.keys] = np.arange(len(self.keys), dtype=np.int32)

    def combined(self, places: Sequence[npt.NDArray[np.int32]]) -> Places:
        """Return the number of each row's combination."""
        return joined([each.astype(np.int64) for each in places], self.widths)

    def places(self, numbers: Places) -> npt.NDArray[np.signedinteger]:
        """Return the place of each combination among the keys, -1 of one that nothing is known of yet."""
        if self.table is not None:
            found: npt.NDArray[np.signedinteger] = self.table[numbers]
            return found
        apart = pa.array(numbers).dictionary_encode()
        different = apart.dictionary.to_numpy()
        at = np.searchsorted(self.keys, different)
        known = np.append(self.keys, -1)[at] == different
        of_each: npt.NDArray[np.signedinteger] = np.where(known, at, -1)
        of_rows: npt.NDArray[np.signedinteger] = of_each[apart.indices.to_numpy()]
        return of_rows

    def learn(self, new: Places, broken: Mapping[str, Places]) -> None:
        """Keep which rules some new combinations break."""
        keys = np.concatenate([self.keys, new])
        order = np.argsort(keys)
        self.keys = keys[order]
        none = np.zeros(0, np.int64)
        self.broken = {
            mask: np.concatenate([self.broken.get(mask, none), broken[mask] & bits])[order]
            for mask, bits in self.bits.items()
        }
        if self.table is not None:
            self.table[self.keys] = np.arange(len(self.keys), dtype=np.int32)

    def marks(self, places: npt.NDArray[np.signedinteger]) -> dict[str, Places]:
        """Return, for each mask in which any combination breaks a rule, the rules each row's combination breaks."""
        return {mask: marks[places] for mask, marks in self.broken.items() if marks.any()}


def joined(places: Sequence[Places], widths: Sequence[int]) -> Places:
    """Return the places in several parts as one number."""
    numbers = places[0]
    for each, width in zip(places[1:], widths[1:], strict=True):
        numbers = numbers * width + each
    return numbers


def split(numbers: Places, widths: Sequence[int]) -> list[Places]:
    """Return the places in several parts that a number stands for."""
    apart: list[Places] = []
    for width in reversed(widths[1:]):
        numbers, place = np.divmod(numbers, width)
        apart.append(place)
    return [numbers, *reversed(apart)]


class Together:
    """The rules of a file that look at several parts, met batch by batch.

    `ask` answers a table of `schema`, with `row_number`, in its order: of each mask the rules a line breaks.
    """

    def __init__(self, joints: Sequence[Joint], schema: pa.Schema, ask: Ask) -> None:
        self._joints = joints
        self._schema = schema
        self._ask = ask
        self._ages: tuple[int, ...] = ()

    def of(
        self,
        lots: Sequence[tuple[Mapping[str, Answered], npt.NDArray[np.int32]]],
        sizes: Sequence[int],
        ages: Sequence[int],
    ) -> dict[str, Places]:
        """Return, for each mask, the rules that the rows break by what their parts say together.

        `lots` are the parts' answers with each row's place among them, `sizes` how many words each part knows, `ages`
        how often it has forgotten them.
        """
        if self._ages != tuple(ages):
            for joint in self._joints:
                if self._ages and any(self._ages[part] != ages[part] for part in joint.parts):
                    joint.forget()
            self._ages = tuple(ages)
        places: list[npt.NDArray[np.signedinteger]] = []
        met: dict[int, Places] = {}
        asked: list[tuple[Joint, Places]] = []
        for number, joint in enumerate(self._joints):
            joint.widen([sizes[part] for part in joint.parts])
            numbers = joint.combined([lots[part][1] for part in joint.parts])
            places.append(joint.places(numbers))
            unknown = places[-1] < 0
            if unknown.any():
                met[number] = numbers
                asked.append((joint, np.unique(numbers[unknown])))
        if asked:
            self._learn(asked, lots)
        for number, numbers in met.items():
            places[number] = self._joints[number].places(numbers)
        every: dict[str, Places] = {}
        for joint, mine in zip(self._joints, places, strict=True):
            for mask, marks in joint.marks(mine).items():
                every[mask] = every[mask] | marks if mask in every else marks
        return every

    def _learn(
        self,
        asked: Sequence[tuple[Joint, Places]],
        lots: Sequence[tuple[Mapping[str, Answered], npt.NDArray[np.int32]]],
    ) -> None:
        tables = [self._spelled(joint, new, lots) for joint, new in asked]
        every = pa.concat_tables(tables)
        numbered = every.add_column(0, "row_number", pa.array(np.arange(every.num_rows)))
        answered = self._ask(numbered)
        start = 0
        for joint, new in asked:
            part = answered.slice(start, len(new))
            joint.learn(new, {mask: part.column(mask).to_numpy().astype(np.int64) for mask in joint.bits})
            start += len(new)

    def _spelled(
        self,
        joint: Joint,
        new: Places,
        lots: Sequence[tuple[Mapping[str, Answered], npt.NDArray[np.int32]]],
    ) -> pa.Table:
        """Return what some combinations say, in the columns of the question; other columns are null."""
        apart = dict(zip(joint.parts, split(new, joint.widths), strict=True))
        columns = []
        for known in self._schema:
            if known.name in joint.fields:
                part = joint.fields[known.name]
                said = lots[part][0][known.name].at(apart[part].astype(np.int32))
                columns.append(said.cast(known.type))
            else:
                columns.append(pa.nulls(len(new), known.type))
        return pa.Table.from_arrays(columns, schema=self._schema)
