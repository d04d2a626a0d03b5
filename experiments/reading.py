"""What the numbers of an experiment say, in a few plain sentences generated from them."""

import pandas as pd

from experiments.design import Experiment
from experiments.inference import Estimate, Estimates, estimates, paired_differences

SOONEST = "median_hours_to_action"


def reading(experiment: Experiment, runs: pd.DataFrame, summary: pd.DataFrame) -> str:
    """Who enacts most deals, who acts soonest, who leaves with no action; honest about ties."""
    means = estimates(summary)
    sentences = (
        _who_enacts_most(experiment, runs, means),
        _who_acts_soonest(experiment, runs, means),
        _who_leaves_untouched(experiment, means),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def _who_enacts_most(experiment: Experiment, runs: pd.DataFrame, means: Estimates) -> str:
    best, *others = _ranked(experiment, means, "won", descending=True)
    enacted = f"{best} enacts {_with_interval(means['won', best], 0)} deals per run"
    if not others:
        return f"{enacted}."
    lead = _lead(runs, "won", best, others[0])
    if lead.excludes_zero:
        return f"{enacted}, the most: {_with_interval(lead, 0)} more than {others[0]}, the next."
    if lead.n > 1:
        return f"{enacted}; {others[0]} about as many, as their paired difference is not clear of 0."
    return f"{enacted}; a single run cannot tell it from {others[0]}."


def _who_acts_soonest(experiment: Experiment, runs: pd.DataFrame, means: Estimates) -> str:
    ranked = _ranked(experiment, means, SOONEST)
    if not ranked:
        return "In no regime do half of the opportunities get an offer."
    first, last = ranked[0], ranked[-1]
    hours = _with_interval(means[SOONEST, first], 1)
    half = f"half of its opportunities have an offer after {hours} business hours"
    if len(ranked) == 1:
        return f"In {first}, {half}."
    against = f"{half}, against {means[SOONEST, last].mean:.1f} in {last}"
    if _lead(runs, SOONEST, first, ranked[1]).excludes_zero:
        return f"{first} acts soonest: {against}."
    return f"{first} acts soonest, but not clearly sooner than {ranked[1]}: {against}."


def _who_leaves_untouched(experiment: Experiment, means: Estimates) -> str:
    ranked = _ranked(experiment, means, "no_action_share")
    if not ranked:
        return ""
    shares = [f"{100 * means['no_action_share', name].mean:.1f} % ({name})" for name in ranked]
    return f"Customers who leave with no action ever: {', '.join(shares)}."


def _lead(runs: pd.DataFrame, measure: str, regime: str, other: str) -> Estimate:
    """The paired difference between two regimes."""
    return estimates(paired_differences(runs, other, [measure]))[measure, regime]


def _ranked(experiment: Experiment, means: Estimates, measure: str, descending: bool = False) -> list[str]:
    """Regimes with a value, best first; equal ones in the experiment's order."""
    sign = -1 if descending else 1
    valued = [name for name in experiment.regimes if means[measure, name].n > 0]
    return sorted(valued, key=lambda name: sign * means[measure, name].mean)


def _with_interval(estimate: Estimate, decimals: int) -> str:
    """ "1,475 (95 % interval 1,463 to 1,487)"; without an interval only the mean."""
    mean = f"{estimate.mean:,.{decimals}f}"
    if not estimate.has_interval:
        return mean
    return f"{mean} (95 % interval {estimate.low:,.{decimals}f} to {estimate.high:,.{decimals}f})"
