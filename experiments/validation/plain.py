"""The firm in which nothing goes on but what a case is about, and how records are read.

Every case starts from `plain` and `quiet` and names what it changes. All times are given in hours; the log is in minutes. Each
parameter by which the model could depart from a textbook's special case stands here with its neutral value, whatever its default.
"""

import math
from typing import Any, Final

import numpy as np

from simulation import calendar, codes
from simulation.parameters import Horizon, Market, Organisation, Regime, Scenario
from simulation.rules import timing
from simulation.run import Run

NEVER: Final = math.inf
WEEK: Final = calendar.HOURS_PER_WEEK

# Nobody leaves (a mean of 1,000 weeks, nobody before hundreds), nothing drifts, nobody prospects, one issue and no doubt.
MARKET: Final = Market(
    variety=0.0, ambiguity=0.0, ambiguity_spread=0.0, issues=1, interdependence=1, turbulence_per_year=0.0,
    patience_mean_weeks=1000.0, patience_shape=5.0, expiry_weeks=NEVER, reply_lag_hours=1.0, second_chance=0.0,
)
# Every step takes its one hour, work is in whole hours, reps sell and managers review all day. Nobody is expert, and on the
# process path nobody need be. Everybody reads for oneself; nothing is forgotten or lost.
ORGANISATION: Final = Organisation(
    reps=20, span=20.0, expertise_share=0.0, manager_expertise_share=0.0, discovery_hours=1.0, drafting_hours=1.0,
    customising_hours=0.0, consult_hours=1.0, conferring_hours=0.0, sign_off_hours=1.0, work_unit_minutes=60,
    selling_hours_per_day=8, review_hours_per_day=8, prospecting_hours=NEVER, turnover_per_year=0.0, hearsay=0.0,
    needs_expert="cluster path", acquaintance=1.0, acquaintance_across=1.0, undocumented_share=1.0, forgotten_per_week=0.0,
    confident_of="the need",
)
# On the process path without documents, signatures or reviews of the playbook.
QUIET: Final = Regime(
    documentation_hours=0.0, sign_off_over=NEVER, review_weeks=NEVER, advice="veto", divert_by="fit"
)
# On the cluster path: everybody in the team is asked at once, and the first answers are not enough.
CLUSTER: Final = QUIET.model_copy(update={"divert_below": NEVER, "confidence": 1.0, "cross_team_share": 0.0})


def plain(weeks: int, warmup: int = 0, tail: int = 10, **changes: Any) -> Scenario:
    """The plain firm over `warmup` + `weeks` (measured) + `tail` weeks, with some parameters changed.

    `customers_per_hour` is the rate of all patches together.
    """
    reps = changes.get("reps", ORGANISATION.reps)
    if "customers_per_hour" in changes:
        changes["opportunities_per_rep_week"] = changes.pop("customers_per_hour") * WEEK / reps
    market = {name: value for name, value in changes.items() if name in Market.model_fields}
    organisation = {name: value for name, value in changes.items() if name in Organisation.model_fields}
    unknown = set(changes) - set(market) - set(organisation)
    if unknown:
        raise ValueError(f"no such parameters: {', '.join(sorted(unknown))}")
    return Scenario(
        market=Market(**{**dict(MARKET), **market}),
        organisation=Organisation(**{**dict(ORGANISATION), **organisation}),
        horizon=Horizon(warmup_weeks=warmup, window_weeks=weeks, horizon_weeks=warmup + weeks + tail),
    )


def quiet(**changes: Any) -> Regime:
    """The quiet regime with some numbers changed."""
    return Regime(**{**dict(QUIET), **changes})


def clustered(**changes: Any) -> Regime:
    """The regime in which every offer is settled in the cluster, with some numbers changed."""
    return Regime(**{**dict(CLUSTER), **changes})


def rows(run: Run, activity: int, *outcomes: int) -> Any:
    """The log's rows of an activity (with one of the outcomes, if given) whose matter joined the queue in the window."""
    log, p = run.record.log, run.settings
    since, until = timing.instant(p.window_start), timing.instant(p.window_end)
    wanted = (log["activity"] == activity) & (log["queued"] >= since) & (log["queued"] < until)
    if outcomes:
        wanted &= np.isin(log["outcome"], outcomes)
    return log[wanted]


def column(run: Run, activity: int, name: str, missing: float = -1.0) -> Any:
    """One value per case: that of the case's last row of an activity; `missing` where there is none. float64[cases]."""
    log = run.record.log
    values = np.full(int(log["case"].max(initial=-1)) + 1, missing)
    of = log[log["activity"] == activity]
    values[of["case"]] = of[name]
    return values


def hours(run: Run, activity: int, name: str, missing: float = -1.0) -> Any:
    """The same of a column that holds minutes, in hours."""
    found = column(run, activity, name, math.nan) / calendar.MINUTES_PER_HOUR
    return np.where(np.isnan(found), missing, found)


def hours_between(log: Any, first: str, last: str) -> float:
    """Hours from one instant to another, summed over the log's rows."""
    return float((log[last].astype(np.int64) - log[first]).sum()) / calendar.MINUTES_PER_HOUR


def opened_in_time(run: Run) -> Any:
    """Who opened in the window, so that the horizon is far for quick and slow cases alike. bool[cases]."""
    opened = hours(run, codes.OPEN, "end")
    return (opened >= run.settings.window_start) & (opened < run.settings.window_end)


def share(events: Any, among: Any) -> tuple[float, float]:
    """Numerator and denominator of a share. Both: bool[cases]."""
    return float(np.count_nonzero(events & among)), float(np.count_nonzero(among))


def judged(run: Run) -> tuple[Any, Any, Any]:
    """Who got an answer; whose need deviates; whose offer did. One issue, one offer each. bool[cases] thrice.

    The log has the offer's deviation (draft) and its fit (reply); with one issue they give the need away.
    """
    kept, fit = column(run, codes.DRAFT, "deviations"), column(run, codes.REPLY, "amount")
    return fit >= 0.0, kept == fit, kept == 1.0


def survival(run: Run) -> dict[str, tuple[float, float]]:
    """Shares of deviations that were right, or wrong, and kept, and of the right playbook kept."""
    answered, deviant, kept = judged(run)
    return {
        "kept if right": share(kept, answered & deviant),
        "kept if wrong": share(kept, answered & ~deviant),
        "playbook kept if right": share(~kept, answered & ~deviant),
    }
