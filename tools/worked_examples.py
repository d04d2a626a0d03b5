"""Follows docs/worked_examples.md: what each example edits, and the same edits on a copy of the project."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
DOCUMENT: Final = ROOT / "docs" / "worked_examples.md"
_PIECE: Final = re.compile(r"^`(?P<file>[\w./]+)`$|^```diff\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)


class Edit(NamedTuple):
    """Lines of a file, and those that take their place."""

    file: str
    old: str  # "" makes a new file
    new: str


def examples(document: Path = DOCUMENT) -> dict[str, list[Edit]]:
    """The edits of each example, by its heading."""
    _, *parts = re.split(r"^## (.+)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {heading: list(_edits(text)) for heading, text in zip(parts[::2], parts[1::2], strict=True)}


def _edits(text: str) -> Iterator[Edit]:
    """Each difference belongs to the file named last before it."""
    file = ""
    for piece in _PIECE.finditer(text):
        if piece["file"]:
            file = piece["file"]
        else:
            lines = piece["lines"].splitlines(keepends=True)
            old, new = ("".join(line[1:] or line for line in lines if line[0] in (" ", "\n", sign)) for sign in "-+")
            yield Edit(file, old, new)


def follow(edits: list[Edit], copy: Path) -> None:
    """Make the edits in a copy of the project. Raises ValueError where the lines to change are not there exactly once."""
    for edit in edits:
        path = copy / edit.file
        text = path.read_text(encoding="utf-8") if edit.old else ""
        if edit.old and text.count(edit.old) != 1:
            raise ValueError(f"{edit.file} has these lines {text.count(edit.old)} times:\n{edit.old}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(edit.old, edit.new) if edit.old else edit.new, encoding="utf-8")
