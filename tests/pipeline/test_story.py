"""The transform map: every value of a drop is in it, with what it became, how often, and by what."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given

from pipeline import judge as judging
from pipeline import recall, story, words
from pipeline.judge import judge
from pipeline.judgement import Judgement
from pipeline.read import windows
from schemas.force import Book, load_forces
from tests.office import COLUMNS, Office, export
from tests.pipeline.test_judge import book_of
from tests.pipeline.test_words import one_of_each_book
from tests.test_invariants import few, messy_month

SAMPLES = Path("samples/inbox")
FORCES = load_forces()
AS_OF = date(2019, 1, 1)

Lines = list[dict[str, str]]


def judged(path: Path, book: Book, folder: Path) -> Judgement:
    folder.mkdir(parents=True)
    return judge(path, path.name, book, "the drop", b"key", AS_OF, folder)


def sample(path: Path, folder: Path) -> Judgement:
    book = FORCES[path.parent.name].book_of(path.name)
    assert book is not None
    return judged(path, book, folder)


def map_of(judgement: Judgement) -> Lines:
    assert judgement.transform_map is not None
    with judgement.transform_map.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def said(lines: Lines, field: str) -> dict[tuple[str, str], int]:
    """Return how many records each value of a field stands on, by what was sent and what it became."""
    return {
        (line["as_sent"], line["standard"]): int(line["records"]) for line in lines if line["field"] == field
    }


def by(lines: Lines, field: str, sent: str) -> tuple[str, str]:
    (line,) = [each for each in lines if (each["field"], each["as_sent"]) == (field, sent)]
    return line["by"], line["detail"]


def sums(lines: Lines) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for line in lines:
        counts[line["field"]] += int(line["records"])
    return dict(counts)


def records_of(judgement: Judgement) -> pd.DataFrame:
    tables = [pq.read_table(path).to_pandas() for path in (judgement.accepted, judgement.held) if path]
    return pd.concat(tables, ignore_index=True)


def by_line(path: Path, encoding: str) -> pd.DataFrame:
    """Return a CSV's cells as they stand, with the line each row begins on, read by nothing of ours."""
    with path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        found = []
        begins = rows.line_num + 1
        for row in rows:
            if len(row) == len(header):
                found.append([*row, begins])
            begins = rows.line_num + 1
    return pd.DataFrame(found, columns=[*header, "row_number"])


@pytest.fixture
def office_map(tmp_path: Path) -> Any:
    """Return how a test judges rows of the office's force and reads their map."""
    book = book_of(tmp_path)

    def done(*rows: Mapping[str, str], folder: str = "work") -> Lines:
        path = tmp_path / "crime_2018-07.csv"
        path.write_text(export(*rows), encoding="utf-8")
        return map_of(judged(path, book, tmp_path / folder))

    return done


@pytest.mark.slow
def test_a_word_stands_beside_what_it_became_how_often_and_by_which_line(office_map: Any) -> None:
    lines = office_map(
        {}, {"Injury": "Slight"}, {"Injury": "slight"}, {"Injury": "Ouch"}, {"Injury": "N/K"}, {"Injury": ""}
    )
    assert said(lines, "injury") == {
        ("None", "none"): 1, ("Slight", "minor"): 1, ("slight", "minor"): 1, ("Ouch", ""): 1, ("N/K", ""): 1, ("", ""): 1,
    }  # fmt: skip
    assert by(lines, "injury", "slight") == ("value map", '"Slight" = "minor"')
    assert by(lines, "injury", "Ouch") == ("not explained", "")
    assert by(lines, "injury", "N/K") == ("word for missing", "")
    assert by(lines, "injury", "") == ("blank", "")


def test_a_24_00_in_a_column_of_its_own_moves_the_day_in_the_map_as_in_the_records(office_map: Any) -> None:
    lines = office_map({"Time": "24:00"}, {"Time": "24:00"}, {}, {"Date": "05/07/2018"})
    assert said(lines, "occurred_on") == {
        ("03/07/2018", "2018-07-03"): 1, ("03/07/2018", "2018-07-04"): 2, ("05/07/2018", "2018-07-05"): 1,
    }  # fmt: skip
    told = {
        line["standard"]: (line["by"], line["detail"]) for line in lines if line["field"] == "occurred_on"
    }
    assert told["2018-07-04"] == ("mended", "24:00 is 00:00 of the next day")
    assert told["2018-07-03"] == told["2018-07-05"] == ("date format", "%d/%m/%Y")


