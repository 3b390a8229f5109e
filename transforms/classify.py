"""The class and national measure of every offence, from its code, title, victim and day.

The tables are `schemas.offences`; schemas/offences/README.md tells the reasoning. In short: the code says
which classes are open, the victim chooses among them, the day closes some. The title says who the victim was
before the victim type does, because it names the offence that was recorded. Where code and title contradict
each other, or nothing decides, the class stays missing: it is never guessed.

What the tables say of each rule on each day is worked out here beforehand and written into the query as a few long
texts to look things up in: a text of any length is one constant, where a CASE of as many branches takes the engine
longer to understand than the words of a file take to classify.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import groupby

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
from transforms.functions import all_of, folded, looked_up

CLASS_LABELS = ("8S", "104", "8T", "105A", "8N", "5D", "8P", "105B")
"""Classes that some forces, Northern Ireland's among them, write in place of a code or a title."""

POLICE_ACT_CODE = "104/23"
"""The withdrawn code whose rule serves every withdrawn code of class 104."""

INJURY_CODE, INTENT_CODE, STRANGULATION_CODE = "008/06", "005/01", "008/77"
INJURY_CODES = (INJURY_CODE, "008/01", INTENT_CODE, STRANGULATION_CODE)
COMMON_ASSAULT_CODE, BEATING_CODE = "105/01", "008/73"

INJURY_RULES = (*INJURY_CODES, "8S", "8T", "8N", "5D")
"""Codes and classes that a title without injury contradicts."""

NO_INJURY_RULES = (BEATING_CODE, "104", "105A")
"""Codes and classes, beside every code of 104 and 105, that a title with injury contradicts."""

SHARED_CODES = (*INJURY_CODES, BEATING_CODE, POLICE_ACT_CODE)
"""Codes whose title alone leaves the class open."""

# A record is classified by a rule: a code, a class that was written in place of one, or one of these.
WITHOUT_INJURY = "assault without injury"
SCOTTISH = "assault in Scots law"
CONTRADICTION = "contradiction"

SEVERAL = "several"
"""What stands for the class of a code that the list puts in several, or in none."""

# Whom a title names. A constable is an emergency worker in law, so a title that says "emergency worker"
# without excepting constables leaves room for one.
ANYONE = "anyone"
CONSTABLE = "constable"
EMERGENCY_WORKER = "emergency_worker"
ANY_EMERGENCY_WORKER = "any_emergency_worker"
NOT_A_CONSTABLE = "not_a_constable"

# What there is to know of a rule besides its classes.
CONSTABLES_ONLY, NEVER_CONSTABLES = "constables_only", "never_constables"
INJURY, NO_INJURY = "injured", "unhurt"
ALWAYS = "always"

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


NOTHING = ibis.null("string")

Schedule = tuple[tuple[date | None, dict[str, str]], ...]
"""The class by victim from each first day on, latest first; None is the beginning of time."""


def classify(records: ir.Table) -> ir.Table:
    """Return the records with the class and measure of their offences, one row out for each row in.

    Reads `offence_code` as sent, `offence_title`, `victim_type` and `occurred_on`. Replaces `offence_code` by
    its normal form; sets `attempted` where the force does not state it; sets `offence_class` and `measure`, both
    missing where undecided. Adds `offence_code_known`, missing where no code was sent, and `offence_undecided`,
    true where a code or a title was sent and no class follows from it; an offence of Scots law on a constable is known
    and has none.

    Each step is a column of its own, to be computed once: compile with `ibis.options.sql.fuse_selects` off.
    """
    said = attempted(records.offence_title)
    read = records.mutate(
        classify_sent=records.offence_code,
        offence_code=offence_code(records.offence_code),
        attempted=ibis.coalesce(records.attempted, said) if "attempted" in records.columns else said,
        classify_words=folded(records.offence_title),
    )
    parts = offences_of(read.classify_words)
    parted = read.mutate(
        classify_codes=codes_beside(read.offence_code),
        classify_label=class_label(read.classify_sent),
        classify_kind=kind_of_victim(read.victim_type),
        classify_whom=parts.map(named_victim),
        classify_what=parts.map(named_offence),
    )
    listed, named = listed_class(parted.offence_code, parted.classify_codes), agreed(parted.classify_whom)
    ruled = parted.mutate(
        classify_listed=listed,
        classify_named=named,
        classify_rule=rule_of(parted, listed, named, agreed(parted.classify_what)),
    )
    chosen = ruled.mutate(
        classify_facts=looked_up(ruled.classify_rule, facts_of_rules()),
        classify_victim=victim(ruled.classify_rule, ruled.classify_named, ruled.classify_kind),
    )
    classed = chosen.mutate(offence_class=offence_class(chosen))
    sent = classed.classify_sent.notnull()
    known = classed.classify_listed.notnull() | classed.classify_label.notnull()
    sent_any = sent | classed.offence_title.notnull()
    kept = [name for name in classed.columns if not name.startswith("classify_")]
    return classed.select(
        *kept,
        measure=measure(classed.offence_class, classed.classify_victim),
        offence_code_known=ibis.ifelse(sent, known, ibis.null("boolean")),
        offence_undecided=classed.offence_class.isnull() & sent_any & ~without_class(classed),
    )


