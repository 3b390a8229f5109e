"""What a force's file already says, and what a person answered before: kept when it is mapped again."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import Path
from typing import Any

from pipeline.mapping.codings import Coding
from pipeline.mapping.propose import Mapped, Proposal
from pipeline.read import Refused
from schemas.assault import ASSAULT
from schemas.force import Checker, fold
from schemas.system import SYSTEMS, shared_codes

_REFUSED = re.compile(r"^# answered: (.*)$", re.MULTILINE)


@dataclass
class Memory:
    """A force's file as it stood: its text, the book that is mapped again, and the answers in its comments."""

    text: str = ""
    book: Mapping[str, Any] = made(default_factory=dict)
    refusals: list[str] = made(default_factory=list)
    lists: list[Mapping[str, Any]] = made(default_factory=list)

    @property
    def fields_of_lists(self) -> set[str]:
        """Return the fields that kept list cells set."""
        return {
            target.partition(".")[0] for cell in self.lists for target in cell["words"].values() if target
        }


def remembered(path: Path | None, book: str) -> Memory:
    """Return what a force's file says already; nothing where there is none. Raises Refused for one that is no TOML."""
    if path is None or not path.exists():
        return Memory()
    try:
        said = path.read_text(encoding="utf-8")
        content = tomllib.loads(said)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(
            f"{path.name} is there already and is not valid TOML ({error}); mend it, or give another --output."
        ) from None
    table = content.get(book, {})
    own = re.search(rf"^\[{book}\].*?(?=^\[(?!{book}[.\]])|\Z)", said, re.MULTILINE | re.DOTALL)
    refusals = _REFUSED.findall(own[0]) if own else []
    return Memory(said, table if isinstance(table, Mapping) else {}, refusals)


def refusal(column: str, field: str) -> str:
    """Return the comment that remembers that a column is not a field."""
    return f'"{column}" is not {field}'


def recall(proposal: Proposal, memory: Memory) -> None:
    """Let what the force's file says already stand over what was found, and what was denied be gone."""
    for column in memory.book.get("ignored", ()):
        if column in proposal.columns and column not in proposal.ignored:
            proposal.ignored[column] = "kept: this file ignored it already"
    fields = memory.book.get("fields", {})
    taken: set[str] = set()
    for name, spec in fields.items():
        if name in ASSAULT_NAMES and isinstance(spec, Mapping):
            keep(proposal, name, spec)
            taken.update(proposal.mapped[name].columns)
    for name in [name for name, each in proposal.mapped.items() if name not in fields]:
        each = proposal.mapped[name]
        denied = any(refusal(column, name) in memory.refusals for column in each.columns)
        gone = any(column in proposal.ignored for column in each.columns)
        if denied or gone or (not each.sure and set(each.columns) & taken):
            del proposal.mapped[name]
            for column in each.columns:
                if column not in proposal.ignored and column not in taken:
                    proposal.unplaced[column] = f"you said it is not {name}" if denied else ""
    found = {cell.column for cell, _ in proposal.cells}
    for cell in memory.book.get("lists", ()):
        if cell.get("column") in found:
            proposal.cells = [one for one in proposal.cells if one[0].column != cell["column"]]
        memory.lists.append(cell)
        taken.add(cell.get("column", ""))
    for column in [*proposal.unplaced]:
        if column in taken or column in proposal.ignored:
            del proposal.unplaced[column]


def taken_from_system(name: str, spec: Mapping[str, Any]) -> Collection[str]:
    """Return the words of a field that its `codes_of` explains; none where there is no such system."""
    path = SYSTEMS / f"{spec.get('codes_of')}.toml"
    return shared_codes(path, Checker(path.name)).get(name, {}) if path.is_file() else ()


ASSAULT_NAMES = frozenset(field.name for field in ASSAULT.given)


def keep(proposal: Proposal, name: str, spec: Mapping[str, Any]) -> None:
    """Let a field stand as the force's file has it, with the words it leaves open beside."""
    known = {fold(word): code for word, code in spec.get("codes", {}).items()}
    before = proposal.mapped.get(name)
    same = before is not None and before.columns == tuple(
        [spec["column"]] if "column" in spec else spec.get("flags", ())
    )
    kept = Mapped(
        name,
        {key: value for key, value in spec.items() if key not in ("codes", "missing")},
        before.score if before and same else 1.0,
        before.reasons if before and same else ("kept: as this file had it",),
        missing=list(spec.get("missing", ())),
    )
    offered = before.codes if before and same else []
    seen = {fold(each.word) for each in offered}
    kept.codes = [
        Coding(each.word, each.count, known[fold(each.word)], 1.0, "kept")
        if fold(each.word) in known
        else each
        for each in offered
    ]
    kept.codes += [
        Coding(word, 0, code, 1.0, "kept")
        for word, code in spec.get("codes", {}).items()
        if fold(word) not in seen
    ]
    # What the system's codes say is not written again, nor what says nothing.
    said = {fold(word) for word in (*kept.missing, *taken_from_system(name, spec))} - known.keys()
    kept.codes = [each for each in kept.codes if fold(each.word) not in said]
    proposal.mapped[name] = kept
