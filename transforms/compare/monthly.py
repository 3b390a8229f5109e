"""The only scans of the records: counts by month, small enough to be worked out once and kept."""

from __future__ import annotations

from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.assault import ASSAULT
from schemas.codes import CHARGED, INJURED, NO_OUTCOME, POLICE_PERSONNEL
from schemas.national import NOT_RECORDED, UNDECIDED
from transforms.compare.periods import Series

WEEKEND = (6, 7)
NIGHT_ENDS = 6


def worked_out(table: ir.Table) -> ir.Table:
    """Return a small table computed now, so that everything built on it shares the one computation."""
    return ibis.memtable(table.to_pyarrow())


def month_of(day: ir.DateValue) -> ir.DateValue:
    """Return the first day of a date's month."""
    return cast(ir.DateValue, day.truncate("M").cast("date"))


def weekday_of(day: ir.DateValue) -> ir.IntegerValue:
    """Return 1 for Monday to 7 for Sunday."""
    return cast(ir.IntegerValue, (day.day_of_week.index() + 1).cast("int64"))


def between(records: ir.Table, day: ir.DateValue, series: Series) -> ir.Table:
    """Return the records whose day lies in the series."""
    return records.filter(day >= series.first, day <= series.ends_on)


def assaulted(current: ir.Table, series: Series) -> ir.Table:
    """Return the records of assaults in the series."""
    return between(current, current.occurred_on, series)


def measure_and_victim(dated: ir.Table) -> dict[str, ir.Value]:
    """Return the month of the assault, the measure and the role that a record counts under."""
    return {
        "month_from": month_of(dated.occurred_on),
        "measure": dated.measure.fill_null(UNDECIDED),
        "victim_type": dated.victim_type.fill_null(NOT_RECORDED),
    }


def by_measure_and_victim(current: ir.Table, series: Series) -> ir.Table:
    """Return victims by force, book, month of the assault, measure and role: `victims`."""
    dated = assaulted(current, series)
    return worked_out(
        dated.group_by("force_id", "book", **measure_and_victim(dated)).agg(victims=dated.count())
    )


def hour_of_week(day: ir.DateValue, clock: ir.IntegerValue) -> dict[str, ir.Value]:
    """Return the month, the day of the week and the hour that a record counts under."""
    return {
        "month_from": month_of(day),
        "weekday": weekday_of(day),
        "hour": clock.cast("string").lpad(2, "0").fill_null(NOT_RECORDED),
    }


def by_hour(current: ir.Table, series: Series) -> ir.Table:
    """Return victims by force, book, month, weekday and hour of the assault: `victims`."""
    dated = assaulted(current, series)
    counted = dated.group_by("force_id", "book", "occurred_on", clock=dated.occurred_time.hour()).agg(
        victims=dated.count()
    )
    hours = hour_of_week(counted.occurred_on, counted.clock)
    return worked_out(counted.group_by("force_id", "book", **hours).agg(victims=counted.victims.sum()))


def recorded(current: ir.Table, series: Series) -> ir.Table:
    """Return the crimes recorded in the series, with the day as `recorded`. Where none is given, the day of the
    assault stands in."""
    crimes = current.filter(current.book == "crime").mutate(
        recorded=lambda record: ibis.coalesce(record.recorded_on, record.occurred_on)
    )
    return between(crimes, crimes.recorded, series)


def outcome(dated: ir.Table) -> dict[str, ir.Value]:
    """Return the month recorded and the outcome that a crime counts under."""
    return {
        "month_from": month_of(dated.recorded),
        "outcome_type": dated.outcome_type.fill_null(NOT_RECORDED),
    }


def by_outcome(current: ir.Table, series: Series) -> ir.Table:
    """Return crimes by force, month recorded and outcome: `offences`."""
    dated = recorded(current, series)
    return worked_out(dated.group_by("force_id", "book", **outcome(dated)).agg(offences=dated.count()))


def profile(current: ir.Table, series: Series) -> ir.Table:
    """Return one row a force, book and month of the assault: `records`, how many have each given field
    (`has_<field>`), and the counts the campaign's measures are made of."""
    dated = assaulted(current, series)
    return worked_out(
        dated.group_by("force_id", "book", month_from=month_of(dated.occurred_on)).agg(
            records=dated.count(),
            described=(dated.victim_type.notnull() & dated.duty_status.notnull()).sum(),
            **{f"has_{name}": dated[name].count() for name in given_fields()},
            **campaign_counts(dated),
        )
    )


def given_fields() -> tuple[str, ...]:
    return tuple(field.name for field in ASSAULT.given)


def campaign_counts(dated: ir.Table) -> dict[str, ir.IntegerScalar]:
    """Return the sums over offences against on-duty police personnel, by name; the books are kept apart by
    the grouping, and only the crime book's sums are published."""
    return {name: counts.sum().fill_null(0) for name, counts in campaign(dated).items()}


def campaign(dated: ir.Table) -> dict[str, ir.BooleanValue]:
    """Return which of the campaign's counts a record counts in, by name."""
    offences = (dated.duty_status == "on_duty") & dated.victim_type.isin(POLICE_PERSONNEL)
    timed = offences & dated.occurred_time.notnull()
    with_outcome = offences & dated.outcome_type.notnull() & dated.outcome_type.notin(NO_OUTCOME)
    return {
        "offences": offences,
        "with_injury": offences & dated.injury.isin(INJURED),
        "injury_known": offences & dated.injury.notnull(),
        "police_officers": offences & (dated.victim_type == "police_officer"),
        "with_outcome": with_outcome,
        "charged": with_outcome & dated.outcome_type.isin(CHARGED),
        "timed": timed,
        "weekend_night": timed
        & weekday_of(dated.occurred_on).isin(WEEKEND)
        & (dated.occurred_time.hour() < NIGHT_ENDS),
    }