def offence_code(text: ir.StringValue) -> ir.StringValue:
    """Return a Home Office code in its normal form, as 008/73; null where the text has no such form.

    Reads 008/73, 8/73, 00873 and a leading HO. Three or four digits alone are not read: a spreadsheet that ate
    the zeros of 00873, a class (104) and a force's own number look alike.
    """
    bare = text.strip().upper().re_replace("^HO(?:CR?)?(?: CODE)?[ :.]*", "")
    filled = ibis.literal("00") + bare.re_replace(" */ *", "/0")
    number, within = filled.re_extract("([0-9]{3})/", 1), filled.re_extract("[0-9]{2}$", 0)
    return ibis.cases(
        (bare.re_search("^[0-9]{5}$"), bare.re_extract("^[0-9]{3}", 0) + "/" + within),
        (bare.re_search("^[0-9]{1,3} */ *[0-9]{1,2}$"), number + "/" + within),
        else_=NOTHING,
    )


def attempted(title: ir.StringValue) -> ir.BooleanValue:
    """Return whether a title opens with an attempt; null where there is no title.

    Attempted murder and attempted genocide are offences of their own, not attempts at one.
    """
    words = folded(title)
    return words.re_search(ATTEMPT) & ~words.re_search(OWN_OFFENCE)


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


def without_class(chosen: ir.Table) -> ir.BooleanValue:
    """Return whether an offence is known and of no class: that of Scots law, where the victim is a constable."""
    scottish = (chosen.classify_rule == SCOTTISH) & (chosen.classify_victim == CONSTABLE)
    return scottish.fill_null(False) & ~contradicted(chosen)


# What the code says.


def codes_beside(code: ir.StringValue) -> ir.StringValue:
    """Return all listed codes that begin with the number of a code in normal form, each with its class."""
    return looked_up(code.re_extract("^[0-9]+", 0), classes_by_number())


def listed_class(code: ir.StringValue, beside: ir.StringValue) -> ir.StringValue:
    """Return the class of a code among those beside it; `SEVERAL` where it has several or none, null where it is not listed."""
    return entry(beside, code)


def class_label(text: ir.StringValue) -> ir.StringValue:
    """Return the class that stands in place of a code or title; null where the text is anything else."""
    return looked_up(text.upper(), {label: label for label in CLASS_LABELS})


# What the title says.


def offences_of(words: ir.StringValue) -> ir.ArrayValue:
    """Return the two offences a title joins by a comma, the second empty where it holds one, less the name of the 2018 Act.

    The name says emergency workers whoever the victim was.
    """
    first, second = words.re_replace(SECOND_OFFENCE, ""), words.re_extract(SECOND_OFFENCE, 0)
    return ibis.array([first.re_replace(ACT_NAME, ""), second.re_replace(ACT_NAME, "")])


def agreed(said: ir.ArrayValue) -> ir.StringValue:
    """Return what the two offences of a title say: a contradiction where they say different things."""
    one, other = said[0], said[1]
    return ibis.ifelse(one != other, CONTRADICTION, ibis.coalesce(one, other))


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


