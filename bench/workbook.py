"""A workbook read whole, by python-calamine alone and by the pipeline: `python -m bench workbook`; and one checked.

Each is a process of its own, timed from outside with its start and its imports: bare calamine goes over the rows of
the sheet; the pipeline opens the workbook as any export, in the process it reads such files in, and takes every
batch of every column.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter

ROWS = 100_000
MOST_RATIO = 1.3
# The fastest of several is the steadiest on a shared machine.
LEAST_RUNS = 5

HEADER = (
    "Crime Ref", "Date Committed", "Time", "Recorded", "Offence Code", "Offence Title", "Rank", "Collar", "Sex", "Age",
    "Injury", "Days Lost", "Weapon", "Spat At", "Location", "District", "Circumstances", "Outcome", "Outcome Date",
    "Miles",
)  # fmt: skip
CODE = {
    "calamine": """
import sys
from python_calamine import CalamineWorkbook
rows = sum(1 for _ in CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).iter_rows()) - 1
print(rows)
""",
    "collate": """
import sys
from pathlib import Path
from pipeline.read import Reading, open_export
export = open_export(Path(sys.argv[1]), Reading())
print(sum(batch.num_rows for batch in export.batches(export.columns)))
""",
}


def ensure_workbook(rows: int, folder: Path) -> Path:
    """Return a workbook of so many rows of dates, text and numbers, written if it is not there yet."""
    import openpyxl

    path = folder / f"workbook-{rows}.xlsx"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Assaults")
    sheet.append(HEADER)
    chance = Random(rows)
    for number in range(rows):
        sheet.append(_row(number, chance))
    unfinished = path.with_suffix(".unfinished")
    book.save(unfinished)
    unfinished.rename(path)
    return path


def ensure_checked(export: Path, folder: Path) -> tuple[Path, Path]:
    """Return a synthetic export as a workbook, and the folder of the force's file that reads it as one.

    A cell of the workbook holds the text of the export, faults and all.
    """
    import openpyxl

    forces = folder / "workbook_forces"
    forces.mkdir(parents=True, exist_ok=True)
    declared = (Path(__file__).parent / "bench.toml").read_text(encoding="utf-8")
    declared = declared.replace('files = ["bench_*.csv"]', 'files = ["bench_*.xlsx"]')
    declared = declared.replace('format = "csv"', 'format = "xlsx"')
    (forces / "bench.toml").write_text(declared, encoding="utf-8")
    path = folder / f"{export.stem}.xlsx"
    if not path.exists():
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Assaults")
        with export.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines):
                sheet.append(row)
        unfinished = path.with_suffix(".unfinished")
        book.save(unfinished)
        unfinished.rename(path)
    return path, forces


def measure(path: Path, rows: int, runs: int) -> dict[str, list[float]]:
    """Return the seconds of every run of both, in turns; raises ValueError where one reads other rows."""
    seconds: dict[str, list[float]] = {name: [] for name in CODE}
    for _ in range(runs):
        for name, code in CODE.items():
            began = perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", code, str(path)],
                cwd=Path(__file__).parent.parent,
                capture_output=True,
                text=True,
                check=True,
                env={name: value for name, value in os.environ.items() if not name.startswith("COLLATE_")},
            )
            seconds[name].append(perf_counter() - began)
            if json.loads(done.stdout) != rows:
                raise ValueError(f"{name} read {done.stdout.strip()} rows of {rows}.")
    return seconds


def _row(number: int, chance: Random) -> list[object]:
    day = datetime(2025, 4, 1) + timedelta(days=chance.randrange(365))
    return [
        f"22/{number:06}/25",
        day.date(),
        (day + timedelta(minutes=chance.randrange(1440))).time(),
        day + timedelta(seconds=chance.randrange(200_000)),
        chance.choice(("104/23", "008/73", "8/06")),
        chance.choice(
            ("Assault on constable", "Common assault of an emergency worker", "Assault occasioning ABH")
        ),
        chance.choice(("PC", "Sgt", "Insp", "PCSO")),
        chance.randrange(1000, 9999),
        chance.choice("MF"),
        chance.randrange(20, 60),
        chance.choice(("None", "Minor", "Serious")),
        chance.choice((None, None, 1, 2, 3)),
        chance.choice(("None", "Fist", "Bottle", None)),
        chance.choice("YN"),
        chance.choice(("Street", "Custody", "Hospital", "Dwelling")),
        f"District {chance.randrange(30)}",
        f"Kicked out at officers while being put into van {chance.randrange(5000)}, and spat",
        chance.choice((None, "1", "14", "16")),
        (day + timedelta(days=30)).date() if chance.random() < 0.5 else None,
        round(chance.random() * 100, 2),
    ]
