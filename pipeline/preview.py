"""`collate rules preview`: what a changed rule set would do to every archived drop, before it is switched on.

Every drop is judged from its archived bytes in a folder of its own, once as things stand and once as they would be,
and the two are held against each other row by row. Nothing is stored, and no value is looked at: only row numbers,
rules and what became of each row.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from pyarrow import csv

from pipeline.beside import beside_of
from pipeline.engine import Engine, open_engine
from pipeline.home import Home, HomeUnusable
from pipeline.intake import UNKNOWN, WORKFORCE, book_of, why_no_book
from pipeline.judge import judge
from pipeline.ledger import DropRecord, Ledger
from pipeline.past import past_of
from pipeline.read import Refused
from pipeline.receipt import counted
from pipeline.store import Store, hash_of
from pipeline.whole_drop import with_whole_drop
from schemas.catalogue import code_of
from schemas.force import Book, Force, ForceFileError, load_forces
from schemas.regrade import Change, read_changes

if TYPE_CHECKING:
    from rich.console import Console

# How many row numbers are named for each rule of a drop.
FIRST = 10

# What may happen to a row by a rule, in the order it is told.
HAPPENS = {
    "held": "newly held",
    "released": "released",
    "raised": "newly raised",
    "dropped": "no longer raised",
    "regraded": "raised with another severity",
}

# The longest row of findings.csv that is read: a value in it is a cell of the force's file.
LONGEST = 1 << 24

# The row of a finding about the drop as a whole.
WHOLE = 0

FINDINGS = pa.schema([("row", pa.int64()), ("rule", pa.string()), ("severity", pa.string())])
ROWS = pa.schema([("row_number", pa.int64())])

Told = Callable[[int, str], None]


class NotTried(Exception):
    """The changes cannot be tried; the sentence says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Tried:
    """The rule sets that are held against each other: force files and changes as they are, and as they would be.

    Where `stored`, what is at rest stands for how things are: nothing was changed but the program itself.
    """

    home: Home
    before: Mapping[str, Force]
    after: Mapping[str, Force]
    changes: Sequence[Change]
    stored: bool

    def books(self, drop: DropRecord) -> tuple[Book | None, Book | None]:
        """Return how a drop's book is judged now, and how it would be."""
        after = named_book(self.after, drop)
        if after is not None:
            own = tuple(change for change in self.changes if change.concerns(after))
            after = replace(after, changes=own)
        return named_book(self.before, drop), after


@dataclass(frozen=True)
class Office:
    """Where the drops are, and what is known of them."""

    store: Store
    ledger: Ledger


@dataclass(frozen=True)
class Stands:
    """What became of a drop under one rule set: why it was refused, or its sums and where its rows are."""

    refused: str | None
    sums: Mapping[str, int]
    accepted: Path | None = None
    held: Path | None = None
    findings: Path | None = None


SUMS = ("accepted", "held", "duplicate", "withdrawn", "out_of_scope", "refused")
NOTHING = dict.fromkeys(SUMS, 0)


def tried(home: Home, forces: Path | None, changes: Path | None) -> Tried:
    """Return what is to be tried; raises NotTried where a force's file or the changes cannot be used."""
    try:
        before = load_forces(home.forces)
        changed = load_forces(forces) if forces else {}
        declared = read_changes(changes) if changes else ()
    except ForceFileError as error:
        raise NotTried(str(error)) from error
    if forces and not changed:
        raise NotTried(f"There is no force file in {forces}. Put the changed <force_id>.toml there.")
    after = {**before, **changed}
    for change in declared:
        if change.force is not None and change.force not in after:
            raise NotTried(
                f'A change is for the force "{change.force}", and there is no force file of that name.'
            )
    return Tried(home, before, after, declared, stored=not (forces or changes))


def preview(
    tried: Tried, force_id: str | None, as_of: date | None, folder: Path, told: Told | None = None
) -> dict[str, Any]:
    """Return what would become of every archived drop, of one force or of all.

    Drops are judged as on `as_of`, or each on the day it came. `folder` is where the working files may be; each drop
    has its own part of it, emptied before the next. A drop that cannot be judged is in `unjudged`, with the reason.
    """
    tried.home.must_be()
    tried.home.prepare()
    with Ledger.open(tried.home.ledger_url) as ledger:
        return previewed(tried, ledger, force_id, as_of, folder, told)


