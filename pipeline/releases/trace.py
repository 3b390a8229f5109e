"""`collate trace`: the drops and rows behind a published figure, and what is near it and not counted.

All is told from the release itself, its records and its tables, so that a figure of an old release is traced as it was
published. Names of files and moments of arrival are the ledger's. No value of a record is shown, and its reference only
to the force itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property, reduce
from operator import or_
from pathlib import PurePosixPath
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.again.standing import table_of
from pipeline.engine import Engine
from pipeline.explain import NotAsked, book_of, raw_file
from pipeline.ledger import DropRecord, Ledger
from pipeline.read import Refused
from pipeline.releases.diff import Release, records_of
from pipeline.returned.marked_export import open_sent
from pipeline.store import Store, StoreFault, hash_of
from schemas.force import load_forces
from schemas.national import NATIONAL, TABLES
from transforms.across import COUNTED_ONCE
from transforms.compare.current_picture import months_of_crime
from transforms.compare.monthly import profile
from transforms.compare.periods import Series
from transforms.compare.traced import TRACED, Months, Part, Traced, months_of, year_before
from transforms.resolve import SIGHTING, replaced

Cell = Mapping[str, Any]
# Of each part of a cell and each force, the months it is counted over.
Due = Mapping[str, Mapping[str, frozenset[date]]]

ROW = ("force_id", "drop_id", "row_number", "victim_number")
REFERENCE = "source_record_id"

# Of more names than these the nearest are given, of fewer all.
FEW = 12

# In files of these kinds a row stands in a sheet.
WITH_SHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".zip")

NONE: frozenset[date] = frozenset()


@dataclass
class Opened:
    """A release opened to be traced, with the drops its ledger knows."""

    release: Release
    engine: Engine
    store: Store
    drops: Mapping[str, DropRecord]
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    months: dict[tuple[str, bool, Months], frozenset[date]] = field(default_factory=dict)

    @cached_property
    def series(self) -> Series:
        first, last = (f"{self.release.manifest[name]}-01" for name in ("series_from", "month"))
        return Series(date.fromisoformat(first), date.fromisoformat(last))

    @cached_property
    def periods(self) -> dict[tuple[str, str], frozenset[date]]:
        """Return the months of the series in each period, by its type and label."""
        return months_of(self.series)

    @cached_property
    def inputs(self) -> dict[str, Mapping[str, Any]]:
        """Return what the manifest says of each drop."""
        return {each["drop_id"]: each for each in self.release.manifest["inputs"]}

    def drop(self, drop_id: str) -> DropRecord:
        """Return a drop of the release as the ledger has it; raises StoreFault where it has it no more."""
        if drop_id not in self.drops:
            raise StoreFault(
                f"Drop {drop_id} is in release {self.release.release_id} and not in the ledger. Restore the ledger from "
                "a backup and ask again."
            )
        return self.drops[drop_id]

    def table(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a national table as published."""
        if name not in self.tables:
            path = self.release.file(f"national/{name}.parquet")
            self.tables[name] = pq.ParquetFile(path).read().to_pylist()
        return self.tables[name]

    @cached_property
    def _by_key(self) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
        return {}

    def cell(self, name: str, key: tuple[Any, ...]) -> dict[str, Any] | None:
        """Return the row of a national table that has a key, None where it has none."""
        if name not in self._by_key:
            declared = TRACED[name].table.key
            self._by_key[name] = {tuple(row[each] for each in declared): row for row in self.table(name)}
        return self._by_key[name].get(key)

    @cached_property
    def covered(self) -> dict[tuple[str, str], dict[date, dict[str, Any]]]:
        """Return the published coverage of each force and book, by month."""
        found: dict[tuple[str, str], dict[date, dict[str, Any]]] = {}
        for row in self.table("coverage"):
            month = date.fromisoformat(f"{row['period']}-01")
            found.setdefault((row["force_id"], row["book"]), {})[month] = row
        return found

    def records(self, forces: Iterable[str], *, once: bool) -> ir.Table | None:
        """Return the released records of some forces, None where they have none; `once`: those that count nationally."""
        found = [
            each for force in forces if (each := records_of(force, self.release, self.engine)) is not None
        ]
        if not found:
            return None
        records = reduce(lambda one, other: one.union(other), found)
        if once and COUNTED_ONCE in records.columns:
            records = records.filter(records[COUNTED_ONCE].fill_null("") != "left_out")
        return records

    def months_in(self, force: str, book: str, kind: Months, *, once: bool) -> frozenset[date]:
        """Return the months of the series that a part of that kind is counted over for a force."""
        if kind == "every":
            return frozenset(self.series.months)
        if kind == "figures":
            rows = self.covered.get((force, book), {})
            return frozenset(month for month, row in rows.items() if row["value_status"] != "x")
        if (force, once, kind) not in self.months:
            self._learn_campaign(force, once)
        return self.months[force, once, kind]

    def _learn_campaign(self, force: str, once: bool) -> None:
        """Keep which months of a force the campaign's measures are counted over, as its table finds them."""
        self.months |= {(force, once, "counted"): NONE, (force, once, "like"): NONE}
        records = self.records([force], once=once)
        if records is None:
            return
        rows = [
            {
                "force_id": force, "book": "crime", "month_from": month, "figures": row["value_status"] != "x",
                "whole": row["value_status"] is None, "days_covered": row["days_covered"],
            }
            for month, row in self.covered.get((force, "crime"), {}).items()
        ]  # fmt: skip
        coverage = ibis.memtable(pa.Table.from_pylist(rows, COVERED))
        months = (
            months_of_crime(profile(records, self.series), coverage, self.series).to_pyarrow().to_pylist()
        )
        for kind, column in COUNTED_OVER.items():
            self.months[force, once, kind] = frozenset(row["month_from"] for row in months if row[column])


