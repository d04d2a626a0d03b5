"""Each kind of question gets its sentence, its lead figure with the answer as title, and its table; ties are told as ties."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import figures
from experiments.design.experiment import Experiment, Precision
from experiments.figures import Lead, figures_for
from experiments.report import page_tables
from experiments.report.answer import QUESTIONS, answered
from experiments.report.remarks import remarks
from experiments.running.runner import tables_of
from tests.helpers import analysed, sweep_tables

Made = tuple[dict[str, pd.DataFrame], Experiment]


def summary_of(means: dict[str, float], half: float = 3.0, measure: str = "won") -> pd.DataFrame:
    """One firm's means of a measure by regime."""
    rows = [(0, measure, "deals", name, 9, mean, 1.0, mean - half, mean + half) for name, mean in means.items()]
    return pd.DataFrame(rows, columns=["cell", "measure", "unit", "regime", "n", "mean", "sd", "low", "high"])


def made(folder: Path, text: str, means: np.ndarray, noise: float = 2.0) -> Made:
    """Tables of a config whose regimes have these means in its cells."""
    experiment = analysed.experiment_of(folder, text)
    return tables_of(experiment, analysed.runs_with(experiment, means.tolist(), noise)), experiment


SPAN = "[regimes.strict]\n[regimes.cluster]\n[levers]\norganisation.span = [4, 8, 16]\n[replications]\ncount = 20\n"


def test_a_lever_is_told_from_where_to_where_and_who_does_not_move(tmp_path: Path) -> None:
    said = answered(*made(tmp_path, SPAN, np.array([[1000.0, 900.0], [900.0, 900.0], [700.0, 900.0]])))
    assert said.question.name == "what this lever does"
    assert re.match(
        r"Deals won, as span of control goes from 4 to 16: strict falls from (1,0\d\d|99\d) to "
        r"(69\d|70\d|71\d|68\d) deals; cluster does "
        r"not move; at 16, cluster leads strict by \d+(\.\d)? \[", said.sentence,
    )


def test_a_turn_on_the_way_is_told(tmp_path: Path) -> None:
    said = answered(*made(tmp_path, SPAN, np.array([[500.0, 700.0], [700.0, 700.0], [500.0, 700.0]])))
    assert re.search(r"strict rises from \d+ to \d+ at 8, then falls to \d+ deals", said.sentence)


def test_the_best_three_are_told_with_the_lead_over_the_next() -> None:
    experiment = sweep_tables.experiment(("strict", "cluster", "blended"))
    said = answered({"summary": summary_of({"strict": 80.0, "cluster": 100.0, "blended": 120.0})}, experiment)
    assert said.sentence == "blended wins most deals (120 [117, 123] deals), 20 [16, 24] deals ahead of cluster, the next."


def test_the_tied_are_named_and_stand_above_the_rest() -> None:
    experiment = sweep_tables.experiment(("strict", "cluster", "blended"))
    said = answered({"summary": summary_of({"strict": 80.0, "cluster": 119.0, "blended": 120.0})}, experiment)
    assert said.sentence.startswith("blended ≈ cluster win most deals (120 and 119 deals; blended leads cluster by 1 [−3, 5]")
    assert "both above strict, the next, by 39 [35, 43] deals or more" in said.sentence
    assert "undecided" not in said.sentence


def test_outcomes_are_obeyed_also_of_one_firm() -> None:
    experiment = sweep_tables.experiment(("strict", "cluster"), outcomes=("won", "hours_per_deal_with_managers"))
    summary = pd.concat([summary_of({"strict": 80.0, "cluster": 100.0}, measure=name)
                         for name in ("won", "hours_per_deal_with_managers", "no_action_share")])
    said = answered({"summary": summary}, experiment)
    assert "no action" not in " ".join([said.sentence, *said.further])
    assert said.further == ["Work per deal won: strict 80.0, cluster 100 hours/deal won."]


def test_a_question_about_cost_has_the_cheapest() -> None:
    experiment = sweep_tables.experiment(("strict", "cluster"), outcomes=("hours_per_deal_with_managers",))
    said = answered({"summary": summary_of({"strict": 80.0, "cluster": 100.0}, measure=experiment.outcomes[0])}, experiment)
    assert said.question.name == "how much it costs"
    assert said.sentence.startswith("strict has the lowest “work per deal won”")


@pytest.mark.parametrize(
    ("wanted", "words"), [(5.0, "as precise as ± 5.00 asked for"), (1.0, "not as precise as the ± 1.00 asked for")]
)
def test_how_sure_is_told_against_what_was_asked_and_a_miss_is_a_remark(wanted: float, words: str) -> None:
    experiment = sweep_tables.experiment(("strict", "cluster"), precision=Precision("won", "cluster", wanted, 20, 40))
    differences = pd.DataFrame(
        [(0, "won", "deals", "cluster", "strict", 40, 20.0, 17.0, 23.0, 0.01)],
        columns=["cell", "measure", "unit", "regime", "baseline", "n", "mean", "low", "high", "p"],
    )
    tables = {"summary": summary_of({"strict": 80.0, "cluster": 100.0}), "differences": differences}
    said = answered(tables, experiment)
    assert said.question.name == "how sure"
    assert words in said.sentence
    assert bool(remarks(tables, experiment)) == (wanted < 3)


