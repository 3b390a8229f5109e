"""Exports that police departments really wrote, through the pipeline as it stands: nothing of a real file is lost.

What is expected is counted here a second time, from the files, with pandas, csv and openpyxl and none of our code.
The files are not in the project; without them the tests are skipped.
"""

import csv
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from pipeline import recipe
from pipeline.home import Home

pytestmark = pytest.mark.slow

FORCE_FILES = Path(__file__).parent / "forces" / "real"
JUDGED_ON = date(2026, 1, 1)


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Path:
    """Return the folder of real exports; the tests are skipped where there is none."""
    folder = shared_data / "real"
    if not folder.is_dir():
        pytest.skip(f"the real exports are absent: there is no folder {folder.name} in the reference data")
    return folder


@pytest.fixture(scope="module")
def real_forces() -> Iterator[None]:
    """Let the force files of the real exports be the ones in use, without waiting for files to settle."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLLATE_FORCES", str(FORCE_FILES))
        patch.setenv("COLLATE_PSEUDONYM_KEY", "a key for the tests alone")
        patch.setenv("COLLATE_SETTLE_SECONDS", "0")
        patch.delenv("COLLATE_LEDGER_URL", raising=False)
        yield


@dataclass
class Collation:
    """A home that real exports are dropped in, with the receipts so far and what was published."""

    root: Path
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def receive(self, force_id: str, files: Sequence[Path]) -> None:
        inbox = self.root / "inbox" / force_id
        inbox.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copy(path, inbox)
        for receipt in recipe.receive(Home.at(self.root))["receipts"]:
            self.receipts[receipt["file"]] = receipt

    def publish(self, month: str) -> "Published":
        return Published(Path(recipe.publish(month, self.root)["path"]))

    def findings(self, file: str) -> pd.DataFrame:
        """Return every finding of a drop, as its force reads them."""
        receipt = self.receipts[file]
        folder = self.root / "returns" / receipt["force_id"] / receipt["drop_id"]
        table = pd.read_csv(folder / "findings.csv", dtype=str, keep_default_na=False)
        # A finding about the whole file has no row.
        return table.assign(row=pd.to_numeric(table.row).astype("Int64"))


@dataclass
class Published:
    """A release."""

    path: Path

    @property
    def assaults(self) -> pd.DataFrame:
        return pd.read_parquet(self.path / "assaults")

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.path / "national" / f"{name}.csv")

    def by_month(self, force_id: str, book: str) -> pd.Series:
        """Return a force's victims month by month, summed over the measures; missing where there is no figure."""
        table = self.table("assaults_by_force")
        own = table[(table.force_id == force_id) & (table.book == book) & (table.period_type == "month")]
        return own.groupby("period").value.sum(min_count=1)


def checked(path: Path, force_id: str, working: Path) -> dict[str, Any]:
    """Return the receipt a real export gets, with nothing stored."""
    return recipe.check_file(path, force_id, Home.at(working / "home"), working, None, JUDGED_ON)


def assert_balanced(receipt: dict[str, Any]) -> None:
    """Every line is a header, blank, a note, part of a row or refused; every row went exactly one way."""
    assert receipt["lines"] == sum(receipt["line_sums"].values())
    ways = ("accepted", "held", "duplicates", "out_of_scope")
    assert receipt["rows"] == sum(receipt[way] for way in ways)


