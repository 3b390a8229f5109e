"""The force's words become ours: each thing a force's file can say about a value, on literal cells."""

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from schemas.force import ForceFileError
from tests.transforms.literal import book_of, classified_records_of, records_of

SLIGHT = 'codes = { "Slight" = "minor" }'


def read(folder: Path, field: str, mapping: str, *cells: str) -> dict[str, tuple[Any, bool]]:
    """Return, by cell, a field read from a column called Cell, and whether it was left unexplained."""
    said = f", {mapping}" if mapping else ""
    book = book_of(folder, f"{field} = {{ column = 'Cell'{said} }}")
    records = records_of(book, folder, *({"Cell": cell} for cell in cells))
    return {
        cell: (record[field], bool(record.get(f"unexplained_{field}")))
        for cell, record in zip(cells, records, strict=True)
    }


def are_read(folder: Path, field: str, mapping: str, expected: dict[str, Any]) -> bool:
    """Return whether every cell is read as expected, with nothing left unexplained."""
    return read(folder, field, mapping, *expected) == {
        cell: (value, False) for cell, value in expected.items()
    }


def are_unexplained(folder: Path, field: str, mapping: str, *cells: str) -> bool:
    """Return whether every cell becomes missing and is marked unexplained."""
    return read(folder, field, mapping, *cells) == dict.fromkeys(cells, (None, True))


# Dates and times


def test_a_date_day_first_or_iso_is_read(tmp_path: Path) -> None:
    third = date(2018, 7, 3)
    expected = {
        "03/07/2018": third,
        "3/7/2018": third,
        " 03/07/2018 ": third,
        "2018-07-03": third,
        "2018-07-03 22:15:00": third,
        "2018-07-03T22:15:00": third,
        "29/02/2016": date(2016, 2, 29),
    }
    assert are_read(tmp_path, "recorded_on", "", expected)


def test_a_date_that_is_none_or_has_no_century_is_unexplained_and_never_guessed(tmp_path: Path) -> None:
    cells = (
        "31/02/2018", "29/02/2018", "07/31/2018", "00/07/2018", "03/07/18", "03/07/0018", "3 July",
        "July 2018", "43284", "soon",
    )  # fmt: skip
    assert are_unexplained(tmp_path, "recorded_on", "", *cells)


def test_formats_are_tried_in_order_and_iso_is_always_read(tmp_path: Path) -> None:
    third = date(2018, 4, 3)
    expected = {"3 Apr 2018": third, "03-Apr-2018": third, "2018-04-03": third}
    assert are_read(tmp_path, "recorded_on", 'format = ["%d %b %Y", "%d-%b-%Y"]', expected)


def test_a_stated_format_takes_the_place_of_day_first(tmp_path: Path) -> None:
    assert read(tmp_path, "recorded_on", 'format = "%m/%d/%Y"', "07/03/2018", "31/12/2018") == {
        "07/03/2018": (date(2018, 7, 3), False),
        "31/12/2018": (None, True),
    }


def test_a_time_of_day_is_read(tmp_path: Path) -> None:
    expected = {
        "22:15": time(22, 15),
        "22:15:30": time(22, 15, 30),
        "00:00": time(0, 0),
        "2018-07-03 22:15:00": time(22, 15),
    }
    assert are_read(tmp_path, "occurred_time", "", expected)


def test_a_time_that_is_none_is_unexplained(tmp_path: Path) -> None:
    assert are_unexplained(tmp_path, "occurred_time", "", "25:10", "24:01", "22.15", "2215", "22:60")


def test_one_column_of_day_and_time_feeds_both_fields(tmp_path: Path) -> None:
    both = "{ column = 'When', format = '%d/%m/%Y %H:%M' }"
    book = book_of(tmp_path, f"occurred_on = {both}\noccurred_time = {both}")
    (record,) = records_of(book, tmp_path, {"When": "03/07/2018 22:15"})
    assert (record["occurred_on"], record["occurred_time"]) == (date(2018, 7, 3), time(22, 15))


# Whole numbers


def test_a_whole_number_is_read(tmp_path: Path) -> None:
    assert are_read(tmp_path, "days_lost", "", {"3": 3, "0": 0, "3.0": 3, " 12 ": 12, "-2": -2})


def test_a_fraction_is_unexplained_and_never_rounded(tmp_path: Path) -> None:
    assert are_unexplained(tmp_path, "days_lost", "", "3.5", "0.999999999", "2.0000001")


def test_what_is_no_number_is_unexplained(tmp_path: Path) -> None:
    assert are_unexplained(tmp_path, "days_lost", "", "1,263", "three", "12 days", "--", "0x1F")


