"""Who wins where: the best regime of each cell over two factors, a panel per value of the others."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import INK, Look
from experiments.inference import FALSE_DISCOVERIES
from experiments.wording import naming, numbers, space
from simulation.measures import LEAD

UNDECIDED: Final = "undecided"
PALE: Final = 0.3  # strength of the colour where the lead is nearly zero
FULL_LEAD: Final = 0.9  # quantile of the decided leads from which the colour is at full strength
COLUMNS: Final = 3
PANEL_INCHES: Final = 2.75
DENSE: Final = 100  # cells of a panel; of more, an SVG file holds a picture instead of each mark


@canvas.styled
def winner_map(
    winners: pd.DataFrame,
    cells: pd.DataFrame,
    experiment: Experiment,
    measure: str = LEAD,
    on_axes: Sequence[str] = (),
    n: Iterable[int] = (),
) -> Figure:
    """The best regime of each cell by one measure; colour and mark tell the regime, their strength the lead.

    on_axes: the factors across and upward (default: the first two that vary). n: runs per regime and cell (default:
    the experiment's count). Columns of the tables: docs/architecture.md. Raises ValueError if fewer than two vary.
    """
    across, upward = _axes(cells, on_axes)
    found = winners[winners["measure"] == measure].merge(cells, on="cell")
    found = found.assign(winner=[_winner(row, experiment) for row in found.to_dict("records")])
    shown, n_panels = space.panels(cells, (across, upward))
    n_columns = min(COLUMNS, len(shown))
    inches = math.ceil(len(shown) / n_columns) * (PANEL_INCHES + 0.5)
    caption = _caption(found, experiment, measure, list(n) or [experiment.count], space.about_panels(len(shown), n_panels))
    title = f"Which regime is best, and where? {naming.measure_label(measure)}"
    legend = canvas.legend_inches(found["winner"].nunique()) + 0.1
    figure = canvas.sheet(1.3 + legend + inches, title, caption)
    strip, grid = canvas.below_legend(figure, len(shown), n_columns, legend, share_x=True, share_y=True)
    look, full = canvas.looks(experiment.regimes), _full_lead(found)
    places = [_places(cells[name]) for name in (across, upward)]
    for axes, panel in zip(grid, shown, strict=True):
        part = found[found["cell"].isin(panel.cells["cell"])]
        _panel(axes, part, (across, upward), places, look, full)
        axes.set_title(_heading(panel.label, part, experiment, canvas.PANEL_WIDTH // n_columns), fontsize=8, linespacing=1.3)
    canvas.outer_labels(grid, n_columns, naming.factor_label(across), naming.factor_label(upward))
    _legend(strip, found, experiment, look)
    return figure


def _axes(cells: pd.DataFrame, wanted: Sequence[str]) -> tuple[str, str]:
    found = [*wanted, *(name for name in space.factors(cells) if name not in wanted)]
    if len(found) < 2:
        raise ValueError(f"a map takes two factors with more than one value; there is {found or 'none'}")
    return found[0], found[1]


def _winner(row: Mapping[Any, Any], experiment: Experiment) -> str:
    clear = bool(row["decided"]) and row["winner"] in experiment.regimes
    return str(row["winner"]) if clear else UNDECIDED


def _caption(
    found: pd.DataFrame, experiment: Experiment, measure: str, n: Iterable[int], left_out: str
) -> tuple[str, ...]:
    direction = "less" if naming.better(measure) < 0 else "more"
    undecided = int((found["winner"] == UNDECIDED).sum())
    full = naming.scale(measure) * _full_lead(found)
    unit = naming.measure_unit(measure, "percentage points")
    strength = f"Strong colour, large mark: a lead of {numbers.number(full)} {unit} or more." if full > 0 else ""
    return (
        f"{numbers.runs(n)} and cell, paired by seed. {naming.counted(len(found), 'cell')}, {undecided:,} of them "
        f"undecided. Best: {direction} is better; a cell is decided where the lead over every other regime is clear of "
        f"zero with a false-discovery rate of at most {100 * FALSE_DISCOVERIES:g} % over all cells. The 95 % intervals "
        f"of the leads are in the table of winners. {strength} {left_out}".strip(),
        f"Experiment: {experiment.title}",
    )


def _full_lead(found: pd.DataFrame) -> float:
    """The lead from which on colour and mark are at full strength."""
    leads = found.loc[found["winner"] != UNDECIDED, "lead"].abs()
    return float(leads.quantile(FULL_LEAD)) if len(leads) else math.nan


def _places(column: "pd.Series[Any]") -> dict[Any, int]:
    """Columns (or rows) of the map: equally wide, whatever the distance between the values."""
    return {value: place for place, value in enumerate(space.values(column))}


def _panel(
    axes: Axes,
    found: pd.DataFrame,
    names: Sequence[str],
    places: Sequence[dict[Any, int]],
    look: Mapping[str, Look],
    full: float,
) -> None:
    xs, ys = ([place[value] for value in found[name]] for name, place in zip(names, places, strict=True))
    colours = np.ones((len(places[1]), len(places[0]), 3))
    dense = len(places[0]) * len(places[1]) > DENSE
    size = min(8.0, 0.45 * 72 * PANEL_INCHES / max(map(len, places)))
    for x, y, winner, lead in zip(xs, ys, found["winner"], found["lead"], strict=True):
        if winner == UNDECIDED:
            axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, rasterized=dense, **_undecided()))
            continue
        strength = _strength(lead, full)
        colours[y, x] = _blend(look[winner].colour, strength)
        ink = canvas.ink_on(_hex(colours[y, x]))
        axes.plot(
            x, y, look[winner].marker, color=ink, markersize=size * strength**0.5, markeredgewidth=0, zorder=3,
            rasterized=dense,
        )
    edges = [np.arange(len(place) + 1) - 0.5 for place in places]
    axes.pcolormesh(*edges, colours, edgecolors="white", linewidth=0.4, zorder=1, rasterized=dense)
    axes.set(xlim=edges[0][[0, -1]], ylim=edges[1][[0, -1]])
    for axis, place, name in zip((axes.xaxis, axes.yaxis), places, names, strict=True):
        ticks = space.thinned(list(place), 6)
        axis.set_ticks([place[value] for value in ticks], [naming.factor_value(name, value) for value in ticks])


def _undecided() -> dict[str, Any]:
    return {"facecolor": "#E4E4E4", "edgecolor": "#8A8A8A", "hatch": "////", "linewidth": 0, "zorder": 2}


def _strength(lead: float, full: float) -> float:
    return PALE + (1 - PALE) * min(abs(lead) / full, 1.0) if full > 0 else 1.0


def _blend(colour: str, strength: float) -> Any:
    return strength * np.array(to_rgb(colour)) + (1 - strength)


def _hex(colour: Any) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)


def _heading(label: str, found: pd.DataFrame, experiment: Experiment, width: int) -> str:
    """What is fixed in a panel, and how many of its cells went to whom."""
    counts = found["winner"].value_counts()
    short = canvas.short_names(experiment.regimes, 14, lines=1)
    parts = [f"{short.get(name, name)}: {counts[name]}" for name in (*experiment.regimes, UNDECIDED) if name in counts]
    return "\n".join(canvas.by_parts(text, width) for text in (label, ", ".join(parts)) if text)


def _legend(axes: Axes, found: pd.DataFrame, experiment: Experiment, look: Mapping[str, Look]) -> None:
    """Regimes that win somewhere, and what undecided looks like."""
    present = set(found["winner"])
    short = canvas.short_names(experiment.regimes, 24, lines=1)
    keys: list[Any] = [
        Line2D(
            [], [], linestyle="", marker=look[name].marker, markersize=11, markerfacecolor=look[name].colour,
            markeredgecolor=INK, markeredgewidth=0.6, label=short[name],
        )
        for name in experiment.regimes
        if name in present
    ]
    if UNDECIDED in present:
        keys.append(Patch(label=UNDECIDED, **_undecided()))
    canvas.legend(axes, keys, canvas.LEGEND_COLUMNS, handletextpad=0.5)
