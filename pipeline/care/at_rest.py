"""What is at rest held against the ledger: raw files, records, return packs, releases. Nothing is changed by it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from pipeline.care.health import RESTORE, Check, broken, listed, look, ok
from pipeline.home import Home
from pipeline.ledger import DropRecord, Ledger, ReleaseRecord
from pipeline.releases.verify import Verified, check_signature, compare_files, hash_read, manifest_of
from pipeline.store import Store

AGAIN = "Restore it from a backup, or judge the drop again from the archive with collate replay --all --force"


def check_archive(home: Home, drops: Sequence[DropRecord], *, hashes: bool) -> list[Check]:
    """Return whether the raw file of every drop is in the archive with its bytes, and what no drop knows."""
    there: dict[str, list[Path]] = {}
    odd: list[str] = []
    for path in files_in(home.archive):
        parts = path.relative_to(home.archive).parts
        if len(parts) == 3 and parts[0] == parts[1][:2] and not path.is_symlink():
            there.setdefault(parts[1], []).append(path)
        else:
            odd.append("/".join(parts))
    sizes = {drop.sha256: drop.size for drop in drops}
    ids = {drop.sha256: drop.drop_id for drop in reversed(drops)}
    missing = [ids[digest] for digest in sizes if digest not in there]
    changed = [
        path.relative_to(home.archive)
        for digest, size in sizes.items()
        for path in there.get(digest, ())
        if path.stat().st_size != size or (hashes and hash_read(path) != digest)
    ]
    found = []
    if missing:
        said = f"The archive has lost the raw files of {len(missing):,} drops: {listed(missing)}."
        found.append(broken("archive", said, RESTORE))
    if changed:
        said = f"{len(changed):,} raw files in the archive are not as they came: {listed(changed)}."
        found.append(broken("archive", said, RESTORE))
    if unknown := sorted(digest[:16] for digest in there.keys() - sizes.keys()):
        found.append(
            look(
                "archive",
                f"The archive has {len(unknown):,} files that no drop of the ledger is of: {listed(unknown)}.",
                "A run that was cut short leaves such a file; collate receive registers it if it is still in the inbox. "
                "If not, the ledger may be older than the archive: see whether it is the right one.",
            )
        )
    if odd:
        said = f"The archive has {len(odd):,} things that we did not put there: {listed(odd)}."
        found.append(look("archive", said, "Find out whose they are, and move them elsewhere."))
    how = "with its hash" if hashes else "with its size; no hash was looked at"
    return found or [ok("archive", f"The raw file of each of {len(drops):,} drops is in the archive {how}.")]


def check_records(home: Home, drops: Sequence[DropRecord], ledger: Ledger, *, hashes: bool) -> list[Check]:
    """Return whether the records of every drop are those the ledger knows, and which files it does not know."""
    store = Store(home)
    known: dict[Path, tuple[DropRecord, str]] = {}
    for drop in drops:
        for name, digest in ledger.files(drop.drop_id).items():
            known[record_path(store, drop, name)] = (drop, digest)
    missing = {path: drop for path, (drop, _) in known.items() if not path.is_file()}
    changed = {
        path: drop
        for path, (drop, digest) in known.items()
        if hashes and path not in missing and hash_read(path) != digest
    }
    found = []
    for which, said in ((missing, "missing"), (changed, "not those the ledger knows")):
        if which:
            names = listed(path.relative_to(home.root) for path in which)
            forces = listed({drop.force_id for drop in which.values()})
            found.append(
                broken(
                    "records", f"{len(which):,} files of records are {said}: {names}.", f"{AGAIN} ({forces})."
                )
            )
    folders = (home.accepted, home.held, home.withdrawn, home.workforce)
    extra = [path for folder in folders for path in files_in(folder) if path not in known]
    if extra:
        names = listed(path.relative_to(home.root) for path in extra)
        found.append(
            look(
                "records",
                f"{len(extra):,} files of records are of no drop as the ledger has it: {names}. No release is made of them.",
                "A run that was cut short leaves such a file; collate receive judges its drop again. If they stay, find "
                "out whose they are.",
            )
        )
    how = "there with its hash" if hashes else "there; no hash was looked at"
    return found or [ok("records", f"Each of {len(known):,} files of records is {how}.")]


def record_path(store: Store, drop: DropRecord, name: str) -> Path:
    """Return where a file that the ledger knows of a drop is."""
    kind = name.removesuffix(".parquet")
    if kind in ("accepted", "held", "withdrawn"):
        return store.records_path(kind, drop.force_id, drop.book, drop.drop_id)
    return store.home.workforce / f"{drop.drop_id}.parquet"


def check_returns(home: Home, drops: Sequence[DropRecord]) -> Check:
    """Return whether every drop that is judged has its receipt."""
    store = Store(home)
    judged = [drop for drop in drops if drop.state != "arrived"]
    missing = [
        drop
        for drop in judged
        if not (store.return_path(drop.force_id, drop.drop_id) / "receipt.json").is_file()
    ]
    if not missing:
        return ok("returns", f"Each of {len(judged):,} drops that are judged has its receipt.")
    said = (
        f"{len(missing):,} drops that are judged have no receipt: {listed(drop.drop_id for drop in missing)}."
    )
    return look("returns", said, f"{AGAIN} ({listed({drop.force_id for drop in missing})}).")


def check_releases(home: Home, releases: Sequence[ReleaseRecord], *, hashes: bool) -> list[Check]:
    """Return whether every release is as it was published, and whether `latest` names the newest."""
    found = []
    for release in releases:
        faults = faults_of(home.releases / release.release_id, release, hashes=hashes)
        if faults:
            said = f"Release {release.release_id} is not as it was published. {' '.join(faults)}"
            found.append(broken("releases", said, f"{RESTORE} A release is never made a second time."))
    how = "as it was published" if hashes else "there with its manifest; no other hash was looked at"
    if not found:
        found.append(ok("releases", f"Each of {len(releases):,} releases is {how}."))
    known = {release.release_id for release in releases}
    there = {entry.name for entry in entries_of(home.releases)}
    if unknown := {name for name in there - known if name != "latest" and not name.startswith(".")}:
        found.append(
            look(
                "releases",
                f"{home.releases} has folders that the ledger knows no release of: {listed(unknown)}. Nobody should use them.",
                "A run that was cut short leaves such a folder; collate release for its month takes its place. If it stays, "
                "find out whose it is.",
            )
        )
    return [*found, *check_latest(home, releases)]


def faults_of(folder: Path, release: ReleaseRecord, *, hashes: bool) -> list[str]:
    """Return what is wrong with a release that the ledger has, each a sentence."""
    if not folder.is_dir():
        return ["Its folder is missing."]
    found = Verified(folder)
    manifest, raw = manifest_of(found)
    if manifest is None:
        return found.faults
    if sha256(raw).hexdigest() != release.content_hash:
        found.faults.append("Its manifest is not the one the ledger knows.")
    if hashes:
        compare_files(manifest, found)
        check_signature(raw, None, found)
    return found.faults


def check_latest(home: Home, releases: Sequence[ReleaseRecord]) -> list[Check]:
    if not releases:
        return []
    newest = max(releases, key=lambda each: (each.month, each.revision)).release_id
    link = home.releases / "latest"
    try:
        named = str(link.readlink())
    except OSError:
        named = ""
    if named == newest:
        return []
    said = f"{link} does not name the newest release, {newest}."
    return [
        look(
            "releases",
            said,
            "Run collate release for that month: it sets the name right and publishes nothing twice.",
        )
    ]


def files_in(folder: Path) -> Iterator[Path]:
    """Yield every file and link in a folder and the folders in it, in order; links are not followed.

    Raises OSError for a folder that is there and cannot be read: what is in it would be passed over.
    """

    def told(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    for root, folders, names in os.walk(folder, onerror=told):
        folders.sort()
        for name in sorted([*names, *(each for each in folders if (Path(root) / each).is_symlink())]):
            yield Path(root) / name


def entries_of(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
