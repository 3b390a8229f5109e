"""What forces have said of records that may be one assault: the last answer of each force holds.

The answers are acts in the ledger. Two records are one when a force says so and the other does not contradict it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pipeline.ledger import Ledger

ANSWERED = "pair_answered"

State = Literal["asked", "same", "not same", "disputed"]

STATES: Mapping[State, str] = {
    "asked": "no force has answered yet: both records count",
    "same": "one assault: counted once nationally",
    "not same": "two assaults: both records count",
    "disputed": "the forces contradict each other: both records count until they agree",
}


@dataclass(frozen=True)
class Reply:
    """A force's last answer about a pair; `keys` are those of the two records, `forces` whose they are."""

    same: bool
    reason: str
    who: str
    keys: tuple[str, str]
    forces: tuple[str, str]
    month: str


# By pair, then by force.
Replies = Mapping[str, Mapping[str, Reply]]


def replies_in(ledger: Ledger) -> Replies:
    """Return the last answer of each force about each pair."""
    found: dict[str, dict[str, Reply]] = {}
    for act in ledger.acts(did=ANSWERED):
        said = act.said
        one, other = said["records"]
        first, second = said["forces"]
        found.setdefault(act.subject, {})[act.force_id] = Reply(
            bool(said["same"]), said["reason"], act.who, (one, other), (first, second), said["month"]
        )
    return found


def state_of(replies: Mapping[str, Reply]) -> State:
    """Return what the answers of a pair's two forces come to."""
    said = {reply.same for reply in replies.values()}
    if len(said) == 2:
        return "disputed"
    return "asked" if not said else "same" if said == {True} else "not same"


def one_assault(ledger: Ledger, month: date) -> tuple[tuple[str, str], ...]:
    """Return the keys of the records that are one assault by the forces' word, of pairs up to a month, in order."""
    found = set()
    for replies in replies_in(ledger).values():
        known = next(iter(replies.values()))
        if state_of(replies) == "same" and known.month <= f"{month:%Y-%m}":
            one, other = sorted(known.keys)
            found.add((one, other))
    return tuple(sorted(found))
