"""What commands share: their options, their exit codes, and how a question is refused or answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from schemas.force import Force

# A column that holds personal data is an error, though it holds no row.
PERSONAL_DATA = "column.personal"

CLEAN, HELD, REFUSED, FAULT = 0, 1, 2, 3

# Wider than any line: what goes through a pipe is searched for names.
UNFOLDED = 10_000

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="The folder of the installation (default: COLLATE_HOME, or ./data)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text.")]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", help="Judge as on this day, as 2018-09-30 (default: today, or the day it came)."),
]


def code_of(receipt: Mapping[str, Any]) -> int:
    """Return the exit code a receipt stands for."""
    if receipt["state"] == "refused":
        return REFUSED
    personal = any(
        cause["rule"] == PERSONAL_DATA and cause["severity"] == "error" for cause in receipt["causes"]
    )
    return HELD if receipt["held"] or receipt.get("refused_lines") or personal else CLEAN


def day_of(word: str | None) -> date | None:
    """Return the day that was asked for, if one was."""
    # Python reads other forms than this, such as 20180930; one is enough.
    if word is None or len(word) != len("2018-09-30"):
        day = None
    else:
        try:
            day = date.fromisoformat(word)
        except ValueError:
            day = None
    if word is not None and day is None:
        refuse_question(f'"{word}" is not a date. Write it as year, month and day, such as 2018-09-30.')
    return day


def known_force(force: str, home: Path | None) -> Force:
    from pipeline.home import Home
    from schemas.force import load_forces

    forces = load_forces(Home.at(home).forces)
    if force not in forces:
        refuse_question(f'There is no force file for "{force}". The forces with one are {", ".join(forces)}.')
    return forces[force]


def refuse_question(sentence: str) -> NoReturn:
    """End with a sentence about what was asked."""
    typer.echo(sentence, err=True)
    raise typer.Exit(REFUSED)


def known_file(path: Path) -> None:
    """End with a sentence where there is no such file."""
    if path.is_dir():
        refuse_question(f'"{path}" is a folder. Name the file in it.')
    if not path.is_file():
        refuse_question(f"There is no file {path}. Check the name and the folder.")


def folder_for(path: Path, option: str) -> None:
    """Make the folder that was named to write into; end with a sentence where it cannot be made or written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except FileExistsError:
        refuse_question(f'"{path}" is a file, not a folder. Name a folder with {option}.')
    except OSError as error:
        refuse_question(
            f'Nothing can be written into "{path}" ({error.strerror or error}). Name another folder with {option}.'
        )


def screen() -> Console:
    """Return where to print: as wide as a terminal is, and in a pipe so wide that no line is folded."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = UNFOLDED
    return console


def print_json(content: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=1, default=str))
