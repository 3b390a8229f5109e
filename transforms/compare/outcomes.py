"""What came of the offences: each outcome, and the share charged."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from schemas.codes import CHARGED, NO_OUTCOME, OUTCOME_TYPE
from schemas.national import NOT_RECORDED, OUTCOMES
from transforms.compare.monthly import worked_out
from transforms.compare.periods import Series, calendar
from transforms.compare.tabulate import COVERAGE, PERIOD, as_declared, grid, tabulate


def outcomes(counts: ir.Table, coverage: ir.Table, series: Series) -> ir.Table:
    """Return the offences of each outcome and the share charged; `counts` by month recorded."""
    crime = coverage.filter(coverage.book == "crime")
    periods = calendar(series, "month", "quarter", "year_ending_march")
    cells = (
        crime.select("force_id", "book")
        .distinct()
        .cross_join(grid("outcome_type", [*OUTCOME_TYPE, NOT_RECORDED]))
    )
    each = worked_out(tabulate(counts, "offences", cells, crime, periods, by=["outcome_type"]))
    totals = each.group_by("force_id", "book", *PERIOD, *COVERAGE).agg(
        charged=each.value.sum(where=is_charged(each.outcome_type)),
        with_outcome=each.value.sum(where=has_outcome(each.outcome_type)),
        without_outcome=each.value.sum(where=~has_outcome(each.outcome_type)),
        whole_status=each.value_status.max(),
    )
    counted = each.join(totals, ["force_id", "book", *PERIOD]).mutate(
        statistic=ibis.literal("offences"),
        numerator=lambda row: row.value,
        denominator=lambda row: row.with_outcome,
        value=lambda row: row.value.cast("float64"),
    )
    share = totals.mutate(
        statistic=ibis.literal("share_charged"),
        outcome_type=ibis.literal("charged"),
        numerator=totals.charged,
        denominator=totals.with_outcome,
        value=totals.charged / totals.with_outcome.nullif(0),
        value_status=ibis.cases(
            (totals.with_outcome.isnull(), "x"),
            ((totals.with_outcome == 0) & (totals.without_outcome > 0), "x"),
            (totals.with_outcome == 0, "z"),
            else_=totals.whole_status,
        ),
    )
    shown = [name for name in OUTCOMES.names if name != "basis"]
    both = counted.select(shown).union(share.select(shown))
    return as_declared(both.mutate(basis=ibis.literal("recorded")), OUTCOMES)


def is_charged(outcome_type: ir.Value) -> ir.BooleanValue:
    """Return whether an outcome, as it is counted, is a charge or a summons."""
    return outcome_type.isin(CHARGED)


def has_outcome(outcome_type: ir.Value) -> ir.BooleanValue:
    """Return whether an outcome, as it is counted, is one: neither none yet nor none given."""
    return outcome_type.notin([*NO_OUTCOME, NOT_RECORDED])
