"""The letter about a workforce table: how many figures were read, what was set aside and why, from when they count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pipeline.calendar import release_from
from pipeline.letter.facts import Letter
from pipeline.letter.words import LONGEST, counted, named, shortened
from pipeline.readings import spelled_out

# One page holds so many reasons why rows were set aside.
REASONS = 8


def workforce_letter(receipt: Mapping[str, Any], on: date) -> Letter:
    """Return the letter about a workforce table that came on a day and was read or refused."""
    refused = receipt["state"] == "refused"
    release = spelled_out(release_from(on))
    return Letter(
        to="whoever keeps the workforce tables",
        on=spelled_out(on),
        file=named(receipt["file"]),
        book="workforce table of the Home Office",
        period="" if refused else days_of(receipt),
        title="Your file could not be used" if refused else "The workforce figures are in: thank you",
        opening=opening_of(receipt),
        counts=[] if refused else counts_of(receipt),
        mends=(),
        more="",
        since=(),
        since_title="",
        also=[] if refused else set_aside(receipt),
        deadline=(
            f"Put the mended table in the inbox before the release of {release}: until then rates are counted with the "
            "figures that were there before."
            if refused
            else f"Nothing more is needed. The release of {release} counts its rates with these figures."
        ),
        marked="",
        marked_said="",
        command="",
        closing="Every group of rows that was set aside, with its place, is in receipt.json beside this letter. "
        f"Our reference: {receipt['drop_id']}.",
    )


def opening_of(receipt: Mapping[str, Any]) -> str:
    """Return what became of the table, in one sentence or two."""
    if receipt["state"] == "refused":
        return shortened(f"Nothing was taken from it, and nothing is lost. {receipt['refused']}", 3 * LONGEST)
    forces = counted(receipt["forces"], "force")
    return f"It gives {counted(receipt['records'], 'figure')} of {forces}: what every rate is divided by."


def counts_of(receipt: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was read and what became of it, each as a label and a number."""
    counts = [("Rows read", receipt["rows"]), ("Rows with figures", receipt["accepted"])]
    counts += [("Rows set aside", receipt["out_of_scope"])] if receipt["out_of_scope"] else []
    return [(label, f"{count:,}") for label, count in [*counts, ("Figures", receipt["records"])]]


def set_aside(receipt: Mapping[str, Any]) -> list[str]:
    """Return why rows were set aside, in sentences, the most frequent reason first."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for each in receipt["set_aside"]:
        groups.setdefault(each["why"], []).append(each)
    rows = {why: sum(each["rows"] for each in group) for why, group in groups.items()}
    said = []
    for why in sorted(rows, key=lambda why: (-rows[why], why)):
        first = groups[why][0]
        sheet = f', sheet "{named(first["sheet"])}"' if first["sheet"] else ""
        said.append(
            f"{counted(rows[why], 'row')} set aside, {why}: the first is row {first['row']:,}{sheet}."
        )
    more = len(said) - REASONS
    return said[:REASONS] + ([f"{counted(more, 'more reason')}: see receipt.json."] if more > 0 else [])


def days_of(receipt: Mapping[str, Any]) -> str:
    """Return the first and the last day the figures are of, as people say them."""
    days = [spelled_out(date.fromisoformat(day)) for day in receipt["as_at"]]
    return f"as at {' to '.join(dict.fromkeys(days))}" if days else ""
