"""White space as words are compared by: of a word of a force's file and of a cell, in Python and in the engine alike.

Spreadsheets and web pages leave no-break, double and zero-width spaces inside words that nobody can tell from others.
"""

from __future__ import annotations

import re

# Each a regular expression that Python, DuckDB and Spark read alike; their own \s are three different things.
SPACES = "[\x09-\x0d\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
# What takes no room: soft hyphens, zero-width spaces and joiners, marks of direction and of byte order.
UNSEEN = "[\xad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+"


def tidy(word: str) -> str:
    """Return a word with every run of spaces as one, none at its ends, and nothing that cannot be seen."""
    return re.sub(SPACES, " ", re.sub(UNSEEN, "", word)).strip(" ")
