"""Where the order of two regimes turns over along a factor: at which value the lead of one passes through zero.

The lead is taken as a curve that only rises or only falls (isotonic regression on the means, in the direction of their
least-squares slope) and is straight between the values that were run; by that nothing is assumed about its shape, and chance
does not make it pass zero twice. How far the means lie off such a curve is told as `misfit`. The interval is that of a bootstrap
over seeds, the same draws for all values and regimes, which share their seeds.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from experiments.inference.grid import grid
from experiments.inference.means import LEVEL
from experiments.inference.winners import direction

FEWEST: Final = 15  # values of a factor that make a curve of it
RESAMPLES: Final = 1000
SEED: Final = 1  # of the resampling
BEST_OTHER: Final = ""  # as a baseline: whichever of the other regimes is best at each value
FALLS: Final = "falls"  # course of a lead: it lasts until it passes zero ...
RISES: Final = "rises"  # ... or begins there
COLUMNS: Final = ["factor", "from", "to", "measure", "regime", "baseline", "n", "course", "at", "low", "high", "misfit"]


def curve_factor(cells: pd.DataFrame) -> str:
    """The factor with most values, of those with FEWEST or more, along which every line of cells is complete; "" if none."""
    numeric = [name for name in cells.columns if name != "cell" and pd.api.types.is_numeric_dtype(cells[name])]
    many = sorted((name for name in numeric if cells[name].nunique() >= FEWEST), key=lambda name: -cells[name].nunique())
    return next((name for name in many if _complete(cells, name)), "")


def _complete(cells: pd.DataFrame, factor: str) -> bool:
    return all(len(line) == cells[factor].nunique() for _, line in _lines(cells, factor))


def _lines(cells: pd.DataFrame, factor: str) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """The settings of the other factors, each with its cells in the order of the factor."""
    others = [name for name in cells.columns if name not in ("cell", factor)]
    groups = cells.groupby(others, sort=False, dropna=False) if others else [((), cells)]
    for setting, line in groups:
        yield dict(zip(others, setting, strict=True)), line.sort_values(factor)


def turnovers(
    runs: pd.DataFrame,
    cells: pd.DataFrame,
    factor: str,
    measure: str,
    contrasts: Sequence[tuple[str, str]],
    resamples: int = RESAMPLES,
) -> pd.DataFrame:
    """The table `turnovers`: for each contrast, and for who leads at the lowest value, where the lead passes through zero.

    Columns: line (a setting of the other factors, from 0), a column for each of them, COLUMNS. baseline BEST_OTHER: the best
    of all others at each value. course: FALLS or RISES. at, low, high: values of the factor; infinite where the lead does not
    pass zero within its range (from, to), on the side where it would: so a lead that falls and is there throughout has at = inf,
    one that rises and is there throughout -inf. misfit: largest distance of a mean from the curve, in units of the measure.
    n: seeds.
    """
    layout = grid(runs)
    values = layout.values(measure)
    names, chance, rows = layout.regimes, np.random.default_rng(SEED), []
    for line, (setting, of_line) in enumerate(_lines(cells, factor)):
        places = np.searchsorted(layout.cells, of_line["cell"])
        means, resampled = _resampled(values[places], resamples, chance)
        n = int(np.isfinite(values[places]).all(axis=(0, 1)).sum())
        x = of_line[factor].to_numpy(np.float64)
        for regime, baseline in [*contrasts, (names[_leader(means[0], measure)], BEST_OTHER)]:
            lead, leads = (_lead(one, names, regime, baseline, measure) for one in (means[..., None], resampled))
            found = _interval(x, lead[:, 0], leads)
            about = {"factor": factor, "from": x[0], "to": x[-1], "measure": measure, "regime": regime, "baseline": baseline}
            rows.append({"line": line, **setting, **about, "n": n, **found})
    return pd.DataFrame(rows)


def _resampled(values: Any, resamples: int, chance: np.random.Generator) -> tuple[Any, Any]:
    """Means float64[cells, regimes] of float64[cells, regimes, seeds], and over seeds drawn again: [..., resamples].

    A seed without a value somewhere is left out. Deviations are scaled up so that few seeds spread as much as they should.
    """
    values = values[..., np.isfinite(values).all(axis=(0, 1))]
    n = values.shape[-1]
    if n == 0:
        nothing = np.full(values.shape[:2], np.nan)
        return nothing, np.repeat(nothing[..., None], resamples, axis=-1)
    means = values.mean(axis=-1)
    times = chance.multinomial(n, np.full(n, 1 / n), resamples).T / n
    return means, means[..., None] + (values @ times - means[..., None]) * np.sqrt(n / max(n - 1, 1))


def _leader(means: Any, measure: str) -> int:
    """Who is best; of float64[regimes]. The first if no value is known."""
    return int(np.argmax(np.nan_to_num(direction(measure) * means, nan=-np.inf)))


def _lead(means: Any, names: Sequence[str], regime: str, baseline: str, measure: str) -> Any:
    """One regime's lead over another, or the best other one: float64[cells, series] of [cells, regimes, series]."""
    own = means[:, names.index(regime)]
    if baseline != BEST_OTHER:
        return own - means[:, names.index(baseline)]
    sign = direction(measure)
    others = [place for place, name in enumerate(names) if name != regime]
    return own - sign * (sign * means[:, others]).max(axis=1)


def _interval(x: Any, lead: Any, leads: Any) -> dict[str, Any]:
    """Where a lead passes zero, with its interval. lead: float64[values]; leads: resampled, float64[values, resamples]."""
    if not np.isfinite(lead).all():
        return {"course": "", **dict.fromkeys(("at", "low", "high", "misfit"), np.nan)}
    rises = bool(np.polyfit(x, lead, 1)[0] > 0)
    places = np.sort([crossing(x, one, rises) for one in leads.T])
    tail = (1 - LEVEL) / 2  # no interpolation: a place may be infinite
    low = float(np.quantile(places, tail, method="lower"))
    high = float(np.quantile(places, 1 - tail, method="higher"))
    curve = isotonic_regression(lead, increasing=rises).x
    found = {"course": RISES if rises else FALLS, "at": crossing(x, lead, rises), "low": low, "high": high}
    return {**found, "misfit": float(np.abs(lead - curve).max())}


def crossing(x: Any, y: Any, rises: bool) -> float:
    """Where the nearest curve to points that only rises (or falls) passes zero, straight between the points.

    x, y: float64[points], x ascending. Where it does not, infinite: beyond the end at which it comes nearer to zero.
    """
    curve = isotonic_regression(y if rises else -y).x  # ascending: passes from below
    if curve[0] > 0:
        return -np.inf
    if curve[-1] < 0:
        return np.inf
    if curve[0] == curve[-1]:
        return np.nan
    hair = 1e-12 * np.ptp(curve) * np.arange(len(curve))  # so that steps of the curve can be inverted
    return float(np.interp(0.0, curve + hair, x))
