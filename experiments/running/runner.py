"""From an experiment to its results folder: make the runs that are missing, infer, write."""

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from experiments import store
from experiments.design.config import resolved
from experiments.design.experiment import Experiment, sampled, switched
from experiments.design.layouts import interleaved
from experiments.inference import (
    convergence,
    curve_bands,
    curve_factor,
    differences,
    sensitivity,
    shapley,
    summarise,
    targets,
    turnovers,
    winners,
)
from experiments.inference.points import once
from experiments.inference.winners import BETTER
from experiments.running import crews, same_runs, sweep
from experiments.running.crews import Crew
from experiments.running.failures import Failures
from experiments.running.progress import Silent
from experiments.running.sweep import Runs, Wanted
from experiments.store import RUNS, manifest
from simulation.calendar import HOURS_PER_DAY, HOURS_PER_WEEK
from simulation.measures import NAMES
from simulation.run import NO_AGES

TABLES: Final = (
    "cells", "convergence", "curves", "differences", "sensitivity", "shapley", "summary", "targets", "turnovers", "winners",
)
RESULT_FILES: Final = (
    store.CONFIG, "figures/", store.MANIFEST, "report.html", "runs.parquet", "weekly.csv",
    *(f"{name}{suffix}" for name in TABLES for suffix in (".csv", ".parquet")),
)
# Ages of the curves in business hours: every two up to 26 business days, then every business day up to 26 weeks.
AGES: Final = np.concatenate([
    np.arange(0, 26 * HOURS_PER_DAY, 2), np.arange(26 * HOURS_PER_DAY, 26 * HOURS_PER_WEEK + 1, HOURS_PER_DAY),
])
MOST_JUDGED: Final = 3  # outcomes of which the winner in every cell is told: the most important ones
MOST_CELLS_WITH_CURVES: Final = 12  # in larger designs, curves are not stored and tables hold the outcomes of interest alone


class Results(NamedTuple):
    """What an experiment gives."""

    runs: pd.DataFrame  # columns cell, regime, seed and measures: all in small designs, else the outcomes of interest
    tables: Mapping[str, pd.DataFrame]  # by the name of their file; columns: see docs/architecture.md
    made: int  # runs made now; the others were there
    failed: int  # runs without a result
    seconds: float  # that the runs made now took
    record: Path | None  # of failures, if there are any

    @property
    def summary(self) -> pd.DataFrame:
        """Means per regime."""
        return self.tables["summary"]

    @property
    def differences(self) -> pd.DataFrame:
        """Paired differences between regimes."""
        return self.tables["differences"]

    @property
    def curves(self) -> pd.DataFrame:
        """Cumulative incidences (small designs only)."""
        return self.tables["curves"]


def run_experiment(
    experiment: Experiment,
    folder: Path,
    *,
    workers: int | None = None,
    cluster: int | None = None,
    scheduler: str | None = None,
    restart: bool = False,
    finish: Callable[[Path], object] | None = None,
    progress: Silent | None = None,
) -> Results:
    """Make the runs that `folder` does not have yet, then put tables and figures in place of earlier ones.

    workers: threads (default: all cores). cluster: instead, worker processes of a Dask cluster on this machine. scheduler:
    instead, the address of a Dask scheduler. The numbers do not depend on it. restart: discard the runs that are there. finish:
    called with the folder in the end, before others may use it, to draw and to report. Raises StoreError if the folder is not
    usable, in use, or holds runs of another model or config; sweep.Interrupted on Ctrl-C.
    Whatever happens, runs that are stored are kept, and the same call goes on from there.
    """
    store.check_writable(folder)
    with store.alone(folder):
        store.check_nothing_foreign(folder, (*RESULT_FILES, f"{RUNS}/"))
        crew = _crew(workers, cluster, scheduler)
        runs, results = _carried_out(experiment, folder / RUNS, crew, restart, progress or Silent())
        with store.replacing(folder) as new:
            _write_results(experiment, runs, results, new)
        if finish is not None:
            finish(folder)
    return results


def compute(experiment: Experiment, workers: int | None = None, progress: Silent | None = None) -> Results:
    """The runs of an experiment and everything inferred from them; leaves no files."""
    with tempfile.TemporaryDirectory() as folder:
        return _carried_out(experiment, Path(folder), crews.threads(workers), False, progress or Silent())[1]


