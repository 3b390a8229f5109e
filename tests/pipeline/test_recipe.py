"""The recipe: what receiving, collating and publishing give back, and that one call is like another."""

import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline import recipe
from pipeline.home import HomeUnusable
from pipeline.ledger import UnknownDrop
from tests.office import COLUMNS, FORCE, OTHER_FORCE, Office, balanced, export, hash_of

ROWS = ({}, {"Injury": "Ouch"}, {"Date": "31/02/2018"}, {"Ref": "1001/18", "Collar": "C4471"})
MIXED = export(*ROWS)
# Without the columns that the force's file has ignored.
ALL_READ = export(*ROWS, columns=COLUMNS[:-2])


def test_receiving_an_empty_inbox_gives_nothing(office: Office) -> None:
    received = recipe.receive(office.home)
    assert (received["receipts"], received["already"], received["growing"]) == ([], 0, [])


@pytest.mark.slow
def test_a_receipt_accounts_for_every_line_and_row(office: Office) -> None:
    receipt = office.receipt(MIXED)
    assert balanced(receipt)
    sums = (receipt["rows"], receipt["accepted"], receipt["held"], receipt["duplicates"])
    assert sums == (4, 2, 1, 1)


@pytest.mark.slow
def test_what_the_receipt_says_is_what_the_ledger_and_the_files_say(office: Office) -> None:
    receipt = office.receipt(MIXED)
    (drop,) = office.drops()
    assert drop.sums is not None
    assert (drop.sums.rows, drop.sums.accepted, drop.sums.held, drop.sums.duplicate) == (4, 2, 1, 1)
    assert (len(office.records()), len(office.records("held"))) == (2, 1)
    with office.ledger() as ledger:
        assert {found.rule: found.count for found in ledger.findings(drop.drop_id)} == receipt[
            "findings_by_rule"
        ]


@pytest.mark.slow
def test_the_ledger_has_the_hash_of_every_file_at_rest(office: Office) -> None:
    office.receipt(MIXED)
    (drop,) = office.drops()
    store = office.store()
    with office.ledger() as ledger:
        files = ledger.files(drop.drop_id)
    assert files == {
        f"{kind}.parquet": hash_of(store.records_path(kind, FORCE, "crime", drop.drop_id))
        for kind in ("accepted", "held")
    }


