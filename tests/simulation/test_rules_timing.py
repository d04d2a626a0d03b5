"""The rules of time against their formulas: mean and tail of efforts, patience, forgetting, the hours in which people work."""

import math
from bisect import bisect_left

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from simulation import chance
from simulation.calendar import HOURS_PER_DAY, HOURS_PER_WEEK, MINUTES_PER_HOUR
from simulation.rules import timing
from tests.helpers.strategies import DECLARED, LUCK, even_draws, within

EFFORTS = (
    "discovery_hours",
    "drafting_hours",
    "customising_hours",
    "documentation_hours",
    "consult_hours",
    "conferring_hours",
    "sign_off_hours",
    "prospecting_hours",
    "reply_lag_hours",
)
MEANS = st.sampled_from(EFFORTS).flatmap(within)  # units, of an hour or of fewer minutes
LAST_DRAW = 1.0 - chance.UNIT
DAY = HOURS_PER_DAY * MINUTES_PER_HOUR
PER_DAY = (6, 60, 90, 173, 420, 480)  # minutes kept for work


def just_around(survival):
    """The draws just below and just above the one with this share beyond it; None if unresolved."""
    below, above = 1.0 - survival * (1 + 1e-9), 1.0 - survival * (1 - 1e-9)
    return (below, above) if 1e-6 < survival < 1.0 and below > 0.0 else None


# --- efforts and lags ---


def whole_units(mean, u, fixed):
    """Units of a task of this mean."""
    return timing.whole_units(mean, timing.going_on(mean), u, fixed)


@given(MEANS, LUCK)
def test_an_effort_takes_whole_units_and_at_least_one(mean, u):
    for fixed in (0, 1):
        units = whole_units(mean, u, fixed)
        assert type(units) is int
        assert units >= 1 if mean > 0.0 else units == 0


@given(st.floats(-1, 0), LUCK, st.integers(0, 1))
def test_a_mean_of_zero_leaves_the_step_out(mean, u, fixed):
    assert whole_units(mean, u, fixed) == 0


@given(st.floats(0, 1, exclude_min=True), LUCK, st.integers(0, 1))
def test_up_to_a_unit_is_a_unit(mean, u, fixed):
    assert whole_units(mean, u, fixed) == 1


@given(MEANS, LUCK, LUCK)
def test_a_fixed_effort_is_the_mean_rounded_up_whatever_the_draw(mean, u, v):
    units = whole_units(mean, u, 1)
    assert units == whole_units(mean, v, 1)
    assert units - 1 < mean <= units


@given(st.floats(1.001, 10000), st.integers(1, 2000))
def test_tail_of_an_effort_is_geometric(mean, n):
    assume(draws := just_around((1.0 - 1.0 / mean) ** n))
    assert whole_units(mean, draws[0], 0) <= n < whole_units(mean, draws[1], 0)


@pytest.mark.parametrize("mean", [1.0, 1.0001, 1.25, 1.5, 2.0, 3.0, 7.7, 120.0, 2000.0, 10000.0])
def test_mean_of_the_whole_units_is_the_declared_mean(mean):
    n = 20000
    found = sum(whole_units(mean, u, 0) for u in even_draws(n)) / n
    # A monotone function's mean over an even grid errs by at most its range over n.
    assert abs(found - mean) <= whole_units(mean, 1 - 0.5 / n, 0) / n + mean / n


@given(MEANS, LUCK, LUCK)
def test_an_unlucky_draw_never_takes_fewer_units(mean, u, v):
    u, v = sorted((u, v))
    assert whole_units(mean, u, 0) <= whole_units(mean, v, 0)


@given(MEANS, MEANS, LUCK, st.integers(0, 1))
def test_a_longer_mean_never_takes_fewer_units(mean, other, u, fixed):
    mean, other = sorted((mean, other))
    assert whole_units(mean, u, fixed) <= whole_units(other, u, fixed)


def test_extreme_draws_give_finite_units():
    assert whole_units(10000.0, 0.0, 0) == 1
    assert 10000 < whole_units(10000.0, LAST_DRAW, 0) < 40 * 10000
    assert whole_units(math.nextafter(1.0, 2.0), LAST_DRAW, 0) <= 3


@given(MEANS, within("work_unit_minutes"))
def test_hours_in_units_and_back(hours, unit):
    assert timing.in_units(hours, unit) * unit == pytest.approx(hours * MINUTES_PER_HOUR)
    assert timing.in_units(hours, MINUTES_PER_HOUR) == hours


