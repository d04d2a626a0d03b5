"""The whole state of a run in plain words, the same for both engines, and the first difference between two of them.

A state is a dict per agent ("firm", "rep 3", "manager 0", "customer 17") from field to value. Fields that one engine holds and
the other works out when asked (lengths of inboxes, hours left, who leaves when) are worked out here, so that a counter or a
calendar that has gone astray shows as a difference. Fields without a meaning at the moment (the start of a task that nobody
works on) are left out.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from simulation import words
from simulation.agents import Customer, Manager, Rep
from simulation.kernel.arrays import MOST_PEERS, NEVER, NONE
from simulation.model import SellingModel
from simulation.rules import timing
from simulation.settings import Settings

State = dict[str, dict[str, Any]]
CASE_FIELDS = (
    "key", "need", "rep", "stage", "since", "asked_at", "next_task", "path", "template", "offer", "offers", "revealed",
    "forced", "able", "asked",
)  # fmt: skip


class Moment(NamedTuple):
    """How far a run has come: `done` phases of tick `tick` are over (0 to 4)."""

    tick: int
    done: int

    def next_hour(self, phase: str) -> int:
        """The next tick in which this phase will take place."""
        return self.tick + (words.TICK_ORDER.index(phase) < self.done)


class Difference(NamedTuple):
    """A field in which two states differ."""

    agent: str
    field: str
    kernel: Any
    mesa: Any


def first_difference(kernel: State, mesa: State) -> Difference | None:
    """The first field of the first agent in which two states differ."""
    for agent in (*kernel, *(name for name in mesa if name not in kernel)):
        a, b = kernel.get(agent), mesa.get(agent)
        if a is None or b is None:
            return Difference(agent, "presence", a is not None, b is not None)
        for field in (*a, *(name for name in b if name not in a)):
            if a.get(field) != b.get(field):
                return Difference(agent, field, a.get(field), b.get(field))
    return None


def _soon(instant: float, rate: float) -> float | None:
    """An instant drawn ahead; None where the rate is 0 and nothing is drawn."""
    return float(instant) if rate > 0.0 else None


# --- Of the Mesa model ---


def of_model(model: SellingModel, at: Moment) -> State:
    """The state of the readable model."""
    leaves = dict(_entries(model.leaves, model.settings, at))
    replies = dict(_entries(model.replies, model.settings, at))
    held: dict[int, Customer] = {c.case: c for c in model.agents_by_type.get(Customer, [])}
    for rep in model.reps:
        held |= {c.case: c for c in (*rep.own_work, *rep.requests)}
        if not rep.free() and rep.subject is not None:
            held[rep.subject.case] = rep.subject
    for manager in model.managers:
        held |= {c.case: c for c in manager.inbox}
        if manager.subject is not None:
            held[manager.subject.case] = manager.subject
    return {
        "firm": _firm_of_model(model),
        **{f"rep {rep.number}": _rep_of_model(model, rep, at) for rep in model.reps},
        **{f"manager {m.number}": _manager_of_model(m, at) for m in model.managers},
        **{f"customer {c}": _customer_of_model(held[c], leaves.get(c), replies.get(c)) for c in sorted(held)},
    }


def _entries(calendar: dict[int, list[Customer]], p: Settings, at: Moment) -> Iterator[tuple[int, int]]:
    for tick, customers in calendar.items():
        if at.next_hour("customers") <= tick < p.n_ticks:
            yield from ((c.case, tick) for c in customers)


def _firm_of_model(model: SellingModel) -> dict[str, Any]:
    rate = model.settings.flips_per_hour
    return {
        "standard": model.standard,
        "playbook": model.playbook,
        "first_playbook": model.first_playbook,
        "for_one": list(model.for_one),
        "for_zero": list(model.for_zero),
        "flip_at": [_soon(at, rate) for at in model.flip_at],
        "n_flips": list(model.n_flips),
        "n_cases": model.n_cases,
        "open_cases": model.open_cases(),
        "rep_inboxes": model.rep_inboxes(),
        "manager_inboxes": model.manager_inboxes(),
    }


def _rep_of_model(model: SellingModel, rep: Rep, at: Moment) -> dict[str, Any]:
    p = model.settings
    said = {
        "expertise": rep.expertise,
        "team": rep.manager_number,
        "peers": [int(peer.number) for peer in model.peers_of(rep)],
        "willingness": rep.willingness,
        "memory": list(rep.memory),
        "own_work": [c.case for c in rep.own_work],
        "requests": [c.case for c in rep.requests],
        "matters_at_hand": rep.matters_at_hand(),
        "doing": rep.doing,
        "spells": rep.spells,
        "spell_left": rep.spell_left,
        "arrivals": rep.n_arrivals,
        "arrival": _soon(rep.next_arrival, p.arrivals_per_hour),
        "arrival_tick": int(rep.next_arrival) if rep.next_arrival < p.n_ticks else NEVER,
        "turnovers": rep.n_turnovers,
        "turnover": _soon(rep.next_turnover, p.turnover_per_hour),
    }
    if rep.spell_left > 0:
        said |= {"spell_hours": rep.spell_hours, "spell_start": rep.spell_start}
    if not rep.free() and rep.subject is not None:
        said |= {"subject": rep.subject.case, "queued": rep.queued, "start": rep.start, "hours": rep.hours}
        said |= {"last_hour": at.next_hour("reps") + rep.hours_left - 1}
    return said


def _manager_of_model(manager: Manager, at: Moment) -> dict[str, Any]:
    said = {
        "level": manager.level,
        "superior": manager.superior_number,
        "name": manager.name,
        "expertise": manager.expertise,
        "inbox": [c.case for c in manager.inbox],
    }
    if manager.subject is not None:
        said |= {"subject": manager.subject.case, "queued": manager.queued, "start": manager.start}
        said |= {"hours": manager.hours, "hours_left": manager.hours_left}
    return said


def _customer_of_model(c: Customer, leaves: int | None, answers: int | None) -> dict[str, Any]:
    said = {name: getattr(c, name) for name in CASE_FIELDS}
    return said | {
        "rep": c.rep.number,
        "helpers": [peer.number for peer in c.helpers],
        "plain": list(c.plain),
        "expert": list(c.expert),
        "leaves_at": leaves,
        "answers_at": answers,
    }


# --- Of the kernel's arrays ---


def of_arrays(w: Any, at: Moment) -> State:
    """The state in the compiled engine's `Arrays`."""
    p = w.settings[0]
    leaves = dict(_lists(w, at, w.calendar.first_leave, w.cases.next_leave))
    replies = dict(_lists(w, at, w.calendar.first_reply, w.cases.next_reply))
    stages = w.cases.stage[: int(w.firm[0].n_cases)]
    held = {int(c) for c in (stages != words.GONE).nonzero()[0]}
    reps = {f"rep {r}": _rep_of_arrays(w, r, at) for r in range(int(p.reps))}
    managers = {f"manager {m}": _manager_of_arrays(w, m, at) for m in range(len(w.managers))}
    for said in (*reps.values(), *managers.values()):
        held.update(said.get("own_work", ()), said.get("requests", ()), said.get("inbox", ()))
        held.update({said["subject"]} if "subject" in said else ())
    customers = {f"customer {c}": _customer_of_arrays(w, c, leaves.get(c), replies.get(c)) for c in sorted(held)}
    return {"firm": _firm_of_arrays(w), **reps, **managers, **customers}


