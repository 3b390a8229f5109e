"""Invented assaults: what happened, in plain words of our own, before any force writes it down.

Every reference, collar number, surname and story here is made up by a random generator.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta

CONSTABLES = ("police_officer", "student_officer", "special_constable", "other_force_officer")
PERSONNEL = (*CONSTABLES, "pcso", "designated_officer", "police_staff")

# What the Home Office calls each offence, by the law it breaks: the code and title in force in 2018.
OFFENCES = {
    "police_act": ("104/23", "Assault a constable in the execution of duty (Police Act 1996 S89(1))"),
    "section_47": ("008/06", "Assault occasioning actual bodily harm"),
    "section_20": ("008/01", "Malicious wounding: wounding or inflicting grievous bodily harm"),
    "section_18": ("005/01", "Cause GBH with intent to resist/prevent arrest"),
    "designated": ("105/08", "Assaulting a designated or accredited person in the execution of their duty"),
    "common": ("105/01", "Common assault and battery"),
}

MINUTES = (0, 5, 10, 15, 20, 25, 30, 37, 40, 45, 50, 55)
AGE_BANDS = ((25, "under_26"), (40, "age_26_to_40"), (55, "age_41_to_55"), (99, "over_55"))

# How often each is drawn, against the others of its list.
RANKS = {"constable": 88, "sergeant": 9, "inspector": 3}
WEAPONS = {"none": 86, "knife": 2, "blunt": 3, "bottle_or_glass": 3, "vehicle": 2, "other": 4}
LOCATIONS = {
    "street": 40,
    "dwelling": 22,
    "licensed_premises": 9,
    "custody": 14,
    "hospital": 6,
    "police_vehicle": 6,
    "shop": 3,
}
UNCHARGED = {"15": 22, "16": 18, "8": 16, "3": 14, "2": 8, "10": 8, "14": 6, "18": 4, "9": 2, "12": 2}

# How likely each is in any assault, by itself.
MANNERS = {
    "spat_at": 0.16,
    "bitten": 0.05,
    "punched": 0.4,
    "kicked": 0.3,
    "verbal_abuse": 0.5,
    "threatened": 0.25,
}
FACTORS = {"alcohol": 0.48, "drugs": 0.2, "mental_health": 0.22, "domestic": 0.1, "crowd": 0.04}

SURNAMES = (
    "Abara",
    "Aldwinckle",
    "Brackenby",
    "Cadwallen",
    "Dunsmoor",
    "Eddowesly",
    "Fairhollow",
    "Gorsecote",
    "Hathermoor",
    "Inglethorn",
    "Jessamere",
    "Kilbracken",
    "Lathomby",
    "Marchwood-Vale",
    "Netherlow",
    "Okonjola",
    "Penhallick",
    "Quarrie-Lunn",
    "Rahmanov",
    "Sandeford",
    "Tregallow",
    "Ullathwick",
    "Zielinka",
)

STORIES = (
    "Suspect pushed the officer in the chest while being arrested, then made off.",
    "Called to a disturbance; suspect, who was drunk, spat at the officer.",
    'Male shouted "come on then" and kicked out at the officer\'s legs.',
    "Suspect struck the victim twice with a closed fist.\nDetained at the scene.",
    "Escorting the detained person to the cell; lashed out, caught the victim on the arm.",
    "Attended a concern for safety.\nOccupant became aggressive,\nthrew a plate, missed.",
    "Resisted handcuffing; officer's wrist was twisted.",
)


@dataclass(frozen=True)
class Assault:
    """One victim of one assault, as it truly was; `source_record_id` is what the force called the record."""

    source_record_id: str
    occurred_on: date
    occurred_time: time
    recorded_on: date
    offence: str
    victim_type: str
    rank: str
    sex: str
    age_band: str
    service: int
    collar: str
    surname: str
    born: date
    duty_status: str
    crewing: str
    injury: str
    treatment: str
    days_lost: int
    weapon: str
    manner: frozenset[str]
    location_type: str
    district: str
    hate_strands: tuple[str, ...]
    impact_factors: tuple[str, ...]
    body_worn_video: str
    ced_carried: bool
    outcome_type: str
    outcome_on: date | None
    story: str
    victim_number: int = 1
    health_safety_ref: str = ""


@dataclass(frozen=True)
class Scene:
    """What is usual in one force: its districts, its mix of victims, how often people are hurt."""

    districts: Sequence[str]
    victims: Mapping[str, int] = field(
        default_factory=lambda: {
            "police_officer": 82,
            "student_officer": 4,
            "special_constable": 3,
            "pcso": 5,
            "designated_officer": 3,
            "police_staff": 3,
        }
    )
    injured: float = 0.3
    off_duty: float = 0.03


def serials(rng: random.Random, first: int) -> Iterator[int]:
    """Return rising numbers with gaps, as a force's references have them."""
    while True:
        first += rng.randint(1, 60)
        yield first


