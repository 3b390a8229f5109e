"""Rules about a whole drop, end to end: what they say, where it stands, and the state of every rule."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.ledger import Ledger
from pipeline.profile import from_rows, profiles_of, rows_of
from pipeline.recipe import check_file
from pipeline.rule_states import asked_of, rules_of_drop
from pipeline.states import STATES, State, could_not_run, ran
from pipeline.status import rules_of_home
from schemas.drop import DUPLICATE
from schemas.force import load_forces
from schemas.whole_drop import VOLUME
from tests.office import COLUMNS, FORCE, Office, export


def month(year: int, number: int, records: int, **changed: str) -> str:
    """Return an export of a month, its records on its days in turn, each with a reference of its own."""
    first = (year - 2017) * 40_000 + number * 1_000 + 1_000
    rows = [
        {
            "Ref": f"{first + place}/18",
            "Date": f"{place % 27 + 2:02}/{number:02}/{year}",
            "Recorded": f"{place % 27 + 2:02}/{number:02}/{year}",
            "Time": f"{place % 23 + 1:02}:{place % 60:02}",
            "Collar": f"C{first + place}",
            **changed,
        }
        for place in range(records)
    ]
    return export(*rows)


def about_drop(receipt: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the findings about the drop as code, field and severity."""
    found = [each for each in receipt["findings"] if each["rule"].startswith("drop.")]
    assert all(each["row"] is None and each["value"] is None for each in found)
    return [(each["code"], each["field"], each["severity"]) for each in found]


def states(receipt: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["rule"]: each for each in receipt["rules"]}


@pytest.mark.slow
def test_every_rule_has_one_state_in_every_drop(office: Office) -> None:
    office.drop(month(2018, 7, 30), "crime_2018-07.csv")
    office.drop(export(), "crime_2018-08_nil.csv")
    office.drop("no,such,columns\n1,2,3\n", "crime_2018-09.csv")
    receipts = office.receive()
    assert sorted(each["state"] for each in receipts) == ["collated", "nil", "refused"]
    book = load_forces(office.forces)[FORCE].books["crime"]
    rules = [rule.name for rule in rules_of_drop(book)]
    for receipt in receipts:
        assert Counter(each["rule"] for each in receipt["rules"]) == Counter(rules)
        for each in receipt["rules"]:
            assert each["state"] in STATES
            assert (each["state"] == "ran") == (each["judged"] > 0) == (not each["why"])
            assert each["failed"] <= each["judged"]
    whole = rules_of_home(office.home)["forces"]
    (line,) = whole
    assert line["rules"] == len(rules) * 3 == sum(line[name] for name in STATES)
    by_state = {each["state"]: each for each in receipts}
    asked = {rule.name for rule in asked_of(book)}
    refused = {each["rule"]: each["state"] for each in by_state["refused"]["rules"]}
    assert {name for name, state in refused.items() if state == "could_not_run"} == asked
    assert {state for name, state in refused.items() if name not in asked} == {"does_not_apply"}
    collated = states(by_state["collated"])
    assert collated["occurred_on.unexplained"]["judged"] == 30
    assert collated["rank.unexplained"]["why"] == "This force does not collect rank."
    assert collated["drop.unusual_volume"]["why"] == "Fewer than 6 months before it have been sent (0)."
    assert collated["drop.unlike_peers"]["state"] == "could_not_run"
    with office.ledger() as ledger:
        kept = ledger.rules(FORCE, "crime")
    for receipt in receipts:
        assert [each.as_dict() for each in kept[receipt["drop_id"]]] == receipt["rules"]


@pytest.mark.slow
def test_a_file_is_judged_against_the_months_before_it_and_a_check_says_the_same(
    office: Office, tmp_path: Path
) -> None:
    for number in range(1, 8):
        office.drop(month(2018, number, 40), f"crime_2018-{number:02}.csv")
    assert [about_drop(each) for each in office.receive()] == [[]] * 7
    few = month(2018, 8, 5, Injury="")
    path = tmp_path / "crime_2018-08.csv"
    path.write_text(few, encoding="utf-8")
    checked = check_file(path, FORCE, office.home, tmp_path, None, date.today())
    received = office.receipt(few, path.name)
    assert about_drop(received) == [("H001", "occurred_on", "query")]
    for name in ("findings", "rules", "findings_total"):
        assert checked[name] == received[name]
    message = next(each["message"] for each in received["findings"] if each["code"] == "H001")
    assert "2018-08 has 5 records, fewer than to be expected" in message
    returned = office.store().return_path(FORCE, received["drop_id"]) / "findings.csv"
    with returned.open(encoding="utf-8", newline="") as lines:
        first = next(csv.DictReader(lines))
    assert (first["row"], first["rule"], first["message"]) == ("", "drop.unusual_volume", message)
    with office.ledger() as ledger:
        counted = {each.rule: each.count for each in ledger.findings(received["drop_id"])}
    assert counted["drop.unusual_volume"] == 1


