"""Nothing is lost and nothing is done twice: opportunities, hours and places in a queue."""

from collections import Counter, defaultdict
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from simulation import PRESETS, Customer, Run, SellingModel, codes
from simulation.codes import DROPPED, SANCTIONED, UNFINISHED, WAITING, WASTED
from simulation.record import LOG
from tests.helpers.scenarios import BUSY, CONTESTED, drawn

REGIMES = {**PRESETS, "contested": CONTESTED}
IMPATIENT_PEERS = CONTESTED.model_copy(update={"peer_head_start_hours": 5.0, "quorum": 1})
INPUTS = {name: (BUSY, regime, 11) for name, regime in REGIMES.items()}
INPUTS |= {"peers first": (BUSY, IMPATIENT_PEERS, 12)} | {
    f"drawn {n}": drawn(n) for n in (405, 420, 426, 459, 464, 488, 495)
}
OWN = (codes.DISCOVER, codes.DOCUMENT, codes.DRAFT)
TASKS = (*OWN, codes.CONSULT, codes.REVIEW)


class Tick(NamedTuple):
    """The firm at the end of a tick, counted by looking at every agent."""

    opened: int
    won: int
    lost: int
    left: int
    open_cases: int  # customers who are agents of the model
    located: int  # open cases that are in exactly the one place their stage says
    waiting: Counter[int]  # matters per resource that waited through this tick


class Observed(NamedTuple):
    """A run of the Mesa engine that was watched at every tick."""

    run: Run
    ticks: list[Tick]


@cache
def observed(name: str) -> Observed:
    """Run the Mesa engine tick by tick, counting."""
    model, ticks = SellingModel(*INPUTS[name]), []
    events, rows_read = Counter[str](), 0
    while model.clock < model.settings.n_ticks:
        model.step()
        new = np.array(model.log_rows[rows_read:], dtype=LOG)
        rows_read += len(new)
        events.update(codes.ACTIVITIES[code] for code in new["activity"])
        events.update(codes.OUTCOMES[code] for code in new["outcome"][new["activity"] == codes.REPLY])
        ticks.append(look_around(model, events))
    return Observed(Run(model.settings, model.close_books()), ticks)


def look_around(model: SellingModel, events: Counter[str]) -> Tick:
    """Count at the end of a tick. events: activities and the outcomes of replies so far."""
    customers = [agent for agent in model.agents if isinstance(agent, Customer)]
    places = all_places(model)
    return Tick(
        opened=events["open"], won=events["won"], lost=events["lost"], left=events["leave"],
        open_cases=len(customers), located=sum(in_its_place(c, places[c.case]) for c in customers),
        waiting=all_waiting(model),
    )  # fmt: skip


def all_places(model: SellingModel) -> dict[int, list[int]]:
    """Where each case lies, by looking into every inbox and at everybody's hands."""
    places: dict[int, list[int]] = defaultdict(list)
    for rep in model.reps:
        for customer in rep.own_work:
            places[customer.case].append(codes.REP_INBOX)
        if rep.doing in OWN:
            places[rep.subject.case].append(codes.REP_HANDS)
    for manager in model.managers:
        for customer in manager.inbox:
            places[customer.case].append(codes.MANAGER_INBOX)
        if manager.subject is not None:
            places[manager.subject.case].append(codes.MANAGER_HANDS)
    return places


def in_its_place(customer: Customer, places: list[int]) -> bool:
    """Whether a case lies where its stage says, and nowhere else."""
    return places == ([] if customer.stage in (codes.PEERS, codes.CUSTOMER) else [customer.stage])


def all_waiting(model: SellingModel) -> Counter[int]:
    """Matters per resource that waited through this tick; what joins an inbox for the next instant does not."""
    waiting, now = Counter[int](), model.clock - 1
    for rep in model.reps:
        waiting[rep.number] += sum(c.since <= now for c in rep.own_work)
        waiting[rep.number] += sum(c.asked_at <= now for c in rep.requests)
    for manager in model.managers:
        waiting[manager.resource] += sum(c.since <= now for c in manager.inbox)
    return waiting


def log_of(name: str) -> pd.DataFrame:
    """The event log with its codes, in order of writing."""
    log = observed(name).run.record.log
    return pd.DataFrame({column: log[column] for column in log.dtype.names})


def worked(log: pd.DataFrame) -> pd.DataFrame:
    """The rows of tasks that came into somebody's hands."""
    return log[log.activity.isin(TASKS) & ~log.outcome.isin((DROPPED, WAITING))]


every_input = pytest.mark.parametrize("name", INPUTS)


