"""The whole state of a run in plain words, the same for both engines, and the first difference between two of them.

A state is a dict per agent ("firm", "rep 3", "manager 0", "customer 17") from field to value. Fields that one engine holds and
the other works out when asked (lengths of inboxes, hours left, who leaves when) are worked out here, so that a counter or a
calendar that has gone astray shows as a difference. Fields without a meaning at the moment (the start of a task that nobody
works on) are left out.
"""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from simulation import calendar, codes
from simulation.agents import Customer, Manager, Rep
from simulation.kernel.arrays import NEVER, NONE
from simulation.model import SellingModel
from simulation.rules import timing
from simulation.settings import Settings

State = dict[str, dict[str, Any]]
CASE_FIELDS = (
    "key", "need", "rep", "stage", "since", "asked_at", "next_task", "path", "template", "offer", "offers", "revealed",
    "forced", "granted", "able", "asked",
)  # fmt: skip


class Moment(NamedTuple):
    """How far a run has come: `done` phases of tick `tick` are over (0 to 4)."""

    tick: int
    done: int

    def next_hour(self, phase: str) -> int:
        """The next tick in which this phase will take place."""
        return self.tick + (calendar.TICK_ORDER.index(phase) < self.done)


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
        **{f"customer {c}": _customer_of_model(held[c], leaves.get(c), replies.get(c)) for c in sorted(held)},
        **{f"rep {rep.number}": _rep_of_model(model, rep, at) for rep in model.reps},
        **{f"manager {m.number}": _manager_of_model(m, at) for m in model.managers},
        "firm": _firm_of_model(model),
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
        "flip_at": [_soon(flip, rate) for flip in model.flip_at],
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
        "desk": manager.desk,
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
    p = _row(w.settings, 0)
    leaves = dict(_lists(w, at, w.calendar["first_leave"], w.next_leave))
    replies = dict(_lists(w, at, w.calendar["first_reply"], w.next_reply))
    stages = w.cases["stage"][: w.firm[0].n_cases]
    held = set((stages != codes.GONE).nonzero()[0].tolist())
    reps = {f"rep {r}": _rep_of_arrays(w, p, r, at) for r in range(p.reps)}
    managers = {f"manager {m}": _manager_of_arrays(w, p, m, at) for m in range(len(w.managers))}
    for said in (*reps.values(), *managers.values()):
        held.update(said.get("own_work", ()), said.get("requests", ()), said.get("inbox", ()))
        held.update({said["subject"]} if "subject" in said else ())
    customers = {f"customer {c}": _customer_of_arrays(w, p, c, leaves.get(c), replies.get(c)) for c in sorted(held)}
    return {**customers, **reps, **managers, "firm": _firm_of_arrays(w, p)}


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
        yield request // w.settings[0].peers_asked  # as in kernel.queues, whose functions cannot be called from Python
        request = int(w.next_request[request])


def _row(table: Any, number: int) -> SimpleNamespace:
    """A row of a table with plain numbers and lists in place of NumPy's, which are slow to handle one by one."""
    plain = (value.tolist() if isinstance(value, np.ndarray) else value for value in table[number].item())
    return SimpleNamespace(**dict(zip(table.dtype.names, plain, strict=True)))


def _firm_of_arrays(w: Any, p: Any) -> dict[str, Any]:
    firm = _row(w.firm, 0)
    return {
        "standard": firm.standard,
        "playbook": firm.playbook,
        "first_playbook": firm.first_playbook,
        "for_one": firm.for_one[: p.issues],
        "for_zero": firm.for_zero[: p.issues],
        "flip_at": [_soon(flip, p.flips_per_hour) for flip in firm.flip_at[: p.issues]],
        "n_flips": firm.n_flips[: p.issues],
        "n_cases": firm.n_cases,
        "open_cases": firm.open_cases,
        "rep_inboxes": firm.rep_waiting,
        "manager_inboxes": firm.manager_waiting,
    }


def _rep_of_arrays(w: Any, p: Any, r: int, at: Moment) -> dict[str, Any]:
    rep, diary = _row(w.reps, r), _row(w.diary, r)
    doing, spell_left = diary.doing, rep.spell_left
    busy = doing not in (codes.NOTHING, codes.PROSPECT)
    if doing == codes.PROSPECT:
        spell_left -= at.next_hour("reps") - rep.idle_since
    said = {
        "expertise": rep.expertise,
        "team": rep.team,
        "peers": [seat for seat in _seats(w, rep.cluster) if seat != r],
        "willingness": rep.willingness,
        "memory": w.memory[r].tolist(),
        "own_work": list(_chain(rep.first_case, w.cases["next_waiting"])),
        "requests": list(_requests(w, rep.first_request)),
        "matters_at_hand": diary.waiting + busy,
        "doing": doing,
        "spells": rep.n_spells,
        "spell_left": spell_left,
        "arrivals": rep.n_arrivals,
        "arrival": _soon(rep.next_arrival, p.arrivals_per_hour),
        "arrival_tick": diary.arrival,
        "turnovers": rep.n_turnovers,
        "turnover": _soon(rep.next_turnover, p.turnover_per_hour),
    }
    if spell_left > 0:
        said |= {"spell_hours": rep.spell_hours, "spell_start": rep.spell_start}
    if busy:
        said |= {"subject": rep.subject, "queued": rep.queued, "start": rep.start, "hours": rep.hours}
        said |= {"last_hour": diary.visit}
    return said


def _seats(w: Any, cluster: int) -> list[int]:
    first, end = w.first_seat[cluster : cluster + 2]
    return list(w.seats["rep"][first:end].tolist())


def _manager_of_arrays(w: Any, p: Any, m: int, at: Moment) -> dict[str, Any]:
    manager = _row(w.managers, m)
    said = {
        "level": manager.level,
        "superior": manager.superior,
        "name": manager.name,
        "desk": manager.desk,
        "expertise": manager.expertise,
        "inbox": list(_chain(_row(w.managers, manager.desk).first_case, w.cases["next_waiting"])),
    }
    if manager.doing != codes.NOTHING:
        start, hours = manager.start, manager.hours
        left = hours - timing.review_hours_until(start, at.next_hour("managers"), p.review_hours_per_day)
        said |= {"subject": manager.subject, "queued": manager.queued, "start": start}
        said |= {"hours": hours, "hours_left": left}
    return said


def _customer_of_arrays(
    w: Any, p: Any, c: int, leaves: int | None, answers: int | None
) -> dict[str, Any]:
    case = _row(w.cases, c)
    said = {name: getattr(case, name) for name in CASE_FIELDS}
    return said | {
        "helpers": w.helpers[c, : case.answers].tolist(),
        "plain": case.plain[: p.issues],
        "expert": case.expert[: p.issues],
        "leaves_at": leaves,
        "answers_at": answers,
    }
