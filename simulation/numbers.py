"""Logarithm, exponential, power and gamma with the same bits on every machine.

The standard library's differ in the last bit from one C library, processor or language to the next, and the model feels
it: beliefs sit on thresholds. IEEE 754 defines + - x / to the bit, and nothing else is used here besides comparisons and
the bits of a number. Products and sums must not be fused into one rounding: CPython does not, nor does Numba without
`fastmath`. "ulp" is the distance to the next number of the result's size; errors were measured against exact arithmetic,
and the tests assert the bounds.
"""

import math
from typing import Final

from simulation.compiled import bits_of, from_bits, rule

LEAST_NORMAL: Final = 2.0**-1022
OUT_OF_SUBNORMAL: Final = 2.0**54
FRACTION_BITS: Final = 52
EXPONENT_OF_ONE: Final = 1023
ROOT_OF_HALF: Final = bits_of(0.7071067811865476)

# ln 2 in two parts. The first ends in 20 zeros, so that its products with exponents are exact (Cody & Waite 1980).
LN2: Final = 0.6931471803691238
LN2_REST: Final = 1.9082149292705877e-10
PER_LN2: Final = 1.4426950408889634
TO_WHOLE: Final = 1.5 * 2.0**52  # a number this large has no room for a fraction: adding it rounds
LARGEST_EXPONENT: Final = 709.79  # exp of more is beyond all numbers ...
LEAST_EXPONENT: Final = -745.14  # ... and of less is 0

MOST_FACTORS: Final = 64.0
LARGEST_GAMMA: Final = 171.7  # beyond it, Gamma is beyond all numbers
GRID: Final = 2.0**-20
GRID_OFFSET: Final = 2.0**32  # from here to twice as much, numbers are multiples of 2^-20

# 1 / Gamma(1 + t) = sum of c_k t^k: Abramowitz & Stegun 6.1.34, here from its recurrence with 60 digits.
RECIPROCAL_GAMMA: Final = (
    1.0,
    0.5772156649015329,
    -0.6558780715202539,
    -0.04200263503409524,
    0.16653861138229148,
    -0.04219773455554433,
    -0.009621971527876973,
    0.0072189432466631,
    -0.0011651675918590652,
    -0.00021524167411495098,
    0.0001280502823881162,
    -2.013485478078824e-05,
    -1.2504934821426706e-06,
    1.133027231981696e-06,
    -2.056338416977607e-07,
    6.115095104481416e-09,
    5.002007644469223e-09,
    -1.18127457048702e-09,
    1.0434267116911005e-10,
    7.782263439905071e-12,
)


@rule
def ln(x: float) -> float:
    """Natural logarithm: n ln 2 + 2 artanh(s), where x = 2^n (1 + f), s = f / (2 + f) and |s| < 0.172.

    Range: all; -inf at 0, NaN below. ln(1) = 0 exactly. Error: below 1 ulp (measured: 0.91). Sources: artanh's Taylor series
    to s^21; arranged as f - f²/2 + s (f²/2 + ...), where only small terms are rounded, as in fdlibm (Sun Microsystems 1993).
    """
    n = 0
    if x < LEAST_NORMAL:
        if x <= 0.0:
            return -math.inf if x == 0.0 else math.nan
        x *= OUT_OF_SUBNORMAL
        n = -54
    elif not x < math.inf:
        return x
    bits = bits_of(x)
    doublings = (bits - ROOT_OF_HALF) >> FRACTION_BITS
    f = from_bits(bits - (doublings << FRACTION_BITS)) - 1.0  # 1 + f from sqrt(1/2) to sqrt(2)
    s = f / (2.0 + f)
    z = s * s
    z2 = z * z
    z4 = z2 * z2
    # Terms in pairs and pairs of pairs, not one after the other: a processor works on several at once.
    first = (2 / 3 + z * (2 / 5)) + z2 * (2 / 7 + z * (2 / 9))
    second = (2 / 11 + z * (2 / 13)) + z2 * (2 / 15 + z * (2 / 17))
    higher = z * ((first + z4 * second) + z4 * z4 * (2 / 19 + z * (2 / 21)))  # 2 artanh(s) = 2 s + s x higher
    half_square = 0.5 * f * f
    twos = float(n + doublings)
    whole = twos * LN2 + f
    small = ((twos * LN2 - whole) + f) + twos * LN2_REST  # the first part is exactly what rounding took from `whole`
    return whole + ((small - (half_square - s * half_square)) + s * higher)


