"""Values that no spreadsheet takes for a formula."""

from __future__ import annotations

import re
from typing import cast

import ibis
import ibis.expr.types as ir

# What a spreadsheet may take for a formula, its wide forms too; a negative number is none, but a sum is. The engine
# and Python read it alike.
FORMULA = r"^[=+@＝＋＠－\t\r\n]|^-([^0-9]|$)|^-[0-9][\d\D]*[^0-9.,]"

_FORMULA = re.compile(FORMULA)
# What a spreadsheet runs of what a force wrote itself: not a signed number or amount, nor dashes for "not known".
_RUNS = re.compile(r"\s*(?:[=@＝＠]\s*\S|[+\-＋－](?!-*\s*$|[\d.,\s%£$€]*(?:[eE][+-]?\d+)?\s*$))")


def harmless_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return "'" + text if _FORMULA.search(text) else text


def runs(text: str) -> bool:
    """Return whether a spreadsheet would run a cell of a text file as a formula."""
    return _RUNS.match(text) is not None


def harmless(text: ir.StringValue) -> ir.StringValue:
    """Return a column of texts none of which a spreadsheet takes for a formula."""
    return cast(ir.StringValue, ibis.ifelse(text.re_search(FORMULA), ibis.literal("'") + text, text))
