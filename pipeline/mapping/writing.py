"""A proposal as TOML: each line with how sure it is and why, what is doubtful as a comment for a person."""

from __future__ import annotations

import json
import os
import re
import tempfile
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.mapping.codings import Coding, writable
from pipeline.mapping.memory import Memory
from pipeline.mapping.periods import period_lines
from pipeline.mapping.propose import Mapped, Proposal
from pipeline.mapping.words import SYSTEMS
from pipeline.read import Refused
from schemas.assault import ASSAULT
from schemas.codes import BOOK
from schemas.force import fold, given_names
from schemas.register import FORCES

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SECTION = re.compile(r"^\[+\s*([A-Za-z_]+)")

OPENING = """\
# Proposed by `collate map` from {file}, {rows} rows; a person has to look it through.
#
# Behind each line: how sure it is (0 to 1), and why. What is doubtful is commented out and marked "# doubtful:".
# To say yes, take the "# doubtful: " off and the field's name out of not_collected; to say no, delete the line.
# `collate map` run again with the same --output keeps what stands here and asks only about what is left.
"""


def text(value: object) -> str:
    """Return a value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key(name)} = {text(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(text(one) for one in value)}]"
    said = str(value)
    if "\\" in said and "'" not in said and said.isprintable():
        return f"'{said}'"
    return json.dumps(said, ensure_ascii=False).replace("\x7f", "\\u007f")


def key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")


def plain(said: str) -> str:
    """Return a text that stays on one line of comment."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", said)


def force_file(proposal: Proposal, memory: Memory) -> str:
    """Return the force's file: the proposed book in place of what it had, its other books as they stood."""
    book = "\n".join(book_lines(proposal, memory)) + "\n"
    before = memory.text
    if not before.strip():
        return f"{opening(proposal)}\n{book}"
    return replaced(before, proposal.book, book)


def opening(proposal: Proposal) -> str:
    entry = FORCES.get(proposal.force_id)
    name = entry.official_name if entry else proposal.force_id.replace("_", " ").title()
    lines = [
        OPENING.format(file=plain(proposal.file), rows=f"{proposal.rows:,}"),
        f"name = {text(name)}"
        + ("" if entry else "   # doubtful: not in schemas/register.csv; write it in full"),
    ]
    if entry and entry.ons_pfa_code:
        lines.append(f"pfa_code = {text(entry.ons_pfa_code)}")
    return "\n".join(lines) + "\n"


def replaced(before: str, book: str, lines: str) -> str:
    """Return a force's file with one book in place of its own of that name, or at the end."""
    kept: list[str] = []
    above: list[str] = []
    inside = put = False
    for line in before.splitlines(keepends=True):
        section = _SECTION.match(line)
        if section and section[1] == book:
            inside = True
            if not put:
                kept.append(f"{lines}\n")
                put = True
        elif section and inside:
            # What is said right above the next book is that book's.
            inside = False
            kept += above
        if inside:
            above = [*above, line] if line.startswith("#") else []
        else:
            kept.append(line)
    whole = "".join(kept)
    return whole if put else f"{whole.rstrip()}\n\n{lines}"


