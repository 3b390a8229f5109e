"""What is otherwise in one release than in another: a patch that makes the one from the other, and why, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from schemas.assault import ASSAULT
from schemas.national import UNDECIDED
from transforms.across import COUNTED_ONCE

CHANGES = {
    "added": "in the newer release only",
    "withdrawn": "in the older release only",
    "changed": "in both, with other values",
    "resent": "in both with the same values, from another row or drop",
}

REASONS = {
    "late": "it was first sent after the older release",
    "corrected": "the force replaced or withdrew it in a later drop",
    "rule": "its drop was judged by another version of the rules",
    "mapping": "its drop was read by another mapping of the force's file",
    "rule and mapping": "its drop was judged by other rules and read by another mapping",
    "judged again": "its drop was judged again and came out otherwise, by the same rules and mapping",
    "ruling": "a drop was approved or reverted by a person, or waits for one",
    "counted once": "a force has said since that it is the same assault as another force's record, or no longer says so",
    "month": "its month is in one of the two releases only",
}

# One row of a release, by where it came from: no two share these.
ORIGIN = ("book", "drop_id", "row_number", "victim_number")

# What the patch keeps of the older side: where it came from, its key, and the cell of the tables it counted in.
OLD = (*ORIGIN, "source_record_id", "occurred_on", "measure")

KEY = tuple(name for name in ASSAULT.key if name != "victim_number")

DROPS = pa.schema(
    [("drop_id", pa.string()), ("is_new", pa.bool_()), ("stood", pa.bool_()), ("stands", pa.bool_()),
     ("again", pa.string())]
)  # fmt: skip


@dataclass(frozen=True)
class Ends:
    """The last day of each of two releases."""

    old: date
    new: date


def only_in(one: ir.Table, other: ir.Table) -> ir.Table:
    """Return the rows of one table of records that are not in the other exactly as they are."""
    return one.difference(as_columns_of(other, one))


def as_columns_of(records: ir.Table, wanted: ir.Table) -> ir.Table:
    """Return records with the columns of another table; one that an earlier version did not have is missing."""
    absent = {name: ibis.null(kind) for name, kind in wanted.schema().items() if name not in records.columns}
    return records.mutate(**absent).select(*wanted.columns) if absent else records.select(*wanted.columns)


def paired(gone: ir.Table, came: ir.Table) -> ir.Table:
    """Return rows that went and rows that came side by side: the older side as `old_<field>`, the newer as it is.

    `gone` and `came` are the rows of two releases that are in one of them only, with the same columns. Two of one key and
    day are one record; then, among what is left, two of one key, for a day may have been corrected. Whatever stands
    alone has the other side missing; `force_id` is always there.
    """
    first = side_by_side(numbered(gone, "occurred_on"), numbered(came, "occurred_on"), ["occurred_on"])
    alone_old = first.filter(first.drop_id.isnull())
    alone_new = first.filter(first.old_drop_id.isnull())
    olds = alone_old.select(**{name: alone_old[f"old_{name}"] for name in gone.columns})
    news = alone_new.select(*came.columns)
    both = first.filter(first.drop_id.notnull() & first.old_drop_id.notnull())
    again = side_by_side(numbered(olds), numbered(news), [])
    return both.union(again.select(*both.columns))


def numbered(records: ir.Table, *more: str) -> ir.Table:
    """Return records with `nth`, which of its key it is, so that a key that stands twice is paired one to one."""
    victim = records.victim_number.fill_null(0)
    window = ibis.window(
        group_by=[*(records[name] for name in (*KEY, *more)), victim],
        order_by=[records.occurred_on, records.drop_id, records.row_number],
    )
    return records.mutate(nth=ibis.row_number().over(window), victim=victim)


def side_by_side(gone: ir.Table, came: ir.Table, more: Sequence[str]) -> ir.Table:
    """Return a full join of two numbered tables on their key; `more` fields are part of it."""
    olds = gone.rename({f"old_{name}": name for name in gone.columns})
    on = [olds[f"old_{name}"] == came[name] for name in (*KEY, *more, "victim", "nth")]
    joined = olds.outer_join(came, on)
    force = ibis.coalesce(joined.force_id, joined.old_force_id)
    return joined.mutate(force_id=force, old_force_id=force).drop("nth", "victim", "old_nth", "old_victim")


def patch_of(pairs: ir.Table, drops: ir.Table, ends: Ends, fields: Sequence[str]) -> ir.Table:
    """Return the patch: `change` and `why`, the older side's origin, key and measure, and the newer side's record.

    `pairs` as `paired` gives them; `fields` are those of the newer release, `force_id` among them; `drops` has a row a drop of either release: `is_new` (the older release does not know
    it), `stood` and `stands` (its records could be in the older and the newer one) and `again` (how the judgement of a
    drop that both know differs, or missing). Sorted, so that the same two releases give the same patch.
    """
    olds = drops.rename({f"was_{name}": name for name in drops.columns})
    known = pairs.left_join(olds, pairs.old_drop_id == olds.was_drop_id)
    news = drops.rename({f"now_{name}": name for name in drops.columns})
    known = known.left_join(news, known.drop_id == news.now_drop_id)
    change = change_of(known, [name for name in pairs.columns if not name.startswith("old_")])
    return (
        known.mutate(change=change, why=why(known, ends))
        .select("change", "why", *(f"old_{name}" for name in OLD), *fields)
        .order_by(["change", *(f"old_{name}" for name in OLD), "force_id", *ORIGIN])
    )


def change_of(pairs: ir.Table, fields: Sequence[str]) -> ir.StringValue:
    """Return what happened to each record, one of CHANGES."""
    own = [name for name in fields if name not in ("force_id", "drop_id", "row_number")]
    same = ibis.and_(*(pairs[name].identical_to(pairs[f"old_{name}"]) for name in own))
    return cast(
        ir.StringValue,
        ibis.cases(
            (pairs.old_drop_id.isnull(), "added"),
            (pairs.drop_id.isnull(), "withdrawn"),
            (same, "resent"),
            else_="changed",
        ),
    )


def why(pairs: ir.Table, ends: Ends) -> ir.StringValue:
    """Return why each record is otherwise, one of REASONS: by what both releases say of the drops it came in."""
    added, withdrawn = pairs.old_drop_id.isnull(), pairs.drop_id.isnull()
    one_drop = pairs.old_drop_id == pairs.drop_id
    otherwise = "counted once" if COUNTED_ONCE in pairs.columns else "rule"
    return cast(
        ir.StringValue,
        ibis.cases(
            (added & (pairs.occurred_on > ends.old), "month"),
            (withdrawn & (pairs.old_occurred_on > ends.new), "month"),
            (added & pairs.now_is_new, "late"),
            (added, ibis.coalesce(pairs.now_again, "ruling")),
            (withdrawn & ~pairs.was_stands.fill_null(False), "ruling"),
            (withdrawn, ibis.coalesce(pairs.was_again, "corrected")),
            (one_drop, ibis.coalesce(pairs.now_again, otherwise)),
            (pairs.now_is_new, "corrected"),
            (~pairs.was_stands.fill_null(False), "ruling"),
            else_=ibis.coalesce(pairs.now_again, pairs.was_again, "ruling"),
        ),
    )


def apply(old: ir.Table, patch: ir.Table) -> ir.Table:
    """Return the records of the newer release: those of the older one that the patch leaves alone, and what it brings.

    `old` has `force_id` as a column; `patch` as `patch_of` gives it, for the forces of `old`. In no order.
    """
    fields = [name for name in patch.columns if not name.startswith("old_") and name not in ("change", "why")]
    came = patch.filter(patch.change != "withdrawn").select(*fields)
    gone = patch.filter(patch.change != "added").select("force_id", *(f"old_{name}" for name in ORIGIN))
    origin = [old[name].identical_to(gone[f"old_{name}"]) for name in ORIGIN]
    kept = old.anti_join(gone, [old.force_id == gone.force_id, *origin])
    return as_columns_of(kept, came).union(came)


def counted(patch: ir.Table) -> ir.Table:
    """Return by force, book, month, measure and reason how many records were added, withdrawn, changed, moved, resent.

    A changed record that counts in another month or measure than before is `moved_out` of the one and `moved_in` to the
    other, and `changed` in neither: older figure + added - withdrawn + moved_in - moved_out = newer figure.
    """
    told = patch.mutate(
        new_period=patch.occurred_on.strftime("%Y-%m"),
        old_period=patch.old_occurred_on.strftime("%Y-%m"),
        new_measure=measure(patch.measure),
        was_measure=measure(patch.old_measure),
    )
    same_cell = (told.new_period == told.old_period) & (told.new_measure == told.was_measure)
    told = told.mutate(moved=(told.change == "changed") & ~same_cell)
    now = {"book": told.book, "period": told.new_period, "measure": told.new_measure}
    was = {"book": told.old_book, "period": told.old_period, "measure": told.was_measure}
    came = told.filter((told.change == "added") | told.moved).mutate(**now, side=ibis.literal("came"))
    went = told.filter((told.change == "withdrawn") | told.moved).mutate(**was, side=ibis.literal("went"))
    both = told.filter(told.change.isin(["changed", "resent"]) & ~told.moved)
    stayed = both.mutate(**now, side=ibis.literal("stayed"))
    columns = ["force_id", "book", "period", "measure", "why", "change", "side"]
    every = came.select(*columns).union(went.select(*columns)).union(stayed.select(*columns))
    is_move = (every.change == "changed") & (every.side != "stayed")
    return every.group_by("force_id", "book", "period", "measure", "why").agg(
        added=every.count(where=every.change == "added"),
        withdrawn=every.count(where=every.change == "withdrawn"),
        changed=every.count(where=(every.change == "changed") & (every.side == "stayed")),
        moved_in=every.count(where=is_move & (every.side == "came")),
        moved_out=every.count(where=is_move & (every.side == "went")),
        resent=every.count(where=every.change == "resent"),
    )


def measure(name: ir.Value) -> ir.StringValue:
    """Return the measure as the tables name it, undecided where it could not be decided."""
    return cast(ir.StringValue, name.fill_null(UNDECIDED))
