"""`collate backup`: a whole home in one file or folder, as it was at one moment, with the hash of everything.

A backup is `manifest.json` and what it lists, in that order: `home/...`, `forces/...` and `ledger.sqlite`, so that plain
`tar` shows what is in it. A file with the same bytes as an earlier one is listed and not stored again. No key is ever in it.
`pipeline/care/restore.py` is the way back.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import sqlite3
import stat
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Protocol

from sqlalchemy.engine import make_url

from pipeline.care.at_rest import files_in
from pipeline.care.health import listed
from pipeline.consulted import LOG, ledger_file, seen
from pipeline.home import KEY_VARIABLE, LEDGER_VARIABLE, Home
from pipeline.ledger import Act, Ledger, LedgerUnavailable
from pipeline.releases.signing import KEY_VARIABLE as SIGNING_VARIABLE
from pipeline.releases.verify import opened
from pipeline.store import settle_seconds, sync
from pipeline.version import VERSION

MANIFEST = "manifest.json"
LEDGER = "ledger.sqlite"
FORM = 1
BLOCK = 1 << 20
TRIES = 3

# What is in use only while somebody works: what is left there belongs to no drop.
WORKING = frozenset({"staging"})
LEDGER_FILES = re.compile(r"ledger\.sqlite(?:-wal|-shm|-journal)?")

# What must never be in a copy: keys, and the passwords by which a mail or a database is reached.
SECRETS = (KEY_VARIABLE, "COLLATE_SMTP_PASSWORD", "COLLATE_WEBHOOK_TOKEN")
PRIVATE = b"PRIVATE KEY-----"
LONGEST_SECRET_FILE = 1 << 20


class NotBackedUp(Exception):
    """A backup was not made; the sentence says why and what to do. Nothing is left of it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Changed(Exception):
    """A file of the home changed while it was copied."""


@dataclass(frozen=True)
class Kept:
    """A file of a backup: its path in it, what it is, and the path its bytes are stored under."""

    path: str
    bytes: int
    sha256: str
    mode: int
    modified: int  # nanoseconds since 1970
    stored: str


@dataclass
class BackedUp:
    """What a backup holds, and what it leaves out."""

    target: Path
    files: int = 0
    bytes: int = 0
    sha256: str = ""  # of its manifest
    left_out: list[str] = field(default_factory=list)
    ledger_elsewhere: str = ""
    noted: bool = False
    lost: int = 0

    @property
    def said(self) -> list[str]:
        """Return what to tell a person."""
        said = [
            f"{self.target} holds {self.files:,} files of {self.bytes / (1 << 20):,.1f} MiB. Its manifest has the SHA-256 {self.sha256}.",
            "It holds victims' data: keep it as safe as the home itself.",
            f"No key is in it. Keep {KEY_VARIABLE} elsewhere: without it no later file can be read as this home reads it.",
        ]
        if self.left_out:
            said.append(f"Left out, being links, keys or no plain files: {listed(self.left_out)}.")
        if self.ledger_elsewhere:
            said.append(
                "The ledger is in a database and not in this backup. Back it up now, while no other run is at work: "
                f"{self.ledger_elsewhere}"
            )
        if self.lost:
            said.append(
                f"{self.lost:,} files that the ledger knows are not in it as the ledger knows them, for they are not in the "
                "home. Run collate doctor, and keep your earlier backups."
            )
        if not self.noted:
            said.append(
                "The log of acts could not be written to, so it does not say that this backup was made."
            )
        return said

    @property
    def facts(self) -> dict[str, Any]:
        """Return the same for machines."""
        return {**asdict(self), "target": str(self.target), "said": self.said}


class Target(Protocol):
    """Where a backup is written: one file after the other, the manifest first."""

    def put(self, path: str, content: BinaryIO, size: int) -> None:
        """Write a file of a known size."""


