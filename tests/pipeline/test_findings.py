"""findings.csv: every finding, with the cell, the force's own reference, what was expected and how far off it is."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import openpyxl
import pyarrow as pa
import pytest

from pipeline.engine import Engine, open_engine
from pipeline.findings import listed
from pipeline.harmless import harmless_text
from pipeline.pointed import EXPECTED, EXPECTED_OF_DROP
from schemas.beyond import AGREEING, BEYOND
from schemas.catalogue import code_of
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED
from schemas.whole_drop import DROP_RULES
from tests.office import COLUMNS, FORCE, ROW, Office, export
from tests.pipeline.test_judge import book_of, judged
from transforms.functions import BETWEEN_WORDS

HEADER = [
    "file", "sheet", "row", "cell", "reference", "victim", "field", "column", "value", "expected", "difference",
    "rule", "code", "severity", "message", "mend", "answer",
]  # fmt: skip
ROWS = [
    {},
    {"Date": "10/07/2118", "Ref": "1002/18"},
    {"Recorded": "01/07/2018"},
    {"Days lost": "2400"},
    {"Date": "02/08/2018", "Recorded": "03/08/2018"},
    {"Injury": "=1+1"},
    {"Ref": "WRONG", "Date": "31/02/2018"},
    {"Ref": "1001/18"},
]


def findings(collate: Callable[..., Any], file: Path, out: Path) -> list[dict[str, str]]:
    ended = collate("check", file, "--force", FORCE, "--book", "crime", "--out", out, "--as-of", "2018-08-10")
    assert ended.code in (0, 1), ended.err
    with (out / "findings.csv").open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        assert reader.fieldnames == HEADER
        return list(reader)


def told(found: list[dict[str, str]], row: int, rule: str) -> Mapping[str, str]:
    (only,) = [each for each in found if each["row"] == str(row) and each["rule"] == rule]
    return only


@pytest.mark.slow
def test_a_finding_in_a_text_has_its_column_reference_and_measure(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export(*ROWS), encoding="utf-8")
    found = findings(collate, file, tmp_path / "out")
    future = told(found, 3, "occurred_on.in_future")
    assert future["file"] == "crime_2018-07.csv"
    assert (future["sheet"], future["cell"], future["reference"]) == ("", "2", "1002/18")
    assert (future["value"], future["expected"]) == ("10/07/2118", "10 August 2018 or before")
    assert future["difference"] == "36493 days after 10 August 2018"
    assert future["code"] == code_of("occurred_on.in_future")
    early = told(found, 4, "recorded_on.too_early")
    assert (early["cell"], early["difference"]) == ("4", "2 days before the date of the assault")
    days = told(found, 5, "days_lost.out_of_range")
    assert (days["cell"], days["expected"], days["difference"]) == ("11", "0 to 2000", "400 over 2000")
    outside = told(found, 6, "occurred_on.outside_period")
    assert outside["difference"] == "2 days after 31 July 2018"
    assert outside["expected"] == "1 July 2018 to 31 July 2018"
    word = told(found, 7, "injury.unexplained")
    assert (word["value"], word["expected"]) == ("'=1+1", "one of None, Slight, Serious")
    assert told(found, 8, "source_record_id.pattern")["reference"] == "WRONG"
    assert told(found, 8, "occurred_on.unexplained")["difference"] == ""


@pytest.mark.slow
def test_a_finding_in_a_workbook_has_the_cell(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "July"
    for row, values in enumerate([dict(zip(COLUMNS, COLUMNS, strict=True)), *ROWS], 3):
        whole = {**ROW, "Ref": f"{998 + row}/18", "Force": "North Yorkshire", **values}
        for place, name in enumerate(COLUMNS, 2):
            sheet.cell(row, place).value = whole[name]
            sheet.cell(row, place).data_type = "s"
    book.save(tmp_path / "crime_2018-07.xlsx")
    found = findings(collate, tmp_path / "crime_2018-07.xlsx", tmp_path / "out")
    future = told(found, 5, "occurred_on.in_future")
    assert (future["sheet"], future["cell"]) == ("July", "C5")
    assert sheet["C5"].value == "10/07/2118"
    assert told(found, 9, "injury.unexplained")["cell"] == "J9"


@pytest.mark.slow
def test_a_receipt_gives_code_and_cell(office: Office, collate: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export(*ROWS), encoding="utf-8")
    findings(collate, file, tmp_path / "out")
    import json

    receipt = json.loads((tmp_path / "out" / "receipt.json").read_text(encoding="utf-8"))
    seen = {each["rule"]: (each["code"], each["cell"]) for each in receipt["findings"]}
    assert seen["injury.unexplained"] == (code_of("injury.unexplained"), "9")


@pytest.mark.parametrize("text", ["=1", "+1", "@a", "-1+cmd|' /C calc'!A0", "-x", "-", "\t=1", "\n=1", "＝1"])
def test_what_a_spreadsheet_takes_for_a_formula_is_kept_from_being_one(text: str) -> None:
    assert harmless_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "-1.5", "-1,000", "a=1", "", "1-2"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert harmless_text(text) == text


@pytest.mark.slow
def test_a_million_findings_are_listed_and_counted(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    rows = 200_000
    # Each victim another, or rules that look at several rows would speak too.
    wrong = {
        "Collar": "@",
        "Injury": "Ouch",
        "Spat at": "Maybe",
        "Days lost": "many",
        "Factors": "Moon",
        "Role": "Boss",
    }
    file = tmp_path / "crime_2018-07.csv"
    head, line = export({**wrong, "Ref": "@/18"}).splitlines()
    with file.open("w", encoding="utf-8") as text:
        text.write(f"{head}\n")
        text.writelines(line.replace("@", str(100_000 + number)) + "\n" for number in range(rows))
    ended = collate("check", file, "--force", FORCE, "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    by_rule: Counter[str] = Counter()
    last = 0
    with (tmp_path / "out" / "findings.csv").open(encoding="utf-8", newline="") as lines:
        for each in csv.DictReader(lines):
            if each["row"]:
                assert int(each["row"]) >= last
                last = int(each["row"])
                assert each["reference"] == f"{100_000 + last - 2}/18"
                by_rule[each["rule"]] += 1
    for name in ("injury", "spat_at", "days_lost", "impact_factors", "victim_type"):
        assert by_rule[f"{name}.unexplained"] == rows
    assert last == rows + 1


def test_every_rule_without_a_measure_of_its_own_says_what_is_expected() -> None:
    assert {rule.constraint.name for rule in DROP_RULES} == {*EXPECTED_OF_DROP}
    said = {*EXPECTED} | {rule.constraint.name for rule in AGREEING}
    assert {rule.constraint.name for rule in (*BEYOND, REPEATED, DUPLICATE, REFUSED_LINE)} <= said


def test_only_what_was_found_is_put_into_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    write = Engine.write_csv

    def written(engine: Engine, expression: ir.Table, path: Path) -> int:
        asked.append(engine.sql(expression))
        return write(engine, expression, path)

    monkeypatch.setattr(Engine, "write_csv", written)
    judgement = judged(book_of(tmp_path), tmp_path, export({}, {"Injury": "Ouch"}))
    assert [(each["row"], each["rule"]) for each in judgement.listed] == [(3, "injury.unexplained")]
    (question,) = asked
    assert "injury.unexplained" in question
    assert "days_lost.unexplained" not in question


def test_texts_are_looked_up_by_place_whatever_stands_in_them(tmp_path: Path) -> None:
    with open_engine(tmp_path) as engine:
        places = engine.read_small("places", pa.table({"place": [2, 0, 1]}))
        for texts in (["a", "", "c"], [f"a{BETWEEN_WORDS}b", "", "c"], ["it's", '"', "=1\n"]):
            found = places.select(text=listed(texts)[places.place])
            assert [each["text"] for each in engine.rows(found)] == [texts[2], texts[0], texts[1]]
