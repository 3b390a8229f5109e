"""What a spreadsheet did to a file, mended as the force's file states, and said: through `collate check`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from pipeline.judge import judge
from pipeline.judgement import Judgement
from schemas.force import load_force
from tests.office import COLUMNS, FORCE, MAPPED, ROW, Office, export, force_file

AS_OF = date(2026, 1, 1)


def mapped_with(**fields: str) -> str:
    """Return the mapped fields of `ROW`, some of them as told."""
    lines = [line for line in MAPPED.strip().splitlines() if line.partition(" ")[0] not in fields]
    return "\n".join([*lines, *(f"{name} = {{ {said} }}" for name, said in fields.items())])


@pytest.fixture
def check(office: Office, collate: Callable[..., Any], tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Return the receipt of rows, or of a file, as `collate check` gives it under a force's file."""

    def run(content: str | Path, **fields: str) -> dict[str, Any]:
        text = force_file("North Yorkshire Police", "North Yorkshire", mapped_with(**fields))
        (office.forces / f"{FORCE}.toml").write_text(text.replace("crime_*.csv", "crime_*"), encoding="utf-8")
        path = content if isinstance(content, Path) else tmp_path / "crime_2018-07.csv"
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        ended = collate("check", path, "--force", FORCE, "--json")
        assert ended.code in (0, 1), ended.out + ended.err
        receipt: dict[str, Any] = json.loads(ended.out)
        return receipt

    return run


def mended(receipt: Mapping[str, Any], name: str) -> list[tuple[int, str, str]]:
    """Return the row, the value as sent and the value kept of each mend of a field."""
    notes = [each for each in receipt["findings"] if each["rule"] == f"{name}.mended"]
    assert all(each["severity"] == "note" for each in notes)
    assert receipt["findings_by_rule"].get(f"{name}.mended", 0) == len(notes)
    return [
        (each["row"], each["value"], each["message"].rpartition("It is read as ")[2].rstrip("."))
        for each in notes
    ]


def kinds(receipt: Mapping[str, Any]) -> set[str]:
    return {each["kind"] for each in receipt["noticed"]}


def kept(folder: Path, content: str, mapped: str = MAPPED, options: str = "") -> list[dict[str, Any]]:
    """Return the accepted records of a file."""
    path = folder / f"{FORCE}.toml"
    path.write_text(
        force_file("North Yorkshire Police", "North Yorkshire", mapped, options), encoding="utf-8"
    )
    (folder / "crime_2018-07.csv").write_text(content, encoding="utf-8")
    book = load_force(path).books["crime"]
    found: Judgement = judge(
        folder / "crime_2018-07.csv", "crime_2018-07.csv", book, "d", b"k", AS_OF, folder
    )
    assert found.accepted is not None
    records: list[dict[str, Any]] = pq.read_table(found.accepted).to_pylist()
    return records


@pytest.mark.slow
def test_a_day_number_is_held_with_its_likely_reading_until_the_mend_is_stated(check: Any) -> None:
    content = export({}, {"Date": "43285"}, *({} for _ in range(30)))
    receipt = check(content)
    (finding,) = [each for each in receipt["findings"] if each["rule"] == "occurred_on.unexplained"]
    assert (finding["row"], receipt["held"]) == (3, 1)
    assert "it would be 4 July 2018" in finding["message"]
    assert 'mend = { serial_dates = "1900" }' in finding["message"]
    assert kinds(receipt) == {"serial_dates"}

    receipt = check(content, occurred_on='column = "Date", mend = { serial_dates = "1900" }')
    assert mended(receipt, "occurred_on") == [(3, "43285", "2018-07-04")]
    assert (receipt["accepted"], receipt["held"], kinds(receipt)) == (32, 0, set())


@pytest.mark.slow
def test_a_workbook_that_counts_from_1904_is_read_by_its_own_days(check: Any) -> None:
    content = export({"Date": "41822"}, {"Date": "41823.5"})
    receipt = check(content, occurred_on='column = "Date", mend = { serial_dates = "1904" }')
    assert mended(receipt, "occurred_on") == [(2, "41822", "2018-07-03"), (3, "41823.5", "2018-07-04")]


