"""The rule of a drop against other forces: a funnel of shares, by Spiegelhalter (2005)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import asin, erfc, sqrt
from statistics import NormalDist

from expectations.answers import Answer, Found, could_not_run, does_not_apply, per_cent, ran
from expectations.history import compared
from expectations.profile import Profile
from schemas.table import words
from schemas.whole_drop import LEAST_PEERS, LEAST_RECORDS, OF_PRACTICE, PEER_POINTS, UNLIKE_PEERS

STANDARD_ERRORS = 3
# The share of the peers at either end that is pulled in before their spread is estimated.
PULLED_IN = 0.1
# So that the spread is exact to far more than it is known.
HALVINGS = 24

# Records with a code, of the records that have the field.
Share = tuple[int, int]


def unlike_peers(drop: Profile, others: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Answer:
    """Return the fields of which the share of a code is far outside the shares of other forces.

    `others` has the records of each force by field and code, of the same book and of the 24 months before the drop and
    its own days. Of one field, the code that is furthest out is told.
    """
    if not drop.records:
        return does_not_apply(UNLIKE_PEERS, "The drop has no records.")
    if drop.ends is None or drop.begins is None:
        return could_not_run(UNLIKE_PEERS, "The file does not say which period it covers.")
    judged, found, most = 0, [], 0
    enough = False
    for name in compared(drop.codes):
        counts = drop.codes[name]
        if not OF_PRACTICE.isdisjoint(counts):
            continue
        whole = sum(counts.values())
        peers = [
            codes[name]
            for force, codes in others.items()
            if force != drop.force_id
            and sum(codes.get(name, {}).values()) >= LEAST_RECORDS
            and OF_PRACTICE.isdisjoint(codes.get(name, {}))
        ]
        if whole < LEAST_RECORDS:
            continue
        enough, most = True, max(most, len(peers))
        if len(peers) < LEAST_PEERS:
            continue
        judged += 1
        outside: list[tuple[float, Found]] = []
        for code in sorted({*counts, *(code for peer in peers for code in peer)}):
            shares = [(peer.get(code, 0), sum(peer.values())) for peer in peers]
            here = counts.get(code, 0)
            pooled = sum(part for part, _ in shares) / sum(of for _, of in shares)
            if abs(here / whole - pooled) * 100 < PEER_POINTS:
                continue
            out = beyond((here, whole), shares)
            if out > 1:
                middle = sorted(part / of for part, of in shares)
                sentence = (
                    f"{words(code).capitalize()} is {per_cent(here, whole)} of {whole:,} records with {words(name)}; in "
                    f"{len(peers)} other forces it is {per_cent(pooled, 1)} together, {per_cent(middle[0], 1)} to "
                    f"{per_cent(middle[-1], 1)}."
                )
                outside.append((out, Found(name, sentence)))
        if outside:
            found.append(max(outside, key=lambda each: each[0])[1])
    if not enough:
        return could_not_run(
            UNLIKE_PEERS, f"The drop has fewer than {LEAST_RECORDS} records with a code in any field."
        )
    if not judged:
        return could_not_run(
            UNLIKE_PEERS, f"Fewer than {LEAST_PEERS} other forces have sent enough of this book ({most})."
        )
    return ran(UNLIKE_PEERS, judged, found, "The drop has no records.")


def beyond(here: Share, peers: Sequence[Share]) -> float:
    """Return how far a share lies from those of its peers, in units of the limit: above 1 it is outside."""
    # It takes a moment to load, and few drops come here.
    from scipy.special import stdtrit

    place, own = scaled(here)
    places, variances = zip(*(scaled(peer) for peer in peers), strict=True)
    between = spread(places, variances)
    weights = [1 / (variance + between) for variance in variances]
    target = sum(weight * each for weight, each in zip(weights, places, strict=True)) / sum(weights)
    chance = erfc(STANDARD_ERRORS / sqrt(2))
    limit = float(stdtrit(len(peers) - 1 - 2 * pulled_in(len(peers)), 1 - chance / 2)) * sqrt(
        own + between + 1 / sum(weights)
    )
    return float(abs(place - target) / limit)


def scaled(share: Share) -> tuple[float, float]:
    """Return a share on the arc sine scale with its variance there, which depends on the records alone."""
    part, whole = share
    # Anscombe's form, which holds near nought and one.
    return asin(sqrt((part + 3 / 8) / (whole + 3 / 4))), 1 / (4 * whole + 2)


def spread(places: Sequence[float], variances: Sequence[float]) -> float:
    """Return the variance between peers that is more than chance: the one by which their scores vary as they should.

    It is looked for by halving (Paule and Mandel 1982), as the scores are only alike once it is allowed for.
    """
    low, high = 0.0, 1.0
    if unlikeness(places, variances, low) <= len(places) - 1:
        return 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if unlikeness(places, variances, middle) > len(places) - 1:
            low = middle
        else:
            high = middle
    return high


def unlikeness(places: Sequence[float], variances: Sequence[float], between: float) -> float:
    """Return the sum of squares of the peers' scores, the outermost pulled in (Spiegelhalter 2005)."""
    weights = [1 / (variance + between) for variance in variances]
    target = sum(weight * each for weight, each in zip(weights, places, strict=True)) / sum(weights)
    scores = sorted((each - target) * sqrt(weight) for each, weight in zip(places, weights, strict=True))
    cut = pulled_in(len(scores))
    low, high = scores[cut], scores[-1 - cut]
    return sum(min(max(score, low), high) ** 2 for score in scores) / kept(cut / len(scores))


def pulled_in(peers: int) -> int:
    """Return how many peers at either end are pulled in."""
    return int(PULLED_IN * peers)


def kept(share: float) -> float:
    """Return what is left of the variance of a normal spread of which a share at either end is pulled in."""
    if not share:
        return 1.0
    normal = NormalDist()
    edge = normal.inv_cdf(1 - share)
    return 1 - 2 * share - 2 * edge * normal.pdf(edge) + 2 * share * edge**2
