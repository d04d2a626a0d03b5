"""The model's own ln, exp, power, gamma and grid: as exact as they say, and the same bits however they are run."""

import hashlib
import math
import os
import re
import subprocess
import sys
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from simulation import numbers
from simulation.compiled import bits_of, config, from_bits

ROOT = Path(__file__).parents[2]
INF, NAN = math.inf, math.nan
N = 2000
PER_BIT = 2.0**-53
GRID = 2.0**-20
LN_2 = Decimal("0.693147180559945309417232121458176568075500134360255254120680009493393621969694715605863326996418687")

# What the rules ask for: 1 - u down to 2^-53, odds of weights up to 1e18, log-odds up to 42, and beyond.
ARGUMENTS_OF_LN = {
    "draws": lambda luck: luck.random(N),
    "the last draws": lambda luck: 1.0 - luck.integers(1, 2**30, N) * 2.0**-53,
    "around 1": lambda luck: luck.uniform(0.6, 1.5, N),
    "odds": lambda luck: 10.0 ** luck.uniform(-19, 19, N),
    "all sizes": lambda luck: np.ldexp(luck.uniform(0.5, 1.0, N), luck.integers(-1073, 1024, N)),
}
ARGUMENTS_OF_EXP = {
    "less than one doubling": lambda luck: luck.uniform(-0.35, 0.35, N),
    "around 0": lambda luck: luck.uniform(-1.1, 1.1, N),
    "log-odds": lambda luck: luck.uniform(-42, 42, N),
    "all sizes": lambda luck: luck.uniform(-708, 709.7, N),
}
BASES_AND_EXPONENTS = {
    "acceptance": lambda luck: (luck.random(N), luck.uniform(0, 10, N)),
    "patience": lambda luck: (luck.exponential(1.0, N), luck.uniform(0.2, 5, N)),
    "deal value": lambda luck: ((u := np.maximum(luck.random(N), 1e-16)) / (1 - u), luck.uniform(0, 0.9, N)),
    "the whole range": lambda luck: (10.0 ** luck.uniform(-16, 16, N), luck.uniform(-10, 10, N)),
    "many factors": lambda luck: (luck.uniform(0.1, 10, N), luck.uniform(-250, 250, N)),
}


def luck(seed=1):
    return np.random.default_rng(seed)


def ulps(found, exact):
    """How far a result is from the exact one, in distances between neighbouring numbers."""
    return abs(Decimal(found) - exact) / Decimal(math.ulp(float(exact)))


def off(found, exact):
    """Relative error."""
    return float(abs(Decimal(found) / exact - 1))


@pytest.fixture(autouse=True)
def _forty_digits():
    with localcontext() as context:
        context.prec = 40
        yield


# --- ln ---


@pytest.mark.parametrize("arguments", ARGUMENTS_OF_LN.values(), ids=ARGUMENTS_OF_LN)
def test_ln_is_within_one_ulp(arguments):
    for x in arguments(luck()).tolist():
        assert ulps(numbers.ln(x), Decimal(x).ln()) < 1, x


def test_ln_over_a_dense_grid_is_next_to_the_library_s():
    for x in np.linspace(2.0**-10, 8.0, 40001).tolist():
        assert abs(numbers.ln(x) - math.log(x)) <= 2 * math.ulp(math.log(x)), x


@pytest.mark.parametrize(
    ("x", "value"), [(1.0, 0.0), (0.0, -INF), (-0.0, -INF), (INF, INF), (-1.0, NAN), (-INF, NAN), (NAN, NAN)]
)
def test_ln_at_the_edges(x, value):
    found = numbers.ln(x)
    assert math.isnan(found) if math.isnan(value) else found == value


def test_ln_of_the_least_and_the_largest():
    for x in (5e-324, 2.0**-1022, math.nextafter(2.0**-1022, 0), sys.float_info.max):
        assert ulps(numbers.ln(x), Decimal(x).ln()) < 1


@given(st.floats(1e-300, 1e300), st.integers(1, 64))
def test_ln_falls_by_less_than_its_error_at_most(x, steps):
    further = from_bits(bits_of(x) + steps)
    assert numbers.ln(further) >= numbers.ln(x) - math.ulp(numbers.ln(x))


@given(st.floats(1e-300, 1e300))
def test_ln_rises_where_that_can_be_seen(x):
    assert numbers.ln(x * (1.0 + 1e-12)) > numbers.ln(x)


