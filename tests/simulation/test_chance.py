"""Keyed chance: the generator is SplitMix64 to the bit, compiled or not, and neighbours share no luck."""

import ast
import inspect
import re
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from scipy import stats

import simulation
from simulation import chance
from tests.helpers.strategies import LUCK, even_draws

HOME = Path(simulation.__file__).parent
WORDS = st.integers(0, 2**64 - 1)
COUNTERS = st.integers(0, 2**31 - 1)
N = 2**16
IMPLAUSIBLE = 1e-4  # below this p-value, and above its complement, a fixed set of draws is called uneven


class SplitMix64:
    """The published generator as S. Vigna's C code has it: a state that moves."""

    def __init__(self, seed):
        self.state = seed % 2**64

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)


@njit
def compiled_child(keys, ns):
    out = np.empty(len(keys), np.uint64)
    for i in range(len(keys)):
        out[i] = chance.child(keys[i], ns[i])
    return out


@njit
def compiled_draws(keys, purposes, whos, ns):
    out = np.empty(len(keys))
    for i in range(len(keys)):
        out[i] = chance.draw_of(keys[i], purposes[i], whos[i], ns[i])
    return out


@njit
def everything(key, purpose, who, n):
    word = chance.child(key, n)
    return (
        word,
        chance.grandchild(key, purpose, who),
        chance.uniform(key, n),
        chance.draw(key, purpose, n),
        chance.draw_of(key, purpose, who, n),
        chance.turn(word, who),
    )


# --- the generator ---


def test_published_values_of_splitmix64():
    published = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert [chance.child(1234567, n) for n in range(5)] == published
    key, n = np.full(5, 1234567, np.uint64), np.arange(5)
    assert compiled_child(key, n).tolist() == published


@given(st.integers(-(2**80), 2**80))
def test_any_output_can_be_asked_for_without_those_before_it(seed):
    generator = SplitMix64(seed)
    stream = [generator.next() for _ in range(8)]
    assert [chance.child(seed, n) for n in reversed(range(8))] == stream[::-1]


@given(WORDS, st.integers(0, 40), COUNTERS, COUNTERS)
def test_python_and_compiled_text_agree(key, purpose, who, n):
    compiled = everything(np.uint64(key), purpose, who, n)
    word = chance.child(key, n)
    plain = (
        word,
        chance.grandchild(key, purpose, who),
        chance.uniform(key, n),
        chance.draw(key, purpose, n),
        chance.draw_of(key, purpose, who, n),
        chance.turn(word, who),
    )
    assert [(type(x), x) for x in compiled] == [(type(x), x) for x in plain]


@given(st.integers(-(2**200), 2**200), st.integers(0, 11), COUNTERS)
def test_any_whole_number_is_a_seed(seed, purpose, n):
    root = chance.word(seed)
    assert 0 <= root < 2**64
    assert (root - seed) % 2**64 == 0
    assert chance.child(seed, n) == chance.child(root, n)
    assert everything(np.uint64(root), purpose, n, n)[3] == chance.draw(seed, purpose, n)


@given(st.integers(-(2**63), 2**63 - 1), COUNTERS)
def test_negative_keys_wrap_in_compiled_code_as_in_python(key, n):
    assert compiled_child(np.array([key]), np.array([n]))[0] == chance.child(key, n)


@given(WORDS, COUNTERS)
def test_a_uniform_is_the_upper_53_bits_of_the_word(key, n):
    u = chance.uniform(key, n)
    assert 0.0 <= u < 1.0
    assert u * 2**53 == chance.child(key, n) >> 11


@given(WORDS, st.integers(0, 40), COUNTERS, COUNTERS)
def test_a_draw_is_addressed_by_its_path(key, purpose, who, n):
    assert chance.grandchild(key, purpose, who) == chance.child(chance.child(key, purpose), who)
    assert chance.draw(key, purpose, n) == chance.uniform(chance.child(key, purpose), n)
    assert chance.draw_of(key, purpose, who, n) == chance.uniform(chance.grandchild(key, purpose, who), n)


# --- evenness and independence, along each part of an address ---


