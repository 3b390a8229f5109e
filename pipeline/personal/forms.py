"""The forms of personal data: what one value shows for certain, and what only a whole column shows.

Presidio's recognisers of these are the same expressions behind a language model of hundreds of megabytes, and its
phone recogniser is `phonenumbers`, which is used here itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")

# HMRC's National Insurance Manual, NIM39110: the letters a number may begin with, and A to D at its end.
NINO = re.compile(
    r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]( ?)\d\d\1\d\d\1\d\d\1[A-D]\b",
    re.IGNORECASE,
)

# Royal Mail's postcode areas.
_AREAS = """
    AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH
    EN EX FK FY G GL GU HA HD HG HP HR HS HU HX IG IP IV KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N
    NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD
    TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE
"""
AREAS = frozenset(_AREAS.split())
POSTCODE = re.compile(r"\b([A-Z]{1,2})\d(?:\d|[A-HJKMNPR-Y])? (?:\d[ABD-HJLNP-UW-Z]{2})\b")
UNSPACED = re.compile(r"([A-Z]{1,2})\d(?:\d|[A-HJKMNPR-Y])? ?\d[ABD-HJLNP-UW-Z]{2}", re.IGNORECASE)

# DVLA's form since September 2001 (INF104): I and Q are in no memory tag, and the age is 02 to 79.
VEHICLE = re.compile(r"\b[A-HJ-PR-Y]{2}(?:0[2-9]|[1-7]\d) [A-HJ-PR-Z]{3}\b")

# A rank with a number is somebody: "PC 1234", "DS4321".
COLLAR = re.compile(r"\b(?:PC|PS|DC|DS|TDC|PCSO|CSO|SGT|INSP|WPC|SPC|SC) ?\d{3,5}(?![-/\w])")
COLLAR_SHAPE = re.compile(r"[A-Z]{0,4}[ -]?\d{1,7}[A-Z]{0,2}", re.IGNORECASE)

BORN = re.compile(
    r"\b(?:dob|d\.o\.b\.?|born)[ :]{1,3}(?:on )?\d{1,2}[/. -]\w{1,9}[/. -]\d{2,4}", re.IGNORECASE
)

NHS = re.compile(r"(?<!\d)(\d{3}) (\d{3}) (\d{4})(?!\d)")

_PHONE = re.compile(r"(?<![\w/.-])(?:\(?\+44|0044|\(?0\d)[\d ()-]{7,15}\d(?![\w/.:-])")
# Numbers the regulator keeps for films and examples; nobody has one, and test files are full of them.
_OF_FILMS = re.compile(r"^(?:\+44 ?|0)7700 ?900 ?\d{3}$")
_WRITTEN = re.compile(r"\+44|^0044|[ ()-]|^07")

# What a text must have some of before any form above can fit it; RE2, and asked of whole columns at once.
GATE = (
    r"@|\d ?[A-Za-z]{2}\b|[A-Za-z]{2} ?\d\d|(?:\+44|0)[0-9 ()-]{8}|\d{3} \d{3}|\b(?:PC|PS|DC|DS|CSO|SGT|INSP|SC)[ -]?\d\d|"
    r"(?i:dob|d\.o\.b|born) ?:? ?"
)


def email(word: str) -> bool:
    return "@" in word and EMAIL.search(word) is not None


def nino(word: str) -> bool:
    return NINO.search(word) is not None


def postcode(word: str) -> bool:
    """Return whether a text holds a full postcode as they are written, with its space and in capitals."""
    return any(found[1] in AREAS for found in POSTCODE.finditer(word))


def unspaced_postcode(word: str) -> bool:
    """Return whether a text is a full postcode, however it is written."""
    found = UNSPACED.fullmatch(word)
    return found is not None and found[1].upper() in AREAS


def vehicle(word: str) -> bool:
    return VEHICLE.search(word) is not None


def collar(word: str) -> bool:
    return COLLAR.search(word) is not None


def born(word: str) -> bool:
    return BORN.search(word) is not None


def nhs(word: str) -> bool:
    """Return whether a text holds an NHS number as it is printed, 3 3 4, with its check digit right."""
    return any(_checked("".join(found.groups())) for found in NHS.finditer(word))


def bare_nhs(word: str) -> bool:
    """Return whether a text is ten digits whose last is the check digit of an NHS number."""
    return re.fullmatch(r"\d{10}", word) is not None and _checked(word)


def _checked(digits: str) -> bool:
    """Return whether the tenth digit is the modulus 11 check of the nine before (NHS Data Dictionary)."""
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return len(set(digits)) > 1 and check % 11 == int(digits[9]) and check != 10


def phone(word: str) -> bool:
    """Return whether a text holds a British telephone number written as one: in groups, with +44, or a mobile's."""
    return any(
        _WRITTEN.search(found[0]) is not None and _is_number(found[0]) for found in _PHONE.finditer(word)
    )


def bare_phone(word: str) -> bool:
    """Return whether a text is a British telephone number, also in digits alone."""
    written = re.fullmatch(r"(?:\(?0|\+44)[\d ()-]{9,16}", word)
    return written is not None and _is_number(word)


@lru_cache(maxsize=1 << 12)
def _is_number(text: str) -> bool:
    if _OF_FILMS.match(text):
        return True
    # It is imported for the first text that looks like one; most files have none.
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, "GB"))
    except phonenumbers.NumberParseException:
        return False


# What one value shows for certain, the surest first.
CERTAIN: dict[str, Callable[[str], bool]] = {
    "email": email,
    "nino": nino,
    "phone": phone,
    "nhs": nhs,
    "birth": born,
    "vehicle": vehicle,
    "collar": collar,
    "postcode": postcode,
}


def certain(word: str) -> str | None:
    """Return the kind of personal data a text holds for certain, or None."""
    return next((kind for kind, holds in CERTAIN.items() if holds(word)), None)
