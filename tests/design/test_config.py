"""Configs: what they may leave out, every kind of fault, and the way back to TOML."""

import math
from pathlib import Path

import pytest
import tomli_w

from experiments.design.config import load_experiment, regime_named, resolved, with_replications
from experiments.design.experiment import SWEEP_OUTCOMES, Experiment, Precision
from experiments.store.manifest import config_digest
from simulation.loading import InputError
from simulation.measures import NAMES
from simulation.parameters import Regime, Scenario, plain
from simulation.presets import PRESETS

PRECISION = "[precision]\noutcome = 'won'\nregime = 'lean'\n"
SHIPPED = sorted((Path(__file__).parents[2] / "experiments" / "configs").glob("*.toml"))


def load(folder: Path, text: str) -> Experiment:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_experiment(path)


def faults_of(folder: Path, text: str) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        load(folder, text)
    assert str(folder / "mine.toml") in str(caught.value)
    return {fault.key: fault.problem for fault in caught.value.faults}


def test_only_the_question_must_be_there(tmp_path: Path) -> None:
    experiment = load(tmp_path, 'question = "Who wins?"')
    assert (experiment.name, experiment.title, experiment.question) == ("mine", "mine", "Who wins?")
    assert experiment.scenario == Scenario()
    assert dict(experiment.regimes) == PRESETS
    assert experiment.baseline == "strict"
    assert experiment.n_runs == 100 * len(PRESETS)
    assert list(experiment.seeds) == list(range(1, 101))


