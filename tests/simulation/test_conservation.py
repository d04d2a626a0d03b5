"""Nothing is lost and nothing is done twice: opportunities, minutes and places in a queue."""

from collections import Counter, defaultdict
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from simulation import PRESETS, Customer, Run, SellingModel, codes, structure
from simulation.codes import DROPPED, FORGOTTEN, SANCTIONED, UNFINISHED, WAITING, WASTED
from simulation.record import LOG
from simulation.rules import timing
from tests.helpers.scenarios import BUSY, CONTESTED, PLAIN, changed, drawn

REGIMES = {**PRESETS, "contested": CONTESTED}
IMPATIENT_PEERS = CONTESTED.model_copy(update={"peer_head_start_hours": 5.0, "quorum": 1})
MUCH_TO_TAKE_IN = changed(conferring_hours=4.0, forgotten_per_week=4.0, selling_hours_per_day=5)
INPUTS = {name: (BUSY, regime, 11) for name, regime in REGIMES.items()}
INPUTS |= {f"{name}, in whole hours": (PLAIN, REGIMES[name], 11) for name in ("strict", "cluster", "contested")}
INPUTS |= {"peers first": (BUSY, IMPATIENT_PEERS, 12), "much to take in": (MUCH_TO_TAKE_IN, CONTESTED, 13)} | {
    f"drawn {n}": drawn(n) for n in (405, 417, 427, 440, 478, 481, 485)
}
OWN = (codes.DISCOVER, codes.DOCUMENT, codes.DRAFT, codes.TAKE_IN)
TASKS = (*OWN, codes.CONSULT, codes.REVIEW)
UNTOUCHED = (DROPPED, FORGOTTEN, WAITING)  # what came into nobody's hands
Matter = tuple[int, int, int]  # in whose inbox, of which case, since when


class Tick(NamedTuple):
    """The firm at the end of a tick, counted by looking at every agent."""

    opened: int
    won: int
    lost: int
    left: int
    open_cases: int  # customers who are agents of the model
    located: int  # open cases that are in exactly the one place their stage says
    waiting: Counter[Matter]  # what lies in inboxes and has come before the end of the tick


class Observed(NamedTuple):
    """A run of the Mesa engine that was watched at every tick."""

    run: Run
    ticks: list[Tick]


@cache
def observed(name: str) -> Observed:
    """Run the Mesa engine tick by tick, counting."""
    model, ticks = SellingModel(*INPUTS[name]), []
    events, forgotten, rows_read = Counter[str](), set[int](), 0
    while model.clock < model.settings.n_ticks:
        model.step()
        new = np.array(model.log_rows[rows_read:], dtype=LOG)
        rows_read += len(new)
        events.update(codes.ACTIVITIES[code] for code in new["activity"])
        events.update(codes.OUTCOMES[code] for code in new["outcome"][new["activity"] == codes.REPLY])
        forgotten |= set(new["case"][(new["outcome"] == FORGOTTEN) & (new["activity"] != codes.CONSULT)])
        ticks.append(look_around(model, events, forgotten))
    return Observed(Run(model.settings, model.close_books()), ticks)


def look_around(model: SellingModel, events: Counter[str], forgotten: set[int]) -> Tick:
    """Count at the end of a tick. events: activities and the outcomes of replies so far; forgotten: cases nobody works on."""
    customers = [agent for agent in model.agents if isinstance(agent, Customer)]
    places = all_places(model)
    return Tick(
        opened=events["open"], won=events["won"], lost=events["lost"], left=events["leave"],
        open_cases=len(customers), located=sum(in_its_place(c, places[c.number], c.number in forgotten) for c in customers),
        waiting=all_waiting(model),
    )


def all_places(model: SellingModel) -> dict[int, list[int]]:
    """Where each case lies, by looking into every inbox and at everybody's hands."""
    places: dict[int, list[int]] = defaultdict(list)
    for rep in model.reps:
        for case in rep.own_work:
            places[case.number].append(codes.REP_INBOX)
        if rep.doing in OWN:
            places[rep.subject.number].append(codes.REP_HANDS)
    for manager in model.managers:
        for case in manager.inbox if manager.desk == manager.number else ():
            places[case.number].append(codes.MANAGER_INBOX)
        if manager.subject is not None:
            places[manager.subject.number].append(codes.MANAGER_HANDS)
    return places


