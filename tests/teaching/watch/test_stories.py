"""A customer's story in plain words, and the replay's hours."""

import re
from typing import Any

import pytest

from experiments.teaching.states import state_from
from experiments.teaching.watch.replay import EVENT, FIRMS, replay
from experiments.teaching.watch.stories import moment, stories
from simulation import PRESETS, Regime, simulate
from simulation.parameters import Scenario
from tests.helpers.scenarios import changed

FORGETFUL = changed(
    Scenario(), reps=12, span=4.0, variety=0.8, ambiguity=0.6, forgotten_per_week=1.0, hearsay=0.5, conferring_hours=0.5,
    work_unit_minutes=1, opportunities_per_rep_week=2.0, warmup_weeks=0, window_weeks=10, horizon_weeks=10,
)


def told(regime: Regime, seed: int = 3) -> list[str]:
    """All sentences of all customers of a forgetful firm, without the time of day."""
    run = simulate(FORGETFUL, regime, seed)
    return [line.split(": ", 1)[1] for story in stories(run.log, run.settings).values() for line in story]


@pytest.mark.parametrize(
    ("minute", "words"),
    [
        (0, "Week 1, Monday 9:00"), (61, "Week 1, Monday 10:01"), (8 * 60 - 1, "Week 1, Monday 16:59"),
        (8 * 60, "Week 1, Tuesday 9:00"), (40 * 60 + 9, "Week 2, Monday 9:09"),
    ],
)
def test_an_instant_in_words(minute: int, words: str) -> None:
    assert moment(minute) == words


def test_what_is_forgotten_is_told_with_the_place() -> None:
    sentences = told(PRESETS["blended"])
    for beginning in ("The request was forgotten in manager ", "The opportunity was forgotten in rep ",
                      "The customer was forgotten in rep ", "The request to a peer was forgotten in rep "):
        assert any(sentence.startswith(beginning) and "'s inbox (it lay there for " in sentence for sentence in sentences)


def test_answers_are_taken_in_and_hearsay_is_told() -> None:
    sentences = told(PRESETS["cluster"])
    assert any("has taken in what the peers say" in sentence for sentence in sentences)
    assert any("answers as a peer" in s and "going by the rep's account on" in s and "of 8 issues." in s for s in sentences)


@pytest.mark.parametrize(
    ("advice", "words"),
    [("veto", "back to the playbook."), ("adds", "adds a reading of every issue"), ("any", "would change stands.")],
)
def test_what_a_manager_does_is_told_as_the_regime_has_it(advice: Any, words: str) -> None:
    reviews = [s for s in told(PRESETS["strict"].model_copy(update={"advice": advice})) if " reviews " in s]
    assert any(words in sentence for sentence in reviews)
    others = {"back to the playbook.", "adds a reading of every issue", "would change stands."} - {words}
    assert not any(other in sentence for other in others for sentence in reviews)


def test_a_rep_in_doubt_is_told_as_such() -> None:
    by_fit, by_doubt = (told(PRESETS["blended"].model_copy(update={"divert_by": by})) for by in ("fit", "doubt"))
    assert any("the usual offer seems to fit" in sentence for sentence in by_fit)
    assert not any("the usual offer seems to fit" in sentence for sentence in by_doubt)
    assert any("% certain of it" in sentence for sentence in by_doubt)


def test_short_times_are_told_to_the_minute_and_long_ones_in_days() -> None:
    sentences = " ".join(told(PRESETS["strict"]))
    for words in (r"\b1 minute\b", r"\b1 hour and \d+ minutes?\b", r"\b\d+ hours\b", r"\b\d+ working days\b"):
        assert re.search(words, sentences), words
    assert not re.search(r"\b1 (minutes|hours|issues)\b|\b0 (minutes|hours)\b", sentences)


def test_the_page_is_given_whole_hours_in_order_and_nothing_before_it_has_happened() -> None:
    state = state_from({
        "scenario": {"organisation": {"reps": 6, "span": 3, "forgotten_per_week": 1.0}, "market": {"variety": 0.8}},
        "regimes": {"strict": {}},
    })
    run = replay(state, "strict", 3)
    assert run["event"] == list(EVENT)
    hours = [event[0] for event in run["events"]]
    assert hours == sorted(hours)
    assert all(isinstance(hour, int) for hour in hours)
    assert {event[5] for event in run["events"] if event[1] == "drop"} >= {"forgotten"}
    opened: set[int] = set()
    for _, kind, case, *_ in run["events"]:
        opened |= {case} if kind == "open" else set()
        assert case in opened or kind in FIRMS or case == -1
