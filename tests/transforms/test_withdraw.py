"""What a later drop takes away, beside the same told row by row in plain Python."""

from __future__ import annotations

import datetime as dt

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.test_resolve import DROPS, JULY, JUNE, RECORDS, drop, record
from transforms.resolve import resolve
from transforms.withdraw import TAKEN_BACK, withdrawn

KINDS = {"string": pa.string(), "int64": pa.int64(), "date": pa.date32()}
BACK = pa.schema([(name, KINDS[word]) for name, word in TAKEN_BACK.items()])
RESENT = DROPS.append(pa.field("resend", pa.string()))
SUMMER = (dt.date(2018, 6, 1), dt.date(2018, 7, 31))


def table(rows, schema):
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema))


def sent(drop_id, sequence, period, resend="amend"):
    return {**drop(drop_id, sequence, period), "resend": resend}


def back(drop_id, reference="A1", victim=None, on=None):
    return {
        "force_id": "kent", "book": "crime", "source_record_id": reference, "victim_number": victim,
        "drop_id": drop_id, "occurred_on": on,
    }  # fmt: skip


def places(records, drops, held=(), taken=()):
    everything, sent_drops = table(records, RECORDS), table(drops, RESENT)
    gone = withdrawn(everything, sent_drops, table(list(held), RECORDS), table(list(taken), BACK))
    left = resolve(everything, sent_drops, gone).to_pyarrow().to_pylist()
    return sorted((r["drop_id"], r["source_record_id"], r["victim_number"]) for r in left)


def test_what_a_file_of_a_whole_period_no_longer_holds_is_withdrawn():
    records = [record("d1", dt.date(2018, 6, 3)), record("d1", dt.date(2018, 6, 4), reference="A2")]
    again = record("d2", dt.date(2018, 6, 3))
    drops = [sent("d1", 1, JUNE), sent("d2", 2, JUNE, "full")]
    assert places([*records, again], drops) == [("d2", "A1", 1)]
    assert places([*records, again], [drops[0], sent("d2", 2, JUNE)]) == [("d1", "A2", 1), ("d2", "A1", 1)]


def test_a_record_of_the_period_that_came_late_in_another_month_s_file_stays():
    late = record("d2", dt.date(2018, 6, 29), reference="A9")
    june = record("d1", dt.date(2018, 6, 3))
    drops = [sent("d1", 1, JUNE), sent("d2", 2, JULY), sent("d3", 3, JUNE, "full")]
    again = record("d3", dt.date(2018, 6, 3))
    assert places([june, late, again], drops) == [("d2", "A9", 1), ("d3", "A1", 1)]


def test_a_file_of_one_month_replaces_that_month_of_a_file_of_two():
    both = [record("d1", dt.date(2018, 6, 3)), record("d1", dt.date(2018, 7, 3), reference="A2")]
    drops = [sent("d1", 1, SUMMER), sent("d2", 2, JUNE, "full")]
    assert places(both, drops) == [("d1", "A2", 1)]


def test_a_record_dated_outside_goes_with_the_file_it_came_in():
    odd = record("d1", dt.date(2017, 6, 3))
    assert places([odd], [sent("d1", 1, JUNE), sent("d2", 2, JUNE, "full")]) == []


def test_the_last_good_record_stands_while_its_replacement_is_held():
    first = record("d1", dt.date(2018, 6, 3))
    drops = [sent("d1", 1, JUNE), sent("d2", 2, JUNE, "full")]
    assert places([first], drops, held=[record("d2", dt.date(2018, 6, 3))]) == [("d1", "A1", 1)]
    assert places([first], drops, held=[record("d2", dt.date(2018, 6, 3), victim=2)]) == []


