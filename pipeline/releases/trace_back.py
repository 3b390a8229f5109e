"""From a row to every figure of a release it is in, or why it is in none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import ibis.expr.types as ir
import pyarrow.parquet as pq

from pipeline.explain import explain, known_drop, refuse_unjudged
from pipeline.ledger import DropRecord, Ledger
from pipeline.releases.trace import ROW, Opened, forces_of, over
from schemas.national import NATIONAL
from transforms.across import COUNTED_ONCE
from transforms.compare.traced import TRACED, Part

# The columns of a figure that say which it is and what it is, beside its key.
FIGURE = ("value", "value_status")


def trace_back(here: Opened, label: str, row: int) -> dict[str, Any]:
    """Return every figure of a release that the records of a row count in, victim by victim, or why there are none.

    A figure is named by its table, its key and the `column` the record counts in. Raises NotAsked where there is no such
    drop or row, or where nothing of the drop was judged.
    """
    with Ledger.open(here.store.home.ledger_url) as ledger:
        drop = known_drop(ledger, label)
    refuse_unjudged(drop)
    said = {
        "release_id": here.release.release_id,
        "drop_id": drop.drop_id,
        "force_id": drop.force_id,
        "book": drop.book,
        "file": drop.file,
        "row": row,
    }
    records = here.records([drop.force_id], once=False) if drop.drop_id in here.inputs else None
    if records is not None:
        own = records.filter(records.drop_id == drop.drop_id, records.row_number == row)
        lines = here.engine.rows(own.select(*ROW).order_by("victim_number"))
        if lines:
            figures = list(figures_of(here, drop.force_id, own))
            found = [
                {
                    "victim": line["victim_number"],
                    "figures": [each for who, each in figures if who == tuple(line[name] for name in ROW)],
                }
                for line in lines
            ]
            return {**said, **fate_of_released(here, found), "records": found}
    return {**said, **why_in_none(here, drop, row), "records": []}


def fate_of_released(here: Opened, found: list[dict[str, Any]]) -> dict[str, str]:
    if any(each["figures"] for each in found):
        return {"state": "counted", "outcome": f"It counts in release {here.release.release_id}."}
    return {
        "state": "in_no_figure",
        "outcome": f"It is among the records of release {here.release.release_id} and in none of its figures: its day lies "
        f"outside {here.series.label}.",
    }


def why_in_none(here: Opened, drop: DropRecord, row: int) -> dict[str, str]:
    """Return what became of a row that is not in the release, as a word and a sentence."""
    release_id = here.release.release_id
    told = explain(here.store.home, drop.drop_id, row)
    state, outcome = told["state"], told["outcome"]
    if state != "accepted":
        return {"state": state, "outcome": outcome}
    if drop.drop_id not in here.inputs:
        return {
            "state": "not_in_release",
            "outcome": f"Accepted, but its drop is not in release {release_id}: it was not judged yet, or did not stand, "
            "when the release was made.",
        }
    path = here.store.records_path("accepted", drop.force_id, drop.book, drop.drop_id)
    days = pq.read_table(
        path, columns=["occurred_on"], filters=[("row_number", "=", row)], partitioning=None
    ).column("occurred_on")
    if any(day > here.release.ends_on for day in days.to_pylist()):
        return {
            "state": "after_the_month",
            "outcome": f"Accepted, but its day comes after the last month of release {release_id}.",
        }
    return {
        "state": "not_in_release",
        "outcome": f"Accepted now, and not when release {release_id} was made: it was held, replaced or withdrawn then.",
    }


def day_of(moment: date | datetime) -> date:
    """Return the day of a month's beginning, of which the engine makes a moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def figures_of(
    here: Opened, force: str, records: ir.Table
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Yield each record of a force, by `ROW`, with each figure it counts in; `records` are of that force's released."""
    for name, traced in TRACED.items():
        published: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for row in here.table(name):
            if row["force_id"] in (force, NATIONAL):
                published.setdefault(tuple(row[code] for code in traced.names), []).append(row)
        seen = traced.seen(records, here.series)
        parts: list[tuple[tuple[Any, ...], Part]] = [
            (codes, part)
            for codes in published
            for part in traced.parts(seen, dict(zip(traced.names, codes, strict=True)))
        ]
        once = {COUNTED_ONCE: seen[COUNTED_ONCE]} if COUNTED_ONCE in seen.columns else {}
        asked = {f"part_{place}": part.counts for place, (_, part) in enumerate(parts)}
        included: dict[tuple[Any, ...], bool] = {}
        for line in here.engine.rows(seen.select(*ROW, "book", "month_from", **once, **asked)):
            who = tuple(line[each] for each in ROW)
            month = day_of(line["month_from"])
            for place, (codes, part) in enumerate(parts):
                if not line[f"part_{place}"]:
                    continue
                for cell in published[codes]:
                    if cell["book"] != line["book"] or cell[part.column] is None:
                        continue
                    if cell["force_id"] == NATIONAL:
                        if line.get(COUNTED_ONCE) == "left_out":
                            continue
                        key = (part.column, *(cell[each] for each in traced.table.key))
                        if key not in included:
                            included[key] = force in forces_of(here, traced, cell)
                        if not included[key]:
                            continue
                    if month in over(here, cell, part, force):
                        yield (
                            who,
                            {
                                "table": name,
                                "column": part.column,
                                **{each: cell[each] for each in (*traced.table.key, *FIGURE) if each in cell},
                            },
                        )
