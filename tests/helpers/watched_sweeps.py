"""Watching experiments with several cells: what they say, and what they leave in their folder."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments import store
from experiments.design.experiment import Cell, Experiment
from experiments.running.progress import Silent


class Watch(Silent):
    """Takes down what it is told, and may do something when runs come in."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.begun: list[tuple[int, int]] = []
        self.counted: list[int] = []
        self.said: list[str] = []
        self.then = then

    def begin(self, missing: int, there: int) -> None:
        self.begun.append((missing, there))

    def count(self, done: int) -> None:
        self.counted.append(done)
        self.then()

    def say(self, text: str) -> None:
        self.said.append(text)


def tables(folder: Path) -> dict[str, bytes]:
    """All results but the manifest, which names a time."""
    names = [path.name for path in folder.iterdir() if path.is_file() and path.name != store.MANIFEST]
    return {name: (folder / name).read_bytes() for name in names}


def with_cells(experiment: Experiment, cells: tuple[Cell, ...], **changes: Any) -> Experiment:
    """The same experiment with other cells."""
    changed = replace(experiment, **changes)
    changed.__dict__["cells"] = cells
    return changed