def previewed(
    tried: Tried, ledger: Ledger, force_id: str | None, as_of: date | None, folder: Path, told: Told | None
) -> dict[str, Any]:
    """Return the same, with the ledger open."""
    drops = [drop for drop in ledger.drops(force_id) if drop.book != WORKFORCE]
    found: list[dict[str, Any]] = []
    unjudged: list[dict[str, Any]] = []
    untouched = 0
    for drop in drops:
        if told:
            told(len(drops), f"{drop.force_id} {drop.file}")
        before, after = tried.books(drop)
        if drop.state == "arrived" and tried.stored:
            unjudged.append({**named(drop), "sentence": "It is not judged yet: run collate receive first."})
            continue
        if before == after and not tried.stored:
            untouched += 1
            continue
        here = folder / drop.drop_id
        try:
            here.mkdir()
            change = compared(tried, ledger, drop, (before, after), as_of or drop.arrived_at.date(), here)
        except Exception as fault:
            # One drop's fault must not keep the others from being looked at; it is told with them.
            unjudged.append({**named(drop), "sentence": sentence_of(fault)})
        else:
            if change is not None:
                found.append(change)
        finally:
            shutil.rmtree(here, ignore_errors=True)
    return {
        "as_of": as_of.isoformat() if as_of else None,
        "against": "what is stored" if tried.stored else "the rules in use",
        "drops": len(drops),
        "not_concerned": untouched,
        "changed": found,
        "rules": totals(found),
        "unjudged": unjudged,
    }


def compared(
    tried: Tried,
    ledger: Ledger,
    drop: DropRecord,
    books: tuple[Book | None, Book | None],
    day: date,
    folder: Path,
) -> dict[str, Any] | None:
    """Return what would change for a drop by its book as it is and as it would be, or None where nothing does."""
    store = Store(tried.home)
    raw = store.archived(drop.file, drop.sha256)
    if not raw.is_file():
        raise NotTried("Its file is not in the archive. Put the archive back from its copy, and try again.")
    office = Office(store, ledger)
    before, after = books
    if tried.stored:
        now = at_rest(store, drop)
    else:
        now = judged(office, tried.before, raw, drop, before, day, folder / "before")
    then = judged(office, tried.after, raw, drop, after, day, folder / "after")
    sums = {name: [now.sums[name], then.sums[name]] for name in SUMS if now.sums[name] != then.sums[name]}
    judged_both = now.refused is None and then.refused is None
    by_rule, rows = rules_changed(now, then, folder) if judged_both else ([], {"held": 0, "released": 0})
    otherwise = not tried.stored and now.refused is None and not same_bytes(now.accepted, then.accepted)
    if not (sums or by_rule or otherwise) and now.refused == then.refused:
        return None
    return {
        **named(drop),
        "refused": {"before": now.refused, "after": then.refused} if now.refused != then.refused else None,
        **rows,
        "sums": sums,
        "rules": by_rule,
        "records_differ": otherwise,
    }


def judged(
    office: Office,
    forces: Mapping[str, Force],
    raw: Path,
    drop: DropRecord,
    book: Book | None,
    day: date,
    folder: Path,
) -> Stands:
    """Return what becomes of a drop's archived bytes by a book, with the files in `folder`."""
    store, ledger = office.store, office.ledger
    folder.mkdir()
    if book is None:
        return Stands(why_no_book(store.home, forces, drop.force_id, drop.file), NOTHING)
    beside = beside_of(store, ledger, drop.force_id, drop.drop_id, forces[drop.force_id].books)
    try:
        # A pseudonym that is thrown away needs no secret.
        judgement = judge(raw, drop.file, book, drop.drop_id, b"tried, not kept", day, folder, beside)
    except Refused as refused:
        return Stands(refused.sentence, NOTHING)
    past = past_of(store, ledger, drop.force_id, book.name, drop.drop_id, judgement.period)
    judgement = with_whole_drop(judgement, book, past, {"drop_id": drop.drop_id, "file": drop.file}, folder)
    return Stands(
        None,
        {name: getattr(judgement.sums, name) for name in SUMS},
        judgement.accepted,
        judgement.held,
        judgement.findings_file,
    )


def at_rest(store: Store, drop: DropRecord) -> Stands:
    """Return what became of a drop when it was judged, from what is stored."""
    if drop.sums is None or drop.state == "refused":
        return Stands(drop.sentence or "It was refused.", NOTHING)
    accepted, held = (
        store.records_path(kind, drop.force_id, drop.book, drop.drop_id) for kind in ("accepted", "held")
    )
    findings = store.return_path(drop.force_id, drop.drop_id) / "findings.csv"
    for path, count in ((accepted, drop.sums.accepted), (held, drop.sums.held)):
        if count and not path.is_file():
            raise NotTried("Its records are not at rest any more. Judge it again with collate receive.")
    return Stands(None, {name: getattr(drop.sums, name) for name in SUMS}, accepted, held, findings)


