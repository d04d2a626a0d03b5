"""Closed forms that special cases of the model must meet: `queues`, `office_hours`, `readings`, `times`.

The model looks into inboxes from hour to hour. Where that matters there are two forms of one result: the textbook's, in
continuous time, and the exact one by the hour, whose difference vanishes as efforts grow long against an hour. No function here
knows anything of the model; `experiments.validation` says which configuration of it each one belongs to.
"""

from collections.abc import Iterable


def require(condition: bool, problem: str) -> None:
    """Raise ValueError(problem) unless the condition holds: the formula is not valid there."""
    if not condition:
        raise ValueError(problem)


def require_probabilities(**values: float | Iterable[float]) -> None:
    """Raise ValueError for every named value that is not between 0 and 1."""
    for name, value in values.items():
        for one in value if isinstance(value, Iterable) else (value,):
            require(0.0 <= one <= 1.0, f"{name} is {one}; a probability lies between 0 and 1")
