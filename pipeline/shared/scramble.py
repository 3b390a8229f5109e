"""Other values of the same shape: letters for letters, digits for digits, every other sign where it was."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Collection

TRIES = 60
VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxz"


def scrambled(text: str, chance: random.Random, kept: Collection[int] = ()) -> str:
    """Return a text of the same length and classes of characters; the places in `kept` stay as they are."""
    return "".join(sign if place in kept else _other(sign, chance) for place, sign in enumerate(text))


def _other(sign: str, chance: random.Random) -> str:
    if sign.isdigit():
        return chance.choice(string.digits)
    if sign.isalpha():
        known = VOWELS if sign.lower() in VOWELS else CONSONANTS
        letter = chance.choice(known)
        return letter.upper() if sign.isupper() else letter
    # A value in several lines is none of a shape that matters.
    return sign if sign.isprintable() else " "


class Scrambler:
    """Gives each different text another one of its shape, always the same, and never one that was sent.

    `fits(text, other)` says whether another text will do for a text.
    """

    def __init__(
        self, sent: Collection[str], chance: random.Random, fits: Callable[[str, str], bool] | None = None
    ) -> None:
        self._forbidden = {text.strip().lower() for text in sent}
        self._chance = chance
        self._fits = fits
        self._known: dict[str, str] = {"": ""}

    def of(self, text: str, kept: Collection[int] = ()) -> str:
        """Return what stands for a text; longer than it only where every other text of its shape is taken."""
        if text not in self._known:
            self._known[text] = self._new(text, kept)
        return self._known[text]

    def _new(self, text: str, kept: Collection[int]) -> str:
        for attempt in range(3 * TRIES):
            # Where nothing of the shape is free, the text grows; where nothing fits, it need not fit.
            longer = "".join(self._chance.choice(string.digits) for _ in range(max(0, attempt // TRIES)))
            other = scrambled(text, self._chance, kept) + longer
            folded = other.strip().lower()
            if folded in self._forbidden:
                continue
            if self._fits is not None and attempt < TRIES and not self._fits(text, other):
                continue
            self._forbidden.add(folded)
            return other
        # A text without letters and digits, such as "???".
        return (
            f"{text}{self._chance.choice(string.ascii_lowercase)}" if re.search(r"\w", text) is None else ""
        )


def free_places(text: str, pattern: str) -> tuple[frozenset[int], bool]:
    """Return the places of a text that a pattern needs as they are, and whether the text matches it at all."""
    if not re.fullmatch(pattern, text):
        return frozenset(), False
    kept = set()
    for place, sign in enumerate(text):
        others = string.digits if sign.isdigit() else string.ascii_lowercase if sign.isalpha() else ""
        others = others.upper() if sign.isupper() else others
        if not all(re.fullmatch(pattern, text[:place] + other + text[place + 1 :]) for other in others):
            kept.add(place)
    return frozenset(kept), True