def book_lines(proposal: Proposal, memory: Memory) -> Iterator[str]:
    """Yield the lines of one book."""
    book = proposal.book
    kept = memory.book
    yield f"[{book}]"
    yield from system_line(proposal, kept)
    yield (
        f"files = {text(kept['files'])}   # kept"
        if "files" in kept
        else f"files = [{text(pattern_of(proposal.file))}]"
    )
    if "missing" in kept:
        yield f"missing = {text(kept['missing'])}   # kept"
    yield from ignored_lines(proposal)
    sure = proposal.sure_fields() | memory.fields_of_lists
    open_ = [name for name in given_names() if name not in sure and not ASSAULT[name].required]
    if book == "crime" and not {"offence_code", "offence_title"} & sure:
        open_ = [name for name in open_ if name != "offence_title"]
    yield "not_collected = ["
    yield from textwrap.wrap(
        ", ".join(text(name) for name in open_) + ",", 110, initial_indent="    ", subsequent_indent="    "
    )
    yield "]"
    if proposal.victims > 1:
        yield f"victims = {proposal.victims}   # columns numbered 1 to {proposal.victims} stand side by side"
    for said in memory.refusals:
        yield f"# answered: {plain(said)}"
    for column, nearest in proposal.unplaced.items():
        said = f" ({nearest})" if nearest else ""
        yield plain(f"# doubtful: no field found for the column {text(column)}{said}: ignore it, or map it")
    for said in proposal.open_requirements():
        yield f"# missing: {said} The file does not load until this is mended."
    yield ""
    yield from read_lines(proposal, kept)
    yield from period_lines(proposal, kept, text)
    yield from force_lines(proposal, kept)
    yield from scope_lines(proposal, kept)
    yield f"[{book}.fields]"
    short = [each for each in ordered(proposal) if not each.codes]
    long = [each for each in ordered(proposal) if each.codes]
    for each in short:
        mark = "" if each.sure else "# doubtful: "
        yield f"{mark}{each.field} = {text(full_spec(each))}   # {why(each)}"
    for each in long:
        yield ""
        yield from coded_lines(book, each)
    for cell, sure_ in proposal.cells:
        mark = "" if sure_ else "# doubtful: "
        yield ""
        yield f"{mark}[[{book}.lists]]   # {cell.score:.2f}: one cell holds words of several fields"
        yield f"{mark}column = {text(cell.column)}"
        yield f"{mark}separator = {text(cell.separator)}"
        yield f"{mark}[{book}.lists.words]"
        yield from code_lines(cell.words, mark)
    yield from kept_lists(book, memory)


def ordered(proposal: Proposal) -> list[Mapped]:
    return [proposal.mapped[name] for name in given_names() if name in proposal.mapped]


def why(each: Mapped) -> str:
    said = "; ".join((*each.reasons, *(f"but {doubt}" for doubt in each.doubts)))
    return plain(f"{each.score:.2f}: {said}" if said else f"{each.score:.2f}")


def full_spec(each: Mapped) -> dict[str, Any]:
    spec = dict(each.spec)
    if each.missing and each.field not in ("source_record_id", "victim_id", "district"):
        spec["missing"] = each.missing
    return spec


def coded_lines(book: str, each: Mapped) -> Iterator[str]:
    """Yield a field with its value map, a line a word."""
    mark = "" if each.sure else "# doubtful: "
    table = f"{book}.fields.{each.field}"
    yield f"{mark}[{table}]   # {why(each)}"
    for name, value in full_spec(each).items():
        yield f"{mark}{key(name)} = {text(value)}"
    yes_no = ASSAULT[each.field].type == "boolean"
    written = [one for one in each.codes if one.sure and one.shown is not None]
    if written and not (yes_no and written == each.codes):
        yield f"{mark}[{table}.codes]"
        yield from code_lines(each.codes, mark)
    elif not each.sure or not yes_no:
        yield f"# doubtful: [{table}.codes]"
        yield from code_lines(each.codes, "# doubtful: ")


def code_lines(codes: Sequence[Coding], mark: str) -> Iterator[str]:
    """Yield a value map, a line a word; words that could say something personal are counted, never written."""
    hidden = hidden_rows = 0
    written: set[str] = set()
    for each, may in zip(codes, writable(codes), strict=True):
        if not may:
            hidden += 1
            hidden_rows += each.count
        if not may or fold(each.word) in written:
            continue
        written.add(fold(each.word))
        rows = f"{each.count:,} row{'' if each.count == 1 else 's'}"
        if each.sure:
            yield f"{mark}{key_of(each.word)} = {text(each.code)}   # {rows}; {each.score:.2f}: {plain(each.reason)}"
        else:
            yield f"# doubtful: {key_of(each.word)} = {text(each.code or '')}   # {rows}; {each.score:.2f}: {plain(each.reason)}"
    if hidden:
        words = "word" if hidden == 1 else "words"
        yield (
            f"# doubtful: {hidden} more {words} on {hidden_rows:,} rows, not written here since they may be personal; "
            "collate check lists them"
        )


def key_of(word: str) -> str:
    return json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007f")


