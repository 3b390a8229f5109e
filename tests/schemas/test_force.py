"""A force's file: what loads, and what is refused with the file, the key and the nearest right word."""

import re
from datetime import date
from pathlib import Path

import pytest

from schemas.assault import ASSAULT
from schemas.force import FORCES, Book, ForceFileError, load_force, load_forces

FIELDS = """\
source_record_id = { column = "Ref" }
occurred_on = { column = "Date" }
offence_code = { column = "Code" }
"""


def force_file(
    folder: Path,
    fields: str = FIELDS,
    options: str = "",
    tables: str = "",
    forgotten: str = "",
    also: str = "",
) -> Path:
    """Return a crime book that maps `fields` and lists every other field as not collected."""
    spoken = set(re.findall(r"^(\w+) = \{", fields, re.MULTILINE)) | set(re.findall(r"fields\.(\w+)", tables))
    spoken |= set(re.findall(r'= "(\w+)(?:\.\w+)?"$', tables, re.MULTILINE)) | {forgotten}
    absent = [declared.name for declared in ASSAULT.given if declared.name not in spoken]
    absent += [also] if also else []
    path = folder / "north_yorkshire.toml"
    path.write_text(
        'name = "North Yorkshire Police"\n'
        f'[crime]\nsystem = "niche"\nfiles = ["crime_*.csv"]\nnot_collected = {absent}\n{options}\n'
        f"[crime.fields]\n{fields}\n{tables}\n",
        encoding="utf-8",
    )
    return path


def crime(path: Path) -> Book:
    return load_force(path).books["crime"]


def refusal(path: Path) -> str:
    with pytest.raises(ForceFileError) as refused:
        load_force(path)
    return str(refused.value)


def test_a_valid_file_gives_the_force_and_its_book(tmp_path: Path) -> None:
    force = load_force(force_file(tmp_path))
    assert force.force_id == "north_yorkshire"
    assert force.name == "North Yorkshire Police"
    assert list(force.books) == ["crime"]
    assert force.books["crime"].columns == ("Ref", "Date", "Code")


def test_every_force_of_the_project_loads() -> None:
    forces = load_forces()
    assert sorted(forces) == sorted(path.stem for path in FORCES.glob("*.toml"))
    assert len(forces) >= 12


def test_a_file_is_of_the_one_book_whose_pattern_takes_its_name_whatever_the_case(tmp_path: Path) -> None:
    force = load_force(force_file(tmp_path))
    taken = force.book_of("CRIME_2018-07.CSV")
    assert taken is not None
    assert taken.name == "crime"
    assert force.book_of("injuries.csv") is None


def test_a_file_that_is_not_toml_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "kent.toml"
    path.write_text("name = Kent", encoding="utf-8")
    assert refusal(path).startswith("kent.toml is not valid TOML:")


def test_a_file_without_a_book_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "kent.toml"
    path.write_text('name = "Kent Police"', encoding="utf-8")
    assert refusal(path) == (
        "kent.toml: no book is declared; add at least one of [crime], [health_safety], [use_of_force]."
    )


def test_an_unknown_key_of_the_file_is_refused_with_the_nearest_right_one(tmp_path: Path) -> None:
    path = force_file(tmp_path)
    path.write_text(path.read_text().replace("[crime", "[crimes"), encoding="utf-8")
    assert refusal(path) == (
        'north_yorkshire.toml, top level: "crimes" is not a key we know; did you mean "crime"?'
    )


def test_an_unknown_key_of_a_book_is_refused_with_the_nearest_right_one(tmp_path: Path) -> None:
    path = force_file(tmp_path, options='ignore = ["Name"]')
    assert refusal(path) == (
        'north_yorkshire.toml, crime: "ignore" is not a key we know; did you mean "ignored"?'
    )


