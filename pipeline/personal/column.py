"""What a column holds as a whole, by a sample of its different words: what no single word of it would show."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.personal import names
from pipeline.personal.forms import (
    COLLAR_SHAPE,
    bare_nhs,
    bare_phone,
    certain,
    email,
    nino,
    unspaced_postcode,
)
from pipeline.personal.headed import headed, may_name

# A column is known by its first so many rows, however they come.
FIRST_ROWS = 1_000
# So many different words of a column are looked at.
LOOKED_AT = 1_000

_DAY = re.compile(r"(?:\d{1,2}[/. -](?:\d{1,2}|[A-Za-z]{3,9})[/. -](\d{4}))\b|(?:(\d{4})-\d\d-\d\d)\b")

# A column is personal from this share of its words on, and from so many of them where its header does not say so.
MOST = 0.5
FEWEST = 3
NAMES = 0.4
NAMES_FEWEST = 5


@dataclass(frozen=True)
class Hit:
    """Personal data in a column: of which kind, and in how many of the different words looked at.

    `looked_at` is 0 where all words of a file were, one by one, and nobody counted them. `closed` is whether the column as a whole is taken for personal, not some of its words.
    """

    kind: str
    found: int
    looked_at: int
    closed: bool = False


def different(column: pa.Array, at_most: int = FIRST_ROWS) -> list[str]:
    """Return the different filled words of the first rows of a column, trimmed, in their order."""
    first = column.slice(0, at_most)
    if pa.types.is_dictionary(first.type):
        first = first.dictionary_decode()
    trimmed = pc.utf8_trim_whitespace(first)
    return [word for word in trimmed.unique().to_pylist() if word][:LOOKED_AT]


def of_text(words: Sequence[str]) -> Hit | None:
    """Return the personal data a column of free text holds as a whole, its header being another's."""
    return _first(
        words,
        (
            ("phone", bare_phone, MOST, FEWEST),
            ("postcode", unspaced_postcode, MOST, FEWEST),
            ("name", names.full_name, NAMES, FEWEST),
            ("name", names.is_forename, MOST, NAMES_FEWEST),
        ),
    )


def of_references(words: Sequence[str]) -> Hit | None:
    """Return the personal data a column of references holds as a whole; a reference may look like much else."""
    return _first(
        words,
        (("email", email, MOST, 1), ("nino", nino, MOST, 1), ("name", names.full_name, MOST, FEWEST)),
    )


def of_unread(header: str, words: Sequence[str], today: date) -> list[Hit]:
    """Return the personal data a column holds that nobody has told us about, surest first; one hit a kind."""
    if not words:
        return []
    by_header = headed(header)
    whole = _first(words, _headed(by_header, today)) if by_header else None
    few = NAMES / 2 if may_name(header) else NAMES
    whole = whole or _first(
        words,
        (
            ("phone", bare_phone, MOST, FEWEST),
            ("nhs", bare_nhs, 0.9, 10),
            ("postcode", unspaced_postcode, MOST, FEWEST),
            ("name", names.full_name, few, FEWEST),
            ("name", names.is_listed, MOST, NAMES_FEWEST),
            ("birth", lambda word: _of_last_century(word), MOST, NAMES_FEWEST),
        ),
    )
    hits = [whole] if whole else []
    kinds = [kind for word in words if (kind := certain(word))]
    for kind in dict.fromkeys(kinds):
        if whole is None or kind != whole.kind:
            hits.append(Hit(kind, kinds.count(kind), len(words)))
    return hits


Test = tuple[str, Callable[[str], bool], float, int]


def _headed(kind: str, today: date) -> tuple[Test, ...]:
    """Return by what the words of a column show that they are what its header says."""
    tests: dict[str, Callable[[str], bool]] = {
        "name": names.could_be_name,
        "phone": lambda word: sum(character.isdigit() for character in word) >= 7,
        "collar": lambda word: COLLAR_SHAPE.fullmatch(word) is not None,
        "birth": lambda word: _years_ago(word, today) >= 10,
        "email": email,
        "nino": nino,
        "postcode": unspaced_postcode,
    }
    return ((kind, tests[kind], MOST, 1),)


def _first(words: Sequence[str], tests: Sequence[Test]) -> Hit | None:
    """Return the first kind that enough of the words are."""
    for kind, holds, share, fewest in tests:
        found = sum(map(holds, words))
        if found >= fewest and found >= share * len(words):
            return Hit(kind, found, len(words), closed=True)
    return None


def _year(word: str) -> int | None:
    found = _DAY.match(word)
    return int(found[1] or found[2]) if found else None


def _years_ago(word: str, today: date) -> int:
    year = _year(word)
    return today.year - year if year is not None and year > 1900 else -1


def _of_last_century(word: str) -> bool:
    year = _year(word)
    return year is not None and 1900 < year < 2000
