"""The laboratory in which the studies of the hold-outs take place, and what is read off its runs."""

from typing import Any, Final

import numpy as np

from experiments.validation.plain import NEVER, column, hours
from simulation import calendar, codes
from simulation.parameters import Horizon, Market, Organisation, Regime, Scenario
from simulation.presets import PRESETS
from simulation.run import Run

# A laboratory: one problem at a time, everybody there all day until it is solved, and nothing else going on.
LAB_MARKET: Final[dict[str, Any]] = {
    "turbulence_per_year": 0.0, "patience_mean_weeks": 1000.0, "patience_shape": 5.0, "expiry_weeks": NEVER,
    "reply_lag_hours": 1.0, "second_chance": 0.0, "opportunities_per_rep_week": 0.1,
}
LAB_PEOPLE: Final[dict[str, Any]] = {
    "prospecting_hours": NEVER, "turnover_per_year": 0.0, "forgotten_per_week": 0.0, "selling_hours_per_day": 8,
    "review_hours_per_day": 8, "needs_expert": "neither path",
}
WORK: Final = (codes.DISCOVER, codes.DOCUMENT, codes.CONSULT, codes.TAKE_IN, codes.REVIEW, codes.DRAFT)
ALONE: Final = PRESETS["solo"].model_copy(update={"memory_rate": 0.0})
LAB_WORDS: Final = (
    "Laboratory: problems come one at a time (0.1 a week and rep), nobody leaves, forgets or prospects, all work all day, nobody "
    "need be expert to answer (needs_expert neither path), and groups are put together by lot (specialisation 0)"
)


def lab(people: int, market: dict[str, Any], organisation: dict[str, Any] | None = None, weeks: int = 40) -> Scenario:
    """Thirty groups of so many people in a laboratory, each a team under a manager of its own."""
    return Scenario(
        market=Market(**{**LAB_MARKET, **market}),
        organisation=Organisation(
            **{**LAB_PEOPLE, "reps": 30 * people, "span": float(people), "specialisation": 0.0, **(organisation or {})}
        ),
        horizon=Horizon(warmup_weeks=0, window_weeks=weeks, horizon_weeks=weeks + 20),
    )


def together(people: int) -> Regime:
    """A group of so many who all work on each other's problems to the end."""
    return PRESETS["cluster"].model_copy(update={
        "peers_asked": people - 1, "quorum": people - 1, "cluster_size": people, "confidence": 1.0, "cross_team_share": 0.0,
        "memory_rate": 0.0,
    })


# --- what is read off a run ---


def first_fit(run: Run) -> Any:
    """Fit of each case's first offer, NaN where none was sent. float64[cases]. Without second chances there is but one."""
    sent = column(run, codes.DRAFT, "outcome") == codes.DONE
    return np.where(sent, column(run, codes.DRAFT, "amount"), np.nan)


def hours_taken(run: Run) -> Any:
    """Hours from first taking a case up to its offer, NaN without one. float64[cases]."""
    taken = hours(run, codes.DRAFT, "end") - hours(run, codes.DISCOVER, "start")
    return np.where(np.isnan(first_fit(run)), np.nan, taken)


def _mean(values: Any) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    return float(known.sum()), float(len(known))


def solved(run: Run) -> tuple[float, float]:
    """Share of offers that are right on every issue."""
    fit = first_fit(run)
    return _mean(np.where(np.isnan(fit), np.nan, fit == 1.0))


def wrong(run: Run) -> tuple[float, float]:
    """Mean share of blocks of issues that the offer gets wrong."""
    return _mean(1.0 - first_fit(run))


def score(run: Run) -> tuple[float, float]:
    """Mean fit of the offer."""
    return _mean(first_fit(run))


def time_taken(run: Run) -> tuple[float, float]:
    """Mean hours from taking a problem up to the answer."""
    return _mean(hours_taken(run))


def efficiency(run: Run) -> tuple[float, float]:
    """Mean fit of the offer per hour taken."""
    return _mean(first_fit(run) / hours_taken(run))


def persons_hours(run: Run) -> tuple[float, float]:
    """Hours that all people together worked, per answer."""
    log, answered = run.record.log, ~np.isnan(first_fit(run))
    work = log[np.isin(log["activity"], WORK) & (log["case"] >= 0)]
    minutes = np.bincount(work["case"], weights=work["minutes"], minlength=len(answered))
    return float(minutes[answered].sum()) / calendar.MINUTES_PER_HOUR, float(answered.sum())


def of_three(values: Any, place: int) -> tuple[float, float]:
    """Three at a time, in the order of opening: the value in this place (0 the least), summed, and how many threes."""
    known = values[~np.isnan(values)]
    threes = np.sort(known[: len(known) // 3 * 3].reshape(-1, 3), axis=1)
    return float(threes[:, place].sum()), float(len(threes))
