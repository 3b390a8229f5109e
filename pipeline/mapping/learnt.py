"""What the force files we have teach: how forces head the columns of a field, and what their words mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made

from pipeline.mapping.headers import words_of
from schemas.assault import ASSAULT
from schemas.force import Force, fold, identity


@dataclass
class Learnt:
    """Headers and words by field, each with the names of the forces that use it so."""

    headers: dict[str, dict[tuple[str, ...], set[str]]] = made(default_factory=dict)
    ignored: dict[tuple[str, ...], set[str]] = made(default_factory=dict)
    codes: dict[str, dict[str, dict[str, set[str]]]] = made(default_factory=dict)
    forces: int = 0


def learn(forces: Mapping[str, Force]) -> Learnt:
    """Return what force files teach; one that is to be judged is left out by the caller."""
    learnt = Learnt(forces=len(forces))
    for force in forces.values():
        for book in force.books.values():
            for name, mapped in book.fields.items():
                # A block of yes/no columns is told by what its columns say, not by the field they fill.
                for column in () if mapped.flags else mapped.names:
                    words = words_of(column.replace("{n}", ""))
                    learnt.headers.setdefault(name, {}).setdefault(words, set()).add(force.name)
                for codes in (mapped.codes or {}, *(dated.codes for dated in mapped.codes_from)):
                    for word, code in codes.items():
                        meanings = learnt.codes.setdefault(name, {}).setdefault(fold(word), {})
                        meanings.setdefault(code, set()).add(force.name)
            for column in book.ignored:
                learnt.ignored.setdefault(words_of(column), set()).add(force.name)
    return learnt


def own_words(field: str) -> dict[str, str]:
    """Return the codes of a field by our own words for them."""
    codes = ASSAULT[field].codes
    return identity(codes) if codes is not None else {}
