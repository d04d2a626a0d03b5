"""The lab's answers: what they hold, and that they are the model's own numbers."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

import experiments.teaching.ensembles as ensembles
from experiments.design.config import load_experiment
from experiments.inference import paired_differences
from experiments.teaching import lessons
from experiments.teaching.declarations import CHOICES, SITUATIONS, SLIDERS
from experiments.teaching.states import MOST_REPS, MOST_WEEKS, state_from
from simulation import PRESETS, ensemble
from simulation.measures import MEASURES, NAMES
from simulation.parameters import parameters


def ask(client: TestClient, path: str, **body: Any) -> Any:
    answer = client.post(f"/api/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def faults_of(client: TestClient, path: str, **body: Any) -> dict[str, str]:
    answer = client.post(f"/api/{path}", json=body)
    assert answer.status_code == 422, answer.text
    return {fault["key"]: fault["problem"] for fault in answer.json()["faults"]}


def runs_of(state: dict[str, Any]) -> pd.DataFrame:
    """The runs that the state asks for, from the model itself."""
    checked = state_from(state)
    seeds = range(checked.seed, checked.seed + checked.worlds)
    return ensemble(checked.scenario, checked.regimes, seeds)


def test_an_ensemble_has_the_same_numbers_as_the_model(client: TestClient, small: dict[str, Any]) -> None:
    answer = ask(client, "ensemble", state=small)
    runs = runs_of(small)
    assert (answer["worlds"], answer["complete"], answer["seed"], answer["baseline"]) == (6, True, 7, "strict")
    assert list(answer["measures"]) == list(NAMES)
    for name in NAMES:
        for regime, values in runs.groupby("regime", observed=True)[name]:
            found = answer["measures"][name][regime]
            assert found["n"] == values.notna().sum()
            if found["n"] == 0:
                assert found["mean"] is None
            else:
                assert found["mean"] == pytest.approx(values.mean(), rel=1e-12)
            if found["n"] > 1:
                assert found["low"] <= found["mean"] <= found["high"]


def test_differences_are_paired_and_worlds_are_counted(client: TestClient, small: dict[str, Any]) -> None:
    answer = ask(client, "ensemble", state=small)
    runs = runs_of(small).assign(cell=0)
    table = paired_differences(runs, "strict").set_index(["measure", "regime"])
    won = answer["measures"]["won"]
    assert won["strict"]["difference"] is None
    for regime in ("blended", "trusting"):
        for part in ("mean", "low", "high"):
            assert won[regime]["difference"][part] == pytest.approx(table.loc[("won", regime), part], rel=1e-12)
    wide = runs.pivot(index="seed", columns="regime", values="won")
    best = wide.eq(wide.max(axis=1), axis=0)
    for regime in wide:
        assert won[regime]["worlds_won"] == (best[regime] & (best.sum(axis=1) == 1)).sum()
        assert won[regime]["worlds_shared"] == (best[regime] & (best.sum(axis=1) > 1)).sum()
    neither = next(measure.name for measure in MEASURES if measure.better == 0)
    assert answer["measures"][neither]["strict"]["worlds_won"] is None


def test_where_less_is_better_the_lowest_wins_and_no_value_never_does() -> None:
    values = np.array([[[1.0, 5.0, np.nan, 2.0], [2.0, 4.0, 3.0, 2.0]]])
    alone, shared = ensembles.worlds_won(values, np.array([-1]))
    assert alone.tolist() == [[1, 2]]
    assert shared.tolist() == [[1, 1]]


def test_shares_of_the_split_add_up(client: TestClient, small: dict[str, Any]) -> None:
    for shares in ask(client, "ensemble", state=small)["split"].values():
        assert list(shares) == ["won", "lost", "no_action", "went_quiet", "still_open"]
        assert sum(shares.values()) == pytest.approx(1.0)


def test_curves_rise_with_age_within_their_bands(client: TestClient, small: dict[str, Any]) -> None:
    answer = ask(client, "ensemble", state=small)
    assert answer["ages_days"] == sorted(answer["ages_days"])
    assert set(answer["curves"]) == set(small["regimes"])
    for curves in answer["curves"].values():
        acted, gone = np.array(curves["acted"]["mean"]), np.array(curves["gone"]["mean"])
        assert acted[0] == 0
        assert acted[-1] > 0.5
        assert (np.diff([acted, gone]) >= 0).all()
        assert (acted + gone <= 1 + 2e-4).all()
        assert (curves["acted"]["low"] <= acted).all()
        assert (acted <= curves["acted"]["high"]).all()


def test_fewer_worlds_are_the_first_ones(client: TestClient, small: dict[str, Any]) -> None:
    ask(client, "ensemble", state=small)
    fewer = ask(client, "ensemble", state=small, worlds=3)
    assert fewer["worlds"] == 3
    assert fewer["measures"]["won"]["strict"]["mean"] == pytest.approx(
        runs_of(small | {"worlds": 3}).query("regime == 'strict'")["won"].mean()
    )


def test_the_same_state_gives_the_same_numbers_again(client: TestClient, small: dict[str, Any]) -> None:
    first, again = ask(client, "ensemble", state=small), ask(client, "ensemble", state=copy.deepcopy(small))
    assert {**first, "seconds": 0} == {**again, "seconds": 0}
    other = ask(client, "ensemble", state=small | {"seed": 8})
    assert other["measures"]["won"] != first["measures"]["won"]


def test_a_slider_of_one_regime_leaves_the_others_runs_as_they_were(
    client: TestClient, small: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(client, "ensemble", state=small)
    run: list[tuple[list[str], int]] = []
    original = ensembles.ensemble_with_curves

    def noted(scenario: Any, regimes: Any, seeds: Any, *args: Any, **options: Any) -> Any:
        run.append((list(regimes), len(seeds)))
        return original(scenario, regimes, seeds, *args, **options)

    monkeypatch.setattr(ensembles, "ensemble_with_curves", noted)
    small["regimes"]["blended"] = {"divert_below": 0.55}
    ask(client, "ensemble", state=small)
    assert run == [(["blended"], 6)]
    ask(client, "ensemble", state=small, worlds=8)
    assert run[1:] == [(["strict", "blended", "trusting"], 2)]


def test_a_state_as_toml_loads_to_the_same_experiment(client: TestClient, small: dict[str, Any], tmp_path: Path) -> None:
    answer = client.post("/api/toml", json={"state": small})
    path = tmp_path / "lab.toml"
    path.write_text(answer.text, encoding="utf-8")
    experiment, state = load_experiment(path), state_from(small)
    assert answer.headers["content-type"].startswith("text/plain")
    assert (experiment.scenario, dict(experiment.regimes)) == (state.scenario, dict(state.regimes))
    assert (experiment.count, experiment.first_seed, experiment.baseline) == (6, 7, "strict")
    assert list(experiment.regimes) == list(small["regimes"])


def test_every_usual_value_is_a_place_of_its_slider(client: TestClient) -> None:
    for p in client.get("/api/declarations").json()["parameters"]:
        if p["slider"]:
            usual = p["default"] if p["group"] != "regime" else getattr(PRESETS[p["regimes"][0]], p["name"])
            assert p["low"] <= usual <= p["high"]
            assert (usual - p["low"]) / p["step"] == pytest.approx(round((usual - p["low"]) / p["step"])), p["key"]
            assert p["plain"]


def test_choices_are_those_of_the_model_and_few_sliders_come_first(client: TestClient) -> None:
    told = client.get("/api/declarations").json()["parameters"]
    assert {p["key"] for p in told if p["choice"]} == set(CHOICES)
    assert all(set(p["words"]) <= set(p["choices"]) for p in told if p["choice"])
    assert 5 <= sum(bool(p.get("first")) for p in told) <= 8


def test_declarations_hold_every_parameter_and_sliders_stay_within_bounds(client: TestClient) -> None:
    told = client.get("/api/declarations").json()
    assert [p["key"] for p in told["parameters"]] == [f"{p.group}.{p.name}" for p in parameters()]
    assert {p["key"] for p in told["parameters"] if p["slider"]} == set(SLIDERS)
    for p in told["parameters"]:
        assert all(p[name] for name in ("meaning", "label", "source", "grade"))
        if p["slider"]:
            low, high = p["allowed"]
            assert low <= p["low"] < p["high"] <= high
            assert not p["whole"] or float(p["step"]).is_integer()
            assert (p["group"] == "regime") == bool(p["regimes"])
    assert set(told["regimes"]) == set(PRESETS)
    assert [m["name"] for m in told["measures"]] == list(NAMES)


@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize("key", SLIDERS)
def test_both_ends_of_every_slider_are_answered(key: str, end: str) -> None:
    group, name = key.split(".")
    slider = SLIDERS[key]
    whole = {f"{p.group}.{p.name}": p.whole for p in parameters()}[key]
    value = int(getattr(slider, end)) if whole else float(getattr(slider, end))
    if group == "regime":
        state = {"regimes": {regime: {name: value} for regime in slider.regimes}}
    else:
        state = {"scenario": {group: {name: value}}}
    assert state_from(state | {"worlds": 200}).worlds == 200


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_situations_are_states(client: TestClient, situation: Any) -> None:
    told = {s["name"]: s for s in client.get("/api/declarations").json()["situations"]}[situation.name]
    scenario = state_from(told["state"]).scenario
    changed = {**situation.market, **situation.organisation}
    assert {name: value for group in scenario for name, value in group[1] if name in changed} == changed


def test_lessons_are_told_and_their_states_are_answered(client: TestClient) -> None:
    told = client.get("/api/lessons").json()
    assert told == [lessons.listed(lesson) for lesson in lessons.load_lessons()]
    for line in told:
        lesson = client.get(f"/api/lessons/{line['id']}").json()
        assert lesson.items() >= line.items()
        assert state_from(lesson["state"]).worlds == lesson["state"]["worlds"]
        assert lesson["measure"] in NAMES
    assert len(told) >= 6


def test_a_faulty_lesson_is_told(client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.md").write_text("no front matter", encoding="utf-8")
    load = lessons.load_lessons
    monkeypatch.setattr(lessons, "load_lessons", lambda: load(tmp_path))
    answer = client.get("/api/lessons")
    assert answer.status_code == 422
    assert "mine.md" in answer.json()["faults"][0]["key"]


def test_all_faults_of_a_state_are_told_at_once(client: TestClient, small: dict[str, Any]) -> None:
    small["scenario"]["market"]["varity"] = 1
    small["scenario"]["market"]["ambiguity"] = 2
    small |= {"seed": -1, "wrlds": 3}
    faults = faults_of(client, "ensemble", state=small)
    assert set(faults) == {"scenario.market.varity", "scenario.market.ambiguity", "seed", "wrlds"}
    assert "did you mean 'variety'" in faults["scenario.market.varity"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"worlds": 401}, "worlds"),
        ({"worlds": True}, "worlds"),
        ({"scenario": {"organisation": {"reps": MOST_REPS + 1}}}, "scenario.organisation.reps"),
        ({"scenario": {"horizon": {"horizon_weeks": MOST_WEEKS + 1}}}, "scenario.horizon.horizon_weeks"),
        ({"scenario": {"organisation": {"reps": 200, "prospecting_hours": 1}, "market": {"opportunities_per_rep_week": 20}}}, ""),
        ({"worlds": 400, "scenario": {"organisation": {"reps": 200}}}, ""),
        ({"regimes": {}}, "regimes"),
        ({"regimes": {f"r{i}": {"base": "lean"} for i in range(7)}}, "regimes"),
        ({"regimes": {"a/b": {"base": "lean"}}}, "regimes.a/b"),
        ({"version": 3}, "version"),
        ({"scenario": {"market": {"variety": "x" * 201}}}, ""),
        ({"scenario": [1] * 301}, ""),
    ],
)
def test_limits_hold(client: TestClient, change: dict[str, Any], key: str) -> None:
    assert key in faults_of(client, "ensemble", state=change)


def test_a_run_to_watch_agrees_with_its_own_cases(client: TestClient, small: dict[str, Any]) -> None:
    told = ask(client, "replay", state=small, regime="blended", seed=3)
    assert told["weeks"] == 12
    assert [rep["id"] for rep in told["organisation"]["reps"]] == list(range(6))
    tops = [manager for manager in told["organisation"]["managers"] if manager["superior"] is None]
    assert len(tops) == 1
    events = told["events"]
    assert [event[0] for event in events] == sorted(event[0] for event in events)
    opened = {event[2]: event[0] for event in events if event[1] == "open"}
    assert opened == {case["case"]: case["opened"] for case in told["cases"]}
    closed = {event[2]: event[5] for event in events if event[1] == "reply" and event[5] != "stays"}
    closed |= {event[2]: "no decision" for event in events if event[1] == "leave"}
    assert {case["case"]: case["outcome"] for case in told["cases"]} == {case: closed.get(case, "still open") for case in opened}
    assert set(closed.values()) >= {"won", "lost"}


def test_the_inboxes_are_those_of_the_events(client: TestClient, small: dict[str, Any]) -> None:
    told = ask(client, "replay", state=small, regime="strict", seed=3)
    every, counts = told["inboxes"]["every_hours"], told["inboxes"]["counts"]
    waiting: dict[tuple[int, int, str], int] = {}
    events = iter([*told["events"], [10**9, "", 0, 0, "", ""]])
    event = next(events)
    seen = 0
    for day, row in enumerate(counts, 1):
        while event[0] <= day * every:
            key = event[2], event[3], event[4]
            if event[1] == "queue":
                waiting[key] = waiting.get(key, 0) + 1
            elif event[1] in ("begin", "drop") and waiting.get(key):
                waiting[key] -= 1
            event = next(events)
        for person, count in enumerate(row):
            assert count == sum(n for (_, resource, _), n in waiting.items() if resource == person)
            seen += count
    assert seen > 0


def test_every_customer_has_a_story_that_ends_as_the_case_does(client: TestClient, small: dict[str, Any]) -> None:
    endings = {"won": "The deal is won.", "lost": "The deal is lost.", "no decision": "leaves without a decision"}
    told: dict[str, int] = {}
    for case in ask(client, "replay", state=small, regime="blended", seed=3)["cases"]:
        assert "Week " in case["story"][0]
        ending = endings.get(case["outcome"], "Here the replay ends")
        assert sum(ending in sentence for sentence in case["story"]) == 1
        told[case["outcome"]] = told.get(case["outcome"], 0) + 1
    assert set(told) >= {"won", "lost", "still open"}


def test_the_same_customers_come_under_every_regime(client: TestClient, small: dict[str, Any]) -> None:
    arrived = []
    for regime in ("strict", "blended"):
        cases = ask(client, "replay", state=small, regime=regime, seed=3)["cases"]
        arrived.append([(c["customer"], c["opened"], c["value"]) for c in cases if c["customer"].startswith("A")])
    assert arrived[0] == arrived[1] != []


def test_what_is_too_much_to_watch_is_refused(client: TestClient, small: dict[str, Any]) -> None:
    small["scenario"]["organisation"]["reps"] = 41
    assert "scenario.organisation.reps" in faults_of(client, "replay", state=small)
    small["scenario"]["organisation"] = {"reps": 40, "prospecting_hours": 1}
    assert "" in faults_of(client, "replay", state=small)
    assert "regime" in faults_of(client, "replay", state=small, regime="lean")
