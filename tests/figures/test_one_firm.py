"""Figures say what they show, show what the tables say, and can be read by everybody, whatever is drawn."""

import math
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations, islice
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from experiments import figures
from experiments.design.experiment import Experiment
from experiments.figures import canvas, firm
from experiments.inference import Estimate, curve_bands, estimates, paired_differences, summarise
from experiments.wording import numbers, regimes
from simulation.parameters import Horizon, Organisation, Regime, Scenario
from simulation.presets import PRESETS
from simulation.run import ensemble_with_curves
from tests.helpers.figure_text import assert_readable, words

AGES = np.arange(0, 521, 4)
PRESET_LOOKS = canvas.looks(PRESETS)


class Case(NamedTuple):
    """Tables of an experiment of one cell."""

    summary: pd.DataFrame
    differences: pd.DataFrame
    curves: pd.DataFrame
    experiment: Experiment

    def files(self, folder: Path, most: int | None = None) -> list[Path]:
        """The figures of the experiment (so many at most), written."""
        tables = {"summary": self.summary, "differences": self.differences, "curves": self.curves}
        drawn = islice(figures.draw_each(folder, tables, self.experiment), most)
        return [path for one in drawn for path in (one.png, one.svg)]

    def draw(self, name: str) -> Figure:
        tables = {"summary": self.summary, "differences": self.differences, "curves": self.curves}
        return figures.figures_for(tables, self.experiment)[name]()


NOTHING = pd.DataFrame(columns=["measure", "baseline"])
ALL = Experiment("all", "All", "?", Scenario(), PRESETS, "strict", 1, 1)
NAMES = tuple(figures.figures_for(dict.fromkeys(("summary", "differences", "curves"), NOTHING), ALL))
"""Every figure of one firm but that of its weeks."""


def case(regimes: dict[str, Regime], n_runs: int = 5, **organisation: Any) -> Case:
    """A small firm, simulated."""
    scenario = Scenario(
        organisation=Organisation(**{"reps": 12, "span": 6.0, **organisation}),
        horizon=Horizon(warmup_weeks=4, window_weeks=8, horizon_weeks=30),
    )
    baseline = next(iter(regimes))
    experiment = Experiment("test", "A test", "What differs?", scenario, regimes, baseline, n_runs, 1)
    runs, curves = ensemble_with_curves(scenario, regimes, experiment.seeds, AGES)
    bands = curve_bands(curves, list(regimes), AGES)
    return Case(summarise(runs), paired_differences(runs, baseline), bands, experiment)


def without_values(of: Case) -> Case:
    def emptied(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(n=0, mean=math.nan, low=math.nan, high=math.nan)

    return Case(emptied(of.summary), emptied(of.differences), emptied(of.curves), of.experiment)


def without_rows(of: Case) -> Case:
    return Case(of.summary[:0], of.differences[:0], of.curves[:0], of.experiment)


@pytest.fixture(scope="module")
def presets() -> Case:
    return case(PRESETS)


@pytest.fixture(scope="module")
def drawn(presets: Case) -> dict[str, Figure]:
    """Every figure of the presets."""
    return {name: presets.draw(name) for name in NAMES}


BLENDED, STRICT = PRESETS["blended"], PRESETS["strict"]
LONG = "our sales organisation as it was before the reorganisation of spring, number {}, with all its exceptions"
EDGES: dict[str, Callable[[], Case]] = {
    "one regime, one run, one rep": lambda: case({"strict": STRICT}, 1, reps=1),
    "long names, and names that mean something to Matplotlib": lambda: case(
        {"$x_1$": STRICT, "_b": BLENDED, "50 %": BLENDED, **{LONG.format(i): BLENDED for i in range(2)}}, 2
    ),
    "ten regimes": lambda: case({f"divert_at_{i}_per_cent": BLENDED for i in range(10)}, 2),
    "nothing measured": lambda: without_values(case({"strict": STRICT, "lean": PRESETS["lean"]}, 2)),
    "empty tables": lambda: without_rows(case({"strict": STRICT, "lean": PRESETS["lean"]}, 2)),
}


@pytest.fixture(scope="module", params=list(EDGES))
def edge(request: pytest.FixtureRequest) -> Case:
    return EDGES[request.param]()


@pytest.mark.parametrize("name", NAMES)
def test_figures_state_n_and_intervals_and_can_be_read(drawn: dict[str, Figure], name: str) -> None:
    figure = drawn[name]
    assert ("n = 12 reps" if name == "organisation" else "n = 5") in words(figure)
    assert "95 % intervals" in words(figure)
    assert "A test" in words(figure)
    assert_readable(figure)


@pytest.mark.parametrize("name", NAMES)
def test_edge_cases_are_drawn_and_can_be_read(edge: Case, name: str) -> None:
    figure = edge.draw(name)
    assert "95 % intervals" in words(figure)
    assert_readable(figure)


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("time_to_action", ["Share of opportunities (%)", "Business days", "1 day", "1 week"]),
        ("outcome_split", ["Share of opportunities opened (%)", "% won"]),
        ("touch_and_wait", ["hours per opportunity", "Flow efficiency", "%"]),
        ("value_stream", ["h", "Flow", "%", "Discover", "Sign-off", "work", "wait"]),
        ("organisation", ["12 reps", "2 managers", "level 2", "span of control 6"]),
        ("differences", ["deals", "pp of opened", "business hours", "calendar days", "hours/deal won"]),
    ],
)
def test_units_are_stated(drawn: dict[str, Figure], name: str, units: list[str]) -> None:
    written = words(drawn[name])
    for unit in units:
        assert unit in written