def test_an_unknown_key_of_a_field_is_refused_with_the_nearest_right_one(tmp_path: Path) -> None:
    path = force_file(tmp_path, FIELDS + 'injury = { column = "Injury", code = { "None" = "none" } }')
    assert refusal(path) == (
        'north_yorkshire.toml, crime.fields.injury: "code" is not a key we know; did you mean "codes"?'
    )


def test_an_unknown_field_is_refused_with_the_nearest_right_one(tmp_path: Path) -> None:
    path = force_file(tmp_path, FIELDS + 'injuries = { column = "Injury" }')
    assert refusal(path) == (
        'north_yorkshire.toml, crime.fields.injuries: "injuries" is not a field we know; '
        'did you mean "injury"?'
    )


def test_a_field_we_work_out_ourselves_cannot_be_mapped(tmp_path: Path) -> None:
    path = force_file(tmp_path, FIELDS + 'measure = { column = "Measure" }')
    assert '"measure" is not a field we know' in refusal(path)


def test_an_unknown_field_in_not_collected_is_refused(tmp_path: Path) -> None:
    assert refusal(force_file(tmp_path, also="days_off")) == (
        'north_yorkshire.toml, crime.not_collected: "days_off" is not a field we know; '
        'did you mean "days_lost"?'
    )


def test_an_unknown_code_is_refused_with_the_nearest_right_one(tmp_path: Path) -> None:
    path = force_file(tmp_path, FIELDS + 'injury = { column = "Injury", codes = { "Cut" = "minr" } }')
    assert refusal(path) == (
        'north_yorkshire.toml, crime.fields.injury.codes: "minr" is not a code we know; did you mean "minor"?'
    )


def test_an_unknown_code_with_nothing_near_is_refused_with_the_list(tmp_path: Path) -> None:
    path = force_file(tmp_path, FIELDS + 'treatment = { column = "Care", codes = { "A" = "zzz" } }')
    assert "it is one of none, first_aid, hospital, unknown" in refusal(path)


def test_an_unknown_code_in_a_dated_map_is_refused(tmp_path: Path) -> None:
    dated = (
        '[crime.fields.injury]\ncolumn = "Injury"\n'
        '[[crime.fields.injury.codes_from]]\nfrom = 2018-04-01\ncodes = { "1" = "slight" }'
    )
    assert "crime.fields.injury.codes_from" in refusal(force_file(tmp_path, tables=dated))


def test_an_unknown_constant_is_refused(tmp_path: Path) -> None:
    path = force_file(tmp_path, FIELDS + 'duty_status = { constant = "duty" }')
    assert 'crime.fields.duty_status.constant: "duty" is not a code we know' in refusal(path)


def test_a_yes_no_field_takes_only_true_and_false_in_quotes(tmp_path: Path) -> None:
    named = force_file(tmp_path, FIELDS + 'spat_at = { column = "Spat", codes = { "X" = "yes" } }')
    assert '"yes" is not a code we know; it is one of true, false' in refusal(named)
    bare = force_file(tmp_path, FIELDS + 'spat_at = { column = "Spat", codes = { "X" = true } }')
    assert 'crime.fields.spat_at.codes."X": write the target as a text in quotes' in refusal(bare)


def test_a_forgotten_field_is_named(tmp_path: Path) -> None:
    assert refusal(force_file(tmp_path, forgotten="crewing")) == (
        "north_yorkshire.toml, crime: crewing is neither mapped nor in not_collected."
    )


def test_a_field_both_mapped_and_not_collected_is_refused(tmp_path: Path) -> None:
    assert refusal(force_file(tmp_path, also="offence_code")) == (
        "north_yorkshire.toml, crime: offence_code is spoken of 2 times; map it once or list it in "
        "not_collected."
    )


def test_a_field_mapped_and_also_set_by_a_list_is_refused(tmp_path: Path) -> None:
    cell = '[[crime.lists]]\ncolumn = "Tags"\nseparator = ";"\n[crime.lists.words]\n"Spat" = "spat_at"'
    path = force_file(tmp_path, FIELDS + 'spat_at = { column = "Spat" }', tables=cell)
    assert "spat_at is spoken of 2 times" in refusal(path)


