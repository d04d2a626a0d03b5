"""Selling hours (MODEL rule 21): reps work on opportunities in the first hours of each day, as managers review in theirs."""

import numpy as np
import pytest

from simulation import PRESETS, SellingModel, codes, simulate
from simulation.rules import timing
from tests.helpers.handmade_situations import customer_of, firm
from tests.helpers.scenarios import BUSY, CONTESTED, changed

HOURS = (0.1, 0.5, 1, 2.25, 3, 5, 7.5, 8)
DAY = 8 * 60


def alone(per_day: float, task_hours: float, at: int = 0) -> SellingModel:
    """A firm in which one rep has one case to discover since an instant, and nobody else has anything to do."""
    model = firm(PRESETS["cluster"], {"peers_asked": 0, "quorum": 0}, selling_hours_per_day=per_day, discovery_hours=task_hours,
                 opportunities_per_rep_week=0.0, prospecting_hours="never", turnover_per_year=0.0, efforts="fixed",
                 work_unit_minutes=1, patience_mean_weeks=1000.0, patience_shape=5.0)
    while model.clock < timing.hour_from(at):
        model.step()
    model.reps[0].receive(customer_of(model.reps[0]), codes.DISCOVER, at)
    return model


def discovery(model: SellingModel) -> tuple[int, int, int]:
    """Start, end and minutes of the discovery that the model comes to."""
    while not (rows := [row for row in model.log_rows if row[6] == codes.DISCOVER]):
        model.step()
    (row,) = rows
    return row[3], row[4], row[5]


@pytest.mark.parametrize("per_day", HOURS)
def test_a_task_of_eight_hours_takes_as_many_days_as_it_takes(per_day: float) -> None:
    """From the first minute of the first day; the last part ends in the first minutes of a day."""
    start, end, minutes = discovery(alone(per_day, 8.0))
    days, rest = divmod(8 * 60, round(per_day * 60))
    expected = days * DAY + rest if rest else (days - 1) * DAY + round(per_day * 60)
    assert (start, end, minutes) == (0, expected, 8 * 60)


@pytest.mark.parametrize(("at", "start", "end"), [(0, 0, 90), (61, 120, DAY + 30), (120, 120, DAY + 30), (179, DAY, DAY + 90)])
def test_what_comes_late_in_the_day_waits_for_the_next(at: int, start: int, end: int) -> None:
    """Three hours a day, an hour and a half of work."""
    assert discovery(alone(3, 1.5, at)) == (start, end, 90)


@pytest.mark.parametrize(("at", "start", "end"), [(0, 0, 60), (50, 60, DAY + 30), (60, 60, DAY + 30), (61, DAY, DAY + 60)])
def test_a_day_may_end_within_an_hour(at: int, start: int, end: int) -> None:
    """An hour and a half a day, an hour of work."""
    assert discovery(alone(1.5, 1.0, at)) == (start, end, 60)


def test_nothing_is_taken_up_in_the_part_of_an_hour_that_is_not_kept_for_work() -> None:
    """Half an hour a day, reviews of ten minutes: three a day, though the hour goes on."""
    model = firm(review_hours_per_day=0.5, sign_off_hours=1 / 6, efforts="fixed", work_unit_minutes=1)
    for key in range(8):
        model.managers[0].receive(customer_of(model.reps[0], key), 0)
    for t in range(17):
        model.managers_hour(t)
    reviews = [(row[3], row[4]) for row in model.log_rows if row[6] == codes.REVIEW]
    mornings = [DAY * day + minute for day in range(3) for minute in (0, 10, 20)]
    assert reviews == [(start, start + 10) for start in mornings[:8]]


def test_nobody_begins_anything_in_the_evening() -> None:
    log = simulate(changed(selling_hours_per_day=3), CONTESTED, 3).record.log
    work = np.isin(log["activity"], (codes.DISCOVER, codes.DOCUMENT, codes.DRAFT, codes.CONSULT, codes.TAKE_IN))
    work &= log["outcome"] != codes.WAITING
    at_the_end = work & (log["start"] % DAY == 3 * 60)  # gone straight on at the very end of the day, to begin the next morning
    assert ((log["start"][work] % DAY < 3 * 60) | at_the_end[work]).all()
    assert (log["queued"][at_the_end] == log["start"][at_the_end]).all()
    assert (log["queued"][work] % DAY >= 3 * 60).any()  # though customers come and answer at any hour


@pytest.mark.parametrize("per_day", [2, 5])
def test_minutes_between_working_hours_are_waiting_and_not_work(per_day: int) -> None:
    run = simulate(changed(selling_hours_per_day=per_day), PRESETS["solo"], 3)
    log = run.record.log
    rows = log[np.isin(log["activity"], (codes.DISCOVER, codes.DRAFT)) & (log["outcome"] == codes.DONE)]
    overnight = rows["end"] // DAY > rows["start"] // DAY
    assert overnight.sum() > 20
    assert (rows["minutes"] < rows["end"] - rows["start"])[overnight].all()
    out = run.outcomes
    worked = out["discover_hours"] + out["draft_hours"]
    assert worked - out["wasted_hours"] - 1e-9 <= out["touched_hours"] <= worked + 1e-9  # of wasted work, what came in time


@pytest.mark.parametrize("name", [*PRESETS, "contested"])
@pytest.mark.parametrize("per_day", [0.4, 3.25, 8])
def test_nobody_sells_for_longer_than_the_day_has_hours_for_it(name: str, per_day: float) -> None:
    regime = {**PRESETS, "contested": CONTESTED}[name]
    run = simulate(changed(selling_hours_per_day=per_day), regime, 3)
    sold = run.outcomes["rep_utilisation"] + run.outcomes["prospecting_share"]
    # Tasks are counted in full where they end, so that one at the edge of the window is counted with what came before.
    assert sold == pytest.approx(per_day / 8, abs=0.06)


def test_shorter_days_leave_customers_waiting_for_reps() -> None:
    """Paired by seed: each of five firms is slower to respond with a shorter day."""
    for seed in range(5):
        waits = [simulate(changed(BUSY, selling_hours_per_day=hours), PRESETS["solo"], seed).outcomes for hours in (8, 5, 3)]
        within_a_day = [out["first_response_within_hour"] + out["first_response_within_day"] for out in waits]
        assert within_a_day == sorted(within_a_day, reverse=True)
        assert within_a_day[0] > within_a_day[2]