def rules_changed(now: Stands, then: Stands, folder: Path) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Return what would happen to how many rows by which rule, with the numbers of the first of them.

    And how many rows are held that were not, and the other way round, whatever the rule.
    """
    with open_engine(folder) as engine:
        held = {side: rows_of(engine, stands.held, f"held_{side}") for side, stands in both(now, then)}
        found = {
            side: findings_of(engine, stands.findings, f"found_{side}") for side, stands in both(now, then)
        }
        errors = {side: each.filter(each["severity"] == "error") for side, each in found.items()}
        newly = held["then"].anti_join(held["now"], "row_number")
        released = held["now"].anti_join(held["then"], "row_number")
        same = ["row", "rule"]
        severities = found["now"].select("row", "rule", was="severity")
        both_have = found["then"].inner_join(severities, same)
        happened = {
            "held": errors["then"].semi_join(newly, errors["then"]["row"] == newly["row_number"]),
            "released": errors["now"].semi_join(released, errors["now"]["row"] == released["row_number"]),
            "raised": found["then"].anti_join(found["now"], same),
            "dropped": found["now"].anti_join(found["then"], same),
            "regraded": both_have.filter(both_have["severity"] != both_have["was"]),
        }
        rules: dict[str, dict[str, Any]] = {}
        for what, rows in happened.items():
            for each in first_rows(engine, rows, what):
                rule = rules.setdefault(each["rule"], {"rule": each["rule"], "code": code(each["rule"])})
                rule[what] = {"rows": each["rows"], "first": sorted(each["first"])}
        rows = {
            what: engine.rows(each.agg(rows=each.count()))[0]["rows"]
            for what, each in (("held", newly), ("released", released))
        }
    return [rules[name] for name in sorted(rules)], rows


def both(now: Stands, then: Stands) -> tuple[tuple[str, Stands], ...]:
    return (("now", now), ("then", then))


def rows_of(engine: Engine, path: Path | None, name: str) -> ir.Table:
    """Return the row numbers of the records in a Parquet file, each once, in the session."""
    if path is None or not path.is_file():
        return engine.read_small(name, ROWS.empty_table())
    records = engine.read_parquet(path)
    return engine.lay_down(name, records.select("row_number").distinct())


def findings_of(engine: Engine, path: Path | None, name: str) -> ir.Table:
    """Return row, rule and severity of the findings in a findings.csv, each once, in the session."""
    if path is None or not path.is_file():
        return engine.read_small(name, FINDINGS.empty_table())
    batches = csv.open_csv(
        path,
        csv.ReadOptions(block_size=LONGEST),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(include_columns=FINDINGS.names, column_types=FINDINGS),
    )
    read = engine.read_batches(f"{name}_csv", batches)
    # What is found about the drop as a whole has no row, and nothing is equal to nothing.
    return engine.lay_down(name, read.mutate(row=read["row"].fill_null(WHOLE)).distinct())


def first_rows(engine: Engine, rows: ir.Table, name: str) -> list[dict[str, Any]]:
    """Return for each rule how many rows there are and the numbers of the first."""
    laid = engine.lay_down(name, rows.select("row", "rule").distinct())
    place = ibis.row_number().over(group_by=laid["rule"], order_by=laid["row"])
    placed = laid.mutate(place=place)
    early = ibis.ifelse(placed["place"] < FIRST, placed["row"], ibis.null("int64"))
    named = placed.mutate(early=early)
    first = named["early"].collect(where=named["early"].notnull())
    counts = named.group_by("rule").agg(rows=named.count(), first=first)
    return engine.rows(counts.order_by("rule"))


def totals(changed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return over all drops how many rows each rule would do what to, and in how many drops."""
    rules: dict[str, dict[str, Any]] = {}
    for drop in changed:
        for each in drop["rules"]:
            start = {"rule": each["rule"], "code": each["code"], "drops": 0, **dict.fromkeys(HAPPENS, 0)}
            total = rules.setdefault(each["rule"], start)
            total["drops"] += 1
            for what in HAPPENS:
                total[what] += each[what]["rows"] if what in each else 0
    return [rules[name] for name in sorted(rules)]


def named_book(forces: Mapping[str, Force], drop: DropRecord) -> Book | None:
    """Return the book of a drop by some force files, found again where nobody knew it when it came."""
    force = forces.get(drop.force_id)
    name = book_of(forces, drop.force_id, drop.file) if drop.book == UNKNOWN else drop.book
    return force.books.get(name) if force else None


