"""What became of every rule of the rows in one drop, from the counts of its profile.

How many records a rule judged is counted where it looks at one field. Where it looks at several, it is the most there
can be: the records of the condition met least often.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from expectations.answers import Answer
from expectations.masks import breakable, columns_of
from expectations.profile import Profile, month_of
from pipeline.judgement import Judgement
from pipeline.states import State, could_not_run, does_not_apply, ran
from schemas.assault import ASSAULT
from schemas.beyond import BEYOND
from schemas.catalogue import Entry, catalogue, code_of
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED, KnownAction, KnownScope, OwnForceOnly, rules_of
from schemas.force import Book
from schemas.mend import Mended
from schemas.personal import PERSONAL_COLUMN
from schemas.regrade import as_seen
from schemas.table import (
    AtLeast,
    Condition,
    Constraint,
    Decided,
    Explained,
    Implies,
    InPeriod,
    Is,
    IsNot,
    Matches,
    Needs,
    NotTogether,
    OneOf,
    Required,
    RequiredOneOf,
    Rule,
    words,
)
from schemas.whole_drop import BESIDE, DROP_RULES

REFUSED = "The file was refused, so nothing in it was judged."
NO_RECORDS = "The drop has no records."

# The rules whose findings depend on other drops.
LOOKING_BESIDE = frozenset({*BESIDE, *(rule.name for rule in BEYOND)})


def rules_of_drop(book: Book) -> tuple[Rule, ...]:
    """Return every rule there is, each once, as a drop of a book is asked it, in the order of their codes."""
    asked = {rule.name: rule for rule in asked_of(book)}
    every = {each.name: each.rule for each in catalogue()} | asked
    return tuple(sorted(every.values(), key=lambda rule: code_of(rule.name)))


def asked_of(book: Book) -> tuple[Rule, ...]:
    """Return the rules that some drop of a book may break."""
    beyond = as_seen((PERSONAL_COLUMN, *BEYOND, *DROP_RULES), book)
    return (*rules_of(book), REPEATED, DUPLICATE, REFUSED_LINE, *beyond)


def not_asked(rule: Rule) -> State:
    """Return why no drop of a book can break a rule that some other force's may."""
    said = words(rule.field)
    if isinstance(rule.constraint, Mended):
        return does_not_apply(rule, f"Nothing is mended in {said}, as the force's file has it.")
    return does_not_apply(rule, f"Whatever stands in {said} is taken as it is, as the force's file has it.")


def states_of(judgement: Judgement, book: Book, profile: Profile) -> list[State]:
    """Return the state of every rule of the rows: those of the book, of repeats and of lines."""
    failed = {rule.name: count for rule, count in judgement.findings.items()}
    states = {}
    for rule in (*rules_of(book), REPEATED, DUPLICATE):
        states[rule.name] = state_of_rule(rule, book, profile, failed.get(rule.name, 0))
    lines = judgement.sums.parsed_lines + judgement.sums.refused
    states[REFUSED_LINE.name] = ran(
        REFUSED_LINE, lines, failed.get(REFUSED_LINE.name, 0), "The file has no lines under its header."
    )
    columns = len(judgement.header) if judgement.sums.rows else 0
    states[PERSONAL_COLUMN.name] = ran(
        PERSONAL_COLUMN, columns, failed.get(PERSONAL_COLUMN.name, 0), NO_RECORDS
    )
    return [*states.values()]


def refused_states(book: Book) -> tuple[State, ...]:
    """Return the states of a file that was refused: no rule could run."""
    asked = {rule.name for rule in asked_of(book)}
    return tuple(
        could_not_run(rule, REFUSED) if rule.name in asked else not_asked(rule)
        for rule in rules_of_drop(book)
    )


def of_answers(answers: Sequence[Answer]) -> list[State]:
    """Return the states of rules about the whole drop."""
    return [
        State(each.rule.name, code_of(each.rule.name), each.state, each.judged, len(each.found), each.why)
        for each in answers
    ]


def complete(states: Iterable[State], book: Book) -> tuple[State, ...]:
    """Return the state of every rule of a drop, in the order of their codes, each once.

    A rule nobody asked because the drop has no records does not apply.
    """
    known = {state.rule: state for state in states}
    asked = {rule.name for rule in asked_of(book)}
    return tuple(
        known.get(rule.name) or (does_not_apply(rule, NO_RECORDS) if rule.name in asked else not_asked(rule))
        for rule in rules_of_drop(book)
    )


