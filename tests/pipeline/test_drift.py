"""Drift: a later file's renamed, new, gone and moved columns and new words, told in its receipt and by the status."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pipeline import recipe
from pipeline.drift import Sent, changes, column_changes, likeness, mend_renamed, moved_columns, new_names
from schemas.force import load_force
from tests.office import COLUMNS, FORCE, Office, export

JULY = Sent("july.csv", "2018-07-01", 10, ("Ref", "Date", "Injury", "MO"))
AUGUST = replace(JULY, file="august.csv", since="2018-08-01", rows=7)


def second(office: Office, content: str) -> dict[str, Any]:
    """Return the receipt of August's file, sent after an ordinary one of July."""
    office.receipt(export({}, {}))
    return office.receipt(content.replace("/07/2018", "/08/2018"), name="crime_2018-08.csv")


def told(receipt: dict[str, Any]) -> list[tuple[str, str, str | None, str, int]]:
    return [
        (each["kind"], each["column"], each["was"], each["since"], each["rows"]) for each in receipt["drift"]
    ]


@pytest.mark.slow
def test_the_first_file_and_one_like_it_have_not_drifted(office: Office) -> None:
    assert office.receipt(export({"Injury": "Ouch"}))["drift"] == []
    again = office.receipt(export({"Date": "03/08/2018", "Injury": "Ouch"}), name="crime_2018-08.csv")
    assert again["drift"] == []


@pytest.mark.slow
def test_a_renamed_column_is_told_with_the_line_that_reads_it_again(office: Office) -> None:
    receipt = second(office, export({}, {}, {}).replace(",Injury,", ",Injury level,", 1))
    assert told(receipt) == [("renamed", "Injury level", "Injury", "2018-08-01", 3)]
    (change,) = receipt["drift"]
    assert change["sentence"] == (
        '"Injury" is gone since crime_2018-07.csv and "Injury level" is new; it looks like the same column.'
    )
    assert change["mend"] == 'In [crime.fields.injury]: column = ["Injury", "Injury level"]'
    assert receipt["absent_columns"] == ["Injury"]
    assert receipt["accepted"] == 3


@pytest.mark.slow
def test_the_line_suggested_for_a_renamed_column_mends_it(office: Office) -> None:
    receipt = second(office, export({}, {}).replace(",Injury,", ",Injury level,", 1))
    line = receipt["drift"][0]["mend"].partition(": ")[2]
    path = office.forces / f"{FORCE}.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('column = "Injury"', line), encoding="utf-8")
    mended = office.receipt(
        export({"Date": "03/09/2018"}).replace(",Injury,", ",Injury level,", 1), name="crime_2018-09.csv"
    )
    assert (mended["absent_columns"], mended["unexpected_columns"], mended["drift"]) == ([], [], [])
    book = load_force(path).books["crime"]
    assert mend_renamed("Injury", "Injury level", book) is None


@pytest.mark.slow
def test_a_new_column_is_told_with_the_line_that_ignores_it(office: Office) -> None:
    lines = export({}, {}).splitlines()
    receipt = second(office, "\n".join([lines[0] + ",Weather", *(line + ",wet" for line in lines[1:]), ""]))
    assert told(receipt) == [("added", "Weather", None, "2018-08-01", 2)]
    assert receipt["drift"][0]["mend"].startswith('In [crime]: ignored = [..., "Weather"]')


@pytest.mark.slow
def test_a_column_that_is_gone_is_told_with_the_field_not_collected(office: Office) -> None:
    fewer = tuple(name for name in COLUMNS if name != "Days lost")
    receipt = second(office, export({}, {}, columns=fewer))
    assert told(receipt) == [("dropped", "Days lost", None, "2018-08-01", 2)]
    assert "Not collected this time: days lost." in receipt["drift"][0]["sentence"]
    assert 'not_collected = [..., "days_lost"]' in receipt["drift"][0]["mend"]
    assert receipt["accepted"] == 2


@pytest.mark.slow
def test_columns_in_another_order_are_told_and_read_the_same(office: Office) -> None:
    moved = ("Date", *(name for name in COLUMNS if name != "Date"))
    receipt = second(office, export({}, {}, columns=moved))
    assert [each[0] for each in told(receipt)] == ["reordered"]
    assert receipt["drift"][0]["mend"] is None
    assert receipt["accepted"] == 2


@pytest.mark.slow
def test_a_new_word_is_told_since_its_first_file_with_the_lines_to_fill_in(office: Office) -> None:
    receipt = second(office, export({"Injury": "Ouch"}, {"Injury": 'So "so"'}, {"Injury": "Ouch"}, {}))
    assert told(receipt) == [("new_codes", "injury", None, "2018-08-01", 3)]
    where, _, rest = receipt["drift"][0]["mend"].partition(": ")
    assert where == "In [crime.fields.injury.codes]"
    lines = rest.partition(" (one of none, ")[0]
    assert tomllib.loads(f"codes = {{ {lines} }}")["codes"] == {"Ouch": "...", 'So "so"': "..."}
    later = office.receipt(export({"Date": "03/09/2018", "Injury": "Ouch"}), name="crime_2018-09.csv")
    assert told(later) == [("new_codes", "injury", None, "2018-08-01", 1)]