@pytest.mark.parametrize("unit", [1, 7, 15, 60])
def test_mean_minutes_are_the_declared_mean_whatever_the_unit(unit):
    """Above one unit; a shorter task takes a whole unit."""
    n, hours = 20000, 3.5
    units = timing.in_units(hours, unit)
    found = sum(whole_units(units, u, 0) for u in even_draws(n)) / n
    assert abs(found - units) <= whole_units(units, 1 - 0.5 / n, 0) / n + units / n


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


# --- forgetting ---

PER_MINUTE = within("forgotten_per_week").map(lambda rate: rate / (HOURS_PER_WEEK * MINUTES_PER_HOUR))


@given(PER_MINUTE, st.integers(0, 10**6), LUCK)
def test_a_matter_is_forgotten_with_the_probability_of_an_exponential_time(per_minute, waited, u):
    probability = -math.expm1(-per_minute * waited)
    assume(abs(u - probability) > 1e-12)
    assert timing.forgotten(per_minute, waited, u) == (u < probability)


@given(PER_MINUTE, st.integers(0, 10**6), st.integers(0, 10**6), LUCK)
def test_what_has_lain_longer_is_forgotten_rather(per_minute, waited, longer, u):
    waited, longer = sorted((waited, longer))
    assert timing.forgotten(per_minute, waited, u) <= timing.forgotten(per_minute, longer, u)
    assert not timing.forgotten(per_minute, 0, u)
    assert not timing.forgotten(0.0, longer, u)


# --- the time in which people work ---


@given(st.integers(0, 10**6), st.integers(0, MINUTES_PER_HOUR - 1))
def test_an_hour_begins_at_its_instant_and_the_next_from_the_minute_after_it(tick, minute):
    assert timing.instant(tick) == tick * MINUTES_PER_HOUR
    assert timing.hour_from(timing.instant(tick)) == tick
    assert timing.hour_from(timing.instant(tick) + minute) == tick + (minute > 0)


def working_minutes(per_day, days):
    """Brute force: the first instant of every working minute."""
    return [day * DAY + minute for day in range(days) for minute in range(per_day)]


@pytest.mark.parametrize("per_day", PER_DAY)
def test_work_is_in_the_first_minutes_of_the_day(per_day):
    minutes = set(working_minutes(per_day, days=3))
    assert {at for at in range(3 * DAY) if timing.at_work(at, per_day)} == minutes
    ticks = [t for t in range(3 * HOURS_PER_DAY) if t * MINUTES_PER_HOUR in minutes]
    assert [t for t in range(3 * HOURS_PER_DAY) if timing.works_now(t, per_day)] == ticks
    for tick in range(2 * HOURS_PER_DAY):
        assert timing.next_working_hour(tick, per_day) == min(t for t in ticks if t >= tick)


@pytest.mark.parametrize("per_day", PER_DAY)
def test_work_ends_with_the_minute_that_a_count_minute_by_minute_gives(per_day):
    """From any instant on: in the time kept for work, at its end, and when the day is over."""
    most = 481
    minutes = working_minutes(per_day, days=3 + most // per_day)
    for start in range(0, DAY + 61, 7):
        left = bisect_left(minutes, start)
        for n in (1, 2, 59, 60, 61, 119, 120, 150, 480, most):
            assert timing.work_ends(start, n, per_day) == minutes[left + n - 1] + 1


@pytest.mark.parametrize("per_day", PER_DAY)
def test_working_minutes_between_two_instants_are_those_counted_one_by_one(per_day):
    minutes = working_minutes(per_day, days=3)
    for start in range(0, DAY + 1, 23):
        for end in range(start, 2 * DAY + 1, 31):
            counted = bisect_left(minutes, end) - bisect_left(minutes, start)
            assert timing.worked_between(start, end, per_day) == counted
        assert timing.worked_by(start, per_day) == bisect_left(minutes, start)


@given(st.integers(0, 10**7), st.integers(1, 10**5), st.integers(6, DAY))
def test_work_has_used_its_minutes_when_it_ends_and_not_a_minute_before(start, minutes, per_day):
    end = timing.work_ends(start, minutes, per_day)
    assert timing.worked_between(start, end, per_day) == minutes
    assert timing.worked_between(start, end - 1, per_day) == minutes - 1
    assert timing.at_work(end - 1, per_day)


def test_the_longest_run_fits_the_columns_of_the_log():
    longest = DECLARED["horizon_weeks"].high * HOURS_PER_WEEK * MINUTES_PER_HOUR
    assert longest < 2**31


@pytest.mark.parametrize("every", [0, 1, 40, 160])
def test_the_playbook_is_reviewed_at_whole_multiples_after_the_start(every):
    due = [tick for tick in range(500) if timing.playbook_review_due(tick, every)]
    assert due == (list(range(every, 500, every)) if every else [])
