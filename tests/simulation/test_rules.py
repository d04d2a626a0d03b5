"""All rules together: each says where it comes from, and gives the same bytes compiled and not."""

import inspect
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pytest
from numba import njit

from simulation import chance, rules
from simulation.rules import belief, market, offer, path, people, timing
from tests.helpers.strategies import DECLARED

HOME = Path(rules.__file__).parents[1]
MODULES = [import_module(f"simulation.rules.{module.name}") for module in iter_modules(rules.__path__)]
RULES = {
    name: function
    for module in MODULES
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and not name.startswith("_")
}
# Helpers for which MODEL.md has no rule of its own.
HELPERS = {
    "deal_value",
    "error_on",  # of rule 3
    "happens",
    "going_on",
    "market_match",  # of rule 14
    "mean_belief",  # of rules 4 and 7
    "member",
    "own_work_first",
    "pick",
    "place",
    "probability",
    "readings_of_an_issue",  # of rules 3 and 7
    "review_ends",
    "review_hours_until",
    "reviewed_answer",  # of rule 11
    "reviews_now",
    "size",
    "tallied",
    "weibull_scale",
}
# Numba's gamma function differs from Python's in the last bits: only to be called while settings are made.
NEVER_COMPILED = {"weibull_scale"}


def model_rules(text):
    """The numbers of the rules of MODEL.md that a docstring refers to."""
    found = re.findall(r"MODEL rules? ((?:\d+(?:, | and )?)+)", text)
    return {int(number) for numbers in found for number in re.findall(r"\d+", numbers)}


# --- declared facts ---


def test_there_are_rules_in_every_module():
    assert {function.__module__ for function in RULES.values()} == {module.__name__ for module in MODULES}


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_says_what_it_does_and_where_it_comes_from(name):
    text = inspect.getdoc(RULES[name])
    assert text is not None
    assert "Source: " in text or name in HELPERS


def test_helpers_are_rules_that_exist():
    assert set(RULES) >= HELPERS | NEVER_COMPILED


def test_every_rule_of_the_model_has_its_functions():
    named = set().union(*(model_rules(inspect.getdoc(function)) for function in RULES.values()))
    assert named == set(range(1, 15))


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_is_typed_and_called_somewhere(name):
    hints = inspect.signature(RULES[name])
    assert hints.return_annotation in (bool, float, int, None)  # None: fills a table
    assert all(parameter.annotation is not inspect.Parameter.empty for parameter in hints.parameters.values())
    text = "".join(file.read_text(encoding="utf-8") for file in HOME.rglob("*.py"))
    assert len(re.findall(rf"\b{name}\(", text)) > 1  # once where it is defined


@pytest.mark.parametrize("name", sorted(NEVER_COMPILED))
def test_what_differs_when_compiled_is_not_used_by_the_engines(name):
    users = [file.name for file in HOME.rglob("*.py") if f"{name}(" in file.read_text(encoding="utf-8")]
    assert set(users) <= {"settings.py", "timing.py"}


# --- the same bytes, compiled and not ---

N_ISSUES = 7
MOST_TALLY = 4


