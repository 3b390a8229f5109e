"""Settling a drop: verdicts on rows that others decide, what is kept and what is held, and the sums.

It looks at the flagged records, never at the file again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from expectations.masks import any_bit, bits_of, decode
from pipeline.again.taken_back import TAKEN, TAKES_BACK, taken_in_file, takes_back, write_taken_back
from pipeline.beyond import look_beyond
from pipeline.causes import Failures, find_causes
from pipeline.engine import BATCH, Engine
from pipeline.findings import (
    cause_table,
    column_of,
    columns_named,
    findings,
    some_of_each,
    worded,
    wordings_of,
)
from pipeline.harmless import harmless, harmless_text
from pipeline.judgement import Judgement, Judging
from pipeline.ledger import DropSums
from pipeline.period import Period, month_end
from pipeline.pointed import shown_field
from pipeline.read import Export, Noticed
from pipeline.readings import still_odd
from pipeline.recall import SENT_ROWS, read_again
from pipeline.records import LaidOut, Numbers, Spool, write_held
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED
from schemas.force import Book
from schemas.personal import PERSONAL_COLUMN
from schemas.table import Rule, Severity
from transforms.by_word import by_row
from transforms.rename import absent_fields, sent
from transforms.split import (
    accepted,
    counts_victims,
    number_victims,
    repeats,
    restored,
)


class RecordsLost(Exception):
    """Fewer or more records were written than were counted: a fault of ours, and nothing of the drop is stored."""

    def __init__(self, kind: str, counted: int, written: int) -> None:
        super().__init__(
            f"The {kind} records do not balance: {counted} were counted and {written} written. Nothing was stored; this "
            "is a fault of the pipeline, not of the file."
        )


def settle(judging: Judging, laid_out: LaidOut) -> Judgement:
    """Return the judgement from the records laid out: verdicts, sums, findings and the two files."""
    engine, book = judging.engine, judging.book
    flagged = engine.read_parquet(laid_out.flagged)
    verdicts = find_verdicts(judging, laid_out, flagged)
    clean = laid_out.clean
    kept_at, held_at, back_at = (
        judging.folder / f"{kind}.parquet" for kind in ("accepted", "held", "withdrawn")
    )
    decided = numbers_of(verdicts)
    with ThreadPoolExecutor(1, thread_name_prefix="keep") as thread:
        # The records are kept while the findings are put into words.
        keeping = thread.submit(laid_out.sound.keep, kept_at, decided)
        if len(decided):
            moved = engine.lay_down("moved", with_verdict(judging, laid_out.sound, flagged, verdicts))
            clean -= engine.rows(moved.agg(records=moved.count()))[0]["records"]
            flagged = flagged.union(moved)
        flagged = engine.give_name("judged", state_of(judging, restored(flagged, book), verdicts))
        if counts_victims(book):
            keeping.result()
            flagged = engine.lay_down("numbered", number(judging, engine.read_parquet(kept_at), flagged))
        totals = engine.rows(
            flagged.group_by(["state", "out_of_scope", *judging.masks]).agg(records=flagged.count())
        )
        clean_ones = {"state": "accepted", "out_of_scope": None, "records": clean}
        totals.append({**clean_ones, **dict.fromkeys(judging.masks, 0)})
        counted = {
            state: sum(t["records"] for t in totals if t["state"] == state) for state in ("accepted", "held")
        }
        by_rule = count_rules(judging, totals) | count_others(judging, verdicts)
        causes = cause_table(judging, totals)
        findings_file = judging.folder / "findings.csv"
        if counted["held"]:
            write_held(engine.stream(held_records(judging, flagged, causes), BATCH), judging.columns, held_at)
        if book.actions:
            write_taken_back(judging, flagged, back_at)
        keeping.result()
        if counts_victims(book):
            keep_numbered(judging, kept_at)
        if judging.kept and counted["accepted"]:
            judging.kept(kept_at)
        period = judging.stated or covered_period(engine, kept_at)
        not_kept = flagged.filter(flagged["state"] != "accepted")
        looked = look_beyond(judging, laid_out.sound, kept_at, counted["accepted"], period, not_kept)
        by_rule |= looked.counts
        let_in = {**count_rules(judging, [t for t in totals if t["state"] == "accepted"]), **looked.counts}
        found = findings(judging, flagged, causes, verdicts, by_rule, looked.found)
        listed: list[dict[str, Any]] = []
        if by_rule:
            said = wordings_of(judging, found)
            met = np.unique(said).tolist()
            told = found.mutate(value=harmless(found["value"]), reference=harmless(found["reference"]))
            engine.write_csv(worded(judging, told, met, harmless_text), findings_file)
            listed = engine.rows(worded(judging, some_of_each(judging, found, said), met))
    for kind, path in (("accepted", kept_at), ("held", held_at)):
        written = pq.read_metadata(path).num_rows if path.exists() else 0
        if written != counted[kind]:
            raise RecordsLost(kind, counted[kind], written)
    rows = count_rows(engine, flagged, kept_at, totals, book)
    outside = sum(t["records"] for t in totals if t["out_of_scope"] is not None)
    failures = Failures(
        engine, book, judging.story, judging.rules, judging.masks, judging.wordings, by_rule, let_in,
        columns={rule: columns_named(rule, judging) for rule in by_rule},
        shown={rule: shown_field(rule) for rule in by_rule},
        flagged=engine.read_parquet(laid_out.flagged), judged=flagged, found=found, accepted=kept_at,
        in_scope=sum(t["records"] for t in totals) - outside, out_of_scope=outside,
    )  # fmt: skip
    sums = judging.export.sums
    return Judgement(
        sums=DropSums(
            lines=sums.lines, header=sums.header, blank=sums.blank, notes=sums.notes,
            parsed_lines=sums.parsed_lines, refused=sums.refused, rows=sums.rows,
            accepted=rows.get("accepted", 0), held=rows.get("held", 0), duplicate=rows.get("duplicate", 0),
            withdrawn=rows.get("withdrawn", 0), out_of_scope=rows.get("out_of_scope", 0), records=sum(t["records"] for t in totals),
            accepted_records=counted["accepted"], held_records=counted["held"],
        ),
        findings=by_rule,
        listed=listed,
        unexpected_columns=unexpected(judging.export, book),
        absent_columns=tuple(column_of(name, judging) for name in absent_fields(book, judging.export.columns)),
        out_of_scope_by=count_scope(totals, book),
        period=period,
        stated_period=judging.stated,
        accepted=kept_at,
        held=held_at if counted["held"] else None,
        taken_back=sum(t["records"] for t in totals if book.actions and t["out_of_scope"] == TAKES_BACK),
        withdrawn=back_at if rows.get("withdrawn") else None,
        findings_file=findings_file if by_rule else None,
        read_as={"format": judging.export.format, "encoding": judging.export.encoding,
                 "delimiter": judging.export.delimiter, "sheet": judging.export.sheet,
                 "header_row": judging.export.header_row},
        noticed=[*still_odd(judging.export.noticed, book), *repeated(judging.export, book)],
        header=judging.export.columns,
        personal=judging.personal,
        states=looked.states,
        causes=find_causes(failures),
    )  # fmt: skip


def find_verdicts(judging: Judging, laid_out: LaidOut, flagged: ir.Table) -> pa.Table:
    """Return the rows whose fate other rows decide: `row_number`, `verdict` and how many records they hold.

    duplicate and repeated come from `repeats`; where victims stand side by side, `held` is every row one of whose
    records breaks an error rule (with the number of these), so that a row is accepted or held whole.
    """
    engine, book = judging.engine, judging.book
    repeated = VERDICTS.empty_table()
    held = None
    if book.victims > 1:
        errors = any_bit(flagged, bits_of(judging.rules, [Severity.ERROR]))
        wrong = flagged.filter(errors & flagged["out_of_scope"].isnull())
        rows = wrong.group_by("row_number").agg(records=ibis._.count())
        held = rows.select("row_number", verdict=ibis.literal("held"), records="records")
    if len(laid_out.suspects):
        # They are set apart before they are compared, so that the comparison never sees the whole file.
        suspects = engine.read_batches("suspect_rows", laid_out.sound.of_rows(laid_out.suspects))
        apart = engine.lay_down("suspects", suspects)
        repeated = engine.arrow(repeats(apart if held is None else apart.anti_join(held, "row_number"), book))
    verdicts = pa.concat_tables(
        [*([] if held is None else [engine.arrow(held).cast(VERDICTS)]), repeated.cast(VERDICTS)]
    )
    if not book.actions:
        return verdicts
    return pa.concat_tables([verdicts, taken_in_file(judging, laid_out, flagged, verdicts).cast(VERDICTS)])


def with_verdict(judging: Judging, sound: Spool, flagged: ir.Table, verdicts: pa.Table) -> ir.Table:
    """Return the sound records without a finding of their own whose fate other rows decided, as flagged ones."""
    rows = judging.engine.read_batches("decided_rows", sound.of_rows(numbers_of(verdicts)))
    # A record may lack the victim's number: one that is missing is the same as another that is.
    same = rows["victim_number"].identical_to(flagged["victim_number"])
    moved = rows.anti_join(flagged, [rows["row_number"] == flagged["row_number"], same])
    masks = {mask: ibis.literal(0, "int64").cast("int64") for mask in judging.masks}
    inside = moved.mutate(**masks, out_of_scope=ibis.null("int64"))
    said = judging.engine.read_small("moved_sent", sent_of(judging, sound, verdicts))
    number = said["victim_number"]
    joined = inside.left_join(
        said,
        [
            inside["row_number"] == said["row_number"],
            (inside["victim_number"] == number) | number.isnull(),
        ],
        rname="said_{name}",
    )
    return joined.select(*flagged.columns)


def sent_of(judging: Judging, sound: Spool, verdicts: pa.Table) -> pa.Table:
    """Return what the rows sent that are held for what other rows say, so that it stands beside what it became."""
    uncounted = pa.array(["duplicate", TAKEN])
    rows = numbers_of(verdicts.filter(pc.invert(pc.is_in(verdicts.column("verdict"), uncounted))))
    if not len(rows) or not judging.shown:
        return SENT_ROWS.empty_table()
    book, export = judging.book, judging.export
    if judging.recall.whole:
        own = sound.of_rows(rows).read_all().select(["row_number", *by_row(book)])
        references = own.rename_columns(["row_number", *map(sent, by_row(book))])
        return judging.recall.sent(rows, references, judging.shown)
    wanted = [column for column in export.columns if column in {*book.columns}]
    again = judging.reopened()
    return read_again(judging.engine, again, book, rows, judging.shown, wanted, judging.guard)


def numbers_of(verdicts: pa.Table) -> Numbers:
    """Return the rows of verdicts, in order."""
    return cast(Numbers, np.sort(verdicts.column("row_number").to_numpy()))


def number(judging: Judging, kept: ir.Table, flagged: ir.Table) -> ir.Table:
    """Return flagged records with the victims of each reference numbered, accepted or held, in the order of the file.

    `kept` are the records that are accepted. The numbers are left in the session as `numbers`, for these.
    """
    columns = ["row_number", "source_record_id"]
    held = flagged.filter(flagged["state"] == "held")
    every = kept.select(*columns).union(held.select(*columns))
    numbers = judging.engine.lay_down("numbers", number_victims(every).select("row_number", "victim_number"))
    return with_numbers(flagged, numbers)


def keep_numbered(judging: Judging, path: Path) -> None:
    """Write the accepted records once more, with the numbers counted for their victims."""
    engine = judging.engine
    unnumbered = path.replace(judging.folder / "unnumbered.parquet")
    numbers = engine.ibis.table("numbers")
    kept = with_numbers(engine.read_parquet(unnumbered), numbers)
    engine.write_parquet(accepted(kept.order_by("row_number")), path)


def with_numbers(records: ir.Table, numbers: ir.Table) -> ir.Table:
    """Return records with the number counted for their row, if one was."""
    joined = records.left_join(numbers, "row_number", rname="counted_{name}")
    number = ibis.coalesce(joined["counted_victim_number"], joined["victim_number"])
    return joined.mutate(victim_number=number).drop("counted_row_number", "counted_victim_number")


VERDICTS = pa.schema([("row_number", pa.int64()), ("verdict", pa.string()), ("records", pa.int64())])


def state_of(judging: Judging, flagged: ir.Table, verdicts: pa.Table) -> ir.Table:
    """Return flagged records with `verdict` and `state`: accepted, held, duplicate, withdrawn or out_of_scope."""
    staged = flagged.mutate(verdict=ibis.null("string"))
    if verdicts.num_rows:
        table = judging.engine.read_small("verdicts", verdicts.select(["row_number", "verdict"]))
        staged = flagged.left_join(table, "row_number").drop("row_number_right")
    verdict = staged["verdict"].fill_null("")
    errors = any_bit(staged, bits_of(judging.rules, [Severity.ERROR]))
    state = ibis.cases(
        (takes_back(staged, judging.book) | (verdict == TAKEN), "withdrawn"),
        (staged["out_of_scope"].notnull(), "out_of_scope"),
        (verdict == "duplicate", "duplicate"),
        (errors | (verdict != ""), "held"),
        else_="accepted",
    )
    return staged.mutate(state=state)


def count_rows(
    engine: Engine, flagged: ir.Table, kept_at: Path, totals: Sequence[Mapping[str, Any]], book: Book
) -> dict[str, int]:
    """Return how many rows of the file went each way."""
    if book.victims == 1:
        return {
            state: sum(t["records"] for t in totals if t["state"] == state)
            for state in {t["state"] for t in totals}
        }
    kept = engine.read_parquet(kept_at)
    rows = kept.select("row_number", state=ibis.literal("accepted"))
    others = flagged.filter(flagged["state"] != "accepted").select("row_number", "state")
    counted = rows.union(others).group_by("state").agg(rows=ibis._.row_number.nunique())
    return {each["state"]: each["rows"] for each in engine.rows(counted)}


def count_rules(judging: Judging, totals: Sequence[Mapping[str, Any]]) -> dict[Rule, int]:
    """Return how many records broke each rule, in the fixed order of the rules; rules nobody broke are left out."""
    counts: dict[Rule, int] = dict.fromkeys(judging.rules, 0)
    for total in totals:
        for rule in decode([total[mask] for mask in judging.masks], judging.rules):
            counts[rule] += total["records"]
    return {rule: count for rule, count in counts.items() if count}


def count_others(judging: Judging, verdicts: pa.Table) -> dict[Rule, int]:
    """Return how often each rule was broken that no mask holds: rows that repeat others, lines, personal columns."""
    counts: dict[Rule, int] = {}
    for row in verdicts.to_pylist():
        if row["verdict"] in ("duplicate", "repeated"):
            rule = DUPLICATE if row["verdict"] == "duplicate" else REPEATED
            counts[rule] = counts.get(rule, 0) + row["records"]
    if judging.export.sums.refused:
        counts[REFUSED_LINE] = judging.export.sums.refused
    if judging.personal:
        counts[PERSONAL_COLUMN] = len(judging.personal)
    return counts


def held_records(judging: Judging, flagged: ir.Table, causes: ir.Table) -> ir.Table:
    """Return the held records: the fields the force fills, the rules they broke, and the list of what was sent."""
    held = flagged.filter(flagged["state"] == "held")
    listed = causes.group_by(list(judging.masks)).agg(
        rules=causes["rule"].collect(order_by=causes["ordinal"])
    )
    joined = held.left_join(listed, list(judging.masks))
    rules = ibis.coalesce(joined["rules"], ibis.literal([], "array<string>"))
    repeated = ibis.array([REPEATED.name])
    rules = ibis.ifelse(joined["verdict"].fill_null("") == "repeated", rules.concat(repeated), rules)
    filled = dict.fromkeys(["row_number", "victim_number", *judging.columns.filled])
    named = joined.select(*filled, rules=rules, sent=joined["sent"])
    return named.order_by(["row_number", "victim_number"])


def count_scope(totals: Sequence[Mapping[str, Any]], book: Book) -> dict[str, int]:
    """Return how many records each scope condition left out."""
    counts: dict[str, int] = {}
    for total in totals:
        if total["state"] == "out_of_scope":
            column = book.scope[total["out_of_scope"] - 1].column
            counts[column] = counts.get(column, 0) + total["records"]
    return counts


def unexpected(export: Export, book: Book) -> tuple[str, ...]:
    """Return the columns of a file that the force's file neither reads nor ignores."""
    known = {*book.columns, *book.ignored}
    return tuple(column for column in export.columns if column not in known)


def repeated(export: Export, book: Book) -> Iterator[Noticed]:
    """Yield what is said of each unread column whose name another column has before it."""
    columns = {*export.columns}
    for column in unexpected(export, book):
        name, _, number = column.rpartition(" ")
        if name not in columns or not re.fullmatch(r"\([2-9]\d?\)", number):
            continue
        times, which = ("twice", "the second") if number == "(2)" else (f"{number[1:-1]} times", "the last")
        sentence = f'The file has the column "{name}" {times}, and {which} was not read: take out the one that is not meant.'
        yield Noticed("column_twice", sentence, column, count=1)


def covered_period(engine: Engine, accepted: Path) -> Period | None:
    """Return the months the accepted records of a drop lie in, whole."""
    records = engine.read_parquet(accepted)
    days = engine.rows(records.agg(first=records["occurred_on"].min(), last=records["occurred_on"].max()))[0]
    if days["first"] is None:
        return None
    return days["first"].replace(day=1), month_end(days["last"])
