"""What came, force by force, book by book, month by month: the ground every other table stands on."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from transforms.compare.monthly import month_of, worked_out
from transforms.compare.periods import Series, series_months

READ = ("collated", "nil")


def coverage(
    accepted: ir.Table,
    records: ir.Table,
    drops: ir.Table,
    held: ir.Table,
    expected: ir.Table,
    series: Series,
) -> ir.Table:
    """Return one row a force, book and month, for every pair expected or sent.

    `accepted` has the current `records` by force, book and `month_from`; `records` are the records of every
    drop, current or not. Beside the published columns: `month_from`, `figures` (the month counts in other
    tables) and `whole` (on all its days).
    """
    months = series_months(series)
    known = worked_out(fate_of_drops(records, drops, held))
    pairs = expected.select("force_id", "book").union(known.select("force_id", "book"), distinct=True)
    arrivals = worked_out(arrivals_by_month(known, months))
    days = worked_out(days_covered(known.filter(known.delivers), months))
    held_rows = worked_out(held_by_month(held, known, arrivals))
    by_month = ["force_id", "book", "month_from"]
    grid = worked_out(pairs).cross_join(months)
    joined = (
        grid.left_join(arrivals, by_month)
        .drop("force_id_right", "book_right", "month_from_right")
        .left_join(days, by_month)
        .drop("force_id_right", "book_right", "month_from_right")
        .left_join(held_rows, by_month)
        .drop("force_id_right", "book_right", "month_from_right")
        .left_join(accepted, by_month)
        .drop("force_id_right", "book_right", "month_from_right")
    )
    counted = joined.mutate(
        **{name: joined[name].fill_null(0) for name in ("drops", "days_covered", "held", "records")}
    ).rename(accepted="records")
    judged = counted.mutate(
        period_type=ibis.literal("month"),
        status=ibis.cases(
            (counted.any_collated, "received"),
            (counted.any_nil, "nil"),
            (counted.drops > 0, "refused"),
            else_="missing",
        ),
        figures=(counted.days_covered > 0) & ((counted.accepted > 0) | (counted.held == 0)),
    )
    whole = judged.mutate(whole=judged.figures & (judged.days_covered == judged.days_expected))
    return worked_out(
        whole.mutate(
            value_status=ibis.cases((~whole.figures, "x"), (~whole.whole, "p"), else_=ibis.null("string"))
        )
    )


def fate_of_drops(records: ir.Table, drops: ir.Table, held: ir.Table) -> ir.Table:
    """Return the drops with `delivers`: read, for its period, and not with every row held.

    A drop none of whose accepted records lies in its own period is another period's file under this one's name: it
    says nothing about the period it is named for.
    """
    periods = drops.select("drop_id", "period_from", "period_to")
    dated = records.select("drop_id", "occurred_on").join(periods, "drop_id")
    within = (dated.occurred_on >= dated.period_from) & (dated.occurred_on <= dated.period_to)
    accepted_rows = dated.group_by("drop_id").agg(accepted=dated.count(), within=within.sum())
    held_rows = held.group_by("drop_id").agg(held=held.count())
    joined = (
        drops.left_join(accepted_rows, "drop_id")
        .drop("drop_id_right")
        .left_join(held_rows, "drop_id")
        .drop("drop_id_right")
    )
    all_held = (joined.held.fill_null(0) > 0) & (joined.accepted.fill_null(0) == 0)
    stale = (joined.accepted.fill_null(0) > 0) & (joined.within.fill_null(0) == 0)
    return joined.mutate(delivers=joined.state.isin(READ) & ~all_held & ~stale).drop(
        "accepted", "within", "held"
    )


def arrivals_by_month(known: ir.Table, months: ir.Table) -> ir.Table:
    """Return what touched each month: `drops`, whether any was collated or nil, and the latest one read."""
    touching = known.join(
        months, [known.period_from <= months.month_to, known.period_to >= months.month_from]
    )
    return touching.group_by("force_id", "book", "month_from").agg(
        drops=touching.count(),
        any_collated=(touching.state == "collated").any(),
        any_nil=(touching.state == "nil").any(),
        latest=touching.sequence.max(where=touching.state.isin(READ)),
    )


def days_covered(delivering: ir.Table, months: ir.Table) -> ir.Table:
    """Return how many days of each month the drops cover between them, each day counted once."""
    before = ibis.window(
        group_by=[delivering.force_id, delivering.book],
        order_by=[delivering.period_from, delivering.period_to, delivering.drop_id],
        preceding=(None, 1),
    )
    reached = delivering.mutate(reached=delivering.period_to.max().over(before))
    new = reached.mutate(
        new_from=ibis.coalesce(
            ibis.greatest(reached.period_from, (reached.reached + ibis.interval(days=1)).cast("date")),
            reached.period_from,
        )
    )
    adding = new.filter(new.new_from <= new.period_to)
    touching = adding.join(
        months, [adding.new_from <= months.month_to, adding.period_to >= months.month_from]
    )
    first = ibis.greatest(touching.new_from, touching.month_from)
    last = ibis.least(touching.period_to, touching.month_to)
    return touching.group_by("force_id", "book", "month_from").agg(
        days_covered=(last.delta(first, unit="day") + 1).sum()
    )


def held_by_month(held: ir.Table, known: ir.Table, arrivals: ir.Table) -> ir.Table:
    """Return the rows held in the latest drop that covers each month: `held`.

    A later drop for the month answers for the rows an earlier one had held. A row with no date in its drop's
    period belongs to the last month of that period, so that none goes uncounted.
    """
    dated = held.select("drop_id", "occurred_on").join(
        known.select("drop_id", "force_id", "book", "sequence", "period_from", "period_to"), "drop_id"
    )
    in_period = dated.occurred_on.between(dated.period_from, dated.period_to).fill_null(False)
    counted = worked_out(
        dated.group_by(
            "force_id",
            "book",
            "sequence",
            month_from=month_of(ibis.ifelse(in_period, dated.occurred_on, dated.period_to)),
        ).agg(held=dated.count())
    )
    latest = arrivals.select("force_id", "book", "month_from", "latest").rename(sequence="latest")
    return counted.semi_join(latest, ["force_id", "book", "month_from", "sequence"]).drop("sequence")
