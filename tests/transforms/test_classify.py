"""Offences classify as the Home Office counts them; what cannot be decided is left open."""

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.offences import classes_by_code, offences
from transforms.classify import (
    attempted,
    classes_by_number,
    classify,
    facts_of_rules,
    offence_code,
)

DAY = date(2024, 7, 4)
SCHEMA = {"offence_code": "string", "offence_title": "string", "victim_type": "string", "occurred_on": "date"}

BEATING = "Assault or assault by beating on a constable"
BEATING_OF_ANOTHER = "Assault or assault by beating on a emergency worker (except a constable)"
ABH = "Assault occasioning actual bodily harm"


@cache
def prepared() -> duckdb.DuckDBPyConnection:
    """Return an engine that holds the compiled classification of a table `records`, ready to be run again."""
    connection = duckdb.connect(config={"threads": 1})
    # Planning costs more than running on a handful of rows.
    connection.execute("pragma disable_optimizer")
    connection.execute(
        "create table records (offence_code text, offence_title text, victim_type text, occurred_on date)"
    )
    compiled = ibis.to_sql(classify(ibis.table(SCHEMA, name="records")), dialect="duckdb")
    connection.execute(f"prepare classify as {compiled}")
    return connection


def classified(*records: tuple[str | None, str | None, str | None, date | None]) -> list[dict[str, Any]]:
    """Return the records, each a code, title, victim type and day, classified in one batch."""
    columns = zip(*records, strict=True)
    schema = pa.schema([(name, pa.date32() if name == "occurred_on" else pa.string()) for name in SCHEMA])
    sent = pa.table(dict(zip(SCHEMA, map(list, columns), strict=True)), schema=schema)
    engine = prepared()
    engine.execute("delete from records")
    engine.register("sent", sent)
    engine.execute("insert into records from sent")
    run = engine.execute("execute classify")
    names = [column[0] for column in run.description]
    return [dict(zip(names, row, strict=True)) for row in run.fetchall()]


def one(
    code: str | None = None, title: str | None = None, victim_type: str | None = None, on: date | None = DAY
) -> tuple[str | None, str | None]:
    (record,) = classified((code, title, victim_type, on))
    return record["offence_class"], record["measure"]


def read(expression: Any) -> Any:
    """Return what an expression comes to."""
    return ibis.duckdb.connect().execute(expression)


def text(value: str | None) -> Any:
    """Return a text as an expression."""
    return ibis.literal(value, "string")


WITH_INJURY = ("8S", "constable_with_injury")
WITHOUT_INJURY = ("104", "constable_without_injury")
OTHER_WITH_INJURY = ("8T", "emergency_worker_with_injury")
OTHER_WITHOUT_INJURY = ("105A", "emergency_worker_without_injury")
PLAIN = ("105A", "other")
UNDECIDED = (None, None)


# The code.


@pytest.mark.parametrize(
    ("sent", "normal"),
    [
        ("104/23", "104/23"),
        ("10423", "104/23"),
        ("008/73", "008/73"),
        ("00873", "008/73"),
        ("8/73", "008/73"),
        ("8/73 ", "008/73"),
        (" 08/73", "008/73"),
        ("105/08", "105/08"),
        ("105/8", "105/08"),
        ("HO 008/73", "008/73"),
        ("ho code: 8/73", "008/73"),
        ("HOC 00873", "008/73"),
        ("8 / 73", "008/73"),
    ],
)
def test_a_code_is_read_in_each_of_its_ways_of_writing(sent: str, normal: str) -> None:
    assert read(offence_code(text(sent))) == normal


@pytest.mark.parametrize(
    "sent",
    [
        "873",
        "0873",
        "104",
        "8S",
        "008/73A",
        "008/730",
        "0008/73",
        "/73",
        "8/",
        "assault",
        "",
        "008/73, 008/06",
    ],
)
def test_a_text_that_may_be_something_else_is_no_code(sent: str) -> None:
    assert read(offence_code(text(sent)).isnull())


