"""The rules of time against their formulas: mean and tail of efforts, patience, managers' review hours."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from simulation import chance
from simulation.calendar import HOURS_PER_DAY, HOURS_PER_WEEK
from simulation.rules import timing
from tests.helpers.strategies import LUCK, even_draws, within

EFFORTS = (
    "discovery_hours",
    "drafting_hours",
    "customising_hours",
    "documentation_hours",
    "consult_hours",
    "sign_off_hours",
    "prospecting_hours",
    "reply_lag_hours",
)
MEANS = st.sampled_from(EFFORTS).flatmap(within)
LAST_DRAW = 1.0 - chance.UNIT
REVIEW_HOURS = range(1, HOURS_PER_DAY + 1)


def just_around(survival):
    """The draws just below and just above the one with this share beyond it; None if unresolved."""
    below, above = 1.0 - survival * (1 + 1e-9), 1.0 - survival * (1 - 1e-9)
    return (below, above) if 1e-6 < survival < 1.0 and below > 0.0 else None


# --- efforts and lags ---


def whole_hours(mean, u, fixed):
    """Hours of a task of this mean."""
    return timing.whole_hours(mean, timing.going_on(mean), u, fixed)


@given(MEANS, LUCK)
def test_an_effort_takes_whole_hours_and_at_least_one(mean, u):
    for fixed in (0, 1):
        hours = whole_hours(mean, u, fixed)
        assert type(hours) is int
        assert hours >= 1 if mean > 0.0 else hours == 0


@given(st.floats(-1, 0), LUCK, st.integers(0, 1))
def test_a_mean_of_zero_leaves_the_step_out(mean, u, fixed):
    assert whole_hours(mean, u, fixed) == 0


@given(st.floats(0, 1, exclude_min=True), LUCK, st.integers(0, 1))
def test_up_to_an_hour_is_an_hour(mean, u, fixed):
    assert whole_hours(mean, u, fixed) == 1


@given(MEANS, LUCK, LUCK)
def test_a_fixed_effort_is_the_mean_rounded_up_whatever_the_draw(mean, u, v):
    hours = whole_hours(mean, u, 1)
    assert hours == whole_hours(mean, v, 1)
    assert hours - 1 < mean <= hours


@given(st.floats(1.001, 10000), st.integers(1, 2000))
def test_tail_of_an_effort_is_geometric(mean, n):
    assume(draws := just_around((1.0 - 1.0 / mean) ** n))
    assert whole_hours(mean, draws[0], 0) <= n < whole_hours(mean, draws[1], 0)


@pytest.mark.parametrize("mean", [1.0, 1.0001, 1.25, 1.5, 2.0, 3.0, 7.7, 120.0, 2000.0, 10000.0])
def test_mean_of_the_whole_hours_is_the_declared_mean(mean):
    n = 20000
    found = sum(whole_hours(mean, u, 0) for u in even_draws(n)) / n
    # A monotone function's mean over an even grid errs by at most its range over n.
    assert abs(found - mean) <= whole_hours(mean, 1 - 0.5 / n, 0) / n + mean / n


@given(MEANS, LUCK, LUCK)
def test_an_unlucky_draw_never_takes_fewer_hours(mean, u, v):
    u, v = sorted((u, v))
    assert whole_hours(mean, u, 0) <= whole_hours(mean, v, 0)


@given(MEANS, MEANS, LUCK, st.integers(0, 1))
def test_a_longer_mean_never_takes_fewer_hours(mean, other, u, fixed):
    mean, other = sorted((mean, other))
    assert whole_hours(mean, u, fixed) <= whole_hours(other, u, fixed)


def test_extreme_draws_give_finite_hours():
    assert whole_hours(10000.0, 0.0, 0) == 1
    assert 10000 < whole_hours(10000.0, LAST_DRAW, 0) < 40 * 10000
    assert whole_hours(math.nextafter(1.0, 2.0), LAST_DRAW, 0) <= 3


# --- gaps between events ---

RATES = st.floats(1e-6, 100)


@given(RATES, LUCK)
def test_gap_is_the_exponential_quantile(rate, u):
    assert timing.gap(rate, u) == pytest.approx(stats.expon.ppf(u, scale=1 / rate), rel=1e-9, abs=1e-9)


@given(RATES, LUCK, LUCK)
def test_gaps_are_not_negative_and_grow_with_the_draw(rate, u, v):
    u, v = sorted((u, v))
    assert 0.0 <= timing.gap(rate, u) <= timing.gap(rate, v) < math.inf


@given(RATES)
def test_mean_gap_is_one_over_the_rate(rate):
    n = 2000
    mean = sum(timing.gap(rate, u) for u in even_draws(n)) / n
    assert mean * rate == pytest.approx(1.0, abs=math.log(2 * n) / n)


# --- patience ---

PATIENCE = st.tuples(within("patience_mean_weeks"), within("patience_shape"))
EXPIRY = st.one_of(st.just(1e9), within("expiry_weeks").map(lambda weeks: weeks * HOURS_PER_WEEK))


@given(PATIENCE)
def test_scale_gives_the_weibull_its_mean(patience):
    mean, shape = patience
    scale = timing.weibull_scale(mean, shape)
    assert stats.weibull_min.mean(shape, scale=scale) == pytest.approx(mean, rel=1e-9)


@given(within("patience_mean_weeks"))
def test_shape_one_is_the_exponential(mean):
    assert timing.weibull_scale(mean, 1.0) == pytest.approx(mean)


@given(PATIENCE, EXPIRY, st.integers(1, 20000))
def test_survival_is_the_weibulls_at_every_whole_age_until_expiry(patience, expiry, age):
    mean, shape = patience
    scale = timing.weibull_scale(mean * HOURS_PER_WEEK, shape)
    assume(draws := just_around(math.exp(-((age / scale) ** shape))))
    ages = [timing.patience(scale, 1.0 / shape, expiry, u) for u in draws]
    if age < expiry:
        assert ages[0] <= age < ages[1]
    else:
        assert max(ages) <= age


@given(PATIENCE, EXPIRY, LUCK, LUCK)
def test_patience_is_a_whole_age_between_one_hour_and_expiry(patience, expiry, u, v):
    mean, shape = patience
    scale = timing.weibull_scale(mean * HOURS_PER_WEEK, shape)
    u, v = sorted((u, v))
    short, long = (timing.patience(scale, 1.0 / shape, expiry, x) for x in (u, v))
    assert type(short) is int
    assert 1 <= short <= long <= max(1, math.ceil(expiry))


def test_patience_at_the_ends_of_its_range():
    assert timing.patience(1200.0, 1.25, 1e9, 0.0) == 1
    assert timing.patience(1e12, 5.0, 1e9, LAST_DRAW) == 10**9
    assert timing.patience(1e12, 1.0, 80.0, 0.5) == 80
    assert timing.patience(1e12, 1.0, 80.5, 0.5) == 81


# --- review hours ---


def review_ticks(per_day, days=60):
    """Brute force: the ticks that are among the first hours of their day."""
    return [day * HOURS_PER_DAY + hour for day in range(days) for hour in range(per_day)]


@pytest.mark.parametrize("per_day", REVIEW_HOURS)
def test_reviews_are_in_the_first_hours_of_the_day(per_day):
    ticks = review_ticks(per_day, days=5)
    assert [t for t in range(5 * HOURS_PER_DAY) if timing.reviews_now(t, per_day)] == ticks


@pytest.mark.parametrize("per_day", REVIEW_HOURS)
def test_a_review_ends_in_the_hour_that_a_count_hour_by_hour_gives(per_day):
    ticks = review_ticks(per_day)
    for place, tick in enumerate(ticks[: 5 * per_day]):
        for hours in range(1, 30):
            assert timing.review_ends(tick, hours, per_day) == ticks[place + hours - 1]


@pytest.mark.parametrize("per_day", REVIEW_HOURS)
def test_review_hours_between_two_instants_are_those_counted_one_by_one(per_day):
    ticks = review_ticks(per_day)
    for start in range(20):
        for end in range(start, 60):
            expected = sum(start <= t < end for t in ticks)
            assert timing.review_hours_until(start, end, per_day) == expected


@given(st.integers(0, 10**6), st.integers(1, 10**4), st.sampled_from(REVIEW_HOURS))
def test_a_review_has_used_its_hours_when_it_ends(day, hours, per_day):
    tick = day * HOURS_PER_DAY + (day + hours) % per_day
    end = timing.review_ends(tick, hours, per_day)
    assert timing.reviews_now(end, per_day)
    assert timing.review_hours_until(tick, end + 1, per_day) == hours


@pytest.mark.parametrize("every", [0, 1, 40, 160])
def test_the_playbook_is_reviewed_at_whole_multiples_after_the_start(every):
    due = [tick for tick in range(500) if timing.playbook_review_due(tick, every)]
    assert due == (list(range(every, 500, every)) if every else [])
