"""Mends: what a spreadsheet did to a force's values before they were sent, undone where the force's file says so.

Only what can be told for certain from the value is undone, and every value undone is a note in the receipt. What is
destroyed cannot be declared at all: the loader refuses it with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from schemas.moments import ISO_DATES, signs, width
from schemas.table import Constraint, Explained, Field, Severity, title

if TYPE_CHECKING:
    from schemas.force import Checker, FieldMap

MEND_KEYS = ("serial_dates", "swapped_dates", "leading_zeros", "ranges")

# The day a spreadsheet counts from: in the first system day 60 never was, so its later days count from a day early.
EPOCHS = {"1900": date(1899, 12, 30), "1904": date(1904, 1, 1)}

# A spreadsheet keeps 15 digits of a number, and writes the others as noughts.
DIGITS_KEPT = 15

# What somebody may look for among the mends, and why it is not there.
DESTROYED = {
    "scientific": "the digits that 1.23E+15 leaves out are nowhere in the file",
    "scientific_numbers": "the digits that 1.23E+15 leaves out are nowhere in the file",
    "rounded_numbers": "a spreadsheet keeps 15 digits of a number, and the others are nowhere in the file",
    "long_numbers": "a spreadsheet keeps 15 digits of a number, and the others are nowhere in the file",
    "error_cells": "behind #N/A or #REF! there is no value",
    "too_narrow": "behind ##### there is no value in a file of text",
}

_RANGE = re.compile(r"(\d{1,2})-(\d{1,2})")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# A spreadsheet takes the years 00 to 29 for this century's and 30 to 99 for the last one's.
SPREADSHEET_PIVOT = 30


@dataclass(frozen=True)
class Mend:
    """What is undone in the cells of one field."""

    serial_dates: str | None = None
    swapped_dates: bool = False
    leading_zeros: int | None = None
    ranges: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Mend()


@dataclass(frozen=True)
class Mended(Constraint):
    """A value is kept as it was sent."""

    name = "mended"
    severity: Severity = Severity.NOTE

    def sentence(self, field: str) -> str:
        return f"{title(field)} is not kept as it stands in the file: {self.how(field)}."

    def how(self, field: str) -> str:
        if field == "occurred_time":
            return (
                "24:00 is midnight at the end of the day, so it is kept as 00:00 and the date of the assault is the "
                "next day; anything else was mended as the force's file states"
            )
        if field in ("occurred_on", "recorded_on", "outcome_on"):
            return (
                "24:00 is midnight at the end of the day, so the date is the next day; anything else was mended as "
                "the force's file states"
            )
        return "it was mended as the force's file states"

    def remedy(self, field: str) -> str:
        return "Nothing need be done if the value is right. If it is not, tell us, so that the mend is taken out."


def whole(declared: Field) -> Explained:
    """Return the rule that a free text which is mended has all its digits still."""
    return Explained(
        severity=Severity.ERROR if declared.required else Severity.QUERY,
        expected="a number with all its digits; a spreadsheet keeps 15 and writes 1.23E+15 for longer ones",
    )


def read_mend(declared: Field, mapped: FieldMap, spec: object, key: str, check: Checker) -> Mend:
    """Return what is undone in a field's cells; raises ForceFileError where that cannot be, or not safely."""
    table = check.table(spec, key)
    for word in table:
        if word in DESTROYED:
            raise check.error(
                f"{key}.{word}",
                f"this cannot be mended: {DESTROYED[word]}; have the column sent as text from the system itself",
            )
    check.keys(table, MEND_KEYS, key)
    if not table:
        raise check.error(key, "this is empty")
    if declared.pseudonym:
        raise check.error(key, f"{declared.name} becomes a pseudonym as it is read and cannot be mended")
    if not (mapped.column or mapped.columns):
        raise check.error(key, "there is no cell to mend")
    mend = Mend(
        serial_dates=read_serial(declared, mapped, table, key, check),
        swapped_dates=read_swapped(declared, mapped, table, key, check),
        leading_zeros=read_width(declared, mapped, table, key, check),
        ranges=read_ranges(declared, mapped, table, key, check),
    )
    if mend.serial_dates and (mend.leading_zeros or any(width(form) for form in mapped.formats)):
        raise check.error(
            key, "a day number and a date or time of digits alone cannot be told apart; keep one of the two"
        )
    return mend


def read_serial(
    declared: Field, mapped: FieldMap, table: Mapping[str, Any], key: str, check: Checker
) -> str | None:
    """Return from which year a column's day numbers count."""
    if "serial_dates" not in table:
        return None
    if declared.type not in ("date", "time"):
        raise check.error(f"{key}.serial_dates", f"{declared.name} is not a date or a time")
    if table["serial_dates"] not in EPOCHS:
        raise check.error(
            f"{key}.serial_dates",
            'write "1900", or "1904" where the workbook counts its days from 1904 (older ones made on a Mac do)',
        )
    if declared.type == "time" and any(re.search(r"%[HI]\.%M", form) for form in mapped.formats):
        raise check.error(
            f"{key}.serial_dates", "0.30 may be 00:30 or a part of a day; keep one of the two, or the other"
        )
    return str(table["serial_dates"])


