"""Sets of issues as bit masks: bit k is issue k."""

from simulation.compiled import rule


@rule
def size(chosen: int) -> int:
    """How many issues a set holds."""
    count = 0
    while chosen:
        chosen &= chosen - 1
        count += 1
    return count


@rule
def member(chosen: int, place: int) -> int:
    """The issue in this place (from 0) of a set, counted from the lowest."""
    issue = 0
    while True:
        if chosen >> issue & 1:
            if place == 0:
                return issue
            place -= 1
        issue += 1
