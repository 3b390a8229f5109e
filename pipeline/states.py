"""The state of a rule in a drop: it ran, it could not run and why, or it does not apply and why.

A pass with nothing judged is no pass: a rule that found nothing to look at does not apply.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from schemas.catalogue import code_of
from schemas.table import Rule

Ran = Literal["ran", "could_not_run", "does_not_apply"]
STATES: tuple[Ran, ...] = ("ran", "could_not_run", "does_not_apply")


@dataclass(frozen=True, order=True)
class State:
    """What became of one rule in one drop.

    `judged` counts what the rule looked at: records, or what a rule about the whole drop compares (months, fields,
    codes, references). `failed` of them broke it. `why` is empty where it ran. Raises ValueError for a state that
    contradicts itself.
    """

    rule: str
    code: str
    state: Ran
    judged: int = 0
    failed: int = 0
    why: str = ""

    def __post_init__(self) -> None:
        ran = self.state == "ran"
        if self.state not in STATES or ran != bool(self.judged) or ran == bool(self.why):
            raise ValueError(f"The state of {self.rule} contradicts itself: {asdict(self)}.")
        if not 0 <= self.failed <= self.judged:
            raise ValueError(f"{self.rule} failed {self.failed} times of {self.judged}.")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def ran(rule: Rule, judged: int, failed: int, nothing: str) -> State:
    """Return that a rule ran; where there was nothing to judge, that it does not apply, for `nothing`."""
    # What broke a rule was judged, whatever else was counted.
    failed, judged = int(failed), max(int(judged), int(failed))
    return (
        State(rule.name, code_of(rule.name), "ran", judged, failed)
        if judged
        else does_not_apply(rule, nothing)
    )


def could_not_run(rule: Rule, why: str) -> State:
    return State(rule.name, code_of(rule.name), "could_not_run", why=why)


def does_not_apply(rule: Rule, why: str) -> State:
    return State(rule.name, code_of(rule.name), "does_not_apply", why=why)
