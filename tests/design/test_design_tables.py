"""The tables [uncertainties], [levers] and [design]: what they may say, every kind of fault, and the way back."""

import math
import re
from pathlib import Path

import pytest
import tomli_w

from experiments.design.config import load_experiment, resolved
from experiments.design.experiment import Experiment
from experiments.design.factors import Factor, Range
from experiments.design.file import KINDS
from experiments.design.layouts import Cross, Grid, Sample, Union
from experiments.design.values import list_of
from simulation.loading import InputError

VARIETY = "[uncertainties]\nmarket.variety = [0.1, 0.5]\n"
SPAN = "[levers]\norganisation.span = { from = 2, to = 10 }\n"
DESIGN = f"{SPAN}[design]\nkind = "


def load(folder: Path, text: str) -> Experiment:
    path = folder / "mine.toml"
    path.write_text(f'question = "?"\n{text}', encoding="utf-8")
    return load_experiment(path)


def test_factors_are_read_from_their_tables(tmp_path: Path) -> None:
    text = """
        [levers]
        regimes.blended.divert_below = [0, 0.5, "always"]
        regime.review_weeks = [4, "never"]
        organisation = { reps = { from = 4, to = 8, steps = 3 }, efforts = ["fixed", "exponential"] }
        [uncertainties]
        market.variety = { from = 0, to = 1, steps = 5 }
        horizon.horizon_weeks = [100, 130]
        [design]
    """
    experiment = load(tmp_path, text)
    assert experiment.factors == (
        Factor("market.variety", Range(0.0, 1.0, 5)),
        Factor("horizon.horizon_weeks", (100, 130)),
        Factor("regimes.blended.divert_below", (0.0, 0.5, math.inf)),
        Factor("regime.review_weeks", (4.0, math.inf)),
        Factor("organisation.reps", Range(4, 8, 3)),
        Factor("organisation.efforts", ("fixed", "exponential")),
    )
    assert experiment.design == Grid(experiment.factors)
    assert len(experiment.cells) == 5 * 2 * 3 * 2 * 3 * 2
    assert {type(cell.scenario.market.variety) for cell in experiment.cells} == {float}


DESIGNS = {
    "grid by default": f"{VARIETY}[levers]\norganisation.span = [4, 8.5]",
    "factors in another order": f"{VARIETY}[levers]\norganisation.span = [4]\n"
    "[design]\nfactors = ['organisation.span', 'market.variety']",
    "a range before a list": "[uncertainties]\nmarket.variety = { from = 0, to = 1, steps = 2 }\nmarket.issues = [8]\n"
    "[levers]\norganisation.span = [4]\nregime.cluster_size = [9]\norganisation.reps = [20]",
    "list": "[design]\nkind = 'list'\npoints = [{ 'organisation.span' = 4, 'market.variety' = 0.2 }, "
    "{ 'organisation.span' = 4, 'market.variety' = 0.3 }, { market.variety = 0.1, organisation.span = 9 }]",
    "words in a list": "[design]\nkind = 'list'\npoints = [{ 'regimes.lean.dispatch' = 'direct', "
    "'regime.review_weeks' = 'never' }]",
    "latin hypercube": f"{DESIGN} 'latin_hypercube'\nsamples = 5",
    "sobol": f"{DESIGN} 'sobol'\nsamples = 4\nseed = 0",
    "morris": f"{DESIGN} 'morris'\nsamples = 3\nlevels = 6\nseed = 9",
    "cross": f"{VARIETY}{DESIGN} 'cross'\nparts = [{{ kind = 'morris', factors = ['organisation.span'], samples = 2 }}, "
    "{ factors = ['market.variety'] }, { kind = 'list', points = [{ 'regime.cluster_size' = 9 }] }]",
    "union": f"{VARIETY}[design]\nkind = 'union'\nparts = [{{ kind = 'list', points = [{{ market.variety = 1 }}] }}, "
    "{ kind = 'grid' }]",
}


@pytest.mark.parametrize("text", DESIGNS.values(), ids=DESIGNS)
def test_a_design_comes_back_from_its_resolved_form(tmp_path: Path, text: str) -> None:
    experiment = load(tmp_path, text)
    back = load_experiment(written(tmp_path, resolved(experiment)))
    assert back == experiment
    assert back.cells == experiment.cells
    assert [f.name for f in experiment.factors] == list(experiment.cells[0].point)


def written(folder: Path, data: dict[str, object]) -> Path:
    path = folder / "back.toml"
    path.write_text(tomli_w.dumps(data), encoding="utf-8")
    return path


def test_designs_nest(tmp_path: Path) -> None:
    cross = load(tmp_path, DESIGNS["cross"]).design
    assert isinstance(cross, Cross)
    assert isinstance(cross.parts[0], Sample)
    assert cross.names == ("organisation.span", "market.variety", "regime.cluster_size")
    assert cross.size == 2 * 2 * 2 * 1
    union = load(tmp_path, DESIGNS["union"]).design
    assert isinstance(union, Union)
    assert [point["market.variety"] for point in union.points()] == [1.0, 0.1, 0.5]


