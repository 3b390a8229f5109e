"""Police Scotland: the offence in words only, ISO dates, true and false, UTF-8, a file a month.

Section 90 of the Police and Fire Reform (Scotland) Act 2012 covers constables and police staff alike, and
Scots law has no class 8S or 104: each constable's offence is known and has no class, and counts as undecided.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from samples.assaults import Assault, Scene, plain, serials, several, span
from samples.drops import Column, Drop, Row, done, names_of, rendered, said, scattered
from samples.writing import separated

FORCE_ID = "police_scotland"
SCENE = Scene(
    (
        "Greater Glasgow",
        "Edinburgh City",
        "Tayside",
        "Lanarkshire",
        "Fife",
        "Highland & Islands",
        "Ayrshire",
        "North East",
        "Forth Valley",
    ),
    victims={
        "police_officer": 90,
        "student_officer": 4,
        "special_constable": 2,
        "designated_officer": 3,
        "police_staff": 1,
    },
    injured=0.25,
)
MONTHS = {7: 66, 8: 62, 9: 58}
OFFENCE = "Common assault of an emergency worker - Police and Fire Reform (Scotland) Act 2012, section 90"

ROLE = {
    "police_officer": "Constable or promoted rank",
    "student_officer": "Probationary constable",
    "special_constable": "Special constable",
    "designated_officer": "PCSO (custody)",
    "police_staff": "Member of staff",
}
DUTY = {"on_duty": "true", "off_duty": "false"}
INJURY = {"none": "Uninjured", "minor": "Slight", "severe": "Serious"}


def iso(day: date) -> str:
    """Return a day as 2018-07-04."""
    return day.isoformat()


COLUMNS: list[Column] = [
    ("incident_ref", lambda a: a.source_record_id),
    ("date_committed", lambda a: iso(a.occurred_on)),
    ("time_committed", lambda a: f"{a.occurred_time:%H:%M:%S}"),
    ("date_recorded", lambda a: iso(a.recorded_on)),
    ("crime_description", lambda a: OFFENCE),
    ("victim_designation", said("victim_type", ROLE)),
    ("victim_surname", lambda a: a.surname),
    ("shoulder_number", lambda a: a.collar),
    ("on_duty", said("duty_status", DUTY)),
    ("injury", said("injury", INJURY)),
    ("spat_at", done("spat_at", "true", "false")),
    ("bitten", done("bitten", "true", "false")),
    ("days_lost", lambda a: a.days_lost),
    ("division", lambda a: a.district),
]


def drops(rng: random.Random) -> list[Drop]:
    """Return three monthly files."""
    references = (f"PS-201807-{serial:04}" for serial in serials(rng, 1_000))
    return [one_month(rng, references, month) for month in MONTHS]


def one_month(rng: random.Random, references: Iterator[str], month: int) -> Drop:
    """Return one month's file."""
    first, last = span(2018, month)
    rows = [written(one) for one in several(rng, SCENE, references, first, last, MONTHS[month])]
    spare = [written(one) for one in plain(rng, SCENE, references, first, last, 3)]
    return Drop(
        FORCE_ID,
        "crime",
        f"assaults-2018{month:02}.csv",
        names_of(COLUMNS),
        tuple(scattered(rng, rows, *faults(month, spare))),
        separated(end="\n"),
    )


def written(one: Assault) -> Row:
    """Return the row of an assault."""
    return rendered(COLUMNS, one)


def faults(month: int, spare: list[Row]) -> list[Row]:
    """Return the faulty rows of one month."""
    if month == 7:
        return [spare[0].spoilt({"bitten": "unsure"}, "bitten.unexplained"), spare[1], spare[1].repeated()]
    if month == 8:
        return [spare[0].spoilt({"days_lost": 4000}, "days_lost.out_of_range")]
    return [
        replace(spare[0], rules=()).spoilt({"crime_description": ""}, "offence.required"),
        spare[1].spoilt({"time_committed": "24:61:00"}, "occurred_time.unexplained"),
    ]
