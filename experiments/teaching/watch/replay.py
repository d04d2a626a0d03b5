"""One run to watch: who is there, what happens hour by hour, and each customer's story; read off the event log."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.teaching.states import State, matters_per_run
from experiments.teaching.watch.stories import stories
from simulation import calendar, chance, codes, structure
from simulation.loading import Fault, InputError, nearest
from simulation.parameters import Horizon
from simulation.rules import timing
from simulation.run import Run, simulate

MOST_WEEKS: Final = 12
MOST_REPS: Final = 40
MOST_MATTERS: Final = 8_000
EVERY_HOURS: Final = 8  # between two counts of the inboxes
NOT_WORK: Final = ("open", "confer", "reply", "leave", "still open")
FIRMS: Final = ("turnover", "playbook review", "market shift")
UNWORKED: Final = ("dropped", "forgotten")
NEVER_IN_HAND: Final = (*UNWORKED, "waiting")
EVENT: Final = ("hour", "kind", "case", "resource", "activity", "result")
"""What the places of an event mean. hour: the first one that begins when it has happened (the log is to the minute, the page to
the hour). case: -1 for what belongs to none (yet: prospecting). resource: reps from 0, then managers, -1 the customer, -2 the
firm. kind, with what activity and result say:

* open: a customer reaches a rep; result "arrived" or "created"
* queue: a matter joins somebody's inbox; activity: what is to be done
* begin, end: somebody takes it up, is done with it; result of end: "done", "sanctioned", "wasted", ...
* drop: it comes to the top of the inbox too late; result "dropped" (the customer has gone, or the rep has acted) or
  "forgotten" (nobody takes it up any more, though the customer may be waiting)
