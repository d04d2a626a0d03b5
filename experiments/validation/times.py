"""Cases of time: buy-in, patience, what is forgotten, competing events, drift."""

import math
from typing import Any, Final

import numpy as np

from experiments.validation.case import Case, Quantity, Sums, share_of
from experiments.validation.plain import (
    WEEK,
    clustered,
    hours,
    hours_between,
    opened_in_time,
    plain,
    quiet,
    rows,
    share,
)
from experiments.validation.queues import hours_to_signature
from simulation import calendar, codes
from simulation.run import Run
from simulation.theory import queues, times

BUY_IN: Final = "Buy-in time"
LEAVING: Final = "Leaving"
FORGETTING: Final = "Forgetting"
INCIDENCE: Final = "Cumulative incidence"
DRIFT: Final = "Drift"


def cases() -> list[Case]:
    """All cases of time."""
    return [
        *(_parallel(people, people) for people in (1, 2, 4, 8, 16)),
        *(_parallel(8, needed) for needed in (1, 2, 4, 6)),
        *(_series(levels) for levels in (1, 2, 3, 4)),
        *(_leaving(shape, expiry) for shape, expiry in ((0.5, math.inf), (1.0, math.inf), (2.0, math.inf), (0.8, 240.0))),
        *(_forgotten(rate) for rate in (0.5, 5.0)),
        *(_incidence(work, patience) for work, patience in ((20.0, 30.0), (20.0, 10.0))),
        *(_drift(flips) for flips in (0.5, 2.0)),
    ]


# --- buy-in ---


def _parallel(people: int, needed: int) -> Case:
    mean = 8.0
    name = "all of n at once" if needed == people else f"first k of {people}"
    team = people + 1
    return Case(
        f"first {needed} of {people} at once", BUY_IN,
        f"clusters are teams of {team}, peers_asked {people}, quorum {needed}, confidence 1, ambiguity 1 (no answer settles "
        f"anything early); consult_hours {mean:g}; cases of which every peer was free when asked",
        "Σ_h P(fewer than k of n done after h), `times.buy_in_hours`; m(Hₙ − Hₙ₋ₖ), `times.buy_in_parallel`",
        plain(
            weeks=100, reps=4 * team, span=float(team), customers_per_hour=0.05, variety=1.0, ambiguity=1.0,
            consult_hours=mean,
        ),
        clustered(peers_asked=people, quorum=needed, cluster_size=team),
        (
            Quantity(
                f"hours, {name}", times.buy_in_hours(people, needed, mean), at=people if needed == people else needed,
                textbook=times.buy_in_parallel(people, needed, mean),
            ),
        ),
        lambda run, seed: {f"hours, {name}": _unqueued_conference(run)},
    )


def _unqueued_conference(run: Run) -> tuple[float, float]:
    """Hours from asking to acting where every peer took the request up at once, which says nothing of how long they worked."""
    waited = np.zeros(int(run.record.log["case"].max(initial=-1)) + 1, bool)
    requests = rows(run, codes.CONSULT)
    waited[requests["case"][requests["start"] > requests["queued"]]] = True
    conferences = rows(run, codes.CONFER)
    conferences = conferences[~waited[conferences["case"]]]
    return hours_between(conferences, "queued", "end"), float(len(conferences))


def _series(levels: int) -> Case:
    """Empty inboxes need few customers; what little they wait for one another is in the theory."""
    mean, top = 8.0, 0.002
    rates = [top / 2 ** (levels - 1 - i) for i in range(levels)]
    theory = queues.chain_hours(rates, mean, [0] + [2] * (levels - 1))
    return Case(
        f"{levels} in series", BUY_IN,
        f"every offer is signed by every level (sign_off_over −1, authority_per_level −1), span 2 and {2**levels} reps; "
        f"sign_off_hours {mean:g}; {top:g} customers an hour, so inboxes are empty but for {theory / (levels * mean) - 1:.1%}",
        "n·m, `times.buy_in_series`, and what `queues.chain_hours` adds",
        plain(weeks=1500, reps=2**levels, span=2.0, customers_per_hour=top, sign_off_hours=mean),
        quiet(sign_off_over=-1.0, authority_per_level=-1.0),
        (
            Quantity(
                "hours, n in series", theory, at=levels, textbook=times.buy_in_series(levels, mean),
                allowance=0.0 if levels == 1 else levels * top * mean / 2.0,
            ),
        ),
        lambda run, seed: {"hours, n in series": hours_to_signature(run)},
    )


# --- leaving and acting ---


def _leaving(shape: float, expiry: float) -> Case:
    mean, ages = 160.0, (1, 4, 10, 20, 40, 80, 120, 160, 200, 239, 240, 300)
    which = f"shape {shape:g}" + ("" if math.isinf(expiry) else f", expiry {expiry:g} h")

    def read(run: Run, seed: int) -> Sums:
        age = hours(run, codes.LEAVE, "end", math.inf) - hours(run, codes.OPEN, "end")
        new = opened_in_time(run)
        return {f"still there, {which}, age {x}": (float(np.sum(new & (age > x))), float(new.sum())) for x in ages}

    return Case(
        which, LEAVING,
        "no offer before the horizon (discovery and drafting of 200 hours each, fixed; horizon 9 weeks); "
        f"patience mean {mean:g} hours, {which}",
        "exp(−(x/scale)^shape), 0 from the expiry on, `times.still_there`",
        plain(
            weeks=1, tail=8, reps=50, customers_per_hour=10.0, discovery_hours=200.0, drafting_hours=200.0, efforts="fixed",
            patience_mean_weeks=mean / WEEK, patience_shape=shape, expiry_weeks=expiry / WEEK,
        ),
        quiet(),
        tuple(
            share_of(
                f"still there, {which}, age {x}", times.still_there(x, mean, shape, expiry), at=x,
                series=f"still there, {which}",
            )
            for x in ages
        ),
        read,
    )


