"""The rules as Great Expectations suites, generated from the declarations: no rule is written a second time.

Great Expectations takes seconds to import, so it is imported where a suite is built, never by this module.
Suites judge pandas frames with Arrow types (`frame_of`).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from expectations.masks import DAY, Context, breakable
from schemas.assault import ASSAULT
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED, KnownAction, KnownScope, OwnForceOnly, rules_of
from schemas.force import Book, FieldMap, Scope, fold
from schemas.mend import Mended
from schemas.personal import PERSONAL_COLUMN, NotPersonal
from schemas.table import (
    AtLeast,
    AtMost,
    Between,
    Condition,
    Decided,
    Explained,
    Field,
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
    Table,
    explainable,
    title,
    words,
)

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from great_expectations import ExpectationSuite
    from great_expectations.expectations.expectation import Expectation

# The Python type behind each declared type, by which pandas knows a column of an Arrow type.
PYTHON_TYPES = {
    "string": "str",
    "date": "date",
    "time": "time",
    "timestamp": "datetime",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "list": "list",
}

# Great Expectations' words for our severities.
SEVERITIES = {Severity.ERROR: "critical", Severity.QUERY: "warning", Severity.NOTE: "info"}

# The parameter of `record_suite` that holds the day the drop was judged.
AS_OF = "as_of"

# What is judged with the drop at hand, not of records at rest. The rules across fields that only ask are among them:
# some hang on what the force collects, and their row conditions would treble the time a gate takes.
BESIDE_THE_DROP = (Explained, InPeriod, NotTogether, Needs, NotLongAfter, Decided)

# The statuses of a figure that stand for there being none; the others qualify a figure that is there.
WITHOUT_FIGURE = ("x", "z")

# Pairs of a national table's columns of which the first is never above the second.
NEVER_ABOVE = (
    ("forces_included", "forces_expected"),
    ("months_included", "months_expected"),
    ("days_covered", "days_expected"),
    ("lower_95", "value"),
    ("value", "upper_95"),
)


@dataclass(frozen=True)
class Told:
    """What an expectation says of itself: the rule it stands for, and its sentences."""

    rule: str
    field: str
    severity: Severity
    expected: str
    broken: str


def quiet_great_expectations() -> None:
    """Have Great Expectations send nothing anywhere and say nothing but errors; call before importing it."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.ERROR)


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as the pandas frame our suites judge: Arrow types, so that null stays null."""
    import pandas as pd

    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def record_suite(table: Table = ASSAULT) -> ExpectationSuite:
    """Return the suite of a table at rest: its columns, types and key, and the rules of a record alone.

    What was sent, the period of the drop and what the force collects are no longer beside a record at rest, so
    `unexplained`, `outside_period` and the rules told in words of their own are not in it: `rule_suite` has them. Dates are held against the parameter `as_of`.
    """
    return suite_of(words(table.name), list(at_rest(table)))


def national_suite(table: Table) -> ExpectationSuite:
    """Return the suite of a national table: `record_suite`, and what must hold between its figures."""
    return suite_of(words(table.name), [*at_rest(table), *figures(table)])


def at_rest(table: Table) -> Iterator[Expectation]:
    """Yield what is expected of a table at rest."""
    yield from shape(table)
    for rule in table.rules():
        if not isinstance(rule.constraint, BESIDE_THE_DROP):
            yield from expect(rule, table, {"$PARAMETER": AS_OF})


def rule_suite(book: Book, context: Context, columns: Collection[str]) -> ExpectationSuite:
    """Return the suite that says of a judged table what its masks say: it fails the rows they fail.

    `columns` are those of the judged table, which lacks the `sent_` column of what a drop does not hold. Each
    expectation carries its rule in `meta`; a rule about several columns is several, and broken where any is.
    The values and the records are judged, never `unexplained_*` or a mask. A row out of scope breaks nothing.
    """
    laid: list[Expectation] = []
    for rule in rules_of(book):
        if breakable(rule, book):
            laid.extend(expect_of_drop(rule, book, context, columns))
    return suite_of(f"{words(book.force_id)} {words(book.name)}", [in_scope(each, book) for each in laid])


def inexpressible(book: Book) -> tuple[tuple[Rule, str], ...]:
    """Return the rules of a drop that no expectation on its judged records can say, each with the reason."""
    beside = "It compares rows with the verdict of the other rules known, after the masks have been computed."
    rules = [(REPEATED, beside), (DUPLICATE, beside)]
    rules.append((REFUSED_LINE, "A line that could not be read as a row leaves no record to look at."))
    code = next(rule for rule in rules_of(book) if rule.name == "offence_code.unexplained")
    rules.append(
        (code, "A class sent in the code's place is understood and leaves no code to compare with it.")
    )
    unseen = "It tells what was mended, of which the record itself shows nothing."
    rules.extend(
        (rule, unseen)
        for rule in rules_of(book)
        if isinstance(rule.constraint, Mended) and breakable(rule, book)
    )
    aside = "Personal data was put aside before there was a record, and nothing of it is beside the record to judge."
    rules.extend(
        (rule, aside)
        for rule in rules_of(book)
        if isinstance(rule.constraint, NotPersonal) and breakable(rule, book)
    )
    waiting = "Whether a class is missing for want of a day or a role that another finding tells of, the record does not show."
    rules.extend(
        (rule, waiting)
        for rule in rules_of(book)
        if isinstance(rule.constraint, Decided) and breakable(rule, book)
    )
    rules.append((PERSONAL_COLUMN, "It is about a column of the file, which no record holds."))
    return tuple(rules)


def expect(rule: Rule, table: Table, as_of: Any) -> Iterator[Expectation]:
    """Yield what a rule expects of records, judged by nothing but the record and the day.

    Raises TypeError where the rule is of a sort no expectation is written for, or has dates and is of a sort whose
    expectation has none.
    """
    gxe = core()

    name = rule.field
    plain = words(name)
    dated = rule.constraint.since is not None or rule.constraint.until is not None
    if dated and not isinstance(rule.constraint, NotTogether | NotLongAfter):
        raise TypeError(f"No expectation with dates is written for {type(rule.constraint).__name__}.")
    match rule.constraint:
        case Required():
            yield gxe.ExpectColumnValuesToNotBeNull(column=name, **tell(rule, f"{title(name)} is present."))
        case RequiredOneOf(fields=fields, book=book):
            *others, last = fields
            said = tell(
                rule, f"In the {words(book)} book, {' or '.join(words(each) for each in fields)} is present."
            )
            absent = [column(other).is_null() for other in others]
            yield gxe.ExpectColumnValuesToNotBeNull(
                column=last, row_condition=all_of(column("book") == book, *absent), **said
            )
        case OneOf(codes=codes):
            value = f"Every value of {plain}" if table[name].type == "list" else title(name)
            said = tell(rule, f"{value} is on its list of codes.")
            expectation = (
                own().ExpectColumnListValuesToBeInSet
                if table[name].type == "list"
                else gxe.ExpectColumnValuesToBeInSet
            )
            yield expectation(column=name, value_set=list(codes), **said)
        case NotInFuture():
            said = tell(rule, f"{title(name)} is not after the day the drop was judged.")
            yield gxe.ExpectColumnValuesToBeBetween(column=name, max_value=as_of, **said)
        case NotEarlierThan(day=day):
            said = tell(rule, f"{title(name)} is on or after {day.day} {day:%B %Y}.")
            yield gxe.ExpectColumnValuesToBeBetween(column=name, min_value=day, **said)
        case NotBefore(other=other):
            yield gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=name,
                column_B=other,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                **tell(rule, f"{title(name)} is not before {words(other)}."),
            )
        case Between(low=low, high=high):
            said = tell(rule, f"{title(name)} is between {low:g} and {high:g}.")
            yield gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high, **said)
        case Matches(pattern=pattern, meaning=meaning):
            said = tell(rule, f"{title(name)} is {meaning}.")
            yield gxe.ExpectColumnValuesToMatchRegex(column=name, regex=f"^(?:{pattern})$", **said)
        case Implies(when=when, values=values, then=then, allowed=allowed):
            said = tell(
                rule,
                f"Where {words(when)} is {' or '.join(values)}, {words(then)} is {' or '.join(allowed)}.",
            )
            condition = column(when).is_in(list(values))
            yield gxe.ExpectColumnValuesToBeInSet(
                column=then, value_set=list(allowed), row_condition=condition, **said
            )
        case NotLongAfter(other=other, days=days, since=begins, until=None) if begins is None or other == DAY:
            from_day = f", from {begins.day} {begins:%B %Y} on" if begins else ""
            yield own().ExpectColumnToBeSoonAfter(
                column_A=name,
                column_B=other,
                days=days,
                since=begins.isoformat() if begins else None,
                ignore_row_if="either_value_is_missing",
                **tell(rule, f"{title(name)} is at most {days} days after {words(other)}{from_day}."),
            )
        case NotTogether(conditions=conditions):
            yield never_together(rule, conditions)
        case Needs(conditions=conditions):
            said = tell(rule, needed(rule, conditions))
            yield gxe.ExpectColumnValuesToNotBeNull(
                column=name, row_condition=all_of(*map(holding, conditions)), **said
            )
        case constraint:
            raise TypeError(f"No expectation is written for {type(constraint).__name__}.")


def never_together(rule: Rule, conditions: Sequence[Condition]) -> Expectation:
    """Return that where all conditions but the last hold, the last does not; with dates, that the day is another."""
    gxe = core()

    since, until = rule.constraint.since, rule.constraint.until
    if since or until:
        sides = [f"before {since.day} {since:%B %Y}"] if since else []
        sides += [f"after {until.day} {until:%B %Y}"] if until else []
        return own().ExpectColumnDaysToBeOutside(  # type: ignore[no-any-return]
            column=DAY,
            first=since.isoformat() if since else None,
            last=until.isoformat() if until else None,
            row_condition=all_of(*map(holding, conditions)),
            **tell(rule, f"Where {told_of(conditions)}, {words(DAY)} is {' or '.join(sides)}."),
        )
    # A row condition cannot look into a list, so a list is what is looked at last.
    *others, last = sorted(conditions, key=lambda each: isinstance(each, Given) and is_list(each.field))
    where = {"row_condition": all_of(*map(holding, others))} if others else {}
    said = tell(rule, f"Where {told_of(others)}, it is not so that {told_of([last])}.")
    match last:
        case Is(field=name, values=values):
            return gxe.ExpectColumnValuesToNotBeInSet(column=name, value_set=list(values), **where, **said)  # type: ignore[no-any-return]
        case Given(field=name) if is_list(name):
            return own().ExpectColumnListsToBeEmpty(column=name, **where, **said)  # type: ignore[no-any-return]
        case Given(field=name):
            return gxe.ExpectColumnValuesToBeNull(column=name, **where, **said)  # type: ignore[no-any-return]
        case AtLeast(field=name, low=low):
            return gxe.ExpectColumnValuesToBeBetween(  # type: ignore[no-any-return]
                column=name, max_value=low, strict_max=True, **where, **said
            )
    raise TypeError(
        f"No expectation is written for {type(last).__name__} as the last condition of {rule.name}."
    )


def is_list(name: str) -> bool:
    return ASSAULT[name].type == "list"


def holding(condition: Condition) -> Any:
    """Return a condition as a row condition."""
    here = column(condition.field)
    match condition:
        case Is(values=values):
            # Great Expectations takes no yes and no in a list, but the numbers they are.
            return here.is_in(listable(values))
        case IsNot(values=values):
            return here.is_not_in(listable(values))
        case Given(field=name) if is_list(name):
            raise TypeError(f"A row condition cannot look into the list {name}.")
        case Given():
            return here.is_not_null()
        case AtLeast(low=low):
            return here >= low
        case AtMost(high=high):
            return here <= high


def listable(values: Sequence[str] | Sequence[bool]) -> list[str | int]:
    return [int(each) if isinstance(each, bool) else each for each in values]


def told_of(conditions: Sequence[Condition]) -> str:
    """Return conditions in plain English, as they follow "where"."""
    return " and ".join(map(plainly, conditions))


def plainly(condition: Condition) -> str:
    name = words(condition.field)
    match condition:
        case Is(values=values):
            return f"{name} is {' or '.join(map(worded, values))}"
        case IsNot(values=values):
            return f"{name} is not {' or '.join(map(worded, values))}"
        case Given():
            return f"{name} is given"
        case AtLeast(low=low):
            return f"{name} is {low} or more"
        case AtMost(high=high):
            return f"{name} is {high} or less"


def worded(value: str | bool) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value.replace("_", " ")


def needed(rule: Rule, conditions: Sequence[Condition]) -> str:
    return f"Where {told_of(conditions)}, {words(rule.field)} is present."


def expect_of_drop(
    rule: Rule, book: Book, context: Context, columns: Collection[str]
) -> Iterator[Expectation]:
    """Yield what a rule expects of the judged records of a drop, where what was sent is at hand."""
    gxe = core()

    name = rule.field
    match rule.constraint:
        case Explained():
            yield from expect_explained(rule, book, columns)
        case KnownScope():
            said = tell(rule, "The deciding column says whether the row is an assault.")
            place = len(book.scope) - len(book.deciding)
            yield from expect_scope(dict(enumerate(book.deciding, place)), said)
        case KnownAction():
            said = tell(rule, "The column of a file of changes says what the row is.")
            yield from expect_scope(dict(enumerate(book.scope[:1])), said)
        case Mended() | NotPersonal() | Decided():
            return
        case OwnForceOnly():
            said = tell(rule, "The column that names the force names this one.")
            known = list(book.force.words) if book.force else []
            yield gxe.ExpectColumnValuesToNotBeNull(column="own_force", **said)
            yield own().ExpectColumnWordsToBeKnown(column="own_force", words=known, **said)
        case Required() if compared(name, book, columns):
            yield own().ExpectColumnToBeFilledFromSent(
                column_A=f"sent_{name}",
                column_B=name,
                blanks=blanks_of(book.fields[name], book),
                where="nothing_sent",
                **tell(rule, f"{title(name)} is present; what cannot be read is another rule's."),
            )
        case Needs(conditions=conditions):
            # In a drop without the column the masks do not judge it either.
            if compared(name, book, columns):
                yield own().ExpectColumnToBeFilledFromSent(
                    column_A=f"sent_{name}",
                    column_B=name,
                    blanks=blanks_of(book.fields[name], book),
                    where="nothing_sent",
                    row_condition=all_of(*map(holding, conditions)),
                    **tell(rule, needed(rule, conditions)),
                )
        case InPeriod():
            if context.period is not None:
                first, last = context.period
                said = tell(rule, f"{title(name)} is in the period the file says it covers.")
                yield gxe.ExpectColumnValuesToBeBetween(column=name, min_value=first, max_value=last, **said)
        case _:
            yield from expect(rule, ASSAULT, context.as_of)


def expect_explained(rule: Rule, book: Book, columns: Collection[str]) -> Iterator[Expectation]:
    """Yield what it takes for all that was sent for a field to have been read."""
    name = rule.field
    said = tell(rule, f"Whatever was sent for {words(name)} was read as a value of ours.")
    mapped = book.fields.get(name)
    if mapped is not None and mapped.flags:
        answers = [fold(word) for word in (*mapped.yes, *mapped.no)]
        for number in range(len(mapped.flags)):
            if f"flag_{name}_{number}" in columns:
                yield own().ExpectColumnWordsToBeKnown(column=f"flag_{name}_{number}", words=answers, **said)
    elif mapped is not None and compared(name, book, columns):
        blanks = blanks_of(mapped, book)
        if ASSAULT[name].type == "list" and mapped.separator:
            known = [fold(word) for word in (ASSAULT[name].codes or ()) if mapped.codes is None]
            known += [fold(word) for word in mapped.codes or ()]
            yield own().ExpectColumnWordsToBeKnown(
                column=f"sent_{name}", words=[*known, *blanks], separator=mapped.separator, **said
            )
        else:
            yield own().ExpectColumnToBeFilledFromSent(
                column_A=f"sent_{name}", column_B=name, blanks=blanks, where="something_sent", **said
            )
    for number, cell in enumerate(book.lists):
        if cell.fields()[0] == name and f"list_{number}" in columns:
            known = [fold(word) for word in cell.words]
            yield own().ExpectColumnWordsToBeKnown(
                column=f"list_{number}", words=known, separator=cell.separator, **said
            )


def expect_scope(conditions: Mapping[int, Scope], said: Mapping[str, Any]) -> Iterator[Expectation]:
    """Yield what it takes to tell of each deciding column, by its place, whether the row is in."""
    gxe = core()

    for number, condition in conditions.items():
        deciding = f"scope_{number}"
        known = [*condition.inside, *condition.outside]
        if "" in known:
            continue
        yield gxe.ExpectColumnValuesToNotBeNull(column=deciding, **said)
        if "*" in known:
            yield gxe.ExpectColumnValuesToMatchRegex(column=deciding, regex=r"[^ \t\n\r\v\f]", **said)
        else:
            yield own().ExpectColumnWordsToBeKnown(column=deciding, words=known, **said)


def compared(name: str, book: Book, columns: Collection[str]) -> bool:
    """Return whether a field's text as sent stands beside it and could have failed to be read."""
    mapped = book.fields.get(name)
    return (
        mapped is not None
        and mapped.constant is None
        and f"sent_{name}" in columns
        and explainable(ASSAULT[name])
    )


