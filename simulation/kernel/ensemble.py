"""Many runs in one compiled call: simulate, read the cases, measure, and on to the next seed."""

from typing import Any

from simulation.cases import read_cases
from simulation.compiled import entry
from simulation.kernel.run import run_once, take_seats
from simulation.measures import measure
from simulation.tables import fill_tables


@entry
def run_many(w: Any, roots: Any, ages: Any, outcomes: Any, curves: Any) -> int:
    """Run the seeds in `roots` (uint64[n]) one after the other in the arrays `w`.

    outcomes: OUTCOMES[n]; curves: float64[n, 4, len(ages)]. Returns how many runs were done: fewer than n if the arrays
    were too short for the next one.
    """
    fill_tables(w.settings[0], w)
    for i in range(len(roots)):
        take_seats(w, roots[i])
        if not run_once(w, roots[i]):
            return i
        firm = w.firm[0]
        cases = w.table[: firm.n_cases]
        for c in range(firm.n_cases):
            cases[c] = w.blank[0]
        read_cases(w.log, firm.n_rows, w.settings[0], cases)
        measure(w.log, firm.n_rows, w.weekly, cases, w.settings[0], ages, outcomes[i], curves[i])
    return len(roots)
