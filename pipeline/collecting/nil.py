"""Nil returns: a force says that it had nothing to report, which is not the same as saying nothing.

There are three ways to say it, and each is a file received like any other: an export without a row that has the word nil
in its name; a file of no bytes with such a name; and a declaration, which `collate nil` writes into the inbox. A
declaration is known by its first line, whatever it is called, so it needs no place in the force's `files` patterns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from pipeline.period import Period, is_nil_name, month_end, stated_period
from pipeline.read import Export, Refused
from schemas.force import Book

FIRST_LINE = "collate nil return"
KEYS = ("force", "book", "month")

# No declaration is longer; a longer file is an export.
LONGEST = 2_000


@dataclass(frozen=True)
class Declaration:
    """That a force had nothing to report in a book for a period; `lines` is how long the file is."""

    force_id: str
    book: str
    period: Period
    lines: int = 0


def as_text(force_id: str, book: str, month: date) -> str:
    """Return the file that declares a month nil; the same declaration is the same bytes, whoever makes it."""
    return (
        f"{FIRST_LINE}\nforce: {force_id}\nbook: {book}\nmonth: {month:%Y-%m}\n"
        f"There was nothing to report for {month:%B %Y}.\n"
    )


def declared_book(path: Path) -> str | None:
    """Return the book a file declares to be nil, or None where it is no declaration that can be read."""
    try:
        return found.book if (found := read_declaration(path)) else None
    except Refused:
        return None


def read_declaration(path: Path) -> Declaration | None:
    """Return what a file declares, or None where it is no declaration; raises Refused where it is a faulty one."""
    with path.open("rb") as content:
        raw = content.read(LONGEST + 1)
    lines = raw.decode("utf-8-sig", "replace").splitlines()
    if len(raw) > LONGEST or not lines or lines[0].strip().lower() != FIRST_LINE:
        return None
    said: dict[str, str] = {}
    for line in lines[1:]:
        key, colon, value = line.partition(":")
        if colon and (name := key.strip().lower()) in KEYS:
            if name in said:
                raise Refused(f"The declaration of a nil return gives its {name} twice. {MAKE_ANEW}")
            said[name] = value.strip()
    for name in KEYS:
        if not said.get(name):
            raise Refused(f"The declaration of a nil return does not say its {name}. {MAKE_ANEW}")
    try:
        month = date.fromisoformat(f"{said['month']}-01")
    except ValueError:
        raise Refused(
            f"The month of the declaration of a nil return is not written as 2018-09. {MAKE_ANEW}"
        ) from None
    return Declaration(said["force"], said["book"], (month, month_end(month)), len(lines))


MAKE_ANEW = "Have collate nil write it, or send an empty file with the word nil and the period in its name."


def misdeclared(raw: Path) -> str | None:
    """Return what is wrong with a declaration that is of no book of its force, or None for any other file."""
    try:
        found = read_declaration(raw)
    except Refused as refused:
        return refused.sentence
    if found is None:
        return None
    return f"The file declares a nil return of a book that this force does not send. {MAKE_ANEW}"


def nil_return(raw: Path, name: str, book: Book) -> Declaration | None:
    """Return what a file declares where it is a declaration, or has no bytes and the word nil in its name.

    Raises Refused where the declaration is of another force or book, or the name does not say for which period.
    """
    if raw.stat().st_size == 0 and is_nil_name(name):
        period = stated_period(name, book)
        if period is None:
            raise Refused("The file is a nil return, but its name does not say for which period.")
        return Declaration(book.force_id, book.name, period)
    found = read_declaration(raw)
    if found and (found.force_id, found.book) != (book.force_id, book.name):
        raise Refused(
            f"The file declares a nil return of another force or book than {book.force_id} {book.name}. "
            "Move it to the right force's folder, or have collate nil write it anew."
        )
    return found


class NilExport(Export):
    """A nil return as an export: every column the book asks for, and no row."""

    looks = False

    def __init__(self, declared: Declaration, book: Book) -> None:
        super().__init__("nil return", 1, columns_of(book))
        self._lines = declared.lines

    def _rows(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        self.sums.lines = self.sums.notes = self._lines
        return iter(())


def columns_of(book: Book) -> tuple[str, ...]:
    """Return the columns a book's file has, each field's under one name alone."""
    first = {c for m in book.fields.values() for each in m.column[:1] for c in book.numbered(each.name)}
    later = {c for m in book.fields.values() for each in m.column[1:] for c in book.numbered(each.name)}
    return tuple(name for name in book.columns if name not in later - first)
