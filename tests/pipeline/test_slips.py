"""What the command line answers to a slip: a wrong folder, a wrong word, a pipe in place of a screen."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import known_sentence
from pipeline.picture import sentence
from schemas.force import Checker
from tests.office import FORCE, Office, export

Collate = Callable[..., Any]


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["status", "--rules"],
        ["status", "--drift"],
        ["explain", "--drop", "1234", "--row", "2"],
        ["rules", "preview"],
    ],
    ids=" ".join,
)
def test_a_slip_in_the_name_of_the_home_is_said_and_makes_nothing(
    office: Office, collate: Collate, tmp_path: Path, words: list[str]
) -> None:
    for home in (tmp_path / "no such home", tmp_path / "a folder"):
        if home.name == "a folder":
            home.mkdir()
        ended = collate(*words, "--home", home)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith(f"There is no home at {home}.")
        assert list(home.rglob("*")) == []
    assert not (tmp_path / "no such home").exists()


def test_a_marked_file_and_a_check_ask_for_a_home_that_is_there(
    office: Office, collate: Collate, tmp_path: Path
) -> None:
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export({}))
    home = tmp_path / "no such home"
    for words in (["marked", "--drop", "1234", "--out", tmp_path], ["check", file, "--force", FORCE]):
        ended = collate(*words, "--home", home)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith(f"There is no home at {home}.")
        assert not home.exists()


@pytest.mark.parametrize("option", ["--out", "--marked"])
def test_what_cannot_be_written_into_is_named_before_the_file_is_judged(
    office: Office, collate: Collate, tmp_path: Path, option: str
) -> None:
    file = tmp_path / "crime_2018-07.csv"
    file.write_text(export({}))
    ended = collate("check", file, "--force", FORCE, option, file)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f'"{file}" is a file, not a folder. Name a folder with {option}.\n'
    ended = collate("check", file, "--force", FORCE, option, "/proc/x")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith('Nothing can be written into "/proc/x" (')
    assert f"Name another folder with {option}." in ended.err


def test_a_folder_in_place_of_the_page_of_rules_is_called_one(collate: Collate, tmp_path: Path) -> None:
    ended = collate("rules", "--html", tmp_path)
    assert (ended.code, ended.err) == (2, f'"{tmp_path}" is a folder. Name a file in it with --html.\n')
    assert not list(tmp_path.parent.glob(".*.new"))


def test_a_file_that_cannot_be_written_is_named() -> None:
    said = known_sentence(PermissionError(errno.EACCES, "Permission denied", "/srv/collate/receipt.json"))
    assert said is not None
    assert said.startswith("/srv/collate/receipt.json could not be read or written: Permission denied.")


def test_a_folder_in_place_of_a_file_is_called_one(office: Office, collate: Collate) -> None:
    for words in (["read", "."], ["check", ".", "--force", FORCE], ["share", ".", "--force", FORCE]):
        ended = collate(*words)
        assert (ended.code, ended.out, ended.err) == (2, "", '"." is a folder. Name the file in it.\n')


def test_the_help_of_the_rules_tells_the_options_of_the_list_and_the_list_can_be_named(
    collate: Collate,
) -> None:
    said = collate("rules", "--help").out
    assert all(option in said for option in ("--severity", "--field", "--force", "--html", "preview"))
    assert collate("rules", "list", "--severity", "note").out == collate("rules", "--severity", "note").out
    assert "--changes" in collate("rules", "preview", "--help").out


@pytest.mark.slow
def test_a_table_in_a_pipe_has_whole_lines(
    office: Office, collate: Collate, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "crime_2018-07 " + "of a very long name " * 5 + ".csv"
    office.drop(export({}), name=name)
    monkeypatch.setenv("COLUMNS", "80")
    assert name in collate("receive").out
    codes = collate("rules").out
    assert "recorded_on.too_early" in codes


def test_a_question_at_the_end_of_a_sentence_is_its_only_stop() -> None:
    check = Checker("changes.toml")
    assert str(check.error("rule", 'did you mean "A039"?')).endswith('"A039"?')
    assert str(check.error("rule", "this text is missing")).endswith("missing.")


def test_a_picture_says_in_english_what_is_not_known() -> None:
    said = sentence("Kent Police", {("quarter", "offences"): 1200.0}, date(2018, 9, 1))
    assert "1,200 offences against on-duty personnel, how many with injury is not known" in said
    assert "the number of officers is not known" in said
    assert "every not known" not in said
    assert "in not known" not in said
