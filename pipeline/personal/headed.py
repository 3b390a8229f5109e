"""What the header of a column says it holds, where that is personal."""

from __future__ import annotations

import re

# One of these words in a header is enough: nothing else is headed so, and `collate map` never has it read.
PERSONAL_HEADED = {
    "surname": "name", "forename": "name", "forenames": "name", "firstname": "name", "lastname": "name",
    "dob": "birth", "nino": "nino", "email": "email", "postcode": "postcode", "telephone": "phone", "phone": "phone",
    "mobile": "phone",
}  # fmt: skip

# Headings of what may be mapped, to become a pseudonym or an age, but not sent where nobody is told of it.
HEADED = PERSONAL_HEADED | {
    "birth": "birth", "collar": "collar", "warrant": "collar", "shoulder": "collar", "epaulette": "collar",
    "payroll": "collar",
}  # fmt: skip

# With one of these in its header, a column of names may also hold much else.
MAY_NAME = frozenset({"name", "names", "officer", "victim", "suspect", "offender", "oic", "supervisor", "by"})

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def words_of(header: str) -> tuple[str, ...]:
    """Return the words of a header in small letters, "DateOfBirth" and "date_of_birth" alike."""
    return tuple(word.lower() for word in _WORD.findall(header))


def headed(header: str) -> str | None:
    """Return the kind of personal data a header names, or None."""
    found = words_of(header)
    # "E-mail" and "first name" are two words.
    pairs = (one + other for one, other in zip(found, found[1:], strict=False))
    return next((HEADED[word] for word in (*found, *pairs) if word in HEADED), None)


def may_name(header: str) -> bool:
    """Return whether a column of this header may well hold names of people."""
    return bool(MAY_NAME & {*words_of(header)})
