"""What a home holds, by force and book: from the ledger, and for new words from the maps that went back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from pipeline.calendar import release_day
from pipeline.collecting.collection import Sent as SentFor
from pipeline.collecting.collection import begin_of, grid, last_months, pairs_of, sent_of
from pipeline.drift import UNEXPLAINED, Sent, changes, is_coded
from pipeline.home import Home
from pipeline.ledger import Counted, DropRecord, Ledger
from pipeline.releases.waiting import waiting
from pipeline.states import STATES
from pipeline.store import Store
from schemas.force import Book, ForceFileError, load_forces
from schemas.register import FORCES


def status_of(home: Home, as_of: date | None = None) -> dict[str, Any]:
    """Return the drops by force and book with their sums, the refused and waiting ones, the releases and the grid.

    The grid is that of a day: today, and in a home of samples alone the newest release day their drops reach.
    """
    home.must_be()
    home.prepare()
    with Ledger.open(home.ledger_url) as ledger:
        drops = ledger.drops()
        releases = ledger.releases()
        profiles = ledger.profiles()
    books: dict[tuple[str, str], list[DropRecord]] = {}
    for drop in drops:
        books.setdefault((drop.force_id, drop.book), []).append(drop)
    systems = systems_of(home)
    latest = home.releases / "latest"
    return {
        "home": str(home.root),
        "regrades": regrades_of_home(home),
        "collection": collection_of_home(home, drops, profiles, as_of),
        "forces": [
            {**line(force_id, book, sent), "system": systems.get((force_id, book))}
            for (force_id, book), sent in sorted(books.items())
        ],
        "refused": [
            {"force_id": d.force_id, "file": d.file, "sentence": d.sentence}
            for d in drops
            if d.state == "refused"
        ],
        "arrived": [f"{d.force_id} {d.file}" for d in drops if d.state == "arrived"],
        "not_standing": [not_standing(drop) for drop in drops if drop.standing != "stands"],
        "releases": [
            {
                "release_id": r.release_id,
                "month": r.month,
                "revision": r.revision,
                "mark": r.mark,
                "signed_by": r.signed_by,
            }
            for r in releases
        ],
        "waiting": waiting(home),
        "latest": latest.resolve().name if latest.exists() else None,
    }


def collection_of_home(
    home: Home,
    drops: Sequence[DropRecord],
    profiles: Mapping[str, Sequence[Counted]],
    as_of: date | None,
) -> dict[str, Any]:
    """Return the grid of the last twelve months, one row a force and book, as far as the force files load."""
    try:
        forces = load_forces(home.forces)
    except ForceFileError:
        forces = {}
    sent = [*sent_of(drops, forces, profiles)]
    day = as_of or day_of_samples(home, sent) or date.today()
    months = last_months(day)
    found = grid(sent, pairs_of(forces, sent), months, day, begin_of(sent, day))
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for place, state in found.items():
        rows.setdefault((place.force_id, place.book), {})[f"{place.month:%Y-%m}"] = state
    return {
        "as_of": day.isoformat(),
        "months": [f"{month:%Y-%m}" for month in months],
        "rows": [
            {"force_id": force_id, "book": book, "states": states}
            for (force_id, book), states in rows.items()
        ],
        "no_force_file": sorted(set(FORCES) - set(forces)),
    }


def day_of_samples(home: Home, sent: Sequence[SentFor]) -> date | None:
    """Return the newest release day that drops reach, in a home that holds only the samples, which are of long ago."""
    ends = [each.period_to for each in sent]
    return release_day(max(ends)) if home.is_samples and ends else None


def not_standing(drop: DropRecord) -> dict[str, str]:
    """Return a drop that is in no release to come, and why: it waits for a person, or was reverted."""
    names = ("force_id", "book", "file", "drop_id", "standing", "because")
    return {name: getattr(drop, name) for name in names}


def systems_of(home: Home) -> dict[tuple[str, str], str]:
    """Return the system each force's book is exported from, by force and book, as far as the force files load."""
    try:
        forces = load_forces(home.forces)
    except ForceFileError:
        # The status is looked at while a force's file is being mended, too.
        return {}
    return {(id_, name): book.system for id_, force in forces.items() for name, book in force.books.items()}


def regrades_of_home(home: Home) -> list[dict[str, Any]]:
    """Return the re-grades of every force, in force today or ended, as far as the force files load."""
    from pipeline.regrades import regrades_of_forces

    try:
        return regrades_of_forces(load_forces(home.forces), date.today())
    except ForceFileError:
        return []


