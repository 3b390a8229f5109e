"""From current records to the national tables of a release."""

from __future__ import annotations

from datetime import date

import ibis.expr.types as ir

from schemas.national import COVERAGE_TABLE, NATIONAL, TABLES
from schemas.table import Table
from transforms.compare.completeness import completeness
from transforms.compare.counts import assaults_by_force, time_of_week, victims_by_type
from transforms.compare.coverage import coverage
from transforms.compare.current_picture import current_picture
from transforms.compare.monthly import by_hour, by_measure_and_victim, by_outcome, profile
from transforms.compare.officers import officers_at
from transforms.compare.outcomes import outcomes
from transforms.compare.periods import Series, calendar
from transforms.compare.rates import rates_per_1000_officers
from transforms.compare.tabulate import as_declared
from transforms.resolve import resolve

__all__ = ["compare"]

TABLES_BY_NAME = {table.name: table for table in TABLES}


def compare(
    records: ir.Table,
    drops: ir.Table,
    held: ir.Table,
    expected: ir.Table,
    workforce: ir.Table,
    *,
    start: date,
    month: date,
    current: ir.Table | None = None,
    counted: ir.Table | None = None,
) -> dict[str, ir.Table]:
    """Return the national tables by name, each with the columns of `schemas.national`, sorted by its key.

    `records` are the accepted records of every drop; `current` the resolved ones where they are at hand (a
    release reads back its own), else they are resolved here, once for each of four scans. `start` and `month`
    are the first days of the first and last month; what is dated outside is left out. The scans run when this
    is called; what is returned is small and bound to no engine. `counted` are the records that count nationally, where
    two forces have some of one assault: each force's own figures are of all its records all the same. Raises ValueError where `start` or `month` is
    not the first day of a month, or they are the wrong way round.
    """
    series = Series(start, month)
    now = resolve(records, drops) if current is None else current
    monthly = profile(now, series)
    accepted = monthly.select("force_id", "book", "month_from", "records")
    covered = coverage(accepted, records, drops, held, expected, series)
    officers = officers_at(workforce, calendar(series))
    tables = figures(now, monthly, covered, officers, series)
    if counted is None:
        return tables
    once = figures(counted, profile(counted, series), covered, officers, series)
    return {name: nation_of(once[name], table, TABLES_BY_NAME[name]) for name, table in tables.items()}


def nation_of(once: ir.Table, table: ir.Table, declared: Table) -> ir.Table:
    """Return a table with the national rows of another."""
    forces = table.filter(table.force_id != NATIONAL)
    return as_declared(forces.union(once.filter(once.force_id == NATIONAL)), declared)


def figures(
    now: ir.Table, monthly: ir.Table, covered: ir.Table, officers: ir.Table, series: Series
) -> dict[str, ir.Table]:
    """Return the national tables of records, their monthly profile and what came."""
    by_class = by_measure_and_victim(now, series)
    return {
        "coverage": as_declared(covered, COVERAGE_TABLE),
        "assaults_by_force": assaults_by_force(by_class, covered, series),
        "victims_by_type": victims_by_type(by_class, covered, series),
        "time_of_week": time_of_week(by_hour(now, series), covered, series),
        "outcomes": outcomes(by_outcome(now, series), covered, series),
        "rates_per_1000_officers": rates_per_1000_officers(by_class, covered, officers, series),
        "current_picture": current_picture(monthly, covered, officers, series),
        "completeness": completeness(monthly, covered, series),
    }
