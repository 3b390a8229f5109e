"""Rules about a whole drop: against the force's own drops before it, against other forces, and by itself.

None of them holds a row, so none is an error. A finding of theirs has no row: it names the field, the figures and what
to look at. `method` says how it is worked out, and by whose method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from schemas.assault import ASSAULT
from schemas.table import Constraint, Rule, Severity

# What stands in the place of a field where a rule is about the drop.
DROP = "drop"

# The bounds of the rules, each with its unit in its name. The functions in `expectations` and the texts below read them.
LEAST_MONTHS = 6
LEAST_RECORDS = 20
LEAST_PEERS = 5
LARGE_DROP_RECORDS = 100
VOLUME_PERCENT = 25
FALL_POINTS = 10
VANISHED_PERCENT = 5
CHURN_PERCENT = 20
PEER_POINTS = 10
# An injury whose degree a force does not record at all: how it records, not what happened there.
OF_PRACTICE = frozenset({"injured"})
CHANCE = 0.001
LEAST_MONTH_FIRST = 2
MONTH_FIRST_PERCENT = 20
REFERENCES_LOOKED_AT = 10_000


@dataclass(frozen=True)
class AboutDrop(Constraint):
    """A condition every drop should meet."""

    severity: Severity = Severity.QUERY
    method: ClassVar[str] = ""


@dataclass(frozen=True)
class UsualVolume(AboutDrop):
    """A month has about as many records as the force's months before it."""

    name = "unusual_volume"
    method = (
        "A prediction interval for one month from the months before it: counts are made comparable by Anscombe's "
        "square root (Biometrika 35, 1948), their spread is taken from those months and never below that of chance "
        "alone, and the limit is Student's t for 1 in 1,000 (Hahn and Meeker, Statistical Intervals, 1991). At least "
        f"{LEAST_MONTHS} of the last 24 months are needed, and a difference of at least {VOLUME_PERCENT} per cent. The "
        "seasons are not taken out."
    )

    def sentence(self, field: str) -> str:
        return "A month has far more or fewer records than the force's months before it."

    def remedy(self, field: str) -> str:
        return (
            "Check that the export covers the whole month and every district, and that its selection of offences is "
            "as before. If the number is right, tell us, and nothing need be sent."
        )


@dataclass(frozen=True)
class SameReferences(AboutDrop):
    """A file for a period sent before still has the references it had."""

    name = "references_gone"
    method = (
        f"Of the references of the drop it follows, in the days both cover (at most {REFERENCES_LOOKED_AT:,}, chosen by "
        f"a hash), the share that is no longer there: told from {CHURN_PERCENT} per cent, where there are at least "
        f"{LEAST_RECORDS}."
    )

    def sentence(self, field: str) -> str:
        return "Many references of the same days, sent before, are no longer in the file."

    def remedy(self, field: str) -> str:
        return (
            "Check whether the references were numbered anew, or records withdrawn. References that change count "
            "the same assault as a new one; tell us if they were meant to."
        )


@dataclass(frozen=True)
class StillFilled(AboutDrop):
    """A field is filled about as often as before."""

    name = "less_filled"
    method = (
        "A test of two proportions, one-sided, at 1 in 1,000 (Fleiss, Statistical Methods for Rates and Proportions, "
        f"1981), of the drop against the drops of the 24 months before it together; both need {LEAST_RECORDS} records, "
        f"and the fall is told from {FALL_POINTS} percentage points. Outcomes and days lost, which become known with time, "
        "are left out."
    )

    def sentence(self, field: str) -> str:
        return "A field is filled far less often than in the force's drops before."

    def remedy(self, field: str) -> str:
        return (
            "Look at the column in the export: it may be exported from another place, or no longer filled in. Send "
            "the file again if the values are in your system."
        )


