"""`collate chase` on the command line: reminders to the forces whose files are not in."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from pipeline import asked


def chase(
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="Whom to remind on this day, as 2018-10-05 (default: today)."),
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send the reminders; without it they are only drafted.")
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Send also those of which nobody knows whether they left."),
    ] = False,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Draft the reminders that are due, for the forces whose files are not in; nothing leaves without --send."""
    from pipeline.collecting.chase import chase as chase_forces
    from pipeline.home import Home
    from pipeline.letter.words import counted

    day = asked.day_of(as_of) or date.today()
    if send and day != date.today():
        asked.refuse_question("Reminders are sent on their own day: leave out --as-of, or leave out --send.")
    if again and not send:
        asked.refuse_question("--again is about sending: give --send with it.")
    chased = chase_forces(Home.at(home), day, send=send, again=again)
    if as_json:
        asked.print_json(chased.as_dict())
    else:
        lines = [f"{counted(len(chased.drafts), 'reminder')} due on {day:%-d %B %Y}."]
        lines += [f"  {path}" for path in chased.drafts]
        if chased.drafts and not send:
            lines.append("These are drafts: nothing has left. collate chase --send sends them.")
        lines += [f"Sent: {each}" for each in chased.sent]
        lines += [f"In doubt: {each}; ask there, then give --send --again." for each in chased.doubts]
        lines += chased.said
        if chased.no_contact:
            lines.append(f"No address in contacts.toml: {', '.join(chased.no_contact)}.")
        for line in lines:
            asked.screen().print(line, highlight=False, soft_wrap=True, markup=False)
    for fault in chased.faults:
        typer.echo(fault, err=True)
    if chased.faults:
        raise typer.Exit(asked.FAULT)
    raise typer.Exit(asked.HELD if chased.no_contact else asked.CLEAN)
