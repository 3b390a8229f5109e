"""Invented cells: what stands in a shared copy for each cell of a row.

No text that a person wrote or is known by gets into a copy: references, collar numbers, districts, titles of the
force's own, and whatever nobody could read are other texts of the same shape. A word on a list of codes may stay.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from pipeline.period import add_months
from pipeline.personal.forms import email, nino
from pipeline.readings import read_text
from pipeline.shared.scramble import Scrambler, free_places
from schemas.assault import ASSAULT
from schemas.force import ANY, Book, fold, identity
from schemas.mend import EPOCHS
from schemas.moments import day_formats, time_formats
from schemas.offences import offences
from schemas.table import Between

# Texts that name a person, a case or a place: never kept, each replaced by another of its shape.
NAMING = frozenset({"source_record_id", "victim_id", "health_safety_ref", "district"})
MIDNIGHTS = ("00:00", "24:00")
WHOLE = re.compile(r"-?\d+(\.0+)?")


@dataclass(frozen=True)
class Column:
    """A column of a file and the fields it is read for; `scope` and `force` are conditions on it."""

    name: str
    fields: tuple[str, ...]
    listed: frozenset[str] = frozenset()
    separator: str | None = None
    is_read: bool = True
    is_ignored: bool = False


def columns_of(book: Book, names: Sequence[str]) -> list[Column]:
    """Return the columns of a file as a force's book reads them."""
    found = []
    for name in names:
        fields = [
            f for f, mapped in book.fields.items() if any(name in book.numbered(n) for n in mapped.names)
        ]
        listed: set[str] = set()
        separator = None
        for field in fields:
            listed |= known_words(field, book)
            separator = separator or book.fields[field].separator
        for cell in book.lists:
            if name in book.numbered(cell.column):
                fields += cell.fields()
                listed |= {fold(word) for word in cell.words}
                separator = cell.separator
        for condition in book.scope:
            if condition.column == name:
                fields.append("scope")
                listed |= {*condition.inside, *condition.outside} - {ANY}
        if book.force and book.force.column == name:
            fields.append("force_id")
            listed |= {*book.force.words}
        if fields:
            listed |= {*book.missing}
        found.append(
            Column(name, tuple(fields), frozenset(listed), separator, bool(fields), name in book.ignored)
        )
    return found


def known_words(field: str, book: Book) -> set[str]:
    """Return the words, folded, that a force's file or our own lists know for a field; none for free text."""
    mapped, declared = book.fields[field], ASSAULT[field]
    if field == "offence_title":
        return {*titles(), *map(fold, mapped.codes or {})}
    words = {fold(word) for word in mapped.codes or {}} | {*mapped.missing}
    words |= {fold(word) for dated in mapped.codes_from for word in dated.codes}
    if declared.codes is not None and mapped.codes is None and not mapped.flags:
        words |= {*identity(declared.codes)}
    if declared.type == "boolean" or mapped.flags:
        words |= {*mapped.yes, *mapped.no}
    return words


@cache
def titles() -> frozenset[str]:
    """Return the titles of the Home Office list of offences, folded."""
    return frozenset(fold(each.title) for each in offences())


