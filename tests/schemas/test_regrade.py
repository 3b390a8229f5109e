"""Re-grades in a force's file: another severity for one force, with a reason, a name and an end."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from schemas import catalogue, regrade
from schemas.catalogue import Retired
from schemas.drop import rules_of
from schemas.force import Book, ForceFileError, load_force
from schemas.table import Severity
from tests.office import force_file

TODAY = date(2026, 11, 21)
SOUND = {
    "rule": '"A039"',
    "severity": '"note"',
    "reason": '"Days lost are pro rata here."',
    "by": '"J. Doe"',
    "until": "2027-03-31",
}


def written(folder: Path, *regrades: dict[str, str]) -> Path:
    """Return a force's file with re-grades; a key whose value is "" is left out."""
    blocks = [
        "\n".join(["[[regrade]]", *(f"{key} = {value}" for key, value in each.items() if value)])
        for each in regrades
    ]
    path = folder / "north_yorkshire.toml"
    body = force_file("North Yorkshire Police", "North Yorkshire")
    path.write_text(body + "\n\n".join(blocks) + "\n", encoding="utf-8")
    return path


def crime(folder: Path, *regrades: dict[str, str]) -> Book:
    return load_force(written(folder, *regrades), TODAY).books["crime"]


def severity_of(book: Book, rule: str) -> Severity:
    (found,) = {each.severity for each in rules_of(book) if each.name == rule}
    return found


@pytest.mark.parametrize("rule", ['"A039"', '"a039"', '"days_lost.out_of_range"'])
def test_a_regrade_by_code_or_name_gives_the_rule_its_severity_until_its_last_day(
    tmp_path: Path, rule: str
) -> None:
    book = crime(tmp_path, {**SOUND, "rule": rule})
    name = "days_lost.out_of_range"
    assert severity_of(book.on(date(2027, 3, 31)), name) is Severity.NOTE
    assert severity_of(book.on(date(2027, 4, 1)), name) is Severity.QUERY
    assert severity_of(book, name) is Severity.QUERY


def test_no_rule_goes_or_changes_its_place_by_a_regrade(tmp_path: Path) -> None:
    book = crime(tmp_path, SOUND)
    plain, regraded = rules_of(book), rules_of(book.on(TODAY))
    assert [rule.name for rule in plain] == [rule.name for rule in regraded]
    assert [one.name for one, other in zip(plain, regraded, strict=True) if one != other] == [
        "days_lost.out_of_range"
    ]


def test_a_regrade_is_part_of_the_fingerprint(tmp_path: Path) -> None:
    plain = crime(tmp_path).fingerprint
    first = crime(tmp_path, SOUND).fingerprint
    assert len({plain, first, crime(tmp_path, {**SOUND, "by": '"A. Other"'}).fingerprint}) == 3


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rule": '"A999"'}, 'regrade 1.rule: there is no rule "A999"'),
        ({"rule": '"days_lost.out_of_rang"'}, 'did you mean "days_lost.out_of_range"?'),
        ({"rule": ""}, "regrade 1.rule: this text is missing"),
        ({"severity": '"fatal"'}, '"fatal" is not a severity we know'),
        ({"severity": ""}, "regrade 1.severity: this is missing; it is one of error, query, note"),
        ({"severity": '"query"'}, "days_lost.out_of_range is a query already"),
        ({"reason": ""}, "regrade 1.reason: this text is missing"),
        ({"reason": '"  "'}, "regrade 1.reason: this text is blank"),
        ({"by": ""}, "regrade 1.by: this text is missing"),
        ({"until": ""}, "regrade 1.until: the last day it holds is missing"),
        ({"until": '"2027-03-31"'}, "write the date bare"),
        ({"until": "2027-11-22"}, "2027-11-22 is more than a year away; write 2027-11-21 or sooner"),
        ({"book": '"use_of_force"'}, '"use_of_force" is not a book of this force we know'),
        ({"hide": "true"}, '"hide" is not a key we know'),
        ({"rule": '"A008"'}, "occurred_on.required stays an error"),
        ({"rule": '"C003"'}, "offence.required stays an error"),
        ({"rule": '"A004"'}, "source_record_id.required stays an error"),
        ({"rule": '"A065"'}, "source_record_id.unexplained stays an error"),
        ({"rule": '"R001"'}, "source_record_id.repeated decides what becomes of the row"),
        ({"rule": '"S009"'}, "no row of this force is judged by source_record_id.mended"),
        ({"rule": '"R003"', "severity": '"error"'}, "never holds any; write query or note"),
    ],
)
def test_a_regrade_that_cannot_be_is_refused_with_the_key_and_the_mend(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    with pytest.raises(ForceFileError) as refused:
        load_force(written(tmp_path, {**SOUND, **changed}), TODAY)
    assert str(refused.value).startswith("north_yorkshire.toml, regrade 1")
    assert said in str(refused.value)


def test_the_same_rule_twice_is_refused_whatever_it_is_called(tmp_path: Path) -> None:
    again = {**SOUND, "rule": '"days_lost.out_of_range"', "severity": '"error"', "book": '"crime"'}
    with pytest.raises(ForceFileError, match=r"regrade 2: days_lost\.out_of_range is re-graded twice"):
        load_force(written(tmp_path, SOUND, again), TODAY)


def test_a_withdrawn_code_is_refused_with_the_one_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Retired("A900", "days_lost.absurd", ("A039",), date(2026, 12, 1), "It said the same as another.")
    monkeypatch.setattr(catalogue, "RETIRED", (gone,))
    with pytest.raises(ForceFileError, match=r"was withdrawn on 1 December 2026: .* See A039"):
        load_force(written(tmp_path, {**SOUND, "rule": '"A900"'}), TODAY)


def test_a_year_after_a_leap_day_is_the_last_of_february() -> None:
    assert regrade.year_after(date(2028, 2, 29)) == date(2029, 2, 28)
