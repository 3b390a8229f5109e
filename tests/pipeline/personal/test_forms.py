"""What one value shows, what only a column shows, and what looks like personal data and is none."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.personal.column import Hit, different, of_references, of_text, of_unread
from pipeline.personal.forms import GATE, certain
from pipeline.personal.names import full_name, sure_name
from pipeline.read import Reading, Refused, open_export
from schemas.personal import PERSONAL_COLUMN
from schemas.rule_examples import example_of

AS_OF = date(2026, 1, 1)
ROOT = Path(__file__).resolve().parents[3]

PERSONAL = {
    "j.smith@example.org": "email",
    "Contact: Jo.O'Neil+work@west-mercia.pnn.example.uk": "email",
    "AB 12 34 56 C": "nino",
    "jg103759a": "nino",
    "07700 900123": "phone",
    "+44 20 7946 0958": "phone",
    "ring (0121) 496 0000": "phone",
    "943 476 5919": "nhs",
    "DOB: 04/07/1978": "birth",
    "drove AB12 CDE": "vehicle",
    "PC 1234 was struck": "collar",
    "12 High Street, Telford TF1 1AA": "postcode",
}

INNOCENT = (
    "BG123456C", "QQ123456C", "AB123456E", "943 476 5918", "01/07/2018 22:15", "01-07-2018 10:30", "2018-07-04T22:15",
    "22CR/000123/18", "80-10-000031", "PS-201807-1058", "104/23", "008/73", "Criminal Justice Act 1988 s39", "TF1",
    "Sec 47 OAPA 1861", "ZZ1 1AA", "0114", "1,263.45", "5'10'' to 6'0''", "Assault on a constable (PC)", "SC 18", "@",
    "01 07 2018 2215", "1001/18", "0007911123", "Kings Heath", "8S", "A&E @ night",
)  # fmt: skip


@pytest.mark.parametrize(("word", "kind"), PERSONAL.items())
def test_a_value_that_identifies_somebody_is_known_by_its_form(word: str, kind: str) -> None:
    assert certain(word) == kind


@pytest.mark.parametrize("word", INNOCENT)
def test_a_value_of_an_ordinary_export_is_not_taken_for_personal(word: str) -> None:
    assert certain(word) is None


def test_no_value_is_passed_over_by_the_look_at_whole_columns() -> None:
    words = pa.array(list(PERSONAL))
    assert pc.all(pc.match_substring_regex(words, GATE)).as_py()


@pytest.mark.parametrize("name", ["Ann Brown", "BROWN, Ann", "Mrs Sarah Jones", "Peter J. Smith"])
def test_a_forename_and_a_surname_are_a_name(name: str) -> None:
    assert full_name(name) and sure_name(name)


@pytest.mark.parametrize(
    "place", ["Victoria Park", "Charlotte Street", "Kings Norton", "St Mary's", "Chelsea", ""]
)
def test_a_place_named_after_somebody_is_no_name(place: str) -> None:
    assert not sure_name(place) and not full_name(place)


def test_a_mapped_column_is_personal_where_half_of_its_words_are() -> None:
    names = ["Ann Brown", "Peter Smith", "Sarah Jones", "Dilys Quarrie"]
    assert of_text(names) == Hit("name", 3, 4, closed=True)
    assert of_text([*names, "Telford", "Malvern", "Ludlow", "Oswestry"]) is None
    assert of_text(["07911123456", "01952123456", "02079460958"]) == Hit("phone", 3, 3, closed=True)
    assert of_references(["07911123456", "01952123456", "02079460958"]) is None
    assert of_references(["AB123456C", "AB123457C"]) == Hit("nino", 2, 2, closed=True)


def test_districts_that_are_surnames_too_are_districts() -> None:
    assert (
        of_text(["Stafford", "Lincoln", "Preston", "Bolton", "Burton", "Chester", "Wells", "Chelsea"]) is None
    )


def test_an_unknown_column_is_told_by_its_header_where_its_values_could_be_anything() -> None:
    assert of_unread("Victim Surname", ["Fairhollow", "Quarrie-Lunn"], AS_OF)[0].kind == "name"
    assert of_unread("VIC_DOB", ["10 Feb 1991", "1992-03-04"], AS_OF)[0].kind == "birth"
    assert of_unread("DateOfBirth", ["10/02/2001"], AS_OF)[0].kind == "birth"
    assert of_unread("E-mail sent", ["Yes", "No"], AS_OF) == []
    assert of_unread("Shoulder No", ["4471", "C12"], AS_OF)[0].kind == "collar"
    assert of_unread("Beat", ["4471", "C12"], AS_OF) == []
    assert of_unread("Reported", ["10/02/2018", "11/02/2018"], AS_OF) == []


def test_an_unknown_column_of_notes_with_one_telephone_number_is_told_of() -> None:
    notes = ["Struck on the arm", "Ring 01952 123456 after six", "Kicked"]
    assert of_unread("Notes", notes, AS_OF) == [Hit("phone", 1, 3)]


# Columns of the samples that are personal by design: their forces' files have them hashed or ignored.
BY_DESIGN = ("surname", "dob", "collar", "epaulette", "warrant", "shoulder")


def false_alarms(files: list[Path]) -> Iterator[tuple[str, str]]:
    """Yield the file and column of every hit in a column that holds nothing personal."""
    for path in files:
        try:
            export = open_export(path, Reading())
        except Refused:
            continue
        rows = export.first_rows(export.columns, 1_000)
        for name in export.columns:
            if any(word in name.lower() for word in BY_DESIGN):
                continue
            for hit in of_unread(name, different(rows.column(name)), AS_OF):
                yield path.name, f"{name}: {hit.kind}"


@pytest.mark.slow
def test_nothing_in_the_samples_is_taken_for_personal_that_is_not() -> None:
    files = sorted((ROOT / "samples" / "inbox").glob("*/*"))
    assert len(files) > 40
    assert list(false_alarms(files)) == []


@pytest.mark.slow
def test_nothing_in_the_real_exports_is_taken_for_personal(shared_data: Path) -> None:
    if not (shared_data / "real").is_dir():
        pytest.skip("the real exports are absent from the reference data")
    assert list(false_alarms(sorted((shared_data / "real").glob("*/*")))) == []


def test_the_example_of_the_rule_about_columns_is_told_of_and_its_counterpart_is_not() -> None:
    example = example_of(PERSONAL_COLUMN)
    (breaks,), (sound,) = example.breaks, example.sound
    assert [hit.kind for hit in of_unread("Remarks", [breaks["column"]], AS_OF)] == ["email"]
    assert of_unread("Remarks", [sound["column"]], AS_OF) == []


def test_no_offence_title_is_taken_for_personal(shared_data: Path) -> None:
    listed = shared_data / "reference" / "notifiable_offences_2026_04.csv"
    labels = shared_data / "reference" / "assault_labels_29_forces.txt"
    with listed.open(encoding="utf-8-sig", newline="") as lines:
        titles = [row["Offence"] for row in csv.DictReader(lines)]
    titles += labels.read_text(encoding="utf-8").splitlines()
    assert len(titles) > 1_500
    assert [title for title in titles if certain(title) or sure_name(title)] == []
    assert of_text(titles) is None
