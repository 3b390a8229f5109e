"""Findings: what is wrong with which row, in the words of the force's own columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from expectations.masks import decode
from pipeline.judgement import Judging
from pipeline.pointed import cells_of, expected, gap, measures, shown_field
from pipeline.readings import ORDER, read_as, with_likely
from schemas.catalogue import code_of
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED
from schemas.personal import NOT_KEPT, PERSONAL_COLUMN, PUT_ASIDE
from schemas.table import Explained, Rule
from transforms.functions import BETWEEN_WORDS, all_of

# How many findings a receipt lists; all of them are in findings.csv.
LISTED = 1000

LISTED_OF_EACH = 100

Numbers = npt.NDArray[np.int64]

FINDING_COLUMNS = (
    "file", "sheet", "row", "cell", "reference", "victim", "field", "column", "value", "expected", "difference",
    "rule", "code", "severity", "message", "mend", "answer",
)  # fmt: skip


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
        "column": columns_named(rule, judging),
        "expected": expected(rule, judging),
        "rule": rule.name,
        "code": code_of(rule.name),
        "severity": rule.severity.value,
        "message": rule.sentence,
        "mend": rule.remedy,
    }


def columns_named(rule: Rule, judging: Judging) -> str:
    """Return the columns that a finding of a rule names."""
    if rule == PERSONAL_COLUMN:
        return ", ".join(dict.fromkeys(each.column for each in judging.personal))
    return column_of(rule.field, judging)


def column_of(name: str, judging: Judging) -> str:
    """Return the force's own name of the column a field is read from, as this file spells it."""
    book = judging.book
    if name == "change":
        return book.actions.column if book.actions else ""
    if name == "scope":
        return ", ".join(condition.column for condition in book.deciding)
    if name == "force_id":
        return book.force.column if book.force else ""
    if name in ("offence", "offence_class"):
        return ", ".join(
            filter(None, (column_of(part, judging) for part in ("offence_code", "offence_title")))
        )
    if name in book.fields:
        mapped = book.fields[name]
        here = [c for written in mapped.names for c in book.numbered(written) if c in judging.export.columns]
        return ", ".join(here or mapped.names)
    return ", ".join(cell.column for cell in book.lists if name in cell.fields())


def findings(
    judging: Judging,
    flagged: ir.Table,
    causes: ir.Table,
    verdicts: pa.Table,
    broken_rules: Collection[Rule],
    beyond: ir.Table | None = None,
) -> ir.Table:
    """Return every finding, one row each, in the order of the file and of the rules, its wording by number.

    `beyond` are the findings of the rules that look beyond the row.
    """
    numbers = {rule: judging.wording(rule) for rule in broken_rules}
    joined = flagged.filter(flagged["sent"].notnull()).inner_join(causes, list(judging.masks))
    broken = joined.select(
        row="row_number", victim="victim_number", ordinal="ordinal", wording="wording",
        value=joined["sent"][joined["place"]], message=read_as(joined, numbers),
        reference=reference_of(joined, judging), gap=gap(joined, numbers, judging.stated),
    )  # fmt: skip
    others = judging.engine.read_small("other_findings", other_findings(judging, verdicts))
    every = broken.union(whole(others, flagged)) if others_found(judging, verdicts) else broken
    every = every if beyond is None else every.union(whole(beyond, kept_records(judging)))
    found = judging.engine.lay_down("found", every.order_by([*ORDER]))
    return with_likely(judging.engine, found, numbers, judging.book)


def others_found(judging: Judging, verdicts: pa.Table) -> bool:
    """Return whether there are findings that no mask holds."""
    return bool(verdicts.num_rows or judging.export.refusals or judging.personal)


def reference_of(records: ir.Table, judging: Judging) -> ir.Value:
    """Return the force's own reference of flagged records, as it was sent."""
    if "source_record_id" not in judging.shown:
        return records["source_record_id"]
    return records["sent"][judging.shown.index("source_record_id")]


def kept_records(judging: Judging) -> ir.Table:
    """Return the accepted records, of which the rules that look beyond the row speak."""
    return judging.engine.read_parquet(judging.folder / "accepted.parquet")


def whole(others: ir.Table, records: ir.Table) -> ir.Table:
    """Return findings no mask holds with the reference of their row, where it stands among some records."""
    rows = others.filter(others["row"].notnull()).select(row_number="row").distinct()
    known = records.select("row_number", "source_record_id").semi_join(rows, "row_number")
    named = known.group_by("row_number").agg(reference=known["source_record_id"].max())
    joined = others.left_join(named, others["row"] == named["row_number"])
    columns = ("row", "victim", "ordinal", "wording", "value", "message")
    return joined.select(*columns, reference=joined["reference"], gap=ibis.null("int64"))


