"""`collate map`: one sitting from an export to a force's file."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import typer

from pipeline.home import FORCES_VARIABLE
from pipeline.mapping.ask import Asking
from pipeline.mapping.learnt import learn
from pipeline.mapping.memory import recall, remembered
from pipeline.mapping.propose import Proposal, propose
from pipeline.mapping.writing import check, force_file, write
from pipeline.read import Refused
from schemas.force import FORCES, Force, ForceFileError, load_force, load_forces


def map_file(file: Path, force_id: str, book: str, output: Path | None, asking: bool) -> bool:
    """Propose a force's file and write it to `output`, or print it; return whether it loads as it stands.

    Writes nothing but `output`. Raises Refused for an export that cannot be read, and for a force's file that cannot
    be gone on with.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", force_id):
        raise Refused(f'"{force_id}" is not a force id. Write it in small letters, as west_mercia.')
    forces = teaching()
    memory = remembered(output, book)
    proposal = propose(file, force_id, book, forces)
    recall(proposal, memory)
    if asking:
        Asking(proposal, memory, learn(forces), put, say).all()
    written = force_file(proposal, memory)
    check(written, memory.text, book)
    if output is None:
        typer.echo(written, nl=False)
    else:
        write(output, written)
    summarise(proposal, output)
    return ready(proposal, output, file)


def teaching() -> dict[str, Force]:
    """Return the force files to learn from: the project's, and those of the folder in use where it is another."""
    folder = Path(os.environ.get(FORCES_VARIABLE) or FORCES)
    forces = load_forces(FORCES)
    if folder != FORCES and folder.is_dir():
        for path in sorted(folder.glob("*.toml")):
            try:
                forces[path.stem] = load_force(path)
            except ForceFileError:
                # One that is being written now teaches nothing yet.
                continue
    return forces


def summarise(proposal: Proposal, output: Path | None) -> None:
    """Say what was found, what is doubtful and what has no place."""
    sure = proposal.sure_fields()
    doubtful = [name for name, each in proposal.mapped.items() if not each.sure]
    doubtful += [name for cell, certain in proposal.cells if not certain for name in cell.fields]
    words = sum(1 for each in proposal.mapped.values() if each.sure for one in each.codes if not one.sure)
    say(f"{proposal.file}: {proposal.rows:,} rows, {len(proposal.columns)} columns.")
    say(f"  {len(sure)} fields mapped, {len(proposal.ignored)} columns ignored.")
    if doubtful:
        say(f"  Doubtful, for you to decide: {', '.join(doubtful)}.")
    if words:
        say(f"  {words} word{'' if words == 1 else 's'} without a sure code, marked in the value maps.")
    if proposal.unplaced:
        say(f"  Columns without a place: {', '.join(proposal.unplaced)}.")
    if output is not None:
        say(f"Written to {output}.")


def ready(proposal: Proposal, output: Path | None, file: Path) -> bool:
    """Say whether the file loads, else exactly what is missing."""
    force_id, book = proposal.force_id, proposal.book
    missing = proposal.open_requirements()
    if not missing and output is not None:
        try:
            if output.stem != force_id:
                say(f"Call the file {force_id}.toml: a force's file is found by its name.")
            load_force(output)
        except ForceFileError as error:
            missing = [str(error)]
    for said in missing:
        say(f"Still missing: {said}")
    if not missing and output is not None:
        folder = Path(os.environ.get(FORCES_VARIABLE) or FORCES)
        elsewhere = (
            "" if folder.resolve() == output.parent.resolve() else f"COLLATE_FORCES={quoted(output.parent)} "
        )
        say(f"Next: {elsewhere}collate check {quoted(file)} --force {force_id} --book {book}")
    return not missing


def quoted(file: Path) -> str:
    return f'"{file}"' if " " in str(file) else str(file)


def put(question: str) -> str | None:
    """Return the answer to a question asked on the terminal; None where the person is gone."""
    typer.echo(question, nl=False, err=True)
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        return None
    return line if line else None


def say(sentence: str) -> None:
    typer.echo(sentence, err=True)