def test_ln_2_in_two_parts_is_ln_2():
    assert abs(Decimal(numbers.LN2) + Decimal(numbers.LN2_REST) - LN_2) < Decimal("3e-26")
    assert bits_of(numbers.LN2) % 2**20 == 0  # so that products with exponents of 11 bits are exact


# --- exp ---


@pytest.mark.parametrize("arguments", ARGUMENTS_OF_EXP.values(), ids=ARGUMENTS_OF_EXP)
def test_exp_is_within_one_ulp(arguments):
    for x in arguments(luck()).tolist():
        assert ulps(numbers.exp(x), Decimal(x).exp()) < 1, x


def test_exp_over_a_dense_grid_is_next_to_the_library_s():
    for x in np.linspace(-50.0, 50.0, 40001).tolist():
        assert abs(numbers.exp(x) - math.exp(x)) <= 2 * math.ulp(math.exp(x)), x


def test_exp_of_what_gives_subnormal_numbers():
    for x in luck().uniform(-745.1, -708.4, N).tolist():
        assert abs(numbers.exp(x) - math.exp(x)) <= math.ulp(math.exp(x))


@pytest.mark.parametrize(
    ("x", "value"),
    [(0.0, 1.0), (-0.0, 1.0), (INF, INF), (-INF, 0.0), (710.0, INF), (-746.0, 0.0), (1e300, INF), (-1e300, 0.0)],
)
def test_exp_at_the_edges(x, value):
    assert numbers.exp(x) == value


def test_exp_at_the_edge_of_all_numbers():
    largest = math.log(sys.float_info.max)
    assert ulps(numbers.exp(largest), Decimal(largest).exp()) < 1
    assert numbers.exp(math.nextafter(largest, INF)) == INF
    assert math.isnan(numbers.exp(NAN))


@given(st.floats(-700, 700))
def test_exp_rises_where_that_can_be_seen(x):
    assert numbers.exp(x + 1e-12 * max(1.0, abs(x))) > numbers.exp(x)


# --- power ---


@pytest.mark.parametrize("arguments", BASES_AND_EXPONENTS.values(), ids=BASES_AND_EXPONENTS)
def test_power_is_within_its_bound(arguments):
    bases, exponents = arguments(luck())
    for base, exponent in zip(bases.tolist(), exponents.tolist(), strict=True):
        log = abs(Decimal(base).ln())
        rest = abs(exponent) % 1.0 if abs(exponent) <= numbers.MOST_FACTORS else abs(exponent)
        bound = (3 + min(abs(exponent), numbers.MOST_FACTORS) + 2 * rest * float(log)) * PER_BIT
        error = off(numbers.power(base, exponent), (Decimal(base).ln() * Decimal(exponent)).exp())
        assert error < bound, (base, exponent)
        assert error < 1e-14 or abs(exponent) > 10, (base, exponent)


def test_power_is_within_1e_15_where_the_rules_use_it():
    for use in ("acceptance", "patience", "deal value"):
        for base, exponent in zip(*(part.tolist() for part in BASES_AND_EXPONENTS[use](luck(2))), strict=True):
            assert off(numbers.power(base, exponent), (Decimal(base).ln() * Decimal(exponent)).exp()) < 1e-15


@given(st.floats(0, 1e300))
def test_the_first_powers_are_products(base):
    assert numbers.power(base, 0.0) == 1.0
    assert numbers.power(base, 1.0) == base
    assert numbers.power(base, 2.0) == base * base
    assert numbers.power(base, 3.0) == base * (base * base)
    assert base == 0.0 or base < 1e-300 or numbers.power(base, -1.0) == 1.0 / base


@given(st.integers(-64, 64))
def test_powers_of_a_half_are_exact(exponent):
    assert numbers.power(0.5, exponent) == 2.0**-exponent


@given(st.floats(-1e6, 1e6))
def test_powers_of_0_and_1(exponent):
    assert numbers.power(1.0, exponent) == 1.0
    assert numbers.power(0.0, exponent) == (1.0 if exponent == 0.0 else 0.0 if exponent > 0.0 else INF)


