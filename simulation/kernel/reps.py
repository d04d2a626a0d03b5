"""Phase 3, reps: who is free takes up the oldest matter; who is done within the hour finishes and goes on to the next."""

from typing import Any

from simulation import case as cases
from simulation import chance, codes
from simulation.calendar import MINUTES_PER_HOUR
from simulation.compiled import kernel
from simulation.kernel.arrays import NO_TICK, NONE, log_row
from simulation.kernel.customers import holder_of, open_case
from simulation.kernel.peers import act_on_answers, ask_peers, finish_consulting
from simulation.kernel.queues import (
    draw_order,
    due_in,
    enter_minute,
    has_no_task,
    next_case,
    next_request,
    post_to_manager,
)
from simulation.rules import issues, market, people, timing
from simulation.settings import BEYOND_ALL_HOURS


@kernel
def reps_hour(w: Any, t: int) -> None:
    """All reps' doings in tick t. Only those with something to take up or to finish are visited."""
    if not timing.works_now(t, w.settings[0].selling_minutes_per_day):
        return
    n = note_visits(w, t)
    if w.settings[0].forgotten_per_minute > 0.0:  # taking up may show that a peer's answer is not to come
        draw_order(w, n, chance.WORK_ORDER, t)
    for i in range(n):
        r = w.order[i]
        if has_no_task(w, r):
            take_up(w, r, t, timing.instant(t))
        if w.diary[r].visit == t:
            enter_minute(w, r, w.reps[r].ends)
    minute = w.firm[0].soonest_due
    while w.firm[0].n_due > 0:
        if w.minutes[minute] != NONE:
            work_on(w, t, minute)
        minute += 1
    w.firm[0].soonest_due = MINUTES_PER_HOUR


@kernel
def note_visits(w: Any, t: int) -> int:
    """Put the reps to visit in tick t into `order`; how many there are."""
    n = 0
    for r in range(w.settings[0].reps):
        w.order[n] = r  # overwritten unless it is to be visited: no branch that a processor could guess wrong
        n += int(w.diary[r].visit == t)
    return n


@kernel
def work_on(w: Any, t: int, minute: int) -> None:
    """Those who are done in this minute finish, by lot, and while any of the hour is left they go on to the next matter."""
    now, end = timing.instant(t) + minute + 1, timing.instant(t + 1)
    n = due_in(w, minute)
    draw_order(w, n, chance.WORK_ORDER, t)
    for i in range(n):
        r = w.order[i]
        finish(w, r, now)
        if has_no_task(w, r):
            if now < end and timing.at_work(now, w.settings[0].selling_minutes_per_day):
                take_up(w, r, t, now)
            else:
                w.diary[r].visit = timing.next_working_hour(t + 1, w.settings[0].selling_minutes_per_day)
        if w.diary[r].visit == t:
            enter_minute(w, r, w.reps[r].ends)


# --- the inbox ---


@kernel
def take_up(w: Any, r: int, t: int, now: int) -> None:
    """A free rep takes the oldest matter of before this hour that is still of use, or prospects."""
    rep, hour = w.reps[r], timing.instant(t)
    while w.diary[r].waiting > 0:
        own = rep.first_case != NONE and w.cases[rep.first_case].since <= hour
        asked = rep.first_request != NONE and w.requests[rep.first_request].asked_at <= hour
        if not own and not asked:
            break
        if own and (not asked or own_work_first(w, r)):
            if take_own(w, r, next_case(w, r), now):
                return
        elif take_request(w, r, next_request(w, r), now):
            return
    prospect(w, r, now)
    if w.diary[r].waiting > 0:  # what came within this hour is looked at in the next
        w.diary[r].visit = min(w.diary[r].visit, timing.next_working_hour(t + 1, w.settings[0].selling_minutes_per_day))


@kernel
def own_work_first(w: Any, r: int) -> bool:
    """Whether the oldest own case goes before the oldest request."""
    rep = w.reps[r]
    own, asked = w.cases[rep.first_case].since, w.requests[rep.first_request].asked_at
    return people.own_work_first(own, asked, w.settings[0].head_start_minutes)


