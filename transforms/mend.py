"""Values mended as the force's file states, and where that was done."""

from __future__ import annotations

from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.force import Book, FieldMap
from schemas.mend import cells_of
from schemas.moments import ISO_DATES, day_formats, midnights, time_formats
from schemas.table import Field
from transforms.dates import DAY_NUMBER, PART_OF_DAY, after, looks_like, padded, short_of

# True where the time of the assault is 24:00 of the day in another column, so that the day is the next.
NEXT_DAY = "next_day"

# Numbers a spreadsheet has taken digits from: in scientific notation, or with nothing but noughts after the 15th.
DESTROYED = r"^\d(\.\d+)?[Ee]\+\d+$|^[1-9]\d{14}0+$"


def mended(name: str) -> str:
    """Return the name of the column that is true where a field's value was mended."""
    return f"mended_{name}"


def undone(text: ir.StringValue, mapped: FieldMap) -> ir.StringValue:
    """Return a text as it was before a spreadsheet changed it; null where that is lost for good."""
    if mapped.mend.leading_zeros:
        left = ibis.ifelse(text.re_search(DESTROYED), ibis.null("string"), padded(text, mapped))
        text = cast(ir.StringValue, left)
    if mapped.mend.ranges:
        lowered = text.lower()
        became = [(lowered.re_search(cells_of(each)), each) for each in mapped.mend.ranges]
        text = cast(ir.StringValue, ibis.cases(*became, else_=text))
    return text


def is_mended(text: ir.StringValue, value: ir.Value, declared: Field, mapped: FieldMap) -> ir.BooleanValue:
    """Return where a value that was read is not what stands in the cell."""
    looks = "|".join(f"(?:{shape})" for shape in shapes(declared, mapped))
    return cast(ir.BooleanValue, value.notnull() & text.re_search(looks).fill_null(False))


def shapes(declared: Field, mapped: FieldMap) -> list[str]:
    """Return what cells look like that are mended, each a regular expression; none where nothing is."""
    found = []
    if not (mapped.column or mapped.columns):
        return []
    if declared.type in ("date", "time"):
        formats = day_formats(mapped) if declared.type == "date" else time_formats(mapped)
        late = midnights(formats)
        found += [looks_like(late)] if late else []
    if mapped.mend.serial_dates:
        found.append(DAY_NUMBER if declared.type == "date" else PART_OF_DAY)
    if mapped.mend.swapped_dates:
        found.append(looks_like(ISO_DATES))
    if mapped.mend.leading_zeros:
        found.append(short_of(mapped.mend.leading_zeros))
    found += [f"(?i){cells_of(each)}" for each in mapped.mend.ranges]
    return found


def ends_its_day(text: ir.StringValue, book: Book) -> ir.BooleanValue | None:
    """Return where a time of the assault is 24:00; None where one cell holds the day and the time.

    Such a cell is read as the next day by itself.
    """
    day, hour = book.fields["occurred_on"], book.fields["occurred_time"]
    late = midnights(time_formats(hour))
    if {*day.names} & {*hour.names} or not late:
        return None
    return cast(ir.BooleanValue, padded(text, hour).re_search(looks_like(late)).fill_null(False))


def with_next_days(records: ir.Table) -> ir.Table:
    """Return records with the day after where the time is the 24:00 of a day that stands in another cell."""
    if NEXT_DAY not in records.columns:
        return records
    day = records["occurred_on"]
    return records.mutate(occurred_on=ibis.ifelse(records[NEXT_DAY], after(day.cast("timestamp")), day))
