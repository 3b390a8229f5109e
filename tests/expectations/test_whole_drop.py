"""Rules about a drop by itself: each breaks and keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from expectations.whole_drop import (
    another_force,
    dates_lost,
    month_first,
    one_value,
    times_lost,
    units,
    wrong_period,
)
from schemas.catalogue import catalogue
from schemas.rule_examples import DROPS
from schemas.whole_drop import DROP_RULES
from tests.expectations.test_history import THIS, codes, month_drop, said


@pytest.mark.parametrize(("place", "fields"), [(0, ["occurred_on"]), (1, [])])
def test_the_examples_of_dates(place: int, fields: list[str]) -> None:
    period, firsts = DROPS["wrong_period"][place], DROPS["days_lost_from_dates"][place]
    outside = {"outside_period": int(period["outside the period"])}
    dated = replace(THIS, filled={"occurred_on": int(period["dates"])}, marks={"occurred_on": outside})
    assert said(wrong_period(dated)) == fields
    marks = {"values": int(firsts["dates"]), "first_of_month": int(firsts["first of a month"])}
    assert said(dates_lost(replace(THIS, marks={"occurred_on": marks}))) == fields


@pytest.mark.parametrize(("place", "fields"), [(0, ["occurred_time"]), (1, [])])
def test_the_examples_of_times(place: int, fields: list[str]) -> None:
    cells = DROPS["times_lost"][place]
    marks = {"values": int(cells["times"]), "midnight": int(cells["at 00:00"])}
    assert said(times_lost(replace(THIS, marks={"occurred_time": marks}))) == fields


@pytest.mark.parametrize(("place", "fields"), [(0, ["force_id"]), (1, [])])
def test_the_examples_of_another_force(place: int, fields: list[str]) -> None:
    cells = DROPS["another_force"][place]
    marks = {"force_id": {"another_force": int(cells["naming another force"])}}
    drop = replace(THIS, records=int(cells["records"]), marks=marks)
    assert said(another_force(drop, names_force=True)) == fields
    assert another_force(drop, names_force=False).state == "does_not_apply"


@pytest.mark.parametrize(("place", "fields"), [(0, ["injury"]), (1, [])])
def test_the_examples_of_one_value(place: int, fields: list[str]) -> None:
    drop = replace(THIS, records=240, codes={"injury": codes(DROPS["one_value"][place]["injury"])})
    assert said(one_value(drop)) == fields
    assert one_value(drop, ["injury"]).state == "does_not_apply"


@pytest.mark.parametrize(("place", "fields"), [(0, ["occurred_on"]), (1, [])])
def test_the_examples_of_month_first(place: int, fields: list[str]) -> None:
    cells = DROPS["month_first"][place]
    assert said(month_first({"occurred_on": int(cells["only month first"])}, int(cells["rows"]))) == fields


def test_units_that_look_wrong_are_told_by_field() -> None:
    marks = {
        "days_lost": {"values": 20, "shifts": 19},
        "length_of_service_years": {"values": 20, "above_45": 12},
        "age_band": {"values": 20, "years": 20},
    }
    assert said(units(replace(THIS, marks=marks), [])) == ["days_lost", "length_of_service_years", "age_band"]
    sound = {
        "days_lost": {"values": 20, "shifts": 4},
        "length_of_service_years": {"values": 20, "above_45": 1},
    }
    assert said(units(replace(THIS, marks=sound), [])) == []
    assert units(replace(THIS, marks={"days_lost": {"values": 3, "shifts": 3}}), []).state == "does_not_apply"


def test_days_lost_five_times_as_long_as_before_are_told() -> None:
    before = [month_drop("2018-08", 50, marks={"days_lost": {"values": 30, "median": 3}})]
    marks = {"days_lost": {"values": 20, "shifts": 3, "median": 20}}
    assert said(units(replace(THIS, marks=marks), before)) == ["days_lost"]
    marks["days_lost"]["median"] = 9
    assert said(units(replace(THIS, marks=marks), before)) == []


def test_every_rule_about_a_drop_has_a_code_a_method_and_holds_nothing() -> None:
    known = {entry.name: entry for entry in catalogue()}
    for rule in DROP_RULES:
        entry = known[rule.name]
        assert entry.method and entry.severity in ("query", "note")
        assert rule.constraint.name in DROPS
