"""What must stay true as the code grows: one section an invariant, each test fails when its invariant breaks."""

from __future__ import annotations

import csv
import io
import random
import re
import sqlite3
from collections import Counter
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline import judge as judging
from pipeline import recipe, release
from pipeline.cells import pseudonym
from pipeline.engine import open_engine
from pipeline.home import Home
from pipeline.judge import judge
from pipeline.judgement import Judgement
from pipeline.ledger import DropSums, Ledger
from pipeline.read import Refused
from schemas.arrow import arrow_schema
from schemas.assault import ASSAULT
from schemas.drop import DUPLICATE, REFUSED_LINE, REPEATED, rules_of
from schemas.force import Book, load_force
from tests.office import COLUMNS, FORCE, OTHER_FORCE, ROW, Office, export, force_file, found, office

__all__ = ["office"]

AS_OF = date(2026, 1, 1)
KEY = b"a key that only the tests know"

# Few examples, each a whole file: a file holds as many rows as a hundred examples would.
few = partial(
    settings, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return the crime book of the office's first force."""
    path = tmp_path_factory.mktemp("forces") / f"{FORCE}.toml"
    path.write_text(force_file("North Yorkshire Police", "North Yorkshire"), encoding="utf-8")
    return load_force(path).books["crime"]


def judged(content: str | bytes, book: Book, folder: Path, name: str = "crime_2018-07.csv") -> Judgement:
    """Return the judgement of a file, its files in a folder of their own."""
    place = folder / f"judged {len(list(folder.iterdir()))}"
    place.mkdir(parents=True)
    raw = place / name
    raw.write_bytes(content if isinstance(content, bytes) else content.encode())
    return judge(raw, name, book, "0" * 16, KEY, AS_OF, place)


def rows_of(path: Path | None) -> list[dict[str, Any]]:
    return pq.ParquetFile(path).read().to_pylist() if path else []


def balances(sums: DropSums) -> bool:
    lines = sums.header + sums.blank + sums.notes + sums.parsed_lines + sums.refused
    rows = sums.accepted + sums.held + sums.duplicate + sums.withdrawn + sums.out_of_scope
    return sums.lines == lines and sums.rows == rows


# A messy month: values that are right, wrong, missing, repeated
references = st.integers(2000, 9999).map("{}/18".format) | st.sampled_from(
    ["1001/18", "1002/18", "1003/18", "77777/18", "BAD", "", "N/K", " 1005/18 "]
)
days = st.just("03/07/2018") | st.sampled_from(
    ["04/07/2018", "2018-07-05", "31/02/2018", "05/07/2108", "05/07/18", "", "soon"]
)
words = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=["Cs", "Cc"]), max_size=12
)
messy_row = st.fixed_dictionaries(
    {
        "Ref": references,
        "Date": days,
        "Code": st.just("104/23") | st.sampled_from(["", "N/K"]),
        "Offence": st.sampled_from([ROW["Offence"], ""]),
        "Injury": st.sampled_from(["None", "slight", "Ouch", ""]),
        "Days lost": st.sampled_from(["0", "3.5", "-2", "many", ""]),
        "Factors": st.sampled_from(["", "Alcohol; Drugs", "drugs;alcohol", "Moon"]),
        "Station": words | st.sampled_from(["Selby", 'The "Bell"', "two\nlines", "a,b", "'quoted"]),
        "Force": st.just("North Yorkshire") | st.sampled_from(["north yorkshire ", "Cleveland", ""]),
    }
)
messy_month = st.lists(messy_row, min_size=25, max_size=60)


# 1. Declare, never guess


@pytest.mark.slow
@few(max_examples=2)
@given(sent=st.lists(words.filter(str.strip), min_size=20, max_size=80))
def test_1_a_word_no_list_explains_becomes_missing_and_a_finding(
    sent: list[str], book: Book, tmp_path: Path
) -> None:
    known = {"none", "slight", "serious", "n/k"}
    sent = [word for word in sent if word.strip().lower() not in known]
    judgement = judged(export(*({"Injury": word} for word in sent)), book, tmp_path)
    assert {record["injury"] for record in rows_of(judgement.accepted)} <= {None}
    assert sum(
        count for rule, count in judgement.findings.items() if rule.name == "injury.unexplained"
    ) == len(sent)


