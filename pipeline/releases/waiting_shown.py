"""What is told of a release that waits for a person: where it is, what to look at, and how it is published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.period import add_months


def waiting_said(published: Mapping[str, Any]) -> list[str]:
    """Return, of a release that waits, the sentences for whoever may sign it off."""
    release_id = published["release_id"]
    said = [
        f"Release {release_id} is built and waits for a person; nothing is published. It is in {published['path']}"
    ]
    if published["replaces"]:
        said.append("It takes the place of one that waited before, because what that rested on has changed.")
    said += [f"  {each}" for each in published["to_look_at"]]
    return [
        *said,
        f'To publish it: collate sign-off {release_id} --name "..."',
        f'To refuse it: collate sign-off {release_id} --name "..." --refuse --reason "..."',
    ]


def to_look_at(manifest: Mapping[str, Any], place: Path) -> list[str]:
    """Return what a person should look at before a release is published: what came, and figures against last month."""
    month = date.fromisoformat(f"{manifest['month']}-01")
    said = [
        f"{row['name']}: {row['received']:,} drops, {row['accepted']:,} records accepted, {row['held']:,} held, "
        f"{row['coverage']}."
        for row in manifest["summary"]
    ]
    return [*said, *figures_said(month, place / "national" / "assaults_by_force.parquet")]


def figures_said(month: date, path: Path) -> list[str]:
    """Return the national figures of a month beside those of the month before, a sentence each; none is no nought."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows = pq.read_table(path, columns=["force_id", "book", "period_type", "period", "measure", "value"])
    now, before = f"{month:%Y-%m}", f"{add_months(month, -1):%Y-%m}"
    wanted = pc.and_(
        pc.and_(pc.equal(rows["force_id"], "national"), pc.equal(rows["period_type"], "month")),
        pc.or_(pc.equal(rows["period"], now), pc.equal(rows["period"], before)),
    )
    figures: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows.filter(wanted).to_pylist():
        figures.setdefault((row["book"], row["measure"]), {})[row["period"]] = row["value"]
    return [
        f"{book}, {measure.replace('_', ' ')}: {figure(of.get(now))} in {now}, {figure(of.get(before))} in {before}."
        for (book, measure), of in sorted(figures.items())
        if any(value is not None for value in of.values())
    ]


def figure(value: float | None) -> str:
    return "no figure" if value is None else f"{value:,}"
