"""The monthly collation on one machine: the real DAGs, run in this process, with no server.

`python -m dags.monthly --home data --samples samples` lays the samples into the inbox, runs `collate_drops`,
then `publish_release` for each month due, and prints the national summary. Airflow's own words go to
`airflow/logs/monthly.log` under the home.
"""

from __future__ import annotations

import argparse
import contextlib
import filecmp
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pluggy import HookimplMarker
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dags import local
from pipeline.calendar import release_day
from pipeline.cli import known_sentence, plain_faults
from pipeline.in_order import DropsLeft, outcome

if TYPE_CHECKING:
    from airflow.sdk import DAG

SAMPLES_MARK = "SAMPLES"
LOG = Path("airflow", "logs", "monthly.log")

# Without a server there is no page to answer on: a release that waits is signed off by the command line.
NOT_HERE = {"ask": False}
NEXT = (
    (".venv/bin/collate status --home {home}", "what each force sent, and what became of it"),
    ("ls {home}/returns", "what goes back to each force, row by row"),
    (".venv/bin/collate check FILE --force ID", "judge a file and store nothing"),
    ("make airflow", "the same DAGs in Airflow's own pages"),
)

# The mark that Airflow looks for on a listener; taken from pluggy because importing it from airflow would
# start Airflow before its settings are known.
listener = HookimplMarker("airflow")


def main(arguments: list[str] | None = None) -> int:
    """Run the month's work and return 0, or 1 where any part of it failed."""
    parser = argparse.ArgumentParser(prog="python -m dags.monthly", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--home", type=Path, default=Path("data"), help="where the drops and releases are kept"
    )
    parser.add_argument("--samples", type=Path, help="a folder of sample drops to lay into the inbox first")
    chosen = parser.parse_args(arguments)
    # bound now, because the words of the libraries are sent elsewhere while the DAGs run
    console = Console(file=sys.stdout, highlight=False)
    try:
        if chosen.samples:
            lay(chosen.samples, chosen.home)
    except MixedHome as mixed:
        console.print(str(mixed), soft_wrap=True, markup=False)
        return 1
    with plain_faults():
        work = run(chosen.home, console)
    show(work, chosen.home, console)
    return 1 if work.faults else 0


class MixedHome(Exception):
    """Samples were asked for in a home that real drops are in."""


def lay(samples: Path, home: Path) -> None:
    """Copy the sample drops that are new into a home's inbox; raises MixedHome where it has real drops."""
    mark = home / SAMPLES_MARK
    if not mark.exists():
        if any((home / "inbox").glob("*/*")) or any((home / "archive").glob("*")):
            raise MixedHome(
                f"{home} holds drops of its own, and the synthetic samples would be published with them. "
                "Name another folder with --home, or leave out --samples."
            )
        home.mkdir(parents=True, exist_ok=True)
        mark.write_text("This home holds only the synthetic samples, so it needs no key for pseudonyms.\n")
    from pipeline.intake import PUBLISHER

    inbox = home / "inbox"
    drops = {path: inbox / path.relative_to(samples / "inbox") for path in (samples / "inbox").rglob("*")}
    figures = {path: inbox / PUBLISHER / path.name for path in (samples / "workforce").glob("*.csv")}
    for drop, place in sorted({**drops, **figures}.items()):
        if drop.is_file() and not (place.is_file() and filecmp.cmp(drop, place, shallow=False)):
            place.parent.mkdir(parents=True, exist_ok=True)
            # hidden until it is whole: the inbox may be watched
            part = place.with_name(f".{place.name}.part")
            shutil.copy2(drop, part)
            part.replace(place)


@dataclass
class Work:
    """What the runs did, as their tasks told it."""

    drops: int | None = None
    receipts: list[dict[str, Any]] = field(default_factory=list)
    releases: list[dict[str, Any]] = field(default_factory=list)
    lights: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.receipts) or any(release["changed"] for release in self.releases)


