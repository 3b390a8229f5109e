"""The month's work on one machine, over a recipe that needs no data."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dags import monthly

ROOT = Path(__file__).resolve().parents[2]


def month_of_work(home, **environment):
    """Return the finished process of a month's work over three drops of two forces and two months."""
    return subprocess.run(
        [sys.executable, Path(__file__).with_name("stand_in_month.py"), "--home", str(home)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def done(home):
    return sorted(json.loads((home / "done.json").read_text()))


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """Return a home in which a first run did the month's work, and that run's process."""
    home = tmp_path_factory.mktemp("month") / "home"
    return home, month_of_work(home)


@pytest.fixture
def samples(tmp_path):
    drop = tmp_path / "samples" / "inbox" / "kent" / "july.csv"
    drop.parent.mkdir(parents=True)
    drop.write_text("Ref,Date\n")
    return tmp_path / "samples"


@pytest.mark.slow
def test_every_drop_is_judged_and_every_month_due_is_published(month):
    home, work = month
    assert work.returncode == 0, work.stderr
    assert done(home) == [
        "2018-08",
        "2018-09",
        "kent/b2 [july].xlsx",
        "west_mercia/c3 july.csv",
        "west_mercia/d4 august.csv",
    ]
    assert work.stdout.count("1,499 accepted, 1 held") == 3


@pytest.mark.slow
def test_the_newest_month_is_summed_up_by_force_and_an_absent_figure_is_a_dash(month):
    _, work = month
    assert "Assaults on police, 2018-09" in work.stdout
    assert "│ Kent Police          │    1,500 │    1,499 │    1 │      50% │" in work.stdout
    assert "│ Cumbria Constabulary │        – │        – │    – │  missing │" in work.stdout
    assert "Release  releases/2018-09-1" in work.stdout


@pytest.mark.slow
def test_airflow_says_nothing_on_the_terminal_and_all_in_its_log(month):
    home, work = month
    assert work.stderr == ""
    assert "[info" not in work.stdout
    assert "Task instance state updated" in (home / monthly.LOG).read_text()


@pytest.mark.slow
def test_a_second_run_changes_nothing_and_says_so(month):
    home, first = month
    before = done(home)
    second = month_of_work(home)
    assert second.returncode == 0, second.stderr
    assert "Nothing new: every drop in" in second.stdout
    assert "Nothing new" not in first.stdout
    assert done(home) == before


@pytest.mark.slow
def test_a_fault_in_one_drop_is_told_and_the_month_is_published_with_the_others(tmp_path):
    work = month_of_work(tmp_path / "home", DISK_FULL_FOR="west_mercia/c3 july.csv")
    assert work.returncode == 1
    for other in ("kent/b2 [july].xlsx", "west_mercia/d4 august.csv"):
        assert f"  {other}: 1,499 accepted, 1 held" in work.stdout
    assert "  west_mercia/c3 july.csv: FAILED" in work.stdout
    assert (
        "FAILED   west_mercia/c3 july.csv: A file could not be read or written: No space left on device."
        in work.stdout
    )
    assert "Release  releases/2018-09-1" in work.stdout


def test_samples_are_laid_into_the_inbox_of_a_new_home_which_is_marked_as_theirs(samples, tmp_path):
    monthly.lay(samples, tmp_path / "home")
    assert (tmp_path / "home" / "inbox" / "kent" / "july.csv").read_text() == "Ref,Date\n"
    assert (tmp_path / "home" / "SAMPLES").is_file()


def test_samples_laid_twice_are_not_touched_again(samples, tmp_path):
    monthly.lay(samples, tmp_path / "home")
    laid = tmp_path / "home" / "inbox" / "kent" / "july.csv"
    before = laid.stat()
    (samples / "inbox" / "kent" / "july.csv").touch()
    monthly.lay(samples, tmp_path / "home")
    assert laid.stat() == before


def test_a_sample_that_changed_is_laid_again(samples, tmp_path):
    monthly.lay(samples, tmp_path / "home")
    (samples / "inbox" / "kent" / "july.csv").write_text("Ref,Date\n1,2018-07-01\n")
    monthly.lay(samples, tmp_path / "home")
    assert (tmp_path / "home" / "inbox" / "kent" / "july.csv").read_text() == "Ref,Date\n1,2018-07-01\n"


def test_samples_are_never_laid_beside_real_drops(samples, home):
    real = home / "inbox" / "kent" / "real.csv"
    real.parent.mkdir()
    real.write_text("Ref\n")
    with pytest.raises(monthly.MixedHome, match="holds drops of its own"):
        monthly.lay(samples, home)
    assert not (home / "SAMPLES").exists()
    assert [path.name for path in real.parent.iterdir()] == ["real.csv"]
