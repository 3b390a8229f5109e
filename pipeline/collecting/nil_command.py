"""`collate nil` on the command line: the deliberate act of saying that there was nothing to report."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from pipeline import asked


def nil(
    force: Annotated[str, typer.Option("--force", help="The force that had nothing to report, as cumbria.")],
    month: Annotated[str, typer.Option("--month", help="The month, as 2018-09.")],
    book: Annotated[
        str | None,
        typer.Option("--book", help="crime, health_safety or use_of_force (default: the only one there is)."),
    ] = None,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Declare that a force had nothing to report for a month: a file is left in its inbox."""
    from pipeline.collecting.declare import CannotDeclare, declare_nil
    from pipeline.home import Home

    asked.known_force(force, home)
    try:
        declared = declare_nil(Home.at(home), force, month, book, date.today())
    except CannotDeclare as cannot:
        asked.refuse_question(cannot.sentence)
    if as_json:
        asked.print_json(declared)
    else:
        asked.screen().print(declared["said"], highlight=False, soft_wrap=True, markup=False)
