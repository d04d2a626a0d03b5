"""What `sellsim run` wrote, opened again: the experiment, its answer, its tables and its figures."""

from functools import cached_property
from html import escape
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from experiments.design.experiment import Experiment
from experiments.figures import figures_for
from experiments.report.answer import answer
from experiments.report.page import REPORT, read_results
from experiments.store import StoreError
from simulation.faults import Fault, InputError, nearest


class Results:
    """A results folder: `experiment`, `answer`, `tables` by name, `figures` (their names), `figure(name)`, `runs`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = read_results(folder)
        self.experiment: Experiment = found.experiment
        self.tables: dict[str, pd.DataFrame] = found.tables
        self.about = dict(found.about)

    @cached_property
    def answer(self) -> str:
        """The answer in words, as in the report."""
        return answer(self.tables, self.experiment)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Every run, a row each. Raises StoreError where the folder holds tables alone."""
        path = self.folder / "runs.parquet"
        if not path.is_file():
            raise StoreError(f"{path}: is not there; the project keeps the tables alone. `sellsim run` makes the runs again")
        return pd.read_parquet(path)

    @property
    def figures(self) -> list[str]:
        """The names of the figures that `figure` draws."""
        return list(figures_for(self.tables, self.experiment))

    @property
    def report(self) -> Path:
        """The page with everything."""
        return self.folder / REPORT

    def figure(self, name: str) -> Figure:
        """A figure, drawn now from the tables. Raises InputError for an unknown name."""
        known = figures_for(self.tables, self.experiment)
        if name not in known:
            raise InputError("figure", [Fault("name", f"there is no figure {name!r}{nearest(name, known)}")])
        return known[name]()

    def __repr__(self) -> str:
        tables, figures = ", ".join(self.tables), ", ".join(self.figures)
        lines = [self.experiment.question, self.answer, f"tables: {tables}", f"figures: {figures}"]
        return "\n".join([f"{self.experiment.title} ({self.folder})", *(f"  {line}" for line in lines)])

    def _repr_html_(self) -> str:
        question, told = escape(self.experiment.question), escape(self.answer)
        names = escape(f"tables: {', '.join(self.tables)}; figures: {', '.join(self.figures)}")
        return f"<h4>{escape(self.experiment.title)}</h4><p><i>{question}</i></p><p><b>{told}</b></p><p>{names}</p>"


def open_results(folder: str | Path) -> Results:
    """The results in a folder that `sellsim run` wrote. Raises StoreError if there are none or they are damaged."""
    return Results(Path(folder))
