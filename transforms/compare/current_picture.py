"""The campaign's measures, for every force and nationally."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import ibis
import ibis.expr.types as ir

from schemas.national import CAMPAIGN_UNITS, CURRENT_PICTURE, NATIONAL
from transforms.compare.monthly import worked_out
from transforms.compare.officers import exact_sum
from transforms.compare.periods import Series, calendar, series_months
from transforms.compare.tabulate import PERIOD, as_declared

COUNTS = (
    "offences",
    "with_injury",
    "injury_known",
    "police_officers",
    "with_outcome",
    "charged",
    "timed",
    "weekend_night",
)
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True)
class Measure:
    """One of the campaign's measures: what is divided by what, and where the force sent what it needs."""

    name: str
    numerator: ir.NumericValue
    denominator: ir.NumericValue
    known: ir.BooleanValue
    months: ir.IntegerValue


def current_picture(profile: ir.Table, coverage: ir.Table, officers: ir.Table, series: Series) -> ir.Table:
    """Return the campaign's measures over every period; `profile` has the monthly counts, `officers` the
    denominators by `force_id` and `ends_on`."""
    months = months_of_crime(profile, coverage, series)
    periods = calendar(series, "quarter", "year_ending_march", "series")
    forces = worked_out(periods_of_forces(months, officers, periods))
    each = worked_out(reduce(ir.Table.union, measured(forces)))
    both = each.union(nation(each, days_of_nation(months, periods)).select(each.columns))
    return as_declared(valued(both), CURRENT_PICTURE)


def months_of_crime(profile: ir.Table, coverage: ir.Table, series: Series) -> ir.Table:
    """Return one row a force and month of the crime book with its counts and those of a year before.

    `counted` is true where the month has figures and its crimes say who the victims were; `like` where the
    same month a year before is counted too.
    """
    year_before = series_months(series).select("month_from", "year_before")
    grid = coverage.filter(coverage.book == "crime").join(year_before, "month_from")
    joined = grid.left_join(profile, ["force_id", "book", "month_from"]).drop(
        "force_id_right", "book_right", "month_from_right"
    )
    filled = joined.mutate(**{name: joined[name].fill_null(0) for name in (*COUNTS, "records", "described")})
    silent = (filled.records > 0) & (filled.described == 0)
    months = worked_out(
        filled.mutate(counted=filled.figures & ~silent).select(
            "force_id", "book", "month_from", "year_before", "counted", "whole", "days_covered", *COUNTS
        )
    )
    before = months.filter(months.counted).select(
        "force_id", year_before=months.month_from, offences_before=months.offences
    )
    paired = months.left_join(before, ["force_id", "year_before"])
    return worked_out(
        paired.mutate(like=paired.counted & paired.offences_before.notnull()).drop(
            "force_id_right", "year_before_right"
        )
    )


def periods_of_forces(months: ir.Table, officers: ir.Table, periods: ir.Table) -> ir.Table:
    """Return one row a force and period: the counts over the months counted, and the officers at its end."""
    dated = months.join(periods, "month_from")
    counted, like = dated.counted, dated.like
    summed = dated.group_by("force_id", "book", *PERIOD, "ends_on", months_expected=dated.months).agg(
        months_included=counted.sum(),
        whole=(dated.whole | ~counted).all(),
        days=dated.days_covered.sum(where=counted).fill_null(0),
        like_months=like.sum(),
        like_offences=dated.offences.sum(where=like).fill_null(0),
        like_offences_before=dated.offences_before.sum(where=like).fill_null(0),
        **{name: dated[name].sum(where=counted).fill_null(0) for name in COUNTS},
    )
    return summed.left_join(officers, ["force_id", "ends_on"]).drop("force_id_right", "ends_on_right")


