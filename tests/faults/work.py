"""The work that faults happen in: a small collation office of two forces, in a few steps, and what it comes to."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import recipe, release
from pipeline.home import Home
from pipeline.ledger import Ledger
from pipeline.ledger.acts import broken_link
from pipeline.store import hash_of
from tests.office import FORCE, OTHER_FORCE, Office, equip, export, force_file

# Every process of a walk has the same day, so that none begins on one and ends on the next.
CLOCK = datetime(2018, 9, 15, 12, tzinfo=UTC)

JULY = "2018-07"

KEPT = ("inbox", "archive", "accepted", "held", "withdrawn", "returns", "releases")

FILES = {
    "receive": [
        (
            export({}, {"Injury": "Ouch"}, {"Date": "31/02/2018"}, {}, {"Ref": "1001/18"}),
            "crime_2018-07.csv",
            FORCE,
        ),
        (
            export({}, {"Station": "Loftus"}, {"Code": "", "Offence": ""}, force="Cleveland"),
            "crime_2018-07.csv",
            OTHER_FORCE,
        ),
    ],
    # A file that replaces its month and drops most of it, so that it waits for somebody.
    "receive another": [(export({"Injury": "Slight"}), "crime_2018-07_again.csv", FORCE)],
}


def settle_in(root: Path) -> Office:
    """Return a new office under a folder for the length of the process; its first force sends whole months."""
    office = equip(root, pytest.MonkeyPatch())
    whole = force_file("North Yorkshire Police", "North Yorkshire", options='resend = "full"')
    (office.forces / f"{FORCE}.toml").write_text(whole, encoding="utf-8")
    return office


def deliver(home: Home, step: str) -> None:
    """Leave the files of a step in the inbox."""
    for content, name, force in FILES.get(step, ()):
        path = home.inbox / force / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def set_clock(now: datetime) -> None:
    """Have the ledger and the releases of this process take their moments from a clock that begins at `now`."""
    began = datetime.now(UTC)

    def clock() -> datetime:
        return now + (datetime.now(UTC) - began)

    opening: Any = Ledger.open
    opening.__func__.__kwdefaults__["now"] = clock
    release.today = lambda: clock().date()


def receive(home: Home) -> None:
    for _, fault in recipe.receive(home)["faults"]:
        raise fault


def publish(home: Home) -> None:
    recipe.publish(JULY, home.root)


def approve(home: Home) -> None:
    """Let the drop that waits stand, as somebody would who says it once more when it was cut short."""
    from pipeline.again.standing import CannotRule, rule_on
    from pipeline.store import Store

    with Ledger.open(home.ledger_url) as ledger:
        drop = ledger.drops()[-1]
        known = drop.ruling
        try:
            rule_on(Store(home), ledger, drop.drop_id, "approved", "the month was a quiet one", "a person")
        except CannotRule:
            # It is said that this was decided already, which must be so.
            if known != "approved":
                raise


STEPS: dict[str, Callable[[Home], None]] = {
    "receive": receive,
    "publish": publish,
    "receive another": receive,
    "approve": approve,
    "publish again": publish,
}


def moment(step: str) -> datetime:
    return CLOCK + timedelta(hours=[*STEPS].index(step))


def at_rest(home: Home) -> dict[str, str]:
    """Return the SHA-256 of every file that is kept, by its path, and where `latest` points."""
    latest = home.releases / "latest"
    files = {
        str(path.relative_to(home.root)): hash_of(path)
        for folder in KEPT
        for path in sorted((home.root / folder).rglob("*"))
        if path.is_file()
    }
    return {**files, "latest": str(latest.readlink()) if latest.is_symlink() else ""}


def told(home: Home) -> dict[str, Any]:
    """Return what the ledger says of drops, releases, answers and acts, but for its moments and their hashes."""
    with Ledger.look(home.ledger_url) as ledger:
        drops = [replace(drop, arrived_at=CLOCK, settled_at=CLOCK) for drop in ledger.drops()]
        acts = ledger.acts()
        return {
            "drops": drops,
            "findings": [ledger.findings(drop.drop_id) for drop in drops],
            "files": [ledger.files(drop.drop_id) for drop in drops],
            "headers": ledger.headers(),
            "profiles": ledger.profiles(),
            "rules": ledger.rules(),
            "releases": [
                (each.release_id, each.content_hash, each.mark, ledger.inputs(each.release_id))
                for each in ledger.releases()
            ],
            "answers": ledger.answers(),
            "acts": [(act.did, act.force_id, act.subject, dict(act.said)) for act in acts],
            "broken link": broken_link(acts),
        }


def lost(home: Home, inbox: dict[str, str]) -> list[str]:
    """Return what cannot be found any more: a file of the inbox, its raw bytes, its drop, or its records."""
    missing = [path for path, digest in inbox.items() if not (home.root / path).is_file()]
    missing += [
        path for path, digest in inbox.items() if path not in missing and hash_of(home.root / path) != digest
    ]
    kept = {hash_of(path) for path in home.archive.rglob("*") if path.is_file()}
    missing += [f"{path} in the archive" for path, digest in inbox.items() if digest not in kept]
    with Ledger.look(home.ledger_url) as ledger:
        drops = ledger.drops()
        known = {drop.sha256 for drop in drops}
        missing += [f"{path} in the ledger" for path, digest in inbox.items() if digest not in known]
        missing += [f"{drop.drop_id} is {drop.state}" for drop in drops if drop.state == "arrived"]
        for drop in drops:
            for name, digest in ledger.files(drop.drop_id).items():
                kind = name.removesuffix(".parquet")
                path = (
                    home.root
                    / kind
                    / f"force_id={drop.force_id}"
                    / f"book={drop.book}"
                    / f"{drop.drop_id}.parquet"
                )
                if not path.is_file() or hash_of(path) != digest:
                    missing.append(f"{name} of {drop.drop_id}")
        missing += [r.release_id for r in ledger.releases() if not (home.releases / r.release_id).is_dir()]
    return missing


def doubled(home: Home) -> list[str]:
    """Return what is there twice: a drop, an act, a release of a month, or a key in a month of a release."""
    from pyarrow.parquet import read_table

    twice: list[str] = []
    with Ledger.look(home.ledger_url) as ledger:
        drops = ledger.drops()
        counted = Counter((drop.force_id, drop.book, drop.sha256) for drop in drops)
        counted |= Counter(drop.sequence for drop in drops)
        counted |= Counter(
            (act.did, act.subject)
            for act in ledger.acts()
            if act.did in ("received", "judged", "published", "approved")
        )
        counted |= Counter((each.month, each.content_hash) for each in ledger.releases())
        counted |= Counter(tuple(ledger.inputs(each.release_id)) for each in ledger.releases())
        twice += [str(each) for each, times in counted.items() if times > 1]
        for each in ledger.releases():
            paths = sorted((home.releases / each.release_id / "assaults").rglob("*.parquet"))
            keys = Counter(
                (str(path.parent), row["book"], row["source_record_id"], row["victim_number"])
                for path in paths
                for row in read_table(path, partitioning=None).to_pylist()
            )
            twice += [f"{each.release_id}: {key}" for key, times in keys.items() if times > 1]
    return twice


def is_sound(home: Home) -> bool:
    """Return whether SQLite calls the ledger sound."""
    with sqlite3.connect(home.root / "ledger.sqlite") as ledger:
        return bool(ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",))
