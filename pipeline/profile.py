"""The profile of a drop, from what judging counted: no further pass over the file.

The story of a drop counted every field by what it became; records out of scope are taken off again. The months and the
times come from two columns of the accepted records.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from expectations.profile import Profile, month_of
from pipeline.judgement import Judgement
from pipeline.ledger import Counted, DropRecord
from pipeline.story import Story
from pipeline.whence import ABSENT, COUNTED, KEPT, NOT_COLLECTED
from schemas.assault import ASSAULT
from schemas.whole_drop import CODED

MIDNIGHT = time(0, 0)
# No officer serves longer; more are counted in months.
LONGEST_SERVICE = 45
# Working days lost that are whole shifts, in hours.
SHIFTS = (8.0, 7.5)
YEAR = re.compile(r"(19|20)\d\d")
NUMBER = re.compile(r"\d+(\.\d+)?")

# How a count of a profile stands in the ledger: of what kind it is.
RECORDS, MONTH, FILLED, UNEXPLAINED, CODE, MARK = (
    "records",
    "month",
    "filled",
    "unexplained",
    "code",
    "mark",
)
STATED = "stated"


def profile_of(judgement: Judgement, story: Story, flagged: Path | None) -> Profile:
    """Return the profile of a judged drop; who sent it, and when, is added by whoever knows it.

    `flagged` are the records laid aside while it was judged, which hold those out of scope.
    """
    unexplained = {
        rule.field: count
        for rule, count in judgement.findings.items()
        if rule.constraint.name == "unexplained" and rule.field in ASSAULT.names
    }
    outside = sum(judgement.out_of_scope_by.values()) + judgement.taken_back
    records = judgement.sums.records - outside
    filled: dict[str, int] = {}
    codes: dict[str, dict[str, int]] = {}
    for source in story.sources:
        name = source.field
        if name not in ASSAULT.names or source.whole in (NOT_COLLECTED, ABSENT):
            continue
        if source.whole in (KEPT, COUNTED):
            # A reference is on every record that does not lack it.
            filled[name] = records - sum(
                count for rule, count in judgement.findings.items() if rule.name == f"{name}.required"
            )
            continue
        counted = story.tally(name)
        filled[name] = counted.filled
        if name in CODED:
            codes[name] = dict(counted.codes)
    if outside and flagged is not None:
        take_off(flagged, filled, codes)
    for name, count in unexplained.items():
        # What is partly read is filled and unexplained; nothing is counted beyond the records there are.
        unexplained[name] = min(count, max(0, records - filled.get(name, 0)))
    accepted = judgement.accepted if judgement.sums.accepted_records else None
    months, dated = days_of(accepted)
    timed = times_of(story, accepted, all_in_scope=not outside)
    marks = {
        "occurred_on": {
            **dated,
            "outside_period": finding_count(judgement, "occurred_on.outside_period"),
        },
        "occurred_time": timed,
        "force_id": {"another_force": finding_count(judgement, "force_id.another_force")},
        "days_lost": shifts(story),
        "length_of_service_years": service(story),
        "age_band": born(story, filled.get("age_band", 0)),
    }
    return Profile(
        drop_id="", force_id=story.book.force_id, book=story.book.name, records=records,
        begins=judgement.period and judgement.period[0], ends=judgement.period and judgement.period[1],
        is_stated=judgement.stated_period is not None, months=months,
        filled={name: max(0, count) for name, count in filled.items()},
        unexplained={name: count for name, count in unexplained.items() if name in filled and count},
        codes={name: {code: n for code, n in sorted(counts.items()) if n > 0} for name, counts in codes.items()},
        marks={name: {key: n for key, n in counts.items() if n} for name, counts in marks.items()},
    )  # fmt: skip


def finding_count(judgement: Judgement, name: str) -> int:
    return sum(count for rule, count in judgement.findings.items() if rule.name == name)


def take_off(flagged: Path, filled: dict[str, int], codes: dict[str, dict[str, int]]) -> None:
    """Take the records that are out of scope off the counts of each field."""
    with pq.ParquetFile(flagged) as file:
        names = [name for name in file.schema_arrow.names if name in filled and name in ASSAULT.names]
        for batch in file.iter_batches(columns=[*names, "out_of_scope"]):
            outside = batch.filter(pc.is_valid(batch.column("out_of_scope")))
            for name in names:
                column = outside.column(name)
                if name != "source_record_id":
                    filled[name] -= len(column) - column.null_count
                for code, count in value_counts(column) if name in codes else ():
                    codes[name][code] = codes[name].get(code, 0) - count


def value_counts(column: pa.Array) -> Iterator[tuple[Any, int]]:
    """Yield each value of a column with how often it stands there."""
    for each in pc.value_counts(column.drop_null()):
        yield each["values"].as_py(), each["counts"].as_py()


def days_of(accepted: Path | None) -> tuple[dict[str, int], dict[str, int]]:
    """Return accepted records by month, and how many are dated and on the first of a month."""
    days = counted_in(accepted, "occurred_on")
    months: Counter[str] = Counter()
    for day, count in days.items():
        months[month_of(day)] += count
    firsts = sum(count for day, count in days.items() if day.day == 1)
    return dict(sorted(months.items())), {"values": days.total(), "first_of_month": firsts}


def times_of(story: Story, accepted: Path | None, *, all_in_scope: bool) -> dict[str, int]:
    """Return how many records are timed, and timed 00:00."""
    if all_in_scope and story.lists_all("occurred_time"):
        # To count them again in the records would cost more than all else here.
        times = Counter[Any]()
        for _, standard, _, count in story.told("occurred_time"):
            if standard is not None:
                times[standard] += count
    else:
        times = counted_in(accepted, "occurred_time")
    return {"values": times.total(), "midnight": times[MIDNIGHT]}


def counted_in(accepted: Path | None, name: str) -> Counter[Any]:
    """Return how many accepted records have each value of a field."""
    found: Counter[Any] = Counter()
    if accepted is not None:
        with pq.ParquetFile(accepted) as file:
            for batch in file.iter_batches(batch_size=1 << 20, columns=[name]):
                found.update(dict(value_counts(batch.column(0))))
    return found


def shifts(story: Story) -> dict[str, int]:
    """Return how many days lost are above nought, how many of them are whole shifts in hours, and the middle one."""
    found: Counter[float] = Counter()
    for text, standard, unread, count in story.told("days_lost"):
        value = float(text) if unread and NUMBER.fullmatch(text) else standard
        if value is not None and value > 0:
            found[float(value)] += count
    whole = sum(count for value, count in found.items() if any(value % shift == 0 for shift in SHIFTS))
    return {"values": found.total(), "shifts": whole, "median": int(median(found))}


def median(counted: Mapping[float, int]) -> float:
    """Return the middle one of counted values, the lower of two; nought where there are none."""
    half, seen = sum(counted.values()) / 2, 0
    for value in sorted(counted):
        seen += counted[value]
        if seen >= half:
            return value
    return 0


def service(story: Story) -> dict[str, int]:
    lengths = [
        (value, count) for _, value, _, count in story.told("length_of_service_years") if value is not None
    ]
    long = sum(count for value, count in lengths if value > LONGEST_SERVICE)
    return {"values": sum(count for _, count in lengths), "above_45": long}


def born(story: Story, filled: int) -> dict[str, int]:
    """Return how many ages there are, and how many that could not be read look like years."""
    unread = [(text, count) for text, _, unread, count in story.told("age_band") if unread]
    years = sum(count for text, count in unread if YEAR.fullmatch(text))
    return {"values": filled + sum(count for _, count in unread), "years": years}


def rows_of(profile: Profile) -> tuple[Counted, ...]:
    """Return a profile as the rows of the ledger, in their order."""
    rows = [Counted(RECORDS, "", STATED if profile.is_stated else "", profile.records)]
    rows += [Counted(MONTH, "occurred_on", month, count) for month, count in profile.months.items()]
    rows += [Counted(FILLED, name, "", count) for name, count in profile.filled.items()]
    rows += [Counted(UNEXPLAINED, name, "", count) for name, count in profile.unexplained.items()]
    for kind, counts in ((CODE, profile.codes), (MARK, profile.marks)):
        rows += [Counted(kind, name, key, n) for name, each in counts.items() for key, n in each.items()]
    return tuple(sorted(rows))


def from_rows(drop: DropRecord, rows: Iterable[Counted]) -> Profile:
    """Return the profile of a drop from its rows of the ledger."""
    profile = Profile(
        drop.drop_id, drop.force_id, drop.book, drop.file, drop.sequence, drop.period_from, drop.period_to
    )
    by_kind: dict[str, dict[str, dict[str, int]]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, {}).setdefault(row.field, {})[row.key] = row.count
    ((stated, records),) = by_kind[RECORDS][""].items()
    filled = {name: counts[""] for name, counts in by_kind.get(FILLED, {}).items()}
    codes = {name: by_kind.get(CODE, {}).get(name, {}) for name in filled if name in CODED}
    return replace(
        profile,
        is_stated=stated == STATED,
        records=records,
        months=by_kind.get(MONTH, {}).get("occurred_on", {}),
        filled=filled,
        unexplained={name: counts[""] for name, counts in by_kind.get(UNEXPLAINED, {}).items()},
        codes=codes,
        marks=by_kind.get(MARK, {}),
    )


def named(profile: Profile, drop_id: str, file: str, sequence: int) -> Profile:
    """Return a profile with the drop it is of."""
    return replace(profile, drop_id=drop_id, file=file, sequence=sequence)


def profiles_of(drops: Sequence[DropRecord], rows: Mapping[str, Sequence[Counted]]) -> list[Profile]:
    """Return the profiles of those drops that have one."""
    return [from_rows(drop, rows[drop.drop_id]) for drop in drops if drop.drop_id in rows]
