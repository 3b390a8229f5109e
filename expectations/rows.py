"""Rules that look at several rows: of one file, or of a force's earlier files of the same book.

Each function takes accepted records that may break its rule and returns those that do: `row_number`, `victim_number`
and `said`, what a finding adds to the sentence of the rule, the numbers of the other rows above all. Whatever order
the records come in, the same come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import ibis
import ibis.expr.types as ir

# A finding names so many other rows, or so many missing numbers.
MOST_NAMED = 5
# Where an officer takes a suspect, and may be assaulted again minutes later.
TAKEN_TO = ("custody", "police_station", "police_vehicle", "hospital", "other", "unknown")


def counted_twice(records: ir.Table) -> ir.Table:
    """Return the records whose victim stands under the same reference with another number."""
    known = records.filter(
        records["victim_id"].notnull()
        & records["source_record_id"].notnull()
        & records["victim_number"].notnull()
    )
    return differing(known, ("source_record_id", "victim_id"), "victim_number")


def several_days(records: ir.Table) -> ir.Table:
    """Return the records of references that date their rows on different days."""
    return differing(
        records.filter(records["source_record_id"].notnull()), ("source_record_id",), "occurred_on"
    )


def several_classes(records: ir.Table) -> ir.Table:
    """Return the records of references where victims alike in role and injury have offences of different classes."""
    key = ("source_record_id", "victim_type", "injury")
    known = records
    for name in key:
        known = known.filter(known[name].notnull())
    return differing(known.filter(known["injury"] != "unknown"), key, "offence_class")


def same_assault(records: ir.Table) -> ir.Table:
    """Return the records whose victim, minute and offence stand under another reference too."""
    known = with_moment(records).filter(records["source_record_id"].notnull())
    named = known.mutate(
        offence=ibis.coalesce(known["offence_class"], known["offence_code"], known["offence_title"], "")
    )
    return differing(named, ("victim_id", "moment", "offence"), "source_record_id")


def two_places(records: ir.Table, minutes: int) -> ir.Table:
    """Return the records whose victim was, under another reference, in another place within so many minutes.

    Places differ where the districts do; where a record has no district, where the kinds of place do, but for those a
    suspect is taken to. No victim may stand on more than a few records of a day: see `stand_in`.
    """
    known = with_moment(records).filter(records["source_record_id"].notnull())
    kind = cast(ir.StringValue, known["location_type"])
    placed = known.mutate(
        by=ibis.ifelse(known["district"].notnull(), "district", "location_type"),
        place=ibis.coalesce(known["district"], ibis.ifelse(kind.isin(TAKEN_TO), ibis.null("string"), kind)),
    )
    placed = placed.filter(placed["place"].notnull()).select(
        "row_number", "victim_number", "victim_id", "source_record_id", "moment", "by", "place"
    )
    other = placed.view()
    pairs = placed.join(
        other,
        [
            placed["victim_id"] == other["victim_id"],
            placed["by"] == other["by"],
            placed["moment"] - other["moment"] <= minutes,
            other["moment"] - placed["moment"] <= minutes,
            placed["place"] != other["place"],
            placed["source_record_id"] != other["source_record_id"],
        ],
        rname="other_{name}",
    )
    grouped = pairs.group_by(["row_number", "victim_number"]).agg(
        rows=pairs["other_row_number"].collect(distinct=True)
    )
    return grouped.select("row_number", "victim_number", said=see(grouped["rows"]))


def gap(records: ir.Table, others: ir.Table) -> ir.Table:
    """Return, for each reference whose victims are numbered with a gap, the record with the highest number.

    `others` are the reference and number of the records of the file that are not accepted: they fill a gap.
    """
    known = records.filter(records["victim_number"].notnull() & records["source_record_id"].notnull())
    every = known.select("source_record_id", "victim_number").union(
        others.filter(others["victim_number"].notnull()).select("source_record_id", "victim_number")
    )
    there = every.group_by("source_record_id").agg(
        numbers=every["victim_number"].collect(distinct=True),
        low=every["victim_number"].min(),
        high=every["victim_number"].max(),
    )
    there = there.filter(there["high"] - there["low"] + 1 > there["numbers"].length())
    firsts = known.group_by(["source_record_id", "victim_number"]).agg(row_number=known["row_number"].min())
    top = firsts.group_by("source_record_id").agg(
        victim_number=firsts["victim_number"].max(),
        row_number=firsts["row_number"].argmax(firsts["victim_number"]),
    )
    joined = top.join(there, "source_record_id")
    joined = joined.filter(joined["low"] < joined["victim_number"])
    lacking = ibis.range(joined["low"] + 1, joined["high"]).cast("array<int64>")
    missing = joined.mutate(lacking=lacking.filter(lambda number: ~joined["numbers"].contains(number)))
    missing = missing.filter(missing["lacking"].length() > 0)
    return missing.select(
        "row_number",
        "victim_number",
        said=ibis.literal("Missing: ") + some(missing["lacking"].sort()) + ".",
    )


def stand_in(records: ir.Table, most: int) -> ir.Table:
    """Return the first record of each victim who stands on more than so many records of one day."""
    daily = busy_days(records, most)
    victims = daily.group_by("victim_id").agg(records=daily["records"].max())
    found = records.semi_join(victims, "victim_id")
    first = found.group_by(["victim_id", "row_number"]).agg(
        victim_number=found["victim_number"].fill_null(0).min()
    )
    firsts = first.group_by("victim_id").agg(
        row_number=first["row_number"].min(),
        victim_number=first["victim_number"].argmin(first["row_number"]).nullif(0),
    )
    joined = firsts.join(victims, "victim_id")
    return joined.select(
        "row_number",
        "victim_number",
        said=ibis.literal("It stands on up to ") + joined["records"].cast("string") + " records of a day.",
    )


def busy_days(records: ir.Table, most: int) -> ir.Table:
    """Return `victim_id`, `occurred_on` and `records` where a victim stands on more than so many records of a day."""
    known = records.filter(records["victim_id"].notnull())
    daily = known.group_by(["victim_id", "occurred_on"]).agg(records=known.count())
    return daily.filter(daily["records"] > most)


def another_month(records: ir.Table, earlier: ir.Table, days: int) -> ir.Table:
    """Return the records that an earlier file has with the assault in another month, at most so many days apart.

    `earlier` are current records of earlier files, with `file`, the name of the file each came in.
    """
    same = [
        records["source_record_id"] == earlier["source_record_id"],
        records["victim_number"].fill_null(0) == earlier["victim_number"].fill_null(0),
    ]
    pairs = records.join(earlier, same, rname="other_{name}")
    one, other = pairs["occurred_on"], pairs["other_occurred_on"]
    apart = one.delta(other, unit="day").abs()
    pairs = pairs.filter((one.truncate("M") != other.truncate("M")) & (apart <= days))
    pairs = pairs.mutate(
        where=ibis.literal("It is row ")
        + pairs["other_row_number"].cast("string")
        + ' of "'
        + pairs["file"]
        + '", with '
        + pairs["other_occurred_on"].strftime("%d/%m/%Y")
        + "."
    )
    grouped = pairs.group_by(["row_number", "victim_number"]).agg(said=pairs["where"].min())
    return grouped.select("row_number", "victim_number", "said")


def with_moment(records: ir.Table) -> ir.Table:
    """Return the records that have a victim, a day and a time, with `moment`, the minute of the assault as a number."""
    known = records.filter(
        records["victim_id"].notnull() & records["occurred_on"].notnull() & records["occurred_time"].notnull()
    )
    return known.mutate(moment=moment_of(known))


def moment_of(records: ir.Table) -> ir.IntegerValue:
    """Return the minute of the assault, counted from the first of 1990; null where day or time is."""
    time = cast(ir.TimeValue, records["occurred_time"])
    day = cast(ir.DateValue, records["occurred_on"]).delta(ibis.date(1990, 1, 1), unit="day")
    return cast(ir.IntegerValue, day * 1440 + time.hour() * 60 + time.minute())


def differing(records: ir.Table, key: Sequence[str], name: str) -> ir.Table:
    """Return the records that share a key with one of another value of a field; one without a value is left out."""
    known = records.filter(records[name].notnull())
    groups = known.group_by(list(key)).agg(
        low=known[name].min(), high=known[name].max(), rows=known["row_number"].collect(distinct=True)
    )
    groups = groups.filter(groups["low"] != groups["high"])
    groups = groups.select(
        *key, rows=groups["rows"].sort()[: MOST_NAMED + 2], several=groups["rows"].length()
    )
    joined = known.join(groups, list(key))
    others = joined["rows"].filter(lambda row: row != joined["row_number"])
    said = see(others, joined["several"] - 1)
    return joined.select("row_number", "victim_number", said=said)


def see(rows: ir.ArrayValue, several: ir.IntegerValue | None = None) -> ir.StringValue:
    """Return that other rows are to be looked at, the first few by number; empty where there are none."""
    count = rows.length() if several is None else several
    numbers = cast(ir.StringValue, some(rows.sort(), count))
    return cast(
        ir.StringValue,
        ibis.cases(
            (count < 1, ""),
            (count == 1, ibis.literal("See also row ") + numbers + "."),
            else_=ibis.literal("See also rows ") + numbers + ".",
        ),
    )


def some(numbers: ir.ArrayValue, count: ir.IntegerValue | None = None) -> ir.StringValue:
    """Return the first few of a list of numbers in words, and how many others there are."""
    several = numbers.length() if count is None else count
    first = ibis.literal(", ").join(numbers[:MOST_NAMED].map(lambda number: number.cast("string")))
    others = ibis.literal(" and ") + (several - MOST_NAMED).cast("string") + " more"
    return cast(ir.StringValue, first + ibis.ifelse(several > MOST_NAMED, others, ""))
