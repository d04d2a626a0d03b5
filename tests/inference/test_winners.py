"""Winner maps: right where regimes differ, undecided where they do not, and seldom wrong; trends."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.inference import (
    FALSE_DISCOVERIES,
    convergence,
    differences,
    dose_response,
    summarise,
    winners,
)
from tests.helpers.run_tables import runs_of_cells


def noise(seed: int, cells: int, regimes: int, runs: int) -> Any:
    """Values[cells, regimes, seeds] with mean 0 and spread 1, in which regimes share their luck by half."""
    rng = np.random.default_rng(seed)
    return np.sqrt(0.5) * (rng.normal(size=(cells, regimes, runs)) + rng.normal(size=(cells, 1, runs)))


def test_winners_by_hand() -> None:
    values = np.array(
        [[[1, 2, 3, 4], [2, 4, 4, 6], [0, 0, 1, 1]], [[9, 9, 8, 8], [1, 2, 1, 2], [1, 1, 2, 2]]], float
    )
    table = winners(runs_of_cells(values), "won")
    columns = ["cell", "measure", "winner", "runner_up", "lead", "low", "high", "p", "q", "decided"]
    assert list(table.columns) == columns
    assert table["winner"].tolist() == ["b", "a"]
    assert table["runner_up"].tolist() == ["a", "b"]  # in the second cell b and c are equal: the first of them
    lead = stats.ttest_rel(values[0, 1], values[0, 0])
    assert table["lead"].tolist() == [1.5, 7.0]
    interval = lead.confidence_interval(0.95)
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx([interval.low, interval.high])
    least_clear = max(lead.pvalue, stats.ttest_rel(values[0, 1], values[0, 2]).pvalue)
    assert table["p"][0] == pytest.approx(least_clear)  # three regimes: × (3 - 1)/2
    assert table["q"].tolist() == pytest.approx(stats.false_discovery_control(table["p"]))


def test_p_counts_all_who_might_have_won_by_luck() -> None:
    values = noise(1, 30, 5, 12)
    table = winners(runs_of_cells(values), "won")
    for cell, row in table.iterrows():
        best = "abcde".index(row["winner"])
        others = [stats.ttest_rel(values[cell, best], values[cell, i]).pvalue for i in range(5) if i != best]
        assert row["p"] == pytest.approx(min(1.0, 2 * max(others)))
    pair = winners(runs_of_cells(values), "won", ["d", "b"])
    assert pair["p"].tolist() == pytest.approx(stats.ttest_rel(values[:, 3], values[:, 1], axis=1).pvalue)
    assert set(pair["winner"]) == {"b", "d"}


def test_less_is_better_where_the_measure_says_so() -> None:
    runs = runs_of_cells(noise(2, 4, 2, 20) + np.array([[3.0], [0.0]]), "restricted_hours_to_action")
    table = winners(runs, "restricted_hours_to_action")
    assert (table["winner"] == "b").all()
    assert (table["lead"] > 0).all()
    assert table["decided"].all()
    with pytest.raises(ValueError, match="neither more nor less"):
        winners(runs.assign(opened=1.0), "opened")
    with pytest.raises(ValueError, match="at least two"):
        winners(runs, "restricted_hours_to_action", ["b"])
    with pytest.raises(KeyError, match="no run belongs"):
        winners(runs, "restricted_hours_to_action", ["b", "z"])


def test_copies_of_a_regime_are_never_decided() -> None:
    luck = noise(3, 50, 1, 30)
    table = winners(runs_of_cells(np.repeat(luck, 3, axis=1)), "won")
    assert not table["decided"].any()
    assert (table[["lead", "low", "high"]] == 0).all(axis=None)
    assert (table["p"] == 1).all()
    assert (table["winner"] == "a").all(), "of equals, the first"


def test_two_copies_that_lead_a_third_are_not_decided() -> None:
    luck = noise(4, 50, 1, 30)
    table = winners(runs_of_cells(np.concatenate([luck, luck, luck - 5 - noise(5, 50, 1, 30)], axis=1)), "won")
    assert (table["p"] == 1).all()


def test_where_nothing_differs_a_map_is_wrong_as_seldom_as_it_says() -> None:
    """1,000 maps of 20 cells, two equal regimes: any decided cell is false. The rate is then exactly FALSE_DISCOVERIES.

    Both bounds have a probability below 1e-6 each.
    """
    table = winners(runs_of_cells(noise(6, 20_000, 2, 15)), "won")
    maps = [stats.false_discovery_control(p) for p in table["p"].to_numpy().reshape(1000, 20)]
    wrong = sum((q <= FALSE_DISCOVERIES).any() for q in maps)
    low, high = stats.binom.ppf([1e-7, 1 - 1e-7], 1000, FALSE_DISCOVERIES)
    assert low <= wrong <= high
    one_map = winners(runs_of_cells(noise(6, 20_000, 2, 15)[:20]), "won")
    assert one_map["q"].tolist() == pytest.approx(maps[0])


def test_of_many_equals_none_is_decided_more_often_than_the_level_says() -> None:
    """Four equal regimes in 20,000 cells, no control over cells: the p's by themselves. Bound: probability below 1e-6."""
    p = winners(runs_of_cells(noise(7, 20_000, 4, 15)), "won")["p"]
    for level in (0.05, 0.2):
        assert (p <= level).sum() <= stats.binom.ppf(1 - 1e-7, 20_000, level)
    assert (p <= 0.2).sum() > 100  # not because nothing ever is


