"""A release: the current records and the national tables of a month, immutable once published.

Everything is made in staging from what the ledger says is at rest, checked, hashed and moved into place in one step;
`releases/latest` moves last. The same inputs give the same bytes, so a release already published is found again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pipeline.again.standing import arrow_of, stand_every, withdrawn_of
from pipeline.answers.answer_notes import answer_notes
from pipeline.answers.pair_answers import one_assault
from pipeline.collecting.accounted import Accounted, accounted_in, light_of, most_unaccounted
from pipeline.collecting.collection import sent_of
from pipeline.data_docs import release_pages
from pipeline.denominators import figures_path
from pipeline.engine import Engine, open_engine
from pipeline.intake import UNKNOWN, WORKFORCE
from pipeline.ledger import DropRecord, Ledger, ReleaseRecord, utc_now
from pipeline.period import add_months, month_end
from pipeline.picture import pictures
from pipeline.releases.marks import is_settled, mark_of, mark_said, today
from pipeline.releases.signing import MANIFEST, SIGNATURE, sign, signing_key
from pipeline.releases.waiting import hold, is_required, place_of, same_waits, withdraw
from pipeline.releases.waiting_shown import to_look_at
from pipeline.store import Store, StoreFault, hash_of, write_json
from pipeline.version import VERSION
from pipeline.workforce.figures import FIGURES
from schemas.assault import ASSAULT
from schemas.contract import datapackage
from schemas.dictionary import dictionary
from schemas.force import load_forces
from schemas.national import TABLES
from schemas.register import FORCES
from transforms.across import COUNTED_ONCE, counted_once
from transforms.compare import compare
from transforms.resolve import resolve

# Late drops and corrections reach back about a quarter, so the newest month is published with the two before it.
MONTHS_DUE = 3

SETTLED = ("collated", "nil", "refused")

# force_id is the folder's name, not a column of its files: the way hive-partitioned datasets are read.
PUBLISHED_FIELDS = tuple(name for name in ASSAULT.names if name != "force_id")


# What the data dictionary of a release says besides, where something in it is counted once.
COUNTED_ONCE_WORDS = f"""
## Counted once

Some assaults stand in two forces' crime books, by the word of one of them. In the records, `{COUNTED_ONCE}` is `kept` or
`left_out` there, and missing elsewhere. National figures leave out the second; the figures of its force do not.
"""

# A key may stand on several days, where references begin again each year: only all of these tell every two records apart.
IN_ORDER = (*ASSAULT.key, "occurred_on", "drop_id", "row_number")


class NothingToPublish(Exception):
    """No drop covers any month up to the one asked for."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Inputs:
    """What a release is made of: the drops judged so far, the denominators, and who should have sent."""

    month: date
    start: date
    drops: tuple[DropRecord, ...]
    workforce: tuple[DropRecord, ...]
    expected: tuple[tuple[str, str], ...]
    files: Mapping[str, Mapping[str, str]]
    # Which force and book is there in the month, and which is not: it hangs on the forces that have a file.
    accounted: Accounted
    # Whether the collection of the month has ended with nothing missing: see `pipeline/releases/marks.py`.
    settled: bool = False
    # The keys of records of two forces that are one assault by their word: `pipeline/answers/pair_answers.py`.
    one_assault: tuple[tuple[str, str], ...] = ()
    # What forces have answered about a whole rule, with the reason and until when.
    answers: tuple[dict[str, Any], ...] = ()

    @property
    def described(self) -> list[dict[str, Any]]:
        """Return each input as the manifest lists it."""
        return [
            {
                "drop_id": drop.drop_id, "sequence": drop.sequence, "force_id": drop.force_id, "book": drop.book,
                "sha256": drop.sha256, "state": drop.state, "mapping": drop.mapping_fingerprint,
                "judged_by": drop.code_version, "resend": drop.resend, "period_from": drop.period_from, "period_to": drop.period_to,
                "rows": sums_of(drop), "files": dict(self.files[drop.drop_id]),
            }
            for drop in (*self.drops, *self.workforce)
        ]  # fmt: skip

    @property
    def hash(self) -> str:
        """Return what tells one set of inputs from another."""
        said = [
            VERSION,
            str(self.month),
            str(self.start),
            self.expected,
            self.described,
            self.accounted,
            self.settled,
        ]
        said += [self.one_assault] if self.one_assault else []
        said += [self.answers] if self.answers else []
        return sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()


