"""How long a task takes on a machine that others use too."""

import time
from collections.abc import Callable

REPEATS = 3


def seconds(
    task: Callable[[], object], repeats: int = REPEATS, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The shortest of some repeats."""
    times = []
    for _ in range(repeats):
        start = clock()
        task()
        times.append(clock() - start)
    return min(times)
