"""`collate read`: how a file is shown without a force's file, to people, to machines and over a pipe."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import look
from pipeline.read import Reading, open_export

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = sorted(path for path in (ROOT / "samples" / "inbox").rglob("*") if path.is_file())

# A value of every kind that a reader is tempted to tidy.
HEADER = ["Ref", "Date", "Notes"]
ROWS = [
    ["007", "03/07/2018", "  two spaces before and one after "],
    ["1.50", "NA", 'He said "no", twice'],
    ["1E+05", "null", "first line\r\nsecond\tline"],
    ["-0", "#N/A", "£ – ’ \u2028 \u0085 \U0001f6a8 =1+1"],
    ["TRUE", "", "[bold]red[/] \\n {x}"],
]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str | bytes, name: str = "drop.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def faithful(written: Callable[..., Path]) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADER, *ROWS])
    return written(text.getvalue())


def answer(path: Path, sheet: str | None = None) -> tuple[dict[str, Any], Any]:
    """Return the JSON of a file and its line sums."""
    out = io.BytesIO()
    sums = look.write_json(path, sheet, out)
    assert out.getvalue().count(b"\n") == 1
    return json.loads(out.getvalue()), sums


def test_a_file_is_shown_with_its_place_its_sums_its_first_rows_and_what_was_refused(
    collate: Callable[..., Any], written: Callable[..., Path]
) -> None:
    path = written(
        "Assaults 2018;;\r\nRef;Date;Notes\r\n1;03/07/2018;Kicked\r\n2;04/07\r\n\r\n3;05/07/2018;Spat\r\n"
    )
    ended = collate("read", path)
    assert (ended.code, ended.err) == (1, "")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert lines[0] == "Read, but not every line drop.csv"
    assert "Written as csv, utf-8, semicolon between values" in lines
    assert "Table header on row 2" in lines
    assert "Lines 6 = 2 header + 1 blank + 0 notes + 2 in rows + 1 refused" in lines
    assert "Rows 2, of 3 columns" in lines
    assert "│ Column │ Row 3 │ Row 6 │".replace("│", "┃") in lines
    assert "│ Notes │ Kicked │ Spat │" in lines
    assert any(line.startswith("Line 4 has 2 values where the header has 3") for line in lines)


def test_a_file_with_nothing_odd_ends_with_0_and_says_so(
    collate: Callable[..., Any], written: Callable[..., Path]
) -> None:
    ended = collate("read", written("Ref,Date\n1,03/07/2018\n2,04/07/2018\n"))
    assert (ended.code, ended.out.split()[0]) == (0, "Read")
    assert "Nothing odd was found." in ended.out


def test_what_was_odd_is_said(collate: Callable[..., Any], written: Callable[..., Path]) -> None:
    dates = "".join(f"{n},{n + 12}/07/2018\n" for n in range(1, 9)) + "9,07/25/2018\n"
    ended = collate("read", written("Ref,Date\n" + dates))
    assert ended.code == 0
    assert 'Column "Date" holds dates in both orders' in ended.out


def test_a_value_cannot_move_or_colour_the_terminal(
    collate: Callable[..., Any], written: Callable[..., Path]
) -> None:
    ended = collate("read", written("Ref,\x1b]0;x\x07Date\n1,\x1b[31m[red]x\n2,\u202ey\n"))
    assert not {"\x1b", "\x07", "\u202e"} & set(ended.out)
    assert r"\x1b[31m[red]x" in ended.out


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["text", "json"])
def test_a_file_that_is_refused_ends_with_2_and_its_sentence(
    collate: Callable[..., Any], written: Callable[..., Path], words: list[str]
) -> None:
    ended = collate("read", written(b"%PDF-1.7", "drop.pdf"), *words)
    assert (ended.code, ended.err) == (2, "")
    sentence = "drop.pdf is a PDF, which holds no table to read; export it as CSV or as a workbook."
    if not words:
        assert ended.out == f"Refused  drop.pdf\n{sentence}\n"
        return
    refused = {"kind": "refused_file", "sentence": sentence, "column": "", "rows": [], "count": 0}
    assert json.loads(ended.out) == {"header": [], "rows": [], "findings": [refused]}


def test_nothing_of_a_file_that_is_refused_on_the_way_is_given(
    collate: Callable[..., Any], written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLATE_LIMIT_CELL_CHARACTERS", "50")
    ended = collate("read", written("Ref,Notes\n1,first\n2," + "x" * 60 + "\n"), "--json")
    given = json.loads(ended.out)
    assert ended.code == 2
    assert (given["header"], given["rows"], [each["kind"] for each in given["findings"]]) == (
        [],
        [],
        ["refused_file"],
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["read", "nowhere.csv"], "There is no file nowhere.csv. Check the name and the folder.\n"),
        (["read"], "Say which file to read, or give --serve and a path a line on standard input.\n"),
        (["read", "a.csv", "--serve"], "Say which file to read, or give --serve"),
    ],
    ids=["missing", "nothing", "both"],
)
def test_a_question_without_sense_ends_with_2(
    collate: Callable[..., Any], words: list[str], said: str
) -> None:
    ended = collate(*words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(said)


def test_every_cell_is_given_as_text_exactly_as_it_stands_in_the_file(faithful: Path) -> None:
    given, _ = answer(faithful)
    assert given["header"] == HEADER
    assert given["rows"] == ROWS


def test_the_json_of_a_file_is_one_line_of_ascii(collate: Callable[..., Any], faithful: Path) -> None:
    ended = collate("read", faithful, "--json")
    assert ended.out.isascii()
    assert len(ended.out.splitlines()) == 1
    assert json.loads(ended.out)["rows"] == ROWS


def test_refused_lines_are_findings_with_their_lines(written: Callable[..., Path]) -> None:
    table = "".join(f"{n},{n}/07/2018,x\n" for n in range(1, 31))
    given, sums = answer(written(f"Ref,Date,Notes\n1,2\n{table}\nName,Age\n" + "Ada,20\n" * 30))
    refused = [each for each in given["findings"] if each["kind"] == "refused_line"]
    assert refused[0]["sentence"].startswith("Line 2 has 2 values where the header has 3")
    assert (refused[0]["column"], refused[0]["rows"], refused[0]["count"]) == ("", [2], 1)
    assert (refused[1]["rows"], refused[1]["count"]) == ([*range(34, 54)], 31)
    assert sum(each["count"] for each in refused) == sums.refused


def test_a_file_without_a_header_is_given_none(written: Callable[..., Path]) -> None:
    rows = [[f"WM/{n}", f"{n + 12}/07/2018", f"{n % 24:02}:15"] for n in range(1, 19)]
    given, _ = answer(written("".join(",".join(row) + "\n" for row in rows)))
    assert (given["header"], given["rows"]) == ([], rows)
    assert [each["kind"] for each in given["findings"]] == ["no_header"]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_as_many_rows_are_given_as_the_sums_say_and_nothing_but_text(path: Path) -> None:
    given, sums = answer(path)
    assert len(given["rows"]) == sums.rows
    assert sums.balanced
    assert {type(cell) for row in given["rows"] for cell in row} <= {str}
    assert {len(row) for row in given["rows"]} <= {len(given["header"])}
    refused = [each["count"] for each in given["findings"] if each["kind"] == "refused_line"]
    assert sum(refused) == sums.refused


def test_what_is_odd_about_a_workbook_is_said_once() -> None:
    path = ROOT / "samples" / "inbox" / "devon_and_cornwall" / "DCP_ASSAULTS_08_2018.xls"
    given, _ = answer(path)
    assert [(each["kind"], each["column"], each["rows"]) for each in given["findings"]] == [
        ("range_as_date", "VIC_AGE", [51])
    ]


def test_a_sheet_may_be_named_and_a_wrong_one_is_refused(collate: Callable[..., Any], faithful: Path) -> None:
    path = next(path for path in SAMPLES if path.name == "WMP Assaults on Police 2018-07.xlsx")
    sheet = open_export(path, Reading()).sheet
    assert answer(path, sheet)[0] == answer(path)[0]
    assert collate("read", path, "--sheet", "No such sheet").code == 2
    ended = collate("read", faithful, "--sheet", "Data")
    assert (ended.code, ended.out.splitlines()[1]) == (
        2,
        "drop.csv is no workbook and has no sheets; leave --sheet out.",
    )


@pytest.fixture
def served() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", "from pipeline.cli import main; main()", "read", "--serve"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    yield process
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_each_path_is_answered_before_the_next_is_asked_whatever_the_one_before_was(
    served: subprocess.Popen[bytes], faithful: Path, tmp_path: Path
) -> None:
    (tmp_path / "bomb.xlsx").write_bytes(b"PK\x03\x04" + os.urandom(2000))
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + os.urandom(4000))
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "noise.csv").write_bytes(b"\0" + os.urandom(2000))
    (tmp_path / "empty.csv").touch()
    (tmp_path / "unreadable.parquet").write_bytes(b"PAR1" + os.urandom(2000) + b"PAR1")
    os.mkfifo(tmp_path / "pipe.csv")
    bad = [
        (b"/nowhere/at all.csv", "no_file"),
        (b"", "no_file"),
        (b"a\0b", "no_file"),
        (b"\xff\xfe\xed\xa0\x80", "no_file"),
        (b"x" * 10_000, "no_file"),
        (b"/dev/zero", "no_file"),
        (bytes(tmp_path), "no_file"),
        (bytes(tmp_path / "pipe.csv"), "no_file"),
        *(
            (bytes(tmp_path / name), "refused_file")
            for name in ("bomb.xlsx", "old.xls", "deep.json", "noise.csv", "empty.csv", "unreadable.parquet")
        ),
    ]
    assert served.stdin and served.stdout
    for path, kind in [each for one in bad for each in (one, (bytes(faithful), None))]:
        served.stdin.write(path + b"\n")
        served.stdin.flush()
        given = json.loads(served.stdout.readline())
        if kind is None:
            assert (given["header"], given["rows"]) == (HEADER, ROWS)
        else:
            assert (given["header"], given["rows"]) == ([], [])
            assert [each["kind"] for each in given["findings"]] == [kind], path
    said, complained = served.communicate(timeout=20)
    assert (said, complained, served.returncode) == (b"", b"", 0)


def test_a_fault_of_ours_is_told_without_its_words_and_the_next_file_is_read(
    faithful: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = look.write_json

    def failing(path: Path, *rest: Any) -> Any:
        if path.name == "fails.csv":
            raise ZeroDivisionError("a victim's name")
        return whole(path, *rest)

    monkeypatch.setattr(look, "write_json", failing)
    (faithful.parent / "fails.csv").touch()
    out = io.BytesIO()
    look.serve([bytes(faithful.parent / "fails.csv") + b"\n", bytes(faithful)], None, out)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert [each["kind"] for each in first["findings"]] == ["fault"]
    assert "victim" not in out.getvalue().splitlines()[0].decode()
    assert second["rows"] == ROWS
