"""What a release may call itself: provisional, final or revised, earned by rule.

| mark | when |
|---|---|
| revised | a release of the month was final, or revised, before |
| final | the last day for files and mends is past, and every book of every force that has a force file is accounted for |
| provisional | neither |

The day is asked once, when the inputs are gathered, and only its answer is an input: whether the month is settled. So the
same inputs have the same mark on any day, and one that is settled stays so. A force of the register that nobody has set
up cannot be waited for; the release names those forces, and every table its coverage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.calendar import EVERY_NATION, day_of
from pipeline.ledger import DropRecord, ReleaseRecord
from pipeline.ledger.facts import Mark
from schemas.calendar import FINAL

UNITED_KINGDOM = ZoneInfo("Europe/London")


def last_day(month: date) -> date:
    """Return the last day on which files and mends for a month are waited for, the same for all nations."""
    return day_of(FINAL, month, EVERY_NATION)


def today() -> date:
    """Return the day it is in the United Kingdom."""
    return datetime.now(UNITED_KINGDOM).date()


def is_settled(
    month: date,
    on: date,
    drops: Iterable[DropRecord],
    accounted: Mapping[str, Any],
    earlier: Iterable[ReleaseRecord],
) -> bool:
    """Return whether a month's figures are those of a collection that has ended with nothing missing.

    It has ended when the last day is past on the day asked, or by the arrival of any drop, for a clock may be stepped
    back. `earlier` are the releases of the month: what was final once is settled.
    """
    if was_final(earlier):
        return True
    arrived = (drop.arrived_at.astimezone(UNITED_KINGDOM).date() for drop in drops)
    return max(on, *arrived, date.min) > last_day(month) and not accounted["missing"]


def mark_of(settled: bool, earlier: Iterable[ReleaseRecord]) -> Mark:
    """Return the mark of a release whose month is settled or not, after the earlier releases of that month."""
    if was_final(earlier):
        return "revised"
    return "final" if settled else "provisional"


def was_final(earlier: Iterable[ReleaseRecord]) -> bool:
    """Return whether any of a month's releases was final; one from before there were marks was not."""
    return any(release.mark in ("final", "revised") for release in earlier)


def mark_said(manifest: Mapping[str, Any]) -> str:
    """Return the mark of a release in one sentence; of one from before there were marks, nothing."""
    month = date.fromisoformat(f"{manifest['month']}-01")
    match manifest.get("mark"):
        case "final":
            return (
                f"Final: the last day for files and mends, {last_day(month):%-d %B %Y}, is past and every book is "
                "accounted for."
            )
        case "revised":
            return f"Revised: {month:%B %Y} was final before, and what it rests on has changed since."
        case "provisional":
            missing = len(manifest["accounted"]["missing"])
            if missing:
                return (
                    f"Provisional: {missing} {'book is' if missing == 1 else 'books are'} not accounted for, "
                    "so the figures will change."
                )
            return f"Provisional: the figures can change until {last_day(month):%-d %B %Y}, the last day for files and mends."
        case _:
            return ""
