"""Measure the pipeline: `python -m bench` on a large export, `small` on a small drop, `workbook` on a long workbook.

A bare copy by DuckDB, the pipeline and a plain pandas script take turns on the same file, each in a new process.
The bench fails where the pipeline and pandas do not agree on every sum, every rule and every record.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import workbook

HERE = Path(__file__).parent
ROOT = HERE.parent

# Past this many rows pandas takes more memory than many machines have.
MOST_FOR_PANDAS = 3_000_000
SMALL_ROWS = 500
CHECKED_ROWS = 10_000
GIB = 1 << 30

MOST_COPIES, LEAST_PANDAS, MOST_FOR_GATE = 2.5, 3.5, 0.25
CHECK_SECONDS, HELP_SECONDS, WORKBOOK_SECONDS = 1.0, 0.3, 5.0

SUMS = ("rows", "accepted", "held", "duplicates")

# The code beside this file: an installed `collate` may be that of another folder.
COLLATE = [sys.executable, "-c", "from pipeline.cli import main; main()"]

Run = dict[str, Any]


class Disagreement(Exception):
    """Two contestants did not do the same work."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return 0, or 1 where contestants disagree."""
    asked = parser().parse_args(arguments)
    console = Console()
    try:
        measured = MEASURES[asked.what](asked, console)
    except Disagreement as said:
        console.print(f"The contestants disagree. {said}", style="bold red", highlight=False)
        return 1
    except subprocess.CalledProcessError as failed:
        console.print(f"A contestant failed: {' '.join(failed.cmd[3:5])}\n{failed.stderr}", markup=False)
        return 1
    if asked.what == "small":
        show_small(measured, console)
    elif asked.what == "workbook":
        show_workbook(measured, console)
    else:
        asked.results.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        console.print(f"All of it is in {asked.results}", highlight=False, soft_wrap=True)
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the pipeline's speed and memory."
    )
    parser.add_argument("what", nargs="?", choices=tuple(MEASURES), default="large")
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the export (default 2,000,000)")
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of the copy and of the pipeline (default 3)"
    )
    parser.add_argument(
        "--pandas",
        action=argparse.BooleanOptionalAction,
        default=None,
        help=f"run pandas, once (default: up to {MOST_FOR_PANDAS:,} rows)",
    )
    parser.add_argument("--out", type=Path, default=HERE / "out", help="where exports are kept and runs work")
    parser.add_argument("--results", type=Path, default=HERE / "results.json", help="the JSON file to write")
    return parser


def measure_large(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Return the measures of all contestants on one export, run in turns."""
    has_pandas = asked.rows <= MOST_FOR_PANDAS if asked.pandas is None else asked.pandas
    with console.status(f"Writing an export of {asked.rows:,} rows"):
        export = contestant("write", asked.rows, asked.out)
    turns = [
        name
        for turn in range(asked.repeat)
        for name in ("copy", "collate", "gated", *(["pandas"] * (turn == 0 and has_pandas)))
    ]
    runs: dict[str, list[Run]] = {"copy": [], "collate": [], "gated": [], "pandas": []}
    compared: dict[str, Run] = {}
    with tempfile.TemporaryDirectory(prefix="runs-", dir=asked.out) as room:
        for number, name in enumerate(turns, start=1):
            folder = Path(room, f"{number}-{name}")
            folder.mkdir()
            with console.status(f"{name}, run {number} of {len(turns)}"):
                run = contestant(name, export["export"], folder)
            runs[name].append(run)
            require_rows(name, run, asked.rows)
            if name in ("copy", "gated") or name in compared:
                require_same(name, run, compared.get("collate" if name == "gated" else name, run))
                shutil.rmtree(folder)
            else:
                compared[name] = run
        measured = summed_up(asked.rows, export, runs)
        show_large(measured, console)
        if has_pandas:
            with console.status("Comparing every record of the two"):
                require_agreement(compared["collate"], compared["pandas"])
            console.print("pandas agrees on every sum, every rule and every record.")
    return measured


def contestant(name: str, *arguments: object) -> Run:
    """Return what a contestant says of itself, run in a new process.

    This process imports no data library: on Linux a child's peak starts at its parent's.
    """
    command = [sys.executable, "-m", "bench.contestants", name, *(str(each) for each in arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    said: Run = json.loads(done.stdout.splitlines()[-1])
    return said


def environment() -> dict[str, str]:
    """Return the environment of a contestant: ours, less what would change what the pipeline does."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COLLATE_")}


def require_rows(name: str, run: Run, rows: int) -> None:
    if run["rows"] != rows:
        raise Disagreement(f"{name} read {run['rows']:,} rows of {rows:,}.")


