"""How often each field is there, by force and book."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import selectors

from schemas.national import COMPLETENESS
from transforms.compare.monthly import given_fields
from transforms.compare.periods import Series, calendar, quarter
from transforms.compare.tabulate import PERIOD, as_declared, reach


def completeness(profile: ir.Table, coverage: ir.Table, series: Series) -> ir.Table:
    """Return the share of records in which each field is present, over the latest quarter and the series."""
    periods = calendar(series, "quarter", "series")
    latest, _ = quarter(series.last)
    shown = periods.filter((periods.period_type == "series") | (periods.period == latest))
    reached = reach(coverage, shown)
    figures = coverage.filter(coverage.figures).select("force_id", "book", "month_from")
    delivered = profile.semi_join(figures, ["force_id", "book", "month_from"]).join(
        shown.select(*PERIOD, "month_from"), "month_from"
    )
    names = [f"has_{name}" for name in given_fields()]
    summed = delivered.group_by("force_id", "book", *PERIOD).agg(
        records=delivered.records.sum(), **{name: delivered[name].sum() for name in names}
    )
    key = ["force_id", "book", *PERIOD]
    every = reached.left_join(summed, key).drop(*(f"{name}_right" for name in key))
    filled = every.mutate(**{name: every[name].fill_null(0) for name in ("records", *names)})
    long = filled.pivot_longer(
        selectors.cols(*names),
        names_to="field",
        names_transform=lambda name: name.removeprefix("has_"),
        values_to="present",
    )
    included = long.months_included > 0
    shares = long.mutate(
        value=included.ifelse(long.present / long.records.nullif(0), ibis.null("float64")),
        value_status=ibis.cases(
            (~included, "x"),
            (long.records == 0, "z"),
            ((long.months_included < long.months_expected) | ~long.whole, "p"),
            else_=ibis.null("string"),
        ),
        numerator=included.ifelse(long.present, ibis.null("int64")),
        denominator=included.ifelse(long.records, ibis.null("int64")),
        forces_included=included.cast("int64"),
        forces_expected=ibis.literal(1, "int64"),
    )
    return as_declared(shares, COMPLETENESS)
