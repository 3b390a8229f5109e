"""The gate: Great Expectations looks at what our masks let through, before it is kept or published.

The suites are generated from the same declarations as the masks, so on accepted records an expectation of a rule
that holds rows never fails: if one does, one of the two is wrong, and nothing is stored until somebody has looked.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.data_docs import Page, Verdict, build_docs, drop_page, release_pages, write_page
from pipeline.home import Home
from schemas.assault import ASSAULT
from schemas.national import TABLES
from schemas.table import Severity, Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from great_expectations import Checkpoint, ExpectationSuite
    from great_expectations.expectations.expectation import Expectation

__all__ = ["GateFailed", "GateResult", "build_docs", "gate_records", "gate_release"]

# How many records of a drop Great Expectations looks at; the masks have looked at all of them.
LIMIT = 20_000

# National tables are small and are read as a whole, within reason.
RELEASE_LIMIT = 200_000

# A large file is sampled from so many of its row groups, so that the cost does not grow with the file.
ROW_GROUPS = 8

# No value of a record may come back: first only whether a rule holds, then how often it does not.
YES_OR_NO = {"result_format": "BOOLEAN_ONLY", "include_unexpected_rows": False, "partial_unexpected_count": 0}
COUNTED = {"result_format": "BASIC", "include_unexpected_rows": False, "partial_unexpected_count": 0}

# The one expectation whose answer is about columns, not values, and so may be told.
TYPES = "expect_column_types_to_be_declared"


# What the frames looked at are called in the context.
SOURCE = "at rest"

OURS = "Nothing was stored or published; this is a fault of the system, not of a file."


class GateFailed(Exception):
    """Great Expectations and our masks disagree: a fault of the system, never of the force that sent the file."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class GateResult:
    """What the gate found: whether it opens, how many of how many rows it looked at, and the rules not kept.

    `failed` holds rule, severity and count; a query may be broken by records that are rightly accepted.
    """

    passed: bool
    covered: int
    rows: int
    failed: tuple[tuple[str, str, int], ...]
    seconds: float
    docs: Path


def load() -> None:
    """Load Great Expectations and what drops are looked at with, which takes seconds."""
    checkpoint_for(ASSAULT)


def gate_records(
    accepted: Path,
    home: Home,
    force_id: str,
    book: str,
    drop_id: str,
    as_of: date,
    *,
    limit: int = LIMIT,
    waived: Collection[str] = (),
) -> GateResult:
    """Return what Great Expectations says of a drop's accepted records, and write its page of the Data Docs.

    `waived` are the rules that a re-grade of the force keeps from holding rows. Raises GateFailed where a rule that
    holds rows is broken by a record that was accepted.
    """
    began = time.perf_counter()
    records, rows = take_evenly(accepted, limit)
    verdicts = [
        replace(each, severity=Severity.QUERY.value) if each.rule in waived else each
        for each in validate(records, ASSAULT, as_of)
    ]
    page = Page(
        title=f"{force_id}: {book}, drop {drop_id}",
        subject="accepted records",
        judged_on=as_of,
        covered=records.num_rows,
        rows=rows,
        verdicts=verdicts,
    )
    docs = write_page(home, drop_page(as_of, force_id, book, drop_id), page)
    refuse_broken(
        verdicts,
        f"{force_id}, {book}, drop {drop_id}",
        "accepted records",
        "Our masks and Great Expectations disagree.",
    )
    return result_of(verdicts, records.num_rows, rows, began, docs)


def gate_release(tables: Mapping[str, Path], home: Home, release_id: str) -> GateResult:
    """Return what Great Expectations says of a release's national tables, and write their pages of the Data Docs.

    Every declared table must be there. Raises GateFailed naming the table and the rule where a key is not unique, a
    figure and its status contradict each other, a code is unknown, or a share or count is out of bounds.
    """
    began = time.perf_counter()
    missing = [table.name for table in TABLES if table.name not in tables]
    if missing:
        raise GateFailed(f"Release {release_id} lacks the tables {', '.join(missing)}; it is not published.")
    every: list[Verdict] = []
    covered = rows = 0
    folder = release_pages(release_id)
    for table in TABLES:
        found, of = take_evenly(tables[table.name], RELEASE_LIMIT)
        verdicts = validate(found, table)
        page = Page(
            title=f"Release {release_id}: {table.name}",
            subject="rows of the table",
            judged_on=None,
            covered=found.num_rows,
            rows=of,
            verdicts=verdicts,
        )
        write_page(home, folder / table.name, page)
        every.extend(verdict.within(table.name) for verdict in verdicts)
        covered, rows = covered + found.num_rows, rows + of
    refuse_broken(every, f"Release {release_id}", "its tables", "They contradict their own declarations.")
    return result_of(every, covered, rows, began, home.root / folder)


