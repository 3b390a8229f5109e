"""Delimited text: dialects, line numbers, lines that are no rows, and quotation marks that lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.read import Export, Reading, Refused, open_export, text

Rows = list[tuple[int | str, ...]]


def written(folder: Path, content: str | bytes, name: str = "drop.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(
    path: Path, *columns: str, reading: Reading | None = None, expected: tuple[str, ...] = ()
) -> tuple[Export, Rows]:
    export = open_export(path, reading or Reading(), expected)
    table = export.batches(columns or export.columns).read_all()
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert export.sums.balanced, export.sums
    assert export.sums.rows == len(rows)
    return export, rows


def ids(rows: Rows) -> list[str]:
    return [str(row[1]) for row in rows]


def test_only_the_wanted_columns_come_back_in_the_order_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "Ref,Name,Injury\nA1,Smith,None\nA2,Jones,\n")
    export, rows = read(path, "Injury", "Ref")
    assert rows == [(2, "None", "A1"), (3, "", "A2")]
    assert export.columns == ("Ref", "Name", "Injury")


def test_a_column_the_export_lacks_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="Rank"):
        open_export(written(tmp_path, "Ref,Name\nA1,B\n"), Reading()).batches(["Rank"])


def test_words_that_mean_missing_elsewhere_stay_as_they_are(tmp_path: Path) -> None:
    _, rows = read(written(tmp_path, 'Ref,A,B,C\n1,None,NULL,NA\n2,"",nan,N/A\n'))
    assert rows == [(2, "1", "None", "NULL", "NA"), (3, "2", "", "nan", "N/A")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    content = "\n".join(
        delimiter.join(row) for row in (("Ref", "Days", "Town"), ("A1", "1", "York"), ("A2", "2", "Bath"))
    )
    export, rows = read(written(tmp_path, content))
    assert export.delimiter == delimiter
    assert rows == [(2, "A1", "1", "York"), (3, "A2", "2", "Bath")]


def test_decimal_commas_do_not_hide_the_semicolons(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, "Ref;Rate;Share\nA1;1,5;2,5\nA2;1,5;2,5\n"))
    assert export.delimiter == ";"
    assert rows[0] == (2, "A1", "1,5", "2,5")


def test_a_pinned_delimiter_wins(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, "Ref,a|Town\nA1,b|York\n"), reading=Reading(delimiter="|"))
    assert export.columns == ("Ref,a", "Town")
    assert rows == [(2, "A1,b", "York")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_numbers_are_exact_with_any_line_end(tmp_path: Path, end: str) -> None:
    export, rows = read(written(tmp_path, end.join(["Ref,Town", "A1,York", "", "A2,Bath"])))
    assert rows == [(2, "A1", "York"), (4, "A2", "Bath")]
    assert export.sums.blank == 1


def test_mixed_line_ends_are_each_one_line(tmp_path: Path) -> None:
    _, rows = read(written(tmp_path, "Ref,Town\r\nA1,York\nA2,Bath\rA3,Hull\r\n\r\nA4,Leek"))
    assert rows == [(2, "A1", "York"), (3, "A2", "Bath"), (4, "A3", "Hull"), (6, "A4", "Leek")]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Ref,Naïve\n1,café £5\n".encode(), "utf-8"),
        (b"\xef\xbb\xbf" + "Ref,Naïve\n1,café £5\n".encode(), "utf-8"),
        ("Ref,Naïve\n1,café £5\n".encode("cp1252"), "cp1252"),
        (b"\xff\xfe" + "Ref,Naïve\n1,café £5\n".encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + "Ref,Naïve\n1,café £5\n".encode("utf-16-be"), "utf-16-be"),
        ("Ref,Naïve\n1,café £5\n".encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, content: bytes, encoding: str) -> None:
    export, rows = read(written(tmp_path, content))
    assert export.encoding == encoding
    assert export.columns == ("Ref", "Naïve")
    assert rows == [(2, "1", "café £5")]


def test_a_pinned_encoding_wins(tmp_path: Path) -> None:
    export, rows = read(
        written(tmp_path, "Ref,Town\n1,Łódź\n".encode("cp1250")), reading=Reading(encoding="cp1250")
    )
    assert rows == [(2, "1", "Łódź")]
    assert export.encoding == "cp1250"


def test_pinned_utf_16_takes_its_byte_order_from_the_mark(tmp_path: Path) -> None:
    content = b"\xfe\xff" + "Ref,Town\n1,York\n".encode("utf-16-be")
    _, rows = read(written(tmp_path, content), reading=Reading(encoding="utf-16"))
    assert rows == [(2, "1", "York")]


def test_bytes_that_are_no_character_refuse_their_line_alone(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, b"Ref,Town\n1,York\n2,B\x81th\n3,caf\xe9\n"))
    assert rows == [(2, "1", "York"), (4, "3", "café")]
    assert [(refusal.row_number, refusal.last_row) for refusal in export.refusals] == [(3, 3)]
    assert export.refusals[0].sentence.startswith("Line 3 is damaged: it holds bytes that are no characters")


def test_a_nul_refuses_its_line_alone(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, b"Ref,Town\n1,York\n2,B\0th\n3,Hull\n"))
    assert ids(rows) == ["1", "3"]
    assert export.refusals[0].row_number == 3


def test_a_utf_8_character_cut_by_the_end_of_the_file_does_not_change_the_encoding(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, "Ref,Town\n1,café\n2,caf".encode() + b"\xc3"))
    assert rows == [(2, "1", "café")]
    assert export.refusals[0].row_number == 3


@pytest.mark.parametrize(
    ("line", "values", "cause"),
    [
        ("A2,York,1,2", "4 values", "an extra comma or a missing quotation mark"),
        ("A2,York", "2 values", "a missing comma or a line broken in two"),
        ("A2", "1 value", "a missing comma or a line broken in two"),
    ],
)
def test_a_row_of_the_wrong_width_is_refused_and_the_others_go_on(
    tmp_path: Path, line: str, values: str, cause: str
) -> None:
    export, rows = read(written(tmp_path, f"Ref,Town,Days\nA1,Bath,1\n{line}\nA3,Hull,3\n"))
    assert rows == [(2, "A1", "Bath", "1"), (4, "A3", "Hull", "3")]
    (refusal,) = export.refusals
    assert (refusal.row_number, refusal.last_row) == (3, 3)
    assert refusal.sentence == f"Line 3 has {values} where the header has 3; {cause} is the usual cause."


def test_a_last_line_cut_short_is_refused_not_taken_for_a_footnote(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, "Ref,Town,Days\nA1,Bath,1\n22WM/000"))
    assert len(rows) == 1
    assert [(refusal.row_number, export.sums.notes) for refusal in export.refusals] == [(3, 0)]


def test_titles_blank_lines_repeated_headers_and_footnotes_are_counted_and_are_no_rows(
    tmp_path: Path,
) -> None:
    content = (
        "Assaults on police\nApril to June 2018,,\n\nRef,Town,Days\nA1,Bath,1\n,,\n   \nRef, Town ,Days\n"
        'A2,Hull,2\n"",,\nTotal,,3\nSource: crime system\n"* Days lost, to date",,\n'
    )
    export, rows = read(written(tmp_path, content))
    assert rows == [(5, "A1", "Bath", "1"), (9, "A2", "Hull", "2")]
    assert export.header_row == 4
    sums = export.sums
    assert (sums.lines, sums.header, sums.blank, sums.notes, sums.parsed_lines, sums.refused) == (
        13,
        4,
        4,
        3,
        2,
        0,
    )


def test_a_full_width_row_with_one_filled_cell_is_a_row_while_rows_follow_it(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, "Ref,Town,Days\nTotal,,\nA1,Bath,1\nNote: see above,,\n"))
    assert ids(rows) == ["Total", "A1"]
    assert export.sums.notes == 1


def test_a_record_in_the_last_line_whose_reference_is_all_it_has_stays_a_row(tmp_path: Path) -> None:
    _, rows = read(written(tmp_path, "Ref,Town,Days\nA1,Bath,1\nA2,,\n"))
    assert ids(rows) == ["A1", "A2"]


def test_a_header_is_found_by_the_words_expected(tmp_path: Path) -> None:
    content = "Force,West Mercia,Period,2018\nBy,A Person,On,3 May\nCrime Ref,Town,Days,Rank\nA1,Bath,1,PC\n"
    export, rows = read(written(tmp_path, content), expected=("crime ref", "Days", "Rank"))
    assert export.header_row == 3
    assert rows == [(4, "A1", "Bath", "1", "PC")]


def test_a_pinned_header_row_wins(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, "a,b\nRef,Town\nA1,Bath\n"), reading=Reading(header_row=2))
    assert export.columns == ("Ref", "Town")
    assert export.sums.header == 2
    assert ids(rows) == ["A1"]


def test_grouped_headers_are_joined_and_carried_right(tmp_path: Path) -> None:
    content = "Ref,Injury,,When,\n,Head,Arm,Day,Hour\nA1,Y,N,3 May,5\n"
    export, rows = read(written(tmp_path, content), reading=Reading(header_rows=2))
    assert export.columns == ("Ref", "Injury / Head", "Injury / Arm", "When / Day", "When / Hour")
    assert ids(rows) == ["A1"]


def test_header_names_are_folded_lettered_and_numbered(tmp_path: Path) -> None:
    export, _ = read(written(tmp_path, 'Ref," Date\n of   birth ",,Ref\nA1,b,c,d\n'))
    assert export.columns == ("Ref", "Date of birth", "column C", "Ref (2)")
    assert export.sums.header == 2


def test_rows_that_all_end_with_a_delimiter_the_header_lacks_are_read(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, "Ref,Town\nA1,Bath,\nA2,Hull,\n"), "Ref", "Town")
    assert export.columns == ("Ref", "Town")
    assert [said.kind for said in export.noticed] == ["trailing_delimiter"]
    assert rows == [(2, "A1", "Bath"), (3, "A2", "Hull")]


def test_a_header_alone_has_columns_and_no_rows(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, "Ref,Town,Days"))
    assert export.columns == ("Ref", "Town", "Days")
    assert rows == []
    assert export.sums.lines == export.sums.header == 1


def test_a_quoted_value_over_several_lines_is_one_row_on_its_first_line(tmp_path: Path) -> None:
    content = 'Ref,Notes,Days\nA1,"Kicked, then\n\nspat at ""twice""\r\nand left",1\nA2,none,2\n'
    export, rows = read(written(tmp_path, content))
    assert rows == [(2, "A1", 'Kicked, then\n\nspat at "twice"\r\nand left', "1"), (6, "A2", "none", "2")]
    assert export.sums.parsed_lines == 5


def test_a_value_over_several_lines_in_the_first_column_is_one_row(tmp_path: Path) -> None:
    _, rows = read(written(tmp_path, 'Notes,Ref,Days\n"one\ntwo",A1,1\nx,A2,2\n'))
    assert rows == [(2, "one\ntwo", "A1", "1"), (4, "x", "A2", "2")]


def test_a_quoted_value_cut_by_the_edge_of_a_block_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "BLOCK", 64)
    monkeypatch.setattr(text, "SLIVER", 8)
    lines = [f'A{number},"first {number}\nsecond, part\nthird",{number}' for number in range(200)]
    export, rows = read(written(tmp_path, "Ref,Notes,Days\n" + "\n".join(lines)))
    assert rows == [
        (2 + 3 * number, f"A{number}", f"first {number}\nsecond, part\nthird", str(number))
        for number in range(200)
    ]
    assert export.refusals == []


def test_an_unclosed_quotation_mark_costs_its_own_line_only(tmp_path: Path) -> None:
    lines = [f"A{number},Assault,York,{number}" for number in range(1, 111)]
    lines[40] = 'A41,"Assault,York,41'
    export, rows = read(written(tmp_path, "Ref,Offence,Town,Days\n" + "\n".join(lines) + "\n"))
    assert ids(rows) == [f"A{number}" for number in range(1, 111) if number != 41]
    assert [int(row[0]) for row in rows] == [line for line in range(2, 112) if line != 42]
    (refusal,) = export.refusals
    assert (refusal.row_number, refusal.last_row) == (42, 42)
    assert refusal.sentence.startswith("Line 42 opens a quotation mark that is not closed")


def test_pairs_of_apostrophes_alone_are_no_quotation_marks(tmp_path: Path) -> None:
    content = "Ref,Date,Days lost,Offence\nWM-1,13.04.2018,'',\nWM-2,14.04.2018,,a\nWM-3,15.04.2018,'',''\n"
    _, rows = read(written(tmp_path, content), "Days lost", "Offence")
    assert [row[1:] for row in rows] == [("''", ""), ("", "a"), ("''", "''")]


def test_a_stray_mark_that_draws_two_lines_into_one_header_is_told(tmp_path: Path) -> None:
    content = '"\n"WM-1","13.04.2018","",""\n"WM-2","14.04.2018","a","a"\n"WM-3","15.04.2018","a","a"\n'
    export, _ = read(written(tmp_path, content))
    assert "stray_mark" in [each.kind for each in export.noticed]


def test_two_stray_marks_that_make_a_well_formed_value_swallow_no_row(tmp_path: Path) -> None:
    lines = [f"A{number},Assault,York,{number}" for number in range(1, 111)]
    lines[40] = 'A41,"Assault,York,41'
    lines[108] = 'A109,Assault",York,109'
    export, rows = read(written(tmp_path, "Ref,Offence,Town,Days\n" + "\n".join(lines) + "\n"))
    assert ids(rows) == [f"A{number}" for number in range(1, 111) if number != 41]
    assert [refusal.row_number for refusal in export.refusals] == [42]


def test_a_value_that_lost_its_closing_mark_swallows_no_row(tmp_path: Path) -> None:
    lines = [f"A{number},Assault,York,{number}" for number in range(1, 111)]
    lines[40] = 'A41,"Assault, common,York,41'
    lines[59] = 'A60,Assault",York,60'
    export, rows = read(written(tmp_path, "Ref,Offence,Town,Days\n" + "\n".join(lines) + "\n"))
    assert ids(rows) == [f"A{number}" for number in range(1, 111) if number != 41]
    assert [refusal.row_number for refusal in export.refusals] == [42]


def test_two_stray_marks_on_neighbouring_lines_do_not_make_one_row_of_two(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, 'Ref,Offence,Town\nA1,"Assault,York\nA2,Assault",Hull\nA3,x,y\n'))
    assert ids(rows) == ["A2", "A3"]
    assert [refusal.row_number for refusal in export.refusals] == [2]


def test_a_stray_mark_before_quoted_values_costs_its_own_line_only(tmp_path: Path) -> None:
    lines = [f'A{number},Assault,"York, north",{number}' for number in range(1, 30)]
    lines[9] = 'A10,"Assault,York,10'
    export, rows = read(written(tmp_path, "Ref,Offence,Town,Days\n" + "\n".join(lines) + "\n"))
    assert ids(rows) == [f"A{number}" for number in range(1, 30) if number != 10]
    assert [refusal.row_number for refusal in export.refusals] == [11]


def test_a_stray_mark_in_the_very_last_line_is_refused(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, 'Ref,Offence,Town\nA1,x,y\nA2,x,"y\n'))
    assert ids(rows) == ["A1"]
    assert [refusal.row_number for refusal in export.refusals] == [3]


def test_a_value_that_runs_over_more_than_fifty_lines_is_a_stray_mark(tmp_path: Path) -> None:
    content = 'Ref,Notes\nA1,"' + "\n".join("word" for _ in range(60)) + '"\nA2,ok\n'
    export, rows = read(written(tmp_path, content))
    assert ids(rows) == ["A2"]
    assert export.sums.refused == 60


def test_marks_inside_unquoted_values_are_kept(tmp_path: Path) -> None:
    _, rows = read(written(tmp_path, 'Ref,Height,Town\nA1,5\'10",York\nA2,6" tall "ish",Hull\n'))
    assert rows == [(2, "A1", "5'10\"", "York"), (3, "A2", '6" tall "ish"', "Hull")]


def test_a_line_whose_even_marks_leave_a_value_open_swallows_nothing(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, 'Ref,Height,Town\nA1,5"10,"York\nA2,x,Hull\nA3,y,Bath\n'))
    assert ids(rows) == ["A2", "A3"]
    assert [refusal.row_number for refusal in export.refusals] == [2]


def test_a_quoted_row_over_lines_of_the_wrong_width_is_refused_whole(tmp_path: Path) -> None:
    export, rows = read(written(tmp_path, 'Ref,Notes,Days\nA1,"one\ntwo",1,extra\nA2,x,2\n'))
    assert ids(rows) == ["A2"]
    (refusal,) = export.refusals
    assert (refusal.row_number, refusal.last_row) == (2, 3)
    assert refusal.sentence.startswith("Lines 2 to 3 together have 4 values where the header has 3")


def test_a_line_without_end_is_refused_and_not_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "BLOCK", 64)
    monkeypatch.setattr(text, "SLIVER", 8)
    monkeypatch.setattr(text, "LONGEST_LINE", 256)
    export, rows = read(written(tmp_path, "Ref,Notes\nA1,x\nA2," + "y" * 5000 + "\nA3,z\n"))
    assert ids(rows) == ["A1", "A3"]
    assert [refusal.row_number for refusal in export.refusals] == [3]


def test_refusals_past_the_limit_become_one_entry_and_the_sums_stay_exact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.read.export.MOST_REFUSALS", 3)
    export, _ = read(written(tmp_path, "Ref,Town\nA1,Bath\n" + "bad\n" * 10))
    assert export.sums.refused == 10
    assert [(refusal.row_number, refusal.last_row) for refusal in export.refusals] == [
        (3, 3),
        (4, 4),
        (5, 5),
        (6, 12),
    ]


def test_batches_start_afresh_at_each_call(tmp_path: Path) -> None:
    export = open_export(written(tmp_path, "Ref,Town\nA1,Bath\nbad\n"), Reading())
    first = export.batches(["Ref"]).read_all()
    assert export.batches(["Ref"]).read_all() == first
    assert (export.sums.lines, len(export.refusals)) == (3, 1)


def test_rows_can_be_counted_without_any_column(tmp_path: Path) -> None:
    export = open_export(written(tmp_path, "Ref,Town\nA1,Bath\nA2,Hull\n"), Reading())
    assert export.batches([]).read_all().to_pydict() == {"row_number": [2, 3]}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty (0 bytes)."),
        (b"\n\n , ,\n", "nothing but blank lines"),
        (b"\0" * 5000, "is not a text file"),
        (bytes(range(256)) * 20, "is not a text file"),
        (b"Ref,T\x81wn\n1,2\n", "The header on line 1 holds bytes that are no characters"),
    ],
)
def test_a_file_without_a_readable_table_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        open_export(written(tmp_path, content), Reading())
    assert sentence in refused.value.sentence
    assert str(tmp_path) not in refused.value.sentence


@pytest.mark.parametrize(
    ("reading", "sentence"),
    [
        (Reading(encoding="klingon"), 'pins the encoding "klingon"'),
        (Reading(delimiter="::"), "pins a delimiter that is not a single character"),
        (Reading(header_row=9), "says the header is on line 9"),
        (Reading(header_rows=3), "says the header has 3 rows"),
    ],
)
def test_a_pin_the_file_cannot_honour_is_refused(tmp_path: Path, reading: Reading, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        open_export(written(tmp_path, "Ref,Town\nA1,Bath\n"), reading)