@pytest.mark.slow
def test_the_months_of_the_wrong_file_are_no_news_and_it_is_told_before_all_else(
    office: Office, tmp_path: Path, collate: Callable[..., Any]
) -> None:
    for number in range(1, 7):
        office.drop(month(2018, number, 40), f"crime_2018-{number:02}.csv")
    office.receive()
    path = tmp_path / "crime_2018-09.csv"
    path.write_text(month(2018, 6, 40), encoding="utf-8")
    checked = check_file(path, FORCE, office.home, tmp_path, None, date.today())
    assert [code for code, _, _ in about_drop(checked)][:2] == ["S029", "S028"]
    volume = states(checked)["drop.unusual_volume"]
    assert (volume["state"], volume["failed"]) == ("could_not_run", 0)
    assert volume["why"].startswith("Most of these records were sent before")
    ended = collate("check", path, "--force", FORCE, "--home", office.home.root)
    lines = [line.strip() for line in ended.out.splitlines()]
    heading = lines.index("About the whole file: this holds no row back")
    assert lines[heading + 1].startswith("This looks like records of crime_2018-06.csv sent again: 40 of 40")


@pytest.mark.slow
def test_last_months_file_under_this_months_name_is_told(office: Office) -> None:
    office.receipt(month(2018, 7, 40), "crime_2018-07.csv")
    again = office.receipt(month(2018, 7, 40), "crime_2018-08.csv")
    assert ("S028", "occurred_on", "query") in about_drop(again)
    assert ("S029", "source_record_id", "query") in about_drop(again)
    renumbered = office.receipt(month(2018, 7, 40).replace("/18,", "9/18,"), "crime_2018-07.csv")
    assert ("H002", "source_record_id", "query") in about_drop(renumbered)


@pytest.mark.slow
def test_a_drop_of_lost_dates_and_another_forces_rows_is_told_and_holds_nothing_more(office: Office) -> None:
    rows = [{"Ref": f"{1001 + n}/18", "Date": "01/07/2018", "Time": "00:00"} for n in range(20)]
    receipt = office.receipt(export(*rows, force="Cumbria"))
    assert {code for code, _, _ in about_drop(receipt)} >= {"S030"}
    lost = office.receipt(export(*({**row, "Days lost": "16"} for row in rows)), "crime_2018-07.csv")
    assert {code for code, _, _ in about_drop(lost)} >= {"S031", "S032", "S033"}
    assert lost["held"] == 0


@pytest.mark.slow
def test_a_month_first_file_is_told_before_all_else(
    office: Office, tmp_path: Path, collate: Callable[..., Any]
) -> None:
    dates = [f"07/{day:02}/2018" for day in range(1, 29)]
    path = tmp_path / "crime_2018-07.csv"
    rows = [{"Ref": f"{1001 + n}/18", "Date": each, "Recorded": ""} for n, each in enumerate(dates)]
    path.write_text(export(*rows), encoding="utf-8")
    out = tmp_path / "out"
    ended = collate("check", path, "--force", FORCE, "--home", office.home.root, "--out", out)
    assert ended.code == 1, ended.err
    receipt = json.loads((out / "receipt.json").read_text(encoding="utf-8"))
    assert about_drop(receipt)[0] == ("S035", "occurred_on", "query")
    sentence = "16 of 28 rows cannot be read day-first and all can month-first"
    letter = " ".join((out / "letter.md").read_text(encoding="utf-8").split())
    assert sentence in " ".join(ended.out.split()) and sentence in letter.split("2. **")[0]
    assert "%m/%d" not in ended.out + letter and "force file" not in letter
    # A day that can only be read day first: a slip, and no file of another order.
    path.write_text(export(*rows, {"Ref": "2001/18", "Date": "13/07/2018"}), encoding="utf-8")
    checked = check_file(path, FORCE, office.home, tmp_path, None, date.today())
    assert "S035" not in [code for code, _, _ in about_drop(checked)]


