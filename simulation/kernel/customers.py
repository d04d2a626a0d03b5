"""Phase 2, customers: arrive, answer offers that are due, leave."""

from typing import Any

from simulation import case as cases
from simulation import chance, codes, learning
from simulation.compiled import kernel
from simulation.kernel.arrays import NO_TICK, NONE, log_row
from simulation.kernel.queues import draw_customer_order, draw_order, has_no_task, pass_on, post_to_rep
from simulation.record import MOST_COUNTED
from simulation.rules import people, timing


@kernel
def customers_hour(w: Any, t: int) -> None:
    """All customers' doings in tick t."""
    arrive(w, t)
    for i in range(due(w, t, False)):
        answer(w, w.order[i], timing.instant(t))
    for i in range(due(w, t, True)):
        leave(w, w.order[i], timing.instant(t))


@kernel
def due(w: Any, t: int, leaving: bool) -> int:
    """Put the open cases entered for tick t into `order`; how many there are."""
    entered = 0
    c = w.calendar[t].first_leave if leaving else w.calendar[t].first_reply
    while c != NONE:
        w.order[entered] = c
        entered += 1
        c = w.next_leave[c] if leaving else w.next_reply[c]
    n = 0
    for i in range(entered):
        if w.cases[w.order[i]].stage != codes.GONE:
            w.order[n] = w.order[i]
            n += 1
    draw_customer_order(w, n)
    return n


@kernel
def arrive(w: Any, t: int) -> None:
    """New customers reach the firm."""
    p, firm = w.settings[0], w.firm[0]
    n = 0
    r = w.calendar[t].first_arrival
    while r != NONE:
        w.order[n] = r
        n += 1
        r = w.reps[r].next_reached
    draw_order(w, n, chance.ARRIVAL_ORDER, t)
    for i in range(n):
        r = w.order[i]
        while w.reps[r].arrival == t:
            key = chance.child(chance.grandchild(firm.root, chance.ARRIVED_CUSTOMER, r), w.reps[r].n_arrivals - 1)
            chosen = r if p.direct else least_loaded(w, key, r)
            open_case(w, key, chosen, timing.instant(t), codes.ARRIVED)
            draw_arrival(w, r)
        enter_arrival(w, r)


@kernel
def enter_arrival(w: Any, r: int) -> None:
    """Enter rep r's next arrival in the calendar."""
    at = w.reps[r].arrival
    if at != NO_TICK:
        w.reps[r].next_reached = w.calendar[at].first_arrival
        w.calendar[at].first_arrival = r


@kernel
def draw_arrival(w: Any, r: int) -> None:
    """Draw when the next customer reaches rep r."""
    p, rep = w.settings[0], w.reps[r]
    if p.arrivals_per_hour <= 0.0:
        rep.arrival = NO_TICK
        return
    u = chance.draw_of(w.firm[0].root, chance.ARRIVAL_GAP, r, rep.n_arrivals)
    rep.next_arrival += timing.gap(p.arrivals_per_hour, u)
    rep.n_arrivals += 1
    rep.arrival = NO_TICK if rep.next_arrival >= p.n_ticks else int(rep.next_arrival)


@kernel
def least_loaded(w: Any, key: int, r: int) -> int:
    """The rep of r's team with the fewest matters at hand; ties by lot."""
    team = w.reps[r].team
    chosen, fewest, best_lot = r, NO_TICK, chance.word(0)
    for member in range(w.first_rep[team], w.first_rep[team + 1]):
        load = matters_at_hand(w, member)
        if load <= fewest:
            lot = chance.child(chance.child(key, chance.DISPATCH_TIE), member)
            if load < fewest or lot < best_lot:
                chosen, fewest, best_lot = member, load, lot
    return chosen


@kernel
def matters_at_hand(w: Any, r: int) -> int:
    """Matters in a rep's inbox and in hand; prospecting gives way and does not count."""
    return w.diary[r].waiting if has_no_task(w, r) else w.diary[r].waiting + 1


@kernel
def open_case(w: Any, key: int, r: int, at: int, origin: int) -> None:
    """A customer opens an opportunity with rep r at instant `at`."""
    p, firm = w.settings[0], w.firm[0]
    c = firm.n_cases
    if c >= len(w.cases):
        firm.full = 1
        return
    firm.n_cases = c + 1
    firm.open_cases += 1
    cases.begin(p, firm, w.cases[c], key, r, at)
    log_row(
        w, codes.OPEN, case=c, resource=r, queued=at, start=at, end=at, outcome=origin, amount=cases.value(p, key)
    )
    leaves = cases.leaving_hour(p, key, at)
    if leaves < p.n_ticks:
        w.next_leave[c] = w.calendar[leaves].first_leave
        w.calendar[leaves].first_leave = c
    post_to_rep(w, c, codes.DISCOVER, at)


@kernel
def answer(w: Any, c: int, now: int) -> None:
    """The customer answers the offer: buys, stays for a better one, or is lost."""
    p, case = w.settings[0], w.cases[c]
    outcome = cases.response(p, w, case)
    log_row(
        w, codes.REPLY, case=c, resource=codes.THE_CUSTOMER, queued=case.since, start=case.since, end=now, path=case.path,
        outcome=outcome, answers=min(case.offers, MOST_COUNTED), amount=cases.fit_of_offer(p, case),
    )
    if outcome == codes.STAYS:
        stay(w, c, now)
        return
    if outcome == codes.WON:
        every = (1 << p.issues) - 1
        learning.pool_evidence(p, w.firm[0], case, every, case.offer)
        remember(w, c, every, case.offer)
        if case.path == codes.CLUSTER:
            rep = w.reps[case.rep]
            rep.willingness = people.willingness_after_success(rep.willingness, p.reward_step)
    close(w, c)


@kernel
def stay(w: Any, c: int, now: int) -> None:
    """The rep revises the offer; if the customer is candid, knowing what is needed on one wrong issue."""
    p, case = w.settings[0], w.cases[c]
    if cases.speaks(p, case):
        remember(w, c, cases.reveal(p, w.firm[0], case), case.need)
    pass_on(w, c, cases.next_stop(p, w, w.firm[0], case, holder_of(w, case.rep)), now)


@kernel
def holder_of(w: Any, r: int) -> int:
    """Who has rep r's seat now, counted from 0."""
    return max(w.reps[r].n_turnovers - 1, 0)


@kernel
def remember(w: Any, c: int, issues: int, answers: int) -> None:
    """Evidence on some issues moves the memories of those who took part."""
    p, case = w.settings[0], w.cases[c]
    if p.memory_rate <= 0.0:
        return
    for k in range(p.issues):
        if issues >> k & 1:
            answer = answers >> k & 1
            w.memory[case.rep, k] = people.moved_memory(w.memory[case.rep, k], p.memory_rate, answer)
            for j in range(case.answers):
                r = w.helpers[c, j]
                w.memory[r, k] = people.moved_memory(w.memory[r, k], p.memory_rate, answer)


@kernel
def leave(w: Any, c: int, now: int) -> None:
    """Patience is over: the customer goes without a decision."""
    case = w.cases[c]
    log_row(
        w, codes.LEAVE, case=c, resource=codes.THE_CUSTOMER, queued=case.since, start=case.since, end=now, path=case.path,
        stage=case.stage,
    )
    close(w, c)


@kernel
def close(w: Any, c: int) -> None:
    """The case is over. What lies in inboxes for it is dropped when it comes to the top."""
    w.cases[c].stage = codes.GONE
    w.firm[0].open_cases -= 1
