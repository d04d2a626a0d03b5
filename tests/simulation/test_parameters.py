"""Every input is declared once and in full, its bounds hold, and presets are rows of numbers, no more."""

import ast
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import simulation
from simulation.calendar import HOURS_PER_WEEK
from simulation.faults import InputError
from simulation.kernel import arrays
from simulation.parameters import GROUPS, Horizon, Market, Organisation, Regime, Scenario, contradictions
from simulation.parameters import parameters as declared_parameters
from simulation.presets import MEANINGS, PRESETS
from simulation.rules.belief import SHADES
from simulation.settings import Settings, flatten
from simulation.tables import blank_tables, fill_tables
from tests.helpers.strategies import ALONGSIDE, DECLARED, within

HOME = Path(simulation.__file__).parent
PARAMETERS = list(declared_parameters())
NUMBERS = [p for p in PARAMETERS if not p.choices]


def by_name(p):
    return getattr(p, "name", None)


each_parameter = pytest.mark.parametrize("p", PARAMETERS, ids=by_name)
each_number = pytest.mark.parametrize("p", NUMBERS, ids=by_name)


def with_value(p, value):
    """The group of the parameter, at defaults but for this value."""
    return GROUPS[p.group](**{p.name: value})


def flattened(p, value):
    """The settings of the reference firm under the strict preset, but for this value and what must go with it."""
    given = {p.name: value, **ALONGSIDE.get(p.name, {})}
    if p.group == "regime":
        return flatten(Scenario(), PRESETS["strict"].model_copy(update=given))
    return flatten(Scenario(**{p.group: GROUPS[p.group](**given)}), PRESETS["strict"])


# --- declarations ---


def test_there_are_parameters_in_every_group():
    assert {p.group for p in PARAMETERS} == set(GROUPS)
    assert len(PARAMETERS) == sum(len(group.model_fields) for group in GROUPS.values())


def test_names_are_unique_across_groups():
    assert len({p.name for p in PARAMETERS}) == len(PARAMETERS)


@each_parameter
def test_a_parameter_says_what_it_means_where_it_comes_from_and_how_sure_that_is(p):
    assert p.meaning
    assert p.source
    assert p.grade in ("measured", "calibrated", "assumed", "design")
    assert p.unit or p.choices
    assert p.word in ("", "always", "never")


@each_parameter
def test_what_is_measured_or_calibrated_has_a_source(p):
    if p.grade in ("measured", "calibrated"):
        assert p.source != "judgement"


@each_number
def test_bounds_are_finite_and_the_default_is_within_them(p):
    assert -math.inf < p.low < p.high < math.inf
    assert p.low <= p.default <= p.high or (p.word and p.default == math.inf)
    assert type(p.default) is (int if p.whole else float)


@each_parameter
def test_a_choice_is_among_its_words(p):
    assert (p.default in p.choices) if p.choices else isinstance(p.default, (int, float))


def test_defaults_and_presets_are_what_the_checks_of_a_file_would_let_pass():
    for group in (Market, Organisation, Horizon, Regime):
        assert group(**group().model_dump()) == group()
    for regime in PRESETS.values():
        assert contradictions(Scenario(), regime) == []


# --- bounds, types and words ---


@each_number
def test_both_bounds_are_allowed(p):
    for bound in (p.low, p.high):
        value = int(bound) if p.whole else float(bound)
        assert getattr(with_value(p, value), p.name) == value


@each_number
def test_values_below_the_lower_bound_are_not_allowed(p):
    below = int(p.low) - 1 if p.whole else math.nextafter(p.low, -math.inf)
    for value in (below, -math.inf, math.nan):
        with pytest.raises(InputError, match=p.name):
            with_value(p, value)


@each_number
def test_values_above_the_upper_bound_are_not_allowed(p):
    above = int(p.high) + 1 if p.whole else math.nextafter(p.high, math.inf)
    with pytest.raises(InputError, match=p.name):
        with_value(p, above)


@each_number
def test_infinity_is_allowed_only_where_a_word_stands_for_it(p):
    if p.word:
        assert getattr(with_value(p, p.word), p.name) == math.inf
    else:
        with pytest.raises(InputError, match=p.name):
            with_value(p, math.inf)


@pytest.mark.parametrize("p", [p for p in NUMBERS if not p.word], ids=by_name)
def test_a_word_means_nothing_where_none_is_declared(p):
    for word in ("always", "never"):
        with pytest.raises(InputError, match=p.name):
            with_value(p, word)


@pytest.mark.parametrize("p", [p for p in NUMBERS if p.word], ids=by_name)
def test_never_is_not_taken_for_always(p):
    with pytest.raises(InputError, match=p.name):
        with_value(p, "never" if p.word == "always" else "always")


