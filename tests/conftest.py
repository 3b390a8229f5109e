"""What every test may ask for: the shared reference data, and a home of its own."""

import os
from pathlib import Path

import pytest

from tests.faults.table import pytest_terminal_summary

__all__ = ["home", "pytest_collection_modifyitems", "pytest_terminal_summary", "shared_data"]

ROOT = Path(__file__).resolve().parent.parent

# The workers take whole files: a long one that is begun last keeps one of them waiting for the other.
LONGEST_FIRST = (
    "tests/faults/test_faults_walked.py",
    "tests/test_check_agrees.py",
    "tests/test_samples.py",
    "tests/expectations/test_parity.py",
    "tests/dags/test_monthly.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest files first; all others stay in their order."""
    rank = {ROOT / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of reference data beside the project; the test is skipped where there is none."""
    folder = Path(os.environ.get("COLLATE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the shared reference data is absent: set COLLATE_SHARED_DATA to its folder")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a new, empty home with an inbox, which COLLATE_HOME names for the length of the test."""
    folder = tmp_path / "home"
    (folder / "inbox").mkdir(parents=True)
    monkeypatch.setenv("COLLATE_HOME", str(folder))
    monkeypatch.delenv("COLLATE_LEDGER_URL", raising=False)
    return folder
