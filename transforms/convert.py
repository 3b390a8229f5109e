"""From the force's words to ours: records of the schema's types, beside the values they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.assault import ASSAULT
from schemas.force import ANY, Book, FieldMap, ListMap, fold, identity
from schemas.personal import NOT_KEPT, TEXTS
from schemas.spaces import tidy
from schemas.table import Field, explainable
from transforms.classify import classify
from transforms.dates import read_day, read_time
from transforms.functions import among, contains, folded, looked_up, tidied
from transforms.mend import NEXT_DAY, ends_its_day, is_mended, mended, shapes, undone
from transforms.rename import flag, sent

IBIS_TYPES = {
    "string": "string",
    "date": "date",
    "time": "time",
    "integer": "int64",
    "number": "float64",
    "boolean": "boolean",
    "list": "array<string>",
}

NO_LIST = ibis.null("array<string>")


def unexplained(name: str) -> str:
    """Return the name of the column that is true where a field's value as sent could not be read."""
    return f"unexplained_{name}"


def convert(values: ir.Table, book: Book, fields: Sequence[Field] = ASSAULT.given) -> ir.Table:
    """Return the records of a drop: every field of the assault table, beside the values as sent.

    Added: `unexplained_<field>`, true where something was sent that became nothing (no list explains it);
    `out_of_scope`, the number from 1 of the scope condition that leaves the row out, null where it is in;
    `unexplained_scope` and `another_force`; `mended_<field>` and `next_day` (see `mend`). Nothing is defaulted: what cannot be read is null and unexplained.
    Only some `fields` are read where others are not asked for; those an offence is classified by are always among them.
    """
    dated = (
        values.mutate(occurred_on=day_of(values, book)) if sent("occurred_on") in values.columns else values
    )
    columns: dict[str, ir.Value] = {}
    for declared in fields:
        if declared.name == "occurred_on":
            continue
        columns[declared.name] = read_field(dated, declared, book)
    columns.update(lists(dated, book))
    has_offence = any(sent(name) in values.columns for name in ("offence_code", "offence_title"))
    columns |= {} if has_offence else unclassified()
    records = dated.mutate(force_id=ibis.literal(book.force_id), book=ibis.literal(book.name), **columns)
    return note_unexplained(classify(records) if has_offence else records, book)


def unclassified() -> dict[str, ir.Value]:
    """Return what `classify` adds to records without a code or a title: nothing follows from nothing."""
    return {
        "offence_class": ibis.null("string"),
        "measure": ibis.null("string"),
        "offence_code_known": ibis.null("boolean"),
        "offence_undecided": ibis.literal(False),
    }


def day_of(values: ir.Table, book: Book) -> ir.DateValue:
    return read_day(values[sent("occurred_on")], book.fields["occurred_on"])


def read_field(values: ir.Table, declared: Field, book: Book) -> ir.Value:
    """Return a field of the record; null of the right type where the force does not collect it."""
    mapped = book.fields.get(declared.name)
    if declared.name == "victim_number" and "victim_number" in values.columns:
        return cast(ir.Value, values["victim_number"])
    if declared.name == "victim_number" and (mapped is None or mapped.count_within):
        return whole(1)
    if mapped is None or (sent(declared.name) not in values.columns):
        return cast(ir.Value, ibis.null(IBIS_TYPES[declared.type]))
    if mapped.flags:
        return read_flags(values, mapped)
    text = cast(ir.StringValue, values[sent(declared.name)])
    match declared.type:
        case "list":
            return read_list(text, mapped, declared, book)
        case "date":
            return read_day(text, mapped)
        case "time":
            return read_time(text, mapped)
        case "integer":
            return read_integer(text)
        case "number":
            return cast(ir.Value, text.try_cast("float64"))
        case "boolean":
            return truth(read_code(text, mapped.codes or spell(mapped), mapped, values))
    text = undone(text, mapped)
    if declared.codes is not None:
        return read_code(
            text, mapped.codes if mapped.codes is not None else identity(declared.codes), mapped, values
        )
    return text