@dataclass(frozen=True)
class CodesStillUsed(AboutDrop):
    """A code that was common is still used."""

    name = "code_gone"
    method = (
        f"A code that made up at least {VANISHED_PERCENT} per cent of a field in the 24 months before and is on no "
        "record now, where chance would bring that about less than 1 time in 1,000: (1 - share) to the power of "
        "the records that have the field."
    )

    def sentence(self, field: str) -> str:
        return "A code that was common in the force's drops before is on no record."

    def remedy(self, field: str) -> str:
        return (
            "Check whether your system has a new word for it, which the list of the force's file puts under another "
            "code, or whether these records were left out of the export."
        )


@dataclass(frozen=True)
class LikePeers(AboutDrop):
    """The share of each code is within what other forces have."""

    name = "unlike_peers"
    method = (
        "A funnel at 3 standard errors for the share of a code, on the arc sine scale, with the spread between "
        "forces as an additive part of the variance, estimated without the force itself after a tenth of the peers at "
        "either end is pulled in and that is allowed for (Spiegelhalter, Statistics in Medicine 24, 2005; Quality and "
        "Safety in Health Care 14, 2005; Paule and Mandel, 1982). As peers are few, the limit is Student's t of the same chance. "
        f"At least {LEAST_PEERS} forces of the same book and {LEAST_RECORDS} records are needed, and a difference of at "
        f"least {PEER_POINTS} percentage points."
    )

    def sentence(self, field: str) -> str:
        return "The share of a code is far outside that of other forces."

    def remedy(self, field: str) -> str:
        return (
            "Look at how the words of your system were put under our codes, and at which records are exported. Forces "
            "do differ: if it is right, nothing need be done."
        )


@dataclass(frozen=True)
class MostlyInPeriod(AboutDrop):
    """Most rows lie in the period the file says it covers."""

    name = "wrong_period"
    method = "More than half of the dated records lie outside the period that the file's name states."

    def sentence(self, field: str) -> str:
        return "Most of the file is of another period than its name says."

    def remedy(self, field: str) -> str:
        return "Check which period was exported, and send the file of this one, or this file under its right name."


@dataclass(frozen=True)
class NotSentBefore(AboutDrop):
    """The records are not those of an earlier file of another period."""

    name = "sent_before"
    method = (
        "At least half of the references (of at least 5) stand in one of the last three drops of the force and book "
        f"that cover other days; at most {REFERENCES_LOOKED_AT:,} are looked for, chosen by a hash."
    )

    def sentence(self, field: str) -> str:
        return "Most of these records were sent before, in a file of another period."

    def remedy(self, field: str) -> str:
        return "Check that this is not last month's file under a new name; if it is, send the right one."


@dataclass(frozen=True)
class OwnDrop(AboutDrop):
    """The file is of the force it came from."""

    name = "another_force"
    method = "At least nine in ten of the records (of at least 5) name another force, or none."

    def sentence(self, field: str) -> str:
        return "The whole file names another force."

    def remedy(self, field: str) -> str:
        return (
            "It may be in the wrong force's folder: take it out, and ask whoever sent it. If the force's name is "
            "written in a new way, tell us, so that it is known."
        )


@dataclass(frozen=True)
class UsualUnits(AboutDrop):
    """Numbers are in the unit they are asked for in."""

    name = "units"
    method = (
        "Days lost of which at least 9 in 10 above nought are whole shifts of 8 or of 7.5 hours, or whose median is "
        "five times that of the 24 months before; lengths of service of which a quarter are above 45; ages of which a "
        "fifth look like years. Each needs at least 10 values."
    )

    def sentence(self, field: str) -> str:
        return "A number looks as if it were in another unit."

    def remedy(self, field: str) -> str:
        return (
            "Check what the column holds: days lost are wanted in working days, length of service in years, ages in "
            "years and not years of birth."
        )


@dataclass(frozen=True)
class DaysKept(AboutDrop):
    """The days of the month are those of the assaults."""

    name = "days_lost_from_dates"
    method = "At least 95 in 100 dates (of at least 10) are the first of a month."

    def sentence(self, field: str) -> str:
        return "Nearly every assault is on the first of a month."

    def remedy(self, field: str) -> str:
        return "Export the day of the assault, not its month: the week and the hour are counted from it."


