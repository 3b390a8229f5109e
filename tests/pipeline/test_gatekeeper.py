"""The gate's process: it says what the gate says, and a drop is never let through because it is not there."""

from __future__ import annotations

import os
import signal
from datetime import date
from pathlib import Path

import pytest

from pipeline import gatekeeper as keeping
from pipeline.gate import GateFailed
from pipeline.gatekeeper import Gatekeeper, Question
from pipeline.home import Home
from tests.pipeline.test_gate import accepted

JUDGED_ON = date(2026, 11, 21)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def keeper() -> Gatekeeper:
    made = Gatekeeper()
    yield made
    made.close()


def ask(keeper: Gatekeeper, folder: Path, *changes: dict, **more: object) -> Question:
    folder.mkdir(exist_ok=True)
    path = accepted(folder, *changes)
    return keeper.ask(path, Home(folder / "home"), "testshire", "crime", folder.name, JUDGED_ON, **more)


@pytest.mark.slow
def test_it_says_what_the_gate_says(keeper: Gatekeeper, tmp_path: Path) -> None:
    sound, wrong = ask(keeper, tmp_path / "a", {}, {}), ask(keeper, tmp_path / "b", {"injury": "dreadful"})
    result = sound.answer()
    assert (result.passed, result.covered, result.rows, result.failed) == (True, 2, 2, ())
    assert result.docs.is_file()
    with pytest.raises(GateFailed, match=r"injury\.one_of by 1"):
        wrong.answer()


@pytest.mark.slow
def test_what_was_asked_is_not_asked_again_and_answers_do_not_change_places(
    keeper: Gatekeeper, tmp_path: Path
) -> None:
    first = ask(keeper, tmp_path / "a", {})
    path, home = tmp_path / "a" / "accepted.parquet", Home(tmp_path / "a" / "home")
    assert keeper.ask(path, home, "testshire", "crime", "a", JUDGED_ON) is first
    assert keeper.ask(path, home, "testshire", "crime", "another", JUDGED_ON) is not first
    ask(keeper, tmp_path / "never-waited-for", {}, {}, {})
    assert ask(keeper, tmp_path / "c", {}, {}).answer().rows == 2


def test_a_rule_that_is_re_graded_does_not_shut_the_gate(keeper: Gatekeeper, tmp_path: Path) -> None:
    result = ask(keeper, tmp_path / "a", {"injury": "dreadful"}, waived=["injury.one_of"]).answer()
    assert result.failed == (("injury.one_of", "query", 1),)


@pytest.mark.slow
def test_a_process_that_is_killed_lets_nothing_through(tmp_path: Path) -> None:
    keeper = Gatekeeper()
    assert keeper._process is not None
    os.kill(keeper._process.pid, signal.SIGKILL)
    keeper._process.wait()
    assert ask(keeper, tmp_path / "a", {}).answer().rows == 1
    with pytest.raises(GateFailed):
        ask(keeper, tmp_path / "b", {"injury": "dreadful"}).answer()


def test_a_process_that_cannot_be_started_lets_nothing_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping.sys, "executable", str(tmp_path / "no such program"))
    keeper = Gatekeeper()
    assert not keeper.alive
    with pytest.raises(GateFailed):
        ask(keeper, tmp_path / "b", {"injury": "dreadful"}).answer()
