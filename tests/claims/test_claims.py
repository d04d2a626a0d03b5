"""The claims ledger: rules that can come out either way, decisions as likely to be false as stated, faults all at once."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from experiments import claims
from experiments.claims import attainable, effects, ledger, report, verdicts
from experiments.cli import app
from experiments.store import StoreError
from simulation.loading import InputError

N = 25  # runs of an imagined cell
LEDGER = claims.load_ledger()
STANDARD = ledger.Standard(0.05, 0.8, 0.1)
CONFIG = """
question = "Who is faster?"
baseline = "strict"
outcomes = ["won", "created_won", "won_share", "best_answer_share"]
contrasts = [["blended", "strict"], ["blended", "cluster"]]
[regimes.strict]
[regimes.cluster]
[regimes.blended]
[uncertainties]
market.variety = { from = 0.0, to = 1.0, steps = 5 }
[levers]
regime.review_weeks = [1, 4, "never"]
"""
HEAD = """
[standard]
false_discoveries = 0.05
most = 0.8
few = 0.1
"""
TEST = """
[[C1.tests]]
says = "it does"
experiment = "race"
measure = "won"
regime = "blended"
minus = ["strict"]
above = 0.0
"""
CLAIM = """
[C1]
claim = "Blends enact more."
hypothesis = "They do."
combine = "all"
counter_evidence = []
supporting_evidence = []
"""


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    """A folder with one config, `race`."""
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "race.toml").write_text(CONFIG, encoding="utf-8")
    return folder


@pytest.fixture
def loaded(tmp_path: Path, configs: Path) -> Callable[[str], claims.Ledger]:
    """A ledger from text, checked against `race`."""

    def load(text: str) -> claims.Ledger:
        path = tmp_path / "claims.toml"
        path.write_text(text, encoding="utf-8")
        return ledger.load_ledger(path, configs)

    return load


def a_test(**changes: object) -> ledger.Test:
    """The test of TEST, with other values."""
    plain = ledger.Test("it does", "race", "won", "blended", ("strict",), "", False, "", "", 0.0, True, {})
    return plain._replace(**changes)  # type: ignore[arg-type]


def tables(cells: pd.DataFrame, differences: dict[tuple[str, str], list[float]], error: float = 0.1) -> claims.Tables:
    """Stored tables of `won` with these differences in the cells; every regime's own mean is 10, that of `created_won` 4."""
    half = error * stats.t.ppf(0.975, N - 1)
    numbered = cells.rename_axis("cell").reset_index()
    rows = [
        (cell, "won", "deals", regime, baseline, N, mean, mean - half, mean + half, 0.5)
        for (regime, baseline), means in differences.items()
        for cell, mean in enumerate(means)
    ]
    regimes = ("strict", "cluster", "blended")
    levels = [
        (cell, measure, "deals", regime, N, mean, 1.0, mean - half, mean + half)
        for cell, regime, (measure, mean) in itertools.product(
            range(len(cells)), regimes, (("won", 10.0), ("created_won", 4.0))
        )
    ]
    return claims.Tables(
        numbered,
        pd.DataFrame(levels, columns=["cell", "measure", "unit", "regime", "n", "mean", "sd", "low", "high"]),
        pd.DataFrame(
            rows, columns=["cell", "measure", "unit", "regime", "baseline", "n", "mean", "low", "high", "p"]
        ),
    )


def judged(test: ledger.Test, stored: claims.Tables) -> verdicts.Finding:
    return verdicts.judge(test, STANDARD, lambda _: stored)


def line_of(n: int) -> pd.DataFrame:
    return pd.DataFrame({"market.variety": np.linspace(0, 1, n)})


# --- the ledger itself


def test_all_eleven_claims_have_a_hypothesis_and_a_rule() -> None:
    assert [claim.name for claim in LEDGER.claims] == [f"C{n}" for n in range(1, 12)]
    assert all(claim.claim and claim.hypothesis and claim.tests for claim in LEDGER.claims)