def test_what_is_left_out_of_a_sample(tmp_path: Path) -> None:
    sample = load(tmp_path, f"{DESIGN} 'morris'\nsamples = 3").design
    assert isinstance(sample, Sample)
    assert (sample.seed, sample.levels) == (1, 4)


FAULTS = {
    # factors
    "uncertainties = 3": ("uncertainties", "must be a table, not 3"),
    "[levers]\norganisation.spam = [1]": ("levers.organisation.spam", "did you mean 'organisation.span'"),
    "[levers]\nspan = [4]": ("levers.span", "did you mean 'organisation.span'"),
    "[levers]\nregimes.blend.quorum = [1]": ("levers.regimes.blend.quorum", "did you mean 'regimes.blended.quorum'"),
    "[levers]\nnonsense = [4]": ("levers.nonsense", "`sellsim parameters` lists all"),
    "[levers]\nmarket.variety = [0]": (
        "levers.market.variety", "belongs in the table [uncertainties], because the world",
    ),
    "[uncertainties]\nregime.quorum = [0]": (
        "uncertainties.regime.quorum", "belongs in the table [levers], because the firm",
    ),
    f"{VARIETY}[levers]\nmarket.variety = [0]": ("levers.market.variety", "stands in [uncertainties] as well"),
    "[uncertainties]\nmarket.variety = 0.5": ("uncertainties.market.variety", "must be a list of values, or {"),
    "[uncertainties]\nmarket.variety = []": ("uncertainties.market.variety", "is empty"),
    "[uncertainties]\nmarket.variety = [0, 0]": ("uncertainties.market.variety", "holds 0 twice"),
    "[uncertainties]\nmarket.variety = [0, 2]": (
        "uncertainties.market.variety", "2 is out of bounds; allowed is a number from 0",
    ),
    "[uncertainties]\nmarket.variety = ['a']": ("uncertainties.market.variety", "'a' is not allowed here"),
    "[uncertainties]\nmarket.variety = [nan]": ("uncertainties.market.variety", "nan is out of bounds"),
    "[uncertainties]\nmarket.issues = [4.0]": ("uncertainties.market.issues", "allowed is a whole number from 1 to 20"),
    "[uncertainties]\nmarket.lags = ['fix']": ("uncertainties.market.lags", "did you mean 'fixed'"),
    "[levers]\nregime.review_weeks = ['nevr']": ("levers.regime.review_weeks", 'or "never"'),
    "[levers]\nregime.review_weeks = ['never', inf]": ("levers.regime.review_weeks", "holds a value twice"),
    "[levers]\norganisation.span = { to = 5, steps = 2 }": ("levers.organisation.span.from", "is missing"),
    "[levers]\norganisation.span = { from = 3, too = 4, to = 5, steps = 2 }": (
        "levers.organisation.span.too", "unknown key",
    ),
    "[levers]\norganisation.span = { from = 5, to = 5, steps = 2 }": (
        "levers.organisation.span", "from = 5 is not below to = 5",
    ),
    "[levers]\norganisation.span = { from = 0, to = 5, steps = 2 }": (
        "levers.organisation.span.from", "0 is out of bounds",
    ),
    "[levers]\norganisation.span = { from = 3, to = 5, steps = 1 }": (
        "levers.organisation.span.steps", "from 2 to 1000",
    ),
    "[levers]\norganisation.span = { from = 3, to = 5 }": ("levers.organisation.span", "needs steps, because a grid"),
    "[levers]\norganisation.reps = { from = 3, to = 5, steps = 4 }": (
        "levers.organisation.reps.steps", "4 is too many; there are 3",
    ),
    "[levers]\nregime.dispatch = { from = 0, to = 1 }": ("levers.regime.dispatch", "list some of manager, direct"),
    "[levers]\nregime.review_weeks = { from = 1, to = 'never', steps = 3 }": (
        "levers.regime.review_weeks.to", "no end of a range",
    ),
    # designs
    f"{VARIETY}[design]\nkind = 'gird'": ("design.kind", "'gird' is not a kind of design; did you mean 'grid'"),
    f"{VARIETY}[design]\nsamples = 3": ("design.samples", "unknown key"),
    "[design]\nkind = 'grid'": ("design", "has nothing to vary"),
    f"design = 3\n{VARIETY}": ("design", "must be a table, not 3"),
    f"{VARIETY}[design]\nfactors = ['market.varity']": ("design.factors", "did you mean 'market.variety'"),
    f"{DESIGN} 'sobol'\nsamples = 12": ("design.samples", "12 is not a power of two; the nearest are 8 and 16"),
    f"{DESIGN} 'sobol'": ("design.samples", "is missing"),
    f"{DESIGN} 'morris'\nsamples = 4\nlevels = 5": ("design.levels", "5 is not allowed here; allowed is an even number"),
    f"{VARIETY}[design]\nkind = 'sobol'\nsamples = 8": (
        "uncertainties.market.variety", "must be a range { from = ..., to = ... }",
    ),
    f"{VARIETY}{SPAN}[design]\nfactors = ['market.variety']": (
        "levers.organisation.span", "is in no part of the design",
    ),
    "[design]\nkind = 'list'": ("design.points", "is missing"),
    "[design]\nkind = 'list'\npoints = []": ("design.points", "is empty"),
    "[design]\nkind = 'list'\npoints = [3]": ("design.points #1", "must give factors their values"),
    "[design]\nkind = 'list'\npoints = [{ market.varity = 1 }]": ("design.points #1.market.varity", "did you mean"),
    "[design]\nkind = 'list'\npoints = [{ market.variety = 7 }]": (
        "design.points #1.market.variety", "7 is out of bounds",
    ),
    "[design]\nkind = 'list'\npoints = [{ market.variety = 1 }, { market.issues = 1 }]": (
        "design.points #2", "does not name the same factors as the first: market.issues, market.variety",
    ),
    "[design]\nkind = 'cross'": ("design.parts", "is missing"),
    f"{VARIETY}[design]\nkind = 'cross'\nparts = [{{}}, {{ kind = 'grid' }}]": (
        "design", "market.variety in more than one part",
    ),
    f"{VARIETY}{SPAN}[design]\nkind = 'union'\nparts = [{{ factors = ['market.variety'] }}, "
    "{ kind = 'latin_hypercube', samples = 3, factors = ['organisation.span'] }]": (
        "design.parts #2", "the same factors",
    ),
    f"{DESIGN} 'latin_hypercube'\nsamples = 200000\n[uncertainties]\nmarket.variety = [0]": (
        "uncertainties.market.variety", "must be a range",
    ),
    f"{VARIETY}{DESIGN} 'cross'\nparts = [{{ kind = 'sobol', samples = 65536, factors = ['organisation.span'] }}, "
    "{ factors = ['market.variety'] }]": ("design", "has 393,216 cells; allowed are 200,000"),
}


