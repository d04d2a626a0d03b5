"""Both engines write the same record, byte for byte, and an altered rule in one of them is noticed."""

import math
from collections.abc import Callable
from functools import cache, partial
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments.twins import lockstep
from simulation import (
    Horizon,
    Regime,
    Run,
    Scenario,
    agents,
    case,
    codes,
    ensemble,
    learning,
    load_regime,
    load_scenario,
    model,
    run,
    simulate,
    tables,
)
from simulation.faults import InputError
from simulation.measures import NAMES
from simulation.presets import PRESETS
from simulation.rules import belief, market, offer, path, people, sign_off, timing
from tests.helpers.scenarios import BUSY, CONTESTED, as_toml, changed, drawn, first_difference, seeds

N_DRAWN = 128
N_SMALL = 200  # further ones, of a quarter of the size
SHORT_REFERENCE = Scenario(horizon=Horizon(warmup_weeks=2, window_weeks=6, horizon_weeks=12))


def differences(a: Run, b: Run) -> str:
    """What two runs record differently, in words; empty if nothing."""
    if a.record.log.tobytes() != b.record.log.tobytes():
        return first_difference(a.record.log, b.record.log) or "the logs differ in bytes that mean nothing"
    if a.record.weekly.tobytes() != b.record.weekly.tobytes():
        week, column = np.argwhere(a.record.weekly != b.record.weekly)[0]
        values = (frame.iloc[week, column] for frame in (a.weekly, b.weekly))
        return "week {}, {}: {} against {}".format(week, a.weekly.columns[column], *values)
    return ""