def every_rule(i, x, n, tallies, doubts, memory, agreement, certainty, out):
    """Call every rule with row i of the inputs and write down what it gives."""
    plain, expert = tallies[i][:N_ISSUES], tallies[i][N_ISSUES:]
    u, share, other, own, group, v, a, relief, mean, rate, median, spread, over, authority, odds, head = x[i]
    template, need, wanted, able, revealed, tick, hours, per_day, answers, asked, quorum, block, task = n[i]
    fixed, ones = answers % 2, quorum % 2

    out[i, 0] = timing.whole_hours(mean, timing.going_on(mean), u, fixed)
    out[i, 1] = timing.gap(rate, u)
    out[i, 2] = timing.patience(mean, 1.0 / rate, median, u)
    out[i, 3] = timing.reviews_now(task, per_day)
    out[i, 4] = timing.review_ends(tick, hours, per_day)
    out[i, 5] = timing.review_hours_until(tick, tick + hours, per_day)

    out[i, 6] = market.deviates(v, u)
    out[i, 7] = market.deal_value(median, spread, u)
    out[i, 8] = market.market_match(template, need, N_ISSUES)
    out[i, 9] = market.opens_opportunity(share, other, u)
    out[i, 10] = market.size(wanted)
    out[i, 11] = market.member(wanted | 1, offer.pick(market.size(wanted | 1), u))

    plain_error = belief.reading_error(a, relief, False)
    expert_error = belief.reading_error(a, relief, True)
    plain_weight, expert_weight = belief.reading_weight(plain_error), belief.reading_weight(expert_error)
    prior = belief.prior_weight(v)
    out[i, 12] = plain_error
    out[i, 13] = expert_error
    out[i, 14] = plain_weight
    out[i, 15] = expert_weight
    out[i, 16] = prior
    out[i, 17] = belief.reading(ones, expert_error, u)
    out[i, 18] = belief.tallied(plain[0], ones, fixed)
    out[i, 19] = belief.log_odds(template, 1, prior, plain[1], expert[1], plain_weight, expert_weight)
    out[i, 20] = belief.probability(odds)
    belief.note_beliefs(agreement, certainty, MOST_TALLY, prior, plain_weight, expert_weight)
    out[i, 21] = belief.believed(certainty, template, 2, plain[2], expert[2])
    out[i, 22] = belief.predicted_fit(agreement, template, plain, expert, N_ISSUES)
    out[i, 23] = belief.confidence(certainty, template, plain, expert, N_ISSUES)
    out[i, 24] = belief.wanted_offer(
        template, plain, expert, prior, plain_weight, expert_weight, revealed, need, N_ISSUES
    )

    coin_fit = offer.coin_flip_fit(block, N_ISSUES)
    fit = offer.fit(template, need, block, N_ISSUES)
    out[i, 25] = offer.drafting_mean(mean, rate, market.size(template ^ wanted))
    out[i, 26] = fit
    out[i, 27] = coin_fit
    out[i, 28] = offer.acceptance(fit, coin_fit, rate)
    out[i, 29] = offer.happens(share, u)
    out[i, 30] = offer.pick(hours, u)

    out[i, 31] = path.follows_process(share, other)
    out[i, 32] = path.diverts(share, u)
    out[i, 33] = path.needs_sign_off(answers, over)
    out[i, 34] = path.may_grant(answers, authority, per_day, ones)
    out[i, 35] = path.implementable(template, wanted, able, revealed)
    out[i, 36] = path.ready_to_act(answers, asked, quorum, share, other)

    out[i, 37] = people.is_expert(share, other, u, own, group)
    out[i, 38] = people.own_work_first(tick, task, head)
    out[i, 39] = people.usefulness(able, doubts[i], N_ISSUES)
    out[i, 40] = people.moved_memory(memory[i][0], share, ones)
    out[i, 41] = people.memory_template(template, memory[i], other, N_ISSUES)
    out[i, 42] = people.reviewed_answer(ones, answers, asked)
    out[i, 43] = people.enough_evidence(answers, asked, quorum)
    out[i, 44] = people.willingness_after_sanction(share, other)
    out[i, 45] = people.willingness_after_success(share, other)

    out[i, 46] = timing.playbook_review_due(task, block)
    out[i, 47] = belief.error_on(1, able, plain_error, expert_error)
    out[i, 48] = path.peers_to_ask(asked, quorum)
    out[i, 49] = path.readings_of_an_issue(asked)
    out[i, 50] = timing.going_on(mean)
    out[i, 51] = people.doubt_on(share)
    out[i, 52] = belief.place(2 * ones - 1, answers, asked)
    out[i, 53] = belief.mean_belief(certainty, template, plain, expert, N_ISSUES)
    out[i, 54] = path.to_read(template, need, wanted)
    out[i, 55] = path.put_back(wanted, fixed, ones)
    out[i, 56] = path.agreed_to(able, able & need, fixed)
    out[i, 57] = path.goes_up(wanted, fixed, ones, answers > asked)