@pytest.mark.parametrize("verdict", [verdicts.SUPPORTED, verdicts.CONTRADICTED, verdicts.DEPENDS])
@pytest.mark.parametrize("claim", LEDGER.claims, ids=lambda claim: claim.name)
def test_every_claim_can_come_out_either_way(claim: ledger.Claim, verdict: str) -> None:
    assert attainable.attainable(claim, verdict, LEDGER)


@pytest.mark.parametrize("claim", LEDGER.claims, ids=lambda claim: claim.name)
def test_every_single_test_can_come_out_either_way(claim: ledger.Claim) -> None:
    for test in claim.tests:
        alone = claim._replace(tests=(test,), combine="all")
        assert claims.unattainable(LEDGER._replace(claims=(alone,))) == [], test.says


def test_a_rule_that_cannot_fail_is_found(loaded: Callable[[str], claims.Ledger], configs: Path) -> None:
    level = TEST.replace("won", "best_answer_share").replace('minus = ["strict"]\n', "")
    never_fails = loaded(HEAD + CLAIM + level.replace("above = 0.0", "below = 1.5"))
    assert claims.unattainable(never_fails, configs) == ["C1 can never be contradicted"]
    never_met = loaded(HEAD + CLAIM + level.replace("above = 0.0", "above = 1.5"))
    assert claims.unattainable(never_met, configs) == ["C1 can never be supported"]
    quarrelling = loaded(HEAD + CLAIM + TEST + TEST.replace("above = 0.0", "below = -1.0"))
    assert claims.unattainable(quarrelling, configs) == ["C1 can never be supported"]


def test_differences_of_the_same_regimes_must_agree(loaded: Callable[[str], claims.Ledger], configs: Path) -> None:
    """Blended above both and a trend below them at once: only some of it can be had, whatever the numbers."""
    both = TEST.replace('minus = ["strict"]', 'minus = ["strict", "cluster"]')
    reverse = TEST.replace("blended", "strict").replace('minus = ["strict"]', 'minus = ["blended"]')
    assert claims.unattainable(loaded(HEAD + CLAIM + both), configs) == []
    assert claims.unattainable(loaded(HEAD + CLAIM + both + reverse), configs) == ["C1 can never be supported"]


def test_all_faults_are_told_at_once(loaded: Callable[[str], claims.Ledger]) -> None:
    text = HEAD.replace("most = 0.8", "most = 0.05") + CLAIM.replace('"all"', '"al"')
    for old, new in (
        ('"race"', '"rase"'),
        ('"won"', '"wonn"'),
        ('"blended"', '"blend"'),
        ('["strict"]', '["lean"]'),
        ("above = 0.0", ""),
        ("above = 0.0", "above = 0.0\nbelow = 1.0"),
        ("above = 0.0", 'above = "much"'),
        ("above = 0.0", "above = 0.0\nabov = 1.0"),
        ("above = 0.0", 'above = 0.0\ntrend = "regime.review_weeks"'),
        ("above = 0.0", 'above = 0.0\ntrend = "market.varity"'),
        ("above = 0.0", 'above = 0.0\nwhere = { "market.variety" = [0.3, 0.4] }'),
        ("above = 0.0", 'above = 0.0\nwhere = { "market.variety" = [0.4, 0.3] }'),
        ("above = 0.0", 'above = 0.0\nrelative = true\ntrend = "market.variety"'),
        ('regime = "blended"\nminus = ["strict"]', 'regime = "cluster"\nminus = ["strict"]'),
        ("above = 0.0", 'above = 0.0\nbeside = "won_share"'),
        ("above = 0.0", 'above = 0.0\nbest_over = "market.variety"\ntrend = "market.variety"'),
        ('says = "it does"', ""),
        ("[[C1.tests]]", "[C2]"),
    ):
        assert old in TEST
        text += TEST.replace(old, new)
    with pytest.raises(InputError) as caught:
        loaded(text)
    message = str(caught.value)
    for part in (
        "standard: needs shares between 0 and 1, and few below most",
        "C1.combine: 'al' is not a combination; did you mean 'all'?",
        "C1.tests.1.experiment: there is no experiment 'rase'; did you mean 'race'?",
        "C1.tests.2.measure: 'wonn' is not among the outcomes of race; did you mean 'won'?",
        "C1.tests.3.regime: race has no regime 'blend'; did you mean 'blended'?",
        "C1.tests.4.minus: race has no regime 'lean'",
        "C1.tests.5: needs either above or below, and has neither",
        "C1.tests.6: needs either above or below, and has above and below",
        "C1.tests.7.threshold: must be a number, not 'much'",
        "C1.tests.8.abov: unknown key; did you mean 'above'?",
        "C1.tests.9.trend: needs values of regime.review_weeks that are all numbers",
        "C1.tests.10.trend: 'market.varity' is not a factor of race; did you mean 'market.variety'?",
        "C1.tests.11.where: race has no cell with market.variety from 0.3 to 0.4",
        "C1.tests.12.where.market.variety: [0.4, 0.3] is not a range; write [lowest, highest]",
        "C1.tests.13.relative: goes with either minus or trend",
        "C1.tests.14.minus: cluster minus strict is not among the contrasts of race; add it there",
        "C1.tests.15.beside: 'won_share' has another unit than 'won'",
        "C1.tests.16.best_over: does not go with a trend",
        "C1.tests.17.says: is missing; it must be a text",
        "C2.tests: is missing; a claim without a test decides nothing",
    ):
        assert part in message


