"""The class and national measure of every offence, from its code, title, victim and day.

The tables are `schemas.offences`; schemas/offences/README.md tells the reasoning. In short: the code says
which classes are open, the victim chooses among them, the day closes some. The title says who the victim was
before the victim type does, because it names the offence that was recorded. Where code and title contradict
each other, or nothing decides, the class stays missing: it is never guessed.

Everything is a CASE over one row, written so that the costly tests of a title run only on rows that reach
them. Long lists are never an `isin`: DuckDB turns that into a join.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

import ibis
import ibis.expr.types as ir

from schemas.codes import CONSTABLES
from schemas.offences import (
    CLASS_104,
    EMERGENCY_WORKERS,
    EMERGENCY_WORKERS_ACT,
    Offence,
    classes_by_code,
    offences,
)

COMMON_CODES = ("008/73", "104/23", "008/06", "105/08", "105/01", "008/01", "005/01", "008/77")
"""The codes most assaults on police carry, tried first because an equality is cheaper than a pattern."""

CLASS_LABELS = ("8S", "104", "8T", "105A", "8N", "5D", "8P", "105B")
"""Classes that some forces, Northern Ireland's among them, write in place of a code or a title."""

INJURY_LABELS = ("8S", "8T", "8N", "5D")

POLICE_ACT_CODE = "104/23"
"""The withdrawn code whose rule serves every withdrawn code of class 104."""

INJURY_CODE, INTENT_CODE, STRANGULATION_CODE = "008/06", "005/01", "008/77"
INJURY_CODES = (INJURY_CODE, "008/01", INTENT_CODE, STRANGULATION_CODE)
COMMON_ASSAULT_CODE, BEATING_CODE = "105/01", "008/73"

SHARED_CODES = (*INJURY_CODES, BEATING_CODE, POLICE_ACT_CODE)
"""Codes whose title alone leaves the class open."""

# A record is classified by a rule: a code, a class that was written in place of one, or one of these.
WITHOUT_INJURY = "assault without injury"
SCOTTISH = "assault in Scots law"
CONTRADICTION = "contradiction"

# Whom a title names. A constable is an emergency worker in law, so a title that says "emergency worker"
# without excepting constables leaves room for one.
ANYONE = "anyone"
CONSTABLE = "constable"
EMERGENCY_WORKER = "emergency_worker"
ANY_EMERGENCY_WORKER = "any_emergency_worker"
NOT_A_CONSTABLE = "not_a_constable"

# Patterns of titles, in lower case. They are ones RE2 and Java read alike.
ANYBODY = (
    r"constable|police|emergency|\bpcs?\b|\bews?\b|pcso|ddo|"
    "designated|accredited|detention officer|community support"
)
CONSTABLE_SAID = r"constable|police officer|\bpcs?\b"
ASSAULT_POLICE = r"\bassault(?:s|ed|ing)?(?: on| of)?(?: the| a)? police\b"
OTHER_POLICE_SAID = (
    "pcso|ddo|police staff|police volunteer|designated|accredited|detention officer|community support"
)
EMERGENCY_WORKER_SAID = r"emergency|\bews?\b"
PLAINLY_INVERTED = r"emergency worker \((?:except|other than) a constable"
SAID_NOT = r"\bno[nt][ -](?:on |of |being )?(?:a |the )?(?:constable|police|pcs?\b)"
INVERTING = rf"other than|except|excl|apart from|{SAID_NOT}"
INVERTED = rf"(?:other than|except|excl|apart from).*(?:constable|police|\bpcs?\b)|{SAID_NOT}"
NO_INJURY_SAID = "without injury|by beating|common assault"
INJURY_SAID = "with injury|bodily harm|wounding"
NAMES_NO_INJURY = rf"{NO_INJURY_SAID}|battery|police act|\bs(?:ec|ection)?[ .]*(?:39|89)\b"
NAMES_INJURY = rf"{INJURY_SAID}|grievous|serious harm|\babh\b|\bgbh\b|\bs(?:ec|ection)?[ .]*(?:18|20|47)\b"
GRAVE_HARM = r"serious harm|grievous|\bgbh\b|wound"
NAMES_INTENT = rf"intent.*(?:{GRAVE_HARM})|(?:{GRAVE_HARM}).*intent|\bs(?:ec|ection)?[ .]*18\b"
NAMES_STRANGULATION = "strangul|suffocat"
NAMES_DUTY = "execution of"
NAMES_SCOTS_LAW = "scotland|fire reform"
ACT_NAME = r"emergency workers? \(offences\)"
SECOND_OFFENCE = ", *(?:assault|attempt|common assault|wounding|malicious|caus).*$"
ATTEMPT = r"^ *attempt(?:ed)?\b[ :-]*"
OWN_OFFENCE = "^ *attempt(?:ed)? +(?:murder|genocide)"


