"""The same assault in two forces' crime books: how likely two records are one, which to ask about, and counting it once.

An officer who is hurt while helping another force may be recorded at home and by the host. Names are never read and
pseudonyms differ by force, so records are compared by what they say. The method is that of Fellegi and Sunter, "A
Theory for Record Linkage" (Journal of the American Statistical Association 64, 1969): for each comparison, `m` is how
often two records of one assault come out so, `u` how often two records of different assaults in two forces on one day
do, and log2(m/u) bits are added up. What is missing on either side adds nothing.

Splink, the library of the field, learns m and u from the data. It was tried (5.0, on 4,440 seeded records of which 60
are written twice): its training took another set of pairs for the matches, a different one for each sample and each
prior it began with, and found none of the 60, for one pair in a thousand is too few to learn from. So m and u are
declared here by judgement, the same every month: a question does not come and go with what other forces sent.

Records are compared on one day, or about midnight within three hours. Of what may be one assault each record is put to
each other force once: the likeliest pairs first, ties by the pairs' own ids, so that no order of rows plays a part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from hashlib import sha256
from math import log2
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from schemas.codes import CONSTABLES, INJURED
from schemas.neighbours import EVERYWHERE, NEIGHBOURS

BOOK = "crime"

# Before anything is compared: one in so many pairs of two forces' records of one day is one assault written twice.
ODDS_AGAINST = 4000
# A pair is asked about where there is one chance in four that it is one assault: odds of 1 to 3.
ASKED = -158

ABOUT_MIDNIGHT = 180  # minutes

# The weights are whole hundredths of a bit, so that a sum does not depend on the order of adding.
UNITS = 100

# The column of a release in which a force has said that two records are one assault.
COUNTED_ONCE = "counted_once"


@dataclass(frozen=True)
class Level:
    """How two records may compare: how often they do when they are one assault (m), and when they are not (u)."""

    m: float
    u: float

    @property
    def weight(self) -> int:
        """Return what it says for one assault, in hundredths of a bit."""
        return round(UNITS * log2(self.m / self.u))


# The last level of each is what is left.
TIME = (
    Level(0.45, 0.006), Level(0.20, 0.007), Level(0.12, 0.020), Level(0.13, 0.080), Level(0.06, 0.270),
    Level(0.04, 0.617),
)  # fmt: skip
ROLE = (Level(0.75, 0.03), Level(0.16, 0.75), Level(0.04, 0.02), Level(0.05, 0.20))
OFFENCE = (Level(0.65, 0.27), Level(0.10, 0.16), Level(0.18, 0.37), Level(0.07, 0.20))
INJURY = (Level(0.78, 0.50), Level(0.08, 0.05), Level(0.14, 0.45))
SEX = (Level(0.96, 0.55), Level(0.04, 0.45))
AGE = (Level(0.93, 0.38), Level(0.06, 0.45), Level(0.01, 0.17))
RANK = (Level(0.90, 0.66), Level(0.10, 0.34))
SERVICE = (Level(0.92, 0.15), Level(0.08, 0.85))
PLACE = (Level(0.88, 0.24), Level(0.12, 0.76))
WEAPON = (Level(0.90, 0.78), Level(0.10, 0.22))
# both say yes, both say no, they differ
SPAT = (Level(0.12, 0.02), Level(0.76, 0.74), Level(0.12, 0.24))
BITTEN = (Level(0.05, 0.004), Level(0.87, 0.88), Level(0.08, 0.116))
PUNCHED = (Level(0.18, 0.06), Level(0.66, 0.58), Level(0.16, 0.36))
KICKED = (Level(0.20, 0.07), Level(0.64, 0.54), Level(0.16, 0.39))
# neighbours, one polices everywhere, neither
FORCES = (Level(0.50, 0.10), Level(0.30, 0.12), Level(0.20, 0.78))

UNSAID = ("unknown", "not_applicable")
VISITOR = "other_force_officer"
AGES = ("under_26", "age_26_to_40", "age_41_to_55", "over_55")
COMPARED = (
    "injury", "sex", "age_band", "rank", "length_of_service_years", "location_type", "weapon", "spat_at", "bitten",
    "punched", "kicked", "offence_code", "offence_class",
)  # fmt: skip
KEY = ("force_id", "source_record_id", "victim_number", "occurred_on")


@dataclass(frozen=True, order=True)
class Side:
    """One of the two records of a pair."""

    force_id: str
    source_record_id: str
    victim_number: int
    occurred_on: date

    @property
    def key(self) -> str:
        """Return what stays the same of a record whatever is corrected in it."""
        return record_key(self.force_id, self.source_record_id, self.victim_number, self.occurred_on.year)


@dataclass(frozen=True)
class Pair:
    """Two records of two forces that may be one assault; `weight` in hundredths of a bit, above nought likelier than not."""

    sides: tuple[Side, Side]
    weight: int

    @property
    def pair_id(self) -> str:
        """Return the id that the pair has whichever record is named first."""
        return pair_id_of(side.key for side in self.sides)

    @property
    def month(self) -> str:
        """Return the month both forces are asked under, that of the earlier day."""
        return f"{min(side.occurred_on for side in self.sides):%Y-%m}"


def record_key(force_id: str, source_record_id: str, victim_number: int | None, year: int) -> str:
    """Return a hash that names a record in the crime book; some forces number anew each year."""
    said = "\x1f".join((force_id, source_record_id, str(victim_number or 0), str(year)))
    return sha256(said.encode()).hexdigest()[:16]


def pair_id_of(keys: Iterable[str]) -> str:
    """Return the id of the pair of two records' keys, in either order."""
    return sha256("\x1f".join(sorted(keys)).encode()).hexdigest()[:12]