# --- from tables to decisions


def test_cells_are_for_against_or_undecided() -> None:
    stored = tables(line_of(3), {("blended", "strict"): [3.0, 1.05, -1.0]})
    finding = judged(a_test(threshold=1.0), stored)
    assert finding.decisions.tolist() == [verdicts.FOR, verdicts.OPEN, verdicts.AGAINST]
    other_side = judged(a_test(threshold=1.0, above=False), stored)
    assert other_side.decisions.tolist() == [verdicts.AGAINST, verdicts.OPEN, verdicts.FOR]


def test_a_contrast_may_be_stored_the_other_way_round() -> None:
    cells = line_of(3)
    straight = judged(a_test(threshold=0.5), tables(cells, {("blended", "strict"): [1.0, 0.5, -1.0]}))
    reverse = judged(a_test(threshold=0.5), tables(cells, {("strict", "blended"): [-1.0, -0.5, 1.0]}))
    assert straight.decisions.tolist() == reverse.decisions.tolist() == [1, 0, -1]


def test_against_several_others_all_must_be_beaten_and_one_is_enough_to_fail() -> None:
    stored = tables(line_of(3), {("blended", "strict"): [2.0, 2.0, -2.0], ("blended", "cluster"): [2.0, -2.0, 2.0]})
    assert judged(a_test(minus=("strict", "cluster")), stored).decisions.tolist() == [1, -1, -1]


def test_to_lose_against_one_of_several_takes_the_surer_evidence_the_more_they_are() -> None:
    """One lucky comparison among two must not count twice: p = 0.03 decides alone, and not as the smaller of two."""
    low = -0.1 * stats.t.isf(0.03, N - 1)
    stored = tables(line_of(1), {("blended", "strict"): [low], ("blended", "cluster"): [1.0]})
    assert judged(a_test(), stored).decisions.tolist() == [verdicts.AGAINST]
    assert judged(a_test(minus=("strict", "cluster")), stored).decisions.tolist() == [verdicts.OPEN]


def test_the_error_of_a_relative_effect_is_a_share_as_well() -> None:
    """1.2 of 10 is above a tenth by two of its standard errors, 0.1 of 10: p = 0.03."""
    assert judged(a_test(relative=True, threshold=0.1), tables(line_of(1), {("blended", "strict"): [1.2]})).decisions == [1]
    assert judged(a_test(relative=True, threshold=0.1), tables(line_of(1), {("blended", "strict"): [1.1]})).decisions == [0]


def test_a_relative_effect_is_a_share_of_the_other_regimes_mean() -> None:
    stored = tables(line_of(2), {("blended", "strict"): [0.9, 1.1]}, error=0.001)  # of a mean of 10
    assert judged(a_test(relative=True, threshold=0.1), stored).decisions.tolist() == [-1, 1]


