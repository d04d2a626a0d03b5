"""Differences from the baseline, paired by seed: one small panel per measure, each with its own unit."""

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

# Deals, then speed, then work, then quality.
HEADLINES: Final = (
    "won", "won_share", "no_action_share", "acted_within_week", "median_hours_to_action", "cycle_days",
    "waited_managers_hours", "hours_per_deal_with_managers", "created_won", "best_answer_share", "fit_of_won", "forced_fits",
)
COLUMNS: Final = 3
WHICH_IS_BETTER: Final = {1: " (more is better)", 0: "", -1: " (less is better)"}


@canvas.styled
def differences(differences: pd.DataFrame, experiment: Experiment) -> Figure:
    """Forest plot of the paired differences of headline measures from the baseline; see `figures_for`."""
    others = [name for name in experiment.regimes if name != experiment.baseline]
    found = estimates(differences)
    measures = [measure for measure in HEADLINES if any((measure, name) in found for name in others)]
    of = {measure: {name: found.get((measure, name), NOTHING) for name in others} for measure in measures}
    every = [one for by_regime in of.values() for one in by_regime.values()]
    short = canvas.short_names(experiment.regimes, 20)
    names = [short[name] for name in others]
    n_rows = math.ceil(len(measures) / COLUMNS)
    row_inches = 0.08 + 0.13 * max((name.count("\n") + 1 for name in names), default=1)
    height = 1.2 + n_rows * (0.72 + row_inches * len(others)) if every else 1.8
    figure = canvas.sheet(height, *_words(every, experiment))
    if not every:
        canvas.note(figure.subplots(), "There is nothing to compare it with.")
        return figure
    grid = figure.subplots(n_rows, COLUMNS, sharey=True, squeeze=False)
    look = canvas.looks(experiment.regimes)
    for axes, measure in zip(grid.flat, measures, strict=False):
        _panel(axes, measure, of[measure], look)
    for axes in list(grid.flat)[len(measures) :]:
        axes.set_axis_off()
    grid[0, 0].set_yticks(range(len(others)), names)
    grid[0, 0].set_ylim(len(others) - 0.4, -0.6)
    return figure


def _words(every: list[Estimate], experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """Title and caption."""
    baseline = canvas.short_names([experiment.baseline], 60, lines=1)[experiment.baseline]
    title = f"What changes compared with “{baseline}”?"
    if not every:
        return title, ("n = 0 pairs of runs, no 95 % intervals.", f"Experiment: {experiment.title}")
    n = numbers.runs((one.n for one in every if math.isfinite(one.mean)), "pair of runs", "pairs of runs")
    shown = any(one.has_interval for one in every)
    intervals = numbers.uncertainty("Whiskers and brackets", "the mean paired difference", shown)
    hollow = " Hollow: the interval includes zero." if shown else ""
    return title, (
        f"{n}; the two runs of a pair share their seed. {intervals}{hollow} pp = percentage points.",
        f"Experiment: {experiment.title}",
    )


def _panel(axes: Axes, measure: str, by_regime: Mapping[str, Estimate], look: Mapping[str, Look]) -> None:
    scaled = {name: numbers.times(naming.scale(measure), one) for name, one in by_regime.items()}
    ends = [0.0, *(end for one in scaled.values() for end in one[1:] if math.isfinite(end))]
    margin = 0.08 * (max(ends) - min(ends)) or 1.0
    axes.set_xlim(min(ends) - margin, max(ends) + margin)
    axes.axvline(0, color=INK, linewidth=1, zorder=1)
    for row, (name, one) in enumerate(scaled.items()):
        _estimate(axes, row, one, look[name])
    axes.set_title(naming.measure_label(measure))
    axes.set_xlabel(f"{naming.measure_unit(measure, 'pp')}{WHICH_IS_BETTER[naming.better(measure)]}", fontsize=8, labelpad=1)
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=3)
    axes.spines["left"].set_visible(False)


def _estimate(axes: Axes, row: int, one: Estimate, look: Look) -> None:
    """One regime's point with its interval, and both in figures at the right."""
    beside = axes.get_yaxis_transform()
    if not math.isfinite(one.mean):
        canvas.write(axes, 1.03, row, "undefined", size=7, transform=beside, color=FAINT)
        return
    if one.has_interval:
        axes.plot((one.low, one.high), (row, row), color=look.colour, marker="|", zorder=2)
    hollow = one.has_interval and not one.excludes_zero
    fill, edge = ("white", look.colour) if hollow else (look.colour, INK)
    axes.plot(
        one.mean, row, color=fill, marker=look.marker, markersize=5.5, markeredgecolor=edge,
        markeredgewidth=1.2, zorder=3,
    )
    mean, interval = numbers.written(one)
    plus = "+" if one.mean > 0 and mean.strip("0.") else ""
    canvas.write(axes, 1.03, row, f"{plus}{mean} {interval}", size=7, transform=beside)
