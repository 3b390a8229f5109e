"""Judging beyond the row: the rules that look at several rows, at earlier drops and at other books.

They look at the accepted records of the drop. First it is found by numbers alone which few records could break a rule;
only these are set apart and looked at. So a drop in which no two rows have to do with each other costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property, reduce
from operator import or_
from pathlib import Path
from typing import cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from expectations import books, rows
from pipeline.beside import SentDrop
from pipeline.crowded import crowded_victims, shared_references
from pipeline.engine import Engine, quoted, unbound
from pipeline.judgement import Judging
from pipeline.period import Period
from pipeline.records import SOUND, Spool
from pipeline.states import State, could_not_run, does_not_apply, ran
from schemas.beyond import (
    AGREEING,
    BEYOND,
    COUNTED_ONCE,
    DAYS_APART,
    IN_LINKED_BOOK,
    IN_ONE_MONTH,
    IN_ONE_PLACE,
    LINKED_BOOK,
    MINUTES,
    MOST_A_DAY,
    NUMBERED_ON,
    ONE_CLASS,
    ONE_DAY,
    ONE_PERSON,
    ONE_REFERENCE,
    QUOTED,
)
from schemas.regrade import as_seen
from schemas.table import Rule, words
from transforms.resolve import resolve
from transforms.split import counts_victims

# What the rules look at of a record.
LOOKED_AT = (
    "row_number", "source_record_id", "victim_number", "victim_id", "occurred_on", "occurred_time", "offence_class",
    "offence_code", "offence_title", "victim_type", "injury", "district", "location_type",
)  # fmt: skip
LINKED = (
    "force_id", "book", "source_record_id", "victim_number", "drop_id", "row_number", "occurred_on", "injury",
    "victim_type", "health_safety_ref",
)  # fmt: skip
# After every rule that looks at one row, and after the rows that repeat others.
FIRST_ORDINAL = 100
FOUND = pa.schema(
    [("row", pa.int64()), ("victim", pa.int64()), ("ordinal", pa.int64()), ("wording", pa.int64()),
     ("value", pa.string()), ("message", pa.string())]
)  # fmt: skip
ONE_ROW_EACH = "Each reference stands on one row of this book."


@dataclass(frozen=True)
class Looked:
    """What came of the rules that look beyond the row: their findings as a table of the session, and their states."""

    found: ir.Table | None = None
    counts: Mapping[Rule, int] = field(default_factory=dict)
    states: Sequence[State] = ()


# What came of one rule: how many records it was asked of and those that break it, or why it was not asked.
Asked = tuple[int, ir.Table | None]
Unasked = tuple[str, str]


def look_beyond(
    judging: Judging, sound: Spool, accepted: Path, count: int, period: Period | None, others: ir.Table
) -> Looked:
    """Return what the rules that look beyond the row say of `count` accepted records.

    `sound` are the sound records as they were laid out, `others` the judged records that were not accepted: reference
    and number of the victim. `period` is what the drop covers.
    """
    looking = Looking(judging, sound, accepted, count, period, others)
    seen = {rule.name: rule for rule in as_seen(BEYOND, judging.book)}
    parts: list[ir.Table] = []
    states: list[State] = []
    for place, declared in enumerate(BEYOND):
        rule = seen.get(declared.name)
        if rule is None:
            continue
        answer = looking.ask(declared)
        if isinstance(answer[0], str):
            unasked = does_not_apply if answer[0] == "does_not_apply" else could_not_run
            states.append(unasked(rule, str(answer[1])))
            continue
        judged, broken = answer
        if broken is not None:
            parts.append(as_findings(broken, FIRST_ORDINAL + place, judging.wording(rule), rule.sentence))
        states.append(ran(rule, judged, 0, "No accepted record says what it looks at."))
    if not parts:
        return Looked(states=states)
    engine = judging.engine
    found = engine.lay_down("found_beyond", reduce(lambda one, other: one.union(other), parts))
    told = {each["wording"]: each["records"] for each in engine.rows(by_wording(found))}
    counts = {rule: told[judging.wording(rule)] for rule in seen.values() if judging.wording(rule) in told}
    failed = {rule.name: number for rule, number in counts.items()}
    return Looked(found, counts, [replace(state, failed=failed.get(state.rule, 0)) for state in states])


def by_wording(found: ir.Table) -> ir.Table:
    return found.group_by("wording").agg(records=found.count())


def as_findings(broken: ir.Table, ordinal: int, wording: int, sentence: str) -> ir.Table:
    """Return the records that break a rule as findings, in the columns of all findings."""
    said = cast(ir.StringValue, broken["said"])
    message = ibis.ifelse(said == "", ibis.literal(sentence), ibis.literal(f"{sentence} ") + said)
    return broken.select(
        row=broken["row_number"].cast("int64"),
        victim=broken["victim_number"].cast("int64"),
        ordinal=ibis.literal(ordinal, "int64"),
        wording=ibis.literal(wording, "int64"),
        value=ibis.null("string"),
        message=message,
    )


class Looking:
    """The records of a drop as the rules that look beyond the row see them; what few of them need is set apart once."""

    def __init__(
        self,
        judging: Judging,
        sound: Spool,
        accepted: Path,
        count: int,
        period: Period | None,
        others: ir.Table,
    ) -> None:
        self.sound = sound
        self.engine: Engine = judging.engine
        self.book = judging.book
        self.beside = judging.beside
        self.count = count
        self.period = period
        self.others = others
        self.filled = {*judging.columns.filled}
        self.drop_id = judging.columns.same["drop_id"]
        self.engine.duckdb.execute(
            f"CREATE OR REPLACE TEMP VIEW kept_records AS SELECT * FROM read_parquet({quoted(accepted)}, "
            "hive_partitioning=false)"
        )
        self.kept = unbound("kept_records", SOUND)

    def ask(self, rule: Rule) -> Asked | Unasked:
        """Return what came of one rule."""
        if not self.count and not (rule.name == IN_LINKED_BOOK.name and self.book.name == LINKED_BOOK):
            # A book of reports without a report still says that what is quoted is not there.
            return "does_not_apply", "No record was accepted."
        lacking = [name for name in NEEDED.get(rule.name, ()) if name not in self.filled]
        if lacking:
            return "does_not_apply", f"This force does not collect {words(lacking[0])}."
        return ASKED[rule.name](self, rule)

    @cached_property
    def filled_counts(self) -> Mapping[str, int]:
        """Return how many accepted records say what the rules need."""
        kept = self.kept
        known = {name: kept[name].notnull() for name in LOOKED_AT}
        sums = {
            COUNTED_ONCE.name: known["victim_id"] & known["victim_number"],
            IN_ONE_PLACE.name: known["victim_id"]
            & known["occurred_time"]
            & (known["district"] | known["location_type"]),
            ONE_REFERENCE.name: known["victim_id"] & known["occurred_time"],
            NUMBERED_ON.name: known["victim_number"],
            ONE_CLASS.name: known["offence_class"] & known["victim_type"] & known["injury"],
            ONE_PERSON.name: known["victim_id"],
        }
        wanted = {name: each for name, each in sums.items() if {*NEEDED[name]} <= self.filled}
        if not wanted:
            return {}
        (counted,) = self.engine.rows(kept.agg(**{name: each.sum() for name, each in wanted.items()}))
        return {name: int(number or 0) for name, number in counted.items()}

    def of(
        self, rule: Rule, candidates: ir.Table | None, broken: Callable[[ir.Table], ir.Table]
    ) -> Asked | Unasked:
        """Return what comes of a rule of candidates, which may be none."""
        judged = self.filled_counts[rule.name] if rule.name in NEEDED else self.count
        if not judged:
            return (
                "does_not_apply",
                f"No accepted record has {words(NEEDED[rule.name][0])} and what else it needs.",
            )
        return judged, None if candidates is None else broken(candidates)

    @cached_property
    def sharing(self) -> ir.Table | None:
        """Return the records whose reference stands on several, set apart; None where there are none."""
        numbers = shared_references(self.engine, self.kept, self.count)
        if not len(numbers):
            return None
        shared = self.engine.read_small("shared_references", pa.table({"number": numbers}))
        few = self.kept.select(*LOOKED_AT, number=self.kept["source_record_id"].hash())
        return self.engine.lay_down("sharing", few.semi_join(shared, "number").drop("number"))

    @property
    def numbers_victims(self) -> bool:
        """Return whether rows of one reference may all be accepted."""
        return "victim_number" in self.book.fields or self.book.victims > 1 or counts_victims(self.book)

    @cached_property
    def crowded(self) -> ir.Table | None:
        """Return the records whose victim stands on others of the same minutes or many of the same day, set apart."""
        near = crowded_victims(self.engine, self.kept, self.count, MINUTES, MOST_A_DAY)
        if not len(near):
            return None
        if counts_victims(self.book):
            # Their numbers were counted after the records were laid out.
            numbers = self.engine.read_small("crowded_rows", pa.table({"row_number": near}))
            few = self.kept.semi_join(numbers, "row_number")
        else:
            few = self.engine.read_batches("crowded_rows", self.sound.of_rows(near.to_numpy()))
        return self.engine.lay_down("crowded", few.select(*LOOKED_AT))

    @cached_property
    def apart(self) -> ir.Table | None:
        """Return the crowded records without those of a victim who is a stand-in for many."""
        if self.crowded is None:
            return None
        busy = rows.busy_days(self.crowded, MOST_A_DAY).select("victim_id").distinct()
        return self.engine.lay_down("apart", self.crowded.anti_join(busy, "victim_id"))

    # several rows of the file

    def counted_once(self, rule: Rule) -> Asked | Unasked:
        if not self.numbers_victims:
            return "does_not_apply", ONE_ROW_EACH
        return self.of(rule, self.sharing, rows.counted_twice)

    def one_day(self, rule: Rule) -> Asked | Unasked:
        if not self.numbers_victims:
            return "does_not_apply", ONE_ROW_EACH
        return self.of(rule, self.sharing, rows.several_days)

    def one_class(self, rule: Rule) -> Asked | Unasked:
        if not self.numbers_victims:
            return "does_not_apply", ONE_ROW_EACH
        return self.of(rule, self.sharing, rows.several_classes)

    def numbered_on(self, rule: Rule) -> Asked | Unasked:
        if "victim_number" not in self.book.fields or counts_victims(self.book):
            return "does_not_apply", "We number the victims of this book ourselves."
        return self.of(rule, self.sharing, lambda some: rows.gap(some, self.others))

    def in_one_place(self, rule: Rule) -> Asked | Unasked:
        return self.of(rule, self.apart, lambda some: rows.two_places(some, MINUTES))

    def one_reference(self, rule: Rule) -> Asked | Unasked:
        return self.of(rule, self.apart, rows.same_assault)

    def one_person(self, rule: Rule) -> Asked | Unasked:
        return self.of(rule, self.crowded, lambda some: rows.stand_in(some, MOST_A_DAY))

    # earlier drops of the book

    def in_one_month(self, rule: Rule) -> Asked | Unasked:
        if not self.beside.known:
            return "could_not_run", "What this force sent before is not known here."
        earlier = [drop for drop in self.beside.earlier(self.book.name) if self.near(drop)]
        lost = self.lost(earlier)
        if lost:
            return lost
        paths = [drop.accepted for drop in earlier if drop.accepted]
        if not paths:
            return (
                "does_not_apply",
                f"This force sent no record of this book within {DAYS_APART} days of it before.",
            )
        before = self.engine.read_parquet(*paths).select(*LINKED)
        again = self.kept.select(*LINKED).semi_join(before.select("source_record_id"), "source_record_id")
        returning = self.engine.lay_down("returning", again)
        if not self.number_of(returning):
            return self.count, None
        same = before.semi_join(returning.select("source_record_id").distinct(), "source_record_id")
        every = self.engine.lay_down("sightings", same.union(returning))
        current = self.current("current_sightings", every, [*earlier, self.this_drop])
        others = current.filter(current["drop_id"] != self.drop_id)
        return self.count, rows.another_month(returning, others, DAYS_APART)

    def near(self, drop: SentDrop) -> bool:
        """Return whether a drop may hold an assault so near to one of this drop that they may be the same."""
        if drop.period is None or self.period is None:
            return True
        apart = timedelta(days=DAYS_APART)
        return drop.period[0] - apart <= self.period[1] and self.period[0] - apart <= drop.period[1]

    @property
    def this_drop(self) -> SentDrop:
        return SentDrop(self.drop_id, self.beside.sequence, self.book.name, "", self.period, None, None)

    def current(self, name: str, records: ir.Table, drops: Sequence[SentDrop]) -> ir.Table:
        """Return the records no later one of some drops replaces, with the name of the `file` each came in, as `name`."""
        lines = [
            {
                "drop_id": drop.drop_id,
                "sequence": drop.sequence,
                "file": drop.file,
                "period_from": drop.period and drop.period[0],
                "period_to": drop.period and drop.period[1],
            }
            for drop in drops
        ]
        kinds = [("drop_id", pa.string()), ("sequence", pa.int64()), ("file", pa.string())]
        schema = pa.schema([*kinds, ("period_from", pa.date32()), ("period_to", pa.date32())])
        known = self.engine.read_small("drops_beside", pa.Table.from_pylist(lines, schema))
        names = known.select("drop_id", "file")
        return self.engine.lay_down(name, resolve(records, known).join(names, "drop_id"))

    # other books

    def in_linked_book(self, rule: Rule) -> Asked | Unasked:
        """Return what comes of the reports that are quoted: by this drop, or, if it is of reports, by those before."""
        if self.book.name == LINKED_BOOK:
            return self.quoted_before()
        asked = self.quoting
        if not isinstance(asked, ir.Table):
            return asked
        judged = self.number_of(asked)
        sent = self.reports(())
        if sent is None:
            return judged, books.not_in_book(asked, asked.select("link").limit(0))
        return judged, books.not_in_book(asked, sent)

    def quoted_before(self) -> Asked | Unasked:
        """Return what comes of the records that came before the reports they quote, of the days this drop covers."""
        missing = self.missing(*self.other_books, first=True) or self.lost(self.beside.of(LINKED_BOOK))
        missing = missing or self.waiting(LINKED_BOOK)
        if missing:
            return missing
        drops = [drop for name in self.other_books for drop in self.beside.of(name)]
        paths = [drop.accepted for drop in drops if drop.accepted]
        nothing = "No record sent before of the days of this file quotes a health and safety report."
        if not paths:
            return "does_not_apply", nothing
        every = self.engine.read_parquet(*paths).select(*LINKED)
        here = self.covered(every, [self.this_drop]).filter(every["health_safety_ref"].notnull())
        key = ("book", "source_record_id")
        same = self.engine.lay_down("quoting_sightings", every.semi_join(here.select(*key).distinct(), key))
        if not self.number_of(same):
            return "does_not_apply", nothing
        # A later file may have mended the reference, or the day.
        current = self.current("current_quoting", same, drops)
        asked = self.covered(current, [self.this_drop]).filter(current["health_safety_ref"].notnull())
        asked = self.engine.lay_down("quoting_before", asked.mutate(link=asked["health_safety_ref"]))
        judged = self.number_of(asked)
        if not judged:
            return "does_not_apply", nothing
        own = [records.select(link="source_record_id") for records in (self.kept, self.others)]
        sent = self.reports(own)
        assert sent is not None
        return judged, books.not_in_book_before(asked, sent)

    def reports(self, own: Sequence[ir.Table]) -> ir.Table | None:
        """Return the `link` of every report at rest and of this drop's `own`, or None where there is none at all."""
        paths = self.paths(self.beside.of(LINKED_BOOK))
        every = [*own, *([self.engine.read_parquet(*paths).select(link="source_record_id")] if paths else [])]
        return reduce(lambda one, other: one.union(other), every) if every else None

    def agreeing(self, rule: Rule) -> Asked | Unasked:
        linked = self.linked
        if not isinstance(linked, tuple) or isinstance(linked[0], str):
            return cast(Unasked, linked)
        own, other = cast(tuple[ir.Table, ir.Table], linked)
        value = books.with_value(own, rule.field)
        judged = self.number_of(value.semi_join(books.with_value(other, rule.field), "link"))
        if not judged:
            return "does_not_apply", f"No two linked records both say {words(rule.field)}."
        return judged, books.differs_between_books(own, other, rule.field)

    def quoted(self, rule: Rule) -> Asked | Unasked:
        """Return what comes of the reports nobody quotes: those of this drop, or those this drop of crimes might quote."""
        if self.book.name == LINKED_BOOK:
            return self.own_unquoted()
        if self.book.name == "crime":
            return self.reports_unquoted()
        return "does_not_apply", "It is for the health and safety book and the crime book."

    def own_unquoted(self) -> Asked | Unasked:
        missing = self.missing("crime", first=True)
        if missing:
            return missing
        crimes = self.beside.of("crime")
        reports = self.covered(self.kept.select(*LINKED, link="source_record_id"), crimes)
        quotes = self.quotes(self.paths(crimes))
        if quotes is None:
            return "does_not_apply", "No crime record of this force quotes a health and safety report."
        judged = self.number_of(reports)
        if not judged:
            return "does_not_apply", "It is asked when the crimes of the months of these reports are judged."
        return judged, books.not_quoted(reports, quotes)

    def reports_unquoted(self) -> Asked | Unasked:
        """Return what comes of the reports sent before of the days this drop of crimes covers."""
        if "health_safety_ref" not in self.filled:
            return "does_not_apply", f"This force does not collect {words('health_safety_ref')}."
        missing = self.missing(LINKED_BOOK, first=True)
        if missing:
            return missing
        sent = self.beside.of(LINKED_BOOK)
        quotes = self.quotes(self.paths(self.beside.of("crime")), self.here())
        if quotes is None:
            return "does_not_apply", "No crime record of this force quotes a health and safety report."
        paths = [drop.accepted for drop in sent if drop.accepted]
        if not paths:
            return "does_not_apply", "The health and safety book holds no accepted record."
        reports = self.covered(self.engine.read_parquet(*paths).select(*LINKED), [self.this_drop])
        current = self.current("current_reports", reports.mutate(link=reports["source_record_id"]), sent)
        judged = self.number_of(current)
        if not judged:
            return "does_not_apply", "No health and safety report is of the days of this file."
        return judged, books.not_quoted_before(current, quotes)

    def paths(self, drops: Iterable[SentDrop]) -> list[Path]:
        return [path for drop in drops for path in (drop.accepted, drop.held) if path]

    def here(self) -> ir.Table:
        """Return the reports the records of this drop quote as `health_safety_ref`, accepted or not."""
        every = [records for records in (self.kept, self.others) if "health_safety_ref" in records.columns]
        return reduce(
            lambda one, other: one.union(other), [records.select("health_safety_ref") for records in every]
        )

    def quotes(self, paths: Sequence[Path], here: ir.Table | None = None) -> ir.Table | None:
        """Return what crimes at rest and `here` quote as `link`, or None where none quotes anything."""
        every = [self.engine.read_parquet(*paths).select("health_safety_ref")] if paths else []
        every += [here] if here is not None else []
        if not every:
            return None
        records = reduce(lambda one, other: one.union(other), every)
        quoting = records.filter(records["health_safety_ref"].notnull())
        links = self.engine.lay_down("quotes", quoting.select(link="health_safety_ref").distinct())
        return links if self.number_of(links) else None

    @cached_property
    def quoting(self) -> ir.Table | Unasked:
        """Return the records that quote a report of a month the book of reports was sent for, set apart; or why not."""
        if "health_safety_ref" not in self.filled:
            return "does_not_apply", f"This force does not collect {words('health_safety_ref')}."
        missing = self.missing(LINKED_BOOK) or self.waiting(LINKED_BOOK)
        if missing:
            return missing
        kept = self.kept.filter(self.kept["health_safety_ref"].notnull())
        quoting = self.engine.lay_down("quoting", kept.select(*LINKED, link="health_safety_ref"))
        if not self.number_of(quoting):
            return "does_not_apply", "No accepted record quotes a health and safety report."
        covered = self.engine.lay_down("covered", self.covered(quoting, self.beside.of(LINKED_BOOK)))
        if not self.number_of(covered):
            return (
                "could_not_run",
                "The health and safety book has not been sent for the months of these records.",
            )
        return covered

    @cached_property
    def linked(self) -> tuple[ir.Table, ir.Table] | Unasked:
        """Return the linked records of this drop and, of other books, the current ones they are linked to; or why not."""
        if self.book.name == LINKED_BOOK:
            others = [drop for name in self.other_books for drop in self.beside.of(name)]
            missing = self.missing(*self.other_books, first=True)
            own, link = self.kept.select(*LINKED, link="source_record_id"), "health_safety_ref"
        else:
            others = [*self.beside.of(LINKED_BOOK)]
            if "health_safety_ref" not in self.filled:
                return "does_not_apply", f"This force does not collect {words('health_safety_ref')}."
            missing = self.missing(LINKED_BOOK, first=True)
            own, link = self.kept.select(*LINKED, link="health_safety_ref"), "source_record_id"
        if missing:
            return missing
        paths = [drop.accepted for drop in others if drop.accepted]
        if not paths:
            return "does_not_apply", "The other books hold no accepted record."
        other = self.engine.read_parquet(*paths).select(*LINKED)
        other = other.mutate(link=other[link])
        known = own.filter(own["link"].notnull())
        mine = self.engine.lay_down(
            "linked_here", known.semi_join(other.filter(other["link"].notnull()), "link")
        )
        if not self.number_of(mine):
            return "does_not_apply", "No record is linked to one of another book."
        there = self.engine.lay_down("linked_there", other.semi_join(mine, "link"))
        return mine, self.current("current_linked", there, others)

    @property
    def other_books(self) -> Sequence[str]:
        return sorted(self.beside.books - {self.book.name})

    def missing(self, *names: str, first: bool = False) -> Unasked | None:
        """Return why the books of some names cannot be looked at, or None where one of them was sent.

        With `first`, what is asked of whichever book comes second does not apply to the one that comes first.
        """
        if not self.beside.known:
            return "could_not_run", "What this force sent before is not known here."
        theirs = [name for name in names if name in self.beside.books]
        if not theirs:
            return "does_not_apply", "This force sends no other book that is linked to this one."
        drops = [drop for name in theirs for drop in self.beside.of(name)]
        said = " or ".join(words(name).replace("health safety", "health and safety") for name in theirs)
        if not drops and first:
            return "does_not_apply", f"It is asked when the {said} book of this force is judged."
        if not drops:
            return "could_not_run", f"The {said} book of this force has not been received: it is asked then."
        return self.lost(drops)

    def lost(self, drops: Iterable[SentDrop]) -> Unasked | None:
        """Return that records of some drops are no longer where they were, or None."""
        gone = [drop.file for drop in drops if drop.file in self.beside.lost]
        if gone:
            return (
                "could_not_run",
                f"The records of {gone[0]} are no longer in the home: restore them from a backup.",
            )
        return None

    def waiting(self, name: str) -> Unasked | None:
        """Return that a file of a book that may be of the days of this drop is still to be judged, or None."""
        for each in self.beside.waiting:
            apart = each.period and self.period and not overlap(each.period, self.period)
            if each.book == name and not apart:
                return "could_not_run", f"{each.file} has arrived and is not judged yet: it is asked then."
        return None

    def covered(self, records: ir.Table, drops: Collection[SentDrop]) -> ir.Table:
        """Return the records of days that some drops cover."""
        day = records["occurred_on"]
        spans = sorted({drop.period for drop in drops if drop.period})
        inside = [(day >= first) & (day <= last) for first, last in spans]
        return records.filter(reduce(or_, inside, ibis.literal(False)))

    def number_of(self, records: ir.Table) -> int:
        return int(self.engine.rows(records.agg(records=records.count()))[0]["records"])


