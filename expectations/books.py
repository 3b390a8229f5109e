"""Rules that look at two books of a force: the record of an assault in one and the report of it in the other.

The books are never added up; here it is only asked whether they agree. Records are linked by `link`, the reference of
the health and safety report: a report's own, and what a record of another book quotes. Each function returns the
records that break its rule: `row_number`, `victim_number` and `said`, what a finding adds to the rule's sentence.
"""

from __future__ import annotations

from typing import cast

import ibis
import ibis.expr.types as ir

from schemas.codes import CONSTABLES


def not_in_book(records: ir.Table, reports: ir.Table) -> ir.Table:
    """Return the records that quote a report which is not among `reports`, whether accepted or held.

    `records` are those of months for which the book of the reports was sent.
    """
    lacking = records.filter(records["link"].notnull()).anti_join(reports, "link")
    return lacking.select("row_number", "victim_number", said=ibis.literal(""))


def not_in_book_before(records: ir.Table, reports: ir.Table) -> ir.Table:
    """Return the records of an earlier `file` that quote a report which is not among `reports`.

    They stand in no row of this file, the book of reports.
    """
    return elsewhere(records.filter(records["link"].notnull()).anti_join(reports, "link"))


def not_quoted(reports: ir.Table, records: ir.Table) -> ir.Table:
    """Return the reports that none of `records` quotes."""
    lacking = reports.filter(reports["link"].notnull()).anti_join(records, "link")
    return lacking.select("row_number", "victim_number", said=ibis.literal(""))


def not_quoted_before(reports: ir.Table, records: ir.Table) -> ir.Table:
    """Return the reports of an earlier `file` that none of `records` quotes; they stand in no row of this one."""
    return elsewhere(reports.filter(reports["link"].notnull()).anti_join(records, "link"))


def elsewhere(records: ir.Table) -> ir.Table:
    """Return records of an earlier `file` as what breaks a rule: they stand in no row of this file, so it is named."""
    row = cast(ir.StringValue, records["row_number"].cast("string"))
    said = ibis.literal("It is row ") + row + ' of "' + records["file"] + '".'
    nowhere = ibis.null("int64")
    return records.select(row_number=nowhere, victim_number=nowhere, said=said)


def differs_between_books(records: ir.Table, linked: ir.Table, field: str) -> ir.Table:
    """Return the records whose field differs from what every linked record says of it.

    `linked` are current records of other books, with `book` and `file`, the name of the file each came in. What is
    not known is no difference, and neither is one between two kinds of constable: both are counted alike.
    """
    own = with_value(records, field)
    other = with_value(linked, field)
    said = other.mutate(
        where=ibis.literal("It is ")
        + in_words(other[field])
        + " in row "
        + other["row_number"].cast("string")
        + ' of "'
        + other["file"]
        + '".'
    )
    by_link = said.group_by("link").agg(
        values=said["value"].collect(distinct=True), said=said["where"].min(), several=said.count()
    )
    joined = own.join(by_link, "link")
    broken = joined.filter(~joined["values"].contains(joined["value"]))
    more = ibis.literal(" ") + (broken["several"] - 1).cast("string") + " more records are linked."
    return broken.select(
        "row_number",
        "victim_number",
        said=broken["said"] + ibis.ifelse(broken["several"] > 1, more, ""),
    )


def with_value(records: ir.Table, field: str) -> ir.Table:
    """Return the linked records that say something of a field, with `value`, by which two are the same."""
    known = records.filter(records["link"].notnull() & records[field].notnull())
    if field == "occurred_on":
        return known.mutate(value=known[field].cast("string"))
    known = known.filter(known[field] != "unknown")
    word = cast(ir.StringValue, known[field])
    return known.mutate(value=ibis.ifelse(word.isin(CONSTABLES), "constable", word))


def in_words(value: ir.Value) -> ir.StringValue:
    """Return a day or a code as people say it."""
    if value.type().is_date():
        return cast(ir.DateValue, value).strftime("%d/%m/%Y")
    return cast(ir.StringValue, value.cast("string")).replace("_", " ")
