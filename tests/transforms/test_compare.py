"""Every national table: worked out a second time in pandas and plain Python, and what it means."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import Counter, defaultdict

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import poisson

from schemas import national
from schemas.assault import ASSAULT
from schemas.codes import MEASURE, OUTCOME_TYPE, POLICE_PERSONNEL, VICTIM_TYPE
from transforms.compare import compare
from transforms.compare.officers import officers_at
from transforms.compare.periods import Series, calendar
from transforms.compare.rates import poisson_interval
from transforms.denominators import latest_figures

ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "boolean": pa.bool_(),
    "list": pa.list_(pa.string()),
}
RECORDS = pa.schema([(field.name, ARROW[field.type]) for field in ASSAULT.fields])
DROPS = pa.schema(
    [
        ("drop_id", pa.string()),
        ("sequence", pa.int64()),
        ("force_id", pa.string()),
        ("book", pa.string()),
        ("period_from", pa.date32()),
        ("period_to", pa.date32()),
        ("state", pa.string()),
    ]
)
HELD = pa.schema(
    [("force_id", pa.string()), ("book", pa.string()), ("drop_id", pa.string()), ("occurred_on", pa.date32())]
)
EXPECTED = pa.schema([("force_id", pa.string()), ("book", pa.string())])
WORKFORCE = pa.schema(
    [
        ("force_id", pa.string()),
        ("worker_type", pa.string()),
        ("basis", pa.string()),
        ("as_at", pa.date32()),
        ("value", pa.float64()),
        ("value_status", pa.string()),
        ("source", pa.string()),
        ("published", pa.date32()),
    ]
)


def table(rows, schema):
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema))


def month_ends(month):
    following = (month.replace(day=28) + dt.timedelta(days=7)).replace(day=1)
    return following - dt.timedelta(days=1)


def drop(drop_id, force, period, state="collated", book="crime", sequence=None):
    return {
        "drop_id": drop_id,
        "sequence": sequence if sequence is not None else int(drop_id.strip("d")),
        "force_id": force,
        "book": book,
        "period_from": period[0],
        "period_to": period[1],
        "state": state,
    }


def record(drop, on, reference, **fields):
    return {
        "force_id": drop["force_id"],
        "book": drop["book"],
        "source_record_id": reference,
        "victim_number": 1,
        "drop_id": drop["drop_id"],
        "row_number": 2,
        "occurred_on": on,
        **fields,
    }


def officers(force, as_at, value, published=dt.date(2019, 1, 1), source="tables", basis="fte"):
    return {
        "force_id": force,
        "worker_type": "police_officer",
        "basis": basis,
        "as_at": as_at,
        "value": value,
        "value_status": None if value is not None else "x",
        "source": source,
        "published": published,
    }


def published(records, drops, *, held=(), expected=(), workforce=(), start, month):
    tables = compare(
        table(records, RECORDS),
        table(drops, DROPS),
        table(held, HELD),
        table(expected, EXPECTED),
        table(workforce, WORKFORCE),
        start=start,
        month=month,
    )
    return {name: rows.to_pyarrow().to_pylist() for name, rows in tables.items()}


def cell(rows, **key):
    found = [row for row in rows if all(row[name] == value for name, value in key.items())]
    assert len(found) == 1, (key, len(found))
    return found[0]


# A country of chance: forces that send late, twice, in part, nothing, or only what is held.

FORCES = ("avon", "brent", "cam", "dee", "exe", "forth")
START, MONTH = dt.date(2016, 11, 1), dt.date(2018, 2, 1)


def some_day(chance, period):
    return period[0] + dt.timedelta(days=chance.randint(-3, (period[1] - period[0]).days + 3))


def some_record(chance, drop, number):
    crime = drop["book"] == "crime"
    on = some_day(chance, (drop["period_from"], drop["period_to"]))
    silent = drop["force_id"] == "exe" and on < dt.date(2017, 6, 1)
    return record(
        drop,
        on,
        f"R{number}",
        victim_number=chance.choice((None, 1, 1, 2)),
        row_number=number,
        occurred_time=chance.choice(
            (None, dt.time(chance.randrange(24), 30), dt.time(chance.randrange(6), 5))
        ),
        recorded_on=on + dt.timedelta(days=chance.randrange(20)) if chance.random() < 0.7 else None,
        measure=chance.choice((*MEASURE, None)) if crime or drop["force_id"] == "brent" else None,
        victim_type=None if silent else chance.choice((*VICTIM_TYPE, *["police_officer"] * 9, None)),
        duty_status=chance.choice(("on_duty", "on_duty", "on_duty", "off_duty", "unknown", None)),
        injury=chance.choice(("none", "minor", "severe", "unknown", None))
        if drop["force_id"] != "cam"
        else None,
        outcome_type=chance.choice((*OUTCOME_TYPE, "1", "1", None)) if drop["force_id"] != "brent" else "0",
        weapon=chance.choice(("knife", None)),
        spat_at=chance.choice((True, False, None)),
        hate_strands=chance.choice((["race"], None)),
    )


def country(seed):
    """Return records, drops, held rows, what is expected, and officers, drawn from a seed."""
    chance = random.Random(seed)
    drops, records, held = [], [], []
    months = [month.date() for month in pd.date_range("2016-10-01", "2018-03-01", freq="MS")]
    for force in FORCES[:5]:
        for book in ("crime", "use_of_force")[: 1 + (force in ("avon", "brent"))]:
            for month in months:
                if chance.random() < 0.15:
                    continue
                period = chance.choice(
                    (
                        *[(month, month_ends(month))] * 5,
                        (month, month.replace(day=chance.randint(3, 27))),
                        (month.replace(day=15), month_ends(month_ends(month) + dt.timedelta(days=1))),
                    )
                )
                for _ in range(chance.choice((1, 1, 1, 2))):
                    state = chance.choice((*["collated"] * 6, "nil", "refused"))
                    drops.append(drop(f"d{len(drops)}", force, period, state, book))
    chance.shuffle(order := list(range(len(drops))))
    for sent, sequence in zip(drops, order, strict=True):
        sent["sequence"] = sequence
        if sent["state"] != "collated":
            continue
        fate = chance.random()
        if fate > 0.15:
            numbers = chance.sample(range(12), chance.randrange(9))
            records += [some_record(chance, sent, number) for number in numbers]
        if fate < 0.4:
            for _ in range(chance.randrange(3)):
                on = (
                    some_day(chance, (sent["period_from"], sent["period_to"]))
                    if chance.random() < 0.7
                    else None
                )
                held.append(
                    {name: sent[name] for name in ("force_id", "book", "drop_id")} | {"occurred_on": on}
                )
    expected = [{"force_id": force, "book": "crime"} for force in FORCES]
    expected += [{"force_id": "dee", "book": "health_safety"}]
    workforce = []
    for force in ("avon", "brent", "cam", "exe", "forth"):
        for as_at in (dt.date(2016, 9, 30), dt.date(2017, 3, 31), dt.date(2017, 9, 30)):
            value = None if (force, as_at.year) == ("cam", 2016) else round(chance.uniform(3, 40), 1)
            if (force, as_at.month, as_at.year) == ("brent", 9, 2017):
                continue
            source = "open data" if force == "avon" else "tables"
            workforce.append(officers(force, as_at, value, published=dt.date(2018, 1, 25), source=source))
            workforce.append(officers(force, as_at, 999.0, published=None, source="draft"))
            workforce.append(officers(force, as_at, 555.0, basis="headcount"))
    return records, drops, held, expected, workforce


class Second:
    """The same tables by another road: days in sets, records in lists, one cell at a time."""

    def __init__(self, records, drops, held, expected, workforce, start, month):
        self.drops = {d["drop_id"]: d for d in drops}
        self.months = [m.date() for m in pd.date_range(start, month, freq="MS")]
        self.current = [r for r in records if not any(self.replaces(later, r) for later in records)]
        self.records, self.held, self.workforce = records, held, workforce
        self.pairs = sorted(
            {(e["force_id"], e["book"]) for e in expected} | {(d["force_id"], d["book"]) for d in drops}
        )
        self.month = {(*pair, m): self.what_came(*pair, m) for pair in self.pairs for m in self.months}

    def replaces(self, later, r):
        of, own = self.drops[later["drop_id"]], self.drops[r["drop_id"]]
        same = all(later[k] == r[k] for k in ("force_id", "book", "source_record_id", "victim_number"))
        spans = of["period_from"] <= r["occurred_on"] <= of["period_to"]
        return (
            same and of["sequence"] > own["sequence"] and (spans or later["occurred_on"] == r["occurred_on"])
        )

    def what_came(self, force, book, month):
        days = {d.date() for d in pd.date_range(month, month_ends(month))}

        def span(d):
            return {day.date() for day in pd.date_range(d["period_from"], d["period_to"])}

        touching = [
            d for d in self.drops.values() if (d["force_id"], d["book"]) == (force, book) and span(d) & days
        ]
        read = sorted((d for d in touching if d["state"] != "refused"), key=lambda d: d["sequence"])
        covered = set()
        for d in read:
            rows_held = [h for h in self.held if h["drop_id"] == d["drop_id"]]
            own = [r for r in self.records if r["drop_id"] == d["drop_id"]]
            quiet = not own and not rows_held
            if quiet or any(r["occurred_on"] in span(d) for r in own):
                covered |= span(d) & days
        held = 0
        for h in self.held:
            own = self.drops[h["drop_id"]]
            day = h["occurred_on"] if h["occurred_on"] in span(own) else own["period_to"]
            held += bool(read) and own is read[-1] and day in days
        mine = [r for r in self.current if (r["force_id"], r["book"]) == (force, book)]
        accepted = sum(r["occurred_on"] in days for r in mine)
        states = [d["state"] for d in touching]
        status = next(
            (
                word
                for state, word in (("collated", "received"), ("nil", "nil"), ("refused", "refused"))
                if state in states
            ),
            "missing",
        )
        figures = bool(covered) and not (held and not accepted)
        return {
            "status": status,
            "value_status": "x" if not figures else "p" if covered != days else None,
            "accepted": accepted,
            "held": held,
            "drops": len(touching),
            "days_covered": len(covered),
            "days_expected": len(days),
        }

    def coverage(self):
        return {(f, b, "month", f"{m:%Y-%m}"): came for (f, b, m), came in self.month.items()}

    def periods(self, *types):
        """Return the months of each period by (type, label), and how many the whole period has."""
        found = defaultdict(list)
        for m in self.months:
            year = m.year - (m.month < 4)
            found["month", f"{m:%Y-%m}"].append(m)
            found["quarter", f"{m.year}-Q{pd.Timestamp(m).quarter}"].append(m)
            found["year_ending_march", f"{year}-{str(year + 1)[2:]}"].append(m)
            found["series", f"{self.months[0]:%Y-%m} to {self.months[-1]:%Y-%m}"].append(m)
        size = {"month": 1, "quarter": 3, "year_ending_march": 12, "series": len(self.months)}
        return {key: (months, size[key[0]]) for key, months in found.items() if key[0] in types}

    def forces(self, book):
        return [force for force, b in self.pairs if b == book]

    def included(self, force, book, months):
        return [m for m in months if self.month[force, book, m]["value_status"] != "x"]

    def count(self, book, months, matching, day="occurred_on", forces=None):
        """Return a Counter of `matching(record)` by force over the months each force has figures for."""
        tally = defaultdict(Counter)
        for r in self.current:
            if r["book"] != book:
                continue
            on = r[day] or r["occurred_on"]
            if on.replace(day=1) in self.included(r["force_id"], book, months):
                tally[r["force_id"]][matching(r)] += 1
        return tally

    def marks(self, force, book, months, size):
        inside = self.included(force, book, months)
        whole = all(self.month[force, book, m]["value_status"] is None for m in inside)
        return inside, whole

    def tabulated(self, types, cells_of, matching, day="occurred_on"):
        """Return {(force, book, type, period, *cell): row} for a table that counts."""
        rows = {}
        for book in sorted({b for _, b in self.pairs}):
            for (type_, label), (months, size) in self.periods(*types).items():
                tally = self.count(book, months, matching, day)
                nation = defaultdict(lambda: [0, 0, 0, True])
                forces = self.forces(book)
                for force in forces:
                    inside, whole = self.marks(force, book, months, size)
                    for cell_ in cells_of(force, book):
                        value = tally[force][cell_] if inside else None
                        rows[force, book, type_, label, *cell_] = {
                            "value": value,
                            "value_status": "x"
                            if not inside
                            else "p"
                            if len(inside) < size or not whole
                            else None,
                            "forces_included": int(bool(inside)),
                            "forces_expected": 1,
                            "months_included": len(inside),
                            "months_expected": size,
                        }
                        sums = nation[cell_]
                        sums[0] += value or 0
                        sums[1] += bool(inside)
                        sums[2] += len(inside)
                        sums[3] &= whole
                for cell_, (value, forces_in, months_in, whole) in nation.items():
                    due = len(forces) * size
                    rows["national", book, type_, label, *cell_] = {
                        "value": value if forces_in else None,
                        "value_status": "x"
                        if not forces_in
                        else "p"
                        if months_in < due or not whole
                        else None,
                        "forces_included": forces_in,
                        "forces_expected": len(forces),
                        "months_included": months_in,
                        "months_expected": due,
                    }
        return rows

    def broken(self, rows, measures):
        """Mark the break in the series on figures that begin before April 2017."""
        for (_, book, type_, label, measure), row in rows.items():
            first = self.periods(type_)[type_, label][0][0]
            if type_ != "month":
                first = (
                    min(first, dt.date(2017, 3, 1)) if label in ("2016-17", "2017-Q1", "2016-Q4") else first
                )
            known = row["value"] is not None
            if book == "crime" and measure in measures and known and first < dt.date(2017, 4, 1):
                row["value_status"] = "b"
        return rows

    def assaults_by_force(self):
        carried = {
            (r["force_id"], r["book"], r["measure"])
            for r in self.current
            if r["occurred_on"].replace(day=1) in self.months
        }

        def cells(force, book):
            for measure in MEASURE:
                if book == "crime" or (force, book, measure) in carried:
                    yield (measure,)
            yield ("undecided",)

        rows = self.tabulated(PUBLISHED, cells, lambda r: (r["measure"] or "undecided",))
        for place, row in rows.items():
            undecided = rows[*place[:-1], "undecided"]["value"]
            if place[1] == "crime" and place[-1] != "undecided" and undecided:
                row["value_status"] = "u"
        return self.broken(rows, {"constable_with_injury"})

    def victims_by_type(self):
        cells = [(code,) for code in (*VICTIM_TYPE, "not_recorded")]
        return self.tabulated(PUBLISHED, lambda *_: cells, lambda r: (r["victim_type"] or "not_recorded",))

    def time_of_week(self):
        hours = [f"{hour:02}" for hour in range(24)] + ["not_recorded"]
        cells = [(day, hour) for day in range(1, 8) for hour in hours]

        def matching(r):
            time = r["occurred_time"]
            return r["occurred_on"].isoweekday(), "not_recorded" if time is None else f"{time.hour:02}"

        return self.tabulated(PUBLISHED[1:], lambda *_: cells, matching)

    def outcomes(self):
        cells = [(code,) for code in (*OUTCOME_TYPE, "not_recorded")]
        counted = self.tabulated(
            PUBLISHED, lambda *_: cells, lambda r: (r["outcome_type"] or "not_recorded",), "recorded_on"
        )
        counted = {key: row for key, row in counted.items() if key[1] == "crime"}
        rows = {}
        for force, book, type_, label in {key[:4] for key in counted}:
            place = (force, book, type_, label)
            of = {outcome: counted[*place, outcome]["value"] for (outcome,) in cells}
            marks = dict(counted[*place, "1"])
            totals = {"denominator": None, "without_outcome": None}
            if of["1"] is not None:
                without = of["0"] + of["not_recorded"]
                totals = {"denominator": sum(of.values()) - without, "without_outcome": without}
            for outcome, value in of.items():
                rows[force, book, "recorded", type_, label, "offences", outcome] = (
                    marks | totals | {"value": value, "numerator": value}
                )
            share = marks | totals | {"value": None, "numerator": None}
            if of["1"] is not None:
                share["numerator"] = of["1"] + of["1A"]
                if totals["denominator"]:
                    share["value"] = share["numerator"] / totals["denominator"]
                else:
                    share["value_status"] = "x" if totals["without_outcome"] else "z"
            rows[force, book, "recorded", type_, label, "share_charged", "charged"] = share
        return rows

    def officers(self, force, on):
        known = [
            w
            for w in self.workforce
            if w["force_id"] == force and w["basis"] == "fte" and w["published"] and w["as_at"] <= on
        ]
        return max(known, key=lambda w: w["as_at"], default=None)

    def rates_per_1000_officers(self):
        rows = {}
        classes = {"constable_with_injury": 1, "constable_without_injury": 2, "constable_assaults": 3}
        for (type_, label), (months, size) in self.periods(*PUBLISHED).items():
            tally = self.count("crime", months, lambda r: r["measure"])
            forces = self.forces("crime")
            for measure, bits in classes.items():
                parts = []
                for force in forces:
                    inside, whole = self.marks(force, "crime", months, size)
                    found = self.officers(force, month_ends(months[-1]))
                    with_, without = (tally[force][name] for name in list(classes)[:2])
                    count = (with_ if bits & 1 else 0) + (without if bits & 2 else 0)
                    base = found["value"] if found else None
                    row = {
                        "numerator": count if inside else None,
                        "denominator": base,
                        "denominator_as_at": found and found["as_at"],
                        "denominator_source": found and found["source"],
                        "forces_included": int(bool(inside) and base is not None),
                        "forces_expected": 1,
                        "months_included": len(inside),
                        "months_expected": size,
                        "whole": whole,
                    }
                    parts.append(row)
                    rows[force, "crime", type_, label, measure] = row
                used = [row for row in parts if row["forces_included"]]
                rows["national", "crime", type_, label, measure] = {
                    "numerator": sum(row["numerator"] for row in used) if used else None,
                    "denominator": math.fsum(row["denominator"] for row in used) if used else None,
                    "denominator_as_at": min((row["denominator_as_at"] for row in used), default=None),
                    "denominator_source": "; ".join(sorted({row["denominator_source"] for row in used}))
                    or None,
                    "forces_included": len(used),
                    "forces_expected": len(forces),
                    "months_included": sum(row["months_included"] for row in used),
                    "months_expected": size * len(forces),
                    "whole": all(row["whole"] for row in used),
                }
        for row in rows.values():
            whole = row.pop("whole")
            row |= {"value": None, "value_status": "x", "lower_95": None, "upper_95": None}
            row["denominator_name"] = "police_officer_fte"
            if row["forces_included"]:
                short = row["months_included"] < row["months_expected"] or not whole
                row["value"] = row["numerator"] / row["denominator"] * 1000
                row["value_status"] = "p" if short else None
        for key, row in self.broken(rows, {"constable_with_injury", "constable_assaults"}).items():
            if row["value"] is not None:
                row["lower_95"], row["upper_95"] = ("interval", key)
        return rows

    def current_picture(self):
        rows = {}
        crimes = [r for r in self.current if r["book"] == "crime"]
        per = defaultdict(list)
        for r in crimes:
            per[r["force_id"], r["occurred_on"].replace(day=1)].append(r)

        def counted(force, m):
            if m not in self.months or self.month[force, "crime", m]["value_status"] == "x":
                return False
            return not per[force, m] or any(r["victim_type"] and r["duty_status"] for r in per[force, m])

        def campaign(force, months):
            return [
                r
                for m in months
                for r in per[force, m]
                if r["duty_status"] == "on_duty" and r["victim_type"] in POLICE_PERSONNEL
            ]

        def before(m):
            return m.replace(year=m.year - 1)

        forces = self.forces("crime")
        for (type_, label), (months, size) in self.periods("quarter", "year_ending_march", "series").items():
            parts = defaultdict(list)
            for force in forces:
                inside = [m for m in months if counted(force, m)]
                like = [m for m in inside if counted(force, before(m))]
                whole = all(self.month[force, "crime", m]["value_status"] is None for m in inside)
                mine = campaign(force, inside)
                n = len(mine)
                days = sum(self.month[force, "crime", m]["days_covered"] for m in inside)
                with_outcome = [r for r in mine if r["outcome_type"] not in (None, "0")]
                timed = [r for r in mine if r["occurred_time"]]
                nights = [
                    r for r in timed if r["occurred_on"].isoweekday() > 5 and r["occurred_time"].hour < 6
                ]
                found = self.officers(force, month_ends(months[-1]))
                base = found["value"] if found else None
                figures = {
                    "offences": (n, None, True),
                    "offences_with_injury": (
                        sum(r["injury"] in ("minor", "severe", "fatal", "injured") for r in mine),
                        None,
                        not mine or any(r["injury"] for r in mine),
                    ),
                    "offences_per_day": (n, days, True),
                    "minutes_between_offences": (days * 1440, n, True),
                    "officers_per_offence": (base, n, base is not None),
                    "share_victims_police_officers": (
                        sum(r["victim_type"] == "police_officer" for r in mine),
                        n,
                        True,
                    ),
                    "share_charged": (
                        sum(r["outcome_type"] in ("1", "1A") for r in with_outcome),
                        len(with_outcome),
                        not mine or bool(with_outcome),
                    ),
                    "change_on_year_percent": (
                        len(campaign(force, like)),
                        len(campaign(force, [before(m) for m in like])),
                        type_ != "series",
                    ),
                    "weekend_night_share": (len(nights), len(timed), not mine or bool(timed)),
                }
                for measure, (top, bottom, known) in figures.items():
                    used = like if measure == "change_on_year_percent" else inside
                    known = known and bool(used)
                    row = {
                        "numerator": top if known else None,
                        "denominator": bottom if known else None,
                        "forces_included": int(known),
                        "forces_expected": 1,
                        "months_included": len(used) if known else 0,
                        "months_expected": size,
                        "whole": whole,
                    }
                    parts[measure].append(row)
                    rows[force, "crime", type_, label, measure] = row
            days = sum(
                max((self.month[f, "crime", m]["days_covered"] for f in forces if counted(f, m)), default=0)
                for m in months
            )
            any_days = any(counted(f, m) for f in forces for m in months)
            for measure, each in parts.items():
                used = [row for row in each if row["forces_included"]]

                def total(name, used=used):
                    numbers = [row[name] for row in used if row[name] is not None]
                    return math.fsum(numbers) if numbers else None

                row = {
                    "numerator": total("numerator"),
                    "denominator": total("denominator"),
                    "forces_included": len(used),
                    "forces_expected": len(forces),
                    "months_included": sum(r["months_included"] for r in used),
                    "months_expected": size * len(forces),
                    "whole": all(r["whole"] for r in each),
                }
                if measure == "offences_per_day":
                    row["denominator"] = days if any_days else None
                if measure == "minutes_between_offences":
                    row["numerator"] = days * 1440 if any_days else None
                rows["national", "crime", type_, label, measure] = row
        for (_, _, type_, _, measure), row in rows.items():
            top, bottom, whole = row["numerator"], row["denominator"], row.pop("whole")
            row["unit"] = national.CAMPAIGN_UNITS[measure]
            short = row["months_included"] < row["months_expected"] or not whole
            row["value_status"] = "p" if short else None
            if measure.startswith("offences") and measure != "offences_per_day":
                row["value"] = top
            else:
                row["value"] = top / bottom if top is not None and bottom else None
                if bottom == 0:
                    row["value_status"] = "z"
            if measure == "change_on_year_percent":
                row["value"] = None if row["value"] is None else 100 * (row["value"] - 1)
            if not row["forces_included"]:
                row["value_status"] = "x"
            if measure == "change_on_year_percent" and type_ == "series":
                row["value_status"] = "z"
        return rows

    def completeness(self):
        rows = {}
        latest = f"{self.months[-1].year}-Q{pd.Timestamp(self.months[-1]).quarter}"
        frame = pd.DataFrame(self.current, columns=RECORDS.names)
        frame["month"] = [on.replace(day=1) for on in frame.occurred_on]
        for (type_, label), (months, size) in self.periods("quarter", "series").items():
            if type_ == "quarter" and label != latest:
                continue
            for force, book in self.pairs:
                inside, whole = self.marks(force, book, months, size)
                mine = frame[(frame.force_id == force) & (frame.book == book) & frame.month.isin(inside)]
                for field in ASSAULT.given:
                    present = int(mine[field.name].notna().sum())
                    status = (
                        "x"
                        if not inside
                        else "z"
                        if mine.empty
                        else "p"
                        if len(inside) < size or not whole
                        else None
                    )
                    rows[force, book, type_, label, field.name] = {
                        "value": present / len(mine) if len(mine) else None,
                        "value_status": status,
                        "numerator": present if inside else None,
                        "denominator": len(mine) if inside else None,
                        "forces_included": int(bool(inside)),
                        "forces_expected": 1,
                        "months_included": len(inside),
                        "months_expected": size,
                    }
        return rows


PUBLISHED = ("month", "quarter", "year_ending_march")


SEEDS = [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=SEEDS)
def both_ways(request):
    """Return one random country's tables as published and as counted a second time."""
    records, drops, held, expected, workforce = country(request.param)
    first = published(
        records, drops, held=held, expected=expected, workforce=workforce, start=START, month=MONTH
    )
    return first, Second(records, drops, held, expected, workforce, START, MONTH)