* offer: the offer goes out, the case waits for the customer
* reply: the customer answers; result "won", "lost" or "stays"
* leave: the customer leaves undecided; result: where the case was, as "manager's inbox"
* turnover, playbook review, market shift: the firm's and the market's own events
"""


def replay(state: State, regime: str, seed: int) -> dict[str, Any]:
    """The first weeks of one run; plain data for JSON. Raises InputError if that is too much to watch.

    The firm starts empty, so the weeks shown are not those that an ensemble measures.
    """
    run = simulate(*_shortened(state, regime), seed)
    log = run.log
    weeks = run.settings.n_ticks // calendar.HOURS_PER_WEEK
    return {
        "regime": regime,
        "seed": seed,
        "weeks": weeks,
        "hours_per_week": calendar.HOURS_PER_WEEK,
        "organisation": _organisation(run, seed),
        "event": list(EVENT),
        "events": _events(run, log),
        "cases": _cases(run, log),
        "inboxes": _inboxes(run),
    }


def _shortened(state: State, regime: str) -> tuple[Any, Any]:
    """The scenario up to the last week shown, and the regime."""
    faults = []
    if regime not in state.regimes:
        faults.append(Fault("regime", f"there is no regime {regime!r}{nearest(regime, state.regimes)}"))
    weeks = min(MOST_WEEKS, state.scenario.horizon.horizon_weeks)
    horizon = Horizon(warmup_weeks=0, window_weeks=weeks, horizon_weeks=weeks)
    scenario = state.scenario.model_copy(update={"horizon": horizon})
    reps = scenario.organisation.reps
    if reps > MOST_REPS:
        faults.append(Fault("scenario.organisation.reps", f"{reps} are too many to watch; take {MOST_REPS} at most"))
    elif matters_per_run(scenario) > MOST_MATTERS:
        faults.append(Fault("", "too much happens to watch it; take fewer reps, or fewer opportunities per rep and week"))
    if faults:
        raise InputError("replay", faults)
    return scenario, state.regimes[regime]


def _organisation(run: Run, seed: int) -> dict[str, Any]:
    """Reps with team and cluster (numbers), managers with level (1 = lowest) and superior (None at the top)."""
    with np.errstate(over="ignore"):
        firm = structure.build(run.settings, chance.word(seed))
    n = run.settings.reps
    superiors = [n + int(s) if s >= 0 else None for s in firm.superior]
    return {
        "reps": [{"id": r, "team": int(firm.team[r]), "cluster": int(firm.cluster[r])} for r in range(n)],
        "managers": [
            {"id": n + m, "level": int(level), "superior": superiors[m]} for m, level in enumerate(firm.level)
        ],
    }


def _events(run: Run, log: pd.DataFrame) -> list[list[Any]]:
    """All events in order of time; those of one minute in the order of the log, causes before effects."""
    events: list[list[Any]] = []
    resources = run.record.log["resource"].tolist()
    for row, resource in zip(log.itertuples(index=False), resources, strict=True):
        events += _events_of(row, resource)
    return [[_hour(minute), *what] for minute, *what in sorted(events, key=lambda event: event[0])]


def _hour(minute: int) -> int:
    return timing.hour_from(int(minute))


def _events_of(row: Any, resource: int) -> Iterable[list[Any]]:
    """The events that one row of the log holds: see EVENT, but with the minute in place of the hour."""
    activity, outcome = row.activity, row.outcome
    if activity == "open":
        yield [row.end, "open", row.case, resource, activity, outcome]
    elif activity == "reply":
        yield [row.end, "reply", row.case, resource, activity, outcome]
    elif activity == "leave":
        yield [row.end, "leave", row.case, resource, activity, row.stage]
    elif activity in FIRMS:
        yield [row.end, activity, row.case, resource, activity, ""]
    elif activity not in NOT_WORK:
        yield from _work(row, resource)


def _work(row: Any, resource: int) -> Iterable[list[Any]]:
    activity, outcome = row.activity, row.outcome
    case = codes.NO_CASE if activity == "prospect" else row.case  # the customer opens at the end of the spell
    if row.queued < row.start or outcome in NEVER_IN_HAND:
        yield [row.queued, "queue", case, resource, activity, ""]
    if outcome in UNWORKED:
        yield [row.end, "drop", case, resource, activity, outcome]
    elif outcome != "waiting":
        yield [row.start, "begin", case, resource, activity, ""]
        if outcome != "unfinished":
            yield [row.end, "end", case, resource, activity, outcome]
        if activity == "draft" and outcome == "done":
            yield [row.end, "offer", case, resource, activity, ""]


def _cases(run: Run, log: pd.DataFrame) -> list[dict[str, Any]]:
    """Every customer: when opened (hour), worth what (1,000 USD), what became of it, and its story."""
    told: Mapping[int, list[str]] = stories(log, run.settings)
    names = log[log["activity"] == "open"].set_index("case")["customer"]
    cases = run.cases
    columns = zip(cases["opened"].tolist(), cases["value"].round(1).tolist(), cases["outcome"].tolist(), strict=True)
    return [
        {"case": n, "customer": names[n], "opened": _hour(opened), "value": value, "outcome": outcome, "story": told[n]}
        for n, (opened, value, outcome) in enumerate(columns)
    ]


def _inboxes(run: Run) -> dict[str, Any]:
    """Matters waiting at each rep and manager (numbered as in the log) at the end of each day."""
    log = run.record.log
    people = log[(log["resource"] >= 0) & ~np.isin(log["activity"], _codes(NOT_WORK + FIRMS))]
    waiting = people["outcome"] == codes.WAITING
    hours = np.arange(EVERY_HOURS, run.settings.n_ticks + 1, EVERY_HOURS)
    looks = hours * calendar.MINUTES_PER_HOUR
    until = np.where(waiting, looks[-1] + 1, people["start"])
    size = int(people["resource"].max(initial=run.settings.reps - 1)) + 1
    counts = np.zeros((len(hours), size), np.int64)
    for resource in range(size):
        mine = people["resource"] == resource
        begun = np.searchsorted(np.sort(people["queued"][mine]), looks, side="right")
        counts[:, resource] = begun - np.searchsorted(np.sort(until[mine]), looks, side="right")
    return {"every_hours": EVERY_HOURS, "counts": counts.tolist()}


def _codes(activities: Iterable[str]) -> list[int]:
    return [codes.ACTIVITIES.index(activity) for activity in activities]