def publish_month(month: str, store: Store, ledger: Ledger, on: date | None = None) -> dict[str, Any]:
    """Publish the release of a month ("2018-09"), or find that its newest one still holds.

    Returns release_id, path, changed and a summary by force. Raises NothingToPublish where no drop covers any month so
    far, and GateFailed where the finished tables contradict their own declarations; nothing is published then. `on` is
    the day it is asked (default: today), which decides the mark and nothing else. Where a person must sign it off, the
    release waits instead (`pipeline/releases/waiting.py`).
    """
    # A slip in a setting is told before anything is made.
    most_unaccounted()
    signing_key()
    to_be_signed_off = is_required()
    stand_every(store, ledger)
    inputs = gather(date.fromisoformat(f"{month}-01"), store, ledger, on)
    earlier = [each for each in ledger.releases() if each.month == month]
    if earlier:
        last = store.home.releases / earlier[-1].release_id
        manifest = read_manifest(last)
        if manifest["inputs_hash"] == inputs.hash:
            next_one = f"{month}-r{earlier[-1].revision + 1}"
            withdraw(next_one, "what it rested on is as it was", store, ledger)
            point_at_newest(store, ledger)
            return published(manifest, last, changed=False)
    revision = earlier[-1].revision + 1 if earlier else 1
    release_id = f"{month}-r{revision}"
    if to_be_signed_off and (manifest_of := same_waits(release_id, inputs.hash, store, ledger)):
        return waits(manifest_of, place_of(store.home, release_id), changed=False)
    with store.staged() as folder:
        staged = folder / release_id
        staged.mkdir()
        with open_engine(folder) as engine:
            manifest = build(release_id, revision, inputs, store, engine, staged, folder)
        gate(staged, store, release_id)
        manifest["data_docs"] = (release_pages(release_id) / "index.html").as_posix()
        manifest["mark"] = mark_of(inputs.settled, earlier)
        write_json(staged / "manifest.json", manifest)
        if to_be_signed_off:
            protect(staged)
            replaces = hold(staged, manifest, store, ledger)
            return waits(manifest, place_of(store.home, release_id), changed=True, replaces=replaces)
        place = put_out(staged, manifest, store, ledger)
    withdraw(release_id, "it was published without a sign-off", store, ledger)
    return published(manifest, place, changed=True)


def put_out(
    staged: Path, manifest: Mapping[str, Any], store: Store, ledger: Ledger, signed_by: str | None = None
) -> Path:
    """Return the place of a release once its finished folder is signed, moved there, and in the ledger."""
    sign(staged)
    protect(staged)
    release_id = str(manifest["release_id"])
    place = store.home.releases / release_id
    store.place(staged, place)
    ledger.publish(
        ReleaseRecord(
            release_id,
            manifest["month"],
            manifest["revision"],
            hash_of(place / MANIFEST),
            manifest["code_version"],
            mark=manifest["mark"],
            signed_by=signed_by,
            signed_at=utc_now() if signed_by else None,
        ),
        [each["drop_id"] for each in manifest["inputs"]],
    )
    point_at_newest(store, ledger)
    return place


def protect(staged: Path) -> None:
    """Take the right to write to any file of a release away."""
    for path in sorted(staged.rglob("*")):
        if path.is_file():
            path.chmod(0o444)


def read_manifest(place: Path) -> dict[str, Any]:
    """Return the manifest of a published release; raises StoreFault where somebody took the release away."""
    path = place / "manifest.json"
    if not path.is_file():
        raise StoreFault(
            f"Release {place.name} is in the ledger and not in {place.parent}. Restore it from a backup and run again; "
            "a release never changes, so it is not made a second time."
        )
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def point_at_newest(store: Store, ledger: Ledger) -> None:
    """Have `releases/latest` name the newest release, also where a crash came before it last time."""
    newest = max(ledger.releases(), key=lambda each: (each.month, each.revision))
    if store.latest() != newest.release_id:
        store.point_latest(newest.release_id)


