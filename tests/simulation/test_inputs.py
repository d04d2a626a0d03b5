"""What callers in Python may give, and that what is wrong is told as well as on the command line."""

import pickle
from typing import Any

import numpy as np
import pytest

from simulation import PRESETS, Horizon, Market, Organisation, Regime, Scenario, SellingModel, ensemble, simulate
from simulation.faults import Fault, InputError
from simulation.inputs import seeds_of

BRIEF = Scenario(organisation=Organisation(reps=5), horizon=Horizon(warmup_weeks=1, window_weeks=2, horizon_weeks=4))
STRICT = PRESETS["strict"]


def faults(call: Any) -> list[Fault]:
    with pytest.raises(InputError) as caught:
        call()
    return caught.value.faults


@pytest.mark.parametrize("given", [("strict", BRIEF), (BRIEF, "strict"), (BRIEF, STRICT), (STRICT, BRIEF)])
@pytest.mark.parametrize("engine", ["kernel", "mesa"])
def test_scenario_and_regime_are_told_apart_by_type(given: Any, engine: Any) -> None:
    assert simulate(*given, seed=3, engine=engine).record.log.tobytes() == simulate(BRIEF, STRICT, 3).record.log.tobytes()


def test_what_is_not_given_is_the_reference_firm_under_the_blend() -> None:
    assert SellingModel(seed=1).settings == simulate(Scenario(), PRESETS["blended"], 1).settings == simulate().settings


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (None, list(PRESETS)), ("lean", ["lean"]), (["solo", "strict"], ["solo", "strict"]), (STRICT, ["regime"]),
        ({"a": "lean", "b": STRICT}, ["a", "b"]),
    ],
)
def test_an_ensemble_takes_regimes_in_many_forms(given: Any, names: list[str]) -> None:
    table = ensemble(BRIEF, given, range(2), workers=1)
    assert list(table["regime"].cat.categories) == names
    assert table.equals(ensemble(given, BRIEF, range(2), workers=1)) or given is None


@pytest.mark.parametrize(
    ("call", "key", "told"),
    [
        (lambda: simulate("blendd"), "regime", "'blendd' is not a preset; did you mean 'blended'?"),
        (lambda: simulate(BRIEF, 3), "regime", "must be a Regime or the name of a preset, not 3"),  # type: ignore[arg-type]
        (lambda: simulate("strict", 7), "scenario", "must be a Scenario, not 7"),  # type: ignore[arg-type]
        (lambda: simulate(BRIEF, BRIEF), "scenario", "is given twice"),
        (lambda: simulate(BRIEF, "strict", -1), "seed", "-1 is not allowed here; allowed is a whole number from 0 to 2**64 - 1"),
        (lambda: simulate(BRIEF, "strict", 1.5), "seed", "1.5 is not allowed"),  # type: ignore[arg-type]
        (lambda: SellingModel(seed=-7), "seed", "-7 is not allowed"),
        (lambda: ensemble(BRIEF, "strict", 20), "seeds", "must be several whole numbers, not 20; range(20) are 20 of them"),  # type: ignore[arg-type]
        (lambda: ensemble(BRIEF, "strict", [1, True]), "seeds", "True is not allowed"),
        (lambda: ensemble(BRIEF, "strict", []), "seeds", "none is given"),
        (lambda: ensemble(BRIEF, {}), "regimes", "none is given"),
        (lambda: ensemble(BRIEF, ["strict", "clustr"]), "regimes.clustr", "did you mean 'cluster'?"),
        (lambda: Market(variety=3), "variety", "3 is out of bounds; allowed is a number from 0 to 1; unit: share"),
        (lambda: Market(varity=0.3), "varity", "unknown key (value 0.3); did you mean 'variety'?"),  # type: ignore[call-arg]
        (lambda: Scenario(market=3), "market", "must be a Market, not 3"),  # type: ignore[arg-type]
        (lambda: STRICT.replace(dispatch="manger"), "dispatch", "did you mean 'manager'?"),
    ],
)
def test_a_fault_names_the_value_the_limit_and_the_nearest_name(call: Any, key: str, told: str) -> None:
    found = faults(call)
    assert [fault.key for fault in found] == [key]
    assert told in found[0].problem


@pytest.mark.parametrize("engine", ["kernel", "mesa"])
def test_values_that_model_copy_let_pass_are_noticed_before_a_run(engine: Any) -> None:
    wild = STRICT.model_copy(update={"divert_below": 3.0, "quorums": 1})
    assert {fault.key for fault in faults(lambda: simulate(BRIEF, wild, engine=engine))} == {"divert_below", "quorums"}
    hollow = BRIEF.model_copy(update={"market": BRIEF.market.model_copy(update={"variety": "much"})})
    assert faults(lambda: ensemble(hollow, "strict"))[0].key == "variety"


def test_replace_checks_and_changes_nothing_else() -> None:
    bold = PRESETS["blended"].replace(divert_below=0.95)
    assert bold == PRESETS["blended"].model_copy(update={"divert_below": 0.95})
    assert BRIEF.replace(variety=0.8, span=6.0) == Scenario(
        market=Market(variety=0.8), organisation=Organisation(reps=5, span=6.0), horizon=BRIEF.horizon
    )
    assert BRIEF.replace(market=Market(variety=0.8)) == BRIEF.replace(variety=0.8)
    assert [fault.key for fault in faults(lambda: BRIEF.replace(variety=8, spann=3))] == ["variety", "spann"]


def test_numbers_out_of_arrays_are_numbers() -> None:
    market = Market(issues=np.int64(6), variety=np.float32(0.5))  # type: ignore[arg-type]
    assert (type(market.issues), market.issues, type(market.variety)) == (int, 6, float)
    assert faults(lambda: Market(issues=np.float64(6.5)))[0].key == "issues"  # type: ignore[arg-type]
    assert seeds_of("", np.arange(3)) == [0, 1, 2]


def test_a_fault_comes_from_another_process_as_it_was() -> None:
    error = InputError("firm.toml", [Fault("market.variety", "is out of bounds")])
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.faults) == (str(error), error.faults)


def test_more_peers_may_be_asked_than_there_are() -> None:
    """Then all are asked, as in a cluster that is smaller because its team is."""
    of_two = PRESETS["cluster"].replace(cluster_size=2)
    assert of_two.peers_asked == 3
    one_peer = of_two.replace(peers_asked=1, quorum=1)
    assert simulate(BRIEF, of_two, 1).record.log.tobytes() == simulate(BRIEF, one_peer, 1).record.log.tobytes()
    assert (simulate(BRIEF, of_two, 1).log["activity"] == "consult").any()


def test_a_run_says_in_a_few_lines_what_it_is() -> None:
    told = repr(simulate(BRIEF, "strict"))
    assert len(told) < 300
    assert "5 reps over 4 weeks" in told
    assert Regime() == Regime.model_validate({})
