"""The closed forms against published values, against each other, and at the edges of where they hold."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.theory import queues, readings, times

# --- queues ---


@pytest.mark.parametrize(
    ("offered", "servers", "published"),
    [
        # Exact by hand from the definition: a^c/c! c/(c-a) over the sum.
        (1.0, 2, 1 / 3), (2.0, 3, 4 / 9), (0.5, 1, 0.5), (3.0, 4, 27 / 53),
        # Bolch, Greiner, de Meer & Trivedi 2006, section 6.5: 5 servers at a load of 0.8.
        (4.0, 5, 0.5541),
    ],
)
def test_erlang_c(offered: float, servers: int, published: float) -> None:
    assert queues.share_waiting(offered, servers) == pytest.approx(published, abs=5e-5)


def test_erlang_c_equals_its_definition() -> None:
    for servers in (1, 2, 5, 20):
        for load in (0.1, 0.5, 0.95):
            a = load * servers
            top = a**servers / math.factorial(servers) / (1 - load)
            below = sum(a**k / math.factorial(k) for k in range(servers))
            assert queues.share_waiting(a, servers) == pytest.approx(top / (below + top))


def test_waits_of_textbooks() -> None:
    """Ross 2014, example 8.3: arrivals every 12 minutes, service of 8: W_q = 16. Half of it if service is fixed (8.5)."""
    assert queues.wait_exponential(1 / 12, 8.0) == pytest.approx(16.0)
    assert queues.wait_fixed(1 / 12, 8.0) == pytest.approx(8.0)
    assert queues.wait_pooled(1 / 12, 8.0, 1) == pytest.approx(16.0)
    assert queues.wait_pooled(2.0, 1.0, 3) == pytest.approx(4 / 9)


def _wait_by_recursion(arrivals: float, law: list[float]) -> float:
    """Mean wait in whole hours by iterating the law of the work left when an hour begins. law: P(S = s) at index s."""
    most = 400
    batch = [0.0] * (most + 1)
    batch[0] = math.exp(-arrivals)
    for n in range(1, most + 1):  # Panjer 1981, for a compound Poisson law
        batch[n] = arrivals / n * sum(s * law[s] * batch[n - s] for s in range(1, min(n, len(law) - 1) + 1))
    left = [1.0] + [0.0] * most
    for _ in range(400):
        total = [0.0] * (most + 1)
        for i in range(120):
            if left[i] > 1e-15:
                for j in range(120):
                    total[i + j] += left[i] * batch[j]
        left = [total[0] + total[1], *total[2:], 0.0]
    mean = sum(s * p for s, p in enumerate(law))
    return sum(i * p for i, p in enumerate(left)) + arrivals * mean / 2.0


def test_pollaczek_and_khinchine_hold_in_whole_hours() -> None:
    arrivals, mean = 0.1, 3.0
    fixed = [0.0, 0.0, 0.0, 1.0]
    geometric = [0.0] + [(1 - 1 / mean) ** (s - 1) / mean for s in range(1, 60)]
    assert _wait_by_recursion(arrivals, fixed) == pytest.approx(queues.wait_fixed(arrivals, mean), rel=1e-6)
    assert _wait_by_recursion(arrivals, geometric) == pytest.approx(queues.wait_geometric(arrivals, mean), rel=1e-6)


@given(st.floats(0.01, 0.99), st.floats(1.0, 1e4))
def test_whole_hours_shorten_the_wait_by_half_an_hour_over_the_effort(load: float, mean: float) -> None:
    exact, textbook = queues.wait_geometric(load / mean, mean), queues.wait_exponential(load / mean, mean)
    assert exact / textbook == pytest.approx(1.0 - 0.5 / mean)


def test_erlang_a_between_its_limits() -> None:
    patient = queues.impatient(0.08, 10.0, 1e6)
    assert patient.wait == pytest.approx(queues.wait_exponential(0.08, 10.0), rel=1e-3)
    assert queues.impatient(0.2, 10.0, 1e6, servers=3).wait == pytest.approx(queues.wait_pooled(0.2, 10.0, 3), rel=1e-4)
    hasty = queues.impatient(0.2, 10.0, 1e-7, servers=3)
    blocked = 2.0**3 / 6 / (1 + 2 + 2 + 8 / 6)  # who must wait leaves: Erlang B
    assert hasty.share_leaving == pytest.approx(blocked, rel=1e-5)
    overloaded = queues.impatient(10.0, 1.0, 100.0)
    assert overloaded.share_leaving == pytest.approx(0.9, abs=1e-6)  # the fluid limit, 1 - 1/load


def test_erlang_a_with_patience_like_service_is_poisson() -> None:
    """Patience and efforts of one mean make all leave alike: M/M/infinity, Poisson with mean a."""
    a, c = 4.0, 3
    law = [math.exp(-a) * a**n / math.factorial(n) for n in range(80)]
    queue = sum((n - c) * p for n, p in enumerate(law) if n > c)
    found = queues.impatient(a, 1.0, 1.0, servers=c)
    assert found.wait == pytest.approx(queue / a)
    assert found.share_leaving == pytest.approx(queue / a)


def test_erlang_a_in_whole_hours_tends_to_the_textbooks() -> None:
    """The difference falls as one over the effort in hours: tenfold efforts, a tenth of it."""
    off = []
    for mean in (10.0, 100.0, 1000.0):
        hours, textbook = queues.impatient_hours(0.8 / mean, mean, 2.0 * mean), queues.impatient(0.8 / mean, mean, 2.0 * mean)
        off.append((hours.wait / textbook.wait - 1.0, hours.share_leaving / textbook.share_leaving - 1.0))
    for near, far in zip(off[1:], off, strict=False):
        assert near == pytest.approx([d / 10.0 for d in far], rel=0.1)


def test_erlang_a_in_whole_hours_without_impatience_is_the_geometric_queue() -> None:
    found = queues.impatient_hours(0.2, 2.5, 1e7)
    assert found.wait == pytest.approx(queues.wait_geometric(0.2, 2.5), rel=1e-5)


def test_erlang_c_in_whole_hours() -> None:
    """One server: the geometric queue. Several: below Erlang C's by nearly half an hour over the effort."""
    assert queues.impatient_hours(0.2, 2.5, math.inf).wait == pytest.approx(queues.wait_geometric(0.2, 2.5), rel=1e-8)
    for mean in (10.0, 100.0):
        ratio = queues.impatient_hours(3.2 / mean, mean, math.inf, 4).wait / queues.wait_pooled(3.2 / mean, mean, 4)
        assert ratio == pytest.approx(1.0 - 0.5 / mean, abs=0.05 / mean)


