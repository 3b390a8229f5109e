"""What a spreadsheet did to values before they were sent, found by looking at whole columns of them.

Nothing is mended here: each kind of damage is said with its column, its rows and what to do. A column is first
typed by a sample of its values; only columns of dates, times and digits are then looked at value by value, by
their distinct values, and all others by marks no sound value holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.read.noticed import Noticed, Tally, rows_said

SAMPLE = 400
# A column is typed once this many of its values were seen, or at the end of the first batches.
ENOUGH = 20
# Classes of distinct values are remembered up to this many a column.
REMEMBERED = 200_000
AT_ONCE = 50_000
# Encoded columns take little memory, and their words are fewer the more rows are looked at together.
ENCODED_AT_ONCE = 250_000
# Rows with an odd value are looked at one by one, up to so many a file.
MOST_LOOKED = 5_000

ERRORS = (
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA",
    "#BLOCKED!", "#FIELD!", "#UNKNOWN!", "#CONNECT!", "Err:502", "Err:504", "Err:508", "Err:522",
)  # fmt: skip

_DATE = re.compile(
    r"\s*(?P<first>\d{1,4})(?P<mark>[/.\-])(?P<second>\d{1,2}|[A-Za-z]{3,9})(?P=mark)(?P<third>\d{4}|\d{2})"
    r"(?:[ T,]+(?P<time>\d{1,2}[:.]\d{2}.*))?\s*"
)
_NAMED = re.compile(
    r"\s*(?:[A-Za-z]{3,9},?\s+)?\d{1,2}(?:st|nd|rd|th)?\s+[A-Za-z]{3,9},?\s+\d{2,4}(?:\s.*)?\s*"
)
_SERIAL = re.compile(r"\s*[1-9]\d{4}(?:\.\d+)?\s*")
_TIME = re.compile(
    r"\s*(?P<hour>\d{1,2})(?P<mark>[:.])(?P<minute>[0-5]\d)(?:[:.][0-5]\d)?(?:\.\d+)?"
    r"\s*(?P<half>[AaPp]\.?\s*[Mm]\.?)?\s*"
)
_BARE_TIME = re.compile(r"\s*(?:[01]?\d|2[0-4])[0-5]\d\s*")
_DIGITS = re.compile(r"\s*\d+\s*")
_RANGE = re.compile(
    r"\s*(?:\d{1,3}\s*(?:-|to|–)\s*\d{1,3}|\d{1,3}\s*\+|(?:under|over)\s+\d{1,3}|[<>]\s*\d{1,3})\s*", re.I
)
_RANGE_AS_DATE = re.compile(
    r"\s*(?:\d{1,2}-[A-Z][a-z]{2}(?:-\d{2,4})?|[A-Z][a-z]{2}-\d{2}|\d{4}-\d{2}-\d{2}(?: 00:00:00)?|"
    r"\d{2}/\d{2}/\d{4})\s*"
)
_TIME_WORDS = re.compile(r"\b(?:time|hour)\b|time$", re.I)
_DATE_WORDS = re.compile(r"\b(?:date|day|dob|when)\b|date$|_on$|\bon$", re.I)
_ID_WORDS = re.compile(
    r"\b(?:id|ref|reference|code|collar|no|number|crime|urn|phone|telephone|mobile|payroll|pin|shoulder)\b|_id$|_no$|_ref$",
    re.I,
)

Numbers = npt.NDArray[np.int64]


class Type(Enum):
    """What most values of a column look like."""

    UNKNOWN = 0
    TEXT = 1
    DATE = 2
    TIME = 3
    DIGITS = 4
    RANGE = 5


@dataclass
class _Column:
    """What has been seen of one column."""

    name: str
    type: Type = Type.UNKNOWN
    sampled: list[str] = field(default_factory=list)
    classes: dict[str, frozenset[str]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    tallies: dict[str, Tally] = field(default_factory=dict)
    lengths: Counter[int] = field(default_factory=Counter)
    short: Tally = field(default_factory=Tally)
    leading_zero: bool = False
    rises: bool = True
    last: str = ""

    @property
    def is_coded(self) -> bool:
        """Return true where nearly all sampled values are a word or two on one line."""
        short = sum(1 for cell in self.sampled if len(cell) <= 40 and len(cell.split()) <= 4)
        return short >= 0.9 * len(self.sampled)

    def tally(self, kind: str) -> Tally:
        return self.tallies.setdefault(kind, Tally())


class Evidence:
    """Looks at the batches of one export as they pass; `noticed` says what was seen."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = [_Column(name) for name in columns]
        self._pushed = Tally()
        self._left_to_look = MOST_LOOKED
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0

    def look(self, batch: pa.RecordBatch) -> None:
        """Count what a batch (`row_number`, then the columns as text) shows."""
        if not batch.num_rows:
            return
        for place, column in enumerate(self._columns):
            values = batch.column(place + 1)
            if column.type is Type.UNKNOWN:
                _sample(column, values)
            _look_for_marks(column, values, batch.column(0))
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        encoded = any(pa.types.is_dictionary(kind) for kind in batch.schema.types)
        if self._waiting_rows >= (ENCODED_AT_ONCE if encoded else AT_ONCE):
            self._look_at_types()

    def _look_at_types(self) -> None:
        """Look at the columns of dates, times and digits of some batches at once: calls cost more than rows."""
        batches, self._waiting, self._waiting_rows = self._waiting, [], 0
        if not batches:
            return
        numbers = pa.concat_arrays([batch.column(0) for batch in batches])
        broken: dict[int, npt.NDArray[np.bool_]] = {}
        for place, column in enumerate(self._columns):
            if column.type not in _CLASSIFIERS and column.type is not Type.DIGITS:
                continue
            parts = [batch.column(place + 1) for batch in batches]
            # Of encoded columns only the different words are looked at, so they are put in one list first.
            together = pa.chunked_array(parts)
            encoded = pa.types.is_dictionary(together.type)
            values = (together.unify_dictionaries() if encoded else together).combine_chunks()
            if column.type is Type.DIGITS:
                _look_at_digits(column, values, numbers)
                continue
            odd = _look_at_classes(column, values, numbers)
            if odd is not None:
                broken[place] = odd
        if broken:
            self._look_for_pushed_rows(pa.Table.from_batches(batches), broken)

    def noticed(self) -> list[Noticed]:
        """Return what was seen, column by column."""
        self._look_at_types()
        found = [each for column in self._columns for each in _findings(column)]
        if self._pushed.count:
            where = rows_said(self._pushed.count, self._pushed.rows)
            found.append(
                Noticed(
                    "pushed_row",
                    f"In {where} values stand one column to the left or right of where the other rows have them; a "
                    "stray or missing delimiter is the usual cause. Mend the rows where they were exported and send "
                    "them again.",
                    rows=self._pushed.rows,
                    count=self._pushed.count,
                )
            )
        return found

    def _look_for_pushed_rows(self, batch: pa.Table, broken: dict[int, npt.NDArray[np.bool_]]) -> None:
        """Count the rows in which a value that does not fit its column fits the next, and is missing there."""
        if not self._left_to_look:
            return
        rows = np.flatnonzero(np.logical_or.reduce(list(broken.values())))[: self._left_to_look]
        self._left_to_look -= len(rows)
        odd = batch.take(pa.array(rows)).to_pydict()
        for cells in zip(*odd.values(), strict=True):
            if _is_pushed([str(cell or "") for cell in cells[1:]], self._columns):
                self._pushed.add([cells[0]], 1)


