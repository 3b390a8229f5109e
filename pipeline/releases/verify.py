"""`collate verify`: whether a folder is a release as it was published: every file, no other, and by whose key.

The folder may have come on a memory stick from anywhere, so nothing in it is trusted: paths are compared and never
followed, links and devices are never opened, and a file is read only where it has the size the manifest gives it.

Somebody who changes a file can write the manifest anew and sign it with a key of their own. So two things vouch for a
release: a public key that came another way, and the ledger of the home that published it.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from pipeline.home import Home
from pipeline.releases.signing import (
    LONGEST_KEY,
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    UNLISTED,
    NotAKey,
    fingerprint,
    is_signed_by,
    public_key,
)
from pipeline.visible import visible

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# A release of ten years of every force comes nowhere near these.
MANIFEST_BYTES = 64 << 20
MOST_FILES = 100_000
DEEPEST = 16

# More of a kind are counted; the first show what happened.
NAMED = 10

Signature = Literal["none", "beside", "trusted", "wrong"]
InLedger = Literal["known", "unknown", "other", "not asked"]
Verdict = Literal["verified", "intact", "refused"]


class NoRelease(Exception):
    """There is no folder to verify under the name that was asked for."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass
class Verified:
    """What was found of a release: faults, each a sentence, and what vouches for it."""

    path: Path
    release_id: str = ""
    mark: str = ""
    files: int = 0
    signature: Signature = "none"
    fingerprint: str = ""
    ledger: InLedger = "not asked"
    faults: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """Return refused where anything is at fault, verified where something vouches for it, else intact."""
        if self.faults:
            return "refused"
        return "verified" if self.signature == "trusted" or self.ledger == "known" else "intact"

    @property
    def said(self) -> list[str]:
        """Return what to tell a person, the verdict first."""
        name = self.release_id or visible(self.path.name)
        if self.faults:
            return [
                f"Refused: {name} is not as it was published. Do not use it; ask for it again.",
                *self.faults,
            ]
        whole = f"all {self.files:,} files are there with their hashes, and nothing else is."
        said = [
            f"Verified: {name}: {whole}"
            if self.verdict == "verified"
            else f"Intact, and nothing vouches for it: {name}: {whole}"
        ]
        if self.mark:
            said.append(f"It is marked {self.mark}.")
        if self.signature == "trusted":
            said.append("The signature is by the key you named.")
        elif self.signature == "beside":
            said.append(
                f"It is signed by the key beside it, whose fingerprint is {self.fingerprint}. Anybody can put a key there: "
                "compare the fingerprint with the office that publishes, or name the key you had from them with --key."
            )
        else:
            said.append("It has no signature.")
        if self.ledger == "known":
            said.append("The ledger knows this manifest.")
        elif self.ledger == "unknown":
            said.append("The ledger of this home does not know a release of this name.")
        else:
            said.append("No ledger was asked: there is no home here.")
        return said

    @property
    def facts(self) -> dict[str, Any]:
        """Return the same for machines."""
        return {
            "release_id": self.release_id,
            "path": visible(str(self.path)),
            "verdict": self.verdict,
            "mark": self.mark or None,
            "files": self.files,
            "signature": self.signature,
            "fingerprint": self.fingerprint or None,
            "ledger": self.ledger,
            "faults": self.faults,
            "said": self.said,
        }


def verify(word: str, home: Home, *, stated_home: bool = False, key: Path | None = None) -> Verified:
    """Return what is found of a release, named by its folder or by its id in a home.

    `stated_home` says that the person named the home, so that a release its ledger does not know is at fault; so is one
    among the home's own releases. Raises NoRelease where there is no such folder, and NotAKey for the key that is named.
    """
    trusted = key_named(key) if key else None
    folder = folder_of(word, home)
    found = Verified(folder)
    manifest, raw = manifest_of(found)
    if manifest is not None:
        compare_files(manifest, found)
        check_signature(raw, trusted, found)
        ask_ledger(sha256(raw).hexdigest(), home, stated_home, found)
    return found


