"""An example of a record that breaks each rule and of one that does not, made from the rule's own constraint.

The values are what could stand in a force's file. A test sends both through the pipeline and looks at the findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.assault import ASSAULT
from schemas.drop import CLOCKS, KnownScope, NotDuplicate, NotRepeated, OwnForceOnly, Readable
from schemas.mend import Mended
from schemas.table import (
    Between,
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
)

# The cells of one row by the field they fill, as in a file; `line` is a whole line, and "" an empty cell.
Cells = Mapping[str, str]

DAY = date(2018, 7, 4)
PERIOD = "in a file that says it covers July 2018"
REFERENCES = "where the force's references are a year and a number, such as 2018/1001"
FOUR_DIGITS = "where the force's file states that a spreadsheet took leading noughts off four digits"
FIVE_DIGITS = FOUR_DIGITS.replace("four", "five")
SCOPE = 'where the force\'s file says that "Yes" is an assault and "No" is none'
KEPT = "as a value we keep, whatever was sent"
TWO_ROWS = "as two rows of one file"

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
        case Decided():
            both = {"offence_code": "008/06", "offence_title": ""}
            return one({**both, "victim_type": ""}, {**both, "victim_type": "police_officer"})
        case Mended():
            return mended(name)
        case KnownScope():
            return one({"scope": "Maybe"}, {"scope": "Yes"}, SCOPE)
        case OwnForceOnly():
            return one({"force_id": "Cumbria"}, {"force_id": "West Mercia"}, "in a file of West Mercia")
        case NotRepeated():
            rows = ({"source_record_id": "2018/7", "days_lost": lost} for lost in ("0", "3"))
            apart = (
                {"source_record_id": ref, "days_lost": lost}
                for ref, lost in (("2018/8", "0"), ("2018/9", "3"))
            )
            return Example(tuple(rows), tuple(apart), TWO_ROWS)
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