@pytest.mark.parametrize("declared", national.TABLES, ids=lambda declared: declared.name)
def test_a_second_computation_agrees_with_the_table_cell_by_cell(both_ways, declared):
    first, second = both_ways
    rows = {tuple(row[name] for name in declared.key): row for row in first[declared.name]}
    again = getattr(second, declared.name)()
    assert len(rows) == len(first[declared.name])
    assert rows.keys() == again.keys()
    for key, row in again.items():
        for name, value in row.items():
            if name in ("lower_95", "upper_95") and value is not None:
                continue
            if isinstance(value, float):
                assert rows[key][name] == pytest.approx(value), (key, name)
            else:
                assert rows[key][name] == value, (key, name)


def test_the_random_country_has_every_kind_of_cell(both_ways):
    first, _ = both_ways
    assert {row["status"] for row in first["coverage"]} == {"received", "nil", "missing", "refused"}
    assert {row["value_status"] for row in first["assaults_by_force"]} == {None, "x", "p", "b", "u"}
    assert {row["value_status"] for row in first["current_picture"]} >= {"x", "p", "z"}
    assert any(row["held"] and row["value_status"] == "x" for row in first["coverage"])


@pytest.fixture(scope="module")
def made():
    """Return the tables of one random country as Ibis tables."""
    records, drops, held, expected, workforce = country(4)
    return compare(
        table(records, RECORDS),
        table(drops, DROPS),
        table(held, HELD),
        table(expected, EXPECTED),
        table(workforce, WORKFORCE),
        start=START,
        month=MONTH,
    )