def folder_of(word: str, home: Home) -> Path:
    """Return the folder of a release: a path, or the name of one of the home's releases."""
    place = Path(word)
    if place.is_dir():
        return place.resolve()
    if place.name == word and (home.releases / word).is_dir():
        return (home.releases / word).resolve()
    raise NoRelease(
        f"There is no release {visible(word)}: neither a folder of that name nor a release in {home.releases}. "
        "Name the release's folder, or its id, such as 2018-09-r1."
    )


def key_named(path: Path) -> Ed25519PublicKey:
    """Return the public key in a file a person names; raises NotAKey where it is none."""
    try:
        with path.open("rb") as content:
            pem = content.read(LONGEST_KEY)
    except OSError as error:
        raise NotAKey(
            f"{visible(str(path))} cannot be read ({error.strerror}). Check the name after --key."
        ) from None
    return public_key(pem, visible(str(path)))


def manifest_of(found: Verified) -> tuple[dict[str, Any] | None, bytes]:
    """Return the manifest and its bytes; None, with the fault noted, where it is not one."""
    raw = bytes_of(found.path / MANIFEST, MANIFEST_BYTES)
    if raw is None:
        found.faults.append(
            f"There is no {MANIFEST} in it that can be read as one, so nothing can be compared."
        )
        return None, b""
    try:
        manifest = json.loads(raw)
    except (ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), list):
        found.faults.append(f"{MANIFEST} is not a manifest of a release.")
        return None, b""
    release_id = manifest.get("release_id")
    if not isinstance(release_id, str) or not re.fullmatch(
        r"\d{4}-\d{2}-r[1-9]\d{0,5}", release_id, re.ASCII
    ):
        found.faults.append(f"{MANIFEST} does not say which release it is of.")
        return None, b""
    found.release_id = release_id
    if manifest.get("mark") in ("provisional", "final", "revised"):
        found.mark = str(manifest["mark"])
    return manifest, raw


def compare_files(manifest: dict[str, Any], found: Verified) -> None:
    """Note every file that is missing, other than listed, or not listed, and everything that is no plain file."""
    listed: dict[str, tuple[int, str]] = {}
    for entry in manifest["files"][: MOST_FILES + 1]:
        path = path_listed(entry)
        if path is None or path in listed:
            found.faults.append(
                f"{MANIFEST} lists a file in a way no release does: twice, outside the folder, or without size and hash."
            )
            return
        listed[path] = entry["bytes"], entry["sha256"]
    if len(listed) > MOST_FILES:
        found.faults.append(f"{MANIFEST} lists more than {MOST_FILES:,} files, which no release has.")
        return
    folders = {str(parent) for path in listed for parent in PurePosixPath(path).parents} - {"."}
    there: dict[str, int] = {}
    odd: list[str] = []
    extra: list[str] = []
    for path, kind, size in entries(found.path):
        if kind == "file":
            there[path] = size
            if path not in listed and path not in UNLISTED:
                extra.append(path)
        elif kind == "folder":
            if path not in folders:
                extra.append(f"{path}/")
        else:
            odd.append(path)
        if len(there) + len(extra) + len(odd) > MOST_FILES:
            found.faults.append(f"The folder holds more than {MOST_FILES:,} files, which no release does.")
            return
    missing = sorted(listed.keys() - there.keys())
    changed = [
        path
        for path, (size, digest) in sorted(listed.items())
        if path in there and (there[path] != size or hash_read(found.path / path) != digest)
    ]
    found.files = len(listed)
    note(found, missing, "is missing", "are missing")
    note(found, changed, "is not the file that was published", "are not the files that were published")
    note(found, sorted(extra), "is not part of the release", "are not part of the release")
    note(
        found, sorted(odd),
        "is a link, or no plain file, and was not opened", "are links, or no plain files, and were not opened",
    )  # fmt: skip


def path_listed(entry: object) -> str | None:
    """Return the path an entry of the manifest lists; None where it is no path inside a release, or no entry."""
    if not isinstance(entry, dict):
        return None
    path, size, digest = entry.get("path"), entry.get("bytes"), entry.get("sha256")
    if not (isinstance(path, str) and type(size) is int and size >= 0 and isinstance(digest, str)):
        return None
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or "\\" in path or "\0" in path or path in UNLISTED:
        return None
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts) or len(parts) > DEEPEST:
        return None
    return path


