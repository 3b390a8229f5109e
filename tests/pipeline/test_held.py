"""`collate held`: what became of each row that was held, and how long it has been waiting."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.again import held
from tests.office import FORCE, MAPPED, Office, export, force_file
from tests.pipeline.test_changes import ACTIONS, DELTA, changes, taken

Collate = Callable[..., Any]

pytestmark = pytest.mark.slow

WRONG = {"Date": "31/02/2018"}


def states(office: Office, **asked: Any) -> list[tuple[str, int, str]]:
    return [(row["file"], row["row"], row["state"]) for row in held.held_rows(office.home, **asked)]


def send_by(office: Office, options: str, tables: str = "") -> None:
    text = force_file("North Yorkshire Police", "North Yorkshire", MAPPED, options, tables)
    (office.forces / f"{FORCE}.toml").write_text(text, encoding="utf-8")


def test_a_held_row_is_new_until_a_release_has_gone_by_and_mended_once_its_reference_is_accepted(
    office: Office, collate: Collate, tmp_path: Path
) -> None:
    office.drop(export({}, WRONG, WRONG, {"Injury": "Ouch", **WRONG}))
    office.receive()
    assert [row[1:] for row in states(office)] == [(3, "new"), (4, "new"), (5, "new")]
    office.publish()
    assert {row[2] for row in states(office)} == {"returned"}
    office.receipt(export({"Ref": "1002/18"}, {"Ref": "1003/18", **WRONG}), "crime_2018-07_again.csv")
    assert states(office) == [
        ("crime_2018-07.csv", 3, "mended"),
        ("crime_2018-07.csv", 5, "returned"),
        ("crime_2018-07_again.csv", 3, "returned"),
    ]
    page = tmp_path / "held.csv"
    ended = collate("held", "--force", FORCE, "--state", "returned", "--out", page)
    assert ended.code == 1
    with page.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["reference"], row["row"]) for row in rows] == [("1004/18", "5"), ("1003/18", "3")]
    assert "occurred_on.unexplained" in rows[1]["rules"]


def test_the_national_side_gets_counts_by_age_and_no_reference(office: Office, collate: Collate) -> None:
    office.drop(export({}, WRONG))
    office.receive()
    later = (date.today() + timedelta(days=40)).isoformat()
    ended = collate("held", "--counts", "--as-of", later, "--json")
    assert (ended.code, "1002" in ended.out) == (1, False)
    assert json.loads(ended.out)["counts"] == [
        {
            "force_id": FORCE, "book": "crime", "state": "new", "rows": 1,
            "by_age": {"0-30": 0, "31-90": 1, "91-365": 0, "366+": 0},
        }
    ]  # fmt: skip


def test_a_row_taken_back_by_a_file_of_changes_is_withdrawn_and_mended_when_it_comes_again(
    office: Office,
) -> None:
    send_by(office, DELTA, ACTIONS)
    office.receipt(changes({}, WRONG, WRONG))
    office.receipt(changes(taken("1002/18")), "crime_2018-08.csv")
    assert [row[1:] for row in states(office)] == [(3, "withdrawn"), (4, "new")]
    office.receipt(changes({"Ref": "1002/18"}), "crime_2018-07_late.csv")
    assert [row[1:] for row in states(office, state="mended")] == [(3, "mended")]


def test_a_row_left_out_of_a_later_file_of_its_whole_period_or_of_a_reverted_drop_is_withdrawn(
    office: Office,
) -> None:
    send_by(office, 'resend = "full"\nmost_dropped = 1.0\n')
    office.receipt(
        export(
            {}, {"Ref": "1005/18", "Injury": "Ouch", "Offence": "", "Code": ""}, {"Ref": "1006/18", **WRONG}
        )
    )
    second = office.receipt(export({}, {"Ref": "1006/18", **WRONG}), "crime_2018-07_full.csv")
    assert states(office) == [("crime_2018-07.csv", 3, "withdrawn"), ("crime_2018-07_full.csv", 3, "new")]
    from pipeline.again.standing import rule_on

    with office.ledger() as ledger:
        rule_on(office.store(), ledger, second["drop_id"], "reverted", "sent by mistake")
    assert [row[1:] for row in states(office)] == [(3, "new"), (4, "new"), (3, "withdrawn")]


def test_a_question_about_no_state_is_refused_with_the_states_there_are(
    collate: Collate, office: Office
) -> None:
    ended = collate("held", "--state", "gone")
    assert (ended.code, "new, returned, mended, withdrawn" in ended.err) == (2, True)
