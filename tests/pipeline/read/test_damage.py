"""What a spreadsheet did to values: each kind of damage is said with its column, its rows and its count."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from pipeline.read.csv import open_csv
from pipeline.read.export import Export, Reading
from pipeline.read.noticed import Noticed
from pipeline.read.workbook import open_workbook


def noticed(folder: Path, header: str, rows: Sequence[str]) -> dict[str, Noticed]:
    path = folder / "drop.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    export = open_csv(path, Reading())
    export.batches(export.columns).read_all()
    return {each.kind: each for each in export.noticed}


def column(folder: Path, name: str, values: Sequence[str]) -> dict[str, Noticed]:
    return noticed(
        folder, f"Ref,{name},Town", [f"A{place}x,{value},Bath" for place, value in enumerate(values)]
    )


def book(folder: Path, rows: Sequence[Sequence[object]]) -> tuple[openpyxl.Workbook, Path]:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(list(row))
    return made, folder / "drop.xlsx"


def drained(path: Path) -> tuple[Export, list[dict[str, object]]]:
    export = open_workbook(path, "xlsx", Reading())
    return export, export.batches(export.columns).read_all().to_pylist()


def test_sound_values_are_not_remarked_on(tmp_path: Path) -> None:
    rows = [f"WM/{n:05},{1 + n % 28:02}/0{1 + n % 9}/2018,{n % 24:02}:05,{n % 7},0{n:04}" for n in range(200)]
    assert noticed(tmp_path, "Ref,Date,Time,Days,Collar no", rows) == {}


@pytest.mark.parametrize("error", ["#N/A", "#REF!", " #VALUE! "])
def test_error_cells_are_counted(tmp_path: Path, error: str) -> None:
    found = column(tmp_path, "Rank", ["PC"] * 5 + [error] + ["PS"] * 4 + [error])
    assert (found["error_cells"].column, found["error_cells"].rows) == ("Rank", (7, 12))


def test_ids_in_scientific_notation_and_past_fifteen_digits_are_counted(tmp_path: Path) -> None:
    assert column(tmp_path, "URN", ["1.23457E+15", "4.2E+17", "7"])["scientific_numbers"].count == 2
    rounded = column(tmp_path, "URN", [f"12345678901{n:04}000" for n in range(30)])["rounded_numbers"]
    assert (rounded.count, len(rounded.rows)) == (30, 20)
    assert "rounded_numbers" not in column(tmp_path, "URN", [f"12345678901{n:04}123" for n in range(30)])


def test_lost_leading_noughts_are_told_from_numbers_that_grow(tmp_path: Path) -> None:
    codes = [str(number) for number in (10423, 823, 10501, 12300, 90112, 10423, 44100, 10888, 71200, 60606)]
    lost = column(tmp_path, "Offence code", codes * 3)["lost_leading_zeros"]
    assert (lost.count, lost.rows[0]) == (3, 3)
    assert "lost_leading_zeros" not in column(tmp_path, "Offence code", ["00823", *codes])
    assert "lost_leading_zeros" not in column(
        tmp_path, "Ref no", [str(number) for number in range(900, 5000)]
    )


def test_a_range_turned_into_a_date_is_counted(tmp_path: Path) -> None:
    found = column(tmp_path, "Age", ["18-24", "Nov-17", "25-34", "35-44", "2017-11-01", "18-24"])
    assert (found["range_as_date"].count, found["range_as_date"].rows) == (2, (3, 6))


def test_serial_dates_are_counted(tmp_path: Path) -> None:
    assert column(tmp_path, "Date", ["13/04/2018", "43191", "14/04/2018"])["serial_dates"].rows == (3,)
    assert column(tmp_path, "Date committed", ["43191", "43192.5", "43193"])["serial_dates"].count == 3
    assert column(tmp_path, "Collar", ["43191", "43192", "43193"]) == {}


def test_a_column_in_both_orders_counts_both_readings(tmp_path: Path) -> None:
    found = column(tmp_path, "Date", ["13/04/2018", "04/17/2018", "05/06/2018", "25/12/2018"])["both_orders"]
    assert (found.count, found.rows) == (1, (3,))
    assert "2 can only be day first, 1 only month first (row 3), and 1 read either way" in found.sentence


def test_date_cells_swapped_where_a_spreadsheet_could_read_them_are_found(tmp_path: Path) -> None:
    swapped = ["13/04/2018", "2018-04-07", "25/12/2018", "2018-12-01", "2018-01-12"]
    assert column(tmp_path, "Date", swapped)["swapped_dates"].count == 3
    assert "swapped_dates" not in column(tmp_path, "Date", [*swapped, "2018-04-30"])


def test_odd_times_and_two_digit_years_are_counted(tmp_path: Path) -> None:
    found = column(tmp_path, "Time", ["0130", "1.30", "1:30 am", "24:00", "13:05", "14:10"])
    assert {kind: each.count for kind, each in found.items()} == {
        "midnight_24": 1, "times_without_colon": 1, "times_with_point": 1, "times_am_pm": 1,
    }  # fmt: skip
    assert column(tmp_path, "Date", ["13/04/18", "14/04/2018"])["two_digit_years"].count == 1


def test_a_row_pushed_along_and_back_again_by_two_faults_is_found(tmp_path: Path) -> None:
    rows = [f"A{n}x,PC,1{n % 9}/04/2018,1{n % 9}:30,Bath,No" for n in range(40)]
    rows[20] = "A20x,PC,,12/04/2018,12:30,Bath No"
    found = noticed(tmp_path, "Ref,Rank,Date,Time,Town,Hate", rows)["pushed_row"]
    assert (found.rows, found.count) == ((22,), 1)


def test_a_line_break_in_a_column_of_codes_is_found_and_not_in_one_of_prose(tmp_path: Path) -> None:
    prose = "He was taken to the hospital by a colleague and sent home later"
    rows = [f"A{n}x,PC,{prose}" for n in range(20)]
    rows[4] = f'A4x,"PC\nYork",{prose}'
    rows[6] = f'A6x,PC,"{prose}\n{prose}"'
    found = noticed(tmp_path, "Ref,Rank,What happened", rows)
    assert {each.column for each in found.values()} == {"Rank"}
    assert found["line_break_in_value"].rows == (6,)


def test_error_cells_of_a_workbook_are_read_as_they_are_shown_and_not_as_empty(tmp_path: Path) -> None:
    made, path = book(tmp_path, [["Ref", "Rank", "Town"], ["A1", "PC", "Bath"], ["A2", "PS", "Hull"]])
    made.active["B3"] = "#REF!"
    made.active["B3"].data_type = "e"
    made.save(path)
    export, rows = drained(path)
    assert [row["Rank"] for row in rows] == ["PC", "#REF!"]
    assert [(each.kind, each.rows) for each in export.noticed] == [("error_cells", (3,))]


def test_what_a_sheet_hides_is_read_and_said(tmp_path: Path) -> None:
    made, path = book(
        tmp_path, [["Ref", "Rank", "Days"], ["A1", "PC", 1], ["A2", "PS", 2], ["A3", "PC", "=1+1"]]
    )
    made.active.row_dimensions[3].hidden = True
    made.active.column_dimensions["B"].hidden = True
    made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    lists = made.create_sheet("Lists")
    lists.append(["Code", "Meaning"])
    lists.append(["1", "x"])
    lists.sheet_state = "hidden"
    made.save(path)
    export, rows = drained(path)
    assert [row["Ref"] for row in rows] == ["A1", "A2", "A3"]
    said = {each.kind: each for each in export.noticed}
    assert said.keys() == {
        "hidden_sheet",
        "hidden_rows",
        "hidden_column",
        "uncached_formulas",
        "dates_from_1904",
    }
    assert (said["hidden_rows"].rows, said["uncached_formulas"].rows) == ((3,), (4,))
    assert said["hidden_column"].column == "Rank"


def test_numbers_stored_as_text_among_numbers_are_counted(tmp_path: Path) -> None:
    made, path = book(tmp_path, [["Ref", "Collar", "Town"], ["A1", 1234, "Bath"], ["A2", "0456", "Hull"]])
    made.save(path)
    export, rows = drained(path)
    assert [row["Collar"] for row in rows] == ["1234", "0456"]
    assert [(each.kind, each.column, each.rows) for each in export.noticed] == [
        ("numbers_as_text", "Collar", (3,))
    ]


def test_text_and_date_cells_of_one_sheet_are_found_to_be_swapped(tmp_path: Path) -> None:
    days = ["13/04/2018", datetime.date(2018, 4, 7), "25/12/2018", datetime.date(2018, 12, 1)]
    made, path = book(
        tmp_path, [["Ref", "Date", "Town"], *([f"A{n}", day, "Bath"] for n, day in enumerate(days))]
    )
    made.save(path)
    export, _ = drained(path)
    assert [(each.kind, each.count) for each in export.noticed] == [("swapped_dates", 2)]


def test_what_is_seen_is_the_same_where_columns_come_by_their_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["Ref", "Rank", "Date", "Time", "Collar no"]
    rows = [f"A{n}x,PC,{13 + n % 9}/04/2018,1{n % 9}:30,{10000 + n * 7919 % 80000}" for n in range(900)]
    rows[20] = "A20x,PC,,12/04/2018,12:30"
    rows[400] = "A400x,#N/A,43191,24:00,823"
    rows[-1] = 'A899x,"PC\nYork",13/04/2018,0130,824'
    path = tmp_path / "drop.csv"
    path.write_text("\n".join([",".join(names), *rows]) + "\n")
    seen = []
    monkeypatch.setattr("pipeline.read.text.BLOCK", 1 << 12)
    for words in ([], names[1:], names):
        export = open_csv(path, Reading())
        export.batches(names, words).read_all()
        seen.append(export.noticed)
    assert seen[0] == seen[1] == seen[2]
    assert {(each.kind, each.rows) for each in seen[0]} == {
        ("error_cells", (402,)), ("line_break_in_value", (901,)), ("serial_dates", (402,)), ("midnight_24", (402,)),
        ("times_without_colon", (901,)), ("lost_leading_zeros", (402, 901)), ("pushed_row", (22,)),
    }  # fmt: skip


def test_an_error_in_a_total_that_is_no_row_is_not_remarked_on(tmp_path: Path) -> None:
    path = tmp_path / "drop.csv"
    path.write_text("Ref,Rank,Days\n" + "A1x,PC,1\n" * 30 + "Total,#REF!,30\n")
    export = open_csv(path, Reading())
    assert export.batches(export.columns, export.columns).read_all().num_rows == 30
    assert export.noticed == []


def test_values_without_end_are_looked_at_in_no_time(tmp_path: Path) -> None:
    long = "1" * 6_000
    found = column(tmp_path, "Collar no", ["10423", long, "10424"] * 9)
    assert "lost_leading_zeros" not in found
    column(tmp_path, "Time", ["10:30"] * 9 + [f'"10:30{" " * 200_000}x"'])
