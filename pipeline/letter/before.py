"""What a force's drop of the month before came to, from the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pipeline.ledger import DropRecord, Ledger
from pipeline.profile import FILLED, RECORDS


@dataclass(frozen=True)
class Before:
    """The drop a later one is set beside: its file, its sums, and how many of its records in scope have each field."""

    file: str
    arrived_on: date
    rows: int
    accepted: int
    held: int
    unread: int
    records_in_scope: int = 0
    filled: Mapping[str, int] = field(default_factory=dict)


def before(
    ledger: Ledger, force_id: str, book: str, sequence: int, period_from: date | None
) -> Before | None:
    """Return the drop of a force's book before one that has a number in the order of arrival; None for the first.

    It is the newest for an earlier period, not an earlier version of the same file; the newest of all where the
    periods are not known.
    """
    judged = [
        drop
        for drop in ledger.drops(force_id, book)
        if drop.sequence < sequence and drop.counts and drop.sums
    ]
    earlier = [drop for drop in judged if period_from and drop.period_to and drop.period_to < period_from]
    if earlier:
        return _as_before(ledger, max(earlier, key=lambda drop: (drop.period_to, drop.sequence)))
    unknown = [drop for drop in judged if not (period_from and drop.period_to)]
    return _as_before(ledger, unknown[-1]) if unknown else None


def _as_before(ledger: Ledger, drop: DropRecord) -> Before:
    assert drop.sums is not None
    unread = sum(each.count for each in ledger.findings(drop.drop_id) if each.rule.endswith(".unexplained"))
    counted = ledger.profiles(drops=[drop.drop_id]).get(drop.drop_id, [])
    return Before(
        file=drop.file,
        arrived_on=drop.arrived_at.date(),
        rows=drop.sums.rows,
        accepted=drop.sums.accepted,
        held=drop.sums.held,
        unread=unread,
        records_in_scope=sum(each.count for each in counted if each.kind == RECORDS),
        filled={each.field: each.count for each in counted if each.kind == FILLED},
    )
