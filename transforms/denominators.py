"""Picks the workforce figure each rate is worked out on."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir


def latest_figures(workforce: ir.Table, worker_type: str, basis: str, on: date | ir.DateValue) -> ir.Table:
    """Return each force's latest figure as at a day or before it, in its latest publication.

    One row a force that has one: `force_id`, `value` (people), `as_at`, `source`. A figure with no day of
    publication gives way to one that has it. `value` is missing where the latest figure is marked missing: an
    older one does not stand in for it.
    """
    known = workforce.filter(
        workforce.worker_type == worker_type,
        workforce.basis == basis,
        workforce.as_at <= on,
    )
    latest_first = ibis.window(
        group_by=known.force_id,
        order_by=[
            known.as_at.desc(),
            known.published.desc(nulls_first=False),
            known.source.desc(),
        ],
    )
    placed = known.mutate(place=ibis.row_number().over(latest_first))
    return (
        placed.filter(placed.place == 0).select("force_id", "value", "as_at", "source").order_by("force_id")
    )
