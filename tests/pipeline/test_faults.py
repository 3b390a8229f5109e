"""What bad input and bad luck get: a plain sentence, and nothing lost."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import findings, recipe, release, store
from pipeline.engine import Engine
from pipeline.home import Home, HomeUnusable
from pipeline.judgement import Judgement
from pipeline.ledger import DoesNotBalance, Ledger, LedgerUnavailable
from pipeline.records import RowGroups
from pipeline.store import Store, StoreFault
from tests.office import FORCE, OTHER_FORCE, Office, balanced, equip, export, found, hash_of

ROOT = Path(__file__).resolve().parent.parent.parent


def kept_raw(office: Office, path: Path) -> bool:
    """Return whether the bytes of a file in the inbox are in the archive."""
    return hash_of(path) in {hash_of(raw) for raw in office.home.archive.rglob("*") if raw.is_file()}


def refused(office: Office, content: str | bytes, name: str = "crime_2018-07.csv", force: str = FORCE) -> str:
    """Return the sentence a file is refused with, once it is seen to be archived, in the ledger and returned."""
    path = office.drop(content, name, force)
    (receipt,) = office.receive()
    assert receipt["state"] == "refused"
    assert (receipt["accepted"], receipt["held"], receipt["records"]) == (0, 0, 0)
    assert kept_raw(office, path)
    (drop,) = office.drops()
    assert (drop.state, drop.sentence) == ("refused", receipt["refused"])
    assert office.store().return_path(force, drop.drop_id).joinpath("receipt.json").is_file()
    assert office.records() == []
    return plain(receipt["refused"])


def plain(sentence: str) -> str:
    """Return a sentence once it is seen to be one a person can read."""
    assert sentence.endswith((".", "?"))
    assert not re.search(r"Traceback|Error\b|Exception|errno|0x[0-9a-f]+|None\b|<[a-z]", sentence), sentence
    return sentence


# Files that cannot be used


def test_a_folder_of_no_known_force_is_refused_and_the_nearest_force_is_named(office: Office) -> None:
    said = refused(office, export({}), force="north_yorksire")
    assert 'no force called "north_yorksire"' in said
    assert 'Did you mean "north_yorkshire"?' in said


def test_a_force_we_have_no_file_for_is_told_so(office: Office) -> None:
    said = refused(office, export({}), force="west_mercia")
    assert "West Mercia" in said
    assert "west_mercia.toml" in said


def test_a_file_name_that_fits_no_book_is_refused_with_the_names_expected(office: Office) -> None:
    said = refused(office, export({}), name="holiday_rota.csv")
    assert "crime_*.csv" in said


def test_an_empty_file_is_refused(office: Office) -> None:
    assert "empty" in refused(office, b"")


@pytest.mark.parametrize("blank", [b"\n", b"\r\n\r\n   \r\n", b"\xef\xbb\xbf"], ids=["line", "lines", "mark"])
def test_a_file_of_nothing_but_blank_lines_is_refused(office: Office, blank: bytes) -> None:
    refused(office, blank)


def test_a_header_without_rows_is_refused_and_the_nil_return_is_explained(office: Office) -> None:
    said = refused(office, export())
    assert "no rows" in said
    assert "nil" in said


def test_a_header_without_rows_in_a_file_called_nil_is_a_nil_return(office: Office) -> None:
    receipt = office.receipt(export(), name="crime_2018-07_nil.csv")
    assert (receipt["state"], receipt["period"]) == ("nil", "2018-07-01 to 2018-07-31")


def test_a_nil_return_that_does_not_say_for_when_is_refused(office: Office) -> None:
    assert "period" in refused(office, export(), name="crime_nil.csv")


@pytest.mark.slow
def test_a_second_nil_return_of_the_same_bytes_is_the_nil_return_of_its_own_month(office: Office) -> None:
    office.receipt(export(), name="crime_2018-07_nil.csv")
    office.receipt(export(), name="crime_2018-08_nil.csv")
    periods = {(str(drop.period_from), str(drop.period_to)) for drop in office.drops() if drop.state == "nil"}
    assert periods == {("2018-07-01", "2018-07-31"), ("2018-08-01", "2018-08-31")}


def test_a_missing_required_column_is_refused_and_the_nearest_column_is_named(office: Office) -> None:
    said = refused(office, export({}).replace("Ref,", "Reff,", 1))
    assert '"Ref"' in said
    assert '"Reff"' in said


@pytest.mark.parametrize("now", ["REF", "Ref No", "Reference number"])
def test_the_nearest_column_is_named_whatever_its_case_and_ending(office: Office, now: str) -> None:
    assert f'"Ref" for the reference (the nearest in the file is "{now}")' in refused(
        office, export({}).replace("Ref,", f"{now},", 1)
    )


@pytest.mark.slow
def test_a_missing_optional_column_is_told_and_the_rows_go_on(office: Office) -> None:
    receipt = office.receipt(export({}, {}).replace("Injury,", "Injry,", 1))
    assert (receipt["accepted"], receipt["held"]) == (2, 0)
    assert receipt["absent_columns"] == ["Injury"]
    assert receipt["unexpected_columns"] == ["Injry"]


def test_a_crime_book_with_neither_offence_column_is_refused(office: Office) -> None:
    said = refused(office, export({}).replace("Code,Offence", "Kode,Offending", 1))
    assert '"Code"' in said
    assert '"Offence"' in said


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\x02\x03" * 200,
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + bytes(range(256)),
        b"PK\x03\x04" + bytes(300),
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
        export({}).encode()[:80] + b"\x00\x00\x00" + export({}).encode()[80:],
    ],
    ids=["noughts", "pdf", "half a zip", "picture", "noughts inside"],
)
def test_bytes_that_are_no_table_are_refused(office: Office, content: bytes) -> None:
    refused(office, content)


def test_a_workbook_cut_short_is_refused(office: Office) -> None:
    whole = (ROOT / "samples" / "inbox" / "psni" / "PSNI assaults 2018 Q3.xlsx").read_bytes()
    refused(office, whole[: len(whole) // 2])


@pytest.mark.slow
def test_one_bad_line_is_refused_with_its_number_and_the_others_go_on(office: Office) -> None:
    lines = export({}, {}, {}).splitlines()
    lines[2] += ",one,too,many"
    receipt = office.receipt("\n".join(lines) + "\n")
    assert (receipt["accepted"], receipt["refused_lines"]) == (2, 1)
    assert found(receipt) == [(3, "line", "line.refused", "error")]
    assert balanced(receipt)


@pytest.mark.slow
def test_bytes_of_no_encoding_we_know_spoil_no_other_row(office: Office) -> None:
    content = export({"Station": "SELBY"}, {}).encode().replace(b"SELBY", b"S\x81LBY")
    receipt = office.receipt(content)
    if receipt["state"] == "refused":
        plain(receipt["refused"])
    else:
        assert balanced(receipt)
        assert receipt["accepted"] >= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["crime_2018-13.csv", "crime_0000-00.csv", "crime_9999-12.csv"])
def test_a_file_named_for_a_month_there_is_not_holds_up_no_other_force(office: Office, name: str) -> None:
    bad = office.drop(export({}, force="Cleveland"), name=name, force=OTHER_FORCE)
    office.drop(export({}))
    receipts = {receipt["force_id"]: receipt for receipt in office.receive()}
    assert receipts[FORCE]["accepted"] == 1
    assert kept_raw(office, bad)
    assert receipts[OTHER_FORCE]["state"] == "refused" or receipts[OTHER_FORCE]["rows"] == 1


# Rows that cannot be used


@pytest.mark.slow
def test_rows_of_another_force_are_held_and_the_forces_own_are_accepted(office: Office) -> None:
    receipt = office.receipt(export({}, {"Force": "Cleveland"}, {"Force": ""}, {}))
    assert (receipt["accepted"], receipt["held"]) == (2, 2)
    assert found(receipt) == [
        (3, "force_id", "force_id.another_force", "error"),
        (4, "force_id", "force_id.another_force", "error"),
    ]


@pytest.mark.slow
def test_a_whole_file_of_another_force_is_held_and_gives_no_figure(office: Office) -> None:
    office.drop(export({}, {}, force="Cleveland"))
    office.receive()
    assert office.records() == []
    assert [record["force_id"] for record in office.records("held")] == [FORCE, FORCE]


@pytest.mark.slow
def test_a_date_in_the_future_holds_the_row(office: Office) -> None:
    receipt = office.receipt(export({}, {"Date": "03/07/2108", "Recorded": "04/07/2108"}))
    assert (receipt["accepted"], receipt["held"]) == (1, 1)
    assert (3, "occurred_on", "occurred_on.in_future", "error") in found(receipt)


@pytest.mark.slow
def test_a_date_that_does_not_exist_holds_the_row(office: Office) -> None:
    receipt = office.receipt(export({"Date": "31/02/2018"}))
    assert (2, "occurred_on", "occurred_on.unexplained", "error") in found(receipt)
    assert receipt["held"] == 1


@pytest.mark.slow
def test_an_unknown_offence_code_without_a_title_holds_the_row(office: Office) -> None:
    receipt = office.receipt(export({}, {"Code": "999/99", "Offence": ""}))
    assert (receipt["accepted"], receipt["held"]) == (1, 1)
    assert {row for row, _, _, severity in found(receipt) if severity == "error"} == {3}


@pytest.mark.slow
def test_a_row_without_an_offence_is_held(office: Office) -> None:
    receipt = office.receipt(export({}, {"Code": "N/K", "Offence": " "}))
    assert found(receipt)[0] == (3, "offence", "offence.required", "error")
    assert receipt["held"] == 1


@pytest.mark.slow
def test_an_unknown_word_in_an_optional_field_is_a_query_and_the_value_is_missing(office: Office) -> None:
    receipt = office.receipt(export({"Injury": "Ouch"}))
    assert (receipt["accepted"], receipt["held"]) == (1, 0)
    assert found(receipt) == [(2, "injury", "injury.unexplained", "query")]
    assert receipt["findings"][0]["value"] == "Ouch"
    assert office.records()[0]["injury"] is None


@pytest.mark.slow
def test_a_word_for_missing_is_no_finding(office: Office) -> None:
    receipt = office.receipt(export({"Injury": " n/k "}))
    assert found(receipt) == []
    assert office.records()[0]["injury"] is None


@pytest.mark.slow
def test_a_duplicate_row_is_counted_once_with_a_note(office: Office) -> None:
    receipt = office.receipt(export({}, {"Ref": "1001/18"}))
    assert (receipt["accepted"], receipt["duplicates"], receipt["held"]) == (1, 1, 0)
    assert found(receipt) == [(3, "row", "row.duplicate", "note")]
    assert [record["row_number"] for record in office.records()] == [2]


@pytest.mark.slow
def test_rows_of_one_reference_that_differ_are_all_held(office: Office) -> None:
    receipt = office.receipt(export({}, {"Ref": "1001/18", "Station": "Elsewhere"}, {}))
    assert found(receipt) == [
        (2, "source_record_id", "source_record_id.repeated", "error"),
        (3, "source_record_id", "source_record_id.repeated", "error"),
    ]
    assert [record["row_number"] for record in office.records()] == [4]


# A file still being written


@pytest.mark.slow
def test_a_file_that_grows_while_it_is_copied_waits_for_the_next_run(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.drop(export({}))
    real = os.fsync

    def grow(descriptor: int) -> None:
        with path.open("a") as writing:
            writing.write(export({}, {}).splitlines()[2] + "\n")
        real(descriptor)

    with monkeypatch.context() as growing:
        growing.setattr(store.os, "fsync", grow)
        received = recipe.receive(office.home)
    assert received["receipts"] == []
    assert received["growing"] == [f"{FORCE}/crime_2018-07.csv"]
    assert office.at_rest() == {}
    assert office.left_over() == []
    (receipt,) = office.receive()
    assert (receipt["rows"], receipt["accepted"]) == (2, 2)


def test_a_file_somebody_is_still_writing_to_waits_for_the_next_run(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLATE_SETTLE_SECONDS", "0.4")
    path = office.drop(export({}))
    enough = threading.Event()

    def write_on() -> None:
        while not enough.wait(0.05):
            with path.open("a") as writing:
                writing.write(" ")

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        received = recipe.receive(office.home)
    finally:
        enough.set()
        writer.join()
    assert (received["receipts"], len(received["growing"])) == ([], 1)
    assert office.drops() == []


def test_a_file_still_growing_holds_up_no_other_force(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLATE_SETTLE_SECONDS", "60")
    early = office.drop(export({}, force="Cleveland"), force=OTHER_FORCE)
    office.drop(export({}))
    monkeypatch.setattr(store.time, "sleep", lambda seconds: early.open("a").write("x"))
    received = recipe.receive(office.home)
    assert received["growing"] == [f"{OTHER_FORCE}/crime_2018-07.csv"]
    assert [receipt["force_id"] for receipt in received["receipts"]] == [FORCE]


# A home that cannot be written to, a full disk, a locked ledger


def test_a_home_inside_a_file_cannot_be_used_and_says_so(
    office: Office, tmp_path: Path, collate: Callable[..., Any]
) -> None:
    (tmp_path / "a file").write_text("not a folder")
    for command in (
        ["receive"],
        ["release", "--month", "2018-07"],
        ["run", "--month", "2018-07"],
    ):
        ended = collate(*command, "--home", tmp_path / "a file" / "home")
        assert (ended.code, ended.out) == (3, "")
        assert "cannot be written to" in plain(ended.err.strip())


@pytest.mark.slow
def test_a_read_only_home_is_said_before_anything_is_touched(
    office: Office, monkeypatch: pytest.MonkeyPatch, collate: Callable[..., Any]
) -> None:
    office.drop(export({}))

    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as mounted:
        mounted.setattr(Path, "write_bytes", read_only)
        ended = collate("receive")
    assert ended.code == 3
    assert "cannot be written to (Read-only file system)" in plain(ended.err.strip())
    assert "--home" in ended.err
    assert office.at_rest() == {}
    assert [receipt["accepted"] for receipt in office.receive()] == [1]


def test_an_archive_that_becomes_read_only_is_said_and_loses_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.drop(export({}))

    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as mounted:
        mounted.setattr(store.tempfile, "NamedTemporaryFile", read_only)
        with pytest.raises(HomeUnusable) as said:
            office.receive()
    plain(said.value.sentence)
    assert path.exists()
    assert [receipt["accepted"] for receipt in office.receive()] == [1]


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def at_call(real: Callable[..., Any], times: int, fault: Callable[..., None] = full) -> Callable[..., Any]:
    """Return a function that works but for its nth call, which meets a fault."""
    calls = iter(range(1, 1_000_000))

    def called(*words: Any, **named: Any) -> Any:
        if next(calls) == times:
            fault()
        return real(*words, **named)

    return called


MIXED = export({}, {"Injury": "Ouch"}, {"Date": "31/02/2018"})

WRITE_POINTS = [
    ("the archive", store.os, "fsync", 1),
    ("the flagged records", RowGroups, "_write_group", 1),
    ("the accepted records", RowGroups, "_write_group", 2),
    ("the findings in order", Engine, "lay_down", 1),
    ("the findings", Engine, "write_csv", 1),
    ("the held records", RowGroups, "_write_group", 3),
    ("the receipt", recipe, "write_json", 1),
    ("the place of the records", store.os, "fsync", 2),
    ("the place of the return", store.os, "fsync", 4),
]


# held back from the fast tests: they differ from the others in the file alone
SLOW_POINTS = ("the findings", "the held records", "the place of the records")


@pytest.mark.parametrize(
    ("owner", "name", "times"),
    [
        pytest.param(*point, id=place, marks=[pytest.mark.slow] if place in SLOW_POINTS else [])
        for place, *point in WRITE_POINTS
    ],
)
def test_a_disk_that_fills_up_is_said_and_the_next_run_makes_it_good(
    office: Office, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, times: int
) -> None:
    path = office.drop(MIXED)
    with monkeypatch.context() as filling:
        filling.setattr(owner, name, at_call(getattr(owner, name), times))
        with pytest.raises(StoreFault) as said:
            office.receive()
    assert "full" in plain(said.value.sentence)
    assert path.exists()
    assert [drop.state for drop in office.drops()] in ([], ["arrived"])
    assert office.left_over() == []
    (receipt,) = office.receive()
    assert (receipt["accepted"], receipt["held"]) == (2, 1)
    assert [record["row_number"] for record in office.records()] == [2, 3]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of half a megabyte, where this account may make one."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this account may not mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="a small disk is a Linux tmpfs")
@pytest.mark.parametrize(
    "left", [1, 60, pytest.param(20, marks=pytest.mark.slow), pytest.param(180, marks=pytest.mark.slow)]
)
def test_a_disk_that_is_really_full_ends_in_a_sentence_and_nothing_is_lost(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collate: Callable[..., Any], left: int
) -> None:
    equip(tmp_path / "office", monkeypatch)
    office = Office(Home.at(small_disk / "home"), tmp_path / "office" / "forces")
    office.home.prepare()
    monkeypatch.setenv("COLLATE_HOME", str(office.home.root))
    rows = [{"Injury": "Ouch", "Station": f"Station {number * 7919}"} for number in range(600)]
    content = export(*rows)
    path = office.drop(content)
    room = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    filler = small_disk / "filler"
    filler.write_bytes(bytes(max(0, room - left * 1024)))
    ended = collate("receive")
    assert ended.code == 3, ended
    assert re.search("full|no room|Check the disk", plain(ended.err.strip()))
    assert path.read_text() == content
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    (receipt,) = office.receive()
    assert receipt["accepted"] == 600
    assert len(office.records()) == 600


@pytest.mark.slow
def test_a_ledger_another_run_has_locked_is_waited_for_and_then_said(
    office: Office, monkeypatch: pytest.MonkeyPatch, collate: Callable[..., Any]
) -> None:
    office.receipt(export({}))
    office.drop(export({}, {}), name="crime_2018-08.csv")
    opened = Ledger.open.__func__
    monkeypatch.setattr(Ledger, "open", classmethod(lambda cls, url: opened(cls, url, timeout=0.3)))
    holder = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sqlite3, sys; held = sqlite3.connect(sys.argv[1], isolation_level=None);"
            "held.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()",
            str(office.home.root / "ledger.sqlite"),
        ],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        before = office.at_rest()
        ended = collate("receive")
    finally:
        holder.communicate("")
    assert ended.code == 3
    assert "in use by another run" in plain(ended.err.strip())
    assert {path: digest for path, digest in office.at_rest().items() if not path.startswith("archive")} == {
        path: digest for path, digest in before.items() if not path.startswith("archive")
    }
    assert [receipt["file"] for receipt in office.receive()] == ["crime_2018-08.csv"]


def test_a_ledger_that_is_no_ledger_is_said(office: Office, collate: Callable[..., Any]) -> None:
    (office.home.root / "ledger.sqlite").write_bytes(
        b"this was never a database, only a file of that name" * 40
    )
    office.drop(export({}))
    ended = collate("receive")
    assert ended.code == 3
    assert "damaged, or is not a ledger" in plain(ended.err.strip())


# Faults of our own


@pytest.mark.slow
def test_sums_that_do_not_balance_stop_the_drop_and_nothing_of_it_is_settled(
    office: Office, monkeypatch: pytest.MonkeyPatch, collate: Callable[..., Any]
) -> None:
    office.drop(export({}, {}))
    judged = recipe.judge

    def lossy(*words: Any) -> Judgement:
        judgement = judged(*words)
        return replace(judgement, sums=replace(judgement.sums, accepted=judgement.sums.accepted - 1))

    with monkeypatch.context() as losing:
        losing.setattr(recipe, "judge", lossy)
        ended = collate("receive")
    assert ended.code == 3
    assert "does not balance" in plain(ended.err.strip())
    assert [drop.state for drop in office.drops()] == ["arrived"]
    assert [receipt["accepted"] for receipt in office.receive()] == [2]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["accepted", "held"])
def test_records_lost_between_counting_and_writing_stop_the_drop(
    office: Office, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    office.drop(export({}, {}, {"Date": "31/02/2018"}, {"Date": "31/02/2018"}))
    real = RowGroups._write_group

    def lossy(groups: RowGroups, table: Any) -> None:
        real(groups, table.slice(0, 1) if groups._path.stem == kind else table)

    with monkeypatch.context() as losing:
        losing.setattr(RowGroups, "_write_group", lossy)
        with pytest.raises(Exception, match="balance|lost|does not"):
            office.receive()
    assert [drop.state for drop in office.drops()] == ["arrived"]


@pytest.mark.slow
def test_sums_that_do_not_balance_leave_no_records_where_a_release_would_find_them(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.receipt(export({}))
    office.drop(export({}, {}, {}), name="crime_2018-08.csv")
    judged = recipe.judge

    def lossy(*words: Any) -> Judgement:
        judgement = judged(*words)
        return replace(judgement, sums=replace(judgement.sums, rows=judgement.sums.rows + 1))

    monkeypatch.setattr(recipe, "judge", lossy)
    with pytest.raises(DoesNotBalance):
        office.receive()
    place = Path(office.publish("2018-07")["path"])
    assert len(list((place / "assaults").rglob("*.parquet"))) == 1


@pytest.mark.slow
def test_a_fault_with_one_forces_drop_does_not_stop_anothers(
    office: Office, monkeypatch: pytest.MonkeyPatch, collate: Callable[..., Any]
) -> None:
    office.drop(export({}, force="Cleveland"), force=OTHER_FORCE)
    office.drop(export({}))
    judged = recipe.judge

    def faulty(raw: Path, name: str, book: Any, *words: Any) -> Judgement:
        if book.force_id == OTHER_FORCE:
            raise RuntimeError("a fault of our own")
        return judged(raw, name, book, *words)

    with monkeypatch.context() as failing:
        failing.setattr(recipe, "judge", faulty)
        ended = collate("receive")
    assert ended.code == 3
    assert {(drop.force_id, drop.state) for drop in office.drops()} == {
        (OTHER_FORCE, "arrived"),
        (FORCE, "collated"),
    }
    assert [receipt["force_id"] for receipt in office.receive()] == [OTHER_FORCE]


@pytest.mark.slow
def test_a_fault_of_our_own_is_told_by_its_place_and_never_by_a_value(
    office: Office, monkeypatch: pytest.MonkeyPatch, collate: Callable[..., Any]
) -> None:
    office.drop(export({"Collar": "C4471", "Station": "Hidden place", "Injury": "Ouch"}))
    monkeypatch.setattr(findings, "FINDING_COLUMNS", ("Hidden place of C4471",))
    ended = collate("receive")
    assert ended.code == 3
    assert "A fault in the pipeline itself" in ended.err
    assert "pipeline/findings.py line" in ended.err
    for value in ("Hidden place", "C4471", "Traceback"):
        assert value not in ended.out + ended.err


def test_an_error_of_the_engine_never_shows_a_value(
    office: Office, monkeypatch: pytest.MonkeyPatch, collate: Callable[..., Any]
) -> None:
    office.drop(export({"Station": "Hidden place"}))
    real = Engine.sql
    monkeypatch.setattr(
        Engine,
        "sql",
        lambda engine, table: (
            f"SELECT station::INTEGER FROM (SELECT 'Hidden place' AS station, * FROM ({real(engine, table)}))"
        ),
    )
    ended = collate("receive")
    assert ended.code == 3
    assert "Hidden place" not in ended.out + ended.err
    assert "Traceback" not in ended.err


# Crashes: what comes back after one is what would have been without it


class Crash(BaseException):
    """The process dies: nothing in the pipeline may catch it."""


class Crashes:
    """Counts the steps of a run, and dies before or after one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, dies_at: int | None = None) -> None:
        self.steps: list[str] = []
        self.dies_at = dies_at
        for owner, names in (
            (Store, ("archive", "place", "remove", "point_latest")),
            (Ledger, ("arrive", "settle", "publish")),
            (Engine, ("write_parquet", "write_csv")),
            (recipe, ("judge", "write_json")),
            (release, ("write_json", "write_words", "summarise")),
        ):
            for name in names:
                monkeypatch.setattr(owner, name, self.stepping(name, getattr(owner, name)))

    def stepping(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*words: Any, **named: Any) -> Any:
            self.pass_by(f"before {name}")
            answer = real(*words, **named)
            self.pass_by(f"after {name}")
            return answer

        return step

    def pass_by(self, step: str) -> None:
        self.steps.append(step)
        if len(self.steps) - 1 == self.dies_at:
            raise Crash(step)


