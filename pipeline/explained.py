"""An explanation on the screen: what became of a row first, then field by field, then its findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from pipeline.visible import visible
from schemas.table import words

if TYPE_CHECKING:
    from rich.console import Console

MARKS = {
    "accepted": "[bold green]Accepted[/]",
    "replaced": "[bold yellow]Replaced[/]",
    "withdrawn": "[bold yellow]Withdrawn[/]",
    "waits": "[bold yellow]Waits[/]",
    "reverted": "[bold yellow]Reverted[/]",
    "held": "[bold red]Held back[/]",
    "duplicate": "[bold yellow]Counted once[/]",
    "out_of_scope": "[bold yellow]Left out[/]",
    "no_row": "[bold yellow]No row[/]",
    "unknown": "[bold yellow]Not known[/]",
}


def show(explained: Mapping[str, Any], console: Console) -> None:
    """Print one row's way through."""
    where = (
        f"row {explained['row']} of {explained['file']} ({explained['force_id']}, {words(explained['book'])})"
    )
    console.print(f"{MARKS[explained['state']]}  {said(where)}", highlight=False)
    console.print(said(explained["outcome"]), highlight=False, soft_wrap=True)
    for sentence in explained["changed_since"]:
        console.print(f"[bold]{said(sentence)}[/]", highlight=False, soft_wrap=True)
    for record in explained["victims"]:
        show_fields(record, explained, console)
    if explained["findings"]:
        console.print("\n[bold]What was found on this row[/]")
    for finding in explained["findings"]:
        console.print(f"  {finding['severity']}: {said(finding['message'])}", highlight=False, soft_wrap=True)
        if finding["mend"]:
            console.print(f"      {said(finding['mend'])}", style="italic", highlight=False, soft_wrap=True)


def show_fields(record: Mapping[str, Any], explained: Mapping[str, Any], console: Console) -> None:
    """Print what became of each field of one record."""
    from rich import box
    from rich.table import Table

    several = len(explained["victims"]) > 1
    title = f"Victim {record['victim']}" if several else None
    table = Table(box=box.SIMPLE, title=title, title_justify="left", padding=(0, 1))
    for name in ("Field", "Their column", "As sent", "Standard", "How"):
        table.add_column(name, overflow="fold")
    for line in record["fields"]:
        sent = said(line["as_sent"]) if line["as_sent"] else "[dim](blank)[/]" if line["column"] else ""
        table.add_row(
            said(words(line["field"])),
            said(line["column"]),
            sent,
            said(line["standard"]),
            said(how(line)),
        )
    console.print(table)
    if any(line["line"] for line in record["fields"]):
        console.print(f"Lines are those of {said(explained['force_id'])}.toml.", highlight=False, style="dim")
    if record["not_collected"]:
        names = ", ".join(words(name) for name in record["not_collected"])
        console.print(
            f"Not collected by the force: {said(names)}.", highlight=False, soft_wrap=True, style="dim"
        )


def how(line: Mapping[str, Any]) -> str:
    """Return by what a field became what it is, in one line."""
    place = f" (line {line['line']})" if line["line"] else ""
    said = str(line["by"]) + (f": {line['detail']}" if line["detail"] else "") + place
    if "now" in line:
        became = f'"{line["now"]}"' if line["now"] else "missing"
        said += f". It was stored as shown; by the rules of today it would be {became}"
    return said


def said(text: str) -> str:
    return escape(visible(text))