def take_evenly(path: Path, limit: int) -> tuple[pa.Table, int]:
    """Return at most `limit` rows of a Parquet file, spread evenly over it, and how many rows it holds.

    The same file gives the same rows. A file of many row groups is sampled from a few, first and last among them.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        rows = file.metadata.num_rows
        if rows <= limit:
            return file.read(), rows
        groups = file.num_row_groups
        chosen = sorted({index * (groups - 1) // max(1, ROW_GROUPS - 1) for index in range(ROW_GROUPS)})
        sizes = [file.metadata.row_group(group).num_rows for group in chosen]
        taken = []
        for group, size in zip(chosen, sizes, strict=True):
            share = max(1, limit * size // sum(sizes))
            places = [place * size // share for place in range(min(share, size))]
            taken.append(file.read_row_group(group).take(places))
        return pa.concat_tables(taken).slice(0, limit), rows


def validate(records: pa.Table, table: Table, as_of: date | None = None) -> list[Verdict]:
    """Return what each expectation of a table's suite says of its rows, in the order of the suite.

    The checkpoint of the table is run: it asks only whether each rule holds, which is quick; a second look counts
    where one does not.
    """
    from expectations.suites import AS_OF, frame_of, suite_of

    suite = suite_for(table)
    frame = frame_of(records)
    parameters = {AS_OF: as_of} if as_of else {}
    broken = {
        found.expectation_config.meta["part"]
        for found in run_checkpoint(table, frame, parameters)
        if not found.success
    }
    counts: dict[int, int | None] = dict.fromkeys(range(len(suite.expectations)), 0)
    details: dict[int, str] = {}
    if broken:
        again = [each for each in suite.expectations if (each.meta or {})["part"] in broken]
        looked = suite_of(suite.name, again)
        batch = whole_frame(context()).get_batch({"dataframe": frame})
        second = batch.validate(looked, result_format=COUNTED, expectation_parameters=parameters)
        for found in second.results:
            part = (again[found.expectation_config.meta["part"]].meta or {})["part"]
            counts[part] = None if unjudged(found) else int(found.result.get("unexpected_count", 1))
            if found.expectation_config.type == TYPES:
                details[part] = str(found.result.get("observed_value", ""))
    return [
        verdict_of(each, counts[part], details.get(part, "")) for part, each in enumerate(suite.expectations)
    ]


@lru_cache
def suite_for(table: Table) -> ExpectationSuite:
    """Return the suite of a table at rest, built once a process."""
    from expectations.suites import national_suite, record_suite

    return record_suite(table) if table is ASSAULT else national_suite(table)


@lru_cache
def checkpoint_for(table: Table) -> Checkpoint:
    """Return the checkpoint of a table: the validation definition of its suite on whatever frame it is given."""
    import great_expectations as gx

    here = context()
    name = f"{table.name} at rest"
    # The context marks as its own what it is given.
    own = [each.copy() for each in suite_for(table).expectations]
    suite = here.suites.add(gx.ExpectationSuite(name=name, expectations=own))
    definition = gx.ValidationDefinition(name=name, data=whole_frame(here), suite=suite)
    made: Checkpoint = here.checkpoints.add(
        gx.Checkpoint(
            name=name,
            validation_definitions=[here.validation_definitions.add(definition)],
            result_format=YES_OR_NO,
        )
    )
    return made


def run_checkpoint(table: Table, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> Sequence[Any]:
    """Return what the checkpoint of a table says of a frame, expectation by expectation; nothing of it is kept."""
    ran = checkpoint_for(table).run(
        batch_parameters={"dataframe": frame}, expectation_parameters=dict(parameters)
    )
    kept: Any = context().validation_results_store
    for key in kept.list_keys():
        kept.remove_key(key)
    return [found for result in ran.run_results.values() for found in result.results]


@lru_cache
def context() -> Any:
    """Return the context of this process, in memory only: it draws nothing and keeps nothing."""
    from expectations.suites import quiet_great_expectations

    quiet_great_expectations()
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars={"globally": False, "metric_calculations": False},  # type: ignore[arg-type]
        analytics_enabled=False,
    )
    made = gx.get_context(mode="ephemeral", project_config=config)
    made.data_sources.add_pandas(SOURCE).add_dataframe_asset("records").add_batch_definition_whole_dataframe(
        "all"
    )
    return made


def whole_frame(here: Any) -> Any:
    """Return what makes a batch of any frame, as a whole."""
    return here.data_sources.get(SOURCE).get_asset("records").get_batch_definition("all")


def unjudged(found: Any) -> bool:
    """Return whether an expectation could not be judged at all, which is no pass."""
    told = found.exception_info or {}
    each = [told, *(part for part in told.values() if isinstance(part, dict))]
    return any(part.get("raised_exception") for part in each)


def verdict_of(expectation: Expectation, count: int | None, detail: str) -> Verdict:
    """Return what is kept of a result: the rule, its sentences and a count, no value of any record."""
    said = expectation.meta or {}
    return Verdict(
        rule=said["rule"],
        severity=said["severity"],
        expected=expectation.description or said["sentence"],
        sentence=said["sentence"],
        count=count,
        detail=detail,
    )


def refuse_broken(verdicts: Sequence[Verdict], where: str, what: str, meaning: str) -> None:
    """Raise GateFailed where a rule that holds rows is broken, or a rule could not be judged."""
    unable = [verdict.rule for verdict in verdicts if verdict.count is None]
    if unable:
        raise GateFailed(f"{where}: Great Expectations could not judge {', '.join(unable)}. {OURS}")
    broken = [verdict for verdict in verdicts if verdict.severity == Severity.ERROR and verdict.count]
    if broken:
        counts = "; ".join(
            f"{verdict.rule} by {verdict.count}" + (f" ({verdict.detail})" if verdict.detail else "")
            for verdict in broken
        )
        raise GateFailed(f"{where}: rules that should hold are broken by {what}: {counts}. {meaning} {OURS}")


def result_of(verdicts: Sequence[Verdict], covered: int, rows: int, began: float, docs: Path) -> GateResult:
    """Return the result of a gate that opened."""
    failed = tuple((verdict.rule, verdict.severity, verdict.count) for verdict in verdicts if verdict.count)
    return GateResult(True, covered, rows, failed, time.perf_counter() - began, docs)
