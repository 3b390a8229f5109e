"""The calendar: working days are counted by each nation's own bank holidays."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.calendar import (
    EVERY_NATION,
    YEARS,
    bank_holidays,
    collection_of,
    is_working_day,
    looked_up,
    nation_of,
    next_collection,
)
from pipeline.period import add_months
from schemas.calendar import NATIONS, STEPS
from schemas.register import read_register


def test_the_steps_of_a_collection_come_one_after_another() -> None:
    days = [step.working_day for step in STEPS]
    assert days == sorted(set(days))


def test_every_force_of_the_register_has_a_nation() -> None:
    assert {entry.nation for entry in read_register().values()} == set(NATIONS)


@pytest.mark.parametrize(
    ("force_id", "opens", "final"),
    [
        # 1 January is a holiday everywhere, 2 January (a Friday in 2026) in Scotland alone.
        ("west_mercia", date(2026, 1, 2), date(2026, 1, 15)),
        ("police_scotland", date(2026, 1, 5), date(2026, 1, 16)),
        ("psni", date(2026, 1, 2), date(2026, 1, 15)),
    ],
)
def test_a_force_keeps_the_holidays_of_its_nation(force_id: str, opens: date, final: date) -> None:
    december = collection_of(date(2025, 12, 1), force_id)
    assert (december.opens, december.final) == (opens, final)


def test_easter_and_a_proclaimed_day_are_no_working_days_and_boxing_day_moves() -> None:
    assert not is_working_day(date(2026, 4, 6), "england_and_wales")
    assert is_working_day(date(2026, 4, 6), "scotland")
    # The funeral of Queen Elizabeth II.
    assert not is_working_day(date(2022, 9, 19), "northern_ireland")
    assert not is_working_day(date(2026, 12, 28), "england_and_wales")
    assert not is_working_day(date(2026, 7, 13), "northern_ireland")


def test_no_force_may_send_later_than_the_release() -> None:
    for months in range(60):
        month = add_months(date(2023, 1, 1), months)
        rounds = [collection_of(month, force) for force in ("west_mercia", "police_scotland", "psni")]
        assert len({each.release for each in rounds}) == 1
        assert all(each.opens < each.provisional < each.final < each.release for each in rounds)


def test_what_misses_its_month_goes_into_the_next_that_is_open() -> None:
    in_time = next_collection(date(2026, 9, 30), "west_mercia", date(2026, 10, 14))
    assert (in_time.month, in_time.final) == (date(2026, 9, 1), date(2026, 10, 14))
    late = next_collection(date(2026, 9, 30), "west_mercia", date(2026, 10, 15))
    assert (late.month, late.final) == (date(2026, 10, 1), date(2026, 11, 13))
    years_late = next_collection(date(2018, 9, 30), "west_mercia", date(2026, 11, 21))
    assert (years_late.month, years_late.release) == (date(2026, 11, 1), date(2026, 12, 21))
    assert nation_of("nowhere") == "england_and_wales"


def test_the_table_of_bank_holidays_is_what_the_library_says() -> None:
    for nation in EVERY_NATION:
        for year in (*YEARS, YEARS[-1] + 1):
            assert bank_holidays(nation, year) == looked_up(nation, year)