@pytest.mark.parametrize("sent", ["00873", "8/73", " 008/73", "HO 008/73"])
def test_a_record_is_classified_however_its_code_is_written(sent: str) -> None:
    (record,) = classified((sent, BEATING, None, DAY))
    assert (record["offence_code"], record["offence_class"]) == ("008/73", "104")


def test_every_code_of_the_list_is_known() -> None:
    codes = sorted(classes_by_code())
    known = {
        record["offence_code_known"] for record in classified(*((code, None, None, DAY) for code in codes))
    }
    assert known == {True}


@pytest.mark.parametrize("code", ["008/99", "998/01", "008/00", "000/00", "104/25"])
def test_a_code_on_no_list_is_not_known(code: str) -> None:
    (record,) = classified((code, None, None, DAY))
    assert record["offence_code_known"] is False


def test_the_record_says_whether_its_code_is_known() -> None:
    sent = ["008/73", "030/02", "104/23", "8S", "999/99", "nonsense", None]
    records = classified(*((code, BEATING, "police_officer", DAY) for code in sent))
    known = [record["offence_code_known"] for record in records]
    assert known == [True, True, True, True, False, False, None]


def test_an_unknown_code_leaves_the_title_to_decide() -> None:
    assert one("999/99", BEATING) == WITHOUT_INJURY


@pytest.mark.parametrize(
    ("code", "expected"),
    [("125/68", ("8L", "other")), ("003/01", ("3B", "other")), ("034/01", UNDECIDED), ("053/46", UNDECIDED)],
)
def test_a_code_of_another_offence_has_its_class_where_the_list_gives_it_one(
    code: str, expected: tuple[Any, Any]
) -> None:
    assert one(code, None, "police_officer") == expected


# An attempt.


@pytest.mark.parametrize(
    ("title", "is_attempt"),
    [
        ("Attempted - Assault occasioning actual bodily harm", True),
        ("Attempt assault on a constable", True),
        ("ATTEMPTED ASSAULT PC", True),
        (" attempted: assault PC", True),
        ("Attempted murder", False),
        ("Attempt murder", False),
        ("Attempted genocide or crime against humanity", False),
        ("Attempting to choke etc. in order to commit indictable offence", False),
        ("Assault on a constable", False),
        ("Assault on a constable in an attempt to escape", False),
    ],
)
def test_a_title_that_opens_with_an_attempt_is_one_unless_it_is_an_offence_of_its_own(
    title: str, is_attempt: bool
) -> None:
    assert read(attempted(text(title))) == is_attempt
    assert classified((None, title, None, DAY))[0]["attempted"] == is_attempt


def test_an_attempt_a_force_states_itself_is_kept() -> None:
    rows = [
        {
            "offence_code": None,
            "offence_title": f"{opening}Assault PC",
            "victim_type": None,
            "occurred_on": DAY,
        }
        | {"attempted": stated}
        for opening, stated in (("Attempted - ", False), ("", True), ("Attempted - ", None), ("", None))
    ]
    records = ibis.memtable(rows, schema=SCHEMA | {"attempted": "boolean"})
    assert read(classify(records))["attempted"].tolist() == [False, True, True, False]


def test_an_attempt_has_the_class_of_the_offence() -> None:
    assert one(None, f"Attempted - {BEATING}") == WITHOUT_INJURY


# The title and the victim.


@pytest.mark.parametrize(
    ("title", "victim_type", "expected"),
    [
        (BEATING, None, WITHOUT_INJURY),
        (BEATING_OF_ANOTHER, None, OTHER_WITHOUT_INJURY),
        (None, "police_officer", WITHOUT_INJURY),
        (None, "student_officer", WITHOUT_INJURY),
        (None, "special_constable", WITHOUT_INJURY),
        (None, "other_force_officer", WITHOUT_INJURY),
        (None, "pcso", OTHER_WITHOUT_INJURY),
        (None, "designated_officer", OTHER_WITHOUT_INJURY),
        (None, "police_staff", OTHER_WITHOUT_INJURY),
        (None, "contractor", OTHER_WITHOUT_INJURY),
        (None, "volunteer", OTHER_WITHOUT_INJURY),
        (None, "other_emergency_worker", OTHER_WITHOUT_INJURY),
        (None, "unknown", UNDECIDED),
        (None, None, UNDECIDED),
        ("Assault or assault by beating", "pcso", OTHER_WITHOUT_INJURY),
        ("Assault or assault by beating (not on a constable)", None, OTHER_WITHOUT_INJURY),
        ("Assault on a constable or an emergency worker", None, UNDECIDED),
        ("Assault on a constable or an emergency worker", "pcso", OTHER_WITHOUT_INJURY),
    ],
)
def test_008_73_splits_by_its_title_and_else_by_the_victim(
    title: str | None, victim_type: str | None, expected: tuple[Any, Any]
) -> None:
    assert one("008/73", title, victim_type) == expected