COVERED = pa.schema(
    [("force_id", pa.string()), ("book", pa.string()), ("month_from", pa.date32()), ("figures", pa.bool_()),
     ("whole", pa.bool_()), ("days_covered", pa.int64())]
)  # fmt: skip
COUNTED_OVER: dict[Months, str] = {"counted": "counted", "like": "like"}


def opened(release: Release, engine: Engine, store: Store) -> Opened:
    """Return a release opened to be traced."""
    with Ledger.open(store.home.ledger_url) as ledger:
        drops = {drop.drop_id: drop for drop in ledger.drops()}
    return Opened(release, engine, store, drops)


def find_cell(here: Opened, table: str, wanted: Mapping[str, str]) -> dict[str, Any]:
    """Return the one row of a national table that has the codes wanted, by column; `measure` stands for its last one.

    Raises NotAsked where there is no such table, column or row, with the nearest names, and where several rows have
    them.
    """
    if table not in TRACED:
        known = [each.name for each in TABLES]
        if table in known:
            raise NotAsked(f"The table {table} counts no records one by one, so it cannot be traced.")
        raise NotAsked(f'There is no table "{table}". {nearest(table, known)}')
    rows = here.table(table)
    key = TRACED[table].table.key
    for name, value in wanted.items():
        column = column_of(table, name)
        if column not in key:
            raise NotAsked(f'The table {table} has no column "{name}" to choose by. {nearest(name, key)}')
        left = [row for row in rows if str(row[column]) == value]
        if not left:
            there = list(dict.fromkeys(str(row[column]) for row in rows))
            words = f'There is no {column} "{value}" in {table} of {here.release.release_id}'
            asked = [f"{column_of(table, n)} {wanted[n]}" for n in list(wanted)[: list(wanted).index(name)]]
            raise NotAsked(f"{words}{f' for {listed(asked)}' if asked else ''}. {nearest(value, there)}")
        rows = left
    if len(rows) > 1:
        open_ones = [name for name in key if len({row[name] for row in rows}) > 1]
        given = {name: list(dict.fromkeys(str(row[name]) for row in rows)) for name in open_ones}
        choices = "; ".join(
            f"{option_of(table, name)} is one of {', '.join(codes[:FEW])}{', ...' if len(codes) > FEW else ''}"
            for name, codes in given.items()
        )
        raise NotAsked(f"{len(rows):,} figures of {table} are so named. Say which: {choices}.")
    return rows[0]