def in_its_place(case: Customer, places: list[int], forgotten: bool) -> bool:
    """Whether a case lies where its stage says, and nowhere else. What was forgotten is still said to be where it lay."""
    nowhere = forgotten or case.stage in (codes.PEERS, codes.CUSTOMER)
    return places == ([] if nowhere else [case.stage])


def all_waiting(model: SellingModel) -> Counter[Matter]:
    """What lies in inboxes, but for what has joined at this very instant."""
    waiting, now = Counter[Matter](), timing.instant(model.clock)
    for rep in model.reps:
        waiting.update((rep.number, case.number, case.since) for case in rep.own_work if case.since < now)
        waiting.update((rep.number, case.number, asked_at) for case, asked_at in rep.requests if asked_at < now)
    for manager in model.managers:
        if manager.desk == manager.number:
            waiting.update((manager.resource, case.number, case.since) for case in manager.inbox if case.since < now)
    return waiting


def log_of(name: str) -> pd.DataFrame:
    """The event log with its codes, in order of writing."""
    log = observed(name).run.record.log
    return pd.DataFrame({column: log[column] for column in log.dtype.names})


def worked(log: pd.DataFrame) -> pd.DataFrame:
    """The rows of tasks that came into somebody's hands."""
    return log[log.activity.isin(TASKS) & ~log.outcome.isin(UNTOUCHED)]


def working_minutes(per_day: int, n_ticks: int) -> Any:
    """Whether each minute of a run is one that is kept for work, counted without the model's rules: bool[minutes]."""
    return np.arange(60 * n_ticks) % (8 * 60) < per_day


