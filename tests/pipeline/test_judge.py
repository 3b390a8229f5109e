"""Judging a file: its period, its sums, its findings, and who is held whole."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from pipeline.judge import judge
from pipeline.judgement import Judgement
from schemas.force import Book, load_force
from tests.office import COLUMNS, FORCE, MAPPED, export, force_file

AS_OF = date(2026, 1, 1)


def book_of(folder: Path, mapped: str = MAPPED, options: str = "", tables: str = "") -> Book:
    path = folder / f"{FORCE}.toml"
    path.write_text(
        force_file("North Yorkshire Police", "North Yorkshire", mapped, options, tables), encoding="utf-8"
    )
    return load_force(path).books["crime"]


def judged(book: Book, folder: Path, content: str, name: str = "crime_2018-07.csv") -> Judgement:
    (folder / name).write_text(content, encoding="utf-8")
    return judge(folder / name, name, book, "the drop", b"key", AS_OF, folder)


def test_a_file_called_nil_that_has_rows_is_no_nil_return(tmp_path: Path) -> None:
    judgement = judged(book_of(tmp_path), tmp_path, export({}), "crime_2018-07_nil.csv")
    assert (judgement.is_nil, judgement.sums.accepted) == (False, 1)


@pytest.mark.slow
def test_rows_outside_the_stated_period_are_queried_and_accepted(tmp_path: Path) -> None:
    judgement = judged(
        book_of(tmp_path), tmp_path, export({}, {"Date": "30/06/2018"}, {"Date": "01/08/2018"})
    )
    assert [(each["row"], each["rule"]) for each in judgement.listed if each["field"] == "occurred_on"] == [
        (3, "occurred_on.outside_period"),
        (4, "occurred_on.outside_period"),
    ]
    assert judgement.sums.accepted == 3


@pytest.mark.slow
def test_a_file_that_states_no_period_covers_the_months_of_its_records(tmp_path: Path) -> None:
    content = export({"Date": "30/06/2018", "Recorded": ""}, {"Date": "02/08/2018", "Recorded": ""})
    judgement = judged(book_of(tmp_path), tmp_path, content, "crime_latest.csv")
    assert (judgement.period, judgement.stated_period) == ((date(2018, 6, 1), date(2018, 8, 31)), None)


@pytest.mark.slow
def test_findings_at_rest_stand_in_the_order_of_the_file_with_row_column_and_value(tmp_path: Path) -> None:
    judgement = judged(
        book_of(tmp_path),
        tmp_path,
        export({"Injury": "Ouch"}, {}, {"Days lost": "3.5", "Date": "31/02/2018"}),
    )
    assert judgement.findings_file is not None
    with judgement.findings_file.open(encoding="utf-8", newline="") as lines:
        rows = [(row["row"], row["column"], row["rule"], row["value"]) for row in csv.DictReader(lines)]
    assert rows == [
        ("2", "Injury", "injury.unexplained", "Ouch"),
        ("4", "Date", "occurred_on.unexplained", "31/02/2018"),
        ("4", "Days lost", "days_lost.unexplained", "3.5"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("formula", ["=cmd|'/c calc'!A1", "+1+1", "@SUM(A1)", "-x", "\tx"])
def test_a_value_in_the_findings_is_no_formula_to_a_spreadsheet(tmp_path: Path, formula: str) -> None:
    judgement = judged(book_of(tmp_path), tmp_path, export({"Injury": formula}))
    assert judgement.findings_file is not None
    with judgement.findings_file.open(encoding="utf-8", newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert row["value"][0] not in "=+@-\t"


@pytest.mark.slow
def test_held_records_say_which_rules_they_broke_and_what_was_sent(tmp_path: Path) -> None:
    judgement = judged(book_of(tmp_path), tmp_path, export({}, {"Date": "31/02/2018", "Injury": "Ouch"}))
    assert judgement.held is not None
    (record,) = pq.ParquetFile(judgement.held).read().to_pylist()
    assert record["row_number"] == 3
    assert record["rules"] == ["occurred_on.unexplained", "injury.unexplained"]
    sent = dict(record["sent"])
    assert (sent["occurred_on"], sent["injury"]) == ("31/02/2018", "Ouch")
    assert "victim_id" not in sent


@pytest.mark.slow
def test_a_drop_whose_rows_are_all_sound_has_no_held_file_and_no_findings(tmp_path: Path) -> None:
    judgement = judged(book_of(tmp_path), tmp_path, export({}, {}))
    assert (judgement.held, judgement.findings_file, judgement.listed) == (None, None, [])


SIDE_BY_SIDE = (
    MAPPED.replace('"Collar"', '"Collar {n}"')
    .replace('"Injury"', '"Injury {n}"')
    .replace('"Role"', '"Role {n}"')
)
WIDE = (
    *(c for c in COLUMNS if c not in ("Collar", "Injury", "Role")),
    "Collar 1",
    "Injury 1",
    "Role 1",
    "Collar 2",
    "Injury 2",
    "Role 2",
)
PAIR = {
    "Collar 1": "A",
    "Injury 1": "None",
    "Role 1": "Officer",
    "Collar 2": "B",
    "Injury 2": "Slight",
    "Role 2": "PCSO",
}
ALONE = {**PAIR, "Collar 2": "", "Injury 2": "", "Role 2": ""}


@pytest.mark.slow
def test_a_row_of_two_victims_is_one_row_and_two_records(tmp_path: Path) -> None:
    judgement = judged(
        book_of(tmp_path, SIDE_BY_SIDE, "victims = 2"), tmp_path, export(PAIR, ALONE, columns=WIDE)
    )
    sums = judgement.sums
    assert (sums.rows, sums.accepted, sums.records, sums.accepted_records) == (2, 2, 3, 3)
    records = pq.ParquetFile(judgement.accepted).read().to_pylist()
    assert [(r["row_number"], r["victim_number"], r["victim_type"]) for r in records] == [
        (2, 1, "police_officer"), (2, 2, "pcso"), (3, 1, "police_officer"),
    ]  # fmt: skip


@pytest.mark.slow
def test_a_row_of_two_victims_is_held_whole(tmp_path: Path) -> None:
    book = book_of(tmp_path, SIDE_BY_SIDE, "victims = 2")
    judgement = judged(book, tmp_path, export({**PAIR, "Date": "31/02/2018"}, ALONE, columns=WIDE))
    sums = judgement.sums
    assert (sums.rows, sums.accepted, sums.held, sums.held_records) == (2, 1, 1, 2)


@pytest.mark.slow
def test_a_row_of_two_victims_that_repeats_another_is_a_duplicate_of_it(tmp_path: Path) -> None:
    book = book_of(tmp_path, SIDE_BY_SIDE, "victims = 2")
    judgement = judged(book, tmp_path, export(PAIR, {**PAIR, "Ref": "1001/18"}, columns=WIDE))
    sums = judgement.sums
    assert (sums.rows, sums.accepted, sums.duplicate, sums.accepted_records) == (2, 1, 1, 2)


@pytest.mark.slow
def test_a_row_one_of_whose_victims_contradicts_another_row_is_held_whole_with_it(tmp_path: Path) -> None:
    book = book_of(tmp_path, SIDE_BY_SIDE, "victims = 2")
    content = export(PAIR, {**PAIR, "Ref": "1001/18", "Injury 2": "Serious"}, columns=WIDE)
    sums = judged(book, tmp_path, content).sums
    assert (sums.rows, sums.accepted, sums.held, sums.duplicate) == (2, 0, 2, 0)


@pytest.mark.slow
def test_victims_in_rows_of_their_own_are_counted_in_the_order_of_the_file(tmp_path: Path) -> None:
    book = book_of(tmp_path, MAPPED + 'victim_number = { count_within = "source_record_id" }\n')
    same = {"Ref": "1001/18"}
    judgement = judged(
        book,
        tmp_path,
        export(same, {}, {**same, "Collar": "C2"}, {**same, "Date": "31/02/2018"}, {**same, "Collar": "C3"}),
    )
    records = pq.ParquetFile(judgement.accepted).read().to_pylist()
    assert [(r["row_number"], r["source_record_id"], r["victim_number"]) for r in records][:1] == [
        (2, "1001/18", 1)
    ]
    numbers = [r["victim_number"] for r in records if r["source_record_id"] == "1001/18"]
    assert len(numbers) == len(set(numbers)) == 3
    assert numbers == sorted(numbers)
    assert judgement.sums.held == 1


SCOPED = '[[crime.scope]]\ncolumn = "Type"\nin = ["Assault"]\nout = ["Slip", ""]\n'


@pytest.mark.slow
def test_rows_out_of_scope_are_counted_by_the_condition_and_judged_by_no_rule(tmp_path: Path) -> None:
    book = book_of(tmp_path, options=SCOPED)
    content = export(
        {"Type": "Assault"}, {"Type": "Slip", "Date": "31/02/2018"}, {"Type": ""}, {"Type": "Fire"},
        columns=(*COLUMNS, "Type"),
    )  # fmt: skip
    judgement = judged(book, tmp_path, content)
    sums = judgement.sums
    assert (sums.accepted, sums.out_of_scope, sums.held) == (1, 2, 1)
    assert judgement.out_of_scope_by == {"Type": 2}
    assert [(each["row"], each["rule"]) for each in judgement.listed] == [(5, "scope.unexplained")]


@pytest.mark.slow
def test_a_file_whose_rows_are_all_out_of_scope_is_no_nil_return_and_has_an_empty_accepted_file(
    tmp_path: Path,
) -> None:
    book = book_of(tmp_path, options=SCOPED)
    judgement = judged(book, tmp_path, export({"Type": "Slip"}, columns=(*COLUMNS, "Type")))
    assert (judgement.sums.rows, judgement.sums.out_of_scope, judgement.is_nil) == (1, 1, False)
    assert pq.ParquetFile(judgement.accepted).metadata.num_rows == 0


@pytest.mark.slow
def test_a_number_too_large_to_be_one_is_a_finding_and_stops_nothing(tmp_path: Path) -> None:
    cells = ("nan", "inf", "-inf", "1e400", "9" * 40)
    judgement = judged(book_of(tmp_path), tmp_path, export(*({"Days lost": cell} for cell in cells)))
    assert [each["rule"] for each in judgement.listed] == ["days_lost.unexplained"] * len(cells)
    assert judgement.sums.accepted == len(cells)


def test_a_column_that_turns_up_twice_is_not_read_in_place_of_the_other(tmp_path: Path) -> None:
    content = export({}).replace("MO\n", "Injury\n", 1)
    judgement = judged(book_of(tmp_path), tmp_path, content)
    assert judgement.unexpected_columns == ("Injury (2)",)
    (said,) = [each for each in judgement.noticed if each.kind == "column_twice"]
    assert said.sentence.startswith('The file has the column "Injury" twice, and the second was not read')


@pytest.mark.slow
def test_the_key_of_a_table_at_rest_is_unique(tmp_path: Path) -> None:
    rows = [
        {"Ref": f"{1000 + number % 40}/18", "Injury": ("None", "Slight")[number % 3 == 0]}
        for number in range(120)
    ]
    judgement = judged(book_of(tmp_path), tmp_path, export(*rows))
    table: pa.Table = pq.ParquetFile(judgement.accepted).read(["source_record_id", "victim_number"])
    keys = [tuple(row.values()) for row in table.to_pylist()]
    assert len(keys) == len(set(keys))


@pytest.mark.slow
def test_a_locked_workbook_is_judged_with_the_password_of_its_own_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook, plain = openpyxl.Workbook(), io.BytesIO()
    for row in csv.reader(io.StringIO(export({}, {}))):
        workbook.active.append(row)
    workbook.save(plain)
    path = tmp_path / "crime_2018-07.xlsx"
    with path.open("wb") as locked:
        OOXMLFile(plain).encrypt("s3cret", locked)
    monkeypatch.setenv("COLLATE_PASSWORD", "another force's")
    monkeypatch.setenv(f"COLLATE_PASSWORD_{FORCE.upper()}", "s3cret")
    judgement = judge(path, path.name, book_of(tmp_path), "the drop", b"key", AS_OF, tmp_path)
    assert judgement.sums.rows == 2
    assert [noticed.kind for noticed in judgement.noticed] == ["locked"]


@pytest.mark.slow
def test_a_row_without_a_victims_number_that_repeats_another_is_its_duplicate(tmp_path: Path) -> None:
    # What is missing is the same as what is missing, whatever SQL says of null.
    mapped = MAPPED.replace(
        'district = { column = "Station" }', 'victim_number = { column = "Station", missing = ["none"] }'
    )
    row = {"Ref": "1001/18", "Station": "none", "Days lost": "two"}
    sums = judged(book_of(tmp_path, mapped), tmp_path, export(row, row)).sums
    assert (sums.rows, sums.accepted, sums.duplicate) == (2, 1, 1)