def candidates(records: ir.Table) -> ir.Table:
    """Return the pairs of crime records of two forces that may well be one assault, and their `weight`.

    `records` are current records as `schemas.assault` has them. Columns: those of `Side` for each record of the pair,
    with `_one` and `_other` after their names, and `weight`; in no order. No pair is of one force.
    """
    told = sides(records)
    paired = reduce(ir.Table.union, blocks(told))
    weight = reduce(lambda sum_, each: sum_ + each, weights(paired)) - round(UNITS * log2(ODDS_AGAINST))
    scored = paired.mutate(weight=weight)
    likely = scored.filter(scored.weight >= ASKED)
    return likely.select(*(f"{name}_{side}" for side in ("one", "other") for name in KEY), "weight")


def sides(records: ir.Table) -> ir.Table:
    """Return what is compared of each crime record, with what is not known missing."""
    crimes = records.filter(records.book == BOOK)
    clock = crimes.occurred_time
    # Many systems write midnight where nobody knew the time.
    minute = (clock.hour() * 60 + clock.minute()).cast("int64").nullif(0)
    role = ibis.cases(
        (crimes.victim_type == VISITOR, "visitor"),
        (crimes.victim_type.isin([role for role in CONSTABLES if role != VISITOR]), "constable"),
        (crimes.victim_type.isnull() | crimes.victim_type.isin(UNSAID), ibis.null("string")),
        else_="other",
    )
    said = {
        name: crimes[name].nullif("unknown").nullif("not_applicable")
        if crimes[name].type().is_string()
        else crimes[name]
        for name in COMPARED
    }
    place = said["location_type"]
    return crimes.select(
        "force_id",
        "source_record_id",
        "occurred_on",
        victim_number=crimes.victim_number.fill_null(0),
        minute=minute,
        role=role,
        **(said | {"location_type": place.nullif("other")}),
    )


