"""Whether every force is accounted for in a month: the light a release is published under.

Green: every book of every force is there or known to be nil. Amber: some are not, and are named; the release has all
the others. Red: more than a stated share of the books is not there. A release is published in any case.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pipeline.calendar import release_day
from pipeline.collecting.collection import ACCOUNTED, Sent, grid, pairs_of
from pipeline.home import HomeUnusable
from schemas.force import Force
from schemas.register import FORCES

SHARE_VARIABLE = "COLLATE_UNACCOUNTED"
# A release that more than half of the books are missing from is no national one.
MOST_UNACCOUNTED = 0.5

Accounted = dict[str, Any]
Colour = Literal["green", "amber", "red"]


@dataclass(frozen=True)
class Light:
    """The light of a release, and the sentence that names what is missing."""

    colour: Colour
    sentence: str


def accounted_in(month: date, forces: Mapping[str, Force], sent: Iterable[Sent], begins: date) -> Accounted:
    """Return the state of every force's books in a month on its release day, for the manifest.

    `states` by force and book; `missing` those not accounted for; `no_force_file` the forces of the register that
    nobody has set up. It depends on no clock.
    """
    sent = list(sent)
    as_of = release_day(month)
    states = grid(sent, pairs_of(forces, sent), [month], as_of, begins)
    by_force: dict[str, dict[str, str]] = {}
    for place, state in states.items():
        by_force.setdefault(place.force_id, {})[place.book] = state
    return {
        "month": f"{month:%Y-%m}",
        "as_of": as_of.isoformat(),
        "states": by_force,
        "missing": [
            {"force_id": place.force_id, "book": place.book, "state": state}
            for place, state in states.items()
            if state not in ACCOUNTED
        ],
        "no_force_file": sorted(set(FORCES) - set(forces)),
    }


def light_of(accounted: Accounted) -> Light:
    """Return the light of a release from what its manifest says, and the share this installation allows."""
    missing, absent = accounted["missing"], len(accounted["no_force_file"])
    books = sum(len(each) for each in accounted["states"].values())
    said = []
    if missing:
        named = ", ".join(f"{name_of(each['force_id'])} {each['book']} ({each['state']})" for each in missing)
        said.append(
            f"{len(missing)} of {books} books {'is' if len(missing) == 1 else 'are'} not accounted for: {named}."
        )
    if absent:
        forces = "1 force of the register has" if absent == 1 else f"{absent} forces of the register have"
        said.append(f"{forces} no force file yet; manifest.json names them under accounted.")
    month = accounted["month"]
    if not said:
        return Light("green", f"Green: every force is accounted for in {month}.")
    share = most_unaccounted()
    if len(missing) > share * books:
        said.append(
            f"That is more than the share of {share:g} that may be missing ({SHARE_VARIABLE}). The release has all "
            "the others; chase these with collate chase and publish again."
        )
        return Light("red", f"Red: {month}: {' '.join(said)}")
    return Light("amber", f"Amber: {month}: {' '.join(said)}")


def most_unaccounted() -> float:
    """Return the share of books that may be missing; raises HomeUnusable where the setting is none."""
    word = os.environ.get(SHARE_VARIABLE, "")
    try:
        share = float(word) if word else MOST_UNACCOUNTED
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise HomeUnusable(
            f"{SHARE_VARIABLE} is not a share. Write a number from 0 to 1, such as {MOST_UNACCOUNTED:g}, or leave it out."
        )
    return share


def name_of(force_id: str) -> str:
    """Return what a force is called; its id where the register does not know it."""
    return FORCES[force_id].short_name if force_id in FORCES else force_id
