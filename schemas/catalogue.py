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
from schemas.beyond import (
    BEYOND,
    AgreesWithBook,
    CountedOnce,
    InLinkedBook,
    InOneMonth,
    InOnePlace,
    NumberedOn,
    OneClass,
    OneDay,
    OnePerson,
    OneReference,
    Quoted,
)
from schemas.drop import (
    DUPLICATE,
    MENDED,
    REFUSED_LINE,
    REPEATED,
    UNKNOWN_ACTION,
    KnownAction,
    KnownScope,
    NotDuplicate,
    NotRepeated,
    OwnForceOnly,
    Readable,
)
from schemas.mend import Mended, whole
from schemas.personal import PERSONAL_COLUMN, PERSONAL_TEXTS, NoPersonalColumn, NotPersonal
from schemas.table import (
    Between,
    Constraint,
    Decided,
    Explained,
    Field,
    Implies,
    InPeriod,
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
    explainable,
    words,
)
from schemas.whole_drop import (
    DROP_RULES,
    CodesStillUsed,
    DayFirst,
    DaysKept,
    LikePeers,
    MostlyInPeriod,
    NotSentBefore,
    OwnDrop,
    SameReferences,
    StillFilled,
    TimesKept,
    UsualUnits,
    UsualVolume,
    Varied,
)

# What the first letter of a code says a rule looks at.
KINDS: Mapping[str, str] = {
    "A": "one field of a record by itself",
    "C": "several fields of one record against each other",
    "D": "personal data that is not to be sent",
    "H": "a drop against the force's own drops before it",
    "P": "a drop against those of other forces",
    "R": "several rows against each other, of one file or of a force's earlier files",
    "B": "records of two books of a force against each other",
    "S": "the file as a whole: what it covers, whose it is, and how it was read",
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
    ("C006", "injury.none_in_injury_class"),
    ("C007", "injury.severe_in_class_without"),
    ("C008", "injury.hurt_in_class_without"),
    ("C009", "injury.fatal_in_assault_class"),
    ("C010", "outcome_type.mild_for_fatal"),
    ("C011", "treatment.hospital_without_injury"),
    ("C012", "treatment.first_aid_without_injury"),
    ("C013", "treatment.severe_untreated"),
    ("C014", "days_lost.lost_without_injury"),
    ("C015", "hate_crime.strand_without_flag"),
    ("C016", "hate_strands.missing_for_flag"),
    ("C017", "outcome_on.missing_for_charge"),
    ("C018", "outcome_on.dated_while_open"),
    ("C019", "outcome_on.before_recorded"),
    ("C020", "charged_under.without_charge"),
    ("C021", "charged_under.while_open"),
    ("C022", "sentence.without_charge"),
    ("C023", "sentence.while_open"),
    ("C024", "outcome_type.missing_for_sentence"),
    ("C025", "outcome_type.not_for_assaults"),
    ("C026", "recorded_on.late"),
    ("C027", "victim_type.constable_in_other_class"),
    ("C028", "victim_type.constable_in_general_class"),
    ("C029", "victim_type.constable_in_general_injury_class"),
    ("C030", "rank.of_no_officer"),
    ("C031", "rank.missing_of_officer"),
    ("C032", "rank.high_for_age"),
    ("C033", "length_of_service_years.long_for_student"),
    ("C034", "length_of_service_years.long_for_age_25"),
    ("C035", "length_of_service_years.long_for_age_40"),
    ("C036", "length_of_service_years.long_for_age_55"),
    ("C037", "ced_carried.by_no_officer"),
    ("C038", "crewing.off_duty"),
    ("C039", "ced_carried.off_duty"),
    ("C040", "duty_status.charged_as_acting"),
    ("C041", "charged_under.constable_as_designated"),
    ("C042", "charged_under.before_act"),
    ("C043", "offence_code.before_act"),
    ("C044", "offence_code.before_strangulation"),
    ("C045", "offence_title.before_8s"),
    ("C046", "offence_title.before_8t"),
    ("D001", "column.personal"),
    ("D002", "offence_title.personal"),
    ("D003", "district.personal"),
    ("D004", "health_safety_ref.personal"),
    ("H001", "drop.unusual_volume"),
    ("H002", "drop.references_gone"),
    ("H003", "drop.less_filled"),
    ("H004", "drop.code_gone"),
    ("P001", "drop.unlike_peers"),
    ("R001", "source_record_id.repeated"),
    ("R002", "row.duplicate"),
    ("R003", "victim_number.counted_twice"),
    ("R004", "occurred_time.two_places"),
    ("R005", "occurred_on.another_month"),
    ("R006", "source_record_id.same_assault"),
    ("R007", "victim_number.gap"),
    ("R008", "occurred_on.several_days"),
    ("R009", "offence_class.several_classes"),
    ("R010", "victim_id.stand_in"),
    ("B001", "health_safety_ref.not_in_book"),
    ("B002", "injury.differs_between_books"),
    ("B003", "occurred_on.differs_between_books"),
    ("B004", "victim_type.differs_between_books"),
    ("B005", "source_record_id.not_quoted"),
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
    ("S028", "drop.wrong_period"),
    ("S029", "drop.sent_before"),
    ("S030", "drop.another_force"),
    ("S031", "drop.units"),
    ("S032", "drop.days_lost_from_dates"),
    ("S033", "drop.times_lost"),
    ("S034", "drop.one_value"),
    ("S035", "drop.month_first"),
    ("S036", "change.unexplained"),
)