def wordings_of(judging: Judging, found: ir.Table) -> Numbers:
    """Return the number of the wording of each finding, in their order."""
    return cast(Numbers, judging.engine.arrow(found.select("wording")).column("wording").to_numpy())


def worded(
    judging: Judging, found: ir.Table, met: Iterable[int], written: Callable[[str], str] = str
) -> ir.Table:
    """Return findings in words; `written` is how the words of the file's own names are to be written.

    `met` are the wordings that occur among them, by number.
    """
    # Only these go into the question: it is read, planned and asked in a fraction of the time of all there are.
    numbers = [*met] or [0]
    rules = [judging.wordings[number] for number in numbers]
    wordings = [described(rule, judging) for rule in rules]
    place_of = {number: place for place, number in enumerate(numbers)}
    # Of a wording that does not occur the place is never asked.
    places = [str(place_of.get(number, 0)) for number in range(len(judging.wordings))]
    found = found.mutate(met=listed(places).cast("array<int64>")[found["wording"]])

    def looked_up(texts: Sequence[str], place: ir.Value) -> ir.StringValue:
        if not any(texts):
            return ibis.literal("", "string")
        return cast(ir.StringValue, listed([written(text) for text in texts])[place])

    def said(name: str) -> ir.StringValue:
        return looked_up([wording[name] for wording in wordings], found["met"])

    sheet = judging.export.sheet
    victims = judging.book.victims
    place = found["met"]
    if victims > 1:
        place = place * victims + ibis.greatest(found["victim"].fill_null(1) - 1, 0)
    cell = looked_up([cell for rule in rules for cell in cells_of(rule, judging)], place)
    if sheet is not None:
        cell = ibis.ifelse(cell != "", cell + found["row"].cast("string"), cell)
    cell = ibis.ifelse(found["row"].isnull(), "", cell)
    columns = {
        "file": ibis.literal(written(judging.file)),
        "sheet": ibis.literal(written(sheet or "")),
        "cell": cell,
        "answer": ibis.literal("", "string"),
        "difference": difference(found, [measures(rule, judging) for rule in rules]),
    }
    columns |= {name: said(name) for name in FINDING_COLUMNS if name not in {*found.columns, *columns}}
    # What was put aside as personal is not to be explained to us.
    aside = [PUT_ASIDE if isinstance(rule.constraint, Explained) else rule.remedy for rule in rules]
    personal = found["value"].startswith(NOT_KEPT).fill_null(False)
    columns["mend"] = ibis.ifelse(personal, looked_up(aside, found["met"]), columns["mend"])
    message = ibis.coalesce(found["message"], said("message"))
    return found.mutate(**columns, message=message).select(*FINDING_COLUMNS)


def difference(found: ir.Table, measured: Sequence[tuple[str, str, str]]) -> ir.StringValue:
    """Return how far each value lies outside what is allowed, in words; null where there is no measure."""
    units, above, below = (listed(texts)[found["met"]] for texts in zip(*measured, strict=True))
    far = found["gap"].abs()
    unit = ibis.ifelse((units != "") & (far != 1), units + "s", units)
    side = ibis.ifelse(found["gap"] > 0, above, below)
    text = far.cast("string") + unit + side
    return cast(ir.StringValue, ibis.ifelse(found["gap"].notnull(), text, ibis.null("string")))


def listed(texts: Sequence[str]) -> ir.ArrayValue:
    """Return texts as one list to be looked up in by place."""
    if any(BETWEEN_WORDS in text for text in texts):
        # A column of a file may be named anything.
        return cast(ir.ArrayValue, ibis.literal([*texts], "array<string>"))
    return all_of(texts)


def some_of_each(judging: Judging, found: ir.Table, said: Numbers) -> ir.Table:
    """Return the first findings of each rule, so that one broken a thousand times does not crowd out the others.

    `said` is the wording of each.
    """
    places = [np.flatnonzero(said == wording)[:LISTED_OF_EACH] for wording in np.unique(said)]
    few = np.sort(np.concatenate([np.zeros(0, np.int64), *places]))[:LISTED]
    rows = judging.engine.read_small("few", pa.table({"place": few}))
    placed = found.mutate(place=found.rowid())
    return placed.semi_join(rows, "place").order_by("place").drop("place")


def other_findings(judging: Judging, verdicts: pa.Table) -> pa.Table:
    """Return the findings no mask holds: personal columns, lines refused by the reader, rows that repeat others."""
    # A column stands in no row.
    found: list[dict[str, Any]] = [
        {"row": None, "ordinal": 0, "wording": judging.wording(PERSONAL_COLUMN), "message": each.sentence}
        for each in judging.personal
    ]
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