def column_of(table: str, name: str) -> str:
    """Return the column an option chooses by: `measure` is what the table tells its figures apart by, if one column does."""
    codes = TRACED[table].names
    if name == "measure" and "measure" not in codes and codes:
        return codes[-1]
    return {"force": "force_id"}.get(name, name)


def option_of(table: str, column: str) -> str:
    """Return how a person chooses by a column."""
    if column == column_of(table, "measure"):
        return "--measure"
    return {"force_id": "--force", "book": "--book", "period": "--period"}.get(
        column, f"--where {column}=..."
    )


def nearest(word: str, known: Collection[str]) -> str:
    """Return a sentence that names what there is, or of much the nearest."""
    if len(known) <= FEW:
        return f"There are {', '.join(known)}." if known else "There is none."
    near = get_close_matches(word, list(known), n=3, cutoff=0.5)
    ends = sorted(known)
    return (
        f"Nearest are {', '.join(near)}."
        if near
        else f"There are {len(known)}, from {ends[0]} to {ends[-1]}."
    )


def listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def due_of(here: Opened, traced: Traced, cell: Cell, parts: Iterable[Part]) -> Due:
    """Return the months each part of a cell is counted over, by force; a part without a figure over none."""
    forces = forces_of(here, traced, cell)
    return {
        part.column: {force: over(here, cell, part, force) for force in forces}
        for part in parts
        if cell[part.column] is not None
    }


def over(here: Opened, cell: Cell, part: Part, force: str) -> frozenset[date]:
    """Return the months a part of a cell is counted over for a force that is in it."""
    before = part.months == "before"
    kind: Months = "like" if before else part.months
    months = here.periods[cell["period_type"], cell["period"]]
    months &= here.months_in(force, cell["book"], kind, once=cell["force_id"] == NATIONAL)
    return year_before(months) if before else months


def forces_of(here: Opened, traced: Traced, cell: Cell) -> list[str]:
    """Return the forces that are in a cell: the one it is of, or nationally each whose own cell is included."""
    if cell["force_id"] != NATIONAL:
        return [cell["force_id"]]
    rest = [cell[name] for name in traced.table.key[1:]]
    return [
        force
        for force in sorted(here.release.forces)
        if (own := here.cell(traced.table.name, (force, *rest))) is not None and own["forces_included"]
    ]


def marked(
    traced: Traced, cell: Cell, records: ir.Table, due: Due, here: Opened, name: str
) -> tuple[ir.Table, list[str]]:
    """Return the records that are in any part of a cell, with `in_<part>` for each, and the parts there are."""
    seen = traced.seen(records, here.series)
    parts = [part for part in traced.parts(seen, cell) if part.column in due]
    rows = [
        {
            "force_id": force,
            "month_from": month,
            **{f"due_{part.column}": month in due[part.column].get(force, NONE) for part in parts},
        }
        for force in sorted({force for each in due.values() for force in each})
        for month in sorted(reduce(or_, (each.get(force, NONE) for each in due.values()), NONE))
    ]
    schema = pa.schema(
        [("force_id", pa.string()), ("month_from", pa.date32())]
        + [(f"due_{part.column}", pa.bool_()) for part in parts]
    )
    due_months = here.engine.read_arrow(name, pa.Table.from_pylist(rows, schema))
    told = seen.mutate(**{f"in_{part.column}": part.counts.fill_null(False) for part in parts})
    joined = told.filter(told.book == cell["book"]).inner_join(due_months, ["force_id", "month_from"])
    columns = [part.column for part in parts]
    both = joined.mutate(**{f"in_{each}": joined[f"in_{each}"] & joined[f"due_{each}"] for each in columns})
    any_part = reduce(or_, (both[f"in_{each}"] for each in columns), ibis.literal(False))
    return both.filter(any_part), columns


@dataclass(frozen=True)
class Behind:
    """What is behind a cell: its rows, each with the parts it counts in, and of each part how many there are."""

    rows: list[dict[str, Any]]
    counted: dict[str, int]

    def adds_up(self, cell: Cell) -> bool:
        """Return whether the rows make each figure of the cell that counts records."""
        return all(cell[column] == count for column, count in self.counted.items())


