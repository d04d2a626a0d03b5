"""Managers: how full their review hours are, how long requests wait, and how their inboxes grow over a run."""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import FAINT, INK, Look
from experiments.wording import naming, numbers, space

UTILISATION: Final = "manager_utilisation"
QUEUE: Final = "sign_off_queue_hours"
SHADES: Final = LinearSegmentedColormap.from_list("load", ["#FFFFFF", "#56B4E9", "#0B2F4A"])  # even in grey
COLUMNS: Final = 3
LABEL_WIDTH: Final = 24
FEW_VALUES: Final = 7  # of a factor; strips of more are wide, and there are fewer of them
MOST_LONG_PANELS: Final = 4


@canvas.styled
def manager_inboxes(weekly: pd.DataFrame, experiment: Experiment) -> Figure:
    """Matters waiting at managers at the end of each week, a line with a band per regime.

    weekly: columns regime, week, n, mean, low, high.
    """
    figure = canvas.sheet(4.6, "Do managers keep up with what they are asked to sign off?", _inbox_words(weekly, experiment))
    axes, look = figure.subplots(), canvas.looks(experiment.regimes)
    lines = {name: weekly[weekly["regime"] == name].sort_values("week") for name in experiment.regimes}
    lines = {name: line for name, line in lines.items() if line["mean"].notna().any()}
    if not lines:
        canvas.note(axes, "No data")
        return figure
    for name, line in lines.items():
        axes.plot(line["week"], line["mean"], color=look[name].colour, linestyle=look[name].line, zorder=3)
        axes.fill_between(line["week"], line["low"], line["high"], color=look[name].colour, alpha=0.2, linewidth=0)
    horizon = experiment.scenario.horizon
    end = horizon.warmup_weeks + horizon.window_weeks
    axes.axvspan(horizon.warmup_weeks, end, color="#F3F3F3", zorder=0)
    axes.set(xlim=(0, weekly["week"].max()), ylim=(0, None))
    axes.set_xlabel("Week of the run")
    axes.set_ylabel("Requests waiting in all managers' inboxes")
    axes.grid(axis="y")
    _label_ends(figure, axes, lines, look, end)
    return figure


def _inbox_words(weekly: pd.DataFrame, experiment: Experiment) -> tuple[str, ...]:
    shown = bool(weekly["low"].notna().any())
    return (
        f"{numbers.runs(weekly['n'])}. {numbers.uncertainty('Bands', 'the mean over runs, week by week', shown)} Grey: the weeks "
        "in which the measured opportunities open. At the right: requests waiting in the last of these weeks.",
        f"Experiment: {experiment.title}",
    )


