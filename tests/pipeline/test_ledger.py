"""The ledger on SQLite and, where a server and a driver are at hand, on PostgreSQL by the same tests."""

import importlib.util
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

import pipeline.ledger
from pipeline import migrations
from pipeline.ledger import (
    METADATA,
    SCHEMA_REVISION,
    VERSION_TABLE,
    Act,
    Answer,
    Arrival,
    Conflict,
    DoesNotBalance,
    DropSums,
    FindingCount,
    Ledger,
    LedgerUnavailable,
    Outcome,
    ReleaseRecord,
    UnknownDrop,
    broken_link,
)

PROJECT = Path(pipeline.ledger.__file__).parents[2]
NOON = datetime(2018, 10, 10, 12, 0, tzinfo=UTC)
JULY = Arrival("d1", "west_mercia", "crime", "assaults_2018_07.csv", "a" * 64, 4096)
AUGUST = Arrival("d2", "west_mercia", "crime", "assaults_2018_08.csv", "b" * 64, 8192)
ACCIDENTS = Arrival("d3", "west_mercia", "health_safety", "accidents.xlsx", "c" * 64, 512)
KENT = Arrival("d4", "kent", "crime", "kent.csv", "d" * 64, 1024)
SUMS = DropSums(
    lines=14,
    header=1,
    blank=1,
    notes=1,
    parsed_lines=10,
    refused=1,
    rows=9,
    accepted=5,
    held=1,
    duplicate=1,
    withdrawn=1,
    out_of_scope=1,
    records=11,
    accepted_records=7,
    held_records=1,
)
COLLATED = Outcome(
    drop_id="d1",
    state="collated",
    mapping_fingerprint="mapping 1",
    code_version="0.1.0",
    sums=SUMS,
    findings=(
        FindingCount("required", "error", "occurred_on", 1),
        FindingCount("one_of", "query", "injury", 12),
        FindingCount("same_row_twice", "note", None, 1),
    ),
    period_from=date(2018, 7, 1),
    period_to=date(2018, 7, 31),
    files={"accepted/west_mercia/d1.parquet": "e" * 64, "held/west_mercia/d1.parquet": "f" * 64},
)
REFUSED = Outcome(
    drop_id="d1",
    state="refused",
    mapping_fingerprint="mapping 1",
    code_version="0.1.0",
    sentence="The file is empty. Export it again and drop the new file.",
)
SEPTEMBER = ReleaseRecord("2018-09-r1", "2018-09", 1, "1" * 64, "0.1.0")