def read_code(
    text: ir.StringValue, codes: Mapping[str, str], mapped: FieldMap, values: ir.Table
) -> ir.StringValue:
    """Return our code for a word, by the map that holds on the record's day; null where no map explains it."""
    if mapped.constant is not None:
        return cast(ir.StringValue, ibis.literal(mapped.constant))
    code = look_up(text, codes)
    for dated in reversed(mapped.codes_from):
        code = cast(
            ir.StringValue,
            ibis.ifelse(values["occurred_on"] >= dated.since, look_up(text, dated.codes), code),
        )
    return code


def look_up(text: ir.StringValue, codes: Mapping[str, str]) -> ir.StringValue:
    """Return the code a word stands for, without regard to case and to which spaces part it."""
    code = looked_up(folded(text), {fold(word): code for word, code in codes.items()})
    # Engines do not agree with Python on the small letter of every letter, so such words are also read as written.
    foreign = [(tidy(word), code) for word, code in codes.items() if not word.isascii()]
    return cast(ir.StringValue, tidied(text).cases(*foreign, else_=code) if foreign else code)


def spell(mapped: FieldMap) -> dict[str, str]:
    """Return the yes and no words of a field as a value map."""
    return {**dict.fromkeys(mapped.yes, "true"), **dict.fromkeys(mapped.no, "false")}


def truth(code: ir.StringValue) -> ir.BooleanValue:
    """Return a boolean from the words true and false, null from null."""
    return cast(ir.BooleanValue, code == "true")


def read_integer(text: ir.StringValue) -> ir.IntegerValue:
    """Return the whole number a text stands for; null where it is none: 3.5 is never rounded."""
    number = text.try_cast("int64")
    same = text.try_cast("float64") == number
    return cast(ir.IntegerValue, ibis.ifelse(same, number, ibis.null("int64")))


def whole(number: int) -> ir.IntegerValue:
    """Return a whole number that is 64 bits wide in the engine too, which takes a bare one for 32."""
    return cast(ir.IntegerValue, ibis.literal(number, "int8").cast("int64"))


def read_list(text: ir.StringValue, mapped: FieldMap, declared: Field, book: Book) -> ir.ArrayValue:
    """Return the codes of a list-valued cell in order, each once; words nothing explains are left out."""
    codes = mapped.codes if mapped.codes is not None else identity(declared.codes or ())  # type: ignore[arg-type]
    blank = [word for word in (*book.missing, *mapped.missing) if word]
    words = split_words(text, mapped.separator or ";").filter(lambda word: ~among(word, blank))
    return cast(
        ir.ArrayValue, ibis.ifelse(words.length() > 0, distinct([look_up_words(words, codes)]), NO_LIST)
    )


def split_words(text: ir.StringValue, separator: str) -> ir.ArrayValue:
    """Return the filled words of a list-valued cell, folded; null where the cell is blank."""
    words = text.split(separator).map(lambda word: folded(word))
    return cast(ir.ArrayValue, words.filter(lambda word: word != ""))


def look_up_words(words: ir.ArrayValue, codes: Mapping[str, str]) -> ir.ArrayValue:
    """Return the code of each folded word, null for a word nothing explains."""
    folded = {fold(word): code for word, code in codes.items()}
    return cast(ir.ArrayValue, words.map(lambda word: word.cases(*folded.items(), else_=ibis.null("string"))))


def distinct(lists: Sequence[ir.ArrayValue]) -> ir.ArrayValue:
    """Return the codes of several lists as one, in order, each once."""
    codes = reduce(lambda one, other: one.concat(other), lists)
    return cast(ir.ArrayValue, codes.filter(lambda code: code.notnull()).unique().sort())


def read_flags(values: ir.Table, mapped: FieldMap) -> ir.ArrayValue:
    """Return the codes ticked in a wide block of yes/no columns; null where none of its cells is filled."""
    columns = [
        (cast(ir.StringValue, values[flag(mapped.field, number)]), code)
        for number, code in enumerate(mapped.flags.values())
        if flag(mapped.field, number) in values.columns
    ]
    ticks = [
        ibis.ifelse(look_up(cell, spell(mapped)) == "true", code, ibis.null("string"))
        for cell, code in columns
    ]
    filled = reduce(or_, [cell.notnull() for cell, _ in columns])
    return cast(ir.ArrayValue, ibis.ifelse(filled, distinct([ibis.array(ticks)]), ibis.null("array<string>")))


