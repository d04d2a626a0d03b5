"""Designs of switches: which combinations there are, what each changes, every fault at once, and the shipped decompositions."""

import math
from pathlib import Path

import pytest
import tomli_w

from experiments.design.config import load_experiment, resolved
from experiments.design.experiment import Experiment, switched
from experiments.design.switches import Switches
from simulation.loading import InputError
from simulation.parameters import Regime, Scenario
from simulation.presets import PRESETS
from simulation.run import simulate

CONFIGS = Path(__file__).parents[2] / "experiments" / "configs"
SWITCHES = """
question = "?"
[regimes.strict]
[regimes.lean]
[uncertainties]
market.variety = [0.2, 0.8]
[design]
kind = "cross"
[[design.parts]]
kind = "grid"
factors = ["market.variety"]
[[design.parts]]
kind = "switches"
start = "before"
end = "after"
[[design.parts.switches]]
name = "direct"
regime.dispatch = ["manager", "direct"]
[[design.parts.switches]]
name = "no playbook"
regime.review_weeks = [4, "never"]
organisation.hearsay = [0, 0.5]
[[design.parts.switches]]
name = "more"
after = ["no playbook"]
"regimes.lean.quorum" = [3, 1]
"""


def load(folder: Path, text: str) -> Experiment:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_experiment(path)


def design_of(experiment: Experiment) -> Switches:
    found = switched(experiment)
    assert found is not None
    return found


def test_every_combination_in_which_each_change_has_those_behind_it_that_it_comes_after(tmp_path: Path) -> None:
    experiment = load(tmp_path, SWITCHES)
    design = design_of(experiment)
    assert design.combinations == (
        (False, False, False), (False, True, False), (False, True, True),
        (True, False, False), (True, True, False), (True, True, True),
    )
    assert (design.start, design.end, design.size) == ("before", "after", 6)
    assert len(experiment.cells) == 12
    assert [design.made_at(cell.point) for cell in experiment.cells] == [*design.combinations] * 2


def test_a_change_sets_all_its_values_at_once(tmp_path: Path) -> None:
    cell = load(tmp_path, SWITCHES).cells[8]
    assert cell.scenario.market.variety == 0.8
    assert cell.scenario.organisation.hearsay == 0.5
    strict, lean = cell.regimes["strict"], cell.regimes["lean"]
    assert (strict.dispatch, strict.review_weeks, strict.quorum, lean.quorum) == ("manager", math.inf, 3, 1)


def test_switches_come_back_from_their_resolved_form(tmp_path: Path) -> None:
    experiment = load(tmp_path, SWITCHES)
    again = load(tmp_path, tomli_w.dumps(resolved(experiment)))
    assert again == experiment
    assert resolved(again) == resolved(experiment)


def test_a_design_may_be_switches_alone_and_others_have_none(tmp_path: Path) -> None:
    alone = 'question = "?"\n[design]\nkind = "switches"\nstart = "a"\nend = "b"\n'
    alone += 'switches = [{ name = "x", market.variety = [0, 1] }]'
    assert len(load(tmp_path, alone).cells) == 2
    assert switched(load(tmp_path, 'question = "?"')) is None


def test_all_faults_of_switches_are_told_at_once(tmp_path: Path) -> None:
    text = SWITCHES.replace('start = "before"\n', "").replace('end = "after"', "end = 3")
    text = text.replace('["manager", "direct"]', '["manager", "direkt"]').replace('[4, "never"]', "[4, 4]")
    text = text.replace("hearsay = [0, 0.5]", "hearsay = [0, 0.25, 0.5]")
    text = text.replace('after = ["no playbook"]', 'after = ["no paybook"]')
    text += '[[design.parts.switches]]\nname = "direct"\nregime.review_weeks = [4, 1]\nregime.quorun = [1, 2]\n'
    text += '[[design.parts.switches]]\nname = "empty"\n'
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    told = {fault.key.removeprefix("design.parts #2."): fault.problem for fault in caught.value.faults}
    expected = {
        "start": "is missing",
        "end": "must be a text in quotation marks, not 3",
        "switches #1.regime.dispatch": "did you mean 'direct'?",
        "switches #2.regime.review_weeks": "is 4 before and after the change",
        "switches #2.organisation.hearsay": "must be a pair",
        "switches #3.after": "'no paybook' is not one of the switches before it; did you mean 'no playbook'?",
        "switches #4.name": "'direct' is the name of an earlier switch, too",
        "switches #4.regime.review_weeks": "is changed by 'no playbook' already",
        "switches #4.regime.quorun": "did you mean 'regime.quorum'?",
        "switches #5": "changes nothing",
    }
    assert set(told) == set(expected)
    for key, words in expected.items():
        assert words in told[key], key


def test_more_switches_than_can_be_combined_are_refused(tmp_path: Path) -> None:
    many = "".join(f'{{ name = "{i}", "market.variety" = [0, {i + 1}e-3] }},' for i in range(13))
    with pytest.raises(InputError, match="holds 13 switches; allowed are 12 at most"):
        load(tmp_path, f'question = "?"\n[design]\nkind = "switches"\nstart = "a"\nend = "b"\nswitches = [{many}]')


INDIFFERENT = ("diverted_share", "answers_per_diversion")  # no outcomes where those who leave the process ask nobody


def outcomes(scenario: Scenario, regime: Regime, seed: int) -> dict[str, str]:
    """All outcomes of a run with all their digits."""
    found = simulate(scenario, regime, seed).outcomes
    return {name: repr(value) for name, value in found.items() if name not in INDIFFERENT}


def test_the_shipped_decomposition_goes_from_strict_to_cluster() -> None:
    experiment = load_experiment(CONFIGS / "decomposition.toml")
    design = design_of(experiment)
    assert (design.start, design.end) == ("strict", "cluster")
    for preset, cell in (("strict", experiment.cells[0]), ("cluster", experiment.cells[design.size - 1])):
        for seed in (1, 2):
            assert outcomes(cell.scenario, cell.regimes["changing"], seed) == outcomes(cell.scenario, PRESETS[preset], seed)


def test_without_sign_off_and_playbook_to_leave_the_process_by_itself_changes_nothing() -> None:
    """A rep who neither remembers nor asks does outside the process what it does without sign-off and reviews."""
    experiment = load_experiment(CONFIGS / "decomposition.toml")
    design = design_of(experiment)
    names = [switch.name for switch in design.switches]
    left = {"No sign-off", "No process, no playbook"}
    for made in (left, left | {"No documents"}):
        cell = experiment.cells[design.combinations.index(tuple(name in made for name in names))]
        outside = cell.regimes["changing"]
        inside = outside.model_copy(update={"divert_below": 0.0})
        assert outside.divert_below == math.inf
        for seed in (1, 2):
            assert outcomes(cell.scenario, outside, seed) == outcomes(cell.scenario, inside, seed)


def test_the_shipped_assumptions_change_each_a_number_or_word_of_their_own_and_no_market() -> None:
    design = design_of(load_experiment(CONFIGS / "assumptions.toml"))
    assert design.size == 2 ** len(design.switches)
    assert all(name.startswith(("organisation.", "regimes.strict.")) for name in design.names)
