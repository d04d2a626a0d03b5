"""Phase 3, reps: who is free takes up the oldest matter; everyone works an hour; who is done finishes."""

from typing import Any

from simulation import chance, codes
from simulation.compiled import fetch, kernel
from simulation.kernel.arrays import NEVER, NONE, log_row
from simulation.kernel.customers import open_case
from simulation.kernel.offers import add_readings, confidence, fit_of_playbook, settle_offer
from simulation.kernel.queues import (
    FEW,
    case_of,
    draw_order,
    has_no_task,
    next_case,
    next_request,
    post_request,
    post_to_rep,
)  # fmt: skip
from simulation.rules import belief, market, offer, path, people, timing
from simulation.settings import BEYOND_ALL_HOURS


@kernel
def reps_hour(w: Any, t: int) -> None:
    """All reps' doings in tick t. Only those with something to take up or to finish are visited."""
    n = 0
    for i in range(note_visits(w, t)):
        r = w.order[i]
        if has_no_task(w, r):
            take_up(w, r, t)
        if w.diary[r].visit == t:
            w.order[n] = r
            n += 1
    draw_order(w, n, chance.WORK_ORDER, t)
    for i in range(n):
        finish(w, w.order[i], t)


@kernel
def note_visits(w: Any, t: int) -> int:
    """Put the reps to visit in tick t into `order`; how many there are."""
    n = 0
    for r in range(w.settings[0].reps):
        if w.diary[r].visit == t:
            w.order[n] = r
            n += 1
    if n > FEW:
        fetch_work(w, n)
    return n


@kernel
def fetch_work(w: Any, n: int) -> None:
    """Have the reps in `order`, and the cases that they are about to work on, fetched all at once and not one after the other."""
    for i in range(n):
        fetch(w.reps, w.order[i])
    for i in range(n):
        r = w.order[i]
        rep = w.reps[r]
        if not has_no_task(w, r):
            fetch(w.cases, rep.subject)
        elif w.diary[r].waiting > 0:
            if rep.first_case != NONE:
                fetch(w.cases, rep.first_case)
            if rep.first_request != NONE:
                fetch(w.cases, case_of(w, rep.first_request))


@kernel
def take_up(w: Any, r: int, t: int) -> None:
    """A free rep takes the oldest matter that is still of use, or prospects."""
    p = w.settings[0]
    while w.diary[r].waiting > 0:
        if own_work_first(w, r):
            c = next_case(w, r)
            case = w.cases[c]
            if case.stage == codes.GONE:
                log_row(
                    w, c, r, case.since, t, t, 0, case.next_task, case.path, codes.DROPPED, 0, 0, 0, 0, 0, 0.0
                )
                continue
            begin_own(w, r, c, case.since, t)
            return
        request = next_request(w, r)
        c = case_of(w, request)
        asked_at = w.cases[c].asked_at
        if w.cases[c].stage != codes.PEERS:
            log_row(w, c, r, asked_at, t, t, 0, codes.CONSULT, codes.CLUSTER, codes.DROPPED, 0, 0, 0, 0, 0, 0.0)
            continue
        u = chance.draw(w.cases[c].key, chance.CONSULT_EFFORT, r)
        hours = timing.whole_hours(p.consult_hours, p.consult_further, u, p.fixed_efforts)
        begin(w, r, codes.CONSULT, c, asked_at, t, hours)
        return
    prospect(w, r, t)


@kernel
def own_work_first(w: Any, r: int) -> bool:
    """Whether the oldest own case goes before the oldest request."""
    p, rep = w.settings[0], w.reps[r]
    if rep.first_case < 0 or rep.first_request < 0:
        return rep.first_request < 0
    asked_at = w.cases[case_of(w, rep.first_request)].asked_at
    return people.own_work_first(w.cases[rep.first_case].since, asked_at, p.peer_head_start_hours)


@kernel
def begin(w: Any, r: int, doing: int, c: int, queued: int, start: int, hours: int) -> None:
    """A rep starts on a task that takes `hours`, interrupting any prospecting."""
    rep = w.reps[r]
    if w.diary[r].doing == codes.PROSPECT:
        rep.spell_left -= start - rep.idle_since
    w.diary[r].doing = doing
    rep.subject = c
    rep.queued = queued
    rep.start = start
    rep.hours = hours
    w.diary[r].visit = start + hours - 1


@kernel
def begin_own(w: Any, r: int, c: int, queued: int, start: int) -> None:
    """A rep starts on the next task of an own case."""
    p, case = w.settings[0], w.cases[c]
    case.stage = codes.REP_HANDS
    case.since = start
    task = case.next_task
    if task == codes.DISCOVER:
        mean, further = p.discovery_hours, p.discovery_further
        u = chance.draw(case.key, chance.DISCOVERY_EFFORT, 0)
    elif task == codes.DOCUMENT:
        mean, further = p.documentation_hours, p.documentation_further
        u = chance.draw(case.key, chance.DOCUMENT_EFFORT, 0)
    else:
        deviations = market.size(case.offer ^ case.template)
        mean = offer.drafting_mean(p.drafting_hours, p.customising_hours, deviations)
        further = timing.going_on(mean)
        u = chance.draw(case.key, chance.DRAFT_EFFORT, case.offers)
    begin(w, r, task, c, queued, start, timing.whole_hours(mean, further, u, p.fixed_efforts))


