"""Lessons of the lab: Markdown files that a teacher can edit or add to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).with_name("lessons")


@dataclass(frozen=True)
class Lesson:
    """One lesson, as the page shows it."""

    id: str
    title: str
    minutes: int
    claim: str
    experiment: str
    situation_html: str
    bet: dict[str, Any]
    state: dict[str, Any]
    measure: str
    reveal_html: str
    notice: list[str]
    try_: list[dict[str, Any]]
    debrief_html: str


def load_lessons(folder: Path = FOLDER) -> tuple[Lesson, ...]:
    """All lessons of a folder, in the order of their file names."""
    return ()