def behind(here: Opened, cell: Cell, table: str) -> Behind:
    """Return the rows behind a cell of a national table, in order of arrival and row."""
    traced = TRACED[table]
    due, records = due_and_records(here, traced, cell)
    if records is None:
        return Behind([], dict.fromkeys(due, 0))
    found, columns = marked(traced, cell, records, due, here, "due_months")
    lines = here.engine.rows(found.select(*ROW, REFERENCE, *(f"in_{each}" for each in columns)))
    rows = [
        {
            **{name: line[name] for name in (*ROW, REFERENCE)},
            "counts_in": [each for each in columns if line[f"in_{each}"]],
        }
        for line in lines
    ]
    rows.sort(
        key=lambda row: (
            here.inputs[row["drop_id"]]["sequence"],
            row["row_number"],
            row["victim_number"] or 0,
        )
    )
    counted = Counter(each for row in rows for each in row["counts_in"])
    return Behind(rows, {each: counted[each] for each in columns})


def due_and_records(here: Opened, traced: Traced, cell: Cell) -> tuple[Due, ir.Table | None]:
    """Return the months a cell is counted over and the released records of the forces in it."""
    due = due_of(here, traced, cell, traced.parts(nothing_seen(here, traced), cell))
    forces = sorted({force for each in due.values() for force in each})
    return due, here.records(forces, once=cell["force_id"] == NATIONAL)


def nothing_seen(here: Opened, traced: Traced) -> ir.Table:
    """Return a table without records as a national table looks at it, to ask which parts a cell has."""
    from schemas.arrow import arrow_schema
    from schemas.assault import ASSAULT

    empty = ibis.table(ibis.Schema.from_pyarrow(arrow_schema(ASSAULT)), name="no_record")
    return traced.seen(empty, here.series)


def near(here: Opened, cell: Cell, table: str) -> dict[str, int | None]:
    """Return how much is near a figure and not counted in it.

    `held`: rows of the forces, book and period, whatever they are. The others are records that would be in the figure:
    `replaced` and `withdrawn` by a later drop, in a `month_without_figures`, `left_out` for another force has it too.
    None where it is not known any more, for drops were judged again since.
    """
    traced = TRACED[table]
    months = here.periods[cell["period_type"], cell["period"]]
    once = cell["force_id"] == NATIONAL
    parts = traced.parts(nothing_seen(here, traced), cell)
    every = sorted(force for force, book in here.covered if book == cell["book"])
    forces = every if once else [cell["force_id"]]
    held = sum(
        row["held"] or 0
        for force in forces
        for month, row in here.covered.get((force, cell["book"]), {}).items()
        if month in months
    )
    due = due_of(here, traced, cell, parts)
    outside: dict[str, dict[str, frozenset[date]]] = {
        part.column: {
            force: months - due.get(part.column, {}).get(force, NONE)
            for force in (forces_of(here, traced, cell) if once else forces)
        }
        for part in parts
        if part.months != "before"
    }
    released = here.records(forces, once=False)
    found: dict[str, int | None] = {"held": held, **lost(here, traced, cell, due)}
    found["month_without_figures"] = count_of(
        here, traced, cell, here.records(forces, once=once), outside, "out"
    )
    found["left_out"] = 0
    if once and released is not None and COUNTED_ONCE in released.columns:
        left = released.filter(released[COUNTED_ONCE] == "left_out")
        found["left_out"] = count_of(here, traced, cell, left, due, "left")
    return found


def count_of(here: Opened, traced: Traced, cell: Cell, records: ir.Table | None, due: Due, name: str) -> int:
    """Return how many records are in any part of a cell over the months given."""
    if records is None or not any(months for each in due.values() for months in each.values()):
        return 0
    found, _ = marked(traced, cell, records, due, here, f"{name}_months")
    (row,) = here.engine.rows(found.aggregate(count=found.count()))
    return int(row["count"])