def test_a_field_set_by_two_lists_is_refused_so_that_neither_is_lost(tmp_path: Path) -> None:
    cells = "\n".join(
        f'[[crime.lists]]\ncolumn = "Tags {n}"\nseparator = ";"\n[crime.lists.words]\n"Spat" = "spat_at"'
        for n in (1, 2)
    )
    assert "spat_at is spoken of 2 times" in refusal(force_file(tmp_path, tables=cells))


def test_a_required_field_cannot_be_left_uncollected(tmp_path: Path) -> None:
    path = force_file(tmp_path, 'source_record_id = { column = "Ref" }\noffence_code = { column = "Code" }')
    assert refusal(path) == (
        "north_yorkshire.toml, crime.not_collected: occurred_on is required and must be mapped."
    )


def test_the_crime_book_needs_the_offence(tmp_path: Path) -> None:
    path = force_file(tmp_path, 'source_record_id = { column = "Ref" }\noccurred_on = { column = "Date" }')
    assert "the crime book needs offence_code or offence_title" in refusal(path)


def test_another_book_does_without_the_offence(tmp_path: Path) -> None:
    path = force_file(tmp_path, 'source_record_id = { column = "Ref" }\noccurred_on = { column = "Date" }')
    path.write_text(path.read_text().replace("[crime", "[use_of_force"), encoding="utf-8")
    assert list(load_force(path).books) == ["use_of_force"]


def test_a_force_may_send_several_books_each_with_its_own_layout(tmp_path: Path) -> None:
    path = force_file(tmp_path)
    other = path.read_text().split("\n", 1)[1].replace("[crime", "[health_safety").replace("crime_", "hs_")
    path.write_text(path.read_text() + other.replace('"Ref"', '"Report ID"'), encoding="utf-8")
    force = load_force(path)
    assert list(force.books) == ["crime", "health_safety"]
    assert force.books["health_safety"].columns == ("Report ID", "Date", "Code")
    taken = force.book_of("hs_2018.csv")
    assert taken is not None
    assert taken.name == "health_safety"


def test_a_field_needs_exactly_one_source(tmp_path: Path) -> None:
    path = force_file(tmp_path, FIELDS + 'rank = { column = "Rank", constant = "constable" }')
    assert "crime.fields.rank: give exactly one of column, columns, constant" in refusal(path)
    assert "(now: column and constant)" in refusal(path)


@pytest.mark.parametrize("source", ['column = ""', "column = []", "columns = []", "flags = {}"])
def test_an_empty_source_is_refused_so_that_no_field_is_silently_unread(tmp_path: Path, source: str) -> None:
    assert "this is empty" in refusal(force_file(tmp_path, FIELDS + f"impact_factors = {{ {source} }}"))


def test_a_word_both_in_and_out_of_scope_is_refused(tmp_path: Path) -> None:
    scope = '[[crime.scope]]\ncolumn = "Assaulted"\nin = ["Yes"]\nout = ["No", "yes "]'
    assert refusal(force_file(tmp_path, tables=scope)) == (
        'north_yorkshire.toml, crime.scope: "yes" is both in and out.'
    )


def test_a_scope_without_words_that_are_in_is_refused(tmp_path: Path) -> None:
    scope = '[[crime.scope]]\ncolumn = "Assaulted"\nout = ["No"]'
    assert "crime.scope.in: this list is missing" in refusal(force_file(tmp_path, tables=scope))


def test_dated_codes_are_kept_the_newest_first(tmp_path: Path) -> None:
    dated = '[crime.fields.injury]\ncolumn = "Injury"\ncodes = { "A" = "none" }\n'
    for day in ("2016-04-01", "2018-04-01"):
        dated += f'[[crime.fields.injury.codes_from]]\nfrom = {day}\ncodes = {{ "B" = "minor" }}\n'
    maps = crime(force_file(tmp_path, tables=dated)).fields["injury"].codes_from
    assert [each.since for each in maps] == [date(2018, 4, 1), date(2016, 4, 1)]


