"""The whole state of a run in plain words, the same for both engines, and the first difference between two of them.

A state is a dict per agent ("firm", "rep 3", "manager 0", "customer 17") from field to value. Both engines use the same names for
most of what they hold. Inboxes, hands and calendars they keep in ways of their own; here these are worked out to mean the same
(who waits where, when work ends, who leaves when), so that a counter or a calendar that has gone astray shows as a difference.
Fields without a meaning at the moment (the start of a task that nobody works on) are left out.
"""

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from simulation import calendar, codes
from simulation.agents import Customer, Manager, Rep
from simulation.kernel.arrays import CASE, NO_TICK, NONE
from simulation.model import SellingModel
from simulation.rules import timing
from simulation.settings import Settings
from simulation.tables import Tables

State = dict[str, dict[str, Any]]

# What both engines call by the same name. A field of a case or of the firm may be a list with a place per issue.
CASE_FIELDS = tuple(name for name in CASE.names if name != "next_waiting")
REP_FIELDS = ("expertise", "team", "willingness", "spell_left", "n_arrivals", "n_turnovers", "n_spells")
MANAGER_FIELDS = ("level", "superior", "name", "desk", "expertise", "deviations", "forced_fits", "readings", "heard")
FIRM_FIELDS = ("standard", "playbook", "first_playbook", "for_one", "for_zero", "n_flips", "n_cases")
TASK_FIELDS = ("queued", "start", "minutes")
SPELL_FIELDS = ("spell_minutes", "spell_start")


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


def _held(holder: Any, fields: Iterable[str], issues: int = 0) -> dict[str, Any]:
    """Fields of anything by name; of a list, the places of the issues that there are."""
    values = {name: getattr(holder, name) for name in fields}
    return {name: list(value[:issues]) if isinstance(value, list) else value for name, value in values.items()}


def _soon(instant: float, rate: float) -> float | None:
    """An instant drawn ahead; None where the rate is 0 and nothing is drawn."""
    return float(instant) if rate > 0.0 else None


def _in_hand(subject: int, worker: Any, ends: int) -> dict[str, Any]:
    """A task or review, when it ends, and the tick of its last minute."""
    return {"subject": subject, **_held(worker, TASK_FIELDS), "ends": int(ends), "visit": timing.hour_from(int(ends)) - 1}


def _tables(tables: Any) -> dict[str, Any]:
    return {name: list(getattr(tables, name)) for name in Tables._fields}


# --- Of the Mesa model ---


def of_model(model: SellingModel, at: Moment) -> State:
    """The state of the readable model."""
    p = model.settings
    leaves = dict(_entries(model.leaves, p, at))
    replies = dict(_entries(model.replies, p, at))
    held = {c.number: c for c in _cases_of_model(model)}
    tables = {"tables": _tables(model.tables)} if at.done == 0 else {}
    return {
        **{f"customer {c}": _customer_of_model(held[c], leaves.get(c), replies.get(c)) for c in sorted(held)},
        **{f"rep {rep.number}": _rep_of_model(model, rep, at) for rep in model.reps},
        **{f"manager {m.number}": _manager_of_model(m, at) for m in model.managers},
        "firm": _firm_of_model(model),
        **tables,
    }


def _cases_of_model(model: SellingModel) -> Iterator[Customer]:
    """Cases that are open, or gone and still in somebody's inbox or hands."""
    yield from model.agents_by_type.get(Customer, [])
    for rep in model.reps:
        yield from rep.own_work
        yield from (case for case, _ in rep.requests)
        if not rep.free() and rep.subject is not None:
            yield rep.subject
    for manager in model.managers:
        yield from manager.inbox
        if manager.subject is not None:
            yield manager.subject


def _entries(calendar: dict[int, list[Customer]], p: Settings, at: Moment) -> Iterator[tuple[int, int]]:
    for tick, customers in calendar.items():
        if at.next_hour("customers") <= tick < p.n_ticks:
            yield from ((c.number, tick) for c in customers)


