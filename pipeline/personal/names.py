"""Names of people, told by the forenames and surnames of a shipped list.

`names.csv` holds the lists of the en_GB person provider of Faker 40 (MIT licence, copyright 2012 Daniele Faraglia): 364
forenames, the most given in England and Wales in the tables of the Office for National Statistics (Open Government
Licence v3), and 500 surnames. It cannot tell every name; it tells a column of names.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

# A name has none of these in it; a place named after somebody has.
_PLACES = """
    road street lane avenue close drive way court house park hospital school station centre square green
    hill gardens place hall estate north south east west central city town county rural urban division
    district ward borough sector area hub team beat lpa lpu npt cross gate bridge common farm wood bay
    port village quay
"""
PLACES = frozenset(_PLACES.split())

_NAME = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’-]+")
_TITLES = re.compile(r"^(?:mr|mrs|miss|ms|dr|rev)\.? ", re.IGNORECASE)


@cache
def lists() -> tuple[frozenset[str], frozenset[str]]:
    """Return the forenames and the surnames, in small letters."""
    text = files("pipeline.personal").joinpath("names.csv").read_text(encoding="utf-8")
    known: dict[str, set[str]] = {"forename": set(), "surname": set()}
    for line in csv.DictReader(text.splitlines()):
        known[line["kind"]].add(line["name"])
    return frozenset(known["forename"]), frozenset(known["surname"])


def full_name(word: str) -> bool:
    """Return whether a text reads as a forename and a surname, in either order: "Ann Brown", "BROWN, Ann Mary"."""
    parts = _parts(word)
    if not 2 <= len(parts) <= 4:
        return False
    forenames, _ = lists()
    return (parts[1] if "," in word else parts[0]) in forenames and not PLACES & {*parts}


def sure_name(word: str) -> bool:
    """Return whether both the forename and the surname of a text are listed, which no place or code is."""
    parts = _parts(word)
    if not 2 <= len(parts) <= 3 or not full_name(word):
        return False
    _, surnames = lists()
    return (parts[0] if "," in word else parts[-1]) in surnames


def is_forename(word: str) -> bool:
    """Return whether a text is one forename of the list."""
    return word.lower() in lists()[0]


def is_listed(word: str) -> bool:
    """Return whether a text is one forename or surname of the list."""
    return any(word.lower() in known for known in lists())


def could_be_name(word: str) -> bool:
    """Return whether a text is a few words of letters, each beginning with a capital."""
    parts = word.replace(",", " ").split()
    return 1 <= len(parts) <= 4 and all(_NAME.fullmatch(part) and part[0].isupper() for part in parts)


def _parts(word: str) -> list[str]:
    """Return the words of what could be a name in small letters, none where it could not."""
    if len(word) > 60 or word.count(",") > 1:
        return []
    said = _TITLES.sub("", word)
    parts = said.replace(",", " ").split()
    if not all(
        part[0].isupper() and (_NAME.fullmatch(part) or re.fullmatch(r"[A-Z]\.?", part)) for part in parts
    ):
        return []
    return [part.lower().rstrip(".") for part in parts]
