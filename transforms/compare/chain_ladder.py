"""The expected final figure of a month that is still growing: the chain ladder, with Mack's standard error.

T. Mack, "Distribution-free calculation of the standard error of chain ladder reserve estimates", ASTIN Bulletin 23
(1993), 213-225. An estimate, never a figure: it is kept apart from what forces have recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isnan, log, nan, sqrt

import numpy as np
import numpy.typing as npt

METHOD = "Chain ladder on the figures of earlier months by age; 95% interval from Mack's standard error (1993), lognormal"

# With fewer months seen at both of two ages, a growth from one to the other says next to nothing.
FEWEST_MONTHS = 3

NORMAL_95 = 1.959963984540054

Figures = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """How figures grow from one age to the next: over how many months seen at both, by how much, how unevenly."""

    months: int
    seen: float
    factor: float
    variance: float


@dataclass(frozen=True)
class Estimate:
    """What a month's figure may come to: the estimate, its standard error and interval, or why there is none."""

    age: int
    figure: float
    final: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    why_not: str = ""


def expected_final(
    triangle: Sequence[Sequence[float | None]], fewest: int = FEWEST_MONTHS
) -> list[Estimate | None]:
    """Return the estimate of each row of a triangle, None for a row without a figure.

    A row is a month, oldest first, with its figure (victims) at each age in months from 0; None where it is missing, which
    is not nought. The last age stands for the end: a month that has reached it is as it is, without an estimate.
    `fewest` is how many months must be seen at both of two ages. Raises ValueError for rows of different lengths.
    """
    if len({len(row) for row in triangle}) > 1:
        raise ValueError("Every row of a triangle has the same ages.")
    figures = np.array([[nan if each is None else each for each in row] for row in triangle], dtype=float)
    if not figures.size:
        return [None for _ in triangle]
    steps = smoothed([step(figures, age) for age in range(figures.shape[1] - 1)])
    return [estimate(row, steps, fewest) for row in figures]


def step(figures: Figures, age: int) -> Step:
    """Return how figures grow from one age to the next, over the months that are there at both."""
    both = figures[~np.isnan(figures[:, age]) & ~np.isnan(figures[:, age + 1])]
    before, after = both[:, age], both[:, age + 1]
    if np.any((before == 0) & (after != 0)):
        # Growth from nought has no factor, so nothing that passes this age can be estimated.
        return Step(len(both), float(before.sum()), nan, nan)
    grown = before > 0
    before, after = before[grown], after[grown]
    if not len(before):
        return Step(0, 0.0, nan, nan)
    factor = float(after.sum() / before.sum())
    variance = (
        float((before * (after / before - factor) ** 2).sum() / (len(before) - 1)) if len(before) > 1 else nan
    )
    return Step(len(before), float(before.sum()), factor, variance)


def smoothed(steps: Sequence[Step]) -> list[Step]:
    """Return the steps with Mack's variance for one seen in a single month: no larger than of the two before it."""
    done: list[Step] = []
    for each in steps:
        variance = each.variance
        if isnan(variance) and each.months == 1 and len(done) >= 2:
            last, one_before = done[-1].variance, done[-2].variance
            variance = (
                min(last**2 / one_before, last, one_before) if one_before > 0 else min(last, one_before)
            )
        done.append(Step(each.months, each.seen, each.factor, variance))
    return done


def estimate(row: Figures, steps: Sequence[Step], fewest: int) -> Estimate | None:
    """Return the estimate of one month from the newest age it has a figure at."""
    there = np.flatnonzero(~np.isnan(row))
    if not len(there):
        return None
    age = int(there[-1])
    figure = float(row[age])
    ahead = steps[age:]
    if not ahead:
        return Estimate(
            age, figure, None, None, None, None, "The month has reached the last age that is known."
        )
    if reason := why_not(figure, age, ahead, fewest):
        return Estimate(age, figure, None, None, None, None, reason)
    final, relative = figure, 0.0
    for each in ahead:
        relative += each.variance / each.factor**2 * (1 / final + 1 / each.seen)
        final *= each.factor
    error = final * sqrt(relative)
    spread = log(1 + relative)
    middle = log(final) - spread / 2
    low, high = (exp(middle + sign * NORMAL_95 * sqrt(spread)) for sign in (-1, 1))
    return Estimate(age, figure, final, error, low, high)


def why_not(figure: float, age: int, ahead: Sequence[Step], fewest: int) -> str:
    """Return why a figure cannot be carried to the last age, or nothing where it can."""
    for offset, each in enumerate(ahead):
        between = f"from age {age + offset} to {age + offset + 1} months"
        if each.months < fewest:
            return (
                f"Too little history: {each.months} earlier {'month was' if each.months == 1 else 'months were'} seen "
                f"{between}, and {fewest} are needed."
            )
        if isnan(each.factor):
            return f"A figure of nought grew {between}, which the chain ladder cannot describe."
        if not each.factor or isnan(each.variance):
            return (
                f"Figures fell to nought, or were seen once only, {between}, so there is no standard error."
            )
    return "" if figure > 0 else "The figure is nought, and the chain ladder can only make it grow from more."
