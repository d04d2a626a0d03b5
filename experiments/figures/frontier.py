"""Speed against quality: what each regime gives up of the one for the other, and which points nothing beats."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import INK, Look
from experiments.wording import naming, numbers, space

COLUMNS: Final = 3
PANEL_INCHES: Final = 2.7
CROSSES: Final = 60  # points in a panel; of more, only the undominated ones have their crosses


@canvas.styled
def frontier(
    summary: pd.DataFrame,
    cells: pd.DataFrame,
    experiment: Experiment,
    speed: str = "acted_within_week",
    quality: str = "best_answer_share",
) -> Figure:
    """A point per regime and cell, a panel per market (nine at most), a line through the points that nothing beats.

    speed, quality: measures, drawn so that up and right are better. Columns of the tables: docs/architecture.md.
    """
    levers = space.levers(cells)
    shown, n_panels = space.panels(cells, levers)  # points of different worlds do not compete
    points = _points(summary, cells, speed, quality)
    look, n_columns = canvas.looks(experiment.regimes), min(COLUMNS, len(shown))
    legend = canvas.legend_inches(len(look) + 1)
    inches = math.ceil(len(shown) / n_columns) * (PANEL_INCHES + (1.3 if n_columns == 1 else 0.0))
    caption = _caption(points, experiment, levers, space.about_panels(len(shown), n_panels))
    figure = canvas.sheet(1.4 + legend + inches, "What does speed cost in quality?", caption)
    strip, grid = canvas.below_legend(figure, len(shown), n_columns, legend, share_x=True, share_y=True)
    for axes, panel in zip(grid, shown, strict=True):
        _panel(axes, points[points["cell"].isin(panel.cells["cell"])], look, (speed, quality))
        axes.set_title(canvas.by_parts(panel.label, canvas.PANEL_WIDTH // n_columns), fontsize=8)
    for axis, measure in ((grid[0].xaxis, speed), (grid[0].yaxis, quality)):
        axis.set_inverted(naming.better(measure) < 0)
    canvas.outer_labels(grid, n_columns, naming.measure_axis(speed), naming.measure_axis(quality))
    line = Line2D([], [], color=INK, linewidth=1, label="nothing is better in both")
    canvas.regime_legend(strip, experiment.regimes, look, [line], lines=False)
    return figure


def undominated(speed: Sequence[float], quality: Sequence[float]) -> list[int]:
    """Places of the points that no other point equals or beats in both and beats in one; more is better.

    In the order of falling speed. Points without a value are left out.
    """
    order = sorted(
        (i for i in range(len(speed)) if math.isfinite(speed[i]) and math.isfinite(quality[i])),
        key=lambda i: (-speed[i], -quality[i]),
    )
    found: list[int] = []
    for i in order:
        equal = found and (speed[i], quality[i]) == (speed[found[-1]], quality[found[-1]])
        if not found or quality[i] > quality[found[-1]] or equal:
            found.append(i)
    return found


def _points(summary: pd.DataFrame, cells: pd.DataFrame, speed: str, quality: str) -> pd.DataFrame:
    """A row per cell and regime: x, x_low, x_high of speed, y, y_low, y_high of quality, n."""
    parts = []
    for measure, axis in ((speed, "x"), (quality, "y")):
        rows = space.measured(summary, cells, measure).set_index(["cell", "regime"])
        names = {"mean": axis, "low": f"{axis}_low", "high": f"{axis}_high", "n": f"{axis}_n"}
        parts.append(rows[list(names)].rename(columns=names))
    return parts[0].join(parts[1], how="inner").reset_index().dropna(subset=["x", "y"])


def _caption(points: pd.DataFrame, experiment: Experiment, levers: list[str], left_out: str) -> tuple[str, ...]:
    shown = bool(points[["x_low", "y_low"]].notna().any(axis=None))
    many = f" A regime has a point for each setting of {_listed(levers)}." if levers else ""
    return (
        f"{numbers.runs([*points['x_n'], *points['y_n']])} and cell. "
        f"{numbers.uncertainty('Crosses', 'the means over runs', shown)}{many} Up and right are better. The line joins the "
        f"points that no other point of the panel beats in both. {left_out}".strip(),
        f"Experiment: {experiment.title}",
    )


def _listed(levers: list[str]) -> str:
    return " and ".join(f"“{naming.factor_label(name, with_unit=False)}”" for name in levers[:3])


def _panel(axes: Axes, points: pd.DataFrame, look: Mapping[str, Look], measures: tuple[str, str]) -> None:
    axes.grid()
    signs = [naming.better(measure) or 1 for measure in measures]
    best = undominated((signs[0] * points["x"]).tolist(), (signs[1] * points["y"]).tolist())
    line = points.iloc[best]
    axes.plot(line["x"], line["y"], color=INK, linewidth=1, zorder=2)
    if points.empty:
        canvas.write(axes, 0.5, 0.5, "no data", "center", transform=axes.transAxes, color=canvas.FAINT)
    for name, one in look.items():
        of_regime = points[points["regime"] == name]
        _crosses(axes, of_regime if len(points) <= CROSSES else line[line["regime"] == name], one.colour)
        axes.plot(
            of_regime["x"], of_regime["y"], one.marker, color=one.colour, markersize=5.5 if len(points) <= CROSSES else 3.5,
            markeredgecolor=INK, markeredgewidth=0.6 if len(points) <= CROSSES else 0, zorder=4,
            rasterized=len(points) > CROSSES,
        )


def _crosses(axes: Axes, points: pd.DataFrame, colour: str) -> None:
    arms: dict[str, Any] = {}
    for axis in "xy":
        ends = points[[f"{axis}_low", f"{axis}_high"]].to_numpy()
        middle = points[axis].to_numpy()
        arms[f"{axis}err"] = np.nan_to_num(np.abs(np.stack([middle - ends[:, 0], ends[:, 1] - middle])))
    if len(points):
        axes.errorbar(points["x"], points["y"], **arms, fmt="none", ecolor=colour, elinewidth=1, zorder=3)
