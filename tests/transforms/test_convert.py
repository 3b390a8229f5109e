"""The force's words become ours: each thing a force's file can say about a value, on literal cells."""

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from tests.transforms.literal import book_of, records_of

Cells = dict[str, str]


def one(folder: Path, field: str, mapping: str, cell: str, **also: str) -> tuple[Any, bool]:
    """Return a field read from a column called Cell, and whether it was left unexplained."""
    book = book_of(folder, f"{field} = {{ column = 'Cell', {mapping} }}" if mapping else f"{field} = {{ column = 'Cell' }}")
    (record,) = records_of(book, folder, {"Cell": cell, **also})
    return record[field], bool(record.get(f"unexplained_{field}"))


# Dates and times


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("03/07/2018", date(2018, 7, 3)),
        ("3/7/2018", date(2018, 7, 3)),
        (" 03/07/2018 ", date(2018, 7, 3)),
        ("2018-07-03", date(2018, 7, 3)),
        ("2018-07-03 22:15:00", date(2018, 7, 3)),
        ("2018-07-03T22:15:00", date(2018, 7, 3)),
        ("29/02/2016", date(2016, 2, 29)),
    ],
)
def test_a_date_day_first_or_iso_is_read(tmp_path: Path, cell: str, day: date) -> None:
    assert one(tmp_path, "recorded_on", "", cell) == (day, False)


@pytest.mark.parametrize(
    "cell",
    ["31/02/2018", "29/02/2018", "07/31/2018", "00/07/2018", "03/07/18", "03/07/0018", "03.07.2018", "3 July", "July 2018", "43284", "soon"],
)
def test_a_date_that_is_none_or_has_no_century_is_unexplained_and_never_guessed(tmp_path: Path, cell: str) -> None:
    assert one(tmp_path, "recorded_on", "", cell) == (None, True)


@pytest.mark.parametrize(
    ("cell", "day"),
    [("3 Apr 2018", date(2018, 4, 3)), ("03-Apr-2018", date(2018, 4, 3)), ("2018-04-03", date(2018, 4, 3))],
)
def test_formats_are_tried_in_order_and_iso_is_always_read(tmp_path: Path, cell: str, day: date) -> None:
    assert one(tmp_path, "recorded_on", 'format = ["%d %b %Y", "%d-%b-%Y"]', cell) == (day, False)


def test_a_stated_format_takes_the_place_of_day_first(tmp_path: Path) -> None:
    assert one(tmp_path, "recorded_on", 'format = "%m/%d/%Y"', "07/03/2018") == (date(2018, 7, 3), False)
    assert one(tmp_path, "recorded_on", 'format = "%m/%d/%Y"', "31/12/2018") == (None, True)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [("22:15", time(22, 15)), ("22:15:30", time(22, 15, 30)), ("00:00", time(0, 0)), ("2018-07-03 22:15:00", time(22, 15))],
)
def test_a_time_of_day_is_read(tmp_path: Path, cell: str, moment: time) -> None:
    assert one(tmp_path, "occurred_time", "", cell) == (moment, False)


@pytest.mark.parametrize("cell", ["25:10", "24:00", "22.15", "2215", "10pm", "22:60"])
def test_a_time_that_is_none_is_unexplained(tmp_path: Path, cell: str) -> None:
    assert one(tmp_path, "occurred_time", "", cell) == (None, True)


def test_one_column_of_day_and_time_feeds_both_fields(tmp_path: Path) -> None:
    both = "{ column = 'When', format = '%d/%m/%Y %H:%M' }"
    book = book_of(tmp_path, f"occurred_on = {both}\noccurred_time = {both}")
    (record,) = records_of(book, tmp_path, {"When": "03/07/2018 22:15"})
    assert (record["occurred_on"], record["occurred_time"]) == (date(2018, 7, 3), time(22, 15))


# Whole numbers


@pytest.mark.parametrize(("cell", "number"), [("3", 3), ("0", 0), ("3.0", 3), (" 12 ", 12), ("-2", -2)])
def test_a_whole_number_is_read(tmp_path: Path, cell: str, number: int) -> None:
    assert one(tmp_path, "days_lost", "", cell) == (number, False)


@pytest.mark.parametrize("cell", ["3.5", "0.999999999", "1,263", "three", "1e400", "nan", "inf", "12 days", "--", "9" * 30])
def test_what_is_no_whole_number_is_unexplained_and_never_rounded(tmp_path: Path, cell: str) -> None:
    assert one(tmp_path, "days_lost", "", cell) == (None, True)


