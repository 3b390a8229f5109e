"""The same assault in two forces' books: what finds it, what leaves it alone, and counting it once."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from pipeline.engine import Engine, open_engine
from schemas.arrow import arrow_schema
from schemas.assault import ASSAULT
from schemas.neighbours import BORDERS, EVERYWHERE, NEIGHBOURS
from schemas.register import FORCES
from tests.transforms.mutual_aid import Seeded, seeded
from transforms import across
from transforms.across import Level, Pair, candidates, counted_once, pairs_of, record_key

DAY = dt.date(2018, 7, 3)
HOME = {
    "force_id": "west_mercia",
    "book": "crime",
    "source_record_id": "WM/1",
    "victim_number": 1,
    "occurred_on": DAY,
    "occurred_time": dt.time(22, 15),
    "offence_code": "104/23",
    "offence_class": "104",
    "measure": "constable_without_injury",
    "victim_type": "police_officer",
    "sex": "female",
    "injury": "none",
    "location_type": "street",
}
HOST = HOME | {
    "force_id": "west_midlands",
    "source_record_id": "20/77",
    "victim_type": "other_force_officer",
    "occurred_time": dt.time(22, 20),
}


def table(*records: dict[str, Any]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(records), schema=arrow_schema(ASSAULT)))


SESSION: list[Engine] = []


@pytest.fixture(scope="module", autouse=True)
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have one session for all tests, which compiles the long expression once."""
    with open_engine(tmp_path_factory.mktemp("engine")) as session:
        SESSION.append(session)
        yield
        SESSION.clear()


def found(*records: dict[str, Any], **answered: set[str]) -> list[Pair]:
    """Return the pairs asked about of some records."""
    small = SESSION[0].read_small(
        "records", pa.Table.from_pylist(list(records), schema=arrow_schema(ASSAULT))
    )
    return pairs_of(SESSION[0].rows(candidates(small)), **answered)


def references(pairs: list[Pair]) -> list[set[str]]:
    return [{side.source_record_id for side in pair.sides} for pair in pairs]


def right(world: Seeded) -> tuple[int, int]:
    """Return how many pairs are asked about, and how many of them are one assault."""
    asked = {
        frozenset((side.force_id, side.source_record_id) for side in pair.sides)
        for pair in found(*world.records)
    }
    return len(asked), len(asked & world.pairs)


@pytest.mark.slow
def test_most_of_the_seeded_pairs_are_found_and_most_of_what_is_asked_about_is_one_assault() -> None:
    # The weights were settled on seeds 101 to 106; these are others.
    asked, one_assault, seeds = 0, 0, (1, 2, 3)
    for seed in seeds:
        of, hits = right(seeded(seed))
        asked, one_assault = asked + of, one_assault + hits
    precision, recall = one_assault / asked, one_assault / (60 * len(seeds))
    print(f"{asked} pairs asked about, {one_assault} right: precision {precision:.2f}, recall {recall:.2f}")
    assert precision >= 0.70
    assert recall >= 0.62


def test_an_officer_of_another_force_is_found_at_home() -> None:
    (pair,) = found(HOME, HOST)
    assert references([pair]) == [{"WM/1", "20/77"}]
    assert pair.weight > 0
    assert pair.month == "2018-07"


@pytest.mark.parametrize(
    "changed",
    [
        {"occurred_on": DAY + dt.timedelta(days=1)},
        {"book": "use_of_force"},
        {"force_id": "west_mercia"},
        {"victim_type": "pcso", "occurred_time": dt.time(9, 0)},
        {"occurred_time": dt.time(3, 0), "sex": "male"},
    ],
)
def test_another_day_book_or_victim_or_the_same_force_is_no_pair(changed: dict[str, Any]) -> None:
    assert found(HOME, HOST | changed) == []


def test_a_pair_about_midnight_is_found_whichever_force_is_later() -> None:
    next_day = {"occurred_on": DAY + dt.timedelta(days=1), "occurred_time": dt.time(0, 3)}
    late = {"occurred_time": dt.time(23, 58)}
    assert len(found(HOME | late, HOST | next_day)) == 1
    assert len(found(HOME | next_day, HOST | late)) == 1
    (pair,) = found(HOME | {"occurred_on": dt.date(2018, 8, 1), "occurred_time": dt.time(0, 3)},
                    HOST | late | {"occurred_on": dt.date(2018, 7, 31)})  # fmt: skip
    assert pair.month == "2018-07"


def test_what_one_force_does_not_say_speaks_neither_for_nor_against() -> None:
    (silent,) = found(HOME | {"sex": None}, HOST)
    (unknown,) = found(HOME | {"sex": "unknown"}, HOST)
    (agreeing,) = found(HOME, HOST)
    assert silent.weight == unknown.weight == agreeing.weight - across.SEX[0].weight


def test_midnight_sharp_is_taken_for_a_time_nobody_knew() -> None:
    (pair,) = found(HOME | {"occurred_time": dt.time(0, 0)}, HOST)
    (no_time,) = found(HOME | {"occurred_time": None}, HOST)
    assert pair.weight == no_time.weight


