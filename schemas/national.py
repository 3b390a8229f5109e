"""The national tables: what a release publishes, each in long form with its status and its coverage.

Every figure is a number or missing, never a zero that stands for silence; `value_status` says why it is
missing or how far it goes, and the coverage columns say how many forces and months are in it. Books are never
added together, and neither are measures, save the one official sum that is named for what it is.
"""

from __future__ import annotations

from schemas.assault import ASSAULT
from schemas.codes import BOOK, MEASURE, OUTCOME_TYPE, VICTIM_TYPE, codes
from schemas.table import Code, CodeList, Field, OneOf, Required, Table, Type

NATIONAL = "national"
UNDECIDED = "undecided"
NOT_RECORDED = "not_recorded"
CONSTABLE_ASSAULTS = "constable_assaults"
BREAK_IN_SERIES = "2017-04"
POLICE_OFFICER_FTE = "police_officer_fte"

STATUS = codes(
    "figure_status",
    "Shorthand of the Government Analysis Function for symbols in tables.",
    x="Not available: nothing came for the period, every row of it was held, or what it needs was not sent",
    z="Not applicable: there is nothing to divide by, or no earlier period to set it against",
    b="Break in series: the period begins before April 2017, when injury assaults on constables had no class "
    "of their own; read the coverage columns for completeness",
    u="Low reliability: offences of the period could not be classed (see the measure undecided), so this may be low",
    p="Provisional: not every force, month or day of the period is in",
)

PERIOD_TYPE = codes(
    "period_type",
    "Calendar months and quarters; years ending March, as the Home Office publishes recorded crime.",
    month="Calendar month, as 2018-07",
    quarter="Calendar quarter, as 2018-Q3",
    year_ending_march="Year from April to March, as 2017-18",
    series="Every month of the series, as 2015-04 to 2018-09",
)

RECEIVED = codes(
    "received",
    "The states of a drop in the ledger.",
    received="A file was read for some of the month",
    nil="The force said it had nothing to send",
    missing="Nothing came for the month",
    refused="A file came and could not be read safely",
)

COUNTED_MEASURE = CodeList(
    "counted_measure", MEASURE.source, (*MEASURE.codes, Code(UNDECIDED, "The class could not be decided"))
)

RATE_MEASURE = CodeList(
    "rate_measure",
    "Home Office Counting Rules; assaults on police are published as 8S and 104 together since April 2017.",
    (
        *(code for code in MEASURE.codes if code.code.startswith("constable_")),
        Code(
            CONSTABLE_ASSAULTS,
            "Assaults on constables, with and without injury: 8S and 104, the official sum",
        ),
    ),
)

COUNTED_VICTIM = CodeList(
    "counted_victim", VICTIM_TYPE.source, (*VICTIM_TYPE.codes, Code(NOT_RECORDED, "The force did not say"))
)

COUNTED_OUTCOME = CodeList(
    "counted_outcome",
    OUTCOME_TYPE.source,
    (
        *OUTCOME_TYPE.codes,
        Code(NOT_RECORDED, "The force did not say"),
        Code("charged", "1 and 1A together, the numerator of the share charged"),
    ),
)

OUTCOME_STATISTIC = codes(
    "outcome_statistic",
    "The two kinds of row of the outcomes table.",
    offences="Offences with this outcome",
    share_charged="Offences with outcome 1 or 1A among those with any outcome",
)

OUTCOME_BASIS = codes(
    "outcome_basis",
    "Home Office, Crime outcomes in England and Wales: outcomes of offences recorded in the period.",
    recorded="Outcomes so far of offences recorded in the period, whenever the outcome came",
)

HOURS = tuple(f"{hour:02}" for hour in range(24))

HOUR = CodeList(
    "hour",
    "Hours of the local clock, as recorded.",
    (
        *(Code(hour, f"From {hour}:00 to {hour}:59") for hour in HOURS),
        Code(NOT_RECORDED, "The force did not say"),
    ),
)

CAMPAIGN_MEASURE = codes(
    "campaign_measure",
    "Behind the Badge, West Mercia Police and Crime Commissioner: 'the current picture'.",
    offences="Offences against on-duty police personnel",
    offences_with_injury="Those with an injury to the victim",
    offences_per_day="Offences a day, over the days delivered",
    minutes_between_offences="Minutes from one offence to the next, on average, over the days delivered",
    officers_per_offence="Police officers (full-time equivalent) for every offence in the period",
    share_victims_police_officers="Share of the victims who are police officers of the force",
    share_charged="Share charged (1 or 1A) of the offences that have an outcome",
    change_on_year_percent="Change against the same months a year before",
    weekend_night_share="Share on Saturday or Sunday from 00:00 to 05:59, of the offences with a time",
)

