"""Whence a standard value comes: which key of the force's file, which format or which list made it of a cell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from schemas.assault import ASSAULT
from schemas.force import Book, FieldMap, ListMap, fold, identity
from schemas.moments import day_formats, time_formats
from schemas.personal import NOT_KEPT
from transforms.by_word import DAY
from transforms.mend import shapes

SCOPE, FORCE = "scope", "force_id"
CLASSIFIED = ("offence_class", "measure")
REFERENCES = ("source_record_id", "health_safety_ref")

# Why a value is what it is, in the words of a transform map; `detail` beside it says which.
ABSENT = "column not in this file"
BLANK = "blank"
BUILT_IN = "our own code"
CLASSIFICATION = "offence classification"
CONSTANT = "constant in the force's file"
COUNTED = "counted within the reference"
DATE = "date format"
IN_ROW = "place in the row"
KEPT = "as it stands"
LABEL = "offence class in place of a code"
LIST = "words of a list"
MENDED = "mended"
MISSING = "word for missing"
NOT_COLLECTED = "not collected"
NOT_LISTED = "other values"
PUT_ASIDE = "put aside as personal data"
NOT_TAKEN = "no part taken"
NUMBER = "whole number"
OFFENCE_CODE = "Home Office code"
ONE = "one victim a row"
OWN_FORCE = "names this force"
PSEUDONYM = "replaced by a pseudonym"
SCOPED = "scope of the force's file"
TICKED = "ticked columns"
TIME = "time format"
TITLE = "opening of the title"
UNDECIDED = "not decided"
UNEXPLAINED = "not explained"
# In `detail`, of cells of which a part is not explained.
NEITHER = "a cell is neither yes nor no"
PARTLY = "and a word nothing explains"
LATE = "24:00 is 00:00 of the next day"
VALUE_MAP = "value map"
YES_NO = "yes and no words"


@dataclass(frozen=True)
class Source:
    """Where a field of the records is read from: our name of it, and the columns of the file by the force's names.

    `answers` are the columns of converted records that say what it became, and whether it could be read. A field that
    is not read at all, or whose values are never shown, has `whole`: why, for every record alike.
    """

    field: str
    columns: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    whole: str | None = None
    veiled: bool = False
    dated: bool = False
    # What cells look like that are not kept as they stand, each a regular expression.
    mends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """What a record says in one field: its cells as they stand, and what was made of them.

    `on` is the first day of the span the assault lies in, between the days on which rules change; None before all.
    """

    cells: tuple[str, ...]
    standard: Any
    unexplained: bool = False
    on: date | None = None


@dataclass(frozen=True)
class How:
    """By what a value became what it is: `place` are the keys of the force's file that say so, `words` what to look for."""

    by: str
    detail: str = ""
    place: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def sources(book: Book, present: Collection[str]) -> tuple[Source, ...]:
    """Return where every field is read from in a file with these columns, in the order of the assault table."""
    found = [
        source_of(declared.name, book, present)
        for declared in ASSAULT.fields
        if declared.given or declared.name in CLASSIFIED
    ]
    if book.force:
        found.insert(0, Source(FORCE, here(book, [book.force.column], present), ("another_force",)))
    if book.scope:
        columns = here(book, [condition.column for condition in book.scope], present)
        found.insert(0, Source(SCOPE, columns, ("out_of_scope", "unexplained_scope")))
    return tuple(found)