@pytest.mark.slow
def test_a_word_of_the_first_file_hides_no_new_word(office: Office, collate: Callable[..., Any]) -> None:
    office.receipt(export({"Injury": "Ouch"}, {}))
    receipt = office.receipt(
        export(*({"Date": "03/08/2018", "Injury": word} for word in ("Ouch", "Bruised", "bruised", "OUCH"))),
        name="crime_2018-08.csv",
    )
    assert told(receipt) == [("new_codes", "injury", None, "2018-08-01", 2)]
    assert '"Bruised" = "..."' in receipt["drift"][0]["mend"]
    assert "Ouch" not in json.dumps(receipt["drift"])
    later = office.receipt(
        export(*({"Date": "03/09/2018", "Injury": word} for word in ("Ouch", "Bruised", "Torn"))),
        name="crime_2018-09.csv",
    )
    assert told(later) == [
        ("new_codes", "injury", None, "2018-08-01", 1), ("new_codes", "injury", None, "2018-09-01", 1),
    ]  # fmt: skip
    assert ['"Bruised"' in each["mend"] for each in later["drift"]] == [True, False]
    said = collate("status", "--drift", "--home", office.home.root).out
    assert "since 2018-08-01, crime_2018-08.csv, 3 rows" in said
    assert "Bruised" not in said


@pytest.mark.slow
def test_of_a_list_the_new_word_alone_is_told(office: Office) -> None:
    office.receipt(export({"Factors": "Alcohol;Moon"}))
    receipt = office.receipt(
        export(*({"Date": "03/08/2018", "Factors": word} for word in ("Drugs; moon", "Alcohol;Tide"))),
        name="crime_2018-08.csv",
    )
    assert told(receipt) == [("new_codes", "impact_factors", None, "2018-08-01", 1)]
    assert receipt["drift"][0]["mend"].startswith('In [crime.fields.impact_factors.codes]: "Tide" = "..." (')


@pytest.mark.slow
def test_where_a_map_is_gone_a_file_may_have_said_any_word(office: Office) -> None:
    office.receipt(export({"Injury": "Ouch"}))
    for path in (office.home.root / "returns").rglob("transform_map.csv"):
        path.unlink()
    receipt = office.receipt(export({"Date": "03/08/2018", "Injury": "Torn"}), name="crime_2018-08.csv")
    assert receipt["drift"] == []


@pytest.mark.slow
def test_a_date_that_cannot_be_read_is_a_finding_and_no_new_code(office: Office) -> None:
    receipt = second(office, export({"Date": "31/02/2018"}, {}))
    assert receipt["findings_by_rule"]
    assert receipt["drift"] == []


@pytest.mark.slow
def test_another_force_s_files_and_refused_ones_are_nothing_to_compare_with(office: Office) -> None:
    office.receipt(export({}, force="Cleveland"), force="cleveland")
    office.receipt(export({}).replace("Ref,", "Nothing like it,", 1))
    first = office.receipt(export({"Date": "03/08/2018"}, columns=COLUMNS[:-1]), name="crime_2018-08.csv")
    assert first["drift"] == []


@pytest.mark.slow
def test_judging_a_drop_again_compares_it_with_those_before_it_only(office: Office) -> None:
    office.drop(export({}))
    (first,) = recipe.new_drops(office.home.root)
    recipe.collate_path(first, office.home.root)
    office.receipt(export({"Date": "03/08/2018"}, columns=COLUMNS[:-1]), name="crime_2018-08.csv")
    before = office.at_rest()
    recipe.collate_path(first, office.home.root)
    assert office.at_rest() == before


@pytest.mark.slow
def test_the_status_lists_drift_by_force_and_names_no_word(
    office: Office, collate: Callable[..., Any]
) -> None:
    second(office, export({"Injury": "Ouch"}, {}, columns=COLUMNS[:-1]))
    office.receipt(
        export({"Date": "03/09/2018", "Injury": "Ouch"}, columns=COLUMNS[:-1]), name="crime_2018-09.csv"
    )
    said = collate("status", "--drift", "--home", office.home.root)
    assert said.code == 0
    assert f"{FORCE} crime" in said.out
    assert 'since 2018-08-01, crime_2018-08.csv, 2 rows: "MO" is no longer in the file' in said.out
    assert "Ouch" not in said.out
    changed = json.loads(collate("status", "--drift", "--json", "--home", office.home.root).out)["drift"]
    assert [(each["kind"], each["column"], each["rows"]) for each in changed] == [
        ("dropped", "MO", 2), ("new_codes", "injury", 2),
    ]  # fmt: skip
    assert all(each["force_id"] == FORCE and each["since"] == "2018-08-01" for each in changed)


