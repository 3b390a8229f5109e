"""What a finding points at: the cell in the file, what was expected there, and how far from it the value lies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

import ibis
import ibis.expr.types as ir

from pipeline.judgement import Judging
from pipeline.read.layout import letters
from pipeline.readings import spelled_out
from schemas.assault import ASSAULT
from schemas.beyond import AgreesWithBook
from schemas.drop import KnownAction, KnownScope, OwnForceOnly
from schemas.force import Book
from schemas.table import (
    Between,
    Decided,
    Explained,
    Implies,
    InPeriod,
    Matches,
    Needs,
    NotBefore,
    NotEarlierThan,
    NotInFuture,
    NotLongAfter,
    OneOf,
    Required,
    RequiredOneOf,
    Rule,
    words,
)
from transforms.functions import judged_on, period_begins, period_ends

# So many of a force's words are named where one of them was expected.
MOST_WORDS = 12
LONGEST = 200


# What is expected by the rules that know it without looking at the force's file.
EXPECTED = {
    "personal": "nothing personal",
    "refused": "a line that reads as a row",
    "repeated": "each reference and victim once",
    "duplicate": "each row once",
    "counted_twice": "one number for each victim",
    "two_places": "one place at a time for each victim",
    "another_month": "one month for each reference",
    "same_assault": "one reference for each assault",
    "gap": "victims numbered without a gap",
    "several_days": "one day for each reference",
    "several_classes": "one offence for victims of the same role and injury",
    "stand_in": "one person for each number",
    "not_in_book": "a reference of the health and safety book",
    "not_quoted": "a crime that quotes the report",
}
EXPECTED_OF_DROP = {
    "unusual_volume": "about as many records as in the months before",
    "references_gone": "the references sent before",
    "less_filled": "filled about as often as before",
    "code_gone": "the code used before",
    "unlike_peers": "a share like that of other forces",
    "wrong_period": "records of the period the file's name says",
    "sent_before": "records not sent before",
    "another_force": "records of this force",
    "units": "numbers in the unit asked for",
    "days_lost_from_dates": "the day of each assault",
    "times_lost": "the time of each assault",
    "month_first": "dates as day/month/year",
    "one_value": "values that differ",
}


def shown_field(rule: Rule) -> str:
    """Return the field whose value as sent a finding shows beside its rule."""
    return "offence_title" if rule.field in ("offence_class", "offence") else rule.field


def cells_of(rule: Rule, judging: Judging) -> list[str]:
    """Return where a rule's value stands, once for each victim side by side: a sheet's column, or the column's number.

    It is empty where a rule looks at no column, or at several.
    """
    book, export = judging.book, judging.export
    cells = []
    for victim in range(book.victims):
        column = next((name for name in columns_read(rule, book, victim) if name in export.columns), None)
        if column is None:
            cells.append("")
            continue
        place = export.columns.index(column)
        cells.append(letters(export.first_column + place - 1) if export.sheet is not None else str(place + 1))
    return cells


def columns_read(rule: Rule, book: Book, victim: int) -> list[str]:
    """Return the columns a rule's value may stand in, for one of the victims side by side."""
    if rule.field == "change":
        return [book.actions.column] if book.actions else []
    if rule.field == "scope":
        return [condition.column for condition in book.deciding] if len(book.deciding) == 1 else []
    if rule.field == "force_id":
        return [book.force.column] if book.force else []
    names = [rule.field, "offence_code"] if rule.field == "offence" else [shown_field(rule)]
    written = [name for each in names if each in book.fields for name in book.fields[each].names]
    if not written:
        written = [cell.column for cell in book.lists if rule.field in cell.fields()]
    return [(numbered := book.numbered(name))[min(victim, len(numbered) - 1)] for name in written]


