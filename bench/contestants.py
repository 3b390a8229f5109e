"""The contestants, each run in a process of its own: `python -m bench.contestants NAME ARGUMENT...`.

A contestant imports what it needs, then runs with the clock on, and prints what it did as one line of JSON.
"""

from __future__ import annotations

import inspect
import json
import os
import resource
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import wraps
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

CORES = 2
SECRET = "a key that protects nobody, for synthetic rows"
FORCES = Path(__file__).parent
FORCE_ID = "bench"

# macOS counts the peak in bytes, Linux in kilobytes.
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


def main() -> None:
    """Run the contestant named on the command line."""
    with suppress(AttributeError):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    name, *arguments = sys.argv[1:]
    print(json.dumps(CONTESTANTS[name](*arguments)))


def write(rows: str, folder: str) -> dict[str, Any]:
    """Write the export if it is not there yet."""
    from bench.export import ensure_export

    began = perf_counter()
    export = ensure_export(int(rows), Path(folder))
    return {"export": str(export), "bytes": export.stat().st_size, "seconds": perf_counter() - began}


def copy(export: str, folder: str) -> dict[str, Any]:
    """Copy the CSV to Parquet with DuckDB and nothing else: the least that reading and writing cost."""
    import duckdb

    began, before = perf_counter(), worked()
    connection = duckdb.connect()
    connection.execute(f"SET threads = {CORES}; SET enable_progress_bar = false")
    count = connection.execute(
        f"COPY (FROM read_csv('{export}', all_varchar = true)) TO '{folder}/copy.parquet' "
        "(FORMAT parquet, COMPRESSION zstd)"
    ).fetchone()
    rows = count[0] if count else 0
    return {"seconds": perf_counter() - began, "cpu_seconds": worked() - before, "peak": peak(), "rows": rows}


def with_pandas(export: str, folder: str) -> dict[str, Any]:
    """Do the work in plain pandas."""
    from bench import with_pandas as script

    began, before = perf_counter(), worked()
    done = script.collate(Path(export), Path(folder), SECRET, date.today())
    return {"seconds": perf_counter() - began, "cpu_seconds": worked() - before, "peak": peak(), **done}


def collate(export: str, folder: str) -> dict[str, Any]:
    """Do the work as `collate receive` does it, in a new home whose inbox holds the export, without the gate."""
    from pipeline import recipe

    recipe.gate_ahead = lambda *_: None  # type: ignore[assignment]
    recipe.gate = lambda *_: None
    return gated(export, folder)


def gated(export: str, folder: str) -> dict[str, Any]:
    """Do the work as `collate receive` does it, in a new home whose inbox holds the export."""
    import_libraries()
    from pipeline import judge, ledger, recipe, store
    from pipeline.engine import Engine
    from pipeline.home import Home

    home = new_home(Path(export), Path(folder))
    clock = Clock()
    clock.watch(store.Store, "archive", "archive the raw file")
    clock.watch(judge, "lay_out", "the pass: read, convert, check, sound records")
    clock.watch(judge, "settle", "settling: sums, repeats, held")
    clock.watch(Engine, "write_csv", "findings")
    clock.watch(recipe, "commit", "hash, sync and place")
    for name in ("open", "arrive", "drop", "drops", "settle"):
        clock.watch(ledger.Ledger, name, "ledger")
    clock.watch(recipe, "gate", "waiting for the gate")
    began, before = perf_counter(), worked()
    receipt = recipe.receive(Home(home))["receipts"][0]
    seconds, cpu_seconds = perf_counter() - began, worked() - before
    if receipt["state"] != "collated":
        raise SystemExit(f"The export was not collated: {receipt['summary']}")
    placed = {kind: [str(path) for path in (home / kind).rglob("*.parquet")] for kind in ("accepted", "held")}
    stages = dict(clock.seconds)
    stages["everything else"] = seconds - sum(stages.values())
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "peak": peak(),
        "stages": stages,
        **{name: receipt[name] for name in ("rows", "accepted", "held", "duplicates")},
        "findings": receipt["findings_by_rule"],
        "accepted_file": placed["accepted"][0],
        "held_file": placed["held"][0],
    }


def import_libraries() -> None:
    """Import what Ibis, DuckDB and pyarrow import of their own accord at the first query."""
    for name in ("ibis.backends.duckdb", "pandas", "pyarrow.dataset", "pyarrow.parquet"):
        import_module(name)


def small(export: str, folder: str) -> dict[str, Any]:
    """Judge a small drop as `collate check` does, once all is imported."""
    import_libraries()
    from pipeline import recipe
    from pipeline.home import Home

    os.environ["COLLATE_FORCES"] = str(FORCES)
    began = perf_counter()
    receipt = recipe.check_file(Path(export), FORCE_ID, Home(Path(folder)), Path(folder), None, date.today())
    return {"seconds": perf_counter() - began, "peak": peak(), "rows": receipt["rows"]}


def digests(file: str, columns: str) -> dict[str, Any]:
    """Return one number for each column of a Parquet file, which two files share if they hold the same records."""
    import duckdb

    named = columns.split(",")
    sums = ", ".join(f'bit_xor(hash(row_number, "{name}"::VARCHAR))::VARCHAR AS "{name}"' for name in named)
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    numbers = connection.execute(
        f"SELECT {sums} FROM read_parquet('{file}', hive_partitioning = false)"
    ).fetchone()
    return dict(zip(named, numbers or (), strict=True))


def new_home(export: Path, folder: Path) -> Path:
    """Return a home with the export in its inbox, and name the bench's force files, key and ledger."""
    home = folder / "home"
    inbox = home / "inbox" / FORCE_ID
    inbox.mkdir(parents=True)
    # A second name for the same bytes: what is measured is the pipeline's own copy into the archive.
    os.link(export, inbox / export.name)
    os.environ |= {
        "COLLATE_FORCES": str(FORCES),
        "COLLATE_PSEUDONYM_KEY": SECRET,
        "COLLATE_SETTLE_SECONDS": "0",
    }
    os.environ.pop("COLLATE_LEDGER_URL", None)
    return home


def worked() -> float:
    """Return the processor time this process has used, in seconds: steadier than the clock on a shared machine."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak() -> int:
    """Return the most memory this process or a child of it has held, in bytes."""
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most * PEAK_UNIT


class Clock:
    """Seconds spent in each stage; time in a stage within another counts for the inner one alone.

    Processor time counts for both.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.cpu_seconds: dict[str, float] = defaultdict(float)
        self._within: list[float] = []

    def watch(
        self,
        owner: object,
        name: str,
        stage: str | Callable[..., str],
        before: Callable[[], object] = lambda: None,
    ) -> None:
        """Have every call of a function or method counted for a stage."""
        original = getattr(owner, name)

        @wraps(original)
        def watched(*given: Any, **named: Any) -> Any:
            before()
            began, used = perf_counter(), worked()
            self._within.append(0.0)
            try:
                return original(*given, **named)
            finally:
                spent = perf_counter() - began
                counted = stage if isinstance(stage, str) else stage(*given, **named)
                self.seconds[counted] += spent - self._within.pop()
                self.cpu_seconds[counted] += worked() - used
                if self._within:
                    self._within[-1] += spent

        setattr(owner, name, staticmethod(watched) if inspect.ismethod(original) else watched)


CONTESTANTS: dict[str, Callable[..., dict[str, Any]]] = {
    "write": write,
    "copy": copy,
    "collate": collate,
    "gated": gated,
    "pandas": with_pandas,
    "small": small,
    "digests": digests,
}

if __name__ == "__main__":
    main()
