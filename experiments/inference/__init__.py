"""From runs to statements with n and an interval: pure functions from tables of runs to tables."""

from experiments.inference.means import (
    UNITS,
    Estimate,
    Estimates,
    Interval,
    curve_bands,
    estimates,
    mean_interval,
    paired_differences,
    summarise,
)

__all__ = [
    "UNITS",
    "Estimate",
    "Estimates",
    "Interval",
    "curve_bands",
    "estimates",
    "mean_interval",
    "paired_differences",
    "summarise",
]
