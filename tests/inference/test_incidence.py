"""Cumulative incidence against statsmodels, and its intervals by bootstrap over runs against the truth."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from experiments.inference import bootstrap_interval, curve_bands, curve_differences, mean_interval
from simulation import simulate
from simulation.measures import CURVES, cumulative_incidence
from simulation.run import ensemble_with_curves
from tests.helpers.scenarios import BUSY, CONTESTED, changed

CENSORED, EVENT, COMPETING = 0, 1, 2


def assert_equals_statsmodels(ages: Any, status: Any, incidence: Any, other: Any) -> None:
    """The project's two curves, by whole age, against the reference at all of its ages."""
    with np.errstate(all="ignore"):  # in its standard errors, where nobody is left at risk
        reference = CumIncidenceRight(ages, status)
    at = reference.times.astype(int)
    np.testing.assert_allclose(incidence[at], reference.cinc[0], atol=1e-12)
    np.testing.assert_allclose(other[at], reference.cinc[1], atol=1e-12)
    between = np.setdiff1d(np.arange(1, len(incidence)), at)
    assert (incidence[between] == incidence[between - 1]).all()


def test_incidence_is_that_of_statsmodels_for_tied_and_censored_ages() -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        ages, status = rng.integers(1, 15, 40), rng.integers(0, 3, 40)
        counts = (np.bincount(ages[status == kind], minlength=16) for kind in (EVENT, COMPETING, CENSORED))
        assert_equals_statsmodels(ages, status, *cumulative_incidence(*counts))