def blanks_of(mapped: FieldMap, book: Book) -> list[str]:
    """Return the words that mean missing for a field, folded."""
    return [word for word in dict.fromkeys((*book.missing, *mapped.missing)) if word]


def shape(table: Table) -> Iterator[Expectation]:
    """Yield what is expected of a table as a whole: its columns in order, their types, one row a key."""
    gxe = core()

    columns = Told(
        "table.columns", "", Severity.ERROR,
        "The columns are those the table declares, in order.", "A column is missing, added or out of order.",
    )  # fmt: skip
    yield gxe.ExpectTableColumnsToMatchOrderedList(column_list=list(table.names), **telling(columns))
    types = Told(
        "table.types", "", Severity.ERROR,
        "Every column has the type the table declares.", "A column has another type than the table declares.",
    )  # fmt: skip
    declared = {known.name: PYTHON_TYPES[known.type] for known in table.fields}
    yield own().ExpectColumnTypesToBeDeclared(types=declared, **telling(types))
    if table.key:
        key = ", ".join(words(name) for name in table.key)
        unique = Told(
            "table.key", "", Severity.ERROR,
            f"No two rows are alike in {key}.", f"Several rows are alike in {key}.",
        )  # fmt: skip
        yield gxe.ExpectCompoundColumnsToBeUnique(column_list=list(table.key), **telling(unique))