@pytest.mark.slow
def test_day_and_month_swapped_in_the_date_cells_of_a_sheet_are_put_back(check: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(COLUMNS))
    for number, day in enumerate((*range(13, 28), 3, 4)):
        row = {**ROW, "Ref": f"{1001 + number}/18", "Force": "North Yorkshire", "Recorded": ""}
        said: Any = date(2018, day, 7) if day < 13 else f"{day:02}/07/2018"
        sheet.append([{**row, "Date": said}[column] for column in COLUMNS])
    book.save(tmp_path / "crime_2018-07.xlsx")

    receipt = check(tmp_path / "crime_2018-07.xlsx")
    assert "swapped_dates" in kinds(receipt)
    receipt = check(
        tmp_path / "crime_2018-07.xlsx", occurred_on='column = "Date", mend = { swapped_dates = true }'
    )
    assert [(row, standard) for row, _, standard in mended(receipt, "occurred_on")] == [
        (17, "2018-07-03"),
        (18, "2018-07-04"),
    ]
    assert "swapped_dates" not in kinds(receipt)
    assert receipt["findings_by_rule"].get("occurred_on.outside_period", 0) == 0


@pytest.mark.slow
def test_lost_leading_noughts_of_a_reference_are_put_back_and_lost_digits_hold_the_row(check: Any) -> None:
    rows = [
        {"Ref": "001234"},
        {"Ref": "1235"},
        {"Ref": "1.23E+15"},
        {"Ref": "123456789012345000"},
        {"Ref": ""},
    ]
    receipt = check(export(*rows), source_record_id='column = "Ref", mend = { leading_zeros = 6 }')
    assert mended(receipt, "source_record_id") == [(3, "1235", "001235")]
    held = {
        (each["row"], each["rule"], each["value"])
        for each in receipt["findings"]
        if each["severity"] == "error"
    }
    assert held == {
        (4, "source_record_id.unexplained", "1.23E+15"),
        (5, "source_record_id.unexplained", "123456789012345000"),
        (6, "source_record_id.required", None),
    }


@pytest.mark.slow
def test_what_is_kept_is_the_mended_reference_and_the_same_one_is_the_same_record(tmp_path: Path) -> None:
    mapped = mapped_with(source_record_id='column = "Ref", mend = { leading_zeros = 6 }')
    records = kept(
        tmp_path, export({"Ref": "1234"}, {"Ref": "001234", "Collar": "C4471"}, {"Ref": "A1"}), mapped
    )
    assert [(each["row_number"], each["source_record_id"]) for each in records] == [(2, "001234"), (4, "A1")]


@pytest.mark.slow
def test_lost_noughts_of_an_offence_code_and_of_a_time_are_put_back(check: Any) -> None:
    receipt = check(
        export({"Code": "873", "Time": "130"}, {"Code": "00873", "Time": "0130"}, {"Time": "2461"}),
        offence_code='column = "Code", mend = { leading_zeros = 5 }',
        occurred_time='column = "Time", format = "%H%M", mend = { leading_zeros = 4 }',
    )
    assert mended(receipt, "offence_code") == [(2, "873", "008/73")]
    assert mended(receipt, "occurred_time") == [(2, "130", "01:30:00")]
    assert receipt["findings_by_rule"]["occurred_time.unexplained"] == 1


@pytest.mark.slow
def test_a_range_that_became_a_date_is_put_back(check: Any) -> None:
    content = export({"Station": "11-17"}, {"Station": "Nov-17"}, {"Station": "17-Nov"}, {"Station": "1-Dec"})
    codes = 'codes = { "11-17" = "under_26" }'
    receipt = check(
        content,
        district='column = "Role"',
        age_band=f'column = "Station", {codes}, mend = {{ ranges = ["11-17"] }}',
    )
    assert mended(receipt, "age_band") == [(3, "Nov-17", "under_26"), (4, "17-Nov", "under_26")]
    assert [each["row"] for each in receipt["findings"] if each["rule"] == "age_band.unexplained"] == [5]


