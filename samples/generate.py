"""Write the sample drops and the truth about them: `python -m samples.generate`.

Everything is invented from one seed; the same seed gives the same bytes. The truth is what the generator
planned, counted here without the pipeline's help.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from samples.assaults import PERSONNEL, Assault
from samples.drops import Drop, truth
from samples.forces import FORCES

SEED = 2018
SAMPLES = Path(__file__).resolve().parent


def main() -> None:
    """Write the drops under a folder's `inbox` and the truth beside it."""
    parser = argparse.ArgumentParser(description="Write the sample drops and the truth about them.")
    parser.add_argument(
        "--out", type=Path, default=SAMPLES, help="folder to write inbox/ and truth.json into"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    drops = write(chosen.out, chosen.seed)
    forces = {drop.force_id for drop in drops}
    print(f"{len(drops)} drops of {len(forces)} forces written to {chosen.out / 'inbox'}")


def write(out: Path, seed: int = SEED) -> list[Drop]:
    """Write every drop and the truth under a folder, replacing our forces' inboxes, and return the drops."""
    inbox = out / "inbox"
    for force in FORCES:
        shutil.rmtree(inbox / force.FORCE_ID, ignore_errors=True)
    drops = [drop for force in FORCES for drop in force.drops(random.Random(f"{seed} {force.FORCE_ID}"))]
    found = []
    for drop in drops:
        written = drop.write(drop)
        path = inbox / drop.force_id / drop.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written.content)
        found.append(truth(drop, written))
    expected = {
        "seed": seed,
        "drops": found,
        "not_sent": [dict(missing) for force in FORCES for missing in getattr(force, "NOT_SENT", ())],
        "current_records": current_records(drops),
        "west_mercia": west_mercia_figures(drops),
    }
    (out / "truth.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
    return drops


def current(drops: Iterable[Drop]) -> dict[tuple[str, str, str, int], Assault]:
    """Return the accepted assault of each force, book, record and victim, as the latest drop has it."""
    latest = {}
    for drop in sorted(drops, key=lambda drop: (drop.force_id, drop.file)):
        for row in drop.rows:
            if row.fate == "accepted":
                for one in row.assaults:
                    latest[drop.force_id, drop.book, one.source_record_id, one.victim_number] = one
    return latest


def current_records(drops: Iterable[Drop]) -> dict[str, dict[str, dict[str, int]]]:
    """Return the number of current records by force, book and month of the assault."""
    counts: dict[str, dict[str, Counter[str]]] = {}
    for (force_id, book, _, _), one in current(drops).items():
        months = counts.setdefault(force_id, {}).setdefault(book, Counter())
        months[f"{one.occurred_on:%Y-%m}"] += 1
    return {
        force_id: {book: dict(sorted(months.items())) for book, months in sorted(books.items())}
        for force_id, books in sorted(counts.items())
    }


def west_mercia_figures(drops: Iterable[Drop]) -> dict[str, object]:
    """Return the campaign's figures as planned: on-duty police personnel in West Mercia's crime book."""
    ours = [
        one
        for (force_id, book, *_), one in current(drops).items()
        if (force_id, book) == ("west_mercia", "crime")
    ]
    counted = [one for one in ours if one.duty_status == "on_duty" and one.victim_type in PERSONNEL]
    return {
        "april_2015_to_september_2018": figures(counted, date(2015, 4, 1), date(2018, 9, 30)),
        "july_to_september_2018": figures(counted, date(2018, 7, 1), date(2018, 9, 30)),
        "july_to_september_2017": figures(counted, date(2017, 7, 1), date(2017, 9, 30)),
        "year_to_september_2018": figures(counted, date(2017, 10, 1), date(2018, 9, 30)),
        "year_to_september_2017": figures(counted, date(2016, 10, 1), date(2017, 9, 30)),
    }


def figures(counted: Iterable[Assault], first: date, last: date) -> dict[str, object]:
    """Return the campaign's counts of the assaults between two days."""
    within = [one for one in counted if first <= one.occurred_on <= last]
    decided = [one for one in within if one.outcome_type != "0"]
    hours = Counter(
        "weekend 00-06" if one.occurred_on.weekday() >= 5 and one.occurred_time.hour < 6 else "other hours"
        for one in within
    )
    return {
        "assaults": len(within),
        "with_injury": sum(one.injury != "none" for one in within),
        "by_victim_type": dict(sorted(Counter(one.victim_type for one in within).items())),
        "with_outcome": len(decided),
        "charged": sum(one.outcome_type in ("1", "1A") for one in decided),
        "weekend_midnight_to_six": hours["weekend 00-06"],
    }


if __name__ == "__main__":
    main()
