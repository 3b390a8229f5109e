"""Devon and Cornwall: Genie, an old binary workbook a month, days as 3 Apr 2018, yes and no as 1 and 0."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

from samples.assaults import OFFENCES, Scene, plain, serials, several, span
from samples.drops import Column, Drop, Row, done, names_of, rendered, said, scattered
from samples.writing import xls

FORCE_ID = "devon_and_cornwall"
SCENE = Scene(
    (
        "Plymouth",
        "Cornwall & Isles of Scilly",
        "South Devon",
        "Exeter, East & Mid Devon",
        "North & West Devon",
    )
)
MONTHS = {7: 46, 8: 52, 9: 41}

ROLE = {
    "police_officer": "Reg Officer",
    "student_officer": "Probationer",
    "special_constable": "MSC",
    "pcso": "PCSO",
    "designated_officer": "CDO",
    "police_staff": "Staff Other",
}
DUTY = {"on_duty": 1, "off_duty": 0}
INJURY = {"none": "NIL", "minor": "MINOR", "severe": "SERIOUS"}
AGE = {"under_26": "18-25", "age_26_to_40": "26-40", "age_41_to_55": "41-55", "over_55": "56+"}
WEAPON = {
    "none": "NONE",
    "knife": "KNIFE",
    "blunt": "BLUNT",
    "bottle_or_glass": "BOTTLE/GLASS",
    "vehicle": "VEHICLE",
    "other": "OTHER",
}


def day(when: date | None) -> str:
    """Return a day as 3 Apr 2018, whatever the machine's language."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{when.day} {months[when.month - 1]} {when.year}" if when else ""


COLUMNS: list[Column] = [
    ("CRIME_REF", lambda a: a.source_record_id),
    ("DATE_OCC", lambda a: day(a.occurred_on)),
    ("TIME_OCC", lambda a: a.occurred_time),
    ("DATE_REP", lambda a: day(a.recorded_on)),
    ("HO_CODE", lambda a: OFFENCES[a.offence][0].lstrip("0")),
    ("OFFENCE", lambda a: OFFENCES[a.offence][1].upper()),
    ("VIC_ROLE", said("victim_type", ROLE)),
    ("VIC_DOB", lambda a: day(a.born)),
    ("VIC_AGE", said("age_band", AGE)),
    ("VIC_COLLAR", lambda a: int(a.collar)),
    ("ON_DUTY", said("duty_status", DUTY)),
    ("INJ_LEVEL", said("injury", INJURY)),
    ("SPAT", done("spat_at", 1, 0)),
    ("BIT", done("bitten", 1, 0)),
    ("PUNCH", done("punched", 1, 0)),
    ("KICK", done("kicked", 1, 0)),
    ("WEAPON", said("weapon", WEAPON)),
    ("BCU", lambda a: a.district),
    ("DET_CODE", lambda a: a.outcome_type),
    ("DET_DATE", lambda a: day(a.outcome_on)),
]


def drops(rng: random.Random) -> list[Drop]:
    """Return three monthly workbooks."""
    references = (f"CR/{serial:06}/18" for serial in serials(rng, 56_000))
    return [one_month(rng, references, month) for month in MONTHS]


def one_month(rng: random.Random, references: Iterator[str], month: int) -> Drop:
    """Return one month's workbook."""
    first, last = span(2018, month)
    rows = [rendered(COLUMNS, one) for one in several(rng, SCENE, references, first, last, MONTHS[month])]
    spare = [rendered(COLUMNS, one) for one in plain(rng, SCENE, references, first, last, 3)]
    return Drop(
        FORCE_ID,
        "crime",
        f"DCP_ASSAULTS_{month:02}_2018.xls",
        names_of(COLUMNS),
        tuple(scattered(rng, rows, *faults(month, spare))),
        xls("Sheet1"),
    )


def faults(month: int, spare: list[Row]) -> list[Row]:
    """Return the faulty rows of one month."""
    if month == 7:
        return [spare[0].spoilt({"DATE_OCC": "31 Jun 2018"}, "occurred_on.unexplained")]
    if month == 8:
        return [
            spare[0].spoilt({"CRIME_REF": "PLYMOUTH 12"}, "source_record_id.pattern"),
            spare[1].spoilt({"VIC_AGE": "2041-11-01"}, "age_band.unexplained"),
        ]
    return [spare[0].spoilt({"DET_CODE": "31"}, "outcome_type.unexplained"), spare[1], spare[1].repeated()]
