"""The readable model as a person who knows Mesa meets it."""

import inspect
import subprocess
import sys
import warnings

import mesa
import pytest

from simulation import PRESETS, Customer, Horizon, Manager, Rep, Scenario, SellingModel, calendar, codes, simulate
from simulation.faults import InputError
from simulation.record import WEEKLY
from tests.helpers.scenarios import BUSY, CONTESTED

MONTH = Scenario(horizon=Horizon(warmup_weeks=1, window_weeks=2, horizon_weeks=4))


def test_the_model_runs_without_arguments_and_without_a_warning() -> None:
    script = """
import warnings
warnings.simplefilter("error")
from simulation import Customer, Manager, Rep, SellingModel
model = SellingModel()
for _ in range(45):
    model.step()
assert model.running and model.hour() == 45 and len(model.agents) > 39, model.agents
print("ran")
"""
    ran = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "ran", ran.stderr


def test_no_warning_on_the_way_to_the_horizon_either() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = SellingModel(BUSY, CONTESTED, seed=1)
        record = model.run_to_horizon()
    assert len(record.log) > 1000


def test_it_is_a_mesa_model_with_mesa_agents() -> None:
    model = SellingModel(BUSY, PRESETS["blended"], seed=2)
    for _ in range(40):
        model.step()
    assert isinstance(model, mesa.Model)
    assert all(issubclass(kind, mesa.Agent) for kind in (Customer, Rep, Manager))
    assert set(model.agent_types) == {Customer, Rep, Manager}
    assert len(model.agents_by_type[Rep]) == len(model.reps) == 15
    assert len(model.agents_by_type[Manager]) == len(model.managers) == 4
    assert len(model.agents_by_type[Customer]) == model.open_cases() > 0
    assert all(agent.model is model for agent in model.agents)
    assert len({agent.unique_id for agent in model.agents}) == len(model.agents)


def test_every_argument_has_a_default_and_a_type() -> None:
    parameters = inspect.signature(SellingModel.__init__).parameters
    for name, parameter in list(parameters.items())[1:]:
        assert parameter.default is not inspect.Parameter.empty, name
        assert parameter.annotation is not inspect.Parameter.empty, name


def test_a_step_is_an_hour_and_the_last_one_ends_the_run() -> None:
    model = SellingModel(MONTH, seed=3)
    hours = 0
    while model.running:
        assert hours < 4 * calendar.HOURS_PER_WEEK
        model.step()
        hours += 1
        assert model.hour() == hours
    assert hours == 4 * calendar.HOURS_PER_WEEK


@pytest.mark.parametrize("name", PRESETS)
def test_the_data_collector_has_a_row_before_the_first_hour_and_after_each(name: str) -> None:
    model = SellingModel(MONTH, PRESETS[name], seed=4)
    while model.running:
        model.step()
    table = model.datacollector.get_model_vars_dataframe()
    assert tuple(table.columns) == WEEKLY.names
    assert list(table.hour) == list(range(161))
    assert (table[["playbook_accuracy", "memory_accuracy", "willingness"]] <= 1.0).all(axis=None)
    assert table.open_cases.iloc[-1] > 0
    recorded = simulate(MONTH, PRESETS[name], 4).weekly
    assert (table.iloc[40::40].to_numpy(float) == recorded.to_numpy()).all()
    assert model.close_books().weekly.tobytes() == simulate(MONTH, PRESETS[name], 4).record.weekly.tobytes()


def test_books_can_be_closed_at_any_time_without_disturbing_the_run() -> None:
    disturbed, left_alone = (SellingModel(BUSY, CONTESTED, seed=5) for _ in range(2))
    for hour in range(disturbed.settings.n_ticks):
        disturbed.step()
        if hour % 97 == 0:
            early = disturbed.close_books().log
            assert early["end"].max() == 60 * (hour + 1)
            assert (early["activity"] == codes.STILL_OPEN).sum() == disturbed.open_cases()
    assert disturbed.close_books().log.tobytes() == left_alone.run_to_horizon().log.tobytes()


def test_two_models_do_not_share_anything() -> None:
    one, two = (SellingModel(BUSY, CONTESTED, seed=6) for _ in range(2))
    for _ in range(200):
        one.step()
        two.step()
    assert one.close_books().log.tobytes() == two.close_books().log.tobytes()
    assert SellingModel(BUSY, CONTESTED, seed=7).run_to_horizon().log.tobytes() != one.run_to_horizon().log.tobytes()


def test_mesas_own_generators_are_not_used() -> None:
    model = SellingModel(BUSY, CONTESTED, seed=8)
    before = model.random.getstate(), model.rng.bit_generator.state
    for _ in range(80):
        model.step()
    assert (model.random.getstate(), model.rng.bit_generator.state) == before


def test_customers_who_are_gone_are_no_agents_any_more() -> None:
    model = SellingModel(BUSY, PRESETS["cluster"], seed=9)
    for _ in range(200):
        model.step()
    assert model.n_cases > len(model.agents_by_type[Customer]) > 0
    assert not any(customer.gone() for customer in model.agents_by_type[Customer])


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(InputError, match="engine: must be 'kernel' or 'mesa', not 'numba'"):
        simulate(BUSY, CONTESTED, 1, engine="numba")  # type: ignore[arg-type]
