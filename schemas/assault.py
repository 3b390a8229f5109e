"""The assault table: the single source of truth.

One row is one victim in one record of one book. Names are final: fields are added, never renamed.
"""

from __future__ import annotations

from schemas.codes import (
    AGE_BAND,
    BODY_WORN_VIDEO,
    BOOK,
    CHARGED_UNDER,
    CONSTABLES,
    CREWING,
    DUTY_STATUS,
    HATE_STRAND,
    IMPACT_FACTOR,
    INJURY,
    LOCATION_TYPE,
    MEASURE,
    OUTCOME_TYPE,
    RANK,
    SENTENCE,
    SEX,
    TREATMENT,
    VICTIM_TYPE,
    WEAPON,
)
from schemas.table import (
    Between,
    Constraint,
    Decided,
    Explained,
    Field,
    Implies,
    InPeriod,
    NotBefore,
    NotEarlierThan,
    NotInFuture,
    OneOf,
    Required,
    RequiredOneOf,
    Severity,
    Table,
)
from schemas.together import MOST_DAYS, TOGETHER

QUERY, NOTE = Severity.QUERY, Severity.NOTE


def yes_no(name: str, description: str) -> Field:
    """Return a yes/no field; missing means not recorded, never no."""
    return Field(name, "boolean", description)


def coded(name: str, description: str, constraint: OneOf, *more: Constraint) -> Field:
    """Return a field whose value is one code of a list."""
    return Field(name, "string", description, (constraint, *more))


ASSAULT = Table(
    name="assault",
    description="One row is one victim in one record of one book.",
    key=("force_id", "book", "source_record_id", "victim_number"),
    fields=(
        # identity
        Field("force_id", "string", "The force that sent the record.", (Required(),), given=False),
        Field(
            "book",
            "string",
            "The kind of record: crime, health and safety, or use of force. Books are never added together.",
            (Required(), OneOf(codes=BOOK)),
            given=False,
        ),
        Field("source_record_id", "string", "The force's own reference of the record.", (Required(),)),
        Field(
            "victim_number",
            "integer",
            "Which victim of the record this is: 1, 2, 3, and so on.",
            (Between(low=1, high=999),),
        ),
        Field("drop_id", "string", "The drop the record came in.", given=False),
        Field("row_number", "integer", "The row of the file the record stands in, from 1.", given=False),
        # when
        Field(
            "occurred_on",
            "date",
            "The day of the assault.",
            (Required(), NotInFuture(), NotEarlierThan(), InPeriod()),
        ),
        Field("occurred_time", "time", "The local time of the assault, as recorded."),
        Field(
            "recorded_on",
            "date",
            "The day the force recorded it.",
            (NotInFuture(severity=QUERY), NotBefore(other="occurred_on")),
        ),
        # offence
        Field(
            "offence_code",
            "string",
            "The Home Office offence code, as 008/73.",
            (Explained(expected="a Home Office offence code"),),
        ),
        Field("offence_title", "string", "The offence as the force words it."),
        yes_no("attempted", "Whether the offence was an attempt."),
        Field(
            "offence_class",
            "string",
            "The recorded crime class of the offence on the day of the assault: 8S, 104, 8T, 105A and others.",
            given=False,
        ),
        Field(
            "measure",
            "string",
            "The national measure the record counts in; missing where it cannot be decided.",
            (OneOf(codes=MEASURE),),
            given=False,
        ),
        coded("charged_under", "The Act the suspect was charged under.", OneOf(codes=CHARGED_UNDER)),
        # victim
        Field(
            "victim_id",
            "string",
            "A pseudonym of the victim, the same across one force's records; a keyed hash, never the collar number.",
            pseudonym=True,
        ),
        coded("victim_type", "The victim's role.", OneOf(codes=VICTIM_TYPE)),
        coded("rank", "The victim's rank.", OneOf(codes=RANK)),
        coded("sex", "The victim's sex as recorded.", OneOf(codes=SEX)),
        coded("age_band", "The victim's age on the day.", OneOf(codes=AGE_BAND)),
        Field(
            "length_of_service_years",
            "integer",
            "Whole years of service on the day.",
            (Between(low=0, high=60),),
            unit="years",
        ),
        coded("duty_status", "Whether the victim was on duty.", OneOf(codes=DUTY_STATUS)),
        coded("crewing", "Whether the victim was alone or with colleagues.", OneOf(codes=CREWING)),
        # harm
        coded("injury", "The worst injury to the victim.", OneOf(codes=INJURY)),
        yes_no("injury_intentional", "Whether the injury came from an intentional assault."),
        coded("treatment", "The most treatment the victim had.", OneOf(codes=TREATMENT)),
        Field(
            "days_lost",
            "integer",
            "Working days lost through the assault so far.",
            (Between(low=0, high=MOST_DAYS),),
            unit="days",
        ),
        # manner
        coded("weapon", "The weapon used or threatened with.", OneOf(codes=WEAPON)),
        yes_no("spat_at", "Whether the victim was spat at."),
        yes_no("bitten", "Whether the victim was bitten."),
        yes_no("punched", "Whether the victim was punched."),
        yes_no("kicked", "Whether the victim was kicked."),
        yes_no("verbal_abuse", "Whether the victim was verbally abused."),
        yes_no("threatened", "Whether the victim was threatened."),
        # context
        coded("location_type", "The kind of place.", OneOf(codes=LOCATION_TYPE)),
        Field("district", "string", "The force's own district or local policing area."),
        yes_no("hate_crime", "Whether the force flagged a hate crime."),
        Field(
            "hate_strands",
            "list",
            "The monitored strands of the hate crime.",
            (OneOf(codes=HATE_STRAND),),
        ),
        Field("impact_factors", "list", "Factors that bore on the assault.", (OneOf(codes=IMPACT_FACTOR),)),
        coded(
            "body_worn_video", "Whether body-worn video was worn and recording.", OneOf(codes=BODY_WORN_VIDEO)
        ),
        yes_no("ced_carried", "Whether the victim carried a conducted energy device (Taser)."),
        # outcome
        coded("outcome_type", "The outcome of the investigation so far.", OneOf(codes=OUTCOME_TYPE)),
        Field(
            "outcome_on",
            "date",
            "The day the outcome was recorded.",
            (NotInFuture(severity=QUERY), NotBefore(other="occurred_on")),
        ),
        coded("sentence", "The main sentence of the court.", OneOf(codes=SENTENCE)),
        Field(
            "health_safety_ref",
            "string",
            "The reference of the health and safety report of the same assault.",
        ),
    ),
    constraints=(
        ("offence", RequiredOneOf(fields=("offence_code", "offence_title", "offence_class"), book="crime")),
        (
            "offence_class",
            Decided(given=("offence_code", "offence_title", "victim_type", "occurred_on")),
        ),
        (
            "victim_type",
            Implies(
                when="offence_class",
                values=("8S", "104"),
                then="victim_type",
                allowed=(*CONSTABLES, "unknown"),
            ),
        ),
        *TOGETHER,
    ),
)
