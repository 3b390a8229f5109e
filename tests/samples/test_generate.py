"""The samples: written the same from their seed, true to the campaign, and planned without the pipeline."""

import ast
import csv
import json
import re
from pathlib import Path

import pytest

from samples.drops import Drop
from samples.generate import SAMPLES, write
from schemas.force import load_forces

CONTENT = {
    path.relative_to(SAMPLES / "inbox").as_posix(): path.read_bytes()
    for path in sorted((SAMPLES / "inbox").rglob("*"))
    if path.is_file()
}
TRUTH = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
FIGURES = TRUTH["west_mercia"]
SERIES = FIGURES["april_2015_to_september_2018"]
QUARTER = FIGURES["july_to_september_2018"]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("samples")


@pytest.fixture(scope="module")
def planned(out: Path) -> list[Drop]:
    return write(out)


@pytest.fixture(scope="module")
def written(out: Path, planned: list[Drop]) -> Path:
    assert planned
    return out


def rows_of(path: str, encoding: str, delimiter: str) -> list[dict[str, str]]:
    text = CONTENT[path].decode(encoding)
    return list(csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter))


def test_the_same_seed_writes_the_committed_drops_byte_for_byte(written: Path) -> None:
    again = {
        path.relative_to(written / "inbox").as_posix(): path.read_bytes()
        for path in (written / "inbox").rglob("*")
        if path.is_file()
    }
    ours = {drop["force_id"] for drop in TRUTH["drops"]}
    committed = {name: content for name, content in CONTENT.items() if name.split("/")[0] in ours}
    assert sorted(again) == sorted(committed)
    assert [name for name in again if again[name] != committed[name]] == []


def test_the_same_seed_writes_the_committed_truth(written: Path) -> None:
    assert (written / "truth.json").read_bytes() == (SAMPLES / "truth.json").read_bytes()


@pytest.mark.slow
def test_another_seed_writes_other_drops_with_the_same_campaign_figures(tmp_path: Path) -> None:
    write(tmp_path, seed=1)
    other = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["west_mercia"]
    same = "west_mercia/assaults_2018-19_Q2.csv"
    assert (tmp_path / "inbox" / same).read_bytes() != CONTENT[same]
    assert other["july_to_september_2018"]["assaults"] == 152
    assert other["april_2015_to_september_2018"]["with_injury"] == 680


def test_the_generator_imports_nothing_of_the_pipeline() -> None:
    imported = set()
    for module in SAMPLES.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert imported & {"schemas", "transforms", "expectations", "pipeline", "dags"} == set()


def test_no_drop_is_larger_than_300_kb_and_all_are_smaller_than_3_mb() -> None:
    assert max(len(content) for content in CONTENT.values()) < 300_000
    assert sum(len(content) for content in CONTENT.values()) < 3_000_000


def test_west_mercia_counts_2219_assaults_on_duty_680_with_injury() -> None:
    assert (SERIES["assaults"], SERIES["with_injury"]) == (2219, 680)


def test_west_mercia_counts_152_from_july_to_september_2018_46_with_injury() -> None:
    assert (QUARTER["assaults"], QUARTER["with_injury"]) == (152, 46)


def test_west_mercia_is_ten_per_cent_up_on_the_year_before() -> None:
    assert FIGURES["july_to_september_2017"]["assaults"] == 138
    now, before = FIGURES["year_to_september_2018"], FIGURES["year_to_september_2017"]
    assert round(100 * (now["assaults"] / before["assaults"] - 1)) == 10


@pytest.mark.parametrize("figures", [SERIES, QUARTER], ids=["series", "quarter"])
def test_87_per_cent_of_west_mercias_victims_are_police_officers(figures: dict) -> None:
    assert round(100 * figures["by_victim_type"]["police_officer"] / figures["assaults"]) == 87


@pytest.mark.parametrize("figures", [SERIES, QUARTER], ids=["series", "quarter"])
def test_75_per_cent_of_west_mercias_assaults_with_an_outcome_are_charged(figures: dict) -> None:
    assert round(100 * figures["charged"] / figures["with_outcome"]) == 75


def test_an_hour_of_a_weekend_night_has_several_times_the_assaults_of_any_other_hour() -> None:
    nights = SERIES["weekend_midnight_to_six"]
    assert nights / 12 > 3 * (SERIES["assaults"] - nights) / 156


def test_counting_west_mercias_files_by_hand_gives_the_campaigns_total() -> None:
    files = sorted(name for name in CONTENT if name.startswith("west_mercia/"))
    rows = [tuple(row.items()) for name in files for row in rows_of(name, "cp1252", ",")]
    assert len(files) == 14
    police = {
        "Police Officer", "Student Officer", "Special Constable", "PCSO", "Detention Officer", "Police Staff",
        "Officer (other force)",
    }  # fmt: skip
    counted = [
        row
        for row in map(dict, set(rows))
        if row["Duty Status"] == "On duty" and row["Victim Role"] in police
    ]
    assert len(counted) == 2219
    assert sum(row["Injury Level"] != "No injury" for row in counted) == 680


