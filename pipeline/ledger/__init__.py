"""The ledger: what arrived, how each drop was judged, what was published. It is the commit of the system."""

from pipeline.ledger.acts import Act, ActRecord, broken_link
from pipeline.ledger.facts import (
    Answer,
    Arrival,
    Conflict,
    Counted,
    DoesNotBalance,
    DropRecord,
    DropSums,
    FindingCount,
    LedgerUnavailable,
    Outcome,
    ReleaseRecord,
    UnknownDrop,
)
from pipeline.ledger.ledger import Ledger, utc_now
from pipeline.ledger.tables import METADATA, SCHEMA_REVISION, VERSION_TABLE

__all__ = [
    "METADATA",
    "SCHEMA_REVISION",
    "VERSION_TABLE",
    "Act",
    "ActRecord",
    "Answer",
    "Arrival",
    "Conflict",
    "Counted",
    "DoesNotBalance",
    "DropRecord",
    "DropSums",
    "FindingCount",
    "Ledger",
    "LedgerUnavailable",
    "Outcome",
    "ReleaseRecord",
    "UnknownDrop",
    "broken_link",
    "utc_now",
]
