"""Findings: what is wrong with which row, in the words of the force's own columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from expectations.masks import decode
from pipeline.judgement import Judging
from pipeline.readings import ORDER, read_as, with_likely
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED
from schemas.table import Rule

# How many findings a receipt lists; all of them are in findings.csv.
LISTED = 1000

LISTED_OF_EACH = 100

FINDING_COLUMNS = ("row", "victim", "field", "column", "rule", "severity", "value", "message", "mend")


def cause_table(judging: Judging, totals: Sequence[Mapping[str, Any]]) -> ir.Table:
    """Return one row for each rule of each combination of masks that occurs: the masks decoded once, not per row."""
    combinations = dict.fromkeys(tuple(total[mask] for mask in judging.masks) for total in totals)
    causes: list[dict[str, Any]] = []
    for combination in combinations:
        for ordinal, rule in enumerate(decode(combination, judging.rules)):
            causes.append(
                {
                    **dict(zip(judging.masks, combination, strict=True)),
                    "ordinal": ordinal,
                    "rule": rule.name,
                    "wording": judging.wording(rule),
                    "place": judging.shown.index(shown_field(rule))
                    if shown_field(rule) in judging.shown
                    else None,
                }
            )
    numbers = [(name, pa.int64()) for name in (*judging.masks, "ordinal", "wording", "place")]
    schema = pa.schema([*numbers, ("rule", pa.string())])
    return judging.engine.read_small("causes", pa.Table.from_pylist(causes, schema))


def described(rule: Rule, judging: Judging) -> dict[str, str]:
    """Return the words of a finding that are the same on every row."""
    return {
        "field": rule.field,
        "column": column_of(rule.field, judging),
        "rule": rule.name,
        "severity": rule.severity.value,
        "message": rule.sentence,
        "mend": rule.remedy,
    }


def shown_field(rule: Rule) -> str:
    """Return the field whose value as sent a finding shows beside its rule."""
    return "offence_title" if rule.field in ("offence_class", "offence") else rule.field


def column_of(name: str, judging: Judging) -> str:
    """Return the force's own name of the column a field is read from, as this file spells it."""
    book = judging.book
    if name == "scope":
        return ", ".join(condition.column for condition in book.scope)
    if name == "force_id":
        return book.force.column if book.force else ""
    if name == "offence":
        return ", ".join(
            filter(None, (column_of(part, judging) for part in ("offence_code", "offence_title")))
        )
    if name in book.fields:
        mapped = book.fields[name]
        here = [c for written in mapped.names for c in book.numbered(written) if c in judging.export.columns]
        return ", ".join(here or mapped.names)
    return ", ".join(cell.column for cell in book.lists if name in cell.fields())


def findings(
    judging: Judging, flagged: ir.Table, causes: ir.Table, verdicts: pa.Table, broken_rules: Collection[Rule]
) -> ir.Table:
    """Return every finding, one row each, in the order of the file and of the rules, its wording by number."""
    numbers = {rule: judging.wording(rule) for rule in broken_rules}
    joined = flagged.filter(flagged["sent"].notnull()).inner_join(causes, list(judging.masks))
    broken = joined.select(
        row="row_number", victim="victim_number", ordinal="ordinal", wording="wording",
        value=joined["sent"][joined["place"]], message=read_as(joined, numbers),
    )  # fmt: skip
    others = judging.engine.read_small("other_findings", other_findings(judging, verdicts))
    every = broken.union(others) if verdicts.num_rows or judging.export.refusals else broken
    found = judging.engine.lay_down("found", every.order_by([*ORDER]))
    return with_likely(judging.engine, found, numbers, judging.book)


def worded(judging: Judging, found: ir.Table) -> ir.Table:
    """Return findings in words."""
    wordings = [described(rule, judging) for rule in judging.wordings]

    def said(name: str) -> ir.Value:
        return cast(ir.Value, ibis.array([wording[name] for wording in wordings])[found["wording"]])

    columns = {name: said(name) for name in FINDING_COLUMNS if name not in found.columns}
    message = ibis.coalesce(found["message"], said("message"))
    return found.mutate(**columns, message=message).select(*FINDING_COLUMNS)


def some_of_each(judging: Judging, found: ir.Table) -> ir.Table:
    """Return the first findings of each rule, so that one broken a thousand times does not crowd out the others."""
    said = judging.engine.arrow(found.select("wording")).column("wording").to_numpy()
    places = [np.flatnonzero(said == wording)[:LISTED_OF_EACH] for wording in np.unique(said)]
    few = np.sort(np.concatenate([np.zeros(0, np.int64), *places]))[:LISTED]
    rows = judging.engine.read_small("few", pa.table({"place": few}))
    placed = found.mutate(place=found.rowid())
    return placed.semi_join(rows, "place").order_by("place").drop("place")


def other_findings(judging: Judging, verdicts: pa.Table) -> pa.Table:
    """Return the findings no mask holds: lines refused by the reader, and rows that repeat others."""
    found: list[dict[str, Any]] = []
    for refusal in judging.export.refusals:
        wording = judging.wording(REFUSED_LINE)
        found.append(
            {"row": refusal.row_number, "ordinal": 0, "wording": wording, "message": refusal.sentence}
        )
    for row in verdicts.to_pylist():
        if row["verdict"] != "held":
            rule = DUPLICATE if row["verdict"] == "duplicate" else REPEATED
            found.append({"row": row["row_number"], "ordinal": 99, "wording": judging.wording(rule)})
    numbers = [(name, pa.int64()) for name in ("row", "victim", "ordinal", "wording")]
    return pa.Table.from_pylist(
        found, pa.schema([*numbers, ("value", pa.string()), ("message", pa.string())])
    )


def harmless(text: ir.StringValue) -> ir.StringValue:
    """Return a value that no spreadsheet takes for a formula; a negative number is none."""
    formula = text.re_search(r"^[=+@\t\r]|^-[^0-9]|^-$")
    return cast(ir.StringValue, ibis.ifelse(formula, ibis.literal("'") + text, text))
