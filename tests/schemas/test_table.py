"""The words of a declaration: what rules a table has, in which order, how severe, and what they say."""

from datetime import date

import pytest

from schemas.assault import ASSAULT
from schemas.support import SUPPORT
from schemas.table import (
    Between,
    Code,
    CodeList,
    Decided,
    Explained,
    Field,
    Implies,
    Matches,
    NotBefore,
    NotEarlierThan,
    OneOf,
    Required,
    RequiredOneOf,
    Severity,
    Table,
    title,
    words,
)

COLOUR = CodeList("colour", "A paint chart.", (Code("red", "Red"), Code("blue", "Blue")))

VISIT = Table(
    name="visit",
    description="One row is one visit.",
    key=("visit_id",),
    fields=(
        Field("visit_id", "string", "The visit.", (Required(),)),
        Field("day_on", "date", "The day.", (Required(), NotEarlierThan())),
        Field("door", "string", "The colour of the door.", (OneOf(codes=COLOUR),)),
        Field("remark", "string", "What was said."),
        Field("made", "string", "Worked out.", (OneOf(codes=COLOUR),), given=False),
    ),
    constraints=(("door", Implies(when="made", values=("red",), then="door", allowed=("red",))),),
)


def test_rules_come_field_by_field_and_those_across_fields_last() -> None:
    assert [rule.name for rule in VISIT.rules()] == [
        "visit_id.required",
        "day_on.unexplained",
        "day_on.required",
        "day_on.long_ago",
        "door.unexplained",
        "door.one_of",
        "made.one_of",
        "door.contradiction",
    ]


def test_what_cannot_be_read_holds_the_row_in_a_required_field_and_asks_in_any_other() -> None:
    severity = {rule.name: rule.severity for rule in VISIT.rules()}
    assert severity["day_on.unexplained"] is Severity.ERROR
    assert severity["door.unexplained"] is Severity.QUERY


def test_free_text_and_fields_we_work_out_are_never_unexplained() -> None:
    names = [rule.name for rule in VISIT.rules()]
    assert "remark.unexplained" not in names
    assert "made.unexplained" not in names


def test_a_field_is_required_only_where_its_absence_is_an_error() -> None:
    asked = Field("day_on", "date", "The day.", (Required(severity=Severity.QUERY),))
    assert VISIT["day_on"].required
    assert not asked.required


def test_a_field_knows_its_code_list() -> None:
    assert VISIT["door"].codes is COLOUR
    assert VISIT["remark"].codes is None


def test_a_code_list_is_its_codes_in_order() -> None:
    assert list(COLOUR) == ["red", "blue"]
    assert len(COLOUR) == 2
    assert "red" in COLOUR
    assert "Red" not in COLOUR


def test_an_unknown_field_is_named_with_its_table() -> None:
    with pytest.raises(KeyError, match="visit has no field colour"):
        VISIT["colour"]


def test_given_fields_are_those_a_force_may_fill() -> None:
    assert [declared.name for declared in VISIT.given] == ["visit_id", "day_on", "door", "remark"]


@pytest.mark.parametrize(
    ("constraint", "field", "sentence"),
    [
        (Required(), "occurred_on", "The date of the assault is missing."),
        (
            Explained(expected="a date"),
            "recorded_on",
            "The date recorded holds something we cannot read as a date.",
        ),
        (
            NotBefore(other="occurred_on"),
            "outcome_on",
            "The date of the outcome is before the date of the assault.",
        ),
        (
            NotEarlierThan(day=date(2000, 4, 1)),
            "occurred_on",
            "The date of the assault is before 1 April 2000.",
        ),
        (Between(low=0, high=60), "days_lost", "Days lost is not between 0 and 60."),
        (Matches(meaning="a reference"), "source_record_id", "The reference is not a reference."),
        (OneOf(codes=COLOUR), "weapon", "Weapon is not a code of the list colour."),
        (
            RequiredOneOf(fields=("offence_code", "offence_title"), book="crime"),
            "offence",
            "The offence is missing: neither the offence code nor the offence title is given.",
        ),
        (
            Decided(given=("offence_code", "victim_type")),
            "offence_class",
            "The class of the offence cannot be decided from the offence code, the victim's role.",
        ),
        (
            Implies(when="offence_class", then="victim_type"),
            "victim_type",
            "The victim's role does not fit the class of the offence.",
        ),
    ],
)
def test_each_constraint_owns_its_sentence(constraint: Required, field: str, sentence: str) -> None:
    assert constraint.sentence(field) == sentence


def test_every_rule_of_the_tables_forces_fill_says_what_is_wrong_and_what_to_do() -> None:
    for rule in (*ASSAULT.rules(), *SUPPORT.rules()):
        assert rule.sentence.endswith("."), rule.name
        assert rule.sentence[0].isupper(), rule.name
        assert rule.remedy.endswith("."), rule.name


def test_rule_names_are_distinct_so_that_a_finding_points_at_one() -> None:
    names = [rule.name for rule in ASSAULT.rules()]
    assert len(names) == len(set(names))


def test_only_what_a_record_cannot_be_counted_without_holds_it() -> None:
    required = [rule.name for rule in ASSAULT.rules() if rule.constraint.name == "required"]
    assert required == [
        "force_id.required",
        "book.required",
        "source_record_id.required",
        "occurred_on.required",
        "offence.required",
    ]
    assert ASSAULT["occurred_on"].required
    assert not ASSAULT["victim_type"].required


def test_the_key_of_the_assault_table_is_one_victim_in_one_record_of_one_book() -> None:
    assert ASSAULT.key == ("force_id", "book", "source_record_id", "victim_number")


def test_the_support_table_has_the_fields_of_the_design_in_order() -> None:
    assert SUPPORT.names == (
        "force_id",
        "source_record_id",
        "victim_number",
        "plan",
        "step",
        "done",
        "done_on",
    )


def test_support_plans_and_steps_are_coded() -> None:
    assert "seven_point" in (SUPPORT["plan"].codes or ())
    assert "victims_code" in (SUPPORT["step"].codes or ())


def test_a_field_without_a_way_of_saying_it_is_said_without_underscores() -> None:
    assert words("hate_crime") == "hate crime"
    assert title("hate_crime") == "Hate crime"


def test_only_of_words_are_new_words_asked() -> None:
    said = {rule.field: rule.remedy for rule in ASSAULT.rules() if rule.name.endswith(".unexplained")}
    assert "If it is a new word of your system, tell us what it means" in said["injury"]
    for name in ("occurred_on", "occurred_time", "days_lost"):
        assert "new word" not in said[name]
        assert said[name].endswith("so, tell us how, so that it can be read.")
    assert "If your system always writes the date of the assault so" in said["occurred_on"]
