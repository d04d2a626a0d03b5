"""Lessons of the lab: Markdown files that a teacher can edit or add to."""

from pathlib import Path
from typing import Any, Final, NamedTuple

FOLDER: Final = Path(__file__).parent / "lessons"


class Lesson(NamedTuple):
    """One lesson."""

    id: str


def load_lessons(folder: Path = FOLDER) -> tuple[Lesson, ...]:
    """All lessons of a folder."""
    return tuple(Lesson(path.stem) for path in sorted(folder.glob("*.md")))


def lesson_json(lesson: Lesson) -> dict[str, Any]:
    """The lesson as the page receives it."""
    return lesson._asdict()


def listed(lesson: Lesson) -> dict[str, Any]:
    """The lesson's line in a list of lessons."""
    return lesson._asdict()
