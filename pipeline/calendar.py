"""The days of a month's collection, each force by the bank holidays of its own nation."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import cast, get_args

from pipeline.period import add_months, month_end
from schemas.calendar import FINAL, NATIONS, OPENS, PROVISIONAL, RELEASE, Nation, Step
from schemas.register import read_register

# What the `holidays` library calls the parts of the United Kingdom.
_PARTS: dict[Nation, str] = {"england_and_wales": "ENG", "scotland": "SCT", "northern_ireland": "NIR"}
EVERY_NATION: tuple[Nation, ...] = get_args(Nation)

# The bank holidays of these years, made by `write_table`.
TABLE = Path(__file__).with_name("bank_holidays.csv")
YEARS = range(2015, 2036)


@dataclass(frozen=True)
class Round:
    """The days of one month's collection for a force; the release is the same day for all."""

    month: date
    opens: date
    provisional: date
    final: date
    release: date


def collection_of(month: date, force_id: str) -> Round:
    """Return the days on which a month, named by any of its days, is collected from a force."""
    nations = (nation_of(force_id),)
    return Round(
        month=month.replace(day=1),
        opens=day_of(OPENS, month, nations),
        provisional=day_of(PROVISIONAL, month, nations),
        final=day_of(FINAL, month, nations),
        release=release_day(month),
    )


def release_day(month: date) -> date:
    """Return the day on which the release of a month, named by any of its days, is published."""
    return day_of(RELEASE, month, EVERY_NATION)


def release_from(day: date) -> date:
    """Return the first day on or after some day on which a release is published."""
    month = add_months(day, -2)
    while (found := release_day(month)) < day:
        month = add_months(month, 1)
    return found


def next_collection(period_to: date, force_id: str, on: date) -> Round:
    """Return the collection that what is sent on a day can still be in: that of the period's last month, or a later."""
    month = period_to.replace(day=1)
    # Nothing sent in a month is late for the collection of the month before it by more than a month.
    month = max(month, add_months(on, -2))
    while (found := collection_of(month, force_id)).final < on:
        month = add_months(month, 1)
    return found


def day_of(step: Step, month: date, nations: Collection[Nation]) -> date:
    """Return the day of a step: the so-manieth day after a month's end on which all of some nations work."""
    day, left = month_end(month), step.working_day
    while left:
        day += timedelta(days=1)
        left -= all(is_working_day(day, nation) for nation in nations)
    return day


def is_working_day(day: date, nation: Nation) -> bool:
    """Return whether a day is neither at a weekend nor a bank holiday of a nation."""
    return day.weekday() < 5 and day not in bank_holidays(nation, day.year)


@cache
def bank_holidays(nation: Nation, year: int) -> frozenset[date]:
    """Return the bank holidays of a nation in a year: from our table, or from the library for a year it lacks."""
    known = _table()
    return known[nation, year] if (nation, year) in known else looked_up(nation, year)


@cache
def _table() -> dict[tuple[Nation, int], frozenset[date]]:
    days: dict[tuple[Nation, int], set[date]] = {}
    with TABLE.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            day = date.fromisoformat(line["day"])
            days.setdefault((cast(Nation, line["nation"]), day.year), set()).add(day)
    return {key: frozenset(known) for key, known in days.items()}


def looked_up(nation: Nation, year: int) -> frozenset[date]:
    """Return the bank holidays of a nation in a year as the library has them."""
    # To load it takes as long as to judge a drop; hence the table.
    from holidays import country_holidays

    return frozenset(country_holidays("GB", subdiv=_PARTS[nation], years=year))


def write_table() -> None:
    """Write the table of bank holidays anew: `python -m pipeline.calendar`, where one has been proclaimed."""
    with TABLE.open("w", encoding="utf-8", newline="") as lines:
        written = csv.writer(lines, lineterminator="\n")
        written.writerow(("nation", "day"))
        for nation in EVERY_NATION:
            written.writerows((nation, day) for year in YEARS for day in sorted(looked_up(nation, year)))


@cache
def nation_of(force_id: str) -> Nation:
    """Return whose bank holidays a force keeps; a force the register does not know keeps those of England and Wales."""
    entry = read_register().get(force_id)
    return NATIONS[entry.nation] if entry else "england_and_wales"


if __name__ == "__main__":
    write_table()