def require_same(name: str, run: Run, earlier: Run) -> None:
    """Raise Disagreement where two runs of one contestant differ in any sum."""
    for counted, first, second in differing_sums(earlier, run):
        raise Disagreement(f"Two runs of {name} differ in {counted}: {first:,} and {second:,}.")


def require_agreement(collate: Run, pandas: Run) -> None:
    """Raise Disagreement where the pipeline and pandas differ in a sum, in a rule's count, or in any record."""
    for counted, first, second in differing_sums(collate, pandas):
        raise Disagreement(f"{counted}: collate {first:,}, pandas {second:,}.")
    from schemas.assault import ASSAULT

    # The drop's identity is a hash of the whole file, which pandas does not take.
    fields = [name for name in ASSAULT.names if name != "drop_id"]
    for kind, columns in (("accepted", fields), ("held", [*fields, "rules"])):
        ours, theirs = (
            contestant("digests", run[f"{kind}_file"], ",".join(columns)) for run in (collate, pandas)
        )
        differing = [name for name in columns if ours[name] != theirs[name]]
        if differing:
            raise Disagreement(f"The {kind} records differ in {', '.join(differing)}.")


def differing_sums(one: Run, other: Run) -> list[tuple[str, int, int]]:
    """Return what two runs counted differently, with both counts: the sums, then the findings of each rule."""
    counted = [(name, one[name], other[name]) for name in SUMS if name in one]
    rules = [run.get("findings", {}) for run in (one, other)]
    counted += [
        (f"findings of {rule}", *(found.get(rule, 0) for found in rules))
        for rule in sorted(set().union(*rules))
    ]
    return [each for each in counted if each[1] != each[2]]


