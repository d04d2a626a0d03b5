"""What makes the difference: what each change adds on average over all orders, a panel per setting, with the whole below."""

import math
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.design.experiment import Experiment, switched
from experiments.figures import canvas
from experiments.figures.canvas import FAINT, INK
from experiments.inference import Estimate
from experiments.inference.shapley import FIRST, LAST, VALUE, WHOLE
from experiments.wording import naming, numbers, space
from experiments.wording.analyses import (
    by_size,
    estimate_of,
    of_target,
    plus_minus,
    settings_in_words,
    target_in_words,
    whole_in_words,
)

COLUMNS: Final = 3
ROW_INCHES: Final = 0.27
LABEL_WIDTH: Final = 24  # characters of a change's name in a line
ROOM: Final = 0.3  # of a panel's width, at the right, for values in figures
ADDS: Final = "#0072B2"
TAKES: Final = "#D55E00"
SUM: Final = "#999999"
HOLLOW: Final[dict[str, Any]] = {"color": "white", "markeredgecolor": INK}
MARKS: Final = {FIRST: ("o", "made before all others"), LAST: ("s", "made after all others")}


@canvas.styled
def decomposition(shapley: pd.DataFrame, experiment: Experiment, measure: str) -> Figure:
    """Shapley values of one measure: of the first difference between regimes that was analysed, else of the first regime.

    Columns of the table: docs/architecture.md. The first nine settings are drawn.
    """
    rows = of_target(shapley, measure)
    every = list(dict.fromkeys(rows["line"]))
    lines = every[: space.MOST_PANELS]
    rows = rows[rows["line"].isin(lines)]
    order = by_size(rows[rows["line"] == lines[0]]) if lines else []
    n_columns = min(COLUMNS, max(len(lines), 1))
    inches = math.ceil(max(len(lines), 1) / n_columns) * (0.95 + ROW_INCHES * (len(order) + 1))
    figure = canvas.sheet(1.75 + inches, _title(rows, experiment, measure), _caption(rows, experiment, len(every) - len(lines)))
    strip, panels = canvas.below_legend(figure, max(len(lines), 1), n_columns, 0.3, share_x=True, share_y=True)
    if not lines:
        canvas.note(panels[0], "No data")
        return figure
    settings = settings_in_words(rows)
    for axes, line in zip(panels, lines, strict=True):
        of_line = rows[rows["line"] == line]
        _panel(axes, of_line, order)
        heading = (settings[line], whole_in_words(of_line))
        parts = [canvas.by_parts(text, canvas.PANEL_WIDTH // n_columns) for text in heading if text]
        axes.set_title("\n".join(parts), fontsize=8, linespacing=1.3)
    labels = [canvas.filled(name, LABEL_WIDTH) for name in order] + ["All together"]
    panels[0].set_yticks(range(len(labels)), labels)
    panels[0].set_ylim(len(labels) - 0.45, -0.6)
    _give_room(panels[0])
    canvas.outer_labels(panels, n_columns, f"Change, {naming.measure_unit(measure, 'pp')}", "")
    _legend(strip)
    return figure


def _title(rows: pd.DataFrame, experiment: Experiment, measure: str) -> str:
    switches = switched(experiment)
    start, end = (switches.start, switches.end) if switches else ("the start", "the end")
    what = target_in_words(rows) if len(rows) else naming.measure_label(measure)
    return f"What makes the difference from “{start}” to “{end}”? {what}"


def _caption(rows: pd.DataFrame, experiment: Experiment, left_out: int) -> tuple[str, ...]:
    n = numbers.runs(rows["n"].dropna().astype(int)).replace(" per regime", " of each combination of changes")
    shown = bool(rows["low"].notna().any())
    more = f" Not drawn: {naming.counted(left_out, 'setting')}, see the table shapley." if left_out else ""
    return (
        f"{n} and setting, paired by seed. Bars: Shapley values, what a change adds on average over all orders in which the "
        f"changes can be made; they add up to the whole. {numbers.uncertainty('Whiskers and ±', 'means over runs', shown)} "
        f"Marks far apart: what a change adds hangs on the others.{more}",
        f"Experiment: {experiment.title}",
    )


def _panel(axes: Axes, rows: pd.DataFrame, order: Sequence[str]) -> None:
    for place, name in enumerate(order):
        value = estimate_of(rows, VALUE, name)
        _bar(axes, place, value, ADDS if value.mean >= 0 else TAKES)
        for index, (marker, _) in MARKS.items():
            alone = estimate_of(rows, index, name)
            axes.plot(alone.mean, place, marker, **HOLLOW, markersize=3.8, markeredgewidth=0.8, zorder=4)
    _bar(axes, len(order), estimate_of(rows, WHOLE), SUM)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=3)
    axes.axhline(len(order) - 0.5, color=FAINT, linewidth=0.6)
    axes.locator_params(axis="x", nbins=5)
    canvas.with_commas(axes.xaxis)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0, labelsize=7.5)


def _bar(axes: Axes, place: int, of: Estimate, colour: str) -> None:
    """A bar with its whisker, and the value in figures at the panel's right end."""
    axes.barh(place, of.mean, 0.58, color=colour, zorder=2)
    if of.has_interval:
        axes.hlines(place, of.low, of.high, color=INK, linewidth=1.3, zorder=5)
    canvas.write(axes, 0.995, place, plus_minus(of), "right", size=7, transform=axes.get_yaxis_transform())


def _give_room(axes: Axes) -> None:
    """The axis, which all panels share, is so long that bars end before the values in figures begin."""
    low, high = axes.get_xlim()
    axes.set_xlim(low, high + (high - low) * ROOM / (1 - ROOM))


def _legend(axes: Axes) -> None:
    bars = {"adds": ADDS, "takes away": TAKES, "the whole": SUM}
    keys: list[Any] = [Patch(color=colour, label=label) for label, colour in bars.items()]
    keys += [Line2D([], [], linestyle="", marker=marker, **HOLLOW, markersize=5, label=label) for marker, label in MARKS.values()]
    canvas.legend(axes, keys, canvas.LEGEND_COLUMNS)
