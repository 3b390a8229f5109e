"""Every sample drop, inbox to release: what becomes of each row is what the samples' generator says must."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline import recipe
from pipeline.home import Home
from pipeline.ledger import DropRecord, Ledger
from pipeline.store import hash_of

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
TRUTH = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
DROPS = {(drop["force_id"], drop["file"]): drop for drop in TRUTH["drops"]}
MONTH = "2018-09"
SERIES = ("series", "2015-04 to 2018-09")
QUARTER = ("quarter", "2018-Q3")


@dataclass(frozen=True)
class Collated:
    """The samples after one run: the home, the receipts as returned, what the ledger says, and the release."""

    home: Home
    receipts: Mapping[tuple[str, str], Mapping[str, Any]]
    drops: Mapping[tuple[str, str], DropRecord]
    release: Mapping[str, Any]

    def table(self, name: str, **wanted: Any) -> list[dict[str, Any]]:
        """Return the rows of a national table, as published, that have the values wanted."""
        path = self.home.releases / "latest" / "national" / f"{name}.parquet"
        return [
            row
            for row in pq.ParquetFile(path).read().to_pylist()
            if all(row[column] == value for column, value in wanted.items())
        ]

    def campaign(
        self, measure: str, period: tuple[str, str], force_id: str = "west_mercia"
    ) -> dict[str, Any]:
        """Return the one row of the campaign's measure for a force."""
        (row,) = self.table(
            "current_picture", force_id=force_id, measure=measure, period_type=period[0], period=period[1]
        )
        return row


def lay(home: Home) -> None:
    """Put every sample and the officers of the sample forces into the inbox."""
    home.root.mkdir(parents=True)
    (home.root / "SAMPLES").write_text("The synthetic samples.\n", encoding="utf-8")
    shutil.copytree(SAMPLES / "inbox", home.inbox)
    (home.inbox / "home_office").mkdir()
    for figures in (SAMPLES / "workforce").glob("*.csv"):
        shutil.copy(figures, home.inbox / "home_office")


@pytest.fixture(scope="module")
def collated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collated]:
    """Return the samples, received and published once, with Great Expectations as the gate."""
    home = Home.at(tmp_path_factory.mktemp("samples") / "home")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("COLLATE_LEDGER_URL", "COLLATE_FORCES", "COLLATE_PSEUDONYM_KEY"):
            environment.delenv(name, raising=False)
        environment.setenv("COLLATE_SETTLE_SECONDS", "0")
        lay(home)
        received = recipe.receive(home)
        release = recipe.publish(MONTH, home.root)
        with Ledger.open(home.ledger_url) as ledger:
            drops = {(drop.force_id, drop.file): drop for drop in ledger.drops()}
        receipts = {(each["force_id"], each["file"]): each for each in received["receipts"]}
        yield Collated(home, receipts, drops, release)


def files_of(home: Home) -> dict[str, tuple[str, int]]:
    """Return the hash and the moment of change of every file that is kept but the ledger."""
    return {
        str(path.relative_to(home.root)): (hash_of(path), path.stat().st_mtime_ns)
        for path in sorted(home.root.rglob("*"))
        if path.is_file() and "ledger" not in path.name
    }


def test_every_sample_gets_a_receipt_and_no_other_file_does(collated: Collated) -> None:
    of_forces = {named for named in collated.receipts if named[0] != "home_office"}
    assert of_forces == set(DROPS)


@pytest.mark.parametrize("named", DROPS, ids="/".join)
def test_the_sums_of_a_sample_are_those_planned(collated: Collated, named: tuple[str, str]) -> None:
    sums = collated.drops[named].sums
    assert sums is not None
    planned = dict(DROPS[named]["sums"])
    planned["accepted_records"] = planned.pop("records_accepted")
    assert {name: getattr(sums, name) for name in planned} == planned


@pytest.mark.parametrize("named", DROPS, ids="/".join)
def test_the_findings_of_a_sample_are_those_planned(collated: Collated, named: tuple[str, str]) -> None:
    receipt = collated.receipts[named]
    assert receipt["findings_total"] == len(receipt["findings"])
    found = {(each["row"], each["field"], each["rule"], each["severity"]) for each in receipt["findings"]}
    planned = {
        (each["row"], each["field"], each["rule"], each["severity"]) for each in DROPS[named]["findings"]
    }
    assert found == planned


def test_the_records_published_are_those_that_count_in_the_end(collated: Collated) -> None:
    counted: dict[str, dict[str, dict[str, int]]] = {}
    for path in sorted((collated.home.releases / "latest" / "assaults").rglob("*.parquet")):
        force_id = path.parent.name.partition("=")[2]
        for record in pq.ParquetFile(path).read(["book", "occurred_on"]).to_pylist():
            months = counted.setdefault(force_id, {}).setdefault(record["book"], {})
            month = f"{record['occurred_on']:%Y-%m}"
            months[month] = months.get(month, 0) + 1
    assert counted == TRUTH["current_records"]


@pytest.mark.parametrize(
    ("measure", "period", "figure", "places"),
    [
        ("offences", SERIES, 2219, 0),
        ("offences_with_injury", SERIES, 680, 0),
        ("offences", QUARTER, 152, 0),
        ("offences_with_injury", QUARTER, 46, 0),
        ("offences_per_day", QUARTER, 1.65, 2),
        ("officers_per_offence", QUARTER, 12.6, 1),
        ("share_victims_police_officers", SERIES, 0.87, 2),
        ("share_charged", SERIES, 0.75, 2),
        ("change_on_year_percent", QUARTER, 10, 0),
    ],
)
def test_the_release_gives_the_campaigns_figures_for_west_mercia(
    collated: Collated, measure: str, period: tuple[str, str], figure: float, places: int
) -> None:
    assert round(collated.campaign(measure, period)["value"], places) == figure