@pytest.mark.slow
def test_a_status_without_drift_says_so(office: Office, collate: Callable[..., Any]) -> None:
    office.receipt(export({}))
    assert "No force's files have changed" in collate("status", "--drift", "--home", office.home.root).out


@pytest.mark.slow
def test_a_change_nobody_mended_is_told_again_since_it_began(
    office: Office, collate: Callable[..., Any]
) -> None:
    renamed = export({}, {}).replace(",Injury,", ",Injury level,", 1)
    second(office, renamed)
    later = office.receipt(renamed.replace("/07/2018", "/09/2018"), name="crime_2018-09.csv")
    assert told(later) == [("renamed", "Injury level", "Injury", "2018-08-01", 2)]
    listed = json.loads(collate("status", "--drift", "--json", "--home", office.home.root).out)["drift"]
    assert [(each["kind"], each["since"], each["file"], each["rows"]) for each in listed] == [
        ("renamed", "2018-08-01", "crime_2018-08.csv", 4)
    ]


@pytest.mark.slow
def test_an_older_file_that_comes_late_is_no_change_back(office: Office) -> None:
    renamed = export({}, {}).replace(",Injury,", ",Injury level,", 1)
    second(office, renamed)
    again = office.receipt(export({}, {}, {}), name="crime_2018-07.csv")
    assert again["drift"] == []
    june = office.receipt(renamed.replace("/07/2018", "/06/2018"), name="crime_2018-06.csv")
    assert june["drift"] == []


@pytest.mark.slow
def test_a_column_that_comes_back_is_no_longer_told_as_gone(office: Office) -> None:
    fewer = tuple(name for name in COLUMNS if name != "Days lost")
    second(office, export({}, {}, columns=fewer))
    back = office.receipt(export({}).replace("/07/2018", "/09/2018"), name="crime_2018-09.csv")
    assert [(each["kind"], each["column"], each["mend"]) for each in back["drift"]] == [
        ("added", "Days lost", None)
    ]
    after = office.receipt(export({}).replace("/07/2018", "/10/2018"), name="crime_2018-10.csv")
    assert after["drift"] == []


# The comparison alone


@pytest.mark.parametrize(
    ("was", "name", "is_alike"),
    [
        ("Injury", "Injry", True),
        ("Collar No", "COLLAR_NUMBER", True),
        ("Date Recorded", "Recorded date", True),
        ("Victim 1 injury", "Victim 2 injury", False),
        ("Surname", "Forename", False),
        ("Spat at", "Bitten", False),
        ("--", "__", False),
    ],
)
def test_which_names_are_alike(was: str, name: str, is_alike: bool) -> None:
    assert new_names([was], [name]) == ({was: name} if is_alike else {})


def test_each_name_is_the_new_name_of_one_column_only() -> None:
    assert new_names(["Injury", "Injury A"], ["Injury B"]) == {"Injury A": "Injury B"}


def test_another_layout_of_many_columns_is_not_compared_name_by_name() -> None:
    many = [f"Column name {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(300)]
    assert likeness(many[0], many[1]) > 90
    assert new_names(many, [name.upper() + "s" for name in many]) == {}


def test_the_fewest_columns_explain_another_order() -> None:
    assert moved_columns("abcdef", "bcdefa") == ["a"]
    assert moved_columns("abc", "axc") == []


def test_without_a_force_s_file_changes_are_told_and_nothing_is_suggested() -> None:
    found = list(column_changes(replace(AUGUST, header=("Ref", "Date", "Injry", "Weather")), JULY, None))
    assert [(each.kind, each.column, each.mend) for each in found] == [
        ("renamed", "Injry", None), ("added", "Weather", None), ("dropped", "MO", None),
    ]  # fmt: skip


def test_without_words_those_unexplained_again_after_a_pause_are_new_again() -> None:
    files = [
        replace(JULY, file=str(n), since=str(n), unexplained={"injury": count} if count else {})
        for n, count in enumerate([3, 0, 2, 5])
    ]
    given = [[(c.column, c.since, c.rows) for c in changes(f, files[:n], None)] for n, f in enumerate(files)]
    assert given == [[], [], [("injury", "2", 2)], [("injury", "2", 5)]]


def test_a_word_is_new_in_the_first_file_that_says_it_whatever_other_words_were_left() -> None:
    said: list[dict[str, int]] = [{"a": 3}, {}, {"A": 1, "b": 2}, {"b": 4, "c": 1, "a": 2}]
    files = [
        replace(JULY, file=str(n), since=str(n), unexplained={"injury": sum(w.values())}, said={"injury": w})
        for n, w in enumerate(said)
    ]
    given = [
        [(c.since, c.rows, c.sentence) for c in changes(f, files[:n], None)] for n, f in enumerate(files)
    ]
    sentence = 'Injury holds words the force\'s file does not explain, first in {}: "{}".'
    assert given == [
        [], [], [("2", 2, sentence.format("2", "b"))],
        [("2", 4, sentence.format("2", "b")), ("3", 1, sentence.format("3", "c"))],
    ]  # fmt: skip
