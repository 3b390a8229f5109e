"""Same input, same bytes: a home made again from its archive publishes the same files, whatever else is otherwise.

Only the order in which the drops arrived is the same. The files lie in the inbox in another order, the drops are judged in
another order, on another day, with another number of threads, working in another place.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline import engine, recipe
from pipeline.home import Home
from pipeline.intake import drop_id_of, registered
from pipeline.ledger import Arrival, DropRecord, Ledger
from pipeline.release import publish_month
from schemas.force import load_forces
from tests.office import FORCE, OTHER_FORCE, Office, equip, export, hash_of

MONTH = "2018-08"


def sent(office: Office) -> None:
    """Leave the drops of two forces over two months in the inbox, one after the other.

    Two numbering years share their references, rows are held, sent again, corrected and repeated, and a record is the
    same as another but for its day.
    """
    july = [{"Ref": f"{2000 + number}/18", "Injury": ("None", "Slight")[number % 2]} for number in range(300)]
    steps: list[tuple[str, str, str]] = [
        (
            FORCE,
            "crime_2018-07.csv",
            export(*july, {"Date": "31/02/2018"}, {"Ref": "2001/18", "Date": "09/07/2018"}),
        ),
        (OTHER_FORCE, "crime_2018-07.csv", export(*july[:50], force="Cleveland")),
        (FORCE, "crime_2018-08.csv", export(*({**row, "Date": "09/08/2018"} for row in july[:150]))),
        (
            FORCE,
            "crime_2018-07_v2.csv",
            export(*july[200:], {**july[3], "Date": "21/07/2018", "Spat at": "Yes"}),
        ),
        (OTHER_FORCE, "crime_2018-08_nil.csv", export(force="Cleveland")),
    ]
    for force_id, name, content in steps:
        office.drop(content, name, force_id)
        office.receive()


@contextmanager
def threads(monkeypatch: pytest.MonkeyPatch, count: int) -> Iterator[None]:
    """Have every session of the engine use so many threads."""
    opened = engine.open_engine

    @contextmanager
    def limited(scratch: Path, **_: Any) -> Iterator[engine.Engine]:
        with opened(scratch, threads=count) as session:
            assert session.run("SELECT current_setting('threads')").fetchone()[0] == count
            yield session

    with monkeypatch.context() as patched:
        for module in [each for name, each in sys.modules.items() if name.startswith("pipeline.")]:
            if getattr(module, "open_engine", None) is opened:
                patched.setattr(module, "open_engine", limited)
        yield


def made_again(office: Office, drops: list[DropRecord], archive: Path, on: datetime) -> None:
    """Make a home from the archive of another: registered in the same order, judged in another one, on another day."""
    shuffled = random.Random(5).sample(drops, len(drops))
    for drop in shuffled:
        (path,) = (archive / drop.sha256[:2] / drop.sha256).iterdir()
        shutil.copyfile(path, office.home.inbox / f"{drop.drop_id}")
    store, forces = office.store(), load_forces(office.forces)
    with Ledger.open(office.home.ledger_url, now=lambda: on) as ledger:
        for drop in drops:
            came = office.home.inbox / drop.drop_id
            named = office.home.inbox / drop.force_id / drop.file
            named.parent.mkdir(exist_ok=True)
            raw = store.archive(came.rename(named), settle=0)
            drop_id = drop_id_of(drop.force_id, forces[drop.force_id].books[drop.book], raw.name, raw.sha256)
            ledger.arrive(Arrival(drop_id, drop.force_id, drop.book, raw.name, raw.sha256, raw.size))
            named.unlink()
        for drop in shuffled:
            recipe.collate(registered(store, ledger, drop.drop_id), store, ledger)


def published(home: Home) -> dict[str, str]:
    """Return the hash of every file of every release."""
    return {
        str(path.relative_to(home.releases)): hash_of(path)
        for path in sorted(home.releases.rglob("*"))
        if path.is_file() and not path.parent.is_symlink()
    }


@pytest.mark.slow
def test_a_home_made_again_from_its_archive_publishes_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = equip(tmp_path / "first", monkeypatch)
    with threads(monkeypatch, 1):
        sent(first)
        first.publish(MONTH)
    drops = first.drops()
    wanted = published(first.home)
    assert {path.rpartition("/")[2] for path in wanted} >= {"manifest.json", "assaults.parquet"}
    assert len(drops) == 5

    again = equip(tmp_path / "again", monkeypatch)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    day = datetime(2031, 6, 1, 23, 59, tzinfo=UTC)
    with threads(monkeypatch, 4), monkeypatch.context() as moved:
        moved.setenv("TMPDIR", str(elsewhere))
        moved.setattr(tempfile, "tempdir", None)
        moved.setenv("TZ", "Asia/Tokyo")
        made_again(again, drops, first.home.archive, day)
        with Ledger.open(again.home.ledger_url, now=lambda: day) as ledger:
            publish_month(MONTH, again.store(), ledger, on=day.date())
    assert published(again.home) == wanted
