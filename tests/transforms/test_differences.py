"""The differences of two releases: older + patch = newer, always; and why each row is otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine, open_engine
from transforms.compare.differences import DROPS, Ends, apply, counted, only_in, paired, patch_of

RECORDS = pa.schema(
    [
        ("force_id", pa.string()), ("book", pa.string()), ("source_record_id", pa.string()),
        ("victim_number", pa.int64()), ("drop_id", pa.string()), ("row_number", pa.int64()),
        ("occurred_on", pa.date32()), ("occurred_time", pa.time64("us")), ("measure", pa.string()),
        ("injury", pa.string()), ("impact_factors", pa.list_(pa.string())),
    ]
)  # fmt: skip
ENDS = Ends(date(2018, 8, 31), date(2018, 8, 31))

Record = dict[str, Any]


def record(**said: Any) -> Record:
    plain = {
        "force_id": "cumbria", "book": "crime", "source_record_id": "A1", "victim_number": 1, "drop_id": "d1",
        "row_number": 2, "occurred_on": date(2018, 7, 3), "occurred_time": None, "measure": "other",
        "injury": None, "impact_factors": None,
    }  # fmt: skip
    return {**plain, **said}


def of_drop(drop_id: str, **said: Any) -> Record:
    """Return what is known of a drop that is in both releases alike, but for what is said."""
    return {"drop_id": drop_id, "is_new": False, "stood": True, "stands": True, "again": None, **said}


def table(records: list[Record], schema: pa.Schema = RECORDS) -> Any:
    return ibis.memtable(pa.Table.from_pylist(records, schema))


def patched(old: list[Record], new: list[Record], *drops: Record, ends: Ends = ENDS) -> pa.Table:
    """Return the patch of two sets of records, as a table in memory."""
    before, after = table(old), table(new)
    pairs = paired(only_in(before, after), only_in(after, before))
    return patch_of(pairs, table([*drops], DROPS), ends, RECORDS.names).to_pyarrow()


def as_set(records: Any) -> Counter[str]:
    return Counter(repr(sorted(row.items())) for row in records)


def cells(records: list[Record]) -> Counter[tuple[Any, ...]]:
    return Counter(
        (r["force_id"], r["book"], f"{r['occurred_on']:%Y-%m}", r["measure"] or "undecided") for r in records
    )


@st.composite
def releases(draw: st.DrawFn) -> list[Record]:
    """Draw the records of a release: a few keys on a few days, none from the same row twice."""
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["cumbria", "kent"]), st.sampled_from(["A1", "A2"]),
                st.sampled_from([None, 1, 2]), st.sampled_from(["d1", "d2"]), st.integers(2, 4),
                st.sampled_from([date(2018, 7, 3), date(2018, 7, 4), date(2018, 8, 1)]),
                st.sampled_from([None, "other", "constable_with_injury"]), st.sampled_from([None, "none"]),
                st.sampled_from([None, [], ["alcohol"]]),
            ),
            max_size=8, unique_by=lambda row: (row[0], row[2], row[3], row[4]),
        )
    )  # fmt: skip
    names = (
        "force_id", "source_record_id", "victim_number", "drop_id", "row_number", "occurred_on", "measure",
        "injury", "impact_factors",
    )  # fmt: skip
    return [record(**dict(zip(names, row, strict=True))) for row in rows]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Return one session for many small examples, which knows its queries after the first."""
    with open_engine(tmp_path_factory.mktemp("engine")) as engine:
        yield engine


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(old=releases(), new=releases())
def test_the_older_release_and_the_patch_make_the_newer_one(
    engine: Engine, old: list[Record], new: list[Record]
) -> None:
    before = engine.read_small("before", pa.Table.from_pylist(old, RECORDS))
    after = engine.read_small("after", pa.Table.from_pylist(new, RECORDS))
    drops = engine.read_small("drops", pa.Table.from_pylist([of_drop("d1"), of_drop("d2")], DROPS))
    gone = engine.lay_down("gone", only_in(before, after))
    came = engine.lay_down("came", only_in(after, before))
    patch = engine.lay_down("patch", patch_of(paired(gone, came), drops, ENDS, RECORDS.names))
    assert as_set(engine.rows(apply(before, patch))) == as_set(engine.rows(after))

    net: Counter[tuple[Any, ...]] = Counter(cells(old))
    for row in engine.rows(counted(patch)):
        cell = (row["force_id"], row["book"], row["period"], row["measure"])
        net[cell] += row["added"] - row["withdrawn"] + row["moved_in"] - row["moved_out"]
    assert +net == cells(new)
    assert min(net.values(), default=0) >= 0


