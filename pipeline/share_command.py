"""`collate share` on the command line: a copy of a file that can be shown to others, when asking for help."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from pipeline import asked


def share(
    file: Annotated[Path, typer.Argument(help="The export to make a copy of that can be shown to others.")],
    force: Annotated[str, typer.Option("--force", help="The force it comes from, as west_mercia.")],
    book: Annotated[
        str | None,
        typer.Option("--book", help="crime, health_safety or use_of_force (default: by the file's name)."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The folder to write the copy into.")] = Path("shared"),
    as_of: asked.AsOfOption = None,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Write a file with the same failures on the same rows and invented values, to ask for help with."""
    from pipeline.read import Refused
    from pipeline.shared import share_file

    asked.known_file(file)
    known = asked.known_force(force, home)
    found = known.books.get(book) if book else known.book_of(file.name)
    if found is None:
        asked.refuse_question(
            f"We cannot tell which book {file.name} is of: name it with --book, one of {', '.join(known.books)}."
        )
    day = asked.day_of(as_of) or date.today()
    asked.folder_for(out, "--out")
    try:
        with tempfile.TemporaryDirectory(prefix="collate-") as work:
            shared = share_file(file, found, out, day, Path(work))
    except Refused as refused:
        asked.refuse_question(refused.sentence)
    if as_json:
        asked.print_json(
            {
                "path": str(shared.path) if shared.path else None,
                "rows": shared.rows,
                "of": shared.of,
                "findings": shared.findings,
                "differing": {rule: list(rows) for rule, rows in shared.differing.items()},
            }
        )
    else:
        for sentence in shared.said:
            asked.screen().print(sentence, highlight=False, soft_wrap=True, markup=False)
    raise typer.Exit(asked.HELD if shared.differing else asked.CLEAN)
