"""Judging a file: one pass from its bytes to judged records, then accepted, held and findings from those.

The one pass over the file converts and judges each different word once (`words.py`), asks the engine only for the
rules that look at several fields, and writes the sound records straight into the file that is kept. What comes after
looks at the flagged records, never at the file again; only where two rows contradict each other are the sound records
written once more without them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from expectations.masks import Context, any_bit, bits_of, breakable, check, columns_of, decode, words_of
from pipeline.causes import Cause, Failures, find_causes
from pipeline.cells import prepared
from pipeline.engine import Engine, open_engine, unbound
from pipeline.ledger import DropSums
from pipeline.period import Period, is_nil_name, month_end, stated_period
from pipeline.read import Export, Noticed, Reading, Refused, open_export
from pipeline.read.windows import in_one
from pipeline.readings import ORDER, read_as, still_odd, with_likely
from pipeline.recall import SENT_ROWS, Recall, read_again
from pipeline.records import Columns, Judged, LaidOut, Numbers, Spool, lay_out, write_held
from pipeline.story import MAP_FILE, Story
from pipeline.words import Said, Words, in_background, windows
from schemas.assault import ASSAULT
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED, rules_of
from schemas.force import Book, fold
from schemas.table import Rule, Severity, words
from transforms.by_word import Part, by_row, completed, fields_of, parts, questions, row_columns, turns
from transforms.convert import convert
from transforms.functions import judged_on, period_begins, period_ends
from transforms.mend import with_next_days
from transforms.rename import MissingColumns, absent_fields, cell_name, rename, sent
from transforms.split import (
    accepted,
    compact,
    counts_victims,
    filled_fields,
    number_victims,
    repeats,
    restored,
    shown_fields,
    with_key,
)

# How many findings a receipt lists; all of them are in findings.csv.
LISTED = 1000
LISTED_OF_EACH = 100

# How many judged records come from the engine at a time.
BATCH = 65_536

FINDING_COLUMNS = ("row", "victim", "field", "column", "rule", "severity", "value", "message", "mend")


class RecordsLost(Exception):
    """Fewer or more records were written than were counted: a fault of ours, and nothing of the drop is stored."""

    def __init__(self, kind: str, counted: int, written: int) -> None:
        super().__init__(
            f"The {kind} records do not balance: {counted} were counted and {written} written. Nothing was stored; this "
            "is a fault of the pipeline, not of the file."
        )


class RowsShuffled(Exception):
    """The engine gave back other rows than it was given: a fault of ours, and nothing of the drop is stored."""

    def __init__(self) -> None:
        super().__init__(
            "The rules were asked of the rows in one order and answered in another. Nothing was stored; this is a fault "
            "of the pipeline, not of the file."
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
    transform_map: Path | None = None
    read_as: Mapping[str, Any] = field(default_factory=dict)
    noticed: Sequence[Noticed] = ()
    header: tuple[str, ...] = ()
    causes: Sequence[Cause] = ()

    @property
    def is_nil(self) -> bool:
        return self.sums.rows == 0 and self.sums.refused == 0


def judge(raw: Path, name: str, book: Book, drop_id: str, key: bytes, as_of: date, folder: Path) -> Judgement:
    """Return the judgement of a file, with its records, findings and transform map written in `folder`.

    Raises Refused, with the sentence its sender is told, where the file cannot be read safely, lacks a column that
    nothing can be counted without, or has no rows and does not call itself a nil return.
    """
    reading = Reading(**book.read, force_id=book.force_id)
    export = open_export(raw, reading, expected=book.columns)

    def reopened() -> Export:
        return open_export(raw, reading, expected=book.columns)

    stated = stated_period(name, book)
    rules = rules_of(book)
    errors = bits_of(rules, [Severity.ERROR])
    story, recall = Story(book, export.columns), Recall(folder)
    with open_engine(folder) as engine:
        engine.tell(
            this_drop=drop_id,
            judged_on=as_of,
            period_begins=stated and stated[0],
            period_ends=stated and stated[1],
        )
        context = Context(judged_on(), (period_begins(), period_ends()) if stated else None)
        masks = {f"broken_{number}": bits for number, bits in enumerate(errors)}
        batches, filled, shown = judged_batches(
            engine, export, book, key, context, [*masks], folder, story, recall
        )
        columns = Columns(
            filled=filled,
            masks=masks,
            shown=shown,
            same={"force_id": book.force_id, "book": book.name, "drop_id": drop_id},
        )
        laid_out = lay_out(batches, columns, folder)
        refuse_empty(export, name, stated)
        judgement = settle(
            Judging(engine, export, book, rules, columns, stated, folder, recall, reopened, story), laid_out
        )
    if not story.records:
        return judgement
    story.write(folder / MAP_FILE)
    return replace(judgement, transform_map=folder / MAP_FILE)


def judged_batches(
    engine: Engine,
    export: Export,
    book: Book,
    key: bytes,
    context: Context,
    masks: Sequence[str],
    folder: Path,
    story: Story,
    recall: Recall,
) -> tuple[Iterator[Judged], Sequence[str], Sequence[str]]:
    """Return the judged records of an export, batch by batch in its order, the fields filled and those shown as sent.

    Raises Refused where a column is missing that nothing can be counted without.
    """
    known = set(book.columns)
    wanted = [column for column in export.columns if column in known]
    by_word = parts(book, wanted)
    rows = row_columns(book, wanted)
    words = {column for part in by_word for column in part.columns if column not in rows}
    cells = prepared(windows(export.batches(wanted, words)), book, key)
    if not by_word:
        values = named_values(engine.read_batches("export", cells), export, book, story.columns)
        judged = with_next_days(check(convert(values, book), book, context))
        filled, shown = filled_fields(values.columns), shown_fields(values.columns)
        counted = [*story.answers, *(cell_name(number) for number in range(len(story.columns)))]
        beside = [
            name for name in counted if name in judged.columns and name not in (*filled, "out_of_scope")
        ]
        laid = compact(with_key(judged, book), masks, filled, shown, beside)
        return map(Judged, story.listened(engine.stream(laid, BATCH))), filled, shown
    texts = pa.schema([("row_number", pa.int64()), *((column, pa.string()) for column in wanted)])
    values = named_values(unbound("words", texts), export, book)
    # The file is read while the questions are put into words.
    cells = pa.RecordBatchReader.from_batches(cells.schema, in_background(iter(cells)))
    converted = [
        (asked, convert(rename(unbound("words", texts), some), some, fields_of(some)))
        for some, asked in questions(book, by_word)
    ]
    answered = {
        name for asked, table in converted for part in asked for name in part.gives if name in table.columns
    }
    bits = {part: rules_by_word(part, answered, book, context) for part in by_word}
    lots: list[Lot] = []
    for asked, table in converted:
        gives = [name for part in asked for name in part.gives if name in answered]
        ruled = {place for part in asked for place in bits[part]}
        marked = check(table, book, context, ruled, scoped=False)
        lots.append((asked, marked.order_by("row_number").select(*gives, *masks)))
    how = Spelling(lots, bits, rows, wanted, folder, story, recall)
    filled = tuple(name for name in filled_fields(values.columns) if name in answered or name in by_row(book))
    batches = judged_by_word(engine, cells, book, context, masks, how)
    return batches, filled, shown_fields(values.columns)


def rules_by_word(part: Part, answered: Collection[str], book: Book, context: Context) -> frozenset[int]:
    """Return the places of the rules that look at nothing but one part, to be asked of its words."""
    return frozenset(
        place
        for place, rule in enumerate(rules_of(book))
        if breakable(rule, book)
        and (read := {name for name in columns_of(rule) if name in ASSAULT.names or name in answered})
        and read <= part.knows
        and read & {*part.gives}
        and read <= {*answered}
    )


Lot = tuple[Sequence[Part], ir.Table]


@dataclass(frozen=True)
class Spelling:
    """How a file is converted word by word.

    `lots` are parts with what is asked of their words, `rules` the places of the rules asked of each part's words,
    `rows` the columns read row by row.
    """

    lots: Sequence[Lot]
    rules: Mapping[Part, frozenset[int]]
    rows: Sequence[str]
    columns: Sequence[str]
    folder: Path
    story: Story
    recall: Recall


def judged_by_word(
    engine: Engine,
    cells: pa.RecordBatchReader,
    book: Book,
    context: Context,
    masks: Sequence[str],
    how: Spelling,
) -> Iterator[Judged]:
    """Yield the judged records of trimmed cells, each different word converted and judged once.

    Only the rules that look at several parts at once are asked of each row.
    """
    kinds = {field.name: field.type for _, answered in how.lots for field in engine_types(answered)}
    rules = rules_of(book)
    by_words = frozenset[int]().union(*how.rules.values())
    left = {place for place, rule in enumerate(rules) if place not in by_words and breakable(rule, book)}
    read = {"victim_number", *(name for place in left for name in columns_of(rules[place]))}
    # A force's column may have the name of a field of ours.
    written = {name: f"converted {name}" for name in kinds if name in read}
    name_of = {column: name for name, column in written.items()}
    asked_columns = [("row_number", pa.int64()), *((written[name], kinds[name]) for name in written)]
    needed = pa.schema([*asked_columns, *((column, pa.string()) for column in how.rows)])
    records = completed(unbound("rows", needed), written, book, how.columns)
    judged = check(records, book, context, left, scoped=False)
    own = [name for name in by_row(book) if sent(name) in judged.columns]
    own += [sent(name) for name in own if book.fields[name].mend]
    asked = with_key(judged, book).select("row_number", "key", *own, *masks)
    waiting: deque[tuple[pa.Array, Said]] = deque()
    bits = {
        part: {mask: word for mask, word in zip(masks, words_of(places, len(masks)), strict=True) if word}
        for part, places in how.rules.items()
    }
    with open_engine(how.folder, threads=1) as speller:
        speller.tell(**engine.facts)
        lots = [(asked, speller.question("words", answered)) for asked, answered in how.lots]
        words = Words(lots, how.columns, turns(book), bits, how.story)

        def converted() -> Iterator[pa.RecordBatch]:
            for batch in cells:
                said = words.of(batch)
                # Every rule is asked of the day as the file has it; what is kept is the day it was.
                waiting.append((batch.column("row_number"), said.with_next_days()))
                columns = [
                    said.column(name_of[field.name]) if field.name in name_of else batch.column(field.name)
                    for field in needed
                ]
                plain = [column.cast(field.type) for column, field in zip(columns, needed, strict=True)]
                yield pa.RecordBatch.from_arrays(plain, schema=needed)

        ahead = in_background(converted())
        engine.read_batches("rows", pa.RecordBatchReader.from_batches(needed, ahead))
        for batch, said in beside(engine.stream(asked, BATCH), waiting):
            how.recall.add(batch.column("row_number"), said)
            yield Judged(with_words(batch, said, masks), said)
        words.tell_all()


def with_words(batch: pa.RecordBatch, said: Said, masks: Sequence[str]) -> pa.RecordBatch:
    """Return a judged batch with the rules its words break added to its masks; out of scope, none is broken."""
    inside = said.column("out_of_scope").is_null().to_numpy(zero_copy_only=False)
    for mask in masks:
        place = batch.schema.get_field_index(mask)
        broken = (batch.column(place).to_numpy() | said.broken(mask)) * inside
        batch = batch.set_column(place, mask, pa.array(broken))
    return batch


def beside(
    batches: Iterator[pa.RecordBatch], waiting: deque[tuple[pa.Array, Said]]
) -> Iterator[tuple[pa.RecordBatch, Said]]:
    """Yield what waits beside as many rows of the batches as it has, whatever sizes these come in."""
    come: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        come.append(batch)
        rows += batch.num_rows
        while waiting and rows >= len(waiting[0][0]):
            numbers, said = waiting.popleft()
            table = pa.Table.from_batches(come)
            rows -= len(numbers)
            come = table.slice(len(numbers)).to_batches()
            judged = in_one(table.slice(0, len(numbers)))
            if not judged.column("row_number").equals(numbers):
                raise RowsShuffled
            yield judged, said
    if rows or any(len(numbers) for numbers, _ in waiting):
        raise RowsShuffled


def engine_types(table: ir.Table) -> pa.Schema:
    """Return the Arrow types in which the engine gives a table's columns: Ibis takes a time of day for finer."""
    fields = list(table.schema().to_pyarrow())
    return pa.schema([f.with_type(pa.time64("us")) if pa.types.is_time(f.type) else f for f in fields])


