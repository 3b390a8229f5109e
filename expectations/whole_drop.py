"""Rules of a drop by itself: its period, its force, its units, its dates and times; functions of its profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from expectations.answers import Answer, Found, could_not_run, does_not_apply, per_cent, ran
from expectations.history import NO_PERIOD, NO_RECORDS
from expectations.profile import Profile, recent
from schemas.table import words
from schemas.whole_drop import (
    ANOTHER_FORCE,
    DATES_LOST,
    LARGE_DROP_RECORDS,
    LEAST_MONTH_FIRST,
    MONTH_FIRST,
    MONTH_FIRST_PERCENT,
    ONE_VALUE,
    TIMES_LOST,
    UNITS,
    WRONG_PERIOD,
)

LEAST_VALUES = 10
LEAST_OF_FORCE = 5


def wrong_period(drop: Profile) -> Answer:
    """Return whether most dated records lie outside the period that is stated."""
    if not drop.is_stated:
        return could_not_run(WRONG_PERIOD, NO_PERIOD)
    dated, outside = drop.filled.get("occurred_on", 0), drop.mark("occurred_on", "outside_period")
    found = []
    if 2 * outside > dated:
        found = [
            Found(
                "occurred_on",
                f"This looks like the file of another period: {outside:,} of {dated:,} dates lie outside {drop.begins} to "
                f"{drop.ends}, which its name states.",
            )
        ]
    return ran(WRONG_PERIOD, dated, found, NO_RECORDS)


def another_force(drop: Profile, names_force: bool) -> Answer:
    """Return whether the whole drop names another force; `names_force` is whether a column says whose rows they are."""
    if not names_force:
        return does_not_apply(ANOTHER_FORCE, "No column of this export names the force.")
    others = drop.mark("force_id", "another_force")
    found = []
    if drop.records >= LEAST_OF_FORCE and others * 10 >= drop.records * 9:
        found = [
            Found(
                "force_id",
                f"This looks like another force's file: {others:,} of {drop.records:,} records name another force than "
                "this, or none.",
            )
        ]
    return ran(ANOTHER_FORCE, drop.records, found, NO_RECORDS)


def units(drop: Profile, earlier: Sequence[Profile]) -> Answer:
    """Return the numbers that look as if they were in another unit."""
    looked_at, found = 0, []
    for name, look in (("days_lost", hours), ("length_of_service_years", months), ("age_band", years)):
        if drop.mark(name, "values") >= LEAST_VALUES:
            looked_at += 1
            said = look(drop, [*recent(earlier, drop.begins)])
            found += [Found(name, said)] if said else []
    return ran(UNITS, looked_at, found, f"No number or age stands on {LEAST_VALUES} records.")


def hours(drop: Profile, before: Sequence[Profile]) -> str:
    """Return why days lost look like hours, or nothing."""
    values, shifts = drop.mark("days_lost", "values"), drop.mark("days_lost", "shifts")
    if shifts * 10 >= values * 9:
        return (
            f"{shifts:,} of {values:,} days lost above nought are 7.5, 8 or a multiple: they look like hours."
        )
    median = drop.mark("days_lost", "median")
    medians = sorted(
        profile.mark("days_lost", "median")
        for profile in before
        if profile.mark("days_lost", "values") >= LEAST_VALUES
    )
    if medians and median >= 5 * max(1, medians[len(medians) // 2]):
        usual = medians[len(medians) // 2]
        return f"The middle one of {values:,} days lost above nought is {median:,}, where {usual:,} was usual before."
    return ""


def months(drop: Profile, before: Sequence[Profile]) -> str:
    """Return why lengths of service look like months, or nothing."""
    values, long = (
        drop.mark("length_of_service_years", "values"),
        drop.mark("length_of_service_years", "above_45"),
    )
    return (
        f"{long:,} of {values:,} lengths of service are above 45: they look like months."
        if long * 4 >= values
        else ""
    )


def years(drop: Profile, before: Sequence[Profile]) -> str:
    """Return why ages look like years of birth, or nothing."""
    values, born = drop.mark("age_band", "values"), drop.mark("age_band", "years")
    return f"{born:,} of {values:,} ages look like years of birth." if born * 5 >= values else ""


def dates_lost(drop: Profile) -> Answer:
    """Return whether nearly every date is the first of a month."""
    dated, firsts = drop.mark("occurred_on", "values"), drop.mark("occurred_on", "first_of_month")
    if 0 < dated < LEAST_VALUES:
        return could_not_run(DATES_LOST, f"Fewer than {LEAST_VALUES} records are dated ({dated}).")
    found = []
    if dated and firsts * 100 >= dated * 95:
        found = [Found("occurred_on", f"{firsts:,} of {dated:,} dates are the first of a month.")]
    return ran(DATES_LOST, dated, found, NO_RECORDS)


def month_first(only: Mapping[str, int], rows: int) -> Answer:
    """Return the dates that look month-first: `only` is how many rows can be read no other way, by field.

    It has no field of which a row can only be read day first.
    """
    found = [
        Found(
            name,
            f"The dates of this file look month-first: {count:,} of {rows:,} rows cannot be read day-first and all can "
            "month-first. Until that is settled the other rows may be in wrong months.",
        )
        for name, count in only.items()
        if count >= LEAST_MONTH_FIRST and count * 100 >= rows * MONTH_FIRST_PERCENT
    ]
    return ran(MONTH_FIRST, rows, found, NO_RECORDS)


def times_lost(drop: Profile) -> Answer:
    """Return whether most times are 00:00."""
    timed, midnight = drop.mark("occurred_time", "values"), drop.mark("occurred_time", "midnight")
    if 0 < timed < LEAST_VALUES:
        return could_not_run(TIMES_LOST, f"Fewer than {LEAST_VALUES} records have a time ({timed}).")
    found = []
    if 2 * midnight > timed:
        found = [Found("occurred_time", f"{midnight:,} of {timed:,} times are 00:00.")]
    return ran(TIMES_LOST, timed, found, "No record has a time.")


def one_value(drop: Profile, constant: Sequence[str] = ()) -> Answer:
    """Return the coded fields that say the same on every record; `constant` are those that a force's file fills alike."""
    judged, found = 0, []
    for name, codes in drop.codes.items():
        filled = sum(codes.values())
        if filled < LARGE_DROP_RECORDS or name in constant:
            continue
        judged += 1
        used = [code for code, count in codes.items() if count]
        if len(used) == 1:
            share = per_cent(filled, drop.records)
            found.append(
                Found(
                    name,
                    f"All {filled:,} records with {words(name)} ({share} of the drop) say {words(used[0])}.",
                )
            )
    nothing = f"No coded field stands on {LARGE_DROP_RECORDS} records."
    return ran(ONE_VALUE, judged, found, nothing)