def _firm_of_model(model: SellingModel) -> dict[str, Any]:
    rate = model.settings.flips_per_hour
    return _held(model, FIRM_FIELDS, model.settings.issues) | {
        "flip_at": [_soon(flip, rate) for flip in model.flip_at],
        "open_cases": model.open_cases(),
        "rep_inboxes": model.rep_inboxes(),
        "manager_inboxes": model.manager_inboxes(),
    }


def _rep_of_model(model: SellingModel, rep: Rep, at: Moment) -> dict[str, Any]:
    p, members = model.settings, model.cluster_of(rep)
    reached = p.arrivals_per_hour > 0.0 and rep.next_arrival < p.n_ticks
    said = _held(rep, REP_FIELDS) | {
        "members": [member.number for member in members],
        "known": model.structure.known[rep.number, : len(members)].tolist(),
        "memory": list(rep.memory),
        "own_work": [c.number for c in rep.own_work],
        "requests": [(c.number, asked_at) for c, asked_at in rep.requests],
        "matters_at_hand": rep.matters_at_hand(),
        "doing": rep.doing,
        "next_arrival": _soon(rep.next_arrival, p.arrivals_per_hour),
        "arrival": int(rep.next_arrival) if reached else NO_TICK,
        "reached_at": int(rep.next_arrival) if reached else None,
        "next_turnover": _soon(rep.next_turnover, p.turnover_per_hour),
    }
    if rep.spell_left > 0:
        said |= _held(rep, SPELL_FIELDS)
    if not rep.free() and rep.subject is not None:
        now = timing.instant(at.next_hour("reps"))
        ends = timing.work_ends(now, rep.minutes_left, p.selling_minutes_per_day)
        said |= _in_hand(rep.subject.number, rep, ends)
    return said


def _manager_of_model(manager: Manager, at: Moment) -> dict[str, Any]:
    said = _held(manager, MANAGER_FIELDS) | {"inbox": [c.number for c in manager.inbox]}
    if manager.subject is not None:
        now = timing.instant(at.next_hour("managers"))
        ends = timing.work_ends(now, manager.minutes_left, manager.settings.review_minutes_per_day)
        said |= _in_hand(manager.subject.number, manager, ends)
    return said


def _customer_of_model(c: Customer, leaves: int | None, answers: int | None) -> dict[str, Any]:
    helpers = [peer.number for peer in c.helpers]
    return _held(c, CASE_FIELDS, c.settings.issues) | {"helpers": helpers, "leaves_at": leaves, "answers_at": answers}


# --- Of the kernel's arrays ---


def of_arrays(w: Any, at: Moment) -> State:
    """The state in the compiled engine's `Arrays`."""
    p = _row(w.settings, 0)
    leaves = dict(_lists(w, at, w.calendar["first_leave"], w.next_leave))
    replies = dict(_lists(w, at, w.calendar["first_reply"], w.next_reply))
    arrivals = dict(_lists(w, at, w.calendar["first_arrival"], w.reps["next_reached"]))
    stages = w.cases["stage"][: w.firm[0].n_cases]
    held = set((stages != codes.GONE).nonzero()[0].tolist())
    reps = {f"rep {r}": _rep_of_arrays(w, p, r, at, arrivals.get(r)) for r in range(p.reps)}
    managers = {f"manager {m}": _manager_of_arrays(w, m) for m in range(len(w.managers))}
    for said in (*reps.values(), *managers.values()):
        held.update(said.get("own_work", ()), said.get("inbox", ()), (c for c, _ in said.get("requests", ())))
        held.update({said["subject"]} if "subject" in said else ())
    customers = {f"customer {c}": _customer_of_arrays(w, p, c, leaves.get(c), replies.get(c)) for c in sorted(held)}
    tables = {"tables": {name: getattr(w, name).tolist() for name in Tables._fields}} if at.done == 0 else {}
    return {**customers, **reps, **managers, "firm": _firm_of_arrays(w, p), **tables}