@dataclass(frozen=True)
class Judging:
    """What the second half of judging looks at."""

    engine: Engine
    export: Export
    book: Book
    rules: Sequence[Rule]
    columns: Columns
    stated: Period | None
    folder: Path
    recall: Recall
    reopened: Callable[[], Export]
    story: Story

    @property
    def masks(self) -> Sequence[str]:
        return [*self.columns.masks]

    @property
    def shown(self) -> Sequence[str]:
        return self.columns.shown

    @cached_property
    def wordings(self) -> Sequence[Rule]:
        """Return every rule a finding can be of, in the order of their names."""
        return sorted({*self.rules, REFUSED_LINE, DUPLICATE, REPEATED}, key=lambda rule: rule.name)

    def wording(self, rule: Rule) -> int:
        return self.wordings.index(rule)


def settle(judging: Judging, laid_out: LaidOut) -> Judgement:
    """Return the judgement from the records laid out: verdicts, sums, findings and the two files."""
    engine, book = judging.engine, judging.book
    flagged = engine.read_parquet(laid_out.flagged)
    verdicts = find_verdicts(judging, laid_out, flagged)
    clean = laid_out.clean
    kept_at, held_at = judging.folder / "accepted.parquet", judging.folder / "held.parquet"
    decided = numbers_of(verdicts)
    with ThreadPoolExecutor(1, thread_name_prefix="keep") as thread:
        # The records are kept while the findings are put into words.
        keeping = thread.submit(laid_out.sound.keep, kept_at, decided)
        if len(decided):
            moved = engine.lay_down("moved", with_verdict(judging, laid_out.sound, flagged, verdicts))
            clean -= engine.rows(moved.agg(records=moved.count()))[0]["records"]
            flagged = flagged.union(moved)
        flagged = state_of(judging, restored(flagged, book), verdicts)
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
        by_rule = count_rules(judging, totals, verdicts)
        causes = cause_table(judging, totals)
        findings_file = judging.folder / "findings.csv"
        found = findings(judging, flagged, causes, verdicts, by_rule)
        listed: list[dict[str, Any]] = []
        if by_rule:
            engine.write_csv(worded(judging, found.mutate(value=harmless(found["value"]))), findings_file)
            listed = engine.rows(worded(judging, some_of_each(judging, found)))
        if counted["held"]:
            write_held(engine.stream(held_records(judging, flagged, causes), BATCH), judging.columns, held_at)
        keeping.result()
    if counts_victims(book):
        keep_numbered(judging, kept_at)
    for kind, path in (("accepted", kept_at), ("held", held_at)):
        written = pq.read_metadata(path).num_rows if path.exists() else 0
        if written != counted[kind]:
            raise RecordsLost(kind, counted[kind], written)
    rows = count_rows(engine, flagged, kept_at, totals, book)
    outside = sum(t["records"] for t in totals if t["state"] == "out_of_scope")
    failures = Failures(
        engine, book, judging.story, judging.rules, judging.masks, judging.wordings, by_rule,
        columns={rule: column_of(rule.field, judging) for rule in by_rule},
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
        held=held_at if counted["held"] else None,
        findings_file=findings_file if by_rule else None,
        read_as={"format": judging.export.format, "encoding": judging.export.encoding,
                 "delimiter": judging.export.delimiter, "sheet": judging.export.sheet,
                 "header_row": judging.export.header_row},
        noticed=still_odd(judging.export.noticed, book),
        header=judging.export.columns,
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
    return pa.concat_tables(
        [*([] if held is None else [engine.arrow(held).cast(VERDICTS)]), repeated.cast(VERDICTS)]
    )


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
    rows = numbers_of(verdicts.filter(pc.not_equal(verdicts.column("verdict"), "duplicate")))
    if not len(rows) or not judging.shown:
        return SENT_ROWS.empty_table()
    book, export = judging.book, judging.export
    if judging.recall.whole:
        own = sound.of_rows(rows).read_all().select(["row_number", *by_row(book)])
        references = own.rename_columns(["row_number", *map(sent, by_row(book))])
        return judging.recall.sent(rows, references, judging.shown)
    wanted = [column for column in export.columns if column in {*book.columns}]
    return read_again(judging.engine, judging.reopened(), book, rows, judging.shown, wanted)


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
    """Return flagged records with `verdict` and `state`: accepted, held, duplicate or out_of_scope."""
    staged = flagged.mutate(verdict=ibis.null("string"))
    if verdicts.num_rows:
        table = judging.engine.read_small("verdicts", verdicts.select(["row_number", "verdict"]))
        staged = flagged.left_join(table, "row_number").drop("row_number_right")
    verdict = staged["verdict"].fill_null("")
    errors = any_bit(staged, bits_of(judging.rules, [Severity.ERROR]))
    state = ibis.cases(
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
        if total["out_of_scope"] is not None:
            column = book.scope[total["out_of_scope"] - 1].column
            counts[column] = counts.get(column, 0) + total["records"]
    return counts


def named_values(table: ir.Table, export: Export, book: Book, cells: Sequence[str] = ()) -> ir.Table:
    """Return the values of an export; raises Refused naming the missing columns and the nearest there are."""
    try:
        return rename(table, book, cells)
    except MissingColumns as lacking:
        parts = []
        for name, looked_for in lacking.missing.items():
            wanted = " or ".join(f'"{column}"' for column in looked_for)
            near = nearest_column(looked_for, export.columns)
            hint = f' (the nearest in the file is "{near}")' if near else ""
            parts.append(f"{wanted} for {words(name)}{hint}")
        raise Refused(
            f"A column is missing that nothing can be counted without: {'; '.join(parts)}. The header was read from "
            f"row {export.header_row}. Send the file with this column, or tell us its new name."
        ) from lacking


def nearest_column(looked_for: Sequence[str], columns: Sequence[str]) -> str | None:
    """Return the column of a file whose name is most like one of those looked for, whatever its case, or None.

    A name that begins with the other as whole words, as "Reference No" with "Reference", goes before a look-alike.
    """
    folded = {fold(column): column for column in reversed(columns)}
    for name in map(fold, looked_for):
        if name in folded:
            return folded[name]
    longer = [
        column
        for name in map(fold, looked_for)
        for column in columns
        if len(name) > 2 and fold(column).startswith(name)
    ]
    if longer:
        return min(longer, key=len)
    near = [m for name in looked_for for m in get_close_matches(fold(name), list(folded), n=1, cutoff=0.5)]
    return folded[near[0]] if near else None


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