def test_one_run_is_said_to_have_no_intervals() -> None:
    one_run = case({"strict": STRICT, "blended": BLENDED}, 1)
    for name in set(NAMES) - {"organisation"}:
        figure = one_run.draw(name)
        assert "n = 1 " in words(figure)
        assert "No 95 % intervals" in words(figure)
        assert_readable(figure)


def test_every_plotted_axis_has_a_label(drawn: dict[str, Figure]) -> None:
    for name in set(NAMES) - {"organisation", "value_stream"}:
        plots = [axes for axes in drawn[name].axes if axes.axison]
        assert plots
        for axes in plots:
            below = [axes, *axes.get_shared_x_axes().get_siblings(axes)]
            assert any(other.get_xlabel() for other in below), f"{name}: {axes.get_title('left')}"


def test_curves_are_those_of_the_table(presets: Case, drawn: dict[str, Figure]) -> None:
    upper, _ = drawn["time_to_action"].axes
    table = presets.curves[presets.curves["curve"] == "acted"]
    for name, look in canvas.looks(PRESETS).items():
        (line,) = (line for line in upper.lines if line.get_color() == look.colour and len(line.get_xdata()) > 3)
        expected = table[table["regime"] == name].set_index("age_hours")["mean"]
        days = np.asarray(line.get_xdata(), float)
        assert np.allclose(line.get_ydata(), 100 * expected.loc[8 * days])


def test_bars_of_outcomes_add_up_to_all_opportunities(presets: Case, drawn: dict[str, Figure]) -> None:
    (axes,) = drawn["outcome_split"].axes
    for row, name in enumerate(PRESETS):
        bars = [bar for bar in axes.patches if abs(bar.get_y() + bar.get_height() / 2 - row) < 1e-9]
        assert sum(bar.get_width() for bar in bars) == pytest.approx(100)
        won = estimates(presets.summary)["won_share", name].mean
        assert bars[0].get_width() == pytest.approx(100 * won)


def test_shares_differ_in_percentage_points_and_deals_in_deals(presets: Case, drawn: dict[str, Figure]) -> None:
    panels = {axes.get_title("left"): axes for axes in drawn["differences"].axes}
    for title, measure, factor in (("Deals won", "won", 1), ("Opportunities won", "won_share", 100)):
        found = estimates(presets.differences)
        expected = [factor * found[measure, name].mean for name in PRESETS if name != "strict"]
        points = [line.get_xdata()[0] for line in panels[title].lines if len(line.get_xdata()) == 1]
        assert points == pytest.approx(expected)


def test_hollow_points_are_those_whose_interval_includes_zero(presets: Case) -> None:
    measure, regimes = "won", ["cluster", "blended", "lean"]
    table = pd.DataFrame(
        [(measure, "deals", name, "strict", 5, *ends) for name, ends in zip(
            regimes, ((2.0, 1.0, 3.0), (1.0, -1.0, 3.0), (-2.0, -3.0, -1.0)), strict=True
        )],
        columns=["measure", "unit", "regime", "baseline", "n", "mean", "low", "high"],
    )
    panel = figures.differences(table, presets.experiment).axes[0]
    fills = [line.get_color() for line in panel.lines if len(line.get_xdata()) == 1]
    assert [fill == "white" for fill in fills] == [False, True, False]


