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


def by_measure_and_victim(current: ir.Table, series: Series) -> ir.Table:
    """Return victims by force, book, month of the assault, measure and role: `victims`."""
    dated = between(current, current.occurred_on, series)
    return worked_out(
        dated.group_by(
            "force_id",
            "book",
            month_from=month_of(dated.occurred_on),
            measure=dated.measure.fill_null(UNDECIDED),
            victim_type=dated.victim_type.fill_null(NOT_RECORDED),
        ).agg(victims=dated.count())
    )


def by_hour(current: ir.Table, series: Series) -> ir.Table:
    """Return victims by force, book, month, weekday and hour of the assault: `victims`."""
    dated = between(current, current.occurred_on, series)
    counted = dated.group_by("force_id", "book", "occurred_on", clock=dated.occurred_time.hour()).agg(
        victims=dated.count()
    )
    return worked_out(
        counted.group_by(
            "force_id",
            "book",
            month_from=month_of(counted.occurred_on),
            weekday=weekday_of(counted.occurred_on),
            hour=counted.clock.cast("string").lpad(2, "0").fill_null(NOT_RECORDED),
        ).agg(victims=counted.victims.sum())
    )


def by_outcome(current: ir.Table, series: Series) -> ir.Table:
    """Return crimes by force, month recorded and outcome: `offences`. Where no day of recording is given, the
    day of the assault stands in."""
    crimes = current.filter(current.book == "crime").mutate(
        recorded=lambda record: ibis.coalesce(record.recorded_on, record.occurred_on)
    )
    dated = between(crimes, crimes.recorded, series)
    return worked_out(
        dated.group_by(
            "force_id",
            "book",
            month_from=month_of(dated.recorded),
            outcome_type=dated.outcome_type.fill_null(NOT_RECORDED),
        ).agg(offences=dated.count())
    )


def profile(current: ir.Table, series: Series) -> ir.Table:
    """Return one row a force, book and month of the assault: `records`, how many have each given field
    (`has_<field>`), and the counts the campaign's measures are made of."""
    dated = between(current, current.occurred_on, series)
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
    campaign = (dated.duty_status == "on_duty") & dated.victim_type.isin(POLICE_PERSONNEL)
    timed = campaign & dated.occurred_time.notnull()
    with_outcome = campaign & dated.outcome_type.notnull() & dated.outcome_type.notin(NO_OUTCOME)
    counted = {
        "offences": campaign,
        "with_injury": campaign & dated.injury.isin(INJURED),
        "injury_known": campaign & dated.injury.notnull(),
        "police_officers": campaign & (dated.victim_type == "police_officer"),
        "with_outcome": with_outcome,
        "charged": with_outcome & dated.outcome_type.isin(CHARGED),
        "timed": timed,
        "weekend_night": timed
        & weekday_of(dated.occurred_on).isin(WEEKEND)
        & (dated.occurred_time.hour() < NIGHT_ENDS),
    }
    return {name: condition.sum().fill_null(0) for name, condition in counted.items()}