def bare_title(words: ir.StringValue) -> ir.StringValue:
    """Return a title less the attempt it opens with and the blanks around it."""
    return ibis.ifelse(words.re_search(OWN_OFFENCE), words, words.re_replace(ATTEMPT, "")).strip()


# The rule.


def rule_of(
    read: ir.Table, listed: ir.StringValue, named: ir.StringValue, offence: ir.StringValue
) -> ir.StringValue:
    """Return the rule of a record: its code's, the Police Act's if the code once was of class 104, else its title's."""
    return ibis.cases(
        (listed.notnull(), read.offence_code),
        (read.offence_code.startswith(CLASS_104), POLICE_ACT_CODE),
        (read.classify_label.notnull(), read.classify_label),
        else_=rule_of_title(read, named, offence),
    )


def rule_of_title(read: ir.Table, named: ir.StringValue, offence: ir.StringValue) -> ir.StringValue:
    """Return the rule a record without a code is classified by; null where its title stands for none.

    The exact title of an offence is that offence. Common assault of an emergency worker is Scots law's, which
    covers constables and police staff alike: the victim type has to tell.
    """
    exact = {line.title.lower(): line.code for line in offences() if line.code not in SHARED_CODES}
    title = folded(read.offence_title)
    too_early = title.contains("(offences)") & (read.occurred_on < EMERGENCY_WORKERS_ACT)
    common_assault = offence == COMMON_ASSAULT_CODE
    by_words = ibis.cases(
        (too_early, CONTRADICTION),
        (title.re_search(NAMES_SCOTS_LAW), SCOTTISH),
        (common_assault & (named == ANY_EMERGENCY_WORKER), SCOTTISH),
        (common_assault & (named == CONSTABLE), WITHOUT_INJURY),
        (title.length() < 5, class_label(title)),
        else_=offence,
    )
    return ibis.coalesce(looked_up(bare_title(read.classify_words), exact), by_words)


# Whom, and when.


def kind_of_victim(victim_type: ir.StringValue) -> ir.StringValue:
    """Return whether a type of victim is a constable or another emergency worker; null where it is neither."""
    constables = dict.fromkeys(CONSTABLES, CONSTABLE)
    return looked_up(victim_type, constables | dict.fromkeys(EMERGENCY_WORKERS, EMERGENCY_WORKER))


def victim(rule: ir.StringValue, named: ir.StringValue, by_type: ir.StringValue) -> ir.StringValue:
    """Return whom the offence was against: by the rule alone, else by the title, else by the victim type.

    A title that says emergency worker and no more is read with the victim type, since a constable is one in law.
    """
    # A rule for constables alone has one class whoever the victim: only 105A asks for the emergency worker.
    own = [
        (name, EMERGENCY_WORKER)
        for name, schedule in schedules().items()
        if only_class(schedule) == "105A" and only_victim(schedule) == EMERGENCY_WORKER
    ]
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
    return rule.cases(*own, (SCOTTISH, by_type), else_=by_title)


def contradicted(chosen: ir.Table) -> ir.BooleanValue:
    """Return whether a title contradicts its rule or itself, on the victim or on whether there was injury."""
    facts, words = chosen.classify_facts, chosen.classify_words
    whom = chosen.classify_named.cases(
        (CONSTABLE, facts.contains(NEVER_CONSTABLES)),
        (EMERGENCY_WORKER, facts.contains(CONSTABLES_ONLY)),
        (NOT_A_CONSTABLE, facts.contains(CONSTABLES_ONLY)),
        (CONTRADICTION, True),
        else_=False,
    )
    harm = facts.contains(INJURY) & words.re_search(NO_INJURY_SAID)
    no_harm = facts.contains(NO_INJURY) & words.re_search(INJURY_SAID)
    return whom | harm | no_harm


def offence_class(chosen: ir.Table) -> ir.StringValue:
    """Return the class a rule puts an offence on this victim in on this day; null where that is not decided.

    The listed class is that of codes which are not offences of assault: it holds at any time.
    """
    facts = chosen.classify_facts
    on_the_day = era_of(chosen.occurred_on) + "/" + chosen.classify_victim.fill_null("")
    return ibis.cases(
        (contradicted(chosen), NOTHING),
        (facts.notnull(), ibis.coalesce(entry(facts, ALWAYS), entry(facts, on_the_day))),
        else_=chosen.classify_listed.nullif(SEVERAL),
    )


