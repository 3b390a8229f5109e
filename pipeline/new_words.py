"""The words of a drop that nobody has explained, field by field, from the transform map that goes back with it.

The map lies in the force's own folder of returns: words are compared there and are never kept in the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipeline.story import BESIDE
from pipeline.whence import NEITHER, NOT_LISTED, PARTLY, SCOPE, UNEXPLAINED
from schemas.assault import ASSAULT
from schemas.force import Book, fold, identity

# Each word and how many records say it; None where the map does not list every word of the field.
Counted = Mapping[str, int] | None

READ = ("field", "column", "as_sent", "records", "by", "detail")


def unexplained_words(path: Path, fields: Collection[str], book: Book | None) -> dict[str, Counted]:
    """Return the words of some fields that a drop's transform map does not explain, by how many records say each.

    Words are as sent, once whatever their case. A field whose words are not all known is None: there is no map, or it
    is past what a map lists.
    """
    found: dict[str, Counted] = dict.fromkeys(fields)
    try:
        lines = csv.read_csv(
            path,
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                include_columns=READ,
                column_types={name: pa.int64() if name == "records" else pa.string() for name in READ},
                strings_can_be_null=False,
            ),
        )
    except (FileNotFoundError, pa.ArrowInvalid, pa.ArrowKeyError):
        # The drop was judged before maps were kept, or its folder has been cleared.
        return found
    for name in fields:
        ours = lines.filter(pc.equal(lines["field"], name))
        if pc.any(pc.equal(ours["by"], NOT_LISTED)).as_py():
            continue
        unread = pc.or_(
            pc.equal(ours["by"], UNEXPLAINED),
            pc.match_substring_regex(ours["detail"], f"({PARTLY}|{NEITHER})$"),
        )
        counted: dict[str, int] = {}
        spelled: dict[str, str] = {}
        for line in ours.filter(unread).to_pylist():
            # A quotation mark before what a spreadsheet would take for a formula is the map's own.
            for word in dict.fromkeys(words_in(line["column"], line["as_sent"], name, book)):
                word = spelled.setdefault(fold(word), word)
                counted[word] = counted.get(word, 0) + line["records"]
        found[name] = counted
    return found


def words_in(column: str, cell: str, name: str, book: Book | None) -> Iterator[str]:
    """Yield the words of a cell that are not explained; the whole cell where it is one word.

    A cell of a list has several, of which some may be explained, and a block of yes/no columns one a column.
    """
    cell = re.sub(r"^'(?=[=+@\t\r-])", "", cell)
    if book is None:
        yield cell
        return
    mapped = book.fields.get(name)
    listed = next((each for each in book.lists if name in each.fields()), None) if mapped is None else None
    blank = {*book.missing, *(mapped.missing if mapped else ())}
    columns, cells = column.split(BESIDE), cell.split(BESIDE)
    if name == SCOPE:
        known = {condition.column: {*condition.inside, *condition.outside} for condition in book.scope}
        beside = zip(columns, cells, strict=True) if len(columns) == len(cells) else [(column, cell)]
        unknown = [word for where, word in beside if fold(word) not in known.get(where, blank)]
        yield from unknown or [cell]
    elif mapped is not None and mapped.flags:
        yield from (word for word in cells if fold(word) not in {*mapped.yes, *mapped.no, *blank})
    elif listed is not None:
        yield from parts(cell, listed.separator, listed.words, ("",))
    elif mapped is not None and mapped.separator and ASSAULT[name].type == "list":
        codes = mapped.codes if mapped.codes is not None else identity(ASSAULT[name].codes or ())  # type: ignore[arg-type]
        yield from parts(cell, mapped.separator, codes, blank)
    elif mapped is not None and mapped.take:
        taken = re.search(mapped.take, cell)
        yield (taken.group(1) or cell) if taken else cell
    else:
        yield cell


def parts(cell: str, separator: str, known: Collection[str], blank: Collection[str]) -> Iterator[str]:
    """Yield the words of a list-valued cell that are neither known nor words for missing."""
    explained = {*map(fold, known), *blank, ""}
    yield from (word.strip() for word in cell.split(separator) if fold(word) not in explained)
