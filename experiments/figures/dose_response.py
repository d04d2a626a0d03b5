"""What a factor does: an outcome against its values, a line with a band per regime, a panel per setting of the rest."""

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import Look
from experiments.wording import naming, numbers, space

COLUMNS: Final = 3
PANEL_INCHES: Final = 2.2
MOST_OUTCOMES: Final = 6  # panels where one factor alone varies


class Drawn(NamedTuple):
    """What one panel shows."""

    heading: str
    outcome: str
    rows: pd.DataFrame  # of the summary, with the factors beside them


@canvas.styled
def dose_response(
    summary: pd.DataFrame, cells: pd.DataFrame, experiment: Experiment, factor: str, outcomes: Sequence[str]
) -> Figure:
    """Means of outcomes against the values of one factor, by regime.

    If other factors vary too, the first outcome is drawn for each combination of their values (nine at most), else each
    outcome in a panel of its own. Columns of the tables: docs/architecture.md.
    """
    drawn, left_out = _panels(summary, cells, factor, outcomes)
    look, n_columns = canvas.looks(experiment.regimes), min(COLUMNS, len(drawn))
    legend = canvas.legend_inches(len(look))
    inches = math.ceil(len(drawn) / n_columns) * (PANEL_INCHES + (1.0 if n_columns == 1 else 0.0))
    one_outcome = len({panel.outcome for panel in drawn}) == 1
    figure = canvas.sheet(1.4 + legend + inches, *_words(drawn, experiment, factor, one_outcome, left_out))
    strip, grid = canvas.below_legend(figure, len(drawn), n_columns, legend, share_x=True, share_y=one_outcome)
    scale = space.scale(cells[factor])
    for axes, panel in zip(grid, drawn, strict=True):
        _lines(axes, panel, factor, look, scale)
        axes.set_title(canvas.by_parts(panel.heading, canvas.PANEL_WIDTH // n_columns), fontsize=8)
    upward = naming.measure_axis(drawn[0].outcome) if one_outcome else ""
    canvas.outer_labels(grid, n_columns, naming.factor_label(factor), upward)
    if not one_outcome:
        for axes, panel in zip(grid, drawn, strict=True):
            axes.set_ylabel(canvas.filled(naming.measure_unit(panel.outcome), 24))
    canvas.regime_legend(strip, experiment.regimes, look)
    return figure


def _panels(
    summary: pd.DataFrame, cells: pd.DataFrame, factor: str, outcomes: Sequence[str]
) -> tuple[list[Drawn], str]:
    """The panels, and what to say about those left out."""
    parts, n_parts = space.panels(cells, [factor])
    if n_parts > 1:
        rows = space.measured(summary, cells, outcomes[0])
        drawn = [Drawn(part.label, outcomes[0], rows[rows["cell"].isin(part.cells["cell"])]) for part in parts]
        return drawn, space.about_panels(len(parts), n_parts)
    shown = outcomes[:MOST_OUTCOMES]
    return [Drawn(naming.measure_label(name), name, space.measured(summary, cells, name)) for name in shown], ""


def _words(
    drawn: Sequence[Drawn], experiment: Experiment, factor: str, one_outcome: bool, left_out: str
) -> tuple[str, tuple[str, ...]]:
    """Title and caption."""
    what = naming.measure_label(drawn[0].outcome) if one_outcome else "Outcomes"
    title = f"{what}, by {naming.lowered(naming.factor_label(factor, with_unit=False))}"
    rows = pd.concat([panel.rows for panel in drawn])
    shown = bool(rows["low"].notna().any())
    return title, (
        f"{numbers.runs(rows.loc[rows['mean'].notna(), 'n'])} and cell. "
        f"{numbers.uncertainty('Bands', 'the mean over runs', shown)} Lines join the values that were run. "
        f"{left_out}".strip(),
        f"Experiment: {experiment.title}",
    )


def _lines(axes: Axes, panel: Drawn, factor: str, look: Mapping[str, Look], scale: space.Scale) -> None:
    if panel.rows["mean"].notna().sum() == 0:
        canvas.write(axes, 0.5, 0.5, "no data", "center", transform=axes.transAxes, color=canvas.FAINT)
    for name, one in look.items():
        rows = panel.rows[panel.rows["regime"] == name]
        rows = rows.assign(at=[scale.position[value] for value in rows[factor]]).sort_values("at")
        axes.plot(
            rows["at"], rows["mean"], color=one.colour, linestyle=one.line, marker=one.marker, markersize=4.5,
            markeredgewidth=0, linewidth=1.6, zorder=3,
        )
        axes.fill_between(rows["at"], rows["low"], rows["high"], color=one.colour, alpha=0.22, linewidth=0, zorder=2)
    if scale.logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(scale.ticks, scale.labels)
    axes.grid(axis="y")
    canvas.with_commas(axes.yaxis)