@kernel
def go_on(w: Any, r: int, c: int, task: int, at: int) -> None:
    """A rep keeps the case in hand and goes straight on to its next task."""
    w.cases[c].next_task = task
    begin_own(w, r, c, at, at)


@kernel
def prospect(w: Any, r: int, t: int) -> None:
    """A rep with nothing to do spends idle hours on reaching the next latent customer."""
    p, rep = w.settings[0], w.reps[r]
    if w.diary[r].doing == codes.PROSPECT:
        w.diary[r].visit = rep.idle_since + rep.spell_left - 1
        return
    if p.prospecting_hours >= BEYOND_ALL_HOURS:
        w.diary[r].visit = NEVER
        return
    if rep.spell_left == 0:
        u = chance.draw_of(w.firm[0].root, chance.PROSPECT_SPELL, r, rep.n_spells)
        rep.spell_hours = timing.whole_hours(p.prospecting_hours, p.prospecting_further, u, p.fixed_efforts)
        rep.spell_left = rep.spell_hours
        rep.spell_start = t
        rep.n_spells += 1
    w.diary[r].doing = codes.PROSPECT
    rep.idle_since = t
    w.diary[r].visit = t + rep.spell_left - 1


@kernel
def finish(w: Any, r: int, t: int) -> None:
    """A rep's task ends with tick t."""
    doing, c = w.diary[r].doing, w.reps[r].subject
    w.diary[r].doing = codes.NOTHING
    w.diary[r].visit = t + 1
    if doing == codes.PROSPECT:
        finish_prospecting(w, r, t + 1)
    elif doing == codes.CONSULT:
        finish_consulting(w, r, c, t + 1)
    elif w.cases[c].stage == codes.GONE:
        log_work(w, r, doing, codes.WASTED, 0, t + 1, 0.0)
    elif doing == codes.DISCOVER:
        finish_discovery(w, r, c, t + 1)
    elif doing == codes.DOCUMENT:
        log_work(w, r, doing, codes.DONE, 0, t + 1, 0.0)
        draft_or_sign_off(w, r, c, t + 1)
    else:
        send_offer(w, r, c, t + 1)


@kernel
def log_work(w: Any, r: int, doing: int, outcome: int, deviations: int, end: int, amount: float) -> None:
    """Log the task a rep has just finished."""
    rep = w.reps[r]
    log_row(
        w, rep.subject, r, rep.queued, rep.start, end, rep.hours, doing, w.cases[rep.subject].path, outcome, 0,
        deviations, 0, 0, 0, amount,
    )  # fmt: skip


@kernel
def finish_discovery(w: Any, r: int, c: int, now: int) -> None:
    """The rep reads the customer, predicts how well the playbook fits and chooses the path."""
    p, case, rep = w.settings[0], w.cases[c], w.reps[r]
    add_readings(w, c, r)
    fit = fit_of_playbook(w, c)
    outcome = codes.DONE
    case.path = codes.PROCESS
    if not path.follows_process(fit, p.divert_below) and path.diverts(
        rep.willingness, chance.draw(case.key, chance.DIVERSION, 0)
    ):
        case.path = codes.CLUSTER
        if offer.happens(p.sanction, chance.draw(case.key, chance.PUNISHMENT, 0)):
            outcome = codes.SANCTIONED
            rep.willingness = people.willingness_after_sanction(rep.willingness, p.sanction_step)
    log_work(w, r, codes.DISCOVER, outcome, 0, now, fit)
    if case.path == codes.CLUSTER:
        turn_to_cluster(w, r, c, now)
    elif p.documentation_hours > 0.0:
        go_on(w, r, c, codes.DOCUMENT, now)
    else:
        draft_or_sign_off(w, r, c, now)


@kernel
def draft_or_sign_off(w: Any, r: int, c: int, now: int) -> None:
    """The rep decides on the offer and, unless a manager must agree, goes straight on to draft it."""
    if not settle_offer(w, c, now):
        go_on(w, r, c, codes.DRAFT, now)