def source_of(name: str, book: Book, present: Collection[str]) -> Source:
    """Return where a field of the assault table is read from."""
    mapped = book.fields.get(name)
    answers = (name, f"unexplained_{name}")
    cells = [cell.column for cell in book.lists if name in cell.fields()]
    if name in CLASSIFIED:
        offence = [c for n in ("offence_code", "offence_title") for c in columns_of(n, book, present)]
        columns = tuple(dict.fromkeys((*offence, *columns_of("victim_type", book, present))))
        return Source(name, columns, answers, dated=True) if offence else Source(name, whole=NOT_COLLECTED)
    if name == "attempted" and mapped is None and not cells:
        columns = columns_of("offence_title", book, present)
        return Source(name, columns, answers) if columns else Source(name, whole=NOT_COLLECTED)
    if name == "victim_number" and mapped is None:
        return Source(name, (), answers)
    if mapped is None and not cells:
        return Source(name, whole=NOT_COLLECTED)
    if mapped is None:
        columns = here(book, cells, present)
        return Source(name, columns, answers) if columns else Source(name, tuple(cells), whole=ABSENT)
    if mapped.constant is not None:
        return Source(name, (), answers)
    if mapped.count_within is not None:
        return Source(name, whole=COUNTED)
    columns = here(book, mapped.names, present)
    if not columns:
        return Source(name, mapped.names, whole=ABSENT)
    if name == "source_record_id":
        return Source(name, columns, whole=KEPT)
    veiled = ASSAULT[name].pseudonym or name in REFERENCES
    mends = tuple(shapes(ASSAULT[name], mapped))
    dated = bool(mapped.codes_from)
    return Source(name, columns, answers, veiled=veiled, dated=dated, mends=mends)


def columns_of(name: str, book: Book, present: Collection[str]) -> tuple[str, ...]:
    """Return the columns of the file that a field is read from."""
    source = source_of(name, book, present)
    return () if source.whole == ABSENT else source.columns


def here(book: Book, names: Sequence[str], present: Collection[str]) -> tuple[str, ...]:
    """Return the columns a file has, in the spelling of the force's file."""
    return tuple(n for n in dict.fromkeys(names) if any(column in present for column in book.numbered(n)))


def how(source: Source, said: Said, book: Book) -> How:
    """Return by what the cells of a field became its standard value."""
    if source.whole is not None:
        return How(source.whole)
    if source.field == SCOPE:
        return how_scoped(said, source, book)
    if source.field == FORCE:
        return How(UNEXPLAINED if said.unexplained else OWN_FORCE, "", ("force", "words"))
    if source.field in CLASSIFIED:
        return how_classified(said)
    mapped = book.fields.get(source.field)
    if mapped is not None:
        return how_mapped(source, said, mapped, book)
    if source.field == "victim_number":
        return How(IN_ROW if book.victims > 1 else ONE)
    listed = next((cell for cell in book.lists if source.field in cell.fields()), None)
    if listed is not None:
        return how_listed(source, said, listed)
    return How(TITLE) if any(said.cells) else How(BLANK)


def how_scoped(said: Said, source: Source, book: Book) -> How:
    if said.unexplained:
        return How(UNEXPLAINED)
    if said.standard is None:
        return How(SCOPED, "", ("scope",))
    condition = book.scope[said.standard - 1]
    cell = dict(zip(source.columns, said.cells, strict=True)).get(condition.column, "")
    listed = "is one of its out words" if fold(cell) in condition.outside else "is none of its in words"
    return How(SCOPED, f'"{condition.column}" {listed}', ("scope",), (condition.column,))


def how_classified(said: Said) -> How:
    if said.standard is not None:
        return How(CLASSIFICATION)
    return How(UNDECIDED) if any(said.cells) else How(BLANK)


def how_listed(source: Source, said: Said, listed: ListMap) -> How:
    if not any(said.cells):
        return How(BLANK)
    used = {
        word: target[1]
        for word, target in ((fold(w), t) for w, t in listed.words.items())
        if target and target[0] == source.field and word in split(said.cells[0], listed.separator)
    }
    if not used and said.unexplained:
        return How(UNEXPLAINED)
    return How(
        LIST,
        pairs(used) + (f", {PARTLY}" if said.unexplained else ""),
        ("lists",),
        (listed.column,),
    )