def figures(table: Table) -> Iterator[Expectation]:
    """Yield what must hold between a national table's figures, statuses and coverage."""
    gxe = core()

    if {"value", "value_status"} <= set(table.names):
        without = column("value_status").is_in(list(WITHOUT_FIGURE))
        marked = told(table, "value", "unmarked", "A figure is missing only where its status says so.")
        yield gxe.ExpectColumnValuesToNotBeNull(
            column="value", row_condition=column("value_status").is_null(), **telling(marked)
        )
        qualified = column("value_status").is_not_in(list(WITHOUT_FIGURE))
        yield gxe.ExpectColumnValuesToNotBeNull(column="value", row_condition=qualified, **telling(marked))
        stands = told(
            table, "value", "beside_status", "Where the status says there is no figure, there is none."
        )
        yield gxe.ExpectColumnValuesToBeNull(column="value", row_condition=without, **telling(stands))
    for known in table.fields:
        yield from bounds(known, table)
    for low, high in NEVER_ABOVE:
        if {low, high} <= set(table.names):
            yield gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=high,
                column_B=low,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                **telling(told(table, low, f"above_{high}", f"{title(low)} is not above {words(high)}.")),
            )


def bounds(known: Field, table: Table) -> Iterator[Expectation]:
    """Yield the bounds that a figure's unit implies: a share from 0 to 1, a count or a rate not below 0."""
    gxe = core()

    share = told(table, known.name, "out_of_range", f"{title(known.name)} is a share from 0 to 1.")
    count = told(table, known.name, "negative", f"{title(known.name)} is not below 0.")
    within: dict[str, Any] = {"column": known.name, "min_value": 0}
    if known.unit == "share":
        yield gxe.ExpectColumnValuesToBeBetween(**within, max_value=1, **telling(share))
    elif known.name == "value" and "unit" in table.names:
        shares = column("unit") == "share"
        yield gxe.ExpectColumnValuesToBeBetween(**within, max_value=1, row_condition=shares, **telling(share))
        others = column("unit").is_not_in(["share", "percent"])
        yield gxe.ExpectColumnValuesToBeBetween(**within, row_condition=others, **telling(count))
    elif known.name == "value" and "statistic" in table.names:
        shares = column("statistic") == "share_charged"
        yield gxe.ExpectColumnValuesToBeBetween(**within, max_value=1, row_condition=shares, **telling(share))
        others = column("statistic") != "share_charged"
        yield gxe.ExpectColumnValuesToBeBetween(**within, row_condition=others, **telling(count))
    elif known.unit:
        yield gxe.ExpectColumnValuesToBeBetween(**within, **telling(count))