@kernel
def take_own(w: Any, r: int, c: int, now: int) -> bool:
    """Start on an own case, unless the customer has gone or it has been forgotten."""
    p, case = w.settings[0], w.cases[c]
    task = case.next_task
    outcome = cases.fate(p, case, case.stage == codes.GONE, chance.FORGOTTEN_CASE, task, now - case.since)
    if outcome != codes.DONE:
        log_row(w, task, case=c, resource=r, queued=case.since, start=now, end=now, path=case.path, outcome=outcome)
        return False
    if task != codes.DISCOVER:
        cases.lose_readings(p, case, holder_of(w, r))
    begin_own(w, r, c, case.since, now)
    return True


@kernel
def take_request(w: Any, r: int, request: int, now: int) -> bool:
    """Start on a peer's request, unless it came to nothing or has been forgotten."""
    p, c, asked_at = w.settings[0], w.requests[request].case, w.requests[request].asked_at
    case = w.cases[c]
    in_vain = case.stage != codes.PEERS or case.since != asked_at
    outcome = cases.fate(p, case, in_vain, chance.FORGOTTEN_REQUEST, r, now - asked_at)
    if outcome != codes.DONE:
        log_row(
            w, codes.CONSULT, case=c, resource=r, queued=asked_at, start=now, end=now, path=codes.CLUSTER, outcome=outcome
        )
        if outcome == codes.FORGOTTEN:
            case.asked -= 1
            act_on_answers(w, c, now + 1, 0)
        return False
    begin(w, r, codes.CONSULT, c, asked_at, now, cases.consulting(p, case.key, r))
    return True


# --- hands ---


@kernel
def begin(w: Any, r: int, doing: int, c: int, queued: int, start: int, minutes: int) -> None:
    """A rep starts on a task that takes so many minutes, interrupting any prospecting."""
    p, rep = w.settings[0], w.reps[r]
    if w.diary[r].doing == codes.PROSPECT:
        rep.spell_left -= timing.worked_between(rep.idle_since, start, p.selling_minutes_per_day)
    w.diary[r].doing = doing
    rep.subject = c
    rep.queued = queued
    rep.start = start
    rep.minutes = minutes
    note_end(w, r, timing.work_ends(start, minutes, p.selling_minutes_per_day))


@kernel
def note_end(w: Any, r: int, at: int) -> None:
    """What the rep is doing ends at this instant: in the hour before it, the rep is visited."""
    w.reps[r].ends = at
    w.diary[r].visit = timing.hour_from(at) - 1


@kernel
def begin_own(w: Any, r: int, c: int, queued: int, start: int) -> None:
    """A rep starts on the next task of an own case."""
    case = w.cases[c]
    case.stage = codes.REP_HANDS
    case.since = start
    begin(w, r, case.next_task, c, queued, start, cases.own_work(w.settings[0], w, case))


@kernel
def go_on(w: Any, r: int, c: int, task: int, at: int) -> None:
    """A rep keeps the case in hand and goes straight on to its next task."""
    w.cases[c].next_task = task
    begin_own(w, r, c, at, at)


@kernel
def finish(w: Any, r: int, now: int) -> None:
    """What a rep is doing ends."""
    doing, c = w.diary[r].doing, w.reps[r].subject
    w.diary[r].doing = codes.NOTHING
    w.diary[r].visit = NO_TICK
    if doing == codes.PROSPECT:
        finish_prospecting(w, r, now)
    elif doing == codes.CONSULT:
        finish_consulting(w, r, c, now)
    elif w.cases[c].stage == codes.GONE:
        log_work(w, r, doing, codes.WASTED, now)
    elif doing == codes.DISCOVER:
        finish_discovery(w, r, c, now)
    elif doing == codes.DOCUMENT:
        log_work(w, r, doing, codes.DONE, now)
        w.cases[c].documented = 1
        follow_path(w, r, c, now)
    elif doing == codes.TAKE_IN:
        log_work(w, r, doing, codes.DONE, now)
        draft_or_sign_off(w, r, c, now)
    else:
        send_offer(w, r, c, now)


@kernel
def log_work(
    w: Any, r: int, doing: int, outcome: int, end: int, deviations: int = 0, amount: float = 0.0
) -> None:
    """Log the task on an own case that a rep has just finished."""
    rep = w.reps[r]
    log_row(
        w, doing, case=rep.subject, resource=r, queued=rep.queued, start=rep.start, end=end, minutes=rep.minutes,
        path=w.cases[rep.subject].path, outcome=outcome, deviations=deviations, amount=amount,
    )


# --- discovery, path, offer ---


