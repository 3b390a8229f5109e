"""Shortened and glued words of headers, told apart by the words we know: "rnk" is rank, "collno" is collar number."""

from __future__ import annotations

import re
from functools import cache

from pipeline.mapping.words import (
    EMPTY,
    NEVER_READ,
    NOT_OURS,
    PERSONAL,
    SAME,
    SOMEBODY_ELSE,
    SPOKEN,
    SYSTEMS,
    TOGETHER,
    WEAK,
)

# The last piece of a glued word may be as short as these.
ENDINGS = frozenset(("no", "nr", "dt", "tm", "cd", "id", "yn"))
SHORTEST_PIECE = 3
SHORTEST_OPENING = 4
SHORTEST_SKELETON = 3


@cache
def understood(word: str) -> tuple[str, ...]:
    """Return the words a word of a header stands for: itself, where it is known or nothing tells it apart."""
    if word in vocabulary() or not word.isalpha() or len(word) < SHORTEST_SKELETON:
        return (word,)
    return _parted(word) or _filled_out(word) or (word,)


@cache
def vocabulary() -> frozenset[str]:
    """Return every word that means something to us, as it may be written."""
    patterns = (pattern for said in SPOKEN.values() for pattern, _ in said)
    spoken = {word for pattern in (*patterns, *PERSONAL) for word in re.split(r"[ |]", pattern)}
    pieces = {word for words in TOGETHER for word in words} | set(TOGETHER.values())
    lists = (SAME, SAME.values(), EMPTY, WEAK, SYSTEMS, SOMEBODY_ELSE, NOT_OURS, NEVER_READ)
    return frozenset(spoken | pieces | {word for words in lists for word in words})


def _parted(word: str) -> tuple[str, ...]:
    """Return the known words a word is glued of, the fewest; none where it is not."""
    known = vocabulary()
    best: dict[int, tuple[str, ...]] = {0: ()}
    for end in range(1, len(word) + 1):
        for start in range(end):
            piece = word[start:end]
            whole = len(piece) >= SHORTEST_PIECE and piece in known
            last = end == len(word) and start > 0 and piece in ENDINGS
            if start in best and (whole or last):
                pieces = (*best[start], piece)
                if end not in best or len(pieces) < len(best[end]):
                    best[end] = pieces
    found = best.get(len(word), ())
    if len(found) > 1:
        return found
    opening, ending = word[:-2], word[-2:]
    if ending in ENDINGS and len(opening) >= SHORTEST_OPENING:
        meant = {SAME.get(long, long) for long in known if long.startswith(opening)}
        if len(meant) == 1:
            return (meant.pop(), ending)
    return ()


def _filled_out(word: str) -> tuple[str, ...]:
    """Return the one known word that a word is when its vowels are filled in; none where several are."""
    bones = _bones(word)
    if len(bones) < SHORTEST_SKELETON:
        return ()
    meant = {
        SAME.get(long, long)
        for long in vocabulary()
        if len(long) > len(word) and _bones(long) == bones and _within(word, long)
    }
    return tuple(meant) if len(meant) == 1 else ()


def _bones(word: str) -> str:
    return word[0] + re.sub(r"[aeiou]", "", word[1:])


def _within(short: str, long: str) -> bool:
    """Return whether the letters of a word stand in another in that order."""
    letters = iter(long)
    return all(letter in letters for letter in short)
