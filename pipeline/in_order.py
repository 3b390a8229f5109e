"""The drops of one force, judged one after the other, so that each finds what those before it left.

Whatever runs several forces at once runs this for each: two months or two books of a force are never judged side by
side, where they would miss one another. It imports no data library before it judges.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)


class DropsLeft(Exception):
    """Some drops of a force could not be judged through a fault of ours; the others were.

    `faults` are their labels, each with its exception, `judged` the receipts of the others in counts.
    """

    def __init__(
        self, faults: Sequence[tuple[str, Exception]], judged: Sequence[dict[str, Any]], of: int
    ) -> None:
        names = ", ".join(label for label, _ in faults)
        super().__init__(f"{len(faults)} of {of} drops could not be judged: {names}.")
        self.faults = tuple(faults)
        self.judged = tuple(judged)


def by_force(drops: Iterable[str]) -> list[list[str]]:
    """Return the labels of drops by force, in the order they came in."""
    forces: dict[str, list[str]] = {}
    for label in drops:
        forces.setdefault(label.partition("/")[0], []).append(label)
    return [*forces.values()]


def collate_in_order(drops: Sequence[str], home: str | Path | None = None) -> list[dict[str, Any]]:
    """Judge the registered drops of a force in their order; return the receipt of each in counts, with its `drop`.

    What an earlier try has judged is not judged again. Raises DropsLeft, once every drop was tried, where a fault of
    ours kept some from being judged.
    """
    from pipeline import recipe

    judged: list[dict[str, Any]] = []
    faults: list[tuple[str, Exception]] = []
    for label in drops:
        try:
            receipt = recipe.judged_path(label, home) or recipe.collate_path(label, home)
        except Exception as fault:
            # It must not keep the force's other drops waiting; all are named at the end.
            _log.error("%s: not judged, a fault of ours", label, exc_info=fault)
            faults.append((label, fault))
            continue
        _log.info("%s: %s", label, outcome(receipt))
        judged.append({"drop": label, **receipt})
    if faults:
        raise DropsLeft(faults, judged, len(drops)) from faults[0][1]
    return judged


def outcome(receipt: dict[str, Any]) -> str:
    """Return what became of a drop, in counts."""
    if receipt.get("refused"):
        return f"refused: {receipt['refused']}"
    return f"{receipt['accepted']:,} accepted, {receipt['held']:,} held"