def blocks(told: ir.Table) -> Iterator[ir.Table]:
    """Yield the pairs of two forces' records that are compared: of one day, and of two days about midnight."""
    one = told.rename({f"{name}_one": name for name in told.columns})
    other = told.rename({f"{name}_other": name for name in told.columns}).view()
    two_forces = one.force_id_one < other.force_id_other
    yield paired(
        one.join(other, [one.occurred_on_one == other.occurred_on_other, two_forces]),
        lambda pair: pair.minute_one - pair.minute_other,
    )
    for later in (1, -1):
        next_day = one.mutate(beside=one.occurred_on_one + ibis.interval(days=later))
        joined = next_day.join(
            other,
            [
                next_day.beside.cast("date") == other.occurred_on_other,
                next_day.force_id_one < other.force_id_other,
            ],
        ).drop("beside")
        near = paired(joined, lambda pair, days=later: pair.minute_one - pair.minute_other - days * 24 * 60)
        yield near.filter(near.apart <= ABOUT_MIDNIGHT)


def paired(joined: ir.Table, minutes: Any) -> ir.Table:
    """Return pairs with how many minutes lie between their records."""
    return joined.select(*joined.columns, apart=minutes(joined).abs())


def weights(pair: ir.Table) -> Iterator[ir.IntegerValue]:
    """Yield what each comparison says for one assault, in hundredths of a bit; nought where either side is silent."""

    def both(name: str) -> tuple[Any, Any]:
        return pair[f"{name}_one"], pair[f"{name}_other"]

    def same(name: str) -> Any:
        one, other = both(name)
        return one == other

    def compare(silent: Any, levels: tuple[Level, ...], *conditions: Any) -> ir.IntegerValue:
        told = [(condition, level.weight) for condition, level in zip(conditions, levels, strict=False)]
        return cast(ir.IntegerValue, ibis.cases((silent, 0), *told, else_=levels[-1].weight).cast("int64"))

    def unsaid(name: str) -> Any:
        one, other = both(name)
        return one.isnull() | other.isnull()

    apart = pair.apart
    yield compare(apart.isnull(), TIME, apart <= 2, apart <= 5, apart <= 15, apart <= 60, apart <= 240)

    one, other = both("role")
    visit = ((one == "visitor") & (other == "constable")) | ((one == "constable") & (other == "visitor"))
    yield compare(unsaid("role"), ROLE, visit, (one == "constable") & same("role"), one == other)

    one, other = both("offence_class")
    family = [each.isin(["8S", "104"]) for each in (one, other)]
    yield compare(
        unsaid("offence_class"),
        OFFENCE,
        same("offence_code").fill_null(False) & same("offence_class"),
        same("offence_class"),
        family[0] & family[1],
    )

    one, other = both("injury")
    yield compare(
        unsaid("injury"), INJURY, same("injury"), one.isin(list(INJURED)) & other.isin(list(INJURED))
    )

    yield compare(unsaid("sex"), SEX, same("sex"))
    places = [ibis.cases(*((each == age, at) for at, age in enumerate(AGES))) for each in both("age_band")]
    yield compare(unsaid("age_band"), AGE, same("age_band"), (places[0] - places[1]).abs() <= 1)
    yield compare(unsaid("rank"), RANK, same("rank"))
    one, other = both("length_of_service_years")
    yield compare(unsaid("length_of_service_years"), SERVICE, (one - other).abs() <= 1)
    yield compare(unsaid("location_type"), PLACE, same("location_type"))
    yield compare(unsaid("weapon"), WEAPON, same("weapon"))
    for name, levels in (("spat_at", SPAT), ("bitten", BITTEN), ("punched", PUNCHED), ("kicked", KICKED)):
        one, other = both(name)
        yield compare(unsaid(name), levels, one & other, ~one & ~other)

    one, other = both("force_id")
    beside = (one + "|" + other).isin(["|".join(border) for border in sorted(NEIGHBOURS)])
    everywhere = one.isin(EVERYWHERE) | other.isin(EVERYWHERE)
    yield compare(ibis.literal(False), FORCES, beside, everywhere)