@rule
def exp(x: float) -> float:
    """Exponential: 2^n e^r, where n = x / ln 2 to the nearest whole number, r = x - n ln 2 and |r| < 0.347.

    Range: all; inf above 709.78, 0 below -745.13. exp(0) = 1 exactly. Error: below 1 ulp (measured: 0.94). Sources: Cody &
    Waite 1980 for r in two steps; Taylor's series to r^13.
    """
    if x > LARGEST_EXPONENT:
        return math.inf
    if x < LEAST_EXPONENT:
        return 0.0
    if x != x:
        return x
    twos = (x * PER_LN2 + TO_WHOLE) - TO_WHOLE
    r = (x - twos * LN2) - twos * LN2_REST
    r2 = r * r
    r4 = r2 * r2
    first = (1 / 2 + r * (1 / 6)) + r2 * (1 / 24 + r * (1 / 120))
    second = (1 / 720 + r * (1 / 5040)) + r2 * (1 / 40320 + r * (1 / 362880))
    third = (1 / 3628800 + r * (1 / 39916800)) + r2 * (1 / 479001600 + r * (1 / 6227020800))
    scaled = 1.0 + (r + r2 * ((first + r4 * second) + r4 * r4 * third))
    n = int(twos)
    half = n >> 1  # 2^n in two factors, each a normal number
    return scaled * _two_to(half) * _two_to(n - half)


@rule
def power(base: float, exponent: float) -> float:
    """base to the power of exponent: a product of floor(|exponent|) factors, times e^(rest ln base).

    Range: base >= 0, inf included; exponent finite. Exponent 0 gives 1, also at base 0; base 1 gives 1; whole exponents give
    the product or its reciprocal; base 0 gives 0, or inf for a negative exponent. Relative error: below (3 + |exponent| +
    2 |rest ln base|) / 2^53, so below 1e-14 for |exponent| <= 10 and 1e-16 <= base <= 1e16 (measured where the rules use it:
    1e-15). Beyond 64 factors all is left to e^(exponent ln base), whose error is 2 |exponent ln base| / 2^53. Source: the
    laws of powers; whole factors are split off because e^x magnifies the rounding of x.
    """
    size = abs(exponent)
    if not size <= MOST_FACTORS:
        return exp(exponent * ln(base))
    factors = int(size)
    rest = size - factors
    grown = _product(base, factors)
    if rest > 0.0:
        grown *= exp(rest * ln(base))
    if exponent >= 0.0:
        return grown
    return 1.0 / grown if grown > 0.0 else math.inf


@rule
def gamma(x: float) -> float:
    """Gamma(x): (x - 1)(x - 2) ... (1 + t) Gamma(1 + t), where |t| <= 1/2.

    Range: x >= 0.5, NaN below; inf above 171.6. Gamma(1), Gamma(2), ... are the factorials exactly while these are. Relative
    error: below 1e-15 for x <= 6 (measured: 4e-16), below (4 + x) / 2^53 in general. Source: Abramowitz & Stegun 6.1.15,
    6.1.34.
    """
    if not x >= 0.5:
        return math.nan
    if x > LARGEST_GAMMA:
        return math.inf
    product = 1.0
    while x > 1.5:
        x -= 1.0  # exact
        product *= x
    t = x - 1.0
    reciprocal = 0.0
    for k in range(len(RECIPROCAL_GAMMA) - 1, -1, -1):
        reciprocal = reciprocal * t + RECIPROCAL_GAMMA[k]
    return product / reciprocal


@rule
def on_grid(x: float) -> float:
    """x rounded to a multiple of 2^-20 (about 1e-6), ties to the even multiple; so that sums are exact and ties are ties.

    Range: all; from 2^32 on numbers are multiples as they are, infinities stay. Error: at most 2^-21, exactly rounded.
    0 comes without a sign. Sums and differences of such numbers are exact up to 2^32 in size, and so are their products
    with whole numbers.
    """
    if not abs(x) < GRID_OFFSET:
        return x
    offset = GRID_OFFSET if x >= 0.0 else -GRID_OFFSET
    return (x + offset) - offset + 0.0


@rule
def _two_to(n: int) -> float:
    """2^n, for n from -1022 to 1023."""
    return from_bits((n + EXPONENT_OF_ONE) << FRACTION_BITS)


@rule
def _product(base: float, factors: int) -> float:
    """base x base x ..., by squares."""
    product = 1.0
    while factors > 0:
        if factors & 1:
            product *= base
        base *= base
        factors >>= 1
    return product
