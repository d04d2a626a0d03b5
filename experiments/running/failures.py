"""Runs that ended with an error: on record with their cause, each with a config that makes the same run again."""

import json
import shutil
from pathlib import Path
from typing import Final

from experiments import store
from experiments.design.config import resolved
from experiments.design.experiment import Cell, Experiment
from experiments.running.crews import Failure
from experiments.store.runs import FAILURES

MOST_REPLAYS: Final = 1000  # beyond it, configs are no longer written; the record goes on


class Failures:
    """The failed runs of one sweep; those of the sweep before are tried again, and their record is removed."""

    def __init__(self, folder: Path, experiment: Experiment) -> None:
        self.count = 0
        self.record_path = folder / f"{FAILURES}.jsonl"
        self._configs, self._experiment = folder / FAILURES, experiment
        try:
            self.record_path.unlink(missing_ok=True)
            if self._configs.exists():
                shutil.rmtree(self._configs)
        except OSError as error:
            what = f"earlier failures cannot be removed: {store.reason(error)} ({error.filename}); move it away"
            raise store.StoreError(f"{folder}: {what}") from None

    def record(self, failure: Failure, cell: Cell, regime: str) -> None:
        """Write a failure down. Raises StoreError if it cannot be written."""
        self.count += 1
        entry: dict[str, object] = {"cell": cell.number, "regime": regime, "seed": failure.seed, "cause": failure.cause}
        if self.count <= MOST_REPLAYS:
            name = f"{cell.number}-{regime}-{failure.seed}.toml"
            store.write_toml(resolved(self._replay(cell, regime, failure.seed)), self._configs / name)
            entry["replay"] = f"{FAILURES}/{name}"
        try:
            with open(self.record_path, "a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        except OSError as error:
            raise store.StoreError(f"{self.record_path}: cannot be written: {store.reason(error)}") from None

    def _replay(self, cell: Cell, regime: str, seed: int) -> Experiment:
        return Experiment(
            name=f"{self._experiment.name} {cell.number} {seed}",
            title=f"Cell {cell.number}, {regime}, seed {seed} of: {self._experiment.title}",
            question="Does this run fail again?",
            scenario=cell.scenario,
            regimes={regime: cell.regimes[regime]},
            baseline=regime,
            count=1,
            first_seed=seed,
        )
