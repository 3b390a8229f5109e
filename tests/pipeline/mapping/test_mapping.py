"""A new force's file is proposed from its export: rightly where it is sure, and open where it is not."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

import pipeline.mapping.propose as propose_module
from pipeline.cli import app
from pipeline.mapping.ask import Asking
from pipeline.mapping.codings import nearest
from pipeline.mapping.headers import header_of, likeness, spelt_out, words_of
from pipeline.mapping.learnt import Learnt, learn
from pipeline.mapping.memory import recall, remembered
from pipeline.mapping.profile import masked, profile
from pipeline.mapping.propose import Proposal, propose, propose_columns
from pipeline.mapping.short import understood
from pipeline.mapping.writing import force_file, pattern_of, replaced
from schemas.force import Force, load_force, load_forces
from tests.pipeline.mapping.measure import LAYOUTS, PRECISION, RECALL, measured, totals

TRUTH = json.loads((LAYOUTS / "truth.json").read_text(encoding="utf-8"))
NICHE = "niche_assaults_2019-04_to_06.csv"


@pytest.fixture(scope="module")
def forces() -> dict[str, Force]:
    return load_forces()


@pytest.fixture(scope="module")
def learnt(forces: dict[str, Force]) -> Learnt:
    return learn(forces)


def proposed(columns: dict[str, list[str]], learnt: Learnt, book: str = "crime") -> Proposal:
    counts = {name: Counter(word for word in values if word) for name, values in columns.items()}
    rows = max(len(values) for values in columns.values())
    return propose_columns("new.csv", "new_force", book, counts, rows, learnt)


@pytest.mark.slow
def test_no_mapping_is_wrong_unless_marked_and_the_thresholds_hold() -> None:
    scores = measured()
    precision, recall_, _, wrong = totals(scores)

    assert [(each.force, each.wrong) for each in scores if each.wrong] == []
    assert wrong == 0
    assert precision >= PRECISION
    assert recall_ >= RECALL
    for group in ("invented", "unseen"):
        of_group = totals([each for each in scores if each.group == group])
        assert of_group[0] >= PRECISION
        assert of_group[1] >= RECALL
    assert [(each.force, each.words_wrong) for each in scores if each.words_wrong] == []


@pytest.mark.parametrize("name", TRUTH)
def test_a_proposed_file_loads_and_says_nothing_personal(
    name: str, forces: dict[str, Force], tmp_path: Path
) -> None:
    book = TRUTH[name]["book"]
    proposal = propose(LAYOUTS / name, "new_force", book, forces)
    written = force_file(proposal, remembered(None, book))
    path = tmp_path / "new_force.toml"
    path.write_text(written, encoding="utf-8")

    loaded = load_force(path).books[book]
    assert set(TRUTH[name]["personal"]) <= set(proposal.ignored)
    assert not set(loaded.columns) & set(loaded.ignored)
    lower = written.lower()
    for surname in (
        "ashdown",
        "birtles",
        "cotterill",
        "gathercole",
        "hepworth",
        "lathom",
        "lashed",
        "@example",
    ):
        assert surname not in lower
    for column in TRUTH[name]["fields"].values():
        if isinstance(column, str) and any(word in column.lower() for word in ("collar", "pin", "epaul")):
            held = proposal.held[column]
            assert not [word for word in held.words if f'"{word}"' in written]


def test_a_header_is_compared_by_its_words_not_its_spelling() -> None:
    assert words_of("DATE_OCC") == words_of("DateOccurred") == words_of("Date of occurrence")
    assert likeness(header_of("Aggrieved Collar No.").words, words_of("Victim collar number")) == 1.0
    assert likeness(header_of("Epaulet No").words, words_of("collar number")) == 1.0
    assert words_of("# of Officers") != words_of("Officer No")


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("OFFICER_RNK", "Officer rank"),
        ("TRTMNT", "Treatment"),
        ("COLLNO", "Collar number"),
        ("VICSURNAME", "Victim surname"),
        ("OCCDATE", "Date occurred"),
        ("Q7. Were you single crewed?", "Single crewed"),
        ("Days off sick as a result", "Days lost"),
        ("Staff ID", "Collar"),
        ("Assailant's age", "Suspect age"),
    ],
)
def test_a_short_or_glued_or_asked_header_is_its_plain_words(short: str, long: str) -> None:
    assert set(words_of(short)) - {"victim"} == set(words_of(long)) - {"victim"}


@pytest.mark.parametrize(
    "word", ["weather", "beat", "casino", "placement", "station", "constable", "handset"]
)
def test_a_word_we_do_not_know_is_not_taken_apart(word: str) -> None:
    assert understood(word) == (word,)


def test_off_is_the_officer_where_the_other_columns_say_so() -> None:
    spelt = spelt_out(["OFF_COLLNO", "OFF_SEX", "OFF_RNK", "OFF_CODE", "OFF_DUTY"])
    assert spelt["OFF_COLLNO"] == "officer COLLNO"
    assert spelt["OFF_DUTY"] == "OFF_DUTY"
    assert spelt_out(["OFF_CODE", "OFF_DESC", "SEX"])["OFF_CODE"] == "OFF_CODE"


def test_a_question_that_asks_on_is_about_the_column_before_it(learnt: Learnt) -> None:
    columns = {"Injury Y/N": ["Y", "N"] * 10, "If yes, how serious": ["Minor", "Serious"] * 10}

    assert proposed(columns, learnt).mapped["injury"].columns == ("If yes, how serious",)


def test_a_yes_no_column_is_doubtful_where_another_says_it_in_words(learnt: Learnt) -> None:
    columns = {"Officer injured": ["Y", "N"] * 10, "Comment code": ["Minor", "Serious", "None", "None"] * 5}
    mapped = proposed(columns, learnt).mapped["injury"]

    assert (mapped.columns, mapped.sure) == (("Officer injured",), False)


def test_a_coded_column_of_words_we_do_not_know_is_doubtful(learnt: Learnt) -> None:
    mapped = proposed({"Outcome": ["Detected", "Undetected"] * 10}, learnt).mapped.get("outcome_type")

    assert mapped is None or not mapped.sure
    assert not proposed({"BWV used": ["Yes", "No"] * 10}, learnt).mapped["body_worn_video"].sure


def test_the_day_of_the_record_comes_before_that_of_the_report(learnt: Learnt) -> None:
    day = ["01/02/2020", "03/02/2020"] * 10
    both = proposed({"Date Reported": day, "Date Recorded": day}, learnt).mapped["recorded_on"]
    entered = proposed({"Date Reported": day, "Date Created": day}, learnt).mapped["recorded_on"]

    assert (both.columns, both.sure) == (("Date Recorded",), True)
    assert not entered.sure


def test_a_running_number_is_no_victim_s_number(learnt: Learnt) -> None:
    assert "victim_number" not in proposed({"No.": [str(n) for n in range(1, 25)]}, learnt).mapped


@pytest.mark.slow
def test_a_file_is_opened_once(monkeypatch: pytest.MonkeyPatch, forces: dict[str, Force]) -> None:
    times = []
    opening = propose_module.open_export
    monkeypatch.setattr(
        propose_module, "open_export", lambda *given: (times.append(given), opening(*given))[1]
    )
    propose(LAYOUTS / NICHE, "new_force", "crime", forces)

    assert len(times) == 1


def test_a_column_about_the_suspect_is_never_the_victims(learnt: Learnt) -> None:
    proposal = proposed(
        {
            "Suspect Sex": ["M", "F"] * 10,
            "Officer Sex": ["F", "M"] * 10,
            "OIC": [f"{n} PC" for n in range(20)],
        },
        learnt,
    )

    assert proposal.mapped["sex"].columns == ("Officer Sex",)
    assert {"Suspect Sex", "OIC"} <= set(proposal.ignored)


def test_two_columns_as_like_are_left_for_a_person(learnt: Learnt) -> None:
    proposal = proposed(
        {"Division": ["North", "South"] * 10, "Station": ["Ayton", "Beeton", "Ceeton", "Deeton"] * 5}, learnt
    )

    assert not proposal.mapped["district"].sure


def test_dates_of_birth_are_ignored_under_any_header(learnt: Learnt) -> None:
    proposal = proposed({"Vic D": [f"{day:02d}/03/{1960 + day}" for day in range(1, 25)]}, learnt)

    assert proposal.ignored == {"Vic D": "dates of birth"}


def test_numbers_that_may_be_months_first_are_read_so_where_only_that_fits() -> None:
    held = profile(Counter({"12/25/2019": 3, "01/30/2019": 2}), 5)

    assert held.date_format == "%m/%d/%Y"


def test_a_wide_block_fills_its_list_field_and_only_that(learnt: Learnt) -> None:
    yes_no = ["Y", "N"] * 10
    proposal = proposed(
        {
            "Impact: Alcohol": yes_no,
            "Impact: Drugs": yes_no,
            "Outcome: Arrested": yes_no,
            "Outcome: Other": yes_no,
        },
        learnt,
        "use_of_force",
    )

    assert proposal.mapped["impact_factors"].spec["flags"] == {
        "Impact: Alcohol": "alcohol",
        "Impact: Drugs": "drugs",
    }
    assert set(proposal.unplaced) == {"Outcome: Arrested", "Outcome: Other"}


def test_a_negated_word_is_never_the_code_of_its_opposite(learnt: Learnt) -> None:
    held = profile(Counter({"Not recording": 5}), 5)

    assert nearest("body_worn_video", (), "Not recording", held, learnt)[0] == "worn_not_recording"
    assert nearest("injury", (), "No visible injury", held, learnt)[0] == "none"


def test_masked_examples_show_the_shape_alone() -> None:
    assert masked("SMITH, Jo 4711") == "XXXXX, Xx 9999"
    assert masked("Zoë Ünder") == "Xxx xxxxx"


def test_a_file_pattern_leaves_out_what_changes_from_drop_to_drop() -> None:
    assert pattern_of("assaults_2018-19_Q2.csv") == "assaults_*.csv"
    assert pattern_of("eSafety 2018 Q3.xlsx") == "eSafety *.xlsx"


def test_names_in_a_column_that_looks_coded_are_never_written(learnt: Learnt) -> None:
    surnames = ["Stagg", "Major", "Abara", "Kilvert", "Inchbald"]
    proposal = proposed(
        {"Officer Role": surnames * 8, "Injury Level": ["Minor", "None"] * 19 + ["Abara, Jo", "Kilvert"]},
        learnt,
    )

    written = force_file(proposal, remembered(None, "crime"))

    assert not [name for name in surnames if name in written]
    assert '"Minor" = "minor"' in written


def test_what_is_missing_is_said_field_by_field(learnt: Learnt) -> None:
    proposal = proposed({"Date": ["01/02/2020"] * 3, "Comments": ["a", "b", "c"]}, learnt)

    said = " ".join(proposal.open_requirements())
    assert "source_record_id" in said
    assert "offence_code or offence_title" in said
    assert "occurred_on" not in said


def test_the_other_books_of_a_file_stay_as_they_stood() -> None:
    before = (
        'name = "X"\n\n[crime]\nsystem = "a"\n[crime.fields]\n# of the other\n[use_of_force]\nsystem = "b"\n'
    )

    after = replaced(before, "crime", '[crime]\nsystem = "c"\n')

    assert after == 'name = "X"\n\n[crime]\nsystem = "c"\n\n# of the other\n[use_of_force]\nsystem = "b"\n'


def sitting(
    proposal: Proposal, learnt: Learnt, answers: list[str], book: str = "crime"
) -> tuple[str, list[str]]:
    """Return the force's file after answers, and what was said."""
    memory = remembered(None, book)
    given = iter(answers)
    said: list[str] = []
    Asking(proposal, memory, learnt, lambda question: next(given, None), said.append).all()
    return force_file(proposal, memory), said


