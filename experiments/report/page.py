"""A results folder as one HTML page: question, answer, figures, tables, provenance. From stored tables alone."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd
from jinja2 import Environment, StrictUndefined
from PIL import Image

from experiments import store
from experiments.design.config import load_experiment
from experiments.design.experiment import Experiment
from experiments.figures import Drawn, Lead, draw_each
from experiments.inference.points import tables_once
from experiments.inference.weekly import weekly_inboxes
from experiments.report import page_tables
from experiments.report.answer import answered
from experiments.report.decision import decision
from experiments.report.remarks import remarks
from experiments.wording import naming, space
from simulation.compiled import model_digest

REPORT: Final = "report.html"
TEMPLATE: Final = Path(__file__).with_name("page.html.jinja")
TABLES: Final = (
    "cells", "summary", "differences", "curves", "winners", "sensitivity", "shapley", "turnovers", "convergence", "weekly",
    "targets",
)
MOST_PICTURE_BYTES: Final = 330_000  # of all pictures in a page of less than half a megabyte


class Picture(NamedTuple):
    """A figure in the page. data: "" where there was no room; then only the file is named."""

    title: str
    caption: str
    file: str
    data: str
    width: int
    height: int


class Results(NamedTuple):
    """What lies in a results folder."""

    experiment: Experiment
    tables: dict[str, pd.DataFrame]
    about: Mapping[str, Any]  # the manifest


def write_report(folder: Path) -> Path:
    """Draw all figures of a results folder again and write its report.html. Returns the path of the report.

    Reads config.toml, manifest.json and the tables; the runs need not be there. For one firm without a table `weekly`, a few
    runs are simulated to make it, if the model is the one that the results come from. Raises StoreError if there are no
    results or they are damaged, InputError if the config is.
    """
    store.finish_replacing(folder)
    found = read_results(folder)
    store.check_writable(folder)
    store.check_nothing_foreign(folder, ("figures/", REPORT, "weekly.csv"))
    with store.replacing(folder) as new:
        if _can_be_simulated(found):
            found.tables["weekly"] = weekly_inboxes(found.experiment)
            store.write_csv(found.tables["weekly"], new / "weekly.csv")
        said = answered(found.tables, found.experiment)
        lead = Lead(said.question.figures, said.sentence)
        pictures = _pictures(list(draw_each(new, found.tables, found.experiment, lead)))
        store.write_bytes(page(found, pictures).encode(), new / REPORT)
        # What is drawn anew takes the place of all earlier figures; everything else in the folder stays.
        kept = [name for name in store.inventory(folder) if not name.startswith("figures/")]
        files = sorted({*kept, *store.files_in(new), REPORT} - {store.MANIFEST})
        store.write_json({**found.about, store.INVENTORY: [*files, store.MANIFEST]}, new / store.MANIFEST)
    return folder / REPORT


def read_results(folder: Path) -> Results:
    """Config, tables and manifest of a results folder. Raises StoreError saying what is missing or damaged."""
    if not (folder / store.CONFIG).is_file() or not (folder / store.MANIFEST).is_file():
        where = "there is no such folder" if not folder.is_dir() else "there are no complete results in this folder"
        raise store.StoreError(f"{folder}: {where}; `sellsim run CONFIG --results {folder}` writes them")
    try:
        about = store.read_json(folder / store.MANIFEST)
        if not isinstance(about, dict):
            raise ValueError("it is not a table of names and values")
    except (OSError, ValueError) as error:
        raise store.StoreError(f"{folder / store.MANIFEST}: damaged ({error}); {store.mend(folder)}") from None
    experiment = load_experiment(folder / store.CONFIG)
    found = {name: store.read_table(folder, name, page_tables.NEEDED.get(name, ())) for name in TABLES}
    tables = tables_once({name: table for name, table in found.items() if table is not None})
    _check(folder, tables)
    return Results(experiment, tables, about)


def _check(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Every report needs a summary; results of one cell may come without cell numbers."""
    if "summary" not in tables:
        raise store.StoreError(f"{folder}: summary.csv is missing; {store.mend(folder)}")
    for name in ("summary", "differences"):
        if name in tables and "cell" not in tables[name]:
            tables[name] = tables[name].assign(cell=0)