class Tar:
    """A tar file, in which every member has the same owner and no time: the same home gives the same bytes."""

    def __init__(self, content: BinaryIO) -> None:
        self.tar = tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    def put(self, path: str, content: BinaryIO, size: int) -> None:
        member = tarfile.TarInfo(path)
        member.size, member.mode = size, 0o600
        self.tar.addfile(member, content)

    def close(self) -> None:
        self.tar.close()


class Folder:
    """A folder, which nobody else may look into."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, content: BinaryIO, size: int) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as written:
            shutil.copyfileobj(content, written, BLOCK)


def back_up(home: Home, target: Path) -> BackedUp:
    """Return what is in a backup of a home once it is whole on the disk, under a name that ends in .tar, or in a folder.

    The home may be in use: where it changes meanwhile, the copy is begun anew. Raises NotBackedUp, and NoHome where there
    is no home.
    """
    home.must_be()
    target = target.absolute()
    refuse_target(home, target)
    noted = note(home, target)
    for attempt in range(TRIES):
        before = stamp(home)
        part = target.with_name(f".{target.name}.part-{os.getpid()}")
        try:
            done = write(home, part, target)
            # A run puts files in their places before it tells the ledger: what is amiss may be so for a moment only.
            if stamp(home) == before and not (done.lost and attempt == 0):
                part.replace(target)
                sync_folder(target.parent)
                done.noted = noted
                return done
        except (Changed, FileNotFoundError):
            pass  # A run replaced it in the meantime.
        except OSError as error:
            raise not_written(error, target) from error
        finally:
            remove(part)
        if attempt + 1 < TRIES:
            time.sleep(attempt + 1)
    raise NotBackedUp(
        f"The home {home.root} was written to all the while, so nothing was kept. Run collate backup again when no other "
        "run is at work."
    )


def write(home: Home, part: Path, target: Path) -> BackedUp:
    """Write a backup under a working name; raises Changed where a file changes between the two looks at it."""
    done = BackedUp(target)
    with TemporaryDirectory(prefix="collate-") as work:
        sources = dict(sources_of(home, done))
        if (copy := ledger_copy(home, Path(work), done)) is not None:
            sources[LEDGER] = copy
        kept = list(described(sources))
        done.lost = lost_from(sources.get(LEDGER), kept)
        body = {
            "form": FORM,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": VERSION,
            "latest": latest_of(home),
            "ledger": LEDGER in sources,
            "files": [asdict(each) for each in kept],
        }
        manifest = json.dumps({**body, "sha256": hash_of_body(body)}, indent=1).encode()
        put_all(part, target, manifest, kept, sources)
    done.files, done.bytes = len(kept), sum(each.bytes for each in kept)
    done.sha256 = sha256(manifest).hexdigest()
    return done


def put_all(part: Path, target: Path, manifest: bytes, kept: list[Kept], sources: Mapping[str, Path]) -> None:
    if target.suffix.lower() == ".tar":
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as content:
            with closing(Tar(content)) as tar:
                put_each(tar, manifest, kept, sources)
            content.flush()
            os.fsync(content.fileno())
        return
    part.mkdir(mode=0o700)
    put_each(Folder(part), manifest, kept, sources)
    sync(part)


def put_each(out: Target, manifest: bytes, kept: list[Kept], sources: Mapping[str, Path]) -> None:
    out.put(MANIFEST, io.BytesIO(manifest), len(manifest))
    for each in kept:
        if each.stored == each.path:
            with os.fdopen(opened(sources[each.path]), "rb") as raw:
                content = Hashed(raw, each.bytes)
                out.put(each.path, content, each.bytes)  # type: ignore[arg-type]
                if content.digest.hexdigest() != each.sha256 or raw.read(1):
                    raise Changed


class Hashed:
    """A file that is hashed while it is read; raises Changed where it is shorter than it was."""

    def __init__(self, raw: BinaryIO, size: int) -> None:
        self.raw, self.left, self.digest = raw, size, sha256()

    def read(self, most: int = -1) -> bytes:
        block = self.raw.read(self.left if most < 0 else min(most, self.left))
        if not block and self.left and most:
            raise Changed
        self.left -= len(block)
        self.digest.update(block)
        return block


def described(sources: Mapping[str, Path]) -> Iterator[Kept]:
    """Yield each file with its hash, in order of path; the first of the same bytes is the one stored."""
    stored: dict[str, str] = {}
    for path in sorted(sources):
        with os.fdopen(opened(sources[path]), "rb") as content:
            facts = os.fstat(content.fileno())
            digest, size = sha256(), 0
            while block := content.read(BLOCK):
                digest.update(block)
                size += len(block)
        name = digest.hexdigest()
        mode = stat.S_IMODE(facts.st_mode)
        yield Kept(path, size, name, mode, facts.st_mtime_ns, stored.setdefault(name, path))


def sources_of(home: Home, done: BackedUp) -> Iterator[tuple[str, Path]]:
    """Yield path and place of each file to keep, the ledger apart; what is left out is noted."""
    own_ledger, hidden = ledger_file(home), secret_words()
    for path in files_in(home.root):
        within = path.relative_to(home.root)
        parts = within.parts
        # The name of the newest release is kept in the manifest; a restored home gets it from there.
        if parts[0] in WORKING or parts == ("releases", "latest") or is_ledger(path, home, own_ledger):
            continue
        if parts[0] == "forces" and home.forces.absolute() != home.root / "forces":
            done.left_out.append(f"{within} (not the force files in use)")
        elif parts[0] == "inbox" and is_growing(path):
            done.left_out.append(f"{within} (still being written)")
        elif not is_plain(path) or (parts[0] not in RECORDS and holds_secret(path, hidden)):
            done.left_out.append(str(within))
        elif parts[0] != "forces":
            yield f"home/{within.as_posix()}", path
    for path in files_in(home.forces):
        within = path.relative_to(home.forces)
        if not is_plain(path) or holds_secret(path, hidden):
            done.left_out.append(str(path))
        elif "__pycache__" not in within.parts:
            yield f"forces/{within.as_posix()}", path


# Large, and no place for a key: these are not searched for one.
RECORDS = frozenset({"inbox", "archive", "accepted", "held", "withdrawn", "workforce", "returns", "releases"})


def is_ledger(path: Path, home: Home, own: Path | None) -> bool:
    """Return whether a file is the ledger's, or one that SQLite keeps beside it."""
    if path.parent == home.root and LEDGER_FILES.fullmatch(path.name):
        return True
    beside = own is not None and path.parent == own.absolute().parent and path.name.startswith(own.name)
    return beside and own is not None and path.name.removeprefix(own.name) in ("", "-wal", "-shm", "-journal")


