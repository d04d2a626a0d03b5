"""A further rep whom nobody depends on changes nothing that anybody else holds, at any instant."""

from collections.abc import Iterator
from typing import Any

import pytest

from experiments.twins.lockstep import KernelInParts
from experiments.twins.states import Moment, State
from simulation import Regime, calendar
from tests.helpers.scenarios import BUSY, changed
from tests.simulation.test_neutrality import ISOLATED

REPS = 15  # three full teams of five: the next rep sits alone, in a team and a cluster of one, under a manager of its own
FEW_WEEKS = changed(BUSY, horizon_weeks=6, window_weeks=2, warmup_weeks=2, reps=REPS)
SIGNED = ISOLATED.model_copy(update={"sign_off_over": 0.0, "guardrail_over": 1.0, "authority_per_level": 20.0})
OF_THE_FIRM = ("superior",)  # of managers: a further manager of the lowest level moves the number of the top one
CASES = ("own_work", "inbox", "subject")


def without_the_newcomer(state: State) -> State:
    """What reps 0 to 14, their managers and customers hold; cases named by the customer's key, as their numbers move."""
    keys = {int(name.split()[1]): said["key"] for name, said in state.items() if name.startswith("customer")}
    mine = [f"rep {r}" for r in range(REPS)] + [f"manager {m}" for m in range(REPS // 5)]
    mine += [name for name, said in state.items() if name.startswith("customer") and said["rep"] < REPS]
    return {
        name if not name.startswith("customer") else str(state[name]["key"]): {
            field: named(field, value, keys) for field, value in state[name].items() if field not in OF_THE_FIRM
        }
        for name in mine
    }


def named(field: str, value: Any, keys: dict[int, int]) -> Any:
    """Cases by their customers' keys."""
    if field == "requests":
        return [(keys[case], asked_at) for case, asked_at in value]
    if field not in CASES:
        return value
    return [keys[case] for case in value] if isinstance(value, list) else keys[value]


def side_by_side(regime: Regime, seed: int, **values: Any) -> Iterator[tuple[State, State]]:
    """What the firm holds without and with the newcomer, every 13 hours."""
    both = [KernelInParts(changed(FEW_WEEKS, **values, reps=reps), regime, seed) for reps in (REPS, REPS + 1)]
    for t in range(FEW_WEEKS.horizon.horizon_weeks * calendar.HOURS_PER_WEEK - 1):
        for kernel in both:
            for phase in range(len(calendar.TICK_ORDER)):
                kernel.do_phase(t, phase)
            kernel.end_tick(t)
        if t % 13 == 0:
            small, large = (kernel.state(Moment(t + 1, 0)) for kernel in both)
            yield small, large


@pytest.mark.parametrize("regime", [ISOLATED, ISOLATED.model_copy(update={"dispatch": "manager"}), SIGNED],
                         ids=["direct", "dispatched", "signed"])
@pytest.mark.parametrize("seed", [1, 2])
def test_an_isolated_rep_leaves_everybody_elses_state_unchanged(regime: Regime, seed: int) -> None:
    newcomers_cases = 0
    for small, large in side_by_side(regime, seed):
        assert without_the_newcomer(large) == without_the_newcomer(small)
        newcomers_cases += sum(said.get("rep") == REPS for said in large.values())
    assert newcomers_cases > 5


@pytest.mark.parametrize("tie", [{"cross_team_share": 1.0}, {"review_weeks": 1.0}], ids=["clusters", "playbook"])
def test_a_rep_who_shares_a_cluster_or_a_playbook_is_not_isolated(tie: dict[str, float]) -> None:
    states = side_by_side(ISOLATED.model_copy(update=tie), 1, undocumented_share=1.0, variety=1.0)
    assert any(without_the_newcomer(large) != without_the_newcomer(small) for small, large in states)
