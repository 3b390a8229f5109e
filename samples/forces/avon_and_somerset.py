"""Avon and Somerset: the crime book from Niche RMS as JSON lines, the health and safety book from Assure.

In the crime book ISO dates and times are joined; in the other, accidents stand beside assaults.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from samples.assaults import OFFENCES, Assault, Scene, plain, serials, several, span
from samples.drops import Cell, Column, Drop, Loose, Row, done, names_of, rendered, said, scattered
from samples.writing import json_lines, separated

FORCE_ID = "avon_and_somerset"
SCENE = Scene(
    ("Bristol", "South Gloucestershire", "Bath & North East Somerset", "North Somerset", "Somerset")
)
CRIMES = 118
REPORTS = 60

ROLE = {
    "police_officer": "officer",
    "student_officer": "student officer",
    "special_constable": "special",
    "pcso": "pcso",
    "designated_officer": "detention officer",
    "police_staff": "staff",
}
DUTY = {"on_duty": True, "off_duty": False}
INJURY = {"none": "none", "minor": "minor", "severe": "severe"}
VIDEO = {"recording": "recording", "worn_not_recording": "not recording", "not_worn": "not worn"}

CRIME: list[Column] = [
    ("occurrence_number", lambda a: a.source_record_id),
    ("occurred_at", lambda a: datetime.combine(a.occurred_on, a.occurred_time)),
    ("recorded_at", lambda a: datetime.combine(a.recorded_on, a.occurred_time) if a.recorded_on else None),
    ("ho_code", lambda a: OFFENCES[a.offence][0]),
    ("offence", lambda a: OFFENCES[a.offence][1]),
    ("victim_role", said("victim_type", ROLE)),
    ("victim_surname", lambda a: a.surname),
    ("collar_number", lambda a: a.collar),
    ("years_of_service", lambda a: a.service),
    ("on_duty", said("duty_status", DUTY)),
    ("injury", said("injury", INJURY)),
    ("days_lost", lambda a: a.days_lost if a.days_lost else None),
    ("spat_at", done("spat_at", True, False)),
    ("bitten", done("bitten", True, False)),
    ("verbal_abuse", done("verbal_abuse", True, False)),
    ("bwv", said("body_worn_video", VIDEO)),
    ("taser_carried", lambda a: a.ced_carried),
    ("hate_flag", lambda a: bool(a.hate_strands)),
    ("neighbourhood", lambda a: a.district),
    ("outcome", lambda a: a.outcome_type),
    ("health_safety_ref", lambda a: a.health_safety_ref or None),
    ("mo", lambda a: a.story),
]

CAUSE = {True: "Assaulted by a person", False: ""}
HURT = {"none": "No injury", "minor": "Minor injury", "severe": "Specified injury"}
ACCIDENTS = ("Slip, trip or fall", "Manual handling", "Road traffic collision", "Struck by object")

REPORT: list[Column] = [
    ("Report ID", lambda a: a.health_safety_ref),
    ("Incident Date", lambda a: a.occurred_on),
    ("Incident Time", lambda a: a.occurred_time),
    ("Reported On", lambda a: a.recorded_on),
    ("Incident Category", lambda a: "Assaulted by a person"),
    ("Person Type", said("victim_type", ROLE)),
    ("Person Name", lambda a: a.surname),
    ("Injury Severity", said("injury", HURT)),
    ("Lost Days", lambda a: a.days_lost),
    ("Intentional", lambda a: "Y"),
    ("Crime Ref", lambda a: a.source_record_id),
]


def drops(rng: random.Random) -> list[Drop]:
    """Return the quarter's crimes, and the quarter's safety reports, some of the same assaults."""
    first, last = span(2018, 7, 3)
    crimes = several(rng, SCENE, numbers(rng), first, last, CRIMES)
    reports = (f"AS-{serial}" for serial in serials(rng, 7_700))
    linked = [replace(one, health_safety_ref=next(reports)) if rng.random() < 0.35 else one for one in crimes]
    return [crime_quarter(rng, linked, first, last), safety_quarter(rng, linked, reports, first, last)]


def numbers(rng: random.Random) -> Iterator[str]:
    """Return occurrence numbers in rising order."""
    return (f"52181{serial:05}" for serial in serials(rng, 50_100))


def crime_quarter(rng: random.Random, crimes: list[Assault], first: date, last: date) -> Drop:
    """Return the quarter's crimes as JSON lines."""
    references = (f"52182{serial:05}" for serial in serials(rng, 10_000))
    spare = [rendered(CRIME, one) for one in plain(rng, SCENE, references, first, last, 3)]
    lines = scattered(
        rng,
        [rendered(CRIME, one) for one in crimes],
        spare[0].spoilt({"years_of_service": "N/K yet"}, "length_of_service_years.unexplained"),
        spare[1].spoilt({"occurrence_number": None}, "source_record_id.required"),
        spare[2].spoilt({"bwv": "battery flat"}, "body_worn_video.unexplained"),
        Loose((), "refused", text='{"occurrence_number": "5218299999", "occurred_at": "2018-08-'),
    )
    return Drop(FORCE_ID, "crime", "asp_assaults_2018-Q3.jsonl", names_of(CRIME), tuple(lines), json_lines)


def safety_quarter(
    rng: random.Random, crimes: list[Assault], reports: Iterator[str], first: date, last: date
) -> Drop:
    """Return the quarter's reports: the linked assaults, and accidents that are out of scope."""
    assaults = [rendered(REPORT, one) for one in crimes if one.health_safety_ref]
    unlinked = several(rng, SCENE, iter(lambda: "", None), first, last, REPORTS - len(assaults) + 3)
    accidents = []
    for one in unlinked:
        row = rendered(REPORT, replace(one, health_safety_ref=next(reports)))
        cells: dict[str, Cell] = {
            "Incident Category": rng.choice(ACCIDENTS),
            "Intentional": "N",
            "Crime Ref": "",
        }
        accidents.append(replace(row, cells={**row.cells, **cells}, fate="out_of_scope"))
    unsure: Row = replace(accidents.pop(), fate="accepted").spoilt(
        {"Incident Category": "Verbal incident?"}, "scope.unexplained"
    )
    lines = scattered(rng, assaults, *accidents, unsure)
    return Drop(
        FORCE_ID, "health_safety", "assure_incidents_2018-Q3.csv", names_of(REPORT), tuple(lines), separated()
    )
