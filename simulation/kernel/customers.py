"""Phase 2, customers: arrive, answer offers that are due, leave."""

from typing import Any

from simulation import chance, codes
from simulation.compiled import fetch, kernel
from simulation.kernel.arrays import NEVER, NONE, log_row
from simulation.kernel.offers import learn, settle_offer
from simulation.kernel.queues import draw_customer_order, draw_order, has_no_task, post_to_rep
from simulation.record import MOST_COUNTED
from simulation.rules import market, offer, people, timing


@kernel
def customers_hour(w: Any, t: int) -> None:
    """All customers' doings in tick t."""
    arrive(w, t)
    for i in range(due(w, t, False)):
        answer(w, w.order[i], t)
    for i in range(due(w, t, True)):
        leave(w, w.order[i], t)


@kernel
def due(w: Any, t: int, leaving: bool) -> int:
    """Put the open cases entered for tick t into `order`; how many there are."""
    entered = 0
    c = w.calendar[t].first_leave if leaving else w.calendar[t].first_reply
    while c != NONE:
        w.order[entered] = c
        entered += 1
        fetch(w.cases, c)
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
    for r in range(p.reps):
        if w.diary[r].arrival == t:
            w.order[n] = r
            n += 1
    draw_order(w, n, chance.ARRIVAL_ORDER, t)
    for i in range(n):
        r = w.order[i]
        while w.diary[r].arrival == t:
            key = chance.child(chance.grandchild(firm.root, chance.ARRIVED_CUSTOMER, r), w.reps[r].n_arrivals - 1)
            chosen = r if p.direct else least_loaded(w, key, r)
            open_case(w, key, chosen, t, codes.ARRIVED)
            next_arrival(w, r)


@kernel
def next_arrival(w: Any, r: int) -> None:
    """Draw when the next customer reaches rep r."""
    p, rep = w.settings[0], w.reps[r]
    if p.arrivals_per_hour <= 0.0:
        w.diary[r].arrival = NEVER
        return
    u = chance.draw_of(w.firm[0].root, chance.ARRIVAL_GAP, r, rep.n_arrivals)
    rep.next_arrival += timing.gap(p.arrivals_per_hour, u)
    rep.n_arrivals += 1
    w.diary[r].arrival = NEVER if rep.next_arrival >= p.n_ticks else int(rep.next_arrival)


@kernel
def least_loaded(w: Any, key: int, r: int) -> int:
    """The rep of r's team with the fewest matters at hand; ties by lot."""
    team = w.reps[r].team
    chosen, fewest, best_lot = r, NEVER, chance.word(0)
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
    case = w.cases[c]
    case.key = key
    case.need = need_of(w, key)
    case.rep = r
    case.revealed = 0
    case.able = 0
    case.forced = 0
    case.granted = 0
    case.path = codes.NO_PATH
    case.offers = 0
    case.answers = 0
    case.asked = 0
    for k in range(p.issues):
        w.cases[c].plain[k] = 0
        w.cases[c].expert[k] = 0
    value = market.deal_value(p.deal_value_kusd, p.deal_spread, chance.draw(key, chance.VALUE, 0))
    log_row(w, c, r, at, at, at, 0, codes.OPEN, 0, origin, 0, 0, 0, 0, 0, value)
    u = chance.draw(key, chance.PATIENCE, 0)
    leaves = at + timing.patience(p.patience_scale, p.patience_inverse_shape, p.expiry_hours, u)
    if leaves < p.n_ticks:
        w.next_leave[c] = w.calendar[leaves].first_leave
        w.calendar[leaves].first_leave = c
    post_to_rep(w, c, codes.DISCOVER, at)


@kernel
def need_of(w: Any, key: int) -> int:
    """The customer's need: the standard as it stands, except where the customer deviates."""
    p = w.settings[0]
    need = w.firm[0].standard
    draws = chance.child(key, chance.NEED)
    for k in range(p.issues):
        need ^= int(market.deviates(p.variety, chance.uniform(draws, k))) << k
    return need


@kernel
def answer(w: Any, c: int, t: int) -> None:
    """The customer answers the offer: buys, stays for a better one, or is lost."""
    p, case = w.settings[0], w.cases[c]
    fit = offer.fit(case.offer, case.need, p.interdependence, p.issues)
    chance_to_win = offer.acceptance(fit, p.coin_fit, p.selectivity)
    if offer.happens(chance_to_win, chance.draw(case.key, chance.ACCEPTANCE, case.offers)):
        outcome = codes.WON
    elif offer.happens(p.second_chance, chance.draw(case.key, chance.SECOND_CHANCE, case.offers)):
        outcome = codes.STAYS
    else:
        outcome = codes.LOST
    log_row(
        w, c, codes.THE_CUSTOMER, case.since, case.since, t, 0, codes.REPLY, case.path, outcome, 0, 0, 0, 0,
        min(case.offers, MOST_COUNTED), fit,
    )  # fmt: skip
    if outcome == codes.STAYS:
        stay(w, c, t)
        return
    if outcome == codes.WON:
        learn(w, c, (1 << p.issues) - 1, case.offer)
        if case.path == codes.CLUSTER:
            rep = w.reps[case.rep]
            rep.willingness = people.willingness_after_success(rep.willingness, p.reward_step)
    close(w, c)


@kernel
def stay(w: Any, c: int, t: int) -> None:
    """The rep revises the offer; if the customer is candid, knowing what is needed on one wrong issue."""
    case = w.cases[c]
    if offer.happens(w.settings[0].candour, chance.draw(case.key, chance.CANDOUR, case.offers)):
        reveal(w, c)
    if not settle_offer(w, c, t):
        post_to_rep(w, c, codes.DRAFT, t)


@kernel
def reveal(w: Any, c: int) -> None:
    """One wrong issue comes to light."""
    case = w.cases[c]
    wrong = case.offer ^ case.need
    u = chance.draw(case.key, chance.REVEALED_ISSUE, case.offers)
    issue = 1 << market.member(wrong, offer.pick(market.size(wrong), u))
    case.revealed |= issue
    learn(w, c, issue, case.need)


@kernel
def leave(w: Any, c: int, t: int) -> None:
    """Patience is over: the customer goes without a decision."""
    case = w.cases[c]
    log_row(
        w, c, codes.THE_CUSTOMER, case.since, case.since, t, 0, codes.LEAVE, case.path, codes.DONE, case.stage,
        0, 0, 0, 0, 0.0,
    )  # fmt: skip
    close(w, c)


@kernel
def close(w: Any, c: int) -> None:
    """The case is over. What lies in inboxes for it is dropped when it comes to the top."""
    w.cases[c].stage = codes.GONE
    w.firm[0].open_cases -= 1
