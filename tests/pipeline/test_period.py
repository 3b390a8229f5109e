"""What a file's name says about its period: months, quarters, years, and the word nil."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.judge import judge
from pipeline.period import add_months, is_nil_name, month_end, stated_period
from pipeline.read import Refused
from schemas.force import Book, load_force
from tests.office import FORCE, export, force_file


def period_book(folder: Path, pattern: str, begins: str = "january") -> Book:
    text = force_file("North Yorkshire Police", "North Yorkshire")
    start, end = text.index("[crime.period]"), text.index("[crime.force]")
    period = f"[crime.period]\npattern = '{pattern}'\nyear_begins = '{begins}'\n"
    path = folder / f"{FORCE}.toml"
    path.write_text(text[:start] + period + text[end:], encoding="utf-8")
    return load_force(path).books["crime"]


MONTH = r"(?P<year>\d{4})-(?P<month>\d{2})"
MONTHS = MONTH + r"_to_(?P<to_month>\d{2})"
QUARTER = r"(?P<year>\d{4})(-\d{2})?_(?P<quarter>Q[1-4]|first|second|third|fourth)"


@pytest.mark.parametrize(
    ("pattern", "begins", "name", "period"),
    [
        (MONTH, "january", "crime_2018-07.csv", (date(2018, 7, 1), date(2018, 7, 31))),
        (MONTH, "january", "crime_2016-02.csv", (date(2016, 2, 1), date(2016, 2, 29))),
        (MONTHS, "january", "crime_2018-07_to_08.csv", (date(2018, 7, 1), date(2018, 8, 31))),
        (QUARTER, "january", "crime_2018_Q3.csv", (date(2018, 7, 1), date(2018, 9, 30))),
        (QUARTER, "april", "crime_2018-19_Q2.csv", (date(2018, 7, 1), date(2018, 9, 30))),
        (QUARTER, "april", "crime_2018-19_Q4.csv", (date(2019, 1, 1), date(2019, 3, 31))),
        (QUARTER, "january", "crime_2018_FOURTH.csv", (date(2018, 10, 1), date(2018, 12, 31))),
        (r"(?P<year>\d{4})", "april", "crime_2017.csv", (date(2017, 4, 1), date(2018, 3, 31))),
        (MONTH, "january", "crime_latest.csv", None),
    ],
)
def test_a_files_name_says_which_period_it_covers(
    tmp_path: Path, pattern: str, begins: str, name: str, period: tuple[date, date] | None
) -> None:
    assert stated_period(name, period_book(tmp_path, pattern, begins)) == period


@pytest.mark.parametrize(
    "name", ["crime_2018-13.csv", "crime_2018-00.csv", "crime_0000-07.csv", "crime_9999-12.csv"]
)
def test_a_name_that_says_no_possible_period_is_no_fault_of_ours(tmp_path: Path, name: str) -> None:
    book = period_book(tmp_path, MONTH)
    (tmp_path / name).write_text(export({}), encoding="utf-8")
    try:
        judgement = judge(tmp_path / name, name, book, "the drop", b"key", date(2026, 1, 1), tmp_path)
    except Refused as refused:
        assert "period" in refused.sentence or "month" in refused.sentence
    else:
        assert judgement.sums.rows == 1


@pytest.mark.parametrize(
    ("name", "nil"),
    [
        ("x_2018-08_nil.csv", True),
        ("NIL return.csv", True),
        ("x-nil-2018.csv", True),
        ("vanilla.csv", False),
        ("nile.csv", False),
    ],
)
def test_a_name_holds_the_word_nil_or_not(name: str, nil: bool) -> None:
    assert is_nil_name(name) is nil


def test_months_are_counted_over_the_ends_of_years() -> None:
    assert add_months(date(2018, 12, 31), 1) == date(2019, 1, 1)
    assert add_months(date(2018, 1, 31), -1) == date(2017, 12, 1)
    assert month_end(date(2018, 12, 5)) == date(2018, 12, 31)


def test_a_period_that_ends_before_it_begins_is_no_fault_of_ours(tmp_path: Path) -> None:
    try:
        period = stated_period("crime_2018-09_to_07.csv", period_book(tmp_path, MONTHS))
    except Refused as refused:
        assert refused.sentence.endswith(".")
    else:
        assert period is None or period[0] <= period[1]
