"""`collate sign-off`: a named person publishes a release that waits, exactly as it was built, or refuses it.

What is published is copied first and then held against the manifest, and the manifest against the log of acts: what
somebody changed while it waited is not published. Neither is what rests on inputs that have changed since.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.ledger import Act, Ledger
from pipeline.reason import NoReason, sound_reason
from pipeline.release import gather, published, put_out
from pipeline.releases.signing import MANIFEST, PUBLIC_KEY, SIGNATURE
from pipeline.releases.verify import Verified, compare_files
from pipeline.releases.waiting import place_of, prepared_hash, remove, waiting
from pipeline.store import Store, hash_of
from pipeline.visible import visible

LONGEST_NAME = 100

SIGNED_OFF = "signed off"
REFUSED = "refused release"


class NotSignedOff(Exception):
    """A release could not be signed off or refused; the sentence says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Waiting:
    """A release that waits, as it was prepared: its id, its folder, its manifest and the hash of that."""

    release_id: str
    place: Path
    manifest: dict[str, Any]
    hash: str


def sign_off(release_id: str, name: str, store: Store, ledger: Ledger) -> dict[str, Any]:
    """Publish a release that waits under a person's name, and return what `publish_month` would.

    One that the same person has signed off already is found again. Raises NotSignedOff where none waits, where it is
    not as it was built, or where what it rests on has changed since.
    """
    name = words(name, "a name", LONGEST_NAME)
    if (done := signed_before(release_id, name, store, ledger)) is not None:
        return done
    with store.staged() as folder:
        found = prepared(release_id, store, ledger)
        staged = copy_of(found, folder)
        same_inputs(found, store, ledger)
        said = {"name": name, "manifest": found.hash}
        if not any(dict(act.said) == said for act in ledger.acts(did=SIGNED_OFF, subject=release_id)):
            ledger.record(Act(did=SIGNED_OFF, subject=release_id, said=said))
        place = put_out(staged, found.manifest, store, ledger, signed_by=name)
    remove(release_id, store)
    return {**published(found.manifest, place, changed=True), "signed_by": name}


def refuse(release_id: str, name: str, reason: str, store: Store, ledger: Ledger) -> dict[str, Any]:
    """Take a release that waits away under a person's name and reason; raises NotSignedOff where none waits."""
    name = words(name, "a name", LONGEST_NAME)
    try:
        reason = sound_reason(reason)
    except NoReason as why:
        raise NotSignedOff(why.sentence) from None
    known(release_id, store, ledger)
    manifest = place_of(store.home, release_id) / MANIFEST
    said = {"name": name, "reason": reason, "manifest": hash_of(manifest) if manifest.is_file() else None}
    ledger.record(Act(did=REFUSED, subject=release_id, said=said))
    remove(release_id, store)
    return {"release_id": release_id, "refused_by": name, "reason": reason}


def words(said: str, what: str, longest: int) -> str:
    """Return what a person wrote as one line; raises NotSignedOff where it is empty, too long, or not to be read."""
    line = " ".join(said.split())
    if not line or len(line) > longest or not line.isprintable():
        raise NotSignedOff(
            f"Give {what} of at most {longest} characters that can be read: it is kept in the log."
        )
    return line


def signed_before(release_id: str, name: str, store: Store, ledger: Ledger) -> dict[str, Any] | None:
    """Return a release that this person has signed off already; raises NotSignedOff for one published otherwise."""
    release = ledger.release(release_id)
    if release is None:
        return None
    if release.signed_by != name:
        by = f", signed off by {release.signed_by}" if release.signed_by else " without a sign-off"
        raise NotSignedOff(f"Release {release_id} is published already{by}. A release never changes.")
    # It may have been left there by a crash after the last step.
    remove(release_id, store)
    place = store.home.releases / release_id
    manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    return {**published(manifest, place, changed=False), "signed_by": name}


def known(release_id: str, store: Store, ledger: Ledger) -> None:
    """Raise NotSignedOff where no release waits under an id."""
    ids = waiting(store.home)
    if release_id in ids and re.fullmatch(r"\d{4}-\d{2}-r\d+", release_id, re.ASCII):
        return
    those = f"These wait: {', '.join(visible(each) for each in ids)}." if ids else "No release waits."
    raise NotSignedOff(f"No release {visible(release_id)} waits to be signed off. {those}")


def prepared(release_id: str, store: Store, ledger: Ledger) -> Waiting:
    """Return the release that waits under an id; raises NotSignedOff where its manifest is not the one prepared."""
    known(release_id, store, ledger)
    place = place_of(store.home, release_id)
    path = place / MANIFEST
    digest = hash_of(path) if path.is_file() and not path.is_symlink() else None
    if digest is None or digest != prepared_hash(release_id, ledger):
        raise changed(release_id)
    return Waiting(release_id, place, json.loads(path.read_text(encoding="utf-8")), digest)


def copy_of(found: Waiting, folder: Path) -> Path:
    """Return a copy of a release that waits, every file of it as its manifest says; raises NotSignedOff otherwise."""
    staged = folder / found.release_id
    try:
        shutil.copytree(found.place, staged, symlinks=True)
    except shutil.Error:
        raise changed(found.release_id) from None
    compared = Verified(staged)
    compare_files(found.manifest, compared)
    if compared.faults or hash_of(staged / MANIFEST) != found.hash:
        raise changed(found.release_id, *compared.faults)
    for name in (SIGNATURE, PUBLIC_KEY):
        # It is signed when it is published; who put one here is not the office.
        (staged / name).unlink(missing_ok=True)
    return staged


def changed(release_id: str, *faults: str) -> NotSignedOff:
    month = release_id.rpartition("-r")[0]
    return NotSignedOff(
        " ".join(
            (
                f"Release {release_id} is not as it was built, so it was not published.",
                *faults,
                f'Refuse it with collate sign-off {release_id} --refuse --name "..." --reason "...", find out who changed '
                f"it, and run collate release --month {month} to build it anew.",
            )
        )
    )


def same_inputs(found: Waiting, store: Store, ledger: Ledger) -> None:
    """Raise NotSignedOff where what a release rests on has changed since it was built."""
    month = found.manifest["month"]
    if gather(date.fromisoformat(f"{month}-01"), store, ledger).hash != found.manifest["inputs_hash"]:
        raise NotSignedOff(
            f"What release {found.release_id} rests on has changed since it was built, so it was not published. Run "
            f"collate release --month {month} and look at the new one."
        )
