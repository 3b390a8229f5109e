"""Airflow on one machine: SQLite metadata under the home, no examples, these DAGs and no others.

`python -m dags.local --home data standalone` runs any `airflow` command with these settings.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LINEAGE_PROVIDER = "apache-airflow-providers-openlineage"


def settings(home: Path) -> dict[str, str]:
    """Return the environment that Airflow and the recipe read; it must be set before airflow is imported."""
    home = home.resolve()
    airflow_home = home / "airflow"
    return {
        **lineage(home),
        "COLLATE_HOME": str(home),
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).resolve().parent),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # standalone forks this many workers before it has anything to do
        "AIRFLOW__CORE__PARALLELISM": "4",
        # a person is waiting: a fault that lasts is told in seconds, not after ten minutes of retries
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "2",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow_home / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(airflow_home / "logs"),
    }


def lineage(home: Path) -> dict[str, str]:
    """Return the settings that have OpenLineage write its events into the file COLLATE_LINEAGE names; none by default.

    A relative name is one in the home. Exits with a sentence where the provider that writes them is not installed.
    """
    stated = os.environ.get("COLLATE_LINEAGE", "").strip()
    if not stated:
        return {}
    try:
        version(LINEAGE_PROVIDER)
    except PackageNotFoundError:
        sys.exit(
            f"COLLATE_LINEAGE asks for lineage events: install {LINEAGE_PROVIDER} first, or leave it out."
        )
    transport = {"type": "file", "log_file_path": str(home / stated), "append": True}
    return {
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "assaults_on_police",
        "AIRFLOW__OPENLINEAGE__DISABLE_SOURCE_CODE": "True",
    }


def main(arguments: list[str] | None = None) -> None:
    """Replace this program by `airflow` under the settings of a home."""
    parser = argparse.ArgumentParser(prog="python -m dags.local", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--home", type=Path, default=Path("data"), help="where the drops and releases are kept"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help="an airflow command, such as standalone")
    chosen = parser.parse_args(arguments)
    scripts = Path(sys.executable).parent
    # standalone starts its parts by the name `airflow`
    path = os.pathsep.join([str(scripts), os.environ.get("PATH", os.defpath)])
    airflow = scripts / "airflow"
    os.execve(airflow, [str(airflow), *chosen.command], {**os.environ, **settings(chosen.home), "PATH": path})


if __name__ == "__main__":
    main()
