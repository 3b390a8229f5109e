"""From judged records to accepted and held: every row of the file goes one way, and is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.assault import ASSAULT
from schemas.force import Book
from transforms.functions import this_drop
from transforms.rename import SENT

CARRIED = tuple(name for name in ASSAULT.names if name not in ("drop_id", "row_number"))

# What makes two rows the same: everything the record says, not where it stands.
CONTENT = tuple(name for name in ASSAULT.names if name not in ("drop_id", "row_number", "victim_number"))


def compact(judged: ir.Table, masks: Sequence[str]) -> ir.Table:
    """Return judged records as they are laid down between the two passes, in the order of the file.

    One row a record: the assault table's fields, the masks, `out_of_scope`, and `sent`, a map from field to the
    value as sent, only where a rule is broken. What becomes a pseudonym is never in `sent`.
    """
    flagged = cast(ir.BooleanValue, ibis.literal(False))
    for mask in masks:
        flagged = flagged | (judged[mask] != 0)
    shown = [
        declared.name
        for declared in ASSAULT.given
        if SENT + declared.name in judged.columns and not declared.pseudonym
    ]
    words = ibis.map(ibis.array(shown), ibis.array([judged[SENT + name] for name in shown]))
    fields: dict[str, ir.Value] = {name: judged[name] for name in ASSAULT.names if name in judged.columns}
    fields["drop_id"] = this_drop()
    return judged.select(
        **{name: fields[name] for name in ASSAULT.names},
        **{mask: judged[mask] for mask in masks},
        out_of_scope=judged["out_of_scope"],
        sent=ibis.ifelse(flagged, words, ibis.null(words.type())),
    )


def repeats(records: ir.Table, book: Book) -> ir.Table:
    """Return the rows of a file that repeat another: `row_number` and `verdict`, duplicate or repeated.

    `records` are those of rows in scope that break no error rule. A row all of whose records say word for word
    what an earlier row says is a duplicate: the earlier one counts. Rows with the same reference and victim
    number that say different things are repeated: none of them can be trusted, all are held. Where victims are
    numbered by counting, rows of one reference are its victims, so only duplicates are looked for.
    """
    counted = counts_victims(book)
    key = ["source_record_id"] if counted else ["source_record_id", "victim_number"]
    keys = records.group_by(key).agg(times=records.count()).filter(lambda t: t["times"] > 1).drop("times")
    same = records.semi_join(keys, key)
    content = [*CONTENT] if counted else [*CONTENT, "victim_number"]
    numbered = same.mutate(content=ibis.struct({name: same[name] for name in content}))
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
    sizes = records.semi_join(found, "row_number").group_by("row_number").agg(records=ibis._.count())
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
