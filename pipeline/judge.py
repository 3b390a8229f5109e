"""Judging a file: one pass from its bytes to judged records, then accepted, held and findings from those.

The first pass reads, renames, converts and checks in one query, and lays the records down in the order of the file.
What comes after reads that compact copy, never the file again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from expectations.masks import Context, any_bit, bits_of, check, decode, mask_count
from pipeline.cells import prepared
from pipeline.engine import Engine, open_engine
from pipeline.ledger import DropSums
from pipeline.period import Period, is_nil_name, month_end, stated_period
from pipeline.read import Export, Reading, Refused, open_export
from schemas.assault import ASSAULT
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED, rules_of
from schemas.force import Book
from schemas.table import Rule, Severity, words
from transforms.convert import convert
from transforms.functions import judged_on, period_begins, period_ends
from transforms.rename import MissingColumns, absent_fields, rename
from transforms.split import (
    accepted,
    compact,
    counts_victims,
    filled_fields,
    number_victims,
    repeated_keys,
    repeats,
    restored,
    shown_fields,
    with_key,
)

# How many findings a receipt lists; all of them are in findings.csv.
LISTED = 1000
LISTED_OF_EACH = 100

FINDING_COLUMNS = ("row", "victim", "field", "column", "rule", "severity", "value", "message", "mend")


class RecordsLost(Exception):
    """Fewer or more records were written than were counted: a fault of ours, and nothing of the drop is stored."""

    def __init__(self, kind: str, counted: int, written: int) -> None:
        super().__init__(
            f"The {kind} records do not balance: {counted} were counted and {written} written. Nothing was stored; this "
            "is a fault of the pipeline, not of the file."
        )


@dataclass(frozen=True)
class Judgement:
    """What became of a file: its sums, its findings, and the files written for it."""

    sums: DropSums
    findings: Mapping[Rule, int]
    listed: Sequence[Mapping[str, Any]]
    unexpected_columns: tuple[str, ...]
    absent_columns: tuple[str, ...]
    out_of_scope_by: Mapping[str, int]
    period: Period | None
    stated_period: Period | None
    accepted: Path | None = None
    held: Path | None = None
    findings_file: Path | None = None
    read_as: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_nil(self) -> bool:
        return self.sums.rows == 0 and self.sums.refused == 0


def judge(raw: Path, name: str, book: Book, drop_id: str, key: bytes, as_of: date, folder: Path) -> Judgement:
    """Return the judgement of a file, with `accepted.parquet`, `held.parquet` and `findings.csv` in `folder`.

    Raises Refused, with the sentence its sender is told, where the file cannot be read safely, lacks a column that
    nothing can be counted without, or has no rows and does not call itself a nil return.
    """
    export = open_export(raw, Reading(**book.read), expected=book.columns)
    known = set(book.columns)
    wanted = [column for column in export.columns if column in known]
    stated = stated_period(name, book)
    context = Context(judged_on(), (period_begins(), period_ends()) if stated else None)
    rules = rules_of(book)
    masks = [f"broken_{number}" for number in range(mask_count(rules))]
    with open_engine(folder) as engine:
        engine.tell(
            this_drop=drop_id,
            judged_on=as_of,
            period_begins=stated and stated[0],
            period_ends=stated and stated[1],
        )
        cells = prepared(export.batches(wanted), book, key)
        values = named_values(engine.read_batches("export", cells), export, book)
        filled, shown = filled_fields(values.columns), shown_fields(values.columns)
        judged = check(convert(values, book), book, context)
        records = engine.lay_down("records", compact(judged, masks, filled, shown))
        refuse_empty(export, name, stated)
        return settle(
            Judging(engine, export, book, rules, masks, shown, stated, folder), restored(records, book)
        )


@dataclass(frozen=True)
class Judging:
    """What the second half of judging looks at."""

    engine: Engine
    export: Export
    book: Book
    rules: Sequence[Rule]
    masks: Sequence[str]
    shown: Sequence[str]
    stated: Period | None
    folder: Path


def settle(judging: Judging, records: ir.Table) -> Judgement:
    """Return the judgement from the records laid down: verdicts, sums, findings and the two files."""
    engine, book = judging.engine, judging.book
    errors = any_bit(records, bits_of(judging.rules, [Severity.ERROR]))
    verdicts = find_verdicts(judging, records, errors)
    records = state_of(records, errors, verdicts, engine, book)
    totals = engine.rows(
        records.group_by(["state", "out_of_scope", *judging.masks]).agg(records=records.count())
    )
    rows = count_rows(engine, records, totals, book)
    by_rule = count_rules(judging, totals, verdicts)
    causes = cause_table(judging, totals)
    findings_file = judging.folder / "findings.csv"
    # Few rows have a finding, so they are set apart once and the whole is not gone through again for each use.
    marked = records["sent"].notnull() | records["verdict"].notnull()
    flagged = engine.lay_down("flagged", records.filter(marked))
    found = findings(judging, flagged, causes, verdicts)
    listed: list[dict[str, Any]] = []
    if by_rule:
        engine.write_csv(found.mutate(value=harmless(found["value"])), findings_file)
        listed = engine.rows(some_of_each(found))
    counted = {
        state: sum(t["records"] for t in totals if t["state"] == state) for state in ("accepted", "held")
    }
    kept_at = judging.folder / "accepted.parquet"
    held = judging.folder / "held.parquet"
    kept = accepted(in_order(records.filter(records["state"] == "accepted"), verdicts, book))
    written = {"accepted": engine.write_parquet(kept, kept_at)}
    if counted["held"]:
        written["held"] = engine.write_parquet(held_records(judging, flagged, causes), held)
    for kind, count in written.items():
        if count != counted[kind]:
            raise RecordsLost(kind, counted[kind], count)
    sums = judging.export.sums
    return Judgement(
        sums=DropSums(
            lines=sums.lines, header=sums.header, blank=sums.blank, notes=sums.notes,
            parsed_lines=sums.parsed_lines, refused=sums.refused, rows=sums.rows,
            accepted=rows.get("accepted", 0), held=rows.get("held", 0), duplicate=rows.get("duplicate", 0),
            out_of_scope=rows.get("out_of_scope", 0), records=sum(t["records"] for t in totals),
            accepted_records=counted["accepted"], held_records=counted["held"],
        ),
        findings=by_rule,
        listed=listed,
        unexpected_columns=unexpected(judging.export, book),
        absent_columns=tuple(column_of(name, judging) for name in absent_fields(book, judging.export.columns)),
        out_of_scope_by=count_scope(totals, book),
        period=judging.stated or covered_period(engine, kept_at),
        stated_period=judging.stated,
        accepted=kept_at,
        held=held if counted["held"] else None,
        findings_file=findings_file if by_rule else None,
        read_as={"format": judging.export.format, "encoding": judging.export.encoding,
                 "delimiter": judging.export.delimiter, "sheet": judging.export.sheet,
                 "header_row": judging.export.header_row},
    )  # fmt: skip


def find_verdicts(judging: Judging, records: ir.Table, errors: ir.BooleanValue) -> pa.Table:
    """Return the rows whose fate other rows decide: `row_number`, `verdict` and how many records they hold.

    duplicate and repeated come from `repeats`; where victims stand side by side, `held` is every row one of whose
    records breaks an error rule, so that a row is accepted or held whole.
    """
    engine, book = judging.engine, judging.book
    in_scope = records.filter(records["out_of_scope"].isnull())
    if book.victims > 1:
        bad = (
            in_scope.mutate(bad=errors)
            .group_by("row_number")
            .agg(bad=ibis._.bad.any(), records=ibis._.count())
        )
        held = bad.filter(bad["bad"]).select("row_number", verdict=ibis.literal("held"), records="records")
        sound = in_scope.anti_join(held, "row_number")
        return pa.concat_tables([engine.arrow(held), find_repeats(engine, sound, book)])
    return find_repeats(engine, in_scope.filter(~errors), book)


VERDICTS = pa.schema([("row_number", pa.int64()), ("verdict", pa.string()), ("records", pa.int64())])


def find_repeats(engine: Engine, records: ir.Table, book: Book) -> pa.Table:
    """Return the verdicts of rows that repeat others; most files have none, which a count of hashes shows.

    The rows in question are set apart before they are compared, so that the comparison never sees the whole file.
    """
    keys = engine.arrow(repeated_keys(records, book))
    if not keys.num_rows:
        return VERDICTS.empty_table()
    hashed = with_key(records, book).select("row_number", "key")
    rows = engine.arrow(
        hashed.semi_join(engine.read_small("repeated_keys", keys), "key").select("row_number").distinct()
    )
    if rows.num_rows <= FEW:
        suspects = records.filter(row_among(records, rows["row_number"].to_pylist()))
    else:
        suspects = records.semi_join(engine.read_small("suspect_rows", rows), "row_number")
    return engine.arrow(repeats(engine.lay_down("suspects", suspects), book)).cast(VERDICTS)


def state_of(
    records: ir.Table, errors: ir.BooleanValue, verdicts: pa.Table, engine: Engine, book: Book
) -> ir.Table:
    """Return the records with `state`: accepted, held, duplicate or out_of_scope."""
    staged = records.mutate(errors=errors)
    if is_few(verdicts):
        rows = {
            verdict: [row["row_number"] for row in verdicts.to_pylist() if row["verdict"] == verdict]
            for verdict in ("duplicate", "repeated", "held")
        }
        named = [(row_among(staged, numbers), verdict) for verdict, numbers in rows.items() if numbers]
        verdict = ibis.cases(*named, else_=ibis.null("string")) if named else ibis.null("string")
        staged = staged.mutate(verdict=verdict)
    else:
        table = engine.read_small("verdicts", verdicts.select(["row_number", "verdict"]))
        staged = staged.left_join(table, "row_number").drop("row_number_right")
    verdict = staged["verdict"].fill_null("")
    state = ibis.cases(
        (staged["out_of_scope"].notnull(), "out_of_scope"),
        (verdict == "duplicate", "duplicate"),
        (staged["errors"] | (verdict != ""), "held"),
        else_="accepted",
    )
    stated = staged.mutate(state=state)
    if counts_victims(book):
        kept = stated.filter(stated["state"].isin(["accepted", "held"]))
        rest = stated.filter(stated["state"].notin(["accepted", "held"]))
        return number_victims(kept).union(rest)
    return stated


# Up to so many rows are named one by one, which leaves the order as it is; more are joined, and sorted again.
FEW = 64


def is_few(verdicts: pa.Table) -> bool:
    return bool(verdicts.num_rows <= FEW)


def row_among(records: ir.Table, numbers: Sequence[int]) -> ir.BooleanValue:
    """Return where a record stands in one of some rows of the file."""
    return cast(
        ir.BooleanValue, ibis.array(list(numbers)).cast("array<int64>").contains(records["row_number"])
    )


def in_order(records: ir.Table, verdicts: pa.Table, book: Book) -> ir.Table:
    """Return records in the order of the file; laid-down order serves unless a join or a count disturbed it."""
    if not is_few(verdicts) or counts_victims(book):
        return records.order_by(["row_number", "victim_number"])
    return records


def count_rows(
    engine: Engine, records: ir.Table, totals: Sequence[Mapping[str, Any]], book: Book
) -> dict[str, int]:
    """Return how many rows of the file went each way."""
    if book.victims == 1:
        return {
            state: sum(t["records"] for t in totals if t["state"] == state)
            for state in {t["state"] for t in totals}
        }
    counted = records.group_by("state").agg(rows=records["row_number"].nunique())
    return {each["state"]: each["rows"] for each in engine.rows(counted)}


def count_rules(judging: Judging, totals: Sequence[Mapping[str, Any]], verdicts: pa.Table) -> dict[Rule, int]:
    """Return how many records broke each rule, in the fixed order of the rules; rules nobody broke are left out."""
    counts: dict[Rule, int] = dict.fromkeys(judging.rules, 0)
    for total in totals:
        for rule in decode([total[mask] for mask in judging.masks], judging.rules):
            counts[rule] += total["records"]
    for row in verdicts.to_pylist():
        if row["verdict"] in ("duplicate", "repeated"):
            rule = DUPLICATE if row["verdict"] == "duplicate" else REPEATED
            counts[rule] = counts.get(rule, 0) + row["records"]
    if judging.export.sums.refused:
        counts[REFUSED_LINE] = judging.export.sums.refused
    return {rule: count for rule, count in counts.items() if count}


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
                    **described(rule, judging),
                    "place": judging.shown.index(shown_field(rule))
                    if shown_field(rule) in judging.shown
                    else None,
                }
            )
    schema = pa.schema(
        [(mask, pa.int64()) for mask in judging.masks]
        + [("ordinal", pa.int64()), ("place", pa.int64())]
        + [(name, pa.string()) for name in ("field", "column", "rule", "severity", "message", "mend")]
    )
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


def findings(judging: Judging, flagged: ir.Table, causes: ir.Table, verdicts: pa.Table) -> ir.Table:
    """Return every finding, one row each, in the order of the file and of the rules."""
    joined = flagged.filter(flagged["sent"].notnull()).inner_join(causes, list(judging.masks))
    broken = joined.select(
        row="row_number", victim="victim_number", field="field", column="column", rule="rule", severity="severity",
        value=joined["sent"][joined["place"]], message="message", mend="mend",
        ordinal="ordinal",
    )  # fmt: skip
    others = judging.engine.read_small("other_findings", other_findings(judging, verdicts))
    every = broken.union(others) if verdicts.num_rows or judging.export.refusals else broken
    return every.order_by(["row", "victim", "ordinal", "rule"]).select(*FINDING_COLUMNS)


def some_of_each(found: ir.Table) -> ir.Table:
    """Return the first findings of each rule, so that one broken a thousand times does not crowd out the others."""
    place = ibis.row_number().over(ibis.window(group_by=found["rule"], order_by=["row", "victim"]))
    ranked = found.mutate(place=place)
    few = ranked.filter(ranked["place"] < LISTED_OF_EACH).order_by(["row", "victim", "rule"])
    return few.select(*FINDING_COLUMNS).limit(LISTED)


def other_findings(judging: Judging, verdicts: pa.Table) -> pa.Table:
    """Return the findings no mask holds: lines refused by the reader, and rows that repeat others."""
    found: list[dict[str, Any]] = []
    for refusal in judging.export.refusals:
        words_of = {**described(REFUSED_LINE, judging), "message": refusal.sentence}
        found.append({"row": refusal.row_number, "victim": None, "value": None, "ordinal": 0, **words_of})
    for row in verdicts.to_pylist():
        if row["verdict"] != "held":
            rule = DUPLICATE if row["verdict"] == "duplicate" else REPEATED
            said = described(rule, judging)
            found.append({"row": row["row_number"], "victim": None, "value": None, "ordinal": 99, **said})
    names = [*FINDING_COLUMNS, "ordinal"]
    integers = ("row", "victim", "ordinal")
    schema = pa.schema([(name, pa.int64() if name in integers else pa.string()) for name in names])
    return pa.Table.from_pylist([{name: each[name] for name in names} for each in found], schema)


def harmless(text: ir.StringValue) -> ir.StringValue:
    """Return a value that no spreadsheet takes for a formula; a negative number is none."""
    formula = text.re_search(r"^[=+@\t\r]|^-[^0-9]|^-$")
    return cast(ir.StringValue, ibis.ifelse(formula, ibis.literal("'") + text, text))


def held_records(judging: Judging, flagged: ir.Table, causes: ir.Table) -> ir.Table:
    """Return the held records: the assault table's fields, the rules they broke, and what was sent."""
    held = flagged.filter(flagged["state"] == "held")
    listed = causes.group_by(list(judging.masks)).agg(
        rules=causes["rule"].collect(order_by=causes["ordinal"])
    )
    joined = held.left_join(listed, list(judging.masks))
    rules = ibis.coalesce(joined["rules"], ibis.literal([], "array<string>"))
    repeated = ibis.array([REPEATED.name])
    rules = ibis.ifelse(joined["verdict"].fill_null("") == "repeated", rules.concat(repeated), rules)
    shown = ibis.array(list(judging.shown)) if judging.shown else ibis.literal([], "array<string>")
    named = joined.select(*ASSAULT.names, rules=rules, sent=ibis.map(shown, joined["sent"]))
    return named.order_by(["row_number", "victim_number"])