# Words and codes


@pytest.mark.parametrize("cell", ["Slight", "slight", " SLIGHT ", "sLiGhT\u00a0"[:6]])
def test_a_word_is_matched_without_regard_to_case_and_outer_space(tmp_path: Path, cell: str) -> None:
    assert one(tmp_path, "injury", 'codes = { "Slight" = "minor" }', cell) == ("minor", False)


@pytest.mark.parametrize("cell", ["Slightly", "Sl ight", "minor", "Other", "0"])
def test_a_word_no_list_explains_is_missing_and_unexplained(tmp_path: Path, cell: str) -> None:
    assert one(tmp_path, "injury", 'codes = { "Slight" = "minor" }', cell) == (None, True)


@pytest.mark.parametrize("cell", ["", "   ", "N/K", "n/k ", "-"])
def test_a_blank_cell_and_a_word_for_missing_are_missing_and_no_finding(tmp_path: Path, cell: str) -> None:
    assert one(tmp_path, "injury", 'missing = ["-"], codes = { "Slight" = "minor" }', cell) == (None, False)


def test_a_word_for_missing_in_one_column_means_nothing_in_another(tmp_path: Path) -> None:
    book = book_of(tmp_path, "injury = { column = 'A', missing = ['-'] }\ntreatment = { column = 'B' }")
    (record,) = records_of(book, tmp_path, {"A": "-", "B": "-"})
    assert (record["unexplained_injury"], record["unexplained_treatment"]) == (False, True)


def test_a_word_for_missing_that_has_a_code_is_that_code(tmp_path: Path) -> None:
    assert one(tmp_path, "injury", 'codes = { "N/K" = "unknown" }', "N/K") == ("unknown", False)


def test_without_a_list_our_own_codes_are_understood(tmp_path: Path) -> None:
    assert one(tmp_path, "injury", "", "Minor") == ("minor", False)


@pytest.mark.parametrize(
    ("day", "cell", "code"),
    [("31/03/2018", "Slight", "minor"), ("01/04/2018", "1", "minor"), ("01/04/2018", "Slight", None), ("31/03/2018", "1", None)],
)
def test_a_dated_list_holds_from_its_day_on(tmp_path: Path, day: str, cell: str, code: str | None) -> None:
    book = book_of(
        tmp_path,
        tables='[crime.fields.injury]\ncolumn = "Cell"\ncodes = { "Slight" = "minor" }\n'
        '[[crime.fields.injury.codes_from]]\nfrom = 2018-04-01\ncodes = { "1" = "minor" }\n',
        sets=["injury"],
    )
    (record,) = records_of(book, tmp_path, {"Date": day, "Cell": cell})
    assert (record["injury"], record["unexplained_injury"]) == (code, code is None)


def test_of_two_dated_lists_the_later_one_that_has_begun_holds(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        tables='[crime.fields.injury]\ncolumn = "Cell"\ncodes = { "1" = "none" }\n'
        '[[crime.fields.injury.codes_from]]\nfrom = 2017-04-01\ncodes = { "1" = "minor" }\n'
        '[[crime.fields.injury.codes_from]]\nfrom = 2018-04-01\ncodes = { "1" = "severe" }\n',
        sets=["injury"],
    )
    days = ("31/03/2017", "01/04/2017", "31/03/2018", "01/04/2018")
    records = records_of(book, tmp_path, *({"Date": day, "Cell": "1"} for day in days))
    assert [record["injury"] for record in records] == ["none", "minor", "minor", "severe"]


# Yes or no


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        ("Yes", True), ("y", True), ("TRUE", True), ("1", True), (" no ", False), ("N", False), ("false", False), ("0", False),
    ],
)  # fmt: skip
def test_yes_and_no_need_no_list(tmp_path: Path, cell: str, answer: bool) -> None:
    assert one(tmp_path, "spat_at", "", cell) == (answer, False)


@pytest.mark.parametrize("cell", ["Maybe", "2", "yes?", "X"])
def test_what_is_neither_yes_nor_no_is_unexplained(tmp_path: Path, cell: str) -> None:
    assert one(tmp_path, "spat_at", "", cell) == (None, True)