def pairs_of(
    candidates: Iterable[Mapping[str, Any]], same: Collection[str] = (), not_same: Collection[str] = ()
) -> list[Pair]:
    """Return the pairs to ask about, in order of their id: of one force's record and another force at most one.

    `candidates` are the rows of the table of that name, in any order; `same` and `not_same` are the ids of pairs that
    were answered so. What is one assault takes both records before anything else does; what is not leaves both free
    for another pair, and is itself returned so long as the records are alike.
    """
    ranked = sorted(
        (pair_of(row) for row in candidates),
        key=lambda pair: (pair.pair_id not in same, -pair.weight, pair.pair_id),
    )
    taken: set[tuple[str, str]] = set()
    kept = []
    for pair in ranked:
        one, other = pair.sides
        wanted = {(one.key, other.force_id), (other.key, one.force_id)}
        if pair.pair_id in not_same:
            kept.append(pair)
        elif not wanted & taken:
            taken |= wanted
            kept.append(pair)
    return sorted(kept, key=lambda pair: pair.pair_id)


def pair_of(row: Mapping[str, Any]) -> Pair:
    one, other = (Side(*(row[f"{name}_{side}"] for name in KEY)) for side in ("one", "other"))
    return Pair((one, other), int(row["weight"]))


def counted_once(records: ir.Table, pairs: Collection[tuple[str, str]]) -> ir.Table:
    """Return the records with `counted_once`: `kept` or `left_out` where two are one assault, else missing.

    `pairs` are the keys (`record_key`) of two records that a force has said are one assault. Only a pair of which both
    records are there is counted once. What is left out of national counts is the record of the force that says the
    victim is another force's officer; where that does not tell, the one that comes later by force, reference and
    victim. Three forces' records of one assault are counted once too; two of one force's never.
    """
    keyed = records.mutate(across=ibis.ifelse(records.book == BOOK, key_of(records), ibis.null("string")))
    wanted = sorted({key for pair in pairs for key in pair})
    concerned = keyed.filter(keyed.across.isin(wanted)).select(*KEY, "victim_type", "across")
    marks = marked(concerned.to_pyarrow().to_pylist(), pairs)
    small = ibis.memtable(
        pa.table(
            {
                "marked": pa.array(sorted(marks), pa.string()),
                COUNTED_ONCE: pa.array([marks[key] for key in sorted(marks)], pa.string()),
            }
        )
    )
    return keyed.left_join(small, keyed.across == small.marked).drop("across", "marked")


def key_of(records: ir.Table) -> ir.StringValue:
    """Return `record_key` of each record."""
    parts = [
        records.force_id,
        records.source_record_id,
        records.victim_number.fill_null(0).cast("string"),
        records.occurred_on.year().cast("string"),
    ]
    return cast(ir.StringValue, ibis.literal("\x1f").join(parts).hexdigest("sha256").substr(0, 16))


def marked(concerned: Iterable[Mapping[str, Any]], pairs: Collection[tuple[str, str]]) -> dict[str, str]:
    """Return which records of answered pairs are kept in national counts and which are left out, by their key."""
    found: dict[str, tuple[Any, ...]] = {}
    for row in concerned:
        # Who was lent to the other force is its own force's to count.
        place = (
            row["victim_type"] == VISITOR, row["force_id"], row["source_record_id"], row["victim_number"] or 0,
        )  # fmt: skip
        found[row["across"]] = min(place, found.get(row["across"], place))
    group = {key: frozenset({key}) for key in found}
    for one, other in sorted(tuple(sorted(pair)) for pair in pairs):
        if one in found and other in found and not group[one] & group[other]:
            together = group[one] | group[other]
            if len({found[key][1] for key in together}) == len(together):
                group |= dict.fromkeys(together, together)
    return {
        key: "kept" if key == min(group[key], key=lambda each: found[each]) else "left_out"
        for key in found
        if len(group[key]) > 1
    }