@pytest.mark.parametrize("of", ["action", "enactment"])
def test_incidence_of_a_real_run_is_that_of_statsmodels(of: str) -> None:
    """In the busy firm customers win, lose and leave, and some are still open at its horizon."""
    weeks = BUSY.horizon.warmup_weeks + BUSY.horizon.window_weeks
    firm = changed(  # so near a horizon that many are still open; customers patient and forgiving enough that many are won
        horizon_weeks=weeks + 1, patience_mean_weeks=4.0, patience_shape=0.8, selectivity=1.0, selling_hours_per_day=8.0,
        review_hours_per_day=4.0, ambiguity=0.2, ambiguity_spread=0.0, hearsay=0.0, expertise_share=0.8,
    )
    start, end = 2400 * firm.horizon.warmup_weeks, 2400 * weeks
    cases = simulate(firm, CONTESTED, 5).cases
    cases = cases[cases["opened"].between(start, end - 1)]
    happened = cases["acted"] >= 0 if of == "action" else cases["outcome"] == "won"
    instant = np.where(happened & (of == "action"), cases["acted"], cases["closed"])
    status = np.select([happened, cases["closed"] >= 0], [EVENT, COMPETING], CENSORED)
    minutes = np.where(status == CENSORED, end + 2400, instant) - cases["opened"].to_numpy()
    ages = -(-minutes // 60)  # whole hours, a begun one counted in full
    assert np.bincount(status).min() > 10
    assert len(np.unique(ages)) < 0.8 * len(ages)  # ties
    last = 40 * (firm.horizon.window_weeks + 1)
    _, curves = ensemble_with_curves(firm, {"": CONTESTED}, [5], np.arange(last + 1))
    first = 0 if of == "action" else 2
    assert_equals_statsmodels(ages, status, curves[0, 0, first], curves[0, 0, first + 1])


def test_bands_of_curves() -> None:
    curves = np.zeros((2, 3, len(CURVES), 2))
    curves[1, :, 0, 1] = [0.1, 0.2, 0.6]
    curves[1, :, 1, 1] = np.nan
    curves[1, :, 2, 1] = [0.5, np.nan, np.nan]
    table = curve_bands(curves, ["a", "b"], [0, 8], cell=4)
    assert list(table.columns) == ["cell", "regime", "curve", "age_hours", "n", "mean", "low", "high"]
    assert (table["cell"] == 4).all()
    assert len(table) == 2 * len(CURVES) * 2
    table = table.set_index(["regime", "curve", "age_hours"])
    assert table.loc[("b", CURVES[0], 8), ["n", "mean"]].tolist() == pytest.approx([3, 0.3])
    assert table.loc[("b", CURVES[1], 8), "n"] == 0
    assert table.loc[("b", CURVES[2], 8), ["n", "mean"]].tolist() == [1, 0.5]
    assert table.loc["b"].loc[[CURVES[1], CURVES[2]]].query("age_hours == 8")[["low", "high"]].isna().all(axis=None)
    assert table.loc[("a", CURVES[0], 8), ["mean", "low", "high"]].tolist() == [0, 0, 0]


def curves_of_runs(rng: np.random.Generator, repetitions: int, n_runs: int, scale: Any) -> tuple[Any, Any]:
    """Fabricated curves float64[repetitions, runs, CURVES, ages] and what they are on average, [CURVES, ages].

    Every run has luck of its own, then 30 opportunities; by an age a certain share of the lucky ones has had the event.
    """
    luck = rng.beta(2.0, 3.0, size=(repetitions, n_runs, 1, 1))
    reached = np.cumsum(np.full((len(CURVES), 2), 0.4), axis=1) * np.array([1.0, 0.9, 0.6, 0.5])[:, None] * scale
    fresh = rng.binomial(30, np.diff(luck * reached, axis=-1, prepend=0.0))
    return fresh.cumsum(axis=-1) / 30, 0.4 * reached


def test_bootstrapped_curves_cover_the_truth_as_often_as_they_say() -> None:
    """3,000 repetitions of 40 runs, for 4 curves at 2 ages.

    At a true coverage of 95 % its standard deviation for one curve and age is 0.4 %, for the mean over them at most that: 2 %
    are 5 of them, which has a probability below 1e-6.
    """
    curves, truth = curves_of_runs(np.random.default_rng(2), 3000, 40, 1.0)
    names = [str(number) for number in range(3000)]
    table = curve_bands(curves, names, range(2))
    expected = np.tile(truth.ravel(), 3000)
    assert 0.93 < ((table["low"] <= expected) & (expected <= table["high"])).mean() < 0.97


def test_bootstrapped_differences_of_curves_cover_the_truth() -> None:
    """As above, for pairs of regimes that share their luck."""
    rng, again = np.random.default_rng(3), np.random.default_rng(3)
    curves, truth = curves_of_runs(rng, 3000, 40, 1.0)
    others, other_truth = curves_of_runs(again, 3000, 40, 0.7)
    names = [f"{word} {number}" for word in ("full", "less") for number in range(3000)]
    contrasts = list(zip(names[3000:], names[:3000], strict=True))
    table = curve_differences(np.concatenate([curves, others]), names, contrasts, range(2))
    expected = np.tile((other_truth - truth).ravel(), 3000)
    assert 0.93 < ((table["low"] <= expected) & (expected <= table["high"])).mean() < 0.97
    assert table["baseline"].iloc[0] == "full 0"


@pytest.mark.parametrize("interval", [mean_interval, bootstrap_interval])
def test_restricted_means_are_covered_as_often_as_intervals_say(interval: Any) -> None:
    """5,000 repetitions of 40 runs of 30 opportunities, each run with a pace of its own; a fifth leaves before the event.

    Mean of min(age, 520 hours), those who leave at 520. 2 % are 6.5 standard deviations of the coverage.
    """
    rng = np.random.default_rng(4)
    paces = np.array([0.004, 0.02])  # events per hour of slow and of quick runs, as many of one as of the other
    pace = rng.choice(paces, size=(5000, 40, 1))
    ages = np.where(rng.random((5000, 40, 30)) < 0.2, 520, rng.geometric(pace, size=(5000, 40, 30)))
    expected = 0.2 * 520 + 0.8 * ((1 - (1 - paces) ** 520) / paces).mean()
    band = interval(np.minimum(ages, 520).mean(axis=-1))
    assert 0.93 < ((band.low <= expected) & (expected <= band.high)).mean() < 0.97


def test_a_regime_against_itself_has_no_width() -> None:
    curves, _ = curves_of_runs(np.random.default_rng(5), 2, 10, 1.0)
    table = curve_differences(curves, ["a", "b"], [("a", "a")], range(2))
    assert (table[["mean", "low", "high"]] == 0).all(axis=None)


def test_bands_stay_within_bounds_rise_with_age_and_do_not_depend_on_company() -> None:
    curves, _ = curves_of_runs(np.random.default_rng(6), 3, 6, 1.0)
    table = curve_bands(curves, ["a", "b", "c"], range(2))
    bounds = table[["low", "high"]].to_numpy().reshape(3, len(CURVES), 2, 2)
    assert bounds.min() >= 0
    assert bounds.max() <= 1
    assert (np.diff(bounds, axis=2) >= 0).all()
    alone = curve_bands(curves[1:2], ["b"], range(2))
    of_b = table[table["regime"] == "b"].reset_index(drop=True)
    pd.testing.assert_frame_equal(of_b, alone, check_exact=False, rtol=1e-12)


def test_bands_of_few_runs_are_as_wide_as_students_t() -> None:
    """For values that are spread evenly the expanded percentile interval is about that of Student's t."""
    values = np.random.default_rng(7).normal(size=(400, 12))
    ours, students = bootstrap_interval(values), mean_interval(values)
    ratio = (ours.high - ours.low).mean() / (students.high - students.low).mean()
    assert 0.95 < ratio < 1.05