@dataclass(frozen=True)
class TimesKept(AboutDrop):
    """The times are those of the assaults."""

    name = "times_lost"
    method = "More than half of the times (of at least 10) are 00:00."

    def sentence(self, field: str) -> str:
        return "Most times of assaults are 00:00."

    def remedy(self, field: str) -> str:
        return "Check whether the export lost the time; where a time is not known, leave it empty rather than 00:00."


@dataclass(frozen=True)
class Varied(AboutDrop):
    """A coded field does not say the same on every record of a large drop."""

    name = "one_value"
    severity: Severity = Severity.NOTE
    method = f"One code on every record that has the field, of at least {LARGE_DROP_RECORDS} such records."

    def sentence(self, field: str) -> str:
        return "A field says the same on every record."

    def remedy(self, field: str) -> str:
        return (
            "Check that the column is filled in record by record and not by a default. If the export is of such "
            "records alone, nothing need be done."
        )


@dataclass(frozen=True)
class DayFirst(AboutDrop):
    """Dates have their day before their month."""

    name = "month_first"
    method = (
        f"At least {LEAST_MONTH_FIRST} rows and {MONTH_FIRST_PERCENT} per cent of the file have a day of the assault, of its "
        "recording or of its outcome that can only be read month first, and no row one that can only be read day first."
    )

    def sentence(self, field: str) -> str:
        return "The dates of this file look month-first."

    def remedy(self, field: str) -> str:
        return "Export dates as day/month/year, or tell us that your system writes the month first."


def about(constraint: AboutDrop) -> Rule:
    return Rule(DROP, constraint)


VOLUME = about(UsualVolume())
REFERENCES_GONE = about(SameReferences())
LESS_FILLED = about(StillFilled())
CODE_GONE = about(CodesStillUsed())
UNLIKE_PEERS = about(LikePeers())
WRONG_PERIOD = about(MostlyInPeriod())
SENT_BEFORE = about(NotSentBefore())
ANOTHER_FORCE = about(OwnDrop())
UNITS = about(UsualUnits())
DATES_LOST = about(DaysKept())
TIMES_LOST = about(TimesKept())
ONE_VALUE = about(Varied())
MONTH_FIRST = about(DayFirst())

# In the order of their codes.
DROP_RULES: tuple[Rule, ...] = (
    VOLUME, REFERENCES_GONE, LESS_FILLED, CODE_GONE, UNLIKE_PEERS, WRONG_PERIOD, SENT_BEFORE, ANOTHER_FORCE, UNITS,
    DATES_LOST, TIMES_LOST, ONE_VALUE, MONTH_FIRST,
)  # fmt: skip

# What is said of a drop before all else, the first of these alone: a file of other records is not worth mending.
SAID_FIRST: tuple[str, ...] = tuple(
    rule.name for rule in (SENT_BEFORE, ANOTHER_FORCE, MONTH_FIRST, WRONG_PERIOD)
)

# What a rule looks at beside the drop: whoever has nothing to compare with cannot run it.
BESIDE: frozenset[str] = frozenset(
    rule.name for rule in (VOLUME, REFERENCES_GONE, LESS_FILLED, CODE_GONE, UNLIKE_PEERS, SENT_BEFORE, UNITS)
)

# What becomes known with time only: of recent assaults it always looks less, and other than before. It is compared with
# nothing.
MATURING: frozenset[str] = frozenset({"outcome_type", "outcome_on", "charged_under", "sentence", "days_lost"})

# The fields whose codes are counted, in the order of the table.
CODED: tuple[str, ...] = tuple(
    declared.name for declared in ASSAULT.fields if declared.codes is not None and declared.type == "string"
    and declared.name != "book"
) + ("offence_class",)  # fmt: skip