def test_differences_are_found_and_few_finds_are_false() -> None:
    """4,000 cells: in half of them a leads by one standard deviation, in the others nobody does.

    Three equals have p below 5 % in less than 2 % of cells, so fewer than 40 false finds are expected; more than 80 have a
    probability below 1e-6. The t test for a lead of one standard deviation in 40 runs has a power above 99 %.
    """
    leads = np.zeros((4000, 3, 1))
    leads[:2000, 0] = 1.0
    table = winners(runs_of_cells(noise(8, 4000, 3, 40) + leads), "won")
    found = table[table["decided"]]
    assert (table["winner"][:2000] == "a").mean() > 0.99
    assert table["decided"][:2000].mean() > 0.95
    assert (found["cell"] >= 2000).sum() <= 80


def test_a_regime_without_values_takes_no_part() -> None:
    values = noise(9, 3, 3, 10) + np.array([[0.0], [4.0], [9.0]])
    values[1, 2] = np.nan
    values[2, 1:] = np.nan
    values[0, 2, :5] = np.nan
    table = winners(runs_of_cells(values), "won")
    assert table["winner"].tolist() == ["c", "b", "a"]
    assert table["runner_up"].tolist()[:2] == ["b", "a"]
    assert table["runner_up"].isna().tolist() == [False, False, True]
    assert table["lead"][0] == pytest.approx((values[0, 2, 5:] - values[0, 1, 5:]).mean())
    assert table["decided"].tolist() == [True, True, False]
    assert np.isnan(table.loc[2, ["lead", "low", "high", "p", "q"]].astype(float)).all()


# --- Trends ---


def test_convergence_is_what_the_first_seeds_would_have_said() -> None:
    runs = runs_of_cells(noise(10, 2, 3, 50))
    runs = runs[(runs["cell"] == 0) | (runs["seed"] < 20)]
    contrasts = [("b", "a"), ("c", "a")]
    table = convergence(runs, "won", contrasts)
    assert table[(table["cell"] == 0) & (table["regime"] == "c")]["n"].tolist() == [10, 20, 40, 50]
    assert table[(table["cell"] == 1) & (table["regime"] == "c")]["n"].tolist() == [10, 20]
    for n in (10, 20):
        expected = differences(runs[runs["seed"] < n], contrasts, ["won"])
        found = table[table["n"] == n].drop(columns="half_width").reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected)
    assert table["half_width"].tolist() == pytest.approx(((table["high"] - table["low"]) / 2).tolist())
    assert convergence(runs[runs["seed"] < 4], "won", contrasts)["n"].tolist() == [2, 2, 3, 3, 4, 4] * 2


def test_dose_response_has_a_line_per_combination_of_the_other_factors() -> None:
    cells = pd.DataFrame({"cell": range(6), "market.variety": [0.5, 0.1, 0.9] * 2, "organisation.span": [6] * 3 + [3] * 3})
    summary = summarise(runs_of_cells(noise(11, 6, 2, 5)), ["won"])
    table = dose_response(summary, cells, "market.variety")
    assert len(table) == len(summary)
    of_a = table[table["regime"] == "a"]
    assert of_a["line"].tolist() == [0, 0, 0, 1, 1, 1]
    assert of_a["organisation.span"].tolist() == [6, 6, 6, 3, 3, 3]
    assert of_a["value"].tolist() == [0.1, 0.5, 0.9] * 2
    assert of_a["cell"].tolist() == [1, 0, 2, 4, 3, 5]
    again = of_a.sort_values("cell")[["mean", "low", "high"]].to_numpy()
    assert (again == summary[summary["regime"] == "a"][["mean", "low", "high"]].to_numpy()).all()
    with pytest.raises(KeyError, match=r"market\.variety, organisation\.span"):
        dose_response(summary, cells, "market.varied")


def test_dose_response_to_words_goes_as_the_design_does() -> None:
    cells = pd.DataFrame({"cell": range(3), "regime.review_weeks": [1, 4, "never"]})
    runs = runs_of_cells(noise(12, 3, 2, 5))
    table = dose_response(differences(runs, [("b", "a")], ["won"]), cells, "regime.review_weeks")
    assert table["value"].tolist() == [1, 4, "never"]
    assert (table["line"] == 0).all()
    assert table["baseline"].tolist() == ["a"] * 3
