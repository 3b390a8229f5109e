"""`publish_release` and the month it chooses."""

from datetime import UTC, datetime

import pytest

from dags.monthly import due_on


@pytest.fixture
def published(recipe):
    """Return the months published so far by a recipe that publishes any."""
    months = []

    def publish(month, home=None):
        months.append(month)
        return {"release_id": f"{month}-1", "path": f"releases/{month}-1", "changed": True, "summary": []}

    recipe.publish = publish
    return months


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2018, 10, 10, 5, tzinfo=UTC), "2018-09"),
        (datetime(2018, 1, 10, 6, tzinfo=UTC), "2017-12"),
        (datetime(2020, 3, 31, 23, 30, tzinfo=UTC), "2020-03"),  # already 1 April by summer time
        (datetime(2018, 10, 31, 23, 59, tzinfo=UTC), "2018-09"),
    ],
)
def test_the_month_published_is_the_one_before_the_run_s_moment(moment, month):
    from dags.publish_release import month_before

    assert month_before(moment) == month


@pytest.mark.parametrize("month", ["2017-12", "2018-01", "2018-09", "2024-02"])
def test_the_run_due_for_a_month_publishes_that_month(month):
    from dags.publish_release import month_before

    assert month_before(due_on(month)) == month


@pytest.mark.parametrize(
    ("month", "moment"),
    [
        ("2018-09", datetime(2018, 10, 10, 5, tzinfo=UTC)),  # 06:00 summer time
        ("2018-11", datetime(2018, 12, 10, 6, tzinfo=UTC)),
    ],
)
def test_the_run_due_for_a_month_is_one_that_a_backfill_makes(dags, month, moment):
    from airflow.serialization.serialized_objects import DagSerialization

    stored = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dags["publish_release"]))
    (due,) = stored.iter_dagrun_infos_between(due_on(month), due_on(month))
    assert due.logical_date == moment


@pytest.mark.slow
def test_a_run_of_10_october_2018_publishes_september(dags, metadata, published):
    run = dags["publish_release"].test(logical_date=datetime(2018, 10, 10, 5, tzinfo=UTC))
    assert run.state == "success"
    assert published == ["2018-09"]


@pytest.mark.slow
def test_a_run_by_hand_without_a_logical_date_publishes_the_month_before_it_runs(dags, metadata, published):
    run = dags["publish_release"].test(run_after=datetime(2019, 1, 2, 9, tzinfo=UTC), logical_date=None)
    assert run.state == "success"
    assert published == ["2018-12"]
