"""Figures of sweeps: they draw what the tables say, own up to what is undecided or left out, and can be read."""

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image
from scipy import stats

from experiments import figures
from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.frontier import undominated
from experiments.wording import naming, space
from simulation.measures import NAMES as MEASURES
from simulation.parameters import parameters
from simulation.presets import PRESETS
from tests.helpers import sweep_tables
from tests.helpers.figure_text import assert_readable, words

Tables = dict[str, pd.DataFrame]
MARKET = {"market.variety": [0.0, 0.3, 0.6, 1.0], "market.ambiguity": [0.0, 0.5, 1.0]}
SMALL = {"market.variety": [0.0, 0.5, 1.0], "market.ambiguity": [0.0, 1.0]}
LOADED = MARKET | {"market.opportunities_per_rep_week": [0.5, 2.0]}
DIAL = {"regimes.blended.divert_below": [0.0, 0.5, 0.9, math.inf]}
LONG = "the sales organisation as it was before the reorganisation of spring, number {}"


def sweep(
    factors: Mapping[str, Any], regimes: Any = tuple(PRESETS), sampled: bool = True, **more: Any
) -> tuple[Tables, Experiment]:
    """Every table of a sweep (that of sensitivity only if it is sampled), and its experiment."""
    experiment = sweep_tables.experiment(regimes, **more)
    tables = sweep_tables.tables(sweep_tables.cells(factors), experiment)
    names = [f"{p.group}.{p.name}" for p in parameters()]
    targets = [("won", name, experiment.baseline) for name in experiment.regimes] + [("won", experiment.baseline, "")]
    if sampled:
        both = [sweep_tables.sensitivity(analysis, names, targets) for analysis in ("morris", "sobol")]
        tables["sensitivity"] = pd.concat(both, ignore_index=True)
    if len(experiment.regimes) > 1:
        tables["convergence"] = sweep_tables.convergence(experiment, cell_count=2)
    return tables, experiment


def without_values(of: tuple[Tables, Experiment]) -> tuple[Tables, Experiment]:
    tables, experiment = of
    for name in ("summary", "differences"):
        tables[name] = tables[name].assign(n=0, mean=math.nan, low=math.nan, high=math.nan)
    tables["winners"] = tables["winners"].assign(lead=math.nan, q=math.nan, winner=None, decided=False)
    tables["sensitivity"] = tables["sensitivity"].assign(value=math.nan, low=math.nan, high=math.nan)
    return tables, experiment


EDGES: dict[str, Callable[[], tuple[Tables, Experiment]]] = {
    "three factors": lambda: sweep(LOADED),
    "one run": lambda: sweep(SMALL, sampled=False, count=1),
    "one regime": lambda: sweep(SMALL, ("strict",), sampled=False),
    "eight regimes": lambda: sweep(DIAL, [f"divert at {i} per cent" for i in range(8)], sampled=False),
    "long names": lambda: sweep(SMALL, [LONG.format(i) for i in range(3)]),
    "names that mean something to Matplotlib, one factor with a word": lambda: sweep(DIAL, ["$x_1$", "_b", "50 %"], False),
    "no values": lambda: without_values(sweep(SMALL)),
}


@pytest.fixture(scope="module", params=list(EDGES))
def edge(request: pytest.FixtureRequest) -> tuple[Tables, Experiment]:
    return EDGES[request.param]()


def test_every_figure_of_every_sweep_says_n_and_intervals_and_can_be_read(edge: tuple[Tables, Experiment]) -> None:
    chosen = figures.figures_for(*edge)
    assert len(chosen) >= 4
    for name, draw in chosen.items():
        figure = draw()
        assert re.search(r"n = \d", words(figure)), name
        assert "95 %" in words(figure), name
        assert "A made-up sweep" in words(figure), name
        assert ("?" in figure.get_suptitle()) != name.startswith("dose_response"), name
        assert_readable(figure)


@pytest.fixture(scope="module")
def loaded() -> tuple[Tables, Experiment]:
    return sweep(LOADED)


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        (
            LOADED,
            {
                "winner_map_won", "dose_response_market_variety", "dose_response_market_ambiguity", "differences", "frontier",
                "manager_load", "morris", "sobol", "convergence",
            },
        ),
        (
            DIAL,
            {
                "dose_response_regimes_blended_divert_below", "differences", "frontier", "manager_load", "morris", "sobol",
                "convergence",
            },
        ),
    ],
)
def test_a_sweep_gets_the_figures_that_its_factors_call_for(factors: Mapping[str, Any], expected: set[str]) -> None:
    assert set(figures.figures_for(*sweep(factors))) == expected


