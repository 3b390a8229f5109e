"""Reads the workbook of tables: one sheet a table, one row a force, one column a day."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, load_workbook

from pipeline.read.export import Refused
from pipeline.workforce.figures import (
    BLANK,
    FIGURES,
    NUMBER,
    REGION,
    REGION_CODE,
    REGIONS,
    STATUSES,
    SetAside,
    Sums,
    Workforce,
    joined,
    known_force,
    why_not_a_force,
    worker_type_of,
)
from schemas.register import FORCES, folded, force_by_name

BASES = {"full time equivalents": "fte", "fte": "fte", "headcount": "headcount"}

GEOGRAPHY_CODE = re.compile(r"[EWSNK]\d{8}")
DAY_IN_WORDS = re.compile(r"(?:as at )?(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4})")
TITLE = re.compile(r"Table \w+: (.+?),? by police force", re.IGNORECASE)

HEADING = "title or header row"
NOTE = "note"
NO_TABLE = "sheet holds no table by force"


@dataclass(frozen=True)
class Sheet:
    """A sheet's cells as stored, with the day its table was last published."""

    file: str
    name: str
    rows: Sequence[Sequence[Any]]
    published: date | None = None

    def place(self, row: int) -> str:
        """Return where a row stands, in words and counted from 1."""
        return f"row {row + 1} of sheet {self.name} of {self.file}"


def read_workbook(path: Path) -> Workforce:
    """Return the figures of every table by force of a workbook; other sheets are set aside whole."""
    try:
        with load_workbook(path) as workbook:
            cells = {
                name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
                for name in workbook.sheet_names
            }
    except CalamineError as fault:
        raise Refused(f"{path.name} cannot be opened as a workbook: {fault}.") from fault
    published = last_updated(cells.values())
    sheets = [Sheet(path.name, name, rows, published.get(folded_table(name))) for name, rows in cells.items()]
    parts = [read_sheet(sheet) for sheet in sheets]
    if not any(part.sums.rows_kept for part in parts):
        raise Refused(
            f"{path.name} has no sheet titled like 'Table 1: Police officers by police force area'; "
            "send the workbook of tables as the Home Office publishes it."
        )
    return joined(parts)


def read_sheet(sheet: Sheet) -> Workforce:
    """Return the figures of one sheet: every force row in every column headed by a day."""
    worker_type = titled_worker_type(sheet)
    if worker_type is None:
        entry = SetAside(NO_TABLE, "", sheet.name, 1, len(sheet.rows))
        return Workforce(FIGURES.empty_table(), Sums(len(sheet.rows), 0, (entry,) if sheet.rows else ()))
    header, days = day_columns(sheet)
    basis = stated_basis(sheet, header)
    first_day = min(days)
    labels = [label_of(row[:first_day]) for row in sheet.rows]
    forces, reasons = told_apart(sheet, header, sorted(days), labels)
    figures = [
        (forces[at], worker_type, basis, day, *figure(sheet, at, column), sheet.published)
        for at in forces
        for column, day in days.items()
    ]
    source = f"{sheet.file} {sheet.name}"
    force_ids, types, bases, as_at, values, statuses, published = (
        zip(*figures, strict=True) if figures else ((),) * 7
    )
    return Workforce(
        pa.table(
            [force_ids, types, bases, as_at, values, statuses, [source] * len(figures), published],
            schema=FIGURES,
        ),
        Sums(
            len(sheet.rows),
            len(forces),
            tuple(SetAside(reason, labels[at], sheet.name, at + 1) for at, reason in reasons.items()),
        ),
    )


def told_apart(
    sheet: Sheet, header: int, columns: Sequence[int], labels: Sequence[str]
) -> tuple[dict[int, str], dict[int, str]]:
    """Return the force of each row that is a force's, and the reason each other row is set aside.

    A name that is a region's and a force's ("West Midlands") stands twice in a table with regions, the region
    first, at the head of its forces; only in a table without regions can it stand alone and be the force.
    """
    regions_by_place = doubtful_regions(sheet, header, columns, labels)
    forces: dict[int, str] = {}
    reasons: dict[int, str] = {}
    for at, label in enumerate(labels):
        row = sheet.rows[at]
        code = geography_code(row[: columns[0]])
        has_figures = any(cell not in ("", None) for cell in (row[column] for column in columns))
        if at <= header:
            reasons[at] = HEADING
        elif not any(str(cell).strip() for cell in row):
            reasons[at] = BLANK
        elif at in regions_by_place or REGION_CODE.fullmatch(code):
            reasons[at] = REGION
        elif force_id := known_force(code, label, sheet.place(at)):
            forces[at] = force_id
        elif not has_figures:
            reasons[at] = NOTE
        else:
            reasons[at] = why_not_a_force(label, sheet.place(at))
    repeated = [force_id for force_id, times in Counter(forces.values()).items() if times > 1]
    if repeated:
        at = [place for place, force_id in forces.items() if force_id == repeated[0]][-1]
        raise Refused(
            f"{FORCES[repeated[0]].short_name} stands a second time in {sheet.place(at)}; "
            "remove the row that is not the force's."
        )
    return forces, reasons