class TickingClock:
    """A clock that starts at noon and goes a minute forward each time it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> datetime:
        self.asked += 1
        return NOON + timedelta(minutes=self.asked - 1)


def postgresql_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Yield the URL, without a database, of a PostgreSQL server that lives for this session only."""
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server programs in /usr/lib/postgresql")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("the PostgreSQL driver psycopg is not installed")
    account = "postgres" if os.geteuid() == 0 else None  # The server refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="ledger-"))  # Socket paths are short, and pytest's folders private.
    if account is not None:
        shutil.chown(folder, account)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, "-D", folder / "data", *arguments],
            user=account,
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )

    try:
        run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C")
        run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", f"-F -h '' -k {folder}")
        try:
            yield f"postgresql+psycopg://postgres@/{{}}?host={folder}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    server: str = request.getfixturevalue("postgresql")
    name = f"ledger_{uuid.uuid4().hex}"
    engine = create_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.format(name)


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def ledger(url: str, clock: TickingClock) -> Iterator[Ledger]:
    with Ledger.open(url, now=clock) as opened:
        yield opened


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """Return the path of an up-to-date SQLite ledger."""
    path = tmp_path / "ledger.sqlite"
    Ledger.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def database(url: str) -> Iterator[Engine]:
    """Yield the same database as `ledger`, bare."""
    engine = create_engine(url)
    yield engine
    engine.dispose()


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """Return what calls give that all start at the same moment, each on its own thread."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


# Arriving


def test_drops_are_numbered_in_order_of_arrival(ledger: Ledger) -> None:
    assert [ledger.arrive(each) for each in (JULY, KENT, AUGUST)] == [1, 2, 3]


def test_a_drop_that_arrives_again_keeps_its_number_and_its_moment(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    ledger.arrive(KENT)
    assert ledger.arrive(replace(JULY, file="renamed.csv")) == 1
    found = ledger.drop("d1")
    assert found is not None
    assert (found.file, found.arrived_at) == ("assaults_2018_07.csv", NOON)
    assert ledger.arrive(AUGUST) == 3


def test_an_arrived_drop_has_no_sums_rather_than_noughts(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    found = ledger.drop("d1")
    assert found is not None
    assert (found.state, found.sums, found.settled_at, found.sentence) == ("arrived", None, None, None)


@pytest.mark.parametrize("other", [{"sha256": "9" * 64}, {"force_id": "kent"}, {"book": "use_of_force"}])
def test_a_known_drop_id_with_other_bytes_force_or_book_is_a_conflict(
    ledger: Ledger, other: dict[str, str]
) -> None:
    ledger.arrive(JULY)
    with pytest.raises(Conflict, match=r"Drop d1 is already in the ledger as assaults_2018_07\.csv"):
        ledger.arrive(replace(JULY, **other))


def test_a_hash_that_is_not_sha256_is_not_stored(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError):
        ledger.arrive(replace(JULY, sha256="abc"))
    assert ledger.drop("d1") is None


def test_a_drop_that_never_arrived_is_none(ledger: Ledger) -> None:
    assert ledger.drop("d1") is None


def test_eight_callers_at_once_get_eight_numbers(url: str) -> None:
    def arrive(drop_id: str) -> int:
        with Ledger.open(url) as own:
            return own.arrive(replace(JULY, drop_id=drop_id))

    numbers = at_once([lambda drop_id=f"d{n}": arrive(drop_id) for n in range(8)])
    assert len(set(numbers)) == 8
    with Ledger.open(url) as after:
        assert sorted(each.sequence for each in after.drops()) == sorted(numbers)


@pytest.mark.slow
def test_one_drop_from_eight_callers_at_once_is_one_drop(ledger: Ledger) -> None:
    numbers = at_once([lambda: ledger.arrive(JULY)] * 8)
    assert len(set(numbers)) == 1
    assert len(ledger.drops()) == 1


# Settling


def test_a_collated_drop_keeps_its_sums_period_findings_and_files(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    ledger.settle(COLLATED)
    found = ledger.drop("d1")
    assert found is not None
    assert (found.state, found.sums) == ("collated", SUMS)
    assert (found.period_from, found.period_to) == (date(2018, 7, 1), date(2018, 7, 31))
    assert (found.mapping_fingerprint, found.code_version) == ("mapping 1", "0.1.0")
    assert ledger.findings("d1") == [
        FindingCount("one_of", "query", "injury", 12),
        FindingCount("required", "error", "occurred_on", 1),
        FindingCount("same_row_twice", "note", None, 1),
    ]
    assert ledger.files("d1") == {
        "accepted/west_mercia/d1.parquet": "e" * 64,
        "held/west_mercia/d1.parquet": "f" * 64,
    }


def test_a_refused_drop_keeps_the_sentence_that_says_why(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    ledger.settle(REFUSED)
    found = ledger.drop("d1")
    assert found is not None
    assert (found.state, found.sentence) == (
        "refused",
        "The file is empty. Export it again and drop the new file.",
    )


def test_a_nil_return_is_settled_without_rows(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    ledger.settle(replace(REFUSED, state="nil", sums=DropSums(lines=1, header=1), sentence=None))
    found = ledger.drop("d1")
    assert found is not None
    assert (found.state, found.sums) == ("nil", DropSums(lines=1, header=1))


def test_moments_come_from_the_clock_and_are_read_in_utc(url: str) -> None:
    in_summer_time = datetime(2018, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    with Ledger.open(url, now=lambda: in_summer_time) as ledger:
        ledger.arrive(JULY)
        ledger.settle(COLLATED)
        found = ledger.drop("d1")
    assert found is not None
    assert found.arrived_at == found.settled_at == datetime(2018, 6, 30, 23, 30, tzinfo=UTC)
    assert found.arrived_at.tzinfo is UTC


def test_lines_that_do_not_add_up_stop_the_drop(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    with pytest.raises(DoesNotBalance) as fault:
        ledger.settle(replace(COLLATED, sums=replace(SUMS, lines=15)))
    assert str(fault.value) == (
        "Drop d1 does not balance: lines 15, but header 1 + blank 1 + notes 1 + parsed_lines 10 + refused 1 "
        "= 14. Nothing was stored; this is a fault of the pipeline, not of the file."
    )
    found = ledger.drop("d1")
    assert found is not None
    assert found.state == "arrived"
    assert ledger.findings("d1") == []


def test_rows_that_do_not_add_up_stop_the_drop(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    with pytest.raises(DoesNotBalance) as fault:
        ledger.settle(replace(COLLATED, sums=replace(SUMS, accepted=4)))
    assert (fault.value.drop_id, fault.value.total, fault.value.counted) == ("d1", "rows", 9)
    assert fault.value.parts == {
        "accepted": 4,
        "held": 1,
        "duplicate": 1,
        "withdrawn": 1,
        "out_of_scope": 1,
    }


@pytest.mark.parametrize("broken", ["lines = lines + 1", "rows = rows + 1", "held = -1, accepted = 7"])
def test_the_database_itself_refuses_sums_that_do_not_add_up(
    ledger: Ledger, database: Engine, broken: str
) -> None:
    ledger.arrive(JULY)
    ledger.settle(COLLATED)
    with pytest.raises(IntegrityError), database.begin() as connection:
        connection.execute(text(f'UPDATE "drop" SET {broken}'))


def test_the_database_itself_refuses_a_settled_drop_without_sums(ledger: Ledger, database: Engine) -> None:
    ledger.arrive(JULY)
    with pytest.raises(IntegrityError), database.begin() as connection:
        connection.execute(text("""UPDATE "drop" SET state = 'collated'"""))


def test_a_negative_sum_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="held is -1"):
        DropSums(held=-1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"state": "refused"}, "Drop d1 is refused without a sentence that says why"),
        ({"state": "nil"}, "Drop d1 is a nil return with 9 rows"),
        ({"period_to": date(2018, 6, 30)}, r"Drop d1 ends \(2018-06-30\) before it begins \(2018-07-01\)"),
    ],
)
def test_an_outcome_that_contradicts_itself_cannot_be_said(change: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(COLLATED, **change)


def test_a_drop_that_never_arrived_cannot_be_settled(ledger: Ledger) -> None:
    with pytest.raises(UnknownDrop, match="Drop d1 cannot be settled: it never arrived"):
        ledger.settle(COLLATED)


def test_the_same_outcome_again_changes_nothing(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    ledger.settle(COLLATED)
    before = ledger.drop("d1")
    ledger.settle(replace(COLLATED, findings=COLLATED.findings[::-1]))
    assert ledger.drop("d1") == before


def test_a_refused_drop_may_be_judged_again(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    ledger.settle(REFUSED)
    ledger.settle(COLLATED)
    found = ledger.drop("d1")
    assert found is not None
    assert (found.state, found.sentence, found.sums) == ("collated", None, SUMS)
    assert found.settled_at == NOON + timedelta(minutes=2)


@pytest.mark.parametrize("change", [{"mapping_fingerprint": "mapping 2"}, {"code_version": "0.2.0"}])
def test_another_mapping_or_code_replaces_the_findings_and_files(
    ledger: Ledger, change: dict[str, str]
) -> None:
    ledger.arrive(JULY)
    ledger.settle(COLLATED)
    again = replace(
        COLLATED, findings=(FindingCount("required", "error", "book", 2),), files={"new": "0" * 64}, **change
    )
    ledger.settle(again)
    assert ledger.findings("d1") == [FindingCount("required", "error", "book", 2)]
    assert ledger.files("d1") == {"new": "0" * 64}


def test_a_different_outcome_from_the_same_mapping_and_code_is_a_conflict(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    ledger.settle(COLLATED)
    with pytest.raises(Conflict, match="Drop d1 was already judged"):
        ledger.settle(replace(COLLATED, files={}))
    assert len(ledger.files("d1")) == 2


def test_a_fault_half_way_through_settling_leaves_the_earlier_outcome_whole(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    ledger.settle(COLLATED)
    with pytest.raises(IntegrityError):
        ledger.settle(replace(COLLATED, code_version="0.2.0", findings=(), files={"short": "abc"}))
    found = ledger.drop("d1")
    assert found is not None
    assert found.code_version == "0.1.0"
    assert len(ledger.findings("d1")) == 3


def test_eight_callers_settling_one_drop_at_once_store_it_once(ledger: Ledger, clock: TickingClock) -> None:
    ledger.arrive(JULY)
    at_once([lambda: ledger.settle(COLLATED)] * 8)
    assert clock.asked == 2
    assert len(ledger.findings("d1")) == 3


# Reading


def test_drops_are_listed_by_force_book_and_state_in_order_of_arrival(ledger: Ledger) -> None:
    for each in (KENT, AUGUST, ACCIDENTS, JULY):
        ledger.arrive(each)
    ledger.settle(COLLATED)
    assert [each.drop_id for each in ledger.drops()] == ["d4", "d2", "d3", "d1"]
    assert [each.drop_id for each in ledger.drops("west_mercia")] == ["d2", "d3", "d1"]
    assert [each.drop_id for each in ledger.drops("west_mercia", "crime")] == ["d2", "d1"]
    assert [each.drop_id for each in ledger.drops(state="arrived")] == ["d4", "d2", "d3"]
    assert ledger.drops("norfolk") == []


# Publishing


def test_a_release_is_published_with_its_inputs_in_order_of_arrival(ledger: Ledger) -> None:
    ledger.arrive(KENT)
    ledger.arrive(JULY)
    stored = ledger.publish(SEPTEMBER, ["d1", "d4"])
    assert stored == replace(SEPTEMBER, published_at=NOON + timedelta(minutes=2))
    assert ledger.release("2018-09-r1") == stored
    assert ledger.inputs("2018-09-r1") == ["d4", "d1"]


def test_publishing_the_same_content_again_changes_nothing(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    first = ledger.publish(SEPTEMBER, ["d1"])
    assert ledger.publish(SEPTEMBER, ["d1"]) == first
    assert ledger.releases() == [first]


def test_a_release_may_state_its_own_moment(ledger: Ledger) -> None:
    assert ledger.publish(replace(SEPTEMBER, published_at=NOON), []).published_at == NOON


@pytest.mark.parametrize("other", [{"content_hash": "2" * 64}, {"release_id": "september"}])
def test_a_published_release_never_changes(ledger: Ledger, other: dict[str, str]) -> None:
    first = ledger.publish(SEPTEMBER, [])
    with pytest.raises(Conflict, match="2018-09-r1 is already published there with other content"):
        ledger.publish(replace(SEPTEMBER, **other), [])
    assert ledger.releases() == [first]


def test_a_release_with_an_input_that_never_arrived_is_not_published(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    with pytest.raises(UnknownDrop, match="Release 2018-09-r1 cannot be published: d8, d9 never arrived"):
        ledger.publish(SEPTEMBER, ["d9", "d1", "d8"])
    assert ledger.releases() == []


def test_releases_are_listed_by_month_and_revision(ledger: Ledger) -> None:
    for month, revision in (("2018-10", 1), ("2018-09", 2), ("2018-09", 1)):
        release_id = f"{month}-r{revision}"
        ledger.publish(replace(SEPTEMBER, release_id=release_id, month=month, revision=revision), [])
    assert [each.release_id for each in ledger.releases()] == ["2018-09-r1", "2018-09-r2", "2018-10-r1"]
    assert ledger.release("2018-11-r1") is None


def test_eight_callers_publishing_one_release_at_once_publish_it_once(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    stored = at_once([lambda: ledger.publish(SEPTEMBER, ["d1"])] * 8)
    assert len(set(stored)) == 1
    assert ledger.inputs("2018-09-r1") == ["d1"]


# The schema and its migrations


def shape(engine: Engine) -> dict[str, object]:
    """Return everything the database says of our tables."""
    seen = inspect(engine)
    return {
        name: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(name)
            ],
            "key": seen.get_pk_constraint(name),
            "references": sorted(
                (str(each["name"]), each["constrained_columns"], each["referred_table"])
                for each in seen.get_foreign_keys(name)
            ),
            "unique": sorted(
                (str(each["name"]), each["column_names"]) for each in seen.get_unique_constraints(name)
            ),
            "checks": {
                (str(each["name"]), " ".join(each["sqltext"].split()))
                for each in seen.get_check_constraints(name)
            },
            "indexes": sorted((str(each["name"]), each["column_names"]) for each in seen.get_indexes(name)),
        }
        for name in seen.get_table_names()
        if name != VERSION_TABLE
    }


def test_the_migrations_end_at_the_tables_as_declared(ledger: Ledger, database: Engine) -> None:
    with database.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []
    migrated = shape(database)
    with database.begin() as connection:
        migrations.downgrade(connection, "base")
        METADATA.create_all(connection)
    assert shape(database) == migrated
    of_drops = {"drop", "drop_finding", "drop_file", "drop_column", "profile", "rule_state", "standing"}
    assert set(migrated) == {*of_drops, "release", "release_input", "release_mark", "answer", "act"}


def test_the_newest_revision_is_the_one_the_ledger_expects() -> None:
    assert migrations.revisions()[-1] == SCHEMA_REVISION


def test_a_ledger_with_drops_goes_down_and_up_again(ledger: Ledger, database: Engine) -> None:
    ledger.arrive(JULY)
    ledger.settle(COLLATED)
    ledger.publish(SEPTEMBER, ["d1"])
    up = shape(database)
    with database.begin() as connection:
        migrations.downgrade(connection, "base")
    assert shape(database) == {}
    with Ledger.open(str(database.url.render_as_string(hide_password=False))) as again:
        assert shape(database) == up
        assert again.drops() == []
        assert again.arrive(JULY) == 1


def test_a_ledger_of_the_first_version_keeps_its_drops_and_comes_to_have_headers(
    ledger: Ledger, database: Engine
) -> None:
    ledger.arrive(JULY)
    ledger.arrive(AUGUST)
    ledger.settle(replace(COLLATED, header=("Ref", "Date")))
    before = ledger.drops()
    with database.begin() as connection:
        migrations.downgrade(connection, "0001")
    assert not {"drop_column", "profile", "rule_state"} & {*shape(database)}
    with Ledger.open(str(database.url.render_as_string(hide_password=False))) as again:
        assert again.drops() == before
        assert again.findings("d1") == ledger.findings("d1")
        assert again.headers() == {}
        again.settle(replace(COLLATED, drop_id="d2", header=("Ref",)))
        # Judged again by the same mapping and code, a drop of then gets the header that was not kept.
        again.settle(replace(COLLATED, header=("Ref", "Date")))
        assert again.headers() == {"d1": ("Ref", "Date"), "d2": ("Ref",)}


def test_headers_keep_their_order_and_are_found_by_force_and_book(ledger: Ledger) -> None:
    for arrival, header in ((JULY, ("b", "a", "é \N{PILE OF POO}")), (ACCIDENTS, ("x",)), (KENT, ("y",))):
        ledger.arrive(arrival)
        ledger.settle(replace(COLLATED, drop_id=arrival.drop_id, header=header))
    assert ledger.headers("west_mercia", "crime") == {"d1": ("b", "a", "é \N{PILE OF POO}")}
    assert set(ledger.headers("west_mercia")) == {"d1", "d3"}
    ledger.settle(replace(COLLATED, code_version="0.2.0", header=("a",)))
    assert ledger.headers("west_mercia", "crime") == {"d1": ("a",)}


def test_another_header_from_the_same_mapping_and_code_is_a_conflict(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    ledger.settle(replace(COLLATED, header=("a", "b")))
    with pytest.raises(Conflict):
        ledger.settle(replace(COLLATED, header=("b", "a")))


def test_counts_are_found_by_how_a_rule_s_name_ends(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    ledger.arrive(KENT)
    found = [
        FindingCount("injury.unexplained", "query", "injury", 3),
        FindingCount("injury.required", "error", "injury", 1),
        FindingCount("scope.unexplained", "error", "scope", 2),
    ]
    for drop_id in ("d1", "d4"):
        ledger.settle(replace(COLLATED, drop_id=drop_id, findings=found))
    assert ledger.counts_of(".unexplained", "kent", "crime") == {"d4": {"injury": 3, "scope": 2}}
    assert set(ledger.counts_of(".unexplained")) == {"d1", "d4"}


def test_opening_again_keeps_what_is_stored(ledger: Ledger, url: str) -> None:
    ledger.arrive(JULY)
    ledger.settle(COLLATED)
    with Ledger.open(url) as again:
        assert again.drops() == ledger.drops()


def test_eight_threads_open_an_empty_ledger_at_once(url: str) -> None:
    ledgers = at_once([lambda: Ledger.open(url)] * 8)
    for each in ledgers:
        assert isinstance(each, Ledger)
        assert each.drops() == []
        each.close()


def test_eight_threads_open_eight_empty_ledgers_at_once(tmp_path: Path) -> None:
    def arrive(url: str) -> int:
        with Ledger.open(url) as own:
            return own.arrive(JULY)

    urls = [f"sqlite:///{tmp_path}/{n}.sqlite" for n in range(8)]
    assert at_once([lambda url=url: arrive(url) for url in urls]) == [1] * 8


@pytest.mark.slow
def test_two_processes_open_an_empty_ledger_at_once(url: str) -> None:
    script = (
        "import sys, time\n"
        "from pipeline.ledger import Arrival, Ledger\n"
        "from pipeline import migrations\n"
        "time.sleep(max(0.0, float(sys.argv[2]) - time.time()))\n"
        "arrival = Arrival(sys.argv[3], 'kent', 'crime', 'kent.csv', 'd' * 64, 1)\n"
        "print(Ledger.open(sys.argv[1]).arrive(arrival))\n"
    )
    start = str(time.time() + 2)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, url, start, drop_id],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for drop_id in ("d1", "d2")
    ]
    numbers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert sorted(numbers) == ["1", "2"]


def test_a_ledger_of_a_later_version_is_left_alone(ledger: Ledger, database: Engine, url: str) -> None:
    with database.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(LedgerUnavailable, match=r"later version of this program \(schema 9999;"):
        Ledger.open(url)


def test_another_program_s_version_table_is_left_alone(url: str, database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('airflow')"))
    Ledger.open(url).close()
    with database.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "airflow"


# SQLite as it is set up


def test_a_sqlite_ledger_waits_logs_ahead_and_holds_its_references(sqlite_path: Path) -> None:
    with (
        Ledger.open(f"sqlite:///{sqlite_path}", timeout=7) as ledger,
        ledger._reading() as connection,
    ):
        asked = ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        assert [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked] == [
            "wal",
            7000,
            1,
            2,
        ]


def test_an_up_to_date_ledger_opens_without_alembic_in_30_milliseconds(sqlite_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pipeline.ledger import Ledger\n"
        "seconds = []\n"
        "for _ in range(5):\n"
        "    start = time.perf_counter()\n"
        "    Ledger.open(sys.argv[1]).close()\n"
        "    seconds.append(time.perf_counter() - start)\n"
        "print('alembic' in sys.modules, min(seconds))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, f"sqlite:///{sqlite_path}"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    imported, seconds = said.stdout.split()
    assert imported == "False"
    assert float(seconds) < 0.03


# Faults


def test_a_locked_ledger_says_so_and_stores_nothing(sqlite_path: Path) -> None:
    other = sqlite3.connect(sqlite_path, isolation_level=None)
    with Ledger.open(f"sqlite:///{sqlite_path}", timeout=0.05) as ledger:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerUnavailable) as fault:
            ledger.arrive(JULY)
        assert fault.value.sentence == (
            f"The ledger {sqlite_path} is in use by another run and stayed locked for 0.05 seconds; nothing "
            "was stored. Let that run end, then run this again."
        )
        other.execute("ROLLBACK")
        assert ledger.arrive(JULY) == 1
    other.close()


def test_a_new_ledger_locked_while_it_is_opened_says_so(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LedgerUnavailable, match="locked for 0.05 seconds"):
        Ledger.open(f"sqlite:///{path}", timeout=0.05)
    other.close()


def test_a_locked_ledger_can_still_be_read(sqlite_path: Path) -> None:
    with Ledger.open(f"sqlite:///{sqlite_path}", timeout=0.05) as ledger:
        ledger.arrive(JULY)
        other = sqlite3.connect(sqlite_path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        assert [each.drop_id for each in ledger.drops()] == ["d1"]
        other.close()


def test_a_writer_waits_for_a_short_lock(ledger: Ledger, database: Engine) -> None:
    ledger.arrive(JULY)
    with database.connect() as connection:
        connection.execute(text('UPDATE "drop" SET size = size'))
        release = threading.Timer(0.2, connection.commit)
        release.start()
        ledger.settle(COLLATED)
        release.join()
    assert len(ledger.drops(state="collated")) == 1


def test_a_locked_postgresql_ledger_says_so(postgresql: str, request: pytest.FixtureRequest) -> None:
    url = postgresql.format("postgres")
    holder = create_engine(url)
    with Ledger.open(url, timeout=0.05) as ledger, holder.connect() as connection:
        ledger.arrive(JULY)
        connection.execute(text('UPDATE "drop" SET size = size'))
        with pytest.raises(LedgerUnavailable, match="locked for 0.05 seconds; nothing was stored"):
            ledger.settle(COLLATED)
    holder.dispose()


def test_a_connection_the_server_dropped_is_made_again(postgresql: str) -> None:
    url = postgresql.format("postgres")
    administrator = create_engine(url)
    with Ledger.open(url) as ledger, administrator.begin() as connection:
        number = ledger.arrive(AUGUST)
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        )
        assert ledger.arrive(AUGUST) == number
    administrator.dispose()


def test_a_read_only_ledger_can_be_read_and_says_why_it_cannot_be_written(sqlite_path: Path) -> None:
    with Ledger.open(f"sqlite:///file:{sqlite_path}?mode=ro&uri=true") as ledger:
        assert ledger.drops() == []
        with pytest.raises(LedgerUnavailable) as fault:
            ledger.arrive(JULY)
    assert fault.value.sentence == (
        f"The ledger {sqlite_path} cannot be written; nothing was stored. Make the file and its folder "
        "writable for this account, or name another ledger with COLLATE_LEDGER_URL, then run this again."
    )


def test_an_empty_read_only_ledger_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.touch()
    with pytest.raises(LedgerUnavailable, match="cannot be written"):
        Ledger.open(f"sqlite:///file:{path}?mode=ro&uri=true")


def test_a_folder_that_is_a_file_cannot_hold_a_ledger(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(LedgerUnavailable) as fault:
        Ledger.open(f"sqlite:///{tmp_path}/home/ledger.sqlite")
    assert fault.value.sentence == (
        f"The ledger {tmp_path}/home/ledger.sqlite cannot be opened or created. Check that its folder exists "
        "and that this account may write there, or name another ledger with COLLATE_LEDGER_URL."
    )


def test_a_file_that_is_no_ledger_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"Crime Ref,Date Committed\n" * 100)
    with pytest.raises(LedgerUnavailable, match="is damaged, or is not a ledger at all"):
        Ledger.open(f"sqlite:///{path}")
    assert path.read_bytes() == b"Crime Ref,Date Committed\n" * 100


def test_a_full_disk_says_so_and_keeps_what_was_stored(sqlite_path: Path) -> None:
    with Ledger.open(f"sqlite:///{sqlite_path}") as ledger:
        ledger.arrive(JULY)
        with ledger._reading() as connection:  # The pool gives the same connection again.
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        names = {f"accepted/{'long' * 50}/{n}.parquet": "e" * 64 for n in range(200)}
        with pytest.raises(LedgerUnavailable, match="has no room left on its disk; nothing was stored"):
            ledger.settle(replace(COLLATED, files=names))
        found = ledger.drop("d1")
        assert found is not None
        assert found.state == "arrived"


@pytest.mark.skipif(importlib.util.find_spec("psycopg") is None, reason="psycopg is not installed")
@pytest.mark.parametrize(
    "secret", ["collate:hunter2@127.0.0.1:1/collation", "127.0.0.1:1/collation?password=hunter2"]
)
def test_an_unreachable_server_is_named_without_its_password(secret: str) -> None:
    with pytest.raises(LedgerUnavailable) as fault:
        Ledger.open(f"postgresql+psycopg://{secret}", timeout=2)
    assert fault.value.sentence == (
        "The ledger in database collation at 127.0.0.1 cannot be reached; nothing was stored. Check that the "
        "database server is running and that COLLATE_LEDGER_URL gives the right address, name and password, "
        "then run this again."
    )


@pytest.mark.parametrize("url", ["hunter2", "nosuch://collate:hunter2@host/ledger", "sqlite://[hunter2"])
def test_an_address_that_is_none_says_how_to_write_one(url: str) -> None:
    with pytest.raises(LedgerUnavailable, match="Give COLLATE_LEDGER_URL as") as fault:
        Ledger.open(url)
    assert "hunter2" not in fault.value.sentence
    assert fault.value.__cause__ is None


def test_a_missing_driver_is_named() -> None:
    with pytest.raises(LedgerUnavailable, match="needs the Python package oracledb, which is not installed"):
        Ledger.open("oracle+oracledb://collate:hunter2@host/ledger")


def test_a_moment_without_a_time_zone_is_not_taken(url: str) -> None:
    with (
        Ledger.open(url, now=lambda: datetime(2018, 7, 1)) as ledger,
        pytest.raises(Exception, match="moments with a time zone only"),
    ):
        ledger.arrive(JULY)


# Acts, standing and answers


def test_every_act_is_bound_to_the_one_before_it_and_none_can_be_changed(
    ledger: Ledger, database: Engine
) -> None:
    ledger.arrive(JULY)
    ledger.arrive(JULY)
    ledger.settle(COLLATED)
    ledger.settle(COLLATED)
    ledger.publish(SEPTEMBER, ["d1"])
    ledger.record(Act(did="looked", subject="d1", who="Ann Other", said={"why": "é", "rows": 3}))
    acts = ledger.acts()
    assert [(act.sequence, act.did, act.subject) for act in acts] == [
        (1, "received", "d1"),
        (2, "judged", "d1"),
        (3, "published", "2018-09-r1"),
        (4, "looked", "d1"),
    ]
    assert broken_link(acts) is None
    assert acts[3].who == "Ann Other"
    assert acts[0].who
    assert [act.did for act in ledger.acts(force_id="west_mercia")] == ["received", "judged"]
    for forged in ({"who": "Somebody"}, {"said": {}}, {"at": NOON}, {"sequence": 9}):
        assert broken_link([*acts[:2], replace(acts[2], **forged), acts[3]]) == 3
    assert broken_link([acts[0], *acts[2:]]) == 2
    for deed in ("UPDATE act SET who = 'Somebody'", "DELETE FROM act"):
        with pytest.raises(DBAPIError, match="never changed"), database.begin() as connection:
            connection.execute(text(deed))
    assert ledger.acts() == acts


def test_threads_that_act_at_once_make_one_chain(ledger: Ledger) -> None:
    at_once([lambda n=n: ledger.record(Act(did="looked", subject=str(n))) for n in range(12)])
    acts = ledger.acts()
    assert broken_link(acts) is None
    assert {act.subject for act in acts} == {str(n) for n in range(12)}


def test_a_drop_stands_until_somebody_or_the_fold_says_otherwise(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    assert ledger.drops()[0].standing == "stands"
    ledger.stand({"d1": ("stands", "")})
    assert [act.did for act in ledger.acts()] == ["received"]
    ledger.stand({"d1": ("waits", "It holds 4 of 100 records.")})
    ledger.stand({"d1": ("waits", "It holds 4 of 100 records.")})
    assert (found := ledger.drop("d1"))
    assert (found.standing, found.because, found.ruling) == ("waits", "It holds 4 of 100 records.", None)
    ledger.rule_on("d1", "approved", Act(did="approved", subject="d1"))
    ledger.stand({"d1": ("stands", "")})
    assert (found := ledger.drop("d1"))
    assert (found.standing, found.because, found.ruling) == ("stands", "", "approved")
    assert [act.did for act in ledger.acts()] == ["received", "stood", "approved", "stood"]
    with pytest.raises(UnknownDrop):
        ledger.rule_on("d9", "reverted", Act(did="reverted", subject="d9"))
    assert len(ledger.acts()) == 4


def test_an_answer_is_kept_once_with_who_gave_it(ledger: Ledger) -> None:
    ledger.arrive(JULY)
    given = Answer(
        "west_mercia", "crime", "d1", "recorded_on.late", "New system.", until=date(2019, 3, 31), who="Ann"
    )
    stored = ledger.answer(given)
    assert ledger.answer(replace(given, who="Bob")) == stored
    assert ledger.answers("west_mercia", "crime") == [stored]
    assert ledger.answers("kent") == []
    assert [act.did for act in ledger.acts()] == ["received", "answered"]
    with pytest.raises(UnknownDrop):
        ledger.answer(replace(given, drop_id="d9"))


def test_a_release_keeps_its_mark_and_who_signed_it(ledger: Ledger) -> None:
    signed = replace(SEPTEMBER, mark="final", signed_by="Ann Other", signed_at=NOON)
    assert ledger.publish(signed, []).mark == "final"
    assert ledger.publish(replace(SEPTEMBER, mark="provisional"), []).signed_by == "Ann Other"
    assert ledger.releases() == [ledger.release("2018-09-r1")]
    assert (found := ledger.release("2018-09-r1"))
    assert (found.mark, found.signed_by, found.signed_at) == ("final", "Ann Other", NOON)
