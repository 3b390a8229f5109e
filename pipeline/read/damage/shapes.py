"""What a value looks like: a date, a time, a number, a range, or text."""

from __future__ import annotations

import re
from enum import Enum

DATE = re.compile(
    r"\s*(?P<first>\d{1,4})(?P<mark>[/.\-])(?P<second>\d{1,2}|[A-Za-z]{3,9})(?P=mark)(?P<third>\d{4}|\d{2})"
    r"(?:[ T,]+(?P<time>\d{1,2}[:.]\d{2}.*))?\s*"
)
NAMED = re.compile(
    r"\s*(?:[A-Za-z]{3,9},?\s+)?\d{1,2}(?:st|nd|rd|th)?\s+[A-Za-z]{3,9},?\s+\d{2,4}(?:\s.*)?\s*"
)
TIME = re.compile(
    r"\s*(?P<hour>\d{1,2})(?P<mark>[:.])(?P<minute>[0-5]\d)(?:[:.][0-5]\d)?(?:\.\d+)?"
    r"\s*(?P<half>[AaPp]\.?\s*[Mm]\.?)?\s*"
)
BARE_TIME = re.compile(r"\s*(?:[01]?\d|2[0-4])[0-5]\d\s*")
DIGITS = re.compile(r"\s*\d+\s*")
RANGE = re.compile(
    r"\s*(?:\d{1,3}\s*(?:-|to|–)\s*\d{1,3}|\d{1,3}\s*\+|(?:under|over)\s+\d{1,3}|[<>]\s*\d{1,3})\s*", re.I
)
RANGE_AS_DATE = re.compile(
    r"\s*(?:\d{1,2}-[A-Z][a-z]{2}(?:-\d{2,4})?|[A-Z][a-z]{2}-\d{2}|\d{4}-\d{2}-\d{2}(?: 00:00:00)?|"
    r"\d{2}/\d{2}/\d{4})\s*"
)
# Longer values are text, whatever they begin with: they would be looked at for ever, and are not worth remembering.
LONGEST = 200
_SERIAL = re.compile(r"\s*[1-9]\d{4}(?:\.\d+)?\s*")


class Type(Enum):
    """What most values of a column look like."""

    UNKNOWN = 0
    TEXT = 1
    DATE = 2
    TIME = 3
    DIGITS = 4
    RANGE = 5


def type_of(cell: str) -> Type:
    """Return what a filled value looks like by itself."""
    if len(cell) > LONGEST:
        return Type.TEXT
    if DIGITS.fullmatch(cell):
        return Type.DIGITS
    if RANGE.fullmatch(cell):
        return Type.RANGE
    if DATE.fullmatch(cell) or NAMED.fullmatch(cell):
        return Type.DATE
    return Type.TIME if TIME.fullmatch(cell) else Type.TEXT


def fits(type: Type, cell: str) -> bool:
    """Return true where a value may stand in a column of a type, as a blank one may in any."""
    if not cell.strip():
        return True
    if type is Type.TIME and len(cell) <= LONGEST:
        return bool(TIME.fullmatch(cell) or BARE_TIME.fullmatch(cell) or cell.strip() in ("0", "00"))
    return type_of(cell) is type or (type is Type.DATE and is_serial(cell))


def is_serial(cell: str) -> bool:
    """Return true for the days from 1982 to 2064 as Excel numbers them."""
    return bool(_SERIAL.fullmatch(cell)) and 30_000 <= float(cell) < 60_000
