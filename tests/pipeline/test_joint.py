"""Rules over several parts: each combination keeps its own answer while the parts learn words and forget them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipeline import joint as joining
from pipeline.joint import Joint, Together
from pipeline.words import Answers

MASK = "broken_0"


def numbers(count: int) -> Answers:
    answers = Answers(pa.int64())
    answers.extend(pa.array(np.arange(count)))
    return answers


@pytest.mark.parametrize("flat", [joining.FLAT, 0])
def test_every_row_has_the_answer_of_its_own_combination_however_many_words_come(
    flat: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "FLAT", flat)
    asked: list[int] = []

    def ask(table: pa.Table) -> pa.Table:
        asked.append(table.num_rows)
        one, other = (table.column(name).to_numpy() for name in ("one", "other"))
        return pa.table({MASK: pa.array((one * 7 + other) % 4)})

    joint = Joint(parts=(0, 1), bits={MASK: 3}, fields={"one": 0, "other": 1})
    together = Together([joint], pa.schema([("one", pa.int64()), ("other", pa.int64())]), ask)
    chance = np.random.default_rng(1)
    for age, (first, second) in enumerate([(2, 3), (2, 3), (9, 3), (9, 40), (300, 41), (5, 2)]):
        one, other = (chance.integers(0, size, 500).astype(np.int32) for size in (first, second))
        lots = [({"one": numbers(first)}, one), ({"other": numbers(second)}, other)]
        # The last time the parts have forgotten what they knew.
        found = together.of(lots, (first, second), (age // 5, age // 5))
        assert (found[MASK] == (one.astype(np.int64) * 7 + other) % 4).all()
    assert len(asked) < 6, "a combination that is known is asked again"
