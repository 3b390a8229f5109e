"""What tests of the pipeline ask for: an office of two invented forces, and its command line."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pipeline.cli import main
from tests.office import office

__all__ = ["office"]


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and what it said where."""

    code: int
    out: str
    err: str


@pytest.fixture
def collate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Return the command line as a function of its words, as a person at a wide screen would run it."""
    monkeypatch.setenv("COLUMNS", "240")

    def run(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["collate", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run
