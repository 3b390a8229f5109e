"""What the bench says can be believed: its contestants do the same work, and its clock counts time once."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from time import sleep

import duckdb
import pytest

from bench.__main__ import Disagreement, require_agreement, require_same
from bench.contestants import Clock, digests
from bench.export import COLUMNS, COPIES, REPEATS, ensure_export

ROOT = Path(__file__).resolve().parents[2]
ROWS = 5_000

SAME = {"rows": 10, "accepted": 9, "held": 1, "duplicates": 0, "findings": {"occurred_on.in_future": 1}}


def bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "COLUMNS": "160"}
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("bench")
    done = bench("--rows", ROWS, "--repeat", 1, "--out", folder, "--results", folder / "results.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path.suffix for path in folder.iterdir()) == [".csv", ".json"], (
        "a run left its working files"
    )
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_pandas_agrees_with_the_pipeline_on_every_sum_rule_and_record(measured):
    assert measured["details"]["compared_with_pandas"] is True


@pytest.mark.slow
def test_every_row_of_the_export_goes_one_way(measured):
    sums = measured["details"]["sums"]
    assert sums["rows"] == ROWS == sums["accepted"] + sums["held"] + sums["duplicates"]


@pytest.mark.slow
def test_as_many_rows_are_held_as_a_real_force_has_held(measured):
    assert 0.03 < measured["details"]["sums"]["held"] / ROWS < 0.05


@pytest.mark.slow
def test_the_repeated_rows_are_found_and_no_others(measured):
    sums = measured["details"]["sums"]
    assert sums["duplicates"] == COPIES
    assert sums["findings"]["row.duplicate"] == COPIES
    assert sums["findings"]["source_record_id.repeated"] == 2 * REPEATS


@pytest.mark.slow
def test_the_export_breaks_thirty_rules(measured):
    assert len(measured["details"]["sums"]["findings"]) >= 30


@pytest.mark.slow
def test_the_results_hold_the_ratios_the_peak_and_the_rows(measured):
    assert measured["rows"] == ROWS
    assert measured["peak_rss_bytes"] > 50_000_000
    seconds = measured["details"]["seconds"]
    assert measured["ratio_to_copy"] == pytest.approx(seconds["collate"] / seconds["copy"], abs=0.001)
    assert measured["ratio_to_pandas"] == pytest.approx(seconds["pandas"] / seconds["collate"], abs=0.001)


@pytest.mark.slow
def test_the_stages_add_up_to_the_whole(measured):
    details = measured["details"]
    assert sum(details["stages"].values()) == pytest.approx(details["seconds"]["collate"], abs=0.01)


@pytest.mark.slow
def test_a_small_drop_and_the_help_are_measured(tmp_path):
    done = bench("small", "--repeat", 1, "--out", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "collate check, 500 rows, after imports" in done.stdout
    assert "collate check of an XLSX, 10,000 rows x 20" in done.stdout
    assert "collate --help" in done.stdout


def test_the_same_number_of_rows_gives_the_same_bytes(tmp_path):
    first, second = (ensure_export(1_000, tmp_path / name) for name in ("first", "second"))
    assert sha256(first.read_bytes()).digest() == sha256(second.read_bytes()).digest()


def test_an_export_that_is_there_already_is_not_written_again(tmp_path):
    written = ensure_export(1_000, tmp_path)
    moment = written.stat().st_mtime_ns
    assert ensure_export(1_000, tmp_path) == written
    assert written.stat().st_mtime_ns == moment


def test_the_export_has_twenty_columns(tmp_path):
    header = ensure_export(500, tmp_path).read_text(encoding="utf-8").splitlines()[0]
    assert tuple(header.split(",")) == COLUMNS
    assert len(COLUMNS) == 20


def test_another_count_of_a_rule_is_told_with_both_counts():
    other = {**SAME, "findings": {"occurred_on.in_future": 1, "sex.unexplained": 2}}
    with pytest.raises(Disagreement, match=r"sex\.unexplained: collate 0, pandas 2"):
        require_agreement(SAME, other)


def test_another_count_of_held_rows_is_told():
    with pytest.raises(Disagreement, match="held: collate 1, pandas 2"):
        require_agreement(SAME, {**SAME, "held": 2})


def test_two_runs_of_one_contestant_that_differ_are_told():
    with pytest.raises(Disagreement, match="Two runs of collate differ in accepted: 9 and 8"):
        require_same("collate", {**SAME, "accepted": 8}, SAME)


def test_a_value_that_differs_in_one_record_changes_the_digest_of_its_column_alone(tmp_path):
    rows = "SELECT i AS row_number, 'PC' AS rank, {} AS sex FROM range(100) AS numbers(i)"
    for name, sex in (("one", "'male'"), ("other", "CASE WHEN i = 50 THEN 'female' ELSE 'male' END")):
        duckdb.execute(f"COPY ({rows.format(sex)}) TO '{tmp_path / name}.parquet'")
    one, other = (digests(str(tmp_path / f"{name}.parquet"), "rank,sex") for name in ("one", "other"))
    assert one["rank"] == other["rank"]
    assert one["sex"] != other["sex"]


class Work:
    def outer(self) -> None:
        sleep(0.02)
        self.inner()

    def inner(self) -> None:
        sleep(0.2)

    @classmethod
    def opened(cls) -> str:
        return cls.__name__


@pytest.fixture
def clock() -> Clock:
    class Watched(Work):
        pass

    clock = Clock()
    clock.work = Watched
    for name, stage in (("outer", "outer"), ("inner", "inner"), ("opened", "opened")):
        clock.watch(Watched, name, stage)
    return clock


def test_time_in_a_stage_within_another_counts_for_the_inner_one_alone(clock):
    clock.work().outer()
    assert clock.seconds["inner"] >= 0.2
    assert clock.seconds["outer"] < 0.1


def test_a_class_method_is_watched_as_it_is_called(clock):
    assert clock.work.opened() == "Watched"
    assert "opened" in clock.seconds