def test_an_answer_is_remembered_in_the_file_and_not_asked_again(learnt: Learnt, tmp_path: Path) -> None:
    columns = {
        "Crime No": [f"C/{n}" for n in range(20)],
        "Offence": ["Assault on constable"] * 20,
        "Date": ["01/02/2020"] * 20,
        "Division": ["North", "South"] * 10,
        "Station": ["Ayton", "Beeton", "Ceeton", "Deeton"] * 5,
    }
    first = proposed(columns, learnt)
    placed = first.mapped["district"].columns[0]
    written, said = sitting(first, learnt, ["y", "i"])
    path = tmp_path / "new_force.toml"
    path.write_text(written, encoding="utf-8")

    again = proposed(columns, learnt)
    memory = remembered(path, "crime")
    recall(again, memory)

    assert load_force(path).books["crime"].fields["district"].names == (placed,)
    assert again.mapped["district"].sure
    assert not again.unplaced
    assert "Ayton" not in " ".join(said)


def test_words_taken_from_a_system_are_not_written_again(learnt: Learnt, tmp_path: Path) -> None:
    path = tmp_path / "new_force.toml"
    path.write_text(
        'name = "N"\n[crime]\nsystem = "niche_rms"\nfiles = ["new*.csv"]\n[crime.fields.victim_type]\n'
        'column = "Officer Role"\ncodes_of = "niche_rms"\ncodes = { "Cadet" = "volunteer" }\n',
        encoding="utf-8",
    )
    columns = {
        "Crime No": [f"C/{n}" for n in range(20)],
        "Offence": ["Assault on constable"] * 20,
        "Date": ["01/02/2020"] * 20,
        "Officer Role": ["PCSO", "Cadet", "Police Officer", "Special"] * 5,
    }
    again, memory = proposed(columns, learnt), remembered(path, "crime")
    recall(again, memory)
    written = force_file(again, memory)

    assert 'codes_of = "niche_rms"' in written
    assert '"PCSO"' not in written
    codes = _loaded(written, tmp_path).books["crime"].fields["victim_type"].codes or {}
    assert codes.items() >= {"PCSO": "pcso", "Cadet": "volunteer", "Special": "special_constable"}.items()


