"""Both engines hold the same after every phase, from random states on, and the first difference is found and named."""

import copy
import random
from functools import cache
from typing import Any

import numpy as np
import pytest

from experiments.twins import comparison as twins
from experiments.twins import lockstep
from experiments.twins.states import Moment
from simulation import PRESETS, Customer, Rep, SellingModel, calendar, case, load_regime, load_scenario, simulate
from simulation.kernel.arrays import CASE, DIARY, FIRM, MANAGER, REP, Arrays
from simulation.tables import Tables
from tests.helpers.scenarios import APPEALED, BUSY, CONTESTED, changed, drawn
from tests.simulation.test_twins import ALTERED, altered_module

# Reps are confident of the need: only then does every altered rule below show within three weeks.
BRIEF = changed(BUSY, review_evidence=8, horizon_weeks=3, window_weeks=1, warmup_weeks=1, confident_of="the need")
HOURS_WATCHED = 8
N_STATES = 40


# --- The same after every phase ---


@pytest.mark.parametrize("first", range(1000, 1000 + N_STATES, 8))
def test_from_a_random_state_every_phase_leads_to_the_same_state(first: int) -> None:
    for number in range(first, first + 8):
        scenario, regime, seed = drawn(number, size=0.5)
        last = max(0, scenario.horizon.horizon_weeks * calendar.HOURS_PER_WEEK - HOURS_WATCHED)
        tick = random.Random(number).randint(0, last)
        assert lockstep.first_difference(scenario, regime, seed, tick, HOURS_WATCHED) is None


@pytest.mark.parametrize("name", ["cluster", "contested", "appealed"])
def test_from_the_first_hour_to_the_last_every_phase_leads_to_the_same_state(name: str) -> None:
    regime = {**PRESETS, "contested": CONTESTED, "appealed": APPEALED}[name]
    assert lockstep.first_difference(BRIEF, regime, 5) is None


# --- A state leaves nothing out ---

OTHERWISE_SHOWN = {
    "customer": {"next_waiting", "next_reply", "next_leave"},  # inboxes, calendars
    "rep": {
        "cluster",  # peers
        "first_case", "last_case", "first_request", "last_request", "waiting", "idle_since",  # inboxes, spell_left
        "next_reached",  # arrival
    },
    "manager": {"doing", "first_case", "last_case"},  # subject, inbox
    "firm": {
        "root", "next_flip", "next_turnover",  # the seed; the soonest of flip_at and of the reps' turnovers
        "n_rows", "n_weeks", "n_requests", "full", "rep_waiting", "manager_waiting",  # the log, the weekly record, inboxes
        "n_due", "soonest_due", "doubt", "usefulness",  # scratch
    },
}


@cache
def mid_run(hours: int = 60) -> lockstep.Pair:
    """Both engines some hours into a run in which everything happens."""
    pair = lockstep.Pair(BRIEF, CONTESTED, 5)
    for _ in range(hours):
        pair.step()
    return pair


def test_every_column_of_the_kernel_is_described_or_shown_by_another() -> None:
    state = mid_run().kernel.state(Moment(60, 0))
    columns = {
        "customer": {*CASE.names, "next_reply", "next_leave", "helpers"},
        "rep": {*REP.names, *DIARY.names, "memory"},
        "manager": {*MANAGER.names},
        "firm": {*FIRM.names},
    }
    for agent, named in columns.items():
        fields = {field for who, said in state.items() if who.split()[0] == agent for field in said}
        assert named - fields == OTHERWISE_SHOWN[agent]


def test_every_array_of_the_kernel_is_described_or_shown_by_another() -> None:
    described = {"firm", "cases", "next_reply", "next_leave", "helpers", "reps", "diary", "memory", "managers"}
    shown = {"calendar", "first_rep", "first_seat", "seats", "requests"}  # leaves_at and answers_at, team, peers, inboxes
    results = {"log", "weekly", "table", "blank"}  # compared by the twins' tests
    settled = {"settings", "known", *Tables._fields}  # the same all through a run
    scratch = {"minutes", "next_due", "order", "lots", "dealt", "bins"}
    assert set(Arrays._fields) == described | shown | results | settled | scratch


