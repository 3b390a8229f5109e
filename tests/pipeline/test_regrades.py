"""A force's re-grades on its way through: what is held, what the receipt and the status say, and for how long."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from pipeline import gate
from pipeline.regrades import waived
from schemas.force import load_force
from tests.office import FORCE, Office, export, found

Collate = Callable[..., Any]

ROWS = export({}, {"Days lost": "9000"})
RULE = "days_lost.out_of_range"


def regrade(office: Office, severity: str, until: date, rule: str = "A039") -> None:
    """Add a re-grade to the force's file."""
    path = office.forces / f"{FORCE}.toml"
    with path.open("a", encoding="utf-8") as file:
        file.write(
            f'[[regrade]]\nrule = "{rule}"\nseverity = "{severity}"\nreason = "Counted in hours till spring."\n'
            f'by = "J. Doe"\nuntil = {until}\n'
        )


@pytest.mark.slow
def test_a_query_regraded_to_an_error_holds_the_row_and_the_receipt_says_why_who_and_how_long(
    office: Office,
) -> None:
    until = date.today() + timedelta(days=30)
    regrade(office, "error", until)
    receipt = office.receipt(ROWS)
    assert found(receipt) == [(3, "days_lost", RULE, "error")]
    assert (receipt["accepted"], receipt["held"]) == (1, 1)
    assert receipt["regrades"] == [
        {
            "rule": RULE,
            "code": "A039",
            "from": "query",
            "to": "error",
            "reason": "Counted in hours till spring.",
            "by": "J. Doe",
            "until": until.isoformat(),
        }
    ]
    assert receipt["regrades_expired"] == []
    assert receipt["judged_on"] == date.today().isoformat()


@pytest.mark.slow
def test_a_rule_regraded_to_a_note_is_still_found_and_listed_and_the_check_says_it_is_graded_otherwise(
    office: Office, collate: Collate, tmp_path: Any
) -> None:
    regrade(office, "note", date.today() + timedelta(days=30))
    path = tmp_path / "crime_2018-07.csv"
    path.write_text(ROWS, encoding="utf-8")
    ended = collate("check", path, "--force", FORCE)
    assert ended.code == 0
    assert (
        "A039 (days_lost.out_of_range) counts as a note instead of a query up to and including" in ended.out
    )
    assert "by J. Doe: Counted in hours till spring." in ended.out
    assert "Days lost is not between 0 and 2000." in ended.out


@pytest.mark.slow
def test_a_reference_in_another_form_may_be_let_in_by_a_regrade_and_a_missing_one_never(
    office: Office,
) -> None:
    rows = export({}, {"Ref": "S/1002"}, {"Ref": ""})
    regrade(office, "query", date.today() + timedelta(days=30), rule="A064")
    receipt = office.receipt(rows)
    assert found(receipt) == [
        (3, "source_record_id", "source_record_id.pattern", "query"),
        (4, "source_record_id", "source_record_id.required", "error"),
    ]
    assert (receipt["accepted"], receipt["held"]) == (2, 1)
    assert [record["source_record_id"] for record in office.records()] == ["1001/18", "S/1002"]


@pytest.mark.slow
def test_an_expired_regrade_falls_away_and_the_receipt_and_the_status_say_so(
    office: Office, collate: Collate
) -> None:
    regrade(office, "error", date.today() - timedelta(days=1))
    receipt = office.receipt(ROWS)
    assert (receipt["held"], receipt["regrades"]) == (0, [])
    assert [each["rule"] for each in receipt["regrades_expired"]] == [RULE]
    (known,) = json.loads(collate("status", "--json").out)["regrades"]
    assert (known["force_id"], known["book"], known["rule"], known["in_force"]) == (
        FORCE,
        "crime",
        RULE,
        False,
    )
    assert f"{FORCE}, crime: The re-grade of A039 ({RULE}) ended on" in collate("status").out


@pytest.mark.slow
def test_the_day_asked_about_decides_whether_a_regrade_is_in_force(
    office: Office, collate: Collate, tmp_path: Any
) -> None:
    until = date.today() - timedelta(days=1)
    regrade(office, "error", until)
    path = tmp_path / "crime_2018-07.csv"
    path.write_text(ROWS, encoding="utf-8")
    held = {
        day: json.loads(collate("check", path, "--force", FORCE, "--json", "--as-of", day).out)["held"]
        for day in (until, date.today())
    }
    assert held == {until: 1, date.today(): 0}


def test_the_gate_knows_which_rules_a_regrade_keeps_from_holding_rows(office: Office) -> None:
    regrade(office, "query", date.today() + timedelta(days=30), rule="A034")
    book = load_force(office.forces / f"{FORCE}.toml").books["crime"]
    assert waived(book) == frozenset()
    assert waived(book.on(date.today())) == {"injury.one_of"}
    broken = gate.Verdict("injury.one_of", "error", "expected", "sentence", 1)
    with pytest.raises(gate.GateFailed):
        gate.refuse_broken([broken], "here", "records", "")


@pytest.mark.parametrize("day", ["yesterday", "20180930", "2018-13-01", "2018-9-30"])
def test_a_day_that_is_none_is_refused_with_how_to_write_it(
    office: Office, collate: Collate, tmp_path: Any, day: str
) -> None:
    path = tmp_path / "crime_2018-07.csv"
    path.write_text(ROWS, encoding="utf-8")
    ended = collate("check", path, "--force", FORCE, "--as-of", day)
    assert (ended.code, ended.out) == (2, "")
    assert f'"{day}" is not a date. Write it as year, month and day, such as 2018-09-30.' in ended.err
