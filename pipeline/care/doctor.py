"""`collate doctor`: whether a home is whole, and what to do where it is not. Nothing is changed by it."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version
from sqlalchemy.exc import SQLAlchemyError

from pipeline.care.at_rest import check_archive, check_records, check_releases, check_returns
from pipeline.care.audit import check_log
from pipeline.care.health import RESTORE, Check, broken, listed, look, ok
from pipeline.consulted import LOG, copy_of, ledger_file, seen
from pipeline.home import KEY_VARIABLE, STALE_SECONDS, Home, HomeUnusable
from pipeline.ledger import METADATA, SCHEMA_REVISION, VERSION_TABLE, Ledger, LedgerUnavailable
from pipeline.releases.signing import signing_key
from pipeline.version import VERSION
from schemas.force import ForceFileError, load_forces

# A drop is copied, judged and given back before anything of it is put away: less than this is too little for one.
LITTLE_ROOM = 2 << 30
NO_ROOM = 100 << 20

OLDEST_PYTHON = (3, 11)
LOCKED = Path(__file__).resolve().parents[2] / "requirements.txt"

AS_INSTALLED = (
    "Install the versions the program was tested with: pip install --require-hashes -r requirements.txt."
)


def examine(home: Home, *, quick: bool = False) -> list[Check]:
    """Return what is found of a home, in the order it was looked at; `quick` reads no file to hash it.

    Raises NoHome where there is nothing that could be a home.
    """
    if not home.root.is_dir() or not (home.archive.exists() or ledger_there(home)):
        home.must_be()
    found = [*folders(home), room(home), *staging(home), *settings(home), *versions()]
    before = stamp(home)
    with TemporaryDirectory(prefix="collate-") as work, ExitStack() as open_ones:
        checks, ledger = ledger_looked_at(home, Path(work))
        found += checks
        if ledger is not None:
            open_ones.enter_context(ledger)
            found += against_ledger(home, ledger, hashes=not quick)
    if stamp(home) != before:
        found.append(
            look(
                "ledger", "A run wrote to the ledger while we looked, so some of this may be of the moment between.",
                "Run collate doctor again when no other run is at work.",
            )
        )  # fmt: skip
    return found


def against_ledger(home: Home, ledger: Ledger, *, hashes: bool) -> Iterator[Check]:
    """Yield what is found of all that the ledger knows."""
    drops, releases = ledger.drops(), ledger.releases()
    yield from check_archive(home, drops, hashes=hashes)
    yield from check_records(home, drops, ledger, hashes=hashes)
    yield check_returns(home, drops)
    yield from check_releases(home, releases, hashes=hashes)
    yield from check_log(ledger)
    made_by = {release.code_version for release in releases} | {drop.code_version for drop in drops}
    later = {version for version in made_by if version and is_later(version)}
    if later:
        said = f"This is version {VERSION}, and drops or releases here were made by {listed(later)}."
        yield look(
            "versions",
            said,
            "Install that version before the next run, or the figures may go back to older rules.",
        )


def folders(home: Home) -> Iterator[Check]:
    """Yield what is wrong with the folders of a home, or that nothing is."""
    whole = True
    for folder in (
        home.inbox,
        home.archive,
        home.accepted,
        home.held,
        home.returns,
        home.releases,
        home.staging,
    ):
        if not folder.is_dir():
            whole = False
            what = "is no folder" if folder.exists() or folder.is_symlink() else "is missing"
            do = f"Nothing is lost: collate receive makes it anew, once the name {folder.name} is free."
            make = look if folder == home.staging else broken
            yield make("home", f"{folder} {what}.", do if folder == home.staging else RESTORE)
        elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            whole = False
            yield broken(
                "home", f"{folder} cannot be read and written.", "Give this user read and write access to it."
            )
        elif folder.stat().st_mode & stat.S_IWOTH:
            whole = False
            yield look(
                "home", f"Everybody on this machine may change what is in {folder}.",
                f"Take that right away: chmod o-w {folder}",
            )  # fmt: skip
    if whole:
        yield ok("home", f"The folders of {home.root} are there, and this user may write to them.")


def room(home: Home) -> Check:
    """Return whether the disk has room for the next drops."""
    free = shutil.disk_usage(home.root).free
    said = f"The disk of {home.root} has {free / (1 << 30):,.1f} GiB free."
    if free < NO_ROOM:
        return broken("room", said, "Make room before the next run; nothing can be taken in.")
    return look("room", said, "Make room soon.") if free < LITTLE_ROOM else ok("room", said)


def staging(home: Home) -> Iterator[Check]:
    """Yield what runs that were killed have left in the working folder."""
    if not home.staging.is_dir():
        return
    old = [
        left.name for left in home.staging.iterdir() if time.time() - left.lstat().st_mtime > STALE_SECONDS
    ]
    if old:
        said = f"Runs that were cut short more than a day ago left {len(old):,} things in {home.staging}: {listed(old)}."
        yield look(
            "staging",
            said,
            "Nothing is lost: the next collate receive removes them and takes up what was cut short.",
        )
    else:
        yield ok("staging", "No run that was cut short has left anything behind.")


def settings(home: Home) -> Iterator[Check]:
    """Yield whether what the environment and the force files say can be used."""
    try:
        home.key("doctor")
        yield ok(
            "settings", f"The key for pseudonyms is set in {KEY_VARIABLE} and long enough; it is not shown."
        )
    except HomeUnusable as unusable:
        first, _, rest = unusable.sentence.partition(". ")
        yield broken(
            "settings",
            first.removesuffix(".") + ".",
            rest or f"Set {KEY_VARIABLE} to the key you have always used.",
        )
    try:
        signed = signing_key() is not None
        yield ok(
            "settings",
            "Releases are signed." if signed else "Releases are not signed: no signing key is set.",
        )
    except HomeUnusable as unusable:
        yield broken("settings", unusable.sentence, "Until then no release can be published.")
    try:
        forces = load_forces(home.forces)
    except ForceFileError as fault:
        yield broken(
            "settings",
            f"A force's file cannot be used. {fault}",
            "Mend it; until then nothing can be taken in.",
        )
        return
    except OSError as error:
        yield broken(
            "settings", f"The force files in {home.forces} cannot be read ({error.strerror}).", "Mend that."
        )
        return
    if forces:
        yield ok("settings", f"{len(forces):,} force files in {home.forces} can be used.")
    else:
        yield broken(
            "settings", f"There is no force file in {home.forces}.", "Check the folder in COLLATE_FORCES."
        )


def versions(locked: Path | None = None) -> Iterator[Check]:
    """Yield whether Python and the libraries are those the program was tested with."""
    if sys.version_info < OLDEST_PYTHON:
        yield broken(
            "versions", f"Python {sys.version.split()[0]} is too old.", "Install Python 3.11 or later."
        )
    locked = locked or LOCKED
    if not locked.is_file():
        yield ok(
            "versions", f"Version {VERSION}. There is no {locked.name} here to hold the libraries against."
        )
        return
    other = []
    count = 0
    for name, wanted in pinned(locked.read_text(encoding="utf-8")):
        count += 1
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            other.append(f"{name} is not installed")
            continue
        if installed != wanted:
            other.append(f"{name} is {installed}, not {wanted}")
    if other:
        yield look(
            "versions", f"{len(other):,} libraries are not the locked ones: {listed(other)}.", AS_INSTALLED
        )
    else:
        yield ok("versions", f"Version {VERSION}; all {count:,} libraries are the locked ones.")


def pinned(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and version of each library that a lock file has for this Python and machine."""
    for line in text.splitlines():
        if not re.match(r"[A-Za-z0-9]", line):
            continue
        try:
            requirement = Requirement(line.rstrip(" \\"))
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate():
            for pin in requirement.specifier:
                if pin.operator == "==":
                    yield requirement.name, pin.version


