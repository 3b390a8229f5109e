"""Whether every force is accounted for: the light of a release, and what it says is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.collecting.accounted import accounted_in, light_of
from pipeline.collecting.collection import Sent
from pipeline.collecting.declare import declare_nil
from pipeline.home import HomeUnusable
from schemas.force import Force, load_forces
from tests.office import FORCE, OTHER_FORCE, Office, export

JULY = date(2018, 7, 1)
REGISTER = 48


def forces(count: int) -> dict[str, Force]:
    """Return so many forces of one book each."""
    (only,) = [force for force in load_forces().values() if force.force_id == "cumbria"]
    names = ["cumbria", "kent", "essex", "surrey"][:count]
    return {name: replace(only, force_id=name) for name in names}


def sent(force_id: str, fate: str = "counts") -> Sent:
    return Sent("d", force_id, "crime", JULY, date(2018, 7, 31), fate)  # type: ignore[arg-type]


def test_each_book_has_its_state_on_the_release_day_and_nothing_hangs_on_the_clock() -> None:
    accounted = accounted_in(JULY, forces(3), [sent("cumbria"), sent("kent", "nil")], JULY)
    assert accounted["as_of"] == "2018-08-22"
    assert accounted["states"] == {
        "cumbria": {"crime": "final"}, "essex": {"crime": "late"}, "kent": {"crime": "nil return"},
    }  # fmt: skip
    assert accounted["missing"] == [{"force_id": "essex", "book": "crime", "state": "late"}]
    assert len(accounted["no_force_file"]) == REGISTER - 3


def test_amber_names_every_book_that_is_missing_and_red_is_past_the_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accounted = accounted_in(
        JULY, forces(4), [sent("cumbria"), sent("kent"), sent("surrey", "refused")], JULY
    )
    light = light_of(accounted)
    assert light.colour == "amber"
    assert "2 of 4 books are not accounted for: Essex crime (late), Surrey crime (refused)." in light.sentence
    assert "44 forces of the register have no force file yet" in light.sentence
    monkeypatch.setenv("COLLATE_UNACCOUNTED", "0.4")
    assert light_of(accounted).colour == "red"
    assert "Essex crime (late)" in light_of(accounted).sentence


def test_green_is_every_force_of_the_register() -> None:
    accounted = accounted_in(JULY, forces(2), [sent("cumbria"), sent("kent")], JULY)
    assert light_of(accounted).colour == "amber"
    assert light_of({**accounted, "no_force_file": []}).colour == "green"


@pytest.mark.parametrize("word", ["most", "1.5", "-0.1", "nan"])
def test_a_share_that_is_none_is_told_before_anything_is_published(
    office: Office, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv("COLLATE_UNACCOUNTED", word)
    with pytest.raises(HomeUnusable, match="COLLATE_UNACCOUNTED is not a share"):
        office.publish("2018-07")


@pytest.mark.slow
def test_a_release_that_much_is_missing_from_is_published_with_the_others_and_ends_in_red(
    office: Office, collate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.receipt(export({}))
    ended = collate("release", "--month", "2018-07")
    assert (
        ended.code,
        "Amber: 2018-07: 1 of 2 books is not accounted for: Cleveland crime" in ended.out,
    ) == (0, True)
    monkeypatch.setenv("COLLATE_UNACCOUNTED", "0.2")
    red = collate("release", "--month", "2018-07")
    assert (red.code, "Red: 2018-07" in red.out) == (1, True)
    place = office.home.releases / "2018-07-r1"
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["accounted"]["states"] == {OTHER_FORCE: {"crime": "late"}, FORCE: {"crime": "final"}}
    assert Path(place / "assaults" / f"force_id={FORCE}" / "assaults.parquet").is_file()

    declare_nil(office.home, OTHER_FORCE, "2018-07", None, date(2018, 8, 2))
    office.receive()
    again = office.publish("2018-07")
    assert (again["release_id"], again["light"]) == ("2018-07-r2", "amber")
    assert again["accounted"]["states"][OTHER_FORCE] == {"crime": "nil return"}
    assert again["accounted"]["missing"] == []


@pytest.mark.slow
def test_the_status_shows_the_grid_with_its_letters_and_its_legend(
    office: Office, collate: Callable[..., Any]
) -> None:
    office.receipt(export({}))
    shown = collate("status", "--as-of", "2018-09-05").out
    assert "The collection as on 5 September 2018" in shown
    lines = {
        line.split()[0]: line.split()[2:]
        for line in shown.splitlines()
        if line.startswith((FORCE, OTHER_FORCE))
    }
    # Twelve months up to August: nothing was collected before July, July is final, August is awaited.
    assert lines[FORCE] == [*["."] * 10, "F", "A"]
    assert lines[OTHER_FORCE] == [*["."] * 10, "L", "A"]
    assert "A awaited" in shown
    assert "X refused" not in shown
    said = json.loads(collate("status", "--as-of", "2018-09-05", "--json").out)["collection"]
    assert said["rows"][1]["states"]["2018-07"] == "final"
    assert (len(said["months"]), said["months"][-1]) == (12, "2018-08")
