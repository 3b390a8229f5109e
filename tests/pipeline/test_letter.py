"""The letter: one page that says what became of a file, what to mend first, and by when."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pipeline.letter import Before, Occasion, as_html, as_markdown, letter_of
from tests.office import FORCE, Office
from tests.office import export as office_export

GOLDEN = Path(__file__).parent.parent / "golden"
ROWS = [
    {},
    {"Date": "31/02/2018"},
    {"Date": ""},
    *({"Injury": "Grazed"} for _ in range(4)),
    {"Days lost": "4000"},
    {"Spat at": "Perhaps"},
    *({} for _ in range(6)),
]
BEFORE = Before("crime_2018-06.csv", date(2018, 7, 4), rows=12, accepted=6, held=6, unread=9)


def export(*rows: Mapping[str, str], **written: Any) -> str:
    """Return a CSV of rows, each of another victim."""
    return office_export(*({"Collar": f"C{number}", **row} for number, row in enumerate(rows)), **written)


def letter(office: Office, rows: list[dict[str, str]], **occasion: Any) -> tuple[str, str]:
    receipt = {**office.receipt(export(*rows)), "drop_id": "0123456789abcdef"}
    command = "collate marked --drop 0123456789abcdef --out DIR"
    said = letter_of(
        receipt,
        Occasion("North Yorkshire Police", date(2018, 8, 6), command=command, **occasion),
    )
    return as_html(said), as_markdown(said)


@pytest.mark.slow
def test_the_letter_is_as_it_was_agreed(office: Office) -> None:
    page, text = letter(office, ROWS, before=BEFORE, filled={"Injury": (61.2, 95.0), "Sex": (80, 82)})
    if os.environ.get("WRITE_PAGES"):
        (GOLDEN / "letter.html").write_text(page, encoding="utf-8")
        (GOLDEN / "letter.md").write_text(text, encoding="utf-8")
    assert page == (GOLDEN / "letter.html").read_text(encoding="utf-8")
    assert text == (GOLDEN / "letter.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_drop_has_a_letter_that_is_set_beside_the_month_before(office: Office) -> None:
    office.receipt(export(*({"Date": "03/06/2018"} for _ in range(3)), {"Date": ""}), "crime_2018-06.csv")
    receipt = office.receipt(export(*ROWS), "crime_2018-07.csv")
    # The same month again: what is compared is still June.
    again = office.receipt(export(*ROWS, {}), "crime_2018-07_v2.csv")
    for each in (receipt, again):
        back = office.store().return_path(FORCE, each["drop_id"])
        text = (back / "letter.md").read_text(encoding="utf-8")
        assert "Since crime\\_2018-06.csv" in text
        assert "before, 3 of 4 rows (75 %)." in text
        assert f"Our reference: {each['drop_id']}." in text
        assert (back / "letter.html").exists()


@pytest.mark.slow
def test_a_refused_file_and_a_nil_return_have_letters_too(office: Office) -> None:
    for content, name, title in (
        (export(columns=("Ref", "Date")), "crime_2018-08.csv", "# Your file could not be used"),
        (export(), "crime_2018-08_nil.csv", "# Your nil return is in: thank you"),
        (export({}), "crime_2018-07.csv", "# Every row of your file is accepted"),
    ):
        receipt = office.receipt(content, name)
        back = office.store().return_path(FORCE, receipt["drop_id"])
        text = (back / "letter.md").read_text(encoding="utf-8")
        assert title in text
        assert ("Send the file again by" in text) == (receipt["state"] == "refused")


@pytest.mark.slow
def test_what_is_worth_most_stands_first_and_says_its_rows(office: Office) -> None:
    _, text = letter(office, ROWS)
    mends = re.findall(r"^\d\. \*\*(.*?)\*\*", text, re.MULTILINE)
    worth = re.findall(r"\*\*(Worth .*?)\*\*(.*)", text)
    assert mends[:2] == ['Column "Date"', 'Column "Date"']
    assert ("Worth a look: 4 rows, accepted as they are.", " Rows 5, 6, 7, 8.") in worth
    assert len(mends) == 3


@pytest.mark.slow
def test_nothing_in_a_file_becomes_part_of_the_page(office: Office) -> None:
    hostile = '<img src=x onerror="x()">'
    rows = [{"Injury": hostile}, {"Injury": "[a](javascript:b)"}, {"Injury": "www.x.yz"}, {}]
    page, text = letter(office, rows)
    # What is not shown proves nothing.
    assert "&lt;img" in page and "www\\.x" in text
    assert "<img" not in page
    assert "<img" not in re.sub(r"\\<", "", text)
    assert "[a]" not in text and "www.x" not in text


@pytest.mark.slow
def test_the_page_fetches_and_runs_nothing(office: Office) -> None:
    page, _ = letter(office, ROWS, before=BEFORE)
    tags: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)
            assert not {name for name, _ in attrs} & {"src", "href", "onclick", "onload"}

    Tags().feed(page)
    assert "script" not in tags and "link" not in tags
    assert tags.count("h1") == 1
    assert "default-src 'none'" in page and "url(" not in page


@pytest.mark.slow
def test_a_letter_stays_on_a_page_whatever_the_file_says(office: Office) -> None:
    long = "w" * 5000
    page, text = letter(office, [{"Injury": f"{long} {n}"} for n in range(9)] + [{"Role": "x " * 400}] * 5)
    assert long not in page and max(map(len, text.splitlines())) < 500


@pytest.mark.slow
def test_a_checked_file_gets_its_letter(office: Office, collate: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export(*ROWS), encoding="utf-8")
    out = tmp_path / "out"
    ended = collate("check", file, "--force", FORCE, "--out", out, "--marked", out)
    assert ended.code == 1, ended.err
    text = (out / "letter.md").read_text(encoding="utf-8")
    assert "marked.csv" in text
    assert "To North Yorkshire Police" in text


WRONG = {
    "rule": "drop.sent_before", "code": "S029", "field": "source_record_id", "row": None, "severity": "query",
    "value": None, "cell": None, "column": "Ref", "victim": None, "mend": "Send the right one.",
    "message": "40 of 40 references looked at, 100 per cent, stand in crime_2018-04.csv, which covers other days.",
}  # fmt: skip


def of(receipt: Mapping[str, Any]) -> str:
    return as_markdown(
        letter_of({"drop_id": "0123456789abcdef", **receipt}, Occasion("A Force", date(2018, 8, 6)))
    )


@pytest.mark.slow
def test_the_wrong_file_stands_before_all_that_is_wrong_in_it(office: Office) -> None:
    receipt = office.receipt(export(*ROWS))
    others = [{**WRONG, "rule": "drop.units", "message": "Hours."}, {**WRONG, "rule": "drop.wrong_period"}]
    text = of({**receipt, "findings": [WRONG, *others, *receipt["findings"]]})
    assert re.findall(r"^\d\. \*\*(.*?)\*\*", text, re.MULTILINE)[:2] == ["The whole file", 'Column "Date"']
    assert "1. **The whole file**: 40 of 40 references" in text
    clean = office.receipt(export({}), "crime_2018-06.csv")
    text = of({**clean, "findings": [WRONG]})
    assert "Send the right one." in text and "Nothing more is needed" not in text


@pytest.mark.slow
def test_a_query_on_a_row_that_is_held_back_takes_no_place_and_is_not_called_accepted(office: Office) -> None:
    rows = [
        {"Injury": "Grazed", "Date": "31/02/2018"},
        {"Injury": "Grazed"},
        {"Spat at": "Maybe", "Date": "x"},
        {},
    ]
    receipt = office.receipt(export(*rows))
    (asked,) = [cause for cause in receipt["causes"] if cause["rule"] == "injury.unexplained"]
    assert (asked["rows"], asked["accepted"]) == (2, 1)
    text = of(receipt)
    assert "**Worth a look: 1 row, accepted as it is.** Row 3." in text
    assert '"Spat at"' not in text
    assert "1 query to look at" in receipt["summary"]


@pytest.mark.slow
def test_one_slip_takes_one_place(office: Office) -> None:
    # The year of the day is wrong: it lies in the future, and it was recorded before it happened.
    receipt = office.receipt(export({"Date": "03/07/2081"}, {}))
    assert len([cause for cause in receipt["causes"] if cause["severity"] != "note"]) > 1
    assert len(re.findall(r"^\d\. ", of(receipt), re.MULTILINE)) == 1


@pytest.mark.slow
def test_lines_that_could_not_be_read_are_not_called_held(office: Office) -> None:
    content = export({"Date": ""}, {}) + "one,line,too,short\n"
    receipt = office.receipt(content)
    assert (receipt["held"], receipt["refused_lines"]) == (1, 1)
    text = of(receipt)
    assert "# 1 row accepted, 1 held back, 1 line could not be read" in text
    assert "- Held back: 1\n- Lines that could not be read: 1" in text


@pytest.mark.slow
def test_a_workbook_is_told_its_cells_and_a_rule_of_several_fields_its_column(office: Office) -> None:
    receipt = office.receipt(
        export({"Injury": "Grazed"}, {"Role": "Postman", "Offence": "Assault", "Code": ""})
    )
    undecided = {"offence_class.undecided", "offence.required"}
    assert all(each["column"] for each in receipt["causes"] if each["rule"] in undecided)
    found = [{**each, "cell": f"I{each['row']}"} for each in receipt["findings"]]
    text = of({**receipt, "findings": found, "read_as": {"sheet": "Export"}})
    assert 'Sheet "Export", cell I2.' in text


def test_what_was_lost_in_the_writing_of_the_file_is_said(office: Office) -> None:
    receipt = office.receipt(export({}))
    lost = {"kind": "uncached_formulas", "sentence": "A formula has no value saved with it."}
    text = of({**receipt, "noticed": [{"kind": "numbers_as_text", "sentence": "As text."}, lost]})
    assert "## About the file\n\n- A formula has no value saved with it." in text
    assert "As text" not in text


@pytest.mark.slow
def test_the_letter_of_a_check_says_what_changed_since_the_month_before(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    office.receipt(export({"Date": "03/06/2018"}, {"Date": ""}), "crime_2018-06.csv")
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export({}, {}), encoding="utf-8")
    out = tmp_path / "out"
    ended = collate("check", file, "--force", FORCE, "--out", out, "--home", office.home.root)
    assert ended.code == 0, ended.err
    assert "Since crime\\_2018-06.csv" in (out / "letter.md").read_text(encoding="utf-8")
