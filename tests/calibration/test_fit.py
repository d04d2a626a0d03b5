"""Fit and profile on an objective whose minimum is known: distances that are linear in the parameters' axes."""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from experiments.calibration import Meter, fit, n_runs, profile
from experiments.calibration.fit import QUICK, Effort, Fit
from experiments.calibration.objective import FREE, NAMES, WHOLE, Point

TRUE: Point = {
    "market.patience_mean_weeks": 90.0, "market.patience_shape": 0.5, "market.reply_lag_hours": 300.0,
    "market.selectivity": 3.0, "organisation.forgotten_per_week": 0.3, "organisation.selling_hours_per_day": 4,
    "organisation.review_hours_per_day": 1,
}
SHARPNESS = 10.0  # standard deviations per e-fold: an interval of +- 0.196 on the logarithm


class Bowl:
    """Stands for an objective. ridge: only the product of patience and reply lag is seen, and so neither of them."""

    def __init__(self, ridge: bool = False) -> None:
        self.ridge, self.evaluations = ridge, 0

    def distances(self, point: Point) -> Any:
        self.evaluations += 1
        off = {free.name: SHARPNESS * (free.along(point[free.name]) - free.along(TRUE[free.name])) for free in FREE}
        off |= {name: 3.0 * (point[name] - TRUE[name]) for name in WHOLE}
        if self.ridge:
            product = off.pop("market.patience_mean_weeks") + off.pop("market.reply_lag_hours")
            return np.array([product, *off.values()])
        return np.array(list(off.values()))

    def alone(self, point: Point) -> float:
        return float((self.distances(point) ** 2).sum())


START: Point = {
    **TRUE, "market.patience_mean_weeks": 200.0, "market.patience_shape": 0.3, "market.selectivity": 6.0,
    "organisation.forgotten_per_week": 0.0,
}


def profiled(bowl: Any, effort: Effort) -> Any:
    best = fit.refine(bowl, START, FREE, 10)
    wholes = fit.whole_hours(bowl, best.point, 3)
    return best, profile.table(best, profile.profile(bowl, best, effort), wholes)


def test_least_squares_finds_the_minimum_and_never_gets_worse() -> None:
    bowl: Any = Bowl()
    found = fit.refine(bowl, START, FREE, 12)
    assert found.chi_square < 1e-6
    for name in NAMES:
        assert found.point[name] == pytest.approx(TRUE[name], rel=1e-3)
    assert fit.refine(bowl, TRUE, FREE, 1).chi_square <= bowl.alone(TRUE)


def test_least_squares_holds_what_is_not_free() -> None:
    bowl: Any = Bowl()
    found = fit.refine(bowl, START, FREE[1:], 10)
    assert found.point[FREE[0].name] == START[FREE[0].name]
    assert found.chi_square == pytest.approx((SHARPNESS * math.log(200 / 90)) ** 2, rel=1e-3)


@pytest.mark.parametrize("effort", [Effort(), QUICK])
def test_a_fit_takes_no_more_runs_than_it_says(effort: Effort) -> None:
    bowl: Any = Bowl()
    fit.refine(bowl, START, FREE, effort.rounds)
    assert bowl.evaluations * effort.seeds <= effort.refined(effort.rounds)


def test_differential_evolution_finds_region_and_whole_hours() -> None:
    found = []
    for workers in (1, 3):
        bowl: Any = Bowl()
        with ThreadPoolExecutor(workers) as pool:
            found.append(fit.explore(bowl, Effort(), pool))
        assert bowl.evaluations * Effort().scouts <= Effort().explored()
    assert found[0] == found[1]
    assert {name: found[0].point[name] for name in WHOLE} == {name: TRUE[name] for name in WHOLE}
    assert found[0].chi_square < bowl.alone(START)


def test_whole_hours_are_all_tried() -> None:
    bowl: Any = Bowl()
    found = fit.whole_hours(bowl, START, 8)
    assert len(found) == math.prod(len(hours) for hours in WHOLE.values())
    best = min(found, key=lambda one: one.chi_square)
    assert {name: best.point[name] for name in WHOLE} == {name: TRUE[name] for name in WHOLE}


def test_intervals_are_those_of_the_known_sharpness() -> None:
    bowl: Any = Bowl()
    best, table = profiled(bowl, Effort())
    found = profile.interval(table, "market.reply_lag_hours")
    # Interpolated between the values tried, so not exactly exp(+- 1.96 / 10).
    assert math.log(found.high / TRUE["market.reply_lag_hours"]) == pytest.approx(0.196, abs=0.03)
    assert math.log(found.low / TRUE["market.reply_lag_hours"]) == pytest.approx(-0.196, abs=0.03)
    assert not found.open_below
    assert not found.open_above
    assert found.along == ""
    selling = profile.interval(table, "organisation.selling_hours_per_day")
    assert (selling.low, selling.high, selling.open_below, selling.open_above) == (4, 4, False, False)
    assert (table["above"] > -1e-6).all()
    assert best.chi_square < 1e-6


def test_a_ridge_is_open_and_says_what_moves_along() -> None:
    bowl: Any = Bowl(ridge=True)
    _, table = profiled(bowl, Effort(profile_rounds=8))
    found = profile.interval(table, "market.reply_lag_hours")
    assert found.high - found.low > 240  # of 300 tried
    assert "patience_mean_weeks" in found.along
    assert "selectivity" not in found.along


def test_a_profile_of_few_points_has_few() -> None:
    bowl: Any = Bowl()
    found = profile.profile(bowl, Fit(TRUE, 0.0), Effort(profile_points=3))
    assert len(found) <= 2 * len(FREE)
    assert profile.n_fits(Effort(profile_points=3)) >= len(found)


def test_the_bar_is_full_in_the_end_whatever_a_stage_needed() -> None:
    told: list[int] = []
    meter = Meter(told.append)
    meter.stage(10)
    meter(4)
    meter.stage(5)
    meter(5)
    meter(3)  # more than announced does not count
    meter.stage(0)
    assert sum(told) == 15
    assert n_runs(QUICK) < n_runs(Effort()) / 10