def minutes_within(rows: pd.DataFrame, minutes: Any) -> Any:
    """How many of the marked minutes lie between start and end of each row."""
    before = np.concatenate([[0], np.cumsum(minutes)])
    return before[rows.end] - before[rows.start]


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
    assert log.end.max() <= 60 * n_ticks
    at_start = log.activity.isin((codes.REPLY, codes.LEAVE)) | (log.case < 0) & (log.activity != codes.PROSPECT)
    at_start |= log.outcome.isin((DROPPED, FORGOTTEN, codes.ARRIVED))  # all others end a task, with the tick at the latest
    tick = ((log.end - 1) // 60).where(~at_start, log.end // 60)
    closing = log.outcome.isin((UNFINISHED, WAITING)) | (log.activity == codes.STILL_OPEN)
    assert tick.where(~closing, n_ticks).is_monotonic_increasing


@every_input
def test_nobody_works_on_two_things_at_once(name: str) -> None:
    tasks = worked(log_of(name)).sort_values(["resource", "start", "end"])
    same = tasks.resource.eq(tasks.resource.shift())
    assert same.any()
    assert (tasks.start >= tasks.end.shift().fillna(0))[same].all()


@every_input
def test_reps_work_every_minute_of_a_task_and_prospect_in_all_others(name: str) -> None:
    log, s = log_of(name), observed(name).run.settings
    selling = working_minutes(s.selling_minutes_per_day, s.n_ticks)
    reps = worked(log)[lambda rows: rows.resource < s.reps]
    assert (reps.minutes == minutes_within(reps, selling)).all()
    assert ((reps.minutes > 0) | (reps.outcome == UNFINISHED)).all()
    of_reps = log[log.activity.isin((*TASKS, codes.PROSPECT)) & (log.resource < s.reps)]
    minutes = of_reps.groupby("resource").minutes.sum().reindex(range(s.reps), fill_value=0)
    assert (minutes == selling.sum()).all() if s.prospecting_hours < np.inf else (minutes <= selling.sum()).all()


@every_input
def test_spells_of_prospecting_fill_the_gaps_between_tasks(name: str) -> None:
    log, s = log_of(name), observed(name).run.settings
    selling = working_minutes(s.selling_minutes_per_day, s.n_ticks)
    for rep in range(s.reps):
        mine = log[log.resource == rep]
        free = selling.copy()
        for row in worked(mine).itertuples():
            assert (free[row.start : row.end] == selling[row.start : row.end]).all()
            free[row.start : row.end] = False
        spells = mine[mine.activity == codes.PROSPECT]
        assert (spells.minutes == minutes_within(spells, free)).all()


@every_input
def test_managers_review_in_review_hours_only(name: str) -> None:
    log, s = log_of(name), observed(name).run.settings
    reviews = worked(log)[lambda rows: rows.activity == codes.REVIEW]
    kept = working_minutes(s.review_minutes_per_day, s.n_ticks)
    assert (reviews.minutes == minutes_within(reviews, kept)).all()
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
    return direct & log.activity.isin(OWN) & (log.queued == log.start) & ~log.outcome.isin(UNTOUCHED)


def through_inboxes(log: pd.DataFrame) -> pd.DataFrame:
    """One row per matter that lay in an inbox (if only for an instant), in the order of being taken out."""
    matters = log[log.activity.isin(TASKS) & ~gone_straight_on(log)]
    return matters.sort_values(["resource", "start"], kind="stable")


@every_input
def test_inboxes_are_worked_off_first_in_first_out(name: str) -> None:
    log, s = log_of(name), observed(name).run.settings
    matters = through_inboxes(log)
    taken = matters.outcome != WAITING
    kinds = [matters.activity.isin(OWN), matters.activity == codes.CONSULT]
    if s.head_start_minutes == 0:
        kinds.append(taken & (matters.resource < s.reps))  # one queue for own work and for requests
    if not s.shared_desk:
        kinds.append(matters.activity == codes.REVIEW)
    for kind in kinds:
        for _, inbox in matters[kind].groupby("resource"):
            # Within an hour reps hand over before managers do, whatever the minute.
            assert inbox.queued.map(timing.hour_from).is_monotonic_increasing, inbox


def test_a_head_start_lets_younger_requests_pass() -> None:
    matters = through_inboxes(log_of("peers first"))
    reps = matters[matters.activity != codes.REVIEW]
    assert not all((inbox.queued // 60).is_monotonic_increasing for _, inbox in reps.groupby("resource"))


@every_input
def test_what_lies_in_an_inbox_is_what_the_log_says_waits_there(name: str) -> None:
    """At the end of every hour, looked at in the model itself: in whose inbox, of which case and since when."""
    run, ticks = observed(name)
    expected: dict[int, Counter[Matter]] = defaultdict(Counter)
    for row in through_inboxes(log_of(name)).itertuples():
        desk = desk_of(row.resource, run)
        for hour in range(row.queued // 60 + 1, row.start // 60 + 1):  # those that begin after it came, until it is taken up
            expected[hour][desk, row.case, row.queued] += 1
    for t, tick in enumerate(ticks):
        assert tick.waiting == expected[t + 1], f"tick {t}"


def desk_of(resource: int, run: Run) -> int:
    """In whose inbox a matter lay that a person took up or is waiting for."""
    if resource < run.settings.reps:
        return resource
    level = structure.tree(run.settings.reps, run.settings.span, run.settings.least_levels)[1]
    return run.settings.reps + int(structure.desk_of(resource - run.settings.reps, level, run.settings.shared_desk))


@every_input
def test_the_minutes_of_a_case_add_up_to_its_life(name: str) -> None:
    run = observed(name).run
    cases = run.cases
    end = cases.closed.where(cases.closed >= 0, 60 * run.settings.n_ticks)
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
        there = matters.start >= 60 * week.hour
        before, by_then = there & (matters.queued < 60 * week.hour), there & (matters.queued <= 60 * week.hour)
        # Of those who join at this very instant, some join only in the tick that begins now.
        assert (before & of_reps).sum() <= week.rep_inboxes <= (by_then & of_reps).sum()
        assert (before & ~of_reps).sum() <= week.manager_inboxes <= (by_then & ~of_reps).sum()


def test_the_inputs_are_not_idle() -> None:
    outcomes = Counter[tuple[int, int]]()
    for name in INPUTS:
        assert sum(tick.waiting.total() for tick in observed(name).ticks) > 100, name
        log = log_of(name)
        outcomes.update(zip(log.activity, log.outcome, strict=True))
    for task in TASKS:
        for outcome in (codes.DONE, DROPPED, FORGOTTEN, WASTED, UNFINISHED, WAITING):
            possible = task != codes.DOCUMENT or outcome not in UNTOUCHED  # documents are written without putting the case down
            assert (outcomes[task, outcome] > 0) == possible, (
                codes.ACTIVITIES[task],
                codes.OUTCOMES[outcome],
            )
