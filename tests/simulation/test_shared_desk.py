"""A shared desk: the managers of a level work off one inbox."""

import numpy as np
import pandas as pd
import pytest

from simulation import PRESETS, Regime, Scenario, calendar, codes, simulate
from tests.helpers.scenarios import BUSY, CONTESTED, changed, first_difference, seeds

# Every offer goes to a desk of three, and half of them on to the top.
SIGNED = CONTESTED.model_copy(update={"sign_off_over": -1.0, "desk": "shared"})
LOADED = changed(BUSY, sign_off_hours=3.0, review_hours_per_day=5)
FEW_REVIEW_HOURS = changed(BUSY, sign_off_hours=2.0, review_hours_per_day=1)


def own(regime: Regime) -> Regime:
    """The same regime with an inbox for every manager."""
    return regime.model_copy(update={"desk": "own"})


def reviews(scenario: Scenario, seed: int) -> pd.DataFrame:
    """The log's rows of reviews, those that never began included."""
    log = pd.DataFrame(simulate(scenario, SIGNED, seed).record.log)
    return log[log.activity == codes.REVIEW]


@pytest.mark.parametrize("scenario", [BUSY, LOADED, FEW_REVIEW_HOURS])
@pytest.mark.parametrize("seed", [1, 2])
def test_both_engines_write_the_same_log(scenario: Scenario, seed: int) -> None:
    kernel, mesa = (simulate(scenario, SIGNED, seed, engine).record for engine in ("kernel", "mesa"))
    assert first_difference(kernel.log, mesa.log) == ""
    assert np.array_equal(kernel.weekly, mesa.weekly)


def test_with_one_manager_a_level_there_is_nothing_to_share() -> None:
    small = changed(BUSY, reps=5)
    assert simulate(small, SIGNED, 1).record.log.tobytes() == simulate(small, own(SIGNED), 1).record.log.tobytes()
    assert simulate(BUSY, SIGNED, 1).record.log.tobytes() != simulate(BUSY, own(SIGNED), 1).record.log.tobytes()


@pytest.mark.parametrize("scenario", [LOADED, FEW_REVIEW_HOURS])
def test_nobody_is_free_while_a_request_waits_at_the_desk(scenario: Scenario) -> None:
    """In every review hour through which a request of the first level waits, all three have reviews in hand, to the minute."""
    rows = reviews(scenario, 3)
    first = rows[rows.level == 1]
    worked = first[first.minutes > 0]
    busy_hours = 0
    for t in range(scenario.horizon.horizon_weeks * calendar.HOURS_PER_WEEK):
        if t % calendar.HOURS_PER_DAY < scenario.organisation.review_hours_per_day:
            waiting = ((first.queued <= 60 * t) & (first.start >= 60 * (t + 1))).any()
            in_hand = (worked.end.clip(upper=60 * (t + 1)) - worked.start.clip(lower=60 * t)).clip(lower=0).sum()
            assert in_hand <= 3 * 60
            assert not waiting or in_hand == 3 * 60
            busy_hours += waiting
    assert busy_hours > 50


def test_the_desk_is_first_in_first_out() -> None:
    rows = reviews(LOADED, 4)
    begun = rows[(rows.level == 1) & (rows.outcome != codes.WAITING)].sort_values("start", kind="stable")
    assert len(begun) > 200
    assert begun.groupby("start").queued.agg(["min", "max"]).pipe(lambda of: of["max"].shift().fillna(0) <= of["min"]).all()


def test_which_of_the_free_managers_takes_up_is_drawn_by_lot() -> None:
    """Three alike: at true shares of a third, |z| > 5.3 for one of three has a probability below 4e-7."""
    counts = np.zeros(3)
    for seed in seeds(60):
        rows = reviews(BUSY, seed)
        counts += [(rows.resource[(rows.level == 1) & (rows.minutes > 0)] == 15 + m).sum() for m in range(3)]
    n = counts.sum()
    assert n > 1000
    assert (np.abs(counts - n / 3) < 5.3 * np.sqrt(n * 2 / 9)).all()


def test_pooling_shortens_the_wait() -> None:
    """Paired by seed, granted at the first level. The effect is some 20 standard errors, so 5 are missed with less than 1e-6."""
    granted = SIGNED.model_copy(update={"authority_per_level": 20.0})
    scenario = changed(BUSY, sign_off_hours=2.0, review_hours_per_day=8)
    shorter = []
    for seed in seeds(60):
        mine, theirs = (simulate(scenario, regime, seed).outcomes for regime in (granted, own(granted)))
        shorter.append(theirs["sign_off_queue_hours"] - mine["sign_off_queue_hours"])
    assert np.mean(shorter) > 5.0 * np.std(shorter, ddof=1) / np.sqrt(len(shorter))


def test_presets_have_desks_of_their_own() -> None:
    assert {regime.desk for regime in PRESETS.values()} == {"own"}
