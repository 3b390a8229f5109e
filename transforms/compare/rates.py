"""Assaults on constables for every 1,000 officers, with the interval chance alone would give."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.stats import chi2

from schemas.national import (
    CONSTABLE_ASSAULTS,
    NATIONAL,
    POLICE_OFFICER_FTE,
    RATE_MEASURE,
    RATES_PER_1000_OFFICERS,
)
from transforms.compare.counts import break_marked
from transforms.compare.monthly import worked_out
from transforms.compare.officers import exact_sum
from transforms.compare.periods import Series, calendar
from transforms.compare.tabulate import PERIOD, as_declared, by_force, by_period, grid, reach, status_of

CLASSES = ("constable_with_injury", "constable_without_injury")


def rates_per_1000_officers(
    counts: ir.Table, coverage: ir.Table, officers: ir.Table, series: Series
) -> ir.Table:
    """Return each force's and the national rate over every period; `officers` has the denominators by
    `force_id` and `ends_on`."""
    crime = coverage.filter(coverage.book == "crime")
    periods = calendar(series, "month", "quarter", "year_ending_march")
    classed = counts.filter(counts.measure.isin(CLASSES)).select(
        "force_id", "book", "month_from", "measure", "victims"
    )
    official = classed.mutate(measure=ibis.literal(CONSTABLE_ASSAULTS))
    cells = crime.select("force_id", "book").distinct().cross_join(grid("measure", RATE_MEASURE))
    reached = reach(crime, periods)
    sums = by_period(classed.union(official), "victims", crime, periods, by=["measure"])
    counted = by_force(cells, sums, reached, by=["measure"])
    ends = periods.select(*PERIOD, "ends_on").distinct()
    dated = counted.join(ends, list(PERIOD)).left_join(officers, ["force_id", "ends_on"])
    forces = worked_out(
        dated.drop("force_id_right", "ends_on_right")
        .mutate(both=lambda row: row.value.notnull() & (row.officers > 0).fill_null(False))
        .mutate(
            forces_included=lambda row: row.both.cast("int64"),
            numerator=lambda row: row.value,
            denominator=lambda row: row.officers,
        )
    )
    both = forces.select(SHOWN).union(nation(forces, reached).select(SHOWN))
    rated = both.mutate(
        value=ibis.ifelse(
            both.forces_included > 0, both.numerator * 1000 / both.denominator, ibis.null("float64")
        ),
        denominator_name=ibis.literal(POLICE_OFFICER_FTE),
    )
    marked = break_marked(
        rated.mutate(value_status=status_of(rated)), periods, ("constable_with_injury", CONSTABLE_ASSAULTS)
    )
    return as_declared(with_interval(marked), RATES_PER_1000_OFFICERS)


SHOWN = (
    "force_id",
    "book",
    *PERIOD,
    "measure",
    "numerator",
    "denominator",
    "denominator_as_at",
    "denominator_source",
    "whole",
    "forces_included",
    "forces_expected",
    "months_included",
    "months_expected",
)


def nation(forces: ir.Table, reached: ir.Table) -> ir.Table:
    """Return the sums over the forces that have both a count and officers."""
    rated = forces.filter(forces.both)
    key = ["book", *PERIOD, "measure"]
    summed = rated.group_by(key).agg(
        numerator=rated.value.sum(),
        denominator=exact_sum(rated.officers),
        denominator_as_at=rated.denominator_as_at.min(),
        whole=rated.whole.all(),
        forces_included=rated.count(),
        months_included=rated.months_included.sum(),
    )
    named = rated.select(*key, "denominator_source").distinct()
    sources = named.group_by(key).agg(
        denominator_source=named.denominator_source.group_concat("; ", order_by=named.denominator_source)
    )
    due = reached.group_by("book", *PERIOD).agg(
        forces_expected=reached.count(), months_expected=reached.months_expected.sum()
    )
    cells = due.cross_join(grid("measure", RATE_MEASURE))
    joined = (
        cells.left_join(summed, key)
        .drop(*(f"{name}_right" for name in key))
        .left_join(sources, key)
        .drop(*(f"{name}_right" for name in key))
    )
    return joined.mutate(
        force_id=ibis.literal(NATIONAL),
        whole=joined.whole.fill_null(True),
        forces_included=joined.forces_included.fill_null(0),
        months_included=joined.months_included.fill_null(0),
    )


def with_interval(rated: ir.Table) -> ir.Table:
    """Return the rates with `lower_95` and `upper_95`, both in the unit of the rate."""
    table = rated.to_pyarrow()
    lower, upper = poisson_interval(table["numerator"].to_numpy())
    per = 1000 / table["denominator"].to_numpy()
    known = table["value"].is_valid()
    for name, bound in (("lower_95", lower), ("upper_95", upper)):
        ends = pa.array(bound * per, mask=~known.to_numpy())
        table = table.append_column(name, ends)
    return ibis.memtable(table)


def poisson_interval(
    counts: npt.NDArray[Any], confidence: float = 0.95
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the ends of the exact interval of Poisson counts (Garwood, Biometrika 28, 1936)."""
    tail = (1 - confidence) / 2
    events = np.asarray(counts, dtype=np.float64)
    lower = np.where(events > 0, chi2.ppf(tail, 2 * events) / 2, 0.0)
    upper = chi2.ppf(1 - tail, 2 * events + 2) / 2
    return lower, upper
