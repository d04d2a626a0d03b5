"""What an offer takes, how it fits, and what the customer makes of it."""

import math

from simulation.compiled import rule


@rule
def drafting_mean(drafting_hours: float, customising_hours: float, deviations: int) -> float:
    """Mean hours of drafting: base plus customising per deviation from the template used. Source: MODEL rule 8."""
    return drafting_hours + customising_hours * deviations


@rule
def fit(offer: int, need: int, interdependence: int, n_issues: int) -> float:
    """Share of blocks of `interdependence` issues in which every issue matches (the last may be shorter).

    Source: MODEL rule 9; blocks in the sense of Kauffman's epistasis, kept to neighbours.
    """
    wrong = offer ^ need
    block = (1 << interdependence) - 1
    n_blocks = (n_issues + interdependence - 1) // interdependence
    matching = 0
    for _ in range(n_blocks):
        if wrong & block == 0:
            matching += 1
        wrong >>= interdependence
    return matching / n_blocks


@rule
def coin_flip_fit(interdependence: int, n_issues: int) -> float:
    """Expected fit of an offer that flips a coin on every issue: mean over blocks of 2^-length. Source: MODEL rule 9."""
    total = 0.0
    n_blocks = 0
    start = 0
    while start < n_issues:
        total += math.pow(0.5, min(interdependence, n_issues - start))
        n_blocks += 1
        start += interdependence
    return total / n_blocks


@rule
def acceptance(fit: float, coin_fit: float, selectivity: float) -> float:
    """Probability of accepting: ((fit - f0) / (1 - f0)) floored at 0, to the power of selectivity. Source: MODEL rule 9."""
    better = (fit - coin_fit) / (1.0 - coin_fit)
    if better >= 1.0:
        return 1.0
    return math.pow(better, selectivity) if better > 0.0 else 0.0


@rule
def happens(probability: float, u: float) -> bool:
    """Whether an event of this probability happens, given its draw in [0, 1)."""
    return u < probability


@rule
def pick(n: int, u: float) -> int:
    """One of 0..n-1, each equally likely."""
    return min(int(u * n), n - 1)
