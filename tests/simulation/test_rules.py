"""All rules together: each says where it comes from, and gives the same bytes compiled and not."""

import inspect
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pytest
from numba import njit

from simulation import case, chance, learning, rules, structure
from simulation.rules import belief, issues, market, offer, path, people, sign_off, timing
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
    "blocks",  # of rule 9
    "deal_value",
    "going_on",
    "hour_from",
    "in_units",
    "instant",
    "market_match",  # of rule 14
    "member",
    "most_readings",  # of rules 3, 7 and 16
    "next_working_hour",  # of rule 21
    "own_work_first",
    "place",
    "places",
    "probability",
    "reviewed_answer",  # of rule 11
    "size",
    "tallied",
    "weibull_scale",
    "work_ends",  # of rules 20 and 21
    "works_now",  # of rule 21
    "worked_between",
    "worked_by",
}
# Steps of a case and of the clock rather than formulas: advice, taking in answers, work shorter than a tick.
WITHOUT_A_FORMULA = {16, 18, 20}
# Numba's gamma function differs from Python's in the last bits: only to be called while settings are made.
NEVER_COMPILED = {"weibull_scale"}


def model_rules(text):
    """The numbers of the rules of MODEL.md that a docstring refers to."""
    return {int(number) for named in re.findall(r"MODEL rules? ([^.;]*)", text) for number in re.findall(r"\d+", named)}


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
    steps = [f for m in (case, learning, structure) for _, f in inspect.getmembers(m, inspect.isfunction)]
    named = set().union(*(model_rules(inspect.getdoc(f) or "") for f in (*RULES.values(), *steps)))
    assert named == set(range(1, 24)) - WITHOUT_A_FORMULA


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


def every_rule(i, x, n, tallies, doubts, memory, agreement, out):
    """Call every rule with row i of the inputs and write down what it gives."""
    plain, expert = tallies[i][:N_ISSUES], tallies[i][N_ISSUES:]
    u, share, other, own, group, v, a, relief, mean, rate, median, spread, over, authority, odds, head = x[i]
    template, need, wanted, able, revealed, tick, minutes, per_day, answers, asked, quorum, block, task, shade, unit = n[i]
    fixed, ones = answers % 2, quorum % 2

    units = timing.in_units(mean, unit)
    out[i, 0] = units
    out[i, 1] = timing.going_on(units)
    out[i, 2] = timing.whole_units(units, timing.going_on(units), u, fixed)
    out[i, 3] = timing.gap(rate, u)
    out[i, 4] = timing.patience(mean, 1.0 / rate, median, u)
    out[i, 5] = timing.playbook_review_due(task, block)
    out[i, 6] = timing.forgotten(share, minutes, u)
    out[i, 7] = timing.instant(tick)
    out[i, 8] = timing.hour_from(task)
    out[i, 9] = timing.works_now(task, per_day)
    out[i, 10] = timing.next_working_hour(task, per_day)
    out[i, 11] = timing.worked_by(task, per_day) + timing.at_work(task, per_day)
    out[i, 12] = timing.worked_between(task, task + minutes, per_day)
    out[i, 13] = timing.work_ends(task, minutes, per_day)

    out[i, 14] = market.deviates(v, u)
    out[i, 15] = market.deal_value(median, spread, u)
    out[i, 16] = market.market_match(template, need, N_ISSUES)
    out[i, 17] = market.opens_opportunity(share, other, u)
    out[i, 18] = issues.size(wanted)
    out[i, 19] = issues.member(wanted | 1, chance.pick(issues.size(wanted | 1), u))

    out[i, 30] = belief.shade(chance.child(task, tick), quorum)
    ambiguity = belief.issue_ambiguity(a, share, shade)
    plain_error = belief.reading_error(ambiguity, relief, False)
    expert_error = belief.reading_error(ambiguity, relief, True)
    plain_weight, expert_weight = belief.reading_weight(plain_error), belief.reading_weight(expert_error)
    prior = belief.prior_weight(v)
    out[i, 20] = ambiguity
    out[i, 21] = plain_error
    out[i, 22] = expert_error
    out[i, 23] = plain_weight
    out[i, 24] = expert_weight
    out[i, 25] = prior
    out[i, 26] = belief.reading(ones, expert_error, u)
    out[i, 27] = belief.told(ones, fixed, u < share)
    out[i, 28] = belief.tallied(plain[0], ones, fixed)
    out[i, 29] = belief.probability(odds)
    out[i, 31] = belief.place(MOST_TALLY, shade, 2 * ones - 1, plain[1], expert[1]) + belief.places(asked)
    belief.note_beliefs(agreement, MOST_TALLY, shade, prior, plain_weight, expert_weight)
    agrees = belief.agrees(agreement, MOST_TALLY, shade, template, 2, plain[2], expert[2])
    out[i, 32] = agrees
    out[i, 33] = belief.certainty(agrees)
    out[i, 34] = belief.speaks_against(agrees)

    coin_fit = offer.coin_flip_fit(block, N_ISSUES)
    matching = offer.matching_blocks(template, need, block, N_ISSUES)
    out[i, 35] = offer.drafting_mean(mean, rate, issues.size(template ^ wanted))
    out[i, 36] = offer.blocks(block, N_ISSUES)
    out[i, 37] = matching
    out[i, 38] = offer.fit(matching, offer.blocks(block, N_ISSUES))
    out[i, 39] = coin_fit
    out[i, 40] = offer.acceptance(offer.fit(matching, offer.blocks(block, N_ISSUES)), coin_fit, rate)
    out[i, 41] = offer.implementable(template, wanted, able, revealed)

    out[i, 42] = path.follows_process(share, other)
    out[i, 43] = path.diverts(share, u)
    out[i, 44] = path.peers_to_ask(asked, quorum)
    out[i, 45] = path.most_readings(asked, quorum)
    out[i, 46] = path.ready_to_act(answers, asked, quorum, share, other)

    out[i, 47] = sign_off.needs_sign_off(answers, over)
    out[i, 48] = sign_off.may_grant(answers, authority, 1 + quorum, ones)
    out[i, 49] = sign_off.to_read(template, need, wanted)
    out[i, 50] = sign_off.put_back(wanted, fixed, ones)
    out[i, 51] = sign_off.agreed_to(able, able & need, fixed)
    out[i, 52] = sign_off.goes_up(wanted, fixed, ones, answers > asked)

    out[i, 53] = people.is_expert(share, other, u, own, group)
    out[i, 54] = people.own_work_first(tick, task, head)
    out[i, 55] = people.doubt_on(share)
    out[i, 56] = people.usefulness(able, need, other, doubts[i], N_ISSUES)
    out[i, 57] = people.moved_memory(memory[i][0], share, ones)
    out[i, 58] = people.memory_template(template, memory[i], other, N_ISSUES)
    out[i, 59] = people.evidence_weight(fixed, share)
    out[i, 60] = people.reviewed_answer(ones, share, other)
    out[i, 61] = people.enough_evidence(share, other, quorum)
    out[i, 62] = people.willingness_after_sanction(share, other)
    out[i, 63] = people.willingness_after_success(share, other)


