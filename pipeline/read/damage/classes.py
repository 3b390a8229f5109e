"""The ways a date, a time or a range is written, and how many rows write it in each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow.compute as pc

from pipeline.read.damage import shapes
from pipeline.read.damage.cells import Cells, Mask, Numbers
from pipeline.read.damage.column import Column
from pipeline.read.damage.shapes import Type

# The classes of different words are remembered up to this many a column.
REMEMBERED = 200_000
# Classes whose rows are named; those of the others are only counted.
_NAMED = frozenset({"serial", "month_first", "midnight_24", "no_colon", "point", "am_pm", "as_date"})
# What is no value of the column's type at all, and may stand beside its column.
_UNFIT = "unfit"
_MOMENT = r"^\d{4}-\d\d-\d\d (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$"


def look(column: Column, cells: Cells, numbers: Numbers) -> Numbers | None:
    """Count the classes of a column's values; return the places of rows that do not fit it, if any does not."""
    cells = (_by_day(cells) if column.type is Type.DATE else cells).by_word()
    words = cells.texts()
    # Words by the thousand are of a few sets of classes, so the rows are counted by set.
    numbered = list(map(column.known.get, words))
    if None in numbered:
        numbered = [
            known if known is not None else _remember(column, word)
            for known, word in zip(numbered, words, strict=True)
        ]
    set_of = np.array(numbered)
    counts = cells.sums(set_of, len(column.sets))
    held = [(classes, int(count)) for classes, count in zip(column.sets, counts, strict=True) if count]
    for classes, count in held:
        column.seen.update(dict.fromkeys(classes, count))
    shown = {kind for classes, _ in held for kind in classes}
    for kind in sorted(shown & _NAMED):
        cells.tally(column.tally(kind), _of(column, kind)[set_of], numbers)
    return cells.rows(_of(column, _UNFIT)[set_of]) if _UNFIT in shown else None


def _by_day(cells: Cells) -> Cells:
    """Return moments as a workbook's date cells are read as their days alone: there are fewer, and none is at 24:00."""
    if cells.encoded or not (cells.lengths == len("2018-07-04 13:05:00")).any():
        return cells
    days = pc.utf8_slice_codeunits(cells.values, 0, len("2018-07-04"))
    return Cells(pc.if_else(pc.match_substring_regex(cells.values, _MOMENT), days, cells.values))


def _of(column: Column, kind: str) -> Mask:
    return np.array([kind in classes for classes in column.sets])


def _remember(column: Column, word: str) -> int:
    """Return the number of the set of classes a word is in, remembering it."""
    classes = _classes(column.type, word)
    number = column.sets.setdefault(classes, len(column.sets))
    if len(column.known) < REMEMBERED and len(word) <= shapes.LONGEST:
        column.known[word] = number
    return number


def _classes(type: Type, word: str) -> frozenset[str]:
    if not word.strip():
        return frozenset()
    classes = CLASSIFIERS[type](word) if len(word) <= shapes.LONGEST else frozenset({"other"})
    return classes | {_UNFIT} if "other" in classes and not shapes.fits(type, word) else classes


def _date_classes(cell: str) -> frozenset[str]:
    found = shapes.DATE.fullmatch(cell)
    if not found:
        if shapes.is_serial(cell):
            return frozenset({"serial"})
        return frozenset({"named"} if shapes.NAMED.fullmatch(cell) else {"other"})
    classes = set()
    first, second, third = found["first"], found["second"], found["third"]
    if found["time"] and found["time"].startswith(("24:", "24.")):
        classes.add("midnight_24")
    if not second.isdigit():
        classes.add("named")
    elif len(first) == 4:
        classes.add("iso")
        if int(third) > 12:
            classes.add("iso_past_12")
    elif len(first) > 2:
        classes.add("other")
    elif int(first) > 12 and int(second) <= 12:
        classes.add("day_first")
    elif int(second) > 12 and int(first) <= 12:
        classes.add("month_first")
    else:
        classes.add("either" if int(first) <= 12 else "other")
    if len(third) == 2 and len(first) <= 2:
        classes.add("two_digit_year")
    return frozenset(classes)


def _time_classes(cell: str) -> frozenset[str]:
    if shapes.BARE_TIME.fullmatch(cell):
        return frozenset({"no_colon", "midnight_24"} if cell.strip().startswith("24") else {"no_colon"})
    found = shapes.TIME.fullmatch(cell)
    if not found or int(found["hour"]) > 24:
        return frozenset({"other"})
    classes = {"plain"}
    if found["mark"] == ".":
        classes.add("point")
    if found["half"]:
        classes.add("am_pm")
    if found["hour"] == "24":
        classes.add("midnight_24")
    return frozenset(classes)


def _range_classes(cell: str) -> frozenset[str]:
    if shapes.RANGE.fullmatch(cell):
        return frozenset({"range"})
    return frozenset({"as_date"} if shapes.RANGE_AS_DATE.fullmatch(cell) else {"words"})


CLASSIFIERS: dict[Type, Callable[[str], frozenset[str]]] = {
    Type.DATE: _date_classes,
    Type.TIME: _time_classes,
    Type.RANGE: _range_classes,
}
