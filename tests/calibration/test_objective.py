"""Distances and the objective, by hand; the objective does not hang on the number of workers."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

from experiments.calibration.objective import (
    FAR_OFF,
    FREE,
    NAMES,
    SIGMAS,
    WHOLE,
    Objective,
    defaults,
    distance,
    outcomes,
    placed,
)
from experiments.inference.targets import FITTED, Target, around, near, per_cent
from simulation.parameters import Horizon, Organisation, Scenario, parameters

LINEAR = around("a", "fitted", 40, 10, "%", "a survey", per_cent("won_share"))
BY_FACTOR = near("b", "fitted", 50, "hours", "a survey", per_cent("won_share"))


@pytest.mark.parametrize(("target", "outcome", "half_bands"), [
    (LINEAR, 40, 0), (LINEAR, 50, 1), (LINEAR, 25, -1.5), (BY_FACTOR, 50, 0), (BY_FACTOR, 100, 1), (BY_FACTOR, 12.5, -2),
])
def test_distance_is_counted_in_half_bands(target: Target, outcome: float, half_bands: float) -> None:
    assert distance(target, outcome) == pytest.approx(SIGMAS * half_bands)


@pytest.mark.parametrize("outcome", [math.nan, math.inf, 0.0, -1.0])
def test_what_has_no_value_is_far_off(outcome: float) -> None:
    assert distance(BY_FACTOR, outcome) == FAR_OFF


def test_outcomes_are_means_over_runs_that_have_one() -> None:
    runs = {"won_share": np.array([0.1, np.nan, 0.3])}
    assert outcomes(runs, (LINEAR,)) == [pytest.approx(20)]
    assert math.isnan(outcomes({"won_share": np.array([np.nan])}, (LINEAR,))[0])


def test_a_place_on_the_axis_is_the_value_again_and_within_bounds() -> None:
    for free in FREE:
        for value in free.tried:
            assert free.value(free.along(value)) == pytest.approx(value, abs=1e-12)
        assert free.value(free.along(free.high) + 1) == free.high
        assert free.value(free.along(free.low) - 1) == free.low


def test_bounds_and_values_tried_are_legal() -> None:
    declared = {one.key: one for one in parameters()}
    for free in FREE:
        one = declared[free.name]
        assert one.low <= free.low < free.high <= one.high
        assert free.low <= min(free.tried)
        assert max(free.tried) <= free.high
        assert list(free.tried) == sorted(set(free.tried))
    for name, hours in WHOLE.items():
        assert declared[name].low <= min(hours)
        assert max(hours) <= declared[name].high


def test_what_is_fitted_is_what_is_declared_as_calibrated() -> None:
    calibrated = {one.key for one in parameters() if one.grade == "calibrated"}
    assert calibrated == set(NAMES)


def test_a_firm_is_placed_at_a_point() -> None:
    assert placed(defaults()) == Scenario()
    changed = placed({"organisation.reps": 12.0, "organisation.selling_hours_per_day": 5, "market.selectivity": 2})
    assert (changed.organisation.reps, changed.organisation.selling_hours_per_day) == (12, 5)
    assert isinstance(changed.organisation.reps, int)
    assert isinstance(changed.organisation.selling_hours_per_day, float)
    assert isinstance(changed.market.selectivity, float)
    assert Scenario.model_validate(changed.model_dump()) == changed


@dataclass
class Counter:
    runs: int = 0

    def __call__(self, runs: int) -> None:
        self.runs += runs


def test_the_objective_is_the_same_for_any_number_of_workers() -> None:
    small = Scenario(
        organisation=Organisation(reps=9), horizon=Horizon(warmup_weeks=4, window_weeks=12, horizon_weeks=40)
    )
    found = []
    for workers in (1, 3):
        counted = Counter()
        with ThreadPoolExecutor(workers) as pool:
            found.append(Objective(range(5, 12), pool, workers, counted).runs(small))
        assert counted.runs == 7
    assert found[0].tobytes() == found[1].tobytes()
    assert len(outcomes(found[0], FITTED)) == len(FITTED)