def test_exactly_no_difference_is_none_in_the_claimed_direction() -> None:
    stored = tables(line_of(2), {("blended", "strict"): [0.0, 0.5]}, error=0.0)
    assert judged(a_test(), stored).decisions.tolist() == [-1, 1]
    assert judged(a_test(above=False, threshold=0.1), stored).decisions.tolist() == [1, -1]


def test_another_measure_is_taken_off_with_the_errors_of_both() -> None:
    """10 - 4 = 6 in every cell, wherever it comes from; errors of 0.1 each may go against each other: 0.2."""
    stored = tables(line_of(1), {})
    for minus in ((), ("cluster",)):
        test = a_test(minus=minus, beside="created_won")
        assert judged(test._replace(threshold=5.5), stored).decisions.tolist() == [1]
        assert judged(test._replace(threshold=6.5), stored).decisions.tolist() == [-1]
        (effect,) = effects.effects(test, stored).of_each
        assert (effect.mean[0], effect.error[0]) == pytest.approx((6.0, 0.2))
    relative = effects.effects(a_test(minus=("cluster",), beside="created_won", relative=True), stored)
    assert relative.of_each[0].mean == pytest.approx([6.0 / 4.0])


def test_of_two_measures_the_share_of_a_trend_is_that_of_their_difference() -> None:
    """From 6 to 6.3 is 5 % of the mean of the line, not 3 %."""
    stored = tables(line_of(2), {}, error=0.0001)
    stored.summary.loc[(stored.summary["measure"] == "won") & (stored.summary["cell"] == 1), ["mean", "low", "high"]] += 0.3
    test = a_test(minus=(), beside="created_won", relative=True, trend="market.variety")
    assert effects.effects(test, stored).of_each[0].mean == pytest.approx([0.3 / 6.15])


def test_a_lever_may_be_set_as_is_best_for_the_claim() -> None:
    """In the first market one value of three leads, in the second none does, in the third none is known not to."""
    grid = list(itertools.product((0.2, 0.4, 0.6), (1.0, 2.0, 3.0)))
    cells = pd.DataFrame(grid, columns=["market.variety", "regime.quorum"])
    leads = [-1.0, 1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 0.0, -1.0]
    finding = judged(a_test(best_over="regime.quorum"), tables(cells, {("blended", "strict"): leads}))
    assert finding.decisions.tolist() == [1, -1, 0]
    assert finding.effects is not None
    assert finding.effects.units["market.variety"].tolist() == [0.2, 0.4, 0.6]
    assert finding.effects.of_each[0].mean == pytest.approx([1.0, -1.0, 0.0])
    alone = judged(a_test(best_over="market.variety"), tables(line_of(3), {("blended", "strict"): [-1.0, 1.0, -1.0]}))
    assert alone.decisions.tolist() == [1]


def test_the_more_values_a_lever_has_the_surer_the_best_of_them_must_be() -> None:
    """p = 0.03 decides alone, and not as the best of two."""
    high = 0.1 * stats.t.isf(0.03, N - 1)
    one = judged(a_test(), tables(line_of(1), {("blended", "strict"): [high]}))
    best_of_two = judged(a_test(best_over="market.variety"), tables(line_of(2), {("blended", "strict"): [high, -1.0]}))
    assert (one.decisions.tolist(), best_of_two.decisions.tolist()) == ([1], [0])


def test_a_cell_without_an_interval_is_undecided() -> None:
    stored = tables(line_of(3), {("blended", "strict"): [5.0, 5.0, 5.0]})
    stored.differences.loc[0, ["mean", "low", "high"]] = np.nan
    stored.differences.loc[1, "n"] = 1
    assert judged(a_test(), stored).decisions.tolist() == [0, 0, 1]


