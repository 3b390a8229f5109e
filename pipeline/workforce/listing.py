"""Reads comma-separated publications: the open data, and the tidy list of figures our samples use."""

from __future__ import annotations

import calendar
import csv
import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from pipeline.read.export import Refused
from pipeline.workforce.figures import (
    BLANK,
    FIGURES,
    NUMBER,
    REGION,
    REGION_CODE,
    STATUSES,
    SetAside,
    Sums,
    Workforce,
    joined,
    known_force,
    why_not_a_force,
    worker_type_of,
)
from schemas.table import CodeList
from schemas.workforce import BASIS, WORKER_TYPE

OPEN_DATA_COLUMNS = (
    "date",
    "geo_code",
    "force_name",
    "sex",
    "rank_description",
    "worker_type",
    "total_headcount",
    "total_fte",
)
TIDY_COLUMNS = (
    "force_code",
    "force_name",
    "worker_type",
    "measure",
    "as_at",
    "value",
    "marker",
    "source_file",
    "table",
    "published",
)

NOT_A_WORKER_TYPE = "worker type not counted here"
UNIT_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Listing:
    """The rows of a comma-separated publication as text, with the line each stands in."""

    file: str
    rows: pa.Table
    lines: pa.Array

    def text(self, column: str) -> pa.Array:
        """Return a column's cells, trimmed."""
        return pc.utf8_trim_whitespace(self.rows[column].combine_chunks())

    def mapped(self, cells: pa.Array, read: Callable[[str, str], Any], type_: pa.DataType) -> pa.Array:
        """Return what `read` makes of each cell, from its text and the line it first stands in."""
        coded = cells.dictionary_encode()
        firsts = (pc.index(coded.indices, at).as_py() for at in range(len(coded.dictionary)))
        known = [
            read(text, f"line {self.lines[first]} of {self.file}")
            for text, first in zip(coded.dictionary.to_pylist(), firsts, strict=True)
        ]
        return pa.array(known, type_).take(coded.indices)


def read_list(path: Path) -> Workforce:
    """Return the figures of a comma-separated publication, by its header the open data or the tidy list."""
    listing, blanks = read_text(path)
    present = set(listing.rows.column_names)
    for columns, read in ((OPEN_DATA_COLUMNS, read_open_data), (TIDY_COLUMNS, read_tidy)):
        if present.issuperset(columns):
            return joined([blanks, read(listing)])
    nearest = min((OPEN_DATA_COLUMNS, TIDY_COLUMNS), key=lambda columns: len(set(columns) - present))
    lacking = ", ".join(column for column in nearest if column not in present)
    raise Refused(
        f"The header of {path.name} is not that of a workforce publication: it lacks {lacking}; "
        "send the Home Office's open data, or a list with the columns of the sample."
    )


def read_text(path: Path) -> tuple[Listing, Workforce]:
    """Return a text's rows, and its blank lines as a part that has no figures."""
    text = decoded(path).replace("\r\n", "\n").removesuffix("\n")
    lines = pc.split_pattern(pa.array([text]), "\n").flatten()
    blank = pc.equal(pc.utf8_trim(lines, ", \t\r"), "")
    numbers = pc.add(pc.indices_nonzero(pc.invert(blank)), 1).cast(pa.int64())
    if len(numbers) < 2:
        raise Refused(f"{path.name} has no rows below a header; send the publication again.")
    filled = lines.filter(pc.invert(blank))
    header = [name.strip() for name in next(csv.reader([filled[0].as_py()]))]
    if len(set(header)) < len(header):
        raise Refused(f"The header of {path.name} names a column twice; give each its own name.")
    rows = parsed(path.name, header, filled[1:], numbers[1:])
    blanks = pc.add(pc.indices_nonzero(blank), 1)
    entry = (SetAside(BLANK, "", "", blanks[0].as_py(), len(blanks)),) if len(blanks) else ()
    return Listing(path.name, rows, numbers[1:]), Workforce(
        FIGURES.empty_table(), Sums(len(blanks), 0, entry)
    )


def decoded(path: Path) -> str:
    """Return a file's text, unpacked if gzipped, read as UTF-8 or else as cp1252."""
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as fault:
            raise Refused(f"{path.name} is a damaged gzip file; send it again.") from fault
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(f"{path.name} is not text in UTF-8 or cp1252; save it as comma-separated UTF-8 text.")


