"""The gate: what stops a drop or a release, what is only told, and what its pages hold."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.data_docs import FOLDER, KEPT_MONTHS, Page, Verdict, write_page
from pipeline.gate import GateFailed, build_docs, gate_records, gate_release, take_evenly
from pipeline.home import Home
from schemas.assault import ASSAULT
from schemas.national import TABLES
from schemas.table import Table

ROOT = Path(__file__).resolve().parents[2]

ARROW = {
    "string": pa.string(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "list": pa.list_(pa.string()),
}

JUDGED_ON = date(2018, 10, 1)

SOUND = {
    "force_id": "testshire",
    "book": "crime",
    "source_record_id": "T/SECRET",
    "drop_id": "d1",
    "row_number": 2,
    "occurred_on": date(2018, 7, 4),
    "recorded_on": date(2018, 7, 5),
    "offence_title": "Assault on a constable at a secret place",
    "offence_class": "104",
    "measure": "constable_without_injury",
    "victim_type": "police_officer",
    "hate_strands": ["race"],
}


@pytest.fixture
def here(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def written(path: Path, table: Table, rows: list[dict]) -> Path:
    """Return a Parquet file of rows with the declared columns and types of a table."""
    columns = {
        field.name: pa.array([row.get(field.name) for row in rows], ARROW[field.type])
        for field in table.fields
    }
    pq.write_table(pa.table(columns), path)
    return path


def accepted(tmp_path: Path, *changes: dict) -> Path:
    """Return accepted records, each a victim of his own, changed as told."""
    rows = [{**SOUND, "victim_number": number, **change} for number, change in enumerate(changes, start=1)]
    return written(tmp_path / "accepted.parquet", ASSAULT, rows)


def gate(path: Path, home: Home, **more: int):
    return gate_records(path, home, "testshire", "crime", "d1", JUDGED_ON, **more)


def test_sound_records_pass_and_all_of_them_are_covered(here, tmp_path):
    result = gate(accepted(tmp_path, {}, {}), here)
    assert (result.passed, result.covered, result.rows, result.failed) == (True, 2, 2, ())


def test_a_query_among_accepted_records_is_told_and_does_not_stop_the_drop(here, tmp_path):
    result = gate(accepted(tmp_path, {}, {"recorded_on": date(2018, 7, 1)}), here)
    assert result.passed
    assert result.failed == (("recorded_on.too_early", "query", 1),)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"occurred_on": None}, "occurred_on.required"),
        ({"occurred_on": date(2018, 10, 2), "recorded_on": None}, "occurred_on.in_future"),
        ({"injury": "dreadful"}, "injury.one_of"),
        ({"hate_strands": ["race", "hair"]}, "hate_strands.one_of"),
        ({"offence_title": None, "offence_class": None}, "offence.required"),
        ({"victim_number": 1}, "table.key"),
    ],
)
def test_an_accepted_record_that_breaks_an_error_stops_the_drop_and_names_the_rule(
    change, rule, here, tmp_path
):
    with pytest.raises(GateFailed) as stopped:
        gate(accepted(tmp_path, {}, change), here)
    assert "testshire, crime, drop d1" in stopped.value.sentence
    assert f"{rule} by " in stopped.value.sentence


def test_a_column_of_another_type_stops_the_drop_and_is_named(here, tmp_path):
    path = accepted(tmp_path, {})
    table = pq.read_table(path)
    place = table.column_names.index("days_lost")
    pq.write_table(table.set_column(place, "days_lost", table["days_lost"].cast(pa.float64())), path)
    with pytest.raises(GateFailed, match="days_lost is float"):
        gate(path, here)


@pytest.mark.slow
def test_a_missing_column_stops_the_drop(here, tmp_path):
    path = accepted(tmp_path, {})
    pq.write_table(pq.read_table(path).drop_columns(["sentence"]), path)
    with pytest.raises(GateFailed, match="could not judge sentence.one_of"):
        gate(path, here)


def test_no_value_of_a_record_is_in_the_message_or_the_pages(here, tmp_path):
    with pytest.raises(GateFailed) as stopped:
        gate(accepted(tmp_path, {}, {"injury": "dreadful", "occurred_on": None}), here)
    build_docs(here)
    pages = [path.read_text(encoding="utf-8") for path in here.root.rglob("*") if path.is_file()]
    assert len(pages) == 4
    for text in (stopped.value.sentence, *pages):
        assert "SECRET" not in text
        assert "secret place" not in text
        assert "dreadful" not in text
        assert "2018-07-05" not in text


def test_a_drop_that_was_stopped_has_its_page_all_the_same(here, tmp_path):
    with pytest.raises(GateFailed):
        gate(accepted(tmp_path, {"injury": "dreadful"}), here)
    page = here.root / "data_docs" / "2018-10" / "testshire" / "crime-d1.json"
    assert json.loads(page.read_text(encoding="utf-8"))["result"] == "stopped"


def test_a_large_file_is_taken_evenly_and_the_result_says_how_far_it_went(here, tmp_path):
    result = gate(accepted(tmp_path, *({} for _ in range(50))), here, limit=10)
    assert (result.covered, result.rows) == (10, 50)
    assert "10 of 50 accepted records, taken evenly" in result.docs.read_text(encoding="utf-8")


def test_rows_are_taken_from_all_over_a_file_the_same_ones_each_time(tmp_path):
    path = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"number": range(10_000)}), path, row_group_size=500)
    taken, rows = take_evenly(path, 80)
    numbers = taken["number"].to_pylist()
    assert rows == 10_000
    assert len(numbers) == 80
    assert numbers == sorted(numbers)
    assert {number // 500 for number in numbers} == {0, 2, 5, 8, 10, 13, 16, 19}
    assert numbers[:3] == [0, 50, 100]
    assert take_evenly(path, 80)[0] == taken


def test_the_gate_prints_nothing(here, tmp_path, capfd):
    gate(accepted(tmp_path, {}, {"recorded_on": date(2018, 7, 1)}), here)
    assert capfd.readouterr() == ("", "")


def test_pages_need_nothing_from_any_other_host(here, tmp_path):
    gate(accepted(tmp_path, {}), here)
    build_docs(here)
    for path in here.root.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert not re.search(r"https?:", text)


def test_a_page_says_in_plain_english_what_is_expected(here, tmp_path):
    text = gate(accepted(tmp_path, {}), here).docs.read_text(encoding="utf-8")
    assert "The date of the assault is present." in text
    assert "Every value of hate strands is on its list of codes." in text
    assert "Every column has the type the table declares." in text


def page_of(home: Home, place: str, result_count: int = 0) -> None:
    verdict = Verdict("days_lost.out_of_range", "query", "Days lost is in range.", "It is not.", result_count)
    write_page(home, FOLDER / place, Page(place, "accepted records", JUDGED_ON, 5, 5, [verdict]))


def test_the_first_page_leads_to_months_and_releases_and_a_month_to_its_forces(here):
    page_of(here, "2018-09/testshire/crime-d1", 2)
    page_of(here, "2018-10/other/crime-d2")
    page_of(here, "releases/2018-09-r1/coverage")
    first = build_docs(here)
    text = first.read_text(encoding="utf-8")
    assert text.index("2018-10/index.html") < text.index("2018-09/index.html")
    assert "releases/2018-09-r1/index.html" in text
    month = (first.parent / "2018-09" / "index.html").read_text(encoding="utf-8")
    assert 'href="testshire/crime-d1.html"' in month
    assert "days_lost.out_of_range" in month
    assert "other" not in month


def test_pages_older_than_the_retention_are_forgotten_and_the_rest_kept(here):
    months = [f"{2015 + number // 12}-{number % 12 + 1:02}" for number in range(KEPT_MONTHS + 2)]
    for month in months:
        page_of(here, f"{month}/testshire/crime-d1")
    root = build_docs(here).parent
    assert sorted(path.name for path in root.iterdir() if path.is_dir()) == months[2:]


@pytest.mark.slow
def test_the_same_records_and_day_give_the_same_pages(here, tmp_path):
    path = accepted(tmp_path, {}, {"recorded_on": date(2018, 7, 1)})
    docs = gate(path, here).docs
    build_docs(here)
    before = {page: page.read_bytes() for page in docs.parents[2].rglob("*") if page.is_file()}
    gate(path, here)
    build_docs(here)
    assert {page: page.read_bytes() for page in docs.parents[2].rglob("*") if page.is_file()} == before


def test_masks_and_indexes_do_without_great_expectations():
    code = (
        "import sys, expectations.masks, expectations.suites, pipeline.gate, pipeline.data_docs;"
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def sound_row(table: Table) -> dict:
    """Return a row of a national table that keeps every rule: the first code of each list, and a figure of 1."""
    row: dict = {}
    for field in table.fields:
        if field.codes is not None:
            row[field.name] = next(iter(field.codes))
        elif field.type in ("integer", "number"):
            row[field.name] = 1
        elif field.type == "string":
            row[field.name] = "a text"
    return {**row, "value_status": None, "lower_95": 0.5, "upper_95": 1.5}


def national(tmp_path: Path, **changed: list[dict]) -> dict[str, Path]:
    """Return every national table with one sound row, or with the rows given for it, each a sound row changed."""
    return {
        table.name: written(
            tmp_path / f"{table.name}.parquet",
            table,
            [{**sound_row(table), **change} for change in changed.get(table.name, [{}])],
        )
        for table in TABLES
    }


@pytest.mark.slow
def test_sound_national_tables_pass(here, tmp_path):
    result = gate_release(national(tmp_path), here, "2018-09-r1")
    assert (result.passed, result.covered, result.rows, result.failed) == (True, len(TABLES), len(TABLES), ())
    assert {path.name for path in result.docs.glob("*.html")} == {f"{table.name}.html" for table in TABLES}


@pytest.mark.slow
def test_everything_wrong_with_the_national_tables_is_named_at_once(here, tmp_path):
    tables = national(
        tmp_path,
        assaults_by_force=[{"period": "2018-07"}, {"period": "2018-07"}],
        victims_by_type=[{"value": None}],
        time_of_week=[{"value_status": "x"}],
        outcomes=[{"outcome_type": "99"}],
        rates_per_1000_officers=[{"lower_95": 1.2}],
        completeness=[{"value": 1.5}],
        coverage=[{"days_covered": 31, "days_expected": 30}, {"period": "2018-08", "held": -1}],
    )
    with pytest.raises(GateFailed) as stopped:
        gate_release(tables, here, "2018-09-r1")
    assert set(re.findall(r"([a-z_0-9]+(?:\.[a-z_0-9]+){2}) by 1\b", stopped.value.sentence)) == {
        "coverage.held.negative",
        "coverage.days_covered.above_days_expected",
        "victims_by_type.value.unmarked",
        "time_of_week.value.beside_status",
        "outcomes.outcome_type.one_of",
        "rates_per_1000_officers.lower_95.above_value",
        "completeness.value.out_of_range",
    }
    assert "assaults_by_force.table.key by 2" in stopped.value.sentence


def test_a_release_that_lacks_a_table_is_stopped(here, tmp_path):
    tables = national(tmp_path)
    del tables["coverage"]
    with pytest.raises(GateFailed, match="lacks the tables coverage"):
        gate_release(tables, here, "2018-09-r1")
