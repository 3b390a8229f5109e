"""What a rule about a whole drop comes to: it ran, it could not run, or it does not apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.table import Rule

Ran = Literal["ran", "could_not_run", "does_not_apply"]


@dataclass(frozen=True)
class Found:
    """One thing found about a drop: the field it is about, and a sentence with its figures."""

    field: str
    message: str


@dataclass(frozen=True)
class Answer:
    """What one rule about a drop comes to; `judged` counts what it looked at: months, fields, codes, references.

    `why` says why it could not run or does not apply, and is empty where it ran.
    """

    rule: Rule
    state: Ran
    judged: int = 0
    found: tuple[Found, ...] = ()
    why: str = ""


def ran(rule: Rule, judged: int, found: Sequence[Found], nothing: str) -> Answer:
    """Return the answer of a rule that looked at some things; where it looked at none it did not apply, for `nothing`."""
    return Answer(rule, "ran", judged, tuple(found)) if judged else does_not_apply(rule, nothing)


def could_not_run(rule: Rule, why: str) -> Answer:
    return Answer(rule, "could_not_run", why=why)


def does_not_apply(rule: Rule, why: str) -> Answer:
    return Answer(rule, "does_not_apply", why=why)


def per_cent(part: float, whole: float) -> str:
    """Return a share as people say it."""
    return f"{100 * part / whole:.0f} per cent"
