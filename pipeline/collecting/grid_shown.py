"""The grid of a collection on a terminal: a letter and a colour for each force, book and month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from pipeline.collecting.collection import STATES
from pipeline.visible import visible

# Narrower than this, a month's name is its number and its cell has one space less.
WIDE = 96
FORCE, BOOK = "Force", "Book"


def show_grid(collection: Mapping[str, Any], console: Console) -> None:
    """Print the grid and its legend; it fits 80 columns."""
    day = date.fromisoformat(collection["as_of"])
    console.print(f"The collection as on {day:%-d %B %Y}", style="italic", highlight=False)
    if not collection["rows"]:
        console.print("No force has a file yet, so nothing is collected.", highlight=False)
        return
    months = [date.fromisoformat(f"{month}-01") for month in collection["months"]]
    cell = 4 if console.width >= WIDE else 3
    # What is printed into a pipe is read line by line, and looks the same there.
    widths = [width_of(collection["rows"], "force_id", FORCE), width_of(collection["rows"], "book", BOOK)]
    for line in (*header(months, widths, cell), *map_rows(collection["rows"], months, widths, cell)):
        console.print(line, soft_wrap=True)
    for line in legend(collection["rows"]):
        console.print(line, soft_wrap=True)
    if absent := collection["no_force_file"]:
        forces = "1 force" if len(absent) == 1 else f"{len(absent)} forces"
        console.print(f"{forces} of the register: no force file yet (--json names them).", highlight=False)


def width_of(rows: Iterable[Mapping[str, Any]], key: str, heading: str) -> int:
    return max(len(heading), *(len(visible(row[key])) for row in rows))


def header(months: Sequence[date], widths: Sequence[int], cell: int) -> list[Text]:
    """Return the two lines above the grid: each year over its first month shown, and the months."""
    indent = " " * (sum(widths) + 2)
    spans = [(year, cell * len(list(together))) for year, together in groupby(each.year for each in months)]
    # A year of which one month is shown may have no room for its name.
    years = "".join(f"{year:<{span}}" if span > 4 else " " * span for year, span in spans)
    names = "".join(f"{month:%b}"[: cell - 1].ljust(cell) if cell > 3 else f"{month:%m} " for month in months)
    return [
        Text(f"{indent}{years}".rstrip(), style="dim"),
        Text(f"{FORCE:<{widths[0]}} {BOOK:<{widths[1]}} {names}".rstrip(), style="bold"),
    ]


def map_rows(
    rows: Iterable[Mapping[str, Any]], months: Sequence[date], widths: Sequence[int], cell: int
) -> list[Text]:
    """Return one line a force and book."""
    lines = []
    for row in rows:
        line = Text(f"{visible(row['force_id']):<{widths[0]}} {visible(row['book']):<{widths[1]}} ")
        for month in months:
            shown = STATES[row["states"][f"{month:%Y-%m}"]]
            line.append(shown.letter, style=shown.colour)
            line.append(" " * (cell - 1))
        line.rstrip()
        lines.append(line)
    return lines


def legend(rows: Iterable[Mapping[str, Any]]) -> list[Text]:
    """Return what the letters that are shown mean."""
    there = {state for row in rows for state in row["states"].values()}
    lines: list[Text] = []
    for state, shown in STATES.items():
        if state in there:
            line = Text("  ")
            line.append(shown.letter, style=shown.colour)
            line.append(f" {state:<11} {shown.meaning}")
            lines.append(line)
    return lines