def test_every_attribute_of_customers_and_reps_is_described_or_shown_by_another() -> None:
    state = mid_run().kernel.state(Moment(60, 0))
    customer, rep = (next(iter(mid_run().model.agents_by_type[kind])) for kind in (Customer, Rep))
    told = {"model", "unique_id", "pos", "settings", "number", "minutes_left"}  # the last shows in last_hour
    known = {field for said in state.values() for field in said} | told
    assert set(vars(customer)) - known == {"owner"}  # shown by its number
    assert set(vars(rep)) <= known


def test_states_in_mid_run_are_rich() -> None:
    """Somewhere in the watched run every kind of field has more than one value: comparing constants would prove little."""
    pair, seen = lockstep.Pair(BRIEF, APPEALED, 5), {}
    for t in range(pair.n_ticks):
        pair.step()
        if t % 5 == 0:
            for agent, said in pair.kernel.state(Moment(t + 1, 0)).items():
                for field, value in said.items():
                    seen.setdefault((agent.split()[0], field), set()).add(repr(value))
    constant = {field for field, values in seen.items() if len(values) == 1 and field[0] != "tables"}
    # In these weeks no playbook changes, and where managers have a veto nobody advises.
    assert constant == {("firm", "first_playbook"), ("firm", "playbook"), ("customer", "advised")}


# --- A test of the test: where an altered rule shows first ---

SHOWS: dict[str, tuple[str, str, str]] = {
    "everybody may grant": ("managers", "customer", "stage"),
    "readings are never wrong": ("reps", "customer", "account"),
    "efforts are fixed": ("reps", "customer", "able"),
    "customers wait an hour longer": ("customers", "customer", "leaves_at"),
    "needs vary twice as much": ("customers", "customer", "need"),
    "sanctions do not hurt": ("reps", "rep", "willingness"),
    "success is not rewarded": ("customers", "rep", "willingness"),
    "memories move a tenth slower": ("customers", "rep", "memory"),
    "any evidence is enough": ("market", "firm", "playbook"),
    "own work goes first in a tie": ("reps", "customer", "since"),
    "useful or not": ("reps", "rep", "requests"),
    "the best offer instead of an implementable one": ("managers", "customer", "offer"),
}


def shown_first(name: str, monkeypatch: pytest.MonkeyPatch) -> lockstep.Found | None:
    """The first difference when the Mesa engine has an altered rule."""
    reader, module, rule, function = ALTERED[name]
    monkeypatch.setattr(reader, module.__name__.rpartition(".")[2], altered_module(module, rule, function))
    return lockstep.locate(BRIEF, CONTESTED, 5)


@pytest.mark.parametrize("name", SHOWS)
def test_an_altered_rule_is_traced_to_phase_agent_and_field(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = shown_first(name, monkeypatch)
    assert found is not None
    phase, agent, field = SHOWS[name]
    assert (found.phase, found.agent.split()[0], found.field) == (phase, agent, field)
    assert found.kernel != found.mesa


def test_rules_that_agree_are_not_traced() -> None:
    assert lockstep.locate(BRIEF, CONTESTED, 5) is None


class Tampered(lockstep.KernelInParts):
    """A kernel in which somebody meddles with one number after one phase."""

    at, table, row, field = (70, 2), "reps", 4, "willingness"

    def do_phase(self, t: int, phase: int) -> None:
        super().do_phase(t, phase)
        if (t, phase) == self.at:
            getattr(self.arrays, self.table)[self.row][self.field] += 1


@pytest.mark.parametrize(
    ("at", "table", "row", "field", "shows"),
    [
        ((70, 2), "reps", 4, "willingness", ("reps", "rep 4", "willingness")),
        ((40, 0), "firm", 0, "n_flips", ("market", "firm", "n_flips")),
        ((41, 1), "diary", 7, "waiting", ("customers", "rep 7", "matters_at_hand")),
        ((25, 3), "managers", 1, "level", ("managers", "manager 1", "level")),
        ((99, 1), "cases", 60, "since", ("customers", "customer 60", "since")),
        ((119, 3), "firm", 0, "n_rows", ("managers", "log", "rows")),
    ],
)
def test_a_number_meddled_with_in_the_kernel_is_traced_to_its_tick_and_place(
    at: tuple[int, int], table: str, row: int, field: str, shows: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("at", at), ("table", table), ("row", row), ("field", field)):
        monkeypatch.setattr(Tampered, name, value)
    monkeypatch.setattr(lockstep, "KernelInParts", Tampered)
    found = lockstep.first_difference(BRIEF, CONTESTED, 5, max(0, at[0] - 2), 4)
    assert found is not None
    assert (found.tick, found.phase, found.agent, found.field) == (at[0], *shows)


# --- A run stopped and continued ---


@pytest.mark.parametrize("stop", [1, 39, 40, 77])
def test_a_mesa_run_stopped_and_continued_in_a_copy_is_one_run(stop: int) -> None:
    whole = simulate(BRIEF, CONTESTED, 6, engine="mesa").record
    first = SellingModel(BRIEF, CONTESTED, 6)
    for _ in range(stop):
        first.step()
    books = first.close_books()  # looking at the books in between is no part of the run
    assert len(books.log) < len(whole.log)
    for continued in (copy.deepcopy(first), first):
        assert all(a.tobytes() == b.tobytes() for a, b in zip(continued.run_to_horizon(), whole, strict=True))


@pytest.mark.parametrize("stop", [(1, 0), (39, 3), (40, 2), (77, 1)])
def test_a_kernel_run_stopped_between_phases_and_continued_in_other_arrays_is_one_run(stop: tuple[int, int]) -> None:
    """All of a run's state is in its arrays: other arrays with the same contents go on to the same end."""
    whole = simulate(BRIEF, CONTESTED, 6).record
    kernel = lockstep.KernelInParts(BRIEF, CONTESTED, 6)
    for t in range(calendar.HOURS_PER_WEEK * BRIEF.horizon.horizon_weeks):
        for phase in range(lockstep.N_PHASES):
            if (t, phase) == stop:
                left_behind = kernel.arrays
                kernel.arrays = type(left_behind)(*(array.copy() for array in left_behind))
                for array in left_behind:
                    array.view(np.uint8)[:] = 255
            kernel.do_phase(t, phase)
        kernel.end_tick(t)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(kernel.record(), whole, strict=True))


