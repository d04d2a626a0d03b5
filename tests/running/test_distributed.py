"""The same experiment on a real Dask cluster on this machine: the same bytes, also when a worker is killed."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import distributed
import pytest

from experiments.design.experiment import Experiment
from experiments.running import crews
from experiments.running.progress import Silent
from experiments.running.runner import run_experiment
from simulation.loading import InputError

FILES = ("runs.parquet", "summary.csv", "differences.csv", "curves.parquet", "cells.csv")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two worker processes."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


class Killer(Silent):
    """Kills a worker process when the first runs come in."""

    def __init__(self, worker: int) -> None:
        self.worker: int | None = worker

    def count(self, done: int) -> None:
        if self.worker is not None:
            os.kill(self.worker, signal.SIGKILL)
            self.worker = None


def test_a_cluster_with_a_killed_worker_gives_the_bytes_of_this_process(
    cluster: Any, three_cells: Experiment, tmp_path: Path
) -> None:
    experiment = replace(three_cells, count=60)
    experiment.__dict__["cells"] = three_cells.cells
    killer = Killer(cluster.workers[0].pid)
    results = run_experiment(
        experiment, tmp_path / "there", scheduler=cluster.scheduler_address, progress=killer
    )
    assert killer.worker is None
    assert (results.made, results.failed) == (3 * 3 * 60, 0)
    run_experiment(experiment, tmp_path / "here")
    for name in FILES:
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes(), name


def test_workers_with_another_model_are_refused(
    cluster: Any, three_cells: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "model_digest", lambda: "ours")
    with (
        pytest.raises(InputError, match=r"worker .* has model \w+ \(here ours\); results would not be the same"),
        crews.scheduler(cluster.scheduler_address),
    ):
        pass


def test_workers_without_this_version_are_told_from_those_that_work(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def origin() -> None:
        import experiments.of_a_later_version  # noqa: F401

    monkeypatch.setattr(crews, "origin", origin)
    with (
        pytest.raises(InputError, match=r"its workers do not know their task .*of_a_later_version.*; install this sellsim"),
        crews.scheduler(cluster.scheduler_address),
    ):
        pass


def test_a_scheduler_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "SECONDS_TO_CONNECT", 0.2)
    with pytest.raises(InputError, match=r"no scheduler answers there"), crews.scheduler("tcp://127.0.0.1:9"):
        pass
    with pytest.raises(InputError, match=r"no scheduler answers there"), crews.scheduler("nonsense://x"):
        pass


def test_a_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "SECONDS_TO_CONNECT", 2)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as nobody,
        pytest.raises(InputError, match=r"it has no workers; start some"),
        crews.scheduler(nobody.scheduler_address),
    ):
        pass
