"""PSNI: Niche RMS, a workbook a quarter, the class label in place of a code, days as 04-Jul-2018 in text."""

from __future__ import annotations

import random
from datetime import date

from samples.assaults import CONSTABLES, Assault, Scene, plain, serials, several, span
from samples.drops import Column, Drop, names_of, rendered, said, scattered
from samples.writing import xlsx

FORCE_ID = "psni"
SCENE = Scene(
    ("Belfast City", "Derry City & Strabane", "Ards & North Down", "Mid Ulster", "Causeway Coast & Glens"),
    victims={"police_officer": 93, "student_officer": 3, "designated_officer": 2, "police_staff": 2},
)
COUNT = 176

ROLE = {
    "police_officer": "Police Officer",
    "student_officer": "Student Officer",
    "designated_officer": "Custody Detention",
    "police_staff": "Police Staff",
}
DUTY = {"on_duty": "Duty", "off_duty": "Off Duty"}


def label(one: Assault) -> str:
    """Return the class the system writes."""
    if one.victim_type not in CONSTABLES:
        return "8N" if one.injury != "none" else "105A"
    return "8S" if one.injury != "none" else "104"


def day(when: date) -> str:
    """Return a day as 04-Jul-2018, whatever the machine's language."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{when.day:02}-{months[when.month - 1]}-{when.year}"


COLUMNS: list[Column] = [
    ("Service", lambda a: "PSNI"),
    ("Occurrence", lambda a: a.source_record_id),
    ("Date", lambda a: day(a.occurred_on)),
    ("Time", lambda a: a.occurred_time),
    ("Crime Classification", label),
    ("Victim", said("victim_type", ROLE)),
    ("Service Number", lambda a: int(a.collar)),
    ("Duty", said("duty_status", DUTY)),
    ("Injured", lambda a: a.injury != "none"),
    ("Days Lost", lambda a: a.days_lost),
    ("District", lambda a: a.district),
]


def drops(rng: random.Random) -> list[Drop]:
    """Return the quarter's workbook."""
    references = (f"RC180{serial:05}" for serial in serials(rng, 70_000))
    first, last = span(2018, 7, 3)
    rows = [rendered(COLUMNS, one) for one in several(rng, SCENE, references, first, last, COUNT)]
    spare = [rendered(COLUMNS, one) for one in plain(rng, SCENE, references, first, last, 4)]
    lines = scattered(
        rng,
        rows,
        spare[0].spoilt({"Service": "Garda"}, "force_id.another_force"),
        spare[1].spoilt({"Date": "00-Jan-1900"}, "occurred_on.unexplained"),
        spare[2].spoilt({"Crime Classification": None}, "offence.required"),
        spare[3].spoilt({"Days Lost": 1.5}, "days_lost.unexplained"),
    )
    return [
        Drop(FORCE_ID, "crime", "PSNI assaults 2018 Q3.xlsx", names_of(COLUMNS), tuple(lines), xlsx("Data"))
    ]
