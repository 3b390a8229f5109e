"""Whether a sentence that somebody wrote for us, such as the reason of an answer, holds personal data."""

from __future__ import annotations

import re

from pipeline.personal.forms import bare_nhs, bare_phone, certain, unspaced_postcode
from pipeline.personal.names import lists, sure_name

# Before one of these words' followers a surname alone is somebody.
_TITLES = frozenset(
    (
        "mr",
        "mrs",
        "miss",
        "ms",
        "dr",
        "rev",
        "pc",
        "ps",
        "dc",
        "ds",
        "di",
        "dci",
        "insp",
        "inspector",
        "sgt",
        "sergeant",
        "constable",
        "officer",
        "pcso",
        "wpc",
        "superintendent",
    )
)
_WORD = re.compile(r"[^\s,;:.!?()\"“”]+")

# What the person is told the reason seems to hold.
KINDS = {
    "email": "an e-mail address", "nino": "a National Insurance number", "phone": "a telephone number",
    "nhs": "an NHS number", "birth": "a date of birth", "vehicle": "a vehicle's registration",
    "collar": "an officer's number", "postcode": "a postcode", "name": "somebody's name",
}  # fmt: skip


def personal_in(sentence: str) -> str | None:
    """Return what personal data a sentence seems to hold, in words, or None.

    Names are told by a shipped list, so not every name is; forms such as postcodes are told wherever they stand.
    """
    if kind := certain(sentence):
        return KINDS[kind]
    parts = _WORD.findall(sentence)
    for test, kind in ((bare_phone, "phone"), (bare_nhs, "nhs"), (unspaced_postcode, "postcode")):
        if any(map(test, parts)):
            return KINDS[kind]
    _, surnames = lists()
    for at, part in enumerate(parts):
        if any(sure_name(" ".join(parts[at : at + width])) for width in (2, 3)):
            return KINDS["name"]
        after = parts[at + 1] if at + 1 < len(parts) else ""
        titled = part.lower().rstrip(".") in _TITLES and after[:1].isupper()
        if titled and after.lower().removesuffix("'s").removesuffix("’s") in surnames:
            return KINDS["name"]
    return None
