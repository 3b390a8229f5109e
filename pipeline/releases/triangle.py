"""The revisions triangle of a home: what every published release said of each month, read from the releases."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine import Engine, open_engine
from pipeline.home import Home
from pipeline.ledger import Ledger
from pipeline.releases.diff import FIGURES, NoSuchRelease, Release, release_of
from transforms.compare.chain_ladder import METHOD
from transforms.compare.revisions import (
    UNDERSTATED,
    Published,
    expected_finals,
    releases_table,
    revisions,
    understatement,
)


@dataclass(frozen=True)
class Triangle:
    """The figure of every month in every release, how far first ones fell short, and what newest ones may come to."""

    revisions: pa.Table
    understated: pa.Table
    expected: pa.Table

    @property
    def as_json(self) -> dict[str, Any]:
        """Return the three tables as rows; the estimates apart, with their method."""
        return {
            "revisions": self.revisions.to_pylist(),
            "understated": self.understated.to_pylist(),
            "expected_final": {"estimate": True, "method": METHOD, "rows": self.expected.to_pylist()},
        }


def triangle_of(
    home: Home, force_id: str | None = None, month: str | None = None, measure: str | None = None
) -> Triangle:
    """Return the triangle of a home, of a force, a month and a measure or of all.

    Estimates rest on every month of the force and measure, whichever is asked for. Raises NoSuchRelease where nothing is
    published yet, and StoreFault where a file is not the one that was published.
    """
    releases = in_order(home)
    with tempfile.TemporaryDirectory(prefix="collate-") as folder, open_engine(Path(folder)) as engine:
        figures = figures_of(releases, engine, force_id, measure)
        published = engine.read_arrow("published", releases_table([as_published(each) for each in releases]))
        cells = engine.read_arrow("triangle", engine.arrow(revisions(figures, published)))
        expected = expected_finals(cells)
        if month is not None:
            cells = cells.filter(cells.period == month)
            expected = expected.filter(pc.equal(expected.column("period"), month))
        return Triangle(
            engine.arrow(cells.order_by(["force_id", "book", "measure", "period", "place"])),
            # The engine adds whole numbers up as decimals.
            engine.arrow(understatement(cells)).select(UNDERSTATED.names).cast(UNDERSTATED),
            expected,
        )


def in_order(home: Home) -> list[Release]:
    """Return the published releases in the order of their publication."""
    home.must_be()
    with Ledger.open(home.ledger_url) as ledger:
        known = ledger.releases()
        acts = ledger.acts(did="published")
    if not known:
        raise NoSuchRelease(
            f"No release has been published in {home.releases} yet: run collate release first."
        )
    # By the log and not by the clock, which may be stepped back; one from before there was a log comes first.
    place = {act.subject: number for number, act in enumerate(acts, 1)}
    known.sort(key=lambda each: (place.get(each.release_id, 0), each.month, each.revision))
    return [release_of(home, each.release_id) for each in known]


def as_published(release: Release) -> Published:
    """Return a release with what tells its drops from those of another: which they are, and how they were judged."""
    made_of = sorted(
        [each["drop_id"], each["mapping"], each["judged_by"], each["files"].get("accepted.parquet")]
        for each in release.manifest["inputs"]
    )
    return Published(
        release.release_id,
        date.fromisoformat(f"{release.manifest['month']}-01"),
        sha256(json.dumps(made_of).encode()).hexdigest(),
    )


def figures_of(
    releases: Sequence[Release], engine: Engine, force_id: str | None, measure: str | None
) -> ir.Table:
    """Return the monthly figures of every release, with `release_id`."""
    every = []
    for release in releases:
        figures = engine.read_parquet(release.file(FIGURES))
        wanted = figures.filter(figures.period_type == "month")
        if force_id is not None:
            wanted = wanted.filter(wanted.force_id == force_id)
        if measure is not None:
            wanted = wanted.filter(wanted.measure == measure)
        every.append(
            wanted.select(
                "force_id", "book", "measure", "period_type", "period", "value", "value_status",
                release_id=ibis.literal(release.release_id),
            )
        )  # fmt: skip
    return ibis.union(*every) if len(every) > 1 else every[0]
