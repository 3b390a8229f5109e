"""How a file's name says its period, believed only where the dates in the file lie in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from pipeline.mapping.profile import days
from pipeline.mapping.propose import Proposal
from pipeline.period import ORDINALS, add_months, month_end

HALF_A_YEAR = 183

# From the most to the least that a name may say.
PATTERNS = (
    (r"(?P<year>\d{4})[-_ ]?(?P<month>0[1-9]|1[0-2])[-_ ]*to[-_ ]*(?P<to_month>0[1-9]|1[0-2])(?!\d)", "january"),
    (r"(?P<year>20\d{2})(?P<month>0[1-9]|1[0-2])-(?P<to_month>0[1-9]|1[0-2])(?!\d)", "january"),
    (r"(?P<year>20\d{2})[-_ ]?\d{2}[-_ ]?Q(?P<quarter>[1-4])", "april"),
    (r"(?P<year>20\d{2})[-_ ]*Q(?P<quarter>[1-4])", "january"),
    (r"Q(?P<quarter>[1-4])[-_ ]*(?P<year>20\d{2})", "january"),
    (r"(?P<year>20\d{2})-(?P<quarter>first|second|third|fourth)", "january"),
    (r"(?P<year>20\d{2})[-_ ]?(?P<month>0[1-9]|1[0-2])(?!\d)", "january"),
    (r"(?<!\d)(?P<month>0[1-9]|1[0-2])[-_ ]?(?P<year>20\d{2})", "january"),
    (r"(?<!\d)(?P<year>20\d{2})(?!\d)", "january"),
)  # fmt: skip


def period_lines(proposal: Proposal, kept: Mapping[str, Any], text: Callable[[object], str]) -> Iterator[str]:
    """Yield the lines of the period, active where nine in ten of the file's days lie in it."""
    if "period" in kept:
        yield f"[{proposal.book}.period]"
        yield from (f"{name} = {text(value)}" for name, value in kept["period"].items())
        yield ""
        return
    found = named_period(proposal)
    if found is None:
        return
    pattern, begins, share = found
    mark = "" if share >= 0.9 else "# doubtful: "
    yield f"{mark}[{proposal.book}.period]   # {share:.2f}: so many of its days lie in the period its name says"
    yield f"{mark}pattern = {text(pattern)}"
    if begins != "january":
        yield f"{mark}year_begins = {text(begins)}"
    yield ""


def named_period(proposal: Proposal) -> tuple[str, str, float] | None:
    """Return the pattern that fits the file's name, when its year begins, and the share of its days in the period."""
    mapped = proposal.mapped.get("occurred_on")
    held = proposal.held.get(mapped.columns[0]) if mapped and mapped.columns else None
    known = days(held.words, held.date_format) if held and held.date_format else []
    if not known:
        return None
    best: tuple[str, str, float] | None = None
    for pattern, usual in PATTERNS:
        said = re.search(pattern, proposal.file, re.IGNORECASE)
        if said is None:
            continue
        for begins in dict.fromkeys(
            (usual, "january", "april") if "quarter" in said.groupdict() else (usual,)
        ):
            first, last = span(said.groupdict(), begins)
            share = sum(first <= day <= last for day in known) / len(known)
            # A year in the name of a quarter's file says too little.
            if (
                not {"month", "quarter"} & set(said.groupdict())
                and (max(known) - min(known)).days < HALF_A_YEAR
            ):
                share = min(share, 0.5)
            if best is None or share > best[2] + 0.1:
                best = (pattern, begins, share)
    return best


def span(parts: Mapping[str, str | None], begins: str) -> tuple[date, date]:
    """Return the first and last day of a period."""
    year, start = int(parts["year"] or 0), 4 if begins == "april" else 1
    if parts.get("month"):
        first = date(year, int(parts["month"] or 1), 1)
        last = date(year, max(first.month, int(parts.get("to_month") or first.month)), 1)
        return first, month_end(last)
    if parts.get("quarter"):
        word = str(parts["quarter"]).lower()
        quarter = ORDINALS.get(word) or int(word)
        first = add_months(date(year, start, 1), 3 * (quarter - 1))
        return first, month_end(add_months(first, 2))
    first = date(year, start, 1)
    return first, month_end(add_months(first, 11))