def _is_pushed(cells: Sequence[str], columns: Sequence[_Column]) -> bool:
    for place, column in enumerate(columns):
        if column.type not in (Type.DATE, Type.TIME) or _fits(column.type, cells[place]):
            continue
        for step in (-1, 1):
            moved = place + step
            if not 0 <= moved < len(columns) or not cells[moved].strip():
                continue
            # The column's own value stands beside it, where the rest of the rows hold something else.
            if _type_of(cells[moved]) is column.type and columns[moved].type is not column.type:
                return True
    return False


def _sample(column: _Column, values: pa.Array) -> None:
    cells = (str(cell) for cell in values.slice(0, SAMPLE).to_pylist() if cell and str(cell).strip())
    column.sampled.extend(cells)
    if len(column.sampled) < ENOUGH and len(values) > SAMPLE:
        column.sampled.extend(
            str(cell) for cell in pc.unique(values).to_pylist()[:SAMPLE] if cell and cell.strip()
        )
    if column.sampled:
        column.type = _typed(column)


def _typed(column: _Column) -> Type:
    types = Counter(_type_of(cell) for cell in column.sampled)
    enough = len(column.sampled) * 0.5
    if types[Type.DATE] >= enough:
        # A day that became a range is not yet a column of days.
        return Type.RANGE if types[Type.RANGE] else Type.DATE
    if types[Type.RANGE] >= enough or (types[Type.RANGE] and types[Type.RANGE] + types[Type.DATE] > enough):
        return Type.RANGE
    if types[Type.TIME] >= enough:
        return Type.TIME if _TIME_WORDS.search(column.name) or _colons(column) else Type.TEXT
    if types[Type.DIGITS] >= enough:
        if _TIME_WORDS.search(column.name) and all(_fits(Type.TIME, cell) for cell in column.sampled):
            return Type.TIME
        serial = sum(1 for cell in column.sampled if _is_serial(cell))
        if _DATE_WORDS.search(column.name) and serial + types[Type.DATE] >= 0.9 * len(column.sampled):
            return Type.DATE
        return Type.DIGITS
    serial = sum(1 for cell in column.sampled if _is_serial(cell))
    if serial >= 0.9 * len(column.sampled) and _DATE_WORDS.search(column.name):
        return Type.DATE
    return Type.TEXT


