"""What a force and the national body may hold validation to, asked by what they see alone: commands and files."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.cli import main
from schemas.assault import ASSAULT
from tests.office import FORCE, OTHER_FORCE, Office, equip, force_file, office

__all__ = ["office"]

ROOT = Path(__file__).resolve().parent.parent
DAY = "2019-06-30"
Told = Callable[..., "Ended"]

# A layout with a column for everything the issue names a rule about.
ROW = {
    "Ref": "1001/18",
    "Victim": "1",
    "Date": "03/07/2018",
    "Time": "22:15",
    "Recorded": "04/07/2018",
    "Code": "104/23",
    "Offence": "Assault a constable in the execution of his duty",
    "Collar": "C4471",
    "Role": "Officer",
    "Age": "26-40",
    "Service": "6",
    "Duty": "On",
    "Crew": "Single",
    "Injury": "None",
    "Treatment": "None",
    "Days lost": "0",
    "Hate": "No",
    "Strands": "",
    "Charged": "",
    "Outcome": "0",
    "Outcome date": "",
    "Report": "",
    "Station": "Selby",
    "Force": "North Yorkshire",
    "MO": "",
}
MAPPED = """
source_record_id = { column = "Ref", pattern = '\\d{4,6}/18' }
victim_number = { column = "Victim" }
occurred_on = { column = "Date" }
occurred_time = { column = "Time" }
recorded_on = { column = "Recorded" }
offence_code = { column = "Code" }
offence_title = { column = "Offence" }
victim_id = { column = "Collar" }
victim_type = { column = "Role", codes = { "Officer" = "police_officer", "PCSO" = "pcso" } }
age_band = { column = "Age", codes = { "18-25" = "under_26", "26-40" = "age_26_to_40", "41-55" = "age_41_to_55" } }
length_of_service_years = { column = "Service" }
duty_status = { column = "Duty", codes = { "On" = "on_duty", "Off" = "off_duty" } }
crewing = { column = "Crew", codes = { "Single" = "single", "Double" = "double" } }
injury = { column = "Injury", codes = { "None" = "none", "Slight" = "minor", "Serious" = "severe" } }
treatment = { column = "Treatment", codes = { "None" = "none", "Hospital" = "hospital" } }
days_lost = { column = "Days lost" }
hate_crime = { column = "Hate" }
hate_strands = { column = "Strands", separator = ";", codes = { "Racial" = "race", "Faith" = "religion" } }
charged_under = { column = "Charged", codes = { "2018" = "emergency_workers_2018", "1996" = "police_act_1996" } }
outcome_type = { column = "Outcome" }
outcome_on = { column = "Outcome date" }
health_safety_ref = { column = "Report" }
district = { column = "Station" }
"""
REPORT = {"Report no": "HS-17", "Day": "03/07/2018", "Who": "Officer", "Hurt": "None"}
REPORTED = """
source_record_id = { column = "Report no" }
occurred_on = { column = "Day" }
victim_type = { column = "Who", codes = { "Officer" = "police_officer", "PCSO" = "pcso" } }
injury = { column = "Hurt", codes = { "None" = "none", "Slight" = "minor", "Serious" = "severe" } }
"""


def layout(word: str = "North Yorkshire", tables: str = "") -> str:
    """Return a force's file of two books: crimes as `ROW`, reports as `REPORT`."""
    crimes = force_file(f"{word} Police", word, MAPPED).replace(
        '"crime_*.csv"', '"crime_*.csv", "crime_*.xlsx"'
    )
    crimes = crimes.replace('ignored = ["Surname", "MO"]', 'ignored = ["MO"]')
    fields = {line.partition(" ")[0] for line in REPORTED.splitlines()}
    absent = [declared.name for declared in ASSAULT.given if declared.name not in fields]
    return (
        f'{crimes}\n[health_safety]\nsystem = "assure"\nfiles = ["reports_*.csv"]\nnot_collected = {absent}\n'
        "[health_safety.period]\npattern = '(?P<year>\\d{4})-(?P<month>\\d{2})'\n"
        f"[health_safety.fields]\n{REPORTED}\n{tables}\n"
    )


