"""An example of a record that breaks each rule and of one that does not, made from the rule's own constraint.

The values are what could stand in a force's file. A test sends both through the pipeline and looks at the findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.assault import ASSAULT
from schemas.beyond import Beyond
from schemas.beyond_examples import EXAMPLES
from schemas.drop import CLOCKS, KnownAction, KnownScope, NotDuplicate, NotRepeated, OwnForceOnly, Readable
from schemas.mend import Mended
from schemas.personal import NoPersonalColumn, NotPersonal
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
)
from schemas.whole_drop import AboutDrop

# The cells of one row by the field they fill, as in a file; `line` is a whole line, and "" an empty cell.
Cells = Mapping[str, str]

DAY = date(2018, 7, 4)
PERIOD = "in a file that says it covers July 2018"
REFERENCES = "where the force's references are a year and a number, such as 2018/1001"
FOUR_DIGITS = "where the force's file states that a spreadsheet took leading noughts off four digits"
FIVE_DIGITS = FOUR_DIGITS.replace("four", "five")
SCOPE = 'where the force\'s file says that "Yes" is an assault and "No" is none'
ACTIONS = 'where the force\'s file says that "A" adds, "C" changes and "D" withdraws a record'
KEPT = "as a value we keep, whatever was sent"
UNASKED = "in a column that no force's file speaks of"
TWO_ROWS = "as two rows of one file"
WHOLE_DROP = "as counts of a whole drop"

UNREAD = {"date": "31/02/2018", "time": "25:10", "integer": "two", "number": "two", "boolean": "perhaps"}
READ = {"date": "04/07/2018", "time": "23:10", "integer": "2", "number": "2", "boolean": "yes"}
NO_CODE = "see log"

# The fields we fill ourselves have no cell of their own: what is kept in them, for their rules.
OURS = {"force_id": "west_mercia", "book": "crime", "measure": "constable_without_injury"}
SOUND = {
    "source_record_id": "2018/1001",
    "occurred_on": "04/07/2018",
    "offence_code": "104/23",
    "victim_type": "police_officer",
    **OURS,
}


@dataclass(frozen=True)
class Example:
    """Rows that break a rule and rows that do not; `given` says what must hold besides, empty where nothing."""

    breaks: tuple[Cells, ...]
    sound: tuple[Cells, ...]
    given: str = ""


def example_of(rule: Rule) -> Example:
    """Return the example of a rule; raises TypeError where none can be made of its constraint."""
    name, one = rule.field, example
    match rule.constraint:
        case Required():
            return one({name: ""}, {name: SOUND[name]}, KEPT if name in OURS else "")
        case Explained():
            return unread(name)
        case OneOf(codes=codes):
            return one({name: NO_CODE}, {name: next(iter(codes))}, KEPT)
        case NotInFuture():
            return one({name: "01/01/2099"}, {name: written(DAY)})
        case NotBefore(other=other):
            days = (DAY - timedelta(days=1), DAY)
            early, late = ({other: written(DAY), name: written(day)} for day in days)
            return one(early, late)
        case NotEarlierThan(day=day):
            return one({name: written(day - timedelta(days=1))}, {name: written(day)})
        case InPeriod():
            return one({name: "30/06/2018"}, {name: "01/07/2018"}, PERIOD)
        case Between(low=low, high=high):
            return one({name: f"{high + 1:g}"}, {name: f"{high:g}"} if low < high else {name: f"{low:g}"})
        case Matches():
            return one({name: "Malvern"}, {name: "2018/1001"}, REFERENCES)
        case RequiredOneOf(fields=fields):
            return one(dict.fromkeys(sent(fields), ""), {"offence_code": SOUND["offence_code"]})
        case Implies():
            both = {"offence_code": "104/23"}
            return one({**both, "victim_type": "pcso"}, {**both, "victim_type": "police_officer"})
        case NotLongAfter(other=other, days=days):
            ends = (DAY + timedelta(days=days + 1), DAY + timedelta(days=days))
            late, soon = ({other: written(DAY), name: written(day)} for day in ends)
            return one(late, soon)
        case NotTogether(conditions=conditions):
            return contradicting(rule, conditions)
        case Needs(conditions=conditions):
            asked = together(conditions)
            return one({**asked, name: ""}, {**asked, name: present(name)})
        case Decided():
            both = {"offence_code": "008/06", "offence_title": ""}
            return one({**both, "victim_type": ""}, {**both, "victim_type": "police_officer"})
        case Mended():
            return mended(name)
        case NotPersonal():
            return one({name: "0121 496 0123"}, {name: "Malvern"})
        case NoPersonalColumn():
            return one({"column": "j.smith@example.org"}, {"column": "Left a note"}, UNASKED)
        case AboutDrop():
            return of_whole_drop(rule)
        case KnownScope():
            return one({"scope": "Maybe"}, {"scope": "Yes"}, SCOPE)
        case KnownAction():
            return one({"change": "X"}, {"change": "D"}, ACTIONS)
        case OwnForceOnly():
            return one({"force_id": "Cumbria"}, {"force_id": "West Mercia"}, "in a file of West Mercia")
        case NotRepeated():
            rows = ({"source_record_id": "2018/7", "days_lost": lost} for lost in ("0", "3"))
            apart = (
                {"source_record_id": ref, "days_lost": lost}
                for ref, lost in (("2018/8", "0"), ("2018/9", "3"))
            )
            return Example(tuple(rows), tuple(apart), TWO_ROWS)
        case Beyond():
            return Example(*EXAMPLES[rule.name])
        case NotDuplicate():
            same = {"source_record_id": "2018/5"}
            others = ({"source_record_id": ref} for ref in ("2018/6", "2018/10"))
            return Example((same, same), tuple(others), TWO_ROWS)
        case Readable():
            return one(
                {"line": "2018/9,04/07/2018,Malvern,Worcester"},
                {"line": '2018/9,04/07/2018,"Malvern,Worcester"'},
                "in a file of three columns",
            )
    raise TypeError(f"No example is written for {type(rule.constraint).__name__}.")


# The class and the measure are worked out: cells from which each of them follows.
OF_MEASURE: Mapping[str, Cells] = {
    "constable_with_injury": {"offence_code": "008/06", "victim_type": "police_officer"},
    "constable_without_injury": {"offence_code": "104/23", "victim_type": "police_officer"},
    "emergency_worker_with_injury": {
        "offence_title": "Assault occasioning actual bodily harm on an emergency worker (except a constable)",
        "offence_code": "",
        "occurred_on": "04/07/2024",
    },
    "other": {"offence_code": "105/01"},
}
OF_CLASS: Mapping[str, Cells] = {
    "8N": {"offence_title": "8N", "offence_code": ""},
    "105A": {"offence_code": "105/01"},
}


def contradicting(rule: Rule, conditions: Sequence[Condition]) -> Example:
    """Return the example of what never holds together: with the last of it, or the day, not so, it is sound."""
    cells = together(conditions)
    since, until = rule.constraint.since, rule.constraint.until
    if since or until:
        outside = since - timedelta(days=1) if since else until + timedelta(days=1) if until else DAY
        inside = since or until or DAY
        return example({**cells, "occurred_on": written(inside)}, {**cells, "occurred_on": written(outside)})
    last = conditions[-1]
    return example(cells, {**cells, last.field: otherwise(last)})


def together(conditions: Sequence[Condition]) -> Cells:
    """Return cells of which all of some conditions hold."""
    cells: dict[str, str] = {}
    for condition in conditions:
        match condition:
            case Is(field="measure", values=values):
                cells |= OF_MEASURE[str(values[0])]
            case Is(field="offence_class", values=values):
                cells |= OF_CLASS[str(values[0])]
            case Is(field=name, values=values):
                cells[name] = worded_as(values[0])
                if name == "offence_title":
                    cells["offence_code"] = ""
            case AtLeast(field=name, low=number) | AtMost(field=name, high=number):
                cells[name] = str(number)
            case Given(field="offence_class"):
                cells["offence_code"] = SOUND["offence_code"]
            case Given(field=name):
                cells[name] = present(name)
    return cells


def otherwise(condition: Condition) -> str:
    """Return a cell of which a condition does not hold."""
    match condition:
        case Is(field=name, values=values) | IsNot(field=name, values=values):
            if isinstance(values[0], bool):
                return worded_as(not values[0])
            return next((code for code in ASSAULT[name].codes or () if code not in values), "")
        case AtLeast(low=low):
            return str(low - 1)
        case AtMost(high=high):
            return str(high + 1)
        case Given():
            return ""


def present(name: str) -> str:
    """Return something that may stand in a field."""
    declared = ASSAULT[name]
    return next(iter(declared.codes)) if declared.codes else READ[declared.type]


def worded_as(value: str | bool) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


# What rules about a whole drop look at, that breaks the rule and that does not.
DROPS: Mapping[str, tuple[Cells, Cells]] = {
    "unusual_volume": (
        {"months before": "50, 52, 47, 55, 49, 51, 53, 48", "this month": "12"},
        {"months before": "50, 52, 47, 55, 49, 51, 53, 48", "this month": "41"},
    ),
    "references_gone": (
        {"sent before": "120", "still there": "60"},
        {"sent before": "120", "still there": "117"},
    ),
    "less_filled": (
        {"injury before": "190 of 200", "injury": "50 of 100"},
        {"injury before": "190 of 200", "injury": "92 of 100"},
    ),
    "code_gone": (
        {"injury before": "none 160, minor 40", "injury": "none 100"},
        {"injury before": "none 160, minor 40", "injury": "none 90, minor 10"},
    ),
    "unlike_peers": (
        {
            "minor of injury": "90 of 100",
            "in other forces": "20 of 100, 24 of 110, 30 of 140, 22 of 90, 19 of 80",
        },
        {
            "minor of injury": "28 of 100",
            "in other forces": "20 of 100, 24 of 110, 30 of 140, 22 of 90, 19 of 80",
        },
    ),
    "wrong_period": ({"dates": "40", "outside the period": "38"}, {"dates": "40", "outside the period": "2"}),
    "sent_before": (
        {"references": "40", "in an earlier file of other days": "39"},
        {"references": "40", "in an earlier file of other days": "1"},
    ),
    "another_force": (
        {"records": "40", "naming another force": "40"},
        {"records": "40", "naming another force": "1"},
    ),
    "units": (
        {"days_lost": "8, 16, 24, 8, 7.5, 15, 40, 8, 80, 16"},
        {"days_lost": "1, 2, 5, 1, 8, 3, 10, 2, 1, 14"},
    ),
    "days_lost_from_dates": (
        {"dates": "40", "first of a month": "40"},
        {"dates": "40", "first of a month": "3"},
    ),
    "times_lost": ({"times": "40", "at 00:00": "31"}, {"times": "40", "at 00:00": "2"}),
    "month_first": (
        {"rows": "156", "only month first": "103"},
        {"rows": "156", "only month first": "1"},
    ),
    "one_value": ({"injury": "none 240"}, {"injury": "none 180, minor 60"}),
}


def of_whole_drop(rule: Rule) -> Example:
    """Return the example of a rule about a whole drop."""
    return example(*DROPS[rule.constraint.name], given=WHOLE_DROP)


def example(breaks: Cells, sound: Cells, given: str = "") -> Example:
    return Example((breaks,), (sound,), given)


def unread(name: str) -> Example:
    """Return the example of a value that cannot be read as what its field holds."""
    declared = ASSAULT[name]
    if declared.codes is not None:
        return example({name: NO_CODE}, {name: next(iter(declared.codes))}, worded(declared))
    if name == "offence_code":
        return example({name: "assault"}, {name: SOUND[name]})
    if declared.type == "string":
        return example({name: "1.23E+15"}, {name: "0017"}, FOUR_DIGITS)
    return example({name: UNREAD[declared.type]}, {name: READ[declared.type]})


def worded(declared: Field) -> str:
    """Return that the words of a force's list are its own."""
    return f'where the force\'s list has "{next(iter(declared.codes or ()))}" and not "{NO_CODE}"'


def mended(name: str) -> Example:
    """Return the example of a value that is not kept as it was sent."""
    declared = ASSAULT[name]
    if name == "offence_code":
        return example({name: "873"}, {name: "00873"}, FIVE_DIGITS)
    if declared.type not in CLOCKS:
        return example({name: "17"}, {name: "0017"}, FOUR_DIGITS)
    if declared.type == "time":
        return example({name: "24:00"}, {name: "23:10"})
    return example({name: f"{written(DAY)} 24:00"}, {name: f"{written(DAY)} 23:10"})


def sent(fields: Sequence[str]) -> list[str]:
    return [name for name in fields if ASSAULT[name].given]


def written(day: date) -> str:
    return f"{day:%d/%m/%Y}"
