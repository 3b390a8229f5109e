"""Rules that look at several rows: who breaks them, who does not, and what is said of the other rows."""

from __future__ import annotations

import random
from datetime import date, time
from typing import Any

import ibis
import pyarrow as pa
import pytest

from expectations import rows
from pipeline.records import SOUND

DAY = date(2018, 7, 4)
RECORD: dict[str, Any] = {
    "force_id": "west_mercia", "book": "crime", "occurred_on": DAY, "occurred_time": time(23, 10), "offence_class": "104",
    "victim_type": "police_officer", "injury": "none", "victim_number": 1, "victim_id": "a", "district": "Malvern",
}  # fmt: skip


def table(*records: dict[str, Any], **columns: pa.DataType) -> ibis.Table:
    """Return records, numbered from row 2 under references of their own unless they say otherwise."""
    full = [
        {"row_number": place, "source_record_id": f"ref {place}", **RECORD, **each}
        for place, each in enumerate(records, 2)
    ]
    kinds = [(name, SOUND.field(name).type) for name in SOUND.names] + [*columns.items()]
    return ibis.memtable(pa.Table.from_pylist(full, pa.schema(kinds)))


def said(broken: ibis.Table) -> dict[int, str]:
    """Return what is said of each row that breaks a rule; no record is found twice."""
    found = broken.to_pyarrow().to_pylist()
    assert len({(each["row_number"], each["victim_number"]) for each in found}) == len(found)
    return {each["row_number"]: each["said"] for each in sorted(found, key=lambda each: each["row_number"])}


X: dict[str, Any] = {"source_record_id": "X"}


def test_a_victim_twice_under_a_reference_is_found_with_the_other_row() -> None:
    twice = table(X, {**X, "victim_number": 2}, {"victim_id": "a", "victim_number": 2})
    assert said(rows.counted_twice(twice)) == {2: "See also row 3.", 3: "See also row 2."}
    assert said(rows.counted_twice(table(X, {**X, "victim_number": 2, "victim_id": "b"}))) == {}
    nobody = {**X, "victim_id": None}
    assert said(rows.counted_twice(table(nobody, {**nobody, "victim_number": 2}))) == {}


def test_more_rows_than_a_finding_names_are_counted() -> None:
    many = table(*({**X, "victim_number": number} for number in range(1, 9)))
    assert said(rows.counted_twice(many))[2] == "See also rows 3, 4, 5, 6, 7 and 2 more."
    assert said(rows.counted_twice(many))[9] == "See also rows 2, 3, 4, 5, 6 and 2 more."


@pytest.mark.parametrize(
    ("one", "other", "broken"),
    [
        ({}, {"district": "Telford", "occurred_time": time(23, 20)}, True),
        ({}, {"district": "Telford", "occurred_time": time(23, 21)}, False),
        ({}, {"district": "Telford", "victim_id": "b"}, False),
        ({}, {"occurred_time": time(23, 15)}, False),
        (X, {**X, "district": "Telford"}, False),
        ({}, {"district": "Telford", "occurred_time": None}, False),
        ({"occurred_time": time(23, 58)},
         {"district": "Telford", "occurred_on": date(2018, 7, 5), "occurred_time": time(0, 3)}, True),
        ({"district": None, "location_type": "street"}, {"district": None, "location_type": "dwelling"}, True),
        ({"district": None, "location_type": "street"}, {"district": None, "location_type": "custody"}, False),
        ({"location_type": "street"}, {"location_type": "dwelling"}, False),
    ],
)  # fmt: skip
def test_a_victim_in_two_places_within_minutes_is_found(
    one: dict[str, Any], other: dict[str, Any], broken: bool
) -> None:
    expected = {2: "See also row 3.", 3: "See also row 2."} if broken else {}
    assert said(rows.two_places(table(one, other), 10)) == expected