def line(force_id: str, book: str, drops: list[DropRecord]) -> dict[str, Any]:
    """Return the sums of one force's drops of one book."""
    sums = [drop.sums for drop in drops if drop.sums]
    ends = [drop.period_to for drop in drops if drop.period_to]
    return {
        "force_id": force_id,
        "book": book,
        "drops": len(drops),
        "refused": sum(drop.state == "refused" for drop in drops),
        "rows": sum(each.rows for each in sums),
        "accepted": sum(each.accepted for each in sums),
        "held": sum(each.held for each in sums),
        "last_period": f"{max(ends):%Y-%m}" if ends else None,
    }


def drift_of_home(home: Home) -> dict[str, Any]:
    """Return how each force's books changed from file to file, oldest first, with the mends still to be made.

    What is not mended is counted over all files it came in; which words are new stands in the force's receipt.
    """
    home.must_be()
    home.prepare()
    forces = load_forces(home.forces)
    with Ledger.open(home.ledger_url) as ledger:
        kinds = sorted({(drop.force_id, drop.book) for drop in ledger.drops()})
        books = {kind: forces[kind[0]].books.get(kind[1]) if kind[0] in forces else None for kind in kinds}
        sent = {
            kind: [each for _, each in sent_by(Store(home), ledger, *kind, books[kind])] for kind in kinds
        }
    found: list[dict[str, Any]] = []
    for (force_id, name), files in sent.items():
        book = books[force_id, name]
        running: dict[tuple[str, str, str], dict[str, Any]] = {}
        for number, file in enumerate(files):
            for change in changes(file, files[:number], book, named=False):
                key = change.kind, change.column, change.since
                if key in running:
                    running[key]["rows"] += change.rows
                    continue
                running[key] = {"force_id": force_id, "book": name, "file": file.file, **change.as_dict()}
                found.append(running[key])
    return {"home": str(home.root), "drift": found}


def rules_of_home(home: Home) -> dict[str, Any]:
    """Return by force and book what became of the rules in its drops, and which could not run in the last and why.

    `rules` is rules times drops: the sum of `ran`, `could_not_run` and `does_not_apply`. Drops judged before states
    were kept have none.
    """
    home.must_be()
    home.prepare()
    with Ledger.open(home.ledger_url) as ledger:
        drops = {drop.drop_id: drop for drop in ledger.drops()}
        known = ledger.rules()
    books: dict[tuple[str, str], list[str]] = {}
    for drop_id in known:
        books.setdefault((drops[drop_id].force_id, drops[drop_id].book), []).append(drop_id)
    found: list[dict[str, Any]] = []
    for (force_id, book), sent in sorted(books.items()):
        states = [state for drop_id in sent for state in known[drop_id]]
        last = max(sent, key=lambda drop_id: drops[drop_id].sequence)
        why: dict[str, list[str]] = {}
        for state in known[last]:
            if state.state == "could_not_run":
                why.setdefault(state.why, []).append(state.code)
        found.append(
            {
                "force_id": force_id,
                "book": book,
                "drops": len(sent),
                "rules": len(states),
                **{str(name): sum(state.state == name for state in states) for name in STATES},
                "failed": sum(bool(state.failed) for state in states),
                "could_not": [
                    {"file": drops[last].file, "codes": codes, "why": sentence}
                    for sentence, codes in why.items()
                ],
            }
        )
    return {"home": str(home.root), "forces": found}


def sent_by(
    store: Store,
    ledger: Ledger,
    force_id: str,
    name: str,
    book: Book | None,
    fields: Collection[str] | None = None,
) -> list[tuple[int, Sent]]:
    """Return what the judged drops of a force's book were like, by their numbers, in order of arrival.

    Of some coded fields, or of all, the words that were not explained are looked up in the drops' transform maps.
    """
    # These bring Arrow with them, which a status without drift does without.
    from pipeline.new_words import unexplained_words
    from pipeline.story import MAP_FILE

    headers = ledger.headers(force_id, name)
    unexplained = ledger.counts_of(UNEXPLAINED, force_id, name)
    sent = []
    for drop in ledger.drops(force_id, name):
        if drop.drop_id not in headers:
            continue
        counts = unexplained.get(drop.drop_id, {})
        asked = {each for each in counts if (is_coded(each, book) if fields is None else each in fields)}
        path = store.return_path(force_id, drop.drop_id) / MAP_FILE
        sent.append(
            (
                drop.sequence,
                Sent(
                    file=drop.file,
                    since=(drop.period_from or drop.arrived_at.date()).isoformat(),
                    rows=drop.sums.rows if drop.sums else 0,
                    header=headers[drop.drop_id],
                    unexplained=counts,
                    said=unexplained_words(path, asked, book) if asked else {},
                ),
            )
        )
    return sent
