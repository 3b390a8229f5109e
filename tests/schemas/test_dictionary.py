"""The data dictionary says everything the declarations say."""

import re

from schemas.dictionary import DROP_RULES, EVERY_TABLE, FROM_FORCES, dictionary
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED, UNKNOWN_ACTION, rules_of
from schemas.force import load_forces
from schemas.national import TABLES
from schemas.register import FORCES
from schemas.table import Explained

LINES = dictionary().split("\n")


def section(heading: str) -> list[str]:
    """Return the lines under a heading, up to the next of the same rank or higher."""
    rank = heading.split(" ")[0]
    start = LINES.index(heading) + 1
    ends = (n for n, line in enumerate(LINES[start:], start) if re.match(rf"#{{1,{len(rank)}}} ", line))
    return LINES[start : next(ends, len(LINES))]


def test_every_field_of_every_table_has_its_line_with_type_unit_and_meaning() -> None:
    for table in EVERY_TABLE:
        lines = section(f"## Table {table.name}")
        for declared in table.fields:
            unit = f"{declared.unit} " if declared.unit else ""
            wanted = f"| `{declared.name}` | {declared.type} | {unit}| {declared.description} |"
            assert any(line.startswith(wanted) for line in lines), wanted


def test_a_field_says_whether_a_force_gives_it() -> None:
    lines = {line.split("`")[1]: line for line in section("## Table assault") if line.startswith("| `")}
    given = {name: line.rsplit(" | ", 1)[1] for name, line in lines.items() if name.count(".") == 0}
    assert given["occurred_on"] == "yes, required |"
    assert given["injury"] == "yes |"
    assert given["victim_id"] == "yes, kept as a pseudonym |"
    assert given["measure"] == "no, worked out |"


def test_tables_no_force_fills_do_not_say_that_a_force_gives_their_fields() -> None:
    assert "a force gives it" not in "".join(section("## Table outcomes"))


def test_every_rule_has_its_severity_and_sentence() -> None:
    for table in FROM_FORCES:
        lines = section(f"### Rules of {table.name}")
        for rule in table.rules():
            assert f"| `{rule.name}` | {rule.severity} | {rule.sentence} |" in lines


def test_published_tables_have_no_rule_about_what_a_force_sent() -> None:
    for table in TABLES:
        lines = "\n".join(section(f"### Rules of {table.name}"))
        assert "unexplained" not in lines
        assert any(isinstance(rule.constraint, Explained) for rule in table.rules())


def test_the_rules_of_a_drop_are_all_there() -> None:
    book = next(iter(load_forces().values())).books["crime"]
    judged_by = {rule.name for rule in rules_of(book)} | {
        REPEATED.name,
        DUPLICATE.name,
        REFUSED_LINE.name,
        UNKNOWN_ACTION.name,
    }
    shown = {rule.name for rule in DROP_RULES}
    assert judged_by - {rule.name for rule in FROM_FORCES[0].rules()} == shown
    lines = section("## Rules of a drop")
    for rule in DROP_RULES:
        assert f"| `{rule.name}` | {rule.severity} | {rule.sentence} |" in lines


def test_every_code_list_gives_its_source_and_every_code_its_meaning() -> None:
    for table in EVERY_TABLE:
        for declared in table.fields:
            if declared.codes is None:
                continue
            lines = section(f"### Codes {declared.codes.name}")
            assert f"Source: {declared.codes.source}" in lines
            for code in declared.codes.codes:
                assert f"| `{code.code}` | {code.meaning} |" in lines


def test_two_different_code_lists_never_share_a_name() -> None:
    lists = [f.codes for table in EVERY_TABLE for f in table.fields if f.codes is not None]
    assert len({known.name for known in lists}) == len(set(lists))


def test_the_forces_are_listed() -> None:
    lines = section("## Forces")
    for entry in FORCES.values():
        assert any(line.startswith(f"| `{entry.force_id}` | {entry.official_name} |") for line in lines)


def test_every_link_leads_to_a_heading() -> None:
    headings = {line.lstrip("# ").lower().replace(" ", "-") for line in LINES if line.startswith("#")}
    targets = set(re.findall(r"\]\(#([^)]+)\)", "\n".join(LINES)))
    assert targets
    assert targets <= headings


def test_every_line_of_a_markdown_table_has_as_many_cells_as_its_head() -> None:
    width = 0
    for line in LINES:
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not (width and cells) or cells == width, line
        width = cells
