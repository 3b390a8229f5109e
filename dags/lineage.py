"""What the DAGs read and write, as assets that Airflow shows and OpenLineage events name.

An asset is a folder of the home, never a file of it: the name of a file is a force's own.
"""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import Asset

_HOME = Path(os.environ.get("COLLATE_HOME") or "data").absolute().as_posix()

INBOX = Asset("inbox", uri=f"file://{_HOME}/inbox")
RECORDS = Asset("accepted_records", uri=f"file://{_HOME}/accepted")
RETURNS = Asset("returns", uri=f"file://{_HOME}/returns")
RELEASES = Asset("releases", uri=f"file://{_HOME}/releases")