@each_parameter
def test_values_of_another_type_are_not_converted(p):
    wrong = ["0.5", "", True, None, [1], {"a": 1}]
    wrong += [float(p.low)] if p.whole else []
    wrong += [1, 1.0] if p.choices else []
    for value in wrong:
        with pytest.raises(InputError, match=p.name):
            with_value(p, value)


@each_number
def test_a_whole_number_may_be_written_without_a_point(p):
    whole = math.ceil(p.low)
    if whole <= p.high:
        assert getattr(with_value(p, whole), p.name) == whole


@pytest.mark.parametrize("group", GROUPS.values())
def test_unknown_names_and_later_changes_are_not_allowed(group):
    with pytest.raises(InputError, match="varieties"):
        group(varieties=0.5)
    name = next(iter(group.model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(group(), name, getattr(group(), name))


# --- contradictions ---


def keys(scenario=None, regime=None):
    return [clash.key for clash in contradictions(scenario or Scenario(), regime)]


@given(within("issues"), within("interdependence"))
def test_blocks_cannot_exceed_all_issues(issues, interdependence):
    scenario = Scenario(market=Market(issues=issues, interdependence=interdependence))
    assert keys(scenario) == ["market.interdependence"] * (interdependence > issues)


@given(within("warmup_weeks"), within("window_weeks"), within("horizon_weeks"))
def test_the_window_ends_within_the_horizon(warmup, window, horizon):
    weeks = Horizon(warmup_weeks=warmup, window_weeks=window, horizon_weeks=horizon)
    assert keys(Scenario(horizon=weeks)) == ["horizon.horizon_weeks"] * (warmup + window > horizon)


@given(within("peers_asked"), within("quorum"), within("cluster_size"), st.sampled_from([0.0, 0.5, math.inf]))
def test_a_quorum_can_be_reached_whatever_the_size_of_a_cluster(peers, quorum, size, divert_below):
    regime = Regime(peers_asked=peers, quorum=quorum, cluster_size=size, divert_below=divert_below)
    assert keys(regime=regime) == ["quorum"] * (quorum > peers)


def test_a_contradiction_names_both_values_and_is_one_of_many():
    scenario = Scenario(market=Market(issues=3, interdependence=4), horizon=Horizon(warmup_weeks=60, horizon_weeks=70))
    clashes = contradictions(scenario, Regime(peers_asked=2, quorum=5))
    found = {clash.key: clash.problem for clash in clashes}
    assert list(found) == ["market.interdependence", "horizon.horizon_weeks", "quorum"]
    assert "4" in found["market.interdependence"]
    assert "market.issues = 3" in found["market.interdependence"]
    assert "70" in found["horizon.horizon_weeks"]
    assert "peers_asked = 2" in found["quorum"]


# --- settings ---


def test_numbers_that_contradict_each_other_are_not_flattened():
    with pytest.raises(InputError, match="interdependence: 4 is above"):
        flatten(Scenario(market=Market(issues=3, interdependence=4)), Regime())
    with pytest.raises(InputError, match="quorum: 4 is above"):
        flatten(Scenario(), Regime(quorum=4, peers_asked=3))


@each_parameter
def test_every_parameter_reaches_the_engines(p):
    values = p.choices or [int(bound) if p.whole else bound for bound in (p.low, p.high)]
    assert len({flattened(p, value) for value in values}) == len(values)


@each_parameter
def test_a_parameter_that_keeps_its_name_keeps_its_value(p):
    """Words become their places in the list of words."""
    for value in p.choices or ([p.low, p.high] if not p.word else [p.low, p.high, math.inf]):
        value = int(value) if p.whole else value
        if p.name in Settings._fields:
            assert getattr(flattened(p, value), p.name) == (p.choices.index(value) if p.choices else value)


def test_settings_are_plain_numbers_of_the_declared_types():
    for regime in PRESETS.values():
        for name, value in flatten(Scenario(), regime)._asdict().items():
            assert type(value) is Settings.__annotations__[name], name


def test_derived_settings_of_a_firm_reckoned_by_hand():
    s = flatten(
        Scenario(
            market=Market(
                variety=0.5, ambiguity=0.4, ambiguity_spread=0.0, issues=4, interdependence=2, turbulence_per_year=2.08,
                opportunities_per_rep_week=2.0, patience_mean_weeks=3.0, patience_shape=1.0,
                expiry_weeks=5.0, lags="fixed",
            ),
            organisation=Organisation(
                relief=0.5, turnover_per_year=4.16, efforts="exponential", discovery_hours=2.5, work_unit_minutes=15,
                forgotten_per_week=2.0,
            ),
            horizon=Horizon(warmup_weeks=2, window_weeks=3, horizon_weeks=7),
        ),
        Regime(dispatch="direct", review_weeks=1.5, peer_head_start_hours=1.5),
    )
    assert (s.n_ticks, s.window_start, s.window_end) == (280, 80, 200)
    assert (s.direct, s.fixed_efforts, s.fixed_lags, s.review_every) == (1, 0, 1, 60)
    tables = blank_tables(s)
    fill_tables(s, tables)
    assert set(tables.error[:SHADES]) == {0.2}  # all issues alike
    assert set(tables.error[SHADES:]) == {0.1}
    rates = (s.arrivals_per_hour, s.flips_per_hour, s.turnover_per_hour)
    assert rates == pytest.approx((0.05, 0.001, 0.002))
    assert (s.patience_scale, s.patience_inverse_shape, s.expiry_hours) == pytest.approx((120.0, 1.0, 200.0))
    assert (s.prior, s.coin_fit) == pytest.approx((math.log(3), 0.25), abs=1e-6)
    assert (s.discovery_units, s.forgotten_per_minute, s.head_start_minutes) == pytest.approx((10.0, 0.05 / 60, 90.0))


def test_never_becomes_a_number_that_no_run_reaches():
    s = flatten(Scenario(market=Market(expiry_weeks="never")), Regime(review_weeks="never"))
    assert s.review_every == 0
    assert DECLARED["horizon_weeks"].high * HOURS_PER_WEEK < s.expiry_hours < 2**31 - 1


def test_the_kernels_arrays_hold_the_most_that_the_bounds_allow():
    assert DECLARED["issues"].high == arrays.MOST_ISSUES
    assert DECLARED["cluster_size"].high == arrays.MOST_MEMBERS


# --- presets ---

DIFFERENCES_FROM_STRICT = {
    "strict": {},
    "cluster": {
        "dispatch": "direct",
        "divert_below": math.inf,
        "documentation_hours": 0.0,
        "sign_off_over": math.inf,
        "review_weeks": math.inf,
        "memory_rate": 0.2,
    },
    "blended": {"divert_below": 0.85, "guardrail_over": 3.0, "memory_rate": 0.2, "advice": "adds"},
    "lean": {"documentation_hours": 0.0, "authority_per_level": 4.0, "advice": "adds"},
}
DIFFERENCES_FROM_STRICT["solo"] = {**DIFFERENCES_FROM_STRICT["cluster"], "peers_asked": 0, "quorum": 0}


def test_presets_are_valid_and_explained():
    assert list(PRESETS) == list(DIFFERENCES_FROM_STRICT) == list(MEANINGS)
    assert all(MEANINGS.values())
    for regime in PRESETS.values():
        assert Regime(**regime.model_dump()) == regime


@pytest.mark.parametrize("name", DIFFERENCES_FROM_STRICT)
def test_a_preset_differs_from_strict_only_where_the_model_says(name):
    strict, other = PRESETS["strict"].model_dump(), PRESETS[name].model_dump()
    assert {key: other[key] for key in other if other[key] != strict[key]} == DIFFERENCES_FROM_STRICT[name]


def test_strict_is_the_process_of_the_model():
    strict = PRESETS["strict"]
    numbers = (strict.divert_below, strict.documentation_hours, strict.sign_off_over, strict.review_weeks)
    assert numbers == (0.0, 3.0, 0.0, 4.0)
    assert (strict.dispatch, strict.authority_per_level, strict.memory_rate) == ("manager", 2.0, 0.0)
    assert (strict.peers_asked, strict.quorum, strict.confidence, strict.sanction) == (3, 3, 0.95, 0.0)


def docstrings(tree):
    owners = [n for n in ast.walk(tree) if isinstance(n, (ast.Module, ast.ClassDef, ast.FunctionDef))]
    return {owner.body[0].value for owner in owners if ast.get_docstring(owner)}


def mentions():
    """(file, name) wherever the code of the model spells out a preset's name."""
    for file in HOME.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        texts = docstrings(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value in PRESETS and node not in texts:
                yield file.name, node.value


def test_no_code_knows_a_regime_by_its_name():
    defaults = {("loading.py", "strict"), ("model.py", "blended")}
    path_words = {("codes.py", "cluster")}
    elsewhere = {mention for mention in mentions() if mention[0] != "presets.py"}
    assert elsewhere <= defaults | path_words


def test_nothing_asks_whether_a_regime_is_a_preset():
    for file in HOME.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Compare, ast.Match)):
                constants = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
                assert not set(PRESETS) & set(constants), file.name


def test_engines_are_given_numbers_and_no_name_of_a_regime():
    assert set(Settings.__annotations__.values()) == {int, float}