def how_mapped(source: Source, said: Said, mapped: FieldMap, book: Book) -> How:
    declared = ASSAULT[source.field]
    place = ("fields", source.field)
    if mapped.constant is not None:
        return How(CONSTANT, "", place)
    if not any(said.cells):
        return How(BLANK)
    if mapped.flags:
        return how_ticked(source, said, mapped)
    text = taken(source, said, mapped, book)
    if declared.pseudonym:
        return How(PSEUDONYM, "", place) if said.standard is not None else How(MISSING)
    if text is None and mapped.take:
        return How(NOT_TAKEN, f"nothing fits {mapped.take}", place)
    blank = {*book.missing, *mapped.missing}
    if text is None or (said.standard in (None, (), "") and fold(text) in blank):
        return How(MISSING, "", place if text and fold(text) in mapped.missing else ("missing",))
    if declared.type == "list":
        return how_list(said, text, mapped, blank)
    if said.unexplained:
        return How(UNEXPLAINED, "", place)
    if NOT_KEPT in text:
        return How(PUT_ASIDE, "", place)
    if any(re.search(shape, text) for shape in source.mends):
        return How(MENDED, LATE if "24" in text and not mapped.mend else "", place)
    if source.field == "offence_code":
        return (
            How(OFFENCE_CODE, "" if text == said.standard else "in its usual form", place)
            if said.standard is not None
            else How(LABEL)
        )
    match declared.type:
        case "date":
            if source.field == DAY and is_day_before(text, said.standard, day_formats(mapped)):
                return How(MENDED, LATE, place)
            return How(DATE, fitting(text, said.standard, day_formats(mapped)), place)
        case "time":
            return How(TIME, fitting(text, said.standard, time_formats(mapped)), place)
        case "integer" | "number":
            return How(NUMBER, "", place)
        case "boolean" if mapped.codes is None and not mapped.codes_from:
            return How(YES_NO, pairs({text: "true" if said.standard else "false"}), place)
    if declared.codes is None and declared.type != "boolean":
        return How(KEPT, "", place)
    return how_coded(said, text, mapped)


def how_coded(said: Said, text: str, mapped: FieldMap) -> How:
    """Return the line of the value map that explains a word on the day of the assault."""
    place = ("fields", mapped.field)
    since = next((d for d in reversed(mapped.codes_from) if said.on is not None and said.on >= d.since), None)
    codes = since.codes if since else mapped.codes
    if codes is None:
        own = pairs({text: "true" if said.standard else "false"}) if isinstance(said.standard, bool) else ""
        return How(YES_NO if own else BUILT_IN, own, place)
    word = text if text in codes else next((w for w in codes if fold(w) == fold(text)), None)
    if word is None:
        return How(VALUE_MAP, "", place)
    held = f", from {since.since.isoformat()}" if since else ""
    sought = (since.since.isoformat(), word) if since else (word,)
    return How(VALUE_MAP, pairs({word: codes[word]}) + held, place, sought)


def how_list(said: Said, text: str, mapped: FieldMap, blank: Collection[str]) -> How:
    known = mapped.codes if mapped.codes is not None else identity(ASSAULT[mapped.field].codes or ())  # type: ignore[arg-type]
    folded = {fold(word): (word, code) for word, code in known.items()}
    parts = [part for part in split(text, mapped.separator or ";") if part not in blank]
    used = dict(folded[part] for part in parts if part in folded)
    if not used:
        return How(UNEXPLAINED if said.unexplained else MISSING, "", ("fields", mapped.field))
    more = f", {PARTLY}" if said.unexplained else ""
    return How(LIST, pairs(used) + more, ("fields", mapped.field), (next(iter(used)),))


def how_ticked(source: Source, said: Said, mapped: FieldMap) -> How:
    ticked = {
        column: mapped.flags[column]
        for column, cell in zip(source.columns, said.cells, strict=True)
        if fold(cell) in mapped.yes
    }
    more = NEITHER if said.unexplained else ""
    return How(TICKED, ", and ".join(filter(None, (pairs(ticked), more))), ("fields", mapped.field))


def taken(source: Source, said: Said, mapped: FieldMap, book: Book) -> str | None:
    """Return the text a field was read from: its cells put together, or the part that is taken of it.

    Of columns that took each other's place, the one whose day it was cannot be told here: the first filled one stands.
    """
    blank = {*book.missing, *mapped.missing}
    filled = [cell for cell in said.cells if cell and (not mapped.columns or fold(cell) not in book.missing)]
    text = mapped.join.join(filled) if mapped.columns else next(iter(filled), "")
    if mapped.take:
        found = re.search(mapped.take, text)
        text = (found.group(1) or "") if found else ""
    declared = ASSAULT[mapped.field]
    free = declared.type == "string" and declared.codes is None
    return None if not text or (free and fold(text) in blank) else text