def lists(values: ir.Table, book: Book) -> dict[str, ir.Value]:
    """Return the fields that list-valued cells set.

    A yes/no field is true where one of its words is in the cell, false where the cell is filled without it, and
    missing where the cell is blank: silence is not a no.
    """
    fields: dict[str, ir.Value] = {}
    for number, cell in enumerate(book.lists):
        if f"list_{number}" not in values.columns:
            continue
        words = split_words(cast(ir.StringValue, values[f"list_{number}"]), cell.separator)
        for name in cell.fields():
            targets = {word: target[1] for word, target in cell.words.items() if target and target[0] == name}
            if ASSAULT[name].type == "list":
                fields[name] = distinct([look_up_words(words, targets)])
            else:
                fields[name] = (
                    words.filter(lambda word, known=tuple(targets): among(word, known)).length() > 0
                )
    return fields


def personal(name: str) -> str:
    """Return the name of the column that is true where a field's text was personal and so was not kept."""
    return f"personal_{name}"


def held_back(records: ir.Table, name: str) -> ir.BooleanValue:
    """Return where what stands for personal data is in a field's text as sent."""
    text = cast(ir.StringValue, records[sent(name)])
    return cast(ir.BooleanValue, text.contains(NOT_KEPT).fill_null(False))


def note_unexplained(records: ir.Table, book: Book) -> ir.Table:
    """Return the records with what could not be read marked, field by field, and what is out of scope.

    An offence code that no list knows becomes missing: it is a finding, not a value.
    """
    marks: dict[str, ir.Value] = {}
    for name in TEXTS:
        if sent(name) in records.columns:
            kept_out = held_back(records, name)
            marks[personal(name)] = kept_out
            marks[name] = ibis.ifelse(kept_out, ibis.null("string"), records[name])
    if sent("offence_code") in records.columns:
        known = records["offence_code_known"].fill_null(False)
        marks["offence_code"] = ibis.ifelse(known, records["offence_code"], ibis.null("string"))
    for declared in ASSAULT.given:
        mark = unexplained_field(records, declared, book)
        if mark is not None:
            marks[unexplained(declared.name)] = mark
        mapped = book.fields.get(declared.name)
        if mapped is None or sent(declared.name) not in records.columns or not shapes(declared, mapped):
            continue
        text = cast(ir.StringValue, records[sent(declared.name)])
        marks[mended(declared.name)] = is_mended(text, records[declared.name], declared, mapped)
        late = ends_its_day(text, book) if declared.name == "occurred_time" else None
        if late is not None:
            marks[NEXT_DAY] = late
    for number, cell in enumerate(book.lists):
        if f"list_{number}" in records.columns:
            first = unexplained(cell.fields()[0])
            unknown = unknown_words(records, number, cell)
            marks[first] = marks[first] | unknown if first in marks else unknown
    if "offence_undecided" in records.columns:
        # What is missing or could not be read is a finding of its own, and may be all the class waits for.
        goes_by = ("offence_code", "offence_title", "victim_type")
        unread = [mark(name) for name in goes_by for mark in (unexplained, personal) if mark(name) in marks]
        undecided = records["offence_undecided"] & records["occurred_on"].notnull()
        marks["offence_undecided"] = reduce(
            and_, (~marks[name].fill_null(False) for name in unread), undecided
        )
    if book.force:
        named = folded(cast(ir.StringValue, records["own_force"]))
        marks["another_force"] = ~contains(book.force.words, named).fill_null(False)
    conditions = [read_scope(records, number, book) for number in range(len(book.scope))]
    if conditions:
        marks["out_of_scope"] = ibis.coalesce(
            *(
                ibis.ifelse(outside, whole(number), ibis.null("int64"))
                for number, (_, outside) in enumerate(conditions, start=1)
            )
        )
        known = [inside | outside for inside, outside in conditions]
        if book.actions:
            marks["unexplained_change"] = ~known.pop(0)
        marks["unexplained_scope"] = ~reduce(and_, known) if known else ibis.literal(False)
    else:
        marks["out_of_scope"] = ibis.null("int64")
        marks["unexplained_scope"] = ibis.literal(False)
    return records.mutate(**marks)


