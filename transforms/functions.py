"""Scalar functions the engine provides: declared here once, bound by each engine to its own.

Ibis's own `as_timestamp` raises on one bad date, so the forgiving parser of the engine is bound instead. What differs
from drop to drop is a function of the engine's session, so that drops of one layout are one query, compiled once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.moments import BETWEEN
from schemas.spaces import SPACES, UNSEEN


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "array<string>"), "timestamp"))
def _try_strptime(text, formats):  # type: ignore[no-untyped-def]
    """Return the moment the first fitting format reads, or null."""


@ibis.udf.scalar.builtin(name="judged_on", signature=((), "date"))
def judged_on():  # type: ignore[no-untyped-def]
    """Return the day the drop is judged on."""


@ibis.udf.scalar.builtin(name="period_begins", signature=((), "date"))
def period_begins():  # type: ignore[no-untyped-def]
    """Return the first day of the period the drop says it covers."""


@ibis.udf.scalar.builtin(name="period_ends", signature=((), "date"))
def period_ends():  # type: ignore[no-untyped-def]
    """Return the last day of the period the drop says it covers."""


@ibis.udf.scalar.builtin(name="this_drop", signature=((), "string"))
def this_drop():  # type: ignore[no-untyped-def]
    """Return the identity of the drop."""


def among(value: ir.Value, words: Iterable[str]) -> ir.BooleanValue:
    """Return whether a value is one of some words; false for a missing value.

    A CASE, never an IN: DuckDB turns a longer IN into a join, which may lose the order of the rows.
    """
    branches = [(word, ibis.literal(True)) for word in dict.fromkeys(words)]
    if not branches:
        return cast(ir.BooleanValue, ibis.literal(False))
    return cast(ir.BooleanValue, value.cases(*branches, else_=ibis.literal(False)))


def contains(words: Iterable[str], value: ir.StringValue) -> ir.BooleanValue:
    """Return whether a text is one of some words, the text worked out once.

    For a text that is itself worked out: in a CASE that names it for every word, DuckDB would work it out for every
    row, also those that never come so far.
    """
    return cast(ir.BooleanValue, all_of(dict.fromkeys(words)).contains(value))


def tidied(text: ir.StringValue) -> ir.StringValue:
    """Return a text as `schemas.spaces.tidy` does."""
    seen = text.re_replace(UNSEEN, "").re_replace(SPACES, " ")
    # Both ends at most have one space.
    return cast(ir.StringValue, seen.re_replace("^ | $", ""))


def folded(text: ir.StringValue) -> ir.StringValue:
    """Return a text as it is compared with a word of a force's file, as `schemas.force.fold` does."""
    return cast(ir.StringValue, tidied(text).lower())


# What stands between the words of a constant: no word of a force's file or of a list of ours holds it.
BETWEEN_WORDS = "\x1f"


def looked_up(text: ir.StringValue, answers: Mapping[str, str]) -> ir.StringValue:
    """Return the answer that stands beside a text, null where there is none."""
    if not answers:
        return cast(ir.StringValue, ibis.null("string"))
    found = ibis.map(all_of(answers.keys()), all_of(answers.values())).get(text)
    return cast(ir.StringValue, found)


def all_of(words: Iterable[str]) -> ir.ArrayValue:
    """Return words as an array.

    As one constant that the engine takes apart: of an array of constants, Ibis has to look at each.
    """
    return cast(ir.ArrayValue, ibis.literal(BETWEEN_WORDS.join(words)).split(BETWEEN_WORDS))


def read_moment(text: ir.StringValue, formats: str) -> ir.TimestampValue:
    """Return the moment a text stands for, tried in the order of the formats; null where none fits.

    The formats are one text with `BETWEEN` between them, which is a shorter query than a list of texts.
    """
    return cast(ir.TimestampValue, _try_strptime(text, ibis.literal(formats).split(BETWEEN)))
