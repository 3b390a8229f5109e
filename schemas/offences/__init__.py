"""The offences of assault and every Home Office code, by date: what offences are classified by.

Source: Home Office notifiable offence list, April 2026, Open Government Licence v3.0. README.md says how both
tables were made from it and where they say more than it does.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

VICTIMS = ("constable", "emergency_worker", "anyone")

EMERGENCY_WORKERS = (
    "pcso",
    "designated_officer",
    "police_staff",
    "contractor",
    "volunteer",
    "other_emergency_worker",
)
"""Victim types who are emergency workers other than a constable: employed, engaged or given powers for police
purposes, or of another service (Assaults on Emergency Workers (Offences) Act 2018 s3)."""

CLASS_104 = "104/"
"""How codes of class 104 begin, those withdrawn from the list included: no other class uses the number."""

EMERGENCY_WORKERS_ACT = date(2018, 11, 13)
"""The day the Assaults on Emergency Workers (Offences) Act 2018 came into force."""

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Offence:
    """One line of the offence table: the class of a code for one kind of victim, between two days."""

    code: str
    offence_class: str
    victim: str
    title: str
    act: str
    section: str
    valid_from: date | None
    valid_to: date | None
    source_line: int | None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def offences() -> tuple[Offence, ...]:
    """Return the offences of assault, one for each code, class and title, in the order of their codes.

    `victim` is one of `VICTIMS`: the class holds for that victim only, or for any whom no other line names.
    `valid_to` is the last day. `source_line` is the line of the Home Office list; None for an offence the list
    no longer carries.
    """
    with (_HERE / "offences.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            Offence(
                code=line["code"],
                offence_class=line["class"],
                victim=line["victim"],
                title=line["title"],
                act=line["act"],
                section=line["section"],
                valid_from=_day(line["valid_from"]),
                valid_to=_day(line["valid_to"]),
                source_line=int(line["source_line"]) if line["source_line"] else None,
            )
            for line in csv.DictReader(lines)
        )


@cache
def classes_by_code() -> Mapping[str, tuple[str, ...]]:
    """Return the classes of every Home Office code, as 008/73: mostly one, several where the code leaves it open.

    One code, 053/46, has none: the list leaves its class blank.
    """
    with (_HERE / "codes.csv").open(encoding="utf-8", newline="") as lines:
        return {line["code"]: tuple(line["classes"].split()) for line in csv.DictReader(lines)}