def test_no_offence_of_the_emergency_workers_act_stands_in_a_file_of_before_it() -> None:
    codes = (b"008/73", b";00873;", b'"8/73')
    assert [name for name, content in CONTENT.items() if any(code in content for code in codes)] == []


def test_every_drop_is_taken_by_its_book_which_knows_all_its_columns(planned: list[Drop]) -> None:
    forces = load_forces()
    for drop in planned:
        book = forces[drop.force_id].book_of(drop.file)
        assert book is not None, drop.file
        assert book.name == drop.book, drop.file
        assert set(drop.columns) - {*book.columns, *book.ignored} == set(), drop.file


def test_no_force_file_reads_a_name_a_date_of_birth_or_a_story() -> None:
    personal = re.compile(r"surname|name$|dob|\bmo\b|summary|remarks|notes|officer$", re.IGNORECASE)
    for force in load_forces().values():
        for book in force.books.values():
            assert [column for column in book.columns if personal.search(column)] == [], force.force_id


def test_fourteen_forces_send_drops_in_six_formats_and_four_encodings() -> None:
    assert len({drop["force_id"] for drop in TRUTH["drops"]}) == 14
    assert {Path(name).suffix for name in CONTENT} >= {
        ".csv",
        ".txt",
        ".tsv",
        ".xlsx",
        ".xls",
        ".ods",
        ".jsonl",
    }
    assert CONTENT["staffordshire/niche_assaults_201807.txt"][:2] == b"\xff\xfe"
    assert CONTENT["warwickshire/WARKS_ASSAULTS_2018_07.csv"][:3] == b"\xef\xbb\xbf"
    assert b"\x92" in CONTENT["west_mercia/assaults_2018-19_Q2.csv"]


def test_at_least_twenty_kinds_of_fault_are_seeded() -> None:
    rules = {finding["rule"] for drop in TRUTH["drops"] for finding in drop["findings"]}
    assert len(rules) >= 20
    assert rules >= {
        "source_record_id.required",
        "source_record_id.pattern",
        "source_record_id.repeated",
        "row.duplicate",
        "line.refused",
        "occurred_on.required",
        "occurred_on.unexplained",
        "occurred_on.in_future",
        "occurred_on.long_ago",
        "occurred_on.outside_period",
        "offence.required",
        "offence_class.undecided",
        "scope.unexplained",
        "force_id.another_force",
        "victim_type.contradiction",
    }


def test_every_rows_sums_balance() -> None:
    for drop in TRUTH["drops"]:
        sums = drop["sums"]
        ways = sums["accepted"] + sums["held"] + sums["duplicate"] + sums["out_of_scope"]
        assert sums["rows"] == ways, drop["file"]
        if "lines" in sums:
            kinds = ("header", "blank", "notes", "parsed_lines", "refused")
            assert sums["lines"] == sum(sums[kind] for kind in kinds), drop["file"]


def test_the_lines_of_a_text_drop_are_those_of_its_bytes() -> None:
    for name, encoding in (
        ("west_mercia/assaults_2018-19_Q2.csv", "cp1252"),
        ("staffordshire/niche_assaults_201806.txt", "utf-16"),
        ("avon_and_somerset/asp_assaults_2018-Q3.jsonl", "utf-8"),
    ):
        drop = next(drop for drop in TRUTH["drops"] if f"{drop['force_id']}/{drop['file']}" == name)
        assert drop["sums"]["lines"] == CONTENT[name].decode(encoding).count("\n"), name


def test_a_finding_names_the_row_that_a_reader_of_the_file_sees() -> None:
    drop = next(drop for drop in TRUTH["drops"] if drop["file"] == "WARKS_ASSAULTS_2018_08.csv")
    finding = next(finding for finding in drop["findings"] if finding["rule"] == "offence.required")
    lines = CONTENT["warwickshire/WARKS_ASSAULTS_2018_08.csv"].decode("utf-8-sig").splitlines()
    assert ";ASLT;" in lines[finding["row"] - 1]


def test_cumbria_sends_nothing_for_september_and_suffolk_a_nil_return_for_august() -> None:
    assert TRUTH["not_sent"] == [{"force_id": "cumbria", "book": "crime", "month": "2018-09"}]
    nil = next(drop for drop in TRUTH["drops"] if drop["file"] == "suffolk_assaults_2018-08_nil.csv")
    assert nil["sums"]["rows"] == 0
    assert "2018-08" not in TRUTH["current_records"]["suffolk"]["crime"]


def test_gloucestershires_second_sending_counts_once_with_the_three_rows_it_mends() -> None:
    first, second = (drop["sums"] for drop in TRUTH["drops"] if drop["force_id"] == "gloucestershire")
    assert (first["accepted"], first["held"]) == (44, 3)
    assert (second["accepted"], second["held"]) == (47, 0)
    assert sum(TRUTH["current_records"]["gloucestershire"]["crime"].values()) == 47
