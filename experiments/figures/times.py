"""How soon something is done: cumulative incidence of the first offer, and of leaving before there is one."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import FAINT, Look
from experiments.wording import numbers
from simulation.measures import DAY, MONTH, WEEK

MARKED: Final = (("1 day", DAY), ("1 week", WEEK), ("1 month", MONTH))
SETTLED: Final = 0.99  # the time axis ends when every regime has got this far toward its last value
LABEL_WIDTH: Final = 26  # characters of a regime's name at the end of its curve

Lines = Mapping[str, pd.DataFrame]  # by regime: a curve in the order of age, without ages that have no value


@canvas.styled
def time_to_action(curves: pd.DataFrame, experiment: Experiment) -> Figure:
    """Cumulative incidence of the first offer, and of leaving before it, by regime; see `figures_for`."""
    offer, gone = (_by_regime(curves, experiment, curve) for curve in ("acted", "gone_before_action"))
    figure = canvas.sheet(max(6.0, 1.7 + 0.48 * len(offer)), *_words(offer, experiment))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.7, 1))
    if not offer:
        canvas.note(upper, "No data")
        lower.set_axis_off()
        return figure
    end, look = _end_of_axis([*offer.values(), *gone.values()]), canvas.looks(experiment.regimes)
    _panel(upper, offer, look, end, "First offer made (the action)")
    _panel(lower, gone, look, end, "Customer gone, with no action taken")
    upper.set_ylim(0, 101)
    lower.set_ylim(0, max(1.0, lower.get_ylim()[1]))
    lower.set_xlabel("Business days since the opportunity opened (1 day = 8 business hours)")
    _mark_times(upper, lower, end)
    names = canvas.short_names(experiment.regimes, LABEL_WIDTH, lines=1)
    half_by = {name: f" ({_half_by(line)})" for name, line in offer.items()}
    _label_ends(figure, upper, offer, look, end, names, half_by)
    _label_ends(figure, lower, gone, look, end, names, {})
    return figure


def _words(offer: Lines, experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """Title and caption."""
    n = numbers.runs(count for line in offer.values() for count in line["n"])
    shown = any(line["low"].notna().any() for line in offer.values())
    return "How soon is something done for the customer?", (
        f"{n}. {numbers.uncertainty('Bands', 'the mean over runs', shown)} Leaving is a competing event; "
        "what is still open at the horizon is censored. At the right: the shares where the plot ends, and "
        "the day on which the mean curve passes 50 %.",
        f"Experiment: {experiment.title}",
    )


def _by_regime(curves: pd.DataFrame, experiment: Experiment, curve: str) -> Lines:
    of_curve = curves[(curves["curve"] == curve) & curves["mean"].notna()].sort_values("age_hours")
    lines = {name: of_curve[of_curve["regime"] == name] for name in experiment.regimes}
    return {name: line for name, line in lines.items() if len(line)}


def _end_of_axis(lines: list[pd.DataFrame]) -> float:
    """Age in hours where all curves have settled; a month at least, if the curves go that far."""
    oldest = max(float(line["age_hours"].max()) for line in lines)
    settled = [line["age_hours"][line["mean"] >= SETTLED * line["mean"].iloc[-1]].iloc[0] for line in lines]
    return max(min(max(1.1 * MONTH, *map(float, settled)), oldest), 1.0)


def _panel(axes: Axes, lines: Lines, look: Mapping[str, Look], end: float, title: str) -> None:
    pale = 1 / max(4, len(lines))
    for name, line in lines.items():
        seen, one = line[line["age_hours"] <= end], look[name]
        days, low, high = seen["age_hours"] / DAY, 100 * seen["low"], 100 * seen["high"]
        axes.plot(days, 100 * seen["mean"], color=one.colour, linestyle=one.line, zorder=3)
        axes.fill_between(days, low, high, color=one.colour, alpha=pale, linewidth=0, zorder=2)
    axes.set_xlim(0, end / DAY)
    axes.set_title(title)
    axes.set_ylabel("Share of opportunities (%)")
    axes.grid(axis="y")


def _mark_times(upper: Axes, lower: Axes, end: float) -> None:
    """Vertical lines at a day, a week and a month, named in the upper panel."""
    for text, age in MARKED:
        if age > end:
            continue
        for axes in (upper, lower):
            axes.axvline(age / DAY, color=FAINT, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
        side, shift = ("right", -3) if age > 0.85 * end else ("left", 3)
        upper.annotate(
            text, (age / DAY, 0), (shift, 3), textcoords="offset points", ha=side, va="bottom", color=FAINT,
            fontsize=8,
        )


def _half_by(line: pd.DataFrame) -> str:
    """When half of all opportunities had the event, by the mean curve."""
    share, days = line["mean"].to_numpy(), line["age_hours"].to_numpy() / DAY
    if share[-1] < 0.5:
        return "half never"
    after = int((share >= 0.5).argmax())
    before = max(after - 1, 0)
    return f"half by day {np.interp(0.5, share[[before, after]], days[[before, after]]):.1f}"


def _label_ends(
    figure: Figure,
    axes: Axes,
    lines: Lines,
    look: Mapping[str, Look],
    end: float,
    names: Mapping[str, str],
    more: Mapping[str, str],
) -> None:
    """Name and value of each curve at its end, moved apart where they would overlap."""
    seen = {name: line[line["age_hours"] <= end] for name, line in lines.items()}
    shares = {name: 100 * float(line["mean"].iloc[-1]) for name, line in seen.items() if len(line)}
    spots = canvas.apart(list(shares.values()), canvas.line_height(figure, axes, 11.5), *axes.get_ylim())
    place = axes.get_yaxis_transform()  # x in widths of the panel, y in per cent
    for (name, share), spot in zip(shares.items(), spots, strict=True):
        axes.plot(
            (1.0, 1.025, 1.055), (share, spot, spot), color=look[name].colour, marker=look[name].marker,
            markevery=[2], markersize=5.5, linewidth=1, clip_on=False, transform=place,
        )
        text = f"{names[name]}  {numbers.number(share, 1)} %{more.get(name, '')}"
        canvas.write(axes, 1.07, spot, text, transform=place)
