"""Published figures beside the outcome of the strict preset at the reference firm.

*Fitted* figures were used to choose parameters (grade "calibrated" in `simulation.parameters`); *predicted*
ones were not, so they can speak against the model. A published range is met inside it. Where only one number
is published for a prediction, half to double that number counts as met: no more than the order of magnitude
is claimed.

The same figures are listed in docs/model.md, section 1.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from experiments.design.experiment import Experiment
from experiments.inference import mean_interval
from simulation.calendar import CALENDAR_DAYS_PER_BUSINESS_HOUR, HOURS_PER_DAY
from simulation.parameters import Scenario
from simulation.presets import STRICT

CALENDAR_HOURS_PER_BUSINESS_HOUR: Final = 24.0 * CALENDAR_DAYS_PER_BUSINESS_HOUR
CSO: Final = "CSO Insights 2016, 675 firms"
BPI: Final = "BPI Challenge 2012, 13,087 cases"
HBR: Final = "Oldroyd et al., HBR 2011, 2,241 firms"
COLUMNS: Final = (
    "figure", "kind", "unit", "target", "target_low", "target_high",
    "outcome", "low", "high", "n", "verdict", "note", "source",
)  # fmt: skip

Outcome = Callable[[pd.DataFrame], Any]  # table of runs -> one value per run


class Target(NamedTuple):
    """A published figure and how its counterpart is read off a table of runs (None: there is none)."""

    figure: str
    unit: str
    published: str
    low: float  # what counts as met; NaN: nothing to meet
    high: float
    fitted: bool
    source: str
    outcome: Outcome | None
    note: str = ""


def around(figure: str, value: float, tolerance: float, unit: str, source: str, outcome: Outcome) -> Target:
    """A fitted figure: value ± tolerance."""
    published = f"{value:g} ± {tolerance:g}"
    return Target(figure, unit, published, value - tolerance, value + tolerance, True, source, outcome)


def between(
    figure: str, low: float, high: float, unit: str, source: str, outcome: Outcome, note: str = ""
) -> Target:
    """A predicted figure with a published range."""
    return Target(figure, unit, f"{low:g} to {high:g}", low, high, False, source, outcome, note)


def near(figure: str, value: float, unit: str, source: str, outcome: Outcome, note: str = "") -> Target:
    """A predicted figure with one published number, met from half to double."""
    return Target(figure, unit, f"{value:g}", value / 2, value * 2, False, source, outcome, note)


def closed_share(measure: str) -> Outcome:
    """Per cent of the opportunities that were closed, leaving out those still open at the horizon."""
    return lambda runs: 100.0 * runs[measure] / (runs["won"] + runs["lost"] + runs["no_decision"])


def per_cent(measure: str) -> Outcome:
    """A share as per cent."""
    return lambda runs: 100.0 * runs[measure]


def _sign_off_wait(runs: pd.DataFrame) -> Any:
    return runs["sign_off_queue_hours"] * CALENDAR_HOURS_PER_BUSINESS_HOUR


def _sign_off_touch(runs: pd.DataFrame) -> Any:
    work = runs["sign_off_work_hours"]
    return 100.0 * work / (work + _sign_off_wait(runs))


def _sign_off_days(runs: pd.DataFrame) -> Any:
    return (runs["sign_off_queue_hours"] + runs["sign_off_work_hours"]) / HOURS_PER_DAY


TARGETS: Final = (
    around("won, of closed opportunities", 46.6, 3, "%", CSO, closed_share("won")),
    around("lost, of closed opportunities", 29.6, 3, "%", CSO, closed_share("lost")),
    around("no decision, of closed opportunities", 23.8, 3, "%", CSO, closed_share("no_decision")),
    around("median sales cycle of deals won", 60, 10, "calendar days", "Bridge Group 2017, 384 firms",
           lambda runs: runs["cycle_days"]),
    near("wait for an approver", 53, "calendar hours", BPI, _sign_off_wait,
         "published: median, time stamps through nights and weekends; model: mean"),
    Target("work per approval", "hours", "0.2", np.nan, np.nan, False, BPI,
           lambda runs: runs["sign_off_work_hours"],
           "an input, not an outcome: one hour is the model's smallest step"),
    near("work, of elapsed time at an approver", 0.3, "%", BPI, _sign_off_touch,
         "the model's smallest step of one hour makes this larger"),
    between("time per approval", 3, 5, "business days", "practitioner reports (weak)", _sign_off_days),
    near("left with no action ever", 23, "%", HBR, per_cent("no_action_share"),
         "published: leads never contacted; model: opportunities without an offer"),
    Target("first response within 1 hour", "%", "37", np.nan, np.nan, False, HBR, None,
           "no counterpart: the model's first action is an offer, not a call"),
    between("reps' time on opportunities", 28, 41, "%", "CSO 2011; later surveys",
            per_cent("rep_utilisation"),
            "the model has no internal meetings or training; the rest of the time is prospecting"),
    between("qualified pipeline lost to no decision", 40, 60, "%", "Dixon & McKenna 2022, 2.5 M calls",
            closed_share("no_decision"), "conflicts with the 23.8 % above, so both cannot be met"),
)  # fmt: skip


def applies(experiment: Experiment) -> bool:
    """Whether an experiment has what the targets are about: the strict preset at the reference firm."""
    return experiment.scenario == Scenario() and experiment.regimes.get("strict") == STRICT


def against_targets(runs: pd.DataFrame) -> pd.DataFrame:
    """Target and outcome of the strict regime: a DataFrame with COLUMNS, one row per published figure.

    target_low, target_high: what counts as met; low, high: 95 % interval of the outcome over n runs. verdict:
    "within" or "outside" (where the mean lies), "no target" if nothing was to be met, "no counterpart" if the
    model has none, "no value" if no run has one.
    """
    strict = runs[runs["regime"] == "strict"]
    rows = [_row(target, strict) for target in TARGETS]
    return pd.DataFrame([_span(), *rows], columns=list(COLUMNS))


def _row(target: Target, runs: pd.DataFrame) -> dict[str, Any]:
    values = np.zeros(0) if target.outcome is None else np.asarray(target.outcome(runs), np.float64)
    n, mean, _, low, high = (part.item() for part in mean_interval(values)) if len(values) else _NOTHING
    return {
        "figure": target.figure, "kind": "fitted" if target.fitted else "predicted", "unit": target.unit,
        "target": target.published, "target_low": target.low, "target_high": target.high,
        "outcome": mean, "low": low, "high": high, "n": n, "verdict": _verdict(target, mean),
        "note": target.note, "source": target.source,
    }  # fmt: skip


_NOTHING: Final = (0, np.nan, np.nan, np.nan, np.nan)


def _verdict(target: Target, outcome: float) -> str:
    if target.outcome is None:
        return "no counterpart"
    if np.isnan(target.low):
        return "no target"
    if np.isnan(outcome):
        return "no value"
    return "within" if target.low <= outcome <= target.high else "outside"


def _span() -> dict[str, Any]:
    """Reps per manager: a measured input, the same in every run."""
    span = Scenario().organisation.span
    return {
        "figure": "reps per manager", "kind": "input", "unit": "reps", "target": "8.5",
        "target_low": 8.5, "target_high": 8.5, "outcome": span, "low": np.nan, "high": np.nan, "n": 0,
        "verdict": "within" if span == 8.5 else "outside", "note": "an input, not an outcome",
        "source": "Alexander Group 2013: mean 8.5 (2 to 38)",
    }  # fmt: skip
