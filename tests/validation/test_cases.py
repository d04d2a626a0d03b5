"""Special cases of the model against theory: the same cases as in `sellsim validate`, with fewer runs.

Every quantity whose theory is true fails with probability FALSE_ALARM = 4e-8 (see `experiments.validation.case.examine`), so
each test here, of a dozen quantities at most, raises a false alarm with less than 1e-6.
"""

import math
from typing import Any

import numpy as np
import pytest

from experiments.validation import all_cases, seeds_of
from experiments.validation.case import FALSE_ALARM, Case, Quantity, examine, ratio_of_sums, share_of
from experiments.validation.figures import PANELS
from experiments.validation.littles_law import inboxes
from experiments.validation.plain import plain, quiet
from simulation import PRESETS, Run
from simulation.measures import cumulative_incidence
from simulation.rules import timing
from tests.helpers.scenarios import BUSY, CONTESTED

CASES = list(enumerate(all_cases()))
RUNS = 60


@pytest.mark.parametrize(("place", "case"), CASES, ids=[f"{case.family}: {case.name}" for _, case in CASES])
def test_the_model_meets_its_theory(place: int, case: Case) -> None:
    for finding in examine(case, seeds_of(place, RUNS, case)):
        assert finding.size > 0
        assert finding.agrees, (
            f"{finding.quantity.name}: theory {finding.quantity.theory:.5g}, simulated {finding.simulated:.5g} "
            f"in [{finding.low:.5g}, {finding.high:.5g}], {finding.distance:.1f} standard errors off"
        )


def test_every_case_says_what_it_is_and_has_its_place_in_a_figure() -> None:
    assert {case.family for _, case in CASES} == set(PANELS)
    for _, case in CASES:
        assert case.configuration
        assert "`" in case.formula  # names its function
        begins = [panel.begins for panel in PANELS[case.family]]
        placed = [q for q in case.quantities if math.isfinite(q.at)]
        assert all(q.name.startswith(tuple(begins)) for q in placed)
        assert len({q.name for q in case.quantities}) == len(case.quantities)


# --- the yardstick itself ---


def _toy(quantity: Quantity, sums: Any) -> Case:
    """A case whose runs contribute what `sums` says for their seed."""
    return Case("toy", "toy", "toy", "toy", plain(weeks=1, tail=0), quiet(), (quantity,), lambda run, seed: {"q": sums(seed)})


@pytest.mark.parametrize("independent", [True, False])
@pytest.mark.parametrize(("theory", "agrees"), [(0.5, True), (0.4, False), (0.6, False)])
def test_a_wrong_theory_is_noticed(theory: float, agrees: bool, independent: bool) -> None:
    quantity = Quantity("q", theory, independent=independent)
    (finding,) = examine(_toy(quantity, lambda seed: (500.0 + (-1) ** seed * 10.0, 1000.0)), range(20), workers=1)
    assert finding.simulated == pytest.approx(0.5)
    assert finding.agrees == agrees


@pytest.mark.parametrize(("theory", "upper", "agrees"), [(0.3, 0.4, False), (0.4, 0.6, True), (0.6, 0.7, False)])
def test_outside_of_bounds_is_noticed(theory: float, upper: float, agrees: bool) -> None:
    quantity = Quantity("q", theory, upper=upper)
    (finding,) = examine(_toy(quantity, lambda seed: (50.0 + (-1) ** seed, 100.0)), range(20), workers=1)
    assert finding.agrees == agrees


def test_an_allowance_forgives_no_more_than_itself() -> None:
    def same(seed: int) -> tuple[float, float]:
        return 50.0, 100.0

    for allowance, agrees in ((0.11, True), (0.09, False)):
        (finding,) = examine(_toy(Quantity("q", 0.6, allowance=allowance), same), range(3), workers=1)
        assert finding.agrees == agrees


def test_a_quantity_that_never_occurs_does_not_agree() -> None:
    for quantity in (Quantity("q", 0.0), share_of("q", 0.0)):
        (finding,) = examine(_toy(quantity, lambda seed: (0.0, 0.0)), range(3), workers=1)
        assert not finding.agrees


def test_a_ratio_weighs_runs_by_their_size() -> None:
    ratio, error = ratio_of_sums(np.array([[1.0, 1.0], [0.0, 3.0]]))
    assert ratio == pytest.approx(0.25)
    assert error == pytest.approx(np.std([0.75, -0.75], ddof=1) / np.sqrt(2) / 2.0)


def test_false_alarms_are_as_rare_as_claimed() -> None:
    """The exact binomial test at level α rejects a true theory with probability α at most, by enumeration of all counts."""
    from scipy.stats import binom

    n, p = 60, 0.3
    rejected = 0.0
    for events in range(n + 1):
        case = _toy(share_of("q", p), lambda seed, events=events: (events, n) if seed == 0 else (0.0, 0.0))
        (finding,) = examine(case, range(2), workers=1)
        rejected += 0.0 if finding.agrees else float(binom.pmf(events, n, p))
    assert 0.0 < rejected <= FALSE_ALARM


# --- exact, run by run ---


@pytest.mark.parametrize("name", [*PRESETS, "contested"])
def test_littles_law_holds_to_the_minute_at_every_inbox(name: str) -> None:
    found = inboxes(BUSY, {**PRESETS, "contested": CONTESTED}[name], seed=5)
    assert sum(box.matters for box in found) > 500
    assert sum(box.minutes_counted for box in found) > 30_000
    assert [box.minutes_counted for box in found] == [box.minutes_logged for box in found]


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("event", ["acted", "won"])
def test_cumulative_incidence_is_that_of_statsmodels(name: str, event: str, busy_runs: dict[str, Run]) -> None:
    """On real output with thousands of ties, censoring included, at every age at which something happened."""
    from statsmodels.duration.survfunc import CumIncidenceRight

    run = busy_runs[name]
    ages, status = _events(run, event)
    assert {0, 1, 2} <= set(status)
    with np.errstate(divide="ignore", invalid="ignore"):  # of its variances, where everybody is gone
        theirs = CumIncidenceRight(ages, status)
    counts = [np.bincount(ages[status == kind], minlength=ages.max() + 1) for kind in (1, 2, 0)]
    ours = cumulative_incidence(*counts)
    for kind in (0, 1):
        at = theirs.times.astype(int)
        np.testing.assert_allclose(ours[kind][at], theirs.cinc[kind], rtol=0, atol=1e-12)


def _events(run: Run, event: str) -> tuple[Any, Any]:
    """Age at the first event of each case of the window, and which: 1 the event, 2 the competing one, 0 the horizon."""
    p, cases = run.settings, run.cases
    cases = cases[(cases.opened >= timing.instant(p.window_start)) & (cases.opened < timing.instant(p.window_end))]
    if event == "acted":
        happened, at = cases.acted >= 0, cases.acted
    else:
        happened, at = cases.outcome == "won", cases.closed
    competing = ~happened & (cases.closed >= 0)
    end = np.where(happened, at, np.where(competing, cases.closed, timing.instant(p.n_ticks)))
    minutes = (end - cases.opened).to_numpy()
    return minutes, np.where(happened, 1, np.where(competing, 2, 0))