N_RESULTS = 58
compiled_rules = njit(every_rule)


@njit
def every_rule_compiled(rows, x, n, tallies, doubts, memory, agreement, certainty, out):
    for i in range(rows):
        compiled_rules(i, x, n, tallies, doubts, memory, agreement, certainty, out)


def mixed(rng, rows, low, high, *special):
    """Draws between two bounds, mixed with both bounds and with special values."""
    values = rng.uniform(low, high, rows)
    odd = rng.random(rows) < 0.4
    values[odd] = rng.choice([low, high, *special], odd.sum())
    return values


def inputs(rows=1500):
    """Rows of numbers, whole numbers, tallies, doubts and memories for `every_rule`, and two empty tables of beliefs."""
    rng = np.random.default_rng(1)
    last = 1.0 - chance.UNIT
    luck = [mixed(rng, rows, 0.0, last, chance.UNIT, 0.5) for _ in range(5)]
    shares = [mixed(rng, rows, 0.0, 1.0, 0.5) for _ in range(3)]
    u, share, other, own, group = luck
    numbers = [
        u, share, other, own, group, *shares,
        mixed(rng, rows, 0.0, 10000.0, 0.5, 1.0, 1.0000001, 1.5),  # mean
        mixed(rng, rows, DECLARED["patience_shape"].low, 10.0, 1.0),  # rate, exponent, shape
        mixed(rng, rows, 0.001, 1e6, 80.0, 1e9),  # median, expiry
        mixed(rng, rows, 0.0, DECLARED["deal_spread"].high),
        mixed(rng, rows, -1.0, 20.0, np.inf),  # over
        mixed(rng, rows, -1.0, 20.0),  # authority
        mixed(rng, rows, -60.0, 60.0, 0.0, -0.0, 800.0, -800.0),  # log-odds
        mixed(rng, rows, -10000.0, 10000.0, 0.0),  # head start
    ]  # fmt: skip
    sets = rng.integers(0, 2**N_ISSUES, (5, rows))
    per_day = rng.integers(1, 9, rows)
    tick = 8 * rng.integers(0, 5000, rows) + rng.integers(0, 8, rows) % per_day
    counts = rng.integers(0, 5, (3, rows))
    block, task = rng.integers(1, N_ISSUES + 1, rows), rng.integers(0, 40000, rows)
    whole = [*sets, tick, rng.integers(1, 400, rows), per_day, *counts, block, task]
    tallies = rng.integers(-MOST_TALLY, MOST_TALLY + 1, (rows, 2 * N_ISSUES)).astype(np.int8)  # as the kernel stores them
    doubts = rng.uniform(0.0, 0.5, (rows, N_ISSUES))
    memory = rng.choice([-1.0, -0.5, -0.3, 0.0, 0.2, 0.5, 0.7, 1.0], (rows, N_ISSUES))
    return np.column_stack(numbers), np.column_stack(whole), tallies, doubts, memory, *np.zeros((2, belief.BELIEFS))


def test_no_rule_is_left_out_of_the_comparison():
    assert set(RULES) - NEVER_COMPILED <= set(every_rule.__code__.co_names)


def test_rules_give_the_same_bytes_compiled_and_not():
    given = inputs()
    rows = len(given[0])
    compiled, plain = np.full((rows, N_RESULTS), np.nan), np.full((rows, N_RESULTS), np.nan)
    every_rule_compiled(rows, *given, compiled)
    lists = [array.tolist() for array in given]  # plain numbers, as the Mesa model has them
    for i in range(rows):
        every_rule(i, *lists, plain)
    assert not np.isnan(plain).any()
    equal = [compiled[:, rule].tobytes() == plain[:, rule].tobytes() for rule in range(N_RESULTS)]
    assert all(equal), [rule for rule in range(N_RESULTS) if not equal[rule]]
    assert (plain != plain[0]).any(axis=0).all()  # no rule was only ever asked the same thing