def test_the_title_wins_over_the_victim_type() -> None:
    assert one("008/73", BEATING, "pcso") == WITHOUT_INJURY
    assert one("008/73", BEATING_OF_ANOTHER, "police_officer") == OTHER_WITHOUT_INJURY
    assert one("008/06", "Assault PC - ABH", "police_staff") == WITH_INJURY


def test_an_emergency_worker_who_is_a_constable_is_a_constable() -> None:
    assert one("008/73", "Assault by beating of an emergency worker", "police_officer") == WITHOUT_INJURY
    assert one("008/73", "Assault by beating of an emergency worker", "pcso") == OTHER_WITHOUT_INJURY
    assert one("008/73", "Assault by beating of an emergency worker", None) == OTHER_WITHOUT_INJURY


@pytest.mark.parametrize("code", ["008/06", "008/01", "005/01", "008/77"])
@pytest.mark.parametrize(
    ("title", "victim_type", "expected"),
    [
        ("on a constable", None, WITH_INJURY),
        ("Assault PC", None, WITH_INJURY),
        ("Assault police", None, WITH_INJURY),
        ("Assault on police", None, WITH_INJURY),
        ("Assault police officer", None, WITH_INJURY),
        ("Assaults on PCs", None, WITH_INJURY),
        ("Assault EW", None, OTHER_WITH_INJURY),
        ("Assault emergency worker", None, OTHER_WITH_INJURY),
        ("Assault DDO", None, OTHER_WITH_INJURY),
        ("Assault PCSO", None, OTHER_WITH_INJURY),
        ("Assault police staff", None, OTHER_WITH_INJURY),
        ("Assault police community support officer", None, OTHER_WITH_INJURY),
        ("Non-fatal strangulation of a constable", None, WITH_INJURY),
        ("Assault on an emergency worker other than a police officer", None, OTHER_WITH_INJURY),
        ("Assault on an emergency worker excluding PC", "police_officer", OTHER_WITH_INJURY),
        ("Assault", "police_officer", WITH_INJURY),
        ("Assault", "pcso", OTHER_WITH_INJURY),
        ("Assault", "unknown", UNDECIDED),
        ("Assault on a non-constable", "police_officer", UNDECIDED),
        (None, "special_constable", WITH_INJURY),
        (None, None, UNDECIDED),
    ],
)
def test_an_injury_code_follows_its_title_and_else_the_victim(
    code: str, title: str | None, victim_type: str | None, expected: tuple[Any, Any]
) -> None:
    assert one(code, title, victim_type, date(2025, 4, 1)) == expected


@pytest.mark.parametrize("inverting", ["other than", "except", "excluding", "excl.", "apart from"])
@pytest.mark.parametrize("constable", ["a constable", "constables", "a police officer", "PC"])
@pytest.mark.parametrize("code", ["008/73", "008/06", "105/01", "104/23", None])
def test_an_inverting_word_never_makes_a_constable(code: str | None, inverting: str, constable: str) -> None:
    title = f"Assault ({inverting} {constable})"
    assert one(code, title, "police_officer")[0] not in {"8S", "104"}


@pytest.mark.parametrize(
    ("victim_type", "expected"), [(None, PLAIN), ("police_officer", PLAIN), ("pcso", OTHER_WITHOUT_INJURY)]
)
def test_a_plain_common_assault_is_105a_and_an_emergency_workers_only_where_the_victim_is_one(
    victim_type: str | None, expected: tuple[Any, Any]
) -> None:
    assert one("105/01", "Common assault and battery", victim_type) == expected


