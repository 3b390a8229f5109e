"""Rows of a file of changes that take a record back: set aside while the file is judged, and their references kept.

The first condition of the book's scope says which rows these are (see `Book.actions`), so they go the way of rows
that are no assaults: nothing but their reference is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.masks import BITS
from pipeline.records import Columns, Judged, LaidOut
from schemas.force import Book
from schemas.table import Required, Rule
from transforms.withdraw import TAKEN_BACK

if TYPE_CHECKING:
    from pipeline.judgement import Judging

# The number of the condition of scope that sets aside a row which takes a record back.
TAKES_BACK = 1

# The verdict on a record that a later row of its own file takes back.
TAKEN = "taken_back"

REFERENCE = "source_record_id"


def nameless_kept_in(batches: Iterator[Judged], columns: Columns, rules: Sequence[Rule]) -> Iterator[Judged]:
    """Yield judged batches in which a row that takes back no reference breaks the rule that asks for one.

    Such a row is held: whatever it was to take back would otherwise be counted on in silence.
    """
    place = next(
        number
        for number, rule in enumerate(rules)
        if rule.field == REFERENCE and isinstance(rule.constraint, Required)
    )
    asking, bit = f"broken_{place // BITS}", np.int64(1 << place % BITS)
    for batch in batches:
        outside = batch.column("out_of_scope")
        taking = pc.fill_null(pc.equal(outside, TAKES_BACK), False).to_numpy(zero_copy_only=False)
        nameless = taking & batch.column(REFERENCE).is_null().to_numpy(zero_copy_only=False)
        if not nameless.any():
            yield batch
            continue
        changed = {"out_of_scope": pc.if_else(pa.array(nameless), pa.scalar(None, outside.type), outside)}
        for mask in columns.masks:
            broken = np.where(nameless, bit if mask == asking else np.int64(0), batch.column(mask).to_numpy())
            changed[mask] = pa.array(broken)
        if batch.has("sent"):
            # Where rows are laid down by the engine, nothing was kept of what a row out of scope sent.
            sent = batch.column("sent").to_pylist()
            nothing = [None] * len(columns.shown)
            told = [nothing if alone else words for alone, words in zip(nameless.tolist(), sent, strict=True)]
            changed["sent"] = pa.array(told, batch.column("sent").type)
        yield batch.beside(changed)


def takes_back(records: ir.Table, book: Book) -> ir.BooleanValue:
    """Return which flagged records are rows that take a record back."""
    if not book.actions:
        return cast(ir.BooleanValue, ibis.literal(False))
    return (records["out_of_scope"] == TAKES_BACK).fill_null(False)


def taken_in_file(judging: Judging, laid_out: LaidOut, flagged: ir.Table, verdicts: pa.Table) -> pa.Table:
    """Return the verdicts on sound records whose reference a later row of the same file takes back.

    In a file of changes the last word on a reference counts. Rows that have a verdict already keep it.
    """
    engine = judging.engine
    back = flagged.filter(takes_back(flagged, judging.book))
    last = engine.lay_down("last_words", back.group_by(REFERENCE).agg(at=back["row_number"].max()))
    if not engine.rows(last.agg(rows=last.count()))[0]["rows"]:
        return verdicts.slice(0, 0)
    every = engine.read_batches("every_sound", laid_out.sound.every())
    said = every.inner_join(last, REFERENCE)
    earlier = said.filter(said["row_number"] < said["at"])
    rows = earlier.group_by("row_number").agg(records=earlier.count())
    if verdicts.num_rows:
        decided = engine.read_small("decided", verdicts.select(["row_number"]))
        rows = rows.anti_join(decided, "row_number")
    return engine.arrow(
        rows.select("row_number", verdict=ibis.literal(TAKEN), records="records").order_by("row_number")
    )


def write_taken_back(judging: Judging, flagged: ir.Table, path: Path) -> None:
    """Write the references a file of changes takes back, one row each, in order; nothing where there is none.

    Where the victims of a reference are counted, or stand side by side, the whole reference is taken back: what a row
    says of one of them alone cannot be told.
    """
    book = judging.book
    back = flagged.filter((flagged["state"] == "withdrawn") & takes_back(flagged, book))
    whole = "victim_number" not in book.fields or book.fields["victim_number"].count_within is not None
    victim = ibis.null("int64") if whole else back["victim_number"].cast("int64")
    keys = back.mutate(victim_number=victim).select(*TAKEN_BACK).distinct()
    if judging.engine.rows(keys.agg(rows=keys.count()))[0]["rows"]:
        judging.engine.write_parquet(keys.order_by([*TAKEN_BACK]), path)
