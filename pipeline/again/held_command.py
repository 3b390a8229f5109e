"""`collate held` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline import asked


def held(
    force: Annotated[str | None, typer.Option("--force", help="Only the rows of this force.")] = None,
    book: Annotated[str | None, typer.Option("--book", help="Only the rows of this book, as crime.")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Only rows that are new, returned, mended or withdrawn.")
    ] = None,
    counts: Annotated[
        bool, typer.Option("--counts", help="How many rows by force, state and age, and no row itself.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write the rows into this CSV file.")] = None,
    as_of: asked.AsOfOption = None,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """List the rows that were held, what became of each since, and how many days it has been waiting.

    Exit code 0: no row is held any more; 1: rows are.
    """
    from pipeline.again import held as holding
    from pipeline.home import Home
    from schemas.codes import BOOK

    if force is not None:
        asked.known_force(force, home)
    if book is not None and book not in BOOK:
        asked.refuse_question(f'There is no book called "{book}". It is one of {", ".join(BOOK)}.')
    if state is not None and state not in holding.STATES:
        asked.refuse_question(f'There is no state "{state}". It is one of {", ".join(holding.STATES)}.')
    if counts and out is not None:
        asked.refuse_question("--out writes the rows themselves: leave one of --counts and --out out.")
    if out is not None:
        asked.folder_for(out.parent, "--out")
        if out.is_dir():
            asked.refuse_question(f'"{out}" is a folder. Name a file in it with --out.')
    rows = holding.held_rows(Home.at(home), force, book, state, asked.day_of(as_of))
    if out is not None:
        holding.write(rows, out)
    if as_json:
        asked.print_json({"counts": holding.counts_of(rows)} if counts else {"rows": rows})
    elif counts:
        holding.show_counts(holding.counts_of(rows), asked.screen())
    elif out is not None:
        asked.screen().print(f"{len(rows):,} rows are in {out}.", highlight=False, markup=False)
    else:
        holding.show(rows, asked.screen())
    raise typer.Exit(asked.HELD if any(row["state"] in holding.OPEN for row in rows) else asked.CLEAN)