def test_1_a_column_nobody_declared_is_reported_and_not_read(book: Book, tmp_path: Path) -> None:
    content = export({}).replace("MO\n", "MO,Mood\n", 1).replace(",\n", ",,cheerful\n")
    judgement = judged(content, book, tmp_path)
    assert judgement.unexpected_columns == ("Mood",)
    assert "cheerful" not in str(rows_of(judgement.accepted))


# 2. One declaration, everything derived


@pytest.mark.slow
def test_2_records_at_rest_have_the_declared_columns_and_types(book: Book, tmp_path: Path) -> None:
    judgement = judged(export({}, {"Injury": "Ouch"}), book, tmp_path)
    at_rest = pq.ParquetFile(judgement.accepted).schema_arrow
    declared = arrow_schema(ASSAULT)
    assert at_rest.names == declared.names
    assert {field.name: str(field.type).replace("element", "item") for field in at_rest} == {
        field.name: str(field.type).replace("element", "item") for field in declared
    }


@pytest.mark.slow
def test_2_the_sentence_of_a_finding_is_that_of_the_declared_rule(office: Office) -> None:
    receipt = office.receipt(export({"Injury": "Ouch"}, {"Date": ""}, {"Days lost": "-3"}))
    declared = {rule.name: rule for rule in ASSAULT.rules()}
    for finding in receipt["findings"]:
        rule = declared[finding["rule"]]
        assert finding["message"].endswith(f": {rule.sentence}")
        assert (finding["severity"], finding["mend"]) == (rule.severity.value, rule.remedy)


# 3. Nothing vanishes


def fates(rows: list[dict[str, str]]) -> list[str]:
    """Return what must become of each row, worked out apart from the pipeline: accepted, held or duplicate."""
    content: list[tuple[str, ...] | None] = []
    for row in rows:
        reference = row["Ref"].strip()
        day = {"03/07/2018": "3", "04/07/2018": "4", "2018-07-05": "5"}.get(row["Date"])
        code = row["Code"] if row["Code"] == "104/23" else ""
        own = row["Force"].strip().lower() == "north yorkshire"
        sound = re.fullmatch(r"\d{4,6}/18", reference) and day and (code or row["Offence"]) and own
        injury = row["Injury"] if row["Injury"] in ("None", "slight") else ""
        lost = row["Days lost"] if row["Days lost"] in ("0", "-2") else ""
        factors = "" if row["Factors"] in ("", "Moon") else "alcohol, drugs"
        none_known = "none known" if row["Factors"] == "Moon" else ""
        station = row["Station"].strip()
        station = "" if station.lower() == "n/k" else station
        said = (reference, day or "", code, row["Offence"], injury, lost, factors, none_known, station)
        content.append(said if sound else None)
    told: list[str] = []
    for number, said in enumerate(content):
        same = {other for other in content if other and said and other[0] == said[0]}
        if said is None or len(same) > 1:
            told.append("held")
        else:
            told.append("duplicate" if said in content[:number] else "accepted")
    return told


def first_lines(content: str) -> list[int]:
    """Return the physical line on which each row of a well-formed CSV begins."""
    lines, begins = csv.reader(io.StringIO(content)), []
    before = 0
    for _ in lines:
        begins.append(before + 1)
        before = lines.line_num
    return begins[1:]


@pytest.mark.slow
@few(max_examples=3)
@given(rows=messy_month)
def test_3_every_row_is_accepted_held_or_counted_as_a_duplicate(
    rows: list[dict[str, str]], book: Book, tmp_path: Path
) -> None:
    content = export(*rows)
    judgement = judged(content, book, tmp_path)
    told = Counter(fates(rows))
    assert balances(judgement.sums)
    assert judgement.sums.rows == len(rows)
    assert (judgement.sums.accepted, judgement.sums.held, judgement.sums.duplicate) == (
        told["accepted"], told["held"], told["duplicate"],
    )  # fmt: skip
    lines = first_lines(content)
    assert [record["row_number"] for record in rows_of(judgement.accepted)] == [
        line for line, fate in zip(lines, fates(rows), strict=True) if fate == "accepted"
    ]
    assert [record["row_number"] for record in rows_of(judgement.held)] == [
        line for line, fate in zip(lines, fates(rows), strict=True) if fate == "held"
    ]


