"""What must hold in every run whatever its inputs, replayed from the event logs of many random scenarios."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulation import Run, codes, simulate
from simulation.codes import DROPPED, FORGOTTEN, UNFINISHED, WAITING
from simulation.record import MOST_COUNTED
from simulation.rules import timing
from simulation.settings import BEYOND_ALL_HOURS
from tests.helpers.scenarios import APPEALED, BUSY, CONTESTED, changed, drawn
from tests.simulation.test_conservation import (
    OWN,
    desk_of,
    gone_straight_on,
    minutes_within,
    through_inboxes,
    worked,
    working_minutes,
)

DRAWN = range(5560, 5640)
DEEP = changed(least_levels=4, review_hours_per_day=6)
SHARED = APPEALED.model_copy(update={"desk": "shared"})
PEERS_FIRST, PEERS_LAST = (CONTESTED.model_copy(update={"peer_head_start_hours": hours}) for hours in (6.0, -6.0))
RARE = {  # among those drawn
    -1: (DEEP, APPEALED, 1), -2: (DEEP, SHARED, 2), -3: (DEEP, APPEALED, 3),
    -4: (BUSY, PEERS_FIRST, 4), -5: (BUSY, PEERS_LAST, 5),
    -6: (changed(forgotten_per_week=5.0), PEERS_FIRST, 6),
}
NUMBERS = (*DRAWN, *RARE)
FINAL = (codes.WON, codes.LOST)


@cache
def run_of(number: int) -> tuple[Run, pd.DataFrame]:
    """A random scenario's run and its event log with codes, in order of writing."""
    run = simulate(*RARE.get(number) or drawn(number))
    log = run.record.log
    return run, pd.DataFrame({name: log[name] for name in log.dtype.names})


every_scenario = pytest.mark.parametrize("number", NUMBERS)


def free_minutes(rows: pd.DataFrame, kept: Any) -> Any:
    """Minutes that one person keeps for work and has nothing in hand, by the rows of that person's tasks: bool[minutes].

    Two tasks in hand at once fail here.
    """
    free = kept.copy()
    for row in rows.itertuples():
        assert (free[row.start : row.end] == kept[row.start : row.end]).all(), row
        free[row.start : row.end] = False
    return free


def kept_by(run: Run, resource: int) -> Any:
    """The minutes that a person keeps for work."""
    s = run.settings
    return working_minutes(s.selling_minutes_per_day if resource < s.reps else s.review_minutes_per_day, s.n_ticks)


@every_scenario
def test_opportunities_are_conserved_at_every_minute(number: int) -> None:
    run, log = run_of(number)
    ended = (log.activity == codes.LEAVE) | (log.activity == codes.REPLY) & log.outcome.isin(FINAL)
    opened = log[log.activity == codes.OPEN]
    minutes = 60 * run.settings.n_ticks + 1
    change = np.bincount(opened.end, minlength=minutes) - np.bincount(log.end[ended], minlength=minutes)
    still_open = np.cumsum(change)
    assert (still_open >= 0).all()
    assert not log.case[ended].duplicated().any()
    assert still_open[-1] == (log.activity == codes.STILL_OPEN).sum()
    # Those found by prospecting may open in the very last minute of a week; all else happens at the start of an hour.
    early = np.bincount(opened.end[opened.outcome == codes.CREATED], minlength=minutes)
    weeks = 60 * run.weekly.hour.to_numpy(int)
    assert list(still_open[weeks - 1] + early[weeks]) == list(run.weekly.open_cases)