class Wording(NamedTuple):
    """What a common title says: the victim, whether there was injury, the rule it stands for without a code."""

    victim: str | None
    injury: bool | None
    rule: str


BEATING_OF_A_CONSTABLE = Wording(CONSTABLE, False, WITHOUT_INJURY)
BEATING_OF_ANOTHER = Wording(EMERGENCY_WORKER, False, WITHOUT_INJURY)
ACTUAL_BODILY_HARM = Wording(None, True, INJURY_CODE)
HARM_WITH_INTENT = Wording(None, True, INTENT_CODE)

COMMON_WORDINGS = {
    "Assault or assault by beating of a constable": BEATING_OF_A_CONSTABLE,
    "Assault or assault by beating on a constable": BEATING_OF_A_CONSTABLE,
    "Assault without injury on a constable": BEATING_OF_A_CONSTABLE,
    "Assault a constable in the execution of his/her duty": Wording(CONSTABLE, None, WITHOUT_INJURY),
    "Assault or assault by beating of an emergency worker (except a constable)": BEATING_OF_ANOTHER,
    "Assault or assault by beating on a emergency worker (except a constable)": BEATING_OF_ANOTHER,
    "Assault with injury on a constable": Wording(CONSTABLE, True, INJURY_CODE),
    "Assault occasioning actual bodily harm": ACTUAL_BODILY_HARM,
    "Malicious wounding": ACTUAL_BODILY_HARM,
    "Wounding with intent to do grievous bodily harm": HARM_WITH_INTENT,
    "Assaulting a designated or accredited person in the execution of their duty": Wording(
        EMERGENCY_WORKER, None, "105/08"
    ),
    "Common assault and battery": Wording(None, False, COMMON_ASSAULT_CODE),
}
"""The titles most assaults on police carry: what the patterns find in them, for the price of an equality."""

LOWERED_WORDINGS = {title.lower(): wording for title, wording in COMMON_WORDINGS.items()}

WORDINGS = tuple(sorted(set(COMMON_WORDINGS.values()), key=lambda said: (str(said.injury), str(said))))
NO_INJURY_WORDINGS = sum(said.injury is False for said in WORDINGS)
"""Where the wordings that say no injury end: they come first."""
INJURY_WORDINGS = sum(said.injury is not True for said in WORDINGS)
"""Where the wordings that say injury begin; between are those that tell neither."""

NOTHING = ibis.null("string")

Answer = TypeVar("Answer")

Schedule = tuple[tuple[date | None, dict[str, str]], ...]
"""The class by victim from each first day on, latest first; None is the beginning of time."""