def unequal_measures(a: dict[str, float], b: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Measures that differ at all; two times "not a number" is equal."""
    pairs = {name: (float(a[name]), float(b[name])) for name in NAMES}
    return {name: pair for name, pair in pairs.items() if np.array(pair[0]).tobytes() != np.array(pair[1]).tobytes()}


def assert_twins(scenario: Scenario, regime: Regime, seed: int) -> None:
    """Kernel and Mesa give the same log, the same weekly record and the same measures."""
    kernel, mesa = (simulate(scenario, regime, seed, engine=engine) for engine in ("kernel", "mesa"))
    if unequal := differences(kernel, mesa):
        found = lockstep.locate(scenario, regime, seed)
        pytest.fail(f"{found}\n\na: kernel, b: mesa; {unequal}\n\nTo replay:\n{as_toml(scenario, regime, seed)}")
    compiled = ensemble(scenario, {"drawn": regime}, [seed], workers=1).iloc[0]
    unequal = unequal_measures(compiled, mesa.outcomes)
    assert not unequal, f"measures, kernel and mesa: {unequal}\n\nTo replay:\n{as_toml(scenario, regime, seed)}"


@pytest.mark.parametrize("number", range(N_DRAWN))
def test_a_random_scenario_gives_the_same_in_both_engines(number: int) -> None:
    assert_twins(*drawn(number))


@pytest.mark.parametrize("name", PRESETS)
def test_a_firm_in_which_many_act_in_the_same_hour_is_the_same_in_both_engines(name: str) -> None:
    """The kernel puts many into their order in another way than a few, and fetches their work ahead."""
    crowd = changed(reps=240, warmup_weeks=0, window_weeks=1, horizon_weeks=2)
    assert_twins(crowd, PRESETS[name], 3)


@pytest.mark.parametrize("first", range(N_DRAWN, N_DRAWN + N_SMALL, 20))
def test_twenty_small_random_scenarios_give_the_same_in_both_engines(first: int) -> None:
    for number in range(first, first + 20):
        assert_twins(*drawn(number, size=0.25))


@pytest.mark.parametrize("seed", [0, 7, 2**64 - 1])
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_the_same_in_both_engines(name: str, seed: int) -> None:
    assert_twins(SHORT_REFERENCE, PRESETS[name], seed)


@pytest.mark.parametrize("seed", [-1, -(2**40), 2**64, 2**70])
@pytest.mark.parametrize("engine", ["kernel", "mesa"])
def test_a_number_that_is_no_word_is_no_seed_of_either_engine(seed: int, engine: Any) -> None:
    """It would be taken for another seed, whose runs it repeats."""
    with pytest.raises(InputError, match=r"seed: -?[0-9]+ is not allowed here"):
        simulate(BUSY, CONTESTED, seed, engine)


def test_the_random_scenarios_leave_nothing_out() -> None:
    seen: set[tuple[str, int]] = set()
    for number in range(N_DRAWN):
        log = simulate(*drawn(number)).record.log
        seen |= {(column, int(code)) for column in ("activity", "outcome", "path") for code in np.unique(log[column])}
        left = log[np.isin(log["activity"], (codes.LEAVE, codes.STILL_OPEN))]
        seen |= {("stage", int(code)) for code in np.unique(left["stage"])}
        seen |= {("level", int(code)) for code in np.unique(log[log["activity"] == codes.REVIEW]["level"])}
    every = {("activity", i) for i in range(len(codes.ACTIVITIES))}
    every |= {("outcome", i) for i in range(len(codes.OUTCOMES))} | {("path", i) for i in range(len(codes.PATHS))}
    every |= {("stage", i) for i in range(len(codes.STAGES)) if i not in (codes.NO_STAGE, codes.GONE)} | {
        ("level", i) for i in (1, 2, 3, 4)
    }
    assert every <= seen, every - seen


def test_a_scenario_written_down_can_be_replayed(tmp_path: Any) -> None:
    file = tmp_path / "replay.toml"
    for number in range(N_DRAWN):
        scenario, regime, seed = drawn(number)
        file.write_text(as_toml(scenario, regime, seed), encoding="utf-8")
        assert load_scenario(file) == scenario
        assert load_regime(file, "drawn") == regime


# --- A test of the test ---


def altered_module(module: ModuleType, name: str, function: Callable[..., Any]) -> SimpleNamespace:
    """A module of rules with one rule replaced, for one reader of it."""
    return SimpleNamespace(**{**vars(module), name: function})


ALTERED: dict[str, tuple[ModuleType, ModuleType, str, Callable[..., Any]]] = {
    "everybody may grant": (case, sign_off, "may_grant", lambda *_: True),
    "one more issue needs no sign-off": (case, sign_off, "needs_sign_off", lambda n, over: n > over + 1),
    "fit is judged a little better": (case, path, "follows_process", lambda fit, bar: fit >= bar - 0.1),
    "nobody hesitates to divert": (case, path, "diverts", lambda *_: True),
    "the best offer instead of an implementable one": (case, offer, "implementable", lambda template, wanted, *_: wanted),
    "the confidence bar is not looked at": (case, path, "ready_to_act", lambda n, asked, q, *_: n >= min(q, asked)),
    "readings are never wrong": (case, belief, "reading", lambda need, error, u: need),
    "nobody thinks that the playbook is wrong": (case, belief, "speaks_against", lambda *_: False),
    "reps are never sure": (case, belief, "certainty", lambda *_: 0.5),
    "efforts are fixed": (case, timing, "whole_units", lambda mean, *_: math.ceil(mean)),
    "customers wait an hour longer": (case, timing, "patience", lambda *args: timing.patience(*args) + 1),
    "reviews begin an hour before the others come": (
        model, timing, "works_now", lambda tick, per_day: timing.works_now(tick + 1, per_day),
    ),
    "needs vary twice as much": (case, market, "deviates", lambda variety, u: u < variety),
    "latent customers do not look at the template": (
        agents, market, "opens_opportunity", lambda conversion, match, u: u < conversion,
    ),
    "acceptance is the fit": (tables, offer, "acceptance", lambda fit, *_: fit),
    "customising takes no time": (tables, offer, "drafting_mean", lambda base, *_: base),
    "own work goes first in a tie": (agents, people, "own_work_first", lambda own, asked, start: own <= asked - start),
    "useful or not": (agents, people, "usefulness", lambda *_: 0.0),
    "sanctions do not hurt": (agents, people, "willingness_after_sanction", lambda willingness, step: willingness),
    "success is not rewarded": (agents, people, "willingness_after_success", lambda willingness, step: willingness),
    "memories move a tenth slower": (
        agents, people, "moved_memory", lambda m, rate, answer: people.moved_memory(m, 0.9 * rate, answer),
    ),
    "a tie changes the playbook": (
        learning, people, "reviewed_answer", lambda now, one, zero: int(one >= zero) if now == 0 else int(one > zero),
    ),
    "any evidence is enough": (learning, people, "enough_evidence", lambda one, zero, needed: one + zero > 0),
}


SURE = changed(confident_of="the need")
RUNS = [(BUSY, CONTESTED), (BUSY, PRESETS["cluster"]), (SURE, CONTESTED), (SURE, PRESETS["cluster"])]


@cache
def kernel_runs() -> list[Run]:
    """The compiled engine's runs that between them use every rule, and in which every mistake below shows."""
    return [simulate(scenario, regime, 3) for scenario, regime in RUNS]


def mesa_differences() -> str:
    """How the Mesa engine's runs, as it stands now, differ from the kernel's."""
    for (scenario, regime), compiled in zip(RUNS, kernel_runs(), strict=True):
        if unequal := differences(compiled, simulate(scenario, regime, 3, engine="mesa")):
            return unequal
    return ""


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_rule_in_one_engine_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, module, rule, function = ALTERED[name]
    kernel_runs()
    monkeypatch.setattr(reader, module.__name__.rpartition(".")[2], altered_module(module, rule, function))
    assert "first difference in row" in mesa_differences()


def test_rules_that_are_replaced_by_themselves_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel_runs()
    for reader, module, rule, _ in ALTERED.values():
        same = partial(getattr(module, rule))
        monkeypatch.setattr(reader, module.__name__.rpartition(".")[2], altered_module(module, rule, same))
    assert mesa_differences() == ""


def test_a_difference_is_reported_with_row_tick_field_and_context() -> None:
    log = kernel_runs()[0].record.log
    other = log.copy()
    other["minutes"][5] += 1
    report = first_difference(log, other)
    assert f"row 5, tick {log['end'][5]}" in report
    assert f"minutes: {log['minutes'][5]} against {log['minutes'][5] + 1}" in report
    assert "row 2: " in report
    assert "row 1: " not in report
    assert "b has 2 more, the first of which, row 9, tick" in first_difference(log[:9], log[:11])
    assert first_difference(log, log.copy()) == ""


# --- The kernel with itself ---


def test_the_kernel_gives_the_same_bytes_again() -> None:
    for number in range(5):
        first, second = simulate(*drawn(number)), simulate(*drawn(number))
        assert differences(first, second) == ""
        assert len(first.record.log) > 0


@pytest.mark.parametrize("size", [(1, 1), (1, 10**5), (10**3, 1)])
def test_arrays_that_had_to_grow_give_the_same_bytes(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    before = [simulate(BUSY, CONTESTED, seed) for seed in range(3)]
    table = ensemble(BUSY, {"contested": CONTESTED}, range(3), workers=1)
    monkeypatch.setattr(run, "_expected_size", lambda settings: size)
    for seed in range(3):
        assert differences(before[seed], simulate(BUSY, CONTESTED, seed)) == ""
    assert ensemble(BUSY, {"contested": CONTESTED}, range(3), workers=1).equals(table)


def test_the_number_of_workers_does_not_show() -> None:
    some = [50, 30, 80, *seeds(20)]
    one, two = (ensemble(BUSY, PRESETS, some, workers=workers) for workers in (1, 2))
    assert one.equals(two)
    assert list(one["regime"]) == [name for name in PRESETS for _ in some]
    assert list(one["seed"]) == some * len(PRESETS)
    assert one["won"].nunique() > 5


def test_a_row_of_an_ensemble_is_the_run_of_its_seed() -> None:
    regimes = {"contested": CONTESTED, "cluster": PRESETS["cluster"]}
    table = ensemble(BUSY, regimes, seeds(9), workers=2)
    for row in table.to_dict("records")[::3]:
        alone = simulate(BUSY, regimes[row["regime"]], row["seed"])
        assert unequal_measures(row, alone.outcomes) == {}


def test_progress_counts_every_run_once() -> None:
    done: list[int] = []
    ensemble(BUSY, PRESETS, seeds(11), workers=2, progress=done.append)
    assert sum(done) == len(PRESETS) * len(seeds(11))