@pytest.fixture(scope="module")
def files(presets: Case, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return presets.files(tmp_path_factory.mktemp("results"))


def test_both_files_of_every_figure_are_written_small(files: list[Path]) -> None:
    assert [path.name for path in files] == [f"{name}.{kind}" for name in NAMES for kind in ("png", "svg")]
    for path in files:
        assert path.parent.name == "figures"
        limit = 150_000 if path.suffix == ".png" else 300_000
        assert 1_000 < path.stat().st_size < limit, path.name


def test_bytes_are_the_same_whatever_the_users_settings(presets: Case, files: list[Path], tmp_path: Path) -> None:
    with mpl.rc_context({"font.size": 20, "svg.hashsalt": None, "savefig.dpi": 30, "axes.grid": True}):
        again = presets.files(tmp_path, most=3)
        assert mpl.rcParams["font.size"] == 20
    for path, other in zip(files[:6], again, strict=True):
        assert path.read_bytes() == other.read_bytes(), path.name


def test_pictures_stand_alone_and_bear_no_date(files: list[Path]) -> None:
    for path in files[1::2]:
        text = path.read_text(encoding="utf-8")
        links = re.findall(r'(?:href|src)="([^"]*)"', text)
        assert all(link.startswith("#") for link in links)
        assert "<dc:date>" not in text


def test_pyplot_and_its_global_state_are_not_used(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from experiments import figures;"
        "from experiments.design.experiment import Experiment; from experiments.figures.canvas import save;"
        "from simulation.parameters import Scenario; from simulation.presets import PRESETS;"
        "e = Experiment('a', 'a', 'a', Scenario(), PRESETS, 'strict', 1, 1);"
        "save(figures.organisation(e), Path(sys.argv[1]), 'a'); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)


# Looks

# Machado, Oliveira & Fernandes (2009), IEEE TVCG 15(6), severity 1.0, for linear RGB.
SIGHT = {
    "full colour": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(colour: str, sight: Any = SIGHT["full colour"]) -> Any:
    """CIE L*a*b* (D65) of a colour as seen."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(sight) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(to_xyz @ seen / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_of_regimes_can_be_told_apart(sight: str) -> None:
    colours = [*regimes.SPARE_COLOURS, *(look.colour for look in PRESET_LOOKS.values())]
    for one, other in combinations(colours, 2):
        assert np.linalg.norm(lab(one, SIGHT[sight]) - lab(other, SIGHT[sight])) > 15, (one, other)


def test_presets_can_be_told_apart_in_grey_and_by_line_and_marker() -> None:
    presets = list(PRESET_LOOKS.values())
    for one, other in combinations(presets, 2):
        assert abs(lab(one.colour)[0] - lab(other.colour)[0]) > 5
        assert one.line != other.line
        assert one.marker != other.marker


@pytest.mark.parametrize("n", [1, 7, 50])
@pytest.mark.parametrize("present", [some for k in range(6) for some in combinations(PRESETS, k)])
def test_no_two_regimes_look_alike_and_presets_always_look_the_same(n: int, present: tuple[str, ...]) -> None:
    looks = canvas.looks([*(f"own {i}" for i in range(n)), *present])
    assert len({(look.colour, str(look.line), look.marker) for look in looks.values()}) == n + len(present)
    assert {name: looks[name] for name in present} == {name: PRESET_LOOKS[name] for name in present}
    assert len({look.colour for look in list(looks.values())[:7]}) == min(n + len(present), 7)


@pytest.mark.parametrize("colour", [*regimes.SPARE_COLOURS, *(look.colour for look in PRESET_LOOKS.values())])
def test_text_on_a_bar_can_be_read(colour: str) -> None:
    dark, light = sorted((lab(colour)[0], lab(canvas.ink_on(colour))[0]))
    assert light - dark > 30


# Words, numbers, places


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1536.4, "1,536"), (66.44, "66.4"), (8.126, "8.13"), (0, "0"), (-0.001, "0.00"), (-3.0, "−3.00"),
        (99.96, "100"), (math.nan, "–"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert numbers.number(value) == text


@pytest.mark.parametrize(
    ("mean", "low", "high", "text"),
    [
        (447.2, 437.4, 456.1, ("447", "[437, 456]")),
        (20.86, 20.44, 21.28, ("20.9", "[20.4, 21.3]")),
        (-0.63, -1.21, -0.046, ("−0.63", "[−1.21, −0.05]")),  # one decimal would make the upper end zero
        (2.0, 2.0, 2.0, ("2.00", "")),
        (2.0, math.nan, math.nan, ("2.00", "")),
    ],
)
def test_estimates_have_the_decimals_that_their_intervals_warrant(
    mean: float, low: float, high: float, text: tuple[str, str]
) -> None:
    assert numbers.written(Estimate(9, mean, low, high)) == text


@given(st.lists(st.text("ab _-ß%", max_size=90), unique=True, max_size=8), st.integers(8, 30), st.integers(1, 2))
def test_short_names_fit_and_differ(names: list[str], width: int, lines: int) -> None:
    short = canvas.short_names(names, width, lines)
    assert list(short) == names
    for text in short.values():
        assert text
        assert all(len(line) <= width for line in text.split("\n"))
    long = [text for name, text in short.items() if len(name) > 2 * width]
    assert len(set(long)) == len(long)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20), st.floats(0.1, 5))
def test_labels_are_moved_apart_in_order_and_stay_inside(wanted: list[float], gap: float) -> None:
    placed = np.array(canvas.apart(wanted, gap, 0, 100))
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(placed[order]) >= gap - 1e-9)
    assert placed.min() >= -1e-9
    assert placed.max() <= 100 + 1e-9


def test_labels_far_apart_stay_where_they_are() -> None:
    assert canvas.apart([30, 10, 20], 5, 0, 100) == pytest.approx([30, 10, 20])


def test_labels_at_one_place_share_the_shift() -> None:
    assert canvas.apart([50, 50, 50], 4, 0, 100) == pytest.approx([46, 50, 54])


# The firm


def of_firm(reps: int, span: float, regime: str = "cluster", **changes: Any) -> tuple[Experiment, firm.Firm]:
    scenario = Scenario(organisation=Organisation(reps=reps, span=span))
    regimes = {regime: PRESETS[regime].model_copy(update=changes)}
    experiment = Experiment("test", "A test", "Which?", scenario, regimes, regime, 1, 3)
    return experiment, firm.structure_of(experiment, regimes[regime])


@pytest.mark.parametrize(("reps", "span"), [(1, 8.5), (34, 8.5), (150, 2.0), (151, 2.5), (3000, 8.5), (5000, 100.0)])
def test_the_chart_is_a_tree_that_ends_in_the_reps_drawn(reps: int, span: float) -> None:
    _, drawn = of_firm(reps, span)
    assert nx.is_arborescence(drawn.chart)
    leaves = [node for node, degree in drawn.chart.out_degree() if degree == 0]
    assert leaves == [f"r{rep}" for rep in range(drawn.shown)]
    assert drawn.shown == reps if reps <= firm.DRAWN_WHOLE else 0 < drawn.shown <= max(firm.FIRST_TEAMS, span)
    assert nx.dag_longest_path_length(drawn.chart) == len(drawn.levels)


@pytest.mark.parametrize(("reps", "span"), [(34, 8.5), (400, 6.0)])
def test_clusters_are_those_of_the_first_run(reps: int, span: float) -> None:
    from simulation.model import SellingModel

    experiment, drawn = of_firm(reps, span)
    model = SellingModel(experiment.scenario, experiment.regimes["cluster"], experiment.first_seed)
    for group in drawn.groups:
        for rep in group:
            assert {peer.number for peer in model.cluster_of(model.reps[rep])} == set(group)
    assert sum(len(group) for group in drawn.groups) == drawn.shown


def test_without_moves_nobody_sits_with_another_team() -> None:
    _, drawn = of_firm(100, 7.0, cross_team_share=0.0)
    for group, home in zip(drawn.groups, drawn.homes, strict=True):
        assert {drawn.team[rep] for rep in group} == {home}


@pytest.mark.parametrize(("reps", "cluster_size"), [(1, 4), (2, 60), (40, 4), (150, 60), (151, 12), (9000, 4)])
def test_firms_of_any_size_are_drawn_and_a_reduction_is_owned_to(reps: int, cluster_size: int) -> None:
    experiment, drawn = of_firm(reps, 8.5, cluster_size=cluster_size)
    figure = figures.organisation(experiment)
    assert f"n = {reps:,} rep" in words(figure)
    assert ("Drawn: the first" in words(figure)) == (reps > firm.DRAWN_WHOLE)
    assert (f"{reps - drawn.shown:,} more" in words(figure)) == (reps > firm.DRAWN_WHOLE)
    assert_readable(figure)


def test_a_firm_without_clusters_says_so() -> None:
    experiment, _ = of_firm(20, 5.0, "strict")
    assert "No regime of this experiment turns to clusters" in words(figures.organisation(experiment))
