"""Cases of waiting: managers' inboxes, impatient customers, chains of approval, pooled work, growing firms."""

import math
from typing import Any, Final

import numpy as np

from experiments.validation.case import Case, Quantity, Sums
from experiments.validation.plain import WEEK, hours_between, plain, quiet, rows
from simulation import codes
from simulation.run import Run
from simulation.theory import queues

INBOX: Final = "Manager's inbox"
TICKS: Final = "Efforts against the hour"
IMPATIENT: Final = "Impatient customers"
CHAIN: Final = "Approval chain"
POOLING: Final = "Pooling of work"
GROWTH: Final = "Growing firms"

DESK: Final = 4
LOADS: Final = (0.3, 0.5, 0.7, 0.8)
EVERY_OFFER: Final = (
    "every offer is signed (sign_off_over −1) by one manager who reviews all day (review_hours_per_day 8); 20 reps whose steps "
    "take an hour, so customers pass on to the manager as they come, Poisson"
)
AT_THE_DESK: Final = (
    f"every offer is signed (sign_off_over −1) by one of {DESK} managers of the first level, who review all day and work off one "
    f"inbox (desk shared); {10 * DESK} reps at span 10 whose steps take an hour"
)


def cases() -> list[Case]:
    """All cases of waiting."""
    return [
        *(_inbox(load, efforts) for efforts in ("exponential", "fixed") for load in LOADS),
        *(_against_the_hour(mean) for mean in (1.5, 2.0, 4.0, 8.0, 16.0, 32.0)),
        *(_shared_desk(load) for load in LOADS),
        *(_impatient(load, patience) for load in (0.8, 1.5) for patience in (0.5, 1.0, 2.0, 5.0)),
        *(_impatient(1.2, patience, DESK) for patience in (0.5, 1.0, 2.0, 5.0)),
        *(_chain(levels) for levels in (1, 2, 3, 4)),
        *(_equal_chain(levels, load) for load in (0.3, 0.6, 0.75) for levels in (1, 2, 3, 4)),
        *(_chain_against_the_hour(mean) for mean in (2.0, 5.0, 20.0)),
        *(_pooling(load, dispatch) for dispatch in ("direct", "manager") for load in (0.5, 0.65, 0.8)),
        *(_growth(reps) for reps in (10, 100, 1000, 10000)),
    ]


# --- one inbox ---


def _signed_by(managers: int) -> str:
    return EVERY_OFFER if managers == 1 else AT_THE_DESK


def _inbox(load: float, efforts: str) -> Case:
    mean = 10.0
    rate = load / mean
    exponential = efforts == "exponential"
    theory = queues.wait_geometric(rate, mean) if exponential else queues.wait_fixed(rate, mean)
    textbook = queues.wait_exponential(rate, mean) if exponential else theory
    return Case(
        f"{'M/M/1' if exponential else 'M/D/1'} at load {load:g}", INBOX,
        f"{EVERY_OFFER}; efforts {efforts}, sign_off_hours {mean:g}",
        "ρ(m − ½)/(1 − ρ), `queues.wait_geometric`" if exponential else "ρm/(2(1 − ρ)), `queues.wait_fixed`",
        plain(weeks=400, warmup=100, customers_per_hour=rate, sign_off_hours=mean, efforts=efforts),
        quiet(sign_off_over=-1.0),
        (Quantity("hours waited", theory, at=load, textbook=textbook, series=f"hours waited, efforts {efforts}"),),
        _hours_in_inbox,
    )


def _shared_desk(load: float) -> Case:
    mean = 10.0
    rate = load * DESK / mean
    theory = queues.impatient_hours(rate, mean, math.inf, DESK).wait
    name = f"hours waited, {DESK} at one desk"
    return Case(
        f"M/M/{DESK} at load {load:g}", INBOX, f"{_signed_by(DESK)}; sign_off_hours {mean:g}",
        "stationary law of the hourly chain, `queues.impatient_hours`; Erlang C, `queues.wait_pooled`",
        plain(weeks=200, warmup=50, reps=10 * DESK, span=10.0, customers_per_hour=rate, sign_off_hours=mean),
        quiet(sign_off_over=-1.0, desk="shared"),
        (Quantity(name, theory, at=load, textbook=queues.wait_pooled(rate, mean, DESK)),),
        lambda run, seed: {name: _hours_in_inbox(run, seed)["hours waited"]},
    )


def _against_the_hour(mean: float) -> Case:
    rate = 0.5 / mean
    theory, textbook = queues.wait_geometric(rate, mean), queues.wait_exponential(rate, mean)
    return Case(
        f"M/M/1 at load 0.5, efforts of {mean:g} hours", TICKS,
        f"{EVERY_OFFER}; sign_off_hours {mean:g}, so that M/M/1 waits as long as it works: the wait over the mean effort",
        "1 − 1/(2m), `queues.wait_geometric` over `queues.wait_exponential`",
        plain(weeks=int(40 * mean) + 40, warmup=20 + int(2 * mean), customers_per_hour=rate, sign_off_hours=mean),
        quiet(sign_off_over=-1.0),
        (Quantity("wait against M/M/1", theory / textbook, at=mean, textbook=1.0),),
        lambda run, seed: {"wait against M/M/1": _over(_hours_in_inbox(run, seed)["hours waited"], textbook)},
    )


