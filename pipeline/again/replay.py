"""`collate replay`: drops judged again from the archive, and what that means to each force.

When a rule or a mapping is corrected, rows that were held for our fault are let in without anybody sending anything
again. It is `recipe.collate` on drops already taken in, in the order they came, so what is at rest afterwards is what
one run over the archive would have made. A run cut short is taken up by running it again: a drop judged by what is in
use now is not judged twice, and what one had been is kept beside until its act is in the log.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from pipeline import recipe
from pipeline.again.standing import stand_every
from pipeline.engine import load_ahead
from pipeline.home import Home, HomeUnusable
from pipeline.intake import UNKNOWN, WORKFORCE, fingerprint, registered
from pipeline.ledger import Act, DropRecord, Ledger, LedgerUnavailable
from pipeline.ledger.acts import ActRecord
from pipeline.preview import NotTried, Office, Stands, at_rest, judged, named, sentence_of
from pipeline.receipt import counted
from pipeline.store import Store, StoreFault, safe_name, write_json
from pipeline.version import VERSION
from schemas.force import Book, Force, load_forces

if TYPE_CHECKING:
    from rich.console import Console

# The acts of a replay: that one drop was judged again, and that its force was told.
REPLAYED = "replayed"
TOLD = "told of a replay"

Told = Callable[[int, str], None]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Change:
    """What became of the rows of a drop that was judged again, as counts of rows of its file.

    `released` were held and are accepted, `left_out` were held and are now neither, `newly_held` are held and were not,
    `still_held` are held as before. `taken` is 1 where the file had been refused and is not, `refused` the other way.
    """

    released: int = 0
    left_out: int = 0
    newly_held: int = 0
    still_held: int = 0
    taken: int = 0
    refused: int = 0

    @property
    def is_felt(self) -> bool:
        """Return whether its force would notice."""
        return bool(self.released or self.left_out or self.newly_held or self.taken or self.refused)


COUNTS = tuple(each.name for each in fields(Change))


def replay(
    home: Home,
    force_id: str | None = None,
    *,
    every: bool = False,
    dry: bool = False,
    told: Told | None = None,
) -> dict[str, Any]:
    """Judge drops again from the archive, in the order they came, and return what changed by force.

    Those whose mapping or code is not the one they were judged by, or with `every` all that were judged; of one force
    or of all. With `dry` nothing is stored. A drop that could not be judged again is in `unjudged` with the reason and
    stays as it was; a fault that every drop would meet is raised.
    """
    home.must_be()
    home.prepare()
    load_ahead()
    store, forces = Store(home), load_forces(home.forces)
    unjudged: list[dict[str, Any]] = []
    changed: dict[str, dict[str, Change]] = {}
    with Ledger.open(home.ledger_url) as ledger:
        drops = [
            drop
            for drop in ledger.drops(force_id)
            if drop.state != "arrived" and drop.book not in (WORKFORCE, UNKNOWN)
        ]
        stale = [drop for drop in drops if every or is_stale(drop, forces) or begun(store, drop).is_dir()]
        for drop in stale:
            if told:
                told(len(stale), f"{drop.force_id} {drop.file}")
            try:
                change = tried(drop, forces, store, ledger) if dry else judged_again(drop, store, ledger)
            except (StoreFault, HomeUnusable, LedgerUnavailable):
                raise
            except Exception as fault:
                # One drop's fault must not keep the others waiting; it is told at the end.
                unjudged.append({**named(drop), "sentence": sentence_of(fault)})
                continue
            changed.setdefault(drop.force_id, {})[drop.drop_id] = change
        pages: dict[str, str] = {}
        if not dry:
            stand_every(store, ledger)
            pages = tell_forces(store, ledger, force_id)
    if changed and not dry:
        recipe.index_docs(home)
    return {
        "dry_run": dry,
        "drops": len(drops),
        "judged_again": sum(map(len, changed.values())),
        "forces": [
            {
                "force_id": each,
                "drops": len(drops_of),
                **total(drops_of.values()),
                "told_in": pages.get(each),
            }
            for each, drops_of in sorted(changed.items())
        ],
        "unjudged": unjudged,
    }


def is_stale(drop: DropRecord, forces: Mapping[str, Force]) -> bool:
    """Return whether a drop was judged by another mapping or another version of the code than those in use."""
    return (drop.mapping_fingerprint, drop.code_version) != (fingerprint(book_of(drop, forces)), VERSION)


def book_of(drop: DropRecord, forces: Mapping[str, Force]) -> Book | None:
    force = forces.get(drop.force_id)
    return force.books.get(drop.book) if force else None


def tried(drop: DropRecord, forces: Mapping[str, Force], store: Store, ledger: Ledger) -> Change:
    """Return what would become of a drop that is judged again; nothing is stored."""
    raw = archived(drop, store)
    with store.staged() as folder:
        now = at_rest(store, drop)
        day = drop.arrived_at.date()
        office = Office(store, ledger)
        then = judged(office, forces, raw, drop, book_of(drop, forces), day, folder / "after")
        return change_of(now, then)


def judged_again(drop: DropRecord, store: Store, ledger: Ledger) -> Change:
    """Judge a drop again, and return what changed once that is in the log of acts."""
    archived(drop, store)
    beside = begun(store, drop)
    if not beside.is_dir():
        lay_beside(drop, store, beside)
    recipe.collate(registered(store, ledger, drop.drop_id), store, ledger)
    after = ledger.drop(drop.drop_id)
    if after is None:
        raise LookupError(f"Drop {drop.drop_id} is not in the ledger any more.")
    change = change_of(before(beside), at_rest(store, after))
    said = {"file": drop.file, "mapping": after.mapping_fingerprint, "version": VERSION, **asdict(change)}
    ledger.record(Act(did=REPLAYED, subject=drop.drop_id, force_id=drop.force_id, said=said))
    shutil.rmtree(beside, ignore_errors=True)
    return change


def archived(drop: DropRecord, store: Store) -> Path:
    """Return the drop's file in the archive; raises NotTried where somebody took it away."""
    raw = store.archived(drop.file, drop.sha256)
    if not raw.is_file():
        raise NotTried("Its file is not in the archive. Put the archive back from its copy, and try again.")
    return raw