@every_input
def test_at_every_tick_what_was_opened_has_ended_or_is_open_in_one_place(name: str) -> None:
    ticks = observed(name).ticks
    assert ticks[-1].opened > 0
    for t, tick in enumerate(ticks):
        assert tick.opened == tick.won + tick.lost + tick.left + tick.open_cases, f"tick {t}: {tick}"
        assert tick.located == tick.open_cases, f"tick {t}: {tick}"


@every_input
def test_every_case_opens_once_and_ends_once(name: str) -> None:
    log = log_of(name)
    finals = (codes.WON, codes.LOST)
    ends = log[
        log.activity.isin((codes.LEAVE, codes.STILL_OPEN)) | (log.activity == codes.REPLY) & log.outcome.isin(finals)
    ]
    opens = log[log.activity == codes.OPEN]
    assert list(opens.case) == list(range(len(opens)))
    assert sorted(ends.case) == list(range(len(opens)))
    assert (ends.sort_values("case").end.to_numpy() >= opens.end.to_numpy()).all()


@every_input
def test_instants_of_a_row_are_in_order_and_within_the_run(name: str) -> None:
    log, n_ticks = log_of(name), observed(name).run.settings.n_ticks
    assert (log.queued <= log.start).all()
    assert (log.start <= log.end).all()
    assert log.queued.min() >= 0
    assert log.end.max() <= n_ticks
    at_start = log.activity.isin((codes.REPLY, codes.LEAVE)) | (log.case < 0) & (log.activity != codes.PROSPECT)
    at_start |= (log.outcome == DROPPED) | (log.outcome == codes.ARRIVED)  # the others are written at the tick's end
    tick = (log.end - 1).where(~at_start, log.end)
    closing = log.outcome.isin((UNFINISHED, WAITING)) | (log.activity == codes.STILL_OPEN)
    assert tick.where(~closing, n_ticks).is_monotonic_increasing


@every_input
def test_nobody_works_on_two_things_at_once(name: str) -> None:
    tasks = worked(log_of(name)).sort_values(["resource", "start", "end"])
    same = tasks.resource.eq(tasks.resource.shift())
    assert same.any()
    assert (tasks.start >= tasks.end.shift().fillna(0))[same].all()


@every_input
def test_reps_work_every_hour_of_a_task_and_prospect_in_all_others(name: str) -> None:
    log, s = log_of(name), observed(name).run.settings
    tasks = worked(log)
    reps = tasks[tasks.resource < s.reps]
    assert (reps.hours == reps.end - reps.start).all()
    assert ((reps.hours > 0) | (reps.outcome == UNFINISHED)).all()
    hours = log[log.activity.isin((*TASKS, codes.PROSPECT))].groupby("resource").hours.sum()
    hours = hours.reindex(range(s.reps), fill_value=0)
    assert (hours == s.n_ticks).all() if s.prospecting_hours < np.inf else (hours <= s.n_ticks).all()


@every_input
def test_spells_of_prospecting_fill_the_gaps_between_tasks(name: str) -> None:
    log, s = log_of(name), observed(name).run.settings
    busy = np.zeros((s.reps, s.n_ticks), np.int64)
    for row in worked(log).itertuples():
        if row.resource < s.reps:
            busy[row.resource, row.start : row.end] += 1
    assert busy.max() <= 1
    for row in log[log.activity == codes.PROSPECT].itertuples():
        assert row.hours == (1 - busy[row.resource, row.start : row.end]).sum()


@every_input
def test_managers_review_in_review_hours_only(name: str) -> None:
    log, s = log_of(name), observed(name).run.settings
    reviews = worked(log)[lambda rows: rows.activity == codes.REVIEW]
    kept = np.arange(s.n_ticks) % 8 < s.review_hours_per_day
    before = np.concatenate([[0], np.cumsum(kept)])
    assert (reviews.hours == before[reviews.end] - before[reviews.start]).all()
    assert kept[reviews.start].all()
    assert kept[reviews.end[reviews.outcome != UNFINISHED] - 1].all()


@every_input
def test_nothing_is_achieved_for_a_customer_who_has_gone(name: str) -> None:
    log = log_of(name)
    gone = (log.activity == codes.LEAVE) | log.outcome.isin((codes.WON, codes.LOST))
    closed_in_row = pd.Series(log.index[gone], index=log.case[gone])
    of_cases = log[(log.case >= 0) & (log.activity != codes.PROSPECT)]
    after = of_cases[of_cases.index > of_cases.case.map(closed_in_row)]
    assert set(after.outcome) <= {DROPPED, WASTED, UNFINISHED, WAITING}
    assert set(after.activity) <= set(TASKS)
    offers = log[(log.activity == codes.DRAFT) & (log.outcome == codes.DONE)]
    closed_at = offers.case.map(pd.Series(log.end[gone].to_numpy(), index=log.case[gone]))
    assert not (offers.end > closed_at).any()


