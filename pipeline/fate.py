"""What a receipt says of the fate of rows: which queries are on rows that are accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.table import Severity


def queries_accepted(receipt: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the causes that ask, each with its accepted rows alone; one whose rows are all held back is left out."""
    return [
        {**cause, "rows": cause["accepted"], "description": description_of(cause)}
        for cause in receipt["causes"]
        if cause["severity"] == Severity.QUERY and cause["accepted"]
    ]


def description_of(cause: Mapping[str, Any]) -> str:
    """Return what the rows of a cause have in common, and how many of them are not accepted."""
    held = cause["rows"] - cause["accepted"]
    are = "is" if held == 1 else "are"
    return str(cause["description"]) + (
        f" ({held:,} of them {are} not accepted for another reason)" if held else ""
    )


def held_rows(receipt: Mapping[str, Any]) -> frozenset[int]:
    """Return the rows that an error holds back, as far as the receipt lists its findings."""
    return frozenset(
        each["row"]
        for each in receipt["findings"]
        if each["severity"] == Severity.ERROR and each["row"] is not None
    )