def named(drop: DropRecord) -> dict[str, Any]:
    return {"force_id": drop.force_id, "book": drop.book, "file": drop.file, "drop_id": drop.drop_id}


def same_bytes(one: Path | None, other: Path | None) -> bool:
    """Return whether two files have the same bytes, or neither is there."""
    hashes = [hash_of(path) if path is not None and path.is_file() else None for path in (one, other)]
    return hashes[0] == hashes[1]


def code(rule: str) -> str | None:
    """Return a rule's code; a receipt older than the codes may name a rule that never had one."""
    try:
        return code_of(rule)
    except KeyError:
        return None


def sentence_of(fault: Exception) -> str:
    """Return why a drop could not be judged, without a value of it."""
    if isinstance(fault, NotTried | HomeUnusable):
        return fault.sentence
    if isinstance(fault, OSError):
        return f"A file could not be read or written: {fault.strerror or type(fault).__name__}."
    return f"A fault in the pipeline itself ({type(fault).__name__}). Please report it with this line."


def show(found: Mapping[str, Any], console: Console) -> None:
    """Print what would change: in a line, by rule, then drop by drop."""
    from rich.markup import escape
    from rich.table import Table

    held, released = (sum(drop[name] for drop in found["changed"]) for name in ("held", "released"))
    console.print(escape(headline(found, held, released)), highlight=False, soft_wrap=True)
    if found["rules"]:
        table = Table(title="By rule", title_justify="left")
        table.add_column("Code", no_wrap=True)
        table.add_column("Rule", overflow="fold")
        for heading in (*HAPPENS.values(), "drops"):
            table.add_column(heading.capitalize(), justify="right")
        for each in found["rules"]:
            counts = (f"{each[what]:,}" if each[what] else "" for what in HAPPENS)
            table.add_row(each["code"] or "", escape(each["rule"]), *counts, f"{each['drops']:,}")
        console.print(table)
    for drop in found["changed"]:
        console.print(f"\n[bold]{escape(label(drop))}[/]", highlight=False)
        for line in lines(drop):
            console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
    for drop in found["unjudged"]:
        console.print(
            escape(f"Not judged: {label(drop)}: {drop['sentence']}"), highlight=False, soft_wrap=True
        )
    console.print("Nothing was stored.", highlight=False)


def headline(found: Mapping[str, Any], held: int, released: int) -> str:
    """Return in a sentence or two what would come of the changes."""
    asked = f"{counted(found['drops'], 'archived drop')} held against {found['against']}"
    if found["as_of"]:
        asked += f", as on {found['as_of']}"
    if not found["changed"]:
        return f"{asked}: nothing would change." if not found["unjudged"] else f"{asked}: no change found."
    forces = len({drop["force_id"] for drop in found["changed"]})
    return (
        f"{asked}: {counted(len(found['changed']), 'drop')} of {counted(forces, 'force')} would change. "
        f"{counted(held, 'row')} would newly be held, {released:,} released."
    )


def label(drop: Mapping[str, Any]) -> str:
    return f"{drop['force_id']}, {drop['book']}, {drop['file']} (drop {drop['drop_id']})"


def lines(drop: Mapping[str, Any]) -> Iterator[str]:
    """Yield what would become of one drop, a line each."""
    if drop["refused"]:
        before, after = drop["refused"]["before"], drop["refused"]["after"]
        if after is None:
            yield f"It would be taken; now it is refused: {before}"
        else:
            yield (
                f"It would be refused: {after}"
                if before is None
                else f"It would be refused otherwise: {after}"
            )
    for name, (now, then) in drop["sums"].items():
        yield f"{WORDS[name]}: {now:,} rows now, {then:,} then"
    for rule in drop["rules"]:
        for what, words in HAPPENS.items():
            if what in rule:
                rows, first = rule[what]["rows"], rule[what]["first"]
                named_rows = ", ".join(map(str, first)) + (", ..." if rows > len(first) else "")
                whole = first == [WHOLE]
                where = "the drop as a whole" if whole else f"{counted(rows, 'row')}"
                numbers = "" if whole else f": {named_rows}"
                yield f"{rule['code'] or ''} {rule['rule']}: {where} {words}{numbers}"
    if drop["records_differ"] and not (drop["rules"] or drop["sums"]):
        yield "No row is held or released, but accepted records would hold other values: a mapping has changed."


WORDS = {
    "accepted": "accepted",
    "held": "held back",
    "duplicate": "counted once already",
    "withdrawn": "withdrawn",
    "out_of_scope": "not assaults",
    "refused": "lines that could not be read",
}
