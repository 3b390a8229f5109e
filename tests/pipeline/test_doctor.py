"""`collate doctor` finds what is broken in a home, says where and what to do, and changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.care import doctor
from pipeline.care.doctor import examine, pinned
from pipeline.care.health import Check, worst
from pipeline.home import Home
from pipeline.ledger import Act, Arrival, Ledger
from pipeline.store import hash_of
from tests.office import FORCE, Office, export
from tests.pipeline.conftest import Ended
from tests.small_home import DROP, RELEASE, small_home, written


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_home(tmp_path_factory.mktemp("whole")).root.parent


@pytest.fixture
def home(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home in which nothing is wrong, with settings in which nothing is."""
    shutil.copytree(whole, tmp_path / "office", symlinks=True)
    locked = tmp_path / "requirements.txt"
    locked.write_text(f"pytest=={metadata.version('pytest')} \\\n    --hash=sha256:00\n", encoding="utf-8")
    monkeypatch.setattr(doctor, "LOCKED", locked)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda place: SimpleNamespace(free=1 << 40))
    monkeypatch.setenv("COLLATE_PSEUDONYM_KEY", "a key that only the tests know")
    monkeypatch.setenv("COLLATE_FORCES", str(tmp_path / "office" / "forces"))
    for name in ("COLLATE_LEDGER_URL", "COLLATE_SIGNING_KEY"):
        monkeypatch.delenv(name, raising=False)
    return Home(tmp_path / "office" / "home")


def faults(checks: list[Check]) -> list[Check]:
    return [check for check in checks if check.health != "ok"]


def bytes_of(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): hash_of(path) for path in root.rglob("*") if path.is_file()}


def altered(home: Home, *statements: str) -> None:
    """Change the ledger behind the program's back."""
    with closing(sqlite3.connect(home.root / "ledger.sqlite")) as ledger:
        ledger.executescript(";".join(statements))


def over(path: Path, content: bytes) -> None:
    """Write over a file that is protected."""
    path.chmod(0o644)
    path.write_bytes(content)


def raw_of(home: Home) -> Path:
    return next(path for path in home.archive.rglob("crime_2018-07.csv"))


def test_nothing_is_found_in_a_whole_home_and_nothing_is_changed(home: Home) -> None:
    before = bytes_of(home.root)
    assert faults(examine(home)) == []
    assert bytes_of(home.root) == before


def arrive_unlogged(home: Home) -> None:
    with Ledger.open(home.ledger_url) as ledger:
        ledger.arrive(Arrival("e" * 16, FORCE, "crime", "crime_2018-07.csv", hash_of(raw_of(home)), 12))
    altered(home, "DROP TRIGGER act_no_delete", "DELETE FROM act WHERE sequence = 6", TRIGGER)


TRIGGER = "CREATE TRIGGER act_no_delete BEFORE DELETE ON act BEGIN SELECT RAISE(ABORT, 'never'); END"


def act_changed(home: Home) -> None:
    again = "CREATE TRIGGER act_no_update BEFORE UPDATE ON act BEGIN SELECT RAISE(ABORT, 'never'); END"
    altered(home, "DROP TRIGGER act_no_update", "UPDATE act SET who = 'nobody' WHERE sequence = 3", again)


def age(path: Path) -> None:
    written(path, b"")
    os.utime(path, (1, 1))


def mixed(home: Home) -> None:
    ledger = home.root / "ledger.sqlite"
    ledger.write_bytes(ledger.read_bytes()[:8192] + b"\0" * 8192 + ledger.read_bytes()[16384:])


Break = Callable[[Home], object]