def test_of_two_officers_of_one_force_each_is_asked_about_once_and_the_likelier_goes_first() -> None:
    colleague = HOME | {"source_record_id": "WM/2", "sex": "male", "injury": "minor", "offence_class": "8S"}
    visitor = HOST | {"source_record_id": "20/78", "sex": "male", "injury": "minor", "offence_class": "8S"}
    assert sorted(map(sorted, references(found(HOME, colleague, HOST, visitor)))) == [
        ["20/77", "WM/1"],
        ["20/78", "WM/2"],
    ]


def test_what_is_not_the_same_assault_leaves_both_records_free_for_another() -> None:
    colleague = HOME | {"source_record_id": "WM/2", "injury": "minor"}
    (first,) = found(HOME, colleague, HOST)
    assert references([first]) == [{"WM/1", "20/77"}]
    after = found(HOME, colleague, HOST, not_same={first.pair_id})
    assert sorted(map(sorted, references(after))) == [["20/77", "WM/1"], ["20/77", "WM/2"]]


def test_what_was_answered_goes_before_what_is_likelier() -> None:
    colleague = HOME | {"source_record_id": "WM/2", "injury": "minor"}
    answered = Pair(
        tuple(across.Side(r["force_id"], r["source_record_id"], 1, DAY) for r in (HOST, colleague)),  # type: ignore[arg-type]
        0,
    ).pair_id
    assert references(found(HOME, colleague, HOST, same={answered})) == [{"20/77", "WM/2"}]


@pytest.mark.slow
def test_neither_the_order_of_the_records_nor_a_second_look_changes_a_pair() -> None:
    world = seeded(7, 1200)
    expected = found(*world.records)
    shuffled = random.Random(1).sample(world.records, len(world.records))
    assert found(*shuffled) == expected
    assert len(expected) > 10
    assert all(pair.sides[0].force_id != pair.sides[1].force_id for pair in expected)


def test_the_levels_of_a_comparison_add_up_to_one() -> None:
    compared = {
        name: levels
        for name, levels in vars(across).items()
        if isinstance(levels, tuple) and levels and isinstance(levels[0], Level)
    }
    assert len(compared) == 15
    for name, levels in compared.items():
        assert sum(level.m for level in levels) == pytest.approx(1, abs=0.011), name
        assert sum(level.u for level in levels) == pytest.approx(1, abs=0.011), name


def test_every_neighbour_is_a_force_and_every_force_of_great_britain_has_one() -> None:
    named = {*BORDERS, *(other for others in BORDERS.values() for other in others)}
    assert named | {*EVERYWHERE} <= {*FORCES}
    assert {*FORCES} - named == {*EVERYWHERE, "psni"}
    assert len(NEIGHBOURS) == sum(len(others) for others in BORDERS.values())


def key(record: dict[str, Any]) -> str:
    return record_key(
        record["force_id"], record["source_record_id"], record["victim_number"], record["occurred_on"].year
    )


def marks(*records: dict[str, Any], pairs: list[tuple[str, str]]) -> dict[str, str | None]:
    counted = counted_once(table(*records), pairs).to_pyarrow().to_pylist()
    assert len(counted) == len(records)
    return {record["source_record_id"]: record["counted_once"] for record in counted}


def test_the_hosts_record_of_a_visitor_is_left_out_and_the_home_forces_is_kept() -> None:
    alone = HOME | {"source_record_id": "WM/3"}
    assert marks(HOME, HOST, alone, pairs=[(key(HOME), key(HOST))]) == {
        "WM/1": "kept",
        "20/77": "left_out",
        "WM/3": None,
    }
    assert marks(HOST, HOME, alone, pairs=[(key(HOST), key(HOME))])["20/77"] == "left_out"


def test_where_no_role_tells_the_first_force_by_its_id_is_kept() -> None:
    host = HOST | {"force_id": "btp", "victim_type": "police_officer", "victim_number": None}
    assert marks(HOME, host, pairs=[(key(HOME), key(host))]) == {"WM/1": "left_out", "20/77": "kept"}


def test_a_record_is_left_out_only_while_the_other_one_is_there() -> None:
    assert marks(HOST, pairs=[(key(HOME), key(HOST))]) == {"20/77": None}
    last_year = HOME | {"occurred_on": dt.date(2017, 7, 3)}
    assert marks(last_year, HOST, pairs=[(key(HOME), key(HOST))]) == {"WM/1": None, "20/77": None}
    another_book = HOME | {"book": "use_of_force"}
    assert marks(another_book, HOST, pairs=[(key(HOME), key(HOST))]) == {"WM/1": None, "20/77": None}


def test_one_assault_in_three_forces_counts_once_and_two_of_one_force_twice() -> None:
    third = HOST | {"force_id": "btp", "source_record_id": "B/5"}
    both = [(key(HOME), key(HOST)), (key(third), key(HOST))]
    assert sorted(str(mark) for mark in marks(HOME, HOST, third, pairs=both).values()) == [
        "kept",
        "left_out",
        "left_out",
    ]
    colleague = HOME | {"source_record_id": "WM/2"}
    twice = [(key(HOME), key(HOST)), (key(colleague), key(HOST))]
    assert sorted(str(mark) for mark in marks(HOME, colleague, HOST, pairs=twice).values()) == [
        "None",
        "kept",
        "left_out",
    ]
