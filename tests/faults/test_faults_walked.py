"""Whatever stops a run, and wherever: the same step done again leaves the home that never failed, byte for byte.

CI walks every commit point of receiving, approving and publishing a drop, and samples the rest. With
`COLLATE_FAULTS=all` every point of every step is walked, the working folder's too; `COLLATE_RANDOM_KILLS=200` is how
many random kills there are, whatever they take. The table is printed at the end of the run.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.ledger import Act, Ledger
from tests.faults.table import PROPERTY
from tests.faults.walk import KILLED, Tried, Walk, commits, copy_of, differences, summary, walking
from tests.faults.work import STEPS, at_rest, doubled, lost

EVERY = os.environ.get("COLLATE_FAULTS") == "all"

# One of each kind of step; the other two are a second drop and a second release.
WALKED = tuple(STEPS) if EVERY else ("receive another", "approve", "publish again")

RANDOM_KILLS = int(os.environ.get("COLLATE_RANDOM_KILLS", "0"))
RANDOM_SECONDS = 20.0

Passed = Callable[[list[Tried]], None]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Yield a walk whose clean run is done."""
    with walking(tmp_path_factory.mktemp("walk")) as walk:
        yield walk


@pytest.fixture
def passed(record_property: Callable[[str, object], None]) -> Passed:
    """Return what enters faults into the table and then says what any of them lost, doubled or left otherwise."""

    def enter(tried: list[Tried]) -> None:
        record_property(PROPERTY, summary(tried))
        assert tried
        assert [each.amiss for each in tried if each.amiss] == []

    return enter


def sampled(count: int, of: int) -> list[int]:
    """Return numbers below `of`: all of them when every fault is asked for, else some, the same every time."""
    return [*range(of)] if EVERY else sorted(random.Random(of).sample(range(of), min(count, of)))


@pytest.mark.parametrize("step", WALKED)
def test_a_run_killed_at_any_commit_point_is_made_good_by_the_next(
    walk: Walk, step: str, passed: Passed
) -> None:
    points = [*range(len(walk.clean[step].points))] if EVERY else walk.kill_at(step)
    tried = [walk.meet("killed at a commit point", step, {"fault": "kill", "at": at}) for at in points]
    passed(tried)
    assert len(tried) >= 4
    assert sum(each.struck for each in tried) >= len(tried) - 1


@pytest.mark.parametrize("step", WALKED)
def test_a_disk_that_is_full_from_any_write_on_loses_nothing(walk: Walk, step: str, passed: Passed) -> None:
    tried = [
        walk.meet("disk full from a write on", step, {"fault": "full", "at": at})
        for at in sampled(4, walk.may("full", step))
    ]
    passed(tried)
    assert any(each.struck for each in tried)


@pytest.mark.parametrize("step", WALKED)
def test_a_ledger_lost_at_any_write_or_commit_is_taken_up_again(
    walk: Walk, step: str, passed: Passed
) -> None:
    tried = [
        walk.meet("ledger connection lost", step, {"fault": "lost", "at": at})
        for at in sampled(4, walk.may("lost", step))
    ]
    passed(tried)
    assert all(each.struck for each in tried)


def test_two_runs_at_once_do_the_work_once(walk: Walk, passed: Passed) -> None:
    apart = (0.0, 0.1, 0.5, 1.0, 2.0) if EVERY else (0.0, 0.3)
    tried = [
        walk.meet("two runs at once", step, {}, {"waits": seconds})
        for step in ("receive another", "publish again")
        for seconds in apart
    ]
    passed(tried)


def test_a_clock_that_steps_back_a_day_changes_no_record_and_no_release(walk: Walk, passed: Passed) -> None:
    tried = [walk.meet("clock stepped back a day", step, {"days_back": 1}) for step in WALKED]
    # What goes back to the force names the deadline after the day its file came.
    told = [each for each in tried if any(not place.startswith("returns/") for place in each.differs)]
    assert [each.amiss for each in told] == []
    passed([replace(each, differs=[]) for each in tried])


def test_a_run_out_of_memory_is_made_good_by_the_next(walk: Walk, passed: Passed) -> None:
    sizes = (1, 8, 32, 64, 128, 256) if EVERY else (8, 64)
    tried = [
        walk.meet("out of memory", step, {"memory": size << 20})
        for step in ("receive another", "publish again")
        for size in sizes
    ]
    passed(tried)
    assert any(each.struck for each in tried)


def test_a_run_killed_at_a_random_moment_is_made_good_by_the_next(walk: Walk, passed: Passed) -> None:
    chance = random.Random(2018)
    steps = [step for step in STEPS if step != "approve"]
    whole: dict[str, float] = {}
    for step in steps:
        began = time.monotonic()
        walk.meet("", step, {})
        # Half of it was the first of two runs.
        whole[step] = (time.monotonic() - began) / 2
    tried: list[Tried] = []
    began = time.monotonic()
    while len(tried) < RANDOM_KILLS if RANDOM_KILLS else time.monotonic() - began < RANDOM_SECONDS:
        step = chance.choice(steps)
        tried.append(
            walk.meet("killed at a random moment", step, {}, kill_after=chance.uniform(0, whole[step]))
        )
    passed(tried)
    assert any(each.struck for each in tried)


# The walk itself can fail


def test_a_walk_sees_what_is_lost_and_what_is_there_twice(walk: Walk, tmp_path: Path) -> None:
    clean = walk.clean["publish again"].after
    inbox = {path: digest for path, digest in at_rest(clean).items() if path.startswith("inbox/")}
    home = copy_of(clean, tmp_path / "home")
    assert (lost(home, inbox), doubled(home), differences(home, clean)) == ([], [], [])

    file, *_ = inbox
    (home.root / file).unlink()
    records = min(home.accepted.rglob("*.parquet"))
    records.unlink()
    published = min((home.releases / "2018-07-r2" / "assaults").rglob("*.parquet"))
    shutil.copy(published, published.with_name("again.parquet"))
    with Ledger.open(home.ledger_url) as ledger:
        subject = ledger.drops()[0].drop_id
        ledger.record(Act(did="judged", subject=subject, said={}))

    assert lost(home, inbox) == [file, f"accepted.parquet of {records.stem}"]
    twice = doubled(home)
    assert str(("judged", subject)) in twice
    assert any(each.startswith("2018-07-r2: ") for each in twice)
    assert "ledger: acts" in differences(home, clean)
    assert str(records.relative_to(home.root)) in differences(home, clean)


def test_the_points_of_a_run_name_what_must_come_in_order(walk: Walk) -> None:
    points = [point for point in walk.clean["receive another"].points if commits(point)]

    def place(words: str) -> int:
        return next(number for number, point in enumerate(points) if words in point)

    commit = [number for number, point in enumerate(points) if point == "before the ledger commits"]
    assert place("-> archive/") < commit[0] < place("-> accepted/") < place("-> returns/") < commit[1]


def test_a_child_killed_at_a_point_is_really_killed(walk: Walk, tmp_path: Path) -> None:
    home = copy_of(walk.clean["approve"].before, tmp_path / "home")
    (ended,) = walk.ask({"home": str(home.root), "step": "approve", "fault": "kill", "at": 0})
    assert (ended["status"], ended["point"]) == (KILLED, walk.clean["approve"].points[0])
