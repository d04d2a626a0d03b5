"""Waiting in inboxes.

Whole hours: customers arrive in batches, Poisson per hour, at the start of an hour; work takes whole hours and begins with an
hour. "Exponential" efforts of mean m are geometric there, P(hours > n) = (1 − 1/m)ⁿ. Waits are measured from the start of
the hour of arrival to the start of the first hour of work.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simulation.theory import require


def geometric_mean_square(mean: float) -> float:
    """E[S²] of a geometric number of hours: 2m² − m. mean: hours, >= 1. Source: Feller 1968, chapter XI."""
    require(mean >= 1.0, f"mean is {mean} hours; a geometric effort takes at least one")
    return mean * (2.0 * mean - 1.0)


def wait_single(arrivals: float, mean: float, mean_square: float) -> float:
    """Mean hours a matter waits in an M/G/1 inbox: λE[S²] / (2(1 − ρ)), ρ = λE[S] < 1.

    Holds in whole hours as it stands. With V the hours of work left when an hour begins and B those that arrive with it,
    V' = (V + B − 1)⁺ gives E[V] = (E[B²] − ρ)/(2(1 − ρ)) = λE[S²]/(2(1 − ρ)) − ρ/2, and the others of a Poisson batch of
    the same hour that go first bring ρ/2. arrivals: per hour, >= 0. mean, mean_square: E[S], E[S²] in hours.
    Source: Pollaczek 1930, Khinchine 1932; Kleinrock 1975, section 5.6.
    """
    load = arrivals * mean
    require(arrivals >= 0.0 and mean > 0.0, "arrivals must be at least 0 and mean above 0")
    require(mean_square >= mean * mean, f"mean_square {mean_square} is below the square of the mean {mean}")
    require(load < 1.0, f"load is {load}; at 1 or above the wait grows without end")
    return arrivals * mean_square / (2.0 * (1.0 - load))


def wait_exponential(arrivals: float, mean: float) -> float:
    """Mean hours waited in M/M/1, continuous time: ρm / (1 − ρ). Source: Kleinrock 1975, section 3.2."""
    return wait_single(arrivals, mean, 2.0 * mean * mean)


def wait_geometric(arrivals: float, mean: float) -> float:
    """The same in whole hours: ρ(m − ½) / (1 − ρ), so it is smaller by the factor 1 − 1/(2m)."""
    return wait_single(arrivals, mean, geometric_mean_square(mean))


def wait_fixed(arrivals: float, mean: float) -> float:
    """Mean hours waited in M/D/1: ρm / (2(1 − ρ)), the same in whole hours. Source: as `wait_single`."""
    return wait_single(arrivals, mean, mean * mean)


def share_waiting(offered: float, servers: int) -> float:
    """Erlang C, the probability of having to wait in M/M/c: (aᶜ/c!)(c/(c − a)) / (Σₖ₍<c₎ aᵏ/k! + the same).

    By way of Erlang B, B(k) = aB(k − 1)/(k + aB(k − 1)), C = B / (1 − (a/c)(1 − B)). offered: a = λm, erlang, 0 <= a < c.
    Source: Erlang 1917; Cooper 1981, section 3.5.
    """
    require(servers >= 1, f"servers is {servers}; there must be one at least")
    require(0.0 <= offered < servers, f"offered load is {offered}; it must be at least 0 and below servers = {servers}")
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = offered * blocked / (k + offered * blocked)
    return blocked / (1.0 - offered / servers * (1.0 - blocked))


def wait_pooled(arrivals: float, mean: float, servers: int) -> float:
    """Mean hours waited in M/M/c: C(c, a) m / (c − a), a = λm < c. Source: Erlang 1917; Cooper 1981, section 3.5."""
    offered = arrivals * mean
    return share_waiting(offered, servers) * mean / (servers - offered)


class Impatience(NamedTuple):
    """What impatience does to a queue."""

    share_leaving: float  # of those who arrive, before their turn comes
    wait: float  # mean hours in the queue, of those who are served and those who leave together


def impatient(arrivals: float, mean: float, patience: float, servers: int = 1) -> Impatience:
    """Erlang A (M/M/c+M) in continuous time; leaving while being served costs nothing.

    Birth-death chain: birth λ, death min(n, c)/m + (n − c)⁺/θ. Share leaving = E[queue]/(θλ), wait = E[queue]/λ. Any load.
    arrivals: per hour, > 0. mean m and patience θ: hours, > 0. Source: Palm 1957; Garnett, Mandelbaum & Reiman 2002.
    """
    require(min(arrivals, mean, patience) > 0.0, "arrivals, mean and patience must be above 0")
    require(servers >= 1, f"servers is {servers}; there must be one at least")
    weight = total = 1.0
    queue, n = 0.0, 0
    while n <= arrivals * (mean + patience) + servers or weight > 1e-17 * total:
        n += 1
        weight *= arrivals / (min(n, servers) / mean + max(n - servers, 0) / patience)
        total += weight
        queue += max(n - servers, 0) * weight
        if total > 1e250:
            weight, total, queue = weight / total, 1.0, queue / total
    return Impatience(queue / total / (patience * arrivals), queue / total / arrivals)


def impatient_hours(arrivals: float, mean: float, patience: float, servers: int = 1) -> Impatience:
    """The same in whole hours, by the stationary law of the chain (waiting, busy), seen once an hour; m >= 1.

    Within an hour: a Poisson number joins, each who waits leaves with probability 1 − e^(−1/θ), free servers take up who waits,
    and each work ends with probability 1/m. Infinite patience gives M/M/c in whole hours, for λm < c. The queue is cut off where
    its weight is below 1e-12.
    """
    require(min(arrivals, patience) > 0.0 and mean >= 1.0, "arrivals and patience must be above 0, mean at least 1 hour")
    require(servers >= 1, f"servers is {servers}; there must be one at least")
    require(math.isfinite(patience) or arrivals * mean < servers, "if nobody leaves, the load must be below the servers")
    longest = _longest_queue(arrivals, mean, patience, servers)
    moves = _hour_moves(arrivals, math.exp(-1.0 / patience), longest)
    states = (longest + 1) * (servers + 1)
    taking, working = np.zeros((states, states)), np.zeros((servers + 1, servers + 1))
    for busy in range(servers + 1):
        for k in range(busy + 1):
            working[busy, k] = math.comb(busy, k) * (1.0 - 1.0 / mean) ** k * (1.0 / mean) ** (busy - k)
        for n in range(longest + 1):
            taken = min(n, servers - busy)
            taking[busy * (longest + 1) + n, (busy + taken) * (longest + 1) + n - taken] = 1.0
    taken_up = np.kron(np.eye(servers + 1), moves) @ taking  # to the state in which the hour's work is done
    law = _stationary(taken_up @ np.kron(working, np.eye(longest + 1))) @ taken_up
    by_busy = law.reshape(servers + 1, longest + 1)
    queue = float(by_busy.sum(axis=0) @ np.arange(longest + 1))
    served = float(by_busy.sum(axis=1) @ np.arange(servers + 1)) / mean
    return Impatience(1.0 - served / arrivals, queue / arrivals)


def _longest_queue(arrivals: float, mean: float, patience: float, servers: int) -> int:
    """Beyond any likely length: of a Poisson number of waiting customers without a server, or of M/M/c without leaving."""
    nobody_served = arrivals * patience + 10.0 * math.sqrt(arrivals * patience) + 40.0
    load = arrivals * mean / servers
    nobody_leaves = 40.0 - 30.0 / math.log(load) if load < 1.0 else math.inf
    return int(min(nobody_served, nobody_leaves))


def _hour_moves(arrivals: float, stays: float, longest: int) -> Any:
    """Transition matrix of the number waiting through arrivals and leaving. float64[longest + 1, longest + 1]."""
    counts = np.arange(longest + 1)
    logs = np.array([math.lgamma(n + 1.0) for n in range(2 * longest + 2)])
    joining = np.exp(counts * math.log(arrivals) - arrivals - logs[counts])
    join = np.zeros((longest + 1, longest + 1))
    for n in counts:
        join[n, n:] = joining[: longest + 1 - n]
        join[n, -1] += 1.0 - join[n].sum()
    leave = np.zeros_like(join)
    for n in counts:
        k = counts[: n + 1]
        leave[n, : n + 1] = np.exp(logs[n] - logs[k] - logs[n - k]) * stays**k * (1.0 - stays) ** (n - k)
    return join @ leave


def _stationary(step: Any) -> Any:
    """The stationary law of a transition matrix: one of its balance equations gives way to the sum of 1."""
    n = len(step)
    system = step.T - np.eye(n)
    system[-1] = 1.0
    return np.linalg.solve(system, np.append(np.zeros(n - 1), 1.0))


def chain(arrivals: Sequence[float], mean: float) -> float:
    """Mean hours from the first inbox to the last signature, continuous time: Σ m / (1 − λᵢm) over the levels i.

    For equal loads L·m / (1 − ρ). arrivals: per hour at each level passed. mean: m, the same at all, exponential.
    Source: Jackson 1957.
    """
    return sum(mean + wait_exponential(rate, mean) for rate in arrivals)


def chain_hours(arrivals: Sequence[float], mean: float, below: Sequence[int]) -> float:
    """The same in whole hours: Σ m + ρ(m − 1 + c/2)/(1 − ρ), with c = 1 − 1/b where b desks below feed a level.

    A desk ends at most one review an hour, so matters that come from b desks collide less than a Poisson number: E[A(A − 1)] =
    cλ². c = 1 for customers (give b = 0), c = 0 behind a single desk (b = 1). Exact if what each desk lets go is independent
    from hour to hour, as it is for Bernoulli arrivals (Hsu & Burke 1976); that it is nearly so here leaves an error below
    ρ/(2(1 − ρ)) hours a level. For single managers in a chain see `equal_chain_hours`.
    """
    require(len(arrivals) == len(below), "arrivals and below must name the same levels")
    total = 0.0
    for rate, desks in zip(arrivals, below, strict=True):
        require(rate * mean < 1.0, f"load is {rate * mean}; at 1 or above the wait grows without end")
        collisions = 1.0 - 1.0 / desks if desks else 1.0
        total += mean + rate * mean * (mean - 1.0 + collisions / 2.0) / (1.0 - rate * mean)
    return total


class Between(NamedTuple):
    """Bounds of a mean."""

    low: float
    high: float


def equal_chain(arrivals: float, mean: float, levels: int) -> float:
    """L single desks in a row, each with the same load ρ = λm, in continuous time: Lm/(1 − ρ). Source: Jackson 1957."""
    return chain([arrivals] * levels, mean)


def equal_chain_hours(arrivals: float, mean: float, levels: int) -> Between:
    """The same in whole hours: m + ρ(m − ½)/(1 − ρ) at the first desk, and m + ρ(m − 1 + c/2)/(1 − ρ) at each further one.

    c = 0 holds if customers come one by one (`chain_hours`). Those who come in a batch leave the first desk close behind each
    other, which costs the next one less than half of what meeting them at once would: c is between 0 and ½. By the stationary
    law of the chain, which `tests/simulation/test_theory.py` works out, it is 0.35 to 0.47 at the second desk, for loads of
    0.3 to 0.8 and m of 2 to 20 hours, and less at the third.
    """
    low = chain_hours([arrivals] * levels, mean, [0] + [1] * (levels - 1))
    load = arrivals * mean
    return Between(low, low + (levels - 1) * load / (4.0 * (1.0 - load)))


def levels(reps: int, span: int) -> int:
    """Levels of managers over so many reps: ⌈log_span reps⌉, one at least. reps >= 1, span >= 2. In whole numbers, exactly."""
    require(reps >= 1 and span >= 2, "reps must be at least 1 and span at least 2")
    count, covered = 1, span
    while covered < reps:
        count, covered = count + 1, covered * span
    return count
