"""The rules that look beyond the row, from files in the inbox to findings, receipts and states."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline import crowded, recipe
from pipeline.beside import NOTHING, Beside, SentDrop
from pipeline.engine import open_engine
from pipeline.judge import judge
from schemas.assault import ASSAULT
from schemas.beyond import BEYOND
from schemas.beyond_examples import BESIDE, CRIMES, EXAMPLES
from schemas.codes import BOOK
from schemas.force import Force, load_force
from tests.office import FORCE, MAPPED, Office, export, force_file, found, office  # noqa: F401

NAMES = {rule.name for rule in BEYOND}
AS_OF = date(2026, 1, 1)


def beyond(receipt: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Return the findings of the rules that look beyond the row: row, rule and what is said."""
    return [
        (each["row"], each["rule"], each["message"]) for each in receipt["findings"] if each["rule"] in NAMES
    ]


LINK = 'health_safety_ref = { column = "HS ref" }\n'
REPORTS = """
[health_safety]
system = "assure"
files = ["safety_*.csv"]
not_collected = [{absent}]
[health_safety.period]
pattern = '(?P<year>\\d{{4}})-(?P<month>\\d{{2}})'
[health_safety.fields]
source_record_id = {{ column = "Report" }}
occurred_on = {{ column = "Date" }}
injury = {{ column = "Injury", codes = {{ "None" = "none", "Slight" = "minor" }} }}
victim_type = {{ column = "Role", codes = {{ "Officer" = "police_officer", "PCSO" = "pcso" }} }}
"""
CRIME_COLUMNS = ("Ref", "Date", "Time", "Recorded", "Code", "Offence", "Collar", "Role", "Injury", "Spat at",
    "Days lost", "Factors", "Station", "Force", "Surname", "MO", "HS ref")  # fmt: skip


@pytest.fixture
def linked(office: Office) -> Office:  # noqa: F811
    """Return an office whose force sends two books, linked by the reference of the report."""
    given = {"source_record_id", "occurred_on", "injury", "victim_type"}
    absent = ", ".join(f'"{each.name}"' for each in ASSAULT.given if each.name not in given)
    text = force_file(
        "North Yorkshire Police", "North Yorkshire", MAPPED + LINK, tables=REPORTS.format(absent=absent)
    )
    (office.forces / f"{FORCE}.toml").write_text(text, encoding="utf-8")
    return office


def crimes(*rows: dict[str, str]) -> str:
    return export(
        *({"HS ref": "", "Time": f"{place:02}:15", **row} for place, row in enumerate(rows)),
        columns=CRIME_COLUMNS,
    )


SAFETY = (
    "Report,Date,Injury,Role\nHS1,03/07/2018,Slight,Officer\nHS2,03/07/2018,None,PCSO\nHS3,03/07/2018,Odd,\n"
)


@pytest.mark.slow
def test_two_books_are_looked_at_beside_each_other_in_whichever_order_they_lie_in_the_inbox(
    linked: Office,
) -> None:
    linked.drop(crimes({"HS ref": "HS1", "Injury": "Slight"}, {"HS ref": "HS9"}, {"HS ref": "HS2"}, {}))
    linked.drop(SAFETY, "safety_2018-07.csv")
    reports, receipt = linked.receive()
    assert (reports["book"], receipt["book"]) == ("health_safety", "crime")
    assert beyond(receipt) == [
        (3, "health_safety_ref.not_in_book", 'Row 3, column "HS ref": The health and safety book that was sent for '
         "this month has no report of this reference."),
        (4, "victim_type.differs_between_books", 'Row 4, column "Role": The victim\'s role is not what the linked '
         'record of another book says. It is pcso in row 3 of "safety_2018-07.csv".'),
        (None, "source_record_id.not_quoted", "No crime sent for this month quotes this report; the assault may not "
         'have been recorded as a crime. It is row 4 of "safety_2018-07.csv".'),
    ]  # fmt: skip
    first = {each["rule"]: (each["state"], each["why"]) for each in reports["rules"]}
    for rule in ("injury.differs_between_books", "source_record_id.not_quoted"):
        assert first[rule][0] == "does_not_apply" and "crime book of this force is judged" in first[rule][1]
    second = {each["rule"]: each["state"] for each in receipt["rules"]}
    assert {rule for rule in first if first[rule][0] == second[rule] == "could_not_run"} & NAMES == set()
    assert receipt["accepted"] == receipt["rows"] == 4
    assert receipt["findings_by_rule"]["health_safety_ref.not_in_book"] == 1
    assert any(cause["rule"] == "victim_type.differs_between_books" for cause in receipt["causes"])
    place = linked.store().return_path(FORCE, receipt["drop_id"]) / "findings.csv"
    with place.open(encoding="utf-8", newline="") as lines:
        assert {each["rule"] for each in csv.DictReader(lines)} >= {"health_safety_ref.not_in_book"}