def _lists(w: Any, at: Moment, first: Any, following: Any) -> Iterator[tuple[int, int]]:
    start = at.next_hour("customers")
    for tick in start + (first[start:] != NONE).nonzero()[0]:
        yield from ((c, int(tick)) for c in _chain(int(first[tick]), following))


def _chain(c: int, following: Any) -> Iterator[int]:
    while c != NONE:
        yield c
        c = int(following[c])


def _row(table: Any, number: int) -> SimpleNamespace:
    """A row of a table with plain numbers and lists in place of NumPy's, which are slow to handle one by one."""
    plain = (value.tolist() if isinstance(value, np.ndarray) else value for value in table[number].item())
    return SimpleNamespace(**dict(zip(table.dtype.names, plain, strict=True)))


def _firm_of_arrays(w: Any, p: Any) -> dict[str, Any]:
    firm = _row(w.firm, 0)
    return _held(firm, FIRM_FIELDS, p.issues) | {
        "flip_at": [_soon(flip, p.flips_per_hour) for flip in firm.flip_at[: p.issues]],
        "open_cases": firm.open_cases,
        "rep_inboxes": firm.rep_waiting,
        "manager_inboxes": firm.manager_waiting,
    }


def _rep_of_arrays(w: Any, p: Any, r: int, at: Moment, reached_at: int | None) -> dict[str, Any]:
    rep, diary = _row(w.reps, r), _row(w.diary, r)
    busy = diary.doing not in (codes.NOTHING, codes.PROSPECT)
    if diary.doing == codes.PROSPECT:  # counted down only when the rep stops
        now = timing.instant(at.next_hour("reps"))
        rep.spell_left -= timing.worked_between(rep.idle_since, now, p.selling_minutes_per_day)
    members = _members(w, rep.cluster)
    said = _held(rep, REP_FIELDS) | {
        "members": members,
        "known": w.known[r, : len(members)].tolist(),
        "memory": w.memory[r].tolist(),
        "own_work": list(_chain(rep.first_case, w.cases["next_waiting"])),
        "requests": [w.requests[n].item()[:2] for n in _chain(rep.first_request, w.requests["next_waiting"])],
        "matters_at_hand": diary.waiting + busy,
        "doing": diary.doing,
        "next_arrival": _soon(rep.next_arrival, p.arrivals_per_hour),
        "arrival": rep.arrival,
        "reached_at": reached_at,
        "next_turnover": _soon(rep.next_turnover, p.turnover_per_hour),
    }
    if rep.spell_left > 0:
        said |= _held(rep, SPELL_FIELDS)
    if busy:
        said |= _in_hand(rep.subject, rep, rep.ends) | {"visit": diary.visit}
    return said


def _members(w: Any, cluster: int) -> list[int]:
    first, end = w.first_seat[cluster : cluster + 2]
    return list(w.seats["rep"][first:end].tolist())


def _manager_of_arrays(w: Any, m: int) -> dict[str, Any]:
    manager = _row(w.managers, m)
    inbox = _row(w.managers, manager.desk).first_case
    said = _held(manager, MANAGER_FIELDS) | {"inbox": list(_chain(inbox, w.cases["next_waiting"]))}
    if manager.doing != codes.NOTHING:
        said |= _in_hand(manager.subject, manager, manager.ends) | {"visit": manager.visit}
    return said


def _customer_of_arrays(w: Any, p: Any, c: int, leaves: int | None, answers: int | None) -> dict[str, Any]:
    case = _row(w.cases, c)
    helpers = w.helpers[c, : case.answers].tolist()
    return _held(case, CASE_FIELDS, p.issues) | {"helpers": helpers, "leaves_at": leaves, "answers_at": answers}
