"""Means, intervals and paired differences against numbers worked by hand and against SciPy."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.design import Experiment
from experiments.inference import curve_bands, estimates, mean_interval, paired_differences, summarise
from experiments.runner import Results
from simulation.measures import CURVES, NAMES


def runs_of(**values: list[float]) -> pd.DataFrame:
    """A table of runs with one measure, `won`, for regimes named by keyword and seeds 0, 1, ..."""
    parts = [
        pd.DataFrame({"regime": name, "seed": range(len(won)), "won": won}) for name, won in values.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_mean_and_interval_by_hand() -> None:
    # Mean 2.5, variance 5/3, standard error sqrt(5/12); t with 3 degrees of freedom at 97.5 % is 3.18245.
    found = mean_interval([1.0, 2.0, 3.0, 4.0])
    half = 3.182446305 * math.sqrt(5 / 12)
    assert found.n == 4
    assert found.mean == pytest.approx(2.5)
    assert found.sd == pytest.approx(math.sqrt(5 / 3))
    assert found.low == pytest.approx(2.5 - half)
    assert found.high == pytest.approx(2.5 + half)


def test_interval_is_scipys() -> None:
    values = np.random.default_rng(1).normal(10, 3, size=(3, 40))
    found = mean_interval(values)
    expected = stats.ttest_1samp(values, 0, axis=1).confidence_interval(0.95)
    np.testing.assert_allclose(found.low, expected.low)
    np.testing.assert_allclose(found.high, expected.high)


def test_missing_values_are_left_out_and_n_says_so() -> None:
    with_gaps = mean_interval([np.nan, 1.0, np.inf, 2.0, 4.0])
    without = mean_interval([1.0, 2.0, 4.0])
    assert with_gaps.n == 3
    for found, expected in zip(with_gaps, without, strict=True):
        assert found == pytest.approx(expected)


def test_one_value_has_no_interval_and_none_has_no_mean() -> None:
    one, none = mean_interval([np.nan, 7.0]), mean_interval([np.nan, np.nan])
    assert (one.n, one.mean) == (1, 7.0)
    assert np.isnan([one.sd, one.low, one.high]).all()
    assert none.n == 0
    assert np.isnan([none.mean, none.sd, none.low, none.high]).all()


def test_equal_values_have_an_interval_of_exactly_no_width() -> None:
    found = mean_interval([0.1] * 7)
    assert (found.mean, found.sd, found.low, found.high) == (0.1, 0.0, 0.1, 0.1)


def test_summary_of_each_regime() -> None:
    table = summarise(runs_of(b=[1.0, 3.0], a=[5.0, np.nan]), ["won"])
    assert list(table.columns) == ["measure", "unit", "regime", "n", "mean", "sd", "low", "high"]
    assert table["regime"].tolist() == ["b", "a"], "in the order of the runs"
    assert table["n"].tolist() == [2, 1]
    assert table["mean"].tolist() == [2.0, 5.0]
    assert table["unit"].tolist() == ["deals", "deals"]
    assert table["high"][0] == pytest.approx(2 + 12.7062047)  # t with 1 degree of freedom, standard error 1


def test_differences_are_paired_by_seed_whatever_the_order_of_rows() -> None:
    base, other = [10.0, 20.0, 30.0, np.nan], [11.0, 23.0, np.nan, 40.0]
    runs = runs_of(base=base, other=other).sample(frac=1, random_state=3)
    row = paired_differences(runs, "base", ["won"]).set_index("regime").loc["other"]
    expected = stats.ttest_rel([11.0, 23.0], [10.0, 20.0]).confidence_interval(0.95)
    assert (row["n"], row["mean"], row["baseline"]) == (2, 2.0, "base")
    assert row["low"] == pytest.approx(expected.low)
    assert row["high"] == pytest.approx(expected.high)


def test_pairing_takes_out_what_both_have_in_common() -> None:
    luck = np.random.default_rng(2).normal(0, 100, 30)
    table = paired_differences(runs_of(base=list(luck), other=list(luck + 1.0)), "base", ["won"])
    assert estimates(table)["won", "other"].low == pytest.approx(1.0, abs=1e-9)


def test_a_regime_against_itself_is_exactly_zero(results: Results, small: Experiment) -> None:
    same = results.differences[results.differences["regime"] == small.baseline]
    known = same[same["n"] > 1]
    assert len(known) > 30
    assert (known[["mean", "low", "high"]] == 0).all(axis=None)


def test_an_unknown_baseline_is_an_error() -> None:
    with pytest.raises(KeyError):
        paired_differences(runs_of(a=[1.0]), "b", ["won"])


def test_every_measure_of_every_regime_has_a_row(results: Results, small: Experiment) -> None:
    for table in (results.summary, results.differences):
        found = list(zip(table["measure"], table["regime"], strict=True))
        assert found == [(name, regime) for name in NAMES for regime in small.regimes]


def test_bands_of_curves() -> None:
    curves = np.zeros((2, 3, len(CURVES), 2))
    curves[1, :, 0, 1] = [0.1, 0.2, 0.6]
    curves[1, :, 1, 1] = np.nan
    table = curve_bands(curves, ["a", "b"], [0, 8]).set_index(["regime", "curve", "age_hours"])
    assert len(table) == 2 * len(CURVES) * 2
    row = table.loc["b", CURVES[0], 8]
    expected = stats.ttest_1samp([0.1, 0.2, 0.6], 0).confidence_interval(0.95)
    assert row[["n", "mean", "low", "high"]].tolist() == pytest.approx([3, 0.3, expected.low, expected.high])
    assert table.loc["b", CURVES[1], 8]["n"] == 0
    assert table.loc["a", CURVES[0], 8][["mean", "low", "high"]].tolist() == [0, 0, 0]


def test_an_estimate_knows_whether_it_is_clear_of_zero() -> None:
    table = summarise(runs_of(up=[1.0, 1.1], across=[-1.0, 1.0], single=[5.0]), ["won"])
    found = estimates(table)
    assert found["won", "up"].excludes_zero
    assert not found["won", "across"].excludes_zero
    assert not found["won", "single"].excludes_zero
    assert not found["won", "single"].has_interval