def text_of(path: Path) -> str:
    """Return a file as text, a Parquet file as the text of its rows."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    return path.read_bytes().decode("utf-8", errors="replace")


def as_counts(values: pd.Series) -> dict[str, int]:
    return values.value_counts().to_dict()


# Louisville: every officer assaulted from January 2010 to September 2021, from the inbox to the release.

LOUISVILLE = "louisville_assaulted_officers.csv"

PREMISES = {
    "street": ["HIGHWAY / ROAD / ALLEY"],
    "dwelling": ["RESIDENCE / HOME", "OTHER RESIDENCE (APARTMENT/CONDO)", "ATTACHED RESIDENTIAL GARAGE"],
    "licensed_premises": ["BAR / NIGHT CLUB"],
    "prison": ["JAIL / PENITENTARY"],
    "education": ["SCHOOL - ELEMENTARY / SECONDARY", "SCHOOL - COLLEGE / UNIVERSITY"],
    "transport": ["AIR / BUS / TRAIN TERMINAL"],
    "sports_or_event": ["FAIRGROUNDS / STADIUM / ARENA"],
    "open_ground": ["PARKING LOT / GARAGE", "PARK / PLAYGROUND", "FIELD / WOODS", "CAMP / CAMPGROUND"],
    "shop": [
        "CONVENIENCE STORE",
        "SERVICE / GAS STATION",
        "DEPARTMENT / DISCOUNT STORE",
        "GROCERY / SUPERMARKET",
        "SPECIALTY STORE (TV, FUR, ETC)",
        "MALL / SHOPPING CENTER",
        "LIQUOR STORE",
    ],
}
# Where a drop lies as it was sent.
RAW = ("inbox", "archive")

NO_ONE_PLACE = [
    "OTHER / UNKNOWN",
    "DRUG STORE/DR`S OFFICE/HOSPITAL",
    "RACE TRACK/GAMBLING FACILITY",
    "TRIBAL LANDS",
]


@dataclass
class Louisville:
    """The Louisville export as pandas reads it, and what came of it."""

    export: pd.DataFrame
    collation: Collation
    release: Published

    @property
    def occurred(self) -> pd.Series:
        return pd.to_datetime(self.export.DATE_OCCURED, format="%m/%d/%Y %H:%M")

    @property
    def side_by_side(self) -> pd.DataFrame:
        """Return each row of the export beside the published record of the same incident."""
        return self.export.merge(
            self.release.assaults, left_on="INCIDENT_NUMBER", right_on="source_record_id", validate="1:1"
        )


@pytest.fixture(scope="module")
def louisville(real: Path, real_forces: None, tmp_path_factory: pytest.TempPathFactory) -> Louisville:
    file = real / "louisville" / LOUISVILLE
    collation = Collation(tmp_path_factory.mktemp("louisville"))
    collation.receive("louisville", [file])
    export = pd.read_csv(file, dtype=str, keep_default_na=False)
    return Louisville(export, collation, collation.publish("2021-09"))


def test_every_louisville_row_is_accounted_for(louisville: Louisville) -> None:
    receipt = louisville.collation.receipts[LOUISVILLE]

    assert receipt["rows"] == len(louisville.export) == 5393
    assert_balanced(receipt)
    assert receipt["line_sums"] == {"header": 1, "blank": 0, "notes": 0, "parsed": 5393, "refused": 0}
    assert (receipt["accepted"], receipt["held"]) == (5393, 0)


def test_no_louisville_column_is_unknown_or_absent(louisville: Louisville) -> None:
    receipt = louisville.collation.receipts[LOUISVILLE]

    assert (receipt["unexpected_columns"], receipt["absent_columns"]) == ([], [])


def test_the_manifest_counts_every_louisville_row(louisville: Louisville) -> None:
    manifest = json.loads((louisville.release.path / "manifest.json").read_text(encoding="utf-8"))

    assert manifest["row_sums"]["rows"] == manifest["row_sums"]["accepted_records"] == 5393


def test_published_louisville_records_count_the_same_each_month(louisville: Louisville) -> None:
    published = pd.to_datetime(louisville.release.assaults.occurred_on)

    assert as_counts(published.dt.strftime("%Y-%m")) == as_counts(louisville.occurred.dt.strftime("%Y-%m"))


def test_the_national_table_counts_the_same_each_louisville_month(louisville: Louisville) -> None:
    counted = louisville.release.by_month("louisville", "crime")

    months = pd.period_range("2010-01", "2021-09", freq="M").astype(str)
    expected = louisville.occurred.dt.strftime("%Y-%m").value_counts().reindex(months, fill_value=0)
    assert counted.to_dict() == expected.to_dict()
    assert counted.sum() == 5393


def test_no_other_force_has_a_figure_of_the_louisville_release(louisville: Louisville) -> None:
    table = louisville.release.table("assaults_by_force")

    others = table[~table.force_id.isin(["louisville", "national"])]
    assert others.force_id.nunique() > 40
    assert others.value.isna().all()


def test_louisville_days_and_times_are_month_first(louisville: Louisville) -> None:
    both = louisville.side_by_side
    occurred = pd.to_datetime(both.DATE_OCCURED, format="%m/%d/%Y %H:%M")
    recorded = pd.to_datetime(both.DATE_REPORTED, format="%m/%d/%Y %H:%M")

    assert (both.occurred_on == occurred.dt.date).all()
    assert (both.occurred_time == occurred.dt.time).all()
    assert (both.recorded_on == recorded.dt.date).all()


def test_louisville_rows_keep_their_line_of_the_file(louisville: Louisville) -> None:
    both = louisville.side_by_side

    assert (both.row_number == louisville.export.index + 2).all()


def test_louisville_assignments_become_crewing(louisville: Louisville) -> None:
    assignment = louisville.export.TYPE_OF_ASSIGNMENT
    published = louisville.release.assaults.crewing

    assert as_counts(published) == {
        "single": assignment.str.contains(" ALONE ?", regex=True).sum(),
        "double": assignment.str.startswith("TWO-MAN").sum(),
        "other": assignment.str.contains(" ASSISTED").sum(),
    }
    assert published.isna().sum() == (assignment == "").sum() == 2


def test_louisville_premises_become_places(louisville: Louisville) -> None:
    place_of = {word: place for place, words in PREMISES.items() for word in words}
    filled = louisville.export.PREMISE_TYPE[lambda word: (word != "") & ~word.isin(NO_ONE_PLACE)]

    assert as_counts(louisville.release.assaults.location_type) == as_counts(
        filled.map(lambda word: place_of.get(word, "other"))
    )


def test_louisville_injuries_are_fatal_or_not_recorded(louisville: Louisville) -> None:
    both = louisville.side_by_side

    assert set(both.injury[both.OFFICER_KILLED == "YES"]) == {"fatal"}
    assert both.injury[both.OFFICER_KILLED == "NO"].isna().all()


def test_louisville_attempts_are_those_it_calls_attempted(louisville: Louisville) -> None:
    both = louisville.side_by_side

    assert (both.attempted[both.ATT_COMP == "ATTEMPTED"] == True).all()  # noqa: E712
    assert (both.attempted[both.ATT_COMP == "COMPLETED"] == False).all()  # noqa: E712


@pytest.mark.parametrize(
    ("column", "name", "words"),
    [("PREMISE_TYPE", "location_type", NO_ONE_PLACE), ("LEOKA_APPLIES", "victim_type", ["NO"])],
)
def test_every_louisville_word_that_cannot_be_mapped_is_listed_with_its_row(
    louisville: Louisville, column: str, name: str, words: list[str]
) -> None:
    sent = louisville.export[column]
    findings = louisville.collation.findings(LOUISVILLE)
    listed = findings[findings.rule == f"{name}.unexplained"]

    expected = sent[sent.isin(words)]
    assert dict(zip(listed.row, listed.value, strict=True)) == dict(
        zip(expected.index + 2, expected, strict=True)
    )
    assert set(listed.severity) == {"query"}


def test_no_louisville_word_is_lost_without_a_finding(louisville: Louisville) -> None:
    both = louisville.side_by_side
    findings = louisville.collation.findings(LOUISVILLE)
    told = {
        name: set(findings.row[findings.rule == f"{name}.unexplained"])
        for name in ("location_type", "victim_type", "crewing", "attempted", "injury")
    }
    columns = {
        "location_type": "PREMISE_TYPE", "victim_type": "LEOKA_APPLIES", "crewing": "TYPE_OF_ASSIGNMENT",
    }  # fmt: skip

    for name, column in columns.items():
        lost = both[both[name].isna() & (both[column].str.strip() != "")]
        assert set(lost.row_number) == told[name]
    assert told["attempted"] == told["injury"] == set()


def test_kentucky_offences_are_undecided_and_never_counted_as_english_ones(louisville: Louisville) -> None:
    assert louisville.release.assaults.measure.isna().all()
    findings = louisville.collation.findings(LOUISVILLE)
    # Where the role was not read either, the role is what is asked for.
    unread = set(findings.row[findings.rule == "victim_type.unexplained"])
    asked = set(findings.row[findings.rule == "offence_class.undecided"])
    assert len(unread) == 17
    assert asked == set(range(2, 5395)) - unread


@pytest.mark.slow
def test_louisville_addresses_are_in_nothing_that_is_kept(louisville: Louisville) -> None:
    kept = louisville.collation.root

    address = louisville.export.BLOCK_ADDRESS.str.strip().mode()[0]
    written = [
        path for path in kept.rglob("*") if path.is_file() and path.relative_to(kept).parts[0] not in RAW
    ]
    assert len(written) > 10
    assert not any(address in text_of(path) for path in written)


# Bloomington: a workbook a quarter, and one that is last year's under this year's name.

BLOOMINGTON_2016 = [
    f"2016-{quarter}-quarter-use-of-force.xlsx" for quarter in ("first", "second", "third", "fourth")
]
STALE = "2017-first-quarter-use-of-force.xlsx"
EVENT, DISTRICT, DAY, TIME, INJURED = 0, 1, 4, 5, 16


def cells_of(path: Path) -> dict[int, tuple[Any, ...]]:
    """Return the cells of a workbook's rows by row number, as openpyxl has them."""
    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    return dict(enumerate(list(sheet.iter_rows(values_only=True))[1:], start=2))