def _forgotten(rate: float) -> Case:
    """Who comes after the selling hours waits for a known time, if the rep is free then; who waits longer is as good a case."""
    waits = (1, 2, 3, 4, 6, 8)
    series = f"forgotten, {rate:g} a week"

    def read(run: Run, seed: int) -> Sums:
        came_up = rows(run, codes.DISCOVER, codes.DONE, codes.FORGOTTEN)
        waited = (came_up["start"] - came_up["queued"]) / calendar.MINUTES_PER_HOUR
        gone = came_up["outcome"] == codes.FORGOTTEN
        return {f"{series}, after {w} h": share(gone, waited == w) for w in waits}

    return Case(
        f"{rate:g} forgotten a week", FORGETTING,
        f"forgotten_per_week {rate:g}; 20 reps who sell in 4 hours a day, discovery_hours 1, dispatch direct; new customers by "
        "how long they waited in the inbox",
        "1 − e^(−rw), `times.forgotten`",
        plain(
            weeks=30, customers_per_hour=3.0, selling_hours_per_day=4, forgotten_per_week=rate,
        ),
        quiet(dispatch="direct"),
        tuple(share_of(f"{series}, after {w} h", times.forgotten(rate / WEEK, w), at=w, series=series) for w in waits),
        read,
    )


def _incidence(work: float, patience: float) -> Case:
    ages = (2, 5, 10, 20, 40, 80)
    which = f"work {work:g} h, patience {patience:g} h"

    def quantities(age: int) -> tuple[Quantity, Quantity]:
        exact, textbook = times.incidence_hours(work, patience, age), times.incidence(1.0 / work, 1.0 / patience, age)
        return (
            share_of(f"acted, {which}, age {age}", exact.acted, age, textbook.acted, f"acted, {which}"),
            share_of(f"left, {which}, age {age}", exact.left, age, textbook.left, f"left, {which}"),
        )

    def read(run: Run, seed: int) -> Sums:
        acted, left, among = _first_events(run)
        n = float(among.sum())
        by_age = {f"acted, {which}, age {x}": (float(np.sum(among & (acted <= x))), n) for x in ages}
        return by_age | {f"left, {which}, age {x}": (float(np.sum(among & (left <= x))), n) for x in ages}

    return Case(
        which, INCIDENCE,
        f"discovery_hours {work:g}, one hour of drafting, patience_shape 1 with mean {patience:g} hours; customers whose rep was "
        "free",
        "(1 − r)s(1 − (rs)ˣ⁻¹)/(1 − rs), `times.incidence_hours`; λ₁/(λ₁ + λ₂)·(1 − e^(−(λ₁+λ₂)x)), `times.incidence`",
        plain(
            weeks=50, tail=20, reps=50, customers_per_hour=0.5, discovery_hours=work, patience_mean_weeks=patience / WEEK,
            patience_shape=1.0,
        ),
        quiet(dispatch="direct"),
        tuple(quantity for age in ages for quantity in quantities(age)),
        read,
    )


def _first_events(run: Run) -> tuple[Any, Any, Any]:
    """Age at the offer or infinite, age at leaving without one or infinite, and who found the rep free."""
    opened = hours(run, codes.OPEN, "end")
    log = run.record.log
    sent = log[(log["activity"] == codes.DRAFT) & (log["outcome"] == codes.DONE)]
    acted = np.full(len(opened), math.inf)
    acted[sent["case"]] = sent["end"] / calendar.MINUTES_PER_HOUR
    left = np.where(np.isfinite(acted), math.inf, hours(run, codes.LEAVE, "end", math.inf))
    at_once = (hours(run, codes.DISCOVER, "start") == opened) & opened_in_time(run)
    return acted - opened, left - opened, at_once


# --- drift ---


def _drift(flips: float) -> Case:
    weeks, issues = (4, 13, 26, 52, 104), 20
    name = f"playbook right, {flips:g} flips a year"

    def read(run: Run, seed: int) -> Sums:
        accuracy = run.record.weekly["playbook_accuracy"]
        return {f"{name}, week {w}": (accuracy[w - 1] * issues, issues) for w in weeks}

    return Case(
        f"{flips:g} flips a year", DRIFT,
        f"turbulence_per_year {flips:g}, {issues} issues, review_weeks never, no customers",
        "½(1 + e^(−2τt)), `times.still_right`",
        plain(weeks=104, tail=0, reps=1, customers_per_hour=0.0, turbulence_per_year=flips, issues=issues),
        quiet(),
        tuple(
            share_of(f"{name}, week {w}", times.still_right(flips, w / 52.0), at=w, series=name) for w in weeks
        ),
        read,
    )