def gather(month: date, store: Store, ledger: Ledger, on: date | None = None) -> Inputs:
    """Return the inputs of a month's release as the ledger has them, on a day (default: today)."""
    drops = [
        drop
        for drop in ledger.drops()
        if drop.state in SETTLED and drop.book != UNKNOWN and drop.standing == "stands"
    ]
    sent = tuple(drop for drop in drops if drop.book != WORKFORCE)
    begins = [d.period_from for d in sent if d.period_from and d.period_from <= month_end(month)]
    if not begins:
        raise NothingToPublish(
            f"No drop covers {month:%B %Y} or any month before it, so there is nothing to publish. Put the forces' "
            f"files in {store.home.inbox} and run collate receive first."
        )
    forces = load_forces(store.home.forces)
    declared = {(force.force_id, book) for force in forces.values() for book in force.books}
    expected = {(force_id, "crime") for force_id in FORCES} | declared
    start = min(begins).replace(day=1)
    profiles = ledger.profiles(drops=[drop.drop_id for drop in sent])
    accounted = accounted_in(month, forces, sent_of(sent, forces, profiles), start)
    earlier = [each for each in ledger.releases() if each.month == f"{month:%Y-%m}"]
    return Inputs(
        month=month,
        start=start,
        drops=sent,
        workforce=tuple(drop for drop in drops if drop.book == WORKFORCE and drop.state == "collated"),
        expected=tuple(sorted(expected)),
        files={drop.drop_id: ledger.files(drop.drop_id) for drop in drops},
        accounted=accounted,
        settled=is_settled(month, on or today(), sent, accounted, earlier),
        one_assault=one_assault(ledger, month),
        answers=answer_notes(ledger, month),
    )


def build(
    release_id: str, revision: int, inputs: Inputs, store: Store, engine: Engine, staged: Path, folder: Path
) -> dict[str, Any]:
    """Write the files of a release and return its manifest."""
    records = accepted_records(inputs, store, engine)
    drops = engine.read_arrow("drops", drop_table(inputs))
    current = folder / "current.parquet"
    resolved = current_records(records, drops, inputs, store, engine)
    names, counted = ASSAULT.names, None
    if inputs.one_assault:
        resolved, names = counted_once(resolved, inputs.one_assault), (*ASSAULT.names, COUNTED_ONCE)
    engine.write_parquet(resolved.order_by(IN_ORDER).select(*names), current, compression="snappy")
    now = engine.read_parquet(current)
    if inputs.one_assault:
        counted = now.filter(now[COUNTED_ONCE].fill_null("") != "left_out")
    write_assaults(now, engine, staged / "assaults")
    tables = compare(
        records,
        drops,
        held_records(inputs, store, engine),
        engine.read_arrow("expected", expected_table(inputs)),
        workforce_figures(inputs, store, engine),
        start=inputs.start,
        month=inputs.month,
        current=now,
        counted=counted,
    )
    national = staged / "national"
    national.mkdir()
    for name, table in tables.items():
        engine.write_parquet(table, national / f"{name}.parquet")
        engine.write_csv(engine.read_parquet(national / f"{name}.parquet"), national / f"{name}.csv")
    write_words(release_id, staged)
    if inputs.one_assault:
        with (staged / "data_dictionary.md").open("a", encoding="utf-8") as words:
            words.write(COUNTED_ONCE_WORDS)
    summary = summarise(inputs, store, engine, national / "coverage.parquet")
    return {
        "release_id": release_id,
        "month": f"{inputs.month:%Y-%m}",
        "revision": revision,
        "series_from": f"{inputs.start:%Y-%m}",
        "code_version": VERSION,
        "inputs_hash": inputs.hash,
        "inputs": inputs.described,
        "row_sums": total_sums(inputs),
        "accounted": inputs.accounted,
        "answers": list(inputs.answers),
        **({"one_assault": inputs.one_assault} if inputs.one_assault else {}),
        "summary": summary,
        "current_picture": pictures(
            engine,
            national / "current_picture.parquet",
            inputs.month,
            {row["force_id"]: row["name"] for row in summary},
        ),
        "files": [
            {"path": str(path.relative_to(staged)), "sha256": hash_of(path), "bytes": path.stat().st_size}
            for path in sorted(staged.rglob("*"))
            if path.is_file()
        ],
    }