@pytest.mark.parametrize("cell", ["1e400", "nan", "-inf", "9" * 30])
def test_what_is_beyond_every_number_is_unexplained_and_stops_nothing(tmp_path: Path, cell: str) -> None:
    assert are_unexplained(tmp_path, "days_lost", "", cell)


# Words and codes


def test_a_word_is_matched_without_regard_to_case_and_outer_space(tmp_path: Path) -> None:
    cells = ("Slight", "slight", " SLIGHT ", "sLiGhT")
    assert are_read(tmp_path, "injury", SLIGHT, dict.fromkeys(cells, "minor"))


def test_which_spaces_part_the_words_of_a_cell_does_not_count(tmp_path: Path) -> None:
    codes = (
        'codes = { "Police Officer" = "police_officer", "Aid\u00e9  PCSO" = "pcso" }, missing = ["Not said"]'
    )
    expected = {
        "Police\xa0Officer": "police_officer",
        "police  officer": "police_officer",
        "\ufeffPolice\u200b Officer": "police_officer",
        "Aid\u00e9\u202fPCSO": "pcso",
        "Not\xa0said": None,
        "\u200b": None,
    }
    assert are_read(tmp_path, "victim_type", codes, expected)
    assert are_unexplained(tmp_path, "victim_type", codes, "PoliceOfficer")
    factors = 'separator = ";", codes = { "Mental health" = "mental_health", "Drugs" = "drugs" }'
    assert are_read(
        tmp_path, "impact_factors", factors, {"Mental\xa0health;\u200bDrugs": ["drugs", "mental_health"]}
    )
    assert are_read(
        tmp_path, "spat_at", 'yes = ["Oh yes"], no = ["Oh no"]', {"Oh\xa0yes": True, "oh  no": False}
    )
    assert are_read(tmp_path, "district", 'missing = ["Not said"]', {"Not \xa0said": None, "A  B": "A  B"})


def test_a_word_no_list_explains_is_missing_and_unexplained(tmp_path: Path) -> None:
    assert are_unexplained(tmp_path, "injury", SLIGHT, "Slightly", "Sl ight", "minor", "Other", "0")


def test_a_blank_cell_and_a_word_for_missing_are_missing_and_no_finding(tmp_path: Path) -> None:
    cells = ("", "   ", "N/K", "n/k ", "-")
    assert are_read(tmp_path, "injury", f'missing = ["-"], {SLIGHT}', dict.fromkeys(cells))


def test_a_word_for_missing_in_one_column_means_nothing_in_another(tmp_path: Path) -> None:
    book = book_of(tmp_path, "injury = { column = 'A', missing = ['-'] }\ntreatment = { column = 'B' }")
    (record,) = records_of(book, tmp_path, {"A": "-", "B": "-"})
    assert (record["unexplained_injury"], record["unexplained_treatment"]) == (False, True)


def test_a_word_for_missing_that_has_a_code_is_that_code(tmp_path: Path) -> None:
    assert are_read(tmp_path, "injury", 'codes = { "N/K" = "unknown" }', {"N/K": "unknown"})


def test_without_a_list_our_own_codes_are_understood(tmp_path: Path) -> None:
    assert are_read(tmp_path, "injury", "", {"Minor": "minor", "severe": "severe"})


def test_a_dated_list_holds_from_its_day_on(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        tables='[crime.fields.injury]\ncolumn = "Cell"\ncodes = { "Slight" = "minor" }\n'
        '[[crime.fields.injury.codes_from]]\nfrom = 2018-04-01\ncodes = { "1" = "minor" }\n',
        sets=["injury"],
    )
    cells = [("31/03/2018", "Slight"), ("31/03/2018", "1"), ("01/04/2018", "Slight"), ("01/04/2018", "1")]
    records = records_of(book, tmp_path, *({"Date": day, "Cell": cell} for day, cell in cells))
    assert [record["injury"] for record in records] == ["minor", None, None, "minor"]
    assert [record["unexplained_injury"] for record in records] == [False, True, True, False]


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


def test_a_word_on_a_day_we_cannot_read_is_looked_up_in_the_first_list(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        tables='[crime.fields.injury]\ncolumn = "Cell"\ncodes = { "1" = "none" }\n'
        '[[crime.fields.injury.codes_from]]\nfrom = 2017-04-01\ncodes = { "1" = "minor" }\n',
        sets=["injury"],
    )
    (record,) = records_of(book, tmp_path, {"Date": "31/02/2018", "Cell": "1"})
    assert (record["occurred_on"], record["injury"]) == (None, "none")


# Yes or no


