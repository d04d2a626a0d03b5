"""Inboxes and the order of an hour."""

from typing import Any, Final

from simulation import chance, codes
from simulation.calendar import MINUTES_PER_HOUR
from simulation.compiled import kernel
from simulation.kernel.arrays import NONE
from simulation.rules import timing

FEW: Final = 24  # up to so many at once, the simplest way is the fastest


@kernel
def post_to_rep(w: Any, c: int, task: int, at: int) -> None:
    """A case joins its owner's inbox at instant `at`, for the task that comes next."""
    case = w.cases[c]
    case.stage = codes.REP_INBOX
    case.next_task = task
    case.since = at
    case.next_waiting = NONE
    rep = w.reps[case.rep]
    if rep.first_case == NONE:
        rep.first_case = c
    else:
        w.cases[rep.last_case].next_waiting = c
    rep.last_case = c
    w.diary[case.rep].waiting += 1
    w.firm[0].rep_waiting += 1
    wake(w, case.rep, at)


@kernel
def pass_on(w: Any, c: int, stop: int, at: int) -> None:
    """A case goes to its owner's manager, or into the owner's inbox for the next task."""
    if stop == codes.REVIEW:
        post_to_manager(w, c, w.reps[w.cases[c].rep].team, at)
    else:
        post_to_rep(w, c, stop, at)


@kernel
def post_request(w: Any, peer: int, c: int, at: int) -> None:
    """A request about a case joins a peer's inbox."""
    request = w.firm[0].n_requests
    if request >= len(w.requests):
        w.firm[0].full = 1
        return
    w.firm[0].n_requests = request + 1
    w.requests[request].case = c
    w.requests[request].asked_at = at
    w.requests[request].next_waiting = NONE
    rep = w.reps[peer]
    if rep.first_request == NONE:
        rep.first_request = request
    else:
        w.requests[rep.last_request].next_waiting = request
    rep.last_request = request
    w.diary[peer].waiting += 1
    w.firm[0].rep_waiting += 1
    wake(w, peer, at)


@kernel
def wake(w: Any, r: int, at: int) -> None:
    """Someone without work in hand looks into the inbox in the first working hour from instant `at` on."""
    if has_no_task(w, r):
        hour = timing.next_working_hour(timing.hour_from(at), w.settings[0].selling_minutes_per_day)
        w.diary[r].visit = min(w.diary[r].visit, hour)


@kernel
def has_no_task(w: Any, r: int) -> bool:
    """Whether a rep is free for a new task; prospecting gives way."""
    doing = w.diary[r].doing
    return doing == codes.NOTHING or doing == codes.PROSPECT


@kernel
def post_to_manager(w: Any, c: int, m: int, at: int) -> None:
    """A case joins manager m's inbox at instant `at`; those without work in hand look into it then."""
    case = w.cases[c]
    case.stage = codes.MANAGER_INBOX
    case.since = at
    case.next_waiting = NONE
    desk = w.managers[m].desk
    manager = w.managers[desk]
    if manager.first_case == NONE:
        manager.first_case = c
    else:
        w.cases[manager.last_case].next_waiting = c
    manager.last_case = c
    w.firm[0].manager_waiting += 1
    hour = timing.hour_from(at)
    reader = desk
    while reader < len(w.managers) and w.managers[reader].desk == desk:
        if w.managers[reader].doing == codes.NOTHING and w.managers[reader].visit > hour:
            w.managers[reader].visit = hour
        reader += 1


@kernel
def next_case(w: Any, r: int) -> int:
    """Take the oldest case out of a rep's inbox."""
    rep = w.reps[r]
    c = rep.first_case
    rep.first_case = w.cases[c].next_waiting
    w.diary[r].waiting -= 1
    w.firm[0].rep_waiting -= 1
    return c


@kernel
def next_request(w: Any, r: int) -> int:
    """Take the oldest request out of a rep's inbox."""
    rep = w.reps[r]
    request = rep.first_request
    rep.first_request = w.requests[request].next_waiting
    w.diary[r].waiting -= 1
    w.firm[0].rep_waiting -= 1
    return request