def lost(here: Opened, traced: Traced, cell: Cell, due: Due) -> dict[str, int | None]:
    """Return how many records that would be in a cell a later drop of the release has replaced, or withdrawn."""
    forces = {force for each in due.values() for force, months in each.items() if months}
    inputs = [
        each
        for each in here.inputs.values()
        if each["force_id"] in forces and each["book"] == cell["book"] and "accepted.parquet" in each["files"]
    ]
    if not inputs:
        return {"replaced": 0, "withdrawn": 0}
    drops = [here.drop(each["drop_id"]) for each in inputs]
    paths = []
    for each in inputs:
        path = here.store.records_path("accepted", each["force_id"], each["book"], each["drop_id"])
        if not path.is_file() or hash_of(path) != each["files"]["accepted.parquet"]:
            return {"replaced": None, "withdrawn": None}
        paths.append(path)
    accepted = here.engine.read_parquet(*paths)
    released = here.records(sorted(forces), once=False)
    gone = accepted.filter(accepted.occurred_on <= here.release.ends_on)
    if released is not None:
        where = ("drop_id", "row_number")
        victim = gone.victim_number.fill_null(0) == released.victim_number.fill_null(0)
        gone = gone.anti_join(released, [*(gone[name] == released[name] for name in where), victim])
    by_a_later = replaced(accepted, table_of(drops, here.engine))
    keys = [gone[name] == by_a_later[name] for name in SIGHTING if name != "victim_number"]
    same = [*keys, gone.victim_number.fill_null(0) == by_a_later.victim_number]
    return {
        "replaced": count_of(here, traced, cell, gone.semi_join(by_a_later, same), due, "replaced"),
        "withdrawn": count_of(here, traced, cell, gone.anti_join(by_a_later, same), due, "withdrawn"),
    }


def trace(here: Opened, table: str, wanted: Mapping[str, str], *, references: bool = False) -> dict[str, Any]:
    """Return a figure as published, the drops and rows behind it, and what is near it and not counted.

    `rows` are the file's: its drop, file, sheet, number and victim, and what each counts in; with `references` also the
    force's own reference. `adds_up` is whether they make the figure. Raises NotAsked as `find_cell` does, and where
    references of several forces are asked for; StoreFault where a file of the release is not the one published.
    """
    cell = find_cell(here, table, wanted)
    if references and cell["force_id"] == NATIONAL:
        raise NotAsked(
            "References are shown of one force, to that force. Name it with --force, or leave them out."
        )
    found = behind(here, cell, table)
    drops = list(drops_behind(here, found.rows))
    named = {drop["drop_id"]: drop for drop in drops}
    return {
        "release_id": here.release.release_id,
        "table": table,
        "figure": dict(cell),
        "counted": found.counted,
        "adds_up": found.adds_up(cell),
        "drops": drops,
        "rows": [
            {
                "force_id": row["force_id"],
                "drop_id": row["drop_id"],
                "file": named[row["drop_id"]]["file"],
                "sheet": named[row["drop_id"]]["sheet"],
                "row": row["row_number"],
                "victim": row["victim_number"],
                "counts_in": row["counts_in"],
                **({"reference": row[REFERENCE]} if references else {}),
            }
            for row in found.rows
        ],
        "not_counted": near(here, cell, table),
    }


def drops_behind(here: Opened, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each drop of some rows in order of arrival, with how many of its rows count in each part."""
    counted: dict[str, Counter[str]] = {}
    for row in rows:
        counted.setdefault(row["drop_id"], Counter()).update(row["counts_in"])
    forces = load_forces(here.store.home.forces) if counted else {}
    with Ledger.open(here.store.home.ledger_url) as ledger:
        for drop_id in sorted(counted, key=lambda each: here.inputs[each]["sequence"]):
            drop = here.drop(drop_id)
            sheet, why = None, ""
            if PurePosixPath(drop.file).suffix.lower() in WITH_SHEETS:
                try:
                    raw = raw_file(here.store, ledger, drop)
                    sheet = open_sent(raw, book_of(forces, drop, here.store.home)).sheet
                except (NotAsked, Refused, StoreFault) as unknown:
                    why = f"Its sheet is not known: {unknown.sentence}"
            yield {
                "drop_id": drop_id,
                "force_id": drop.force_id,
                "file": drop.file,
                "sheet": sheet,
                "sheet_unknown": why,
                "arrived_at": drop.arrived_at,
                "counted": dict(sorted(counted[drop_id].items())),
            }
