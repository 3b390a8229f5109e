"""`chase_forces`: on which day it reminds, and when anything leaves."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from pipeline.collecting import chase as chasing
from pipeline.collecting.chase import Chased

NOW = datetime.now(UTC)


@pytest.fixture
def rounds(monkeypatch):
    """Return the rounds asked for so far; `faults` is what each ends with."""
    asked = SimpleNamespace(rounds=[], faults=[])

    def chase(home, as_of, *, send=False):
        asked.rounds.append((as_of, send))
        return Chased(as_of, send, faults=list(asked.faults))

    monkeypatch.setattr(chasing, "chase", chase)
    monkeypatch.delenv("COLLATE_CHASE_SEND", raising=False)
    return asked


def run(dags, moment):
    return (
        dags["chase_forces"]
        .get_task("chase")
        .python_callable(dag_run=SimpleNamespace(logical_date=moment, run_after=moment))
    )


def test_nothing_is_sent_unless_the_environment_says_so(dags, rounds, monkeypatch):
    run(dags, NOW)
    monkeypatch.setenv("COLLATE_CHASE_SEND", "yes")
    run(dags, NOW)
    assert [send for _, send in rounds.rounds] == [False, True]


def test_a_run_for_another_day_only_drafts(dags, rounds, monkeypatch):
    monkeypatch.setenv("COLLATE_CHASE_SEND", "yes")
    told = run(dags, datetime(2018, 9, 5, 6, tzinfo=UTC))
    assert rounds.rounds == [(date(2018, 9, 5), False)]
    assert told["as_of"] == "2018-09-05"


def test_the_day_is_that_of_the_clock_in_the_united_kingdom(dags, rounds):
    run(dags, datetime(2018, 9, 4, 23, 30, tzinfo=UTC))
    assert rounds.rounds == [(date(2018, 9, 5), False)]


def test_a_reminder_that_could_not_be_sent_fails_the_run_and_is_named(dags, rounds):
    from airflow.sdk.exceptions import AirflowException

    rounds.faults = ["kent, first reminder: the mail server would not have us."]
    with pytest.raises(AirflowException, match="kent, first reminder"):
        run(dags, NOW)


def test_it_runs_every_morning_one_run_at_a_time(dags):
    chase_forces = dags["chase_forces"]
    assert chase_forces.timetable.expression == "0 7 * * *"
    assert str(chase_forces.timetable.timezone.name) == "Europe/London"
    assert (chase_forces.max_active_runs, chase_forces.catchup) == (1, False)
