"""How like a column's header is to what a field is called: words normalised, weighed and compared loosely."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product

from rapidfuzz.distance import DamerauLevenshtein

from pipeline.mapping.short import understood
from pipeline.mapping.words import EMPTY, NOT_OURS, SAME, SOMEBODY_ELSE, SPOKEN, SYSTEMS, TOGETHER, WEAK

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[a-z]+|\d+|#")
_QUESTION = re.compile(r"^\s*(q(uestion)?\s*)?\d{1,3}[a-z]?\s*[.):]\s*(?=[^\W\d])", re.IGNORECASE)

_OFF = re.compile(r"^off[ _.-]+(?!duty\b|work\b|sick\b)(.+)", re.IGNORECASE)
_IF_YES = re.compile(r"^\s*if (?:yes|so|y)\b[\s,:-]*(.+)", re.IGNORECASE)
_ABOUT_OFFICERS = frozenset(("collar", "rank", "role", "sex", "lengthservice", "onduty"))
_ABOUT_OFFENCES = frozenset(("offence", "homeoffice", "homeofficecode", "class", "act", "committed"))

# A word shorter than this is not a slip of another.
SHORTEST_SLIP = 5


@dataclass(frozen=True)
class Header:
    """A header's words as they are compared, in order; `own` are those beneath its group, where it has one."""

    words: tuple[str, ...]
    own: tuple[str, ...]
    about: str | None
    not_ours: frozenset[str]


@cache
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a header or phrase in the forms they are compared by; empty words are left out."""
    loose = re.sub("['’]s?\\b|['’]", "", _QUESTION.sub("", text)).replace("&", " and ")
    loose = re.sub(r"(?i)\bas (a )?(result|consequence)( of (the|this)? ?\w*)?\b", " ", loose)
    # How many there are is another thing than which one it is.
    loose = re.sub(r"(?i)(\b(number|no|num|count|total)\.?|#) ?of\b", " howmany ", loose)
    written = _WORD.findall(_CAMEL.sub(" ", loose).casefold())
    raw = tuple(part for word in written for part in understood(word))
    if raw in (("urn",), ("id",), ("reference",), ("ref",)):
        return ("reference",)
    joined = _joined(raw)
    same = tuple(SAME.get(word, word) for word in joined)
    kept = tuple(word for word in same if word not in EMPTY and word not in SYSTEMS)
    again = _joined(kept)
    # "URN No" and "Ref. No." say one thing twice.
    return tuple(dict.fromkeys(again))


def header_of(text: str) -> Header:
    """Return a header as it is compared, whom it is about where that is not the victim, and what rules it out."""
    words = words_of(text)
    about = next((SOMEBODY_ELSE[word] for word in words if word in SOMEBODY_ELSE), None)
    not_ours = frozenset(words) & NOT_OURS
    # "Reported to" says to whom, not until when.
    if re.search(r"(reported|notified)[ _]*to\b", _CAMEL.sub(" ", text), re.IGNORECASE):
        not_ours -= {"to"}
    if {"days", "daysabsence", "lengthservice"} & set(words):
        not_ours -= {"howmany"}
    return Header(words, words_of(text.rpartition(" / ")[2]), about, not_ours)


def spelt_out(names: Sequence[str]) -> dict[str, str]:
    """Return what each column name says, by the name, with what only the whole header tells written out.

    "OFF" is an offence, except where it opens the collar number, rank, role or sex of an officer; "If yes, how
    serious" asks on about the column before it.
    """
    asked = {
        name: f"{before} {found[1]}"
        for before, name in pairwise(names)
        if (found := _IF_YES.match(name)) and not _IF_YES.match(before)
    }
    opened = {name: found[1] for name in names if (found := _OFF.match(name))}
    of_officers = sum(bool(_ABOUT_OFFICERS & set(words_of(rest))) for rest in opened.values())
    if of_officers < 2:
        return {name: asked.get(name, name) for name in names}
    offence = {name for name, rest in opened.items() if _ABOUT_OFFENCES & set(words_of(rest))}
    officers = {name: f"officer {rest}" for name, rest in opened.items() if name not in offence}
    return {name: (asked | officers).get(name, name) for name in names}


@cache
def phrases(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Return every phrase a pattern of `a|b c` stands for, as words."""
    spoken = product(*(part.split("|") for part in pattern.split()))
    return tuple(filter(None, (words_of(" ".join(words)) for words in spoken)))


def likeness(header: tuple[str, ...], phrase: tuple[str, ...]) -> float:
    """Return how like a header is to a phrase, 0 to 1: the weight of the words they share in what both say."""
    if not header or not phrase:
        return 0.0
    found = sum(_weight(word) * max(_same(word, other) for other in header) for word in phrase)
    used = sum(_weight(word) * max(_same(word, other) for other in phrase) for word in header)
    recall = found / sum(_weight(word) for word in phrase)
    precision = used / sum(_weight(word) for word in header)
    if not recall or not precision:
        return 0.0
    return 2 * recall * precision / (recall + precision)


@cache
def _known() -> frozenset[str]:
    """Return every word that any field is spoken of with, or that means one."""
    spoken = {
        word
        for said in SPOKEN.values()
        for pattern, _ in said
        for words in phrases(pattern)
        for word in words
    }
    return frozenset(spoken | set(SAME.values()) | set(TOGETHER.values()) | set(WEAK))


@cache
def _weight(word: str) -> float:
    """Return what a word counts for: a word of no field for less, an acronym of nobody's for little."""
    if word.isdigit():
        return 0.1
    if word in WEAK or word in _known():
        return WEAK.get(word, 1.0)
    return 0.25 if not re.search(r"[aeiouy]", word) else 0.7


@cache
def _same(one: str, other: str) -> float:
    """Return 1 for the same word, less for a slip of it or its opening letters, 0 for another word."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) >= SHORTEST_SLIP:
        alike = DamerauLevenshtein.normalized_similarity(one, other)
        if alike >= 0.8 and one[0] == other[0]:
            return float(alike)
    short, long = sorted((one, other), key=len)
    if len(short) >= 4 and long.startswith(short):
        return 0.85
    return 0.0


def _joined(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return words with those that belong together as one."""
    result: list[str] = []
    place = 0
    while place < len(words):
        for length in (3, 2):
            together = TOGETHER.get(words[place : place + length])
            if together and place + length <= len(words):
                result.append(together)
                place += length
                break
        else:
            result.append(words[place])
            place += 1
    return tuple(result)
