"""The OpenLineage events of a run: what each task reads and writes, by the folders of the home."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dags import local

ROOT = Path(__file__).resolve().parents[2]


def test_no_event_is_asked_for_unless_the_environment_names_a_file(monkeypatch, tmp_path):
    monkeypatch.delenv("COLLATE_LINEAGE", raising=False)
    assert [name for name in local.settings(tmp_path) if "LINEAGE" in name] == []


def test_events_asked_for_without_their_provider_are_said(monkeypatch, tmp_path):
    monkeypatch.setenv("COLLATE_LINEAGE", "lineage.jsonl")
    monkeypatch.setattr(local, "LINEAGE_PROVIDER", "a-provider-nobody-has")
    with pytest.raises(SystemExit, match="install a-provider-nobody-has first"):
        local.settings(tmp_path)


@pytest.mark.slow
def test_the_events_of_a_run_name_what_its_tasks_read_and_wrote(tmp_path):
    run = subprocess.run(
        [sys.executable, Path(__file__).with_name("lineage_of_a_release.py"), tmp_path],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "COLLATE_HOME": str(tmp_path),
            "COLLATE_LINEAGE": "lineage.jsonl",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    events = [json.loads(line) for line in (tmp_path / "lineage.jsonl").read_text().splitlines()]
    assert {event["job"]["namespace"] for event in events} == {"assaults_on_police"}
    (published,) = [
        event
        for event in events
        if (event["job"]["name"], event["eventType"]) == ("publish_release.publish", "COMPLETE")
    ]
    assert [each["name"] for each in published["inputs"]] == [f"{tmp_path}/accepted"]
    assert [each["name"] for each in published["outputs"]] == [f"{tmp_path}/releases"]
    assert "sourceCode" not in published["job"]["facets"]
