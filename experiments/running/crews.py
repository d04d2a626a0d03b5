"""One piece of work, a cell and some seeds, and those who carry pieces out: threads here, or workers of a Dask cluster.

Whoever runs a piece returns the same bytes, so one loop serves all: it hands pieces to an executor of the kind that
`concurrent.futures` has, a few more than can be worked on at once, and gives back what is done as it comes.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import numpy as np

from experiments.store.manifest import versions
from experiments.store.runs import row_type
from simulation.compiled import model_digest
from simulation.loading import Fault, InputError
from simulation.measures import NAMES
from simulation.parameters import Regime, Scenario
from simulation.run import batch

IN_FLIGHT: Final = 3  # pieces per thread that are handed out at the same time: one in work, two waiting behind it
SECONDS_TO_CONNECT: Final = 30


class Arm(NamedTuple):
    """Runs of one regime."""

    key: int  # digest of scenario and regime, see `experiments.store.runs.arm_key`
    regime: Regime
    seeds: Sequence[int]


class Piece(NamedTuple):
    """What is handed out at once: small to send, and from a fraction of a second to a few seconds of work."""

    scenario: Scenario
    arms: Sequence[Arm]
    ages: Any  # int64[a], business hours at which curves are wanted; [] for none


class Failure(NamedTuple):
    """A run that ended with an error."""

    key: int  # of the arm
    seed: int
    cause: str


class Done(NamedTuple):
    """What comes back: the rows of all runs that succeeded (see `row_type`), and the others."""

    rows: Any
    failures: list[Failure]


class Crew(NamedTuple):
    """Those who carry out pieces."""

    executor: Executor
    in_flight: int  # pieces that may be handed out at the same time


def run_piece(piece: Piece) -> Done:
    """All runs of a piece. An error fails only the runs that raise it. Other threads run beside this one."""
    rows, failures = [], []
    for arm in piece.arms:
        try:
            rows.append(_rows(piece, arm))
        except Exception:  # whatever it is, it is some run's: the runs are repeated one by one to see which
            for seed in arm.seeds:
                try:
                    rows.append(_rows(piece, arm._replace(seeds=[seed])))
                except Exception as error:
                    failures.append(Failure(arm.key, seed, f"{type(error).__name__}: {error}"))
    return Done(np.concatenate(rows) if rows else np.zeros(0, row_type(len(piece.ages))), failures)


def carry_out(pieces: Iterator[Piece], crew: Crew) -> Iterator[Done]:
    """What comes of the pieces, in the order in which they are finished; takes the next ones only as others are done.

    A piece that takes one worker after the other down with it (Dask tries four) comes back as failures of all its runs.
    Raises InputError if the cluster is lost.
    """
    waiting: dict[Future[Done], Piece] = {}
    try:
        for piece in pieces:
            waiting[crew.executor.submit(run_piece, piece)] = piece
            if len(waiting) >= crew.in_flight:
                yield from _finished(waiting)
        while waiting:
            yield from _finished(waiting)
    finally:
        for future in waiting:
            future.cancel()


@contextmanager
def threads(number: int | None = None) -> Iterator[Crew]:
    """Threads of this process (default: as many as there are cores)."""
    number = number or os.cpu_count() or 1
    pool = ThreadPoolExecutor(number)
    try:
        yield Crew(pool, IN_FLIGHT * number)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # else Ctrl-C would wait for what has not begun


@contextmanager
def local_cluster(number: int) -> Iterator[Crew]:
    """A Dask cluster of so many worker processes on this machine, for as long as the block lasts."""
    distributed = _distributed()
    with (
        distributed.LocalCluster(
            n_workers=number,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,  # a lost worker is replaced, and what matters of it is said in the end
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield _crew_of(client, "the local cluster")


@contextmanager
def scheduler(address: str) -> Iterator[Crew]:
    """The workers of a Dask scheduler, such as tcp://10.0.0.1:8786. Raises InputError if it cannot be reached or used."""
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise _unusable(address, f"no scheduler answers there ({error}); start one with: dask scheduler") from None
    with client:
        yield _crew_of(client, address)


def origin() -> dict[str, str]:
    """What must be the same wherever runs are made: the model, and the versions of what it is made with."""
    return {"model": model_digest()} | versions()


def _rows(piece: Piece, arm: Arm) -> Any:
    outcomes, curves = batch(piece.scenario, arm.regime, arm.seeds, piece.ages)
    rows = np.zeros(len(outcomes), row_type(len(piece.ages)))
    rows["arm"], rows["seed"] = arm.key, arm.seeds
    for name in NAMES:
        rows[name] = outcomes[name]
    if len(piece.ages):
        rows["curves"] = curves
    return rows


def _finished(waiting: dict[Future[Done], Piece]) -> Iterator[Done]:
    """Wait for at least one piece, take all finished ones out of `waiting`, and give what came of them."""
    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
        piece = waiting.pop(future)
        try:
            yield future.result()
        except CancelledError:
            raise _unusable("the Dask cluster", "the connection is lost; what was run is kept") from None
        except Exception as error:  # not of a run, which comes back as a failure: the worker itself was lost
            yield _all_failed(piece, f"{type(error).__name__}: {error}")


def _all_failed(piece: Piece, cause: str) -> Done:
    failures = [Failure(arm.key, seed, cause) for arm in piece.arms for seed in arm.seeds]
    return Done(np.zeros(0, row_type(len(piece.ages))), failures)


def _crew_of(client: Any, name: str) -> Crew:
    """The workers of a Dask client, once they are known to compute what this process would."""
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_CONNECT)
        found = client.run(origin)
    except TimeoutError:
        raise _unusable(name, "it has no workers; start some with: dask worker ADDRESS") from None
    except Exception as error:  # Dask passes on in various types that a worker has no sellsim, or an older one
        raise _unusable(name, f"its workers do not know their task ({error}); install this sellsim there") from None
    ours = origin()
    for worker, theirs in found.items():
        other = [f"{key} {theirs.get(key)} (here {ours[key]})" for key in ours if theirs.get(key) != ours[key]]
        if other:
            raise _unusable(name, f"worker {worker} has {', '.join(other)}; results would not be the same")
    n_threads = sum(client.nthreads().values())
    return Crew(client.get_executor(pure=False), IN_FLIGHT * n_threads)


def _unusable(name: str, problem: str) -> InputError:
    return InputError(name, [Fault("--scheduler", problem)])


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        how = "needs Dask; install it, in the folder of sellsim: pip install -e '.[distributed]'"
        raise InputError("sellsim", [Fault("--scheduler", how)]) from None
    return distributed
