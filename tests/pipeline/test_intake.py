"""Intake: what in the inbox is a new drop, whose it is, and which book."""

from csv import reader
from dataclasses import fields, replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pyarrow as pa
import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import Workbook

from pipeline import recipe
from pipeline.intake import drop_id_of, registered, take_in
from pipeline.read import Reading, Refused
from pipeline.read.limits import HARMLESS, Limits
from pipeline.read.packed import unzipped
from schemas.force import load_force
from tests.office import FORCE, OTHER_FORCE, Office, export


def labels(office: Office) -> list[str]:
    with office.ledger() as ledger:
        return [drop.label for drop in take_in(office.store(), ledger).drops]


def test_drops_are_taken_in_by_force_and_name(office: Office) -> None:
    office.drop(export({}), name="crime_2018-08.csv")
    office.drop(export({}, {}), name="crime_2018-07.csv")
    office.drop(export({}, force="Cleveland"), force=OTHER_FORCE)
    assert [label.split("/")[::2] for label in labels(office)] == [
        [OTHER_FORCE, "crime_2018-07.csv"], [FORCE, "crime_2018-07.csv"], [FORCE, "crime_2018-08.csv"],
    ]  # fmt: skip


def test_a_drop_taken_in_and_not_judged_is_taken_in_again(office: Office) -> None:
    office.drop(export({}))
    assert labels(office) == labels(office) != []


@pytest.mark.slow
def test_a_judged_drop_is_not_taken_in_again(office: Office) -> None:
    office.receipt(export({}))
    assert labels(office) == []


