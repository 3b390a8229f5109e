"""`publish_release` where a person must sign a release off: somebody answers as Airflow's own pages record it."""

import _thread
import contextlib
import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

WAITING = {
    "release_id": "2018-09-r1",
    "path": "releases/.waiting/2018-09-r1",
    "changed": True,
    "waiting": True,
    "summary": [],
    "to_look_at": ["Kent Police: 1 drops.", "crime, constable with injury: 2 in 2018-09, 1 in 2018-08."],
    "light": "green",
    "said": "Green.",
    "accounted": {"missing": []},
}
RELEASE_DAY = datetime(2018, 10, 19, 5, tzinfo=UTC)
JANE = {"id": "jane", "name": "Jane Smith"}


@pytest.fixture
def done(recipe, metadata):
    """Return what was done with a release that waits, by a recipe that does nothing else."""
    deeds = []
    recipe.publish = lambda month, home=None: WAITING
    recipe.sign_off = lambda *said: deeds.append(("published", *said)) or {"release_id": said[0]}
    recipe.refuse_release = lambda *said: deeds.append(("refused", *said)) or {"release_id": said[0]}
    return deeds


@pytest.fixture
def dag(dags):
    return dags["publish_release"]


# A run that nobody answers would wait for days.
PATIENCE = 120


class Person(threading.Thread):
    """Answers every question that waits, as the route behind Airflow's page does, and keeps what was asked.

    A run that is still not over after its patience is interrupted, and the test fails.
    """

    def __init__(self, option, reason="", by=JANE):
        super().__init__(daemon=True)
        self.option, self.reason, self.by = option, reason, by
        self.asked = None
        self.over = threading.Event()

    def run(self):
        from sqlalchemy.exc import OperationalError

        begun = time.monotonic()
        while not self.over.wait(0.2):
            # the run may be writing at this moment, and may write over an answer that came at it
            with contextlib.suppress(OperationalError):
                self.asked = self.answer() or self.asked
            if time.monotonic() - begun > PATIENCE:
                _thread.interrupt_main()
                return

    def answer(self):
        from airflow.models.hitl import HITLDetail
        from airflow.models.taskinstance import TaskInstance
        from airflow.models.trigger import handle_event_submit
        from airflow.triggers.base import TriggerEvent
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session(scoped=False) as session:
            waits = select(TaskInstance).where(TaskInstance.state == "awaiting_input")
            task = session.scalar(waits)
            if task is None:
                return None
            question = session.scalar(select(HITLDetail).where(HITLDetail.ti_id == task.id))
            if question is None:
                # the task waits a moment before its question is there
                return None
            asked = SimpleNamespace(subject=question.subject, body=question.body, options=question.options)
            question.responded_by = self.by
            question.responded_at = datetime.now(UTC)
            question.chosen_options = [self.option]
            question.params_input = {"reason": self.reason}
            session.flush()
            handle_event_submit(
                TriggerEvent(question.as_resume_event_payload()), task_instance=task, session=session
            )
        return asked


def run_of(dag, person=None, **asked):
    """Return the finished run of a release day, a person answering beside it."""
    if person:
        person.start()
    try:
        return dag.test(logical_date=RELEASE_DAY, **asked)
    finally:
        if person:
            person.over.set()
            person.join()


def states(run):
    return {task.task_id: str(task.state) for task in run.get_task_instances()}


@pytest.mark.slow
def test_a_person_who_answers_publishes_what_was_built_under_their_name(dag, done):
    person = Person("Publish")
    run = run_of(dag, person)
    assert run.state == "success"
    assert done == [("published", "2018-09-r1", "Jane Smith")]
    assert person.asked.subject == "Release 2018-09-r1 waits to be published"
    assert "constable with injury: 2 in 2018-09, 1 in 2018-08." in person.asked.body
    assert person.asked.options == ["Publish", "Refuse"]


@pytest.mark.slow
def test_a_person_who_refuses_takes_it_away_with_a_reason(dag, done):
    assert run_of(dag, Person("Refuse", "Kent is wrong")).state == "success"
    assert done == [("refused", "2018-09-r1", "Jane Smith", "Kent is wrong")]


@pytest.mark.slow
@pytest.mark.parametrize("waiting", [True, False])
def test_nobody_is_asked_where_the_command_line_will_be_or_where_nothing_waits(dag, done, recipe, waiting):
    recipe.publish = lambda month, home=None: {**WAITING, "waiting": waiting}
    begun = time.monotonic()
    run = run_of(dag, run_conf={"ask": False} if waiting else None)
    assert time.monotonic() - begun < 60
    assert run.state == "success"
    assert {task: state for task, state in states(run).items() if state == "skipped"} == {
        "ask_a_person": "skipped",
        "sign_off": "skipped",
    }
    assert done == []


def test_an_answer_without_a_name_publishes_nothing(dag, done):
    from airflow.sdk.exceptions import AirflowFailException

    answer = {"chosen_options": ["Publish"], "params_input": {}, "responded_by_user": None}
    with pytest.raises(AirflowFailException, match="still waits"):
        dag.get_task("sign_off").python_callable(WAITING, answer)
    assert done == []