def test_an_assault_on_a_designated_person_is_on_an_emergency_worker_by_its_code_alone() -> None:
    assert one("105/08") == OTHER_WITHOUT_INJURY


def test_assaulting_a_person_who_assists_a_constable_is_no_assault_on_a_constable() -> None:
    assert one("105/03", "Assault a person assisting a constable") == PLAIN
    assert one(None, "Assault a person assisting a constable") == PLAIN


def test_a_withdrawn_code_of_class_104_is_class_104() -> None:
    assert one("104/23", "Assault a constable in the execution of his/her duty") == WITHOUT_INJURY
    assert one("104/25", None) == WITHOUT_INJURY
    assert one("104/23", None, "police_officer", date(2015, 6, 1)) == WITHOUT_INJURY


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("104/23", BEATING_OF_ANOTHER),
        ("104/25", "Assault (other than on a constable)"),
        ("105/01", "Common assault on a constable"),
        ("105/08", BEATING),
        ("008/06", "Assault without injury on a constable"),
        ("008/06", "Common assault of a constable"),
        ("008/01", BEATING),
        ("008/73", "Assault occasioning actual bodily harm on a constable"),
        ("104/23", "Assault with injury on a constable"),
        ("008/73", f"{BEATING}, {BEATING_OF_ANOTHER}"),
        ("8S", BEATING_OF_ANOTHER),
        ("8S", BEATING),
    ],
)
def test_a_code_and_title_that_contradict_each_other_are_undecided(code: str, title: str) -> None:
    (record,) = classified((code, title, "police_officer", DAY))
    assert (record["offence_class"], record["measure"], record["offence_undecided"]) == (None, None, True)


# The day.


@pytest.mark.parametrize(
    ("code", "title", "on", "expected"),
    [
        ("008/06", "PC", date(2017, 3, 31), ("8N", "other")),
        ("008/06", "PC", date(2017, 4, 1), WITH_INJURY),
        ("005/01", "PC", date(2017, 3, 31), ("5D", "other")),
        ("005/01", "PC", date(2017, 4, 1), WITH_INJURY),
        ("008/06", "EW", date(2020, 3, 31), ("8N", "other")),
        ("008/06", "EW", date(2020, 4, 1), OTHER_WITH_INJURY),
        ("008/06", None, date(2017, 3, 31), ("8N", "other")),
        ("008/06", None, date(2017, 4, 1), UNDECIDED),
        ("008/06", "Assault (except PC)", date(2020, 3, 31), ("8N", "other")),
        ("008/73", BEATING, date(2018, 11, 30), UNDECIDED),
        ("008/73", BEATING, date(2018, 12, 1), WITHOUT_INJURY),
        ("008/73", BEATING_OF_ANOTHER, date(2018, 11, 30), UNDECIDED),
        ("008/77", "PC", date(2022, 6, 6), UNDECIDED),
        ("008/77", "PC", date(2022, 6, 7), ("8N", "other")),
        ("008/77", "PC", date(2025, 3, 31), ("8N", "other")),
        ("008/77", "PC", date(2025, 4, 1), WITH_INJURY),
        ("008/77", "EW", date(2025, 4, 1), OTHER_WITH_INJURY),
        ("008/06", "PC", None, UNDECIDED),
        ("104/23", "PC", None, WITHOUT_INJURY),
        (None, "Assault with injury on a constable", date(2017, 3, 31), ("8N", "other")),
        (
            None,
            f"{BEATING} (Assaults on Emergency Workers (Offences) Act 2018)",
            date(2018, 11, 12),
            UNDECIDED,
        ),
        (
            None,
            f"{BEATING} (Assaults on Emergency Workers (Offences) Act 2018)",
            date(2018, 11, 13),
            WITHOUT_INJURY,
        ),
    ],
)
def test_a_class_holds_from_its_first_day(
    code: str | None, title: str | None, on: date | None, expected: tuple[Any, Any]
) -> None:
    assert one(code, title, None, on) == expected


