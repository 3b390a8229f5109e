"""Every rule has a code of its own, and no code ever comes to mean another rule."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from schemas.catalogue import (
    CODES,
    KINDS,
    MATTERS,
    MEANINGS,
    RETIRED,
    Dimension,
    Entry,
    Retired,
    catalogue,
    code_of,
    every_rule,
    faults,
)
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED, rules_of
from schemas.force import load_forces
from schemas.rule_examples import example_of
from schemas.rule_page import rule_page
from schemas.table import Constraint, Required, Rule
from tests.transforms.literal import book_of

RULE, OTHER = Rule("book", Required()), Rule("force_id", Required())
SINCE = date(2026, 12, 1)


@dataclass(frozen=True)
class Unheard(Constraint):
    """A sort of rule the catalogue says nothing of."""

    name = "unheard"


def issued() -> dict[str, str]:
    with (Path(__file__).parent / "issued_codes.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(row["code"], row["name"]) for row in csv.DictReader(lines)]
    assert len({code for code, _ in rows}) == len(rows)
    return dict(rows)


def test_the_table_of_codes_has_no_fault() -> None:
    assert [*faults(CODES, RETIRED, every_rule(), issued())] == []


def test_every_rule_that_any_force_is_judged_by_has_a_code() -> None:
    books = [book for force in load_forces().values() for book in force.books.values()]
    rules = {
        rule.name: rule for book in books for rule in (*rules_of(book), REPEATED, DUPLICATE, REFUSED_LINE)
    }
    assert len(rules) >= 76
    for rule in rules.values():
        (entry,) = (each for each in catalogue() if each.code == code_of(rule.name))
        assert (entry.name, entry.severity) == (rule.name, rule.severity)
        assert entry.rule.sentence == rule.sentence


def test_rules_that_a_mend_brings_have_their_codes_before_a_force_states_it(tmp_path: Path) -> None:
    book = book_of(tmp_path, 'district = { column = "Beat", mend = { leading_zeros = 3 } }')
    brought = {rule.name for rule in rules_of(book)} & {"district.mended", "district.unexplained"}
    assert len(brought) == 2
    assert all(code_of(name) for name in brought)


@pytest.mark.parametrize(
    ("codes", "retired", "rules", "given", "said"),
    [
        ([], [], [RULE], {}, "book.required has no code"),
        ([("A001", RULE.name), ("A001", OTHER.name)], [], [RULE, OTHER], {}, "A001 stands 2 times"),
        ([("A001", RULE.name), ("A002", RULE.name)], [], [RULE], {}, "book.required has 2 codes"),
        ([("A001", RULE.name)], [], [RULE], {"A001": OTHER.name}, "A001 was given to force_id.required"),
        ([("A001", RULE.name)], [], [RULE], {}, "A001,book.required is to be added"),
        ([("A001", RULE.name)], [], [], {}, "A001 stands for book.required, which is no rule"),
        ([("C001", RULE.name)], [], [RULE], {}, "C001 has another letter"),
        ([("A1", RULE.name)], [], [RULE], {}, "A1 is not a letter and three digits"),
        ([("A001", "book.unheard")], [], [Rule("book", Unheard())], {}, "MATTERS says nothing of Unheard"),
        ([], [], [], {"A001": RULE.name}, "A001 was given to book.required and is gone"),
        (
            [("A001", RULE.name)],
            [Retired("A001", OTHER.name, (), SINCE, "It is gone.")],
            [RULE],
            {},
            "A001 stands 2 times",
        ),
        (
            [],
            [Retired("A001", OTHER.name, (), SINCE, "It is gone.")],
            [],
            {"A001": RULE.name},
            "A001 was given to book.required, not to force_id.required",
        ),
        (
            [],
            [Retired("A001", OTHER.name, ("A009",), SINCE, "It is gone.")],
            [],
            {},
            "sends the reader to A009",
        ),
    ],
)
def test_each_fault_of_a_table_of_codes_is_said(
    codes: list[tuple[str, str]], retired: list[Retired], rules: list[Rule], given: dict[str, str], said: str
) -> None:
    assert any(said in fault for fault in faults(codes, retired, rules, given))


def test_a_code_that_was_retired_and_is_sent_elsewhere_is_no_fault() -> None:
    gone = Retired("A001", OTHER.name, ("A002",), SINCE, "It says the same as another.")
    given = {"A001": OTHER.name, "A002": RULE.name}
    assert [*faults([("A002", RULE.name)], [gone], [RULE], given)] == []


def test_every_dimension_is_used_and_explained() -> None:
    assert {each.dimension for each in catalogue()} == {*Dimension} == {*MEANINGS}
    assert {matter.letter for matter in MATTERS.values()} == {*KINDS}


@pytest.mark.parametrize("entry", catalogue(), ids=lambda each: each.name)
def test_every_entry_says_all_there_is_to_say(entry: Entry) -> None:
    for said in (entry.rule.sentence, entry.rule.remedy, entry.why, entry.kind, entry.applies):
        assert said and "{" not in said
    example = example_of(entry.rule)
    assert example.breaks and example.sound and example.breaks != example.sound


@dataclass(frozen=True)
class Dated(Required):
    """A rule for the assaults of some days alone."""

    since: date | None = None
    until: date | None = None


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (None, None, "records of every date"),
        (SINCE, None, "records of assaults from 1 December 2026"),
        (None, SINCE, "records of assaults up to and including 1 December 2026"),
        (SINCE, SINCE, "records of assaults from 1 December 2026 up to and including 1 December 2026"),
    ],
)
def test_an_entry_says_which_dates_its_rule_is_for(since: date | None, until: date | None, said: str) -> None:
    assert Entry("A001", Rule("book", Dated(since=since, until=until))).applies == said


def test_the_page_has_a_section_a_rule_and_its_contents_lead_there() -> None:
    lines = rule_page().split("\n")
    for entry in catalogue():
        assert f"### {entry.code}" in lines
        assert any(
            line.startswith(f"| [{entry.code}](#{entry.code.lower()}) | `{entry.name}` |") for line in lines
        )
