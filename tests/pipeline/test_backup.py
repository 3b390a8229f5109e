"""A backup holds the whole home and no key, and is put back byte for byte or not at all."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline import recipe
from pipeline.care import backup as backing_up
from pipeline.care import doctor
from pipeline.care.backup import NotBackedUp, back_up, hash_of_body
from pipeline.care.health import worst
from pipeline.care.restore import NotRestored, is_place, restore
from pipeline.home import Home
from pipeline.ledger import Ledger, broken_link
from pipeline.store import hash_of
from tests.office import FORCE
from tests.pipeline.conftest import Ended
from tests.small_home import RELEASE, small_home, written

KEY = "a key that only the tests know"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_home(tmp_path_factory.mktemp("whole")).root.parent


@pytest.fixture
def home(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    shutil.copytree(whole, tmp_path / "office", symlinks=True)
    monkeypatch.setattr(doctor, "LOCKED", tmp_path / "no list")
    monkeypatch.setenv("COLLATE_PSEUDONYM_KEY", KEY)
    monkeypatch.setenv("COLLATE_FORCES", str(tmp_path / "office" / "forces"))
    monkeypatch.setenv("COLLATE_SETTLE_SECONDS", "0")
    for name in ("COLLATE_LEDGER_URL", "COLLATE_SIGNING_KEY"):
        monkeypatch.delenv(name, raising=False)
    return Home(tmp_path / "office" / "home")


@pytest.fixture(params=["tar", "folder"])
def copied(request: pytest.FixtureRequest, home: Home, tmp_path: Path) -> Path:
    """Return a backup of the home, in a file and in a folder."""
    target = tmp_path / ("backup.tar" if request.param == "tar" else "backup")
    back_up(home, target)
    return target


def files_of(root: Path) -> dict[str, tuple[str, int, int]]:
    """Return hash, mode and time of every file of a home, the ledger and the force files apart."""
    return {
        str(path.relative_to(root)): (hash_of(path), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
        if not path.name.startswith("ledger.sqlite") and path.relative_to(root).parts[0] != "forces"
    }


def tables_of(root: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(root / "ledger.sqlite")) as ledger:
        names = [name for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(ledger.execute(f'SELECT * FROM "{name}"')) for name in names}


def test_a_home_that_is_put_back_is_the_same_and_the_doctor_finds_nothing(
    home: Home, copied: Path, tmp_path: Path
) -> None:
    done = restore(copied, Home(tmp_path / "new"))
    new = done.home
    assert files_of(new.root) == files_of(home.root)
    assert (new.releases / "latest").readlink() == Path(RELEASE)
    assert [path.name for path in (new.root / "forces").iterdir()] == [f"{FORCE}.toml"]
    before, after = tables_of(home.root), tables_of(new.root)
    acts_before, acts_after = before.pop("act"), after.pop("act")
    assert (after, acts_after[:-1]) == (before, acts_before)
    with Ledger.open(new.ledger_url) as ledger:
        assert [act.did for act in ledger.acts()][-2:] == ["backed up", "restored"]
        assert broken_link(ledger.acts()) is None
    assert [check for check in done.checks if check.health != "ok" and check.about != "room"] == []
    assert not (new.root / ".restoring").exists()


def test_receive_works_on_in_a_home_that_was_put_back(
    home: Home, copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = restore(copied, Home(tmp_path / "new")).home
    monkeypatch.setattr(recipe, "index_docs", lambda home: None)
    written(new.inbox / FORCE / "holiday_rota.csv", b"Ref\n1\n")
    (new.inbox / FORCE / "crime_2018-07.csv").unlink()
    receipts = recipe.receive(new)["receipts"]
    assert [(each["state"], each["file"]) for each in receipts] == [("refused", "holiday_rota.csv")]
    with Ledger.open(new.ledger_url) as ledger:
        assert [drop.sequence for drop in ledger.drops()] == [1, 2, 3]


def members(tar: Path) -> dict[str, bytes]:
    with tarfile.open(tar) as content:
        return {each.name: content.extractfile(each).read() for each in content}  # type: ignore[union-attr]


def test_the_same_bytes_are_stored_once_and_nobody_else_may_read_them(home: Home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "backup.tar")
    held = members(tmp_path / "backup.tar")
    assert list(held)[0] == "manifest.json"
    assert len([path for path in held if path.endswith("crime_2018-07.csv")]) == 1
    assert (tmp_path / "backup.tar").stat().st_mode & 0o777 == 0o600
    back_up(home, tmp_path / "folder")
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o700


def test_no_key_is_in_a_backup_and_what_is_left_out_is_said(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(home.root / "signing_key.pem", b"-----BEGIN PRIVATE KEY-----\nx")
    written(home.root / "settings.txt", f"export KEY={KEY}".encode())
    written(home.root / ".env", b"A=1")
    written(home.root / "contacts.toml", b"[cleveland]\n")
    (home.root / "elsewhere").symlink_to("/etc")
    done = back_up(home, tmp_path / "backup.tar")
    assert sorted(done.left_out) == [".env", "elsewhere", "settings.txt", "signing_key.pem"]
    assert KEY.encode() not in (tmp_path / "backup.tar").read_bytes()
    assert members(tmp_path / "backup.tar")["home/contacts.toml"] == b"[cleveland]\n"
    assert "4" not in "".join(done.left_out)
    assert "signing_key.pem" in " ".join(done.said)


def test_a_file_that_changes_while_it_is_copied_has_the_copy_begun_anew(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = next(home.accepted.rglob("*.parquet"))
    tries: list[int] = []
    really = backing_up.described

    def described(sources: Any) -> Iterator[Any]:
        kept = list(really(sources))
        if not tries:
            place.write_bytes(b"judged again")
        tries.append(1)
        return iter(kept)

    monkeypatch.setattr(backing_up, "described", described)
    monkeypatch.setattr(backing_up.time, "sleep", lambda seconds: None)
    done = back_up(home, tmp_path / "backup.tar")
    assert len(tries) == 2
    assert members(tmp_path / "backup.tar")[f"home/{place.relative_to(home.root)}"] == b"judged again"
    assert done.lost == 1
    assert "collate doctor" in " ".join(done.said)
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_a_home_that_is_written_to_all_the_while_is_not_backed_up(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamps = iter(range(100))
    monkeypatch.setattr(backing_up, "stamp", lambda home: next(stamps))
    monkeypatch.setattr(backing_up.time, "sleep", lambda seconds: None)
    with pytest.raises(NotBackedUp, match="written to all the while"):
        back_up(home, tmp_path / "backup.tar")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["office"]


def test_a_ledger_in_use_is_copied_whole(home: Home, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home.root / "ledger.sqlite", isolation_level=None)) as busy:
        busy.execute("BEGIN")
        busy.execute("SELECT * FROM act").fetchone()
        back_up(home, tmp_path / "backup.tar")
    done = restore(tmp_path / "backup.tar", Home(tmp_path / "new"))
    assert worst(check for check in done.checks if check.about != "room") == "ok"


def test_a_disk_that_is_full_leaves_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backing_up, "put_each", full)
    with pytest.raises(NotBackedUp, match="is full"):
        back_up(home, tmp_path / "backup.tar")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["office"]


def test_a_backup_is_written_over_nothing_and_not_into_the_home(home: Home, tmp_path: Path) -> None:
    (tmp_path / "there.tar").write_bytes(b"")
    for target, said in (
        (tmp_path / "there.tar", "something at"),
        (home.root / "backup.tar", "inside the home"),
        (tmp_path / "backup.tar.gz", "as a .tar file"),
        (tmp_path / "no" / "backup.tar", "no folder"),
    ):
        with pytest.raises(NotBackedUp, match=said):
            back_up(home, target)


def test_a_ledger_in_postgresql_is_named_with_its_command_and_without_its_password(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLATE_LEDGER_URL", "postgresql+psycopg://jane:hunter2@db.example:5433/collate")
    monkeypatch.setattr(backing_up, "note", lambda home, target: True)
    said = " ".join(back_up(home, tmp_path / "backup.tar").said)
    command = (
        "pg_dump --format=custom --file=ledger.dump --host=db.example --port=5433 --username=jane collate"
    )
    assert command in said
    assert "hunter2" not in said
    assert "ledger.sqlite" not in members(tmp_path / "backup.tar")


@pytest.mark.parametrize("ending", [".parquet", "manifest.json", "forces.csv", "ledger.sqlite", ".toml"])
def test_a_byte_changed_in_a_backup_is_refused_with_the_name_of_the_file(
    copied: Path, tmp_path: Path, ending: str
) -> None:
    name = change_a_byte(copied, ending)
    with pytest.raises(NotRestored) as refused:
        restore(copied, Home(tmp_path / "new"))
    assert name in refused.value.sentence
    assert not (tmp_path / "new").exists()


def change_a_byte(copied: Path, ending: str) -> str:
    """Change one byte in the first file of such a name, and return its path in the backup."""
    if copied.is_dir():
        found = next(path for path in sorted(copied.rglob("*")) if path.name.endswith(ending))
        found.write_bytes(found.read_bytes()[:-3] + b"~" + found.read_bytes()[-2:])
        return found.relative_to(copied).as_posix()
    with tarfile.open(copied) as tar:
        member = next(each for each in tar if each.name.endswith(ending))
    with copied.open("r+b") as content:
        content.seek(member.offset_data + member.size - 3)
        content.write(b"~")
    return member.name


def test_a_backup_that_breaks_off_is_refused(home: Home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "backup.tar")
    whole = (tmp_path / "backup.tar").read_bytes()
    for length in (0, 100, 512, 5_000, len(whole) // 2, len(whole) - 10_240 - 1_024):
        (tmp_path / "short.tar").write_bytes(whole[:length])
        with pytest.raises(NotRestored):
            restore(tmp_path / "short.tar", Home(tmp_path / "new"))
        assert not (tmp_path / "new").exists()


def made(tmp_path: Path, *more: tarfile.TarInfo, **changed: object) -> Path:
    """Return a backup of one file that somebody made by hand."""
    one = {
        "path": "home/contacts.toml", "bytes": 1, "mode": 420, "modified": 0, "stored": "home/contacts.toml",
        "sha256": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    }  # fmt: skip
    one = {**one, **changed}
    if "path" in changed:
        one["stored"] = changed.get("stored", changed["path"])
    body = {"form": 1, "made_at": "", "version": "", "latest": None, "ledger": False, "files": [one]}
    raw = json.dumps({**body, "sha256": hash_of_body(body)}).encode()
    with tarfile.open(tmp_path / "made.tar", "w") as tar:
        for name, content in (("manifest.json", raw), (str(one["stored"]), b"a")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for member in more:
            tar.addfile(member)
    return tmp_path / "made.tar"


def link(kind: bytes, name: str = "home/x", target: str = "/etc/passwd") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_a_backup_made_by_hand_is_put(home: Home, tmp_path: Path) -> None:
    new = restore(made(tmp_path), Home(tmp_path / "new")).home
    assert (new.root / "contacts.toml").read_bytes() == b"a"


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/x", "home/../../x", "home//x", "x", "home", "home/.restoring/x", "home/ledger.sqlite-wal",
     "forces/../x", "home/a\0b", "home/" + "a/" * 200 + "x", "home/" + "a" * 300],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    assert not is_place(path)
    if "\0" not in path:
        with pytest.raises(NotRestored, match="in a way no backup does"):
            restore(made(tmp_path, path=path), Home(tmp_path / "new"))
    assert sorted(each.name for each in tmp_path.iterdir() if each.name != "made.tar") == []


@pytest.mark.parametrize(
    "more",
    [link(tarfile.SYMTYPE), link(tarfile.LNKTYPE, target="home/contacts.toml"), link(tarfile.FIFOTYPE),
     link(tarfile.CHRTYPE), link(tarfile.DIRTYPE), tarfile.TarInfo("home/more"), tarfile.TarInfo("../more"),
     tarfile.TarInfo("home/contacts.toml")],
    ids=["symlink", "hard link", "pipe", "device", "folder", "not listed", "outside", "twice"],
)  # fmt: skip
def test_links_devices_and_files_that_are_not_listed_are_refused(
    tmp_path: Path, more: tarfile.TarInfo
) -> None:
    with pytest.raises(NotRestored, match="Nothing was put"):
        restore(made(tmp_path, more), Home(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"bytes": 1 << 60}, "GiB"), ({"bytes": 2}, "not the file"), ({"bytes": -1}, "no backup does"),
     ({"bytes": "1"}, "no backup does"), ({"stored": "home/other"}, "no backup does"), ({"mode": 1 << 40}, "no backup"),
     ({"sha256": None}, "no backup does"), ({"more": 1}, "no backup does")],
)  # fmt: skip
def test_a_manifest_that_lies_is_refused(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    with pytest.raises(NotRestored, match=said):
        restore(made(tmp_path, **changed), Home(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_compressed_file_or_another_is_no_backup(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("manifest.json"))
    (tmp_path / "letter.tar").write_bytes(b"Dear force, " * 100)
    for name in ("bomb.tar.gz", "letter.tar", "nowhere.tar"):
        with pytest.raises(NotRestored):
            restore(tmp_path / name, Home(tmp_path / "new"))


def test_a_link_in_a_folder_is_refused(home: Home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "backup")
    (tmp_path / "backup" / "home" / "more").symlink_to("/etc")
    with pytest.raises(NotRestored, match="home/more"):
        restore(tmp_path / "backup", Home(tmp_path / "new"))


def test_a_home_that_is_not_empty_is_left_as_it_is(home: Home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "backup.tar")
    before = files_of(home.root)
    with pytest.raises(NotRestored, match="not empty"):
        restore(tmp_path / "backup.tar", home)
    assert files_of(home.root) == before


def test_another_ledger_in_the_environment_is_not_taken_for_the_restored_one(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(home, tmp_path / "backup.tar")
    other = tmp_path / "other.sqlite"
    monkeypatch.setenv("COLLATE_LEDGER_URL", f"sqlite:///{other}")
    done = restore(tmp_path / "backup.tar", Home(tmp_path / "new"))
    assert "COLLATE_LEDGER_URL names another ledger" in " ".join(done.said)
    assert worst(done.checks) == "look"
    assert not other.exists()


@pytest.mark.slow
def test_backup_and_restore_on_the_command_line(
    home: Home, collate: Callable[..., Ended], tmp_path: Path
) -> None:
    ended = collate("backup", "--home", home.root, "--to", tmp_path / "backup.tar", "--json")
    told = json.loads(ended.out)
    assert (ended.code, told["lost"], told["left_out"]) == (0, 0, [])
    ended = collate("restore", "--from", tmp_path / "backup.tar", "--home", tmp_path / "new")
    assert (ended.code, ended.err) in ((0, ""), (1, ""))
    assert "each with the hash it was backed up with" in ended.out
    again = collate("restore", "--from", tmp_path / "backup.tar", "--home", tmp_path / "new")
    assert (again.code, again.out) == (2, "")
    assert "is not empty" in again.err
