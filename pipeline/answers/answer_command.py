"""`collate answer` on the command line: what a force says to a query, so that it is not asked again."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from pipeline import asked


def answer(
    drop: Annotated[str, typer.Option("--drop", help="The drop's id, as its receipt.json has it.")],
    rule: Annotated[
        str, typer.Option("--rule", help="The query's rule, by its code in findings.csv, as A033.")
    ],
    reason: Annotated[
        str,
        typer.Option(
            "--reason", help="Why what was sent is right, in a sentence; no names, no numbers of people."
        ),
    ],
    row: Annotated[
        int | None,
        typer.Option(
            "--row", min=1, help="The row of the drop's file it is about (default: every row of the book)."
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="The last day it holds, as 2026-12-31 (default: no end).")
    ] = None,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Answer a query, so that it is not asked again: of one row, or of every row of the force's book."""
    from pipeline.answers.answer import NotAnswered, answer_query
    from pipeline.explain import NotAsked
    from pipeline.home import Home

    try:
        kept = answer_query(Home.at(home), drop, rule, row, reason, asked.day_of(until), date.today())
    except (NotAnswered, NotAsked) as unanswered:
        asked.refuse_question(unanswered.sentence)
    if as_json:
        asked.print_json(kept)
        return
    about = f"row {row:,}" if row is not None else f"every row of {kept['force_id']}'s {kept['book']} book"
    ends = f" until {kept['until']}" if kept["until"] else ""
    asked.screen().print(
        f"Kept: the query {kept['code']} is answered for {about}{ends}. The finding stays in findings.csv, with the answer; "
        "later letters do not list it."
        + (" Releases show the reason until then." if row is None and kept["until"] else ""),
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
