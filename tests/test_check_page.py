"""CHECK_YOUR_FILE.md, walked as a new user would: every command on it is run, and what it shows is what is printed.

With WRITE_PAGES=1 in the environment the page is written anew instead.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import collate

__all__ = ["collate"]

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "CHECK_YOUR_FILE.md"
SAMPLE = ROOT / "samples" / "inbox" / "west_midlands" / "WMP Assaults on Police 2018-09.xlsx"
BLOCK = re.compile(r"```console\n\$ collate (?P<words>.*)\n(?P<said>(?:.*\n)*?)```")


def printed_lines(said: str) -> str:
    """Return what was printed without trailing space."""
    return "\n".join(line.rstrip() for line in said.strip("\n").splitlines()) + "\n"


def shown(block: re.Match[str], printed: str) -> str:
    """Return what a block of the page shows of what is printed: all of it, or only as many lines as follow "..."."""
    if not block["said"].startswith("...\n"):
        return printed
    lines = block["said"].count("\n") - 1
    return "...\n" + "".join(printed.splitlines(keepends=True)[-lines:])


def steady(said: str) -> str:
    """Return a text without the number of rules, which grows."""
    return re.sub(r"\d+ rules asked\. \d+", "N rules asked. N", said)


@pytest.fixture
def new_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of somebody who has a file, a terminal of 80 columns, and nothing else."""
    for name in [name for name in os.environ if name.startswith("COLLATE_")]:
        monkeypatch.delenv(name)
    # A terminal that wraps and has no colours.
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "dumb")
    shutil.copy(SAMPLE, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_every_command_of_the_page_prints_what_the_page_shows(
    new_user: Path, collate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = PAGE.read_text(encoding="utf-8")
    printed = {}
    for block in BLOCK.finditer(page):
        ended = collate(*shlex.split(block["words"]))
        printed[block["words"]] = shown(block, printed_lines(ended.out + ended.err))
    assert len(printed) >= 4
    if os.environ.get("WRITE_PAGES"):
        page = BLOCK.sub(lambda b: f"```console\n$ collate {b['words']}\n{printed[b['words']]}```", page)
        PAGE.write_text(page, encoding="utf-8")
    for block in BLOCK.finditer(page):
        said = printed[block["words"]]
        assert steady(block["said"]) == steady(said), "WRITE_PAGES=1 with this test writes the page anew"
    kept = sorted(path.name for path in (new_user / "checked").iterdir())
    assert kept == [
        "findings.csv", "letter.html", "letter.md", "marked.xlsx", "receipt.json", "transform_map.csv",
    ]  # fmt: skip
    assert [name for name in kept if f"`{name}`" not in page] == []
    assert {path.name for path in new_user.iterdir()} == {SAMPLE.name, "checked"}


def test_every_file_the_page_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
