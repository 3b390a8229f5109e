"""The catalogue of rules: the code each keeps for good, the kind and dimension it belongs to, and why it matters.

A code is issued once. A new rule takes the next number of its letter; a rule that goes takes its code with it into
`RETIRED`. So a code in an old letter or a force's own notes never comes to mean something else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from schemas.assault import ASSAULT
from schemas.drop import (
    DUPLICATE,
    MENDED,
    REFUSED_LINE,
    REPEATED,
    KnownScope,
    NotDuplicate,
    NotRepeated,
    OwnForceOnly,
    Readable,
)
from schemas.mend import Mended, whole
from schemas.table import (
    Between,
    Constraint,
    Decided,
    Explained,
    Field,
    Implies,
    InPeriod,
    Matches,
    NotBefore,
    NotEarlierThan,
    NotInFuture,
    OneOf,
    Required,
    RequiredOneOf,
    Rule,
    Severity,
    explainable,
    words,
)

# What the first letter of a code says a rule looks at.
KINDS: Mapping[str, str] = {
    "A": "one field of a record by itself",
    "C": "several fields of one record against each other",
    "R": "several rows of one file against each other",
    "S": "what the file covers, whose it is, and how it was read",
}

# Every code in force and the rule it stands for. Add at the end of a letter; never change or take out a line, but
# move it to RETIRED. tests/schemas/issued_codes.csv keeps every code ever issued.
CODES: tuple[tuple[str, str], ...] = (
    ("A001", "force_id.required"),
    ("A002", "book.required"),
    ("A003", "book.one_of"),
    ("A004", "source_record_id.required"),
    ("A005", "victim_number.unexplained"),
    ("A006", "victim_number.out_of_range"),
    ("A007", "occurred_on.unexplained"),
    ("A008", "occurred_on.required"),
    ("A009", "occurred_on.in_future"),
    ("A010", "occurred_on.long_ago"),
    ("A011", "occurred_time.unexplained"),
    ("A012", "recorded_on.unexplained"),
    ("A013", "recorded_on.in_future"),
    ("A014", "offence_code.unexplained"),
    ("A015", "attempted.unexplained"),
    ("A016", "measure.one_of"),
    ("A017", "charged_under.unexplained"),
    ("A018", "charged_under.one_of"),
    ("A019", "victim_type.unexplained"),
    ("A020", "victim_type.one_of"),
    ("A021", "rank.unexplained"),
    ("A022", "rank.one_of"),
    ("A023", "sex.unexplained"),
    ("A024", "sex.one_of"),
    ("A025", "age_band.unexplained"),
    ("A026", "age_band.one_of"),
    ("A027", "length_of_service_years.unexplained"),
    ("A028", "length_of_service_years.out_of_range"),
    ("A029", "duty_status.unexplained"),
    ("A030", "duty_status.one_of"),
    ("A031", "crewing.unexplained"),
    ("A032", "crewing.one_of"),
    ("A033", "injury.unexplained"),
    ("A034", "injury.one_of"),
    ("A035", "injury_intentional.unexplained"),
    ("A036", "treatment.unexplained"),
    ("A037", "treatment.one_of"),
    ("A038", "days_lost.unexplained"),
    ("A039", "days_lost.out_of_range"),
    ("A040", "weapon.unexplained"),
    ("A041", "weapon.one_of"),
    ("A042", "spat_at.unexplained"),
    ("A043", "bitten.unexplained"),
    ("A044", "punched.unexplained"),
    ("A045", "kicked.unexplained"),
    ("A046", "verbal_abuse.unexplained"),
    ("A047", "threatened.unexplained"),
    ("A048", "location_type.unexplained"),
    ("A049", "location_type.one_of"),
    ("A050", "hate_crime.unexplained"),
    ("A051", "hate_strands.unexplained"),
    ("A052", "hate_strands.one_of"),
    ("A053", "impact_factors.unexplained"),
    ("A054", "impact_factors.one_of"),
    ("A055", "body_worn_video.unexplained"),
    ("A056", "body_worn_video.one_of"),
    ("A057", "ced_carried.unexplained"),
    ("A058", "outcome_type.unexplained"),
    ("A059", "outcome_type.one_of"),
    ("A060", "outcome_on.unexplained"),
    ("A061", "outcome_on.in_future"),
    ("A062", "sentence.unexplained"),
    ("A063", "sentence.one_of"),
    ("A064", "source_record_id.pattern"),
    ("A065", "source_record_id.unexplained"),
    ("A066", "offence_title.unexplained"),
    ("A067", "district.unexplained"),
    ("A068", "health_safety_ref.unexplained"),
    ("C001", "recorded_on.too_early"),
    ("C002", "outcome_on.too_early"),
    ("C003", "offence.required"),
    ("C004", "offence_class.undecided"),
    ("C005", "victim_type.contradiction"),
    ("R001", "source_record_id.repeated"),
    ("R002", "row.duplicate"),
    ("S001", "occurred_on.outside_period"),
    ("S002", "scope.unexplained"),
    ("S003", "force_id.another_force"),
    ("S004", "occurred_on.mended"),
    ("S005", "occurred_time.mended"),
    ("S006", "recorded_on.mended"),
    ("S007", "outcome_on.mended"),
    ("S008", "line.refused"),
    ("S009", "source_record_id.mended"),
    ("S010", "offence_code.mended"),
    ("S011", "offence_title.mended"),
    ("S012", "charged_under.mended"),
    ("S013", "victim_type.mended"),
    ("S014", "rank.mended"),
    ("S015", "sex.mended"),
    ("S016", "age_band.mended"),
    ("S017", "duty_status.mended"),
    ("S018", "crewing.mended"),
    ("S019", "injury.mended"),
    ("S020", "treatment.mended"),
    ("S021", "weapon.mended"),
    ("S022", "location_type.mended"),
    ("S023", "district.mended"),
    ("S024", "body_worn_video.mended"),
    ("S025", "outcome_type.mended"),
    ("S026", "sentence.mended"),
    ("S027", "health_safety_ref.mended"),
)


@dataclass(frozen=True)
class Retired:
    """A code that is no longer given: the rule it stood for, the codes to look for instead, since when, and why."""

    code: str
    name: str
    instead: tuple[str, ...]
    since: date
    reason: str


# The migration table: what a code of an older receipt is called now. No code has been retired yet.
RETIRED: tuple[Retired, ...] = ()


class Dimension(StrEnum):
    """The six dimensions of data quality of DAMA (UK), as the Government Data Quality Framework (2020) uses them."""

    ACCURACY = "accuracy"
    COMPLETENESS = "completeness"
    UNIQUENESS = "uniqueness"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    VALIDITY = "validity"


MEANINGS: Mapping[Dimension, str] = {
    Dimension.ACCURACY: "the record says what happened",
    Dimension.COMPLETENESS: "what is needed is there",
    Dimension.UNIQUENESS: "each victim of a record is there once",
    Dimension.CONSISTENCY: "values agree with each other, in the record and with where it came from",
    Dimension.TIMELINESS: "the data is of the time it is said to be of",
    Dimension.VALIDITY: "values are in the form, the range and the lists agreed",
}


@dataclass(frozen=True)
class Matter:
    """What holds of every rule of one sort of constraint: its letter, its dimension, and why it matters.

    In `why`, {it} stands for the field and {other} for the other field of the constraint.
    """

    letter: str
    dimension: Dimension
    why: str


MATTERS: Mapping[type[Constraint], Matter] = {
    Required: Matter(
        "A", Dimension.COMPLETENESS, "Without {it} the record cannot be told from others or counted."
    ),
    Explained: Matter(
        "A",
        Dimension.VALIDITY,
        "A value nobody can read is kept as not known, so the record is missing from every figure by {it}.",
    ),
    OneOf: Matter(
        "A",
        Dimension.VALIDITY,
        "Figures are made by code: a value outside the list would be in no row of any table. A force's file can only "
        "lead to codes of the list, so this catches a fault of that file or of ours, not of the sender.",
    ),
    NotInFuture: Matter(
        "A",
        Dimension.ACCURACY,
        "What has not happened yet cannot have been recorded: day, month or year is mistyped.",
    ),
    NotEarlierThan: Matter(
        "A",
        Dimension.ACCURACY,
        "Records this old are rarely sent on purpose; a mistyped year puts an assault into the wrong year's figures.",
    ),
    Between: Matter(
        "A",
        Dimension.VALIDITY,
        "A number outside these bounds is nearly always a slip, and one slip moves an average.",
    ),
    Matches: Matter(
        "A",
        Dimension.VALIDITY,
        "A reference in another form is usually a value of another column, or from another system: the record could "
        "not be found again, and its repeats not be told.",
    ),
    NotBefore: Matter(
        "C",
        Dimension.CONSISTENCY,
        "Nothing follows before {other}: one of the two days is wrong, and delays worked out from them are too.",
    ),
    RequiredOneOf: Matter(
        "C",
        Dimension.COMPLETENESS,
        "A crime without any offence cannot be put into a class, so it is in no figure.",
    ),
    Implies: Matter(
        "C",
        Dimension.CONSISTENCY,
        "Both go into figures of their own, and those would contradict each other.",
    ),
    Decided: Matter(
        "C",
        Dimension.COMPLETENESS,
        "The national figures are by class of offence; a record without one is counted only in the total. Which classes "
        "there are goes by the day of the assault, so the same words may be decided for one day and not for another.",
    ),
    NotRepeated: Matter(
        "R",
        Dimension.UNIQUENESS,
        "Counted as they stand, one victim would be several; and nobody but the force can say which row is right.",
    ),
    NotDuplicate: Matter("R", Dimension.UNIQUENESS, "Counted as they stand, one victim would be several."),
    InPeriod: Matter(
        "S",
        Dimension.TIMELINESS,
        "Last month's file under this month's name looks like this, and would leave a month without its records.",
    ),
    KnownScope: Matter(
        "S",
        Dimension.VALIDITY,
        "A row wrongly taken for an assault, or wrongly left out, changes the number of assaults itself.",
    ),
    OwnForceOnly: Matter(
        "S",
        Dimension.CONSISTENCY,
        "Another force's row would be counted twice, and would be shown to people who may not see it.",
    ),
    Readable: Matter(
        "S",
        Dimension.VALIDITY,
        "A line that cannot be split into its columns says nothing for certain, so its record is missing.",
    ),
    Mended: Matter(
        "S",
        Dimension.ACCURACY,
        "A value that was changed between the system and us has to be seen by someone who knows what it was.",
    ),
}


@dataclass(frozen=True)
class Entry:
    """A rule with its code and what the catalogue says of it."""

    code: str
    rule: Rule

    @property
    def matter(self) -> Matter:
        return MATTERS[type(self.rule.constraint)]

    @property
    def name(self) -> str:
        return self.rule.name

    @property
    def field(self) -> str:
        return self.rule.field

    @property
    def severity(self) -> Severity:
        return self.rule.severity

    @property
    def kind(self) -> str:
        return KINDS[self.code[0]]

    @property
    def dimension(self) -> Dimension:
        return self.matter.dimension

    @property
    def why(self) -> str:
        """Return why the rule matters, in a sentence or two."""
        other = getattr(self.rule.constraint, "other", "")
        return self.matter.why.format(it=words(self.field), other=words(other))

    @property
    def since(self) -> date | None:
        """Return the first day of the assault the rule is for; None where it is for all before `until`."""
        return getattr(self.rule.constraint, "since", None)

    @property
    def until(self) -> date | None:
        """Return the last day of the assault the rule is for; None where it has no end."""
        return getattr(self.rule.constraint, "until", None)

    @property
    def applies(self) -> str:
        """Return which records the rule is for by the day of the assault, as people say it."""
        if self.since is None and self.until is None:
            return "records of every date"
        begin = f" from {said(self.since)}" if self.since else ""
        end = f" up to and including {said(self.until)}" if self.until else ""
        return f"records of assaults{begin}{end}"


def said(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def every_rule() -> tuple[Rule, ...]:
    """Return every rule a drop of any force may be judged by, each name once.

    A force's file may state mends for any field of text, and each brings rules; so these are here before the first
    force states them.
    """
    rules = [*ASSAULT.rules()]
    rules += [
        Rule("scope", KnownScope()),
        Rule("force_id", OwnForceOnly()),
        Rule("source_record_id", Matches(meaning="in the form of this force's references")),
        *MENDED,
        REPEATED,
        DUPLICATE,
        REFUSED_LINE,
    ]
    for declared in ASSAULT.given:
        if mendable_text(declared):
            rules.append(Rule(declared.name, Mended()))
            if not explainable(declared):
                rules.append(Rule(declared.name, whole(declared)))
    first: dict[str, Rule] = {}
    for rule in rules:
        first.setdefault(rule.name, rule)
    return tuple(first.values())


def mendable_text(declared: Field) -> bool:
    """Return whether a force's file may state that texts of this field are mended."""
    return declared.type == "string" and declared.given and not declared.pseudonym


