"""`publish_release` and the month it chooses."""

import contextlib
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from dags.monthly import due_on
from pipeline.calendar import collection_of
from pipeline.period import add_months


@pytest.fixture
def published(recipe):
    """Return the months published so far by a recipe that publishes any."""
    months = []

    def publish(month, home=None):
        months.append(month)
        light = {"light": "green", "said": "Green.", "accounted": {"missing": []}}
        path = f"releases/{month}-1"
        return {"release_id": f"{month}-1", "path": path, "changed": True, "summary": [], **light}

    recipe.publish = publish
    return months


@pytest.mark.slow
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
        ("2018-09", datetime(2018, 10, 19, 5, tzinfo=UTC)),  # 06:00 summer time
        ("2018-11", datetime(2018, 12, 21, 6, tzinfo=UTC)),
    ],
)
def test_the_run_due_for_a_month_is_one_that_a_backfill_makes(dags, month, moment):
    from airflow.serialization.serialized_objects import DagSerialization

    stored = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dags["publish_release"]))
    (due,) = stored.iter_dagrun_infos_between(due_on(month), due_on(month))
    assert due.logical_date == moment


@pytest.mark.parametrize("month", ["2017-12", "2018-03", "2018-09", "2026-11"])
def test_the_morning_that_publishes_is_the_release_day_the_letters_name(dags, recipe, published, month):
    first = date.fromisoformat(f"{month}-01")
    mornings = [add_months(first, 1) + timedelta(days=days) for days in range(28)]
    for morning in mornings:
        try_morning(dags, morning, "scheduled")
    assert published == [month]
    assert due_on(month).date() == collection_of(first, "kent").release


def test_a_run_started_by_hand_publishes_on_any_day(dags, recipe, published):
    try_morning(dags, date(2018, 10, 2), "manual")
    assert published == ["2018-09"]


def accounted(dags, light):
    """Return what the second task says of a release under a light."""
    release = {"release_id": "2018-09-r1", "light": light, "said": f"{light}: Kent crime (late).",
               "accounted": {"missing": [{"force_id": "kent", "book": "crime", "state": "late"}]}}  # fmt: skip
    return dags["publish_release"].get_task("every_force_accounted_for").python_callable(release)


def test_an_amber_release_ends_well_and_names_who_is_missing(dags, caplog):
    with caplog.at_level("WARNING"):
        told = accounted(dags, "amber")
    assert told["missing"] == [{"force_id": "kent", "book": "crime", "state": "late"}]
    assert "amber: Kent crime (late)." in caplog.text


def test_a_red_release_is_published_and_its_run_fails_with_the_names(dags, recipe, published):
    from airflow.sdk.exceptions import AirflowFailException

    with pytest.raises(AirflowFailException, match=r"2018-09-r1 is published. red: Kent crime \(late\)."):
        accounted(dags, "red")
    task = dags["publish_release"].get_task("every_force_accounted_for")
    assert (task.upstream_task_ids, task.retries) == ({"publish"}, 0)


def try_morning(dags, day, run_type):
    """Run the publishing task as of six on a day."""
    from airflow.sdk.exceptions import AirflowSkipException

    moment = datetime.combine(day, time(6), UTC)
    run = SimpleNamespace(logical_date=moment, run_after=moment, run_type=run_type)
    with contextlib.suppress(AirflowSkipException):
        dags["publish_release"].get_task("publish").python_callable(dag_run=run)


@pytest.mark.slow
def test_a_run_of_19_october_2018_publishes_september(dags, metadata, published):
    run = dags["publish_release"].test(logical_date=datetime(2018, 10, 19, 5, tzinfo=UTC))
    assert run.state == "success"
    assert published == ["2018-09"]


@pytest.mark.slow
def test_a_run_by_hand_without_a_logical_date_publishes_the_month_before_it_runs(dags, metadata, published):
    run = dags["publish_release"].test(run_after=datetime(2019, 1, 2, 9, tzinfo=UTC), logical_date=None)
    assert run.state == "success"
    assert published == ["2018-12"]
