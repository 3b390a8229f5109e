"""The rules as masks: every rule of a row as one bit of an integer, computed in the pass that converts it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import date
from functools import reduce
from operator import add, and_, or_
from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.assault import ASSAULT
from schemas.drop import KnownAction, KnownScope, OwnForceOnly, rules_of
from schemas.force import Book
from schemas.mend import Mended
from schemas.personal import NotPersonal
from schemas.table import (
    AtLeast,
    AtMost,
    Between,
    Condition,
    Constraint,
    Decided,
    Explained,
    Given,
    Implies,
    InPeriod,
    Is,
    IsNot,
    Matches,
    Needs,
    NotBefore,
    NotEarlierThan,
    NotInFuture,
    NotLongAfter,
    NotTogether,
    OneOf,
    Required,
    RequiredOneOf,
    Rule,
    Severity,
)

# The day by which a rule applies to a record or does not.
DAY = "occurred_on"

# A mask is a signed 64-bit integer; the sign is left alone.
BITS = 62


@dataclass(frozen=True)
class Context:
    """What a rule may look at besides the row: the day it is judged and the period the drop says it covers."""

    as_of: date | ir.DateValue
    period: tuple[date | ir.DateValue, date | ir.DateValue] | None = None


def check(
    records: ir.Table,
    book: Book,
    context: Context,
    only: Collection[int] | None = None,
    *,
    scoped: bool = True,
) -> ir.Table:
    """Return the records with `broken_0`, `broken_1`, ...: bit i of all is set where rule i is broken.

    The order of the bits is that of `rules_of(book)`; a row out of scope breaks none. A rule that cannot be broken here (its field is not
    collected, or every word of it was checked against its list when the force's file was loaded) costs nothing.
    With `only`, the rules at these places are looked at and no others; not `scoped`, whatever the scope.
    """
    rules = rules_of(book)
    masks: dict[str, ir.Value] = {}
    for number in range(mask_count(rules)):
        bits = []
        for bit, rule in enumerate(rules[number * BITS : (number + 1) * BITS]):
            wanted = breakable(rule, book) and (only is None or number * BITS + bit in only)
            mask = broken(records, rule, context) if wanted else None
            if mask is not None:
                bits.append(
                    ibis.cases((mask, ibis.literal(1 << bit, "int64")), else_=ibis.literal(0, "int64"))
                )
        every = reduce(add, bits, ibis.literal(0, "int64").cast("int64"))
        in_scope = records["out_of_scope"].isnull().cast("int64") if scoped else None
        masks[f"broken_{number}"] = every if in_scope is None else every * in_scope
    return records.mutate(**masks)


def breakable(rule: Rule, book: Book) -> bool:
    """Return whether a row of this book can break a rule at all."""
    if isinstance(rule.constraint, OneOf):
        # Every code a force's words lead to was checked against the list when its file was loaded, and the
        # derived fields are written from the list itself; Great Expectations checks them again on what is stored.
        return False
    if isinstance(rule.constraint, RequiredOneOf):
        return rule.constraint.book == book.name
    if isinstance(rule.constraint, NotTogether | Needs):
        fields = [rule.field] if isinstance(rule.constraint, Needs) else []
        return all(tells(each, book) for each in rule.constraint.conditions) and all(
            collected(name, book) for name in fields
        )
    if isinstance(rule.constraint, Decided):
        return book.name == "crime"
    if rule.field == "force_id":
        return isinstance(rule.constraint, OwnForceOnly) and book.force is not None
    if isinstance(rule.constraint, KnownScope):
        return bool(book.deciding)
    if isinstance(rule.constraint, KnownAction):
        return book.actions is not None
    if isinstance(rule.constraint, Mended | NotPersonal):
        return rule.field in book.fields and book.fields[rule.field].constant is None
    if isinstance(rule.constraint, Matches) and not rule.constraint.pattern:
        return False
    return rule.field != "book" and rule.field not in book.not_collected


def tells(condition: Condition, book: Book) -> bool:
    """Return whether a condition can hold of a row of this book for a reason that lies in the row.

    What is the same on every row by the force's file says nothing by being there.
    """
    match condition:
        case IsNot():
            return True
        case AtMost(field="victim_number"):
            # Where victims stand side by side in a row, the first says nothing of the crime as a whole.
            return book.victims == 1
        case Given(field=name) if name in book.fields:
            return book.fields[name].constant is None
    return collected(condition.field, book)


def collected(name: str, book: Book) -> bool:
    """Return whether a book fills a field; class and measure follow from an offence."""
    if name in ("offence_class", "measure"):
        return any(each not in book.not_collected for each in ("offence_code", "offence_title"))
    return name not in book.not_collected


def columns_of(rule: Rule) -> frozenset[str]:
    """Return the columns of converted records a rule may look at."""
    dated = {DAY} if rule.constraint.since or rule.constraint.until else set()
    match rule.constraint:
        case KnownScope():
            return frozenset({"unexplained_scope"})
        case KnownAction():
            return frozenset({"unexplained_change"})
        case OwnForceOnly():
            return frozenset({"another_force"})
        case Mended():
            return frozenset({f"mended_{rule.field}"})
        case NotPersonal():
            return frozenset({f"personal_{rule.field}"})
        case NotTogether(conditions=conditions) | Needs(conditions=conditions):
            fields = {rule.field, *(condition.field for condition in conditions), *dated}
            return frozenset({*fields, f"unexplained_{rule.field}"})
    values = (getattr(rule.constraint, part.name) for part in dataclass_fields(rule.constraint))
    words = {word for value in values for word in (value if isinstance(value, tuple) else (value,))}
    fields = {name for name in (*words, rule.field) if name in ASSAULT.names}
    undecided = {"offence_undecided"} if isinstance(rule.constraint, Decided) else set()
    return frozenset({*fields, f"unexplained_{rule.field}", *undecided, *dated})


def broken(records: ir.Table, rule: Rule, context: Context) -> ir.BooleanValue | None:
    """Return true where a record breaks a rule on a day it is for, or None where the drop has nothing to judge it by.

    A field that holds something unreadable breaks `unexplained`, not also `required`.
    """
    mask = broken_any_day(records, rule, context)
    since, until = rule.constraint.since, rule.constraint.until
    if mask is None or (since is None and until is None):
        return mask
    sides = [records[DAY] >= since] if since else []
    sides += [records[DAY] <= until] if until else []
    return cast(ir.BooleanValue, mask & known(reduce(and_, sides)))


def broken_any_day(records: ir.Table, rule: Rule, context: Context) -> ir.BooleanValue | None:
    """Return true where a record breaks a rule whatever days it is for, or None as `broken` does."""
    name = rule.field
    match rule.constraint:
        case Explained():
            return column(records, f"unexplained_{name}")
        case KnownScope():
            return column(records, "unexplained_scope")
        case KnownAction():
            return column(records, "unexplained_change")
        case OwnForceOnly():
            return column(records, "another_force")
        case Mended():
            return column(records, f"mended_{name}")
        case NotPersonal():
            return column(records, f"personal_{name}")
        case InPeriod():
            if context.period is None:
                return None
            first, last = context.period
            return known((records[name] < first) | (records[name] > last))
        case NotInFuture():
            return known(records[name] > context.as_of)
        case Needs() if f"unexplained_{name}" not in records.columns:
            # The drop lacks the column: that is one thing to say of the file, not one of every row.
            return None
        case constraint:
            return broken_constraint(records, name, constraint)


def broken_constraint(records: ir.Table, name: str, constraint: Constraint) -> ir.BooleanValue:
    """Return true where a record breaks a constraint that looks at nothing but the record."""
    match constraint:
        case Required():
            return absent(records, name)
        case RequiredOneOf(fields=fields):
            return reduce(lambda one, other: one & other, [missing(records, other) for other in fields])
        case OneOf(codes=codes) if ASSAULT[name].type == "list":
            return known(records[name].filter(lambda code: ~among(code, codes)).length() > 0)
        case OneOf(codes=codes):
            return known(records[name].notnull() & ~among(records[name], codes))
        case NotBefore(other=other):
            return known(records[name] < records[other])
        case NotEarlierThan(day=day):
            return known(records[name] < day)
        case Between(low=low, high=high):
            return known((records[name] < low) | (records[name] > high))
        case Matches(pattern=pattern):
            return known(~records[name].re_search(f"^(?:{pattern})$"))
        case Implies(when=when, values=values, then=then, allowed=allowed):
            then_given = records[then].notnull()
            return known(among(records[when], values) & then_given & ~among(records[then], allowed))
        case NotLongAfter(other=other, days=days):
            after = cast(ir.DateValue, records[name]).delta(cast(ir.DateValue, records[other]), unit="day")
            return known(after > days)
        case NotTogether(conditions=conditions):
            return all_hold(records, conditions)
        case Needs(conditions=conditions):
            return all_hold(records, conditions) & absent(records, name)
        case Decided(given=given):
            offence = [missing(records, other) for other in given if other.startswith("offence_")]
            nothing_given = reduce(lambda one, other: one & other, offence)
            return cast(ir.BooleanValue, records["offence_undecided"].fill_null(False) & ~nothing_given)
    raise TypeError(f"No mask is written for {type(constraint).__name__}.")


def all_hold(records: ir.Table, conditions: Iterable[Condition]) -> ir.BooleanValue:
    """Return where all of some conditions hold of a record."""
    return known(reduce(and_, [holds(records, condition) for condition in conditions]))


def holds(records: ir.Table, condition: Condition) -> ir.BooleanValue:
    """Return where a condition holds of a record; null or false where it does not."""
    value = records[condition.field]
    match condition:
        case Is(values=values):
            return among(value, values)
        case IsNot(values=values):
            return ~among(value, values)
        case AtLeast(low=low):
            return cast(ir.BooleanValue, value >= low)
        case AtMost(high=high):
            return cast(ir.BooleanValue, value <= high)
        case Given(field=name) if ASSAULT[name].type == "list":
            return cast(ir.BooleanValue, cast(ir.ArrayValue, value).length() > 0)
        case Given():
            return cast(ir.BooleanValue, value.notnull())


def missing(records: ir.Table, name: str) -> ir.BooleanValue:
    return cast(ir.BooleanValue, records[name].isnull())


def absent(records: ir.Table, name: str) -> ir.BooleanValue:
    """Return where a field holds nothing and nothing was sent for it."""
    null = missing(records, name)
    return null & ~column(records, f"unexplained_{name}", otherwise=False)


def column(records: ir.Table, name: str, otherwise: bool | None = None) -> ir.BooleanValue:
    """Return a boolean column, or a constant where the drop has none of that name."""
    if name not in records.columns:
        return cast(ir.BooleanValue, ibis.literal(bool(otherwise)))
    return cast(ir.BooleanValue, records[name])


def among(value: ir.Value, codes: Iterable[str | bool]) -> ir.BooleanValue:
    """Return whether a value is one of some codes, as a CASE: DuckDB turns a longer IN into a join."""
    branches = [(code, ibis.literal(True)) for code in codes]
    return cast(ir.BooleanValue, value.cases(*branches, else_=ibis.literal(False)))


def known(condition: ir.BooleanValue) -> ir.BooleanValue:
    """Return a condition with null, the answer about a missing value, as not broken."""
    return cast(ir.BooleanValue, condition.fill_null(False))


def mask_count(rules: Sequence[Rule]) -> int:
    """Return how many integers the bits of the rules fill."""
    return -(-len(rules) // BITS)


def bits_of(rules: Sequence[Rule], severities: Iterable[Severity]) -> tuple[int, ...]:
    """Return, for each mask, the bits of the rules of some severities."""
    wanted = frozenset(severities)
    places = (place for place, rule in enumerate(rules) if rule.severity in wanted)
    return words_of(places, mask_count(rules))


def words_of(places: Iterable[int], count: int) -> tuple[int, ...]:
    """Return, for each of `count` masks, the bits of the rules at some places."""
    words = [0] * count
    for place in places:
        words[place // BITS] |= 1 << (place % BITS)
    return tuple(words)


def any_bit(records: ir.Table, words: Sequence[int]) -> ir.BooleanValue:
    """Return where a record has any of some bits set."""
    tests = [
        (records[f"broken_{number}"] & ibis.literal(word, "int64")) != 0
        for number, word in enumerate(words)
        if word
    ]
    return cast(ir.BooleanValue, reduce(or_, tests, ibis.literal(False)))


def decode(masks: Sequence[int], rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules a combination of masks says are broken, in their fixed order."""
    return tuple(rule for index, rule in enumerate(rules) if masks[index // BITS] >> (index % BITS) & 1)
