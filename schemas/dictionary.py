"""The data dictionary: every table, field, rule and code as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.assault import ASSAULT
from schemas.drop import (
    DUPLICATE,
    MENDED,
    REFUSED_LINE,
    REPEATED,
    UNKNOWN_ACTION,
    KnownScope,
    OwnForceOnly,
)
from schemas.national import TABLES as NATIONAL_TABLES
from schemas.personal import PERSONAL_TEXTS
from schemas.register import FORCES
from schemas.support import SUPPORT
from schemas.table import CodeList, Explained, Field, Matches, Rule, Table
from schemas.workforce import WORKFORCE

# Only these two tables are filled by forces; the others are published figures, or worked out from these.
FROM_FORCES = (ASSAULT, SUPPORT)
EVERY_TABLE = (*FROM_FORCES, WORKFORCE, *NATIONAL_TABLES)

DROP_RULES = (
    Rule("scope", KnownScope()),
    UNKNOWN_ACTION,
    Rule("force_id", OwnForceOnly()),
    Rule("source_record_id", Matches(meaning="in the form of this force's references")),
    *MENDED,
    *PERSONAL_TEXTS,
    REPEATED,
    DUPLICATE,
    REFUSED_LINE,
)

SEVERITIES = """\
Missing means not known, never no and never zero. A rule of severity **error** holds the row until it is
corrected; a **query** asks the force and lets the row pass; a **note** only tells.
"""

OPENING = f"""\
# Data dictionary

{SEVERITIES}"""


def dictionary() -> str:
    """Return the data dictionary as a Markdown page."""
    return f"{OPENING}\n{body()}"


def body() -> str:
    """Return the dictionary from its first section on, to stand under a heading of another page."""
    sections = [contents(), *(table_section(table) for table in EVERY_TABLE)]
    sections += [drop_rules(), code_lists(), forces()]
    return "\n".join(sections)


def contents() -> str:
    """Return the list of tables, each with what one row is."""
    lines = [f"- [{table.name}](#table-{table.name}): {table.description}" for table in EVERY_TABLE]
    return "\n".join(["## Tables", "", *lines, ""])


def table_section(table: Table) -> str:
    """Return one table: what a row is, its key, its fields and its rules."""
    from_forces = table in FROM_FORCES
    lines = [f"## Table {table.name}", "", table.description, "", f"Key: {named(table.key)}.", ""]
    lines += field_lines(table, from_forces)
    rules = [rule for rule in table.rules() if from_forces or not isinstance(rule.constraint, Explained)]
    lines += ["", f"### Rules of {table.name}", "", *rule_lines(rules), ""]
    return "\n".join(lines)


def field_lines(table: Table, from_forces: bool) -> Iterator[str]:
    """Yield the lines of a table's fields; where forces fill it, also whether a force gives the field."""
    head = ("field", "type", "unit", "meaning", "codes")
    yield row(*head, "a force gives it") if from_forces else row(*head)
    yield row(*("---",) * (len(head) + from_forces))
    for declared in table.fields:
        cells = (
            f"`{declared.name}`",
            declared.type,
            declared.unit,
            declared.description,
            code_link(declared),
        )
        yield row(*cells, giver(declared)) if from_forces else row(*cells)


def giver(declared: Field) -> str:
    """Return whether a force gives the field, as a reader of the data wants to know it."""
    if not declared.given:
        return "no, worked out"
    if declared.pseudonym:
        return "yes, kept as a pseudonym"
    return "yes, required" if declared.required else "yes"


def code_link(declared: Field) -> str:
    return "" if declared.codes is None else f"[{declared.codes.name}](#codes-{declared.codes.name})"


def rule_lines(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield the lines of a table of rules: name, severity, and the sentence a finding says."""
    yield row("rule", "severity", "what a finding says")
    yield row("---", "---", "---")
    for rule in rules:
        yield row(f"`{rule.name}`", rule.severity.value, rule.sentence)


def drop_rules() -> str:
    """Return the rules that come with a drop rather than with a table."""
    lines = [
        "## Rules of a drop",
        "",
        "A file as a whole is judged by these too. Any other field that the force's file mends has a rule "
        "`<field>.mended` as well.",
        "",
        *rule_lines(DROP_RULES),
    ]
    return "\n".join([*lines, ""])


def code_lists() -> str:
    """Return every code list once, in the order the tables first use it."""
    lists: dict[str, CodeList] = {}
    for table in EVERY_TABLE:
        for declared in table.fields:
            if declared.codes is not None:
                lists.setdefault(declared.codes.name, declared.codes)
    lines = ["## Codes", ""]
    for known in lists.values():
        lines += [f"### Codes {known.name}", "", f"Source: {known.source}", "", row("code", "meaning")]
        lines += [row("---", "---"), *(row(f"`{code.code}`", code.meaning) for code in known.codes), ""]
    return "\n".join(lines)


def forces() -> str:
    """Return the forces of the register."""
    lines = ["## Forces", "", "`force_id` is one of these. Source: see `schemas/register.py`.", ""]
    lines += [row("force_id", "force", "police force area", "region"), row("---", "---", "---", "---")]
    for entry in FORCES.values():
        lines.append(row(f"`{entry.force_id}`", entry.official_name, entry.ons_pfa_code, entry.region))
    return "\n".join([*lines, ""])


def named(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def row(*cells: str) -> str:
    """Return one line of a Markdown table."""
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return "|" + "|".join(f" {cell} " if cell else " " for cell in escaped) + "|"