@pytest.mark.parametrize(
    ("base", "exponent", "value"), [(INF, 0.5, INF), (INF, -0.5, 0.0), (INF, 0.0, 1.0), (1e200, 2.5, INF), (1e-200, 2.5, 0.0),
                                    (1e-200, -2.5, INF), (2.0, 1e300, INF), (0.5, 1e300, 0.0), (-0.0, 0.8, 0.0)],
)
def test_power_at_the_edges(base, exponent, value):
    assert numbers.power(base, exponent) == value


def test_power_of_what_is_no_number():
    assert math.isnan(numbers.power(2.0, NAN))
    assert math.isnan(numbers.power(-1.0, 0.5))


@given(st.floats(1e-16, 1e16), st.floats(0.2, 10))
def test_power_rises_with_the_base_where_that_can_be_seen(base, exponent):
    assert numbers.power(base * (1.0 + 1e-12), exponent) > numbers.power(base, exponent)


# --- gamma ---


def gamma_exactly(x):
    """By Stirling's series 40 steps further up, where it is good to 40 digits."""
    product, x = Decimal(1), Decimal(x)
    while x < 60:
        product *= x
        x += 1
    series = sum(
        Decimal(b.numerator) / b.denominator / (2 * k * (2 * k - 1)) / x ** (2 * k - 1) for k, b in BERNOULLI.items()
    )
    log_2_pi = (2 * Decimal("3.14159265358979323846264338327950288419716939937510582")).ln()
    return ((x - Decimal("0.5")) * x.ln() - x + log_2_pi / 2 + series).exp() / product