@pytest.mark.slow
def test_dates_numbers_lists_and_yes_or_no_say_what_read_them(office_map: Any) -> None:
    lines = office_map({"Date": "2018-07-05", "Days lost": "3", "Factors": "Alcohol; drugs", "Spat at": "Y"})
    assert by(lines, "occurred_on", "2018-07-05") == ("date format", "%Y-%m-%d")
    assert by(lines, "days_lost", "3") == ("whole number", "")
    assert by(lines, "impact_factors", "Alcohol; drugs") == (
        "words of a list",
        '"Alcohol" = "alcohol", "Drugs" = "drugs"',
    )
    assert by(lines, "spat_at", "Y") == ("yes and no words", '"Y" = "true"')


def test_the_class_of_an_offence_stands_beside_all_it_was_decided_from(office_map: Any) -> None:
    lines = office_map({}, {"Role": "PCSO"})
    (constable,) = [
        each for each in lines if each["field"] == "measure" and each["as_sent"].endswith("Officer")
    ]
    assert constable["column"] == "Code | Offence | Role"
    assert constable["as_sent"] == "104/23 | Assault a constable in the execution of his duty | Officer"
    assert (constable["standard"], constable["by"]) == ("constable_without_injury", "offence classification")


def test_references_and_collar_numbers_are_counted_and_never_shown(office_map: Any) -> None:
    lines = office_map({}, {}, {"Collar": ""})
    private = [
        (each["field"], each["as_sent"], each["standard"], each["records"], each["by"])
        for each in lines
        if each["field"] in ("source_record_id", "victim_id")
    ]
    assert private == [
        ("source_record_id", "", "", "3", "as it stands"),
        ("victim_id", "", "", "2", "replaced by a pseudonym"),
        ("victim_id", "", "", "1", "blank"),
    ]


def test_no_spreadsheet_takes_a_value_of_the_map_for_a_formula(office_map: Any) -> None:
    lines = office_map({"Station": "=1+1"}, {"Station": "@cmd"}, {"Station": "-5"})
    assert set(said(lines, "district")) == {("'=1+1", "'=1+1"), ("'@cmd", "'@cmd"), ("-5", "-5")}


@pytest.mark.slow
def test_a_field_of_very_many_values_says_how_many_records_it_does_not_list(
    office_map: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"Station": f"Post {number % 9}"} for number in range(40)]
    every = said(office_map(*rows), "district")
    monkeypatch.setattr(story, "MOST_LISTED", 3)
    monkeypatch.setattr(words, "MOST_REMEMBERED", 2)
    monkeypatch.setattr(windows, "FIRST", 5)
    monkeypatch.setattr(windows, "WINDOW", 5)
    few_lines = office_map(*rows, folder="few")
    listed = {sent: count for sent, count in said(few_lines, "district").items() if sent != ("", "")}
    assert len(listed) == 3
    assert listed.items() <= every.items()
    (left,) = [each for each in few_lines if each["field"] == "district" and each["by"] == "other values"]
    assert int(left["records"]) == 40 - sum(listed.values())


@pytest.mark.slow
@few(max_examples=2)
@given(rows=messy_month)
def test_every_field_accounts_for_every_row_whatever_is_remembered(
    rows: list[dict[str, str]], tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.mktemp("map")
    book = book_of(folder)
    path = folder / "crime_2018-07.csv"
    path.write_text(export(*rows), encoding="utf-8")
    usual = judged(path, book, folder / "usual")
    lines = map_of(usual)
    assert set(sums(lines).values()) == {usual.sums.rows}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "MOST_REMEMBERED", 3)
        patch.setattr(windows, "FIRST", 12)
        patch.setattr(windows, "WINDOW", 12)
        assert map_of(judged(path, book, folder / "forgetful")) == lines
        patch.setattr(judging, "parts", lambda *_: ())
        assert map_of(judged(path, book, folder / "rows")) == lines


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "encoding", "columns"),
    [
        ("west_mercia/assaults_2018-19_Q2.csv", "cp1252", {"injury": "Injury Level", "victim_type": "Victim Role", "weapon": "Weapon", "spat_at": "Spat At", "occurred_on": "Date Committed"}),
        ("lancashire/connect_assaults_2018_Q3.csv", "cp1252", {"injury": "Injury", "location_type": "Location", "outcome_type": "Outcome", "recorded_on": "Recorded Date"}),
    ],
)  # fmt: skip
def test_the_map_is_what_an_independent_count_finds(
    name: str, encoding: str, columns: Mapping[str, str], tmp_path: Path
) -> None:
    judgement = sample(SAMPLES / name, tmp_path / "work")
    lines = map_of(judgement)
    raw = by_line(SAMPLES / name, encoding)
    whole = records_of(judgement)
    assert len(whole) == judgement.sums.rows
    both = raw.merge(whole, on="row_number", how="inner", suffixes=("_raw", ""))
    assert len(both) == len(whole)
    for field, column in columns.items():
        standard = both[field].map(
            lambda v: "" if pd.isna(v) else str(v).lower() if isinstance(v, bool) else str(v)
        )
        counted = Counter(
            zip(both[column if column not in whole else f"{column}_raw"].str.strip(), standard, strict=True)
        )
        assert said(lines, field) == dict(counted), field


