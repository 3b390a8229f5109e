"""The log of acts: who did what to which drop and release, each act bound to the one before it by its hash.

Every moment that writes to the ledger adds its act in the same transaction; what people decide adds theirs. An act is
never changed or removed: the database refuses it, and where somebody goes around the database the chain shows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

# What stands before the first act.
NOTHING_BEFORE = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody did: one word for the deed, what it was done to, and what is to be known of it.

    `said` holds words and counts, never a value of a record. `who` is whoever runs us unless it is stated.
    """

    did: str
    subject: str
    force_id: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)
    who: str = ""


@dataclass(frozen=True, kw_only=True)
class ActRecord(Act):
    """An act as it stands in the log."""

    sequence: int
    at: datetime
    previous: str
    hash: str


def hash_of_act(act: Act, sequence: int, at: datetime, previous: str) -> str:
    """Return the SHA-256 that binds an act to its place, its moment and the act before it."""
    bound = [
        previous, sequence, at.astimezone(UTC).isoformat(), act.who, act.did, act.force_id, act.subject,
        dict(act.said),
    ]  # fmt: skip
    return sha256(json.dumps(bound, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def broken_link(acts: Iterable[ActRecord]) -> int | None:
    """Return the number of the first act that is not as it was written or not in its place, or None."""
    previous = NOTHING_BEFORE
    for place, act in enumerate(acts, 1):
        if (
            act.sequence != place
            or act.previous != previous
            or act.hash != hash_of_act(act, act.sequence, act.at, previous)
        ):
            return place
        previous = act.hash
    return None