def count_scope(totals: Sequence[Mapping[str, Any]], book: Book) -> dict[str, int]:
    """Return how many records each scope condition left out."""
    counts: dict[str, int] = {}
    for total in totals:
        if total["out_of_scope"] is not None:
            column = book.scope[total["out_of_scope"] - 1].column
            counts[column] = counts.get(column, 0) + total["records"]
    return counts


def named_values(table: ir.Table, export: Export, book: Book) -> ir.Table:
    """Return the values of an export; raises Refused naming the missing columns and the nearest there are."""
    try:
        return rename(table, book)
    except MissingColumns as lacking:
        parts = []
        for name, looked_for in lacking.missing.items():
            wanted = " or ".join(f'"{column}"' for column in looked_for)
            near = get_close_matches(looked_for[0], export.columns, n=1, cutoff=0.5)
            hint = f' (the nearest in the file is "{near[0]}")' if near else ""
            parts.append(f"{wanted} for {words(name)}{hint}")
        raise Refused(
            f"A column is missing that nothing can be counted without: {'; '.join(parts)}. The header was read from "
            f"row {export.header_row}. Send the file with this column, or tell us its new name."
        ) from lacking


def refuse_empty(export: Export, name: str, stated: Period | None) -> None:
    """Raise Refused for a file without a row that does not call itself a nil return for a period."""
    if export.sums.rows:
        return
    if export.sums.refused:
        raise Refused(
            f"None of the {export.sums.refused} lines under the header could be read as a row. "
            f"{export.refusals[0].sentence}"
        )
    if not is_nil_name(name):
        raise Refused(
            "The file has a header and no rows. If there was nothing to report, send it again with the word nil in "
            "its name, so that we know it is meant; otherwise run the export again."
        )
    if stated is None:
        raise Refused("The file is a nil return, but its name does not say for which period.")


def unexpected(export: Export, book: Book) -> tuple[str, ...]:
    """Return the columns of a file that the force's file neither reads nor ignores."""
    known = {*book.columns, *book.ignored}
    return tuple(column for column in export.columns if column not in known)


def covered_period(engine: Engine, accepted: Path) -> Period | None:
    """Return the months the accepted records of a drop lie in, whole."""
    records = engine.read_parquet(accepted)
    days = engine.rows(records.agg(first=records["occurred_on"].min(), last=records["occurred_on"].max()))[0]
    if days["first"] is None:
        return None
    return days["first"].replace(day=1), month_end(days["last"])
