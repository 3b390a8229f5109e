"""The ledger as it stands, for whoever only looks: nothing in the home changes, and the home may be read-only."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from pipeline.home import LEDGER_VARIABLE, Home
from pipeline.ledger import Ledger, LedgerUnavailable

# Beside a ledger stands what was committed last and is not yet in it.
LOG = "-wal"
TRIES = 40
WAIT = 0.05

# Of a file: whether it is there, how long it is, and when it was last written.
Seen = tuple[int, int] | None


@contextmanager
def consulted(home: Home, folder: Path) -> Iterator[Ledger | None]:
    """Yield the ledger of a home to read from; None where there is none, or none that can be read.

    A ledger in a file is copied into `folder` first: to open one is to write beside it, and one that an earlier
    version wrote is brought up to date when it is opened.
    """
    try:
        ledger = ledger_of(home, folder)
    except LedgerUnavailable:
        ledger = None
    if ledger is None:
        yield None
        return
    with ledger:
        yield ledger


def ledger_of(home: Home, folder: Path) -> Ledger | None:
    path = ledger_file(home)
    if path is None:
        return Ledger.look(home.ledger_url)
    if not path.is_file():
        return None
    copy = folder / "ledger.sqlite"
    copy_of(path, copy)
    return Ledger.open(f"sqlite:///{copy}")


def ledger_file(home: Home) -> Path | None:
    """Return the file a home's ledger is in; None for one in a database elsewhere."""
    stated = os.environ.get(LEDGER_VARIABLE)
    if not stated:
        return home.root / "ledger.sqlite"
    try:
        url = make_url(stated)
    except ArgumentError:
        return None
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def copy_of(path: Path, copy: Path) -> None:
    """Copy a ledger with what was committed last; raises LedgerUnavailable where it is written to all the while."""
    log, its_log = path.with_name(path.name + LOG), copy.with_name(copy.name + LOG)
    for _ in range(TRIES):
        before = seen(path), seen(log)
        its_log.unlink(missing_ok=True)
        try:
            shutil.copyfile(path, copy)
            if before[1]:
                shutil.copyfile(log, its_log)
        except OSError as error:
            if path.is_file() and not isinstance(error, FileNotFoundError):
                raise LedgerUnavailable(f"The ledger {path} cannot be read ({error.strerror}).") from error
        else:
            if before == (seen(path), seen(log)):
                return
        time.sleep(WAIT)
    raise LedgerUnavailable(f"The ledger {path} is being written to; try again in a minute.")


def seen(path: Path) -> Seen:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