@every_scenario
def test_everybody_works_in_the_own_hours_on_one_thing_at_a_time_and_no_minute_is_lost(number: int) -> None:
    """So within one hour nobody works for more than 60 minutes; idle minutes of reps go into prospecting, all of them."""
    run, log = run_of(number)
    s = run.settings
    people = log[log.resource >= 0]
    for resource, rows in people.groupby("resource"):
        kept, tasks = kept_by(run, resource), worked(rows)
        assert (tasks.minutes == minutes_within(tasks, kept)).all()
        free = free_minutes(tasks, kept)
        spells = rows[rows.activity == codes.PROSPECT]
        assert (spells.minutes == minutes_within(spells, free)).all()
        if resource < s.reps and s.prospecting_hours < BEYOND_ALL_HOURS:
            assert spells.minutes.sum() == free.sum()
        within_the_hour = (tasks.end - 1) // 60 == tasks.start // 60
        assert tasks[within_the_hour].groupby(tasks.start // 60).minutes.sum().max() <= 60 or not within_the_hour.any()


@every_scenario
def test_nobody_rests_while_a_matter_waits(number: int) -> None:
    """From the first hour after a matter came until it is taken up, whoever works off that inbox is at work."""
    run, log = run_of(number)
    matters, tasks = through_inboxes(log), worked(log)
    readers: dict[int, list[int]] = {}
    for resource in log.resource[log.resource >= 0].unique():
        readers.setdefault(desk_of(resource, run), []).append(resource)
    for desk, waiting in matters.groupby(matters.resource.map(lambda resource: desk_of(resource, run))):
        first = np.minimum([60 * timing.hour_from(at) for at in waiting.queued], waiting.start)
        for resource in readers[desk]:
            free = free_minutes(tasks[tasks.resource == resource], kept_by(run, resource))
            idle = minutes_within(waiting.assign(start=first, end=waiting.start), free)
            assert (idle == 0).all(), waiting[idle > 0]


@every_scenario
def test_what_joined_an_inbox_within_an_hour_is_not_taken_up_before_the_next(number: int) -> None:
    _, log = run_of(number)
    matters = through_inboxes(log)
    taken = matters[matters.outcome != WAITING]
    assert (taken.start >= 60 * -(-taken.queued // 60)).all()
    in_hand = log[gone_straight_on(log)]  # nobody else comes between
    assert (in_hand.start == in_hand.queued).all()
    assert in_hand.activity.isin(OWN).all()


@every_scenario
def test_inboxes_go_by_age_and_by_the_head_start_of_requests(number: int) -> None:
    """Of the oldest own case and the oldest request that lie there, the own one goes first if it is older than the
    request with its head start."""
    run, log = run_of(number)
    head_start = run.settings.head_start_minutes
    matters = through_inboxes(log)
    for _, inbox in matters[matters.activity != codes.REVIEW].groupby("resource"):
        requests = (inbox.activity == codes.CONSULT).tolist()
        queued, taken = inbox.queued.tolist(), inbox.start.tolist()
        for kind in (False, True):
            joined = [timing.hour_from(at) for at, asked in zip(queued, requests, strict=True) if asked == kind]
            assert joined == sorted(joined)
        for i in range(len(requests) - 1):
            other = next((j for j in range(i + 1, len(requests)) if requests[j] != requests[i]), None)
            if other is None or inbox.outcome.iloc[i] == WAITING or timing.hour_from(queued[other]) > taken[i] // 60:
                continue
            own, asked = (queued[other], queued[i]) if requests[i] else (queued[i], queued[other])
            assert (own < asked - head_start) == (not requests[i]), inbox.iloc[[i, other]]


@every_scenario
def test_nothing_but_waste_follows_the_end_of_a_case(number: int) -> None:
    _, log = run_of(number)
    ended = (log.activity == codes.LEAVE) | (log.activity == codes.REPLY) & log.outcome.isin(FINAL)
    row_of_end = pd.Series(log.index[ended], index=log.case[ended])
    later = log[(log.case >= 0) & (log.index > log.case.map(row_of_end)) & (log.activity != codes.PROSPECT)]
    assert set(later.outcome) <= {DROPPED, codes.WASTED, UNFINISHED, WAITING}
    offers = log[(log.activity == codes.DRAFT) & (log.outcome == codes.DONE)]
    assert not (offers.end > offers.case.map(pd.Series(log.end[ended].to_numpy(), index=log.case[ended]))).any()


@every_scenario
def test_the_five_times_of_a_case_add_up_to_its_life(number: int) -> None:
    run, _ = run_of(number)
    cases = run.cases
    parts = cases[["touched", "waited_rep", "waited_peers", "waited_managers", "waited_customer"]]
    assert (parts >= 0).all(axis=None)
    assert (parts.sum(axis=1) == cases.closed.where(cases.closed >= 0, 60 * run.settings.n_ticks) - cases.opened).all()


@every_scenario
def test_offers_and_answers_alternate(number: int) -> None:
    """Offer 1, answer 1, offer 2 ...: a customer has one offer at a time, and each answer but the last asks for another."""
    run, log = run_of(number)
    sent = log[(log.activity == codes.DRAFT) & (log.outcome == codes.DONE)]
    answers = log[log.activity == codes.REPLY]
    assert ((answers.groupby("case").cumcount() + 1).clip(upper=MOST_COUNTED) == answers.answers).all()
    assert (answers[answers.groupby("case").cumcount(ascending=False) > 0].outcome == codes.STAYS).all()
    offers = sent.assign(number=sent.groupby("case").cumcount())
    both = answers.assign(number=answers.groupby("case").cumcount()).merge(
        offers, on=["case", "number"], how="left", suffixes=("", "_offer")
    )
    assert (both.start == both.end_offer).all()
    assert (both.end > both.start).all()
    if run.settings.candour == 1.0:
        assert (sent.groupby("case").size() <= run.settings.issues + 1).all()


def test_the_random_scenarios_put_the_properties_to_the_test() -> None:
    """Queues of both kinds, head starts either way, departed customers, waits at managers, appeals, second offers, with and
    without a word why, and all that came with the second version: all are there."""
    looked_for = (
        "mixed", "favoured", "passed over", "dropped", "forgotten", "at managers", "appeals", "second offers", "silent customers",
        "readings lost", "answers taken in", "shared desks", "minutes", "short days",
    )
    seen: dict[str, int] = dict.fromkeys(looked_for, 0)
    for number in NUMBERS:
        run, log = run_of(number)
        matters = through_inboxes(log)
        waits = matters[matters.start > matters.queued]
        mixed = waits[waits.resource < run.settings.reps].groupby("resource").activity.nunique().gt(1).any()
        seen["mixed"] += mixed
        seen["favoured"] += mixed and run.settings.head_start_minutes > 0
        seen["passed over"] += mixed and run.settings.head_start_minutes < 0
        seen["dropped"] += (log.outcome == DROPPED).any()
        seen["at managers"] += (waits.activity == codes.REVIEW).any()
        seen["appeals"] += run.settings.appealed and (log.level[log.activity == codes.REVIEW] > 1).any()
        seen["readings lost"] += (log[log.activity == codes.DISCOVER].groupby("case").size() > 1).any()
        seen["forgotten"] += (log.outcome == FORGOTTEN).any()
        seen["answers taken in"] += (log.activity == codes.TAKE_IN).any()
        seen["shared desks"] += run.settings.shared_desk and (waits.activity == codes.REVIEW).any()
        seen["minutes"] += (log.start % 60 > 0).any()
        seen["short days"] += run.settings.selling_minutes_per_day < 480 and len(waits) > 0
        seen["silent customers"] += run.settings.candour < 1.0 and (log.outcome == codes.STAYS).any()
        seen["second offers"] += (log.outcome == codes.STAYS).any()
    rare = {name: int(n) for name, n in seen.items() if n < 3}
    assert not rare, rare
