"""Judge every drop that is new in the inbox, each on its own.

`new_drops` archives and registers what the forces left in the inbox, in order. `collate` then judges one
drop a task, named in the grid by force and file. `report` closes the run whatever happened before it.

- A drop that cannot be read safely is **refused**: that is the force's to mend, so its task succeeds and its
  receipt says why.
- A fault of ours (a full disk, a locked ledger, row sums that do not balance) fails that drop's task after
  two retries. Other drops go on. `report` then fails the run and names the drops left unjudged; the next run
  takes them up again.

Running it with nothing new in the inbox changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk import dag, task
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Sequence

Receipt = dict[str, Any]

# Airflow gives its configured delay to plain tasks but its built-in five minutes to mapped ones, unless told.
RETRY_DELAY = timedelta(seconds=conf.getint("core", "default_task_retry_delay", fallback=300))


@dag(
    dag_id="collate_drops",
    schedule="@hourly",
    start_date=datetime(2015, 4, 1, tzinfo=ZoneInfo("Europe/London")),
    catchup=False,
    # A drop is judged against what the drops before it left, so one run at a time; a judging task uses every
    # core it finds, so few of them at once.
    max_active_runs=1,
    max_active_tasks=4,
    default_args={"retries": 2, "retry_delay": RETRY_DELAY},
    doc_md=__doc__,
    tags=["assaults", "drops"],
)
def collate_drops() -> None:
    @task
    def new_drops() -> list[str]:
        """Archive and register what is new in the inbox; return the drops still to be judged, in order."""
        from pipeline import recipe

        return recipe.new_drops()

    @task(map_index_template="{{ task.op_kwargs['drop'] }}")
    def collate(drop: str) -> Receipt:
        """Return the receipt of one drop, in counts and never values."""
        from pipeline import recipe

        return {"drop": drop, **recipe.collate_path(drop)}

    @task(trigger_rule="all_done", retries=0)
    def report(drops: list[str] | None, receipts: Sequence[Receipt] | None) -> dict[str, Any]:
        """Return what became of every drop; raises AirflowFailException naming each drop left unjudged."""
        if drops is None:
            raise AirflowFailException("The inbox could not be read: see the log of new_drops.")
        judged = list(receipts or ())
        unjudged = sorted(set(drops) - {receipt["drop"] for receipt in judged})
        if unjudged:
            raise AirflowFailException(
                f"{len(unjudged)} of {len(drops)} drops could not be judged: {', '.join(unjudged)}. "
                "The other drops were. See the logs of the failed tasks; the next run tries these again."
            )
        return {
            "drops": len(drops),
            "refused": [receipt["drop"] for receipt in judged if receipt.get("refused")],
            **{
                count: sum(receipt.get(count) or 0 for receipt in judged)
                for count in ("rows", "accepted", "held")
            },
        }

    drops = new_drops()
    report(drops, collate.expand(drop=drops))


collate_drops()