def run(home: Path, console: Console) -> Work:
    """Return what `collate_drops` and one `publish_release` for each month due did."""
    os.environ.update(local.settings(home))
    work = Work()
    with words_in(home / LOG), progress(console) as bars:
        told = Told(work, bars)
        told.step("Starting Airflow")
        from airflow.sdk.listener import get_listener_manager
        from airflow.utils.db import initdb

        from pipeline import recipe

        initdb()
        dags = dags_by_id()
        listeners = get_listener_manager().pm
        listeners.register(told)
        try:
            told.step("Reading the inbox")
            told.ended("collate_drops", dags["collate_drops"].test())
            # The month's release says which forces are missing; a drop left unjudged does not stop it.
            months = recipe.months_due(str(home)) if work.drops is not None else []
            told.step("Publishing", len(months))
            for month in months:
                told.ended(
                    "publish_release",
                    dags["publish_release"].test(logical_date=due_on(month), run_conf=NOT_HERE),
                )
        finally:
            listeners.unregister(told)
    return work


class Told:
    """Listens to the tasks as Airflow runs them, and shows what each did."""

    def __init__(self, work: Work, bars: Progress) -> None:
        self.work = work
        self.bars = bars
        self.bar = bars.add_task("", total=None)

    def step(self, name: str, total: int | None = None) -> None:
        """Start the progress again for the next step; a pipe gets the step's name in a line."""
        self.bars.reset(self.bar, total=total, description=name)
        if not self.bars.console.is_terminal and total != 0:
            self.bars.console.print(name, markup=False)

    def tell(self, line: str) -> None:
        """Count one more as done; a pipe gets it in a line."""
        self.bars.advance(self.bar)
        if not self.bars.console.is_terminal:
            self.bars.console.print(f"  {line}", soft_wrap=True, markup=False)

    def ended(self, dag_id: str, dag_run: Any) -> None:
        """Note a run that failed without any task of it saying why."""
        if dag_run.state != "success" and not self.work.faults:
            self.work.faults.append((dag_id, f"the run ended as {dag_run.state}"))

    @listener
    def on_task_instance_running(self, task_instance: Any) -> None:
        if task_instance.task_id == "collate":
            self.bars.update(self.bar, description=task_instance.rendered_map_index)

    @listener
    def on_task_instance_success(self, task_instance: Any) -> None:
        returned = task_instance.xcom_pull(
            task_ids=task_instance.task_id, map_indexes=task_instance.map_index
        )
        match task_instance.task_id:
            case "new_drops":
                self.work.drops = sum(len(force) for force in returned)
                self.step("Judging the drops", self.work.drops)
            case "collate":
                self.judged(returned)
            case "publish":
                self.work.releases.append(returned)
                self.tell(f"{returned['month']}: {returned['release_id']}")
            case "every_force_accounted_for" if returned["light"] == "amber":
                self.work.lights.append(returned["said"])

    @listener
    def on_task_instance_failed(self, task_instance: Any, error: BaseException | str | None) -> None:
        # A task about to be tried again has not failed; `report` only repeats what the others said.
        if task_instance.state == "failed" and task_instance.task_id != "report":
            name = task_instance.rendered_map_index or task_instance.task_id
            left = error if isinstance(error, DropsLeft) else None
            self.judged(left.judged if left else ())
            for label, fault in left.faults if left else ((name, error),):
                self.work.faults.append((label, sentence_of(fault)))
                self.tell(f"{label}: FAILED")

    def judged(self, receipts: Iterable[dict[str, Any]]) -> None:
        """Note the receipts of a force's drops."""
        for receipt in receipts:
            self.work.receipts.append(receipt)
            self.tell(line_of(receipt))


def sentence_of(error: BaseException | str | None) -> str:
    """Return what to tell a person about a task's error, as the command line tells it."""
    if not isinstance(error, Exception):
        return str(error)
    return getattr(error, "sentence", None) or known_sentence(error) or str(error)


def line_of(receipt: dict[str, Any]) -> str:
    """Return a receipt as one line, in counts."""
    return f"{receipt['drop']}: {outcome(receipt)}"


