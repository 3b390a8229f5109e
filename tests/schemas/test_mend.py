"""What a force's file may state of formats and mends, and what is refused with the reason."""

from pathlib import Path

import pytest

from schemas.force import ForceFileError
from schemas.mend import Mend, dates_of
from schemas.moments import pattern, width
from tests.transforms.literal import book_of


def mend_of(folder: Path, field: str, mapping: str) -> Mend:
    """Return the mend of a field whose column is called Cell."""
    return book_of(folder, f"{field} = {{ column = 'Cell', {mapping} }}").fields[field].mend


def refusal(folder: Path, field: str, mapping: str) -> str:
    """Return the sentence a force's file is refused with."""
    with pytest.raises(ForceFileError) as refused:
        book_of(folder, f"{field} = {{ {mapping} }}")
    return str(refused.value)


def test_a_field_is_not_mended_unless_that_is_stated(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    assert not any(mapped.mend for mapped in book.fields.values())


@pytest.mark.parametrize(
    ("field", "mapping", "mend"),
    [
        ("occurred_time", 'mend = { serial_dates = "1904" }', Mend(serial_dates="1904")),
        ("recorded_on", "mend = { swapped_dates = true }", Mend(swapped_dates=True)),
        ("district", "mend = { leading_zeros = 3 }", Mend(leading_zeros=3)),
        ("occurred_time", 'format = "%H%M", mend = { leading_zeros = 4 }', Mend(leading_zeros=4)),
        ("age_band", 'codes = { "5-9" = "under_26" }, mend = { ranges = ["5-9"] }', Mend(ranges=("5-9",))),
    ],
)
def test_each_mend_is_read(tmp_path: Path, field: str, mapping: str, mend: Mend) -> None:
    assert mend_of(tmp_path, field, mapping) == mend


@pytest.mark.parametrize(
    ("field", "mapping", "said"),
    [
        ("recorded_on", "column = 'C', mend = { serial_date = '1900' }", 'did you mean "serial_dates"?'),
        ("recorded_on", "column = 'C', mend = { serial_dates = 1900 }", 'write "1900", or "1904"'),
        ("recorded_on", "column = 'C', mend = {}", "this is empty"),
        ("recorded_on", "column = 'C', mend = { swapped_dates = 'yes' }", "write it bare, as true"),
        ("recorded_on", "column = 'C', format = '%m/%d/%Y', mend = { swapped_dates = true }", "day first"),
        ("occurred_time", "column = 'C', mend = { swapped_dates = true }", "is not a date"),
        ("district", "column = 'C', mend = { serial_dates = '1900' }", "is not a date or a time"),
        ("district", "column = 'C', mend = { leading_zeros = 16 }", "from 2 to 15"),
        ("district", "column = 'C', mend = { leading_zeros = true }", "from 2 to 15"),
        ("district", "constant = 'C', mend = { leading_zeros = 4 }", "there is no cell to mend"),
        ("days_lost", "column = 'C', mend = { leading_zeros = 4 }", "is not a text of digits"),
        ("victim_id", "column = 'C', mend = { leading_zeros = 4 }", "becomes a pseudonym"),
        ("occurred_time", "column = 'C', mend = { leading_zeros = 4 }", "state one format of 4 digits"),
        (
            "occurred_time",
            "column = 'C', format = '%H%M%S', mend = { leading_zeros = 4 }",
            "state one format of 4 digits",
        ),
        (
            "occurred_time",
            "column = 'C', format = '%H%M%S', mend = { leading_zeros = 6, serial_dates = '1900' }",
            "cannot be told apart",
        ),
        ("occurred_time", "column = 'C', format = '%H.%M', mend = { serial_dates = '1900' }", "0.30 may be"),
        ("district", "column = 'C', mend = { ranges = ['11-17'] }", "for a field with codes"),
        ("age_band", "column = 'C', codes = { 'A' = 'under_26' }, mend = { ranges = ['1-5'] }", "not among"),
        (
            "age_band",
            "column = 'C', codes = { '18-24' = 'under_26' }, mend = { ranges = ['18-24'] }",
            'a spreadsheet makes no date of "18-24"',
        ),
        ("recorded_on", "column = 'C', format = '%d/%m/%Q'", '"%Q" is not a sign of a format we know'),
        ("recorded_on", "column = 'C', format = '%d/%m'", "a date needs a day"),
        ("occurred_time", "column = 'C', format = '%d/%m/%Y'", "a time needs an hour"),
        ("occurred_time", "column = 'C', format = '%I:%M'", "needs %p"),
        ("recorded_on", "column = 'C', format = '%d/%m/%Y|%d'", "is not a format"),
    ],
)
def test_what_cannot_be_or_not_safely_is_refused_with_the_reason(
    tmp_path: Path, field: str, mapping: str, said: str
) -> None:
    sentence = refusal(tmp_path, field, mapping)
    assert said in sentence
    assert sentence.startswith("north_yorkshire.toml, crime.fields.")


@pytest.mark.parametrize("word", ["scientific_numbers", "rounded_numbers", "error_cells"])
def test_what_is_destroyed_cannot_be_declared_mended(tmp_path: Path, word: str) -> None:
    sentence = refusal(tmp_path, "source_record_id", f"column = 'C', mend = {{ {word} = true }}")
    assert "this cannot be mended" in sentence
    assert "sent as text from the system itself" in sentence


@pytest.mark.parametrize(("one", "other"), [("11-17", "1-11"), ("5-9", "9-5"), ("11-17", "11-1")])
def test_two_ranges_that_may_have_become_one_date_are_refused(tmp_path: Path, one: str, other: str) -> None:
    codes = f"codes = {{ '{one}' = 'under_26', '{other}' = 'over_55' }}"
    said = refusal(tmp_path, "age_band", f"column = 'C', {codes}, mend = {{ ranges = ['{one}', '{other}'] }}")
    assert f'"{one}" and "{other}" may have become the same date' in said


def test_a_range_becomes_a_day_of_any_year_or_the_first_of_a_month() -> None:
    assert set(dates_of("11-17")) == {(2017, 11, 1), (None, 11, 17)}
    assert set(dates_of("5-9")) == {(None, 9, 5), (None, 5, 9)}
    assert set(dates_of("1-45")) == {(1945, 1, 1)}
    assert dates_of("18-24") == dates_of("30-2") == dates_of("under 5") == ()


def test_numbers_without_anything_between_them_have_all_their_digits() -> None:
    assert (width("%H%M"), width("%d%m%Y"), width("%H:%M"), width("%d%b%Y")) == (4, 8, None, None)
    assert pattern("%H%M") == r"\d\d\d\d"
    assert pattern("%d/%m/%y") == r"\d\d?/\d\d?/\d\d"