def test_dated_codes_need_a_bare_date(tmp_path: Path) -> None:
    dated = (
        '[crime.fields.injury]\ncolumn = "Injury"\n'
        '[[crime.fields.injury.codes_from]]\nfrom = {day}\ncodes = {{ "1" = "minor" }}'
    )
    for day in ('"2018-04-01"', "2018-04-01T00:00:00"):
        path = force_file(tmp_path, tables=dated.format(day=day))
        assert "write the date bare, as 2018-04-01" in refusal(path)


def test_the_day_of_the_assault_cannot_have_dated_codes(tmp_path: Path) -> None:
    fields = FIELDS.replace('occurred_on = { column = "Date" }\n', "")
    dated = (
        '[crime.fields.occurred_on]\ncolumn = "Date"\n'
        '[[crime.fields.occurred_on.codes_from]]\nfrom = 2018-04-01\ncodes = { "1" = "2" }'
    )
    assert "crime.fields.occurred_on.codes_from" in refusal(force_file(tmp_path, fields, tables=dated))


def test_two_spellings_of_one_word_may_not_lead_to_two_codes(tmp_path: Path) -> None:
    codes = '{ "Slight" = "minor", "SLIGHT" = "severe" }'
    path = force_file(tmp_path, FIELDS + f'injury = {{ column = "Injury", codes = {codes} }}')
    assert "the same word in other case leads elsewhere" in refusal(path)


def test_a_part_of_a_cell_is_taken_by_exactly_one_group(tmp_path: Path) -> None:
    fields = FIELDS.replace('"Code" }', "\"Code\", take = '^\\d+/\\d+' }")
    assert "crime.fields.offence_code.take: it needs exactly 1 group in round brackets" in refusal(
        force_file(tmp_path, fields)
    )


def test_a_broken_pattern_is_refused(tmp_path: Path) -> None:
    fields = FIELDS.replace('"Ref" }', "\"Ref\", pattern = '(' }")
    assert "crime.fields.source_record_id.pattern: this is not a regular expression" in refusal(
        force_file(tmp_path, fields)
    )


def test_a_period_without_its_year_is_refused(tmp_path: Path) -> None:
    period = "[crime.period]\npattern = '(?P<month>\\d\\d)'"
    assert "crime.period.pattern: name the groups year" in refusal(force_file(tmp_path, tables=period))


def test_a_year_begins_in_january_or_april(tmp_path: Path) -> None:
    period = "[crime.period]\npattern = '(?P<year>\\d{4})'\nyear_begins = \"march\""
    assert '"march" is not a month we know; it is one of january, april' in refusal(
        force_file(tmp_path, tables=period)
    )


def test_victims_side_by_side_need_their_number_in_a_column(tmp_path: Path) -> None:
    fields = FIELDS + 'sex = { column = "Sex {n}" }'
    assert "victims is not set" in refusal(force_file(tmp_path, fields))
    assert "no field has a column that holds {n}" in refusal(force_file(tmp_path, options="victims = 2"))
    assert "not a whole number from 1 to 50" in refusal(force_file(tmp_path, fields, "victims = 0"))


def test_numbered_columns_stand_for_one_column_a_victim_in_fields_and_lists(tmp_path: Path) -> None:
    cell = '[[crime.lists]]\ncolumn = "Tags {n}"\nseparator = ";"\n[crime.lists.words]\n"Spat" = "spat_at"'
    fields = FIELDS + 'sex = { column = "Sex {n}" }'
    book = crime(force_file(tmp_path, fields, "victims = 2", cell))
    assert book.columns == ("Ref", "Date", "Code", "Sex 1", "Sex 2", "Tags 1", "Tags 2")