def test_a_forces_own_words_for_yes_and_no_take_the_place_of_ours(tmp_path: Path) -> None:
    words = "yes = ['Spat upon'], no = ['Not spat upon']"
    assert one(tmp_path, "spat_at", words, "spat upon") == (True, False)
    assert one(tmp_path, "spat_at", words, "Not Spat Upon") == (False, False)
    assert one(tmp_path, "spat_at", words, "Yes") == (None, True)


# Constants, pseudonyms, parts of cells


def test_a_constant_is_in_every_record_and_never_unexplained(tmp_path: Path) -> None:
    book = book_of(tmp_path, "duty_status = { constant = 'on_duty' }\nspat_at = { constant = 'true' }")
    records = records_of(book, tmp_path, {}, {})
    assert [(record["duty_status"], record["spat_at"]) for record in records] == [("on_duty", True)] * 2


def test_a_collar_number_becomes_a_pseudonym_that_outer_space_does_not_change(tmp_path: Path) -> None:
    first, _ = one(tmp_path, "victim_id", "", "C4471")
    again, _ = one(tmp_path, "victim_id", "", "  C4471 ")
    other, _ = one(tmp_path, "victim_id", "", "C4472")
    assert first == again != other
    assert len(first) == 32
    assert "4471" not in first


def test_a_missing_collar_number_has_no_pseudonym(tmp_path: Path) -> None:
    assert one(tmp_path, "victim_id", "", "") == (None, False)
    assert one(tmp_path, "victim_id", "", "n/k") == (None, False)


def test_a_field_not_collected_is_missing_of_its_own_type(tmp_path: Path) -> None:
    (record,) = records_of(book_of(tmp_path), tmp_path, {})
    assert (record["days_lost"], record["hate_strands"], record["spat_at"], record["occurred_time"]) == (None,) * 4
    assert record["victim_number"] == 1


# Lists


def test_a_cell_of_several_words_becomes_a_sorted_list_each_code_once(tmp_path: Path) -> None:
    mapping = 'separator = ";", codes = { "Racial" = "race", "Faith" = "religion", "Creed" = "religion" }'
    assert one(tmp_path, "hate_strands", mapping, "faith ;RACIAL;; Creed ;") == (["race", "religion"], False)


def test_a_blank_list_cell_is_missing_and_not_an_empty_list(tmp_path: Path) -> None:
    assert one(tmp_path, "hate_strands", 'separator = ";", codes = { "Racial" = "race" }', " ") == (None, False)


def test_a_list_cell_with_a_word_nothing_explains_keeps_the_others_and_is_unexplained(tmp_path: Path) -> None:
    mapping = 'separator = ";", codes = { "Racial" = "race" }'
    assert one(tmp_path, "hate_strands", mapping, "Racial; Football") == (["race"], True)


FLAGS = "impact_factors.flags = { 'Alcohol?' = 'alcohol', 'Drugs?' = 'drugs' }"


@pytest.mark.parametrize(
    ("alcohol", "drugs", "factors", "unexplained"),
    [
        ("Yes", "No", ["alcohol"], False),
        ("y", "1", ["alcohol", "drugs"], False),
        ("No", "", [], False),
        ("", "", None, False),
        ("Yes", "Perhaps", ["alcohol"], True),
    ],
)
def test_a_wide_block_of_yes_and_no_fills_one_list(
    tmp_path: Path, alcohol: str, drugs: str, factors: list[str] | None, unexplained: bool
) -> None:
    book = book_of(tmp_path, FLAGS)
    (record,) = records_of(book, tmp_path, {"Alcohol?": alcohol, "Drugs?": drugs})
    assert (record["impact_factors"], record["unexplained_impact_factors"]) == (factors, unexplained)


SEVERAL = """
[[crime.lists]]
column = "Circumstances"
separator = ";"
[crime.lists.words]
"Alcohol" = "impact_factors.alcohol"
"Drugs" = "impact_factors.drugs"
"Spat at" = "spat_at"
"Bit" = "bitten"
"None" = ""
"""


@pytest.mark.parametrize(
    ("cell", "factors", "spat_at", "bitten", "unexplained"),
    [
        ("Alcohol; Spat at; Drugs", ["alcohol", "drugs"], True, False, False),
        ("none", [], False, False, False),
        ("", None, None, None, False),
        ("BIT;bit", [], False, True, False),
        ("Spat at; Kicked", [], True, False, True),
    ],
)
def test_the_words_of_one_cell_set_several_fields(
    tmp_path: Path, cell: str, factors: Any, spat_at: Any, bitten: Any, unexplained: bool
) -> None:
    book = book_of(tmp_path, tables=SEVERAL, sets=["impact_factors", "spat_at", "bitten"])
    (record,) = records_of(book, tmp_path, {"Circumstances": cell})
    marks = any(bool(record.get(f"unexplained_{name}")) for name in ("impact_factors", "spat_at", "bitten"))
    assert (record["impact_factors"], record["spat_at"], record["bitten"], marks) == (factors, spat_at, bitten, unexplained)


