"""Keyed chance: every draw is a function of what it decides.

The generator is SplitMix64 (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators", OOPSLA;
reference code by S. Vigna). Output n of the stream with seed s is mix(s + (n + 1) * gamma), so it can be computed
directly, without the outputs before it: the stream is a function of (s, n), as Salmon et al. (2011) ask of a
counter-based generator. `child(key, n)` is that function. A key is a stream's seed, and a stream's outputs serve as keys of
further streams, so a draw is addressed by a path such as

    seed -> ARRIVED_CUSTOMER -> rep 4's patch -> customer 17 -> REP_READING -> rep 4 -> issue 2

Nothing is consumed and nothing moves: an extra rep, an extra reading or another regime changes nobody else's luck, and
asking twice gives the same answer twice (common random numbers aligned draw by draw; Klein et al. 2024, arXiv 2409.02086).
"""

from typing import Final

import numpy as np
from numba.extending import overload

from simulation.compiled import rule

MASK: Final = 0xFFFFFFFFFFFFFFFF
GAMMA: Final = 0x9E3779B97F4A7C15
MIX_A: Final = 0xBF58476D1CE4E5B9
MIX_B: Final = 0x94D049BB133111EB
TURNS: Final = 2147483648  # 2 ** 31: more than there are people or cases
UNIT: Final = 1.0 / 9007199254740992.0  # 2 ** -53

# Purposes under the seed: the firm and its market.
ARRIVAL_GAP: Final = 0
ARRIVED_CUSTOMER: Final = 1
LATENT_CUSTOMER: Final = 2
OWN_EXPERTISE: Final = 3
GROUP_EXPERTISE: Final = 4
SPECIALISED: Final = 5
CLUSTER_SEAT: Final = 6
STANDARD_FLIP: Final = 7
SEAT_TURNOVER: Final = 8
PROSPECT_SPELL: Final = 9
ARRIVAL_ORDER: Final = 10
WORK_ORDER: Final = 11
ACQUAINTANCE: Final = 12

# Purposes under a customer's key.
NEED: Final = 0
PATIENCE: Final = 1
VALUE: Final = 2
LOT: Final = 3
REP_READING: Final = 4
MANAGER_READING: Final = 5
DISCOVERY_EFFORT: Final = 6
DOCUMENT_EFFORT: Final = 7
DRAFT_EFFORT: Final = 8
REVIEW_EFFORT: Final = 9
CONSULT_EFFORT: Final = 10
REPLY_LAG: Final = 11
ACCEPTANCE: Final = 12
SECOND_CHANCE: Final = 13
REVEALED_ISSUE: Final = 14
DIVERSION: Final = 15
PUNISHMENT: Final = 16
DISPATCH_TIE: Final = 17
PEER_TIE: Final = 18
OPENING: Final = 19
CANDOUR: Final = 20
AMBIGUITY: Final = 21
PEER_HEARSAY: Final = 22
MANAGER_HEARSAY: Final = 23
TAKE_IN_EFFORT: Final = 24
HANDOVER: Final = 25
FORGOTTEN_CASE: Final = 26
FORGOTTEN_REQUEST: Final = 27
FORGOTTEN_SIGN_OFF: Final = 28


def word(n: int) -> int:
    """n as an unsigned 64-bit word (a Python int; a wrapping uint64 in compiled code)."""
    return int(n) & MASK


@overload(word)
def _compiled_word(n):  # type: ignore[no-untyped-def]  # Numba compares the two signatures to the letter
    return lambda n: np.uint64(n)


@rule
def child(key: int, n: int) -> int:
    """Output n (0, 1, ...) of the SplitMix64 stream seeded `key`: a word, and the key of a stream of its own."""
    z = word(word(key) + word(n + 1) * word(GAMMA))
    z = word((z ^ word(z >> word(30))) * word(MIX_A))
    z = word((z ^ word(z >> word(27))) * word(MIX_B))
    return z ^ word(z >> word(31))


@rule
def grandchild(key: int, purpose: int, n: int) -> int:
    """The key of entity n under a purpose."""
    return child(child(key, purpose), n)


@rule
def uniform(key: int, n: int) -> float:
    """Draw n of a stream as a number in [0, 1) with 53 random bits."""
    return float(word(child(key, n) >> word(11))) * UNIT


@rule
def draw(key: int, purpose: int, n: int) -> float:
    """The number in [0, 1) that decides (purpose, n) for the owner of the key."""
    return uniform(child(key, purpose), n)


@rule
def draw_of(key: int, purpose: int, who: int, n: int) -> float:
    """The number in [0, 1) that decides (purpose, who, n) for the owner of the key."""
    return uniform(grandchild(key, purpose, who), n)


@rule
def turn(bits: int, index: int) -> int:
    """A place in a drawn order: sort by it. 31 random bits, then the index (below TURNS) so that no two are equal."""
    return int(word(bits) >> word(33)) * TURNS + index


@rule
def happens(probability: float, u: float) -> bool:
    """Whether an event of this probability happens, given its draw in [0, 1)."""
    return u < probability


@rule
def pick(n: int, u: float) -> int:
    """One of 0..n-1, each equally likely."""
    return min(int(u * n), n - 1)
