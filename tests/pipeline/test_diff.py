"""The difference of two releases of a home, and the triangle of all: told from what was published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.engine import open_engine
from pipeline.home import Home
from pipeline.ledger import Ledger, ReleaseRecord
from pipeline.releases.diff import diff, release_of
from pipeline.store import StoreFault, hash_of, write_json
from tests.office import FORCE, OTHER_FORCE, Office, equip, export
from transforms.compare.differences import apply

OLD, NEW = "2018-07-r1", "2018-07-r2"
MEASURE = "constable_without_injury"


@pytest.fixture(scope="module")
def revised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office that published July twice: then came a correction, a late row, and a file of the other force.

    The tests that share it change nothing in it.
    """
    with pytest.MonkeyPatch.context() as environment:
        office = equip(tmp_path_factory.mktemp("revised"), environment)
        office.drop(export({}, {}, {"Ref": "1003/18", "Date": "05/07/2018"}))
        office.receive()
        office.publish()
        pcso = {"Role": "PCSO", "Code": "105/08", "Offence": "Assault on a designated or accredited person"}
        office.drop(
            export({}, {"Ref": "1002/18", "Injury": "Slight", **pcso}, {"Ref": "1009/18"}),
            name="crime_2018-07_v2.csv",
        )
        office.drop(export({}, force="Cleveland"), force=OTHER_FORCE)
        office.receive()
        office.publish()
        yield office


def records(home: Home, release_id: str) -> list[dict[str, Any]]:
    return [
        {**row, "force_id": path.parent.name.partition("=")[2]}
        for path in sorted((home.releases / release_id / "assaults").rglob("*.parquet"))
        for row in pq.ParquetFile(path).read().to_pylist()
    ]


@pytest.mark.slow
def test_each_change_has_its_cell_its_reason_and_the_figures_beside_it(
    revised: Office, tmp_path: Path
) -> None:
    found = diff(release_of(revised.home, OLD), release_of(revised.home, NEW), tmp_path)
    told = {(row["force_id"], row["measure"], row["why"]): row for row in found["changes"]}
    late = told[FORCE, MEASURE, "late"]
    assert (late["added"], late["withdrawn"], late["changed"]) == (1, 0, 0)
    corrected = told[FORCE, MEASURE, "corrected"]
    assert (corrected["moved_out"], corrected["resent"]) == (1, 1)
    assert (corrected["figure_before"], corrected["figure_after"]) == (3, 3)
    moved = told[FORCE, "emergency_worker_without_injury", "corrected"]
    assert (moved["moved_in"], moved["figure_before"], moved["figure_after"]) == (1, 0, 1)
    # the other force had no figure before, which is not nought
    other = told[OTHER_FORCE, MEASURE, "late"]
    assert (other["added"], other["figure_before"], other["figure_after"]) == (1, None, 1)
    assert found["totals"]["late"]["added"] == 2
    assert json.loads((tmp_path / "diff.json").read_text())["patch_rows"] == {FORCE: 3, OTHER_FORCE: 1}


@pytest.mark.slow
@pytest.mark.parametrize(("one", "other"), [(OLD, NEW), (NEW, OLD)])
def test_the_one_release_and_the_patch_make_the_other(
    revised: Office, tmp_path: Path, one: str, other: str
) -> None:
    diff(release_of(revised.home, one), release_of(revised.home, other), tmp_path)
    made: list[dict[str, Any]] = []
    with open_engine(tmp_path) as engine:
        for force_id in (FORCE, OTHER_FORCE):
            force = ibis.literal(force_id)
            patch = engine.read_parquet(tmp_path / f"patch/force_id={force_id}/patch.parquet")
            path = revised.home.releases / one / f"assaults/force_id={force_id}/assaults.parquet"
            there = patch.filter(patch.change != "withdrawn").limit(0)
            fields = [name for name in there.columns if not name.startswith("old_")]
            before = engine.read_parquet(path) if path.exists() else there.select(*fields[2:])
            made += engine.rows(apply(before.mutate(force_id=force), patch.mutate(force_id=force)))
    key = ("force_id", "source_record_id")
    wanted = records(revised.home, other)
    assert sorted(made, key=lambda row: [row[name] for name in key]) == sorted(
        ({name: row[name] for name in made[0]} for row in wanted), key=lambda row: [row[name] for name in key]
    )
    assert {*made[0]} == {*wanted[0]}


def test_a_release_against_itself_has_no_change_and_opens_no_force(revised: Office, tmp_path: Path) -> None:
    found = diff(release_of(revised.home, NEW), release_of(revised.home, "latest"), tmp_path)
    assert (found["changes"], found["patch_rows"], found["unchanged"]) == ([], {}, 2)


def test_a_file_that_is_not_as_it_was_published_is_not_compared(revised: Office, tmp_path: Path) -> None:
    home = Home(tmp_path / "copy")
    home.inbox.mkdir(parents=True)
    shutil.copytree(revised.home.releases, home.releases, symlinks=True)
    path = home.releases / NEW / f"assaults/force_id={FORCE}/assaults.parquet"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(StoreFault, match="not the file release 2018-07-r2 was published with"):
        diff(release_of(home, OLD), release_of(home, NEW), tmp_path)


