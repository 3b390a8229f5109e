"""From monthly counts to a table: every cell of every period, force by force and nationally."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from schemas.national import NATIONAL
from schemas.table import Table
from transforms.compare.monthly import worked_out

PERIOD = ("period_type", "period")
TYPES = {"string": "string", "integer": "int64", "number": "float64", "date": "date"}


def as_declared(table: ir.Table, declared: Table) -> ir.Table:
    """Return the declared columns in their order and types, sorted by the key."""
    return table.select(
        **{field.name: table[field.name].cast(TYPES[field.type]) for field in declared.fields}
    ).order_by(declared.key)


def grid(name: str, codes: Iterable[str | int]) -> ir.Table:
    """Return a table of one column that holds each code once."""
    return ibis.memtable(pa.table({name: list(codes)}))


def reach(coverage: ir.Table, calendar: ir.Table) -> ir.Table:
    """Return one row a force, book and period: `months_included`, `months_expected`, and `whole`, true where
    every month that is in is in with all its days."""
    months = coverage.select("force_id", "book", "month_from", "figures", "whole")
    joined = months.join(calendar, "month_from")
    return worked_out(
        joined.group_by("force_id", "book", *PERIOD, months_expected=joined.months).agg(
            months_included=joined.figures.sum(),
            whole=(joined.whole | ~joined.figures).all(),
        )
    )


def by_period(
    counts: ir.Table, counted: str, coverage: ir.Table, calendar: ir.Table, by: Sequence[str]
) -> ir.Table:
    """Return the sum of a monthly count over each period, from the months that have figures only."""
    figures = coverage.filter(coverage.figures).select("force_id", "book", "month_from")
    delivered = counts.semi_join(figures, ["force_id", "book", "month_from"])
    dated = delivered.join(calendar.select(*PERIOD, "month_from"), "month_from")
    return dated.group_by("force_id", "book", *PERIOD, *by).agg(value=dated[counted].sum())


def by_force(cells: ir.Table, sums: ir.Table, reached: ir.Table, by: Sequence[str]) -> ir.Table:
    """Return every force's cell in every period: zero where the force delivered and nothing fell in the cell,
    missing where it did not. `cells` has `force_id`, `book` and the columns of `by`."""
    every = reached.join(cells, ["force_id", "book"])
    key = ["force_id", "book", *PERIOD, *by]
    joined = every.left_join(sums, key).drop(*(f"{name}_right" for name in key))
    return joined.mutate(
        value=ibis.ifelse(joined.months_included > 0, joined.value.fill_null(0), ibis.null("int64")),
        forces_included=(joined.months_included > 0).cast("int64"),
        forces_expected=ibis.literal(1, "int64"),
    )


def nationally(forces: ir.Table, reached: ir.Table, by: Sequence[str]) -> ir.Table:
    """Return the sum of the forces that are in, cell by cell, beside how many were expected."""
    due = reached.group_by("book", *PERIOD).agg(due=reached.count(), months_due=reached.months_expected.sum())
    summed = forces.group_by("book", *PERIOD, *by).agg(
        value=forces.value.sum(),
        forces_included=forces.forces_included.sum(),
        months_included=forces.months_included.sum(where=forces.forces_included > 0).fill_null(0),
        whole=forces.whole.all(),
    )
    joined = summed.join(due, ["book", *PERIOD])
    return joined.rename(forces_expected="due", months_expected="months_due").mutate(
        force_id=ibis.literal(NATIONAL)
    )


def status_of(table: ir.Table) -> ir.StringValue:
    """Return x where the value is missing, p where it is not of every month and day, else nothing."""
    return ibis.cases(
        (table.value.isnull(), "x"),
        ((table.months_included < table.months_expected) | ~table.whole, "p"),
        else_=ibis.null("string"),
    )


def tabulate(
    counts: ir.Table, counted: str, cells: ir.Table, coverage: ir.Table, calendar: ir.Table, by: Sequence[str]
) -> ir.Table:
    """Return every force's and the national cells of a monthly count, with status and coverage."""
    reached = reach(coverage, calendar)
    sums = by_period(counts, counted, coverage, calendar, by)
    forces = worked_out(by_force(cells, sums, reached, by))
    shown = ["force_id", "book", *PERIOD, *by, "value", "whole", *COVERAGE]
    both = forces.select(shown).union(nationally(forces, reached, by).select(shown))
    return both.mutate(value_status=status_of(both))


COVERAGE = ("forces_included", "forces_expected", "months_included", "months_expected")
