"""`collate rules preview`: what a changed rule set would do to the archive, before it is switched on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import preview
from tests.office import FORCE, MAPPED, OTHER_FORCE, Office, equip, export, force_file

Collate = Callable[..., Any]

pytestmark = pytest.mark.slow

# Rows 3 and 4 are queried, row 5 is held, for its day was never, and so is row 6; row 7 is queried.
CHANGED = (
    {},
    {"Days lost": "2100"},
    {"Days lost": "9000"},
    {"Date": "31/02/2018"},
    {"Ref": "WRONG/7"},
    {"Injury": "Ouch"},
)
ROWS = export(*({"Collar": f"C{number}", **row} for number, row in enumerate(CHANGED)))
OTHERS = export({}, {"Collar": "C9", "Days lost": "2500"}, force="Cleveland")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office with a drop of each of two forces in its archive; a preview leaves it as it was."""
    with pytest.MonkeyPatch.context() as patch:
        office = equip(tmp_path_factory.mktemp("archive") / "office", patch)
        office.drop(ROWS)
        office.drop(OTHERS, force=OTHER_FORCE)
        office.receive()
        before, drops = office.at_rest(), office.drops()
        yield office
        assert (office.at_rest(), office.drops(), office.left_over()) == (before, drops, [])


@pytest.fixture
def changes(tmp_path: Path) -> Callable[[str], Path]:
    """Return how a test writes a file of changes."""

    def write(text: str) -> Path:
        path = tmp_path / "changes.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def asked(collate: Collate, *words: object) -> tuple[int, dict[str, Any]]:
    ended = collate("rules", "preview", *words, "--json")
    assert ended.err == ""
    return ended.code, json.loads(ended.out)


@pytest.mark.slow
def test_a_query_made_an_error_says_which_rows_would_be_held_by_force_and_drop(
    office: Office, collate: Collate, changes: Any
) -> None:
    code, found = asked(collate, "--changes", changes('[[change]]\nrule = "A039"\nseverity = "error"\n'))
    assert code == 1
    assert [(each["force_id"], each["held"], each["released"]) for each in found["changed"]] == [
        (OTHER_FORCE, 1, 0),
        (FORCE, 2, 0),
    ]
    drop = found["changed"][1]
    (rule,) = drop["rules"]
    assert (rule["code"], rule["rule"]) == ("A039", "days_lost.out_of_range")
    assert rule["held"] == {"rows": 2, "first": [3, 4]}
    assert drop["sums"] == {"accepted": [4, 2], "held": [2, 4]}
    assert [(each["drops"], each["held"]) for each in found["rules"]] == [(2, 3)]


@pytest.mark.slow
def test_a_wider_bound_and_a_rule_switched_off_raise_less_and_release_nothing(
    office: Office, collate: Collate, changes: Any
) -> None:
    _, wider = asked(
        collate, "--force", FORCE, "--changes", changes('[[change]]\nrule = "A039"\nhigh = 5000\n')
    )
    assert wider["changed"][0]["rules"] == [
        {"rule": "days_lost.out_of_range", "code": "A039", "dropped": {"rows": 1, "first": [3]}}
    ]
    _, off = asked(
        collate,
        "--force",
        FORCE,
        "--changes",
        changes('[[change]]\nrule = "days_lost.out_of_range"\noff = true\n'),
    )
    assert off["changed"][0]["rules"][0]["dropped"] == {"rows": 2, "first": [3, 4]}
    assert off["changed"][0]["held"] == off["changed"][0]["released"] == 0


@pytest.mark.slow
def test_another_severity_that_moves_no_row_is_told_too(
    office: Office, collate: Collate, changes: Any
) -> None:
    path = changes('[[change]]\nrule = "A039"\nseverity = "note"\n')
    code, found = asked(collate, "--force", FORCE, "--changes", path)
    assert code == 1
    assert found["changed"][0]["rules"][0]["regraded"] == {"rows": 2, "first": [3, 4]}


@pytest.mark.slow
def test_a_change_no_row_feels_ends_with_0_and_says_that_nothing_would_change(
    office: Office, collate: Collate, changes: Any
) -> None:
    path = changes('[[change]]\nrule = "A028"\nhigh = 40\n')
    ended = collate("rules", "preview", "--changes", path, "--force", OTHER_FORCE)
    assert (ended.code, ended.err) == (0, "")
    assert "1 archived drop held against the rules in use: nothing would change." in ended.out


@pytest.mark.slow
def test_a_changed_force_file_says_what_would_be_released_and_leaves_other_forces_out(
    office: Office, collate: Collate, tmp_path: Path
) -> None:
    folder = tmp_path / "changed"
    folder.mkdir()
    mapped = MAPPED.replace(", pattern = '\\d{4,6}/18'", "").replace('"None"', '"Ouch" = "none", "None"')
    (folder / f"{FORCE}.toml").write_text(
        force_file("North Yorkshire Police", "North Yorkshire", mapped), encoding="utf-8"
    )
    code, found = asked(collate, "--forces", folder)
    assert (code, found["not_concerned"]) == (1, 1)
    (drop,) = found["changed"]
    assert (drop["held"], drop["released"]) == (0, 1)
    assert {each["rule"]: each for each in drop["rules"]} == {
        "source_record_id.pattern": {
            "rule": "source_record_id.pattern",
            "code": "A064",
            "released": {"rows": 1, "first": [6]},
            "dropped": {"rows": 1, "first": [6]},
        },
        "injury.unexplained": {
            "rule": "injury.unexplained",
            "code": "A033",
            "dropped": {"rows": 1, "first": [7]},
        },
    }