def read_swapped(
    declared: Field, mapped: FieldMap, table: Mapping[str, Any], key: str, check: Checker
) -> bool:
    """Return whether a column's date cells have day and month swapped."""
    if "swapped_dates" not in table:
        return False
    if declared.type != "date":
        raise check.error(f"{key}.swapped_dates", f"{declared.name} is not a date")
    if table["swapped_dates"] is not True:
        raise check.error(f"{key}.swapped_dates", "write it bare, as true, or leave the key out")
    if any(signs(form)[:1] in ("Y", "y", "m", "b", "B") for form in mapped.formats):
        raise check.error(
            f"{key}.swapped_dates",
            f'it is for columns written day first, in which a spreadsheet made some cells dates such as "{ISO_DATES[0]}"',
        )
    return True


def read_width(
    declared: Field, mapped: FieldMap, table: Mapping[str, Any], key: str, check: Checker
) -> int | None:
    """Return how many digits the numbers of a column had before their leading noughts were lost."""
    if "leading_zeros" not in table:
        return None
    digits = table["leading_zeros"]
    if type(digits) is not int or not 2 <= digits <= DIGITS_KEPT:
        raise check.error(
            f"{key}.leading_zeros", f"write how many digits it has, bare, from 2 to {DIGITS_KEPT}"
        )
    if declared.type in ("date", "time"):
        widths = sorted({width(form) for form in mapped.formats} - {None})  # type: ignore[type-var]
        if widths != [digits]:
            raise check.error(
                f"{key}.leading_zeros",
                f"state one format of {digits} digits with it, such as "
                f"{chr(34)}{'%H%M' if declared.type == 'time' else '%d%m%Y'}{chr(34)}",
            )
    elif declared.type != "string":
        raise check.error(f"{key}.leading_zeros", f"{declared.name} is not a text of digits")
    return digits


def read_ranges(
    declared: Field, mapped: FieldMap, table: Mapping[str, Any], key: str, check: Checker
) -> tuple[str, ...]:
    """Return the ranges that a spreadsheet made dates of; none two of which may have become the same date."""
    ranges = check.texts(table, "ranges", key)
    if "ranges" in table and not ranges:
        raise check.error(f"{key}.ranges", "this list is missing")
    if ranges and (declared.type != "string" or mapped.codes is None):
        raise check.error(
            f"{key}.ranges", "ranges are for a field with codes, which say what each range means"
        )
    became: dict[Date, str] = {}
    for each in ranges:
        if each not in (mapped.codes or {}):
            raise check.error(f"{key}.ranges", f'"{each}" is not among the codes, so it would mean nothing')
        dates = dates_of(each)
        if not dates:
            raise check.error(f"{key}.ranges", f'a spreadsheet makes no date of "{each}"; leave it out')
        for made in dates:
            for other, earlier in became.items():
                if earlier != each and same(made, other):
                    raise check.error(
                        f"{key}.ranges",
                        f'"{earlier}" and "{each}" may have become the same date, so neither can be mended; have '
                        "the column sent as text from the system itself",
                    )
            became[made] = each
    return ranges


# The year is None where it is that in which the file was opened.
Date = tuple[int | None, int, int]


def dates_of(written: str) -> tuple[Date, ...]:
    """Return the dates (year, month, day) a spreadsheet may have made of a range such as "11-17".

    Two numbers are taken for a day and a month of the year the file is opened in, in the order of the country the
    spreadsheet is set to, and where that is no day, for a month and a year.
    """
    found = _RANGE.fullmatch(written.strip())
    if not found:
        return ()
    one, two = int(found[1]), int(found[2])
    dates: list[Date] = []
    for month, day in ((two, one), (one, two)):
        if 1 <= month <= 12 and 1 <= day <= LONGEST[month - 1]:
            dates.append((None, month, day))
        elif 1 <= one <= 12:
            dates.append((2000 + two if two < SPREADSHEET_PIVOT else 1900 + two, one, 1))
    return tuple(dict.fromkeys(dates))


def same(one: Date, other: Date) -> bool:
    """Return whether two dates may be one, a year that is not known being any."""
    return one[1:] == other[1:] and (one[0] is None or other[0] is None or one[0] == other[0])


def cells_of(written: str) -> str:
    """Return what may stand in a cell that held a range before it became a date: a pattern of lower case."""
    return f"^(?:{'|'.join(cell for made in dates_of(written) for cell in spelled(made))})$"


def spelled(made: Date) -> tuple[str, ...]:
    """Return how a date stands in a cell: as our readers write a date cell, and as spreadsheets show it."""
    year, month, day = made
    long, short = (r"\d{4}", r"\d\d") if year is None else (str(year), f"{year % 100:02}")
    named = MONTHS[month - 1]
    shown = rf"0?{day}-{named}" if year is None else rf"{named}-{short}"
    return (
        rf"{long}-{month:02}-{day:02}(?: 00:00:00)?",
        rf"{day:02}/{month:02}/{long}",
        rf"0?{day}-{named}-(?:{short}|{long})",
        shown,
    )
