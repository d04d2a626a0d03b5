"""Lessons: those that are shipped say what is so; a faulty one is told all its faults; bets are settled as the guide says."""

from pathlib import Path
from typing import Any

import pytest

from experiments.teaching.ensembles import compute
from experiments.teaching.lessons import Lesson, evidence, inputs, lesson_json, listed, load_lessons, reveal
from experiments.teaching.states import state_from
from simulation.loading import InputError
from simulation.parameters import Scenario
from simulation.presets import PRESETS

LESSONS = load_lessons()
GOOD = """+++
number = 40
title = "A lesson"
minutes = 10
claim = "C1"
experiment = "who_wins_where"
expect = [{ measure = "won", regime = "cluster", minus = "strict", above = 0 }]

[bet]
question = "Who?"
measure = "won"
settled = "highest"
options = [{ id = "strict", label = "S" }, { id = "cluster", label = "C" }, { id = "undecided", label = "U" }]

[labels]
cluster = "Groups"

[state]
seed = 7
[state.scenario.market]
variety = 0.3
[state.scenario.organisation]
reps = 6
span = 3
[state.regimes.strict]
[state.regimes.cluster]
cluster_size = 3
peers_asked = 2
quorum = 2

[[try]]
text = "More."
state.scenario.market.variety = 0.7
state.regimes.cluster.quorum = 0
+++

## Situation

Some *text*.

## Reveal

**{winner}**, {won.strict}.

## Notice

- First {difference.won.cluster}
  goes on.
- Second.

## Debrief

Why?
"""


def load(folder: Path, text: str = GOOD, name: str = "mine") -> Lesson:
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return load_lessons(folder)[0]


def faults_of(folder: Path, *changes: tuple[str, str]) -> dict[str, str]:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(InputError) as caught:
        load(folder, text)
    return {fault.key.removeprefix("mine.md").removeprefix(": "): fault.problem for fault in caught.value.faults}


def numbers(mean: float | None, low: float = 0.0, high: float = 0.0, difference: float | None = None) -> dict[str, Any]:
    band = None if difference is None else {"mean": difference, "low": low, "high": high}
    return {"mean": mean, "low": mean, "high": mean, "difference": band, "worlds_won": 3}


# Every expectation lies at least 7 standard errors beyond its threshold where 3.8 are asked for. Other worlds, drawn by a
# changed model whose truth is the same, would miss that with probability below 1e-3 (noncentral t with 119 degrees of freedom).
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_what_a_lesson_says_comes_out_of_its_ensembles(lesson: Lesson) -> None:
    found = list(evidence.evidence(lesson))
    assert {item.trial for item in found} >= {0, 1}
    assert [item for item in found if not item.holds] == []


WINNERS = {
    "alike-and-clear": "lean",
    "paralysis": "solo",
    "best-or-implementable": "undecided",
    "lean-or-blend": "undecided",
    "punished": "punished_always",
    "who-gets-the-call": "solo_dispatched",
    "across-teams": "cluster_across",
    "blend-or-cluster": "cluster",
    "drifting-market": "blended",
    "hearsay": "strict",
    "no-or-advice": "advised",
}
"""Whose bets the texts expect to have won."""


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_a_bet_is_won_by_the_structure_that_the_text_is_about(lesson: Lesson) -> None:
    answer = compute(state_from(lesson.state), lesson.state["worlds"])
    options = [option.id for option in lesson.bet.options]
    assert reveal.settled(options, lesson.bet.highest, answer["measures"][lesson.bet.measure]) == WINNERS[lesson.id]


def test_nobody_wins_by_always_betting_on_the_same_firm() -> None:
    assert set(WINNERS) == {lesson.id for lesson in LESSONS}
    assert len(set(WINNERS.values())) >= len(WINNERS) - 1
    offered = [{option.id for option in lesson.bet.options} for lesson in LESSONS]
    assert all(sum(name in options for options in offered) >= 3 for name in ("strict", "cluster", "blended", "lean", "solo"))


def test_lessons_are_set_in_the_reference_firm() -> None:
    for lesson in LESSONS:
        scenario, _ = inputs(lesson.state)
        for group in ("market", "organisation"):
            usual, here = getattr(Scenario(), group).model_dump(), getattr(scenario, group).model_dump()
            assert sum(here[name] != usual[name] for name in usual) <= 2, lesson.id


def test_no_regime_goes_by_its_id() -> None:
    for lesson in LESSONS:
        assert set(lesson.state["regimes"]) <= set(PRESETS) | set(lesson.labels), lesson.id


def test_the_lessons_cover_what_a_course_needs() -> None:
    assert len(LESSONS) >= 7
    assert {"C1", "C3", "C5", "C6", "C7", "C8", "C9", "C11"} <= {lesson.claim for lesson in LESSONS}
    assert all(10 <= lesson.minutes <= 15 for lesson in LESSONS)
    assert len({lesson.bet.question for lesson in LESSONS}) == len(LESSONS)