def test_erlang_a_in_whole_hours_with_several_servers() -> None:
    """The textbook's values come out within 10 % at efforts of 20 hours, within 1 % at 200."""
    for mean, tolerance in ((20.0, 0.1), (200.0, 0.01)):
        hours = queues.impatient_hours(3.6 / mean, mean, 2.0 * mean, 3)
        textbook = queues.impatient(3.6 / mean, mean, 2.0 * mean, 3)
        assert hours.wait == pytest.approx(textbook.wait, rel=tolerance)
        assert hours.share_leaving == pytest.approx(textbook.share_leaving, rel=tolerance)


def test_chains() -> None:
    """Jackson 1957: equal loads give L m / (1 - load)."""
    assert queues.chain([0.05] * 3, 10.0) == pytest.approx(3 * 10 / 0.5)
    assert queues.chain([], 10.0) == 0.0
    assert queues.chain_hours([0.05], 10.0, [0]) == pytest.approx(10.0 + queues.wait_geometric(0.05, 10.0))
    long = 1e6
    assert queues.chain_hours([0.5 / long] * 3, long, [0, 1, 4]) == pytest.approx(queues.chain([0.5 / long] * 3, long), rel=1e-5)


@pytest.mark.parametrize(
    ("reps", "span", "levels"), [(1, 10, 1), (10, 10, 1), (11, 10, 2), (100, 10, 2), (101, 10, 3), (10000, 10, 4), (8, 2, 3)]
)
def test_levels(reps: int, span: int, levels: int) -> None:
    assert queues.levels(reps, span) == levels


@given(st.integers(2, 10**6), st.integers(2, 100))
def test_levels_are_the_logarithm_rounded_up(reps: int, span: int) -> None:
    levels = queues.levels(reps, span)
    assert span ** (levels - 1) < reps <= span**levels


# --- readings ---


