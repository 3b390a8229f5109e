"""The end of a text and its longest lines: whether the last value is the beginning of one, whether a line is too long."""

from __future__ import annotations

import re

from pipeline.read.blocks import FOOT_BYTES, Parsed, Parser

# Fewer other rows are no witnesses for what a column holds.
FEWEST = 4
# And for that it is never blank.
FEWEST_FILLED = 20
# Words of a list are at most so many, and come again.
MOST_WORDS = 40
SHARE = 0.1


def ends_unlike(parser: Parser, parsed: Parsed, block: bytes) -> bool:
    """Return whether the last value of a text without a last line end looks like the beginning of a value.

    Many systems leave out the last line end, so that alone says nothing. The last line has to be a row, and its last
    value no word of its column, or no text of the shape that all others have, but the beginning of one.
    """
    if not len(parsed.starts) or int(parsed.starts[-1]) != parsed.lines - 1:
        return False
    lines = block[-FOOT_BYTES:].splitlines(keepends=True)[len(block) > FOOT_BYTES :]
    rows = [parser.dialect.lex(line.decode("utf-8", "replace"))[0] for line in lines]
    values = [cells[-1].strip() for cells in rows if parser.kind(cells) == "row"]
    quote = parser.dialect.quote.encode()
    closed = bool(quote) and lines[-1].rstrip().endswith(quote)
    if len(values) <= FEWEST or parser.kind(rows[-1]) != "row" or closed:
        return False
    *others, last = values
    if last in others or (not last and len(others) < FEWEST_FILLED):
        return False
    words = set(others)
    if len(words) <= min(MOST_WORDS, max(2, SHARE * len(others))):
        return is_beginning(last, words)
    shapes = {shape(value) for value in others}
    return len(shapes) == 1 and is_beginning(shape(last), shapes)


def is_beginning(text: str, others: set[str]) -> bool:
    """Return whether a text is the beginning of another, and none of them."""
    return text not in others and any(other.startswith(text) for other in others)


def shape(value: str) -> str:
    """Return a value with every digit as 9 and every letter as a."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", value))


def has_long_line(block: bytes, most: int) -> bool:
    """Return whether a block may have a line of more than so many bytes: a stretch of half of them has no line end."""
    half = max(most // 2, 1)
    return any(
        block.find(b"\n", start, start + half) < 0 and block.find(b"\r", start, start + half) < 0
        for start in range(0, len(block) - half + 1, half)
    )
