"""The store: bytes are archived first, appear whole or not at all, and no name leads out of the home."""

import errno
import os
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pipeline.home import HomeUnusable
from pipeline.store import StillGrowing, StoreFault, hash_of, safe_name, write_json
from tests.office import FORCE, Office, export


def test_a_file_is_archived_under_the_hash_of_its_bytes(office: Office) -> None:
    raw = office.store().archive(office.drop(b"some bytes"))
    assert raw.sha256 == sha256(b"some bytes").hexdigest() == hash_of(raw.path)
    assert raw.path.parent.name == raw.sha256
    assert (raw.path.read_bytes(), raw.size, raw.name) == (b"some bytes", 10, "crime_2018-07.csv")


def test_the_same_bytes_are_kept_once(office: Office) -> None:
    path = office.drop(b"some bytes")
    first = office.store().archive(path)
    before = first.path.stat().st_mtime_ns
    assert office.store().archive(path) == first
    assert first.path.stat().st_mtime_ns == before


def test_an_archived_file_cannot_be_written_to_by_its_mode(office: Office) -> None:
    assert office.store().archive(office.drop(b"some bytes")).path.stat().st_mode & 0o222 == 0


def test_an_archived_file_is_found_whatever_name_its_bytes_came_under(office: Office) -> None:
    raw = office.store().archive(office.drop(b"some bytes"))
    assert office.store().archived("another name.csv", raw.sha256) == raw.path


def test_a_file_that_shrinks_while_it_is_copied_is_not_archived(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.drop(b"some bytes")
    monkeypatch.setattr("pipeline.store.os.fsync", lambda descriptor: path.write_bytes(b""))
    with pytest.raises(StillGrowing):
        office.store().archive(path)
    assert office.at_rest() == {}
    assert office.left_over() == []


def test_a_file_left_alone_long_enough_is_taken_at_once(office: Office) -> None:
    path = office.drop(b"some bytes")
    os.utime(path, (time.time() - 60, time.time() - 60))
    began = time.perf_counter()
    office.store().archive(path, settle=30)
    assert time.perf_counter() - began < 5


def test_a_file_dated_in_the_future_is_taken_all_the_same(office: Office) -> None:
    path = office.drop(b"some bytes")
    os.utime(path, (time.time() + 9000, time.time() + 9000))
    assert office.store().archive(path, settle=0.01).size == 10


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("July 2018 (final).csv", "July 2018 _final_.csv"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "unnamed"),
        (".hidden.csv", "hidden.csv"),
        ("a\nb\x00c.csv", "a_b_c.csv"),
        ("Café.csv", "Café.csv"),
        ("", "unnamed"),
    ],
)
def test_a_name_becomes_one_part_of_a_path_and_nothing_else(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert Path("home", safe_name(name)).resolve().parent == Path("home").resolve()


def test_a_name_too_long_for_a_disk_is_cut(office: Office) -> None:
    assert len(safe_name("x" * 4000 + ".csv")) <= 255
    raw = office.store().archive(office.drop(b"some bytes", name="é" * 100 + ".csv"))
    assert raw.path.is_file()


def test_two_long_names_do_not_hide_each_others_bytes(office: Office) -> None:
    first = office.store().archive(office.drop(b"one", name="x" * 200 + "1.csv"))
    second = office.store().archive(office.drop(b"two", name="x" * 200 + "2.csv"))
    assert (first.path.read_bytes(), second.path.read_bytes()) == (b"one", b"two")


@pytest.mark.slow
def test_working_files_of_programs_are_no_drops_and_are_said(
    office: Office, collate: Callable[..., Any]
) -> None:
    working = ["~$crime_2018-07.xlsx", "Thumbs.db", "crime_2018-07.csv.part", "crime_2018-07.csv~"]
    for name in [*working, "crime_2018-07.csv"]:
        office.drop(export({}), name=name)
    assert [path.name for _, path in office.store().inbox_files()] == ["crime_2018-07.csv"]
    said = collate("receive", "--home", office.home.root).out
    for name in working:
        assert f"{FORCE}/{name} is a working file that a program left behind, so it was passed over" in said


@pytest.mark.slow
def test_a_file_name_turns_no_line_of_the_terminal_round(office: Office, collate: Callable[..., Any]) -> None:
    path = office.drop(export({}), name="crime_2018-07\u202exlsx.csv")
    said = collate("check", path, "--force", FORCE, "--book", "crime").out
    said += (
        collate("receive", "--home", office.home.root).out + collate("status", "--home", office.home.root).out
    )
    assert "\u202e" not in said
    assert r"\u202exlsx.csv" in said


def test_hidden_files_and_links_are_no_drops(office: Office, tmp_path: Path) -> None:
    folder = office.drop(b"real").parent
    (folder / ".part.csv").write_bytes(b"hidden")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "crime_2018-07.csv").write_bytes(b"hidden")
    (tmp_path / "outside.csv").write_bytes(b"outside")
    (folder / "crime_link.csv").symlink_to(tmp_path / "outside.csv")
    (office.home.inbox / "linked").symlink_to(folder)
    assert [(force, path.name) for force, path in office.store().inbox_files()] == [
        (FORCE, "crime_2018-07.csv")
    ]


