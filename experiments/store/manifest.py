"""Where results come from: versions, model, config, seeds, machine, time. No paths, people or hosts."""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

import simulation
from experiments.design.config import resolved
from experiments.design.experiment import Experiment
from simulation.compiled import model_digest

LIBRARIES: Final = ("numpy", "numba", "mesa", "pandas", "scipy")


def describe(experiment: Experiment, n_runs: int, runs_digest: str, made: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of results just computed; made: what there is to say about the making of the runs."""
    return {
        "experiment": experiment.name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "regimes": list(experiment.regimes),
        "baseline": experiment.baseline,
        "cells": len(experiment.cells),
        "runs": n_runs,
        "seeds": {"first": experiment.first_seed, "last": experiment.seeds[-1], "count": experiment.count},
        **made,
        "digests": {"model": model_digest(), "config": config_digest(experiment), "runs": runs_digest},
        "commit": git_commit(),
        "versions": versions(),
        "machine": {"platform": platform.platform(), "cores": os.cpu_count()},
    }


def versions() -> dict[str, str]:
    """Versions of this project, of Python and of the libraries that can move results."""
    own = {"sellsim": simulation.__version__, "python": platform.python_version()}
    return own | {name: version(name) for name in LIBRARIES}


def config_digest(experiment: Experiment) -> str:
    """SHA-256 of scenario, regimes and what varies. They, the model and a seed decide a run; texts are not in."""
    data = resolved(experiment)
    decisive = {"scenario": data["scenario"], "regimes": list(data["regimes"].items())}
    decisive |= {key: data[key] for key in ("uncertainties", "levers", "design") if key in data}
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


class RunsDigest:
    """SHA-256 of the names and values of a table of runs, whatever file it is stored in and in however many batches it comes."""

    def __init__(self) -> None:
        self._columns: dict[str, Any] = {}

    def update(self, runs: pd.DataFrame) -> None:
        """Take further rows."""
        for name in runs.columns:
            digest = self._columns.setdefault(name, hashlib.sha256())
            if name == "regime":
                digest.update("".join(f"{regime}\0" for regime in runs[name]).encode())
            else:
                values = runs[name].to_numpy()
                kind = "<i8" if np.issubdtype(values.dtype, np.integer) else "<f8"
                digest.update(np.where(values == values, values, np.nan).astype(kind).tobytes())

    def hexdigest(self) -> str:
        """The digest of all rows so far."""
        columns = [f"{name}\0{digest.hexdigest()}\0" for name, digest in self._columns.items()]
        return hashlib.sha256("".join(columns).encode()).hexdigest()


def git_commit() -> str | None:
    """The commit of the sources, with "+changes" if they differ; None outside their own repository."""
    home = Path(simulation.__file__).resolve().parent.parent
    top = _git(home, "rev-parse", "--show-toplevel")
    commit = _git(home, "rev-parse", "HEAD")
    if not top or not commit or Path(top).resolve() != home:
        return None
    changed = _git(home, "status", "--porcelain", "--", "simulation", "experiments")
    return f"{commit}+changes" if changed else commit


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