@dataclass(frozen=True)
class Retired:
    """A code that is no longer given: the rule it stood for, the codes to look for instead, since when, and why."""

    code: str
    name: str
    instead: tuple[str, ...]
    since: date
    reason: str

    @property
    def sentence(self) -> str:
        """Return that the code was withdrawn, since when, why, and where to look instead."""
        see = f" See {', '.join(self.instead)}." if self.instead else ""
        return f"{self.code} ({self.name}) was withdrawn on {said(self.since)}: {self.reason}{see}"


# The migration table: what a code of an older receipt is called now. No code has been retired yet.
RETIRED: tuple[Retired, ...] = ()


class Dimension(StrEnum):
    """The six dimensions of data quality of the national POLE data standards (NPCC, version 1.1, 2023)."""

    ACCURACY = "accuracy"
    COMPLETENESS = "completeness"
    DUPLICATION = "duplication"
    INTEGRITY = "integrity"
    TIMELINESS = "timeliness"
    CONFORMITY = "conformity"


MEANINGS: Mapping[Dimension, str] = {
    Dimension.ACCURACY: "the record says what happened",
    Dimension.COMPLETENESS: "what is needed is there",
    Dimension.DUPLICATION: "each victim of a record is there once",
    Dimension.INTEGRITY: "values agree with each other, in the record and with where it came from",
    Dimension.TIMELINESS: "the data is of the time it is said to be of",
    Dimension.CONFORMITY: "values are in the form, the range and the lists agreed",
}


