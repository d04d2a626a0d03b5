"""Where the order turns over: an outcome along one factor, with the places at which one regime's lead passes through zero."""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import FAINT, INK, Look
from experiments.inference.turnovers import BEST_OTHER
from experiments.wording import naming, numbers, space
from experiments.wording.analyses import factor_in_words, place_in_words, with_words
from experiments.wording.regimes import DOTS

COLUMNS: Final = 2
LINES_INCHES: Final = 1.7  # of a panel, for the lines
ROW_INCHES: Final = 0.145  # for each lead below them
HEADING_INCHES: Final = 0.85  # for a panel's heading and axis


@canvas.styled
def turnover(
    turnovers: pd.DataFrame, summary: pd.DataFrame, cells: pd.DataFrame, experiment: Experiment, measure: str
) -> Figure:
    """Means by regime along the factor of the table `turnovers`, a panel per setting (nine at most); below, a row per contrast.

    Columns of the tables: docs/architecture.md.
    """
    found = with_words(turnovers[turnovers["measure"] == measure], {"baseline": BEST_OTHER})
    factor = str(found["factor"].iloc[0])
    rows = space.measured(summary, cells, measure)
    lines = list(dict.fromkeys(found["line"]))
    shown = lines[: space.MOST_PANELS]
    n_columns = min(COLUMNS, len(shown))
    look = canvas.looks(experiment.regimes)
    legend = canvas.legend_inches(len(look))
    each = HEADING_INCHES + LINES_INCHES + ROW_INCHES * int(found.groupby("line").size().max())
    inches = math.ceil(len(shown) / n_columns) * each
    figure = canvas.sheet(1.2 + legend + inches, *_words(rows, experiment, factor, measure, len(lines) - len(shown)))
    strip, grid = canvas.below_legend(figure, len(shown), n_columns, legend, share_x=True)
    for axes, line in zip(grid, shown, strict=True):
        _panel(axes, found[found["line"] == line], rows, factor, look)
    canvas.outer_labels(grid, n_columns, naming.factor_label(factor), naming.measure_axis(measure))
    canvas.regime_legend(strip, experiment.regimes, look)
    return figure


def _words(
    rows: pd.DataFrame, experiment: Experiment, factor: str, measure: str, left_out: int
) -> tuple[str, tuple[str, ...]]:
    """Title and caption."""
    bands = numbers.uncertainty("Bands", "the mean over runs", bool(rows["low"].notna().any()))
    more = f" Not drawn: {naming.counted(left_out, 'setting')}, see the table turnovers." if left_out else ""
    return f"At which {factor_in_words({'factor': factor})} does the order turn over? {naming.measure_label(measure)}", (
        f"{numbers.runs(rows.loc[rows['mean'].notna(), 'n'])} and value. {bands} Rows below the lines: where the first regime's "
        "lead over the second (dotted: over all others) ends or begins, with its 95 % interval, by bootstrap over seeds; in "
        f"brackets, > and < : beyond the values run.{more}",
        f"Experiment: {experiment.title}",
    )


def _panel(axes: Axes, found: pd.DataFrame, rows: pd.DataFrame, factor: str, look: Mapping[str, Look]) -> None:
    setting = {name: found[name].iloc[0] for name in rows.columns if name in found.columns and "." in name}
    here = rows[np.logical_and.reduce([rows[name] == value for name, value in setting.items()] or [rows[factor].notna()])]
    for name, one in look.items():
        of = here[here["regime"] == name].sort_values(factor)
        axes.plot(of[factor], of["mean"], color=one.colour, linestyle=one.line, linewidth=1.6, zorder=3)
        axes.fill_between(of[factor], of["low"], of["high"], color=one.colour, alpha=0.22, linewidth=0, zorder=2)
    x = (float(rows[factor].min()), float(rows[factor].max()))
    axes.set_xlim(*x)
    _leads(axes, found, look, x)
    axes.set_title(canvas.by_parts(space.point_in_words(setting.items()), canvas.PANEL_WIDTH // COLUMNS), fontsize=8)
    axes.grid(axis="y")
    canvas.with_commas(axes.yaxis)


def _leads(axes: Axes, found: pd.DataFrame, look: Mapping[str, Look], x: tuple[float, float]) -> None:
    """A row for each lead below the lines, for which the panel is made higher."""
    low, high = axes.get_ylim()
    share = len(found) * ROW_INCHES / (LINES_INCHES + len(found) * ROW_INCHES)
    bottom = low - (high - low) * share / (1 - share)
    ticks = [tick for tick in axes.get_yticks() if low <= tick <= high]
    axes.set_ylim(bottom, high)
    axes.set_yticks(ticks)
    axes.axhline(low, color=FAINT, linewidth=0.6)
    for place, row in enumerate(found.to_dict("records")):
        _lead(axes, low - (low - bottom) * (place + 0.5) / len(found), row, look[row["regime"]], x)


def _lead(axes: Axes, y: float, row: Mapping[Any, Any], look: Look, x: tuple[float, float]) -> None:
    """Whose lead it is at the left, where it is at the right, between them its end with its interval; the leader's dotted."""
    ends = np.clip([row["low"], row["high"]], *x)
    if ends[0] < ends[1]:
        axes.hlines(y, *ends, color=look.colour, linewidth=2.2, zorder=3)
    if x[0] <= row["at"] <= x[1]:
        axes.plot(row["at"], y, marker=look.marker, color=look.colour, markeredgecolor=INK, markersize=4.5, zorder=4)
        if row["baseline"] == BEST_OTHER:
            axes.vlines(row["at"], y, axes.get_ylim()[1], color=INK, linewidth=0.7, linestyle=(0, DOTS), zorder=1)
    beside = axes.get_yaxis_transform()
    canvas.write(axes, -0.02, y, f"{row['regime']} > {row['baseline'] or 'all'}", "right", size=6.5, transform=beside)
    canvas.write(axes, 1.02, y, place_in_words(row), size=6.5, transform=beside)