def test_a_sample_gets_no_lines_and_no_map() -> None:
    tables, experiment = sweep(LOADED)
    chance = np.random.default_rng(3)
    scattered = {name: chance.random(len(tables["cells"])) for name in LOADED}
    tables["cells"] = tables["cells"].assign(**scattered)
    chosen = set(figures.figures_for(tables, experiment))
    assert chosen == {"scatter", "differences", "morris", "sobol"}


def test_a_missing_table_costs_only_its_figures(loaded: tuple[Tables, Experiment]) -> None:
    tables, experiment = loaded
    whole = set(figures.figures_for(tables, experiment))
    fewer = {name: table for name, table in tables.items() if name not in ("winners", "sensitivity")}
    lost = {"winner_map_won", "morris", "sobol"}
    assert set(figures.figures_for(fewer, experiment)) == whole - lost


def test_of_many_factors_two_get_lines_and_the_firms_own_come_first() -> None:
    of_market = {"market.variety": [0.0, 1.0], "market.ambiguity": [0.0, 1.0]}
    chosen = figures.figures_for(*sweep(of_market | {"organisation.span": [4.0, 9.0], "regime.quorum": [1, 3]}))
    lines = [name.removeprefix("dose_response_") for name in chosen if name.startswith("dose_response_")]
    assert lines == ["organisation_span", "regime_quorum"]


def test_files_of_a_large_sweep_stay_small(tmp_path: Path) -> None:
    steps = np.linspace(0, 1, 15).round(3)
    tables, experiment = sweep({"market.variety": steps, "market.ambiguity": steps, "organisation.span": [4.0, 17.0]})
    drawn = figures.figures_for(tables, experiment)
    for name in ("winner_map_won", "dose_response_organisation_span", "manager_load"):
        png, svg = canvas.save(drawn[name](), tmp_path, name)
        assert 1_000 < png.stat().st_size < 80_000, name
        assert 1_000 < svg.stat().st_size < 300_000, name


def test_a_colour_of_a_single_mark_is_kept_in_the_file(tmp_path: Path) -> None:
    steps = list(np.linspace(0, 1, 15).round(3))
    tables, experiment = sweep({"market.variety": steps, "market.ambiguity": steps}, sampled=False)
    winners = tables["winners"].query("measure == 'won'").assign(winner="cluster", decided=True, lead=np.linspace(0, 9, 225))
    winners.loc[winners["cell"] == 200, "winner"] = "blended"
    png, _ = canvas.save(figures.winner_map(winners, tables["cells"], experiment), tmp_path, "map")
    with Image.open(png) as picture:
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3) / 255
    wanted = np.array(to_rgb(canvas.looks(["blended"])["blended"].colour))
    assert np.abs(pixels - wanted).max(axis=1).min() < 0.04
    frames = pixels[np.abs(pixels - 0x77 / 255).max(axis=1) < 0.05]
    assert len(frames) > 100
    assert not np.ptp(frames, axis=1).any(), "what is grey has no tint"
    assert (pixels == 1).all(axis=1).mean() > 0.3, "paper is white"


# The winner map


def map_panels(figure: Figure) -> list[Any]:
    return [axes for axes in figure.axes if axes.collections]


def test_the_map_shows_every_cells_winner_and_hatches_the_undecided(loaded: tuple[Tables, Experiment]) -> None:
    tables, experiment = loaded
    figure = figures.winner_map(tables["winners"], tables["cells"], experiment)
    rows = tables["winners"].query("measure == 'won'").merge(tables["cells"], on="cell")
    looks, panels = canvas.looks(experiment.regimes), map_panels(figure)
    assert len(panels) == 2
    for axes, load in zip(panels, LOADED["market.opportunities_per_rep_week"], strict=True):
        marks = {(int(line.get_xdata()[0]), int(line.get_ydata()[0])): line.get_marker() for line in axes.lines}
        hatched = {(patch.get_x() + 0.5, patch.get_y() + 0.5) for patch in axes.patches if isinstance(patch, Rectangle)}
        for row in rows[rows["market.opportunities_per_rep_week"] == load].to_dict("records"):
            place = tuple(of.index(row[name]) for name, of in MARKET.items())
            if row["decided"]:
                assert marks[place] == looks[row["winner"]].marker
            assert (place in hatched) == (not row["decided"])
    assert 0 < (~rows["decided"]).sum() < len(rows), "the test needs both kinds"
    assert f"{(~rows['decided']).sum()} of them undecided" in words(figure)
    assert "false-discovery rate of at most 5 %" in words(figure)


