"""Customers, needs and the market's standard answers."""

from simulation import numbers
from simulation.compiled import rule
from simulation.rules import issues


@rule
def deviates(variety: float, u: float) -> bool:
    """Whether a customer's need on one issue departs from the standard: probability v/2. Source: MODEL rule 1."""
    return u < variety / 2.0


@rule
def deal_value(median: float, spread: float, u: float) -> float:
    """Value of a deal, log-logistic: median (u / (1 - u))^spread.

    Close to log-normal, with a closed quantile function. median: 1,000 USD. u: draw in [0, 1); at 0 the smallest
    value the draw can resolve.
    """
    odds = max(u, 1e-16) / (1.0 - u)
    return median * numbers.power(odds, spread)


@rule
def market_match(template: int, standard: int, n_issues: int) -> float:
    """Share of issues on which a template agrees with the market's standard as it is now."""
    return 1.0 - issues.size(template ^ standard) / n_issues


@rule
def opens_opportunity(conversion: float, match: float, u: float) -> bool:
    """Whether a latent customer who is reached opens an opportunity: probability conversion x match.

    Source: MODEL rule 14 (grows with how well the rep's template matches the market).
    """
    return u < conversion * match