def test_words_lie_in_no_range() -> None:
    cells = pd.DataFrame({"regime.review_weeks": ["1", "4", "never"]})
    stored = tables(cells, {("blended", "strict"): [1.0, 1.0, 1.0]})
    finding = judged(a_test(where={"regime.review_weeks": (1.0, 5000.0)}), stored)
    assert finding.effects is not None
    assert finding.effects.units["regime.review_weeks"].tolist() == ["1", "4"]


def test_where_nothing_differs_few_maps_have_a_decision() -> None:
    """One-sided and each direction at 5 %: of 400 maps without any effect at most 5 % have a cell for, on average.

    The bound is exceeded by chance with probability below 1e-6; without the control nine maps of ten would have one.
    """
    rng = np.random.default_rng(1)
    maps_for = maps_against = 0
    cells = line_of(50)
    for values in rng.normal(0.0, 1.0, (400, 50, N)):
        error = values.std(axis=1, ddof=1) / np.sqrt(N)
        effect = effects.Effect("strict", np.full(len(cells), float(N)), values.mean(axis=1), error)
        decisions = verdicts.decided(*verdicts.p_values(a_test(), [effect]), 0.05)
        maps_for += bool(np.any(decisions == verdicts.FOR))
        maps_against += bool(np.any(decisions == verdicts.AGAINST))
    most = stats.binom.ppf(1 - 1e-6, 400, 0.05)
    assert 0 < maps_for <= most
    assert 0 < maps_against <= most


# --- trends


def test_a_trend_is_the_least_squares_change_over_the_range() -> None:
    values = np.array([0.0, 0.1, 0.5, 2.0])
    y = np.array([3.0, 1.0, 4.0, 1.5])
    assert effects.trend_weights(values) @ y == pytest.approx(2.0 * np.polyfit(values, y, 1)[0])


def test_every_line_of_cells_has_its_own_trend() -> None:
    grid = [(v, load) for v in (0.0, 0.5, 1.0) for load in (1.0, 2.0)]
    cells = pd.DataFrame(grid, columns=["market.variety", "market.opportunities_per_rep_week"])
    rising_at_one = [v if load == 1 else -2 * v for v, load in grid]
    stored = tables(cells, {("blended", "strict"): rising_at_one}, error=0.01)
    finding = judged(a_test(trend="market.variety", threshold=0.5), stored)
    assert finding.effects is not None
    assert finding.effects.units["market.opportunities_per_rep_week"].tolist() == [1.0, 2.0]
    assert finding.effects.of_each[0].mean == pytest.approx([1.0, -2.0])
    assert finding.decisions.tolist() == [1, -1]


def test_the_error_of_a_trend_holds_for_any_common_correlation() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        weights, errors, rho = rng.normal(size=5), rng.uniform(0, 2, 5), rng.uniform()
        covariance = np.outer(errors, errors) * (rho + (1 - rho) * np.eye(5))
        error = effects.combined_error(weights, errors)
        assert error**2 >= weights @ covariance @ weights * (1 - 1e-12)
    assert effects.combined_error(np.array([1.0, 1.0]), np.array([3.0, 4.0])) == pytest.approx(7.0)
    assert effects.combined_error(np.array([1.0, -1.0]), np.array([3.0, 4.0])) == pytest.approx(5.0)


# --- from decisions to verdicts


@pytest.mark.parametrize(
    ("n_for", "n_against", "n_open", "verdict"),
    [
        (8, 1, 1, "supported"),
        (8, 2, 0, "depends"),
        (7, 0, 3, "undecided"),
        (1, 8, 1, "contradicted"),
        (2, 8, 0, "depends"),
        (2, 2, 6, "depends"),
        (7, 1, 2, "undecided"),
        (0, 7, 3, "undecided"),
        (0, 0, 10, "undecided"),
    ],
)
def test_a_verdict_follows_from_the_shares_of_cells(n_for: int, n_against: int, n_open: int, verdict: str) -> None:
    decisions = np.repeat([1, -1, 0], [n_for, n_against, n_open])
    assert verdicts.verdict_of(decisions, STANDARD) == verdict