def _colons(column: _Column) -> bool:
    return sum(1 for cell in column.sampled if ":" in cell) * 2 >= len(column.sampled)


def _type_of(cell: str) -> Type:
    if _DIGITS.fullmatch(cell):
        return Type.DIGITS
    if _RANGE.fullmatch(cell):
        return Type.RANGE
    if _DATE.fullmatch(cell) or _NAMED.fullmatch(cell):
        return Type.DATE
    return Type.TIME if _TIME.fullmatch(cell) else Type.TEXT


def _fits(type: Type, cell: str) -> bool:
    if not cell.strip():
        return True
    if type is Type.TIME:
        return bool(_TIME.fullmatch(cell) or _BARE_TIME.fullmatch(cell) or cell.strip() in ("0", "00"))
    return _type_of(cell) is type or (type is Type.DATE and _is_serial(cell))


def _is_serial(cell: str) -> bool:
    # The days from 1982 to 2064 as Excel numbers them.
    return bool(_SERIAL.fullmatch(cell)) and 30_000 <= float(cell) < 60_000


def _date_classes(cell: str) -> frozenset[str]:
    found = _DATE.fullmatch(cell)
    if not found:
        if _is_serial(cell):
            return frozenset({"serial"})
        return frozenset({"named"} if _NAMED.fullmatch(cell) else {"other"})
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
    if _BARE_TIME.fullmatch(cell):
        return frozenset({"no_colon", "midnight_24"} if cell.strip().startswith("24") else {"no_colon"})
    found = _TIME.fullmatch(cell)
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
    if _RANGE.fullmatch(cell):
        return frozenset({"range"})
    return frozenset({"as_date"} if _RANGE_AS_DATE.fullmatch(cell) else {"words"})


_CLASSIFIERS: dict[Type, Callable[[str], frozenset[str]]] = {
    Type.DATE: _date_classes,
    Type.TIME: _time_classes,
    Type.RANGE: _range_classes,
}
# Classes every row may be in; only rows of other classes are looked for one by one.
_USUAL = {"day_first", "either", "iso", "iso_past_12", "plain", "range", "words", "named", "two_digit_year"}


