"""Judging a file: one pass from its bytes to judged records, then accepted, held and findings from those.

The one pass over the file converts and judges each different word once (`words.py`), asks the engine only for the
rules that look at several fields, and writes the sound records straight into the file that is kept. What comes after
looks at the flagged records, never at the file again; only where two rows contradict each other are the sound records
written once more without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa

from expectations.masks import Context, bits_of, check
from pipeline.again.taken_back import nameless_kept_in
from pipeline.beside import NOTHING, Beside
from pipeline.cells import prepared
from pipeline.collecting.nil import NilExport, nil_return
from pipeline.engine import BATCH, Engine, open_engine, unbound
from pipeline.judgement import Judgement, Judging
from pipeline.period import Period, is_nil_name, stated_period
from pipeline.personal.guard import Guard, hits_in, told
from pipeline.profile import profile_of
from pipeline.read import Export, Refused
from pipeline.recall import Recall
from pipeline.records import Columns, Judged, lay_out
from pipeline.returned.marked_export import MarkedExport, open_sent, stated_by
from pipeline.settle import settle, unexpected
from pipeline.spelled import Lot, Spelling, judged_by_word, rules_by_word
from pipeline.story import MAP_FILE, Story
from pipeline.words import in_background, windows
from schemas.drop import rules_of
from schemas.force import Book, fold
from schemas.table import Severity, words
from transforms.by_word import by_row, fields_of, parts, questions, row_columns
from transforms.convert import convert
from transforms.functions import judged_on, period_begins, period_ends
from transforms.mend import with_next_days
from transforms.rename import MissingColumns, cell_name, rename
from transforms.split import (
    compact,
    filled_fields,
    shown_fields,
    with_key,
)


def judge(
    raw: Path,
    name: str,
    book: Book,
    drop_id: str,
    key: bytes,
    as_of: date,
    folder: Path,
    beside: Beside = NOTHING,
    kept: Callable[[Path], object] | None = None,
) -> Judgement:
    """Return the judgement of a file, with its records, findings and transform map written in `folder`.

    `beside` is what its force sent before; it decides nothing about what is accepted. `kept` is told where the
    accepted records are as soon as they are at rest, while the findings are still to be put into words.

    Raises Refused, with the sentence its sender is told, where the file cannot be read safely, lacks a column that
    nothing can be counted without, or has no rows and does not call itself a nil return.
    """
    book = book.on(as_of)
    nil = nil_return(raw, name, book)

    def reopened() -> Export:
        return NilExport(nil, book) if nil else open_sent(raw, book)

    export = reopened()
    refuse_another_book(export, book)
    stated = nil.period if nil else stated_period(name, book) or stated_by(export)
    rules = rules_of(book)
    errors = bits_of(rules, [Severity.ERROR])
    story, recall, guard = Story(book, export.columns), Recall(folder), Guard(book)
    strangers = hits_in(export, unexpected(export, book), as_of)
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
            engine, export, book, key, context, [*masks], folder, story, recall, guard
        )
        columns = Columns(
            filled=filled,
            masks=masks,
            shown=shown,
            same={"force_id": book.force_id, "book": book.name, "drop_id": drop_id},
        )
        if book.actions:
            batches = nameless_kept_in(batches, columns, rules)
        laid_out = lay_out(batches, columns, folder)
        if nil is None:
            refuse_empty(export, name, stated)
        personal = told({**guard.hits(), **strangers}, export, book)
        judgement = settle(
            Judging(
                engine,
                export,
                book,
                rules,
                columns,
                stated,
                folder,
                recall,
                reopened,
                story,
                guard,
                personal,
                beside,
                kept,
                name,
            ),
            laid_out,
        )
    profile = profile_of(judgement, story, laid_out.flagged)
    judgement = replace(judgement, judged_on=as_of, book=book, profile=profile)
    if isinstance(export, MarkedExport):
        again = MarkedExport.of(reopened())
        judgement = replace(judgement, marked_rows=tuple(again.marked_rows(book.columns)))
    if nil:
        # A declaration has no columns that could be held against those of a file.
        judgement = replace(judgement, header=())
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
    guard: Guard,
) -> tuple[Iterator[Judged], Sequence[str], Sequence[str]]:
    """Return the judged records of an export, batch by batch in its order, the fields filled and those shown as sent.

    Raises Refused where a column is missing that nothing can be counted without.
    """
    known = set(book.columns)
    wanted = [column for column in export.columns if column in known]
    by_word = parts(book, wanted)
    rows = row_columns(book, wanted)
    words = {column for part in by_word for column in part.columns if column not in rows}
    cells = prepared(windows(export.batches(wanted, words)), book, key, guard)
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
    bits = rules_by_word(by_word, answered, book)
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


def refuse_another_book(export: Export, book: Book) -> None:
    """Raise Refused for the marked copy of a file of another book."""
    if isinstance(export, MarkedExport) and export.book not in ("", book.name):
        raise Refused(
            f"The file is the marked copy of one of your {export.book} files, but its name is that of your {book.name} "
            "files. Give it the name of the file it was made from, or one that fits no book, as marked.csv."
        )


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