def test_screening_of_sah_and_stiglitz() -> None:
    """1986: two screens in a hierarchy accept p², in a polyarchy p(2 − p); 1988: committees lie in between."""
    for p in (0.2, 0.5, 0.9):
        assert readings.survives_all(p, 2) == pytest.approx(p * p)
        assert readings.survives_any(p, 2) == pytest.approx(p * (2 - p))
        assert readings.survives_committee(p, 5, 5) == pytest.approx(readings.survives_all(p, 5))
        assert readings.survives_committee(p, 5, 1) == pytest.approx(readings.survives_any(p, 5))
        tails = [readings.survives_committee(p, 5, k) for k in range(7)]
        assert tails[0] == pytest.approx(1.0)
        assert tails[6] == 0.0
        assert tails == sorted(tails, reverse=True)


def test_condorcets_jury() -> None:
    """Three of 0.6: 0.648; five: 0.68256; and a large jury is sure. Three of 0.8: 0.896."""
    assert readings.majority_right(0.6, 3) == pytest.approx(0.648)
    assert readings.majority_right(0.6, 5) == pytest.approx(0.68256)
    assert readings.majority_right(0.8, 3) == pytest.approx(0.896)
    assert readings.majority_right(0.6, 301) > 0.999
    assert readings.majority_right(0.4, 301) < 0.001


def test_unequal_readers_of_nitzan_and_paroush() -> None:
    """An expert outweighs two others if the odds say so: (0.9, 0.6, 0.6) goes by the expert, (0.7, 0.65, 0.65) by majority."""
    assert readings.weighted_majority_right([0.9, 0.6, 0.6]) == pytest.approx(0.9)
    p, q = 0.7, 0.65
    assert readings.weighted_majority_right([p, q, q]) == pytest.approx(p * (1 - (1 - q) ** 2) + (1 - p) * q * q)
    assert readings.weighted_majority_right([0.6] * 5) == pytest.approx(readings.majority_right(0.6, 5))
    assert readings.weighted_majority_right([0.6, 0.6]) == pytest.approx(0.6)  # ties by a coin
    assert readings.weighted_majority_right([0.5]) == pytest.approx(0.5)


@given(st.floats(0.01, 0.5), st.floats(0.51, 0.99), st.integers(0, 9))
def test_bayes_asks_for_as_many_readers_as_make_a_deviation_likelier_than_not(prior: float, right: float, n: int) -> None:
    needed = readings.needed_by_bayes(prior, right, n)
    for k in range(n + 1):
        deviates = prior * right**k * (1 - right) ** (n - k)
        agrees = (1 - prior) * (1 - right) ** k * right ** (n - k)
        if abs(deviates - agrees) > 1e-9 * agrees:
            assert (k >= needed) == (deviates > agrees)


def test_prior_against_reading() -> None:
    assert readings.bayes_right(0.1, 0.3) == pytest.approx(0.9)
    assert readings.bayes_right(0.4, 0.3) == pytest.approx(0.7)


def _desks_by_iteration(arrivals: float, mean: float, desks: int, longest: int, hours: int) -> list[float]:
    """Mean hours at each of some single desks in a row, by iterating the law of how many are at each, hour by hour."""
    counts = np.arange(longest)
    batch = np.array([math.exp(-arrivals) * arrivals**k / math.factorial(k) for k in range(12)])
    ends = np.where(counts > 0, 1.0 / mean, 0.0)
    law = np.zeros((longest,) * desks)
    law[(0,) * desks] = 1.0
    for _ in range(hours):
        at_work = np.zeros_like(law)
        for k, weight in enumerate(batch):
            at_work[k:] += weight * law[: longest - k]
        law = at_work
        for desk in reversed(range(desks)):  # the last first, so that nobody passes two desks in an hour
            leave = law * ends.reshape([-1 if axis == desk else 1 for axis in range(desks)])
            moved = np.roll(leave, -1, axis=desk)
            law = law - leave + (np.roll(moved, 1, axis=desk + 1) if desk + 1 < desks else moved)
    assert law.sum() == pytest.approx(1.0, abs=1e-5)
    others = [tuple(axis for axis in range(desks) if axis != desk) for desk in range(desks)]
    return [float(at_work.sum(axis=other) @ counts) / arrivals for other in others]


