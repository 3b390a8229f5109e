"""The chain ladder: Mack's own published example, another library's numbers, and silence where history is short."""

from __future__ import annotations

import math

import pytest

from transforms.compare.chain_ladder import expected_final

# Taylor and Ashe (1983), the example of Mack (1993).
TAYLOR_ASHE: list[list[float]] = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]
TRIANGLE = [[*row, *[None] * (10 - len(row))] for row in TAYLOR_ASHE]

# Mack (1993), the reserves and their standard errors, in thousands and in per cent of the reserve.
PUBLISHED = [
    (95, 80),
    (470, 26),
    (710, 19),
    (985, 27),
    (1419, 29),
    (2178, 26),
    (3920, 22),
    (4279, 23),
    (4626, 29),
]


def test_mack_s_published_example_comes_out_as_published() -> None:
    found = expected_final(TRIANGLE, fewest=1)
    assert found[0] is not None
    assert (found[0].final, found[0].age) == (None, 9)
    for each, (reserve, percent) in zip(found[1:], PUBLISHED, strict=True):
        assert each is not None
        assert each.final is not None
        assert each.standard_error is not None
        assert round((each.final - each.figure) / 1000) == reserve
        assert round(100 * each.standard_error / (each.final - each.figure)) == percent


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_chainladder_library_gives_the_same_numbers() -> None:
    import chainladder

    triangle = chainladder.load_sample("genins")
    grown = chainladder.Development(sigma_interpolation="mack").fit_transform(triangle)
    theirs = chainladder.MackChainladder().fit(grown).summary_.to_frame()
    ours = expected_final(TRIANGLE, fewest=1)
    for each, final, error in list(zip(ours, theirs["Ultimate"], theirs["Mack Std Err"], strict=True))[1:]:
        assert each is not None
        assert each.final == pytest.approx(final, rel=1e-9)
        assert each.standard_error == pytest.approx(error, rel=1e-9)


def test_the_interval_is_about_the_estimate_and_as_wide_as_its_error() -> None:
    each = expected_final(TRIANGLE, fewest=1)[9]
    assert each is not None
    assert each.final is not None
    assert each.standard_error is not None
    assert each.low is not None
    assert each.high is not None
    spread = math.log(1 + (each.standard_error / each.final) ** 2)
    assert math.sqrt(each.low * each.high) == pytest.approx(each.final * math.exp(-spread / 2))
    assert math.log(each.high / each.low) == pytest.approx(2 * 1.96 * math.sqrt(spread), rel=1e-4)


def test_too_little_history_is_said_instead_of_a_number() -> None:
    found = expected_final([[10, 12, 13], [11, 13, None], [9, None, None]])
    assert found[2] is not None
    assert found[2].final is None
    assert found[2].why_not == (
        "Too little history: 2 earlier months were seen from age 0 to 1 months, and 3 are needed."
    )


def test_a_month_missing_at_an_age_is_left_out_and_is_no_nought() -> None:
    full = [[10, 12], [20, 24], [30, 36], [10, None]]
    hole = [[10, 12], [20, 24], [None, 36], [30, 36], [10, None]]
    assert expected_final(hole)[4] == expected_final(full)[3]
    assert expected_final([[None, None], *full])[0] is None


def test_growth_from_nought_has_no_factor_and_is_said() -> None:
    found = expected_final([[0, 2], [10, 12], [10, 11], [10, 12], [10, None]])
    assert found[4] is not None
    assert (found[4].final, "A figure of nought grew" in found[4].why_not) == (None, True)
    nought = expected_final([[10, 12], [10, 11], [10, 12], [0, None]])[3]
    assert nought is not None
    assert (nought.final, "The figure is nought" in nought.why_not) == (None, True)


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="same ages"):
        expected_final([[1, 2], [1]])
