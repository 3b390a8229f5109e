"""What a letter says, worked out from a receipt; the templates only lay it out."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipeline.calendar import next_collection
from pipeline.causes import to_mend_first
from pipeline.letter.before import Before
from pipeline.readings import spelled_out
from pipeline.visible import visible

# One page holds so many mends, row numbers of each, columns, and characters of a text that comes from the file.
MENDS = 3
ROWS_NAMED = 5
COLUMNS_NAMED = 5
LONGEST = 180
LONGEST_NAME = 60
# A share of records filled that changed by less is no news.
NEWS = 5
FIELDS_NAMED = 2

BOOKS = {
    "crime": "crimes",
    "health_safety": "health and safety reports",
    "use_of_force": "use of force forms",
}


@dataclass(frozen=True)
class Occasion:
    """What a letter needs beside the receipt: who it is to, on which day, what came before, and the marked file.

    `filled` is the share of records, of a hundred, that have each field, of this drop and of the one before it, where
    both are known. `marked` is where the marked file is; without it the letter gives the command that makes it.
    """

    name: str
    on: date
    before: Before | None = None
    filled: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    marked: str = ""
    command: str = ""


@dataclass(frozen=True)
class ToMend:
    """One thing to mend: where, what is wrong, how it is mended, and what that is worth."""

    where: str
    what: str
    how: str
    worth: str
    rows: str


@dataclass(frozen=True)
class Letter:
    """Everything a letter says, in words."""

    to: str
    on: str
    file: str
    book: str
    period: str
    title: str
    opening: str
    counts: Sequence[tuple[str, str]]
    mends: Sequence[ToMend]
    more: str
    since: Sequence[str]
    since_title: str
    also: Sequence[str]
    deadline: str
    marked: str
    command: str
    reference: str


def letter_of(receipt: Mapping[str, Any], occasion: Occasion) -> Letter:
    """Return the letter about a drop that was judged or refused."""
    first = [] if receipt["state"] == "refused" else to_mend_first(receipt["causes"], MENDS)
    asked = [cause for cause in receipt["causes"] if cause["severity"] != "note"]
    left = len(asked) - len(first)
    return Letter(
        to=occasion.name,
        on=spelled_out(occasion.on),
        file=named(receipt["file"]),
        book=BOOKS.get(receipt["book"], ""),
        period=period_of(receipt),
        title=title_of(receipt),
        opening=opening_of(receipt),
        counts=counts_of(receipt),
        mends=[to_mend(cause, receipt["findings"]) for cause in first],
        more=f"{counted(left, 'more thing')} to mend or look at: see receipt.json and findings.csv."
        if left
        else "",
        since=since(receipt, occasion),
        since_title=since_title(occasion.before),
        also=also(receipt),
        deadline=deadline(receipt, occasion),
        marked=occasion.marked,
        command=visible(occasion.command) if receipt["state"] == "collated" and asked else "",
        reference=receipt["drop_id"],
    )


def title_of(receipt: Mapping[str, Any]) -> str:
    """Return the outcome in a few words."""
    if receipt["state"] == "refused":
        return "Your file could not be used"
    if receipt["state"] == "nil":
        return "Your nil return is in: thank you"
    held = receipt["held"] + receipt["refused_lines"]
    if not held:
        return (
            "Every row of your file is accepted"
            if receipt["accepted"] == receipt["rows"]
            else "Your file is in"
        )
    return f"{counted(receipt['accepted'], 'row')} accepted, {held:,} held back"


def opening_of(receipt: Mapping[str, Any]) -> str:
    """Return what became of the file, in one sentence or two."""
    if receipt["state"] == "refused":
        return shortened(f"Nothing was taken from it, and nothing is lost. {receipt['refused']}", 3 * LONGEST)
    if receipt["state"] == "nil":
        return "Nothing happened, and you said so. Nothing more is needed from you."
    if receipt["held"] or receipt["refused_lines"]:
        return (
            "What is held back is in no national figure until it is mended and sent again. You need not send "
            "the other rows again, but may."
        )
    return "Nothing is held back." + (" What follows is worth a look." if receipt["findings_total"] else "")


def counts_of(receipt: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was received and what became of it, each as a label and a number."""
    if receipt["state"] != "collated":
        return []
    refused = receipt["refused_lines"]
    counts = [
        ("Rows received", receipt["rows"]),
        ("Accepted", receipt["accepted"]),
        ("Held back", receipt["held"]),
    ]
    counts += [
        (label, count)
        for label, count in (
            ("Lines that are no row", refused),
            ("Repeats, counted once", receipt["duplicates"]),
            ("Not assaults", receipt["out_of_scope"]),
        )
        if count
    ]
    return [(label, f"{count:,}") for label, count in counts]


