"""What a receipt says of the fate of rows: which queries are on rows that are accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.table import Severity


def queries_accepted(receipt: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the causes that ask, each with its accepted rows alone that are not answered; one without any is left out."""
    return [
        {**cause, "rows": left, "description": description_of(cause)}
        for cause in receipt["causes"]
        if cause["severity"] == Severity.QUERY and (left := cause["accepted"] - answered(cause, receipt)) > 0
    ]


def answered(cause: Mapping[str, Any], receipt: Mapping[str, Any]) -> int:
    """Return how many findings of a cause on accepted rows the force has answered."""
    return int(receipt.get("answered", {}).get("by_rule", {}).get(cause["rule"], 0))


def answered_all(cause: Mapping[str, Any], receipt: Mapping[str, Any]) -> bool:
    """Return whether the force has answered a cause on every row it is asked about."""
    return bool(cause["severity"] == Severity.QUERY and 0 < cause["accepted"] <= answered(cause, receipt))


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


def elsewhere(cause: Mapping[str, Any], findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return where the findings of a cause stand that are in no row of this file, as 'row 3 of "crimes.csv"'."""
    return [
        each["message"].removeprefix(cause["message"]).strip().removeprefix("It is ").removesuffix(".")
        for each in findings
        if each["rule"] == cause["rule"] and each["row"] is None
    ]