def table(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> str:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows([row[column] for column in columns] for row in rows)
    return text.getvalue()


def crimes(*changes: Mapping[str, str], first: int = 1001) -> list[dict[str, str]]:
    """Return sound crimes with what is said of each changed; references and collars count up."""
    return [
        {**ROW, "Ref": f"{first + number}/18", "Collar": f"C{first + 3000 + number}", **changed}
        for number, changed in enumerate(changes)
    ]


def export(*changes: Mapping[str, str], first: int = 1001) -> str:
    rows = crimes(*changes, first=first)
    return table(rows, [*ROW, *sorted({name for row in rows for name in row} - set(ROW))])


def reports(*changes: Mapping[str, str]) -> str:
    return table([{**REPORT, **changed} for changed in changes], list(REPORT))


def workbook(path: Path, rows: Sequence[Mapping[str, str]], above: int = 0) -> Path:
    """Write rows as a sheet `Crimes` below some lines of a title, beside a sheet that is no table."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Crimes"
    for line in range(above):
        sheet.cell(line + 1, 1).value = "Assaults on officers" if not line else None
    for number, row in enumerate([dict(zip(ROW, ROW, strict=True)), *rows], above + 1):
        for place, name in enumerate(ROW, 1):
            sheet.cell(number, place).value = row[name] or None
    notes = book.create_sheet("Notes")
    notes["A1"] = "Exported on Monday"
    book.save(path)
    return path


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and what it said where."""

    code: int
    out: str
    err: str


@pytest.fixture
def collate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """Return the command line as a function of its words."""
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["collate", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def wide(office: Office) -> Office:
    """Return an office whose two forces send the wide layout and health and safety reports."""
    (office.forces / f"{FORCE}.toml").write_text(layout(), encoding="utf-8")
    (office.forces / f"{OTHER_FORCE}.toml").write_text(layout("Cleveland"), encoding="utf-8")
    return office


def judged(
    collate: Told, folder: Path, content: str | bytes, *words: object, name: str = "crime_2018-07.csv"
) -> Any:
    """Return the receipt that a check of a file gives."""
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    if "--as-of" not in words:
        words = (*words, "--as-of", DAY)
    ended = collate("check", file, "--force", FORCE, "--json", *words)
    assert ended.code in (0, 1), ended.err
    return json.loads(ended.out)


def broken(receipt: Mapping[str, Any], rule: str) -> list[int]:
    return sorted(each["row"] for each in receipt["findings"] if each["rule"] == rule)


def said_of_file(receipt: Mapping[str, Any]) -> set[str]:
    """Return the rules that something was found by on the file as a whole."""
    return {each["rule"] for each in receipt["findings"] if not each["row"]}


def state(receipt: Mapping[str, Any], rule: str) -> dict[str, Any]:
    (only,) = [each for each in receipt["rules"] if each["rule"] == rule]
    return dict(only)


def listed(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def texts_under(folder: Path, *kinds: str) -> str:
    return "\n".join(
        path.read_bytes().decode("utf-8", "replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (not kinds or path.suffix in kinds)
    )


# 1. Rules -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def catalogue(collate: Told) -> list[dict[str, Any]]:
    return list(json.loads(collate("rules", "--json").out)["rules"])


def test_there_are_sixty_rules_and_each_says_all_that_was_promised(catalogue: list[dict[str, Any]]) -> None:
    assert len(catalogue) >= 60
    assert (
        len({rule["code"] for rule in catalogue})
        == len({rule["name"] for rule in catalogue})
        == len(catalogue)
    )
    for rule in catalogue:
        assert re.fullmatch(r"[A-Z]\d{3}", rule["code"])
        assert rule["severity"] in ("error", "query", "note"), rule["code"]
        for part in ("sentence", "why", "mend", "dimension"):
            assert rule[part].strip(), (rule["code"], part)
        assert rule["sentence"][0].isupper() and rule["sentence"].rstrip().endswith("."), rule["code"]
        example = rule["example"]
        assert example["breaks"] and example["does_not_break"], rule["code"]
        assert example["breaks"] != example["does_not_break"], rule["code"]
        assert set(rule["applies"]) == {"since", "until"}, rule["code"]
    assert len({rule["dimension"] for rule in catalogue}) == 6
    assert any(rule["applies"]["since"] for rule in catalogue)
    assert any(rule["applies"]["until"] for rule in catalogue)


def test_a_rule_stated_by_a_method_says_which(catalogue: list[dict[str, Any]]) -> None:
    compared = [rule for rule in catalogue if rule["code"][0] in "HP"]
    assert len(compared) >= 5
    assert all(rule["method"] for rule in compared)
    assert {rule["severity"] for rule in compared} == {"query"}


def test_each_rule_stands_under_a_dimension_of_the_police_data_standards(
    catalogue: list[dict[str, Any]],
) -> None:
    named = {"accuracy", "integrity", "timeliness", "completeness", "conformity", "duplication"}
    assert {rule["dimension"] for rule in catalogue} == named


def test_a_rule_is_told_in_full_by_its_code_and_by_its_name(
    collate: Told, catalogue: list[dict[str, Any]]
) -> None:
    rule = next(each for each in catalogue if each["code"] == "C042")
    told = collate("rules", "C042")
    assert told.code == 0
    assert told.out == collate("rules", rule["name"]).out
    for part in ("code", "name", "severity", "sentence", "why", "mend", "dimension"):
        assert rule[part] in told.out, part
    assert "12 November 2018" in told.out
    assert "Breaks it" in told.out and "Does not" in told.out


def test_an_unknown_rule_is_refused_in_a_sentence(collate: Told) -> None:
    ended = collate("rules", "A999")
    assert (ended.code, ended.out) == (2, "")
    assert "A999" in ended.err and "Traceback" not in ended.err


def test_the_listing_that_the_help_names_works(collate: Told) -> None:
    assert "list" in collate("rules", "--help").out
    ended = collate("rules", "list")
    assert ended.code == 0, ended.err
    assert "A001" in ended.out


def test_the_page_of_all_rules_has_every_rule_and_a_search(
    collate: Told, catalogue: list[dict[str, Any]], tmp_path: Path
) -> None:
    page = tmp_path / "rules.html"
    assert collate("rules", "--html", page).code == 0
    text = page.read_text(encoding="utf-8")
    assert [rule["code"] for rule in catalogue if rule["code"] not in text] == []
    assert 'type="search"' in text
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text), "the page asks the network for something"


def test_the_printed_page_of_rules_is_that_of_the_program(catalogue: list[dict[str, Any]]) -> None:
    page = (ROOT / "schemas" / "RULES.md").read_text(encoding="utf-8")
    assert re.findall(r"^### ([A-Z]\d{3})$", page, re.M).__len__() == len(catalogue)
    assert {*re.findall(r"^### ([A-Z]\d{3})$", page, re.M)} == {rule["code"] for rule in catalogue}


DATED = {
    "charged_under.before_act": ({"Charged": "2018", "Outcome": "1", "Outcome date": "20/11/2018"}, 2018),
    "offence_code.before_act": ({"Code": "008/73", "Offence": "Common assault of an emergency worker"}, 2018),
    "offence_title.before_8s": ({"Code": "", "Offence": "8S", "Injury": "Slight"}, 2017),
}
LAST_AND_FIRST = {2018: ("12/11/2018", "13/11/2018"), 2017: ("31/03/2017", "01/04/2017")}


@pytest.mark.slow
def test_the_same_row_under_two_dates_gets_two_right_answers(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    rows = [
        {**changed, "Date": day, "Recorded": "20/11/2018"}
        for changed, year in DATED.values()
        for day in LAST_AND_FIRST[year]
    ]
    receipt = judged(collate, tmp_path, export(*rows))
    assert [broken(receipt, rule) for rule in DATED] == [[2], [4], [6]]


CROSS_FIELD: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "injury.none_in_injury_class": (
        {
            "Code": "008/06",
            "Offence": "Assault on a constable occasioning actual bodily harm",
            "Injury": "None",
        },
        {
            "Code": "008/06",
            "Offence": "Assault on a constable occasioning actual bodily harm",
            "Injury": "Slight",
        },
    ),
    "injury.severe_in_class_without": ({"Injury": "Serious", "Treatment": "Hospital"}, {"Injury": "None"}),
    "treatment.hospital_without_injury": (
        {"Treatment": "Hospital"},
        {"Treatment": "Hospital", "Injury": "Slight"},
    ),
    "hate_crime.strand_without_flag": ({"Strands": "Racial"}, {"Strands": "Racial", "Hate": "Yes"}),
    "outcome_on.missing_for_charge": ({"Outcome": "1"}, {"Outcome": "1", "Outcome date": "09/07/2018"}),
    "victim_type.contradiction": ({"Role": "PCSO"}, {"Role": "Officer"}),
    "crewing.off_duty": ({"Duty": "Off", "Crew": "Double"}, {"Duty": "On", "Crew": "Double"}),
    "length_of_service_years.long_for_age_25": (
        {"Age": "18-25", "Service": "12"},
        {"Age": "18-25", "Service": "4"},
    ),
    "days_lost.out_of_range": ({"Days lost": "2400"}, {"Days lost": "24"}),
    "recorded_on.too_early": ({"Recorded": "01/07/2018"}, {"Recorded": "03/07/2018"}),
    "occurred_on.in_future": ({"Date": "03/07/2118", "Recorded": ""}, {"Recorded": ""}),
    "occurred_on.unexplained": ({"Date": "31/06/2018"}, {"Date": "30/06/2018"}),
    "source_record_id.pattern": ({"Ref": "AB/18"}, {}),
    "injury.unexplained": ({"Injury": "Ouch"}, {}),
    "offence.required": ({"Code": "", "Offence": ""}, {"Code": ""}),
}


@pytest.mark.slow
def test_each_field_and_cross_field_rule_finds_its_row_and_not_the_sound_one_beside_it(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    pairs = [row for pair in CROSS_FIELD.values() for row in pair]
    receipt = judged(collate, tmp_path, export(*pairs))
    wanted = {rule: [2 + 2 * number] for number, rule in enumerate(CROSS_FIELD)}
    assert {rule: broken(receipt, rule) for rule in CROSS_FIELD} == wanted
    held = {each["row"] for each in receipt["findings"] if each["severity"] == "error" and each["row"]}
    assert receipt["held"] == len(held)
    assert receipt["rows"] == receipt["accepted"] + receipt["held"]


@pytest.mark.slow
def test_a_sound_file_has_nothing_found(wide: Office, collate: Told, tmp_path: Path) -> None:
    rows = [{"Date": f"{day:02}/07/2018", "Recorded": "30/07/2018", "Time": f"{day % 24:02}:1{day % 6}"}
            for day in range(1, 29)]  # fmt: skip
    receipt = judged(collate, tmp_path, export(*rows))
    assert receipt["findings"] == [] and receipt["causes"] == []
    assert (receipt["rows"], receipt["accepted"], receipt["held"]) == (28, 28, 0)


@pytest.mark.slow
def test_one_officer_in_two_places_within_minutes_is_asked_about_also_over_midnight(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    here, there = {"Station": "Selby"}, {"Station": "Whitby"}
    receipt = judged(
        collate,
        tmp_path,
        export(
            {**here, "Collar": "C1", "Time": "22:10"},
            {**there, "Collar": "C1", "Time": "22:15"},
            {**here, "Collar": "C2", "Time": "18:00"},
            {**there, "Collar": "C2", "Time": "22:15"},
            {**there, "Collar": "C3", "Time": "22:15"},
            {**here, "Collar": "C4", "Time": "23:58"},
            {**there, "Collar": "C4", "Time": "00:03", "Date": "04/07/2018"},
        ),
    )
    asked = set(broken(receipt, "occurred_time.two_places"))
    assert asked & {2, 3} and asked & {7, 8} and asked <= {2, 3, 7, 8}


@pytest.mark.slow
def test_the_same_victim_twice_in_a_crime_is_found(wide: Office, collate: Told, tmp_path: Path) -> None:
    receipt = judged(
        collate,
        tmp_path,
        export(
            {"Ref": "1001/18", "Victim": "1", "Collar": "C1"},
            {"Ref": "1001/18", "Victim": "2", "Collar": "C1"},
            {"Ref": "1002/18", "Victim": "1", "Collar": "C2"},
            {"Ref": "1002/18", "Victim": "2", "Collar": "C3"},
        ),
    )
    assert set(broken(receipt, "victim_number.counted_twice")) <= {2, 3}
    assert broken(receipt, "victim_number.counted_twice")


@pytest.mark.slow
def test_the_same_crime_in_two_months_is_asked_about(wide: Office, collate: Told, tmp_path: Path) -> None:
    wide.receipt(export({}, {}, {}))
    moved = {"Date": "05/08/2018", "Recorded": "06/08/2018"}
    rows = [{**moved, "Ref": "1002/18"}, {**moved, "Ref": "1501/18"}]
    receipt = judged(collate, tmp_path, export(*rows), name="crime_2018-08.csv")
    assert broken(receipt, "occurred_on.another_month") == [2]


@pytest.mark.slow
def test_a_report_that_is_not_there_and_an_injury_that_differs_are_asked_about(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    rows = export(
        {"Report": "HS-17"},
        {"Report": "HS-71"},
        {"Report": "HS-18", "Injury": "Serious"},
        {},
    )
    alone = judged(collate, tmp_path, rows)
    assert state(alone, "health_safety_ref.not_in_book")["state"] == "could_not_run"
    assert state(alone, "health_safety_ref.not_in_book")["why"]
    wide.receipt(reports({}, {"Report no": "HS-18", "Hurt": "Slight"}), name="reports_2018-07.csv")
    receipt = judged(collate, tmp_path, rows)
    assert broken(receipt, "health_safety_ref.not_in_book") == [3]
    assert broken(receipt, "injury.differs_between_books") == [4]
    assert state(receipt, "health_safety_ref.not_in_book")["state"] == "ran"
    assert receipt["held"] == 0


def days(month: int, many: int, **changed: str) -> list[dict[str, str]]:
    """Return what is said of so many crimes over the days of a month of 2018."""
    return [
        {"Date": f"{1 + number % 28:02}/{month:02}/2018", "Recorded": f"28/{month:02}/2018",
         "Time": f"{number % 24:02}:{7 * number % 60:02}", **changed}
        for number in range(many)
    ]  # fmt: skip


@pytest.mark.slow
def test_a_file_of_another_period_than_its_name_is_told_as_one_thing(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    receipt = judged(collate, tmp_path, export(*days(6, 30)))
    assert "drop.wrong_period" in said_of_file(receipt)
    assert "drop.wrong_period" not in said_of_file(judged(collate, tmp_path, export(*days(7, 30))))


@pytest.mark.slow
def test_last_months_file_under_this_months_name_is_told(wide: Office, collate: Told, tmp_path: Path) -> None:
    july = export(*days(7, 30))
    wide.receipt(july)
    # One cell is other, so that it is not the same bytes.
    again = july.replace("Selby", "Malton", 1)
    receipt = judged(collate, tmp_path, again, name="crime_2018-08.csv")
    assert "drop.sent_before" in said_of_file(receipt)
    august = judged(collate, tmp_path, export(*days(8, 30), first=2001), name="crime_2018-08.csv")
    assert "drop.sent_before" not in said_of_file(august)


@pytest.mark.slow
def test_another_forces_rows_are_held_and_a_whole_file_of_them_is_told(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    some = judged(collate, tmp_path, export(*[{}] * 8, {"Force": "Cleveland"}))
    assert broken(some, "force_id.another_force") == [10] and some["held"] == 1
    assert "drop.another_force" not in said_of_file(some)
    every = judged(collate, tmp_path, export(*[{"Force": "Cleveland"}] * 8))
    assert every["accepted"] == 0 and "drop.another_force" in said_of_file(every)


@pytest.mark.slow
def test_hours_for_days_are_told(wide: Office, collate: Told, tmp_path: Path) -> None:
    hours = [
        {"Injury": "Slight", "Days lost": each} for each in ("8", "16", "24", "40", "80", "8", "16", "32") * 3
    ]
    assert "drop.units" in said_of_file(judged(collate, tmp_path, export(*hours)))
    lost = [
        {"Injury": "Slight", "Days lost": each} for each in ("1", "2", "5", "3", "10", "8", "14", "4") * 3
    ]
    assert "drop.units" not in said_of_file(judged(collate, tmp_path, export(*lost)))


@pytest.mark.slow
def test_a_drop_is_held_against_the_forces_own_months_before(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    for month in range(1, 9):
        rows = [
            {**row, "Injury": "Slight" if number % 4 == 0 else "None"}
            for number, row in enumerate(days(month, 40 + month % 3))
        ]
        wide.receipt(export(*rows, first=1000 * month), name=f"crime_2018-{month:02}.csv")

    def september(rows: list[dict[str, str]]) -> set[str]:
        return said_of_file(judged(collate, tmp_path, export(*rows, first=9000), name="crime_2018-09.csv"))

    alike = [
        {**row, "Injury": "Slight" if number % 4 == 0 else "None"} for number, row in enumerate(days(9, 41))
    ]
    assert september(alike) == set()
    assert "drop.unusual_volume" in september(alike[:6])
    assert "drop.code_gone" in september([{**row, "Injury": "None"} for row in alike])
    assert "drop.less_filled" in september([{**row, "Age": ""} for row in alike])
    renumbered = [
        {**row, "Injury": "Slight" if number % 4 == 0 else "None"} for number, row in enumerate(days(8, 42))
    ]
    again = judged(collate, tmp_path, export(*renumbered, first=5500), name="crime_2018-08.csv")
    assert "drop.references_gone" in said_of_file(again)
    assert again["held"] == 0


def test_a_receipt_has_a_state_for_every_rule_of_the_catalogue(
    wide: Office, collate: Told, tmp_path: Path, catalogue: list[dict[str, Any]]
) -> None:
    receipt = judged(collate, tmp_path, export({}))
    assert [each["code"] for each in receipt["rules"]] == [each["code"] for each in catalogue]


@pytest.mark.slow
def test_every_rule_has_one_of_three_states_and_a_pass_has_judged_something(
    wide: Office, collate: Told, tmp_path: Path, catalogue: list[dict[str, Any]]
) -> None:
    receipts = [
        wide.receipt(reports({}, {"Hurt": "Ouch"}), name="reports_2018-07.csv"),
        wide.receipt(
            export({}, {"Injury": "Ouch"}, {"Days lost": "2400"}, {"Role": "PCSO"}, {"Report": "HS-9"})
        ),
        wide.receipt(export({"Date": "", "Injury": ""}, first=3001), name="crime_2018-08.csv"),
        wide.receipt(export(*[{"Force": "Cleveland"}] * 6, first=4001), force=OTHER_FORCE),
    ]
    for receipt in receipts:
        codes = [each["code"] for each in receipt["rules"]]
        assert len(set(codes)) == len(codes) >= 60 and set(codes) <= {each["code"] for each in catalogue}
        for each in receipt["rules"]:
            assert each["state"] in ("ran", "could_not_run", "does_not_apply"), each
            assert 0 <= each["failed"] <= each["judged"] or each["code"][0] in "HPS", each
            if each["state"] == "ran":
                assert each["judged"] > 0, each
            else:
                assert (each["judged"], each["failed"]) == (0, 0) and each["why"].strip(), each
        failed = {each["rule"]: each["failed"] for each in receipt["rules"] if each["failed"]}
        assert failed == receipt["findings_by_rule"]
    ended = collate("status", "--rules", "--json")
    sums = Counter[str]()
    for force in json.loads(ended.out)["forces"]:
        for key, value in force.items():
            if isinstance(value, int):
                sums[key] += value
    assert sums["drops"] == len(receipts)
    assert sums["ran"] + sums["could_not_run"] + sums["does_not_apply"] == sum(
        len(receipt["rules"]) for receipt in receipts
    )
    assert Counter(each["state"] for receipt in receipts for each in receipt["rules"]) == {
        name: sums[name] for name in ("ran", "could_not_run", "does_not_apply")
    }


@pytest.mark.slow
def test_a_column_left_blank_is_no_pass(wide: Office, collate: Told, tmp_path: Path) -> None:
    receipt = judged(collate, tmp_path, export(*[{"Days lost": "", "Injury": ""}] * 3))
    for rule in ("days_lost.out_of_range", "injury.unexplained", "treatment.hospital_without_injury"):
        assert state(receipt, rule)["state"] != "ran", rule
        assert state(receipt, rule)["why"], rule


@pytest.mark.slow
def test_the_same_bytes_rules_and_day_give_the_same_findings_in_the_same_order(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    rows = [{"Injury": "Ouch" if n % 3 else "None", "Days lost": str(n * 97), "Role": "PCSO" if n % 5 else "Officer"}
            for n in range(60)]  # fmt: skip
    got = []
    for home in ("one", "two"):
        out = tmp_path / home
        (tmp_path / f"home_{home}").mkdir()
        words = ("--home", tmp_path / f"home_{home}", "--out", out)
        receipt = judged(collate, tmp_path, export(*rows), *words)
        got.append((receipt["findings"], receipt["causes"], (out / "findings.csv").read_bytes()))
    assert got[0] == got[1]
    order = [(each["row"], each["code"]) for each in listed(tmp_path / "one" / "findings.csv")]
    assert [int(row) for row, _ in order] == sorted(int(row) for row, _ in order)


@pytest.mark.slow
def test_as_of_replays_the_rules_of_time(wide: Office, collate: Told, tmp_path: Path) -> None:
    rows = export({"Date": "20/07/2018", "Recorded": "21/07/2018"})
    early = judged(collate, tmp_path, rows, "--as-of", "2018-07-10")
    assert (early["judged_on"], broken(early, "occurred_on.in_future"), early["held"]) == (
        "2018-07-10",
        [2],
        1,
    )
    late = judged(collate, tmp_path, rows, "--as-of", "2018-07-31")
    assert (broken(late, "occurred_on.in_future"), late["held"]) == ([], 0)


def test_a_day_that_is_none_is_refused(wide: Office, collate: Told, tmp_path: Path) -> None:
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export({}), encoding="utf-8")
    ended = collate("check", file, "--force", FORCE, "--as-of", "31/02/2018")
    assert (ended.code, ended.out) == (2, "") and "31/02/2018" in ended.err


@pytest.mark.slow
def test_one_mapping_mistake_reads_as_one_problem(wide: Office, collate: Told, tmp_path: Path) -> None:
    receipt = judged(collate, tmp_path, export(*[{"Injury": "Uninjured"}] * 4000))
    (cause,) = [each for each in receipt["causes"] if each["field"] == "injury"]
    assert (cause["rows"], cause["of"]) == (4000, 4000)
    assert cause["description"] == "all 4,000 rows"
    assert receipt["findings_by_rule"]["injury.unexplained"] == 4000
    ended = collate("check", tmp_path / "crime_2018-07.csv", "--force", FORCE, "--as-of", DAY)
    assert len(ended.out.splitlines()) < 30
    assert ended.out.count("Uninjured") < 10


@pytest.mark.slow
def test_a_fault_of_one_station_is_described_by_the_station(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    stations = ("Selby", "Whitby", "Telford", "Malton")
    rows = [
        {**row, "Station": stations[number % 4], "Service": "" if number % 4 != 2 else f"{61 + number}"}
        for number, row in enumerate(days(7, 80))
    ]
    receipt = judged(collate, tmp_path, export(*rows))
    (cause,) = [each for each in receipt["causes"] if each["rule"] == "length_of_service_years.out_of_range"]
    assert cause["rows"] == 20
    assert "Telford" in cause["description"] and "Station" in cause["description"]


@pytest.mark.slow
def test_a_fault_that_began_on_a_day_is_described_by_the_day(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    rows = [
        {**row, "Days lost": f"{2001 + number}" if int(row["Date"][:2]) >= 14 else "1", "Injury": "Slight"}
        for number, row in enumerate(days(7, 84))
    ]
    receipt = judged(collate, tmp_path, export(*rows))
    (cause,) = [each for each in receipt["causes"] if each["rule"] == "days_lost.out_of_range"]
    assert cause["rows"] == 45
    assert "14 July 2018" in cause["description"]


FAULTS: list[dict[str, str]] = [
    {"Injury": "Ouch"},
    {"Days lost": "2400"},
    {"Days lost": "about 3"},
    {"Service": "75"},
    {"Treatment": "Hospital"},
    {"Role": "PCSO"},
    {"Duty": "Off", "Crew": "Double"},
    {"Hate": "Perhaps"},
    {"Date": "31/06/2018"},
    {"Time": "25:10"},
    {"Strands": "Racial"},
    {"Outcome": "1"},
]


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(-6, len(FAULTS) - 1), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_causes_cover_exactly_the_failures(
    wide: Office, collate: Told, tmp_path: Path, picked: list[int], chance: random.Random
) -> None:
    rows = [
        {"Date": f"{chance.randint(1, 28):02}/07/2018", "Recorded": "28/07/2018",
         "Station": chance.choice(("Selby", "Whitby")), **(FAULTS[each] if each >= 0 else {})}
        for each in picked
    ]  # fmt: skip
    receipt = judged(collate, tmp_path, export(*rows))
    covered = Counter[tuple[str, str]]()
    for cause in receipt["causes"]:
        covered[cause["rule"], cause["field"]] += cause["rows"]
    failed = Counter((each["rule"], each["field"]) for each in receipt["findings"] if each["row"])
    assert {key: rows for key, rows in covered.items() if not key[0].startswith("drop.")} == failed


def by_reference(
    receipt: Mapping[str, Any], rows: Sequence[Mapping[str, str]], header: int
) -> Counter[tuple[str, str]]:
    """Return how often a rule was broken under each reference."""
    return Counter(
        (rows[each["row"] - header - 1]["Ref"], each["rule"]) for each in receipt["findings"] if each["row"]
    )


@pytest.mark.slow
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.permutations(range(-6, len(FAULTS))))
def test_neither_the_order_of_the_rows_nor_the_format_changes_what_is_found(
    wide: Office, collate: Told, tmp_path: Path, order: list[int]
) -> None:
    rows = crimes(*[{}] * 6, *FAULTS)
    wanted = by_reference(judged(collate, tmp_path, table(rows, list(ROW))), rows, 1)
    assert len(wanted) >= len(FAULTS)
    shuffled = [rows[place + 6] for place in order]
    assert by_reference(judged(collate, tmp_path, table(shuffled, list(ROW))), shuffled, 1) == wanted
    file = workbook(tmp_path / "crime_2018-07.xlsx", shuffled, above=2)
    ended = collate("check", file, "--force", FORCE, "--json", "--as-of", DAY)
    assert by_reference(json.loads(ended.out), shuffled, 3) == wanted


@pytest.mark.slow
def test_a_row_sent_twice_counts_once_and_one_that_differs_is_held(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    again = {"Ref": "1001/18", "Collar": "C1"}
    receipt = judged(
        collate, tmp_path, export(again, again, {"Ref": "1003/18"}, {"Ref": "1003/18", "Days lost": "3"})
    )
    assert broken(receipt, "row.duplicate") == [3]
    assert broken(receipt, "source_record_id.repeated") == [4, 5]
    assert (receipt["accepted"], receipt["duplicates"], receipt["held"]) == (1, 1, 2)


@pytest.mark.slow
def test_without_peers_and_without_a_history_the_comparisons_say_why_they_could_not_run(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    receipt = judged(collate, tmp_path, export(*days(7, 30)))
    for rule in ("drop.unlike_peers", "drop.unusual_volume", "drop.less_filled", "drop.sent_before"):
        told = state(receipt, rule)
        assert told["state"] == "could_not_run" and told["why"].endswith("."), rule


@pytest.mark.slow
def test_findings_of_an_earlier_check_do_not_stay_beside_a_clean_receipt(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    judged(collate, tmp_path, export({"Injury": "Ouch"}), "--out", out)
    assert len(listed(out / "findings.csv")) == 1
    judged(collate, tmp_path, export({}), "--out", out)
    assert not (out / "findings.csv").exists() or listed(out / "findings.csv") == []


PERSONAL = {
    "national insurance": [f"QQ12345{n}C".replace("QQ", "AB") for n in range(8)],
    "e-mail": [f"jo.featherstone{n}@example.org" for n in range(8)],
    "telephone": [f"07700 90012{n}" for n in range(8)],
    "collar": [f"PC 44{n}7" for n in range(8)],
    "postcode": ["YO8 4QH", "YO8 9AA", "LS1 4AP", "S1 2HE", "YO24 1AB", "HG1 2RQ", "DL7 8AD", "YO11 2HG"],
    "name": ["Jane Featherstone", "Oliver Smith", "Amelia Jones", "Mohammed Khan", "David Williams",
             "Sarah Brown", "Peter Taylor", "Emily Davies"],
}  # fmt: skip


@pytest.mark.slow
def test_personal_data_in_unexpected_columns_is_an_error_for_each_and_never_shown(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    rows = [{f"Extra {kind}": values[number] for kind, values in PERSONAL.items()} for number in range(8)]
    file, out = tmp_path / "crime_2018-07.csv", tmp_path / "out"
    file.write_text(export(*[{**row, "Extra tidy": "calm"} for row in rows]), encoding="utf-8")
    ended = collate("check", file, "--force", FORCE, "--out", out, "--as-of", DAY)
    receipt = json.loads((out / "receipt.json").read_text(encoding="utf-8"))
    found = [each for each in receipt["findings"] if each["rule"] == "column.personal"]
    assert {each["severity"] for each in found} == {"error"}
    for kind in PERSONAL:
        assert len([each for each in found if f'"Extra {kind}"' in each["message"]]) == 1, kind
    assert len(found) == len(PERSONAL), "the tidy column is not among them"
    shown = ended.out + ended.err + texts_under(out)
    assert [value for values in PERSONAL.values() for value in values if value in shown] == []


@pytest.mark.slow
def test_personal_data_in_text_that_is_mapped_is_not_kept_anywhere_past_the_archive(
    wide: Office, tmp_path: Path, collate: Told
) -> None:
    secret = "jo.featherstone@example.org"
    receipt = wide.receipt(export({"Station": secret}, {"Station": "Selby"}, {"Offence": "Hit 07700 900123"}))
    assert broken(receipt, "district.personal") == [2]
    assert broken(receipt, "offence_title.personal") == [4]
    wide.publish()
    root = wide.home.root
    for folder in ("returns", "releases", "accepted", "held", "staging"):
        text = texts_under(root / folder)
        assert secret not in text and "07700 900123" not in text, folder
    for kind in ("accepted", "held"):
        for record in wide.records(kind):
            assert secret not in str(record) and "900123" not in str(record)
    assert secret.encode() not in (root / "ledger.sqlite").read_bytes()


@pytest.mark.slow
def test_a_finding_of_personal_data_names_the_column_as_the_force_calls_it(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    rows = [{"Extra": each} for each in PERSONAL["e-mail"]]
    judged(collate, tmp_path, export(*rows), "--out", tmp_path / "out")
    (found,) = [
        each for each in listed(tmp_path / "out" / "findings.csv") if each["rule"] == "column.personal"
    ]
    assert found["column"] == "Extra"


@pytest.mark.slow
def test_a_file_with_personal_data_is_not_clean_by_its_exit_code(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export(*[{"Extra": each} for each in PERSONAL["e-mail"]]), encoding="utf-8")
    assert collate("check", file, "--force", FORCE, "--as-of", DAY).code != 0


def test_personal_data_is_an_error_of_its_column_and_holds_no_row(catalogue: list[dict[str, Any]]) -> None:
    personal = {rule["name"]: rule["severity"] for rule in catalogue if rule["name"].endswith(".personal")}
    assert personal.pop("column.personal") == "error"
    assert personal and set(personal.values()) == {"query"}


def regrade(rule: str, severity: str, until: str, **other: str) -> str:
    said = {
        "rule": rule,
        "severity": severity,
        "reason": "A new system comes in spring.",
        "by": "J. Smith",
        **other,
    }
    lines = "\n".join(f'{key} = "{value}"' for key, value in said.items() if value)
    return f"\n[[regrade]]\n{lines}\nuntil = {until}\n"


@pytest.mark.slow
def test_a_regrade_grades_and_never_hides_and_ends_on_its_day(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    rows = export({}, {"Days lost": "2400"})
    plain = judged(collate, tmp_path, rows)
    force = wide.forces / f"{FORCE}.toml"
    force.write_text(layout(tables=regrade("A039", "error", "2019-06-30")), encoding="utf-8")
    within = judged(collate, tmp_path, rows, "--as-of", "2019-06-30")
    after = judged(collate, tmp_path, rows, "--as-of", "2019-07-01")
    for receipt in (plain, within, after):
        assert broken(receipt, "days_lost.out_of_range") == [3]
        assert receipt["findings_by_rule"] == {"days_lost.out_of_range": 1}
    assert [receipt["held"] for receipt in (plain, within, after)] == [0, 1, 0]
    (told,) = within["regrades"]
    assert {"A new system comes in spring.", "J. Smith", "2019-06-30"} <= set(map(str, told.values()))
    assert after["regrades"] == [] and len(after["regrades_expired"]) == 1


@pytest.mark.slow
def test_a_query_made_a_note_is_still_in_every_list(wide: Office, collate: Told, tmp_path: Path) -> None:
    rows = export({}, {"Role": "PCSO"})
    (wide.forces / f"{FORCE}.toml").write_text(
        layout(tables=regrade("victim_type.contradiction", "note", "2019-09-30")), encoding="utf-8"
    )
    receipt = judged(collate, tmp_path, rows, "--out", tmp_path / "out", "--marked", tmp_path / "marked")
    (found,) = listed(tmp_path / "out" / "findings.csv")
    assert (found["row"], found["rule"], found["severity"]) == ("3", "victim_type.contradiction", "note")
    assert [each["rule"] for each in receipt["findings"]] == ["victim_type.contradiction"]
    assert state(receipt, "victim_type.contradiction")["failed"] == 1


@pytest.mark.parametrize(
    "table",
    [
        regrade("A039", "note", "2019-06-30", reason=""),
        regrade("A039", "note", "2019-06-30", by=""),
        regrade("A039", "note", "2019-06-30").replace("until = 2019-06-30", ""),
        regrade("A039", "off", "2019-06-30"),
        regrade("A939", "note", "2019-06-30"),
        regrade("A008", "query", "2019-06-30"),
        regrade("A039", "note", "2099-06-30"),
    ],
    ids=[
        "no reason",
        "nobody",
        "no end",
        "hidden",
        "unknown rule",
        "what nothing counts without",
        "too long",
    ],
)
def test_a_regrade_that_hides_or_answers_to_nobody_is_refused(
    wide: Office, collate: Told, tmp_path: Path, table: str
) -> None:
    (wide.forces / f"{FORCE}.toml").write_text(layout(tables=table), encoding="utf-8")
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export({"Date": ""}, {}), encoding="utf-8")
    ended = collate("check", file, "--force", FORCE, "--as-of", DAY)
    assert ended.code not in (0, 1), ended.out
    assert ended.out == ""
    assert "regrade" in ended.err and "Traceback" not in ended.err


@pytest.mark.slow
def test_a_preview_tells_what_then_happens_when_it_is_switched_on(
    tmp_path: Path, collate: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        (FORCE, "crime_2018-07.csv"): export(
            {}, {"Days lost": "2400"}, {"Ref": "AB/18"}, {"Days lost": "3000"}
        ),
        (FORCE, "crime_2018-08.csv"): export({"Ref": "XY/18"}, {}, first=2001),
        (OTHER_FORCE, "crime_2018-07.csv"): export({"Days lost": "2400", "Force": "Cleveland"}, first=3001),
    }

    def laid_out(changed: bool) -> str:
        # A query becomes an error, and the references may have another form.
        text = layout(tables=regrade("A039", "error", "2027-06-30") if changed else "")
        return text.replace("'\\d{4,6}/18'", "'(\\d{4,6}|[A-Z]{2})/18'") if changed else text

    def received(root: Path, changed: bool) -> tuple[Office, dict[tuple[str, str], set[int]]]:
        place = equip(root, monkeypatch)
        (place.forces / f"{FORCE}.toml").write_text(laid_out(changed), encoding="utf-8")
        (place.forces / f"{OTHER_FORCE}.toml").write_text(layout("Cleveland"), encoding="utf-8")
        held = {}
        for (force, name), content in files.items():
            receipt = place.receipt(content, name, force)
            errors = {each["row"] for each in receipt["findings"] if each["severity"] == "error"}
            assert receipt["held"] == len(errors)
            held[force, name] = errors
        return place, held

    before, held = received(tmp_path / "before", False)
    folder = tmp_path / "changed"
    folder.mkdir()
    (folder / f"{FORCE}.toml").write_text(laid_out(True), encoding="utf-8")
    lying = before.at_rest()
    words = ("rules", "preview", "--forces", folder)
    shown, said = collate(*words), collate(*words, "--json")
    assert (shown.code, said.code) == (1, 1)
    assert before.at_rest() == lying, "a preview stores nothing"
    for value in ("2400", "3000", "AB/18", "XY/18"):
        assert value not in shown.out
    told = {
        (drop["force_id"], drop["file"]): (
            {row for rule in drop["rules"] for row in rule.get("held", {}).get("first", [])},
            {row for rule in drop["rules"] for row in rule.get("released", {}).get("first", [])},
        )
        for drop in json.loads(said.out)["changed"]
    }
    _, then = received(tmp_path / "after", True)
    happened = {
        key: (then[key] - held[key], held[key] - then[key]) for key in files if then[key] != held[key]
    }
    assert told == happened
    assert happened == {
        (FORCE, "crime_2018-07.csv"): ({3, 5}, {4}),
        (FORCE, "crime_2018-08.csv"): (set(), {2}),
    }


@pytest.mark.slow
def test_a_preview_of_what_is_in_force_says_that_nothing_changes(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    wide.receipt(export({}, {"Days lost": "2400"}, {"Ref": "AB/18"}))
    ended = collate("rules", "preview", "--json")
    assert ended.code == 0, ended.out
    assert json.loads(ended.out)["changed"] == []
    wrong = tmp_path / "changes.toml"
    wrong.write_text('[[change]]\nrule = "A939"\nseverity = "error"\n', encoding="utf-8")
    ended = collate("rules", "preview", "--changes", wrong)
    assert (ended.code, ended.out) == (2, "") and "A939" in ended.err


# 2. Great Expectations ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_receipt_names_a_page_of_the_docs_that_reads_in_words(tmp_path: Path) -> None:
    forces = tmp_path / "forces"
    forces.mkdir()
    (forces / f"{FORCE}.toml").write_text(layout(), encoding="utf-8")
    home = tmp_path / "home"
    (home / "inbox" / FORCE).mkdir(parents=True)
    file = home / "inbox" / FORCE / "crime_2018-07.csv"
    file.write_text(export({}, {"Days lost": "2400"}, {"Ref": "AB/18"}), encoding="utf-8")
    ended = outside(tmp_path, "receive", home=home)
    assert ended.code in (0, 1), ended.err
    (receipt,) = [json.loads(path.read_text(encoding="utf-8")) for path in home.rglob("receipt.json")]
    named = receipt["data_docs"]
    page = next((place for place in (home / named, Path(named)) if place.is_file()), None)
    assert page is not None, named
    assert FORCE in named and re.search(r"/20\d\d-\d\d/", named)
    text = re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8"))
    assert "Days lost is not between 0 and 2000" in text or "between 0 and 2000" in text
    assert "C4001" not in text and "1001/18" not in text


# 3. The return pack -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_pack_has_a_receipt_and_a_letter_that_say_the_same(wide: Office) -> None:
    wide.receipt(export({}, {}, {"Date": ""}, first=3001), name="crime_2018-06.csv")
    rows = (
        [{}] * 5
        + [{"Date": ""}] * 3
        + [{"Ref": "AB/18"}]
        + [{"Injury": "Ouch"}] * 4
        + [{"Days lost": "2400"}]
    )
    rows += [{"Service": "90"}]
    receipt = wide.receipt(export(*rows))
    pack = wide.home.returns / FORCE / receipt["drop_id"]
    assert {"receipt.json", "letter.html", "letter.md", "findings.csv"} <= {
        path.name for path in pack.iterdir()
    }
    assert json.loads((pack / "receipt.json").read_text(encoding="utf-8"))["findings"] == receipt["findings"]
    for name in ("letter.md", "letter.html"):
        letter = re.sub(r"<[^>]+>", " ", (pack / name).read_text(encoding="utf-8"))
        flat = " ".join(letter.split())
        assert re.search(r"received\W+15\b", flat, re.I), flat[:600]
        assert re.search(r"accepted\W+11\b", flat, re.I) and re.search(r"held back\W+4\b", flat, re.I)
        assert flat.count("Worth ") == 3, "three things to mend first, and what each is worth"
        assert re.search(r"Worth 3 rows", flat) and re.search(r"Worth 1 row\b", flat)
        assert re.search(r"by \w+ \d+ \w+ 20\d\d", flat), "the deadline"
        assert re.search(
            r"month|June|before", flat.split("Mend these first")[0] + flat.split("see receipt")[-1]
        )
    html = (pack / "letter.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", html) and "<script" not in html


@pytest.mark.slow
def test_a_letter_shows_a_hostile_value_as_text(wide: Office, collate: Told, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    judged(collate, tmp_path, export(*[{"Injury": hostile}] * 3), "--out", tmp_path / "out")
    assert hostile not in (tmp_path / "out" / "letter.html").read_text(encoding="utf-8")
    assert hostile not in (tmp_path / "out" / "letter.md").read_text(encoding="utf-8")


SEEDS = {
    "Injury": "Ouch",
    "Days lost": "2400",
    "Service": "90",
    "Time": "25:10",
    "Hate": "Perhaps",
    "Crew": "Pair",
    "Outcome": "77",
    "Age": "Old",
}


@pytest.mark.slow
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sets(st.tuples(st.integers(0, 24), st.sampled_from(sorted(SEEDS))), max_size=30),
    st.integers(0, 3),
)
def test_k_seeded_faults_mark_k_cells_and_no_other_value_is_touched(
    wide: Office, collate: Told, tmp_path: Path, faults: set[tuple[int, str]], above: int
) -> None:
    rows = crimes(*[{} for _ in range(25)])
    for number, name in faults:
        rows[number][name] = SEEDS[name]
    file = workbook(tmp_path / "crime_2018-07.xlsx", rows, above)
    place = tmp_path / "marked"
    shutil.rmtree(place, ignore_errors=True)
    out = tmp_path / "out"
    ended = collate("check", file, "--force", FORCE, "--marked", place, "--out", out, "--as-of", DAY)
    assert ended.code in (0, 1), ended.err
    (marked,) = [path for path in place.rglob("*") if path.is_file()]
    sent, back = openpyxl.load_workbook(file), openpyxl.load_workbook(marked)
    assert back.sheetnames[:2] == sent.sheetnames
    wide_of = len(ROW)
    for name in sent.sheetnames:
        for line in sent[name].iter_rows():
            for cell in line:
                assert back[name][cell.coordinate].value == cell.value, (name, cell.coordinate)
    sheet = back["Crimes"]
    places = {
        (cell.row, cell.column) for line in sheet.iter_rows() for cell in line if cell.comment is not None
    }
    columns = list(ROW)
    seeded = {(above + 2 + number, columns.index(name) + 1) for number, name in faults}
    assert {each for each in places if each[1] <= wide_of} == seeded
    for row, column in seeded:
        coloured, plain = sheet.cell(row, column).fill, sheet.cell(above + 1, 1).fill
        assert coloured.fgColor.rgb != plain.fgColor.rgb and coloured.fill_type == "solid"
    header = {
        sheet.cell(above + 1, column).value: column for column in range(wide_of + 1, sheet.max_column + 1)
    }
    status = next(column for title, column in header.items() if title and "status" in title)
    key = next(column for title, column in header.items() if title and "row" in title)
    for number in range(25):
        line = above + 2 + number
        assert str(sheet.cell(line, key).value) == str(line)
        asked = any(row == number for row, _ in faults)
        assert (sheet.cell(line, status).value != "accepted") == asked
    # Every cell of findings.csv is the cell of the sheet that holds the value.
    assert (out / "findings.csv").exists() == bool(faults)
    for finding in listed(out / "findings.csv") if faults else []:
        assert finding["sheet"] == "Crimes"
        assert str(sent["Crimes"][finding["cell"]].value) == finding["value"]
        assert finding["reference"] == rows[int(finding["row"]) - above - 2]["Ref"]


@pytest.mark.slow
def test_a_csv_comes_back_as_a_csv_with_columns_added(wide: Office, collate: Told, tmp_path: Path) -> None:
    content = export({}, {"Injury": "Ouch"}, {"Date": ""}, {"MO": 'said "no", left\nfast'})
    judged(collate, tmp_path, content, "--marked", tmp_path / "marked")
    (marked,) = (tmp_path / "marked").iterdir()
    assert marked.suffix == ".csv"
    sent = list(csv.reader(io.StringIO(content)))
    back = list(csv.reader(io.StringIO(marked.read_text(encoding="utf-8"))))
    assert [line[: len(ROW)] for line in back] == sent
    added = [line[len(ROW) :] for line in back]
    assert all(len(line) == len(added[0]) for line in added)
    assert [line[0] for line in added[1:]] == ["accepted", "query", "held back", "accepted"]


@pytest.mark.slow
def test_no_file_of_the_pack_starts_a_formula(wide: Office, collate: Told, tmp_path: Path) -> None:
    hostile = [f"{start}HYPERLINK('http://x')" for start in ("=", "+", "-", "@", "\t=")]
    rows = export(
        *[{"Injury": each, "Days lost": each, "Ref": each, "Station": each} for each in hostile], {}
    )
    receipt = judged(collate, tmp_path, rows, "--out", tmp_path / "out")
    assert broken(receipt, "injury.unexplained") == [2, 3, 4, 5, 6]
    for name in ("findings.csv", "transform_map.csv"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "HYPERLINK" in text, name
        for line in csv.reader(io.StringIO(text, newline="")):
            assert [cell for cell in line if cell.startswith(("=", "+", "@", "\t", "\r", "-H"))] == [], name


@pytest.mark.slow
def test_a_header_that_is_a_formula_does_not_become_one(wide: Office, collate: Told, tmp_path: Path) -> None:
    force = wide.forces / f"{FORCE}.toml"
    force.write_text(layout().replace('column = "Injury"', 'column = "=2+5"'), encoding="utf-8")
    rows = export({"Injury": "Ouch"}, {}).replace("Injury", "=2+5", 1)
    receipt = judged(collate, tmp_path, rows, "--out", tmp_path / "out", "--marked", tmp_path / "marked")
    assert broken(receipt, "injury.unexplained") == [2]
    for name in ("findings.csv", "transform_map.csv"):
        for line in csv.reader(io.StringIO((tmp_path / "out" / name).read_text(encoding="utf-8"))):
            assert [cell for cell in line if cell.startswith("=")] == [], name
    (marked,) = (tmp_path / "marked").iterdir()
    for line in csv.reader(io.StringIO(marked.read_text(encoding="utf-8"))):
        assert [cell for cell in line[len(ROW) :] if cell.startswith("=")] == []


@pytest.mark.slow
def test_a_workbook_that_comes_back_holds_no_formula_that_was_not_sent(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    rows = crimes({"Injury": "Ouch"}, {})
    file = workbook(tmp_path / "crime_2018-07.xlsx", rows)
    book = openpyxl.load_workbook(file)
    cell = book["Crimes"].cell(2, list(ROW).index("Injury") + 1)
    cell.value, cell.data_type = "=HYPERLINK('http://x')", "s"
    book.save(file)
    ended = collate("check", file, "--force", FORCE, "--marked", tmp_path / "marked", "--as-of", DAY)
    assert ended.code in (0, 1), ended.err
    (marked,) = (tmp_path / "marked").iterdir()
    sheet = openpyxl.load_workbook(marked)["Crimes"]
    formulas = [cell.coordinate for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]
    assert formulas == []


@pytest.mark.slow
def test_findings_are_uncapped_and_each_says_where_what_and_why(
    wide: Office, collate: Told, tmp_path: Path
) -> None:
    rows = [{"Injury": "Ouch", "Days lost": "2400", "Service": "75"}] * 1500
    receipt = judged(collate, tmp_path, export(*rows), "--out", tmp_path / "out")
    found = listed(tmp_path / "out" / "findings.csv")
    assert len(found) == receipt["findings_total"] == sum(receipt["findings_by_rule"].values())
    by_rule = Counter(each["rule"] for each in found)
    for rule in ("injury.unexplained", "days_lost.out_of_range", "length_of_service_years.out_of_range"):
        assert by_rule[rule] == 1500
    wanted = ("file", "sheet", "row", "cell", "reference", "column", "value", "expected", "difference", "rule",
              "code", "message", "severity")  # fmt: skip
    assert [name for name in wanted if name not in found[0]] == []
    one = next(each for each in found if each["row"] == "3" and each["rule"] == "days_lost.out_of_range")
    assert (one["file"], one["reference"], one["column"], one["value"]) == (
        "crime_2018-07.csv", "1002/18", "Days lost", "2400",
    )  # fmt: skip
    assert "2000" in one["expected"] and "400" in one["difference"]
    assert (one["severity"], one["code"]) == ("query", "A039")


@pytest.mark.slow
def test_what_leaves_the_force_has_no_value(
    wide: Office, collate: Told, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = ("Zqxsentinel", "9871/18", "KZ99871")
    wide.drop(export({}, {"Injury": secrets[0], "Ref": secrets[1], "Collar": secrets[2], "Date": ""}))
    wide.drop(export({"Injury": secrets[0], "Force": "Cleveland"}, first=3001), force=OTHER_FORCE)
    received = collate("receive")
    released = collate("release", "--month", "2018-07")
    shown = received.out + received.err + released.out + released.err + caplog.text
    for command in (("status",), ("status", "--drift"), ("status", "--rules"), ("status", "--json")):
        ended = collate(*command)
        shown += ended.out + ended.err
    root = wide.home.root
    national = texts_under(root / "releases", ".json", ".csv", ".md", ".html")
    ledger = b"".join(path.read_bytes() for path in root.glob("ledger*")).decode("utf-8", "replace")
    for path in (root / "releases").rglob("*.parquet"):
        national += str(pq.ParquetFile(path).read().to_pylist())
    for secret in secrets:
        assert secret not in shown and secret not in ledger and secret not in national, secret
    mine, theirs = texts_under(root / "returns" / FORCE), texts_under(root / "returns" / OTHER_FORCE)
    assert "1001/18" not in theirs and "3001/18" not in mine


def rows_and_rules(collate: Told, file: Path, out: Path) -> Counter[tuple[str, str]]:
    ended = collate("check", file, "--force", FORCE, "--book", "crime", "--out", out, "--as-of", DAY)
    assert ended.code in (0, 1), ended.err
    return Counter((each["row"], each["rule"]) for each in listed(out / "findings.csv") if each["row"])


@pytest.mark.slow
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(-4, len(FAULTS) - 1), min_size=3, max_size=25))
def test_a_shared_copy_fails_alike_and_has_no_value_of_the_original(
    wide: Office, collate: Told, tmp_path: Path, picked: list[int]
) -> None:
    rows = [
        {"Date": f"{1 + number % 28:02}/07/2018", "Recorded": "28/07/2018", "Station": f"Featherstone {number}",
         "MO": f"hit by Okafor {number}", "Collar": f"K{5000 + 7 * number}", "Ref": f"{73101 + 13 * number}/18",
         **(FAULTS[each] if each >= 0 else {})}
        for number, each in enumerate(picked)
    ]  # fmt: skip
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export(*rows), encoding="utf-8")
    out = tmp_path / "shared"
    shutil.rmtree(out, ignore_errors=True)
    ended = collate("share", file, "--force", FORCE, "--out", out, "--as-of", DAY)
    assert ended.code == 0, ended.err
    copy = out / file.name
    assert rows_and_rules(collate, copy, tmp_path / "b") == rows_and_rules(collate, file, tmp_path / "a")
    text = copy.read_text(encoding="utf-8")
    values = {row[name] for row in rows for name in ("Ref", "Collar", "Station", "MO")}
    values |= {row["Injury"] for row in rows if row.get("Injury") == "Ouch"}
    assert [value for value in values if value in text] == []
    assert "Okafor" not in text and "Featherstone" not in text


# 4. Self-check ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_check_says_what_receiving_then_says(wide: Office, collate: Told, tmp_path: Path) -> None:
    wide.receipt(reports({}, {"Report no": "HS-18", "Hurt": "Slight"}), name="reports_2018-07.csv")
    wide.receipt(export(*days(6, 30), first=5001), name="crime_2018-06.csv")
    changes = [*FAULTS, {"Report": "HS-71"}, {"Report": "HS-18"}, {"Ref": "5003/18"}, {}]
    content = export(*[{**change, "Note of station": "tidy"} for change in changes])
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(content, encoding="utf-8")
    lying = wide.at_rest()
    ended = collate("check", file, "--force", FORCE, "--json")
    checked = json.loads(ended.out)
    assert wide.at_rest() == lying and wide.left_over() == []
    received = wide.receipt(content)
    for part in ("findings", "findings_by_rule", "causes", "rules", "accepted", "held", "unexpected_columns", "drop_id",
                 "line_sums", "noticed", "drift", "personal_data"):  # fmt: skip
        assert checked[part] == received[part], part
    assert ended.code == 1


@pytest.mark.slow
def test_exit_codes_and_streams_are_as_promised(wide: Office, collate: Told, tmp_path: Path) -> None:
    def check(content: str | bytes, name: str = "crime_2018-07.csv") -> Ended:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return collate("check", file, "--force", FORCE, "--json", "--as-of", DAY)

    assert check(export({})).code == 0
    assert check(export({"Injury": "Ouch"})).code == 0, "a query holds nothing"
    assert check(export({"Date": ""})).code == 1
    for refused in (check(b""), check(export({}), "letters_2018-07.csv"), check(b"\x00\x01\x02" * 50)):
        assert refused.code == 2
        assert "Traceback" not in refused.err + refused.out
        assert refused.err.strip() or json.loads(refused.out)
    missing = collate("check", tmp_path / "nothing.csv", "--force", FORCE)
    assert missing.code == 2 and "nothing.csv" in missing.err
    unknown = collate("check", tmp_path / "crime_2018-07.csv", "--force", "north_yorkshir")
    assert unknown.code == 2 and FORCE in unknown.out + unknown.err


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 600), st.binary(max_size=12), st.integers(0, 40))
def test_no_mangled_file_shows_a_traceback_or_loses_a_line(
    wide: Office, collate: Told, tmp_path: Path, place: int, junk: bytes, cut: int
) -> None:
    whole = export({}, {"Injury": "Ouch"}, {"MO": 'a "quoted" one'}).encode()
    content = whole[:place] + junk + whole[place + cut :]
    file = tmp_path / "crime_2018-07.csv"
    file.write_bytes(content)
    ended = collate("check", file, "--force", FORCE, "--json", "--as-of", DAY)
    assert ended.code in (0, 1, 2), ended.err
    assert "Traceback" not in ended.err
    if ended.code < 2:
        receipt = json.loads(ended.out)
        assert receipt["lines"] == sum(receipt["line_sums"].values())
        parts = ("accepted", "held", "duplicates", "out_of_scope")
        assert receipt["rows"] == sum(receipt[name] for name in parts)


@pytest.mark.slow
def test_the_terminal_shows_sums_causes_and_cells(wide: Office, collate: Told, tmp_path: Path) -> None:
    rows = crimes({}, {"Injury": "Ouch"}, {"Date": ""}, {"Injury": "Ouch"})
    file = workbook(tmp_path / "crime_2018-07.xlsx", rows, above=2)
    ended = collate("check", file, "--force", FORCE, "--as-of", DAY, "--marked", tmp_path / "marked")
    assert ended.code == 1
    assert "3 of 4 rows accepted, 1 held back" in ended.out
    letter = openpyxl.utils.get_column_letter(list(ROW).index("Injury") + 1)
    assert f"{letter}5" in ended.out, "the first example is named by its cell"
    (marked,) = (tmp_path / "marked").iterdir()
    assert str(marked) in ended.out


def outside(
    folder: Path, *words: object, home: Path | None = None, before: str = "", after: str = ""
) -> Ended:
    """Return how a command ends in a process of its own, with some Python before and after it."""
    home = home or folder / "home"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COLLATE_", "AIRFLOW"))}
    settings = {
        "COLLATE_HOME": str(home),
        "COLLATE_FORCES": str(folder / "forces"),
        "COLLATE_SETTLE_SECONDS": "0",
        "COLLATE_PSEUDONYM_KEY": "a key that only the tests know",
        "NO_COLOR": "1",
    }
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
{before}
from pipeline.cli import main
sys.argv = {["collate", *map(str, words)]!r}
try:
    main()
finally:
    pass
    {after}
"""
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=kept | settings,
        cwd=folder,
        timeout=300,
    )
    return Ended(ran.returncode, ran.stdout, ran.stderr)


NO_NETWORK = """
import socket
def refuse(*_, **__):
    raise RuntimeError("the network was asked for")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
"""


@pytest.mark.slow
def test_a_check_needs_no_airflow_no_network_and_no_installation_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "forces").mkdir()
    (tmp_path / "forces" / f"{FORCE}.toml").write_text(layout(), encoding="utf-8")
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export({}, {"Date": ""}), encoding="utf-8")
    after = 'loud = [n for n in ("airflow", "great_expectations", "pyspark") if n in sys.modules]; assert not loud, loud'
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    ended = outside(tmp_path, "check", file, "--force", FORCE, "--json", before=NO_NETWORK, after=after)
    assert ended.code == 1, ended.err
    assert json.loads(ended.out)["held"] == 1
    # Python may keep the time of a folder; nothing else may be new, and nothing else other.
    left = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert {path for path in left if left[path] != before.get(path) and path.is_file()} == set()
    assert set(left) == set(before)
