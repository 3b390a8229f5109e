"""A force is added by three files and no Python: each folder of tests/forces is such a force, judged here.

`tests/forces/<force_id>/` holds example drops, `expected.json` and, where the force is not one of schemas/forces,
its `<force_id>.toml`. expected.json says of each example, by its name:

    "judged_on"     the day it is judged on, as 2018-08-10; without it, today
    "book"          the book it is of
    "counts"        any of lines, rows, records, accepted, held, duplicates, out_of_scope, as in a receipt
    "findings"      [row, rule] of every finding, in the order of the file
    "refused"       in place of counts and findings, where the file is refused: the sentence its sender is told
"""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline import recipe
from pipeline.home import Home
from schemas.force import FORCES

EXAMPLES = Path(__file__).parent / "forces"
EXPECTED = "expected.json"
EXAMPLE_FORCE = "merioneth_constabulary"

# The real exports are not in the project; tests/test_real_exports.py judges them.
ELSEWHERE = ("real",)


def force_folders(examples: Path) -> list[Path]:
    """Return the folder of every example force."""
    return sorted(
        folder
        for folder in examples.iterdir()
        if folder.is_dir() and folder.name not in ELSEWHERE and not folder.name.startswith(("_", "."))
    )


def force_file(folder: Path) -> Path:
    """Return the force file that an example is judged by: its own, or the project's."""
    own = folder / f"{folder.name}.toml"
    return own if own.is_file() else FORCES / own.name


def drops_of(folder: Path) -> list[Path]:
    """Return the example drops of a force."""
    return sorted(path for path in folder.iterdir() if path.suffix != ".toml" and path.name != EXPECTED)


def expected_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / EXPECTED).read_text(encoding="utf-8"))


def judged(drop: Path, expected: dict[str, Any], working: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what became of an example drop, in the words of expected.json."""
    patch.setenv("COLLATE_FORCES", str(force_file(drop.parent).parent))
    as_of = date.fromisoformat(expected["judged_on"]) if "judged_on" in expected else date.today()
    receipt = recipe.check_file(drop, drop.parent.name, Home.at(working / "home"), working, None, as_of)
    if "refused" in receipt:
        return {"book": receipt["book"], "refused": receipt["refused"]}
    return {
        "book": receipt["book"],
        "counts": {name: receipt[name] for name in expected.get("counts", ())},
        "findings": [[found["row"], found["rule"]] for found in receipt["findings"]],
    }


def said(expected: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in expected.items() if name != "judged_on"}


@pytest.mark.parametrize("folder", force_folders(EXAMPLES), ids=lambda folder: folder.name)
def test_a_force_folder_holds_its_force_file_a_drop_and_what_is_expected_of_each(folder: Path) -> None:
    assert force_file(folder).is_file()
    assert drops_of(folder)
    assert sorted(expected_of(folder)) == [drop.name for drop in drops_of(folder)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "drop",
    [drop for folder in force_folders(EXAMPLES) for drop in drops_of(folder)],
    ids=lambda drop: f"{drop.parent.name}/{drop.name}",
)
def test_an_example_drop_gives_the_counts_and_findings_expected_of_it(
    drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = expected_of(drop.parent)[drop.name]

    assert judged(drop, expected, tmp_path, monkeypatch) == said(expected)


def test_the_invented_force_shows_a_held_row_a_query_a_repeat_and_a_row_out_of_scope() -> None:
    folder = EXAMPLES / EXAMPLE_FORCE
    (expected,) = expected_of(folder).values()

    assert all(expected["counts"][name] for name in ("held", "duplicates", "out_of_scope"))
    assert [8, "occurred_on.outside_period"] in expected["findings"]


@pytest.fixture
def new_force(tmp_path: Path) -> Path:
    """Return the folder of a force nobody has heard of, whose export has other columns, words and dates."""
    folder = tmp_path / "forces" / "radnor_constabulary"
    folder.mkdir(parents=True)
    mapping = (EXAMPLES / EXAMPLE_FORCE / f"{EXAMPLE_FORCE}.toml").read_text(encoding="utf-8")
    mapping = mapping.replace("Merioneth", "Radnor").replace("merioneth", "radnor").replace("ME/", "RA/")
    mapping = mapping.replace('"Ledger No"', '"Reference"').replace('"Hurt" = "minor"', '"Slight" = "minor"')
    mapping = mapping.replace('{ column = "Day" }', '{ column = "When", format = "%d %b %Y" }')
    (folder / "radnor_constabulary.toml").write_text(mapping, encoding="utf-8")
    (folder / "radnor_offences_2018-07.csv").write_text(
        "Reference,When,Hour,HO Code,Offence,Victim was,Collar,Grade,Hurt,Spat at,Hundred\n"
        "RA/0001,3 Jul 2018,10:05,104/23,Assault a constable,Police,R1,PC,Slight,Yes,Knighton\n"
        "RA/0002,4 Jul 2018,11:00,104/23,Assault a constable,Police,R2,PC,Hurt,No,Knighton\n"
        "RA/0003,5/7/2018,12:00,104/23,Assault a constable,Police,R2,PC,Not hurt,No,Knighton\n"
        "RA/0004,6 Jul 2018,13:00,105/01,Common assault,Public,,,Slight,No,Presteigne\n",
        encoding="utf-8",
    )
    expected = {
        "book": "crime",
        "judged_on": "2018-08-10",
        "counts": {"rows": 4, "accepted": 2, "held": 1, "duplicates": 0, "out_of_scope": 1},
        "findings": [
            [2, "injury.hurt_in_class_without"],
            [3, "injury.unexplained"],
            [4, "occurred_on.unexplained"],
        ],
    }
    (folder / EXPECTED).write_text(json.dumps({"radnor_offences_2018-07.csv": expected}), encoding="utf-8")
    return folder


@pytest.mark.slow
def test_a_new_folder_beside_the_others_is_found_and_judged_without_a_line_of_python(
    new_force: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(EXAMPLES / EXAMPLE_FORCE, new_force.parent / EXAMPLE_FORCE)

    assert [folder.name for folder in force_folders(new_force.parent)] == [EXAMPLE_FORCE, new_force.name]
    (drop,) = drops_of(new_force)
    expected = expected_of(new_force)[drop.name]
    assert judged(drop, expected, tmp_path, monkeypatch) == said(expected)


@pytest.mark.slow
def test_the_drop_of_a_new_force_is_received_once_its_force_file_is_there(
    new_force: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLATE_FORCES", str(new_force))
    monkeypatch.setenv("COLLATE_PSEUDONYM_KEY", "a key for the tests alone")
    monkeypatch.setenv("COLLATE_SETTLE_SECONDS", "0")
    (drop,) = drops_of(new_force)
    inbox = home / "inbox" / new_force.name
    inbox.mkdir()
    shutil.copy(drop, inbox)

    (receipt,) = recipe.receive(Home.at(home))["receipts"]

    assert (receipt["rows"], receipt["accepted"], receipt["held"], receipt["out_of_scope"]) == (4, 2, 1, 1)


@pytest.mark.slow
def test_an_expectation_that_is_wrong_by_one_row_is_noticed(
    new_force: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drop,) = drops_of(new_force)
    expected = expected_of(new_force)[drop.name]
    expected["findings"][0][0] += 1

    assert judged(drop, expected, tmp_path, monkeypatch) != said(expected)
