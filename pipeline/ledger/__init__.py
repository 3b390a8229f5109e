"""The ledger: what arrived, how each drop was judged, what was published. It is the commit of the system."""

from pipeline.ledger.facts import (
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
    "utc_now",
]
