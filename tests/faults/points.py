"""The commit points of a run: every moment at which what is on the disk or in the ledger is about to change.

They are found from outside, so the pipeline has no hook of its own: Python tells an audit hook of every file that is
opened to be written, moved, removed or linked; `fsync`, the libraries that write by themselves and the ledger's
transactions are wrapped. `watch` is for a process that is about to end: an audit hook cannot be taken away again.
"""

from __future__ import annotations

import errno
import functools
import os
import re
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHANGES = {
    "os.rename": (0, 1), "os.remove": (0,), "os.rmdir": (0,), "os.mkdir": (0,), "os.symlink": (1,), "os.link": (1,),
    "os.chmod": (0,), "os.truncate": (0,), "shutil.rmtree": (0,),
}  # fmt: skip

# What needs no room on a disk goes on working on a full one.
NEEDS_NO_ROOM = ("os.remove", "os.rmdir", "os.chmod", "shutil.rmtree", "after")

LEDGER = ("before a write to the ledger", "before the ledger commits", "after the ledger commits")


@dataclass
class Points:
    """The commit points passed so far, and what happens at one of them.

    `fault` is "kill" (SIGKILL, at the point), "full" (from the point on no write finds room) or "lost" (the ledger's
    connection breaks, at the point); `at` is the number of the point, of those such a fault can happen at.
    """

    root: Path
    fault: str = ""
    at: int = -1
    told: Callable[[str], None] = print
    passed: list[str] = field(default_factory=list)
    struck: bool = False

    def __post_init__(self) -> None:
        self._one = threading.RLock()

    def reach(self, kind: str, place: str = "") -> None:
        """Pass a commit point; what was asked for happens there."""
        with self._one:
            if not self.counts(kind):
                return
            self.passed.append(f"{kind} {place}".strip())
            now = len(self.passed) - 1 == self.at
            if now:
                self.struck = True
                self.told(self.passed[-1])
            if now and self.fault == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.fault == "lost" and now:
                raise broken("disk I/O error", sqlite3.SQLITE_IOERR)
            if self.fault == "full" and self.struck:
                if kind in LEDGER:
                    raise broken("database or disk is full", sqlite3.SQLITE_FULL)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def counts(self, kind: str) -> bool:
        """Return whether a point is one the fault can happen at; without a fault, all are."""
        if self.fault == "full":
            return not kind.startswith(NEEDS_NO_ROOM)
        return kind in LEDGER if self.fault == "lost" else True

    def heard(self, event: str, words: tuple[Any, ...]) -> None:
        """Take an audit event for the commit point it is, if it is one of this home."""
        if event == "open":
            path, mode, flags = words
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if not writes or isinstance(path, int):
                return
            paths = [path]
        elif event in CHANGES:
            paths = [words[each] for each in CHANGES[event] if not isinstance(words[each], int)]
        else:
            return
        there = os.path.lexists(paths[0])
        if (event == "os.mkdir" and there) or (event == "os.remove" and not there):
            return
        inside = [name for name in map(self.inside, paths) if name]
        if inside:
            self.reach(event, " -> ".join(inside))

    def inside(self, path: Any) -> str:
        """Return a path of the home without what differs from run to run, or an empty string for any other."""
        named = os.fsdecode(path)
        if not named.startswith(f"{self.root}/"):
            return ""
        named = named[len(str(self.root)) + 1 :]
        named = re.sub(r"(?<=staging/)(tmp\w+|latest-\d+|\.probe-\d+)", "*", named)
        named = re.sub(r"(?<=index\.html\.)\d+", "*", named)
        return re.sub(r"[0-9a-f]{16,}", "#", named)


def broken(words: str, code: int) -> sqlite3.OperationalError:
    """Return the error SQLite gives with such a code."""
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error


def watch(points: Points) -> None:
    """Have every commit point of this process reach `points`, until the process ends."""
    from sqlalchemy.engine.default import DefaultDialect

    from pipeline.engine import Engine
    from pipeline.records import RowGroups

    sys.addaudithook(points.heard)

    def wrap(owner: Any, name: str, kind: str) -> None:
        real = getattr(owner, name)

        @functools.wraps(real)
        def step(*words: Any, **named: Any) -> Any:
            points.reach(kind)
            answer = real(*words, **named)
            points.reach(f"after {kind}")
            return answer

        setattr(owner, name, step)

    wrap(os, "fsync", "fsync")
    wrap(RowGroups, "_write_group", "a group of rows")
    wrap(Engine, "write_parquet", "a Parquet file")
    wrap(Engine, "write_csv", "a CSV file")

    writing = threading.local()
    dialect: Any = DefaultDialect
    execute, executemany, commit = dialect.do_execute, dialect.do_executemany, dialect.do_commit

    def wrote(statement: str) -> None:
        if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            points.reach(LEDGER[0], statement.split("(")[0].split("SET")[0].split("WHERE")[0].strip())
            writing.now = True

    def do_execute(self: Any, cursor: Any, statement: str, *words: Any) -> Any:
        wrote(statement)
        return execute(self, cursor, statement, *words)

    def do_executemany(self: Any, cursor: Any, statement: str, *words: Any) -> Any:
        wrote(statement)
        return executemany(self, cursor, statement, *words)

    def do_commit(self: Any, connection: Any) -> None:
        wrote_something, writing.now = getattr(writing, "now", False), False
        if wrote_something:
            points.reach(LEDGER[1])
        commit(self, connection)
        if wrote_something:
            points.reach(LEDGER[2])

    dialect.do_execute, dialect.do_executemany, dialect.do_commit = do_execute, do_executemany, do_commit
