"""Sensitivity indices against functions whose indices are known, with and without noise of known variance."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample
from SALib.test_functions import Ishigami
from scipy import stats

from experiments.inference import morris_indices, sensitivity, sobol_indices
from experiments.inference.sensitivity import elementary_effects
from tests.helpers.run_tables import runs_of_cells


class Varied(NamedTuple):
    """A factor, as far as the analysis must know."""

    name: str
    low: float
    high: float


ANGLES = tuple(Varied(name, -np.pi, np.pi) for name in "xyz")
UNIT = tuple(Varied(name, 0.0, 1.0) for name in ("market.variety", "market.ambiguity", "organisation.span"))


def problem(factors: tuple[Varied, ...]) -> dict[str, Any]:
    """The factors as SALib wants them."""
    return {
        "num_vars": len(factors),
        "names": [f.name for f in factors],
        "bounds": [[f.low, f.high] for f in factors],
    }


def sobol_design(factors: tuple[Varied, ...], samples: int) -> Any:
    return sobol_sample.sample(problem(factors), samples, calc_second_order=False, seed=1)


def morris_design(factors: tuple[Varied, ...], samples: int, seed: int = 1) -> Any:
    return morris_sample.sample(problem(factors), samples, num_levels=4, seed=seed)


def linear(design: Any) -> Any:
    """2 x + y, and nothing of z: variance 4/12 + 1/12, of which x has 4/5."""
    return 2 * design[:, 0] + design[:, 1]


def noisy(means: Any, sd: float, runs: int, seed: int = 1) -> Any:
    """float64[cells, seeds]: each cell's mean and noise of its own."""
    return means[:, None] + np.random.default_rng(seed).normal(0.0, sd, size=(len(means), runs))


def columns_of(factors: tuple[Varied, ...], design: Any) -> pd.DataFrame:
    """The design as a table of cells."""
    return pd.DataFrame(design, columns=[f.name for f in factors]).assign(cell=range(len(design)))


def found(table: pd.DataFrame, index: str) -> pd.DataFrame:
    return table[table["index"] == index].set_index("factor")


def test_sobol_indices_of_the_ishigami_function() -> None:
    """Published: S1 = 0.3139, 0.4424, 0; ST = 0.5576, 0.4424, 0.2437 (Ishigami & Homma 1990, a = 7, b = 0.1)."""
    values = noisy(Ishigami.evaluate(sobol_design(ANGLES, 2048)), 0.0, 1)
    table = sobol_indices(values, ANGLES)
    published = {"S1": [0.3139, 0.4424, 0.0], "ST": [0.5576, 0.4424, 0.2437]}
    for index, expected in published.items():
        rows = found(table, index)
        assert rows["value"].tolist() == pytest.approx(expected, abs=0.02)
        assert (rows["low"] <= expected).all()
        assert (rows["high"] >= expected).all()
        assert (rows["high"] - rows["low"] < 0.2).all()


def test_sobol_indices_of_a_linear_function_and_the_share_of_known_noise() -> None:
    """Noise of variance 1 in 10 runs is 0.1 beside 5/12, a share of 0.19: S1 shrinks by it, and ST of nothing grows to it."""
    exact, with_noise = (
        sobol_indices(noisy(linear(sobol_design(UNIT, 1024)), sd, 10), UNIT) for sd in (0.0, 1.0)
    )
    assert found(exact, "S1")["value"].tolist() == pytest.approx([0.8, 0.2, 0.0], abs=0.01)
    assert found(exact, "ST")["value"].tolist() == pytest.approx([0.8, 0.2, 0.0], abs=0.01)
    assert found(exact, "noise_share")["value"].iloc[0] == pytest.approx(0.0, abs=1e-12)
    share = 0.1 / (0.1 + 5 / 12)
    row = found(with_noise, "noise_share").loc[""]
    assert row["low"] < share < row["high"]
    assert row["value"] == pytest.approx(share, abs=0.02)
    assert row["n"] == 1024 * 5 * 10
    shrunk = np.array([0.8, 0.2, 0.0]) * (1 - share)
    for index, expected in (("S1", shrunk), ("ST", shrunk + share)):
        rows = found(with_noise, index)
        assert ((rows["low"] < expected) & (expected < rows["high"])).all()
        assert rows["value"].tolist() == pytest.approx(expected.tolist(), abs=0.06)