def begun(store: Store, drop: DropRecord) -> Path:
    """Return where what a drop had been stays while it is judged again."""
    return store.home.staging / f"replay-{drop.drop_id}"


def lay_beside(drop: DropRecord, store: Store, folder: Path) -> None:
    """Keep what became of a drop, so that it can be compared though the run be cut short; in one step."""
    with store.staged() as staged:
        kept = staged / "before"
        kept.mkdir()
        now = at_rest(store, drop)
        if now.held is not None and now.held.is_file():
            # A file at rest is never written to, only replaced.
            os.link(now.held, kept / "held.parquet")
        write_json(kept / "before.json", {"refused": now.refused})
        store.place(kept, folder)


def before(folder: Path) -> Stands:
    """Return what a drop had been before it was judged again."""
    said = json.loads((folder / "before.json").read_text(encoding="utf-8"))
    return Stands(said["refused"], {}, None, folder / "held.parquet")


def change_of(now: Stands, then: Stands) -> Change:
    """Return what became of the rows of a drop, of which nothing but their numbers is looked at."""
    if then.refused is not None:
        return Change(refused=int(now.refused is None))
    if now.refused is not None:
        return Change(taken=1, newly_held=len(rows_in(then.held)))
    were, held = rows_in(now.held), rows_in(then.held)
    freed = np.setdiff1d(were, held)
    let_in = np.intersect1d(freed, rows_in(then.accepted)) if len(freed) else freed
    return Change(
        released=len(let_in),
        left_out=len(freed) - len(let_in),
        newly_held=len(np.setdiff1d(held, were)),
        still_held=len(np.intersect1d(held, were)),
    )


def rows_in(path: Path | None) -> Rows:
    """Return the numbers of the rows of the file whose records are in a Parquet file, in order."""
    if path is None or not path.is_file():
        return np.zeros(0, np.int64)
    return np.unique(pq.read_table(path, columns=["row_number"], partitioning=None).column(0).to_numpy())


def total(changes: Iterable[Change]) -> dict[str, int]:
    """Return the counts of several drops together."""
    listed = [asdict(each) for each in changes]
    return {name: sum(each[name] for each in listed) for name in COUNTS}


