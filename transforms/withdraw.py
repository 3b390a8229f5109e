"""Which records a later drop takes away: a file that replaces its whole period, or one that takes references back."""

from __future__ import annotations

from functools import reduce

import ibis
import ibis.expr.types as ir

from transforms.resolve import KEY, SIGHTING, keyed

# What a record taken back is known by; a day or a victim that is not said stands for every one.
TAKEN_BACK = {
    "force_id": "string",
    "book": "string",
    "source_record_id": "string",
    "victim_number": "int64",
    "drop_id": "string",
    "occurred_on": "date",
}


def withdrawn(records: ir.Table, drops: ir.Table, held: ir.Table, taken_back: ir.Table) -> ir.Table:
    """Return key, drop and day of every record that a later drop takes away, one row each.

    `drops` has `resend` beside what `resolve` asks of it: "full" where a drop replaces the whole of its period. `held`
    are the held records and `taken_back` the references that drops of changes withdraw, both with key, drop and day.
    A record stays where the later drop holds its key back: the last good one stands until the mend comes.
    """
    return ibis.union(superseded(records, drops, held), taken(records, drops, taken_back), distinct=True)


def superseded(records: ir.Table, drops: ir.Table, held: ir.Table) -> ir.Table:
    """Return the records of drops that a later full drop replaces, in whole or in the days they share."""
    pairs = replacements(drops)
    seen = keyed(records).inner_join(pairs, "drop_id")
    shared = seen.whole | seen.occurred_on.between(seen.period_from, seen.period_to)
    kept = keyed(held).select(*KEY, later="drop_id").distinct()
    gone = seen.filter(shared).anti_join(kept, [*(name for name in KEY), "later"])
    return gone.select(SIGHTING).distinct()


def replacements(drops: ir.Table) -> ir.Table:
    """Return each pair of drops of which the `later` replaces the period of the earlier, and whether the `whole` of it.

    A drop whose own period lies elsewhere is not replaced: what it holds of these days was recorded late, and the later
    drop need not hold it.
    """
    later = drops.filter(drops.resend == "full").select(
        "force_id", "book", "period_from", "period_to", later="drop_id", later_sequence="sequence"
    )
    earlier = drops.select("force_id", "book", "drop_id", "sequence", began="period_from", ended="period_to")
    joined = earlier.inner_join(
        later,
        [
            "force_id",
            "book",
            earlier.sequence < later.later_sequence,
            earlier.began <= later.period_to,
            earlier.ended >= later.period_from,
        ],
    )
    return joined.select(
        "drop_id",
        "later",
        "period_from",
        "period_to",
        whole=(joined.began >= joined.period_from) & (joined.ended <= joined.period_to),
    )


def taken(records: ir.Table, drops: ir.Table, taken_back: ir.Table) -> ir.Table:
    """Return the records that a later drop of changes takes back by their reference."""
    places = drops.select("drop_id", "sequence", "period_from", "period_to")
    back = taken_back.inner_join(places, "drop_id").select(
        "force_id",
        "book",
        "source_record_id",
        "period_from",
        "period_to",
        victim="victim_number",
        day="occurred_on",
        at="sequence",
    )
    seen = keyed(records).inner_join(places.select("drop_id", "sequence"), "drop_id")
    same = ["force_id", "book", "source_record_id"]
    paired = seen.inner_join(back, [*same, seen.sequence < back["at"]])
    fits = [
        paired.victim.isnull() | (paired.victim == paired.victim_number),
        paired.day.isnull()
        | (paired.day == paired.occurred_on)
        | paired.occurred_on.between(paired.period_from, paired.period_to).fill_null(False),
    ]
    return paired.filter(reduce(lambda one, other: one & other, fits)).select(SIGHTING).distinct()