def test_the_same_victim_minute_and_offence_under_two_references_are_found() -> None:
    assert said(rows.same_assault(table({}, {}))) == {2: "See also row 3.", 3: "See also row 2."}
    for other in ({"occurred_time": time(23, 11)}, {"offence_class": "8S"}, {"victim_id": "b"}):
        assert said(rows.same_assault(table({}, other))) == {}
    assert said(rows.same_assault(table(X, X))) == {}


def test_a_gap_is_told_on_the_last_victim_and_is_filled_by_rows_that_were_held() -> None:
    third = table(X, {**X, "victim_number": 4})
    none = table().select("source_record_id", "victim_number")
    assert said(rows.gap(third, none)) == {3: "Missing: 2, 3."}
    assert said(rows.gap(table(X, {**X, "victim_number": 2}), none)) == {}
    held = table({**X, "victim_number": 2}, {**X, "victim_number": 3}).select(
        "source_record_id", "victim_number"
    )
    assert said(rows.gap(third, held)) == {}


def test_rows_of_a_reference_on_different_days_are_found() -> None:
    days = table(X, {**X, "occurred_on": date(2018, 7, 5)}, {"occurred_on": date(2018, 7, 6)})
    assert said(rows.several_days(days)) == {2: "See also row 3.", 3: "See also row 2."}
    assert said(rows.several_days(table(X, X))) == {}


def test_classes_are_compared_between_victims_alike_in_role_and_injury_only() -> None:
    assert [*said(rows.several_classes(table(X, {**X, "offence_class": "8S"})))] == [2, 3]
    for other in ({"injury": "minor"}, {"victim_type": "pcso"}, {"injury": None}):
        assert said(rows.several_classes(table(X, {**X, "offence_class": "8S", **other}))) == {}


def test_a_number_on_too_many_records_of_a_day_is_a_stand_in_told_once() -> None:
    many = table(*[{"victim_id": "0000"}] * 4, {"victim_id": "0000", "occurred_on": date(2018, 7, 5)})
    assert said(rows.stand_in(many, 3)) == {2: "It stands on up to 4 records of a day."}
    assert said(rows.stand_in(many, 4)) == {}


@pytest.mark.parametrize(
    ("day", "number", "broken"),
    [
        (date(2018, 6, 30), 1, True),
        (date(2018, 7, 1), 1, False),
        (date(2018, 6, 30), 2, False),
        (date(2017, 7, 4), 1, False),
    ],
)
def test_a_reference_of_an_earlier_file_in_another_month_is_found(
    day: date, number: int, broken: bool
) -> None:
    before = {**X, "occurred_on": day, "victim_number": number, "file": "june.csv", "row_number": 17}
    earlier = table(before, file=pa.string())
    expected = {2: 'It is row 17 of "june.csv", with 30/06/2018.'} if broken else {}
    assert said(rows.another_month(table(X), earlier, 183)) == expected


VALUES = {
    "source_record_id": ["X", "Y", "Z"], "victim_number": [1, 2, 4], "victim_id": ["a", "b", None], "occurred_on": [DAY, date(2018, 7, 5)],
    "occurred_time": [time(23, 58), time(0, 2), None], "offence_class": ["104", "8S", None], "injury": ["none", "minor"],
    "district": ["Malvern", "Telford", None],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    dice = random.Random(seed)
    numbered = [
        {name: dice.choice(some) for name, some in VALUES.items()} | {"row_number": place}
        for place in range(2, 42)
    ]
    shuffled = dice.sample(numbered, len(numbered))
    none = table().select("source_record_id", "victim_number")
    broken = 0
    for rule in (
        rows.counted_twice,
        rows.several_days,
        rows.several_classes,
        rows.same_assault,
        lambda some: rows.two_places(some, 10),
        lambda some: rows.gap(some, none),
        lambda some: rows.stand_in(some, 2),
    ):
        one, other = (
            sorted(map(str, rule(table(*some)).to_pyarrow().to_pylist())) for some in (numbered, shuffled)
        )
        assert one == other
        broken += bool(one)
    assert broken > 4
