"""Drift: what a later file of a force's book has otherwise than the files before it, and the line of TOML that mends it.

Nothing is read and nothing is stored here. Headers are compared as they were read. Words nobody has explained are
compared one by one, as the transform maps of the files have them; where a file has no map, by their number alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from schemas.assault import ASSAULT
from schemas.force import Book, Column, fold
from schemas.table import words

Kind = Literal["renamed", "added", "dropped", "reordered", "new_codes"]

# How like two names are, of 100, for one to be taken as the other's new name.
ALIKE = 70.0
# Where more columns than these are new, it is another layout, and which became which is not to be told by names.
MOST_NEW = 200
# How many words, and columns, a sentence lists.
LISTED = 10

UNEXPLAINED = ".unexplained"


@dataclass(frozen=True)
class Sent:
    """What one file was like: its columns in order, and how many rows of a field held a word nobody has explained."""

    file: str
    since: str  # the first day of its period, or the day it came
    rows: int
    header: tuple[str, ...]
    unexplained: Mapping[str, int] = field(default_factory=dict)
    # Those words and how many records say each, by field; None, or no such field, where they are not known.
    said: Mapping[str, Mapping[str, int] | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One change, in a sentence, with the rows it touches and, where the force's file does not know it yet, the mend.

    `column` is the column as it is called now (the one gone, where it is `dropped`), or the field of `new_codes`.
    """

    kind: Kind
    column: str
    was: str | None
    since: str
    rows: int
    sentence: str
    mend: str | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def kept_header(columns: Sequence[str]) -> tuple[str, ...]:
    """Return a header as every database can keep it."""
    return tuple(name.replace("\x00", "\ufffd") for name in columns)


def changes(sent: Sent, before: Sequence[Sent], book: Book | None, *, named: bool = True) -> list[Change]:
    """Return what is otherwise in a file than in those before it, given as they came; nothing where there are none.

    Files of a later period are not before it, whenever they came: one sent late is not a change back. Columns are
    compared with the last file before it, and a change is told again, since when it began, until the force's file
    knows of it. A field has new codes where it says words that are not explained and that the first file did not say;
    what the sentences may not do, unless they are `named`, is to show them.
    """
    earlier = sorted((file for file in before if file.since <= sent.since), key=lambda file: file.since)
    if not earlier:
        return []
    found = list(column_changes(sent, earlier[-1], book))
    told = {change.column for change in found}
    found += (change for change in open_changes(sent, earlier, book) if change.column not in told)
    return [*found, *code_changes(sent, earlier, book, named)]


def open_changes(sent: Sent, earlier: Sequence[Sent], book: Book | None) -> Iterator[Change]:
    """Yield the changes of columns between earlier files that hold for this one and that nobody has mended."""
    begun: dict[str, Change] = {}
    for last, file in pairwise(earlier):
        for change in column_changes(file, last, book):
            if change.mend is not None:
                begun[change.column] = change
    header = frozenset(sent.header)
    for change in begun.values():
        if (change.column in header) != (change.kind == "dropped"):
            yield replace(change, rows=sent.rows)


def column_changes(sent: Sent, last: Sent, book: Book | None) -> Iterator[Change]:
    """Yield the columns renamed, added, dropped and moved since the last file."""
    if sent.header == last.header:
        return
    gone = [name for name in last.header if name not in frozenset(sent.header)]
    come = [name for name in sent.header if name not in frozenset(last.header)]
    renamed = new_names(gone, come)

    def change(kind: Kind, column: str, was: str | None, sentence: str, mend: str | None) -> Change:
        return Change(kind, column, was, sent.since, sent.rows, sentence, mend)

    for was, name in renamed.items():
        sentence = f'"{was}" is gone since {last.file} and "{name}" is new; it looks like the same column.'
        yield change("renamed", name, was, sentence, mend_renamed(was, name, book))
    for name in come:
        if name not in renamed.values():
            sentence = f'"{name}" is a new column since {last.file}. {read_or_not(name, book)}'
            yield change("added", name, None, sentence.rstrip(), mend_added(name, book))
    for name in gone:
        if name not in renamed:
            fields = alone_from(name, sent.header, book)
            told = f" Not collected this time: {listed([words(each) for each in fields])}." if fields else ""
            sentence = f'"{name}" is no longer in the file, as it was in {last.file}.{told}'
            yield change("dropped", name, None, sentence, mend_dropped(name, fields, book))
    if moved := moved_columns(last.header, sent.header):
        quoted = listed([f'"{name}"' for name in moved])
        sentence = f"The columns stand in another order than in {last.file} ({quoted}); they are read by their names."
        yield change("reordered", moved[0], None, sentence, None)


