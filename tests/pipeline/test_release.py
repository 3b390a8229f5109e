"""The release: what is in it, that it never changes, and that silence is never a zero."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline import release
from pipeline.release import NothingToPublish
from tests.office import FORCE, OTHER_FORCE, Office, equip, export, hash_of

JULY = [{"Ref": f"{2000 + number}/18", "Injury": ("None", "Slight")[number % 2]} for number in range(5)]
PCSO = {
    "Ref": "3001/18",
    "Role": "PCSO",
    "Code": "105/08",
    "Offence": "Assault on a designated or accredited person",
}


def table(place: Path, name: str, **wanted: Any) -> list[dict[str, Any]]:
    """Return the rows of a national table that have the values wanted."""
    rows = pq.ParquetFile(place / "national" / f"{name}.parquet").read().to_pylist()
    return [row for row in rows if all(row[column] == value for column, value in wanted.items())]


def month_of(place: Path, force_id: str, month: str = "2018-07") -> dict[str, Any]:
    """Return a force's crime-book figures of a month, by measure."""
    rows = table(
        place, "assaults_by_force", force_id=force_id, book="crime", period_type="month", period=month
    )
    return {row["measure"]: (row["value"], row["value_status"]) for row in rows}


def send_july(office: Office) -> Path:
    """Return the release of July of one force that sent, one all of whose rows are held, and many silent ones."""
    office.drop(export(*JULY, PCSO))
    office.drop(export({"Date": "31/02/2018"}, force="Cleveland"), force=OTHER_FORCE)
    office.receive()
    return Path(office.publish()["path"])