def test_a_regime_table_starts_from_its_base(tmp_path: Path) -> None:
    mild = '[regimes.mild]\nbase = "blended"\nsanction = 0.5'
    text = f'question = "?"\n[regimes.lean]\n{mild}\n[regimes.new]\nbase = "strict"\nquorum = 2'
    regimes = load(tmp_path, text).regimes
    assert list(regimes) == ["lean", "mild", "new"]
    assert regimes["lean"] == PRESETS["lean"]
    assert regimes["mild"] == PRESETS["blended"].model_copy(update={"sanction": 0.5})
    assert regimes["new"] == PRESETS["strict"].model_copy(update={"quorum": 2})


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("questoin = '?'", "questoin", "did you mean 'question'"),
        ("title = 'no question'", "question", "is missing"),
        ("question = 3", "question", "not 3"),
        ("question = ' '", "question", "must be a text"),
        ("name = '../elsewhere'", "name", "'../elsewhere' may hold letters"),
        ("title = []", "title", "must be a text"),
        ("scenario = 3", "scenario", "must be a table, not 3"),
        ("[scenario.markt]", "scenario.markt", "did you mean 'market'"),
        (
            "[scenario.market]\nvarietty = 0.3",
            "scenario.market.varietty",
            "(value 0.3); did you mean 'variety'",
        ),
        (
            "[scenario.market]\nvariety = 1.3",
            "scenario.market.variety",
            "1.3 is out of bounds; allowed is a number from 0 to 1",
        ),
        ("[scenario.market]\nvariety = nan", "scenario.market.variety", "nan is out of bounds"),
        (
            "[scenario.market]\nissues = '8'",
            "scenario.market.issues",
            "'8' is not allowed here; allowed is a whole number",
        ),
        (
            "[scenario.organisation]\nreps = 0",
            "scenario.organisation.reps",
            "0 is out of bounds; allowed is a whole number from 1",
        ),
        ("[scenario.organisation]\nefforts = 'fix'", "scenario.organisation.efforts", "did you mean 'fixed'"),
        (
            "[scenario.market]\ninterdependence = 9",
            "scenario.market.interdependence",
            "9 is above market.issues = 8",
        ),
        (
            "[scenario.horizon]\nwarmup_weeks = 900",
            "scenario.horizon.horizon_weeks",
            "below warmup_weeks + window_weeks",
        ),
        ("[regimes]", "regimes", "at least one"),
        ("regimes = ['strict']", "regimes", "must be a table"),
        ("[regimes.'a/b']\nbase = 'strict'", "regimes.a/b", "the name 'a/b'"),
        ("[regimes.clsuter]", "regimes.clsuter.base", "did you mean the table [regimes.cluster]"),
        ("title = 'a\u0007'".replace("'", '"').replace("\u0007", "\\u0007"), "title", "control characters"),
        (
            "[regimes.mine]\nbase = 'strikt'",
            "regimes.mine.base",
            "'strikt' is not a preset; did you mean 'strict'",
        ),
        ("[regimes.mine]\nbase = 'strict'\nquorum = 5", "regimes.mine.quorum", "5 is above peers_asked = 3"),
        ("[regimes.mine]\nbase = 'strict'\nquorun = 2", "regimes.mine.quorun", "did you mean 'quorum'"),
        ("baseline = 'strikt'", "baseline", "did you mean 'strict'"),
        ("baseline = 3", "baseline", "3 is not one of the regimes"),
        (
            "[replications]\ncount = 0",
            "replications.count",
            "0 is not allowed here; allowed is a whole number from 1",
        ),
        ("[replications]\ncount = true", "replications.count", "True is not allowed here"),
        ("[replications]\ncount = 2.0", "replications.count", "2.0 is not allowed here"),
        ("[replications]\nfirst_seed = -1", "replications.first_seed", "-1 is not allowed here"),
        ("[replications]\nfist_seed = 1", "replications.fist_seed", "(value 1); did you mean 'first_seed'"),
        ("replications = 200", "replications", "must be a table, not 200"),
        ("outcomes = 'won'", "outcomes", "must be a list of measures, not 'won'"),
        ("outcomes = []", "outcomes", "is empty"),
        ("outcomes = ['won', 'wonn']", "outcomes", "'wonn' is not a measure; did you mean 'won'"),
        ("outcomes = ['won', 'won']", "outcomes", "holds 'won' twice"),
        ("contrasts = [['blended', 'strikt']]", "contrasts", "did you mean 'strict'"),
        ("contrasts = ['blended']", "contrasts", "'blended' is not a pair"),
        ("contrasts = [['lean', 'lean']]", "contrasts", "with itself"),
        (f"{PRECISION}half_width = 0", "precision.half_width", "allowed is a number above 0"),
        (f"{PRECISION}", "precision.half_width", "is missing"),
        (f"{PRECISION}half_width = 1\nstep = 0", "precision.step", "allowed is a whole number from 1"),
        (f"{PRECISION}half_width = 1\nmost = 50", "precision.most", "50 is below replications.count = 100"),
        ("[precision]\noutcome = 'won'\nhalf_width = 1", "precision.regime", "is missing"),
        ("[precision]\noutcome = 'w'\nregime = 'lean'\nhalf_width = 1", "precision.outcome", "is not a measure"),
        ("[precision]\noutcome = 'won'\nregime = 'strict'\nhalf_width = 1", "precision.regime", "is the baseline"),
    ],
)
def test_a_fault_names_key_value_limit_and_nearest_key(
    tmp_path: Path, text: str, key: str, words: str
) -> None:
    if "question" not in text and "questoin" not in text:
        text = f'question = "?"\n{text}'
    faults = faults_of(tmp_path, text)
    assert words in faults.pop(key)
    assert set(faults) <= {"question"}, "nothing else is wrong"


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = """
        titel = "x"
        baseline = "strikt"
        [scenario.market]
        variety = 2
        interdependence = 9
        [regimes.strict]
        quorum = 5
        [replications]
        count = 0
    """
    assert set(faults_of(tmp_path, text)) == {
        "titel", "question", "baseline", "scenario.market.variety", "scenario.market.interdependence",
        "regimes.strict.quorum", "replications.count",
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b" \n", "is empty"), (b"a = ", "not valid TOML"), (b"\xd6\xff", "cannot be read")],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        load_experiment(path)


def test_a_file_that_is_not_there_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "three_regimes.toml").write_text('question = "?"')
    with pytest.raises(InputError, match=r"no such file; did you mean .*three_regimes\.toml"):
        load_experiment(tmp_path / "three_regime.toml")
    with pytest.raises(InputError, match="is a folder, not a file"):
        load_experiment(tmp_path)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_configs_are_sound_and_come_back_from_their_resolved_form(path: Path, tmp_path: Path) -> None:
    experiment = load_experiment(path)
    back = load(tmp_path, tomli_w.dumps(resolved(experiment)))
    assert back == experiment
    assert list(back.regimes) == list(experiment.regimes)


def test_the_resolved_form_keeps_names_words_and_changed_numbers(tmp_path: Path, small: Experiment) -> None:
    data = resolved(small)
    assert data["regimes"]["trusting"]["sign_off_over"] == "never"
    assert data["scenario"]["organisation"]["reps"] == 6
    assert load(tmp_path, tomli_w.dumps(data)) == small


