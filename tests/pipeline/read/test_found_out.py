"""What a text does not state is found out, or said to be unknown: its encoding, its header, where its table ends."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import pollock

from pipeline.read import Export, Reading, Refused, open_export, text

HEADER = ["Ref", "Date", "Offence", "Town"]
ROWS = [
    [f"WM/{n}", f"{13 + n % 15}/04/2018", ("Spat at", "Bitten")[n % 2], ("Bath", "Hull")[n % 2]]
    for n in range(30)
]


def lines(*rows: list[str]) -> str:
    return "".join(",".join(row) + "\r\n" for row in rows)


def read(
    folder: Path, content: str | bytes, *expected: str, reading: Reading | None = None
) -> tuple[Export, list[list[str]]]:
    path = folder / "drop.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    export = open_export(path, reading or Reading(), expected)
    rows = [list(row.values())[1:] for row in export.batches(export.columns).read_all().to_pylist()]
    assert export.sums.balanced
    return export, rows


def kinds(export: Export) -> list[str]:
    return [each.kind for each in export.noticed]


SAID = [["1", "He didn’t leave", "£5"], ["2", "Café “Zoë”", "£12.50"], ["3", "Naïve – façade", "none"]]


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "latin-1", "cp850"])
def test_an_encoding_of_our_own_systems_is_found_and_said(tmp_path: Path, encoding: str) -> None:
    rows = [[cell.encode(encoding, "replace").decode(encoding) for cell in row] for row in SAID]
    export, found = read(tmp_path, lines(["Ref", "Note", "Cost"], *rows).encode(encoding))
    assert found == rows
    assert kinds(export) == ["encoding"]
    assert "does not state its encoding" in export.noticed[0].sentence


def test_utf8_and_pinned_encodings_need_no_word(tmp_path: Path) -> None:
    content = lines(["Ref", "Note", "Cost"], *SAID)
    assert kinds(read(tmp_path, content)[0]) == []
    export, rows = read(tmp_path, content.encode("cp1252"), reading=Reading(encoding="cp1252"))
    assert (rows, kinds(export)) == (SAID, [])


def test_text_of_another_script_is_read_where_it_is_sure_and_else_refused_line_by_line(
    tmp_path: Path,
) -> None:
    towns = [["1", "山田太郎", "東京都千代田区丸の内一丁目"], ["2", "鈴木花子", "大阪市北区梅田のビルです"]]
    japanese = towns * 10
    export, rows = read(tmp_path, lines(["番号", "氏名", "住所"], *japanese).encode("cp932"))
    assert (rows, export.encoding, kinds(export)) == (japanese, "cp932", ["encoding"])
    polish = [["1", "Łukasz Wiśniewski", "x"], ["2", "Ann Smith", "y"], ["3", "Zażółć Gęślą", "z"]]
    export, rows = read(tmp_path, lines(["No", "Name", "Town"], *polish).encode("cp1250"))
    assert rows == [polish[1]]
    assert [refusal.row_number for refusal in export.refusals] == [2, 4]
    assert "cannot be told for sure" in export.noticed[0].sentence


def test_a_damaged_character_in_utf8_costs_its_own_line_and_the_rest_stays_utf8(tmp_path: Path) -> None:
    content = lines(["Ref", "Note", "Cost"], *SAID).encode() + b"4,caf\xe9,x\r\n"
    export, rows = read(tmp_path, content)
    assert (rows, export.encoding, kinds(export)) == (SAID, "utf-8", ["encoding"])
    assert [refusal.row_number for refusal in export.refusals] == [5]


def test_bytes_that_cp1252_does_not_define_never_pass(tmp_path: Path) -> None:
    for byte in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"):
        content = b"Ref,Town\n1,Caf\xe9 Zo\xeb\n2,B" + byte + b"th\n3,York\n"
        export, rows = read(tmp_path, content)
        assert ["3", "York"] in rows
        assert 3 in [refusal.row_number for refusal in export.refusals]
        assert not any("\x80" <= character <= "\x9f" for row in rows for cell in row for character in cell)


def test_control_characters_beyond_ascii_never_pass_without_a_word(tmp_path: Path) -> None:
    content = lines(["Ref", "Note"], ["1", "fine"], ["2", "didn\x92t"], ["3", "fine"])
    export, rows = read(tmp_path, content)
    assert rows[1] == ["2", "didn\x92t"]
    assert [(each.kind, each.rows) for each in export.noticed] == [("control_characters", (3,))]
    export, rows = read(tmp_path, content.encode("latin-1"), reading=Reading(encoding="latin-1"))
    assert (rows[1], kinds(export)) == (["2", "didn’t"], [])


@pytest.mark.parametrize("place", range(4))
def test_a_delimiter_too_many_in_the_header_is_found_and_said(tmp_path: Path, place: int) -> None:
    export, rows = read(tmp_path, lines([*HEADER[:place], "", *HEADER[place:]], *ROWS))
    assert (list(export.columns), rows, kinds(export)) == (HEADER, ROWS, ["header_fitted"])


def test_two_names_run_together_at_their_marks_are_two(tmp_path: Path) -> None:
    export, rows = read(tmp_path, '"Ref","Date""Offence","Town"\r\n' + lines(*ROWS))
    assert (list(export.columns), rows, kinds(export)) == (HEADER, ROWS, ["header_fitted"])


def test_a_header_short_of_a_name_is_numbered_or_refused_where_columns_must_be_known(tmp_path: Path) -> None:
    content = lines(["Ref", "DateOffence", "Town"], *ROWS)
    export, rows = read(tmp_path, content)
    assert (export.columns[0], rows, kinds(export)) == ("column_1", ROWS, ["short_header"])
    with pytest.raises(Refused, match="line 1 has 3 names where the rows have 4 values"):
        read(tmp_path, content, "Ref", "Town")


def test_rows_with_numbers_of_their_own_before_the_first_name_are_read(tmp_path: Path) -> None:
    numbered = [[str(n), *row] for n, row in enumerate(ROWS, 1)]
    export, rows = read(tmp_path, lines(HEADER, *numbered))
    assert (list(export.columns)[1:], rows, kinds(export)) == (HEADER, numbered, ["header_fitted"])


def test_a_header_written_with_another_delimiter_than_the_rows_is_read_and_said(tmp_path: Path) -> None:
    export, rows = read(tmp_path, "Ref Date Offence Town\r\n" + lines(*ROWS))
    assert (list(export.columns), rows, kinds(export)) == (HEADER, ROWS, ["header_dialect"])


def test_numbered_names_over_values_of_another_stem_are_a_header(tmp_path: Path) -> None:
    for stem in ("c", "col", "Q"):
        names = [f"{stem}{n}" for n in range(3)]
        rows = [[f"v{row}{n}" for n in range(3)] for row in range(3)]
        for several in (rows[:1], rows):
            export, found = read(tmp_path, lines(names, *several))
            assert (list(export.columns), found, kinds(export)) == (names, several, [])


def test_columns_of_delimiters_only_are_left_out_unless_a_value_turns_up(tmp_path: Path) -> None:
    apart = [["", *row[:2], "", *row[2:], ""] for row in [HEADER, *ROWS]]
    export, rows = read(tmp_path, lines(*apart))
    assert (list(export.columns), rows, kinds(export)) == (HEADER, ROWS, [])
    late = [["", *ROWS[n % 30], "x" if n == 400 else ""] for n in range(500)]
    export, rows = read(tmp_path, lines(["", *HEADER, ""], *late))
    assert len(rows) == 500
    assert [(each.kind, each.rows) for each in export.noticed] == [("unnamed_column", (402,))]
    assert "Column F has no name" in export.noticed[0].sentence


def test_groups_apart_above_names_are_one_header_and_a_period_is_none(tmp_path: Path) -> None:
    export, _ = read(tmp_path, lines(["Record", "", "What", ""], HEADER, *ROWS))
    assert export.columns == ("Record / Ref", "Record / Date", "What / Offence", "What / Town")
    assert (
        list(read(tmp_path, lines(["Record", "", "What", ""], HEADER, *ROWS), *HEADER)[0].columns) == HEADER
    )
    for above in (["Force", "West Mercia", "", ""], ["Period:", "", "April", ""], ["Assaults", "", "", ""]):
        assert list(read(tmp_path, lines(above, HEADER, *ROWS))[0].columns) == HEADER


OTHERS = {
    "of as many columns, all text": [
        ["Code", "Meaning", "Used by", "Since"],
        ["S", "Slight", "all", "ever"],
        ["G", "Grave", "all", "ever"],
    ],
    "of fewer columns": [["Town", "Count"], ["Bath", "3"], ["Hull", "4"]],
    "of more columns": [["A", "B", "C", "D", "E"], ["a", "1", "2", "3", "4"], ["b", "5", "6", "7", "8"]],
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("block", [64, 100, 4 << 20])
def test_another_table_is_refused_as_one_wherever_a_block_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str, block: int
) -> None:
    monkeypatch.setattr(text, "BLOCK", block)
    monkeypatch.setattr(text, "SLIVER", 0)
    for shift in range(0, 40, 3) if block < 200 else (0,):
        rows = [*ROWS[:-1], [*ROWS[-1][:-1], "x" * shift]]
        export, found = read(tmp_path, lines(HEADER, *rows) + "\r\n" + lines(*OTHERS[other]), *HEADER)
        assert found == rows
        assert kinds(export) == ["second_table"]
        assert [(refusal.row_number, refusal.last_row) for refusal in export.refusals] == [(33, 35)]


@pytest.mark.parametrize("other", ["of fewer columns", "of more columns"])
def test_another_table_right_below_is_refused_as_one(tmp_path: Path, other: str) -> None:
    export, found = read(tmp_path, lines(HEADER, *ROWS, *OTHERS[other]))
    assert (found, kinds(export)) == (ROWS, ["second_table"])
    assert [(refusal.row_number, refusal.last_row) for refusal in export.refusals] == [(32, 34)]


def test_rows_of_words_after_a_blank_line_are_rows_where_rows_of_ours_follow(tmp_path: Path) -> None:
    odd = ["unknown", "not known", "Other", "Elsewhere"]
    export, found = read(tmp_path, lines(HEADER, *ROWS[:10]) + "\r\n" + lines(odd, *ROWS[10:]))
    assert (found, kinds(export)) == ([*ROWS[:10], odd, *ROWS[10:]], [])


@pytest.mark.parametrize(
    "torn",
    [
        'WM/99,"13/04/2018,"Spat, at",Bath',
        'WM/99,13/04/2018"Spat, at",Bath',
        '"WM"/99,13/04/2018,Spat at,Bath',
    ],
)
def test_a_line_as_wide_as_the_others_by_chance_alone_is_refused(tmp_path: Path, torn: str) -> None:
    export, found = read(tmp_path, lines(HEADER, *ROWS) + torn + "\r\n" + lines(ROWS[0]))
    assert found == [*ROWS, ROWS[0]]
    assert [refusal.row_number for refusal in export.refusals] == [32]


def test_inches_in_plain_values_are_no_stray_marks(tmp_path: Path) -> None:
    row = ["WM/99", "13/04/2018", '6" knife', '5"']
    export, found = read(tmp_path, lines(HEADER, *ROWS, row))
    assert (found, export.refusals, kinds(export)) == ([*ROWS, row], [], [])


FILES = {file.name: file for file in pollock.pollutions()}
# A row in the header and one below it; the script reads them all.
ROW_BY_ROW = [name for name in FILES if re.match(r"row_[a-z_]*(row|quote|_)(0|10)_", name)]


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("row_")])
def test_a_polluted_file_is_read_to_the_cell(name: str) -> None:
    (score,) = pollock.scores(pollock.with_collate, [FILES[name]])
    assert score.points == pytest.approx(10.0)


@pytest.mark.slow
def test_a_polluted_row_costs_no_other_and_never_passes_unsaid() -> None:
    for score in pollock.scores(pollock.with_collate, [FILES[name] for name in ROW_BY_ROW]):
        assert score.exact or score.said, score.file
        assert score.points > 9.3, score.file


@pytest.mark.slow
def test_no_other_reader_that_finds_dialects_out_does_as_well() -> None:
    files = [file for file in FILES.values() if not file.name.startswith("row_")]
    means = {}
    for name, reader in pollock.READERS.items():
        if name != "CleverCSV":  # half a second a file: measured by the script alone
            means[name] = sum(score.points for score in pollock.scores(reader, files)) / len(files)
    assert max(means, key=lambda name: means[name]) == "collate"
