"""What a spreadsheet wraps text in so that it stays as it is: ="0130" for a value, "a,b,c" for a whole row.

Each is taken off before the text is parsed, line for line, and said. A file whose header and rows are all one quoted
value that splits into columns was read as one column somewhere and written again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.read.dialect import DELIMITERS, Dialect
from pipeline.read.noticed import Noticed
from pipeline.read.reading import Reading
from pipeline.read.recast import QUOTE

# ="0130" between delimiters, as it stands or as a writer of CSV quotes it.
_PLAIN = re.compile(rb'(?<![^,;\t|\r\n])=("[^"\r\n]*")(?=[,;\t|\r\n]|\Z)')
_QUOTED = re.compile(rb'(?<![^,;\t|\r\n])"=""([^"\r\n]*)"""(?=[,;\t|\r\n]|\Z)')
_WHOLE = re.compile(rb'^"((?:[^"\r\n]|"")*+)"(?=[\r\n]|\Z)', re.MULTILINE)

LOOKED_AT = 100
FEWEST_COLUMNS = 3


class Wrapping:
    """How the text of one file is wrapped, found from its first lines, and how often it was seen."""

    def __init__(self, lines: Sequence[bytes], reading: Reading) -> None:
        self._quotes = reading.quote == QUOTE
        self._whole = self._quotes and _are_quoted_whole(lines, reading.delimiter)
        self.values = self.rows = 0

    def off(self, text: bytes) -> bytes:
        """Return whole lines of text without their wrapping."""
        if self._whole:
            text, rows = _WHOLE.subn(_inside, text)
            self.rows += rows
        # To look for one byte costs a twentieth of looking for two, and few files hold it.
        if self._quotes and b"=" in text and b'="' in text:
            text, plain = _PLAIN.subn(rb"\1", text)
            text, quoted = _QUOTED.subn(rb'"\1"', text)
            self.values += plain + quoted
        return text

    def noticed(self) -> Iterator[Noticed]:
        """Yield what is said of the wrapping that was taken off."""
        if self.rows:
            yield Noticed(
                "rows_quoted_whole",
                f"{self.rows:,} lines stand between quotation marks as a whole, so a spreadsheet would show them in one "
                "column. They were read without these marks, as the columns they hold; export the file again from the "
                "system itself.",
                count=self.rows,
            )
        if self.values:
            each = "1 value is" if self.values == 1 else f"{self.values:,} values are"
            yield Noticed(
                "formula_texts",
                f'{each} written as a formula, ="0130" for 0130, which keeps a spreadsheet from changing them. They '
                "were read as the text inside.",
                count=self.values,
            )


def _inside(found: re.Match[bytes]) -> bytes:
    return found[1].replace(b'""', b'"')


def _are_quoted_whole(lines: Sequence[bytes], pinned: str | None) -> bool:
    """Return whether every line is one quoted value, and these split into the same number of columns, three at least."""
    filled = [line for line in lines[:LOOKED_AT] if line.strip()]
    if len(filled) < 2 or not all(_WHOLE.match(line) for line in filled):
        return False
    texts = [_WHOLE.sub(_inside, line).decode("utf-8", "replace") for line in filled]
    for delimiter in [pinned] if pinned else DELIMITERS:
        # Values that are all quoted are many, each between its own marks.
        if len(delimiter) == 1:
            dialect = Dialect(delimiter, QUOTE)
            widths = Counter(len(dialect.lex(text)[0]) for text in texts)
            width, times = widths.most_common(1)[0]
            if width >= FEWEST_COLUMNS and times == len(texts):
                return True
    return False
