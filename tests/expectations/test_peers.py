"""The funnel of shares: it tells a force far outside, and seldom one that is as others are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from expectations.peers import beyond, unlike_peers
from schemas.rule_examples import DROPS
from tests.expectations.test_history import THIS, said

Shares = list[tuple[int, int]]


def shares(text: str) -> Shares:
    return [(int(part), int(of)) for part, of in (each.split(" of ") for each in text.split(", "))]


def by_code(share: tuple[int, int]) -> dict[str, int]:
    return {"minor": share[0], "none": share[1] - share[0]}


@pytest.mark.parametrize(("place", "fields"), [(0, ["injury"]), (1, [])])
def test_the_examples_of_a_share_beside_other_forces(place: int, fields: list[str]) -> None:
    cells = DROPS["unlike_peers"][place]
    (here,) = shares(cells["minor of injury"])
    others = {
        f"force {n}": {"injury": by_code(share)} for n, share in enumerate(shares(cells["in other forces"]))
    }
    drop = replace(THIS, records=here[1], codes={"injury": by_code(here)})
    assert said(unlike_peers(drop, others)) == fields


def test_four_other_forces_are_too_few_and_the_force_itself_is_none() -> None:
    drop = replace(THIS, codes={"injury": {"none": 50}})
    others = {name: {"injury": {"minor": 90}} for name in ("a", "b", "c", "d", THIS.force_id)}
    answer = unlike_peers(drop, others)
    assert (answer.state, answer.judged) == ("could_not_run", 0)
    assert "Fewer than 5 other forces" in answer.why


def simulated(peers: int, spread: float, trials: int) -> int:
    """Return how often a force that is as the others are is told, of some trials."""
    random = np.random.default_rng(peers)
    told = 0
    for _ in range(trials):
        logits = -1 + spread * random.standard_normal(peers + 1)
        sizes = random.integers(30, 400, peers + 1)
        parts = random.binomial(sizes, 1 / (1 + np.exp(-logits)))
        every: Shares = list(zip(parts.tolist(), sizes.tolist(), strict=True))
        told += beyond(every[0], every[1:]) > 1
    return told


@pytest.mark.slow
@pytest.mark.parametrize("peers", [5, 12, 40])
@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_a_force_like_the_others_is_seldom_told_however_much_they_differ(peers: int, spread: float) -> None:
    # 3 standard errors are 2.7 in 1,000; of 1,000 trials more than 11 would be a chance below 1 in 10,000.
    assert simulated(peers, spread, 1000) <= 11


def test_a_spread_between_forces_makes_the_funnel_wider() -> None:
    alike = [(30, 100)] * 8
    apart = [(part, 100) for part in (10, 50, 20, 45, 15, 40, 25, 35)]
    assert beyond((60, 100), alike) > 1 > beyond((60, 100), apart)