def current_records(
    records: ir.Table, drops: ir.Table, inputs: Inputs, store: Store, engine: Engine
) -> ir.Table:
    """Return the accepted records that stand at the end of a release's month, in no order."""
    taken = withdrawn_of(inputs.drops, records, store, engine)
    return resolve(records, drops, taken).filter(lambda t: t["occurred_on"] <= month_end(inputs.month))


def accepted_records(inputs: Inputs, store: Store, engine: Engine) -> ir.Table:
    """Return the accepted records of every drop of a release."""
    paths = at_rest("accepted", inputs, store)
    if not paths:
        empty = {name: pa.array([], type=kind) for name, kind in empty_types(engine).items()}
        return engine.read_arrow("no_records", pa.table(empty))
    return engine.read_parquet(*paths)


def at_rest(kind: str, inputs: Inputs, store: Store) -> list[Path]:
    """Return where the accepted or held records of every drop are, each held against the ledger's hash.

    Raises StoreFault where a file is gone or is not the one the ledger knows.
    """
    paths = []
    for drop in inputs.drops:
        known = inputs.files[drop.drop_id].get(f"{kind}.parquet")
        if known is None:
            continue
        path = store.records_path(kind, drop.force_id, drop.book, drop.drop_id)
        if not path.is_file() or hash_of(path) != known:
            raise StoreFault(
                f"The {kind} records of drop {drop.drop_id} of {drop.force_id} are not those the ledger knows. Restore "
                f"{path} from a backup; nothing was published."
            )
        paths.append(path)
    return paths


def empty_types(engine: Engine) -> dict[str, pa.DataType]:
    """Return the types of the assault table's columns, for a release without a record."""
    from schemas.arrow import arrow_schema

    return {field.name: field.type for field in arrow_schema(ASSAULT)}


def held_records(inputs: Inputs, store: Store, engine: Engine) -> ir.Table:
    """Return force, book, drop and day of every held record."""
    paths = at_rest("held", inputs, store)
    columns = ["force_id", "book", "drop_id", "occurred_on"]
    if paths:
        return engine.read_parquet(*paths).select(*columns)
    types = [pa.string(), pa.string(), pa.string(), pa.date32()]
    return engine.read_arrow("no_held", pa.table([pa.array([], kind) for kind in types], names=columns))


def workforce_figures(inputs: Inputs, store: Store, engine: Engine) -> ir.Table:
    """Return the figures of every workforce publication taken in."""
    paths = [figures_path(store, drop.drop_id) for drop in inputs.workforce]
    return engine.read_parquet(*paths) if paths else engine.read_arrow("no_workforce", FIGURES.empty_table())


def drop_table(inputs: Inputs) -> pa.Table:
    """Return the drops of a release as the national tables look at them."""
    return arrow_of(inputs.drops)


def expected_table(inputs: Inputs) -> pa.Table:
    """Return which force should send which book."""
    forces, books = zip(*inputs.expected, strict=True)
    return pa.table({"force_id": pa.array(forces), "book": pa.array(books)})


def write_assaults(current: ir.Table, engine: Engine, folder: Path) -> None:
    """Write the record-level dataset, one folder a force, records in the order of their key."""
    forces = [
        row["force_id"] for row in engine.rows(current.select("force_id").distinct().order_by("force_id"))
    ]
    for force_id in forces:
        place = folder / f"force_id={force_id}"
        place.mkdir(parents=True)
        own = current.filter(current["force_id"] == ibis.literal(force_id))
        engine.write_parquet(
            own.order_by(IN_ORDER).select(
                *(name for name in current.columns if name in (*PUBLISHED_FIELDS, COUNTED_ONCE))
            ),
            place / "assaults.parquet",
        )


def write_words(release_id: str, staged: Path) -> None:
    """Write what a reader needs beside the data: the data dictionary and the package descriptor."""
    (staged / "data_dictionary.md").write_text(dictionary(), encoding="utf-8")
    tables = {f"national/{table.name}.csv": table for table in TABLES}
    write_json(staged / "datapackage.json", datapackage(f"assaults-on-police-{release_id}", tables))


