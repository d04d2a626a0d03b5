"""How opportunities end: won, lost, went quiet, left with no action, still open."""

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.transforms import blended_transform_factory

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import FAINT, INK, NOTHING
from experiments.inference import Estimate, estimates
from experiments.wording import numbers

# Everything but the deals won is grey: what tells the others apart is lightness and hatching.
ENDS: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("won_share", "won (regime's colour)", {}),
    ("lost_share", "lost", {"facecolor": "#C9C9C9"}),
    ("went_quiet_share", "went quiet after an offer", {"facecolor": "#EDEDED"}),
    ("no_action_share", "left with no action ever", {"facecolor": "white", "hatch": "/////"}),
    ("still_open_share", "still open", {"facecolor": "white", "hatch": "xxxx"}),
)
OUTLINE: Final[dict[str, Any]] = {"edgecolor": INK, "linewidth": 0.7}
ROOM: Final = 6.0  # per cent; a narrower segment has its label above the bar
LEGEND_AT: Final = -0.68  # rows


@canvas.styled
def outcome_split(summary: pd.DataFrame, experiment: Experiment) -> Figure:
    """How opportunities end under each regime, in shares of all opened; see `figures_for`."""
    found = estimates(summary)
    ends = {
        name: {measure: numbers.times(100, found.get((measure, name), NOTHING)) for measure, _, _ in ENDS}
        for name in experiment.regimes
    }
    won = [of["won_share"] for of in ends.values()]
    figure = canvas.sheet(2.0 + 0.62 * len(ends), *_words(won, experiment))
    axes, look = figure.subplots(), canvas.looks(experiment.regimes)
    for row, (name, of) in enumerate(ends.items()):
        _bar(axes, row, of, look[name].colour)
        _won(axes, row, of["won_share"])
    axes.set_yticks(range(len(ends)), list(canvas.short_names(experiment.regimes, 20).values()))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(ends) - 0.4, LEGEND_AT - 0.5)
    axes.set_xlim(0, 100)
    axes.set_xlabel("Share of opportunities opened (%)")
    axes.spines["left"].set_visible(False)
    _legend(axes, {measure for of in ends.values() for measure, share in of.items() if share.mean > 0})
    return figure


def _words(won: list[Estimate], experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """Title and caption."""
    shown = any(one.has_interval for one in won)
    return "How do opportunities end?", (
        f"{numbers.runs(one.n for one in won)}. Means over runs of the shares of all opportunities opened in "
        f"the measured window. {numbers.uncertainty('Whiskers and brackets', 'the mean share won', shown)}",
        f"Experiment: {experiment.title}",
    )


def _bar(axes: Axes, row: int, shares: dict[str, Estimate], colour: str) -> None:
    """One regime's bar; segments too narrow for their label have it above."""
    left, narrow = 0.0, []
    for measure, _, fill in ENDS:
        share = shares[measure].mean
        if not share > 0:
            continue
        axes.barh(row, share, left=left, height=0.62, **OUTLINE, **(fill or {"facecolor": colour}))
        middle, text = left + share / 2, f"{share:.1f} %"
        if share < ROOM:
            narrow.append((middle, text))
        else:
            behind = {"facecolor": "white", "edgecolor": "none", "pad": 1.2} if "hatch" in fill else None
            ink = INK if fill else canvas.ink_on(colour)
            canvas.write(axes, middle, row - 0.02, text, "center", color=ink, bbox=behind)
        left += share
    for x, (_, text) in zip(canvas.apart([middle for middle, _ in narrow], ROOM, 2, 98), narrow, strict=True):
        canvas.write(axes, x, row - 0.34, text, "center", 7.5, va="bottom")
    if not left:
        canvas.write(axes, 50, row, "no opportunities", "center", color=FAINT)


def _won(axes: Axes, row: int, won: Estimate) -> None:
    """The interval of the share won: a whisker under the end of that segment, and figures at the right."""
    if won.has_interval:
        axes.plot(
            (won.low, won.high), (row + 0.38, row + 0.38), color=INK, linewidth=1.3, marker="|", markersize=5,
        )
    mean, interval = numbers.written(won, least=1, most=1)
    canvas.write(axes, 101, row, f"{mean} % won\n{interval}".strip())


def _legend(axes: Axes, present: set[str]) -> None:
    """What the fillings mean, of those that occur, across the whole width of the figure."""
    keys = [
        Patch(label=label, **OUTLINE, **(fill or {"facecolor": FAINT}))
        for measure, label, fill in ENDS
        if measure in present
    ]
    if keys:
        place = blended_transform_factory(axes.figure.transFigure, axes.transData)
        legend = axes.legend(
            handles=keys, loc="lower left", bbox_to_anchor=(0.008, LEGEND_AT), bbox_transform=place,
            borderpad=0, ncols=len(keys), frameon=False, fontsize=8, handlelength=1.5, handletextpad=0.5,
            columnspacing=1,
        )
        legend.set_in_layout(False)