def parsed(file: str, header: list[str], lines: pa.Array, numbers: pa.Array) -> pa.Table:
    """Return lines as rows of text, one row a line; a line of another length raises Refused."""
    broken: list[Any] = []

    def note_broken(row: Any) -> str:
        broken.append(row)
        return "skip"

    rows = arrow_csv.read_csv(
        pa.BufferReader("\n".join(lines.to_pylist()).encode()),
        arrow_csv.ReadOptions(column_names=header, use_threads=False),
        arrow_csv.ParseOptions(invalid_row_handler=note_broken),
        arrow_csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False),
    )
    if broken:
        first = broken[0]
        raise Refused(
            f"Line {numbers[first.number - 1]} of {file} has {first.actual_columns} cells where the header "
            f"has {first.expected_columns}; correct it and send the file again."
        )
    if rows.num_rows != len(lines):
        raise Refused(
            f"{file} has {len(lines)} lines below its header but reads as {rows.num_rows} rows: a quotation "
            "mark is probably left open; correct it and send the file again."
        )
    return rows


def read_open_data(listing: Listing) -> Workforce:
    """Return the open data's parts (a force, rank and sex a row) summed to force, worker type and basis.

    The file gives nought full-time equivalents to special constables and volunteers, who are only counted by
    head: such a figure is not applicable, not nought. It also gives nought to forces whose designated
    officers the published tables mark `..`; nothing tells those from a true nought, so they stay as given.
    """
    forces, reasons = forces_of(listing, "geo_code")
    types = listing.mapped(listing.text("worker_type"), lambda text, _: worker_type_of(text), pa.string())
    reasons = pc.coalesce(reasons, pc.if_else(pc.is_null(types), pa.scalar(NOT_A_WORKER_TYPE), None))
    refuse_repeated_rows(
        listing, ("date", "geo_code", "force_name", "sex", "rank_description", "worker_type")
    )
    parts = pa.table(
        {
            "force_id": forces,
            "worker_type": types,
            "as_at": listing.mapped(listing.text("date"), end_of_month, pa.date32()),
            "headcount": numbers_of(listing, "total_headcount")[0],
            "fte": numbers_of(listing, "total_fte")[0],
        }
    ).filter(pc.is_null(reasons))
    # A part the source does not give makes the whole unknown, so nulls are not skipped; one thread, so that
    # the parts are always added in the same order and the sum has the same last digits.
    whole = pc.ScalarAggregateOptions(skip_nulls=False)
    summed = parts.group_by(["force_id", "worker_type", "as_at"], use_threads=False).aggregate(
        [("headcount", "sum", whole), ("fte", "sum", whole)]
    )
    headcount, fte = summed["headcount_sum"], summed["fte_sum"]
    unmeasured = pc.fill_null(pc.and_(pc.equal(fte, 0), pc.greater(headcount, 0)), False)
    figures = [
        figures_of(summed, "headcount", headcount, missing(headcount), listing.file),
        figures_of(
            summed,
            "fte",
            pc.if_else(unmeasured, None, fte),
            pc.if_else(unmeasured, pa.scalar("z"), missing(fte)),
            listing.file,
        ),
    ]
    return Workforce(pa.concat_tables(figures), sums_of(listing, reasons))


def figures_of(summed: pa.Table, basis: str, value: pa.Array, status: pa.Array, file: str) -> pa.Table:
    """Return the sums of one basis as figures of a file that does not say when it was published."""
    size = summed.num_rows
    return pa.table(
        [
            summed["force_id"],
            summed["worker_type"],
            pa.repeat(basis, size),
            summed["as_at"],
            value,
            status,
            pa.repeat(file, size),
            pa.nulls(size, pa.date32()),
        ],
        schema=FIGURES,
    )


def missing(value: pa.Array) -> pa.Array:
    """Return the status of each value: not available where there is none."""
    return pc.if_else(pc.is_null(value), pa.scalar("x"), pa.scalar(None, pa.string()))


def read_tidy(listing: Listing) -> Workforce:
    """Return the figures of a tidy list, one row a figure, each with the file and table it was taken from."""
    forces, reasons = forces_of(listing, "force_code")
    value, status = numbers_of(listing, "value")
    marker = listing.mapped(listing.text("marker"), status_of, pa.string())
    refuse_where(
        listing,
        pc.and_(pc.is_valid(value), pc.not_equal(listing.text("marker"), "")),
        "gives a value and also a marker that says there is none; leave one.",
    )
    source = pc.utf8_trim_whitespace(
        pc.binary_join_element_wise(listing.text("source_file"), listing.text("table"), " ")
    )
    figures = pa.table(
        [
            forces,
            listing.mapped(listing.text("worker_type"), code_of(WORKER_TYPE, "worker type"), pa.string()),
            listing.mapped(listing.text("measure"), code_of(BASIS, "measure"), pa.string()),
            listing.mapped(listing.text("as_at"), iso_day, pa.date32()),
            value,
            pc.if_else(pc.is_valid(value), pa.scalar(None, pa.string()), marker),
            pc.if_else(pc.equal(source, ""), pa.scalar(listing.file), source),
            listing.mapped(
                listing.text("published"), lambda text, at: iso_day(text, at) if text else None, pa.date32()
            ),
        ],
        schema=FIGURES,
    ).filter(pc.is_null(reasons))
    return Workforce(figures, sums_of(listing, reasons))


