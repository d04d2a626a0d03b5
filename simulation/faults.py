"""What is wrong with an input, told so that it can be mended: where, which value, what is allowed, what may have been meant."""

import difflib
from collections.abc import Iterable
from typing import NamedTuple


class Fault(NamedTuple):
    """One thing wrong with an input: where it stands and what to do about it."""

    key: str
    problem: str


class InputError(ValueError):
    """Everything wrong with one input. `str()` gives a message to show as it is. source: a file, or what was called."""

    def __init__(self, source: str, faults: list[Fault]) -> None:
        self.source = source
        self.faults = faults
        lines = [f"  {fault.key}: {fault.problem}" if fault.key else f"  {fault.problem}" for fault in faults]
        super().__init__("\n".join([f"{source}: {len(faults)} fault{'s'[: len(faults) != 1]}", *lines]))

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, list[Fault]]]:
        """From one process to another, as it was."""
        return type(self), (self.source, self.faults)


def near(name: object, known: Iterable[str]) -> str:
    """The known name that is nearest to a name; empty if none is near."""
    return next(iter(difflib.get_close_matches(str(name), list(known), 1)), "")


def nearest(name: object, known: Iterable[str]) -> str:
    """A hint at the nearest valid name: "; did you mean 'variety'?" or the list of what there is."""
    known = list(known)
    close = near(name, known)
    return f"; did you mean {close!r}?" if close else f"; there are: {', '.join(known)}"
