"""A home of two drops and one release, written by the ledger and by hand, whole and small."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from pipeline.home import Home
from pipeline.ledger import Arrival, DropSums, Ledger, Outcome, ReleaseRecord
from pipeline.version import VERSION
from tests.office import FORCE, force_file

DROP, FIGURES = "d" * 16, "f" * 16
RELEASE = "2018-07-r1"
RAW = b"Ref\n1001/18\n"
ONE_ROW = DropSums(lines=2, header=1, parsed_lines=1, rows=1, accepted=1, records=1, accepted_records=1)


def small_home(root: Path) -> Home:
    """Return a home under a folder: a crime drop with its records and a workforce drop, both in one release."""
    forces = root / "forces"
    forces.mkdir(parents=True)
    (forces / f"{FORCE}.toml").write_text(
        force_file("North Yorkshire Police", "North Yorkshire"), encoding="utf-8"
    )
    home = Home(root / "home")
    home.prepare()
    with Ledger.open(home.ledger_url) as ledger:
        take_in(home, ledger, DROP, FORCE, "crime", "crime_2018-07.csv", RAW)
        records = written(
            home.accepted / f"force_id={FORCE}" / "book=crime" / f"{DROP}.parquet", b"the records"
        )
        settle(home, ledger, DROP, FORCE, {"accepted.parquet": records})
        take_in(home, ledger, FIGURES, "home_office", "workforce", "workforce.ods", b"figures")
        figures = written(home.workforce / f"{FIGURES}.parquet", b"the figures")
        settle(home, ledger, FIGURES, "home_office", {"figures.parquet": figures})
        publish(home, ledger)
    # What a force sent stays in its inbox when it is taken in.
    written(home.inbox / FORCE / "crime_2018-07.csv", RAW)
    return home


def written(path: Path, content: bytes) -> str:
    """Write a file and return its hash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return sha256(content).hexdigest()


def take_in(
    home: Home, ledger: Ledger, drop_id: str, force_id: str, book: str, name: str, raw: bytes
) -> None:
    digest = sha256(raw).hexdigest()
    written(home.archive / digest[:2] / digest / name, raw)
    (home.archive / digest[:2] / digest / name).chmod(0o440)
    ledger.arrive(Arrival(drop_id, force_id, book, name, digest, len(raw)))


def settle(home: Home, ledger: Ledger, drop_id: str, force_id: str, files: dict[str, str]) -> None:
    written(home.returns / force_id / drop_id / "receipt.json", b"{}")
    ledger.settle(
        Outcome(
            drop_id=drop_id, state="collated", mapping_fingerprint="m", code_version=VERSION, sums=ONE_ROW, files=files
        )
    )  # fmt: skip


def publish(home: Home, ledger: Ledger) -> None:
    place = home.releases / RELEASE
    digest = written(place / "national" / "forces.csv", b"force,assaults\n")
    files = [{"path": "national/forces.csv", "bytes": 15, "sha256": digest}]
    manifest = written(place / "manifest.json", json.dumps({"release_id": RELEASE, "files": files}).encode())
    for path in place.rglob("*.*"):
        path.chmod(0o444)
    ledger.publish(ReleaseRecord(RELEASE, "2018-07", 1, manifest, VERSION, mark="final"), [DROP, FIGURES])
    (home.releases / "latest").symlink_to(RELEASE)
