"""Questions to two forces about one assault: what each is told, what answers do, and what is counted once."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.answers.across import NotAnswered, give_answer, look_across
from pipeline.answers.pair_answers import Reply, state_of
from pipeline.reason import NoReason, sound_reason
from tests.office import FORCE, MAPPED, OTHER_FORCE, Office, export, force_file

VISITORS = MAPPED.replace('"PCSO" = "pcso"', '"PCSO" = "pcso", "Visitor" = "other_force_officer"')
OWN = {"Ref": "1001/18", "Time": "22:15", "Station": "Selby"}
THEIRS = {"Ref": "9999/18", "Time": "22:17", "Role": "Visitor", "Station": "Redcar"}
ELSEWHERE = {"Ref": "1002/18", "Date": "09/07/2018", "Time": "03:10"}


def send(office: Office, *more: dict[str, str]) -> None:
    """Have both forces send July, one assault of which is in both."""
    for force, name, word in (
        (FORCE, "North Yorkshire Police", "North Yorkshire"),
        (OTHER_FORCE, "Cleveland Police", "Cleveland"),
    ):
        path = office.forces / f"{force}.toml"
        path.write_text(force_file(name, word, mapped=VISITORS), encoding="utf-8")
    office.drop(export(OWN, ELSEWHERE, *more))
    office.drop(export(THEIRS, force="Cleveland"), force=OTHER_FORCE)
    assert [receipt["held"] for receipt in office.receive()] == [0, 0]


def only_pair(office: Office) -> str:
    with office.ledger() as ledger:
        (pair,) = look_across(office.store(), ledger).pairs
    return pair.pair_id


def answer(office: Office, pair: str, force: str, same: bool) -> tuple[str, bool]:
    with office.ledger() as ledger:
        return give_answer(office.store(), ledger, pair, force, same, "Seen in both duty logs.")


def figure(place: str, force_id: str, table: str = "assaults_by_force") -> Any:
    """Return the constable assaults without injury of July, of a force or the nation."""
    rows = pq.ParquetFile(Path(place) / "national" / f"{table}.parquet").read().to_pylist()
    (value,) = [
        row["value"]
        for row in rows
        if (row["force_id"], row["book"], row["period"]) == (force_id, "crime", "2018-07")
        and row["measure"] == "constable_without_injury"
    ]
    return value


def marks(place: str) -> dict[str, str | None]:
    return {
        record["source_record_id"]: record.get("counted_once", "no column")
        for path in sorted(Path(place).glob("assaults/*/*.parquet"))
        for record in pq.ParquetFile(path).read().to_pylist()
    }


@pytest.mark.slow
def test_each_force_is_asked_about_its_own_record_and_told_nothing_of_the_others(
    office: Office, collate: Callable[..., Any]
) -> None:
    send(office)
    ended = collate("across", "--json")
    assert ended.code == 1
    told = json.loads(ended.out)
    assert (told["pairs"], told["asked"]) == (1, 1)
    assert [(row["force_id"], row["reference"], row["other_force"]) for row in told["questions"]] == [
        (OTHER_FORCE, "9999/18", "North Yorkshire Police"),
        (FORCE, "1001/18", "Cleveland Police"),
    ]
    for force, own, other in ((FORCE, OWN, THEIRS), (OTHER_FORCE, THEIRS, OWN)):
        path = office.home.returns / force / "across" / "2018-07.csv"
        text = path.read_text(encoding="utf-8")
        (row,) = csv.DictReader(text.splitlines())
        assert (row["reference"], row["occurred_on"], row["victim"]) == (own["Ref"], "2018-07-03", "1")
        assert row["pair"] == told["questions"][0]["pair"]
        assert f"--force {force} --same" in row["how_to_answer"]
        assert not any(value in text for value in (other["Ref"], other["Time"], other["Station"], "22:"))
    assert "Cleveland Police" in collate("across").out


@pytest.mark.slow
def test_an_answer_counts_the_assault_once_and_a_contradiction_twice_again(office: Office) -> None:
    send(office)
    before = office.publish()
    assert figure(before["path"], "national") == 3
    assert set(marks(before["path"]).values()) == {"no column"}
    pair = only_pair(office)
    assert office.publish()["changed"] is False

    assert answer(office, pair, FORCE, True) == ("same", True)
    once = office.publish()
    assert (once["release_id"], once["changed"]) == ("2018-07-r2", True)
    assert figure(once["path"], "national") == 2
    # each force's own figures are of what it recorded
    assert (figure(once["path"], FORCE), figure(once["path"], OTHER_FORCE)) == (2, 1)
    assert marks(once["path"]) == {"1001/18": "kept", "1002/18": None, "9999/18": "left_out"}
    manifest = json.loads((Path(once["path"]) / "manifest.json").read_text(encoding="utf-8"))
    assert len(manifest["one_assault"]) == 1
    assert answer(office, pair, FORCE, True) == ("same", False)
    assert office.publish()["changed"] is False

    assert answer(office, pair, OTHER_FORCE, False) == ("disputed", True)
    again = office.publish()
    assert figure(again["path"], "national") == 3
    # with nothing counted once, every file is as it was before anybody answered
    for path in Path(before["path"]).rglob("*"):
        if path.is_file() and path.name not in ("manifest.json", "datapackage.json"):
            assert (Path(again["path"]) / path.relative_to(before["path"])).read_bytes() == path.read_bytes()
    with office.ledger() as ledger:
        found = look_across(office.store(), ledger)
    assert [found.state(each) for each in found.pairs] == ["disputed"]
    assert answer(office, pair, OTHER_FORCE, True) == ("same", True)


@pytest.mark.slow
def test_answers_that_cannot_be_taken_are_refused_with_what_to_do(
    office: Office, collate: Callable[..., Any]
) -> None:
    send(office)
    pair = only_pair(office)
    given = ("--force", FORCE, "--same", "--reason", "Seen in both duty logs.")
    ended = collate("across", "answer", "0123456789ab", *given)
    assert (ended.code, "collate across lists them" in ended.err) == (2, True)
    ended = collate("across", "answer", pair, "--force", "kent", *given[2:])
    assert (ended.code, "not of kent" in ended.err) == (2, True)
    ended = collate("across", "answer", pair, *given[:4], "PC 4471 told us")
    assert (ended.code, "Say it without" in ended.err) == (2, True)
    with office.ledger() as ledger:
        assert ledger.acts(did="pair_answered") == []
    assert collate("across", "--month", "2018-13").code == 2
    ended = collate("across", "answer", pair, *given, "--json")
    assert (ended.code, json.loads(ended.out)["state"]) == (0, "same")
    ended = collate("across", "--month", "2018-07", "--json")
    assert (ended.code, json.loads(ended.out)["same"]) == (0, 1)


@pytest.mark.slow
def test_a_question_goes_when_its_record_does_and_out_leaves_the_returns_alone(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    send(office)
    collate("across", "--out", tmp_path / "out")
    assert sorted(path.parts[-3] for path in (tmp_path / "out").rglob("*.csv")) == [OTHER_FORCE, FORCE]
    assert list(office.home.returns.glob("*/across/*")) == []
    collate("across")
    assert len(list(office.home.returns.glob("*/across/*"))) == 2
    office.receipt(export(OWN | {"Date": "21/07/2018"}), name="crime_2018-07_v2.csv")
    assert collate("across", "--json").code == 0
    assert list(office.home.returns.glob("*/across/*")) == []


@pytest.mark.parametrize(
    "reason",
    ["", "  ", "x" * 501, "PC 4471 told us", "Ann Brown was there", "ring 01653 692424", "a@b.police.uk"],
)
def test_a_reason_that_names_somebody_or_says_nothing_is_refused(reason: str) -> None:
    with pytest.raises(NoReason):
        sound_reason(reason)


def test_an_answer_whose_reason_may_not_be_kept_is_refused_before_all_else(office: Office) -> None:
    with office.ledger() as ledger, pytest.raises(NotAnswered, match="an e-mail address"):
        give_answer(office.store(), ledger, "nosuch", FORCE, True, "a@b.police.uk says so")


def test_a_plain_reason_is_kept_in_one_line() -> None:
    assert sound_reason(" The officer was on\nloan to Cleveland. ") == "The officer was on loan to Cleveland."


def test_two_forces_must_not_contradict_each_other_for_one_assault() -> None:
    yes, no = (Reply(same, "", "", ("a", "b"), ("x", "y"), "2018-07") for same in (True, False))
    assert state_of({}) == "asked"
    assert state_of({"x": yes}) == state_of({"x": yes, "y": yes}) == "same"
    assert state_of({"x": no}) == "not same"
    assert state_of({"x": yes, "y": no}) == "disputed"
