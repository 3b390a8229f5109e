"""Which fields follow from a few cells of a row alone, so that equal cells need converting only once.

A file of two million rows has a few hundred different dates, a dozen roles and a score of outcomes. Whatever
`rename` and `convert` make of such cells they make once of each different word, on a small table of words, and
the rows take their answers from it. It is the same expression on fewer rows: nothing is converted in another way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.assault import ASSAULT
from schemas.force import Book
from schemas.table import Field
from transforms.classify import turning_days
from transforms.convert import IBIS_TYPES, personal, unexplained
from transforms.mend import NEXT_DAY, is_mended, mended, undone
from transforms.rename import read_source, sent

OFFENCE = ("offence_code", "offence_title", "attempted", "victim_type")
CLASSIFIED = ("offence_class", "measure", "offence_undecided")
DAY = "occurred_on"


@dataclass(frozen=True)
class Part:
    """Columns of the converted records (`gives`) that follow from some columns of the export (`columns`).

    With `by_day` they also depend on the day of the assault, but only on which side of the turning days it lies.
    """

    columns: tuple[str, ...]
    gives: tuple[str, ...]
    by_day: bool = False

    @property
    def knows(self) -> frozenset[str]:
        """Return the columns that stand right beside what the part gives: its own, and the victim's of an offence."""
        return frozenset({*self.gives, "victim_type"} if "measure" in self.gives else self.gives)


def parts(book: Book, present: Collection[str]) -> tuple[Part, ...]:
    """Return what can be converted word by word in an export with these columns, the day of the assault first.

    None where victims stand side by side in a row, for then a row is several records.
    """
    if book.victims > 1:
        return ()
    found = [Part((), ("victim_number",))]
    for name, mapped in book.fields.items():
        if name in by_row(book):
            continue
        given: tuple[str, ...] = (sent(name), name, unexplained(name), mended(name), personal(name))
        if name == "occurred_time":
            given += (NEXT_DAY,)
        columns = field_columns(book, name, present)
        if len(mapped.column) > 1 and any(column.until for column in mapped.column):
            columns += field_columns(book, DAY, present)
        found.append(Part(columns, given, by_day=bool(mapped.codes_from)))
    for cell in book.lists:
        names = cell.fields()
        given = tuple(each for name in names for each in (sent(name), name, unexplained(name)))
        found.append(Part(here([cell.column], present), given))
    scope = here([condition.column for condition in book.scope], present)
    unread = ("unexplained_scope", "unexplained_change") if book.actions else ("unexplained_scope",)
    found.append(Part(scope, ("out_of_scope", *unread)))
    if book.force:
        found.append(Part(here([book.force.column], present), ("another_force",)))
    whom = [part for part in found if "victim_type" in part.gives]
    offence = tuple(
        each
        for name in OFFENCE[:3]
        for each in (sent(name), name, unexplained(name), mended(name), personal(name))
    )
    found.append(
        Part(
            here([column for part in whom for column in part.columns], present),
            (*offence, *CLASSIFIED),
            by_day=True,
        )
    )
    whole = merged(found)
    days = field_columns(book, DAY, present)
    settled = [
        each if each.by_day and not {*each.columns} & {*days} else with_day(each, days) for each in whole
    ]
    return tuple(sorted(settled, key=lambda part: DAY not in part.gives))


def questions(book: Book, whole: Sequence[Part]) -> tuple[tuple[Book, tuple[Part, ...]], ...]:
    """Return the parts to be converted together, each lot with as much of the book as it needs.

    Classifying an offence is a long expression, and the other words need not wait for it.
    """
    other = {name: mapped for name, mapped in book.fields.items() if name not in OFFENCE[:3]}
    offence = {name: mapped for name, mapped in book.fields.items() if name in (*OFFENCE, DAY)}
    lists = tuple(cell for cell in book.lists if {*cell.fields()} & {*OFFENCE})
    return (
        (replace(book, fields=other), tuple(part for part in whole if "measure" not in part.gives)),
        (
            replace(book, fields=offence, lists=lists, scope=(), actions=None, force=None),
            tuple(part for part in whole if "measure" in part.gives),
        ),
    )


