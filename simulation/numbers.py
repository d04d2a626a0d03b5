"""Functions of numbers that give the same bits on every machine."""

import math

from simulation.compiled import rule

STEPS = 1048576.0  # 2 ** 20 to one


@rule
def ln(x: float) -> float:
    """Natural logarithm."""
    return math.log(x)


@rule
def exp(x: float) -> float:
    """e to the power of x."""
    return math.exp(x)


@rule
def power(base: float, exponent: float) -> float:
    """base to the power of exponent."""
    return math.pow(base, exponent)


@rule
def gamma(x: float) -> float:
    """The gamma function."""
    return math.gamma(x)


@rule
def on_grid(x: float) -> float:
    """x rounded to a multiple of 2^-20."""
    return math.floor(x * STEPS + 0.5) / STEPS