N_RESULTS = 64
compiled_rules = njit(every_rule)


@njit
def every_rule_compiled(rows, x, n, tallies, doubts, memory, agreement, out):
    for i in range(rows):
        compiled_rules(i, x, n, tallies, doubts, memory, agreement, out)


def mixed(rng, rows, low, high, *special):
    """Draws between two bounds, mixed with both bounds and with special values."""
    values = rng.uniform(low, high, rows)
    odd = rng.random(rows) < 0.4
    values[odd] = rng.choice([low, high, *special], odd.sum())
    return values


def inputs(rows=1500):
    """Rows of numbers, whole numbers, tallies, doubts and memories for `every_rule`, and an empty table of beliefs."""
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
    ]
    sets = rng.integers(0, 2**N_ISSUES, (5, rows))
    minutes, per_day = rng.integers(1, 20000, rows), rng.integers(6, 481, rows)
    tick, counts = rng.integers(0, 40000, rows), rng.integers(0, 5, (3, rows))
    block, task = rng.integers(1, N_ISSUES + 1, rows), rng.integers(0, 60 * 40000, rows)
    shade, unit = rng.integers(0, belief.SHADES, rows), rng.choice([1, 7, 13, 15, 60], rows)
    whole = [*sets, tick, minutes, per_day, *counts, block, task, shade, unit]
    tallies = rng.integers(-MOST_TALLY, MOST_TALLY + 1, (rows, 2 * N_ISSUES)).astype(np.int8)  # as the kernel stores them
    doubts = rng.uniform(0.0, 0.5, (rows, N_ISSUES))
    memory = rng.choice([-1.0, -0.5, -0.3, 0.0, 0.2, 0.5, 0.7, 1.0], (rows, N_ISSUES))
    return np.column_stack(numbers), np.column_stack(whole), tallies, doubts, memory, np.zeros(belief.places(MOST_TALLY))


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
