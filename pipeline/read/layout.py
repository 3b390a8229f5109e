"""Where the table stands in a file: its header row, its columns' names, the lines that are no rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from statistics import median

Cells = Sequence[str]

# A header row is looked for this far down.
SEARCHED_ROWS = 200
MOST_TITLES = 20

_NOTE = re.compile(
    r"\W*(sources?|notes?|footnotes?|n\.?b|end of|generated|produced|printed|extracted|exported|created|"
    r"downloaded|run|report|page|copyright|©|crown|official|restricted|protectively|disclaimer|key|caveats?|"
    r"records?|rows?|"
    r"(grand |sub[- ]?)?totals?)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_FOOTNOTE_MARK = re.compile(r"\s*(\*+|†|\(?\d{1,2}[.)]\s|\[\w{1,3}\]).*", re.DOTALL)
_TOTAL = re.compile(
    r"\s*(grand |sub[- ]?)?totals?"
    r"(\s+(number|no\.?|rows?|records?|count|assaults?|offences?|of)\b.*)?[\s:=\d,.]*",
    re.IGNORECASE,
)


def folded(text: str) -> str:
    """Return the text trimmed, with every run of white space inside it as one space."""
    return " ".join(text.split())


def header_words(cells: Cells) -> tuple[str, ...]:
    """Return a row's cells as they are compared with another header: folded and without case."""
    return tuple(folded(cell).casefold() for cell in cells)


def is_blank(cells: Cells) -> bool:
    """Return true for a row with nothing but white space in it."""
    return not any(cell.strip() for cell in cells)


def is_note(cells: Cells) -> bool:
    """Return true for a footnote: one filled cell that opens as notes do, or is a sentence.

    A lone cell of fewer than four words that opens in no such way may be the stump of a record, so it is no
    note.
    """
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) != 1:
        return False
    return (
        bool(_NOTE.fullmatch(filled[0]) or _FOOTNOTE_MARK.fullmatch(filled[0])) or len(filled[0].split()) > 3
    )


def is_total(cells: Cells) -> bool:
    """Return true for a row whose first filled cell says total and no more than what is totalled."""
    first = next((cell for cell in cells if cell.strip()), "")
    return bool(_TOTAL.fullmatch(first))


def find_header(rows: Sequence[Cells], expected: Collection[str], header_rows: int) -> int:
    """Return the index of the (first) header row among a file's first rows.

    The row with most of the expected words wins, where it has at least two of them or half of its own cells.
    Otherwise it is the first row that is filled about as far as the rows below it usually are (half at least,
    and two cells), so that titles, periods and units above the table are passed over.
    """
    if expected:
        best = max(range(len(rows)), key=lambda row: (known_words(rows, row, expected, header_rows), -row))
        known = known_words(rows, best, expected, header_rows)
        if known >= 2 or (known == 1 and len([cell for cell in rows[best] if cell.strip()]) <= 2):
            return best
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    wide = [count for count in filled if count > 1]
    if not wide:
        return 0
    least = max(2.0, median(wide) / 2)
    found = next((row for row in range(len(rows)) if filled[row] >= least and _stands_on(filled, row)), 0)
    if header_rows > 1 and found and filled[found - 1] > 1:
        return found - 1
    return found


def _stands_on(filled: list[int], row: int) -> bool:
    """Return true where a table may go on below a row: half of the next few rows hold more than one cell.

    A header with nothing below it is believed near the top only; further down it is a last line of prose.
    """
    below = filled[row + 1 : row + 6]
    if not below:
        return row < MOST_TITLES
    return sum(1 for count in below if count > 1) * 2 >= len(below)


def known_words(rows: Sequence[Cells], row: int, expected: Collection[str], header_rows: int) -> int:
    """Return how many expected header words a row holds, alone or as the first of grouped rows."""
    wanted = {folded(word).casefold() for word in expected}
    alone = len(wanted.intersection(header_words(rows[row])))
    if header_rows == 1 or row + header_rows > len(rows):
        return alone if header_rows == 1 else 0
    joined = header_words(_joined(rows[row : row + header_rows]))
    return max(
        len(wanted.intersection(joined)), len(wanted.intersection(header_words(rows[row + header_rows - 1])))
    )


def column_names(header: Sequence[Cells], first: int = 0) -> tuple[str, ...]:
    """Return one unique name a column: grouped rows joined by " / ", blanks lettered, repeats numbered.

    `first` is the 0-based place of the first column on its sheet, from which blank ones take their letters.
    """
    names: dict[str, None] = {}
    for position, text in enumerate(_joined(header), first):
        name = text or f"column {letters(position)}"
        repeat = 1
        while name in names:
            repeat += 1
            name = f"{text} ({repeat})"
        names[name] = None
    return tuple(names)


def letters(position: int) -> str:
    """Return a spreadsheet's letters for a 0-based column: A, B, ... Z, AA."""
    text = ""
    position += 1
    while position:
        position, letter = divmod(position - 1, 26)
        text = chr(ord("A") + letter) + text
    return text


def _joined(header: Sequence[Cells]) -> list[str]:
    """Return the header text of each column, the groups above it carried right over blank cells."""
    width = max(len(row) for row in header)
    levels = [[folded(cell) for cell in row] + [""] * (width - len(row)) for row in header]
    below = levels[-1]
    for level in reversed(levels[:-1]):
        below = list(_under(level, below))
    return below


def _under(groups: list[str], below: list[str]) -> Iterator[str]:
    group = ""
    for text, column in zip(groups, below, strict=True):
        # A heading with nothing beneath it is a column merged downwards, not a group for its neighbours.
        if text:
            group = text if column else ""
        yield " / ".join(part for part in (text or group, column) if part) if (text or column) else ""