def era_of(on: ir.DateValue) -> ir.StringValue:
    """Return how many turning days there have been by a day, in digits; empty where there is no day."""
    days = all_of(f"{day}" for day in sorted(turning_days())).cast("array<date>")
    return ibis.ifelse(on.isnull(), "", days.filter(lambda day: day <= on).length().cast("string"))


# What the tables say, worked out beforehand.


@cache
def classes_by_number() -> Mapping[str, str]:
    """Return the entries of all Home Office codes that begin with the same number: each with its class."""
    known = {
        code: classes[0] if len(classes) == 1 else SEVERAL for code, classes in classes_by_code().items()
    }
    known |= {line.code: line.offence_class for line in offences() if line.code not in known}
    return {
        number: entries({code: known[code] for code in codes})
        for number, codes in groupby(sorted(known), key=lambda code: code[:3])
    }


@cache
def facts_of_rules() -> Mapping[str, str]:
    """Return what there is to know of every rule with a schedule: what a title may contradict, and its classes."""
    return {
        rule: " ".join(
            (
                CONSTABLES_ONLY if always_on_a_constable(schedule) else "",
                NEVER_CONSTABLES if never_on_a_constable(schedule) else "",
                INJURY if rule in INJURY_RULES else "",
                NO_INJURY if rule in NO_INJURY_RULES or rule[:4] in {CLASS_104, "105/"} else "",
                entries(classes_of(schedule)),
            )
        )
        for rule, schedule in schedules().items()
    }


def classes_of(schedule: Schedule) -> Mapping[str, str]:
    """Return the class of a schedule always, or by era and victim, where there is one."""
    if len({*schedule[0][1].values()}) == 1 and is_undated(schedule):
        return {ALWAYS: next(iter(schedule[0][1].values()))}
    days = [date.min, *sorted(turning_days())]
    return {
        f"{era}/{whom or ''}": name
        for era, day in [("", None), *enumerate(days)]
        for whom in (CONSTABLE, EMERGENCY_WORKER, NOT_A_CONSTABLE, None)
        if (name := scheduled_class(schedule, day, whom))
    }


def is_undated(schedule: Schedule) -> bool:
    return [first for first, _ in schedule] == [None]


def scheduled_class(schedule: Schedule, day: date | None, victim: str | None) -> str | None:
    """Return the class of a schedule for a victim on a day; None where that is open or the offence did not exist."""
    if day is None:
        return class_of_victim(schedule[0][1], victim) if is_undated(schedule) else None
    current = [classes for first, classes in schedule if first is None or day >= first]
    return class_of_victim(current[0], victim) if current else None


def class_of_victim(classes: Mapping[str, str], victim: str | None) -> str | None:
    """Return the class for a victim; the only one where all share it, so that no victim need be known."""
    if len(set(classes.values())) == 1:
        return next(iter(classes.values()))
    if victim == NOT_A_CONSTABLE:
        others = {name for whom, name in classes.items() if whom != CONSTABLE}
        return others.pop() if len(others) == 1 else None
    return classes.get(victim, classes.get(ANYONE)) if victim else None


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
    # In Scots law the offence is one of its own against anybody else, and of no class of ours.
    scottish: Schedule = ((None, {EMERGENCY_WORKER: "105A", ANYONE: ""}),)
    return {**by_code, **by_label, WITHOUT_INJURY: without_injury, SCOTTISH: scottish}


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


def entries(answers: Mapping[str, str]) -> str:
    """Return keys and answers as a text that `entry` finds them in; neither holds a blank or an equals sign."""
    return "".join(f" {key}={answer}" for key, answer in answers.items())


def entry(text: ir.StringValue, key: ir.StringValue | str) -> ir.StringValue:
    """Return the answer that stands beside a key of our own making in a text of entries, null where none does."""
    return text.split(ibis.literal(" ") + key + "=")[1].re_extract("^[^ ]*", 0)
