"""Hold-outs: the exact ones hold, rules say what they say, and every study is mapped or says why it cannot be."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from experiments.validation import HOLD_OUTS, hold_out_rows, hold_outs, seeds_of
from experiments.validation.figures import hold_outs_figure
from experiments.validation.hold_outs import (
    FAILS,
    OUTSIDE,
    PASSES,
    Finding,
    Ours,
    Study,
    difference,
    examine,
    is_number,
    more,
    not_more,
    step_by_step,
    within_chance_of,
)
from experiments.validation.published import csaszar, march, sah_stiglitz, shaw_1932, studies
from simulation.parameters import Market, Organisation
from simulation.rules import belief

RUNS = 40
CLUSTERED = 2.0
"""How much larger errors are than if all cases were independent, at most: who is expert is drawn once for all cases of a rep."""

# --- the exact ones ---


def test_hierarchies_and_polyarchies_are_those_of_sah_and_stiglitz() -> None:
    """Eight exact binomial tests, each with a false alarm of 4e-8: 3.2e-7 together."""
    rows = examine(sah_stiglitz(), seeds_of(HOLD_OUTS, 60, sah_stiglitz()))
    assert [row.number for row in rows] == pytest.approx([0.49, 0.09, 0.343, 0.027, 0.91, 0.51, 0.973, 0.657])
    for row in rows:
        assert row.n > 20_000
        assert row.verdict == PASSES, f"{row.finding}: {row.value:.4f} in [{row.low:.4f}, {row.high:.4f}]"


def test_individuals_solve_as_many_problems_as_shaws() -> None:
    """The one number that the mapping takes from the study is met: within five standard errors, 6e-7 at most."""
    study = shaw_1932()
    sums = hold_outs.run_arms(study, seeds_of(HOLD_OUTS, 20, study))["individuals", "solved"]
    solved, problems = sums.sum(axis=0)
    p = 5 / 63
    assert problems > 5_000
    assert abs(solved / problems - p) < 5.0 * CLUSTERED * math.sqrt(p * (1 - p) / problems)


def test_a_lone_reader_errs_as_bayes_says() -> None:
    """Csaszar's rep alone, by shade and expertise: an omission where the reading is wrong, or not worth acting upon."""
    market, people, study = Market(), Organisation(), csaszar()
    omitted = []
    for shade in range(belief.SHADES):
        ambiguity = belief.issue_ambiguity(market.ambiguity, market.ambiguity_spread, shade)
        for expert, share in ((True, people.expertise_share), (False, 1.0 - people.expertise_share)):
            error = belief.reading_error(ambiguity, people.relief, expert)
            omitted.append(share / belief.SHADES * (error if error < market.variety / 2.0 else 1.0))
    sums = hold_outs.run_arms(study, range(40))["one alone", "omissions"]
    value, n = sums[:, 0].sum() / sums[:, 1].sum(), sums[:, 1].sum()
    theory = sum(omitted)
    assert abs(value - theory) < 5.0 * CLUSTERED * math.sqrt(theory * (1 - theory) / n)


# --- rules ---


def _sums(**arms: tuple[float, float]) -> dict[tuple[str, str], Any]:
    """Runs of a hundred cases an arm, with a mean and a spread over runs, the same luck for all arms."""
    size = np.full(RUNS, 100.0)
    return {
        (arm, "x"): np.column_stack([size * (mean + spread * _luck()), size]) for arm, (mean, spread) in arms.items()
    }


def _luck() -> Any:
    """Luck of each run, about 0."""
    return np.random.default_rng(1).normal(size=RUNS)


def test_a_difference_is_paired() -> None:
    """Arms that share their luck differ for sure, however large the luck is."""
    ours = difference(_sums(a=(0.5, 0.2), b=(0.4, 0.2)), ("a", "x"), ("b", "x"))
    assert (ours.value, ours.low, ours.high) == pytest.approx((0.1, 0.1, 0.1))
    apart = difference(_sums(a=(0.5, 0.2), b=(0.4, 0.0)), ("a", "x"), ("b", "x"))
    spread = np.std(_luck(), ddof=1) / math.sqrt(RUNS)
    assert apart.high - apart.value == pytest.approx(0.2 * stats.t.ppf(0.975, RUNS - 1) * spread)


