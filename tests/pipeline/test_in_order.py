"""The drops of a force, judged one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline import recipe
from pipeline.in_order import DropsLeft, by_force, collate_in_order
from tests.office import OTHER_FORCE, Office, export


def test_drops_are_parted_by_force_in_their_order() -> None:
    drops = ["kent/b/july.csv", "cumbria/z/safety.csv", "kent/a/august.csv", "cumbria/c/crime.csv"]
    assert by_force(drops) == [
        ["kent/b/july.csv", "kent/a/august.csv"],
        ["cumbria/z/safety.csv", "cumbria/c/crime.csv"],
    ]
    assert by_force([]) == []


@pytest.mark.slow
def test_a_fault_over_one_drop_keeps_no_other_waiting_and_is_named_at_the_end(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for month in ("06", "07", "08"):
        rows = export({"Date": f"03/{month}/2018", "Recorded": f"04/{month}/2018"})
        office.drop(rows, f"crime_2018-{month}.csv")
    office.drop("no header at all\n", "crime_2018-09.csv")
    drops = recipe.new_drops(office.home.root)
    assert [drop.rpartition("/")[2] for drop in drops] == [
        f"crime_2018-0{month}.csv" for month in range(6, 10)
    ]
    judged, tried = recipe.collate, []

    def full(drop: Any, *rest: Any) -> dict[str, Any]:
        tried.append(drop.label)
        if drop.label == drops[1]:
            raise OSError(28, "No space left on device")
        return judged(drop, *rest)

    monkeypatch.setattr(recipe, "collate", full)
    with caplog.at_level("INFO", "pipeline.in_order"), pytest.raises(DropsLeft) as left:
        collate_in_order(drops, office.home.root)
    assert str(left.value) == f"1 of 4 drops could not be judged: {drops[1]}."
    assert [(name, type(fault)) for name, fault in left.value.faults] == [(drops[1], OSError)]
    assert [each["drop"] for each in left.value.judged] == [drops[0], *drops[2:]]
    assert tried == drops
    assert f"{drops[0]}: 1 accepted, 0 held" in caplog.messages
    assert any(line.startswith(f"{drops[3]}: refused: ") for line in caplog.messages)

    # The next try takes up what is left, and says the same of the others.
    monkeypatch.setattr(recipe, "collate", judged)
    tried.clear()
    again = collate_in_order(drops, office.home.root)
    assert tried == []
    assert [each["drop"] for each in again] == drops
    assert [each for each in again if each["drop"] != drops[1]] == [*left.value.judged]


@pytest.mark.slow
def test_what_is_judged_is_known_by_its_receipt_and_what_is_not_is_none(
    office: Office, tmp_path: Path
) -> None:
    office.drop(export({}), force=OTHER_FORCE)
    (drop,) = recipe.new_drops(office.home.root)
    assert recipe.judged_path(drop, office.home.root) is None
    judged = recipe.collate_path(drop, office.home.root)
    assert recipe.judged_path(drop, office.home.root) == judged
    with pytest.raises(LookupError):
        recipe.judged_path("cleveland/none/none.csv", office.home.root)
