"""The compiled engine's loop: one run from start to horizon."""

from typing import Any

from simulation import calendar, codes, structure
from simulation.compiled import kernel, rule
from simulation.kernel.arrays import NO_TICK, NONE, log_row
from simulation.kernel.customers import customers_hour, draw_arrival, enter_arrival
from simulation.kernel.firm import draw_flip, draw_turnover, market_hour, note_next_flip, note_next_turnover
from simulation.kernel.managers import managers_hour
from simulation.kernel.reps import reps_hour
from simulation.rules import market, people, timing

PHASES = {"market": market_hour, "customers": customers_hour, "reps": reps_hour, "managers": managers_hour}
first_phase, second_phase, third_phase, fourth_phase = (PHASES[name] for name in calendar.TICK_ORDER)


@kernel
def run_once(w: Any, root: int) -> bool:
    """Fill the log and the weekly record of one run. False if the arrays were too short for it."""
    start_up(w, root)
    for t in range(w.settings[0].n_ticks):
        first_phase(w, t)
        second_phase(w, t)
        third_phase(w, t)
        fourth_phase(w, t)
        if (t + 1) % calendar.HOURS_PER_WEEK == 0:
            note_week(w, t + 1)
        if w.firm[0].full:
            return False
    close_books(w)
    return not w.firm[0].full


@rule
def take_seats(w: Any, root: int) -> None:
    """Draw the firm's structure for this run and note it in the rows of reps and managers."""
    s = structure.build(w.settings[0], root)
    w.known[:] = s.known
    for r in range(w.settings[0].reps):
        rep = w.reps[r]
        rep.team, rep.cluster, rep.expertise = s.team[r], s.cluster[r], s.rep_expertise[r]
        w.seats[r].rep, w.seats[r].expertise = s.seat[r], s.rep_expertise[s.seat[r]]
    for c in range(len(s.first_seat)):
        w.first_seat[c] = s.first_seat[c]
    for r in range(w.settings[0].reps - 1, -1, -1):
        w.first_rep[s.team[r]] = r
    w.first_rep[s.team[w.settings[0].reps - 1] + 1] = w.settings[0].reps
    for m in range(len(s.level)):
        manager = w.managers[m]
        manager.superior, manager.level, manager.name = s.superior[m], s.level[m], s.manager_name[m]
        manager.desk = structure.desk_of(m, s.level, w.settings[0].shared_desk)
        manager.expertise = s.manager_expertise[m]


@kernel
def start_up(w: Any, root: int) -> None:
    """The firm and its market at instant 0."""
    p, firm = w.settings[0], w.firm[0]
    firm.root = root
    firm.standard = firm.playbook = firm.first_playbook = 0
    firm.n_cases = firm.n_requests = firm.n_rows = firm.n_weeks = firm.full = 0
    firm.open_cases = firm.rep_waiting = firm.manager_waiting = firm.n_due = 0
    firm.soonest_due = calendar.MINUTES_PER_HOUR
    for t in range(p.n_ticks):
        w.calendar[t].first_reply = NONE
        w.calendar[t].first_leave = NONE
        w.calendar[t].first_arrival = NONE
    for r in range(p.reps):
        start_rep(w, r)
        draw_arrival(w, r)
        enter_arrival(w, r)
        draw_turnover(w, r)
    for m in range(len(w.managers)):
        w.managers[m].doing = codes.NOTHING
        w.managers[m].visit = NO_TICK
        w.managers[m].first_case = NONE
    for k in range(p.issues):
        firm.flip_at[k] = 0.0
        firm.for_one[k] = firm.for_zero[k] = 0.0
        firm.n_flips[k] = 0
        draw_flip(w, k)
    note_next_flip(w)
    note_next_turnover(w)


@kernel
def start_rep(w: Any, r: int) -> None:
    """A rep on the first day: free, nothing waiting."""
    p, rep = w.settings[0], w.reps[r]
    rep.willingness = p.willingness
    for k in range(p.issues):
        w.memory[r, k] = 0.0
    rep.next_arrival = rep.next_turnover = 0.0
    rep.first_case = rep.first_request = NONE
    rep.spell_left = rep.n_arrivals = rep.n_turnovers = rep.n_spells = 0
    diary = w.diary[r]
    diary.doing = codes.NOTHING
    diary.visit = diary.waiting = 0