def test_a_larger_lead_has_a_stronger_colour() -> None:
    tables, experiment = sweep(DIAL | {"market.variety": [0.0, 1.0]}, ("strict", "blended"))
    winners = tables["winners"].query("measure == 'won'").assign(winner="blended", decided=True)
    winners["lead"] = np.arange(1.0, len(winners) + 1)
    figure = figures.winner_map(winners, tables["cells"], experiment, on_axes=("market.variety", "regimes.blended.divert_below"))
    colours = np.asarray(map_panels(figure)[0].collections[0].get_array())
    distance = np.abs(colours - np.array(to_rgb(canvas.looks(["blended"])["blended"].colour))).sum(axis=2)
    in_cell_order = distance.ravel()  # the dial is the slower factor of the design, and it goes upward
    assert np.all(np.diff(in_cell_order[:-1]) < 0)
    assert to_hex(colours[3, 1]) == canvas.looks(["blended"])["blended"].colour.lower()


def test_the_map_has_the_factors_with_most_values_on_its_axes_and_names_them_once() -> None:
    factors = {"market.variety": [0.0, 1.0], "organisation.span": [4.0, 8.0, 16.0], "regime.quorum": [1, 2, 3, 4]}
    tables, experiment = sweep(factors | {"regime.peers_asked": [1, 2]}, sampled=False)
    figure = figures.figures_for(tables, experiment)["winner_map_won"]()
    assert len(map_panels(figure)) == 4
    assert "Variety of customers = 1, Peers asked = 2" in words(figure)
    assert words(figure).count("Quorum: answers before acting") == 1


def test_all_undecided_is_said_and_drawn() -> None:
    tables, experiment = sweep(MARKET)
    figure = figures.winner_map(tables["winners"].assign(decided=False), tables["cells"], experiment)
    assert "12 of them undecided" in words(figure)
    assert not any(axes.lines for axes in map_panels(figure))


def test_a_map_of_one_factor_is_refused() -> None:
    tables, experiment = sweep(DIAL)
    with pytest.raises(ValueError, match="two factors"):
        figures.winner_map(tables["winners"], tables["cells"], experiment)


# Lines, frontier, differences, managers, sensitivity, convergence


def test_lines_are_those_of_the_table_in_the_order_of_the_factor() -> None:
    tables, experiment = sweep(DIAL)
    factor = "regimes.blended.divert_below"
    backwards = {name: table.iloc[::-1] for name, table in tables.items()}
    figure = figures.dose_response(backwards["summary"], backwards["cells"], experiment, factor, ["won_share"])
    (axes,) = (axes for axes in figure.axes if axes.lines)
    expected = tables["summary"].query("measure == 'won_share'").sort_values("cell").groupby("regime")["mean"]
    for line, name in zip(axes.lines, experiment.regimes, strict=True):
        assert np.allclose(line.get_ydata(), 100 * expected.get_group(name))
        assert list(line.get_xdata()) == [0.0, 0.5, 0.9, pytest.approx(1.35)]
    assert "always" in words(figure)


def test_panels_left_out_are_owned_to(loaded: tuple[Tables, Experiment]) -> None:
    tables, experiment = sweep({**MARKET, "organisation.span": [3.0, 5.0, 8.5, 17.0]})
    figure = figures.dose_response(tables["summary"], tables["cells"], experiment, "market.variety", ["won"])
    assert "the first, the last and some between are shown" in words(figure)
    whole, of = loaded
    other = figures.dose_response(whole["summary"], whole["cells"], of, "market.variety", ["won"])
    assert "some between" not in words(other)


def test_a_wide_range_has_a_logarithmic_axis() -> None:
    scale = space.scale(pd.Series([10, 100, 1000, 10_000], name="organisation.reps"))
    assert scale.logarithmic
    assert scale.labels == ["10", "100", "1,000", "10,000"]


