"""Suffolk: Athena, commas, one list-valued cell that sets several fields, and a nil return for August."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

from samples.assaults import OFFENCES, Assault, Scene, plain, serials, several, span
from samples.drops import Column, Drop, Loose, Row, names_of, rendered, said, scattered
from samples.writing import separated

FORCE_ID = "suffolk"
SCENE = Scene(("Ipswich", "Lowestoft", "Bury St Edmunds", "Haverhill", "Felixstowe"))
MONTHS = {
    (2017, 7): 12,
    (2017, 8): 14,
    (2017, 9): 11,
    (2018, 4): 13,
    (2018, 5): 15,
    (2018, 6): 12,
    (2018, 7): 17,
    (2018, 8): 0,
    (2018, 9): 16,
}

ROLE = {
    "police_officer": "Police Constable or above",
    "student_officer": "Student Officer",
    "special_constable": "Special Constable",
    "pcso": "PCSO",
    "designated_officer": "Detention Officer",
    "police_staff": "Staff",
}
DUTY = {"on_duty": "Yes", "off_duty": "No"}
INJURY = {"none": "None", "minor": "Minor", "severe": "Severe"}
CIRCUMSTANCES = {
    "alcohol": "Alcohol",
    "drugs": "Drugs",
    "mental_health": "Mental health",
    "domestic": "Domestic",
    "crowd": "Large group",
    "spat_at": "Spat at",
    "bitten": "Bitten",
    "punched": "Punched",
    "kicked": "Kicked",
    "verbal_abuse": "Verbal abuse",
}


def circumstances(one: Assault) -> str:
    """Return what bore on the assault and what was done, as one cell."""
    return "; ".join(
        word for name, word in CIRCUMSTANCES.items() if name in (*one.impact_factors, *one.manner)
    )


COLUMNS: list[Column] = [
    ("Crime Number", lambda a: a.source_record_id),
    ("Date Committed", lambda a: a.occurred_on),
    ("Time Committed", lambda a: a.occurred_time),
    ("Date Reported", lambda a: a.recorded_on),
    ("Offence", lambda a: "{} {}".format(*OFFENCES[a.offence])),
    ("Victim Role", said("victim_type", ROLE)),
    ("Victim Surname", lambda a: a.surname),
    ("Victim DOB", lambda a: a.born),
    ("Collar", lambda a: a.collar),
    ("On Duty?", said("duty_status", DUTY)),
    ("Injury", said("injury", INJURY)),
    ("Circumstances", circumstances),
    ("MO", lambda a: a.story),
    ("Station", lambda a: a.district),
    ("Outcome", lambda a: f"Outcome {a.outcome_type}" if a.outcome_type != "0" else None),
]


def drops(rng: random.Random) -> list[Drop]:
    """Return a file for each month of two summers and the spring between; August 2018 is a nil return."""
    references = (f"37/{serial}" for serial in serials(rng, 30_000))
    return [one_month(rng, references, year, month, rows) for (year, month), rows in MONTHS.items()]


def one_month(rng: random.Random, references: Iterator[str], year: int, month: int, count: int) -> Drop:
    """Return one month's file, or its nil return where there was nothing."""
    first, last = span(year, month)
    lines: list[Row | Loose] = []
    if count:
        rows = [rendered(COLUMNS, one) for one in several(rng, SCENE, references, first, last, count)]
        spare = [rendered(COLUMNS, one) for one in plain(rng, SCENE, references, first, last, 3)]
        lines = scattered(rng, rows, *faults(year, month, spare))
    return Drop(
        FORCE_ID,
        "crime",
        f"suffolk_assaults_{year}-{month:02}{'' if count else '_nil'}.csv",
        names_of(COLUMNS),
        tuple(lines),
        separated(),
    )


def faults(year: int, month: int, spare: list[Row]) -> list[Row | Loose]:
    """Return the faulty rows and lines of one month."""
    if (year, month) == (2018, 6):
        return [
            Loose((), "refused", text=",".join([str(spare[0].cells["Crime Number"]), "14/06/2018", "22:15"]))
        ]
    if (year, month) == (2018, 7):
        cells = [
            "37/99001",
            "21/07/2018",
            "01:40",
            "21/07/2018",
            "104/23 Assault a constable",
            ROLE["police_officer"],
            "Quarrie",
            "Lunn",
            "02/03/1980",
            "1177",
            "Yes",
            "None",
            "Spat at",
            "No MO",
            "Ipswich",
            "",
        ]
        return [
            spare[0].spoilt({"Circumstances": "Alcohol; Full moon"}, "impact_factors.unexplained"),
            spare[1].spoilt({"Injury": "See statement"}, "injury.unexplained"),
            Loose((), "refused", text=",".join(cells)),
        ]
    if (year, month) == (2018, 9):
        # meant as 7 September
        month_first = spare[0].spoilt({"Date Committed": "09/07/2018"}, "occurred_on.outside_period")
        return [month_first.dated(date(2018, 7, 9))]
    return []
