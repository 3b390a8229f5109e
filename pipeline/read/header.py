"""A header that does not fit the rows below it: a delimiter too many or too few in it, a stray mark, another dialect.

What is meant is read where there is one way to read it, and said; a header whose names cannot be placed is refused
where the columns must be known, else its columns are numbered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.read import layout
from pipeline.read.noticed import Noticed
from pipeline.read.refused import Refused

if TYPE_CHECKING:
    from pipeline.read.dialect import Dialect

Cells = Sequence[str]

# So many of ten rows of one width are the table's own width.
USUAL = 8
FEWEST_ROWS = 2


@dataclass(frozen=True)
class Fitted:
    """The names of as many columns as the rows have, and what is said of them, if they had to be made to fit."""

    names: list[str]
    noticed: tuple[Noticed, ...] = ()
    numbered: bool = False


def despite_mark(dialect: Dialect, line: str, width: int, expected: Collection[str]) -> list[str] | None:
    """Return so many names from a header line with a stray quotation mark in it, None where it is no such line.

    A mark stays in its name, as it stands in the file, unless the force file knows the name without it.
    """
    cells = dialect.only_way(line, width)
    if cells is None:
        cells = line.rstrip("\r\n").split(dialect.delimiter)
    if len(cells) != width or not _are_names(cells):
        return None
    wanted = {layout.folded(word).casefold() for word in expected}
    plain = [layout.folded(cell.replace(dialect.quote, "")) for cell in cells]
    return [bare if bare.casefold() in wanted else cell for cell, bare in zip(cells, plain, strict=True)]


def said_of_mark(line: int) -> Noticed:
    """Return what is said of a header with a stray quotation mark."""
    return Noticed(
        "stray_mark",
        f"The header on line {line} has a quotation mark too many or one that is not closed. Its names were taken to "
        "end at the delimiters, which gives as many names as the rows have values; have the mark removed.",
        rows=(line,),
        count=1,
    )


def elsewise(dialects: Sequence[Dialect], line: str, width: int) -> list[str] | None:
    """Return so many names from a line written in another dialect than the rows, None where there are none."""
    for dialect in dialects:
        cells, left_open = dialect.lex(line)
        names = [layout.folded(cell).casefold() for cell in cells]
        if not left_open and len(cells) == width > 2 and _are_names(cells) and len(set(names)) == width:
            return cells
    return None


def said_of_dialect(line: int) -> Noticed:
    """Return what is said of a header written with another delimiter than the rows."""
    return Noticed(
        "header_dialect",
        f"The header on line {line} is written with another delimiter than the rows. Its names are as many as the rows "
        "have values and were read in their order; have it written like the rows.",
        rows=(line,),
        count=1,
    )


def fitted(names: Cells, below: Sequence[Cells], line: int, quote: str, expected: Collection[str]) -> Fitted:
    """Return the names of a header of one row, made to fit the width the rows below have.

    Raises Refused where the names are fewer than the rows' values, which is which cannot be told, and the
    columns must be known.
    """
    names = list(names)
    widths = Counter(len(row) for row in below if len(row) > 1)
    usual, times = widths.most_common(1)[0] if widths else (len(names), 0)
    if usual == len(names) or times < FEWEST_ROWS or times * 10 < widths.total() * USUAL:
        return Fitted(names)
    rows = [row for row in below if len(row) == usual]
    if usual < len(names):
        return _shortened(names, usual, line)
    parts = [part for name in names for part in (re.split(re.escape(quote) + "+", name) if quote else [name])]
    if len(parts) == usual and all(part.strip() for part in parts):
        return Fitted(
            parts, (_said(line, "a delimiter is missing where two names meet at a quotation mark"),)
        )
    if not any(cell.strip() for row in rows for cell in row[len(names) :]):
        return Fitted(names, (_said_of_trailing(line),))
    if usual == len(names) + 1 and _counts_up([row[0] for row in rows]):
        noticed = _said(line, "the rows begin with their own numbers, for which it has no name")
        return Fitted(["", *names], (noticed,))
    return _unplaced(names, usual, line, expected)


def _shortened(names: list[str], usual: int, line: int) -> Fitted:
    """Return a longer header without its blank names, where these are the surplus."""
    if not any(name.strip() for name in names[usual:]):
        return Fitted(names[:usual])
    filled = [name for name in names if name.strip()]
    if len(filled) != usual:
        return Fitted(names)
    return Fitted(
        filled, (_said(line, "it has a delimiter too many, and so an empty name that was left out"),)
    )


def _unplaced(names: list[str], usual: int, line: int, expected: Collection[str]) -> Fitted:
    what = (
        f"The header on line {line} has {len(names)} names where the rows have {usual} values, so nobody can say which "
        "column is which."
    )
    if expected:
        raise Refused(f"{what} A missing delimiter in the header is the usual cause; export the file again.")
    noticed = Noticed(
        "short_header",
        f"{what} The columns were named column_1, column_2 and so on; export the file again.",
        rows=(line,),
        count=1,
    )
    return Fitted(list(layout.numbered_columns(usual)), (noticed,), numbered=True)


def _said(line: int, what: str) -> Noticed:
    return Noticed(
        "header_fitted",
        f"The header on line {line} did not fit the rows: {what}. Check that every name stands over its own values, and "
        "have the header mended.",
        rows=(line,),
        count=1,
    )


def _said_of_trailing(line: int) -> Noticed:
    return Noticed(
        "trailing_delimiter",
        f"Every row has one value more than the header on line {line} has names, and that value is empty: the rows end "
        "with a delimiter, which was passed over. If a delimiter is missing in the header instead, the names after it "
        "stand over the wrong values; check them.",
        rows=(line,),
        count=1,
    )


def _are_names(cells: Cells) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) > 1 and all(layout.kind(cell) in ("text", "year") for cell in filled)


def _counts_up(cells: Cells) -> bool:
    return all(cell.strip() == str(number) for number, cell in enumerate(cells, int(cells[0].strip() == "1")))
