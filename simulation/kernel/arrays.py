"""What the kernel stores: one row per case, rep and manager, so that a visit touches few cache lines.

In a firm of thousands, a case is visited long after the last time and has to come from main memory, which takes as long as all
the work on it. Hence rows are short, and lists that are walked along stand in arrays of their own.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from simulation import calendar, codes
from simulation.cases import CASES
from simulation.compiled import CACHE_LINE, kernel
from simulation.record import LOG, WEEKLY
from simulation.settings import Settings
from simulation.tables import blank_tables

NO_TICK: Final = 2**31 - 1  # a tick that does not come
NONE: Final = -1  # no next row in a list
MOST_ISSUES: Final = 20  # the upper bounds declared in `simulation.parameters`; checked by a test
MOST_MEMBERS: Final = 60


def _row(*columns: tuple[Any, str] | tuple[Any, str, int]) -> Any:
    """A record type: (type, "names ...") or (type, name, length) each; wide fields first keep it dense."""
    fields: list[Any] = []
    for kind, names, *length in columns:
        fields += [(name, kind, *length) for name in names.split()]
    return np.dtype(fields, align=True)


# A set of issues, an instant or a row number fits 32 bits. What the fields of a case mean: `simulation.case`.
CASE: Final = _row(
    (np.uint64, "key"),
    (np.int32, "need offer template revealed able forced granted account"),
    (np.int32, "rep since next_waiting offers"),
    (np.uint16, "advised discoveries read_by"),
    (np.int8, "stage next_task path answers asked documented"),
    (np.int8, "plain", MOST_ISSUES),
    (np.int8, "expert", MOST_ISSUES),
    (np.int8, "shade", MOST_ISSUES),
)
REQUEST: Final = _row((np.int32, "case asked_at next_waiting"))  # to a peer
REP: Final = _row(
    (np.float64, "willingness next_arrival next_turnover"),
    (np.int64, "expertise"),
    (np.int32, "team cluster"),
    (np.int32, "subject queued start minutes ends first_case last_case first_request last_request"),
    (np.int32, "spell_minutes spell_left spell_start idle_since n_arrivals n_turnovers n_spells"),
    (np.int32, "arrival next_reached"),  # the tick of the next arrival in the patch, and who else is reached in it
)
DIARY: Final = _row(  # what is looked at for every rep in every hour, and for every colleague when work is given out
    (np.int32, "visit"),  # the tick in which the rep next takes something up or finishes something
    (np.int32, "doing waiting"),
)
SEAT: Final = _row(  # who sits here, and what is looked at for every member of a cluster
    (np.int64, "expertise"),
    (np.int32, "rep"),
)
MANAGER: Final = _row(
    (np.int64, "expertise name"),
    (np.int32, "superior level desk visit doing subject queued start minutes ends first_case last_case"),
    (np.int32, "deviations forced_fits readings heard"),  # of the review just done
)
TICK: Final = _row(
    # The first case whose customer answers, or loses patience, and the first rep whom a customer reaches, in this tick.
    (np.int32, "first_reply first_leave first_arrival"),
)
FIRM: Final = _row(
    (np.uint64, "root"),
    (np.int64, "standard playbook first_playbook next_flip next_turnover"),
    (np.int64, "n_cases n_requests n_rows n_weeks open_cases rep_waiting manager_waiting full"),
    (np.int64, "n_due soonest_due"),  # who finishes something within the present hour: how many, and the first minute
    (np.float64, "flip_at", MOST_ISSUES),
    (np.int64, "n_flips", MOST_ISSUES),
    (np.float64, "for_one", MOST_ISSUES),  # the pool of evidence since the issue was last reviewed
    (np.float64, "for_zero", MOST_ISSUES),
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
    next_reply: Any  # int32[capacity]: the case entered in the calendar for the same tick before this one
    next_leave: Any  # int32[capacity]
    requests: Any  # REQUEST[capacity x peers asked]
    helpers: Any  # int16[capacity, peers asked]: peers who answered
    reps: Any  # REP[reps]
    diary: Any  # DIARY[reps]: the same reps
    memory: Any  # float64[reps, issues]
    known: Any  # int64[reps, cluster_size]: on which issues the rep knows whether the member in this place is expert
    first_rep: Any  # int32[teams + 1], and room for more: where a team begins in the list of reps
    first_seat: Any  # int32[clusters + 1], and room for more: where a cluster begins in `seats`
    seats: Any  # SEAT[reps]: cluster by cluster
    managers: Any  # MANAGER[managers]
    calendar: Any  # TICK[ticks]
    error: Any  # these: see `simulation.tables`
    agreement: Any
    drafting_units: Any
    drafting_further: Any
    acceptance: Any
    minutes: Any  # int32[60]: who finishes something in each minute of the present hour ...
    next_due: Any  # int32[reps or managers]: ... and who else
    order: Any  # int64[capacity]: who is next within the phase
    lots: Any  # int64[capacity]: by what lot
    dealt: Any  # int64[capacity]: lots dealt into bins
    bins: Any  # int32[capacity + 1]
    log: Any  # LOG[rows]
    weekly: Any  # WEEKLY[weeks]
    table: Any  # CASES[capacity]: what measures are taken from
    blank: Any  # CASES[1]: zeros


def allocate(settings: Settings, n_managers: int, capacity: int, rows: int) -> Arrays:
    """Arrays for runs with these settings; the kernel initialises them at every start."""
    peers = max(1, settings.peers_asked)
    described = records(1, SETTINGS)
    for name in Settings._fields:
        described[0][name] = getattr(settings, name)
    return Arrays(
        settings=described,
        firm=records(1, FIRM),
        cases=records(capacity, CASE),
        next_reply=np.zeros(capacity, np.int32),
        next_leave=np.zeros(capacity, np.int32),
        requests=records(capacity * peers, REQUEST),
        helpers=np.zeros((capacity, peers), np.int16),
        reps=records(settings.reps, REP),
        diary=records(settings.reps, DIARY),
        memory=np.zeros((settings.reps, settings.issues)),
        known=np.zeros((settings.reps, settings.cluster_size), np.int64),
        first_rep=np.zeros(settings.reps + 1, np.int32),
        first_seat=np.zeros(settings.reps + 1, np.int32),
        seats=records(settings.reps, SEAT),
        managers=records(n_managers, MANAGER),
        calendar=records(settings.n_ticks, TICK),
        **blank_tables(settings)._asdict(),
        minutes=np.full(calendar.MINUTES_PER_HOUR, NONE, np.int32),
        next_due=np.zeros(max(settings.reps, n_managers), np.int32),
        order=np.zeros(max(capacity, settings.reps, n_managers), np.int64),
        lots=np.zeros(max(capacity, settings.reps, n_managers), np.int64),
        dealt=np.zeros(max(capacity, settings.reps, n_managers), np.int64),
        bins=np.zeros(max(capacity, settings.reps, n_managers) + 1, np.int32),
        log=records(rows, LOG),
        weekly=records(settings.n_ticks // calendar.HOURS_PER_WEEK, WEEKLY),
        table=records(capacity, CASES),
        blank=records(1, CASES),
    )


def records(n: int, dtype: Any) -> Any:
    """n rows, all zeros, whose fields can be written row.field, compiled or not; the first begins a cache line."""
    room = np.zeros(n * dtype.itemsize + CACHE_LINE, np.uint8)
    first = -room.ctypes.data % CACHE_LINE
    return room[first : first + n * dtype.itemsize].view(dtype).view(np.recarray)


@kernel
def log_row(
    w: Any, activity: int, case: int = codes.NO_CASE, resource: int = codes.THE_FIRM, queued: int = 0, start: int = 0,
    end: int = 0, minutes: int = 0, path: int = codes.NO_PATH, outcome: int = codes.DONE, stage: int = codes.NO_STAGE,
    deviations: int = 0, forced_fits: int = 0, level: int = 0, answers: int = 0, readings: int = 0, heard: int = 0,
    amount: float = 0.0,
) -> None:
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
    row.minutes = minutes
    row.activity = activity
    row.path = path
    row.outcome = outcome
    row.stage = stage
    row.deviations = deviations
    row.forced_fits = forced_fits
    row.level = level
    row.answers = answers
    row.readings = readings
    row.heard = heard
    row.amount = amount
    firm.n_rows = n + 1
