"""From judged records to accepted and held: which rows repeat others, and how victims are numbered."""

from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from pipeline.engine import open_engine
from schemas.arrow import arrow_schema
from schemas.assault import ASSAULT
from schemas.force import Book
from tests.transforms.literal import book_of
from transforms.split import (
    accepted,
    compact,
    counts_victims,
    number_victims,
    repeats,
    restored,
    shown_fields,
)

SCHEMA = arrow_schema(ASSAULT)
RECORD: dict[str, Any] = {
    "force_id": "north_yorkshire", "book": "crime", "source_record_id": "A1", "victim_number": 1, "drop_id": "d",
    "occurred_on": date(2018, 7, 3), "injury": "none",
}  # fmt: skip


def records(*changes: dict[str, Any]) -> pa.Table:
    """Return records that are `RECORD` but for what is said of them, on rows 2, 3 and so on."""
    rows = [{**RECORD, "row_number": number, **changed} for number, changed in enumerate(changes, start=2)]
    return pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in rows], SCHEMA)


def verdicts(book: Book, folder: Path, *changes: dict[str, Any]) -> dict[int, str]:
    """Return the verdict of each row that repeats another."""
    with open_engine(folder) as engine:
        table = engine.read_arrow("records", records(*changes))
        return {
            row["row_number"]: row["verdict"]
            for row in engine.rows(repeats(table, book).order_by("row_number"))
        }


def test_a_row_that_says_what_an_earlier_one_says_is_a_duplicate(tmp_path: Path) -> None:
    assert verdicts(book_of(tmp_path), tmp_path, {}, {"source_record_id": "A2"}, {}, {}) == {
        4: "duplicate",
        5: "duplicate",
    }


def test_rows_of_one_reference_and_victim_that_differ_are_all_repeated(tmp_path: Path) -> None:
    assert verdicts(book_of(tmp_path), tmp_path, {}, {"injury": "minor"}, {"source_record_id": "A2"}) == {
        2: "repeated",
        3: "repeated",
    }


def test_a_duplicate_among_rows_that_differ_is_repeated_too(tmp_path: Path) -> None:
    found = verdicts(book_of(tmp_path), tmp_path, {}, {}, {"injury": "minor"})
    assert found == {2: "repeated", 3: "repeated", 4: "repeated"}


def test_a_value_that_is_missing_on_one_row_is_a_difference(tmp_path: Path) -> None:
    assert verdicts(book_of(tmp_path), tmp_path, {}, {"injury": None}) == {2: "repeated", 3: "repeated"}


def test_two_rows_that_lack_the_same_value_are_the_same(tmp_path: Path) -> None:
    assert verdicts(book_of(tmp_path), tmp_path, {"injury": None}, {"injury": None}) == {3: "duplicate"}


def test_two_victims_of_one_reference_repeat_nothing(tmp_path: Path) -> None:
    assert verdicts(book_of(tmp_path), tmp_path, {}, {"victim_number": 2}) == {}


COUNTED = 'victim_number = { count_within = "source_record_id" }'


def test_where_victims_are_counted_rows_of_one_reference_are_victims_and_not_repeats(tmp_path: Path) -> None:
    book = book_of(tmp_path, COUNTED)
    assert counts_victims(book)
    assert not counts_victims(book_of(tmp_path))
    assert verdicts(book, tmp_path, {}, {"injury": "minor"}, {}) == {4: "duplicate"}


def test_counted_victims_are_numbered_in_the_order_of_the_file_within_their_reference(tmp_path: Path) -> None:
    with open_engine(tmp_path) as engine:
        table = engine.read_arrow(
            "records",
            records({"row_number": 9}, {"source_record_id": "A2"}, {"row_number": 4}, {"row_number": 7}),
        )
        numbered = engine.rows(number_victims(table).order_by(["source_record_id", "victim_number"]))
    assert [(row["source_record_id"], row["row_number"], row["victim_number"]) for row in numbered] == [
        ("A1", 4, 1), ("A1", 7, 2), ("A1", 9, 3), ("A2", 3, 1),
    ]  # fmt: skip


def test_accepted_records_have_the_fields_of_the_table_and_nothing_else(tmp_path: Path) -> None:
    with open_engine(tmp_path) as engine:
        table = engine.read_arrow("records", records({})).mutate(sent=ibis.literal("Zquillfeather"))
        assert engine.arrow(accepted(table)).column_names == list(ASSAULT.names)


def test_what_was_sent_is_kept_only_where_a_rule_is_broken(tmp_path: Path) -> None:
    with open_engine(tmp_path) as engine:
        table = engine.read_arrow("records", records({}, {"source_record_id": "A2"})).mutate(
            broken=ibis._.row_number - 2,
            out_of_scope=ibis.null("int64"),
            sent_injury=ibis.literal("Ouch"),
            key=ibis._.row_number,
        )
        laid_down = compact(table, ["broken"], ["source_record_id", "injury"], ["injury"])
        sound, broken = engine.rows(laid_down.order_by("row_number"))
    assert (sound["sent"], broken["sent"]) == (None, ["Ouch"])
    assert set(broken) == {
        "row_number",
        "key",
        "source_record_id",
        "injury",
        "broken",
        "out_of_scope",
        "sent",
    }


def test_what_was_sent_of_a_collar_number_is_never_kept() -> None:
    assert shown_fields(["sent_victim_id", "sent_injury", "sent_district"]) == ("injury", "district")


def test_a_field_the_force_does_not_collect_is_null_in_the_record(tmp_path: Path) -> None:
    laid_down = records({}).select(["row_number", "source_record_id", "victim_number", "injury"])
    with open_engine(tmp_path) as engine:
        engine.tell(this_drop="the drop")
        book = book_of(tmp_path)
        (record,) = engine.rows(accepted(restored(engine.read_arrow("records", laid_down), book)))
    assert list(record) == list(ASSAULT.names)
    assert (record["force_id"], record["book"], record["drop_id"]) == ("north_yorkshire", "crime", "the drop")
    assert (record["injury"], record["treatment"], record["hate_strands"]) == ("none", None, None)