def test_a_status_of_missing_stands_beside_no_value_and_no_value_without_one(made):
    for name in national.TABLES[1:]:
        for row in made[name.name].to_pyarrow().to_pylist():
            assert (row["value"] is None) == (row["value_status"] in ("x", "z")), row


def test_every_declared_table_is_made_in_the_declared_order(made):
    assert list(made) == [declared.name for declared in national.TABLES]


@pytest.mark.parametrize("declared", national.TABLES, ids=lambda declared: declared.name)
def test_a_table_has_the_declared_columns_in_order_and_is_sorted_by_its_key(made, declared):
    rows = made[declared.name].to_pyarrow()
    assert tuple(rows.column_names) == declared.names
    assert [ARROW[field.type] for field in declared.fields] == rows.schema.types
    keys = list(zip(*(rows[name].to_pylist() for name in declared.key), strict=True))
    assert keys == sorted(set(keys))
    for field in declared.fields:
        if field.codes is not None:
            assert set(rows[field.name].to_pylist()) <= {*field.codes, None}
        if field.required:
            assert rows[field.name].null_count == 0


JULY = (dt.date(2018, 7, 1), dt.date(2018, 7, 31))
QUARTER = (dt.date(2018, 7, 1), dt.date(2018, 9, 30))
KENT = [{"force_id": "kent", "book": "crime"}]
SUMMER = {"start": dt.date(2018, 7, 1), "month": dt.date(2018, 9, 1)}


