"""One outcome's paired differences over all cells: a forest with a row per cell, or a sorted one where there are many."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import INK, Look
from experiments.wording import naming, numbers, space

NAMED_ROWS: Final = 30  # cells; of more, the differences are sorted and the cells have no names
MOST_CONTRASTS: Final = 4
SORTED_INCHES: Final = 3.6
LEAST_INCHES: Final = 1.7
NAMES_SHARE: Final = 0.2  # of the width, for the cells' names
LEAST_HEADING: Final = 24  # characters of the factors' names beside a short forest


@canvas.styled
def over_cells(differences: pd.DataFrame, cells: pd.DataFrame, experiment: Experiment, measure: str) -> Figure:
    """Paired differences of one outcome in every cell, a panel per contrast (the first four).

    Columns of the tables: docs/architecture.md.
    """
    rows = space.measured(differences, cells, measure)
    rows = rows[rows["regime"] != rows["baseline"]]
    contrasts = list(dict.fromkeys(zip(rows["regime"], rows["baseline"], strict=True)))[:MOST_CONTRASTS]
    by_name = len(cells) <= NAMED_ROWS
    inches = max(LEAST_INCHES, 0.5 + 0.2 * len(cells)) if by_name else SORTED_INCHES
    figure = canvas.sheet(1.7 + inches, _title(measure, contrasts), _caption(rows, experiment, measure, by_name))
    if not contrasts:
        canvas.note(figure.subplots(), "There is nothing to compare.")
        return figure
    look = canvas.looks(experiment.regimes)
    panels = figure.subplots(1, len(contrasts), sharey=True, squeeze=False)[0]
    for axes, (regime, baseline) in zip(panels, contrasts, strict=True):
        of_contrast = rows[(rows["regime"] == regime) & (rows["baseline"] == baseline)]
        if not by_name:
            of_contrast = of_contrast.sort_values("mean", kind="stable")
        _panel(axes, of_contrast, look[regime], dense=not by_name)
        width = int((1.0 - NAMES_SHARE * by_name) * canvas.PANEL_WIDTH) // len(contrasts)
        lines = [_contrast(regime, baseline, experiment, width)] + ([] if by_name else [_counts(of_contrast, width)])
        axes.set_title("\n".join(lines), fontsize=8)
        axes.set_xlabel(canvas.filled(naming.measure_unit(measure, "pp"), width - 4))
    _name_rows(panels[0], cells, by_name)
    return figure


def _contrast(regime: str, baseline: str, experiment: Experiment, width: int) -> str:
    """In one line if there is room, in two otherwise."""
    names = canvas.short_names(experiment.regimes, width - 2, lines=1)
    between = " " if len(names[regime]) + len(names[baseline]) + 3 <= width else "\n"
    return f"{names[regime]} −{between}{names[baseline]}"


def _title(measure: str, contrasts: list[tuple[str, str]]) -> str:
    baselines = {baseline for _, baseline in contrasts}
    compared = f" compared with “{baselines.pop()}”" if len(baselines) == 1 else ""
    return f"How large is the difference{compared}? {naming.measure_label(measure)}"


def _caption(rows: pd.DataFrame, experiment: Experiment, measure: str, by_name: bool) -> tuple[str, ...]:
    shown = bool(rows["low"].notna().any())
    n = numbers.runs(rows.loc[rows["mean"].notna(), "n"], "pair of runs", "pairs of runs")
    order = "" if by_name else " Cells are sorted by the difference, in each panel by itself."
    undefined = int(rows["mean"].isna().sum())
    points = " pp = percentage points." if naming.is_share(measure) else ""
    left_out = f" Undefined and not drawn: {undefined:,}." if undefined else ""
    return (
        f"{n} and cell; the two runs of a pair share their seed. "
        f"{numbers.uncertainty('Whiskers', 'the mean paired difference', shown)} Pale: the interval includes zero. By "
        f"chance alone one interval in twenty excludes it.{order}{left_out}{points}",
        f"Experiment: {experiment.title}",
    )


def _panel(axes: Axes, rows: pd.DataFrame, look: Look, dense: bool) -> None:
    """Points with whiskers in the order of the rows, from the top; those that include zero are pale."""
    places = np.arange(len(rows))
    mean, low, high = (rows[name].to_numpy() for name in ("mean", "low", "high"))
    clear = (low > 0) | (high < 0) | ~np.isfinite(low)
    axes.axvline(0, color=INK, linewidth=1, zorder=2)
    for chosen, strength in ((clear, 1.0), (~clear, 0.35)):
        axes.hlines(
            places[chosen], low[chosen], high[chosen], color=look.colour, alpha=strength, linewidth=1.2, zorder=1,
            rasterized=dense,
        )
        axes.plot(
            mean[chosen], places[chosen], linestyle="", color=look.colour, marker=look.marker, alpha=strength,
            markersize=2.5 if dense else 5, markeredgewidth=0 if dense else 0.6, markeredgecolor=INK, zorder=3,
            rasterized=dense,
        )
    axes.locator_params(axis="x", nbins=4)
    canvas.with_commas(axes.xaxis)
    axes.grid(axis="x")


def _counts(rows: pd.DataFrame, width: int) -> str:
    """In how many cells the interval lies on which side of zero."""
    below, above = int((rows["high"] < 0).sum()), int((rows["low"] > 0).sum())
    return canvas.by_parts(f"below 0: {below:,}, above 0: {above:,}, includes 0: {len(rows) - below - above:,}", width)


def _name_rows(axes: Axes, cells: pd.DataFrame, by_name: bool) -> None:
    axes.set_ylim(len(cells) - 0.4, -0.6)
    if not by_name:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(cells):,} cells, sorted by the difference")
        return
    names = space.factors(cells)
    labels = [" · ".join(naming.factor_value(name, row[name]) for name in names) for row in cells.to_dict("records")]
    axes.set_yticks(range(len(cells)), labels, fontsize=7)
    head = " · ".join(naming.factor_label(name) for name in names)
    axes.set_ylabel(canvas.filled(head, LEAST_HEADING + 3 * len(cells)))
