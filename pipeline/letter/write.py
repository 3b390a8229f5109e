"""A letter as a page and as plain text."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from pipeline.letter.facts import Letter

# What has a meaning in Markdown wherever it stands, what some readers make a link of, and what begins a list.
_MARKS = re.compile(r"[\\`*_{}\[\]<>&|~#$]|:(?=//)|@|(?<=www)\.", re.IGNORECASE)
_BEGINS = re.compile(r"^(\s*\d*)([-+.)=:])")


def write_letter(letter: Letter, folder: Path) -> None:
    """Write letter.html and letter.md into a folder."""
    (folder / "letter.html").write_text(as_html(letter), encoding="utf-8")
    (folder / "letter.md").write_text(as_markdown(letter), encoding="utf-8")


def as_html(letter: Letter) -> str:
    """Return a letter as one page of HTML that fetches nothing and runs nothing."""
    return _template("letter.html.j2").render(letter=letter)


def as_markdown(letter: Letter) -> str:
    """Return a letter as Markdown; nothing of the file can be taken for a mark, a link or a tag."""
    return _template("letter.md.j2").render(letter=letter)


def plain_text(value: object) -> object:
    """Return a value so that Markdown shows it as it is; what is marked as safe stands in a block of code."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _BEGINS.sub(r"\1\\\2", _MARKS.sub(r"\\\g<0>", value))


@cache
def _template(name: str) -> Template:
    is_html = name.startswith("letter.html")
    environment = Environment(
        loader=PackageLoader("pipeline.letter", "."),
        autoescape=is_html,
        finalize=None if is_html else plain_text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