@pytest.mark.parametrize(
    ("combine", "single", "verdict"),
    [
        ("all", ["supported", "supported"], "supported"),
        ("all", ["supported", "contradicted"], "contradicted"),
        ("all", ["contradicted", "not run"], "contradicted"),
        ("all", ["supported", "depends"], "depends"),
        ("all", ["supported", "not run"], "not run"),
        ("any", ["supported", "contradicted"], "supported"),
        ("any", ["contradicted", "contradicted"], "contradicted"),
        ("any", ["contradicted", "undecided"], "undecided"),
        ("each", ["supported", "supported"], "supported"),
        ("each", ["supported", "contradicted"], "supported in part"),
        ("each", ["contradicted", "contradicted"], "contradicted"),
        ("each", ["contradicted", "depends"], "depends"),
        ("each", ["supported", "not run"], "not run"),
    ],
)
def test_tests_combine_to_a_claim(combine: str, single: list[str], verdict: str) -> None:
    """Each single verdict is brought about by the sign of the differences in its range of variety."""
    signs = {"supported": [1, 1], "contradicted": [-1, -1], "depends": [1, -1], "undecided": [0, 0], "not run": [0, 0]}
    cells = pd.DataFrame({"market.variety": np.arange(4.0)})
    stored = tables(cells, {("blended", "strict"): [float(s) for word in single for s in signs[word]]}, error=0.01)
    tests = tuple(
        a_test(where={"market.variety": (2.0 * n, 2.0 * n + 1)}, experiment="lost" if word == "not run" else "race")
        for n, word in enumerate(single)
    )

    def find(experiment: str) -> claims.Tables:
        if experiment == "lost":
            raise effects.NoResultsError("lost has not been run")
        return stored

    ruling = verdicts.rule_on(ledger.Claim("C1", "", "", combine, (), (), tests), STANDARD, find)
    assert [finding.verdict for finding in ruling.findings] == single
    assert ruling.verdict == verdict


# --- where it holds and where not


def test_the_border_is_found_and_told() -> None:
    grid = list(itertools.product((0.2, 0.4, 0.6, 0.8), (1.0, 2.0)))
    cells = pd.DataFrame(grid, columns=["market.variety", "market.opportunities_per_rep_week"])
    wins = [1.0 if v >= 0.6 or (v, load) == (0.4, 1.0) else -1.0 for v, load in grid]
    finding = judged(a_test(), tables(cells, {("blended", "strict"): wins}))
    assert report.border_text(finding) == [
        "market.variety ≥ 0.6: 4 of 4 cells for; market.variety ≤ 0.4: 3 of 4 cells against, 1 for"
    ]


def test_a_border_may_be_a_word() -> None:
    cells = pd.DataFrame({"regime.review_weeks": ["1", "4", "never", "never"]})
    finding = judged(a_test(), tables(cells, {("blended", "strict"): [-1.0, -1.0, 1.0, 1.0]}))
    assert report.border_text(finding) == [
        "regime.review_weeks = never: 2 of 2 cells for; regime.review_weeks ≠ never: 2 of 2 cells against"
    ]


def test_where_no_factor_divides_them_it_says_so() -> None:
    cells = pd.DataFrame(list(itertools.product((0.0, 1.0), (1.0, 2.0))), columns=["market.variety", "load"])
    crossed = judged(a_test(), tables(cells, {("blended", "strict"): [1.0, -1.0, -1.0, 1.0]}))
    assert report.border_text(crossed) == ["No single factor divides the cells for from those against"]
    alike = judged(a_test(), tables(cells, {("blended", "strict"): [1.0, 1.0, 1.0, 1.0]}))
    assert report.border_text(alike) == []


def test_the_average_is_not_surer_than_its_cells() -> None:
    """Twenty cells with the same seeds may err together, so their average has their interval."""
    half = 0.1 * stats.t.ppf(0.975, N - 1)
    finding = judged(a_test(), tables(line_of(20), {("blended", "strict"): [1.0] * 20}))
    assert finding.effects is not None
    assert verdicts.average(finding.effects.of_each[0]) == pytest.approx((1.0, 1.0 - half, 1.0 + half))


