"""What an offer takes, how it fits, and what the customer makes of it."""

from simulation import numbers
from simulation.compiled import rule


@rule
def drafting_mean(drafting_hours: float, customising_hours: float, deviations: int) -> float:
    """Mean hours of drafting: base plus customising per deviation from the template used. Source: MODEL rule 8."""
    return drafting_hours + customising_hours * deviations


@rule
def blocks(interdependence: int, n_issues: int) -> int:
    """How many blocks of `interdependence` issues there are (the last may be shorter)."""
    return (n_issues + interdependence - 1) // interdependence


@rule
def matching_blocks(offer: int, need: int, interdependence: int, n_issues: int) -> int:
    """In how many blocks every issue of the offer matches the need.

    Source: MODEL rule 9; blocks in the sense of Kauffman's epistasis, kept to neighbours.
    """
    wrong = offer ^ need
    block = (1 << interdependence) - 1
    matching = 0
    for _ in range(blocks(interdependence, n_issues)):
        matching += int(wrong & block == 0)
        wrong >>= interdependence
    return matching


@rule
def fit(matching: int, n_blocks: int) -> float:
    """Fit of an offer: share of blocks that match. Source: MODEL rule 9."""
    return matching / n_blocks


@rule
def coin_flip_fit(interdependence: int, n_issues: int) -> float:
    """Expected fit of an offer that flips a coin on every issue: mean over blocks of 2^-length. Source: MODEL rule 9."""
    total = 0.0
    n_blocks = 0
    start = 0
    while start < n_issues:
        total += numbers.power(0.5, min(interdependence, n_issues - start))
        n_blocks += 1
        start += interdependence
    return total / n_blocks


@rule
def acceptance(fit: float, coin_fit: float, selectivity: float) -> float:
    """Probability of accepting: ((fit - f0) / (1 - f0)) floored at 0, to the power of selectivity. Source: MODEL rule 9."""
    better = (fit - coin_fit) / (1.0 - coin_fit)
    if better >= 1.0:
        return 1.0
    return numbers.power(better, selectivity) if better > 0.0 else 0.0


@rule
def implementable(template: int, wanted: int, able: int, revealed: int) -> int:
    """The wanted offer, but with deviations only where a participant is expert or the customer revealed the issue.

    Source: MODEL rules 4 and 7 ("the best implementable action").
    """
    return template ^ (template ^ wanted) & (able | revealed)
