"""From runs to statements with n and an interval: pure functions from tables of runs to tables."""

from experiments.inference.incidence import bootstrap_interval, curve_bands, curve_differences
from experiments.inference.means import (
    UNITS,
    Estimate,
    Estimates,
    Interval,
    differences,
    estimates,
    mean_interval,
    paired_differences,
    summarise,
)
from experiments.inference.sensitivity import morris_indices, sensitivity, sobol_indices
from experiments.inference.shapley import shapley
from experiments.inference.trends import convergence, dose_response
from experiments.inference.turnovers import curve_factor, turnovers
from experiments.inference.winners import FALSE_DISCOVERIES, winners

__all__ = [
    "FALSE_DISCOVERIES",
    "UNITS",
    "Estimate",
    "Estimates",
    "Interval",
    "bootstrap_interval",
    "convergence",
    "curve_bands",
    "curve_differences",
    "curve_factor",
    "differences",
    "dose_response",
    "estimates",
    "mean_interval",
    "morris_indices",
    "paired_differences",
    "sensitivity",
    "shapley",
    "sobol_indices",
    "summarise",
    "turnovers",
    "winners",
]