def events_of(path: Path) -> set[tuple[Any, ...]]:
    """Return what a workbook says of the officer in each event, each thing once."""
    return {
        tuple(row[place] for place in (EVENT, DISTRICT, DAY, TIME, INJURED))
        for row in cells_of(path).values()
    }


@dataclass
class Bloomington:
    """The quarters of 2016 as they were published, and again once the stale workbook had come."""

    folder: Path
    collation: Collation
    before: Published
    after: Published


@pytest.fixture(scope="module")
def bloomington(real: Path, real_forces: None, tmp_path_factory: pytest.TempPathFactory) -> Bloomington:
    folder = real / "bloomington"
    collation = Collation(tmp_path_factory.mktemp("bloomington"))
    collation.receive("bloomington", [folder / name for name in BLOOMINGTON_2016])
    before = collation.publish("2017-03")
    collation.receive("bloomington", [folder / STALE])
    return Bloomington(folder, collation, before, collation.publish("2017-03"))


@pytest.mark.parametrize("name", [*BLOOMINGTON_2016, STALE])
def test_every_bloomington_row_is_accounted_for(bloomington: Bloomington, name: str) -> None:
    receipt = bloomington.collation.receipts[name]

    assert_balanced(receipt)
    assert receipt["rows"] == len(cells_of(bloomington.folder / name))
    assert (receipt["unexpected_columns"], receipt["absent_columns"]) == ([], [])


