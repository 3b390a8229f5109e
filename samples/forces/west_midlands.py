"""West Midlands: the crime book from NEC Connect, use of force forms from Pronto.

Connect's workbooks have titles and footnotes, and number the victims of a crime; Pronto's have grouped
headers, and most of its forms report no assault.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from samples.assaults import OFFENCES, Assault, Scene, assault, plain, serials, several, span
from samples.drops import Cell, Column, Drop, Loose, Row, names_of, rendered, said, scattered
from samples.writing import xlsx

FORCE_ID = "west_midlands"
SCENE = Scene(
    (
        "Birmingham East",
        "Birmingham West",
        "Coventry",
        "Dudley",
        "Sandwell",
        "Solihull",
        "Walsall",
        "Wolverhampton",
    ),
    injured=0.34,
)
CRIMES = {7: 88, 8: 92, 9: 84}
FORMS = {7: 46, 8: 50, 9: 44}

CATEGORY = {
    "police_officer": "Police Officer",
    "student_officer": "Student Officer",
    "special_constable": "Special",
    "pcso": "PCSO",
    "designated_officer": "Detention Escort Officer",
    "police_staff": "Police Staff Member",
}
DUTY = {"on_duty": "On", "off_duty": "Off"}
SUSTAINED = {"none": "None", "minor": "Slight", "severe": "Serious"}
MOTIVE = {"race": "Racist", "sexual_orientation": "Homophobic", "religion": "Faith"}
RANK = {"constable": "Constable", "sergeant": "Sergeant", "inspector": "Inspector", "not_applicable": None}

CRIME: list[Column] = [
    ("Crime Number", lambda a: a.source_record_id),
    ("Victim No", lambda a: a.victim_number),
    ("Offence Date", lambda a: a.occurred_on),
    ("Offence Time", lambda a: a.occurred_time),
    ("Recorded Date", lambda a: a.recorded_on),
    ("Home Office Code", lambda a: OFFENCES[a.offence][0]),
    ("Offence Description", lambda a: OFFENCES[a.offence][1]),
    ("Victim Category", said("victim_type", CATEGORY)),
    ("Victim Rank", said("rank", RANK)),
    ("Victim Name", lambda a: a.surname.upper()),
    ("Shoulder Number", lambda a: int(a.collar)),
    ("Length of Service", lambda a: a.service),
    ("Duty", said("duty_status", DUTY)),
    ("Injury Sustained", said("injury", SUSTAINED)),
    ("Working Days Lost", lambda a: a.days_lost),
    ("Hate Motivation", lambda a: "; ".join(MOTIVE[strand] for strand in a.hate_strands) or None),
    ("NPU", lambda a: a.district),
    ("Outcome Type", lambda a: a.outcome_type if a.outcome_type in ("0", "1A") else int(a.outcome_type)),
]

PLACE = {
    "street": "Street/Highway",
    "dwelling": "Dwelling",
    "licensed_premises": "Licensed Premises",
    "custody": "Custody Block",
    "hospital": "Hospital/A&E",
    "police_vehicle": "Police vehicle",
    "shop": "Retail Premises",
}
CREW = {"single": "Yes", "double": "No", "other": "No"}
HURT = {"none": "No injury", "minor": "Minor", "severe": "Severe"}


def factor(name: str) -> Column:
    """Return one column of the form's wide block of impact factors."""
    return (
        f"Impact factor / {name.replace('_', ' ').title()}",
        lambda a: "Yes" if name in a.impact_factors else "No",
    )


FORM: list[Column] = [
    ("Form / Number", lambda a: a.source_record_id),
    ("Form / Date", lambda a: a.occurred_on),
    ("Form / Time", lambda a: a.occurred_time),
    ("Officer / Collar No", lambda a: int(a.collar)),
    ("Officer / Role", said("victim_type", CATEGORY)),
    ("Officer / Single crewed", said("crewing", CREW)),
    ("Officer / CED carried", lambda a: "Yes" if a.ced_carried else "No"),
    ("Officer / Assaulted by subject", lambda a: "Yes"),
    ("Officer / Injury", said("injury", HURT)),
    factor("alcohol"),
    factor("drugs"),
    factor("mental_health"),
    factor("crowd"),
    ("Location", said("location_type", PLACE)),
    ("Subject / Name", lambda a: a.surname),
]
GROUPS = ("Form", "", "", "Officer", "", "", "", "", "", "Impact factor", "", "", "", "Location", "Subject")