def classify(records: ir.Table) -> ir.Table:
    """Return the records with the class and measure of their offences, one row out for each row in.

    Reads `offence_code` as sent, `offence_title`, `victim_type` and `occurred_on`. Replaces `offence_code` by
    its normal form; sets `attempted` where the force does not state it; sets `offence_class` and `measure`, both
    missing where undecided. Adds `offence_code_known`, missing where no code was sent, and `offence_undecided`,
    true where a code or a title was sent and no class follows from it.

    Each step is a column of its own, to be computed once: compile with `ibis.options.sql.fuse_selects` off.
    """
    stated = records.attempted if "attempted" in records.columns else ibis.null("boolean")
    quick = records.mutate(
        classify_sent=records.offence_code,
        classify_common=common_code(records.offence_code),
        classify_wording=common_wording(records.offence_title, COMMON_WORDINGS),
    )
    lowered = quick.mutate(classify_title=unless(quick.classify_wording, quick.offence_title.lower()))
    worded = lowered.mutate(
        classify_bare=unless(lowered.classify_common, bare_code(lowered.classify_sent)),
        classify_label=unless(lowered.classify_common, class_label(lowered.classify_sent)),
        classify_wording=found_or(
            lowered.classify_wording, common_wording(lowered.classify_title, LOWERED_WORDINGS)
        ),
        classify_refused=refused_wordings(lowered.classify_common),
    )
    parted = worded.mutate(
        offence_code=found_or(worded.classify_common, normal_code(worded.classify_bare)),
        attempted=found_or(
            stated,
            ibis.ifelse(worded.classify_wording.notnull(), False, attempted(worded.classify_title)),
        ),
        classify_words=unless(worded.classify_wording, worded.classify_title.re_replace(" +", " ")),
    )
    numbered = parted.mutate(
        classify_number=unless(parted.classify_common, parted.offence_code.left(3)),
        classify_first=first_offence(parted.classify_words),
        classify_second=second_offence(parted.classify_words),
    )
    first, second = numbered.classify_first, numbered.classify_second
    slotted = numbered.mutate(
        classify_slots=slots(numbered.classify_number),
        classify_whom=named_victim(first),
        classify_other=named_victim(second),
        classify_what=named_offence(first),
        classify_besides=named_offence(second),
    )
    listed = slotted.mutate(
        classify_listed=listed_class(slotted.offence_code, slotted.classify_slots),
        classify_named=whom_named(slotted),
    )
    by_code = rule_of_code(listed.offence_code, listed.classify_listed)
    coded = listed.mutate(
        classify_rule=found_or(listed.classify_common, found_or(by_code, listed.classify_label))
    )
    by_words = offence_named(coded)
    told = coded.mutate(
        classify_offence=unless(coded.classify_rule, by_words),
        classify_exact=unless(coded.classify_rule, bare_title(coded.classify_words)),
    )
    ruled = told.mutate(classify_rule=found_or(told.classify_rule, rule_of_title(told)))
    rule, named = ruled.classify_rule, ruled.classify_named
    chosen = ruled.mutate(
        classify_victim=victim(rule, named, ruled.victim_type),
        classify_contradicted=contradicted(ruled),
    )
    open_class = offence_class(
        chosen.classify_rule, chosen.classify_victim, chosen.occurred_on, chosen.classify_listed
    )
    classed = chosen.mutate(offence_class=ibis.ifelse(chosen.classify_contradicted, NOTHING, open_class))
    sent = classed.classify_sent.notnull()
    known = ibis.coalesce(classed.classify_common, classed.classify_listed, classed.classify_label).notnull()
    measured = classed.mutate(
        measure=measure(classed.offence_class, classed.classify_victim),
        offence_code_known=ibis.ifelse(sent, known, ibis.null("boolean")),
        offence_undecided=classed.offence_class.isnull() & (sent | classed.offence_title.notnull()),
    )
    return measured.drop(*(column for column in measured.columns if column.startswith("classify_")))


def offence_code(text: ir.StringValue) -> ir.StringValue:
    """Return a Home Office code in its normal form, as 008/73; null where the text has no such form.

    Reads 008/73, 8/73, 00873 and a leading HO. Three or four digits alone are not read: a spreadsheet that ate
    the zeros of 00873, a class (104) and a force's own number look alike.
    """
    return normal_code(bare_code(text))


def is_known_code(code: ir.StringValue) -> ir.BooleanValue:
    """Return whether a code in normal form is a Home Office code; null where there is no code."""
    return ibis.ifelse(code.isnull(), ibis.null("boolean"), listed_class(code, slots(code.left(3))).notnull())


