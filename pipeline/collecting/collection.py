"""The collection as a grid: one state for each force, book and month.

A state is a pure function of the drops, the calendar and a day. The first of these that fits is the state:

| state | when |
|---|---|
| provisional | what was judged and stands covers every day of the month, and the final deadline is not past |
| final | the same, after the final deadline |
| nil return | every day is covered, by declarations that there was nothing to report and nothing else |
| received | a file for the month is with us: not judged yet, or waiting for a person |
| partial | what counts covers some days only, or a file was judged and nothing of it counts for its period |
| refused | all that came for the month was refused |
| not due | the month is not being collected yet, or was over before the collection began |
| awaited | the month is being collected and the final deadline is not past |
| late | the final deadline is past |

A file that came early or late counts as any other: what is here goes before what the calendar says, and a file that
stands before a later one that was refused. Rows held back beside accepted ones do not make a month partial; the receipt
and the coverage table say how many they are. A reverted drop counts as if it had never come. A refused file that does not
say its month counts for none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from pipeline.calendar import Round, collection_of
from pipeline.intake import UNKNOWN, WORKFORCE
from pipeline.ledger import Counted, DropRecord
from pipeline.period import add_months, month_end, stated_period
from schemas.force import Force

State = Literal[
    "not due", "awaited", "received", "partial", "late", "nil return", "refused", "provisional", "final"
]
Fate = Literal["counts", "nothing counts", "nil", "with us", "refused"]


class Shown(NamedTuple):
    """How a state is shown: its letter, its colour, and what it means."""

    letter: str
    colour: str
    meaning: str


STATES: Mapping[State, Shown] = {
    "final": Shown("F", "green", "whole; the final deadline is past"),
    "provisional": Shown("P", "cyan", "whole; can still be corrected in time"),
    "nil return": Shown("N", "blue", "nothing to report"),
    "received": Shown("R", "magenta", "with us: to be judged or decided"),
    "partial": Shown("H", "yellow", "only some days count, or nothing of the file"),
    "refused": Shown("X", "bold red", "the file was refused"),
    "awaited": Shown("A", "white", "nothing has come; there is still time"),
    "late": Shown("L", "red", "nothing has come; the final deadline is past"),
    "not due": Shown(".", "dim", "not collected yet, or not any more"),
}
"""Every state a cell can have, in the order of the legend."""

ACCOUNTED: frozenset[State] = frozenset({"final", "provisional", "nil return", "not due"})
"""The states in which nothing is missing of a force's book and month."""

MONTHS_SHOWN = 12


class Place(NamedTuple):
    """One cell of the grid; the month is its first day."""

    force_id: str
    book: str
    month: date


@dataclass(frozen=True)
class Sent:
    """One drop as the grid looks at it: the days it is for, and what became of it."""

    drop_id: str
    force_id: str
    book: str
    period_from: date
    period_to: date
    fate: Fate


def grid(
    sent: Iterable[Sent],
    pairs: Iterable[tuple[str, str]],
    months: Sequence[date],
    as_of: date,
    begins: date,
) -> dict[Place, State]:
    """Return the state on a day of each force and book of `pairs` in each of some months, in their order.

    `begins` is any day of the first month that is collected at all.
    """
    by_book: dict[tuple[str, str], list[Sent]] = {}
    for each in sent:
        by_book.setdefault((each.force_id, each.book), []).append(each)
    return {
        Place(force_id, book, month): state_of(
            by_book.get((force_id, book), ()), collection_of(month, force_id), as_of, begins
        )
        for force_id, book in pairs
        for month in (each.replace(day=1) for each in months)
    }


def state_of(sent: Collection[Sent], days: Round, as_of: date, begins: date) -> State:
    """Return the state of one month of one force's book: the table above, from top to bottom."""
    first, last = days.month, month_end(days.month)
    touching = [each for each in sent if each.period_from <= last and each.period_to >= first]
    covered = {
        day
        for each in touching
        if each.fate in ("counts", "nil")
        for day in range(max(each.period_from, first).toordinal(), min(each.period_to, last).toordinal() + 1)
    }
    fates = {each.fate for each in touching}
    if len(covered) == last.day:
        if "counts" not in fates:
            return "nil return"
        return "provisional" if as_of <= days.final else "final"
    if "with us" in fates:
        return "received"
    if covered or "nothing counts" in fates:
        return "partial"
    if "refused" in fates:
        return "refused"
    if as_of < days.opens or last < begins:
        return "not due"
    return "awaited" if as_of <= days.final else "late"


def sent_of(
    drops: Iterable[DropRecord],
    forces: Mapping[str, Force],
    profiles: Mapping[str, Sequence[Counted]],
) -> Iterator[Sent]:
    """Yield the drops that count for a month, with the period the ledger has or the file's name says.

    `profiles` tells of some drops how many records each month has: a drop without one in its own period is another
    period's file under this one's name.
    """
    for drop in drops:
        if drop.standing == "reverted" or drop.book in (UNKNOWN, WORKFORCE):
            continue
        force = forces.get(drop.force_id)
        book = force.books.get(drop.book) if force else None
        begins, ends = drop.period_from, drop.period_to
        if begins is None or ends is None:
            stated = stated_period(drop.file, book) if book else None
            if stated is None:
                continue
            begins, ends = stated
        fate = fate_of(drop, profiles.get(drop.drop_id, ()), begins, ends)
        yield Sent(drop.drop_id, drop.force_id, drop.book, begins, ends, fate)


def fate_of(drop: DropRecord, profile: Sequence[Counted], begins: date, ends: date) -> Fate:
    """Return what a drop is to the months of its period."""
    if drop.state == "arrived" or (drop.standing == "waits" and drop.state != "refused"):
        return "with us"
    if drop.state == "refused":
        return "refused"
    if drop.state == "nil":
        return "nil"
    sums = drop.sums
    if sums and sums.held_records and not sums.accepted_records:
        return "nothing counts"
    months = [each.key for each in profile if each.kind == "month" and each.count]
    if months and not any(f"{begins:%Y-%m}" <= month <= f"{ends:%Y-%m}" for month in months):
        return "nothing counts"
    return "counts"


def pairs_of(forces: Mapping[str, Force], sent: Iterable[Sent] = ()) -> list[tuple[str, str]]:
    """Return force and book of all that is declared in a force's file, and of all that was sent, in order."""
    declared = {(force_id, book) for force_id, force in forces.items() for book in force.books}
    return sorted(declared | {(each.force_id, each.book) for each in sent})


def last_months(as_of: date, count: int = MONTHS_SHOWN) -> list[date]:
    """Return the first days of the last months that are over on a day, oldest first."""
    return [add_months(as_of, back) for back in range(-count, 0)]


def begin_of(sent: Iterable[Sent], as_of: date) -> date:
    """Return the first month of the collection: the first that a file was sent for, or the last that is over."""
    return min((each.period_from.replace(day=1) for each in sent), default=add_months(as_of, -1))
