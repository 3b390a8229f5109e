"""The systems exports come from, and the codes that at least three forces' exports of one system share.

A force's system is a dimension of its book, no more: every force has its own file. `schemas/systems/<system>.toml` holds
the words that would otherwise stand in three force files or more, by field:

    [codes.victim_type]
    "Police Officer" = "police_officer"

A field of a force's file takes them with `codes_of = "<system>"`; a line of its own `codes` stands over the shared one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schemas.assault import ASSAULT
from schemas.spaces import tidy

if TYPE_CHECKING:
    from schemas.force import Checker

SYSTEMS = Path(__file__).parent / "systems"

# What forces call their systems, as far as it is known; a force's file may name another.
NAMES: Mapping[str, str] = MappingProxyType({
    "airsweb": "Airsweb", "assure": "Assure", "athena": "Athena", "controlworks": "ControlWorks", "cris": "CRIS",
    "esafety": "eSafety", "form_23_10": "Form 23/10", "genie": "Genie", "icase": "iCase", "icass": "iCASS",
    "nec_connect": "NEC Connect", "niche_rms": "Niche RMS", "northgate": "Northgate", "nspis": "NSPIS",
    "optik": "Optik", "origin": "Origin", "pronto": "Pronto", "r73": "R73", "red_sigma": "Red Sigma",
    "unifi": "Unifi",
})  # fmt: skip

# From this likeness on a system's name is another spelling of one we know, 0 to 1.
ALIKE = 0.8

SharedCodes = Mapping[str, Mapping[str, str]]


def with_codes_of_systems(book: str, table: Mapping[str, Any], check: Checker) -> dict[str, Any]:
    """Return a book's table with each `codes_of` as the codes it stands for, those of the field itself over them.

    Raises ForceFileError for a system that shares no codes, or none of the field, with the nearest that does.
    """
    fields = table.get("fields")
    if not isinstance(fields, Mapping):
        return dict(table)
    whole = {
        name: _with_shared(name, spec, f"{book}.fields.{name}", check)
        if isinstance(spec, Mapping) and "codes_of" in spec
        else spec
        for name, spec in fields.items()
    }
    return {**table, "fields": whole}


def _with_shared(field: str, spec: Mapping[str, Any], key: str, check: Checker) -> dict[str, Any]:
    here = f"{key}.codes_of"
    system = check.text(spec, "codes_of", key)
    sharing = sorted(path.stem for path in SYSTEMS.glob("*.toml"))
    check.known(system, sharing, here, "system with codes to share")
    shared = shared_codes(SYSTEMS / f"{system}.toml", check)
    check.known(field, tuple(shared), here, f"field {system} shares codes of")
    own = check.words(spec.get("codes", {}), f"{key}.codes")
    said = {_folded(word) for word in own}
    codes = {word: code for word, code in shared[field].items() if _folded(word) not in said}
    return {**{name: value for name, value in spec.items() if name != "codes_of"}, "codes": codes | own}


def shared_codes(path: Path, check: Checker) -> SharedCodes:
    """Return the codes a system's file shares, by field. Raises ForceFileError naming that file."""
    own = replace(check, file=f"systems/{path.name}")
    content = _parsed(path)
    if content is None:
        raise own.error("", "this file cannot be read as TOML")
    own.keys(content, ("codes",), "")
    shared = {}
    for field, words in own.table(content.get("codes"), "codes").items():
        own.known(field, tuple(each.name for each in ASSAULT.given), "codes", "field")
        declared = ASSAULT[field]
        codes = ("true", "false") if declared.type == "boolean" else tuple(declared.codes or ())
        shared[field] = own.words(words, f"codes.{field}")
        for word, code in shared[field].items():
            own.known(code, codes, f'codes.{field}."{word}"', "code")
    return shared


@cache
def _parsed(path: Path) -> Mapping[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None


def check_name(system: str, key: str, check: Checker) -> None:
    """Refuse another spelling of a system we know, which would part one system in two; a new name stands."""
    if system in NAMES:
        return
    spelt = re.sub(r"\W+", "_", system.strip().lower())
    near = get_close_matches(spelt, NAMES, n=1, cutoff=ALIKE)
    if near:
        raise check.error(
            key, f'"{system}" looks like another spelling of "{near[0]}", a system we know; write that'
        )


def _folded(word: str) -> str:
    return tidy(word).lower()
