"""Pieces of work: the same runs as anywhere else, whoever carries them out and whatever fails."""

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from experiments.design.experiment import Experiment
from experiments.running import crews
from experiments.running.crews import Arm, Crew, Piece, carry_out, run_piece
from experiments.running.runner import AGES
from simulation.measures import NAMES
from simulation.run import NO_AGES, batch, ensemble_with_curves


def piece(experiment: Experiment, seeds: Any, ages: Any = NO_AGES) -> Piece:
    """All regimes of the experiment; arms are numbered."""
    arms = [Arm(i, regime, seeds) for i, regime in enumerate(experiment.regimes.values())]
    return Piece(experiment.scenario, arms, ages)


def test_a_piece_gives_the_rows_of_an_ensemble(small: Experiment) -> None:
    done = run_piece(piece(small, range(11, 15), AGES))
    runs, curves = ensemble_with_curves(small.scenario, small.regimes, range(11, 15), AGES)
    assert done.failures == []
    assert done.rows["seed"].tolist() == runs["seed"].tolist()
    assert done.rows["arm"].tolist() == runs["regime"].cat.codes.tolist()
    for name in NAMES:
        np.testing.assert_array_equal(done.rows[name], runs[name], strict=True)
    np.testing.assert_array_equal(done.rows["curves"], curves.reshape(done.rows["curves"].shape))


def test_arrays_that_were_used_for_other_settings_leave_no_trace(small: Experiment, three_cells: Experiment) -> None:
    market, organisation = small.scenario.market, small.scenario.organisation
    scenarios = [cell.scenario for cell in three_cells.cells]
    scenarios += [
        small.scenario.model_copy(update={"market": market.model_copy(update={"issues": 4, "ambiguity": 0.9})}),
        small.scenario.model_copy(update={"organisation": organisation.model_copy(update={"reps": 7})}),
        small.scenario.model_copy(update={"organisation": organisation.model_copy(update={"span": 2.0})}),
    ]
    jobs = [(scenario, regime, range(3)) for scenario in [*scenarios, *scenarios] for regime in small.regimes.values()]
    with ThreadPoolExecutor(1) as one_thread:
        again = [one_thread.submit(batch, *job).result()[0] for job in jobs]
    for job, outcomes in zip(jobs, again, strict=True):
        with ThreadPoolExecutor(1) as fresh_thread:
            assert fresh_thread.submit(batch, *job).result()[0].tobytes() == outcomes.tobytes()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs with seed 13 fail."""

    def fail(scenario: Any, regime: Any, seeds: Any, ages: Any, real: Any = crews.batch) -> Any:
        if 13 in seeds:
            raise ZeroDivisionError("division by zero")
        return real(scenario, regime, seeds, ages)

    monkeypatch.setattr(crews, "batch", fail)


def test_a_failing_run_takes_no_other_with_it(small: Experiment, failing: None) -> None:
    done = run_piece(piece(small, range(11, 16)))
    assert [(failure.key, failure.seed) for failure in done.failures] == [(0, 13), (1, 13), (2, 13)]
    assert {failure.cause for failure in done.failures} == {"ZeroDivisionError: division by zero"}
    assert sorted(done.rows["seed"].tolist()) == sorted([11, 12, 14, 15] * 3)


def test_a_piece_of_failing_runs_alone_has_no_rows(small: Experiment, failing: None) -> None:
    done = run_piece(piece(small, [13], AGES))
    assert (len(done.rows), done.rows.dtype, len(done.failures)) == (0, crews.row_type(len(AGES)), 3)


class AtOnce(Executor):
    """Carries out what is submitted at once, or fails to."""

    def __init__(self, blow: Exception | None = None) -> None:
        self.blow = blow

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.blow is None:
            future.set_result(function(*arguments, **options))
        else:
            future.set_exception(self.blow)
        return future


def test_no_more_pieces_are_taken_than_can_be_in_flight(small: Experiment) -> None:
    taken = 0

    def many() -> Iterator[Piece]:
        nonlocal taken
        for seed in range(40):
            taken += 1
            yield piece(small, [seed])

    seen = 0
    for done in carry_out(many(), Crew(AtOnce(), 4)):
        seen += len(done.rows) // 3
        assert taken <= seen + 4, "all pieces at once would fill the memory"
    assert seen == taken == 40


def test_a_piece_that_costs_its_workers_counts_as_failed_and_the_rest_goes_on(small: Experiment) -> None:
    crew = Crew(AtOnce(blow=RuntimeError("worker died")), 2)
    found = list(carry_out(iter([piece(small, [1, 2]), piece(small, [3])]), crew))
    failures = sorted(failure for done in found for failure in done.failures)
    cause = "RuntimeError: worker died"
    assert failures == [crews.Failure(arm, seed, cause) for arm in range(3) for seed in (1, 2, 3)]
    assert [len(done.rows) for done in found] == [0, 0]


def test_what_has_not_begun_is_cancelled_when_nobody_wants_more(small: Experiment) -> None:
    begun: list[Future[Any]] = []

    class Never(AtOnce):
        def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
            future = super().submit(function, *arguments, **options) if not begun else Future()
            begun.append(future)
            return future

    found = carry_out((piece(small, [seed]) for seed in range(9)), Crew(Never(), 3))
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert [future.cancelled() for future in begun] == [False, True, True]