# Titles alone, and labels.


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (
            "Assault without injury on a constable, Assault occasioning actual bodily harm on a constable",
            UNDECIDED,
        ),
        (f"{ABH} of a constable, Malicious wounding of a constable", WITH_INJURY),
        ("Assault with injury PC, Assault with injury EW", UNDECIDED),
        ("Common assault, Assault occasioning actual bodily harm", UNDECIDED),
        ("Assault on a constable, Common assault", WITHOUT_INJURY),
        ("Assault with injury on an emergency worker, other than a constable", OTHER_WITH_INJURY),
    ],
)
def test_two_offences_in_one_title_count_where_they_agree(title: str, expected: tuple[Any, Any]) -> None:
    assert one(None, title) == expected


@pytest.mark.parametrize(
    ("label", "on", "expected"),
    [
        ("8S", DAY, WITH_INJURY),
        ("8s", DAY, WITH_INJURY),
        ("8S", date(2016, 5, 1), ("8N", "other")),
        ("104", DAY, WITHOUT_INJURY),
        ("8T", DAY, OTHER_WITH_INJURY),
        ("8T", date(2019, 5, 1), ("8N", "other")),
        ("105A", DAY, PLAIN),
        ("8N", DAY, ("8N", "other")),
    ],
)
def test_a_class_in_place_of_a_code_or_title_is_that_class(
    label: str, on: date, expected: tuple[Any, Any]
) -> None:
    assert one(label, None, None, on) == expected
    assert one(None, label, None, on) == expected


@pytest.mark.parametrize(
    "title",
    [
        "Common assault of an emergency worker",
        "Assault, Police and Fire Reform (Scotland) Act 2012 s90",
        "Assault Police and Fire Reform (Scotland) Act 2012 sec 90(1)",
    ],
)
@pytest.mark.parametrize(
    ("victim_type", "expected"),
    [(None, UNDECIDED), ("police_officer", UNDECIDED), ("police_staff", OTHER_WITHOUT_INJURY)],
)
def test_the_scottish_offence_is_never_104(
    title: str, victim_type: str | None, expected: tuple[Any, Any]
) -> None:
    assert one(None, title, victim_type) == expected


def test_the_scottish_offence_on_a_constable_is_known_and_has_no_class_and_without_a_role_is_undecided() -> (
    None
):
    title = "Common assault of an emergency worker"
    records = classified(*((None, title, victim, DAY) for victim in ("police_officer", None)))
    assert [record["offence_class"] for record in records] == [None, None]
    assert [record["offence_undecided"] for record in records] == [False, True]


def test_a_record_with_neither_code_nor_title_has_nothing_to_decide() -> None:
    (record,) = classified((None, None, "police_officer", DAY))
    assert (record["offence_class"], record["measure"], record["offence_undecided"]) == (None, None, False)


# How 29 forces spell it. Class with no code, on DAY, for a victim unknown, an officer and a PCSO; and why.

NAMED = "the title names the victim and says whether there was injury"
BY_VICTIM = "ambiguous alone: the title says injury or none but not whom, so the victim type decides"
HARM_UNSAID = "ambiguous: it may be with injury (8S, 8T) or without (104, 105A)"
ANY_WORKER = "8T by its words; a constable is an emergency worker too, so an officer makes it 8S"
COMMON = "common assault is listed in 105A alone"
SEXUAL = "a sexual offence by its exact title"

