"""What the kernel stores: one row per case, rep and manager, so that a visit touches few cache lines."""

from typing import Any, Final, NamedTuple

import numpy as np

from simulation import words
from simulation.cases import CASES
from simulation.compiled import rule
from simulation.record import LOG, WEEKLY
from simulation.rules.belief import BELIEFS
from simulation.settings import Settings

NEVER: Final = 2**31 - 1  # a tick that does not come
NONE: Final = -1  # no next row in a list
MOST_ISSUES: Final = 20  # the upper bounds declared in `simulation.parameters`; checked by a test
MOST_PEERS: Final = 20
MOST_MEMBERS: Final = 60


def _row(*columns: tuple[Any, str] | tuple[Any, str, int]) -> Any:
    """A record type: (type, "names ...") or (type, name, length) each; wide fields first keep it dense."""
    fields: list[Any] = []
    for kind, names, *length in columns:
        fields += [(name, kind, *length) for name in names.split()]
    return np.dtype(fields, align=True)


# A set of issues, an instant or a row number fits 32 bits. What is used together stands together: a visit to a case, long
# after the last one, finds it in two cache lines (the third and fourth are for cases with peers).
CASE: Final = _row(
    (np.uint64, "key"),
    (np.int32, "need offer template revealed able forced"),
    (np.int32, "rep since next_waiting next_reply asked_at"),
    (np.int8, "stage next_task path answers asked"),
    (np.int8, "plain", MOST_ISSUES),  # net readings "1" by readers without expertise
    (np.int8, "expert", MOST_ISSUES),  # the same with expertise
    (np.int32, "next_leave offers granted"),
    (np.int16, "helpers", MOST_PEERS),  # peers who answered
    (np.int32, "next_request", MOST_PEERS),  # per request of this case: the one behind it in the peer's inbox
)
REP: Final = _row(
    (np.float64, "willingness next_arrival next_turnover"),
    (np.int64, "expertise"),
    (np.int32, "team cluster first_seat seat"),  # first_seat belongs to cluster r, seat to place r (see Structure)
    (np.int32, "doing subject queued start hours first_case last_case first_request last_request waiting"),
    (np.int32, "spell_hours spell_left spell_start idle_since n_arrivals n_turnovers n_spells"),
    (np.float64, "memory", MOST_ISSUES),
)
DIARY: Final = _row(  # what is looked at for every rep in every hour, kept apart and small
    (np.int32, "visit"),  # the tick in which the rep next takes something up or finishes something
    (np.int32, "arrival"),  # the tick of the next arrival in the rep's patch
)
MANAGER: Final = _row(
    (np.int64, "expertise name"),
    (np.int32, "superior level desk visit doing subject queued start hours first_case last_case"),
)
TICK: Final = _row(
    (np.int32, "first_reply first_leave"),  # the first case whose customer answers, or loses patience, in this tick
)
FIRM: Final = _row(
    (np.uint64, "root"),
    (np.int64, "standard playbook first_playbook next_flip next_turnover"),
    (np.int64, "n_cases n_rows n_weeks open_cases rep_waiting manager_waiting full"),
    (np.float64, "flip_at", MOST_ISSUES),
    (np.int64, "n_flips", MOST_ISSUES),
    (np.int64, "for_one", MOST_ISSUES),  # the pool of evidence since the issue was last reviewed
    (np.int64, "for_zero", MOST_ISSUES),
    (np.float64, "doubt", MOST_ISSUES),  # scratch while peers are chosen
    (np.float64, "usefulness", MOST_MEMBERS),
)
SETTINGS: Final = np.dtype(
    [(name, np.int64 if kind is int else np.float64) for name, kind in Settings.__annotations__.items()], align=True
)


class Arrays(NamedTuple):
    """All state of a run, in few arrays. Allocated once and used again for the next run."""

    settings: Any  # SETTINGS[1]
    firm: Any  # FIRM[1]
    cases: Any  # CASE[capacity]
    reps: Any  # REP[reps + 1]; the row behind the last rep only closes the list of first seats
    diary: Any  # DIARY[reps]
    managers: Any  # MANAGER[managers]
    calendar: Any  # TICK[ticks]
    agreement: Any  # float64[BELIEFS]: tables of beliefs, see `rules.belief`
    certainty: Any  # float64[BELIEFS]
    order: Any  # int64[capacity]: who is next within the phase
    lots: Any  # int64[capacity]: by what lot
    log: Any  # LOG[rows]
    weekly: Any  # float64[weeks, columns]
    table: Any  # CASES[capacity]: what measures are taken from
    blank: Any  # CASES[1]: zeros


def allocate(settings: Settings, n_managers: int, capacity: int, rows: int) -> Arrays:
    """Arrays for runs with these settings; the kernel initialises them at every start."""
    described = records(1, SETTINGS)
    for name in Settings._fields:
        described[0][name] = getattr(settings, name)
    return Arrays(
        settings=described,
        firm=records(1, FIRM),
        cases=records(capacity, CASE),
        reps=records(settings.reps + 1, REP),
        diary=records(settings.reps, DIARY),
        managers=records(n_managers, MANAGER),
        calendar=records(settings.n_ticks, TICK),
        agreement=np.zeros(BELIEFS),
        certainty=np.zeros(BELIEFS),
        order=np.zeros(max(capacity, settings.reps, n_managers), np.int64),
        lots=np.zeros(max(capacity, settings.reps, n_managers), np.int64),
        log=records(rows, LOG),
        weekly=np.zeros((settings.n_ticks // words.HOURS_PER_WEEK, len(WEEKLY))),
        table=records(capacity, CASES),
        blank=records(1, CASES),
    )


def records(n: int, dtype: Any) -> Any:
    """n rows whose fields can be written row.field, compiled or not."""
    return np.zeros(n, dtype).view(np.recarray)


@rule
def log_row(
    w: Any, case: int, resource: int, queued: int, start: int, end: int, hours: int, activity: int, path: int,
    outcome: int, stage: int, deviations: int, forced_fits: int, level: int, answers: int, amount: float,
) -> None:  # fmt: skip
    """Append one row to the event log; a full log is noted and the run repeated with a longer one."""
    firm = w.firm[0]
    n = firm.n_rows
    if n >= len(w.log):
        firm.full = 1
        return
    row = w.log[n]
    row.case = case
    row.resource = resource
    row.queued = queued
    row.start = start
    row.end = end
    row.hours = hours
    row.activity = activity
    row.path = path
    row.outcome = outcome
    row.stage = stage
    row.deviations = deviations
    row.forced_fits = forced_fits
    row.level = level
    row.answers = answers
    row.amount = amount
    firm.n_rows = n + 1
