"""The register of the 48 police forces of the United Kingdom: what each is called, and how others write it.

Source: Office for National Statistics police force areas (December 2018) and the force names of the Home
Office police workforce and recorded crime tables, Open Government Licence v3. `confidence` says how a row is
known: `confirmed` rows have name, region and police force area code from those tables, with some aliases from
use; `mixed` rows are forces without a police force area code, named as in official publications, with aliases
from use; `recalled` rows are from general knowledge alone.
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

REGISTER = Path(__file__).with_name("register.csv")

NOTE_MARK = re.compile(r"\s*(?:\[(?:notes?\s*)?[\d,\s]+\]|\((?:notes?\s*)?[\d,\s]+\)|\[[a-z]\])\s*$")
NOT_A_WORD = re.compile(r"[^a-z0-9]+")
FOOTNOTE_DIGITS = re.compile(r"[\d ]+$")


@dataclass(frozen=True)
class ForceEntry:
    """One force: its names, the police force area it answers for, and where it stands."""

    force_id: str
    official_name: str
    short_name: str
    ons_pfa_code: str
    region: str
    nation: str
    force_type: str
    aliases: tuple[str, ...]
    confidence: str


def folded(text: str) -> str:
    """Return a name as it is compared: lower case, `&` as `and`, no punctuation, no footnote mark."""
    letters = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    plain = "".join(letters).casefold().strip()
    while (shorter := NOTE_MARK.sub("", plain)) != plain:
        plain = shorter
    plain = NOT_A_WORD.sub(" ", plain.replace("&", " and "))
    return FOOTNOTE_DIGITS.sub("", plain).strip().removeprefix("the ")


def read_register(path: Path = REGISTER) -> dict[str, ForceEntry]:
    """Return the forces of a register by `force_id`, in the register's order."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row["force_id"]: ForceEntry(
                force_id=row["force_id"],
                official_name=row["official_name"],
                short_name=row["short_name"],
                ons_pfa_code=row["ons_pfa_code"],
                region=row["region"],
                nation=row["nation"],
                force_type=row["force_type"],
                aliases=tuple(alias for alias in row["aliases"].split("|") if alias),
                confidence=row["confidence"],
            )
            for row in csv.DictReader(lines)
        }


def names_of(forces: dict[str, ForceEntry]) -> dict[str, str]:
    """Return the `force_id` of every folded name; a name two forces share raises ValueError."""
    names: dict[str, str] = {}
    for force_id, entry in forces.items():
        for name in (force_id, entry.official_name, entry.short_name, *entry.aliases):
            if names.setdefault(folded(name), force_id) != force_id:
                raise ValueError(
                    f"The register gives the name {name} to {names[folded(name)]} and to {force_id}."
                )
    return names


FORCES = read_register()
NAMES = names_of(FORCES)
PFA_CODES = {entry.ons_pfa_code: force_id for force_id, entry in FORCES.items() if entry.ons_pfa_code}


def force_by_name(text: str) -> str | None:
    """Return the `force_id` of a force written by its official name, short name, alias or id, or None.

    "West Midlands" is returned as the force: only the place it stands in can tell it from the region.
    """
    return NAMES.get(folded(text))


def force_by_code(code: str) -> str | None:
    """Return the `force_id` of an ONS police force area code such as E23000016, or None."""
    return PFA_CODES.get(code.strip().upper())


def nearest_force(text: str, likeness: float = 0.6) -> str | None:
    """Return the `force_id` whose name is most like the text, for "did you mean", or None if none is near."""
    nearest = difflib.get_close_matches(folded(text), list(NAMES), n=1, cutoff=likeness)
    return NAMES[nearest[0]] if nearest else None