def test_infinity_is_written_as_the_word_declared_for_it() -> None:
    assert plain(Regime(divert_below=math.inf))["divert_below"] == "always"
    assert plain(Regime(review_weeks=math.inf))["review_weeks"] == "never"


def test_an_experiment_cannot_be_changed(small: Experiment) -> None:
    with pytest.raises(AttributeError):
        small.count = 3  # type: ignore[misc]


def test_other_replications(small: Experiment) -> None:
    assert with_replications(small, None, None) == small
    other = with_replications(small, 2, 7)
    assert list(other.seeds) == [7, 8]
    assert other.regimes == small.regimes


def test_a_regime_by_name_may_be_a_preset(small: Experiment) -> None:
    assert regime_named(small.cells[0], "trusting", "f") == small.regimes["trusting"]
    assert regime_named(small.cells[0], "cluster", "f") == PRESETS["cluster"]
    with pytest.raises(InputError, match="did you mean 'blended'"):
        regime_named(small.cells[0], "blend", "f")


def test_outcomes_and_contrasts_that_are_not_named(tmp_path: Path) -> None:
    assert load(tmp_path, 'question = "?"').outcomes == NAMES
    swept = load(tmp_path, 'question = "?"\n[levers]\norganisation.span = [4, 8]')
    assert swept.outcomes == SWEEP_OUTCOMES
    assert set(SWEEP_OUTCOMES) < set(NAMES)
    assert swept.contrasts == ()
    assert swept.pairs == tuple((name, "strict") for name in PRESETS if name != "strict")


def test_outcomes_contrasts_and_precision_come_back(tmp_path: Path) -> None:
    text = f"""
        question = "?"
        outcomes = ["no_action_share", "won"]
        contrasts = [["blended", "cluster"]]
        {PRECISION}
        half_width = 2
    """
    experiment = load(tmp_path, text)
    assert experiment.outcomes == ("no_action_share", "won")
    assert experiment.contrasts == experiment.pairs == (("blended", "cluster"),)
    assert experiment.precision == Precision("won", "lean", 2.0, 20, 1000)
    assert load(tmp_path, tomli_w.dumps(resolved(experiment))) == experiment


def test_a_precision_never_ends_below_the_replications_asked_for(tmp_path: Path) -> None:
    experiment = load(tmp_path, f'question = "?"\n{PRECISION}half_width = 2\nmost = 150')
    more = with_replications(experiment, 400, None)
    assert more.precision is not None
    assert more.precision.most == 400
    assert load(tmp_path, tomli_w.dumps(resolved(more))) == more


def test_more_runs_than_allowed_are_refused(tmp_path: Path) -> None:
    many = '[uncertainties]\nmarket.variety = { from = 0, to = 1, steps = 500 }\n'
    found = faults_of(tmp_path, f'question = "?"\n{many}[replications]\ncount = 20000')
    assert "makes 50,000,000 runs in 500 cells; allowed are 20,000,000" in found["replications"]
    with pytest.raises(InputError, match="--replications: makes 50,000,000 runs"):
        with_replications(load(tmp_path, f'question = "?"\n{many}'), 20000, None)


def test_contradictions_in_cells_are_counted_and_the_first_is_shown(tmp_path: Path) -> None:
    text = """
        question = "?"
        [uncertainties]
        market.interdependence = [1, 2, 4]
        market.issues = [2, 8]
        [levers]
        regimes.blended.quorum = [3, 4]
    """
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    assert {fault.key for fault in caught.value.faults} == {"design"}
    told = [fault.problem for fault in caught.value.faults]
    assert len(told) == 2
    assert "in 2 of 12 cells, first: market.interdependence = 4, market.issues = 2: market.interdependence" in str(told)
    assert "in 6 of 12 cells, first: regimes.blended.quorum = 4: regimes.blended.quorum: 4 is above" in str(told)


def test_the_digest_tells_designs_apart_but_not_texts(tmp_path: Path) -> None:
    def digest(title: str, values: str) -> str:
        text = f'title = "{title}"\nquestion = "?"\n[levers]\norganisation.span = {values}'
        return config_digest(load(tmp_path, text))

    assert digest("a", "[4, 8]") == digest("b", "[4, 8]") != digest("a", "[4, 9]")
