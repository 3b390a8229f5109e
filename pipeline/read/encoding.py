"""The encoding of a text that states none and is no UTF-8, found from its lines with other than ASCII characters.

The encodings of our own systems are weighed by what their characters stand beside: a pound sign before a number, an
apostrophe between letters, an accented letter in a word. Only where none of them makes sense is charset-normalizer
asked for an East Asian one, and believed where it is sure. Where nobody is sure no character is guessed: the lines
that hold other than ASCII are refused one by one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.read.noticed import Noticed

# Windows, DOS and old Apple computers, as they are set up in these islands.
OURS = {"cp1252": "Windows (cp1252)", "cp850": "DOS (cp850)", "mac_roman": "Mac (mac-roman)"}
# Encodings of several bytes a character, which hardly any other text can be in by accident.
EAST_ASIAN = (
    "big5",
    "big5hkscs",
    "cp950",
    "gb18030",
    "gbk",
    "gb2312",
    "cp932",
    "shift_jis",
    "euc_jp",
    "cp949",
    "euc_kr",
)
NOBODYS = "ascii"
# So much of the lines that hold other than ASCII characters is looked at.
SAMPLE = 1 << 16
SURE = 0.8
# Two that make as much sense as each other, but for so little, are neither of them sure.
APART = 0.1
# Below this share of chaos, and above this share of a language's usual letters (per cent), the witness is believed.
MOST_CHAOS = 5.0
LEAST_COHERENCE = 10.0

_SIGNS = frozenset("£€$¢°§©®™•·…–—‘’“”‚„«»¿¡½¼¾²³¹±×÷µªº¬´¨¦†‡\u00a0\u00ad")
_BETWEEN = frozenset("’‘´")
_OPENING = frozenset("‘“‚„«¿¡")
_DAMAGED = Noticed(
    "encoding",
    "The file is UTF-8, but some of its bytes are no characters; the lines that hold them were refused. Export the file "
    "again, all of it as UTF-8.",
)


@dataclass(frozen=True)
class Found:
    """An encoding by the name Python knows it by, and what is said of having assumed it."""

    encoding: str
    said: Noticed


def found(block: bytes) -> Found:
    """Return the encoding of a text from its first block with a byte beyond ASCII, which is no UTF-8."""
    sample = b"\n".join(_lines(block))
    if _is_damaged_utf8(sample):
        return Found("utf-8", _DAMAGED)
    senses = {name: _sense(sample, name) for name in OURS}
    # The most usual is kept wherever it makes sense.
    best = "cp1252" if senses["cp1252"] >= SURE else max(senses, key=lambda name: senses[name])
    rivals = [name for name in OURS if name not in (best, "cp1252") and senses[name] > senses[best] - APART]
    told = best == "cp1252" or all(sample.decode(name) == sample.decode(best) for name in rivals)
    if senses[best] >= SURE and told:
        return Found(best, _assumed(OURS[best]))
    # A byte that is no character at all costs its own line, not the others.
    if _sense(sample, "cp1252", "\ufffd") >= SURE:
        return Found("cp1252", _assumed(OURS["cp1252"]))
    witness = _witness(sample)
    if witness is not None:
        return Found(witness, _assumed(witness))
    return Found(
        NOBODYS,
        Noticed(
            "encoding",
            "The file does not state its encoding, is not UTF-8, and what it is cannot be told for sure. Lines with "
            "accented letters or signs were refused, the others read. Export the file as UTF-8, or state its encoding "
            "in the force file.",
        ),
    )


def _is_damaged_utf8(sample: bytes) -> bool:
    """Return true where nearly every character beyond ASCII is UTF-8 all the same."""
    characters = [character for character in sample.decode("utf-8", "replace") if character > "\x7f"]
    damaged = characters.count("\ufffd")
    return damaged * 5 <= len(characters) - damaged


def _assumed(name: str) -> Noticed:
    return Noticed(
        "encoding",
        f"The file does not state its encoding and is not UTF-8; it was read as {name}. Look at its accented letters and "
        "pound signs, and export it as UTF-8, or state its encoding in the force file.",
    )


def _lines(block: bytes) -> Iterator[bytes]:
    """Yield lines with a byte beyond ASCII, about so many as are looked at."""
    size = 0
    for line in block.splitlines():
        if not line.isascii():
            yield line
            size += len(line)
            if size > SAMPLE:
                return


def _sense(sample: bytes, encoding: str, but: str = "") -> float:
    """Return the share of the characters beyond ASCII, `but` for one, that stand where such a character does.

    Where that one is as many as the others it is 0.
    """
    text = f" {sample.decode(encoding, 'replace')} "
    places = [place for place, character in enumerate(text) if character > "\x7f"]
    known = [place for place in places if text[place] != but]
    if len(known) * 2 < len(places):
        return 0.0
    return sum(_fits(text, place) for place in known) / max(len(known), 1)


def _fits(text: str, place: int) -> bool:
    """Return true for a character where it may well stand: a letter in a word of its case, a sign where signs do."""
    before, own, after = text[place - 1], text[place], text[place + 1]
    if own in _BETWEEN and before.isalpha() and after.isalpha():
        return True
    if own == "£":
        return not after.isalpha() and after <= "\x7f"
    if own in _OPENING and before.isalpha():
        return False
    if own in _SIGNS:
        # Signs do not stand in pairs inside words, as bytes of a letter of another encoding do.
        return not (before > "\x7f" and after > "\x7f") and not (before.isalpha() and after.isalpha())
    # Where these stand, most texts here mean other letters, in an encoding of another country.
    if own in "þÞðÐ" or not own.isalpha() or "LATIN" not in unicodedata.name(own, ""):
        return False
    beside = [letter for letter in (before, after) if letter.isalpha()]
    if not beside or any(letter > "\x7f" for letter in beside):
        return bool(beside) and all(letter.isalpha() for letter in (before, after)) and own.islower()
    # A capital inside a word of small letters is another encoding's character.
    return own.islower() or before.isupper() or not before.isalpha()


def _witness(sample: bytes) -> str | None:
    """Return the East Asian encoding charset-normalizer finds where it is sure of it, None where it is not."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(EAST_ASIAN)).best()
    if best is None or best.percent_chaos > MOST_CHAOS or best.percent_coherence < LEAST_COHERENCE:
        return None
    return str(best.encoding)
