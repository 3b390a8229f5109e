"""Publish the national release of last month, on its release day, once the forces' drops are in.

The release day is so many working days after the month's end (`schemas/calendar.py`), the day the letters to the
forces name. A schedule knows no working days, so a run starts every morning and is skipped on any other day.

A run publishes the month before its **logical date**, which is the moment the run was due: the run of
19 October 2018 publishes 2018-09, today or in a backfill years later. A run started by hand publishes on any day,
without a logical date the month before today. Months are those of the clock in the United Kingdom.

`every_force_accounted_for` then says whether every force's books are there or known to be nil. Green: all are. Amber: some
are not; the task succeeds, and its log and its result name them. Red: more than a stated share is missing
(`COLLATE_UNACCOUNTED`, half unless it is set): the task fails and names them. The release has all the others either way.

Where a person must sign a release off (`COLLATE_SIGN_OFF`), `publish` builds it and publishes nothing.
`ask_a_person` then waits among Airflow's required actions, with what to look at, for two weeks; `sign_off` publishes
exactly what was built, or takes it away, under the name of whoever answered. `collate sign-off` does the same without
Airflow, and an answer given here afterwards changes nothing. Where no release waits, the three are skipped.

A release is immutable. Where nothing has changed since the last release of that month the run finds it and
publishes nothing; where drops have come since, it publishes a new vintage beside the old one.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.lineage import RECORDS, RELEASES

_log = logging.getLogger(__name__)

UNITED_KINGDOM = ZoneInfo("Europe/London")

PUBLISH, REFUSE = "Publish", "Refuse"
# The next month's release must not wait behind this one.
LONGEST_WAIT = timedelta(days=14)


def month_before(moment: datetime) -> str:
    """Return the month ("2018-09") before the one that a moment is in by the United Kingdom's clock."""
    first_of_month = moment.astimezone(UNITED_KINGDOM).date().replace(day=1)
    return f"{first_of_month - timedelta(days=1):%Y-%m}"


def day_instead(moment: datetime) -> date | None:
    """Return the release day of the month before a moment, or None where the moment is on that day."""
    from pipeline.calendar import release_day

    day = moment.astimezone(UNITED_KINGDOM).date()
    due = release_day(day.replace(day=1) - timedelta(days=1))
    return None if day == due else due


@dag(
    dag_id="publish_release",
    schedule="0 6 * * *",
    start_date=datetime(2015, 4, 1, tzinfo=UNITED_KINGDOM),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2},
    doc_md=__doc__,
    tags=["assaults", "release"],
)
def publish_release() -> None:
    @task(inlets=[RECORDS], outlets=[RELEASES])
    def publish(**context: Any) -> dict[str, Any]:
        """Return the month's release: its id, its path, whether it is new, and coverage by force."""
        run = context["dag_run"]
        moment = run.logical_date or run.run_after
        month = month_before(moment)
        due = day_instead(moment)
        if due and run.run_type != "manual":
            raise AirflowSkipException(f"The release of {month} is published on {due:%-d %B %Y}.")
        from pipeline import recipe

        return {"month": month, **recipe.publish(month)}

    @task(retries=0)
    def every_force_accounted_for(release: dict[str, Any]) -> dict[str, Any]:
        """Return the light of a release and what is missing from it; raises AirflowFailException where it is red."""
        light, said = release["light"], release["said"]
        if light == "red":
            done = "waits for a person" if release.get("waiting") else "is published"
            raise AirflowFailException(f"{release['release_id']} {done}. {said}")
        if light == "amber":
            _log.warning(said)
        return {"light": light, "said": said, "missing": release["accounted"]["missing"]}

    @task.short_circuit(retries=0)
    def waits_for_a_person(release: dict[str, Any], **context: Any) -> bool:
        """Return whether the release waits and is to be asked about here; a run may leave it to the command line."""
        return bool(release.get("waiting")) and (context["dag_run"].conf or {}).get("ask", True)

    ask_a_person = HITLOperator(
        task_id="ask_a_person",
        subject="Release {{ ti.xcom_pull(task_ids='publish')['release_id'] }} waits to be published",
        body="{{ ti.xcom_pull(task_ids='publish')['to_look_at'] | join('\n\n') }}",
        options=[PUBLISH, REFUSE],
        params={"reason": Param("", type="string", description="Why it is refused; nothing to publish it.")},
        response_timeout=LONGEST_WAIT,
        retries=0,
    )

    @task(retries=0, outlets=[RELEASES])
    def sign_off(release: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        """Return the release as published under the name of whoever answered, or who refused it and why."""
        from pipeline import recipe

        person = answer["responded_by_user"] or {}
        name = person.get("name") or person.get("id")
        if not name:
            raise AirflowFailException(
                f"Nobody's name is with the answer, so {release['release_id']} still waits. "
                "collate sign-off publishes it under a name."
            )
        if answer["chosen_options"] == [PUBLISH]:
            return recipe.sign_off(release["release_id"], name)
        reason = str((answer["params_input"] or {}).get("reason", "")).strip() or "No reason was given."
        return recipe.refuse_release(release["release_id"], name, reason)

    release = publish()
    every_force_accounted_for(release)
    waits_for_a_person(release) >> ask_a_person >> sign_off(release, ask_a_person.output)


publish_release()
