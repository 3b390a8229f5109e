"""What is said of what was seen: each kind of damage with its column, its rows and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from pipeline.read.damage.column import Column
from pipeline.read.damage.shapes import Type
from pipeline.read.noticed import Noticed, Tally, rows_said

Say = Callable[[str, Tally, str], Noticed]


def findings(column: Column) -> Iterator[Noticed]:
    """Return what is said of one column."""

    def say(kind: str, tally: Tally, what: str) -> Noticed:
        where = rows_said(tally.count, tally.rows)
        return Noticed(
            kind, f'In column "{column.name}", {where}: {what}', column.name, tally.rows, tally.count
        )

    tallies, seen = column.tallies, column.seen
    if "error" in tallies:
        yield say(
            "error_cells",
            tallies["error"],
            "the value is a spreadsheet's error (such as #N/A or #REF!), not what was recorded. Mend the formula, or "
            "paste the values in, and send the file again.",
        )
    if "too_narrow" in tallies:
        yield say(
            "too_narrow",
            tallies["too_narrow"],
            "the value is a row of # signs, which a spreadsheet shows where a column is too narrow. Widen the column "
            "before saving as text, and send the file again.",
        )
    if "scientific" in tallies:
        yield say(
            "scientific_numbers",
            tallies["scientific"],
            "the number is in scientific notation (such as 1.23E+15), so its last digits are lost. Format the column "
            "as text before the export is opened in a spreadsheet, and send the file again.",
        )
    rounded = tallies.get("rounded")
    if rounded and rounded.count > 1 and rounded.count >= 0.9 * seen["long"]:
        yield say(
            "rounded_numbers",
            rounded,
            "the number has more than 15 digits and ends in noughts, as a spreadsheet leaves it that keeps 15 only. "
            "Send the column as text from the system itself.",
        )
    if "broken" in tallies and column.is_coded:
        yield say(
            "line_break_in_value",
            tallies["broken"],
            "the value goes on over a line break, where the others are short words or codes; a quotation mark may have "
            "swallowed part of a row. Look at these rows in the system, and send them again without the break.",
        )
    if column.type is Type.DIGITS:
        yield from _lost_zeros(column)
    if column.type is Type.RANGE and seen["as_date"] and seen["range"]:
        tally = tallies["as_date"]
        yield say(
            "range_as_date",
            tally,
            'a range (such as "11-17") has become a date. Format the column as text before the export is opened in a '
            "spreadsheet, or map the date back to its range in the force file.",
        )
    if column.type is Type.DATE:
        yield from _date_findings(column, say)
    if column.type is Type.TIME:
        yield from _time_findings(column, say)


def of_pushed_rows(tally: Tally) -> Iterator[Noticed]:
    """Return what is said of rows pushed along, if any is."""
    if tally.count:
        yield Noticed(
            "pushed_row",
            f"In {rows_said(tally.count, tally.rows)} values stand one column to the left or right of where the other "
            "rows have them; a stray or missing delimiter is the usual cause. Mend the rows where they were exported "
            "and send them again.",
            rows=tally.rows,
            count=tally.count,
        )


def _lost_zeros(column: Column) -> Iterator[Noticed]:
    filled = Counter({length: tally.count for length, tally in column.lengths.items() if length})
    if not filled or column.leading_zero or column.rising.holds:
        return
    usual, times = filled.most_common(1)[0]
    short = [tally for length, tally in column.lengths.items() if 0 < length < usual]
    shorter = sum(tally.count for tally in short)
    # Numbers that merely grow have shorter ones too, but longer ones as well and in their order.
    if usual < 4 or not shorter or times + shorter < sum(filled.values()) or shorter > times / 4:
        return
    tally = Tally()
    tally.add(sorted(row for each in short for row in each.rows), shorter)
    where = rows_said(shorter, tally.rows)
    yield Noticed(
        "lost_leading_zeros",
        f'In column "{column.name}", {where}: the number is shorter than the {usual} digits of the others and none '
        "begins with 0, so leading noughts may have been lost in a spreadsheet. Format the column as text before the "
        "export is opened in one.",
        column.name,
        tally.rows,
        shorter,
    )


def _date_findings(column: Column, say: Say) -> Iterator[Noticed]:
    seen, tallies = column.seen, column.tallies
    day, month, either = seen["day_first"], seen["month_first"], seen["either"]
    if seen["serial"]:
        yield say(
            "serial_dates",
            tallies["serial"],
            "the date is a spreadsheet's day number (such as 43191), not a date. Format the column as dd/mm/yyyy and "
            "send the file again.",
        )
    if day and seen["iso"] and not seen["iso_past_12"]:
        tally = Tally()
        tally.add((), seen["iso"])
        yield Noticed(
            "swapped_dates",
            f'Column "{column.name}" mixes {day + either + month:,} dates written day first, {day:,} of them with a day '
            f"past the 12th, and {seen['iso']:,} written year first, as a spreadsheet writes its date cells, none of "
            "these with a day past the 12th: a spreadsheet has read day/month as month/day wherever it could, so day and "
            "month are swapped in the dates written year first. Send the column as text from the system itself.",
            column.name,
            count=seen["iso"],
        )
    if day and month:
        tally = tallies["month_first"]
        yield Noticed(
            "both_orders",
            f'Column "{column.name}" holds dates in both orders: {day:,} can only be day first, {month:,} only month '
            f"first ({rows_said(tally.count, tally.rows)}), and {either:,} read either way. They are read day first "
            "unless the force file says otherwise; find which system wrote the others, and send one order.",
            column.name,
            tally.rows,
            month,
        )
    elif month:
        yield say(
            "month_first",
            tallies["month_first"],
            f"the date can only be read month first, and no date of the column only day first ({either:,} read either "
            "way). Export dates as day/month/year, or tell us that your system writes the month first.",
        )
    if seen["two_digit_year"]:
        yield Noticed(
            "two_digit_years",
            f'Column "{column.name}" has {seen["two_digit_year"]:,} date{"s" * (seen["two_digit_year"] > 1)} whose year has two digits. State their '
            'format in the force file (such as "%d/%m/%y"), or send four digits.',
            column.name,
            count=seen["two_digit_year"],
        )
    if "midnight_24" in tallies:
        yield say("midnight_24", tallies["midnight_24"], _MIDNIGHT)


_MIDNIGHT = (
    "the time is 24:00, which is midnight at the end of the day. It is read as 00:00 of the next day; where the "
    "beginning of the day was meant, send it as 00:00."
)


def _time_findings(column: Column, say: Say) -> Iterator[Noticed]:
    tallies = column.tallies
    if "midnight_24" in tallies:
        yield say("midnight_24", tallies["midnight_24"], _MIDNIGHT)
    for kind, name, what in (
        ("no_colon", "times_without_colon", "the time is written without a colon (such as 0130)."),
        ("point", "times_with_point", "the time is written with a point (such as 1.30)."),
        ("am_pm", "times_am_pm", "the time is written with am or pm."),
    ):
        if kind in tallies:
            yield say(name, tallies[kind], f"{what} State its format in the force file, or send it as hh:mm.")
