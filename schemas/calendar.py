"""The calendar of a month's collection: on which working day after the month's end each step falls.

The days are this project's own choice, made so that a force has a week to mend what was held back; change them here
and nowhere else. `pipeline/calendar.py` makes dates of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Nation = Literal["england_and_wales", "scotland", "northern_ireland"]

# Whose bank holidays a force keeps, by the nation the register of forces gives. A force of several nations has its
# office in England.
NATIONS: dict[str, Nation] = {
    "England": "england_and_wales",
    "Wales": "england_and_wales",
    "Great Britain": "england_and_wales",
    "United Kingdom": "england_and_wales",
    "Scotland": "scotland",
    "Northern Ireland": "northern_ireland",
}


@dataclass(frozen=True)
class Step:
    """A day of a month's collection: so many working days after the month's end."""

    name: str
    working_day: int
    meaning: str


OPENS = Step("opens", 1, "The first day a month's file is looked for.")
PROVISIONAL = Step("provisional", 5, "Files in by this day are in the provisional figures.")
FINAL = Step("final", 10, "Files and mends in by this day are in the month's release.")
RELEASE = Step("release", 15, "The month's release is published.")

REMINDER = Step("reminder", 3, "Forces whose file is not in are reminded of it.")

STEPS = (OPENS, PROVISIONAL, FINAL, RELEASE)
