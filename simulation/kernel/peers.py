"""The cluster: whom a rep asks, and what happens when an answer comes in."""

from typing import Any

from simulation import case as cases
from simulation import chance, codes
from simulation.compiled import kernel
from simulation.kernel.arrays import log_row
from simulation.kernel.queues import pass_on, post_request, post_to_rep
from simulation.rules import people


@kernel
def ask_peers(w: Any, r: int, c: int, now: int) -> None:
    """The rep asks those members of the cluster who seem most useful."""
    case = w.cases[c]
    case.stage = codes.PEERS
    case.since = now
    rate_peers(w, r, c)
    for _ in range(case.asked):
        post_request(w, most_useful(w, r, c), c, now)


@kernel
def rate_peers(w: Any, r: int, c: int) -> None:
    """Note how useful each member of the cluster is for this case, as far as the rep knows."""
    p, firm = w.settings[0], w.firm[0]
    cases.note_doubts(p, w, w.cases[c], firm.doubt)
    home = w.reps[r].cluster
    first = w.first_seat[home]
    for j in range(w.first_seat[home + 1] - first):
        seat = w.seats[first + j]
        useful = people.usefulness(seat.expertise, w.known[r, j], p.average_peer, firm.doubt, p.issues)
        firm.usefulness[j] = useful if seat.rep != r else -1.0


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
    """A peer's answer is in; the owner acts on it if it was the last one needed."""
    p, case, peer = w.settings[0], w.cases[c], w.reps[r]
    if case.stage != codes.PEERS or case.since != peer.queued:
        log_consulting(w, r, codes.WASTED, now, 0, 0)
        return
    w.helpers[c, case.answers] = r
    heard = cases.answer_peer(p, w, case, r, peer.expertise)
    log_consulting(w, r, codes.DONE, now, p.issues, heard)
    act_on_answers(w, c, now, peer.minutes)


@kernel
def act_on_answers(w: Any, c: int, now: int, minutes: int) -> None:
    """The owner acts if the answers so far are enough. minutes: the work of the last who answered."""
    p, case = w.settings[0], w.cases[c]
    sure = cases.assurance(p, w, case)
    if not cases.may_act(p, case, sure):
        return
    log_row(
        w, codes.CONFER, case=c, resource=case.rep, queued=case.since, start=case.since, end=now, minutes=minutes,
        path=codes.CLUSTER, answers=case.answers, amount=sure,
    )
    if p.conferring_units > 0.0 and case.answers > 0:
        post_to_rep(w, c, codes.TAKE_IN, now)
    else:
        pass_on(w, c, codes.REVIEW if cases.propose(p, w, w.firm[0], case) else codes.DRAFT, now)


@kernel
def log_consulting(w: Any, r: int, outcome: int, end: int, readings: int, heard: int) -> None:
    """Log the answer to a peer that a rep has just finished."""
    rep = w.reps[r]
    log_row(
        w, codes.CONSULT, case=rep.subject, resource=r, queued=rep.queued, start=rep.start, end=end, minutes=rep.minutes,
        path=codes.CLUSTER, outcome=outcome, readings=readings, heard=heard,
    )