def test_files_in_folders_of_a_forces_folder_are_drops(office: Office) -> None:
    office.drop(b"one", name="2018/July/crime_2018-07.csv")
    assert [(force, path.name) for force, path in office.store().inbox_files()] == [
        (FORCE, "crime_2018-07.csv")
    ]


def test_a_working_folder_is_gone_at_the_end_whatever_happens(office: Office) -> None:
    with pytest.raises(KeyError), office.store().staged() as folder:
        (folder / "half").write_text("written")
        raise KeyError
    assert office.left_over() == []


def test_a_file_takes_the_place_of_an_older_one_in_one_step(office: Office) -> None:
    store = office.store()
    target = store.records_path("accepted", FORCE, "crime", "d1")
    for content in ("first", "second"):
        with store.staged() as folder:
            (folder / "new").write_text(content)
            store.place(folder / "new", target)
        assert target.read_text() == content
    assert target == office.home.accepted / f"force_id={FORCE}" / "book=crime" / "d1.parquet"


def test_a_folder_takes_the_place_of_an_older_one_whole(office: Office) -> None:
    store = office.store()
    target = store.return_path(FORCE, "d1")
    for name in ("first.csv", "second.csv"):
        with store.staged() as folder:
            (folder / "back").mkdir()
            (folder / "back" / name).write_text(name)
            store.place(folder / "back", target)
        assert [path.name for path in target.iterdir()] == [name]
    assert office.left_over() == []


def test_latest_is_moved_in_one_step_and_names_the_release(office: Office) -> None:
    for release_id in ("2018-07-r1", "2018-08-r1"):
        (office.home.releases / release_id).mkdir()
        office.store().point_latest(release_id)
        latest = office.home.releases / "latest"
        assert (str(latest.readlink()), latest.resolve().name) == (release_id, release_id)


@pytest.mark.parametrize(
    ("number", "fault", "said"),
    [
        (errno.ENOSPC, StoreFault, "is full"),
        (errno.EDQUOT, StoreFault, "is full"),
        (errno.EROFS, HomeUnusable, "cannot be written to"),
        (errno.EACCES, HomeUnusable, "cannot be written to"),
        (errno.EIO, OSError, ""),
    ],
)
def test_a_fault_of_the_disk_is_a_sentence(
    office: Office, number: int, fault: type[Exception], said: str
) -> None:
    with pytest.raises(fault) as told, office.store().faults_told():
        raise OSError(number, os.strerror(number), "C4471.csv")
    assert said in getattr(told.value, "sentence", "")
    assert "C4471" not in getattr(told.value, "sentence", "")


def test_json_at_rest_is_the_same_for_the_same_content(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_json(tmp_path / name, {"force": "Heddlu Dyfed-Powys – Ŵyn", "rows": 3})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert "Ŵyn" in (tmp_path / "a").read_text(encoding="utf-8")
