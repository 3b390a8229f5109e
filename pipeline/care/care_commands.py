"""`collate doctor`, `acts`, `backup` and `restore` on the command line: the care of a home."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import asked

if TYPE_CHECKING:
    from pipeline.care.health import Check

LOOK, BROKEN = 1, 2


def doctor(
    quick: Annotated[
        bool, typer.Option("--quick", help="Do not read files to compare their hashes.")
    ] = False,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Check home, ledger, archive, records, releases, the log of acts, versions and settings. Nothing is changed.

    Exit code 0: all is well; 1: there is something to look at; 2: something is broken; each with what to do.
    """
    from pipeline.care.doctor import examine
    from pipeline.home import Home

    here = Home.at(home)
    checks = examine(here, quick=quick)
    if as_json:
        asked.print_json({"home": str(here.root), "quick": quick, **in_facts(checks)})
    else:
        show(checks)
    raise typer.Exit(code_of(checks))


def acts(
    force: Annotated[str | None, typer.Option("--force", help="Only acts on drops of this force.")] = None,
    drop: Annotated[
        str | None, typer.Option("--drop", help="Only acts on this drop, or release, by its id.")
    ] = None,
    did: Annotated[
        str | None, typer.Option("--did", help='Only acts of one kind, as "received" or "published".')
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Check that no act was changed or removed, and say so at the end."),
    ] = False,
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Show the log: who did what to which drop and release, and when. Nothing is changed.

    Exit code 0: shown; 2: there is no log to read, or --verify found that it is not as it was written.
    """
    from tempfile import TemporaryDirectory

    from pipeline.care import audit
    from pipeline.consulted import consulted
    from pipeline.home import Home

    here = Home.at(home)
    here.must_be()
    with TemporaryDirectory(prefix="collate-") as work, consulted(here, Path(work)) as ledger:
        if ledger is None:
            asked.refuse_question(
                f"There is no ledger to read in {here.root}. collate doctor says what is wrong with it."
            )
        found: list[Check] = audit.check_log(ledger) if verify else []
        try:
            shown = ledger.acts(did=did, subject=drop, force_id=force)
        except ValueError:
            asked.refuse_question(
                "An act in the log cannot be read, so it is not as it was written. Run collate doctor."
            )
    if as_json:
        verified = {"verified": in_facts(found)} if verify else {}
        asked.print_json({"acts": [audit.in_facts(act) for act in shown], **verified})
    else:
        for act in shown:
            asked.screen().print(audit.in_words(act), highlight=False, soft_wrap=True, markup=False)
        if not shown:
            typer.echo("No such act is in the log.")
        show(found)
    broken = any(check.health == "broken" for check in found)
    raise typer.Exit(BROKEN if broken else asked.CLEAN)


def backup(
    to: Annotated[
        Path, typer.Option("--to", help="What to write: a file that ends in .tar, or a new folder.")
    ],
    as_json: asked.JsonOption = False,
    home: asked.HomeOption = None,
) -> None:
    """Copy the whole home, as it is at one moment, into one file or folder, with a hash of everything; never a key.

    Exit code 0: all is in it; 1: the ledger is in a database and is to be backed up beside it, or the home is not whole.
    """
    from pipeline.care.backup import NotBackedUp, back_up
    from pipeline.home import Home

    try:
        done = back_up(Home.at(home), to)
    except NotBackedUp as failed:
        asked.refuse_question(failed.sentence)
    if as_json:
        asked.print_json(done.facts)
    else:
        for sentence in done.said:
            asked.screen().print(sentence, highlight=False, soft_wrap=True, markup=False)
    raise typer.Exit(LOOK if done.ledger_elsewhere or done.lost else asked.CLEAN)


def restore(
    source: Annotated[Path, typer.Option("--from", help="The backup: a .tar file or a folder.")],
    home: Annotated[Path, typer.Option("--home", help="The folder to put it into; it must hold nothing.")],
    as_json: asked.JsonOption = False,
) -> None:
    """Put a backup into a new home, once every hash of it was compared, and run the doctor on it.

    Exit code 2: the backup is not as it was made, or the folder is not empty, and nothing was put; else the doctor's.
    """
    from pipeline.care.restore import NotRestored
    from pipeline.care.restore import restore as put_back
    from pipeline.home import Home

    try:
        done = put_back(source, Home.at(home))
    except NotRestored as failed:
        asked.refuse_question(failed.sentence)
    if as_json:
        facts = {
            "home": str(done.home.root),
            "made_at": done.made_at,
            "files": done.files,
            "bytes": done.bytes,
        }
        asked.print_json(
            {**facts, "manifest_sha256": done.sha256, "said": done.said, **in_facts(done.checks)}
        )
    else:
        for sentence in done.said:
            asked.screen().print(sentence, highlight=False, soft_wrap=True, markup=False)
        show(done.checks)
    raise typer.Exit(code_of(done.checks))


def show(checks: Sequence[Check]) -> None:
    """Print each thing looked at on a line, and what to do below those that are not well."""
    from pipeline.visible import visible

    for check in checks:
        said = f"{check.health:<7} {check.about:<9} {visible(check.said)}"
        asked.screen().print(said, highlight=False, soft_wrap=True, markup=False)
        if check.do:
            asked.screen().print(
                f"{'':<18}{visible(check.do)}", highlight=False, soft_wrap=True, markup=False
            )


def in_facts(checks: Sequence[Check]) -> dict[str, object]:
    """Return what was found, for machines."""
    from dataclasses import asdict

    from pipeline.care.health import worst

    return {"health": worst(checks), "checks": [asdict(check) for check in checks]}


def code_of(checks: Sequence[Check]) -> int:
    """Return the exit code that what was found stands for."""
    from pipeline.care.health import worst

    return {"ok": asked.CLEAN, "look": LOOK, "broken": BROKEN}[worst(checks)]
