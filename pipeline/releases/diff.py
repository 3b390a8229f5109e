"""What is otherwise in one release than in another, and why: by force, month and measure, and as a patch.

Everything is told from the two releases themselves: their records and their manifests. A force is looked at after the
other, inside the engine, and one whose records are the same bytes in both is not opened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine import Engine, open_engine
from pipeline.home import Home
from pipeline.period import month_end
from pipeline.store import StoreFault, hash_of, write_json
from transforms.across import COUNTED_ONCE
from transforms.compare.differences import DROPS, Ends, as_columns_of, counted, only_in, paired, patch_of

RECORDS = "assaults/force_id={}/assaults.parquet"
FIGURES = "national/assaults_by_force.parquet"

COUNTS = ("added", "withdrawn", "changed", "moved_in", "moved_out", "resent")
CELL = ("force_id", "book", "period", "measure")

CHANGES = pa.schema(
    [
        *((name, pa.string()) for name in (*CELL, "why")),
        *((name, pa.int64()) for name in COUNTS),
        ("figure_before", pa.int64()),
        ("figure_after", pa.int64()),
    ]
)


class NoSuchRelease(Exception):
    """A release that was asked about is not in the home; the sentence names those that are."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Release:
    """A published release to be read: where it is and what its manifest says."""

    place: Path
    manifest: Mapping[str, Any]

    @property
    def release_id(self) -> str:
        return str(self.manifest["release_id"])

    @property
    def ends_on(self) -> date:
        return month_end(date.fromisoformat(f"{self.manifest['month']}-01"))

    @property
    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of every file, by its path in the release."""
        return {each["path"]: each["sha256"] for each in self.manifest["files"]}

    @property
    def forces(self) -> set[str]:
        """Return the forces that have a record in it."""
        begins = RECORDS.partition("{}")[0]
        return {
            path.removeprefix(begins).partition("/")[0] for path in self.hashes if path.startswith(begins)
        }

    def file(self, path: str) -> Path:
        """Return a file of the release, held against its manifest; raises StoreFault where it is another."""
        found = self.place / path
        if not found.is_file() or hash_of(found) != self.hashes.get(path):
            raise StoreFault(
                f"{found} is not the file release {self.release_id} was published with. Restore the release from a "
                "backup and ask again."
            )
        return found


def release_of(home: Home, release_id: str) -> Release:
    """Return a release of a home by its id, or the newest for "latest"; raises NoSuchRelease."""
    home.must_be()
    known = released(home)
    name = release_id
    latest = home.releases / "latest"
    if release_id == "latest" and latest.is_symlink():
        name = latest.readlink().name
    if name not in known:
        those = (
            f"There are {', '.join(known)}." if known else "None has been published yet: run collate release."
        )
        raise NoSuchRelease(f'There is no release "{release_id}" in {home.releases}. {those}')
    place = home.releases / name
    return Release(place, json.loads((place / "manifest.json").read_text(encoding="utf-8")))


def released(home: Home) -> list[str]:
    """Return the releases of a home by their ids, in order."""
    return sorted(
        path.parent.name for path in home.releases.glob("*/manifest.json") if not path.parent.is_symlink()
    )


def diff(old: Release, new: Release, folder: Path, force_id: str | None = None) -> dict[str, Any]:
    """Return what is otherwise in the newer release, by force, month, measure and reason; write the patch into a folder.

    `changes` has a row for each cell and reason, with the counts of records and the cell's published figure before and
    after (missing where there was none); `totals` sums them by reason, `unchanged` counts the forces whose records are
    the same. The folder gets `changes.csv`, `patch/force_id=F/patch.parquet` for each force that changed, and
    `diff.json`, which names both releases. Raises StoreFault where a file is not the one that was published.
    """
    forces = sorted(old.forces | new.forces)
    forces = [each for each in forces if force_id in (None, each)]
    same = [
        each
        for each in forces
        if old.hashes.get(RECORDS.format(each)) == new.hashes.get(RECORDS.format(each))
    ]
    found: list[pa.Table] = []
    patches: dict[str, int] = {}
    with open_engine(folder) as engine:
        drops = engine.read_small("drops_of_both", drops_of(old, new))
        for each in forces:
            if each not in same:
                path = folder / "patch" / f"force_id={each}" / "patch.parquet"
                path.parent.mkdir(parents=True)
                write_patch(each, old, new, drops, engine, path)
                patches[each] = pq.read_metadata(path).num_rows
                counts = counted(engine.read_parquet(path).mutate(force_id=ibis.literal(each)))
                found.append(engine.arrow(counts))
        changes = with_figures(found, old, new, engine)
        engine.write_csv(engine.read_arrow("changes", changes), folder / "changes.csv")
    rows = changes.to_pylist()
    said = {
        "old": {"release_id": old.release_id, "manifest": hash_of(old.place / "manifest.json")},
        "new": {"release_id": new.release_id, "manifest": hash_of(new.place / "manifest.json")},
        "force_id": force_id,
        "unchanged": len(same),
        "patch_rows": patches,
        "totals": totals(rows),
    }
    write_json(folder / "diff.json", said)
    return {**said, "changes": rows}


def write_patch(
    force_id: str, old: Release, new: Release, drops: ir.Table, engine: Engine, path: Path
) -> None:
    """Write the patch of one force; the folder's name says which, as in the release itself."""
    sides = [records_of(force_id, release, engine) for release in (old, new)]
    there = [side for side in sides if side is not None]
    before, after = (there[0].limit(0) if side is None else side for side in sides)
    fields = after.columns if sides[1] is not None else before.columns
    if COUNTED_ONCE in before.columns and COUNTED_ONCE not in after.columns:
        after = after.mutate(**{COUNTED_ONCE: ibis.null("string")})
    before = as_columns_of(before, after)
    gone = engine.lay_down("gone", only_in(before, after))
    came = engine.lay_down("came", only_in(after, before))
    pairs = engine.lay_down("pairs", paired(gone, came))
    ends = Ends(old.ends_on, new.ends_on)
    engine.write_parquet(patch_of(pairs, drops, ends, fields).drop("force_id"), path)


