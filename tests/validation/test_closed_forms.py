"""The closed forms of second-hand judgement, forgetting and office hours: by hand, by enumeration and at the edges."""

import math
from itertools import product

import pytest

from simulation.theory import queues, readings, times
from simulation.theory.office_hours import geometric_units, wait_at_desk

# --- desks ---


@pytest.mark.parametrize(("load", "mean"), [(0.3, 1.0), (0.5, 4.0), (0.6, 6.0)])
def test_a_desk_in_whole_hours_open_all_day_waits_as_the_formula_says(load: float, mean: float) -> None:
    assert wait_at_desk(load / mean, geometric_units(mean, longest=1024)) == pytest.approx(
        queues.wait_geometric(load / mean, mean), rel=1e-8
    )


def test_hours_counted_in_minutes_are_the_same_hours() -> None:
    hours = geometric_units(2.0, longest=96)
    minutes = tuple(hours[n // 60] if n % 60 == 0 else 0.0 for n in range(96 * 60))
    for open_hours in (5, 8):
        assert wait_at_desk(0.1, minutes, 60, open_hours) == pytest.approx(wait_at_desk(0.1, hours, 1, open_hours), rel=1e-8)


@pytest.mark.parametrize("open_hours", [1, 3, 7, 8])
def test_who_comes_alone_waits_for_the_desk_to_open(open_hours: int) -> None:
    """Closed hours are the last of the day: who comes in hour h of 8 then waits 8 − h hours."""
    waits = sum(8 - hour for hour in range(open_hours, 8)) / 8
    assert wait_at_desk(1e-7, (0.0, 1.0) + (0.0,) * 62, 1, open_hours) == pytest.approx(waits, abs=1e-5)


def test_two_who_come_together_wait_for_each_other() -> None:
    """Light traffic of work of s minutes, s below an hour: of a Poisson batch with mean λ, half of λ goes first."""
    service = tuple(float(n == 12) for n in range(600))
    assert wait_at_desk(1e-4, service, 60) == pytest.approx(1e-4 / 2 * 12 / 60, rel=1e-3)


def test_a_desk_open_for_less_of_the_day_waits_longer() -> None:
    service = geometric_units(12.0, longest=2048)
    waits = [wait_at_desk(0.15, service, 60, open_hours) for open_hours in (0.35, 1, 1.5, 2, 4, 8)]
    assert waits == sorted(waits, reverse=True)


# --- readings ---


@pytest.mark.parametrize("hearsay", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("p", [0.2, 0.7])
def test_votes_with_hearsay_by_enumeration(p: float, hearsay: float) -> None:
    """Everybody's own vote, and who repeats the first one's instead."""
    n = 4
    tally = [0.0] * (n + 1)
    for votes in product((0, 1), repeat=n):
        for repeats in product((0, 1), repeat=n - 1):
            chance = math.prod(p if vote else 1 - p for vote in votes)
            chance *= math.prod(hearsay if repeat else 1 - hearsay for repeat in repeats)
            told = votes[0] + sum(votes[0] if repeat else vote for vote, repeat in zip(votes[1:], repeats, strict=True))
            tally[told] += chance
    for needed in range(n + 2):
        found = readings.survives_committee_by_hearsay(p, n, needed, hearsay)
        assert found == pytest.approx(sum(tally[needed:]), abs=1e-12)
    assert readings.survives_all_by_hearsay(p, n, hearsay) == pytest.approx(tally[n])
    assert readings.survives_any_by_hearsay(p, n, hearsay) == pytest.approx(1 - tally[0])


def test_hearsay_makes_many_readers_worth_one() -> None:
    juries = [readings.survives_committee_by_hearsay(0.7, 9, 5, h) for h in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert juries[0] == pytest.approx(readings.majority_right(0.7, 9))
    assert juries == sorted(juries, reverse=True)
    assert juries[-1] == pytest.approx(0.7)


@pytest.mark.parametrize(("share", "known"), [(0.4, 0.6), (0.1, 1.0), (0.9, 0.0), (1.0, 0.3)])
def test_whom_a_rep_asks_by_enumeration(share: float, known: float) -> None:
    peers, right = 3, 0.0
    kinds = {"expert": known * share, "unknown": 1 - known, "none": known * (1 - share)}
    for group in product(kinds, repeat=peers):
        chance = math.prod(kinds[kind] for kind in group)
        right += chance * (1.0 if "expert" in group else share if "unknown" in group else 0.0)
    assert readings.first_asked_is_expert(share, known, peers) == pytest.approx(right)


def test_issues_that_differ_are_read_better_than_their_mean() -> None:
    """Who knows which readings are worth something does better than who reads all alike: min(π, e) is concave."""
    errors = (0.05, 0.15, 0.25, 0.35, 0.45)
    assert readings.bayes_right_over(0.2, errors) == pytest.approx(1 - (0.05 + 0.15 + 3 * 0.2) / 5)
    assert readings.bayes_right_over(0.2, errors) > readings.bayes_right(0.2, 0.25)
    assert readings.bayes_right_over(0.2, (0.25,)) == readings.bayes_right(0.2, 0.25)


def test_forgetting() -> None:
    assert times.forgotten(0.1, 0.0) == times.forgotten(0.0, 9.0) == 0.0
    assert times.forgotten(0.1, 10.0) == pytest.approx(1 - math.exp(-1))
    survives = (1 - times.forgotten(0.3, 2.0)) * (1 - times.forgotten(0.3, 5.0))
    assert survives == pytest.approx(1 - times.forgotten(0.3, 7.0))  # no memory of how long it has lain there


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: wait_at_desk(0.5, geometric_units(4.0, longest=64), 1, 3),
        lambda: wait_at_desk(0.0, (0.0, 1.0)),
        lambda: wait_at_desk(0.1, (0.0, 0.5)),
        lambda: wait_at_desk(0.1, (0.0, 1.0), 1, 9),
        lambda: wait_at_desk(0.1, (0.0, 1.0), 1, 2.5),
        lambda: wait_at_desk(0.22, geometric_units(4.0, longest=24)),
        lambda: geometric_units(0.5),
        lambda: readings.survives_committee_by_hearsay(0.5, 0, 0, 0.5),
        lambda: readings.survives_all_by_hearsay(0.5, 2, 1.5),
        lambda: readings.first_asked_is_expert(0.5, 0.5, 0),
        lambda: readings.bayes_right_over(0.2, ()),
        lambda: times.forgotten(-1.0, 1.0),
    ],
)
def test_outside_its_range_a_formula_says_so(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"must|lies|takes|grows|needs|below"):
        wrong()  # type: ignore[operator]