def _lists(w: Any, at: Moment, first: Any, following: Any) -> Iterator[tuple[int, int]]:
    start = at.next_hour("customers")
    for tick in start + (first[start:] != NONE).nonzero()[0]:
        yield from ((c, int(tick)) for c in _chain(int(first[tick]), following))


def _chain(c: int, following: Any) -> Iterator[int]:
    while c != NONE:
        yield c
        c = int(following[c])


def _requests(w: Any, request: int) -> Iterator[int]:
    while request != NONE:
        c, place = divmod(request, MOST_PEERS)  # as in kernel.queues, whose functions cannot be called from Python
        yield c
        request = int(w.cases[c].next_request[place])


def _firm_of_arrays(w: Any) -> dict[str, Any]:
    p, firm = w.settings[0], w.firm[0]
    return {
        "standard": int(firm.standard),
        "playbook": int(firm.playbook),
        "first_playbook": int(firm.first_playbook),
        "for_one": _plain(firm.for_one[: p.issues]),
        "for_zero": _plain(firm.for_zero[: p.issues]),
        "flip_at": [_soon(at, p.flips_per_hour) for at in firm.flip_at[: p.issues]],
        "n_flips": _plain(firm.n_flips[: p.issues]),
        "n_cases": int(firm.n_cases),
        "open_cases": int(firm.open_cases),
        "rep_inboxes": int(firm.rep_waiting),
        "manager_inboxes": int(firm.manager_waiting),
    }