def test_a_word_for_missing_in_a_cell_of_several_words_is_no_finding(tmp_path: Path) -> None:
    book = book_of(tmp_path, tables=SEVERAL, sets=["impact_factors", "spat_at", "bitten"])
    (record,) = records_of(book, tmp_path, {"Circumstances": "N/K"})
    assert not any(bool(record.get(f"unexplained_{name}")) for name in ("impact_factors", "spat_at", "bitten"))
    assert (record["impact_factors"], record["spat_at"]) == (None, None)


# Scope and force


def scoped(tmp_path: Path, condition: str, *cells: str) -> list[tuple[int | None, bool]]:
    """Return for each cell of the condition's column where it leaves the row out, and whether it is unexplained."""
    book = book_of(tmp_path, options=f"[[crime.scope]]\ncolumn = 'Type'\n{condition}")
    return [
        (record["out_of_scope"], record["unexplained_scope"])
        for record in records_of(book, tmp_path, *({"Type": cell} for cell in cells))
    ]


IN, OUT, UNEXPLAINED = (None, False), (1, False), (None, True)


def test_a_word_in_neither_list_of_a_condition_is_unexplained(tmp_path: Path) -> None:
    cells = ("Assault", " ASSAULT ", "Slip", "Fire", "")
    assert scoped(tmp_path, "in = ['Assault']\nout = ['Slip']", *cells) == [IN, IN, OUT, UNEXPLAINED, UNEXPLAINED]


def test_a_star_stands_for_every_word_but_not_for_a_blank(tmp_path: Path) -> None:
    cells = ("Assault", "Slip", "Fire", "")
    assert scoped(tmp_path, "in = ['Assault']\nout = ['*']", *cells) == [IN, OUT, OUT, UNEXPLAINED]


def test_two_quotation_marks_stand_for_a_blank_cell(tmp_path: Path) -> None:
    assert scoped(tmp_path, "in = ['Yes']\nout = ['No', '']", "Yes", "no", " ") == [IN, OUT, OUT]


def test_a_star_inside_takes_in_every_word_that_is_not_named_outside(tmp_path: Path) -> None:
    assert scoped(tmp_path, "in = ['*', '']\nout = ['Slip']", "Anything", "", "slip") == [IN, IN, OUT]


def test_a_row_is_left_out_by_the_first_condition_that_says_so(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        options="[[crime.scope]]\ncolumn = 'Type'\nin = ['Assault']\nout = ['*']\n"
        "[[crime.scope]]\ncolumn = 'Meant?'\nin = ['Yes']\nout = ['No']",
    )
    cells = [("Assault", "Yes"), ("Assault", "No"), ("Slip", "No"), ("Slip", "Perhaps")]
    records = records_of(book, tmp_path, *({"Type": kind, "Meant?": meant} for kind, meant in cells))
    assert [record["out_of_scope"] for record in records] == [None, 2, 1, 1]


@pytest.mark.parametrize(("cell", "another"), [("West Mercia", False), (" wmp ", False), ("Warwickshire", True), ("", True)])
def test_a_row_that_names_another_force_or_none_is_marked(tmp_path: Path, cell: str, another: bool) -> None:
    book = book_of(tmp_path, options="[crime.force]\ncolumn = 'Force'\nwords = ['West Mercia', 'WMP']")
    (record,) = records_of(book, tmp_path, {"Force": cell})
    assert record["another_force"] is another


# Offence codes


@pytest.mark.parametrize("cell", ["104/23", "10423"])
def test_an_offence_code_is_known_in_either_spelling(tmp_path: Path, cell: str) -> None:
    (record,) = records_of(book_of(tmp_path), tmp_path, {"Code": cell})
    assert (record["offence_class"], record["unexplained_offence_code"]) == ("104", False)


def test_an_offence_code_on_no_list_is_unexplained_and_missing(tmp_path: Path) -> None:
    (record,) = records_of(book_of(tmp_path), tmp_path, {"Code": "999/99"})
    assert (record["offence_code"], record["unexplained_offence_code"]) == (None, True)