@pytest.fixture(scope="module")
def july(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office that has published July; the tests that share it change nothing in it."""
    with pytest.MonkeyPatch.context() as environment:
        office = equip(tmp_path_factory.mktemp("july"), environment)
        send_july(office)
        yield office


@pytest.mark.slow
def test_a_release_has_its_layout_its_hashes_and_its_figures(july: Office) -> None:
    published = july.home.releases / "2018-07-r1"
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    there = {
        str(path.relative_to(published)): hash_of(path)
        for path in published.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert {each["path"]: each["sha256"] for each in manifest["files"]} == there
    assert f"assaults/force_id={FORCE}/assaults.parquet" in there
    assert {"datapackage.json", "data_dictionary.md"} <= set(there)
    assert manifest["row_sums"]["rows"] == 7
    assert {each["force_id"] for each in manifest["inputs"]} == {FORCE, OTHER_FORCE}
    with july.ledger() as ledger:
        (known,) = ledger.releases()
    assert known.content_hash == hash_of(published / "manifest.json")

    own = month_of(published, FORCE)
    assert own["constable_without_injury"] == (5, None)
    # a community support officer is no constable: a figure of its own, never added
    assert own["emergency_worker_without_injury"] == (1, None)
    assert own["constable_with_injury"] == (0, None)

    # every row was held: no figure, and not a zero
    assert {value for value, _ in month_of(published, OTHER_FORCE).values()} == {None}
    assert {status for _, status in month_of(published, OTHER_FORCE).values()} == {"x"}
    # nothing was sent
    assert {value for value, _ in month_of(published, "cumbria").values()} == {None}

    national = month_of(published, "national")
    assert national["constable_without_injury"][0] == 5
    assert national["constable_without_injury"][1] is not None
    (row,) = table(
        published, "assaults_by_force", force_id="national", book="crime", period_type="month", period="2018-07",
        measure="constable_without_injury",
    )  # fmt: skip
    assert row["forces_included"] == 1
    assert row["forces_expected"] > 40


def test_no_file_of_a_release_may_be_written_to(july: Office) -> None:
    published = july.home.releases / "2018-07-r1"
    assert [path for path in published.rglob("*") if path.is_file() and path.stat().st_mode & 0o222] == []


def test_publishing_again_finds_the_release_and_touches_nothing(july: Office) -> None:
    published = july.home.releases / "2018-07-r1"
    before = {
        path: (hash_of(path), path.stat().st_mtime_ns) for path in published.rglob("*") if path.is_file()
    }
    again = july.publish()
    assert (again["changed"], again["path"]) == (False, str(published))
    assert {path: (hash_of(path), path.stat().st_mtime_ns) for path in before} == before


@pytest.mark.slow
def test_a_correction_makes_a_new_release_and_leaves_the_old_one_as_it_was(office: Office) -> None:
    published = send_july(office)
    before = {path: hash_of(path) for path in published.rglob("*") if path.is_file()}
    office.receipt(export(*JULY[:4], PCSO), name="crime_2018-07_v2.csv")
    again = office.publish()
    assert (again["release_id"], again["changed"]) == ("2018-07-r2", True)
    assert {path: hash_of(path) for path in before} == before
    assert (office.home.releases / "latest").resolve().name == "2018-07-r2"


@pytest.mark.slow
def test_an_older_month_published_later_does_not_become_the_latest(office: Office) -> None:
    office.receipt(export({}))
    office.receipt(export({"Date": "01/08/2018"}), name="crime_2018-08.csv")
    office.publish("2018-08")
    office.publish("2018-07")
    assert (office.home.releases / "latest").resolve().name == "2018-08-r1"


@pytest.mark.slow
def test_records_after_the_month_are_not_in_its_release(office: Office) -> None:
    office.receipt(export({}))
    office.receipt(export({"Date": "01/08/2018"}), name="crime_2018-08.csv")
    place = Path(office.publish("2018-07")["path"])
    (records,) = [pq.ParquetFile(path).read() for path in place.rglob("assaults/*/*.parquet")]
    assert [f"{day:%Y-%m}" for day in records["occurred_on"].to_pylist()] == ["2018-07"]


def test_a_month_that_nothing_reaches_is_not_published(office: Office) -> None:
    with pytest.raises(NothingToPublish, match="No drop covers July 2018"):
        office.publish("2018-07")
    assert list(office.home.releases.iterdir()) == []


@pytest.mark.slow
def test_a_release_of_nil_returns_alone_has_zeros_and_no_records(office: Office) -> None:
    office.receipt(export(), name="crime_2018-07_nil.csv")
    place = Path(office.publish()["path"])
    figures = month_of(place, FORCE)
    assert {figures[measure] for measure in ("constable_with_injury", "constable_without_injury")} == {
        (0, None)
    }
    assert list((place / "assaults").rglob("*.parquet")) == []


@pytest.mark.slow
def test_a_gate_that_does_not_open_publishes_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.gate import GateFailed

    office.receipt(export({}))

    def shut(*_: object) -> None:
        raise GateFailed("Two rules disagree.")

    with monkeypatch.context() as failing:
        failing.setattr(release, "gate", shut)
        with pytest.raises(GateFailed):
            office.publish()
    assert list(office.home.releases.iterdir()) == []
    assert office.left_over() == []
    with office.ledger() as ledger:
        assert ledger.releases() == []


@pytest.mark.slow
def test_a_release_somebody_removed_is_said_and_not_taken_for_unchanged(office: Office) -> None:
    published = send_july(office)
    for path in sorted(published.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    published.rmdir()
    try:
        again = office.publish()
    except Exception as fault:
        assert getattr(fault, "sentence", "").endswith(".")
    else:
        assert Path(again["path"], "manifest.json").is_file()


@pytest.mark.slow
def test_a_record_file_that_was_tampered_with_is_not_published(office: Office) -> None:
    office.receipt(export({}, {}))
    (path,) = office.home.accepted.rglob("*.parquet")
    records = pq.ParquetFile(path).read()
    os.chmod(path, 0o644)  # noqa: PTH101
    pq.write_table(records.slice(0, 1), path)
    with pytest.raises(Exception) as fault:  # noqa: B017, PT011
        office.publish()
    assert getattr(fault.value, "sentence", "").endswith(".")
    assert not (office.home.releases / "latest").exists()