@pytest.mark.parametrize(("a", "larger", "not_larger"), [(0.5, True, False), (0.3, False, True), (0.4, False, True)])
def test_more_and_not_more(a: float, larger: bool, not_larger: bool) -> None:
    sums = _sums(a=(a, 0.1), b=(0.4, 0.0))
    assert more(("a", "x"), ("b", "x"))(sums).passes == larger
    assert not_more(("a", "x"), ("b", "x"))(sums).passes == not_larger


@pytest.mark.parametrize(
    ("middle", "rising", "passes"), [(0.3, True, True), (0.2, True, False), (0.45, True, False), (0.3, False, False)]
)
def test_every_step_counts(middle: float, rising: bool, passes: bool) -> None:
    sums = _sums(a=(0.2, 0.01), b=(middle, 0.01), c=(0.4, 0.01))
    ours = step_by_step("x", ("a", "b", "c"), rising)(sums)
    assert ours.passes == passes
    assert ours.value == pytest.approx(0.2)
    assert math.copysign(1.0, ours.scale) == (1.0 if rising else -1.0)


def test_numbers() -> None:
    sums = {("a", "x"): np.array([[30.0, 100.0], [28.0, 100.0]])}
    assert is_number("a", "x", 0.3)(sums).passes
    assert not is_number("a", "x", 0.5)(sums).passes
    assert within_chance_of("a", "x", 8, 15)(sums).passes  # 0.266 to 0.787
    assert not within_chance_of("a", "x", 80, 150)(sums).passes


# --- the report ---


def test_every_study_is_mapped_or_says_why_it_cannot_be() -> None:
    for study in studies():
        assert study.findings
        assert bool(study.outside) != bool(study.mapping and study.arms and study.readings)
        for finding in study.findings:
            assert bool(finding.rule) != bool(study.outside)
            assert finding.published
    assert [study.name for study in studies() if study.outside] == ["March 1991", "Lazer & Friedman 2007"]


def test_what_is_outside_is_not_run() -> None:
    rows = examine(march(), range(10))
    assert {row.verdict for row in rows} == {OUTSIDE}
    assert all(row.runs == 0 and math.isnan(row.value) for row in rows)


def _judged(passes: bool) -> Finding:
    ours = Ours(0.1, 0.05, 0.15, 100.0, passes, "figures", 0.4)
    return Finding("something rises" if passes else "something falls", "+", "it does", lambda sums: ours)


def test_the_report_says_what_passes_and_what_fails_and_why() -> None:
    toy = Study("Somebody 1999", "as it is", findings=(_judged(True), _judged(False)), limits="It is too simple.")
    rows = [*examine(toy, range(2)), *examine(march(), range(2))]
    assert [row.verdict for row in rows[:2]] == [PASSES, FAILS]
    text = hold_outs.markdown(rows)
    assert "**1 pass, 1 fail, 2 are outside the model.**" in text
    assert "What fails: It is too simple." in text
    assert "as it is" in text
    assert "| **fails** |" in text
    assert march().outside in text
    assert list(hold_outs.table(rows).verdict) == [PASSES, FAILS, OUTSIDE, OUTSIDE]


def test_the_figure_has_a_mark_for_every_number_and_every_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Study("Somebody 1999", "as it is", findings=(_judged(True), _judged(False)))
    monkeypatch.setattr("experiments.validation.studies", lambda: [sah_stiglitz(), toy, march()])
    rows = hold_out_rows(10)
    left, right = hold_outs_figure(rows).axes
    assert len(left.containers) == 8
    assert len(right.containers) == 2
    assert [label.get_text().replace("\n", " ") for label in right.get_yticklabels()] == [
        "Somebody 1999: something falls", "Somebody 1999: something rises",
    ]