@pytest.mark.slow
def test_reports_that_come_later_are_looked_at_beside_the_crimes(linked: Office) -> None:
    linked.receipt(crimes({"HS ref": "HS1", "Injury": "None"}))
    receipt = linked.receipt(SAFETY, "safety_2018-07.csv")
    assert [(row, rule) for row, rule, _ in beyond(receipt)] == [
        (2, "injury.differs_between_books"),
        (3, "source_record_id.not_quoted"),
        (4, "source_record_id.not_quoted"),
    ]
    assert receipt["held"] == 0


NOT_THERE = "health_safety_ref.not_in_book"
IN_CRIMES = (
    "The health and safety book that was sent for this month has no report of this reference. "
    'It is row {} of "crime_2018-07.csv".'
)


def not_there(receipt: dict[str, Any]) -> list[tuple[int | None, str]]:
    """Return the row and the words of what is found of reports that are quoted and not there."""
    return [(row, said) for row, rule, said in beyond(receipt) if rule == NOT_THERE]


def state_of(receipt: dict[str, Any], rule: str = NOT_THERE) -> tuple[str, int, int]:
    ((state, judged, failed),) = (
        (each["state"], each["judged"], each["failed"]) for each in receipt["rules"] if each["rule"] == rule
    )
    return state, judged, failed


def why(receipt: dict[str, Any]) -> str:
    (said,) = (each["why"] for each in receipt["rules"] if each["rule"] == NOT_THERE)
    return str(said)


@pytest.mark.slow
def test_a_quoted_report_is_asked_for_when_the_book_of_reports_comes_second(linked: Office) -> None:
    august = {"HS ref": "HS8", "Date": "01/08/2018", "Recorded": "01/08/2018"}
    first = linked.receipt(crimes({"HS ref": "HS1"}, {"HS ref": "HS9"}, {}, {"HS ref": "HS3"}))
    assert (state_of(first)[0], why(first)) == (
        "could_not_run",
        "The health and safety book of this force has not been received: it is asked then.",
    )
    linked.receipt(crimes({**august, "Ref": "2001/18"}), "crime_2018-08.csv")
    # HS3 is held back, and is there all the same.
    receipt = linked.receipt(SAFETY.replace("HS3,03/07/2018", "HS3,"), "safety_2018-07.csv")
    assert not_there(receipt) == [(None, IN_CRIMES.format(3))]
    assert state_of(receipt) == ("ran", 3, 1)
    assert (receipt["held"], receipt["queries"]) == (1, 2)
    letter = (linked.store().return_path(FORCE, receipt["drop_id"]) / "letter.md").read_text(encoding="utf-8")
    assert "**In what you sent before**" in letter
    assert 'Row 3 of "crime\\_2018-07.csv"' in letter


@pytest.mark.slow
def test_a_reference_mended_before_the_reports_come_is_not_asked_about(linked: Office) -> None:
    linked.receipt(crimes({"HS ref": "HS9"}, {"HS ref": "HS1"}))
    linked.receipt(crimes({"HS ref": "HS2"}, {"HS ref": "HS1"}, {}))
    receipt = linked.receipt(SAFETY, "safety_2018-07.csv")
    assert not_there(receipt) == []
    assert state_of(receipt) == ("ran", 2, 0)


@pytest.mark.slow
def test_a_nil_return_of_reports_that_comes_second_says_what_is_not_there(linked: Office) -> None:
    linked.receipt(crimes({"HS ref": "HS1"}))
    receipt = linked.receipt(SAFETY.splitlines()[0] + "\n", "safety_nil_2018-07.csv")
    assert receipt["state"] == "nil"
    assert not_there(receipt) == [(None, IN_CRIMES.format(2))]
    letter = (linked.store().return_path(FORCE, receipt["drop_id"]) / "letter.md").read_text(encoding="utf-8")
    assert "Nothing more is needed" not in letter


