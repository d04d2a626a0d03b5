"""Customers, needs and the market's standard answers."""

import math

from simulation.compiled import rule


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
    return median * math.pow(odds, spread)


@rule
def market_match(template: int, standard: int, n_issues: int) -> float:
    """Share of issues on which a template agrees with the market's standard as it is now."""
    return 1.0 - size(template ^ standard) / n_issues


@rule
def opens_opportunity(conversion: float, match: float, u: float) -> bool:
    """Whether a latent customer who is reached opens an opportunity: probability conversion x match.

    Source: MODEL rule 14 (grows with how well the rep's template matches the market).
    """
    return u < conversion * match


@rule
def size(issues: int) -> int:
    """How many issues a set holds."""
    count = 0
    while issues:
        issues &= issues - 1
        count += 1
    return count


@rule
def member(issues: int, place: int) -> int:
    """The issue in this place (from 0) of a set, counted from the lowest."""
    issue = 0
    while True:
        if issues >> issue & 1:
            if place == 0:
                return issue
            place -= 1
        issue += 1