def _hours_in_inbox(run: Run, seed: int) -> Sums:
    reviews = rows(run, codes.REVIEW)
    return {"hours waited": (hours_between(reviews, "queued", "start"), float(len(reviews)))}


def _over(sums: tuple[float, float], unit: float) -> tuple[float, float]:
    return sums[0] / unit, sums[1]


# --- customers who leave ---


def _impatient(load: float, patience: float, managers: int = 1) -> Case:
    mean = 10.0
    rate = load * managers / mean
    theory = queues.impatient_hours(rate, mean, patience * mean, managers)
    textbook = queues.impatient(rate, mean, patience * mean, managers)
    which = f"{managers} manager{'s'[: managers != 1]} at load {load:g}"
    return Case(
        f"M/M/{managers}+M at load {load:g}, patience of {patience:g} efforts", IMPATIENT,
        f"{_signed_by(managers)}; sign_off_hours {mean:g}; patience_shape 1, mean {patience * mean:g} hours: memoryless, so "
        "that it may start on opening; who leaves in a manager's hands costs the whole review, as if served",
        "stationary law of the hourly chain, `queues.impatient_hours`; Erlang A, `queues.impatient`",
        plain(
            weeks=100, warmup=20, reps=10 * DESK if managers > 1 else 20, span=10.0 if managers > 1 else 20.0,
            customers_per_hour=rate, sign_off_hours=mean, patience_mean_weeks=patience * mean / WEEK, patience_shape=1.0,
        ),
        quiet(sign_off_over=-1.0, desk="shared" if managers > 1 else "own"),
        (
            Quantity(f"share leaving, {which}", theory.share_leaving, at=patience, textbook=textbook.share_leaving),
            Quantity(f"hours waited, {which}", theory.wait, at=patience, textbook=textbook.wait),
        ),
        lambda run, seed: _leaving(run, f", {which}"),
    )


def _leaving(run: Run, which: str) -> Sums:
    """Those who leave while they wait are in the log as leaving from the manager's inbox."""
    taken_up = rows(run, codes.REVIEW, codes.DONE, codes.WASTED)
    left = rows(run, codes.LEAVE)
    left = left[left["stage"] == codes.MANAGER_INBOX]
    everybody = float(len(taken_up) + len(left))
    waited = hours_between(taken_up, "queued", "start") + hours_between(left, "start", "end")
    return {f"share leaving{which}": (float(len(left)), everybody), f"hours waited{which}": (waited, everybody)}


# --- levels in series ---


def _levels_passed(levels: int, top: float, span: int) -> tuple[list[float], list[int]]:
    """Customers per hour at each level passed, and how many desks feed it."""
    return [top / span ** (levels - 1 - i) for i in range(levels)], [0] + [span] * (levels - 1)


def _chain(levels: int, mean: float = 10.0, load: float = 0.6) -> Case:
    rates, below = _levels_passed(levels, load / mean, 2)
    slack = sum(rate * mean / (4.0 * (1.0 - rate * mean)) for rate in rates[1:])
    return Case(
        f"{levels} level{'s'[: levels != 1]}, efforts of {mean:g} hours", CHAIN,
        f"every offer is signed by every level (sign_off_over −1, authority_per_level −1); span 2 and {2**levels} reps make "
        f"{levels} levels; load {load:g} at the top and half of that with every level down; sign_off_hours {mean:g}",
        "Σ m + ρᵢ(m − 1 + cᵢ/2)/(1 − ρᵢ), c₁ = 1, cᵢ = ½, `queues.chain_hours`; Jackson, `queues.chain`; allowance: cᵢ in 0 … 1",
        plain(
            weeks=int(24 * mean), warmup=int(4 * mean), reps=2**levels, span=2.0, customers_per_hour=load / mean,
            sign_off_hours=mean,
        ),
        quiet(sign_off_over=-1.0, authority_per_level=-1.0),
        (
            Quantity(
                "hours to the last signature", queues.chain_hours(rates, mean, below), at=levels,
                textbook=queues.chain(rates, mean), allowance=slack,
            ),
        ),
        lambda run, seed: {"hours to the last signature": hours_to_signature(run)},
    )


def _equal_chain(levels: int, load: float, mean: float = 20.0) -> Case:
    rate = load / mean
    name = f"equal loads of {load:g}, hours to the last signature"
    bounds = queues.equal_chain_hours(rate, mean, levels)
    return Case(
        f"{levels} level{'s'[: levels != 1]}, each with load {load:g}", CHAIN,
        f"every offer is signed by every level (sign_off_over −1, authority_per_level −1); 20 reps at span 20 are one team, and "
        f"least_levels {levels} puts single managers above its own; sign_off_hours {mean:g}",
        "between L·m + ρ(Lm − L + c/2)/(1 − ρ) with c = 1 and c = (L + 1)/2, `queues.equal_chain_hours`; Jackson, Lm/(1 − ρ), "
        "`queues.equal_chain`",
        plain(
            weeks=int(24 * mean), warmup=int(8 * mean), tail=50, least_levels=levels, customers_per_hour=rate,
            sign_off_hours=mean,
        ),
        quiet(sign_off_over=-1.0, authority_per_level=-1.0),
        (
            Quantity(
                name, bounds.low, at=levels, textbook=queues.equal_chain(rate, mean, levels),
                upper=bounds.high if levels > 1 else math.nan,
            ),
        ),
        lambda run, seed: {name: hours_to_signature(run)},
    )