@pytest.mark.slow
@few(max_examples=15)
@given(
    rows=messy_month,
    broken=st.lists(st.sampled_from(["", "three,values,only", "," * 40]), max_size=6),
    seed=st.integers(0, 99),
)
def test_3_lines_that_are_no_rows_are_counted_too(
    rows: list[dict[str, str]], broken: list[str], seed: int, book: Book, tmp_path: Path
) -> None:
    lines = export(*({**row, "Station": "Selby"} for row in rows)).splitlines()
    for line in broken:
        lines.insert(random.Random(seed).randint(2, len(lines)), line)
    judgement = judged("\n".join(lines) + "\n", book, tmp_path)
    assert balances(judgement.sums)
    assert judgement.sums.lines == len(lines)
    assert (
        judgement.sums.rows + judgement.sums.refused + judgement.sums.blank + judgement.sums.notes
        == len(lines) - 1
    )
    assert judgement.sums.rows == len(rows)


@pytest.mark.slow
@few(max_examples=10)
@given(rows=messy_month)
def test_3_a_value_sent_is_in_the_record_or_in_a_finding(
    rows: list[dict[str, str]], book: Book, tmp_path: Path
) -> None:
    rows = [{**row, "Station": "Selby"} for row in rows]
    content = export(*rows)
    judgement = judged(content, book, tmp_path)
    said = {(each["row"], each["field"]) for each in judgement.listed}
    by_row = {
        record["row_number"]: record for record in rows_of(judgement.accepted) + rows_of(judgement.held)
    }
    for line, row in zip(first_lines(content), rows, strict=True):
        if line in by_row:
            for column, field in (("Injury", "injury"), ("Days lost", "days_lost"), ("Date", "occurred_on")):
                assert not row[column] or by_row[line][field] is not None or (line, field) in said


# 4. Data faults are rows, system faults are exceptions


@pytest.mark.slow
@few(max_examples=60)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(lambda text: text.encode("utf-16")),
        st.text(st.sampled_from('Ref,Date;"\n\t\r 10/18'), max_size=200).map(str.encode),
        st.text(st.sampled_from('"\n,;x\\'), max_size=60).map(
            lambda text: (export({}, {}) + text + export({})).encode()
        ),
        st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=4)).map(
            lambda cut: export({}, {}).encode()[: cut[0]] + cut[1] + export({}, {}).encode()[cut[0] :]
        ),
    )
)
def test_4_whatever_bytes_are_sent_the_file_is_judged_or_refused_with_a_sentence(
    content: bytes, book: Book, tmp_path: Path
) -> None:
    try:
        judgement = judged(content, book, tmp_path)
    except Refused as refused:
        assert refused.sentence.endswith(".")
        assert "Traceback" not in refused.sentence
    else:
        assert balances(judgement.sums)


# 5. Row identity


@pytest.mark.slow
@few(max_examples=2)
@given(
    shape=st.lists(
        st.tuples(st.booleans(), st.sampled_from(["Selby", "two\nlines", "a\n\nb", 'a "b"\nc'])),
        min_size=1,
        max_size=30,
    )
)
def test_5_a_finding_names_the_line_its_row_begins_on(
    shape: list[tuple[bool, str]], book: Book, tmp_path: Path
) -> None:
    content = export(*({"Injury": "Ouch" if bad else "None", "Station": station} for bad, station in shape))
    judgement = judged(content, book, tmp_path)
    wrong = [line for line, (bad, _) in zip(first_lines(content), shape, strict=True) if bad]
    assert [each["row"] for each in judgement.listed] == wrong
    lines = content.split("\n")
    references = {record["row_number"]: record["source_record_id"] for record in rows_of(judgement.accepted)}
    assert all(lines[row - 1].startswith(reference) for row, reference in references.items())