def _can_be_simulated(found: Results) -> bool:
    """Whether the managers' inboxes can be had: one cell, none there yet, and still the model of these results."""
    one_cell = not space.factors(found.tables.get("cells", space.ONE_CELL))
    digests = found.about.get("digests")
    same_model = isinstance(digests, Mapping) and digests.get("model") == model_digest()
    return one_cell and "weekly" not in found.tables and same_model


def _pictures(drawn: list[Drawn]) -> list[Picture]:
    """The figures as data in the page, in their order, as far as there is room."""
    pictures, room = [], MOST_PICTURE_BYTES
    for one in drawn:
        with Image.open(one.png) as image:
            packed = io.BytesIO()
            image.convert("RGB").save(packed, "WEBP", lossless=True, method=4)
            width, height = image.size
        data = base64.b64encode(packed.getvalue()).decode()
        fits = len(data) <= room
        room -= len(data) if fits else 0
        file = f"figures/{one.png.name}"
        pictures.append(Picture(one.title, one.caption, file, data if fits else "", width, height))
    return pictures


def page(found: Results, pictures: list[Picture]) -> str:
    """The report as HTML that needs nothing else."""
    said = answered(found.tables, found.experiment)
    tables = page_tables.views(found.tables, found.experiment)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        experiment=found.experiment,
        said=said,
        decision=decision(found.tables, found.experiment, said),
        remarks=remarks(found.tables, found.experiment),
        design=design_in_words(found.experiment, found.tables),
        pictures=pictures,
        tables=tables,
        provenance=_provenance(found.about),
        again=f"sellsim run results/{found.experiment.name}/{store.CONFIG} --results results/{found.experiment.name}",
        report=f"sellsim report results/{found.experiment.name}",
    )


def design_in_words(experiment: Experiment, tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str]]:
    """What is compared, what varies, how often each cell is run, and which firm it is: pairs (name, text)."""
    cells = tables.get("cells", space.ONE_CELL)
    factors = space.factors(cells)
    others = [name for name in experiment.regimes if name != experiment.baseline]
    compared = f"{experiment.baseline} (the baseline){''.join(f', {name}' for name in others)}"
    rows = [("Regimes compared", compared)]
    rows += [(naming.factor_label(name), _values(name, cells)) for name in factors]
    runs = f"{naming.counted(experiment.count, 'run')} of each regime"
    if len(cells) > 1:
        runs += f" in each of {len(cells):,} cells"
    if experiment.precision:
        runs += f" to begin with, then more until a difference is known well enough (at most {experiment.precision.most:,})"
    seeds = f"seeds {experiment.seeds[0]:,} to {experiment.seeds[-1]:,}, the same for every regime, so differences are paired"
    horizon, firm = experiment.scenario.horizon, experiment.scenario.organisation
    return [
        *rows,
        ("Runs", f"{runs}; {seeds}"),
        ("Firm", f"{naming.counted(firm.reps, 'rep')}, span of control {firm.span:g}, unless it varies"),
        (
            "Time",
            f"{horizon.warmup_weeks} weeks of warm-up, {horizon.window_weeks} weeks in which the measured opportunities "
            f"open, followed until week {horizon.horizon_weeks}, unless it varies",
        ),
    ]


def _values(name: str, cells: pd.DataFrame) -> str:
    """ "0 to 1 (15 values)"; a few values are listed."""
    every = space.values(cells[name])
    words = [naming.factor_value(name, value) for value in every]
    return ", ".join(words) if len(words) <= 7 else f"{words[0]} to {words[-1]} ({len(words)} values)"


def _provenance(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The manifest as pairs (name, text), without the list of files; nested names are joined."""
    pairs: list[tuple[str, str]] = []
    for name, value in about.items():
        if name == store.INVENTORY:
            continue
        if isinstance(value, Mapping):
            pairs += [(f"{name}: {key}".replace("_", " "), str(inner)) for key, inner in value.items()]
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else "unknown" if value is None else str(value)
            pairs.append((name.replace("_", " "), text))
    return pairs