@pytest.mark.slow
def test_a_file_refused_for_a_limit_is_taken_in_again_once_the_limit_is_raised(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLATE_LIMIT_COLUMNS", "10")
    receipt = office.receipt(export({}))
    assert "at most 10 are read" in receipt["refused"]
    assert labels(office) == []
    monkeypatch.setenv("COLLATE_LIMIT_COLUMNS", "12")
    (again,) = office.receive()
    assert "at most 12 are read" in again["refused"]
    monkeypatch.delenv("COLLATE_LIMIT_COLUMNS")
    (read,) = office.receive()
    assert (read["drop_id"], read["accepted"]) == (receipt["drop_id"], 1)
    assert labels(office) == []


def refusals(limits: Limits, folder: Path) -> dict[str, str]:
    """Return the sentence each limit is refused with, by the limit's name."""
    archive = folder / "many.zip"
    with ZipFile(archive, "w") as written:
        for number in range(limits.members + 1):
            written.writestr(f"{number}.csv", "")
    long = pa.record_batch({"row": [2], "Ref": ["x" * (limits.cell_characters + 1)]})
    asked = {
        "file_bytes": lambda: limits.check_file("a.csv", limits.file_bytes + 1),
        "expanded_bytes": lambda: limits.check_expanded(
            "a.gz", limits.expanded_bytes, limits.expanded_bytes + 1
        ),
        "expansion": lambda: limits.check_expanded("a.gz", 1, HARMLESS + 1),
        "members": lambda: unzipped(archive, folder, limits, Reading()),
        "cell_characters": lambda: limits.check_cells(long),
        "columns": lambda: limits.check_columns("a.csv", limits.columns + 1),
    }
    said = {
        "nesting": limits.nested_too_deep("a.xml"),
        "seconds": limits.spent("a"),
        "memory_bytes": limits.spent("a"),
    }
    sentences = {name: refused.sentence for name, refused in said.items()}
    for name, ask in asked.items():
        with pytest.raises(Refused) as refused:
            ask()
        sentences[name] = refused.value.sentence
    return sentences


def test_every_limit_is_known_by_its_refusal_and_by_no_other(tmp_path: Path) -> None:
    limits = Limits(file_bytes=1 << 20, expanded_bytes=1 << 30, members=3, cell_characters=9, columns=4)
    sentences = refusals(limits, tmp_path)
    assert set(sentences) == {each.name for each in fields(Limits)}
    for name, sentence in sentences.items():
        assert not limits.other_than(sentence)
        for other in sentences:
            raised = replace(limits, **{other: 2 * getattr(limits, other)})
            together = {name, other} <= {"seconds", "memory_bytes"}
            assert raised.other_than(sentence) == (name == other or together)


@pytest.mark.slow
def test_a_file_refused_for_want_of_a_password_is_taken_in_again_once_there_is_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, locked = BytesIO(), BytesIO()
    book = Workbook()
    for row in reader(export({}).splitlines()):
        book.active.append(row)
    book.save(plain)
    OOXMLFile(plain).encrypt("s3cret", locked)
    receipt = office.receipt(locked.getvalue())
    assert "password" in receipt["refused"]
    assert labels(office) == []
    monkeypatch.setenv(f"COLLATE_PASSWORD_{FORCE.upper()}", "wrong")
    (again,) = office.receive()
    assert "does not open it" in again["refused"]
    monkeypatch.setenv(f"COLLATE_PASSWORD_{FORCE.upper()}", "s3cret")
    (opened,) = office.receive()
    assert (opened["drop_id"], opened["accepted"]) == (receipt["drop_id"], 1)
    assert labels(office) == []


@pytest.mark.slow
def test_other_bytes_under_the_same_name_are_another_drop(office: Office) -> None:
    first = office.receipt(export({}))
    second = office.receipt(export({"Injury": "Slight"}))
    assert first["drop_id"] != second["drop_id"]
    assert [drop.sequence for drop in office.drops()] == [1, 2]


@pytest.mark.slow
def test_other_bytes_of_the_same_length_are_another_drop(office: Office) -> None:
    office.receipt(export({"Days lost": "1"}))
    assert office.receipt(export({"Days lost": "2"}))["accepted"] == 1
    assert [record["days_lost"] for record in office.records()] in ([1, 2], [2, 1])


@pytest.mark.slow
def test_the_same_bytes_of_two_forces_are_two_drops(office: Office) -> None:
    content = export({})
    office.drop(content)
    office.drop(content, force=OTHER_FORCE)
    receipts = office.receive()
    assert [(each["force_id"], each["accepted"], each["held"]) for each in receipts] == [
        (OTHER_FORCE, 0, 1),
        (FORCE, 1, 0),
    ]
    assert len({each["drop_id"] for each in receipts}) == 2


def test_a_drop_is_told_by_force_book_period_and_bytes(office: Office) -> None:
    book = load_force(office.forces / f"{FORCE}.toml").books["crime"]
    same = drop_id_of(FORCE, book, "crime_2018-07.csv", "d1")
    assert same == drop_id_of(FORCE, book, "crime_2018-07 (sent again).csv", "d1")
    others = {
        drop_id_of(OTHER_FORCE, book, "crime_2018-07.csv", "d1"),
        drop_id_of(FORCE, None, "crime_2018-07.csv", "d1"),
        drop_id_of(FORCE, book, "crime_2018-08.csv", "d1"),
        drop_id_of(FORCE, book, "crime_2018-07.csv", "d2"),
    }
    assert len({same, *others}) == 5


@pytest.mark.slow
def test_a_file_sent_again_under_another_months_name_is_noticed(office: Office) -> None:
    content = export({})
    office.receipt(content, name="crime_2018-07.csv")
    receipt = office.receipt(content, name="crime_2018-08.csv")
    assert receipt["findings_by_rule"] == {"occurred_on.outside_period": 1, "drop.wrong_period": 1}


@pytest.mark.slow
def test_a_refused_file_is_judged_again_once_the_forces_file_explains_it(office: Office) -> None:
    content = export({}).replace("Ref,", "Reference,", 1)
    assert office.receipt(content)["state"] == "refused"
    assert office.receive() == []
    path = office.forces / f"{FORCE}.toml"
    mended = path.read_text(encoding="utf-8").replace('column = "Ref"', 'column = ["Ref", "Reference"]')
    path.write_text(mended, encoding="utf-8")
    (receipt,) = office.receive()
    assert (receipt["state"], receipt["accepted"]) == ("collated", 1)


@pytest.mark.slow
def test_a_file_of_no_book_is_judged_once_a_book_takes_it(office: Office) -> None:
    assert office.receipt(export({}), name="untitled_2018-07.csv")["book"] == "unknown"
    path = office.forces / f"{FORCE}.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            'files = ["crime_*.csv"]', 'files = ["crime_*.csv", "untitled_*.csv"]'
        ),
        encoding="utf-8",
    )
    (receipt,) = office.receive()
    assert (receipt["book"], receipt["accepted"]) == ("crime", 1)


def test_a_drop_is_found_again_by_its_label(office: Office) -> None:
    office.drop(export({}))
    (label,) = recipe.new_drops(office.home.root)
    with office.ledger() as ledger:
        drop = registered(office.store(), ledger, label)
    assert drop.label == label
    assert drop.raw.read_text(encoding="utf-8") == export({})


@pytest.mark.parametrize("label", ["north_yorkshire/0123456789abcdef/crime.csv", "nothing", ""])
def test_a_label_nobody_registered_is_said(office: Office, label: str) -> None:
    with pytest.raises(LookupError, match="collate receive"):
        recipe.collate_path(label, office.home.root)