def _rep_of_arrays(w: Any, r: int, at: Moment) -> dict[str, Any]:
    p, rep, diary = w.settings[0], w.reps[r], w.diary[r]
    doing, spell_left = int(rep.doing), int(rep.spell_left)
    busy = doing not in (words.NOTHING, words.PROSPECT)
    if doing == words.PROSPECT:
        spell_left -= at.next_hour("reps") - int(rep.idle_since)
    said = {
        "expertise": int(rep.expertise),
        "team": int(rep.team),
        "peers": [int(w.reps[place].seat) for place in _places(w, int(rep.cluster)) if w.reps[place].seat != r],
        "willingness": float(rep.willingness),
        "memory": _plain(rep.memory[: p.issues]),
        "own_work": list(_chain(int(rep.first_case), w.cases.next_waiting)),
        "requests": list(_requests(w, int(rep.first_request))),
        "matters_at_hand": int(rep.waiting) + busy,
        "doing": doing,
        "spells": int(rep.n_spells),
        "spell_left": spell_left,
        "arrivals": int(rep.n_arrivals),
        "arrival": _soon(rep.next_arrival, p.arrivals_per_hour),
        "arrival_tick": int(diary.arrival),
        "turnovers": int(rep.n_turnovers),
        "turnover": _soon(rep.next_turnover, p.turnover_per_hour),
    }
    if spell_left > 0:
        said |= {"spell_hours": int(rep.spell_hours), "spell_start": int(rep.spell_start)}
    if busy:
        said |= {"subject": int(rep.subject), "queued": int(rep.queued), "start": int(rep.start), "hours": int(rep.hours)}
        said |= {"last_hour": int(diary.visit)}
    return said


def _places(w: Any, cluster: int) -> range:
    return range(int(w.reps[cluster].first_seat), int(w.reps[cluster + 1].first_seat))


def _manager_of_arrays(w: Any, m: int, at: Moment) -> dict[str, Any]:
    manager, per_day = w.managers[m], int(w.settings[0].review_hours_per_day)
    said = {
        "level": int(manager.level),
        "superior": int(manager.superior),
        "name": int(manager.name),
        "expertise": int(manager.expertise),
        "inbox": list(_chain(int(manager.first_case), w.cases.next_waiting)),
    }
    if manager.doing != words.NOTHING:
        start, hours = int(manager.start), int(manager.hours)
        left = hours - timing.review_hours_until(start, at.next_hour("managers"), per_day)
        said |= {"subject": int(manager.subject), "queued": int(manager.queued), "start": start}
        said |= {"hours": hours, "hours_left": left}
    return said


def _customer_of_arrays(w: Any, c: int, leaves: int | None, answers: int | None) -> dict[str, Any]:
    case, issues = w.cases[c], int(w.settings[0].issues)
    said = {name: int(case[name]) for name in CASE_FIELDS}
    return said | {
        "helpers": _plain(case.helpers[: int(case.answers)]),
        "plain": _plain(case.plain[:issues]),
        "expert": _plain(case.expert[:issues]),
        "leaves_at": leaves,
        "answers_at": answers,
    }


def _plain(numbers: Iterable[Any]) -> list[Any]:
    return [number.item() for number in numbers]