# 6 and 8 are held by tests/pipeline/test_release.py and tests/test_samples.py.
# 7. Errors hold the row, queries and notes do not


@pytest.mark.slow
@few(max_examples=10)
@given(rows=messy_month)
def test_7_a_row_is_held_when_and_only_when_a_finding_of_it_is_an_error(
    rows: list[dict[str, str]], book: Book, tmp_path: Path
) -> None:
    judgement = judged(export(*rows), book, tmp_path)
    errors = {each["row"] for each in judgement.listed if each["severity"] == "error"}
    assert {record["row_number"] for record in rows_of(judgement.held)} == errors
    assert not {record["row_number"] for record in rows_of(judgement.accepted)} & errors


def test_7_only_identity_date_and_offence_hold_a_row(book: Book) -> None:
    holding = {
        rule.field
        for rule in (*rules_of(book), REPEATED, DUPLICATE, REFUSED_LINE)
        if rule.severity == "error" and not rule.name.endswith(".one_of")
    }
    assert holding == {"force_id", "book", "source_record_id", "occurred_on", "offence", "scope", "line"}


# 9. Same input, same bytes


def bytes_of(judgement: Judgement) -> list[bytes]:
    files = (judgement.accepted, judgement.held, judgement.findings_file)
    return [path.read_bytes() if path else b"" for path in files]


MESSY = [
    {
        "Ref": f"{1000 + number % 997}/18" if number % 5 == 0 else f"{10000 + number % 80000}/18",
        "Injury": ("None", "Slight", "Ouch", "")[number % 4],
        "Date": ("03/07/2018", "4/7/2018", "31/02/2018")[number % 3],
        "Collar": f"C{number % 613}",
        "Factors": ("Alcohol", "Drugs;Alcohol", "", "Moon")[number % 4],
    }
    for number in range(700)
]


