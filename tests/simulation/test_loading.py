"""Files with inputs: what is left out has its default; a bad file gets one message with all its faults."""

import math
import re
import tomllib

import pytest
import tomli_w

from simulation.loading import InputError, load_regime, load_scenario
from simulation.parameters import Market, Scenario, parameters
from simulation.presets import PRESETS
from tests.helpers.strategies import ALONGSIDE

PARAMETERS = list(parameters())
NUMBERS = [p for p in PARAMETERS if not p.choices]
OF_SCENARIO = [p for p in PARAMETERS if p.group != "regime"]


def by_name(p):
    return getattr(p, "name", None)


@pytest.fixture
def file(tmp_path):
    """Writes a file and gives its path."""

    def write(content, name="firm.toml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def faults(path, regime=None):
    """The message about a faulty file, as lines without the head; the head's promises are checked here."""
    with pytest.raises(InputError) as caught:
        load_scenario(path) if regime is None else load_regime(path, regime)
    head, *lines = str(caught.value).split("\n")
    n = len(caught.value.faults)
    assert head == f"{path}: {n} fault{'s' * (n > 1)}"
    assert caught.value.source == str(path)
    assert len(lines) == n
    return [line.strip() for line in lines]


def only_fault(path, regime=None):
    (fault,) = faults(path, regime)
    return fault


def home(p, name=None):
    """Where a parameter stands in a file, and how to load that file."""
    table = "regimes.strict" if p.group == "regime" else f"scenario.{p.group}"
    return f"{table}.{name or p.name}", "strict" if p.group == "regime" else None


# --- good files ---


def test_what_a_file_leaves_out_is_the_reference_firms(file):
    loaded = load_scenario(file("[market]\nvariety = 0.7\n"))
    assert loaded == Scenario(market=Market(variety=0.7))


def test_a_scenario_may_stand_in_a_table_beside_others(file):
    path = file("[scenario.market]\nvariety = 0.7\n[regimes.mine]\nbase = 'strict'\nquorum = 2\n[run]\nx = 1\n")
    assert load_scenario(path) == Scenario(market=Market(variety=0.7))
    assert load_scenario(file("# all by default\n")) == Scenario()


def test_a_regime_starts_from_its_base(file):
    path = file('[regimes.mine]\nbase = "blended"\nquorum = 2\n[regimes.other]\nbase = "strict"\nquorum = 1\n')
    assert load_regime(path, "mine") == PRESETS["blended"].model_copy(update={"quorum": 2})
    assert load_regime(path, "other") == PRESETS["strict"].model_copy(update={"quorum": 1})


@pytest.mark.parametrize("name", PRESETS)
def test_presets_can_be_had_and_changed_under_their_own_names(file, name):
    assert load_regime(file("# nothing\n"), name) == PRESETS[name]
    changed = load_regime(file(f"[regimes.{name}]\nquorum = 0\nsanction = 1.0\n"), name)
    assert changed == PRESETS[name].model_copy(update={"quorum": 0, "sanction": 1.0})


@pytest.mark.parametrize("p", PARAMETERS, ids=by_name)
def test_every_parameter_can_be_given_at_its_ends_and_by_its_words(file, p):
    values = list(p.choices) or [int(p.low) if p.whole else p.low, int(p.high) if p.whole else p.high]
    values += [p.word] if p.word else []
    for value in values:
        data = {p.name: value, **ALONGSIDE.get(p.name, {})}
        regime = p.group == "regime"
        path = file(tomli_w.dumps({"regimes": {"strict": data}} if regime else {p.group: data}))
        group = load_regime(path, "strict") if regime else getattr(load_scenario(path), p.group)
        assert getattr(group, p.name) == (math.inf if p.word and value == p.word else value)


def test_numbers_without_a_point_and_windows_line_ends_are_fine(file):
    market = load_scenario(file("[market]\r\nvariety = 1\r\nissues = 4\r\n")).market
    assert (market.variety, market.issues) == (1.0, 4)
    assert type(market.variety) is float


# --- one bad value ---


@pytest.mark.parametrize("p", NUMBERS, ids=by_name)
def test_a_wrong_type_is_named_with_what_is_allowed(file, p):
    key, regime = home(p)
    for value in ("'0.5'", "true", "[1]", "{a = 1}", "1979-05-27", "''"):
        fault = only_fault(file(f"{key} = {value}\n"), regime)
        assert fault.startswith(f"{key}: {tomllib.loads(f'x = {value}')['x']!r} is not allowed here; ")
        assert f"from {p.low:g} to {p.high:g}" in fault
        assert ("a whole number" in fault) == p.whole
        assert (f'or "{p.word}"' in fault) == bool(p.word)
        assert fault.endswith(f"unit: {p.unit}")


@pytest.mark.parametrize("p", [p for p in NUMBERS if p.whole], ids=by_name)
def test_a_fraction_is_no_whole_number(file, p):
    key, regime = home(p)
    for value in ("2.5", "2.0", "nan", "inf"):
        fault = only_fault(file(f"{key} = {value}\n"), regime)
        assert fault.startswith(f"{key}: {value} ")
        assert "a whole number" in fault


@pytest.mark.parametrize("p", NUMBERS, ids=by_name)
def test_a_value_below_its_bound_is_named_with_the_bounds(file, p):
    key, regime = home(p)
    for value in [int(p.low) - 1] if p.whole else [p.low - 0.5, -math.inf, math.nan]:
        fault = only_fault(file(f"{key} = {value}\n"), regime)
        assert fault.startswith(f"{key}: {value} is out of bounds; ")
        assert f"from {p.low:g} to {p.high:g}" in fault
        assert fault.endswith(f"unit: {p.unit}")


@pytest.mark.parametrize("p", NUMBERS, ids=by_name)
def test_a_value_above_its_bound_is_named_with_the_bounds(file, p):
    key, regime = home(p)
    for value in (int(p.high) + 1, 10**30) if p.whole else (p.high + 0.5, 1e300):
        fault = only_fault(file(f"{key} = {value}\n"), regime)
        assert fault.startswith(f"{key}: {value} is out of bounds; ")
        assert f"from {p.low:g} to {p.high:g}" in fault


@pytest.mark.parametrize("p", [p for p in NUMBERS if not p.word], ids=by_name)
def test_words_for_infinity_are_no_numbers_elsewhere(file, p):
    key, regime = home(p)
    for word in ("always", "never"):
        fault = only_fault(file(f'{key} = "{word}"\n'), regime)
        assert fault.startswith(f"{key}: '{word}' is not allowed here; ")


@pytest.mark.parametrize("p", [p for p in NUMBERS if p.word], ids=by_name)
def test_never_is_not_taken_for_always(file, p):
    key, regime = home(p)
    word = "never" if p.word == "always" else "always"
    fault = only_fault(file(f'{key} = "{word}"\n'), regime)
    assert fault.startswith(f"{key}: '{word}' ")
    assert f'or "{p.word}"' in fault


@pytest.mark.parametrize("p", [p for p in PARAMETERS if p.choices], ids=by_name)
def test_a_misspelt_choice_is_told_its_neighbour_and_a_strange_one_all(file, p):
    key, regime = home(p)
    for choice in p.choices:
        fault = only_fault(file(f'{key} = "{choice[:-1]}"\n'), regime)
        assert fault.endswith(f"did you mean '{choice}'?")
    for value in ('"xyz"', "3", "true", "[1]"):
        fault = only_fault(file(f"{key} = {value}\n"), regime)
        assert fault.startswith(f"{key}: ")
        assert fault.endswith(", ".join(p.choices))


# --- unknown names ---


@pytest.mark.parametrize("p", PARAMETERS, ids=by_name)
def test_a_misspelt_key_is_told_its_neighbour(file, p):
    misspelt = p.name[:2] + p.name[3:]
    key, regime = home(p, misspelt)
    fault = only_fault(file(f"{key} = 1\n"), regime)
    assert fault.startswith(f"{key}: unknown key ")
    assert fault.endswith(f"did you mean '{p.name}'?")


def test_a_key_like_no_other_is_told_all_there_are(file):
    fault = only_fault(file("[market]\nzzz = 1\n"))
    assert fault.endswith(f"there are: {', '.join(Market.model_fields)}")


def test_unknown_tables_are_told_their_neighbours(file):
    fault = only_fault(file("[marked]\nvariety = 0.5\n"))
    assert fault == "marked: unknown table; did you mean 'market'?"
    fault = only_fault(file("[scenario.horizont]\nwindow_weeks = 5\n"))
    assert fault == "scenario.horizont: unknown table; did you mean 'horizon'?"
    assert only_fault(file("xyz = 0.5\n")) == "xyz: unknown table; there are: market, organisation, horizon"


def test_a_regime_that_is_not_there_is_told_its_neighbour(file):
    path = file("[regimes.mine]\nbase = 'strict'\nquorum = 2\n")
    assert only_fault(path, "mime") == "regimes.mime: there is no such regime; did you mean 'mine'?"
    assert only_fault(path, "blendet").endswith("did you mean 'blended'?")
    assert only_fault(path, "xyz").endswith("there are: strict, cluster, blended, lean, solo, mine")


@pytest.mark.parametrize("base", ["'strikt'", "3", "''", "'mine'", "true", "['strict']", "{a = 1}"])
def test_a_base_must_be_a_preset(file, base):
    fault = only_fault(file(f"[regimes.mine]\nbase = {base}\n"), "mine")
    assert fault.startswith("regimes.mine.base: ")
    assert "is not a preset" in fault


# --- tables and values in each other's place ---


@pytest.mark.parametrize("value", ["3", "'x'", "[1]", "[{variety = 0.5}]", "true"])
def test_a_value_where_a_table_is_expected(file, value):
    shown = repr(tomllib.loads(f"x = {value}")["x"])
    for key in ("market", "organisation", "horizon"):
        assert only_fault(file(f"{key} = {value}\n")) == f"{key}: must be a table, not {shown}"
    assert only_fault(file(f"scenario = {value}\n")) == f"scenario: must be a table, not {shown}"
    assert only_fault(file(f"scenario.market = {value}\n")).startswith("scenario.market: must be a table")
    for key in ("regimes", "regimes.mine"):
        assert f"{key}: must be a table, not {shown}" in faults(file(f"{key} = {value}\n"), "mine")


def test_a_table_where_a_value_is_expected(file):
    fault = only_fault(file("[market.variety]\nlow = 0.1\n"))
    assert fault.startswith("market.variety: {'low': 0.1} is not allowed here; ")


# --- values that contradict one another ---


def test_contradictory_values_are_named_with_their_place(file):
    fault = only_fault(file("[scenario.market]\nissues = 3\ninterdependence = 4\n"))
    assert re.match(r"scenario\.market\.interdependence: 4 .*market\.issues = 3", fault)
    fault = only_fault(file("[horizon]\nwarmup_weeks = 30\nwindow_weeks = 30\nhorizon_weeks = 59\n"))
    assert re.match(r"horizon\.horizon_weeks: 59 .*= 60", fault)
    fault = only_fault(file("[regimes.mine]\nbase = 'strict'\nquorum = 5\n"), "mine")
    assert re.match(r"regimes\.mine\.quorum: 5 .*peers_asked = 3", fault)


def test_values_that_just_agree_are_fine(file):
    load_scenario(file("[market]\nissues = 3\ninterdependence = 3\n"))
    load_scenario(file("[horizon]\nwarmup_weeks = 30\nwindow_weeks = 30\nhorizon_weeks = 60\n"))
    regime = load_regime(file("[regimes.mine]\nbase = 'cluster'\ncluster_size = 2\n"), "mine")
    assert (regime.cluster_size, regime.peers_asked) == (2, 3)  # then the one other is asked


def test_a_value_that_was_not_given_is_not_called_contradictory(file):
    path = file("[regimes.mine]\nbase = 'strict'\nquorum = 30\npeers_asked = 2\n")
    assert only_fault(path, "mine").startswith("regimes.mine.quorum: 30 is out of bounds")


# --- all at once ---


def test_all_faults_of_a_scenario_come_in_one_message(file):
    found = faults(
        file(
            """
            [scenario.market]
            variaty = 0.4
            ambiguity = 2.0
            issues = "eight"
            lags = "sometimes"
            [scenario.organisation]
            reps = 0
            span = nan
            discovery_hours = true
            [scenario.horizon]
            warmup_weeks = 100
            window_weeks = 52
            horizon_weeks = 130
            [scenario.weather]
            rain = 1
            """
        )
    )
    named = [fault.split(": ")[0].removeprefix("scenario.") for fault in found]
    assert sorted(named) == [
        "horizon.horizon_weeks",
        "market.ambiguity",
        "market.issues",
        "market.lags",
        "market.variaty",
        "organisation.discovery_hours",
        "organisation.reps",
        "organisation.span",
        "weather",
    ]


def test_faults_of_all_regimes_come_in_one_message_whichever_is_asked_for(file):
    path = file(
        """
        [regimes.mine]
        base = 'strict'
        quorum = -1
        dispatch = "nobody"
        [regimes.strict]
        memory_rate = 2.0
        [regimes.yours]
        base = "best"
        wilingness = 1
        """
    )
    for name in ("mine", "yours", "lean"):
        named = sorted(fault.split(": ")[0].removeprefix("regimes.") for fault in faults(path, name))
        expected = ["mine.dispatch", "mine.quorum", "strict.memory_rate", "yours.base", "yours.wilingness"]
        assert named == expected


# --- files that cannot be read ---

LOADERS = pytest.mark.parametrize("regime", [None, "strict"])


@LOADERS
@pytest.mark.parametrize("content", ["", " \n\t\n"])
def test_an_empty_file(file, content, regime):
    assert only_fault(file(content), regime) == "the file is empty"


@LOADERS
def test_a_missing_file_is_told_its_neighbour(file, regime):
    path = file("# here\n", "reference.toml")
    fault = only_fault(path.with_name("referense.toml"), regime)
    assert fault == f"there is no such file; did you mean {path}?"
    assert only_fault(path.with_name("xyz.toml"), regime) == "there is no such file"
    assert only_fault(path.parent / "nowhere" / "firm.toml", regime) == "there is no such file"


@LOADERS
def test_a_folder_is_no_file(tmp_path, regime):
    assert only_fault(tmp_path, regime).startswith("cannot be read: ")


@LOADERS
@pytest.mark.parametrize("content", [b"\xff\xfe[\x00m\x00", b"[market]\nlags = '\xe9'\n", bytes(range(256))])
def test_a_file_that_is_not_utf_8(file, content, regime):
    assert only_fault(file(content), regime).startswith("cannot be read: 'utf-8' codec")


NOT_TOML = ["[market\n", "variety 0.5", "[market]\nissues = 3\nissues = 4\n", '{"market": {}}', "x = \x00"]


@LOADERS
@pytest.mark.parametrize("content", NOT_TOML)
def test_a_file_that_is_not_toml(file, content, regime):
    fault = only_fault(file(content), regime)
    assert fault.startswith("is not valid TOML: ")
    assert re.search(r"at line \d+|at end of document", fault)


def test_a_regime_of_a_new_name_says_which_preset_it_starts_from(file):
    fault = only_fault(file("[regimes.clsuter]\nquorum = 1\n"), "clsuter")
    assert fault.startswith("regimes.clsuter.base: is missing")
    assert "did you mean the table [regimes.cluster]" in fault


@pytest.mark.parametrize("text", ["variety = " + "9" * 5000, "a = " + "[" * 3000])
def test_what_the_parser_chokes_on_is_not_valid_toml(file, text):
    assert "is not valid TOML" in only_fault(file(text))
