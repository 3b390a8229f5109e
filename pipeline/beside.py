"""What a drop is judged beside: the drops its force sent before, and those of its other books.

Judging stays a function of the file, the rules, the date and this: the same beside the same gives the same findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.intake import Drop
from pipeline.ledger import Ledger
from pipeline.period import Period, stated_period
from pipeline.store import Store
from schemas.beyond import LINKED_BOOK
from schemas.force import Book

# A drop that is only checked stands after every drop there is.
LAST = 1 << 40


@dataclass(frozen=True)
class SentDrop:
    """A drop that was judged: its place in the order of arrival, its period, and where its records are."""

    drop_id: str
    sequence: int
    book: str
    file: str
    period: Period | None
    accepted: Path | None
    held: Path | None


@dataclass(frozen=True)
class Waiting:
    """A file that has arrived and is not judged yet, and the days its name says it covers."""

    book: str
    file: str
    period: Period | None


@dataclass(frozen=True)
class Beside:
    """The judged drops of a force that a drop is looked at beside, and the books the force sends.

    `known` is False where nothing is known of what was sent before, as where a file is checked without a home. `lost`
    are the names of files whose records are no longer where the ledger says. `waiting` are the files that are still to
    be judged: what they hold is not known yet, so nothing may be said not to be there.
    """

    known: bool = False
    sequence: int = LAST
    books: frozenset[str] = frozenset()
    drops: tuple[SentDrop, ...] = ()
    lost: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    def earlier(self, book: str) -> tuple[SentDrop, ...]:
        """Return the drops of a book that came before this one."""
        return tuple(drop for drop in self.drops if drop.book == book and drop.sequence < self.sequence)

    def of(self, book: str) -> tuple[SentDrop, ...]:
        """Return the drops of another book, whenever they came."""
        return tuple(drop for drop in self.drops if drop.book == book)


NOTHING = Beside()


def beside_of(store: Store, ledger: Ledger, force_id: str, drop_id: str, books: Mapping[str, Book]) -> Beside:
    """Return what a drop of a force is judged beside, in the order of arrival; the drop itself is left out.

    A drop the ledger does not know stands after all there are.
    """
    drops: list[SentDrop] = []
    lost: list[str] = []
    waiting: list[Waiting] = []
    sequence = LAST
    for known in ledger.drops(force_id):
        if known.drop_id == drop_id:
            sequence = known.sequence
            continue
        if known.state == "arrived" and known.book in books:
            waiting.append(Waiting(known.book, known.file, stated_period(known.file, books[known.book])))
        if not known.counts or known.sums is None:
            continue
        paths: dict[str, Path | None] = {"accepted": None, "held": None}
        for kind, count in (("accepted", known.sums.accepted_records), ("held", known.sums.held_records)):
            path = store.records_path(kind, force_id, known.book, known.drop_id)
            if count and not path.is_file():
                lost.append(known.file)
            elif count:
                paths[kind] = path
        period = (known.period_from, known.period_to) if known.period_from and known.period_to else None
        drops.append(SentDrop(known.drop_id, known.sequence, known.book, known.file, period, **paths))
    return Beside(True, sequence, frozenset(books), tuple(drops), tuple(dict.fromkeys(lost)), tuple(waiting))


def reports_first(drops: Iterable[Drop]) -> list[Drop]:
    """Return drops so that a force's health and safety reports are judged before the records that quote them.

    In all else they stay in their order. What two books are asked alike is asked of the one judged second.
    """
    listed = list(drops)
    place = {force_id: number for number, force_id in enumerate(dict.fromkeys(d.force_id for d in listed))}
    return sorted(listed, key=lambda drop: (place[drop.force_id], drop.book != LINKED_BOOK))