def told(table: Table, name: str, rule: str, expected: str) -> Told:
    """Return what an expectation about the figures of a table says of itself."""
    return Told(f"{name}.{rule}", name, Severity.ERROR, expected, f"Not so: {expected}")


def tell(rule: Rule, expected: str) -> dict[str, Any]:
    """Return what an expectation of a rule carries: its name, severity and sentence."""
    return telling(Told(rule.name, rule.field, rule.severity, expected, rule.sentence))


def telling(said: Told) -> dict[str, Any]:
    """Return the arguments by which an expectation carries its rule and reads as plain English."""
    return {
        "meta": {
            "rule": said.rule,
            "field": said.field,
            "severity": said.severity.value,
            "sentence": said.broken,
        },
        "description": said.expected,
        "notes": f"{said.rule}: {said.broken} ({said.severity.value})",
        "severity": SEVERITIES[said.severity],
    }


def all_of(*conditions: Any) -> Any:
    """Return a row condition that holds where all of some do."""
    return conditions[0] if len(conditions) == 1 else rows().AndCondition(conditions=list(conditions))


def any_of(*conditions: Any) -> Any:
    """Return a row condition that holds where any of some does."""
    return conditions[0] if len(conditions) == 1 else rows().OrCondition(conditions=list(conditions))