def expected(rule: Rule, judging: Judging) -> str:
    """Return what a rule expects, in a few words; empty where its sentence says all there is."""
    constraint, book = rule.constraint, judging.book
    match constraint:
        case Required():
            return "a value"
        case RequiredOneOf(fields=fields):
            return " or ".join(words(name) for name in fields)
        case KnownScope():
            known = [word for condition in book.deciding for word in (*condition.inside, *condition.outside)]
            return listed(known)
        case KnownAction():
            return listed([word for each in book.scope[:1] for word in (*each.inside, *each.outside)])
        case OwnForceOnly():
            return listed(book.force.words) if book.force else ""
        case Explained():
            return listed(known_words(rule.field, book)) or constraint.expected
        case OneOf(codes=codes):
            return listed([*codes])
        case NotInFuture():
            today = judging.engine.facts.get("judged_on")
            return f"{spelled_out(today)} or before" if isinstance(today, date) else ""
        case NotEarlierThan(day=day):
            return f"{spelled_out(day)} or later"
        case NotBefore(other=other):
            return f"{words(other)} or later"
        case NotLongAfter(other=other, days=days):
            return f"at most {days} days after {words(other)}"
        case InPeriod():
            stated = judging.stated
            return f"{spelled_out(stated[0])} to {spelled_out(stated[1])}" if stated else ""
        case Between(low=low, high=high):
            return f"{low:g} to {high:g}"
        case Matches(meaning=meaning):
            return meaning
        case Implies(allowed=allowed):
            return listed(allowed)
        case Decided(given=given):
            return f"what decides it: {', '.join(words(name) for name in given)}"
        case Needs():
            return "a value"
        case AgreesWithBook():
            return f"the {words(rule.field)} of the linked record"
    return EXPECTED.get(constraint.name, "")


def known_words(name: str, book: Book) -> list[str]:
    """Return the words a force's file knows for a field of codes."""
    mapped = book.fields.get(name)
    if mapped is not None and mapped.codes:
        return [*mapped.codes]
    if mapped is not None and mapped.flags:
        return [*mapped.yes, *mapped.no]
    return [
        word
        for cell in book.lists
        for word, target in cell.words.items()
        if target is not None and target[0] == name
    ]


def listed(known: list[str] | tuple[str, ...]) -> str:
    """Return words as a choice; some of them, where they are many."""
    said: list[str] = []
    for word in dict.fromkeys(known):
        if len(said) == MOST_WORDS or sum(map(len, said)) + len(word) > LONGEST:
            return f"one of {', '.join(said)}, ..." if said else ""
        said.append(word)
    if len(said) == 1:
        return said[0]
    return f"one of {', '.join(said)}" if said else ""


def gap(broken: ir.Table, numbers: Mapping[Rule, int], stated: object) -> ir.IntegerValue:
    """Return how many days or units each finding's value lies outside what is allowed: below nought where it is before."""
    said = [
        (broken["wording"] == number, distance)
        for rule, number in numbers.items()
        if (distance := outside(broken, rule, stated)) is not None
    ]
    return cast(ir.IntegerValue, ibis.cases(*said, else_=ibis.null("int64")) if said else ibis.null("int64"))


def outside(records: ir.Table, rule: Rule, stated: object) -> ir.IntegerValue | None:
    """Return how far a rule's value lies outside; None for a rule without a measure."""
    name, constraint = rule.field, rule.constraint
    if name not in ASSAULT.names or name not in records.columns:
        return None
    value = records[name]
    match constraint:
        case NotInFuture():
            return whole(value.delta(judged_on(), unit="day"))
        case NotEarlierThan(day=day):
            return whole(value.delta(ibis.literal(day), unit="day"))
        case NotBefore(other=other) if ASSAULT[other].type == "date":
            return whole(value.delta(records[other], unit="day"))
        case NotLongAfter(other=other, days=days):
            return whole(value.delta(records[other], unit="day") - days)
        case InPeriod() if stated:
            early = value < period_begins()
            begins, ends = period_begins(), period_ends()
            return whole(ibis.ifelse(early, value.delta(begins, unit="day"), value.delta(ends, unit="day")))
        case Between(low=low, high=high):
            return whole(ibis.ifelse(value < low, value - low, value - high))
    return None


def whole(number: ir.Value) -> ir.IntegerValue:
    return cast(ir.IntegerValue, number.cast("int64"))


def measures(rule: Rule, judging: Judging) -> tuple[str, str, str]:
    """Return how a rule's distance is said: its unit, what follows one above, and what follows one below."""
    constraint = rule.constraint
    match constraint:
        case NotInFuture():
            today = judging.engine.facts.get("judged_on")
            return " day", f" after {spelled_out(today)}" if isinstance(today, date) else " after today", ""
        case NotEarlierThan(day=day):
            return " day", "", f" before {spelled_out(day)}"
        case NotBefore(other=other):
            return " day", "", f" before {words(other)}"
        case NotLongAfter(days=days):
            return " day", f" over {days}", ""
        case InPeriod() if judging.stated:
            begins, ends = judging.stated
            return " day", f" after {spelled_out(ends)}", f" before {spelled_out(begins)}"
        case Between(low=low, high=high):
            return "", f" over {high:g}", f" under {low:g}"
    return "", "", ""
