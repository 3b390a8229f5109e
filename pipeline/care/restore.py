"""`collate restore`: a home from a backup, in a folder that holds nothing yet.

A backup may come from anywhere. What it says of itself is compared before anything is put: every file must be listed, in
its place, with its size and hash, and nothing else may be there. Links, devices and paths that lead outside are refused.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from pipeline.care.at_rest import files_in
from pipeline.care.backup import BLOCK, FORM, LEDGER, LEDGER_FILES, MANIFEST, Kept, hash_of_body, is_elsewhere
from pipeline.care.health import Check, look
from pipeline.home import Home
from pipeline.ledger import Act, Ledger, LedgerUnavailable
from pipeline.releases.verify import opened
from pipeline.visible import visible

# Ten years of every force come nowhere near these.
MANIFEST_BYTES = 512 << 20
MOST_FILES = 2_000_000
LONGEST_PATH = 4_000
DEEPEST_PATH = 100

# What is left free on the disk whatever a backup says it needs.
RESERVE = 64 << 20

WORKING = ".restoring"

ASK = "Nothing was put. Use another backup; if there is none, see what can be had from this one with tar."


class NotRestored(Exception):
    """A backup was not put; the sentence says why. Nothing is left of it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass
class Restored:
    """What was put where."""

    home: Home
    made_at: str
    files: int
    bytes: int
    sha256: str
    ledger: bool
    forces: bool
    said: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)


@dataclass(frozen=True)
class Listed:
    """What a backup says of itself."""

    made_at: str
    latest: str | None
    ledger: bool
    files: tuple[Kept, ...]
    sha256: str  # of the manifest


# The next file stored in a backup: its path, its size, and its content.
Stored = Iterator[tuple[str, int, BinaryIO]]


def restore(source: Path, home: Home) -> Restored:
    """Return what was put into a new home from a backup, once every hash of it was compared; raises NotRestored."""
    made = refuse_home(home)
    working = home.root / WORKING
    try:
        working.mkdir(mode=0o700)
        with stored_in(source) as files:
            listed = manifest_of(files)
            refuse_room(listed, home)
            unpack(listed, files, working)
        put(listed, working, home)
    except OSError as error:
        clear(home, made)
        raise NotRestored(
            f"The backup could not be read or put ({error.strerror or type(error).__name__}: "
            f"{visible(str(error.filename or home.root))}). Nothing was put."
        ) from error
    except BaseException:
        clear(home, made)
        raise
    home.prepare()
    done = Restored(
        home, listed.made_at, len(listed.files), sum(each.bytes for each in listed.files), listed.sha256,
        listed.ledger, any(each.path.startswith("forces/") for each in listed.files),
    )  # fmt: skip
    done.said = told(done, noted(listed, home))
    done.checks = looked_at(done)
    return done


def refuse_home(home: Home) -> bool:
    """Return whether the folder was made just now; raises NotRestored where it holds anything."""
    if home.root.is_symlink() or (home.root.exists() and not home.root.is_dir()):
        raise NotRestored(f"{home.root} is no folder. Name a new one with --home.")
    try:
        if home.root.is_dir():
            if any(home.root.iterdir()):
                raise NotRestored(
                    f"{home.root} is not empty, and a backup is never put over anything. Name a new folder with --home; "
                    "once all is well there, change the names."
                )
            return False
        home.root.mkdir(parents=True)
    except OSError as error:
        raise NotRestored(
            f"Nothing can be put into {home.root} ({error.strerror}). Name another folder."
        ) from error
    return True


@contextmanager
def stored_in(source: Path) -> Iterator[Stored]:
    """Yield what is stored in a backup, the manifest first, in the order it lists."""
    if source.is_dir():
        yield in_folder(source)
        return
    if not source.is_file():
        raise NotRestored(f"There is no backup {visible(str(source))}. Check the name after --from.")
    with os.fdopen(opened(source), "rb") as content:
        try:
            # Not compressed, so no member can hold more than there is.
            tar = tarfile.open(fileobj=content, mode="r:")  # noqa: SIM115
        except (tarfile.TarError, EOFError, ValueError):
            raise NotRestored(
                f"{visible(source.name)} is no backup: it is not a tar file that can be read. {ASK}"
            ) from None
        with closing(tar):
            yield in_tar(tar, source)


def in_tar(tar: tarfile.TarFile, source: Path) -> Stored:
    while True:
        try:
            member = tar.next()
            if member is None:
                break
            # Refuses what leads outside, and links to there, and devices.
            tarfile.data_filter(member, os.fspath(Path.cwd()))
            content = (
                tar.extractfile(member) if member.type == tarfile.REGTYPE and member.sparse is None else None
            )
        except (tarfile.TarError, EOFError, ValueError, UnicodeError):
            raise NotRestored(
                f"{visible(source.name)} is damaged, or has a path no backup has. {ASK}"
            ) from None
        if content is None:
            raise NotRestored(
                f"The backup has a link or something that is no file: {visible(member.name)}. {ASK}"
            )
        # Python keeps every member in a list; there may be very many.
        tar.members.clear()  # type: ignore[attr-defined]
        yield member.name, member.size, content  # type: ignore[misc]