def progress(console: Console) -> Progress:
    """Return a bar for a terminal; in a pipe it draws nothing."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


@contextlib.contextmanager
def words_in(log: Path) -> Iterator[None]:
    """Send everything that Airflow and the libraries under it say to a file while the block runs."""
    log.parent.mkdir(parents=True, exist_ok=True)
    # left open: Airflow logs a last line as the interpreter ends
    words = log.open("a", encoding="utf-8", buffering=1)
    with contextlib.redirect_stdout(words), contextlib.redirect_stderr(words):
        yield


def dags_by_id() -> dict[str, DAG]:
    """Return the project's DAGs as Airflow finds them; raises ImportError where one cannot be read."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    if bag.import_errors:
        raise ImportError("\n".join(bag.import_errors.values()))
    return dict(bag.dags)


def due_on(month: str) -> datetime:
    """Return the moment at which `publish_release` is due to publish a month: six on its release day."""
    day = release_day(date.fromisoformat(f"{month}-01"))
    return datetime.combine(day, time(6), ZoneInfo("Europe/London"))


def show(work: Work, home: Path, console: Console) -> None:
    """Print the national summary of the newest release, what went wrong, and what to try next."""
    if work.releases:
        release = max(work.releases, key=lambda release: release["month"])
        console.print(national_summary(release))
        for said in release.get("current_picture", ()):
            console.print(said, soft_wrap=True, markup=False)
        console.print(f"Release  {release['path']}", soft_wrap=True, markup=False)
        for said in told_of(release):
            console.print(said, soft_wrap=True, markup=False)
    for said in work.lights[-1:]:
        console.print(said, soft_wrap=True, markup=False)
    if not work.changed and not work.faults:
        console.print(
            f"Nothing new: every drop in {home / 'inbox'} is judged and the newest release is unchanged.",
            soft_wrap=True,
            markup=False,
        )
    # One cause often fails many drops: it is told once, with the drops under it.
    for sentence in dict.fromkeys(sentence for _, sentence in work.faults):
        names = sorted(name for name, told in work.faults if told == sentence)
        console.print(f"FAILED   {', '.join(names)}: {sentence}", soft_wrap=True, markup=False)
    if work.faults:
        console.print(f"The whole story is in {home / LOG}. Run this again to try again.", soft_wrap=True)
    refused = [receipt for receipt in work.receipts if receipt.get("refused")]
    for receipt in refused:
        console.print(f"Refused  {receipt['drop']}: {receipt['refused']}", soft_wrap=True, markup=False)
    console.print("\nTry next")
    commands = [(command.format(home=home), why) for command, why in NEXT]
    width = max(len(command) for command, _ in commands)
    for command, why in commands:
        console.print(f"  {command:<{width}}  {why}", soft_wrap=True, markup=False)


def told_of(release: dict[str, Any]) -> list[str]:
    """Return what a release calls itself, whether it is signed, and what to do where it waits for a person."""
    said = [release["mark_said"]] if release.get("mark_said") else []
    if release.get("waiting"):
        from pipeline.releases.waiting_shown import waiting_said

        return said + waiting_said(release)
    if release.get("signed") is False:
        said.append("It is not signed: no key is set in COLLATE_SIGNING_KEY.")
    return said


def national_summary(release: dict[str, Any]) -> Table:
    """Return coverage by force as a table: rows received, accepted and held in the release's month."""
    table = Table(title=f"Assaults on police, {release['month']}", title_justify="left")
    table.add_column("Force")
    for heading in ("Received", "Accepted", "Held", "Coverage"):
        table.add_column(heading, justify="right")
    for row in release["summary"]:
        table.add_row(*(cell(row[key]) for key in ("name", "received", "accepted", "held", "coverage")))
    return table


def cell(value: Any) -> str:
    """Return a figure as it is read; an absent figure is a dash, never a nought."""
    match value:
        case None:
            return "–"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.0%}"
        case _:
            return escape(str(value))


if __name__ == "__main__":
    sys.exit(main())
