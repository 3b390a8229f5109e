"""The revisions triangle: a month's figure in every release, silence kept apart from nought, and what is known when."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest

from transforms.compare.revisions import (
    Published,
    expected_finals,
    releases_table,
    revisions,
    understatement,
    vintages,
)

MEASURE = "constable_without_injury"


def month(number: int) -> date:
    return date(2018, number, 1)


def monthly(*numbers: int) -> list[Published]:
    """Return one release a month, each made of drops of its own."""
    return [Published(f"2018-{number:02}-r1", month(number), f"drops {number}") for number in numbers]


def figures(said: dict[tuple[str, str], int | None], force: str = "cumbria") -> pa.Table:
    """Return monthly figures of one force by (release, period)."""
    rows = [
        {"release_id": release, "force_id": force, "book": "crime", "period_type": "month", "period": period,
         "measure": MEASURE, "value": value, "value_status": "x" if value is None else None}
        for (release, period), value in said.items()
    ]  # fmt: skip
    kinds = {"value": pa.int64()}
    names = ["release_id", "force_id", "book", "period_type", "period", "measure", "value", "value_status"]
    return pa.Table.from_pylist(rows, pa.schema([(name, kinds.get(name, pa.string())) for name in names]))


def triangle(said: pa.Table, published: list[Published]) -> Any:
    return revisions(ibis.memtable(said), ibis.memtable(releases_table(published)))


def rows(table: Any) -> list[dict[str, Any]]:
    return table.to_pyarrow().to_pylist()


def test_a_release_knows_what_its_drops_tell_whatever_month_it_ends_in() -> None:
    at_once = [Published(f"2018-0{number}-r1", month(number), "the same") for number in (7, 8, 9)]
    late = Published("2018-07-r2", month(7), "more")
    known = vintages([*at_once, late, *monthly(10)])
    assert known == {
        "2018-07-r1": month(9), "2018-08-r1": month(9), "2018-09-r1": month(9),
        "2018-07-r2": month(9), "2018-10-r1": month(10),
    }  # fmt: skip


def test_each_month_has_its_figure_its_age_and_its_change_in_every_release() -> None:
    said = figures(
        {("2018-07-r1", "2018-07"): 10, ("2018-08-r1", "2018-07"): 14, ("2018-08-r1", "2018-08"): 7,
         ("2018-09-r1", "2018-07"): 13}
    )  # fmt: skip
    found = rows(triangle(said, monthly(7, 8, 9)))
    july = [row for row in found if row["period"] == "2018-07"]
    assert [(row["release_id"], row["age_months"], row["value"], row["change"]) for row in july] == [
        ("2018-07-r1", 0, 10, None),
        ("2018-08-r1", 1, 14, 4),
        ("2018-09-r1", 2, 13, -1),
    ]
    # august is not in the release of july at all, and has no figure in that of september
    august = [row for row in found if row["period"] == "2018-08"]
    assert [(row["release_id"], row["value"]) for row in august] == [("2018-08-r1", 7), ("2018-09-r1", None)]


def test_a_missing_month_is_missing_and_the_change_is_against_the_last_figure_there_was() -> None:
    said = figures(
        {("2018-07-r1", "2018-07"): 10, ("2018-08-r1", "2018-07"): None, ("2018-09-r1", "2018-07"): 12}
    )
    found = rows(triangle(said, monthly(7, 8, 9)))
    assert [(row["value"], row["change"], row["value_status"]) for row in found] == [
        (10, None, None), (None, None, "x"), (12, 2, None),
    ]  # fmt: skip


def test_how_far_first_figures_fell_short_is_counted_over_months_seen_twice() -> None:
    said = figures(
        {("2018-07-r1", "2018-07"): 8, ("2018-08-r1", "2018-07"): 9, ("2018-09-r1", "2018-07"): 10,
         ("2018-08-r1", "2018-08"): 7, ("2018-09-r1", "2018-08"): 10, ("2018-09-r1", "2018-09"): 100}
    )  # fmt: skip
    (found,) = rows(understatement(triangle(said, monthly(7, 8, 9))))
    assert (found["months"], found["first_total"], found["newest_total"]) == (2, 15, 20)
    assert found["understated"] == 0.25
    assert found["youngest_months"] == 1


def test_three_months_published_at_once_say_nothing_of_how_figures_grow() -> None:
    at_once = [Published(f"2018-0{number}-r1", month(number), "the same") for number in (7, 8, 9)]
    said = figures({(each.release_id, "2018-07"): 10 for each in at_once})
    found = triangle(said, at_once)
    assert rows(understatement(found)) == []
    (only,) = expected_finals(found).to_pylist()
    assert only["expected_final"] is None
    assert only["why_not"]


def test_the_expected_final_is_worked_out_from_months_of_the_same_force_and_measure() -> None:
    said = figures(
        {(f"2018-{release:02}-r1", f"2018-{period:02}"): (10, 12, 12)[min(release - period, 2)] * period
         for release in range(1, 7) for period in range(1, release + 1)}
    )  # fmt: skip
    nation = said.set_column(1, "force_id", pa.array(["national"] * len(said)))
    every = triangle(pa.concat_tables([said, nation]), monthly(*range(1, 7)))
    found = expected_finals(every).to_pylist()
    assert {row["force_id"] for row in found} == {"cumbria"}
    last = found[-1]
    assert (last["period"], last["age_months"], last["value"], last["at_age_months"]) == ("2018-06", 0, 60, 3)
    assert last["expected_final"] == pytest.approx(72)
    # three months were seen to grow to age 3, two to age 4: what is older is as it is
    assert (found[0]["value"], found[0]["expected_final"]) == (12, None)
    assert "past 3 months" in found[0]["why_not"]


def test_of_two_releases_of_one_age_the_newest_counts() -> None:
    again = [*monthly(7), Published("2018-07-r2", month(7), "more of july")]
    said = figures({("2018-07-r1", "2018-07"): 10, ("2018-07-r2", "2018-07"): 11})
    (only,) = expected_finals(triangle(said, again)).to_pylist()
    assert only["value"] == 11