@pytest.mark.slow
def test_a_word_that_changes_its_meaning_says_on_which_days(tmp_path: Path) -> None:
    lines = map_of(sample(SAMPLES / "lancashire" / "connect_assaults_2018_Q3.csv", tmp_path / "work"))
    assert by(lines, "injury", "0") == ("value map", '"0" = "none", from 2018-08-01')
    assert by(lines, "injury", "No injury")[1].startswith('"No injury" = "none"')


@pytest.mark.slow
def test_victims_side_by_side_are_counted_one_by_one(tmp_path: Path) -> None:
    judgement = sample(SAMPLES / "thames_valley" / "TVP_2018_Q3.xlsx", tmp_path / "work")
    lines = map_of(judgement)
    assert set(sums(lines).values()) == {judgement.sums.records}
    assert {line["column"] for line in lines if line["field"] == "injury"} == {"Victim {n} injury"}


@pytest.mark.slow
@pytest.mark.parametrize("path", one_of_each_book(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_word_by_word_and_row_by_row_give_one_map_and_what_was_sent(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_word = sample(path, tmp_path / "words")
    monkeypatch.setattr(judging, "parts", lambda *_: ())
    by_row = sample(path, tmp_path / "rows")
    assert map_of(by_row) == map_of(by_word)
    assert set(sums(map_of(by_word)).values()) == {by_word.sums.records}
    for judgement in (by_word, by_row):
        if judgement.held:
            assert all(record["sent"] for record in pq.read_table(judgement.held).to_pylist())


# What was sent stands beside what it became, also on rows that are held for what other rows say


@pytest.mark.slow
@pytest.mark.parametrize("forgotten", [recall.MOST_FORGOTTEN, -1])
def test_a_row_held_for_another_row_shows_what_it_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgotten: int
) -> None:
    monkeypatch.setattr(recall, "MOST_FORGOTTEN", forgotten)
    path = tmp_path / "crime_2018-07.csv"
    path.write_text(
        export({"Ref": "1001/18"}, {}, {"Ref": "1001/18", "Injury": "slight", "Date": "05/07/2018"}),
        encoding="utf-8",
    )
    judgement = judged(path, book_of(tmp_path), tmp_path / "work")
    held = pq.read_table(judgement.held).to_pylist()
    assert [(r["row_number"], dict(r["sent"])["injury"], r["injury"]) for r in held] == [
        (2, "None", "none"),
        (4, "slight", "minor"),
    ]
    assert dict(held[1]["sent"]) | {"victim_id": ""} == {
        **dict(held[0]["sent"]), "injury": "slight", "occurred_on": "05/07/2018", "victim_id": "",
    }  # fmt: skip
    assert dict(held[0]["sent"])["source_record_id"] == "1001/18"


@pytest.mark.slow
def test_the_map_goes_back_to_the_force_and_nowhere_else(office: Office) -> None:
    receipt = office.receipt(export({"Station": "Nowhere-in-particular"}, columns=COLUMNS))
    found = list(office.home.root.rglob("transform_map.csv"))
    assert found == [
        office.store().return_path(receipt["force_id"], receipt["drop_id"]) / "transform_map.csv"
    ]
    assert "Nowhere-in-particular" in found[0].read_text(encoding="utf-8")
