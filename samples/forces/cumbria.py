"""Cumbria: Red Sigma, tabs, a title above and a source line below; September was never sent."""

from __future__ import annotations

import random

from samples.assaults import Scene, plain, serials, several, span
from samples.drops import Column, Drop, Loose, Row, names_of, rendered, said
from samples.writing import separated

FORCE_ID = "cumbria"
SCENE = Scene(("Carlisle", "Barrow", "Kendal", "Workington", "Penrith"))
MONTHS = {7: 12, 8: 10}
NOT_SENT = ({"force_id": FORCE_ID, "book": "crime", "month": "2018-09"},)

# Titles as two forces' own exports have them; Cumbria's carries no code.
TITLES = {
    "police_act": "Assault without Injury on a Constable",
    "section_47": "Assault on a constable occasioning actual bodily harm (Sec 47)",
    "section_20": "Assault with injury on a constable",
    "section_18": "Assault with injury on a constable",
    "designated": "Assaulting a designated or accredited person in the execution of their duty",
    "common": "Common assault and battery",
}
NOT_ON_CONSTABLES = {
    "section_47": "Assault occasioning actual bodily harm (Sec 47)",
    "section_20": "Assault occasioning actual bodily harm (Sec 47)",
    "section_18": "Assault occasioning actual bodily harm (Sec 47)",
}
ROLE = {
    "police_officer": "PC",
    "student_officer": "Student PC",
    "special_constable": "Special",
    "pcso": "PCSO",
    "designated_officer": "Detention Officer",
    "police_staff": "Staff",
}
DUTY = {"on_duty": "Y", "off_duty": "N"}
INJURY = {"none": "N", "minor": "Y - slight", "severe": "Y - serious"}

COLUMNS: list[Column] = [
    ("Log No", lambda a: a.source_record_id),
    ("Date", lambda a: a.occurred_on),
    ("Time", lambda a: a.occurred_time),
    ("Offence", lambda a: title_of(a.offence, a.victim_type)),
    ("Role", said("victim_type", ROLE)),
    ("Officer", lambda a: a.surname),
    ("On duty", said("duty_status", DUTY)),
    ("Injured", said("injury", INJURY)),
    ("Area", lambda a: a.district),
]


def title_of(offence: str, victim_type: str) -> str:
    """Return the offence's title for this victim."""
    constable = victim_type in ("police_officer", "student_officer", "special_constable")
    return TITLES[offence] if constable else NOT_ON_CONSTABLES.get(offence, TITLES[offence])


def drops(rng: random.Random) -> list[Drop]:
    """Return the files of July and August."""
    references = (f"CUM-18-{serial:05}" for serial in serials(rng, 9_000))
    made = []
    for month, count in MONTHS.items():
        first, last = span(2018, month)
        lines: list[Row | Loose] = [
            rendered(COLUMNS, one) for one in several(rng, SCENE, references, first, last, count)
        ]
        if month == 8:
            spare = rendered(COLUMNS, plain(rng, SCENE, references, first, last, 1)[0])
            lines.append(spare.spoilt({"On duty": "?"}, "duty_status.unexplained"))
        lines += [Loose((), "blank"), Loose((), "note", text="Source: Red Sigma, Corporate Information")]
        made.append(
            Drop(
                FORCE_ID,
                "crime",
                f"red_sigma_assaults_2018-{month:02}.tsv",
                names_of(COLUMNS),
                tuple(lines),
                separated("\t", end="\n"),
                titles=(
                    Loose((), "header", text="Assaults on officers and staff"),
                    Loose((), "header", text=f"Period: {first:%B %Y}"),
                ),
            )
        )
    return made
