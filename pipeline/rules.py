"""`collate rules`: the catalogue of rules listed, filtered, and one of them told in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.catalogue import Entry, Retired, catalogue, find, successors
from schemas.rule_examples import Cells, example_of
from schemas.rule_page import run_of
from schemas.table import Severity

if TYPE_CHECKING:
    from rich.console import Console

    from schemas.force import Force


class NoSuchRule(Exception):
    """What was asked for is not in the catalogue; the sentence says what is."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def chosen(severity: str | None, field: str | None, force: Force | None) -> list[Entry]:
    """Return the rules that pass every filter, in the order of their codes.

    With a force, those a row of any of its books can break. Raises NoSuchRule for a severity or field nothing has.
    """
    entries = catalogue()
    if severity is not None and severity not in {*Severity}:
        raise NoSuchRule(f'"{severity}" is not a severity. The severities are {", ".join(Severity)}.')
    if field is not None and field not in {each.field for each in entries}:
        fields = sorted({each.field for each in entries})
        raise NoSuchRule(f'No rule is about "{field}".{meant(field, fields)} `collate rules` lists them all.')
    names = None if force is None else breakable_by(force)
    return [
        each
        for each in entries
        if severity in (None, each.severity)
        and field in (None, each.field)
        and (names is None or each.name in names)
    ]


def breakable_by(force: Force) -> frozenset[str]:
    """Return the names of the rules that a row of some book of a force can break."""
    from expectations.masks import breakable
    from schemas.beyond import BEYOND
    from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED, rules_of

    names = {rule.name for book in force.books.values() for rule in rules_of(book) if breakable(rule, book)}
    others = (REPEATED, DUPLICATE, REFUSED_LINE, *BEYOND)
    return frozenset(names | {rule.name for rule in others})


def asked_for(word: str) -> Entry | Retired:
    """Return the rule of a code or a name, in whatever case, one withdrawn as such.

    Raises NoSuchRule with where to look instead.
    """
    found = find(word)
    if found is not None:
        return found
    names = [word for each in catalogue() for word in (each.code.lower(), each.name)]
    raise NoSuchRule(
        f'There is no rule "{word}".{meant(word.strip().lower(), names)} `collate rules` lists them all.'
    )


def meant(word: str, words: Sequence[str]) -> str:
    close = get_close_matches(word, words, n=1)
    return f' Did you mean "{close[0]}"?' if close else ""


def as_json(entry: Entry | Retired) -> dict[str, Any]:
    """Return all the catalogue says of a rule, for machines; of one withdrawn, what took its place."""
    if isinstance(entry, Retired):
        return {
            "code": entry.code,
            "name": entry.name,
            "withdrawn_on": entry.since.isoformat(),
            "reason": entry.reason,
            "instead": [as_json(each) for each in successors(entry)],
        }
    example = example_of(entry.rule)
    return {
        "code": entry.code,
        "name": entry.name,
        "severity": entry.severity.value,
        "field": entry.field,
        "kind": entry.kind,
        "dimension": entry.dimension.value,
        "sentence": entry.rule.sentence,
        "why": entry.why,
        "method": entry.method or None,
        "mend": entry.rule.remedy,
        "applies": {
            "since": entry.since and entry.since.isoformat(),
            "until": entry.until and entry.until.isoformat(),
        },
        "example": {
            "given": example.given or None,
            "breaks": [dict(cells) for cells in example.breaks],
            "does_not_break": [dict(cells) for cells in example.sound],
        },
    }


def write_page(path: Path) -> int:
    """Write the page of all rules for a browser; return how many rules it has."""
    from schemas.rule_html import rule_html

    page = rule_html()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside it first, so that whoever has the page open sees the old or the new.
    new = path.with_name(f".{path.name}.new")
    new.write_text(page, encoding="utf-8")
    new.replace(path)
    return len(catalogue())


def show_list(entries: Sequence[Entry], console: Console) -> None:
    """Print the rules as a table."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=f"{len(entries)} of {len(catalogue())} rules", title_justify="left")
    for heading in ("Code", "Severity"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Rule", "Field", "What a finding says"):
        table.add_column(heading, overflow="fold")
    for each in entries:
        mark = f"[{COLOURS[each.severity]}]{each.severity.value}[/]"
        table.add_row(each.code, mark, *map(escape, (each.name, each.field, each.rule.sentence)))
    console.print(table)
    console.print("collate rules CODE tells one in full, with an example.", highlight=False)


COLOURS: Mapping[Severity, str] = {Severity.ERROR: "red", Severity.QUERY: "yellow", Severity.NOTE: "cyan"}
DOES: Mapping[Severity, str] = {
    Severity.ERROR: "holds the row until it is mended",
    Severity.QUERY: "asks the force; the row is accepted",
    Severity.NOTE: "only tells",
}


def show_one(entry: Entry | Retired, console: Console) -> None:
    """Print one rule in full; of one withdrawn, that it is, and the rules that took its place."""
    from rich.markup import escape

    if isinstance(entry, Retired):
        console.print(escape(entry.sentence), highlight=False, soft_wrap=True)
        for each in successors(entry):
            console.print()
            show_one(each, console)
        return
    console.print(f"[bold]{entry.code}[/]  {escape(entry.name)}", highlight=False)
    for label, text in told(entry):
        console.print(f"[dim]{label + ':':<17}[/]{escape(text)}", highlight=False, soft_wrap=True)


def told(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield what there is to say of a rule, each with its label."""
    example = example_of(entry.rule)
    yield "What it says", entry.rule.sentence
    yield "Severity", f"{entry.severity.value}: {DOES[entry.severity]}"
    yield "Why it matters", entry.why
    if entry.method:
        yield "How it is worked out", entry.method
    yield "How to mend it", entry.rule.remedy
    yield "Looks at", entry.kind
    yield "Dimension", entry.dimension.value
    yield "Applies to", entry.applies
    if example.given:
        yield "Examples", example.given
    yield "Breaks it", shown(example.breaks)
    yield "Does not", shown(example.sound)


def shown(rows: Sequence[Cells]) -> str:
    """Return rows of an example on one line."""
    said = (", ".join(f"{name} {quoted(cell)}" for name, cell in row.items()) for row in rows)
    return "; then ".join(run_of(*each) for each in groupby(said))


def quoted(cell: str) -> str:
    return f'"{cell}"' if cell else "is empty"
