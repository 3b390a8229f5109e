"""`collate replay` on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline import asked


def replay(
    force: Annotated[str | None, typer.Option("--force", help="Only the drops of this force.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every drop, also those judged by what is in use now.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of the rows, and store nothing.")
    ] = False,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Judge drops again from the archive after a rule or a mapping was corrected, and tell the forces.

    Those judged by another mapping or version than is in use, in the order they came. A run cut short is taken up by
    running it again. Exit code 0: nothing is newly held; 1: rows are; 3: a drop could not be judged again.
    """
    from pipeline.again import replay as replaying
    from pipeline.home import Home
    from pipeline.rules_commands import watched

    if force is not None:
        asked.known_force(force, home)
    found = watched(
        lambda told: replaying.replay(Home.at(home), force, every=every, dry=dry_run, told=told), as_json
    )
    if as_json:
        asked.print_json(found)
    else:
        replaying.show(found, asked.screen())
    held = any(each["newly_held"] or each["refused"] for each in found["forces"])
    raise typer.Exit(asked.FAULT if found["unjudged"] else asked.HELD if held else asked.CLEAN)
