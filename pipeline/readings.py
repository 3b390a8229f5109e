"""What a receipt says of how a value was read, or might be: the mended value, the likely one, what is settled."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pipeline.engine import Engine
from pipeline.read import Noticed
from schemas.assault import ASSAULT
from schemas.drop import CLOCKS
from schemas.force import Book, FieldMap
from schemas.mend import EPOCHS, Mended
from schemas.moments import pattern, signs
from schemas.table import Explained, Rule

# The order of findings: that of the file, then of the rules.
ORDER = ("row", "victim", "ordinal", "wording")

# Of so many different values that are no date or time it is said what they may be.
MOST_LIKELY = 10_000

# Formats that are read only where a force states them: they may mean something else, or leave out the century.
UNSTATED = {
    "date": (
        "%d/%m/%y", "%d-%m-%y", "%d.%m.%y", "%d %b %y", "%d-%b-%y", "%d %B %y", "%d%b%Y", "%b %d %Y", "%b %d, %Y",
        "%B %d, %Y", "%Y/%m/%d", "%Y%m%d", "%d%m%Y", "%d%m%y", "%m/%d/%Y", "%m/%d/%y", "%m/%d/%Y %H:%M",
    ),
    "time": ("%H%M", "%H.%M", "%H%M%S", "%H.%M.%S"),
}  # fmt: skip

# The days from 1982 to 2064, as a spreadsheet numbers them.
_DAY_NUMBER = re.compile(r"[3-5]\d{4}(?:\.\d+)?")
_PART_OF_DAY = re.compile(r"0\.\d{3,}")


def read_as(broken: ir.Table, numbers: Mapping[Rule, int]) -> ir.StringValue:
    """Return what a finding says of a value that was mended, beside its rule: what it is read as; else null."""
    said = [
        (
            broken["wording"] == number,
            ibis.literal(f"{rule.sentence} It is read as ") + broken[rule.field].cast("string") + ".",
        )
        for rule, number in numbers.items()
        if isinstance(rule.constraint, Mended)
    ]
    return cast(ir.StringValue, ibis.cases(*said, else_=ibis.null("string")) if said else ibis.null("string"))


def with_likely(engine: Engine, found: ir.Table, numbers: Mapping[Rule, int], book: Book) -> ir.Table:
    """Return findings laid down, those of a day or time that could not be read with what it may be, and how to state it."""
    unread = {
        number: rule
        for rule, number in numbers.items()
        if isinstance(rule.constraint, Explained) and ASSAULT[rule.field].type in CLOCKS
    }
    if not unread:
        return found
    asked = found.filter(found["wording"].isin([*unread])).select("wording", "value").distinct()
    hints: list[dict[str, object]] = []
    for each in engine.rows(asked.order_by(["wording", "value"]).limit(MOST_LIKELY)):
        rule = unread[each["wording"]]
        hint = likely(each["value"] or "", ASSAULT[rule.field].type, book.fields[rule.field])
        if hint:
            hints.append({**each, "hint": f"{rule.sentence} {hint}"})
    if not hints:
        return found
    kinds = pa.schema([("wording", pa.int64()), ("value", pa.string()), ("hint", pa.string())])
    known = engine.read_small("hints", pa.Table.from_pylist(hints, kinds))
    joined = found.left_join(known, ["wording", "value"])
    hinted = joined.mutate(message=ibis.coalesce(joined["message"], joined["hint"])).select(*found.columns)
    return engine.lay_down("hinted", hinted.order_by([*ORDER]))


def likely(text: str, kind: str, mapped: FieldMap) -> str:
    """Return what a text that was not read as a date or time may be, with the line that says so; empty if nothing."""
    if not mapped.mend.serial_dates:
        number = day_number(text, kind)
        if number:
            return (
                f"As a spreadsheet's day number it would be {number}: if the column holds such numbers, state "
                'mend = { serial_dates = "1900" } for this field in the force file.'
            )
    if kind == "time" and re.fullmatch(r"\d{1,3}", text) and not mapped.mend.leading_zeros:
        found = read_text(text.zfill(4), "%H%M")
        if found:
            return (
                f"With the noughts a spreadsheet takes away it would be {found:%H:%M}: if so, state "
                'format = "%H%M", mend = { leading_zeros = 4 } for this field in the force file.'
            )
    for form in UNSTATED[kind]:
        found = read_text(text, form) if form not in mapped.formats else None
        if found:
            said = spelled_out(found.date()) if kind == "date" else f"{found:%H:%M}"
            return f'It would be {said} in the format "{form}": if so, state this format in the force file.'
    return ""


def day_number(text: str, kind: str) -> str:
    """Return what a spreadsheet's day number stands for in the 1900 system; empty where a text is none."""
    if kind == "date" and _DAY_NUMBER.fullmatch(text):
        return spelled_out(EPOCHS["1900"] + timedelta(days=int(float(text))))
    if kind == "time" and (_PART_OF_DAY.fullmatch(text) or ("." in text and _DAY_NUMBER.fullmatch(text))):
        return f"{datetime(1900, 1, 1) + timedelta(seconds=round(float(text) % 1 * 86_400)):%H:%M}"
    return ""


def read_text(text: str, form: str) -> datetime | None:
    """Return what a text stands for in a format, read as strictly as the engine is made to."""
    if not re.fullmatch(pattern(form), text, re.IGNORECASE):
        return None
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def spelled_out(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def still_odd(noticed: Sequence[Noticed], book: Book) -> tuple[Noticed, ...]:
    """Return what was odd about how values are written, without what the force's file states already."""
    maps: dict[str, list[FieldMap]] = {}
    for mapped in book.fields.values():
        for name in mapped.names:
            for column in book.numbered(name):
                maps.setdefault(column, []).append(mapped)
    return tuple(each for each in noticed if not stated(each.kind, maps.get(each.column, ())))


def stated(kind: str, maps: Collection[FieldMap]) -> bool:
    """Return whether every field that reads a column as a day or time, or else at all, states how to read it."""
    clocks = [mapped for mapped in maps if ASSAULT[mapped.field].type in CLOCKS]
    asked = clocks or [*maps]
    return bool(asked) and all(states(kind, mapped) for mapped in asked)


def states(kind: str, mapped: FieldMap) -> bool:
    """Return whether a field's map says how a column with some oddity is to be read."""
    formats, mend = mapped.formats, mapped.mend
    match kind:
        case "serial_dates":
            return mend.serial_dates is not None
        case "swapped_dates":
            return mend.swapped_dates
        case "lost_leading_zeros":
            return mend.leading_zeros is not None
        case "range_as_date":
            return bool(mend.ranges)
        case "two_digit_years":
            return any("y" in signs(form) for form in formats)
        case "month_first":
            return any(re.search("[mbB].*d", signs(form)) for form in formats)
        case "times_without_colon":
            return any(signs(form) and "%H%M" in form for form in formats)
        case "times_with_point":
            return any("%H.%M" in form for form in formats)
        case "times_am_pm":
            return not formats or any("%p" in form for form in formats)
    return False