def test_a_nil_return_of_a_whole_period_withdraws_it_and_a_later_file_brings_it_back():
    first, again = record("d1", dt.date(2018, 6, 3)), record("d3", dt.date(2018, 6, 3))
    drops = [sent("d1", 1, JUNE), sent("d2", 2, JUNE, "full"), sent("d3", 3, JUNE)]
    assert places([first], drops[:2]) == []
    assert places([first, again], drops) == [("d3", "A1", 1)]


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        (back("d2"), []),
        (back("d2", victim=1), [("d1", "A1", 2)]),
        (back("d2", on=dt.date(2018, 6, 3)), []),
        (back("d2", on=dt.date(2017, 6, 3)), [("d1", "A1", 1), ("d1", "A1", 2)]),
        (back("d2", reference="A2"), [("d1", "A1", 1), ("d1", "A1", 2)]),
    ],
)
def test_a_reference_taken_back_takes_its_records_from_earlier_drops(taken, left):
    records = [record("d1", dt.date(2018, 6, 3)), record("d1", dt.date(2018, 6, 3), victim=2)]
    drops = [sent("d1", 1, JUNE), sent("d2", 2, JULY, "delta")]
    assert places(records, drops, taken=[taken]) == left
    # Before what it takes back it takes nothing.
    reordered = [sent("d1", 3, JUNE), drops[1]]
    assert places(records, reordered, taken=[taken]) == [("d1", "A1", 1), ("d1", "A1", 2)]


DAYS = st.dates(dt.date(2018, 5, 28), dt.date(2018, 8, 3))
PERIODS = st.sampled_from([JUNE, JULY, SUMMER])


@st.composite
def histories(draw):
    count = draw(st.integers(1, 5))
    drops = [
        sent(f"d{n}", n, draw(PERIODS), draw(st.sampled_from(["amend", "full", "delta"])))
        for n in range(count)
    ]
    keys = st.tuples(st.sampled_from(["A", "B", "C"]), st.integers(1, 2))
    records, held, taken = [], [], []
    for each in drops:
        for (reference, victim), day in draw(st.dictionaries(keys, DAYS, max_size=4)).items():
            row = record(each["drop_id"], day, reference=reference, victim=victim)
            (held if draw(st.integers(0, 3)) == 0 else records).append(row)
        if each["resend"] == "delta":
            for reference, victim in draw(st.sets(keys, max_size=2)):
                day = draw(st.none() | DAYS)
                taken.append(back(each["drop_id"], reference, draw(st.sampled_from([victim, None])), day))
    return drops, records, held, taken


def stands(row, drops, records, held, taken):
    """Return whether a record is current, told in plain Python from what the words say."""
    by_id = {each["drop_id"]: each for each in drops}
    own, key = by_id[row["drop_id"]], (row["source_record_id"], row["victim_number"])
    for later in drops:
        if later["sequence"] <= own["sequence"]:
            continue
        spans = later["period_from"] <= row["occurred_on"] <= later["period_to"]
        accepted = [r for r in records if r["drop_id"] == later["drop_id"]]
        same = [r for r in accepted if (r["source_record_id"], r["victim_number"]) == key]
        if any(spans or r["occurred_on"] == row["occurred_on"] for r in same):
            return False
        keeps = [r for r in held if r["drop_id"] == later["drop_id"]]
        if later["resend"] == "full" and key not in [
            (r["source_record_id"], r["victim_number"]) for r in keeps
        ]:
            shares = own["period_from"] <= later["period_to"] and own["period_to"] >= later["period_from"]
            whole = own["period_from"] >= later["period_from"] and own["period_to"] <= later["period_to"]
            if shares and (whole or spans):
                return False
        for each in taken:
            if (each["drop_id"], each["source_record_id"]) == (later["drop_id"], key[0]):
                day = each["occurred_on"]
                if each["victim_number"] in (None, key[1]) and (day in (None, row["occurred_on"]) or spans):
                    return False
    return True


@settings(max_examples=60, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_the_current_records_are_those_that_plain_words_say_in_whatever_order_they_lie(history, chance):
    drops, records, held, taken = history
    expected = sorted(
        (r["drop_id"], r["source_record_id"], r["victim_number"])
        for r in records
        if stands(r, drops, records, held, taken)
    )
    for lying in (drops, records, held, taken):
        chance.shuffle(lying)
    assert places(records, drops, held, taken) == expected