def summarise(inputs: Inputs, store: Store, engine: Engine, coverage: Path) -> list[dict[str, Any]]:
    """Return force by force what the release rests on: drops received, records accepted and held, months covered.

    Forces that have sent nothing and are not yet set up are one last line, so that nobody takes them for complete.
    """
    covered = engine.read_parquet(coverage)
    months = engine.rows(
        covered.group_by(["force_id", "book"]).agg(
            covered=(covered["value_status"].fill_null("") != "x").sum(), expected=covered.count()
        )
    )
    months_of = {(row["force_id"], row["book"]): (row["covered"], row["expected"]) for row in months}
    names = {force_id: force.name for force_id, force in load_forces(store.home.forces).items()}
    set_up = {drop.force_id for drop in inputs.drops} | {
        force_id for force_id, book in inputs.expected if book != "crime"
    }
    rows = []
    for force_id in sorted(set_up):
        drops = [drop for drop in inputs.drops if drop.force_id == force_id]
        sums = [drop.sums for drop in drops if drop.sums]
        books = sorted({drop.book for drop in drops}, key=lambda book: book != "crime") or ["crime"]
        got, wanted = months_of.get((force_id, books[0]), (0, 0))
        rows.append(
            {
                "force_id": force_id,
                "name": FORCES[force_id].official_name
                if force_id in FORCES
                else names.get(force_id, force_id),
                "received": len(drops),
                "accepted": sum(each.accepted_records for each in sums),
                "held": sum(each.held_records for each in sums),
                "coverage": f"{got} of {wanted} months",
            }
        )
    silent = [force_id for force_id in FORCES if force_id not in set_up]
    if silent:
        rows.append(
            {
                "force_id": "others",
                "name": f"{len(silent)} other forces",
                "received": 0, "accepted": 0, "held": 0, "coverage": "nothing sent",
            }
        )  # fmt: skip
    return rows


def sums_of(drop: DropRecord) -> dict[str, int]:
    """Return the sums of a drop that a reader of the release may check."""
    if drop.sums is None:
        return {}
    names = (
        "rows",
        "accepted",
        "held",
        "duplicate",
        "withdrawn",
        "out_of_scope",
        "records",
        "accepted_records",
    )
    return {name: getattr(drop.sums, name) for name in names}


def total_sums(inputs: Inputs) -> dict[str, int]:
    """Return the sums over every drop of records in the release."""
    totals: dict[str, int] = {}
    for drop in inputs.drops:
        for name, count in sums_of(drop).items():
            totals[name] = totals.get(name, 0) + count
    return totals


def gate(staged: Path, store: Store, release_id: str) -> None:
    """Have Great Expectations look at the finished tables before anybody else does."""
    from pipeline.gate import gate_release

    tables = {path.stem: path for path in sorted((staged / "national").glob("*.parquet"))}
    gate_release(tables, store.home, release_id)


def published(manifest: Mapping[str, Any], place: Path, *, changed: bool) -> dict[str, Any]:
    """Return what the person who asked is told."""
    light = light_of(manifest["accounted"])
    return {
        "release_id": manifest["release_id"],
        "month": manifest["month"],
        "path": str(place),
        "changed": changed,
        "row_sums": manifest["row_sums"],
        "summary": manifest["summary"],
        "current_picture": manifest["current_picture"],
        "accounted": manifest["accounted"],
        "light": light.colour,
        "said": light.sentence,
        "mark": manifest.get("mark"),
        "mark_said": mark_said(manifest),
        "signed": (place / SIGNATURE).is_file(),
        "waiting": False,
    }


def waits(
    manifest: Mapping[str, Any], place: Path, *, changed: bool, replaces: bool = False
) -> dict[str, Any]:
    """Return what the person who asked is told of a release that waits to be signed off."""
    return {
        **published(manifest, place, changed=changed),
        "waiting": True,
        "replaces": replaces,
        "to_look_at": to_look_at(manifest, place),
    }


def due(ledger: Ledger) -> list[str]:
    """Return the months to publish, oldest first: the newest that drops cover and the two before it."""
    drops = [drop for drop in ledger.drops() if drop.counts]
    ends: Sequence[date] = [drop.period_to for drop in drops if drop.period_to]
    if not ends:
        return []
    newest = max(ends).replace(day=1)
    first = min(drop.period_from for drop in drops if drop.period_from)
    months = [add_months(newest, -back) for back in range(MONTHS_DUE - 1, -1, -1)]
    return [f"{month:%Y-%m}" for month in months if month >= first.replace(day=1)]