def attempted(title: ir.StringValue) -> ir.BooleanValue:
    """Return whether a title opens with an attempt; null where there is no title.

    Attempted murder and attempted genocide are offences of their own, not attempts at one.
    """
    words = title.lower()
    opens = words.contains("attempt")
    # `opens` stands for false here, and for null where the title is missing.
    return ibis.ifelse(opens, words.re_search(ATTEMPT) & ~words.re_search(OWN_OFFENCE), opens)


def measure(offence_class: ir.StringValue, victim: ir.StringValue) -> ir.StringValue:
    """Return the national measure of a class, given whom the offence was against; null where the class is.

    105A holds every common assault: it is one of ours only where the victim is known for an emergency worker.
    """
    plain_assault = ibis.ifelse(victim == EMERGENCY_WORKER, "emergency_worker_without_injury", "other")
    return ibis.cases(
        (offence_class == "8S", "constable_with_injury"),
        (offence_class == "104", "constable_without_injury"),
        (offence_class == "8T", "emergency_worker_with_injury"),
        (offence_class == "105A", plain_assault),
        (offence_class.notnull(), "other"),
        else_=NOTHING,
    )


# What the code says.


def common_code(text: ir.StringValue) -> ir.StringValue:
    """Return the code sent if it is a common one in its normal form already; null for any other."""
    return looked_up(text, {code: code for code in COMMON_CODES}, NOTHING)


def bare_code(text: ir.StringValue) -> ir.StringValue:
    """Return a code as written, less the blanks around it and a leading HO."""
    return text.strip().upper().re_replace("^HO(?:CR?)?(?: CODE)?[ :.]*", "")


def normal_code(bare: ir.StringValue) -> ir.StringValue:
    """Return a bare code in its normal form; null where it has none."""
    number, within = bare.re_extract("^([0-9]+)", 1), bare.re_extract("([0-9]+)$", 1)
    return ibis.cases(
        (bare.re_search("^[0-9]{5}$"), bare.left(3) + "/" + bare.right(2)),
        (bare.re_search("^[0-9]{1,3} */ *[0-9]{1,2}$"), number.lpad(3, "0") + "/" + within.lpad(2, "0")),
        else_=NOTHING,
    )


def slots(number: ir.StringValue) -> ir.StringValue:
    """Return the classes of all codes with this first number; null where no Home Office code has it.

    Each has a slot of eleven characters ("|73105A    "), empty where the list has several classes or none. So
    1,307 codes cost a search in a short text, not a join or as many branches.
    """
    known = {code: classes[0] if len(classes) == 1 else "" for code, classes in classes_by_code().items()}
    known |= {line.code: line.offence_class for line in offences() if line.code not in known}
    by_number = {
        first: "".join(f"|{code[4:]}{known[code]:<8}" for code in codes)
        for first, codes in groupby(sorted(known), key=lambda code: code[:3])
    }
    return ibis.ifelse(number.isnull(), NOTHING, looked_up(number, by_number, NOTHING))


def listed_class(code: ir.StringValue, slots: ir.StringValue) -> ir.StringValue:
    """Return the class in a code's slot; empty where it has several or none, null where it has no slot."""
    at = slots.find(ibis.literal("|") + code.right(2))
    return ibis.ifelse(at >= 0, slots.substr(at + 3, 8).strip(), NOTHING)


def class_label(text: ir.StringValue) -> ir.StringValue:
    """Return the class that stands in place of a code or title; null where the text is anything else."""
    label = looked_up(text.upper(), {label: label for label in CLASS_LABELS}, NOTHING)
    return ibis.ifelse(text.length() < 5, label, NOTHING)


def rule_of_code(code: ir.StringValue, listed: ir.StringValue) -> ir.StringValue:
    """Return the rule of a code: its own, the Police Act's if it once was of class 104, else null."""
    return ibis.cases(
        (listed.notnull(), code),
        (code.startswith(CLASS_104), POLICE_ACT_CODE),
        else_=NOTHING,
    )