@pytest.mark.slow
def test_what_goes_back_to_the_force_is_the_receipt_every_finding_and_the_transform_map(
    office: Office,
) -> None:
    receipt = office.receipt(ALL_READ)
    back = office.store().return_path(FORCE, receipt["drop_id"])
    assert sorted(path.name for path in back.iterdir()) == [
        "findings.csv",
        "letter.html",
        "letter.md",
        "marked.csv",
        "receipt.json",
        "transform_map.csv",
    ]
    assert "**marked.csv**" in (back / "letter.md").read_text(encoding="utf-8")
    assert json.loads((back / "receipt.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps(receipt, default=str)
    )
    assert (
        len((back / "findings.csv").read_text(encoding="utf-8").splitlines()) - 1 == receipt["findings_total"]
    )


def test_columns_that_are_not_read_do_not_leave_the_archive_in_a_marked_copy(office: Office) -> None:
    receipt = office.receipt(MIXED)
    back = office.store().return_path(FORCE, receipt["drop_id"])
    assert not (back / "marked.csv").exists()
    assert "collate marked --drop" in (back / "letter.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_receipt_lists_the_first_hundred_findings_of_each_rule_and_counts_them_all(office: Office) -> None:
    other = {"Injury": "Ouch", "Role": "PCSO", "Code": "105/01", "Offence": "Common assault"}
    rows = (*({"Injury": "Ouch"} for _ in range(1099)), other, {"Date": "31/02/2018"})
    receipt = office.receipt(export(*rows))
    assert receipt["findings_total"] == 1101
    assert [each["row"] for each in receipt["findings"]] == [*range(2, 102), 1102]
    back = office.store().return_path(FORCE, receipt["drop_id"])
    assert len((back / "findings.csv").read_text(encoding="utf-8").splitlines()) == 1102


@pytest.mark.slow
def test_a_drop_none_of_whose_rows_is_accepted_has_no_accepted_file(office: Office) -> None:
    receipt = office.receipt(export({"Date": "31/02/2018"}))
    assert (receipt["accepted"], receipt["held"]) == (0, 1)
    assert list(office.home.accepted.rglob("*.parquet")) == []


@pytest.mark.slow
def test_taking_in_and_collating_one_by_one_gives_what_receiving_gives(
    office: Office, tmp_path: Path
) -> None:
    office.drop(MIXED)
    office.drop(export({}, force="Cleveland"), force=OTHER_FORCE)
    labels = recipe.new_drops(office.home.root)
    counts = [recipe.collate_path(label, office.home.root) for label in labels]
    other = Office(type(office.home).at(tmp_path / "other"), office.forces)
    other.home.prepare()
    other.drop(MIXED)
    other.drop(export({}, force="Cleveland"), force=OTHER_FORCE)
    assert counts == [recipe.in_counts(receipt) for receipt in other.receive()]
    assert office.at_rest() == other.at_rest()


@pytest.mark.slow
def test_collating_a_drop_twice_changes_nothing(office: Office) -> None:
    office.drop(MIXED)
    (label,) = recipe.new_drops(office.home.root)
    first = recipe.collate_path(label, office.home.root)
    before = office.at_rest()
    assert recipe.collate_path(label, office.home.root) == first
    assert office.at_rest() == before


def test_collating_what_was_never_taken_in_is_said(office: Office) -> None:
    with pytest.raises((LookupError, UnknownDrop)):
        recipe.collate_path("north_yorkshire/0000/none.csv", office.home.root)


@pytest.mark.slow
def test_what_leaves_a_task_is_counts_and_never_a_finding(office: Office) -> None:
    office.drop(MIXED)
    (label,) = recipe.new_drops(office.home.root)
    assert set(recipe.collate_path(label, office.home.root)) == {
        "force_id", "book", "file", "state", "rows", "records", "accepted", "held", "duplicates", "withdrawn",
        "out_of_scope",
    }  # fmt: skip


@pytest.mark.slow
def test_checking_a_file_stores_nothing_and_says_what_receiving_would(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "crime_2018-07.csv"
    path.write_text(MIXED, encoding="utf-8")
    folder = tmp_path / "work"
    folder.mkdir()
    office.ledger().close()
    before = sorted(office.home.root.rglob("*"))
    checked = recipe.check_file(path, FORCE, office.home, folder, None, date.today())
    assert sorted(office.home.root.rglob("*")) == before
    received = office.receipt(MIXED)
    # Of a file that is only checked no page is written.
    assert checked == {name: said for name, said in received.items() if name != "data_docs"}


@pytest.mark.slow
def test_a_corrected_file_of_the_same_month_takes_the_place_of_the_first(office: Office) -> None:
    office.receipt(export({"Injury": "None"}, {}))
    office.receipt(export({"Injury": "Slight"}, {}), name="crime_2018-07_v2.csv")
    place = Path(office.publish()["path"])
    (records,) = [pq.ParquetFile(path).read() for path in place.rglob("assaults/*/*.parquet")]
    assert sorted(zip(records["source_record_id"].to_pylist(), records["injury"].to_pylist(), strict=True)) == [
        ("1001/18", "minor"), ("1002/18", "none"),
    ]  # fmt: skip


@pytest.mark.slow
def test_nothing_is_judged_without_a_key_and_the_raw_file_is_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.drop(MIXED)
    monkeypatch.delenv("COLLATE_PSEUDONYM_KEY")
    with pytest.raises(HomeUnusable, match="COLLATE_PSEUDONYM_KEY"):
        office.receive()
    assert office.records() == []
    monkeypatch.setenv("COLLATE_PSEUDONYM_KEY", "a key that only the tests know")
    assert [receipt["accepted"] for receipt in office.receive()] == [2]


@pytest.mark.slow
def test_a_home_of_the_samples_needs_no_key(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.drop(MIXED)
    monkeypatch.delenv("COLLATE_PSEUDONYM_KEY")
    (office.home.root / "SAMPLES").write_text("samples only\n", encoding="utf-8")
    assert [receipt["accepted"] for receipt in office.receive()] == [2]


@pytest.mark.slow
def test_the_months_due_are_the_newest_covered_and_the_two_before_it_as_far_as_the_series_goes(
    office: Office,
) -> None:
    assert recipe.months_due(office.home.root) == []
    office.receipt(export({}))
    assert recipe.months_due(office.home.root) == ["2018-07"]
    office.receipt(export({"Date": "01/10/2018", "Recorded": ""}), name="crime_2018-10.csv")
    assert recipe.months_due(office.home.root) == ["2018-08", "2018-09", "2018-10"]