def test_two_equal_releases_have_an_empty_patch() -> None:
    same = [record(), record(row_number=3, victim_number=None, impact_factors=["alcohol"])]
    assert len(patched(same, same)) == 0


def test_a_row_that_came_in_a_later_drop_is_late() -> None:
    (row,) = patched([], [record(drop_id="d2")], of_drop("d2", is_new=True, stood=False)).to_pylist()
    assert (row["change"], row["why"], row["old_drop_id"]) == ("added", "late", None)


def test_a_row_of_a_month_the_older_release_did_not_reach_is_not_late() -> None:
    new = [record(drop_id="d2", occurred_on=date(2018, 9, 1))]
    ends = Ends(date(2018, 8, 31), date(2018, 9, 30))
    (row,) = patched([], new, of_drop("d2", is_new=True, stood=False), ends=ends).to_pylist()
    assert (row["change"], row["why"]) == ("added", "month")


def test_a_row_a_later_drop_replaced_is_corrected_and_both_sides_are_told() -> None:
    new = record(drop_id="d2", row_number=9, injury="minor", measure="constable_with_injury")
    (row,) = patched([record()], [new], of_drop("d1"), of_drop("d2", is_new=True, stood=False)).to_pylist()
    assert (row["change"], row["why"]) == ("changed", "corrected")
    assert (row["old_drop_id"], row["old_row_number"], row["old_measure"]) == ("d1", 2, "other")
    assert (row["drop_id"], row["row_number"], row["measure"]) == ("d2", 9, "constable_with_injury")


def test_a_corrected_day_is_one_change_and_moves_the_record_to_its_month() -> None:
    new = record(drop_id="d2", occurred_on=date(2018, 8, 3))
    patch = patched([record()], [new], of_drop("d1"), of_drop("d2", is_new=True, stood=False))
    assert patch.column("change").to_pylist() == ["changed"]
    found = {row["period"]: row for row in counted(ibis.memtable(patch)).to_pyarrow().to_pylist()}
    assert found["2018-07"]["moved_out"] == found["2018-08"]["moved_in"] == 1
    assert found["2018-07"]["changed"] == found["2018-08"]["changed"] == 0


def test_a_row_sent_again_as_it_was_is_no_change_of_a_figure() -> None:
    patch = patched(
        [record()], [record(drop_id="d2", row_number=7)], of_drop("d1"), of_drop("d2", is_new=True)
    )
    assert patch.column("change").to_pylist() == ["resent"]
    (row,) = counted(ibis.memtable(patch)).to_pyarrow().to_pylist()
    assert (row["resent"], row["changed"], row["added"], row["withdrawn"]) == (1, 0, 0, 0)


def test_rows_that_go_are_withdrawn_by_the_force_or_by_a_ruling() -> None:
    (row,) = patched([record()], [], of_drop("d1")).to_pylist()
    assert (row["change"], row["why"]) == ("withdrawn", "corrected")
    (row,) = patched([record()], [], of_drop("d1", stands=False)).to_pylist()
    assert (row["change"], row["why"]) == ("withdrawn", "ruling")


def test_a_drop_judged_otherwise_gives_its_own_reason_for_each_of_its_rows() -> None:
    for again in ("rule", "mapping", "rule and mapping", "judged again"):
        old = [record(), record(row_number=3, source_record_id="A2")]
        new = [record(injury="none"), record(row_number=4, source_record_id="A3")]
        found = patched(old, new, of_drop("d1", again=again)).to_pylist()
        assert {row["change"]: row["why"] for row in found} == dict.fromkeys(
            ("added", "changed", "withdrawn"), again
        )


def test_a_field_the_older_release_did_not_have_is_missing_in_it_and_not_otherwise() -> None:
    old = table([record(), record(row_number=3, source_record_id="A2", injury="none")]).drop("injury")
    new = table([record(), record(row_number=3, source_record_id="A2", injury="none")])
    as_new = old.mutate(injury=ibis.null("string")).select(*new.columns)
    pairs = paired(only_in(as_new, new), only_in(new, old))
    patch = patch_of(pairs, table([of_drop("d1")], DROPS), ENDS, RECORDS.names).to_pyarrow()
    assert patch.column("source_record_id").to_pylist() == ["A2"]
    made = apply(old, ibis.memtable(patch)).to_pyarrow()
    assert as_set(made.to_pylist()) == as_set(new.to_pyarrow().to_pylist())