@pytest.mark.slow
def test_24_00_is_midnight_of_the_next_day_and_said(check: Any) -> None:
    receipt = check(export({"Time": "24:00"}, {}))
    assert mended(receipt, "occurred_time") == [(2, "24:00", "00:00:00")]
    assert "the date of the assault is the next day" in receipt["findings"][0]["message"]


@pytest.mark.slow
def test_24_00_moves_the_day_of_another_column_and_no_rule_is_asked_of_the_day_it_becomes(
    tmp_path: Path, check: Any
) -> None:
    content = export(
        {"Date": "31/07/2018", "Recorded": "31/07/2018", "Time": "24:00"},
        {"Date": "31/07/2018", "Time": "00:00"},
    )
    records = kept(tmp_path, content)
    assert [(each["occurred_on"], each["occurred_time"]) for each in records] == [
        (date(2018, 8, 1), time(0)),
        (date(2018, 7, 31), time(0)),
    ]
    assert set(check(content)["findings_by_rule"]) == {"occurred_time.mended", "recorded_on.too_early"}


@pytest.mark.slow
def test_24_00_is_read_alike_where_victims_stand_side_by_side(tmp_path: Path) -> None:
    mapped = mapped_with(district='column = "Station"', victim_id='column = "Collar {n}"')
    columns = tuple("Collar 1" if each == "Collar" else each for each in COLUMNS)
    content = export({"Collar 1": "C1", "Time": "24:00"}, {"Collar 1": "C2"}, columns=columns)
    records = kept(tmp_path, content, mapped, "victims = 2")
    assert [(each["occurred_on"], each["occurred_time"]) for each in records] == [
        (date(2018, 7, 4), time(0)),
        (date(2018, 7, 3), time(22, 15)),
    ]


@pytest.mark.slow
def test_one_cell_of_day_and_24_00_is_the_next_day_once(tmp_path: Path) -> None:
    both = 'column = "Date"'
    mapped = mapped_with(occurred_on=both, occurred_time=both)
    (record,) = kept(tmp_path, export({"Date": "31/12/2018 24:00", "Recorded": ""}), mapped)
    assert (record["occurred_on"], record["occurred_time"]) == (date(2019, 1, 1), time(0))


@pytest.mark.slow
def test_both_orders_in_one_column_are_counted_and_the_other_order_is_held(check: Any) -> None:
    days = ["13/07/2018", "14/07/2018", "07/15/2018", "07/08/2018"] * 8
    receipt = check(export(*({"Date": day, "Recorded": ""} for day in days)))
    (noticed,) = [each for each in receipt["noticed"] if each["kind"] == "both_orders"]
    assert "16 can only be day first, 8 only month first" in noticed["sentence"]
    assert "8 read either way" in noticed["sentence"]
    held = [each for each in receipt["findings"] if each["rule"] == "occurred_on.unexplained"]
    assert (receipt["held"], [each["row"] for each in held]) == (8, list(range(4, 34, 4)))
    assert 'It would be 15 July 2018 in the format "%m/%d/%Y"' in held[0]["message"]


def test_a_day_in_the_future_or_before_april_2000_is_a_finding(check: Any) -> None:
    receipt = check(
        export({"Date": "03/07/2098", "Recorded": ""}, {"Date": "31/03/2000", "Recorded": ""}, {})
    )
    found = {(each["row"], each["rule"]) for each in receipt["findings"]}
    assert {(2, "occurred_on.in_future"), (3, "occurred_on.long_ago")} <= found
    assert receipt["held"] == 1


@pytest.mark.slow
def test_a_form_that_is_stated_is_no_longer_odd(check: Any) -> None:
    content = export(*({"Time": f"{hour:02}30", "Date": "03/07/18"} for hour in range(24)))
    assert {"times_without_colon", "two_digit_years"} <= kinds(check(content))
    receipt = check(
        content,
        occurred_on='column = "Date", format = "%d/%m/%y"',
        occurred_time='column = "Time", format = "%H%M"',
    )
    assert (receipt["accepted"], kinds(receipt), receipt["findings_total"]) == (24, set(), 0)
