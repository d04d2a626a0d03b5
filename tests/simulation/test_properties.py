"""What must hold in every run whatever its inputs, replayed from the event logs of many random scenarios."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulation import Run, calendar, codes, simulate
from simulation.codes import DROPPED, UNFINISHED, WAITING
from simulation.record import MOST_COUNTED
from simulation.settings import BEYOND_ALL_HOURS
from tests.helpers.scenarios import drawn
from tests.simulation.test_conservation import through_inboxes, worked

NUMBERS = range(5560, 5680)
FINAL = (codes.WON, codes.LOST)


@cache
def run_of(number: int) -> tuple[Run, pd.DataFrame]:
    """A random scenario's run and its event log with codes, in order of writing."""
    run = simulate(*drawn(number))
    log = run.record.log
    return run, pd.DataFrame({name: log[name] for name in log.dtype.names})


every_scenario = pytest.mark.parametrize("number", NUMBERS)


def busy_hours(run: Run, log: pd.DataFrame) -> Any:
    """int64[resources, ticks]: tasks in hand, without prospecting."""
    busy = np.zeros((int(log.resource.to_numpy().max(initial=-1)) + 1, run.settings.n_ticks), np.int64)
    for row in worked(log).itertuples():
        busy[row.resource, row.start : row.end] += 1
    return busy


@every_scenario
def test_opportunities_are_conserved_at_every_tick(number: int) -> None:
    run, log = run_of(number)
    ended = (log.activity == codes.LEAVE) | (log.activity == codes.REPLY) & log.outcome.isin(FINAL)
    opened = log[log.activity == codes.OPEN]
    n_ticks = run.settings.n_ticks
    change = np.bincount(opened.end, minlength=n_ticks + 1) - np.bincount(log.end[ended], minlength=n_ticks + 1)
    still_open = np.cumsum(change)
    assert (still_open >= 0).all()
    assert not log.case[ended].duplicated().any()
    assert still_open[-1] == (log.activity == codes.STILL_OPEN).sum()
    # Created opportunities open at instant t + 1, in tick t; all else happens at the start of a tick.
    early = np.bincount(opened.end[opened.outcome == codes.CREATED], minlength=n_ticks + 1)
    weeks = run.weekly.hour.to_numpy(int)
    assert list(still_open[weeks - 1] + early[weeks]) == list(run.weekly.open_cases)


@every_scenario
def test_nobody_works_two_tasks_or_more_than_an_hour_in_a_tick(number: int) -> None:
    run, log = run_of(number)
    s, busy = run.settings, busy_hours(run, log)
    assert busy.max(initial=0) <= 1
    of_reps = worked(log)[lambda rows: rows.resource < s.reps]
    assert (of_reps.hours == of_reps.end - of_reps.start).all()
    prospecting = log[log.activity == codes.PROSPECT]
    spent = busy[: s.reps].sum(axis=1) + np.bincount(prospecting.resource, prospecting.hours, minlength=s.reps)[: len(busy)]
    assert (spent <= s.n_ticks).all()
    if s.prospecting_hours < BEYOND_ALL_HOURS:
        assert (spent == s.n_ticks).all()
    for row in prospecting.itertuples():
        assert row.hours == (1 - busy[row.resource, row.start : row.end]).sum()
    review_hours = np.arange(s.n_ticks) % calendar.HOURS_PER_DAY < s.review_hours_per_day
    for row in worked(log)[lambda rows: rows.activity == codes.REVIEW].itertuples():
        assert row.hours == review_hours[row.start : row.end].sum()


@every_scenario
def test_nobody_rests_while_a_matter_waits(number: int) -> None:
    run, log = run_of(number)
    s, busy = run.settings, busy_hours(run, log)
    kept = np.arange(s.n_ticks) % calendar.HOURS_PER_DAY < s.review_hours_per_day
    for row in through_inboxes(log).itertuples():
        waited = busy[row.resource, row.queued : row.start] if row.resource < len(busy) else np.zeros(row.start - row.queued)
        assert (waited == 1)[kept[row.queued : row.start] | (row.resource < s.reps)].all(), row


@every_scenario
def test_inboxes_go_by_age_and_by_the_head_start_of_requests(number: int) -> None:
    """Of the oldest own case and the oldest request that lie there, the own one goes first if it is older than the
    request with its head start."""
    run, log = run_of(number)
    head_start = run.settings.peer_head_start_hours
    for _, inbox in through_inboxes(log).groupby("resource"):
        queues = [list(rows.queued) for _, rows in inbox.groupby(inbox.activity == codes.CONSULT)]
        assert all(queue == sorted(queue) for queue in queues)
        requests = (inbox.activity == codes.CONSULT).tolist()
        queued, taken = inbox.queued.tolist(), inbox.start.tolist()
        for i in range(len(requests) - 1):
            other = next((j for j in range(i + 1, len(requests)) if requests[j] != requests[i]), None)
            if other is None or inbox.outcome.iloc[i] == WAITING or queued[other] > taken[i]:
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
    without a word why: all are there."""
    looked_for = ("mixed", "favoured", "passed over", "dropped", "at managers", "appeals", "second offers", "silent customers")
    seen: dict[str, int] = dict.fromkeys(looked_for, 0)
    for number in NUMBERS:
        run, log = run_of(number)
        matters = through_inboxes(log)
        waits = matters[matters.start > matters.queued]
        mixed = waits[waits.resource < run.settings.reps].groupby("resource").activity.nunique().gt(1).any()
        seen["mixed"] += mixed
        seen["favoured"] += mixed and run.settings.peer_head_start_hours > 0
        seen["passed over"] += mixed and run.settings.peer_head_start_hours < 0
        seen["dropped"] += (log.outcome == DROPPED).any()
        seen["at managers"] += (waits.activity == codes.REVIEW).any()
        seen["appeals"] += run.settings.appealed and (log.level[log.activity == codes.REVIEW] > 1).any()
        seen["silent customers"] += run.settings.candour < 1.0 and (log.outcome == codes.STAYS).any()
        seen["second offers"] += (log.outcome == codes.STAYS).any()
    assert all(n >= 3 for n in seen.values()), seen