def test_a_campaign_figure_is_what_the_arithmetic_gives_and_not_the_rounded_quotation(
    collated: Collated,
) -> None:
    assert collated.campaign("offences_per_day", QUARTER)["value"] == pytest.approx(152 / 92)
    assert collated.campaign("officers_per_offence", QUARTER)["value"] == pytest.approx(1921.7 / 152)
    assert collated.campaign("change_on_year_percent", QUARTER)["value"] == pytest.approx(
        100 * (152 - 138) / 138
    )


def test_the_release_says_the_campaigns_picture_of_the_force_that_sent_every_month(
    collated: Collated,
) -> None:
    (said,) = collated.release["current_picture"]
    assert said == (
        "West Mercia Police, July to September 2018: 152 offences against on-duty personnel, 46 with injury; "
        "1.65 a day; one for every 12.6 officers; 87% of victims police officers; suspect charged in 75%; 28% on "
        "Saturday and Sunday between midnight and 06:00; 10% up on a year before. Whole series: 2,219 offences, "
        "680 with injury."
    )


@pytest.mark.parametrize("period", [("quarter", "2018-Q3"), ("year_ending_march", "2017-18")], ids="-".join)
def test_the_weekend_from_midnight_to_six_is_the_worst_time_of_the_week(
    collated: Collated, period: tuple[str, str]
) -> None:
    cells = collated.table(
        "time_of_week", force_id="west_mercia", book="crime", period_type=period[0], period=period[1]
    )
    # 28 stretches of six hours, seven days by four
    stretches = {(day, quarter): 0 for day in range(1, 8) for quarter in range(4)}
    for cell in cells:
        if cell["hour"] != "not_recorded":
            stretches[cell["weekday"], int(cell["hour"]) // 6] += cell["value"]
    nights = {(6, 0), (7, 0)}
    others = [count for stretch, count in stretches.items() if stretch not in nights]
    assert min(stretches[night] for night in nights) > max(others)


def test_a_month_without_a_drop_is_missing_and_its_figures_are_empty_with_the_mark_x(
    collated: Collated,
) -> None:
    wanted = {"force_id": "cumbria", "book": "crime", "period_type": "month", "period": "2018-09"}
    (covered,) = collated.table("coverage", **wanted)
    assert (covered["status"], covered["value_status"]) == ("missing", "x")
    figures = collated.table("assaults_by_force", **wanted)
    assert figures
    assert {(row["value"], row["value_status"]) for row in figures} == {(None, "x")}


def test_a_nil_return_is_a_zero_and_not_a_gap(collated: Collated) -> None:
    wanted = {"force_id": "suffolk", "book": "crime", "period_type": "month", "period": "2018-08"}
    (covered,) = collated.table("coverage", **wanted)
    assert (covered["status"], covered["value_status"]) == ("nil", None)
    figures = collated.table("assaults_by_force", **wanted)
    assert figures
    assert {(row["value"], row["value_status"]) for row in figures} == {(0, None)}


def test_a_force_that_never_sent_anything_has_no_figure_at_all(collated: Collated) -> None:
    sent = {force_id for force_id, _ in DROPS}
    rows = [
        row
        for row in collated.table("assaults_by_force", book="crime")
        if row["force_id"] not in sent and row["force_id"] != "national"
    ]
    assert rows
    assert {row["value"] for row in rows} == {None}


def test_a_national_figure_says_how_many_forces_are_in_it(collated: Collated) -> None:
    rows = collated.table(
        "assaults_by_force", force_id="national", book="crime", period_type="month", period=MONTH
    )
    assert rows
    assert all(row["forces_included"] < row["forces_expected"] for row in rows)
    assert all(row["value_status"] is not None for row in rows)


def test_no_table_adds_books_together(collated: Collated) -> None:
    for name in ("assaults_by_force", "victims_by_type", "time_of_week"):
        assert {row["book"] for row in collated.table(name)} == {"crime", "health_safety", "use_of_force"}


def test_the_manifest_names_every_file_of_the_release_with_its_true_hash(collated: Collated) -> None:
    place = Path(collated.release["path"])
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    listed = {each["path"]: each["sha256"] for each in manifest["files"]}
    there = {
        str(path.relative_to(place)): hash_of(path)
        for path in place.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert listed == there


def test_every_table_is_published_as_parquet_and_as_csv_of_as_many_rows(collated: Collated) -> None:
    national = collated.home.releases / "latest" / "national"
    parquet = {path.stem: pq.ParquetFile(path).metadata.num_rows for path in national.glob("*.parquet")}
    lines = {
        path.stem: len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in national.glob("*.csv")
    }
    assert set(parquet) == {
        "coverage", "assaults_by_force", "victims_by_type", "time_of_week", "outcomes", "rates_per_1000_officers",
        "current_picture", "completeness",
    }  # fmt: skip
    assert parquet == lines


def test_running_it_all_again_changes_nothing_and_says_so(
    collated: Collated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLATE_SETTLE_SECONDS", "0")
    before = files_of(collated.home)
    received = recipe.receive(collated.home)
    release = recipe.publish(MONTH, collated.home.root)
    assert received["receipts"] == []
    assert received["already"] == len(collated.receipts)
    assert (release["changed"], release["release_id"]) == (False, collated.release["release_id"])
    assert files_of(collated.home) == before


def test_the_three_months_up_to_the_newest_are_due(collated: Collated) -> None:
    assert recipe.months_due(collated.home.root) == ["2018-07", "2018-08", "2018-09"]


def test_nothing_is_left_in_the_working_folder(collated: Collated) -> None:
    assert list(collated.home.staging.iterdir()) == []
