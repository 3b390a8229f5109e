"""`collate check` alone: no Airflow, no Great Expectations, no network, and nothing written where a home is."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.consulted import consulted, copy_of
from pipeline.ledger import LedgerUnavailable
from tests.office import FORCE, Office, export

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "samples" / "inbox"

# What the process may not do ends it, so that nobody can catch it: 9 is no exit code of ours.
ALONE = """
import os, sys
from pathlib import Path
home = Path(sys.argv[1])
ABSENT = {"airflow", "great_expectations"}

def inside(path):
    return isinstance(path, (str, os.PathLike)) and Path(os.fspath(path)).absolute().is_relative_to(home)

def watch(event, given):
    wrong = (
        event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto")
        or event == "import" and given[0].partition(".")[0] in ABSENT
        or event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR) and inside(given[0])
        or event in ("os.mkdir", "os.rename", "os.remove", "os.link", "os.chmod") and any(map(inside, given[:2]))
        or event == "sqlite3.connect" and inside(given[0])
    )
    if wrong:
        os.write(2, f"NOT ALLOWED: {event} {given[:1]}".encode())
        os._exit(9)

sys.addaudithook(watch)
sys.argv[:] = ["collate", *sys.argv[2:]]
from pipeline.cli import main
main()
"""


def check_alone(home: Path, file: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Run `collate check` of a file in a process of its own that is held to what it may do."""
    command = [sys.executable, "-c", ALONE, home, "check", file, "--home", home, *words]
    return subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True)


def tree(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return of everything in a folder its size, the moment of its last change, and its mode."""
    found = {}
    for path in sorted(folder.rglob("*")):
        seen = path.lstat()
        found[str(path.relative_to(folder))] = (seen.st_size, seen.st_mtime_ns, seen.st_mode)
    return found


@pytest.fixture
def read_only(office: Office, tmp_path: Path) -> Iterator[Path]:
    """Return a home in which July was received, and in which nobody may write."""
    office.receipt(export({}, {"Injury": "Ouch"}), "crime_2018-07.csv")
    everything = [office.home.root, *office.home.root.rglob("*")]
    modes = {path: path.stat().st_mode for path in everything if not path.is_symlink()}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    yield office.home.root
    for path, mode in modes.items():
        path.chmod(mode)


@pytest.mark.slow
def test_a_check_beside_a_read_only_home_knows_what_was_sent_and_leaves_everything_as_it_is(
    read_only: Path, tmp_path: Path
) -> None:
    before = tree(read_only)
    file = tmp_path / "crime_2018-08.csv"
    # The reference of July's first row.
    file.write_text(export({"Date": "02/08/2018", "Recorded": "02/08/2018"}), encoding="utf-8")
    said = check_alone(read_only, file, "--force", FORCE, "--json")
    assert (said.returncode, said.stderr) == (0, "")
    receipt = json.loads(said.stdout)
    assert receipt["drift"] == []
    assert "occurred_on.another_month" in receipt["findings_by_rule"]
    assert tree(read_only) == before


@pytest.mark.slow
def test_a_workbook_is_checked_with_no_home_and_all_that_is_written_is_where_it_was_asked_for(
    tmp_path: Path,
) -> None:
    home, out, marked = tmp_path / "no home", tmp_path / "out", tmp_path / "marked"
    home.mkdir()
    file = SAMPLES / "west_midlands" / "WMP Assaults on Police 2018-09.xlsx"
    before = file.stat()
    said = check_alone(home, file, "--force", "west_midlands", "--out", out, "--marked", marked)
    assert (said.returncode, said.stderr) == (1, "")
    assert "\x1b" not in said.stdout
    for wanted in ('sheet "Assaults", C7', 'F16 "999/99"', str(marked / "marked.xlsx"), str(out)):
        assert wanted in said.stdout
    assert not list(home.iterdir())
    assert file.stat() == before
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {
        "marked/marked.xlsx", "out/findings.csv", "out/letter.html", "out/letter.md", "out/receipt.json",
        "out/transform_map.csv",
    }  # fmt: skip


def test_what_was_committed_last_is_seen_while_another_run_has_the_ledger_open(tmp_path: Path) -> None:
    path, copy = tmp_path / "ledger.sqlite", tmp_path / "copy.sqlite"
    writing = sqlite3.connect(path, isolation_level=None)
    writing.execute("PRAGMA journal_mode = WAL")
    writing.execute("CREATE TABLE said (word TEXT)")
    writing.execute("INSERT INTO said VALUES ('last')")
    copy_of(path, copy)
    assert sqlite3.connect(copy).execute("SELECT word FROM said").fetchall() == [("last",)]
    writing.close()


def test_a_ledger_that_never_holds_still_is_not_read_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"begin")

    def while_copying(_: float) -> None:
        path.write_bytes(path.read_bytes() + b".")

    real = shutil.copyfile

    def copied(source: Any, target: Any) -> None:
        real(source, target)
        while_copying(0)

    monkeypatch.setattr("pipeline.consulted.shutil.copyfile", copied)
    monkeypatch.setattr("pipeline.consulted.WAIT", 0)
    with pytest.raises(LedgerUnavailable, match="being written to"):
        copy_of(path, tmp_path / "copy.sqlite")


def test_a_ledger_that_is_none_is_taken_for_no_history(office: Office, tmp_path: Path) -> None:
    ledger = office.home.root / "ledger.sqlite"
    ledger.write_bytes(b"no database at all" * 100)
    with consulted(office.home, tmp_path) as found:
        assert found is None
    assert ledger.read_bytes() == b"no database at all" * 100