def settled(office: Office) -> list[tuple[Any, ...]]:
    """Return what the ledger says of drops and releases but for its moments."""
    with office.ledger() as ledger:
        drops = [
            (
                drop.sequence,
                drop.drop_id,
                drop.state,
                drop.sums,
                ledger.findings(drop.drop_id),
                ledger.files(drop.drop_id),
            )
            for drop in ledger.drops()
        ]
        releases = [
            (each.release_id, each.content_hash, ledger.inputs(each.release_id)) for each in ledger.releases()
        ]
    return [*drops, *releases]


def copy_of(office: Office, place: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Return an office with a copy of another's home."""
    shutil.copytree(office.home.root, place, symlinks=True)
    monkeypatch.setenv("COLLATE_HOME", str(place))
    return Office(Home.at(place), office.forces)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["after archive", "before settle"])
def test_a_crash_before_the_ledger_is_told_leaves_a_drop_to_be_judged_again(
    office: Office, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = office.drop(MIXED)
    with monkeypatch.context() as dying:
        crashes = Crashes(dying)
        real = crashes.pass_by
        crashes.pass_by = lambda passed: (_ for _ in ()).throw(Crash()) if passed == step else real(passed)  # type: ignore[method-assign]
        with pytest.raises(Crash):
            office.receive()
    assert kept_raw(office, path)
    (receipt,) = office.receive()
    assert (receipt["accepted"], receipt["held"]) == (2, 1)
    assert [drop.state for drop in office.drops()] == ["collated"]


KILLED = """
import os
from pipeline import recipe
from pipeline.ledger import Ledger
recipe.gate = recipe.gate_ahead = lambda *words: None
Ledger.settle = lambda ledger, outcome: os._exit(9)
recipe.receive(recipe.Home.at())
"""


def kill_at_settling(office: Office) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=dict(os.environ), check=False)
    assert killed.returncode == 9


