"""`collate held`: the rows that were held, what became of each since, and how long it has been waiting.

Nothing of it is stored: a row's state follows from the ledger, the records at rest and the day asked about.

| state | when, the first that is so from the top |
| --- | --- |
| withdrawn | its drop was reverted |
| mended | a later drop that stands has its key accepted, after the last that took it back |
| withdrawn | a later drop takes its key back, or holds the whole of its period and has it no longer |
| returned | a release has been published since its drop came |
| new | no release has |

Drops that wait for a person are left out. A row sent again and held again is listed once, where it was sent last, and
its age counts from the first time.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.again.standing import at_rest, table_of
from pipeline.engine import Engine, open_engine
from pipeline.harmless import harmless_text
from pipeline.home import Home
from pipeline.intake import UNKNOWN, WORKFORCE
from pipeline.ledger import DropRecord, Ledger
from pipeline.receipt import counted
from pipeline.store import Store
from schemas.catalogue import code_of

if TYPE_CHECKING:
    from rich.console import Console

STATES = ("new", "returned", "mended", "withdrawn")
# Those somebody still has to do something about, which a row is in as long as one of its victims is.
OPEN = ("new", "returned")
# The ages a count is given by, each as the days it ends with.
AGES: Mapping[str, int | None] = {"0-30": 30, "31-90": 90, "91-365": 365, "366+": None}
COLUMNS = (
    "force_id", "book", "state", "age_days", "held_since", "reference", "file", "drop_id", "sheet", "row", "rules",
)  # fmt: skip
# What a terminal shows before it says how many more there are.
SHOWN = 200


def held_rows(
    home: Home,
    force_id: str | None = None,
    book: str | None = None,
    state: str | None = None,
    as_of: date | None = None,
) -> list[dict[str, Any]]:
    """Return the rows that were held up to a day (default: today), one each, by force, book, drop and row.

    They hold the force's own references: they are for the force, and for whoever speaks with it.
    """
    home.must_be()
    home.prepare()
    store, day = Store(home), as_of or date.today()
    with Ledger.open(home.ledger_url) as ledger:
        drops = [
            drop
            for drop in ledger.drops(force_id, book)
            if drop.is_settled
            and drop.book not in (WORKFORCE, UNKNOWN)
            and drop.standing != "waits"
            and drop.arrived_at.date() <= day
        ]
        releases = [each.published_at for each in ledger.releases() if each.published_at]
    published = [moment for moment in releases if moment.date() <= day]
    found: list[dict[str, Any]] = []
    for each in sorted({(drop.force_id, drop.book) for drop in drops}):
        own = [drop for drop in drops if (drop.force_id, drop.book) == each]
        last = max(published, default=None)
        for row in rows_of(own, store):
            drop, first = row.pop("drop"), row.pop("first")
            if row["state"] == "open":
                row["state"] = "returned" if last is not None and last >= first.arrived_at else "new"
            since = first.arrived_at.date()
            found.append(
                {**row, "age_days": (day - since).days, "held_since": since.isoformat(), **named(drop, store)}
            )
    return [{name: row[name] for name in COLUMNS} for row in found if state in (None, row["state"])]


def rows_of(drops: Sequence[DropRecord], store: Store) -> Iterator[dict[str, Any]]:
    """Yield the held rows of the drops of a force's book, in order, with their drop and the first that held them.

    `state` is mended, withdrawn or open.
    """
    standing = [drop for drop in drops if drop.standing == "stands"]
    paths = {d.drop_id: store.records_path("held", d.force_id, d.book, d.drop_id) for d in drops}
    if not any(path.is_file() for path in paths.values()):
        return
    by_id = {drop.drop_id: drop for drop in drops}
    by_place = {drop.sequence: drop for drop in drops}
    with store.staged() as folder, open_engine(folder) as engine:
        states: dict[tuple[str, int], tuple[str, int]] = {}
        stand = [drop for drop in standing if paths[drop.drop_id].is_file()]
        for record in became(standing, stand, store, engine) if stand else ():
            place = (record["drop_id"], record["row_number"])
            said = state_of(record)
            if said is None:
                continue
            first = record["first_at"] or by_id[record["drop_id"]].sequence
            known, since = states.get(place, ("", first))
            # A row is open as long as one of its records is.
            states[place] = (said if known != "open" else known, min(first, since))
        for drop in drops:
            if not paths[drop.drop_id].is_file():
                continue
            records = engine.read_parquet(paths[drop.drop_id])
            names = records.select("row_number", "source_record_id", "rules").order_by("row_number")
            done: set[int] = set()
            for record in engine.rows(names):
                row, place = record["row_number"], (drop.drop_id, record["row_number"])
                reverted = drop.standing == "reverted"
                if row in done or not (reverted or place in states):
                    continue
                done.add(row)
                state, at = ("withdrawn", drop.sequence) if reverted else states[place]
                yield {
                    "state": state,
                    "reference": record["source_record_id"],
                    "row": row,
                    "rules": rules_named(record["rules"]),
                    "drop": drop,
                    "first": by_place[at],
                }


def became(
    standing: Sequence[DropRecord], holding: Sequence[DropRecord], store: Store, engine: Engine
) -> list[dict[str, Any]]:
    """Return what became of each held record of the drops that stand, by the sequence of the drop that did it."""
    from transforms.still_held import still_held
    from transforms.withdraw import TAKEN_BACK

    paths = [store.records_path("held", drop.force_id, drop.book, drop.drop_id) for drop in holding]
    held = engine.read_parquet(*paths).select(*TAKEN_BACK, "row_number")
    found = still_held(
        held,
        at_rest("accepted", standing, store, engine),
        table_of(standing, engine),
        at_rest("withdrawn", standing, store, engine),
    )
    columns = ("drop_id", "row_number", "mended_at", "taken_at", "again_at", "first_at")
    return engine.rows(found.select(*columns).order_by(["drop_id", "row_number"]))


def state_of(record: Mapping[str, Any]) -> str | None:
    """Return what became of a held record, or None where it was sent again and is held there."""
    mended, taken, again = (record[name] or 0 for name in ("mended_at", "taken_at", "again_at"))
    if again > max(mended, taken):
        return None
    if mended > taken:
        return "mended"
    return "withdrawn" if taken else "open"


def rules_named(rules: Sequence[str]) -> str:
    """Return the rules a row broke, each with its code."""
    return "; ".join(f"{code_of(rule)} {rule}" for rule in rules)


def named(drop: DropRecord, store: Store) -> dict[str, Any]:
    """Return where a held row stands, but for the row itself."""
    receipt = store.return_path(drop.force_id, drop.drop_id) / "receipt.json"
    sheet = None
    if receipt.is_file():
        sheet = json.loads(receipt.read_text(encoding="utf-8")).get("read_as", {}).get("sheet")
    return {
        "force_id": drop.force_id,
        "book": drop.book,
        "file": drop.file,
        "drop_id": drop.drop_id,
        "sheet": sheet,
    }


def counts_of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how many rows of each force are in each state, by age: what the national side needs to know."""
    counts: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in rows:
        ages = counts.setdefault((row["force_id"], row["book"], row["state"]), dict.fromkeys(AGES, 0))
        ages[band(row["age_days"])] += 1
    order = sorted(counts, key=lambda each: (each[0], each[1], STATES.index(each[2])))
    return [
        {"force_id": force, "book": book, "state": state, "rows": sum(counts[force, book, state].values()),
         "by_age": counts[force, book, state]}
        for force, book, state in order
    ]  # fmt: skip


