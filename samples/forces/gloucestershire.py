"""Gloucestershire: Unifi, an OpenDocument sheet a quarter, sent a second time with corrections."""

from __future__ import annotations

import random
from dataclasses import replace

from samples.assaults import OFFENCES, Scene, plain, serials, several, span
from samples.drops import Column, Drop, Row, done, names_of, rendered, said, scattered
from samples.writing import ods

FORCE_ID = "gloucestershire"
SCENE = Scene(("Gloucester", "Cheltenham & Tewkesbury", "Cotswolds & Stroud", "Forest of Dean"))
COUNT = 44

ROLE = {
    "police_officer": "Constable",
    "student_officer": "Student constable",
    "special_constable": "Special constable",
    "pcso": "Community support officer",
    "designated_officer": "Custody detention officer",
    "police_staff": "Police staff",
}
DUTY = {"on_duty": "On duty", "off_duty": "Off duty"}
INJURY = {"none": "None", "minor": "Minor", "severe": "Major"}
PLACE = {
    "street": "Highway",
    "dwelling": "House",
    "licensed_premises": "Licensed premises",
    "custody": "Cells",
    "hospital": "Hospital",
    "police_vehicle": "Vehicle (police)",
    "shop": "Shop",
}

COLUMNS: list[Column] = [
    ("Unifi Ref", lambda a: a.source_record_id),
    ("Date From", lambda a: a.occurred_on),
    ("Time From", lambda a: a.occurred_time),
    ("Date Recorded", lambda a: a.recorded_on),
    ("Offence Code", lambda a: OFFENCES[a.offence][0]),
    ("Offence", lambda a: OFFENCES[a.offence][1]),
    ("Victim Role", said("victim_type", ROLE)),
    ("Victim DOB", lambda a: a.born),
    ("PNC Collar", lambda a: int(a.collar)),
    ("Duty", said("duty_status", DUTY)),
    ("Injury", said("injury", INJURY)),
    ("Sick Days", lambda a: a.days_lost),
    ("Spitting", done("spat_at", "Yes", "No")),
    ("Biting", done("bitten", "Yes", "No")),
    ("Place Type", said("location_type", PLACE)),
    ("Area", lambda a: a.district),
    ("Outcome No", lambda a: None if a.outcome_type == "0" else a.outcome_type),
    ("Outcome Date", lambda a: a.outcome_on),
]


def drops(rng: random.Random) -> list[Drop]:
    """Return the quarter as first sent and as sent again: four rows corrected, three mended."""
    references = (f"G{serial}/18" for serial in serials(rng, 3_100))
    first, last = span(2018, 7, 3)
    sound = [rendered(COLUMNS, one) for one in several(rng, SCENE, references, first, last, COUNT)]
    mended = [rendered(COLUMNS, one) for one in plain(rng, SCENE, references, first, last, 3)]
    wrong = [
        mended[0].spoilt({"Date From": None}, "occurred_on.required"),
        mended[1].spoilt({"Date From": "30/02/2018"}, "occurred_on.unexplained"),
        mended[2].spoilt({"Offence Code": None, "Offence": None}, "offence.required"),
    ]
    sent_again = [corrected(row) if number % 11 == 5 else row for number, row in enumerate(sound)]
    return [
        drop("assaults_2018_q3.ods", scattered_rows(rng, sound, wrong)),
        drop("assaults_2018_q3_v2.ods", scattered_rows(rng, sent_again, mended)),
    ]


def corrected(row: Row) -> Row:
    """Return the row after the audit: hurt after all, and the offence raised to match."""
    hurt = replace(row.assaults[0], injury="minor", offence="section_47", days_lost=2)
    return rendered(COLUMNS, hurt)


def scattered_rows(rng: random.Random, rows: list[Row], more: list[Row]) -> list[Row]:
    """Return rows with others put in between."""
    return [line for line in scattered(rng, rows, *more) if isinstance(line, Row)]


def drop(file: str, rows: list[Row]) -> Drop:
    """Return one sending of the quarter."""
    return Drop(FORCE_ID, "crime", file, names_of(COLUMNS), tuple(rows), ods("Export"))
