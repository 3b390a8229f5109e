"""From judged records to accepted and held: every row of the file goes one way, and is counted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.assault import ASSAULT
from schemas.force import Book
from transforms.convert import IBIS_TYPES
from transforms.functions import this_drop
from transforms.rename import SENT

# What makes two rows the same: everything the record says, not where it stands.
CONTENT = tuple(name for name in ASSAULT.names if name not in ("drop_id", "row_number", "victim_number"))


def compact(
    judged: ir.Table,
    masks: Sequence[str],
    filled: Sequence[str],
    shown: Sequence[str],
    beside: Sequence[str] = (),
) -> ir.Table:
    """Return judged records as they are laid down between the two passes, in the order of the file.

    One row a record: its `key`, the `filled` fields of the assault table, the masks, `out_of_scope`, and `sent`, the values of the
    `shown` fields as sent, in that order, only where a rule is broken. The columns named in `beside` stay as they are.
    """
    flagged = cast(ir.BooleanValue, ibis.literal(False))
    for mask in masks:
        flagged = flagged | (judged[mask] != 0)
    words = (
        ibis.array([judged[SENT + name] for name in shown]) if shown else ibis.literal([], "array<string>")
    )
    return judged.select(
        "row_number",
        "key",
        **{name: judged[name] for name in filled},
        **{mask: judged[mask] for mask in masks},
        out_of_scope=judged["out_of_scope"],
        sent=ibis.ifelse(flagged, words, ibis.null("array<string>")),
        **{name: judged[name] for name in beside},
    )


def filled_fields(columns: Collection[str]) -> tuple[str, ...]:
    """Return the fields of the assault table that a drop with these columns of values can fill."""
    derived = ("offence_code", "attempted", "offence_class", "measure")
    listed = any(name.startswith("list_") for name in columns)
    return tuple(
        declared.name
        for declared in ASSAULT.fields
        if declared.name in derived
        or declared.name == "victim_number"
        or (
            declared.given
            and (SENT + declared.name in columns or (listed and declared.type in ("list", "boolean")))
        )
    )


def shown_fields(columns: Collection[str]) -> tuple[str, ...]:
    """Return the fields whose value as sent goes with a finding; what becomes a pseudonym never does."""
    return tuple(d.name for d in ASSAULT.given if SENT + d.name in columns and not d.pseudonym)


def restored(laid_down: ir.Table, book: Book) -> ir.Table:
    """Return laid-down records with every field of the assault table: what the force does not collect is null."""
    same = {"force_id": ibis.literal(book.force_id), "book": ibis.literal(book.name), "drop_id": this_drop()}
    absent = {
        declared.name: ibis.null(IBIS_TYPES[declared.type])
        for declared in ASSAULT.fields
        if declared.name not in laid_down.columns and declared.name not in same
    }
    return laid_down.mutate(**same, **absent)


def with_key(records: ir.Table, book: Book) -> ir.Table:
    """Return the records with `key`, a number that two of them share when they share reference and victim number.

    Counting a number is many times cheaper than counting the key; two keys of one number are told apart by `repeats`.
    """
    reference = records["source_record_id"].hash()
    return records.mutate(
        key=reference if counts_victims(book) else reference ^ records["victim_number"].hash()
    )


def repeats(records: ir.Table, book: Book) -> ir.Table:
    """Return the rows of a file that repeat another: `row_number` and `verdict`, duplicate or repeated.

    `records` are those in scope that break no error rule, of the rows one of whose keys stands more than once. A row all
    of whose records say word for word what an earlier row says is a duplicate: the earlier one counts. Rows with the
    same reference and victim number that say different things are repeated: none of them can be trusted, all are held.
    Where victims are numbered by counting, rows of one reference are its victims, so only duplicates are looked for.
    """
    counted = counts_victims(book)
    key = ["source_record_id"] if counted else ["source_record_id", "victim_number"]
    content = [*CONTENT] if counted else [*CONTENT, "victim_number"]
    numbered = records.mutate(content=ibis.struct({name: records[name] for name in content}))
    firsts = numbered.mutate(
        first=numbered["row_number"].min().over(ibis.window(group_by="content")),
        low=numbered["content"].min().over(ibis.window(group_by=key)),
        high=numbered["content"].max().over(ibis.window(group_by=key)),
    )
    differing = ibis.literal(False) if counted else firsts["low"] != firsts["high"]
    judged = firsts.mutate(repeated=differing, duplicate=firsts["row_number"] > firsts["first"])
    found = judged.group_by("row_number").agg(
        repeated=judged["repeated"].any(),
        duplicates=judged["duplicate"].sum(),
        some=judged["duplicate"].any(),
    )
    # A row some of whose victims stand on an earlier row, and others not, is neither a duplicate nor new.
    sizes = records.group_by("row_number").agg(records=ibis._.count())
    sized = found.join(sizes, "row_number")
    whole = sized["duplicates"] == sized["records"]
    rows = sized.mutate(repeated=sized["repeated"] | (sized["some"] & ~whole), duplicate=whole)
    kept = rows.filter(rows["repeated"] | rows["duplicate"])
    return kept.select(
        "row_number", verdict=ibis.ifelse(kept["repeated"], "repeated", "duplicate"), records="records"
    )


def counts_victims(book: Book) -> bool:
    """Return whether a book numbers the victims of a reference by counting its rows."""
    mapped = book.fields.get("victim_number")
    return mapped is not None and mapped.count_within is not None


def number_victims(records: ir.Table) -> ir.Table:
    """Return the records with the victims of each reference numbered in the order of the file."""
    order = ibis.window(group_by="source_record_id", order_by="row_number")
    return records.mutate(victim_number=(ibis.row_number().over(order) + 1).cast("int64"))


def accepted(records: ir.Table) -> ir.Table:
    """Return the assault table's fields of accepted records, in the order of the file."""
    return records.select(*ASSAULT.names)
