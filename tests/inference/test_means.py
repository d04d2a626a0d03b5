"""Means, intervals and paired differences against numbers worked by hand and against SciPy."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.design.experiment import Experiment
from experiments.inference import differences, estimates, mean_interval, paired_differences, summarise
from experiments.running.runner import Results
from simulation.measures import NAMES
from tests.helpers.run_tables import runs_of, runs_of_cells


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
    assert list(table.columns) == ["cell", "measure", "unit", "regime", "n", "mean", "sd", "low", "high"]
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
    same = differences(results.runs, [(small.baseline, small.baseline)], NAMES)
    known = same[same["n"] > 1]
    assert len(known) > 30
    assert (known[["mean", "low", "high"]] == 0).all(axis=None)


def test_an_unknown_baseline_is_an_error() -> None:
    with pytest.raises(KeyError):
        paired_differences(runs_of(a=[1.0]), "b", ["won"])


def test_every_measure_of_every_regime_has_a_row(results: Results, small: Experiment) -> None:
    others = [name for name in small.regimes if name != small.baseline]
    for table, regimes in ((results.summary, list(small.regimes)), (results.differences, others)):
        found = list(zip(table["measure"], table["regime"], strict=True))
        assert found == [(name, regime) for name in NAMES for regime in regimes]


def test_an_estimate_knows_whether_it_is_clear_of_zero() -> None:
    table = summarise(runs_of(up=[1.0, 1.1], across=[-1.0, 1.0], single=[5.0]), ["won"])
    found = estimates(table)
    assert found["won", "up"].excludes_zero
    assert not found["won", "across"].excludes_zero
    assert not found["won", "single"].excludes_zero
    assert not found["won", "single"].has_interval


def test_estimates_of_several_cells_at_once_are_refused() -> None:
    table = summarise(runs_of_cells(np.zeros((2, 1, 3))), ["won"])
    with pytest.raises(ValueError, match="choose one cell"):
        estimates(table)
    assert estimates(table[table["cell"] == 1])["won", "a"].n == 3


# --- Many cells ---


def test_every_cell_is_as_if_it_were_alone() -> None:
    values = np.random.default_rng(4).normal(size=(5, 3, 8))
    values[2, 1, 3] = values[4, 0, :] = np.nan
    runs = runs_of_cells(values).sample(frac=1, random_state=1)
    contrasts = [("b", "a"), ("a", "c"), ("c", "c")]
    summary, paired = summarise(runs, ["won"]), differences(runs, contrasts, ["won"])
    for cell in range(5):
        alone = runs[runs["cell"] == cell]
        for table, expected in (
            (summary, summarise(alone, ["won"])),
            (paired, differences(alone, contrasts, ["won"])),
        ):
            pd.testing.assert_frame_equal(table[table["cell"] == cell].reset_index(drop=True), expected)


def test_means_of_cells_with_unequal_numbers_of_seeds() -> None:
    values = np.random.default_rng(5).normal(size=(4, 2, 30))
    runs = runs_of_cells(values)
    longer = runs[(runs["cell"] == 2) | (runs["seed"] < 10)]
    summary = summarise(longer, ["won"])
    assert summary["n"].tolist() == [10, 10, 10, 10, 30, 30, 10, 10]
    expected = [values[cell, regime, : 30 if cell == 2 else 10].mean() for cell in range(4) for regime in range(2)]
    assert summary["mean"].tolist() == pytest.approx(expected)
    paired = differences(longer, [("b", "a")], ["won"])
    assert paired["n"].tolist() == [10, 10, 30, 10]
    few = stats.ttest_rel(values[0, 1, :10], values[0, 0, :10])
    assert paired["p"][0] == pytest.approx(few.pvalue)


def test_p_is_scipys() -> None:
    values = np.random.default_rng(6).normal([[0.0], [0.3]], 1.0, size=(40, 2, 12))
    table = differences(runs_of_cells(values), [("b", "a")], ["won"])
    assert table["p"].tolist() == pytest.approx(stats.ttest_rel(values[:, 1], values[:, 0], axis=1).pvalue)
    assert ((table["p"] < 0.05) == ((table["low"] > 0) | (table["high"] < 0))).all()


def test_p_without_spread() -> None:
    table = differences(runs_of(a=[1.0, 2.0], same=[1.0, 2.0], more=[2.0, 3.0]), [("same", "a"), ("more", "a")], ["won"])
    assert table["p"].tolist() == [1.0, 0.0]
    assert table[["mean", "low", "high"]].to_numpy().tolist() == [[0, 0, 0], [1, 1, 1]]
    assert np.isnan(differences(runs_of(a=[1.0], b=[2.0]), [("b", "a")], ["won"])["p"][0])


def test_a_run_that_is_there_twice_is_an_error() -> None:
    runs = runs_of(a=[1.0, 2.0])
    with pytest.raises(ValueError, match="twice"):
        summarise(pd.concat([runs, runs.head(1)]), ["won"])


def test_t_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """20,000 repetitions of 30 runs: a count of deals (skewed), and a difference under common random numbers.

    At a true coverage of 95 %, 93 to 97 % is 13 standard deviations away; the skew moves it by less than 1 %.
    """
    rng = np.random.default_rng(7)
    luck = rng.gamma(4.0, 10.0, size=(20_000, 1, 30))
    deals = rng.poisson(luck + np.array([[0.0], [5.0]])).astype(float)
    runs = runs_of_cells(deals)
    summary, paired = summarise(runs, ["won"]), differences(runs, [("b", "a")], ["won"])
    covered = {
        "a": _share_covering(summary[summary["regime"] == "a"], 40.0),
        "b": _share_covering(summary[summary["regime"] == "b"], 45.0),
        "difference": _share_covering(paired, 5.0),
    }
    assert all(0.93 < share < 0.97 for share in covered.values()), covered


def _share_covering(table: pd.DataFrame, truth: float) -> float:
    return float(((table["low"] <= truth) & (truth <= table["high"])).mean())