def unexplained_field(records: ir.Table, declared: Field, book: Book) -> ir.BooleanValue | None:
    """Return where a field's value as sent became nothing, or None where that cannot happen."""
    mapped = book.fields.get(declared.name)
    if mapped is None or mapped.constant is not None or sent(declared.name) not in records.columns:
        return None
    text = cast(ir.StringValue, records[sent(declared.name)])
    if declared.name == "offence_code":
        return cast(ir.BooleanValue, text.notnull() & ~records["offence_code_known"].fill_null(False))
    if not explainable(declared) and not mapped.mend.leading_zeros:
        return None
    blank = [word for word in dict.fromkeys((*book.missing, *mapped.missing)) if word]
    if mapped.flags:
        return unknown_ticks(records, mapped)
    if mapped.separator and declared.type == "list":
        codes = mapped.codes if mapped.codes is not None else identity(declared.codes or ())  # type: ignore[arg-type]
        unknown = has_unknown(split_words(text, mapped.separator), codes, blank)
        return cast(ir.BooleanValue, unknown.fill_null(False))
    # What is blank or a word for missing is looked for only among the few values that no code explained.
    unread = records[declared.name].isnull() & text.notnull()
    # A cell of nothing that can be seen is blank.
    left = ~contains(["", *blank], folded(text))
    return cast(ir.BooleanValue, ibis.ifelse(unread, left, ibis.literal(False)))


def unknown_ticks(records: ir.Table, mapped: FieldMap) -> ir.BooleanValue:
    """Return where a cell of a wide block is neither yes nor no."""
    cells = [
        cast(ir.StringValue, records[flag(mapped.field, number)])
        for number in range(len(mapped.flags))
        if flag(mapped.field, number) in records.columns
    ]
    return reduce(or_, [cell.notnull() & look_up(cell, spell(mapped)).isnull() for cell in cells])


def unknown_words(records: ir.Table, number: int, cell: ListMap) -> ir.BooleanValue:
    """Return where a list-valued cell holds a word that the force's file does not explain."""
    words = split_words(cast(ir.StringValue, records[f"list_{number}"]), cell.separator)
    return cast(ir.BooleanValue, has_unknown(words, dict.fromkeys(cell.words, ""), ()).fill_null(False))


def has_unknown(words: ir.ArrayValue, codes: Mapping[str, str], blank: Sequence[str]) -> ir.BooleanValue:
    """Return whether a list of folded words holds one that is neither a known word nor one for missing."""
    known = [*(fold(word) for word in codes), *blank]
    return cast(ir.BooleanValue, words.filter(lambda word: ~among(word, known)).length() > 0)


def read_scope(records: ir.Table, number: int, book: Book) -> tuple[ir.BooleanValue, ir.BooleanValue]:
    """Return where a row is inside one condition, and where it is outside."""
    condition = book.scope[number]
    word = cast(ir.StringValue, folded(cast(ir.StringValue, records[f"scope_{number}"])).fill_null(""))
    return holds(word, condition.inside, condition.outside), holds(word, condition.outside, condition.inside)


def holds(word: ir.StringValue, words: Sequence[str], others: Sequence[str]) -> ir.BooleanValue:
    """Return where a word is one of a list, whose '*' stands for every word that the other list does not name."""
    written = [known for known in words if known != ANY]
    listed = among(word, written)
    if ANY not in words:
        return cast(ir.BooleanValue, listed)
    elsewhere = [known for known in others if known != ANY]
    open_ended = (word != "") & ~among(word, elsewhere)
    return cast(ir.BooleanValue, listed | open_ended)
