"""Published figures beside the outcome of the strict preset at the reference firm.

Kinds: *fitted* figures were used to choose parameters (`experiments.calibration`; grade "calibrated" in
`simulation.parameters`); *predicted* ones were not, so they can speak against the model; *inputs* are set, not found.

What counts as met was stated before the fit: forecast deals within ± 3 points, the cycle within ± 10 days, shares of first
responses within ± 10 points; a published range inside it; where only one other number is published, from half to double of
it, since no more than the order of magnitude is claimed. The same figures are listed in docs/model.md, section 1.
"""

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

from experiments.design.experiment import Experiment
from experiments.inference import mean_interval
from simulation.calendar import CALENDAR_DAYS_PER_BUSINESS_HOUR, HOURS_PER_DAY
from simulation.parameters import Scenario
from simulation.presets import STRICT

CALENDAR_HOURS_PER_BUSINESS_HOUR: Final = 24.0 * CALENDAR_DAYS_PER_BUSINESS_HOUR
CSO: Final = "CSO Insights 2016, 675 firms"
TIME_USE: Final = "CSO Insights 2011, over 2,000 firms"
BPI: Final = "BPI Challenge 2012, 13,087 cases"
HBR: Final = "Oldroyd et al., HBR 2011, 2,241 firms"
COLUMNS: Final = (
    "figure", "kind", "unit", "target", "target_low", "target_high",
    "outcome", "low", "high", "n", "verdict", "note", "source",
)

Kind = Literal["fitted", "predicted", "input"]
Outcome = Callable[[Any], Any]  # runs, with a column for each measure -> one value per run


class Target(NamedTuple):
    """A published figure, what counts as met, and how its counterpart is read off a table of runs."""

    figure: str
    kind: Kind
    unit: str
    published: str
    low: float
    high: float
    source: str
    outcome: Outcome
    by_factor: bool = False  # the band is symmetric by factor, not by difference
    note: str = ""


def around(
    figure: str, kind: Kind, value: float, tolerance: float, unit: str, source: str, outcome: Outcome, note: str = ""
) -> Target:
    """Met at value ± tolerance."""
    published = f"{value:g} ± {tolerance:g}"
    return Target(figure, kind, unit, published, value - tolerance, value + tolerance, source, outcome, note=note)


def between(
    figure: str, kind: Kind, low: float, high: float, unit: str, source: str, outcome: Outcome, note: str = ""
) -> Target:
    """A published range, met inside it."""
    return Target(figure, kind, unit, f"{low:g} to {high:g}", low, high, source, outcome, note=note)


def near(figure: str, kind: Kind, value: float, unit: str, source: str, outcome: Outcome, note: str = "") -> Target:
    """One published number, met from half to double."""
    return Target(figure, kind, unit, f"{value:g}", value / 2, value * 2, source, outcome, by_factor=True, note=note)


def per_cent(measure: str) -> Outcome:
    """A share as per cent."""
    return lambda runs: 100.0 * runs[measure]


def _no_decision(runs: Any) -> Any:
    """Per cent of the opportunities that were closed, leaving out those still open at the horizon."""
    return 100.0 * runs["no_decision"] / (runs["won"] + runs["lost"] + runs["no_decision"])


def _sign_off_wait(runs: Any) -> Any:
    return runs["sign_off_queue_hours"] * CALENDAR_HOURS_PER_BUSINESS_HOUR


def _sign_off_touch(runs: Any) -> Any:
    work = runs["sign_off_work_hours"]
    return 100.0 * work / (work + _sign_off_wait(runs))


FORECAST: Final = "model: of deals with an offer out and the customer still there a month after opening"
HOURS: Final = "published: clock hours, of test leads; model: business hours (8 a day), of opportunities, to discovery begun"

TARGETS: Final = (
    around("won, of forecast deals", "fitted", 46.6, 3, "%", CSO, per_cent("forecast_won_share"), FORECAST),
    around("lost, of forecast deals", "fitted", 29.6, 3, "%", CSO, per_cent("forecast_lost_share"), FORECAST),
    around("no decision, of forecast deals", "fitted", 23.8, 3, "%", CSO, per_cent("forecast_no_decision_share"),
           FORECAST),
    between("no decision, of all opportunities", "fitted", 40, 60, "%", "Dixon & McKenna 2022, 2.5 M calls",
            _no_decision, "published: of the qualified pipeline; model: of all that were closed"),
    around("median sales cycle of deals won", "fitted", 60, 10, "calendar days", "Bridge Group 2017, 384 firms",
           lambda runs: runs["cycle_days"]),
    around("first response within an hour", "fitted", 37, 10, "%", HBR, per_cent("first_response_within_hour"), HOURS),
    around("first response later, within a day", "fitted", 16, 10, "%", HBR, per_cent("first_response_within_day"), HOURS),
    around("first response later than a day", "fitted", 24, 10, "%", HBR, per_cent("first_response_later"), HOURS),
    around("no response ever", "fitted", 23, 10, "%", HBR, per_cent("first_response_never"),
           f"{HOURS}; customers who left before that count"),
    between("reps' time on opportunities", "fitted", 28, 41, "%", "CSO Insights 2011; later surveys",
            per_cent("rep_utilisation"), "of all 8-hour days; prospecting does not count, as in the survey of 2011"),
    near("wait for an approver", "fitted", 53, "calendar hours", BPI, _sign_off_wait,
         "published: median, time stamps through nights and weekends; model: mean, a business hour being 168/40 hours"),
    near("work, of elapsed time at an approver", "predicted", 0.3, "%", BPI, _sign_off_touch,
         "work / (work + wait)"),
    between("time per approval", "predicted", 3, 5, "business days", "practitioner reports (weak)",
            lambda runs: runs["approval_hours"] / HOURS_PER_DAY, "request to the last review, all levels"),
    near("reps' time on prospecting", "predicted", 24, "%", TIME_USE, per_cent("prospecting_share"),
         "published: generating leads and researching accounts"),
    near("work per approval", "input", 0.2, "hours", BPI, lambda runs: runs["sign_off_work_hours"],
         "an input, not an outcome"),
)
FITTED: Final = tuple(target for target in TARGETS if target.kind == "fitted")


def applies(experiment: Experiment) -> bool:
    """Whether an experiment has what the targets are about: the strict preset at the reference firm."""
    return experiment.scenario == Scenario() and experiment.regimes.get("strict") == STRICT


def against_targets(runs: pd.DataFrame) -> pd.DataFrame:
    """Target and outcome of the strict regime: a DataFrame with COLUMNS, one row per published figure.

    target_low, target_high: what counts as met; low, high: 95 % interval of the outcome over n runs. verdict:
    "within" or "outside" (where the mean lies), "no value" if no run has one.
    """
    strict = runs[runs["regime"] == "strict"]
    return pd.DataFrame([*(_row(target, strict) for target in TARGETS), _span()], columns=list(COLUMNS))


def _row(target: Target, runs: pd.DataFrame) -> dict[str, Any]:
    values = np.asarray(target.outcome(runs), np.float64)
    n, mean, _, low, high = (part.item() for part in mean_interval(values))
    return {
        "figure": target.figure, "kind": target.kind, "unit": target.unit, "target": target.published,
        "target_low": target.low, "target_high": target.high, "outcome": mean, "low": low, "high": high, "n": n,
        "verdict": _verdict(target, mean), "note": target.note, "source": target.source,
    }


def _verdict(target: Target, outcome: float) -> str:
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
    }
