"""`collate_drops`, run by Airflow in this process over a recipe that needs no data."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("metadata")]

DROPS = ["cumbria/a1 july.csv", "cumbria/a2 august.csv", "kent/b2 july.xlsx", "west_mercia/c3 july.csv"]
BY_FORCE = [DROPS[:2], DROPS[2:3], DROPS[3:]]
RECEIPTS = {
    "cumbria/a1 july.csv": {"rows": 10, "accepted": 9, "held": 1},
    "cumbria/a2 august.csv": {"rows": 3, "accepted": 3, "held": 0},
    "kent/b2 july.xlsx": {"rows": 0, "accepted": 0, "held": 0, "refused": "The workbook holds no table."},
    "west_mercia/c3 july.csv": {"rows": 5, "accepted": 5, "held": 0},
}


def returned_by(run, task_id):
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.scalars(
            XComModel.get_many(run_id=run.run_id, dag_ids=run.dag_id, task_ids=task_id, key="return_value")
        )
        return [XComModel.deserialize_value(row) for row in found]


def states(run):
    return {(task.task_id, task.rendered_map_index): task.state for task in run.get_task_instances()}


@pytest.fixture
def judged(recipe):
    """Return the drops judged so far by a recipe that judges every drop."""
    drops = []

    def collate_path(drop, home=None):
        drops.append(drop)
        return RECEIPTS[drop]

    recipe.new_drops = lambda home=None: DROPS
    recipe.collate_path = collate_path
    recipe.judged_path = lambda drop, home=None: RECEIPTS[drop] if drop in drops else None
    return drops


@pytest.fixture
def disk_full_for_cumbria(recipe, judged):
    """Return how often Cumbria's first drop was tried by a recipe that cannot store it."""
    tries = []
    sound = recipe.collate_path

    def collate_path(drop, home=None):
        if drop == "cumbria/a1 july.csv":
            tries.append(drop)
            raise OSError("No space left on device")
        return sound(drop)

    recipe.collate_path = collate_path
    return tries


@pytest.mark.slow
def test_a_force_is_judged_by_a_task_named_after_it_its_drops_in_order(dags, judged):
    run = dags["collate_drops"].test()
    assert run.state == "success"
    assert sorted(judged) == DROPS
    assert judged.index("cumbria/a1 july.csv") < judged.index("cumbria/a2 august.csv")
    names = {name for (task_id, name) in states(run) if task_id == "collate"}
    assert names == {"cumbria, 2 drops", "kent, 1 drop", "west_mercia, 1 drop"}


@pytest.mark.slow
def test_the_report_adds_up_the_rows_and_names_the_refused_drops(dags, judged):
    run = dags["collate_drops"].test()
    assert returned_by(run, "report") == [
        {"drops": 4, "refused": ["kent/b2 july.xlsx"], "rows": 18, "accepted": 17, "held": 1}
    ]


@pytest.mark.slow
def test_a_refused_drop_fails_nothing(dags, judged):
    run = dags["collate_drops"].test()
    assert states(run)["collate", "kent, 1 drop"] == "success"


@pytest.mark.slow
def test_one_drop_that_cannot_be_stored_stops_no_other_and_fails_the_run(dags, judged, disk_full_for_cumbria):
    run = dags["collate_drops"].test()
    assert run.state == "failed"
    assert states(run) == {
        ("new_drops", None): "success",
        ("collate", "cumbria, 2 drops"): "failed",
        ("collate", "kent, 1 drop"): "success",
        ("collate", "west_mercia, 1 drop"): "success",
        ("report", None): "failed",
    }
    # The other drop of the same force is judged, and once, though its task was tried three times.
    assert sorted(judged) == DROPS[1:]


@pytest.mark.slow
def test_a_drop_that_cannot_be_stored_is_tried_three_times(dags, judged, disk_full_for_cumbria):
    dags["collate_drops"].test()
    assert len(disk_full_for_cumbria) == 3


def test_the_report_names_the_drop_left_unjudged_and_knows_the_others_of_its_force(dags, recipe):
    from airflow.sdk.exceptions import AirflowFailException

    known = {"cumbria/a2 august.csv"}
    recipe.judged_path = lambda drop, home=None: RECEIPTS[drop] if drop in known else None
    report = dags["collate_drops"].get_task("report").python_callable
    returned = [[{"drop": drop, **RECEIPTS[drop]} for drop in force] for force in BY_FORCE[1:]]
    with pytest.raises(
        AirflowFailException, match="1 of 4 drops could not be judged: cumbria/a1 july.csv[.]"
    ):
        report(BY_FORCE, returned)
    known.add("cumbria/a1 july.csv")
    assert report(BY_FORCE, returned)["rows"] == 18


@pytest.mark.slow
def test_an_empty_inbox_is_a_run_that_succeeds(dags, recipe):
    recipe.new_drops = lambda home=None: []
    run = dags["collate_drops"].test()
    assert run.state == "success"
    assert returned_by(run, "report") == [{"drops": 0, "refused": [], "rows": 0, "accepted": 0, "held": 0}]


@pytest.mark.slow
def test_an_inbox_that_cannot_be_read_fails_the_run(dags, recipe):
    def new_drops(home=None):
        raise PermissionError("the inbox cannot be read")

    recipe.new_drops = new_drops
    run = dags["collate_drops"].test()
    assert run.state == "failed"
    assert states(run)["report", None] == "failed"
