"""Judge every drop that is new in the inbox, each on its own.

`new_drops` archives and registers what the forces left in the inbox, in order. `collate` then judges one
force a task, its drops one after the other, for each is looked at beside those before it; the grid names the
force, the log every drop and what became of it. `report` closes the run whatever happened before it.

- A drop that cannot be read safely is **refused**: that is the force's to mend, so its task succeeds and its
  receipt says why.
- A fault of ours (a full disk, a locked ledger, row sums that do not balance) keeps no other drop waiting,
  of that force or another. Its force's task then fails and names the drop, and is tried twice more, for the
  drops that are left. `report` fails the run and names the drops left unjudged; the next run takes them up
  again.

Running it with nothing new in the inbox changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk import dag, task
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowFailException

from dags.lineage import INBOX, RECORDS, RETURNS

if TYPE_CHECKING:
    from collections.abc import Sequence

Receipt = dict[str, Any]

# Airflow gives its configured delay to plain tasks but its built-in five minutes to mapped ones, unless told.
RETRY_DELAY = timedelta(seconds=conf.getint("core", "default_task_retry_delay", fallback=300))

# A force's task in the grid: west_mercia, 2 drops.
NAMED = (
    "{% set drops = task.op_kwargs['drops'] %}{{ drops[0].partition('/')[0] }}, "
    "{{ drops | length }} drop{{ '' if drops | length == 1 else 's' }}"
)


@dag(
    dag_id="collate_drops",
    schedule="@hourly",
    start_date=datetime(2015, 4, 1, tzinfo=ZoneInfo("Europe/London")),
    catchup=False,
    # A drop is judged against what the drops before it left, so one run at a time and one task a force; a
    # judging task uses every core it finds, so few of them at once.
    max_active_runs=1,
    max_active_tasks=4,
    default_args={"retries": 2, "retry_delay": RETRY_DELAY},
    doc_md=__doc__,
    tags=["assaults", "drops"],
)
def collate_drops() -> None:
    @task(inlets=[INBOX])
    def new_drops() -> list[list[str]]:
        """Archive and register what is new in the inbox; return the drops still to be judged, in order, by force."""
        from pipeline import recipe
        from pipeline.in_order import by_force

        return by_force(recipe.new_drops())

    @task(map_index_template=NAMED, outlets=[RECORDS, RETURNS])
    def collate(drops: list[str]) -> list[Receipt]:
        """Return the receipts of one force's drops, in counts and never values."""
        from pipeline.in_order import collate_in_order

        return collate_in_order(drops)

    @task(trigger_rule="all_done", retries=0)
    def report(forces: list[list[str]] | None, receipts: Sequence[list[Receipt]] | None) -> dict[str, Any]:
        """Return what became of every drop; raises AirflowFailException naming each drop left unjudged."""
        from pipeline import recipe

        if forces is None:
            raise AirflowFailException("The inbox could not be read: see the log of new_drops.")
        drops = [drop for force in forces for drop in force]
        told = {receipt["drop"]: receipt for force in receipts or () for receipt in force}
        # A force's failed task returned nothing, though it judged the drops that it could.
        known = {drop: told.get(drop) or recipe.judged_path(drop) for drop in drops}
        unjudged = sorted(drop for drop, receipt in known.items() if receipt is None)
        if unjudged:
            raise AirflowFailException(
                f"{len(unjudged)} of {len(drops)} drops could not be judged: {', '.join(unjudged)}. "
                "The other drops were. See the logs of the failed tasks; the next run tries these again."
            )
        judged = [{**receipt, "drop": drop} for drop, receipt in known.items() if receipt is not None]
        return {
            "drops": len(drops),
            "refused": [receipt["drop"] for receipt in judged if receipt.get("refused")],
            **{
                count: sum(receipt.get(count) or 0 for receipt in judged)
                for count in ("rows", "accepted", "held")
            },
        }

    forces = new_drops()
    report(forces, collate.expand(drops=forces))


collate_drops()
