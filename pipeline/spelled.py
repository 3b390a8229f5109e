"""Judging word by word: each different word of a column converted and judged once, the rows put together from these.

Rules that look at several fields are asked once of each different combination of what these say; only those that look
at a row's reference are asked of every row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa

from expectations.masks import Context, breakable, check, columns_of, words_of
from pipeline.engine import BATCH, Engine, open_engine, unbound
from pipeline.joint import MOST_PARTS, Joint, Together
from pipeline.read.windows import in_one
from pipeline.recall import Recall
from pipeline.records import Judged
from pipeline.story import Story
from pipeline.words import Said, Words, in_background
from schemas.assault import ASSAULT
from schemas.drop import rules_of
from schemas.force import Book
from transforms.by_word import Part, by_row, completed, turns
from transforms.convert import unexplained
from transforms.mend import mended
from transforms.rename import sent
from transforms.split import (
    with_key,
)


class RowsShuffled(Exception):
    """The engine gave back other rows than it was given: a fault of ours, and nothing of the drop is stored."""

    def __init__(self) -> None:
        super().__init__(
            "The rules were asked of the rows in one order and answered in another. Nothing was stored; this is a fault "
            "of the pipeline, not of the file."
        )


def rules_by_word(parts: Sequence[Part], answered: Collection[str], book: Book) -> dict[Part, frozenset[int]]:
    """Return the places of the rules that look at nothing but one part, to be asked of its words, by part."""
    reads = {
        place: {name for name in columns_of(rule) if name in ASSAULT.names or name in answered}
        for place, rule in enumerate(rules_of(book))
        if breakable(rule, book)
    }
    return {
        part: frozenset(
            place
            for place, read in reads.items()
            if read and read <= part.knows and read & {*part.gives} and read <= {*answered}
        )
        for part in parts
    }


def rules_together(
    book: Book, parts: Sequence[Part], answered: Collection[str], by_words: Collection[int]
) -> dict[tuple[int, ...], frozenset[int]]:
    """Return the places of the rules that look at a few parts together, by the numbers of these parts.

    What is read row by row, and what looks at more parts, is left out.
    """
    gives = {name: number for number, part in reversed([*enumerate(parts)]) for name in part.gives}
    found: dict[tuple[int, ...], set[int]] = {}
    for place, rule in enumerate(rules_of(book)):
        if place in by_words or not breakable(rule, book):
            continue
        read = columns_of(rule)
        if read & {each for name in by_row(book) for each in (name, unexplained(name), mended(name))}:
            continue
        numbers = tuple(sorted({gives[name] for name in read if name in answered}))
        if 0 < len(numbers) <= MOST_PARTS:
            found.setdefault(numbers, set()).add(place)
    return {numbers: frozenset(places) for numbers, places in found.items()}


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
    every = [part for parts, _ in how.lots for part in parts]
    by_words = frozenset[int]().union(*how.rules.values())
    by_parts = rules_together(book, every, kinds, by_words)
    settled = by_words.union(*by_parts.values())
    left = {place for place, rule in enumerate(rules) if place not in settled and breakable(rule, book)}
    read = {"victim_number", *(name for place in left for name in columns_of(rules[place]))}
    # A force's column may have the name of a field of ours.
    written = {name: f"converted {name}" for name in kinds if name in read}
    name_of = {column: name for name, column in written.items()}
    asked_columns = [("row_number", pa.int64()), *((written[name], kinds[name]) for name in written)]
    needed = pa.schema([*asked_columns, *((column, pa.string()) for column in how.rows)])
    waiting: deque[tuple[pa.Array, Said]] = deque()
    bits = {
        part: {mask: word for mask, word in zip(masks, words_of(places, len(masks)), strict=True) if word}
        for part, places in how.rules.items()
    }
    with open_engine(how.folder, threads=1) as speller:
        speller.tell(**engine.facts)
        spelled = pa.schema([("row_number", pa.int64()), *((column, pa.string()) for column in how.columns)])
        lots = [(asked, speller.question("words", spelled, answered)) for asked, answered in how.lots]
        together = asked_together(speller, by_parts, every, kinds, book, context, masks)
        records = completed(unbound("rows", needed), written, book, how.columns)
        judged = check(records, book, context, left, scoped=False)
        own = [name for name in by_row(book) if sent(name) in judged.columns]
        own += [sent(name) for name in own if book.fields[name].mend]
        asked = with_key(judged, book).select("row_number", "key", *own, *masks)
        words = Words(lots, how.columns, turns(book), bits, how.story, together)

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


def asked_together(
    speller: Engine,
    rules: Mapping[tuple[int, ...], frozenset[int]],
    parts: Sequence[Part],
    kinds: Mapping[str, pa.DataType],
    book: Book,
    context: Context,
    masks: Sequence[str],
) -> Together | None:
    """Return what asks the rules that look at several parts of each different combination of what these say."""
    if not rules:
        return None
    declared = rules_of(book)
    joints: list[Joint] = []
    for numbers, places in rules.items():
        read = {name for place in places for name in columns_of(declared[place]) if name in kinds}
        words = words_of(places, len(masks))
        joints.append(
            Joint(
                parts=numbers,
                bits={mask: word for mask, word in zip(masks, words, strict=True) if word},
                fields={name: number for number in numbers for name in parts[number].gives if name in read},
            )
        )
    names = sorted({name for joint in joints for name in joint.fields})
    schema = pa.schema([(name, kinds[name]) for name in names])
    numbered = pa.schema([("row_number", pa.int64()), *schema])
    lines = unbound("together", numbered)
    records = completed(lines, {name: name for name in names}, replace(book, fields={}), ())
    judged = check(records, book, context, frozenset[int]().union(*rules.values()), scoped=False)
    question = judged.order_by("row_number").select("row_number", *masks)
    return Together(joints, schema, speller.question("together", numbered, question))


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
