"""Publish the national release of last month, on the 10th, once the forces' drops are in.

A run publishes the month before its **logical date**, which is the moment the run was due: the run of
10 October 2018 publishes 2018-09, today or in a backfill years later. A run started by hand without a logical
date publishes the month before today. Months are those of the clock in the United Kingdom.

A release is immutable. Where nothing has changed since the last release of that month the run finds it and
publishes nothing; where drops have come since, it publishes a new vintage beside the old one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import dag, task

UNITED_KINGDOM = ZoneInfo("Europe/London")


def month_before(moment: datetime) -> str:
    """Return the month ("2018-09") before the one that a moment is in by the United Kingdom's clock."""
    first_of_month = moment.astimezone(UNITED_KINGDOM).date().replace(day=1)
    return f"{first_of_month - timedelta(days=1):%Y-%m}"


@dag(
    dag_id="publish_release",
    schedule="0 6 10 * *",
    start_date=datetime(2015, 4, 1, tzinfo=UNITED_KINGDOM),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2},
    doc_md=__doc__,
    tags=["assaults", "release"],
)
def publish_release() -> None:
    @task
    def publish(**context: Any) -> dict[str, Any]:
        """Return the month's release: its id, its path, whether it is new, and coverage by force."""
        from pipeline import recipe

        run = context["dag_run"]
        month = month_before(run.logical_date or run.run_after)
        return {"month": month, **recipe.publish(month)}

    publish()


publish_release()
