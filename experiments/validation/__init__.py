"""Special cases of the ordinary model against closed forms: `sellsim validate` and the tests in tests/theory."""

from typing import Final

from experiments.validation import judgement, queues, times
from experiments.validation.case import Case

SPACING: Final = 10_000_000
"""Seeds between one case and the next, so that no two share the luck of a run."""


def all_cases() -> list[Case]:
    """Every case, family by family."""
    return [*queues.cases(), *judgement.cases(), *times.cases()]


def seeds_of(place: int, runs: int, case: Case) -> range:
    """The seeds of the case in this place of the list, for the usual number of runs."""
    return range(SPACING * place, SPACING * place + max(10, round(runs * case.effort)))
