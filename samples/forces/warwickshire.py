"""Warwickshire: Athena, semicolons, UTF-8 with a byte order mark, a file a month, a row for every victim.

Date and time stand in one cell; victims of one crime repeat its reference and are numbered by counting.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from samples.assaults import OFFENCES, Assault, Scene, assault, plain, serials, several, span
from samples.drops import Column, Drop, Row, done, names_of, rendered, said, scattered
from samples.writing import separated

FORCE_ID = "warwickshire"
SCENE = Scene(("Rugby", "Nuneaton & Bedworth", "North Warwickshire", "Stratford", "Warwick & Leamington"))
MONTHS = {
    (2017, 7): 9,
    (2017, 8): 8,
    (2017, 9): 8,
    (2018, 4): 10,
    (2018, 5): 9,
    (2018, 6): 11,
    (2018, 7): 11,
    (2018, 8): 12,
    (2018, 9): 10,
}

ROLE = {
    "police_officer": "PC/PS/Insp",
    "student_officer": "Student PC",
    "special_constable": "SC",
    "pcso": "PCSO",
    "designated_officer": "DDO",
    "police_staff": "Staff",
}
DUTY = {"on_duty": "Y", "off_duty": "N"}
INJURY = {"none": "Nil", "minor": "Minor", "severe": "Severe"}
PLACE = {
    "street": "Street",
    "dwelling": "Residential",
    "licensed_premises": "Licensed",
    "custody": "Custody",
    "hospital": "Hospital",
    "police_vehicle": "Police vehicle",
    "shop": "Shop",
}
SEX = {"female": "Female", "male": "Male"}

COLUMNS: list[Column] = [
    ("Crime No", lambda a: a.source_record_id),
    ("Occurred", lambda a: datetime.combine(a.occurred_on, a.occurred_time)),
    ("Reported", lambda a: a.recorded_on),
    ("HO Offence Code", lambda a: OFFENCES[a.offence][0].replace("/", "")),
    ("Victim Type", said("victim_type", ROLE)),
    ("Epaulette", lambda a: a.collar),
    ("Surname", lambda a: a.surname),
    ("Sex", said("sex", SEX)),
    ("Yrs Service", lambda a: a.service),
    ("On Duty", said("duty_status", DUTY)),
    ("Injury", said("injury", INJURY)),
    ("Spat At", done("spat_at", "Y", "N")),
    ("Bitten", done("bitten", "Y", "N")),
    ("Punched", done("punched", "Y", "N")),
    ("Kicked", done("kicked", "Y", "N")),
    ("Venue", said("location_type", PLACE)),
    ("SNT", lambda a: a.district),
    ("Outcome", lambda a: a.outcome_type if a.outcome_type != "0" else None),
    ("Outcome Date", lambda a: a.outcome_on),
]


def drops(rng: random.Random) -> list[Drop]:
    """Return a file for each month of two summers and the spring between."""
    references = (f"23/{serial}/17" for serial in serials(rng, 21_000))
    made = []
    for (year, month), crimes in MONTHS.items():
        if (year, month) == (2018, 4):
            references = (f"23/{serial}/18" for serial in serials(rng, 11_000))
        made.append(one_month(rng, references, year, month, crimes))
    return made


def one_month(rng: random.Random, references: Iterator[str], year: int, month: int, crimes: int) -> Drop:
    """Return one month's file."""
    first, last = span(year, month)
    rows = [
        rendered(COLUMNS, victim)
        for crime in several(rng, SCENE, references, first, last, crimes)
        for victim in victims_of(rng, crime)
    ]
    spare = [rendered(COLUMNS, one) for one in plain(rng, SCENE, references, first, last, 2)]
    return Drop(
        FORCE_ID,
        "crime",
        f"WARKS_ASSAULTS_{year}_{month:02}.csv",
        names_of(COLUMNS),
        tuple(scattered(rng, rows, *faults(year, month, spare))),
        separated(";", "utf-8-sig"),
    )


def victims_of(rng: random.Random, crime: Assault) -> list[Assault]:
    """Return the victims of a crime, its first among them."""
    others = rng.choice((0, 0, 0, 0, 1, 1, 2))
    moment = (crime.occurred_on, crime.occurred_time)
    return [crime] + [
        replace(
            assault(rng, SCENE, crime.source_record_id, moment),
            victim_number=number + 2,
            recorded_on=crime.recorded_on,
            outcome_type=crime.outcome_type,
            outcome_on=crime.outcome_on,
        )
        for number in range(others)
    ]


def faults(year: int, month: int, spare: list[Row]) -> list[Row]:
    """Return the faulty rows of one month."""
    match year, month:
        case 2018, 7:
            return [
                spare[0].spoilt({"Occurred": ""}, "occurred_on.required"),
                spare[1].spoilt(
                    {"HO Offence Code": "00806", "Victim Type": "", "Injury": "Minor"},
                    "offence_class.undecided",
                ),
            ]
        case 2018, 8:
            return [
                spare[0].spoilt({"HO Offence Code": "ASLT"}, "offence_code.unexplained", "offence.required")
            ]
        case 2018, 9:
            return [spare[0].spoilt({"Spat At": "see MG11"}, "spat_at.unexplained")]
    return []