def to_mend(cause: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> ToMend:
    """Return one cause as something to mend."""
    noun = "line" if cause["rule"] == "line.refused" else "row"
    count = counted(cause["rows"], noun)
    if cause["rule"] == "column.personal":
        worth = (
            f"It holds no row back; {counted(cause['rows'], 'column')} held what should not leave the force"
        )
    elif cause["severity"] == "error":
        worth = f"Worth {count} that {'is' if cause['rows'] == 1 else 'are'} held back"
    else:
        worth = (
            f"Worth {count} that {'says' if cause['rows'] == 1 else 'say'} too little now, though accepted"
        )
    rows = [each["row"] for each in findings if each["rule"] == cause["rule"] and each["row"]]
    rows = list(dict.fromkeys(rows))[:ROWS_NAMED]
    more = cause["rows"] - len(rows)
    named_rows = ", ".join(f"{row:,}" for row in rows) + (f" and {more:,} more" if rows and more > 0 else "")
    return ToMend(
        where=f'Column "{named(cause["column"])}"' if cause["column"] else "The whole row",
        what=shortened(f"{cause['message']} {described(cause)}".strip()),
        how=shortened(cause["mend"], 2 * LONGEST),
        worth=worth,
        rows=f"Row{'s' if cause['rows'] > 1 else ''} {named_rows}" if rows else "",
    )


def described(cause: Mapping[str, Any]) -> str:
    """Return what the rows of a cause have in common, as a sentence; nothing where that is only their number."""
    if cause["kind"] == "none":
        return ""
    said = str(cause["description"])
    return f"{said[:1].upper()}{said[1:]}."


def since_title(before: Before | None) -> str:
    return f"Since {named(before.file)}, which came on {spelled_out(before.arrived_on)}" if before else ""


def since(receipt: Mapping[str, Any], occasion: Occasion) -> list[str]:
    """Return what changed since the drop before, in sentences; nothing where there is none or this was not judged."""
    old = occasion.before
    if old is None or receipt["state"] == "refused":
        return []
    said = [
        f"Accepted: {part(receipt['accepted'], receipt['rows'])}; before, {part(old.accepted, old.rows)}.",
        f"Held back: {receipt['held']:,}; before, {old.held:,}.",
    ]
    unread = sum(
        count for rule, count in receipt.get("findings_by_rule", {}).items() if rule.endswith(".unexplained")
    )
    if unread or old.unread:
        said.append(f"Values nobody could read: {unread:,}; before, {old.unread:,}.")
    moved = [
        (after - earlier, name, after, earlier)
        for name, (after, earlier) in occasion.filled.items()
        if abs(after - earlier) >= NEWS
    ]
    for _, name, after, earlier in sorted(moved, key=lambda each: (each[0], each[1]))[:FIELDS_NAMED]:
        said.append(f"{name}: filled in on {after:.0f} of 100 records; before, {earlier:.0f}.")
    return said


def also(receipt: Mapping[str, Any]) -> list[str]:
    """Return what to know about the file beside its rows."""
    said = []
    for label, columns in (
        ("Columns we were not told about, and did not read", receipt["unexpected_columns"]),
        ("Columns missing from this file", receipt.get("absent_columns", [])),
    ):
        if columns:
            names = ", ".join(named(column) for column in columns[:COLUMNS_NAMED])
            more = len(columns) - COLUMNS_NAMED
            said.append(f"{label}: {names}{f' and {more} more' if more > 0 else ''}.")
    return said


def deadline(receipt: Mapping[str, Any], occasion: Occasion) -> str:
    """Return by when what is mended must be sent, and what it is then in."""
    ends = receipt.get("period")
    last = date.fromisoformat(ends.rpartition(" ")[2]) if ends else occasion.on
    month = next_collection(last, receipt["force_id"], occasion.on)
    release = f"the release of {spelled_out(month.release)}"
    if receipt["state"] == "nil" or (
        receipt["state"] == "collated" and not any(c["severity"] != "note" for c in receipt["causes"])
    ):
        return f"Nothing more is needed. Your figures are in {release}."
    said = f"Send what you mend by {month.final:%A} {spelled_out(month.final)} to have it in {release}."
    if receipt["state"] == "refused":
        said = f"Send the file again by {month.final:%A} {spelled_out(month.final)} to have it in {release}."
    return f"{said} What comes later goes into the release after it."


def period_of(receipt: Mapping[str, Any]) -> str:
    """Return the days a file covers, as people say them."""
    if not receipt.get("period"):
        return ""
    first, last = (date.fromisoformat(day) for day in receipt["period"].split(" to "))
    return f"{spelled_out(first)} to {spelled_out(last)}"


def part(count: int, of: int) -> str:
    share = f" ({100 * count / of:.0f} %)" if of else ""
    return f"{count:,} of {counted(of, 'row')}{share}"


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def named(text: str) -> str:
    """Return a name from a file as it may stand in a letter."""
    return shortened(text, LONGEST_NAME)


def shortened(text: str, most: int = LONGEST) -> str:
    """Return a text of at most so many characters, in one line, that changes nothing but what it shows."""
    line = visible(" ".join(text.split()))
    if len(line) <= most:
        return line
    return (
        textwrap.shorten(line, most, placeholder=" ...")
        if " " in line[: most - 4]
        else line[: most - 4] + " ..."
    )