def is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def is_growing(path: Path) -> bool:
    """Return whether a file was touched a moment ago; `collate receive` leaves it for later too."""
    return path.exists() and 0 <= time.time() - path.stat().st_mtime < settle_seconds()


def secret_words() -> list[bytes]:
    """Return what must not be in a copy, as it stands in the environment."""
    return [PRIVATE, *(word.encode() for name in SECRETS if (word := os.environ.get(name, "").strip()))]


def holds_secret(path: Path, words: list[bytes]) -> bool:
    """Return whether a file is a key, holds one, or is the file of settings in which people put them."""
    if path.name.startswith(".env") or str(path) == os.environ.get(SIGNING_VARIABLE, ""):
        return True
    if path.stat().st_size > LONGEST_SECRET_FILE:
        return False
    with os.fdopen(opened(path), "rb") as content:
        text = content.read(LONGEST_SECRET_FILE)
    return any(word in text for word in words)


def ledger_copy(home: Home, work: Path, done: BackedUp) -> Path | None:
    """Return a copy of the ledger as it was at one moment; None where it is in a database elsewhere, or not there yet."""
    path = ledger_file(home)
    if path is None:
        done.ledger_elsewhere = dump_command(home)
        return None
    if not path.is_file():
        return None
    copy = work / LEDGER
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as ledger,
            closing(sqlite3.connect(copy)) as out,
        ):
            ledger.backup(out)
            # One file, whole by itself; the next run that opens it turns its log on again.
            out.execute("PRAGMA journal_mode = DELETE")
            whole = out.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    except sqlite3.Error:
        whole = False
    if not whole:
        raise NotBackedUp(
            f"The ledger {path} cannot be copied whole, so no backup was made. Run collate doctor to see what is wrong."
        )
    return copy


