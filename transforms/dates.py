"""Days and times of day, from the force's writing of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.force import FieldMap
from schemas.mend import EPOCHS
from schemas.moments import BETWEEN, day_formats, midnights, pattern, time_formats
from transforms.functions import read_moment

# Older than any officer's service: a two-digit year read as the year 18 is not a date anybody meant.
EARLIEST = date(1900, 1, 1)

MIDNIGHT = time(0)
SECONDS_A_DAY = 86_400

# A spreadsheet's number of a day from 1927 to 2173, with the part of it that has passed.
DAY_NUMBER = r"^[1-9]\d{4}(\.\d+)?$"
# The part of a day alone, or with its day: a day without a part says no time.
PART_OF_DAY = r"^(0|[1-9]\d{4})\.\d+$|^0$"


def read_day(text: ir.StringValue, mapped: FieldMap) -> ir.DateValue:
    """Return the day a text stands for; null where no format fits or the year cannot be meant.

    24:00 is midnight at the end of its day, and so a moment of the next.
    """
    formats = day_formats(mapped)
    written = padded(text, mapped)
    days = [moment(written, formats).date(), after(moment(written, midnights(formats)))]
    if mapped.mend.serial_dates:
        days.append(numbered(text, DAY_NUMBER, mapped.mend.serial_dates).date())
    day = ibis.coalesce(*days)
    return cast(ir.DateValue, ibis.ifelse(day >= EARLIEST, day, ibis.null("date")))


def read_time(text: ir.StringValue, mapped: FieldMap) -> ir.TimeValue:
    """Return the time of day a text stands for; null where no format fits. 24:00 is 00:00, of the next day."""
    formats = time_formats(mapped)
    written = padded(text, mapped)
    late = matches(written, midnights(formats))
    times = [
        moment(written, formats).time(),
        ibis.ifelse(late, ibis.literal(MIDNIGHT), ibis.null("time")),
    ]
    if mapped.mend.serial_dates:
        times.append(whole_time(text, mapped.mend.serial_dates))
    return cast(ir.TimeValue, ibis.coalesce(*times))


def after(moment: ir.TimestampValue) -> ir.DateValue:
    """Return the day after that of a moment."""
    return cast(ir.DateValue, (moment + ibis.interval(days=1)).date())


def moment(text: ir.StringValue, formats: Sequence[str]) -> ir.TimestampValue:
    """Return the moment a text stands for in the first of some formats that fits; null where none does.

    The engine's own parser is laxer than the formats are meant: a text must look like one of them first. Years of two
    digits come first, for the engine takes two digits for four.
    """
    ordered = sorted(formats, key=lambda form: "%Y" in form)
    read = read_moment(british(text, ordered), BETWEEN.join(ordered))
    return cast(ir.TimestampValue, ibis.ifelse(matches(text, ordered), read, ibis.null("timestamp")))


def matches(text: ir.StringValue, formats: Sequence[str]) -> ir.BooleanValue:
    """Return whether a text looks like one of some formats."""
    return british(text, formats).re_search(looks_like(formats))


def looks_like(formats: Sequence[str]) -> str:
    """Return what texts of some formats look like, as one regular expression."""
    return f"(?i)^ *(?:{'|'.join(dict.fromkeys(pattern(form) for form in formats))}) *$"


def british(text: ir.StringValue, formats: Sequence[str]) -> ir.StringValue:
    """Return a text with Sept as Sep and a.m. as am, which parsers know."""
    said = "".join(formats)
    if "%b" in said:
        text = text.re_replace(r"(?i)\bsept\b", "Sep")
    if "%p" in said:
        text = text.re_replace(r"\.(?i:m)\.?$", "m")
    return text


def padded(text: ir.StringValue, mapped: FieldMap) -> ir.StringValue:
    """Return a text of digits with the leading noughts it had, where the force's file says how many digits it had."""
    digits = mapped.mend.leading_zeros
    if digits is None:
        return text
    return cast(ir.StringValue, ibis.ifelse(text.re_search(short_of(digits)), text.lpad(digits, "0"), text))


def short_of(digits: int) -> str:
    """Return what a number looks like that has fewer digits than it should."""
    return rf"^\d{{1,{digits - 1}}}$"


def numbered(text: ir.StringValue, shape: str, system: str) -> ir.TimestampValue:
    """Return the moment of a spreadsheet's day number, to the second."""
    begun = ibis.literal(datetime.combine(EPOCHS[system], MIDNIGHT))
    seconds = seconds_of(text)
    found = begun + seconds.as_interval("s")
    return cast(ir.TimestampValue, ibis.ifelse(text.re_search(shape), found, ibis.null("timestamp")))


def whole_time(text: ir.StringValue, system: str) -> ir.TimeValue:
    """Return the time of day of a day number whose part of the day was not cut short.

    Five decimals keep the second. With fewer the part is whole only where it is that of a full minute, as 0.5 is.
    """
    kept = text.re_search(r"\.\d{5}") | (seconds_of(text) % 60 == 0)
    return cast(
        ir.TimeValue, ibis.ifelse(kept, numbered(text, PART_OF_DAY, system).time(), ibis.null("time"))
    )


def seconds_of(text: ir.StringValue) -> ir.IntegerValue:
    """Return a day number in whole seconds; null where the text is no number."""
    return cast(ir.IntegerValue, (text.try_cast("float64") * SECONDS_A_DAY).round().try_cast("int64"))