def code_changes(sent: Sent, before: Sequence[Sent], book: Book | None, named: bool) -> Iterator[Change]:
    """Yield the fields that hold words nobody has explained and the first file did not say, oldest words first."""
    for name, count in sorted(sent.unexplained.items()):
        if not is_coded(name, book):
            continue
        for first, said, rows in new_words(name, sent, before):
            shown = said if named else []
            quoted = [f'"{word}"' for word in shown]
            sentence = f"{words(name).capitalize()} holds words the force's file does not explain, first in {first.file}"
            sentence += f": {listed(quoted)}." if quoted else "."
            mend = mend_codes(name, shown, book)
            # A map counts what is out of scope too, and findings do not.
            yield Change("new_codes", name, None, first.since, min(rows, count), sentence, mend)


def new_words(name: str, sent: Sent, before: Sequence[Sent]) -> Iterator[tuple[Sent, list[str], int]]:
    """Yield the files in which words of a field were new, with those this file says too, and on how many rows.

    A file that left words unexplained which are not known may have said any word.
    """
    said = sent.said.get(name)
    if said is None:
        if (since := begun(name, sent, before)) is not None:
            yield since, [], sent.unexplained[name]
        return
    files = [*before, sent]
    folded = [frozenset(map(fold, file.said.get(name) or ())) for file in files]
    unknown = [bool(file.unexplained.get(name)) and file.said.get(name) is None for file in files]
    by_file: dict[int, list[str]] = {}
    for word in said:
        first = next(n for n in range(len(files)) if unknown[n] or fold(word) in folded[n])
        if first:
            by_file.setdefault(first, []).append(word)
    for first, new in sorted(by_file.items()):
        new.sort(key=lambda word: (-said[word], word))
        yield files[first], new, sum(said[word] for word in new)


def begun(name: str, sent: Sent, before: Sequence[Sent]) -> Sent | None:
    """Return the file from which on a field has held unexplained words; None where it is so from the first file on."""
    first = sent
    for earlier in reversed(before):
        if not earlier.unexplained.get(name):
            return first
        first = earlier
    return None


