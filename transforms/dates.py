"""Days and times of day, from the force's writing of them."""

from __future__ import annotations

from datetime import date
from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.force import DATE_FORMATS, TIME_FORMATS, FieldMap
from transforms.functions import read_moment

ISO_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
ISO_TIMES = ("%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")

# Older than any officer's service: a two-digit year read as the year 18 is not a date anybody meant.
EARLIEST = date(1900, 1, 1)


def read_day(text: ir.StringValue, mapped: FieldMap) -> ir.DateValue:
    """Return the day a text stands for; null where no format fits or the year cannot be meant."""
    day = read_moment(text, (*(mapped.formats or DATE_FORMATS), *ISO_DATES)).date()
    return cast(ir.DateValue, ibis.ifelse(day >= EARLIEST, day, ibis.null("date")))


def read_time(text: ir.StringValue, mapped: FieldMap) -> ir.TimeValue:
    """Return the time of day a text stands for; null where no format fits."""
    return cast(ir.TimeValue, read_moment(text, (*(mapped.formats or TIME_FORMATS), *ISO_TIMES)).time())
