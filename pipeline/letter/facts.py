"""What a letter says, worked out from a receipt; the templates only lay it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipeline.calendar import next_collection
from pipeline.letter.before import Before
from pipeline.letter.mends import ToMend, mends_of
from pipeline.letter.words import LONGEST, counted, named, part, shortened
from pipeline.readings import spelled_out
from pipeline.receipt import mended_words, untold
from pipeline.visible import visible

# One page holds so many columns, and things odd about the file.
COLUMNS_NAMED = 5
ODDITIES = 3
# A share of records filled that changed by less is no news.
NEWS = 5
FIELDS_NAMED = 2

# What is odd about a file where values may be lost or wrong, or more is sent than is meant.
LOSSES = frozenset({
    "answer_refused", "answer_unasked", "row_key_twice", "row_key_unknown", "row_keys_gone",
    "both_orders", "column_twice", "control_characters", "cut_short", "error_cells", "fewer_rows_than_stated",
    "hidden_column", "hidden_rows", "hidden_sheet", "lost_leading_zeros", "month_first", "pushed_row", "range_as_date",
    "rounded_numbers", "scientific_numbers", "second_table", "sheet_not_searched", "swapped_dates", "too_narrow",
    "uncached_formulas", "unnamed_column",
})  # fmt: skip

BOOKS = {
    "crime": "crimes",
    "health_safety": "health and safety reports",
    "use_of_force": "use of force forms",
}


@dataclass(frozen=True)
class Occasion:
    """What a letter needs beside the receipt: who it is to, on which day, what came before, and the marked file.

    `filled` is the share of records, of a hundred, that have each field, of this drop and of the one before it, where
    both are known. `marked` is where the marked file is, `marked_said` what to know about it; without it the letter
    gives the command that makes it.
    """

    name: str
    on: date
    before: Before | None = None
    filled: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    marked: str = ""
    marked_said: Sequence[str] = ()
    command: str = ""


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
    marked_said: str
    command: str
    closing: str


def letter_of(receipt: Mapping[str, Any], occasion: Occasion) -> Letter:
    """Return the letter about a drop that was judged or refused."""
    mends, left = mends_of(receipt)
    return Letter(
        to=occasion.name,
        on=spelled_out(occasion.on),
        file=named(receipt["file"]),
        book=BOOKS.get(receipt["book"], ""),
        period=period_of(receipt),
        title=title_of(receipt),
        opening=opening_of(receipt, bool(mends)),
        counts=counts_of(receipt),
        mends=mends,
        more=f"{counted(left, 'more thing')} to mend or look at: see receipt.json and findings.csv."
        if left
        else "",
        since=since(receipt, occasion),
        since_title=since_title(occasion.before),
        also=also(receipt),
        deadline=deadline(receipt, occasion, bool(mends)),
        marked=occasion.marked,
        marked_said=" ".join(occasion.marked_said),
        command=visible(occasion.command) if receipt["state"] == "collated" and mends else "",
        closing=closing_of(receipt),
    )


def title_of(receipt: Mapping[str, Any]) -> str:
    """Return the outcome in a few words."""
    if receipt["state"] == "refused":
        return "Your file could not be used"
    if receipt["state"] == "nil":
        return "Your nil return is in: thank you"
    unread = receipt["refused_lines"]
    lines = f"{counted(unread, 'line')} could not be read" if unread else ""
    if receipt["held"]:
        said = f"{counted(receipt['accepted'], 'row')} accepted, {receipt['held']:,} held back"
    elif receipt["accepted"] == receipt["rows"]:
        said = "Every row of your file is accepted"
    else:
        said = "Your file is in"
    return ", ".join(filter(None, (said, lines)))


def opening_of(receipt: Mapping[str, Any], is_asked: bool) -> str:
    """Return what became of the file, in a few sentences; first what was mended, last what was answered before."""
    mended = receipt.get("mended")
    first = f"{mended_words(mended)} of the rows held back before." if mended and mended["of"] else ""
    return " ".join(filter(None, (first, became(receipt, is_asked), answered_said(receipt))))


def answered_said(receipt: Mapping[str, Any]) -> str:
    """Return how many queries are not asked again, since the force has answered them."""
    count = receipt.get("answered", {}).get("queries", 0)
    if not count:
        return ""
    one = count == 1
    queries, are = ("query", "is") if one else ("queries", "are")
    return f"{count:,} {queries} you have answered {are} not listed again."


def became(receipt: Mapping[str, Any], is_asked: bool) -> str:
    """Return what became of the file, in one sentence or two."""
    if receipt["state"] == "refused":
        return shortened(f"Nothing was taken from it, and nothing is lost. {receipt['refused']}", 3 * LONGEST)
    if receipt["state"] == "nil":
        if is_asked:
            return "Nothing happened, and you said so. What you sent before speaks of something: see below."
        return "Nothing happened, and you said so. Nothing more is needed from you."
    if receipt["held"] or receipt["refused_lines"]:
        return (
            "What is held back is in no national figure until it is mended and sent again. You need not send "
            "the other rows again, but may."
        )
    return "Nothing is held back." + (" What follows is worth a look." if is_asked else "")


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
            ("Lines that could not be read", refused),
            ("Repeats, counted once", receipt["duplicates"]),
            ("Withdrawn", receipt.get("withdrawn", 0)),
            ("Not assaults", receipt["out_of_scope"]),
        )
        if count
    ]
    return [(label, f"{count:,}") for label, count in counts]


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
        ("Columns we were not told about, and did not read", untold(receipt)),
        ("Columns missing from this file", receipt.get("absent_columns", [])),
    ):
        if columns:
            names = ", ".join(named(column) for column in columns[:COLUMNS_NAMED])
            more = len(columns) - COLUMNS_NAMED
            said.append(f"{label}: {names}{f' and {more} more' if more > 0 else ''}.")
    odd = [each["sentence"] for each in receipt["noticed"] if each["kind"] in LOSSES]
    said += [shortened(sentence, 2 * LONGEST) for sentence in odd[:ODDITIES]]
    if len(odd) > ODDITIES:
        said.append(
            f"{counted(len(odd) - ODDITIES, 'more thing')} about how the file is written: see receipt.json."
        )
    return said


def deadline(receipt: Mapping[str, Any], occasion: Occasion, is_asked: bool) -> str:
    """Return by when what is mended must be sent, and what it is then in."""
    ends = receipt.get("period")
    last = date.fromisoformat(ends.rpartition(" ")[2]) if ends else occasion.on
    month = next_collection(last, receipt["force_id"], occasion.on)
    release = f"the release of {spelled_out(month.release)}"
    if receipt["state"] != "refused" and not is_asked:
        return f"Nothing more is needed. Your figures are in {release}."
    said = f"Send what you mend by {month.final:%A} {spelled_out(month.final)} to have it in {release}."
    if receipt["state"] == "refused":
        said = f"Send the file again by {month.final:%A} {spelled_out(month.final)} to have it in {release}."
    return f"{said} What comes later goes into the release after it."


def closing_of(receipt: Mapping[str, Any]) -> str:
    """Return where everything else about the file is, and how the letter is to be kept."""
    reference = f" Our reference: {receipt['drop_id']}." if receipt["drop_id"] else ""
    return (
        f"Everything found, row by row, is in findings.csv and receipt.json beside this letter.{reference} "
        "This letter shows values of your own file: keep it as safely as the file."
    )


def period_of(receipt: Mapping[str, Any]) -> str:
    """Return the days a file covers, as people say them."""
    if not receipt.get("period"):
        return ""
    first, last = (date.fromisoformat(day) for day in receipt["period"].split(" to "))
    return f"{spelled_out(first)} to {spelled_out(last)}"
