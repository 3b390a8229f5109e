"""A hostile file is refused in one sentence, soon, and leaves nothing behind."""

from __future__ import annotations

import gc
import gzip
import logging
import os
import tempfile
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from pipeline.read import Reading, Refused, child, open_export
from pipeline.read.limits import Limits, LimitUnusable

SOON = 10.0
CSV = b"Ref,Town\nA1,Bath\n"


def refusal(path: Path) -> str:
    """Return the sentence a file is refused with, soon enough."""
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        export = open_export(path, Reading())
        export.batches(export.columns).read_all()
    assert time.monotonic() - began < SOON
    assert str(path.parent) not in refused.value.sentence
    assert refused.value.sentence.endswith(".")
    assert "\n" not in refused.value.sentence
    return refused.value.sentence


def written(folder: Path, content: str | bytes, name: str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def bomb(path: Path, member: str, megabytes: int) -> Path:
    """Add zeros to an archive, which pack a thousandfold."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(member, "w") as file:
        for _ in range(megabytes):
            file.write(bytes(1 << 20))
    return path


def workbook(folder: Path, name: str = "drop.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in (["Ref", "Town"], ["A1", "Bath"]):
        book.active.append(row)
    book.save(folder / name)
    return folder / name


def rebuilt(path: Path, part: str, content: bytes) -> Path:
    """Replace a part of a zip archive."""
    with zipfile.ZipFile(path) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, kept in (parts | {part: content}).items():
            archive.writestr(each, kept)
    return path


def scratch() -> set[str]:
    """Return the working folders of the processes that read for this one."""
    return {folder.name for folder in Path(tempfile.gettempdir()).glob(f"collate-{os.getpid()}-*")}


def gone(left: set[str]) -> bool:
    """Return true once no working folder is there that was not there before."""
    gc.collect()
    until = time.monotonic() + 5
    while scratch() - left and time.monotonic() < until:
        time.sleep(0.01)
    return not scratch() - left


def test_a_zip_bomb_is_refused_by_what_it_says_of_itself(tmp_path: Path) -> None:
    assert "unpacks to more than 200 times its size" in refusal(bomb(tmp_path / "a.zip", "a.csv", 64))


def test_a_zip_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = bomb(tmp_path / "a.zip", "a.csv", 64)
    content = path.read_bytes().replace((64 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert "damaged" in refusal(written(tmp_path, content, "b.zip"))


@pytest.mark.slow
def test_a_gzip_bomb_is_stopped_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = scratch()
    piece = gzip.compress(bytes(16 << 20))
    path = written(tmp_path, piece * 64, "a.csv.gz")
    assert "unpacks to more than 200 times its size" in refusal(path)
    monkeypatch.setenv("COLLATE_LIMIT_EXPANSION", "100000")
    monkeypatch.setenv("COLLATE_LIMIT_EXPANDED_BYTES", str(100 << 20))
    assert "unpacks to more than 100 MB" in refusal(path)
    assert gone(left)


@pytest.mark.slow
def test_a_workbook_with_a_sheet_of_a_gigabyte_of_zeros_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    with zipfile.ZipFile(path) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for each, content in parts.items():
            if each != "xl/worksheets/sheet1.xml":
                archive.writestr(each, content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(1024):
                sheet.write(bytes(1 << 20))
    assert "unpacks to more than" in refusal(path)


def test_an_open_document_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert "unpacks to more than" in refusal(bomb(path, "content.xml", 64))


def test_a_workbook_whose_two_cells_span_the_largest_sheet_is_stopped_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        b"</sheetData></worksheet>"
    )
    path = rebuilt(workbook(tmp_path), "xl/worksheets/sheet1.xml", sheet)
    monkeypatch.setenv("COLLATE_LIMIT_MEMORY_BYTES", str(512 << 20))
    assert refusal(path)


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
    + "]><d><r><x>&k;</x></r><r><x>1</x></r></d>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/hostname">]><d><r><x>&e;</x></r><r><x>1</x></r></d>'
DTD = '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/d.dtd"><d><r><x>1</x></r><r><x>1</x></r></d>'


@pytest.mark.parametrize("content", [LAUGHS, OUTSIDE, DTD])
@pytest.mark.parametrize("pinned", [None, "xml"])
def test_xml_that_declares_a_document_type_is_refused(
    tmp_path: Path, content: str, pinned: str | None
) -> None:
    sentence = refusal(written(tmp_path, content, "a.xml"))
    assert "declares a document type" in sentence
    with pytest.raises(Refused, match="declares a document type"):
        open_export(tmp_path / "a.xml", Reading(format=pinned))


def test_a_workbook_of_laughs_or_of_outside_entities_shows_neither(tmp_path: Path) -> None:
    for declared in (LAUGHS, OUTSIDE):
        head = declared.partition("]>")[0] + "]>"
        for entity in ("&k;", "&e;"):
            strings = (
                f'{head}<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                f"<si><t>{entity}</t></si></sst>"
            )
            sheet = (
                b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
                b'<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c></row>'
                b'<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>1</v></c></row></sheetData></worksheet>'
            )
            path = rebuilt(workbook(tmp_path), "xl/sharedStrings.xml", strings.encode())
            path = rebuilt(path, "xl/worksheets/sheet1.xml", sheet)
            began = time.monotonic()
            try:
                export = open_export(path, Reading())
                seen = str(export.columns) + str(export.batches(export.columns).read_all().to_pylist())
            except Refused as refused:
                seen = refused.sentence
            assert time.monotonic() - began < SOON
            assert Path("/etc/hostname").read_text().strip() not in seen.split("'")
            assert "haha" not in seen


def test_a_web_page_fetches_nothing(tmp_path: Path) -> None:
    page = (
        '<!DOCTYPE html SYSTEM "http://127.0.0.1:9/x.dtd"><html><link href="http://127.0.0.1:9/x.css">'
        '<iframe src="file:///etc/hostname"></iframe>'
        "<table><tr><td>Ref<td>Town<tr><td>A1<td>&undefined;<img src=http://127.0.0.1:9/></table>"
    )
    export = open_export(written(tmp_path, page, "a.xls"), Reading())
    assert export.batches(["Town"]).read_all()["Town"].to_pylist() == ["&undefined;"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xml", "<d>" + "<a>" * 100_000),
        ("a.html", "<table><tr><td>" + "<div>" * 100_000),
        ("b.html", "<table><tr><td>" * 100_000),
        ("a.json", "[" * 100_000),
        ("b.json", '[{"a":' + "[" * 100_000),
        ("c.json", '[{"a":' + "[" * 300 + "]" * 300 + "}]"),
    ],
)
def test_what_is_nested_too_deep_is_refused(tmp_path: Path, name: str, content: str) -> None:
    sentence = refusal(written(tmp_path, content, name))
    assert f"{name}" in sentence
    assert "nests more than 256 levels deep" in sentence or "cut short" in sentence


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "Ref,Town\nA1," + "x" * 5000 + "\n"),
        ("a.jsonl", '{"Ref": "A1", "Town": "' + "x" * 5000 + '"}\n'),
        ("a.json", '[{"Ref": "A1", "Town": "' + "x" * 5000 + '"}]'),
        ("a.html", "<table><tr><td>Ref<td>Town<tr><td>A1<td>" + "x" * 5000 + "</table>"),
        ("a.xml", "<d><r><t>" + "x" * 5000 + "</t></r><r><t>1</t></r></d>"),
    ],
)
def test_a_value_too_long_is_refused_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str
) -> None:
    path = written(tmp_path, content, name)
    open_export(path, Reading())
    monkeypatch.setenv("COLLATE_LIMIT_CELL_CHARACTERS", "4000")
    sentence = refusal(path)
    assert "holds a value of more than 4,000 characters" in sentence
    if not name.endswith(".xml"):
        # Also where nobody asks for its column, so that a check says what a reading says.
        with pytest.raises(Refused, match="holds a value of more than 4,000 characters"):
            open_export(path, Reading()).batches(["Ref"]).read_all()
    assert any(place in sentence for place in ("Row 1", "Row 2", "row 2", "record 1"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", ",".join(f"c{n}" for n in range(60)) + "\n" + "1," * 59 + "1\n"),
        ("a.json", "[{" + ",".join(f'"c{n}": 1' for n in range(60)) + "}]"),
        ("a.html", "<table><tr><td colspan=999999999>Ref<td>Town<tr><td>1<td>2</table>"),
        ("a.xml", "<d><r>" + "".join(f"<c{n}>1</c{n}>" for n in range(60)) + "</r><r/></d>"),
    ],
)
def test_too_many_columns_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str
) -> None:
    monkeypatch.setenv("COLLATE_LIMIT_COLUMNS", "50")
    assert "columns, and at most 50 are read" in refusal(written(tmp_path, content, name))


def test_a_file_too_large_is_refused_unopened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLATE_LIMIT_FILE_BYTES", "10")
    assert refusal(written(tmp_path, CSV, "a.csv")).startswith(
        "a.csv has 17 bytes, and at most 10 bytes are read"
    )


def test_an_archive_of_very_many_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.csv", b"")
    assert "holds 10,001 files, and at most 10,000 are looked at" in refusal(tmp_path / "a.zip")


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["sleeps", "spins", "eats", "dies"])
def test_a_reader_that_does_not_come_back_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    left = scratch()
    monkeypatch.setattr(child, "OPENER", f"tests.pipeline.read.slow:{reader}")
    monkeypatch.setenv("COLLATE_LIMIT_SECONDS", "1")
    monkeypatch.setenv("COLLATE_LIMIT_MEMORY_BYTES", str(256 << 20))
    assert refusal(workbook(tmp_path)).startswith(
        "drop.xlsx could not be read within the limits of 1 seconds and 256 MB of memory, so reading it was stopped;"
    )
    assert gone(left)
    monkeypatch.undo()
    assert open_export(tmp_path / "drop.xlsx", Reading()).columns == ("Ref", "Town")


def test_a_reader_that_fails_is_a_refusal_and_its_words_are_told_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(child, "OPENER", "tests.pipeline.read.slow:fails")
    with caplog.at_level(logging.ERROR):
        assert "something in it makes its reader fail" in refusal(workbook(tmp_path))
    assert "ValueError at slow.py" in caplog.text
    assert "victim" not in caplog.text


def test_a_reader_sees_no_secret_of_ours_and_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_export(workbook(tmp_path, "other.xlsx"), Reading())
    monkeypatch.setenv("COLLATE_PSEUDONYM_KEY", "a key that only the tests know")
    monkeypatch.setattr(child, "OPENER", "tests.pipeline.read.slow:tells")
    with pytest.raises(Refused) as refused:
        open_export(workbook(tmp_path), Reading())
    assert refused.value.sentence == "[] 1 []"
    assert other.columns == ("Ref", "Town")


def test_an_export_nobody_reads_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    left = scratch()
    exports = [open_export(workbook(tmp_path), Reading()) for _ in range(3)]
    begun = exports[0].batches(["Ref"])
    assert len(scratch() - left) == 3
    del exports, begun
    assert gone(left)


def test_files_read_at_once_keep_to_themselves(tmp_path: Path) -> None:
    exports = []
    for number in range(8):
        path = written(tmp_path, f"<table><tr><td>Ref<td>N<tr><td>A<td>{number}</table>", f"{number}.xls")
        exports.append(open_export(path, Reading()))
    assert [each.batches(["N"]).read_all()["N"].to_pylist() for each in reversed(exports)] == [
        [str(number)] for number in reversed(range(8))
    ]


def test_a_process_forked_from_ours_reads_by_a_server_of_its_own(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    open_export(path, Reading())
    forked = os.fork()
    if not forked:
        read = open_export(path, Reading()).batches(["Ref"]).read_all()["Ref"].to_pylist()
        os._exit(0 if read == ["A1"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
    assert open_export(path, Reading()).columns == ("Ref", "Town")


def test_a_server_that_was_killed_is_replaced(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    left = scratch()
    open_export(path, Reading())
    assert gone(left)
    assert child._server is not None
    child._server._process.kill()
    child._server._process.wait()
    assert open_export(path, Reading()).columns == ("Ref", "Town")


def test_working_folders_that_a_killed_server_left_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "collate-1-old").mkdir()
    (tmp_path / "collate-1-new").mkdir()
    os.utime(tmp_path / "collate-1-old", (0, 0))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(child, "_server", None)
    open_export(workbook(tmp_path), Reading())
    assert not (tmp_path / "collate-1-old").exists()
    assert (tmp_path / "collate-1-new").exists()
    assert child._server is not None
    child._server.stop()
    monkeypatch.setattr(child, "_server", None)


def test_a_server_that_does_not_start_is_our_fault_and_not_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "_server", None)
    monkeypatch.setattr(child, "STARTED", "raise SystemExit({})")
    with pytest.raises(child.ReaderFault):
        open_export(workbook(tmp_path), Reading())


def test_a_file_that_is_gone_is_no_refusal(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    export = open_export(path, Reading())
    assert export.batches(["Ref"]).read_all().num_rows == 1
    path.unlink()
    with pytest.raises(OSError, match="No such file"):
        export.batches(["Ref"]).read_all()


def test_bytes_at_random_are_refused_or_read_but_never_crash(tmp_path: Path) -> None:
    from random import Random

    random = Random(3)
    whole = workbook(tmp_path).read_bytes()
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    for number in range(60):
        broken = bytearray(whole if number % 2 else ole + bytes(2048))
        for _ in range(12):
            broken[random.randrange(4, len(broken))] = random.randrange(256)
        path = written(tmp_path, bytes(broken), f"{number}.xlsx")
        try:
            export = open_export(path, Reading())
            export.batches(export.columns).read_all()
        except Refused as refused:
            assert refused.sentence.endswith(".")


def test_a_limit_that_is_no_number_is_said_with_its_name() -> None:
    assert Limits.from_environment({"COLLATE_LIMIT_SECONDS": "7"}) == Limits(seconds=7)
    with pytest.raises(LimitUnusable, match='COLLATE_LIMIT_SECONDS is "soon"; write a whole number from 1'):
        Limits.from_environment({"COLLATE_LIMIT_SECONDS": "soon"})