@pytest.mark.slow
def test_a_process_killed_before_the_ledger_is_told_leaves_a_drop_to_be_judged_again(office: Office) -> None:
    office.drop(MIXED)
    kill_at_settling(office)
    assert [drop.state for drop in office.drops()] == ["arrived"]
    (receipt,) = office.receive()
    assert (receipt["accepted"], receipt["held"]) == (2, 1)


@pytest.mark.slow
def test_what_a_killed_process_left_in_the_working_folder_is_removed_in_time(office: Office) -> None:
    office.drop(MIXED)
    kill_at_settling(office)
    left = list(office.home.staging.iterdir())
    assert left
    for path in left:
        os.utime(path, (0, 0))
    office.receive()
    assert office.left_over() == []


@pytest.mark.slow
def test_a_drop_that_was_archived_and_left_the_inbox_before_it_was_judged_is_judged_all_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.drop(export({}))
    with monkeypatch.context() as dying:
        dying.setattr(recipe, "judge", at_call(recipe.judge, 1, lambda: (_ for _ in ()).throw(Crash())))
        with pytest.raises(Crash):
            office.receive()
    path.unlink()
    assert [receipt["accepted"] for receipt in office.receive()] == [1]


@pytest.mark.slow
def test_a_release_whose_latest_was_not_moved_is_pointed_to_by_the_next_run(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.receipt(export({}))
    with monkeypatch.context() as dying:
        dying.setattr(
            Store, "point_latest", at_call(Store.point_latest, 1, lambda: (_ for _ in ()).throw(Crash()))
        )
        with pytest.raises(Crash):
            office.publish()
    office.publish()
    assert (office.home.releases / "latest").resolve().name == "2018-07-r1"


@pytest.mark.slow
def test_a_release_in_place_that_the_ledger_was_not_told_of_is_published_by_the_next_run(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.receipt(export({}))
    with monkeypatch.context() as dying:
        dying.setattr(Ledger, "publish", at_call(Ledger.publish, 1, lambda: (_ for _ in ()).throw(Crash())))
        with pytest.raises(Crash):
            office.publish()
    assert not (office.home.releases / "latest").exists()
    published = office.publish()
    assert published["release_id"] == "2018-07-r1"
    with office.ledger() as ledger:
        assert [each.release_id for each in ledger.releases()] == ["2018-07-r1"]


@pytest.mark.slow
def test_a_disk_that_fills_up_while_publishing_leaves_the_release_before_it_standing(
    office: Office, monkeypatch: pytest.MonkeyPatch, collate: Callable[..., Any]
) -> None:
    office.receipt(export({}))
    office.publish()
    before = office.at_rest()
    office.drop(export({}, {}), name="crime_2018-08.csv")
    office.receive()
    with monkeypatch.context() as filling:
        filling.setattr(release, "write_json", full)
        ended = collate("release", "--month", "2018-07")
    assert ended.code == 3
    assert "full" in plain(ended.err.strip())
    after = office.at_rest()
    assert {path: digest for path, digest in after.items() if path.startswith("releases")} == {
        path: digest for path, digest in before.items() if path.startswith("releases")
    }
    assert (office.home.releases / "latest").resolve().name == "2018-07-r1"


def test_a_ledger_that_fails_to_open_is_a_sentence_without_its_address(
    office: Office, monkeypatch: pytest.MonkeyPatch, collate: Callable[..., Any]
) -> None:
    monkeypatch.setenv("COLLATE_LEDGER_URL", "nosuchdatabase://collator:opensesame@nowhere/ledger")
    ended = collate("status")
    assert ended.code == 3
    assert "opensesame" not in ended.out + ended.err
    with pytest.raises(LedgerUnavailable):
        office.receive()


@pytest.mark.slow
def test_the_ledger_of_a_test_is_a_file_that_sqlite_calls_sound(office: Office) -> None:
    office.receipt(MIXED)
    with sqlite3.connect(office.home.root / "ledger.sqlite") as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
