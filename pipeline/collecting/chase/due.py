"""Which reminders are due on a day: a pure function of the grid of the collection, the calendar and the day.

| reminder | on which days | for a book and month that is |
|---|---|---|
| first | from working day 3 after the month's end to the day before the final deadline | awaited, partial or refused |
| deadline | the day of the final deadline | awaited, partial or refused |
| late | every day after it, for the three last months | late, partial or refused |

Each is written once for a force, book and month, and only on a day on which the force works.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pipeline.calendar import Round, collection_of, day_of, is_working_day, nation_of
from pipeline.collecting.collection import Place, State, last_months
from schemas.calendar import REMINDER

Kind = Literal["first", "deadline", "late"]

# As far back as a release is published anew.
MONTHS_CHASED = 3

# What a force can do something about; what was received is ours to settle.
CHASED: frozenset[State] = frozenset({"awaited", "late", "partial", "refused"})


@dataclass(frozen=True, order=True)
class Reminder:
    """One reminder of one force's book and month."""

    force_id: str
    kind: Kind
    month: date
    book: str
    state: State

    @property
    def days(self) -> Round:
        return collection_of(self.month, self.force_id)


def due(cells: Mapping[Place, State], as_of: date) -> Iterator[Reminder]:
    """Yield the reminders due on a day, whether or not they were sent before."""
    for place, state in cells.items():
        if state in CHASED and is_working_day(as_of, nation_of(place.force_id)):
            kind = kind_on(as_of, place)
            if kind:
                yield Reminder(place.force_id, kind, place.month, place.book, state)


def kind_on(as_of: date, place: Place) -> Kind | None:
    """Return which reminder a day is for, or None before the first."""
    final = collection_of(place.month, place.force_id).final
    if as_of > final:
        return "late"
    if as_of == final:
        return "deadline"
    return "first" if as_of >= day_of(REMINDER, place.month, (nation_of(place.force_id),)) else None


def months_chased(as_of: date) -> list[date]:
    """Return the months whose files are asked for on a day, oldest first."""
    return last_months(as_of, MONTHS_CHASED)