def records_of(force_id: str, release: Release, engine: Engine) -> ir.Table | None:
    """Return a force's records in a release, None where it has none."""
    path = RECORDS.format(force_id)
    if path not in release.hashes:
        return None
    records = engine.read_parquet(release.file(path))
    return records.mutate(force_id=ibis.literal(force_id))


def drops_of(old: Release, new: Release) -> pa.Table:
    """Return what both releases say of each drop, as `patch_of` asks for it.

    A drop the older release does not list, though it came before one that it lists, was there and did not stand.
    """
    before = {each["drop_id"]: each for each in old.manifest["inputs"]}
    after = {each["drop_id"]: each for each in new.manifest["inputs"]}
    newest = max((each["sequence"] for each in before.values()), default=0)
    rows = [
        {
            "drop_id": drop_id,
            "is_new": drop_id not in before and after[drop_id]["sequence"] > newest,
            "stood": drop_id in before,
            "stands": drop_id in after,
            "again": judged_again(before[drop_id], after[drop_id])
            if drop_id in before and drop_id in after
            else None,
        }
        for drop_id in sorted({*before, *after})
    ]
    return pa.Table.from_pylist(rows, DROPS)


def judged_again(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """Return how the judgement of one drop differs between two releases, or None."""
    rule = before["judged_by"] != after["judged_by"]
    mapping = before["mapping"] != after["mapping"]
    if rule or mapping:
        return "rule and mapping" if rule and mapping else "rule" if rule else "mapping"
    accepted = "accepted.parquet"
    same = (before["state"], before["files"].get(accepted)) == (after["state"], after["files"].get(accepted))
    return None if same else "judged again"


def with_figures(found: Sequence[pa.Table], old: Release, new: Release, engine: Engine) -> pa.Table:
    """Return the counts of every force with the published figures of each cell, sorted."""
    if not found:
        return CHANGES.empty_table()
    counts = engine.read_arrow("counts", pa.concat_tables(found))
    for name, release in (("figure_before", old), ("figure_after", new)):
        figures = engine.read_parquet(release.file(FIGURES))
        monthly = figures.filter(figures.period_type == "month").select(*CELL, **{name: figures.value})
        counts = counts.left_join(monthly, list(CELL)).drop(*(f"{column}_right" for column in CELL))
    return engine.arrow(counts.order_by([*CELL, "why"])).select(CHANGES.names).cast(CHANGES)


def totals(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return the counts of records summed by reason."""
    summed: dict[str, dict[str, int]] = {}
    for row in rows:
        total = summed.setdefault(row["why"], dict.fromkeys(COUNTS, 0))
        for name in COUNTS:
            total[name] += row[name]
    return dict(sorted(summed.items()))
