"""Real exports and hostile small files: each is read to the last line, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.read import Export, Reading, Refused, open_export

# Rows, lines refused and notes of every file that is read, and why so.
READ = {
    "messy/211.csv": (
        2118,
        14,
        0,
        "14 lines hold bytes of a text garbled before: no encoding makes sense of them",
    ),
    "messy/blank_line.ods": (3, 0, 0, "blank rows are counted and are no rows"),
    "messy/characters.csv": (382, 0, 0, "Big5, though nothing says so; values go on over several lines"),
    "messy/complex.csv": (3, 0, 0, "a space follows its delimiters, before a quotation mark too"),
    "messy/encrypted_no_password.xls": (
        6,
        0,
        0,
        "locked with the password Excel itself sets when none is given",
    ),
    "messy/example.tsv": (140, 0, 0, "tabs part its values"),
    "messy/excel_pasting.csv": (13, 0, 3, "three title lines above; a total, a source and a note below"),
    "messy/excel_properties.xls": (17, 0, 0, "bold, struck and coloured cells are text like any other"),
    "messy/loffice-4.4.1.2.ods": (3, 0, 0, "an old LibreOffice wrote it; dates are shown as they are stored"),
    "messy/long.csv": (
        3999,
        0,
        0,
        "one column of one word, far longer than what is looked at for its dialect",
    ),
    "messy/mixedGLB.csv": (133, 0, 0, "CR alone ends its lines; a title of two rows above the header"),
    "messy/multilineods.ods": (0, 0, 0, "one cell of several lines: a header, and no row"),
    "messy/null.csv": (10, 0, 0, "no header: its columns are numbered; null is text like any other"),
    "messy/ods_formats.ods": (5, 0, 0, "a column of each kind of cell an ODS has"),
    "messy/simple.csv": (6, 0, 0, "plain"),
    "messy/simple.ods": (3, 0, 0, "plain"),
    "messy/simple.psv": (28, 0, 0, "pipes part its values"),
    "messy/simple.ssv": (6, 0, 0, "semicolons part its values"),
    "messy/simple.xls": (6, 0, 0, "plain"),
    "messy/simple.xlsx": (6, 0, 0, "plain"),
    "messy/simple.zip": (6, 0, 0, "one CSV file, packed"),
    "messy/skip_initials.csv": (2, 0, 0, "a space follows its delimiters and is no part of the values"),
    "messy/small.csv": (0, 0, 0, "a header and no row"),
    "messy/span_rich.xls": (5, 0, 0, "cells merged over rows give their text to each row they cover"),
    "messy/spanish_chars.csv": (114, 0, 1, "cp1252, though nothing says so; a total below"),
    "messy/sparse_with_column_errors.csv": (
        2200,
        0,
        0,
        "cp1252, though nothing says so; most cells are empty",
    ),
    "messy/sw_gen.xlsx": (15, 0, 0, "a program wrote it; values hold line breaks and web addresses"),
    "messy/unicode_sheet_name.xls": (0, 0, 0, "a sheet's name may be in any script; a header and no row"),
    "messy/utf-16le_encoded.csv": (327, 0, 0, "UTF-16, as its mark says"),
    "messy/utf8bom.csv": (0, 0, 0, "the mark of UTF-8 is no part of the first name; a header and no row"),
    "messy/weird_head_padding.csv": (
        60,
        9,
        7,
        "notes of one and two cells below; one with a date may be a record",
    ),
    "real/bloomington/2016-first-quarter-use-of-force.xlsx": (53, 0, 0, "real date and time cells"),
    "real/bloomington/2016-fourth-quarter-use-of-force.xlsx": (63, 0, 0, "real date and time cells"),
    "real/bloomington/2016-second-quarter-use-of-force.xlsx": (79, 0, 0, "real date and time cells"),
    "real/bloomington/2016-third-quarter-use-of-force.xlsx": (99, 0, 0, "real date and time cells"),
    "real/bloomington/2017-first-quarter-use-of-force.xlsx": (
        53,
        0,
        0,
        "a year's name on another year's rows",
    ),
    "real/louisville/louisville_assaulted_officers.csv": (5393, 0, 0, "addresses padded with spaces stay so"),
    "real/new_orleans/NOPD_Use_of_Force_Incidents.csv": (
        5750,
        0,
        0,
        "commas inside quoted lists part nothing",
    ),
    "real/northampton/PDI Use of Force 2016.xls": (
        81,
        0,
        0,
        "a title above the header; the other sheets are empty",
    ),
    "real/northampton/Use of Force 2018.xlsx": (85, 0, 0, "a title above the header"),
}
REFUSED = {
    "messy/large.ods": ("holds tables on several sheets", "a year each, all of one header"),
    "messy/large.xlsx": (
        "holds tables on several sheets",
        "the one shown is a report on the longer hidden ones",
    ),
    "messy/libreoffice.xlsx": ("holds no table", "its sheets are empty"),
}


def drained(path: Path, reading: Reading | None = None) -> tuple[Export, list[int]]:
    export = open_export(path, reading or Reading())
    numbers = export.batches(export.columns).read_all()["row_number"].to_pylist()
    return export, numbers


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read_to_the_last_line(shared_data: Path, name: str) -> None:
    export, numbers = drained(shared_data / name)
    sums = export.sums
    assert sums.balanced
    rows, refused, notes, reason = READ[name]
    assert (len(numbers), sums.refused, sums.notes) == (rows, refused, notes), reason
    assert sums.rows == len(numbers) == len(set(numbers))
    assert all(1 <= number <= sums.lines for number in numbers)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused_in_a_sentence(shared_data: Path, name: str) -> None:
    with pytest.raises(Refused) as refused:
        open_export(shared_data / name, Reading())
    sentence, reason = REFUSED[name]
    assert sentence in refused.value.sentence, reason
    assert str(shared_data) not in refused.value.sentence


def test_every_shared_file_is_either_read_or_refused_here(shared_data: Path) -> None:
    files = {
        path.relative_to(shared_data).as_posix()
        for folder in ("messy", "real")
        for path in (shared_data / folder).rglob("*")
        if path.is_file()
    }
    assert files == READ.keys() | REFUSED.keys()


@pytest.mark.slow
def test_the_lines_of_a_text_file_are_those_counted_without_the_reader(shared_data: Path) -> None:
    for name in READ:
        if name.endswith(".csv") and "utf-16" not in name:
            export, _ = drained(shared_data / name)
            assert export.sums.lines == len((shared_data / name).read_bytes().splitlines()), name


def test_louisvilles_cells_are_kept_as_they_stand(shared_data: Path) -> None:
    export = open_export(shared_data / "real/louisville/louisville_assaulted_officers.csv", Reading())
    first = export.batches(
        ["INCIDENT_NUMBER", "DATE_OCCURED", "TYPE_OF_ASSIGNMENT", "BLOCK_ADDRESS"]
    ).read_all()
    assert first.slice(1, 1).to_pylist() == [
        {
            "row_number": 3,
            "INCIDENT_NUMBER": "80-10-001512",
            "DATE_OCCURED": "1/7/2010 19:43",
            "TYPE_OF_ASSIGNMENT": "OTHER ALONE (FOOT, OFF DUTY, ECT)",
            "BLOCK_ADDRESS": "GAGEL AVE / MANSLICK RD" + " " * 37,
        }
    ]


def test_bloomingtons_date_and_time_cells_are_iso_text(shared_data: Path) -> None:
    export = open_export(shared_data / "real/bloomington/2016-first-quarter-use-of-force.xlsx", Reading())
    first = export.batches(["Event", "District", "Date", "Time"]).read_all().slice(0, 1).to_pylist()
    assert first == [
        {"row_number": 2, "Event": "B16-00007", "District": "4", "Date": "2016-01-01", "Time": "01:23:00"}
    ]


def test_northamptons_title_row_is_passed_over(shared_data: Path) -> None:
    export, numbers = drained(shared_data / "real/northampton/PDI Use of Force 2016.xls")
    assert (export.format, export.sheet, export.header_row, numbers[0]) == ("xls", "Sheet1", 2, 3)


def test_the_workforce_workbooks_tables_are_read_by_name(shared_data: Path) -> None:
    path = shared_data / "reference/police_workforce_2018_09.ods"
    export, numbers = drained(path, Reading(sheet="Table_1", header_row=4, header_rows=2))
    assert export.sums.balanced
    assert len(numbers) > 43
