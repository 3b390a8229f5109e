"""The marked file of a drop that was judged, made from the archive when it is asked for."""

from __future__ import annotations

from pathlib import Path

from pipeline.explain import judged_drop
from pipeline.home import Home
from pipeline.period import stated_period
from pipeline.returned.give_back import GivenBack, give_back
from pipeline.returned.key import Origin
from pipeline.returned.marked_export import open_sent, stated_by


def give_back_drop(home: Home, label: str, out: Path) -> GivenBack:
    """Write the marked file of a drop into a folder; nothing at rest is changed.

    Raises NotAsked where there is no such drop or nothing of it was judged, StoreFault where its raw file has left
    the archive, Refused where that can no longer be read.
    """
    judged = judged_drop(home, label)
    drop, store, book = judged.drop, judged.store, judged.book
    period = stated_period(drop.file, book) or stated_by(open_sent(judged.raw, book))
    accepted, held = (
        store.records_path(kind, drop.force_id, drop.book, drop.drop_id) for kind in ("accepted", "held")
    )
    findings = store.return_path(drop.force_id, drop.drop_id) / "findings.csv"
    return give_back(judged.raw, book, findings, accepted, held, out, Origin(drop.drop_id, book.name, period))
