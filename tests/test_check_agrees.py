"""`collate check` says of a file what the pipeline says of it, given the same history: over every sample."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline import recipe
from pipeline.home import Home
from pipeline.ledger import Ledger
from schemas.force import load_forces

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).resolve().parent.parent / "samples"

# What a check cannot say by its nature: the page Great Expectations writes of accepted records, which it keeps none of.
ONLY_RECEIVED = {"data_docs"}
WRITTEN = ("findings.csv", "transform_map.csv")


def in_order() -> Iterator[tuple[str, Path]]:
    """Yield (force, file) for every sample, as the inbox has them: a force's reports before its other books."""
    forces = load_forces()
    for folder in sorted((SAMPLES / "inbox").iterdir()):
        force = forces[folder.name]
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]

        def of_reports(path: Path, force: Any = force) -> bool:
            book = force.book_of(path.name)
            return book is not None and book.name == "health_safety"

        for path in sorted(files, key=lambda each: not of_reports(each)):
            yield folder.name, path


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return of every sample its name, its check in the home as it stood before, and what receiving it gave."""
    root = tmp_path_factory.mktemp("agrees")
    home = Home.at(root / "home")
    home.prepare()
    Ledger.open(home.ledger_url).close()
    (home.root / "SAMPLES").write_text("The synthetic samples.\n", encoding="utf-8")
    compared = []
    with pytest.MonkeyPatch.context() as patch:
        for name in ("COLLATE_LEDGER_URL", "COLLATE_FORCES", "COLLATE_PSEUDONYM_KEY"):
            patch.delenv(name, raising=False)
        patch.setenv("COLLATE_SETTLE_SECONDS", "0")
        # The gate finds nothing in a file: where it disagrees, nothing is stored and nobody is told anything.
        patch.setattr(recipe, "gate_ahead", lambda *_: None)
        patch.setattr(recipe, "gate", lambda *_: None)
        patch.setattr(recipe, "index_docs", lambda *_: None)
        for number, (force, path) in enumerate(in_order()):
            folder = root / "check" / str(number)
            folder.mkdir(parents=True)
            checked = recipe.check_file(path, force, home, folder, None, date.today())
            inbox = home.inbox / force
            inbox.mkdir(exist_ok=True)
            shutil.copy(path, inbox)
            received = recipe.receive(home)
            assert received["faults"] == []
            (receipt,) = received["receipts"]
            back = home.returns / force / receipt["drop_id"]
            for each, place in ((checked, folder), (receipt, back)):
                each["written"] = {
                    name: (place / name).read_bytes() if (place / name).exists() else b"" for name in WRITTEN
                }
            compared.append((f"{force}/{path.name}", checked, receipt))
            (inbox / path.name).unlink()
    return compared


def test_every_sample_is_judged_the_same_by_a_check_and_by_the_pipeline(both: Any) -> None:
    differing = {
        name: sorted(
            each
            for each in {*checked, *received} - ONLY_RECEIVED
            if checked.get(each, "absent") != received.get(each, "absent")
        )
        for name, checked, received in both
    }
    assert {name: fields for name, fields in differing.items() if fields} == {}


def test_the_samples_do_have_what_is_compared(both: Any) -> None:
    assert len(both) > 60
    for wanted in ("findings", "causes", "drift", "noticed", "written"):
        assert any(received.get(wanted) for _, _, received in both), wanted
    states = {state["state"] for _, checked, _ in both for state in checked["rules"]}
    assert {"ran", "could_not_run", "does_not_apply"} <= states
    # Some are looked at beside what their force sent before.
    ran = {state["rule"] for _, checked, _ in both for state in checked["rules"] if state["state"] == "ran"}
    assert {"occurred_on.another_month", "drop.unusual_volume", "health_safety_ref.not_in_book"} <= ran
