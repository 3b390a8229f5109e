"""The tables that count victims: by measure, by role, by time of the week."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from schemas.codes import MEASURE
from schemas.national import (
    ASSAULTS_BY_FORCE,
    BREAK_IN_SERIES,
    COUNTED_VICTIM,
    HOUR,
    TIME_OF_WEEK,
    UNDECIDED,
    VICTIMS_BY_TYPE,
)
from transforms.compare.periods import Series, calendar
from transforms.compare.tabulate import PERIOD, as_declared, grid, tabulate

CLASSED_SINCE = date.fromisoformat(f"{BREAK_IN_SERIES}-01")


def assaults_by_force(counts: ir.Table, coverage: ir.Table, series: Series) -> ir.Table:
    """Return the victims of each measure; `counts` by force, book, month, measure and victim type."""
    periods = calendar(series, "month", "quarter", "year_ending_march")
    cells = measures_of_pairs(counts, coverage)
    table = tabulate(counts, "victims", cells, coverage, periods, by=["measure"])
    marked = break_marked(undecided_marked(table), periods, ("constable_with_injury",))
    return as_declared(marked, ASSAULTS_BY_FORCE)


def undecided_marked(table: ir.Table) -> ir.Table:
    """Return the table with status u where offences that could not be classed may belong to a measure.

    A zero beside undecided offences is not known to be a zero.
    """
    key = ["force_id", "book", *PERIOD]
    doubt = table.filter((table.measure == UNDECIDED) & (table.value > 0)).select(*key).mutate(doubt=True)
    joined = table.left_join(doubt, key).drop(*(f"{name}_right" for name in key))
    doubtful = (
        joined.doubt.fill_null(False)
        & (joined.book == "crime")
        & (joined.measure != UNDECIDED)
        & joined.value.notnull()
    )
    return joined.mutate(value_status=ibis.ifelse(doubtful, "u", joined.value_status))


def measures_of_pairs(counts: ir.Table, coverage: ir.Table) -> ir.Table:
    """Return the measures a force can have in a book: all in the crime book, elsewhere those it carries.

    A book that carries no offence has no zero of a measure: it does not tell.
    """
    pairs = coverage.select("force_id", "book").distinct()
    every = pairs.cross_join(grid("measure", [*MEASURE, UNDECIDED]))
    told = every.filter((every.book == "crime") | (every.measure == UNDECIDED))
    return told.union(counts.select("force_id", "book", "measure"), distinct=True)


def break_marked(table: ir.Table, periods: ir.Table, measures: tuple[str, ...]) -> ir.Table:
    """Return the table with status b where a crime figure with injury begins before the class existed."""
    begins = periods.select(*PERIOD, "begins_on").distinct()
    dated = table.join(begins, list(PERIOD))
    broken = (
        (dated.book == "crime")
        & dated.measure.isin(measures)
        & (dated.begins_on < CLASSED_SINCE)
        & dated.value.notnull()
    )
    return dated.mutate(value_status=ibis.ifelse(broken, "b", dated.value_status))


def victims_by_type(counts: ir.Table, coverage: ir.Table, series: Series) -> ir.Table:
    """Return the victims of each role; `counts` by force, book, month, measure and victim type."""
    periods = calendar(series, "month", "quarter", "year_ending_march")
    cells = coverage.select("force_id", "book").distinct().cross_join(grid("victim_type", COUNTED_VICTIM))
    return as_declared(
        tabulate(counts, "victims", cells, coverage, periods, by=["victim_type"]), VICTIMS_BY_TYPE
    )


def time_of_week(counts: ir.Table, coverage: ir.Table, series: Series) -> ir.Table:
    """Return the victims of each hour of the week; `counts` by force, book, month, weekday and hour."""
    periods = calendar(series, "quarter", "year_ending_march")
    hours = grid("weekday", range(1, 8)).cross_join(grid("hour", HOUR))
    cells = coverage.select("force_id", "book").distinct().cross_join(hours)
    return as_declared(
        tabulate(counts, "victims", cells, coverage, periods, by=["weekday", "hour"]), TIME_OF_WEEK
    )
