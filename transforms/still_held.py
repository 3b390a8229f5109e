"""What became since of each held record: mended, taken back, sent again, or still as it was."""

from __future__ import annotations

from functools import reduce
from operator import and_

import ibis
import ibis.expr.types as ir

from transforms.withdraw import replacements

# What tells one held record from another: the drop, the row of its file, and the victim where a row has several.
RECORD = ("drop_id", "row_number", "victim_number")
NAME = ("force_id", "book", "source_record_id")


def still_held(held: ir.Table, accepted: ir.Table, drops: ir.Table, taken_back: ir.Table) -> ir.Table:
    """Return the held records with what became of them in later drops, by the sequence of the drop that did it.

    `drops` are those that stand, as `transforms.withdraw` looks at them; `held`, `accepted` and `taken_back` have key,
    drop and day, and `held` also `row_number`. Added: `mended_at`, the last drop that holds the key accepted;
    `taken_at`, the last that takes it back or, holding the whole of its period, has it no longer; `again_at`, the last
    that holds it held; `first_at`, the first that did. Null where there is none. A record is the same where reference
    and victim are, and the day is, is not known, or lies in the period of the later drop.
    """
    places = drops.select("drop_id", "sequence", "period_from", "period_to")
    own = held.inner_join(places.select("drop_id", "sequence"), "drop_id").mutate(
        victim_number=held.victim_number.fill_null(0)
    )
    kept = ibis.union(accepted.select(*NAME, "victim_number", "drop_id", "occurred_on"),
                      held.select(*NAME, "victim_number", "drop_id", "occurred_on"))  # fmt: skip
    found = {
        "mended_at": last_after(own, accepted, places),
        "back_at": last_after(own, taken_back, places),
        "again_at": last_after(own, held, places),
        "left_out_at": left_out(own, kept, drops, places),
        "first_at": first_before(own, held, places),
    }
    for name, times in found.items():
        own = own.left_join(times.rename({name: "at"}), RECORD).drop(*(f"{each}_right" for each in RECORD))
    taken = ibis.greatest(own.back_at.fill_null(0), own.left_out_at.fill_null(0)).nullif(0)
    return own.mutate(taken_at=taken).drop("back_at", "left_out_at")


def paired(own: ir.Table, others: ir.Table, places: ir.Table) -> ir.Table:
    """Return held records beside the same record in other drops, with the sequence `at` of these."""
    other = others.inner_join(places, "drop_id").select(
        *NAME,
        victim=others.victim_number,
        day=others.occurred_on,
        at="sequence",
        begins="period_from",
        ends="period_to",
    )
    joined = own.inner_join(other, [*NAME])
    fits = [
        joined.victim.isnull()
        | (joined.victim == 0)
        | (joined.victim_number == 0)
        | (joined.victim == joined.victim_number),
        joined.day.isnull()
        | joined.occurred_on.isnull()
        | (joined.day == joined.occurred_on)
        | joined.occurred_on.between(joined.begins, joined.ends).fill_null(False),
    ]
    return joined.filter(reduce(and_, fits))


def last_after(own: ir.Table, others: ir.Table, places: ir.Table) -> ir.Table:
    """Return for held records the sequence of the last later drop that has the same record among others."""
    both = paired(own, others, places)
    return both.filter(both.sequence < both["at"]).group_by(RECORD).agg(at=lambda each: each["at"].max())


def first_before(own: ir.Table, others: ir.Table, places: ir.Table) -> ir.Table:
    """Return for held records the sequence of the first earlier drop that has the same record among others."""
    both = paired(own, others, places)
    return both.filter(both.sequence > both["at"]).group_by(RECORD).agg(at=lambda each: each["at"].min())


def left_out(own: ir.Table, kept: ir.Table, drops: ir.Table, places: ir.Table) -> ir.Table:
    """Return for held records the sequence of the last later drop of their whole period that has them no longer."""
    later = replacements(drops)
    at = places.select(later="drop_id", at="sequence")
    pairs = own.inner_join(later, "drop_id").inner_join(at, "later")
    asked = pairs.filter(
        pairs.whole | pairs.occurred_on.between(pairs.period_from, pairs.period_to).fill_null(False)
    )
    there = kept.select(*NAME, victim=kept.victim_number.fill_null(0), later=kept.drop_id).distinct()
    gone = asked.anti_join(
        there,
        [
            *NAME,
            "later",
            (there.victim == 0) | (asked.victim_number == 0) | (there.victim == asked.victim_number),
        ],
    )
    return gone.group_by(RECORD).agg(at=lambda each: each["at"].max())
