"""The command line: `collate read`, `check`, `receive`, `release`, `run`, `status`, `explain`, `rules`, `marked`,
`share` and `map`.

Nothing heavy is imported until a command needs it, so that `collate --help` answers at once. Exit codes: 0 all well,
1 rows would be or were held, 2 the file or the question was refused, 3 a fault on our side.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.again.held_command import held
from pipeline.again.replay_command import replay
from pipeline.again.standing_commands import approve, reinstate, revert
from pipeline.answers.across_command import across_app
from pipeline.answers.answer_command import answer
from pipeline.asked import (
    CLEAN,
    FAULT,
    HELD,
    REFUSED,
    AsOfOption,
    HomeOption,
    JsonOption,
    code_of,
    day_of,
    folder_for,
    known_file,
    print_json,
    refuse_question,
    screen,
)
from pipeline.care.care_commands import acts, backup, doctor, restore
from pipeline.collecting.chase_command import chase
from pipeline.collecting.nil_command import nil
from pipeline.releases.release_commands import diff, revisions
from pipeline.releases.trace_command import trace
from pipeline.releases.trust_commands import sign_off, verify
from pipeline.rules_commands import rules_app
from pipeline.share_command import share

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.home import Home
    from pipeline.letter import Since
    from pipeline.returned import GivenBack

app = typer.Typer(
    name="collate",
    help="Collate forces' records of assaults on police into one national release.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(rules_app, name="rules")
app.add_typer(across_app, name="across")

MonthOption = Annotated[str, typer.Option("--month", help="The month to publish, as 2018-09.")]


@app.command("read")
def read_file(
    file: Annotated[
        Path | None, typer.Argument(help="The file to look at: any export, from any system.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="The sheet to read, where the file has several.")
    ] = None,
    as_json: JsonOption = False,
    serving: Annotated[
        bool,
        typer.Option(
            "--serve", help="Take one path a line on standard input; print one line of JSON for each."
        ),
    ] = False,
) -> None:
    """Show how a file is read: its format, its header, its first rows, and what was odd. Nothing is stored."""
    from pipeline import look
    from pipeline.read import Refused

    if serving == (file is not None):
        refuse_question("Say which file to read, or give --serve and a path a line on standard input.")
    if file is None:
        look.serve(sys.stdin.buffer, sheet, sys.stdout.buffer)
        raise typer.Exit(CLEAN)
    known_file(file)
    try:
        if as_json:
            sums = look.write_json(file, sheet, sys.stdout.buffer)
        else:
            seen = look.look(file, sheet)
            look.show(seen, screen())
            sums = seen.sums
    except Refused as refused:
        if as_json:
            look.write_refused("refused_file", refused.sentence, sys.stdout.buffer)
        else:
            look.show_refused(file.name, refused.sentence, screen())
        raise typer.Exit(REFUSED) from None
    raise typer.Exit(HELD if sums.refused else CLEAN)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The export to judge.")],
    force: Annotated[str, typer.Option("--force", help="The force it comes from, as west_mercia.")],
    book: Annotated[
        str | None,
        typer.Option("--book", help="crime, health_safety or use_of_force (default: by the file's name)."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="A folder for the letter, receipt.json, findings.csv and transform_map.csv."
        ),
    ] = None,
    marked: Annotated[
        Path | None,
        typer.Option("--marked", help="A folder for the file itself with the cells to mend marked in it."),
    ] = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Judge a file as the pipeline would, and store nothing."""
    known_file(file)
    if book is not None:
        known_book(book)
    day = day_of(as_of) or date.today()
    if home and not home.is_dir():
        refuse_question(
            f"There is no home at {home.absolute()}. Check the folder after --home, or leave it out."
        )
    for folder, option in ((out, "--out"), (marked, "--marked")):
        if folder:
            folder_for(folder, option)
    from pipeline.read import ready_for

    # The process that reads a workbook gets ready while this one loads the rest.
    ready_for(file)
    from pipeline.home import Home
    from pipeline.recipe import check_file
    from pipeline.store import write_json

    with tempfile.TemporaryDirectory(prefix="collate-") as work:
        before: list[Since] = []
        receipt = check_file(file, force, Home.at(home), Path(work), book, day, before.append)
        judged = receipt["state"] != "refused"
        given = marked_check(file, receipt, home, work, marked) if marked and judged else None
        if out:
            write_json(out / "receipt.json", receipt)
            for name in ("findings.csv", "transform_map.csv"):
                # What an earlier check left there is not what this one found.
                (out / name).unlink(missing_ok=True)
                if (Path(work) / name).exists():
                    (out / name).write_bytes((Path(work) / name).read_bytes())
            write_check_letter(receipt, file, day, given, out, before)
    if as_json:
        print_json({**receipt, "marked": in_facts(given)} if given else receipt)
    else:
        from pipeline.check_shown import show_check, show_next

        show_check(receipt, screen())
        show_next(receipt, out, screen())
        if given:
            show_marked(given, screen())
    raise typer.Exit(code_of(receipt))


