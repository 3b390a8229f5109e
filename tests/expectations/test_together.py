"""The rules that look at several fields: what each asks, on which days, and that Great Expectations says the same."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from expectations.masks import Context, breakable, broken, columns_of
from expectations.suites import expect, frame_of, record_suite, rule_suite, suite_of
from schemas.assault import ASSAULT
from schemas.catalogue import catalogue, code_of
from schemas.force import Book, load_force
from schemas.table import Implies, IsNot, Needs, NotLongAfter, NotTogether, Required, Rule, Severity
from schemas.together import TOGETHER
from tests.expectations.test_masks import ARROW
from transforms.classify import classify

AS_OF = Context(date(2026, 11, 21))
RULES = tuple(Rule(field, constraint) for field, constraint in TOGETHER)
BY_NAME = {rule.name: rule for rule in RULES}
DAY = date(2024, 7, 4)


def table_of(records: list[Mapping[str, Any]]) -> pa.Table:
    """Return records with every field of the table, and nothing that could not be read."""
    columns = {
        declared.name: pa.array([record.get(declared.name) for record in records], ARROW[declared.type])
        for declared in ASSAULT.fields
    }
    unread = pa.array([False] * len(records))
    return pa.table({**columns, **{f"unexplained_{field}": unread for field in ASSAULT.names}})


def marks(rules: Sequence[Rule], table: pa.Table) -> dict[str, list[bool]]:
    """Return which records of a table break each rule, by its mask."""
    records = ibis.memtable(table)
    masks = {rule.name: mask for rule in rules if (mask := broken(records, rule, AS_OF)) is not None}
    assert len(masks) == len(rules)
    return records.select(**masks).to_pyarrow().to_pydict()


def sound_but(records: Sequence[Mapping[str, Any]]) -> pa.Table:
    return table_of([{"occurred_on": DAY, "victim_number": 1, **each} for each in records])


def breaks(rule: Rule, *records: Mapping[str, Any]) -> list[bool]:
    """Return which records break a rule."""
    return marks([rule], sound_but(records))[rule.name]


def found(*records: Mapping[str, Any]) -> list[set[str]]:
    """Return the rules across fields that each record breaks."""
    every = marks(RULES, sound_but(records))
    return [{name for name, broken_by in every.items() if broken_by[place]} for place in range(len(records))]


# Ordinary records, for which no rule may ask anything: as forces do send them.
ORDINARY: Mapping[str, Mapping[str, Any]] = {
    "an attempt to injure that hurt nobody": {
        "measure": "constable_with_injury", "attempted": True, "injury": "none",
    },
    "the second victim of a crime that hurt the first": {
        "measure": "constable_with_injury", "injury": "none", "victim_number": 2,
    },
    "hospital after being spat at": {"injury": "none", "spat_at": True, "treatment": "hospital"},
    "first aid for a corrosive that did no harm": {
        "injury": "none", "weapon": "corrosive", "treatment": "first_aid",
    },
    "an outcome not yet assigned": {"outcome_type": "0"},
    "a case taken into consideration and sentenced": {"outcome_type": "4", "sentence": "fine"},
    "a suspect charged and tried": {
        "outcome_type": "1", "outcome_on": DAY, "recorded_on": DAY, "sentence": "awaited",
        "charged_under": "emergency_workers_2018",
    },
    "a common assault on a constable off duty": {
        "offence_class": "105A", "measure": "other", "victim_type": "police_officer", "duty_status": "off_duty",
    },
    "an officer off duty who acted and was with a colleague": {
        "duty_status": "off_duty_acting", "crewing": "double", "charged_under": "emergency_workers_2018",
        "outcome_type": "1A", "outcome_on": DAY,
    },
    "an officer off duty by himself": {"duty_status": "off_duty", "crewing": "single"},
    "a special constable with a rank": {"victim_type": "special_constable", "rank": "inspector"},
    "a community support officer without a rank": {"victim_type": "pcso", "rank": "not_applicable"},
    "a strand list that was ticked all no": {"hate_crime": False, "hate_strands": []},
    "a hate crime with its strand": {"hate_crime": True, "hate_strands": ["race"]},
    "forty years old with twenty years of service": {
        "age_band": "age_26_to_40", "length_of_service_years": 20, "rank": "superintendent",
    },
    "a record made a year after": {"recorded_on": DAY + timedelta(365)},
    "a severe injury of which the treatment is not known": {"injury": "severe", "treatment": "unknown"},
    "nothing but the day": {},
}  # fmt: skip


def test_ordinary_records_are_asked_nothing() -> None:
    answers = dict(zip(ORDINARY, found(*ORDINARY.values()), strict=True))
    assert {said: rules for said, rules in answers.items() if rules} == {}


def test_a_record_may_contradict_itself_in_several_ways() -> None:
    record = {
        "measure": "constable_with_injury", "injury": "none", "treatment": "hospital", "victim_type": "pcso",
        "rank": "sergeant", "outcome_type": "8", "sentence": "fine", "hate_strands": ["race"], "hate_crime": False,
    }  # fmt: skip
    assert found(record) == [
        {
            "injury.none_in_injury_class",
            "treatment.hospital_without_injury",
            "rank.of_no_officer",
            "sentence.without_charge",
            "hate_crime.strand_without_flag",
        }
    ]


# One row under two dates: the rule, what the row holds, the last day on one side of the turn, and which side asks.
TURNS = (
    ("charged_under.before_act", {"charged_under": "emergency_workers_2018"}, date(2018, 11, 12), True),
    ("offence_code.before_act", {"offence_code": "008/73"}, date(2018, 11, 12), True),
    ("offence_code.before_strangulation", {"offence_code": "008/77"}, date(2022, 6, 6), True),
    ("offence_title.before_8s", {"offence_title": "8S"}, date(2017, 3, 31), True),
    ("offence_title.before_8t", {"offence_title": "8T"}, date(2020, 3, 31), True),
    (
        "victim_type.constable_in_general_injury_class",
        {"offence_class": "8N", "victim_type": "police_officer"},
        date(2017, 3, 31),
        False,
    ),
)


@pytest.mark.parametrize(("name", "cells", "last", "before"), TURNS, ids=[turn[0] for turn in TURNS])
def test_the_same_row_under_two_dates_gets_two_right_answers(
    name: str, cells: Mapping[str, Any], last: date, before: bool
) -> None:
    days = (last, last + timedelta(1), None)
    asked = breaks(BY_NAME[name], *({**cells, "occurred_on": day} for day in days))
    assert asked == [before, not before, False]


def test_every_rule_with_dates_is_among_the_turns_or_only_leaves_out_what_is_long_ago() -> None:
    dated = {rule.name for rule in RULES if rule.constraint.since or rule.constraint.until}
    assert dated - {turn[0] for turn in TURNS} == {"recorded_on.late"}


def test_a_rule_of_one_field_may_have_dates_too() -> None:
    rule = Rule("rank", Required(since=date(2020, 4, 1), until=date(2020, 4, 30)))
    days = [date(2020, 3, 31), date(2020, 4, 1), date(2020, 4, 30), date(2020, 5, 1)]
    assert breaks(rule, *({"occurred_on": day} for day in days)) == [False, True, True, False]
    assert "occurred_on" in columns_of(rule)


def test_offences_of_the_years_before_a_class_are_put_into_the_general_one_and_the_force_is_told() -> None:
    sent = [("8S", day) for day in (date(2017, 3, 31), date(2017, 4, 1))]
    table = pa.table(
        {
            "offence_code": pa.array([None, None], pa.string()),
            "offence_title": [title for title, _ in sent],
            "victim_type": ["police_officer"] * 2,
            "occurred_on": [day for _, day in sent],
        }
    )
    records = (
        classify(ibis.memtable(table)).select("offence_title", "occurred_on", "offence_class").to_pyarrow()
    )
    classes = records.sort_by("occurred_on").column("offence_class").to_pylist()
    assert classes == ["8N", "8S"]
    told = [{"offence_title": title, "occurred_on": day} for title, day in sent]
    assert breaks(BY_NAME["offence_title.before_8s"], *told) == [True, False]


def test_what_is_missing_is_not_also_missing_where_it_could_not_be_read_nor_where_the_file_has_no_column() -> (
    None
):
    rule = BY_NAME["outcome_on.missing_for_charge"]
    assert breaks(rule, {"outcome_type": "1"}, {"outcome_type": "1", "outcome_on": DAY}) == [True, False]
    table = table_of([{"outcome_type": "1"}])
    place = table.schema.get_field_index("unexplained_outcome_on")
    unread = table.set_column(place, "unexplained_outcome_on", pa.array([True]))
    assert marks([rule], unread) == {rule.name: [False]}
    assert broken(ibis.memtable(table.drop_columns("unexplained_outcome_on")), rule, AS_OF) is None


FORCE = """
name = "Testshire Police"
[crime]
system = "invented"
files = ["*.csv"]
not_collected = [{rest}]
{more}
[crime.fields]
source_record_id = {{ column = "Ref" }}
occurred_on = {{ column = "Date" }}
offence_title = {{ column = "Offence" }}
outcome_type = {{ column = "Outcome" }}
injury = {{ column = "Injury{n}", codes = {{ "None" = "none" }} }}
{fields}
"""


def book_of(folder: Path, fields: str = "", more: str = "", n: str = "") -> Book:
    mapped = {line.split(" =")[0] for line in f"{FORCE}\n{fields}".splitlines() if "= {" in line}
    rest = ", ".join(f'"{declared.name}"' for declared in ASSAULT.given if declared.name not in mapped)
    path = folder / "testshire.toml"
    path.write_text(FORCE.format(rest=rest, fields=fields, more=more, n=n), encoding="utf-8")
    return load_force(path).books["crime"]


def asked_of(book: Book) -> set[str]:
    return {rule.name for rule in RULES if breakable(rule, book)}


def test_a_rule_is_asked_only_of_a_force_that_collects_what_it_speaks_of(tmp_path: Path) -> None:
    asked = asked_of(book_of(tmp_path))
    assert "injury.none_in_injury_class" in asked
    assert not asked & {"outcome_on.missing_for_charge", "treatment.hospital_without_injury"}


def test_what_the_force_file_says_of_every_row_is_no_reason_to_ask(tmp_path: Path) -> None:
    every = 'charged_under = { constant = "police_fire_reform_scotland_2012" }'
    assert "charged_under.without_charge" not in asked_of(book_of(tmp_path, every))
    own = 'charged_under = { column = "Act" }'
    assert "charged_under.without_charge" in asked_of(book_of(tmp_path, own))


def test_a_row_of_several_victims_may_have_hurt_any_of_them(tmp_path: Path) -> None:
    assert "injury.none_in_injury_class" not in asked_of(book_of(tmp_path, more="victims = 2", n=" {n}"))


def test_none_of_these_rules_holds_a_row() -> None:
    assert {rule.severity for rule in RULES} == {Severity.QUERY, Severity.NOTE}


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_each_rule_has_a_code_of_its_own_and_its_own_words(rule: Rule) -> None:
    (entry,) = (each for each in catalogue() if each.name == rule.name)
    assert entry.code == code_of(rule.name) and entry.code.startswith("C")
    assert entry.rule.sentence.endswith(".") and entry.rule.remedy.endswith(".") and entry.why.endswith(".")
    if isinstance(rule.constraint, NotTogether):
        last = rule.constraint.conditions[-1]
        assert rule.constraint.since or rule.constraint.until or last.field == rule.field
        assert not isinstance(last, IsNot)


def some_record(rng: random.Random) -> dict[str, Any]:
    """Return a record of which any two fields may contradict each other, each missing now and then."""
    turns = [date(2000, 3, 31), *(turn[2] for turn in TURNS)]
    own = {
        "date": lambda: rng.choice(turns) + timedelta(rng.choice((0, 1, 2, 364, 365, 366, 367))),
        "integer": lambda: rng.choice((0, 1, 9, 10, 25, 40, 2000, 2001)),
        "boolean": lambda: rng.random() < 0.5,
    }
    choices = {
        "offence_code": ("008/73", "008/77"),
        "offence_title": ("8S", "8T", "8s"),
        "offence_class": ("8N", "105A"),
    }
    record: dict[str, Any] = {}
    for declared in ASSAULT.fields:
        if rng.random() < 0.15:
            record[declared.name] = None
        elif declared.type == "list":
            record[declared.name] = rng.sample(list(declared.codes or ()), rng.randint(0, 2))
        elif declared.type in own:
            record[declared.name] = own[declared.type]()
        elif declared.codes or declared.name in choices:
            record[declared.name] = rng.choice(choices.get(declared.name) or list(declared.codes or ()))
    # The rules meet more often where the fields they speak of are seldom anything else.
    record["injury"] = rng.choice(("none", "none", "severe", "fatal", "minor", None))
    record["measure"] = rng.choice((record.get("measure"), "other", "constable_with_injury"))
    record["outcome_type"] = rng.choice(("0", "1", "8", "7", None, record.get("outcome_type")))
    record["victim_type"] = rng.choice(
        ("pcso", "police_officer", "student_officer", record.get("victim_type"))
    )
    record["duty_status"] = rng.choice(("off_duty", "on_duty", None))
    record["charged_under"] = rng.choice((None, "emergency_workers_2018", "police_reform_2002"))
    record["age_band"] = rng.choice(("under_26", record.get("age_band")))
    return record


@pytest.mark.slow
def test_great_expectations_fails_the_records_the_masks_fail_rule_by_rule(batches: Any) -> None:
    rng = random.Random(2018)
    table = table_of([some_record(rng) for _ in range(1500)])
    frame = frame_of(table)
    frame["place"] = range(len(frame))
    suite = suite_of("together", [each for rule in RULES for each in expect(rule, ASSAULT, None)])
    places = {"result_format": "COMPLETE", "unexpected_index_column_names": ["place"]}
    by_suite: dict[str, set[int]] = {}
    for each in batches(frame).validate(suite, result_format=places).results:
        rule = each.expectation_config.meta["rule"]
        assert "unexpected_count" in each.result, f"{rule} could not be judged: {each.exception_info}"
        failed = {found["place"] for found in each.result.get("unexpected_index_list") or ()}
        by_suite.setdefault(rule, set()).update(failed)
    by_masks = {
        name: {place for place, mark in enumerate(broken_by) if mark}
        for name, broken_by in marks(RULES, table).items()
    }
    assert by_suite == by_masks
    assert [name for name, failed in by_masks.items() if not failed] == []


def test_every_expectation_of_a_rule_says_in_plain_english_what_it_expects() -> None:
    for rule in RULES:
        for each in expect(rule, ASSAULT, None):
            assert each.description[0].isupper() and each.description.endswith("."), rule.name
            assert "_" not in each.description, rule.name
            assert each.meta["sentence"] == rule.sentence


def test_rules_that_only_ask_are_laid_on_a_drop_and_not_on_records_at_rest(tmp_path: Path) -> None:
    at_rest = {each.meta["rule"] for each in record_suite().expectations}
    assert "victim_type.contradiction" in at_rest and at_rest & {*BY_NAME} == {"outcome_on.before_recorded"}
    book = book_of(tmp_path, 'outcome_on = { column = "Decided" }')
    of_drop = {each.meta["rule"] for each in rule_suite(book, AS_OF, ["sent_outcome_on"]).expectations}
    assert of_drop & {*BY_NAME} == asked_of(book) != set()


def test_a_sort_of_rule_whose_dates_no_expectation_knows_is_said_to_be_one() -> None:
    dated = Rule("rank", Implies(since=DAY, when="sex", values=("male",), then="rank", allowed=()))
    with pytest.raises(TypeError, match="No expectation with dates is written for Implies"):
        list(expect(dated, ASSAULT, None))
    late = Rule("outcome_on", NotLongAfter(since=DAY, other="recorded_on", days=3))
    with pytest.raises(TypeError):
        list(expect(late, ASSAULT, None))


def test_every_sort_of_condition_and_of_rule_is_in_use() -> None:
    sorts = {type(rule.constraint) for rule in RULES}
    assert {NotTogether, Needs, NotLongAfter} <= sorts