@dataclass(frozen=True)
class Matter:
    """What holds of every rule of one sort of constraint: its letter, its dimension, and why it matters.

    In `why`, {it} stands for the field and {other} for the other field of the constraint. A rule told in its own
    words says why itself.
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
        Dimension.CONFORMITY,
        "A value nobody can read is kept as not known, so the record is missing from every figure by {it}.",
    ),
    OneOf: Matter(
        "A",
        Dimension.CONFORMITY,
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
        Dimension.CONFORMITY,
        "A number outside these bounds is nearly always a slip, and one slip moves an average.",
    ),
    Matches: Matter(
        "A",
        Dimension.CONFORMITY,
        "A reference in another form is usually a value of another column, or from another system: the record could "
        "not be found again, and its repeats not be told.",
    ),
    NotBefore: Matter(
        "C",
        Dimension.INTEGRITY,
        "Nothing follows before {other}: one of the two days is wrong, and delays worked out from them are too.",
    ),
    RequiredOneOf: Matter(
        "C",
        Dimension.COMPLETENESS,
        "A crime without any offence cannot be put into a class, so it is in no figure.",
    ),
    Implies: Matter(
        "C",
        Dimension.INTEGRITY,
        "Both go into figures of their own, and those would contradict each other.",
    ),
    NotTogether: Matter("C", Dimension.INTEGRITY, "The record contradicts itself."),
    Needs: Matter("C", Dimension.COMPLETENESS, "Without {it} the record says only half of it."),
    NotLongAfter: Matter(
        "C",
        Dimension.TIMELINESS,
        "So long a delay is rare, and a mistyped year rather less so; delays worked out from the two days are moved by it.",
    ),
    Decided: Matter(
        "C",
        Dimension.COMPLETENESS,
        "The national figures are by class of offence; a record without one is counted only in the total. Which classes "
        "there are goes by the day of the assault, so the same words may be decided for one day and not for another.",
    ),
    NotRepeated: Matter(
        "R",
        Dimension.DUPLICATION,
        "Counted as they stand, one victim would be several; and nobody but the force can say which row is right.",
    ),
    CountedOnce: Matter(
        "R", Dimension.DUPLICATION, "Counted as they stand, one victim of an assault would be several."
    ),
    InOnePlace: Matter(
        "R",
        Dimension.ACCURACY,
        "Nobody is in two places at once: a time, a place or a collar number of one of the records is wrong, or one "
        "assault was recorded twice.",
    ),
    InOneMonth: Matter(
        "R",
        Dimension.DUPLICATION,
        "A date that was corrected between two files leaves the assault in both months, unless the first month is sent "
        "again.",
    ),
    OneReference: Matter(
        "R",
        Dimension.DUPLICATION,
        "One assault that was recorded twice, as by two officers or in two systems, counts as two.",
    ),
    NumberedOn: Matter(
        "R",
        Dimension.COMPLETENESS,
        "A victim left out by the export is in no figure; often the missing number is a member of the public, who is "
        "rightly left out.",
    ),
    OneDay: Matter(
        "R",
        Dimension.INTEGRITY,
        "The victims of one record were assaulted together: with different dates they may be counted in different months.",
    ),
    OneClass: Matter(
        "R",
        Dimension.INTEGRITY,
        "The same assault on alike victims is one class of offence; otherwise the national classes count it unevenly.",
    ),
    OnePerson: Matter(
        "R",
        Dimension.ACCURACY,
        "Officers assaulted repeatedly are counted by this number: a stand-in makes of many officers one who is "
        "assaulted every day.",
    ),
    InLinkedBook: Matter(
        "B",
        Dimension.COMPLETENESS,
        "The books are linked to find the assaults that only one of them has: a link to nothing hides them.",
    ),
    AgreesWithBook: Matter(
        "B",
        Dimension.INTEGRITY,
        "Two books that tell one assault differently make figures that cannot both be right.",
    ),
    Quoted: Matter(
        "B",
        Dimension.COMPLETENESS,
        "Assaults that were reported for health and safety and never recorded as crimes are those the national figures "
        "miss. It is told for that reason, and is no fault of the report.",
    ),
    NotDuplicate: Matter("R", Dimension.DUPLICATION, "Counted as they stand, one victim would be several."),
    NoPersonalColumn: Matter(
        "D",
        Dimension.CONFORMITY,
        "Nobody may send, hold or publish what identifies a victim where it is not needed: once it has left the force, it "
        "cannot be called back.",
    ),
    NotPersonal: Matter(
        "D",
        Dimension.CONFORMITY,
        "What is kept goes into records that others read: a name or a number in {it} would go with it.",
    ),
    InPeriod: Matter(
        "S",
        Dimension.TIMELINESS,
        "Last month's file under this month's name looks like this, and would leave a month without its records.",
    ),
    KnownScope: Matter(
        "S",
        Dimension.CONFORMITY,
        "A row wrongly taken for an assault, or wrongly left out, changes the number of assaults itself.",
    ),
    KnownAction: Matter(
        "S",
        Dimension.CONFORMITY,
        "A withdrawn record taken for a new one is counted for good, and one wrongly taken back is missing.",
    ),
    OwnForceOnly: Matter(
        "S",
        Dimension.INTEGRITY,
        "Another force's row would be counted twice, and would be shown to people who may not see it.",
    ),
    Readable: Matter(
        "S",
        Dimension.CONFORMITY,
        "A line that cannot be split into its columns says nothing for certain, so its record is missing.",
    ),
    Mended: Matter(
        "S",
        Dimension.ACCURACY,
        "A value that was changed between the system and us has to be seen by someone who knows what it was.",
    ),
    UsualVolume: Matter(
        "H",
        Dimension.COMPLETENESS,
        "A district left out of an export, or counted twice, moves the national figure and looks like a change of the "
        "world.",
    ),
    SameReferences: Matter(
        "H",
        Dimension.INTEGRITY,
        "A record is known by its reference: under a new one its outcome, its link to other books and its repeats are "
        "lost.",
    ),
    StillFilled: Matter(
        "H",
        Dimension.COMPLETENESS,
        "Figures by this field cannot be compared over time while it is filled by fits and starts.",
    ),
    CodesStillUsed: Matter(
        "H",
        Dimension.INTEGRITY,
        "A word that was renamed in a system takes its records out of a series without anybody having decided it.",
    ),
    LikePeers: Matter(
        "P",
        Dimension.INTEGRITY,
        "Where forces put the same thing under different codes, the comparison of forces compares their lists.",
    ),
    MostlyInPeriod: Matter(
        "S",
        Dimension.TIMELINESS,
        "The month that the name states would be without its records, and nobody would notice.",
    ),
    NotSentBefore: Matter(
        "S",
        Dimension.TIMELINESS,
        "Last month's file under this month's name leaves this month without its records.",
    ),
    OwnDrop: Matter(
        "S",
        Dimension.INTEGRITY,
        "Another force's file must not be kept or shown here, and that force's own figures lack it.",
    ),
    UsualUnits: Matter(
        "S", Dimension.ACCURACY, "Eight hours taken for eight days make every average and total wrong."
    ),
    DayFirst: Matter(
        "S",
        Dimension.ACCURACY,
        "Days up to the twelfth are read with day and month swapped, and their assaults counted in other months.",
    ),
    DaysKept: Matter(
        "S",
        Dimension.ACCURACY,
        "Which day and night of the week assaults happen is one of the campaign's figures; it is worthless from months.",
    ),
    TimesKept: Matter(
        "S",
        Dimension.ACCURACY,
        "Assaults would pile up at midnight, where the night's figures look for them.",
    ),
    Varied: Matter(
        "S", Dimension.ACCURACY, "A column that is filled by default says nothing of what happened."
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
        own = getattr(self.rule.constraint, "why", "")
        if own:
            return str(own)
        other = getattr(self.rule.constraint, "other", "")
        return self.matter.why.format(it=words(self.field), other=words(other))

    @property
    def method(self) -> str:
        """Return how a rule about a whole drop is worked out, and by whose method; nothing for other rules."""
        return str(getattr(self.rule.constraint, "method", ""))

    @property
    def since(self) -> date | None:
        """Return the first day of the assault the rule is for; None where it is for all before `until`."""
        return self.rule.constraint.since

    @property
    def until(self) -> date | None:
        """Return the last day of the assault the rule is for; None where it has no end."""
        return self.rule.constraint.until

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
        UNKNOWN_ACTION,
        Rule("force_id", OwnForceOnly()),
        Rule("source_record_id", Matches(meaning="in the form of this force's references")),
        *MENDED,
        REPEATED,
        DUPLICATE,
        REFUSED_LINE,
        *BEYOND,
        PERSONAL_COLUMN,
        *PERSONAL_TEXTS,
        *DROP_RULES,
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


def find(word: str) -> Entry | Retired | None:
    """Return the rule of a code or a name, in whatever case; one withdrawn as such, and None for one never given."""
    wanted = word.strip().lower()
    for each in catalogue():
        if wanted in (each.code.lower(), each.name):
            return each
    return next((old for old in RETIRED if wanted in (old.code.lower(), old.name)), None)


def successors(old: Retired) -> tuple[Entry, ...]:
    """Return the rules to look for instead of a withdrawn one."""
    return tuple(each for each in catalogue() if each.code in old.instead)


def code_of(name: str) -> str:
    """Return the code of a rule by its name, as `injury.unexplained`; raises KeyError for a name no rule ever had.

    A rule that was withdrawn keeps its code, so that an older receipt is still understood.
    """
    return _codes()[name]


@cache
def _codes() -> Mapping[str, str]:
    return {**{old.name: old.code for old in RETIRED}, **{name: code for code, name in CODES}}


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
