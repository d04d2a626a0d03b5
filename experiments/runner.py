"""From an experiment to its results folder: run, infer, write, draw."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from experiments import calibration, manifest, store
from experiments.config import resolved
from experiments.design import Experiment
from experiments.inference import curve_bands, paired_differences, summarise
from simulation.run import ensemble_with_curves

RESULT_FILES: Final = (
    "config.toml", "curves.csv", "differences.csv", "figures/", "manifest.json", "runs.parquet", "summary.csv", "targets.csv",
)  # fmt: skip
# Ages of the curves in business hours: every two up to 26 business days, then every business day up to 26 weeks.
AGES: Final = np.concatenate([np.arange(0, 208, 2), np.arange(208, 26 * 40 + 1, 8)])

Progress = Callable[[int], None]  # called with the number of runs just done


class Results(NamedTuple):
    """What an experiment gives; columns: see `experiments.inference` and `experiments.calibration`."""

    runs: pd.DataFrame  # a row per regime and seed, a column per measure
    summary: pd.DataFrame
    differences: pd.DataFrame
    curves: pd.DataFrame
    targets: pd.DataFrame | None  # None where the published figures are not about this experiment
    seconds: float  # that the runs took


def run_experiment(
    experiment: Experiment,
    folder: Path,
    *,
    workers: int | None = None,
    figures: bool = True,
    progress: Progress | None = None,
) -> Results:
    """Run an experiment and put its results, once all are complete, in place of earlier ones in `folder`.

    workers: threads (default: all cores); the numbers do not depend on it. Raises StoreError, before anything
    is run, if the folder cannot be written.
    """
    store.check_writable(folder)
    store.check_nothing_foreign(folder, RESULT_FILES)
    results = compute(experiment, workers, progress)
    with store.replacing(folder) as new:
        write_results(experiment, results, new, figures)
    return results


def compute(experiment: Experiment, workers: int | None = None, progress: Progress | None = None) -> Results:
    """The runs of an experiment and everything inferred from them; writes nothing."""
    regimes = list(experiment.regimes)
    started = time.perf_counter()
    runs, curves = ensemble_with_curves(
        experiment.scenario, experiment.regimes, experiment.seeds, AGES, workers=workers, progress=progress
    )
    seconds = time.perf_counter() - started
    return Results(
        runs,
        summarise(runs),
        paired_differences(runs, experiment.baseline),
        curve_bands(curves, regimes, AGES),
        calibration.against_targets(runs) if calibration.applies(experiment) else None,
        seconds,
    )


def write_results(experiment: Experiment, results: Results, folder: Path, figures: bool) -> None:
    """All files of a results folder, the manifest last: it lists the others."""
    store.write_toml(resolved(experiment), folder / "config.toml")
    store.write_parquet(results.runs, folder / "runs.parquet")
    store.write_csv(results.summary, folder / "summary.csv")
    store.write_csv(results.differences, folder / "differences.csv")
    store.write_csv(results.curves, folder / "curves.csv")
    if results.targets is not None:
        store.write_csv(results.targets, folder / "targets.csv")
    if figures:
        from experiments.figures import (
            draw_all,
        )  # Matplotlib takes a second that runs without figures need not wait

        draw_all(folder, results.summary, results.differences, results.curves, experiment)
    about = manifest.describe(experiment, results.runs, results.seconds)
    store.write_json(
        about | {store.INVENTORY: [*store.files_in(folder), store.MANIFEST]}, folder / store.MANIFEST
    )