def test_every_row_of_the_stale_workbook_is_queried_as_outside_its_period(bloomington: Bloomington) -> None:
    findings = bloomington.collation.findings(STALE)
    outside = findings[findings.rule == "occurred_on.outside_period"]

    assert list(outside.row) == list(cells_of(bloomington.folder / STALE))
    assert set(outside.severity) == {"query"}
    assert bloomington.collation.receipts[STALE]["held"] == 0


@pytest.mark.parametrize("name", BLOOMINGTON_2016)
def test_no_row_of_a_workbook_of_its_own_quarter_is(bloomington: Bloomington, name: str) -> None:
    assert "occurred_on.outside_period" not in bloomington.collation.receipts[name]["findings_by_rule"]


@pytest.mark.parametrize("name", BLOOMINGTON_2016)
def test_days_and_times_are_those_of_the_cells(bloomington: Bloomington, name: str) -> None:
    cells = cells_of(bloomington.folder / name)
    drop_id = bloomington.collation.receipts[name]["drop_id"]
    assaults = bloomington.before.assaults
    published = assaults[assaults.drop_id == drop_id]

    assert len(published) == bloomington.collation.receipts[name]["accepted"]
    for row, day, clock in zip(
        published.row_number, published.occurred_on, published.occurred_time, strict=True
    ):
        assert datetime.combine(day, time()) == cells[row][DAY]
        if isinstance(cells[row][TIME], time):
            assert clock == cells[row][TIME]