def in_folder(source: Path) -> Stored:
    """Yield what is in a folder, the manifest first."""
    there: dict[str, int] = {}
    for place in files_in(source):
        path, facts = place.relative_to(source).as_posix(), place.lstat()
        if not stat.S_ISREG(facts.st_mode):
            raise NotRestored(f"The backup has a link or something that is no file: {visible(path)}. {ASK}")
        there[path] = facts.st_size
        if len(there) > MOST_FILES:
            raise NotRestored(f"The backup has more files than any home. {ASK}")
    for path in sorted(there, key=lambda each: (each != MANIFEST, each)):
        with os.fdopen(opened(source / path), "rb") as content:
            yield path, there[path], content


def manifest_of(files: Stored) -> Listed:
    """Return what a backup says of itself; raises NotRestored where it is no manifest, or not as it was written."""
    path, size, content = next(files, ("", 0, None))
    if path != MANIFEST or content is None or size > MANIFEST_BYTES:
        raise NotRestored(f"This is no backup: it does not begin with {MANIFEST}. {ASK}")
    try:
        raw = content.read(size)
        body = json.loads(raw)
        own = body.pop("sha256")
        if own != hash_of_body(body):
            raise NotRestored(f"{MANIFEST} in the backup is not as it was written. {ASK}")
        if body["form"] != FORM:
            raise NotRestored("The backup was made by a later version of this program. Install that version.")
        kept = tuple(Kept(**each) for each in body["files"])
        listed = Listed(
            str(body["made_at"]), body["latest"], bool(body["ledger"]), kept, sha256(raw).hexdigest()
        )
        sound = are_sound(listed)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, tarfile.TarError, EOFError):
        sound = False
    if not sound:
        raise NotRestored(f"{MANIFEST} in the backup lists files in a way no backup does. {ASK}")
    return listed


def are_sound(listed: Listed) -> bool:
    """Return whether every file listed is of a kind and at a place a backup has it, and none twice."""
    if len(listed.files) > MOST_FILES or not (listed.latest is None or is_name(listed.latest)):
        return False
    paths = {each.path: each for each in listed.files}
    folders = {parent for path in paths for parent in parents(path)}
    return (
        len(paths) == len(listed.files)
        and (LEDGER in paths) == listed.ledger
        and not folders & paths.keys()
        and all(is_sound(each, paths) for each in listed.files)
    )


def is_sound(kept: Kept, paths: Mapping[str, Kept]) -> bool:
    numbers = (kept.bytes, kept.mode, kept.modified)
    # A file that is stored elsewhere has the same bytes as that one.
    stored = paths.get(kept.stored)
    return (
        is_place(kept.path)
        and all(type(number) is int for number in numbers)
        and kept.bytes >= 0
        and 0 <= kept.mode <= 0o7777
        and abs(kept.modified) < 1 << 62
        and isinstance(kept.sha256, str)
        and stored is not None
        and (stored.stored, stored.bytes, stored.sha256) == (stored.path, kept.bytes, kept.sha256)
    )


def is_place(path: object) -> bool:
    """Return whether a path is one of a backup, and leads nowhere else."""
    if not isinstance(path, str) or len(path) > LONGEST_PATH or "\0" in path:
        return False
    parts = path.split("/")
    if len(parts) > DEEPEST_PATH or any(part in ("", ".", "..") or len(part) > 255 for part in parts):
        return False
    if path == LEDGER:
        return True
    if parts[0] == "home" and len(parts) > 1:
        # These are put by us, from their own places.
        of_the_root = len(parts) == 2 and LEDGER_FILES.fullmatch(parts[1])
        return parts[1] not in (WORKING, "staging", "forces") and not of_the_root
    return parts[0] == "forces" and len(parts) > 1


def is_name(latest: object) -> bool:
    return (
        isinstance(latest, str) and latest not in ("", ".", "..") and "/" not in latest and "\0" not in latest
    )


def parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def refuse_room(listed: Listed, home: Home) -> None:
    need, free = sum(each.bytes for each in listed.files), shutil.disk_usage(home.root).free
    if need + RESERVE > free:
        raise NotRestored(
            f"The backup needs {need / (1 << 30):,.1f} GiB and the disk of {home.root} has {free / (1 << 30):,.1f} GiB free. "
            "Make room, or name a folder on another disk. Nothing was put."
        )


