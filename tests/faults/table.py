"""The table of faults at the end of a run of the tests: how many were tried, and what was lost or doubled."""

from __future__ import annotations

from collections import Counter
from typing import Any

COLUMNS = ("tried", "struck", "lost", "doubled", "differ")

# Tests give their rows by this name; so they also reach the table from the workers of a parallel run.
PROPERTY = "faults"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table of the faults that tests of this run have tried, if any did."""
    rows: dict[str, Counter[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "call":
                continue
            for name, found in getattr(report, "user_properties", ()):
                for fault, counts in found.items() if name == PROPERTY else ():
                    rows.setdefault(fault, Counter()).update(counts)
    if not rows:
        return
    terminalreporter.section("faults")
    for line in lines(rows):
        terminalreporter.write_line(line)


def lines(rows: dict[str, Counter[str]]) -> list[str]:
    """Return the lines of the table, with a total."""
    total: Counter[str] = Counter()
    for row in rows.values():
        total.update(row)
    width = max(map(len, (*rows, "every fault")))
    head = f"{'fault':<{width}}" + "".join(f"{name:>9}" for name in COLUMNS)
    body = [
        f"{fault:<{width}}" + "".join(f"{row[name]:>9}" for name in COLUMNS)
        for fault, row in (*rows.items(), ("every fault", total))
    ]
    return [head, *body]
