"""Releases that wait for a person: built, whole, and not published until somebody puts their name to them.

They are under `releases/.waiting/<release_id>`. The log of acts has the hash of each one's manifest, so that what is signed
off is what was built. `pipeline/releases/sign_off.py` is the deed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.home import Home, HomeUnusable
from pipeline.ledger import Act, Ledger
from pipeline.store import Store, hash_of

SIGN_OFF_VARIABLE = "COLLATE_SIGN_OFF"
WAITING = ".waiting"

PREPARED = "prepared"
WITHDREW = "withdrew waiting"


def is_required() -> bool:
    """Return whether a person must sign a release off; raises HomeUnusable where the setting is neither yes nor no."""
    word = os.environ.get(SIGN_OFF_VARIABLE, "").strip().lower()
    if word in ("", "0", "no", "off", "false"):
        return False
    if word in ("1", "yes", "on", "true"):
        return True
    raise HomeUnusable(
        f"{SIGN_OFF_VARIABLE} is neither yes nor no. Write yes where a person must sign each release off before it is "
        "published, or leave it out."
    )


def place_of(home: Home, release_id: str) -> Path:
    """Return where a release waits."""
    return home.releases / WAITING / release_id


def waiting(home: Home) -> list[str]:
    """Return the ids of the releases that wait, in order."""
    folder = home.releases / WAITING
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def hold(staged: Path, manifest: Mapping[str, Any], store: Store, ledger: Ledger) -> bool:
    """Put a finished release where it waits; return whether it takes the place of one that waited before."""
    release_id = manifest["release_id"]
    place = place_of(store.home, release_id)
    replaces = place.exists()
    said = {"manifest": hash_of(staged / "manifest.json"), "mark": manifest["mark"], "replaces": replaces}
    store.place(staged, place)
    ledger.record(Act(did=PREPARED, subject=release_id, said=said))
    return replaces


def prepared_hash(release_id: str, ledger: Ledger) -> str | None:
    """Return the hash of the manifest that was last prepared under an id, or None."""
    acts = ledger.acts(did=PREPARED, subject=release_id)
    return str(acts[-1].said["manifest"]) if acts else None


def same_waits(release_id: str, inputs_hash: str, store: Store, ledger: Ledger) -> dict[str, Any] | None:
    """Return the manifest of the release that waits under an id, where it is as it was built of the same inputs."""
    path = place_of(store.home, release_id) / "manifest.json"
    if not path.is_file() or hash_of(path) != prepared_hash(release_id, ledger):
        return None
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest if manifest["inputs_hash"] == inputs_hash else None


def withdraw(release_id: str, why: str, store: Store, ledger: Ledger) -> None:
    """Take away a release that waits and can never be published; nothing happens where none does."""
    if place_of(store.home, release_id).exists():
        ledger.record(Act(did=WITHDREW, subject=release_id, said={"why": why}))
        remove(release_id, store)


def remove(release_id: str, store: Store) -> None:
    """Remove the folder in which a release waited, in one step."""
    place = place_of(store.home, release_id)
    if place.exists():
        with store.staged() as aside:
            place.replace(aside / release_id)
