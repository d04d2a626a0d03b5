"""The outcomes asked for, regime by regime: means with their intervals, a small panel per outcome."""

import math
from collections.abc import Mapping
from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import FAINT, INK, NOTHING, Look
from experiments.inference import Estimate, estimates
from experiments.wording import naming, numbers
from simulation.measures import NAMES

HEADLINES: Final = (
    "won", "value_won", "no_action_share", "acted_within_week", "hours_per_deal_with_managers", "best_answer_share",
)
"""What is drawn where an experiment names no outcomes."""
MOST: Final = 6
COLUMNS: Final = 3
WHICH_IS_BETTER: Final = {1: " (more is better)", 0: "", -1: " (less is better)"}


@canvas.styled
def compared(summary: pd.DataFrame, experiment: Experiment) -> Figure:
    """Means of the outcomes by regime. Columns of the table: docs/architecture.md."""
    found = estimates(summary)
    there = {measure for measure, _ in found}
    wanted = HEADLINES if experiment.outcomes == NAMES else experiment.outcomes
    measures = [name for name in wanted if name in there][:MOST]
    every = [one for name in measures for regime in experiment.regimes if (one := found.get((name, regime), NOTHING)).n]
    n_rows = math.ceil(len(measures) / COLUMNS)
    names = canvas.short_names(experiment.regimes, 20)
    row = 0.08 + 0.13 * max((name.count("\n") + 1 for name in names.values()), default=1)
    figure = canvas.sheet(1.2 + n_rows * (0.8 + row * len(names)) if every else 1.8, *_words(every, experiment))
    if not every:
        canvas.note(figure.subplots(), "No data")
        return figure
    n_columns = min(COLUMNS, len(measures))
    grid, look = figure.subplots(n_rows, n_columns, sharey=True, squeeze=False), canvas.looks(experiment.regimes)
    for axes, measure in zip(grid.flat, measures, strict=False):
        _panel(axes, measure, {name: found.get((measure, name), NOTHING) for name in experiment.regimes}, look)
    for axes in list(grid.flat)[len(measures) :]:
        axes.set_axis_off()
    grid[0, 0].set_yticks(range(len(names)), list(names.values()))
    grid[0, 0].set_ylim(len(names) - 0.4, -0.6)
    return figure


def _words(every: list[Estimate], experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """Title and caption."""
    shown = any(one.has_interval for one in every)
    intervals = numbers.uncertainty("Whiskers and brackets", "the mean over runs", shown)
    return "How do the regimes compare?", (
        f"{numbers.runs(one.n for one in every)}. {intervals} Axes do not begin at zero. Whether a difference is clear says the "
        "figure of differences, which are paired and known better than these means.",
        f"Experiment: {experiment.title}",
    )


def _panel(axes: Axes, measure: str, by_regime: Mapping[str, Estimate], look: Mapping[str, Look]) -> None:
    scaled = {name: numbers.times(naming.scale(measure), one) for name, one in by_regime.items()}
    ends = [end for one in scaled.values() for end in one[1:] if math.isfinite(end)]
    margin = 0.08 * (max(ends, default=1) - min(ends, default=0)) or 1.0
    axes.set_xlim(min(ends, default=0) - margin, max(ends, default=1) + margin)
    for row, (name, one) in enumerate(scaled.items()):
        beside = axes.get_yaxis_transform()
        if not math.isfinite(one.mean):
            canvas.write(axes, 1.03, row, "undefined", size=7, transform=beside, color=FAINT)
            continue
        if one.has_interval:
            axes.plot((one.low, one.high), (row, row), color=look[name].colour, marker="|", zorder=2)
        axes.plot(one.mean, row, color=look[name].colour, marker=look[name].marker, markersize=5.5, markeredgecolor=INK, zorder=3)
        canvas.write(axes, 1.03, row, " ".join(numbers.written(one)).strip(), size=7, transform=beside)
    axes.set_title(canvas.filled(naming.measure_label(measure), 34), fontsize=9)
    axes.set_xlabel(f"{naming.measure_unit(measure)}{WHICH_IS_BETTER[naming.better(measure)]}", fontsize=8, labelpad=1)
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=3)
    axes.grid(axis="x")
    canvas.with_commas(axes.xaxis)
    axes.spines["left"].set_visible(False)
