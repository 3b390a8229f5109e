"""What the readers of workforce publications share: the figures, the sums, and who a row is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.read.export import Refused
from schemas.register import FORCES, folded, force_by_code, force_by_name, nearest_force
from schemas.workforce import WORKFORCE

ARROW_TYPES = {"string": pa.string(), "date": pa.date32(), "number": pa.float64()}
FIGURES = pa.schema([(field.name, ARROW_TYPES[field.type]) for field in WORKFORCE.fields])

WORKER_TYPES = {
    "police officer": "police_officer",
    "police staff": "police_staff",
    "designated officer": "designated_officer",
    "police staff and designated officer": "police_staff_and_designated_officer",
    "police community support officer": "pcso",
    "special constable": "special_constable",
    "police support volunteer": "police_support_volunteer",
}
STATUSES = {"..": "x", "": "x", "n/a": "x", "[x]": "x", "[z]": "z", "[c]": "c"}
NUMBER = r"^\d+(\.\d+)?([eE][-+]?\d+)?$"

REGIONS = frozenset(folded(entry.region) for entry in FORCES.values() if entry.region) | {
    "eastern",
    "yorkshire and humber",
}
TOTALS = re.compile(
    r"(?:sub )?totals?\b|all forces|england and wales$|england$|great britain$|united kingdom$"
)
REGION_CODE = re.compile(r"(?:E12|W92|E92|K0)\d+")
NEAR_ENOUGH_TO_BE_A_SLIP = 0.85

BLANK = "blank row"
REGION = "region, not a force"
TOTAL = "total, not a force"
NOT_A_FORCE = "not a police force"


@dataclass(frozen=True)
class SetAside:
    """Rows that hold no figure of a force: why, the name they carry, and where the first of them stands."""

    reason: str
    label: str
    sheet: str
    first_row: int
    rows: int = 1


@dataclass(frozen=True)
class Sums:
    """What became of every row of a publication."""

    rows_seen: int
    rows_kept: int
    set_aside: tuple[SetAside, ...]

    @property
    def balanced(self) -> bool:
        """Return whether every row seen was kept or set aside."""
        return self.rows_seen == self.rows_kept + sum(entry.rows for entry in self.set_aside)


@dataclass(frozen=True)
class Workforce:
    """The figures of a publication (columns of `schemas.workforce.WORKFORCE`) and the sums of its rows."""

    figures: pa.Table
    sums: Sums


def known_force(code: str, name: str, place: str) -> str | None:
    """Return the force of a row by its area code and its name, which must agree, or None."""
    by_code, by_name = force_by_code(code), force_by_name(name)
    if by_code and by_name and by_code != by_name:
        raise Refused(
            f"The code {code} and the name {name} are of two different forces in {place}; correct one."
        )
    return by_code or by_name


def why_not_a_force(name: str, place: str) -> str:
    """Return why a name with figures beside it is no force's; a slip in a force's name raises Refused."""
    plain = folded(name)
    if plain in REGIONS:
        return REGION
    if TOTALS.match(plain):
        return TOTAL
    if nearest := nearest_force(name, NEAR_ENOUGH_TO_BE_A_SLIP):
        raise Refused(
            f"There is no force called {name}, in {place}; did you mean {FORCES[nearest].short_name}? "
            "Correct the name."
        )
    return NOT_A_FORCE


def worker_type_of(text: str) -> str | None:
    """Return the code of a worker type as titles and open data word it, plural or footnoted."""
    plain = folded(re.sub(r"\([^)]*\)\d*", " ", text))
    plain = re.sub(r"\b(combined|headcount|fte|full time equivalents?)\b", " ", plain)
    plain = re.sub(r"\b(officer|constable|volunteer)s?\d*\b", r"\1", plain)
    return WORKER_TYPES.get(" ".join(plain.split()))


def joined(parts: Sequence[Workforce]) -> Workforce:
    """Return the figures of several parts of one publication, sorted by key, and their sums added up."""
    figures = pa.concat_tables([part.figures for part in parts])
    return Workforce(
        figures.sort_by([(name, "ascending") for name in (*WORKFORCE.key, "published")]),
        Sums(
            sum(part.sums.rows_seen for part in parts),
            sum(part.sums.rows_kept for part in parts),
            tuple(entry for part in parts for entry in part.sums.set_aside),
        ),
    )


def refuse_repeated_figures(figures: pa.Table, file: str) -> None:
    """Raise Refused where a publication gives the same figure twice: neither could be trusted."""
    counted = figures.group_by(list(WORKFORCE.key)).aggregate([([], "count_all")])
    repeated = counted.filter(pc.greater(counted["count_all"], 1)).slice(0, 1).to_pylist()
    for figure in repeated:
        raise Refused(
            f"{file} gives the {figure['basis']} of {figure['worker_type'].replace('_', ' ')} of "
            f"{FORCES[figure['force_id']].short_name} on {figure['as_at']:%d/%m/%Y} more than once in "
            f"{figure['source']}; leave one."
        )