def tables_of(experiment: Experiment, runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What is inferred from a table of runs, by the name of the table.

    A point that the design has more than once is there once, but in the analyses of a sample, which need it as it was drawn.
    """
    names, design, every = runs.columns[3:].tolist(), _cell_table(experiment), runs
    cells = once(design)
    runs = every[every["cell"].isin(cells["cell"])] if len(cells) < len(design) else every
    tables = {"cells": cells, "summary": summarise(runs, names), "differences": differences(runs, experiment.pairs, names)}
    judged = [name for name in experiment.outcomes if BETTER[name]][:MOST_JUDGED]
    if len(experiment.regimes) > 1 and judged:
        tables["winners"] = pd.concat([winners(runs, name) for name in judged], ignore_index=True)
        tables["convergence"] = convergence(runs[runs["cell"] == 0], judged[0], experiment.pairs)
        if factor := curve_factor(cells):
            found = [turnovers(runs, cells, factor, name, experiment.pairs) for name in judged]
            tables["turnovers"] = pd.concat(found, ignore_index=True)
    sample = sampled(experiment)
    if sample is not None and sample.kind != "latin_hypercube":
        kind: Literal["morris", "sobol"] = "morris" if sample.kind == "morris" else "sobol"
        tables["sensitivity"] = sensitivity(
            kind, design, every, sample.factors, experiment.outcomes, experiment.pairs, sample.levels
        )
    switches = switched(experiment)
    if switches is not None:
        tables["shapley"] = shapley(runs, cells, switches, experiment.outcomes, experiment.pairs)
    return tables


def _carried_out(
    experiment: Experiment, folder: Path, crew: AbstractContextManager[Crew], restart: bool, watch: Silent
) -> tuple[Runs, Results]:
    """Everything up to the tables. folder: of the stored runs."""
    cells = experiment.cells
    small = len(cells) <= MOST_CELLS_WITH_CURVES
    ages = AGES if small else NO_AGES
    wanted = Wanted(cells, sweep.arms_of(cells), np.full(len(cells), experiment.count), experiment.first_seed)
    parts = same_runs.open_runs(experiment, folder, wanted.arms, ages, restart)
    for name in parts.damaged:
        watch.say(f"{folder / name} is damaged and was set aside; its runs are made again.")
    failures = Failures(folder, experiment)
    started = time.perf_counter()
    wanted, made = sweep.run_all(experiment, wanted, interleaved(cells), parts, crew, ages, failures, watch)
    seconds = time.perf_counter() - started
    runs = Runs(wanted, parts)
    table = runs.table(NAMES if small else experiment.outcomes)
    tables = tables_of(experiment, table)
    if small:
        tables["curves"] = _curve_table(runs)
    if len(cells) == 1 and targets.applies(experiment):
        tables["targets"] = targets.against_targets(table)
    record = failures.record_path if failures.count else None
    return runs, Results(table, tables, made, failures.count, seconds, record)


def _crew(workers: int | None, cluster: int | None, address: str | None) -> AbstractContextManager[Crew]:
    """Those who will make the runs, once they are needed."""
    if address is not None:
        return crews.scheduler(address)
    return crews.threads(workers) if cluster is None else crews.local_cluster(cluster)


def _cell_table(experiment: Experiment) -> pd.DataFrame:
    return pd.DataFrame([{"cell": cell.number, **cell.point} for cell in experiment.cells])


def _curve_table(runs: Runs) -> pd.DataFrame:
    bands = [curve_bands(runs.curves(cell), list(cell.regimes), AGES, cell.number) for cell in runs.wanted.cells]
    return pd.concat(bands, ignore_index=True)


def _write_results(experiment: Experiment, runs: Runs, results: Results, folder: Path) -> None:
    """All tables of a results folder, the manifest last: it lists the others."""
    store.write_toml(resolved(experiment), folder / store.CONFIG)
    for name, table in results.tables.items():
        store.write_table(table, folder, name)
    digest = _write_runs(runs, folder / "runs.parquet")
    made = {"failed_runs": results.failed, "runs_made_now": results.made, "seconds": round(results.seconds, 2)}
    about = manifest.describe(experiment, len(runs), digest, made)
    store.write_json(about | {store.INVENTORY: [*store.files_in(folder), store.MANIFEST]}, folder / store.MANIFEST)


def _write_runs(runs: Runs, path: Path) -> str:
    """All runs with all measures in one file, never all of them in memory; gives their digest."""
    digest, writer = manifest.RunsDigest(), None
    try:
        for batch in runs.batches():
            digest.update(batch)
            table = pa.Table.from_pandas(batch, preserve_index=False)
            writer = writer or pq.ParquetWriter(path, table.schema, use_dictionary=["regime"])
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
    return digest.hexdigest()