@pytest.mark.slow
def test_a_nil_return_is_zero_and_silence_is_missing():
    tables = published([], [drop("d1", "kent", JULY, "nil")], expected=KENT, **SUMMER)
    july, august = (
        cell(tables["assaults_by_force"], force_id="kent", period=period, measure="other")
        for period in ("2018-07", "2018-08")
    )
    assert (july["value"], july["value_status"]) == (0, None)
    assert (august["value"], august["value_status"]) == (None, "x")


@pytest.mark.slow
def test_a_month_whose_rows_were_all_held_has_no_figure():
    held = [{"force_id": "kent", "book": "crime", "drop_id": "d1", "occurred_on": None}]
    tables = published([], [drop("d1", "kent", QUARTER)], held=held, expected=KENT, **SUMMER)
    assert [row["value_status"] for row in tables["coverage"]] == ["x", "x", "x"]
    assert [row["status"] for row in tables["coverage"]] == ["received"] * 3
    assert [row["held"] for row in tables["coverage"]] == [0, 0, 1]
    quarter = cell(tables["victims_by_type"], force_id="kent", period="2018-Q3", victim_type="pcso")
    assert (quarter["value"], quarter["value_status"]) == (None, "x")


@pytest.mark.slow
def test_last_quarters_file_under_this_quarters_name_makes_no_zero_of_this_quarter():
    summer = drop("d1", "kent", QUARTER)
    tables = published([record(summer, dt.date(2018, 4, 2), "r1")], [summer], expected=KENT, **SUMMER)
    assert {row["value_status"] for row in tables["coverage"] if row["period"] >= "2018-07"} == {"x"}


