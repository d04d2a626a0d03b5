"""A mutant: the model with one mistake in it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

MODEL: Final = Path(__file__).parents[2] / "simulation"
KINDS: Final = (
    "sign", "comparison", "off-by-one", "logic", "dropped term", "wrong term", "swapped phase", "wrong agent",
    "wrong time", "wrong tally", "forgotten step",
)


@dataclass(frozen=True)
class Edit:
    """A text that occurs once in a file of `simulation`, and what stands there in the mutant."""

    file: str
    old: str
    new: str

    def line(self) -> int:
        """The line of the file in which the old text begins."""
        return _before(source(self.file), self.old).count("\n") + 1

    def applied(self, text: str) -> str:
        """The file's text with the mistake in it. Raises ValueError unless the old text occurs exactly once."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} places that read {self.old!r}: make it exactly one")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Mutant:
    """A mistake, its kind and its meaning; one made in both engines alike has several edits, and twins cannot see it.

    equivalent: why no test can tell the mutant from the model; empty if one should. near: the tests that should notice it first,
    where the file does not say.
    """

    where: str
    kind: str
    meaning: str
    edits: tuple[Edit, ...]
    equivalent: str = ""
    near: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Where and what, which no two have in common."""
        return f"{self.where}: {self.meaning}"

    def change(self) -> str:
        """Every old text and what replaces it, on one line."""
        return "; ".join(" ".join(f"{edit.old} → {edit.new or 'nothing'}".split()) for edit in self.edits)

    def files(self) -> dict[str, str]:
        """The text of every mutated file, by its name within `simulation`."""
        texts: dict[str, str] = {}
        for edit in self.edits:
            texts[edit.file] = edit.applied(texts.get(edit.file, source(edit.file)))
        return texts


Mistakes = dict[str, list[tuple[str, str, str, str]]]  # by file: kind, meaning, old text, new text


def one_place(mistakes: Mistakes) -> list[Mutant]:
    """Mutants that differ from the model in one place each."""
    return [
        Mutant(file.removesuffix(".py"), kind, meaning, (Edit(file, old, new),))
        for file, rows in mistakes.items()
        for kind, meaning, old, new in rows
    ]


def source(file: str) -> str:
    """The text of a file of `simulation`."""
    return (MODEL / file).read_text(encoding="utf-8")


def _before(text: str, part: str) -> str:
    return text[: text.index(part)]