def doubtful_regions(sheet: Sheet, header: int, columns: Sequence[int], labels: Sequence[str]) -> set[int]:
    """Return the rows that are a region's though their name is also a force's."""
    named = {at: folded(label) for at, label in enumerate(labels) if at > header and label}
    uncoded = [at for at in named if not geography_code(sheet.rows[at][: columns[0]])]
    regions = [at for at, name in named.items() if name in REGIONS and not force_by_name(name)]
    forces = [at for at, name in named.items() if name not in REGIONS and force_by_name(name)]
    doubtful = [at for at in uncoded if named[at] in REGIONS and force_by_name(named[at])]
    if not doubtful or not regions:
        return set()
    if not forces:
        return set(doubtful)
    if len(doubtful) != 2:
        rows = ", ".join(str(at + 1) for at in doubtful)
        raise Refused(
            f"{labels[doubtful[0]]} is the name of a region and of a force and stands in row {rows} of sheet "
            f"{sheet.name} of {sheet.file}, which lists both: give the region one row, then the force one."
        )
    region, force = doubtful
    for column in columns:
        whole, part = figure(sheet, region, column)[0], figure(sheet, force, column)[0]
        if whole is not None and part is not None and whole < part:
            raise Refused(
                f"{labels[region]} in {sheet.place(region)} should be the region but is smaller than the "
                f"force in row {force + 1}: put the region's row first."
            )
    return {region}


def titled_worker_type(sheet: Sheet) -> str | None:
    """Return who a sheet counts by its title, or None where it is not a table by force."""
    title = next((str(cell) for row in sheet.rows for cell in row if str(cell).strip()), "")
    match = TITLE.match(" ".join(title.split()))
    return worker_type_of(match[1]) if match else None


def day_columns(sheet: Sheet) -> tuple[int, dict[int, date]]:
    """Return the header's place and the day of each column it heads with one."""
    for at, row in enumerate(sheet.rows):
        days = {column: day for column, cell in enumerate(row) if column and (day := as_day(cell))}
        if days:
            repeated = [day for day, times in Counter(days.values()).items() if times > 1]
            if repeated:
                raise Refused(
                    f"Two columns are headed {repeated[0]:%d/%m/%Y} in {sheet.place(at)}; leave one."
                )
            return at, days
    raise Refused(
        f"Sheet {sheet.name} of {sheet.file} has no row that heads its columns with days such as "
        "30 September 2018; its figures cannot be dated."
    )


def stated_basis(sheet: Sheet, header: int) -> str:
    """Return whether a sheet counts full-time equivalents or heads, as the rows above its table say."""
    stated = {
        basis
        for row in sheet.rows[: header + 1]
        for cell in row
        for words, basis in BASES.items()
        if isinstance(cell, str) and re.search(rf"\b{words}\b", cell.casefold().replace("-", " "))
    }
    if len(stated) != 1:
        raise Refused(
            f"Sheet {sheet.name} of {sheet.file} says {'both' if stated else 'neither'} full-time "
            f"equivalents {'and' if stated else 'nor'} headcount above its table; it should say one."
        )
    return stated.pop()


def figure(sheet: Sheet, row: int, column: int) -> tuple[float | None, str | None]:
    """Return a cell's figure and no status, or no figure and the status of its marker."""
    cell = sheet.rows[row][column]
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and cell >= 0:
        return float(cell), None
    text = cell.strip() if isinstance(cell, str) else repr(cell)
    if text in STATUSES:
        return None, STATUSES[text]
    digits = text.replace(",", "")
    if re.match(NUMBER, digits):
        return float(digits), None
    raise Refused(
        f"Column {letters(column)} in {sheet.place(row)} is neither a number nor a marker such as '..'; "
        "correct the cell."
    )


def last_updated(sheets: Iterable[Sequence[Sequence[Any]]]) -> dict[str, date]:
    """Return the day each table was last updated, by the contents sheet that lists them."""
    updated: dict[str, date] = {}
    for rows in sheets:
        for at, row in enumerate(rows):
            words = [folded(str(cell)) for cell in row]
            if "table number" in words and "last updated" in words:
                table, day = words.index("table number"), words.index("last updated")
                updated |= {
                    folded_table(str(entry[table])): updated_on
                    for entry in rows[at + 1 :]
                    if (updated_on := as_day(entry[day]))
                }
    return updated


def folded_table(name: str) -> str:
    """Return a table's name as it is compared: 'Table_1' and 'Table 1' are one."""
    return " ".join(name.casefold().replace("_", " ").split())


def as_day(cell: Any) -> date | None:
    """Return the day a cell holds, as a date or in words with footnote digits glued on, or None."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    match = DAY_IN_WORDS.match(" ".join(cell.split())) if isinstance(cell, str) else None
    if match is None:
        return None
    try:
        return datetime.strptime(f"{match[1]} {match[2]} {match[3]}", "%d %b %Y").date()
    except ValueError:
        return None


def label_of(cells: Sequence[Any]) -> str:
    """Return the name a row carries: the last text before its figures that is not a geography code."""
    words = [" ".join(str(cell).split()) for cell in cells]
    return next((text for text in reversed(words) if text and not GEOGRAPHY_CODE.fullmatch(text)), "")


def geography_code(cells: Sequence[Any]) -> str:
    """Return the ONS geography code a row carries, or the empty string."""
    return next((text for cell in cells if GEOGRAPHY_CODE.fullmatch(text := str(cell).strip())), "")


def letters(column: int) -> str:
    """Return a column's letters, A for 0 and AA for 26."""
    return (letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)