def forces_of(listing: Listing, code_column: str) -> tuple[pa.Array, pa.Array]:
    """Return the force of each row, and for the others the reason they are set aside."""
    both = pc.binary_join_element_wise(listing.text(code_column), listing.text("force_name"), UNIT_SEPARATOR)

    def force(text: str, place: str) -> str | None:
        code, name = text.split(UNIT_SEPARATOR)
        return None if REGION_CODE.fullmatch(code) else known_force(code, name, place)

    def reason(text: str, place: str) -> str | None:
        code, name = text.split(UNIT_SEPARATOR)
        if force(text, place):
            return None
        return REGION if REGION_CODE.fullmatch(code) else why_not_a_force(name, place)

    return listing.mapped(both, force, pa.string()), listing.mapped(both, reason, pa.string())


def numbers_of(listing: Listing, column: str) -> tuple[pa.Array, pa.Array]:
    """Return a column's numbers, and the status of each marker that stands in place of one."""
    text = pc.replace_substring(listing.text(column), ",", "")
    number = pc.match_substring_regex(text, NUMBER)
    marker = pc.is_in(text, pa.array(list(STATUSES)))
    refuse_where(
        listing,
        pc.invert(pc.or_(number, marker)),
        f"has in {column} neither a number nor a marker such as '..'; correct the cell.",
    )
    value = pc.if_else(number, text, None).cast(pa.float64())
    return value, listing.mapped(pc.if_else(number, "", text), lambda cell, _: STATUSES[cell], pa.string())


def refuse_where(listing: Listing, fault: pa.Array, sentence: str) -> None:
    """Raise Refused for the first row with a fault."""
    first = pc.index(fault, True).as_py()
    if first >= 0:
        raise Refused(f"Line {listing.lines[first]} of {listing.file} {sentence}")


def refuse_repeated_rows(listing: Listing, key: tuple[str, ...]) -> None:
    """Raise Refused where a row repeats another's key: its people would be counted twice."""
    placed = listing.rows.select(key).append_column("line", listing.lines)
    counted = placed.group_by(list(key)).aggregate([("line", "max"), ("line", "count")])
    repeated = counted.filter(pc.greater(counted["line_count"], 1))
    if repeated.num_rows:
        raise Refused(
            f"Line {pc.min(repeated['line_max'])} of {listing.file} repeats the force, date, sex, rank and "
            "worker type of an earlier line, which would count its people twice; leave one."
        )


def sums_of(listing: Listing, reasons: pa.Array) -> Sums:
    """Return the sums of a listing's rows: those with no reason to be set aside were kept."""
    placed = pa.table({"reason": reasons, "label": listing.text("force_name"), "line": listing.lines})
    aside = placed.filter(pc.is_valid(reasons)).group_by(["reason", "label"])
    counted = aside.aggregate([("line", "min"), ("line", "count")]).sort_by("line_min").to_pylist()
    return Sums(
        len(listing.lines),
        pc.sum(pc.is_null(reasons), min_count=0).as_py(),
        tuple(SetAside(e["reason"], e["label"], "", e["line_min"], e["line_count"]) for e in counted),
    )


def status_of(marker: str, place: str) -> str:
    """Return the status a marker stands for; an unknown one raises Refused."""
    if marker not in STATUSES:
        raise Refused(
            f"The marker {marker} in {place} is not one we know; use {', '.join(filter(None, STATUSES))}."
        )
    return STATUSES[marker]


def code_of(known: CodeList, what: str) -> Callable[[str, str], str]:
    """Return a reader that passes the codes of a list and refuses every other text."""

    def code(text: str, place: str) -> str:
        if text not in known:
            raise Refused(
                f"The {what} {text or '(empty)'} in {place} is not one of {', '.join(known)}; correct it."
            )
        return text

    return code


def iso_day(text: str, place: str) -> date:
    """Return the day of a text such as 2018-09-30."""
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise Refused(
            f"{text or 'An empty cell'} in {place} is not a date such as 2018-09-30; correct it."
        ) from fault


def end_of_month(text: str, place: str) -> date:
    """Return the day the open data is for: it writes the first of the month and means the last."""
    day = iso_day(text, place)
    return day.replace(day=calendar.monthrange(day.year, day.month)[1]) if day.day == 1 else day
