"""What hypothesis draws for tests of the model; ranges are the declared bounds of the parameters."""

from typing import Final

from hypothesis import strategies as st

from simulation import chance
from simulation.parameters import Parameter, parameters

DECLARED: Final[dict[str, Parameter]] = {p.name: p for p in parameters()}
MOST_ISSUES: Final = int(DECLARED["issues"].high)


def within(name: str) -> st.SearchStrategy:
    """A value of the parameter within its declared bounds, both ends included, infinity left out."""
    parameter = DECLARED[name]
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    if parameter.whole:
        return st.integers(int(parameter.low), int(parameter.high))
    return st.floats(parameter.low, parameter.high)


# Exactly the numbers that a draw can give: multiples of 2^-53 in [0, 1).
LUCK = st.integers(0, 2**53 - 1).map(lambda n: n * chance.UNIT)
ISSUE_SETS = st.integers(0, 2**MOST_ISSUES - 1)
ANSWERS = st.integers(0, 1)
SHARES = st.floats(0, 1)


def even_draws(n: int) -> list[float]:
    """n draws spread evenly over [0, 1), for frequencies without luck."""
    return [(i + 0.5) / n for i in range(n)]