def measured(forces: ir.Table) -> Iterator[ir.Table]:
    """Return one row a force and period for each measure, `numerator` and `denominator` side by side."""
    for measure in measures(forces):
        included = (measure.months > 0) & measure.known
        yield forces.select(
            "force_id",
            "book",
            *PERIOD,
            "months_expected",
            "whole",
            measure=ibis.literal(measure.name),
            numerator=included.ifelse(measure.numerator.cast("float64"), ibis.null("float64")),
            denominator=included.ifelse(measure.denominator.cast("float64"), ibis.null("float64")),
            forces_included=included.cast("int64"),
            forces_expected=ibis.literal(1, "int64"),
            months_included=included.ifelse(measure.months, 0),
        )


def measures(of: ir.Table) -> tuple[Measure, ...]:
    """Return the measures in their published order.

    A share of nothing is known where there was no offence at all; where there were offences and none says,
    the force did not send what the measure needs.
    """
    none, months = of.offences == 0, of.months_included
    alone = ibis.null("float64")
    always = ibis.literal(True)
    has_officers = (of.officers > 0).fill_null(False)
    has_before = of.period_type != "series"
    return (
        Measure("offences", of.offences, alone, always, months),
        Measure("offences_with_injury", of.with_injury, alone, none | (of.injury_known > 0), months),
        Measure("offences_per_day", of.offences, of.days, always, months),
        Measure("minutes_between_offences", of.days * MINUTES_A_DAY, of.offences, always, months),
        Measure("officers_per_offence", of.officers, of.offences, has_officers, months),
        Measure("share_victims_police_officers", of.police_officers, of.offences, always, months),
        Measure("share_charged", of.charged, of.with_outcome, none | (of.with_outcome > 0), months),
        Measure(
            "change_on_year_percent", of.like_offences, of.like_offences_before, has_before, of.like_months
        ),
        Measure("weekend_night_share", of.weekend_night, of.timed, none | (of.timed > 0), months),
    )


def days_of_nation(months: ir.Table, periods: ir.Table) -> ir.Table:
    """Return the days of each period on which any force is counted: those the nation's offences fall on."""
    by_month = months.filter(months.counted).group_by("month_from").agg(days=months.days_covered.max())
    dated = by_month.join(periods, "month_from")
    return dated.group_by(*PERIOD).agg(days=dated.days.sum())


def nation(each: ir.Table, days: ir.Table) -> ir.Table:
    """Return each measure over the forces it is known for, both parts of the quotient added up.

    Days are the nation's, not the sum of every force's.
    """
    known = each.forces_included > 0
    summed = each.group_by("book", *PERIOD, "measure").agg(
        numerator=exact_sum(each.numerator, known),
        denominator=exact_sum(each.denominator, known),
        whole=each.whole.all(),
        forces_included=each.forces_included.sum(),
        forces_expected=each.forces_expected.sum(),
        months_included=each.months_included.sum(),
        months_expected=each.months_expected.sum(),
    )
    dated = summed.left_join(days, list(PERIOD)).drop(*(f"{name}_right" for name in PERIOD))
    total_days = dated.days.cast("float64")
    return dated.mutate(
        force_id=ibis.literal(NATIONAL),
        numerator=(dated.measure == "minutes_between_offences").ifelse(
            total_days * MINUTES_A_DAY, dated.numerator
        ),
        denominator=(dated.measure == "offences_per_day").ifelse(total_days, dated.denominator),
    )


def valued(rows: ir.Table) -> ir.Table:
    """Return the rows with `value`, `unit` and `value_status`."""
    included = rows.forces_included > 0
    alone = rows.measure.isin(["offences", "offences_with_injury"])
    change = rows.measure == "change_on_year_percent"
    quotient = rows.numerator / rows.denominator.nullif(0)
    nothing_before = change & (rows.period_type == "series")
    units = [(rows.measure == measure, unit) for measure, unit in CAMPAIGN_UNITS.items()]
    return rows.mutate(
        value=ibis.cases((alone, rows.numerator), (change, (quotient - 1) * 100), else_=quotient),
        unit=ibis.cases(*units),
        value_status=ibis.cases(
            (nothing_before, "z"),
            (~included, "x"),
            (~alone & (rows.denominator == 0), "z"),
            ((rows.months_included < rows.months_expected) | ~rows.whole, "p"),
            else_=ibis.null("string"),
        ),
    )
