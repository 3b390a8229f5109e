"""The support table: which steps of a force's support plan were taken for a victim.

Plans differ between forces in number, order and wording; the steps are those seen, in no official order.
"""

from __future__ import annotations

from schemas.codes import PLAN, PLAN_STEP
from schemas.table import Between, Field, NotInFuture, OneOf, Required, Severity, Table

SUPPORT = Table(
    name="support",
    description="One row is one step of a support plan for one victim of one record.",
    key=("force_id", "source_record_id", "victim_number", "plan", "step"),
    fields=(
        Field("force_id", "string", "The force that sent the record.", (Required(),), given=False),
        Field(
            "source_record_id",
            "string",
            "The force's own reference of the record the step belongs to, as in the assault table.",
            (Required(),),
        ),
        Field(
            "victim_number",
            "integer",
            "Which victim of the record the step is for: 1, 2, 3, and so on.",
            (Required(), Between(low=1, high=999)),
        ),
        Field("plan", "string", "The plan the force works by.", (Required(), OneOf(codes=PLAN))),
        Field("step", "string", "The step of the plan.", (Required(), OneOf(codes=PLAN_STEP))),
        Field("done", "boolean", "Whether the step was taken; missing means not recorded, never no."),
        Field("done_on", "date", "The day the step was taken.", (NotInFuture(severity=Severity.QUERY),)),
    ),
)