@pytest.mark.slow
def test_a_later_nil_return_answers_for_rows_an_earlier_drop_had_held():
    held = [{"force_id": "kent", "book": "crime", "drop_id": "d1", "occurred_on": JULY[0]}]
    drops = [drop("d1", "kent", JULY), drop("d2", "kent", JULY, "nil")]
    tables = published([], drops, held=held, expected=KENT, **SUMMER)
    july = cell(tables["assaults_by_force"], force_id="kent", period="2018-07", measure="other")
    assert (july["value"], july["value_status"]) == (0, None)


@pytest.mark.slow
def test_half_a_month_delivered_is_provisional():
    fortnight = drop("d1", "kent", (JULY[0], dt.date(2018, 7, 14)))
    tables = published([record(fortnight, JULY[0], "A1")], [fortnight], expected=KENT, **SUMMER)
    july = cell(tables["assaults_by_force"], force_id="kent", period="2018-07", measure="undecided")
    assert (july["value"], july["value_status"]) == (1, "p")


@pytest.mark.slow
def test_two_halves_of_a_month_are_the_whole_of_it():
    halves = [(JULY[0], dt.date(2018, 7, 14)), (dt.date(2018, 7, 15), JULY[1])]
    drops = [drop(f"d{n}", "kent", half) for n, half in enumerate(halves)]
    tables = published([], drops, expected=KENT, **SUMMER)
    july = cell(tables["coverage"], period="2018-07")
    assert (july["days_covered"], july["value_status"]) == (31, None)