def test_morris_indices_of_a_linear_function() -> None:
    """Effects over the whole range are the slopes times the ranges, the same wherever they are measured."""
    factors = (Varied("x", 0.0, 10.0), Varied("y", -1.0, 1.0), Varied("z", 0.0, 1.0))
    design = morris_design(factors, 12)
    values = noisy(3 * design[:, 0] - 2 * design[:, 1], 0.0, 1)
    table = morris_indices(columns_of(factors, design), values, factors)
    assert found(table, "mu")["value"].tolist() == pytest.approx([30, -4, 0])
    assert found(table, "mu_star")["value"].tolist() == pytest.approx([30, 4, 0])
    assert found(table, "sigma")["value"].tolist() == pytest.approx([0, 0, 0], abs=1e-12)
    assert found(table, "mu")["low"].tolist() == pytest.approx([30, -4, 0])


def test_morris_tells_interactions_from_plain_effects() -> None:
    design = morris_design(UNIT, 40)
    values = noisy((design[:, 0] - 0.5) * (design[:, 1] - 0.5) + design[:, 2], 0.0, 1)
    table = morris_indices(columns_of(UNIT, design), values, UNIT)
    mu, mu_star, sigma = (found(table, index)["value"] for index in ("mu", "mu_star", "sigma"))
    assert (mu_star > 0.2).all()
    assert mu[UNIT[2].name] == pytest.approx(1.0)
    assert (sigma[[UNIT[0].name, UNIT[1].name]] > 0.2).all()
    assert sigma[UNIT[2].name] == pytest.approx(0.0, abs=1e-12)


def test_the_effects_that_are_resampled_are_those_of_salib() -> None:
    factors = (Varied("a", 0.0, 0.7), Varied("b", 0.0, 2.0), Varied("c", 0.0, 20.0))
    design = np.round(morris_design(factors, 15))  # in whole numbers: some steps of the first factor change nothing
    means = np.random.default_rng(1).normal(size=len(design))
    effects = elementary_effects(design, means[:, None], 4)[:, :, 0]
    table = morris_indices(columns_of(factors, design), means[:, None], factors)
    assert found(table, "mu")["value"].tolist() == pytest.approx(effects.mean(axis=0).tolist())
    assert found(table, "mu_star")["value"].tolist() == pytest.approx(np.abs(effects).mean(axis=0).tolist())
    assert found(table, "sigma")["value"].tolist() == pytest.approx(effects.std(axis=0, ddof=1).tolist())
    assert (effects == 0).any()


def slope_of_the_seed(design: Any, rng: np.random.Generator) -> Any:
    """What every cell has in common: a seed in which x matters more makes it do so everywhere."""
    return linear(design)[:, None] + design[:, :1] * rng.normal(0.0, 1.0, size=10)


def noise_of_the_cell(design: Any, rng: np.random.Generator) -> Any:
    return noisy(linear(design), 1.0, 10, int(rng.integers(10**9)))


@pytest.mark.parametrize("noise", [slope_of_the_seed, noise_of_the_cell])
def test_intervals_hold_noise_of_seeds_as_well_as_of_cells(noise: Callable[..., Any]) -> None:
    """200 repetitions on a fixed design: the true mu of x, 2, is covered in at least 90 % but for a probability of 1e-6.

    With ten seeds 1.96 standard deviations cover 92 % (t with 9 degrees of freedom); without resampling seeds, it would be 0 %
    in the first case.
    """
    rng, design = np.random.default_rng(2), morris_design(UNIT, 10)
    cells = columns_of(UNIT, design)
    covered = 0
    for _ in range(200):
        row = found(morris_indices(cells, noise(design, rng), UNIT, resamples=100), "mu").iloc[0]
        covered += row["low"] <= 2 <= row["high"]
    assert covered >= stats.binom.ppf(1e-6, 200, 0.90)


