"""The command line: its words, its exit codes, and what it leaves alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.office import FORCE, OTHER_FORCE, Office, export

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests" / "golden"

CLEAN = export({}, {})
HELD = export(
    {},
    {"Date": "31/02/2018"},
    {"Injury": "Ouch", "Days lost": "3.5"},
    {"Injury": "Ouch"},
    {"Force": "Cleveland"},
    {"Ref": "1001/18", "Collar": "C4471"},
)
REFUSED = export({}).replace("Ref,", "Reff,", 1)

RECEIPT_FIELDS = {
    "force_id", "file", "sha256", "drop_id", "lines", "rows", "records", "accepted", "held", "duplicates",
    "out_of_scope", "unexpected_columns", "findings",
}  # fmt: skip
FINDING_FIELDS = {"row", "field", "rule", "severity", "message"}


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Return how a test writes an export outside any home."""

    def write(content: str, name: str = "crime_2018-07.csv") -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write


def is_as_agreed(said: str, name: str) -> None:
    """Hold what was said against the text in tests/golden, trailing space aside."""
    lines = [line.rstrip() for line in said.strip().splitlines()]
    # How many rules there are changes with every rule.
    lines = [re.sub(r"^\d+ rules asked\..*", "N rules asked.", line) for line in lines]
    agreed = (GOLDEN / name).read_text(encoding="utf-8").strip().splitlines()
    assert lines == [line.rstrip() for line in agreed]