def tell_forces(store: Store, ledger: Ledger, force_id: str | None) -> dict[str, str]:
    """Write for each force that has not been told what was judged again; return the page of each that would notice."""
    waiting: dict[str, list[ActRecord]] = {}
    for act in ledger.acts(force_id=force_id):
        if act.did == REPLAYED:
            waiting.setdefault(act.force_id, []).append(act)
        elif act.did == TOLD:
            waiting.pop(act.force_id, None)
    pages: dict[str, str] = {}
    for each, acts in sorted(waiting.items()):
        sums = total(Change(**{name: act.said[name] for name in COUNTS}) for act in acts)
        page = None
        if Change(**sums).is_felt:
            page = page_of(store, ledger, each)
            with store.staged() as folder:
                written = folder / page.name
                written.write_text(text_of(acts), encoding="utf-8")
                store.place(written, page)
            pages[each] = str(page.relative_to(store.home.root))
        said = {**sums, "drops": len({act.subject for act in acts}), "page": page.name if page else None}
        ledger.record(Act(did=TOLD, subject=each, force_id=each, said=said))
    return pages


def page_of(store: Store, ledger: Ledger, force_id: str) -> Path:
    """Return the page a force is told on: the first of today, or the next."""
    today = date.today().isoformat()
    names = [act.said["page"] for act in ledger.acts(did=TOLD, force_id=force_id)]
    earlier = sum(1 for name in names if name and name.startswith(f"replay-{today}"))
    number = f"-{earlier + 1}" if earlier else ""
    return store.home.returns / safe_name(force_id) / f"replay-{today}{number}.md"


def text_of(acts: Sequence[ActRecord]) -> str:
    """Return what a force is told of its drops that were judged again."""
    changes = [(act, Change(**{name: act.said[name] for name in COUNTS})) for act in acts]
    sums = Change(**total(change for _, change in changes))
    lines = [f"# {headline(sums)}", ""]
    lines += [
        "We corrected how your files are read or judged, and judged again those you had sent. "
        "Nothing need be sent again for what was released.",
        "",
    ]
    for act, change in changes:
        if change.is_felt:
            lines.append(f"- {shown(act.said['file'])} (drop {act.subject}): {'; '.join(said_of(change))}.")
    if sums.newly_held or sums.refused:
        lines += [
            "",
            "What is newly held, and why, is in the new letter and findings.csv of each of these drops.",
        ]
    return "\n".join(lines) + "\n"


def headline(sums: Change) -> str:
    """Return in a line what a force need do."""
    said = said_of(sums, still=False)
    asked = sums.newly_held or sums.refused
    return f"{'; '.join(said)}; {'please look at what is held' if asked else 'you need do nothing'}"


def said_of(change: Change, *, still: bool = True) -> list[str]:
    """Return what changed, a few words each."""
    return [
        words
        for count, words in (
            (change.released, f"{counted(change.released, 'row')} released"),
            (change.left_out, f"{counted(change.left_out, 'row')} no longer held, and counted nowhere"),
            (change.newly_held, f"{counted(change.newly_held, 'row')} newly held"),
            (change.still_held if still else 0, f"{change.still_held:,} held as before"),
            (change.taken, f"{counted(change.taken, 'file')} that could not be used now taken"),
            (change.refused, f"{counted(change.refused, 'file')} now refused"),
        )
        if count
    ]


def shown(name: str) -> str:
    """Return a file's name as it may stand in a page, on one line and without marks of Markdown."""
    return "".join(letter if letter.isalnum() or letter in " ._-()" else "_" for letter in name)


def show(found: Mapping[str, Any], console: Console) -> None:
    """Print what was judged again, by force."""
    from rich.markup import escape

    again, of = found["judged_again"], counted(found["drops"], "drop")
    if not again and not found["unjudged"]:
        console.print(
            f"All {of} are judged by the mappings and the code in use: nothing to replay.", highlight=False
        )
    elif again:
        words = "would be judged" if found["dry_run"] else "judged"
        console.print(f"{again:,} of {of} {words} again.", highlight=False)
    for force in found["forces"]:
        change = Change(**{name: force[name] for name in COUNTS})
        said = headline(change) if change.is_felt else "nothing changes"
        page = f" Told in {force['told_in']}." if force["told_in"] else ""
        console.print(escape(f"{force['force_id']}: {said}.{page}"), highlight=False, soft_wrap=True)
    for drop in found["unjudged"]:
        what = f"{drop['force_id']}, {drop['file']} (drop {drop['drop_id']})"
        console.print(
            escape(f"Not judged again: {what}: {drop['sentence']}"), highlight=False, soft_wrap=True
        )
    if found["dry_run"]:
        console.print("Nothing was stored.", highlight=False)