def _chain_against_the_hour(mean: float) -> Case:
    """Two levels again, with efforts that are short and long against the hour; in units of the effort."""
    case = _chain(2, mean)
    (hours,) = case.quantities
    quantity = Quantity(
        "chain of two against Jackson", hours.theory / hours.textbook, at=mean, textbook=1.0,
        allowance=hours.allowance / hours.textbook,
    )
    return Case(
        case.name, TICKS, case.configuration, case.formula, case.scenario, case.regime, (quantity,),
        lambda run, seed: {quantity.name: _over(hours_to_signature(run), hours.textbook)},
    )


def hours_to_signature(run: Run) -> tuple[float, float]:
    """Hours from the first inbox to the last signature, and the offers signed."""
    reviews = _all_reviews(run)
    return hours_between(reviews, "queued", "end"), float((reviews["level"] == 1).sum())


def _all_reviews(run: Run) -> Any:
    """The log's reviews, at every level, of offers that reached the first level in the window."""
    first, log = rows(run, codes.REVIEW), run.record.log
    measured = np.zeros(int(log["case"].max(initial=-1)) + 1, bool)
    measured[first["case"][first["level"] == 1]] = True
    reviews = log[log["activity"] == codes.REVIEW]
    return reviews[measured[reviews["case"]]]


# --- several reps ---


def _pooling(load: float, dispatch: str) -> Case:
    servers, discovery = 4, 20.0
    mean = discovery + 1.0  # and an hour of drafting
    square = queues.geometric_mean_square(discovery) + 2.0 * discovery + 1.0
    rate = load * servers / mean
    apart = queues.wait_single(rate / servers, mean, square)
    pooled = queues.wait_pooled(rate, mean, servers) * square / (2.0 * mean * mean)
    quantity = (
        Quantity("hours waited, each for oneself", apart, at=load, textbook=queues.wait_exponential(rate / servers, mean))
        if dispatch == "direct"
        else Quantity("hours waited, dispatched", pooled, at=load, upper=apart)
    )
    return Case(
        f"{dispatch} dispatch at load {load:g}", POOLING,
        f"{servers} reps of one team, no signatures, discovery_hours {discovery:g} and an hour of drafting, dispatch {dispatch}",
        "λE[S²]/(2(1 − ρ)), `queues.wait_single`" if dispatch == "direct"
        else "between E[S²]/(2E[S]²) × Erlang C (Lee & Longton 1959), `queues.wait_pooled`, and `queues.wait_single`",
        plain(weeks=250, warmup=100, reps=servers, customers_per_hour=rate, discovery_hours=discovery),
        quiet(dispatch=dispatch),
        (quantity,),
        lambda run, seed: {quantity.name: _rep_wait(run)},
    )


def _rep_wait(run: Run) -> tuple[float, float]:
    taken_up = rows(run, codes.DISCOVER)
    return hours_between(taken_up, "queued", "start"), float(len(taken_up))


def _growth(reps: int) -> Case:
    span, mean, top = 10, 5.0, 0.04
    levels = queues.levels(reps, span)
    rates, below = _levels_passed(levels, top, span)
    slack = sum(rate * mean / (2.0 * span * (1.0 - rate * mean)) for rate in rates[1:])
    return Case(
        f"{reps:,} reps", GROWTH,
        f"every offer is signed by every level (authority_per_level −1); span {span}; {top:g} customers an hour in all, however "
        f"many reps there are, so the load at the top stays {top * mean:g}; sign_off_hours {mean:g}",
        "levels ⌈log_span reps⌉, `queues.levels`; hours by `queues.chain_hours`; allowance: c in (1 − 1/span) ± 1/span",
        plain(weeks=300, warmup=20, tail=2, reps=reps, span=float(span), customers_per_hour=top, sign_off_hours=mean),
        quiet(sign_off_over=-1.0, authority_per_level=-1.0, dispatch="direct"),
        (
            Quantity("levels", levels, at=reps),
            Quantity(
                "hours to the last signature", queues.chain_hours(rates, mean, below), at=reps,
                textbook=queues.chain(rates, mean), allowance=slack,
            ),
        ),
        lambda run, seed: {"hours to the last signature": hours_to_signature(run), "levels": _signatures(run)},
        effort=1.0 if reps < 5000 else 0.25,
    )


def _signatures(run: Run) -> tuple[float, float]:
    reviews = _all_reviews(run)
    return float(len(reviews)), float((reviews["level"] == 1).sum())
