"""The ordinary model against closed forms and published findings: `sellsim validate` and the tests in tests/validation."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from experiments import store
from experiments.figures.canvas import save
from experiments.store import manifest
from experiments.twins.comparison import compare_twins
from experiments.validation import desks, hold_outs, judgement, queues, second_hand, times
from experiments.validation.case import Case, Finding, examine
from experiments.validation.figures import family_figure, hold_outs_figure
from experiments.validation.littles_law import inboxes
from experiments.validation.published import studies
from experiments.validation.report import markdown, table
from simulation.compiled import model_digest
from simulation.parameters import Horizon, Organisation, Scenario
from simulation.presets import PRESETS

SPACING: Final = 10_000_000
"""Seeds between one case and the next, so that no two share the luck of a run."""
HOLD_OUTS: Final = 1_000
"""Their place in the list of seeds, beyond all cases."""
RESULT_FILES: Final = (
    "figures/", "hold_outs.csv", "manifest.json", "report.md", "twins.csv", "twins.parquet", "validation.csv",
)
WATCHED: Final = Scenario(
    organisation=Organisation(reps=17), horizon=Horizon(warmup_weeks=0, window_weeks=26, horizon_weeks=26)
)
"""The firm whose inboxes are looked into for Little's law."""


def all_cases() -> list[Case]:
    """Every case, family by family."""
    return [*queues.cases(), *desks.cases(), *judgement.cases(), *second_hand.cases(), *times.cases()]


def seeds_of(place: int, runs: int, case: Case | hold_outs.Study) -> range:
    """The seeds of the case (or study, see `HOLD_OUTS`) in this place of the list, for the usual number of runs."""
    return range(SPACING * place, SPACING * place + max(10, round(runs * case.effort)))


def n_runs(runs: int) -> int:
    """Runs of all cases and of all studies together, for the usual number of runs."""
    cases = sum(len(seeds_of(0, runs, case)) for case in all_cases())
    return cases + sum(_runs_of(study, runs) for study in studies())


def _runs_of(study: hold_outs.Study, runs: int) -> int:
    return len(seeds_of(0, runs, study)) * len(study.arms)


def validate(
    folder: Path,
    runs: int,
    n_twins: int = 0,
    *,
    workers: int | None = None,
    figures: bool = True,
    progress: Callable[[int], None] | None = None,
) -> tuple[list[Finding], pd.DataFrame]:
    """Examine every case and every hold-out with so many runs and put tables, figures and report in place of earlier ones.

    n_twins: random scenarios in which both engines are compared (`compare_twins`). progress is called with the number of
    runs, and of scenarios, just done. Gives the findings, and a row per scenario. Raises StoreError, before anything is run,
    if the folder cannot be written.
    """
    store.check_writable(folder)
    with store.alone(folder):
        store.check_nothing_foreign(folder, RESULT_FILES)
        findings: list[Finding] = []
        for place, case in enumerate(all_cases()):
            seeds = seeds_of(place, runs, case)
            findings += examine(case, seeds, workers)
            if progress is not None:
                progress(len(seeds))
        held_out = hold_out_rows(runs, workers, progress)
        twins = compare_twins(n_twins, progress=progress, workers=workers)
        with store.replacing(folder) as new:
            _write(findings, held_out, twins, new, runs, figures)
    return findings, twins


def hold_out_rows(
    runs: int, workers: int | None = None, progress: Callable[[int], None] | None = None
) -> list[hold_outs.Row]:
    """Every published finding and whether the model has it; what fails here fails no command."""
    rows: list[hold_outs.Row] = []
    for place, study in enumerate(studies()):
        rows += hold_outs.examine(study, seeds_of(HOLD_OUTS + place, runs, study), workers)
        if progress is not None:
            progress(_runs_of(study, runs))
    return rows


def _write(
    findings: list[Finding], held_out: list[hold_outs.Row], twins: pd.DataFrame, folder: Path, runs: int, figures: bool
) -> None:
    """All files, the manifest last: it lists the others."""
    store.write_csv(table(findings), folder / "validation.csv")
    store.write_csv(hold_outs.table(held_out), folder / "hold_outs.csv")
    store.write_table(twins.drop(columns="replay"), folder, "twins")
    names = _draw(findings, folder) if figures else []
    text = markdown(findings, inboxes(WATCHED, PRESETS["blended"], 1), twins, names)
    text += "\n" + hold_outs.markdown(held_out, _draw_hold_outs(held_out, folder) if figures else "")
    (folder / "report.md").write_text(text, encoding="utf-8", newline="\n")
    store.write_json(_manifest(runs, store.files_in(folder)), folder / store.MANIFEST)


def _draw(findings: list[Finding], folder: Path) -> list[str]:
    place = folder / "figures"
    place.mkdir(parents=True, exist_ok=True)
    names = []
    for family in dict.fromkeys(f.case.family for f in findings):
        name = family.lower().replace(" ", "_").replace("'", "")
        png, _ = save(family_figure(family, [f for f in findings if f.case.family == family]), place, name)
        names.append(f"figures/{png.name}")
    return names


def _draw_hold_outs(rows: list[hold_outs.Row], folder: Path) -> str:
    png, _ = save(hold_outs_figure(rows), folder / "figures", "hold_outs")
    return f"figures/{png.name}"


def _manifest(runs: int, files: Iterable[str]) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "runs_per_case": runs,
        "digests": {"model": model_digest()},
        "commit": manifest.git_commit(),
        "versions": manifest.versions(),
        store.INVENTORY: [*files, store.MANIFEST],
    }