def gone_straight_on(log: pd.DataFrame) -> pd.Series:
    """Which own tasks did not pass through the inbox: the rep's last task on the case ended in that instant."""
    tasks = log[log.activity.isin(OWN) & log.outcome.isin((codes.DONE, SANCTIONED))]
    ended = set(zip(tasks.case, tasks.resource, tasks.end, strict=True))
    begun = zip(log.case, log.resource, log.start, strict=True)
    direct = pd.Series([key in ended for key in begun], index=log.index)
    return direct & log.activity.isin(OWN) & (log.queued == log.start) & ~log.outcome.isin((DROPPED, WAITING))


def through_inboxes(log: pd.DataFrame) -> pd.DataFrame:
    """One row per matter that lay in an inbox (if only for an instant), in the order of being taken out."""
    matters = log[log.activity.isin(TASKS) & ~gone_straight_on(log)]
    return matters.sort_values(["resource", "start"], kind="stable")


@every_input
def test_inboxes_are_worked_off_first_in_first_out(name: str) -> None:
    log, s = log_of(name), observed(name).run.settings
    matters = through_inboxes(log)
    taken = matters.outcome != WAITING
    kinds = [matters.activity.isin(OWN), matters.activity == codes.CONSULT, matters.activity == codes.REVIEW]
    if s.peer_head_start_hours == 0:
        kinds.append(taken & (matters.resource < s.reps))  # one queue for own work and for requests
    for kind in kinds:
        for _, inbox in matters[kind].groupby("resource"):
            assert inbox.queued.is_monotonic_increasing


def test_a_head_start_lets_younger_requests_pass() -> None:
    matters = through_inboxes(log_of("peers first"))
    reps = matters[matters.activity != codes.REVIEW]
    assert not all(inbox.queued.is_monotonic_increasing for _, inbox in reps.groupby("resource"))


@every_input
def test_the_queue_over_time_equals_the_waits_of_those_in_it(name: str) -> None:
    """L = lambda W on the path: matters waiting, summed over ticks, are ticks waited, summed over matters."""
    seen = Counter[int]()
    for tick in observed(name).ticks:
        seen.update(tick.waiting)
    matters = through_inboxes(log_of(name))
    waits = (matters.start - matters.queued).groupby(matters.resource).sum()
    assert sum(seen.values()) > 0
    assert {r: n for r, n in seen.items() if n} == {int(r): int(n) for r, n in waits.items() if n}


@every_input
def test_the_hours_of_a_case_add_up_to_its_life(name: str) -> None:
    run = observed(name).run
    cases = run.cases
    end = cases.closed.where(cases.closed >= 0, run.settings.n_ticks)
    parts = cases[["touched", "waited_rep", "waited_peers", "waited_managers", "waited_customer"]]
    assert (parts >= 0).all().all()
    assert (parts.sum(axis=1) == end - cases.opened).all()


@every_input
def test_the_weekly_record_counts_what_the_log_holds(name: str) -> None:
    run, ticks = observed(name).run, observed(name).ticks
    for week in run.weekly.itertuples():
        tick = ticks[int(week.hour) - 1]
        assert week.open_cases == tick.opened - tick.won - tick.lost - tick.left
    matters = through_inboxes(log_of(name))
    of_reps = matters.resource < run.settings.reps
    for week in run.weekly.itertuples():
        there = matters.start >= week.hour
        before, by_then = there & (matters.queued < week.hour), there & (matters.queued <= week.hour)
        # Of those who join at this very instant, some join only in the tick that begins now.
        assert (before & of_reps).sum() <= week.rep_inboxes <= (by_then & of_reps).sum()
        assert (before & ~of_reps).sum() <= week.manager_inboxes <= (by_then & ~of_reps).sum()


def test_the_inputs_are_not_idle() -> None:
    outcomes = Counter[tuple[int, int]]()
    for name in INPUTS:
        log = log_of(name)
        outcomes.update(zip(log.activity, log.outcome, strict=True))
    for task in TASKS:
        for outcome in (codes.DONE, DROPPED, WASTED, UNFINISHED, WAITING):
            possible = (task, outcome) not in {(codes.DOCUMENT, DROPPED), (codes.DOCUMENT, WAITING)}
            assert (outcomes[task, outcome] > 0) == possible, (
                codes.ACTIVITIES[task],
                codes.OUTCOMES[outcome],
            )