@kernel
def finish_discovery(w: Any, r: int, c: int, now: int) -> None:
    """The rep has read the customer, sees what the case promises and chooses the path."""
    p, firm, case, rep = w.settings[0], w.firm[0], w.cases[c], w.reps[r]
    cases.discover(p, w, case, holder_of(w, r), rep.expertise)
    promising = cases.promise(p, w, firm, case)
    outcome = codes.DONE
    if cases.choose_path(p, case, promising, rep.willingness):
        outcome = codes.SANCTIONED
        rep.willingness = people.willingness_after_sanction(rep.willingness, p.sanction_step)
    log_work(w, r, codes.DISCOVER, outcome, now, 0, promising)
    if cases.is_documented(p, case):
        go_on(w, r, c, codes.DOCUMENT, now)
    else:
        follow_path(w, r, c, now)


@kernel
def follow_path(w: Any, r: int, c: int, now: int) -> None:
    """To the cluster, unless confident already (or alone); else the rep decides on the offer."""
    others = w.first_seat[w.reps[r].cluster + 1] - w.first_seat[w.reps[r].cluster] - 1
    if w.cases[c].path == codes.CLUSTER and cases.may_ask(
        w.settings[0], w, w.firm[0], w.cases[c], w.memory[r], others
    ):
        ask_peers(w, r, c, now)
    else:
        draft_or_sign_off(w, r, c, now)


@kernel
def draft_or_sign_off(w: Any, r: int, c: int, now: int) -> None:
    """The rep decides on the offer and, unless a manager must agree, goes straight on to draft it."""
    if cases.propose(w.settings[0], w, w.firm[0], w.cases[c]):
        post_to_manager(w, c, w.reps[r].team, now)
    else:
        go_on(w, r, c, codes.DRAFT, now)


@kernel
def send_offer(w: Any, r: int, c: int, now: int) -> None:
    """The offer goes out: this is the action. The customer will answer after a lag."""
    p, case = w.settings[0], w.cases[c]
    deviations = issues.size(case.offer ^ case.template)
    log_work(w, r, codes.DRAFT, codes.DONE, now, deviations, cases.fit_of_offer(p, case))
    case.offers += 1
    case.stage = codes.CUSTOMER
    case.since = now
    at = timing.hour_from(now) + cases.reply_lag(p, case)
    if at < p.n_ticks:
        w.next_reply[c] = w.calendar[at].first_reply
        w.calendar[at].first_reply = c


# --- prospecting ---


@kernel
def prospect(w: Any, r: int, now: int) -> None:
    """A rep with nothing to do spends idle time on reaching the next latent customer."""
    p, rep = w.settings[0], w.reps[r]
    if p.prospecting_hours >= BEYOND_ALL_HOURS:
        w.diary[r].visit = NO_TICK
        return
    if w.diary[r].doing != codes.PROSPECT:
        if rep.spell_left == 0:
            u = chance.draw_of(w.firm[0].root, chance.PROSPECT_SPELL, r, rep.n_spells)
            rep.spell_minutes = cases.work(p, p.prospecting_units, p.prospecting_further, u)
            rep.spell_left = rep.spell_minutes
            rep.spell_start = now
            rep.n_spells += 1
        w.diary[r].doing = codes.PROSPECT
        rep.idle_since = now
    note_end(w, r, timing.work_ends(rep.idle_since, rep.spell_left, p.selling_minutes_per_day))


@kernel
def finish_prospecting(w: Any, r: int, now: int) -> None:
    """A latent customer is reached, and opens an opportunity if the rep's template suits the market."""
    p, rep, firm = w.settings[0], w.reps[r], w.firm[0]
    rep.spell_left = 0
    key = chance.child(chance.grandchild(firm.root, chance.LATENT_CUSTOMER, r), rep.n_spells - 1)
    template = people.memory_template(firm.playbook, w.memory[r], p.memory_bar, p.issues)
    match = market.market_match(template, firm.standard, p.issues)
    opens = now < timing.instant(p.n_ticks) and market.opens_opportunity(
        p.prospect_conversion, match, chance.draw(key, chance.OPENING, 0)
    )
    log_row(
        w, codes.PROSPECT, case=firm.n_cases if opens else codes.NO_CASE, resource=r, queued=rep.spell_start,
        start=rep.spell_start, end=now, minutes=rep.spell_minutes,
        outcome=codes.OPENED if opens else codes.NOT_OPENED,
    )
    if opens:
        open_case(w, key, r, now, codes.CREATED)