@pytest.mark.slow
def test_9_one_thread_and_two_give_the_same_bytes(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = export(*MESSY)
    written = []
    for threads in (1, 2):
        monkeypatch.setattr(judging, "open_engine", partial(open_engine, threads=threads))
        written.append(bytes_of(judged(content, book, tmp_path)))
    assert written[0] == written[1]
    assert all(written[0])


@pytest.mark.slow
def test_9_a_large_drop_gives_the_same_bytes_on_one_thread_and_on_two(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, *body = export(*MESSY).splitlines()
    # several row groups, so that two threads really share the work; references differ from copy to copy
    lines = [
        line.replace("/18", f"{copy:02}/18", 1) for copy in range(10, 99) for line in (*body, *body[::3])
    ]
    content = "\n".join([head, *lines]) + "\n"
    written = []
    for threads in (1, 2):
        monkeypatch.setattr(judging, "open_engine", partial(open_engine, threads=threads))
        written.append(bytes_of(judged(content, book, tmp_path)))
    assert written[0] == written[1]


@pytest.mark.slow
@few(max_examples=8)
@given(rows=messy_month, seed=st.integers(0, 99))
def test_9_the_order_of_the_rows_changes_no_record_and_no_sum(
    rows: list[dict[str, str]], seed: int, book: Book, tmp_path: Path
) -> None:
    def told(content: str) -> tuple[DropSums, Counter[str], dict[str, int]]:
        judgement = judged(content, book, tmp_path)
        records = Counter(
            str({name: value for name, value in record.items() if name != "row_number"})
            for record in rows_of(judgement.accepted)
        )
        return judgement.sums, records, {rule.name: count for rule, count in judgement.findings.items()}

    head, *lines = export(*({**row, "Station": "Selby"} for row in rows)).splitlines()
    shuffled = random.Random(seed).sample(lines, len(lines))
    assert told("\n".join([head, *lines, ""])) == told("\n".join([head, *shuffled, ""]))


@pytest.mark.slow
def test_9_receiving_again_changes_nothing_and_says_so(office: Office) -> None:
    office.receipt(export(*MESSY[:20]))
    before = office.at_rest()
    office.drop(export(*MESSY[:20]), name="crime_2018-07 (copy).csv")
    received = recipe.receive(office.home)
    assert (received["receipts"], received["already"]) == ([], 2)
    assert {path: digest for path, digest in office.at_rest().items() if "archive" not in path} == {
        path: digest for path, digest in before.items() if "archive" not in path
    }


@pytest.mark.slow
def test_9_homes_that_got_the_same_drops_in_another_order_publish_the_same_bytes(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drops = [
        (export(*MESSY[:300]), "crime_2018-07.csv", FORCE),
        (export(*MESSY[300:500], force="Cleveland"), "crime_2018-07.csv", OTHER_FORCE),
        (export(*({**row, "Date": "05/08/2018"} for row in MESSY[500:])), "crime_2018-08.csv", FORCE),
    ]
    published = []
    for number, order in enumerate((drops, drops[::-1])):
        home = Office(Home.at(tmp_path / f"home {number}"), office.forces)
        home.home.prepare()
        monkeypatch.setattr(release, "open_engine", partial(open_engine, threads=number + 1))
        for drop in order:
            home.receipt(*drop)
        home.publish("2018-08")
        kept = home.at_rest()
        # the manifest tells the order of arrival, and what goes back to a force is judged beside what came before
        published.append(
            {
                path: kept[path]
                for path in kept
                if not path.endswith("manifest.json") and not path.startswith("returns/")
            }
        )
    assert published[0] == published[1]


@pytest.mark.slow
def test_9_a_release_is_rebuilt_byte_for_byte(office: Office, tmp_path: Path) -> None:
    office.drop(export(*MESSY))
    office.receive()
    office.publish()
    again = Office(Home.at(tmp_path / "again"), office.forces)
    again.home.prepare()
    again.drop(export(*MESSY))
    again.receive()
    again.publish()
    assert again.at_rest() == office.at_rest()


# 10. No personal data past the landing zone

SECRETS = {
    "Surname": "Zquillfeather", "MO": "zspat while zshouting", "Collar": "ZC99887", "Mood": "zgrumpy indeed",
}  # fmt: skip


def personal_month() -> str:
    """Return a month in which personal data stand in every way a row can go: kept, held, repeated, refused."""
    rows = [
        {},
        {"Injury": "Ouch"},
        {"Date": "31/02/2018"},
        {"Force": "Cleveland"},
        {"Ref": "1001/18"},
        {"Ref": "1002/18", "Station": "York"},
        {"Ref": "", "Code": "", "Offence": ""},
    ]
    head, *lines = export(*({**SECRETS, **row} for row in rows)).splitlines()
    lines = [f"{line},{SECRETS['Mood']}" for line in lines]
    return "\n".join(
        [f"{head},Mood", *lines, lines[0] + ",ZC99887,Zquillfeather", "ZC99887,Zquillfeather", ""]
    )


def everything_in(home: Home) -> str:
    """Return all that is kept in a home outside inbox and archive as one text, Parquet and ledger unpacked."""
    said: list[str] = []
    for path in sorted(home.root.rglob("*")):
        inside = path.relative_to(home.root)
        if not path.is_file() or inside.parts[0] in ("inbox", "archive"):
            continue
        said.append(str(inside))
        if path.suffix == ".parquet":
            said.append(str(pq.ParquetFile(path).read().to_pylist()))
            said.append(str(pq.ParquetFile(path).schema_arrow.metadata))
        elif path.suffix == ".sqlite":
            with sqlite3.connect(path) as ledger:
                said.extend(ledger.iterdump())
        said.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(said)


@pytest.mark.slow
def test_10_personal_data_are_nowhere_but_in_inbox_and_archive(
    office: Office, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    receipt = office.receipt(personal_month())
    assert {receipt["accepted"] > 0, receipt["held"] > 0, receipt["refused_lines"] > 0} == {True}
    office.publish()
    said = capfd.readouterr()
    kept = everything_in(office.home) + str(receipt) + said.out + said.err + caplog.text
    for secret in SECRETS.values():
        assert not re.search(re.escape(secret), kept, re.IGNORECASE), secret
    assert "1001/18" in kept


@pytest.mark.slow
def test_10_the_pages_of_great_expectations_hold_no_personal_data_and_no_reference(
    office: Office, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from pipeline import gate

    def gate_drop(drop: Any, book: Any, store: Any) -> Any:
        return lambda accepted: gate.gate_records(
            accepted, store.home, drop.force_id, drop.book, drop.drop_id, drop.arrived_on
        )

    monkeypatch.setattr(recipe, "gate_ahead", gate_drop)
    office.receipt(personal_month())
    pages = [
        path.read_text(encoding="utf-8")
        for path in (office.home.root / "data_docs").rglob("*")
        if path.is_file()
    ]
    said = capfd.readouterr()
    kept = "\n".join(pages) + said.out + said.err
    assert pages
    for secret in (*SECRETS.values(), "1001/18", "Ouch", "Selby"):
        assert not re.search(re.escape(secret), kept, re.IGNORECASE), secret


@pytest.mark.slow
def test_10_a_collar_number_is_a_pseudonym_of_its_force(office: Office) -> None:
    later = {"Collar": ROW["Collar"], "Time": "23:15"}
    office.drop(export({}, later))
    office.drop(export({}, force="Cleveland"), force=OTHER_FORCE)
    office.drop(export({"Date": "05/08/2018"}), name="crime_2018-08.csv")
    office.receive()
    by_force = {(record["force_id"], record["victim_id"]) for record in office.records()}
    assert by_force == {
        (force, pseudonym(office.home.key(force), ROW["Collar"])) for force in (FORCE, OTHER_FORCE)
    }
    assert len({victim for _, victim in by_force}) == 2


def test_10_another_secret_gives_other_pseudonyms(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    first = office.home.key(FORCE)
    monkeypatch.setenv("COLLATE_PSEUDONYM_KEY", "another key that only the tests know")
    assert pseudonym(first, "C4471") != pseudonym(office.home.key(FORCE), "C4471")


@pytest.mark.slow
def test_10_what_a_command_prints_of_a_run_holds_no_value(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    office.drop(export({"Injury": "Ouch", "Station": "Zhidden"}))
    counts = [recipe.collate_path(label, office.home.root) for label in recipe.new_drops(office.home.root)]
    said = capfd.readouterr()
    assert [each["accepted"] for each in counts] == [1]
    for value in ("Ouch", "Zhidden", "1001/18", "C4471"):
        assert value not in str(counts) + said.out + said.err


# 11. A crash loses nothing: tests/pipeline/test_faults.py dies at each step. Here: what comes first and last.


@pytest.mark.slow
def test_11_the_raw_file_is_archived_before_the_ledger_hears_of_it_and_the_ledger_is_told_last(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, list[str]]] = []

    def watched(name: str) -> Any:
        real = getattr(Ledger, name)

        def call(*words: Any) -> Any:
            seen.append((name, sorted({path.partition("/")[0] for path in office.at_rest()})))
            return real(*words)

        return call

    for name in ("arrive", "settle"):
        monkeypatch.setattr(Ledger, name, watched(name))
    office.receipt(export({}, {"Date": ""}))
    assert seen == [("arrive", ["archive"]), ("settle", ["accepted", "archive", "held", "returns"])]


@pytest.mark.slow
def test_11_the_archive_holds_the_very_bytes_and_is_never_written_again(office: Office) -> None:
    content = export({}).encode("cp1252") + b"\r\n"
    office.receipt(content)
    (raw,) = [path for path in office.home.archive.rglob("*") if path.is_file()]
    assert raw.read_bytes() == content
    assert raw.stat().st_mode & 0o222 == 0


def test_the_columns_of_the_invented_layout_are_those_the_rows_fill() -> None:
    assert tuple(ROW) == COLUMNS
    assert found({"findings": []}) == []
