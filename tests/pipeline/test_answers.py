"""Queries that are answered: kept with their reason, carried forward, shown as answered, and never dropped."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.personal.sentence import personal_in
from tests.office import FORCE, Office, balanced
from tests.pipeline.test_round_trip import READ, as_text, marked, sent, table_of

# An injury nobody has explained is a query.
ODD = {1: {"Injury": "Ouch"}, 2: {"Injury": "Ouch"}}
RULE = "injury.unexplained"
REASON = "The word is ours for a slight injury"


def findings(office: Office, receipt: dict[str, Any]) -> list[dict[str, str]]:
    path = office.store().return_path(FORCE, receipt["drop_id"]) / "findings.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def letter(office: Office, receipt: dict[str, Any]) -> str:
    return (office.store().return_path(FORCE, receipt["drop_id"]) / "letter.md").read_text("utf-8")


def answered(office: Office, receipt: dict[str, Any]) -> dict[int, str]:
    return {int(each["row"]): each["answer"] for each in findings(office, receipt) if each["rule"] == RULE}


def test_an_answer_to_one_row_is_carried_to_the_same_reference_in_a_later_drop(
    office: Office, collate: Callable[..., Any]
) -> None:
    first = office.receipt(sent(set(), more=ODD))
    assert answered(office, first) == {3: "", 4: ""}
    code = next(each["code"] for each in first["findings"] if each["rule"] == RULE)
    ended = collate(
        "answer", "--drop", first["drop_id"], "--rule", code, "--row", 3, "--reason", REASON, "--json"
    )
    assert ended.code == 0, ended.err
    kept = json.loads(ended.out)
    assert (kept["rule"], kept["row"], kept["until"]) == (RULE, 3, None)
    assert REASON not in ended.out
    # The reference is now in another row.
    lines = sent(set(), more=ODD).splitlines()
    second = office.receipt("\n".join([lines[0], *reversed(lines[1:])]) + "\n", "crime_2018-07 again.csv")
    assert answered(office, second) == {5: "", 6: REASON}
    assert second["queries"] == 2 and balanced(second)
    assert second["answered"] == {"queries": 1, "by_rule": {RULE: 1}}
    assert "1 query you have answered is not listed again" in letter(office, second)
    assert "Worth a look: 1 row" in letter(office, second)
    with office.ledger() as ledger:
        (stored,) = ledger.answers(FORCE, "crime")
    assert "1002" not in stored.row_key and len(stored.row_key) == 16


@pytest.mark.slow
def test_an_answer_to_every_row_holds_until_its_day_and_stands_in_the_release(
    office: Office, collate: Callable[..., Any]
) -> None:
    first = office.receipt(sent(set(), more=ODD))
    words = ("answer", "--drop", first["drop_id"], "--rule", RULE, "--reason", REASON)
    today = date.today()
    late = collate(*words, "--until", today - timedelta(days=1))
    assert (late.code, "past" in late.err) == (2, True)
    assert collate(*words, "--until", today).code == 0
    second = office.receipt(sent(set(), more={3: {"Injury": "Ouch"}}), "crime_2018-08.csv")
    assert answered(office, second) == {5: REASON}
    assert "Ouch" not in letter(office, second)
    manifest = json.loads((Path(office.publish()["path"]) / "manifest.json").read_text("utf-8"))
    assert manifest["answers"] == [
        {"force_id": FORCE, "book": "crime", "rule": RULE, "reason": REASON, "until": today.isoformat()}
    ]


def test_an_answer_that_has_ended_no_longer_speaks(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.ledger import Answer

    first = office.receipt(sent(set(), more=ODD))
    with office.ledger() as ledger:
        ledger.answer(Answer(FORCE, "crime", first["drop_id"], RULE, REASON, until=date(2018, 7, 31)))
    second = office.receipt(sent(set(), more=ODD) + "\n", "crime_2018-07 again.csv")
    assert answered(office, second) == {3: "", 4: ""}
    assert second["answered"]["queries"] == 0


def test_an_answer_written_into_the_marked_copy_is_kept_and_one_with_a_name_is_not(office: Office) -> None:
    first = office.receipt(sent({4}, more=ODD))
    table = table_of(marked(office, first))
    place = table[0].index("collate answer")
    table[2][place], table[3][place], table[1][place] = REASON, "PC Smith says so", "not asked"
    second = office.receipt(as_text(table), "marked.csv")
    assert answered(office, second) == {3: REASON, 4: ""}
    kinds = {each["kind"]: each for each in second["noticed"]}
    assert kinds["answer_refused"]["rows"] == [4] and "Smith" not in kinds["answer_refused"]["sentence"]
    assert kinds["answer_unasked"]["rows"] == [2]
    with office.ledger() as ledger:
        (stored,) = ledger.answers(FORCE, "crime")
        (act,) = [each for each in ledger.acts() if each.did == "answered"]
    assert (stored.reason, stored.who, stored.rule) == (REASON, f"force {FORCE}", RULE)
    assert REASON not in json.dumps(dict(act.said))
    # Next month's file has the same reference: it is not asked again, nor coloured.
    third = office.receipt(sent({4}, more=ODD) + "\n", "crime_2018-07 once more.csv")
    assert answered(office, third) == {3: REASON, 4: ""}
    rows = table_of(marked(office, third))
    assert rows[2][len(READ)] == "accepted" and REASON in rows[2][-2]


def test_what_cannot_be_answered_is_refused_and_nothing_is_stored(
    office: Office, collate: Callable[..., Any]
) -> None:
    first = office.receipt(sent({4}, more=ODD))
    error = next(each["rule"] for each in first["findings"] if each["severity"] == "error")
    for words, said in (
        (("--rule", "Z999"), "no rule"),
        (("--rule", "spat_at.unexplained"), "found nothing"),
        (("--rule", error), "mended, not answered"),
        (("--rule", RULE, "--row", "2"), "asks nothing in row 2"),
        (("--rule", RULE, "--reason", "Ask jo@police.uk"), "an e-mail address"),
        (("--rule", RULE, "--reason", " "), "needs a reason"),
    ):
        reason = () if "--reason" in words else ("--reason", REASON)
        ended = collate("answer", "--drop", first["drop_id"], *words, *reason)
        assert (ended.code, said in ended.err) == (2, True), ended.err
    with office.ledger() as ledger:
        assert ledger.answers() == []


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("PC 1234 was on leave", "an officer's number"),
        ("Ask Mr Smith", "somebody's name"),
        ("It was John Smith who recorded it", "somebody's name"),
        ("Call 07700900123", "a telephone number"),
        ("At SY1 2AB", "a postcode"),
        ("Our system writes Ouch for a slight injury", None),
        ("Officer training at Smith Street Station since 2018", None),
    ],
)
def test_a_reason_is_looked_at_for_personal_data(sentence: str, kind: str | None) -> None:
    assert personal_in(sentence) == kind
