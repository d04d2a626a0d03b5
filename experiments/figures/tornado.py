"""One factor at a time: how far each moves an outcome away from its value at the base, the largest swing at the top."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import INK
from experiments.inference.one_by_one import estimates_by_cell, swings
from experiments.wording import naming, numbers, space
from experiments.wording.targets import targets

UP: Final = "#0072B2"  # where the factor is above its base
DOWN: Final = "#9ECAE9"
MOST: Final = 20  # factors
MOST_TARGETS: Final = 2
FACTOR_WIDTH: Final = 38


@canvas.styled
def tornado(
    tables: Mapping[str, pd.DataFrame], cells: pd.DataFrame, experiment: Experiment, measure: str, base: int
) -> Figure:
    """Bars from the base to where each factor moves the outcome, a panel per contrast (or regime); base: its cell."""
    drawn = _scaled(tables, experiment, measure)
    first = swings(cells, drawn[0][1], base)
    factors = list(dict.fromkeys(first["factor"]))[:MOST]
    figure = canvas.sheet(2.4 + 0.42 * len(factors), *_words(cells, drawn, experiment, measure, base, len(factors)))
    strip, panels = canvas.below_legend(figure, len(drawn), len(drawn), share_y=True)
    for axes, (who, rows) in zip(panels, drawn, strict=True):
        _bars(axes, swings(cells, rows, base), factors, estimates_by_cell(rows)[base].mean, cells, base, measure)
        axes.set_title(who, fontsize=8.5)
        axes.set_xlabel(naming.measure_unit(measure, "pp"))
    labels = [canvas.filled(naming.factor_label(name), FACTOR_WIDTH) for name in factors]
    panels[0].set_yticks(range(len(factors)), labels, fontsize=7.5)
    panels[0].set_ylim(len(factors) - 0.4, -0.6)
    canvas.legend(strip, [Patch(color=DOWN, label="factor below its base"), Patch(color=UP, label="factor above its base")])
    return figure


def _scaled(tables: Mapping[str, pd.DataFrame], experiment: Experiment, measure: str) -> list[tuple[str, pd.DataFrame]]:
    """What is drawn, with its rows in the unit in which they are drawn."""
    scale = naming.scale(measure)
    return [
        (target.who, rows.assign(**{name: scale * rows[name] for name in ("mean", "low", "high")}))
        for target, rows in targets(tables, experiment, measure)[:MOST_TARGETS]
    ]


def _words(
    cells: pd.DataFrame, drawn: list[tuple[str, pd.DataFrame]], experiment: Experiment, measure: str, base: int, n: int
) -> tuple[str, tuple[str, ...]]:
    rows = pd.concat([rows for _, rows in drawn])
    every = len(space.factors(cells))
    at = cells[cells["cell"] == base].iloc[0]
    where = space.setting_in_words({name: at[name] for name in space.factors(cells)})
    some = f" The {n} with the largest swings of {every}." if n < every else ""
    return f"Which factor, moved by itself, moves “{naming.lowered(naming.measure_label(measure))}” most?", (
        f"{numbers.runs(rows['n'])} and cell. "
        f"{numbers.uncertainty('Whiskers', 'the means over runs', bool(rows['low'].notna().any()))} "
        f"Line: the base ({where}).{some}",
        f"Experiment: {experiment.title}",
    )


def _bars(
    axes: Axes, moves: pd.DataFrame, factors: list[str], middle: float, cells: pd.DataFrame, base: int, measure: str
) -> None:
    at = cells[cells["cell"] == base].iloc[0]
    axes.axvline(middle, color=INK, linewidth=1, zorder=3)
    ends = [*moves["low"], *moves["high"], middle]
    margin = 0.16 * (np.nanmax(ends) - np.nanmin(ends)) or 1.0
    axes.set_xlim(np.nanmin(ends) - margin, np.nanmax(ends) + margin)
    for row in moves[moves["factor"].isin(factors)].to_dict("records"):
        place = factors.index(row["factor"])
        above = _above(row["value"], at[row["factor"]])
        others = moves[moves["factor"] == row["factor"]]
        lane = place + (0.2 if above else -0.2) if len(others) > 1 else place
        axes.barh(lane, row["mean"] - middle, 0.34, middle, color=UP if above else DOWN, zorder=2)
        axes.plot((row["low"], row["high"]), (lane, lane), color=INK, linewidth=1, zorder=4)
        right = row["mean"] >= middle
        end = max(row["mean"], row["high"]) if right else min(row["mean"], row["low"])
        end = end if np.isfinite(end) else row["mean"]
        text = naming.factor_value(row["factor"], row["value"])
        canvas.write(axes, end, lane, f" {text} ", "left" if right else "right", 6.5)
    axes.grid(axis="x")
    axes.locator_params(axis="x", nbins=5)
    canvas.with_commas(axes.xaxis)


def _above(value: Any, base: Any) -> bool:
    numbers_ = naming.amount(value), naming.amount(base)
    return bool(numbers_[0] > numbers_[1]) if not np.isnan(numbers_).any() else True