def drops(rng: random.Random) -> list[Drop]:
    """Return three months of crimes and three of use of force forms."""
    crimes = (f"20BW/{serial}/18" for serial in serials(rng, 150_100))
    forms = (f"UOF-{serial}" for serial in serials(rng, 40_210))
    return [crime_month(rng, crimes, month) for month in CRIMES] + [
        form_month(rng, forms, month) for month in FORMS
    ]


def crime_month(rng: random.Random, references: Iterator[str], month: int) -> Drop:
    """Return one month's crime workbook: titles above the header, a total and a footnote below the table."""
    first, last = span(2018, month)
    victims: list[Assault] = []
    for crime in several(rng, SCENE, references, first, last, CRIMES[month]):
        victims.append(crime)
        if rng.random() < 0.18:
            moment = (crime.occurred_on, crime.occurred_time)
            other = assault(rng, SCENE, crime.source_record_id, moment, closes=last)
            victims.append(replace(other, victim_number=2))
    rows = [rendered(CRIME, victim) for victim in victims]
    spare = [rendered(CRIME, one) for one in plain(rng, SCENE, references, first, last, 3)]
    lines = scattered(rng, rows, *faults(month, spare))
    lines += [
        Loose((), "blank"),
        Loose(("Total", len(lines)), "note"),
        Loose(("Source: Connect. Provisional; subject to change as crimes are audited.",), "note"),
    ]
    return Drop(
        FORCE_ID,
        "crime",
        f"WMP Assaults on Police 2018-{month:02}.xlsx",
        names_of(CRIME),
        tuple(lines),
        xlsx("Assaults", front=("Assaults on police officers and staff", "OFFICIAL")),
        titles=(
            Loose(("Assaults on police officers and staff",), "header"),
            Loose((f"Offences committed {first:%B %Y}",), "header"),
            Loose((), "blank"),
        ),
    )


def faults(month: int, spare: list[Row]) -> list[Row]:
    """Return the faulty rows of one month's crimes."""
    if month == 7:
        return [
            spare[0].spoilt({"Hate Motivation": "Racist; Gothic"}, "hate_strands.unexplained"),
            spare[1].spoilt({"Length of Service": "four"}, "length_of_service_years.unexplained"),
        ]
    if month == 8:
        return [
            spare[0].spoilt({}, "source_record_id.repeated"),
            spare[0].spoilt({"NPU": "Solihull and Airport"}, "source_record_id.repeated"),
            spare[1],
            spare[1].repeated(),
        ]
    return [
        spare[0].spoilt({"Offence Date": None}, "occurred_on.required"),
        spare[1].spoilt(
            {"Home Office Code": "999/99", "Offence Description": "Assault"},
            "offence_code.unexplained",
        ),
    ]


def form_month(rng: random.Random, references: Iterator[str], month: int) -> Drop:
    """Return one month's use of force workbook; two forms in three report no assault and are out of scope."""
    first, last = span(2018, month)
    lines: list[Row | Loose] = []
    for number, one in enumerate(several(rng, SCENE, references, first, last, FORMS[month])):
        form = rendered(FORM, one)
        spared: dict[str, Cell] = {"Officer / Assaulted by subject": "No", "Officer / Injury": "No injury"}
        lines.append(
            form if number % 3 == 0 else replace(form, cells={**form.cells, **spared}, fate="out_of_scope")
        )
    if month == 9:
        spare = [rendered(FORM, one) for one in plain(rng, SCENE, references, first, last, 2)]
        lines += [
            spare[0].spoilt({"Officer / Assaulted by subject": "Attempted"}, "scope.unexplained"),
            spare[1].spoilt({"Impact factor / Drugs": "Possibly"}, "impact_factors.unexplained"),
        ]
    return Drop(
        FORCE_ID,
        "use_of_force",
        f"WMP UoF 2018-{month:02}.xlsx",
        names_of(FORM),
        tuple(lines),
        xlsx("Use of force"),
        groups=GROUPS,
    )
