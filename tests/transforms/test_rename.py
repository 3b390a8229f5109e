"""The force's columns become our fields: where each value comes from, on literal cells."""

from pathlib import Path

import pytest

from pipeline.engine import open_engine
from pipeline.read import Reading, open_export
from schemas.force import Book
from tests.transforms.literal import book_of, records_of, values_of
from transforms.rename import MissingColumns, absent_fields


def test_a_value_stands_under_our_name_in_the_forces_words(tmp_path: Path) -> None:
    book = book_of(tmp_path, "injury = { column = 'Injury Level' }")
    (values,) = values_of(book, tmp_path, {"Injury Level": "Slight", "Ref": " A1 "})
    assert (values["sent_injury"], values["sent_source_record_id"]) == ("Slight", "A1")
    assert values["row_number"] == 2


def test_a_column_that_is_not_mapped_goes_no_further(tmp_path: Path) -> None:
    (values,) = values_of(book_of(tmp_path), tmp_path, {"Surname": "Quillfeather"})
    assert "Quillfeather" not in str(values)


def test_several_columns_are_joined_and_blank_ones_left_out(tmp_path: Path) -> None:
    book = book_of(tmp_path, "offence_title = { columns = ['First', 'Second', 'Third'], join = ', ' }")
    rows = values_of(
        book,
        tmp_path,
        {"First": "Assault", "Second": "Affray", "Third": ""},
        {"First": " ", "Second": "N/K", "Third": "Affray"},
        {"First": "", "Second": "", "Third": ""},
    )
    assert [row["sent_offence_title"] for row in rows] == ["Assault, Affray", "Affray", None]


def test_day_and_time_in_two_columns_are_joined_by_a_space(tmp_path: Path) -> None:
    book = book_of(tmp_path, "occurred_on = { columns = ['Day', 'Hour'], format = '%d/%m/%Y %H:%M' }")
    (record,) = records_of(book, tmp_path, {"Day": "03/07/2018", "Hour": "22:15"})
    assert str(record["occurred_on"]) == "2018-07-03"


def test_a_part_of_a_cell_is_taken(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        "offence_code = { column = 'Offence', take = '^(\\d+/\\d+)' }\n"
        "offence_title = { column = 'Offence', take = '^\\d+/\\d+ - (.+)$' }",
    )
    rows = values_of(
        book, tmp_path, {"Offence": "104/23 - Assault a constable"}, {"Offence": "Assault a constable"}
    )
    assert [(row["sent_offence_code"], row["sent_offence_title"]) for row in rows] == [
        ("104/23", "Assault a constable"),
        (None, None),
    ]


def test_a_column_may_go_by_either_of_its_names(tmp_path: Path) -> None:
    book = book_of(tmp_path, "district = { column = ['BCU', 'LPA'] }")
    assert values_of(book, tmp_path, {"BCU": "North"})[0]["sent_district"] == "North"
    assert values_of(book, tmp_path, {"LPA": "South"})[0]["sent_district"] == "South"


def test_of_two_dated_names_the_one_of_the_records_day_is_read(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        "district = { column = [{ name = 'BCU', until = 2017-03-31 }, { name = 'LPA', from = 2017-04-01 }] }",
    )
    rows = values_of(
        book,
        tmp_path,
        {"Date": "31/03/2017", "BCU": "old", "LPA": "new"},
        {"Date": "01/04/2017", "BCU": "old", "LPA": "new"},
        {"Date": "2017-04-01", "BCU": "old", "LPA": ""},
    )
    assert [row["sent_district"] for row in rows] == ["old", "new", None]


def test_three_dated_names_each_serve_their_own_years(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        "district = { column = [{ name = 'A', until = 2016-03-31 }, "
        "{ name = 'B', from = 2016-04-01, until = 2017-03-31 }, { name = 'C', from = 2017-04-01 }] }",
    )
    days = ("31/03/2016", "01/04/2016", "31/03/2017", "01/04/2017")
    rows = values_of(book, tmp_path, *({"Date": day, "A": "a", "B": "b", "C": "c"} for day in days))
    assert [row["sent_district"] for row in rows] == ["a", "b", "b", "c"]


