"""Publish the national release of last month, on its release day, once the forces' drops are in.

The release day is so many working days after the month's end (`schemas/calendar.py`), the day the letters to the
forces name. A schedule knows no working days, so a run starts every morning and is skipped on any other day.

A run publishes the month before its **logical date**, which is the moment the run was due: the run of
19 October 2018 publishes 2018-09, today or in a backfill years later. A run started by hand publishes on any day,
without a logical date the month before today. Months are those of the clock in the United Kingdom.

A release is immutable. Where nothing has changed since the last release of that month the run finds it and
publishes nothing; where drops have come since, it publishes a new vintage beside the old one.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowSkipException

UNITED_KINGDOM = ZoneInfo("Europe/London")


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
    @task
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

    publish()


publish_release()