def is_later(version: str) -> bool:
    """Return whether a version is later than ours."""
    try:
        return Version(version) > Version(VERSION)
    except InvalidVersion:
        return False


def ledger_looked_at(home: Home, work: Path) -> tuple[list[Check], Ledger | None]:
    """Return how the ledger is, and the ledger to read from; None where it cannot be."""
    path = ledger_file(home)
    try:
        if path is None:
            return [ok("ledger", f"The ledger opens; its schema is {SCHEMA_REVISION}.")], Ledger.look(
                home.ledger_url
            )
        if not path.is_file():
            if any(home.archive.glob("*/*/*")):
                said = f"There is no ledger at {path}, and the archive has files."
                return [
                    broken("ledger", said, f"{RESTORE} Or name the right one with COLLATE_LEDGER_URL.")
                ], None
            return [ok("ledger", "There is no ledger yet: nothing has been received.")], None
        copy = work / "ledger.sqlite"
        copy_of(path, copy)
        checks, revision = file_looked_at(copy, path)
        if revision is None:
            return checks, None
        return checks, Ledger.open(f"sqlite:///{copy}")
    except LedgerUnavailable as unavailable:
        return [broken("ledger", unavailable.sentence, "See whether COLLATE_LEDGER_URL is right.")], None
    except (SQLAlchemyError, sqlite3.Error) as error:
        # Somebody changed its tables by hand; nothing of a value may be told.
        said = f"The ledger cannot be read as one ({type(error).__name__})."
        return [broken("ledger", said, RESTORE)], None


