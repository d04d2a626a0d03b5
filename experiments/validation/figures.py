"""A figure for each family: theory as a line, simulation as points with intervals."""

import math
import textwrap
from collections.abc import Iterable, Sequence
from itertools import cycle
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures import canvas
from experiments.validation import desks, judgement, queues, second_hand, times
from experiments.validation.case import Finding
from experiments.validation.hold_outs import PASSES, Row


class Panel(NamedTuple):
    """One plot of a family: the series whose names begin so, over the same horizontal axis."""

    begins: str
    across: str
    up: str
    logarithmic: bool = False


PANELS: Final[dict[str, tuple[Panel, ...]]] = {
    queues.INBOX: (Panel("hours waited", "load", "hours waited"),),
    queues.TICKS: (
        Panel("wait against", "mean effort, hours", "wait / wait in M/M/1", True),
        Panel("chain", "mean effort, hours", "hours / hours by Jackson", True),
    ),
    queues.IMPATIENT: (
        Panel("share leaving", "mean patience, efforts", "share leaving"),
        Panel("hours waited", "mean patience, efforts", "hours waited"),
    ),
    queues.CHAIN: (
        Panel("hours", "levels, narrowing", "hours to the last signature"),
        Panel("equal", "levels of one manager each", "hours to the last signature"),
    ),
    queues.POOLING: (Panel("hours waited", "load", "hours waited"),),
    queues.GROWTH: (
        Panel("levels", "reps", "levels of managers", True),
        Panel("hours", "reps", "hours to the last signature", True),
    ),
    desks.TO_THE_MINUTE: (Panel("hours", "load", "hours waited from the full hour on"),),
    desks.OFFICE_HOURS: (
        Panel("hours waited at", "hours a day for reviews", "hours waited"),
        Panel("hours waited in", "hours a day for selling", "hours waited"),
    ),
    judgement.SCREENING: (
        Panel("kept", "readings in series", "deviation kept"),
        Panel("playbook", "readings in series", "playbook kept"),
        Panel("appealed", "levels, one of which must agree", "proposed deviation kept"),
    ),
    judgement.COMMITTEES: (
        Panel("kept if right, m", "readers, majority of them needed", "deviation kept if right"),
        Panel("kept if wrong, m", "readers, majority of them needed", "deviation kept if wrong"),
        Panel("kept if", "needed of 5 readers", "deviation kept"),
    ),
    judgement.UNEQUAL: (Panel("right", "experts among 5 readers", "share of right offers"),),
    judgement.PRIOR: (
        Panel("right", "probability of a deviation", "share of right offers"),
        Panel("deviating", "probability of a deviation", "share of deviating offers"),
    ),
    judgement.ACCEPTANCE: (
        Panel("accepted", "fit of the offer", "share accepted"),
        Panel("lost", "number of the offer", "share lost with it"),
        Panel("offers", "number of offers n", "share of customers with n offers"),
    ),
    second_hand.HEARSAY: (
        Panel("kept if right", "readers, majority of them needed", "deviation kept if right"),
        Panel("kept if wrong", "readers, majority of them needed", "deviation kept if wrong"),
        Panel("all", "readers, all of them needed", "deviation kept"),
    ),
    second_hand.ADVICE: (
        Panel("any", "readers, any one is enough", "deviation kept"),
        Panel("adding", "readers whose readings are added", "deviation kept"),
        Panel("right", "experts among 3 readers", "share of right offers"),
    ),
    second_hand.ACQUAINTANCE: (Panel("the one", "probability of knowing", "share of the asked who are expert"),),
    times.BUY_IN: (
        Panel("hours, all", "people n", "hours until all have answered", True),
        Panel("hours, first", "answers needed k", "hours until k of 8 have"),
        Panel("hours, n in", "signatures n", "hours until all have signed"),
    ),
    times.LEAVING: (Panel("still", "age, hours", "share still there"),),
    times.FORGETTING: (Panel("forgotten", "hours in the inbox", "share forgotten"),),
    times.INCIDENCE: (
        Panel("acted", "age, hours", "share acted for"),
        Panel("left", "age, hours", "share gone before that"),
    ),
    times.DRIFT: (Panel("playbook", "weeks", "share of issues right"),),
}
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
MOST_TICKS: Final = 8  # on a plain axis; otherwise they are where Matplotlib likes them
MARKERS: Final = ("o", "s", "D", "^")


@canvas.styled
def family_figure(family: str, findings: Sequence[Finding]) -> Figure:
    """The panels of one family. findings: those of the family, in the order of the report."""
    runs = sorted({finding.runs for finding in findings})
    many = f"{runs[0]:,}" if len(runs) == 1 else f"{runs[0]:,} to {runs[-1]:,}"
    figure = canvas.sheet(4.2, f"{family}: theory and simulation", (
        f"n = {many} runs per point. Points: simulation, with 95 % intervals (often smaller than the point). Lines: theory, "
        "solid exact by the hour, dashed the textbook's in continuous time, where that is another; band: where theory gives "
        "bounds, or is approximate by so much.",
    ))
    taken: set[str] = set()
    for axes, panel in zip(figure.subplots(1, len(PANELS[family]), squeeze=False)[0], PANELS[family], strict=True):
        series = [s for s in _series(findings) if s.startswith(panel.begins) and s not in taken]
        taken.update(series)
        _draw(axes, panel, {name: _series(findings)[name] for name in series})
    return figure