def addresses(axis):
    """(seed, purpose, entity, counter) of N draws that are neighbours along one part of the address."""
    if axis == "all":
        return [part.ravel() for part in np.indices((16, 16, 16, 16))]
    i, fixed = np.arange(N), np.zeros(N, np.int64)
    return {
        "seed": [i, fixed + 4, fixed + 3, fixed],
        "purpose": [fixed + 7, i % 64, i // 64, fixed],
        "entity": [fixed + 7, fixed + 4, i, fixed],
        "counter": [fixed + 7, fixed + 4, fixed + 3, i],
        "counter of neighbours": [fixed + 7, fixed + 4, i // 8, i % 8],
    }[axis]


@pytest.fixture(scope="module", params=["seed", "purpose", "entity", "counter", "counter of neighbours", "all"])
def neighbours(request):
    seeds, *rest = addresses(request.param)
    return compiled_draws(seeds.astype(np.uint64), *rest)


def plausible(counts):
    """Whether counts over equally likely cells are neither too uneven nor too even."""
    p = stats.chisquare(counts.ravel()).pvalue
    return IMPLAUSIBLE < p < 1 - IMPLAUSIBLE


def test_draws_fill_all_bins_evenly(neighbours):
    assert plausible(np.bincount((neighbours * 256).astype(int), minlength=256))


def test_pairs_of_neighbouring_draws_fill_the_square_evenly(neighbours):
    cells = (neighbours * 32).astype(int)
    assert plausible(np.bincount(cells[::2] * 32 + cells[1::2], minlength=1024))


def test_every_bit_is_set_half_of_the_time(neighbours):
    bits = (neighbours * 2**53).astype(np.uint64)[:, None] >> np.arange(53, dtype=np.uint64) & np.uint64(1)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 4.5 * 0.5 / np.sqrt(N)


def test_neighbouring_draws_are_uncorrelated(neighbours):
    centred = neighbours - neighbours.mean()
    for lag in (1, 2, 3, 7, 8, 16, 63, 64, 256):
        correlation = (centred[:-lag] * centred[lag:]).mean() / centred.var()
        assert abs(correlation) < 4.5 / np.sqrt(N), lag


def test_a_key_tells_nothing_about_its_children():
    keys = compiled_child(np.full(N, 7, np.uint64), np.arange(N))
    parents = keys / 2**64
    for n in range(4):
        children = compiled_child(keys, np.full(N, n)) / 2**64
        assert abs(np.corrcoef(parents, children)[0, 1]) < 4.5 / np.sqrt(N)


# --- avalanche ---


def share_of_flips(before, after):
    """For each output bit, the share of cases in which it differs."""
    flipped = (before ^ after)[:, None] >> np.arange(64, dtype=np.uint64) & np.uint64(1)
    return flipped.mean(axis=0)


@pytest.mark.parametrize("kind", ["successive", "scattered"])
def test_flipping_a_bit_of_the_key_flips_about_half_of_the_word(kind):
    cases = 4096
    keys = np.arange(cases, dtype=np.uint64)
    if kind == "scattered":
        keys = compiled_child(keys, np.zeros(cases, np.int64))
    counters = np.arange(cases) % 20
    before = compiled_child(keys, counters)
    shares = np.array(
        [share_of_flips(before, compiled_child(keys ^ np.uint64(1 << bit), counters)) for bit in range(64)]
    )
    assert np.abs(shares - 0.5).max() < 5.5 * 0.5 / np.sqrt(cases)
    assert np.abs(shares.mean(axis=1) - 0.5).max() < 5.5 * 0.5 / np.sqrt(64 * cases)


def test_flipping_a_bit_of_the_counter_flips_about_half_of_the_word():
    cases = 4096
    keys, counters = np.full(cases, 7, np.uint64), np.arange(cases)
    before = compiled_child(keys, counters)
    shares = np.array([share_of_flips(before, compiled_child(keys, counters ^ 1 << b)) for b in range(31)])
    assert np.abs(shares - 0.5).max() < 5.5 * 0.5 / np.sqrt(cases)


# --- purposes ---


def purposes(level):
    """The purposes declared under a heading of the module: name -> number."""
    _, _, section = inspect.getsource(chance).partition(f"# Purposes under {level}")
    declared = {}
    for line in section.splitlines()[1:]:
        if not (match := re.fullmatch(r"([A-Z_]+): Final = (\d+)", line)):
            break
        declared[match[1]] = int(match[2])
    return declared


LEVELS = ("the seed", "a customer's key")


@pytest.mark.parametrize("level", LEVELS)
def test_no_two_purposes_of_a_level_share_their_draws(level):
    numbers = purposes(level)
    assert len(numbers) > 5
    assert len(set(numbers.values())) == len(numbers)


def test_every_purpose_stands_under_one_of_the_two_headings():
    names = [*purposes(LEVELS[0]), *purposes(LEVELS[1])]
    small = [name for name, value in vars(chance).items() if name.isupper() and isinstance(value, int)]
    others = ["MASK", "GAMMA", "MIX_A", "MIX_B", "TURNS"]
    assert sorted(names) == sorted(set(small) - set(others))


def uses_of_purposes():
    """Whose key and which purpose: calls f(..., key, chance.PURPOSE, ...) in the readable model."""
    for path in HOME.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            arguments = node.args if isinstance(node, ast.Call) else []
            for key, purpose in pairwise(arguments):
                match purpose:
                    case ast.Attribute(ast.Name("chance"), name) if name.isupper():
                        yield path.name, ast.unparse(key), name


def test_purposes_are_used_with_the_keys_they_are_declared_for():
    of_seed, of_customer = (purposes(level) for level in LEVELS)
    used = set()
    for file, key, name in uses_of_purposes():
        expected = of_seed if "root" in key else of_customer
        assert name in expected, f"{file}: {name} under {key}"
        used.add(name)
    assert used == {*of_seed, *of_customer}


# --- what a draw decides ---


@given(st.floats(0, 1), LUCK)
def test_an_event_happens_with_its_probability(probability, u):
    assert chance.happens(probability, u) == (u < probability)
    assert chance.happens(1.0, u)
    assert not chance.happens(0.0, u)


@given(st.integers(1, 60), LUCK)
def test_pick_is_one_of_those_there_are(n, u):
    assert 0 <= chance.pick(n, u) < n
    assert chance.pick(n, 0.0) == 0
    assert chance.pick(n, 1.0 - chance.UNIT) == n - 1


@pytest.mark.parametrize("n", [1, 2, 3, 7, 20, 32])
def test_all_are_picked_equally_often(n):
    picked = [chance.pick(n, u) for u in even_draws(1000 * n)]
    assert all(abs(picked.count(i) - 1000) <= 1 for i in range(n))


# --- turns ---


@given(st.lists(WORDS, min_size=2, max_size=8), st.data())
def test_turns_are_unique_whatever_the_lots(bits, data):
    n = len(bits)
    indices = data.draw(st.lists(st.integers(0, chance.TURNS - 1), min_size=n, max_size=n, unique=True))
    turns = [chance.turn(b, i) for b, i in zip(bits, indices, strict=True)]
    assert len(set(turns)) == n
    assert [turn % chance.TURNS for turn in turns] == indices
    assert all(0 <= turn < 2**62 for turn in turns)


@given(WORDS, WORDS, COUNTERS, COUNTERS)
def test_the_lot_decides_and_the_index_only_breaks_ties(mine, yours, i, j):
    lots = mine >> 33, yours >> 33
    first = chance.turn(mine, i) < chance.turn(yours, j)
    assert first == (lots[0] < lots[1] if lots[0] != lots[1] else i < j)


def test_every_order_of_three_people_is_equally_likely():
    orders = dict.fromkeys(permutations(range(3)), 0)
    for hour in range(6000):
        lots = chance.grandchild(7, chance.WORK_ORDER, hour)
        turns = [chance.turn(chance.child(lots, person), person) for person in range(3)]
        orders[tuple(np.argsort(turns).tolist())] += 1
    assert plausible(np.array(list(orders.values())))