# What the title says.


def common_wording(title: ir.StringValue, wordings: Mapping[str, Wording]) -> ir.IntegerValue:
    """Return the place in `WORDINGS` of a common title; null for any other."""
    places = {text: WORDINGS.index(wording) for text, wording in wordings.items()}
    return looked_up(title, places, ibis.null("int8"))


def first_offence(title: ir.StringValue) -> ir.StringValue:
    """Return a title less its second offence, and less the name of the 2018 Act.

    The name says emergency workers whoever the victim was.
    """
    first = ibis.ifelse(title.contains(","), title.re_replace(SECOND_OFFENCE, ""), title)
    return ibis.ifelse(title.contains("(offences)"), first.re_replace(ACT_NAME, ""), first)


def second_offence(title: ir.StringValue) -> ir.StringValue:
    """Return the second of two offences joined by a comma, less the Act's name; null where a title holds one."""
    second = title.re_extract(SECOND_OFFENCE, 0).re_replace(ACT_NAME, "").nullif("")
    return ibis.ifelse(title.contains(","), second, NOTHING)


def agreed(one: ir.StringValue, other: ir.StringValue, second: ir.StringValue) -> ir.StringValue:
    """Return what the one or two offences of a title say: a contradiction where two say different things."""
    both = ibis.ifelse(one != other, CONTRADICTION, ibis.coalesce(one, other))
    return ibis.ifelse(second.isnull(), one, both)


def whom_named(said: ir.Table) -> ir.StringValue:
    """Return whom a title names, from its wording where that is a common one."""
    by_wording = {place: wording.victim or NOTHING for place, wording in enumerate(WORDINGS)}
    by_words = agreed(said.classify_whom, said.classify_other, said.classify_second)
    return looked_up(said.classify_wording, by_wording, by_words)


def offence_named(said: ir.Table) -> ir.StringValue:
    """Return the rule a title stands for by its words, from its wording where that is a common one."""
    by_wording = {place: wording.rule for place, wording in enumerate(WORDINGS)}
    by_words = agreed(said.classify_what, said.classify_besides, said.classify_second)
    return looked_up(said.classify_wording, by_wording, by_words)


def named_victim(title: ir.StringValue) -> ir.StringValue:
    """Return whom the words of an offence name; null where they name nobody, or a constable and another alike.

    "Other than", "except" and "excluding" before a constable name somebody else, never a constable.
    """
    other_police = title.re_search(OTHER_POLICE_SAID)
    emergency_worker = title.re_search(EMERGENCY_WORKER_SAID)
    constable_said = ibis.cases(
        (title.re_search(PLAINLY_INVERTED), EMERGENCY_WORKER),
        (title.contains("assisting"), NOT_A_CONSTABLE),
        (
            title.re_search(INVERTING),
            ibis.cases(
                (~title.re_search(INVERTED), NOTHING),
                (emergency_worker | other_police, EMERGENCY_WORKER),
                else_=NOT_A_CONSTABLE,
            ),
        ),
        (emergency_worker | other_police, NOTHING),
        else_=CONSTABLE,
    )
    return ibis.cases(
        (~title.re_search(ANYBODY), NOTHING),
        (title.re_search(CONSTABLE_SAID), constable_said),
        (other_police, EMERGENCY_WORKER),
        (title.re_search(ASSAULT_POLICE), constable_said),
        (title.contains("other emergency"), EMERGENCY_WORKER),
        (emergency_worker, ANY_EMERGENCY_WORKER),
        else_=NOTHING,
    )