def overlap(one: Period, other: Period) -> bool:
    """Return whether two periods have a day in common."""
    return one[0] <= other[1] and other[0] <= one[1]


# The fields without which a rule looks at nothing.
NEEDED: Mapping[str, Sequence[str]] = {
    COUNTED_ONCE.name: ("victim_id", "victim_number"),
    IN_ONE_PLACE.name: ("victim_id", "occurred_time"),
    ONE_REFERENCE.name: ("victim_id", "occurred_time"),
    NUMBERED_ON.name: ("victim_number",),
    ONE_CLASS.name: ("offence_class", "victim_type", "injury"),
    ONE_PERSON.name: ("victim_id",),
    **{rule.name: (rule.field,) for rule in AGREEING},
}

ASKED: Mapping[str, Callable[[Looking, Rule], Asked | Unasked]] = {
    COUNTED_ONCE.name: Looking.counted_once,
    IN_ONE_PLACE.name: Looking.in_one_place,
    IN_ONE_MONTH.name: Looking.in_one_month,
    ONE_REFERENCE.name: Looking.one_reference,
    NUMBERED_ON.name: Looking.numbered_on,
    ONE_DAY.name: Looking.one_day,
    ONE_CLASS.name: Looking.one_class,
    ONE_PERSON.name: Looking.one_person,
    IN_LINKED_BOOK.name: Looking.in_linked_book,
    **{rule.name: Looking.agreeing for rule in AGREEING},
    QUOTED.name: Looking.quoted,
}
