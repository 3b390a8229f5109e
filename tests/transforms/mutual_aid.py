"""Invented records of five forces in which we know which two are one assault, to measure what finds them.

Sixty assaults stand in two forces' books, each written twice by people who did not speak to each other. Beside them
stands what looks the same and is not: colleagues hurt in the same incident, two incidents at one time in two forces,
and officers of forces that have sent nothing.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

FORCES = ("west_midlands", "west_mercia", "warwickshire", "staffordshire", "btp")
SIZES = (40, 20, 10, 18, 12)

# What a force's system does not hold; the host knows little of a visitor anyhow.
NOT_HELD = {
    "west_midlands": ("length_of_service_years", "weapon"),
    "west_mercia": (),
    "warwickshire": ("spat_at", "bitten", "punched", "kicked"),
    "staffordshire": ("age_band",),
    "btp": ("length_of_service_years", "weapon", "age_band"),
}

FIRST_DAY = dt.date(2018, 4, 1)
# About 1,000 records a force and year, as the 46,000 of England and Wales are.
DAYS = 365

# code, class and measure, and how often
CONSTABLE = (
    (("104/23", "104", "constable_without_injury"), 45),
    (("008/73", "104", "constable_without_injury"), 25),
    (("008/06", "8S", "constable_with_injury"), 22),
    (("005/01", "8S", "constable_with_injury"), 8),
)
OTHER_WORKER = ((("105/08", "105A", "emergency_worker_without_injury"), 1),)

RANK = (("constable", 80), ("sergeant", 14), ("inspector", 4), ("chief_inspector", 2))
AGE = (("under_26", 15), ("age_26_to_40", 52), ("age_41_to_55", 31), ("over_55", 2))
PLACE = (
    ("street", 38), ("dwelling", 22), ("custody", 12), ("hospital", 8), ("licensed_premises", 6), ("transport", 5),
    ("police_vehicle", 4), ("other", 5),
)  # fmt: skip
WEAPON = (("none", 88), ("knife", 3), ("vehicle", 3), ("thrown_object", 3), ("bodily_fluid", 3))
MANNER = (("spat_at", 0.14), ("bitten", 0.06), ("punched", 0.22), ("kicked", 0.26))
HOURS = (6, 5, 5, 4, 2, 1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 7)


@dataclass
class Seeded:
    """Records as `schemas.assault` has them, and the keys of the pairs that are one assault."""

    records: list[dict[str, Any]] = field(default_factory=list)
    pairs: set[frozenset[tuple[str, str]]] = field(default_factory=set)


def seeded(seed: int, records: int = 4000) -> Seeded:
    """Return about so many records, 60 of them written again by another force, the same for the same seed."""
    chance = random.Random(f"mutual aid {seed}")
    world = Seeded()
    while len(world.records) < records:
        force = chance.choices(FORCES, SIZES)[0]
        add(world, chance, force, assault(chance))
    for number in range(60):
        home, host = chance.sample(FORCES, 2)
        when = moment(chance)
        if number < 20:  # alone
            visit(world, chance, home, host, assault(chance, when=when))
        elif number < 40:  # the host's own officer is hurt beside the visitor
            theirs = assault(chance, when=when)
            visit(world, chance, home, host, theirs)
            add(world, chance, host, assault(chance, when=when, place=theirs["location_type"]))
        elif number % 2 == 0:  # two visitors of one force in one incident
            first = assault(chance, when=when)
            visit(world, chance, home, host, first)
            visit(world, chance, home, host, assault(chance, when=when, place=first["location_type"]))
    for _ in range(60):  # two officers hurt in one incident, in each of two forces, within the same half hour
        one, other = chance.sample(FORCES, 2)
        when = moment(chance)
        for force, later in ((one, 0), (other, chance.randint(-30, 30))):
            place = pick(chance, PLACE)
            for _ in range(2):
                add(
                    world,
                    chance,
                    force,
                    assault(chance, when=when + dt.timedelta(minutes=later), place=place),
                )
    for _ in range(60):  # visitors whose own force has sent nothing
        visitor = assault(chance)
        add(world, chance, chance.choice(FORCES), as_host_writes(chance, visitor, role="other_force_officer"))
    chance.shuffle(world.records)
    return world


def moment(chance: random.Random) -> dt.datetime:
    """Return when an assault happens: at night rather than in the morning."""
    day = FIRST_DAY + dt.timedelta(days=chance.randrange(DAYS))
    hour = chance.choices(range(24), HOURS)[0]
    return dt.datetime.combine(day, dt.time(hour, chance.randrange(60)))


def pick(chance: random.Random, words: Any) -> Any:
    return chance.choices([word for word, _ in words], [weight for _, weight in words])[0]


def assault(
    chance: random.Random, when: dt.datetime | None = None, place: str | None = None
) -> dict[str, Any]:
    """Return an assault as it was, on an officer or now and then another of the force's people."""
    constable = chance.random() < 0.88
    code, offence_class, measure = pick(chance, CONSTABLE if constable else OTHER_WORKER)
    hurt = offence_class == "8S" or chance.random() < 0.12
    age = pick(chance, AGE)
    return {
        "when": when or moment(chance),
        "offence_code": code,
        "offence_class": offence_class,
        "measure": measure,
        "victim_type": chance.choices(("police_officer", "student_officer", "special_constable"), (90, 6, 4))[
            0
        ]
        if constable
        else chance.choice(("pcso", "designated_officer", "police_staff")),
        "rank": pick(chance, RANK) if constable else "not_applicable",
        "sex": chance.choices(("male", "female"), (66, 34))[0],
        "age_band": age,
        "length_of_service_years": min(
            chance.randint(0, 5 if age == "under_26" else 28), int(chance.expovariate(0.13))
        ),
        "injury": chance.choices(("minor", "severe"), (92, 8))[0] if hurt else "none",
        "location_type": place or pick(chance, PLACE),
        "weapon": pick(chance, WEAPON),
        **{name: chance.random() < share for name, share in MANNER},
    }