@kernel
def next_sign_off(w: Any, m: int) -> int:
    """Take the oldest case out of a manager's inbox."""
    manager = w.managers[w.managers[m].desk]
    c = manager.first_case
    manager.first_case = w.cases[c].next_waiting
    w.firm[0].manager_waiting -= 1
    return c


@kernel
def enter_minute(w: Any, who: int, at: int) -> None:
    """Enter a person who finishes something at instant `at` of the present hour in the hour's calendar."""
    firm, minute = w.firm[0], (at - 1) % MINUTES_PER_HOUR
    w.next_due[who] = w.minutes[minute]
    w.minutes[minute] = who
    firm.n_due += 1
    firm.soonest_due = min(firm.soonest_due, minute)


@kernel
def due_in(w: Any, minute: int) -> int:
    """Put those who finish something in a minute of the present hour into `order`; how many there are."""
    n = 0
    who = w.minutes[minute]
    while who != NONE:
        w.order[n] = who
        n += 1
        who = w.next_due[who]
    w.minutes[minute] = NONE
    w.firm[0].n_due -= n
    return n


@kernel
def draw_order(w: Any, n: int, purpose: int, t: int) -> None:
    """Put the n reps noted in `order` into the order drawn for hour t and WORK_ORDER or ARRIVAL_ORDER."""
    if n > 1:
        key = chance.grandchild(w.firm[0].root, purpose, t)
        for i in range(n):
            w.lots[i] = chance.turn(chance.child(key, w.order[i]), w.order[i])
        sort_by_lot(w, n)


@kernel
def draw_manager_order(w: Any, n: int, purpose: int, t: int) -> None:
    """The same for managers."""
    if n > 1:
        key = chance.grandchild(w.firm[0].root, purpose, t)
        for i in range(n):
            w.lots[i] = chance.turn(chance.child(key, w.managers[w.order[i]].name), w.order[i])
        sort_by_lot(w, n)


@kernel
def draw_customer_order(w: Any, n: int) -> None:
    """Put the n cases noted in `order` into the order of their customers' lots."""
    if n > 1:
        for i in range(n):
            lot = chance.child(chance.child(w.cases[w.order[i]].key, chance.LOT), 0)
            w.lots[i] = chance.turn(lot, w.order[i])
        sort_by_lot(w, n)


@kernel
def sort_by_lot(w: Any, n: int) -> None:
    """Put the n entries of `order` into the order of `lots`.

    The usual few go to the place given by the number of smaller lots: more comparisons than sorting, but no branch that a
    processor could guess wrong. Many are dealt into as many bins by their lots, which are uniform, so that sorting them costs
    no more apiece (Isaac & Singleton 1956, address calculation).
    """
    if n <= FEW:
        for i in range(n):
            place = 0
            for j in range(n):
                place += int(w.lots[j] < w.lots[i])
            w.order[place] = w.lots[i] % chance.TURNS
        return
    deal_into_bins(w, n)
    for i in range(1, n):
        lot = w.dealt[i]
        j = i
        while j > 0 and w.dealt[j - 1] > lot:
            w.dealt[j] = w.dealt[j - 1]
            j -= 1
        w.dealt[j] = lot
    for i in range(n):
        w.order[i] = w.dealt[i] % chance.TURNS


@kernel
def deal_into_bins(w: Any, n: int) -> None:
    """Put the first n lots into `dealt`, bin by bin; a bin holds the lots between two round numbers."""
    for b in range(n + 1):
        w.bins[b] = 0
    for i in range(n):
        w.bins[bin_of(w.lots[i], n) + 1] += 1
    for b in range(n):
        w.bins[b + 1] += w.bins[b]
    for i in range(n):
        b = bin_of(w.lots[i], n)
        w.dealt[w.bins[b]] = w.lots[i]
        w.bins[b] += 1


@kernel
def bin_of(lot: int, n: int) -> int:
    """Which of n bins of equal width a lot falls into; its random bits are those above the index."""
    return lot // chance.TURNS * n // chance.TURNS