def new_names(gone: Sequence[str], come: Sequence[str]) -> dict[str, str]:
    """Return old names with the new ones they are most like, each once."""
    if max(len(gone), len(come)) > MOST_NEW:
        return {}
    pairs = sorted(
        ((likeness(was, name), at, to) for at, was in enumerate(gone) for to, name in enumerate(come)),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    found: dict[str, str] = {}
    taken: set[str] = set()
    for alike, at, to in pairs:
        if alike >= ALIKE and gone[at] not in found and come[to] not in taken:
            found[gone[at]] = come[to]
            taken.add(come[to])
    return {was: found[was] for was in gone if was in found}


def likeness(one: str, other: str) -> float:
    """Return how like two column names are, 0 to 100; names with other numbers in them are different columns."""
    first, second = (" ".join(re.findall(r"[^\W_]+", name.casefold())) for name in (one, other))
    if not first or not second or re.findall(r"\d+", first) != re.findall(r"\d+", second):
        return 0.0
    # A word more or fewer is a usual new name, but less sure than a slip of spelling.
    longer = 0.8 * fuzz.token_set_ratio(first, second)
    return float(max(fuzz.ratio(first, second), fuzz.token_sort_ratio(first, second), longer))


def moved_columns(last: Sequence[str], now: Sequence[str]) -> list[str]:
    """Return the fewest columns that explain the order of those both headers have."""
    both = frozenset(last) & frozenset(now)
    earlier, later = ([name for name in header if name in both] for header in (last, now))
    edits = LCSseq.editops(earlier, later)
    return [earlier[edit.src_pos] for edit in edits if edit.tag == "delete"]


def is_coded(name: str, book: Book | None) -> bool:
    """Return whether the words of a field, or of the columns that say what is an assault, are explained in TOML."""
    if name == "scope":
        return True
    declared = next((each for each in ASSAULT.given if each.name == name), None)
    by_list = book is not None and any(name in cell.fields() for cell in book.lists)
    return by_list or (declared is not None and (declared.codes is not None or declared.type == "boolean"))


def alone_from(column: str, header: Collection[str], book: Book | None) -> list[str]:
    """Return the fields that are read from a column and, without it, from none of the header."""
    if book is None:
        return []
    reading = [
        (name, [each for written in mapped.names for each in book.numbered(written)])
        for name, mapped in book.fields.items()
    ]
    return [
        name
        for name, columns in reading
        if column in columns and not any(other in header for other in columns)
    ]


def read_or_not(column: str, book: Book | None) -> str:
    if book is None:
        return ""
    if column in book.columns:
        return "The force's file knows it, and it is read."
    return "The force's file ignores it." if column in book.ignored else "It is not read."


def mend_renamed(was: str, name: str, book: Book | None) -> str | None:
    """Return what to write into the force's file so that a column is read under its new name."""
    if book is None or name in book.columns or name in book.ignored:
        return None
    if was in book.ignored:
        return ignoring(name, book)
    for field_name, mapped in book.fields.items():
        if any(column.name == was for column in mapped.column):
            names = [*(dated(column) for column in mapped.column), toml(name)]
            return f"In [{book.name}.fields.{field_name}]: column = [{', '.join(names)}]"
    if was in book.columns:
        return f"In [{book.name}], write {toml(name)} where {toml(was)} stands."
    return mend_added(name, book)


def mend_added(name: str, book: Book | None) -> str | None:
    """Return what to write into the force's file about a column it does not know."""
    if book is None or name in book.columns or name in book.ignored:
        return None
    return f"{ignoring(name, book)} Or map it to the field it gives."


def mend_dropped(name: str, fields: Sequence[str], book: Book | None) -> str | None:
    """Return what to write into the force's file where a column is gone for good."""
    if book is None or not fields:
        return None
    return (
        f"If it is gone for good, in [{book.name}]: not_collected = [..., {', '.join(map(toml, fields))}], and take "
        f"{'its mapping' if len(fields) == 1 else 'their mappings'} out."
    )


def mend_codes(name: str, said: Sequence[str], book: Book | None) -> str | None:
    """Return the lines to write into the force's file for words it does not explain."""
    if book is None:
        return None
    if name == "scope":
        return f"In [[{book.name}.scope]], add the word to in or to out."
    declared = next(each for each in ASSAULT.given if each.name == name)
    mapped = book.fields.get(name)
    codes = list(declared.codes) if declared.codes is not None else ["true", "false"]
    lines = ", ".join(f'{toml(word)} = "..."' for word in said[:LISTED]) or '"their word" = "..."'
    if mapped is None:
        return f"In [{book.name}.lists.words]: {lines}"
    return f"In [{book.name}.fields.{name}.codes]: {lines} (one of {', '.join(map(str, codes))})"


def ignoring(name: str, book: Book) -> str:
    return f"In [{book.name}]: ignored = [..., {toml(name)}], if it is not to be read."


def dated(column: Column) -> str:
    """Return one name of a column as it stands in TOML."""
    days = [("from", column.since), ("until", column.until)]
    said = "".join(f", {key} = {day.isoformat()}" for key, day in days if day)
    return f"{{ name = {toml(column.name)}{said} }}" if said else toml(column.name)


def toml(word: str) -> str:
    """Return a word as a TOML string."""
    return json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(names: Sequence[str]) -> str:
    """Return names in a row, the first of them where there are many."""
    more = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {more:,} more" if more > 0 else "")
