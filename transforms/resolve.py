"""Which records are current: the latest drop wins, by key, within a book and period."""

from __future__ import annotations

from typing import cast

import ibis
import ibis.expr.types as ir

KEY = ("force_id", "book", "source_record_id", "victim_number")
SIGHTING = (*KEY, "drop_id", "occurred_on")


def resolve(records: ir.Table, drops: ir.Table, withdrawn: ir.Table | None = None) -> ir.Table:
    """Return the current records: those no later drop of the same force and book has replaced.

    A record is replaced when a drop of higher `sequence` holds the same key and either its period spans the
    record's `occurred_on` or it dates the key on that same day. Anywhere else the same reference is another
    record: some forces begin their numbering again each year. `withdrawn` are those that a later drop takes away, as
    `transforms.withdraw` finds them. Columns are those of `records`, in no order.
    """
    gone = replaced(records, drops)
    if withdrawn is not None:
        gone = ibis.union(gone, withdrawn, distinct=True)
    victim = records.victim_number.fill_null(0)
    return records.anti_join(
        gone,
        [
            records.force_id == gone.force_id,
            records.book == gone.book,
            records.source_record_id == gone.source_record_id,
            victim == gone.victim_number,
            records.drop_id == gone.drop_id,
            records.occurred_on == gone.occurred_on,
        ],
    )


def replaced(records: ir.Table, drops: ir.Table) -> ir.Table:
    """Return the key, drop and day of every record that a later drop replaces, one row each."""
    seen = sightings(contested(records), drops)
    latest_that_day = seen.sequence.max().over(group_by=[*(seen[name] for name in KEY), seen.occurred_on])
    placed = seen.mutate(same_day=seen.sequence < latest_that_day)
    return ibis.union(
        placed.filter(placed.same_day).select(SIGHTING),
        spanned(placed),
        distinct=True,
    )


def spanned(placed: ir.Table) -> ir.Table:
    """Return the sightings whose day lies in the period of a later drop that holds the key under another day.

    A later sighting of the same day is settled already, so only keys dated on several days are paired.
    """
    key = [placed[name] for name in KEY]
    several = placed.mutate(
        several_days=placed.occurred_on.min().over(group_by=key) < placed.occurred_on.max().over(group_by=key)
    ).filter(lambda seen: seen.several_days)
    earlier = several.filter(~several.same_day)
    later = several.select(*KEY, "sequence", "period_from", "period_to").distinct().view()
    same_key = [earlier[name] == later[name] for name in KEY]
    return earlier.semi_join(
        later,
        [
            *same_key,
            earlier.sequence < later.sequence,
            earlier.occurred_on >= later.period_from,
            earlier.occurred_on <= later.period_to,
        ],
    ).select(SIGHTING)


def contested(records: ir.Table) -> ir.Table:
    """Return key, drop and day of the records whose key may stand more than once.

    Counting a hash of the key is several times cheaper than counting the key, and two keys of one hash do no
    harm: they are told apart afterwards.
    """
    hashed = keyed(records).mutate(key=lambda record: key_hash(record))
    counted = hashed.group_by("key").agg(times=lambda record: record.count())
    repeated = counted.filter(counted.times > 1)
    return hashed.semi_join(repeated, "key").select(SIGHTING).distinct()


def keyed(records: ir.Table) -> ir.Table:
    """Return key, drop and day of records, a victim without a number as number 0."""
    return records.mutate(victim_number=records.victim_number.fill_null(0)).select(SIGHTING)


def key_hash(record: ir.Table) -> ir.IntegerValue:
    """Return a number that two records share when they share a key."""
    parts = [record[name].cast("string") for name in KEY]
    return cast(ir.IntegerValue, ibis.literal("\x1f").join(parts).hash())


def sightings(records: ir.Table, drops: ir.Table) -> ir.Table:
    """Return records with the arrival and the period of their drop."""
    known = drops.select("drop_id", "sequence", "period_from", "period_to")
    return records.join(known, "drop_id").select(
        *(records[name] for name in SIGHTING), known.sequence, known.period_from, known.period_to
    )