@pytest.mark.slow
def test_an_unfinished_year_is_provisional_and_a_year_with_no_month_in_the_series_is_absent():
    tables = published([], [drop("d1", "kent", QUARTER, "nil")], expected=KENT, **SUMMER)
    years = {
        (row["period"], row["value_status"], row["months_included"], row["months_expected"])
        for row in tables["victims_by_type"]
        if row["period_type"] == "year_ending_march" and row["force_id"] == "kent"
    }
    assert years == {("2018-19", "p", 3, 12)}


@pytest.mark.slow
def test_the_national_figure_says_how_many_forces_are_in():
    kent = drop("d1", "kent", QUARTER)
    expected = [*KENT, {"force_id": "essex", "book": "crime"}]
    tables = published([record(kent, JULY[0], "A1", measure="other")], [kent], expected=expected, **SUMMER)
    nation = cell(tables["assaults_by_force"], force_id="national", period="2018-Q3", measure="other")
    assert (nation["value"], nation["value_status"]) == (1, "p")
    assert (nation["forces_included"], nation["forces_expected"]) == (1, 2)
    assert (nation["months_included"], nation["months_expected"]) == (3, 6)


@pytest.mark.slow
def test_records_dated_after_the_month_are_left_out():
    kent = drop("d1", "kent", (JULY[0], dt.date(2018, 12, 31)))
    records = [record(kent, dt.date(2018, 10, 1), "A1"), record(kent, dt.date(2018, 9, 30), "A2")]
    tables = published(records, [kent], expected=KENT, **SUMMER)
    quarter = cell(tables["victims_by_type"], force_id="kent", period="2018-Q3", victim_type="not_recorded")
    assert quarter["value"] == 1
    assert sum(row["accepted"] for row in tables["coverage"]) == 1