def state_of_rule(rule: Rule, book: Book, profile: Profile, failed: int) -> State:
    """Return the state of one rule of the rows."""
    if failed:
        return ran(rule, max(failed, judged_by(rule, profile)), failed, "")
    if not profile.records:
        return does_not_apply(rule, NO_RECORDS)
    if isinstance(rule.constraint, InPeriod) and not profile.is_stated:
        return could_not_run(rule, "The file does not say which period it covers.")
    if why := not_for(rule, book):
        return does_not_apply(rule, why)
    if absent := [
        name for name in needed(rule) if name not in profile.filled and name not in ("force_id", "book")
    ]:
        given = [name for name in absent if name not in book.not_collected]
        if given and ASSAULT[given[0]].given:
            return could_not_run(rule, f"The column for {words(given[0])} is not in this file.")
        return does_not_apply(rule, not_collected(absent[0]))
    judged = judged_by(rule, profile)
    if rule.constraint.since or rule.constraint.until:
        judged = min(judged, between(profile, rule.constraint.since, rule.constraint.until))
        entry = Entry(code_of(rule.name), rule)
        return ran(rule, judged, 0, f"It is for {entry.applies}, and none of these has what it looks at.")
    return ran(rule, judged, 0, nothing_to_judge(rule))


def not_for(rule: Rule, book: Book) -> str:
    """Return why a rule is not for a book as its force's file reads it, or nothing."""
    constraint = rule.constraint
    if isinstance(constraint, OneOf):
        return ""
    if isinstance(constraint, Required) and rule.field in ("force_id", "book"):
        return ""
    if breakable(rule, book):
        return ""
    match constraint:
        case RequiredOneOf() | Decided():
            return "It is for the crime book."
        case OwnForceOnly():
            return "No column of this export names the force."
        case KnownScope():
            return "Every row of this export is taken for an assault."
        case KnownAction():
            return "This force does not send files of changes."
        case Mended():
            return f"The force's file reads {words(rule.field)} as it is sent: there is nothing to mend."
        case Matches(pattern=""):
            return "The force's file states no form of its references."
    return not_collected(rule.field)


def not_collected(name: str) -> str:
    return f"This force does not collect {words(name)}."


def needed(rule: Rule) -> list[str]:
    """Return the fields without which a rule has nothing to look at, in the order of the table."""
    constraint = rule.constraint
    if isinstance(constraint, RequiredOneOf | Decided):
        return []
    read = {name for name in columns_of(rule) if name in ASSAULT.names}
    if isinstance(constraint, Mended | KnownScope | KnownAction | OwnForceOnly):
        read = {rule.field} & {*ASSAULT.names}
    if not (constraint.since or constraint.until):
        return [name for name in ASSAULT.names if name in read]
    # The day says whether the rule is for the record, whatever else is there.
    return [name for name in ASSAULT.names if name in read or name == "occurred_on"]


def judged_by(rule: Rule, profile: Profile) -> int:
    """Return how many records a rule had something to look at in."""
    match rule.constraint:
        case Required() | KnownScope() | KnownAction() | OwnForceOnly() | RequiredOneOf():
            return profile.records
        case Explained():
            return profile.filled.get(rule.field, 0) + profile.unexplained.get(rule.field, 0)
        case Decided(given=given):
            offence = [profile.filled.get(name, 0) for name in given if name.startswith("offence_")]
            return max(offence, default=0)
        case Implies(when=when, values=values, then=then):
            return min(saying(profile, when, values), profile.filled.get(then, 0))
        case NotTogether(conditions=conditions):
            *others, asked = conditions
            return min([met(profile, each) for each in others] + [profile.filled.get(asked.field, 0)])
        case Needs(conditions=conditions):
            return min(met(profile, each) for each in conditions)
    if rule.field in ("row", "book", "force_id") or rule == REPEATED:
        return profile.records
    return min((profile.filled.get(name, 0) for name in needed(rule)), default=0)


def met(profile: Profile, condition: Condition) -> int:
    """Return how many records meet a condition, or at most can."""
    match condition:
        case Is(field=name, values=values) if name in profile.codes:
            return saying(profile, name, [str(value) for value in values])
        case IsNot(field=name, values=values) if name in profile.codes:
            return profile.filled.get(name, 0) - saying(profile, name, [str(value) for value in values])
        case AtLeast(field=name) | Is(field=name) | IsNot(field=name):
            return profile.filled.get(name, 0)
    return profile.filled.get(condition.field, 0)


def saying(profile: Profile, name: str, codes: Iterable[str]) -> int:
    """Return how many records have one of some codes."""
    return sum(profile.codes.get(name, {}).get(code, 0) for code in codes)


def between(profile: Profile, since: date | None, until: date | None) -> int:
    """Return how many records lie in the months a rule is for."""
    first, last = month_of(since) if since else "", month_of(until) if until else "~"
    return sum(count for month, count in profile.months.items() if first <= month <= last)


def nothing_to_judge(rule: Rule) -> str:
    """Return why a rule that could have run had nothing to look at."""
    constraint: Constraint = rule.constraint
    if isinstance(constraint, NotTogether | Needs | Implies):
        return "No record meets the conditions it looks at."
    fields = [words(name) for name in needed(rule)] or [words(rule.field)]
    return f"No record has {' and '.join(fields)}."
