"""The value stream of each regime: the steps in their order, with people's hours of work and the opportunity's waits."""

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Polygon

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import FAINT, INK, NOTHING, Look
from experiments.inference import Estimate, Estimates, estimates
from experiments.wording import numbers


class Step(NamedTuple):
    """One step and the measures of it; "" where there is no such work or no such wait."""

    name: str
    work: str
    wait: str


STEPS: Final = (
    Step("Rep's inbox", "", "waited_rep_hours"),
    Step("Discover", "discover_hours", ""),
    Step("Document", "document_hours", ""),
    Step("Consult peers", "consult_hours", "waited_peers_hours"),
    Step("Sign-off", "review_hours", "waited_managers_hours"),
    Step("Draft the offer", "draft_hours", ""),
    Step("Customer decides", "", "waited_customer_hours"),
)
FLOW: Final = "flow_efficiency"
LANE_INCHES: Final = 0.62
BAR: Final = 0.24  # of a lane
LONGEST: Final = 0.44  # of a step's width: the longest bar, which leaves room for its number
LANE_NAME: Final = 1.35  # widths of a step
WAIT: Final[dict[str, Any]] = {"facecolor": "white", "hatch": "//////", "linewidth": 0.8}


@canvas.styled
def value_stream(summary: pd.DataFrame, experiment: Experiment) -> Figure:
    """A lane per regime: work (solid) and wait (hatched) of every step, and the flow efficiency at its end.

    Columns of the table: docs/architecture.md. All bars but those of the customer's decision have one scale.
    """
    found = estimates(summary[summary["regime"].isin(list(experiment.regimes))])
    n_lanes = len(experiment.regimes)
    figure = canvas.sheet(1.9 + LANE_INCHES * n_lanes, *_words(found, experiment))
    axes, look = figure.subplots(), canvas.looks(experiment.regimes)
    axes.set_axis_off()
    axes.set(xlim=(-LANE_NAME, len(STEPS) + 0.95), ylim=(n_lanes - 0.4, -1.45))
    _heads(axes)
    names = canvas.short_names(experiment.regimes, 18)
    scales = _scales(found)
    for lane, regime in enumerate(experiment.regimes):
        canvas.write(axes, -0.1, lane, names[regime], "right", size=9)
        for place, step in enumerate(STEPS):
            _step(axes, (place, lane), step, {m: found.get((m, regime), NOTHING) for m in step[1:]}, look[regime], scales)
        _flow(axes, lane, found.get((FLOW, regime), NOTHING))
        axes.axhline(lane + 0.5, color="#DDDDDD", linewidth=0.6, zorder=0)
    return figure


def _words(found: Estimates, experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """Title and caption."""
    measures = {name for step in STEPS for name in step[1:]} | {FLOW}
    every = [one for (measure, _), one in found.items() if measure in measures and math.isfinite(one.mean)]
    shown = any(one.has_interval for one in every)
    return "Through which steps does an opportunity go, and where does it wait?", (
        f"{numbers.runs(one.n for one in every)}. Business hours per opportunity, means over runs; all rounds of a step "
        f"together. {numbers.uncertainty('Whiskers and brackets', 'the mean over runs', shown)} Work is people's, also in "
        "parallel and also where it came too late; waits are the opportunity's own. The bars of the customer's decision "
        "have a scale of their own. Flow = flow efficiency: hours touched / hours from opening to closing.",
        f"Experiment: {experiment.title}",
    )


def _heads(axes: Axes) -> None:
    """The steps as a row of arrows, and what solid and hatched bars mean."""
    for place, step in enumerate(STEPS):
        tip, notch = (place + 1.0, place + 0.07) if place else (place + 1.0, place)
        shape = ((place, -0.95), (tip - 0.08, -0.95), (tip, -0.7), (tip - 0.08, -0.45), (place, -0.45), (notch, -0.7))
        axes.add_patch(Polygon(shape, closed=True, facecolor="#ECECEC", edgecolor="white", linewidth=1))
        canvas.write(axes, place + 0.5, -0.7, canvas.filled(step.name, 10), "center", size=8)
    canvas.write(axes, len(STEPS) + 0.08, -0.7, "Flow", size=9)
    keys = [Patch(facecolor=FAINT, label="work"), Patch(edgecolor=FAINT, label="wait", **WAIT)]
    axes.legend(
        handles=keys, loc="upper left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=8, borderpad=0,
    )


def _scales(found: Estimates) -> tuple[float, float]:
    """Widths of a step per hour, of the firm's steps and of the customer's."""

    def scale(steps: tuple[Step, ...]) -> float:
        names = {name for step in steps for name in step[1:]}
        hours = [_tip(one) for (measure, _), one in found.items() if measure in names and one.mean > 0]
        return LONGEST / max(hours, default=1.0)

    return scale(STEPS[:-1]), scale(STEPS[-1:])


def _tip(one: Estimate) -> float:
    """Where a bar with its whisker ends, in hours."""
    return one.high if one.has_interval else one.mean


def _step(
    axes: Axes,
    place: tuple[int, int],
    step: Step,
    of: Mapping[str, Estimate],
    look: Look,
    scales: tuple[float, float],
) -> None:
    """Up to two bars: work above wait."""
    left, lane = place[0] + 0.08, float(place[1])
    scale = scales[1] if step is STEPS[-1] else scales[0]
    solid: dict[str, Any] = {"facecolor": look.colour}
    bars = ((step.work, solid), (step.wait, WAIT | {"edgecolor": look.colour}))
    there = [(of[name], fill) for name, fill in bars if name]
    for row, (one, fill) in enumerate(there):
        y = lane + (row - (len(there) - 1) / 2) * 1.2 * BAR
        if not math.isfinite(one.mean):
            canvas.write(axes, left, y, "no data", size=7, color=FAINT)
            continue
        if one.mean:
            axes.barh(y, scale * one.mean, BAR, left, zorder=2, **fill)
        if one.has_interval and one.high > one.low:
            ends = (left + scale * one.low, left + scale * one.high)
            axes.plot(ends, (y, y), color=INK, linewidth=1, marker="|", markersize=4, zorder=3)
        canvas.write(axes, left + scale * _tip(one) + 0.04, y, f"{numbers.number(one.mean)} h", size=7.5)


def _flow(axes: Axes, lane: int, efficiency: Estimate) -> None:
    mean, interval = numbers.written(numbers.times(100, efficiency), least=1, most=2)
    canvas.write(axes, len(STEPS) + 0.08, lane, f"{mean} %", va="bottom", size=9, weight="bold")
    canvas.write(axes, len(STEPS) + 0.08, lane + 0.04, interval, va="top", size=7, color=FAINT)
