"""The period a file says it covers, and whether its name says that there is nothing to report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from schemas.force import Book

Period = tuple[date, date]

ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}


def stated_period(name: str, book: Book) -> Period | None:
    """Return the first and last day a file's name says it covers, or None where it says none that there is."""
    found = re.search(book.period.pattern, name, re.IGNORECASE) if book.period else None
    if found is None:
        return None
    try:
        return period_of({key: value for key, value in found.groupdict().items() if value}, book)
    except ValueError:
        return None


def period_of(parts: Mapping[str, str], book: Book) -> Period:
    """Return the period that a year, with a month or a quarter or neither, stands for.

    Two digits are a year of this century. Raises ValueError for a month or quarter there is not.
    """
    assert book.period is not None
    year = int(parts["year"]) + (2000 if len(parts["year"]) == 2 else 0)
    if not 2000 <= year <= 2100:
        raise ValueError(parts["year"])
    if "month" in parts:
        first = date(year, int(parts["month"]), 1)
        last_month = int(parts.get("to_month", parts["month"]))
        if last_month < first.month:
            raise ValueError(parts["to_month"])
        return first, month_end(date(year, last_month, 1))
    begins = book.period.year_begins
    if "quarter" in parts:
        word = parts["quarter"].lower().lstrip("q")
        quarter = ORDINALS.get(word) or int(word)
        if not 1 <= quarter <= 4:
            raise ValueError(word)
        first = add_months(date(year, begins, 1), 3 * (quarter - 1))
        return first, month_end(add_months(first, 2))
    first = date(year, begins, 1)
    return first, month_end(add_months(first, 11))


def period_words(period: Period | None) -> str | None:
    """Return a period as its first and last day, '2018-07-01 to 2018-09-30'."""
    return None if period is None else f"{period[0]} to {period[1]}"


def is_nil_name(name: str) -> bool:
    """Return whether a file's name says it is a nil return."""
    return re.search(r"(?<![a-z])nil(?![a-z])", name.lower()) is not None


def add_months(day: date, months: int) -> date:
    """Return the first day of the month some months on."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def month_end(day: date) -> date:
    """Return the last day of a day's month."""
    return add_months(day, 1) - timedelta(days=1)