def _look_at_classes(column: _Column, values: pa.Array, numbers: pa.Array) -> npt.NDArray[np.bool_] | None:
    """Count the classes of a column's values; return which rows fit none, if any row does not."""
    encoded = values if pa.types.is_dictionary(values.type) else pc.dictionary_encode(values)
    words = [str(word or "") for word in encoded.dictionary.to_pylist()]
    indices = _indices(encoded)
    # Words by the thousand are of a few sets of classes, so the rows are counted by set.
    sets: dict[frozenset[str], int] = {}
    known = column.classes
    places = [sets.setdefault(known.get(word) or _remember(column, word), len(sets)) for word in words]
    set_of = np.array(places, np.int64)[indices] if words else np.zeros(0, np.int64)
    for held, count in zip(sets, np.bincount(set_of, minlength=len(sets)), strict=True):
        for kind in held:
            column.seen[kind] += int(count)
    odd: npt.NDArray[np.bool_] | None = None
    for kind in sorted({kind for held in sets for kind in held} - _USUAL):
        rows = np.array([kind in held for held in sets])[set_of]
        column.tally(kind).add(numbers.to_numpy()[np.flatnonzero(rows)[:20]], int(rows.sum()))
        if kind in ("other", "serial", "no_colon"):
            odd = rows if odd is None else odd | rows
    return odd


def _indices(encoded: pa.DictionaryArray) -> Numbers:
    indices = encoded.indices
    filled: Numbers = (pc.fill_null(indices, 0) if indices.null_count else indices).to_numpy(
        zero_copy_only=False
    )
    return filled


def _remember(column: _Column, word: str) -> frozenset[str]:
    classes = _CLASSIFIERS[column.type](word) if word.strip() else frozenset({"blank"})
    if classes == {"blank"}:
        classes = frozenset({"words"})
    if len(column.classes) < REMEMBERED:
        column.classes[word] = classes
    return classes


def _look_for_marks(column: _Column, values: pa.Array, numbers: pa.Array) -> None:
    """Count error cells and numbers in scientific notation, which hold marks few values do."""
    words = values.dictionary if pa.types.is_dictionary(values.type) else values
    held = _bytes(words)
    kinds: list[tuple[str, Callable[[pa.Array], pa.Array]]] = []
    if b"#" in held or (column.type is not Type.TEXT and b"Err:" in held):
        kinds.append(("error", lambda cells: pc.is_in(pc.utf8_trim_whitespace(cells), pa.array(ERRORS))))
        kinds.append(("too_narrow", lambda cells: pc.match_substring_regex(cells, r"^\s*#{3,}\s*$")))
    if b"+" in held and (b"E+" in held or b"e+" in held):
        kinds.append(
            (
                "scientific",
                lambda cells: pc.match_substring_regex(cells, r"^\s*\d(?:[.,]\d+)?[Ee]\+\d{1,3}\s*$"),
            )
        )
    if b"\n" in held or b"\r" in held:
        kinds.append(
            ("broken", lambda cells: pc.match_substring_regex(pc.utf8_trim_whitespace(cells), r"[\r\n]"))
        )
    for kind, matches in kinds:
        # An array of the type the words have: `is_in` takes no other.
        found = matches(pc.cast(words, pa.string())).to_numpy(zero_copy_only=False).astype(np.bool_)
        if not found.any():
            continue
        if pa.types.is_dictionary(values.type):
            found = found[_indices(values)]
        column.tally(kind).add(numbers.to_numpy()[np.flatnonzero(found)[:20]], int(found.sum()))


def _bytes(values: pa.Array) -> bytes:
    """Return the text of a column in one piece, to look for a mark in all of it at once."""
    data = values.buffers()[2] if len(values) else None
    return b"" if data is None else data.to_pybytes()


