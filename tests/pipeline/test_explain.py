"""`collate explain`: one row's way through, in words, without what is personal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline import recipe
from pipeline.explain import NotAsked, explain, known_drop
from pipeline.home import Home
from pipeline.ledger import Ledger
from pipeline.whence import line_in
from tests.office import FORCE, Office, export
from tests.pipeline.conftest import Ended
from tests.pipeline.test_cli import is_as_agreed
from tests.pipeline.test_words import one_of_each_book

MONTH = export(
    {"Spat at": "Yes"},
    {"Date": "31/02/2018", "Injury": "Smith, John"},
    {"Ref": "1001/18", "Spat at": "Yes"},
    {"Ref": "1009/18"},
    {"Ref": "1009/18", "Injury": "Slight"},
)


@pytest.fixture
def drop(office: Office) -> str:
    """Return the id of a drop with a row of every fate: accepted, held, duplicate, and two that contradict each other."""
    return str(office.receipt(MONTH)["drop_id"])


def fields(explained: dict[str, Any], victim: int = 0) -> dict[str, dict[str, Any]]:
    return {line["field"]: line for line in explained["victims"][victim]["fields"]}


@pytest.mark.slow
def test_an_accepted_row_is_told_as_agreed(office: Office, drop: str, collate: Callable[..., Ended]) -> None:
    ended = collate("explain", "--drop", drop, "--row", "2")
    assert ended.code == 0
    is_as_agreed(ended.out, "explain_accepted.txt")


def test_a_held_row_is_told_as_agreed(office: Office, drop: str, collate: Callable[..., Ended]) -> None:
    ended = collate("explain", "--drop", drop, "--row", "3")
    assert ended.code == 0
    is_as_agreed(ended.out, "explain_held.txt")


@pytest.mark.slow
def test_the_day_after_a_time_of_24_00_is_told_as_mended_and_not_as_a_change_of_rules(office: Office) -> None:
    sent = str(office.receipt(export({"Date": "03/07/2018", "Time": "24:00"}))["drop_id"])
    day = fields(explain(office.home, sent, 2))["occurred_on"]
    assert (day["standard"], day["by"]) == ("2018-07-04", "mended")
    assert "now" not in day


def test_a_word_is_told_with_the_line_of_the_force_file_that_explains_it(office: Office, drop: str) -> None:
    injury = fields(explain(office.home, drop, 6))["injury"]
    assert (injury["as_sent"], injury["standard"], injury["by"]) == ("Slight", "minor", "value map")
    toml = (office.forces / f"{FORCE}.toml").read_text(encoding="utf-8").splitlines()
    assert '"Slight" = "minor"' in toml[injury["line"] - 1]


@pytest.mark.slow
def test_nothing_personal_is_told(office: Office, drop: str, collate: Callable[..., Ended]) -> None:
    told = [json.dumps(explain(office.home, drop, row)) for row in range(2, 6)]
    told.append(collate("explain", "--drop", drop, "--row", "3").out)
    for private in ("1001/18", "1002/18", "C4471", "Smith", "John"):
        assert not [each for each in told if private in each]
    lines = fields(explain(office.home, drop, 3))
    assert lines["source_record_id"]["as_sent"] == "9999/99"
    assert (lines["victim_id"]["as_sent"], lines["victim_id"]["standard"]) == ("*****", "*****")
    assert (lines["injury"]["as_sent"], lines["injury"]["by"]) == (
        "[not kept: a person's name]",
        "not explained",
    )


@pytest.mark.parametrize(
    ("row", "state", "words"),
    [
        (2, "accepted", "it counts"),
        (3, "held", "occurred_on.unexplained"),
        (4, "duplicate", "repeats row 2"),
        (5, "held", "source_record_id.repeated"),
    ],
)
def test_what_became_of_a_row_is_said(office: Office, drop: str, row: int, state: str, words: str) -> None:
    explained = explain(office.home, drop, row)
    assert explained["state"] == state
    assert words in explained["outcome"]


@pytest.mark.slow
def test_a_record_replaced_by_a_later_drop_names_it(office: Office, drop: str) -> None:
    later = office.receipt(export({"Injury": "Serious"}), name="crime_2018-07_v2.csv")
    explained = explain(office.home, drop, 2)
    assert explained["state"] == "replaced"
    assert later["drop_id"] in explained["outcome"]
    assert explain(office.home, later["drop_id"], 2)["state"] == "accepted"


@pytest.mark.slow
def test_a_force_file_that_changed_since_is_said_and_what_was_stored_is_shown(
    office: Office, drop: str
) -> None:
    assert explain(office.home, drop, 6)["changed_since"] == []
    path = office.forces / f"{FORCE}.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('"None" = "none"', '"None" = "minor"'), encoding="utf-8"
    )
    explained = explain(office.home, drop, 2)
    assert [sentence.partition(" has")[0] for sentence in explained["changed_since"]] == [f"{FORCE}.toml"]
    injury = fields(explained)["injury"]
    assert (injury["standard"], injury["now"]) == ("none", "minor")


@pytest.mark.slow
def test_a_line_that_is_no_row_is_told_for_what_it_is(office: Office) -> None:
    content = export({}, {}).replace("\n1002/18", '\n1002/18,"03/07/2018" x,1\n\n1002/18')
    drop = office.receipt(content)["drop_id"]
    assert "header" in explain(office.home, drop, 1)["outcome"]
    assert "could not be read as a row" in explain(office.home, drop, 3)["outcome"]
    assert explain(office.home, drop, 4)["outcome"] == "Line 4 is blank: no record begins there."
    assert explain(office.home, drop, 5)["state"] == "accepted"


@pytest.mark.slow
def test_a_header_that_stands_again_among_the_rows_is_not_told_as_blank(office: Office) -> None:
    lines = export({}, {}).splitlines(keepends=True)
    drop = office.receipt("".join([*lines[:2], lines[0], *lines[2:]]))["drop_id"]
    said = explain(office.home, drop, 3)["outcome"]
    assert said == "Line 3 is a repeated header: no record begins there."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--drop", "ffff0000ffff0000", "--row", "2"), "The ledger knows no drop"),
        (("--row", "99"), "There is no row 99: the file ends on line 6."),
        (("--row", "0"), "Rows are counted from 1"),
    ],
)
def test_a_question_about_what_is_not_there_is_refused_in_one_sentence(
    office: Office, drop: str, collate: Callable[..., Ended], words: tuple[str, ...], sentence: str
) -> None:
    asked = words if "--drop" in words else ("--drop", drop, *words)
    ended = collate("explain", *asked)
    assert (ended.code, ended.out) == (2, "")
    assert sentence in ended.err


def test_a_refused_drop_says_why_no_row_of_it_was_judged(office: Office) -> None:
    drop = office.receipt(MONTH.replace("Ref,", "Reff,", 1))["drop_id"]
    with pytest.raises(NotAsked, match="whole file .* was refused"):
        explain(office.home, drop, 2)


def test_an_archive_that_lost_the_file_is_a_fault_of_ours(
    office: Office, drop: str, collate: Callable[..., Ended]
) -> None:
    for path in office.home.archive.rglob("*.csv"):
        path.unlink()
    ended = collate("explain", "--drop", drop, "--row", "2")
    assert ended.code == 3
    assert "Restore it from a backup" in ended.err


def test_nothing_at_rest_is_changed_by_asking(office: Office, drop: str) -> None:
    before = office.at_rest()
    explain(office.home, drop, 2)
    assert office.at_rest() == before
    assert office.left_over() == []


def test_the_line_of_a_force_file_is_found_by_its_keys() -> None:
    toml = '\n'.join([
        "[crime]", 'missing = ["N/K"]', "[crime.fields]", 'sex = { column = "Sex", codes = { "F" = "female" } }',
        "[crime.fields.injury]", 'column = "Harm"', "[crime.fields.injury.codes]", '"F" = "fatal"', "'Cut' = 'minor'",
        "[[crime.fields.injury.codes_from]]", "from = 2018-08-01", 'codes = { "F" = "severe" }',
    ])  # fmt: skip
    assert line_in(toml, ("crime", "missing")) == 2
    assert line_in(toml, ("crime", "fields", "sex"), ("F",)) == 4
    assert line_in(toml, ("crime", "fields", "injury"), ("F",)) == 8
    assert line_in(toml, ("crime", "fields", "injury"), ("Cut",)) == 9
    assert line_in(toml, ("crime", "fields", "injury"), ("2018-08-01", "F")) == 12
    assert line_in(toml, ("crime", "fields", "rank")) is None


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Return a home that has received one sample of every book of every force."""
    home = Home.at(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLLATE_SETTLE_SECONDS", "0")
        patch.setenv("COLLATE_PSEUDONYM_KEY", "a key that only the tests know")
        patch.delenv("COLLATE_FORCES", raising=False)
        patch.delenv("COLLATE_LEDGER_URL", raising=False)
        patch.setattr(recipe, "gate", lambda judgement, ask: None)
        for path in one_of_each_book():
            (home.inbox / path.parent.name).mkdir(parents=True, exist_ok=True)
            copy(path, home.inbox / path.parent.name / path.name)
        received = recipe.receive(home)
        assert received["faults"] == []
        yield home


@pytest.mark.slow
@pytest.mark.parametrize("path", one_of_each_book(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_row_of_every_sample_is_told_as_it_is_at_rest(path: Path, samples: Home) -> None:
    with Ledger.open(samples.ledger_url) as ledger:
        (drop,) = [each for each in ledger.drops(path.parent.name) if each.file == path.name]
    asked = 0
    for kind, state in (("accepted", "accepted"), ("held", "held")):
        for place in (samples.root / kind).rglob(f"{drop.drop_id}.parquet"):
            record = pq.read_table(place, partitioning=None).slice(0, 1).to_pylist()[0]
            explained = explain(samples, drop.drop_id, record["row_number"])
            asked += 1
            assert explained["state"] == state
            told = fields(explained)
            assert not [line for line in told.values() if "now" in line]
            assert told["occurred_on"]["standard"] == (
                "" if record["occurred_on"] is None else str(record["occurred_on"])
            )
            assert record["source_record_id"] is None or record["source_record_id"] not in json.dumps(
                explained
            )
    assert asked


@pytest.mark.slow
def test_a_drop_is_found_by_its_label_or_the_beginning_of_its_id(office: Office) -> None:
    drop = office.receipt(MONTH)["drop_id"]
    labels = (
        drop,
        drop[:6],
        drop.upper(),
        f"{FORCE}/{drop}",
        f"{FORCE}/{drop[:6]}",
        f"{FORCE}/{drop[:6]}/crime_2018-07.csv",
    )
    with office.ledger() as ledger:
        assert {known_drop(ledger, label).drop_id for label in labels} == {drop}
        for label in (f"cleveland/{drop}", f"cleveland/{drop[:6]}/a.csv", drop[:3], "crime_2018-07.csv", "/"):
            with pytest.raises(NotAsked, match="knows no drop"):
                known_drop(ledger, label)
