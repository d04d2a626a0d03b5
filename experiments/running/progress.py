"""What a run says while it lasts: on standard error, so that standard output holds results alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Silent:
    """Says nothing; what others who watch a run have to offer."""

    def begin(self, missing: int, there: int) -> None:
        """So many runs are to be made now, besides those that are there already. May come again when more are wanted."""

    def count(self, done: int) -> None:
        """So many runs were just made."""

    def say(self, text: str) -> None:
        """Something that a user should know."""


class Bar(Silent):
    """A bar over the runs still to be made, with the time left."""

    def __init__(self, bar: Progress, at_last: str) -> None:
        self._bar, self._at_last = bar, at_last
        self._task: TaskID | None = None

    def begin(self, missing: int, there: int) -> None:
        if missing == 0:
            return
        if self._task is not None:
            self._bar.update(self._task, total=(self._bar.tasks[0].total or 0) + missing)
            return
        if there:
            self.say(f"{there:,} of {there + missing:,} runs are already there.")
        self._task = self._bar.add_task("Compiling or loading the model", total=missing)

    def count(self, done: int) -> None:
        if self._task is not None:
            self._bar.update(self._task, advance=done, description="Simulating")
            if self._bar.tasks[0].finished:
                self._bar.update(self._task, description=self._at_last)

    def say(self, text: str) -> None:
        self._bar.console.print(escape(text), highlight=False, soft_wrap=True)


@contextmanager
def shown(at_last: str = "Writing tables and figures") -> Iterator[Bar]:
    """A bar that is drawn as long as the block lasts. at_last: what is done after the last run."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("runs, left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield Bar(bar, at_last)
