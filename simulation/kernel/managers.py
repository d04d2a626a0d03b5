"""Phase 4, managers: the same as reps, in the hours of the day kept for sign-offs."""

from typing import Any

from simulation import chance, codes
from simulation.compiled import fetch, kernel
from simulation.kernel.arrays import NEVER, NONE, log_row
from simulation.kernel.queues import FEW, draw_manager_order, next_sign_off, post_to_manager, post_to_rep
from simulation.rules import belief, market, path, timing


@kernel
def managers_hour(w: Any, t: int) -> None:
    """All managers' doings in tick t."""
    p = w.settings[0]
    if not timing.reviews_now(t, p.review_hours_per_day):
        return
    if len(w.managers) > FEW:
        fetch_work(w, t)
    if p.shared_desk:
        take_up_by_lot(w, t)
    n = 0
    for m in range(len(w.managers)):
        if w.managers[m].visit <= t:
            if w.managers[m].doing == codes.NOTHING:
                take_up_review(w, m, t)
            if w.managers[m].visit == t:
                w.order[n] = m
                n += 1
    draw_manager_order(w, n, chance.WORK_ORDER, t)
    for i in range(n):
        finish_review(w, w.order[i], t + 1)


@kernel
def fetch_work(w: Any, t: int) -> None:
    """Have the cases that managers are about to work on fetched all at once."""
    for m in range(len(w.managers)):
        manager = w.managers[m]
        if manager.visit <= t:
            if manager.doing != codes.NOTHING:
                fetch(w.cases, manager.subject)
            elif manager.first_case != NONE:
                fetch(w.cases, manager.first_case)


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
        take_up_review(w, w.order[i], t)


@kernel
def take_up_review(w: Any, m: int, t: int) -> None:
    """A free manager takes the oldest request whose customer is still there; what came in during this hour waits."""
    p, manager = w.settings[0], w.managers[m]
    desk = w.managers[manager.desk]
    while desk.first_case != NONE and w.cases[desk.first_case].since <= t:
        c = next_sign_off(w, m)
        case = w.cases[c]
        if case.stage == codes.GONE:
            log_row(
                w, c, p.reps + m, case.since, t, t, 0, codes.REVIEW, case.path, codes.DROPPED, 0, 0, 0, w.managers[m].level, 0,
                0.0,
            )  # fmt: skip
            continue
        u = chance.draw_of(case.key, chance.REVIEW_EFFORT, w.managers[m].level, case.offers)
        manager.doing = codes.REVIEW
        manager.subject = c
        manager.queued = case.since
        manager.start = t
        manager.hours = timing.whole_hours(p.sign_off_hours, p.sign_off_further, u, p.fixed_efforts)
        case.stage = codes.MANAGER_HANDS
        case.since = t
        w.managers[m].visit = timing.review_ends(t, manager.hours, p.review_hours_per_day)
        return
    w.managers[m].visit = NEVER if desk.first_case == NONE else t + 1


@kernel
def finish_review(w: Any, m: int, now: int) -> None:
    """The manager has read every deviation that has to be; the request goes back to the rep, or up to the next level."""
    p, firm = w.settings[0], w.firm[0]
    c, level = w.managers[m].subject, w.managers[m].level
    case = w.cases[c]
    w.managers[m].doing = codes.NOTHING
    w.managers[m].visit = now
    if case.stage == codes.GONE:
        log_review(w, m, level, codes.WASTED, 0, 0, now)
        return
    top = w.managers[m].superior == NONE
    proposed = case.offer ^ firm.playbook
    to_read = path.to_read(proposed, case.revealed, case.granted)
    disputed = disputes(w, c, m, to_read)
    dropped = path.put_back(disputed, p.appealed, top)
    case.offer ^= dropped
    case.granted |= path.agreed_to(to_read, disputed, p.appealed)
    log_review(w, m, level, codes.DONE, market.size(proposed), market.size(dropped & ~case.forced), now)
    case.forced |= dropped
    may_grant = path.may_grant(market.size(proposed ^ dropped), p.authority_per_level, level, top)
    if path.goes_up(disputed, p.appealed, top, may_grant):
        post_to_manager(w, c, w.managers[m].superior, now)
    else:
        post_to_rep(w, c, codes.DRAFT, now)


@kernel
def disputes(w: Any, c: int, m: int, to_read: int) -> int:
    """The issues of those to read on which the manager's own reading contradicts the offer."""
    p, case = w.settings[0], w.cases[c]
    disputed = 0
    key = chance.grandchild(case.key, chance.MANAGER_READING, w.managers[m].name)
    for k in range(p.issues):
        if to_read >> k & 1:
            error = belief.error_on(k, w.managers[m].expertise, p.error_plain, p.error_expert)
            read = belief.reading(case.need >> k & 1, error, chance.uniform(key, k))
            if read != case.offer >> k & 1:
                disputed |= 1 << k
    return disputed


@kernel
def log_review(w: Any, m: int, level: int, outcome: int, deviations: int, forced_fits: int, now: int) -> None:
    """Log the review a manager has just finished."""
    manager = w.managers[m]
    log_row(
        w, manager.subject, w.settings[0].reps + m, manager.queued, manager.start, now, manager.hours, codes.REVIEW,
        w.cases[manager.subject].path, outcome, 0, deviations, forced_fits, level, 0, 0.0,
    )  # fmt: skip