@pytest.mark.slow
def test_reports_that_wait_to_be_judged_are_never_said_not_to_be_there(
    linked: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked.receipt(SAFETY, "safety_2018-07.csv")
    more = SAFETY + "HS9,04/07/2018,None,Officer\n"
    linked.drop(more, "safety_2018-07_again.csv")
    linked.drop(crimes({"HS ref": "HS9"}))
    judged = recipe.collate

    def full(drop: Any, *rest: Any) -> dict[str, Any]:
        if drop.file == "safety_2018-07_again.csv":
            raise OSError(28, "No space left on device")
        return judged(drop, *rest)

    with monkeypatch.context() as once:
        once.setattr(recipe, "collate", full)
        received = recipe.receive(linked.home)
    (receipt,) = received["receipts"]
    assert [drop.file for drop, _ in received["faults"]] == ["safety_2018-07_again.csv"]
    assert not_there(receipt) == []
    assert state_of(receipt)[0] == "could_not_run"
    assert "safety_2018-07_again.csv has arrived and is not judged yet" in why(receipt)
    (again,) = linked.receive()
    assert not_there(again) == [] and state_of(again) == ("ran", 1, 0)


@pytest.mark.slow
def test_a_check_says_what_the_pipeline_will_say_and_works_with_no_home(
    linked: Office, tmp_path: Path
) -> None:
    linked.receipt(SAFETY, "safety_2018-07.csv")
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(crimes({"HS ref": "HS9"}), encoding="utf-8")
    folder = tmp_path / "check"
    folder.mkdir()
    checked = recipe.check_file(file, FORCE, linked.home, folder, None, date.today())
    reports = ["source_record_id.not_quoted"] * 3
    assert [rule for _, rule, _ in beyond(checked)] == ["health_safety_ref.not_in_book", *reports]
    assert beyond(checked) == beyond(linked.receipt(file.read_text(encoding="utf-8")))
    elsewhere = type(linked.home).at(tmp_path / "no home")
    alone = recipe.check_file(file, FORCE, elsewhere, folder, None, date.today())
    assert beyond(alone) == [] and not elsewhere.root.exists()


@pytest.mark.slow
def test_a_reference_that_comes_again_in_another_month_is_asked_about(office: Office) -> None:  # noqa: F811
    office.receipt(export({"Date": "30/06/2018", "Recorded": "30/06/2018"}), "crime_2018-06.csv")
    receipt = office.receipt(export({"Date": "01/07/2018"}))
    ((row, rule, message),) = beyond(receipt)
    assert (row, rule) == (2, "occurred_on.another_month")
    assert message.endswith('It is row 2 of "crime_2018-06.csv", with 30/06/2018.')


@pytest.mark.slow
def test_a_file_that_takes_the_place_of_an_earlier_one_is_not_asked_about(office: Office) -> None:  # noqa: F811
    office.receipt(export({"Date": "30/06/2018", "Recorded": "30/06/2018"}), "crime_2018-06.csv")
    again = export({"Date": "30/06/2018", "Recorded": "02/07/2018"})
    assert beyond(office.receipt(again, "crime_2018-06.csv")) == []


def states_of(office: Office, content: str, beside: Beside, folder: Path) -> dict[str, tuple[str, int, int]]:  # noqa: F811
    """Return the state of each rule that looks beyond the row, with how many records it judged and failed."""
    folder.mkdir(exist_ok=True)
    path = folder / "crime_2018-07.csv"
    path.write_text(content, encoding="utf-8")
    book = load_force(office.forces / f"{FORCE}.toml").books["crime"]
    judged = judge(path, path.name, book, "this", b"key", AS_OF, folder, beside)
    assert [state.rule for state in judged.states if state.rule in NAMES] == [rule.name for rule in BEYOND]
    return {state.rule: (state.state, state.judged, state.failed) for state in judged.states}


@pytest.mark.slow
def test_every_rule_says_whether_it_ran_and_of_how_many(linked: Office, tmp_path: Path) -> None:
    content = crimes({"HS ref": "HS9"}, {"Collar": ""})
    alone = states_of(linked, content, NOTHING, tmp_path / "one")
    assert alone["source_record_id.same_assault"] == ("ran", 1, 0)
    assert alone["occurred_on.several_days"][0] == "does_not_apply"
    assert alone["occurred_on.another_month"][0] == "could_not_run"
    assert alone["health_safety_ref.not_in_book"][0] == "could_not_run"
    books = frozenset({"crime", "health_safety"})
    unsent = states_of(linked, content, Beside(True, books=books), tmp_path / "two")
    assert unsent["health_safety_ref.not_in_book"][0] == "could_not_run"
    nil = SentDrop("d", 1, "health_safety", "safety.csv", (date(2018, 7, 1), date(2018, 7, 31)), None, None)
    sent = states_of(linked, content, Beside(True, 2, books, (nil,)), tmp_path / "three")
    assert sent["health_safety_ref.not_in_book"] == ("ran", 1, 1)
    other = SentDrop("d", 1, "health_safety", "safety.csv", (date(2018, 8, 1), date(2018, 8, 31)), None, None)
    months = states_of(linked, content, Beside(True, 2, books, (other,)), tmp_path / "four")
    assert months["health_safety_ref.not_in_book"][0] == "could_not_run"


def force_of(folder: Path) -> Force:
    """Return a force whose books map every field from the column of its name, each code being its own word."""
    lines = []
    for each in ASSAULT.given:
        codes = ", ".join(f'"{code}" = "{code}"' for code in each.codes or ())
        more = f", codes = {{ {codes} }}" if codes else ""
        more += ', separator = ";"' if each.type == "list" else ""
        lines.append(f'{each.name} = {{ column = "{each.name}"{more} }}')
    period = "pattern = '(?P<year>\\d{4})-(?P<month>\\d{2})'"
    text = "\n".join(
        f'[{name}]\nsystem = "niche"\nfiles = ["{name}_*.csv"]\n[{name}.period]\n{period}\n[{name}.fields]\n'
        + "\n".join(lines)
        for name in BOOK
    )
    path = folder / "west_mercia.toml"
    path.write_text(f'name = "West Mercia Police"\n{text}\n', encoding="utf-8")
    return load_force(path)


FILLED = {
    "occurred_on": "04/07/2018",
    "offence_code": "104/23",
    "victim_type": "police_officer",
    "victim_number": "1",
}


def judged_file(
    force: Force, book: str, rows: Any, folder: Path, month: str, beside: Beside = NOTHING
) -> Any:
    folder.mkdir()
    path = folder / f"{book}_{month}.csv"
    columns = [each.name for each in ASSAULT.given]
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, restval="")
        writer.writeheader()
        for place, row in enumerate(rows):
            writer.writerow({"source_record_id": f"2018/{5000 + place}", **FILLED, **row})
    return judge(path, path.name, force.books[book], folder.name, b"key", AS_OF, folder, beside)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, each in EXAMPLES.items() if each.given in BESIDE])