def column(name: str) -> Any:
    """Return a column as a row condition speaks of it."""
    return rows().Column(name)


def in_scope(expectation: Expectation, book: Book) -> Expectation:
    """Return an expectation that leaves out the rows the book's scope leaves out."""
    if not book.scope:
        return expectation
    inside = column("out_of_scope").is_null()
    condition = getattr(expectation, "row_condition", None)
    if condition is None:
        narrowed = inside
    elif isinstance(condition, rows().OrCondition):
        # Great Expectations takes no "or" within an "and".
        narrowed = any_of(*(all_of(either, inside) for either in condition.conditions))
    elif isinstance(condition, rows().AndCondition):
        narrowed = all_of(*condition.conditions, inside)
    else:
        narrowed = all_of(condition, inside)
    return expectation.copy(update={"row_condition": narrowed})


def core() -> Any:
    """Return the module of Great Expectations' own expectations, imported quietly."""
    quiet_great_expectations()
    return import_module("great_expectations.expectations")


def own() -> Any:
    """Return the module of the expectations of our own."""
    quiet_great_expectations()
    return import_module("expectations.own")


def rows() -> Any:
    """Return the module of Great Expectations' row conditions."""
    quiet_great_expectations()
    return import_module("great_expectations.expectations.row_conditions")


def suite_of(name: str, laid: Sequence[Expectation]) -> ExpectationSuite:
    """Return a suite of expectations in the order given, each with its `part`, a number, in `meta`."""
    quiet_great_expectations()
    from great_expectations import ExpectationSuite

    parts = [
        each.copy(update={"meta": {**(each.meta or {}), "part": part}}) for part, each in enumerate(laid)
    ]
    return ExpectationSuite(name=name, expectations=parts)
