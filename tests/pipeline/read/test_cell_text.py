"""Cells as text: a column at once says what each cell alone says."""

from __future__ import annotations

import datetime
import random

import pytest

from pipeline.read.cell_text import column, row_texts


def text(cell: object) -> str:
    """Return a number as text by Python's own words."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**15 else repr(cell)
    return str(cell)


def test_numbers_are_written_as_they_stand_whatever_their_size() -> None:
    chance = random.Random(5)
    numbers = [chance.choice([1, -1]) * chance.random() * 10 ** chance.randrange(-8, 22) for _ in range(5000)]
    numbers += [float(round(number)) for number in numbers]
    numbers += [0.0, -0.0, 1e14, 1e15, 1e16, 1e22, 1e-4, 9.9e-5, 0.1 + 0.2, 123456789.123, 1e9 + 0.5, 5e-324]
    assert column(numbers).text.to_pylist() == [text(number) for number in numbers]


MOMENT = datetime.datetime


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (MOMENT(2018, 7, 4, 13, 5, 0, 499_999), "2018-07-04 13:05:00"),
        (MOMENT(2018, 7, 4, 13, 4, 59, 500_000), "2018-07-04 13:05:00"),
        (MOMENT(2018, 7, 3, 23, 59, 59, 999_000), "2018-07-04"),
        (MOMENT(1899, 12, 31, 5, 8), "1899-12-31 05:08:00"),
        (MOMENT(9999, 12, 31), "9999-12-31"),
        (datetime.date(1904, 1, 1), "1904-01-01"),
        (datetime.time(13, 4, 59, 600_000), "13:05:00"),
        (datetime.time(23, 59, 59, 999_999), "23:59:59"),
        (datetime.timedelta(hours=27, minutes=17, seconds=54), "27:17:54"),
        (datetime.timedelta(seconds=-61), "-00:01:01"),
        (True, "TRUE"),
        (False, "FALSE"),
        (7, "7"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_a_cell_is_alike_alone_and_among_cells_of_all_kinds(cell: object, shown: str) -> None:
    mixed = [cell, "", "x", 2.5, True, datetime.date(2020, 2, 2), cell]
    assert column([cell]).text.to_pylist() == [shown]  # type: ignore[list-item]
    assert column(mixed).text.to_pylist() == [shown, "", "x", "2.5", "TRUE", "2020-02-02", shown]  # type: ignore[arg-type]


def test_numbers_as_text_among_numbers_are_placed_and_codes_alone_are_not() -> None:
    read = column([1.0, "2", "", "x", " 3.5 ", 4])
    assert (read.numbers, list(read.numbers_as_text)) == (2, [1, 4])
    assert list(column(["1", "2"]).numbers_as_text) == []


def test_rows_without_cells_have_no_text() -> None:
    assert row_texts([]) == []
    assert row_texts([[1.0, "a"], ["", True]]) == [["1", "a"], ["", "TRUE"]]


def test_whole_numbers_that_have_lost_digits_are_shown_as_what_they_are() -> None:
    assert column([1.0, 1e15, -0.0]).text.to_pylist() == ["1", "1000000000000000.0", "0"]
    assert column([999_999_999_999_999.0, -5.0]).text.to_pylist() == ["999999999999999", "-5"]


def test_cells_of_one_kind_among_empty_ones_are_that_kind_and_no_numbers_are_counted() -> None:
    assert column([1.0, "", 2.0]).text.to_pylist() == ["1", "", "2"]
    assert column([1.0, "", 2.0]).numbers == 0
    assert column([1.0, "", "2"]).numbers_as_text == [2]
