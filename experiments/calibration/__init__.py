"""The reference firm fitted to published figures: `sellsim calibrate-reference`.

objective: what is fitted, to what, how far off · fit: differential evolution, then least squares · profile: how well each
parameter is known · causes: why figures are missed · forgetting: whether it decides anything · settled: whether queues
settle · figures, report
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from experiments import store
from experiments.calibration import causes, figures, forgetting, profile, report, settled
from experiments.calibration.fit import QUICK, Effort, Fit, explore, refine, whole_hours
from experiments.calibration.objective import FREE, WHOLE, Objective, defaults, placed
from experiments.figures.canvas import save
from experiments.inference.targets import TARGETS
from experiments.store import manifest
from simulation.compiled import model_digest
from simulation.presets import PRESETS, STRICT
from simulation.run import ensemble

FRESH: Final = 1_000_001
"""The first seed of what is reported; the fit uses those from 1 on."""
RESULT_FILES: Final = (
    "causes.csv", "figures/", "fit.csv", "forgetting.csv", "manifest.json", "parameters.csv", "profile.csv", "report.md",
    "settled.csv", "whole_hours.csv",
)


class Calibration(NamedTuple):
    """All that was found, as tables; columns in the modules that make them."""

    best: Fit
    fit: pd.DataFrame
    parameters: pd.DataFrame
    profiles: pd.DataFrame
    wholes: pd.DataFrame
    causes: pd.DataFrame
    forgetting: pd.DataFrame
    settled: pd.DataFrame
    default_runs: pd.DataFrame


def parameter_rows(found: Calibration) -> tuple[list[str], Iterable[tuple[str, ...]]]:
    """Columns and rows of the calibrated parameters, in words."""
    return report.summary(found.parameters)


class Meter:
    """Counts runs for a bar; what a stage did not need counts as done when it ends."""

    def __init__(self, count: Callable[[int], None]) -> None:
        self._count, self._left = count, 0

    def stage(self, runs: int) -> None:
        """A stage of so many runs at most begins."""
        self._count(self._left)
        self._left = runs

    def __call__(self, runs: int) -> None:
        known = min(runs, self._left)
        self._left -= known
        self._count(known)


def n_runs(effort: Effort) -> int:
    """Runs of a calibration at most."""
    return sum(_stages(effort))


def _stages(effort: Effort) -> tuple[int, int, int, int]:
    combinations = 1
    for hours in WHOLE.values():
        combinations *= len(hours)
    return (
        effort.explored(),
        combinations * effort.refined(effort.rounds) + 2 * effort.refined(2 * effort.rounds),
        profile.n_fits(effort) * effort.refined(effort.profile_rounds, len(FREE) - 1),
        (combinations + 1) * effort.seeds
        + effort.check * (1 + len(causes.TRIALS) + (len(forgetting.PLACES) * 3 + 1) * len(PRESETS)),
    )


def calibrate(
    folder: Path,
    effort: Effort,
    *,
    workers: int | None = None,
    with_figures: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Calibration:
    """Fit, profile and examine, and put the results in place of earlier ones in `folder`.

    progress is called with the number of runs just done. Raises StoreError, before anything is run, if the folder cannot be
    written.
    """
    store.check_writable(folder)
    with store.alone(folder):
        store.check_nothing_foreign(folder, RESULT_FILES)
        found = _found(effort, workers or os.cpu_count() or 1, Meter(progress or (lambda runs: None)))
        with store.replacing(folder) as new:
            _write(found, effort, new, with_figures)
    return found


def _found(effort: Effort, workers: int, meter: Meter) -> Calibration:
    exploring, refining, profiling, checking = _stages(effort)
    with ThreadPoolExecutor(workers) as pool:
        meter.stage(exploring)
        start = explore(Objective(range(1, 1 + effort.scouts), pool, workers, meter), effort, pool)
        objective = Objective(range(1, 1 + effort.seeds), pool, workers, meter)
        meter.stage(refining)
        wholes = whole_hours(objective, start.point, effort.rounds)
        best = _refined_best(objective, wholes, effort)
        meter.stage(profiling)
        profiled = profile.profile(objective, best, effort)
        best = _refined_best(objective, [best, *(fit for _, fit in profiled)], effort, best)
        wholes = [min(fit, best, key=lambda one: one.chi_square) if _same_hours(fit, best) else fit for fit in wholes]
        meter.stage(checking)
        return _examined(objective, effort, best, profile.table(best, profiled, wholes), wholes, workers, meter)


def _refined_best(objective: Objective, fits: list[Fit], effort: Effort, known: Fit | None = None) -> Fit:
    """The best of some fits, refined once more unless it is the one that is known already."""
    best = min(fits, key=lambda fit: fit.chi_square)
    return best if best == known else refine(objective, best.point, FREE, 2 * effort.rounds)


def _same_hours(fit: Fit, other: Fit) -> bool:
    return all(fit.point[name] == other.point[name] for name in WHOLE)


def _examined(
    objective: Objective, effort: Effort, best: Fit, profiles: pd.DataFrame, wholes: list[Fit], workers: int, meter: Meter
) -> Calibration:
    """What is reported, with seeds that were not fitted to."""
    fresh = range(FRESH, FRESH + effort.check)
    runs = ensemble(placed(defaults()), {"strict": STRICT}, fresh, workers=workers, progress=meter)
    parameters = report.parameter_table(best, profiles)
    upper = parameters.loc[parameters["parameter"] == forgetting.RATE, "high"].to_numpy(float)
    rates = (0.0, round(float(upper[0]), 2), 1.0)
    found = Calibration(
        best, report.fit_table(best, objective.runs(placed(best.point)), runs), parameters, profiles,
        causes.by_whole_hours(objective, wholes), causes.try_causes(fresh, workers, meter),
        forgetting.decided(rates, fresh, workers, meter), settled.settled(fresh, meter), runs,
    )
    meter.stage(0)
    return found


def _write(found: Calibration, effort: Effort, folder: Path, with_figures: bool) -> None:
    """All files, the manifest last: it lists the others."""
    store.write_csv(found.fit, folder / "fit.csv")
    store.write_csv(found.parameters, folder / "parameters.csv")
    store.write_csv(found.profiles, folder / "profile.csv")
    store.write_csv(found.wholes, folder / "whole_hours.csv")
    store.write_csv(found.causes, folder / "causes.csv")
    store.write_csv(found.forgetting, folder / "forgetting.csv")
    store.write_csv(found.settled, folder / "settled.csv")
    names = _draw(found, folder) if with_figures else []
    text = report.markdown(
        found.best, found.fit, found.parameters, found.wholes, found.causes, found.forgetting, found.settled,
        found.default_runs, names,
    )
    (folder / "report.md").write_text(text, encoding="utf-8", newline="\n")
    store.write_json(_manifest(effort, store.files_in(folder)), folder / store.MANIFEST)


def _draw(found: Calibration, folder: Path) -> list[str]:
    place = folder / "figures"
    place.mkdir(parents=True, exist_ok=True)
    shown = found.fit[found.fit["figure"].isin([target.figure for target in TARGETS])]
    drawn = {
        "residuals": figures.residual_figure(shown, len(found.default_runs)),
        "profiles": figures.profile_figure(found.profiles, defaults()),
    }
    for name, figure in drawn.items():
        _, svg = save(figure, place, name)
        svg.unlink()
    return [f"figures/{name}.png" for name in drawn]


def _manifest(effort: Effort, files: list[str]) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "effort": effort._asdict(),
        "digests": {"model": model_digest()},
        "commit": manifest.git_commit(),
        "versions": manifest.versions(),
        store.INVENTORY: [*files, store.MANIFEST],
    }


__all__ = ["QUICK", "Calibration", "Effort", "calibrate", "n_runs", "parameter_rows"]
