"""Declaring a month nil: the file that says so is left in the force's inbox, and the log says who left it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from pipeline.collecting.collection import sent_of
from pipeline.collecting.nil import as_text
from pipeline.home import Home
from pipeline.intake import drop_id_of
from pipeline.ledger import Act, Ledger
from pipeline.period import month_end
from pipeline.store import Store
from pipeline.visible import visible
from schemas.force import Force, load_forces


class CannotDeclare(Exception):
    """The month cannot be declared nil; the sentence says why, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def declare_nil(home: Home, force_id: str, month: str, book: str | None, today: date) -> dict[str, Any]:
    """Leave the declaration of a nil return in a force's inbox; return where it is, its drop_id and what to say.

    Where the month is nil already, or the declaration is waiting to be received, nothing is written (`changed` is
    False). Raises CannotDeclare where records of the month stand, a file for it is with us, or it is not over.
    """
    forces = load_forces(home.forces)
    force = forces[force_id]
    name = known_book(force, book)
    first = known_month(month)
    if month_end(first) >= today:
        raise CannotDeclare(
            f"{first:%B %Y} is not over. Declare it nil once it is; what comes of it until then counts."
        )
    home.prepare()
    text = as_text(force_id, name, first)
    file = f"nil_{name}_{month}.txt"
    drop_id = drop_id_of(force_id, force.books[name], file, sha256(text.encode()).hexdigest())
    path = home.inbox / force_id / file
    told: dict[str, Any] = {
        "force_id": force_id, "book": name, "month": month, "drop_id": drop_id, "path": str(path), "changed": False,
    }  # fmt: skip
    with Ledger.open(home.ledger_url) as ledger:
        said = standing_already(ledger, forces, force_id, name, first, drop_id)
        if said:
            return {**told, "said": said}
        if path.exists():
            return {
                **told,
                "said": f"{path} is there already; collate receive takes it in. Nothing was written.",
            }
        deed = Act(
            did="declared nil", subject=drop_id, force_id=force_id, said={"book": name, "month": month}
        )
        with Store(home).faults_told():
            place = staged(path, text)
            try:
                ledger.record(deed)
                place.replace(path)
            finally:
                place.unlink(missing_ok=True)
    said = f"{path} says that {force.name} had nothing to report in {name} for {first:%B %Y}. collate receive takes it in."
    return {**told, "changed": True, "said": said}


def staged(path: Path, text: str) -> Path:
    """Return the file beside its place under a hidden name, which nobody receives, whole and on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    place = path.with_name(f".{path.name}.{os.getpid()}")
    with place.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return place


def standing_already(
    ledger: Ledger, forces: Mapping[str, Force], force_id: str, book: str, month: date, drop_id: str
) -> str:
    """Return the sentence for a month that is nil already, or ""; raises CannotDeclare where anything else stands."""
    drops = {drop.drop_id: drop for drop in ledger.drops(force_id, book)}
    again = drops.get(drop_id)
    if again and again.standing == "reverted":
        raise CannotDeclare(
            f"{month:%B %Y} was declared nil before, and that was reverted (drop {drop_id}). To have it stand again: "
            f"collate reinstate --drop {drop_id}"
        )
    nil = ""
    for each in sent_of(drops.values(), forces, ledger.profiles(force_id, book)):
        if each.period_from > month_end(month) or each.period_to < month:
            continue
        named = f"{visible(drops[each.drop_id].file)} (drop {each.drop_id}, {each.period_from} to {each.period_to})"
        if each.fate == "with us":
            raise CannotDeclare(
                f"{named} is with us and not settled. Run collate receive, or decide about it, and look again."
            )
        if each.fate in ("counts", "nothing counts"):
            raise CannotDeclare(
                f"{month:%B %Y} has a file that stands: {named}. A month with records is no nil return. If the file was "
                f"sent by mistake, collate revert --drop {each.drop_id} takes it out first."
            )
        if each.fate == "nil":
            nil = f"{month:%B %Y} is a nil return already: {named}. Nothing was written."
    return nil


def known_book(force: Force, book: str | None) -> str:
    """Return the book that is meant; raises CannotDeclare where the force does not send it, or it is not clear."""
    if book is None:
        if len(force.books) > 1:
            raise CannotDeclare(f"{force.name} sends {' and '.join(force.books)}: name one with --book.")
        return next(iter(force.books))
    if book not in force.books:
        raise CannotDeclare(f"{force.name} does not send {book}. It sends {' and '.join(force.books)}.")
    return book


def known_month(month: str) -> date:
    """Return the first day of a month; raises CannotDeclare for what is none."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month):
        raise CannotDeclare(f'"{month}" is not a month. Write it as year and month, such as 2018-09.')
    return date.fromisoformat(f"{month}-01")
