"""Walking the faults: one child for each, then the same step again, and what came of it beside a home that never failed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.home import Home
from tests.faults.points import CHANGES, LEDGER
from tests.faults.work import STEPS, at_rest, deliver, doubled, is_sound, lost, told

ROOT = Path(__file__).resolve().parent.parent.parent

KILLED = -9


@dataclass(frozen=True)
class Tried:
    """A fault that was tried: what it was, where it struck, and what was amiss after the same step was done again."""

    fault: str
    step: str
    where: str
    struck: bool
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)

    @property
    def amiss(self) -> str:
        """Return what is wrong in a line, or an empty string."""
        found = {name: getattr(self, name) for name in ("lost", "doubled", "differs") if getattr(self, name)}
        return f"{self.fault} at {self.where!r} of {self.step!r}: {found}" if found else ""


@dataclass(frozen=True)
class Clean:
    """A home that never failed, before and after a step, and the commit points the step passes."""

    before: Home
    after: Home
    points: list[str]


class Walk:
    """A clean run of the work, and any number of runs of its steps that meet a fault."""

    def __init__(self, folder: Path, zygote: subprocess.Popen[str]) -> None:
        self.folder = folder
        self._zygote = zygote
        self.clean: dict[str, Clean] = {}
        home = Home.at(folder / "clean")
        home.prepare()
        for step in STEPS:
            deliver(home, step)
            before = copy_of(home, folder / f"before {step}")
            (ended,) = self.ask({"home": str(home.root), "step": step, "watch": True})
            assert ended["ended"] == "whole", ended
            self.clean[step] = Clean(before, copy_of(home, folder / f"after {step}"), ended["points"])

    def ask(self, *runs: Mapping[str, Any], kill_after: float | None = None) -> list[dict[str, Any]]:
        """Return how children ended that did their runs at the same time; the first is killed after so many seconds."""
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps({"runs": runs, "kill_after": kill_after}) + "\n")
        self._zygote.stdin.flush()
        answered: list[dict[str, Any]] = json.loads(self._zygote.stdout.readline())
        return answered

    def kill_at(self, step: str) -> list[int]:
        """Return the points of a step at which what is kept changes: all but those of the working folder alone."""
        return [at for at, point in enumerate(self.clean[step].points) if commits(point)]

    def may(self, fault: str, step: str) -> int:
        """Return at how many points of a step a fault can happen."""
        from tests.faults.points import Points

        kinds = Points(Path("/"), fault)
        named = [next((each for each in LEDGER if p.startswith(each)), p) for p in self.clean[step].points]
        return sum(kinds.counts(each) for each in named)

    def meet(self, fault: str, step: str, *runs: Mapping[str, Any], kill_after: float | None = None) -> Tried:
        """Return what came of a step that met a fault and was done again, in a copy of the clean home."""
        clean = self.clean[step]
        home = copy_of(clean.before, self.folder / "faulty")
        try:
            inbox = {path: digest for path, digest in at_rest(home).items() if path.startswith("inbox/")}
            started = [{"home": str(home.root), "step": step, **run} for run in runs]
            ended = self.ask(*started, kill_after=kill_after)
            missing = [path for path in inbox if not (home.root / path).is_file()]
            (again,) = self.ask({"home": str(home.root), "step": step})
            differs = [] if again["ended"] == "whole" else [f"done again: {again}"]
            if not is_sound(home):
                differs.append("the ledger is not sound")
            differs += differences(home, clean.after)
            first = ended[0]
            return Tried(
                fault, step, first.get("point") or first.get("sentence") or first.get("ended", "somewhere"),
                any(each["status"] != 0 for each in ended), missing + lost(home, inbox), doubled(home), differs,
            )  # fmt: skip
        finally:
            shutil.rmtree(home.root)


def commits(point: str) -> bool:
    """Return whether a point changes anything but the working folder."""
    kind = next((each for each in LEDGER if point.startswith(each)), "")
    if kind:
        return kind != LEDGER[0]
    event, _, places = point.partition(" ")
    heard = event == "open" or event in CHANGES
    return heard and any(not place.startswith("staging") for place in places.split(" -> "))


def differences(home: Home, clean: Home) -> list[str]:
    """Return what a home has otherwise than a clean one: the paths, and the parts of the ledger."""
    ours, theirs = at_rest(home), at_rest(clean)
    found = sorted(path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path))
    said, meant = told(home), told(clean)
    return found + [f"ledger: {part}" for part in meant if said[part] != meant[part]]


def copy_of(home: Home, place: Path) -> Home:
    shutil.copytree(home.root, place, symlinks=True)
    return Home.at(place)


@contextmanager
def walking(folder: Path) -> Iterator[Walk]:
    """Start the process that forks, and yield a walk; the process ends with it."""
    zygote = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.zygote", str(folder / "office")],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    with zygote:
        assert zygote.stdout is not None
        assert json.loads(zygote.stdout.readline()) == "ready"
        try:
            yield Walk(folder, zygote)
        finally:
            assert zygote.stdin is not None
            zygote.stdin.close()


def summary(tried: list[Tried]) -> dict[str, dict[str, int]]:
    """Return, for each kind of fault, how many were tried, struck, and left something lost, doubled or otherwise."""
    rows: dict[str, Counter[str]] = {}
    for each in tried:
        row = rows.setdefault(each.fault, Counter())
        row.update(
            tried=1,
            struck=each.struck,
            lost=bool(each.lost),
            doubled=bool(each.doubled),
            differ=bool(each.differs),
        )
    return {
        fault: {name: row[name] for name in ("tried", "struck", "lost", "doubled", "differ")}
        for fault, row in rows.items()
    }