def test_every_state_and_every_changed_state_loads_and_holds_together() -> None:
    for lesson in LESSONS:
        for state in [lesson.state, *(trial.state for trial in lesson.trials if trial.state)]:
            scenario, regimes = inputs(state)
            assert scenario.horizon.horizon_weeks == 65
            assert list(regimes) == list(lesson.state["regimes"])


def test_a_false_expectation_is_noticed(tmp_path: Path) -> None:
    beyond = GOOD.replace('minus = "strict", above = 0', "above = 100000")
    (item,) = evidence.evidence(load(tmp_path, beyond), worlds=12)
    assert not item.holds
    assert item.t < 0


def test_evidence_is_paired_and_in_units_of_the_measure(tmp_path: Path) -> None:
    same = GOOD.partition("cluster_size")[0] + "base = 'strict'\n" + GOOD.partition("quorum = 2\n")[2]
    same = same.replace("state.regimes.cluster.quorum = 0\n", "").replace("above = 0", "above = -0.5")
    (item,) = evidence.evidence(load(tmp_path, same), worlds=3)
    assert item.mean == 0.0
    assert item.holds  # the same regime twice: no difference in any world, so there is no doubt


def test_the_command_tells_what_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(tmp_path, GOOD.replace('minus = "strict", above = 0', "above = 100000"))
    assert evidence.main([str(tmp_path)]) == 1
    assert "NOT SHOWN" in capsys.readouterr().out
    (tmp_path / "mine.md").write_text("nothing", encoding="utf-8")
    assert evidence.main([str(tmp_path)]) == 2
    assert "must begin with a line +++" in capsys.readouterr().err


def test_a_lesson_has_what_its_file_says(tmp_path: Path) -> None:
    lesson = load(tmp_path)
    assert (lesson.id, lesson.number, lesson.bet.highest) == ("mine", 40, True)
    assert (lesson.state["seed"], lesson.state["worlds"]) == (7, 100)
    assert lesson.notice == ("First {difference.won.cluster} goes on.", "Second.")
    scenario, regimes = inputs(lesson.trials[0].state)
    assert (scenario.market.variety, scenario.organisation.reps, regimes["cluster"].quorum) == (0.7, 6, 0)
    assert inputs(lesson.state)[0].market.variety == 0.3


def test_the_page_gets_the_keys_that_it_was_promised(tmp_path: Path) -> None:
    lesson = load(tmp_path)
    data = lesson_json(lesson)
    assert set(data) == {
        "id", "number", "title", "minutes", "claim", "experiment", "situation_html", "bet", "labels", "state", "measure",
        "settled", "reveal_html", "notice", "try", "debrief_html",
    }
    assert data["situation_html"] == "<p>Some <em>text</em>.</p>\n"
    assert data["reveal_html"] == "<p><strong>{winner}</strong>, {won.strict}.</p>\n"
    assert data["labels"] == {"cluster": "Groups"}
    assert data["bet"]["options"][0] == {"id": "strict", "label": "S"}
    assert data["try"][0]["state"]["scenario"]["market"] == {"variety": 0.7}
    assert listed(lesson).items() <= data.items()


def test_all_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "broken.md").write_text("+++\na = \n+++\n", encoding="utf-8")
    found = faults_of(
        tmp_path,
        ("minutes = 10", "minutes = 1000\nminuets = 10"),
        ('claim = "C1"', 'claim = "C99"'),
        ('"who_wins_where"', '"who_wins_were"'),
        ('measure = "won"\n', 'measure = "wun"\n'),
        ('settled = "highest"', 'settled = "best"'),
        ('id = "cluster"', 'id = "clutser"'),
        ("variety = 0.3", "variety = 3.0"),
        ("above = 0 }]", "above = inf }]"),
        ("text = \"More.\"", "txt = 1"),
        ("quorum = 0", "quorum = 9"),
        ("{won.strict}", "{won.struct} and 42 {best}"),
        ("Some *text*", "Some {winner}"),
        ("## Debrief", "## Debreif"),
    )
    expected = {
        "minutes", "minuets", "claim", "experiment", "bet.measure", "bet.settled", "bet.options.2.id",
        "state.scenario.market.variety", "expect.1", "try.1.text", "try.1.txt", "try.1.state.regimes.cluster.quorum",
        "## Reveal", "## Situation", "## Debreif", "## Debrief", "broken.md",
    }
    assert set(found) == expected
    assert "did you mean 'who_wins_where'?" in found["experiment"]
    assert "line 2" in found["broken.md"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("won.strict", ""),
        ("difference.won.cluster", ""),
        ("worlds_won.won.strict", ""),
        ("winner", ""),
        ("worlds", ""),
        ("wun.strict", "did you mean 'won'?"),
        ("won.struct", "did you mean 'strict'?"),
        ("difference.won.strict", "baseline"),
        ("worlds_won.opened.strict", "nobody comes first"),
        ("won", "unknown placeholder"),
        ("low.won.strict", "unknown placeholder"),
        ("", "unknown placeholder"),
    ],
)
def test_placeholders_are_known_or_explained(name: str, problem: str) -> None:
    faults = reveal.placeholder_faults(f"a {{{name}}} b", ("strict", "cluster"))
    assert len(faults) == bool(problem)
    assert not faults or problem in faults[0]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ((', { id = "undecided", label = "U" }]', "]"), "bet.options"),
        (('id = "cluster"', 'id = "strict"'), "bet.options.2.id"),
        (("above = 0 }]", "above = 0, below = 1 }]"), "expect.1"),
        (("quorum = 2\n", 'quorum = 2\n[state.regimes."a.b"]\nbase = "lean"\n'), "state.regimes.a.b"),
        (("[[try]]", "[[tri]]"), "try"),
        (('cluster = "Groups"', 'clutser = "Groups"'), "labels.clutser"),
        (('cluster = "Groups"', 'cluster = ""'), "labels.cluster"),
        (("state.scenario.market.variety = 0.7\nstate.regimes.cluster.quorum = 0", "expect = []"), "try.1.expect"),
        (("Second.", "Second: 17 deals more."), "## Notice"),
        (("## Situation", "Hello\n\n## Situation"), ""),
    ],
)
def test_a_single_fault_is_named(tmp_path: Path, change: tuple[str, str], key: str) -> None:
    assert key in faults_of(tmp_path, change)


