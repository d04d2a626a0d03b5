"""Designs: which cells they place, what samples need to be analysed, and an order that is even at any time."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from SALib.analyze import morris, sobol

from experiments.design.experiment import Experiment, sampled
from experiments.design.factors import Factor, Range
from experiments.design.layouts import Cross, Design, Grid, Listing, Sample, Union, interleaved
from simulation.parameters import Market, Regime, Scenario
from simulation.presets import PRESETS

VARIETY = Factor("market.variety", Range(0.0, 1.0, 3))
SPAN = Factor("organisation.span", (4.0, 8.5))
QUORUM = Factor("regime.quorum", Range(1, 3, 3))
REVIEWS = Factor("regimes.blended.review_weeks", (1.0, math.inf))
WIDE = Factor("market.reply_lag_hours", Range(1.0, 201.0))
ISSUES = Factor("market.issues", Range(4, 9))


def experiment(design: Design, *factors: Factor, scenario: Scenario | None = None) -> Experiment:
    regimes = {"strict": PRESETS["strict"], "blended": PRESETS["blended"]}
    return Experiment(
        "n", "t", "q", scenario or Scenario(), regimes, "strict", 10, 1, factors=factors, design=design
    )


def grid(*factors: Factor, scenario: Scenario | None = None) -> Experiment:
    return experiment(Grid(factors), *factors, scenario=scenario)


def test_without_factors_there_is_one_cell_of_constants() -> None:
    one = experiment(Grid())
    assert [(cell.number, cell.point, cell.scenario, cell.regimes) for cell in one.cells] == [
        (0, {}, one.scenario, one.regimes)
    ]
    assert one.n_runs == 20


def test_a_grid_has_every_combination_once_the_last_factor_fastest() -> None:
    cells = grid(VARIETY, SPAN).cells
    rows = [tuple(cell.point.values()) for cell in cells]
    assert rows == [(0.0, 4.0), (0.0, 8.5), (0.5, 4.0), (0.5, 8.5), (1.0, 4.0), (1.0, 8.5)]
    assert [cell.number for cell in cells] == list(range(6))
    assert grid(VARIETY, SPAN).n_runs == 6 * 2 * 10


def test_a_factor_wins_over_the_constant_and_leaves_the_others() -> None:
    firm = Scenario(market=Market(variety=0.9, ambiguity=0.1))
    cells = grid(VARIETY, SPAN, scenario=firm).cells
    for cell in cells:
        assert cell.scenario.market == Market(variety=float(cell.point["market.variety"]), ambiguity=0.1)
        assert cell.scenario.organisation.span == cell.point["organisation.span"]
        assert cell.scenario.horizon == firm.horizon


def test_a_factor_of_all_regimes_and_one_of_a_single_regime() -> None:
    own = Factor("regimes.blended.quorum", (0,))
    cells = grid(QUORUM, REVIEWS, own).cells
    assert [cell.regimes["strict"].quorum for cell in cells] == [1, 1, 2, 2, 3, 3]
    assert {cell.regimes["blended"].quorum for cell in cells} == {0}, "the factor of the regime wins"
    assert {cell.regimes["strict"].review_weeks for cell in cells} == {PRESETS["strict"].review_weeks}
    assert [cell.regimes["blended"].review_weeks for cell in cells[:2]] == [1.0, math.inf]
    assert all(list(cell.regimes) == ["strict", "blended"] for cell in cells)


def test_a_regime_may_have_a_dot_in_its_name() -> None:
    factor = Factor("regimes.v1.5.quorum", (0, 1))
    both = {"v1": Regime(), "v1.5": Regime()}
    one = replace(grid(factor), regimes=both)
    assert [c.regimes["v1.5"].quorum for c in one.cells] == [0, 1]
    assert all(dict(c.regimes["v1"]) == dict(Regime()) for c in one.cells), "and another may begin alike"


def test_equal_scenarios_and_regimes_are_one_object() -> None:
    cells = grid(VARIETY, QUORUM).cells
    assert len({id(cell.scenario) for cell in cells}) == 3
    assert len({id(cell.regimes["blended"]) for cell in cells}) == 3


def test_steps_are_plain_numbers_and_whole_where_they_must_be() -> None:
    assert Factor("market.variety", Range(0, 1, 11)).values[3] == 0.3
    halves = Factor("regime.peers_asked", Range(1, 4, 3))
    assert halves.values == (1, 3, 4), "2.5 is rounded up"
    assert all(type(value) is int for value in halves.values)


def test_low_and_high_of_a_list_are_those_of_its_finite_numbers() -> None:
    assert (REVIEWS.low, REVIEWS.high) == (1.0, 1.0)
    assert math.isnan(Factor("market.lags", ("fixed",)).low)
    assert (VARIETY.role, SPAN.role, QUORUM.role, REVIEWS.role) == ("uncertainty", "lever", "lever", "lever")


def test_a_list_is_taken_as_it_is() -> None:
    rows = ({"market.variety": 0.1, "organisation.span": 4.0}, {"organisation.span": 3.0, "market.variety": 0.2})
    cells = experiment(Listing(rows), VARIETY, SPAN).cells
    assert [list(cell.point.items()) for cell in cells] == [
        [("market.variety", 0.1), ("organisation.span", 4.0)],
        [("market.variety", 0.2), ("organisation.span", 3.0)],
    ]


def test_a_latin_hypercube_has_one_point_in_each_stratum() -> None:
    sample = Sample("latin_hypercube", (WIDE, ISSUES), 60, 3)
    strata = [math.floor((float(point[WIDE.name]) - 1) * 60 / 200) for point in sample.points()]
    assert sorted(strata) == list(range(60))


def test_whole_numbers_of_a_sample_are_equally_likely() -> None:
    taken = Counter(point[ISSUES.name] for point in Sample("latin_hypercube", (ISSUES,), 60, 3).points())
    assert taken == dict.fromkeys(range(4, 10), 10)
    assert all(type(value) is int for value in taken)


def test_a_morris_trajectory_changes_one_factor_at_a_time_by_half_the_range() -> None:
    sample = Sample("morris", (WIDE, VARIETY, ISSUES), 7, 1)
    assert sample.matrix.shape == (sample.size, 3) == (28, 3)
    share = (sample.matrix - [1, 0, 4]) / [200, 1, 5]
    for trajectory in share.reshape(7, 4, 3):
        steps = np.abs(np.diff(trajectory, axis=0)).round(9)
        assert sorted(steps.max(axis=1)) == pytest.approx([2 / 3] * 3)
        assert sorted(steps.sum(axis=0)) == pytest.approx([2 / 3] * 3)


def test_the_levels_of_a_morris_design_are_those_asked_for() -> None:
    sample = Sample("morris", (ISSUES,), 40, 1, levels=6)
    assert {point[ISSUES.name] for point in sample.points()} == set(range(4, 10)), "as many whole numbers as levels"


def test_a_sample_is_what_the_analyses_of_salib_want() -> None:
    screening = Sample("morris", (WIDE, VARIETY), 6, 1)
    effects = morris.analyze(screening.problem, screening.matrix, screening.matrix @ [0.02, 3.0])
    assert list(effects["mu"]) == pytest.approx([4.0, 3.0]), "slope × range of a linear function"
    assert list(effects["sigma"]) == pytest.approx([0.0, 0.0], abs=1e-9)

    sample = Sample("sobol", (WIDE, VARIETY, ISSUES), 128, 1)
    assert sample.matrix.shape == (sample.size, 3) == (128 * 5, 3)
    first = sobol.analyze(sample.problem, sample.matrix @ [0.01, 1.0, 0.0], calc_second_order=False, seed=1)
    assert list(first["S1"]) == pytest.approx([0.8, 0.2, 0.0], abs=0.05), "variances 2² / 12 and 1 / 12"


def test_a_sample_hangs_on_its_seed_alone_and_stays_in_its_bounds() -> None:
    for kind in ("latin_hypercube", "sobol", "morris"):
        first, again, other = (Sample(kind, (WIDE, ISSUES), 8, seed) for seed in (1, 1, 2))
        assert list(first.points()) == list(again.points()) != list(other.points())
        assert len(list(first.points())) == first.size
        assert all(1 <= point[WIDE.name] <= 201 and 4 <= point[ISSUES.name] <= 9 for point in first.points())  # type: ignore[operator]


def test_the_sample_of_an_experiment_is_in_the_order_of_its_cells() -> None:
    sample = Sample("sobol", (WIDE, ISSUES), 8, 1)
    found = sampled(experiment(sample, WIDE, ISSUES))
    assert found is not None
    assert (found.kind, found.names, found.bounds) == ("sobol", (WIDE.name, ISSUES.name), [[1.0, 201.0], [4, 9]])
    cells = experiment(sample, WIDE, ISSUES).cells
    assert [cell.point[WIDE.name] for cell in cells] == found.matrix[:, 0].tolist()
    assert sampled(grid(VARIETY)) is None


def test_a_cross_has_every_point_of_one_part_with_every_point_of_the_other() -> None:
    parts = (Sample("latin_hypercube", (WIDE,), 3, 1), Cross((Grid((SPAN,)), Grid((QUORUM,)))))
    design = Cross(parts)
    points = [cell.point for cell in experiment(design, WIDE, SPAN, QUORUM).cells]
    assert len(points) == design.size == 18
    assert len({tuple(point.items()) for point in points}) == 18
    inner = [(4.0, 1), (4.0, 2), (4.0, 3), (8.5, 1), (8.5, 2), (8.5, 3)]
    assert [tuple(point.values())[1:] for point in points] == inner * 3


def test_a_union_has_its_parts_one_after_another_with_factors_in_one_order() -> None:
    design = Union((Grid((VARIETY, SPAN)), Listing(({SPAN.name: 3.0, VARIETY.name: 0.7},))))
    points = [cell.point for cell in experiment(design, VARIETY, SPAN).cells]
    assert len(points) == design.size == 7
    assert list(points[-1].items()) == [(VARIETY.name, 0.7), (SPAN.name, 3.0)]


@pytest.mark.parametrize("sizes", [(15, 15, 3), (4, 4, 4), (11, 11, 3, 2), (2, 2, 2, 2, 2, 3), (5, 40)])
def test_every_first_part_of_the_interleaved_cells_has_all_levels_about_equally_often(sizes: tuple[int, ...]) -> None:
    factors = [Factor(f"market.{n}", tuple(range(size))) for n, size in enumerate(sizes)]
    points = [tuple(point.values()) for point in Grid(tuple(factors)).points()]
    order = [points[number] for number in interleaved(range(len(points)))]
    assert sorted(order) == points
    assert worst_excess(order, sizes) <= 4, "standard deviations of a sample: cells too many or too few at a level"
    assert worst_excess(points, sizes) > 4, "the order of the numbers is not even"


def worst_excess(order: list[tuple[float, ...]], sizes: tuple[int, ...]) -> float:
    """How far the number of cells at a level is from an equal share, for any factor, level and first part.

    In standard deviations of a sample without replacement (and one cell, since cells are not divided).
    """
    n, worst = len(order), 0.0
    k = np.arange(1, n)[:, None]
    for factor, size in enumerate(sizes):
        at_level = np.array([point[factor] for point in order])[:-1, None] == np.arange(size)
        deviation = np.sqrt(k * (1 / size) * (1 - 1 / size) * (n - k) / (n - 1))
        worst = max(worst, float(np.abs((np.cumsum(at_level, axis=0) - k / size) / (deviation + 1)).max()))
    return worst


@pytest.mark.parametrize("n", [0, 1, 2, 675])
def test_interleaving_is_a_permutation_and_always_the_same(n: int) -> None:
    assert sorted(interleaved(range(n))) == list(range(n))
    assert interleaved(range(n)) == interleaved(range(n))
