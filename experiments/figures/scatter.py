"""Scattered points: an outcome over each factor of a sample, with a smooth line, and the region that scenario discovery finds."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import FAINT, INK
from experiments.inference.scenarios import Box, rank_correlations
from experiments.wording import naming, numbers
from experiments.wording.targets import Target, of_interest, placed, region, targets

COLUMNS: Final = 3
MOST: Final = 9  # factors, those with the strongest rank correlation
PANEL_INCHES: Final = 2.1
SHARE: Final = 0.4  # of the points, near a place, that make the smooth there
PLACES: Final = 40
WANTED: Final = "#0072B2"
OTHER: Final = "#9A9A9A"
NUMBERS: Final = ["n", "mean", "low", "high"]  # of a cell, beside its factors


@canvas.styled
def scatter(tables: Mapping[str, pd.DataFrame], cells: pd.DataFrame, experiment: Experiment, measure: str) -> Figure:
    """The first contrast (or regime) of an outcome in every cell, over the factors that go along with it most."""
    target, rows = targets(tables, experiment, measure)[0]
    table = placed(cells, rows)
    wanted, _ = of_interest(target, table["mean"])
    interest, box = region(target, table)
    scale = naming.scale(measure)
    table = table.assign(**{name: scale * table[name] for name in ("mean", "low", "high")})
    factors = _strongest(table)
    n_columns = min(COLUMNS, max(len(factors), 1))
    inches = -(-max(len(factors), 1) // n_columns) * PANEL_INCHES
    figure = canvas.sheet(2.0 + inches, *_words(table, experiment, target, box, interest))
    strip, panels = canvas.below_legend(figure, max(len(factors), 1), n_columns, share_y=True)
    if not factors:
        canvas.note(panels[0], "No data")
        return figure
    for axes, name in zip(panels, factors, strict=True):
        _panel(axes, table, name, wanted, box)
    rows_of: Any = panels[0].figure
    upward = f"{naming.measure_label(measure)}, {target.who} ({naming.measure_unit(measure, 'pp')})"
    rows_of.supylabel(canvas.filled(upward, 60), fontsize=9)
    _legend(strip, interest, box)
    return figure


def _strongest(table: pd.DataFrame) -> list[str]:
    """The factors drawn, that with the strongest rank correlation first."""
    if len(table) < 4:
        return []
    found = rank_correlations(table.drop(columns=NUMBERS), table["mean"].to_numpy(float))
    return list(found.sort_values("value", key=lambda column: -column.abs(), kind="stable")["factor"])[:MOST]


def _words(
    table: pd.DataFrame, experiment: Experiment, target: Target, box: Box | None, interest: str
) -> tuple[str, tuple[str, ...]]:
    numeric = table.columns.difference(["cell", *NUMBERS])
    n = numbers.runs(table["n"].astype(int)) if len(table) else "n = 0 runs"
    shown = len(table) > 0 and bool(table["low"].notna().any())
    most = f" Shown are the {MOST} factors with the strongest rank correlation of {len(numeric)}."
    left_out = most if len(numeric) > MOST else ""
    region = (
        f" Shaded: the region that scenario discovery (PRIM) finds: {100 * box.density:.0f} % of its {box.n:,} cells, "
        f"{100 * box.everywhere:.0f} % of all; it holds {100 * box.coverage:.0f} % of them."
        if box else " Scenario discovery (PRIM) finds no region that can be told from chance."
    )
    none = "No 95 % intervals: they take at least two runs."
    intervals = "The 95 % intervals of the cells are in the tables." if shown else none
    return f"What goes along with “{target.words}”?", (
        f"{n} and cell; a point per cell ({len(table):,}). {intervals} Line: the mean of the "
        f"{100 * SHARE:.0f} % of the points nearest to each place, weighted. Blue: {interest}.{region}{left_out}",
        f"Experiment: {experiment.title}",
    )


def _panel(axes: Axes, placed: pd.DataFrame, name: str, wanted: Any, box: Box | None) -> None:
    x, y = placed[name].to_numpy(float), placed["mean"].to_numpy(float)
    finite = np.isfinite(x)
    x = np.where(finite, x, (x[finite].max() if finite.any() else 0) * 1.1 + 1)
    many = len(x) > 300
    for chosen, colour in ((~wanted, OTHER), (wanted, WANTED)):
        size = 3 if many else 5
        axes.plot(x[chosen], y[chosen], ".", color=colour, markersize=size, alpha=0.7, markeredgewidth=0, rasterized=many)
    at = np.linspace(x.min(), x.max(), PLACES)
    axes.plot(at, smooth(x, y, at), color=INK, linewidth=1.6, zorder=4)
    axes.axhline(0, color=FAINT, linewidth=0.8, zorder=1) if y.min() < 0 < y.max() else None
    if box and name in box.limits:
        low, high = np.clip(box.limits[name], x.min(), x.max())
        axes.axvspan(low, high, color=WANTED, alpha=0.13, zorder=0)
    axes.set_xlabel(canvas.filled(naming.factor_label(name), 38), fontsize=8)
    axes.grid(axis="y")
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: naming.factor_value(name, value)))
    canvas.with_commas(axes.yaxis)


def smooth(x: Any, y: Any, at: Any, share: float = SHARE) -> Any:
    """Local linear regression with tricube weights on the nearest share of the points (Cleveland 1979): float64[at]."""
    found = np.empty(len(at))
    n = max(3, int(np.ceil(share * len(x))))
    for i, place in enumerate(at):
        distance = np.abs(x - place)
        reach = np.partition(distance, min(n, len(x)) - 1)[min(n, len(x)) - 1] or 1.0
        weight = np.clip(1 - (distance / (1.0001 * reach)) ** 3, 0, None) ** 3
        total = weight.sum()
        middle_x, middle_y = (weight * x).sum() / total, (weight * y).sum() / total
        spread = (weight * (x - middle_x) ** 2).sum()
        slope = (weight * (x - middle_x) * (y - middle_y)).sum() / spread if spread > 1e-12 * total else 0.0
        found[i] = middle_y + slope * (place - middle_x)
    return found


def _legend(strip: Axes, interest: str, box: Box | None) -> None:
    keys: list[Any] = [
        Line2D([], [], linestyle="", marker=".", markersize=8, color=WANTED, label=interest),
        Line2D([], [], linestyle="", marker=".", markersize=8, color=OTHER, label="other cells"),
        Line2D([], [], color=INK, label="smooth"),
    ]
    canvas.legend(strip, keys + ([Patch(color=WANTED, alpha=0.2, label="region found")] if box else []))