def band(days: int) -> str:
    return next(name for name, last in AGES.items() if last is None or days <= last)


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the list as CSV, harmless to a spreadsheet."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for row in rows:
        cells = ("" if row[name] is None else row[name] for name in COLUMNS)
        lines.writerow([harmless_text(cell) if isinstance(cell, str) else cell for cell in cells])
    return text.getvalue()


def write(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write the list into a CSV file."""
    path.write_text(as_csv(rows), encoding="utf-8")


def show(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print the rows that were held, the first of many."""
    from rich.markup import escape
    from rich.table import Table

    still = sum(1 for row in rows if row["state"] in OPEN)
    console.print(f"{counted(len(rows), 'row')} held at some time, {still:,} of them still.", highlight=False)
    if not rows:
        return
    table = Table()
    for heading in ("Force", "Book", "State", "Days", "Reference", "File", "Sheet", "Row", "Rules"):
        table.add_column(heading, justify="right" if heading in ("Days", "Row") else "left", overflow="fold")
    for row in rows[:SHOWN]:
        cells = (
            row[n]
            for n in ("force_id", "book", "state", "age_days", "reference", "file", "sheet", "row", "rules")
        )
        table.add_row(*(escape("" if cell is None else str(cell)) for cell in cells))
    console.print(table)
    if len(rows) > SHOWN:
        console.print(f"And {len(rows) - SHOWN:,} more: write them all with --out FILE.csv.", highlight=False)


def show_counts(counts: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print how many rows of each force are in each state, by age."""
    from rich.table import Table

    table = Table()
    for heading in ("Force", "Book", "State", "Rows", *(f"{name} days" for name in AGES)):
        table.add_column(heading, justify="left" if heading in ("Force", "Book", "State") else "right")
    for each in counts:
        ages = (f"{count:,}" if count else "" for count in each["by_age"].values())
        table.add_row(each["force_id"], each["book"], each["state"], f"{each['rows']:,}", *ages)
    console.print(table)