LABELS: dict[str, tuple[str | None, str | None, str | None, str]] = {
    "Assault (without injury) on a constable (Police Act 1996)": ("104", "104", "104", NAMED),
    "Assault constable - ABH": ("8S", "8S", "8S", NAMED),
    "Assault Constable - assault occasioning actual bodily harm": ("8S", "8S", "8S", NAMED),
    "Assault emergency worker - ABH": ("8T", "8S", "8T", ANY_WORKER),
    "Assault Emergency Worker - actual bodily harm (Sec 47)": ("8T", "8S", "8T", ANY_WORKER),
    "Assault emergency worker - wounding with intent to do GBH (Sec 18)": ("8T", "8S", "8T", ANY_WORKER),
    "Assault Occasioning ABH on an Emergency Worker - Offences against the Person Act 1861 Sec 47": (
        "8T",
        "8S",
        "8T",
        ANY_WORKER,
    ),
    "Assault occasioning actual bodily harm - Offences against the Person Act 1861 Sec 47": (
        None,
        "8S",
        "8T",
        BY_VICTIM,
    ),
    "Assault occasioning actual bodily harm (Sec 47)": (None, "8S", "8T", BY_VICTIM),
    "Assault occasioning actual bodily harm (Section 47)": (None, "8S", "8T", BY_VICTIM),
    "Assault on a constable - Police Act 1996 Sec 89(1)": (
        "104",
        "104",
        "104",
        "the Police Act offence is 104",
    ),
    "Assault on a constable occasioning actual bodily harm - Offences against the Person Act 1861 Sec 47": (
        "8S",
        "8S",
        "8S",
        NAMED,
    ),
    "Assault on a female by penetration": ("20A", "20A", "20A", SEXUAL),
    "Assault on a male by penetration": ("17A", "17A", "17A", SEXUAL),
    "Assault or assault by beating of a constable": ("104", "104", "104", NAMED),
    "Assault or assault by beating of a constable (Assaults on Emergency Workers (Offences) Act 2018 Sec 1)": (
        "104",
        "104",
        "104",
        "the name of the Act does not make the constable another emergency worker",
    ),
    "Assault or assault by beating of an emergency worker (except a constable)": (
        "105A",
        "105A",
        "105A",
        NAMED,
    ),
    "Assault or assault by beating on a constable - Criminal Justice Act 1988 Sec 39 as added by "
    "Assaults on Emergency Workers (Offences) Act 2018 Sec 1": ("104", "104", "104", NAMED),
    "Assault or assault by beating on a emergency worker (except a constable) - Criminal Justice Act 1988 "
    "Sec 39 as added by Assaults on Emergency Workers (Offences) Act 2018 Sec 1": (
        "105A",
        "105A",
        "105A",
        NAMED,
    ),
    "Assault or Assault by beating on an emergency worker (except a constable)": (
        "105A",
        "105A",
        "105A",
        NAMED,
    ),
    "Assault Other Emergency Worker": (None, None, None, HARM_UNSAID),
    "Assault Police": (None, None, None, HARM_UNSAID),
    "Assault Police Officer - Sec 47. Assault occasioning actual bodily harm": ("8S", "8S", "8S", NAMED),
    "Assault with Injury": (None, "8S", "8T", BY_VICTIM),
    "Assault with injury EW": ("8T", "8S", "8T", ANY_WORKER),
    "Assault with injury on a constable": ("8S", "8S", "8S", NAMED),
    "Assault with injury PC": ("8S", "8S", "8S", NAMED),
    "Assault with Intent to cause Serious Harm": (None, "8S", "8T", BY_VICTIM),
    "Assault without Injury": (None, "104", "105A", BY_VICTIM),
    "Assault Without Injury on a Constable": ("104", "104", "104", NAMED),
    "Assault without injury on a constable (Police Act offence)": ("104", "104", "104", NAMED),
    "Assault without injury on a constable, Assault or Assault by beating on a constable": (
        "104",
        "104",
        "104",
        "two offences that agree",
    ),
    "Assault without injury PC": ("104", "104", "104", NAMED),
    "Assaults on an emergency worker (other than constable)": (None, None, None, HARM_UNSAID),
    "Assaults on emergency workers (other than constables)": (None, None, None, HARM_UNSAID),
    "Attempted - Assault or assault by beating of a constable": ("104", "104", "104", NAMED),
    "Attempted - Assault or assault by beating of an emergency worker (except a constable)": (
        "105A",
        "105A",
        "105A",
        NAMED,
    ),
    "Attempted - Assault Other Emergency Worker -Wounding with intent to do grievous bodily harm "
    "(Indictable) (S.18)": ("8T", "8T", "8T", "other emergency worker excepts constables"),
    "Attempted - Assault with Injury - Assault occasioning actual bodily harm": (None, "8S", "8T", BY_VICTIM),
    "Attempted - Assault with Intent to cause Serious Harm - Wounding with intent to do grievous bodily harm": (
        None,
        "8S",
        "8T",
        BY_VICTIM,
    ),
    "Attempted - Assault without Injury - Common assault and battery": ("105A", "105A", "105A", COMMON),
    "Common assault (excluding on PC)": ("105A", "105A", "105A", COMMON),
    "Common assault (S39) and assault without injury (Class 105A)": ("105A", "105A", "105A", COMMON),
    "Common Assault and Battery": ("105A", "105A", "105A", COMMON),
    "Common assault and battery - Criminal Justice Act 1988 Sec 39": ("105A", "105A", "105A", COMMON),
    "Common assault and battery (Violence without injury)": ("105A", "105A", "105A", COMMON),
}


