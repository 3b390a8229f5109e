"""One run of `publish_release` over a recipe that needs no data, with lineage events asked for in the home."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pipeline
from dags import local

RELEASE = {
    "release_id": "2018-09-r1",
    "changed": True,
    "light": "green",
    "said": "Green.",
    "accounted": {"missing": []},
}


def publish(month, home=None):
    return RELEASE


if __name__ == "__main__":
    os.environ.update(local.settings(Path(sys.argv[1])))
    recipe = ModuleType("pipeline.recipe")
    recipe.publish = publish
    pipeline.recipe = sys.modules["pipeline.recipe"] = recipe
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils.db import initdb

    initdb()
    dag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags["publish_release"]
    run = dag.test(logical_date=datetime(2018, 10, 19, 5, tzinfo=UTC))
    sys.exit(run.state != "success")
