"""The marked file of a drop that was judged, made from the archive when it is asked for."""

from __future__ import annotations

from pathlib import Path

from pipeline.explain import book_of, known_drop, raw_file, refuse_unjudged
from pipeline.home import Home
from pipeline.ledger import Ledger
from pipeline.returned.give_back import GivenBack, give_back
from pipeline.store import Store
from schemas.force import load_forces


def give_back_drop(home: Home, label: str, out: Path) -> GivenBack:
    """Write the marked file of a drop into a folder; nothing at rest is changed.

    Raises NotAsked where there is no such drop or nothing of it was judged, StoreFault where its raw file has left
    the archive, Refused where that can no longer be read.
    """
    home.must_be()
    home.prepare()
    store = Store(home)
    with Ledger.open(home.ledger_url) as ledger:
        drop = known_drop(ledger, label)
        refuse_unjudged(drop)
        raw = raw_file(store, ledger, drop)
    book = book_of(load_forces(home.forces), drop, home)
    accepted, held = (
        store.records_path(kind, drop.force_id, drop.book, drop.drop_id) for kind in ("accepted", "held")
    )
    findings = store.return_path(drop.force_id, drop.drop_id) / "findings.csv"
    return give_back(raw, book, findings, accepted, held, out)