@pytest.mark.slow
def test_a_book_that_carries_no_offence_has_no_zero_of_a_measure():
    accidents = drop("d1", "kent", QUARTER, book="health_safety")
    tables = published([record(accidents, JULY[0], "A1")], [accidents], **SUMMER)
    assert {row["measure"] for row in tables["assaults_by_force"]} == {"undecided"}


@pytest.mark.slow
def test_the_official_sum_of_constable_assaults_stands_only_among_the_rates():
    kent = drop("d1", "kent", QUARTER)
    records = [
        record(kent, JULY[0], "A1", measure="constable_with_injury"),
        record(kent, JULY[0], "A2", measure="constable_without_injury"),
        record(kent, JULY[0], "A3", measure="emergency_worker_with_injury"),
    ]
    tables = published(
        records, [kent], expected=KENT, workforce=[officers("kent", dt.date(2018, 3, 31), 500.0)], **SUMMER
    )
    rate = cell(
        tables["rates_per_1000_officers"], force_id="kent", period="2018-Q3", measure="constable_assaults"
    )
    assert (rate["numerator"], rate["denominator"], rate["value"]) == (2, 500.0, 4.0)
    assert rate["denominator_as_at"] == dt.date(2018, 3, 31)
    assert "constable_assaults" not in {row["measure"] for row in tables["assaults_by_force"]}


@pytest.mark.slow
def test_a_force_with_no_officers_known_has_no_rate_and_is_not_in_the_national_one():
    kent, essex = drop("d1", "kent", QUARTER), drop("d2", "essex", QUARTER)
    records = [record(sent, JULY[0], "A1", measure="constable_with_injury") for sent in (kent, essex)]
    tables = published(records, [kent, essex], workforce=[officers("kent", JULY[0], 100.0)], **SUMMER)
    rates = [r for r in tables["rates_per_1000_officers"] if r["period"] == "2018-Q3"]
    essex_rate = cell(rates, force_id="essex", measure="constable_with_injury")
    nation = cell(rates, force_id="national", measure="constable_with_injury")
    assert (essex_rate["value"], essex_rate["value_status"], essex_rate["numerator"]) == (None, "x", 1)
    assert (nation["numerator"], nation["value"], nation["forces_included"]) == (1, 10.0, 1)


@pytest.mark.slow
def test_officers_counted_after_the_period_are_not_its_denominator():
    kent = drop("d1", "kent", QUARTER, "nil")
    workforce = [officers("kent", dt.date(2018, 9, 30), 100.0), officers("kent", dt.date(2018, 10, 1), 900.0)]
    tables = published([], [kent], workforce=workforce, **SUMMER)
    year = cell(
        tables["rates_per_1000_officers"], force_id="kent", period="2018-19", measure="constable_assaults"
    )
    assert year["denominator"] == 100.0


def test_denominators_are_the_latest_figures_at_the_end_of_each_period():
    *_, workforce = country(5)
    figures = table(workforce, WORKFORCE)
    found = officers_at(figures, calendar(Series(START, MONTH))).to_pyarrow().to_pylist()
    for on in {row["ends_on"] for row in found}:
        latest = latest_figures(figures, "police_officer", "fte", on).to_pyarrow().to_pylist()
        mine = {row["force_id"]: row["officers"] for row in found if row["ends_on"] == on}
        assert mine == {row["force_id"]: row["value"] for row in latest}


@pytest.mark.parametrize("count", [0, 1, 5, 46, 152])
def test_the_interval_leaves_a_fortieth_of_the_chance_on_either_side(count):
    lower, upper = (float(end[0]) for end in poisson_interval([count]))
    assert poisson.cdf(count, upper) == pytest.approx(0.025)
    assert lower == 0 if count == 0 else poisson.sf(count - 1, lower) == pytest.approx(0.025)


def test_the_interval_stands_about_the_rate_in_the_unit_of_the_rate(both_ways):
    first, _ = both_ways
    for row in first["rates_per_1000_officers"]:
        if row["value"] is None:
            assert row["lower_95"] is None and row["upper_95"] is None
        else:
            lower, upper = poisson_interval([row["numerator"]])
            assert row["lower_95"] == pytest.approx(lower[0] * 1000 / row["denominator"])
            assert row["upper_95"] == pytest.approx(upper[0] * 1000 / row["denominator"])
            assert row["lower_95"] <= row["value"] <= row["upper_95"]


def on_duty(sent, on, reference, **fields):
    return record(sent, on, reference, duty_status="on_duty", **({"victim_type": "police_officer"} | fields))


@pytest.mark.slow
def test_the_campaign_quarter_gives_what_the_arithmetic_gives():
    sent = drop("d1", "west_mercia", QUARTER)
    records = [
        on_duty(
            sent,
            QUARTER[0] + dt.timedelta(days=number % 92),
            f"A{number}",
            injury="minor" if number < 46 else "none",
            outcome_type="1" if number < 114 else "18",
        )
        for number in range(152)
    ]
    workforce = [officers("west_mercia", dt.date(2018, 9, 30), 1921.7)]
    tables = published(records, [sent], workforce=workforce, **SUMMER)
    quarter = {
        row["measure"]: row
        for row in tables["current_picture"]
        if (row["force_id"], row["period"]) == ("west_mercia", "2018-Q3")
    }
    assert quarter["offences"]["value"] == 152
    assert quarter["offences_with_injury"]["value"] == 46
    assert quarter["offences_per_day"]["value"] == 152 / 92
    assert quarter["minutes_between_offences"]["value"] == 92 * 1440 / 152
    assert quarter["officers_per_offence"]["value"] == pytest.approx(1921.7 / 152)
    assert quarter["share_charged"]["value"] == 0.75
    assert {row["value_status"] for name, row in quarter.items() if name not in UNKNOWN} == {None}
    assert {quarter[name]["value_status"] for name in UNKNOWN} == {"x"}