def moment_of(one: Assault) -> tuple[date, time]:
    """Return the day and time of an assault, to put assaults in order by."""
    return one.occurred_on, one.occurred_time


def weighted(rng: random.Random, weights: Mapping[str, float]) -> str:
    """Return one of the words, as often as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def hour_weight(day: date, hour: int) -> float:
    """Return how likely an assault is in an hour of a day: most in the small hours of Saturday and Sunday."""
    weekday = day.weekday()
    if hour < 6:
        return 4.2 if weekday >= 5 else 0.6
    if hour >= 20:
        return 2.2 if weekday in (4, 5) else 1.4
    return 0.7 if hour < 12 else 1.0


def moments(rng: random.Random, first: date, last: date, count: int) -> list[tuple[date, time]]:
    """Return `count` days and times between two days, both included, in order."""
    hours = [(first + timedelta(days), hour) for days in range((last - first).days + 1) for hour in range(24)]
    chosen = rng.choices(hours, [hour_weight(day, hour) for day, hour in hours], k=count)
    return sorted(
        (day, time(hour, rng.choice((0, 5, 10, 15, 20, 25, 30, 40, 45, 50, 55, 37)))) for day, hour in chosen
    )


def offence_of(rng: random.Random, victim_type: str, injury: str) -> str:
    """Return the offence as counted in 2018, named by the law it breaks."""
    if injury == "severe":
        return rng.choice(("section_20", "section_18"))
    if injury in ("minor", "injured", "fatal"):
        return "section_47"
    if victim_type in CONSTABLES:
        return "police_act"
    return "designated" if victim_type in ("pcso", "designated_officer") else "common"


def outcome_of(rng: random.Random, charged: bool) -> str:
    """Return an outcome type that is, or is not, a charge."""
    if charged:
        return "1A" if rng.random() < 0.06 else "1"
    return weighted(
        rng, {"3": 14, "8": 16, "15": 22, "16": 18, "14": 6, "10": 8, "2": 8, "18": 4, "12": 2, "9": 2}
    )


def assault(
    rng: random.Random,
    scene: Scene,
    reference: str,
    moment: tuple[date, time],
    *,
    victim_type: str = "",
    injury: str = "",
    duty_status: str = "",
    outcome_type: str = "",
    closes: date | None = None,
) -> Assault:
    """Return one invented assault; what is not given is drawn as the scene has it.

    `closes` is the day the force drew its export: nothing is recorded or decided after it.
    """
    day, hour = moment
    closes = closes or day + timedelta(120)
    victim_type = victim_type or weighted(rng, scene.victims)
    if not injury:
        hurt = weighted(rng, {"minor": 92, "severe": 8})
        injury = hurt if rng.random() < scene.injured else "none"
    is_officer = victim_type in CONSTABLES
    duty_status = duty_status or ("off_duty" if is_officer and rng.random() < scene.off_duty else "on_duty")
    recorded_on = min(day + timedelta(rng.choice((0, 0, 0, 0, 1, 1, 2, 5))), max(closes, day))
    decided_on = recorded_on + timedelta(rng.randint(0, 75))
    if not outcome_type:
        outcome_type = outcome_of(rng, rng.random() < 0.7) if decided_on <= closes else "0"
    service = rng.randint(0, 2) if victim_type == "student_officer" else min(29, int(rng.expovariate(0.12)))
    age = max(21, min(63, 21 + service + rng.randint(0, 14)))
    manner = {m for m, often in MANNERS.items() if rng.random() < often} or {"punched"}
    factors = tuple(f for f, often in FACTORS.items() if rng.random() < often)
    return Assault(
        source_record_id=reference,
        occurred_on=day,
        occurred_time=hour,
        recorded_on=recorded_on,
        offence=offence_of(rng, victim_type, injury),
        victim_type=victim_type,
        rank=weighted(rng, RANKS) if is_officer else "not_applicable",
        sex="female" if rng.random() < 0.33 else "male",
        age_band=next(band for oldest, band in AGE_BANDS if age <= oldest),
        service=service,
        collar=str(rng.randint(1000, 9899)),
        surname=rng.choice(SURNAMES),
        born=date(day.year - age, rng.randint(1, 12), rng.randint(1, 28)),
        duty_status=duty_status,
        crewing=crew_of(rng, duty_status),
        injury=injury,
        treatment=treatment_of(rng, injury),
        days_lost=0 if injury == "none" else rng.choice((0, 0, 0, 0, 1, 2, 3, 5, 14)),
        weapon=weighted(rng, WEAPONS),
        manner=frozenset(manner),
        location_type=weighted(rng, LOCATIONS),
        district=rng.choice(list(scene.districts)),
        hate_strands=(rng.choice(("race", "sexual_orientation", "religion")),) if rng.random() < 0.06 else (),
        impact_factors=factors,
        body_worn_video=weighted(rng, {"recording": 55, "worn_not_recording": 15, "not_worn": 30}),
        ced_carried=is_officer and rng.random() < 0.2,
        outcome_type=outcome_type,
        outcome_on=min(decided_on, max(closes, recorded_on)) if outcome_type != "0" else None,
        story=rng.choice(STORIES),
    )


def several(
    rng: random.Random, scene: Scene, references: Iterator[str], first: date, last: date, count: int
) -> list[Assault]:
    """Return so many assaults between two days, in order, drawn for the export of three weeks after."""
    return [
        assault(rng, scene, next(references), moment, closes=last + timedelta(21))
        for moment in moments(rng, first, last, count)
    ]


def plain(
    rng: random.Random, scene: Scene, references: Iterator[str], first: date, last: date, count: int
) -> list[Assault]:
    """Return uninjured officers on duty, to be spoilt: whatever a row loses, its class is not in doubt."""
    return [
        assault(
            rng,
            scene,
            next(references),
            moment,
            victim_type="police_officer",
            injury="none",
            duty_status="on_duty",
            closes=last + timedelta(21),
        )
        for moment in moments(rng, first, last, count)
    ]


def span(year: int, month: int, months: int = 1) -> tuple[date, date]:
    """Return the first and last day of some months."""
    first = date(year, month, 1)
    return first, (first + timedelta(31 * months)).replace(day=1) - timedelta(1)


def crew_of(rng: random.Random, duty_status: str) -> str:
    """Return how the victim was crewed; off duty there is no crew, and forces' systems say alone."""
    crewing = weighted(rng, {"single": 35, "double": 55, "other": 10})
    return "single" if duty_status == "off_duty" else crewing


def treatment_of(rng: random.Random, injury: str) -> str:
    """Return the treatment that goes with an injury."""
    if injury == "none":
        return "none"
    if injury == "minor":
        return weighted(rng, {"none": 20, "first_aid": 60, "hospital": 20})
    return "hospital"