def test_ticks_have_room_and_are_at_both_ends() -> None:
    scale = space.scale(pd.Series([0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0], name="regime.sanction"))
    assert scale.labels == ["0", "0.5", "1"]
    assert space.scale(pd.Series([0.0, 0.01], name="regime.sanction")).labels == ["0", "0.01"]


def test_headings_break_between_factors_before_they_break_within() -> None:
    text = "Span of control = 4, Quorum = 3, Risk of punishment for leaving the process = 0.25, Peers asked = 2"
    assert canvas.by_parts(text, 36).split("\n") == [
        "Span of control = 4, Quorum = 3,", "Risk of punishment for leaving the", "process = 0.25,", "Peers asked = 2",
    ]
    assert canvas.by_parts("", 36) == ""


def test_of_random_points_the_undominated_are_those_that_nothing_beats() -> None:
    points = np.random.default_rng(1).integers(0, 12, size=(80, 2)).tolist()  # with ties
    found = undominated(*zip(*points, strict=True))
    for i, (x, y) in enumerate(points):
        beaten = any(a >= x and b >= y and (a > x or b > y) for a, b in points)
        assert (i in found) == (not beaten)
    assert 0 < len(found) < len(points)


def test_the_frontier_joins_the_points_that_nothing_beats() -> None:
    speed = [0.9, 0.5, 0.7, 0.7, math.nan, 0.9, 0.2]
    quality = [0.1, 0.8, 0.5, 0.4, 1.0, 0.1, 0.8]
    assert sorted(undominated(speed, quality)) == [0, 1, 2, 5]
    tables, experiment = sweep(DIAL)
    summary = tables["summary"].query("measure in ('acted_within_week', 'best_answer_share')").copy()
    slow, fast = (summary["regime"] == "strict"), (summary["measure"] == "acted_within_week")
    summary.loc[slow & fast, "mean"] = 0.01
    summary.loc[slow & ~fast, "mean"] = 0.99
    figure = figures.frontier(summary, tables["cells"], experiment)
    (axes,) = (axes for axes in figure.axes if axes.lines)
    line = axes.lines[0]
    assert 99.0 in np.round(line.get_ydata(), 6)
    assert np.all(np.diff(line.get_xdata()) <= 0)


def test_of_a_measure_where_less_is_better_the_axis_is_turned(loaded: tuple[Tables, Experiment]) -> None:
    tables, experiment = loaded
    figure = figures.frontier(tables["summary"], tables["cells"], experiment, "hours_per_deal_with_managers", "best_answer_share")
    axes = next(axes for axes in figure.axes if axes.lines)
    assert axes.xaxis_inverted()
    assert not axes.yaxis_inverted()


def test_a_named_forest_has_a_row_per_cell_and_a_sorted_one_counts_its_cells() -> None:
    few, experiment = sweep(DIAL)
    figure = figures.over_cells(few["differences"], few["cells"], experiment, "won")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["0", "0.5", "0.9", "always"]
    many, _ = sweep({"market.variety": list(np.linspace(0, 1, 40)), "market.ambiguity": [0.0, 1.0]})
    sorted_one = figures.over_cells(many["differences"], many["cells"], experiment, "won")
    rows = many["differences"].query("measure == 'won' and regime == 'cluster'")
    above, below = int((rows["low"] > 0).sum()), int((rows["high"] < 0).sum())
    assert f"below 0: {below}, above 0: {above}, includes 0: {80 - above - below}" in words(sorted_one)
    drawn = np.concatenate([line.get_xdata() for line in sorted_one.axes[0].lines if len(line.get_xdata()) > 2])
    assert sorted(drawn) == pytest.approx(sorted(rows["mean"]))


def test_strips_are_darker_where_managers_are_busier_and_tell_the_queue() -> None:
    tables, experiment = sweep({"organisation.span": [4.0, 8.0, 16.0]}, ("strict", "blended"))
    summary = tables["summary"].set_index(["measure", "regime", "cell"]).sort_index()
    summary.loc[("manager_utilisation", "strict"), "mean"] = np.array([0.1, 0.5, 1.0])
    summary.loc[("sign_off_queue_hours", "strict"), "mean"] = np.array([1.5, 12.5, 444.0])
    figure = figures.manager_load(summary.reset_index(), tables["cells"], experiment, "organisation.span")
    (axes,) = (axes for axes in figure.axes if axes.collections)
    strict = np.asarray(axes.collections[0].get_array())[0, :, :3].sum(axis=1)
    assert np.all(np.diff(strict) < 0)
    for text in ("1.50", "12.5", "444"):
        assert text in words(figure)


