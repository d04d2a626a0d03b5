"""Measures once more from the event log alone.

`test_measures.py` recomputes every measure with pandas from the log and the weekly record. Here the same is done for the
reference firm, and the weekly record itself is put together again from the log: open opportunities, inboxes, willingness.
(Accuracy of playbook and memory hangs on answers to single issues, which the log does not hold.)
"""

import numpy as np
import pandas as pd
import pytest

from simulation import PRESETS, Horizon, Run, Scenario, simulate
from tests.helpers.scenarios import BUSY, CONTESTED, changed, drawn
from tests.simulation.test_measures import Doubter

REGIMES = {**PRESETS, "contested": CONTESTED}
REFERENCE = Scenario(horizon=Horizon(warmup_weeks=8, window_weeks=26, horizon_weeks=60))
TASKS = ["discover", "document", "consult", "take in", "review", "draft"]
SANCTIONED = changed(BUSY, sanction_step=0.4, reward_step=0.3, turnover_per_year=8.0)
INPUTS = {
    **{name: (SANCTIONED, regime, 4) for name, regime in REGIMES.items()},
    **{f"drawn {number}": drawn(number) for number in range(400, 420)},
}


@pytest.mark.parametrize("name", REGIMES)
def test_the_reference_firms_measures_follow_from_its_log(name: str) -> None:
    run = simulate(REFERENCE, REGIMES[name], 2)
    again = Doubter(REFERENCE, run).outcomes()
    assert again.keys() == run.outcomes.keys()
    assert run.outcomes == pytest.approx(again, rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", INPUTS)
def test_open_opportunities_of_every_week_follow_from_the_log(name: str) -> None:
    run = simulate(*INPUTS[name])
    log = run.log
    opened = log[log.activity == "open"]
    # Who arrives at an instant is there after it; whom a rep finds is there at the instant the spell ends.
    there_from = opened.end + (opened.outcome == "arrived")
    closed = log.end[log.outcome.isin(["won", "lost"]) | (log.activity == "leave")]
    expected = [int((there_from <= at).sum() - (closed < at).sum()) for at in 60 * run.weekly.hour]
    assert run.weekly.open_cases.tolist() == expected


@pytest.mark.parametrize("name", INPUTS)
def test_inboxes_of_every_week_follow_from_the_log(name: str) -> None:
    run = simulate(*INPUTS[name])
    matters = _matters(run.log)
    of_managers = matters.activity == "review"
    for column, mine in (("rep_inboxes", matters[~of_managers]), ("manager_inboxes", matters[of_managers])):
        expected = [int(((mine.there_from <= at) & (mine.start >= at)).sum()) for at in 60 * run.weekly.hour]
        assert run.weekly[column].tolist() == expected


def _matters(log: pd.DataFrame) -> pd.DataFrame:
    """What ever lay in an inbox, with the first instant of record (before that hour's doings) at which it was there."""
    tasks = log[log.activity.isin(TASKS)]
    kept_in_hand = _moments(log[log.activity.isin(["discover", "document", "take in"])])
    moved_by_customer = _moments(log[log.outcome.isin(["stays", "arrived"])])
    since = list(zip(tasks.case, tasks.queued, strict=True))
    straight_on = np.array([key in kept_in_hand for key in since]) & tasks.activity.isin(["document", "draft"])
    by_customer = np.array([key in moved_by_customer for key in since])
    return tasks.assign(there_from=tasks.queued + by_customer)[~straight_on]


def _moments(rows: pd.DataFrame) -> set[tuple[int, int]]:
    """Cases and the instants at which the rows end."""
    return set(zip(rows.case, rows.end, strict=True))


@pytest.mark.parametrize("name", INPUTS)
def test_willingness_of_every_week_follows_from_the_log(name: str) -> None:
    scenario, regime, seed = INPUTS[name]
    run = simulate(scenario, regime, seed)
    expected = _willingness(run, scenario, regime.willingness)
    assert run.weekly.willingness.tolist() == pytest.approx(expected, rel=1e-12)


def _willingness(run: Run, scenario: Scenario, start: float) -> list[float]:
    """Mean over reps at the end of each week, told event by event."""
    log, firm = run.record.log, scenario.organisation
    table = run.log
    seat = {case: rep for case, rep in zip(log["case"], log["resource"], strict=True) if case >= 0 and rep >= 0}
    seat.update(zip(log["case"][table.activity == "open"], log["resource"][table.activity == "open"], strict=True))
    now = [start] * firm.reps
    weeks, records = [], (60 * run.weekly.hour).tolist()
    # What a customer or the market does at an instant comes after the record of it, what a rep finishes then before it.
    late = table.activity.isin(["reply", "turnover"])
    for row, at, activity, outcome, path in zip(
        range(len(log)), table.end + late, table.activity, table.outcome, table.path, strict=True
    ):
        while len(weeks) < len(records) and at > records[len(weeks)]:
            weeks.append(float(np.mean(now)))
        if activity == "discover" and outcome == "sanctioned":
            now[log["resource"][row]] *= 1.0 - firm.sanction_step
        elif activity == "turnover":
            now[log["resource"][row]] = start
        elif outcome == "won" and path == "cluster":
            rep = seat[log["case"][row]]
            now[rep] += firm.reward_step * (1.0 - now[rep])
    return weeks + [float(np.mean(now))] * (len(records) - len(weeks))


def test_the_inputs_have_everything_to_count() -> None:
    runs = [simulate(*given) for given in INPUTS.values()]
    weekly = pd.concat([run.weekly for run in runs])
    assert weekly[["open_cases", "rep_inboxes", "manager_inboxes"]].max().min() > 20
    assert weekly.willingness.nunique() > 20
    outcomes = pd.concat([run.log[["activity", "outcome"]] for run in runs])
    for outcome in ("sanctioned", "dropped", "wasted", "waiting", "unfinished", "stays", "created"):
        assert (outcomes.outcome == outcome).any(), outcome
    assert (outcomes.activity == "turnover").any()
