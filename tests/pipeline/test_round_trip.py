"""A marked file, mended and sent again: what was mended is known, and nothing else is changed by the way."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.returned.key import Origin, key_in, said_in
from pipeline.returned.marked_export import may_be_ours, without_apostrophe
from tests.office import COLUMNS, FORCE, ROW, Office, export

# The columns whose content nobody reads are left out: a file that has them is not marked unasked.
READ = COLUMNS[:-2]
BAD = {"Date": "31/02/2018"}


def sent(bad: set[int], rows: int = 6, more: dict[int, dict[str, str]] | None = None) -> str:
    """Return a file of some rows of which some cannot be counted."""
    return export(
        *({**(BAD if number in bad else {}), **(more or {}).get(number, {})} for number in range(rows)),
        columns=READ,
    )


def marked(office: Office, receipt: dict[str, Any]) -> Path:
    (found,) = office.store().return_path(FORCE, receipt["drop_id"]).glob("marked.*")
    return found


def table_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def as_text(table: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue()


def workbook(path: Path, content: str) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in csv.reader(io.StringIO(content)):
        book.active.append(row)
    book.save(path)
    return path.read_bytes()


def mended_book(path: Path, rows: set[int], out: Path) -> bytes:
    """Return a marked workbook with the date of some rows mended, counted from nought below the header."""
    book = openpyxl.load_workbook(path)
    assert book.active is not None
    column = READ.index("Date") + 1
    for row in rows:
        book.active.cell(row + 2, column).value = ROW["Date"]
    book.save(out)
    return out.read_bytes()


def mended_text(path: Path, rows: set[int]) -> str:
    table = table_of(path)
    for row in rows:
        table[row + 1][READ.index("Date")] = ROW["Date"]
    return as_text(table)


def alike(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "drop_id"}


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_mended_copy_is_known_by_its_keys_and_the_other_rows_are_the_same_records(
    office: Office, tmp_path: Path, form: str
) -> None:
    content = sent({1, 3}, more={0: {"Station": "=Selby"}})
    first = office.receipt(workbook(tmp_path / "s.xlsx", content) if form == "xlsx" else content)
    assert (first["accepted"], first["held"]) == (4, 2)
    before = {record["row_number"]: alike(record) for record in office.records()}
    copy = marked(office, first)
    back: bytes | str
    back = mended_book(copy, {1}, tmp_path / "m.xlsx") if form == "xlsx" else mended_text(copy, {1})
    second = office.receipt(back, copy.name)
    assert second["book"] == "crime" and second["period"] == first["period"]
    assert second["mended"] == {
        "of": 2, "mended": 1, "still": 1, "gone": 0, "new": 0, "changed": 0, "unchanged": 4,
    }  # fmt: skip
    assert (second["unexpected_columns"], second["queries"]) == ([], 0)
    assert "1 of 2 mended" in second["summary"]
    letter = (office.store().return_path(FORCE, second["drop_id"]) / "letter.md").read_text("utf-8")
    assert "1 of 2 mended of the rows held back before" in letter
    after = {
        record["row_number"]: alike(record)
        for record in office.records()
        if record["drop_id"] == second["drop_id"]
    }
    assert {row: after[row] for row in before} == before
    assert len(after) == 5


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_rows_mended_are_those_that_were_mended(office: Office, tmp_path: Path, form: str) -> None:
    rounds = iter(range(1, 100))

    @settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.sets(st.integers(0, 5)), st.data())
    def tried(bad: set[int], data: st.DataObject) -> None:
        mends = data.draw(st.sets(st.sampled_from(sorted(bad)))) if bad else set()
        # Each round is of a month of its own, so that it is a file of its own.
        number = next(rounds)
        content = sent(bad, more={0: {"Station": f"Selby {number}"}})
        first = office.receipt(
            workbook(tmp_path / "s.xlsx", content) if form == "xlsx" else content,
            f"crime_2018-07 {number}.csv",
        )
        assert first["held"] == len(bad)
        if not bad:
            return
        copy = marked(office, first)
        back: bytes | str
        back = mended_book(copy, mends, tmp_path / "m.xlsx") if form == "xlsx" else mended_text(copy, mends)
        second = office.receipt(back, f"marked {number}.{form}")
        assert second["mended"] == {
            "of": len(bad), "mended": len(mends), "still": len(bad - mends), "gone": 0, "new": 0, "changed": 0,
            "unchanged": 6 - len(bad),
        }  # fmt: skip
        assert (second["accepted"], second["held"]) == (6 - len(bad - mends), len(bad - mends))

    tried()


def test_rows_added_copied_changed_and_taken_out_are_told_apart_and_none_is_lost(office: Office) -> None:
    first = office.receipt(sent({1, 3}))
    table = table_of(marked(office, first))
    station, ref, key = READ.index("Station"), READ.index("Ref"), len(table[0]) - 1
    copied = [*table[1]]
    copied[ref], copied[READ.index("Collar")] = "2001/18", "C5000"
    strange = [*copied]
    strange[ref], strange[READ.index("Collar")] = "2002/18", "C5001"
    strange[key] = "0123456789abcdef-2-a0123456789ab"
    added = [*strange[:key], ""]
    added[ref], added[READ.index("Collar")] = "2003/18", "C5002"
    table[3][station] = "York"
    del table[2]  # one that was held back
    second = office.receipt(as_text([*table, copied, strange, added]), "mended.csv")
    assert second["mended"] == {
        "of": 2, "mended": 0, "still": 1, "gone": 1, "new": 3, "changed": 1, "unchanged": 3,
    }  # fmt: skip
    assert (second["rows"], second["accepted"], second["held"]) == (8, 7, 1)
    said = {each["kind"]: each["rows"] for each in second["noticed"]}
    assert (said["row_key_twice"], said["row_key_unknown"]) == ([7], [8])


def test_the_apostrophe_we_gave_is_taken_off_again_and_no_other(office: Office) -> None:
    live = {0: {"Station": "=Selby"}, 1: {"Station": "'=Selby"}, 2: {"Station": "+1+1"}}
    first = office.receipt(sent({5}, more=live))
    table = table_of(marked(office, first))
    stations = [row[READ.index("Station")] for row in table[1:4]]
    assert stations == ["'=Selby", "'=Selby", "'+1+1"]
    table[3][READ.index("Station")] = "Selby"
    second = office.receipt(as_text(table), "marked.csv")
    districts = {
        record["row_number"]: record["district"]
        for record in office.records()
        if record["drop_id"] == second["drop_id"]
    }
    assert [districts[row] for row in (2, 3, 4)] == ["=Selby", "'=Selby", "Selby"]
    assert (second["mended"]["unchanged"], second["mended"]["changed"]) == (4, 1)


def test_a_line_that_could_not_be_read_is_a_new_row_once_it_is_mended(office: Office) -> None:
    whole = sent({1})
    torn = office.receipt(whole + "1999/18,03/07/2018\n")
    assert torn["refused_lines"] == 1
    table = table_of(marked(office, torn))
    assert table[-1] == ["1999/18", "03/07/2018", *[""] * 5]
    table[-1] = ["1999/18", *table[1][1 : len(READ)], *[""] * 5]
    second = office.receipt(as_text(table), "marked.csv")
    assert (second["refused_lines"], second["rows"], second["mended"]["new"]) == (0, 7, 1)


def test_a_copy_without_its_keys_is_still_no_file_of_unknown_columns(office: Office) -> None:
    first = office.receipt(sent({1}))
    table = [row[:-1] for row in table_of(marked(office, first))]
    second = office.receipt(as_text(table), "crime_2018-07.csv")
    assert second["unexpected_columns"] == []
    assert [each["kind"] for each in second["noticed"] if each["kind"].startswith("row_key")] == [
        "row_keys_gone"
    ]


@pytest.mark.slow
def test_a_mended_copy_may_be_marked_and_mended_again(office: Office) -> None:
    first = office.receipt(sent({1, 2, 3}))
    second = office.receipt(mended_text(marked(office, first), {1}), "marked.csv")
    copy = marked(office, second)
    assert copy.suffix == ".csv"
    table = list(csv.reader(io.StringIO(copy.read_text(encoding="utf-8-sig"))))
    assert [name for name in table[0] if name.startswith("collate")] == [
        "collate status", "collate answer", "collate row", "collate says",
        "collate key crime 2018-07-01 to 2018-07-31",
    ]  # fmt: skip
    table[3][READ.index("Date")] = ROW["Date"]
    third = office.receipt(as_text(table), "marked again.csv")
    assert third["mended"] == {
        "of": 2, "mended": 1, "still": 1, "gone": 0, "new": 0, "changed": 0, "unchanged": 4,
    }  # fmt: skip


def test_a_copy_under_the_name_of_another_book_is_refused_with_what_to_do(
    office: Office, tmp_path: Path
) -> None:
    first = office.receipt(sent({1}))
    table = table_of(marked(office, first))
    table[0][-1] = "collate key health_safety"
    second = office.receipt(as_text(table), "crime_2018-07.csv")
    assert "marked copy of one of your health_safety files" in second["refused"]


def test_check_says_how_many_are_mended(office: Office, collate: Callable[..., Any], tmp_path: Path) -> None:
    first = office.receipt(sent({1, 2}))
    back = tmp_path / "marked.csv"
    back.write_text(mended_text(marked(office, first), {2}), encoding="utf-8")
    ended = collate("check", back, "--force", FORCE, "--home", office.home.root)
    assert "1 of 2 mended" in ended.out


def test_keys_and_headings_that_are_none_are_not_believed() -> None:
    assert key_in("9f2c41d07b6a3e58-14-h5d41402abc4b-3.7") is not None
    for text in ("", "14", "9f2c41d07b6a3e58-0-h5d41402abc4b", "9f2c41d07b6a3e58-14-x5d41402abc4b"):
        assert key_in(text) is None
    for heading in ("collate keys", "my collate key", "collate key crime 2018-13-01 to 2018-13-31"):
        assert said_in(heading) is None
    assert said_in(Origin("a", "use_of_force", None).heading) == ("use_of_force", None)
    assert [without_apostrophe(each) for each in ("'=1", "'tis", "=1", "'-5", "")] == [
        "=1",
        "'tis",
        "=1",
        "'-5",
        "",
    ]


def test_most_files_are_seen_to_be_none_of_ours_without_being_opened(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text(sent(set()), encoding="utf-8")
    assert not may_be_ours(path)
    path.write_text(sent(set()).replace("Station", "collate key"), encoding="utf-16")
    assert may_be_ours(path)
