"""From a figure back to its records: how each national table looks at one, by the expressions it is counted with.

Nothing here says a second time what counts where: the day, the groups and the conditions are those of the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_
from typing import Any, Literal

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from schemas import national
from schemas.table import Table
from transforms.compare.current_picture import COUNTS, measures
from transforms.compare.monthly import (
    assaulted,
    campaign,
    hour_of_week,
    measure_and_victim,
    month_of,
    outcome,
    recorded,
)
from transforms.compare.outcomes import has_outcome, is_charged
from transforms.compare.periods import Series, later, periods
from transforms.compare.rates import CLASSES
from transforms.compare.tabulate import PERIOD

# The months of a period a part is counted over: every one; those that have figures; of these the ones whose crimes say
# who the victims were; of these the ones that have a like month a year before; and those months a year before.
Months = Literal["every", "figures", "counted", "like", "before"]

Cell = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A column of a cell that counts records: which of them, and of which months."""

    column: str
    counts: ir.BooleanValue
    months: Months = "figures"


@dataclass(frozen=True)
class Traced:
    """How a national table looks at a record: on which day, under what it groups it, and in which part of a cell."""

    table: Table
    dated: Callable[[ir.Table, Series], ir.Table]
    under: Callable[[ir.Table], dict[str, ir.Value]]
    parts: Callable[[ir.Table, Cell], tuple[Part, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the columns that tell the cells of one force, book and period apart."""
        return tuple(name for name in self.table.key if name not in ("force_id", "book", *PERIOD))

    def seen(self, records: ir.Table, series: Series) -> ir.Table:
        """Return the records of the series with `month_from` and whatever else the table groups them under."""
        dated = self.dated(records, series)
        return dated.mutate(**self.under(dated))


def month_alone(dated: ir.Table) -> dict[str, ir.Value]:
    return {"month_from": month_of(dated.occurred_on)}


def hour(dated: ir.Table) -> dict[str, ir.Value]:
    return hour_of_week(dated.occurred_on, dated.occurred_time.hour())


def same(*names: str) -> Callable[[ir.Table, Cell], tuple[Part, ...]]:
    """Return the part of a table whose value counts the records that are grouped under the cell's own codes."""

    def parts(seen: ir.Table, cell: Cell) -> tuple[Part, ...]:
        return (Part("value", reduce(and_, [seen[name] == cell[name] for name in names])),)

    return parts


def of_coverage(seen: ir.Table, cell: Cell) -> tuple[Part, ...]:
    return (Part("accepted", ibis.literal(True), "every"),)


def of_outcomes(seen: ir.Table, cell: Cell) -> tuple[Part, ...]:
    if cell["statistic"] == "share_charged":
        return (
            Part("numerator", is_charged(seen.outcome_type)),
            Part("denominator", has_outcome(seen.outcome_type)),
        )
    return (Part("numerator", seen.outcome_type == cell["outcome_type"]),)


def of_rates(seen: ir.Table, cell: Cell) -> tuple[Part, ...]:
    official = cell["measure"] == national.CONSTABLE_ASSAULTS
    return (Part("numerator", seen.measure.isin(CLASSES) if official else seen.measure == cell["measure"]),)


def of_completeness(seen: ir.Table, cell: Cell) -> tuple[Part, ...]:
    return (Part("numerator", seen[cell["field"]].notnull()), Part("denominator", ibis.literal(True)))


def of_picture(seen: ir.Table, cell: Cell) -> tuple[Part, ...]:
    """Return what a measure of the campaign divides, as far as it counts records: days and officers are none."""
    (measure,) = [each for each in measures(SUMS) if each.name == cell["measure"]]
    conditions = campaign(seen)
    found = []
    for column, number in (("numerator", measure.numerator), ("denominator", measure.denominator)):
        for name in sorted({field.name for field in number.op().find(ops.Field)}):
            if name in COUNTED:
                count, months = COUNTED[name]
                found.append(Part(column, conditions[count], months))
    return tuple(found)


# The sums the campaign's measures are made of that count records: the count, and over which months.
COUNTED: dict[str, tuple[str, Months]] = {
    **{name: (name, "counted") for name in COUNTS},
    "like_offences": ("offences", "like"),
    "like_offences_before": ("offences", "before"),
}
SUMS = ibis.table(
    {
        **dict.fromkeys([*COUNTED, "days", "months_included", "like_months"], "int64"),
        "officers": "float64",
        "period_type": "string",
    },
    name="sums",
)

TRACED = {
    each.table.name: each
    for each in (
        Traced(national.COVERAGE_TABLE, assaulted, month_alone, of_coverage),
        Traced(national.ASSAULTS_BY_FORCE, assaulted, measure_and_victim, same("measure")),
        Traced(national.VICTIMS_BY_TYPE, assaulted, measure_and_victim, same("victim_type")),
        Traced(national.TIME_OF_WEEK, assaulted, hour, same("weekday", "hour")),
        Traced(national.OUTCOMES, recorded, outcome, of_outcomes),
        Traced(national.RATES_PER_1000_OFFICERS, assaulted, measure_and_victim, of_rates),
        Traced(national.CURRENT_PICTURE, assaulted, month_alone, of_picture),
        Traced(national.COMPLETENESS, assaulted, month_alone, of_completeness),
    )
}


def months_of(series: Series) -> dict[tuple[str, str], frozenset[date]]:
    """Return the first days of the months of each period in a series, by its type and label."""
    found: dict[tuple[str, str], set[date]] = {}
    for row in periods(series):
        month = row["month_from"]
        assert isinstance(month, date)
        found.setdefault((str(row["period_type"]), str(row["period"])), set()).add(month)
    return {period: frozenset(months) for period, months in found.items()}


def year_before(months: frozenset[date]) -> frozenset[date]:
    """Return the same months a year before."""
    return frozenset(later(month, -12) for month in months)
