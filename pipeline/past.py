"""What a drop is compared with: the profiles of the force's drops before it, and of other forces' drops."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from expectations.profile import MONTHS_BEFORE, Profile
from pipeline.ledger import DropRecord, Ledger
from pipeline.period import Period, add_months
from pipeline.profile import profiles_of
from pipeline.store import Store

# Records by code, by field.
Codes = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Past:
    """What came before a drop: the force's own profiles, other forces' codes, and where own accepted records are."""

    own: tuple[Profile, ...] = ()
    peers: Mapping[str, Codes] = field(default_factory=dict)
    accepted: Mapping[str, Path] = field(default_factory=dict)


NO_PAST = Past()


def past_of(
    store: Store, ledger: Ledger, force_id: str, book: str, drop_id: str, period: Period | None
) -> Past:
    """Return what came before a drop of a force's book, as the ledger has it.

    What arrived after it is left out, so that a drop judged again is compared with the same; a drop the ledger does
    not know comes after all there are.
    """
    if period is None:
        return NO_PAST
    since = add_months(period[0], -MONTHS_BEFORE)
    drops = ledger.drops(None, book)
    known = next((drop.sequence for drop in drops if drop.drop_id == drop_id), None)
    before = [
        drop
        for drop in drops
        if drop.drop_id != drop_id
        and (known is None or drop.sequence < known)
        and drop.counts
        and drop.period_to is not None
    ]
    own = [
        drop
        for drop in before
        if drop.force_id == force_id and drop.period_to is not None and drop.period_to >= since
    ]
    profiles = profiles_of(own, ledger.profiles(drops=[drop.drop_id for drop in own]))
    paths = {
        drop.drop_id: store.records_path("accepted", force_id, book, drop.drop_id)
        for drop in own
        if drop.sums is not None and drop.sums.accepted
    }
    others: dict[str, list[DropRecord]] = {}
    for drop in before:
        if drop.force_id != force_id:
            others.setdefault(drop.force_id, []).append(drop)
    standing = [drop.drop_id for sent in others.values() for drop in last_of(sent, (since, period[1]))]
    return Past(
        tuple(profiles),
        ledger.codes_by_force(standing),
        {drop_id: path for drop_id, path in paths.items() if path.is_file()},
    )


def last_of(drops: Collection[DropRecord], period: Period) -> list[DropRecord]:
    """Return the drops that lie in a period and that no later drop of the same days replaces."""
    kept: list[DropRecord] = []
    for drop in sorted(drops, key=lambda each: -each.sequence):
        begins, ends = drop.period_from, drop.period_to
        if begins is None or ends is None or ends < period[0] or begins > period[1]:
            continue
        if not any(begins <= other.period_to and other.period_from <= ends for other in kept):  # type: ignore[operator]
            kept.append(drop)
    return kept