def dump_command(home: Home) -> str:
    """Return the command that backs a PostgreSQL ledger up, without its password."""
    url = make_url(home.ledger_url)
    words = ["pg_dump", "--format=custom", "--file=ledger.dump"]
    for option, value in (("host", url.host), ("port", url.port), ("username", url.username)):
        if value is not None:
            words.append(f"--{option}={value}")
    return " ".join([*words, str(url.database or "")]).strip()


def latest_of(home: Home) -> str | None:
    """Return the release that `releases/latest` names; None where it is no such name."""
    try:
        named = str((home.releases / "latest").readlink())
    except OSError:
        return None
    return named if named == Path(named).name else None


def lost_from(copy: Path | None, kept: list[Kept]) -> int:
    """Return how many files the ledger knows by their hash that are not in the backup."""
    if copy is None:
        return 0
    there = {each.sha256 for each in kept}
    # Read as it stands: to open it as a ledger would bring it up to date.
    with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)) as ledger:
        try:
            known = ledger.execute(
                'SELECT sha256 FROM "drop" UNION SELECT sha256 FROM drop_file UNION SELECT content_hash FROM release'
            ).fetchall()
        except sqlite3.Error:
            return 0  # A ledger of no version we know; the doctor says so.
    return sum(digest not in there for (digest,) in known)


def hash_of_body(body: Mapping[str, Any]) -> str:
    """Return the hash a manifest holds of itself."""
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def refuse_target(home: Home, target: Path) -> None:
    """Raise NotBackedUp where a backup cannot be put where it is to go."""
    if target.is_relative_to(home.root):
        raise NotBackedUp(f"{target} is inside the home itself. Name a place on another disk with --to.")
    if target.exists() or target.is_symlink():
        raise NotBackedUp(f"There is something at {target} already. Name another file or folder with --to.")
    if target.suffix.lower() in (".gz", ".tgz", ".zip", ".bz2", ".xz", ".zst", ".7z"):
        raise NotBackedUp("A backup is written as a .tar file or as a folder. Name one of these with --to.")
    if not target.parent.is_dir():
        raise NotBackedUp(f"There is no folder {target.parent}. Make it, or name another place with --to.")


def note(home: Home, target: Path) -> bool:
    """Note in the log of acts that a copy is being made; False where it cannot be, as in a home that is read-only."""
    path = ledger_file(home)
    if path is not None and not path.is_file():
        return False
    act = Act(did="backed up", subject=target.name)
    try:
        # Not brought up to date: a backup is made before that.
        with Ledger.look(home.ledger_url) as ledger:
            ledger.record(act)
    except LedgerUnavailable:
        return False
    return True


def not_written(error: OSError, target: Path) -> NotBackedUp:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NotBackedUp(
            f"The disk of {target.parent} is full. Nothing was kept; make room, or name another place."
        )
    return NotBackedUp(
        f"The backup could not be made ({error.strerror or error}: {error.filename or target}). Nothing was kept."
    )


def stamp(home: Home) -> object:
    """Return what changes when somebody writes to a ledger in a file."""
    path = ledger_file(home)
    return path and (seen(path), seen(path.with_name(path.name + LOG)))


def remove(part: Path) -> None:
    """Remove what was being written, where it was not put into its place."""
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have a new name in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_elsewhere() -> bool:
    """Return whether the environment names another ledger than a home's own."""
    return bool(os.environ.get(LEDGER_VARIABLE))
