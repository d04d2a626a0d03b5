"""Which factors matter: Morris screening and Sobol' indices, of outcomes and of paired differences.

The indices are SALib's, computed on the mean of each cell. Their uncertainty has two sources, and the intervals hold both:
the design is a sample (of trajectories, or of base points), and each cell's mean rests on a sample of seeds. So both are
resampled: the seeds for all cells alike, since cells share them, and the trajectories or base points. Noise that is each
cell's own then counts up to twice: intervals err on the wide side. Reported are the value ± 1.96 standard deviations of the
resamples, as SALib does: percentiles would be shifted upward, because noise adds to every absolute or squared effect.

That shift is in the values, too: noise makes every factor seem to have a little effect. How much can be blamed on it is
reported as `noise_share`, the share of the variance of the cell means that is replication noise (the mean of sd²/n over
cells, divided by the variance of their means). A factor whose total effect ST is no larger has none that so few runs can
show. As cells share seeds, the share is an upper bound: what a seed does to all cells alike makes no difference between them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal, Protocol

import numpy as np
import pandas as pd

from experiments.inference.grid import Grid, grid
from experiments.inference.means import Interval, mean_interval

RESAMPLES: Final = 500
SEED: Final = 1  # of the resampling
NOISE: Final = "noise_share"
WIDTH: Final = 1.959964  # standard deviations of a normal distribution on either side that hold 95 %
COLUMNS: Final = ["analysis", "target", "regime", "baseline", "factor", "index", "value", "low", "high", "n"]


class Factor(Protocol):
    """What varies, as far as the analysis must know."""

    @property
    def name(self) -> str: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def sensitivity(
    analysis: Literal["morris", "sobol"],
    cells: pd.DataFrame,
    runs: pd.DataFrame,
    factors: Sequence[Factor],
    names: Sequence[str],
    contrasts: Sequence[tuple[str, str]] = (),
    levels: int = 4,
) -> pd.DataFrame:
    """The table `sensitivity`: indices of every measure named, for each regime and each paired difference.

    Columns: analysis, target (the measure), regime, baseline ("" for a regime by itself), factor, index, value, low, high, n
    (runs behind the indices). Rows with the index `noise_share` have the factor "". cells: the design in its order, a column
    per factor; levels: of a Morris design. All NaN where a cell has no value of the measure, or all cells the same. Raises
    ValueError if a cell has no runs, or if the number of cells does not fit the analysis.
    """
    layout = grid(runs)
    if cells["cell"].tolist() != layout.cells.tolist():
        raise ValueError(f"runs of {len(layout.cells)} cells do not fit a design of {len(cells)}: finish the runs first")
    parts = []
    for name, regime, baseline, values in _targets(layout, names, contrasts):
        part = (
            morris_indices(cells, values, factors, levels)
            if analysis == "morris"
            else sobol_indices(values, factors)
        )
        parts.append(part.assign(analysis=analysis, target=name, regime=regime, baseline=baseline))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def morris_indices(
    cells: pd.DataFrame, values: Any, factors: Sequence[Factor], levels: int = 4, resamples: int = RESAMPLES, seed: int = SEED
) -> pd.DataFrame:
    """Morris' mu, mu_star and sigma of each factor: mean, mean size and spread of its effects.

    Columns: factor, index, value, low, high, n. cells: trajectories one after another, a column per factor; values:
    float64[cells, seeds]. Effects are those of the whole range of a factor, in units of the values. Sources: Morris 1991;
    Campolongo, Cariboni & Saltelli 2007.
    """
    from SALib.analyze import morris  # takes a second, which experiments without it need not wait for

    design = cells[[factor.name for factor in factors]].to_numpy(np.float64)
    _check_size(len(values), len(factors) + 1, "Morris")

    def indices(means: Any) -> Any:
        found = morris.analyze(_problem(factors), design, means, num_resamples=2, num_levels=levels, seed=seed)
        return np.array([found[name] for name in ("mu", "mu_star", "sigma")], np.float64)

    def resampled(means: Any, chance: np.random.Generator) -> Any:
        effects = _drawn_with_replacement(elementary_effects(design, means, levels), chance)
        return np.stack([effects.mean(axis=0), np.abs(effects).mean(axis=0), effects.std(axis=0, ddof=1)])

    return _index_table(values, factors, ("mu", "mu_star", "sigma"), indices, resampled, resamples, seed)


def sobol_indices(values: Any, factors: Sequence[Factor], resamples: int = RESAMPLES, seed: int = SEED) -> pd.DataFrame:
    """Sobol' indices of each factor: S1, its share of the variance by itself, and ST, with all its interactions.

    Columns: factor, index, value, low, high, n. values: float64[cells, seeds], in the order of SALib's Sobol' sample without
    second-order indices. Source: Saltelli et al. 2010.
    """
    from SALib.analyze import sobol

    _check_size(len(values), len(factors) + 2, "Sobol'")

    def indices(means: Any) -> Any:
        found = sobol.analyze(_problem(factors), means, calc_second_order=False, num_resamples=2, seed=seed)
        return np.array([found["S1"], found["ST"]])

    def resampled(means: Any, chance: np.random.Generator) -> Any:
        blocks = ((means - means.mean(axis=0)) / means.std(axis=0)).reshape(-1, len(factors) + 2, means.shape[1])
        blocks = np.moveaxis(_drawn_with_replacement(blocks, chance), 1, 0)
        first, *mixed, last = blocks  # SALib's A, one AB per factor, B
        estimators = (sobol.first_order, sobol.total_order)
        return np.array([[estimate(first, one, last) for one in mixed] for estimate in estimators])

    return _index_table(values, factors, ("S1", "ST"), indices, resampled, resamples, seed)


def elementary_effects(design: Any, means: Any, levels: int) -> Any:
    """What each factor's step changes, per whole range of it: float64[trajectories, factors, series].

    design: float64[cells, factors], trajectories one after another; means: float64[cells, series]. A step that leaves a factor
    where it was, after rounding to whole numbers, has no effect.
    """
    n_factors = design.shape[1]
    steps = np.sign(np.diff(design.reshape(-1, n_factors + 1, n_factors), axis=1))
    changes = np.diff(means.reshape(len(steps), n_factors + 1, -1), axis=1)
    delta = levels / (2 * (levels - 1))  # the step, as a share of the range
    return np.einsum("tsf,tsm->tfm", steps, changes) / delta


def noise_floor(rows: pd.DataFrame, levels: int = 4) -> float:
    """How large μ* would be by noise alone, from the rows of one Morris target; 0 where that is not known.

    The variance of the cells' means is taken as that of levels that are equally often there, times Σ (mu² + sigma²); the noise
    share of it is the variance σ² of a cell's noise. A step's change then has the standard deviation √2 σ / delta, and a mean
    size of √(2/π) times that.
    """
    share = rows.loc[rows["index"] == NOISE, "value"]
    squares = float((rows.loc[rows["index"].isin(["mu", "sigma"]), "value"] ** 2).sum())
    if share.empty or not np.isfinite(share.iloc[0]):
        return 0.0
    places = np.linspace(0, 1, levels)
    noise = float(share.iloc[0]) * float(places.var()) * squares
    return float(np.sqrt(2 / np.pi) * np.sqrt(2 * noise) / (levels / (2 * (levels - 1))))


def _targets(
    layout: Grid, names: Sequence[str], contrasts: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str, str, Any]]:
    """Measure, regime, baseline and values float64[cells, seeds] of all that is analysed."""
    for name in names:
        values, paired = layout.values(name), layout.paired(name, contrasts)
        for number, regime in enumerate(layout.regimes):
            yield name, regime, "", values[:, number]
        for number, (regime, baseline) in enumerate(contrasts):
            yield name, regime, baseline, paired[:, number]


def _index_table(
    values: Any,
    factors: Sequence[Factor],
    names: Sequence[str],
    indices: Callable[[Any], Any],
    resampled: Callable[[Any, np.random.Generator], Any],
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """A row per index and factor, and one for the share of noise.

    indices: from means float64[cells] to float64[names, factors]; resampled: from resampled means float64[cells, resamples] to
    float64[names, factors, resamples], resampling the design as well.
    """
    band = mean_interval(values)
    chance = np.random.default_rng(seed)
    value = half = np.full((len(names), len(factors)), np.nan)
    share = (np.nan, np.nan, np.nan)
    if np.isfinite(band.mean).all() and np.ptp(band.mean) > 0:
        value = indices(band.mean)
        half = WIDTH * resampled(_resampled_means(values, band.mean, resamples, chance), chance).std(axis=-1, ddof=1)
        share = _noise_share(band, resamples, chance)
    n = int(band.n.sum())
    rows = [
        (factor.name, name, value[i, j], value[i, j] - half[i, j], value[i, j] + half[i, j], n)
        for i, name in enumerate(names)
        for j, factor in enumerate(factors)
    ]
    return pd.DataFrame([*rows, ("", NOISE, *share, n)], columns=["factor", "index", "value", "low", "high", "n"])


def _resampled_means(values: Any, means: Any, resamples: int, chance: np.random.Generator) -> Any:
    """Means over seeds drawn with replacement, the same for all cells: float64[cells, resamples].

    Their deviations are scaled up so that few seeds spread as much as they should, by sqrt(n/(n − 1)). A cell in which none of
    the drawn seeds has a value keeps its mean.
    """
    n_seeds = values.shape[1]
    times = chance.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), resamples).T
    finite = np.isfinite(values)
    deviations = np.where(finite, values - means[:, None], 0.0) @ times / np.maximum(finite @ times, 1)
    return means[:, None] + deviations * np.sqrt(n_seeds / max(n_seeds - 1, 1))


def _drawn_with_replacement(blocks: Any, chance: np.random.Generator) -> Any:
    """Blocks drawn anew for each series: float64[blocks, ..., series]."""
    drawn = chance.integers(len(blocks), size=(len(blocks), 1, blocks.shape[-1]))
    return np.take_along_axis(blocks, drawn, axis=0)


def _noise_share(band: Interval, resamples: int, chance: np.random.Generator) -> tuple[float, float, float]:
    """Replication noise as a share of the variance of the cells' means, with a percentile interval by bootstrap over cells."""
    n_cells = len(band.mean)
    noise, deviations = band.sd**2 / band.n, band.mean - band.mean.mean()
    times = chance.multinomial(n_cells, np.full(n_cells, 1 / n_cells), resamples) / n_cells
    variance = times @ deviations**2 - (times @ deviations) ** 2
    # Of very few cells a resample may be one cell alone, without any variance to have a share of.
    varied = variance > 0.0
    shares = (times @ noise)[varied] / variance[varied]
    low, high = np.quantile(shares, [0.025, 0.975]) if len(shares) else (np.nan, np.nan)
    return noise.mean() / deviations.var(ddof=1), low, high


def _problem(factors: Sequence[Factor]) -> dict[str, Any]:
    """The factors as SALib wants them."""
    return {
        "num_vars": len(factors),
        "names": [factor.name for factor in factors],
        "bounds": [[factor.low, factor.high] for factor in factors],
    }


def _check_size(n_cells: int, block: int, analysis: str) -> None:
    if n_cells % block:
        raise ValueError(f"{n_cells} cells do not make a {analysis} design, which comes in blocks of {block}: is a cell missing?")
