"""The words our declarations use: a table, its fields, their codes and their constraints.

A declaration is facts only. Everything else (Arrow and SQL schemas, masks, Great Expectations suites, the
sentence of a finding, the data dictionary, the blank force file) is derived from it, one module a rendering.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Literal


class Severity(StrEnum):
    """What a broken rule does: an error holds the row, a query asks the force, a note only tells."""

    ERROR = "error"
    QUERY = "query"
    NOTE = "note"


Type = Literal["string", "date", "time", "timestamp", "integer", "number", "boolean", "list"]


@dataclass(frozen=True)
class Code:
    """One word of a code list and what it means."""

    code: str
    meaning: str


@dataclass(frozen=True)
class CodeList:
    """A closed list of codes with the source it was taken from."""

    name: str
    source: str
    codes: tuple[Code, ...]

    def __iter__(self) -> Iterator[str]:
        return (code.code for code in self.codes)

    def __contains__(self, code: object) -> bool:
        return any(code == known for known in self)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True)
class Constraint:
    """A condition every record should meet; `severity` says what happens when it does not.

    `since` and `until` are the first and the last day of the assault it is for: the record's own date decides, so
    one row under two dates may get two right answers. A record without a date is under no rule that has dates.
    """

    severity: Severity = Severity.ERROR
    since: date | None = field(default=None, kw_only=True)
    until: date | None = field(default=None, kw_only=True)

    name = "constraint"

    def sentence(self, field: str) -> str:
        """Return what is wrong, in words for the person who sent the row."""
        raise NotImplementedError(field)

    def remedy(self, field: str) -> str:
        """Return what to do about it."""
        return f"Correct {words(field)} in your system and send the row again."


@dataclass(frozen=True)
class Required(Constraint):
    """The field is present."""

    name = "required"

    def sentence(self, field: str) -> str:
        return f"{title(field)} is missing."

    def remedy(self, field: str) -> str:
        return f"Fill in {words(field)} and send the row again; nothing can be counted without it."


@dataclass(frozen=True)
class Explained(Constraint):
    """What the force sent could be turned into one of our values."""

    name = "unexplained"
    severity: Severity = Severity.QUERY
    expected: str = "a value on the force's list"
    # Whether the value is a word of the force's system, which its file may explain.
    worded: bool = True

    def sentence(self, field: str) -> str:
        return f"{title(field)} holds something we cannot read as {self.expected}."

    def remedy(self, field: str) -> str:
        if not self.worded:
            return (
                "If the value is a slip, correct it and send the row again. If your system always writes "
                f"{words(field)} so, tell us how, so that it can be read."
            )
        return (
            "If the value is a slip, correct it and send the row again. If it is a new word of your system, "
            f"tell us what it means, so that it can be added to your list for {words(field)}."
        )


@dataclass(frozen=True)
class OneOf(Constraint):
    """The value, or each value of a list, is a code of the list."""

    name = "one_of"
    codes: CodeList = field(default_factory=lambda: CodeList("", "", ()))

    def sentence(self, field: str) -> str:
        return f"{title(field)} is not a code of the list {words(self.codes.name)}."


@dataclass(frozen=True)
class NotInFuture(Constraint):
    """The date is not after the day the drop was judged."""

    name = "in_future"

    def sentence(self, field: str) -> str:
        return f"{title(field)} is in the future."

    def remedy(self, field: str) -> str:
        return f"Check the year and the order of day and month in {words(field)}."


@dataclass(frozen=True)
class NotBefore(Constraint):
    """The date is not before another date of the same record."""

    name: str = field(default="too_early", kw_only=True)
    severity: Severity = Severity.QUERY
    other: str = ""

    def sentence(self, field: str) -> str:
        return f"{title(field)} is before {words(self.other)}."

    def remedy(self, field: str) -> str:
        return f"Check {words(field)} and {words(self.other)}: one of them is probably mistyped."


@dataclass(frozen=True)
class NotEarlierThan(Constraint):
    """The date is on or after a fixed day."""

    name = "long_ago"
    severity: Severity = Severity.QUERY
    day: date = date(2000, 4, 1)

    def sentence(self, field: str) -> str:
        return f"{title(field)} is before {self.day.day} {self.day:%B %Y}."

    def remedy(self, field: str) -> str:
        return f"Check the year in {words(field)}."


@dataclass(frozen=True)
class InPeriod(Constraint):
    """The date lies in the period the drop says it covers (its file name, as the force's file declares)."""

    name = "outside_period"
    severity: Severity = Severity.QUERY

    def sentence(self, field: str) -> str:
        return f"{title(field)} is outside the period this file says it covers."

    def remedy(self, field: str) -> str:
        return (
            "Check that the right file was sent: an earlier period's file under a new name looks like this."
        )


@dataclass(frozen=True)
class Between(Constraint):
    """The number lies between two bounds, both allowed."""

    name = "out_of_range"
    severity: Severity = Severity.QUERY
    low: float = 0
    high: float = 0

    def sentence(self, field: str) -> str:
        return f"{title(field)} is not between {self.low:g} and {self.high:g}."


@dataclass(frozen=True)
class Matches(Constraint):
    """The text matches a regular expression from start to end."""

    name = "pattern"
    pattern: str = ""
    meaning: str = ""

    def sentence(self, field: str) -> str:
        return f"{title(field)} is not {self.meaning}."


@dataclass(frozen=True)
class RequiredOneOf(Constraint):
    """In one book, at least one of several fields is present."""

    name = "required"
    fields: tuple[str, ...] = ()
    book: str = ""

    def sentence(self, field: str) -> str:
        choices = " nor ".join(words(name) for name in self.fields)
        return f"{title(field)} is missing: neither {choices} is given."

    def remedy(self, field: str) -> str:
        return f"Fill in {' or '.join(words(name) for name in self.fields)} and send the row again."


@dataclass(frozen=True)
class Implies(Constraint):
    """Where one field has one of some values, another field, if present, has one of some others."""

    name = "contradiction"
    severity: Severity = Severity.QUERY
    when: str = ""
    values: tuple[str, ...] = ()
    then: str = ""
    allowed: tuple[str, ...] = ()

    def sentence(self, field: str) -> str:
        return f"{title(self.then)} does not fit {words(self.when)}."

    def remedy(self, field: str) -> str:
        return f"Check {words(self.when)} and {words(self.then)}: they contradict each other."


@dataclass(frozen=True)
class Is:
    """A field has one of some values; a missing value has none."""

    field: str
    values: tuple[str, ...] | tuple[bool, ...]


@dataclass(frozen=True)
class IsNot:
    """A field has none of some values; a missing value has none."""

    field: str
    values: tuple[str, ...] | tuple[bool, ...]


@dataclass(frozen=True)
class Given:
    """A field holds something; a list holds at least one value."""

    field: str


@dataclass(frozen=True)
class AtLeast:
    """A number is there and is not below `low`."""

    field: str
    low: int


@dataclass(frozen=True)
class AtMost:
    """A number is there and is not above `high`."""

    field: str
    high: int


Condition = Is | IsNot | Given | AtLeast | AtMost


@dataclass(frozen=True)
class Told(Constraint):
    """A rule across fields that is told in its own words: what is wrong, what to do, and why it matters."""

    severity: Severity = Severity.QUERY
    name: str = field(default="contradiction", kw_only=True)
    said: str = field(default="", kw_only=True)
    mend: str = field(default="", kw_only=True)
    why: str = field(default="", kw_only=True)

    def sentence(self, field: str) -> str:
        return self.said

    def remedy(self, field: str) -> str:
        return self.mend


@dataclass(frozen=True)
class NotTogether(Told):
    """Some conditions never hold together of one record; the last names the field that is asked about."""

    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Needs(Told):
    """Where some conditions hold together of a record, the field is present.

    A field of which something was sent that cannot be read is `unexplained`, not missing; and a file without its
    column is not judged.
    """

    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class NotLongAfter(Constraint):
    """The date is not more than so many days after another date of the same record."""

    name = "late"
    severity: Severity = Severity.NOTE
    other: str = ""
    days: int = 0

    def sentence(self, field: str) -> str:
        return f"{title(field)} is more than {self.days} days after {words(self.other)}."

    def remedy(self, field: str) -> str:
        return f"Check the year in {words(field)} and in {words(self.other)}; if both are right, nothing need be done."


@dataclass(frozen=True)
class Decided(Constraint):
    """A field we derive could be derived from what was sent."""

    name = "undecided"
    severity: Severity = Severity.QUERY
    given: tuple[str, ...] = ()

    def sentence(self, field: str) -> str:
        given = ", ".join(words(name) for name in self.given)
        return f"{title(field)} cannot be decided from {given}."

    def remedy(self, field: str) -> str:
        return (
            "Send the offence title with the code, or the victim's role: the same Home Office code covers "
            "constables, other emergency workers and the public."
        )


@dataclass(frozen=True)
class Field:
    """A column: its type, what it means, and what must hold of it.

    `given` is False where the pipeline works the field out itself, so that no force maps it. `pseudonym`
    marks a field whose value is replaced by a keyed hash before anything is stored.
    """

    name: str
    type: Type
    description: str
    constraints: tuple[Constraint, ...] = ()
    unit: str = ""
    given: bool = True
    pseudonym: bool = False

    @property
    def codes(self) -> CodeList | None:
        """Return the list the field's values come from, if it has one."""
        return next((c.codes for c in self.constraints if isinstance(c, OneOf)), None)

    @property
    def required(self) -> bool:
        return any(isinstance(c, Required) and c.severity is Severity.ERROR for c in self.constraints)


@dataclass(frozen=True)
class Rule:
    """A constraint laid on a field of a table: the unit a finding names."""

    field: str
    constraint: Constraint

    @property
    def name(self) -> str:
        return f"{self.field}.{self.constraint.name}"

    @property
    def severity(self) -> Severity:
        return self.constraint.severity

    @property
    def sentence(self) -> str:
        return self.constraint.sentence(self.field)

    @property
    def remedy(self) -> str:
        return self.constraint.remedy(self.field)


@dataclass(frozen=True)
class Table:
    """A table: what a row is, its fields in order, its key, and the rules that look across fields."""

    name: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    constraints: tuple[tuple[str, Constraint], ...] = ()

    def __getitem__(self, name: str) -> Field:
        for known in self.fields:
            if known.name == name:
                return known
        raise KeyError(f"{self.name} has no field {name}")

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.fields)

    @cached_property
    def given(self) -> tuple[Field, ...]:
        """Return the fields a force's export may fill, in order."""
        return tuple(f for f in self.fields if f.given)

    def rules(self) -> tuple[Rule, ...]:
        """Return every rule of the table in its fixed order: field by field, then across fields.

        Each field a force gives also carries the rule that what was sent is explained: an error where the
        field is required, a query elsewhere, so that no value is lost unseen.
        """
        rules: list[Rule] = []
        for known in self.fields:
            if known.given and explainable(known):
                severity = Severity.ERROR if known.required else Severity.QUERY
                rules.append(
                    Rule(
                        known.name,
                        Explained(severity=severity, expected=expectation(known), worded=is_worded(known)),
                    )
                )
            rules.extend(Rule(known.name, constraint) for constraint in known.constraints)
        rules.extend(Rule(name, constraint) for name, constraint in self.constraints)
        return tuple(rules)