@pytest.mark.parametrize(
    ("load", "mean", "desks", "longest", "hours"),
    [(0.3, 2.0, 3, 16, 300), (0.6, 2.0, 3, 30, 700), (0.6, 5.0, 2, 45, 2500), (0.8, 2.0, 2, 90, 6000), (0.3, 20.0, 2, 20, 3000)],
)
def test_desks_in_a_row_lie_between_their_bounds(load: float, mean: float, desks: int, longest: int, hours: int) -> None:
    rate = load / mean
    first, *others = _desks_by_iteration(rate, mean, desks, longest, hours)
    assert first == pytest.approx(queues.equal_chain_hours(rate, mean, 1).low, rel=2e-4)
    bounds = queues.equal_chain_hours(rate, mean, desks)
    assert bounds.low < first + sum(others) < bounds.high
    without = mean + load * (mean - 1.0) / (1.0 - load)
    shares = [(hours_at - without) * 2.0 * (1.0 - load) / load for hours_at in others]
    assert 0.34 < shares[0] < 0.48
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] > 0.0


def test_equal_desks_in_a_row() -> None:
    """Jackson: three desks, each busy half of the time with efforts of 4, take 8 hours each. Long efforts: the same."""
    assert queues.equal_chain(0.125, 4.0, 3) == pytest.approx(24.0)
    assert queues.equal_chain_hours(0.125, 4.0, 1) == pytest.approx((4.0 + 3.5, 4.0 + 3.5))
    assert queues.equal_chain_hours(0.125, 4.0, 3) == pytest.approx((7.5 + 14.0, 7.5 + 14.0 + 0.5))
    assert queues.equal_chain_hours(1e-5, 5e4, 4) == pytest.approx([queues.equal_chain(1e-5, 5e4, 4)] * 2, rel=1e-4)


def test_offers_until_the_end() -> None:
    """With A = ½ and s = ½ a quarter goes on: ¾, 3/16, …; of those who end, ½ : ¼ are won and lost."""
    shares = [readings.ends_with_offer(0.5, 0.5, n) for n in (1, 2, 3)]
    assert shares == pytest.approx([3 / 4, 3 / 16, 3 / 64])
    assert readings.won_in_the_end(0.5, 0.5) == pytest.approx(2 / 3)
    assert sum(readings.ends_with_offer(0.1, 0.8, n) for n in range(1, 200)) == pytest.approx(1.0)
    assert sum(0.1 * (0.9 * 0.8) ** n for n in range(200)) == pytest.approx(readings.won_in_the_end(0.1, 0.8))
    for stays in (0.0, 0.3, 1.0):
        assert readings.ends_with_offer(1.0, stays, 1) == readings.won_in_the_end(1.0, stays) == 1.0
        assert readings.ends_with_offer(0.0, stays, 3) == pytest.approx(stays**2 * (1.0 - stays))


def test_customers_answers() -> None:
    assert [readings.accepts(f, 0.5, 2.0) for f in (0.2, 0.5, 0.75, 1.0)] == [0.0, 0.0, 0.25, 1.0]
    for stays in (0.0, 0.3, 1.0):
        lost = sum(readings.lost_in_round(stays, 0.3, 12, j) for j in range(1, 13))
        assert lost + readings.won_after_all(stays, 0.3, 12) == pytest.approx(1.0)
    always_wrong = [readings.lost_in_round(0.4, 1.0, 50, j) for j in (1, 2, 3)]
    assert always_wrong == pytest.approx([0.6, 0.24, 0.096])  # geometric


# --- times ---


def test_buy_in() -> None:
    """Harmonic numbers: H₄ = 25/12. The first of n takes 1/n."""
    assert times.buy_in_series(4, 2.5) == 10.0
    assert times.buy_in_parallel(4, 4, 1.0) == pytest.approx(25 / 12)
    assert times.buy_in_parallel(4, 1, 1.0) == pytest.approx(1 / 4)
    assert times.buy_in_parallel(4, 0, 1.0) == 0.0
    assert times.buy_in_parallel(3, 2, 6.0) == pytest.approx(2 + 3)


def test_buy_in_in_whole_hours() -> None:
    """One answer takes its mean; the first of n is geometric with 1 − (1 − p)ⁿ; both forms meet where efforts are long."""
    assert times.buy_in_hours(1, 1, 7.0) == pytest.approx(7.0)
    assert times.buy_in_hours(5, 1, 4.0) == pytest.approx(1 / (1 - 0.75**5))
    assert times.buy_in_hours(2, 2, 4.0) == pytest.approx(8.0 - 1 / (1 - 0.75**2))  # max + min = sum
    assert times.buy_in_hours(5, 0, 4.0) == 0.0
    assert times.buy_in_hours(5, 3, 1.0) == 1.0
    assert times.buy_in_hours(6, 4, 2000.0) == pytest.approx(times.buy_in_parallel(6, 4, 2000.0), rel=1e-3)