UNKNOWN = ("change_on_year_percent", "weekend_night_share")


@pytest.mark.slow
def test_the_change_on_the_year_sets_only_like_months_against_each_other():
    sent = drop("d1", "kent", (dt.date(2017, 8, 1), dt.date(2018, 9, 30)))
    days = [dt.date(2018, 7, 1)] * 9 + [dt.date(2018, 8, 1)] * 3 + [dt.date(2017, 8, 1)] * 2
    records = [on_duty(sent, on, f"A{number}") for number, on in enumerate(days)]
    tables = published(records, [sent], start=dt.date(2017, 8, 1), month=dt.date(2018, 9, 1))
    change = cell(
        tables["current_picture"], force_id="kent", period="2018-Q3", measure="change_on_year_percent"
    )
    assert (change["numerator"], change["denominator"], change["value"]) == (3, 2, 50)
    assert (change["months_included"], change["months_expected"], change["value_status"]) == (2, 3, "p")


@pytest.mark.slow
def test_a_force_that_does_not_say_who_was_on_duty_has_no_current_picture():
    sent = drop("d1", "kent", QUARTER)
    tables = published([record(sent, JULY[0], "A1", victim_type="police_officer")], [sent], **SUMMER)
    # July has a crime that says nothing of duty; August and September have no crime at all.
    quarter = cell(tables["current_picture"], force_id="kent", period="2018-Q3", measure="offences")
    assert (quarter["value"], quarter["value_status"], quarter["months_included"]) == (0, "p", 2)


@pytest.mark.slow
def test_saturday_and_sunday_before_six_is_the_weekend_night():
    sent = drop("d1", "kent", QUARTER)
    saturday = dt.date(2018, 7, 7)
    records = [
        on_duty(sent, saturday, "A1", occurred_time=dt.time(5, 59)),
        on_duty(sent, saturday, "A2", occurred_time=dt.time(6, 0)),
        on_duty(sent, saturday + dt.timedelta(days=1), "A3", occurred_time=dt.time(0, 0)),
        on_duty(sent, saturday + dt.timedelta(days=2), "A4", occurred_time=dt.time(0, 0)),
        on_duty(sent, saturday, "A5", occurred_time=None),
    ]
    tables = published(records, [sent], **SUMMER)
    share = cell(tables["current_picture"], force_id="kent", period="2018-Q3", measure="weekend_night_share")
    assert (share["numerator"], share["denominator"], share["value"]) == (2, 4, 0.5)
    assert (
        cell(tables["time_of_week"], force_id="kent", period="2018-Q3", weekday=6, hour="not_recorded")[
            "value"
        ]
        == 1
    )


@pytest.mark.slow
def test_outcomes_stand_in_the_month_the_offence_was_recorded():
    sent = drop("d1", "kent", QUARTER)
    late = record(sent, dt.date(2018, 7, 31), "A1", recorded_on=dt.date(2018, 8, 1), outcome_type="1A")
    unknown = record(sent, dt.date(2018, 8, 2), "A2", outcome_type=None)
    tables = published([late, unknown], [sent], **SUMMER)
    share = cell(tables["outcomes"], force_id="kent", period="2018-08", statistic="share_charged")
    assert (share["value"], share["denominator"], share["without_outcome"]) == (1.0, 1, 1)
    july = cell(tables["outcomes"], force_id="kent", period="2018-07", statistic="share_charged")
    assert (july["value"], july["value_status"]) == (None, "z")


@pytest.mark.slow
def test_a_field_a_force_does_not_collect_is_present_in_none_of_its_records():
    sent = drop("d1", "kent", QUARTER)
    records = [record(sent, JULY[0], f"A{n}", weapon="knife" if n else None) for n in range(4)]
    tables = published(records, [sent], **SUMMER)
    rows = [row for row in tables["completeness"] if row["period_type"] == "series"]
    weapon, crewing = cell(rows, field="weapon"), cell(rows, field="crewing")
    assert (weapon["numerator"], weapon["denominator"], weapon["value"]) == (3, 4, 0.75)
    assert (crewing["numerator"], crewing["denominator"], crewing["value"]) == (0, 4, 0.0)


@pytest.mark.slow
def test_a_corrected_record_is_counted_once_and_as_corrected():
    drops = [drop("d1", "kent", QUARTER), drop("d2", "kent", QUARTER)]
    records = [
        record(drops[0], JULY[0], "A1", measure="other"),
        record(drops[1], JULY[0], "A1", measure="constable_with_injury"),
    ]
    tables = published(records, drops, **SUMMER)
    july = [r for r in tables["assaults_by_force"] if r["force_id"] == "kent" and r["period"] == "2018-07"]
    assert {row["measure"]: row["value"] for row in july if row["value"]} == {"constable_with_injury": 1}


@pytest.mark.slow
def test_the_same_drops_in_another_order_give_the_same_tables():
    records, drops, held, expected, workforce = country(6)
    forwards = published(
        records, drops, held=held, expected=expected, workforce=workforce, start=START, month=MONTH
    )
    backwards = published(
        records[::-1],
        drops[::-1],
        held=held[::-1],
        expected=expected[::-1],
        workforce=workforce[::-1],
        start=START,
        month=MONTH,
    )
    assert forwards == backwards


def test_a_series_that_does_not_begin_on_the_first_of_a_month_is_refused():
    with pytest.raises(ValueError, match="first day of a month"):
        Series(dt.date(2018, 7, 2), dt.date(2018, 9, 1))