# --- The table of many scenarios ---


def test_the_table_of_twins_says_equal_and_does_not_depend_on_the_processes() -> None:
    done: list[int] = []
    table = twins.compare_twins(6, 2000, done.append, workers=1, size=0.1)
    assert list(table.number) == list(range(2000, 2006))
    assert table.equal.all()
    assert (table.rows > 0).any()
    assert (table.tick == -1).all()
    assert (table.replay == "").all()
    assert sum(done) == 6
    assert twins.compare_twins(6, 2000, workers=2, size=0.1).equals(table)


def test_the_table_of_twins_names_the_first_difference_and_replays_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, module, rule, function = ALTERED["needs vary twice as much"]
    monkeypatch.setattr(reader, module.__name__.rpartition(".")[2], altered_module(module, rule, function))
    table = twins.compare_twins(12, 2000, workers=1, size=0.1)
    unequal = table[~table.equal]
    assert len(unequal) > 2
    assert set(unequal.field) <= {"need"}
    assert (unequal.phase.isin(("customers", "reps"))).all()  # who arrive, and who are found by prospecting
    row = unequal.iloc[0]
    file = tmp_path / "replay.toml"
    file.write_text(row.replay, encoding="utf-8")
    seed = int(row.replay.splitlines()[0].removeprefix("# seed = "))
    found = lockstep.locate(load_scenario(file), load_regime(file, "drawn"), seed)
    assert found is not None
    assert (found.tick, found.phase, found.agent, found.field) == (row.tick, row.phase, row.agent, row.field)


def test_measures_that_differ_are_named() -> None:
    kernel, mesa = (simulate(BRIEF, CONTESTED, 5, engine=engine) for engine in ("kernel", "mesa"))
    assert twins.difference(kernel, mesa, lambda: None) is None
    del kernel.__dict__["outcomes"]
    kernel.measured["won_share"] += 2.0**-40
    found = twins.difference(kernel, mesa, lambda: None)
    assert found is not None
    assert (found.phase, found.agent, found.field) == (lockstep.END_OF_RUN, "measures", "won_share")


def test_an_engine_that_breaks_down_leaves_its_scenario_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> bool:
        raise ZeroDivisionError("what happened")

    monkeypatch.setattr(case, "market", altered_module(case.market, "deviates", broken))
    with pytest.raises(RuntimeError, match=r"random scenario 20\d\d; to replay:\n# seed = ") as caught:
        twins.compare_twins(20, 2000, workers=1, size=0.1)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
