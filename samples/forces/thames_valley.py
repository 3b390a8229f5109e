"""Thames Valley: Niche RMS, a workbook a quarter with a cover sheet, three victims side by side in a row."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from samples.assaults import CONSTABLES, OFFENCES, Assault, Scene, assault, plain, serials, several, span
from samples.drops import Cell, Drop, Row, scattered
from samples.writing import xlsx

FORCE_ID = "thames_valley"
SCENE = Scene(("Reading", "Slough", "Oxford", "Milton Keynes", "Aylesbury Vale", "Wycombe", "West Berkshire"))
CRIMES = 108

ROLE = {
    "police_officer": "Police officer",
    "student_officer": "Student officer",
    "special_constable": "Special constable",
    "pcso": "PCSO",
    "designated_officer": "Detention officer",
    "police_staff": "Police staff",
}
DUTY = {"on_duty": "Yes", "off_duty": "No"}
INJURY = {"none": "None", "minor": "Minor", "severe": "Serious"}
PLACE = {
    "street": "Public place",
    "dwelling": "Private dwelling",
    "licensed_premises": "Pub or club",
    "custody": "Custody",
    "hospital": "Hospital",
    "police_vehicle": "Police vehicle",
    "shop": "Shop",
}
CRIME_COLUMNS = (
    "URN",
    "Date of offence",
    "Time of offence",
    "Date recorded",
    "Offence code",
    "Offence title",
    "Location type",
    "LPA",
    "Outcome",
)
VICTIM_COLUMNS = (
    "Victim {n} role",
    "Victim {n} name",
    "Victim {n} collar",
    "Victim {n} sex",
    "Victim {n} on duty",
    "Victim {n} injury",
    "Victim {n} spat at",
)
COLUMNS = CRIME_COLUMNS + tuple(name.replace("{n}", str(n)) for n in (1, 2, 3) for name in VICTIM_COLUMNS)


def drops(rng: random.Random) -> list[Drop]:
    """Return the quarter's workbook."""
    references = (f"43180{serial:06}" for serial in serials(rng, 199_000))
    first, last = span(2018, 7, 3)
    rows = [row_of(victims_of(rng, crime)) for crime in several(rng, SCENE, references, first, last, CRIMES)]
    spare = [row_of([one]) for one in plain(rng, SCENE, references, first, last, 2)]
    spare += [row_of(victims_of(rng, one, others=2)) for one in plain(rng, SCENE, references, first, last, 1)]
    lines = scattered(
        rng,
        rows,
        spare[0].spoilt({"Date of offence": "??/08/2018"}, "occurred_on.unexplained"),
        spare[1].spoilt({"Victim 1 role": "Traffic warden"}, "victim_type.unexplained"),
        spare[2].spoilt({"Date of offence": None}, "occurred_on.required"),
    )
    front = ("Assaults on police, Thames Valley", "One row a crime; up to three victims side by side.")
    return [Drop(FORCE_ID, "crime", "TVP_2018_Q3.xlsx", COLUMNS, tuple(lines), xlsx("Crimes", front))]


def victims_of(rng: random.Random, crime: Assault, others: int | None = None) -> list[Assault]:
    """Return the victims of a crime, its first among them.

    The crime has one offence, so only where its first victim is a constable are there others.
    """
    if others is None:
        others = rng.choice((0, 0, 0, 1, 1, 2)) if crime.victim_type in CONSTABLES else 0
    moment = (crime.occurred_on, crime.occurred_time)
    return [crime] + [
        replace(
            assault(rng, SCENE, crime.source_record_id, moment, injury="none", victim_type="police_officer"),
            victim_number=number + 2,
        )
        for number in range(others)
    ]


def row_of(victims: Sequence[Assault]) -> Row:
    """Return the row of a crime with its victims side by side."""
    crime = victims[0]
    cells: dict[str, Cell] = dict.fromkeys(COLUMNS)
    code, title = OFFENCES[crime.offence]
    cells |= dict(
        zip(
            CRIME_COLUMNS,
            (
                crime.source_record_id,
                crime.occurred_on,
                crime.occurred_time,
                crime.recorded_on,
                code,
                title,
                PLACE[crime.location_type],
                crime.district,
                None if crime.outcome_type == "0" else crime.outcome_type,
            ),
            strict=True,
        )
    )
    for number, one in enumerate(victims, start=1):
        facts = (
            ROLE[one.victim_type],
            one.surname,
            one.collar,
            one.sex,
            DUTY[one.duty_status],
            INJURY[one.injury],
            "Yes" if "spat_at" in one.manner else "No",
        )
        cells |= dict(zip((name.replace("{n}", str(number)) for name in VICTIM_COLUMNS), facts, strict=True))
    return Row(cells, tuple(victims))
