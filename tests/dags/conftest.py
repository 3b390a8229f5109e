"""Gives Airflow a home of its own in each test worker, and the DAGs a recipe that needs no data."""

import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

import pipeline
from dags import local

# These settings must stand before any test imports airflow, so they are set here and not in a fixture.
AIRFLOW_HOME = tempfile.TemporaryDirectory(prefix="collate-airflow-", ignore_cleanup_errors=True)
os.environ.update(
    {name: value for name, value in local.settings(Path(AIRFLOW_HOME.name)).items() if name != "COLLATE_HOME"}
)


@pytest.fixture(scope="session")
def dags() -> dict:
    """Return the project's DAGs by id, as Airflow finds them in the folder."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    assert bag.import_errors == {}
    return bag.dags


@pytest.fixture(scope="session")
def metadata() -> None:
    """Make Airflow's own database."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return an empty recipe that takes the place of the real one; a test gives it its verbs."""
    stand_in = ModuleType("pipeline.recipe")
    monkeypatch.setitem(sys.modules, "pipeline.recipe", stand_in)
    monkeypatch.setattr(pipeline, "recipe", stand_in, raising=False)
    return stand_in