def test_intervals_hold_the_luck_of_the_design() -> None:
    """x × y without noise: the effect of x is y where it is measured, 1/2 on average over designs.

    150 designs of 12 trajectories cover it in at least 88 % but for a probability of 1e-6 (with 12, 1.96 cover about 92 %).
    """
    covered = 0
    for seed in range(1, 151):
        design = morris_design(UNIT, 12, seed)
        values = noisy(design[:, 0] * design[:, 1], 0.0, 1)
        row = found(morris_indices(columns_of(UNIT, design), values, UNIT, resamples=100), "mu").iloc[0]
        covered += row["low"] <= 0.5 <= row["high"]
    assert covered >= stats.binom.ppf(1e-6, 150, 0.88)


def test_the_table_of_sensitivity_holds_outcomes_and_differences() -> None:
    design = sobol_design(UNIT, 64)
    luck = np.random.default_rng(3).normal(size=(1, 1, 6))
    values = np.stack([linear(design), linear(design) + design[:, 2]], axis=1)[:, :, None] + luck
    cells = columns_of(UNIT, design)
    table = sensitivity("sobol", cells, runs_of_cells(values), UNIT, ["won"], [("b", "a")])
    columns = ["analysis", "target", "regime", "baseline", "factor", "index", "value", "low", "high", "n"]
    assert list(table.columns) == columns
    assert table.groupby(["regime", "baseline"], sort=False).size().to_dict() == {
        ("a", ""): 7, ("b", ""): 7, ("b", "a"): 7,
    }
    of_difference = table[table["baseline"] == "a"]
    assert found(of_difference, "ST")["value"].tolist() == pytest.approx([0, 0, 1], abs=0.05)
    assert found(of_difference, "noise_share")["value"].iloc[0] == pytest.approx(0, abs=1e-12)
    assert set(table["target"]) == {"won"}
    with pytest.raises(ValueError, match="finish the runs first"):
        sensitivity("sobol", cells, runs_of_cells(values[:-5]), UNIT, ["won"])
    design = morris_design(UNIT, 5)
    runs = runs_of_cells(linear(design)[:, None, None] + luck)
    table = sensitivity("morris", columns_of(UNIT, design), runs, UNIT, ["won"])
    assert found(table, "mu")["value"].tolist() == pytest.approx([2, 1, 0], abs=1e-9)
    assert (table["analysis"] == "morris").all()


def test_what_has_no_indices_says_so() -> None:
    design = sobol_design(UNIT, 16)
    values = noisy(linear(design), 0.1, 3)
    values[7] = np.nan
    assert sobol_indices(values, UNIT)[["value", "low", "high"]].isna().all(axis=None)
    constant = np.ones((len(design), 3))
    assert sobol_indices(constant, UNIT)[["value", "low", "high"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="is a cell missing"):
        sobol_indices(values[1:], UNIT)
    with pytest.raises(ValueError, match="Morris"):
        morris_indices(columns_of(UNIT, design[:7]), values[:7], UNIT)


def test_runs_without_a_value_are_left_out_of_the_indices() -> None:
    design = sobol_design(UNIT, 256)
    values = noisy(linear(design), 0.0, 5)
    values[::3, 2] = np.nan
    table = sobol_indices(values, UNIT)
    assert found(table, "S1")["value"].tolist() == pytest.approx([0.8, 0.2, 0.0], abs=0.03)
    assert table["n"].iloc[0] == np.isfinite(values).sum()
    assert np.isfinite(table[["low", "high"]]).all(axis=None)