def named_offence(title: ir.StringValue) -> ir.StringValue:
    """Return the rule a title in lower case stands for when no code does; null where it tells no harm."""
    no_injury, injury = title.re_search(NAMES_NO_INJURY), title.re_search(NAMES_INJURY)
    return ibis.cases(
        (title.contains("aggravated"), NOTHING),
        (no_injury & injury, CONTRADICTION),
        (title.contains("common assault"), COMMON_ASSAULT_CODE),
        (no_injury, WITHOUT_INJURY),
        (title.re_search(NAMES_STRANGULATION), STRANGULATION_CODE),
        (title.re_search(NAMES_INTENT), INTENT_CODE),
        (injury, INJURY_CODE),
        (title.contains(NAMES_DUTY), WITHOUT_INJURY),
        else_=NOTHING,
    )


def bare_title(title: ir.StringValue) -> ir.StringValue:
    """Return a title less the attempt it opens with and the blanks around it."""
    offence = ibis.ifelse(title.re_search(OWN_OFFENCE), title, title.re_replace(ATTEMPT, ""))
    return offence.strip()


def rule_of_title(told: ir.Table) -> ir.StringValue:
    """Return the rule a record without a code is classified by; null where its title stands for none.

    The exact title of an offence is that offence. Common assault of an emergency worker is Scots law's, which
    covers constables and police staff alike: the victim type has to tell.
    """
    exact = {line.title.lower(): line.code for line in offences() if line.code not in SHARED_CODES}
    title, offence, named = told.classify_title, told.classify_offence, told.classify_named
    too_early = title.contains("(offences)") & (told.occurred_on < EMERGENCY_WORKERS_ACT)
    common_assault = offence == COMMON_ASSAULT_CODE
    by_words = ibis.cases(
        (too_early, CONTRADICTION),
        (title.re_search(NAMES_SCOTS_LAW), SCOTTISH),
        (common_assault & (named == ANY_EMERGENCY_WORKER), SCOTTISH),
        (common_assault & (named == CONSTABLE), WITHOUT_INJURY),
        (title.length() < 5, class_label(title)),
        else_=offence,
    )
    by_title = looked_up(told.classify_exact, exact, by_words)
    return ibis.ifelse(told.classify_wording.notnull(), offence, by_title)


# Whom, and when.


def victim(rule: ir.StringValue, named: ir.StringValue, victim_type: ir.StringValue) -> ir.StringValue:
    """Return whom the offence was against: by the rule alone, else by the title, else by the victim type.

    A title that says emergency worker and no more is read with the victim type, since a constable is one in law.
    """
    kinds = dict.fromkeys(CONSTABLES, CONSTABLE) | dict.fromkeys(EMERGENCY_WORKERS, EMERGENCY_WORKER)
    by_type = looked_up(victim_type, kinds, NOTHING)
    not_a_constable = ibis.cases(
        ((by_type == EMERGENCY_WORKER) | (rule == BEATING_CODE), EMERGENCY_WORKER), else_=NOT_A_CONSTABLE
    )
    by_title = named.cases(
        (CONSTABLE, CONSTABLE),
        (EMERGENCY_WORKER, EMERGENCY_WORKER),
        (ANY_EMERGENCY_WORKER, ibis.coalesce(by_type, EMERGENCY_WORKER)),
        (NOT_A_CONSTABLE, not_a_constable),
        else_=by_type,
    )
    # A rule for constables alone has one class whoever the victim: only 105A asks for the emergency worker.
    own = {
        name: EMERGENCY_WORKER
        for name, schedule in schedules().items()
        if only_class(schedule) == "105A" and only_victim(schedule) == EMERGENCY_WORKER
    }
    return looked_up(rule, {**own, SCOTTISH: by_type}, by_title)


def refused_wordings(common: ir.StringValue) -> ir.IntegerValue:
    """Return the common wordings a common code contradicts, each a bit at its place; null for any other code."""
    refused = dict.fromkeys(COMMON_CODES, 0)
    for code in COMMON_CODES:
        schedule = schedules()[code]
        for place, said in enumerate(WORDINGS):
            other_victim = (said.victim == CONSTABLE and never_on_a_constable(schedule)) or (
                said.victim == EMERGENCY_WORKER and always_on_a_constable(schedule)
            )
            other_injury = said.injury is not None and said.injury != (code in INJURY_CODES)
            refused[code] |= (other_victim or other_injury) << place
    return looked_up(common, refused, ibis.null("int64"))


