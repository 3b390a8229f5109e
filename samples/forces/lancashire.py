"""Lancashire: the crime book from Connect, the health and safety book from eSafety.

Connect's injury words became numbers on 1 August 2018; impact factors are a wide block of yes and no.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

from samples.assaults import OFFENCES, Assault, Scene, plain, serials, several, span
from samples.drops import Cell, Column, Drop, Row, names_of, rendered, said, scattered
from samples.writing import separated, xlsx

FORCE_ID = "lancashire"
SCENE = Scene(("East", "South", "West"), injured=0.32)
CRIMES = 148
REPORTS = 40
CHANGED_ON = date(2018, 8, 1)

ROLE = {
    "police_officer": "Police Officer",
    "student_officer": "Student Officer",
    "special_constable": "Special Constable",
    "pcso": "PCSO",
    "designated_officer": "Civilian Detention Officer",
    "police_staff": "Police Staff",
}
DUTY = {"on_duty": "D – on duty", "off_duty": "O – off duty"}
INJURY = {"none": "No injury", "minor": "Slight injury", "severe": "Serious injury"}
INJURY_NUMBER = {"none": "0", "minor": "1", "severe": "2"}
FACTORS = {
    "alcohol": "Alcohol?",
    "drugs": "Drugs?",
    "mental_health": "Mental ill health?",
    "domestic": "Domestic?",
}
PLACE = {
    "street": "Street",
    "dwelling": "Dwelling",
    "licensed_premises": "Café, bar or club",
    "custody": "Custody suite",
    "hospital": "Hospital",
    "police_vehicle": "Police vehicle",
    "shop": "Retail",
}


def injury(one: Assault) -> str:
    """Return the injury in the words of the day."""
    return (INJURY if one.occurred_on < CHANGED_ON else INJURY_NUMBER)[one.injury]


def factor(name: str) -> Column:
    """Return one column of the wide block."""
    return FACTORS[name], lambda a: "Y" if name in a.impact_factors else "N"


CRIME: list[Column] = [
    ("Crime Ref", lambda a: a.source_record_id),
    ("Start Date", lambda a: a.occurred_on),
    ("Start Time", lambda a: a.occurred_time),
    ("Recorded Date", lambda a: a.recorded_on),
    ("HO Code", lambda a: OFFENCES[a.offence][0]),
    ("Offence Description", lambda a: OFFENCES[a.offence][1]),
    ("Aggrieved Role", said("victim_type", ROLE)),
    ("Aggrieved Name", lambda a: a.surname),
    ("Aggrieved DOB", lambda a: a.born),
    ("Collar", lambda a: a.collar),
    ("Duty", said("duty_status", DUTY)),
    ("Injury", injury),
    factor("alcohol"),
    factor("drugs"),
    factor("mental_health"),
    factor("domestic"),
    ("Compensation claimed", lambda a: "£0" if a.injury == "none" else f"£{a.days_lost * 50 + 100}"),
    ("Location", said("location_type", PLACE)),
    ("Division", lambda a: a.district),
    ("Outcome", lambda a: a.outcome_type),
    ("Notes", lambda a: a.story),
]
WHAT_HURT = {"none": "None", "minor": "First aid", "severe": "Hospital"}

REPORT: list[Column] = [
    ("eSafety No", lambda a: a.source_record_id),
    ("Date", lambda a: a.occurred_on),
    ("Time", lambda a: a.occurred_time),
    ("Type of Incident", lambda a: "Assault/violence"),
    ("Was it intentional?", lambda a: "Yes"),
    ("Job Role", said("victim_type", ROLE)),
    ("Employee", lambda a: a.surname),
    ("Treatment", said("injury", WHAT_HURT)),
    ("Days Absent", lambda a: a.days_lost),
    ("Department", lambda a: a.district),
]
ACCIDENTS = ("Slip/trip/fall", "Manual handling", "RTC", "Sharps", "Dog bite (police dog)")


def drops(rng: random.Random) -> list[Drop]:
    """Return the quarter's crimes and its safety reports."""
    first, last = span(2018, 7, 3)
    return [crime_quarter(rng, first, last), safety_quarter(rng, first, last)]


def crime_quarter(rng: random.Random, first: date, last: date) -> Drop:
    """Return the quarter's crimes; after the change a few rows still carry the old injury words."""
    references = (f"04/{serial}/18" for serial in serials(rng, 140_000))
    rows = [rendered(CRIME, one) for one in several(rng, SCENE, references, first, last, CRIMES)]
    spare = [rendered(CRIME, one) for one in plain(rng, SCENE, references, CHANGED_ON, last, 5)]
    faults = [
        spare[0].spoilt({"Injury": "Slight injury"}, "injury.unexplained"),
        spare[1].spoilt({"Drugs?": "DK"}, "impact_factors.unexplained"),
        spare[2].spoilt({"Crime Ref": "04-2018-77"}, "source_record_id.pattern"),
        too_old(spare[3]),
        spare[4].spoilt({"HO Code": "", "Offence Description": ""}, "offence.required"),
    ]
    lines = scattered(rng, rows, *faults)
    return Drop(
        FORCE_ID,
        "crime",
        "connect_assaults_2018_Q3.csv",
        names_of(CRIME),
        tuple(lines),
        separated(encoding="cp1252"),
    )


def too_old(row: Row) -> Row:
    """Return the row with the year mistyped as 1918; it is accepted, and asked about."""
    when = row.assaults[0].occurred_on.replace(year=1918)
    spoilt = row.spoilt(
        {"Start Date": when, "Injury": "No injury"}, "occurred_on.long_ago", "occurred_on.outside_period"
    )
    return spoilt.dated(when)


def safety_quarter(rng: random.Random, first: date, last: date) -> Drop:
    """Return the quarter's reports: one in three an assault, and one "assault" that nobody meant."""
    references = (f"ES{serial:06}" for serial in serials(rng, 8_000))
    lines: list[Row] = []
    for number, one in enumerate(several(rng, SCENE, references, first, last, REPORTS)):
        row = rendered(REPORT, one)
        away: dict[str, Cell] = {"Type of Incident": rng.choice(ACCIDENTS), "Was it intentional?": ""}
        unmeant: dict[str, Cell] = {"Was it intentional?": "No"}
        if number == 4:
            lines.append(replace(row, cells={**row.cells, **unmeant}, fate="out_of_scope"))
        elif number % 3 == 0:
            lines.append(row)
        else:
            lines.append(replace(row, cells={**row.cells, **away}, fate="out_of_scope"))
    lines[0] = lines[0].spoilt({"Days Absent": "two"}, "days_lost.unexplained")
    lines[3] = lines[3].spoilt({"Date": None}, "occurred_on.required")
    return Drop(
        FORCE_ID,
        "health_safety",
        "eSafety 2018 Q3.xlsx",
        names_of(REPORT),
        tuple(lines),
        xlsx("Incident log"),
    )
