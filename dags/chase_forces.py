"""Remind the forces whose files are not in, before a month's deadline, on it, and after it.

A run starts every morning and reminds each force only on its own working days: from working day 3 after the month's end,
on the day of the final deadline (working day 10), and once it is past. Each reminder of a force, book and month is written
once. Who is reminded follows from the state of its month (`collate status`).

Nothing leaves unless `COLLATE_CHASE_SEND` is `yes`: the reminders are then drafts in `outbox` of the home. With it they
are sent by mail and webhook to the addresses in `contacts.toml`, and the log of acts says what was sent, so that a run
that is started again sends nothing twice. A reminder that could not be sent fails the run once all the others are sent.
A run for another day than today only drafts.
"""

from __future__ import annotations

import logging
import os
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException

_log = logging.getLogger(__name__)

UNITED_KINGDOM = ZoneInfo("Europe/London")


@dag(
    dag_id="chase_forces",
    schedule="0 7 * * *",
    start_date=datetime(2015, 4, 1, tzinfo=UNITED_KINGDOM),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2},
    doc_md=__doc__,
    tags=["assaults", "reminders"],
)
def chase_forces() -> None:
    @task
    def chase(**context: Any) -> dict[str, Any]:
        """Return the reminders drafted and sent; raises AirflowException naming those that could not be sent."""
        run = context["dag_run"]
        day = (run.logical_date or run.run_after).astimezone(UNITED_KINGDOM).date()
        is_today = day == datetime.now(UNITED_KINGDOM).date()
        from pipeline.collecting.chase import chase as remind
        from pipeline.home import Home

        chased = remind(Home.at(), day, send=is_today and os.environ.get("COLLATE_CHASE_SEND") == "yes")
        for said in (*chased.doubts, *chased.said):
            _log.warning(said)
        if chased.faults:
            raise AirflowException(" ".join(chased.faults))
        return chased.as_dict()

    chase()


chase_forces()