def explainable(known: Field) -> bool:
    """Return whether a value of this field can fail to be read: free text never does."""
    return known.type != "string" or known.codes is not None


def is_worded(known: Field) -> bool:
    """Return whether the values of a field are words, and not days, times or numbers."""
    return known.type not in ("date", "time", "timestamp", "integer", "number")


def expectation(known: Field) -> str:
    """Return what a value of the field is expected to be, as it ends the sentence 'cannot be read as ...'."""
    if known.codes is not None:
        return f"one of the words agreed for {words(known.name)}"
    return {
        "date": "a date",
        "time": "a time of day",
        "timestamp": "a date and time",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "yes or no",
    }.get(known.type, "a value")


# How people say the fields whose bare name is not how they would say it.
SAID = {
    "force_id": "the force",
    "source_record_id": "the reference",
    "victim_number": "the victim's number",
    "occurred_on": "the date of the assault",
    "occurred_time": "the time of the assault",
    "recorded_on": "the date recorded",
    "offence_code": "the offence code",
    "offence_title": "the offence title",
    "offence_class": "the class of the offence",
    "offence": "the offence",
    "victim_type": "the victim's role",
    "length_of_service_years": "the length of service",
    "age_band": "the age",
    "ced_carried": "whether a Taser was carried",
    "outcome_type": "the outcome",
    "outcome_on": "the date of the outcome",
    "health_safety_ref": "the health and safety reference",
}


def words(name: str) -> str:
    """Return a field's name as people say it."""
    return SAID.get(name, name.replace("_", " "))


def title(name: str) -> str:
    """Return a field's name as words that begin a sentence."""
    return words(name)[:1].upper() + words(name)[1:]
