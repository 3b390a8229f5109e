"""The occasion of a letter about a drop: whom it is to, what came before, and how the marked file is had."""

from __future__ import annotations

from expectations.profile import Profile
from pipeline.intake import Drop
from pipeline.ledger import Ledger
from pipeline.letter.before import Before, before
from pipeline.letter.facts import Occasion
from pipeline.period import Period
from pipeline.returned import GivenBack
from schemas.register import read_register
from schemas.table import title

Since = tuple[Before | None, dict[str, tuple[float, float]]]


def occasion_of(
    drop: Drop,
    ledger: Ledger,
    period: Period | None = None,
    profile: Profile | None = None,
    given: GivenBack | None = None,
) -> Occasion:
    """Return the occasion of a letter about a drop, as the ledger knows what came before it.

    `given` is the marked file beside the letter, where one was made.
    """
    earlier, shares = since_of(drop.force_id, drop.book, drop.sequence, ledger, period, profile)
    return Occasion(
        name=name_of(drop.force_id),
        on=drop.arrived_on,
        before=earlier,
        filled=shares,
        marked=given.path.name if given else "",
        marked_said=given.said if given else (),
        command=f"collate marked --drop {drop.drop_id} --out DIR",
    )


def since_of(
    force_id: str,
    book: str,
    sequence: int,
    ledger: Ledger,
    period: Period | None = None,
    profile: Profile | None = None,
) -> Since:
    """Return the drop a file is set beside, and the shares of fields filled, now and then."""
    earlier = before(ledger, force_id, book, sequence, period and period[0])
    return earlier, filled(profile, earlier) if profile and earlier else {}


def filled(profile: Profile, earlier: Before) -> dict[str, tuple[float, float]]:
    """Return of how many records in a hundred have each field, now and before, where both drops were read for it."""
    if not profile.records or not earlier.records_in_scope:
        return {}
    return {
        title(name): (100 * count / profile.records, 100 * earlier.filled[name] / earlier.records_in_scope)
        for name, count in profile.filled.items()
        if name in earlier.filled
    }


def name_of(force_id: str) -> str:
    """Return what a force is called; its id where the register does not know it."""
    entry = read_register().get(force_id)
    return entry.official_name if entry else force_id