@pytest.mark.slow
def test_a_mapping_that_moves_no_row_but_changes_a_record_is_not_called_no_change(
    office: Office, collate: Collate, tmp_path: Path
) -> None:
    mapped = MAPPED.replace('"None" = "none"', '"None" = "minor"')
    (tmp_path / f"{FORCE}.toml").write_text(
        force_file("North Yorkshire Police", "North Yorkshire", mapped), encoding="utf-8"
    )
    code, found = asked(collate, "--forces", tmp_path)
    assert (code, found["changed"][0]["records_differ"]) == (1, True)


@pytest.mark.slow
def test_a_file_that_would_be_refused_is_said_and_the_others_go_on(
    office: Office, collate: Collate, tmp_path: Path
) -> None:
    written = force_file("North Yorkshire Police", "North Yorkshire", MAPPED.replace('"Ref"', '"Reference"'))
    (tmp_path / f"{FORCE}.toml").write_text(written, encoding="utf-8")
    ended = collate("rules", "preview", "--forces", tmp_path)
    assert ended.code == 1
    assert f"{FORCE}, crime, crime_2018-07.csv" in ended.out
    assert "It would be refused: A column is missing" in ended.out
    assert '"Reference" for the reference' in ended.out


@pytest.mark.slow
def test_a_drop_that_is_gone_from_the_archive_is_said_and_the_others_go_on(
    office: Office, collate: Collate, changes: Any
) -> None:
    first = office.drops()[0]
    raw = office.store().archived(first.file, first.sha256)
    raw.rename(office.home.root / "away")
    code, found = asked(collate, "--changes", changes('[[change]]\nrule = "A039"\nseverity = "error"\n'))
    (office.home.root / "away").rename(raw)
    assert code == 3
    assert [each["force_id"] for each in found["unjudged"]] == [first.force_id]
    assert "archive" in found["unjudged"][0]["sentence"]
    assert [each["held"] for each in found["changed"]] == [2]


@pytest.mark.slow
def test_with_nothing_changed_the_rules_as_installed_are_held_against_what_is_stored(
    office: Office, collate: Collate, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, found = asked(collate, "--force", FORCE)
    assert (code, found["against"], found["changed"], found["drops"]) == (0, "what is stored", [], 1)
    judged = preview.judge

    def stricter(raw: Path, name: str, book: Any, *rest: Any) -> Any:
        from dataclasses import replace

        from schemas.regrade import Change
        from schemas.table import Severity

        changed = Change("days_lost.out_of_range", Severity.ERROR)
        return judged(raw, name, replace(book, changes=(changed,)), *rest)

    monkeypatch.setattr(preview, "judge", stricter)
    code, found = asked(collate, "--force", FORCE)
    assert (code, [each["held"] for each in found["changed"]]) == (1, [2])


@pytest.mark.slow
def test_a_past_day_is_asked_what_the_files_would_have_got_then(
    office: Office, collate: Collate, changes: Any
) -> None:
    path = changes('[[change]]\nrule = "recorded_on.in_future"\nseverity = "error"\n')
    code, found = asked(collate, "--changes", path, "--force", OTHER_FORCE, "--as-of", "2018-07-03")
    assert (code, found["as_of"]) == (1, "2018-07-03")
    assert found["changed"][0]["rules"][0]["held"] == {"rows": 2, "first": [2, 3]}


@pytest.mark.slow
def test_the_picture_names_rules_rows_and_files_and_no_value(
    office: Office, collate: Collate, changes: Any
) -> None:
    said = collate(
        "rules", "preview", "--changes", changes('[[change]]\nrule = "A039"\nseverity = "error"\n')
    ).out
    assert "2 archived drops held against the rules in use: 2 drops of 2 forces would change." in said
    assert "3 rows would newly be held, 0 released." in said
    assert "A039 days_lost.out_of_range: 2 rows newly held: 3, 4" in said
    assert "accepted: 4 rows now, 2 then" in said
    assert "Nothing was stored." in said
    assert not any(value in said for value in ("9000", "2100", "2500", "1001/18"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[change]]\nrule = "A999"\noff = true\n', 'there is no rule "A999"'),
        ('[[change]]\nrule = "A008"\noff = true\n', "occurred_on.required stays an error"),
        ('[[change]]\nrule = "A008"\nseverity = "query"\n', "occurred_on.required stays an error"),
        ('[[change]]\nrule = "R002"\nseverity = "error"\n', "decides what becomes of the row"),
        ('[[change]]\nrule = "A039"\n', "say what would change: severity, off, or one of"),
        ('[[change]]\nrule = "A039"\nhigh = "365"\n', "write a number, without quotes"),
        ('[[change]]\nrule = "A039"\nday = 2018-01-01\n', '"day" is not a key we know'),
        ('[[change]]\nrule = "A039"\noff = true\nforce = "atlantis"\n', "atlantis"),
        ('[change]\nrule = "A039"\n', "write [[change]]"),
        ("what", "not valid TOML"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_what_to_write(
    office: Office, collate: Collate, changes: Any, text: str, said: str
) -> None:
    ended = collate("rules", "preview", "--changes", changes(text))
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err