def test_victims_side_by_side_become_records_of_one_row(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        "victim_id = { column = 'Collar {n}' }\ninjury = { column = 'Injury {n}' }\ndistrict = { column = 'LPA' }",
        options="victims = 3",
    )
    rows = records_of(
        book,
        tmp_path,
        {
            "LPA": "North",
            "Collar 1": "A",
            "Injury 1": "Minor",
            "Collar 2": "B",
            "Injury 2": "",
            "Collar 3": "",
            "Injury 3": "Severe",
        },
        {"LPA": "South", "Collar 1": "", "Injury 1": "", "Collar 2": " ", "Injury 2": "N/K"},
    )
    told = sorted(
        (row["row_number"], row["victim_number"], row["injury"], row["district"])
        for row in rows
        if row["row_number"] == 2
    )
    assert told == [(2, 1, "minor", "North"), (2, 2, None, "North"), (2, 3, "severe", "North")]
    assert (3, 1) in {(row["row_number"], row["victim_number"]) for row in rows}


def test_the_first_victim_is_there_even_where_nothing_is_said_of_them(tmp_path: Path) -> None:
    book = book_of(tmp_path, "injury = { column = 'Injury {n}' }", options="victims = 2")
    rows = records_of(book, tmp_path, {"Injury 1": "", "Injury 2": ""})
    assert [(row["row_number"], row["victim_number"]) for row in rows] == [(2, 1)]


def test_an_export_without_the_columns_of_its_last_victim_has_the_others(tmp_path: Path) -> None:
    book = book_of(tmp_path, "injury = { column = 'Injury {n}' }", options="victims = 3")
    rows = records_of(book, tmp_path, {"Injury 1": "Minor", "Injury 2": "Severe"})
    assert sorted((row["victim_number"], row["injury"]) for row in rows) == [(1, "minor"), (2, "severe")]


def test_a_missing_required_column_is_named_with_every_name_it_goes_by(tmp_path: Path) -> None:
    book = book_of(tmp_path, "source_record_id = { column = ['Crime Ref', 'Crime Reference'] }")
    with pytest.raises(MissingColumns) as lacking:
        values_of(book, tmp_path, {"Crime No": "A1"})
    assert lacking.value.missing == {"source_record_id": ("Crime Ref", "Crime Reference")}


def test_a_missing_column_of_scope_and_of_force_is_asked_for(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        options="[[crime.scope]]\ncolumn = 'Type'\nin = ['A']\nout = ['*']\n[crime.force]\ncolumn = 'Force'\nwords = ['NYP']",
    )
    with pytest.raises(MissingColumns) as lacking:
        values_of(book, tmp_path, {})
    assert lacking.value.missing == {"scope": ("Type",), "force_id": ("Force",)}


def test_one_of_code_and_title_is_enough_for_an_offence(tmp_path: Path) -> None:
    book = book_of(tmp_path, "offence_title = { column = 'Offence' }")
    (values,) = values_of(book, tmp_path, {"Offence": "Assault"})
    assert values["sent_offence_title"] == "Assault"
    assert absent_fields(book, ["Ref", "Date", "Offence"]) == ("offence_code",)


def test_a_wide_block_that_is_partly_there_is_read_as_far_as_it_is(tmp_path: Path) -> None:
    book = book_of(tmp_path, "impact_factors.flags = { 'Alcohol?' = 'alcohol', 'Drugs?' = 'drugs' }")
    (record,) = records_of(book, tmp_path, {"Alcohol?": "Yes"})
    assert record["impact_factors"] == ["alcohol"]


def test_columns_of_grouped_headers_are_named_group_and_column(tmp_path: Path) -> None:
    book: Book = book_of(
        tmp_path,
        "injury = { column = 'Officer / Injury' }\ntreatment = { column = 'Outcome / Treatment' }\nrank = { column = 'Officer / Rank' }",
        options="[crime.read]\nheader_rows = 2",
    )
    raw = tmp_path / "grouped.csv"
    raw.write_text(
        ",,,Officer,,Outcome\nRef,Date,Code,Injury,Rank,Treatment\nA1,03/07/2018,104/23,Minor,Sergeant,Hospital\n",
        encoding="utf-8",
    )
    export = open_export(raw, Reading(**book.read), expected=book.columns)
    assert export.columns == (
        "Ref",
        "Date",
        "Code",
        "Officer / Injury",
        "Officer / Rank",
        "Outcome / Treatment",
    )
    with open_engine(tmp_path) as engine:
        from transforms.convert import convert
        from transforms.rename import rename

        values = rename(engine.read_batches("export", export.batches(export.columns)), book)
        (record,) = engine.rows(convert(values, book))
    assert (record["injury"], record["rank"], record["treatment"]) == ("minor", "sergeant", "hospital")
    assert record["row_number"] == 3