# --- results folders, text, command


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Stored tables with which C6 is supported, and nothing else."""
    claim = next(claim for claim in LEDGER.claims if claim.name == "C6")
    imagined = attainable.imagined(claim, [attainable.Wish(test, lambda n: np.ones(n)) for test in claim.tests])
    assert imagined is not None
    folder = tmp_path / "results"
    for experiment, stored in imagined.items():
        (folder / experiment).mkdir(parents=True)
        for name, table in stored._asdict().items():
            table.to_csv(folder / experiment / f"{name}.csv", index=False)
    return folder


def test_what_has_results_is_judged_and_what_has_none_is_named(results: Path) -> None:
    rulings = {ruling.claim.name: ruling for ruling in claims.evaluate(LEDGER, results)}
    assert rulings["C6"].verdict == "supported"
    assert rulings["C7"].verdict == "not run"
    missing = report.missing_experiments(rulings.values())
    assert missing["sanction"] == ["C7"]
    assert missing["who_wins_where"] == ["C1", "C3", "C4"], "its tables are there, but lack their measures"
    text = claims.claims_markdown(LEDGER, list(rulings.values()))
    assert "## C6: supported" in text
    assert "sanction has not been run; `sellsim run experiments/configs/sanction.toml` fills it in" in text


def test_every_verdict_shows_effect_interval_rule_and_published_evidence(results: Path) -> None:
    rulings = claims.evaluate(LEDGER, results)
    text = claims.claims_markdown(LEDGER, rulings)
    section = text.split("## C6")[1].split("## C7")[0]
    for part in (
        "blended minus strict: on average +", " % (+", "n = 30 runs each", "[who_wins_where](who_wins_where)",
        "Greer et al. 2018", "Rule: `won`, blended minus strict and minus advised and minus cluster as a share of the latter, ",
        "at the best regimes.blended.divert_below, above 1 %",
    ):
        assert part in section
    for claim in LEDGER.claims:
        assert f"> {claim.claim}" in text
        assert all(source in text for source in claim.counter_evidence)


def test_the_order_of_stored_rows_and_their_format_leave_no_trace(results: Path) -> None:
    first = claims.write_claims(LEDGER, claims.evaluate(LEDGER, results), results).read_bytes()
    for path in results.glob("*/*.csv"):
        pd.read_csv(path).sample(frac=1, random_state=3).to_parquet(path.with_suffix(".parquet"), index=False)
        path.unlink()
    assert claims.write_claims(LEDGER, claims.evaluate(LEDGER, results), results).read_bytes() == first


HALF_A_TABLE = "cell,measure,unit,regime,n,mean,low,high\n0,won,deals,strict,30,12x,1,20\n"


@pytest.mark.parametrize("content", ["", "measure,regime\nwon,strict\n", HALF_A_TABLE])
def test_a_damaged_table_is_named(results: Path, content: str) -> None:
    (results / "who_wins_where" / "summary.csv").write_text(content, encoding="utf-8")
    with pytest.raises(StoreError, match=r"who_wins_where.summary\.csv: damaged .*`sellsim run .*` makes it again"):
        claims.evaluate(LEDGER, results)


def test_a_table_that_has_lost_its_rows_decides_nothing() -> None:
    stored = tables(line_of(2), {("blended", "strict"): [1.0, 1.0]})
    finding = judged(a_test(), stored._replace(summary=stored.summary.iloc[:0]))
    assert finding.verdict == verdicts.NOT_RUN
    assert "no means of" in finding.missing


def test_the_command_prints_verdicts_and_what_to_run(results: Path) -> None:
    answer = CliRunner().invoke(app, ["claims", "--results", str(results)])
    assert answer.exit_code == 0, answer.output
    assert "supported" in answer.output
    assert "run: sellsim run experiments/configs/sanction.toml" in answer.output
    assert (results / "claims.md").read_text(encoding="utf-8").startswith("# Claims and verdicts")
    table = claims.claims_table_markdown(results)
    assert "| C6 | A process with clusters blended in beats either alone. | **supported** |" in table