def _look_at_digits(column: _Column, values: pa.Array, numbers: pa.Array) -> None:
    """Count how long a column's numbers are, and the long ones that end in noughts."""
    named = bool(_ID_WORDS.search(column.name))
    if pa.types.is_dictionary(values.type):
        if not named and (pc.max(pc.binary_length(values.dictionary)).as_py() or 0) <= 15:
            return
        values = values.dictionary_decode()
    lengths = pc.binary_length(values).to_numpy(zero_copy_only=False)
    longest = int(lengths.max())
    if named:
        counts = np.bincount(np.minimum(lengths, 99))
        column.lengths.update({length: int(count) for length, count in enumerate(counts) if count})
    if longest > 15:
        rounded = pc.match_substring_regex(values, r"^\s*[1-9]\d{14}0+\s*$").to_numpy(zero_copy_only=False)
        column.tally("rounded").add(numbers.to_numpy()[np.flatnonzero(rounded)[:20]], int(rounded.sum()))
        long = pc.match_substring_regex(values, r"^\s*\d{16,}\s*$")
        column.seen["long"] += pc.sum(long).as_py() or 0
    if not named:
        return
    if not column.leading_zero:
        column.leading_zero = bool(pc.any(pc.starts_with(values, "0")).as_py())
    if column.rises:
        cells = values.to_numpy(zero_copy_only=False)[:SAMPLE]
        numbers_in = [int(cell) for cell in cells if cell and _DIGITS.fullmatch(cell)]
        column.rises = all(one <= two for one, two in zip(numbers_in, numbers_in[1:], strict=False))
    usual = column.lengths.most_common(1)[0][0]
    rows = (lengths < usual) & (lengths > 0)
    column.short.add(numbers.to_numpy()[np.flatnonzero(rows)[:20]], int(rows.sum()))


def _findings(column: _Column) -> Iterator[Noticed]:
    """Return what is said of one column."""

    def say(kind: str, tally: Tally, what: str) -> Noticed:
        where = rows_said(tally.count, tally.rows)
        return Noticed(
            kind, f'In column "{column.name}", {where}: {what}', column.name, tally.rows, tally.count
        )

    tallies, seen = column.tallies, column.seen
    if "error" in tallies:
        yield say(
            "error_cells",
            tallies["error"],
            "the value is a spreadsheet's error (such as #N/A or #REF!), not what was recorded. Mend the formula, or "
            "paste the values in, and send the file again.",
        )
    if "too_narrow" in tallies:
        yield say(
            "too_narrow",
            tallies["too_narrow"],
            "the value is a row of # signs, which a spreadsheet shows where a column is too narrow. Widen the column "
            "before saving as text, and send the file again.",
        )
    if "scientific" in tallies:
        yield say(
            "scientific_numbers",
            tallies["scientific"],
            "the number is in scientific notation (such as 1.23E+15), so its last digits are lost. Format the column "
            "as text before the export is opened in a spreadsheet, and send the file again.",
        )
    rounded = tallies.get("rounded")
    if rounded and rounded.count > 1 and rounded.count >= 0.9 * seen["long"]:
        yield say(
            "rounded_numbers",
            rounded,
            "the number has more than 15 digits and ends in noughts, as a spreadsheet leaves it that keeps 15 only. "
            "Send the column as text from the system itself.",
        )
    if "broken" in tallies and column.is_coded:
        yield say(
            "line_break_in_value",
            tallies["broken"],
            "the value goes on over a line break, where the others are short words or codes; a quotation mark may have "
            "swallowed part of a row. Look at these rows in the system, and send them again without the break.",
        )
    if column.type is Type.DIGITS:
        yield from _lost_zeros(column)
    if column.type is Type.RANGE and seen["as_date"] and seen["range"]:
        tally = tallies["as_date"]
        yield say(
            "range_as_date",
            tally,
            'a range (such as "11-17") has become a date. Format the column as text before the export is opened in a '
            "spreadsheet, or map the date back to its range in the force file.",
        )
    if column.type is Type.DATE:
        yield from _date_findings(column, say)
    if column.type is Type.TIME:
        yield from _time_findings(column, say)