def test_the_cells_that_hold_no_day_and_no_time_are_named(bloomington: Bloomington) -> None:
    name = "2016-fourth-quarter-use-of-force.xlsx"
    cells = cells_of(bloomington.folder / name)
    assert (cells[64][DAY], cells[63][TIME]) == ("1012/16", datetime(1902, 4, 3))

    findings = bloomington.collation.findings(name)
    unread = findings[findings.rule.str.endswith(".unexplained")]
    assert list(zip(unread.row, unread.rule, unread.severity, strict=True)) == [
        (63, "occurred_time.unexplained", "query"),
        (64, "occurred_on.unexplained", "error"),
    ]
    assert bloomington.collation.receipts[name]["held"] == 1


def test_the_first_quarter_counts_once_although_it_came_twice(bloomington: Bloomington) -> None:
    events = events_of(bloomington.folder / BLOOMINGTON_2016[0])
    assert events_of(bloomington.folder / STALE) == events

    for release in (bloomington.before, bloomington.after):
        counted = release.by_month("bloomington", "use_of_force")
        assert counted[["2016-01", "2016-02", "2016-03"]].sum() == len(events)


def test_the_stale_workbook_replaces_the_records_it_repeats(bloomington: Bloomington) -> None:
    current = bloomington.after.assaults
    first_quarter = current[current.occurred_on < date(2016, 4, 1)]

    assert set(first_quarter.drop_id) == {bloomington.collation.receipts[STALE]["drop_id"]}
    assert not current.duplicated(["force_id", "book", "source_record_id", "victim_number"]).any()


def test_the_stale_workbook_changes_no_published_record(bloomington: Bloomington) -> None:
    said = [name for name in bloomington.before.assaults.columns if name != "drop_id"]
    keyed = ["source_record_id", "victim_number"]
    before, after = (
        release.assaults[said].sort_values(keyed, ignore_index=True)
        for release in (bloomington.before, bloomington.after)
    )

    pd.testing.assert_frame_equal(before, after)


def test_a_stale_workbook_makes_no_zero_of_the_quarter_it_is_named_for(bloomington: Bloomington) -> None:
    counted = bloomington.after.by_month("bloomington", "use_of_force")

    assert counted.reindex(["2017-01", "2017-02", "2017-03"]).isna().all()


# New Orleans: uses of force of every kind, three of them pushed to the right by a comma nobody quoted.

NEW_ORLEANS = "NOPD_Use_of_Force_Incidents.csv"
SHIFTED = [1534, 1535, 1536]
REASON = "Use of Force Reason"
ASSAULT_SAID = "Battery on Police Officer"


@pytest.fixture(scope="module")
def new_orleans(real: Path) -> pd.DataFrame:
    """Return the New Orleans export by line of the file, as the csv module reads it."""
    with (real / "new_orleans" / NEW_ORLEANS).open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    assert {len(row) for row in rows} == {len(header)}
    return pd.DataFrame(rows, columns=header, index=range(2, len(rows) + 2))