def test_yes_and_no_need_no_list(tmp_path: Path) -> None:
    expected = {
        "Yes": True, "y": True, "TRUE": True, "1": True, " no ": False, "N": False, "false": False, "0": False,
    }  # fmt: skip
    assert are_read(tmp_path, "spat_at", "", expected)


def test_what_is_neither_yes_nor_no_is_unexplained(tmp_path: Path) -> None:
    assert are_unexplained(tmp_path, "spat_at", "", "Maybe", "2", "yes?", "X")


def test_a_forces_own_words_for_yes_and_no_take_the_place_of_ours(tmp_path: Path) -> None:
    words = "yes = ['Spat upon'], no = ['Not spat upon']"
    assert read(tmp_path, "spat_at", words, "spat upon", "Not Spat Upon", "Yes") == {
        "spat upon": (True, False),
        "Not Spat Upon": (False, False),
        "Yes": (None, True),
    }


# Constants, pseudonyms


def test_a_constant_is_in_every_record_and_never_unexplained(tmp_path: Path) -> None:
    book = book_of(tmp_path, "duty_status = { constant = 'on_duty' }\nspat_at = { constant = 'true' }")
    records = records_of(book, tmp_path, {}, {})
    assert [(record["duty_status"], record["spat_at"]) for record in records] == [("on_duty", True)] * 2


def test_a_collar_number_becomes_a_pseudonym_that_outer_space_does_not_change(tmp_path: Path) -> None:
    found = read(tmp_path, "victim_id", "", "C4471", "  C4471 ", "C4472")
    first, again, other = (found[cell][0] for cell in found)
    assert first == again != other
    assert len(first) == 32
    assert "4471" not in first


@pytest.mark.parametrize(
    "mapping",
    ["column = 'Officer', take = '(\\d+)$'", "columns = ['Letters', 'Number']"],
    ids=["taken", "joined"],
)
def test_a_collar_number_that_is_not_a_column_as_it_is_is_refused_when_the_force_is_loaded(
    tmp_path: Path, mapping: str
) -> None:
    with pytest.raises(ForceFileError, match="victim_id"):
        book_of(tmp_path, f"victim_id = {{ {mapping} }}")


def test_a_column_of_collar_numbers_never_feeds_another_field_with_its_pseudonym(tmp_path: Path) -> None:
    try:
        book = book_of(
            tmp_path,
            "victim_id = { column = 'Officer' }\ndistrict = { column = 'Officer', take = '^([A-Z]+)' }",
        )
    except ForceFileError as refused:
        assert "Officer" in str(refused)
    else:
        (record,) = records_of(book, tmp_path, {"Officer": "NORTH 4471"})
        assert record["district"] == "NORTH"


def test_white_space_of_any_kind_round_a_value_is_none_of_it(tmp_path: Path) -> None:
    found = read(tmp_path, "district", "", "Selby", "\tSelby\t", " Selby\n", "\u00a0Selby ", "\t", "\u00a0")
    assert [value for value, _ in found.values()] == ["Selby"] * 4 + [None] * 2


def test_a_missing_collar_number_has_no_pseudonym(tmp_path: Path) -> None:
    assert are_read(tmp_path, "victim_id", "", {"": None, "n/k": None})


def test_a_field_not_collected_is_missing_and_the_victim_is_the_first(tmp_path: Path) -> None:
    (record,) = records_of(book_of(tmp_path), tmp_path, {})
    assert (record["days_lost"], record["hate_strands"], record["spat_at"], record["occurred_time"]) == (
        None,
    ) * 4
    assert record["victim_number"] == 1


# Lists

STRANDS = 'separator = ";", codes = { "Racial" = "race", "Faith" = "religion", "Creed" = "religion" }'


def test_a_cell_of_several_words_becomes_a_sorted_list_each_code_once(tmp_path: Path) -> None:
    expected = {"faith ;RACIAL;; Creed ;": ["race", "religion"], "Creed": ["religion"]}
    assert are_read(tmp_path, "hate_strands", STRANDS, expected)


def test_a_blank_list_cell_is_missing_and_not_an_empty_list(tmp_path: Path) -> None:
    assert are_read(tmp_path, "hate_strands", STRANDS, {" ": None, "": None, "N/K": None})


def test_a_list_cell_with_a_word_nothing_explains_keeps_the_others_and_is_unexplained(tmp_path: Path) -> None:
    assert read(tmp_path, "hate_strands", STRANDS, "Racial; Football") == {
        "Racial; Football": (["race"], True)
    }