def system_line(proposal: Proposal, kept: Mapping[str, Any]) -> Iterator[str]:
    if "system" in kept:
        yield f"system = {text(kept['system'])}   # kept"
        return
    name = proposal.file.lower()
    found = [system for word, system in SYSTEMS.items() if re.search(rf"(?<![a-z]){word}(?![a-z])", name)]
    if found:
        yield f"system = {text(found[0])}   # doubtful: the file's name says so"
    else:
        yield 'system = "not said"   # doubtful: write the system the export comes from'


def ignored_lines(proposal: Proposal) -> Iterator[str]:
    if not proposal.ignored:
        yield "ignored = []"
        return
    yield "ignored = ["
    for column, reason in proposal.ignored.items():
        names = (
            [column.replace("{n}", str(n)) for n in range(1, proposal.victims + 1)]
            if "{n}" in column
            else [column]
        )
        yield f"    {', '.join(text(name) for name in names)},   # {plain(reason)}"
    yield "]"


def read_lines(proposal: Proposal, kept: Mapping[str, Any]) -> Iterator[str]:
    pins = kept.get("read", proposal.read)
    if pins:
        yield f"[{proposal.book}.read]"
        for name, value in pins.items():
            yield f"{name} = {text(value)}"
        yield ""


def force_lines(proposal: Proposal, kept: Mapping[str, Any]) -> Iterator[str]:
    if "force" in kept:
        yield f"[{proposal.book}.force]"
        yield from (f"{name} = {text(value)}" for name, value in kept["force"].items())
        yield ""
    elif proposal.own_force:
        column, words, sure = proposal.own_force
        mark = "" if sure else "# doubtful: "
        yield f"{mark}[{proposal.book}.force]   # any other word is another force's row, which is held"
        yield f"{mark}column = {text(column)}"
        yield f"{mark}words = {text(words)}"
        yield ""


def scope_lines(proposal: Proposal, kept: Mapping[str, Any]) -> Iterator[str]:
    if "scope" in kept:
        for condition in kept["scope"]:
            yield f"[[{proposal.book}.scope]]"
            yield from (f"{name} = {text(value)}" for name, value in condition.items())
            yield ""
        return
    if not proposal.scope and proposal.book != "crime":
        # An accident taken for an assault would be counted with them.
        yield "# doubtful: no column tells which rows are assaults; without a scope every row is counted as one"
        yield ""
    for each in proposal.scope:
        mark = "" if each.sure else "# doubtful: "
        yield f"{mark}[[{proposal.book}.scope]]   # {each.score:.2f}: {plain(each.reason)}; other rows are counted, not kept"
        yield f"{mark}column = {text(each.column)}"
        yield f"{mark}in = {text(each.inside)}"
        yield f"{mark}out = {text(each.outside)}"
        yield ""


def kept_lists(book: str, memory: Memory) -> Iterator[str]:
    for cell in memory.lists:
        yield ""
        yield f"[[{book}.lists]]   # kept"
        yield f"column = {text(cell['column'])}"
        yield f"separator = {text(cell['separator'])}"
        yield f"[{book}.lists.words]"
        yield from (f"{key_of(word)} = {text(code)}" for word, code in cell["words"].items())


def pattern_of(name: str) -> str:
    """Return a pattern of file names: the file's own, with what is a date or a number as a star."""
    stem, dot, ending = name.rpartition(".")
    months = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|january|february|march|april|june|july|august"
    moving = rf"q[1-4]|\d+|(?<![a-z])(?:{months}|september|october|november|december)(?![a-z])"
    parts = re.split(rf"(?:(?:{moving})(?:[\s_.-]|to)*)+", stem or name, flags=re.IGNORECASE)
    return "*".join(parts) + (f"{dot}{ending}" if stem else "")


def check(written: str, before: str, book: str) -> None:
    """Refuse to write what is no TOML, or what would change another book of the file."""
    try:
        now = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise Refused(
            f"The force's file would not be valid TOML ({error}), so nothing was written. Map this file by hand from "
            "blank.toml.example."
        ) from None
    old = tomllib.loads(before) if before.strip() else {}
    changed = [
        name
        for name in (*BOOK, "name", "pfa_code")
        if name != book and name in old and old[name] != now.get(name)
    ]
    if changed:
        raise Refused(
            f"Writing would change {', '.join(changed)} of the force's file, so nothing was written."
        )


def write(path: Path, written: str) -> None:
    """Write the force's file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(written)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
