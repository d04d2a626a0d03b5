"""Where a lead passes zero: known places, their intervals, and what is said where it does not."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.inference import curve_factor, turnovers
from experiments.inference.turnovers import BEST_OTHER, FEWEST, crossing
from tests.helpers.run_tables import runs_of_cells

FACTOR = "organisation.hearsay"
STEPS = np.linspace(0.0, 1.0, 21)


def cells_of(x: Any = STEPS, **others: list[float]) -> pd.DataFrame:
    """Every value of the factor in each setting of the others, the factor changing fastest."""
    settings = [dict(zip(others, setting, strict=True)) for setting in zip(*others.values(), strict=True)] or [{}]
    return pd.DataFrame([{**setting, FACTOR: value} for setting in settings for value in x]).rename_axis("cell").reset_index()


def runs_with(leads: Any, seeds: int = 20, noise: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Runs of regimes a, b, ... float64[cells, regimes] on average, with luck of the seed in common and noise of their own."""
    chance = np.random.default_rng(seed)
    own = chance.normal(0.0, noise, (*leads.shape, seeds)) if noise else 0.0
    return runs_of_cells(leads[..., None] + chance.normal(500, 30, seeds) + own)


def against_zero(lead: Callable[[Any], Any], x: Any = STEPS) -> Any:
    return np.stack([lead(x), np.zeros(len(x))], axis=1)


@pytest.mark.parametrize(
    ("lead", "at", "course"),
    [
        (lambda x: 1 - 2 * x, 0.5, "falls"),
        (lambda x: 0.33 - x, 0.33, "falls"),
        (lambda x: x - 0.9, 0.9, "rises"),
        (lambda x: np.where(x < 0.42, 1.0, -1.0), 0.425, "falls"),
        (lambda x: 1 + x, -math.inf, "rises"),
        (lambda x: 1 + 0.5 * (1 - x), math.inf, "falls"),
        (lambda x: -1 - x, -math.inf, "falls"),
        (lambda x: x - 1.5, math.inf, "rises"),
        (lambda x: 0 * x, math.nan, "falls"),
    ],
)
def test_a_known_crossing_is_found(lead: Callable[[Any], Any], at: float, course: str) -> None:
    row = turnovers(runs_with(against_zero(lead)), cells_of(), FACTOR, "won", [("a", "b")]).iloc[0]
    assert [row["at"], row["low"], row["high"]] == pytest.approx([at] * 3, abs=1e-6, nan_ok=True)
    assert (row["n"], row["course"]) == (20, course)
    assert row["misfit"] == pytest.approx(0.0, abs=1e-6)


def test_chance_does_not_make_it_pass_twice_and_what_is_no_such_curve_is_told() -> None:
    """Means 2, 1, -1, 1, -2 fall as 2, 1, 0, 0, -2, off by 1."""
    x, y = np.arange(5.0), np.array([2.0, 1.0, -1.0, 1.0, -2.0])
    assert crossing(x, y, rises=False) == pytest.approx(2.0)
    x = np.linspace(0, 1, 15)
    arch = against_zero(lambda x: 1 - 8 * (x - 0.4) ** 2, x)
    row = turnovers(runs_with(arch), cells_of(x), FACTOR, "won", [("a", "b")]).iloc[0]
    assert row["misfit"] > 0.3


def test_intervals_cover_the_true_place() -> None:
    """Of 150 repetitions at least as many as a coverage of 0.92 would exceed but for a probability of 1e-6."""
    x = np.linspace(0, 1, 15)
    covered = 0
    for repetition in range(150):
        runs = runs_with(against_zero(lambda x: 30 - 50 * x, x), 25, noise=20.0, seed=repetition)
        row = turnovers(runs, cells_of(x), FACTOR, "won", [("a", "b")], resamples=200).iloc[0]
        covered += row["low"] <= 0.6 <= row["high"]
    assert stats.binom.ppf(1e-6, 150, 0.92) <= covered < 150


def test_who_leads_at_first_is_held_against_the_best_of_the_others() -> None:
    """c leads by 1 at 0 and falls; a overtakes it at 0.5, b not before 0.8."""
    leads = np.stack([np.full(21, 0.5), np.full(21, 0.2), 1.0 - STEPS], axis=1)
    table = turnovers(runs_with(leads), cells_of(), FACTOR, "won", [("c", "a"), ("c", "b")])
    assert table[["regime", "baseline"]].to_numpy().tolist() == [["c", "a"], ["c", "b"], ["c", BEST_OTHER]]
    assert table["at"].tolist() == pytest.approx([0.5, 0.8, 0.5])


def test_where_less_is_better_the_best_other_is_the_lowest() -> None:
    leads = np.stack([np.full(21, 0.5), np.full(21, 0.8), STEPS], axis=1)
    runs = runs_with(leads).rename(columns={"won": "no_action_share"})
    row = turnovers(runs, cells_of(), FACTOR, "no_action_share", [("a", "b")]).iloc[-1]
    assert (row["regime"], row["baseline"]) == ("c", BEST_OTHER)
    assert row["at"] == pytest.approx(0.5)


def test_every_setting_of_the_other_factors_has_its_own() -> None:
    cells = cells_of(**{"market.variety": [0.2, 0.8]})
    leads = np.concatenate([against_zero(lambda x: 0.3 - x), against_zero(lambda x: 0.7 - x)])
    shuffled = cells.sample(frac=1, random_state=1)
    table = turnovers(runs_with(leads), shuffled, FACTOR, "won", [("a", "b")])
    first = table[table["baseline"] == "b"].set_index("market.variety")["at"]
    assert first.to_dict() == pytest.approx({0.2: 0.3, 0.8: 0.7})


def test_a_seed_without_a_value_is_left_out() -> None:
    runs = runs_with(against_zero(lambda x: 0.5 - x))
    runs.loc[(runs["seed"] == 3) & (runs["cell"] == 7), "won"] = math.nan
    assert turnovers(runs, cells_of(), FACTOR, "won", [("a", "b")])["n"].tolist() == [19, 19]


def test_a_factor_with_many_values_on_complete_lines_makes_a_curve() -> None:
    assert curve_factor(cells_of(**{"market.variety": [0.2, 0.8]})) == FACTOR
    assert curve_factor(cells_of(np.linspace(0, 1, FEWEST - 1))) == ""
    assert curve_factor(cells_of().iloc[1:]) == FACTOR, "a value less is still a line"
    two = cells_of(**{"market.variety": [0.2, 0.8]})
    assert curve_factor(two.iloc[1:]) == "", "one line lacks a value"
    assert curve_factor(pd.DataFrame({"cell": [0], "regime.review_weeks": ["never"]})) == ""
