"""The offence tables say what the Home Office list says, and where they say more, it is these few lines."""

import csv
from datetime import date
from pathlib import Path

import pytest

from schemas.codes import CONSTABLES, VICTIM_TYPE
from schemas.offences import EMERGENCY_WORKERS, VICTIMS, Offence, classes_by_code, offences

NOT_IN_THE_LIST = {"104/23"}


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> dict[int, dict[str, str]]:
    """Return the Home Office list by the line each offence starts on, counting records as lines."""
    with (shared_data / "reference" / "notifiable_offences_2026_04.csv").open(encoding="utf-8") as lines:
        return dict(enumerate(csv.DictReader(lines), start=2))


def offence_class(line: dict[str, str]) -> str:
    return (line["Offence category"].split() or [""])[0]


def test_every_code_of_the_list_is_known_with_its_classes(reference: dict[int, dict[str, str]]) -> None:
    listed: dict[str, set[str]] = {}
    for line in reference.values():
        listed.setdefault(line["Home Office code"], set()).update({offence_class(line)} - {""})
    assert {code: set(classes) for code, classes in classes_by_code().items()} == listed


def test_every_offence_of_the_table_says_what_its_line_of_the_list_says(
    reference: dict[int, dict[str, str]],
) -> None:
    for offence in offences():
        if offence.source_line is None:
            continue
        line = reference[offence.source_line]
        assert (offence.code, offence.offence_class) == (line["Home Office code"], offence_class(line))
        assert offence.title == " ".join(line["Offence"].split())
        assert offence.act == " ".join(line["Act"].split())
        assert offence.section == " ".join(line["Section"].split())


def test_every_line_of_the_list_in_a_class_of_assault_is_in_the_table(
    reference: dict[int, dict[str, str]],
) -> None:
    of_assault = {
        number
        for number, line in reference.items()
        if offence_class(line) in {"2", "5D", "8N", "8P", "8S", "8T", "104", "105A", "105B"}
    }
    assert of_assault <= {offence.source_line for offence in offences()}


def test_the_police_act_offence_is_in_the_table_because_the_list_no_longer_carries_it(
    reference: dict[int, dict[str, str]],
) -> None:
    assert {offence.code for offence in offences() if offence.source_line is None} == NOT_IN_THE_LIST
    assert not NOT_IN_THE_LIST & {line["Home Office code"] for line in reference.values()}


def test_no_code_of_the_list_carries_a_letter() -> None:
    assert all(
        len(code) == 6 and code[3] == "/" and code.replace("/", "").isdigit() for code in classes_by_code()
    )


def test_no_other_class_uses_the_number_of_class_104() -> None:
    assert {classes for code, classes in classes_by_code().items() if code.startswith("104/")} == {("104",)}


@pytest.mark.parametrize(
    ("code", "offence_class", "victim", "first_day"),
    [
        ("008/06", "8N", "anyone", None),
        ("008/06", "8S", "constable", date(2017, 4, 1)),
        ("008/01", "8S", "constable", date(2017, 4, 1)),
        ("005/01", "8S", "constable", date(2017, 4, 1)),
        ("008/06", "8T", "emergency_worker", date(2020, 4, 1)),
        ("008/01", "8T", "emergency_worker", date(2020, 4, 1)),
        ("005/01", "8T", "emergency_worker", date(2020, 4, 1)),
        ("005/01", "5D", "anyone", None),
        ("008/73", "104", "constable", date(2018, 12, 1)),
        ("008/73", "105A", "emergency_worker", date(2018, 12, 1)),
        ("008/77", "8N", "anyone", date(2022, 6, 7)),
        ("008/77", "8S", "constable", date(2025, 4, 1)),
        ("008/77", "8T", "emergency_worker", date(2025, 4, 1)),
        ("104/23", "104", "constable", None),
        ("105/01", "105A", "anyone", None),
        ("105/03", "105A", "anyone", None),
        ("105/08", "105A", "emergency_worker", None),
        ("105/14", "104", "anyone", date(2013, 10, 7)),
    ],
)
def test_an_offence_is_open_from_its_day_for_its_victim(
    code: str, offence_class: str, victim: str, first_day: date | None
) -> None:
    days = {
        offence.valid_from
        for offence in offences()
        if (offence.code, offence.offence_class, offence.victim) == (code, offence_class, victim)
    }
    assert days == {first_day}


def test_a_code_has_one_class_for_a_victim_on_a_day() -> None:
    seen: dict[tuple[str, str, date | None], Offence] = {}
    for offence in offences():
        first = seen.setdefault((offence.code, offence.victim, offence.valid_from), offence)
        assert first.offence_class == offence.offence_class


def test_every_victim_type_but_unknown_is_a_constable_or_another_emergency_worker() -> None:
    assert not set(CONSTABLES) & set(EMERGENCY_WORKERS)
    assert {code.code for code in VICTIM_TYPE.codes} - {*CONSTABLES, *EMERGENCY_WORKERS} == {"unknown"}


def test_every_victim_of_an_offence_is_one_the_rules_know() -> None:
    assert {offence.victim for offence in offences()} == set(VICTIMS)
