"""`collate rules`: listing, filtering and telling one rule in full."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas import catalogue as catalogue_module
from schemas.catalogue import Retired, catalogue

Collate = Callable[..., Any]


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def listed(collate: Collate, *words: object) -> list[dict[str, Any]]:
    ended = collate("rules", *words, "--json")
    assert ended.code == 0, ended.err
    found: list[dict[str, Any]] = json.loads(ended.out)["rules"]
    return found


def test_every_rule_is_listed_once_in_the_order_of_its_code(collate: Collate) -> None:
    found = [each["code"] for each in listed(collate)]
    assert found == sorted({each.code for each in catalogue()})


def test_the_table_has_code_name_severity_field_and_sentence(collate: Collate) -> None:
    said = collate("rules", "--field", "days_lost").out
    assert f" of {len(catalogue())} rules" in said
    for word in ("days_lost.out_of_range", "query", "Days lost is not between 0 and 2000."):
        assert word in said
    assert "injury.unexplained" not in said


def test_filters_by_severity_and_field_hold_together(collate: Collate) -> None:
    found = listed(collate, "--severity", "error", "--field", "occurred_on")
    assert {each["name"] for each in found} == {
        "occurred_on.unexplained",
        "occurred_on.required",
        "occurred_on.in_future",
    }


def test_a_force_has_the_rules_its_rows_can_break(collate: Collate, home: Path) -> None:
    names = {each["name"] for each in listed(collate, "--force", "west_mercia", "--home", home)}
    assert {"occurred_on.required", "source_record_id.repeated", "line.refused"} <= names
    assert "measure.one_of" not in names
    assert len(names) < len(catalogue())


@pytest.mark.parametrize("asked", ["A008", "a008", "occurred_on.required"])
def test_a_rule_is_told_in_full_by_its_code_or_its_name(collate: Collate, asked: str) -> None:
    ended = collate("rules", asked)
    assert ended.code == 0
    for said in (
        "A008  occurred_on.required",
        "The date of the assault is missing.",
        "error: holds the row until it is mended",
        "Without the date of the assault",
        "Fill in the date of the assault",
        "completeness",
        "records of every date",
        "occurred_on is empty",
        'occurred_on "04/07/2018"',
    ):
        assert said in ended.out


def test_a_rule_as_json_has_all_that_is_told(collate: Collate) -> None:
    told = json.loads(collate("rules", "C001", "--json").out)
    assert (told["name"], told["dimension"], told["severity"]) == (
        "recorded_on.too_early",
        "integrity",
        "query",
    )
    assert told["applies"] == {"since": None, "until": None}
    assert told["example"]["breaks"] == [{"occurred_on": "04/07/2018", "recorded_on": "03/07/2018"}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["injury.unexplaned"], 'Did you mean "injury.unexplained"?'),
        (["--severity", "fatal"], "The severities are error, query, note."),
        (["--field", "injry"], 'Did you mean "injury"?'),
        (["--force", "atlantis"], 'There is no force file for "atlantis".'),
    ],
)
def test_a_question_about_nothing_we_have_is_answered_with_what_there_is(
    collate: Collate, words: list[str], said: str
) -> None:
    ended = collate("rules", *words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_withdrawn_code_is_told_with_the_rule_that_took_its_place(
    collate: Collate, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Retired("A900", "injury.absent", ("A033",), date(2026, 12, 1), "It said the same as another.")
    monkeypatch.setattr(catalogue_module, "RETIRED", (gone,))
    ended = collate("rules", "a900")
    assert ended.code == 0
    assert (
        "A900 (injury.absent) was withdrawn on 1 December 2026: It said the same as another. See A033."
        in ended.out
    )
    assert "A033  injury.unexplained" in ended.out
    told = json.loads(collate("rules", "injury.absent", "--json").out)
    assert (told["withdrawn_on"], [each["code"] for each in told["instead"]]) == ("2026-12-01", ["A033"])


def test_a_rule_name_of_an_older_receipt_still_has_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Retired("A900", "injury.absent", ("A033",), date(2026, 12, 1), "It said the same as another.")
    monkeypatch.setattr(catalogue_module, "RETIRED", (gone,))
    catalogue_module._codes.cache_clear()
    try:
        assert catalogue_module.code_of("injury.absent") == "A900"
        assert catalogue_module.code_of("injury.unexplained") == "A033"
    finally:
        catalogue_module._codes.cache_clear()


def test_the_page_of_all_rules_is_written_and_says_where_it_is(collate: Collate, tmp_path: Path) -> None:
    page = tmp_path / "new folder" / "rules.html"
    ended = collate("rules", "--html", page)
    assert (ended.code, ended.err) == (0, "")
    assert str(page) in ended.out
    assert [path.name for path in page.parent.iterdir()] == ["rules.html"]
    refused = collate("rules", "A008", "--html", page)
    assert (refused.code, refused.out) == (2, "")