def _series(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings by series, each in the order of its axis; without those that have no place on one."""
    series: dict[str, list[Finding]] = {}
    for finding in findings:
        if math.isfinite(finding.quantity.at):
            series.setdefault(finding.quantity.series or finding.quantity.name, []).append(finding)
    return {name: sorted(points, key=lambda point: point.quantity.at) for name, points in series.items()}


def _draw(axes: Axes, panel: Panel, series: dict[str, list[Finding]]) -> None:
    for (name, points), colour, marker in zip(series.items(), cycle(COLOURS), cycle(MARKERS), strict=False):
        at = [point.quantity.at for point in points]
        theory, textbook, upper = (
            np.array([getattr(point.quantity, of) for point in points]) for of in ("theory", "textbook", "upper")
        )
        axes.plot(at, theory, color=colour, linewidth=1.3, zorder=2)
        allowance = np.array([point.quantity.allowance for point in points])
        if np.isfinite(upper).any() or allowance.any():
            highest = np.where(np.isfinite(upper), upper, theory) + allowance
            axes.fill_between(at, theory - allowance, highest, color=colour, alpha=0.15, linewidth=0)
        if not np.allclose(theory, textbook, equal_nan=True):
            axes.plot(at, textbook, color=colour, linewidth=1.1, linestyle=canvas.SHORT_DASHES, zorder=1)
        axes.errorbar(at, [point.simulated for point in points], _whiskers(points), color=colour, fmt=marker, markersize=4.5,
                      elinewidth=1.2, markeredgecolor=canvas.INK, markeredgewidth=0.6, label=name, zorder=3)
    places = sorted({point.quantity.at for points in series.values() for point in points})
    if panel.logarithmic:
        axes.set_xscale("log")
        axes.minorticks_off()
    if panel.logarithmic or len(places) <= MOST_TICKS:
        axes.set_xticks(places, [f"{place:,g}" for place in places])
    axes.set_xlabel(panel.across)
    axes.set_title(panel.up)
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]) if axes.get_ylim()[0] < 0.5 * axes.get_ylim()[1] else None)
    if len(series) > 1:
        axes.legend(fontsize=7, frameon=False)


# --- hold-outs ---


@canvas.styled
def hold_outs_figure(rows: Sequence[Row]) -> Figure:
    """Published numbers beside ours, and differences in units of the larger figure, to the right if they are as published."""
    numbers = [row for row in rows if math.isfinite(row.number)]
    differences = [row for row in rows if math.isfinite(row.scale)]
    runs = sorted({row.runs for row in rows if row.runs})
    figure = canvas.sheet(5.4, "Hold-outs: published findings and the model", (
        f"n = {runs[0]:,} to {runs[-1]:,} runs per point, with 95 % intervals (often smaller than the point). Filled: passes; "
        "hollow: fails. Left: the line is where our number is the published one. Right: difference between two arms over the "
        "larger of the two, positive if as published; findings of which the model has no counterpart are left out.",
    ))
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.2))
    left.plot((0, 1), (0, 1), color=canvas.FAINT, linewidth=1.0)
    for study, colour in zip(dict.fromkeys(row.study for row in numbers), COLOURS, strict=False):
        for row in (row for row in numbers if row.study == study):
            _mark(left, row.number, row.value, yerr=_ends(row, 1.0), colour=colour, row=row)
        left.plot([], [], color=colour, marker="o", linestyle="", markersize=4.5, label=study)
    left.legend(fontsize=7, frameon=False)
    left.set_xlabel("published")
    left.set_title("ours")
    right.axvline(0.0, color=canvas.FAINT, linewidth=1.0)
    for place, row in enumerate(reversed(differences)):
        _mark(right, row.value / row.scale, place, xerr=_ends(row, row.scale), colour=COLOURS[0], row=row)
    right.set_yticks(range(len(differences)), [_short(row) for row in reversed(differences)], fontsize=6)
    right.set_title("difference, as published")
    return figure


def _mark(axes: Axes, x: float, y: float, colour: str, row: Row, **whiskers: Any) -> None:
    inside = colour if row.verdict == PASSES else "white"
    axes.errorbar(x, y, color=colour, fmt="o", markersize=4.5, elinewidth=1.2, markerfacecolor=inside, markeredgecolor=colour,
                  **whiskers)


def _ends(row: Row, scale: float) -> Any:
    ends = sorted((row.low / scale, row.high / scale))
    return np.clip([[row.value / scale - ends[0]], [ends[1] - row.value / scale]], 0.0, None)


def _short(row: Row) -> str:
    return textwrap.fill(f"{row.study}: {row.finding}", 52)


def _whiskers(points: Sequence[Finding]) -> Any:
    return np.clip([[p.simulated - p.low for p in points], [p.high - p.simulated for p in points]], 0.0, None)
