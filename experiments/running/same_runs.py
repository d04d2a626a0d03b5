"""What the stored runs of a folder are runs of, and whether an experiment may add to them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from experiments import store
from experiments.design.config import resolved
from experiments.design.experiment import Experiment
from experiments.store import StoreError
from experiments.store.manifest import versions
from experiments.store.runs import HEADER, HEADERS, Parts, discard, row_type
from simulation.compiled import model_digest

# They do not decide a run: texts, how often it is repeated, and what is made of it.
_INDIFFERENT: Final = (
    "name", "title", "question", "baseline", "outcomes", "contrasts", "replications", "precision",
)


def open_runs(experiment: Experiment, folder: Path, arms: Any, ages: Any, restart: bool = False) -> Parts:
    """The stored runs of an experiment. arms: uint64[...], all that it has; restart: discard what is stored.

    Raises StoreError if runs are stored that another model made or that are no longer part of the experiment, and says what
    changed.
    """
    if restart:
        discard(folder)
    header = _read(folder)
    made = {"model": model_digest(), "ages of curves": np.asarray(ages).tolist()}
    if header:
        _check_same_model(folder, header, made)
    parts = Parts(folder, row_type(len(ages)))
    config = resolved(experiment)
    if len(np.setdiff1d(parts.index().arms, arms)):
        old = dict(_flat(header.get("config", {})))
        new = dict(_flat(config))
        lines = [f"{key}: {_word(old, key)} -> {_word(new, key)}" for key in {**old, **new} if _word(old, key) != _word(new, key)]
        _refuse(folder, "its stored runs are of another config", lines)
    for name in HEADERS:
        store.write_json(made | {"config": config, "versions": versions()}, folder / name)
    return parts


def _read(folder: Path) -> dict[str, Any]:
    """The header, or its copy if it is damaged; {} in a folder without runs."""
    for name in HEADERS:
        try:
            header = store.read_json(folder / name)
        except (OSError, ValueError):
            continue
        if isinstance(header, dict) and isinstance(header.get("config"), dict):
            return header
    if not all(path.name.startswith(".") for path in folder.glob("*")):  # besides what a killed run left
        _refuse(folder, f"{HEADER} is missing or damaged, so nobody knows which runs are stored here", [])
    return {}


def _check_same_model(folder: Path, header: Mapping[str, Any], made: Mapping[str, Any]) -> None:
    changed = [key for key, value in made.items() if header.get(key) != value]
    lines = [f"{key}: {_short(header.get(key))} -> {_short(made[key])}" for key in changed]
    if lines:
        _refuse(folder, "its stored runs are of another version of the model", lines)


def _refuse(folder: Path, problem: str, lines: list[str]) -> None:
    ways = "To keep them, name another folder: --results OTHER_FOLDER. To discard them and run anew: --restart"
    raise StoreError("\n".join([f"{folder}: {problem}", *(f"  {line}" for line in lines), ways]))


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Plain data under dotted keys, without what does not decide a run."""
    for key, value in data.items():
        if not prefix and key in _INDIFFERENT:
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _word(values: Mapping[str, Any], key: str) -> str:
    return json.dumps(values[key], ensure_ascii=False) if key in values else "(not there)"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 12 else f"{text[:12]}…"
