"""Rules that look beyond a row: at the other rows of its file, at earlier files of the book, at the other books.

They ask or tell and never hold a row: what is accepted depends on nothing but the file itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.table import Constraint, Rule, Severity, title, words

# The book a `health_safety_ref` leads to.
LINKED_BOOK = "health_safety"
# Nobody is assaulted so often in a day: the number is a stand-in, such as 0000.
MOST_A_DAY = 20
# Being apart by so many minutes, two places are too far for one person.
MINUTES = 10
# A reference that comes again later than this may be another record: some forces number anew each year.
DAYS_APART = 183


@dataclass(frozen=True)
class Beyond(Constraint):
    """A condition on a record that other records have a part in."""

    severity: Severity = Severity.QUERY


@dataclass(frozen=True)
class CountedOnce(Beyond):
    """A victim has one number under a reference."""

    name = "counted_twice"

    def sentence(self, field: str) -> str:
        return "The same victim stands more than once under this reference, each time with another number."

    def remedy(self, field: str) -> str:
        return (
            "If the rows are one victim, keep one of them; if they are several, check their collar numbers."
        )


@dataclass(frozen=True)
class InOnePlace(Beyond):
    """Nobody is assaulted in two places within minutes."""

    name = "two_places"
    minutes: int = MINUTES

    def sentence(self, field: str) -> str:
        return f"The same victim was assaulted in another place within {self.minutes} minutes, under another reference."

    def remedy(self, field: str) -> str:
        return (
            "Check the time, the place and the collar number of the rows: one of them is probably mistyped."
        )


@dataclass(frozen=True)
class InOneMonth(Beyond):
    """A reference dates its assault in one month, whichever file it comes in."""

    name = "another_month"
    days: int = DAYS_APART

    def sentence(self, field: str) -> str:
        return "An earlier file has this reference and victim with the assault in another month; both are counted."

    def remedy(self, field: str) -> str:
        return (
            "If it is one assault, send the month with the wrong date again, corrected; if they are two, nothing need "
            "be done."
        )


@dataclass(frozen=True)
class OneReference(Beyond):
    """An assault has one reference."""

    name = "same_assault"

    def sentence(self, field: str) -> str:
        return "The same victim, minute and offence stand under another reference too."

    def remedy(self, field: str) -> str:
        return "If it is one assault, keep one of the records; if the victim was assaulted twice, nothing need be done."


@dataclass(frozen=True)
class NumberedOn(Beyond):
    """The victims of a reference are numbered without a gap."""

    name = "gap"
    severity: Severity = Severity.NOTE

    def sentence(self, field: str) -> str:
        return "The victims under this reference are numbered with a gap."

    def remedy(self, field: str) -> str:
        return "If a victim of the police is missing from the export, send the row; a member of the public need not be."


@dataclass(frozen=True)
class OneDay(Beyond):
    """The rows of a reference have one day of the assault."""

    name = "several_days"

    def sentence(self, field: str) -> str:
        return "The rows under this reference have different dates of the assault."

    def remedy(self, field: str) -> str:
        return "Check the dates: if the assaults were on several days, each has a record of its own."


@dataclass(frozen=True)
class OneClass(Beyond):
    """Victims of one reference who are alike in role and injury have one class of offence."""

    name = "several_classes"

    def sentence(self, field: str) -> str:
        return (
            "Under this reference, victims of the same role and injury have different offences, and so are counted in "
            "different classes."
        )

    def remedy(self, field: str) -> str:
        return "Check the offence of each row under this reference."


@dataclass(frozen=True)
class OnePerson(Beyond):
    """A victim's number stands for one person."""

    name = "stand_in"
    most: int = MOST_A_DAY

    def sentence(self, field: str) -> str:
        return (
            f"The same collar number stands on more than {self.most} records of one day: it is probably a stand-in for "
            "numbers that are not known."
        )

    def remedy(self, field: str) -> str:
        return "Leave the collar number empty where it is not known, or list the stand-in under `missing`."


@dataclass(frozen=True)
class InLinkedBook(Beyond):
    """The report a record quotes is there."""

    name = "not_in_book"

    def sentence(self, field: str) -> str:
        return "The health and safety book that was sent for this month has no report of this reference."

    def remedy(self, field: str) -> str:
        return "Check the reference; if the report is missing from the health and safety export, send that again."


@dataclass(frozen=True)
class AgreesWithBook(Beyond):
    """Two books say the same of an assault."""

    name = "differs_between_books"

    def sentence(self, field: str) -> str:
        return f"{title(field)} is not what the linked record of another book says."

    def remedy(self, field: str) -> str:
        return f"Check {words(field)} in both systems; if both are right, the link between the two is wrong."


@dataclass(frozen=True)
class Quoted(Beyond):
    """A report of an assault is quoted by a record of another book."""

    name = "not_quoted"
    severity: Severity = Severity.NOTE

    def sentence(self, field: str) -> str:
        return "No crime sent for this month quotes this report; the assault may not have been recorded as a crime."

    def remedy(self, field: str) -> str:
        return "If there is a crime record of the assault, add the reference of this report to it."


COUNTED_ONCE = Rule("victim_number", CountedOnce())
IN_ONE_PLACE = Rule("occurred_time", InOnePlace())
IN_ONE_MONTH = Rule("occurred_on", InOneMonth())
ONE_REFERENCE = Rule("source_record_id", OneReference())
NUMBERED_ON = Rule("victim_number", NumberedOn())
ONE_DAY = Rule("occurred_on", OneDay())
ONE_CLASS = Rule("offence_class", OneClass())
ONE_PERSON = Rule("victim_id", OnePerson())
ROWS = (
    COUNTED_ONCE,
    IN_ONE_PLACE,
    IN_ONE_MONTH,
    ONE_REFERENCE,
    NUMBERED_ON,
    ONE_DAY,
    ONE_CLASS,
    ONE_PERSON,
)  # fmt: skip

IN_LINKED_BOOK = Rule("health_safety_ref", InLinkedBook())
AGREEING = tuple(Rule(name, AgreesWithBook()) for name in ("injury", "occurred_on", "victim_type"))
QUOTED = Rule("source_record_id", Quoted())
BOOKS = (IN_LINKED_BOOK, *AGREEING, QUOTED)

# The fixed order of these rules: after those that look at one row.
BEYOND = (*ROWS, *BOOKS)
