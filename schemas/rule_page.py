"""The page of all rules: every rule with its code, what it says, why it matters, its mend and an example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from schemas.catalogue import KINDS, MEANINGS, RETIRED, Entry, catalogue
from schemas.dictionary import SEVERITIES, row
from schemas.rule_examples import Cells, example_of

OPENING = f"""\
# Rules

Every rule a drop may be judged by. `collate rules` lists them, `collate rules A012` tells one in full, and
`collate rules --force west_mercia` lists those that rows of one force can break; `collate rules --html rules.html`
writes this page with a search box, for a browser. What a change of a rule would do to everything received so far is
shown by `collate rules preview` before it is made.

A code is given once and for good: its letter says what the rule looks at, its number nothing.

{SEVERITIES}"""


def rule_page() -> str:
    """Return the page of all rules as Markdown."""
    entries = catalogue()
    lines = [OPENING, *contents(entries), "", *dimensions(), ""]
    for letter in KINDS:
        lines += [f"## {heading(letter)}", ""]
        for entry in entries:
            if entry.code.startswith(letter):
                lines += [*section(entry), ""]
    return "\n".join([*lines, *retired(), ""])


def heading(letter: str) -> str:
    return f"{letter}: {KINDS[letter]}"


def contents(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the table of contents: every rule on one line, each a link to its section."""
    yield "## All rules"
    yield ""
    yield row("code", "rule", "severity", "dimension", "what a finding says")
    yield row(*("---",) * 5)
    for each in entries:
        link = f"[{each.code}](#{each.code.lower()})"
        yield row(link, f"`{each.name}`", each.severity.value, each.dimension.value, each.rule.sentence)


def dimensions() -> Iterator[str]:
    """Yield what the dimensions mean."""
    yield "## Dimensions"
    yield ""
    yield "Each rule belongs to one of the six dimensions of the national POLE data standards (NPCC, version 1.1, 2023)."
    yield ""
    yield row("dimension", "what it asks")
    yield row("---", "---")
    for dimension, meaning in MEANINGS.items():
        yield row(dimension.value, meaning)


def section(entry: Entry) -> Iterator[str]:
    """Yield the lines of one rule; its heading is the code alone, so that a link to it never changes."""
    example = example_of(entry.rule)
    yield f"### {entry.code}"
    yield ""
    yield f"`{entry.name}`, {entry.severity.value}, {entry.dimension.value}: **{entry.rule.sentence}**"
    yield ""
    yield f"- Why it matters: {entry.why}"
    if entry.method:
        yield f"- How it is worked out: {entry.method}"
    yield f"- How to mend it: {entry.rule.remedy}"
    yield f"- Applies to: {entry.applies}."
    yield f"- Breaks it{', ' + example.given if example.given else ''}: {cells(example.breaks)}."
    yield f"- Does not: {cells(example.sound)}."


def cells(rows: Sequence[Cells]) -> str:
    """Return rows of an example as Markdown, in one line."""
    said = (", ".join(cell(name, value) for name, value in each.items()) for each in rows)
    return "; then ".join(run_of(*each) for each in groupby(said))


def run_of(said: str, same: Iterable[str]) -> str:
    """Return what is said of rows that are the same, once where they are many."""
    times = len([*same])
    return f"{said}, {times} times" if times > 2 else "; then ".join([said] * times)


def cell(name: str, value: str) -> str:
    return f"`{name}` holds `{value}`" if value else f"`{name}` is empty"


def retired() -> Iterator[str]:
    """Yield the codes of older receipts that are no longer given, and which to look for instead."""
    yield "## Codes no longer given"
    yield ""
    if not RETIRED:
        yield "None: every code ever given is in use."
        return
    yield row("code", "rule", "not since", "see instead", "why")
    yield row(*("---",) * 5)
    for each in RETIRED:
        yield row(each.code, f"`{each.name}`", each.since.isoformat(), ", ".join(each.instead), each.reason)