def test_a_wide_block_of_yes_and_no_fills_one_list(tmp_path: Path) -> None:
    book = book_of(tmp_path, "impact_factors.flags = { 'Alcohol?' = 'alcohol', 'Drugs?' = 'drugs' }")
    expected = {
        ("Yes", "No"): (["alcohol"], False),
        ("y", "1"): (["alcohol", "drugs"], False),
        ("No", ""): ([], False),
        ("", ""): (None, False),
        ("Yes", "Perhaps"): (["alcohol"], True),
    }
    records = records_of(book, tmp_path, *({"Alcohol?": one, "Drugs?": other} for one, other in expected))
    assert [(r["impact_factors"], r["unexplained_impact_factors"]) for r in records] == list(
        expected.values()
    )


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
SET = ["impact_factors", "spat_at", "bitten"]


def several(folder: Path, *cells: str) -> list[tuple[Any, Any, Any, bool]]:
    """Return factors, spat at, bitten and whether a word was left unexplained, for each cell of several words."""
    records = records_of(
        book_of(folder, tables=SEVERAL, sets=SET), folder, *({"Circumstances": cell} for cell in cells)
    )
    return [
        (*(record[name] for name in SET), any(bool(record.get(f"unexplained_{name}")) for name in SET))
        for record in records
    ]


def test_the_words_of_one_cell_set_several_fields(tmp_path: Path) -> None:
    assert several(tmp_path, "Alcohol; Spat at; Drugs", "BIT;bit") == [
        (["alcohol", "drugs"], True, False, False),
        ([], False, True, False),
    ]


def test_a_filled_cell_without_a_word_is_a_no_and_a_blank_one_says_nothing(tmp_path: Path) -> None:
    assert several(tmp_path, "none", "", "  ") == [
        ([], False, False, False),
        (None, None, None, False),
        (None, None, None, False),
    ]


def test_a_word_of_the_cell_that_nothing_explains_is_marked_and_the_others_count(tmp_path: Path) -> None:
    assert several(tmp_path, "Spat at; Kicked") == [([], True, False, True)]


def test_a_word_for_missing_in_a_cell_of_several_words_says_nothing(tmp_path: Path) -> None:
    assert several(tmp_path, "N/K") == [(None, None, None, False)]


# Scope and force

IN, OUT, UNEXPLAINED = (None, False), (1, False), (None, True)


def scoped(folder: Path, condition: str, *cells: str) -> list[tuple[int | None, bool]]:
    """Return for each cell of the condition's column where it leaves the row out, and whether it is unexplained."""
    book = book_of(folder, options=f"[[crime.scope]]\ncolumn = 'Type'\n{condition}")
    records = records_of(book, folder, *({"Type": cell} for cell in cells))
    return [(record["out_of_scope"], record["unexplained_scope"]) for record in records]


def test_a_word_in_neither_list_of_a_condition_is_unexplained(tmp_path: Path) -> None:
    cells = ("Assault", " ASSAULT ", "Slip", "Fire", "")
    expected = [IN, IN, OUT, UNEXPLAINED, UNEXPLAINED]
    assert scoped(tmp_path, "in = ['Assault']\nout = ['Slip']", *cells) == expected


def test_a_star_stands_for_every_word_but_not_for_a_blank(tmp_path: Path) -> None:
    cells = ("Assault", "Slip", "Fire", "")
    assert scoped(tmp_path, "in = ['Assault']\nout = ['*']", *cells) == [IN, OUT, OUT, UNEXPLAINED]


def test_two_quotation_marks_stand_for_a_blank_cell(tmp_path: Path) -> None:
    assert scoped(tmp_path, "in = ['Yes']\nout = ['No', '']", "Yes", "no", " ") == [IN, OUT, OUT]


def test_a_star_takes_in_every_word_that_is_not_left_out_by_name(tmp_path: Path) -> None:
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


def test_a_row_that_names_another_force_or_none_is_marked(tmp_path: Path) -> None:
    book = book_of(tmp_path, options="[crime.force]\ncolumn = 'Force'\nwords = ['West Mercia', 'WMP']")
    cells = ("West Mercia", " wmp ", "Warwickshire", "")
    records = records_of(book, tmp_path, *({"Force": cell} for cell in cells))
    assert [record["another_force"] for record in records] == [False, False, True, True]


# Offence codes


def test_an_offence_code_is_known_in_any_spelling_and_one_on_no_list_is_unexplained(tmp_path: Path) -> None:
    cells = ("104/23", "10423", "999/99", "")
    records = classified_records_of(book_of(tmp_path), tmp_path, *({"Code": cell} for cell in cells))
    assert [record["unexplained_offence_code"] for record in records] == [False, False, True, False]
    assert [record["offence_class"] for record in records] == ["104", "104", None, None]
    assert records[2]["offence_code"] is None
