"""Phase 1, the market and the firm as a whole: standards flip, seats change hands, the playbook is reviewed."""

from typing import Any

from simulation import chance, codes, learning
from simulation.compiled import kernel
from simulation.kernel.arrays import NO_TICK, log_row
from simulation.rules import issues, timing


@kernel
def market_hour(w: Any, t: int) -> None:
    """What happens to everybody at once in tick t."""
    p, firm = w.settings[0], w.firm[0]
    if t >= firm.next_flip:
        flip_standards(w, t)
    if t >= firm.next_turnover:
        replace_leavers(w, t)
    if timing.playbook_review_due(t, p.review_every):
        changed = learning.review_playbook(p, firm)
        log_firm(w, codes.PLAYBOOK_REVIEW, t, deviations=issues.size(changed))


@kernel
def log_firm(w: Any, activity: int, t: int, resource: int = codes.THE_FIRM, deviations: int = 0, level: int = 0) -> None:
    """Log an event of the firm that belongs to no case."""
    at = timing.instant(t)
    log_row(w, activity, resource=resource, queued=at, start=at, end=at, deviations=deviations, level=level)


@kernel
def flip_standards(w: Any, t: int) -> None:
    """The market's standard answers change where their time has come."""
    for k in range(w.settings[0].issues):
        while w.firm[0].flip_at[k] < t + 1:
            w.firm[0].standard ^= 1 << k
            log_firm(w, codes.SHIFT, t, level=k)
            draw_flip(w, k)
    note_next_flip(w)


@kernel
def draw_flip(w: Any, k: int) -> None:
    """Draw when issue k's standard flips next."""
    p, firm = w.settings[0], w.firm[0]
    if p.flips_per_hour <= 0.0:
        firm.flip_at[k] = float(NO_TICK)
        return
    u = chance.draw_of(firm.root, chance.STANDARD_FLIP, k, firm.n_flips[k])
    firm.flip_at[k] += timing.gap(p.flips_per_hour, u)
    firm.n_flips[k] += 1


@kernel
def note_next_flip(w: Any) -> None:
    """Remember the first tick with a flip in it."""
    soonest = float(NO_TICK)
    for k in range(w.settings[0].issues):
        soonest = min(soonest, w.firm[0].flip_at[k])
    w.firm[0].next_flip = int(soonest)


@kernel
def replace_leavers(w: Any, t: int) -> None:
    """Reps leave; newcomers take their seats and open work, without memory and with fresh willingness."""
    p = w.settings[0]
    for r in range(p.reps):
        while w.reps[r].next_turnover < t + 1:
            for k in range(p.issues):
                w.memory[r, k] = 0.0
            w.reps[r].willingness = p.willingness
            log_firm(w, codes.TURNOVER, t, resource=r)
            draw_turnover(w, r)
    note_next_turnover(w)


@kernel
def draw_turnover(w: Any, r: int) -> None:
    """Draw when rep r's seat changes hands next."""
    p, rep = w.settings[0], w.reps[r]
    if p.turnover_per_hour <= 0.0:
        rep.next_turnover = float(NO_TICK)
        return
    u = chance.draw_of(w.firm[0].root, chance.SEAT_TURNOVER, r, rep.n_turnovers)
    rep.next_turnover += timing.gap(p.turnover_per_hour, u)
    rep.n_turnovers += 1


@kernel
def note_next_turnover(w: Any) -> None:
    """Remember the first tick in which somebody leaves."""
    soonest = float(NO_TICK)
    for r in range(w.settings[0].reps):
        soonest = min(soonest, w.reps[r].next_turnover)
    w.firm[0].next_turnover = int(soonest)
