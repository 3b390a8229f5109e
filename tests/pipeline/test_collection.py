"""The grid of the collection: one state for each force, book and month, whatever was sent."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.calendar import collection_of
from pipeline.collecting.collection import (
    ACCOUNTED,
    STATES,
    Sent,
    begin_of,
    grid,
    last_months,
    pairs_of,
    sent_of,
    state_of,
)
from pipeline.ledger import Counted, DropRecord, DropSums
from pipeline.period import month_end
from schemas.force import load_forces

JULY = date(2018, 7, 1)
DAYS = collection_of(JULY, "cumbria")
BEGINS = date(2018, 1, 1)
FATES = ("counts", "nothing counts", "nil", "with us", "refused")


def sent(fate: str, first: date = JULY, last: date = date(2018, 7, 31), **named: str) -> Sent:
    told = {"drop_id": "d1", "force_id": "cumbria", "book": "crime", **named}
    return Sent(**told, period_from=first, period_to=last, fate=fate)


def state(*drops: Sent, as_of: date = DAYS.final, begins: date = BEGINS) -> str:
    return state_of(drops, DAYS, as_of, begins)


def test_the_calendar_alone_decides_while_nothing_has_come() -> None:
    day = timedelta(days=1)
    assert state(as_of=DAYS.opens - day) == "not due"
    assert state(as_of=DAYS.opens) == "awaited"
    assert state(as_of=DAYS.final) == "awaited"
    assert state(as_of=DAYS.final + day) == "late"
    assert state(as_of=DAYS.final + day, begins=date(2018, 8, 1)) == "not due"


def test_a_whole_month_is_provisional_up_to_the_final_deadline_and_final_after_it() -> None:
    assert state(sent("counts"), as_of=DAYS.opens - timedelta(days=1)) == "provisional"
    assert state(sent("counts"), as_of=DAYS.final) == "provisional"
    assert state(sent("counts"), as_of=DAYS.final + timedelta(days=1)) == "final"


def test_a_quarter_s_file_covers_each_of_its_months() -> None:
    assert state(sent("counts", last=date(2018, 9, 30))) == "provisional"
    assert state(sent("counts", date(2018, 4, 1), date(2018, 6, 30))) == "awaited"


def test_two_halves_make_a_month_and_one_half_is_partial() -> None:
    first, second = (
        sent("counts", last=date(2018, 7, 15)),
        sent("counts", date(2018, 7, 16), date(2018, 7, 31)),
    )
    assert state(first) == "partial"
    assert state(first, second) == "provisional"
    assert state(first, replace(second, fate="nil")) == "provisional"


def test_a_file_that_stands_goes_before_a_later_one_that_was_refused_or_waits() -> None:
    assert state(sent("counts"), sent("refused")) == "provisional"
    assert state(sent("nil"), sent("with us")) == "nil return"
    assert state(sent("counts", last=date(2018, 7, 9)), sent("refused")) == "partial"
    assert state(sent("counts", last=date(2018, 7, 9)), sent("with us")) == "received"
    assert state(sent("refused"), as_of=date(2030, 1, 1)) == "refused"
    assert state(sent("nothing counts"), sent("refused")) == "partial"


def test_records_of_a_month_go_before_a_nil_return_of_it() -> None:
    assert state(sent("nil")) == "nil return"
    assert state(sent("nil"), sent("counts")) == "provisional"


days = st.dates(date(2017, 12, 1), date(2018, 12, 31))
periods = st.tuples(days, st.integers(0, 120)).map(lambda pair: (pair[0], pair[0] + timedelta(days=pair[1])))
drops = st.builds(
    lambda force, book, period, fate: Sent("d", force, book, *period, fate),
    st.sampled_from(["cumbria", "police_scotland", "kent"]),
    st.sampled_from(["crime", "health_safety"]),
    periods,
    st.sampled_from(FATES),
)
PAIRS = [
    ("cumbria", "crime"),
    ("cumbria", "health_safety"),
    ("kent", "crime"),
    ("police_scotland", "crime"),
]


@settings(max_examples=60, deadline=None)
@given(st.lists(drops, max_size=12), days, st.integers(0, 2**32))
def test_any_mix_of_drops_gives_each_cell_one_state_whatever_their_order(
    mixed: list[Sent], as_of: date, seed: int
) -> None:
    months = last_months(date(2018, 12, 31))
    found = grid(mixed, PAIRS, months, as_of, begin_of(mixed, as_of))
    assert [(cell.force_id, cell.book, cell.month) for cell in found] == [
        (*pair, month) for pair in PAIRS for month in months
    ]
    assert set(found.values()) <= set(STATES)
    shuffled = list(mixed)
    random.Random(seed).shuffle(shuffled)
    assert grid(shuffled, PAIRS, months, as_of, begin_of(shuffled, as_of)) == found
    for cell, said in found.items():
        own = [
            each
            for each in mixed
            if (each.force_id, each.book) == cell[:2]
            and each.period_from <= month_end(cell.month)
            and each.period_to >= cell.month
        ]
        # What has come is never called missing, and what has not come never counts.
        assert (said in ("not due", "awaited", "late")) == (own == [])
        if said in ("provisional", "final"):
            assert any(each.fate == "counts" for each in own)
        if said in ACCOUNTED - {"not due"}:
            assert {each.fate for each in own} & {"counts", "nil"}


def record(**told: object) -> DropRecord:
    """Return a collated drop of cumbria for July 2018 as the ledger has it, changed as told."""
    whole: dict[str, object] = {
        "sequence": 1, "drop_id": "d1", "force_id": "cumbria", "book": "crime", "file": "red_sigma_assaults_2018-07.tsv",
        "sha256": "0" * 64, "size": 1, "arrived_at": datetime(2018, 8, 2, tzinfo=UTC), "state": "collated",
        "sentence": None, "sums": DropSums(rows=2, accepted=2, records=2, accepted_records=2),
        "period_from": JULY, "period_to": date(2018, 7, 31), "mapping_fingerprint": "m", "code_version": "1",
        "settled_at": datetime(2018, 8, 2, tzinfo=UTC),
    }  # fmt: skip
    return DropRecord(**{**whole, **told})  # type: ignore[arg-type]


def fates(*records: DropRecord, profile: tuple[Counted, ...] = ()) -> list[tuple[date, str]]:
    return [
        (each.period_from, each.fate)
        for each in sent_of(records, load_forces(), {"d1": profile} if profile else {})
    ]


@pytest.mark.parametrize(
    ("told", "fate"),
    [
        ({}, "counts"),
        ({"state": "nil", "sums": DropSums()}, "nil"),
        ({"standing": "waits"}, "with us"),
        ({"sums": DropSums(rows=2, held=2, records=2, held_records=2)}, "nothing counts"),
        ({"sums": DropSums(rows=2, out_of_scope=2, records=2)}, "counts"),
    ],
)
def test_what_the_ledger_says_of_a_drop_is_what_it_is_to_its_months(
    told: dict[str, object], fate: str
) -> None:
    assert fates(record(**told)) == [(JULY, fate)]


def test_a_file_not_judged_or_refused_is_of_the_period_its_name_says() -> None:
    unknown = {"period_from": None, "period_to": None, "sums": None}
    assert fates(record(state="arrived", **unknown)) == [(JULY, "with us")]
    assert fates(record(state="refused", sentence="No.", **unknown)) == [(JULY, "refused")]
    assert fates(record(state="refused", sentence="No.", file="which_month.tsv", **unknown)) == []


def test_a_reverted_drop_is_as_if_it_had_never_come() -> None:
    assert fates(record(standing="reverted")) == []


def test_last_month_s_file_under_this_month_s_name_counts_for_nothing() -> None:
    stale = (Counted("month", "occurred_on", "2018-06", 2),)
    assert fates(record(), profile=stale) == [(JULY, "nothing counts")]
    assert fates(record(), profile=(*stale, Counted("month", "occurred_on", "2018-07", 1))) == [
        (JULY, "counts")
    ]


def test_every_book_of_a_force_s_file_is_in_the_grid_also_when_it_never_came() -> None:
    assert ("west_midlands", "use_of_force") in pairs_of(load_forces())


def test_letters_are_each_of_one_state_alone() -> None:
    assert len({shown.letter for shown in STATES.values()}) == len(STATES) == 9
