"""Figures of decompositions and of where the order turns over: they draw what the tables say, and can be read."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from experiments import figures
from experiments.figures.decomposition import ADDS, TAKES
from experiments.wording.analyses import place_in_words
from tests.helpers import analysed
from tests.helpers.analysed import Made
from tests.helpers.figure_text import assert_readable, words

EDGES: dict[str, Callable[[Path], Made]] = {
    "one regime": analysed.decomposed,
    "two regimes": lambda folder: analysed.decomposed(folder, ("strict", "lean")),
    "many settings": lambda folder: analysed.decomposed(folder, settings=10),
    "one run": lambda folder: analysed.decomposed(folder, count=1),
    "a curve": analysed.turned_over,
    "a curve of one run": lambda folder: analysed.turned_over(folder, settings=1, count=1),
}


@pytest.mark.parametrize("edge", EDGES)
def test_figures_say_n_and_intervals_and_can_be_read(edge: str, tmp_path: Path) -> None:
    tables, experiment = EDGES[edge](tmp_path)
    chosen = {
        name: draw for name, draw in figures.figures_for(tables, experiment).items()
        if name.startswith(("decomposition", "turnover"))
    }
    assert set(chosen) in ({"decomposition_won", "decomposition_won_share"}, {"turnover_won"})
    for draw in list(chosen.values())[: 1 if "many" in edge else 2]:
        figure = draw()
        assert re.search(r"n = \d", words(figure))
        assert "95 %" in words(figure)
        assert "A made-up analysis" in words(figure)
        assert figure.get_suptitle().count("?") == 1
        assert ("Not drawn: 1 setting" in words(figure)) == ("many" in edge)
        assert_readable(figure)


def bars_of(axes: Axes) -> dict[str, tuple[float, Any]]:
    """Length and colour of each bar by its label at the left of the first panel."""
    labels = [text.get_text().replace("\n", " ") for text in axes.get_yticklabels()]
    return {label: (bar.get_width(), bar.get_facecolor()) for label, bar in zip(labels, axes.patches, strict=True)}


def panels_of(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.patches]


def test_bars_are_the_values_and_add_up_to_the_last_one(tmp_path: Path) -> None:
    tables, experiment = analysed.decomposed(tmp_path)
    figure = figures.decomposition(tables["shapley"].sample(frac=1, random_state=1).sort_values("line"), experiment, "won")
    first, second = panels_of(figure)
    bars = bars_of(first)
    stays = "Customers stay with the rep whom they happened to reach"
    assert list(bars) == ["Peers' readings", "No sign-off", stays, "All together"]
    lengths = np.array([length for length, _ in bars.values()])
    assert lengths == pytest.approx([40, 25, -10, 55], abs=3)
    assert lengths[:-1].sum() == pytest.approx(lengths[-1])
    assert [to_hex(colour).upper() for _, colour in bars.values()][:3] == [ADDS, ADDS, TAKES]
    assert len(second.patches) == len(first.patches)
    assert re.search(r"1,0\d\d → 1,0\d\d: \+5", first.get_title(loc="left"))
    assert "+55" in words(figure)


def test_a_difference_between_regimes_is_preferred_and_named(tmp_path: Path) -> None:
    tables, experiment = analysed.decomposed(tmp_path, ("strict", "lean"))
    figure = figures.decomposition(tables["shapley"], experiment, "won")
    assert figure.get_suptitle().replace("\n", " ").endswith("Deals won, lean − strict")
    lengths = [length for length, _ in bars_of(panels_of(figure)[0]).values()]
    assert lengths == pytest.approx([10, -25, -40, -55], abs=4), "what strict gains, the difference loses"


def test_lines_are_the_means_and_rows_the_places(tmp_path: Path) -> None:
    tables, experiment = analysed.turned_over(tmp_path)
    backwards = tables["summary"].iloc[::-1]
    figure = figures.turnover(tables["turnovers"], backwards, tables["cells"], experiment, "won")
    for axes, at in zip([axes for axes in figure.axes if axes.lines], (0.5, 0.25), strict=True):
        strict, cluster = axes.lines[:2]
        assert list(cluster.get_xdata()) == pytest.approx(np.linspace(0, 1, 21).tolist())
        gap = np.asarray(cluster.get_ydata()) - np.asarray(strict.get_ydata())
        assert np.interp(0, -gap, np.linspace(0, 1, 21)) == pytest.approx(at, abs=0.04)
        marks = [float(line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1]
        assert marks == pytest.approx([at, at], abs=0.04), "over strict, and over the best other"
    assert re.search(r"cluster > strict \| until 0\.(4|5)\d \[", words(figure))
    assert re.search(r"cluster > all \| until 0\.2\d \[", words(figure))


@pytest.mark.parametrize(
    ("course", "at", "low", "high", "text"),
    [
        ("falls", 0.5, 0.25, 0.75, "until 0.50 [0.25, 0.75]"),
        ("falls", 0.5, -np.inf, 0.75, "until 0.50 [< 0, 0.75]"),
        ("rises", 0.5, 0.25, np.inf, "from 0.50 [0.25, > 1]"),
        ("falls", np.inf, np.inf, np.inf, "throughout"),
        ("falls", np.inf, 0.9, np.inf, "throughout, at least until 0.90"),
        ("rises", -np.inf, -np.inf, 0.2, "throughout, at least from 0.20"),
        ("falls", -np.inf, -np.inf, 0.1, "nowhere, at most until 0.10"),
        ("rises", np.inf, 0.7, np.inf, "nowhere, at most from 0.70"),
        ("rises", np.inf, np.inf, np.inf, "nowhere"),
        ("rises", np.nan, np.nan, np.nan, "nobody leads"),
    ],
)
def test_a_lead_ends_begins_is_there_throughout_or_nowhere(course: str, at: float, low: float, high: float, text: str) -> None:
    assert place_in_words({"from": 0.0, "to": 1.0, "course": course, "at": at, "low": low, "high": high}) == text


def test_a_table_without_the_measure_draws_no_figure_of_it(tmp_path: Path) -> None:
    tables, experiment = analysed.decomposed(tmp_path)
    assert pd.api.types.is_numeric_dtype(tables["shapley"]["mean"])
    figure = figures.decomposition(tables["shapley"], experiment, "acted_within_week")
    assert "No data" in words(figure)
