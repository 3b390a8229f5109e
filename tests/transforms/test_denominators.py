"""Which workforce figure a rate is worked out on."""

from datetime import date

import ibis
import pyarrow as pa
import pytest

from transforms.denominators import latest_figures

FIGURES = pa.schema(
    {
        "force_id": pa.string(),
        "worker_type": pa.string(),
        "basis": pa.string(),
        "as_at": pa.date32(),
        "value": pa.float64(),
        "value_status": pa.string(),
        "source": pa.string(),
        "published": pa.date32(),
    }
)
MARCH, SEPTEMBER = date(2018, 3, 31), date(2018, 9, 30)


def officers(as_at, value, published=None, source="tables.ods", **fields):
    return {
        "force_id": "cumbria",
        "worker_type": "police_officer",
        "basis": "fte",
        "as_at": as_at,
        "value": value,
        "value_status": None if value is not None else "x",
        "source": source,
        "published": published,
        **fields,
    }


def latest(figures, on):
    workforce = ibis.memtable(pa.Table.from_pylist(figures, schema=FIGURES))
    return (
        ibis.duckdb.connect().to_pyarrow(latest_figures(workforce, "police_officer", "fte", on)).to_pylist()
    )


@pytest.mark.parametrize(
    ("on", "value"), [(date(2018, 9, 29), 1094.59), (SEPTEMBER, 1174.0), (date(2019, 12, 31), 1174.0)]
)
def test_the_figure_is_the_latest_as_at_the_day_or_before_it(on, value):
    assert [row["value"] for row in latest([officers(MARCH, 1094.59), officers(SEPTEMBER, 1174.0)], on)] == [
        value
    ]


def test_a_force_with_no_figure_yet_has_no_row():
    assert latest([officers(SEPTEMBER, 1174.0)], MARCH) == []


def test_the_later_publication_wins_for_the_same_day():
    figures = [
        officers(MARCH, 1094.59, date(2020, 1, 30), "later.ods"),
        officers(MARCH, 1095.59, date(2019, 1, 24), "earlier.ods"),
        officers(MARCH, 1096.59, None, "undated.csv"),
    ]
    assert latest(figures, MARCH) == [
        {"force_id": "cumbria", "value": 1094.59, "as_at": MARCH, "source": "later.ods"}
    ]


def test_a_figure_withdrawn_by_a_later_publication_is_missing_and_no_older_one_stands_in():
    figures = [
        officers(MARCH, 78.95, date(2019, 1, 24)),
        officers(SEPTEMBER, 0.0, date(2019, 1, 24)),
        officers(SEPTEMBER, None, date(2020, 1, 30)),
    ]
    assert [(row["as_at"], row["value"]) for row in latest(figures, SEPTEMBER)] == [(SEPTEMBER, None)]


def test_other_worker_types_and_bases_are_never_mixed_in():
    figures = [
        officers(MARCH, 1094.59),
        officers(SEPTEMBER, 86.0, worker_type="pcso"),
        officers(SEPTEMBER, 1190.0, basis="headcount"),
    ]
    assert [row["value"] for row in latest(figures, SEPTEMBER)] == [1094.59]


def test_each_force_has_one_row_in_order_of_force_id():
    figures = [officers(MARCH, 1.0), officers(MARCH, 2.0, force_id="btp"), officers(SEPTEMBER, 3.0)]
    assert [(row["force_id"], row["value"]) for row in latest(figures, SEPTEMBER)] == [
        ("btp", 2.0),
        ("cumbria", 3.0),
    ]
