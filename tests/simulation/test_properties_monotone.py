"""Responses that theory makes monotone: under common random numbers they are so for every customer, not on average.

In a busy firm hardly anything is: whoever is served sooner makes somebody else wait. So each comparison is made where the
argument beside it holds without exception:

* *alone*: runs in which a single customer ever comes. Nobody competes with it, so its history is a function of its own draws.
* *unhurried*: a busy firm in which the parameter moves no instant of anything, only the answers in it.
* *one desk*: requests that reach one manager at the same instants whatever the manager does.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from simulation import Regime, Scenario, codes, simulate
from simulation.presets import PRESETS
from tests.helpers.scenarios import BUSY, changed

NEVER = np.inf
Numbers = dict[str, Any]
SCENARIO_KEYS = {key for _, group in Scenario() for key, _ in group}


def varied(scenario: Scenario, regime: Regime, values: Numbers) -> tuple[Scenario, Regime]:
    """Scenario and regime with some of their numbers changed."""
    of_scenario = {key: value for key, value in values.items() if key in SCENARIO_KEYS}
    of_regime = {key: value for key, value in values.items() if key not in SCENARIO_KEYS}
    return changed(scenario, **of_scenario), Regime.model_validate({**dict(regime), **of_regime})


# --- Alone ---

LONE = changed(
    BUSY, reps=4, span=2.0, opportunities_per_rep_week=0.005, prospecting_hours=NEVER, turbulence_per_year=0.0,
    turnover_per_year=0.0, forgotten_per_week=0.0, patience_mean_weeks=12.0, expiry_weeks=30.0, reply_lag_hours=80.0,
    customising_hours=0.0,
    review_hours_per_day=2, warmup_weeks=0, window_weeks=50, horizon_weeks=50,
)
SIGNED = PRESETS["strict"].model_copy(update={"authority_per_level": 1.0, "review_weeks": NEVER})
PEERS = PRESETS["cluster"].model_copy(update={"confidence": 1.0, "quorum": 3, "peers_asked": 3, "cross_team_share": 0.0})
ONE_TEAM = {"reps": 5, "span": 5.0}  # so that there are peers enough to ask
ONE_OFFER = {"second_chance": 0.0}
WAITING = ONE_TEAM | ONE_OFFER | {"patience_mean_weeks": 1000.0, "patience_shape": 5.0, "expiry_weeks": NEVER}


def outcomes_of(case: Any) -> dict[str, float]:
    """What became of a customer. Instants that do not come are infinitely late."""
    won = case["outcome"] == codes.WON
    acted = case["acted"] if case["offers"] else NEVER
    return {
        "won": float(won), "won at": case["closed"] if won else NEVER, "acted at": acted, "offers": case["offers"],
        "sign-offs": case["sign_offs"], "forced fits": case["forced_fits"], "answers": case["answers"], "fit": case["fit"],
    }


@cache
def seeds_with_one_customer(reps: int, rate: float) -> list[int]:
    """Seeds under which a single customer comes, which no other number of scenario or regime can change."""
    scenario = changed(LONE, reps=reps, opportunities_per_rep_week=rate)
    return [seed for seed in range(300) if len(simulate(scenario, SIGNED, seed).cases) == 1]


class Response(NamedTuple):
    """What may not fall (+1) or rise (-1) as a parameter goes through its values."""

    parameter: str
    values: tuple[Any, ...]
    regime: Regime
    fixed: Numbers
    signs: dict[str, int]


SOONER = {"acted at": -1, "won": 1, "won at": -1}
RESPONSES: dict[str, Response] = {
    # A longer patience cuts a history off later and changes nothing before.
    "patience": Response("patience_mean_weeks", (1.0, 4.0, 12.0, 50.0), SIGNED, {}, {**SOONER, "offers": 1}),
    "expiry": Response("expiry_weeks", (0.5, 3.0, 8.0, 30.0), SIGNED, {}, {**SOONER, "offers": 1}),
    # The same history compressed: every task and lag is a non-decreasing function of its mean at a given draw, review hours
    # that begin sooner end no later, and patience stays. So all instants come no later, and fewer fall behind the leaving.
    "replies": Response("reply_lag_hours", (600.0, 200.0, 50.0, 2.0), SIGNED, {}, {**SOONER, "offers": 1}),
    "discovery": Response("discovery_hours", (200.0, 40.0, 8.0, 1.0), SIGNED, {}, SOONER),
    "documentation": Response("documentation_hours", (200.0, 40.0, 3.0, 0.0), SIGNED, {}, SOONER),
    "drafting": Response("drafting_hours", (200.0, 40.0, 8.0, 1.0), SIGNED, {}, SOONER),
    "sign-off": Response("sign_off_hours", (40.0, 10.0, 2.0, 1.0), SIGNED, {}, SOONER),
    # The review hours of a longer day contain those of a shorter one.
    "managers' hours": Response("review_hours_per_day", (1, 2, 4, 8), SIGNED, {"sign_off_hours": 6.0}, SOONER),
    "reps' hours": Response("selling_hours_per_day", (1, 3, 5, 8), SIGNED, {}, SOONER),
    # With all three peers needed, the rep acts when the slowest is done, on the same readings.
    "consulting": Response("consult_hours", (200.0, 40.0, 8.0, 1.0), PEERS, ONE_TEAM, SOONER),
    "conferring": Response("conferring_hours", (60.0, 20.0, 5.0, 0.5), PEERS, ONE_TEAM, SOONER),
    # What is forgotten at a rate stays forgotten at a higher one.
    "forgetting": Response("forgotten_per_week", (20.0, 2.0, 0.2, 0.0), SIGNED, {"review_hours_per_day": 1}, SOONER),
    # Staying instead of being lost only adds to a history: a win before stays a win.
    "second chances": Response("second_chance", (0.0, 0.3, 0.7, 1.0), SIGNED, {}, {"won": 1, "won at": -1, "offers": 1}),
    # The probability of acceptance falls with the exponent, so at the first offer where answers part, it is the less selective
    # customer who buys.
    "selectivity": Response("selectivity", (10.0, 3.0, 1.0, 0.2), SIGNED, {}, {"won": 1, "won at": -1, "offers": -1}),
    # Fewer managers read the same first offer: those who do, read as before. (Nothing hangs on the offer but the answer.)
    "authority": Response(
        "authority_per_level", (-1.0, 1.0, 2.0, 20.0), SIGNED, ONE_OFFER, {"sign-offs": -1, "forced fits": -1, "acted at": -1},
    ),
    "freedom": Response(
        "sign_off_over", (-1.0, 0.0, 2.0, NEVER), SIGNED, ONE_OFFER, {"sign-offs": -1, "forced fits": -1, "acted at": -1},
    ),
    # Idle peers answer in an order that does not depend on how many answers the rep waits for, and the customer stays.
    "quorum": Response("quorum", (0, 1, 2, 3), PEERS, WAITING, {"answers": 1, "acted at": 1}),
    "confidence": Response("confidence", (0.5, 0.75, 0.9, 1.0), PEERS, WAITING, {"answers": 1, "acted at": 1}),
    # Those asked among few are asked among more: the most useful come first.
    "peers": Response(
        "peers_asked", (0, 1, 2, 4), PEERS, WAITING, {"answers": 1, "acted at": 1},
    ),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_a_lone_customers_history_responds_in_one_direction(name: str) -> None:
    response = RESPONSES[name]
    reps = response.fixed.get("reps", 4)
    rate = 0.02 / reps
    chosen = seeds_with_one_customer(reps, rate)
    histories = []
    for value in response.values:
        numbers = {"opportunities_per_rep_week": rate, **response.fixed, response.parameter: value}
        if response.parameter == "peers_asked":
            numbers["quorum"] = value  # all of them are waited for
        scenario, regime = varied(LONE, response.regime, numbers)
        runs = [simulate(scenario, regime, seed) for seed in chosen]
        assert all(len(run.cases) == 1 for run in runs)
        histories.append([outcomes_of(run._cases[0]) for run in runs])
    for quantity, sign in response.signs.items():
        table = np.array([[history[quantity] for history in row] for row in histories], float)  # values x customers
        assert (sign * table[1:] >= sign * table[:-1]).all(), f"{quantity}: {table.T}"
        assert (table[-1] != table[0]).sum() >= 3, f"{quantity} hardly moves: {table.T}"


# --- Unhurried ---

# One offer of a fixed course: no sign-off, no peers, no customising, no second chance, nothing learned. Whatever the answer
# is, the case ends when it comes, so all instants of the firm are the same. In a market without a standard (variety 1) a
# rep offers exactly what was read; so the fewer readings are wrong, the better is the offer, issue by issue.
COURSE = PRESETS["strict"].model_copy(update={"sign_off_over": NEVER, "review_weeks": NEVER})
UNHURRIED = changed(
    BUSY, second_chance=0.0, customising_hours=0.0, variety=1.0, prospecting_hours=NEVER, selectivity=2.0,
    needs_expert="neither path",
)
ANSWERS: dict[str, tuple[str, tuple[float, ...], tuple[str, ...]]] = {
    "plainer information": ("ambiguity", (0.95, 0.6, 0.3, 0.0), ("won", "fit")),
    "more experts": ("expertise_share", (0.0, 0.3, 0.7, 1.0), ("won", "fit")),
    "better experts": ("relief", (0.0, 0.4, 0.8, 1.0), ("won", "fit")),
    "easier customers": ("selectivity", (10.0, 4.0, 1.0, 0.1), ("won",)),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_in_a_busy_firm_whose_instants_stay_every_customer_is_answered_better(name: str) -> None:
    parameter, values, quantities = ANSWERS[name]
    for seed in range(3):
        runs = [simulate(*varied(UNHURRIED, COURSE, {parameter: value}), seed) for value in values]
        cases = [run._cases for run in runs]
        assert len(cases[0]) > 300
        for column in ("opened", "acted", "closed", "rep"):
            assert all((other[column] == cases[0][column]).all() for other in cases)
        for quantity in quantities:
            table = np.array([[outcomes_of(case)[quantity] for case in row] for row in cases])
            assert (table[1:] >= table[:-1]).all()
            assert (table[-1] > table[0]).sum() > 10


# --- One desk ---

# Customers who wait for ever, so that nobody drops out of a queue; reps with a customer or so each; one manager, who may
# grant anything. Requests that are taken in the order of coming by a server whose hours contain the other's are all
# taken no later (by induction along the queue, as the server is free no later).
DESK = changed(
    BUSY, reps=60, span=60.0, opportunities_per_rep_week=0.03, prospecting_hours=NEVER, second_chance=0.0,
    patience_mean_weeks=1000.0, patience_shape=5.0, expiry_weeks=NEVER, sign_off_hours=5.0, turbulence_per_year=0.0,
    forgotten_per_week=0.0,
    warmup_weeks=0, window_weeks=30, horizon_weeks=30,
)
N_DESKS = 12
AT_DESK = PRESETS["strict"].model_copy(update={"dispatch": "direct", "sign_off_over": -1.0})


def requests(hours: int, seed: int) -> tuple[dict[int, int], dict[int, float]]:
    """When each case's request came to the manager, and when it was taken up (not yet: infinitely late)."""
    log = simulate(changed(DESK, review_hours_per_day=hours), AT_DESK, seed).record.log
    reviews = log[log["activity"] == codes.REVIEW]
    taken = np.where(reviews["outcome"] == codes.WAITING, NEVER, reviews["start"])
    cases = reviews["case"].tolist()
    return dict(zip(cases, reviews["queued"].tolist(), strict=True)), dict(zip(cases, taken.tolist(), strict=True))


@pytest.mark.parametrize("fewer", [1, 2, 4])
def test_more_hours_of_the_manager_never_make_a_request_wait_longer(fewer: int) -> None:
    compared = shorter = 0
    for seed in range(N_DESKS):
        (came, before), (came_again, after) = requests(fewer, seed), requests(2 * fewer, seed)
        if came != came_again:  # a rep was late with a case as the manager had let another one go sooner
            continue
        assert all(after[case] <= before[case] for case in came)
        compared += 1
        shorter += sum(after[case] < before[case] for case in came)
    assert compared >= N_DESKS // 3
    assert shorter > 3 * compared
