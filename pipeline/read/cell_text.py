"""The cells of a workbook as text: ISO dates and times, whole numbers without a point, TRUE and FALSE."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# What calamine gives for a cell; an empty one is an empty text.
Cell = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta

# Past this a whole float has lost digits, and is shown as what it is.
EXACT = 10**15
# Between these Arrow writes a float as Python does.
SMALL, LARGE = 1e-4, 1e9

_TEXT = pa.string()
_STRINGS = {str}
_NUMBERS = {int, float}
_NUMBER = r"^\s*-?\d+(?:\.\d+)?\s*$"
_HALF, _SECOND, _DAY = 500_000, 1_000_000, 86_400


@dataclass(frozen=True, slots=True)
class Column:
    """A column's cells as text; where numbers and text mix, how many numbers it has and which texts are numbers."""

    text: pa.Array
    numbers: int = 0
    numbers_as_text: Sequence[int] = ()


def column(cells: Sequence[Cell]) -> Column:
    """Return the cells of a column, the places of numbers as text counted from nought."""
    types = set(map(type, cells))
    if types <= _STRINGS:
        return Column(pa.array(cells, _TEXT))
    if len(types) == 1:
        return Column(_RENDERED[types.pop()](cells))
    texts = [_RENDERED[kind](_only(cells, kind)) for kind in types - _STRINGS]
    if str not in types:
        return Column(pc.coalesce(*texts))
    if len(texts) == 1 and texts[0].null_count == cells.count(""):
        # Among its empty cells, all are of one kind.
        return Column(pc.fill_null(texts[0], ""))
    strings = pa.array(_only(cells, str), _TEXT)
    text = pc.coalesce(strings, *texts)
    if not types & _NUMBERS or not pc.max(pc.binary_length(strings)).as_py():
        return Column(text)
    found = pc.indices_nonzero(pc.match_substring_regex(strings, _NUMBER))
    return Column(text, sum(1 for cell in cells if type(cell) in _NUMBERS), found.to_pylist())


def row_texts(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Return some rows of one width as text."""
    if not rows or not rows[0]:
        return [[] for _ in rows]
    return [
        list(row)
        for row in zip(*(column(cells).text.to_pylist() for cells in zip(*rows, strict=True)), strict=True)
    ]


def _only(cells: Sequence[Cell], kind: type) -> list[Any]:
    return [cell if type(cell) is kind else None for cell in cells]


def _truths(cells: Sequence[bool | None]) -> pa.Array:
    return pc.if_else(pa.array(cells, pa.bool_()), "TRUE", "FALSE")


def _integers(cells: Sequence[int | None]) -> pa.Array:
    return pa.array(cells, pa.int64()).cast(_TEXT)


def _floats(cells: Sequence[float | None]) -> pa.Array:
    numbers = pa.array(cells, pa.float64())
    integers = _all_whole(numbers)
    if integers is not None:
        return integers.cast(_TEXT)
    values = numbers.to_numpy(zero_copy_only=False)
    empty = numbers.is_null().to_numpy(zero_copy_only=False)
    sizes = np.abs(values)
    whole = (sizes < EXACT) & (values == np.floor(values))
    texts = pa.array(np.where(whole, values, 0).astype(np.int64), mask=~whole).cast(_TEXT)
    if (whole | empty).all():
        return texts
    texts = pc.coalesce(texts, numbers.cast(_TEXT))
    odd = ~(whole | empty | ((sizes >= SMALL) & (sizes < LARGE)))
    if not odd.any():
        return texts
    written = {place: repr(cells[place]) for place in np.flatnonzero(odd).tolist()}
    return pa.array([written.get(place, text) for place, text in enumerate(texts.to_pylist())], _TEXT)


def _all_whole(numbers: pa.Array) -> pa.Array | None:
    """Return numbers as integers where every one of them is a whole one that has lost no digits."""
    try:
        integers = numbers.cast(pa.int64())
    except pa.ArrowInvalid:
        return None
    ends = pc.min_max(integers).as_py()
    return integers if ends["min"] is None or -EXACT < ends["min"] <= ends["max"] < EXACT else None


def _moments(cells: Sequence[datetime.datetime | None]) -> pa.Array:
    moments = pa.array(cells, pa.timestamp("us")).cast(pa.int64())
    empty = moments.is_null().to_numpy(zero_copy_only=False)
    # A spreadsheet's day numbers leave fractions of a second behind.
    seconds = (moments.fill_null(0).to_numpy() + _HALF) // _SECOND
    texts = pa.array(seconds, mask=empty).cast(pa.timestamp("s")).cast(_TEXT)
    midnight = seconds % _DAY == 0
    if (empty | ~midnight).all():
        return texts
    return pc.if_else(pa.array(midnight), pc.utf8_slice_codeunits(texts, 0, 10), texts)


def _days(cells: Sequence[datetime.date | None]) -> pa.Array:
    return pa.array(cells, pa.date32()).cast(_TEXT)


def _times(cells: Sequence[datetime.time | None]) -> pa.Array:
    times = pa.array(cells, pa.time64("us")).cast(pa.int64())
    seconds = pc.min_element_wise(
        pc.divide(pc.add(times, _HALF), _SECOND), pa.scalar(_DAY - 1, pa.int64()), skip_nulls=False
    )
    return seconds.cast(pa.int32()).cast(pa.time32("s")).cast(_TEXT)


def _durations(cells: Sequence[datetime.timedelta | None]) -> pa.Array:
    known = {cell: None if cell is None else _clock(round(cell.total_seconds())) for cell in set(cells)}
    return pa.array([known[cell] for cell in cells], _TEXT)


def _clock(second: int) -> str:
    sign = "-" if second < 0 else ""
    minutes, seconds = divmod(abs(second), 60)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


_RENDERED: dict[type, Callable[..., pa.Array]] = {
    bool: _truths,
    int: _integers,
    float: _floats,
    datetime.datetime: _moments,
    datetime.date: _days,
    datetime.time: _times,
    datetime.timedelta: _durations,
}
