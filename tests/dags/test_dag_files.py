"""What Airflow sees when it parses the folder."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA_LIBRARIES = {
    "pandas",
    "pyarrow",
    "duckdb",
    "ibis",
    "great_expectations",
    "numpy",
    "scipy",
    "python_calamine",
}


def test_the_folder_holds_these_dags_and_no_others(dags):
    assert set(dags) == {"collate_drops", "publish_release", "chase_forces"}


def test_each_dag_says_what_it_does_in_its_own_docstring(dags):
    assert dags["collate_drops"].doc_md.startswith("Judge every drop that is new in the inbox")
    assert dags["publish_release"].doc_md.startswith("Publish the national release of last month")
    assert dags["chase_forces"].doc_md.startswith("Remind the forces whose files are not in")


def test_drops_are_collated_every_hour_one_run_at_a_time(dags):
    collate_drops = dags["collate_drops"]
    assert collate_drops.timetable.expression == "0 * * * *"
    assert collate_drops.max_active_runs == 1
    assert collate_drops.catchup is False


def test_whether_it_is_the_release_day_is_asked_every_morning_by_the_clock_in_london(dags):
    publish_release = dags["publish_release"]
    assert publish_release.timetable.expression == "0 6 * * *"
    assert str(publish_release.timetable.timezone.name) == "Europe/London"
    assert publish_release.catchup is False


@pytest.mark.parametrize(
    ("dag_id", "task_id"),
    [
        ("collate_drops", "new_drops"),
        ("collate_drops", "collate"),
        ("publish_release", "publish"),
        ("chase_forces", "chase"),
    ],
)
def test_a_task_that_touches_data_is_tried_three_times(dags, dag_id, task_id):
    assert dags[dag_id].get_task(task_id).retries == 2


def test_the_report_is_tried_once_and_comes_whatever_happened_before_it(dags):
    report = dags["collate_drops"].get_task("report")
    assert report.retries == 0
    assert report.trigger_rule == "all_done"
    assert report.upstream_task_ids == {"new_drops", "collate"}


def test_a_judging_task_keeps_the_configured_retry_delay_once_airflow_has_stored_it(dags):
    from airflow.serialization.serialized_objects import DagSerialization

    stored = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dags["collate_drops"]))
    assert stored.get_task("collate").retry_delay == timedelta(
        seconds=int(os.environ["AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY"])
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "module",
    ["dags.collate_drops", "dags.publish_release", "dags.chase_forces", "dags.local", "dags.monthly"],
)
def test_parsing_imports_no_data_library(module):
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    parsed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert DATA_LIBRARIES.isdisjoint(parsed.stdout.split())


def test_the_local_driver_is_parsed_without_starting_airflow():
    program = "import sys, dags.monthly; print('airflow' in sys.modules)"
    parsed = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert parsed.stdout.split() == ["False"]
