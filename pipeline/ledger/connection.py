"""Opening the ledger's database, and what to do when it gives trouble."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from pipeline.ledger.facts import LedgerUnavailable

_LOCKED = (
    "is in use by another run and stayed locked for {timeout:g} seconds; nothing was stored. "
    "Let that run end, then run this again."
)

_READ_ONLY = (
    "cannot be written; nothing was stored. Make the file and its folder writable for this account, "
    "or name another ledger with COLLATE_LEDGER_URL, then run this again."
)

_NOT_OPENED = (
    "cannot be opened or created. Check that its folder exists and that this account may write there, "
    "or name another ledger with COLLATE_LEDGER_URL."
)

_FULL = "has no room left on its disk; nothing was stored. Free some space, then run this again."

_DISK_FAULT = (
    "could not be read or written by the operating system; nothing was stored. Check the disk, "
    "that it has room, and the folder, then run this again."
)

_DAMAGED = (
    "is damaged, or is not a ledger at all. Restore it from a backup, or name another ledger with "
    "COLLATE_LEDGER_URL."
)

_NOT_ALLOWED = (
    "does not let this account read or write its tables; nothing was stored. Ask its administrator for the "
    "right to create and write tables, then run this again."
)

_UNREACHABLE = (
    "cannot be reached; nothing was stored. Check that the database server is running and that "
    "COLLATE_LEDGER_URL gives the right address, name and password, then run this again."
)

_SQLITE_TROUBLES: Mapping[int, str] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _NOT_OPENED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _DISK_FAULT,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}

_SQLSTATE_TROUBLES: Mapping[str, str] = {
    "55P03": _LOCKED,
    "25006": _READ_ONLY,
    "42501": _NOT_ALLOWED,
    "53100": _FULL,
}


def trouble_of(error: DBAPIError, timeout: float) -> str | None:
    """Return what ails the database and what to do, or None when the fault is in our own statement."""
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF  # The low byte is the kind, the rest detail.
        sentence = _SQLITE_TROUBLES.get(code)
    else:
        sentence = _SQLSTATE_TROUBLES.get(str(getattr(error.orig, "sqlstate", None)))
        if sentence is None and (error.connection_invalidated or isinstance(error, OperationalError)):
            sentence = _UNREACHABLE
    return None if sentence is None else sentence.format(timeout=timeout)


def place_of(url: URL) -> str:
    """Return where a ledger is in words that hold no password, whichever part of the URL it was put in."""
    if url.get_backend_name() == "sqlite":
        return (url.database or "in memory").removeprefix("file:").partition("?")[0]
    return f"in database {url.database or url.username} at {url.host or 'this computer'}"


def engine_at(url: str, timeout: float) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": timeout}, hide_parameters=True)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        return create_engine(
            parsed, connect_args=_libpq_arguments(parsed, timeout), hide_parameters=True, pool_pre_ping=True
        )
    except (ArgumentError, NoSuchModuleError, ValueError):
        # Without the cause, whose text may repeat the URL and its password.
        raise LedgerUnavailable(
            "The ledger's address is not one a database can be found by. Give COLLATE_LEDGER_URL as "
            "sqlite:////folder/ledger.sqlite or postgresql+psycopg://name:password@host/database."
        ) from None
    except ModuleNotFoundError as error:
        raise LedgerUnavailable(
            f"The ledger's address needs the Python package {error.name}, which is not installed. "
            f"Install {error.name}, or name another ledger with COLLATE_LEDGER_URL."
        ) from error


def _libpq_arguments(url: URL, timeout: float) -> dict[str, Any]:
    if url.get_driver_name() not in ("psycopg", "psycopg2"):
        return {}
    wait = {
        "connect_timeout": max(2, round(timeout)),  # libpq takes whole seconds and no fewer than two.
        "options": f"-c lock_timeout={max(1, round(timeout * 1000))}",
    }
    return {name: value for name, value in wait.items() if name not in url.query}


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # Transactions begin where _begin_sqlite says, DDL included.
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # The ledger is the commit: it outlives a power cut.
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode == "delete":
        # Two runs that turn on the log at once do not wait for each other and a read-only file has none to
        # turn on. Both work without it, and the next connection tries again.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: one that reads first and then writes is refused without waiting.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