app.command("share")(share)
app.command("answer")(answer)
app.command("verify")(verify)
app.command("sign-off")(sign_off)
app.command("nil")(nil)
app.command("approve")(approve)
app.command("revert")(revert)
app.command("reinstate")(reinstate)
app.command("replay")(replay)
app.command("held")(held)
app.command("chase")(chase)
app.command("diff")(diff)
app.command("revisions")(revisions)
app.command("doctor")(doctor)
app.command("acts")(acts)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("trace")(trace)


@app.command("marked")
def marked_drop(
    drop: Annotated[str, typer.Option("--drop", help="The drop's id, as its receipt.json has it.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write the marked file into.")],
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Give a force its own file back from the archive, with the cells to mend marked in it."""
    from pipeline.explain import NotAsked
    from pipeline.home import Home
    from pipeline.read import Refused
    from pipeline.returned.drop import give_back_drop

    folder_for(out, "--out")
    try:
        given = give_back_drop(Home.at(home), drop, out)
    except (NotAsked, Refused) as unanswered:
        refuse_question(unanswered.sentence)
    if as_json:
        print_json(in_facts(given))
    else:
        show_marked(given, screen())


@app.command()
def receive(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Take in and judge what is new in the inbox."""
    from pipeline.home import Home

    received = take_in(Home.at(home), as_json)
    faults = fault_sentences(received)
    if as_json:
        counts = [in_counts(each) for each in received["receipts"]]
        print_json({**received, "receipts": counts, "faults": faults})
    else:
        show_received(received, screen())
    end_with_faults(faults)
    raise typer.Exit(max((code_of(each) for each in received["receipts"]), default=CLEAN))


@app.command()
def release(month: MonthOption, as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Publish the national release of a month, or say that nothing has changed."""
    from pipeline import recipe
    from pipeline.home import Home

    known_month(month)
    published = recipe.publish(month, Home.at(home).root)
    show_release(published, as_json)
    end_by_light(published)


@app.command()
def run(month: MonthOption, as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Receive what is new, then publish the release of a month."""
    from pipeline import recipe
    from pipeline.home import Home

    known_month(month)
    here = Home.at(home)
    received = take_in(here, as_json)
    faults = fault_sentences(received)
    published = recipe.publish(month, here.root)
    if as_json:
        counts = [in_counts(each) for each in received["receipts"]]
        print_json({"receipts": counts, "faults": faults, "release": published})
    else:
        show_received(received, screen())
        show_release(published, as_json=False)
    end_with_faults(faults)
    end_by_light(published)


@app.command()
def status(
    drift: Annotated[
        bool, typer.Option("--drift", help="Show how each force's files changed, and what to write for it.")
    ] = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="Show by force how many rules ran, could not run, and why.")
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", help="Show the grid of months as on this day, as 2018-10-05 (default: today)."
        ),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show month by month what is in and what is missing, what became of what was sent, and what was published."""
    from pipeline.home import Home
    from pipeline.status import drift_of_home, rules_of_home, status_of

    if rules:
        asked = rules_of_home(Home.at(home))
        if as_json:
            print_json(asked)
        else:
            show_rules_asked(asked, screen())
        return
    if drift:
        changed = drift_of_home(Home.at(home))
        if as_json:
            print_json(changed)
        else:
            show_drift(changed, screen())
        return
    found = status_of(Home.at(home), day_of(as_of))
    if as_json:
        print_json(found)
    else:
        show_status(found, screen())


@app.command("explain")
def explain_row(
    drop: Annotated[str, typer.Option("--drop", help="The drop's id, as its receipt.json has it.")],
    row: Annotated[int, typer.Option("--row", help="The line of the file, or the row of the sheet, from 1.")],
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show one row's way through: what was sent, what it became, by which rule, and whether it counts. Masked."""
    from pipeline.explain import NotAsked, explain
    from pipeline.home import Home

    try:
        explained = explain(Home.at(home), drop, row)
    except NotAsked as unanswered:
        refuse_question(unanswered.sentence)
    if as_json:
        print_json(explained)
    else:
        from pipeline.explained import show

        show(explained, screen())


@app.command("map")
def map_export(
    file: Annotated[Path, typer.Argument(help="An export of the new force.")],
    force: Annotated[str, typer.Option("--force", help="The force's id, as west_mercia.")],
    book: Annotated[str, typer.Option("--book", help="crime, health_safety or use_of_force.")] = "crime",
    output: Annotated[
        Path | None,
        typer.Option("--output", help="The force's TOML to write, or to go on with (default: printed)."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; what is doubtful stays marked.")] = False,
) -> None:
    """Propose a new force's TOML from one of its exports."""
    from pipeline.mapping.sitting import map_file
    from pipeline.read import Refused

    known_file(file)
    known_book(book)
    asking = not yes and sys.stdin.isatty() and sys.stderr.isatty()
    try:
        raise typer.Exit(CLEAN if map_file(file, force, book, output, asking) else HELD)
    except Refused as refused:
        refuse_question(refused.sentence)


def take_in(home: Home, quiet: bool) -> dict[str, Any]:
    """Receive what is new, with a progress bar on a terminal."""
    from pipeline import recipe

    if quiet or not sys.stdout.isatty():
        return recipe.receive(home)
    from rich.progress import Progress

    from pipeline.visible import escaped as escape

    with Progress(transient=True) as bars:
        bar = bars.add_task("Judging the drops", total=None)

        def told(total: int, receipt: Mapping[str, Any]) -> None:
            shown = escape(f"{receipt['force_id']} {receipt['file']}")
            bars.update(bar, total=total, advance=1, description=shown)

        return recipe.receive(home, told)


def fault_sentences(received: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each drop that a fault of ours kept from being judged."""
    from pipeline.visible import visible

    return [
        f"{drop.force_id} {visible(drop.file)} is not judged yet. {getattr(fault, 'sentence', None) or known_sentence(fault)}"
        for drop, fault in received["faults"]
    ]


def end_with_faults(faults: Sequence[str]) -> None:
    """End with exit code 3 where a drop could not be judged; the next run takes it up again."""
    for sentence in faults:
        typer.echo(sentence, err=True)
    if faults:
        raise typer.Exit(FAULT)


def end_by_light(published: Mapping[str, Any]) -> None:
    """End with exit code 1 where more is missing from a release than may be; it is published all the same."""
    if published["light"] == "red":
        raise typer.Exit(HELD)


def marked_check(
    file: Path, receipt: Mapping[str, Any], home: Path | None, folder: str, out: Path
) -> GivenBack:
    """Return the marked copy of a file that was checked in a folder."""
    from pipeline.home import Home
    from pipeline.period import stated_period
    from pipeline.read import Refused
    from pipeline.returned import give_back
    from pipeline.returned.key import Origin
    from pipeline.returned.marked_export import open_sent, stated_by
    from schemas.force import load_forces

    book = load_forces(Home.at(home).forces)[receipt["force_id"]].books[receipt["book"]]
    found, accepted, held = (
        Path(folder) / name for name in ("findings.csv", "accepted.parquet", "held.parquet")
    )
    try:
        origin = Origin(
            receipt["drop_id"], book.name, stated_period(file.name, book) or stated_by(open_sent(file, book))
        )
        return give_back(file, book, found, accepted, held, out, origin)
    except Refused as refused:
        refuse_question(refused.sentence)


def write_check_letter(
    receipt: Mapping[str, Any],
    file: Path,
    day: date,
    given: GivenBack | None,
    out: Path,
    since: Sequence[Since],
) -> None:
    """Write the letter a checked file would get; `since` is what it is set beside, if anything."""
    from pipeline.letter import Occasion, letter_of, name_of, write_letter

    before, filled = since[0] if since else (None, {})
    occasion = Occasion(
        name=name_of(receipt["force_id"]),
        on=day,
        before=before,
        filled=filled,
        marked=str(given.path) if given else "",
        marked_said=given.said if given else (),
        command=f"collate check {shlex.quote(file.name)} --force {shlex.quote(receipt['force_id'])} --marked DIR",
    )
    write_letter(letter_of(receipt, occasion), out)


def in_facts(given: GivenBack) -> dict[str, Any]:
    """Return where a marked file is and what is said of it, for machines."""
    return {"path": str(given.path), "cells": given.cells, "said": given.said}


def show_marked(given: GivenBack, console: Console) -> None:
    """Print where a marked file is and what is in it."""
    from pipeline.receipt import counted

    where = "marked in it" if given.path.suffix != ".csv" else "named beside their rows"
    said = f"{given.path} is the file with {counted(given.cells, 'cell')} to look at {where}."
    for sentence in (said, *given.said):
        console.print(sentence, highlight=False, soft_wrap=True, markup=False)


def in_counts(receipt: Mapping[str, Any]) -> dict[str, Any]:
    from pipeline.recipe import in_counts as counts

    return counts(dict(receipt))


def show_received(received: Mapping[str, Any], console: Console) -> None:
    """Print what became of each new drop."""
    from rich.table import Table

    from pipeline.visible import escaped as escape

    receipts = received["receipts"]
    if not receipts:
        console.print(
            f"Nothing new in the inbox; {received['already']:,} drops were judged before.", highlight=False
        )
    else:
        table = Table(title=f"{len(receipts)} new drops", title_justify="left")
        for name in ("Force", "Book", "File"):
            table.add_column(name, overflow="fold")
        for name in ("Rows", "Accepted", "Held"):
            table.add_column(name, justify="right")
        table.add_column("What to know", overflow="fold")
        for each in receipts:
            counts = [f"{each[name] or 0:,}" for name in ("rows", "accepted", "held")]
            table.add_row(
                *(escape(each[name]) for name in ("force_id", "book", "file")),
                *counts,
                escape(what_to_know(each)),
            )
        console.print(table)
    for drop in received["waiting"]:
        console.print(escape(standing_said(drop)), highlight=False, soft_wrap=True)
    for name in received["growing"]:
        console.print(
            f"{escape(name)} is still being written; it is taken in by the next run.", highlight=False
        )
    for name in received["passed_over"]:
        said = f"{name} is a working file that a program left behind, so it was passed over; the inbox is better without it."
        console.print(escape(said), highlight=False, soft_wrap=True)
    for name in received["misplaced"]:
        said = (
            f"{name} stands in no force's folder, so nothing was done with it. Move it to inbox/<force_id>/."
        )
        console.print(escape(said), highlight=False, soft_wrap=True)


def standing_said(drop: Mapping[str, str]) -> str:
    """Return that a drop is in no release to come, why, and what somebody can do about it."""
    what = f"{drop['force_id']} {drop['file']}"
    if drop["standing"] == "reverted":
        return f"Reverted: {what} is in no release to come. collate reinstate --drop {drop['drop_id']} takes it back in."
    return (
        f"Waits for a person: {what}. {drop['because']} Ask the force; then collate approve --drop {drop['drop_id']} "
        "lets it in, or the last good file stands."
    )


def what_to_know(receipt: Mapping[str, Any]) -> str:
    """Return why a drop was refused; else that it is the wrong file, what is not in its rows, and what has changed."""
    from pipeline.receipt import about_drop, counted
    from schemas.whole_drop import SAID_FIRST

    if "refused" in receipt:
        return str(receipt["refused"])
    said = [each["message"] for each in about_drop(receipt) if each["rule"] in SAID_FIRST]
    if unread := receipt.get("refused_lines"):
        said.append(f"{counted(unread, 'line')} could not be read as rows.")
    if changed := len(receipt.get("drift", ())):
        said.append(f"{counted(changed, 'change')} since the file before: collate status --drift")
    return " ".join(said)


def show_release(published: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(published)
        return
    from rich.table import Table

    console = screen()
    stands = "waits to be signed off" if published["waiting"] else "stands"
    if not published["changed"]:
        console.print(
            f"Nothing has changed since release {published['release_id']}; it {stands}.", highlight=False
        )
    table = Table(title=f"Release {published['release_id']}", title_justify="left")
    table.add_column("Force")
    for name in ("Received", "Accepted", "Held", "Coverage"):
        table.add_column(name, justify="right")
    for row in published["summary"]:
        table.add_row(row["name"], *(str(row[key]) for key in ("received", "accepted", "held", "coverage")))
    console.print(table)
    for said in published["current_picture"]:
        console.print(said, highlight=False, soft_wrap=True)
    if published["waiting"]:
        from pipeline.releases.waiting_shown import waiting_said

        for said in waiting_said(published):
            console.print(said, highlight=False, soft_wrap=True, markup=False)
    else:
        console.print(f"The release is in {published['path']}", highlight=False, soft_wrap=True)
        if not published["signed"]:
            console.print("It is not signed: no key is set in COLLATE_SIGNING_KEY.", highlight=False)
    if published["mark_said"]:
        console.print(published["mark_said"], highlight=False, soft_wrap=True)
    colour = {"green": "green", "amber": "yellow", "red": "bold red"}[published["light"]]
    console.print(published["said"], style=colour, highlight=False, soft_wrap=True, markup=False)


def show_status(found: Mapping[str, Any], console: Console) -> None:
    from rich.table import Table

    from pipeline.collecting.grid_shown import show_grid
    from pipeline.visible import escaped as escape

    show_grid(found["collection"], console)
    table = Table(title=f"Home {found['home']}", title_justify="left", collapse_padding=True, pad_edge=False)
    for name in ("Force", "Book\nSystem", "Drops", "Refused", "Rows", "Accepted", "Held", "Last period"):
        widest = len("health_safety") if name.startswith("Book") else None
        table.add_column(name, justify="left" if name[0] in "FBL" else "right", min_width=widest)
    for row in found["forces"]:
        counts = [f"{row[key]:,}" for key in ("drops", "refused", "rows", "accepted", "held")]
        book = "\n".join(escape(word) for word in (row["book"], row["system"]) if word)
        table.add_row(escape(row["force_id"]), book, *counts, row["last_period"] or "")
    console.print(table)
    for drop in found["refused"]:
        said = f"Refused: {drop['force_id']} {drop['file']}: {drop['sentence']}"
        console.print(escape(said), highlight=False, soft_wrap=True)
    for drop in found["not_standing"]:
        console.print(escape(standing_said(drop)), highlight=False, soft_wrap=True)
    for waiting in found["arrived"]:
        console.print(escape(f"Not judged yet: {waiting}"), highlight=False)
    for regrade in found["regrades"]:
        from pipeline.regrades import said as said_of

        where = f"{regrade['force_id']}, {regrade['book']}: {said_of(regrade)}"
        console.print(escape(where), highlight=False, soft_wrap=True)
    if found["releases"]:
        names = ", ".join(
            f"{each['release_id']} ({each['mark']})" if each["mark"] else each["release_id"]
            for each in found["releases"]
        )
        console.print(f"Releases: {names}; the newest is {found['latest']}.", highlight=False)
    else:
        console.print("No release yet: collate release --month YYYY-MM makes one.", highlight=False)
    for release_id in found["waiting"]:
        said = f'Waits for a person: release {release_id}. collate sign-off {release_id} --name "..." publishes it.'
        console.print(escape(said), highlight=False, soft_wrap=True)


def show_rules_asked(found: Mapping[str, Any], console: Console) -> None:
    """Print by force and book how many rules were asked, and why the others were not, of the last drop."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=f"Rules asked of the drops of {found['home']}", title_justify="left")
    for name in (
        "Force",
        "Book",
        "Drops",
        "Rules x drops",
        "Ran",
        "Could not run",
        "Does not apply",
        "Failed",
    ):
        table.add_column(name, justify="left" if name in ("Force", "Book") else "right")
    keys = ("drops", "rules", "ran", "could_not_run", "does_not_apply", "failed")
    for row in found["forces"]:
        counts = [f"{row[key]:,}" for key in keys]
        table.add_row(escape(row["force_id"]), escape(row["book"]), *counts)
    console.print(table)
    for row in found["forces"]:
        for each in row["could_not"]:
            said = f"{row['force_id']} {row['book']}, {each['file']}: {', '.join(each['codes'])} could not run. {each['why']}"
            console.print(escape(said), highlight=False, soft_wrap=True)


def show_drift(found: Mapping[str, Any], console: Console) -> None:
    """Print how each force's files changed, by force and book."""
    from pipeline.receipt import counted
    from pipeline.visible import escaped as escape

    if not found["drift"]:
        console.print("No force's files have changed from one drop to the next.", highlight=False)
    shown = None
    for change in found["drift"]:
        if shown != (change["force_id"], change["book"]):
            shown = (change["force_id"], change["book"])
            console.print(f"[bold]{escape(' '.join(shown))}[/]", highlight=False)
        rows = counted(change["rows"], "row")
        said = f"since {change['since']}, {change['file']}, {rows}: {change['sentence']}"
        console.print(f"  {escape(said)}", highlight=False, soft_wrap=True)
        if change["mend"]:
            console.print(f"      {escape(change['mend'])}", style="italic", highlight=False, soft_wrap=True)


def known_month(month: str) -> None:
    import re

    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        refuse_question(f'"{month}" is not a month. Write it as year and month, such as 2018-09.')


def known_book(book: str) -> None:
    from schemas.codes import BOOK

    if book not in BOOK:
        refuse_question(f'"{book}" is not a book. The books are {", ".join(BOOK)}.')


@contextmanager
def plain_faults() -> Iterator[None]:
    """End with a sentence, never a traceback, where something fails."""
    try:
        yield
    except Exception as error:
        from pipeline.home import NoHome

        sentence = getattr(error, "sentence", None) or known_sentence(error)
        if sentence is None:
            raise
        typer.echo(sentence, err=True)
        sys.exit(REFUSED if isinstance(error, NoHome) else FAULT)


def known_sentence(error: Exception) -> str | None:
    """Return what to tell the person about an error, or None for one that is not an error of running."""
    from schemas.force import ForceFileError

    if isinstance(error, ForceFileError):
        return f"A force's file cannot be used. {error}"
    if type(error).__module__.startswith("pipeline."):
        return str(error)
    if isinstance(error, OSError):
        return (
            f"{error.filename or 'A file'} could not be read or written: {error.strerror or error}. Nothing was lost; "
            "run again once it is mended."
        )
    return (
        f"A fault in the pipeline itself ({type(error).__name__} in {place_of(error)}). Nothing was stored and nothing "
        "is lost; please report it with this line."
    )


def place_of(error: Exception) -> str:
    """Return the last of our own lines an error passed through; never its text, which may hold a value."""
    place = "unknown place"
    trace = error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.parent.name in (
            "pipeline",
            "transforms",
            "expectations",
            "schemas",
            "read",
            "mapping",
            "returned",
            "letter",
            "again",
            "answers",
            "care",
            "chase",
            "collecting",
            "releases",
            "shared",
            "compare",
            "workforce",
        ):
            place = f"{path.parent.name}/{path.name} line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


def main() -> None:
    """Run the command line."""
    with plain_faults():
        app()