def summed_up(rows: int, export: Run, runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """Return the results: ratios of medians, peaks, and every single measure behind them."""
    seconds = {name: median(run["seconds"] for run in done) for name, done in runs.items() if done}
    collate = runs["collate"]
    stages = {
        stage: median(run["stages"].get(stage, 0.0) for run in collate) for stage in collate[0]["stages"]
    }
    return {
        "rows": rows,
        "ratio_to_copy": round(seconds["collate"] / seconds["copy"], 3),
        "ratio_to_pandas": round(seconds["pandas"] / seconds["collate"], 3) if "pandas" in seconds else None,
        "gate_adds": round(seconds["gated"] / seconds["collate"] - 1, 3),
        "peak_rss_bytes": max(run["peak"] for run in (*collate, *runs["gated"])),
        "details": {
            "export_bytes": export["bytes"],
            "seconds": seconds,
            "cpu_seconds": {
                name: median(run["cpu_seconds"] for run in done) for name, done in runs.items() if done
            },
            "runs": {name: [run["seconds"] for run in done] for name, done in runs.items()},
            "peaks": {name: max(run["peak"] for run in done) for name, done in runs.items() if done},
            "stages": stages,
            "sums": {name: collate[0][name] for name in (*SUMS, "findings")},
            "compared_with_pandas": bool(runs["pandas"]),
        },
    }


def show_large(measured: Mapping[str, Any], console: Console) -> None:
    """Print the table of the contestants and where the pipeline's time goes."""
    details = measured["details"]
    seconds, sums = details["seconds"], details["sums"]
    table = Table(
        title=f"{measured['rows']:,} rows, {details['export_bytes'] / 1e6:,.0f} MB", title_justify="left"
    )
    table.add_column("Contestant")
    for name in ("Seconds", "Runs", "CPU", "Rows/s", "/ copy", "/ pandas", "Peak GiB"):
        table.add_column(name, justify="right")
    for name, taken in seconds.items():
        table.add_row(
            name,
            f"{taken:.2f}",
            str(len(details["runs"][name])),
            f"{details['cpu_seconds'][name]:.2f}",
            f"{measured['rows'] / taken:,.0f}",
            f"{taken / seconds['copy']:.2f}",
            f"{taken / seconds['pandas']:.2f}" if "pandas" in seconds else "",
            f"{details['peaks'][name] / GIB:.2f}",
        )
    console.print(table)
    stages = Table(title="Where collate's time goes", title_justify="left")
    stages.add_column("Stage")
    stages.add_column("Seconds", justify="right")
    stages.add_column("Share", justify="right")
    for stage, taken in details["stages"].items():
        stages.add_row(stage, f"{taken:.2f}", f"{taken / seconds['collate']:.0%}")
    console.print(stages)
    console.print(
        f"{sums['accepted']:,} accepted, {sums['held']:,} held, {sums['duplicates']:,} duplicate, "
        f"{sum(sums['findings'].values()):,} findings of {len(sums['findings'])} rules.",
        highlight=False,
    )
    console.print(
        f"{measured['ratio_to_copy']:.2f} times the copy (target: at most {MOST_COPIES}); "
        + (
            f"{measured['ratio_to_pandas']:.2f} times as fast as pandas "
            if measured["ratio_to_pandas"]
            else "pandas not run "
        )
        + f"(target: at least {LEAST_PANDAS}); peak {measured['peak_rss_bytes'] / GIB:.2f} GiB with the gate. "
        "Ratios are of medians and leave the gate out.",
        highlight=False,
    )
    console.print(
        f"The Great Expectations gate adds {measured['gate_adds']:.0%} (target: at most {MOST_FOR_GATE:.0%}), the import "
        "of its library included. It looks at a bounded sample of any file.",
        highlight=False,
    )


def measure_small(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Return how long a small drop takes once all is imported, and how long a person waits for a command."""
    export = contestant("write", SMALL_ROWS, asked.out)["export"]
    long = contestant("write", CHECKED_ROWS, asked.out)["export"]
    book, forces = workbook.ensure_checked(Path(long), asked.out)
    # A home with no history.
    empty = asked.out / "none"
    empty.mkdir(exist_ok=True)
    checks, answers, books = [], [], []
    for _ in range(asked.repeat):
        with tempfile.TemporaryDirectory() as folder:
            checks.append(contestant("small", export, folder))
        began = perf_counter()
        subprocess.run([*COLLATE, "--help"], cwd=ROOT, capture_output=True, check=True)
        answers.append(perf_counter() - began)
        began = perf_counter()
        command = [
            *COLLATE,
            "check",
            str(book),
            "--force",
            "bench",
            "--json",
            "--home",
            str(empty),
        ]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**environment(), "COLLATE_FORCES": str(forces)},
            capture_output=True,
            text=True,
        )
        books.append(perf_counter() - began)
        # Some rows are wrong, so the check ends with 1; another code is a failure.
        if done.returncode != 1:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        require_rows("collate check of a workbook", json.loads(done.stdout), CHECKED_ROWS)
    for check in checks:
        require_rows("collate check", check, SMALL_ROWS)
    return {
        "check_seconds": median(check["seconds"] for check in checks),
        "help_seconds": median(answers),
        "workbook_seconds": median(books),
    }


def measure_workbook(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Return how long a long workbook takes to read, beside python-calamine alone; both with their start."""
    with console.status(f"Writing a workbook of {workbook.ROWS:,} rows"):
        path = workbook.ensure_workbook(workbook.ROWS, asked.out)
    with console.status("Reading it, in turns"):
        try:
            runs = workbook.measure(path, workbook.ROWS, max(asked.repeat, workbook.LEAST_RUNS))
        except ValueError as said:
            raise Disagreement(str(said)) from None
    least = {name: min(seconds) for name, seconds in runs.items()}
    return {"seconds": least, "runs": runs, "ratio": least["collate"] / least["calamine"]}


def show_workbook(measured: Mapping[str, Any], console: Console) -> None:
    """Print how long a workbook takes, beside what it may take."""
    seconds = measured["seconds"]
    console.print(
        f"{workbook.ROWS:,} rows of {len(workbook.HEADER)} columns, XLSX: python-calamine alone "
        f"{seconds['calamine']:.2f} s, collate {seconds['collate']:.2f} s, each the fastest of "
        f"{len(measured['runs']['collate'])} processes with their start; {measured['ratio']:.2f} times "
        f"(target: at most {workbook.MOST_RATIO}).",
        highlight=False,
    )


def show_small(measured: Mapping[str, Any], console: Console) -> None:
    """Print how long the small things take, beside what they may take."""
    table = Table(title="What a person waits for", title_justify="left")
    table.add_column("Command")
    table.add_column("Seconds", justify="right")
    table.add_column("Target", justify="right")
    check = f"collate check, {SMALL_ROWS} rows, after imports"
    table.add_row(check, f"{measured['check_seconds']:.2f}", f"under {CHECK_SECONDS:.1f}")
    whole = f"collate check of an XLSX, {CHECKED_ROWS:,} rows x 20 columns, start included"
    table.add_row(whole, f"{measured['workbook_seconds']:.2f}", f"under {WORKBOOK_SECONDS:.1f}")
    table.add_row("collate --help", f"{measured['help_seconds']:.2f}", f"under {HELP_SECONDS:.1f}")
    console.print(table)


MEASURES = {"large": measure_large, "small": measure_small, "workbook": measure_workbook}

if __name__ == "__main__":
    sys.exit(main())
