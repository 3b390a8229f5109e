"""From a figure to its rows and back: every figure of a small release is exactly the rows that are listed behind it."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline import release
from pipeline.answers.across import give_answer, look_across
from pipeline.engine import open_engine
from pipeline.explain import NotAsked
from pipeline.releases.diff import release_of
from pipeline.releases.trace import Opened, behind, find_cell, opened, trace
from pipeline.releases.trace_back import figures_of, trace_back
from pipeline.workforce.figures import FIGURES
from schemas.national import NATIONAL, TABLES
from tests.office import COLUMNS, FORCE, MAPPED, OTHER_FORCE, Office, equip, export, force_file
from transforms.compare.traced import TRACED

WORDS = (
    MAPPED.replace('"PCSO" = "pcso"', '"PCSO" = "pcso", "Visitor" = "other_force_officer"')
    + """duty_status = { column = "Duty", codes = { "On" = "on_duty", "Off" = "off_duty" } }
outcome_type = { column = "Outcome", codes = { "Charged" = "1", "Not yet" = "0", "Unsolved" = "18" } }
"""
)
PCSO = {"Role": "PCSO", "Code": "105/08", "Offence": "Assault on a designated or accredited person"}
HURT = {
    "Code": "008/73",
    "Offence": "Assault occasioning actual bodily harm on a constable",
    "Injury": "Slight",
}
WRONG = {"Date": "31/02/2018"}
SHARED = {"Ref": "1001/18", "Time": "22:15", "Station": "Selby"}
THEIRS = {"Ref": "9999/18", "Time": "22:17", "Role": "Visitor", "Station": "Redcar"}
MEASURE = "constable_without_injury"
PERIODS = ("2018-07", "2018-Q3", "2017-07 to 2018-07")


def sent(*rows: dict[str, str], force: str = "North Yorkshire") -> str:
    columns = (*COLUMNS, "Duty", "Outcome")
    return export(
        *({"Duty": "On", "Outcome": "Charged", **row} for row in rows), force=force, columns=columns
    )


def officers(inputs: Any, store: Any, engine: Any) -> Any:
    """Return the officers of one of the forces alone, in place of the Home Office's table."""
    row = {
        "force_id": FORCE, "worker_type": "police_officer", "basis": "fte", "as_at": date(2017, 3, 31),
        "value": 1300.5, "value_status": None, "source": "a table", "published": date(2017, 7, 1),
    }  # fmt: skip
    return engine.read_arrow("officers_there", pa.Table.from_pylist([row], FIGURES))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office that published July of two years: with a correction, a withdrawal, an assault of both forces, a
    held row and a late file. The tests that share it change nothing in it."""
    with pytest.MonkeyPatch.context() as environment:
        office = equip(tmp_path_factory.mktemp("traced"), environment)
        environment.setattr(release, "workforce_figures", officers)
        for force, name, word, options in (
            (FORCE, "North Yorkshire Police", "North Yorkshire", ""),
            (OTHER_FORCE, "Cleveland Police", "Cleveland", 'resend = "full"\nmost_dropped = 1.0'),
        ):
            text = force_file(name, word, WORDS, options).replace("'\\d{4,6}/18'", "'\\d{4,6}/1[78]'")
            (office.forces / f"{force}.toml").write_text(text, encoding="utf-8")
        before = {"Date": "03/07/2017", "Recorded": "04/07/2017"}
        office.drop(sent({"Ref": "1001/17", **before}, {"Ref": "1002/17", **before}), "crime_2017-07.csv")
        office.drop(
            sent(
                SHARED,
                {"Ref": "1002/18"},
                {"Ref": "1003/18", "Outcome": "Not yet", **HURT},
                {"Ref": "1004/18", "Outcome": "", "Time": "", **PCSO},
                {"Ref": "1005/18", "Duty": "Off", "Recorded": "02/08/2018"},
                {"Ref": "1006/18", **WRONG},
            )
        )
        office.drop(
            sent(
                {**THEIRS},
                {"Ref": "9998/18", "Date": "07/07/2018", "Time": "03:10", "Outcome": "Unsolved"},
                {"Ref": "9997/18"},
                force="Cleveland",
            ),
            force=OTHER_FORCE,
        )
        office.receive()
        office.drop(sent({"Ref": "1002/18", **PCSO}), "crime_2018-07_v2.csv")
        office.drop(
            sent(
                {**THEIRS},
                {"Ref": "9998/18", "Date": "07/07/2018", "Time": "03:10", "Outcome": "Unsolved"},
                force="Cleveland",
            ),
            "crime_2018-07_full.csv",
            force=OTHER_FORCE,
        )
        office.drop(
            sent({"Ref": "1010/18", "Date": "01/08/2018", "Recorded": "02/08/2018"}), "crime_2018-08.csv"
        )
        office.receive()
        with office.ledger() as ledger:
            for pair in look_across(office.store(), ledger).pairs:
                give_answer(office.store(), ledger, pair.pair_id, FORCE, True, "Seen in both duty logs.")
        office.publish()
        office.drop(sent({"Ref": "1011/18"}), "crime_2018-07_v3.csv")
        office.receive()
        yield office


@pytest.fixture
def here(published: Office, tmp_path: Path) -> Iterator[Opened]:
    with open_engine(tmp_path) as engine:
        yield opened(release_of(published.home, "2018-07-r1"), engine, published.store())


def drop_id(office: Office, file: str, force: str = FORCE) -> str:
    (found,) = [drop.drop_id for drop in office.drops() if (drop.file, drop.force_id) == (file, force)]
    return found


def july(force: str, **more: str) -> dict[str, str]:
    return {"force_id": force, "book": "crime", "period": "2018-07", "measure": MEASURE, **more}


def test_every_national_table_is_traced() -> None:
    # A table that cannot be is named here, and `collate trace` says so of it.
    assert {table.name for table in TABLES} - {*TRACED} == set()


@pytest.mark.slow
@pytest.mark.parametrize("table", [*TRACED])
def test_the_rows_listed_behind_a_figure_make_it(here: Opened, table: str) -> None:
    cells = [row for row in here.table(table) if row["force_id"] in (FORCE, OTHER_FORCE, NATIONAL)]
    # Most are noughts, and look alike: the other direction, below, looks at every one.
    figures = ("value", "accepted", "numerator")
    some = [
        cell
        for place, cell in enumerate(cells)
        if not place % 50 or (cell["period"] in PERIODS and any(cell.get(name) for name in figures))
    ]
    found = [(cell, behind(here, cell, table)) for cell in some]
    assert [cell for cell, listed in found if not listed.adds_up(cell)] == []
    assert any(listed.rows for _, listed in found)


@pytest.mark.slow
def test_every_figure_is_the_count_of_the_rows_that_say_they_are_in_it(here: Opened) -> None:
    counted: Counter[tuple[Any, ...]] = Counter()
    columns: dict[str, set[str]] = {}
    for force in sorted(here.release.forces):
        records = here.records([force], once=False)
        assert records is not None
        for _, figure in figures_of(here, force, records):
            name = figure["table"]
            columns.setdefault(name, set()).add(figure["column"])
            counted[name, figure["column"], *(figure[key] for key in TRACED[name].table.key)] += 1
    assert {*columns} == {*TRACED}
    wrong = []
    for name, traced in TRACED.items():
        for row in here.table(name):
            for column in columns[name]:
                # Of a count that is divided by days or officers the one part alone counts records.
                said = counted[name, column, *(row[key] for key in traced.table.key)]
                if row[column] is not None and said != row[column] and not is_other(row, column):
                    wrong.append((said, column, row))
    assert wrong == []


def is_other(row: dict[str, Any], column: str) -> bool:
    """Return whether a part of a cell counts days, officers or the offences of every outcome, and not its records."""
    other = {
        "offences_per_day": "denominator",
        "minutes_between_offences": "numerator",
        "officers_per_offence": "numerator",
        "offences": "denominator",
    }
    return other.get(row.get("measure") or row.get("statistic") or "") == column


@pytest.mark.slow
def test_a_figure_has_its_drops_its_rows_and_what_is_near_it(here: Opened, published: Office) -> None:
    found = trace(here, "assaults_by_force", july(FORCE))
    assert (found["figure"]["value"], found["counted"], found["adds_up"]) == (2, {"value": 2}, True)
    first = drop_id(published, "crime_2018-07.csv")
    assert [(d["drop_id"], d["file"], d["counted"]) for d in found["drops"]] == [
        (first, "crime_2018-07.csv", {"value": 2})
    ]
    assert [(r["row"], r["victim"], r["counts_in"]) for r in found["rows"]] == [
        (2, 1, ["value"]),
        (6, 1, ["value"]),
    ]
    # 1002/18 became another measure by its correction; 1006/18 is held
    near = {"held": 0, "replaced": 1, "withdrawn": 0, "month_without_figures": 0, "left_out": 0}
    assert found["not_counted"] == near
    other = trace(here, "assaults_by_force", july(OTHER_FORCE))
    assert (other["figure"]["value"], other["not_counted"]["withdrawn"]) == (2, 1)
    nation = trace(here, "assaults_by_force", july(NATIONAL))
    assert (nation["figure"]["value"], nation["not_counted"]["left_out"]) == (3, 1)


def test_a_rate_has_its_numerators_rows_and_says_what_it_is_divided_by(here: Opened) -> None:
    found = trace(here, "rates_per_1000_officers", july(NATIONAL))
    # the other force has no officers, so it is not in the rate
    assert {row["force_id"] for row in found["rows"]} == {FORCE}
    figure = found["figure"]
    assert (figure["numerator"], figure["denominator"]) == (2, 1300.5)
    assert (figure["denominator_as_at"], found["counted"]) == (date(2017, 3, 31), {"numerator": 2})


@pytest.mark.slow
def test_a_row_says_which_figures_it_is_in_or_why_in_none(here: Opened, published: Office) -> None:
    first = drop_id(published, "crime_2018-07.csv")

    def told(file: str, row: int, force: str = FORCE) -> tuple[str, str]:
        found = trace_back(here, drop_id(published, file, force), row)
        return found["state"], found["outcome"]

    counted = trace_back(here, first, 2)
    assert counted["state"] == "counted"
    (record,) = counted["records"]
    months = {
        (figure["table"], figure["force_id"], figure.get("measure"))
        for figure in record["figures"]
        if figure["period"] == "2018-07"
    }
    assert ("assaults_by_force", FORCE, MEASURE) in months
    assert ("assaults_by_force", NATIONAL, MEASURE) in months
    assert ("rates_per_1000_officers", FORCE, "constable_assaults") in months
    assert ("assaults_by_force", OTHER_FORCE, MEASURE) not in months

    state, outcome = told("crime_2018-07.csv", 3)
    assert (state, "crime_2018-07_v2.csv" in outcome) == ("replaced", True)
    assert told("crime_2018-07.csv", 7)[0] == "held"
    assert told("crime_2018-07.csv", 4, OTHER_FORCE)[0] == "withdrawn"
    assert told("crime_2018-08.csv", 2)[0] == "after_the_month"
    assert told("crime_2018-07_v3.csv", 2)[0] == "not_in_release"
    # the other force's record of an assault counts nationally, so this one counts in its own force's figures alone
    theirs = trace_back(here, drop_id(published, "crime_2018-07_full.csv", OTHER_FORCE), 2)
    assert {figure["force_id"] for figure in theirs["records"][0]["figures"]} == {OTHER_FORCE}


def test_what_is_not_there_is_refused_with_the_nearest_names(here: Opened) -> None:
    for wanted, words in (
        (july("north_yorkshyre"), 'no force_id "north_yorkshyre"'),
        (july(FORCE, measure="constable_with_out_injury"), "constable_without_injury"),
        (july(FORCE, period="2018-06-01"), "2018-06"),
    ):
        with pytest.raises(NotAsked, match=words):
            find_cell(here, "assaults_by_force", wanted)
    with pytest.raises(NotAsked, match="There are coverage, assaults_by_force"):
        find_cell(here, "assault_by_force", july(FORCE))
    with pytest.raises(NotAsked, match="--where weekday=... is one of 1, 2, 3"):
        find_cell(here, "time_of_week", july(FORCE, period="2018-Q3", measure="22"))


@pytest.mark.slow
def test_the_command_writes_rows_without_values_and_references_for_the_force_alone(
    published: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    home = ("--home", published.home.root)
    figure = (
        "trace",
        "--table",
        "assaults_by_force",
        "--force",
        FORCE,
        "--period",
        "2018-Q3",
        "--measure",
        MEASURE,
    )
    out = tmp_path / "rows.csv"
    ended = collate(*figure, "--out", out, *home)
    assert ended.code == 0, ended.err
    assert "The rows make the figure: value 2." in ended.out
    assert "Not counted: 1 records were replaced by a later drop." in ended.out
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert [row["row"] for row in rows] == ["2", "6"]
    assert "1001/18" not in ended.out + out.read_text() + collate(*figure, "--json", *home).out
    own = json.loads(collate(*figure, "--json", "--references", *home).out)
    assert [row["reference"] for row in own["rows"]] == ["1001/18", "1005/18"]
    national = collate(*[NATIONAL if word == FORCE else word for word in figure], "--references", *home)
    assert (national.code, "References are shown of one force" in national.err) == (2, True)

    first = drop_id(published, "crime_2018-07.csv")
    back = collate("trace", "--drop", first, "--row", "2", *home)
    assert (back.code, "It counts in release 2018-07-r1." in back.out) == (0, True)
    held = collate("trace", "--drop", first, "--row", "7", *home)
    assert (held.code, "Held back" in held.out) == (1, True)
    assert collate("trace", "--drop", first, *home).code == 2
    assert collate("trace", "--table", "assaults_by_force", *home).code == 2
    assert "no release" in collate(*figure, "--release", "2018-09-r1", *home).err
