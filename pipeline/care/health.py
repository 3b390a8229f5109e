"""What a look at a home finds: one sentence for each thing that was looked at, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pipeline.visible import visible

Health = Literal["ok", "look", "broken"]

# More of a kind are counted; the first show where to look.
NAMED = 5

RESTORE = "Restore it from a backup (collate restore puts one into a new folder)."


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: how it is, in one sentence, and what to do where it is not well."""

    about: str
    health: Health
    said: str
    do: str = ""


def ok(about: str, said: str) -> Check:
    return Check(about, "ok", said)


def look(about: str, said: str, do: str) -> Check:
    """Return what works all the same and ought to be looked at by a person."""
    return Check(about, "look", said, do)


def broken(about: str, said: str, do: str) -> Check:
    """Return what is lost, is not as it was written, or keeps the next run from its work."""
    return Check(about, "broken", said, do)


def worst(checks: Iterable[Check]) -> Health:
    """Return the worst of some checks; ok where there is none."""
    found = {check.health for check in checks}
    return "broken" if "broken" in found else "look" if "look" in found else "ok"


def listed(names: Iterable[object]) -> str:
    """Return the first of some names, in order, and how many more there are."""
    every = sorted(str(name) for name in names)
    said = ", ".join(visible(name) for name in every[:NAMED])
    return said if len(every) <= NAMED else f"{said} and {len(every) - NAMED:,} more"
