"""How a force sends a period again, declared in its file: what a later file does to what earlier ones hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

from schemas.spaces import tidy

# amend: a later file replaces the references it holds and leaves the rest.
# full: a later file holds the whole of its period, so what it no longer holds is withdrawn.
# delta: a file holds changes: references to add, to change and to withdraw.
How = Literal["amend", "full", "delta"]
HOWS: tuple[How, ...] = get_args(How)

# What a row of a file of changes may be.
KINDS = ("add", "change", "withdraw")

# A file of a whole period that would withdraw more than this share of its records waits for a person.
MOST_DROPPED = 0.2


@dataclass(frozen=True)
class Resend:
    """How a book is sent again, and the share of a period's records that a file may drop without being asked."""

    how: How = "amend"
    most_dropped: float = MOST_DROPPED


@dataclass(frozen=True)
class Actions:
    """The column of a file of changes that says of each row what is to be done with it, and its words, folded."""

    column: str
    add: tuple[str, ...]
    change: tuple[str, ...]
    withdraw: tuple[str, ...]


class Says(Protocol):
    """What words the faults of a force's file."""

    def error(self, key: str, sentence: str) -> Exception: ...

    def known(self, word: object, allowed: tuple[str, ...], key: str, kind: str) -> None: ...

    def table(self, value: object, key: str) -> Mapping[str, Any]: ...

    def keys(self, table: Mapping[str, Any], allowed: tuple[str, ...], key: str) -> None: ...

    def text(self, table: Mapping[str, Any], key: str, where: str) -> str: ...

    def texts(
        self, table: Mapping[str, Any], key: str, where: str, *, needed: bool = False
    ) -> tuple[str, ...]: ...


def read_resend(table: Mapping[str, Any], book: str, check: Says) -> Resend:
    """Return how a book is sent again: `resend` and `most_dropped` of its table; raises ForceFileError."""
    how = table.get("resend", "amend")
    check.known(how, HOWS, f"{book}.resend", "way of sending again")
    if how == "full" and "period" not in table:
        raise check.error(
            f"{book}.resend",
            f"a file that replaces its whole period must say which period that is: add [{book}.period], or use "
            '"amend"',
        )
    share = table.get("most_dropped", MOST_DROPPED)
    if "most_dropped" in table and how != "full":
        raise check.error(f"{book}.most_dropped", 'this is of use with resend = "full" alone')
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise check.error(f"{book}.most_dropped", "this should be a share from 0 to 1, as 0.2")
    return Resend(how, float(share))


def read_actions(table: Mapping[str, Any], book: str, check: Says) -> Actions | None:
    """Return how rows of a file of changes say what they are: the `change` table of a book, or None where it has none.

    Raises ForceFileError where it is missing from a book that is sent as changes, or stands in one that is not.
    """
    key = f"{book}.change"
    is_delta = table.get("resend", "amend") == "delta"
    if "change" not in table:
        if is_delta:
            raise check.error(
                f"{book}.resend", f"a file of changes has a column that says what each row is: add [{key}]"
            )
        return None
    if not is_delta:
        raise check.error(key, 'this is for files of changes: add resend = "delta" to the book')
    said = check.table(table["change"], key)
    check.keys(said, ("column", *KINDS), key)
    words = {
        kind: tuple(dict.fromkeys(tidy(word).lower() for word in check.texts(said, kind, key)))
        for kind in KINDS
    }
    if not words["withdraw"]:
        raise check.error(f"{key}.withdraw", "give at least one word that takes a record back")
    if not (words["add"] or words["change"]):
        raise check.error(key, "give the words of rows that are records: add, change or both")
    seen: dict[str, str] = {}
    for kind, listed in words.items():
        for word in listed:
            if word in seen:
                raise check.error(f"{key}.{kind}", f'"{word}" is also in {seen[word]}; keep one of the two')
            seen[word] = kind
    return Actions(check.text(said, "column", key), **words)
