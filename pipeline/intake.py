"""Intake: what in the inbox is a new drop, whose it is, and that its bytes are safe before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from pipeline.collecting.nil import declared_book
from pipeline.home import Home
from pipeline.ledger import Arrival, DropRecord, Ledger
from pipeline.period import period_words, stated_period
from pipeline.read.limits import Limits
from pipeline.read.password import may_open_now
from pipeline.store import StillGrowing, Store, hash_of
from pipeline.version import VERSION
from schemas.force import Book, Force, load_forces
from schemas.register import FORCES, nearest_force

# The folder of the inbox for the Home Office's workforce tables, the denominators of every rate.
PUBLISHER = "home_office"
WORKFORCE = "workforce"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Drop:
    """One file of one force for one book, safe in the archive."""

    drop_id: str
    force_id: str
    book: str
    file: str
    sha256: str
    raw: Path
    arrived_on: date
    sequence: int

    @property
    def label(self) -> str:
        """Return the drop as the grid and the logs name it."""
        return f"{self.force_id}/{self.drop_id}/{self.file}"

    @property
    def named(self) -> Mapping[str, str]:
        """Return what a receipt says of the drop itself."""
        return {
            "force_id": self.force_id,
            "book": self.book,
            "file": self.file,
            "sha256": self.sha256,
            "drop_id": self.drop_id,
        }


@dataclass(frozen=True)
class Intake:
    """What one look into the inbox found."""

    drops: tuple[Drop, ...]
    already: int
    growing: tuple[str, ...]
    misplaced: tuple[str, ...]
    passed_over: tuple[str, ...] = ()


def drop_id_of(force_id: str, book: Book | None, name: str, digest: str) -> str:
    """Return the identity of a drop: the same bytes of the same force, book and stated period are the same drop.

    The period counts because two nil returns have the same bytes, and because last month's file sent again under this
    month's name is to be noticed, not passed over.
    """
    period = period_words(stated_period(name, book)) if book else None
    return sha256(f"{force_id}/{book.name if book else UNKNOWN}/{period}/{digest}".encode()).hexdigest()[:16]


def take_in(store: Store, ledger: Ledger) -> Intake:
    """Archive and register every file of the inbox that is not judged yet, in order of force and name.

    Drops registered earlier and not judged since come first.
    """
    forces = load_forces(store.home.forces)
    known = {(drop.force_id, drop.file, drop.size): drop for drop in ledger.drops()}
    drops: list[Drop] = []
    already = 0
    growing: list[str] = []
    for force_id, path in store.inbox_files():
        book_name = book_in(forces, force_id, path)
        force = forces.get(force_id)
        book = force.books.get(book_name) if force else None
        earlier = known.get((force_id, path.name, path.stat().st_size))
        if earlier and earlier.sha256 == hash_of(path) and not to_be_judged(earlier, forces):
            already += 1
            continue
        try:
            raw = store.archive(path)
        except StillGrowing:
            growing.append(f"{force_id}/{path.name}")
            continue
        drop_id = drop_id_of(force_id, book, raw.name, raw.sha256)
        sequence = ledger.arrive(Arrival(drop_id, force_id, book_name, raw.name, raw.sha256, raw.size))
        record = ledger.drop(drop_id)
        if record is not None and not to_be_judged(record, forces):
            already += 1
            continue
        arrived = record.arrived_at.date() if record else date.today()
        drops.append(Drop(drop_id, force_id, book_name, raw.name, raw.sha256, raw.path, arrived, sequence))
    taken = {drop.drop_id for drop in drops}
    # A drop whose judging was cut short is taken up again, though its file may have left the inbox since.
    left = [
        registered(store, ledger, d.drop_id) for d in ledger.drops(state="arrived") if d.drop_id not in taken
    ]
    return Intake(
        (*left, *drops), already, tuple(growing), tuple(store.misplaced()), tuple(store.passed_over())
    )


def registered(store: Store, ledger: Ledger, label: str) -> Drop:
    """Return a drop that was taken in, by its label; raises LookupError where the ledger knows none."""
    drop_id = label.split("/")[1] if label.count("/") >= 2 else label
    record = ledger.drop(drop_id)
    if record is None:
        raise LookupError(
            f"The ledger knows no drop {label}. Put its file in the inbox and run collate receive."
        )
    return Drop(
        record.drop_id, record.force_id, record.book, record.file, record.sha256,
        store.archived(record.file, record.sha256), record.arrived_at.date(), record.sequence,
    )  # fmt: skip


def book_of(forces: Mapping[str, Force], force_id: str, name: str) -> str:
    """Return the book a file of a force belongs to, or `unknown`."""
    if force_id == PUBLISHER:
        return WORKFORCE
    force = forces.get(force_id)
    book = force.book_of(name) if force else None
    return book.name if book else UNKNOWN


def book_in(forces: Mapping[str, Force], force_id: str, path: Path) -> str:
    """Return the book a file in the inbox belongs to: the one it declares to be nil, else that of its name.

    A marked file of ours that comes back under a name of its own belongs to the book that is written in it.
    """
    declared = declared_book(path) or ""
    force = forces.get(force_id)
    named = declared if force and declared in force.books else book_of(forces, force_id, path.name)
    if force is None or named != UNKNOWN:
        return named
    from pipeline.returned.marked_export import origin_of

    origin = origin_of(path, force.books)
    return origin[0] if origin else UNKNOWN


def to_be_judged(record: DropRecord, forces: Mapping[str, Force]) -> bool:
    """Return whether a drop is not judged yet, or was refused for what has changed since.

    That may be the mapping, the code, a password or a limit. What was refused for a wrong password is tried each time,
    since no password is kept to compare with.
    """
    if record.state == "arrived":
        return True
    if record.state != "refused":
        return False
    force = forces.get(record.force_id)
    book = force.books.get(record.book) if force else None
    return (record.mapping_fingerprint, record.code_version) != (fingerprint(book), VERSION) or (
        (record.book == UNKNOWN and book_of(forces, record.force_id, record.file) != UNKNOWN)
        or may_open_now(record.sentence or "", record.force_id)
        or Limits.from_environment().other_than(record.sentence or "")
    )


def fingerprint(book: Book | None) -> str:
    """Return what identifies the mapping a drop is judged by."""
    return book.fingerprint if book else "none"


def why_no_book(
    home: Home, forces: Mapping[str, Force], force_id: str, name: str, book: str | None = None
) -> str:
    """Return the sentence for a file that no force's file takes, or for a `book` asked for that the force lacks."""
    force = forces.get(force_id)
    if force is None:
        near = nearest_force(force_id.replace("_", " "))
        if force_id in FORCES:
            return (
                f"We have no file that says how {FORCES[force_id].official_name} exports its records. "
                f"Add {force_id}.toml to {home.forces.name}."
            )
        hint = f' Did you mean "{near}"?' if near else ""
        return f'There is no force called "{force_id}".{hint}'
    if book is not None:
        return f"{force_id}.toml has no book {book}; it has {' and '.join(force.books)}."
    taking = [known.name for known in force.books.values() if known.takes(name)]
    if taking:
        return f"The name of this file fits {' and '.join(taking)}, so we cannot tell which book it is. Rename it."
    expected = "; ".join(f"{b} as {' or '.join(known.files)}" for b, known in force.books.items())
    return (
        f"No book of {force.name} takes a file of this name. Expected: {expected}. Rename the file, or have its name "
        f"added to {force_id}.toml."
    )
