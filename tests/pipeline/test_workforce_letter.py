"""The letter about a workforce table, as it lies beside its receipt."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pipeline.calendar import release_day, release_from
from pipeline.intake import PUBLISHER
from pipeline.letter import as_html, as_markdown, workforce_letter
from tests.office import Office

HEADER = "force_code,force_name,worker_type,measure,as_at,value,marker,source_file,table,published\n"
CUMBRIA = "E23000002,Cumbria,police_officer,fte,{},{},,tabs.ods,Table_1,2018-07-19\n"
REGION = "E12000002,North West,police_officer,fte,2018-03-31,9000,,tabs.ods,Table_1,2018-07-19\n"
RELEASES = [release_day(date(2018, month, 1)) for month in (6, 7)]


def letters(office: Office, text: str, name: str) -> tuple[dict[str, Any], str, str]:
    """Return the receipt of a workforce table left in the inbox, and its letter in both forms."""
    receipt = office.receipt(text, name, PUBLISHER)
    back: Path = office.store().return_path(PUBLISHER, receipt["drop_id"])
    return (
        receipt,
        (back / "letter.md").read_text(encoding="utf-8"),
        (back / "letter.html").read_text(encoding="utf-8"),
    )


def test_a_workforce_table_has_a_letter_with_its_figures_its_days_and_what_was_set_aside(
    office: Office,
) -> None:
    rows = CUMBRIA.format("2017-09-30", 1129.38) + REGION + CUMBRIA.format("2018-03-31", 1142.87)
    receipt, text, page = letters(office, HEADER + rows, "workforce_2018.csv")
    assert (receipt["forces"], receipt["as_at"]) == (1, ["2017-09-30", "2018-03-31"])
    for said in (text, page):
        assert "The workforce figures are in: thank you" in said
        assert "as at 30 September 2017 to 31 March 2018" in said
        assert "It gives 2 figures of 1 force: what every rate is divided by." in said
        assert "1 row set aside, region, not a force: the first is row 3" in said
        assert "Nothing more is needed." in said
        assert f"Our reference: {receipt['drop_id']}." in said
        # Nothing of it is a force's record, and there is no list of findings.
        assert "findings.csv" not in said and "1142" not in said
    assert "- Rows read: 3\n- Rows with figures: 2\n- Rows set aside: 1\n- Figures: 2\n" in text


def test_a_workforce_table_that_cannot_be_read_has_a_letter_that_says_why(office: Office) -> None:
    slip = CUMBRIA.format("2018-03-31", 1142.87).replace("Cumbria", "Kent")
    receipt, text, page = letters(office, HEADER + slip, "workforce_2018.csv")
    assert receipt["state"] == "refused"
    for said in (text, page):
        assert "Your file could not be used" in said
        assert "are of two different forces" in said
        assert "until then rates are counted with the figures that were there before" in said


def test_names_in_a_workforce_table_are_no_part_of_the_page() -> None:
    receipt = {
        "drop_id": "d", "file": "a_b.csv", "state": "collated", "rows": 9, "accepted": 0, "records": 0, "forces": 0,
        "as_at": [], "out_of_scope": 9,
        "set_aside": [{"row": 1, "sheet": f"<b>{n}", "name": "x", "rows": 1, "why": f"reason {n}"} for n in range(9)],
    }  # fmt: skip
    letter = workforce_letter(receipt, date(2018, 8, 6))
    assert "<b>" not in as_html(letter) and "\\<b\\>0" in as_markdown(letter)
    assert "1 more reason: see receipt.json." in as_html(letter)


def test_the_release_from_a_day_on_is_the_first_that_is_not_past() -> None:
    first, second = RELEASES
    assert release_from(first) == first
    assert release_from(date.fromordinal(first.toordinal() + 1)) == second