CAMPAIGN_UNITS = {
    "offences": "offences",
    "offences_with_injury": "offences",
    "offences_per_day": "offences a day",
    "minutes_between_offences": "minutes",
    "officers_per_offence": "officers",
    "share_victims_police_officers": "share",
    "share_charged": "share",
    "change_on_year_percent": "percent",
    "weekend_night_share": "share",
}


def coded(name: str, description: str, known: CodeList, required: bool = True) -> Field:
    """Return a column whose value is one code of a list."""
    return Field(
        name, "string", description, (Required(), OneOf(codes=known)) if required else (OneOf(codes=known),)
    )


FORCE = Field("force_id", "string", "The force.", (Required(),))
FORCE_OR_NATIONAL = Field(
    "force_id", "string", "The force, or `national` for every force that is in.", (Required(),)
)
ONE_BOOK = coded("book", "The kind of record; books are never added together.", BOOK)
PERIOD = (
    coded("period_type", "How long the period is.", PERIOD_TYPE),
    Field("period", "string", "The period's label.", (Required(),)),
)


def figure(description: str, unit: str, type: Type = "integer") -> tuple[Field, Field]:
    """Return the column of a figure and the column of its status."""
    return (
        Field("value", type, f"{description} Missing, never zero, where nothing is known.", unit=unit),
        coded(
            "value_status",
            "Why the figure is missing or how far it goes; empty: complete.",
            STATUS,
            required=False,
        ),
    )


COVERAGE = (
    Field(
        "forces_included",
        "integer",
        "Forces with a figure in this row; a force's own row: 1 or 0.",
        unit="forces",
    ),
    Field("forces_expected", "integer", "Forces that should send this book.", unit="forces"),
    Field(
        "months_included",
        "integer",
        "Months in the figure; a national row adds up the months of every force in it.",
        unit="force-months",
    ),
    Field(
        "months_expected",
        "integer",
        "Months in the period, those outside the series too; a national row: times the forces expected.",
        unit="force-months",
    ),
)

COVERAGE_TABLE = Table(
    name="coverage",
    description="One row is one force, book and month: what came, and how much of it was accepted and held.",
    key=("force_id", "book", "period_type", "period"),
    fields=(
        FORCE,
        ONE_BOOK,
        *PERIOD,
        coded("status", "What came for the month.", RECEIVED),
        coded(
            "value_status",
            "What the month gives every other table. Empty: figures for all its days; p: for some of them; "
            "x: none, for nothing came or every row was held.",
            STATUS,
            required=False,
        ),
        Field(
            "accepted",
            "integer",
            "Current records of the month by day of the assault, counted here even where no drop covers it.",
            unit="records",
        ),
        Field(
            "held",
            "integer",
            "Rows held back in the latest drop that covers the month. A row with no date in its drop's "
            "period counts in the last month of that period.",
            unit="rows",
        ),
        Field("drops", "integer", "Drops of any state whose period touches the month.", unit="drops"),
        Field(
            "days_covered",
            "integer",
            "Days of the month that a read drop or a nil return covers.",
            unit="days",
        ),
        Field("days_expected", "integer", "Days in the month.", unit="days"),
    ),
)

ASSAULTS_BY_FORCE = Table(
    name="assaults_by_force",
    description="Assaults by force and nationally, by the day of the assault, national measure and book. "
    "Measures are never added together. Outside the crime book a measure stands only for forces whose "
    "records carry it.",
    key=("force_id", "book", "period_type", "period", "measure"),
    fields=(
        FORCE_OR_NATIONAL,
        ONE_BOOK,
        *PERIOD,
        coded(
            "measure",
            "The national measure; undecided where the class could not be decided.",
            COUNTED_MEASURE,
        ),
        *figure("Victims recorded.", "victims"),
        *COVERAGE,
    ),
)

VICTIMS_BY_TYPE = Table(
    name="victims_by_type",
    description="Victims by role, force and nationally, by the day of the assault and book.",
    key=("force_id", "book", "period_type", "period", "victim_type"),
    fields=(
        FORCE_OR_NATIONAL,
        ONE_BOOK,
        *PERIOD,
        coded("victim_type", "The victim's role; not_recorded where the force did not say.", COUNTED_VICTIM),
        *figure("Victims recorded.", "victims"),
        *COVERAGE,
    ),
)

TIME_OF_WEEK = Table(
    name="time_of_week",
    description="Assaults by day of the week and hour of the local clock, by quarter and year ending March.",
    key=("force_id", "book", "period_type", "period", "weekday", "hour"),
    fields=(
        FORCE_OR_NATIONAL,
        ONE_BOOK,
        *PERIOD,
        Field("weekday", "integer", "1 Monday to 7 Sunday.", (Required(),)),
        coded("hour", "The hour, 00 to 23; not_recorded where the force did not say.", HOUR),
        *figure("Victims recorded.", "victims"),
        *COVERAGE,
    ),
)