def visit(world: Seeded, chance: random.Random, home: str, host: str, real: dict[str, Any]) -> None:
    """Add one assault as the victim's own force writes it, and as the force does where it happened."""
    if real["victim_type"] in ("pcso", "designated_officer", "police_staff"):
        real |= {"victim_type": "police_officer", "rank": "constable"}
        real |= dict(zip(("offence_code", "offence_class", "measure"), CONSTABLE[0][0], strict=True))
    at_home = add(world, chance, home, real)
    role = chance.choices(("other_force_officer", "police_officer", "unknown"), (80, 12, 8))[0]
    world.pairs.add(frozenset({at_home, add(world, chance, host, as_host_writes(chance, real, role))}))


def as_host_writes(chance: random.Random, real: dict[str, Any], role: str) -> dict[str, Any]:
    """Return an assault on a visitor as somebody else tells it: about the same time, less of the victim."""
    told = {**real, "victim_type": role}
    off = chance.choices((0, 5, 15, 60, 300), (35, 30, 15, 13, 7))[0]
    told["when"] = real["when"] + dt.timedelta(minutes=chance.randint(-off, off))
    if chance.random() < 0.03:
        told["when"] += dt.timedelta(days=chance.choice((-1, 1)))
    otherwise = chance.random()
    if otherwise < 0.25:
        told |= dict(zip(("offence_code", "offence_class", "measure"), pick(chance, CONSTABLE), strict=True))
    elif otherwise < 0.32:
        told |= dict(zip(("offence_code", "offence_class", "measure"), OTHER_WORKER[0][0], strict=True))
    if chance.random() < 0.18:
        told["injury"] = chance.choice(("none", "minor", "severe"))
    if chance.random() < 0.03:
        told["sex"] = "male" if real["sex"] == "female" else "female"
    if chance.random() < 0.12:
        told["location_type"] = pick(chance, PLACE)
    if chance.random() < 0.2:
        told["rank"] = pick(chance, RANK)
    for name, _ in MANNER:
        if chance.random() < 0.12:
            told[name] = not real[name]
    for name, lost in (("age_band", 0.45), ("length_of_service_years", 0.75), ("rank", 0.3), ("sex", 0.1)):
        if chance.random() < lost:
            told[name] = None
    return told


def add(world: Seeded, chance: random.Random, force: str, real: dict[str, Any]) -> tuple[str, str]:
    """Add a record of an assault to a force's crime book, as that force's system keeps it, and return its key."""
    when = real["when"]
    on, clock = when.date(), when.time()
    if chance.random() < 0.35:
        clock = clock.replace(minute=clock.minute // 5 * 5)
    elif chance.random() < 0.1:
        clock = clock.replace(minute=clock.minute // 30 * 30)
    lost = chance.random()
    record = {name: value for name, value in real.items() if name != "when"} | {
        "force_id": force,
        "book": "crime",
        "source_record_id": f"{force[:2].upper()}/{len(world.records):05d}/18",
        "victim_number": 1,
        "drop_id": f"{force}-{on:%Y%m}",
        "row_number": len(world.records) + 2,
        "occurred_on": on,
        "occurred_time": None if lost < 0.06 else dt.time(0, 0) if lost < 0.09 else clock,
    }
    for name in NOT_HELD[force]:
        record[name] = None
    for name in ("sex", "location_type", "injury"):
        if chance.random() < 0.05:
            record[name] = chance.choice((None, "unknown"))
    world.records.append(record)
    return force, record["source_record_id"]