@pytest.mark.parametrize("label", LABELS)
def test_a_label_of_the_29_forces_classifies_or_is_declared_ambiguous(label: str) -> None:
    *expected, why = LABELS[label]
    records = classified(*((None, label, victim, DAY) for victim in (None, "police_officer", "pcso")))
    assert [record["offence_class"] for record in records] == expected, why
    assert [record["offence_undecided"] for record in records] == [name is None for name in expected]
    assert [record["attempted"] for record in records] == [label.startswith("Attempted")] * 3


def test_the_labels_are_those_of_the_29_forces(shared_data: Path) -> None:
    spelt = (
        (shared_data / "reference" / "assault_labels_29_forces.txt").read_text(encoding="utf-8").splitlines()
    )
    assert len(spelt) == 46
    assert set(spelt) == set(LABELS)


# The same rules written a second time, in plain Python, row by row.

INJURY = {"008/06", "008/01", "005/01", "008/77"}
OFFICERS = {"police_officer", "student_officer", "special_constable", "other_force_officer"}


def whom_it_names(words: str) -> str | None:
    words = words.replace("emergency workers (offences)", "")
    before, inverter, after = re.split(r"(other than|except|excl\w*|$)", words, maxsplit=1)[:3]
    constable = re.compile(r"constable|police officer|\bpc\b|assault (on )?police(?! staff)")
    others = re.compile(r"emergency|\bew\b|pcso|ddo|police staff|designated|accredited")
    if "assisting" in words and constable.search(words):
        return "nobody's constable"
    if inverter and constable.search(after):
        return "other" if others.search(words) else "nobody's constable"
    if constable.search(words):
        return None if others.search(words) else "constable"
    if re.search(r"pcso|ddo|police staff|designated|accredited|other emergency", words):
        return "other"
    return "any worker" if others.search(words) else None


def expected_class(
    code: str, title: str | None, victim_type: str | None, on: date
) -> tuple[str | None, str | None]:
    """Return the class and measure of a record with a code of assault and a title of one offence."""
    words = (title or "").lower()
    named = whom_it_names(words)
    by_type = (
        None if victim_type in {None, "unknown"} else "constable" if victim_type in OFFICERS else "other"
    )
    whom = {
        "constable": "constable",
        "other": "other",
        "any worker": by_type or "other",
        "nobody's constable": "other" if by_type == "other" else "not",
        None: by_type,
    }[named]
    without = any(said in words for said in ("without injury", "by beating", "common assault"))
    injured = any(said in words for said in ("with injury", "bodily harm", "wounding"))
    if code in INJURY:
        if without or (code == "008/77" and on < date(2022, 6, 7)):
            return None, None
        general = "5D" if code == "005/01" else "8N"
        joined = date(2025, 4, 1) if code == "008/77" else None
        constables = general if on < (joined or date(2017, 4, 1)) else "8S"
        workers = general if on < (joined or date(2020, 4, 1)) else "8T"
        open_to = {"constable": {constables}, "other": {workers}, "not": {workers, general}}
        classes = open_to.get(whom or "", {constables, workers, general})
        if len(classes) > 1:
            return None, None
        (name,) = classes
        return name, {"8S": "constable_with_injury", "8T": "emergency_worker_with_injury"}.get(name, "other")
    if injured:
        return None, None
    if code.startswith("104/") or code == "105/14":
        if named in {"other", "nobody's constable"} or (code == "105/14" and on < date(2013, 10, 7)):
            return None, None
        return WITHOUT_INJURY
    if code == "008/73":
        if on < date(2018, 12, 1) or whom is None:
            return None, None
        return WITHOUT_INJURY if whom == "constable" else OTHER_WITHOUT_INJURY
    if named == "constable":
        return None, None
    return OTHER_WITHOUT_INJURY if whom == "other" or code in {"105/08", "105/09"} else PLAIN


