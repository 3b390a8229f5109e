"""What a home holds, by force and book, from the ledger alone."""

from __future__ import annotations

from typing import Any

from pipeline.home import Home
from pipeline.ledger import DropRecord, Ledger


def status_of(home: Home) -> dict[str, Any]:
    """Return the drops by force and book with their sums, the refused and waiting ones, and the releases."""
    home.prepare()
    with Ledger.open(home.ledger_url) as ledger:
        drops = ledger.drops()
        releases = ledger.releases()
    books: dict[tuple[str, str], list[DropRecord]] = {}
    for drop in drops:
        books.setdefault((drop.force_id, drop.book), []).append(drop)
    latest = home.releases / "latest"
    return {
        "home": str(home.root),
        "forces": [line(force_id, book, sent) for (force_id, book), sent in sorted(books.items())],
        "refused": [
            {"force_id": d.force_id, "file": d.file, "sentence": d.sentence}
            for d in drops
            if d.state == "refused"
        ],
        "arrived": [f"{d.force_id} {d.file}" for d in drops if d.state == "arrived"],
        "releases": [
            {"release_id": r.release_id, "month": r.month, "revision": r.revision} for r in releases
        ],
        "latest": latest.resolve().name if latest.exists() else None,
    }


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
