"""Shapley values against games whose values are known, and against the definition: all orders, one by one."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.design.switches import Switch, Switches
from experiments.inference import shapley
from experiments.inference.shapley import weights_of
from tests.helpers.run_tables import runs_of_cells

Game = Callable[[frozenset[int]], float]
FREE = Switches("strict", "cluster", tuple(Switch(f"change {i}", {f"regime.p{i}": (0, 1)}) for i in range(4)))
CHAIN: list[list[int]] = [[], [0], [1], []]


def players(made: Sequence[bool]) -> frozenset[int]:
    return frozenset(i for i, on in enumerate(made) if on)


def combinations_of(before: Sequence[Sequence[int]]) -> list[tuple[bool, ...]]:
    return [
        made
        for made in itertools.product((False, True), repeat=len(before))
        if all(made[j] for i, on in enumerate(made) if on for j in before[i])
    ]


def values_of(game: Game, before: Sequence[Sequence[int]]) -> Any:
    combinations = combinations_of(before)
    return weights_of(combinations, before).value @ np.array([game(players(made)) for made in combinations])


def over_all_orders(game: Game, before: Sequence[Sequence[int]]) -> Any:
    """The definition: what each adds to those ahead of it, averaged over all orders that can be."""
    added, n_orders = np.zeros(len(before)), 0
    for order in itertools.permutations(range(len(before))):
        if any(order.index(j) > order.index(i) for i in order for j in before[i]):
            continue
        n_orders += 1
        for place, i in enumerate(order):
            added[i] += game(frozenset(order[: place + 1])) - game(frozenset(order[:place]))
    return added / n_orders


def test_in_an_additive_game_everybody_has_what_they_bring() -> None:
    brings = np.array([3.0, -1.0, 0.0, 2.5])
    assert values_of(lambda made: float(sum(brings[i] for i in made)), [[]] * 4) == pytest.approx(brings)


def test_what_takes_several_together_is_shared_equally_among_them() -> None:
    """The unanimity game of 0 and 2: 1 if both are there, else 0."""
    assert values_of(lambda made: float({0, 2} <= made), [[]] * 4) == pytest.approx([0.5, 0, 0.5, 0])


def test_a_majority_of_equals_has_equal_values() -> None:
    assert values_of(lambda made: float(len(made) >= 2), [[]] * 3) == pytest.approx([1 / 3] * 3)


def test_the_gloves_game() -> None:
    """One left glove, two right ones (Shapley & Shubik 1969): 2/3, 1/6, 1/6."""
    assert values_of(lambda made: float(0 in made and bool(made & {1, 2})), [[]] * 3) == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_where_one_comes_before_the_other_the_later_has_what_only_both_bring() -> None:
    assert values_of(lambda made: float({0, 1} <= made), [[], [0]]) == pytest.approx([0, 1])


@pytest.mark.parametrize("before", [[[]] * 4, CHAIN, [[], [0], [0], []], [[], [], [0, 1], [2]], [[]] * 5])
def test_random_games_have_the_values_of_the_definition(before: list[list[int]]) -> None:
    chance = np.random.default_rng(4)
    worth = {frozenset(made): chance.normal() for made in map(players, combinations_of(before))}
    found = values_of(worth.__getitem__, before)
    assert found == pytest.approx(over_all_orders(worth.__getitem__, before))
    everybody = frozenset(range(len(before)))
    assert found.sum() == pytest.approx(worth[everybody] - worth[frozenset()])


def test_first_and_last_are_the_two_ends_of_a_changes_contexts() -> None:
    combinations = combinations_of(CHAIN)
    chance = np.random.default_rng(5)
    worth = {players(made): chance.normal() for made in combinations}
    weights = weights_of(combinations, CHAIN)
    values = np.array([worth[players(made)] for made in combinations])
    assert (weights.first @ values)[1] == pytest.approx(worth[frozenset({0, 1})] - worth[frozenset({0})])
    assert (weights.last @ values)[1] == pytest.approx(worth[frozenset({0, 1, 3})] - worth[frozenset({0, 3})])
    assert (weights.first @ values)[3] == pytest.approx(worth[frozenset({3})] - worth[frozenset()])
    assert (weights.last @ values)[3] == pytest.approx(worth[frozenset({0, 1, 2, 3})] - worth[frozenset({0, 1, 2})])


def random_runs(switches: Switches, seeds: int = 12) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cells and runs of two markets and two regimes, every outcome by lot, and one value missing."""
    markets = ({"market.variety": 0.2}, {"market.variety": 0.8})
    cells = pd.DataFrame([{**market, **point} for market in markets for point in switches.points()])
    cells.insert(0, "cell", range(len(cells)))
    runs = runs_of_cells(np.random.default_rng(6).normal(100, 20, (len(cells), 2, seeds)))
    runs.loc[3 * 2 * seeds, "won"] = math.nan  # the first seed of regime a in cell 3
    return cells, runs


def test_values_of_a_table_add_up_to_the_difference_in_every_setting_and_target() -> None:
    cells, runs = random_runs(FREE)
    table = shapley(runs, cells, FREE, ["won"], [("b", "a")])
    groups = table.groupby(["line", "regime", "baseline"])
    assert len(groups) == 2 * 3, "two markets; two regimes and their difference"
    for _, rows in groups:
        of = {index: rows.loc[rows["index"] == index, "mean"] for index in ("start", "end", "whole", "shapley")}
        assert of["shapley"].sum() == pytest.approx(of["whole"].iloc[0], rel=1e-12)
        assert of["end"].iloc[0] - of["start"].iloc[0] == pytest.approx(of["whole"].iloc[0], rel=1e-12)
    by_market = table.groupby("line")["market.variety"].unique().str[0].tolist()
    assert by_market == [0.2, 0.8]


def test_a_run_without_a_value_in_one_combination_is_left_out_of_all_values() -> None:
    cells, runs = random_runs(FREE)
    table = shapley(runs, cells, FREE, ["won"])
    here = table[table["line"] == 0]
    assert set(here.loc[here["regime"] == "a", "n"]) == {11}
    assert set(here.loc[here["regime"] == "b", "n"]) == {12}


def test_intervals_are_those_of_the_values_run_by_run() -> None:
    cells, runs = random_runs(FREE)
    table = shapley(runs, cells, FREE, ["won"])
    row = table.query("index == 'shapley' and line == 1 and regime == 'b' and switch == 'change 2'").iloc[0]
    worth = runs[runs["regime"] == "b"].pivot_table(index="cell", columns="seed", values="won").to_numpy()[16:]
    by_run = np.array([over_all_orders(lambda made, one=one: one[_place(made)], [[]] * 4)[2] for one in worth.T])  # type: ignore[misc]
    assert row["mean"] == pytest.approx(by_run.mean())
    assert row["high"] - row["mean"] == pytest.approx(2.200985 * by_run.std(ddof=1) / math.sqrt(12), rel=1e-6)  # t, 11 degrees


def _place(made: frozenset[int]) -> int:
    """Of a combination of four changes, the last changing fastest."""
    return sum(8 >> i for i in made)


def test_a_combination_without_a_cell_is_told() -> None:
    cells, runs = random_runs(FREE)
    with pytest.raises(ValueError, match="1 of 16 combinations have no cell"):
        shapley(runs[runs["cell"] != 31], cells[cells["cell"] != 31], FREE, ["won"])
