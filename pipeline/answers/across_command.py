"""`collate across` on the command line: assaults that may stand in two forces' books, and what the forces answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from pipeline import asked

if TYPE_CHECKING:
    from rich.console import Console


class Asking(TyperGroup):
    """The group of commands, where no word is the list."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args[:1] not in (["answer"], ["list"], ["--help"]):
            args = ["list", *args]
        return super().parse_args(ctx, args)


across_app = typer.Typer(
    cls=Asking,
    help="Ask two forces whether they recorded one assault on one victim, and keep what they answer.",
    rich_markup_mode=None,
)


@across_app.command("list")
def list_pairs(
    month: Annotated[
        str | None, typer.Option("--month", help="Only assaults of this month, as 2018-09 (default: all).")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write each force's questions here (default: into its returns)."),
    ] = None,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """List records of two forces that may be one assault, and write each force the questions about its own.

    The word `list` may be left out. Only the crime book is looked at. Exit code 1: some are not answered yet.
    """
    from pipeline.answers import across
    from pipeline.home import Home
    from pipeline.ledger import Ledger
    from pipeline.release import NothingToPublish
    from pipeline.store import Store

    if month is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        asked.refuse_question(f'"{month}" is not a month. Write it as year and month, such as 2018-09.')
    if out is not None:
        asked.folder_for(out, "--out")
    here = Home.at(home)
    here.must_be()
    store = Store(here)
    try:
        with Ledger.open(here.ledger_url) as ledger:
            found = across.look_across(store, ledger, month)
            written = across.write_questions(found, store, month, out)
    except NothingToPublish as nothing:
        asked.refuse_question(nothing.sentence)
    told = across.in_words(found, written)
    if as_json:
        asked.print_json(told)
    else:
        show(told, asked.screen())
    raise typer.Exit(asked.HELD if told["asked"] or told["disputed"] else asked.CLEAN)


@across_app.command("answer")
def answer_pair(
    pair: Annotated[str, typer.Argument(help="The pair, by its id in the force's file.")],
    force: Annotated[str, typer.Option("--force", help="The force that answers, as west_mercia.")],
    same: Annotated[
        bool, typer.Option("--same/--not-same", help="One assault on one victim, or two.", show_default=False)
    ],
    reason: Annotated[str, typer.Option("--reason", help="How the force knows, in words that name nobody.")],
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Keep a force's answer: whether its record and the other force's are one assault. A later one takes its place."""
    from pipeline.answers import across
    from pipeline.answers.pair_answers import STATES
    from pipeline.home import Home
    from pipeline.ledger import Ledger
    from pipeline.release import NothingToPublish
    from pipeline.store import Store

    here = Home.at(home)
    here.must_be()
    try:
        with Ledger.open(here.ledger_url) as ledger:
            state, new = across.give_answer(Store(here), ledger, pair, force, same, reason)
    except (across.NotAnswered, NothingToPublish) as unanswered:
        asked.refuse_question(unanswered.sentence)
    if as_json:
        asked.print_json({"pair": pair, "force_id": force, "same": same, "state": state, "new": new})
    else:
        was = "is kept" if new else "was kept before"
        asked.screen().print(
            f"The answer {was}. Pair {pair}: {STATES[state]}.",
            highlight=False, soft_wrap=True, markup=False,
        )  # fmt: skip


def show(told: Mapping[str, Any], console: Console) -> None:
    """Print each force's questions and what became of them."""
    from rich.table import Table

    from pipeline.answers.pair_answers import STATES
    from pipeline.receipt import counted
    from pipeline.visible import escaped as escape

    if not told["pairs"]:
        console.print("No two forces have records that may be one assault.", highlight=False)
        return
    table = Table(
        title=f"{counted(told['pairs'], 'pair')} of records that may be one assault", title_justify="left"
    )
    for name in ("Month", "Pair", "Force", "Its reference", "Day", "Other force", "Likelihood", "State"):
        table.add_column(name, overflow="fold")
    for row in sorted(told["questions"], key=lambda row: (row["month"], row["pair"], row["force_id"])):
        shown = (
            "month",
            "pair",
            "force_id",
            "reference",
            "occurred_on",
            "other_force",
            "likelihood",
            "state",
        )
        table.add_row(*(escape(row[name]) for name in shown))
    console.print(table)
    for state, meaning in STATES.items():
        if count := told[state.replace(" ", "_")]:
            console.print(f"{state}: {count:,}, {meaning}", highlight=False, soft_wrap=True)
    if told["files"]:
        said = f"Each force's questions are in its own file, {counted(len(told['files']), 'file')} in all: {told['files'][0]} ..."
        console.print(escape(said), highlight=False, soft_wrap=True)
