"""Causes: the smallest description that covers what broke a rule, true of the file it was found in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline import causes
from pipeline.causes import Cause
from pipeline.judgement import Judgement
from schemas.force import Book
from tests.office import COLUMNS, export
from tests.pipeline.test_judge import SCOPED, book_of, judged

Row = Mapping[str, str]
STATIONS = ("Selby", "Telford", "Whitby", "York")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book_of(tmp_path_factory.mktemp("force"))


def found(book: Book, folder: Path, rows: Iterable[Row], columns: tuple[str, ...] = COLUMNS) -> Judgement:
    return judged(book, folder, export(*rows, columns=columns))


def cause(judgement: Judgement, rule: str) -> Cause:
    (only,) = [each for each in judgement.causes if each.rule == rule]
    return only


def days(count: int, **changed: str) -> list[dict[str, str]]:
    """Return rows over the days of July, one after another, at one station after another."""
    return [
        {"Date": f"{1 + n % 31:02}/07/2018", "Recorded": "31/07/2018", "Station": STATIONS[n % 4], **changed}
        for n in range(count)
    ]


@pytest.mark.slow
def test_one_word_that_no_list_has_is_one_cause(book: Book, tmp_path: Path) -> None:
    judgement = found(book, tmp_path, [{"Injury": "Grazed"} if n % 3 == 0 else {} for n in range(60)])
    said = cause(judgement, "injury.unexplained")
    assert (said.kind, said.rows, said.of) == ("value", 20, 20)
    assert said.description == 'all 20 rows where "Injury" says "Grazed"'
    assert said.column == "Injury"


@pytest.mark.slow
def test_three_words_are_still_one_cause_and_four_are_none(book: Book, tmp_path: Path) -> None:
    three = [{"Injury": word} for word in ("Cut", "Cut", "Bump", "Graze", "None")]
    judgement = found(book, tmp_path, three)
    said = cause(judgement, "injury.unexplained").description
    assert said == 'all 4 rows where "Injury" says "Cut", "Bump" or "Graze"'
    judgement = found(book, tmp_path, [*three, {"Injury": "Scratch"}])
    assert cause(judgement, "injury.unexplained").kind == "none"


@pytest.mark.slow
def test_a_column_that_says_nothing_is_all_rows(book: Book, tmp_path: Path) -> None:
    judgement = found(book, tmp_path, days(40, Date=""))
    said = cause(judgement, "occurred_on.required")
    assert (said.kind, said.description) == ("all", "all 40 rows")
    assert said.mend.startswith("Every row breaks this rule")


@pytest.mark.slow
def test_what_is_wrong_from_a_day_on_says_since_when(book: Book, tmp_path: Path) -> None:
    rows = days(124)
    for number, row in enumerate(rows):
        if int(row["Date"][:2]) >= 14:
            row["Injury"] = f"Level {number}"
    said = cause(found(book, tmp_path, rows), "injury.unexplained")
    assert (said.kind, said.description) == ("period", "all 72 rows since 14 July 2018")
    assert "on 14 July 2018." in said.mend


@pytest.mark.slow
def test_one_sound_row_in_a_period_makes_it_no_period(book: Book, tmp_path: Path) -> None:
    rows = days(124)
    for number, row in enumerate(rows):
        if int(row["Date"][:2]) >= 14 and number != 20:
            row["Injury"] = f"Level {number}"
    assert cause(found(book, tmp_path, rows), "injury.unexplained").kind == "none"


@pytest.mark.slow
def test_what_is_wrong_at_one_station_only_names_the_station(book: Book, tmp_path: Path) -> None:
    rows = days(80)
    for number, row in enumerate(rows):
        if row["Station"] == "Telford":
            row["Injury"] = f"Level {number}"
    said = cause(found(book, tmp_path, rows), "injury.unexplained")
    assert (said.kind, said.description) == ("place", 'all 20 rows where "Station" says "Telford"')


@pytest.mark.slow
def test_a_station_where_most_but_not_all_rows_are_wrong_says_how_many(book: Book, tmp_path: Path) -> None:
    rows = days(80)
    for number, row in enumerate(rows):
        if row["Station"] == "Telford" and number > 20:
            row["Injury"] = f"Level {number}"
    said = cause(found(book, tmp_path, rows), "injury.unexplained")
    assert said.description == '15 of the 20 rows where "Station" says "Telford"'


@pytest.mark.slow
def test_rows_out_of_scope_are_not_counted_in_a_description(tmp_path: Path) -> None:
    scoped = book_of(tmp_path, options=SCOPED)
    rows = [{**row, "Type": "Assault"} for row in days(80)]
    for number, row in enumerate(rows):
        if row["Station"] == "Telford":
            row.update({"Type": "Slip"} if number < 20 else {"Injury": f"Level {number}"})
    judgement = found(scoped, tmp_path, rows, (*COLUMNS, "Type"))
    said = cause(judgement, "injury.unexplained")
    assert said.description == 'all 15 rows where "Station" says "Telford" and that are assaults'


@pytest.mark.slow
def test_a_word_that_leaves_the_scope_open_is_named(tmp_path: Path) -> None:
    scoped = book_of(tmp_path, options=SCOPED)
    types = ("Assault", "Fire", "Slip", "Fire")
    judgement = found(scoped, tmp_path, [{"Type": word} for word in types], (*COLUMNS, "Type"))
    assert cause(judgement, "scope.unexplained").description == 'all 2 rows where "Type" says "Fire"'


@pytest.mark.slow
def test_no_reference_collar_number_or_long_text_stands_in_a_description(book: Book, tmp_path: Path) -> None:
    story = "Officer Jane Bloggs of 4 High Street was struck on the arm by the suspect"
    rows: list[Row] = [{"Ref": "SECRET-1", "Collar": "C999", "Injury": story, "MO": story}, {}]
    judgement = found(book, tmp_path, rows)
    said = " ".join(each.description for each in judgement.causes)
    assert not re.search("SECRET|C999|Bloggs", said)
    assert {each.rule for each in judgement.causes} >= {"injury.unexplained"}


@pytest.mark.slow
def test_a_few_failures_are_not_laid_at_the_door_of_a_station_they_share_by_chance(
    book: Book, tmp_path: Path
) -> None:
    rows = days(80)
    for number in (1, 5, 9, 13):
        rows[number]["Injury"] = f"Level {number}"
    assert cause(found(book, tmp_path, rows), "injury.unexplained").kind == "none"


@pytest.mark.slow
def test_causes_come_errors_first_then_by_rows_and_are_the_same_every_time(
    book: Book, tmp_path: Path
) -> None:
    rows: list[Row] = [{"Injury": "Cut"}, {"Injury": "Cut"}, {"Date": "31/02/2018"}, {"Days lost": "x"}, {}]
    judgement = found(book, tmp_path, rows)
    assert [(each.rule, each.rows) for each in judgement.causes] == [
        ("occurred_on.unexplained", 1), ("injury.unexplained", 2), ("days_lost.unexplained", 1),
    ]  # fmt: skip
    assert found(book, tmp_path, rows).causes == judgement.causes


@pytest.mark.slow
def test_every_rule_broken_has_a_cause_with_all_its_rows(book: Book, tmp_path: Path) -> None:
    judgement = found(book, tmp_path, [{"Ref": "1001/18"}, {"Ref": "1001/18", "Injury": "Slight"}, {}])
    assert {each.rule: each.rows for each in judgement.causes} == {
        rule.name: count for rule, count in judgement.findings.items()
    }


TOLD = re.compile(
    r"(?:all|the only|(?P<some>[\d,]+) of the) ?(?P<all>[\d,]+)? rows?"
    r'(?: where "(?P<column>[^"]+)" says (?P<words>.+?)(?P<blank> or is blank)?'
    r'| where "(?P<empty>[^"]+)" is blank'
    r"| since (?P<since>.+)| until (?P<until>.+)| from (?P<begins>.+) to (?P<ends>.+)"
    r"|(?P<dated> that have a day of the assault))?"
)


def described(description: str, rows: list[dict[str, str]]) -> set[int]:
    """Return the rows of a file that a description covers, read as a person would."""
    told = TOLD.fullmatch(description)
    assert told is not None, description

    def day(row: Row) -> date:
        return datetime.strptime(row["Date"], "%d/%m/%Y").date()

    def read(text: str) -> date:
        return datetime.strptime(text, "%d %B %Y").date()

    covered = set()
    for number, row in enumerate(rows, start=2):
        inside = True
        if column := told["column"] or told["empty"]:
            words = re.findall('"([^"]*)"', told["words"] or "")
            words += [""] if told["blank"] or told["empty"] else []
            inside = row[column] in words
        elif told["since"]:
            inside = day(row) >= read(told["since"])
        elif told["until"]:
            inside = day(row) <= read(told["until"])
        elif told["begins"]:
            inside = read(told["begins"]) <= day(row) <= read(told["ends"])
        if inside:
            covered.add(number)
    return covered


rows_of_a_file = st.lists(
    st.fixed_dictionaries(
        {
            "Date": st.sampled_from([f"{d:02}/07/2018" for d in (1, 2, 13, 14, 15)]),
            "Recorded": st.just("31/07/2018"),
            "Injury": st.sampled_from(["None", "Slight", "Cut", "Bump", "Graze", "Scratch", ""]),
            "Role": st.sampled_from(["Officer", "PCSO", "Dog"]),
            "Station": st.sampled_from(STATIONS[:3]),
            "Days lost": st.sampled_from(["0", "x"]),
        }
    ),
    min_size=1,
    max_size=30,
)


@pytest.mark.slow
# To make a failing file smaller takes minutes, and files are small to begin with.
@settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=rows_of_a_file)
def test_a_description_covers_every_failure_and_as_many_rows_as_it_says(
    book: Book, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # So that small files have causes of every kind.
        patch.setattr(causes, "FEWEST_IN_PERIOD", 2)
        patch.setattr(causes, "FEWEST_IN_PLACE", 2)
        judgement = found(book, tmp_path, rows)
    failing: dict[str, set[int]] = {}
    if judgement.findings_file:
        with judgement.findings_file.open(encoding="utf-8", newline="") as lines:
            for each in csv.DictReader(lines):
                failing.setdefault(each["rule"], set()).add(int(each["row"]))
    assert {each.rule for each in judgement.causes} == {*failing}
    sent = [{**row} for row in csv.DictReader(io.StringIO(export(*rows)))]
    for each in judgement.causes:
        assert each.rows == len(failing[each.rule])
        if each.kind == "none":
            continue
        covered = described(each.description, sent)
        assert failing[each.rule] <= covered
        assert each.of == len(covered)
        if each.kind in ("all", "period"):
            assert failing[each.rule] == covered


def test_causes_do_not_change_what_is_accepted(book: Book, tmp_path: Path) -> None:
    judgement = found(book, tmp_path, days(12))
    assert (judgement.causes, pq.read_metadata(judgement.accepted).num_rows) == ((), 12)


@pytest.mark.slow
def test_a_value_put_aside_as_personal_is_to_be_taken_out_and_not_explained(
    book: Book, tmp_path: Path
) -> None:
    judgement = found(book, tmp_path, [{"Role": "j.smith@example.org"}, {}, {}])
    said = cause(judgement, "victim_type.unexplained")
    assert said.description == 'the only row where "Role" holds an e-mail address'
    (finding,) = [each for each in judgement.listed if each["rule"] == "victim_type.unexplained"]
    for mend in (said.mend, finding["mend"]):
        assert "take it out of the column" in mend and "tell us what it means" not in mend