def bernoulli(last):
    """B_2, B_4, ... by the triangle of Akiyama and Tanigawa."""
    row, found = [], {}
    for m in range(2 * last + 1):
        row.append(Fraction(1, m + 1))
        for j in range(m, 0, -1):
            row[j - 1] = j * (row[j - 1] - row[j])
        if m and m % 2 == 0:
            found[m // 2] = row[0]
    return found


BERNOULLI = bernoulli(15)


def test_gamma_of_the_rules_is_within_1e_15():
    for x in np.linspace(1.2, 6.0, 401).tolist():
        assert off(numbers.gamma(x), gamma_exactly(x)) < 1e-15, x
        assert numbers.gamma(x) == pytest.approx(math.gamma(x), rel=2e-15)


def test_gamma_beyond_is_within_its_bound():
    for x in luck().uniform(0.5, 171.0, 300).tolist():
        assert off(numbers.gamma(x), gamma_exactly(x)) < (4 + x) * PER_BIT, x


def test_gamma_of_whole_numbers_is_the_factorial():
    for n in range(1, 24):
        assert numbers.gamma(float(n)) == math.factorial(n - 1)


def test_gamma_at_the_edges():
    assert ulps(numbers.gamma(0.5), Decimal("3.14159265358979323846264338327950288").sqrt()) < 2
    assert numbers.gamma(172.0) == numbers.gamma(INF) == INF
    for x in (0.4, 0.0, -3.5, -INF, NAN):
        assert math.isnan(numbers.gamma(x))


# --- the grid ---

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ON_GRID = st.integers(-(2**40), 2**40).map(lambda n: n * GRID)


@given(FINITE | st.floats(-100, 100))
def test_the_grid_rounds_to_the_nearest_multiple_and_ties_to_the_even_one(x):
    nearest = round(Fraction(x) * 2**20)  # of halves the even one
    assert numbers.on_grid(x) == Fraction(nearest, 2**20)


@pytest.mark.parametrize("half", [0.5, 1.5, 2.5, -0.5, -1.5, 1000000.5])
def test_halves_go_to_the_even_multiple(half):
    assert numbers.on_grid(half * GRID) == round(half) * GRID


@given(FINITE)
def test_the_grid_leaves_its_own_multiples_alone(x):
    assert numbers.on_grid(numbers.on_grid(x)) == numbers.on_grid(x)
    assert numbers.on_grid(-x) == -numbers.on_grid(x)


@given(FINITE, FINITE)
def test_the_grid_keeps_the_order(x, y):
    assert numbers.on_grid(min(x, y)) <= numbers.on_grid(max(x, y))


@given(ON_GRID, ON_GRID, ON_GRID, st.integers(-64, 64))
def test_sums_on_the_grid_do_not_depend_on_the_order(a, b, c, n):
    assert (a + b) + c == a + (b + c) == (c + a) + b
    assert n * a + n * b == n * (a + b)
    assert Fraction(a + b) == Fraction(a) + Fraction(b)


@given(ON_GRID.filter(lambda x: x >= 0), st.integers(1, 20))
def test_the_mean_of_equals_on_the_grid_is_each_of_them(x, n):
    total = 0.0
    for _ in range(n):
        total += x
    assert total / n == x


def test_the_grid_at_the_edges():
    assert numbers.on_grid(INF) == INF
    assert numbers.on_grid(-INF) == -INF
    assert math.isnan(numbers.on_grid(NAN))
    assert math.copysign(1.0, numbers.on_grid(-1e-9)) == math.copysign(1.0, numbers.on_grid(-0.0)) == 1.0


# --- the same bits ---


@given(st.floats(allow_nan=False))
def test_bits_and_numbers_belong_together(x):
    assert from_bits(bits_of(x)) == x
    assert bits_of(x) == np.float64(x).view(np.int64)


def fill(out, positive, powers, gammas):
    for i in range(len(powers)):
        out[i, 0] = numbers.ln(positive[i])
        out[i, 1] = numbers.exp(powers[i])
        out[i, 2] = numbers.power(positive[i], powers[i] / 60.0)
        out[i, 3] = numbers.gamma(gammas[i])
        out[i, 4] = numbers.on_grid(powers[i])
        out[i, 5] = numbers.ln(1.0 - positive[i])


def digest_of_many(fill):
    """Of 120,000 results, those at the edges among them. The bits of what is no number are the processor's own."""
    rng = luck(3)
    edges = np.array([0.0, -0.0, 1.0, -1.0, INF, -INF, 5e-324, 2.0**-1022, sys.float_info.max, 0.5, 709.78, -745.13])
    positive = np.concatenate([rng.random(10000), np.ldexp(rng.random(10000), rng.integers(-1073, 1024, 10000)), edges])
    powers = np.concatenate([rng.uniform(-60, 60, 10000), rng.uniform(-746, 710, 10000), edges[::-1]])
    gammas = np.concatenate([rng.uniform(0.5, 8, 20000), edges])
    out = np.empty((len(powers), 6))
    fill(out, positive, powers, gammas)
    out[np.isnan(out)] = 0.0
    return hashlib.sha256(out.tobytes()).hexdigest()


@pytest.fixture(scope="module")
def plain_digest():
    return digest_of_many(lambda out, *arguments: fill_plainly(out, *(argument.tolist() for argument in arguments)))


def fill_plainly(out, positive, powers, gammas):
    rows = [[0.0] * 6 for _ in powers]
    fill(Rows(rows), positive, powers, gammas)
    out[:] = rows


class Rows(list):
    def __setitem__(self, place, value):
        self[place[0]][place[1]] = value


def test_compiled_they_give_the_same_bits(plain_digest):
    assert digest_of_many(njit(error_model="numpy")(fill)) == plain_digest


@pytest.mark.parametrize(
    "environment",
    [
        {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2_Usable,-FMA_Usable,-AVX2,-FMA,-FMA4,-AVX512F"},
        {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""},
        {"NUMBA_DISABLE_JIT": "1"},
    ],
    ids=["an old C library", "an old processor", "uncompiled"],
)
def test_other_machines_give_the_same_bits(environment, plain_digest):
    command = [sys.executable, "-c", SAME_BITS]
    found = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True, check=True
    )
    assert found.stdout.split() == [plain_digest]


SAME_BITS = """
from numba import njit
from tests.simulation.test_numbers import digest_of_many, fill
print(digest_of_many(njit(error_model="numpy")(fill)))
"""


def test_compiled_products_and_sums_are_rounded_one_by_one():
    """Fused into one rounding, x * x - y would keep what rounding takes from x * x."""

    @njit
    def product_less(x, y):
        return x * x - y

    x = 1.0 + 2.0**-30
    assert Fraction(x) ** 2 != Fraction(x * x)
    assert product_less(x, x * x) == 0.0


@pytest.mark.skipif(config.DISABLE_JIT, reason="nothing is compiled")
def test_compiled_they_call_no_library():
    compiled = njit("void(float64[:,:], float64[:], float64[:], float64[:])", error_model="numpy")(fill)
    module = compiled.inspect_llvm(compiled.signatures[0])
    assert re.findall(r"@(?:llvm\.|numba_)?(exp|log|pow|fma|fmuladd|ldexp|frexp)[.(]", module) == []