def file_looked_at(copy: Path, path: Path) -> tuple[list[Check], str | None]:
    """Return how a ledger in a file is, by a copy of it, and its revision; None where it is not to be read from."""
    try:
        with closing(sqlite3.connect(copy)) as ledger:
            whole = [word for (word,) in ledger.execute("PRAGMA integrity_check(10)")] == ["ok"]
            loose = len(ledger.execute("PRAGMA foreign_key_check").fetchall())
            things = {
                (kind, name)
                for kind, name in ledger.execute("SELECT type, name FROM sqlite_master WHERE type <> 'index'")
            }
            revision = None
            if ("table", VERSION_TABLE) in things:
                (revision,) = ledger.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() or (None,)
    except sqlite3.DatabaseError:
        return [broken("ledger", f"The ledger {path} is damaged, or is no ledger.", RESTORE)], None
    if not whole or loose:
        said = f"The ledger {path} is damaged: SQLite's own check finds faults in it."
        return [broken("ledger", said, RESTORE)], None
    if revision is None:
        return [
            broken(
                "ledger",
                f"{path} holds no ledger.",
                f"{RESTORE} Or name the right one with COLLATE_LEDGER_URL.",
            )
        ], None
    if revision != SCHEMA_REVISION:
        from pipeline import migrations

        if not migrations.knows(revision):
            said = f"The ledger was written by a later version of this program (schema {revision})."
            return [broken("ledger", said, "Install that version.")], None
        said = f"The ledger was written by an earlier version of this program (schema {revision}, now {SCHEMA_REVISION})."
        do = "Make a backup with collate backup; the next collate receive brings it up to date."
        return [look("ledger", said, do)], revision
    if gone := [name for name in METADATA.tables if ("table", name) not in things]:
        return [broken("ledger", f"The ledger has lost tables: {listed(gone)}.", RESTORE)], None
    if not {("trigger", "act_no_update"), ("trigger", "act_no_delete")} <= things:
        said = "What keeps acts in the log from being changed or removed has been taken out of the ledger."
        return [
            broken("ledger", said, "Find out who did so, and set the log beside that of the newest backup.")
        ], revision
    return [
        ok("ledger", f"The ledger is whole by SQLite's own check; its schema is {SCHEMA_REVISION}.")
    ], revision


def ledger_there(home: Home) -> bool:
    path = ledger_file(home)
    return path is not None and path.is_file()


def stamp(home: Home) -> object:
    """Return what changes when somebody writes to a ledger in a file."""
    path = ledger_file(home)
    return path and (seen(path), seen(path.with_name(path.name + LOG)))