def fields_of(book: Book) -> tuple[Field, ...]:
    """Return the fields that one of the books of `questions` fills, with those an offence is classified by."""
    listed = {name for cell in book.lists for name in cell.fields()}
    names = {*book.fields, *listed, *OFFENCE, DAY, "victim_number"}
    return tuple(declared for declared in ASSAULT.given if declared.name in names)


def with_day(part: Part, days: tuple[str, ...]) -> Part:
    """Return a part that is given the columns of the day themselves, if it asks for the day."""
    if not part.by_day:
        return part
    return Part(tuple(dict.fromkeys((*part.columns, *days))), part.gives)


def merged(found: Iterable[Part]) -> list[Part]:
    """Return the parts, those that give the same column as one."""
    whole: list[Part] = []
    for part in found:
        alike = [other for other in whole if {*other.gives} & {*part.gives}]
        together = [*alike, part]
        whole = [other for other in whole if other not in alike]
        whole.append(
            Part(
                tuple(dict.fromkeys(column for each in together for column in each.columns)),
                tuple(dict.fromkeys(name for each in together for name in each.gives)),
                any(each.by_day for each in together),
            )
        )
    return whole


# The one field whose text is another on every row.
REFERENCE = "source_record_id"


def by_row(book: Book) -> tuple[str, ...]:
    """Return the mapped fields that are read row by row."""
    return (REFERENCE,) if REFERENCE in book.fields and book.fields[REFERENCE].constant is None else ()


def mended_text(text: ir.StringValue, name: str, book: Book) -> dict[str, ir.Value]:
    """Return a field of `by_row` that is mended, and the marks of what was and what could not be."""
    mapped = book.fields[name]
    value = undone(text, mapped)
    return {
        name: value,
        mended(name): is_mended(text, value, ASSAULT[name], mapped),
        unexplained(name): text.notnull() & value.isnull(),
    }


def row_columns(book: Book, present: Collection[str]) -> tuple[str, ...]:
    """Return the columns the fields of `by_row` are read from, with the day where it chooses between them."""
    names = [column for name in by_row(book) for column in field_columns(book, name, present)]
    if any(column.until for name in by_row(book) for column in book.fields[name].column):
        names.extend(field_columns(book, DAY, present))
    return tuple(dict.fromkeys(names))


def field_columns(book: Book, name: str, present: Collection[str]) -> tuple[str, ...]:
    mapped = book.fields.get(name)
    return here(mapped.names, present) if mapped else ()


def here(names: Iterable[str], present: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(names) if name in present)


def turns(book: Book) -> tuple[date, ...]:
    """Return the days, in order, on which anything that depends on the day of the assault changes."""
    days = {dated.since for mapped in book.fields.values() for dated in mapped.codes_from}
    return tuple(sorted(days | turning_days()))


def completed(rows: ir.Table, words: Mapping[str, str], book: Book, present: Collection[str]) -> ir.Table:
    """Return records from rows that hold what was converted word by word and the cells that differ row by row.

    `words` maps each converted column to the name it has in `rows`. The fields of `by_row` are read from their cells;
    a field that is not in the drop is null.
    """
    columns: dict[str, ir.Value] = {"row_number": rows["row_number"]}
    columns.update({name: rows[written] for name, written in words.items()})
    for name in by_row(book):
        text = read_source(rows, book.fields[name], book, present)
        if text is not None:
            columns[name] = columns[sent(name)] = text
            if book.fields[name].mend:
                columns |= mended_text(text, name, book)
    for declared in ASSAULT.given:
        if declared.name not in columns:
            columns[declared.name] = cast(ir.Value, ibis.null(IBIS_TYPES[declared.type]))
    return rows.select(**columns)