@pytest.mark.slow
def test_a_profile_comes_back_from_the_ledger_as_it_went_in(office: Office) -> None:
    rows = [{"Injury": "Slight"}, {"Injury": ""}, {"Injury": "Bruised"}, {"Injury": "Slight", "Time": ""}]
    receipt = office.receipt(export(*rows))
    with office.ledger() as ledger:
        (profile,) = profiles_of(ledger.drops(FORCE), ledger.profiles(FORCE))
        assert from_rows(ledger.drops(FORCE)[0], rows_of(profile)) == profile
    assert (profile.records, profile.months) == (4, {"2018-07": 4})
    assert (profile.filled["injury"], profile.unexplained["injury"], profile.missing("injury")) == (2, 1, 1)
    assert profile.codes["injury"] == {"minor": 2}
    assert (profile.filled["occurred_time"], profile.filled["source_record_id"]) == (3, 4)
    assert "rank" not in profile.filled
    assert states(receipt)["injury.unexplained"]["judged"] == 3
    assert "Bruised" not in str(rows_of(profile))


@pytest.mark.slow
def test_records_out_of_scope_are_not_in_the_profile(office: Office) -> None:
    path = office.forces / f"{FORCE}.toml"
    text = path.read_text(encoding="utf-8") + '\n[[crime.scope]]\ncolumn = "MO"\nin = ["A"]\nout = ["B"]\n'
    path.write_text(text.replace('ignored = ["Surname", "MO"]', 'ignored = ["Surname"]'), encoding="utf-8")
    rows = [{"MO": "A", "Injury": "Slight"}, {"MO": "B", "Injury": "Slight"}, {"MO": "B", "Injury": "None"}]
    office.receipt(export(*rows))
    with office.ledger() as ledger:
        (profile,) = profiles_of(ledger.drops(FORCE), ledger.profiles(FORCE))
    assert (profile.records, profile.filled["injury"], profile.codes["injury"]) == (1, 1, {"minor": 1})
    assert profile.filled["source_record_id"] == 1


def test_a_state_that_contradicts_itself_is_no_state() -> None:
    assert ran(DUPLICATE, 0, 0, "There is nothing.") == State(
        "row.duplicate", "R002", "does_not_apply", why="There is nothing."
    )
    assert ran(DUPLICATE, 2, 3, "").judged == 3
    for wrong in ({"state": "ran"}, {"state": "could_not_run"}, {"state": "ran", "judged": 1, "why": "x"}):
        with pytest.raises(ValueError, match="contradicts itself"):
            State("row.duplicate", "R002", **wrong)  # type: ignore[arg-type]
    assert could_not_run(VOLUME, "No.").code == "H001"


@pytest.mark.slow
def test_the_status_shows_the_rules_by_force(office: Office, collate: Callable[..., Any]) -> None:
    office.receipt(month(2018, 7, 25))
    ended = collate("status", "--rules", "--home", office.home.root)
    assert ended.code == 0
    assert "H001 could not run. Fewer than 6 months before it have been sent (0)." in ended.out


@pytest.mark.slow
def test_a_drop_judged_again_beside_other_drops_is_no_conflict(office: Office) -> None:
    from dataclasses import replace

    from pipeline.ledger import FindingCount, Outcome

    receipt = office.receipt(month(2018, 7, 25))
    with Ledger.open(office.home.ledger_url) as ledger:
        drop = ledger.drop(receipt["drop_id"])
        assert drop is not None and drop.sums is not None
        outcome = Outcome(
            drop_id=drop.drop_id, state="collated", mapping_fingerprint=str(drop.mapping_fingerprint),
            code_version=str(drop.code_version), sums=drop.sums, findings=ledger.findings(drop.drop_id),
            period_from=drop.period_from, period_to=drop.period_to, files=ledger.files(drop.drop_id),
            header=COLUMNS,
        )  # fmt: skip
        told = FindingCount("drop.unusual_volume", "query", "drop", 1)
        more = replace(outcome, findings=[*outcome.findings, told], beside=frozenset({told.rule}))
        ledger.settle(more)
        assert told in ledger.findings(drop.drop_id)
