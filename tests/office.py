"""A small collation office for tests: a home, two invented layouts, and what lies in the home afterwards."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline import recipe, release
from pipeline.home import Home
from pipeline.ledger import DropRecord, Ledger
from pipeline.store import Store, hash_of
from schemas.assault import ASSAULT

FORCE = "north_yorkshire"
OTHER_FORCE = "cleveland"

COLUMNS = (
    "Ref", "Date", "Time", "Recorded", "Code", "Offence", "Collar", "Role", "Injury", "Spat at", "Days lost",
    "Factors", "Station", "Force", "Surname", "MO",
)  # fmt: skip

ROW = {
    "Ref": "1001/18",
    "Date": "03/07/2018",
    "Time": "22:15",
    "Recorded": "04/07/2018",
    "Code": "104/23",
    "Offence": "Assault a constable in the execution of his duty",
    "Collar": "C4471",
    "Role": "Officer",
    "Injury": "None",
    "Spat at": "No",
    "Days lost": "0",
    "Factors": "Alcohol",
    "Station": "Selby",
    "Force": "{force}",
    "Surname": "",
    "MO": "",
}

MAPPED = """
source_record_id = { column = "Ref", pattern = '\\d{4,6}/18' }
occurred_on = { column = "Date" }
occurred_time = { column = "Time" }
recorded_on = { column = "Recorded" }
offence_code = { column = "Code" }
offence_title = { column = "Offence" }
victim_id = { column = "Collar" }
victim_type = { column = "Role", codes = { "Officer" = "police_officer", "PCSO" = "pcso" } }
injury = { column = "Injury", codes = { "None" = "none", "Slight" = "minor", "Serious" = "severe" } }
spat_at = { column = "Spat at" }
days_lost = { column = "Days lost" }
impact_factors = { column = "Factors", separator = ";", codes = { "Alcohol" = "alcohol", "Drugs" = "drugs" } }
district = { column = "Station" }
"""


def force_file(name: str, word: str, mapped: str = MAPPED, options: str = "", tables: str = "") -> str:
    """Return a force's file with a crime book that maps the columns of `ROW`."""
    fields = {line.partition(" ")[0] for line in mapped.splitlines()}
    absent = [declared.name for declared in ASSAULT.given if declared.name not in fields]
    return (
        f'name = "{name}"\n[crime]\nsystem = "niche"\nfiles = ["crime_*.csv"]\nmissing = ["N/K"]\n'
        f'ignored = ["Surname", "MO"]\nnot_collected = {absent}\n{options}\n'
        "[crime.period]\npattern = '(?P<year>\\d{4})-(?P<month>\\d{2})'\n"
        f'[crime.force]\ncolumn = "Force"\nwords = ["{word}"]\n'
        f"[crime.fields]\n{mapped}\n{tables}\n"
    )


def export(
    *rows: Mapping[str, str], force: str = "North Yorkshire", columns: tuple[str, ...] = COLUMNS
) -> str:
    """Return a CSV of rows, each `ROW` with what is said of it changed; references count up, each an officer's own."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    collars: dict[str, str] = {}
    for number, changed in enumerate(rows):
        row = {**ROW, "Ref": f"{1001 + number}/18", "Force": force, **changed}
        # One officer is not assaulted twice in one minute.
        row["Collar"] = changed.get("Collar", collars.setdefault(row["Ref"], f"C{4471 + len(collars)}"))
        lines.writerow([row[column] for column in columns])
    return text.getvalue()


@dataclass(frozen=True)
class Office:
    """A home to receive and publish in, with the forces north_yorkshire and cleveland."""

    home: Home
    forces: Path

    def drop(self, content: str | bytes, name: str = "crime_2018-07.csv", force: str = FORCE) -> Path:
        """Leave a file in a force's inbox."""
        path = self.home.inbox / force / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def receive(self) -> list[dict[str, Any]]:
        """Return the receipts of what was new in the inbox; raises the first fault of our own there was."""
        received = recipe.receive(self.home)
        for _, fault in received["faults"]:
            raise fault
        return received["receipts"]

    def receipt(
        self, content: str | bytes, name: str = "crime_2018-07.csv", force: str = FORCE
    ) -> dict[str, Any]:
        """Return the receipt of one file left in the inbox."""
        self.drop(content, name, force)
        (only,) = self.receive()
        return only

    def publish(self, month: str = "2018-07") -> dict[str, Any]:
        return recipe.publish(month, self.home.root)

    def ledger(self) -> Ledger:
        return Ledger.open(self.home.ledger_url)

    def drops(self) -> list[DropRecord]:
        """Return the drops the ledger knows, in order of arrival."""
        with self.ledger() as ledger:
            return ledger.drops()

    def store(self) -> Store:
        return Store(self.home)

    def records(self, kind: str = "accepted") -> list[dict[str, Any]]:
        """Return the accepted or held records at rest, in order of file and row."""
        return [
            record
            for path in sorted((self.home.root / kind).rglob("*.parquet"))
            for record in pq.ParquetFile(path).read().to_pylist()
        ]

    def at_rest(self) -> dict[str, str]:
        """Return the SHA-256 of every file that is kept, by its path; not the ledger's, whose moments differ."""
        return {
            str(path.relative_to(self.home.root)): hash_of(path)
            for folder in ("archive", "accepted", "held", "returns", "releases")
            for path in sorted((self.home.root / folder).rglob("*"))
            if path.is_file()
        }

    def left_over(self) -> list[str]:
        """Return what was left behind in the working folder."""
        return sorted(str(path.relative_to(self.home.staging)) for path in self.home.staging.rglob("*"))


def found(receipt: Mapping[str, Any]) -> list[tuple[int, str, str, str]]:
    """Return the findings of a receipt as row, field, rule and severity."""
    return [(each["row"], each["field"], each["rule"], each["severity"]) for each in receipt["findings"]]


def balanced(receipt: Mapping[str, Any]) -> bool:
    """Return whether every line and every row of a receipt is accounted for."""
    lines = sum(receipt["line_sums"].values())
    rows = sum(receipt[name] for name in ("accepted", "held", "duplicates", "withdrawn", "out_of_scope"))
    return receipt["lines"] == lines and receipt["rows"] == rows


def equip(root: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Return an office under a folder, which the environment names for the length of the test.

    Great Expectations, which takes seconds to import, is left out; its own tests and those of the samples have it.
    """
    forces = root / "forces"
    forces.mkdir(parents=True)
    (forces / f"{FORCE}.toml").write_text(
        force_file("North Yorkshire Police", "North Yorkshire"), encoding="utf-8"
    )
    (forces / f"{OTHER_FORCE}.toml").write_text(force_file("Cleveland Police", "Cleveland"), encoding="utf-8")
    monkeypatch.setenv("COLLATE_HOME", str(root / "home"))
    monkeypatch.setenv("COLLATE_FORCES", str(forces))
    monkeypatch.setenv("COLLATE_PSEUDONYM_KEY", "a key that only the tests know")
    monkeypatch.setenv("COLLATE_SETTLE_SECONDS", "0")
    monkeypatch.delenv("COLLATE_LEDGER_URL", raising=False)
    monkeypatch.setattr(recipe, "gate", lambda judgement, ask: None)
    monkeypatch.setattr(recipe, "gate_ahead", lambda drop, book, store: None)
    monkeypatch.setattr(release, "gate", lambda staged, store, release_id: None)
    office = Office(Home.at(root / "home"), forces)
    office.home.prepare()
    return office


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Return a new office of two forces, empty."""
    yield equip(tmp_path / "office", monkeypatch)
