"""West Mercia: Athena, comma-separated cp1252, a file a quarter of the financial year since April 2015.

The counts are the campaign's own ("the current picture"); everything else about a row is invented. The
reference column was renamed in April 2017, when yes and no were also spelt out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle, islice

from samples.assaults import Assault, Scene, assault, moment_of, moments, outcome_of, serials
from samples.drops import Column, Drop, Loose, Row, rendered, scattered
from samples.writing import separated

FORCE_ID = "west_mercia"

# Financial year, quarter: on-duty personnel assaulted, of whom injured, of whom police officers.
QUARTERS = {
    (2015, 1): (161, 49, 140),
    (2015, 2): (170, 52, 148),
    (2015, 3): (158, 48, 137),
    (2015, 4): (149, 46, 130),
    (2016, 1): (158, 48, 137),
    (2016, 2): (163, 50, 142),
    (2016, 3): (155, 48, 135),
    (2016, 4): (148, 45, 129),
    (2017, 1): (159, 49, 138),
    (2017, 2): (138, 43, 120),
    (2017, 3): (170, 52, 148),
    (2017, 4): (164, 51, 143),
    (2018, 1): (174, 53, 152),
    (2018, 2): (152, 46, 132),
}
NOT_YET_DECIDED = {(2018, 1): 10, (2018, 2): 32}
OTHER_VICTIMS = (
    "student_officer",
    "special_constable",
    "pcso",
    "police_staff",
    "student_officer",
    "pcso",
    "special_constable",
    "designated_officer",
    "student_officer",
    "other_force_officer",
)
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"

SCENE = Scene(
    ("North Worcestershire", "South Worcestershire", "Herefordshire", "Shropshire", "Telford & Wrekin"),
    off_duty=0,
)
OFFENCES = {
    "police_act": ("104/23", "Assault on a constable – Police Act 1996 s.89(1)"),
    "section_47": ("008/06", "Assault occasioning actual bodily harm (s.47)"),
    "section_20": ("008/01", "Malicious wounding: wounding or inflicting GBH (s.20)"),
    "section_18": ("005/01", "Cause GBH with intent to resist/prevent arrest (s.18)"),
    "designated": ("105/08", "Assaulting a designated or accredited person in the execution of their duty"),
    "common": ("105/01", "Common assault and battery"),
}
ROLE = {
    "police_officer": "Police Officer",
    "student_officer": "Student Officer",
    "special_constable": "Special Constable",
    "pcso": "PCSO",
    "designated_officer": "Detention Officer",
    "police_staff": "Police Staff",
    "contractor": "Contractor",
    "volunteer": "Volunteer",
    "other_force_officer": "Officer (other force)",
    "other_emergency_worker": "NHS / Fire / Prison",
}
RANK = {"constable": "PC", "sergeant": "PS", "inspector": "INSP", "not_applicable": "N/A"}
DUTY = {
    "on_duty": "On duty",
    "off_duty": "Off duty",
    "off_duty_acting": "Off duty – acting",
    "unknown": "Not recorded",
}
INJURY = {"none": "No injury", "minor": "Slight", "severe": "Serious"}
TREATMENT = {"none": "None", "first_aid": "First aid", "hospital": "Hospital"}
WEAPON = {
    "none": "None",
    "knife": "Knife/blade",
    "blunt": "Blunt instrument",
    "bottle_or_glass": "Bottle/glass",
    "vehicle": "Vehicle",
    "other": "Other weapon",
}
LOCATION = {
    "street": "Street/road",
    "dwelling": "Victim’s or suspect’s home",
    "licensed_premises": "Pub – licensed premises",
    "custody": "Custody block",
    "hospital": "Hospital/A&E",
    "police_vehicle": "Police vehicle",
    "shop": "Shop/retail",
}
VIDEO = {"recording": "Worn – recording", "worn_not_recording": "Worn – off", "not_worn": "Not worn"}
OUTCOME = {
    "0": "Not yet assigned",
    "1": "1 Charged/summonsed",
    "1A": "1A Charged – alternate offence",
    "2": "2 Youth caution",
    "3": "3 Adult caution",
    "8": "8 Community resolution",
    "9": "9 Not in PI (CPS)",
    "10": "10 Not in PI (police)",
    "12": "12 Suspect too ill",
    "14": "14 Evidential – unidentified",
    "15": "15 Evidential – victim supports",
    "16": "16 Evidential – victim does not support",
    "18": "18 Investigation complete",
}


def columns(year: int) -> list[Column]:
    """Return the columns as they were named in a financial year."""
    yes, no, reference = ("Y", "N", "Crime Ref") if year < 2017 else ("Yes", "No", "Crime Reference")

    def answer(manner: str) -> Column:
        return manner.replace("_", " ").title(), lambda a: yes if manner in a.manner else no

    return [
        (reference, lambda a: a.source_record_id),
        ("Date Committed", lambda a: a.occurred_on),
        ("Time Committed", lambda a: a.occurred_time),
        ("Date Recorded", lambda a: a.recorded_on),
        ("HO Code", lambda a: OFFENCES[a.offence][0]),
        ("Offence", lambda a: OFFENCES[a.offence][1]),
        ("Victim Role", lambda a: ROLE[a.victim_type]),
        ("Rank", lambda a: RANK[a.rank]),
        ("Victim Surname", lambda a: a.surname),
        ("Victim DOB", lambda a: a.born),
        ("Collar No", lambda a: a.collar),
        ("Gender", lambda a: a.sex[0].upper()),
        ("Service (yrs)", lambda a: a.service),
        ("Duty Status", lambda a: DUTY[a.duty_status]),
        ("Injury Level", lambda a: INJURY[a.injury]),
        ("Treatment", lambda a: TREATMENT[a.treatment]),
        ("Days Lost", lambda a: a.days_lost),
        ("Weapon", lambda a: WEAPON[a.weapon]),
        answer("spat_at"),
        answer("bitten"),
        ("MO", lambda a: a.story),
        ("Location Type", lambda a: LOCATION[a.location_type]),
        ("LPA", lambda a: a.district),
        ("Hate Crime", lambda a: yes if a.hate_strands else no),
        ("BWV", lambda a: VIDEO[a.body_worn_video]),
        ("Outcome", lambda a: OUTCOME[a.outcome_type]),
        ("Outcome Date", lambda a: a.outcome_on),
    ]


def drops(rng: random.Random) -> list[Drop]:
    """Return the fourteen quarterly files of the crime book."""
    return [quarter(rng, *name) for name in QUARTERS]


def quarter(rng: random.Random, year: int, number: int) -> Drop:
    """Return one quarter's file: the campaign's victims, those not counted among them, and the faults."""
    first = date(year + (number == 4), (4, 7, 10, 1)[number - 1], 1)
    last = (first + timedelta(95)).replace(day=1) - timedelta(1)
    references = crime_references(rng, first.year, number)
    layout = columns(year)
    counted = campaign(rng, references, first, last, (year, number))
    others = not_counted(rng, references, first, last)
    rows = sorted(
        (rendered(layout, one) for one in [*counted, *others]), key=lambda row: moment_of(row.assaults[0])
    )
    spare = [rendered(layout, one) for one in uncounted(rng, references, first, last, 6)]
    lines = scattered(rng, rows, *faults(year, number, spare, layout))
    if (year, number) in ((2015, 3), (2017, 2)):
        lines.append(rows[40].repeated())
    if (year, number) == (2016, 4):
        lines += [Loose((), "blank"), Loose((), "note", text="Source: Athena – recorded crime extract")]
    return Drop(
        FORCE_ID,
        "crime",
        f"assaults_{year}-{(year + 1) % 100}_Q{number}.csv",
        tuple(name for name, _ in layout),
        tuple(lines),
        separated(encoding="cp1252"),
    )


def campaign(
    rng: random.Random, references: Iterator[str], first: date, last: date, name: tuple[int, int]
) -> list[Assault]:
    """Return the quarter's on-duty police personnel, three in four of those with an outcome charged."""
    count, injured, officers = QUARTERS[name]
    decided = count - NOT_YET_DECIDED.get(name, 1)
    decided -= decided % 4
    hurt = ["minor"] * (injured - 4) + ["severe"] * 4 + ["none"] * (count - injured)
    roles = ["police_officer"] * officers + list(islice(cycle(OTHER_VICTIMS), count - officers))
    charged = ["charged"] * (decided * 3 // 4) + ["other"] * (decided // 4) + ["none"] * (count - decided)
    for facts in (hurt, roles, charged):
        rng.shuffle(facts)
    return [
        assault(
            rng,
            SCENE,
            next(references),
            moment,
            victim_type=role,
            injury=injury,
            duty_status="on_duty",
            outcome_type=outcome(rng, charge),
            closes=last + timedelta(100),
        )
        for moment, role, injury, charge in zip(
            moments(rng, first, last, count), roles, hurt, charged, strict=True
        )
    ]


def not_counted(rng: random.Random, references: Iterator[str], first: date, last: date) -> list[Assault]:
    """Return the sound records that the campaign leaves out: off duty, not police, duty not recorded."""
    kinds = (
        ("police_officer", "off_duty", "charged"),
        ("police_officer", "off_duty", "charged"),
        ("special_constable", "off_duty", "other"),
        ("police_officer", "off_duty_acting", "charged"),
        ("contractor", "on_duty", "charged"),
        ("other_emergency_worker", "on_duty", "charged"),
        ("other_emergency_worker", "on_duty", "other"),
        ("police_officer", "unknown", "charged"),
    )
    return [
        assault(
            rng,
            SCENE,
            next(references),
            moment,
            victim_type=role,
            duty_status=duty,
            outcome_type=outcome(rng, charge),
            closes=last + timedelta(100),
        )
        for moment, (role, duty, charge) in zip(moments(rng, first, last, len(kinds)), kinds, strict=True)
    ]


def uncounted(
    rng: random.Random, references: Iterator[str], first: date, last: date, count: int
) -> list[Assault]:
    """Return spare off-duty records to be spoilt, so that no fault touches the campaign's figures."""
    return [
        assault(
            rng,
            SCENE,
            next(references),
            moment,
            victim_type="police_officer",
            duty_status="off_duty",
            injury="none",
            outcome_type="0",
        )
        for moment in moments(rng, first, last, count)
    ]


def faults(year: int, number: int, spare: list[Row], layout: list[Column]) -> list[Row | Loose]:
    """Return the faulty rows and lines of one quarter."""
    reference = layout[0][0]
    match year, number:
        case 2015, 1:
            return [spare[0].spoilt({reference: ""}, "source_record_id.required")]
        case 2016, 1:
            return [spare[0].spoilt({"Treatment": "Seen by FMO"}, "treatment.unexplained")]
        case 2016, 3:
            return [Loose(tuple(name for name, _ in layout), "header"), Loose((), "blank")]
        case 2017, 3:
            return [spare[0].spoilt({reference: "WM-2017-4471"}, "source_record_id.pattern")]
        case 2017, 4:
            return [spare[0].spoilt({"Date Committed": "31/02/2018"}, "occurred_on.unexplained")]
        case 2018, 1:
            return [
                spare[0].spoilt(
                    {"Date Committed": "14/05/2108"},
                    "occurred_on.in_future",
                    "occurred_on.outside_period",
                    "recorded_on.too_early",
                ),
                spare[1].spoilt({}, "source_record_id.repeated"),
                spare[1].spoilt(
                    {"Injury Level": INJURY["minor"]},
                    "source_record_id.repeated",
                    "injury.hurt_in_class_without",
                ),
            ]
        case 2018, 2:
            return [
                spare[0].spoilt({"HO Code": "", "Offence": ""}, "offence.required"),
                spare[1].spoilt({"Victim Role": ROLE["pcso"], "Rank": "N/A"}, "victim_type.contradiction"),
                spare[2].spoilt({"Date Recorded": date(2018, 6, 30)}, "recorded_on.too_early"),
                spare[3].spoilt({"Days Lost": "-3"}, "days_lost.out_of_range"),
                spare[4].spoilt({"Time Committed": "25:10"}, "occurred_time.unexplained"),
            ]
    return []


def crime_references(rng: random.Random, year: int, number: int) -> Iterator[str]:
    """Return crime references in rising order, such as 22SW/04512K/18."""
    for serial in serials(rng, 20_000 * (number - 1) + 1_000):
        yield f"22{rng.choice(('NW', 'SW', 'HF', 'SH', 'TW'))}/{serial:05}{rng.choice(LETTERS)}/{year % 100}"


def outcome(rng: random.Random, kind: str) -> str:
    """Return an outcome type that is a charge, another, or none yet."""
    return "0" if kind == "none" else outcome_of(rng, kind == "charged")