def test_a_column_cannot_be_both_ignored_and_read(tmp_path: Path) -> None:
    path = force_file(tmp_path, options='ignored = ["Name", "Code"]')
    assert 'crime.ignored: "Code" is ignored and read' in refusal(path)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ('district = { column = "LPA", join = ", " }', "only several columns are joined"),
        ('district = { column = "LPA", separator = ";" }', "only one cell of a list field is separated"),
        ('district = { column = "LPA", yes = ["J"] }', "yes words are for yes/no columns"),
        ('district = { column = "LPA", format = "%d" }', "district is not a date or a time"),
        ('district = { column = "LPA", pattern = "x" }', "a pattern is for source_record_id"),
        (
            'district = { column = "LPA", codes = { "A" = "B" } }',
            "district takes free values and needs no codes",
        ),
        ('spat_at = { flags = { "Spat?" = "true" } }', "flags fill a list field"),
        ('hate_strands = { column = "Strands" }', "a list field needs a separator, or flags"),
        ('rank = { count_within = "source_record_id" }', "only victim_number can be counted"),
        ('rank = { constant = "constable", take = "(x)" }', "there is no cell to take a part of"),
        ('spat_at = { column = "S", yes = ["J"], codes = { "J" = "true" } }', "codes already say"),
    ],
)
def test_a_key_that_would_have_no_effect_is_refused(tmp_path: Path, spec: str, sentence: str) -> None:
    assert sentence in refusal(force_file(tmp_path, FIELDS + spec))


@pytest.mark.parametrize(
    ("pin", "sentence"),
    [
        ('format = "excel"', '"excel" is not a format we know; did you mean'),
        ('encoding = "utf-88"', '"utf-88" is not an encoding we know'),
        ('delimiter = "||"', "this is not one character"),
        ('header_row = "4"', "this is not a whole number from 1"),
        ("header_rows = 0", "this is not a whole number from 1"),
        ('sheets = "Data"', '"sheets" is not a key we know; did you mean "sheet"?'),
    ],
)
def test_a_pin_of_the_reading_is_checked_before_any_drop_comes(
    tmp_path: Path, pin: str, sentence: str
) -> None:
    message = refusal(force_file(tmp_path, tables=f"[crime.read]\n{pin}"))
    assert message.startswith("north_yorkshire.toml, crime.read")
    assert sentence in message


def test_a_list_word_must_lead_to_a_yes_no_field_or_a_code_of_a_list_field(tmp_path: Path) -> None:
    cell = '[[crime.lists]]\ncolumn = "Tags"\nseparator = ";"\n[crime.lists.words]\n"A" = "{target}"'
    wrong = {
        "impact_factors.alchohol": 'did you mean "alcohol"?',
        "impact_factor.alcohol": 'did you mean "impact_factors"?',
        "district": '"district" is neither a yes/no field nor a code of a list field',
    }
    for target, sentence in wrong.items():
        assert sentence in refusal(force_file(tmp_path, tables=cell.replace("{target}", target)))


def test_a_blank_cell_means_missing_in_every_book(tmp_path: Path) -> None:
    assert crime(force_file(tmp_path, options='missing = ["N/K "]')).missing == ("", "n/k")


def test_the_fingerprint_changes_with_what_the_file_says_and_not_with_its_order(tmp_path: Path) -> None:
    first = crime(force_file(tmp_path)).fingerprint
    turned = "\n".join(reversed(FIELDS.strip().split("\n"))) + "\n"
    assert crime(force_file(tmp_path, turned)).fingerprint == first
    assert crime(force_file(tmp_path, FIELDS.replace('"Code"', '"HO Code"'))).fingerprint != first


def test_a_police_force_area_code_is_checked_for_its_form(tmp_path: Path) -> None:
    path = force_file(tmp_path)
    path.write_text('pfa_code = "16"\n' + path.read_text(), encoding="utf-8")
    assert "north_yorkshire.toml, pfa_code: write the police force area code as E23000016" in refusal(path)
