"""How many runs it takes: the half width of the paired differences' intervals against the number of runs."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import FAINT
from experiments.inference.means import t_quantile
from experiments.wording import naming, numbers, space

LABEL_WIDTH: Final = 30
MOST_TICKS: Final = 8


@canvas.styled
def convergence(convergence: pd.DataFrame, experiment: Experiment, cells: pd.DataFrame = space.ONE_CELL) -> Figure:
    """Half width of the 95 % interval of each contrast against n, both logarithmic; of many cells, the median of them.

    convergence: columns of `differences`, with n from few to all, and half_width. cells: to say which one it is.
    """
    measure = str(convergence["measure"].iloc[0]) if len(convergence) else ""
    rows = convergence[convergence["half_width"] > 0]
    figure = canvas.sheet(4.4, _title(measure), _caption(convergence, cells, experiment))
    axes = figure.subplots()
    if rows.empty:
        canvas.note(axes, "There is no interval whose width could be drawn.")
        return figure
    medians = rows.groupby(["regime", "baseline", "n"], sort=False)["half_width"].median().reset_index()
    medians["half_width"] *= naming.scale(measure)
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("Runs per regime and cell (n)")
    axes.set_ylabel(canvas.filled(f"Half width of the 95 % interval ({naming.measure_unit(measure, 'pp')})", 52))
    _lines(figure, axes, medians, experiment)
    _ticks(axes, sorted(rows["n"].unique()))
    return figure


def _title(measure: str) -> str:
    return f"Are there enough runs? {naming.measure_label(measure)}" if measure else "Are there enough runs?"


def _caption(table: pd.DataFrame, cells: pd.DataFrame, experiment: Experiment) -> tuple[str, ...]:
    n = numbers.runs([int(table["n"].max())] if len(table) else [], "pair of runs", "pairs of runs")
    return (
        f"{n} at most. Half widths of the 95 % intervals of mean paired differences after so many runs.{_where(table, cells)} "
        "Grey: how it falls to the last point when runs are independent (Student's t at n − 1 degrees "
        "of freedom, over √n; of two runs "
        f"an interval is 13 standard errors wide to either side, of many two). {_more(table)}",
        f"Experiment: {experiment.title}",
    )


def _more(table: pd.DataFrame) -> str:
    """What it takes to know a difference twice as well, from the number of runs there are."""
    n = int(table["n"].max()) if len(table) else 0
    if n < 2:
        return "An interval takes two runs."
    wanted = float(t_quantile(np.array([n]))[0]) / np.sqrt(n) / 2
    sizes = np.unique(np.geomspace(n + 1, 5 * n + 20, 400).astype(int))
    enough = sizes[np.argmax(t_quantile(sizes) / np.sqrt(sizes) <= wanted)]
    return f"Half the width takes about {numbers.number(float(enough), 0)} runs."


def _where(table: pd.DataFrame, cells: pd.DataFrame) -> str:
    """Of which cell the half widths are, or of how many."""
    numbers = table["cell"].unique().tolist() if "cell" in table else list[int]()
    if len(numbers) > 1:
        return f" Median over {len(numbers):,} cells."
    point = cells[cells["cell"].isin(numbers)]
    names = space.factors(cells)
    if not names or point.empty:
        return ""
    return f" Of one cell: {space.point_in_words((name, point[name].iloc[0]) for name in names)}."


def _lines(figure: Figure, axes: Axes, medians: pd.DataFrame, experiment: Experiment) -> None:
    """A line per contrast with its name at the end, and its 1/√n line."""
    look, names = canvas.looks(experiment.regimes), canvas.short_names(experiment.regimes, LABEL_WIDTH // 2 - 1, lines=1)
    ends = {}
    for regime, baseline in medians[["regime", "baseline"]].drop_duplicates().itertuples(index=False):
        line = medians[(medians["regime"] == regime) & (medians["baseline"] == baseline)]
        n, half = line["n"].to_numpy(float), line["half_width"].to_numpy()
        one, label = look[regime], f"{names[regime]} − {names[baseline]}"
        reach = t_quantile(n.astype(int)) / np.sqrt(n)
        axes.plot(n, half[-1] * reach / reach[-1], color="#BBBBBB", linewidth=1, zorder=1)
        axes.plot(n, half, color=one.colour, linestyle=one.line, marker=one.marker, markersize=5.5, zorder=3)
        ends[label] = (half[-1], one)
    axes.margins(y=0.12)
    low, high = np.log10(axes.get_ylim())
    room = 12 * figure.dpi / 72 / (axes.bbox.height or 1) * (high - low)
    spots = canvas.apart([float(np.log10(half)) for half, _ in ends.values()], room, low, high)
    for (label, (half, one)), spot in zip(ends.items(), spots, strict=True):
        place = axes.get_yaxis_transform()
        axes.plot(1.02, 10**spot, color=one.colour, marker=one.marker, markersize=5.5, clip_on=False, transform=place)
        canvas.write(axes, 1.035, 10**spot, f"{label}  ± {numbers.number(half)}", transform=place)


def _ticks(axes: Axes, counts: list[int]) -> None:
    step = max(1, -(-len(counts) // MOST_TICKS))
    axes.set_xticks(counts[::step], [f"{n:,}" for n in counts[::step]])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    canvas.with_commas(axes.yaxis)
    axes.grid(color=FAINT, alpha=0.25)