@pytest.mark.parametrize(("text", "told"), FAULTS.items(), ids=[key for key, _ in FAULTS.values()])
def test_a_fault_names_key_value_limit_and_nearest_name(tmp_path: Path, text: str, told: tuple[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    key, words = told
    faults = {fault.key: fault.problem for fault in caught.value.faults}
    assert words in faults.pop(key)
    assert not faults, "nothing else is wrong"


def test_the_examples_in_the_documentation_load(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "experiments.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.toml"
        path.write_text(example, encoding="utf-8")
        load_experiment(path)
    assert [len(load_experiment(tmp_path / f"{number}.toml").cells) for number in range(5)] == [21, 100, 768, 6, 1]
    assert len(examples) == 5
    for kind in KINDS:
        assert f"| `{kind}` |" in text


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = """
        [uncertainties]
        market.variety = [2]
        market.ambiguty = [0.5]
        [levers]
        market.issues = [4]
        organisation.span = { from = 9, to = 4 }
        [design]
        kind = "morris"
        factors = ["market.variety", "organisation.span", "organisation.reps"]
        levels = 3
        seeds = 4
    """
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    assert {fault.key for fault in caught.value.faults} == {
        "uncertainties.market.variety", "uncertainties.market.ambiguty", "levers.market.issues", "levers.organisation.span",
        "design.factors", "design.samples", "design.levels", "design.seeds",
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "[uncertainties]\n'market.variety' = [0.1, 0.2]\nmarket.variety = [0.3]",
            "uncertainties.market.variety: is given twice",
        ),
        (
            "[design]\nkind = 'list'\npoints = [{ 'market.variety' = 0.1, market = { variety = 0.9 } }]",
            "design.points #1.market.variety: is given twice",
        ),
        (
            "[design]\nkind = 'list'\npoints = [{ 'market.variety' = 1 }, { market.variety = 1.0 }]",
            "design.points #2: is the same point as #1",
        ),
        (
            "[uncertainties]\nmarket.variety = { from = 0.1, to = 0.1000000000000001, steps = 3 }",
            "uncertainties.market.variety.steps: 3 is too many",
        ),
    ],
)
def test_nothing_is_overridden_or_repeated_unsaid(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError, match=re.escape(fault)):
        load(tmp_path, text)


def test_a_list_of_many_points_is_read_in_one_pass(tmp_path: Path) -> None:
    """Each point is looked at a few times, not once for every other point: comparisons of 3,000 would be millions."""
    compared = 0

    class Noted(float):
        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return super().__eq__(other)

        __hash__ = float.__hash__

    assert len(list_of([{"x": Noted(i)} for i in range(3000)], "points", "points", [])) == 3000
    assert compared < 10 * 3000