def test_help_answers_at_once() -> None:
    took = []
    for _ in range(3):
        began = time.perf_counter()
        said = subprocess.run(
            [sys.executable, "-c", "from pipeline.cli import main; main()", "--help"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        took.append(time.perf_counter() - began)
    print(f"collate --help: {min(took):.2f} s")
    assert all(command in said.stdout for command in ("read", "check", "receive", "release", "run", "status"))
    # 0.3 s on a machine at rest; a busy one is forgiven
    assert min(took) < 1.0


def test_the_command_line_loads_no_data_library_until_a_command_needs_it() -> None:
    said = subprocess.run(
        [
            sys.executable, "-c",
            "import sys, pipeline.cli; heavy = {'pandas', 'pyarrow', 'duckdb', 'ibis', 'sqlalchemy', "
            "'great_expectations', 'numpy', 'alembic', 'airflow', 'scipy'}; print(*sorted(heavy & set(sys.modules)))",
        ],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.split() == []


@pytest.mark.slow
def test_checking_a_clean_file_ends_with_0(office: Office, collate: Callable[..., Any], written: Any) -> None:
    ended = collate("check", written(CLEAN), "--force", FORCE)
    assert (ended.code, ended.err) == (0, "")
    is_as_agreed(ended.out, "check_clean.txt")


@pytest.mark.slow
def test_checking_a_file_with_rows_to_hold_ends_with_1(
    office: Office, collate: Callable[..., Any], written: Any
) -> None:
    ended = collate("check", written(HELD), "--force", FORCE)
    assert (ended.code, ended.err) == (1, "")
    is_as_agreed(ended.out, "check_held.txt")


def test_checking_a_file_that_cannot_be_used_ends_with_2(
    office: Office, collate: Callable[..., Any], written: Any
) -> None:
    ended = collate("check", written(REFUSED), "--force", FORCE)
    assert (ended.code, ended.err) == (2, "")
    is_as_agreed(ended.out, "check_refused.txt")


@pytest.mark.slow
def test_queries_alone_leave_a_file_clean(office: Office, collate: Callable[..., Any], written: Any) -> None:
    ended = collate("check", written(export({"Injury": "Ouch"})), "--force", FORCE)
    assert ended.code == 0
    assert "Ouch" in ended.out


def test_a_line_that_could_not_be_read_ends_the_check_with_1(
    office: Office, collate: Callable[..., Any], written: Any
) -> None:
    ended = collate("check", written(CLEAN + "only,three,values\n"), "--force", FORCE)
    assert ended.code == 1
    assert "4" in ended.out


@pytest.mark.parametrize(
    ("content", "code"), [(CLEAN, 0), (HELD, 1), (REFUSED, 2)], ids=["clean", "held", "refused"]
)
def test_a_check_for_machines_is_the_receipt_in_json(
    office: Office, collate: Callable[..., Any], written: Any, content: str, code: int
) -> None:
    ended = collate("check", written(content), "--force", FORCE, "--json")
    receipt = json.loads(ended.out)
    assert ended.code == code
    assert set(receipt) >= RECEIPT_FIELDS
    assert all(set(finding) >= FINDING_FIELDS for finding in receipt["findings"])
    assert receipt["file"] == "crime_2018-07.csv"


MONTH_FIRST = export(
    *({"Date": f"{day}/07/2018", "Ref": f"{1000 + day}/18"} for day in range(13, 20)), {"Date": "07/21/2018"}
)


@pytest.mark.slow
def test_a_check_says_what_was_odd_about_the_file_and_the_receipt_lists_it(
    office: Office, collate: Callable[..., Any], written: Any
) -> None:
    ended = collate("check", written(MONTH_FIRST), "--force", FORCE)
    said = ended.out.split("About the file: this holds no row back\n")[1].splitlines()[0].strip()
    assert said.startswith(
        'Column "Date" holds dates in both orders: 7 can only be day first, 1 only month first'
    )
    (noticed,) = json.loads(collate("check", written(MONTH_FIRST), "--force", FORCE, "--json").out)["noticed"]
    assert noticed == {"kind": "both_orders", "sentence": said, "column": "Date", "rows": [9], "count": 1}


@pytest.mark.slow
def test_what_was_odd_about_a_file_goes_to_its_force_only(
    office: Office, collate: Callable[..., Any]
) -> None:
    office.drop(MONTH_FIRST)
    ended = collate("receive", "--json")
    (receipt,) = (office.home.root / "returns").rglob("receipt.json")
    assert [each["kind"] for each in json.loads(receipt.read_text(encoding="utf-8"))["noticed"]] == [
        "both_orders"
    ]
    assert "both_orders" not in ended.out
    assert all("noticed" not in counts for counts in json.loads(ended.out)["receipts"])


def ran_in(receipt: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rules of a receipt that ran, which are taken out of it."""
    return [each for each in receipt.pop("rules") if each["state"] == "ran"]


@pytest.mark.slow
def test_a_check_says_what_receiving_says(office: Office, collate: Callable[..., Any]) -> None:
    path = office.drop(HELD)
    checked = json.loads(collate("check", path, "--force", FORCE, "--json").out)
    (received,) = office.receive()
    # What came before a file is known where it is received only.
    assert received.pop("drift") == []
    # Of a file that is only checked no page is written.
    assert received.pop("data_docs").endswith(".html")
    # Why a rule that looks at other drops was not asked differs where a home has no ledger yet; what ran does not.
    assert ran_in(checked) == ran_in(received)
    assert checked == json.loads(json.dumps(received, default=str))


@pytest.mark.slow
def test_a_check_stores_nothing(
    office: Office, collate: Callable[..., Any], written: Any, tmp_path: Path
) -> None:
    before = sorted(office.home.root.rglob("*"))
    collate("check", written(HELD), "--force", FORCE)
    assert sorted(office.home.root.rglob("*")) == before
    collate("check", written(HELD), "--force", FORCE, "--home", tmp_path / "no home yet")
    assert not (tmp_path / "no home yet").exists()


@pytest.mark.slow
def test_a_check_needs_no_key(
    office: Office, collate: Callable[..., Any], written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLLATE_PSEUDONYM_KEY")
    assert collate("check", written(CLEAN), "--force", FORCE).code == 0


@pytest.mark.slow
def test_a_check_writes_the_receipt_and_every_finding_where_it_is_told(
    office: Office, collate: Callable[..., Any], written: Any, tmp_path: Path
) -> None:
    ended = collate("check", written(HELD), "--force", FORCE, "--out", tmp_path / "deep" / "out")
    receipt = json.loads((tmp_path / "deep" / "out" / "receipt.json").read_text(encoding="utf-8"))
    findings = (tmp_path / "deep" / "out" / "findings.csv").read_text(encoding="utf-8").splitlines()
    assert len(findings) - 1 == receipt["findings_total"]
    assert str(tmp_path / "deep" / "out") in ended.out


@pytest.mark.slow
def test_a_book_may_be_named_for_a_file_of_any_name(
    office: Office, collate: Callable[..., Any], written: Any
) -> None:
    path = written(CLEAN, "untitled.csv")
    assert collate("check", path, "--force", FORCE).code == 2
    assert collate("check", path, "--force", FORCE, "--book", "crime").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "nowhere.csv", "--force", FORCE], "There is no file nowhere.csv."),
        (["release", "--month", "2018-13"], '"2018-13" is not a month.'),
        (["release", "--month", "July"], '"July" is not a month.'),
        (["run", "--month", "2018-7"], '"2018-7" is not a month.'),
    ],
    ids=" ".join,
)
def test_a_question_that_makes_no_sense_ends_with_2_and_a_sentence(
    office: Office, collate: Callable[..., Any], words: list[str], said: str
) -> None:
    ended = collate(*words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(said)


def test_a_book_we_do_not_know_ends_with_2_and_names_the_books(
    office: Office, collate: Callable[..., Any], written: Any
) -> None:
    ended = collate("check", written(CLEAN), "--force", FORCE, "--book", "crimes")
    assert ended.code == 2
    assert ended.err == '"crimes" is not a book. The books are crime, health_safety, use_of_force.\n'


def test_a_book_the_force_does_not_send_ends_with_2(
    office: Office, collate: Callable[..., Any], written: Any
) -> None:
    ended = collate("check", written(CLEAN), "--force", FORCE, "--book", "use_of_force")
    assert ended.code == 2
    assert "use_of_force" in ended.out or "use of force" in ended.out


def test_a_force_we_do_not_know_ends_with_2_and_the_nearest_one(
    office: Office, collate: Callable[..., Any], written: Any
) -> None:
    ended = collate("check", written(CLEAN), "--force", "north_yorksire")
    assert ended.code == 2
    assert 'Did you mean "north_yorkshire"?' in ended.out


def test_a_folder_in_place_of_a_file_ends_with_2(
    office: Office, collate: Callable[..., Any], tmp_path: Path
) -> None:
    ended = collate("check", tmp_path, "--force", FORCE)
    assert ended.code == 2
    assert "Traceback" not in ended.err


def test_no_secret_set_is_said_and_nothing_is_judged_without_it(
    office: Office, collate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.drop(CLEAN)
    monkeypatch.delenv("COLLATE_PSEUDONYM_KEY")
    ended = collate("receive")
    assert ended.code == 3
    assert "COLLATE_PSEUDONYM_KEY" in ended.err
    assert office.records() == []


def test_a_secret_too_short_to_protect_anybody_is_not_used(
    office: Office, collate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.drop(CLEAN)
    monkeypatch.setenv("COLLATE_PSEUDONYM_KEY", "short")
    ended = collate("receive")
    assert ended.code == 3
    assert "too short" in ended.err
    assert "short\n" not in ended.err.replace("too short", "")


def test_a_mistake_in_a_forces_file_ends_with_3_and_names_file_and_key(
    office: Office, collate: Callable[..., Any]
) -> None:
    path = office.forces / f"{FORCE}.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("spat_at", "spatt_at", 1), encoding="utf-8")
    office.drop(CLEAN)
    ended = collate("receive")
    assert ended.code == 3
    assert f"{FORCE}.toml" in ended.err
    assert "spatt_at" in ended.err
    assert "spat_at" in ended.err.replace("spatt_at", "")


@pytest.mark.slow
def test_receiving_tells_each_drop_and_ends_with_the_worst(
    office: Office, collate: Callable[..., Any]
) -> None:
    office.drop(CLEAN)
    office.drop(export({}, {"Date": "31/02/2018"}, force="Cleveland"), force=OTHER_FORCE)
    ended = collate("receive")
    assert ended.code == 1
    assert "2 new drops" in ended.out
    assert "north_yorkshire" in ended.out
    assert "cleveland" in ended.out


def test_receiving_nothing_new_says_so(office: Office, collate: Callable[..., Any]) -> None:
    office.receipt(CLEAN)
    ended = collate("receive")
    assert ended.code == 0
    assert "Nothing new in the inbox" in ended.out


@pytest.mark.slow
def test_receiving_for_machines_gives_counts_and_no_finding(
    office: Office, collate: Callable[..., Any]
) -> None:
    office.drop(export({"Injury": "Ouch", "Collar": "C4471"}))
    ended = collate("receive", "--json")
    received = json.loads(ended.out)
    assert [(each["force_id"], each["accepted"]) for each in received["receipts"]] == [(FORCE, 1)]
    assert "Ouch" not in ended.out
    assert "findings" not in received["receipts"][0]


def test_a_month_that_nothing_covers_is_not_published(office: Office, collate: Callable[..., Any]) -> None:
    office.receipt(CLEAN)
    ended = collate("release", "--month", "2001-01")
    assert ended.code in (2, 3)
    assert "No drop covers January 2001" in ended.err
    assert not (office.home.releases / "latest").exists()


@pytest.mark.slow
def test_running_a_month_receives_and_publishes_and_says_where(
    office: Office, collate: Callable[..., Any]
) -> None:
    office.drop(CLEAN)
    ended = collate("run", "--month", "2018-07")
    assert ended.code == 0
    assert str(office.home.releases / "2018-07-r1") in ended.out
    again = collate("run", "--month", "2018-07")
    assert again.code == 0
    assert "Nothing has changed since release 2018-07-r1" in again.out
    said = json.loads(collate("release", "--month", "2018-07", "--json").out)
    assert (said["release_id"], said["changed"]) == ("2018-07-r1", False)


def test_status_of_an_empty_home_says_there_is_no_release(
    office: Office, collate: Callable[..., Any]
) -> None:
    ended = collate("status")
    assert ended.code == 0
    assert "No release yet" in ended.out


@pytest.mark.slow
def test_status_says_what_was_accepted_held_and_refused(office: Office, collate: Callable[..., Any]) -> None:
    office.drop(HELD)
    office.drop(b"", name="crime_2018-08.csv")
    office.receive()
    said = json.loads(collate("status", "--json").out)
    (line,) = said["forces"]
    assert (line["force_id"], line["drops"], line["refused"]) == (FORCE, 2, 1)
    assert (line["book"], line["system"]) == ("crime", "niche")
    assert (line["rows"], line["accepted"], line["held"]) == (6, 3, 2)
    assert [each["file"] for each in said["refused"]] == ["crime_2018-08.csv"]
    shown = collate("status").out
    assert "crime_2018-08.csv" in shown
    assert "2018-07" in shown


def test_a_file_left_in_no_forces_folder_is_mentioned(office: Office, collate: Callable[..., Any]) -> None:
    (office.home.inbox / "crime_2018-07.csv").write_text(CLEAN, encoding="utf-8")
    ended = collate("receive")
    assert "crime_2018-07.csv" in ended.out + ended.err


def test_no_argument_shows_the_help(collate: Callable[..., Any]) -> None:
    ended = collate()
    assert "check" in ended.out + ended.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "code"),
    [(CLEAN, 0), (HELD, 1), (REFUSED, 2), ("", 2), ("\x00\x01" * 99, 2)],
    ids=["clean", "held", "refused", "empty", "bytes"],
)
def test_a_person_never_sees_a_traceback(office: Office, written: Any, content: str, code: int) -> None:
    said = subprocess.run(
        [
            sys.executable, "-c", "from pipeline.cli import main; main()",
            "check", str(written(content)), "--force", FORCE,
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == code
    assert (said.stderr, "Traceback" in said.stdout) == ("", False)
