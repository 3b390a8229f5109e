"""`collate diff` and `collate revisions` on the command line: how releases differ, and how a month's figure grew."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline import asked

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.releases.triangle import Triangle

CHANGED = 1

# More than this is for the files that --out and --json give.
SHOWN = 60

WRITTEN = ("changes.csv", "diff.json", "patch")

HEADS = {
    "added": "added", "withdrawn": "withdrawn", "changed": "changed", "moved_in": "moved in",
    "moved_out": "moved out", "figure_before": "before", "figure_after": "after",
}  # fmt: skip

ForceOption = Annotated[str | None, typer.Option("--force", help="Only this force, as west_mercia.")]


def diff(
    old: Annotated[str, typer.Argument(help="The older release, as 2018-09-r1, or latest.")],
    new: Annotated[str, typer.Argument(help="The newer release.")],
    force: ForceOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A folder for changes.csv, diff.json and the patch as Parquet."),
    ] = None,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Show what is otherwise in one release than in another, by force, month and measure, and why.

    The patch has every record that was added, withdrawn or changed, with its key on both sides and the new values: the older
    release and the patch make the newer one. Exit code 0: the records are the same; 1: they are not.
    """
    from pipeline.home import Home
    from pipeline.releases.diff import NoSuchRelease, release_of
    from pipeline.releases.diff import diff as diff_of

    if force is not None:
        asked.known_force(force, home)
    if out is not None:
        asked.folder_for(out, "--out")
        if taken := [name for name in WRITTEN if (out / name).exists()]:
            asked.refuse_question(
                f'"{out}" already holds {" and ".join(taken)}. Name another folder with --out.'
            )
    try:
        sides = [release_of(Home.at(home), each) for each in (old, new)]
    except NoSuchRelease as unanswered:
        asked.refuse_question(unanswered.sentence)
    with tempfile.TemporaryDirectory(prefix="collate-", dir=out) as work:
        found = diff_of(sides[0], sides[1], Path(work), force)
        for name in WRITTEN:
            if out is not None and (Path(work) / name).exists():
                (Path(work) / name).replace(out / name)
    if as_json:
        asked.print_json({**found, "out": str(out) if out else None})
    else:
        show_diff(found, out, asked.screen())
    raise typer.Exit(CHANGED if any(found["patch_rows"].values()) else asked.CLEAN)


def show_diff(found: Mapping[str, Any], out: Path | None, screen: Console) -> None:
    """Print the cells that are otherwise, then what each reason means and what was only sent again."""
    from rich.table import Table

    from transforms.compare.differences import REASONS

    old, new = found["old"]["release_id"], found["new"]["release_id"]
    rows = [row for row in found["changes"] if any(row[name] for name in HEADS if "figure" not in name)]
    if rows:
        table = Table("force", "book", "month", "measure", "why", box=None, title=f"{old} to {new}")
        for head in HEADS.values():
            table.add_column(head, justify="right")
        for row in rows[:SHOWN]:
            words = [row[name] for name in ("force_id", "book", "period", "measure", "why")]
            table.add_row(*words, *(figure(row[name]) for name in HEADS))
        screen.print(table)
    sentences = [f"{why}: {REASONS[why]}." for why in REASONS if why in {row["why"] for row in rows}]
    if len(rows) > SHOWN:
        sentences.insert(0, f"{len(rows) - SHOWN} more lines: name a folder with --out, or ask for --json.")
    if not rows:
        sentences.append(f"No record of {new} is otherwise than in {old}.")
    resent = sum(row["resent"] for row in found["changes"])
    if resent:
        sentences.append(f"{resent} more records were sent again as they were; no figure changes by that.")
    if out is not None:
        sentences.append(f"The table is in {out / 'changes.csv'}, the patch in {out / 'patch'}.")
    for sentence in sentences:
        screen.print(sentence, highlight=False, soft_wrap=True, markup=False)


