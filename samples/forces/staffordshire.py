"""Staffordshire: Niche RMS, tabs in UTF-16, code and title in one cell, a file a month."""

from __future__ import annotations

import random
from collections.abc import Iterator

from samples.assaults import OFFENCES, Scene, plain, serials, several, span
from samples.drops import Column, Drop, Loose, Row, done, names_of, rendered, said, scattered
from samples.writing import separated

FORCE_ID = "staffordshire"
SCENE = Scene(("Stoke North", "Stoke South", "Newcastle", "Stafford", "Cannock", "Tamworth", "East Staffs"))
MONTHS = {
    (2017, 7): 24,
    (2017, 8): 26,
    (2017, 9): 22,
    (2018, 4): 25,
    (2018, 5): 29,
    (2018, 6): 27,
    (2018, 7): 31,
    (2018, 8): 28,
    (2018, 9): 30,
}

ROLE = {
    "police_officer": "POLICE OFFICER",
    "student_officer": "STUDENT OFFICER",
    "special_constable": "SPECIAL CONSTABLE",
    "pcso": "PCSO",
    "designated_officer": "DETENTION OFFICER",
    "police_staff": "POLICE STAFF",
}
DUTY = {"on_duty": "ON DUTY", "off_duty": "OFF DUTY"}
INJURY = {"none": "NO INJURY", "minor": "MINOR INJURY", "severe": "SERIOUS INJURY"}
TREATMENT = {"none": "NONE REQUIRED", "first_aid": "FIRST AID AT SCENE", "hospital": "HOSPITAL"}
CREW = {"single": "SINGLE", "double": "DOUBLE", "other": "VAN/PSU"}
VIDEO = {"recording": "ON", "worn_not_recording": "OFF", "not_worn": "NOT ISSUED"}
FINALISED = {
    "0": "",
    "1": "CHARGED",
    "1A": "CHARGED ALTERNATE",
    "2": "YOUTH CAUTION",
    "3": "ADULT CAUTION",
    "8": "COMM RESOLUTION",
    "9": "CPS NOT PI",
    "10": "POLICE NOT PI",
    "12": "SUSPECT ILL",
    "14": "NO SUSPECT VICTIM DECLINES",
    "15": "NAMED SUSPECT VICTIM SUPPORTS",
    "16": "NAMED SUSPECT VICTIM DECLINES",
    "18": "UNDETECTED",
}

COLUMNS: list[Column] = [
    ("Occurrence No", lambda a: a.source_record_id),
    ("Occurred Date", lambda a: a.occurred_on),
    ("Occurred Time", lambda a: a.occurred_time),
    ("Created Date", lambda a: a.recorded_on),
    ("Offence", lambda a: " - ".join(OFFENCES[a.offence])),
    ("Involvement Role", said("victim_type", ROLE)),
    ("Involved Person", lambda a: f"{a.surname.upper()}, {a.collar}"),
    ("Person Gender", lambda a: a.sex.upper()),
    ("Duty Status", said("duty_status", DUTY)),
    ("Crewing", said("crewing", CREW)),
    ("Injury Type", said("injury", INJURY)),
    ("Medical Treatment", said("treatment", TREATMENT)),
    ("Spat At", done("spat_at", "true", "false")),
    ("Verbal Abuse", done("verbal_abuse", "true", "false")),
    ("Threats", done("threatened", "true", "false")),
    ("BWV", said("body_worn_video", VIDEO)),
    ("LPT", lambda a: a.district),
    ("Occurrence Summary", lambda a: a.story.replace("\n", " ")),
    ("Finalisation", said("outcome_type", FINALISED)),
]


def drops(rng: random.Random) -> list[Drop]:
    """Return a file for each month of two summers and the spring between."""
    references = (f"21{serial:09}" for serial in serials(rng, 170_402_118))
    return [one_month(rng, references, year, month, rows) for (year, month), rows in MONTHS.items()]


def one_month(rng: random.Random, references: Iterator[str], year: int, month: int, count: int) -> Drop:
    """Return one month's file."""
    first, last = span(year, month)
    rows = [rendered(COLUMNS, one) for one in several(rng, SCENE, references, first, last, count)]
    spare = [rendered(COLUMNS, one) for one in plain(rng, SCENE, references, first, last, 2)]
    return Drop(
        FORCE_ID,
        "crime",
        f"niche_assaults_{year}{month:02}.txt",
        names_of(COLUMNS),
        tuple(scattered(rng, rows, *faults(year, month, spare))),
        separated("\t", "utf-16"),
    )


def faults(year: int, month: int, spare: list[Row]) -> list[Row | Loose]:
    """Return the faulty rows and lines of one month."""
    match year, month:
        case 2018, 6:
            return [Loose((), "blank"), Loose(names_of(COLUMNS), "header"), Loose((), "blank")]
        case 2018, 7:
            return [
                spare[0].spoilt({"Occurrence No": ""}, "source_record_id.required"),
                spare[1].spoilt({"Medical Treatment": "FME ATTENDED"}, "treatment.unexplained"),
            ]
        case 2018, 8:
            return [spare[0].spoilt({"Offence": ""}, "offence.required")]
        case 2018, 9:
            return [
                spare[0].spoilt({"Occurred Date": "09/25/2018"}, "occurred_on.unexplained"),
                spare[1].spoilt({"Duty Status": "REST DAY"}, "duty_status.unexplained"),
            ]
    return []
