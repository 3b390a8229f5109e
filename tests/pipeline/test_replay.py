"""`collate replay`: what is at rest after corrections is what one run over the archive would have made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline import recipe
from pipeline.again.replay import replay
from tests.office import FORCE, MAPPED, OTHER_FORCE, Office, equip, export, force_file

Collate = Callable[..., Any]

pytestmark = pytest.mark.slow

# Each mapping may follow any other: the second knows a word more, the third another form of reference.
MAPPINGS = (
    MAPPED,
    MAPPED.replace('"Serious" = "severe"', '"Serious" = "severe", "Ouch" = "minor"'),
    MAPPED.replace("\\d{4,6}/18", "[A-Z0-9]{4,6}/\\d+"),
)
FILES = {
    "crime_2018-07.csv": export({}, {"Injury": "Ouch"}, {"Ref": "WRONG/7"}, {"Date": "31/02/2018"}),
    "crime_2018-07_b.csv": export({"Injury": "Slight"}, {"Ref": "WRONG/7", "Injury": "Ouch"}),
    "crime_2018-08.csv": export({"Ref": "1009/18", "Date": "03/08/2018", "Recorded": "", "Injury": "Ouch"}),
}


def map_by(office: Office, mapped: str) -> None:
    text = force_file("North Yorkshire Police", "North Yorkshire", mapped)
    (office.forces / f"{FORCE}.toml").write_text(text, encoding="utf-8")


def at_rest(office: Office) -> dict[str, str]:
    """Return the hashes of everything a rebuilt home must have alike: records and releases."""
    kept = office.at_rest()
    return {name: kept[name] for name in kept if name.startswith(("accepted/", "held/", "releases/"))}


@pytest.fixture
def held(office: Office) -> Office:
    """Return the office with a drop of each force, two rows of one held for a word that nobody had explained."""
    office.drop(export({}, {"Injury": "Ouch"}, {"Injury": "Ouch"}, {"Date": "31/02/2018"}))
    office.drop(export({}, force="Cleveland"), force=OTHER_FORCE)
    office.receive()
    return office


def explained(office: Office) -> None:
    """Have a mapping that lets the row of an unread date in, and holds another that was let in before."""
    map_by(
        office, MAPPED.replace('occurred_on = { column = "Date" }', 'occurred_on = { column = "Recorded" }')
    )


def asked(collate: Collate, *words: object) -> tuple[int, dict[str, Any]]:
    ended = collate("replay", *words, "--json")
    assert ended.err == ""
    return ended.code, json.loads(ended.out)


def test_rows_held_for_our_fault_are_released_and_the_force_is_told_to_do_nothing(
    held: Office, collate: Collate
) -> None:
    assert len(held.records("held")) == 1
    explained(held)
    code, tried = asked(collate, "--dry-run")
    assert len(held.records("held")) == 1
    code, found = asked(collate)
    assert code == 0
    (force,) = found["forces"]
    assert {**force, "told_in": None} == tried["forces"][0]
    assert (force["force_id"], force["drops"], force["released"], force["newly_held"]) == (FORCE, 1, 1, 0)
    page = (held.home.root / force["told_in"]).read_text(encoding="utf-8")
    assert page.startswith("# 1 row released; you need do nothing\n")
    assert not (held.home.returns / OTHER_FORCE / Path(force["told_in"]).name).exists()
    assert held.records("held") == []
    with held.ledger() as ledger:
        (act,) = ledger.acts(did="replayed")
        assert (act.force_id, act.said["released"]) == (FORCE, 1)
    assert asked(collate)[1]["judged_again"] == 0
    assert held.left_over() == []


def test_rows_newly_held_end_with_1_and_the_page_asks_to_look(held: Office, collate: Collate) -> None:
    map_by(held, MAPPED.replace("\\d{4,6}/18", "\\d{4,6}/19"))
    code, found = asked(collate, "--force", FORCE)
    assert code == 1
    assert (found["forces"][0]["newly_held"], found["forces"][0]["still_held"]) == (3, 1)
    page = (held.home.root / found["forces"][0]["told_in"]).read_text(encoding="utf-8")
    assert page.startswith("# 3 rows newly held; please look at what is held\n")


def test_a_run_cut_short_after_the_ledger_knew_still_tells_the_force_of_every_row(
    held: Office, collate: Collate, monkeypatch: pytest.MonkeyPatch
) -> None:
    explained(held)

    class Killed(BaseException):
        pass

    def dies(*words: object) -> None:
        collated(*words)
        raise Killed

    collated = recipe.collate
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(recipe, "collate", dies)
        replay(held.home)
    assert held.records("held") == []
    _, found = asked(collate)
    assert (found["judged_again"], found["forces"][0]["released"]) == (1, 1)
    assert found["forces"][0]["told_in"] is not None
    assert held.left_over() == []


def test_a_drop_whose_file_is_gone_from_the_archive_is_told_and_stays_as_it_was(
    held: Office, collate: Collate
) -> None:
    explained(held)
    before = at_rest(held)
    for path in (held.home.archive).rglob("*.csv"):
        path.unlink()
    code, found = asked(collate)
    assert code == 3
    assert "Put the archive back from its copy" in found["unjudged"][0]["sentence"]
    assert at_rest(held) == before


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("drop"), st.sampled_from(sorted(FILES))),
        st.tuples(st.just("map"), st.integers(0, len(MAPPINGS) - 1)),
        st.tuples(st.just("replay"), st.booleans()),
    ),
    min_size=2,
    max_size=5,
)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    yield lambda: tmp_path_factory.mktemp("replayed")


BACK_AND_FORTH = [
    ("map", 1), ("replay", True), ("drop", "crime_2018-07_b.csv"), ("map", 2), ("replay", False),
    ("drop", "crime_2018-08.csv"), ("map", 0),
]  # fmt: skip


@settings(max_examples=1, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
@example(steps=BACK_AND_FORTH)
def test_after_any_order_of_drops_corrections_and_replays_the_home_is_that_of_one_clean_run(
    places: Callable[[], Path], steps: list[tuple[str, Any]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        lived = equip(places(), patch)
        mapped, came = MAPPED, []
        for what, which in [("drop", "crime_2018-07.csv"), *steps, ("replay", False)]:
            if what == "drop":
                lived.drop(FILES[which], which)
                lived.receive()
                came += [which] if which not in came else []
            elif what == "map":
                mapped = MAPPINGS[which]
                map_by(lived, mapped)
            else:
                replay(lived.home, every=which)
        lived.publish("2018-08")
        clean = equip(places(), patch)
        map_by(clean, mapped)
        for name in came:
            clean.drop(FILES[name], name)
            clean.receive()
        clean.publish("2018-08")
        assert at_rest(lived) == at_rest(clean)
        assert any(name.startswith("releases/") for name in at_rest(clean))