Say = Callable[[str, Tally, str], Noticed]


def _lost_zeros(column: _Column) -> Iterator[Noticed]:
    filled = Counter({length: count for length, count in column.lengths.items() if length})
    if not filled or column.leading_zero or column.rises:
        return
    usual, times = filled.most_common(1)[0]
    shorter = sum(count for length, count in filled.items() if length < usual)
    # Numbers that merely grow have shorter ones too, but longer ones as well and in their order.
    if usual < 4 or not shorter or times + shorter < sum(filled.values()) or shorter > times / 4:
        return
    tally = Tally()
    tally.add(column.short.rows, shorter)
    where = rows_said(shorter, tally.rows)
    yield Noticed(
        "lost_leading_zeros",
        f'In column "{column.name}", {where}: the number is shorter than the {usual} digits of the others and none '
        "begins with 0, so leading noughts may have been lost in a spreadsheet. Format the column as text before the "
        "export is opened in one.",
        column.name,
        tally.rows,
        shorter,
    )


def _date_findings(column: _Column, say: Say) -> Iterator[Noticed]:
    seen, tallies = column.seen, column.tallies
    day, month, either = seen["day_first"], seen["month_first"], seen["either"]
    if seen["serial"]:
        yield say(
            "serial_dates",
            tallies["serial"],
            "the date is a spreadsheet's day number (such as 43191), not a date. Format the column as dd/mm/yyyy and "
            "send the file again.",
        )
    if day and seen["iso"] and not seen["iso_past_12"]:
        tally = Tally()
        tally.add((), seen["iso"])
        yield Noticed(
            "swapped_dates",
            f'Column "{column.name}" mixes {day + either + month:,} dates as text, {day:,} of them with a day past the '
            f"12th, and {seen['iso']:,} date cells, none of them with a day past the 12th: a spreadsheet has read "
            "day/month as month/day wherever it could, so day and month are swapped in the date cells. Send the "
            "column as text from the system itself.",
            column.name,
            count=seen["iso"],
        )
    if day and month:
        tally = tallies["month_first"]
        yield Noticed(
            "both_orders",
            f'Column "{column.name}" holds dates in both orders: {day:,} can only be day first, {month:,} only month '
            f"first ({rows_said(tally.count, tally.rows)}), and {either:,} read either way. They are read day first "
            "unless the force file says otherwise; find which system wrote the others, and send one order.",
            column.name,
            tally.rows,
            month,
        )
    elif month:
        yield say(
            "month_first",
            tallies["month_first"],
            f"the date can only be read month first, and no date of the column only day first ({either:,} read either "
            'way). If the system writes them so, state format = "%m/%d/%Y" in the force file.',
        )
    if seen["two_digit_year"]:
        yield Noticed(
            "two_digit_years",
            f'Column "{column.name}" has {seen["two_digit_year"]:,} dates whose year has two digits. State their '
            'format in the force file (such as "%d/%m/%y"), or send four digits.',
            column.name,
            count=seen["two_digit_year"],
        )
    if "midnight_24" in tallies:
        yield say("midnight_24", tallies["midnight_24"], _MIDNIGHT)


_MIDNIGHT = (
    "the time is 24:00, which is midnight at the end of the day. State in the system whether it means 00:00 of "
    "that day or of the next, and send it so."
)


def _time_findings(column: _Column, say: Say) -> Iterator[Noticed]:
    tallies = column.tallies
    if "midnight_24" in tallies:
        yield say("midnight_24", tallies["midnight_24"], _MIDNIGHT)
    for kind, name, what in (
        ("no_colon", "times_without_colon", "the time is written without a colon (such as 0130)."),
        ("point", "times_with_point", "the time is written with a point (such as 1.30)."),
        ("am_pm", "times_am_pm", "the time is written with am or pm."),
    ):
        if kind in tallies:
            yield say(name, tallies[kind], f"{what} State its format in the force file, or send it as hh:mm.")
