"""The police officers each force had at the end of each period: the denominator of rates."""

from __future__ import annotations

from typing import cast

import ibis
import ibis.expr.types as ir

from transforms.compare.monthly import worked_out


def officers_at(workforce: ir.Table, calendar: ir.Table) -> ir.Table:
    """Return each force's police officers (full-time equivalent) at the end of each period.

    One row a force and `ends_on` for which any figure is known: `officers`, `denominator_as_at` (the latest
    day at or before the end), `denominator_source`. Of several publications of one day's figure the latest
    counts; a latest figure marked missing stays missing, as in `transforms.denominators.latest_figures`.
    """
    ends = calendar.select("ends_on").distinct()
    fte = workforce.filter(workforce.worker_type == "police_officer", workforce.basis == "fte")
    known = fte.join(ends, [fte.as_at <= ends.ends_on])
    latest_first = ibis.window(
        group_by=[known.force_id, known.ends_on],
        order_by=[known.as_at.desc(), known.published.desc(nulls_first=False), known.source.desc()],
    )
    placed = known.mutate(place=ibis.row_number().over(latest_first))
    latest = placed.filter(placed.place == 0)
    return worked_out(
        latest.select(
            "force_id",
            "ends_on",
            officers=latest.value,
            denominator_as_at=latest.as_at,
            denominator_source=latest.source,
        )
    )


def exact_sum(numbers: ir.NumericValue, where: ir.BooleanValue | None = None) -> ir.FloatingScalar:
    """Return the sum of numbers of at most six decimals, the same whatever order they are added in."""
    return cast(ir.FloatingScalar, numbers.cast("decimal(18, 6)").sum(where=where).cast("float64"))
