"""Rules of a drop against the force's own drops before it: functions of profiles, and one Ibis expression."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import erfc, sqrt

import ibis.expr.types as ir

from expectations.answers import Answer, Found, could_not_run, does_not_apply, per_cent, ran
from expectations.profile import Profile, months_before, months_between, recent, summed, volumes
from schemas.table import Rule, words
from schemas.whole_drop import (
    CHANCE,
    CHURN_PERCENT,
    CODE_GONE,
    FALL_POINTS,
    LEAST_MONTHS,
    LEAST_RECORDS,
    LESS_FILLED,
    MATURING,
    REFERENCES_GONE,
    REFERENCES_LOOKED_AT,
    SENT_BEFORE,
    VANISHED_PERCENT,
    VOLUME,
    VOLUME_PERCENT,
)

NO_PERIOD = "The file does not say which period it covers."
NOTHING_BEFORE = "There is no drop of this force and book in the 24 months before it."
NO_RECORDS = "The drop has no records."


def volume(drop: Profile, earlier: Sequence[Profile]) -> Answer:
    """Return the months of a drop whose number of records is far from that of the months before it."""
    if not (drop.is_stated and drop.begins and drop.ends):
        return could_not_run(VOLUME, NO_PERIOD)
    known = volumes(earlier)
    before = [known[month] for month in months_before(drop.begins) if month in known]
    if len(before) < LEAST_MONTHS:
        return could_not_run(
            VOLUME, f"Fewer than {LEAST_MONTHS} months before it have been sent ({len(before)})."
        )
    low, high = usual(before)
    months = months_between(drop.begins, drop.ends)
    mean = sum(before) / len(before)
    usually = (
        f"the {len(before)} months before it have {mean:,.0f} on average, {min(before):,} to {max(before):,}, and "
        f"{low:,.0f} to {high:,.0f} would be usual."
    )
    found, empty = [], []
    for month in months:
        count = drop.months.get(month, 0)
        matters = abs(count - mean) * 100 >= VOLUME_PERCENT * mean
        if not matters or low <= count <= high:
            continue
        if not count:
            empty.append(month)
            continue
        side = "fewer" if count < low else "more"
        found.append(
            Found("occurred_on", f"{month} has {count:,} records, {side} than to be expected: {usually}")
        )
    if empty:
        # However many there are, they have one cause.
        many = f"{', '.join(empty[:-1])} and {empty[-1]} have" if empty[1:] else f"{empty[0]} has"
        found.insert(0, Found("occurred_on", f"{many} no record: {usually}"))
    return ran(VOLUME, len(months), found, NO_RECORDS)


def usual(before: Sequence[int]) -> tuple[float, float]:
    """Return the least and the greatest number of records that one more month would usually have.

    A prediction interval on Anscombe's scale, 2 sqrt(x + 3/8), where the spread of chance alone is 1.
    """
    # It takes a moment to load, and few drops come here.
    from scipy.special import stdtrit

    scaled = [2 * sqrt(count + 3 / 8) for count in before]
    mean = sum(scaled) / len(scaled)
    spread = sum((each - mean) ** 2 for each in scaled) / (len(scaled) - 1)
    limit = float(stdtrit(len(scaled) - 1, 1 - CHANCE / 2))
    reach = limit * sqrt(max(1.0, spread) * (1 + 1 / len(scaled)))
    low, high = max(0.0, mean - reach), mean + reach
    return max(0.0, low**2 / 4 - 3 / 8), high**2 / 4 - 3 / 8


def less_filled(drop: Profile, earlier: Sequence[Profile]) -> Answer:
    """Return the fields that are filled far less often than in the drops of the months before."""
    before = [*recent(earlier, drop.begins)]
    if unasked := nothing_to_compare(LESS_FILLED, drop, before):
        return unasked
    judged, found = 0, []
    for name in compared(drop.filled):
        since = [profile for profile in before if name in profile.filled]
        records, filled = (
            sum(profile.records for profile in since),
            sum(profile.filled[name] for profile in since),
        )
        if min(records, drop.records) < LEAST_RECORDS:
            continue
        judged += 1
        now, then = drop.filled[name] / drop.records, filled / records
        if (then - now) * 100 >= FALL_POINTS and fell(drop.filled[name], drop.records, filled, records):
            found.append(
                Found(
                    name,
                    f"{words(name)[:1].upper() + words(name)[1:]} is filled on {per_cent(now, 1)} of {drop.records:,} "
                    f"records; in the drops before it was on {per_cent(then, 1)} of {records:,}.",
                )
            )
    return too_few(LESS_FILLED, judged) or ran(LESS_FILLED, judged, found, NO_RECORDS)


def fell(now: int, records: int, then: int, before: int) -> bool:
    """Return whether a share fell by more than chance, by the test of two proportions, one-sided."""
    pooled = (now + then) / (records + before)
    error = sqrt(pooled * (1 - pooled) * (1 / records + 1 / before))
    if error == 0:
        return False
    score = (then / before - now / records) / error
    return erfc(score / sqrt(2)) / 2 < CHANCE


def code_gone(drop: Profile, earlier: Sequence[Profile]) -> Answer:
    """Return the fields of which a code that was common in the months before is on no record."""
    before = [*recent(earlier, drop.begins)]
    if unasked := nothing_to_compare(CODE_GONE, drop, before):
        return unasked
    judged, found = 0, []
    for name in compared(drop.codes):
        codes = drop.codes[name]
        then = summed(profile.codes.get(name, {}) for profile in before)
        all_then, all_now = sum(then.values()), sum(codes.values())
        if min(all_then, all_now) < LEAST_RECORDS:
            continue
        judged += 1
        gone = {
            code: count
            for code, count in then.items()
            if not codes.get(code)
            and count * 100 >= VANISHED_PERCENT * all_then
            and (1 - count / all_then) ** all_now < CHANCE
        }
        if gone:
            listed = ", ".join(
                f"{words(code)} ({per_cent(count, all_then)} before)" for code, count in sorted(gone.items())
            )
            found.append(
                Found(name, f"None of {all_now:,} records with {words(name)} says what was common: {listed}.")
            )
    return too_few(CODE_GONE, judged) or ran(CODE_GONE, judged, found, NO_RECORDS)


def compared(names: Iterable[str]) -> list[str]:
    """Return the fields of which recent assaults say as much as older ones."""
    return [name for name in names if name not in MATURING]


def nothing_to_compare(rule: Rule, drop: Profile, before: Sequence[Profile]) -> Answer | None:
    """Return why a drop cannot be compared with those before it, or None where it can."""
    if not drop.records:
        return does_not_apply(rule, NO_RECORDS)
    if drop.begins is None:
        return could_not_run(rule, NO_PERIOD)
    return None if before else could_not_run(rule, NOTHING_BEFORE)


def too_few(rule: Rule, judged: int) -> Answer | None:
    """Return that a rule found too few records to compare, or None where it compared some."""
    few = f"Fewer than {LEAST_RECORDS} records, here or before, have anything to compare."
    return None if judged else could_not_run(rule, few)


def references_of(records: ir.Table, period: tuple[object, object] | None = None) -> ir.Table:
    """Return some of the references of accepted records, chosen by a hash, within a period if one is given."""
    if period is not None:
        records = records.filter(records["occurred_on"].between(*period))
    different = records.select("source_record_id").distinct()
    return different.order_by(different["source_record_id"].hash(), "source_record_id").limit(
        REFERENCES_LOOKED_AT
    )


def shared(references: ir.Table, records: ir.Table) -> ir.Table:
    """Return one row: how many references there are (`every`) and how many stand in other records (`there`)."""
    there = references.semi_join(records.select("source_record_id"), "source_record_id")
    return references.agg(every=references.count()).cross_join(there.agg(there=there.count()))


def references_gone(drop: Profile, before: Profile | None, counted: Mapping[str, int] | None) -> Answer:
    """Return whether references of the drop that covers the same days are gone; `counted` is what `shared` found."""
    if before is None:
        return does_not_apply(REFERENCES_GONE, "No earlier drop of this force and book covers the same days.")
    if counted is None:
        return could_not_run(REFERENCES_GONE, "The records of the drop it follows are not at hand.")
    every, gone = counted["every"], counted["every"] - counted["there"]
    if every < LEAST_RECORDS:
        return could_not_run(
            REFERENCES_GONE,
            f"Fewer than {LEAST_RECORDS} references of the same days were sent before ({every}).",
        )
    found = []
    if gone * 100 >= CHURN_PERCENT * every:
        found.append(
            Found(
                "source_record_id",
                f"{gone:,} of {every:,} references of the same days in {before.file}, {per_cent(gone, every)}, are not "
                "in this file.",
            )
        )
    return ran(REFERENCES_GONE, every, found, NO_RECORDS)


def sent_before(drop: Profile, counted: Mapping[str, Mapping[str, int]]) -> Answer:
    """Return whether most references stand in an earlier drop of other days; `counted` is what `shared` found, by file."""
    if not drop.records:
        return does_not_apply(SENT_BEFORE, NO_RECORDS)
    if not drop.is_stated:
        return could_not_run(SENT_BEFORE, NO_PERIOD)
    if not counted:
        return could_not_run(SENT_BEFORE, "No earlier drop of this force and book covers other days.")
    every = max(each["every"] for each in counted.values())
    if every < 5:
        return could_not_run(SENT_BEFORE, f"The drop has fewer than 5 references ({every}).")
    found = [
        Found(
            "source_record_id",
            f"This looks like records of {file} sent again: {each['there']:,} of {each['every']:,} references looked at, "
            f"{per_cent(each['there'], each['every'])}, were in it, and it covers other days.",
        )
        for file, each in counted.items()
        if 2 * each["there"] >= each["every"]
    ]
    return ran(SENT_BEFORE, every, found[:1], NO_RECORDS)