def _label_ends(
    figure: Figure, axes: Axes, lines: Mapping[str, pd.DataFrame], look: Mapping[str, Look], end: int
) -> None:
    """Name and value of each line in the window's last week, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    ends = {name: float(np.interp(end, line["week"], line["mean"])) for name, line in lines.items()}
    spots = canvas.apart(list(ends.values()), canvas.line_height(figure, axes, 12), low, high)
    names = canvas.short_names(lines, LABEL_WIDTH, lines=1)
    for (name, value), spot in zip(ends.items(), spots, strict=True):
        axes.plot(
            1.02, spot, color=look[name].colour, marker=look[name].marker, markersize=5.5, clip_on=False,
            transform=axes.get_yaxis_transform(),
        )
        canvas.write(axes, 1.035, spot, f"{names[name]}  {numbers.number(value)}", transform=axes.get_yaxis_transform())


@canvas.styled
def manager_load(summary: pd.DataFrame, cells: pd.DataFrame, experiment: Experiment, factor: str = "") -> Figure:
    """Strips of managers' utilisation over the values of a factor, a row per regime; the number is the queue in hours.

    factor: a column of `cells` ("" where nothing varies: one column). Other factors: a panel for each combination.
    """
    used, queue = (space.measured(summary, cells, measure) for measure in (UTILISATION, QUEUE))
    columns = space.values(cells[factor]) if factor else [None]
    shown, n_panels = space.panels(cells, [factor], space.MOST_PANELS if len(columns) <= FEW_VALUES else MOST_LONG_PANELS)
    n_columns = _columns(len(columns), len(shown))
    inches = math.ceil(len(shown) / n_columns) * (0.75 + 0.26 * len(experiment.regimes))
    figure = canvas.sheet(1.9 + inches, "How full are the managers' hours, and how long do requests wait?",
                          _caption(used, experiment, space.about_panels(len(shown), n_panels)))
    strip, grid = canvas.below_legend(figure, len(shown), n_columns, 0.42, share_x=True, share_y=True)
    for axes, panel in zip(grid, shown, strict=True):
        chosen = panel.cells["cell"]
        parts = [table[table["cell"].isin(chosen)] for table in (used, queue)]
        _strips(axes, _pivoted(parts[0], experiment, factor, columns), _pivoted(parts[1], experiment, factor, columns))
        axes.set_title(canvas.by_parts(panel.label, canvas.PANEL_WIDTH // n_columns), fontsize=8)
    grid[0].set_yticks(range(len(experiment.regimes)), list(canvas.short_names(experiment.regimes, 16, lines=1).values()))
    ticks = space.thinned(columns, 8) if factor else []
    grid[0].set_xticks([columns.index(value) for value in ticks], [naming.factor_value(factor, v) for v in ticks])
    canvas.outer_labels(grid, n_columns, naming.factor_label(factor) if factor else "", "")
    _scale(strip)
    return figure


def _columns(n_values: int, n_panels: int) -> int:
    """Panels beside each other: fewer where a strip has many values, so that the numbers can be read."""
    return min(n_panels, COLUMNS if n_values < FEW_VALUES else 2 if n_values <= 10 else 1)


def _caption(used: pd.DataFrame, experiment: Experiment, left_out: str) -> tuple[str, ...]:
    widest = float((used["high"] - used["low"]).max() / 2) if len(used) else math.nan
    half = f" (95 % intervals of the shares: ± {numbers.number(widest)} points at most)"
    none = " (no 95 % intervals: they take at least two runs)"
    return (
        f"{numbers.runs(used['n'])} and cell. Shade: share of the managers' review hours used in the measured window"
        f"{half if math.isfinite(widest) else none}. Number: mean business hours that a request for sign-off waits until a "
        f"manager takes it up; – = none was asked. {left_out}".strip(),
        f"Experiment: {experiment.title}",
    )


def _pivoted(rows: pd.DataFrame, experiment: Experiment, factor: str, columns: list[Any]) -> Any:
    """Means as float64[regimes, values of the factor], NaN where a cell is missing."""
    at = rows[factor] if factor else pd.Series([None] * len(rows), index=rows.index)
    means = np.full((len(experiment.regimes), len(columns)), np.nan)
    for regime, value, mean in zip(rows["regime"], at, rows["mean"], strict=True):
        means[list(experiment.regimes).index(regime), columns.index(value)] = mean
    return means


def _strips(axes: Axes, used: Any, queue: Any) -> None:
    colours = SHADES(np.clip(np.nan_to_num(used) / 100, 0, 1))
    axes.pcolormesh(
        np.arange(used.shape[1] + 1) - 0.5, np.arange(used.shape[0] + 1) - 0.5, colours, edgecolors="white", linewidth=2,
    )
    axes.set_ylim(used.shape[0] - 0.5, -0.5)
    axes.tick_params(length=0)
    if used.shape[1] <= 20:
        for row, column in np.ndindex(used.shape):
            text = numbers.number(queue[row, column])
            canvas.write(axes, column, row, text, "center", 7, color=canvas.ink_on(to_hex(colours[row, column])))


def _scale(axes: Axes) -> None:
    """What the shades mean."""
    axes.set(xlim=(0, 100), ylim=(0, 1))
    for place, share in enumerate((0, 25, 50, 75, 100)):
        colour = to_hex(SHADES(share / 100))
        axes.bar(26 + 6 * place, 0.62, 5.6, 0.19, color=colour, edgecolor=FAINT, linewidth=0.6)
        canvas.write(axes, 26 + 6 * place, 0.5, f"{share} %", "center", 7.5, color=canvas.ink_on(colour))
    canvas.write(axes, 0, 0.5, "Managers' review hours in use:", size=8, color=INK)
