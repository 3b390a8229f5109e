"""What every test may ask for: the shared reference data, and a home of its own."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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
