"""Rules against the force's own drops before it: each breaks and keeps, and chance alone seldom breaks one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import ibis
import numpy as np
import pytest

from expectations.answers import Answer
from expectations.history import (
    code_gone,
    less_filled,
    references_gone,
    references_of,
    sent_before,
    shared,
    usual,
    volume,
)
from expectations.profile import Profile, months_before
from schemas.rule_examples import DROPS, Cells
from schemas.whole_drop import LEAST_MONTHS


def month_drop(month: str, records: int, sequence: int = 1, **changed: object) -> Profile:
    """Return the profile of a drop of one month."""
    year, number = (int(part) for part in month.split("-"))
    begins = date(year, number, 1)
    ends = date(year + number // 12, number % 12 + 1, 1).replace(day=1)
    profile = Profile(
        f"drop {sequence}", "west_mercia", "crime", f"{month}.csv", sequence, begins,
        date.fromordinal(ends.toordinal() - 1), True, records, {month: records},
    )  # fmt: skip
    return replace(profile, **changed)  # type: ignore[arg-type]


def series(counts: list[int], until: str = "2018-08") -> list[Profile]:
    """Return one drop a month of these records, the last one for the month given."""
    year, number = (int(part) for part in until.split("-"))
    after = date(year + number // 12, number % 12 + 1, 1)
    months = months_before(after, len(counts))
    return [month_drop(month, n, place) for place, (month, n) in enumerate(zip(months, counts, strict=True))]


THIS = month_drop("2018-09", 50, 99)


def said(answer: Answer) -> list[str]:
    assert answer.state == "ran" and answer.judged
    return [found.field for found in answer.found]


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(", ")]


def codes(text: str) -> dict[str, int]:
    return {code: int(count) for code, count in (word.split(" ") for word in text.split(", "))}


@pytest.mark.parametrize(("place", "fields"), [(0, ["occurred_on"]), (1, [])])
def test_the_examples_of_the_volume_of_a_month(place: int, fields: list[str]) -> None:
    cells: Cells = DROPS["unusual_volume"][place]
    count = int(cells["this month"])
    drop = replace(THIS, records=count, months={"2018-09": count})
    assert said(volume(drop, series(numbers(cells["months before"])))) == fields


def test_a_month_that_a_later_drop_covers_again_counts_as_the_later_drop_has_it() -> None:
    before = series([50] * 8)
    assert said(volume(THIS, [*before, month_drop("2018-03", 51, 50)])) == []
    assert said(volume(THIS, before)) == []
    assert said(volume(replace(THIS, months={"2018-09": 5}), before)) == ["occurred_on"]


def test_a_month_without_a_record_is_judged_as_nought() -> None:
    assert said(volume(replace(THIS, records=1, months={}), series([50] * 8))) == ["occurred_on"]


def test_several_months_without_a_record_are_one_finding() -> None:
    year = replace(THIS, begins=date(2018, 7, 1), ends=date(2018, 9, 30), months={"2018-09": 50})
    (found,) = volume(year, series([50] * 8)[:-2]).found
    assert found.message.startswith("2018-07 and 2018-08 have no record: the ")


def test_volume_cannot_be_judged_of_few_months_or_without_a_period() -> None:
    few = volume(THIS, series([50] * (LEAST_MONTHS - 1)))
    assert (few.state, few.why) == ("could_not_run", "Fewer than 6 months before it have been sent (5).")
    unstated = volume(replace(THIS, is_stated=False), series([50] * 8))
    assert (unstated.state, unstated.why) == (
        "could_not_run",
        "The file does not say which period it covers.",
    )


@pytest.mark.parametrize("months", [6, 12, 24])
@pytest.mark.parametrize(("mean", "spread"), [(8, 0.0), (60, 0.0), (60, 0.2), (600, 0.1)])
def test_chance_alone_seldom_makes_a_month_unusual(months: int, mean: int, spread: float) -> None:
    # Counts by chance alone, and with a mean that itself varies from month to month (negative binomial).
    random = np.random.default_rng(months * 1000 + mean)
    trials = 2000
    means = mean * random.gamma(1 / spread**2, spread**2, (trials, months + 1)) if spread else mean
    counts = random.poisson(means, (trials, months + 1))
    outside = 0
    for row in counts.tolist():
        low, high = usual(row[:-1])
        outside += not low <= row[-1] <= high
    # 1 in 1,000 is the limit: of 2,000 trials more than 10 would be a chance of less than 1 in 100,000.
    assert outside <= 10


def test_a_month_of_half_the_records_is_told_of_a_force_of_any_size() -> None:
    random = np.random.default_rng(7)
    for mean in (80, 600):
        told = 0
        for row in random.poisson(mean, (200, 24)).tolist():
            low, _ = usual(row)
            told += mean / 2 < low
        assert told >= 195


def filled_drop(records: int, filled: int, **changed: object) -> Profile:
    return replace(THIS, records=records, filled={"injury": filled}, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(("place", "fields"), [(0, ["injury"]), (1, [])])
def test_the_examples_of_a_field_filled_less_often(place: int, fields: list[str]) -> None:
    cells = DROPS["less_filled"][place]
    (then, of), (now, here) = (
        (int(word) for word in cells[name].split(" of ")) for name in ("injury before", "injury")
    )
    before = [month_drop("2018-08", of, filled={"injury": then})]
    assert said(less_filled(filled_drop(here, now), before)) == fields


def test_a_field_filled_more_often_or_only_now_is_no_fall() -> None:
    before = [month_drop("2018-08", 200, filled={"injury": 20})]
    assert said(less_filled(filled_drop(100, 90), before)) == []
    answer = less_filled(filled_drop(100, 10), [month_drop("2018-08", 200, filled={"rank": 200})])
    assert answer.state == "could_not_run"


def test_outcomes_that_are_not_known_yet_are_no_fall() -> None:
    before = [month_drop("2018-08", 200, filled={"outcome_on": 190, "injury": 190})]
    drop = replace(THIS, records=100, filled={"outcome_on": 30, "injury": 95})
    assert said(less_filled(drop, before)) == []


def test_completeness_by_chance_alone_is_seldom_told() -> None:
    random = np.random.default_rng(3)
    told = 0
    for then, now in zip(random.binomial(300, 0.8, 2000), random.binomial(40, 0.8, 2000), strict=True):
        before = [month_drop("2018-08", 300, filled={"injury": int(then)})]
        told += bool(less_filled(filled_drop(40, int(now)), before).found)
    assert told <= 10


@pytest.mark.parametrize(("place", "fields"), [(0, ["injury"]), (1, [])])
def test_the_examples_of_a_code_that_is_gone(place: int, fields: list[str]) -> None:
    cells = DROPS["code_gone"][place]
    before = [month_drop("2018-08", 200, codes={"injury": codes(cells["injury before"])})]
    drop = replace(THIS, codes={"injury": codes(cells["injury"])})
    assert said(code_gone(drop, before)) == fields


def test_a_rare_code_that_is_gone_from_few_records_is_chance() -> None:
    before = [month_drop("2018-08", 200, codes={"injury": {"none": 180, "minor": 20}})]
    assert said(code_gone(replace(THIS, codes={"injury": {"none": 30}}), before)) == []


def test_nothing_before_means_that_rules_of_history_could_not_run() -> None:
    for rule in (less_filled, code_gone):
        answer = rule(filled_drop(100, 90), [])
        assert (answer.state, answer.judged) == ("could_not_run", 0)
    assert less_filled(replace(THIS, records=0), []).state == "does_not_apply"


def counted(every: str, there: str) -> dict[str, int]:
    return {"every": int(every), "there": int(there)}


@pytest.mark.parametrize(("place", "fields"), [(0, ["source_record_id"]), (1, [])])
def test_the_examples_of_references_that_are_gone_and_that_came_before(place: int, fields: list[str]) -> None:
    gone = DROPS["references_gone"][place]
    answer = references_gone(
        THIS, month_drop("2018-09", 120), counted(gone["sent before"], gone["still there"])
    )
    assert said(answer) == fields
    again = DROPS["sent_before"][place]
    found = counted(again["references"], again["in an earlier file of other days"])
    assert said(sent_before(THIS, {"august.csv": found})) == fields


def test_references_are_looked_for_by_what_they_are_within_the_period() -> None:
    day = date(2018, 9, 3)
    before = ibis.memtable(
        {"source_record_id": ["a", "b", "b", "c"], "occurred_on": [day, day, day, date(2018, 8, 3)]}
    )
    now = ibis.memtable({"source_record_id": ["b", "c", "d"], "occurred_on": [day] * 3})
    asked = references_of(before, (date(2018, 9, 1), date(2018, 9, 30)))
    assert shared(asked, now).to_pyarrow().to_pylist() == [{"every": 2, "there": 1}]
    assert shared(references_of(before), now).to_pyarrow().to_pylist() == [{"every": 3, "there": 2}]