def test_patience() -> None:
    assert times.still_there(10.0, 10.0, 1.0) == pytest.approx(math.exp(-1))
    assert times.still_there(2 / math.sqrt(math.pi) * 3.0, 3.0, 2.0) == pytest.approx(math.exp(-1))  # Rayleigh: mean = scale √π/2
    assert times.still_there(4.9, 10.0, 1.0, expiry=5.0) > 0.6
    assert times.still_there(5.0, 10.0, 1.0, expiry=5.0) == 0.0


def test_incidence() -> None:
    found = times.incidence(0.02, 0.03, 1e9)
    assert found == pytest.approx((0.4, 0.6))
    assert sum(times.incidence(0.02, 0.03, 10.0)) == pytest.approx(1 - math.exp(-0.5))
    assert times.incidence_hours(2e5, 3e5, 200_000) == pytest.approx(times.incidence(1 / 2e5, 1 / 3e5, 2e5), rel=1e-4)
    by_hand = times.incidence_hours(2.0, 1.0 / math.log(2.0), 2)  # one hour of work with ½, staying each hour with ½
    assert by_hand == pytest.approx((0.25, 0.5 + 0.125))


def test_drift() -> None:
    assert times.still_right(3.0, 0.0) == 1.0
    assert times.still_right(0.5, 1.0) == pytest.approx(0.5 * (1 + math.exp(-1)))
    assert times.still_right(5.0, 100.0) == pytest.approx(0.5)


# --- where no formula holds ---


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: queues.wait_exponential(0.2, 5.0),
        lambda: queues.wait_exponential(-0.1, 5.0),
        lambda: queues.wait_geometric(0.2, 0.5),
        lambda: queues.wait_single(0.1, 3.0, 8.0),
        lambda: queues.share_waiting(3.0, 3),
        lambda: queues.share_waiting(0.5, 0),
        lambda: queues.wait_pooled(1.0, 3.0, 2),
        lambda: queues.impatient(0.0, 1.0, 1.0),
        lambda: queues.impatient_hours(0.1, 0.5, 1.0),
        lambda: queues.impatient_hours(0.5, 5.0, math.inf, 2),
        lambda: queues.impatient_hours(0.5, 5.0, 3.0, 0),
        lambda: queues.chain_hours([0.1], 10.0, [0]),
        lambda: queues.chain_hours([0.1], 5.0, []),
        lambda: queues.equal_chain(0.1, 10.0, 2),
        lambda: queues.equal_chain_hours(0.1, 10.0, 2),
        lambda: queues.levels(0, 5),
        lambda: queues.levels(5, 1),
        lambda: readings.survives_all(1.2, 2),
        lambda: readings.survives_committee(0.5, -1, 0),
        lambda: readings.majority_right(0.6, 4),
        lambda: readings.log_odds(1.0),
        lambda: readings.needed_by_bayes(0.7, 0.8, 3),
        lambda: readings.needed_by_bayes(0.3, 0.5, 3),
        lambda: readings.weighted_majority_right([]),
        lambda: readings.bayes_right(0.6, 0.1),
        lambda: readings.accepts(0.5, 1.0, 2.0),
        lambda: readings.lost_in_round(0.5, 0.5, 4, 0),
        lambda: readings.ends_with_offer(0.5, 0.5, 0),
        lambda: readings.ends_with_offer(1.5, 0.5, 1),
        lambda: readings.won_in_the_end(0.0, 1.0),
        lambda: times.buy_in_series(-1, 2.0),
        lambda: times.buy_in_parallel(3, 4, 1.0),
        lambda: times.buy_in_hours(3, 2, 0.5),
        lambda: times.still_there(-1.0, 5.0, 1.0),
        lambda: times.incidence(0.0, 0.0, 1.0),
        lambda: times.incidence_hours(2.0, 1.0, 0),
        lambda: times.still_right(-1.0, 1.0),
    ],
)
def test_outside_its_range_a_formula_says_so(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"must|lies|takes|grows|needs|below"):
        wrong()  # type: ignore[operator]