def test_inboxes_are_drawn_week_by_week_with_their_value_at_the_windows_end() -> None:
    experiment = sweep_tables.experiment(("strict", "blended"))
    weekly = sweep_tables.weekly(experiment, weeks=130)
    figure = figures.manager_inboxes(weekly, experiment)
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 130]
    assert [line.get_ydata()[-1] for line in lines] == [0.0, 130.0]
    horizon = experiment.scenario.horizon
    assert f"blended {horizon.warmup_weeks + horizon.window_weeks}" in words(figure)
    assert_readable(figure)


def test_the_largest_effects_come_first_and_the_others_are_counted() -> None:
    tables, experiment = sweep(MARKET)
    for name, draw in (("morris", figures.morris), ("sobol", figures.sobol)):
        figure = draw(tables["sensitivity"], experiment)
        axes = next(axes for axes in figure.axes if axes.patches and axes.get_yticklabels()[0].get_text())
        table = tables["sensitivity"]
        factors = table.loc[(table["analysis"] == name) & (table["factor"] != ""), "factor"].unique()
        expected = [re.sub(r"\s", " ", naming.factor_label(factor, with_unit=False)) for factor in factors[:15]]
        assert [re.sub(r"\s", " ", label.get_text()) for label in axes.get_yticklabels()] == expected
        assert f"The 15 largest of {len(factors)} factors" in words(figure)
        assert "chance alone 4.0 %" in words(figure)


def test_half_widths_are_compared_with_those_of_independent_runs() -> None:
    experiment = sweep_tables.experiment(("strict", "blended"))
    figure = figures.convergence(sweep_tables.convergence(experiment), experiment)
    expected, found = figure.axes[0].lines[:2]
    n = np.asarray(found.get_xdata(), float)
    reach = stats.t.ppf(0.975, n - 1) / np.sqrt(n)
    assert np.allclose(expected.get_ydata(), found.get_ydata()[-1] * reach / reach[-1])
    assert figure.axes[0].get_xscale() == figure.axes[0].get_yscale() == "log"
    assert "blended − strict ± 4.00" in words(figure)
    point = sweep_tables.cells({"market.variety": [0.25, 0.5], "regime.quorum": [3, 4]})
    assert "Of one cell: Variety of customers = 0.25, Quorum: answers before acting = 3." in words(
        figures.convergence(sweep_tables.convergence(experiment), experiment, point)
    )
    assert "Median over 2 cells" in words(
        figures.convergence(sweep_tables.convergence(experiment, cell_count=2), experiment, point)
    )
    empty = figures.convergence(sweep_tables.convergence(experiment).assign(half_width=math.nan), experiment)
    assert "no interval" in words(empty)


# Names


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("market.variety", "Variety of customers"),
        ("market.issues", "Issues of a need"),
        ("organisation.span", "Span of control (reports)"),
        ("organisation.turnover_per_year", "Turnover of reps (1/year)"),
        ("regimes.blended.review_weeks", "Time between playbook reviews (weeks, in blended)"),
        ("regimes.blended.quorum", "Quorum: answers before acting (in blended)"),
        ("regimes.blended.guardrail_over", "Guardrail: deviations allowed to clusters (in blended)"),
        ("something.else_entirely", "Else entirely"),
    ],
)
def test_factors_have_plain_names(name: str, label: str) -> None:
    assert naming.factor_label(name) == label


def test_every_parameter_has_a_label_of_its_own() -> None:
    labels = [naming.factor_label(parameter.key) for parameter in parameters()]
    assert len(set(labels)) == len(labels)


def test_every_measure_has_a_label_of_its_own() -> None:
    labels = [naming.measure_axis(name) for name in MEASURES]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("market.variety", 0.25, "0.25"),
        ("organisation.reps", 10_000, "10,000"),
        ("regime.sign_off_over", -1, "−1"),
        ("regime.peer_head_start_hours", -0.5, "−0.5"),
        ("regime.review_weeks", math.inf, "never"),
        ("regimes.blended.divert_below", math.inf, "always"),
        ("regime.review_weeks", "never", "never"),
        ("regime.dispatch", "direct", "direct"),
    ],
)
def test_values_are_written_as_in_a_config(name: str, value: Any, text: str) -> None:
    assert naming.factor_value(name, value) == text
