"""`collate rules` on the command line: the list, one rule in full, the page of all, and the preview of a change."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pipeline import asked

CHANGED = 1


class Listing(TyperGroup):
    """The group of commands, where a word that is no command is a rule to be told in full."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args[:1] not in (["preview"], ["list"]):
            args = ["list", *args]
        return super().parse_args(ctx, args)


rules_app = typer.Typer(
    cls=Listing,
    help="List the rules drops are judged by, tell one in full (collate rules A008), or preview a change of them.",
    rich_markup_mode=None,
)


@rules_app.command("list")
def list_rules(
    rule: Annotated[
        str | None, typer.Argument(help="A rule to tell in full, by its code or its name, as A012.")
    ] = None,
    severity: Annotated[
        str | None, typer.Option("--severity", help="Only rules of this severity: error, query or note.")
    ] = None,
    field: Annotated[str | None, typer.Option("--field", help="Only rules about this field.")] = None,
    force: Annotated[
        str | None, typer.Option("--force", help="Only rules that rows of this force can break.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write the page of all rules, with a search box, into this file."),
    ] = None,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """List the rules drops are judged by, or tell one in full: what it says, why, its mend and an example.

    The word `list` may be left out. `collate rules preview --help` tells how a changed rule is tried.
    """
    from pipeline import rules

    if html is not None:
        if (rule, severity, field, force) != (None, None, None, None):
            asked.refuse_question(
                "The page has every rule and its own search: leave the other words out with --html."
            )
        asked.folder_for(html.parent, "--html")
        if html.is_dir():
            asked.refuse_question(f'"{html}" is a folder. Name a file in it with --html.')
        written = rules.write_page(html)
        if as_json:
            asked.print_json({"page": str(html), "rules": written})
        else:
            asked.screen().print(
                f"The page of all {written} rules is in {html}.", highlight=False, markup=False
            )
        return
    try:
        if rule is not None:
            entry = rules.asked_for(rule)
            if as_json:
                asked.print_json(rules.as_json(entry))
            else:
                rules.show_one(entry, asked.screen())
            return
        entries = rules.chosen(severity, field, None if force is None else asked.known_force(force, home))
    except rules.NoSuchRule as unanswered:
        asked.refuse_question(unanswered.sentence)
    if as_json:
        asked.print_json({"rules": [rules.as_json(each) for each in entries]})
    else:
        rules.show_list(entries, asked.screen())


@rules_app.command("preview")
def preview_rules(
    forces: Annotated[
        Path | None,
        typer.Option("--forces", help="A folder of changed force files; the others stay as they are."),
    ] = None,
    changes: Annotated[
        Path | None,
        typer.Option("--changes", help="A TOML file of changed rules: severity, off, bounds, dates."),
    ] = None,
    force: Annotated[str | None, typer.Option("--force", help="Only the drops of this force.")] = None,
    as_of: asked.AsOfOption = None,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Show which archived rows a changed rule set would newly hold or release. Nothing is stored.

    With neither --forces nor --changes, the rules as installed are held against what the drops were given when they
    were judged. Exit code 0: nothing changes; 1: something does; 3: a drop could not be judged.
    """
    from pipeline import preview
    from pipeline.home import Home

    day = asked.day_of(as_of)
    if forces is not None and not forces.is_dir():
        asked.refuse_question(f"There is no folder {forces}. Check the name.")
    if changes is not None:
        asked.known_file(changes)
    if force is not None and forces is None:
        asked.known_force(force, home)
    with tempfile.TemporaryDirectory(prefix="collate-") as folder:
        try:
            tried = preview.tried(Home.at(home), forces, changes)
        except preview.NotTried as unanswered:
            asked.refuse_question(unanswered.sentence)
        found = watched(lambda told: preview.preview(tried, force, day, Path(folder), told), as_json)
    if as_json:
        asked.print_json(found)
    else:
        preview.show(found, asked.screen())
    raise typer.Exit(asked.FAULT if found["unjudged"] else CHANGED if found["changed"] else asked.CLEAN)


def watched(
    run: Callable[[Callable[[int, str], None] | None], dict[str, Any]], quiet: bool
) -> dict[str, Any]:
    """Run something that tells which drop it is at, with a progress bar on a terminal."""
    if quiet or not sys.stdout.isatty():
        return run(None)
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(transient=True) as bars:
        bar = bars.add_task("Judging the archived drops", total=None)

        def told(total: int, label: str) -> None:
            bars.update(bar, total=total, advance=1, description=escape(label))

        return run(told)