def test_each_example_that_needs_another_file_is_found_by_its_rule_and_its_counterpart_is_not(
    tmp_path: Path, name: str
) -> None:
    force, example = force_of(tmp_path), EXAMPLES[name]
    before = BESIDE[example.given]
    # An earlier file of the same book is of the month before.
    month = "2018-06" if before.book == "crime" and example.given != CRIMES else "2018-07"
    sent = judged_file(force, before.book, before.rows, tmp_path / "before", month)
    drop = SentDrop("before", 1, before.book, "before.csv", sent.period, sent.accepted, sent.held)
    beside = Beside(True, 2, frozenset(force.books), (drop,))
    book = "health_safety" if example.given == CRIMES else "crime"
    for place, (rows, broken) in enumerate(((example.breaks, True), (example.sound, False))):
        judged = judged_file(force, book, rows, tmp_path / f"now {place}", "2018-07", beside)
        assert (name in {rule.name for rule in judged.findings}) is broken
        assert judged.sums.accepted == len(rows)


@pytest.mark.slow
def test_records_looked_at_in_lots_are_the_same_as_at_once(
    office: Office,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office.receipt(
        export(*({"Collar": f"C{place % 7}", "Time": f"1{place % 9}:0{place % 5}"} for place in range(40)))
    )
    (path,) = (office.home.root / "accepted").rglob("*.parquet")
    count = pq.read_metadata(path).num_rows
    with open_engine(tmp_path) as engine:
        records = engine.read_parquet(path)

        def looked() -> tuple[Any, Any]:
            near = crowded.crowded_victims(engine, records, count, 2, 5)
            twice = records.union(records)
            return near.to_pylist(), sorted(crowded.shared_references(engine, twice, 2 * count).to_pylist())

        at_once = looked()
        assert at_once[0] and len(at_once[1]) == 40
        monkeypatch.setattr(crowded, "AT_ONCE", 7)
        assert looked() == at_once
