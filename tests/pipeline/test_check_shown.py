"""What a terminal shows of a check: each cause once with its first cells, and one screen whatever is wrong."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pipeline.asked import CLEAN, HELD, code_of
from pipeline.check_shown import Page, place, show_check, some
from tests.office import FORCE, Office, export

# A screen of ordinary height, at its widest; what is worst stands at the top.
SCREEN = 62


def shown(receipt: dict[str, Any], terminal: bool, width: int = 110) -> str:
    """Return what is printed of a receipt."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=width, color_system=None)
    show_check(receipt, console)
    return written.getvalue()


def cause(number: int, severity: str, rows: int) -> dict[str, Any]:
    return {
        "rule": f"field_{number}.unexplained", "field": f"field_{number}", "column": f"Column {number} " * 30,
        "severity": severity, "kind": "value", "rows": rows, "accepted": rows, "of": rows, "description": "all rows " * 200,
        "message": "It holds something we cannot read. " * 50, "mend": "Mend it and send the row again. " * 3,
    }  # fmt: skip


def finding(number: int, row: int, value: str = "x" * 5000) -> dict[str, Any]:
    return {
        "row": row, "victim": 1, "field": f"field_{number}", "column": f"Column {number}", "cell": f"C{row}",
        "rule": f"field_{number}.unexplained", "code": "A001", "severity": "error", "value": value,
        "message": "Row: it is wrong.", "mend": "Mend it.",
    }  # fmt: skip


def everything_wrong() -> dict[str, Any]:
    """Return a receipt that is as long as a receipt gets: a million findings, and names nobody would write."""
    causes = [cause(n, severity, 9000 - n) for severity in ("error", "query", "note") for n in range(200)]
    noticed = [{"sentence": f"Odd thing {n} " * 300} for n in range(300)]
    return {
        "force_id": FORCE, "file": "\x1b[2J" + "long name " * 40 + ".xlsx", "state": "collated", "held": 100_000,
        "summary": "0 of 100,000 rows accepted, 100,000 held back.", "read_as": {"sheet": "S" * 31},
        "unexpected_columns": [f"Unexpected column {n} " * 9 for n in range(16_000)],
        "absent_columns": [f"Absent column {n} " * 9 for n in range(500)],
        "findings_total": 1_000_000, "causes": causes,
        "findings": [
            *({**finding(n, 5), "rule": f"drop.rule_{n}", "row": None} for n in range(40)),
            *(finding(n, row) for n in range(200) for row in range(2, 7)),
        ],
        "noticed": noticed, "regrades": [], "regrades_expired": [],
        "personal_data": [{"sentence": f"Column {n} " * 90, "mend": "Take it out."} for n in range(200)],
        "drift": [{"sentence": f"Renamed {n} " * 90, "mend": "add = it"} for n in range(300)],
        "rules": [
            {"rule": f"r{n}", "state": "could_not_run", "why": f"Why {n % 90} " * 9} for n in range(300)
        ],
    }  # fmt: skip


@pytest.mark.parametrize("terminal", [True, False], ids=["on a terminal", "in a pipe"])
def test_a_million_findings_stay_on_one_screen(terminal: bool) -> None:
    said = shown(everything_wrong(), terminal)
    lines = said.splitlines()
    assert len(lines) <= SCREEN + 20 * terminal
    assert len(said) < 12_000
    assert "Rows would be held" in lines[0]
    assert "\x1b[2J" not in said
    assert "8,999 x column" in said
    assert f"{198 if terminal else 196} more causes with 1,7" in said
    assert "200 causes with 1,780,100 findings: --out DIR writes all." in said
    assert "and 15,994 more" in said


@pytest.mark.slow
def test_only_rows_that_are_accepted_are_said_to_be(office: Office) -> None:
    rows = [
        {"Injury": "Grazed", "Date": "31/02/2018"},
        {"Injury": "Grazed"},
        {"Spat at": "Maybe", "Date": "x"},
    ]
    said = shown(office.receipt(export(*rows)), terminal=False)
    asked = said[said.index("To look at: these rows are accepted") :]
    assert '1 x column "Injury"' in asked and 'row 3 "Grazed"' in asked
    assert 'row 2 "Grazed"' not in asked and "Spat at" not in asked
    assert "1 query to look at" in said.splitlines()[1]


@pytest.mark.slow
def test_a_file_with_queries_is_not_called_clean_and_one_with_personal_data_ends_with_1(
    office: Office,
) -> None:
    assert shown(office.receipt(export({})), terminal=False).startswith("Clean  ")
    asked = office.receipt(export({"Injury": "Grazed"}, {"Injury": "Grazed"}, {}), "crime_2018-08.csv")
    assert shown(asked, terminal=False).startswith(
        f"No row would be held, {asked['queries']} queries to look at"
    )
    assert code_of(asked) == CLEAN
    personal = {"rule": "column.personal", "severity": "error"}
    found = {**asked, "causes": [{**asked["causes"][0], **personal}], "held": 0}
    assert code_of(found) == HELD
    assert shown(found, terminal=False).startswith("No row would be held, but there is personal data")


def test_a_line_in_a_pipe_is_never_broken_and_a_terminal_wraps_it_under_its_indent() -> None:
    for terminal, lines in ((False, 1), (True, 3)):
        written = io.StringIO()
        page = Page(Console(file=written, force_terminal=terminal, width=40, color_system=None))
        page.say(
            "Fill in the date of the assault and send the row again; nothing can be counted without it.", 6
        )
        said = written.getvalue().splitlines()
        assert len(said) == lines
        assert all(line.startswith("      ") for line in said)


def test_a_finding_is_placed_by_its_cell_in_a_sheet_and_by_its_row_in_a_text() -> None:
    assert place(finding(1, 16, "999/99"), True) == 'C16 "999/99"'
    assert place(finding(1, 16, "999/99"), False) == 'row 16 "999/99"'
    assert place({**finding(1, 16), "cell": None, "value": None}, True) == "row 16"
    assert len(place(finding(1, 16), True)) < 60
    assert some(["a", "b", "c"], 2) == "a, b and 1 more"
    assert some(["a", "b"], 2, 2) == "a, b"


@pytest.mark.slow
def test_a_wholly_wrong_mapping_holds_every_row_on_one_screen_with_a_receipt_that_stays_small(
    office: Office, tmp_path: Path, collate: Callable[..., Any]
) -> None:
    rows = 4_000
    wrong = {
        "Ref": "wrong", "Date": "4471", "Time": "Officer", "Code": "Yes", "Role": "22:15", "Injury": "Selby",
        "Spat at": "Slight", "Days lost": "None", "Factors": "C4471", "Collar": "Officer",
    }  # fmt: skip
    file = tmp_path / "crime_2018-07.csv"
    head, line = export(wrong).splitlines()[:2]
    file.write_text("\n".join([head, *(line.replace("wrong", f"wrong {n}") for n in range(rows))]) + "\n")
    ended = collate("check", file, "--force", FORCE, "--out", tmp_path / "out")
    assert ended.code == 1
    assert len(ended.out.splitlines()) <= SCREEN
    assert f"All {rows:,} rows" in ended.out
    text = (tmp_path / "out" / "receipt.json").read_text(encoding="utf-8")
    receipt = json.loads(text)
    assert (receipt["accepted"], receipt["held"]) == (0, rows)
    assert receipt["findings_total"] >= 8 * rows
    assert len(receipt["findings"]) <= 1000 and len(text) < 1_000_000
    with (tmp_path / "out" / "findings.csv").open(encoding="utf-8") as lines:
        assert sum(1 for _ in lines) == receipt["findings_total"] + 1
