"""Phase 4, managers: the same as reps, in the hours of the day kept for sign-offs."""

from typing import Any

from simulation import case as cases
from simulation import chance, codes
from simulation.calendar import MINUTES_PER_HOUR
from simulation.compiled import kernel
from simulation.kernel.arrays import NO_TICK, NONE, log_row
from simulation.kernel.queues import (
    draw_manager_order,
    due_in,
    enter_minute,
    next_sign_off,
    post_to_manager,
    post_to_rep,
)
from simulation.rules import timing


@kernel
def managers_hour(w: Any, t: int) -> None:
    """All managers' doings in tick t."""
    p = w.settings[0]
    if not timing.works_now(t, p.review_minutes_per_day):
        return
    if p.shared_desk:
        take_up_by_lot(w, t)
    for m in range(len(w.managers)):
        if w.managers[m].visit <= t:
            if w.managers[m].doing == codes.NOTHING:
                take_up_review(w, m, t, timing.instant(t))
            if ends_within(w, m, t):
                enter_minute(w, m, w.managers[m].ends)
    minute = w.firm[0].soonest_due
    while w.firm[0].n_due > 0:
        if w.minutes[minute] != NONE:
            work_on(w, t, minute)
        minute += 1
    w.firm[0].soonest_due = MINUTES_PER_HOUR


@kernel
def ends_within(w: Any, m: int, t: int) -> bool:
    """Whether a manager's review ends within hour t."""
    return w.managers[m].doing != codes.NOTHING and w.managers[m].visit == t


@kernel
def take_up_by_lot(w: Any, t: int) -> None:
    """At a shared desk, who takes up first has a say in who gets what: the free managers take up in the order of their lots."""
    n = 0
    for m in range(len(w.managers)):
        if w.managers[m].visit <= t and w.managers[m].doing == codes.NOTHING:
            w.order[n] = m
            n += 1
    draw_manager_order(w, n, chance.WORK_ORDER, t)
    for i in range(n):
        take_up_review(w, w.order[i], t, timing.instant(t))


@kernel
def work_on(w: Any, t: int, minute: int) -> None:
    """Those who are done in this minute finish, by lot, and while any of the hour is left they go on to the next request."""
    now, end = timing.instant(t) + minute + 1, timing.instant(t + 1)
    n = due_in(w, minute)
    draw_manager_order(w, n, chance.WORK_ORDER, t)
    for i in range(n):
        m = w.order[i]
        finish_review(w, m, now)
        w.managers[m].visit = timing.next_working_hour(t + 1, w.settings[0].review_minutes_per_day)
        if now < end and timing.at_work(now, w.settings[0].review_minutes_per_day):
            take_up_review(w, m, t, now)
        if ends_within(w, m, t):
            enter_minute(w, m, w.managers[m].ends)


@kernel
def take_up_review(w: Any, m: int, t: int, now: int) -> None:
    """A free manager takes the oldest request of before this hour that is still of use."""
    p, manager = w.settings[0], w.managers[m]
    desk = w.managers[manager.desk]
    while desk.first_case != NONE and w.cases[desk.first_case].since <= timing.instant(t):
        c = next_sign_off(w, m)
        case = w.cases[c]
        gone = case.stage == codes.GONE
        outcome = cases.fate(p, case, gone, chance.FORGOTTEN_SIGN_OFF, manager.level, now - case.since)
        if outcome != codes.DONE:
            log_row(
                w, codes.REVIEW, case=c, resource=p.reps + m, queued=case.since, start=now, end=now, path=case.path,
                outcome=outcome, level=manager.level,
            )
            continue
        begin_review(w, m, c, now)
        return
    w.managers[m].visit = NO_TICK if desk.first_case == NONE else t + 1


@kernel
def begin_review(w: Any, m: int, c: int, now: int) -> None:
    """A manager starts to review a request."""
    p, case, manager = w.settings[0], w.cases[c], w.managers[m]
    manager.doing = codes.REVIEW
    manager.subject = c
    manager.queued = case.since
    manager.start = now
    manager.minutes = cases.reviewing(p, case, manager.level)
    manager.ends = timing.work_ends(now, manager.minutes, p.review_minutes_per_day)
    manager.visit = timing.hour_from(manager.ends) - 1
    case.stage = codes.MANAGER_HANDS
    case.since = now


@kernel
def finish_review(w: Any, m: int, now: int) -> None:
    """The manager has read the case; the request goes back to the rep, or up to the next level."""
    p, manager = w.settings[0], w.managers[m]
    c = manager.subject
    case = w.cases[c]
    manager.doing = codes.NOTHING
    if case.stage == codes.GONE:
        manager.deviations = manager.forced_fits = manager.readings = manager.heard = 0
        log_review(w, m, codes.WASTED, now)
        return
    goes_up = cases.review(p, w, w.firm[0], case, manager)
    log_review(w, m, codes.DONE, now)
    if goes_up:
        post_to_manager(w, c, manager.superior, now)
    else:
        post_to_rep(w, c, codes.DRAFT, now)


@kernel
def log_review(w: Any, m: int, outcome: int, now: int) -> None:
    """Log the review a manager has just finished."""
    manager = w.managers[m]
    log_row(
        w, codes.REVIEW, case=manager.subject, resource=w.settings[0].reps + m, queued=manager.queued, start=manager.start,
        end=now, minutes=manager.minutes, path=w.cases[manager.subject].path, outcome=outcome,
        deviations=manager.deviations, forced_fits=manager.forced_fits, level=manager.level, readings=manager.readings,
        heard=manager.heard,
    )