def test_two_lessons_cannot_share_a_number_and_an_empty_folder_is_no_course(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no lesson here"):
        load_lessons(tmp_path)
    load(tmp_path)
    with pytest.raises(InputError, match=r"yours\.md: number: 40 is that of mine\.md"):
        load(tmp_path, name="yours")


def test_markup_is_shown_and_pictures_from_elsewhere_are_not_fetched() -> None:
    page = reveal.html('<script>x</script> [a](javascript:x) ![b](https://example.org/b.png) {won.strict_direct}')
    assert "<script" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert "{won.strict_direct}" in page


@pytest.mark.parametrize(
    ("highest", "cluster", "blended", "winner"),
    [
        (True, (5, 4, 6), (2, 1, 3), "cluster"),
        (True, (5, 4, 6), (4, 3, 5), "undecided"),  # the two overlap
        (True, (-5, -6, -4), (-2, -3, -1), "strict"),  # the baseline itself
        (True, (5, -1, 11), (-2, -3, -1), "undecided"),  # no clear lead over the baseline
        (False, (-5, -6, -4), (2, 1, 3), "cluster"),
        (False, (5, 4, 6), (2, 1, 3), "strict"),
    ],
)
def test_a_bet_is_settled_by_intervals(
    highest: bool, cluster: tuple[float, float, float], blended: tuple[float, float, float], winner: str
) -> None:
    firms = {"strict": numbers(100.0)}
    for name, (mean, low, high) in {"cluster": cluster, "blended": blended}.items():
        firms[name] = numbers(100 + mean, low, high, mean)
    options = ["strict", "cluster", "blended", "undecided"]
    assert reveal.settled(options, highest, firms) == winner


def test_regimes_nobody_could_bet_on_or_without_a_value_do_not_win() -> None:
    firms = {"strict": numbers(100.0), "other": numbers(200.0, 99, 101, 100), "none": numbers(None)}
    assert reveal.settled(["strict", "undecided"], True, firms) == "undecided"
    assert reveal.settled(["strict", "none", "undecided"], True, firms) == "undecided"
    assert reveal.settled(["strict", "other", "none", "undecided"], True, firms) == "other"


def test_numbers_fit_into_sentences() -> None:
    measures = {
        "won": {"strict": numbers(1234.4), "cluster": numbers(1300.0, 40.4, 91.6, 65.6)},
        "won_share": {"strict": numbers(0.464), "cluster": numbers(0.03, -0.13, 0.02, -0.055)},
        "fit_of_won": {"strict": numbers(None)},
        "sign_offs": {"strict": numbers(0.25)},
    }
    said = {
        "{winner} of {worlds}": "A &lt;b&gt; of 50",
        "{won.strict}": "1,234",
        "{difference.won.cluster}": "+65.6 (+40.4 to +91.6)",
        "{won_share.strict} {won_share.cluster}": "46% 3.0%",
        "{difference.won_share.cluster}": "−5.5 points (−13 to +2.0)",
        "{worlds_won.won.strict}": "3",
        "{fit_of_won.strict}": "no value",
        "{sign_offs.strict}": "0.2",
    }
    for text, filled in said.items():
        assert reveal.filled(text, "A <b>", 50, measures) == filled


def test_the_guide_tells_about_every_lesson_and_every_placeholder() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "teaching.md").read_text(encoding="utf-8")
    for lesson in LESSONS:
        assert f"**{lesson.number}. {lesson.title}**" in guide
    for form in reveal.FORMS:
        assert f"`{{{form}}}`" in guide
