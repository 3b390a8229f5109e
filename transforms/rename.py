"""From the force's columns to our names: values in their words under our field names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import reduce
from operator import or_
from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.assault import ASSAULT
from schemas.force import Book, FieldMap
from transforms.dates import read_day
from transforms.functions import contains, folded

SENT = "sent_"

# A word for missing is known with so many spaces more in it than it has in the force's file.
ODD_SPACES = 8


class MissingColumns(Exception):
    """A drop lacks columns it cannot do without; `missing` maps each field to the names looked for."""

    def __init__(self, missing: dict[str, tuple[str, ...]]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


def sent(name: str) -> str:
    """Return the name under which a field's value stands as the force sent it."""
    return SENT + name


def flag(name: str, number: int) -> str:
    """Return the name under which one yes/no column of a field's wide block stands."""
    return f"flag_{name}_{number}"


def cell_name(number: int) -> str:
    """Return the name under which the cells of one of the columns asked for stand as they are."""
    return f"cell_{number}"


def rename(export: ir.Table, book: Book, cells: Sequence[str] = ()) -> ir.Table:
    """Return the values of an export: one row a victim, `sent_<field>` in the force's own words.

    `export` holds `row_number` and the force's columns as text without outer white space. Blank cells become null. Added beside the fields:
    `flag_<field>_<i>` for the columns of a wide block, `list_<i>` for the cells of `book.lists`, `scope_<i>` for the columns of `book.scope`, `own_force` where the
    book has a column that names the force, and `victim_number` where victims stand side by side in a row. `cell_<i>`
    are the cells of the columns named in `cells`, as they stand, "" where blank.

    Raises MissingColumns where a field's column, under any of its names, is not in the export.
    """
    present = frozenset(export.columns)
    refuse_missing(book, present)
    rows = export
    if book.victims > 1:
        numbers = ibis.array(list(range(1, book.victims + 1)))
        rows = export.mutate(victim_number=numbers.unnest().cast("int64"))
    values: dict[str, ir.Value] = {"row_number": rows["row_number"]}
    if book.victims > 1:
        values["victim_number"] = rows["victim_number"]
    for name, mapped in book.fields.items():
        source = read_source(rows, mapped, book, present)
        if source is not None:
            values[sent(name)] = source
        for number, column in enumerate(mapped.flags):
            if column in present:
                values[flag(name, number)] = blank_to_null(cast(ir.StringValue, rows[column]), book.missing)
    for number, cell in enumerate(book.lists):
        if any(column in present for column in book.numbered(cell.column)):
            text = blank_to_null(text_of(rows, cell.column, book, present), book.missing)
            values[f"list_{number}"] = text
            values.update({sent(name): text for name in cell.fields()})
    for number, condition in enumerate(book.scope):
        values[f"scope_{number}"] = text_of(rows, condition.column, book, present)
    if book.force:
        values["own_force"] = text_of(rows, book.force.column, book, present)
    for number, column in enumerate(cells):
        values[cell_name(number)] = text_of(rows, column, book, present).fill_null("")
    renamed = rows.select(**values)
    return only_victims(renamed, book) if book.victims > 1 else renamed


def read_source(
    rows: ir.Table, mapped: FieldMap, book: Book, present: Collection[str]
) -> ir.StringValue | None:
    """Return a field's text as sent, null where blank; None where the drop does not hold the field."""
    if mapped.constant is not None:
        return cast(ir.StringValue, ibis.literal(mapped.constant))
    if mapped.count_within is not None:
        return None
    if mapped.flags:
        answers = [ticked(rows, column) for column in mapped.flags if column in present]
        return joined(answers, "; ") if answers else None
    if not any(column in present for name in mapped.names for column in book.numbered(name)):
        return None
    if mapped.columns:
        here = [name for name in mapped.columns if any(c in present for c in book.numbered(name))]
        text = joined(
            [blank_to_null(text_of(rows, name, book, present), book.missing) for name in here], mapped.join
        )
    else:
        text = alternatives(rows, mapped, book, present)
    if mapped.take:
        text = cast(ir.StringValue, text.re_extract(mapped.take, 1)).nullif("")
    # A reference is the one text that is looked at in every row, not once a word.
    compared = small_letters if mapped.field == "source_record_id" else folded
    return blank_to_null(text, blanks(mapped, book), compared)


def blanks(mapped: FieldMap, book: Book) -> tuple[str, ...]:
    """Return the words that mean missing for a field where its text is free.

    Any other field looks for them only in the few values it could not read (see `convert`), which is cheaper than
    asking of every value.
    """
    declared = ASSAULT[mapped.field]
    free = declared.type == "string" and declared.codes is None
    return (*book.missing, *mapped.missing) if free else ("",)


