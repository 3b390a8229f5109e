"""Each constraint as a mask: which row breaks it, and by which rule."""

from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from expectations.masks import BITS, Context, any_bit, bits_of, check, decode, mask_count
from schemas.assault import ASSAULT
from schemas.drop import rules_of
from schemas.force import Book, load_force
from schemas.table import Severity

ARROW = {
    "string": pa.string(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "list": pa.list_(pa.string()),
}

JUDGED_ON = date(2018, 10, 1)

SOUND = {
    "force_id": "testshire",
    "book": "crime",
    "source_record_id": "T/1",
    "victim_number": 1,
    "occurred_on": date(2018, 7, 4),
    "recorded_on": date(2018, 7, 5),
    "offence_title": "Assault on a constable",
    "offence_class": "104",
    "measure": "constable_without_injury",
    "victim_type": "police_officer",
    "length_of_service_years": 3,
}

FORCE = """
name = "Testshire Police"
[crime]
system = "invented"
files = ["*.csv"]
not_collected = [{rest}]
force = {{ column = "Force", words = ["Testshire"] }}
scope = [{{ column = "Assault", in = ["Yes"], out = ["No"] }}]
[crime.fields]
source_record_id = {{ column = "Ref", pattern = 'T/\\d+' }}
victim_number = {{ column = "Victim" }}
occurred_on = {{ column = "Date" }}
recorded_on = {{ column = "Recorded" }}
offence_title = {{ column = "Offence" }}
victim_type = {{ column = "Role", codes = {{ "PC" = "police_officer" }} }}
length_of_service_years = {{ column = "Service" }}
injury = {{ column = "Injury", codes = {{ "None" = "none" }} }}
"""

MAPPED = (
    "source_record_id", "victim_number", "occurred_on", "recorded_on", "offence_title", "victim_type",
    "length_of_service_years", "injury",
)  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    rest = ", ".join(f'"{field.name}"' for field in ASSAULT.given if field.name not in MAPPED)
    path: Path = tmp_path_factory.mktemp("forces") / "testshire.toml"
    path.write_text(FORCE.format(rest=rest), encoding="utf-8")
    return load_force(path).books["crime"]


def judged(rows: list[dict], book: Book, period: tuple[date, date] | None = None) -> pa.Table:
    """Return sound records changed as each row says, with their masks."""
    records = [{**SOUND, "out_of_scope": None, "offence_undecided": False, **row} for row in rows]
    marks = dict.fromkeys(name for row in rows for name in row if name not in ASSAULT.names)
    types = {field.name: ARROW[field.type] for field in ASSAULT.fields}
    types |= {"out_of_scope": pa.int64(), "offence_undecided": pa.bool_()}
    types |= {name: pa.bool_() for name in marks if name not in types}
    columns = {
        name: pa.array([record.get(name, False if name in marks else None) for record in records], kind)
        for name, kind in types.items()
    }
    return check(ibis.memtable(pa.table(columns)), book, Context(JUDGED_ON, period)).to_pyarrow()


def broken(rows: list[dict], book: Book, period: tuple[date, date] | None = None) -> set[tuple[int, str]]:
    """Return the place of each row, from 0, with each rule it breaks."""
    rules = rules_of(book)
    masks = [f"broken_{number}" for number in range(mask_count(rules))]
    found = judged(rows, book, period).select(masks).to_pylist()
    return {
        (place, rule.name)
        for place, row in enumerate(found)
        for rule in decode([row[m] for m in masks], rules)
    }


def test_a_sound_record_breaks_nothing(book):
    assert broken([{}], book) == set()


def test_a_record_without_its_date_breaks_required(book):
    assert broken([{}, {"occurred_on": None}], book) == {(1, "occurred_on.required")}


def test_a_date_that_could_not_be_read_is_unexplained_and_not_also_missing(book):
    rows = [{}, {"occurred_on": None, "unexplained_occurred_on": True}]
    assert broken(rows, book) == {(1, "occurred_on.unexplained")}


def test_a_value_no_list_explains_is_unexplained_in_its_own_field(book):
    assert broken([{"unexplained_injury": True}, {}], book) == {(0, "injury.unexplained")}


def test_a_date_after_the_day_of_judging_is_in_the_future_and_that_day_is_not(book):
    rows = [
        {"occurred_on": JUDGED_ON, "recorded_on": JUDGED_ON},
        {"occurred_on": date(2018, 10, 2), "recorded_on": None},
    ]
    assert broken(rows, book) == {(1, "occurred_on.in_future")}


def test_a_date_before_april_2000_is_long_ago_and_the_first_of_april_is_not(book):
    rows = [
        {"occurred_on": date(2000, 4, 1), "recorded_on": None},
        {"occurred_on": date(2000, 3, 31), "recorded_on": None},
    ]
    assert broken(rows, book) == {(1, "occurred_on.long_ago")}


def test_a_date_outside_the_stated_period_is_asked_about_and_its_last_day_is_inside(book):
    rows = [
        {"occurred_on": date(2018, 7, 31), "recorded_on": None},
        {"occurred_on": date(2018, 8, 1), "recorded_on": None},
        {"occurred_on": date(2018, 6, 30), "recorded_on": None},
    ]
    july = (date(2018, 7, 1), date(2018, 7, 31))
    assert broken(rows, book, july) == {(1, "occurred_on.outside_period"), (2, "occurred_on.outside_period")}


def test_without_a_stated_period_no_date_is_outside_it(book):
    assert broken([{"occurred_on": date(2011, 1, 1), "recorded_on": None}], book) == set()


def test_a_record_made_before_the_assault_is_too_early_and_one_of_the_same_day_is_not(book):
    rows = [{"recorded_on": date(2018, 7, 3)}, {"recorded_on": date(2018, 7, 4)}]
    assert broken(rows, book) == {(0, "recorded_on.too_early")}


def test_a_number_out_of_its_bounds_is_out_of_range_and_the_bounds_are_within(book):
    rows = [{"length_of_service_years": years} for years in (-1, 0, 60, 61, None)]
    rule = "length_of_service_years.out_of_range"
    assert broken(rows, book) == {(0, rule), (3, rule)}


def test_a_reference_must_match_its_pattern_from_start_to_end(book):
    rows = [{"source_record_id": text} for text in ("T/22", "XT/22", "T/22 b", "T/22\n")]
    rule = "source_record_id.pattern"
    assert broken(rows, book) == {(1, rule), (2, rule), (3, rule)}


def test_a_missing_reference_is_missing_and_not_also_of_the_wrong_form(book):
    assert broken([{"source_record_id": None}], book) == {(0, "source_record_id.required")}


def test_a_crime_needs_a_code_a_title_or_a_class(book):
    nothing = {"offence_title": None, "offence_code": None, "offence_class": None}
    rows = [
        nothing,
        {**nothing, "offence_code": "008/73"},
        {**nothing, "offence_title": "Assault"},
        {**nothing, "offence_class": "104"},
    ]
    assert broken(rows, book) == {(0, "offence.required")}


def test_a_class_that_does_not_follow_from_a_title_is_undecided(book):
    rows = [{"offence_class": None, "measure": None, "offence_undecided": True}, {}]
    assert broken(rows, book) == {(0, "offence_class.undecided")}


def test_an_offence_that_was_not_given_is_missing_and_not_also_undecided(book):
    rows = [{"offence_title": None, "offence_class": None, "measure": None, "offence_undecided": True}]
    assert broken(rows, book) == {(0, "offence.required")}


def test_a_pcso_assaulted_as_a_constable_contradicts_herself_and_an_unknown_victim_does_not(book):
    rows = [{"victim_type": victim} for victim in ("pcso", "unknown", None, "special_constable")]
    assert broken(rows, book) == {(0, "victim_type.contradiction")}


def test_a_row_of_another_force_is_an_error_of_the_force(book):
    assert broken([{"another_force": True}, {}], book) == {(0, "force_id.another_force")}


def test_a_row_that_may_not_be_an_assault_is_an_error_of_the_scope(book):
    assert broken([{}, {"unexplained_scope": True}], book) == {(1, "scope.unexplained")}


def test_a_row_out_of_scope_breaks_nothing_whatever_is_wrong_with_it(book):
    assert broken([{"out_of_scope": 1, "occurred_on": None, "source_record_id": None}], book) == set()


def test_a_row_may_break_several_rules_and_each_is_found(book):
    rows = [{"source_record_id": "lost", "length_of_service_years": 99, "recorded_on": date(2018, 1, 1)}]
    assert broken(rows, book) == {
        (0, "recorded_on.too_early"),
        (0, "length_of_service_years.out_of_range"),
        (0, "source_record_id.pattern"),
    }


def test_a_field_that_is_not_collected_breaks_nothing(book):
    assert broken([{"days_lost": 99_999, "unexplained_days_lost": True}], book) == set()


def test_rules_past_the_sixty_second_stand_in_a_second_mask(book):
    rules = rules_of(book)
    assert len(rules) > BITS
    table = judged([{"another_force": True}], book)
    assert table["broken_0"].to_pylist() == [0]
    assert table["broken_1"].to_pylist() != [0]


def test_only_errors_hold_a_row(book):
    rules = rules_of(book)
    rows = [{"recorded_on": date(2018, 1, 1)}, {"occurred_on": None}]
    table = ibis.memtable(judged(rows, book).select([f"broken_{n}" for n in range(mask_count(rules))]))
    held = table.select(held=any_bit(table, bits_of(rules, [Severity.ERROR]))).to_pyarrow()
    assert held["held"].to_pylist() == [False, True]