def fitting(text: str, standard: Any, formats: Sequence[str]) -> str:
    """Return the first format that reads a text as what it became."""
    # To write a day costs a tenth of reading one, and nearly every day is written as it was read.
    if isinstance(standard, (date, time)) and standard.strftime(formats[0]) == text:
        return formats[0]
    for written in formats:
        try:
            moment = datetime.strptime(text, written)
        except ValueError:
            continue
        if standard in (moment.date(), moment.time()):
            return written
    return ", ".join(formats)


def is_day_before(text: str, standard: Any, formats: Sequence[str]) -> bool:
    """Return whether a text is the day before what it became, as where the time in another cell is 24:00."""
    if not isinstance(standard, date) or standard == date.min or reads_as(text, standard, formats):
        return False
    return reads_as(text, standard - timedelta(days=1), formats)


def reads_as(text: str, day: date, formats: Sequence[str]) -> bool:
    """Return whether one of some formats reads a text as a day."""
    if day.strftime(formats[0]) == text:
        return True
    for written in formats:
        try:
            if datetime.strptime(text, written).date() == day:
                return True
        except ValueError:
            continue
    return False


def split(text: str, separator: str) -> list[str]:
    return [word for word in map(fold, text.split(separator)) if word]


def pairs(codes: Mapping[str, str]) -> str:
    """Return words and what they stand for as a force's file has them."""
    return ", ".join(f'"{word}" = "{code}"' for word, code in codes.items())


def spelled(source: Source, standard: Any, book: Book) -> str:
    """Return a standard value as text: "" for a missing one, dates as 2018-07-03, lists with semicolons."""
    if source.field == SCOPE:
        return "counted" if standard is None else "out of scope"
    if source.field == FORCE:
        return "" if standard is True else book.force_id
    match standard:
        case None:
            return ""
        case bool():
            return "true" if standard else "false"
        case date() | time():
            return standard.isoformat()
        case list() | tuple():
            return "; ".join(standard)
    return str(standard)


def span(turns: Sequence[date], sides: Collection[int]) -> str:
    """Return the days of one or more neighbouring spans between turning days in words; "" for all of them."""
    known = [side for side in sides if side >= 0]
    if not known:
        return "without a day"
    low, high = min(known), max(known)
    begins = f"from {turns[low - 1].isoformat()}" if low else ""
    ends = f"until {(turns[high] - timedelta(days=1)).isoformat()}" if high < len(turns) else ""
    return " ".join(filter(None, (begins, ends)))


def line_in(text: str, keys: Sequence[str], sought: Sequence[str] = ()) -> int | None:
    """Return the line of a force's file that some keys lead to, from 1; None where it has none.

    `sought` are words to look for from there on, one after another; where one is not found, the line so far serves.
    """
    current: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            current = path = tuple(part.strip().strip("\"'") for part in header[1].split("."))
        elif key := KEY.match(line):
            path = (*current, next(filter(None, key.groups()), ""))
        if path[: len(keys)] == tuple(keys) and line.strip():
            lines.append((number, line))
    if not lines:
        return None
    at = 0
    for word in sought:
        quoted = rf"""(?:"{re.escape(word)}"|'{re.escape(word)}'|(?<!["'\w]){re.escape(word)}(?!["'\w]))"""
        places = [p for p in range(at, len(lines)) if re.search(rf"{quoted}\s*=", lines[p][1])]
        places += [p for p in range(at, len(lines)) if re.search(quoted, lines[p][1])]
        if not places:
            break
        at = places[0]
    return lines[at][0]


HEADER = re.compile(r"""\s*\[\[?([\w\s."'-]+)\]\]?\s*(?:#.*)?$""")
KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*=""")
