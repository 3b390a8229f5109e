"""Rules that come with a drop rather than with the assault table: its scope, its force, its repeats."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.assault import ASSAULT
from schemas.force import Book
from schemas.mend import Mended, whole
from schemas.personal import PERSONAL_TEXTS
from schemas.regrade import as_seen
from schemas.table import Constraint, Matches, Rule, Severity, explainable


@dataclass(frozen=True)
class KnownScope(Constraint):
    """The force's file says whether a row is an assault at all."""

    name = "unexplained"

    def sentence(self, field: str) -> str:
        return "We cannot tell whether this row is an assault: a word in the deciding column is not on the force's list."

    def remedy(self, field: str) -> str:
        return (
            "Look at the row: a value pushed into the next column by a stray comma looks like this. If the word "
            "is right, tell us whether it means an assault."
        )


@dataclass(frozen=True)
class KnownAction(Constraint):
    """The force's file says whether a row of a file of changes is a record or takes one back."""

    name = "unexplained"

    def sentence(self, field: str) -> str:
        return (
            "We cannot tell whether this row adds, changes or withdraws a record: its word for it is not on the force's "
            "list."
        )

    def remedy(self, field: str) -> str:
        return (
            "Write the word your system uses for a new, a changed or a withdrawn record. If the word is right, tell us "
            "which of the three it means."
        )


@dataclass(frozen=True)
class OwnForceOnly(Constraint):
    """The column that names the force names this one."""

    name = "another_force"

    def sentence(self, field: str) -> str:
        return "The row names another force, or none."

    def remedy(self, field: str) -> str:
        return "Check that the right file is in the right force's folder, and take other forces' rows out."


@dataclass(frozen=True)
class NotRepeated(Constraint):
    """A record id and victim number stand once in a file."""

    name = "repeated"

    def sentence(self, field: str) -> str:
        return "The same reference and victim stand on several rows with different details."

    def remedy(self, field: str) -> str:
        return "Keep the row that is right, or number the victims, and send the file again."


@dataclass(frozen=True)
class NotDuplicate(Constraint):
    """A row does not repeat an earlier row of the file."""

    name = "duplicate"
    severity: Severity = Severity.NOTE

    def sentence(self, field: str) -> str:
        return "The row repeats an earlier row of the file word for word; it is counted once."

    def remedy(self, field: str) -> str:
        return "Nothing need be done; if the rows are two victims, number them."


@dataclass(frozen=True)
class Readable(Constraint):
    """Every line of a file can be read as a row."""

    name = "refused"

    def sentence(self, field: str) -> str:
        return "The line could not be read as a row."

    def remedy(self, field: str) -> str:
        return "Correct the line in your system and send the row again."


# A day or a time may be mended in any force's file: 24:00 is a moment of the next day.
CLOCKS = ("date", "time")
MENDED = tuple(Rule(declared.name, Mended()) for declared in ASSAULT.given if declared.type in CLOCKS)
REPEATED = Rule("source_record_id", NotRepeated())
DUPLICATE = Rule("row", NotDuplicate())
REFUSED_LINE = Rule("line", Readable())
UNKNOWN_ACTION = Rule("change", KnownAction())


def rules_of(book: Book) -> tuple[Rule, ...]:
    """Return the rules every record of a drop of this book is judged by, in the fixed order of their bits.

    Their severity is that of the day the book is seen on: `book.on(day)`.
    """
    rules = list(ASSAULT.rules())
    rules.append(Rule("scope", KnownScope()))
    rules.append(Rule("force_id", OwnForceOnly()))
    pattern = book.fields["source_record_id"].pattern
    meaning = "in the form of this force's references"
    rules.append(Rule("source_record_id", Matches(pattern=pattern or "", meaning=meaning)))
    rules.extend(MENDED)
    rules.extend(rule for rule in PERSONAL_TEXTS if rule.field in book.fields)
    for name, mapped in book.fields.items():
        declared = ASSAULT[name]
        if mapped.mend and declared.type not in CLOCKS:
            rules.append(Rule(name, Mended()))
        if mapped.mend.leading_zeros and not explainable(declared):
            rules.append(Rule(name, whole(declared)))
    if book.actions:
        rules.append(UNKNOWN_ACTION)
    return as_seen(rules, book)