def test_effects_that_are_zero_or_noise_are_not_named() -> None:
    experiment = sweep_tables.experiment(("strict", "blended"))
    names = ["market.variety", "market.deal_value_kusd", "organisation.span"]
    for analysis in ("sobol", "morris"):
        tables = sweep_tables.tables(sweep_tables.cells({name: [0.0, 1.0, 2.0] for name in names}), experiment)
        table = sweep_tables.sensitivity(analysis, names, [("won", "blended", "strict")])
        silent = table["factor"] == "market.deal_value_kusd"
        table.loc[silent, ["value", "low", "high"]] = 0.0
        table.loc[table["factor"] == "organisation.span", ["value", "low", "high"]] = [0.01, 0.005, 0.015]
        said = answered({**tables, "sensitivity": table}, experiment)
        assert "Variety of customers" in said.sentence
        assert "Value of a deal" not in said.sentence
        assert "Span of control" not in said.sentence
        assert "2 cannot be told from noise" in said.sentence


OAT = """
[regimes.strict]
[regimes.cluster]
[design]
kind = "list"
points = [
    { "market.variety" = 0.4, "organisation.span" = 8.5 }, { "market.variety" = 0.1, "organisation.span" = 8.5 },
    { "market.variety" = 0.8, "organisation.span" = 8.5 }, { "market.variety" = 0.4, "organisation.span" = 4.0 },
]
[replications]
count = 20
"""


def test_one_factor_at_a_time_names_what_moves_most_and_has_a_tornado(tmp_path: Path) -> None:
    means = np.array([[500.0, 520.0], [500.0, 420.0], [500.0, 560.0], [500.0, 520.0]])
    tables, experiment = made(tmp_path, OAT, means)
    said = answered(tables, experiment)
    assert re.search(r"(19|20)\.?\d* deals at the base and one at a time, is “Variety of customers” \(−(79|8)", said.sentence)
    assert "1 of 2 do nothing that is clear of zero" in said.sentence
    assert "tornado" in figures_for(tables, experiment)
    assert page_tables.views(tables, experiment)[0].title == "What matters most"


def test_scattered_points_have_correlations_and_a_region(tmp_path: Path) -> None:
    text = """
[regimes.strict]
[regimes.cluster]
[uncertainties]
market.variety = { from = 0, to = 1 }
market.ambiguity = { from = 0, to = 1 }
[design]
kind = "latin_hypercube"
samples = 80
[replications]
count = 4
"""
    experiment = analysed.experiment_of(tmp_path, text)
    means = [[500.0, 500.0 + (40.0 if float(cell.point["market.variety"]) > 0.6 else -40.0)] for cell in experiment.cells]
    tables = tables_of(experiment, analysed.runs_with(experiment, means, 2.0))
    said = answered(tables, experiment)
    assert "“Variety of customers” (rises with it" in said.sentence
    assert "1 cannot be told from chance" in said.sentence
    assert re.search(r"cluster is ahead of strict in 100 % of the \d+ cells with variety of customers of", said.further[0])
    assert "scatter" in figures_for(tables, experiment)


REPEATED = """
[regimes.strict]
[regimes.cluster]
[design]
kind = "union"
parts = [
    { kind = "list", points = [{ "market.variety" = 0.1 }, { "market.variety" = 0.4 }] },
    { kind = "list", points = [{ "market.variety" = 0.4 }, { "market.variety" = 0.8 }] },
]
[replications]
count = 20
"""


def test_points_that_repeat_count_once_and_are_told(tmp_path: Path) -> None:
    means = np.array([[500.0, 480.0], [500.0, 520.0], [500.0, 520.0], [500.0, 560.0]])
    tables, experiment = made(tmp_path, REPEATED, means)
    single = REPEATED.replace('{ "market.variety" = 0.4 }, { "market.variety" = 0.8 }', '{ "market.variety" = 0.8 }')
    of_three, _ = made(tmp_path, single, means[[0, 1, 3]])
    assert tables["cells"]["cell"].tolist() == [0, 1, 3]
    assert len(tables["winners"]) == 2 * 3
    q = of_three["winners"].query("measure == 'won'")["q"]
    assert tables["winners"].query("measure == 'won'")["decided"].tolist() == [True] * len(q)
    (text,) = [text for text in remarks(tables, experiment) if "points" in text]
    assert text.startswith("1 of the 4 points of the design repeats an earlier one and counts once")


def test_a_factor_that_changes_nothing_is_told(tmp_path: Path) -> None:
    experiment = analysed.experiment_of(tmp_path, SPAN)
    tables = sweep_tables.tables(sweep_tables.cells({"organisation.span": [4.0, 8.0]}), experiment, ("won",))
    constant = tables["summary"]["regime"] == "strict"
    tables["summary"].loc[constant, "mean"] = 7.0
    assert remarks(tables, experiment) == ["“Span of control” changes none of the outcomes under strict, by not one digit."]


def test_inboxes_that_climb_are_told_with_what_the_window_then_means() -> None:
    experiment = sweep_tables.experiment(("strict", "cluster"))
    tables = {"summary": summary_of({"strict": 80.0, "cluster": 100.0}), "weekly": sweep_tables.weekly(experiment, 80)}
    (text,) = remarks(tables, experiment)
    assert re.search(r"do not settle: .*cluster [\d.]+ → [\d.]+\. ", text)
    assert "strict" not in text, "its inbox stays empty"
    assert "weeks 27 to 78 of a firm that falls behind" in text


def test_the_lead_figure_comes_first_with_the_answer_as_its_title(tmp_path: Path) -> None:
    tables, experiment = made(tmp_path, SPAN, np.array([[1000.0, 900.0], [900.0, 900.0], [700.0, 900.0]]))
    said = answered(tables, experiment)
    first = next(iter(figures.draw_each(tmp_path, tables, experiment, Lead(said.question.figures, said.sentence))))
    assert first.name == "dose_response_organisation_span"
    assert first.title == said.sentence
    assert page_tables.views(tables, experiment)[0].title == said.question.table


def test_every_question_has_a_name_of_its_own() -> None:
    names = [question.name for question in QUESTIONS]
    assert len(set(names)) == len(names)
