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
ROWS: Final = 3
ROW_WIDTH: Final = 32  # characters of what a row of a trellis is called
PANEL_INCHES: Final = 2.2
MOST_OUTCOMES: Final = 6  # panels where one factor alone varies


class Drawn(NamedTuple):
    """What one panel shows."""

    heading: str
    outcome: str
    rows: pd.DataFrame  # of the summary, with the factors beside them
    beside: str = ""  # at its right: the row of a trellis


class Sheet(NamedTuple):
    """All panels of a figure."""

    panels: list[Drawn]
    n_columns: int
    held: str  # what the title says of the factors that neither axes nor rows and columns show
    left_out: str  # a sentence about panels that are not shown


@canvas.styled
def dose_response(
    summary: pd.DataFrame, cells: pd.DataFrame, experiment: Experiment, factor: str, outcomes: Sequence[str]
) -> Figure:
    """Means of outcomes against the values of one factor, by regime.

    If other factors vary too, the first outcome is drawn as a trellis: two of them make its columns and rows, the others are held
    at their usual or middle value, which the title says. Where their values are no grid, each combination has a panel (nine at
    most). Without other factors each outcome has a panel of its own. Columns of the tables: docs/architecture.md.
    """
    made = _sheet(summary, cells, factor, outcomes)
    drawn, n_columns, look = made.panels, made.n_columns, canvas.looks(experiment.regimes)
    legend = canvas.legend_inches(len(look))
    inches = math.ceil(len(drawn) / n_columns) * (PANEL_INCHES + (1.0 if n_columns == 1 else 0.0))
    one_outcome = len({panel.outcome for panel in drawn}) == 1
    figure = canvas.sheet(1.4 + legend + inches, *_words(made, experiment, factor, one_outcome))
    strip, grid = canvas.below_legend(figure, len(drawn), n_columns, legend, share_x=True, share_y=one_outcome)
    scale = space.scale(cells[factor])
    for axes, panel in zip(grid, drawn, strict=True):
        _lines(axes, panel, factor, look, scale)
        axes.set_title(canvas.by_parts(panel.heading, canvas.PANEL_WIDTH // n_columns), fontsize=8)
        if panel.beside:
            text = canvas.filled(panel.beside, ROW_WIDTH)
            canvas.write(axes, 1.03, 0.5, text, size=8, rotation=270, transform=axes.transAxes, ha="left")
    upward = naming.measure_axis(drawn[0].outcome) if one_outcome else ""
    canvas.outer_labels(grid, n_columns, naming.factor_label(factor), upward)
    if not one_outcome:
        for axes, panel in zip(grid, drawn, strict=True):
            axes.set_ylabel(canvas.filled(naming.measure_unit(panel.outcome), 24))
    canvas.regime_legend(strip, experiment.regimes, look)
    return figure


def _sheet(summary: pd.DataFrame, cells: pd.DataFrame, factor: str, outcomes: Sequence[str]) -> Sheet:
    others = [name for name in space.factors(cells) if name != factor]
    if not others:
        shown = outcomes[:MOST_OUTCOMES]
        drawn = [Drawn(naming.measure_label(name), name, space.measured(summary, cells, name)) for name in shown]
        return Sheet(drawn, min(COLUMNS, len(drawn)), "", "")
    rows = space.measured(summary, cells, outcomes[0])
    if space.is_full(cells[["cell", *others]].drop_duplicates(others)):
        return _trellis(rows, cells, factor, _by_effect(rows, others), outcomes[0])
    parts, n_parts = space.panels(cells, [factor])
    drawn = [Drawn(part.label, outcomes[0], rows[rows["cell"].isin(part.cells["cell"])]) for part in parts]
    return Sheet(drawn, min(COLUMNS, len(drawn)), "", space.about_panels(len(parts), n_parts))


def _by_effect(rows: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """The factors along which the means move, that along which they move most first."""
    def moves(name: str) -> float:
        means = rows.groupby(["regime", name], observed=True)["mean"].mean().unstack()
        return float((means.max(axis=1) - means.min(axis=1)).max())

    sizes = {name: moves(name) for name in names}
    return sorted(names, key=lambda name: -(sizes[name] if math.isfinite(sizes[name]) else -1.0))


def _trellis(rows: pd.DataFrame, cells: pd.DataFrame, factor: str, others: Sequence[str], outcome: str) -> Sheet:
    """Columns are the values of the factor that moves the outcome most, rows those of the next, of each a few."""
    part, setting = space.held(cells, [factor, *others[:2]])
    across, down = others[0], others[1] if len(others) > 1 else ""
    columns = space.few(space.values(part[across]), COLUMNS)
    lines = space.few(space.values(part[down]), ROWS) if down else [None]
    drawn = []
    for i, line in enumerate(lines):
        for column in columns:
            chosen = part[(part[across] == column) & ((part[down] == line) if down else True)]
            last = column == columns[-1] and bool(down)
            drawn.append(Drawn(
                space.point_in_words([(across, column)]) if i == 0 else "", outcome, rows[rows["cell"].isin(chosen["cell"])],
                space.point_in_words([(down, line)]) if last else "",
            ))
    all_values = [len(space.values(part[name])) for name in (across, down) if name]
    shown = [len(values) for values in (columns, lines if down else []) if values]
    left_out = "" if all_values == shown else "Of the values of these factors the first, the last and some between are shown."
    return Sheet(drawn, len(columns), space.setting_in_words(setting), left_out)


def _words(made: Sheet, experiment: Experiment, factor: str, one_outcome: bool) -> tuple[str, tuple[str, ...]]:
    """Title and caption."""
    drawn = made.panels
    what = naming.measure_label(drawn[0].outcome) if one_outcome else "Outcomes"
    where = f", at {made.held}" if made.held else ""
    title = f"{what}, by {naming.lowered(naming.factor_label(factor, with_unit=False))}{where}"
    rows = pd.concat([panel.rows for panel in drawn])
    shown = bool(rows["low"].notna().any())
    return title, (
        f"{numbers.runs(rows.loc[rows['mean'].notna(), 'n'])} and cell. "
        f"{numbers.uncertainty('Bands', 'the mean over runs', shown)} Lines join the values that were run. "
        f"{made.left_out}".strip(),
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
