"""The workforce table: how many people each force has, the denominator of every rate.

One row is one figure of one publication. Several publications may give the same figure, revised: all stay.
"""

from __future__ import annotations

from schemas.codes import codes
from schemas.table import Field, OneOf, Required, Table

WORKER_TYPE = codes(
    "worker_type",
    "Tables 1 to 7 of Police workforce, England and Wales, 30 September 2018 (Home Office).",
    police_officer="Police officers, all ranks",
    police_staff="Police staff, designated officers left out where the force can tell them apart",
    designated_officer="Designated officers (Police Reform Act 2002, sections 38 and 39)",
    police_staff_and_designated_officer="Police staff and designated officers together",
    pcso="Police community support officers",
    special_constable="Special constables",
    police_support_volunteer="Police support volunteers",
)

BASIS = codes(
    "basis",
    "Units of the Home Office police workforce tables.",
    fte="Full-time equivalents",
    headcount="Headcount; a share of a person working for two forces may make it fractional",
)

VALUE_STATUS = codes(
    "value_status",
    "Shorthand of the Government Analysis Function for symbols in tables.",
    x="Not available",
    z="Not applicable: the publication does not measure this",
    c="Confidential",
)

WORKFORCE = Table(
    name="workforce",
    description="One row is one figure of one force's workforce on one day, as one publication gave it.",
    key=("force_id", "worker_type", "basis", "as_at", "source"),
    fields=(
        Field("force_id", "string", "The force.", (Required(),)),
        Field("worker_type", "string", "Who is counted.", (Required(), OneOf(codes=WORKER_TYPE))),
        Field("basis", "string", "How they are counted.", (Required(), OneOf(codes=BASIS))),
        Field("as_at", "date", "The day the figure is for.", (Required(),)),
        Field("value", "number", "The figure; missing where the publication gives none.", unit="people"),
        Field("value_status", "string", "Why the figure is missing.", (OneOf(codes=VALUE_STATUS),)),
        Field("source", "string", "The file, and the table in it, the figure comes from.", (Required(),)),
        Field("published", "date", "The day it was published; missing where the file does not say."),
    ),
)