@pytest.mark.slow
def test_the_command_shows_the_table_and_writes_the_patch(
    revised: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ended = collate("diff", OLD, NEW, "--out", out, "--home", revised.home.root)
    assert ended.code == 1, ended.err
    assert "late: it was first sent after the older release." in ended.out
    assert "1 more records were sent again as they were" in ended.out
    assert sorted(path.name for path in out.iterdir()) == ["changes.csv", "diff.json", "patch"]
    assert (out / "changes.csv").read_text().startswith("force_id,book,period,measure,why,added,withdrawn,")
    assert pq.ParquetFile(out / f"patch/force_id={OTHER_FORCE}/patch.parquet").metadata.num_rows == 1

    again = collate("diff", OLD, NEW, "--out", out, "--home", revised.home.root)
    assert (again.code, "already holds" in again.err) == (2, True)
    own = collate("diff", OLD, NEW, "--force", OTHER_FORCE, "--json", "--home", revised.home.root)
    assert {row["force_id"] for row in json.loads(own.out)["changes"]} == {OTHER_FORCE}


def test_a_release_there_is_not_is_named_with_those_there_are(
    revised: Office, collate: Callable[..., Any]
) -> None:
    ended = collate("diff", OLD, "2018-09-r1", "--home", revised.home.root)
    assert ended.code == 2
    assert 'There is no release "2018-09-r1"' in ended.err
    assert "There are 2018-07-r1, 2018-07-r2." in ended.err


@pytest.mark.slow
def test_the_triangle_has_each_release_and_says_why_there_is_no_estimate(
    revised: Office, collate: Callable[..., Any]
) -> None:
    ended = collate("revisions", "--measure", MEASURE, "--json", "--home", revised.home.root)
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    own = {row["release_id"]: row["value"] for row in found["revisions"] if row["force_id"] == OTHER_FORCE}
    assert own == {OLD: None, NEW: 1}
    (estimate,) = [row for row in found["expected_final"]["rows"] if row["force_id"] == FORCE]
    assert (estimate["expected_final"], estimate["value"]) == (None, 3)
    assert estimate["why_not"]

    shown = collate("revisions", "--force", FORCE, "--expected", "--home", revised.home.root)
    assert shown.code == 0
    assert "Estimates, not figures." in shown.out
    assert "No month has figures at two ages yet" in shown.out


def test_questions_that_cannot_be_answered_are_refused_in_a_sentence(
    revised: Office, office: Office, collate: Callable[..., Any]
) -> None:
    home = ("--home", revised.home.root)
    assert "is not a month" in collate("revisions", "--month", "July", *home).err
    assert "There is no measure" in collate("revisions", "--measure", "bites", *home).err
    nothing = collate("revisions", "--home", office.home.root)
    assert (nothing.code, "No release has been published" in nothing.err) == (2, True)


@pytest.mark.slow
def test_months_with_enough_history_get_an_estimate_apart_from_the_figures(
    home: Path, collate: Callable[..., Any]
) -> None:
    office = Home(home)
    office.prepare()
    with Ledger.open(office.ledger_url) as ledger:
        for newest in range(1, 7):
            release_id = f"2018-{newest:02}-r1"
            place = office.releases / release_id
            (place / "national").mkdir(parents=True)
            grown = [
                (month, (100, 118, 121)[min(newest - month, 2)] + month) for month in range(1, newest + 1)
            ]
            rows = [
                {"force_id": FORCE, "book": "crime", "period_type": "month", "period": f"2018-{month:02}",
                 "measure": MEASURE, "value": value, "value_status": None}
                for month, value in grown
            ]  # fmt: skip
            path = place / "national" / "assaults_by_force.parquet"
            kinds = {"value": pa.int64()}
            schema = pa.schema([(name, kinds.get(name, pa.string())) for name in rows[0]])
            pq.write_table(pa.Table.from_pylist(rows, schema), path)
            manifest = {
                "release_id": release_id, "month": release_id[:7],
                "files": [{"path": "national/assaults_by_force.parquet", "sha256": hash_of(path)}],
                "inputs": [{"drop_id": release_id, "mapping": "m", "judged_by": "1", "files": {}}],
            }  # fmt: skip
            write_json(place / "manifest.json", manifest)
            ledger.publish(ReleaseRecord(release_id, release_id[:7], 1, "0" * 64, "1"), [])

    ended = collate("revisions", "--expected", "--json", "--home", home)
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    assert found["expected_final"]["estimate"] is True
    assert "Mack" in found["expected_final"]["method"]
    estimates = {row["period"]: row for row in found["expected_final"]["rows"]}
    # three months have been seen to grow up to age 3, and no more beyond it
    assert {row["at_age_months"] for row in estimates.values()} == {3}
    newest = estimates["2018-06"]
    assert newest["value"] == 106
    assert newest["low_95"] < newest["expected_final"] < newest["high_95"]
    assert 124 < newest["expected_final"] < 129
    assert (estimates["2018-02"]["expected_final"], estimates["2018-02"]["value"]) == (None, 123)
    assert "past 3 months" in estimates["2018-02"]["why_not"]
    (short,) = found["understated"]
    assert (short["months"], short["first_total"]) == (5, 515)
    assert short["understated"] == pytest.approx(1 - 515 / short["newest_total"])