def revisions(
    force: ForceOption = None,
    month: Annotated[
        str | None, typer.Option("--month", help="Only the figures of this month, as 2018-07.")
    ] = None,
    measure: Annotated[
        str | None, typer.Option("--measure", help="Only this measure, as constable_with_injury.")
    ] = None,
    expected: Annotated[
        bool, typer.Option("--expected", help="Also estimate what each month may come to in the end.")
    ] = False,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Show each month's figure in every release, and how far first figures fell short of the newest.

    A figure that a release does not have is missing (-), never nought. With --expected, estimates stand apart, with
    their method and interval, or why there is none.
    """
    from pipeline.home import Home
    from pipeline.releases.diff import NoSuchRelease
    from schemas.national import COUNTED_MEASURE

    if force not in (None, "national"):
        asked.known_force(str(force), home)
    if month is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month, re.ASCII):
        asked.refuse_question(f'"{month}" is not a month. Write it as year and month, such as 2018-07.')
    measures = [code.code for code in COUNTED_MEASURE.codes]
    if measure is not None and measure not in measures:
        asked.refuse_question(f'There is no measure "{measure}". The measures are {", ".join(measures)}.')
    from pipeline.releases.triangle import triangle_of

    try:
        found = triangle_of(Home.at(home), force, month, measure)
    except NoSuchRelease as unanswered:
        asked.refuse_question(unanswered.sentence)
    if as_json:
        asked.print_json(found.as_json)
    else:
        show_revisions(found, expected, asked.screen())


def show_revisions(found: Triangle, expected: bool, screen: Console) -> None:
    """Print the triangle, a line a month and a column a release; then the shortfall, and the estimates where asked for."""
    from rich.table import Table

    rows: list[dict[str, Any]] = found.revisions.to_pylist()
    releases = list(dict.fromkeys(row["release_id"] for row in sorted(rows, key=lambda row: row["place"])))
    lines: dict[tuple[str, str, str, str], dict[str, int | None]] = {}
    for row in rows:
        cell = (row["force_id"], row["book"], row["measure"], row["period"])
        lines.setdefault(cell, {})[row["release_id"]] = row["value"]
    told = {cell: values for cell, values in lines.items() if any(values.values())}
    table = Table("force", "book", "measure", "month", box=None, title="Figure in each release")
    for release in releases:
        table.add_column(release, justify="right")
    for cell, values in told.items():
        table.add_row(*cell, *(figure(values.get(release)) for release in releases))
    if told:
        screen.print(table)
    say(f"{len(lines) - len(told)} lines of which no release has more than nought are left out.", screen)
    show_shortfall(found.understated.to_pylist(), screen)
    if expected:
        show_expected(found.expected.to_pylist(), screen)


def show_shortfall(rows: Sequence[Mapping[str, Any]], screen: Console) -> None:
    """Print how far first figures fell short of the newest ones, by force."""
    from rich.table import Table

    rows = [row for row in rows if row["newest_total"] or row["first_total"]]
    if not rows:
        say(
            "No month has figures at two ages yet, so nothing can be said of how far first ones fall short.",
            screen,
        )
        return
    table = Table("force", "book", "measure", box=None, title="First figures against the newest")
    for head in ("months", "first", "newest", "fell short by"):
        table.add_column(head, justify="right")
    for row in rows:
        share = "-" if row["understated"] is None else f"{row['understated']:.1%}"
        counts = (row["months"], row["first_total"], row["newest_total"])
        table.add_row(row["force_id"], row["book"], row["measure"], *map(figure, counts), share)
    screen.print(table)


def show_expected(rows: Sequence[Mapping[str, Any]], screen: Console) -> None:
    """Print the estimates, named as such, and how many months have none and why."""
    from rich.table import Table

    from transforms.compare.chain_ladder import METHOD

    say(f"Estimates, not figures. {METHOD}.", screen)
    table = Table("force", "book", "measure", "month", box=None, title="Expected final (estimate)")
    for head in ("age", "newest", "expected", "from", "to"):
        table.add_column(head, justify="right")
    for row in rows:
        if row["expected_final"] is not None:
            words = [row[name] for name in ("force_id", "book", "measure", "period")]
            ends = (row["expected_final"], row["low_95"], row["high_95"])
            table.add_row(
                *words, figure(row["age_months"]), figure(row["value"]), *(f"{each:.1f}" for each in ends)
            )
    if table.row_count:
        screen.print(table)
    reasons: dict[str, int] = {}
    for row in rows:
        if row["why_not"]:
            reasons[row["why_not"]] = reasons.get(row["why_not"], 0) + 1
    for reason, count in reasons.items():
        say(f"{count} without an estimate: {reason}", screen)


def say(sentence: str, screen: Console) -> None:
    screen.print(sentence, highlight=False, soft_wrap=True, markup=False)


def figure(value: int | None) -> str:
    """Return a figure as it is printed: missing is a dash, never nought."""
    return "-" if value is None else f"{value:,}"