@cache
def catalogue() -> tuple[Entry, ...]:
    """Return every rule with its code, in the order of the codes; raises KeyError where a rule has none."""
    codes = {name: code for code, name in CODES}
    return tuple(sorted((Entry(codes[rule.name], rule) for rule in every_rule()), key=lambda each: each.code))


def code_of(name: str) -> str:
    """Return the code of a rule by its name, as `injury.unexplained`; raises KeyError for a name no rule has."""
    return _codes()[name]


@cache
def _codes() -> Mapping[str, str]:
    return {name: code for code, name in CODES}


def faults(
    codes: Sequence[tuple[str, str]],
    retired: Sequence[Retired],
    rules: Sequence[Rule],
    issued: Mapping[str, str],
) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with a table of codes.

    `issued` has every code ever given and the rule it was given to.
    """
    names = {rule.name: rule for rule in rules}
    known = dict(codes)
    gone = {each.code: each for each in retired}
    for code, times in Counter([*(code for code, _ in codes), *(each.code for each in retired)]).items():
        if times > 1:
            yield f"{code} stands {times} times among the codes and the retired codes."
    for name, times in Counter(name for _, name in codes).items():
        if times > 1:
            yield f"{name} has {times} codes."
    for name in names.keys() - {name for _, name in codes}:
        yield f"{name} has no code: give it the next one of its letter in schemas/catalogue.py."
    for code, name in codes:
        if not re.fullmatch(r"[A-Z]\d{3}", code):
            yield f"{code} is not a letter and three digits."
        elif name not in names:
            yield f"{code} stands for {name}, which is no rule: move the code to RETIRED."
        elif type(names[name].constraint) not in MATTERS:
            yield f"{name}: MATTERS says nothing of {type(names[name].constraint).__name__}."
        elif MATTERS[type(names[name].constraint)].letter != code[0]:
            yield f"{code} has another letter than rules such as {name} have."
        if issued.get(code, name) != name:
            yield f"{code} was given to {issued[code]} and cannot be used again for {name}."
        if code not in issued:
            yield f"{code},{name} is to be added to tests/schemas/issued_codes.csv."
    for code, name in issued.items():
        if code not in known and code not in gone:
            yield f"{code} was given to {name} and is gone: put it into RETIRED."
        elif code in gone and gone[code].name != name:
            yield f"{code} was given to {name}, not to {gone[code].name}."
    for each in retired:
        for code in each.instead:
            if code not in known:
                yield f"{each.code} sends the reader to {code}, which is no code."
