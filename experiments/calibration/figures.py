"""Two figures: how far each published figure is off, and how well each parameter is known."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.calibration.objective import FREE, SIGMAS
from experiments.calibration.profile import TOLERANCE
from experiments.figures import canvas
from experiments.wording import naming

SHOWN: Final = 6.0  # standard deviations; beyond, an arrow and the number
HIGHEST: Final = 4 * TOLERANCE
COLOURS: Final = {"fitted": "#0072B2", "predicted": "#D55E00", "input": "#777777"}
MARKERS: Final = {"fitted": "o", "predicted": "D", "input": "s"}


@canvas.styled
def residual_figure(fit: pd.DataFrame, n: int) -> Figure:
    """Figures in rows, distances in half bands across. fit: as in fit.csv. n: runs."""
    figure = canvas.sheet(0.34 * len(fit) + 1.6, "Published figures and the reference firm under the strict preset", (
        f"n = {n} runs with seeds that were not fitted to. Distance of the outcome from the middle of what counts as met, in "
        "half bands: the grey band is what was stated before the fit. Numbers: outcome, and what was published. A figure "
        "further off than the axis is at its end.",
    ))
    axes = figure.subplots()
    axes.axvspan(-1, 1, color="#dddddd", linewidth=0)
    axes.axvline(0, color="#999999", linewidth=0.8)
    for place, row in enumerate(fit.to_dict("records")):
        at = float(np.clip(row["distance"] / SIGMAS, -SHOWN, SHOWN))
        axes.plot(at, place, MARKERS[row["kind"]], color=COLOURS[row["kind"]], markeredgecolor=canvas.INK, markeredgewidth=0.6)
        canvas.write(axes, SHOWN * 1.06, place, f"{row['outcome']:.3g} {row['unit']} ({row['target']})")
    axes.set_yticks(range(len(fit)), [str(name) for name in fit["figure"]])
    axes.set_ylim(len(fit) - 0.5, -0.5)
    axes.set_xlim(-SHOWN * 1.03, SHOWN * 1.03 + 5.5)
    axes.set_xticks(range(-int(SHOWN), int(SHOWN) + 1, 2))
    axes.set_xlabel("distance from the middle of the band, in half bands")
    handles = [
        axes.plot([], [], MARKERS[kind], color=colour, markeredgecolor=canvas.INK, markeredgewidth=0.6, label=kind)[0]
        for kind, colour in COLOURS.items() if kind in set(fit["kind"])
    ]
    axes.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=3, frameon=False, fontsize=8)
    return figure


@canvas.styled
def profile_figure(profiles: pd.DataFrame, defaults: dict[str, float]) -> Figure:
    """A panel per parameter: chi-square above its minimum where it is held and the others are fitted again."""
    names = list(dict.fromkeys(profiles["parameter"]))
    figure = canvas.sheet(2.1 * -(-len(names) // 3) + 1.0, "How well each calibrated parameter is known", (
        f"Chi-square above its minimum where the parameter is held at a value and all others are fitted again. Dashed: "
        f"{TOLERANCE:g}, the limit of the 95 % interval. Triangle: the default. Points above {HIGHEST:g} are at the upper edge.",
    ))
    panels: list[Axes] = list(figure.subplots(-(-len(names) // 3), 3, squeeze=False).flat)
    for axes, name in zip(panels, names, strict=False):
        _panel(axes, name, profiles[profiles["parameter"] == name], defaults[name])
    for axes in panels[len(names) :]:
        axes.remove()
    return figure


def _panel(axes: Axes, name: str, rows: pd.DataFrame, default: float) -> None:
    floor = next((free.floor for free in FREE if free.name == name), 0.0)
    at, above = rows["value"].to_numpy(float) + floor, np.minimum(rows["above"].to_numpy(float), HIGHEST)
    axes.plot(at, above, "o-", color="#0072B2", markersize=4, linewidth=1.4, clip_on=False)
    axes.axhline(TOLERANCE, color=canvas.INK, linestyle=canvas.SHORT_DASHES, linewidth=1)
    axes.plot(default + floor, 0, "^", color="#D55E00", markeredgecolor=canvas.INK, markeredgewidth=0.6, clip_on=False, zorder=4)
    if any(free.name == name for free in FREE):
        axes.set_xscale("log")
        axes.minorticks_off()
    ticks = _few(rows["value"].tolist())
    axes.set_xticks([tick + floor for tick in ticks], [f"{tick:g}" for tick in ticks])
    axes.set_ylim(0, HIGHEST)
    axes.set_title(canvas.filled(naming.factor_label(name), 38), fontsize=8.5)


def _few(values: Sequence[Any]) -> list[float]:
    """At most six round ones of the values held."""
    tidy = [float(value) for value in values if float(f"{value:.2g}") == float(value)]
    return tidy[:: -(-len(tidy) // 6)] if tidy else [float(value) for value in values]
