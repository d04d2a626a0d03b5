"""Where an opportunity's time goes: touched, or waiting, and for whom."""

import math
from collections.abc import Iterable, Mapping
from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import FAINT, INK, NOTHING, Look
from experiments.inference import Estimate, estimates
from experiments.wording import numbers

OWN: Final = {
    "touched_hours": "Somebody\nworks on it",
    "waited_rep_hours": "Waits in the\nrep's inbox",
    "waited_peers_hours": "Waits\nfor peers",
    "waited_managers_hours": "Waits\nfor managers",
}
CUSTOMER: Final = "waited_customer_hours"
FLOW: Final = "flow_efficiency"


@canvas.styled
def touch_and_wait(summary: pd.DataFrame, experiment: Experiment) -> Figure:
    """Hours per opportunity by cause, a row for each regime, with flow efficiency; see `figures_for`."""
    found = estimates(summary)
    hours = {
        measure: {name: found.get((measure, name), NOTHING) for name in experiment.regimes}
        for measure in (*OWN, CUSTOMER, FLOW)
    }
    regimes, look = list(experiment.regimes), canvas.looks(experiment.regimes)
    every = [one for of_cause in hours.values() for one in of_cause.values()]
    figure = canvas.sheet(2.0 + 0.52 * len(regimes), *_words(every, experiment))
    panels = figure.subplots(1, 6, sharey=True, width_ratios=(1, 1, 1, 1, 1.1, 0.8))
    end = _end_of_axis(one for measure in OWN for one in hours[measure].values())
    for axes, (measure, title) in zip(panels, OWN.items(), strict=False):
        _bars(axes, hours[measure], look, end, title)
    _bars(panels[4], hours[CUSTOMER], look, _end_of_axis(hours[CUSTOMER].values()), "Waits for\nthe customer")
    panels[4].set_facecolor("#F3F3F3")
    _flow(panels[5], hours[FLOW])
    panels[0].set_yticks(range(len(regimes)), list(canvas.short_names(regimes, 20).values()))
    panels[0].set_ylim(len(regimes) - 0.5, -0.5)
    return figure


def _words(every: list[Estimate], experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """Title and caption."""
    shown = any(one.has_interval for one in every)
    n = numbers.runs(one.n for one in every if math.isfinite(one.mean))
    return "Where does an opportunity's time go?", (
        f"{n}. Business hours per opportunity from opening to closing, means over runs. "
        f"{numbers.uncertainty('Whiskers and brackets', 'the mean over runs', shown)} The customer's wait has "
        "a scale of its own. Flow efficiency = hours touched / hours from opening to closing.",
        f"Experiment: {experiment.title}",
    )


def _end_of_axis(estimates: Iterable[Estimate]) -> float:
    """Where the hours axis ends: beyond the longest whisker, with room for its number."""
    ends = [end for one in estimates for end in (one.mean, one.high) if math.isfinite(end)]
    return 1.45 * max(ends, default=1.0) or 1.0


def _bars(axes: Axes, of_cause: Mapping[str, Estimate], look: Mapping[str, Look], end: float, title: str) -> None:
    for row, (name, one) in enumerate(of_cause.items()):
        if not math.isfinite(one.mean):
            canvas.write(axes, 0.03 * end, row, "no data", size=8, color=FAINT)
            continue
        axes.barh(row, one.mean, height=0.5, color=look[name].colour)
        if one.has_interval and one.high > one.low:
            axes.plot((one.low, one.high), (row, row), color=INK, linewidth=1.2, marker="|")
        tip = one.high if one.has_interval else one.mean
        canvas.write(axes, tip + 0.04 * end, row, numbers.number(one.mean))
    axes.set_xlim(0, end)
    axes.set_title(title, fontsize=8.5)
    axes.set_xlabel("hours per\nopportunity", fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=3)
    axes.grid(axis="x")


def _flow(axes: Axes, efficiency: Mapping[str, Estimate]) -> None:
    """Flow efficiency in figures: it is a share and does not belong on an axis of hours."""
    axes.set_axis_off()
    axes.set_title("Flow\nefficiency", fontsize=8.5)
    for row, one in enumerate(efficiency.values()):
        mean, interval = numbers.written(numbers.times(100, one), least=1, most=2)
        canvas.write(axes, 0, row, f"{mean} %", va="bottom", size=9, weight="bold")
        canvas.write(axes, 0, row + 0.04, interval, va="top", size=7.5, color=FAINT)
