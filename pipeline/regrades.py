"""Re-grades in force and expired, as receipts and `collate status` list them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from schemas.catalogue import catalogue, code_of
from schemas.drop import rules_of
from schemas.force import Book, Force
from schemas.regrade import Regrade
from schemas.table import Severity

if TYPE_CHECKING:
    from rich.console import Console


def regrades_of(book: Book, day: date) -> dict[str, list[dict[str, Any]]]:
    """Return the re-grades of a book that are in force on a day, and those that have fallen away before it."""
    if not book.regrades:
        return {"regrades": [], "regrades_expired": []}
    before = graded_before(book)
    in_force = [told(each, before) for each in book.regrades if day <= each.until]
    expired = [told(each, before) for each in book.regrades if day > each.until]
    return {"regrades": in_force, "regrades_expired": expired}


def graded_before(book: Book) -> dict[str, Severity]:
    """Return the severity each rule has where nobody re-grades it, by the rule's name."""
    own = {rule.name: rule.severity for rule in rules_of(replace(book, in_force=()))}
    return {**{each.name: each.severity for each in catalogue()}, **own}


def told(regrade: Regrade, before: Mapping[str, Severity]) -> dict[str, Any]:
    """Return one re-grade for a receipt."""
    return {
        "rule": regrade.rule,
        "code": code_of(regrade.rule),
        "from": before[regrade.rule].value,
        "to": regrade.severity.value,
        "reason": regrade.reason,
        "by": regrade.by,
        "until": regrade.until.isoformat(),
    }


def waived(book: Book | None) -> frozenset[str]:
    """Return the rules that hold rows elsewhere and not here, by a re-grade in force."""
    if book is None or not book.in_force:
        return frozenset()
    before = graded_before(book)
    return frozenset(
        each.rule
        for each in book.in_force
        if before[each.rule] is Severity.ERROR and each.severity is not Severity.ERROR
    )


def regrades_of_forces(forces: Mapping[str, Force], day: date) -> list[dict[str, Any]]:
    """Return every re-grade of every force with whether it is in force on a day, by force and book."""
    return [
        {"force_id": force_id, "book": name, **each, "in_force": kind == "regrades"}
        for force_id, force in sorted(forces.items())
        for name, book in force.books.items()
        for kind, listed in regrades_of(book, day).items()
        for each in listed
    ]


def said(regrade: Mapping[str, Any]) -> str:
    """Return a re-grade in force, or one that ended, as a sentence."""
    what = f"{regrade['code']} ({regrade['rule']})"
    if regrade.get("in_force", True):
        return (
            f"{what} counts as {a(regrade['to'])} instead of {a(regrade['from'])} up to and including {day(regrade)}, "
            f"by {regrade['by']}: {regrade['reason']}"
        )
    return (
        f"The re-grade of {what} ended on {day(regrade)}: it is {a(regrade['from'])} again. Take it out of the force's "
        "file, or give it a new end date and reason."
    )


def show(
    regrades: Sequence[Mapping[str, Any]], expired: Sequence[Mapping[str, Any]], console: Console
) -> None:
    """Print the re-grades a file was judged with, and those that no longer count."""
    from rich.markup import escape

    if regrades or expired:
        console.print("\n[bold]Rules graded otherwise for this force[/]")
    for each in (*regrades, *({**each, "in_force": False} for each in expired)):
        console.print(f"  {escape(said(each))}", highlight=False, soft_wrap=True)


def a(severity: str) -> str:
    return f"{'an' if severity == 'error' else 'a'} {severity}"


def day(regrade: Mapping[str, Any]) -> str:
    until = date.fromisoformat(regrade["until"])
    return f"{until.day} {until:%B %Y}"