class Inventor:
    """Makes the cells of a shared copy, the same for the same seed; `sent` are the texts of each column."""

    def __init__(
        self, book: Book, columns: Sequence[Column], sent: Mapping[str, Collection[str]], as_of: date
    ) -> None:
        self._book = book
        self._as_of = as_of
        self._chance = random.Random(2_018)
        # One list of what must not appear: a reference of one column may stand in another.
        every = {
            text.strip().lower()
            for column in columns
            for text in sent[column.name]
            if fold(text) not in column.listed
        }
        self._scramblers = {
            column.name: Scrambler(every | {*sent[column.name]}, self._chance, self._fitting(column))
            for column in columns
        }
        self._days: dict[tuple[date, date], dict[date, date]] = {}

    def row(
        self,
        columns: Sequence[Column],
        values: Sequence[str],
        unread: Collection[str],
        blank: Collection[str],
    ) -> list[str]:
        """Return what stands for a row; `unread` are its fields nobody could read, columns in `blank` stay empty."""
        days = self._days_of(columns, values)
        return [
            "" if column.name in blank else self.cell(column, value.strip(), unread, days)
            for column, value in zip(columns, values, strict=True)
        ]

    def cell(
        self, column: Column, text: str, unread: Collection[str], days: Mapping[date, date] | None = None
    ) -> str:
        """Return what stands for a cell."""
        if not text or column.is_ignored:
            return ""
        scrambler = self._scramblers[column.name]
        if fold(text) in column.listed:
            return text
        if not column.is_read or {*column.fields} & NAMING or {"scope", "force_id"} & {*column.fields}:
            return self._named(column, text)
        if column.separator:
            parts = [part.strip() for part in text.split(column.separator)]
            return f"{column.separator} ".join(
                p if fold(p) in column.listed else scrambler.of(p) for p in parts
            )
        if {*column.fields} & {*unread}:
            head, between, tail = text.partition(" ")
            if between and not {*column.fields} <= {*unread} and self._read(column, head):
                # The day could be read, the time beside it could not.
                return f"{self._moment(column, head, days or {})} {scrambler.of(tail)}"
            return scrambler.of(text)
        kinds = {ASSAULT[field].type for field in column.fields if field in ASSAULT.names}
        if kinds & {"date", "time"}:
            return self._moment(column, text, days or {})
        if kinds == {"integer"}:
            return text if "victim_number" in column.fields else self._number(column, text)
        return self._words(column, text)

    def _named(self, column: Column, text: str) -> str:
        kept: Collection[int] = ()
        pattern = self._book.fields["source_record_id"].pattern
        if "source_record_id" in column.fields and pattern:
            kept, _ = free_places(text, pattern)
        return self._scramblers[column.name].of(text, kept)

    def _fitting(self, column: Column) -> Callable[[str, str], bool]:
        book = self._book

        def fits(text: str, other: str) -> bool:
            if fold(other) in column.listed:
                return False
            pattern = book.fields["source_record_id"].pattern
            if "source_record_id" in column.fields and (email(text), nino(text)) != (
                email(other),
                nino(other),
            ):
                return False
            if "source_record_id" in column.fields and pattern:
                return bool(re.fullmatch(pattern, text)) == bool(re.fullmatch(pattern, other))
            moments = self._formats(column)
            if moments:
                return not any(read_text(other, form) for form in moments)
            if "integer" in {ASSAULT[f].type for f in column.fields if f in ASSAULT.names}:
                return not WHOLE.fullmatch(other)
            return True

        return fits

    def _formats(self, column: Column) -> list[str]:
        forms: dict[str, None] = {}
        for field in column.fields:
            if field in ASSAULT.names and ASSAULT[field].type in ("date", "time"):
                mapped = self._book.fields[field]
                tried = day_formats(mapped) if ASSAULT[field].type == "date" else time_formats(mapped)
                forms |= dict.fromkeys(tried)
        return [*forms]

    def _read(self, column: Column, text: str) -> tuple[datetime, str] | None:
        for form in self._formats(column):
            # A time is the end of a day, or a date is without its century: neither is written anew.
            found = read_text(text, form)
            if found is not None:
                return found, form
        return None

    def _days_of(self, columns: Sequence[Column], values: Sequence[str]) -> dict[date, date]:
        """Return the day that stands for each day of a row: in its own month, in the order they were in."""
        said = set()
        for column, value in zip(columns, values, strict=True):
            read = self._read(column, value.strip()) if self._formats(column) else None
            if read and "%d" in read[1]:
                said.add(read[0].date())
            elif (serial := self._serial(column, value.strip())) is not None:
                said.add(serial)
        ordered = sorted(said)
        return dict(zip(ordered, sorted(map(self._day, ordered)), strict=True))

    def _day(self, day: date) -> date:
        """Return another day of the same part of a month: no rule about days tells the two apart."""
        first = day.replace(day=1)
        last = add_months(first, 1) - timedelta(days=1)
        turns = {each.since for mapped in self._book.fields.values() for each in mapped.codes_from}
        turns |= {each.valid_from for each in offences() if each.valid_from} | {
            self._as_of + timedelta(days=1)
        }
        for turn in sorted(turns):
            if first < turn <= last:
                first, last = (turn, last) if day >= turn else (first, turn - timedelta(days=1))
        known = self._days.get((first, last))
        if known is None:
            every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            known = dict(zip(every, self._chance.sample(every, len(every)), strict=True))
            self._days[first, last] = known
        return known[day]

    def _moment(self, column: Column, text: str, days: Mapping[date, date]) -> str:
        read = self._read(column, text)
        if read is None:
            serial = self._serial(column, text)
            if serial is None:
                return text
            moved = int(float(text)) + (days.get(serial, serial) - serial).days
            return f"{moved}{text[text.index('.') :] if '.' in text else ''}"
        moment, form = read
        if "%d" in form:
            moment = datetime.combine(days.get(moment.date(), moment.date()), moment.time())
        if ("%H" in form or "%I" in form) and f"{moment:%H:%M}" not in MIDNIGHTS:
            shift = random.Random(f"{moment:%H:%M}{self._chance.random()}").randrange(1, 60)
            moment = moment.replace(minute=(moment.minute + shift) % 60)
        written = moment.strftime(form)
        return written.lower() if text.islower() else written.upper() if text.isupper() else written

    def _serial(self, column: Column, text: str) -> date | None:
        """Return the day that a spreadsheet's number stands for, where the force's file says the column holds such."""
        if not re.fullmatch(r"\d{5}(\.\d+)?", text):
            return None
        for field in column.fields:
            epoch = self._book.fields[field].mend.serial_dates if field in self._book.fields else None
            if epoch:
                return EPOCHS[epoch] + timedelta(days=int(float(text)))
        return None

    def _number(self, column: Column, text: str) -> str:
        """Return another number of as many digits, on the same side of what is allowed."""
        if not WHOLE.fullmatch(text):
            return self._scramblers[column.name].of(text)
        number, digits = int(float(text)), len(str(abs(int(float(text)))))
        bounds = [b for f in column.fields for b in ASSAULT[f].constraints if isinstance(b, Between)]
        low, high = (bounds[0].low, bounds[0].high) if bounds else (0, 10**digits)
        least, most = 10 ** (digits - 1) if digits > 1 else 0, 10**digits - 1
        if number > high:
            least = max(least, int(high) + 1)
        elif number < low:
            return str(-self._chance.randint(max(1, least), most))
        else:
            most = min(most, int(high))
        return str(self._chance.randint(least, max(least, most)))

    def _words(self, column: Column, text: str) -> str:
        """Return a cell of words with the parts a field takes from it: codes stay, titles of the force's own do not."""
        spans = []
        for field in column.fields:
            take = self._book.fields[field].take if field in self._book.fields else None
            found = re.search(take, text) if take else None
            if found and take:
                spans.append((field, *found.span(1)))
                # What a pattern names outside the part it takes is the force's own layout.
                spans += [
                    ("layout", each.start(), each.end())
                    for each in re.finditer(r"\w+", text)
                    if each[0] in take
                ]
            elif not take:
                spans.append((field, 0, len(text)))
        kept = {place for place, sign in enumerate(text) if not sign.isalnum()}
        for field, begin, end in spans:
            if field != "offence_title" or fold(text[begin:end]) in column.listed:
                kept |= {*range(begin, end)}
        if len(kept) == len(text):
            return text
        return self._scramblers[column.name].of(text, kept)