CODES = sorted(
    {line.code for line in offences() if line.code in INJURY or line.code[:4] in {"104/", "105/"}}
    | {"008/73", "104/25"}
)
TITLES = [
    None,
    *sorted(
        {line.title for line in offences() if line.offence_class in {"5D", "8N", "8S", "8T", "104", "105A"}}
        - {"Attempted murder"}
    ),
    *(label for label in LABELS if ", " not in label),
    "Assault on DDO",
    "Assault police staff",
    "Assault on a constable or emergency worker",
    "Wounding, excluding constables",
]
RECORDS = st.tuples(
    st.sampled_from(CODES),
    st.sampled_from(TITLES),
    st.sampled_from(
        [None, "unknown", *sorted(OFFICERS), "pcso", "police_staff", "volunteer", "other_emergency_worker"]
    ),
    st.dates(date(2013, 1, 1), date(2026, 12, 31))
    | st.sampled_from(
        [
            date(2017, 3, 31),
            date(2017, 4, 1),
            date(2018, 11, 30),
            date(2018, 12, 1),
            date(2020, 3, 31),
            date(2020, 4, 1),
            date(2022, 6, 6),
            date(2022, 6, 7),
            date(2025, 3, 31),
            date(2025, 4, 1),
        ]
    ),
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.lists(RECORDS, min_size=40, max_size=200))
def test_two_independent_writings_of_the_rules_agree(
    records: list[tuple[str, str | None, str | None, date]],
) -> None:
    for sent, found in zip(records, classified(*records), strict=True):
        assert (found["offence_class"], found["measure"]) == expected_class(*sent), sent


def test_every_code_with_every_title_agrees_with_the_second_writing() -> None:
    records = [
        (code, title, victim_type, DAY)
        for code in CODES
        for title in TITLES
        for victim_type in (None, "police_officer", "pcso")
    ]
    wrong = [
        (sent, found["offence_class"], expected_class(*sent))
        for sent, found in zip(records, classified(*records), strict=True)
        if (found["offence_class"], found["measure"]) != expected_class(*sent)
    ]
    assert wrong == []


def test_every_entry_of_a_table_written_as_a_text_can_be_told_from_the_next() -> None:
    for text in [*classes_by_number().values(), *facts_of_rules().values()]:
        written = [entry for entry in text.split(" ") if "=" in entry]
        assert written, text
        assert all(re.fullmatch(r"[^ =]+=[^ =]+", entry) for entry in written), text
        assert len({entry.partition("=")[0] for entry in written}) == len(written), text


@pytest.mark.slow
@pytest.mark.parametrize("fused", [True, False])
def test_rows_come_out_as_they_went_in_however_the_query_is_compiled(
    fused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ibis.options.sql, "fuse_selects", fused)
    rows = [
        {
            "row_number": n,
            "offence_code": code,
            "offence_title": BEATING,
            "victim_type": None,
            "occurred_on": DAY,
        }
        for n, code in enumerate(["008/73", "8/73", None, "999/99"] * 2000)
    ]
    records = classify(ibis.memtable(rows, schema={"row_number": "int64"} | SCHEMA))
    result = ibis.duckdb.connect().to_pyarrow(records)
    assert result["row_number"].to_pylist() == list(range(8000))
    assert set(result["offence_class"].to_pylist()) == {"104"}
    assert result.column_names == [
        "row_number",
        *SCHEMA,
        "attempted",
        "offence_class",
        "measure",
        "offence_code_known",
        "offence_undecided",
    ]
