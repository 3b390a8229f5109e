"""`collate trace` on the command line: the rows behind a figure, and the figures a row is in."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline import asked

if TYPE_CHECKING:
    from rich.console import Console

# More of these are for the file that --out writes, or for --json.
SHOWN = 25

COLUMNS = ("force_id", "drop_id", "file", "sheet", "row", "victim", "counts_in")

NEAR = {
    "held": "rows of the force and period are held back, whatever they are",
    "replaced": "records were replaced by a later drop",
    "withdrawn": "records were withdrawn by a later drop",
    "month_without_figures": "records lie in a month that has no figures",
    "left_out": "records are left out, for another force's record of the same assault counts",
}


def trace(
    table: Annotated[
        str | None, typer.Option("--table", help="The table of the figure, as assaults_by_force.")
    ] = None,
    force: Annotated[
        str | None, typer.Option("--force", help="The force, as west_mercia, or national.")
    ] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="The period, as 2018-07, 2018-Q3 or 2017-18.")
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option("--measure", help="What is counted: the measure, victim type, outcome, hour or field."),
    ] = None,
    book: Annotated[str, typer.Option("--book", help="The book, as crime.")] = "crime",
    where: Annotated[
        list[str] | None,
        typer.Option("--where", help="Any other column of the table, as weekday=6; may be given again."),
    ] = None,
    drop: Annotated[
        str | None, typer.Option("--drop", help="The drop of a row, to list the figures the row is in.")
    ] = None,
    row: Annotated[
        int | None, typer.Option("--row", help="The number of the row, as the file has it.")
    ] = None,
    release: Annotated[str, typer.Option("--release", help="The release, as 2018-09-r1.")] = "latest",
    references: Annotated[
        bool,
        typer.Option(
            "--references", help="With the force's own references, where it is the force that asks."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the rows, or figures, into this CSV file.")
    ] = None,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """List the drops and rows behind a published figure, or with --drop and --row the figures a row is in.

    No value of a record is shown. Exit code 0: the rows make the figure, or the row is in some; 1: the row is in none;
    2: there is no such figure or row; 3: the rows do not make the figure.
    """
    from pipeline.engine import open_engine
    from pipeline.explain import NotAsked
    from pipeline.home import Home
    from pipeline.releases.diff import NoSuchRelease, release_of
    from pipeline.releases.trace import opened
    from pipeline.releases.trace import trace as trace_figure
    from pipeline.releases.trace_back import trace_back
    from pipeline.store import Store

    by_row = drop is not None or row is not None
    if by_row and (table is not None or force or period or measure or where or references):
        asked.refuse_question(
            "Ask for a figure with --table, or for a row with --drop and --row, not for both."
        )
    if by_row and (drop is None or row is None):
        asked.refuse_question("A row is named by both --drop and --row.")
    if not by_row and (table is None or force is None or period is None):
        asked.refuse_question(
            "Name a figure with --table, --force, --period and mostly --measure, or a row with --drop and --row."
        )
    if out is not None:
        asked.folder_for(out.parent, "--out")
        if out.is_dir():
            asked.refuse_question(f'"{out}" is a folder. Name a file in it with --out.')
    here = Home.at(home)
    try:
        found_release = release_of(here, release)
        here.prepare()
        with (
            tempfile.TemporaryDirectory(prefix="collate-trace-") as folder,
            open_engine(Path(folder)) as engine,
        ):
            traced = opened(found_release, engine, Store(here))
            if drop is not None and row is not None:
                found = trace_back(traced, drop, row)
            else:
                wanted = chosen(force, book, period, measure, where or ())
                found = trace_figure(traced, str(table), wanted, references=references)
    except (NoSuchRelease, NotAsked) as unanswered:
        asked.refuse_question(unanswered.sentence)
    if by_row:
        code = asked.CLEAN if found["state"] == "counted" else asked.HELD
        lines = [
            {"victim": each["victim"], **figure} for each in found["records"] for figure in each["figures"]
        ]
    else:
        code = asked.CLEAN if found["adds_up"] else asked.FAULT
        lines = [{**each, "counts_in": " ".join(each["counts_in"])} for each in found["rows"]]
    if out is not None:
        write(lines, () if by_row else (*COLUMNS, *(("reference",) if references else ())), out)
    if as_json:
        asked.print_json(found)
    elif by_row:
        show_figures(found, lines, out, asked.screen())
    else:
        show_rows(found, lines, out, asked.screen())
    raise typer.Exit(code)


def chosen(
    force: str | None, book: str, period: str | None, measure: str | None, where: Iterable[str]
) -> dict[str, str]:
    """Return the codes that name a figure, by column; ends with a sentence where one is not written as name=value."""
    wanted = {"force_id": str(force), "book": book, "period": str(period)}
    if measure is not None:
        wanted["measure"] = measure
    for each in where:
        name, equals, value = each.partition("=")
        if not equals or not name or not value:
            asked.refuse_question(
                f'"{each}" after --where is not written as a column and its code, such as weekday=6.'
            )
        wanted[name] = value
    return wanted


def write(lines: Sequence[Mapping[str, Any]], columns: Sequence[str], path: Path) -> None:
    """Write lines as CSV; what a spreadsheet would run has an apostrophe before it."""
    from pipeline.harmless import harmless_text

    names = list(columns) or list(dict.fromkeys(name for line in lines for name in line))
    with path.open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file)
        written.writerow(names)
        for line in lines:
            values = [line.get(name) for name in names]
            written.writerow(["" if value is None else harmless_text(str(value)) for value in values])


def show_rows(
    found: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], out: Path | None, screen: Console
) -> None:
    """Print a figure, its drops, its first rows, and what is not counted in it."""
    from rich.markup import escape
    from rich.table import Table

    from pipeline.visible import visible

    def say(text: str) -> None:
        screen.print(visible(text), highlight=False, soft_wrap=True, markup=False)

    figure = found["figure"]
    say(f"{found['table']} of release {found['release_id']}")
    for name, value in figure.items():
        if value is not None:
            say(f"  {name}: {value}")
    if figure.get("value", figure.get("accepted")) is None:
        say("There is no figure there: its value is missing, which is not nought.")
    if found["drops"]:
        table = Table("drop", "force", "file", "sheet", "came", box=None)
        for name in found["counted"]:
            table.add_column(name, justify="right")
        for drop in found["drops"]:
            words = (drop["drop_id"], drop["force_id"], drop["file"], drop["sheet"] or "")
            counts = (f"{drop['counted'].get(name, 0):,}" for name in found["counted"])
            table.add_row(
                *(escape(visible(word)) for word in words), f"{drop['arrived_at']:%Y-%m-%d}", *counts
            )
        screen.print(table)
    for drop in found["drops"]:
        if drop["sheet_unknown"]:
            say(f"{drop['file']}: {drop['sheet_unknown']}")
    if lines:
        heads = [name for name in ("drop_id", "row", "victim", "counts_in", "reference") if name in lines[0]]
        table = Table(*heads, box=None)
        for line in lines[:SHOWN]:
            table.add_row(*(escape(visible("" if line[n] is None else str(line[n]))) for n in heads))
        screen.print(table)
    where_the_rest_is(len(lines), out, say)
    for name, count in found["not_counted"].items():
        if count is None:
            say(
                f"Not counted: how many {NEAR[name]} is not known any more, for drops were judged again since."
            )
        elif count:
            say(f"Not counted: {count:,} {NEAR[name]}.")
    sums = ", ".join(f"{name} {count:,}" for name, count in found["counted"].items())
    if not found["adds_up"]:
        say(f"The rows do not make the figure ({sums}). Please report this.")
    elif sums:
        say(f"The rows make the figure: {sums}.")


def show_figures(
    found: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], out: Path | None, screen: Console
) -> None:
    """Print what became of a row, and the figures it is in."""
    from rich.table import Table

    from pipeline.visible import visible

    def say(text: str) -> None:
        screen.print(visible(text), highlight=False, soft_wrap=True, markup=False)

    say(f"Row {found['row']} of {found['file']} ({found['force_id']}, drop {found['drop_id']})")
    say(found["outcome"])
    if lines:
        fixed = ("victim", "table", "force_id", "period", "column", "value")
        table = Table("victim", "table", "force", "period", "counts in", "value", "of", box=None)
        other = ("book", "period_type", "value_status")
        for line in lines[:SHOWN]:
            of = ", ".join(str(v) for n, v in line.items() if n not in (*fixed, *other) and v is not None)
            table.add_row(*("" if line.get(name) is None else str(line[name]) for name in fixed), of)
        screen.print(table)
    where_the_rest_is(len(lines), out, say)


def where_the_rest_is(count: int, out: Path | None, say: Any) -> None:
    if out is not None:
        say(f"All {count:,} are in {out}.")
    elif count > SHOWN:
        say(f"{count - SHOWN:,} more: name a file with --out, or ask for --json.")
