"""No knife edge where one reading weighs as much as the prior (MODEL rule 23): issues differ in how clear they are.

Without that, what a single reading may decide changes for all issues at once where ambiguity passes variety.
"""

import numpy as np
import numpy.typing as npt

from simulation import Market, Scenario, ensemble

VARIETY = 0.1
STEPS = np.round(np.arange(0.06, 0.145, 0.01), 2)


def largest_step(spread: float) -> float:
    """Of deals won by strict, as a share, along ambiguity in steps of 0.01; the same customers at every step."""
    won: list[float] = []
    for ambiguity in STEPS:
        market = Market(variety=VARIETY, ambiguity=float(ambiguity), ambiguity_spread=spread)
        won.append(float(ensemble(Scenario(market=market), "strict", range(40)).won.mean()))
    steps: npt.NDArray[np.float64] = np.abs(np.diff(won)) / np.mean(won)
    return float(steps.max())


def test_deals_won_do_not_jump_where_ambiguity_passes_variety() -> None:
    assert largest_step(Market().ambiguity_spread) < 0.02


def test_without_a_spread_they_would() -> None:
    assert largest_step(0.0) > 0.04
