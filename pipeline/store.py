"""The store: the only module that touches data at rest.

Raw files are archived by content hash before anything else. Everything written later is made in `staging` and
appears by an atomic rename, so a crash leaves either the old or the new, never half.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from pipeline.home import Home, HomeUnusable

BLOCK = 1 << 20
# The disk is told to write what there is after so many bytes.
SYNCED = 32 << 20

# A file touched this recently may still be being written.
SETTLE_SECONDS = 2.0


# By their names: lock files of Office, backups of editors, files half transferred, and the marks of Windows folders.
_WORKING = re.compile(
    r"^~\$|~$|\.(?:tmp|temp|part|partial|filepart|crdownload|download|swp|bak)$|^(?:thumbs\.db|desktop\.ini)$",
    re.IGNORECASE,
)


class StillGrowing(Exception):
    """A file in the inbox is still being written; it is left for the next run."""


class StoreFault(Exception):
    """Something at rest could not be written; the sentence says what to do. Nothing is lost: the raw file stays."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Archived:
    """A raw file safe in the archive."""

    path: Path
    name: str
    sha256: str
    size: int


class Store:
    """The files of a home."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def inbox_files(self) -> list[tuple[str, Path]]:
        """Return (force folder, file) for every file in the inbox, in order of folder and name.

        Hidden files, links, what programs leave behind while they work, and what stands directly in the inbox are not
        drops.
        """
        return [(force_id, path) for force_id, path in self._inbox() if not is_working_file(path.name)]

    def passed_over(self) -> list[str]:
        """Return the working files of programs in the inbox, as force folder and name."""
        return [f"{force_id}/{path.name}" for force_id, path in self._inbox() if is_working_file(path.name)]

    def _inbox(self) -> list[tuple[str, Path]]:
        found = []
        for folder in sorted(self.home.inbox.iterdir()) if self.home.inbox.is_dir() else []:
            if folder.is_dir() and not folder.is_symlink() and not folder.name.startswith("."):
                for path in sorted(folder.rglob("*")):
                    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
                    if path.is_file() and not path.is_symlink() and not hidden:
                        found.append((folder.name, path))
        return found

    def misplaced(self) -> list[str]:
        """Return the names of files that stand in the inbox itself, in no force's folder."""
        if not self.home.inbox.is_dir():
            return []
        return sorted(p.name for p in self.home.inbox.iterdir() if p.is_file() and not p.name.startswith("."))

    def archive(self, path: Path, *, settle: float | None = None) -> Archived:
        """Return a file's copy in the archive, under its content hash; the same bytes are kept once.

        Raises StillGrowing where the file changes while it is copied or was touched a moment ago.
        """
        before = path.stat()
        wait = settle_seconds() if settle is None else settle
        if wait and 0 <= time.time() - before.st_mtime < wait:
            time.sleep(wait)
            if changed(before, path.stat()):
                raise StillGrowing(path.name)
        with self.faults_told(), tempfile.NamedTemporaryFile(dir=self.home.staging, delete=False) as copy:
            temporary = Path(copy.name)
            try:
                digest = sha256()
                size = 0
                spare, block = memoryview(bytearray(BLOCK)), memoryview(bytearray(BLOCK))
                with (
                    path.open("rb", buffering=0) as raw,
                    ThreadPoolExecutor(1, "hash") as hashing,
                    ThreadPoolExecutor(1, "sync") as syncing,
                ):
                    hashed: Future[None] | None = None
                    synced: Future[None] | None = None
                    while count := raw.readinto(block):
                        if hashed:
                            hashed.result()
                        # To hash a block takes as long as to read and write one, and the disk need not wait for the last.
                        hashed = hashing.submit(digest.update, block[:count])
                        copy.write(block[:count])
                        size += count
                        if size % SYNCED == 0 and (synced is None or synced.done()):
                            synced = syncing.submit(os.fdatasync, copy.fileno())
                        spare, block = block, spare
                    if synced:
                        synced.result()
                copy.flush()
                os.fsync(copy.fileno())
                if changed(before, path.stat()) or size != before.st_size:
                    raise StillGrowing(path.name)
                name = digest.hexdigest()
                place = self.home.archive / name[:2] / name / safe_name(path.name)
                if not place.exists():
                    place.parent.mkdir(parents=True, exist_ok=True)
                    temporary.chmod(0o440)
                    temporary.replace(place)
            finally:
                temporary.unlink(missing_ok=True)
        return Archived(place, path.name, name, size)

    def archived(self, name: str, digest: str) -> Path:
        """Return where a raw file is in the archive, whatever name it came under."""
        place = self.home.archive / digest[:2] / digest
        exact = place / safe_name(name)
        return exact if exact.exists() else next(iter(sorted(place.iterdir())), exact)

    @contextmanager
    def staged(self) -> Iterator[Path]:
        """Yield an empty folder to work in, and remove it at the end."""
        with self.faults_told():
            folder = Path(tempfile.mkdtemp(dir=self.home.staging))
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def records_path(self, kind: str, force_id: str, book: str, drop_id: str) -> Path:
        """Return where the accepted or held records of a drop are, or the references it has withdrawn."""
        root = {"accepted": self.home.accepted, "held": self.home.held, "withdrawn": self.home.withdrawn}[
            kind
        ]
        return root / f"force_id={force_id}" / f"book={book}" / f"{drop_id}.parquet"

    def return_path(self, force_id: str, drop_id: str) -> Path:
        """Return the folder of what goes back to the force about a drop."""
        return self.home.returns / safe_name(force_id) / drop_id

    def place(self, staged: Path, target: Path) -> None:
        """Move a file or folder from staging to its place, replacing what is there, in one step for a file."""
        with self.faults_told():
            sync(staged)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not staged.is_dir() or not target.exists():
                staged.replace(target)
                return
            aside = Path(tempfile.mkdtemp(dir=self.home.staging))
            target.replace(aside / "old")
            staged.replace(target)
            shutil.rmtree(aside, ignore_errors=True)

    def remove(self, path: Path) -> None:
        """Remove a file that is no longer part of what is at rest."""
        with self.faults_told():
            path.unlink(missing_ok=True)

    def point_latest(self, release_id: str) -> None:
        """Make `releases/latest` name a release, in one step."""
        with self.faults_told():
            link = self.home.staging / f"latest-{os.getpid()}"
            link.unlink(missing_ok=True)
            link.symlink_to(release_id)
            link.replace(self.home.releases / "latest")

    def latest(self) -> str | None:
        """Return the release that `releases/latest` names, or None."""
        link = self.home.releases / "latest"
        return str(link.readlink()) if link.is_symlink() else None

    @contextmanager
    def faults_told(self) -> Iterator[None]:
        """Turn a full disk or a read-only home into a sentence."""
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StoreFault(
                    f"The disk that holds {self.home.root} is full. Nothing was lost: make room and run again."
                ) from error
            if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise HomeUnusable(
                    f"{self.home.root} cannot be written to ({error.strerror}). Give this user write access to it "
                    "and run again; nothing was lost."
                ) from error
            raise


def settle_seconds() -> float:
    """Return how long a file must have been left alone before it is taken in."""
    return float(os.environ.get("COLLATE_SETTLE_SECONDS", SETTLE_SECONDS))


def changed(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)


def is_working_file(name: str) -> bool:
    """Return whether a file of this name is one that a program keeps while another is open or on its way.

    Excel has "~$crime.xlsx" beside an open workbook, browsers and transfer programs a part of what is coming.
    """
    return bool(_WORKING.search(name))


def safe_name(name: str) -> str:
    """Return a name that can be one part of a path and nothing else."""
    safe = re.sub(r"[^\w.\- ]", "_", name)[:150].lstrip(".")
    return safe or "unnamed"


def sync(path: Path) -> None:
    """Have a file, or every file of a folder, on the disk before it is renamed into place."""
    for each in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        with each.open("rb") as written:
            os.fsync(written.fileno())


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file that is the same for the same content."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