def unpack(listed: Listed, files: Stored, working: Path) -> None:
    """Write every file of a backup into a working folder, each with its hash compared; raises NotRestored."""
    expected = {each.path: each for each in listed.files if each.stored == each.path}
    for path, size, content in files:
        each = expected.pop(path, None)
        if each is None:
            raise NotRestored(
                f"The backup has a file that it does not list, or has twice: {visible(path)}. {ASK}"
            )
        if size != each.bytes:
            raise changed(path)
        write(content, each, working)
    if expected:
        raise NotRestored(f"The backup lacks files that it lists, {visible(min(expected))} among them. {ASK}")
    for each in listed.files:
        if each.stored != each.path:
            with (working / each.stored).open("rb") as content:
                write(content, each, working)
    for each in listed.files:
        place = working / each.path
        os.utime(place, ns=(each.modified, each.modified))
        # Neither more than the owner may write, nor anything that runs.
        place.chmod((each.mode & 0o644) | 0o400)


def write(content: BinaryIO, kept: Kept, working: Path) -> None:
    place = working / kept.path
    place.parent.mkdir(parents=True, exist_ok=True)
    digest, left = sha256(), kept.bytes
    with place.open("xb") as out:
        while left:
            try:
                block = content.read(min(BLOCK, left))
            except (tarfile.TarError, EOFError):
                block = b""
            if not block:
                break
            digest.update(block)
            out.write(block)
            left -= len(block)
        out.flush()
        os.fsync(out.fileno())
    if left or digest.hexdigest() != kept.sha256:
        raise changed(kept.path)


def changed(path: str) -> NotRestored:
    return NotRestored(f"{visible(path)} in the backup is not the file that was backed up. {ASK}")


def put(listed: Listed, working: Path, home: Home) -> None:
    """Move what was unpacked and compared to its place, each in one step; the inbox, which makes it a home, last."""
    (working / "home").mkdir(exist_ok=True)
    for each in sorted((working / "home").iterdir()):
        if each.name != "inbox":
            each.replace(home.root / each.name)
    for name in ("forces", LEDGER):
        if (working / name).exists():
            (working / name).replace(home.root / name)
    if listed.latest is not None:
        home.releases.mkdir(exist_ok=True)
        (home.releases / "latest").symlink_to(listed.latest)
    if (working / "home" / "inbox").is_dir():
        (working / "home" / "inbox").replace(home.inbox)
    shutil.rmtree(working)


def clear(home: Home, made: bool) -> None:
    """Take away what was unpacked: until all was compared, nothing else is there."""
    for each in list(home.root.iterdir()):
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)
    if made:
        home.root.rmdir()


def noted(listed: Listed, home: Home) -> bool:
    """Note in the log of the restored ledger where it comes from; False where there is none to write to."""
    if not listed.ledger or is_elsewhere():
        return False
    said = {"made_at": listed.made_at, "manifest": listed.sha256}
    try:
        with Ledger.look(home.ledger_url) as ledger:
            ledger.record(Act(did="restored", subject=home.root.name, said=said))
    except LedgerUnavailable:
        return False
    return True


def told(done: Restored, noted: bool) -> list[str]:
    said = [
        f"{done.files:,} files of {done.bytes / (1 << 20):,.1f} MiB were put into {done.home.root}, each with the hash it was "
        f"backed up with. The backup was made at {visible(done.made_at)}; what came after is not in it.",
        "No key was in it: set the same COLLATE_PSEUDONYM_KEY as before, or officers get other pseudonyms.",
    ]
    if done.forces:
        said.append(
            f"The force files as they were are in {done.home.root / 'forces'}; COLLATE_FORCES names those to use."
        )
    if not done.ledger:
        said.append(
            "No ledger was in it. If yours is in PostgreSQL, put it back with pg_restore into a new database and name that "
            "with COLLATE_LEDGER_URL before anything else."
        )
    elif is_elsewhere():
        said.append(
            f"COLLATE_LEDGER_URL names another ledger than the one that was put, {done.home.root / LEDGER}. Take the variable "
            "away to use it."
        )
    elif not noted:
        said.append(
            "The log of acts does not say that this home was restored: its ledger is of another version."
        )
    return said


def looked_at(done: Restored) -> list[Check]:
    """Return what the doctor finds of the restored home; of its files alone where it is to have another ledger."""
    from pipeline.care.doctor import examine

    if done.ledger and is_elsewhere():
        said = (
            "Whether the files agree with the ledger was not looked at: COLLATE_LEDGER_URL names another one."
        )
        return [
            look(
                "ledger",
                said,
                "Take COLLATE_LEDGER_URL away, or name the right ledger, and run collate doctor.",
            )
        ]
    return examine(done.home)