def contradicted(ruled: ir.Table) -> ir.BooleanValue:
    """Return whether a title contradicts its code or itself, on the victim or on whether there was injury."""
    rule, wording, refused = ruled.classify_rule, ruled.classify_wording, ruled.classify_refused
    by_words = victim_contradicted(rule, ruled.classify_named) | injury_contradicted(
        rule, wording, ruled.classify_words
    )
    return ibis.ifelse(refused.notnull() & wording.notnull(), ((refused >> wording) & 1) == 1, by_words)


def victim_contradicted(rule: ir.StringValue, named: ir.StringValue) -> ir.BooleanValue:
    """Return whether a title names a victim its rule rules out, or two offences with two victims."""
    rules = by_frequency(schedules()).items()
    constables_only = {name: always_on_a_constable(schedule) for name, schedule in rules}
    others_only = {name: never_on_a_constable(schedule) for name, schedule in rules}
    return named.cases(
        (CONSTABLE, looked_up(rule, others_only, ibis.literal(False))),
        (EMERGENCY_WORKER, looked_up(rule, constables_only, ibis.literal(False))),
        (NOT_A_CONSTABLE, looked_up(rule, constables_only, ibis.literal(False))),
        (CONTRADICTION, True),
        else_=False,
    )


def injury_contradicted(
    rule: ir.StringValue, wording: ir.IntegerValue, words: ir.StringValue
) -> ir.BooleanValue:
    """Return whether a title says injury where its code says none, or the other way round."""
    common = wording.notnull()
    says_injury = ibis.ifelse(common, wording >= INJURY_WORDINGS, words.re_search(INJURY_SAID))
    says_none = ibis.ifelse(common, wording < NO_INJURY_WORDINGS, words.re_search(NO_INJURY_SAID))
    by_rule = {
        name: says_none if name in INJURY_CODES + INJURY_LABELS else says_injury
        for name in (*COMMON_CODES, *INJURY_LABELS, "104", "105A")
    }
    without_injury = ibis.ifelse(rule.startswith("104/") | rule.startswith("105/"), says_injury, False)
    return ibis.coalesce(looked_up(rule, by_rule, without_injury), False)


def offence_class(
    rule: ir.StringValue, victim: ir.StringValue, on: ir.DateValue, listed: ir.StringValue
) -> ir.StringValue:
    """Return the class a rule puts an offence on this victim in on a day; null where that is not decided.

    `listed` is the class of codes that are not offences of assault, which hold at any time.
    """
    by_rule = {name: scheduled_class(schedule, victim, on) for name, schedule in schedules().items()}
    scottish = ibis.ifelse(victim == EMERGENCY_WORKER, "105A", NOTHING)
    return looked_up(rule, {**by_frequency(by_rule), SCOTTISH: scottish}, listed.nullif(""))


def scheduled_class(schedule: Schedule, victim: ir.StringValue, on: ir.DateValue) -> ir.StringValue:
    """Return the class of a schedule for a victim on a day; null on a day the offence did not exist."""
    if len(schedule) == 1 and schedule[0][0] is None:
        return class_of_victim(schedule[0][1], victim)
    ends = [None, *(first for first, _ in schedule)]
    branches = [
        (on >= first if first else on < end, class_of_victim(classes, victim))
        for (first, classes), end in zip(schedule, ends, strict=False)
    ]
    return ibis.cases(*branches, else_=NOTHING)


def class_of_victim(classes: Mapping[str, str], victim: ir.StringValue) -> ir.StringValue:
    """Return the class for a victim; the only one where all share it, so that no victim need be known."""
    open_to_others = {whom: name for whom, name in classes.items() if whom != CONSTABLE}
    if len(set(classes.values())) < 2:
        return ibis.literal(next(iter(classes.values()), None), "string")
    otherwise = next(iter(open_to_others.values())) if len(set(open_to_others.values())) == 1 else NOTHING
    return victim.cases(
        (CONSTABLE, classes.get(CONSTABLE, classes.get(ANYONE))),
        (EMERGENCY_WORKER, classes.get(EMERGENCY_WORKER, classes.get(ANYONE))),
        (NOT_A_CONSTABLE, otherwise),
        else_=NOTHING,
    )


