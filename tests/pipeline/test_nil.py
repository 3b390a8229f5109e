"""Nil returns: said by a declaration, by an empty file, or by an export without a row; received like any other file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.collecting.declare import CannotDeclare, declare_nil
from pipeline.collecting.nil import as_text, columns_of, read_declaration
from pipeline.read import Refused
from schemas.force import load_forces
from tests.office import FORCE, OTHER_FORCE, Office, balanced, export

TODAY = date(2018, 10, 1)


def declare(
    office: Office, month: str = "2018-08", force: str = FORCE, today: date = TODAY
) -> dict[str, Any]:
    return declare_nil(office.home, force, month, None, today)


@pytest.mark.slow
def test_a_declared_month_is_received_as_a_nil_return_of_that_month(office: Office) -> None:
    told = declare(office)
    assert told["changed"]
    (receipt,) = office.receive()
    assert (receipt["state"], receipt["drop_id"]) == ("nil", told["drop_id"])
    assert (receipt["period"], receipt["rows"]) == ("2018-08-01 to 2018-08-31", 0)
    assert balanced(receipt)
    assert (receipt["lines"], receipt["line_sums"]["notes"]) == (5, 5)
    # It has no columns, so none has changed.
    assert (receipt["drift"], receipt["findings"]) == ([], [])


def test_the_log_says_who_declared_it_and_the_file_does_not(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLATE_WHO", "R. Patel")
    told = declare(office)
    with office.ledger() as ledger:
        (act,) = ledger.acts(did="declared nil")
    assert (act.who, act.force_id, act.subject) == ("R. Patel", FORCE, told["drop_id"])
    assert dict(act.said) == {"book": "crime", "month": "2018-08"}
    assert "Patel" not in Path(told["path"]).read_text(encoding="utf-8")


@pytest.mark.slow
def test_declaring_a_month_twice_changes_nothing(office: Office) -> None:
    declare(office)
    assert "is there already" in declare(office)["said"]
    office.receive()
    (office.home.inbox / FORCE / "nil_crime_2018-08.txt").unlink()
    again = declare(office)
    assert (again["changed"], "is a nil return already" in again["said"]) == (False, True)
    assert not Path(again["path"]).exists()
    with office.ledger() as ledger:
        assert len(ledger.acts(did="declared nil")) == 1


@pytest.mark.slow
def test_a_month_with_records_cannot_be_declared_nil_and_the_drop_is_named(office: Office) -> None:
    receipt = office.receipt(export({}))
    with pytest.raises(CannotDeclare, match=rf"July 2018 has a file that stands.*{receipt['drop_id']}"):
        declare(office, "2018-07")
    assert not (office.home.inbox / FORCE / "nil_crime_2018-07.txt").exists()
    with office.ledger() as ledger:
        assert ledger.acts(did="declared nil") == []


def test_a_month_whose_file_was_refused_can_be_declared_nil(office: Office) -> None:
    office.receipt(b"", name="crime_2018-08.csv")
    assert declare(office)["changed"]


@pytest.mark.parametrize(
    ("month", "sentence"),
    [("2018-10", "October 2018 is not over"), ("2018-8", "is not a month"), ("2018-13", "is not a month")],
)
def test_a_month_that_is_not_over_or_is_none_is_refused(office: Office, month: str, sentence: str) -> None:
    with pytest.raises(CannotDeclare, match=sentence):
        declare(office, month)


def test_a_book_the_force_does_not_send_is_refused(office: Office) -> None:
    with pytest.raises(CannotDeclare, match="does not send use_of_force. It sends crime"):
        declare_nil(office.home, FORCE, "2018-08", "use_of_force", TODAY)


@pytest.mark.slow
def test_an_empty_file_with_nil_and_the_period_in_its_name_is_a_nil_return(office: Office) -> None:
    receipt = office.receipt(b"", name="crime_2018-08_nil.csv")
    assert (receipt["state"], receipt["period"]) == ("nil", "2018-08-01 to 2018-08-31")
    assert "does not say for which period" in office.receipt(b"", name="crime_nil.csv")["refused"]
    assert "empty" in office.receipt(b"", name="crime_2018-09.csv")["refused"]


@pytest.mark.slow
def test_a_header_alone_with_nil_in_the_name_is_a_nil_return_as_before(office: Office) -> None:
    assert office.receipt(export(), name="crime_2018-08_nil.csv")["state"] == "nil"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (as_text(OTHER_FORCE, "crime", date(2018, 8, 1)), "another force or book"),
        (as_text(FORCE, "use_of_force", date(2018, 8, 1)), "a book that this force does not send"),
        (as_text(FORCE, "crime", date(2018, 8, 1)).replace("2018-08", "August"), "not written as 2018-09"),
        ("collate nil return\nforce: x\nbook: crime\n", "does not say its month"),
        ("collate nil return\nforce: x\nforce: y\n", "gives its force twice"),
    ],
)
def test_a_declaration_that_is_not_this_force_s_or_is_faulty_is_refused_in_words(
    office: Office, text: str, sentence: str
) -> None:
    assert sentence in office.receipt(text, name="anything.txt")["refused"]


def test_a_declaration_saved_by_an_editor_is_read_the_same(tmp_path: Path) -> None:
    plain, edited = tmp_path / "a", tmp_path / "b"
    text = as_text(FORCE, "crime", date(2018, 8, 1))
    plain.write_bytes(text.encode())
    edited.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").replace("force:", "Force :").encode())
    assert read_declaration(plain) == read_declaration(edited)


def test_an_export_is_no_declaration(tmp_path: Path) -> None:
    path = tmp_path / "crime.csv"
    path.write_text(export({}), encoding="utf-8")
    assert read_declaration(path) is None
    path.write_text("collate nil return\n" + "x" * 3000, encoding="utf-8")
    assert read_declaration(path) is None
    path.write_text("collate nil return\n", encoding="utf-8")
    with pytest.raises(Refused):
        read_declaration(path)


@pytest.mark.parametrize("force_id", sorted(load_forces()))
def test_a_declaration_has_the_columns_every_force_s_book_asks_for(force_id: str) -> None:
    from transforms.rename import absent_fields

    for book in load_forces()[force_id].books.values():
        assert absent_fields(book, columns_of(book)) == ()


@pytest.mark.slow
def test_collate_nil_then_receive_then_check(office: Office, collate: Callable[..., Any]) -> None:
    said = json.loads(collate("nil", "--force", FORCE, "--month", "2018-08", "--json").out)
    assert said["changed"] is True
    checked = collate("check", said["path"], "--force", FORCE)
    assert checked.code == 0, checked.err
    assert collate("receive").code == 0
    (drop,) = office.drops()
    assert (drop.state, drop.book, str(drop.period_from)) == ("nil", "crime", "2018-08-01")
    refused = collate("nil", "--force", "kent", "--month", "2018-08")
    assert (refused.code, "no force file" in refused.err) == (2, True)
