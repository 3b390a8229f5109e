"""Where the table stands in a file: its header row, its columns' names, the lines that are no rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from statistics import median

from pipeline.read.noticed import Noticed
from pipeline.read.refused import Refused

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
_RECORD = re.compile(r"\d{1,4}[/-]\d{1,2}[/-]\d{2,4}|\d{1,2}:\d{2}")
_TOTAL = re.compile(
    r"\s*(grand |sub[- ]?)?totals?"
    r"(\s+(number|no\.?|rows?|records?|count|assaults?|offences?|of)\b.*)?[\s:=\d,.]*",
    re.IGNORECASE,
)


_DATE = re.compile(
    r"\s*(?:\d{1,4}[/.\-](?:\d{1,2}|[A-Za-z]{3,9})[/.\-]\d{2,4}|\d{1,2}(?:st|nd|rd|th)?\s+[A-Za-z]{3,9},?\s+\d{2,4})"
    r"(?:[ T]+\d{1,2}[:.]\d{2}.*)?\s*"
)
_TIME = re.compile(r"\s*\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\s*(?:[AaPp]\.?[Mm]\.?)?\s*")
_NUMBER = re.compile(r"\s*[(\-+]?[£$€]?\s*\d[\d,. ]*%?\)?\s*")
_YEAR = re.compile(r"\s*(?:19|20)\d{2}(?:\s*[/-]\s*\d{2,4})?\s*")
_STEM = re.compile(r"(\D*[^\W\d_][\W_]*?)(\d{1,5})")
# How far down a table's columns are looked at for what they hold.
KINDS_FROM = 100
# A longer value is text, whatever it begins with.
LONGEST_KIND = 200


def folded(text: str) -> str:
    """Return the text trimmed, with every run of white space inside it as one space."""
    return " ".join(text.split())


def header_words(cells: Cells) -> tuple[str, ...]:
    """Return a row's cells as they are compared with another header: folded and without case."""
    return tuple(folded(cell).casefold() for cell in cells)


def names_in_order(header: Cells) -> list[str]:
    """Return the names of a header in order of the alphabet; none where its own order cannot be told by them."""
    names = header_words(header)
    return sorted(names) if len(set(names) - {""}) > 1 else []


def is_turned(cells: Cells, names: Sequence[str]) -> bool:
    """Return true for a row of the header's names, each once, in whatever order."""
    return bool(names) and len(cells) == len(names) and sorted(header_words(cells)) == names


def said_of_turned(unit: str, first: int, last: int) -> str:
    """Return why nothing is read from a header in another order on."""
    return (
        f"{unit} {first} repeats the header with its columns in another order, so {unit.lower()}s {first} to {last} were "
        "not read: their values would stand in the wrong columns. Send them in a file of their own."
    )


def is_blank(cells: Cells) -> bool:
    """Return true for a row with nothing but white space in it."""
    return not any(cell.strip() for cell in cells)