@cache
def schedules() -> Mapping[str, Schedule]:
    """Return the classes open under every rule, by day and victim."""
    by_code = {
        code: schedule_of(list(lines))
        for code, lines in groupby(offences(), key=lambda offence: offence.code)
    }
    injury = by_code[INJURY_CODE]
    by_label: dict[str, Schedule] = {label: ((None, {ANYONE: label}),) for label in CLASS_LABELS}
    by_label["104"] = ((None, {CONSTABLE: "104"}),)
    # A class that did not exist yet was part of the general one.
    for label, whom in (("8S", CONSTABLE), ("8T", EMERGENCY_WORKER)):
        by_label[label] = tuple(
            (first, {whom: classes.get(whom, classes[ANYONE])}) for first, classes in injury
        )
    without_injury: Schedule = ((None, {CONSTABLE: "104", ANYONE: "105A"}),)
    return {**by_code, **by_label, WITHOUT_INJURY: without_injury}


def turning_days() -> frozenset[date]:
    """Return the days on which the class of any offence changes."""
    turns = {first for schedule in schedules().values() for first, _ in schedule if first}
    return frozenset(turns | {EMERGENCY_WORKERS_ACT})


def schedule_of(lines: Sequence[Offence]) -> Schedule:
    """Return the classes of one code by day and victim."""
    turns = {line.valid_from for line in lines}
    turns |= {line.valid_to + timedelta(days=1) for line in lines if line.valid_to}
    return tuple(
        (
            turn,
            {
                line.victim: line.offence_class
                for line in lines
                if (line.valid_from or date.min) <= (turn or date.min) <= (line.valid_to or date.max)
            },
        )
        for turn in sorted(turns, key=lambda turn: turn or date.min, reverse=True)
    )


def always_on_a_constable(schedule: Schedule) -> bool:
    """Return whether every class of a schedule is for constables."""
    return only_victim(schedule) == CONSTABLE or only_class(schedule) == "104"


def never_on_a_constable(schedule: Schedule) -> bool:
    """Return whether no class of a schedule is for constables."""
    return only_victim(schedule) == EMERGENCY_WORKER or only_class(schedule) == "105A"


def only_victim(schedule: Schedule) -> str | None:
    """Return the one victim every class of a schedule is for, unless that is anyone."""
    victims = {whom for _, classes in schedule for whom in classes}
    return victims.pop() if len(victims) == 1 and ANYONE not in victims else None


def only_class(schedule: Schedule) -> str | None:
    """Return the one class of a schedule, if it has one."""
    classes = {name for _, by_victim in schedule for name in by_victim.values()}
    return classes.pop() if len(classes) == 1 else None


def looked_up(text: ir.Value, answers: Mapping[Any, Any], otherwise: ir.Value) -> Any:
    """Return the answer that stands beside a text, else the other: a CASE, in the order of the answers.

    Give it a column: DuckDB works an expression out anew for every answer it is compared with.
    """
    return text.cases(*answers.items(), else_=otherwise)


def by_frequency(by_rule: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return what stands beside each rule with the common codes first."""
    return {code: by_rule[code] for code in COMMON_CODES} | dict(by_rule)


def found_or(found: ir.Value, otherwise: ir.Value) -> Any:
    """Return what was found, else the other: a CASE, since DuckDB computes what a COALESCE repeats on every row."""
    return ibis.ifelse(found.notnull(), found, otherwise)


def unless(found: ir.Value, otherwise: ir.StringValue) -> ir.StringValue:
    """Return a text only where something was not found before, so that the rest does not pay for it."""
    return ibis.ifelse(found.notnull(), NOTHING, otherwise)