OUTCOMES = Table(
    name="outcomes",
    description="Outcomes so far of the crime book's offences recorded in the period: by the day the force "
    "recorded the offence, or the day of the assault where that day is not given. Recent periods always look "
    "low. A code counts only what is coded with it: 1A, 2A and 3A stand beside 1, 2 and 3, not within them.",
    key=("force_id", "book", "basis", "period_type", "period", "statistic", "outcome_type"),
    fields=(
        FORCE_OR_NATIONAL,
        ONE_BOOK,
        coded("basis", "Which offences the outcomes are of.", OUTCOME_BASIS),
        *PERIOD,
        coded("statistic", "Whether the row counts offences or gives the share charged.", OUTCOME_STATISTIC),
        coded("outcome_type", "The outcome; not_recorded where the force did not say.", COUNTED_OUTCOME),
        *figure("Offences, or a share from 0 to 1.", "offences or share", "number"),
        Field("numerator", "integer", "Offences with this outcome.", unit="offences"),
        Field("denominator", "integer", "Offences with an outcome (0 is none).", unit="offences"),
        Field("without_outcome", "integer", "Offences with no outcome yet, or none given.", unit="offences"),
        *COVERAGE,
    ),
)

RATES_PER_1000_OFFICERS = Table(
    name="rates_per_1000_officers",
    description="Crime-book assaults on constables per 1,000 police officers (full-time equivalent, all "
    "ranks) over the period named: not made annual. The national rate is over the forces with both a count "
    "and officers.",
    key=("force_id", "book", "period_type", "period", "measure"),
    fields=(
        FORCE_OR_NATIONAL,
        ONE_BOOK,
        *PERIOD,
        coded("measure", "What is counted.", RATE_MEASURE),
        *figure("Victims per 1,000 officers over the period.", "victims per 1,000 officers", "number"),
        Field(
            "lower_95",
            "number",
            "Lower end of the exact 95 % Poisson interval.",
            unit="victims per 1,000 officers",
        ),
        Field(
            "upper_95",
            "number",
            "Upper end of the exact 95 % Poisson interval.",
            unit="victims per 1,000 officers",
        ),
        Field("numerator", "integer", "Victims recorded in the months included.", unit="victims"),
        Field(
            "denominator",
            "number",
            "Officers at the latest day at or before the period's end.",
            unit="officers",
        ),
        Field("denominator_name", "string", "Who the denominator counts, and how.", (Required(),)),
        Field("denominator_as_at", "date", "The day of the denominator; national: the earliest day used."),
        Field(
            "denominator_source", "string", "Where the denominator comes from; national: every source used."
        ),
        *COVERAGE,
    ),
)

CURRENT_PICTURE = Table(
    name="current_picture",
    description="The campaign's measures: crime-book records of on-duty police personnel, by the day of the "
    "assault; one record is one victim. A month in which a force's crimes all lack the victim's role or duty "
    "status is not in. Values are not rounded.",
    key=("force_id", "book", "period_type", "period", "measure"),
    fields=(
        FORCE_OR_NATIONAL,
        ONE_BOOK,
        *PERIOD,
        coded("measure", "The campaign's measure.", CAMPAIGN_MEASURE),
        *figure("The measure.", "as `unit` says", "number"),
        Field("unit", "string", "The unit of the value.", (Required(),)),
        Field(
            "numerator", "number", "What is divided; a count stands here alone. Change: this year's offences."
        ),
        Field(
            "denominator",
            "number",
            "What it is divided by; empty for a count. Change: offences a year before.",
        ),
        *COVERAGE,
    ),
)

COMPLETENESS = Table(
    name="completeness",
    description="Share of current records in which each field is present, by force and book. A field a force "
    "does not collect is present in none of them.",
    key=("force_id", "book", "period_type", "period", "field"),
    fields=(
        FORCE,
        ONE_BOOK,
        *PERIOD,
        coded(
            "field",
            "The field of the assault table.",
            CodeList(
                "given_field", "The assault table.", tuple(Code(f.name, f.description) for f in ASSAULT.given)
            ),
        ),
        *figure("Share from 0 to 1.", "share", "number"),
        Field("numerator", "integer", "Records in which the field is present.", unit="records"),
        Field("denominator", "integer", "Records of the months included.", unit="records"),
        *COVERAGE,
    ),
)

TABLES = (
    COVERAGE_TABLE,
    ASSAULTS_BY_FORCE,
    VICTIMS_BY_TYPE,
    TIME_OF_WEEK,
    OUTCOMES,
    RATES_PER_1000_OFFICERS,
    CURRENT_PICTURE,
    COMPLETENESS,
)
