"""What hypothesis draws for tests of the model; ranges are the declared bounds of the parameters."""

from typing import Final

from hypothesis import strategies as st

from simulation import chance
from simulation.parameters import Parameter, parameters

DECLARED: Final[dict[str, Parameter]] = {p.name: p for p in parameters()}
MOST_ISSUES: Final = int(DECLARED["issues"].high)

# Other values that leave a parameter free to take any value within its bounds without a contradiction.
ALONGSIDE: Final[dict[str, dict[str, int]]] = {
    "issues": {"interdependence": 1},
    "interdependence": {"issues": MOST_ISSUES},
    "quorum": {"peers_asked": 20},
    "peers_asked": {"quorum": 0},
    "warmup_weeks": {"window_weeks": 1, "horizon_weeks": 5200},
    "window_weeks": {"warmup_weeks": 0, "horizon_weeks": 5200},
    "horizon_weeks": {"warmup_weeks": 0, "window_weeks": 1},
}


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