def alternatives(rows: ir.Table, mapped: FieldMap, book: Book, present: Collection[str]) -> ir.StringValue:
    """Return the text of whichever of a field's columns the drop has; with both, the one dated for the record."""
    here = [column for column in mapped.column if any(name in present for name in book.numbered(column.name))]
    if len(here) == 1:
        return text_of(rows, here[0].name, book, present)
    day = alternatives_day(rows, book, present)
    text = text_of(rows, here[-1].name, book, present)
    for column in reversed(here[:-1]):
        earlier = text_of(rows, column.name, book, present)
        if day is not None and column.until is not None:
            text = cast(ir.StringValue, ibis.ifelse(day <= column.until, earlier, text))
        else:
            text = cast(ir.StringValue, ibis.coalesce(blank_to_null(earlier, ("",)), text))
    return text


def alternatives_day(rows: ir.Table, book: Book, present: Collection[str]) -> ir.DateValue | None:
    """Return the day of the assault as far as it is needed to choose between dated columns."""
    mapped = book.fields["occurred_on"]
    if len(mapped.column) != 1:
        return None
    return read_day(text_of(rows, mapped.column[0].name, book, present), mapped)


def text_of(rows: ir.Table, name: str, book: Book, present: Collection[str]) -> ir.StringValue:
    """Return a column's text; where victims stand side by side, the column of the record's own victim."""
    if "{n}" not in name:
        return cast(ir.StringValue, rows[name])
    branches = [
        (ibis.literal(number, "int64"), rows[column])
        for number, column in enumerate(book.numbered(name), start=1)
        if column in present
    ]
    return cast(ir.StringValue, rows["victim_number"].cases(*branches, else_=ibis.null("string")))


def small_letters(text: ir.StringValue) -> ir.StringValue:
    """Return a text without regard to case alone: its spaces are not looked at, which for every row costs too much."""
    return cast(ir.StringValue, text.lower())


def blank_to_null(
    text: ir.StringValue, missing: Collection[str], compared: Callable[..., ir.StringValue] = folded
) -> ir.StringValue:
    """Return a text, null where it is empty or, as it is compared, a word for missing."""
    filled = cast(ir.StringValue, text.nullif(""))
    spelled = [word for word in dict.fromkeys(missing) if word]
    if not spelled:
        return filled
    # Most texts are longer than any word for missing with some odd spaces, and to measure one is cheaper than to fold.
    short = filled.length() <= max(len(word) for word in spelled) + ODD_SPACES
    left_out = ibis.ifelse(short, contains(spelled, compared(filled)), ibis.literal(False))
    return cast(ir.StringValue, ibis.ifelse(left_out, ibis.null("string"), filled))


def joined(parts: Sequence[ir.StringValue], join: str) -> ir.StringValue:
    """Return the parts that are filled as one text, null where none is."""
    filled = ibis.array(list(parts)).filter(lambda part: part.notnull())
    return cast(ir.StringValue, filled.join(join).nullif(""))


def ticked(rows: ir.Table, column: str) -> ir.StringValue:
    """Return 'column: answer' where a yes/no column of a wide block is filled, as it shows in a finding."""
    answer = blank_to_null(cast(ir.StringValue, rows[column]), ("",))
    return cast(ir.StringValue, ibis.literal(f"{column}: ") + answer)


def only_victims(values: ir.Table, book: Book) -> ir.Table:
    """Return the values of the victims that exist: the first always, others where a cell of theirs is filled."""
    own = [
        values[sent(name)]
        for name, mapped in book.fields.items()
        if any("{n}" in column for column in mapped.names) and sent(name) in values.columns
    ]
    filled = reduce(or_, [value.notnull() for value in own], values["victim_number"] == 1)
    return values.filter(filled)


def refuse_missing(book: Book, present: Collection[str]) -> None:
    """Raise MissingColumns where the drop lacks a column that a required field or the scope is read from."""
    missing: dict[str, tuple[str, ...]] = {}
    for name in absent_fields(book, present):
        if ASSAULT[name].required:
            missing[name] = book.fields[name].names
    offence = [name for name in ("offence_code", "offence_title") if name in book.fields]
    if book.name == "crime" and offence and set(offence) <= set(absent_fields(book, present)):
        missing["offence"] = tuple(column for name in offence for column in book.fields[name].names)
    if book.actions and book.actions.column not in present:
        missing["change"] = (book.actions.column,)
    for condition in book.deciding:
        if condition.column not in present:
            missing["scope"] = (condition.column,)
    if book.force and book.force.column not in present:
        missing["force_id"] = (book.force.column,)
    if missing:
        raise MissingColumns(missing)


def absent_fields(book: Book, present: Collection[str]) -> tuple[str, ...]:
    """Return the mapped fields none of whose columns is in the drop."""
    return tuple(
        name
        for name, mapped in book.fields.items()
        if mapped.names
        and not any(column in present for written in mapped.names for column in book.numbered(written))
    )