def entries(root: Path) -> Iterator[tuple[str, Literal["file", "folder", "other"], int]]:
    """Yield what is in a folder and the folders in it: path from the root, what it is, its size; links not followed."""
    waiting = [("", 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            inside = list(os.scandir(root / folder))
        except OSError:
            yield folder or ".", "other", 0
            continue
        for entry in inside:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                yield path, "folder", 0
                if depth < DEEPEST:
                    waiting.append((path, depth + 1))
            elif entry.is_file(follow_symlinks=False):
                yield path, "file", entry.stat(follow_symlinks=False).st_size
            else:
                yield path, "other", 0


def check_signature(raw: bytes, trusted: Ed25519PublicKey | None, found: Verified) -> None:
    """Note whose signature is beside the manifest, and the fault where it is not the one asked for."""
    signature, beside = (
        bytes_of(found.path / SIGNATURE, 1_000),
        bytes_of(found.path / PUBLIC_KEY, LONGEST_KEY),
    )
    if signature is None:
        if trusted:
            found.faults.append(
                f"It has no signature ({SIGNATURE}), so the key you named says nothing about it."
            )
        elif beside is not None:
            found.signature = "wrong"
            found.faults.append(f"It has a key ({PUBLIC_KEY}) and no signature ({SIGNATURE}).")
        return
    key = trusted
    if key is None:
        try:
            key = public_key(beside or b"", PUBLIC_KEY)
        except NotAKey:
            found.signature = "wrong"
            found.faults.append(
                f"It has a signature and no key beside it ({PUBLIC_KEY}); name the key with --key."
            )
            return
    found.fingerprint = fingerprint(key)
    if is_signed_by(raw, signature, key):
        found.signature = "trusted" if trusted else "beside"
        return
    found.signature = "wrong"
    whose = "the key you named" if trusted else "the key beside it"
    found.faults.append(f"The signature is not by {whose} ({found.fingerprint}) over this manifest.")


def ask_ledger(digest: str, home: Home, stated_home: bool, found: Verified) -> None:
    """Note whether the ledger of a home published this manifest; where there is no home, nothing is asked."""
    own = home.releases.resolve() in found.path.parents
    if own and found.path.name != found.release_id:
        found.faults.append(
            f"{MANIFEST} says that it is release {found.release_id}, which is not this folder's name."
        )
    if not home.inbox.is_dir():
        return
    from pipeline.consulted import consulted

    with tempfile.TemporaryDirectory(prefix="collate-") as folder, consulted(home, Path(folder)) as ledger:
        if ledger is None:
            return
        known = ledger.release(found.release_id)
    if known is None:
        found.ledger = "unknown"
        if own or stated_home:
            found.faults.append(f"The ledger of {home.root} knows no release {found.release_id}.")
    elif known.content_hash == digest:
        found.ledger = "known"
    else:
        found.ledger = "other"
        found.faults.append(
            f"The ledger of {home.root} has release {found.release_id} with another manifest."
        )


def note(found: Verified, paths: list[str], one: str, many: str) -> None:
    """Note a fault of some files, the first of them by name."""
    if not paths:
        return
    names = ", ".join(visible(path) for path in paths[:NAMED])
    if len(paths) > NAMED:
        names += f" and {len(paths) - NAMED:,} more"
    found.faults.append(f"{names} {one if len(paths) == 1 else many}.")


def bytes_of(path: Path, most: int) -> bytes | None:
    """Return the bytes of a plain file of at most a size; None for anything else."""
    try:
        with os.fdopen(opened(path), "rb") as content:
            raw = content.read(most + 1)
    except OSError:
        return None
    return raw if len(raw) <= most else None


def hash_read(path: Path) -> str | None:
    """Return the SHA-256 of a plain file; None where it cannot be read as one."""
    try:
        with os.fdopen(opened(path), "rb") as content:
            return file_digest(content, "sha256").hexdigest()
    except OSError:
        return None


def opened(path: Path) -> int:
    """Return a descriptor of a plain file; raises OSError for a link, a device or a pipe."""
    # A pipe that nobody writes to must not keep us waiting.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path.name} is no plain file")
    return descriptor
