"""Personal data that must not be sent: what stands in its place, and the rules that say so."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.table import Constraint, Rule, Severity, title, words

# What the kinds of personal data are called: one value, several.
KINDS = {
    "email": ("an e-mail address", "e-mail addresses"),
    "phone": ("a telephone number", "telephone numbers"),
    "nino": ("a National Insurance number", "National Insurance numbers"),
    "nhs": ("an NHS number", "NHS numbers"),
    "postcode": ("a full postcode", "full postcodes"),
    "vehicle": ("a vehicle's registration", "vehicles' registrations"),
    "collar": ("a collar or warrant number", "collar or warrant numbers"),
    "birth": ("a date of birth", "dates of birth"),
    "name": ("a person's name", "people's names"),
}

# How the text begins that stands in the place of a personal value, from the first sight of it on.
NOT_KEPT = "[not kept: "

# Fields whose text is kept as it is sent, so that personal data in them would be too. A reference is no such field: one
# that is personal is taken for missing, and nothing is counted without a reference.
TEXTS = ("offence_title", "district", "health_safety_ref")


# How to mend a value that was put aside as personal, whatever else could not be read of its column.
PUT_ASIDE = (
    "Some of this was personal data and was not kept: take it out of the column in your system and send the file again; "
    "if the column is not needed, list it under `ignored` in your force's file, so that it is never read."
)


def not_kept(kind: str) -> str:
    """Return what stands in the place of a personal value of a kind."""
    return f"{NOT_KEPT}{KINDS[kind][0]}]"


@dataclass(frozen=True)
class NotPersonal(Constraint):
    """The text says nothing about a person."""

    name = "personal"
    severity: Severity = Severity.QUERY

    def sentence(self, field: str) -> str:
        return f"{title(field)} holds personal data. It was not kept; the record counts without it."

    def remedy(self, field: str) -> str:
        return (
            f"Take the personal data out of {words(field)} in your system and send the file again; if the column is "
            "another than we think, tell us."
        )


@dataclass(frozen=True)
class NoPersonalColumn(Constraint):
    """No column holds personal data that was not agreed to be sent."""

    name = "personal"

    def sentence(self, field: str) -> str:
        return "The column holds personal data. None of it was kept."

    def remedy(self, field: str) -> str:
        return (
            "Take it out in your system and send the file again. A column that is not needed is best left out of the "
            "export, or listed under `ignored` in your force's file, so that it is never read. Look at the whole of it: of a "
            "column we were not told about we see the first 1,000 rows and a few hundred further down."
        )


PERSONAL_COLUMN = Rule("column", NoPersonalColumn())
PERSONAL_TEXTS = tuple(Rule(name, NotPersonal()) for name in TEXTS)
