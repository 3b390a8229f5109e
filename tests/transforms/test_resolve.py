"""The latest drop wins, by key, within a book and period."""

from __future__ import annotations

import datetime as dt
import random

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.resolve import resolve

RECORDS = pa.schema(
    {
        "force_id": pa.string(),
        "book": pa.string(),
        "source_record_id": pa.string(),
        "victim_number": pa.int64(),
        "drop_id": pa.string(),
        "row_number": pa.int64(),
        "occurred_on": pa.date32(),
        "injury": pa.string(),
    }
)
DROPS = pa.schema(
    {
        "drop_id": pa.string(),
        "sequence": pa.int64(),
        "force_id": pa.string(),
        "book": pa.string(),
        "period_from": pa.date32(),
        "period_to": pa.date32(),
        "state": pa.string(),
    }
)
JUNE = (dt.date(2018, 6, 1), dt.date(2018, 6, 30))
JULY = (dt.date(2018, 7, 1), dt.date(2018, 7, 31))


def table(rows, schema):
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema))


def record(drop_id, on, reference="A1", victim=1, row=2, injury="none", force="kent", book="crime"):
    return {
        "force_id": force,
        "book": book,
        "source_record_id": reference,
        "victim_number": victim,
        "drop_id": drop_id,
        "row_number": row,
        "occurred_on": on,
        "injury": injury,
    }


def drop(drop_id, sequence, period, force="kent", book="crime"):
    return {
        "drop_id": drop_id,
        "sequence": sequence,
        "force_id": force,
        "book": book,
        "period_from": period[0],
        "period_to": period[1],
        "state": "collated",
    }


def resolved(records, drops):
    return resolve(table(records, RECORDS), table(drops, DROPS)).to_pyarrow().to_pylist()


def places(records):
    return sorted((r["force_id"], r["drop_id"], r["row_number"]) for r in records)


def test_a_later_drop_for_the_same_period_replaces_the_record_it_corrects():
    first = record("d1", dt.date(2018, 6, 3), injury="none")
    corrected = record("d2", dt.date(2018, 6, 4), injury="minor")
    assert resolved([first, corrected], [drop("d1", 1, JUNE), drop("d2", 2, JUNE)]) == [corrected]


def test_arrival_decides_and_not_the_order_of_the_names_of_the_drops():
    first = record("z", dt.date(2018, 6, 3), injury="none")
    corrected = record("a", dt.date(2018, 6, 3), injury="minor")
    assert resolved([corrected, first], [drop("z", 1, JUNE), drop("a", 2, JUNE)]) == [corrected]


def test_the_same_reference_outside_the_later_period_is_another_record():
    last_year = record("d1", dt.date(2017, 6, 3), reference="1")
    this_year = record("d2", dt.date(2018, 6, 9), reference="1")
    drops = [drop("d1", 1, (dt.date(2017, 6, 1), dt.date(2017, 6, 30))), drop("d2", 2, JUNE)]
    assert places(resolved([last_year, this_year], drops)) == places([last_year, this_year])


def test_a_record_sent_again_under_a_later_period_with_its_own_day_is_counted_once():
    first = record("d1", dt.date(2018, 6, 3), injury="none")
    again = record("d2", dt.date(2018, 6, 3), injury="minor")
    assert resolved([first, again], [drop("d1", 1, JUNE), drop("d2", 2, JULY)]) == [again]


def test_a_record_the_later_drop_leaves_out_stays():
    kept = record("d1", dt.date(2018, 6, 3), reference="A1")
    other = record("d2", dt.date(2018, 6, 3), reference="A2")
    drops = [drop("d1", 1, JUNE), drop("d2", 2, JUNE)]
    assert places(resolved([kept, other], drops)) == places([kept, other])


def test_victims_books_and_forces_do_not_replace_one_another():
    on = dt.date(2018, 6, 3)
    records = [
        record("d1", on),
        record("d2", on, victim=2),
        record("d3", on, book="use_of_force"),
        record("d4", on, force="essex"),
    ]
    drops = [
        drop("d1", 1, JUNE),
        drop("d2", 2, JUNE),
        drop("d3", 3, JUNE, book="use_of_force"),
        drop("d4", 4, JUNE, force="essex"),
    ]
    assert places(resolved(records, drops)) == places(records)


def test_a_replaced_drop_still_replaces_what_lay_in_its_own_period():
    first = record("d1", dt.date(2018, 6, 3))
    moved = record("d2", dt.date(2018, 7, 2))
    again = record("d3", dt.date(2018, 7, 2))
    drops = [drop("d1", 1, JUNE), drop("d2", 2, (JUNE[0], JULY[1])), drop("d3", 3, JULY)]
    assert resolved([first, moved, again], drops) == [again]


def test_records_without_a_victim_number_replace_one_another():
    first = record("d1", dt.date(2018, 6, 3), victim=None)
    corrected = record("d2", dt.date(2018, 6, 3), victim=None, injury="minor")
    assert resolved([first, corrected], [drop("d1", 1, JUNE), drop("d2", 2, JUNE)]) == [corrected]


def by_definition(records, drops):
    """Return the current records by comparing every record with every other."""
    known = {d["drop_id"]: d for d in drops}

    def key(r):
        return r["force_id"], r["book"], r["source_record_id"], r["victim_number"]

    def replaces(later, r):
        of = known[later["drop_id"]]
        return (
            key(later) == key(r)
            and of["sequence"] > known[r["drop_id"]]["sequence"]
            and (
                of["period_from"] <= r["occurred_on"] <= of["period_to"]
                or later["occurred_on"] == r["occurred_on"]
            )
        )

    return [r for r in records if not any(replaces(later, r) for later in records)]


DAYS = st.integers(0, 80).map(lambda days: dt.date(2018, 5, 20) + dt.timedelta(days=days))


@st.composite
def deliveries(draw):
    """Draw drops of one force and book with the records in them, few keys and days so that they collide."""
    count = draw(st.integers(1, 5))
    order = draw(st.permutations(range(count)))
    drops, records = [], []
    for index in range(count):
        period = tuple(sorted((draw(DAYS), draw(DAYS))))
        drops.append(drop(f"d{index}", order[index], period))
        references = draw(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from((1, 2))), unique=True))
        for row, (reference, victim) in enumerate(references):
            records.append(record(f"d{index}", draw(DAYS), reference, victim, row))
    return records, drops


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(deliveries(), st.randoms())
def test_what_is_current_is_what_the_definition_says_whatever_the_order_of_the_rows(delivered, chance):
    records, drops = delivered
    shuffled = chance.sample(records, len(records))
    assert places(resolved(shuffled, drops)) == places(by_definition(records, drops))


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(deliveries())
def test_resolving_what_is_resolved_changes_nothing(delivered):
    records, drops = delivered
    once = resolved(records, drops)
    assert places(resolved(once, drops)) == places(once)


@pytest.mark.slow
def test_many_drops_of_many_forces_resolve_as_the_definition_says():
    chance = random.Random(7)
    records, drops = [], []
    for number in range(60):
        force = chance.choice(("kent", "essex"))
        first = dt.date(2018, 1, 1) + dt.timedelta(days=chance.randrange(200))
        drops.append(drop(f"d{number}", 1000 - number, (first, first + dt.timedelta(days=40)), force))
        for row in range(chance.randrange(12)):
            on = first + dt.timedelta(days=chance.randrange(-10, 50))
            records.append(record(f"d{number}", on, f"R{row}", row=row, force=force))
    assert places(resolved(records, drops)) == places(by_definition(records, drops))
