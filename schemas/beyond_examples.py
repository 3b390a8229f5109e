"""Examples of the rules that look beyond a row: small tables that break each, and others that do not.

Those of one file stand in it together. Those of two files or two books have in `BESIDE` what was sent before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from schemas.beyond import (
    AGREEING,
    COUNTED_ONCE,
    IN_LINKED_BOOK,
    IN_ONE_MONTH,
    IN_ONE_PLACE,
    MOST_A_DAY,
    NUMBERED_ON,
    ONE_CLASS,
    ONE_DAY,
    ONE_PERSON,
    ONE_REFERENCE,
    QUOTED,
)

Row = Mapping[str, str]


class Rows(NamedTuple):
    """Rows that break a rule, rows that do not, and what must hold besides."""

    breaks: tuple[Row, ...]
    sound: tuple[Row, ...]
    given: str


class Before(NamedTuple):
    """What was sent before: rows of a book."""

    book: str
    rows: tuple[Row, ...]


ONE_FILE = "as two rows of one file"
EARLIER = "where an earlier file of this book has 2018/9001 with 30/06/2018"
SAFETY = "where the health and safety book has the one report HS-17, of a minor injury to a police officer on 04/07/2018"
CRIMES = "in the health and safety book, where the crimes sent for the month quote HS-17 alone"


def rows(reference: str, one: Row, other: Row) -> tuple[Row, Row]:
    """Return two rows under one reference."""
    return {"source_record_id": reference, **one}, {"source_record_id": reference, **other}


def apart(first: str, second: str, both: Row, one: Row, other: Row) -> tuple[Row, Row]:
    """Return two rows, each under a reference of its own, that have something in common."""
    return {"source_record_id": first, **both, **one}, {"source_record_id": second, **both, **other}


ONE, TWO, THREE = ({"victim_number": number} for number in ("1", "2", "3"))
HURT = {"injury": "minor", "victim_type": "police_officer"}
ABH, BATTERY = {"offence_code": "008/06"}, {"offence_code": "104/23"}

EXAMPLES: Mapping[str, Rows] = {
    COUNTED_ONCE.name: Rows(
        rows("2018/41", {**ONE, "victim_id": "4101"}, {**TWO, "victim_id": "4101"}),
        rows("2018/42", {**ONE, "victim_id": "4201"}, {**TWO, "victim_id": "4202"}),
        ONE_FILE,
    ),
    IN_ONE_PLACE.name: Rows(
        apart(
            "2018/43", "2018/44", {"victim_id": "4301"},
            {"occurred_time": "23:10", "district": "Malvern"}, {"occurred_time": "23:15", "district": "Telford"},
        ),
        apart(
            "2018/45", "2018/46", {"victim_id": "4501"},
            {"occurred_time": "21:10", "district": "Malvern"}, {"occurred_time": "23:15", "district": "Telford"},
        ),
        ONE_FILE,
    ),
    ONE_REFERENCE.name: Rows(
        apart("2018/47", "2018/48", {"victim_id": "4701", "occurred_time": "22:40"}, {}, {}),
        apart("2018/49", "2018/50", {"occurred_time": "22:40"}, {"victim_id": "4901"}, {"victim_id": "5001"}),
        ONE_FILE,
    ),
    NUMBERED_ON.name: Rows(rows("2018/51", ONE, THREE), rows("2018/52", ONE, TWO), ONE_FILE),
    ONE_DAY.name: Rows(
        rows("2018/53", {**ONE, "occurred_on": "04/07/2018"}, {**TWO, "occurred_on": "05/07/2018"}),
        rows("2018/54", {**ONE, "occurred_on": "04/07/2018"}, {**TWO, "occurred_on": "04/07/2018"}),
        ONE_FILE,
    ),
    ONE_CLASS.name: Rows(
        rows("2018/55", {**ONE, **HURT, **ABH}, {**TWO, **HURT, **BATTERY}),
        rows("2018/56", {**ONE, **HURT, **ABH}, {**TWO, **HURT, **ABH}),
        ONE_FILE,
    ),
    ONE_PERSON.name: Rows(
        ({"victim_id": "0000", "occurred_on": "06/07/2018"},) * (MOST_A_DAY + 1),
        ({"victim_id": "5701", "occurred_on": "06/07/2018"},),
        f"as {MOST_A_DAY + 1} rows of one file",
    ),
    IN_ONE_MONTH.name: Rows(
        ({"source_record_id": "2018/9001", "occurred_on": "01/07/2018"},),
        ({"source_record_id": "2018/9002", "occurred_on": "01/07/2018"},),
        EARLIER,
    ),
    IN_LINKED_BOOK.name: Rows(({"health_safety_ref": "HS-71"},), ({"health_safety_ref": "HS-17"},), SAFETY),
    AGREEING[0].name: Rows(
        ({"health_safety_ref": "HS-17", "injury": "severe"},),
        ({"health_safety_ref": "HS-17", "injury": "minor"},),
        SAFETY,
    ),
    AGREEING[1].name: Rows(
        ({"health_safety_ref": "HS-17", "occurred_on": "03/07/2018"},),
        ({"health_safety_ref": "HS-17", "occurred_on": "04/07/2018"},),
        SAFETY,
    ),
    AGREEING[2].name: Rows(
        ({"health_safety_ref": "HS-17", "victim_type": "pcso"},),
        ({"health_safety_ref": "HS-17", "victim_type": "special_constable"},),
        SAFETY,
    ),
    QUOTED.name: Rows(
        ({"source_record_id": "HS-18"},), ({"source_record_id": "HS-17"},), CRIMES
    ),
}  # fmt: skip

BESIDE: Mapping[str, Before] = {
    EARLIER: Before("crime", ({"source_record_id": "2018/9001", "occurred_on": "30/06/2018"},)),
    SAFETY: Before("health_safety", ({"source_record_id": "HS-17", "occurred_on": "04/07/2018", **HURT},)),
    CRIMES: Before("crime", ({"source_record_id": "2018/9003", "health_safety_ref": "HS-17"},)),
}