FAULTS: dict[str, tuple[Break, str, str, str]] = {
    "a folder is gone": (lambda home: home.held.rmdir(), "home", "broken", "held is missing"),
    "a file is in the place of a folder": (
        lambda home: (home.staging.rmdir(), home.staging.write_bytes(b"")), "home", "look", "is no folder",
    ),
    "everybody may write": (lambda home: home.inbox.chmod(0o777), "home", "look", "Everybody on this machine"),
    "a killed run left something": (
        lambda home: age(home.staging / "tmp1"), "staging", "look", "1 things in",
    ),
    "the ledger is gone": (
        lambda home: (home.root / "ledger.sqlite").unlink(), "ledger", "broken", "There is no ledger at",
    ),
    "the ledger is another file": (
        lambda home: written(home.root / "ledger.sqlite", b"no database" * 900), "ledger", "broken", "is no ledger",
    ),
    "the ledger is empty": (
        lambda home: written(home.root / "ledger.sqlite", b""), "ledger", "broken", "holds no ledger",
    ),
    "pages of the ledger are lost": (mixed, "ledger", "broken", "damaged"),
    "the ledger is of a later version": (
        lambda home: altered(home, "UPDATE ledger_version SET version_num = '9999'"),
        "ledger", "broken", "later version of this program (schema 9999)",
    ),
    "a drop is of no force the ledger can have": (
        lambda home: altered(home, f"DELETE FROM \"drop\" WHERE drop_id = '{DROP}'"), "ledger", "broken", "faults",
    ),
    "a table is gone": (lambda home: altered(home, "DROP TABLE answer"), "ledger", "broken", "lost tables: answer"),
    "acts may be changed": (
        lambda home: altered(home, "DROP TRIGGER act_no_update"), "ledger", "broken", "keeps acts in the log",
    ),
    "a raw file is gone": (
        lambda home: raw_of(home).unlink(), "archive", "broken", f"lost the raw files of 1 drops: {DROP}",
    ),
    "a raw file is changed": (
        lambda home: over(raw_of(home), b"Ref\n1001/19\n"), "archive", "broken", "not as they came",
    ),
    "a raw file is of no drop": (
        lambda home: written(home.archive / "ab" / ("ab" * 32) / "a.csv", b"a"), "archive", "look", "1 files that no drop",
    ),
    "something else is in the archive": (
        lambda home: written(home.archive / "notes.txt", b""), "archive", "look", "notes.txt",
    ),
    "records are gone": (
        lambda home: next(home.accepted.rglob("*.parquet")).unlink(), "records", "broken", f"accepted/force_id={FORCE}",
    ),
    "records are changed": (
        lambda home: next(home.accepted.rglob("*.parquet")).write_bytes(b"others"), "records", "broken", "not those",
    ),
    "figures are changed": (
        lambda home: next(home.workforce.glob("*")).write_bytes(b"others"), "records", "broken", "workforce/",
    ),
    "records are of no drop": (
        lambda home: written(home.held / f"force_id={FORCE}" / "book=crime" / "x.parquet", b""),
        "records", "look", "x.parquet",
    ),
    "a receipt is gone": (
        lambda home: (home.returns / FORCE / DROP / "receipt.json").unlink(), "returns", "look", DROP,
    ),
    "a release is gone": (
        lambda home: shutil.rmtree(home.releases / RELEASE), "releases", "broken", "Its folder is missing",
    ),
    "a file of a release is changed": (
        lambda home: over(home.releases / RELEASE / "national" / "forces.csv", b"force,assaultz\n"),
        "releases", "broken", "national/forces.csv is not the file",
    ),
    "the manifest of a release is changed": (
        lambda home: over(
            home.releases / RELEASE / "manifest.json", (home.releases / RELEASE / "manifest.json").read_bytes() + b" "
        ),
        "releases", "broken", "not the one the ledger knows",
    ),
    "a release is not in the ledger": (
        lambda home: (home.releases / "2018-08-r1").mkdir(), "releases", "look", "2018-08-r1",
    ),
    "latest names another": (
        lambda home: ((home.releases / "latest").unlink(), (home.releases / "latest").symlink_to("x")),
        "releases", "look", f"newest release, {RELEASE}",
    ),
    "an act is changed": (act_changed, "acts", "broken", "Act 3 of the log"),
    "the last act is taken out": (arrive_unlogged, "acts", "broken", "eeeeeeeeeeeeeeee"),
    "the counts of a drop are changed": (
        lambda home: altered(home, f"UPDATE \"drop\" SET rows = 2, accepted = 2 WHERE drop_id = '{DROP}'"),
        "acts", "broken", f"otherwise than the log: {DROP}",
    ),
    "a release is called otherwise": (
        lambda home: altered(home, "UPDATE release_mark SET mark = 'revised'"), "acts", "broken", RELEASE,
    ),
    "a release was made by a later version": (
        lambda home: altered(home, "UPDATE release SET code_version = '99.1'"), "versions", "look", "99.1",
    ),
    "a force's file is wrong": (
        lambda home: (home.root.parent / "forces" / "x.toml").write_text("name = 1"), "settings", "broken", "x.toml",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.replace(" ", "_"))
def test_a_home_that_is_broken_is_found_and_said_what_to_do(home: Home, fault: str) -> None:
    break_it, about, health, said = FAULTS[fault]
    break_it(home)
    found = faults(examine(home))
    (named, *_) = [check for check in found if check.about == about and said in check.said] or [None]
    assert named, found
    assert (named.health, bool(named.do)) == (health, True)
    for check in found:
        assert check.said.endswith("."), check
        assert "Traceback" not in check.said
        assert "None" not in check.said


def test_hashes_are_left_out_where_it_is_to_be_quick(home: Home) -> None:
    over(raw_of(home), b"Ref\n1001/19\n")
    next(home.accepted.rglob("*.parquet")).write_bytes(b"others")
    assert faults(examine(home, quick=True)) == []
    assert {check.about for check in faults(examine(home))} == {"archive", "records"}


@pytest.mark.parametrize(("key", "said"), [("", "No key"), ("short secret", "too short")])
def test_a_key_that_is_not_set_or_too_short_is_found_and_never_shown(
    home: Home, monkeypatch: pytest.MonkeyPatch, key: str, said: str
) -> None:
    monkeypatch.setenv("COLLATE_PSEUDONYM_KEY", key)
    (check,) = faults(examine(home))
    assert (check.about, check.health) == ("settings", "broken")
    assert said in check.said
    assert not key or key not in f"{check.said} {check.do}"


def test_a_signing_key_that_cannot_be_used_is_found(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLATE_SIGNING_KEY", "/nowhere/signing_key.pem")
    (check,) = faults(examine(home))
    assert (check.about, check.health) == ("settings", "broken")


def test_a_clock_behind_the_log_is_found(home: Home) -> None:
    from datetime import UTC, datetime

    ahead = Ledger.open(home.ledger_url, now=lambda: datetime(2199, 1, 1, tzinfo=UTC))
    with ahead as ledger:
        ledger.record(Act(did="chased", subject="x"))
    (check,) = faults(examine(home))
    assert (check.about, check.health) == ("clock", "look")
    assert "2199-01-01 00:00:00 UTC" in check.said


def test_a_disk_without_room_is_found(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, health in ((1 << 30, "look"), (1 << 20, "broken")):
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda place, free=free: SimpleNamespace(free=free))
        (check,) = faults(examine(home))
        assert (check.about, check.health) == ("room", health)


def test_libraries_other_than_the_locked_ones_are_named(tmp_path: Path) -> None:
    locked = tmp_path / "requirements.txt"
    locked.write_text(
        "pytest==0.1 \\\n    --hash=sha256:00\nno-such-thing==1\ncolorama==1 ; sys_platform == 'x'\n"
    )
    (check,) = doctor.versions(locked)
    assert check.health == "look"
    assert f"pytest is {metadata.version('pytest')}, not 0.1" in check.said
    assert "no-such-thing is not installed" in check.said
    assert "colorama" not in check.said


def test_the_lock_file_itself_can_be_read() -> None:
    names = {name for name, _ in pinned(doctor.LOCKED.read_text(encoding="utf-8"))}
    assert {"duckdb", "sqlalchemy", "apache-airflow"} <= names


def test_where_there_is_no_home_that_is_said(collate: Callable[..., Ended], tmp_path: Path) -> None:
    ended = collate("doctor", "--home", tmp_path / "nowhere")
    assert (ended.code, ended.out) == (2, "")
    assert "There is no home at" in ended.err


def test_the_exit_code_is_that_of_the_worst(home: Home, collate: Callable[..., Ended]) -> None:
    assert collate("doctor", "--home", home.root).code == 0
    (home.releases / "2018-08-r1").mkdir()
    assert collate("doctor", "--home", home.root, "--quick").code == 1
    raw_of(home).unlink()
    ended = collate("doctor", "--home", home.root, "--json")
    told = json.loads(ended.out)
    assert (ended.code, told["health"]) == (2, "broken")
    assert {check["about"] for check in told["checks"] if check["health"] == "broken"} == {"archive"}


def test_the_log_is_shown_by_drop_and_by_deed(home: Home, collate: Callable[..., Ended]) -> None:
    every = collate("acts", "--home", home.root, "--verify")
    assert every.code == 0
    assert "Each of the 5 acts" in every.out
    assert [
        line.split("  ")[-1]
        for line in collate("acts", "--home", home.root, "--did", "published").out.splitlines()
    ]
    told = json.loads(collate("acts", "--home", home.root, "--drop", DROP, "--json").out)
    assert [(act["did"], act["force_id"]) for act in told["acts"]] == [("received", FORCE), ("judged", FORCE)]
    assert "No such act" in collate("acts", "--home", home.root, "--force", "nobody").out


def test_a_log_that_was_changed_is_not_verified(home: Home, collate: Callable[..., Ended]) -> None:
    act_changed(home)
    ended = collate("acts", "--home", home.root, "--verify", "--drop", DROP)
    assert ended.code == 2
    assert "Act 3 of the log is not as it was written" in ended.out


@pytest.mark.slow
def test_nothing_is_found_in_a_home_that_was_worked_in(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "LOCKED", tmp_path / "no list")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda place: SimpleNamespace(free=1 << 40))
    office.receipt(export({}, {"Date": "32/07/2018"}, {"Injury": "Purple"}))
    office.publish()
    office.receipt(export({"Injury": "Slight"}), name="crime_2018-07_again.csv")
    office.receipt(export(), name="crime_2018-08_nil.csv")
    office.receipt(b"", name="crime_2018-09.csv")
    office.publish()
    assert faults(examine(office.home)) == []


def test_the_worst_of_nothing_is_ok() -> None:
    assert worst([]) == "ok"
    assert sys.version_info >= doctor.OLDEST_PYTHON