def test_which_rows_are_assaults_is_asked_by_the_words_whatever_the_header(learnt: Learnt) -> None:
    causes = {"Root": ["Assaulted by a person", "Slip or trip"] * 10, "Ref": [f"H{n}" for n in range(20)]}
    (scope,) = proposed(causes, learnt, "health_safety").scope
    without = force_file(proposed({"Ref": causes["Ref"]}, learnt, "health_safety"), remembered(None, "crime"))

    assert (scope.column, scope.inside, scope.sure) == ("Root", ["Assaulted by a person"], False)
    assert "no column tells which rows are assaults" in without


def test_a_no_is_remembered_too(learnt: Learnt, tmp_path: Path) -> None:
    columns = {"Division": ["North", "South"] * 10, "Station": ["Ayton", "Beeton", "Ceeton", "Deeton"] * 5}
    first = proposed(columns, learnt)
    placed = first.mapped["district"].columns[0]
    written, _ = sitting(first, learnt, ["n"])
    path = tmp_path / "new_force.toml"
    path.write_text(written, encoding="utf-8")

    again = proposed(columns, learnt)
    recall(again, remembered(path, "crime"))

    assert "district" not in again.mapped
    assert placed in again.unplaced


@pytest.mark.slow
def test_map_writes_the_file_it_is_asked_for_and_nothing_else(tmp_path: Path) -> None:
    output = tmp_path / "out" / "new_force.toml"
    ran = CliRunner().invoke(
        app, ["map", str(LAYOUTS / NICHE), "--force", "new_force", "--output", str(output), "--yes"]
    )

    assert ran.exit_code == 0, ran.output
    assert [path.name for path in output.parent.iterdir()] == ["new_force.toml"]
    first = output.read_text(encoding="utf-8")
    CliRunner().invoke(
        app, ["map", str(LAYOUTS / NICHE), "--force", "new_force", "--output", str(output), "--yes"]
    )
    assert load_force(output).books["crime"].fields == _loaded(first, tmp_path).books["crime"].fields


def _loaded(text: str, folder: Path) -> Force:
    path = folder / "first.toml"
    path.write_text(text, encoding="utf-8")
    return load_force(path)


@pytest.mark.slow
def test_without_output_the_toml_is_printed_and_nothing_is_written(tmp_path: Path) -> None:
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "from pipeline.cli import main; main()",
            "map",
            str(LAYOUTS / NICHE),
            "--force",
            "new",
        ],
        cwd=LAYOUTS.parents[3],
        env={**os.environ, "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("# Proposed by")
    assert "Doubtful" in ran.stderr or "fields mapped" in ran.stderr
    assert not list(tmp_path.iterdir())


def test_an_export_that_is_none_is_refused_in_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "export.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")

    ran = CliRunner().invoke(app, ["map", str(broken), "--force", "new_force", "--yes"])

    assert ran.exit_code == 2
    assert "PDF" in ran.output
