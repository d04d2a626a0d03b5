"""People with rules of their own, and Mesa's tools for many runs."""

from functools import partial
from typing import Any, ClassVar

import mesa
import pytest
from mesa.batchrunner import batch_run

from simulation import (
    PRESETS,
    Customer,
    Horizon,
    Manager,
    Organisation,
    Rep,
    Scenario,
    SellingModel,
    ensemble,
    simulate,
)
from simulation.faults import InputError

BRIEF = Scenario(organisation=Organisation(reps=6), horizon=Horizon(warmup_weeks=1, window_weeks=3, horizon_weeks=6))
SINCE_3_5 = tuple(int(part) for part in mesa.__version__.split(".")[:2]) >= (3, 5)


class Considerate(Rep):
    """Asks first whose inbox is emptiest."""

    def most_useful_first(self, members: list[Rep], case: Customer) -> list[Rep]:
        return sorted(super().most_useful_first(members, case), key=Rep.matters_at_hand)


class Deaf(Manager):
    """Never takes up a request."""

    def take_up(self, hour: int, now: int) -> None:
        pass


class Loyal(Customer):
    """Never leaves."""

    def leave(self, now: int) -> None:
        pass


def inbox(agent: mesa.Agent) -> int | None:
    return agent.matters_at_hand() if isinstance(agent, Rep) else None


def queued(agent: mesa.Agent) -> int | None:
    """Since when; not all agents queue, and from Mesa 3.5 on an attribute by its name is one that all have."""
    return getattr(agent, "queued", None)


class Watched(SellingModel):
    agent_reporters: ClassVar[dict[str, Any]] = {"waiting since": queued, "inbox": inbox}


def test_people_with_the_same_rules_under_another_name_change_nothing() -> None:
    rep, manager, customer = (type("Same", (base,), {}) for base in (Rep, Manager, Customer))
    model = SellingModel(BRIEF, "blended", 3, rep, manager, customer)
    record = model.run_to_horizon()
    plain = simulate(BRIEF, "blended", 3).record
    assert record.log.tobytes() == plain.log.tobytes()
    assert record.weekly.tobytes() == plain.weekly.tobytes()


def test_own_rules_have_their_effects() -> None:
    plain, considerate = (
        simulate(BRIEF, "cluster", 1, "mesa", partial(SellingModel, rep_class=rep)).log for rep in (Rep, Considerate)
    )
    assert not plain.equals(considerate)
    unheard = simulate(BRIEF, "strict", 1, "mesa", partial(SellingModel, manager_class=Deaf)).log
    assert set(unheard.loc[unheard.activity == "review", "outcome"]) == {"waiting"}
    patient = simulate(BRIEF, "strict", 1, "mesa", partial(SellingModel, customer_class=Loyal)).outcomes
    assert patient["no_decision_share"] == 0.0


def test_an_ensemble_of_own_rules_is_the_same_in_one_process_and_in_two() -> None:
    own = partial(SellingModel, rep_class=Considerate)
    one = ensemble(BRIEF, ["cluster"], range(2), engine="mesa", model=own, workers=1)
    counted: list[int] = []
    two = ensemble(BRIEF, ["cluster"], range(2), engine="mesa", model=own, workers=2, progress=counted.append)
    assert one.equals(two)
    assert sum(counted) == 2
    assert not one.equals(ensemble(BRIEF, ["cluster"], range(2)))


def test_an_ensemble_on_the_readable_engine_is_that_of_the_kernel() -> None:
    regimes = {"strict": PRESETS["strict"], "own": "blended"}
    assert ensemble(BRIEF, regimes, range(2), engine="mesa", workers=1).equals(ensemble(BRIEF, regimes, range(2)))  # type: ignore[arg-type]


def test_own_rules_are_refused_where_they_would_not_be_followed() -> None:
    with pytest.raises(InputError, match="must be 'mesa': rules of your own run on the Mesa engine"):
        ensemble(BRIEF, "strict", range(2), model=partial(SellingModel, rep_class=Considerate))
    with pytest.raises(InputError, match="rep_class: must be a class that extends Rep"):
        SellingModel(rep_class=Manager)  # type: ignore[arg-type]

    class AtHome(Rep):
        pass

    with pytest.raises(InputError, match="put it into a file of its own, or say workers=1"):
        ensemble(BRIEF, "strict", range(2), engine="mesa", model=partial(SellingModel, rep_class=AtHome), workers=2)


def many(model: type[SellingModel], **how: Any) -> list[dict[str, Any]]:
    """Mesa's own runs of many: the seeds are parameters until Mesa 3.4, and something of their own since."""
    parameters: dict[str, Any] = {"scenario": [BRIEF], "regime": ["strict", "cluster"]}
    how |= {"rng": range(2)} if SINCE_3_5 else {}
    parameters |= {} if SINCE_3_5 else {"seed": range(2)}
    rows: list[dict[str, Any]] = batch_run(model, parameters, max_steps=1000, display_progress=False, **how)
    return rows


def test_mesas_batch_run_reports_the_end_of_every_run() -> None:
    rows = many(SellingModel)
    assert [(row["regime"], row["seed"]) for row in rows].count(("cluster", 1)) == 1
    assert len(rows) == 4
    for row in rows:
        model = SellingModel(BRIEF, row["regime"], row["seed"])
        while model.hour() < row["hour"]:
            model.step()
        assert row["hour"] in (239, 240)  # until Mesa 3.4 it reads the row before the last
        assert (row["open_cases"], row["rep_inboxes"]) == (model.open_cases(), model.rep_inboxes())


def test_mesas_batch_run_reports_agents_week_by_week() -> None:
    rows = many(Watched, data_collection_period=40)
    weeks = sorted({row["Step"] for row in rows})
    assert weeks[:6] == [0, 40, 80, 120, 160, 200]
    inboxes = [row["inbox"] for row in rows if row["RunId"] == 0 and row["Step"] == 200 and row["inbox"] is not None]
    assert len(inboxes) == 6


def test_agents_are_collected_hour_by_hour() -> None:
    model = Watched(BRIEF, "cluster", 2)
    for _ in range(30):
        model.step()
    table = model.datacollector.get_agent_vars_dataframe()
    assert sorted(set(table.index.get_level_values("Step"))) == list(range(31))
    now = table.xs(30, level="Step")["inbox"].dropna()
    assert sorted(now) == sorted(rep.matters_at_hand() for rep in model.reps)


def test_no_seed_is_a_seed_by_lot_that_is_told() -> None:
    model = SellingModel(BRIEF, seed=None)
    assert model.root != SellingModel(BRIEF, seed=None).root
    again = SellingModel(BRIEF, seed=model.root)
    assert model.run_to_horizon().log.tobytes() == again.run_to_horizon().log.tobytes()
