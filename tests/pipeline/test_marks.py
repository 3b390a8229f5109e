"""The mark of a release: a table of cases, and that the same inputs earn the same mark on any day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.ledger import ReleaseRecord
from pipeline.release import publish_month
from pipeline.releases.marks import is_settled, last_day, mark_of, mark_said
from tests.office import OTHER_FORCE, Office, export

JULY = date(2018, 7, 1)
BEFORE, AFTER = date(2018, 8, 1), date(2018, 9, 1)
WHOLE: dict[str, Any] = {"missing": []}
LACKING = {"missing": [{"force_id": "cleveland", "book": "crime", "state": "late"}]}
FIRST = ReleaseRecord("2018-07-r1", "2018-07", 1, "0" * 64, "1")


def arrived(on: date) -> Any:
    return SimpleNamespace(arrived_at=datetime(on.year, on.month, on.day, 12, tzinfo=UTC))


def test_the_last_day_is_one_on_which_every_nation_works() -> None:
    # the first Monday of August is a bank holiday in Scotland alone
    assert last_day(JULY) == date(2018, 8, 15)


@pytest.mark.parametrize(
    ("on", "accounted", "mark"),
    [
        (last_day(JULY), WHOLE, "provisional"),
        (AFTER, WHOLE, "final"),
        (AFTER, LACKING, "provisional"),
        (BEFORE, LACKING, "provisional"),
    ],
)
def test_a_month_is_final_once_its_last_day_is_past_and_nothing_is_missing(
    on: date, accounted: dict[str, Any], mark: str
) -> None:
    assert mark_of(is_settled(JULY, on, [arrived(BEFORE)], accounted, []), []) == mark


def test_a_drop_that_arrived_after_the_last_day_shows_that_it_is_past_whatever_the_clock_says() -> None:
    assert is_settled(JULY, BEFORE, [arrived(BEFORE), arrived(AFTER)], WHOLE, [])


@pytest.mark.parametrize(
    ("before", "mark"),
    [("final", "revised"), ("revised", "revised"), ("provisional", "final"), (None, "final")],
)
def test_only_what_was_final_is_revised(before: Any, mark: str) -> None:
    earlier = [replace(FIRST, mark=before)]
    assert mark_of(is_settled(JULY, AFTER, [], WHOLE, earlier), earlier) == mark


def test_what_was_final_stays_settled_though_a_drop_was_taken_back_or_the_clock_stepped_back() -> None:
    assert is_settled(JULY, BEFORE, [], LACKING, [replace(FIRST, mark="final")])


def test_the_sentence_of_a_provisional_release_says_why() -> None:
    said = {"month": "2018-07", "mark": "provisional", "accounted": WHOLE}
    assert "can change until 15 August 2018" in mark_said(said)
    assert "1 book is not accounted for" in mark_said({**said, "accounted": LACKING})
    assert mark_said({"month": "2018-07"}) == ""


@pytest.mark.slow
def test_a_month_goes_from_provisional_to_final_to_revised(office: Office) -> None:
    def published(**asked: Any) -> tuple[str, str, bool]:
        with office.ledger() as ledger:
            done = publish_month("2018-07", office.store(), ledger, **asked)
            (known,) = [each for each in ledger.releases() if each.release_id == done["release_id"]]
        manifest = json.loads(Path(done["path"], "manifest.json").read_text(encoding="utf-8"))
        assert manifest["mark"] == known.mark == done["mark"]
        return done["release_id"], done["mark"], done["changed"]

    office.receipt(export({}))
    assert published() == ("2018-07-r1", "provisional", True)  # Cleveland has not sent
    assert published(on=date(2030, 1, 1)) == ("2018-07-r1", "provisional", False)
    office.receipt(export({}, force="Cleveland"), force=OTHER_FORCE)
    assert published() == ("2018-07-r2", "final", True)
    assert published(on=date(2018, 8, 1)) == ("2018-07-r2", "final", False)  # the clock stepped back
    office.receipt(export({}, {}), name="crime_2018-07_v2.csv")
    assert published() == ("2018-07-r3", "revised", True)
