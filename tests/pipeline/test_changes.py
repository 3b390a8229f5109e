"""Files of changes: a row that takes a record back is no record, and what it takes back no longer counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.again.replay import replay
from pipeline.explain import explain
from pipeline.store import hash_of
from schemas.drop import UNKNOWN_ACTION, rules_of
from schemas.force import Book, ForceFileError, load_force
from tests.office import COLUMNS, FORCE, MAPPED, Office, balanced, export, force_file, found

ACTIONS = (
    '[crime.change]\ncolumn = "Action"\nadd = ["A", "New"]\nchange = ["C"]\nwithdraw = ["D", "Deleted"]\n'
)
DELTA = 'resend = "delta"\n'
BLANK = dict.fromkeys(COLUMNS, "")


def written(folder: Path, options: str = DELTA, tables: str = ACTIONS, mapped: str = MAPPED) -> Path:
    path = folder / f"{FORCE}.toml"
    text = force_file("North Yorkshire Police", "North Yorkshire", mapped, options, tables)
    path.write_text(text, encoding="utf-8")
    return path


def changes(*rows: Mapping[str, str]) -> str:
    return export(*({"Action": "A", **row} for row in rows), columns=(*COLUMNS, "Action"))


def taken(ref: str, **cells: str) -> dict[str, str]:
    """Return a row that takes a reference back and says nothing else, as systems write it."""
    return {**BLANK, "Ref": ref, "Action": "D", **cells}


@pytest.fixture
def changing(office: Office) -> Office:
    """Return the office with a force that sends files of changes."""
    written(office.forces)
    return office


def kept_back(office: Office) -> list[dict[str, Any]]:
    return [
        row
        for path in sorted((office.home.root / "withdrawn").rglob("*.parquet"))
        for row in pq.ParquetFile(path).read().to_pylist()
    ]


@pytest.mark.slow
def test_a_row_that_takes_a_record_back_is_counted_as_withdrawn_and_the_record_leaves_the_release(
    changing: Office,
) -> None:
    changing.receipt(changes({}, {}, {}))
    receipt = changing.receipt(
        changes(taken("1002/18"), {"Ref": "1009/18", "Date": "03/08/2018", "Recorded": ""}),
        "crime_2018-08.csv",
    )
    assert (receipt["accepted"], receipt["held"], receipt["withdrawn"], receipt["out_of_scope"]) == (
        1,
        0,
        1,
        0,
    )
    assert receipt["summary"].startswith("1 of 2 rows accepted, 1 withdrawn.")
    assert receipt["findings"] == []
    (back,) = kept_back(changing)
    drop = changing.drops()[-1]
    assert (back["source_record_id"], back["victim_number"], back["occurred_on"]) == ("1002/18", None, None)
    assert back["drop_id"] == drop.drop_id
    with changing.ledger() as ledger:
        assert "withdrawn.parquet" in ledger.files(drop.drop_id)
    published = changing.publish("2018-08")
    current = pq.read_table(changing.home.releases / published["release_id"] / "assaults").to_pylist()
    assert sorted(row["source_record_id"] for row in current) == ["1001/18", "1003/18", "1009/18"]


@pytest.mark.slow
def test_a_row_that_takes_back_nothing_or_says_an_unknown_word_is_held_with_that_finding_alone(
    changing: Office,
) -> None:
    receipt = changing.receipt(
        changes({}, taken(""), {"Action": "Z", "Ref": "1004/18"}, {"Action": "", "Ref": "1005/18"})
    )
    assert found(receipt) == [
        (3, "source_record_id", "source_record_id.required", "error"),
        (4, "change", "change.unexplained", "error"),
        (5, "change", "change.unexplained", "error"),
    ]
    unknown = receipt["findings"][1]
    assert (unknown["code"], unknown["column"], unknown["value"]) == ("S036", "Action", None)
    assert (receipt["accepted"], receipt["held"], receipt["withdrawn"]) == (1, 3, 0)
    assert kept_back(changing) == []


@pytest.mark.slow
def test_in_one_file_the_last_word_on_a_reference_counts(changing: Office) -> None:
    receipt = changing.receipt(
        changes(
            {"Ref": "1001/18"}, taken("1002/18"), {"Ref": "1002/18"}, {"Ref": "1003/18"}, taken("1003/18")
        )
    )
    assert (receipt["accepted"], receipt["withdrawn"], receipt["held"]) == (2, 3, 0)
    assert sorted(row["source_record_id"] for row in changing.records()) == ["1001/18", "1002/18"]
    assert sorted(row["source_record_id"] for row in kept_back(changing)) == ["1002/18", "1003/18"]


@pytest.mark.slow
def test_a_row_that_takes_back_and_one_taken_back_in_its_own_file_are_explained(changing: Office) -> None:
    receipt = changing.receipt(changes({}, {}, taken("1002/18")))
    said = [explain(changing.home, receipt["drop_id"], row) for row in (2, 3, 4)]
    assert [each["state"] for each in said] == ["accepted", "withdrawn", "withdrawn"]
    assert "a later row of the same file" in said[1]["outcome"]
    assert 'the column "Action"' in said[2]["outcome"]


@pytest.mark.slow
def test_a_row_may_take_back_all_the_victims_that_stand_side_by_side(office: Office) -> None:
    mapped = MAPPED.replace('column = "Injury"', 'column = "Injury {n}"')
    written(office.forces, f"{DELTA}victims = 2\n", ACTIONS, mapped)
    columns = (*(name for name in COLUMNS if name != "Injury"), "Injury 1", "Injury 2", "Action")
    both = {"Injury 1": "None", "Injury 2": "Slight", "Action": "New"}
    office.drop(export(both, {**both, "Ref": "1002/18"}, columns=columns))
    (first,) = office.receive()
    assert (first["rows"], first["records"], first["accepted"]) == (2, 4, 2)
    cells = {**BLANK, "Injury 1": "", "Injury 2": "", "Action": "Deleted"}
    second = office.receipt(export({**cells, "Ref": "1001/18"}, cells, columns=columns), "crime_2018-08.csv")
    assert (second["rows"], second["withdrawn"], second["held"]) == (2, 1, 1)
    assert found(second) == [(3, "source_record_id", "source_record_id.required", "error")]
    (back,) = kept_back(office)
    assert (back["source_record_id"], back["victim_number"]) == ("1001/18", None)
    release = office.home.releases / office.publish("2018-08")["release_id"]
    current = pq.read_table(release / "assaults").to_pylist()
    assert [row["source_record_id"] for row in current] == ["1002/18", "1002/18"]


@pytest.mark.slow
def test_the_sums_of_a_file_of_changes_balance_and_it_judges_to_the_same_bytes_again(
    changing: Office,
) -> None:
    rows = ({}, taken("1003/18"), {"Injury": "Ouch"}, {"Date": "31/02/2018"}, taken("1001/18"), taken(""))
    receipt = changing.receipt(changes(*rows))
    assert balanced(receipt)
    assert (receipt["accepted"], receipt["held"], receipt["withdrawn"]) == (1, 2, 3)
    kept = {path: hash_of(path) for path in (changing.home.root / "withdrawn").rglob("*.parquet")}
    assert len(kept) == 1
    replay(changing.home, every=True)
    assert {path: hash_of(path) for path in kept} == kept


@pytest.mark.slow
def test_a_file_of_changes_without_its_column_is_refused_by_name(changing: Office) -> None:
    assert '"Action"' in changing.receipt(export({}))["refused"]


def book_of(path: Path) -> Book:
    return load_force(path).books["crime"]


def test_a_book_without_changes_is_asked_no_rule_more(tmp_path: Path) -> None:
    plain, changing = book_of(written(tmp_path, "", "")), book_of(written(tmp_path))
    assert UNKNOWN_ACTION not in rules_of(plain)
    assert rules_of(changing) == (*rules_of(plain), UNKNOWN_ACTION)
    assert (plain.actions, plain.scope) == (None, ())
    assert changing.deciding == ()


@pytest.mark.parametrize(
    ("options", "tables", "said"),
    [
        ("", ACTIONS, 'crime.change: this is for files of changes: add resend = "delta" to the book.'),
        (
            DELTA,
            "",
            "crime.resend: a file of changes has a column that says what each row is: add [crime.change].",
        ),
        (DELTA, ACTIONS.replace("withdraw =", "withdrawn ="), 'did you mean "withdraw"?'),
        (DELTA, ACTIONS.replace('"D", ', '"d", "a", '), '"a" is also in add; keep one of the two.'),
        (
            DELTA,
            ACTIONS.replace('["D", "Deleted"]', "[]"),
            "give at least one word that takes a record back.",
        ),
        ('resend = "deltas"\n', "", 'did you mean "delta"?'),
    ],
)
def test_a_force_file_that_cannot_mean_what_it_says_of_changes_is_refused(
    tmp_path: Path, options: str, tables: str, said: str
) -> None:
    with pytest.raises(ForceFileError) as refused:
        load_force(written(tmp_path, options, tables))
    assert said in str(refused.value)