@kernel
def turn_to_cluster(w: Any, r: int, c: int, now: int) -> None:
    """The rep asks peers, or acts at once when confident already (or alone)."""
    p, case = w.settings[0], w.cases[c]
    case.template = people.memory_template(w.firm[0].first_playbook, w.memory[r], p.memory_bar, p.issues)
    home = w.reps[r].cluster
    asked = path.peers_to_ask(p.peers_asked, w.first_seat[home + 1] - w.first_seat[home] - 1)
    if path.ready_to_act(0, asked, p.quorum, confidence(w, c), p.confidence):
        draft_or_sign_off(w, r, c, now)
        return
    case.stage = codes.PEERS
    case.since = now
    case.asked_at = now
    case.asked = asked
    rate_peers(w, r, c)
    for i in range(asked):
        post_request(w, most_useful(w, r, c), c * p.peers_asked + i, now)


@kernel
def rate_peers(w: Any, r: int, c: int) -> None:
    """Note how useful each member of the cluster is for this case."""
    p, firm, case = w.settings[0], w.firm[0], w.cases[c]
    for k in range(p.issues):
        sure = belief.believed(w.certainty, case.template, k, w.cases[c].plain[k], w.cases[c].expert[k])
        firm.doubt[k] = people.doubt_on(sure)
    home = w.reps[r].cluster
    first = w.first_seat[home]
    for place in range(first, w.first_seat[home + 1]):
        seat = w.seats[place]
        useful = people.usefulness(seat.expertise, firm.doubt, p.issues)
        firm.usefulness[place - first] = useful if seat.rep != r else -1.0


@kernel
def most_useful(w: Any, r: int, c: int) -> int:
    """The most useful member not yet asked; ties by lot. Crosses the member off."""
    firm, home = w.firm[0], w.reps[r].cluster
    first = w.first_seat[home]
    best = 0
    for j in range(1, w.first_seat[home + 1] - first):
        if firm.usefulness[j] > firm.usefulness[best] or (
            firm.usefulness[j] == firm.usefulness[best] and peer_lot(w, c, first + j) < peer_lot(w, c, first + best)
        ):
            best = j
    firm.usefulness[best] = -1.0
    return w.seats[first + best].rep


@kernel
def peer_lot(w: Any, c: int, place: int) -> float:
    """The lot that decides between equally useful peers."""
    return chance.draw(w.cases[c].key, chance.PEER_TIE, w.seats[place].rep)


@kernel
def finish_consulting(w: Any, r: int, c: int, now: int) -> None:
    """A peer's answer is in; the asking rep acts on it if it was the last one needed."""
    p, case = w.settings[0], w.cases[c]
    if case.stage != codes.PEERS:
        log_work(w, r, codes.CONSULT, codes.WASTED, 0, now, 0.0)
        return
    log_work(w, r, codes.CONSULT, codes.DONE, 0, now, 0.0)
    add_readings(w, c, r)
    w.helpers[c, case.answers] = r
    case.answers += 1
    sure = confidence(w, c)
    if not path.ready_to_act(case.answers, case.asked, p.quorum, sure, p.confidence):
        return
    log_row(
        w, c, case.rep, case.since, case.since, now, w.reps[r].hours, codes.CONFER, codes.CLUSTER, codes.DONE, 0,
        0, 0, 0, case.answers, sure,
    )  # fmt: skip
    if not settle_offer(w, c, now):
        post_to_rep(w, c, codes.DRAFT, now)


@kernel
def send_offer(w: Any, r: int, c: int, now: int) -> None:
    """The offer goes out: this is the action. The customer will answer after a lag."""
    p, case = w.settings[0], w.cases[c]
    log_work(w, r, codes.DRAFT, codes.DONE, market.size(case.offer ^ case.template), now, 0.0)
    case.offers += 1
    case.stage = codes.CUSTOMER
    case.since = now
    u = chance.draw(case.key, chance.REPLY_LAG, case.offers)
    at = now + timing.whole_hours(p.reply_lag_hours, p.reply_further, u, p.fixed_lags)
    if at < p.n_ticks:
        w.next_reply[c] = w.calendar[at].first_reply
        w.calendar[at].first_reply = c


@kernel
def finish_prospecting(w: Any, r: int, now: int) -> None:
    """A latent customer is reached, and opens an opportunity if the rep's template suits the market."""
    p, rep, firm = w.settings[0], w.reps[r], w.firm[0]
    rep.spell_left = 0
    key = chance.child(chance.grandchild(firm.root, chance.LATENT_CUSTOMER, r), rep.n_spells - 1)
    template = people.memory_template(firm.playbook, w.memory[r], p.memory_bar, p.issues)
    match = market.market_match(template, firm.standard, p.issues)
    opens = now < p.n_ticks and market.opens_opportunity(
        p.prospect_conversion, match, chance.draw(key, chance.OPENING, 0)
    )
    c = firm.n_cases if opens else codes.NO_CASE
    outcome = codes.OPENED if opens else codes.NOT_OPENED
    log_row(
        w, c, r, rep.spell_start, rep.spell_start, now, rep.spell_hours, codes.PROSPECT, 0, outcome, 0, 0, 0, 0, 0, 0.0
    )
    if opens:
        open_case(w, key, r, now, codes.CREATED)