def is_note(cells: Cells) -> bool:
    """Return true for a footnote: one filled cell that opens as notes do, or is a sentence.

    A lone cell of fewer than four words that opens in no such way may be the stump of a record, so it is no
    note; nor is one with a date or a time in it, which may be a record written with another delimiter.
    """
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) != 1:
        return False
    return (
        bool(_NOTE.fullmatch(filled[0]) or _FOOTNOTE_MARK.fullmatch(filled[0]))
        or len(filled[0].split()) > 3
        and not _RECORD.search(filled[0])
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
    found = next(
        (
            row
            for row in range(len(rows))
            if filled[row] >= least and _stands_on(filled, row) and not _is_caption(rows, row)
        ),
        0,
    )
    if header_rows > 1 and found and filled[found - 1] > 1:
        return found - 1
    return found


def _is_caption(rows: Sequence[Cells], row: int) -> bool:
    """Return true for a label and its value alone, side by side, above a row of names over values of other kinds."""
    placed = [place for place, cell in enumerate(rows[row]) if cell.strip()]
    if len(placed) != 2 or row + 2 >= len(rows):
        return False
    if placed[1] != placed[0] + 1 and not rows[row][placed[0]].strip().endswith(":"):
        return False
    names, kinds = rows[row + 1], column_kinds(rows[row + 2 : row + 22])
    filled = [folded(cell).casefold() for cell in names if cell.strip()]
    return (
        len(set(filled)) == len(filled) > 2
        and _labels(names)
        and any(
            kind(cell) == "text" and under not in ("", "text")
            for cell, under in zip(names, kinds, strict=False)
        )
    )


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


def kind(cell: str) -> str:
    """Return what a cell looks like: date, time, number, year, a code's shape, text, or "" for a blank one."""
    if not cell.strip():
        return ""
    # A hostile value of a hundred thousand spaces would be looked at for minutes.
    if len(cell) > LONGEST_KIND:
        return "text"
    if _YEAR.fullmatch(cell):
        return "year"
    if _DATE.fullmatch(cell):
        return "date"
    if _TIME.fullmatch(cell):
        return "time"
    if _NUMBER.fullmatch(cell):
        return "number"
    if any(letter.isdigit() for letter in cell) and len(cell) <= 40 and " " not in cell.strip():
        return "code " + re.sub(r"[A-Za-z]+", "a", re.sub(r"\d+", "9", cell.strip()))
    return "text"


def column_kinds(rows: Sequence[Cells]) -> list[str]:
    """Return what each column holds in four of five of its filled cells; "" where that is not so."""
    kinds: list[str] = []
    for place in range(max((len(row) for row in rows), default=0)):
        seen = Counter(kind(row[place]) for row in rows[:KINDS_FROM] if place < len(row))
        del seen[""]
        usual, times = seen.most_common(1)[0] if seen else ("", 0)
        kinds.append(usual if times * 5 >= sum(seen.values()) * 4 else "")
    return kinds


def empty_columns(header: Sequence[Cells], below: Sequence[Cells]) -> tuple[int, ...]:
    """Return the places of the columns that have no name, and no value in the rows below: delimiters only."""
    if not below:
        return ()
    places = range(max(len(cells) for cells in header))
    unnamed = [place for place in places if not any(cells[place].strip() for cells in header)]
    if len(unnamed) == len(places):
        return ()
    return tuple(place for place in unnamed if not any(row[place].strip() for row in below))


def numbered_columns(width: int) -> tuple[str, ...]:
    """Return the names of columns without any: column_1, column_2 ..."""
    return tuple(f"column_{place}" for place in range(1, width + 1))


def lacks_header(rows: Sequence[Cells], first: int, expected: Collection[str]) -> bool:
    """Return true where the row taken for a header holds values as the rows below it do.

    A value is a date, a time or a code of the shape the column has below, or a word that comes again in it. One
    word above a column of dates, times or numbers is proof of a header.
    """
    # A header that is repeated, after a page's end say, is no value that comes again.
    below = [row for row in rows[first + 1 :] if header_words(row) != header_words(rows[first])]
    if not below or (expected and known_words(rows, first, expected, 1)):
        return False
    if _are_numbered(rows[first]) and not any(_stems(row) == _stems(rows[first]) for row in below):
        return False
    kinds = column_kinds(below)
    values = filled = 0
    for place, cell in enumerate(rows[first]):
        under = kinds[place] if place < len(kinds) else ""
        own = kind(cell)
        if not own:
            continue
        filled += 1
        if own == "text" and under in ("date", "time", "number", "year"):
            return False
        if own == "text" and under.startswith("code"):
            return False
        alike = own == under and own not in ("text", "year")
        again = own != "year" and any(place < len(row) and row[place] == cell for row in below)
        values += bool(alike or (again and len(below) > 2))
    # A row of numbers alone may be a header of years or of numbered columns.
    named = any(kind(cell) in ("date", "time") or kind(cell).startswith("code") for cell in rows[first])
    return (
        values >= 2
        and values * 2 >= filled
        and (named or values == filled > 3 and not _counts_up(rows[first]))
    )


def _are_numbered(cells: Cells) -> bool:
    """Return true for names such as c0, c1, c2: one stem, and numbers that count up by one."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    parts = [_STEM.fullmatch(cell) for cell in filled]
    if len(filled) < 2 or not all(parts) or len(_stems(cells)) > 1:
        return False
    numbers = [int(part[2]) for part in parts if part]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _stems(cells: Cells) -> set[str]:
    """Return what stands before the numbers the cells end with."""
    parts = [_STEM.fullmatch(cell.strip()) for cell in cells if cell.strip()]
    return {part[1].casefold() if part else "" for part in parts}


def _counts_up(cells: Cells) -> bool:
    numbers = [int(cell) for cell in cells if cell.strip().isdigit()]
    return numbers == sorted(set(numbers)) and len(numbers) > 1


def headerless(expected: Collection[str], where: str) -> Noticed:
    """Return what is said of a table without a header; raises Refused where its columns must be known."""
    if expected:
        raise Refused(
            f"{where} has no header: its first row already holds values, so nobody can say which column is which. "
            "Export it again with the column names in the first row."
        )
    return Noticed(
        "no_header",
        f"{where} has no header: its first row already holds values. Its columns were named column_1, column_2 and so "
        "on; export it with the column names in the first row.",
        count=1,
    )


def grouped(
    rows: Sequence[Cells], first: int, expected: Collection[str], merged: Collection[int] = ()
) -> tuple[int, int]:
    """Return where the header begins and how many rows it has, groups of columns and their names being one header.

    `merged` are the rows with cells merged over columns. The row below is part of the header where it names
    columns the first leaves blank beside a group, and values stand only below it; so is a row of groups above names
    that repeat.
    """
    if first + 2 < len(rows) and _names_groups(rows, first, merged):
        count = 3 if first + 3 < len(rows) and _names_groups(rows, first + 1, merged) else 2
        return _as_expected(rows, first, count, first, expected)
    if first and _parts_columns(rows, first - 1):
        joined = header_words(_joined(rows[first - 1 : first + 1]))
        alone = known_words(rows, first, expected, 1) if expected else 0
        if alone <= sum(1 for word in expected if folded(word).casefold() in joined):
            return first - 1, 2
        return first, 1
    names = [folded(cell).casefold() for cell in rows[first] if cell.strip()]
    repeats = len(set(names)) < len(names)
    if (
        first
        and (repeats or first - 1 in merged or _names_a_gap(rows, first, expected))
        and _labels(rows[first - 1])
        and _groups_over(rows, first - 1)
    ):
        return _as_expected(rows, first - 1, 2, first, expected)
    return first, 1


def _as_expected(
    rows: Sequence[Cells], first: int, count: int, alone: int, expected: Collection[str]
) -> tuple[int, int]:
    """Return the header of several rows, unless the expected words stand in one row of it alone."""
    if expected and known_words(rows, alone, expected, 1) > known_words(rows, first, expected, count):
        return alone, 1
    return first, count


def _names_groups(rows: Sequence[Cells], first: int, merged: Collection[int]) -> bool:
    above, names, below = rows[first], rows[first + 1], rows[first + 2 : first + 22]
    if not _labels(names) or not _labels(above) or not _groups_over(rows, first):
        return False
    if first not in merged and _is_caption(rows, first):
        return False
    kinds = column_kinds(below)
    width = min(len(names), len(kinds))
    # A name over values of another kind, or a gap in the names where the rows below have none, tells it from a row.
    held = [place for place in range(width) if names[place].strip() and kinds[place] not in ("", "text")]
    typed = bool(held) and all(kind(names[place]) != kinds[place] for place in held)
    if held and not typed:
        return False
    gaps = [
        place for place in range(min(width, len(above))) if not names[place].strip() and above[place].strip()
    ]
    filled = [
        place
        for place in gaps
        if sum(1 for row in below if row[place : place + 1] and row[place].strip()) * 2 > len(below)
    ]
    return typed or bool(filled) or first in merged


def _names_a_gap(rows: Sequence[Cells], first: int, expected: Collection[str]) -> bool:
    """Return true where a column without a name in a row, with values below it, has one in the row above.

    Not so where a force's file knows the columns by the row's own names.
    """
    if known_words(rows, first, expected, 1):
        return False
    below = rows[first + 1 : first + 21]
    return any(
        above.strip()
        and not name.strip()
        and sum(1 for row in below if place < len(row) and row[place].strip()) * 2 > len(below)
        for place, (above, name) in enumerate(zip(rows[first - 1], rows[first], strict=False))
    )


def _parts_columns(rows: Sequence[Cells], above: int) -> bool:
    """Return true where a row parts the names below it into groups: labels that begin at the first name, apart by blanks.

    A period or a title above a table is one label, or labels side by side, or ends in a colon.
    """
    groups, names = rows[above], rows[above + 1]
    placed = [place for place, cell in enumerate(groups) if cell.strip()]
    first = next((place for place, cell in enumerate(names) if cell.strip()), None)
    return (
        len(placed) > 1
        and len(groups) == len(names)
        and placed[0] == first
        and all(right - left > 1 for left, right in zip(placed, placed[1:], strict=False))
        and all(cell.strip() for cell in names[placed[0] :])
        and _labels(groups)
        and _labels(names)
        and not any(cell.strip().endswith(":") for cell in groups)
    )


def _groups_over(rows: Sequence[Cells], first: int) -> bool:
    """Return true where a blank cell to the right of a group has a name below it, as the group has."""
    above, names = rows[first], rows[first + 1]
    width = min(len(above), len(names))
    return any(
        above[place - 1].strip()
        and not above[place].strip()
        and names[place].strip()
        and names[place - 1].strip()
        for place in range(1, width)
    )


def _labels(cells: Cells) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) > 1 and all(
        kind(cell) in ("text", "year") or kind(cell).startswith("code a") for cell in filled
    )


def begins_another(cells: Cells, kinds: Sequence[str], below: Sequence[Cells], header: Cells) -> bool:
    """Return true where a row below a blank one reads as the header of another table.

    It holds names only (two at least, none twice), one of them in a column of dates, times, numbers or codes, and
    rows follow it.
    """
    filled = [folded(cell).casefold() for cell in cells if cell.strip()]
    if not kinds or len(filled) < 2 or len(set(filled)) < len(filled) or not _labels(cells):
        return False
    rows = [row for row in below if not is_blank(row)]
    # A header is not fuller than its rows are, but for the odd blank value.
    if not rows or sum(1 for cell in rows[0] if cell.strip()) * 2 < len(filled):
        return False
    typed = [
        place
        for place, held in enumerate(kinds)
        if held in ("date", "time", "number") or held.startswith("code")
    ]
    strange = [place for place in typed if place < len(cells) and cells[place].strip()]
    if any(kind(cells[place]) == kinds[place] for place in strange):
        return False
    # A row of ours may hold words alone, but then rows of ours follow it: to refuse those would be worse than to
    # read another table's as rows, each of which is then told for what it holds.
    beneath = [(row[place], kinds[place]) for row in rows for place in typed if place < len(row)]
    filled_beneath = [(cell, usual) for cell, usual in beneath if cell.strip()]
    alike = sum(1 for cell, usual in filled_beneath if kind(cell) == usual)
    if alike * 3 >= len(filled_beneath) and alike:
        return False
    under = column_kinds(rows)
    own = any(
        cell.strip() and place < len(under) and under[place] not in ("", "text", kind(cell))
        for place, cell in enumerate(cells)
    )
    last = _last_filled(cells)
    widest = max(_last_filled(row) for row in rows)
    # Another width below, as above, is the mark of another table; of the same width two strange names must be.
    resized = last != (_last_filled(header) or len(kinds)) and widest == last
    if resized:
        return own or all(kind(cell) in ("", "text") for cell in cells)
    # Where no row below holds in our columns what they hold, it is theirs, whatever else it holds.
    return len(strange) > 1 and (own or (not alike and len(filled_beneath) > len(strange)))


def begins_wider_or_narrower(cells: Cells, below: Sequence[Cells], width: int) -> bool:
    """Return true where a row of another width than the table's, below its last row, reads as another table's header.

    It holds names only, none twice, the next rows (two at least) are as wide as it, and none is as wide as ours.
    """
    filled = [folded(cell).casefold() for cell in cells if cell.strip()]
    rows = [row for row in below if not is_blank(row)]
    if len(cells) == width or len(filled) < 2 or len(set(filled)) < len(filled) or not _labels(cells):
        return False
    if (
        len(rows) < 2
        or any(len(row) == width for row in rows)
        or any(len(row) != len(cells) for row in rows[:3])
    ):
        return False
    under = column_kinds(rows)
    return any(
        cell.strip() and place < len(under) and under[place] not in ("", "text", kind(cell))
        for place, cell in enumerate(cells)
    )


def _last_filled(cells: Cells) -> int:
    return max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)


def tables_above(rows: Sequence[Cells], numbers: Sequence[int]) -> list[Noticed]:
    """Return what is said of a table above the header: three rows of two cells and more one after the other."""
    run = longest = 0
    for row in rows:
        run = run + 1 if sum(1 for cell in row if cell.strip()) > 1 else 0
        longest = max(longest, run)
    if longest < 3 or not any(kind(cell) in ("date", "number", "time") for row in rows for cell in row):
        return []
    last = numbers[len(rows) - 1]
    return [
        Noticed(
            "second_table",
            f"Rows {numbers[0]} to {last} hold another table above the one that was read; it was not read. Send one "
            "table a file.",
            rows=(numbers[0],),
            count=last - numbers[0] + 1,
        )
    ]