@kernel
def note_week(w: Any, now: int) -> None:
    """The weekly record: the state of the firm at the end of a week."""
    p, firm = w.settings[0], w.firm[0]
    matches, willingness = 0.0, 0.0
    for r in range(p.reps):
        template = people.memory_template(firm.first_playbook, w.memory[r], p.memory_bar, p.issues)
        matches += market.market_match(template, firm.standard, p.issues)
        willingness += w.reps[r].willingness
    row = w.weekly[firm.n_weeks]
    row.hour = now
    row.playbook_accuracy = market.market_match(firm.playbook, firm.standard, p.issues)
    row.memory_accuracy = matches / p.reps
    row.willingness = willingness / p.reps
    row.open_cases = firm.open_cases
    row.rep_inboxes = firm.rep_waiting
    row.manager_inboxes = firm.manager_waiting
    firm.n_weeks += 1


@kernel
def close_books(w: Any) -> None:
    """At the horizon, log what is in hand, what is waiting, and which cases are still open (censored)."""
    p, end = w.settings[0], timing.instant(w.settings[0].n_ticks)
    for r in range(p.reps):
        close_rep(w, r, end)
    for m in range(len(w.managers)):
        close_manager(w, m, end)
    for c in range(w.firm[0].n_cases):
        case = w.cases[c]
        if case.stage != codes.GONE:
            log_row(
                w, codes.STILL_OPEN, case=c, resource=codes.THE_CUSTOMER, queued=case.since, start=case.since, end=end,
                path=case.path, stage=case.stage,
            )


@kernel
def close_rep(w: Any, r: int, end: int) -> None:
    """A rep's unfinished task and inbox."""
    p, rep, doing = w.settings[0], w.reps[r], w.diary[r].doing
    if doing == codes.PROSPECT:
        rep.spell_left -= timing.worked_between(rep.idle_since, end, p.selling_minutes_per_day)
    elif doing != codes.NOTHING:
        log_row(
            w, doing, case=rep.subject, resource=r, queued=rep.queued, start=rep.start, end=end,
            minutes=timing.worked_between(rep.start, end, p.selling_minutes_per_day),
            path=codes.CLUSTER if doing == codes.CONSULT else w.cases[rep.subject].path, outcome=codes.UNFINISHED,
        )
    if rep.spell_left > 0:
        log_row(
            w, codes.PROSPECT, resource=r, queued=rep.spell_start, start=rep.spell_start, end=end,
            minutes=rep.spell_minutes - rep.spell_left, outcome=codes.UNFINISHED,
        )
    c = rep.first_case
    while c != NONE:
        case = w.cases[c]
        log_row(
            w, case.next_task, case=c, resource=r, queued=case.since, start=end, end=end, path=case.path,
            outcome=codes.WAITING,
        )
        c = case.next_waiting
    request = rep.first_request
    while request != NONE:
        asked_at = w.requests[request].asked_at
        log_row(
            w, codes.CONSULT, case=w.requests[request].case, resource=r, queued=asked_at, start=end, end=end,
            path=codes.CLUSTER, outcome=codes.WAITING,
        )
        request = w.requests[request].next_waiting


@kernel
def close_manager(w: Any, m: int, end: int) -> None:
    """A manager's unfinished review and inbox."""
    p, manager = w.settings[0], w.managers[m]
    resource = p.reps + m
    if manager.doing == codes.REVIEW:
        log_row(
            w, codes.REVIEW, case=manager.subject, resource=resource, queued=manager.queued, start=manager.start, end=end,
            minutes=timing.worked_between(manager.start, end, p.review_minutes_per_day),
            path=w.cases[manager.subject].path, outcome=codes.UNFINISHED, level=manager.level,
        )
    c = manager.first_case
    while c != NONE:
        case = w.cases[c]
        log_row(
            w, codes.REVIEW, case=c, resource=resource, queued=case.since, start=end, end=end, path=case.path,
            outcome=codes.WAITING, level=manager.level,
        )
        c = case.next_waiting
