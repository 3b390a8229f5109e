"""Norfolk: Athena, semicolons, ISO dates; July and August came two months late in one file.

The system is shared with Suffolk, so a column names the force and now and then a row of the other slips in.
"""

from __future__ import annotations

import random
from datetime import date

from samples.assaults import OFFENCES, Scene, plain, serials, several, span
from samples.drops import Column, Drop, Loose, Row, done, names_of, rendered, said, scattered
from samples.writing import separated

FORCE_ID = "norfolk"
SCENE = Scene(
    ("Norwich", "Great Yarmouth", "King's Lynn & West Norfolk", "Breckland", "North Norfolk", "Broadland")
)

ROLE = {
    "police_officer": "Police Officer (Regular)",
    "student_officer": "Police Officer (Student)",
    "special_constable": "Special Constabulary",
    "pcso": "PCSO",
    "designated_officer": "Designated Officer",
    "police_staff": "Police Staff",
}
DUTY = {"on_duty": "On", "off_duty": "Off"}
INJURY = {"none": "No visible injury", "minor": "Slight injury", "severe": "Serious injury"}
RANK = {"constable": "Con", "sergeant": "Sgt", "inspector": "Insp", "not_applicable": "-"}


def iso(day: date | None) -> str | None:
    """Return a day as 2018-07-04."""
    return day.isoformat() if day else None


COLUMNS: list[Column] = [
    ("Force", lambda a: "Norfolk"),
    ("Investigation No", lambda a: a.source_record_id),
    ("Committed On", lambda a: iso(a.occurred_on)),
    ("Committed At", lambda a: a.occurred_time),
    ("Recorded On", lambda a: iso(a.recorded_on)),
    ("HO Class", lambda a: OFFENCES[a.offence][0]),
    ("Offence Wording", lambda a: OFFENCES[a.offence][1]),
    ("Victim Occupation", said("victim_type", ROLE)),
    ("Victim Rank", said("rank", RANK)),
    ("Victim Surname", lambda a: a.surname),
    ("Warrant No", lambda a: a.collar),
    ("Duty", said("duty_status", DUTY)),
    ("Injury Degree", said("injury", INJURY)),
    ("Spat Upon", done("spat_at", "1", "0")),
    ("District", lambda a: a.district),
    ("Outcome Code", lambda a: a.outcome_type),
    ("Remarks", lambda a: a.story),
]


def drops(rng: random.Random) -> list[Drop]:
    """Return the late file of two months and the timely one of September."""
    references = (f"36/{serial}/18" for serial in serials(rng, 41_000))
    made = []
    for month, months, count, file in (
        (7, 2, 45, "norfolk_2018-07_to_08.csv"),
        (9, 1, 23, "norfolk_2018-09.csv"),
    ):
        first, last = span(2018, month, months)
        rows = [rendered(COLUMNS, one) for one in several(rng, SCENE, references, first, last, count)]
        spare = [rendered(COLUMNS, one) for one in plain(rng, SCENE, references, first, last, 3)]
        lines = scattered(rng, rows, *faults(month, spare))
        made.append(Drop(FORCE_ID, "crime", file, names_of(COLUMNS), tuple(lines), separated(";")))
    return made


def faults(month: int, spare: list[Row]) -> list[Row | Loose]:
    """Return the faulty rows and lines of one file; one remark opens a quotation mark it never closes."""
    if month == 7:
        return [
            spare[0].spoilt({"Force": "Suffolk"}, "force_id.another_force"),
            spare[1].spoilt({"Duty": "Recuperative"}, "duty_status.unexplained"),
            spare[2].spoilt({"Spat Upon": "2"}, "spat_at.unexplained"),
        ]
    stray = ["" if cell is None else str(cell) for name, cell in spare[0].cells.items() if name != "Remarks"]
    stray[3] = stray[3][:5]
    return [
        Loose((), "refused", text=";".join([*stray, '"Suspect said leave me alone'])),
        spare[1].spoilt({"Force": ""}, "force_id.another_force"),
    ]