@pytest.fixture(scope="module")
def new_orleans_receipt(
    real: Path, real_forces: None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    return checked(real / "new_orleans" / NEW_ORLEANS, "new_orleans", tmp_path_factory.mktemp("new_orleans"))


def test_every_new_orleans_row_is_accounted_for(new_orleans: pd.DataFrame, new_orleans_receipt: dict) -> None:
    assert new_orleans_receipt["rows"] == len(new_orleans) == 5750
    assert_balanced(new_orleans_receipt)
    assert (new_orleans_receipt["unexpected_columns"], new_orleans_receipt["absent_columns"]) == ([], [])


def test_the_three_rows_pushed_to_the_right_are_held_as_unexplained(
    new_orleans: pd.DataFrame, new_orleans_receipt: dict
) -> None:
    assert list(new_orleans.index[new_orleans["Officer Injured"] == "refuse verbal commands"]) == SHIFTED

    found = {(each["row"], each["rule"]): each for each in new_orleans_receipt["findings"]}
    for row in SHIFTED:
        finding = found[row, "scope.unexplained"]
        assert finding["severity"] == "error"
        assert f'Row {row}, column "{REASON}"' in finding["message"]
        assert "stray comma" in finding["mend"]


def test_the_neighbours_word_in_a_shifted_row_is_no_injury(new_orleans_receipt: dict) -> None:
    found = [
        (each["row"], each["value"])
        for each in new_orleans_receipt["findings"]
        if each["rule"] == "injury.unexplained"
    ]

    assert found == [(row, "refuse verbal commands") for row in SHIFTED]


def test_only_rows_that_cannot_be_called_assault_or_not_are_held(
    new_orleans: pd.DataFrame, new_orleans_receipt: dict
) -> None:
    blank = list(new_orleans.index[new_orleans[REASON] == ""])
    held = [each["row"] for each in new_orleans_receipt["findings"] if each["severity"] == "error"]

    assert sorted(held) == sorted([*SHIFTED, *blank])
    assert new_orleans_receipt["held"] == len(held) == 7


def test_uses_of_force_that_are_no_assault_are_counted_by_what_left_them_out(
    new_orleans: pd.DataFrame, new_orleans_receipt: dict
) -> None:
    reason = new_orleans[REASON]
    others = (reason != ASSAULT_SAID) & (reason != "") & ~reason.index.isin(SHIFTED)

    assert new_orleans_receipt["out_of_scope"] == others.sum()
    assert new_orleans_receipt["out_of_scope_by"] == {REASON: others.sum()}


def test_rows_that_differ_only_in_the_kind_of_force_are_one_officer(
    new_orleans: pd.DataFrame, new_orleans_receipt: dict
) -> None:
    assaults = new_orleans[new_orleans[REASON] == ASSAULT_SAID]
    read = [
        "PIB File Number", "Date Occurred", "Division level", "Subject Influencing Factors", "Officer Gender",
        "Officer Injured",
    ]  # fmt: skip
    ages = pd.cut(pd.to_numeric(assaults["Officer Age"]), [0, 25, 40, 55, 99])
    # "Unknown" is nothing recorded, like a blank; "None detected" is a finding of none.
    officers = assaults[read].replace("Unknown", "").assign(ages=ages.astype(str))
    again = officers.duplicated()

    listed = [each["row"] for each in new_orleans_receipt["findings"] if each["rule"] == "row.duplicate"]
    assert listed == list(again.index[again])
    assert new_orleans_receipt["duplicates"] == again.sum()
    assert new_orleans_receipt["accepted"] == (~again).sum()


# Northampton: a title above the header, empty sheets, one year an .xls; and no day in either.

NORTHAMPTON = {"PDI Use of Force 2016.xls": 81, "Use of Force 2018.xlsx": 85}


@pytest.fixture(scope="module")
def northampton(
    real: Path, real_forces: None, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], dict[str, Any]]:
    receipts = {
        name: checked(real / "northampton" / name, "northampton", tmp_path_factory.mktemp("northampton"))
        for name in NORTHAMPTON
    }
    return receipts.__getitem__


@pytest.mark.parametrize("name", NORTHAMPTON)
def test_every_northampton_row_is_read_from_under_its_title(
    northampton: Callable[[str], dict[str, Any]], name: str
) -> None:
    receipt = northampton(name)

    assert_balanced(receipt)
    assert receipt["read_as"]["header_row"] == 2
    assert receipt["rows"] == NORTHAMPTON[name]
    assert receipt["unexpected_columns"] == []


@pytest.mark.parametrize("name", NORTHAMPTON)
def test_northampton_rows_are_held_because_nothing_says_their_day(
    northampton: Callable[[str], dict[str, Any]], name: str
) -> None:
    receipt = northampton(name)

    assert receipt["held"] == receipt["rows"]
    assert receipt["findings_by_rule"]["occurred_on.unexplained"] == receipt["rows"]
    assert "occurred_time.unexplained" not in receipt["findings_by_rule"]


def test_an_injury_told_in_a_sentence_nobody_mapped_is_reported(
    northampton: Callable[[str], dict[str, Any]],
) -> None:
    found = [
        (each["row"], each["value"])
        for each in northampton("PDI Use of Force 2016.xls")["findings"]
        if each["rule"] == "injury.unexplained"
    ]

    assert found == [(6, "Assaulted in the face")]
