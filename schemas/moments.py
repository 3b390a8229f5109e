"""How a force may write a day or a time of day: the signs of a format, and what each of them takes.

A format is read more strictly than most parsers read it: minutes and seconds are two digits, and where nothing
stands between two numbers both have all their digits. So "130" is never 13:00, and "1.3" never 01:03.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.force import Checker, FieldMap

# What is read where a force states nothing: the day before the month, and only what can be read in one way.
DATE_FORMATS = (
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d/%b/%Y", "%d-%B-%Y",
    "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
)  # fmt: skip
TIME_FORMATS = (
    "%H:%M", "%H:%M:%S", "%I:%M%p", "%I:%M %p", "%I:%M:%S%p", "%I:%M:%S %p", "%I.%M%p", "%I.%M %p", "%I%p",
    "%I %p", "%Hh%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
)  # fmt: skip
ISO_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
ISO_TIMES = ("%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")

# A year of two digits is one of the hundred from this year on: 68 is 2068, 69 is 1969.
PIVOT = 1969

# What stands between the formats of a field in a query, so that they are one text there.
BETWEEN = "|"

_SHORT = {"d": r"\d\d?", "m": r"\d\d?", "H": r"\d\d?", "I": r"\d\d?"}
_TAKES = {
    **_SHORT,
    "Y": r"\d{4}",
    "y": r"\d\d",
    "M": r"\d\d",
    "S": r"\d\d",
    "f": r"\d{1,9}",
    "b": "[a-z]{3}",
    "B": "[a-z]{3,9}",
    "a": "[a-z]{3}",
    "A": "[a-z]{6,9}",
    "p": "[ap]m",
}
_NUMBERS = frozenset("dmYyHIMSf")
_PARTS = re.compile(r"%(.)|([^%]+)", re.DOTALL)
_DAY, _MONTH, _YEAR = frozenset("d"), frozenset("mbB"), frozenset("Yy")


def parts(form: str) -> list[tuple[str, str]]:
    """Return a format as its signs and what stands between them, each as (sign, "") or ("", text)."""
    return [(sign, text) for sign, text in _PARTS.findall(form)]


def signs(form: str) -> str:
    """Return the letters of a format's signs, in order."""
    return "".join(sign for sign, _ in parts(form))


def pattern(form: str) -> str:
    """Return what a text of this format looks like, as a regular expression that matches lower case."""
    found = parts(form)
    said = []
    for place, (sign, text) in enumerate(found):
        if text:
            said.append("".join(" +" if each == " " else re.escape(each.lower()) for each in text))
            continue
        beside = [found[other][0] for other in (place - 1, place + 1) if 0 <= other < len(found)]
        full = sign in _SHORT and any(other and other in _NUMBERS for other in beside)
        said.append(r"\d\d" if full else _TAKES[sign])
    return "".join(said)


def width(form: str) -> int | None:
    """Return how many digits a format without anything between its numbers has; None where it is no such format."""
    if any(text or sign not in _NUMBERS or sign == "f" for sign, text in parts(form)):
        return None
    return sum(4 if sign == "Y" else 2 for sign, _ in parts(form))


def check_formats(kind: str, formats: Sequence[str], key: str, check: Checker) -> None:
    """Refuse a format with a sign we do not know, or that leaves out a part of the day or the time."""
    for form in formats:
        if BETWEEN in form or form.endswith("%") and not form.endswith("%%"):
            raise check.error(f"{key}.format", f'"{form}" is not a format')
        said = signs(form)
        for sign in said:
            check.known(f"%{sign}", tuple(f"%{each}" for each in _TAKES), f"{key}.format", "sign of a format")
        if kind == "date":
            whole = {*said} & _DAY and {*said} & _MONTH and {*said} & _YEAR
            lacking = "" if whole else "a date needs a day (%d), a month (%m, %b or %B) and a year (%Y or %y)"
        else:
            lacking = "" if {*said} & {*"HI"} else "a time needs an hour (%H, or %I with %p)"
        if "I" in said and "p" not in said:
            lacking = "an hour of twelve (%I) needs %p, which says am or pm"
        if lacking:
            raise check.error(f"{key}.format", f'"{form}": {lacking}')


def day_formats(mapped: FieldMap) -> tuple[str, ...]:
    """Return the formats a field's days are tried in: those stated or usual, then ISO dates.

    Where date cells have day and month swapped, the mend is to read these so.
    """
    iso: tuple[str, ...] = ISO_DATES
    if mapped.mend.swapped_dates:
        iso = tuple(form.replace("%m-%d", "%d-%m") for form in ISO_DATES)
    return (*(mapped.formats or DATE_FORMATS), *iso)


def time_formats(mapped: FieldMap) -> tuple[str, ...]:
    """Return the formats a field's times of day are tried in."""
    return (*(mapped.formats or TIME_FORMATS), *ISO_TIMES)


def midnights(formats: Sequence[str]) -> tuple[str, ...]:
    """Return the formats in which the end of a day is written as its 24th hour."""
    late = (form for form in formats if "%H" in form)
    return tuple(form.replace("%H", "24").replace("%M", "00").replace("%S", "00") for form in late)
